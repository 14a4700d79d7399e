package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gauger/gauger/cloud/api"
	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/metrology/quantity"
)

// commonStream has a process of its own tell the month of the common streams. It is told once.
var commonStream = sync.OnceValue(func() func(testing.TB) *told {
	var s *told
	var once sync.Once
	return func(t testing.TB) *told {
		once.Do(func() { s = tellMonth(t) })
		if s == nil {
			t.Fatal("the month of the common streams failed in another test")
		}
		return s
	}
})()

func tellMonth(t testing.TB) *told {
	t.Helper()
	s := &told{dir: filepath.Join(scratch, "month")}
	program, err := os.Executable()
	must(t, err)
	c := exec.Command(program, "demo", "--once", "--json", "--scenario", "common-stream", "--dir", s.dir)
	c.Env = append(os.Environ(), asProgram+"=1")
	var out, progress bytes.Buffer
	c.Stdout, c.Stderr = &out, &progress
	if err := c.Run(); err != nil {
		t.Fatalf("gauger demo --scenario common-stream: %v\n%s\n%s", err, progress.String(), logs(t, s.dir))
	}
	s.printed = out.Bytes()
	d := json.NewDecoder(bytes.NewReader(s.printed))
	d.DisallowUnknownFields()
	must(t, d.Decode(&s.outcome))
	if s.outcome.Month == nil {
		t.Fatal("there is no month in it")
	}
	return s
}

// TestMonth: the month of 12 streams and 40 shippers closes to the millionth, what the shippers have adds up to what the streams
// have, and the clerk's slip is all that the carrier's statements have otherwise.
func TestMonth(t *testing.T) {
	s := commonStream(t)
	m := s.outcome.Month
	if !m.Closes || len(m.Streams) != 12 || len(m.Shippers) != 41 || m.Positions < 70 || m.Month != "2024-03" || m.Basis != "m3 at 15C" {
		t.Errorf("closes %t: %d streams, %d shippers with the carrier, %d positions in %s, %s", m.Closes, len(m.Streams), len(m.Shippers), m.Positions, m.Month, m.Basis)
	}
	for _, way := range [][]monthSum{m.Streams, m.Shippers} {
		var books, stated monthFigures
		for _, sum := range way {
			if closing, err := sum.Books.Sum(); err != nil || closing != sum.Books.Closing {
				t.Errorf("%s comes to %s, %v; it closes with %s", sum.Of, closing, err, sum.Books.Closing)
			}
			if sum.Agrees != (sum.Books == sum.Stated) {
				t.Errorf("%s agrees: %t; books %+v, stated %+v", sum.Of, sum.Agrees, sum.Books, sum.Stated)
			}
			must(t, books.Add(sum.Books.StatementLine))
			must(t, stated.Add(sum.Stated.StatementLine))
		}
		if books != m.All.Books || stated != m.All.Stated {
			t.Errorf("sums come to %+v and %+v, all is %+v", books, stated, m.All)
		}
	}
	if m.All.Books.Transfers != 0 || m.All.Books.Allowance != 0 {
		t.Errorf("what changes owner within the streams comes to %s and %s", m.All.Books.Transfers, m.All.Books.Allowance)
	}
	want := []monthDifference{
		{"HCB", "did:web:coulee.example", "receipts", 5494_860000, 5944_860000, -450_000000},
		{"HCB", "did:web:coulee.example", "closing", m.Differences[1].Stated, m.Differences[1].Books, -450_000000},
	}
	if diff := cmp.Diff(want, m.Differences); diff != "" {
		t.Error(diff)
	}
}

// TestMonthAdjusted: the correction after the close moves April only, and, since the stream was gauged since, only between positions.
func TestMonthAdjusted(t *testing.T) {
	m := commonStream(t).outcome.Month
	var sum quantity.Micro
	for _, a := range m.Adjustments {
		if a.Stream != "CDB" {
			t.Errorf("stream %s was adjusted", a.Stream)
		}
		sum += a.Volume
	}
	i := slices.IndexFunc(m.Adjustments, func(a adjustmentOutcome) bool { return a.Shipper == "did:web:clover.example" })
	if i < 0 || m.Adjustments[i].Volume.Decimal(0) != "-59" || sum != 0 || m.All.Books.Adjustments != 0 {
		t.Errorf("adjustments %+v come to %s, in March %s", m.Adjustments, sum, m.All.Books.Adjustments)
	}
}

