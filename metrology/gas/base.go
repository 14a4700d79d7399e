package gas

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gauger/gauger/metrology/quantity"
)

// Base is a pair of base (reference) conditions: the absolute pressure and the temperature at which a volume of gas is counted.
// It keeps the units it was given in, so that it prints as the contract has it. The zero Base means none was given, and is
// refused.
type Base struct {
	pressure, temperature float64
	pUnit                 pressureUnit
	tUnit                 temperatureUnit
}

// The base conditions that have names. States of the Union and contracts have others, 14.65 and 15.025 psia among them: PsiaF
// and KPaC make them. From memory, unverified, but for 14.696 psia and 60 F (43 CFR 3174.1).
var (
	USInterstate = PsiaF(14.73, 60)  // AGA contract base
	API          = PsiaF(14.696, 60) // API, GPA, US federal leases
	ISO13443     = KPaC(101.325, 15) // ISO 13443 and most metric contracts
	Normal       = KPaC(101.325, 0)  // the European "normal" cubic metre
)

type (
	pressureUnit    uint8
	temperatureUnit uint8
)

const (
	kPa pressureUnit = iota + 1
	psia
	bar
)

const (
	celsius temperatureUnit = iota + 1
	fahrenheit
	kelvin
)

var (
	pressureUnits    = [...]string{kPa: "kPa", psia: "psia", bar: "bar"}
	temperatureUnits = [...]string{celsius: "C", fahrenheit: "F", kelvin: "K"}
)

// PsiaF returns the base conditions of an absolute pressure in psi and a temperature in degrees F. Valid says whether they can be.
func PsiaF(pressure, temperature float64) Base { return Base{pressure, temperature, psia, fahrenheit} }

// KPaC returns the base conditions of an absolute pressure in kPa and a temperature in degrees C. Valid says whether they can be.
func KPaC(pressure, temperature float64) Base { return Base{pressure, temperature, kPa, celsius} }

// KPa returns the absolute pressure in kPa.
func (b Base) KPa() float64 {
	switch b.pUnit {
	case psia:
		return Psi(b.pressure)
	case bar:
		return b.pressure * 100
	}
	return b.pressure
}

// Psia returns the absolute pressure in psi, exactly as given if it was given so.
func (b Base) Psia() float64 {
	if b.pUnit == psia {
		return b.pressure
	}
	return b.KPa() / KPaPerPsi
}

// Kelvin returns the temperature in K.
func (b Base) Kelvin() float64 {
	switch b.tUnit {
	case celsius:
		return Celsius(b.temperature)
	case fahrenheit:
		return Fahrenheit(b.temperature)
	}
	return b.temperature
}

// State returns the base conditions as a state of the gas.
func (b Base) State() State { return State{T: b.Kelvin(), P: b.KPa()} }

// Same reports whether two bases are the same conditions, in whatever units each was given: to 1e-9, so that 59 F is 15 C, but
// 14.696 psia is not 101.325 kPa, which are 3.5e-6 apart.
func (b Base) Same(o Base) bool {
	return near(b.KPa(), o.KPa()) && near(b.Kelvin(), o.Kelvin())
}

func near(x, y float64) bool { return math.Abs(x-y) <= 1e-9*math.Abs(y) }

// The range of base conditions, wide enough for every contract and too narrow for a gauge pressure or a mistaken unit.
const (
	minBaseKPa, maxBaseKPa = 50, 200
	minBaseK, maxBaseK     = 250, 330
)

// Valid refuses, with *quantity.RangeError, pressures outside 50 to 200 kPa absolute and temperatures outside 250 to 330 K, and
// the zero Base.
func (b Base) Valid() error {
	if b.pUnit == 0 || b.tUnit == 0 {
		return fmt.Errorf(`base conditions not given: write them as in "14.73psia 60F"`)
	}
	if p := b.KPa(); !(p >= minBaseKPa && p <= maxBaseKPa) {
		return &quantity.RangeError{Quantity: "absolute base pressure", Value: p, Min: minBaseKPa, Max: maxBaseKPa, Unit: "kPa"}
	}
	if t := b.Kelvin(); !(t >= minBaseK && t <= maxBaseK) {
		return &quantity.RangeError{Quantity: "base temperature", Value: t, Min: minBaseK, Max: maxBaseK, Unit: "K"}
	}
	return nil
}

// String prints the base conditions in the units they were given in: "14.73psia 60F".
func (b Base) String() string {
	if b.pUnit == 0 || b.tUnit == 0 {
		return "base conditions not given"
	}
	return number(b.pressure) + pressureUnits[b.pUnit] + " " + number(b.temperature) + temperatureUnits[b.tUnit]
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// ParseBase reads what String prints: an absolute pressure in psia, kPa or bar and a temperature in F, C or K, each a plain
// decimal with its unit, as in "14.73psia 60F" or "101.325kPa 15C". It refuses what Valid refuses.
func ParseBase(s string) (Base, error) {
	var b Base
	p, t, two := strings.Cut(s, " ")
	var pUnit, tUnit int
	var err error
	if two {
		if b.pressure, pUnit, err = measure(p, pressureUnits[:]); err == nil {
			b.temperature, tUnit, err = measure(t, temperatureUnits[:])
		}
	}
	if !two || err != nil {
		return Base{}, fmt.Errorf(`base conditions %q: write an absolute pressure in psia, kPa or bar and a temperature in F, C or K, as in "14.73psia 60F"`, s)
	}
	b.pUnit, b.tUnit = pressureUnit(pUnit), temperatureUnit(tUnit)
	if err := b.Valid(); err != nil {
		return Base{}, fmt.Errorf("base conditions %q: %w", s, err)
	}
	return b, nil
}

// measure reads a plain decimal followed by one of the units, and returns which.
func measure(s string, units []string) (float64, int, error) {
	for i, unit := range units {
		if digits, ok := strings.CutSuffix(s, unit); ok && unit != "" {
			// Without this, strconv would take exponents, hexadecimals, "inf" and a plus sign as well.
			if strings.Trim(digits, "-.0123456789") != "" {
				break
			}
			x, err := strconv.ParseFloat(digits, 64)
			return x, i, err
		}
	}
	return 0, 0, fmt.Errorf("%q is no decimal with one of the units %v", s, units)
}

// MarshalText prints the base conditions as String does. It refuses what Valid refuses.
func (b Base) MarshalText() ([]byte, error) {
	if err := b.Valid(); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

// UnmarshalText reads what MarshalText prints.
func (b *Base) UnmarshalText(text []byte) error {
	read, err := ParseBase(string(text))
	if err == nil {
		*b = read
	}
	return err
}
