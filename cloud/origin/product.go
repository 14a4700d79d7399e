package origin

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"github.com/gauger/gauger/metrology/quantity"
)

// attempt is one alternative of the product-specific rules being tried.
type attempt struct {
	rows    []rule
	met     bool
	risks   []string
	counsel bool     // a risk is an argument of law
	misses  []string // limits that are missed by so little that they may be met
	barred  string   // why the rule that speaks of blending the good takes a material out
	missing []*Input // materials that miss a change of tariff classification, where that is all that is missed
}

// productRules tries the alternatives in the order of the table; each leaves its reasons. The first that is met without an
// argument of law decides, or else the first that is met.
func (q *inquiry) productRules() bool {
	rows := q.rules.product(q.good.HTS, q.asOf)
	if len(rows) == 0 {
		q.risk("The table has rules for %s, but none in force that day.", q.good.HTS.words())
		return false
	}
	rest := q.where(q.matters)
	var best *attempt
	var misses []string
	barred := ""
	for _, alternative := range alternatives(rows) {
		a := &attempt{rows: alternative, met: true}
		q.try(a, rest)
		if a.met && (best == nil || best.counsel && !a.counsel) {
			best = a
		}
		if q.missing == nil && !a.met {
			q.missing = a.missing
		}
		misses, barred = append(misses, a.misses...), barred+a.barred
	}
	if best != nil && best.counsel && barred != "" {
		q.risk("%s by its own words is met, and would let in by blending what the rule on blending takes out, %s: for a customs lawyer.",
			best.rows[0].Name, barred)
		best = nil
	}
	if best == nil {
		q.out.AtRisk = append(q.out.AtRisk, misses...)
		return false
	}
	for _, r := range best.risks {
		q.risk("%s", r)
	}
	q.out.ForCounsel = best.counsel
	return q.qualify(best.rows[0])
}

// matters reports an input whose origin counts: it does not originate, and no rule disregards it.
func (q *inquiry) matters(in *Input) bool {
	return foreign(in) && !(q.disregarded && q.counted(in))
}

// alternatives puts rows of the same alternative together, in the order in which they first occur. Rows that name none are
// alternatives of their own.
func alternatives(rows []rule) [][]rule {
	var out [][]rule
	for _, row := range rows {
		i := slices.IndexFunc(out, func(a []rule) bool { return row.Alternative != "" && a[0].Alternative == row.Alternative })
		if i < 0 {
			out = append(out, []rule{row})
		} else {
			out[i] = append(out[i], row)
		}
	}
	return out
}

// try tests all rows of an alternative, so that each leaves its reason.
func (q *inquiry) try(a *attempt, rest []*Input) {
	shiftOnly := true
	for _, row := range a.rows {
		met := false
		switch row.Kind {
		case kindShift:
			met = q.shift(a, row, rest)
		case kindFeedstock:
			met = q.feedstock(a, row)
		case kindProcess:
			met = q.process(row)
		case kindBlend:
			met = q.blend(a, row, rest)
		case kindValue:
			met = q.valueContent(row)
		}
		if met && row.Caution != "" {
			a.warn(true, "%s: %s", row.Name, row.Caution)
		}
		a.met = a.met && met
		shiftOnly = shiftOnly && (met || row.Kind == kindShift)
	}
	if !shiftOnly {
		a.missing = nil // de minimis forgives a change that is missed, nothing else
	}
}

func (a *attempt) warn(counsel bool, format string, args ...any) {
	a.risks = append(a.risks, fmt.Sprintf(format, args...))
	a.counsel = a.counsel || counsel
}

