package bundletest

import (
	"crypto"
	"crypto/sha256"
	"fmt"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Metric are the parameters of a crude oil meter in m3 at 15 C.
func Metric() record.Parameters {
	return record.Parameters{
		KFactor: quantity.F(1_000_000, 3), MeterFactor: quantity.F(10_005, 4), Basis: quantity.Metric, Commodity: "crude",
		BaseDensity: 868_400_000, TemperatureUnit: "degC", PressureUnit: "kPag", Method: liquid.Method11_1, Rounding: string(liquid.InputsUnrounded),
	}
}

// Customary are the parameters of a condensate meter in barrels at 60 F.
func Customary() record.Parameters {
	return record.Parameters{
		KFactor: quantity.F(8_412_507, 4), MeterFactor: quantity.F(99_872, 5), Basis: quantity.Customary, Commodity: "refined",
		BaseDensity: 721_350_000, TemperatureUnit: "degF", PressureUnit: "psig", Method: liquid.Method11_1, Rounding: string(liquid.InputDiscrimination),
	}
}

// Point is a measuring point whose records follow each other without a hole, an interval a minute.
type Point struct {
	Parameters record.Parameters
	Records    []*Leaf
	name       string
	device     *Device
	chain      record.Chain
}

// Point begins the records of a measuring point with its start event.
func (d *Device) Point(name string, p record.Parameters) *Point {
	d.world.t.Helper()
	pt := &Point{Parameters: p, name: name, device: d, chain: record.Chain{End: Epoch}}
	d.points = append(d.points, pt)
	pt.Event(record.Event{Kind: record.Start, Name: "totaliser", New: "0"})
	return pt
}

// Event records an event at the end of the last interval.
func (p *Point) Event(e record.Event) *Leaf {
	p.device.world.t.Helper()
	return p.add(&record.Record{Start: p.chain.End, End: p.chain.End, Event: &e})
}

// Interval records a minute with flow: pulses, and the averages in micro-units.
func (p *Point) Interval(pulses int64, temperature, pressure quantity.Micro) *Leaf {
	w := p.device.world
	w.t.Helper()
	body, err := record.Compute(p.Parameters, record.Measured{
		Totaliser: p.chain.Count + uint64(pulses), Pulses: pulses, FlowTime: Minute, Temperature: temperature, Pressure: pressure,
	}, p.chain.Totals)
	w.must(err)
	return p.add(&record.Record{Start: p.chain.End, End: p.chain.End + Minute, Interval: body})
}

func (p *Point) add(r *record.Record) *Leaf {
	w := p.device.world
	w.t.Helper()
	r.Version, r.Device, r.Point, r.Seq, r.Prev, r.Clock = record.Version, p.device.Kid, p.name, p.chain.Next, p.chain.Hash, record.NTP
	sum := sha256.Sum256(fmt.Append(nil, "salt of ", r.Place()))
	copy(r.Salt[:], sum[:])
	leaf, err := r.Encode()
	w.must(err)
	_, err = p.chain.Append(leaf)
	w.must(err)
	l := &Leaf{Record: r, Bytes: leaf}
	p.Records = append(p.Records, l)
	p.device.waiting = append(p.device.waiting, l)
	return l
}

// Ticket cuts a ticket from opening (nil: from the beginning) to closing, which the producer delivers and the carrier receives,
// and has both sign it.
func (w *World) Ticket(opening, closing *Leaf, terms ticket.Terms, report []byte) ticket.Signed {
	w.t.Helper()
	var first *record.Record
	if opening != nil {
		first = opening.Record
	}
	var opened *ticket.SignedReport
	if report != nil {
		var err error
		opened, err = ticket.OpenReport(report, w.Directory())
		w.must(err)
	}
	terms.From, terms.To = w.Producer.DID, w.Carrier.DID
	if terms.At == 0 {
		terms.At = closing.End + int64(terms.Version)*Minute
	}
	t, err := ticket.Cut(first, closing.Record, terms, opened)
	w.must(err)
	s := w.Countersign(t)
	w.Tickets = append(w.Tickets, s)
	return s
}

// Countersign has both parties sign a ticket as it is.
func (w *World) Countersign(t *ticket.Ticket) ticket.Signed {
	w.t.Helper()
	encoded, err := t.Encode()
	w.must(err)
	s := ticket.Signed{Ticket: encoded}
	for _, hand := range []crypto.Signer{w.Producer.Hand, w.Carrier.Hand} {
		signature, err := ticket.Sign(hand, encoded)
		w.must(err)
		s.Signatures = append(s.Signatures, signature)
	}
	return s
}

// Report signs what the laboratory found, and adds it to the documents.
func (w *World) Report(r ticket.Report) []byte {
	w.t.Helper()
	r.Laboratory = w.Laboratory.DID
	signed, err := ticket.SignReport(w.Laboratory.Hand, r)
	w.must(err)
	w.Documents = append(w.Documents, signed)
	return signed
}

// Document signs any other paper by the carrier, and adds it to the documents.
func (w *World) Document(thing string, payload []byte) {
	w.t.Helper()
	signed, err := cose.Sign(w.Carrier.Hand, thing, payload, nil)
	w.must(err)
	w.Documents = append(w.Documents, signed)
}
