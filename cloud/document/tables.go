package document

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// instant prints an instant in ms since 1970 for a table, as RFC 3339 in UTC.
func instant(ms int64) string { return date(ms).Format("2006-01-02T15:04:05.000Z") }

// Tickets returns all versions of the tickets of a verified bundle, in its order: a row each.
func Tickets(e *bundle.Evidence) (*Table, error) {
	g := newGrid("ticket", "#version", "status", "ticket SHA-256", "batch", "point", "device", "#first record", "#last record", "open", "close",
		"made", "delivers", "receives", "name of who delivers", "name of who receives", "key of who delivers", "key of who receives",
		"#opening IV", "#closing IV", "#IV", "#average temperature", "#average pressure", "#average density", "#meter factor", "#CTPL", "#GSV",
		"quantity of record", "#GSV the other way", "#mass", "#S&W", "#NSV", "laboratory report SHA-256", "method", "rounding")
	for _, s := range e.Bundle.Tickets {
		hash := ticket.Hash(s.Ticket)
		t := e.Tickets[hash]
		if t == nil {
			return nil, fmt.Errorf("ticket %s of the bundle is not verified", hash)
		}
		g.row()
		opened := ""
		if t.First > 0 {
			opened = instant(t.Open)
		}
		g.texts("ticket", t.ID, "version", strconv.FormatUint(t.Version, 10), "status", t.Status(), "ticket SHA-256", hash.String(),
			"batch", t.Batch, "point", t.Point, "device", t.Device.String(), "first record", strconv.FormatUint(t.First, 10),
			"last record", strconv.FormatUint(t.Last, 10), "open", opened, "close", instant(t.Close), "made", instant(t.At),
			"delivers", t.From, "receives", t.To, "name of who delivers", e.Keys.Name(t.From), "name of who receives", e.Keys.Name(t.To))
		for i, column := range []string{"key of who delivers", "key of who receives"} {
			m, err := cose.Parse(s.Signatures[i], ticket.Thing)
			if err != nil {
				return nil, err
			}
			g.texts(column, m.Header.Kid.String())
		}
		g.ticket(t)
	}
	return g.table("tickets"), nil
}

// ticket puts the figures of a ticket into the row.
func (g *grid) ticket(t *ticket.Ticket) {
	p := t.Parameters
	metered, basis := string(p.Basis.Unit), p.Basis.String()
	g.amount("opening IV", metered, t.Opening.IV)
	g.amount("closing IV", metered, t.Closing.IV)
	g.amount("IV", metered, t.IV)
	g.amount("average temperature", p.TemperatureUnit, t.Temperature)
	g.amount("average pressure", p.PressureUnit, t.Pressure)
	g.amount("average density", "kg/m3 at "+string(p.Basis.Reference), t.Density)
	g.amount("GSV", basis, t.GSV)
	g.amount("GSV the other way", basis, t.OtherGSV)
	g.amount("mass", "kg", t.Mass)
	g.texts("meter factor", p.MeterFactor.String(), "CTPL", t.CTPL.String(), "quantity of record", string(t.OfRecord),
		"method", p.Method, "rounding", p.Rounding)
	if t.SW != nil {
		g.set("S&W", "%", t.SW.Percent.String())
		g.amount("NSV", basis, t.NSV)
		g.texts("laboratory report SHA-256", t.SW.Report.String())
	}
}

// Movements returns all movements of the books in the order booked.
func Movements(books *custody.Ledger) *Table {
	g := newGrid("event", "at", "effect", "pool", "from", "to", "batch", "place", "#volume", "#mass", "#input", "evidence", "ticket",
		"#ticket version", "ticket SHA-256", "method")
	for _, m := range books.Movements(0) {
		g.row()
		g.texts("event", m.Event, "at", instant(m.At), "effect", string(m.Effect), "pool", m.Pool, "from", string(m.From), "to", string(m.To),
			"batch", m.Batch, "place", m.Place, "evidence", string(m.Evidence), "method", m.Method)
		g.amount("volume", m.Basis.String(), m.Volume)
		g.amount("mass", "kg", m.Mass)
		if m.Input != 0 {
			g.amount("input", m.Basis.String(), m.Input)
		}
		g.cite(m.Ticket)
	}
	return g.table("movements")
}

