package custody

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gauger/gauger/metrology/control"
	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/uncertainty"
)

// System is a named set of pools that are balanced as one: what passes between them is neither received nor delivered.
type System struct {
	Name  string   `json:"name"`
	Pools []string `json:"pools"` // all on one basis
}

// SystemBalance is what went through a system in a period:
//
//	Closing = Opening + Receipts - Deliveries - Deductions + OverShort + Adjustments
type SystemBalance struct {
	System      string         `json:"system"`
	Basis       quantity.Basis `json:"basis"`
	From        int64          `json:"from"` // ms since 1970 UTC, included
	To          int64          `json:"to"`   // excluded
	Opening     quantity.Micro `json:"opening"`
	Receipts    quantity.Micro `json:"receipts"`
	Deliveries  quantity.Micro `json:"deliveries"`
	Deductions  quantity.Micro `json:"deductions"`  // water, samples, fuel, interface, flare and shrinkage
	OverShort   quantity.Micro `json:"overShort"`   // what meters and gauges found beyond the books; negative when short
	Adjustments quantity.Micro `json:"adjustments"` // of closed months
	Closing     quantity.Micro `json:"closing"`
	// Percent is OverShort in percent of Receipts, to four decimals; absent when nothing, or next to nothing, was received.
	Percent *quantity.Factor `json:"percent,omitempty"`
	// Z is |OverShort| over its standard uncertainty, to two decimals, and Level what that amounts to. Both are absent when the
	// uncertainty of a receipt or delivery is not known. Gauges are taken as exact: their uncertainty is not stated anywhere.
	Z      *quantity.Factor  `json:"z,omitempty"`
	Level  uncertainty.Level `json:"level,omitempty"`
	Method string            `json:"method,omitempty"` // of Z
}

// SystemBalance returns the balance of a system from one instant (ms, included) to another (excluded).
func (l *Ledger) SystemBalance(s System, from, to int64) (SystemBalance, error) {
	all, err := l.systemBalances(s, from, to)
	if err != nil {
		return SystemBalance{System: s.Name, From: from, To: to}, err
	}
	return all[0], nil
}

// systemBalances returns the balances of a system between successive instants (ms), two or more, in one pass over the movements,
// which are in the order of time.
func (l *Ledger) systemBalances(s System, instants ...int64) ([]SystemBalance, error) {
	if len(s.Pools) == 0 || !slices.IsSorted(instants) {
		return nil, fmt.Errorf("balance of system %s: it needs a pool, and a period that ends after it begins", s.Name)
	}
	pools, err := l.systemPools(s)
	if err != nil {
		return nil, err
	}
	all, ends := make([]SystemBalance, len(instants)-1), make([]edges, len(instants)-1)
	begin := func(i int, opening quantity.Micro) {
		all[i] = SystemBalance{System: s.Name, Basis: pools[0].Basis, From: instants[i], To: instants[i+1], Opening: opening, Closing: opening}
	}
	i := 0
	begin(0, 0)
	for _, m := range l.movements {
		for i < len(all) && m.At >= all[i].To {
			if i++; i < len(all) {
				begin(i, all[i-1].Closing)
			}
		}
		if i == len(all) {
			break
		}
		in := slices.ContainsFunc(pools, func(p *pool) bool { return l.within(p, m.To) })
		out := slices.ContainsFunc(pools, func(p *pool) bool { return l.within(p, m.From) })
		if in == out || m.Volume == 0 {
			continue
		}
		if err := all[i].add(m, in, m.At < all[i].From, l, &ends[i]); err != nil {
			return nil, fmt.Errorf("balance of system %s: %w", s.Name, err)
		}
	}
	for i++; i < len(all); i++ { // nothing has moved since
		begin(i, all[i-1].Closing)
	}
	for i := range all {
		if err := all[i].score(ends[i]); err != nil {
			return nil, fmt.Errorf("balance of system %s: %w", s.Name, err)
		}
	}
	return all, nil
}

// systemPools returns the pools of a system, which must be on one basis.
func (l *Ledger) systemPools(s System) ([]*pool, error) {
	pools := make([]*pool, len(s.Pools))
	for i, id := range s.Pools {
		p, known := l.pools[id]
		if !known {
			return nil, fmt.Errorf("balance of system %s: pool %s is not declared", s.Name, id)
		}
		if i > 0 && p.Basis != pools[0].Basis {
			return nil, fmt.Errorf("balance of system %s: %s is kept in %s, %s in %s: a sum needs one basis", s.Name, id, p.Basis, pools[0].ID, pools[0].Basis)
		}
		pools[i] = p
	}
	return pools, nil
}

