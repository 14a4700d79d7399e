package custody_test

import (
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/metrology/quantity"
)

// account holds an account to a volume and a mass.
func (d *desk) account(a custody.Account, volume, mass string) {
	d.t.Helper()
	for _, s := range d.Accounts() {
		if s.Account == a {
			same(d.t, string(a), s.Volume.String()+" "+s.Mass.String(), volume+" "+mass)
			return
		}
	}
	d.t.Errorf("there is no account %s", a)
}

func deduct(d custody.Deduction, volume, density string) func(e *custody.Event) {
	d.Volume, d.Density, d.Basis = custodytest.Units(volume), custodytest.Units(density), quantity.Metric
	return func(e *custody.Event) { e.Deduction = &d }
}

// TestDeductions: what leaves without being delivered has an account of its own, and its own density where it has one.
func TestDeductions(t *testing.T) {
	d := newStreams(t)
	d.ship("LSB", "fill", carrier, "100")
	d.ship("LSB", "field", alpha, "200")
	d.ship("LSB", "field", beta, "100.000001")
	d.state(carrier, deduct(custody.Deduction{Pool: "LSB", Cause: custody.Fuel}, "4", "0"))
	d.positions("LSB", "alpha 198", "beta 99.000001", "gateway-llc 99")
	d.account(custody.Fuel.Account(), "4", "3400")
	d.state(carrier, deduct(custody.Deduction{Pool: "LSB", Shipper: alpha, Cause: custody.Water}, "1", "999"))
	d.account(custody.Water.Account(), "1", "999")
	d.state(carrier, deduct(custody.Deduction{Pool: "LSB", Shipper: carrier, Cause: custody.Interface, ToPool: "MSB"}, "5", "840"))
	d.positions("LSB", "alpha 197", "beta 99.000001", "gateway-llc 94")
	d.positions("MSB", "gateway-llc 5")
	d.account(custody.PoolAccount("MSB"), "0", "4200")
	for _, tc := range []struct {
		reason, by string
		fill       func(e *custody.Event)
	}{
		{"as keeper of stream LSB", alpha, deduct(custody.Deduction{Pool: "LSB", Cause: custody.Fuel}, "1", "0")},
		{"are deducted: gauge it first", carrier, deduct(custody.Deduction{Pool: "LSB", Cause: custody.Fuel}, "1000", "0")},
		{"what is emptied", carrier, deduct(custody.Deduction{Pool: "LSB", Cause: custody.Fuel}, "390.000001", "0")},
		{"has 197 m3", carrier, deduct(custody.Deduction{Pool: "LSB", Shipper: alpha, Cause: custody.Sample}, "198", "0")},
		{"has 0 m3", carrier, deduct(custody.Deduction{Pool: "LSB", Shipper: gamma, Cause: custody.Sample}, "1", "0")},
		{"check the density", carrier, deduct(custody.Deduction{Pool: "LSB", Cause: custody.Water}, "390", "999")},
		{"goes to no pool", carrier, deduct(custody.Deduction{Pool: "LSB", Cause: custody.Water, ToPool: "MSB"}, "1", "0")},
		{"pool that the interface goes to", carrier, deduct(custody.Deduction{Pool: "LSB", Cause: custody.Interface}, "1", "0")},
		{"stays with", carrier, deduct(custody.Deduction{Pool: "LSB", Cause: custody.Interface, ToPool: "N-1"}, "1", "0")},
		{"not declared as a tank or stream", carrier, deduct(custody.Deduction{Pool: "LSB", Cause: custody.Interface, ToPool: "X"}, "1", "0")},
		{"goes to itself", carrier, deduct(custody.Deduction{Pool: "LSB", Cause: custody.Interface, ToPool: "LSB"}, "1", "0")},
		{"cause is", carrier, deduct(custody.Deduction{Pool: "LSB", Cause: "theft"}, "1", "0")},
		{"must be positive", carrier, deduct(custody.Deduction{Pool: "LSB", Cause: custody.Fuel}, "-1", "0")},
		{"not from both", carrier, deduct(custody.Deduction{Pool: "LSB", Batch: "B", Cause: custody.Fuel}, "1", "0")},
		{"name of the pool", carrier, deduct(custody.Deduction{Cause: custody.Fuel}, "1", "0")},
		{"state it so", carrier, func(e *custody.Event) {
			e.Deduction = &custody.Deduction{Pool: "LSB", Cause: custody.Fuel, Volume: 1, Basis: quantity.Customary}
		}},
	} {
		d.reject(tc.reason, tc.by, tc.fill)
	}
}

