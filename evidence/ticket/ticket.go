// Package ticket is the act of custody transfer: a pure function of two records of one measuring point (and the laboratory's
// report), signed by both parties. It goes from provisional to final by new versions, never by an edit.
package ticket

import (
	"errors"
	"fmt"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Format is the version of the ticket format.
const Format = 1

// Things of this package in the typ headers of their signatures.
const (
	Thing       = "ticket"
	ReportThing = "report"
)

// MaxSize is the largest encoded ticket or report in bytes.
const MaxSize = 8192

// OfRecord names which of the two gross standard volumes is the quantity of record.
type OfRecord string

// The two ways to a gross standard volume.
const (
	SumOfIntervals OfRecord = "sum of intervals"
	FromAverages   OfRecord = "ticket averages"
)

// Terms are what people decide about a ticket: the rest is computed.
type Terms struct {
	ID       string
	Version  uint64
	Batch    string
	From, To string // DIDs of the parties that deliver and receive
	At       int64  // when this version was made, ms since 1970 UTC
	OfRecord OfRecord
	Previous record.Hash // hash of the version before; zeros in version 1
}

// Ticket states what passed a measuring point between two records.
type Ticket struct {
	Format      uint64            `cbor:"1,keyasint" json:"format"`
	ID          string            `cbor:"2,keyasint" json:"id"`
	Version     uint64            `cbor:"3,keyasint" json:"version"`  // 1, 2, ...
	Previous    record.Hash       `cbor:"4,keyasint" json:"previous"` // SHA-256 of the version before; zeros in version 1
	Batch       string            `cbor:"5,keyasint,omitempty" json:"batch,omitempty"`
	Device      cose.Kid          `cbor:"6,keyasint" json:"device"`
	Point       string            `cbor:"7,keyasint" json:"point"`
	First       uint64            `cbor:"8,keyasint" json:"first"`
	Last        uint64            `cbor:"9,keyasint" json:"last"`
	OpeningLeaf record.Hash       `cbor:"10,keyasint" json:"openingLeaf"` // leaf hash of record First-1; zeros when First is 0
	ClosingLeaf record.Hash       `cbor:"11,keyasint" json:"closingLeaf"` // leaf hash of record Last
	Open        int64             `cbor:"12,keyasint" json:"open"`        // ms since 1970 UTC
	Close       int64             `cbor:"13,keyasint" json:"close"`
	Opening     record.Totals     `cbor:"14,keyasint" json:"opening"`
	Closing     record.Totals     `cbor:"15,keyasint" json:"closing"`
	Parameters  record.Parameters `cbor:"16,keyasint" json:"parameters"` // in force at Close
	IV          quantity.Micro    `cbor:"17,keyasint" json:"iv"`
	Temperature quantity.Micro    `cbor:"18,keyasint" json:"temperature"` // flow-weighted averages over the ticket
	Pressure    quantity.Micro    `cbor:"19,keyasint" json:"pressure"`
	Density     quantity.Micro    `cbor:"20,keyasint" json:"density"` // base density, kg/m3
	CTPL        quantity.Factor   `cbor:"21,keyasint" json:"ctpl"`    // from the averages
	GSV         quantity.Micro    `cbor:"22,keyasint" json:"gsv"`     // the quantity of record
	OfRecord    OfRecord          `cbor:"23,keyasint" json:"ofRecord"`
	OtherGSV    quantity.Micro    `cbor:"24,keyasint" json:"otherGSV"` // the way not taken, printed beside it
	Mass        quantity.Micro    `cbor:"25,keyasint" json:"mass"`     // kg, sum of intervals
	SW          *SW               `cbor:"26,keyasint,omitempty" json:"sw,omitempty"`
	NSV         quantity.Micro    `cbor:"27,keyasint,omitempty" json:"nsv,omitempty"` // absent while S&W is unknown: the ticket is provisional
	From        string            `cbor:"28,keyasint" json:"from"`
	To          string            `cbor:"29,keyasint" json:"to"`
	At          int64             `cbor:"30,keyasint" json:"at"`
}

// SW is the sediment and water of a ticket and where the figure comes from.
type SW struct {
	Percent quantity.Factor `cbor:"1,keyasint" json:"percent"`
	Report  record.Hash     `cbor:"2,keyasint" json:"report"` // SHA-256 of the signed laboratory report
}

// Report is a laboratory's finding about a batch, signed by the laboratory.
type Report struct {
	Format     uint64          `cbor:"1,keyasint" json:"format"`
	ID         string          `cbor:"2,keyasint" json:"id"`
	Batch      string          `cbor:"3,keyasint" json:"batch"`
	Point      string          `cbor:"4,keyasint" json:"point"`     // the measuring point whose sampler took the sample
	SW         quantity.Factor `cbor:"5,keyasint" json:"sw"`        // sediment and water, volume percent
	Density    quantity.Micro  `cbor:"6,keyasint" json:"density"`   // kg/m3 at Reference
	Reference  string          `cbor:"7,keyasint" json:"reference"` // reference conditions of Density
	Method     string          `cbor:"8,keyasint" json:"method"`
	Sampled    int64           `cbor:"9,keyasint" json:"sampled"`     // ms since 1970 UTC
	Reported   int64           `cbor:"10,keyasint" json:"reported"`   // ms since 1970 UTC
	Laboratory string          `cbor:"11,keyasint" json:"laboratory"` // DID
}

// Cut makes the ticket over the records after opening up to and including closing. Opening is nil when the ticket starts at
// seq 0; report is nil while the laboratory has not spoken. Both records must be intervals: only they carry totals.
func Cut(opening, closing *record.Record, terms Terms, report *SignedReport) (*Ticket, error) {
	t, err := frame(opening, closing, terms)
	if err != nil {
		return nil, fmt.Errorf("ticket %s: %w", terms.ID, err)
	}
	if err := t.quantities(); err != nil {
		return nil, fmt.Errorf("ticket %s: %w", terms.ID, err)
	}
	if report != nil {
		if err := t.net(report); err != nil {
			return nil, fmt.Errorf("ticket %s: %w", terms.ID, err)
		}
	}
	return t, nil
}

func frame(opening, closing *record.Record, terms Terms) (*Ticket, error) {
	if closing == nil || closing.Interval == nil {
		return nil, errors.New("it must close with an interval record")
	}
	leaf, err := closing.Encode()
	if err != nil {
		return nil, err
	}
	t := &Ticket{
		Format: Format, ID: terms.ID, Version: terms.Version, Previous: terms.Previous, Batch: terms.Batch,
		Device: closing.Device, Point: closing.Point, Last: closing.Seq, ClosingLeaf: record.LeafHash(leaf),
		Close: closing.End, Closing: closing.Interval.Totals, Parameters: closing.Interval.Parameters,
		OfRecord: terms.OfRecord, From: terms.From, To: terms.To, At: terms.At,
	}
	if opening == nil {
		return t, nil
	}
	if opening.Interval == nil || opening.Point != closing.Point || opening.Device != closing.Device || opening.Seq >= closing.Seq {
		return nil, fmt.Errorf("it must open with an earlier interval record of %s", closing.Point)
	}
	if before := opening.Interval.Parameters; units(before) != units(t.Parameters) {
		return nil, fmt.Errorf("the units changed from %v to %v: close a ticket at the change", units(before), units(t.Parameters))
	}
	if leaf, err = opening.Encode(); err != nil {
		return nil, err
	}
	t.First, t.OpeningLeaf, t.Open, t.Opening = opening.Seq+1, record.LeafHash(leaf), opening.End, opening.Interval.Totals
	return t, nil
}

// units returns what running totals are counted in: a difference across a change of it means nothing.
func units(p record.Parameters) [3]string {
	return [...]string{p.Basis.String(), p.TemperatureUnit, p.PressureUnit}
}

// quantities computes everything up to GSV from the difference of the totals.
func (t *Ticket) quantities() error {
	o, c := t.Opening, t.Closing
	var heat, push, weight, gsv quantity.Micro
	for _, d := range []struct {
		to       *quantity.Micro
		from, at quantity.Micro
	}{
		{&t.IV, o.IV, c.IV}, {&gsv, o.GSV, c.GSV}, {&t.Mass, o.Mass, c.Mass},
		{&heat, o.Temperature, c.Temperature}, {&push, o.Pressure, c.Pressure}, {&weight, o.Density, c.Density},
	} {
		var err error
		if *d.to, err = d.at.Sub(d.from); err != nil {
			return err
		}
	}
	if t.IV <= 0 {
		return fmt.Errorf("%s units flowed between its records: nothing to state", t.IV)
	}
	for _, a := range []struct {
		to  *quantity.Micro
		sum quantity.Micro
	}{{&t.Temperature, heat}, {&t.Pressure, push}, {&t.Density, weight}} {
		var err error
		if *a.to, err = a.sum.Ratio(quantity.PerUnit, int64(t.IV)); err != nil {
			return err
		}
	}
	p := t.Parameters
	p.BaseDensity = t.Density
	f, err := record.Factors(p, t.Temperature, t.Pressure)
	if err != nil {
		return err
	}
	t.CTPL = liquid.RoundCTPL(f)
	return t.gross(gsv)
}

// gross settles the quantity of record: the sum of the intervals' GSV, or IV x MF x CTPL from the ticket's averages.
func (t *Ticket) gross(sum quantity.Micro) error {
	averages, err := liquid.GrossStandardVolume(t.IV, t.Parameters.MeterFactor, t.CTPL)
	if err != nil {
		return err
	}
	switch t.OfRecord {
	case SumOfIntervals:
		t.GSV, t.OtherGSV = sum, averages
	case FromAverages:
		t.GSV, t.OtherGSV = averages, sum
	default:
		return fmt.Errorf("quantity of record %q is neither %q nor %q", t.OfRecord, SumOfIntervals, FromAverages)
	}
	return nil
}

// net applies the laboratory's sediment and water: NSV = GSV x (100 - S&W) / 100, one product rounded once (MPMS 12.2).
func (t *Ticket) net(report *SignedReport) (err error) {
	r := report.Report
	if r.Batch != t.Batch || r.Point != t.Point {
		return fmt.Errorf("laboratory report %s is about batch %q at %s, not %q at %s", r.ID, r.Batch, r.Point, t.Batch, t.Point)
	}
	if t.At < r.Reported {
		return fmt.Errorf("laboratory report %s is from after the ticket", r.ID)
	}
	t.SW = &SW{Percent: r.SW, Report: report.Hash()}
	t.NSV, _, err = liquid.NetStandardVolume(t.GSV, r.SW)
	return err
}

// Final reports whether sediment and water are settled.
func (t *Ticket) Final() bool { return t.SW != nil }

// Status says "final" or "provisional".
func (t *Ticket) Status() string {
	if t.Final() {
		return "final"
	}
	return "provisional"
}

// Basis is what the ticket's volumes are counted in.
func (t *Ticket) Basis() quantity.Basis { return t.Parameters.Basis }

// Check recuts the ticket from its records and report, and names the first figure that differs. The CTPL may differ by what
// platforms do to the last bits of a float64 (F10); everything after it is exact.
func (t *Ticket) Check(opening, closing *record.Record, report *SignedReport) error {
	again, err := Cut(opening, closing, Terms{
		ID: t.ID, Version: t.Version, Batch: t.Batch, From: t.From, To: t.To, At: t.At, OfRecord: t.OfRecord, Previous: t.Previous,
	}, report)
	if err != nil {
		return err
	}
	if err := t.compare(t.measured(), again.measured()); err != nil {
		return err
	}
	if again.CTPL != t.CTPL {
		if err := again.adopt(t, report); err != nil {
			return fmt.Errorf("ticket %s: %w", t.ID, err)
		}
	}
	return t.compare(t.results(), again.results())
}

// adopt takes over a CTPL that F10 accepts, and recomputes what follows from it.
func (t *Ticket) adopt(from *Ticket, report *SignedReport) error {
	p := t.Parameters
	p.BaseDensity = t.Density
	f, err := record.Factors(p, t.Temperature, t.Pressure)
	if err != nil {
		return err
	}
	if err := record.CheckFactor("CTPL", from.CTPL, f.CTPL, 5); err != nil {
		return err
	}
	t.CTPL = from.CTPL
	if err := t.gross(t.Closing.GSV - t.Opening.GSV); err != nil || report == nil {
		return err
	}
	return t.net(report)
}

// figure is one figure of a ticket, of a type that == compares.
type figure struct {
	name  string
	value any
}

// measured returns the figures that come before the CTPL.
func (t *Ticket) measured() []figure {
	return []figure{
		{"device", t.Device}, {"point", t.Point}, {"first record", t.First}, {"last record", t.Last},
		{"opening record", t.OpeningLeaf}, {"closing record", t.ClosingLeaf}, {"opening time", t.Open}, {"closing time", t.Close},
		{"opening totals", t.Opening}, {"closing totals", t.Closing}, {"parameters", t.Parameters}, {"IV", t.IV},
		{"average temperature", t.Temperature}, {"average pressure", t.Pressure}, {"average density", t.Density},
	}
}

// results returns the figures that follow from the CTPL, and those of the laboratory.
func (t *Ticket) results() []figure {
	sw := SW{}
	if t.SW != nil {
		sw = *t.SW
	}
	return []figure{
		{"GSV", t.GSV}, {"GSV by the other way", t.OtherGSV}, {"mass", t.Mass}, {"status", t.Status()}, {"S&W", sw.Percent},
		{"laboratory report", sw.Report}, {"NSV", t.NSV},
	}
}

func (t *Ticket) compare(got, want []figure) error {
	for i, f := range got {
		if f.value != want[i].value {
			return fmt.Errorf("ticket %s version %d: %s is %v, its records make it %v", t.ID, t.Version, f.name, f.value, want[i].value)
		}
	}
	return nil
}
