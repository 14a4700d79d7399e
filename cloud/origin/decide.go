package origin

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// inquiry is one decision being taken.
type inquiry struct {
	good  Good
	rows  map[string]rule
	total quantity.Micro // all inputs
	out   Decision

	disregarded bool    // the diluent rule takes the diluent out, whatever else remains
	missing     []Input // materials that miss the change of heading
}

// Decide applies the rules in force at a moment to a good. It tries, in this order: transit, wholly obtained (A), exclusively
// from originating materials (C), chemical reaction, the diluent rule (B), the change of heading, de minimis; each step leaves
// its reason. It returns a NoRuleError for a heading or agreement that the table does not hold, a dated.Unknown outside the time
// that it knows, and an error for facts that contradict each other. What the table holds is what is known: its known_from and
// known_to are not asked.
func Decide(rules *Rules, good Good, at time.Time) (Decision, error) {
	asOf := dated.AsOf{At: at}
	if good.Agreement != rules.Agreement || !rules.covers(good.Heading) {
		return Decision{}, &NoRuleError{Agreement: good.Agreement, Heading: good.Heading}
	}
	if err := dated.Reach("the origin of "+good.Name+" under "+rules.Agreement, rules.KnownThrough, asOf); err != nil {
		return Decision{}, err
	}
	q := &inquiry{good: good, rows: map[string]rule{}}
	for _, kind := range slices.Sorted(maps.Keys(needs)) {
		row, err := rules.pick(kind, good.Heading, asOf)
		if err != nil {
			return Decision{}, err
		}
		q.rows[kind] = row
	}
	if err := good.Valid(rules.Parties); err != nil {
		return Decision{}, err
	}
	q.out = Decision{Agreement: rules.Agreement, At: dated.Eastern(at), Rules: rules.digest(), Rule: "no rule of origin is met"}
	if err := q.sum(); err != nil {
		return Decision{}, err
	}
	q.decide()
	return q.out, nil
}

// sum takes the totals. Volume of the good that no input accounts for becomes an input of its own, of unproven origin; one
// micro-unit for each input is left to rounding.
func (q *inquiry) sum() error {
	var err error
	if q.total, err = sumOf(q.good.Inputs); err != nil {
		return fmt.Errorf("good %q: %w", q.good.Name, err)
	}
	if gap := q.good.Volume - q.total; gap > quantity.Micro(len(q.good.Inputs)) {
		q.good.Inputs = append(slices.Clone(q.good.Inputs), Input{
			Source: "unaccounted", Name: "volume that no input accounts for", Heading: q.good.Heading, Country: "unknown",
			Volume: gap, Role: Heavy, Originating: Unproven,
		})
		q.total = q.good.Volume
	}
	diluent, err := sumOf(q.where(func(in Input) bool { return in.Role == Diluent }))
	if err != nil {
		return err
	}
	foreign, err := sumOf(q.where(foreign))
	if err != nil {
		return err
	}
	q.out.Shares = Shares{
		Diluent: diluent, DiluentPercent: percentage(diluent, q.good.Volume),
		NonOriginating: foreign, NonOriginatingPercent: percentage(foreign, q.good.Volume),
		Good: q.good.Volume,
	}
	return nil
}

func sumOf(inputs []Input) (quantity.Micro, error) {
	var total quantity.Micro
	for _, in := range inputs {
		var err error
		if total, err = total.Add(in.Volume); err != nil {
			return 0, fmt.Errorf("sum of inputs: %w", err)
		}
	}
	return total, nil
}

// where returns the inputs that fit.
func (q *inquiry) where(fits func(Input) bool) []Input {
	var found []Input
	for _, in := range q.good.Inputs {
		if fits(in) {
			found = append(found, in)
		}
	}
	return found
}

// foreign reports an input that does not originate, or is not proven to.
func foreign(in Input) bool { return in.Originating != Originating }

// add records a step. A step that bears on the answer and rests on an unverified row leaves a note about it.
func (q *inquiry) add(kind string, outcome Outcome, format string, args ...any) {
	row := q.rows[kind]
	q.out.Reasons = append(q.out.Reasons, Reason{
		Rule: row.Name, Citation: row.Citation, Text: fmt.Sprintf(format, args...), Outcome: outcome, Verified: row.Verified,
	})
	if outcome != NotApplicable {
		q.out.Unverified = dated.AppendNote(q.out.Unverified, row.Row)
	}
}

// risk adds something that a person has to weigh.
func (q *inquiry) risk(format string, args ...any) {
	q.out.AtRisk = append(q.out.AtRisk, fmt.Sprintf(format, args...))
}

