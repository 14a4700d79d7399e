package qtr

import (
	"errors"
	"fmt"
	"time"

	"github.com/gauger/gauger/metrology/pulse"
	"github.com/gauger/gauger/metrology/qtr/average"
	"github.com/gauger/gauger/metrology/quantity"
)

// LiquidUnits names the units of a liquid meter's inputs. They are recorded, not interpreted.
type LiquidUnits struct {
	Temperature string
	Pressure    string // gauge: "psig"
	Density     string // and which density: "kg/m3 at 60F", "kg/m3 observed"
}

// LiquidMeter are the constants of a liquid measuring point with a pulse meter.
type LiquidMeter struct {
	Device    string // unique identifier of the flow computer
	Point     string
	Constants string // name of the flow-affecting constants in force, new when one of them changes
	Product   string // what flows, and its batch; a new batch is a change of constants
	Batch     string // may be empty

	Calendar Calendar
	Longest  time.Duration // the longest time that a sample may stand for, 1 h at most; longer was not watched

	K     quantity.Factor // pulses per unit of Basis
	MF    quantity.Factor // meter factor, 0.1 to 10
	Basis quantity.Basis  // volume unit, and reference conditions of standard volumes
	Units LiquidUnits

	// Factors returns CTL and CPL at a temperature, gauge pressure and density in the units of the samples. It must depend on its
	// arguments alone, so that who has the record can compute them again.
	Factors       func(temperature, pressure, density float64) (ctl, cpl float64, err error)
	FactorsMethod string // method and edition of Factors, with its rounding of inputs: liquid.Method11_1
}

// The range of meter factors, wide enough for every meter and too narrow for a slip of the decimal point.
const minMF, maxMF = 0.1, 10

// Valid refuses a meter that is not fully described.
func (m *LiquidMeter) Valid() error {
	if err := checkPlace(m.Device, m.Point, m.Constants, m.Calendar, m.Longest); err != nil {
		return err
	}
	for _, name := range []struct{ what, value string }{
		{"product", m.Product}, {"unit of temperature", m.Units.Temperature}, {"unit of pressure", m.Units.Pressure},
		{"unit of density", m.Units.Density}, {"method of the factors", m.FactorsMethod},
	} {
		if err := checkName(name.what, name.value, maxName); err != nil {
			return err
		}
	}
	if m.Batch != "" {
		if err := checkName("batch", m.Batch, maxName); err != nil {
			return err
		}
	}
	if m.Factors == nil {
		return errors.New("no function for CTL and CPL: hand in one, such as of liquid.FromBase")
	}
	if !m.K.Valid() || !m.MF.Valid() {
		return fmt.Errorf("k-factor %s and meter factor %s must be positive", m.K, m.MF)
	}
	if mf := m.MF.Float(); mf < minMF || mf > maxMF {
		return &quantity.RangeError{Quantity: "meter factor", Value: mf, Min: minMF, Max: maxMF, Unit: "(no unit)"}
	}
	if m.Basis.Unit != quantity.CubicMetre && m.Basis.Unit != quantity.Barrel {
		return fmt.Errorf("a liquid meter counts m3 or bbl, not %q", string(m.Basis.Unit))
	}
	return m.Basis.Valid()
}

// LiquidSample is what the instruments of a liquid meter said at one instant.
type LiquidSample struct {
	At          time.Time
	Total       int64 // pulses of the non-resettable totaliser: pulse.Totaliser.Total
	Temperature float64
	Pressure    float64 // gauge
	Density     float64 // what Factors asks for; a constant if it is not measured

	Failed      Inputs // of Static, Temperature, Density, Flow: only At is taken, what passed counts with the next sample and as unseen
	Substituted Inputs // the value stands in for one that was not measured; Flow: the totaliser found more than an Advance
}

// liquidInputs is the number of averages of a liquid meter: temperature, pressure, density.
const liquidInputs = 3

var liquidInputNames = [liquidInputs]string{"temperature", "pressure", "density"}

// TotalError reports a totaliser that went back. A non-resettable one does not: see pulse.Counter, and End for an exchanged
// meter.
type TotalError struct {
	Point      string
	Last, Read int64
}

// Error names both totals and the way out.
func (e *TotalError) Error() string {
	return fmt.Sprintf("totaliser of %s went back from %d to %d pulses: keep it in a pulse.Totaliser, or end the series if the meter was exchanged",
		e.Point, e.Last, e.Read)
}

// maxRecordVolume bounds the indicated volume of one record, so that no product with its factors overflows.
const maxRecordVolume = 1e9

// batch is a checked sample: what passed since the last one, under which conditions.
type batch struct {
	inputs   [liquidInputs]float64
	pulses   int64
	ctl, cpl float64
	total    int64
	missed   bool
	failed   bool
	marks    [2]Inputs // failed, substituted
}

// read checks a sample against the state. The factors are computed only if anything passed.
func (m *LiquidMeter) read(st *LiquidState, s *LiquidSample) (batch, error) {
	b := batch{
		inputs: [liquidInputs]float64{s.Temperature, s.Pressure, s.Density}, total: st.Last,
		marks: [2]Inputs{s.Failed, s.Substituted}, failed: s.Failed != 0, missed: s.Failed != 0,
	}
	if b.failed {
		return b, nil
	}
	least := [liquidInputs]float64{-maxInput, -maxInput, 0}
	for i, x := range b.inputs {
		if err := checkInput(liquidInputNames[i], x, least[i]); err != nil {
			return batch{}, err
		}
	}
	if s.Total < 0 || st.begun() && s.Total < st.Last {
		return batch{}, &TotalError{Point: m.Point, Last: st.Last, Read: s.Total}
	}
	b.total = s.Total
	if !st.begun() || s.Total == st.Last {
		return b, nil
	}
	b.pulses = s.Total - st.Last
	if volume := (float64(st.Pulses) + float64(b.pulses)) / m.K.Float(); !(volume <= maxRecordVolume) {
		return batch{}, &quantity.RangeError{
			Quantity: "indicated volume of one record", Value: volume, Min: 0, Max: maxRecordVolume, Unit: string(m.Basis.Unit),
		}
	}
	var err error
	if b.ctl, b.cpl, err = m.factors(s.Temperature, s.Pressure, s.Density); err != nil {
		return batch{}, err
	}
	return b, nil
}

