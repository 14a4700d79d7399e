package custody_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/metrology/quantity"
)

// commonStreams is a month of a carrier with 12 streams and 40 shippers: every day each ships into a stream and takes from one,
// some of it changes hands, and every week the streams are gauged.
func commonStreams(t testing.TB) (*custody.Ledger, []custody.Event) {
	const streams, shippers = 12, 40
	l, r, n := custody.NewLedger(), rand.New(rand.NewPCG(1, 2)), 0
	var events []custody.Event
	state := func(day int, fill func(e *custody.Event)) {
		n++
		e := custody.Event{Version: custody.Version, ID: fmt.Sprintf("e%d", n), By: carrier, At: custodytest.At(day, 1, 0), Order: uint64(n)}
		fill(&e)
		fine(t, l.Apply(e, nil))
		events = append(events, e)
	}
	stream := func(i int) string { return fmt.Sprintf("STREAM-%02d", i%streams) }
	shipper := func(i int) string { return fmt.Sprintf("did:web:shipper-%02d.example", i%shippers) }
	ship := func(day int, pool, source, by string, volume quantity.Micro) {
		state(day, func(e *custody.Event) {
			e.Receipt = &custody.Receipt{Pool: pool, Source: source, Shipper: by, Stated: &custody.Stated{
				Volume: volume, Basis: quantity.Metric, Density: 800e6 + quantity.Micro(r.Int64N(100e6)),
			}}
		})
	}
	for i := range streams {
		state(1, func(e *custody.Event) {
			e.Pool = &custody.Pool{ID: stream(i), Kind: custody.Stream, Basis: quantity.Metric, Keeper: carrier, Method: custody.Average}
		})
	}
	for _, id := range []string{"field", "fill"} {
		state(1, func(e *custody.Event) {
			e.Source = &custody.Source{ID: id, Description: "oil", Heading: "2709", Country: "CA", Role: custody.Heavy, Originating: custody.Originating}
		})
	}
	for i := range streams {
		ship(1, stream(i), "fill", carrier, custodytest.Units("20000"))
	}
	for day := 2; day <= 31; day++ {
		for i := range shippers {
			pool, by, volume := stream(i), shipper(i), custodytest.Units("500")+quantity.Micro(r.Int64N(1e9))
			ship(day, pool, "field", by, volume)
			state(day, func(e *custody.Event) {
				e.Allowance = &custody.Allowance{Receipt: fmt.Sprintf("e%d", n-1), Percent: custodytest.Factor("0.10")}
			})
			state(day, func(e *custody.Event) {
				e.Title = &custody.Title{Pool: pool, From: by, To: shipper(i + streams), Volume: volume / 3}
			})
			state(day, func(e *custody.Event) {
				e.Withdrawal = &custody.Withdrawal{
					Pool: pool, Shipper: by, To: by, Lot: "L-" + e.ID, Place: "Clearbrook", Stated: &custody.Bulk{Volume: volume / 2, Basis: quantity.Metric},
				}
			})
		}
		for i := range streams {
			if p, err := l.Pool(stream(i)); day%7 == 0 {
				fine(t, err)
				found := p.Volume - 2e6 + quantity.Micro(r.Int64N(3e6))
				state(day, func(e *custody.Event) {
					e.Gauging = &custody.Gauging{Pool: stream(i), Volume: found, Basis: quantity.Metric}
				})
			}
		}
	}
	return l, events
}

// TestCommonStreams: a month of twelve streams with forty shippers closes to the micro-unit, each shipper's lines add up to the
// carrier's, the composition of every stream to what it holds, and every stream can be closed.
func TestCommonStreams(t *testing.T) {
	l, events := commonStreams(t)
	fine(t, l.Check())
	b := lineage.New()
	fine(t, b.Apply(l.Movements(0)...))
	var closings []custody.Event
	var system quantity.Micro
	for _, id := range l.Pools() {
		p, err := l.PoolBalance(id, 0, april)
		fine(t, err)
		var sum, short quantity.Micro
		for _, line := range p.Positions {
			if line.Closing < 0 {
				t.Errorf("%s is short of %s in %s", line.Shipper, line.Closing, id)
			}
			sum, short = sum+line.Closing, short+line.OverShort
		}
		if sum != p.Closing.Volume || short != p.GainLoss {
			t.Errorf("positions in %s add up to %s, over and short %s; the stream has %s and %s", id, sum, short, p.Closing.Volume, p.GainLoss)
		}
		var shares quantity.Micro
		for _, s := range b.Shares(custody.PoolAccount(id)) {
			shares += s.Book
		}
		if shares != sum {
			t.Errorf("%s is made of %s, it holds %s", id, shares, sum)
		}
		system += sum
		closings = append(closings, closing(t, l, id, carrier))
	}
	s, err := l.SystemBalance(custody.System{Name: "all", Pools: l.Pools()}, 0, april)
	fine(t, err)
	if s.Closing != system {
		t.Errorf("the system holds %s, its streams %s", s.Closing, system)
	}
	closed, err := custody.Fold(append(events, closings...), nil, math.MaxInt64)
	fine(t, err)
	if n := len(closed.Movements(0)); n != len(l.Movements(0)) {
		t.Errorf("%d movements in the closed books, %d in the open ones", n, len(l.Movements(0)))
	}
}

func BenchmarkCommonStreams(b *testing.B) {
	_, events := commonStreams(b)
	for b.Loop() {
		if _, err := custody.Fold(events, nil, math.MaxInt64); err != nil {
			b.Fatal(err)
		}
	}
}
