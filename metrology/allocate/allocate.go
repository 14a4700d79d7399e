// Package allocate divides a quantity that was measured once, at a sale or a plant's inlet, among those who brought it: in
// proportion to their own measurements, by difference, by component, or by how well each was measured. Shares are exact, add up
// to the total, and are none below zero; whoever divides the same figures again gets the same shares.
package allocate

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/gauger/gauger/metrology/quantity"
)

// The methods that results name. MPMS 20.1 was not read: its title and the equations, which are common practice, are known.
const (
	MethodProRata     = "pro rata, largest remainder, ties to the smaller ID (MPMS 20.1 unverified)"
	MethodDifference  = "by difference (MPMS 20.1 unverified)"
	MethodByComponent = "by component, each pro rata, largest remainder, ties to the smaller ID (MPMS 20.1 unverified)"
)

// Claim is what one party brought, as measured.
type Claim struct {
	ID       string         // breaks ties of rounding; each party's own
	Measured quantity.Micro // not negative
	// Percent is the expanded uncertainty (k = 2) of the measurement, 0 to 100. Only TotalFixed and TotalAdjusted read it.
	Percent quantity.Factor
}

// Share is what a party is allocated.
type Share struct {
	ID        string
	Measured  quantity.Micro
	Unrounded float64 // in whole units, for display
	Allocated quantity.Micro
}

// Result is an allocation.
type Result struct {
	Shares    []Share        // in the order of the claims
	Total     quantity.Micro // what all shares add up to, exactly
	Imbalance quantity.Micro // total as given less all measurements
	// Factor is the total over the measurements, the allocation factor; 0 where nothing was measured.
	Factor float64
	// Z is the imbalance over its standard uncertainty, where uncertainties are given: beyond 3 it has a cause that should be
	// found rather than allocated.
	Z        float64
	Decimals int // of the shares
	Method   string
}

// NegativeError reports a share that would be less than nothing: a meter errs beyond its uncertainty, or the total is wrong.
type NegativeError struct {
	ID    string
	Share float64 // in whole units
}

// Error names the party and the share.
func (e *NegativeError) Error() string {
	return fmt.Sprintf("share of %q would be %v, less than nothing; check its measurement and the total", e.ID, e.Share)
}

// ProRata divides the total in proportion to the measurements, with shares of 0 to 6 decimals:
//
//	share = measured x total / sum of measured
//
// rounded so that shares add up: each rounded down, what is left over one step each to the largest remainders, ties to the
// smaller ID (quantity.Split). It refuses negative amounts, a total finer than the decimals, IDs that are empty or not a party's
// own, and a total that nobody measured any of.
func ProRata(total quantity.Micro, claims []Claim, decimals int) (Result, error) {
	r, err := begin(total, claims, decimals)
	if err != nil {
		return Result{}, err
	}
	r.Method = MethodProRata
	step := unit(decimals)
	parts := make([]quantity.Part, len(claims))
	sum := new(big.Int)
	for i, c := range claims {
		parts[i] = quantity.Part{ID: c.ID, Weight: c.Measured}
		sum.Add(sum, big.NewInt(int64(c.Measured)))
	}
	shares, err := quantity.Split(total/step, parts)
	if err != nil {
		return Result{}, fmt.Errorf("allocation: %w", err)
	}
	for i, c := range claims {
		r.Shares[i].Allocated = shares[i] * step
		if total > 0 {
			num := new(big.Int).Mul(big.NewInt(int64(c.Measured)), big.NewInt(int64(total)))
			r.Shares[i].Unrounded = units(num, sum)
		}
	}
	return r, nil
}

// ByDifference gives each measured party what it measured, and the one without a measurement the rest of the total. That rest
// carries the errors of all measurements. It refuses, with *NegativeError, a rest below nothing, and what ProRata refuses.
func ByDifference(total quantity.Micro, measured []Claim, rest string) (Result, error) {
	r, err := begin(total, append(measured[:len(measured):len(measured)], Claim{ID: rest}), finest)
	if err != nil {
		return Result{}, err
	}
	r.Method = MethodDifference
	last := &r.Shares[len(measured)]
	last.Allocated, last.Unrounded = r.Imbalance, r.Imbalance.Float()
	for i, c := range measured {
		r.Shares[i].Allocated, r.Shares[i].Unrounded = c.Measured, c.Measured.Float()
	}
	if r.Imbalance < 0 {
		return Result{}, fmt.Errorf("allocation: %w", &NegativeError{ID: rest, Share: r.Imbalance.Float()})
	}
	return r, nil
}

