package runticket

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
)

// Hours says what the records of a meter come to, and how that compares with a ticket.
type Hours struct {
	Point    string `json:"point"`
	Records  int    `json:"records"`
	From     int64  `json:"from"` // ms since 1970 UTC: of the first record
	Until    int64  `json:"until"`
	Gaps     []Gap  `json:"gaps,omitempty"`     // time of the ticket, or between the records, that none covers
	Overlaps []Gap  `json:"overlaps,omitempty"` // time that two cover, or that lies outside the ticket
	Lines    []Line `json:"lines"`              // sums of volumes and mass; averages weighted by the flow (MPMS 21.2)
	Rows     []Row  `json:"rows,omitempty"`     // of records whose own figures differ when they are recomputed, the first ten
	Differ   int    `json:"differ"`             // how many those are
	Agrees   bool   `json:"agrees"`             // no gap, no overlap, no difference
}

// Gap is a stretch of time, ms since 1970 UTC.
type Gap struct {
	From  int64 `json:"from"`
	Until int64 `json:"until"`
}

// Row is what differs in a record.
type Row struct {
	Line  uint64 `json:"line"`
	Lines []Line `json:"lines"`
}

const maxRowsShown = 10

// Compare adds the records of a ticket's point within its time up, and compares them with it. Nil means there are none.
func (t *Ticket) Compare(records []Ticket) (*Hours, error) {
	var of []Ticket
	for _, r := range records {
		if r.Point == t.Point && r.Open < t.Close && t.Open < r.Close {
			of = append(of, r)
		}
	}
	if len(of) == 0 {
		return nil, nil
	}
	r, err := t.Recompute("")
	if err != nil {
		return nil, err
	}
	whole := *t // with what it does not print, such as the IV between two readings
	whole.Figures = slices.Clone(t.Figures)
	for _, l := range r.Lines {
		if l.Verdict == Unstated {
			whole.Figures = append(whole.Figures, Figure{l.Name, l.Unit, *l.Recomputed})
		}
	}
	return compareHours(of, &whole)
}

// SumHours adds records of one point up where there is no ticket to compare them with.
func SumHours(records []Ticket) (*Hours, error) { return compareHours(slices.Clone(records), nil) }

func compareHours(of []Ticket, t *Ticket) (*Hours, error) {
	slices.SortStableFunc(of, func(a, b Ticket) int { return cmp.Or(cmp.Compare(a.Open, b.Open), cmp.Compare(a.Close, b.Close)) })
	h := &Hours{Point: of[0].Point, Records: len(of), From: of[0].Open}
	h.cover(of, t)
	if t == nil {
		t = &Ticket{Basis: of[0].Basis}
	}
	for _, r := range of {
		if r.Basis != t.Basis {
			return nil, fmt.Errorf("record at line %d of %s is in %s, another or the ticket in %s: one basis", r.Line, h.Point, r.Basis, t.Basis)
		}
		own, err := r.Recompute("")
		if err != nil {
			return nil, fmt.Errorf("record at line %d of %s: %w", r.Line, h.Point, err)
		}
		if own.differ() == 0 {
			continue
		}
		if h.Differ++; len(h.Rows) < maxRowsShown {
			differ := slices.DeleteFunc(own.Lines, func(l Line) bool { return l.Verdict != Differs })
			h.Rows = append(h.Rows, Row{r.Line, differ})
		}
	}
	if err := h.add(of, t); err != nil {
		return nil, err
	}
	bad := slices.ContainsFunc(h.Lines, func(l Line) bool { return l.Verdict == Differs })
	h.Agrees = len(h.Gaps)+len(h.Overlaps)+h.Differ == 0 && !bad
	return h, nil
}

// cover finds the time that no record covers, and that which two do, or that lies outside the ticket.
func (h *Hours) cover(of []Ticket, t *Ticket) {
	end := of[0].Open
	if t != nil {
		if end = t.Open; of[0].Open < t.Open {
			h.Overlaps = append(h.Overlaps, Gap{of[0].Open, t.Open})
		}
	}
	for i, r := range of {
		switch {
		case r.Open > end:
			h.Gaps = append(h.Gaps, Gap{end, r.Open})
		case i > 0 && r.Open < h.Until:
			h.Overlaps = append(h.Overlaps, Gap{r.Open, min(r.Close, h.Until)})
		}
		h.Until = max(h.Until, r.Close)
		end = max(end, r.Close)
	}
	if t == nil {
		return
	}
	if end < t.Close {
		h.Gaps = append(h.Gaps, Gap{end, t.Close})
	}
	if h.Until > t.Close {
		h.Overlaps = append(h.Overlaps, Gap{t.Close, h.Until})
	}
}

