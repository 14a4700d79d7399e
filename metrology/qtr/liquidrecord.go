package qtr

import (
	"errors"
	"fmt"
	"time"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/pulse"
	"github.com/gauger/gauger/metrology/qtr/average"
	"github.com/gauger/gauger/metrology/quantity"
)

// Decimals of the factors of a record. The means have so many that volumes computed with them are those of the unrounded sums.
const (
	factorDecimals = 9
	meanDecimals   = 12
)

// LiquidValues is what a record of a liquid says. The standard volume is stated both ways: GSV is the integral over the
// samples, each at its own conditions; TicketGSV has the factors at the averages, as a printed ticket has them. CTL is no
// straight line, so they differ. Without pulses the factors are zero, which is to say not given.
type LiquidValues struct {
	Product, Batch string
	K, MF          quantity.Factor
	Basis          quantity.Basis
	Units          LiquidUnits
	FactorsMethod  string

	Opening, Closing int64 // non-resettable totaliser, pulses
	Pulses           int64 // net: Closing - Opening, but in a correction
	Unseen           int64 // of those, what passed while nobody watched the inputs; it counts at the conditions of the next sample
	FlowTime         time.Duration
	Fidelity         pulse.Report // of the pulse trains; zero if nothing was reported

	Temperature, Pressure, Density quantity.Micro // flow-weighted averages

	MeanCTL, MeanCPL, MeanCTPL quantity.Factor // sum of pulses x factor over the pulses, 12 decimals
	CTL, CPL                   quantity.Factor // at the averages, 9 decimals
	CTPL                       quantity.Factor // at the averages, 5 decimals, a half to the even digit (MPMS 11.1)

	IV, GV     quantity.Micro // indicated: Pulses/K; gross: IV x MF
	GSV        quantity.Micro // IV x MF x MeanCTPL, rounded once
	TicketGSV  quantity.Micro // IV x MF x CTPL, rounded once; 0 with the flag NoFactors
	Difference quantity.Micro // GSV - TicketGSV, if there is a TicketGSV

	TotalIV, TotalGSV quantity.Micro // running totals at the end, this record included
}

// LiquidRecord is a quantity transaction record of a liquid.
type LiquidRecord struct {
	Header
	LiquidValues
}

// measure computes the volumes from pulses and factors. CTPL may be missing.
func (v *LiquidValues) measure() (err error) {
	v.IV, v.GV, v.GSV, v.TicketGSV, v.Difference = 0, 0, 0, 0, 0
	if v.Pulses == 0 {
		return nil
	}
	if v.IV, err = quantity.Indicated(v.Pulses, v.K); err != nil {
		return err
	}
	if v.GV, err = liquid.GrossVolume(v.IV, v.MF); err != nil {
		return err
	}
	if v.GSV, err = liquid.GrossStandardVolume(v.IV, v.MF, v.MeanCTPL); err != nil || !v.CTPL.Valid() {
		return err
	}
	if v.TicketGSV, err = liquid.GrossStandardVolume(v.IV, v.MF, v.CTPL); err != nil {
		return err
	}
	v.Difference, err = v.GSV.Sub(v.TicketGSV)
	return err
}

// Correct returns the correction of a record: a new record with the next revision and other values, that names this one. Basis,
// units, totaliser readings and running totals stay those of the original; the volumes are computed anew from pulses and
// factors. It refuses a correction without cause, method and person, one that is older than the record or changes nothing, and
// values that can't be.
func (r LiquidRecord) Correct(c Correction, v LiquidValues) (LiquidRecord, error) {
	h, err := r.Header.correct(c)
	if err != nil {
		return LiquidRecord{}, err
	}
	old := r.LiquidValues
	v.Basis, v.Units, v.Opening, v.Closing = old.Basis, old.Units, old.Opening, old.Closing
	v.TotalIV, v.TotalGSV = old.TotalIV, old.TotalGSV
	if v.Pulses < 0 || v.Unseen < 0 || v.Unseen > v.Pulses || v.FlowTime < 0 || v.FlowTime > r.End.Sub(r.Start) {
		return LiquidRecord{}, fmt.Errorf("correction of %s: %d pulses, %d of them unseen, in %s of flow of %s can't be",
			r.ID, v.Pulses, v.Unseen, v.FlowTime, r.End.Sub(r.Start))
	}
	if err := errors.Join(v.Fidelity.Valid(), v.measure()); err != nil {
		return LiquidRecord{}, fmt.Errorf("correction of %s: %w", r.ID, err)
	}
	if v == old {
		return LiquidRecord{}, fmt.Errorf("correction of %s: %w", r.ID, errUnchanged)
	}
	h.Flags &^= NoFlow | NoFactors | NoData
	if v.Pulses == 0 {
		h.Flags |= NoFlow
	} else if !v.CTPL.Valid() {
		h.Flags |= NoFactors
	}
	return LiquidRecord{Header: h, LiquidValues: v}, nil
}

