package origin

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Capacity is how much a certificate, or a producer's statement behind it, says that can be produced: in each calendar month, or
// once between two days.
type Capacity struct {
	Of     string         // the certificate or the source that it limits
	Stated string         // where: the certificate, a producer's statement
	Volume quantity.Micro // in the unit of the claims
	// From and To are the first and the last day on which Volume can be produced. Both empty: Volume is that of each month.
	From, To dated.Date
}

// Drawn is a volume that was claimed on a certificate or a source.
type Drawn struct {
	Of     string // as in Capacity
	Entry  string
	On     dated.Date // of importation
	Volume quantity.Micro
}

// Excess says that more was claimed than can have been produced.
type Excess struct {
	Of       string
	Stated   string
	From, To dated.Date // of the month or the period
	Capacity quantity.Micro
	Claimed  quantity.Micro
	Entries  []string // that claim it, each once, in order
}

// String says it in a sentence.
func (e Excess) String() string {
	const named = 3
	entries := slices.Clone(e.Entries[:min(named, len(e.Entries))])
	if more := len(e.Entries) - named; more > 0 {
		entries = append(entries, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%s supports %s from %s to %s (%s), and %s is claimed: %s too much, by %s", e.Of, Grouped(e.Capacity.String()), e.From, e.To,
		e.Stated, Grouped(e.Claimed.String()), Grouped((e.Claimed - e.Capacity).String()), join(entries))
}

// Limits of OverCapacity.
const (
	MaxCapacities = 1_000
	MaxDrawn      = 100_000
)

// ErrUncovered reports a claim on a certificate outside the period that its capacity is stated for.
var ErrUncovered = errors.New("no capacity is stated for that day")

// OverCapacity returns where the sum of the volumes that were claimed is more than a capacity, by certificate and period. What
// names nothing that has a capacity is not looked at; a day outside all periods of a capacity that has some is ErrUncovered.
func OverCapacity(capacities []Capacity, claims []Drawn) ([]Excess, error) {
	if len(capacities) > MaxCapacities || len(claims) > MaxDrawn {
		return nil, fmt.Errorf("%d capacities and %d claims: at most %d and %d are held against each other", len(capacities), len(claims),
			MaxCapacities, MaxDrawn)
	}
	var found []Excess
	for _, d := range claims {
		if err := d.On.Valid(); err != nil || d.Volume <= 0 {
			return nil, fmt.Errorf("entry %s: a claim needs a day and a positive volume, not %q and %s", d.Entry, d.On, d.Volume)
		}
		named, covered := false, false
		for _, c := range capacities {
			if c.Of != d.Of {
				continue
			}
			named = true
			from, to, err := c.period(d.On)
			if err != nil {
				return nil, err
			}
			if d.On < from || d.On > to {
				continue
			}
			covered = true
			if found, err = draw(found, Excess{Of: c.Of, Stated: c.Stated, From: from, To: to, Capacity: c.Volume}, d); err != nil {
				return nil, err
			}
		}
		if named && !covered {
			return nil, fmt.Errorf("entry %s on %s, of %s: %w", d.Entry, d.Of, d.On, ErrUncovered)
		}
	}
	found = slices.DeleteFunc(found, func(e Excess) bool { return e.Claimed <= e.Capacity })
	for i := range found {
		found[i].Entries = once(found[i].Entries)
	}
	slices.SortStableFunc(found, func(a, b Excess) int { return cmp.Or(cmp.Compare(a.Of, b.Of), cmp.Compare(a.From, b.From)) })
	return found, nil
}

// period returns the first and last day of the period of a capacity that a day could lie in.
func (c Capacity) period(on dated.Date) (from, to dated.Date, err error) {
	if c.Volume < 0 || (c.From == "") != (c.To == "") {
		return "", "", fmt.Errorf("capacity of %s: want a volume of 0 or more, and both days of the period or none", c.Of)
	}
	if c.From == "" {
		return on[:8] + "01", on.MonthEnd(), nil
	}
	if c.From.Valid() != nil || c.To.Valid() != nil || c.To < c.From {
		return "", "", fmt.Errorf("capacity of %s: the period %s to %s is none", c.Of, c.From, c.To)
	}
	return c.From, c.To, nil
}

// draw adds a claim to the sum of its period.
func draw(found []Excess, of Excess, d Drawn) ([]Excess, error) {
	i := slices.IndexFunc(found, func(e Excess) bool {
		return e.Of == of.Of && e.Stated == of.Stated && e.From == of.From && e.To == of.To && e.Capacity == of.Capacity
	})
	if i < 0 {
		i, found = len(found), append(found, of)
	}
	e := &found[i]
	var err error
	if e.Claimed, err = e.Claimed.Add(d.Volume); err != nil {
		return nil, fmt.Errorf("claims on %s: %w", d.Of, err)
	}
	e.Entries = append(e.Entries, d.Entry)
	return found, nil
}

// once returns the names of a list, each once, in their order.
func once(list []string) []string {
	seen := make(map[string]bool, len(list))
	return slices.DeleteFunc(list, func(s string) bool {
		again := seen[s]
		seen[s] = true
		return again
	})
}
