// Package heating computes what a gas is worth as fuel from its composition: heating values, compressibility, densities and Wobbe
// indices by ISO 6976:2016 with their uncertainties, and the heating value per cubic foot by GPA 2172.
//
// AGA 5 is not here: there was no source for its equations that could be checked.
package heating

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

// The methods that results of ISO6976 name. Nothing is rounded. The constants were read in transcriptions of the standard, which
// reproduce its worked examples.
const (
	MethodISO6976 = "ISO 6976:2016 (tables via public transcriptions), unrounded"
	MethodMixed   = "ISO 6976:2016 (tables via public transcriptions) with inferior values of 1995 (unverified), unrounded"
)

// Combustion is the temperature at which the gas is burnt: heating values depend on it a little. It is not the temperature of
// the base, at which the volume is counted. The zero Combustion means none was given, and is refused.
type Combustion uint8

// The combustion temperatures of ISO 6976.
const (
	At0C Combustion = iota + 1
	At15C
	At60F
	At20C
	At25C
)

// Valid refuses what is none of the combustion temperatures.
func (c Combustion) Valid() error {
	if c < At0C || c > At25C {
		return errors.New("combustion temperature not given: 0C, 15C, 60F, 20C or 25C")
	}
	return nil
}

// String prints the temperature: "60F".
func (c Combustion) String() string {
	return [...]string{"not given", "0C", "15C", "60F", "20C", "25C"}[min(c, At25C)]
}

// InferiorRule is where inferior heating values come from.
type InferiorRule uint8

const (
	// ByVaporization is the rule of ISO 6976:2016: the superior value less the heat that the water of combustion gives off when
	// it condenses.
	ByVaporization InferiorRule = iota
	// Inferior1995 takes the inferior values tabulated for the components, which are those of the edition of 1995 (from memory,
	// unverified) and do not fit the superior ones of 2016: methane's is 0.005 % higher. Programs are about that mix them. It is
	// there to recompute what such a program reported, and for nothing else.
	Inferior1995
)

// Reference says at which conditions the gas is burnt and metered.
type Reference struct {
	Combustion Combustion
	Base       gas.Base // of the volumes: 0 C, 15 C, 60 F or 20 C, and 90 to 110 kPa
	Inferior   InferiorRule
}

// Calorific is a heating value, superior or inferior, in each of its forms.
type Calorific struct {
	Molar       float64 // kJ/mol
	Mass        float64 // MJ/kg
	IdealVolume float64 // MJ/m3 of ideal gas at the base
	Volume      float64 // MJ/m3 of real gas at the base
	IdealWobbe  float64 // MJ/m3
	Wobbe       float64 // MJ/m3
}

// Figures are the properties that ISO 6976 computes, or their standard uncertainties in the same units.
type Figures struct {
	M                    float64 // molar mass, kg/kmol
	Z                    float64 // compressibility factor at the base
	Superior, Inferior   Calorific
	IdealDensity         float64 // kg/m3
	Density              float64 // kg/m3
	IdealRelativeDensity float64 // to dry air
	RelativeDensity      float64
}

// Properties are the properties of a gas by ISO 6976, and what they stand for.
type Properties struct {
	Figures
	Reference Reference
	Moisture  gas.Moisture // Dry, or AsDelivered when there is water in the composition
	Method    string
}

// HeatingValue returns the heating value of a volume of real gas, fit to be multiplied by one. It refuses unknown kinds.
func (p Properties) HeatingValue(kind gas.Kind) (gas.HeatingValue, error) {
	h := gas.HeatingValue{
		Value: p.Superior.Volume, Unit: gas.MJPerCubicMetre, Kind: kind, Moisture: p.Moisture, Base: p.Reference.Base, Method: p.Method,
	}
	if kind == gas.Inferior {
		h.Value = p.Inferior.Volume
	}
	return h, h.Valid()
}

