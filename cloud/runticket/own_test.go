package runticket_test

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// What this program's own tickets export as CSV is read, with the parties, and comes to itself: no figure differs.
func TestOwnTicketsComeToThemselves(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := bundletest.New(t)
		p := bundletest.Metric()
		if rapid.Bool().Draw(rt, "customary") {
			p = bundletest.Customary()
		}
		p.Commodity = rapid.SampledFrom([]string{"crude", "refined"}).Draw(rt, "commodity")
		p.Rounding = string(rapid.SampledFrom([]liquid.Rounding{liquid.InputsUnrounded, liquid.InputDiscrimination}).Draw(rt, "rounding"))
		p.BaseDensity = quantity.Micro(rapid.Int64Range(700_000_000, 950_000_000).Draw(rt, "density"))
		device := w.Device(bundletest.Ed25519(51), bundletest.Lease)
		point := device.Point(bundletest.Lease, p)
		var last *bundletest.Leaf
		for range rapid.IntRange(1, 4).Draw(rt, "intervals") {
			last = point.Interval(rapid.Int64Range(10_000, 9_000_000).Draw(rt, "pulses"),
				quantity.Micro(rapid.Int64Range(0, 60_000_000).Draw(rt, "temperature")), quantity.Micro(rapid.Int64Range(0, 900_000_000).Draw(rt, "pressure")))
		}
		device.Batch()
		terms := ticket.Terms{ID: "T-1", Version: 1, Batch: "B-7", OfRecord: rapid.SampledFrom([]ticket.OfRecord{ticket.SumOfIntervals, ticket.FromAverages}).Draw(rt, "of record")}
		provisional := w.Ticket(nil, last, terms, nil)
		if rapid.Bool().Draw(rt, "final") {
			report := w.Report(ticket.Report{
				ID: "R-1", Batch: "B-7", Point: bundletest.Lease, SW: quantity.F(rapid.Int64Range(0, 300).Draw(rt, "S&W"), 2), Density: p.BaseDensity,
				Reference: string(p.Basis.Reference), Method: "ASTM D4007", Sampled: last.End, Reported: last.End + bundletest.Minute,
			})
			terms.Version, terms.Previous = 2, ticket.Hash(provisional.Ticket)
			w.Ticket(nil, last, terms, report)
		}
		newest := comesToItself(t, w, p.Commodity)
		if newest.Number != "T-1" || newest.Batch != "B-7" || newest.From != w.Producer.DID || newest.To != w.Carrier.DID || newest.Close != last.End {
			t.Errorf("%+v", newest)
		}
	})
}

// comesToItself exports the tickets of a world, reads them again, and returns the newest version of the only one.
func comesToItself(t *testing.T, w *bundletest.World, commodity string) runticket.Ticket {
	t.Helper()
	e := &bundle.Evidence{Bundle: &bundle.Bundle{Tickets: w.Tickets}, Keys: w.Directory(), Tickets: map[record.Hash]*ticket.Ticket{}}
	for _, s := range w.Tickets {
		decoded, err := ticket.Decode(s.Ticket)
		if err != nil {
			t.Fatal(err)
		}
		e.Tickets[ticket.Hash(s.Ticket)] = decoded
	}
	table, err := document.Tickets(e)
	if err != nil {
		t.Fatal(err)
	}
	text, err := table.CSV()
	if err != nil {
		t.Fatal(err)
	}
	f, err := runticket.Read("own.csv", bytes.NewReader(text), runticket.Options{Commodity: commodity})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(f.Tickets) != 1 {
		t.Fatalf("%d tickets of\n%s", len(f.Tickets), text)
	}
	r := recompute(t, &f.Tickets[0], "")
	for _, l := range r.Lines {
		if l.Verdict == runticket.Differs {
			t.Errorf("%s, %s: stated %s, recomputed %s\n%s", r.Scheme, l.Name, l.Stated, l.Recomputed, text)
		}
	}
	if !r.Agrees {
		t.Errorf("%+v\n%s", r, text)
	}
	return f.Tickets[0]
}
