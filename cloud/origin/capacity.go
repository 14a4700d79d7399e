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
	Basis  quantity.Basis // of Volume and the claims; zero: one that nobody names
	// Unstated: nobody says how much. What is drawn is added up, and is never too much.
	Unstated bool
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

// Total is what was claimed on a capacity in one of its periods.
type Total struct {
	Capacity                // From and To are those of the month or the period
	Claimed  quantity.Micro // never 0
	Entries  []string       // that claim it, each once, in order
}

// Over returns by how much more was claimed than can have been produced, 0 where it was not.
func (t Total) Over() quantity.Micro {
	if t.Unstated {
		return 0
	}
	return max(0, t.Claimed-t.Volume) // neither is negative
}

// String says it in a sentence.
func (t Total) String() string {
	const named = 3
	entries := slices.Clone(t.Entries[:min(named, len(t.Entries))])
	if more := len(t.Entries) - named; more > 0 {
		entries = append(entries, fmt.Sprintf("%d more", more))
	}
	unit := ""
	if t.Basis != (quantity.Basis{}) {
		unit = " " + t.Basis.String()
	}
	limit := "an amount that nobody states"
	if !t.Unstated {
		limit = Grouped(t.Volume.String()) + unit
	}
	text := fmt.Sprintf("%s supports %s from %s to %s (%s), and %s is claimed", t.Of, limit, t.From, t.To, t.Stated, Grouped(t.Claimed.String()))
	if over := t.Over(); over > 0 {
		text += fmt.Sprintf(": %s too much", Grouped(over.String()))
	}
	return text + ", by " + join(entries)
}

// Limits of OverCapacity and Totals.
const (
	MaxCapacities = 100_000
	MaxDrawn      = 100_000
)

// ErrUncovered reports a claim on a certificate outside the period that its capacity is stated for.
var ErrUncovered = errors.New("no capacity is stated for that day")

// OverCapacity returns where the sum of the volumes that were claimed is more than a capacity: see Totals.
func OverCapacity(capacities []Capacity, claims []Drawn) ([]Total, error) {
	totals, err := Totals(capacities, claims)
	return slices.DeleteFunc(totals, func(t Total) bool { return t.Over() == 0 }), err
}

// Totals adds up the volumes that were claimed, by certificate or source and period, in the order of their names and days. What names
// nothing that has a capacity is not looked at; a day outside all periods of a capacity that has some is ErrUncovered.
func Totals(capacities []Capacity, claims []Drawn) ([]Total, error) {
	if len(capacities) > MaxCapacities || len(claims) > MaxDrawn {
		return nil, fmt.Errorf("%d capacities and %d claims: at most %d and %d are held against each other", len(capacities), len(claims),
			MaxCapacities, MaxDrawn)
	}
	limits := map[string][]int{}
	for i, c := range capacities {
		limits[c.Of] = append(limits[c.Of], i)
	}
	sums := map[interval]*Total{}
	for _, d := range claims {
		if err := d.On.Valid(); err != nil || d.Volume <= 0 {
			return nil, fmt.Errorf("entry %s: a claim needs a day and a positive volume, not %q and %s", d.Entry, d.On, d.Volume)
		}
		covered := len(limits[d.Of]) == 0
		for _, i := range limits[d.Of] {
			c := capacities[i]
			var err error
			if c.From, c.To, err = c.period(d.On); err != nil {
				return nil, err
			}
			if d.On < c.From || d.On > c.To {
				continue
			}
			covered = true
			at := interval{i, c.From}
			if sums[at] == nil {
				sums[at] = &Total{Capacity: c}
			}
			if err := sums[at].draw(d); err != nil {
				return nil, err
			}
		}
		if !covered {
			return nil, fmt.Errorf("entry %s on %s, of %s: %w", d.Entry, d.Of, d.On, ErrUncovered)
		}
	}
	return sorted(sums), nil
}

// interval is a period of a capacity, by its place in the list.
type interval struct {
	capacity int
	from     dated.Date
}

func sorted(sums map[interval]*Total) (totals []Total) {
	var order []interval
	for p := range sums {
		order = append(order, p)
	}
	slices.SortFunc(order, func(a, b interval) int {
		return cmp.Or(cmp.Compare(sums[a].Of, sums[b].Of), cmp.Compare(a.from, b.from), cmp.Compare(a.capacity, b.capacity))
	})
	for _, p := range order {
		sums[p].Entries = once(sums[p].Entries)
		totals = append(totals, *sums[p])
	}
	return totals
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
func (t *Total) draw(d Drawn) (err error) {
	if t.Claimed, err = t.Claimed.Add(d.Volume); err != nil {
		return fmt.Errorf("claims on %s: %w", d.Of, err)
	}
	t.Entries = append(t.Entries, d.Entry)
	return nil
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