// LiquidRecorder makes the records of a liquid measuring point. It has one caller at a time.
type LiquidRecorder struct {
	meter LiquidMeter
	state LiquidState
}

// NewLiquid returns a recorder that begins a series, with the zero state, or takes one up. A device that comes back calls Close
// with Restart before its first sample. NewLiquid refuses meters that LiquidMeter.Valid refuses, states that no recorder has
// made, and, with ErrConstants, one that was kept under other constants.
func NewLiquid(m LiquidMeter, st LiquidState) (*LiquidRecorder, error) {
	if err := m.Valid(); err != nil {
		return nil, err
	}
	if st.begun() && st.Constants != m.Constants {
		return nil, fmt.Errorf("constants %q in the stored state, %q of the meter: %w", st.Constants, m.Constants, ErrConstants)
	}
	if err := st.valid(); err != nil {
		return nil, err
	}
	st.Constants = m.Constants
	st.prepare()
	return &LiquidRecorder{meter: m, state: st}, nil
}

// Meter returns the constants in force.
func (l *LiquidRecorder) Meter() LiquidMeter { return l.meter }

// State returns what the recorder needs to go on: what to store when its records are stored.
func (l *LiquidRecorder) State() LiquidState {
	st := l.state
	if !st.begun() {
		st.Means = [liquidInputs]average.Mean{}
	}
	return st
}

// Sample takes in a sample and returns the records that it closes, mostly none. With an error the recorder stands where it
// stood, and the pulses count with the next sample: *quantity.RangeError for an input that can't be, what Factors returns,
// *TotalError when the totaliser went back, *OrderError when time did, *OutageError after more than MaxOutage, and
// quantity.ErrOverflow when a running total is full.
func (l *LiquidRecorder) Sample(s LiquidSample) ([]LiquidRecord, error) {
	at, err := instant(s.At)
	if err != nil {
		return nil, err
	}
	if err := l.state.admit(at); err != nil {
		return nil, err
	}
	b, err := l.meter.read(&l.state, &s)
	if err != nil {
		return nil, fmt.Errorf("sample of %s: %w", l.meter.Point, err)
	}
	work := l.state
	if !work.begun() {
		if !b.failed { // a series begins with a sample that has all its inputs
			work.begin(l.meter.Calendar, at)
			work.Opening, work.Last = s.Total, s.Total
			l.state = work
		}
		return nil, nil
	}
	b.missed = b.missed || at.Sub(work.Sampled) > l.meter.Longest
	closed, err := l.pass(&work, at, &b)
	if err != nil {
		return nil, err
	}
	if !b.failed {
		work.Sampled = at
	}
	l.state = work
	return closed, nil
}

// Tick says that the time before an instant has passed, and returns the records that this closes. It changes no record: an hour
// closes by a tick only when a sample could no longer count for it. It refuses an instant that Sample refuses.
func (l *LiquidRecorder) Tick(at time.Time) ([]LiquidRecord, error) {
	at, err := instant(at)
	if err != nil {
		return nil, err
	}
	if err := l.state.admit(at); err != nil || !l.state.late(at, l.meter.Longest) {
		return nil, err
	}
	work := l.state
	closed, err := l.pass(&work, at.Add(-1), &batch{missed: true, failed: true, total: work.Last})
	if err == nil {
		l.state = work
	}
	return closed, err
}

// Fidelity adds a report on the pulse trains, of the time since the last one, to the running record. It refuses reports that
// pulse.Report.Add refuses.
func (l *LiquidRecorder) Fidelity(r pulse.Report) error {
	if !l.state.begun() {
		return errors.New("pulse report before the first sample: there is no record yet")
	}
	if err := r.Valid(); err != nil {
		return err
	}
	sum, err := l.state.Fidelity.Add(r)
	if err == nil {
		l.state.Fidelity = sum
	}
	return err
}

// Close ends the running record with the last sample, for a ticket or at a restart, and returns it, or nothing if nothing has
// happened in it. It refuses causes other than Restart and Ticket.
func (l *LiquidRecorder) Close(cause Cause) ([]LiquidRecord, error) {
	if cause != Restart && cause != Ticket {
		return nil, fmt.Errorf("a record is closed by restart or ticket, not by %q", string(cause))
	}
	return l.cut(cause)
}

// Change ends the running record under the constants it began with, at the last sample, and goes on under others: take a sample
// first, so that the change falls where it was made. It refuses meters that LiquidMeter.Valid refuses, another device or point,
// and another basis, since running totals have one.
func (l *LiquidRecorder) Change(to LiquidMeter) ([]LiquidRecord, error) {
	if err := to.Valid(); err != nil {
		return nil, err
	}
	if to.Device != l.meter.Device || to.Point != l.meter.Point || to.Basis != l.meter.Basis {
		return nil, fmt.Errorf("change from %s %s in %s to %s %s in %s: another point or basis has a recorder of its own",
			l.meter.Device, l.meter.Point, l.meter.Basis, to.Device, to.Point, to.Basis)
	}
	closed, err := l.cut(Constants)
	if err != nil {
		return nil, err
	}
	if l.state.begun() {
		l.state.Until = to.Calendar.HourEnd(l.state.Seen)
	}
	l.state.Constants = to.Constants
	l.meter = to
	return closed, nil
}

