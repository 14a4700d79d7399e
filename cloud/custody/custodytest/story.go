// Package custodytest makes events and tickets for tests: the two batches of the built-in story, and small random networks.
package custodytest

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Step is an event with the ticket it cites, or nil.
type Step struct {
	Event  custody.Event
	Ticket *ticket.Ticket
}

// The parties of the story.
const (
	Whitemud  = "did:web:whitemud.example"    // producer A
	Sandhill  = "did:web:sandhill.example"    // producer B, withheld
	Railway   = "did:web:railway.example"     // delivers the condensate
	Terminal  = "did:web:terminals.example"   // keeps the tanks
	Shipper   = "did:web:marketing.example"   // owns what is in them
	CarrierCA = "did:web:gateway-ulc.example" // runs the line north of the border
	CarrierUS = "did:web:gateway-llc.example" // and south of it
	Buyer     = "did:web:lakehead.example"    // refiner, importer of record
)

// The line, the ends of its segments, the batches and the events of their blends. Batch one comes from tank T-14, batch two from
// T-15.
const (
	LineName   = "PG-1"
	Border     = "Haskett"
	Patoka     = "Patoka"
	BatchOne   = "PG-2024-031"
	BatchTwo   = "PG-2024-032"
	FirstBlend = "blend-T-14"
	NextBlend  = "blend-T-15"
)

// The sources.
const (
	HeelHeavy  = "heel-bitumen" // what was in T-14 before
	HeelLight  = "heel-condensate"
	Lateral    = "whitemud-bitumen" // by the lateral of producer A
	LateralB   = "sandhill-bitumen" // and of producer B
	Condensate = "pisco-condensate" // does not originate
	Trucked    = "trucked-bitumen"  // of batch two
	LightCrude = "us-light"         // its certification comes late
)

var (
	mountain = time.FixedZone("MST", -7*3600)
	central  = time.FixedZone("CDT", -5*3600)
)

// At returns an instant of March 2024 in ms: Mountain standard time before the 10th, Central daylight time from then on.
func At(day, hour, minute int) int64 {
	zone := mountain
	if day >= 10 {
		zone = central
	}
	return time.Date(2024, time.March, day, hour, minute, 0, 0, zone).UnixMilli()
}

// Certified is 20 May 2024, when the certification of the light crude arrives.
var Certified = time.Date(2024, time.May, 20, 9, 0, 0, 0, central).UnixMilli()

// Units parses an amount; it is for constants.
func Units(s string) quantity.Micro {
	m, err := quantity.Parse(s)
	if err != nil {
		panic(err) // a constant of a test
	}
	return m
}

// Factor parses a factor; it is for constants.
func Factor(s string) quantity.Factor {
	f, err := quantity.ParseFactor(s)
	if err != nil {
		panic(err) // a constant of a test
	}
	return f
}

// Metering is what the tests care about in a ticket.
type Metering struct {
	ID, Point, Batch, From, To string
	Basis                      quantity.Basis
	GSV, Density               quantity.Micro
	First, Last                uint64
	Open, Close, At            int64
}

// Ticket returns a provisional ticket of version 1. Its records do not exist: whoever applies events has checked tickets before.
func (m Metering) Ticket() *ticket.Ticket {
	factors := []quantity.Factor{quantity.F(int64(m.Density), 6)}
	if m.Basis.Unit == quantity.Barrel {
		factors = append(factors, quantity.F(158_987_294_928, 12))
	}
	mass, err := m.GSV.Mul(factors...)
	if err != nil {
		panic(err) // a test asks for more oil than there is
	}
	return &ticket.Ticket{
		Format: ticket.Format, ID: m.ID, Version: 1, Batch: m.Batch, Device: sha256.Sum256([]byte(m.Point)), Point: m.Point,
		First: m.First, Last: m.Last, Open: m.Open, Close: m.Close, GSV: m.GSV, OfRecord: ticket.SumOfIntervals, Mass: mass,
		Density: m.Density, From: m.From, To: m.To, At: m.At,
		Parameters: record.Parameters{Basis: m.Basis, Commodity: "crude", BaseDensity: m.Density},
	}
}