// edges are the measurements at the edges of a system.
type edges struct {
	in, out []uncertainty.Measured
	unknown bool // one of them has no known uncertainty
}

// add books a movement over the edge of the system.
func (r *SystemBalance) add(m Movement, in, before bool, l *Ledger, e *edges) (err error) {
	signed := m.Volume
	if !in {
		signed = -signed
	}
	if r.Closing, err = r.Closing.Add(signed); err != nil {
		return err
	}
	if before {
		r.Opening = r.Closing
		return nil
	}
	switch m.Effect {
	case Gained, Lost:
		r.OverShort, err = r.OverShort.Add(signed)
		return err
	case Adjusted:
		r.Adjustments, err = r.Adjustments.Add(signed)
		return err
	case Shrunk, Watered, Sampled, Burnt, Interfaced, Flared:
		r.Deductions, err = r.Deductions.Add(-signed)
		return err
	}
	measured := uncertainty.Measured{Volume: m.Volume}
	if m.Ticket == nil || l.facts[m.Ticket.ID].uncertainty == nil {
		e.unknown = true
	} else {
		measured.Percent, measured.Meter = l.facts[m.Ticket.ID].uncertainty.Float(), m.Ticket.Point
	}
	if in {
		e.in = append(e.in, measured)
		r.Receipts, err = r.Receipts.Add(m.Volume)
		return err
	}
	e.out = append(e.out, measured)
	r.Deliveries, err = r.Deliveries.Add(m.Volume)
	return err
}

// score sets over and short against the meters.
func (r *SystemBalance) score(e edges) error {
	if r.Receipts == 0 {
		return nil
	}
	if percent, err := r.OverShort.Ratio(1_000_000, int64(r.Receipts)); err == nil { // beyond all measure otherwise
		f := quantity.F(int64(percent), 4)
		r.Percent = &f
	}
	if e.unknown {
		return nil
	}
	change, err := quantity.Sum(r.Closing, -r.Opening, r.Deductions, -r.Adjustments)
	if err != nil {
		return err
	}
	c, err := uncertainty.Close(e.in, e.out, uncertainty.Change{Volume: change})
	if errors.Is(err, uncertainty.ErrNone) {
		return nil // one meter in and out: it says nothing of the rest
	}
	if err != nil {
		return err
	}
	z, err := quantity.RoundFactor(max(c.Z, -c.Z), 2)
	r.Z, r.Level, r.Method = &z, c.Level(), c.Method
	return err
}

// SystemSeries is a system over successive periods, each held against those before it.
type SystemSeries struct {
	Balances []SystemBalance `json:"balances"`
	Findings []Finding       `json:"findings"`
}

// Finding is an over or short that somebody should look into.
type Finding struct {
	From   int64   `json:"from"` // ms since 1970 UTC: the period in which it shows
	To     int64   `json:"to"`
	What   string  `json:"what"`   // "beyond what the meters can tell", "beyond the system's own history", "drift"
	Sigmas float64 `json:"sigmas"` // how far off, signed; of a drift, the bias
	Since  int     `json:"since"`  // periods that it has lasted, 1 or, of a drift, more
	Method string  `json:"method"`
}

// The findings.
const (
	BeyondMeters  = "beyond what the meters can tell"
	BeyondHistory = "beyond the system's own history"
	Drifting      = "drift"
)

// SystemSeries balances a system over successive periods, which are parted by instants (ms): days, or months. A period is a finding
// when its over or short is beyond 3 sigma of the meters, or of the system's own history (a chart of the percentages of the periods
// before, five or more); and when the sums of the sigmas show a drift (CUSUM), after which the sums begin anew.
func (l *Ledger) SystemSeries(s System, instants ...int64) (SystemSeries, error) {
	var r SystemSeries
	var sums control.Sums
	var history []float64
	if len(instants) < 2 {
		return r, nil
	}
	balances, err := l.systemBalances(s, instants...)
	if err != nil {
		return r, err
	}
	r.Balances = balances
	for _, b := range balances {
		f := Finding{From: b.From, To: b.To, Since: 1}
		if b.Z != nil {
			z := b.Z.Float()
			if b.OverShort < 0 {
				z = -z
			}
			if b.Level == uncertainty.Action {
				f.What, f.Sigmas, f.Method = BeyondMeters, z, b.Method
				r.Findings = append(r.Findings, f)
			}
			if sums, err = r.drift(sums, z, f); err != nil {
				return r, err
			}
		}
		if b.Percent == nil {
			continue
		}
		percent := b.Percent.Float()
		if err := r.judge(history, percent, f); err != nil {
			return r, err
		}
		history = append(history, percent)
	}
	return r, nil
}