// booked adds up what the papers say that the carrier signed day by day, without the books: by shipper, receipts, deliveries,
// transfers and the loss allowance.
func (s *told) booked(t *testing.T) map[string]*custody.StatementLine {
	t.Helper()
	sums := map[string]*custody.StatementLine{}
	of := func(did string) *custody.StatementLine {
		if sums[did] == nil {
			sums[did] = &custody.StatementLine{}
		}
		return sums[did]
	}
	var carrier quantity.Micro
	receive := func(did string, volume quantity.Micro) {
		allowed, err := volume.Mul(quantity.F(10, 2), quantity.F(1, 2)) // 0.10 %
		must(t, err)
		of(did).Receipts += volume
		of(did).Allowance += allowed
		carrier += allowed
	}
	names, err := filepath.Glob(filepath.Join(s.dir, "parties", "aspen", "TRAFFIC-*.json"))
	must(t, err)
	if len(names) != 32 {
		t.Fatalf("%d days of traffic", len(names))
	}
	for _, name := range names {
		var events []custody.Event
		b, err := os.ReadFile(name)
		must(t, err)
		must(t, json.Unmarshal(b, &events))
		for _, e := range events {
			switch {
			case strings.HasSuffix(name, "0229.json"): // what was there before
				if e.Receipt != nil {
					of(e.Receipt.Shipper).Opening += e.Receipt.Stated.Volume
				}
			case e.Receipt != nil:
				receive(e.Receipt.Shipper, e.Receipt.Stated.Volume)
			case e.Withdrawal != nil:
				of(e.Withdrawal.Shipper).Deliveries += e.Withdrawal.Stated.Volume
			case e.Title != nil:
				of(e.Title.From).Transfers -= e.Title.Volume
				of(e.Title.To).Transfers += e.Title.Volume
			}
		}
	}
	for _, id := range []string{"T-K1", "T-K2", "T-K3"} {
		receive("did:web:kestrel.example", s.ticket(t, id, 1).GSV)
	}
	for lot, did := range map[string]string{"HSB-1": "bison", "HSB-2": "linnet", "SYN-1": "hazel", "LSB-1": "birch", "LSB-2": "kestrel"} {
		of("did:web:" + did + ".example").Deliveries += s.ticket(t, "T-"+lot, 1).GSV
	}
	of("did:web:aspentrunk.example").Allowance = -carrier
	return sums
}

// TestMonthIsWhatWasSigned: what each shipper's month says of receipts, deliveries, transfers and allowance is the plain sum of the
// papers and tickets, worked out without the books. An exchange gives as much as it takes.
func TestMonthIsWhatWasSigned(t *testing.T) {
	s := commonStream(t)
	sums := s.booked(t)
	if len(sums) != 41 {
		t.Errorf("papers of %d shippers", len(sums))
	}
	for _, shipper := range s.outcome.Month.Shippers {
		b := shipper.Books
		got := custody.StatementLine{Opening: b.Opening, Receipts: b.Receipts, Deliveries: b.Deliveries, Transfers: b.Transfers, Allowance: b.Allowance}
		if diff := cmp.Diff(*sums[shipper.Of], got); diff != "" {
			t.Errorf("%s (-papers +books): %s", shipper.Of, diff)
		}
	}
}

// TestMonthLots: each lot that crossed is entered with its share that originates. Where all oil of the stream does, the entry is free;
// of the stream with uncertified oil from the United States two entries are made of each lot: what originates by the inventory method is
// free, the rest is not, and the barrels of both are those of the lot.
func TestMonthLots(t *testing.T) {
	s := commonStream(t)
	m := s.outcome.Month
	if len(m.Lots) != 7 || len(s.outcome.Entries) != 7 {
		t.Fatalf("%d lots, %d entries", len(m.Lots), len(s.outcome.Entries))
	}
	for i, l := range m.Lots {
		e := s.outcome.Entries[i]
		if l.Entry != e.Number {
			t.Errorf("lot %s has entry %s beside %s", l.Lot, l.Entry, e.Number)
		}
		if free := e.Duty.Claimed == 0 && e.Origin.Qualifies; free == (l.Share == audit.RestShare) || (l.Share != audit.WholeLot) != (l.Stream == "LSB") {
			t.Errorf("lot %s of %s: %s of %s originates, free %t", l.Lot, l.Stream, l.Originating, l.Volume, free)
		}
		if l.Stream != "LSB" {
			continue
		}
		// February: 41,480 m3 in the stream, 3,000 of them from North Dakota.
		want, err := l.Volume.Ratio(38480, 41480)
		must(t, err)
		if l.Method != "average over the preceding month" || l.Ratio != "0.927675988" || *l.Attributed-want > 1 || want-*l.Attributed > 1 {
			t.Errorf("lot %s: %+v, want %s", l.Lot, l, want)
		}
		if e.Coverage.Signed < "0.01" || e.Coverage.Attested < "0.2" || e.Coverage.Typed < "0.2" {
			t.Errorf("lot %s rests on %+v", l.Lot, e.Coverage)
		}
	}
}

