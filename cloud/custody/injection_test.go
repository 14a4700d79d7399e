package custody_test

import (
	"math"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestInjectionOutOfStream: a batch enters a line out of a shipper's position, who owns it; what is in the line is made of the whole stream.
func TestInjectionOutOfStream(t *testing.T) {
	d := newStreams(t)
	d.ship("LSB", "fill", carrier, "1000")
	d.ship("LSB", "field", alpha, "500")
	line := custody.Pool{
		ID: "PG", Kind: custody.Line, Basis: quantity.Metric, Keeper: neighbour, Method: custody.FIFO,
		Segments: []custody.Segment{{To: "Patoka", Custodian: neighbour, Fill: 1e9, Rate: 1e6}},
	}
	d.state(neighbour, func(e *custody.Event) { e.Pool = &line })
	inject := func(volume quantity.Micro, change func(e *custody.Event)) custodytest.Step {
		return d.metered(carrier, custodytest.Metering{Batch: "B-1", From: carrier, To: neighbour, GSV: volume}, func(e *custody.Event) {
			e.Transfer = &custody.Transfer{Tank: "LSB", Line: "PG", Batch: "B-1", Shipper: alpha}
			change(e)
		})
	}
	d.refuse("name the shipper", inject(300e6, func(e *custody.Event) { e.Transfer.Shipper = "" }))
	d.refuse("has 500", inject(501e6, func(*custody.Event) {}))
	d.refuse("a stream is gauged", inject(300e6, func(e *custody.Event) { e.Transfer.Empties = true }))
	d.refuse("leave the shipper", inject(300e6, func(e *custody.Event) { e.Transfer.Tank = "C-1" }))
	d.step(inject(300e6, func(*custody.Event) {}))
	d.positions("LSB", "alpha 200", "gateway-llc 1000")
	b, err := d.Batch("B-1")
	fine(t, err)
	if b.Owner != alpha || b.Custodian != neighbour || b.Tank != "LSB" || b.Volume != 300e6 || b.Density.Decimal(0) != "850" {
		t.Errorf("batch is %+v", b)
	}
	p, err := d.PoolBalance("LSB", 0, math.MaxInt64)
	fine(t, err)
	for _, at := range p.Positions {
		if at.Shipper == alpha && at.Deliveries != 300e6 {
			t.Errorf("position is %+v", at)
		}
	}
	l := lineage.New()
	fine(t, l.Apply(d.Movements(0)...))
	lot, err := l.Lot("B-1")
	fine(t, err)
	if len(lot.Shares) != 2 || lot.Shares[0].Book != 100e6 || lot.Shares[1].Book != 200e6 {
		t.Errorf("the batch is made of %+v", lot.Shares)
	}
}