// shift tests the change of tariff classification of every non-originating material that is not disregarded.
func (q *inquiry) shift(a *attempt, row rule, rest []*Input) bool {
	var same, excepted []*Input
	n := row.From.digits()
	for _, in := range rest {
		switch {
		case n > 0 && in.HTS.to(n) == q.good.HTS.to(min(n, len(in.HTS))):
			same = append(same, in)
		case row.Except.may(in.HTS):
			excepted = append(excepted, in)
		}
	}
	a.missing = slices.Concat(same, excepted)
	if len(same) > 0 {
		short := ""
		if slices.ContainsFunc(same, func(in *Input) bool { return len(in.HTS) < n }) {
			short = fmt.Sprintf(", or its %s is not stated", row.From)
		}
		q.add(row, Fail, "There is no change from another %s: %s is of the good's own %[1]s%[3]s.", row.From, q.list(same), short)
	}
	if len(excepted) > 0 {
		q.add(row, Fail, "The rule excepts a change from %s, as that of %s may be.", row.Except.or(), q.list(excepted))
	}
	if len(a.missing) > 0 {
		return false
	}
	if row.From == Anything {
		q.add(row, Pass, "A change from any other good, within the subheading too: %s.", q.list(rest))
		return true
	}
	dilution, has := q.rows[kindDilution]
	step, made := q.done(dilution.Processes)
	if !has || made {
		by := ""
		if made {
			by = ", by " + step.Name
		}
		if step.Proof != "" {
			by += " in " + step.place()
		}
		q.add(row, Pass, "There is a change to %s from another %s: %s%s.", q.good.HTS.to(n).words(), row.From, q.list(rest), by)
		return true
	}
	q.add(row, Pass, "On its face there is a change to %s from another %s: %s.", q.good.HTS.to(n).words(), row.From, q.list(rest))
	q.add(dilution, Noted, "Diluting a good with a substance that does not materially alter it gives no origin, so the change of "+
		"%s alone is not relied on.", row.From)
	a.warn(true, "The change of %s of %s: whether blending it in is mere dilution is for a customs lawyer.", row.From, q.list(rest))
	return true
}

// feedstock tests the share of non-originating material of some headings.
func (q *inquiry) feedstock(a *attempt, row rule) bool {
	within := func(in *Input) bool { return q.matters(in) && row.Materials.may(in.HTS) }
	return q.shareOf(a, row, "Non-originating feedstock of "+row.Materials.or(), within)
}

// shareOf tests the share of some inputs against the limit of a row.
func (q *inquiry) shareOf(a *attempt, row rule, what string, within func(*Input) bool) bool {
	var part quantity.Micro
	for _, in := range q.inputs { // cannot overflow: the sum of all inputs does not
		if within(in) {
			part += in.Volume
		}
	}
	if !q.measures(part, row) {
		return false
	}
	fact := fmt.Sprintf("%s makes %s of %s of the good, %s, and the limit is %s %%", what, q.volume(part), q.volume(q.good.Volume),
		q.percent(part), row.Limit)
	over := q.over(part, row)
	if over {
		q.add(row, Fail, "%s: %s too much.", fact, q.excess(part, row.percent()))
	} else {
		q.add(row, Pass, "%s.", fact)
	}
	if text := q.near(row, "non-originating share", part, within); text != "" {
		if over {
			a.misses = append(a.misses, text)
		} else {
			a.warn(false, "%s", text)
		}
	}
	return !over
}

// process tests whether one of the processes of a row was done.
func (q *inquiry) process(row rule) bool {
	step, found := q.done(row.Processes)
	if !found {
		q.add(row, Fail, "None of these processes is stated: %s.", join(row.Processes))
		return false
	}
	q.add(row, Pass, "The good results from %s in %s.", step.Name, step.place())
	return true
}

// blend tests direct blending: what does not originate is of certain headings, without others, and of a limited share.
func (q *inquiry) blend(a *attempt, row rule, rest []*Input) bool {
	step, found := q.done(row.Processes)
	if !found {
		q.add(row, Fail, "%s is not stated: streams combined to a finished product with parameters set beforehand.", sentence(row.Processes[0]))
		return false
	}
	if step.Proof != "" {
		q.add(row, Noted, "The good results from %s in %s.", step.Name, step.place())
	}
	var strange, barred []*Input
	for _, in := range rest {
		if row.Without.may(in.HTS) {
			barred = append(barred, in)
		} else if !row.Materials.has(in.HTS) {
			strange = append(strange, in)
		}
	}
	ok := true
	if len(barred) > 0 {
		q.add(row, Fail, "The non-originating material has a component of %s: %s.", row.Without.or(), q.list(barred))
		ok, a.barred = false, q.list(barred)
	}
	if len(strange) > 0 {
		q.add(row, Fail, "Not all of the non-originating material is of %s: %s.", row.Materials.or(), q.list(strange))
		ok = false
	}
	return q.shareOf(a, row, "Non-originating material", q.matters) && ok
}

