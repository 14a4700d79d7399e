package origin

import (
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// counted reports whether the diluent rule speaks of an input.
func (q *inquiry) counted(in *Input) bool {
	row, has := q.rows[kindDiluent]
	return has && in.Role == Diluent && row.Materials.has(in.HTS)
}

// diluentRule tests all diluent, originating or not, against the limit, which is the literal reading, and prints the
// non-originating part beside it. The divisor is the blended good after shrinkage.
func (q *inquiry) diluentRule() bool {
	row, has := q.rows[kindDiluent]
	if !has {
		return false
	}
	headings := row.Materials.or()
	all, own := q.diluents()
	if all == 0 {
		q.add(row, NotApplicable, "No diluent of heading %s was added, and the rule disregards no other.", headings)
		return false
	}
	if !q.measures(all, row) {
		return false
	}
	rest := q.where(func(in *Input) bool { return foreign(in) && !q.counted(in) })
	over := q.over(all, row)
	q.disregarded = !over && q.good.EaseTransport
	fact := fmt.Sprintf("Diluent of heading %s makes %s of %s of the good, %s, and the limit is %s %%", headings,
		q.volume(all), q.volume(q.good.Volume), q.percent(all), row.Limit)
	switch {
	case over:
		q.add(row, Fail, "%s: %s too much, so its origin counts.", fact, q.excess(all, row.percent()))
	case !q.good.EaseTransport:
		q.add(row, Fail, "%s, but nothing states that it was added to ease transport between the Parties.", fact)
	case len(rest) > 0:
		q.add(row, Fail, "%s, so its origin is disregarded, but what remains is not all shown to originate: %s.", fact, q.list(rest))
	default:
		q.add(row, Pass, "%s, so its origin is disregarded; the other %s of inputs originates.", fact, q.volume(q.total-all))
	}
	q.readings(row, all, own, len(rest) == 0)
	return q.disregarded && len(rest) == 0 && q.qualify(row)
}

// diluents returns the volume that the diluent rule speaks of, and the part of it that does not originate.
func (q *inquiry) diluents() (all, own quantity.Micro) {
	for _, in := range q.inputs { // cannot overflow: the sum of all inputs does not
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
func (q *inquiry) readings(row rule, all, own quantity.Micro, restOriginates bool) {
	over := q.over(all, row)
	differ := over && !q.over(own, row)
	verdict := "the limit gives the same answer whether all diluent is meant or only this part"
	if differ {
		verdict = "the answer would differ if the limit meant this part only"
	}
	q.add(row, Noted, "Of that diluent %s is not shown to originate, %s of the good: %s.", q.volume(own), q.percent(own), verdict)
	if differ && restOriginates && q.good.EaseTransport {
		q.risk("Read literally the limit takes all diluent, %s; of non-originating diluent alone there is %s, which would meet it: "+
			"for a customs lawyer.", q.percent(all), q.percent(own))
	}
	if over && ratio(all, q.total).Cmp(row.percent()) <= 0 {
		q.add(row, Noted, "Of the inputs before shrinkage the diluent makes %s %%, but the rule divides by the good.",
			percentage(all, q.total))
	}
	if whole := q.out.Shares.Diluent; !over && q.over(whole, row) {
		q.risk("With the diluent of other headings the share is %s: whether the limit takes it in is for a customs lawyer.",
			q.percent(whole))
	}
	if text := q.near(row, "diluent share", all, q.counted); text != "" {
		q.risk("%s", text)
	}
}
