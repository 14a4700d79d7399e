package qtr

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gauger/gauger/metrology/pulse"
	"github.com/gauger/gauger/metrology/qtr/average"
	"github.com/gauger/gauger/metrology/quantity"
)

// DayHeader is what daily records of gas and of liquids have in common.
type DayHeader struct {
	Device, Point string
	Method        string
	Rounding      string

	Day         Day
	Complete    bool   // the records cover the whole contract day
	First, Last uint64 // their sequence numbers
	Records     int
	Corrected   int // of those, corrections

	Flags                  Flags // NoFlow and NoData if they hold for the whole day, the others if for a part
	Failed, Substituted    Inputs
	SubstitutedFor, Missed time.Duration
}

// HoleError reports records of a day that do not follow each other: one is missing, or there twice.
type HoleError struct {
	Day         Day
	After, Next ID
}

// Error names the records.
func (e *HoleError) Error() string {
	return fmt.Sprintf("daily record of %s: %s does not follow %s: hand in each sequence number once, in order, in its latest revision",
		e.Day, e.Next, e.After)
}

// fold makes the header of a day of those of its records.
func fold(c Calendar, headers []*Header) (DayHeader, error) {
	if err := c.Valid(); err != nil {
		return DayHeader{}, err
	}
	if len(headers) == 0 {
		return DayHeader{}, errors.New("daily record of no records")
	}
	first, last := headers[0], headers[len(headers)-1]
	d := DayHeader{
		Device: first.ID.Device, Point: first.ID.Point, Method: MethodDaily, Rounding: Rounding, Day: c.Day(first.Start),
		First: first.ID.Sequence, Last: last.ID.Sequence, Records: len(headers), Flags: NoFlow | NoData,
	}
	for i, h := range headers {
		if i > 0 {
			before := headers[i-1]
			if h.ID.Device != d.Device || h.ID.Point != d.Point || h.ID.Sequence != before.ID.Sequence+1 || !h.Start.Equal(before.End) {
				return DayHeader{}, &HoleError{Day: d.Day, After: before.ID, Next: h.ID}
			}
		}
		length := h.End.Sub(h.Start)
		if length < 0 || h.End.After(d.Day.End) || min(h.Missed, h.SubstitutedFor) < 0 || max(h.Missed, h.SubstitutedFor) > length {
			return DayHeader{}, fmt.Errorf("daily record of %s: %s from %s to %s is not of that day",
				d.Day, h.ID, h.Start.Format(time.RFC3339), h.End.Format(time.RFC3339))
		}
		if h.ID.Revision > 0 {
			d.Corrected++
		}
		whole := NoFlow | NoData
		d.Flags = d.Flags&whole&h.Flags | (d.Flags|h.Flags)&^whole
		d.Failed |= h.Failed
		d.Substituted |= h.Substituted
		d.SubstitutedFor += h.SubstitutedFor
		d.Missed += h.Missed
	}
	d.Complete = first.Start.Equal(d.Day.Start) && last.End.Equal(d.Day.End)
	return d, nil
}

// GasDay is the daily record of gas.
type GasDay struct {
	DayHeader
	GasValues
}

