package document_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/metrology/quantity"
)

// The carrier of the month, and the day and hour its accounting months end at: 07:00 of Calgary, which is at UTC-6 from 10 March on.
const (
	theCarrier = "did:web:gateway.example"
	firstMarch = 1_709_301_600_000 // 2024-03-01T14:00Z, 07:00-07:00
	firstApril = 1_711_976_400_000 // 2024-04-01T13:00Z, 07:00-06:00
	aDay       = 24 * 3_600_000
)

// month is a carrier's March: streams in which shippers ship every day, pass title and take, and which are gauged every week and,
// when asked for, closed. The same seed gives the same month.
type month struct {
	t     testing.TB
	books *custody.Ledger
	n     int
}

func newMonth(t testing.TB) *month { return &month{t: t, books: custody.NewLedger()} }

func (m *month) state(at int64, fill func(e *custody.Event)) string {
	m.t.Helper()
	m.n++
	e := custody.Event{Version: custody.Version, ID: fmt.Sprintf("e-%04d", m.n), By: theCarrier, At: at, Order: uint64(m.n)}
	fill(&e)
	must(m.t, m.books.Apply(e, nil))
	return e.ID
}

func (m *month) audited() *audit.Case {
	m.t.Helper()
	l := lineage.New()
	must(m.t, l.Apply(m.books.Movements(0)...))
	return &audit.Case{Keys: &registry.Directory{}, Books: m.books, Lineage: l}
}

func streamName(i int) string { return fmt.Sprintf("STREAM-%02d", i) }

func shipperDID(i int) string { return fmt.Sprintf("did:web:shipper-%02d.example", i) }

// play plays the month with so many streams and shippers, up to a number of days.
func (m *month) play(streams, shippers, days int, seed uint64) *month {
	m.t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	ship := func(at int64, pool, source, by string, volume quantity.Micro) string {
		return m.state(at, func(e *custody.Event) {
			e.Receipt = &custody.Receipt{Pool: pool, Source: source, Shipper: by, Stated: &custody.Stated{
				Volume: volume, Basis: quantity.Metric, Density: 800e6 + quantity.Micro(r.Int64N(100e6)),
			}}
		})
	}
	for _, id := range []string{"field", "fill"} {
		m.state(firstMarch-2*aDay, func(e *custody.Event) {
			e.Source = &custody.Source{ID: id, Description: "crude oil", Heading: "2709", Country: "CA", Role: custody.Heavy, Originating: custody.Originating}
		})
	}
	for i := range streams {
		m.state(firstMarch-2*aDay, func(e *custody.Event) {
			e.Pool = &custody.Pool{ID: streamName(i), Kind: custody.Stream, Basis: quantity.Metric, Keeper: theCarrier, Method: custody.Average}
		})
		ship(firstMarch-2*aDay, streamName(i), "fill", theCarrier, 20_000*quantity.PerUnit)
	}
	for day := range days {
		at := firstMarch + int64(day)*aDay
		for i := range shippers {
			pool, by, volume := streamName(i%streams), shipperDID(i), 500*quantity.PerUnit+quantity.Micro(r.Int64N(1e9))
			receipt := ship(at, pool, "field", by, volume)
			m.state(at, func(e *custody.Event) { e.Allowance = &custody.Allowance{Receipt: receipt, Percent: quantity.F(10, 2)} })
			if to := (i + streams) % shippers; to != i {
				m.state(at, func(e *custody.Event) {
					e.Title = &custody.Title{Pool: pool, From: by, To: shipperDID(to), Volume: volume / 3}
				})
			}
			m.state(at, func(e *custody.Event) {
				e.Withdrawal = &custody.Withdrawal{
					Pool: pool, Shipper: by, To: by, Lot: "L-" + e.ID, Place: "Clearbrook", Stated: &custody.Bulk{Volume: volume / 2, Basis: quantity.Metric},
				}
			})
		}
		for i := range streams {
			if day%7 != 6 {
				continue
			}
			p, err := m.books.Pool(streamName(i))
			must(m.t, err)
			m.state(at+3_600_000, func(e *custody.Event) {
				e.Gauging = &custody.Gauging{Pool: p.ID, Volume: p.Volume - 2e6 + quantity.Micro(r.Int64N(3e6)), Basis: quantity.Metric}
			})
		}
	}
	return m
}

// closed closes a month of every stream.
func (m *month) closed(name string, until int64) *month {
	m.t.Helper()
	for _, id := range m.books.Pools() {
		c, err := m.books.Closing(id, name, until)
		must(m.t, err)
		m.state(until+2*aDay, func(e *custody.Event) { e.Close = &c })
	}
	return m
}