// Final returns the next version of a ticket, with sediment and water in percent.
func Final(t *ticket.Ticket, percent string, at int64) *ticket.Ticket {
	next := *t
	nsv, _, err := liquid.NetStandardVolume(t.GSV, Factor(percent))
	if err != nil {
		panic(err) // a constant of a test
	}
	next.Version, next.Previous, next.At, next.NSV = t.Version+1, Hash(t), at, nsv
	next.SW = &ticket.SW{Percent: Factor(percent), Report: sha256.Sum256([]byte("report of " + t.ID))}
	return &next
}

// Hash returns the hash that an event cites a ticket by.
func Hash(t *ticket.Ticket) record.Hash {
	encoded, err := t.Encode()
	if err != nil {
		panic(err) // a ticket that a test made
	}
	return ticket.Hash(encoded)
}

// Cite returns a step whose event cites a ticket.
func Cite(e custody.Event, t *ticket.Ticket) Step {
	hash := Hash(t)
	e.Ticket = &hash
	return Step{Event: e, Ticket: t}
}

// event returns the frame of an event.
func event(id, by string, at int64) custody.Event {
	return custody.Event{Version: custody.Version, ID: id, By: by, At: at}
}

// Story returns both batches of the built-in story, in order, up to the certification in May.
func Story() []Step {
	var all []Step
	all = append(all, places()...)
	all = append(all, origins()...)
	all = append(all, firstTank()...)
	all = append(all, secondTank()...)
	return append(all, journey()...)
}

func places() []Step {
	tank := func(id string) Step {
		e := event("declare-"+id, Terminal, At(1, 0, 0))
		e.Pool = &custody.Pool{
			ID: id, Kind: custody.Tank, Basis: quantity.Metric, Keeper: Terminal, Owner: Shipper, Method: custody.Average, Place: "Hardisty, Alberta",
		}
		return Step{Event: e}
	}
	line := event("declare-line", CarrierCA, At(1, 0, 1))
	line.Pool = &custody.Pool{
		ID: LineName, Kind: custody.Line, Basis: quantity.Metric, Keeper: CarrierCA, Method: custody.FIFO,
		Segments: []custody.Segment{
			{To: Border, Custodian: CarrierCA, Fill: Units("645470"), Rate: Units("4258.75")},
			{To: Patoka, Custodian: CarrierUS, Fill: Units("754900"), Rate: Units("3400")},
		},
	}
	meter := func(id, by, point, percent string) Step {
		e := event("installation-"+id, by, At(1, 0, 2))
		e.Installation = &custody.Installation{Point: point, Uncertainty: Factor(percent)}
		if id == "border" {
			e.Installation.Approval, e.Installation.Importer, e.Installation.Sampler = "HQ 24-001", Buyer, "Pembina Valley Inspection"
			e.Installation.Scope = "crude oil by pipeline at Haskett / Walhalla"
		}
		return Step{Event: e}
	}
	return []Step{
		tank("T-14"), tank("T-15"), {Event: line},
		meter("border", CarrierCA, "HASKETT-M1", "0.20"),
		meter("injection", CarrierCA, "HARDISTY-M1", "0.14"),
		meter("patoka", CarrierUS, "PATOKA-M1", "0.14"),
	}
}

