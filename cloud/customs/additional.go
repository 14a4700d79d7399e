package customs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
)

// Surcharge is the additional duty of chapter 99 with the headings to report, and what has become refundable since.
type Surcharge struct {
	Figure
	Charges  []Charge
	Headings []string
	Refunds  []Refund
	Confirm  []string // headings that apply by a description, for a person to confirm
	// Others tell of each other heading why it does not apply. Headings that were not known then are left out.
	Others []origin.Reason
}

// Charge is what one heading adds.
type Charge struct {
	Heading string
	Amount  Cents
}

// Refund is a duty that was due at the time of entry and was later held unlawful.
type Refund struct {
	Heading  string `cbor:"1,keyasint" json:"heading"`
	Amount   Cents  `cbor:"2,keyasint" json:"amount"`
	Open     bool   `cbor:"3,keyasint,omitempty" json:"open,omitempty"` // a procedure to claim it exists
	Text     string `cbor:"4,keyasint" json:"text"`
	Citation string `cbor:"5,keyasint" json:"citation"`
}

// Additional returns the additional duties in force at the time of entry, as they were known then or are known now (a.Known). It
// tells for each heading why it applies or not. A day on which the table is known to lack a heading is a dated.Unknown, and so are
// goods that it holds no heading for.
func (t *Tables) Additional(g Goods, a dated.AsOf) (Surcharge, error) {
	what := "the additional duty on goods of " + g.Country
	if err := dated.Reach(what, t.rates.Additional.KnownThrough, a); err != nil {
		return Surcharge{}, err
	}
	mode, err := t.mode(g.MOT, a)
	if err != nil {
		return Surcharge{}, err
	}
	x := surcharging{goods: g, conveyance: mode.Conveyance, at: a}
	reached := false
	for _, r := range t.rates.Additional.Rows {
		reached = reached || r.strays(g) == ""
		switch why := r.outside(g, a); {
		case why == "":
			x.inForce = append(x.inForce, r)
		case r.KnownBy(a) && (r.Kind != "gap" || r.from(g)): // a gap is no heading
			x.other(r, why)
		}
	}
	if !reached {
		return x.out, &dated.Unknown{What: what, At: dated.Eastern(a.At), Reason: "the table holds no headings for that origin and line"}
	}
	for _, r := range x.inForce {
		if r.Kind == "gap" {
			return x.out, &dated.Unknown{What: what, At: dated.Eastern(a.At), Reason: r.Scope}
		}
	}
	for _, r := range x.inForce {
		if r.adds() {
			if err := x.apply(r); err != nil {
				return x.out, err
			}
		}
	}
	x.spare()
	return x.out, nil
}

// heading returns the number of chapter 99.
func (r extraRow) heading() string { return cmp.Or(r.Number, r.ID) }

// adds reports whether the heading adds a duty.
func (r extraRow) adds() bool { return r.Kind == "additional" || r.Kind == "in_lieu" }

// from reports whether the row is for goods of that origin.
func (r extraRow) from(g Goods) bool {
	return (slices.Contains(r.Origins, "any") || slices.Contains(r.Origins, g.Country)) && !slices.Contains(r.ExceptOrigins, g.Country)
}

// strays says why the goods are not those of a row, whatever the day, or nothing when they are.
func (r extraRow) strays(g Goods) string {
	covers := func(list []string) bool {
		return slices.ContainsFunc(list, func(prefix string) bool { return prefix == "any" || strings.HasPrefix(g.HTS, prefix) })
	}
	switch {
	case !r.from(g):
		return fmt.Sprintf("it is not for goods of %s", g.Country)
	case !covers(r.HTS) || covers(r.ExceptHTS):
		return fmt.Sprintf("it does not reach line %s", g.HTS)
	case r.Transshipped && !g.Transshipped:
		return "CBP has not found the goods transshipped to evade duties"
	}
	return ""
}

// outside says why a row is not for the goods on the day, or nothing when it is.
func (r extraRow) outside(g Goods, a dated.AsOf) string {
	if why := r.strays(g); why != "" || r.InForce(a) {
		return why
	}
	period := "from " + r.ValidFrom.String()
	if r.ValidTo.Set() {
		period += " to " + r.ValidTo.String()
	}
	return "it is in force " + period
}

// surcharging is the work on additional duties.
type surcharging struct {
	goods      Goods
	conveyance string
	at         dated.AsOf
	inForce    []extraRow // rows that reach the goods
	used       []string   // ids of exemptions that apply
	out        Surcharge
}

// other notes why a row does not apply.
func (x *surcharging) other(r extraRow, why string) {
	x.out.Others = append(x.out.Others, origin.Reason{
		Rule: r.heading(), Citation: r.Citation, Outcome: origin.NotApplicable, Verified: r.Verified,
		Text: fmt.Sprintf("%s (%s) does not apply: %s.", r.heading(), r.Scope, why),
	})
}

