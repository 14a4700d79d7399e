package throughput

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gauger/gauger/metrology/quantity"
)

// Filter chooses flows. What is zero chooses all.
type Filter struct {
	Points   []string // ids or names
	Products []string
	Month    Month
	Year     int
	Border   bool // points at the border only, and there what crosses it
}

// Flows returns the flows that fit, by commodity, stream, month and product. Each name in the filter must fit something: the error
// says what there is.
func (d *Data) Flows(f Filter) ([]Flow, error) {
	all := make([]Flow, 0, len(d.tallies))
	for k, t := range d.tallies {
		flow, err := d.flow(k, t)
		if err != nil {
			return nil, fmt.Errorf("%s line %d: %w", t.file, t.line, err)
		}
		all = append(all, flow)
	}
	slices.SortFunc(all, func(a, b Flow) int {
		return cmp.Or(a.Stream.compare(b.Stream), a.Month.compare(b.Month), cmp.Compare(a.Product, b.Product))
	})
	for i := range len(all) - 1 {
		if a, b := all[i], all[i+1]; a.Stream == b.Stream && a.Month == b.Month && a.Product == b.Product {
			return nil, fmt.Errorf("%s line %d and %s line %d state the same: leave one of them out", a.File, a.Line, b.File, b.Line)
		}
	}
	all, err := named(all, "point", f.Points, func(a Flow) []string { return []string{cmp.Or(a.Point, a.Name), a.Name} })
	if err != nil {
		return nil, err
	}
	if all, err = named(all, "product", f.Products, func(a Flow) []string { return []string{a.Product} }); err != nil {
		return nil, err
	}
	if f.Border {
		all = slices.DeleteFunc(all, func(a Flow) bool { return a.Border == "" })
		if len(all) == 0 {
			return nil, errors.New("no flow is known to cross the border")
		}
	}
	var months, years []string
	if f.Month != (Month{}) {
		months = []string{f.Month.String()}
	}
	if f.Year != 0 {
		years = []string{strconv.Itoa(f.Year)}
	}
	if all, err = named(all, "month", months, func(a Flow) []string { return []string{a.Month.String()} }); err != nil {
		return nil, err
	}
	return named(all, "year", years, func(a Flow) []string { return []string{strconv.Itoa(a.Month.Year)} })
}

// named returns the flows that have one of the names. Each of the names must be one of some flow.
func named(all []Flow, what string, wanted []string, has func(Flow) []string) ([]Flow, error) {
	if len(wanted) == 0 {
		return all, nil
	}
	found := make([]bool, len(wanted))
	var fit []Flow
	for _, f := range all {
		i := slices.IndexFunc(wanted, func(w string) bool {
			return slices.ContainsFunc(has(f), func(n string) bool { return n != "" && strings.EqualFold(n, w) })
		})
		if i >= 0 {
			found[i] = true
			fit = append(fit, f)
		}
	}
	if i := slices.Index(found, false); i >= 0 {
		var there []string
		for _, f := range all {
			there = append(there, has(f)[0])
		}
		return nil, fmt.Errorf("no figures for %s %q: there are %s", what, wanted[i], list(what, there))
	}
	return fit, nil
}

// list prints the different ones of names; of many, or of more than a few times, the first and the last.
func list(what string, names []string) string {
	slices.Sort(names)
	names = slices.Compact(names)
	switch n := len(names); {
	case n == 0:
		return "none"
	case n > 60, n > 3 && (what == "month" || what == "year"):
		return fmt.Sprintf("%s to %s", names[0], names[n-1])
	}
	return strings.Join(names, "; ")
}

// compare puts oil before gas.
func (s Stream) compare(t Stream) int {
	return cmp.Or(cmp.Compare(t.Commodity, s.Commodity), cmp.Compare(s.Pipeline, t.Pipeline), cmp.Compare(s.Point, t.Point),
		cmp.Compare(s.Name, t.Name), cmp.Compare(s.Direction, t.Direction), cmp.Compare(s.Trade, t.Trade))
}

// Total is the sum of flows of one stream: of a product over months, of all products in a month, or of all over months.
type Total struct {
	Stream
	Product string         `json:"product,omitempty"` // empty for all
	From    Month          `json:"from"`
	To      Month          `json:"to"`
	Months  int            `json:"months"`   // with a figure
	Of      int            `json:"ofMonths"` // from From to To
	Days    int            `json:"days"`     // with a figure
	Volume  quantity.Micro `json:"m3"`
	// Barrels are nil for gas.
	Barrels       *quantity.Micro `json:"barrels,omitempty"`
	BarrelsPerDay *quantity.Micro `json:"barrelsPerDay,omitempty"` // over Days
}

// Totals adds up flows as Flows returns them, where there is more than one to add: for each stream the products of each month, each
// product over the months, and everything.
func Totals(flows []Flow) ([]Total, error) {
	var out []Total
	for len(flows) > 0 {
		n := slices.IndexFunc(flows, func(f Flow) bool { return f.Stream != flows[0].Stream })
		if n < 0 {
			n = len(flows)
		}
		totals, err := streamTotals(flows[:n])
		if err != nil {
			return nil, err
		}
		out, flows = append(out, totals...), flows[n:]
	}
	return out, nil
}

// streamTotals adds up the flows of one stream, which are in the order of months.
func streamTotals(flows []Flow) (out []Total, err error) {
	var months []Month
	var products []string
	for _, f := range flows {
		months, products = append(months, f.Month), append(products, f.Product)
	}
	months = slices.Compact(months)
	slices.Sort(products)
	products = slices.Compact(products)
	add := func(product string, fits func(Flow) bool) {
		if err != nil {
			return
		}
		parts := slices.DeleteFunc(slices.Clone(flows), func(f Flow) bool { return !fits(f) })
		if len(parts) < 2 {
			return
		}
		var t Total
		if t, err = total(product, parts); err == nil {
			out = append(out, t)
		}
	}
	if len(products) > 1 {
		for _, m := range months {
			add("", func(f Flow) bool { return f.Month == m })
		}
	}
	if len(months) > 1 {
		for _, p := range products {
			add(p, func(f Flow) bool { return f.Product == p })
		}
	}
	if len(products) > 1 && len(months) > 1 {
		add("", func(Flow) bool { return true })
	}
	return out, err
}

// total adds up flows of one stream, at least one, in the order of months.
func total(product string, flows []Flow) (Total, error) {
	t := Total{Stream: flows[0].Stream, Product: product, From: flows[0].Month, To: flows[len(flows)-1].Month}
	t.Of = t.To.since(t.From) + 1
	days := map[Month]int{} // that some product has a figure for
	for _, f := range flows {
		var err error
		if t.Volume, err = t.Volume.Add(f.Volume); err != nil {
			return t, fmt.Errorf("total of %s at %s: %w", cmp.Or(product, "all products"), cmp.Or(f.Point, f.Name), err)
		}
		days[f.Month] = max(days[f.Month], f.Days)
	}
	t.Months = len(days)
	for _, n := range days {
		t.Days += n
	}
	var err error
	if t.Commodity == Oil {
		t.Barrels, t.BarrelsPerDay, err = barrels(t.Volume, t.Days)
	}
	return t, err
}