// qualify closes the inquiry with a yes under the row of a kind.
func (q *inquiry) qualify(kind string) bool {
	row := q.rows[kind]
	q.out.Qualifies, q.out.Criterion = true, row.Criterion
	q.out.Rule = row.Name + ", " + row.Citation
	return true
}

// decide runs the steps until one settles the matter.
func (q *inquiry) decide() {
	q.noteUnproven()
	q.noteHeadings()
	if q.transitBreaks() || q.whollyObtained() || q.originatingMaterials() {
		return
	}
	q.add(kindReaction, NotApplicable, "Blending makes no new molecule, and no reaction step is claimed.")
	if q.diluentRule() || q.changeOfHeading() {
		return
	}
	q.deMinimis()
}

func (q *inquiry) noteUnproven() {
	unproven := q.where(func(in Input) bool { return in.Originating == Unproven })
	if len(unproven) == 0 {
		return
	}
	q.out.Reasons = append(q.out.Reasons, Reason{
		Rule: "Unproven inputs", Citation: "convention of this program: origin is shown, never presumed", Outcome: Noted,
		Text:     fmt.Sprintf("Nothing proves the origin of %s, so it is treated as non-originating.", q.list(unproven)),
		Verified: dated.Verified,
	})
}

func (q *inquiry) noteHeadings() {
	diluents := q.where(func(in Input) bool { return in.Role == Diluent })
	if len(diluents) == 0 {
		return
	}
	q.add(kindDiluentHeading, Noted, "The heading of a diluent is a fact to prove (field condensate is 2709, processed condensate "+
		"and naphtha 2710.12); it is taken as stated for %s.", q.list(diluents))
	bare := q.where(func(in Input) bool { return in.Role == Diluent && in.Proof == "" })
	if len(bare) > 0 {
		q.risk("Nothing at hand proves the heading of the diluent: %s.", q.list(bare))
	}
}

func (q *inquiry) transitBreaks() bool {
	if len(q.good.OutsideParties) == 0 {
		q.add(kindTransit, Noted, "The good is stated to have left the Parties nowhere on its way.")
		return false
	}
	route := join(q.good.OutsideParties)
	q.add(kindTransit, Fail, "After production the good passed through %s, and nothing shows that it stayed under customs control "+
		"and underwent no more than unloading, reloading and the like there.", route)
	q.risk("Transit through %s: with proof of customs control there the other rules could still be tried.", route)
	return true
}

func (q *inquiry) whollyObtained() bool {
	blockers := q.where(func(in Input) bool { return foreign(in) || !in.WhollyObtained })
	if len(blockers) > 0 {
		q.add(kindWhollyObtained, Fail, "Not everything is shown to have been extracted in the Parties: %s.", q.list(blockers))
		return false
	}
	q.add(kindWhollyObtained, Pass, "All %s of inputs were extracted in %s.", q.volume(q.total), join(q.countries()))
	return q.qualify(kindWhollyObtained)
}

func (q *inquiry) countries() []string {
	var found []string
	for _, in := range q.good.Inputs {
		if !slices.Contains(found, in.Country) {
			found = append(found, in.Country)
		}
	}
	return found
}

func (q *inquiry) originatingMaterials() bool {
	if foreign := q.out.Shares.NonOriginating; foreign > 0 {
		q.add(kindMaterials, Fail, "%s of the %s of inputs is not shown to originate.", q.volume(foreign), q.volume(q.total))
		return false
	}
	q.add(kindMaterials, Pass, "All %s of inputs originate, some of them by a rule for their own product.", q.volume(q.total))
	return q.qualify(kindMaterials)
}

// changeOfHeading tests what the diluent rule left over. Even when every material changes its heading the answer stays open,
// because mere dilution gives no origin.
func (q *inquiry) changeOfHeading() bool {
	rest := q.where(func(in Input) bool { return foreign(in) && !(q.disregarded && q.counted(in)) })
	for _, in := range rest {
		if in.Heading == q.good.Heading {
			q.missing = append(q.missing, in)
		}
	}
	if len(q.missing) > 0 {
		q.add(kindShift, Fail, "There is no change from another heading: %s is of the good's own heading.", q.list(q.missing))
		return false
	}
	q.add(kindShift, Noted, "On its face there is a change to heading %s from another heading: %s.", q.good.Heading, q.list(rest))
	q.add(kindDilution, Fail, "Diluting crude with a substance that does not materially alter it gives no origin, so the change of "+
		"heading alone is not relied on.")
	q.add(kindDeMinimis, NotApplicable, "No material misses the change of heading.")
	q.risk("The change of heading of %s: whether blending it in is mere dilution is for a customs lawyer.", q.list(rest))
	return true
}