// bars says why an exemption does not help the goods, or nothing when it does.
func (x *surcharging) bars(r extraRow) string {
	switch {
	case r.Conveyance != "" && r.Conveyance != x.conveyance:
		return fmt.Sprintf("it is for a %s only, and the goods come by %s", r.Conveyance, x.conveyance)
	case r.LoadedBefore.Set() && x.goods.Loaded.IsZero():
		return fmt.Sprintf("it is for goods loaded before %s, and it is not stated when these were", r.LoadedBefore)
	case r.LoadedBefore.Set() && r.LoadedBefore.Reached(x.goods.Loaded):
		return fmt.Sprintf("it is for goods loaded before %s", r.LoadedBefore)
	case len(r.Claim) > 0 && !slices.Contains(r.Claim, x.goods.SPI):
		return fmt.Sprintf("it needs the claim %s on the line", strings.Join(r.Claim, " or "))
	}
	return ""
}

// apply adds one heading unless another one in force takes the goods out of it.
func (x *surcharging) apply(r extraRow) error {
	for _, e := range x.inForce {
		if !slices.Contains(e.Exempts, r.heading()) && !slices.Contains(e.Replaces, r.heading()) {
			continue
		}
		if bar := x.bars(e); bar != "" {
			x.out.step("Exemption "+e.heading(), e.Row, origin.NotApplicable, "%s (%s) does not help: %s.", e.heading(), e.Scope, bar)
			continue
		}
		if e.adds() {
			x.other(r, fmt.Sprintf("%s is in its place", e.heading()))
			return nil
		}
		x.out.step("Additional duty "+r.heading(), e.Row, origin.Pass, "Exempt from %s under %s: %s.", r.heading(), e.heading(), e.Scope)
		x.report(e)
		return nil
	}
	return x.charge(r)
}

// report names a heading for the line.
func (x *surcharging) report(r extraRow) {
	x.used = append(x.used, r.ID)
	if !slices.Contains(x.out.Headings, r.heading()) {
		x.out.Headings = append(x.out.Headings, r.heading())
	}
}

// charge adds what a heading comes to, and what of it can be claimed back.
func (x *surcharging) charge(r extraRow) error {
	units, err := WholeUnits(x.goods.Quantity)
	if err != nil {
		return fmt.Errorf("additional duty %s: %w", r.heading(), err)
	}
	value := wholeDollars(x.goods.Value)
	amount, err := r.Rate.of(units, value)
	if err != nil {
		return fmt.Errorf("additional duty %s: %w", r.heading(), err)
	}
	x.out.step("Additional duty "+r.heading(), r.Row, origin.Pass, "%s of %s is %s: %s, %s.", r.Rate.text("unit"),
		r.Rate.base(units, "units", value), amount.dollars(), r.Scope, bases[r.Basis])
	x.out.Amount += amount
	x.out.Charges = append(x.out.Charges, Charge{r.heading(), amount})
	x.report(r)
	if r.Described {
		x.out.Confirm = append(x.out.Confirm, r.heading())
	}
	if known := x.at.Known; r.Held.Set() && (known.IsZero() || r.Held.Reached(known)) {
		refund := Refund{Heading: r.heading(), Amount: amount, Citation: r.Citation}
		refund.Open = r.Open.Set() && (known.IsZero() || r.Open.Reached(known))
		refund.Text = fmt.Sprintf("Held unlawful on %s; no procedure to reclaim it is known yet.", r.Held)
		if refund.Open {
			refund.Text = fmt.Sprintf("Held unlawful on %s; to be reclaimed since %s through %s.", r.Held, r.Open, r.Refund)
		}
		x.out.Refunds = append(x.out.Refunds, refund)
	}
	return nil
}

// spare notes the exemptions in force that were not needed or not of use.
func (x *surcharging) spare() {
	for _, r := range x.inForce {
		if r.adds() || slices.Contains(x.used, r.ID) || slices.ContainsFunc(x.out.Reasons, func(s origin.Reason) bool {
			return s.Rule == "Exemption "+r.heading()
		}) {
			continue
		}
		why := x.bars(r)
		if why == "" {
			why = "nothing is left to exempt from"
		}
		x.other(r, why)
	}
}

// season names the duties that are known for such goods and were not in force, in one sentence.
func (t *Tables) season(g Goods, s Surcharge, a dated.AsOf) Figure {
	var names []string
	for _, r := range t.rates.Additional.Rows {
		if r.adds() && r.strays(g) == "" && r.KnownBy(a) && !r.InForce(a) {
			names = append(names, r.heading()+" ("+strings.TrimPrefix(r.outside(g, a), "it is in force ")+")")
		}
	}
	text := "None was in force on such goods at the time of entry."
	if len(names) > 0 {
		text = "Not in force at the time of entry: " + strings.Join(names, ", ") + "."
	}
	if len(names) == 0 && len(s.Headings) > 0 {
		return Figure{}
	}
	return Figure{Reasons: []origin.Reason{{
		Rule: "Additional duties", Citation: "HTSUS chapter 99", Text: text, Outcome: origin.NotApplicable, Verified: dated.Verified,
	}}}
}