// TestProcess: an upgrader makes more volume and less mass of what it draws, and both differences are booked; the products have
// the composition of the draws.
func TestProcess(t *testing.T) {
	d := newStreams(t)
	d.ship("LSB", "field", alpha, "900")
	d.ship("MSB", "fill", carrier, "300")
	process := func(c custody.Process) func(e *custody.Event) {
		c.Kind, c.Basis = custody.Upgrade, quantity.Metric
		return func(e *custody.Event) { e.Process = &c }
	}
	draws := []custody.Draw{{Pool: "LSB", Shipper: alpha, Volume: custodytest.Units("600")}, {Pool: "MSB", Shipper: carrier, Volume: custodytest.Units("200")}}
	outputs := []custody.Output{
		{Pool: "C-1", Product: "synthetic crude", Volume: custodytest.Units("700"), Density: custodytest.Units("830")},
		{Pool: "MSB", Shipper: carrier, Product: "distillate", Volume: custodytest.Units("120"), Density: custodytest.Units("800")},
	}
	id := d.state(carrier, process(custody.Process{Draws: draws, Outputs: outputs}))
	d.account(custody.ProcessGainLoss, "-20", "3000") // 800 x 850 = 680,000 kg drawn; 700 x 830 + 120 x 800 = 677,000 made
	d.account(custody.ProcessAccount(id), "0", "0")
	d.account(custody.PoolAccount("C-1"), "700", "581000")
	b := lineage.New()
	fine(t, b.Apply(d.Movements(0)...))
	if got := b.Shares(custody.PoolAccount("C-1")); len(got) != 2 || got[0].Book != custodytest.Units("525") || got[1].Book != custodytest.Units("175") {
		t.Errorf("the product is made of %+v", got)
	}
	again := func(change func(c *custody.Process)) func(e *custody.Event) {
		c := custody.Process{Draws: []custody.Draw{draws[1]}, Outputs: []custody.Output{outputs[0]}}
		return func(e *custody.Event) {
			process(c)(e)
			change(e.Process)
		}
	}
	for reason, change := range map[string]func(c *custody.Process){
		"not upgrade, refine or blend":  func(c *custody.Process) { c.Kind = "magic" },
		"draws from 0 pools":            func(c *custody.Process) { c.Draws = nil },
		"has 0 outputs":                 func(c *custody.Process) { c.Outputs = nil },
		"a volume is positive":          func(c *custody.Process) { c.Draws[0].Volume = 0 },
		"needs a product":               func(c *custody.Process) { c.Outputs[0].Product = "" },
		"control characters":            func(c *custody.Process) { c.Outputs[0].Product = "\n" },
		"has 220 m3":                    func(c *custody.Process) { c.Draws[0].Volume = custodytest.Units("221") },
		"state it so":                   func(c *custody.Process) { c.Basis = quantity.Customary },
		"has no positions":              func(c *custody.Process) { c.Outputs[0].Shipper = alpha },
		"as keeper of tank N-1":         func(c *custody.Process) { c.Outputs[0].Pool = "N-1" },
		"as keeper of stream N-S":       func(c *custody.Process) { c.Draws[0].Pool = "N-S" },
		"name the shipper whose":        func(c *custody.Process) { c.Outputs[0].Pool = "LSB" },
		"is no basis of a volume: take": func(c *custody.Process) { c.Basis = quantity.Basis{Unit: quantity.Kilogram} },
		"and no work that made it":      func(c *custody.Process) { c.Outputs[0].Heading = "270900" },
		"is not the six digits":         func(c *custody.Process) { c.Work, c.Outputs[0].Heading = coked(), "2709" },
		"has 0 steps, want 1 to 8":      func(c *custody.Process) { c.Work, c.Outputs[0].Heading = coked(), "270900"; c.Work.Steps = nil },
		"a name of 1 to 64 bytes":       func(c *custody.Process) { c.Work, c.Outputs[0].Heading = coked(), "270900"; c.Work.Steps[0] = "" },
		"is not an ISO 3166":            func(c *custody.Process) { c.Work, c.Outputs[0].Heading = coked(), "270900"; c.Work.Country = "Canada" },
	} {
		d.reject(reason, carrier, again(change))
	}
}