// ISO6976 returns the properties of a gas by ISO 6976:2016, of the fractions as they are, water included:
//
//	Z = 1 - (p/101.325) (sum x s)^2             H inferior = H superior - b/2 x L, b atoms of hydrogen in a molecule
//	H volume = sum x H / (Z R T/p)              relative density = M/M(air) x Z(air)/Z
//	density = M / (Z R T/p)                     Wobbe = H volume / sqrt(relative density)
//
// It refuses what Composition.Valid refuses, a base temperature and a combustion temperature that the tables do not have, and,
// with *quantity.RangeError, base pressures outside 90 to 110 kPa and a gas whose Z is 0.9 or less.
func ISO6976(x gas.Composition, ref Reference) (Properties, error) {
	if err := x.Valid(); err != nil {
		return Properties{}, err
	}
	m, err := evaluate(x[:], table[:], ref)
	if err != nil {
		return Properties{}, err
	}
	p := Properties{Figures: m.figures(), Reference: ref, Moisture: gas.Dry, Method: MethodISO6976}
	if x[gas.Water] > 0 {
		p.Moisture = gas.AsDelivered
	}
	if ref.Inferior == Inferior1995 {
		var molar float64
		for i, v := range x {
			molar += v * inferior1995[i][ref.Combustion-1]
		}
		p.Figures.Inferior, p.Method = m.calorific(molar), MethodMixed
	}
	return p, nil
}

// mixture is a gas with the sums that all its properties are made of.
type mixture struct {
	x             []float64
	rows          []constants
	burnt         int     // index of the combustion temperature
	metered       int     // index of the base temperature
	ratio         float64 // base pressure over that of the summation factors
	v             float64 // ideal molar volume at the base, m3/kmol
	m, z, s, heat float64
	atoms         atoms // in a mean molecule
	airZ, vapor   float64
}

// evaluate checks the reference conditions and sums up a composition.
func evaluate(x []float64, rows []constants, ref Reference) (mixture, error) {
	if err := ref.Combustion.Valid(); err != nil {
		return mixture{}, err
	}
	if ref.Inferior > Inferior1995 {
		return mixture{}, fmt.Errorf("unknown rule %d for inferior heating values", ref.Inferior)
	}
	metered, err := metering(ref.Base)
	if err != nil {
		return mixture{}, err
	}
	g := mixture{x: x, rows: rows, burnt: int(ref.Combustion - 1), metered: metered}
	p := ref.Base.KPa()
	g.ratio, g.v = p/atmosphere, gasConstant*ref.Base.Kelvin()/p
	g.airZ, g.vapor = 1-g.ratio*(1-airZ[metered]), vapor[g.burnt]
	for i := range rows {
		r := &rows[i]
		g.m += x[i] * r.m
		g.s += x[i] * r.sum[metered]
		g.heat += x[i] * r.heat[g.burnt]
		for e, n := range r.atoms {
			g.atoms[e] += x[i] * n
		}
	}
	g.z = 1 - g.ratio*g.s*g.s
	if !(g.z > 0.9) {
		return mixture{}, &quantity.RangeError{Quantity: "compressibility by ISO 6976", Value: g.z, Min: 0.9, Max: 1, Unit: ""}
	}
	return g, nil
}

// metering returns the index of a base temperature among those of the summation factors.
func metering(b gas.Base) (int, error) {
	if err := b.Valid(); err != nil {
		return 0, err
	}
	if p := b.KPa(); p < 90 || p > 110 {
		return 0, &quantity.RangeError{Quantity: "base pressure for ISO 6976", Value: p, Min: 90, Max: 110, Unit: "kPa"}
	}
	for i, t := range [...]float64{gas.Celsius(0), gas.Celsius(15), gas.Fahrenheit(60), gas.Celsius(20)} {
		if math.Abs(b.Kelvin()-t) < 1e-6 {
			return i, nil
		}
	}
	return 0, fmt.Errorf("base %s: ISO 6976 meters at 0C, 15C, 60F or 20C", b)
}

func (g mixture) figures() Figures {
	inferior := g.heat - g.atoms[hydrogen]/2*g.vapor
	return Figures{
		M: g.m, Z: g.z,
		Superior: g.calorific(g.heat), Inferior: g.calorific(inferior),
		IdealDensity: g.m / g.v, Density: g.m / (g.z * g.v),
		IdealRelativeDensity: g.m / airMass, RelativeDensity: g.relativeDensity(),
	}
}

func (g mixture) relativeDensity() float64 { return g.m / airMass * g.airZ / g.z }

// calorific returns all forms of a molar heating value.
func (g mixture) calorific(molar float64) Calorific {
	c := Calorific{Molar: molar, Mass: molar / g.m, IdealVolume: molar / g.v, Volume: molar / (g.z * g.v)}
	c.IdealWobbe = c.IdealVolume / math.Sqrt(g.m/airMass)
	c.Wobbe = c.Volume / math.Sqrt(g.relativeDensity())
	return c
}