// summed are the figures that add up, averaged those that are averages weighted by volume.
var (
	summed   = []Name{Pulses, IV, GV, GSV, NSV, WaterVolume, Mass}
	averaged = []Name{Temperature, Pressure, Density, SW}
)

// add adds the records up.
func (h *Hours) add(of []Ticket, t *Ticket) error {
	for _, n := range summed {
		figures := gather(of, n)
		if len(figures) < len(of) {
			continue
		}
		sum := new(big.Rat)
		for _, f := range figures {
			sum.Add(sum, rat(f.Value))
		}
		if err := h.line(t, n, figures, sum, fmt.Sprintf("sum of %d records", len(of))); err != nil {
			return err
		}
	}
	weight, by := h.weights(of)
	for _, n := range averaged {
		figures := gather(of, n)
		if len(figures) < len(of) || weight == nil {
			continue
		}
		sum, all := new(big.Rat), new(big.Rat)
		for i, f := range figures {
			sum.Add(sum, new(big.Rat).Mul(rat(f.Value), rat(weight[i].Value)))
			all.Add(all, rat(weight[i].Value))
		}
		if all.Sign() == 0 {
			continue
		}
		if err := h.line(t, n, figures, sum.Quo(sum, all), "average weighted by "+by); err != nil {
			return err
		}
	}
	return nil
}

// gather returns a figure of each record that states it in the unit of the first.
func gather(of []Ticket, n Name) (figures []Figure) {
	for _, r := range of {
		if f, is := r.Figure(n); is && (len(figures) == 0 || f.Unit == figures[0].Unit) {
			figures = append(figures, f)
		}
	}
	return figures
}

// weights returns the volume that averages are weighted by: the first that all records state.
func (h *Hours) weights(of []Ticket) (figures []Figure, by string) {
	for _, n := range []Name{IV, GV, GSV, NSV} {
		if figures = gather(of, n); len(figures) == len(of) {
			return figures, string(n)
		}
	}
	return nil, ""
}

// line compares a sum or average with the ticket. What is added up was rounded before: half a last digit of each record, and half
// of the ticket's, is no difference.
func (h *Hours) line(t *Ticket, n Name, figures []Figure, value *big.Rat, by string) error {
	stated, is := t.Figure(n)
	is = is && stated.Unit == figures[0].Unit
	decimals := stated.Value.Decimals
	for _, f := range figures {
		decimals = max(decimals, f.Value.Decimals)
	}
	shown, err := decimal(value, decimals)
	if err != nil {
		return fmt.Errorf("%s of the records of %s: %w", n, h.Point, err)
	}
	l := compare(n, figures[0].Unit, stated, is, shown, by)
	if l.Verdict == Differs {
		slack := new(big.Rat).SetFrac64(1, 2*pow10(stated.Value.Decimals))
		each := new(big.Rat)
		for _, f := range figures {
			each.Add(each, new(big.Rat).SetFrac64(1, 2*pow10(f.Value.Decimals)))
		}
		if !slices.Contains(summed, n) { // of an average, as much as of each
			each.Mul(each, big.NewRat(1, int64(len(figures))))
		}
		off := new(big.Rat).Sub(rat(stated.Value), value)
		if off.Abs(off).Cmp(slack.Add(slack, each)) <= 0 {
			l.Verdict = Rounds
		}
	}
	h.Lines = append(h.Lines, l)
	return nil
}

// Points returns the points of records, and the records of each, in the order in which they come.
func Points(records []Ticket) (points []string, of map[string][]Ticket) {
	of = map[string][]Ticket{}
	for _, r := range records {
		if of[r.Point] == nil {
			points = append(points, r.Point)
		}
		of[r.Point] = append(of[r.Point], r)
	}
	return points, of
}
