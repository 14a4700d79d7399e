package gas

import (
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// VolumeUnit is a unit that volumes of gas are counted in.
type VolumeUnit string

// The units of volume.
const (
	CubicFoot  VolumeUnit = "ft3"
	Mcf        VolumeUnit = "Mcf" // 1000 ft3
	CubicMetre VolumeUnit = "m3"
)

// m3PerFt3 is a foot of 0.3048 m, cubed, exactly.
const m3PerFt3 = 0.028316846592

// m3 returns the cubic metres in one unit, or 0 for a unit that is none.
func (u VolumeUnit) m3() float64 {
	switch u {
	case CubicFoot:
		return m3PerFt3
	case Mcf:
		return 1000 * m3PerFt3
	case CubicMetre:
		return 1
	}
	return 0
}

// Valid refuses what is none of the units of volume.
func (u VolumeUnit) Valid() error {
	if u.m3() == 0 {
		return fmt.Errorf("unit of gas volume %q is none of ft3, Mcf, m3", string(u))
	}
	return nil
}

// Volume is a volume of gas at base conditions. Nothing in it is rounded; what is accounted for is a quantity.Micro of it.
type Volume struct {
	Value float64
	Unit  VolumeUnit
	Base  Base
}

// maxAmount bounds volumes and masses, in any unit: more than mankind burns in a year, little enough that no product overflows.
const maxAmount = 1e18

// amount refuses, with *quantity.RangeError, an amount that is negative, huge or no number.
func amount(what string, x float64, unit string) error {
	if !(x >= 0 && x <= maxAmount) {
		return &quantity.RangeError{Quantity: what, Value: x, Min: 0, Max: maxAmount, Unit: unit}
	}
	return nil
}

// Valid refuses unknown units, base conditions that Base.Valid refuses, and, with *quantity.RangeError, values that are negative
// (flow the other way is booked on the other side), above 1e18 or no numbers.
func (v Volume) Valid() error {
	if err := v.Unit.Valid(); err != nil {
		return err
	}
	if err := v.Base.Valid(); err != nil {
		return err
	}
	return amount("volume of gas", v.Value, string(v.Unit))
}

// In returns the same volume at the same base conditions in another unit. It refuses what Valid refuses.
func (v Volume) In(unit VolumeUnit) (Volume, error) {
	if err := v.Valid(); err != nil {
		return Volume{}, err
	}
	if err := unit.Valid(); err != nil {
		return Volume{}, err
	}
	if unit != v.Unit {
		v.Value, v.Unit = v.Value*v.Unit.m3()/unit.m3(), unit
	}
	return v, nil
}

// String prints the volume with its base: "5530265.756 ft3 at 14.73psia 60F". The value is shortened to ten digits.
func (v Volume) String() string { return fmt.Sprintf("%.10g %s at %s", v.Value, v.Unit, v.Base) }

// Rebase returns the volume that the same moles of gas fill at other base conditions, and how it was found: the correction from
// the one base to the other, with the compressibility at both. It refuses what Valid and the equation of state refuse.
func (v Volume) Rebase(e Equation, to Base) (Volume, Correction, error) {
	if err := v.Valid(); err != nil {
		return Volume{}, Correction{}, err
	}
	c, err := Correct(e, v.Base.State(), to)
	if err != nil {
		return Volume{}, Correction{}, fmt.Errorf("volume from %s to %s: %w", v.Base, to, err)
	}
	c.Method = MethodRebase
	rebased, err := c.Volume(v.Value, v.Unit)
	return rebased, c, err
}

// Moles returns the amount of substance of the volume in kmol. It refuses what Valid and the equation of state refuse.
func (v Volume) Moles(e Equation) (float64, error) {
	if err := v.Valid(); err != nil {
		return 0, err
	}
	d, err := density(e, v.Base.State())
	return v.Value * v.Unit.m3() * d, err
}
