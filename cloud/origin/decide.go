package origin

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// inquiry is one decision being taken.
type inquiry struct {
	rules   *Rules
	asOf    dated.AsOf
	good    Good
	parties []string
	inputs  []*Input
	total   quantity.Micro // all inputs
	rows    map[string]rule
	out     Decision

	disregarded bool     // the diluent rule takes the diluent out, whatever else remains
	missing     []*Input // materials that miss a change of tariff classification, the first that was tried
	untested    error    // why a limit could not be tested on amounts of their dimension, the first that could not
}

// Decide applies the rules in force at a moment to a good. It tries, in this order: transit, wholly obtained (A), exclusively
// from originating materials (C), chemical reaction, the diluent rule, the product-specific rules, de minimis (B); each step leaves
// its reason. It returns a NoRuleError for a good or agreement that the table does not hold, a NotInForceError or dated.Unknown
// outside its time, and an error for facts that contradict each other, or where the answer hangs on a limit by volume and the facts are
// energy. What the table holds is what is known: its known_from and
// known_to are not asked.
func Decide(rules *Rules, good Good, at time.Time) (Decision, error) {
	asOf := dated.AsOf{At: at}
	if good.Agreement != rules.Agreement || !rules.covers(good.HTS) {
		return Decision{}, &NoRuleError{Agreement: good.Agreement, Table: rules.Agreement, Good: good.HTS}
	}
	if err := dated.Reach("the origin of "+good.Name+" under "+rules.Agreement, rules.KnownThrough, asOf); err != nil {
		return Decision{}, err
	}
	force, err := rules.inForce(asOf)
	if err != nil {
		return Decision{}, err
	}
	q := &inquiry{rules: rules, asOf: asOf, good: good, rows: map[string]rule{}}
	q.out = Decision{
		Agreement: rules.Agreement, At: dated.Eastern(at), Rules: rules.digest(), Rule: "no rule of origin is met",
		Unverified: dated.AppendNote(nil, force.Row),
	}
	if err := q.load(); err != nil {
		return Decision{}, err
	}
	if err := good.valid(q.parties, rules.Processes); err != nil {
		return Decision{}, err
	}
	if err := q.sum(); err != nil {
		return Decision{}, err
	}
	q.decide()
	if q.untested != nil && !q.out.Qualifies {
		return Decision{}, q.untested
	}
	return q.out, nil
}

// load takes the rows that apply, one of each kind; some kinds an agreement may do without.
func (q *inquiry) load() error {
	for _, k := range []struct {
		kind string
		must bool
	}{
		{kindTransit, true}, {kindWhollyObtained, true}, {kindMaterials, true}, {kindReaction, false}, {kindDiluent, false},
		{kindDiluentHeading, false}, {kindDilution, false}, {kindDeMinimis, false},
	} {
		row, err := q.rules.pick(k.kind, q.good.HTS, q.asOf)
		switch {
		case err == nil:
			q.rows[k.kind] = row
		case !errors.Is(err, errAbsent):
			return err
		case k.must:
			return &dated.Unknown{
				What: fmt.Sprintf("the %s rule %q for %s", q.rules.Agreement, k.kind, q.good.HTS.words()), At: q.out.At,
				Reason: "no row of the table is in force",
			}
		}
	}
	var rows []rule
	if q.parties, rows = q.rules.parties(q.asOf); len(q.parties) == 0 {
		return &dated.Unknown{What: "the Parties to " + q.rules.Agreement, At: q.out.At, Reason: "no row of the table is in force"}
	}
	for _, row := range rows {
		if slices.ContainsFunc(row.Countries, q.concerned) {
			q.out.Unverified = dated.AppendNote(q.out.Unverified, row.Row)
		}
	}
	return nil
}

// concerned reports a country in which something of the good was made or done.
func (q *inquiry) concerned(country string) bool {
	return slices.ContainsFunc(q.good.Inputs, func(in Input) bool { return in.Country == country }) ||
		slices.ContainsFunc(q.good.Processes, func(p Process) bool { return p.Country == country })
}

// sum takes the totals. What of the good no input accounts for becomes an input of its own, of unproven origin; one
// micro-unit for each input is left to rounding, and where all inputs originate a refining process or reaction may make more of them.
func (q *inquiry) sum() (err error) {
	for i := range q.good.Inputs {
		q.inputs = append(q.inputs, &q.good.Inputs[i])
	}
	if q.total, err = sumOf(q.inputs); err != nil {
		return fmt.Errorf("good %q: %w", q.good.Name, err)
	}
	if len(q.inputs) == 0 {
		if !q.extracted() {
			return fmt.Errorf("good %q has no inputs: say what it was made of, or that it was extracted and in which country", q.good.Name)
		}
		return nil
	}
	if gap := q.good.Volume - q.total; gap > quantity.Micro(len(q.inputs)) && !(q.grows() && len(q.where(foreign)) == 0) {
		q.inputs = append(q.inputs, &Input{
			Source: "unaccounted", Name: string(q.good.dimension()) + " that no input accounts for", HTS: q.good.HTS, Country: "unknown",
			Volume: gap, Role: Material, Originating: Unproven,
		})
		q.total = q.good.Volume
	}
	diluent, err := sumOf(q.where(func(in *Input) bool { return in.Role == Diluent }))
	if err != nil {
		return err
	}
	alien, err := sumOf(q.where(foreign))
	if err != nil {
		return err
	}
	q.out.Shares = Shares{
		Diluent: diluent, DiluentPercent: percentage(diluent, q.good.Volume),
		NonOriginating: alien, NonOriginatingPercent: percentage(alien, q.good.Volume),
		Good: q.good.Volume,
	}
	return nil
}