// TestSplit: the parts of a batch stand for it at every meter, and what was deducted from it is no loss.
func TestSplit(t *testing.T) {
	before, border := upTo(t, borderOne)
	l := fold(t, before)
	d := &desk{t: t, Ledger: l, n: 0}
	at := border.Ticket.Open - 3_600_000
	state := func(id, by string, fill func(e *custody.Event)) custodytest.Step {
		at++
		e := custody.Event{Version: custody.Version, ID: id, By: by, At: at}
		fill(&e)
		return custodytest.Step{Event: e}
	}
	const one = custodytest.BatchOne
	split := func(parts ...custody.SplitPart) func(e *custody.Event) {
		return func(e *custody.Event) { e.Split = &custody.Split{Batch: one, Into: parts} }
	}
	a, b := custody.SplitPart{Batch: one + "a", Volume: custodytest.Units("5000")}, custody.SplitPart{Batch: one + "b", Volume: custodytest.Units("14896.9")}
	d.step(state("fuel", custodytest.CarrierCA, deduct(custody.Deduction{Batch: one, Cause: custody.Fuel}, "10", "0")))
	d.refuse("only "+custodytest.CarrierCA, state("x", custodytest.CarrierUS, deduct(custody.Deduction{Batch: one, Cause: custody.Fuel}, "10", "0")))
	d.refuse("add up to 5000", state("x", custodytest.CarrierCA, split(a, custody.SplitPart{Batch: "b", Volume: 1})))
	d.refuse("want 2 to", state("x", custodytest.CarrierCA, split(a)))
	d.refuse("stands for two", state("x", custodytest.CarrierCA, split(a, a)))
	d.refuse("must be positive", state("x", custodytest.CarrierCA, split(a, custody.SplitPart{Batch: "b"})))
	d.refuse("a name of its own", state("x", custodytest.CarrierCA, split(a, custody.SplitPart{Batch: custodytest.BatchTwo, Volume: b.Volume})))
	d.refuse("only "+custodytest.CarrierCA, state("x", custodytest.Terminal, split(a, b)))
	d.step(state("bond", custodytest.CarrierCA, func(e *custody.Event) {
		e.InBond = &custody.InBond{Batch: one, Number: "V1234567890", From: "3407", To: "3901"}
	}))
	d.refuse("who has custody", state("x", custodytest.CarrierUS, func(e *custody.Event) {
		e.InBond = &custody.InBond{Batch: one, Number: "V1", From: "3407", To: "3901"}
	}))
	d.step(state("split", custodytest.CarrierCA, split(a, b)))
	d.refuse("name the part", border)
	whole, err := l.Batch(one)
	fine(t, err)
	if len(whole.Into) != 2 || whole.Volume != 0 {
		t.Errorf("the whole is %+v", whole)
	}
	part, err := l.Batch(a.Batch)
	fine(t, err)
	if part.Of != one || part.Volume != a.Volume || part.Owner != custodytest.Buyer || len(part.InBond) != 1 || part.Legs[0].Volume.Decimal(3) != "5002.513" {
		t.Errorf("a part is %+v", part)
	}
	line, err := l.Pool(custodytest.LineName)
	fine(t, err)
	if len(line.Batches) != 3 || line.Batches[0] != a.Batch || line.Batches[1] != b.Batch {
		t.Errorf("in the line are %v", line.Batches)
	}
	meter := func(of custody.SplitPart, gsv string, first uint64) custodytest.Step {
		m := custodytest.Metering{
			ID: "TK-" + of.Batch, Point: "HASKETT-M1", Batch: of.Batch, From: custodytest.CarrierCA, To: custodytest.CarrierUS, Basis: quantity.Metric,
			GSV: custodytest.Units(gsv), Density: custodytest.Units("932"), First: first, Last: first + 9, Open: at, Close: at, At: at,
		}
		s := state("check-"+of.Batch, custodytest.CarrierCA, func(e *custody.Event) { e.Check = &custody.Check{Batch: of.Batch} })
		return custodytest.Cite(s.Event, m.Ticket())
	}
	d.refuse("was injected before", meter(b, "14890", 1))
	d.step(meter(a, "4999", 1))
	d.step(meter(b, "14897", 20))
	balance, err := l.Balance(a.Batch)
	fine(t, err)
	same(t, "difference", balance.Differences[0].Volume.String(), "-1")
	same(t, "z", balance.Differences[0].Z.String(), "0.16")
	pool, err := l.PoolBalance(custodytest.LineName, 0, at+1)
	fine(t, err)
	same(t, "gain and loss", pool.GainLoss.String(), "-0.9")
	lots := lineage.New()
	fine(t, lots.Apply(l.Movements(0)...))
	of, err := lots.Lot(a.Batch)
	fine(t, err)
	same(t, "lot of the part", of.Volume.String(), "4999")
	trace, err := lots.Trace(a.Batch)
	fine(t, err)
	if trace[0].Effect != custody.Opened || trace[len(trace)-1].Effect != custody.Lost {
		t.Errorf("trace of the part is %v", trace)
	}
}

