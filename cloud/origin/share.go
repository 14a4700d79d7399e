package origin

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// over reports whether a volume is more than the limit of a row allows, exactly. "Not more than 40 %" lets 40 % pass.
func (q *inquiry) over(part quantity.Micro, row rule) bool {
	return ratio(part, q.good.Volume).Cmp(row.percent()) > 0
}

// measures reports whether the share of some amount in the good can be held against the limit of a row, which is by volume unless the row
// says otherwise. All or nothing is all or nothing by any measure; for the rest the facts must be of the row's.
func (q *inquiry) measures(part quantity.Micro, row rule) bool {
	have, want := q.good.dimension(), row.by()
	if have == want || part == 0 || part == q.total {
		return true
	}
	if q.untested == nil {
		q.untested = fmt.Errorf("good %q is stated by %s, in %s, and %s (%s) limits a share by %s: state the good and all inputs by %[6]s", q.good.Name,
			have, q.good.Basis, row.Name, row.Citation, want)
	}
	q.add(row, NotApplicable, "The limit is by %s, and the good is stated by %s: the share of %s cannot be tested.", want, have, q.volume(part))
	return false
}

// near says that a share is too near the limit of a row to tell on which side it is, or "". Where the inputs state their
// uncertainties, the expanded uncertainty of the share decides; where one does not, so does the band of the table as well.
func (q *inquiry) near(row rule, what string, part quantity.Micro, in func(*Input) bool) string {
	distance := new(big.Rat).Sub(ratio(part, q.good.Volume), row.percent())
	squared, all := q.uncertainty(part, in)
	if squared.Sign() > 0 && new(big.Rat).Mul(distance, distance).Cmp(squared) <= 0 {
		points := rootPoints(squared)
		q.add(row, Noted, "The share of %s is known to %s points (k = 2), which spans the limit.", q.percent(part), points)
		return fmt.Sprintf("The %s of %s lies within its uncertainty of %s points (k = 2) of the limit of %s %%: the measurements cannot tell "+
			"on which side it is.", what, q.percent(part), points, row.Limit)
	}
	if all {
		return ""
	}
	for _, band := range q.rules.rows {
		if band.Kind != kindNear || !slices.Contains(band.Of, row.ID) || !band.InForce(q.asOf) {
			continue
		}
		if new(big.Rat).Abs(distance).Cmp(band.percent()) <= 0 {
			q.add(band, Noted, "The share of %s lies within %s points of the limit, about as near as measurement can tell.",
				q.percent(part), band.Limit)
			return fmt.Sprintf("The %s of %s is too near the limit to rely on without a look at the measurements.", what, q.percent(part))
		}
	}
	return ""
}

// uncertainty returns the square of the expanded uncertainty (k = 2) of the share of some inputs, part, in the good, as a fraction
// of one, and whether every input states its own. The volumes are taken as measured independently; the part lies within the whole:
//
//	U^2 = ((G - P)^2 U_P^2 + P^2 U_R^2) / G^4
//
// with G the good, P the part, and U_P, U_R the expanded uncertainties of the part and of the rest.
func (q *inquiry) uncertainty(part quantity.Micro, in func(*Input) bool) (squared *big.Rat, all bool) {
	var own, rest, one big.Int
	all = true
	for _, x := range q.inputs {
		if x.Uncertainty == 0 {
			all = false
			continue
		}
		one.Mul(big.NewInt(int64(x.Volume)), big.NewInt(int64(x.Uncertainty)))
		one.Mul(&one, &one)
		if in(x) {
			own.Add(&own, &one)
		} else {
			rest.Add(&rest, &one)
		}
	}
	g, p := big.NewInt(int64(q.good.Volume)), big.NewInt(int64(part))
	other := new(big.Int).Sub(g, p)
	own.Mul(&own, other.Mul(other, other))
	rest.Mul(&rest, p.Mul(p, p))
	den := g.Exp(g, big.NewInt(4), nil)
	percent := big.NewInt(100 * quantity.PerUnit) // uncertainties are micro-units of a percent
	den.Mul(den, percent.Mul(percent, percent))
	return new(big.Rat).SetFrac(own.Add(&own, &rest), den), all
}

// rootPoints prints the root of a fraction of one in percentage points, cut to four decimals.
func rootPoints(squared *big.Rat) string {
	scaled := new(big.Int).Mul(squared.Num(), big.NewInt(1_000_000*1_000_000))
	root := scaled.Sqrt(scaled.Quo(scaled, squared.Denom()))
	return new(big.Rat).SetFrac(root, big.NewInt(10_000)).FloatString(4)
}