// Component is one component of a stream, such as propane or water: its total and what each party brought of it.
type Component struct {
	Name   string
	Total  quantity.Micro
	Claims []Claim
}

// ByComponent divides each component pro rata among those who brought it, and returns the allocations, in the order of the
// components, and what each party gets of all together, in the order in which parties first appear. All components must be in one
// unit that adds up, such as mass or energy. It refuses names that are empty or given twice, and what ProRata refuses.
func ByComponent(components []Component, decimals int) ([]Result, []Share, error) {
	results := make([]Result, len(components))
	var parties []Share
	index, names := map[string]int{}, map[string]bool{}
	for i, c := range components {
		if c.Name == "" || names[c.Name] {
			return nil, nil, fmt.Errorf("allocation: component %d needs a name of its own, not %q", i+1, c.Name)
		}
		names[c.Name] = true
		r, err := ProRata(c.Total, c.Claims, decimals)
		if err != nil {
			return nil, nil, fmt.Errorf("component %s: %w", c.Name, err)
		}
		r.Method = MethodByComponent
		results[i] = r
		for _, s := range r.Shares {
			at, known := index[s.ID]
			if !known {
				at = len(parties)
				index[s.ID] = at
				parties = append(parties, Share{ID: s.ID})
			}
			if err := parties[at].add(s); err != nil {
				return nil, nil, fmt.Errorf("component %s: allocation: %q: %w", c.Name, s.ID, err)
			}
		}
	}
	return results, parties, nil
}

// add adds the share of another component.
func (s *Share) add(o Share) (err error) {
	if s.Measured, err = s.Measured.Add(o.Measured); err != nil {
		return err
	}
	s.Unrounded += o.Unrounded
	s.Allocated, err = s.Allocated.Add(o.Allocated)
	return err
}

// finest is the number of decimals of a micro-unit.
const finest = 6

// unit returns the step of shares with a number of decimals.
func unit(decimals int) quantity.Micro {
	step := quantity.Micro(1)
	for range finest - decimals {
		step *= 10
	}
	return step
}

// units returns the fraction num/den of micro-units in whole units.
func units(num, den *big.Int) float64 {
	f, _ := new(big.Rat).SetFrac(num, new(big.Int).Mul(den, big.NewInt(quantity.PerUnit))).Float64()
	return f
}

// begin checks claims and returns their result but for the shares.
func begin(total quantity.Micro, claims []Claim, decimals int) (Result, error) {
	if decimals < 0 || decimals > finest {
		return Result{}, fmt.Errorf("allocation: shares of %d decimals: 0 to %d are possible", decimals, finest)
	}
	if total < 0 {
		return Result{}, fmt.Errorf("allocation: total %s is negative", total)
	}
	if total%unit(decimals) != 0 {
		return Result{}, fmt.Errorf("allocation: shares of %d decimals cannot add up to %s", decimals, total)
	}
	if len(claims) == 0 {
		return Result{}, errors.New("allocation: nobody to allocate to")
	}
	r := Result{Total: total, Shares: make([]Share, len(claims)), Decimals: decimals}
	var sum quantity.Micro
	ids := make(map[string]bool, len(claims))
	for i, c := range claims {
		if c.ID == "" || ids[c.ID] {
			return Result{}, fmt.Errorf("allocation: claim %d needs an ID of its own, not %q", i+1, c.ID)
		}
		ids[c.ID] = true
		if c.Measured < 0 {
			return Result{}, fmt.Errorf("allocation: %q measured %s, less than nothing", c.ID, c.Measured)
		}
		var err error
		if sum, err = sum.Add(c.Measured); err != nil {
			return Result{}, fmt.Errorf("allocation: %w", err)
		}
		r.Shares[i] = Share{ID: c.ID, Measured: c.Measured}
	}
	r.Imbalance = total - sum // of two that are not negative: no overflow
	if sum > 0 {
		r.Factor = total.Float() / sum.Float()
	}
	return r, nil
}