// TestFill: a segment that holds more takes longer from then on.
func TestFill(t *testing.T) {
	before, _ := upTo(t, sellOne)
	l := fold(t, before)
	fill := func(by, line, to, volume string) custody.Event {
		e := custody.Event{Version: custody.Version, ID: "fill", By: by, At: custodytest.At(7, 0, 0)}
		e.Fill = &custody.Fill{Line: line, To: to, Volume: custodytest.Units(volume)}
		return e
	}
	d := &desk{t: t, Ledger: l}
	for _, tc := range []struct{ reason, by, line, to, volume string }{
		{"as the carrier of line", custodytest.CarrierUS, custodytest.LineName, custodytest.Border, "1"},
		{"not declared as a line", custodytest.CarrierUS, "T-14", custodytest.Border, "1"},
		{"has no segment", custodytest.CarrierUS, custodytest.LineName, "nowhere", "1"},
		{"more than a year", custodytest.CarrierUS, custodytest.LineName, custodytest.Patoka, "1000000000"},
		{"must be positive", custodytest.CarrierUS, custodytest.LineName, custodytest.Patoka, "0"},
	} {
		d.refuse(tc.reason, custodytest.Step{Event: fill(tc.by, tc.line, tc.to, tc.volume)})
	}
	fine(t, l.Apply(fill(custodytest.CarrierUS, custodytest.LineName, custodytest.Patoka, "758300"), nil))
	b, err := l.Batch(custodytest.BatchOne)
	fine(t, err)
	if got := b.Arrivals[1].Transit; got != 802_905_882 {
		t.Errorf("transit to Patoka takes %d ms", got)
	}
	p, err := l.Pool(custodytest.LineName)
	fine(t, err)
	same(t, "fill", p.Segments[1].Fill.String(), "758300")
	same(t, "the other", p.Segments[0].Fill.String(), "645470")
}

func coked() *custody.Work { return &custody.Work{Steps: []string{"coking"}, Country: "CA"} }

// TestWork: what a process makes says how, where and by whom, and its draws do not.
func TestWork(t *testing.T) {
	d := newStreams(t)
	d.ship("MSB", "fill", carrier, "300")
	output := custody.Output{Pool: "C-1", Product: "synthetic crude", Volume: custodytest.Units("100"), Density: custodytest.Units("830"), Heading: "270900"}
	id := d.state(carrier, func(e *custody.Event) {
		e.Process = &custody.Process{
			Kind: custody.Combine, Basis: quantity.Metric, Work: coked(), Outputs: []custody.Output{output},
			Draws: []custody.Draw{{Pool: "MSB", Shipper: carrier, Volume: custodytest.Units("100")}},
		}
	})
	want := custody.Product{Work: *coked(), Heading: "270900", By: carrier, Evidence: custody.Typed}
	for _, m := range d.Movements(0) {
		if made := m.Event == id && m.To == custody.PoolAccount("C-1"); made != (m.Product != nil) || made && m.Product.Compare(want) != 0 {
			t.Errorf("%s makes %+v", m, m.Product)
		}
	}
	b := lineage.New()
	fine(t, b.Apply(d.Movements(0)...))
	if got := b.Shares(custody.PoolAccount("C-1")); len(got) != 1 || len(got[0].Made) != 1 || got[0].Made[0].Compare(want) != 0 {
		t.Errorf("the product is made of %+v", got)
	}
	if got := b.Shares(custody.PoolAccount("MSB")); len(got) != 1 || got[0].Made != nil {
		t.Errorf("what it was drawn from is %+v", got)
	}
}
