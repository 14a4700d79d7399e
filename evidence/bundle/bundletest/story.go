package bundletest

import (
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// Directory returns the keys of all registries.
func (w *World) Directory() *registry.Directory {
	w.t.Helper()
	d := &registry.Directory{}
	for _, o := range w.organisations() {
		w.must(d.Add(&o.Registry))
	}
	return d
}

// Points of the story.
const (
	Lease = "LACT-1"  // crude in m3, by an Ed25519 device
	Spare = "LACT-2"  // of the same device
	Truck = "TRUCK-7" // condensate in barrels, by an ES256 device
)

// Small fills the world with the least that has a ticket: LACT-1 0 to 1 in one statement, and T-1 over both.
func (w *World) Small() *World {
	w.t.Helper()
	d := w.Device(Ed25519(51), Lease)
	last := d.Point(Lease, Metric()).Interval(48_213, 31_417_265, 512_300_000)
	d.Batch()
	w.Ticket(nil, last, ticket.Terms{ID: "T-1", Version: 1, OfRecord: ticket.SumOfIntervals}, nil)
	return w
}

// Story fills the world with the least that has every kind of evidence in it:
//
//	device 1, statement 0   LACT-1 0 to 2, LACT-2 0 to 1
//	device 1, statement 1   refused
//	device 1, statement 2   LACT-1 3 to 6
//	device 2, statement 0   TRUCK-7 0 to 1
//	device 2, statement 1   TRUCK-7 2
//	ticket T-1              LACT-1 0 to 2, sum of intervals, provisional and final
//	ticket T-2              LACT-1 3 to 6, sum of intervals, provisional
//	ticket T-3              TRUCK-7 2, ticket averages, provisional
//
// with a laboratory report about T-1 and one other document.
func (w *World) Story() *World {
	w.t.Helper()
	one, two := w.Device(Ed25519(51), Lease, Spare), w.Device(ES256(52), Truck)

	lease, spare, truck := one.Point(Lease, Metric()), one.Point(Spare, Metric()), two.Point(Truck, Customary())
	lease.Interval(48_213, 31_417_265, 512_300_000)
	first := lease.Interval(50_001, 30_100_000, 498_700_001)
	spare.Interval(7, -3_250_000, 0)
	one.Batch()
	lease.Event(record.Event{Kind: record.TicketEnd, Name: "T-1", New: "closed", Who: w.Producer.DID})
	lease.Interval(51_999, 29_950_000, 501_000_000)
	one.Refused()
	lease.Event(record.Event{Kind: record.Alarm, Name: "pressure", Old: "", New: "not read"})
	second := lease.Interval(49_998, 29_800_000, 500_000_000)
	one.Batch()

	full := truck.Interval(150_000, 71_340_000, 22_400_000)
	two.Batch()
	third := truck.Interval(91_377, 72_160_000, 21_800_000)
	two.Batch()

	terms := ticket.Terms{ID: "T-1", Version: 1, Batch: "B-7", OfRecord: ticket.SumOfIntervals}
	provisional := w.Ticket(nil, first, terms, nil)
	w.Ticket(first, second, ticket.Terms{ID: "T-2", Version: 1, Batch: "B-8", OfRecord: ticket.SumOfIntervals}, nil)
	w.Ticket(full, third, ticket.Terms{ID: "T-3", Version: 1, OfRecord: ticket.FromAverages}, nil)
	report := w.Report(ticket.Report{
		ID: "R-1", Batch: "B-7", Point: Lease, SW: quantity.F(25, 2), Density: 868_500_000, Reference: "15C",
		Method: "ASTM D4007", Sampled: first.End, Reported: first.End + Minute,
	})
	w.Document("movement", []byte("moved"))
	terms.Version, terms.Previous = 2, ticket.Hash(provisional.Ticket)
	w.Ticket(nil, first, terms, report)
	return w
}
