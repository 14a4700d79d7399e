package audit_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/metrology/quantity"
)

// A carrier without signed meters: its ticket, signed by both, is in the bundle, the books are as they were, and the entry says that
// this oil is attested.
func TestCarriersTicket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	signed := w.decision(w.Papers())
	w.OnPaper("receipt-A", func(*runticket.Ticket) {})
	w.OnPaper("injection-B-1", func(t *runticket.Ticket) { t.Number = "4712" })
	v, err := audit.Verify(w.Seal(w.Bundle(bundle.Tickets), audittest.Broker), w.Trust(), w.Tables())
	must(t, err)
	d := v.Decision
	same(t, "net", d.Net, signed.Net)
	same(t, "what came in on signed meters", d.Coverage.Signed, 0)
	same(t, "what came in on the carrier's ticket", d.Coverage.Attested, signed.Coverage.Signed)
	same(t, "what was typed", d.Coverage.Typed, signed.Coverage.Typed)
	b, err := v.Case.Books.Batch(audittest.Batch)
	must(t, err)
	if leg := b.Legs[0]; leg.Ticket.Carrier != audittest.Terminal || leg.Ticket.ID != audittest.Terminal+"#4712" || b.Legs[1].Ticket.Carrier != "" {
		t.Errorf("%+v, %+v", leg.Ticket, b.Legs[1].Ticket)
	}
	if len(v.Evidence.Tickets) != 2 {
		t.Errorf("%d tickets of signed records, want the two of the border", len(v.Evidence.Tickets))
	}

	paper := w.Act("paper of injection-B-1").Body
	torn := w.Bundle(bundle.Tickets)
	torn.Documents = slices.DeleteFunc(torn.Documents, func(b []byte) bool { return bytes.Equal(b, paper) })
	_, err = audit.Verify(w.Seal(torn, audittest.Broker), w.Trust(), w.Tables())
	says(t, err, "which is not here: submit the carrier's ticket first")
}

// A paper is opened before anything rests on it.
func TestCarriersTicketsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.OnPaper("injection-B-1", func(t *runticket.Ticket) { t.From, t.Carrier = audittest.South, audittest.South })
	_, err := w.decide(w.Papers())
	says(t, err, "signed it")
	w = newWorld(t, audittest.Options{})
	w.OnPaper("injection-B-1", func(*runticket.Ticket) {})
	one, err := runticket.Sign(w.Hand(audittest.Terminal), runticket.Ticket{
		Kind: runticket.Meter, Number: "1", Carrier: audittest.Terminal, From: audittest.Terminal, To: audittest.South, Point: "P", Open: 1, Close: 2, At: 3,
		Basis: quantity.Metric, Commodity: "crude", Figures: []runticket.Figure{
			{Name: runticket.Density, Unit: "kg/m3", Value: quantity.F(850, 0)}, {Name: runticket.GSV, Unit: "m3", Value: quantity.F(1, 0)},
		},
	})
	must(t, err)
	_, err = w.decide(append(w.Papers(), one))
	says(t, err, "the other countersigns it first")
}