// drift adds the sigmas of a period to the sums.
func (r *SystemSeries) drift(sums control.Sums, z float64, f Finding) (control.Sums, error) {
	const most = 1e6 // that the sums take
	c := control.Standard()
	next, err := c.Next(sums, max(-most, min(z, most)))
	if err != nil || c.Drift(next) == control.NoDrift {
		return next, err
	}
	f.What, f.Sigmas, f.Method, f.Since = Drifting, c.Bias(next), control.MethodCUSUM, max(next.HighCount, 1)
	if c.Drift(next) == control.DriftDown {
		f.Since = max(next.LowCount, 1)
	}
	r.Findings = append(r.Findings, f)
	return control.Sums{}, nil
}

// judge holds a period against those before it.
func (r *SystemSeries) judge(history []float64, percent float64, f Finding) error {
	if len(history) < control.MinHistory {
		return nil
	}
	chart, err := control.MovingRange(history)
	if errors.Is(err, control.ErrConstant) {
		return nil // nothing was ever found: no limit follows
	}
	if err != nil {
		return err
	}
	point, err := chart.Judge(percent)
	if err != nil || point.Signal != control.Action {
		return err
	}
	f.What, f.Sigmas, f.Method = BeyondHistory, point.Sigmas, chart.Method
	r.Findings = append(r.Findings, f)
	return nil
}

// SegmentBalance is what the batches that left a segment of a line in a period lost or gained in it.
type SegmentBalance struct {
	From       string            `json:"from"` // place
	To         string            `json:"to"`
	Batches    int               `json:"batches"`
	In         quantity.Micro    `json:"in"`
	Out        quantity.Micro    `json:"out"`
	Deductions quantity.Micro    `json:"deductions"`
	OverShort  quantity.Micro    `json:"overShort"`   // Out + Deductions - In
	Z          *quantity.Factor  `json:"z,omitempty"` // as of a system
	Level      uncertainty.Level `json:"level,omitempty"`
}

// SegmentBalances returns the balances of a line's segments, in their order, of the batches metered at their ends from one instant
// (ms, included) to another (excluded).
func (l *Ledger) SegmentBalances(line string, from, to int64) ([]SegmentBalance, error) {
	p, known := l.pools[line]
	if !known || p.Kind != Line {
		return nil, fmt.Errorf("%s is not declared as a line", line)
	}
	all, ends := make([]SegmentBalance, len(p.Segments)), make([]edges, len(p.Segments))
	for i, s := range p.Segments {
		all[i].To, all[i].From = s.To, Injection
		if i > 0 {
			all[i].From = p.Segments[i-1].To
		}
	}
	for _, id := range p.batches {
		b := l.batches[id]
		for i := 1; i < len(b.legs) && b.split == ""; i++ {
			a, z := b.legs[i-1], b.legs[i]
			if z.At < from || z.At >= to {
				continue
			}
			s, e := &all[i-1], &ends[i-1]
			s.Batches++
			for _, sum := range []struct {
				into *quantity.Micro
				more quantity.Micro
			}{{&s.In, a.Volume}, {&s.Out, z.Volume}, {&s.Deductions, z.taken}, {&s.OverShort, z.Volume + z.taken - a.Volume}} {
				var err error
				if *sum.into, err = sum.into.Add(sum.more); err != nil {
					return nil, fmt.Errorf("line %s to %s: %w", line, s.To, err)
				}
			}
			if a.Uncertainty == nil || z.Uncertainty == nil {
				e.unknown = true
				continue
			}
			e.in, e.out = append(e.in, a.measured()), append(e.out, z.measured())
		}
	}
	for i := range all {
		if ends[i].unknown || len(ends[i].in) == 0 {
			continue
		}
		c, err := uncertainty.Close(ends[i].in, ends[i].out, uncertainty.Change{Volume: all[i].Deductions})
		if err != nil {
			return nil, fmt.Errorf("line %s to %s: %w", line, all[i].To, err)
		}
		z, err := quantity.RoundFactor(max(c.Z, -c.Z), 2)
		if err != nil {
			return nil, err
		}
		all[i].Z, all[i].Level = &z, c.Level()
	}
	return all, nil
}