func (g *grid) cite(c *custody.Citation) {
	if c != nil {
		g.texts("ticket", c.ID, "ticket version", strconv.FormatUint(c.Version, 10), "ticket SHA-256", c.Hash.String())
	}
}

// Balance returns the balances of all pools and then of all batches in the books. Of a pool, over all time: what went in, what went
// out, as negative, and the closing inventory, which the others add up to; of a stream so for each shipper too. Of a batch: what each
// meter said, the differences between meters, the loss allowance, and the shipper's balance.
func Balance(books *custody.Ledger) (*Table, error) {
	g := newGrid("of", "name", "shipper", "item", "from", "to", "at", "#volume", "#mass", "#percent", "#z", "level", "#density", "#uncertainty",
		"ticket", "#ticket version", "ticket SHA-256")
	for _, id := range books.Pools() {
		b, err := books.PoolBalance(id, math.MinInt64, math.MaxInt64)
		if err != nil {
			return nil, err
		}
		g.pool(b)
	}
	for _, id := range books.Batches() {
		b, err := books.Balance(id)
		if err != nil {
			return nil, err
		}
		g.batch(b)
	}
	return g.table("balance"), nil
}

func (g *grid) pool(b custody.PoolBalance) {
	item := func(name string, volume, mass quantity.Micro) {
		g.row()
		g.texts("of", "pool", "name", b.Pool, "item", name)
		g.amount("volume", b.Basis.String(), volume)
		g.amount("mass", "kg", mass)
	}
	for _, f := range b.Flows {
		if f.In {
			item("in: "+string(f.Effect), f.Volume, f.Mass)
		} else {
			item("out: "+string(f.Effect), -f.Volume, -f.Mass)
		}
	}
	item("closing", b.Closing.Volume, b.Closing.Mass)
	for _, p := range b.Positions {
		g.position(b, p)
	}
	if b.Z != nil {
		g.row()
		g.texts("of", "pool", "name", b.Pool, "item", "gain and loss", "z", b.Z.String(), "level", string(b.Level))
		g.amount("volume", b.Basis.String(), b.GainLoss)
	}
}

// position puts what a shipper's position in a stream is made of into rows, negative where it is taken off.
func (g *grid) position(b custody.PoolBalance, p custody.StatementLine) {
	for _, f := range positionOf(p) {
		if f.volume == 0 && f.name != "closing" {
			continue
		}
		g.row()
		g.texts("of", "position", "name", b.Pool, "shipper", p.Shipper, "item", f.name)
		g.amount("volume", b.Basis.String(), f.volume)
	}
}

func (g *grid) batch(b custody.Balance) {
	basis := b.Basis.String()
	item := func(name string) {
		g.row()
		g.texts("of", "batch", "name", b.Batch, "item", name)
	}
	for _, l := range b.Legs {
		item("metered")
		g.texts("to", l.Place, "at", instant(l.At))
		g.amount("volume", basis, l.Volume)
		g.amount("density", "kg/m3 at "+string(b.Basis.Reference), l.Density)
		if l.Uncertainty != nil {
			g.set("uncertainty", "% (k = 2)", l.Uncertainty.String())
		}
		g.cite(l.Ticket)
	}
	for _, d := range b.Differences {
		item("difference")
		g.texts("from", d.From, "to", d.To, "level", string(d.Level))
		g.amount("volume", basis, d.Volume)
		g.set("percent", "%", d.Percent.String())
		if d.Z != nil {
			g.texts("z", d.Z.String())
		}
	}
	if a := b.Allowance; a != nil {
		item("loss allowance")
		g.amount("volume", basis, a.Volume)
		g.set("percent", "%", a.Percent.String())
	}
	if b.Shipper != nil {
		item("shipper's balance")
		g.amount("volume", basis, *b.Shipper)
	}
}

// Source says what a table from a verified bundle rests on, and when that was sealed (ms since 1970 UTC). File is the bundle as it
// was read.
func Source(e *bundle.Evidence, file []byte, standing Standing) (source string, sealed int64) {
	return fmt.Sprintf("bundle with SHA-256 %s, sealed %s by %s (%s); %s",
		digest(file), instant(e.Bundle.Sealed), e.Keys.Name(e.Seal.Organisation), e.Seal.Organisation, standing), e.Bundle.Sealed
}