// End closes the running record as Close(Restart) does and ends the series: the next sample begins another, with a totaliser of
// its own, the sequence numbers and running totals going on, and a hole between them that no record covers.
func (l *LiquidRecorder) End() ([]LiquidRecord, error) {
	closed, err := l.cut(Restart)
	if err == nil {
		st := LiquidState{Run: l.state.rest(), TotalIV: l.state.TotalIV, TotalGSV: l.state.TotalGSV}
		st.prepare()
		l.state = st
	}
	return closed, err
}

// cut closes the running record, unless nothing has happened in it.
func (l *LiquidRecorder) cut(cause Cause) ([]LiquidRecord, error) {
	work := l.state
	if !work.begun() || work.Seen.Equal(work.Start) && work.Pulses == 0 {
		return nil, nil
	}
	r, err := l.record(&work, cause)
	if err != nil {
		return nil, err
	}
	l.state = work
	return []LiquidRecord{r}, nil
}

// pass brings a state to an instant with one batch, and returns the records of the hours that end on the way.
func (l *LiquidRecorder) pass(st *LiquidState, at time.Time, b *batch) (closed []LiquidRecord, err error) {
	for {
		d, full := st.next(at)
		last := st.Seen.Equal(at)
		if err := st.cover(b, d, last); err != nil {
			return nil, err
		}
		if full {
			r, err := l.record(st, Hour)
			if err != nil {
				return nil, err
			}
			closed = append(closed, r)
		}
		if last {
			return closed, nil
		}
	}
}

// record closes the running record and renews the state.
func (l *LiquidRecorder) record(st *LiquidState, cause Cause) (LiquidRecord, error) {
	r := LiquidRecord{
		Header: st.header(l.meter.Device, l.meter.Point, MethodLiquid, cause),
		LiquidValues: LiquidValues{
			Product: l.meter.Product, Batch: l.meter.Batch, K: l.meter.K, MF: l.meter.MF, Basis: l.meter.Basis, Units: l.meter.Units,
			FactorsMethod: l.meter.FactorsMethod,
			Opening:       st.Opening, Closing: st.Last, Pulses: st.Pulses, Unseen: st.Unseen, FlowTime: st.FlowTime, Fidelity: st.Fidelity,
		},
	}
	var m micros
	over := average.Nothing
	for i, to := range [...]*quantity.Micro{&r.Temperature, &r.Pressure, &r.Density} {
		x, o := st.Means[i].Value()
		*to, over = m.of(x), o
	}
	switch {
	case over == average.Nothing:
		r.Flags |= NoData | NoFlow
	case st.Pulses == 0:
		r.Flags |= NoFlow
	}
	if st.Unseen > 0 {
		r.Flags |= Unseen
	}
	err := m.err
	if st.Pulses > 0 {
		err = errors.Join(err, l.factors(st, &r))
	}
	err = errors.Join(err, r.measure())
	r.TotalIV = m.sum(st.TotalIV, r.IV)
	r.TotalGSV = m.sum(st.TotalGSV, r.GSV)
	if err = errors.Join(err, m.err); err != nil {
		return LiquidRecord{}, fmt.Errorf("record %s: %w", r.ID, err)
	}
	st.TotalIV, st.TotalGSV = r.TotalIV, r.TotalGSV
	st.renew(l.meter.Calendar)
	return r, nil
}

// factors finds the factors of a record with flow: the means of those of the samples, and those at the recorded averages.
func (l *LiquidRecorder) factors(st *LiquidState, r *LiquidRecord) error {
	n := float64(st.Pulses)
	for _, f := range [...]struct {
		to  *quantity.Factor
		sum average.Sum
	}{{&r.MeanCTL, st.CTL}, {&r.MeanCPL, st.CPL}, {&r.MeanCTPL, st.CTPL}} {
		var err error
		if *f.to, err = quantity.RoundFactor(f.sum.Value()/n, meanDecimals); err != nil {
			return err
		}
	}
	ctl, cpl, err := l.meter.factors(r.Temperature.Float(), r.Pressure.Float(), r.Density.Float())
	if err != nil { // the samples had factors, so the volume stands; a ticket would have none
		r.Flags |= NoFactors
		return nil
	}
	r.CTPL = liquid.RoundCTPL(liquid.Factors{CTPL: ctl * cpl})
	if r.CTL, err = quantity.RoundFactor(ctl, factorDecimals); err == nil {
		r.CPL, err = quantity.RoundFactor(cpl, factorDecimals)
	}
	return err
}