func origins() []Step {
	const bitumen, condensate = "bitumen", "field condensate"
	var all []Step
	// In the order of their event ids: they take effect at one instant.
	for _, f := range []struct {
		by string
		custody.Source
	}{
		{Terminal, custody.Source{ID: HeelHeavy, Description: bitumen, Country: "CA", Role: custody.Heavy, Originating: custody.Originating}},
		{Terminal, custody.Source{ID: HeelLight, Description: condensate, Country: "CA", Role: custody.Diluent, Originating: custody.Originating}},
		{Terminal, custody.Source{ID: Condensate, Description: condensate, Country: "PE", Role: custody.Diluent, Originating: custody.NonOriginating}},
		{Shipper, custody.Source{ID: LateralB, Withheld: true, Description: bitumen, Country: "CA", Role: custody.Heavy, Originating: custody.Originating}},
		{Shipper, custody.Source{ID: Trucked, Withheld: true, Description: bitumen, Country: "CA", Role: custody.Heavy, Originating: custody.Originating}},
		{Terminal, custody.Source{ID: LightCrude, Description: "light crude", Country: "US", Role: custody.Diluent, Originating: custody.Unproven}},
		{Whitemud, custody.Source{
			ID: Lateral, Producer: Whitemud, Description: bitumen, Country: "CA", Role: custody.Heavy, Originating: custody.Originating,
			Facility: "Whitemud Thermal battery 3", Location: "12-04-091-05W5",
		}},
	} {
		e := event("source-"+f.ID, f.by, At(1, 0, 3))
		f.Heading, f.WhollyObtained = "2709", true
		e.Source = &f.Source
		all = append(all, Step{Event: e})
	}
	return all
}

func firstTank() []Step {
	opening := event("opening-T-14", Terminal, At(1, 1, 0))
	// 28.13 % of the heel was once put in as condensate; shrunk with its blend it is 28.00 % of the book.
	opening.Opening = &custody.Opening{Pool: "T-14", Basis: quantity.Metric, Density: Units("932.0"), Components: []custody.Component{
		{Source: HeelHeavy, Book: Units("440.93"), Input: Units("442.99")},
		{Source: HeelLight, Book: Units("171.47"), Input: Units("172.27")},
	}}
	receipt := func(id, source, point, from, gsv, density string, open, close int64) Step {
		e := event(id, Terminal, close)
		e.Receipt = &custody.Receipt{Pool: "T-14", Source: source}
		return Cite(e, Metering{
			ID: "TK-" + id, Point: point, From: from, To: Terminal, Basis: quantity.Metric, GSV: Units(gsv), Density: Units(density),
			First: 1, Last: 5_760, Open: open, Close: close, At: close,
		}.Ticket())
	}
	blend := event(FirstBlend, Terminal, At(5, 5, 0))
	blend.Blend = &custody.Blend{Pool: "T-14", Receipts: []string{"receipt-A", "receipt-B", "receipt-C"}}
	return []Step{
		{Event: opening},
		receipt("receipt-C", Condensate, "RAIL-M1", Railway, "5600.00", "716.0", At(2, 6, 0), At(4, 18, 0)),
		receipt("receipt-A", Lateral, "LACT-A", Whitemud, "9360.00", "1010.0", At(1, 0, 0), At(5, 0, 0)),
		receipt("receipt-B", LateralB, "LACT-B", Sandhill, "5040.00", "1010.0", At(1, 0, 0), At(5, 0, 0)),
		{Event: blend},
	}
}

func secondTank() []Step {
	receipt := func(id, source, volume, density string) Step {
		e := event(id, Terminal, At(5, 12, 0))
		e.Receipt = &custody.Receipt{Pool: "T-15", Source: source, Stated: &custody.Stated{
			Volume: Units(volume), Basis: quantity.Metric, Density: Units(density),
		}}
		return Step{Event: e}
	}
	blend := event(NextBlend, Terminal, At(6, 9, 0))
	blend.Blend = &custody.Blend{Pool: "T-15", Receipts: []string{"trucks-1", "trucks-2"}}
	return []Step{
		injection(BatchOne, "T-14", "19906.90", "932.0", 1, At(5, 6, 0), At(5, 10, 40), false),
		receipt("trucks-1", Trucked, "4400", "1010.0"),
		receipt("trucks-2", LightCrude, "3600", "820.0"),
		{Event: blend},
		injection(BatchTwo, "T-15", "7986.98", "926.0", 1_000, At(6, 10, 0), At(6, 11, 52), true),
	}
}

