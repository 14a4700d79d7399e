package lineage_test

import (
	"bytes"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/lineage/columns"
	"github.com/gauger/gauger/cloud/lineage/graph"
	"github.com/gauger/gauger/metrology/quantity"
)

// stored returns a chart as it is read back.
func stored(t rapid.TB, c *lineage.Chart) *lineage.Chart {
	t.Helper()
	b, err := c.Append(nil)
	fine(t, err)
	r := columns.NewReader(b)
	read, err := lineage.ReadChart(r)
	fine(t, err)
	fine(t, r.End())
	again, err := read.Append(nil)
	fine(t, err)
	if !bytes.Equal(b, again) {
		t.Fatal("a chart that was read is appended otherwise")
	}
	return read
}

// TestStoredChart: of any small network a chart that was read gives every trail that the drawn one gives, at any instant; and the
// same movements, however they came, give the same bytes.
func TestStoredChart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, b := custody.NewLedger(), lineage.New()
		for _, s := range custodytest.Network(t) {
			if l.Apply(s.Event, s.Ticket) == nil {
				fine(t, b.Apply(l.Movements(b.Seen())...))
			}
		}
		at := int64(math.MaxInt64)
		if m := l.Movements(0); len(m) > 0 {
			at = m[rapid.IntRange(0, len(m)-1).Draw(t, "movement")].At
		}
		at = rapid.SampledFrom([]int64{at, math.MaxInt64}).Draw(t, "at")
		read := stored(t, b.Chart())
		names := append(l.Batches(), l.Sources()...)
		for i, name := range append(names, "nothing", "") {
			for _, asked := range [][]string{{name}, {name, names[i/2%max(1, len(names))]}} {
				alike(t, asked, func(c *lineage.Chart) (lineage.Trail, error) { return c.Back(at, asked...) }, b.Chart(), read)
				alike(t, asked, func(c *lineage.Chart) (lineage.Trail, error) { return c.Forward(at, asked...) }, b.Chart(), read)
			}
		}
		whole := lineage.New()
		fine(t, whole.Apply(l.Movements(0)...))
		one, err := b.Chart().Append(nil)
		fine(t, err)
		other, err := whole.Chart().Append([]byte("before"))
		fine(t, err)
		if string(other) != "before"+string(one) {
			t.Fatal("the same movements give other bytes")
		}
	})
}

// alike holds the answer of one chart against that of another.
func alike(t rapid.TB, what []string, ask func(*lineage.Chart) (lineage.Trail, error), a, b *lineage.Chart) {
	t.Helper()
	want, wantErr := ask(a)
	got, err := ask(b)
	if (err == nil) != (wantErr == nil) || err != nil && err.Error() != wantErr.Error() {
		t.Fatalf("%q: %v, drawn: %v", what, err, wantErr)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%q (-drawn +read):\n%s", what, diff)
	}
}

// small returns a chart with a source, a batch made of it, and a note.
func small(t rapid.TB) *lineage.Chart {
	t.Helper()
	c := lineage.NewChart()
	h := lineage.Holding{Account: "pool:T", Source: "S", Event: "e-1", At: 1, Evidence: custody.Signed, Basis: quantity.Metric, Volume: 100}
	lot, err := c.Add(h)
	fine(t, err)
	h.Account, h.Source, h.Batch, h.At, h.Volume = "batch:B", "", "B", 2, 60
	_, err = c.Add(h, graph.Edge{From: lot, Volume: 60})
	fine(t, err)
	c.Note("B", 2, 60)
	return c
}

// TestChartRefuses: a chart takes no holding on no basis, and one that was read takes none at all.
func TestChartRefuses(t *testing.T) {
	c := small(t)
	if _, err := c.Add(lineage.Holding{Account: "pool:T", At: 3, Volume: 1}); err == nil {
		t.Error("a volume on no basis was added")
	}
	if c.Holdings() != 2 || c.Edges() != 1 {
		t.Errorf("%d holdings and %d edges, want 2 and 1", c.Holdings(), c.Edges())
	}
	if _, err := stored(t, c).Add(lineage.Holding{Account: "pool:T", At: 3, Volume: 1, Basis: quantity.Metric}); err == nil {
		t.Error("a chart that was read took a holding")
	}
}

// FuzzReadChart: whatever is read answers without a panic, and is appended as the same bytes.
func FuzzReadChart(f *testing.F) {
	b, err := small(f).Append(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	for at := 0; at < len(b); at += 3 {
		altered := bytes.Clone(b)
		altered[at] ^= 0xff
		f.Add(altered)
		altered = bytes.Clone(b)
		altered[at] ^= 1
		f.Add(altered)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := columns.NewReader(b)
		c, err := lineage.ReadChart(r)
		if err != nil || r.End() != nil {
			return
		}
		again, err := c.Append(nil)
		fine(t, err)
		if !bytes.Equal(again, b) {
			t.Fatal("a chart has two forms")
		}
		for _, name := range []string{"B", "S", "T", ""} {
			_, _ = c.Back(math.MaxInt64, name)
			_, _ = c.Forward(1, name)
			_, _ = c.Forward(math.MaxInt64, name, "S")
		}
	})
}