func sumOf(inputs []*Input) (quantity.Micro, error) {
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
func (q *inquiry) where(fits func(*Input) bool) []*Input {
	var found []*Input
	for _, in := range q.inputs {
		if fits(in) {
			found = append(found, in)
		}
	}
	return found
}

// foreign reports an input that does not originate, or is not proven to.
func foreign(in *Input) bool { return in.Originating != Originating }

// done returns the first of some processes that was done to make the good.
func (q *inquiry) done(names []string) (Process, bool) {
	i := slices.IndexFunc(q.good.Processes, func(p Process) bool { return slices.Contains(names, p.Name) })
	if i < 0 {
		return Process{}, false
	}
	return q.good.Processes[i], true
}

// outside reports a process that was done outside the Parties.
func (q *inquiry) outside(p Process) bool {
	return p.Country != "" && !slices.Contains(q.parties, p.Country)
}

// place says where a process was done, and what says so.
func (p Process) place() string {
	where := p.Country
	if where == "" {
		where = "the Parties, as is stated"
	}
	if p.Proof != "" {
		where += " (" + p.Proof + ")"
	}
	return where
}

// extracted reports a good that was taken out of the ground as it is.
func (q *inquiry) extracted() bool {
	_, found := q.done(q.rows[kindWhollyObtained].Processes)
	return found
}

// grows reports a process that can make more volume of less: anything but extraction, blending and dissolving. Nothing makes more mass
// or energy.
func (q *inquiry) grows() bool {
	if q.good.dimension() != quantity.Volume {
		return false
	}
	still := slices.Clone(q.rows[kindWhollyObtained].Processes)
	still = append(still, q.rows[kindReaction].NotProcesses...)
	for _, row := range q.rules.rows {
		if row.Kind == kindBlend {
			still = append(still, row.Processes...)
		}
	}
	making := slices.DeleteFunc(slices.Clone(q.rules.Processes), func(name string) bool { return slices.Contains(still, name) })
	_, found := q.done(making)
	return found
}

// add records a step. A step that bears on the answer and rests on an unverified row leaves a note about it.
func (q *inquiry) add(row rule, outcome Outcome, format string, args ...any) {
	reason := Reason{
		Rule: row.Name, Citation: row.Citation, Text: fmt.Sprintf(format, args...), Outcome: outcome, Verified: row.Verified,
	}
	if row.Limit.Valid() {
		reason.Limit = row.Limit.String() + " %"
	}
	q.out.Reasons = append(q.out.Reasons, reason)
	if outcome != NotApplicable {
		q.out.Unverified = dated.AppendNote(q.out.Unverified, row.Row)
	}
}

// risk adds something that a person has to weigh.
func (q *inquiry) risk(format string, args ...any) {
	q.out.AtRisk = append(q.out.AtRisk, fmt.Sprintf(format, args...))
}

// qualify closes the inquiry with a yes under a row.
func (q *inquiry) qualify(row rule) bool {
	q.out.Qualifies, q.out.Criterion = true, row.Criterion
	q.out.Rule = row.Name + ", " + row.Citation
	return true
}

// decide runs the steps until one settles the matter.
func (q *inquiry) decide() {
	q.noteUnproven()
	q.noteGrowth()
	q.noteHeadings()
	if q.transitBreaks() || q.workedOutside() || q.whollyObtained() || len(q.inputs) == 0 || q.originatingMaterials() {
		return
	}
	if q.reaction() || q.diluentRule() || q.productRules() {
		return
	}
	q.deMinimis()
}

func (q *inquiry) noteUnproven() {
	unproven := q.where(func(in *Input) bool { return in.Originating == Unproven })
	if len(unproven) == 0 {
		return
	}
	q.out.Reasons = append(q.out.Reasons, Reason{
		Rule: "Unproven inputs", Citation: "convention of this program: origin is shown, never presumed", Outcome: Noted,
		Text:     fmt.Sprintf("Nothing proves the origin of %s, so it is treated as non-originating.", q.list(unproven)),
		Verified: dated.Verified,
	})
}

// noteGrowth says that the good is more than its inputs, where a process accounts for that.
func (q *inquiry) noteGrowth() {
	if grown := q.good.Volume - q.total; len(q.inputs) > 0 && grown > quantity.Micro(len(q.inputs)) {
		q.out.Reasons = append(q.out.Reasons, Reason{
			Rule: "Growth", Citation: "convention of this program: mass is conserved, volume is not", Outcome: Noted, Verified: dated.Verified,
			Text: fmt.Sprintf("The good has %s more than its inputs, all of which originate; the processes stated are taken to account for it.", q.volume(grown)),
		})
	}
}

func (q *inquiry) noteHeadings() {
	row, has := q.rows[kindDiluentHeading]
	diluents := q.where(func(in *Input) bool { return in.Role == Diluent })
	if len(diluents) == 0 || !has {
		return
	}
	q.add(row, Noted, "The heading of a diluent is a fact to prove (field condensate is 2709, processed condensate "+
		"and naphtha 2710.12); it is taken as stated for %s.", q.list(diluents))
	bare := q.where(func(in *Input) bool { return in.Role == Diluent && in.Proof == "" })
	if len(bare) > 0 {
		q.risk("Nothing at hand proves the heading of the diluent: %s.", q.list(bare))
	}
}

func (q *inquiry) transitBreaks() bool {
	row := q.rows[kindTransit]
	if len(q.good.OutsideParties) == 0 {
		q.add(row, Noted, "The good is stated to have left the Parties nowhere on its way.")
		return false
	}
	route := join(q.good.OutsideParties)
	q.add(row, Fail, "After production the good passed through %s, and nothing shows that it stayed under customs control "+
		"and underwent no more than unloading, reloading and the like there.", route)
	q.risk("Transit through %s: with proof of customs control there the other rules could still be tried.", route)
	return true
}

// workedOutside reports production outside the Parties: a good is produced entirely in them, from whatever, and what is worked on
// elsewhere afterwards originates no more. Extraction is not meant: it is where a material comes from.
func (q *inquiry) workedOutside() bool {
	row, extraction := q.rows[kindTransit], q.rows[kindWhollyObtained].Processes
	for _, step := range q.good.Processes {
		if q.outside(step) && !slices.Contains(extraction, step.Name) {
			q.add(row, Fail, "%s was done in %s, outside the Parties, and a good that originates is produced entirely in them. If a material "+
				"came of it and not the good, ask again with that as an input.", sentence(step.Name), step.Country)
			return true
		}
	}
	return false
}

func (q *inquiry) whollyObtained() bool {
	row := q.rows[kindWhollyObtained]
	if len(q.inputs) == 0 {
		return q.asExtracted(row)
	}
	blockers := q.where(func(in *Input) bool { return foreign(in) || !in.WhollyObtained })
	if len(blockers) > 0 {
		q.add(row, Fail, "Not everything is shown to have been extracted in the Parties: %s.", q.list(blockers))
		return false
	}
	q.add(row, Pass, "All %s of inputs were extracted in %s.", q.volume(q.total), join(q.countries()))
	return q.qualify(row)
}

// asExtracted decides about a good without inputs: it came out of the ground as it is.
func (q *inquiry) asExtracted(row rule) bool {
	step, _ := q.done(row.Processes)
	switch {
	case !row.Materials.has(q.good.HTS):
		q.add(row, Fail, "Goods of %s are not extracted: say what they were made of.", q.good.HTS.words())
	case step.Country == "":
		q.add(row, Fail, "Extraction is stated, but not in which country.")
	case q.outside(step):
		q.add(row, Fail, "The good was extracted in %s, which is none of the Parties %s.", step.Country, join(q.parties))
	default:
		q.add(row, Pass, "All %s were extracted in %s.", q.volume(q.good.Volume), step.Country)
		return q.qualify(row)
	}
	return false
}

func (q *inquiry) countries() []string {
	var found []string
	for _, in := range q.inputs {
		if !slices.Contains(found, in.Country) {
			found = append(found, in.Country)
		}
	}
	return found
}

func (q *inquiry) originatingMaterials() bool {
	row := q.rows[kindMaterials]
	if foreign := q.out.Shares.NonOriginating; foreign > 0 {
		q.add(row, Fail, "%s of the %s of inputs is not shown to originate.", q.volume(foreign), q.volume(q.total))
		return false
	}
	q.add(row, Pass, "All %s of inputs originate, some of them by a rule for their own product.", q.volume(q.total))
	return q.qualify(row)
}

// reaction tests whether the good is made by a chemical reaction in the Parties, which makes it originate whatever it is made of.
func (q *inquiry) reaction() bool {
	row, has := q.rows[kindReaction]
	if !has {
		return false
	}
	if step, found := q.done(row.Processes); found {
		q.add(row, Pass, "The good results from a chemical reaction in %s.", step.place())
		return q.qualify(row)
	}
	if step, found := q.done(row.NotProcesses); found {
		q.add(row, Fail, "%s is none: it makes no new molecule.", sentence(step.Name))
		return false
	}
	if len(q.good.Processes) > 0 {
		q.add(row, NotApplicable, "No reaction step is claimed.")
		return false
	}
	q.add(row, NotApplicable, "Blending makes no new molecule, and no reaction step is claimed.")
	return false
}

// sentence begins a text with a capital letter.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
