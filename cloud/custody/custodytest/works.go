package custodytest

import (
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// working draws an event that changes oil, or how it is counted, on its way.
func (w *network) working() {
	switch rapid.SampledFrom([]custody.Kind{
		custody.KindDeduction, custody.KindDeduction, custody.KindProcess, custody.KindSplit, custody.KindFill, custody.KindInBond,
	}).Draw(w.t, "kind of work") {
	case custody.KindDeduction:
		w.deduct()
	case custody.KindProcess:
		w.process()
	case custody.KindSplit:
		w.split()
	case custody.KindFill:
		e := w.event(CarrierCA)
		e.Fill = &custody.Fill{Line: LineName, To: Border, Volume: w.volume("fill")}
		w.state(e, nil)
	case custody.KindInBond:
		if b, some := w.onTheWay(); some {
			e := w.event(b.Custodian)
			e.InBond = &custody.InBond{Batch: b.Batch, Number: "V-1", From: "3407", To: "3901"}
			w.state(e, nil)
		}
	}
}

// onTheWay draws a batch, if there is one.
func (w *network) onTheWay() (custody.BatchState, bool) {
	all := w.books.Batches()
	if len(all) == 0 {
		return custody.BatchState{}, false
	}
	b, err := w.books.Batch(rapid.SampledFrom(all).Draw(w.t, "batch"))
	if err != nil {
		w.t.Fatal(err)
	}
	return b, true
}

func (w *network) deduct() {
	d := &custody.Deduction{Basis: quantity.Metric, Volume: quantity.Micro(rapid.Int64Range(1, 2_000_000_000).Draw(w.t, "deducted"))}
	d.Cause = rapid.SampledFrom([]custody.Cause{custody.Water, custody.Sample, custody.Fuel, custody.Interface, custody.Flare}).Draw(w.t, "cause")
	if rapid.Bool().Draw(w.t, "of another density") {
		d.Density = 999e6
	}
	if d.Cause == custody.Interface {
		d.ToPool = w.aStream()
	}
	e := w.event(Terminal)
	e.Deduction = d
	switch rapid.IntRange(0, 3).Draw(w.t, "from") {
	case 0:
		d.Pool = tankName(rapid.IntRange(0, 1).Draw(w.t, "tank"))
	case 1:
		d.Pool = w.aStream()
	case 2:
		d.Pool, d.Shipper = w.aStream(), w.aShipper()
	case 3:
		b, some := w.onTheWay()
		if !some {
			return
		}
		d.Batch, e.By = b.Batch, b.Custodian
	}
	w.state(e, nil)
}

// process draws from a tank and a stream, and gives about as much back.
func (w *network) process() {
	tank, s, shipper := tankName(rapid.IntRange(0, 1).Draw(w.t, "tank")), w.aStream(), w.aShipper()
	e := w.event(Terminal)
	draws := []custody.Draw{{Pool: tank, Volume: w.near(tank)}, {Pool: s, Shipper: shipper, Volume: w.nearPosition(s, shipper)}}
	draws = draws[rapid.IntRange(0, 1).Draw(w.t, "first draw"):]
	e.Process = &custody.Process{Kind: custody.Upgrade, Basis: quantity.Metric, Draws: draws}
	var in int64
	for _, d := range draws {
		in += int64(d.Volume)
	}
	made := 1 + quantity.Micro(rapid.Int64Range(in/100*45, in/100*55).Draw(w.t, "made"))
	density := quantity.Micro(rapid.Int64Range(800e6, 950e6).Draw(w.t, "density"))
	e.Process.Outputs = []custody.Output{
		{Pool: tank, Product: "synthetic", Volume: made, Density: density},
		{Pool: s, Shipper: w.aShipper(), Product: "distillate", Volume: made, Density: 840e6},
	}
	if e.Process.Work = w.work("coking", "isomerization"); e.Process.Work != nil {
		e.Process.Outputs[0].Heading, e.Process.Outputs[1].Heading = "270900", "271019"
	}
	w.state(e, nil)
}

// work draws what was done, or that nobody says.
func (w *network) work(steps ...string) *custody.Work {
	n := rapid.IntRange(0, len(steps)).Draw(w.t, "steps of the work")
	if n == 0 {
		return nil
	}
	return &custody.Work{Steps: steps[:n], Country: rapid.SampledFrom([]string{"CA", "US"}).Draw(w.t, "country of the work")}
}

// split divides a batch in two.
func (w *network) split() {
	b, some := w.onTheWay()
	if !some || b.Volume < 2 {
		return
	}
	first := quantity.Micro(rapid.Int64Range(1, int64(b.Volume)-1).Draw(w.t, "first part"))
	e := w.event(b.Custodian)
	e.Split = &custody.Split{Batch: b.Batch, Into: []custody.SplitPart{{Batch: b.Batch + "a", Volume: first}, {Batch: b.Batch + "b", Volume: b.Volume - first}}}
	w.state(e, nil)
}
