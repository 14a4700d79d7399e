package qtr

import (
	"fmt"
	"time"

	"github.com/gauger/gauger/metrology/qtr/average"
	"github.com/gauger/gauger/metrology/quantity"
)

// GasValues is what a record of gas says. An average that Inputs does not name is 0.
type GasValues struct {
	Units     GasUnits
	Primary   Primary
	Technique average.Technique
	Inputs    Inputs // the averages that are given

	FlowTime  time.Duration
	Integral  quantity.Micro // of a differential meter: sum of sqrt(differential x static) x seconds; of a linear one the actual volume
	Extension quantity.Micro // average extension: Integral over the flow time, in seconds, or for a linear meter in hours

	Differential, Static, Temperature      quantity.Micro // averages
	RelativeDensity, HeatingValue, Density quantity.Micro // averages

	Volume, Energy           quantity.Micro // at base conditions; Energy is 0 where none is computed
	TotalVolume, TotalEnergy quantity.Micro // running totals at the end, this record included
}

// averages returns the averages in the order of Inputs.
func (v *GasValues) averages() [gasInputs]*quantity.Micro {
	return [...]*quantity.Micro{&v.Differential, &v.Static, &v.Temperature, &v.RelativeDensity, &v.HeatingValue, &v.Density}
}

// unitTime is the time that flow rates are per, of what the integral value is made of.
func (p Primary) unitTime() time.Duration {
	if p == LinearMeter {
		return time.Hour
	}
	return time.Second
}

// extend computes the average extension from the integral value.
func (v *GasValues) extend(m *micros) {
	v.Extension = 0
	if v.FlowTime > 0 {
		v.Extension = m.of(v.Integral.Float() / (float64(v.FlowTime) / float64(v.Primary.unitTime())))
	}
}

// GasRecord is a quantity transaction record of gas.
type GasRecord struct {
	Header
	GasValues
}

// Correct returns the correction of a record: a new record with the next revision and other values, that names this one. Units,
// primary device, technique, inputs and running totals stay those of the original; the average extension is computed anew. It
// refuses a correction without cause, method and person, one that is older than the record or changes nothing, and values that
// can't be.
func (r GasRecord) Correct(c Correction, v GasValues) (GasRecord, error) {
	h, err := r.Header.correct(c)
	if err != nil {
		return GasRecord{}, err
	}
	old := r.GasValues
	v.Units, v.Primary, v.Technique, v.Inputs = old.Units, old.Primary, old.Technique, old.Inputs
	v.TotalVolume, v.TotalEnergy = old.TotalVolume, old.TotalEnergy
	var m micros
	v.extend(&m)
	switch {
	case m.err != nil:
		return GasRecord{}, fmt.Errorf("correction of %s: %w", r.ID, m.err)
	case v == old:
		return GasRecord{}, fmt.Errorf("correction of %s: %w", r.ID, errUnchanged)
	case v.FlowTime < 0 || v.FlowTime > r.End.Sub(r.Start) || v.FlowTime == 0 && v.Integral != 0:
		return GasRecord{}, fmt.Errorf("correction of %s: flow time %s does not fit a record of %s and the integral value %s",
			r.ID, v.FlowTime, r.End.Sub(r.Start), v.Integral)
	case min(v.Integral, v.Volume, v.Energy) < 0:
		return GasRecord{}, fmt.Errorf("correction of %s: integral value %s, volume %s and energy %s may not be negative",
			r.ID, v.Integral, v.Volume, v.Energy)
	}
	for i, average := range v.averages() {
		if v.Inputs&(1<<i) == 0 && *average != 0 {
			return GasRecord{}, fmt.Errorf("correction of %s: the original has no average %s", r.ID, gasInputNames[i])
		}
	}
	h.Flags &^= NoFlow | NoData
	if v.FlowTime == 0 {
		h.Flags |= NoFlow
	}
	return GasRecord{Header: h, GasValues: v}, nil
}

// GasRecorder makes the records of a gas measuring point. It has one caller at a time.
type GasRecorder struct {
	meter GasMeter
	state GasState
}

// NewGas returns a recorder that begins a series, with the zero state, or takes one up. A device that comes back calls Close with
// Restart before its first sample. NewGas refuses meters that GasMeter.Valid refuses, states that no recorder has made, and, with
// ErrConstants, one that was kept under other constants.
func NewGas(m GasMeter, st GasState) (*GasRecorder, error) {
	if err := m.Valid(); err != nil {
		return nil, err
	}
	if st.begun() && st.Constants != m.Constants {
		return nil, fmt.Errorf("constants %q in the stored state, %q of the meter: %w", st.Constants, m.Constants, ErrConstants)
	}
	if err := st.valid(&m); err != nil {
		return nil, err
	}
	st.Constants = m.Constants
	if !st.begun() {
		st.prepare(&m)
	}
	return &GasRecorder{meter: m, state: st}, nil
}

// Meter returns the constants in force.
func (g *GasRecorder) Meter() GasMeter { return g.meter }

// State returns what the recorder needs to go on: what to store when its records are stored.
func (g *GasRecorder) State() GasState {
	st := g.state
	if !st.begun() {
		st.Means = [gasInputs]average.Mean{}
	}
	return st
}