// DailyGas makes the daily record of gas of the records of one contract day, in order: the originals, or in place of one its
// correction. Quantities, flow time and integral value are the sums of the records', exactly; averages are those of the
// records' averages, with the weights of the technique. TotalVolume and TotalEnergy are those of the last record. It refuses,
// with *HoleError, records that do not follow each other, records of another day, and a change of units, inputs or technique on
// the way.
func DailyGas(c Calendar, records []GasRecord) (GasDay, error) {
	headers := make([]*Header, len(records))
	for i := range records {
		headers[i] = &records[i].Header
	}
	h, err := fold(c, headers)
	if err != nil {
		return GasDay{}, err
	}
	first, last := &records[0], &records[len(records)-1]
	d := GasDay{DayHeader: h, GasValues: GasValues{
		Units: first.Units, Primary: first.Primary, Technique: first.Technique, Inputs: first.Inputs,
		TotalVolume: last.TotalVolume, TotalEnergy: last.TotalEnergy,
	}}
	var m micros
	var means [gasInputs]average.Mean
	for i := range records {
		r := &records[i]
		if r.Units != d.Units || r.Primary != d.Primary || r.Technique != d.Technique || r.Inputs != d.Inputs {
			return GasDay{}, fmt.Errorf("daily record of %s: %s has other units, inputs or technique than %s", h.Day, r.ID, first.ID)
		}
		if r.FlowTime < 0 || r.FlowTime > r.End.Sub(r.Start) {
			return GasDay{}, fmt.Errorf("daily record of %s: %s has %s of flow", h.Day, r.ID, r.FlowTime)
		}
		d.FlowTime += r.FlowTime
		d.Integral = m.sum(d.Integral, r.Integral)
		d.Volume = m.sum(d.Volume, r.Volume)
		d.Energy = m.sum(d.Energy, r.Energy)
		if err := r.weigh(&means); err != nil {
			return GasDay{}, fmt.Errorf("daily record of %s: %s: %w", h.Day, r.ID, err)
		}
	}
	for i, to := range d.averages() {
		x, _ := means[i].Value()
		*to = m.of(x)
	}
	d.extend(&m)
	if m.err != nil {
		return GasDay{}, fmt.Errorf("daily record of %s: %w", h.Day, m.err)
	}
	volume, energy := last.TotalVolume-first.TotalVolume+first.Volume, last.TotalEnergy-first.TotalEnergy+first.Energy
	if h.Corrected == 0 && (volume != d.Volume || energy != d.Energy) {
		return GasDay{}, fmt.Errorf("daily record of %s: the records add up to %s and %s, their running totals to %s and %s: a record was altered",
			h.Day, d.Volume, d.Energy, volume, energy)
	}
	return d, nil
}

// weigh adds the averages of a record to those of the day.
func (r *GasRecord) weigh(means *[gasInputs]average.Mean) error {
	if r.Flags&NoData != 0 {
		return nil
	}
	m := GasMeter{Technique: r.Technique}
	time, flow := float64(r.End.Sub(r.Start)-r.Missed), 0.0
	if r.Flags&NoFlow == 0 {
		time, flow = float64(r.FlowTime), math.Max(r.Integral.Float(), 1e-9) // an integral value below its rounding still flowed
	}
	for i, x := range r.averages() {
		in := Inputs(1 << i)
		if r.Inputs&in == 0 {
			continue
		}
		means[i].Technique = m.technique(in)
		if err := means[i].Add(x.Float(), time, flow); err != nil {
			return err
		}
	}
	return nil
}

// LiquidDay is the daily record of a liquid.
type LiquidDay struct {
	DayHeader
	LiquidValues
}

// DailyLiquid makes the daily record of a liquid of the records of one contract day, in order: the originals, or in place of
// one its correction. Pulses, volumes and flow time are the sums of the records', exactly; averages and mean factors are
// weighted by indicated volume. What changed during the day (K, MF, product, batch, method of the factors, level of the pulse
// reports) is left empty, and so are the factors at the averages: TicketGSV is the sum of the records'. It refuses, with
// *HoleError, records that do not follow each other, records of another day, and a change of basis or units on the way.
func DailyLiquid(c Calendar, records []LiquidRecord) (LiquidDay, error) {
	headers := make([]*Header, len(records))
	for i := range records {
		headers[i] = &records[i].Header
	}
	h, err := fold(c, headers)
	if err != nil {
		return LiquidDay{}, err
	}
	first, last := &records[0], &records[len(records)-1]
	d := LiquidDay{DayHeader: h, LiquidValues: LiquidValues{
		Product: first.Product, Batch: first.Batch, K: first.K, MF: first.MF, Basis: first.Basis, Units: first.Units,
		FactorsMethod: first.FactorsMethod, Opening: first.Opening, Closing: last.Closing, TotalIV: last.TotalIV, TotalGSV: last.TotalGSV,
	}}
	var m micros
	var means [6]average.Mean
	for i := range records {
		r := &records[i]
		if r.Basis != d.Basis || r.Units != d.Units {
			return LiquidDay{}, fmt.Errorf("daily record of %s: %s has another basis or other units than %s", h.Day, r.ID, first.ID)
		}
		if i > 0 && r.Opening != records[i-1].Closing {
			return LiquidDay{}, &HoleError{Day: h.Day, After: records[i-1].ID, Next: r.ID}
		}
		if err := d.add(r, &m, &means); err != nil {
			return LiquidDay{}, fmt.Errorf("daily record of %s: %s: %w", h.Day, r.ID, err)
		}
	}
	if d.Fidelity, err = fidelity(records); err == nil {
		err = d.settle(&m, &means)
	}
	if err != nil {
		return LiquidDay{}, fmt.Errorf("daily record of %s: %w", h.Day, err)
	}
	pulses, iv, gsv := d.Closing-d.Opening, last.TotalIV-first.TotalIV+first.IV, last.TotalGSV-first.TotalGSV+first.GSV
	if h.Corrected == 0 && (pulses != d.Pulses || iv != d.IV || gsv != d.GSV) {
		return LiquidDay{}, fmt.Errorf("daily record of %s: the records add up to %d pulses, IV %s, GSV %s, their totals to %d, %s, %s: a record was altered",
			h.Day, d.Pulses, d.IV, d.GSV, pulses, iv, gsv)
	}
	return d, nil
}

