package gas

import (
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// Energy is an amount of energy in joules; the constants are its units, as in 5*gas.MMBtu.
type Energy float64

// The units of energy. All but the joule and its multiples rest on the Btu of the International Table, 1055.05585262 J exactly
// (ISO 31-4).
const (
	Joule     Energy = 1
	MJ        Energy = 1e6
	GJ        Energy = 1e9
	KWh       Energy = 3.6e6
	Btu       Energy = 1055.05585262
	MMBtu     Energy = 1e6 * Btu
	Dekatherm Energy = MMBtu
)

// In returns the energy in a unit: e.In(gas.MMBtu).
func (e Energy) In(unit Energy) float64 { return float64(e / unit) }

// Moisture says for which gas a heating value stands.
type Moisture string

// The moistures that contracts settle on.
const (
	Dry         Moisture = "dry"
	Saturated   Moisture = "saturated"    // with water, at base conditions
	AsDelivered Moisture = "as delivered" // with the water that the gas brought along
)

// Valid refuses what is none of the moistures.
func (m Moisture) Valid() error {
	switch m {
	case Dry, Saturated, AsDelivered:
		return nil
	}
	return fmt.Errorf("moisture %q is none of dry, saturated, as delivered", string(m))
}

// Kind says what becomes of the water that burning forms.
type Kind string

// The kinds of heating value.
const (
	Superior Kind = "superior" // gross, higher: it condenses
	Inferior Kind = "inferior" // net, lower: it stays vapour
)

// Valid refuses what is none of the kinds.
func (k Kind) Valid() error {
	if k != Superior && k != Inferior {
		return fmt.Errorf("kind of heating value %q is neither superior nor inferior", string(k))
	}
	return nil
}

// HeatingUnit is a unit of the heating value of a volume.
type HeatingUnit string

// The units of the heating value of a volume.
const (
	BtuPerCubicFoot HeatingUnit = "Btu/ft3"
	MJPerCubicMetre HeatingUnit = "MJ/m3"
)

// perM3 returns the energy per cubic metre of one unit, or 0 for a unit that is none.
func (u HeatingUnit) perM3() Energy {
	switch u {
	case BtuPerCubicFoot:
		return Btu / m3PerFt3
	case MJPerCubicMetre:
		return MJ
	}
	return 0
}

// HeatingValue is the heating value of a volume of gas at base conditions.
type HeatingValue struct {
	Value    float64
	Unit     HeatingUnit
	Kind     Kind
	Moisture Moisture
	Base     Base
	Method   string // of the calculation or calorimeter it comes from
}

// maxHeating bounds heating values in either unit: hydrocarbons of ten carbon atoms as a gas have some 8000 Btu/ft3.
const maxHeating = 20_000

// Valid refuses unknown units, kinds and moistures, base conditions that Base.Valid refuses, and, with *quantity.RangeError,
// values outside 0 to 20 000.
func (h HeatingValue) Valid() error {
	if h.Unit.perM3() == 0 {
		return fmt.Errorf("unit of heating value %q is neither Btu/ft3 nor MJ/m3", string(h.Unit))
	}
	if err := h.Kind.Valid(); err != nil {
		return err
	}
	if err := h.Moisture.Valid(); err != nil {
		return err
	}
	if err := h.Base.Valid(); err != nil {
		return fmt.Errorf("heating value: %w", err)
	}
	if !(h.Value >= 0 && h.Value <= maxHeating) {
		return &quantity.RangeError{Quantity: "heating value", Value: h.Value, Min: 0, Max: maxHeating, Unit: string(h.Unit)}
	}
	return nil
}

// In returns the same heating value at the same base conditions in another unit. It refuses what Valid refuses.
func (h HeatingValue) In(unit HeatingUnit) (HeatingValue, error) {
	if err := h.Valid(); err != nil {
		return HeatingValue{}, err
	}
	if unit != h.Unit {
		h.Value, h.Unit = h.Value*float64(h.Unit.perM3()/unit.perM3()), unit
	}
	return h, h.Valid()
}

// Rebase returns the heating value of the same moles of gas counted at other base conditions: a unit of volume there holds more or
// fewer of them. The temperature at which the gas is burnt stays what it was. A value for saturated gas is refused, since the
// share of water changes with the base. It refuses what Valid and the equation of state refuse.
func (h HeatingValue) Rebase(e Equation, to Base) (HeatingValue, error) {
	if err := h.Valid(); err != nil {
		return HeatingValue{}, err
	}
	if h.Moisture == Saturated {
		return HeatingValue{}, fmt.Errorf("heating value of saturated gas from %s to %s: calculate it anew, it holds another share of water there", h.Base, to)
	}
	c, err := Correct(e, h.Base.State(), to)
	if err != nil {
		return HeatingValue{}, fmt.Errorf("heating value from %s to %s: %w", h.Base, to, err)
	}
	h.Value, h.Base = h.Value/c.Factor, to
	h.Method += "; " + MethodRebase
	return h, h.Valid()
}

// BaseError reports a volume and a heating value at different base conditions, whose product would be nobody's energy.
type BaseError struct {
	Volume, HeatingValue Base
}

// Error names both bases and the way out.
func (e *BaseError) Error() string {
	return fmt.Sprintf("volume at %s and heating value at %s have different base conditions: rebase one of them", e.Volume, e.HeatingValue)
}

// MethodEnergy is the method that a Heat names.
const MethodEnergy = "energy = volume x heating value at one base, Btu(IT), unrounded"

// Heat is the energy of a volume of gas, with what it was found from: the heating value states the basis, moisture and kind.
type Heat struct {
	Energy       Energy
	Volume       Volume
	HeatingValue HeatingValue
	Method       string
}

// Energy returns the energy of a volume of gas. The heating value applies to the volume as it is: one for dry gas counts the water
// vapour of a wet volume as if it burnt, and contracts differ in whether that is so. It refuses what either's Valid refuses and,
// with *BaseError, base conditions that differ.
func (h HeatingValue) Energy(v Volume) (Heat, error) {
	if err := h.Valid(); err != nil {
		return Heat{}, err
	}
	if err := v.Valid(); err != nil {
		return Heat{}, err
	}
	if !v.Base.Same(h.Base) {
		return Heat{}, &BaseError{Volume: v.Base, HeatingValue: h.Base}
	}
	energy := Energy(v.Value*v.Unit.m3()) * Energy(h.Value) * h.Unit.perM3()
	return Heat{Energy: energy, Volume: v, HeatingValue: h, Method: MethodEnergy}, nil
}
