package customs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
)

// Goods are the facts that additional duties go by. Country is the country of origin by last substantial transformation, a
// different question from origin under a trade agreement (HTSUS chapter 99, note 2(j)); the two are never merged.
type Goods struct {
	HTS     string
	Country string
	MOT     string
	SPI     string // claimed on the line, or empty: qualifying is not enough
	Value   Cents
}

// Surcharge is the additional duty of chapter 99 with the headings to report, and what has become refundable since.
type Surcharge struct {
	Figure
	Headings []string
	Refunds  []Refund
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
// tells for each heading why it applies or not. Origins that the table does not hold are a dated.Unknown, and so is a day on
// which it is known to lack a heading.
func (t *Tables) Additional(g Goods, a dated.AsOf) (Surcharge, error) {
	what := "the additional duty on goods of " + g.Country
	if err := dated.Reach(what, t.rates.Additional.KnownThrough, a); err != nil {
		return Surcharge{}, err
	}
	mode, err := t.rates.Modes.one("mode of transportation "+g.MOT, a, func(r modeRow) bool { return r.MOT == g.MOT })
	if err != nil {
		return Surcharge{}, err
	}
	var s Surcharge
	rows := slices.DeleteFunc(slices.Clone(t.rates.Additional.Rows), func(r extraRow) bool { return !r.reaches(g) })
	if len(rows) == 0 {
		return s, &dated.Unknown{What: what, At: dated.Eastern(a.At), Reason: "the table holds no headings for that origin and line"}
	}
	inForce := dated.Select(rows, a)
	for _, r := range inForce {
		switch r.Kind {
		case "gap":
			return s, &dated.Unknown{What: what, At: dated.Eastern(a.At), Reason: r.Scope}
		case "additional":
			if err := s.apply(r, g, mode.Name, inForce, a); err != nil {
				return s, err
			}
		}
	}
	s.outside(rows, a)
	return s, nil
}

func (r extraRow) reaches(g Goods) bool {
	return slices.Contains(r.Origins, g.Country) &&
		slices.ContainsFunc(r.HTS, func(prefix string) bool { return strings.HasPrefix(g.HTS, prefix) })
}

// bars says why an exemption does not help the goods, or nothing when it does.
func (r extraRow) bars(g Goods, mode string) string {
	switch {
	case r.Conveyance != "" && r.Conveyance != mode:
		return fmt.Sprintf("it is for a %s only, and the goods come by %s", r.Conveyance, mode)
	case r.Claim != "" && r.Claim != g.SPI:
		return fmt.Sprintf("it needs the claim %s on the line", r.Claim)
	}
	return ""
}

// apply adds one heading unless an exemption in force takes the goods out of it.
func (s *Surcharge) apply(r extraRow, g Goods, mode string, inForce []extraRow, a dated.AsOf) error {
	for _, x := range inForce {
		if !slices.Contains(x.Exempts, r.ID) {
			continue
		}
		if bar := x.bars(g, mode); bar != "" {
			s.step("Exemption "+x.ID, x.Row, origin.NotApplicable, "%s (%s) does not help: %s.", x.ID, x.Scope, bar)
			continue
		}
		s.step("Additional duty "+r.ID, x.Row, origin.Pass, "Exempt from %s under %s: %s.", r.ID, x.ID, x.Scope)
		s.Headings = append(s.Headings, x.ID)
		return nil
	}
	amount, err := g.Value.share(r.Rate.Factor)
	if err != nil {
		return fmt.Errorf("additional duty %s: %w", r.ID, err)
	}
	s.step("Additional duty "+r.ID, r.Row, origin.Pass, "%s of %s is %s: %s.", percentText(r.Rate.Factor), g.Value.dollars(),
		amount.dollars(), r.Scope)
	s.Amount += amount
	s.Headings = append(s.Headings, r.ID)
	if r.Held.Set() && (a.Known.IsZero() || r.Held.Reached(a.Known)) {
		refund := Refund{Heading: r.ID, Amount: amount, Citation: r.Citation, Open: a.Known.IsZero() || r.Open.Reached(a.Known)}
		refund.Text = fmt.Sprintf("Held unlawful on %s; no procedure to reclaim it is known yet.", r.Held)
		if refund.Open {
			refund.Text = fmt.Sprintf("Held unlawful on %s; to be reclaimed since %s through %s.", r.Held, r.Open, r.Refund)
		}
		s.Refunds = append(s.Refunds, refund)
	}
	return nil
}

// outside names the headings that are known for such goods and were not in force, in one sentence.
func (s *Surcharge) outside(rows []extraRow, a dated.AsOf) {
	var names []string
	for _, r := range rows {
		if r.Kind == "additional" && r.KnownBy(a) && !r.InForce(a) {
			period := "from " + r.ValidFrom.String()
			if r.ValidTo.Set() {
				period += " to " + r.ValidTo.String()
			}
			names = append(names, fmt.Sprintf("%s (%s)", r.ID, period))
		}
	}
	text := "None was in force on such goods at the time of entry."
	if len(names) > 0 {
		text = "Not in force at the time of entry: " + strings.Join(names, ", ") + "."
	}
	if len(names) > 0 || len(s.Headings) == 0 {
		s.Reasons = append(s.Reasons, origin.Reason{
			Rule: "Additional duties", Citation: "HTSUS chapter 99", Text: text, Outcome: origin.NotApplicable,
			Verified: dated.Verified,
		})
	}
}
