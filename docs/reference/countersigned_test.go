package reference_test

import (
	"crypto"
	"testing"

	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// countersignedCase is a carrier's ticket that both parties signed, and their keys.
type countersignedCase struct {
	outcome
	Carrier  raw    `json:"carrierKey"`
	Producer raw    `json:"producerKey"`
	Paper    raw    `json:"paper"`
	Physics  bool   `json:"needsFactors,omitempty"`
	Hash     raw    `json:"sha256,omitempty"`
	Diag     string `json:"ticketDiagnostic,omitempty"`
}

func (c countersignedCase) check(t *testing.T) error {
	_, err := runticket.Open(c.Paper, bundletest.New(t).Directory())
	return err
}

// runTicket is the worked ticket of 43 CFR 3174.12 and MPMS 12.2, with every key of the format.
func runTicket(w *bundletest.World) runticket.Ticket {
	figure := func(n runticket.Name, unit string, mantissa int64, decimals uint8) runticket.Figure {
		return runticket.Figure{Name: n, Unit: unit, Value: quantity.F(mantissa, decimals)}
	}
	return runticket.Ticket{
		Format: 1, Source: record.Hash{1}, Line: 2, Kind: runticket.Meter, Number: "4711", Carrier: w.Carrier.DID, From: w.Producer.DID, To: w.Carrier.DID,
		Batch: "B-7", Point: "LACT-1", Open: bundletest.Epoch, Close: bundletest.Epoch + bundletest.Minute, At: bundletest.Epoch + bundletest.Minute,
		Basis: quantity.Customary, Commodity: "crude", Inputs: liquid.InputDiscrimination,
		Figures: []runticket.Figure{
			figure(runticket.Opening, "bbl", 10_000_000, 2), figure(runticket.Closing, "bbl", 11_001_470, 2), figure(runticket.MeterFactor, "", 10_012, 4),
			figure(runticket.Temperature, "F", 843, 1), figure(runticket.Pressure, "psig", 62, 0), figure(runticket.Density, "API", 374, 1),
			figure(runticket.GSV, "bbl", 991_105, 2), figure(runticket.SW, "%", 35, 2), figure(runticket.NSV, "bbl", 987_636, 2),
		},
		Texts: []runticket.Text{{Name: "lease", Value: "Whitemud 7-12"}, {Name: "gauger", Value: "J. Doe"}},
	}
}

func countersignedVectors(t *testing.T) group {
	w := bundletest.New(t)
	carrier, producer := w.Carrier.Hand, w.Producer.Hand
	wrap := func(o outcome, first, second crypto.Signer, version uint64, x runticket.Ticket) countersignedCase {
		payload := must[[]byte](t)(cose.Marshal(x))
		inner := must[[]byte](t)(cose.Sign(first, runticket.Thing, payload, nil))
		whole := must[[]byte](t)(cose.Marshal(runticket.Countersigned{Version: version, Paper: inner}))
		paper := must[[]byte](t)(cose.Sign(second, runticket.CountersignedThing, whole, nil))
		c := countersignedCase{outcome: o, Carrier: keyOf(t, carrier).Bytes(), Producer: keyOf(t, producer).Bytes(), Paper: paper}
		if h := ticket.Hash(paper); o.Valid {
			c.Hash, c.Diag = h[:], diagnostic(t, payload)
		}
		return c
	}
	altered := func(o outcome, alter func(x *runticket.Ticket)) countersignedCase {
		x := runTicket(w)
		alter(&x)
		return wrap(o, carrier, producer, 1, x)
	}
	value := func(i int, mantissa int64, decimals uint8) func(*runticket.Ticket) {
		return func(x *runticket.Ticket) { x.Figures[i].Value = quantity.F(mantissa, decimals) }
	}
	none := func(*runticket.Ticket) {}
	inner := must[[]byte](t)(runticket.Sign(carrier, runTicket(w)))
	once := countersignedCase{outcome: bad("one signature", "the other party countersigns", "countersigned"), Carrier: keyOf(t, carrier).Bytes(), Producer: keyOf(t, producer).Bytes(), Paper: inner}
	water := altered(bad("no such commodity", "the density comes from MPMS 11.1", "commodity"), func(x *runticket.Ticket) { x.Commodity = "water" })
	water.Physics = true
	return group{"countersigned.json", "Carriers' tickets (F12) under the keys of did:web:carrier.example and did:web:producer.example, parties from 1770000000000 on.", []vector{
		altered(ok("carrier first"), none),
		wrap(ok("producer first"), producer, carrier, 1, runTicket(w)),
		altered(ok("of a tank, in m3, with an observed density"), func(x *runticket.Ticket) {
			x.Kind, x.Basis, x.Inputs, x.Batch, x.Texts, x.CPL, x.OfRecord = runticket.Tank, quantity.Metric, "", "", nil, runticket.InFactor, ticket.SumOfIntervals
			x.Figures = []runticket.Figure{
				{Name: runticket.Observed, Unit: "kg/m3", Value: quantity.F(8_500, 1)}, {Name: runticket.ObservedAt, Unit: "C", Value: quantity.F(-15, 1)},
				{Name: runticket.GSV, Unit: "m3", Value: quantity.F(1, 6)},
			}
		}),
		wrap(bad("signed twice by one", "each party signs once", "countersign"), carrier, carrier, 1, runTicket(w)),
		wrap(bad("by a stranger", "only the parties sign", "in no registry"), bundletest.Ed25519(99), carrier, 1, runTicket(w)),
		wrap(bad("countersigned by a stranger", "only the parties sign", "in no registry"), carrier, bundletest.Ed25519(99), 1, runTicket(w)),
		wrap(bad("version 2", "the version is 1", "version 2"), carrier, producer, 2, runTicket(w)),
		once, water,
		altered(bad("format 2", "the format is 1", "format is 2"), func(x *runticket.Ticket) { x.Format = 2 }),
		altered(bad("before the keys", "the keys are valid from 1770000000000 on", "was not valid"), func(x *runticket.Ticket) {
			x.Open, x.Close, x.At = 1, 2, bundletest.Epoch-1
		}),
		altered(bad("between others", "the signers are the parties", "is between"), func(x *runticket.Ticket) { x.From = "did:web:other.example" }),
		altered(bad("a third's ticket", "the carrier is one of the parties", "passes oil"), func(x *runticket.Ticket) { x.Carrier = "did:web:other.example" }),
		altered(bad("kind", "a ticket is of a meter or a tank", "neither meter nor tank"), func(x *runticket.Ticket) { x.Kind = "well" }),
		altered(bad("a blank in the number", "a name has no blanks", "without blanks"), func(x *runticket.Ticket) { x.Number = "47 11" }),
		altered(bad("closes when it opens", "a ticket has a time", "in this order"), func(x *runticket.Ticket) { x.Close = x.Open }),
		altered(bad("made before it closed", "a ticket is made at its end", "in this order"), func(x *runticket.Ticket) { x.At = x.Close - 1 }),
		altered(bad("in kg", "a ticket is of a volume", "no basis"), func(x *runticket.Ticket) { x.Basis = quantity.Basis{Unit: quantity.Kilogram} }),
		altered(bad("an unknown figure", "names are those of the list", "unknown"), func(x *runticket.Ticket) { x.Figures[0].Name = "luck" }),
		altered(bad("a figure twice", "each name stands once", "twice"), func(x *runticket.Ticket) { x.Figures[1].Name = runticket.Opening }),
		altered(bad("figures out of order", "they are in the order of the list", "out of order"), func(x *runticket.Ticket) {
			x.Figures[0], x.Figures[1] = x.Figures[1], x.Figures[0]
		}),
		altered(bad("a unit where there is none", "a factor has no unit", "has no unit"), func(x *runticket.Ticket) { x.Figures[2].Unit = "bbl" }),
		altered(bad("another unit of volume", "volumes are in the unit of the basis", "one unit of volume"), func(x *runticket.Ticket) { x.Figures[6].Unit = "m3" }),
		altered(bad("a unit by another name", "units have one name", "want F or C"), func(x *runticket.Ticket) { x.Figures[3].Unit = "degF" }),
		altered(bad("a negative volume", "volumes are not negative", "is negative"), value(0, -1, 2)),
		altered(bad("seven decimals of a volume", "volumes have at most six", "six decimals"), value(0, 1, 7)),
		altered(bad("thirteen decimals", "figures have at most twelve", "12 decimals"), value(3, 1, 13)),
		altered(bad("no factor", "factors are above 0", "must be positive"), value(2, 0, 4)),
		altered(bad("more water than oil", "S&W is at most 100 %", "outside 0 to 100"), value(7, 10_001, 2)),
		altered(bad("nothing passed", "GSV is above 0", "no gross standard volume"), value(6, 0, 2)),
		altered(bad("no density", "what it weighs is not known", "density"), func(x *runticket.Ticket) { x.Figures = append(x.Figures[:5:5], x.Figures[6:]...) }),
		altered(bad("an unknown text", "names are those of the list", "text"), func(x *runticket.Ticket) { x.Texts[0].Name = "luck" }),
		altered(bad("an empty text", "a text that is there says something", "text"), func(x *runticket.Ticket) { x.Texts[0].Value = "" }),
		altered(bad("a line break in a text", "texts print", "text"), func(x *runticket.Ticket) { x.Texts[0].Value = "a\nb" }),
		altered(bad("CPL elsewhere", "it is in the meter factor, or it is not said", "CPL"), func(x *runticket.Ticket) { x.CPL = "1" }),
		altered(bad("another quantity of record", "it is one of two, as in F7", "quantity of record"), func(x *runticket.Ticket) { x.OfRecord = "guess" }),
		altered(bad("another rounding", "it is one of two", "rounding"), func(x *runticket.Ticket) { x.Inputs = "to the barrel" }),
	}}
}