// valueContent tests the regional value content: (V - VNM) / V, with V the transaction value or the net cost of the good and VNM
// the value of its non-originating materials, all as given.
func (q *inquiry) valueContent(row rule) bool {
	base, name := q.good.Value, "transaction value"
	if row.Method == NetCost {
		base, name = q.good.NetCost, "net cost"
	}
	vnm, bare := q.worth(q.where(foreign))
	switch {
	case base == nil:
		q.add(row, Fail, "The regional value content goes by the %s of the good, which is not given.", name)
		return false
	case len(bare) > 0:
		q.add(row, Fail, "The regional value content needs the value of all non-originating materials, and it is not given for %s.", q.list(bare))
		return false
	}
	content := new(big.Rat).Sub(micros(*base), vnm)
	content.Quo(content, micros(*base))
	met := content.Cmp(row.percent()) >= 0
	outcome := Pass
	if !met {
		outcome = Fail
	}
	whole := Grouped(base.String())
	q.add(row, outcome, "Regional value content is (%s - %s) / %s = %s %%, by %s; at least %s %% is asked for.", whole, money(vnm), whole,
		new(big.Rat).Mul(content, big.NewRat(100, 1)).FloatString(4), name, row.Limit)
	return met
}

// worth returns the value of some inputs, in units of money, and those of which it is not known.
func (q *inquiry) worth(inputs []*Input) (sum *big.Rat, bare []*Input) {
	var micro big.Int
	for _, in := range inputs {
		if in.Value == nil {
			bare = append(bare, in)
			continue
		}
		micro.Add(&micro, big.NewInt(int64(*in.Value)))
	}
	return new(big.Rat).SetFrac(&micro, big.NewInt(quantity.PerUnit)), bare
}

func micros(m quantity.Micro) *big.Rat { return big.NewRat(int64(m), quantity.PerUnit) }

func money(r *big.Rat) string { return Grouped(trimmed(r.FloatString(6))) }

// deMinimis disregards materials that miss the change of tariff classification where they are worth little.
func (q *inquiry) deMinimis() {
	row, has := q.rows[kindDeMinimis]
	if !has {
		return
	}
	if len(q.missing) == 0 {
		q.add(row, NotApplicable, "It forgives materials that miss a change of tariff classification, and that is not what fails here.")
		return
	}
	chapter, _ := strconv.Atoi(string(q.good.HTS.to(2))) // a tariff number is digits
	if b := row.BarredChapters; len(b) == 2 && chapter >= b[0] && chapter <= b[1] {
		var same []*Input
		for _, in := range q.missing {
			if in.HTS.to(6) == q.good.HTS.to(min(6, len(in.HTS))) {
				same = append(same, in)
			}
		}
		if len(same) > 0 {
			q.add(row, Fail, "The allowance of %s %% of value is tried and barred: in a good of chapter %d it reaches only "+
				"materials of another subheading than %s, and %s is not shown to be of another.", row.Limit, chapter, q.good.HTS.to(6), q.list(same))
			return
		}
	}
	value, bare := q.worth(q.missing)
	if q.good.Value == nil || len(bare) > 0 {
		q.add(row, Fail, "The allowance of %s %% goes by value: give those of the good and of %s.", row.Limit, q.list(q.missing))
		return
	}
	share := new(big.Rat).Quo(value, micros(*q.good.Value))
	fact := fmt.Sprintf("Materials that miss the change are worth %s of %s, %s %%, and the allowance is %s %%", money(value),
		Grouped(q.good.Value.String()), new(big.Rat).Mul(share, big.NewRat(100, 1)).FloatString(4), row.Limit)
	if share.Cmp(row.percent()) > 0 {
		q.add(row, Fail, "%s.", fact)
		return
	}
	q.add(row, Pass, "%s.", fact)
	if row.Caution != "" {
		q.risk("%s: %s", row.Name, row.Caution)
		q.out.ForCounsel = true
	}
	q.qualify(row)
}
