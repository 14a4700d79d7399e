package api_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
)

// measured stores a start and three minutes of a device at a point, from a time of the world on, in ms.
func (w *world) measured(d *bundletest.Device, point string, from int64) {
	w.t.Helper()
	p := d.Point(point, bundletest.Metric())
	for range 3 {
		p.Interval(10_000, 20_000_000, 300_000_000)
	}
	var prev record.Hash
	var leaves []store.Leaf
	for _, l := range p.Records {
		r := *l.Record
		r.Start, r.End, r.Prev = r.Start+from, r.End+from, prev
		leaf, err := r.Encode()
		must(w.t, err)
		prev = record.LeafHash(leaf)
		leaves = append(leaves, store.Leaf{Record: &r, Leaf: leaf})
	}
	must(w.t, w.store.AddStatement(w.t.Context(), store.Statement{Device: d.Kid, Signed: prev[:]}, leaves))
}

// TestDraftOverAHandover: where a gateway changed its key, one ticket closes and the next opens. None covers what both measured: it
// would leave out the oil of one.
func TestDraftOverAHandover(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	old, fresh := w.Device(bundletest.Ed25519(91), "LACT-9"), w.Device(bundletest.ES256(92), "LACT-9")
	w.measured(old, "LACT-9", 0)                     // 02:40 to 02:43
	w.measured(fresh, "LACT-9", 3*bundletest.Minute) // 02:43 to 02:46
	at := func(open, close string) string {
		return "/v1/tickets/draft?" + draft(w, url.Values{"point": {"LACT-9"}, "open": {"2026-02-02T" + open + "Z"}, "close": {"2026-02-02T" + close + "Z"}})
	}
	for _, tt := range []struct {
		name, open, close string
		first, last       uint64
		device            *bundletest.Device
	}{
		{"before", "02:40:00", "02:43:00", 0, 3, old},
		{"after, from the very instant", "02:43:00", "02:46:00", 0, 3, fresh},
		{"after", "02:44:00", "02:46:00", 2, 3, fresh},
	} {
		got, err := ticket.Decode(w.get(at(tt.open, tt.close)).body)
		must(t, err)
		if got.Device != tt.device.Kid || got.First != tt.first || got.Last != tt.last {
			t.Errorf("%s: records %d to %d of %s, want %d to %d of %s", tt.name, got.First, got.Last, got.Device, tt.first, tt.last, tt.device.Kid)
		}
	}
	for _, open := range []string{"02:40:00", "02:41:00", "02:42:00"} {
		w.refused("from "+open, w.do(http.MethodGet, at(open, "02:45:00"), nil), http.StatusConflict,
			"device "+old.Kid.String()+" measured here until 2026-02-02T02:43:00Z, and "+fresh.Kid.String()+" from then on")
	}
}

// TestLastInstantIsExact: a gateway cuts to the millisecond, and where it did is where the next ticket opens, or where a lost key ends.
func TestLastInstantIsExact(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.measured(w.Device(bundletest.Ed25519(91), "LACT-9"), "LACT-9", 282)
	same(t, "end of the last interval", read[map[string]any](w, "/v1/points/LACT-9/last")["end"], any("2026-02-02T02:43:00.282Z"))
}
