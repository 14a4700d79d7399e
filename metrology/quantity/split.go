package quantity

import (
	"cmp"
	"fmt"
	"math/big"
	"slices"
)

// Part is one claimant of a split: its weight decides its share, its ID breaks ties.
type Part struct {
	ID     string
	Weight Micro
}

// Split divides total among parts in proportion to their weights so that the shares add up to total exactly: each gets its
// quotient rounded down, the micro-units left over go one each to the largest remainders, ties to the smaller ID. Shares are
// in the order of parts. It refuses negative totals and weights, and a positive total over weights that sum to zero.
func Split(total Micro, parts []Part) ([]Micro, error) {
	sum := new(big.Int)
	for _, p := range parts {
		if p.Weight < 0 {
			return nil, fmt.Errorf("split: weight of %q is negative", p.ID)
		}
		sum.Add(sum, big.NewInt(int64(p.Weight)))
	}
	if total < 0 {
		return nil, fmt.Errorf("split: total %s is negative", total)
	}
	shares := make([]Micro, len(parts))
	if total == 0 {
		return shares, nil
	}
	if sum.Sign() == 0 {
		return nil, fmt.Errorf("split: nothing to divide %s among", total)
	}
	order := make([]int, len(parts))
	rests := make([]*big.Int, len(parts))
	left := total
	for i, p := range parts {
		num := new(big.Int).Mul(big.NewInt(int64(total)), big.NewInt(int64(p.Weight)))
		share, rest := num.QuoRem(num, sum, new(big.Int))
		shares[i], rests[i], order[i] = Micro(share.Int64()), rest, i
		left -= shares[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(rests[b].Cmp(rests[a]), cmp.Compare(parts[a].ID, parts[b].ID))
	})
	for _, i := range order[:left] {
		shares[i]++
	}
	return shares, nil
}