// Sample takes in a sample and returns the records that it closes, mostly none. With an error the recorder stands where it stood:
// *quantity.RangeError for an input that can't be, *OrderError when time went back, *OutageError after more than MaxOutage, and
// quantity.ErrOverflow when a running total is full.
func (g *GasRecorder) Sample(s GasSample) ([]GasRecord, error) {
	at, err := instant(s.At)
	if err != nil {
		return nil, err
	}
	if err := g.state.admit(at); err != nil {
		return nil, err
	}
	in, err := g.meter.read(&s)
	if err != nil {
		return nil, fmt.Errorf("sample of %s: %w", g.meter.Point, err)
	}
	work := g.state
	if !work.begun() {
		if !in.missed { // a series begins with a sample that has all its inputs
			work.begin(g.meter.Calendar, at)
			g.state = work
		}
		return nil, nil
	}
	in.missed = in.missed || at.Sub(work.Sampled) > g.meter.Longest
	closed, err := g.pass(&work, at, &in)
	if err != nil {
		return nil, err
	}
	if s.Failed == 0 {
		work.Sampled = at
	}
	g.state = work
	return closed, nil
}

// Tick says that the time before an instant has passed, and returns the records that this closes. It changes no record: an hour
// closes by a tick only when a sample could no longer count for it. It refuses an instant that Sample refuses.
func (g *GasRecorder) Tick(at time.Time) ([]GasRecord, error) {
	at, err := instant(at)
	if err != nil {
		return nil, err
	}
	if err := g.state.admit(at); err != nil || !g.state.late(at, g.meter.Longest) {
		return nil, err
	}
	work := g.state
	closed, err := g.pass(&work, at.Add(-1), &reading{missed: true})
	if err == nil {
		g.state = work
	}
	return closed, err
}

// Close ends the running record with the last sample, for a ticket or at a restart, and returns it, or nothing if it has no
// length. It refuses causes other than Restart and Ticket.
func (g *GasRecorder) Close(cause Cause) ([]GasRecord, error) {
	if cause != Restart && cause != Ticket {
		return nil, fmt.Errorf("a record is closed by restart or ticket, not by %q", string(cause))
	}
	return g.cut(cause)
}

// Change ends the running record under the constants it began with, at the last sample, and goes on under others: take a sample
// first, so that the change falls where it was made. It refuses meters that GasMeter.Valid refuses, and another device or point.
func (g *GasRecorder) Change(to GasMeter) ([]GasRecord, error) {
	if err := to.Valid(); err != nil {
		return nil, err
	}
	if to.Device != g.meter.Device || to.Point != g.meter.Point {
		return nil, fmt.Errorf("change from %s %s to %s %s: another point has a recorder of its own",
			g.meter.Device, g.meter.Point, to.Device, to.Point)
	}
	closed, err := g.cut(Constants)
	if err != nil {
		return nil, err
	}
	st := g.state
	if st.begun() {
		st.Until = to.Calendar.HourEnd(st.Seen)
	}
	st.Constants, st.Means = to.Constants, [gasInputs]average.Mean{}
	st.prepare(&to)
	g.meter, g.state = to, st
	return closed, nil
}

// End closes the running record as Close(Restart) does and ends the series: the next sample begins another, with the sequence
// numbers and totals going on, and a hole between them that no record covers.
func (g *GasRecorder) End() ([]GasRecord, error) {
	closed, err := g.cut(Restart)
	if err == nil {
		st := GasState{Run: g.state.rest(), TotalVolume: g.state.TotalVolume, TotalEnergy: g.state.TotalEnergy}
		st.prepare(&g.meter)
		g.state = st
	}
	return closed, err
}

// cut closes the running record, unless it has no length.
func (g *GasRecorder) cut(cause Cause) ([]GasRecord, error) {
	work := g.state
	if !work.begun() || work.Seen.Equal(work.Start) {
		return nil, nil
	}
	r, err := g.record(&work, cause)
	if err != nil {
		return nil, err
	}
	g.state = work
	return []GasRecord{r}, nil
}

// pass brings a state to an instant with one reading, and returns the records of the hours that end on the way.
func (g *GasRecorder) pass(st *GasState, at time.Time, in *reading) (closed []GasRecord, err error) {
	for {
		d, full := st.next(at)
		if err := st.cover(in, d, st.Seen.Equal(at)); err != nil {
			return nil, err
		}
		if full {
			r, err := g.record(st, Hour)
			if err != nil {
				return nil, err
			}
			closed = append(closed, r)
		}
		if st.Seen.Equal(at) {
			return closed, nil
		}
	}
}

// record closes the running record and renews the state.
func (g *GasRecorder) record(st *GasState, cause Cause) (GasRecord, error) {
	r := GasRecord{
		Header: st.header(g.meter.Device, g.meter.Point, MethodGas, cause),
		GasValues: GasValues{
			Units: g.meter.Units, Primary: g.meter.Primary, Technique: g.meter.Technique, Inputs: g.meter.inputs(), FlowTime: st.FlowTime,
		},
	}
	var m micros
	over := average.Nothing
	for i, to := range r.averages() {
		x, o := st.Means[i].Value()
		*to, over = m.of(x), max(over, o)
	}
	if st.FlowTime == 0 {
		r.Flags |= NoFlow
	}
	if over == average.Nothing {
		r.Flags |= NoData
	}
	r.Integral = m.of(st.Integral.Value() / float64(r.Primary.unitTime()))
	r.extend(&m)
	r.Volume = m.of(st.Volume.Value() / float64(time.Hour))
	r.Energy = m.of(st.Energy.Value() / float64(time.Hour))
	r.TotalVolume = m.sum(st.TotalVolume, r.Volume)
	r.TotalEnergy = m.sum(st.TotalEnergy, r.Energy)
	if m.err != nil {
		return GasRecord{}, fmt.Errorf("record %s: %w", r.ID, m.err)
	}
	st.TotalVolume, st.TotalEnergy = r.TotalVolume, r.TotalEnergy
	st.renew(&g.meter)
	return r, nil
}