func (q *inquiry) deMinimis() {
	row := q.rows[kindDeMinimis]
	chapter := int(q.good.Heading[0]-'0')*10 + int(q.good.Heading[1]-'0')
	if chapter < row.BarredChapters[0] || chapter > row.BarredChapters[1] {
		q.add(kindDeMinimis, Fail, "The allowance of %s %% goes by value, and no values are given for %s.", row.Limit,
			q.list(q.missing))
		return
	}
	q.add(kindDeMinimis, Fail, "The allowance of %s %% of value is tried and barred: in a good of chapter %d it reaches only "+
		"materials of another subheading than %s, and %s is of the same heading.", row.Limit, chapter, q.good.Subheading,
		q.list(q.missing))
}

// counted reports whether the diluent rule speaks of an input.
func (q *inquiry) counted(in Input) bool {
	return in.Role == Diluent && slices.Contains(q.rows[kindDiluent].DiluentHeadings, in.Heading)
}

// diluentRule tests all diluent, originating or not, against the limit, which is the literal reading, and prints the
// non-originating part beside it. The divisor is the blended good after shrinkage.
func (q *inquiry) diluentRule() bool {
	row, limit := q.rows[kindDiluent], q.rows[kindDiluent].percent()
	headings := strings.Join(row.DiluentHeadings, " or ")
	all, own := q.diluents()
	if all == 0 {
		q.add(kindDiluent, NotApplicable, "No diluent of heading %s was added, and the rule disregards no other.", headings)
		return false
	}
	rest := q.where(func(in Input) bool { return foreign(in) && !q.counted(in) })
	over := ratio(all, q.good.Volume).Cmp(limit) > 0
	q.disregarded = !over && q.good.EaseTransport
	fact := fmt.Sprintf("Diluent of heading %s makes %s of %s of the good, %s, and the limit is %s %%", headings,
		q.volume(all), q.volume(q.good.Volume), q.percent(all), row.Limit)
	switch {
	case over:
		q.add(kindDiluent, Fail, "%s: %s too much, so its origin counts.", fact, q.excess(all, limit))
	case !q.good.EaseTransport:
		q.add(kindDiluent, Fail, "%s, but nothing states that it was added to ease transport between the Parties.", fact)
	case len(rest) > 0:
		q.add(kindDiluent, Fail, "%s, so its origin is disregarded, but what remains is not all shown to originate: %s.", fact, q.list(rest))
	default:
		q.add(kindDiluent, Pass, "%s, so its origin is disregarded; the other %s of inputs originates.", fact, q.volume(q.total-all))
	}
	q.readings(all, own, limit, len(rest) == 0)
	return q.disregarded && len(rest) == 0 && q.qualify(kindDiluent)
}

// diluents returns the volume that the diluent rule speaks of, and the part of it that does not originate.
func (q *inquiry) diluents() (all, own quantity.Micro) {
	for _, in := range q.good.Inputs { // cannot overflow: the sum of all inputs does not
		if q.counted(in) {
			all += in.Volume
			if foreign(in) {
				own += in.Volume
			}
		}
	}
	return all, own
}

// readings prints the other ways to take the share, and marks the answer where they would change it or come too near.
func (q *inquiry) readings(all, own quantity.Micro, limit *big.Rat, restOriginates bool) {
	share := ratio(all, q.good.Volume)
	over := share.Cmp(limit) > 0
	differ := over && ratio(own, q.good.Volume).Cmp(limit) <= 0
	verdict := "the limit gives the same answer whether all diluent is meant or only this part"
	if differ {
		verdict = "the answer would differ if the limit meant this part only"
	}
	q.add(kindDiluent, Noted, "Of that diluent %s is not shown to originate, %s of the good: %s.", q.volume(own), q.percent(own), verdict)
	if differ && restOriginates && q.good.EaseTransport {
		q.risk("Read literally the limit takes all diluent, %s; of non-originating diluent alone there is %s, which would meet it: "+
			"for a customs lawyer.", q.percent(all), q.percent(own))
	}
	if over && ratio(all, q.total).Cmp(limit) <= 0 {
		q.add(kindDiluent, Noted, "Of the inputs before shrinkage the diluent makes %s %%, but the rule divides by the good.",
			percentage(all, q.total))
	}
	if whole := q.out.Shares.Diluent; !over && ratio(whole, q.good.Volume).Cmp(limit) > 0 {
		q.risk("With the diluent of other headings the share is %s: whether the limit takes it in is for a customs lawyer.",
			q.percent(whole))
	}
	near := new(big.Rat).Sub(share, limit)
	if near.Abs(near).Cmp(q.rows[kindNear].percent()) <= 0 {
		q.add(kindNear, Noted, "The share of %s lies within %s points of the limit, about as near as measurement can tell.",
			q.percent(all), q.rows[kindNear].Limit)
		q.risk("The diluent share of %s is too near the limit to rely on without a look at the measurements.", q.percent(all))
	}
}