// The range of CTL and CPL, wide enough for every liquid.
const minFactor, maxFactor = 0.1, 10

// factors returns CTL and CPL, or what is wrong with them.
func (m *LiquidMeter) factors(temperature, pressure, density float64) (ctl, cpl float64, err error) {
	if ctl, cpl, err = m.Factors(temperature, pressure, density); err != nil {
		return 0, 0, fmt.Errorf("factors at %v %s, %v %s and %v %s: %w",
			temperature, m.Units.Temperature, pressure, m.Units.Pressure, density, m.Units.Density, err)
	}
	for _, f := range [...]struct {
		name  string
		value float64
	}{{"CTL", ctl}, {"CPL", cpl}} {
		if !(f.value >= minFactor && f.value <= maxFactor) {
			return 0, 0, &quantity.RangeError{Quantity: f.name, Value: f.value, Min: minFactor, Max: maxFactor, Unit: "(no unit)"}
		}
	}
	return ctl, cpl, nil
}

// LiquidState is what a recorder of liquids needs to go on. The zero state begins a series; Sequence and the running totals may
// be set before that.
type LiquidState struct {
	Run
	Opening int64 // totaliser at the start of the running record
	Last    int64 // and at the last sample
	Pulses  int64 // between them
	Unseen  int64 // of those, what passed while nobody watched the inputs

	FlowTime       time.Duration
	Means          [liquidInputs]average.Mean // flow-weighted: temperature, pressure, density
	CTL, CPL, CTPL average.Sum                // times pulses
	Fidelity       pulse.Report

	TotalIV, TotalGSV quantity.Micro // running totals before the running record; they are never reset
}

// renew begins the next record.
func (st *LiquidState) renew(c Calendar) {
	*st = LiquidState{Run: st.Run, Opening: st.Last, Last: st.Last, TotalIV: st.TotalIV, TotalGSV: st.TotalGSV}
	st.Run.renew(c)
	st.prepare()
}

func (st *LiquidState) prepare() {
	for i := range st.Means {
		st.Means[i].Technique = average.FlowWeightedLinear
	}
}

// cover takes in the time that a sample stands for, or part of it. All pulses of the sample come with the last part, and that
// an input failed is known at its end.
func (st *LiquidState) cover(b *batch, d time.Duration, last bool) error {
	if last {
		st.Failed |= b.marks[0]
	}
	if b.missed {
		st.Missed += d
	} else if st.Substituted |= b.marks[1]; b.marks[1] != 0 {
		st.SubstitutedFor += d
	}
	if b.failed {
		return nil
	}
	ns, n := float64(d), 0.0
	if b.missed {
		ns = 0
	}
	if last {
		n = float64(b.pulses)
		st.Last = b.total
		st.Pulses += b.pulses
		if b.missed {
			st.Unseen += b.pulses
			st.Substituted |= b.marks[1]
		}
	}
	if b.pulses > 0 && !b.missed {
		st.FlowTime += d
	}
	for i := range st.Means {
		if err := st.Means[i].Add(b.inputs[i], ns, n); err != nil {
			return fmt.Errorf("average %s: %w", liquidInputNames[i], err)
		}
	}
	return errors.Join(st.CTL.Add(b.ctl*n), st.CPL.Add(b.cpl*n), st.CTPL.Add(b.ctl*b.cpl*n))
}

// valid refuses a state that no recorder has made.
func (st *LiquidState) valid() error {
	if err := st.Run.valid(); err != nil {
		return err
	}
	if err := st.Fidelity.Valid(); err != nil {
		return fmt.Errorf("stored state: %w", err)
	}
	if st.TotalIV < 0 || st.TotalGSV < 0 {
		return fmt.Errorf("stored state: running totals %s and %s may not be negative", st.TotalIV, st.TotalGSV)
	}
	if !st.begun() {
		if *st != (LiquidState{Run: st.Run, TotalIV: st.TotalIV, TotalGSV: st.TotalGSV}) {
			return errors.New("stored state has not begun, and yet holds sums")
		}
		return nil
	}
	if min(st.Opening, st.Pulses, st.Unseen) < 0 || st.Unseen > st.Pulses || st.Last < st.Opening || st.Last-st.Opening != st.Pulses {
		return fmt.Errorf("stored state: totaliser from %d to %d, %d pulses, %d of them unseen", st.Opening, st.Last, st.Pulses, st.Unseen)
	}
	if st.FlowTime < 0 || st.FlowTime > st.Seen.Sub(st.Start) {
		return fmt.Errorf("stored state: %s of flow from %s to %s", st.FlowTime, st.Start, st.Seen)
	}
	for _, s := range [...]average.Sum{st.CTL, st.CPL, st.CTPL} {
		if err := s.Valid(); err != nil {
			return err
		}
	}
	for i := range st.Means {
		if err := st.Means[i].Valid(); err != nil {
			return fmt.Errorf("%s: %w", liquidInputNames[i], err)
		}
		if st.Means[i].Technique != average.FlowWeightedLinear {
			return fmt.Errorf("stored state: %s is averaged %s", liquidInputNames[i], st.Means[i].Technique)
		}
	}
	return nil
}
