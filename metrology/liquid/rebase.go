package liquid

import (
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// RebaseDecimals is the number of decimals of Rebasing.Factor: at most 0.0005 m3 in a million. It is a choice of ours; 11.1
// has no rounding for this factor.
const RebaseDecimals = 9

// Rebasing is the change of a liquid from one set of reference conditions to another, API MPMS 11.1.7 both ways. Mass stays.
type Rebasing struct {
	Name     string             // of the conversion: "MPMS 11.1 15C->60F"
	Volume   float64            // volume at the new conditions over volume at the old ones, unrounded
	Factor   quantity.Factor    // the same with RebaseDecimals decimals: what volumes are multiplied by
	Density  float64            // at the new conditions, kg/m3, unrounded
	From, To quantity.Reference // the conditions
}

// Rebase returns how volume and density of a liquid of rhoBase kg/m3 at the reference conditions from change when they are
// stated at the conditions to. It refuses what ToBase refuses. From equal to to is a factor of one.
func Rebase(g Group, rhoBase float64, from, to quantity.Reference) (Rebasing, error) {
	r := Rebasing{Name: rebaseName(from, to), From: from, To: to}
	if err := g.Valid(); err != nil {
		return Rebasing{}, fmt.Errorf("%s: %w", r.Name, err)
	}
	was, err := BaseTemperature(from)
	if err != nil {
		return Rebasing{}, err
	}
	becomes, err := BaseTemperature(to)
	if err != nil {
		return Rebasing{}, err
	}
	s, err := g.standardize(rhoBase, was.Fahrenheit())
	if err != nil {
		return Rebasing{}, fmt.Errorf("%s: %w", r.Name, err)
	}
	r.Volume = s.ctl / g.baseCTL(s.rho60, becomes.Fahrenheit())
	r.Density = rhoBase / r.Volume
	r.Factor, err = quantity.RoundFactor(r.Volume, RebaseDecimals)
	return r, err
}

func rebaseName(from, to quantity.Reference) string {
	return "MPMS 11.1 " + string(from) + "->" + string(to)
}

// Conversion is one named, recorded act that states a volume on another basis.
type Conversion struct {
	Name     string          // quantity.ExactBarrel or the name of a Rebasing
	Factor   quantity.Factor // what the volume was multiplied by; for exact-barrel, both ways, the cubic metres in a barrel
	From, To quantity.Basis
	Result   quantity.Micro // the volume on the basis To, rounded once, half away from zero
}

// ConvertVolume states the volume m of a liquid of rho kg/m3 (at the reference conditions of from) on the basis to. A change of
// reference conditions comes first, then a change of unit; each is one Conversion, and none is made that is not needed. It
// refuses bases that are not of volume, and what Rebase refuses.
func ConvertVolume(g Group, m quantity.Micro, from, to quantity.Basis, rho float64) (quantity.Micro, []Conversion, error) {
	for _, b := range [...]quantity.Basis{from, to} {
		if err := b.Valid(); err != nil {
			return 0, nil, fmt.Errorf("convert volume: %w", err)
		}
		if b.Reference == quantity.None {
			return 0, nil, fmt.Errorf("convert volume: %s is no basis of a volume; take m3 or bbl", b)
		}
	}
	var steps []Conversion
	if from.Reference != to.Reference {
		r, err := Rebase(g, rho, from.Reference, to.Reference)
		if err != nil {
			return 0, nil, err
		}
		if m, err = m.Mul(r.Factor); err != nil {
			return 0, nil, fmt.Errorf("%s: %w", r.Name, err)
		}
		next := quantity.Basis{Unit: from.Unit, Reference: to.Reference}
		steps = append(steps, Conversion{Name: r.Name, Factor: r.Factor, From: from, To: next, Result: m})
		from = next
	}
	if from.Unit != to.Unit {
		convert := quantity.ToBarrels
		if to.Unit == quantity.CubicMetre {
			convert = quantity.ToCubicMetres
		}
		var err error
		if m, err = convert(m); err != nil {
			return 0, nil, fmt.Errorf("%s: %w", quantity.ExactBarrel, err)
		}
		steps = append(steps, Conversion{Name: quantity.ExactBarrel, Factor: cubicMetresPerBarrel, From: from, To: to, Result: m})
	}
	return m, steps, nil
}

// cubicMetresPerBarrel is 42 US gallons of 231 cubic inches, exactly.
var cubicMetresPerBarrel = quantity.F(158_987_294_928, 12)