// add takes a record into the sums of the day.
func (d *LiquidDay) add(r *LiquidRecord, m *micros, means *[6]average.Mean) error {
	keep(&d.Product, r.Product)
	keep(&d.Batch, r.Batch)
	keep(&d.K, r.K)
	keep(&d.MF, r.MF)
	keep(&d.FactorsMethod, r.FactorsMethod)
	for _, sum := range []struct {
		to *int64
		n  int64
	}{{&d.Pulses, r.Pulses}, {&d.Unseen, r.Unseen}, {(*int64)(&d.FlowTime), int64(r.FlowTime)}} {
		if sum.n < 0 || *sum.to+sum.n < 0 {
			return fmt.Errorf("%d and %d: %w", *sum.to, sum.n, quantity.ErrOverflow)
		}
		*sum.to += sum.n
	}
	d.IV, d.GV = m.sum(d.IV, r.IV), m.sum(d.GV, r.GV)
	d.GSV, d.TicketGSV = m.sum(d.GSV, r.GSV), m.sum(d.TicketGSV, r.TicketGSV)
	d.Difference = m.sum(d.Difference, r.Difference)
	if m.err != nil || r.Flags&NoData != 0 {
		return m.err
	}
	watched := float64(r.End.Sub(r.Start) - r.Missed)
	for i, x := range [...]float64{
		r.Temperature.Float(), r.Pressure.Float(), r.Density.Float(), r.MeanCTL.Float(), r.MeanCPL.Float(), r.MeanCTPL.Float(),
	} {
		means[i].Technique = average.FlowWeightedLinear
		if err := means[i].Add(x, watched, math.Max(r.IV.Float(), 0)); err != nil {
			return err
		}
	}
	return nil
}

// fidelity adds up the pulse reports of records, if they are of one level.
func fidelity(records []LiquidRecord) (sum pulse.Report, err error) {
	for i := range records {
		r := records[i].Fidelity
		if r.Level != "" && sum.Level != "" && r.Level != sum.Level {
			return pulse.Report{}, nil
		}
		if sum, err = sum.Add(r); err != nil {
			return pulse.Report{}, err
		}
	}
	return sum, nil
}

// keep empties a value that changes during the day.
func keep[T comparable](to *T, value T) {
	if *to != value {
		var none T
		*to = none
	}
}

// settle turns the sums of the day into its averages.
func (d *LiquidDay) settle(m *micros, means *[6]average.Mean) (err error) {
	for i, to := range [...]*quantity.Micro{&d.Temperature, &d.Pressure, &d.Density} {
		x, _ := means[i].Value()
		*to = m.of(x)
	}
	if m.err != nil || d.IV == 0 {
		return m.err
	}
	for i, to := range [...]*quantity.Factor{&d.MeanCTL, &d.MeanCPL, &d.MeanCTPL} {
		x, _ := means[3+i].Value()
		if *to, err = quantity.RoundFactor(x, meanDecimals); err != nil {
			return err
		}
	}
	return nil
}