func injection(batch, tank, gsv, density string, first uint64, open, close int64, empties bool) Step {
	e := event("injection-"+batch, Terminal, close)
	e.Transfer = &custody.Transfer{Tank: tank, Line: LineName, Batch: batch, Empties: empties}
	return Cite(e, Metering{
		ID: "TK-INJ-" + batch, Point: "HARDISTY-M1", Batch: batch, From: Terminal, To: CarrierCA, Basis: quantity.Metric,
		GSV: Units(gsv), Density: Units(density), First: first, Last: first + 300, Open: open, Close: close, At: close,
	}.Ticket())
}

func journey() []Step {
	price := Factor("64.40")
	sale := event("sale-"+BatchOne, Shipper, At(8, 15, 0))
	sale.Sale = &custody.Sale{Batch: BatchOne, Seller: Shipper, Buyer: Buyer, Price: &price, Basis: "FOB Hardisty, formula, provisional"}
	noted := event("noted-"+BatchOne, CarrierCA, At(8, 17, 20))
	noted.Acknowledgement = &custody.Acknowledgement{Sale: "sale-" + BatchOne}
	one := crossing(BatchOne, "19899.33", "932.0", 1, At(11, 15, 34), At(11, 20, 14))
	two := crossing(BatchTwo, "7983.79", "926.0", 1_000, At(12, 19, 34), At(12, 21, 26))
	delivery := event("delivery-"+BatchOne, CarrierUS, At(21, 5, 53))
	delivery.Delivery = &custody.Delivery{Batch: BatchOne, To: Buyer}
	delivered := Cite(delivery, Metering{
		// 932.0 kg/m3 at 15 C are 931.6 at 60 F.
		ID: "TK-DEL-" + BatchOne, Point: "PATOKA-M1", Batch: BatchOne, From: CarrierUS, To: Buyer, Basis: quantity.Customary,
		GSV: Units("125145.83"), Density: Units("931.6"), First: 1, Last: 498, Open: At(20, 21, 36), Close: At(21, 5, 53), At: At(21, 5, 53),
	}.Ticket())
	allowance := event("pla-"+BatchOne, CarrierUS, At(31, 0, 0))
	allowance.Allowance = &custody.Allowance{Batch: BatchOne, Percent: Factor("0.10")}
	certification := event("certification-us-light", Terminal, Certified)
	certification.Certification = &custody.Certification{Source: LightCrude, Originating: custody.Originating, WhollyObtained: true}
	return []Step{
		{Event: sale}, {Event: noted},
		one, passed(BatchOne, At(11, 20, 15)), laboratory(one, "0.29", At(12, 11, 0)),
		two, passed(BatchTwo, At(12, 21, 27)), laboratory(two, "0.25", At(13, 11, 0)),
		delivered, {Event: allowance}, {Event: certification},
	}
}

// crossing meters a batch at the border.
func crossing(batch, gsv, density string, first uint64, open, close int64) Step {
	e := event("border-"+batch, CarrierCA, close)
	e.Check = &custody.Check{Batch: batch}
	return Cite(e, Metering{
		ID: "TK-BOR-" + batch, Point: "HASKETT-M1", Batch: batch, From: CarrierCA, To: CarrierUS, Basis: quantity.Metric,
		GSV: Units(gsv), Density: Units(density), First: first, Last: first + 300, Open: open, Close: close, At: close,
	}.Ticket())
}

// passed hands a batch over at the border.
func passed(batch string, at int64) Step {
	e := event("handover-"+batch, CarrierCA, at)
	e.Handover = &custody.Handover{Batch: batch, From: CarrierCA, To: CarrierUS}
	return Step{Event: e}
}

// laboratory settles sediment and water of a crossing.
func laboratory(of Step, percent string, at int64) Step {
	e := event(fmt.Sprintf("laboratory-%s", of.Event.Check.Batch), CarrierCA, at)
	e.Revision = &custody.Revision{Of: of.Event.ID}
	return Cite(e, Final(of.Ticket, percent, at))
}
