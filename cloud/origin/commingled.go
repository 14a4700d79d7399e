package origin

import (
	"errors"
	"fmt"
	"time"

	"github.com/gauger/gauger/cloud/lineage/inventory"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Commingled is the question how much of a good drawn from a stock of fungible goods or materials originates: the books of that
// stock as its inventory management method decided them.
type Commingled struct {
	Inventory string           // name of the stock: place, grade and owner
	Basis     quantity.Basis   // of its quantities; zero: one that nobody names
	Books     inventory.Result // as inventory.Run returned it
}

// Split is how a quantity from a commingled stock counts. Originating + NonOriginating is Quantity. What originates is entered with
// the claim, the rest without.
type Split struct {
	Agreement      string           `json:"agreement"`
	Inventory      string           `json:"inventory"`
	Quantity       quantity.Micro   `json:"quantity"`
	Originating    quantity.Micro   `json:"originating"`
	NonOriginating quantity.Micro   `json:"nonOriginating"`
	Policy         inventory.Policy `json:"policy"`
	Reasons        []Reason         `json:"reasons"`
	// Parts are the lots or sources that gave it: every one, in the order of the books.
	Parts      []inventory.Part `json:"parts"`
	Unverified []dated.Note     `json:"unverified,omitempty"`
	Rules      string           `json:"rules"` // SHA-256 of the rule table, in hex
}

// Withdrawal decides about one withdrawal of a stock. It refuses books in which the method or the averaging period changed within
// the fiscal year, whatever they say of themselves, and a withdrawal whose parts do not add up to it.
func (r *Rules) Withdrawal(c Commingled, at inventory.Moment) (Split, error) {
	for i := range c.Books.Withdrawals {
		if w := &c.Books.Withdrawals[i]; w.Compare(at) == 0 {
			return r.split(c, w)
		}
	}
	return Split{}, fmt.Errorf("inventory %s has no withdrawal at %s", c.Inventory, at)
}

// Pool decides about everything that was withdrawn from a stock in a fiscal year.
func (r *Rules) Pool(c Commingled, year inventory.Year) (Split, error) {
	sum := inventory.Withdrawal{}
	found := false
	for _, w := range c.Books.Withdrawals {
		if w.Time.Before(year.First) || !w.Time.Before(year.Next) {
			continue
		}
		if !found {
			sum.Moment, sum.Policy, found = w.Moment, w.Policy, true
		}
		for _, s := range []struct{ into, add *quantity.Micro }{
			{&sum.Quantity, &w.Quantity}, {&sum.Originating, &w.Originating}, {&sum.NonOriginating, &w.NonOriginating},
		} {
			var err error
			if *s.into, err = s.into.Add(*s.add); err != nil {
				return Split{}, fmt.Errorf("inventory %s: %w", c.Inventory, err)
			}
		}
		sum.Parts = append(sum.Parts, w.Parts...)
	}
	if !found {
		return Split{}, fmt.Errorf("inventory %s: nothing was withdrawn in the fiscal year %s", c.Inventory, year)
	}
	return r.split(c, &sum)
}

func (r *Rules) split(c Commingled, w *inventory.Withdrawal) (Split, error) {
	asOf := dated.AsOf{At: w.Time}
	what := fmt.Sprintf("the origin of what left %s under %s", c.Inventory, r.Agreement)
	if err := dated.Reach(what, r.KnownThrough, asOf); err != nil {
		return Split{}, err
	}
	if _, err := r.inForce(asOf); err != nil {
		return Split{}, err
	}
	row, err := r.pick(kindFungible, "", asOf)
	if errors.Is(err, errAbsent) {
		return Split{}, &dated.Unknown{What: what, At: dated.Eastern(w.Time), Reason: "the table has no rule for fungible goods"}
	} else if err != nil {
		return Split{}, err
	}
	if err := adds(w); err != nil {
		return Split{}, fmt.Errorf("inventory %s: withdrawal at %s: %w", c.Inventory, w.Moment, err)
	}
	year, err := c.year(w)
	if err != nil {
		return Split{}, fmt.Errorf("inventory %s: %w", c.Inventory, err)
	}
	s := Split{
		Agreement: r.Agreement, Inventory: c.Inventory, Quantity: w.Quantity, Originating: w.Originating, NonOriginating: w.NonOriginating,
		Policy: w.Policy, Parts: w.Parts, Rules: r.digest(), Unverified: dated.AppendNote(nil, row.Row),
	}
	s.explain(row, w, year, &inquiry{good: Good{Volume: w.Quantity, Basis: c.Basis}})
	return s, nil
}

// explain prints method, ratio and result.
func (s *Split) explain(row rule, w *inventory.Withdrawal, year inventory.YearRecord, q *inquiry) {
	q.out.Agreement = s.Agreement
	q.add(row, Noted, "%s from the inventory %s of fungible %s; which lots left it, its inventory management method says: %s.",
		q.volume(w.Quantity), s.Inventory, w.Policy.Basis, w.Policy)
	q.add(row, Pass, "One method and averaging period decided all %d withdrawals of the fiscal year %s.", year.Withdrawals, year.Year)
	if ratio := w.Ratio; ratio != nil {
		how := "as rounded for the books"
		if ratio.Exact {
			how = "applied as an exact fraction"
		}
		q.add(row, Noted, "Ratio of originating to all: %s / %s = %s, %s, %s.", Grouped(ratio.Originating.String()),
			Grouped(ratio.All.String()), ratio.Applied, how, period(w))
	}
	outcome := Pass
	if w.Originating == 0 {
		outcome = Fail
	}
	q.add(row, outcome, "%s originates, %s of it; %s does not. %s", q.volume(w.Originating), q.percent(w.Originating), q.volume(w.NonOriginating),
		"Of what originates the criterion is that of its receipts.")
	s.Reasons = q.out.Reasons
}

// period says which stock a ratio is of.
func period(w *inventory.Withdrawal) string {
	switch p := w.Policy; {
	case p.Period == inventory.Shipment:
		return "in stock just before the shipment"
	case p.NetCost:
		return "in the same " + string(p.Period)
	default:
		return fmt.Sprintf("in the %s before that of %s", p.Period, w.Time.Format(time.DateOnly))
	}
}

// adds reports parts that do not add up to the withdrawal or to its origins.
func adds(w *inventory.Withdrawal) error {
	var sum [2]quantity.Micro
	for _, p := range w.Parts {
		i := 0
		if p.Origin != inventory.Originating {
			i = 1
		}
		var err error
		if sum[i], err = sum[i].Add(p.Quantity); err != nil {
			return err
		}
	}
	if w.Quantity <= 0 || sum[0] != w.Originating || sum[1] != w.NonOriginating || w.Quantity-w.Originating != w.NonOriginating {
		return fmt.Errorf("parts of %s O and %s N do not make up %s, of which %s originates", sum[0], sum[1], w.Quantity, w.Originating)
	}
	return nil
}

// year returns the record of the fiscal year of a withdrawal, counted again from the withdrawals.
func (c Commingled) year(w *inventory.Withdrawal) (inventory.YearRecord, error) {
	for _, y := range c.Books.Years {
		if w.Time.Before(y.Year.First) || !w.Time.Before(y.Year.Next) {
			continue
		}
		y.Withdrawals = 0
		for _, x := range c.Books.Withdrawals {
			if x.Time.Before(y.Year.First) || !x.Time.Before(y.Year.Next) {
				continue
			}
			have, want := x.Policy, w.Policy
			have.Basis, want.Basis = "", "" // goods and materials of one stock take the same method
			if have != want {
				return y, &inventory.ChangeError{Year: y.Year, Have: w.Policy, Want: x.Policy}
			}
			y.Withdrawals++
		}
		return y, nil
	}
	return inventory.YearRecord{}, fmt.Errorf("the books have no fiscal year for %s", w.Moment)
}