// TestMonthBundles: the bundle of each entry verifies offline, and so does the carrier's of the whole month, whose books the
// commands read.
func TestMonthBundles(t *testing.T) {
	s := commonStream(t)
	names := bundles(t, s.dir)
	if len(names) != 8 {
		t.Fatalf("bundles %v", names)
	}
	for _, name := range names {
		if code, out, problem := gauger(t, "verify", "--trust", s.outcome.Trust, name); code != exitOK || !strings.HasPrefix(out, "VERIFIED") {
			t.Errorf("%s: exit code %d: %s", name, code, problem)
		}
	}
	books := []string{"--bundle", s.outcome.Month.Bundle, "--trust", s.outcome.Trust}
	code, out, problem := gauger(t, append([]string{"balance", "HSB", "--from", "2024-03-01T00:00:00-07:00", "--to", "2024-04-01T00:00:00-06:00"}, books...)...)
	if code != exitOK || problem != "" {
		t.Fatalf("balance: exit code %d: %s", code, problem)
	}
	contains(t, "balance of HSB", out, "stream HSB from 2024-03-01 07:00:00Z to 2024-04-01 06:00:00Z", "out: withdrawal", "position allowance   did:web:aspentrunk.example")
	code, out, _ = gauger(t, append([]string{"crossings", "3404", "2024-03"}, books...)...)
	if code != exitOK {
		t.Errorf("crossings: exit code %d", code)
	}
	for _, e := range s.outcome.Entries {
		contains(t, "crossings", out, e.Number)
	}
}

// TestMonthInAnotherOrder: the same papers, come in another order and divided otherwise, give the same decisions, byte for byte, as
// those that the bundles carry.
func TestMonthInAnotherOrder(t *testing.T) {
	s := commonStream(t)
	file, err := os.ReadFile(s.outcome.Month.Bundle)
	must(t, err)
	trust, _, err := loadTrust(s.outcome.Trust)
	must(t, err)
	e, err := bundle.Verify(file, trust)
	must(t, err)
	tables, err := api.Tables()
	must(t, err)
	backwards := slices.Clone(e.Bundle.Documents)
	slices.Reverse(backwards)
	halves := slices.Concat(e.Bundle.Documents[len(backwards)/2:], e.Bundle.Documents[:len(backwards)/2])
	for order, documents := range map[string][][]byte{"backwards": backwards, "the later half first": halves} {
		c, err := audit.NewCase(e.Keys, e.Tickets, documents, tables)
		must(t, err)
		for _, entry := range s.outcome.Entries {
			d, err := c.Decide(entry.Number)
			must(t, err)
			got, err := json.Marshal(d)
			must(t, err)
			want, err := json.Marshal(decisionOf(t, entry.Bundle))
			must(t, err)
			if !bytes.Equal(got, want) {
				t.Errorf("%s: entry %s is decided otherwise: %s", order, entry.Number, cmp.Diff(string(want), string(got)))
			}
		}
	}
}

// TestMonthSchema: what `demo --json` prints of a month.
func TestMonthSchema(t *testing.T) {
	var v struct{ Month any }
	must(t, json.Unmarshal(commonStream(t).printed, &v))
	seen := map[string]bool{}
	keys(v.Month, "", seen)
	want := []string{
		"adjustments", "adjustments[].shipper", "adjustments[].stream", "adjustments[].volume", "all", "basis", "bundle", "carrier", "closes",
		"differences", "differences[].books", "differences[].difference", "differences[].figure", "differences[].shipper",
		"differences[].stated", "differences[].stream", "lots", "lots[].attributed", "lots[].entry", "lots[].lot", "lots[].method",
		"lots[].originating", "lots[].ratio", "lots[].share", "lots[].stream", "lots[].volume", "month", "positions", "shippers", "shippers[].name", "streams",
	}
	for _, of := range []string{"all", "shippers[]", "streams[]"} {
		want = append(want, of+".agrees", of+".of")
		for _, way := range []string{".books", ".stated"} {
			want = append(want, of+way)
			for _, f := range []string{"opening", "receipts", "deliveries", "transfers", "allowance", "deductions", "overShort", "adjustments", "closing"} {
				want = append(want, of+way+"."+f)
			}
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(seen))); diff != "" {
		t.Error(diff)
	}
}

// TestMonthPrinted: people see the same.
func TestMonthPrinted(t *testing.T) {
	var b strings.Builder
	m := commonStream(t).outcome.Month
	summariseMonth(&b, m)
	contains(t, "the month", b.String(), "MONTH 2024-03 of did:web:aspentrunk.example, m3 at 15C", "stated otherwise", "Kestrel Crude Marketing Inc",
		"closes       12 streams", "difference   HCB, did:web:coulee.example, receipts: stated 5494.86, the books have 5944.86: -450",
		"adjustment   CDB, did:web:clover.example:", "lot          LSB-1 of LSB:", "by average over the preceding month", m.All.Books.Closing.Decimal(6))
	broken := *m
	broken.Closes = false
	b.Reset()
	summariseMonth(&b, &broken)
	contains(t, "a month that does not close", b.String(), "does NOT close")
}
