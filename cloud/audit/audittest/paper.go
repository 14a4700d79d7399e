package audittest

import (
	"slices"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// OnPaper has an event rest on a carrier's own ticket, with the figures of the one that it cites, altered, and signed by both its
// parties. The paper is an act before the event's, "paper of" and its name.
func (w *World) OnPaper(id string, alter func(t *runticket.Ticket)) {
	w.t.Helper()
	e, err := custody.Open(w.Act(id).Body, w.Keys())
	w.must(err)
	t := w.tickets[*e.Ticket]
	own := runticket.Ticket{
		Kind: runticket.Meter, Number: "4711", Carrier: t.From, From: t.From, To: t.To, Batch: t.Batch, Point: "CARRIER-" + t.Point,
		Open: t.Open, Close: t.Close, At: t.At, Basis: t.Basis(), Commodity: t.Parameters.Commodity, Figures: []runticket.Figure{
			{Name: runticket.Density, Unit: "kg/m3", Value: quantity.F(int64(t.Density), 6)},
			{Name: runticket.GSV, Unit: "m3", Value: quantity.F(int64(t.GSV), 6)},
		},
	}
	alter(&own)
	signed, err := runticket.Sign(w.Hand(t.From), own)
	w.must(err)
	paper, err := runticket.Countersign(w.Hand(t.To), signed)
	w.must(err)
	hash := record.Hash(ticket.Hash(paper))
	e.Ticket, e.Paper = nil, &hash
	event, err := custody.Sign(w.Hand(e.By), e)
	w.must(err)
	at := slices.IndexFunc(w.Acts, func(a Act) bool { return a.Name == id })
	w.Acts[at].Body = event
	w.Acts = slices.Insert(w.Acts, at, Act{Path: "/v1/documents", Name: "paper of " + id, Body: paper})
}
