package heating

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

// MethodGPA2172 is the method that results of the function GPA2172 name. Nothing is rounded.
const MethodGPA2172 = "GPA 2172 (API MPMS 14.5) with GPA 2145-16 (unverified: one secondary source), unrounded"

// MethodGPA2172Helium is the same for a gas with helium, whose summation factor is no constant of the table.
const MethodGPA2172Helium = MethodGPA2172 + ", summation factor of helium entered"

// gpaConstants are what GPA 2145-16 tabulates of a component at 60 F and 14.696 psia.
type gpaConstants struct {
	m    float64 // g/mol
	sum  float64 // summation factor, of the pressure in atmospheres of 14.696 psia
	heat float64 // superior heating value of the ideal gas, Btu/ft3
}

// gpaTable holds GPA 2145-16 as the one secondary source at hand carries it: fifteen components, of helium no summation factor.
// A component without molar mass is not in it.
var gpaTable = [gas.Components]gpaConstants{
	gas.Methane:         {16.0425, 0.04438, 1010.0},
	gas.Ethane:          {30.069, 0.0913, 1769.7},
	gas.Propane:         {44.0956, 0.1329, 2516.1},
	gas.Isobutane:       {58.1222, 0.169, 3251.9},
	gas.NButane:         {58.1222, 0.1801, 3262.3},
	gas.Isopentane:      {72.1488, 0.2206, 4000.9},
	gas.NPentane:        {72.1488, 0.2323, 4008.7},
	gas.NHexane:         {86.1754, 0.2973, 4755.9},
	gas.NHeptane:        {100.2019, 0.3646, 5502.6},
	gas.NOctane:         {114.2285, 0.4326, 6249.0},
	gas.CarbonDioxide:   {44.0095, 0.0748, 0},
	gas.HydrogenSulfide: {34.0809, 0.0917, 637.1},
	gas.Nitrogen:        {28.0134, 0.01696, 0},
	gas.Oxygen:          {31.9988, 0.02752, 0},
	gas.Helium:          {4.0026, 0, 0},
}

const (
	gpaAtmosphere = 14.696   // psia
	gpaAirMass    = 28.9625  // g/mol
	gpaAirZ       = 0.999601 // of air at 60 F and 101.325 kPa, from ISO 6976: GPA 2145's own was not at hand
	waterPressure = 0.25636  // vapour pressure of water at 60 F, psia
)

// ErrComponent reports a component that the table of a method has no figures for.
var ErrComponent = errors.New("component without figures")

// Gas is what GPA2172 computes from.
type Gas struct {
	Dry      gas.Composition // without water
	Base     gas.Base        // 60 F, any pressure
	Moisture gas.Moisture    // of the heating value that is asked for

	// Water is the mole fraction of water in the gas, for a heating value as delivered; 0 otherwise.
	Water float64
	// HeliumFactor is the summation factor of helium, for a gas that has some: the table lacks it, so that the user answers for it.
	HeliumFactor *float64
}

// Fuel is the heating value of a gas by GPA 2172.
type Fuel struct {
	HeatingValue gas.HeatingValue // superior, real gas, Btu/ft3, with the moisture and at the base that were asked for
	IdealDry     float64          // superior heating value of the dry ideal gas at the base, Btu/ft3
	RealDry      float64          // IdealDry / Z, Btu/ft3
	Z            float64          // compressibility factor of the dry gas at the base
	M            float64          // molar mass of the dry gas, g/mol
	Water        float64          // mole fraction of water that the heating value was lowered by

	IdealRelativeDensity float64 // of the dry gas to dry air: M/28.9625
	RelativeDensity      float64 // G: the same of real gas and real air
	Method               string
}

// GPA2172 returns the superior heating value per cubic foot of a gas by GPA 2172 (API MPMS 14.5), with the constants of GPA
// 2145-16, which are for 60 F; P is the base pressure in psia:
//
//	Z = 1 - (P/14.696) (sum x s)^2        H ideal = sum x H * P/14.696        H real = H ideal / Z
//	G = M/28.9625 * Z(air)/Z              water: H real * (1 - x(water)), saturated at 0.25636/P
//
// It refuses what Composition.Valid and Base.Valid refuse, a base temperature other than 60 F, unknown moistures, and, with
// *quantity.RangeError, fractions of water outside 0 to 0.1 and factors of helium outside -0.1 to 0.1. With ErrComponent it refuses
// components that the table lacks, water among them, and helium without its factor.
func GPA2172(g Gas) (Fuel, error) {
	if err := g.Dry.Valid(); err != nil {
		return Fuel{}, err
	}
	if err := g.Base.Valid(); err != nil {
		return Fuel{}, err
	}
	if math.Abs(g.Base.Kelvin()-gas.Fahrenheit(60)) > 1e-6 {
		return Fuel{}, fmt.Errorf("base %s: GPA 2145 is for 60F", g.Base)
	}
	water, err := g.water()
	if err != nil {
		return Fuel{}, err
	}
	f := Fuel{Water: water, Method: MethodGPA2172}
	var sum float64
	for i, x := range g.Dry {
		if x == 0 {
			continue
		}
		c := gpaTable[i]
		if gas.Component(i) == gas.Helium {
			if c.sum, err = g.helium(); err != nil {
				return Fuel{}, err
			}
			f.Method = MethodGPA2172Helium
		}
		if c.m == 0 {
			return Fuel{}, fmt.Errorf("gas composition: %w in GPA 2145-16 as known here: %s", ErrComponent, gas.Component(i))
		}
		f.M += x * c.m
		f.IdealDry += x * c.heat
		sum += x * c.sum
	}
	ratio := g.Base.Psia() / gpaAtmosphere
	f.Z = 1 - ratio*sum*sum
	f.IdealDry *= ratio
	f.RealDry = f.IdealDry / f.Z
	f.IdealRelativeDensity = f.M / gpaAirMass
	f.RelativeDensity = f.IdealRelativeDensity * (1 - ratio*(1-gpaAirZ)) / f.Z
	f.HeatingValue = gas.HeatingValue{
		Value: f.RealDry * (1 - f.Water), Unit: gas.BtuPerCubicFoot, Kind: gas.Superior, Moisture: g.Moisture, Base: g.Base, Method: f.Method,
	}
	return f, f.HeatingValue.Valid()
}

// water returns the mole fraction of water that goes with the moisture asked for.
func (g Gas) water() (float64, error) {
	if err := g.Moisture.Valid(); err != nil {
		return 0, err
	}
	if g.Moisture != gas.AsDelivered && g.Water != 0 {
		return 0, fmt.Errorf("mole fraction of water %v: it goes with gas as delivered, not with %s", g.Water, g.Moisture)
	}
	if !(g.Water >= 0 && g.Water <= 0.1) {
		return 0, &quantity.RangeError{Quantity: "mole fraction of water", Value: g.Water, Min: 0, Max: 0.1, Unit: "mol/mol"}
	}
	if g.Moisture == gas.Saturated {
		return waterPressure / g.Base.Psia(), nil
	}
	return g.Water, nil
}

// helium returns the summation factor of helium that was entered.
func (g Gas) helium() (float64, error) {
	if g.HeliumFactor == nil {
		return 0, fmt.Errorf("gas composition: %w in GPA 2145-16 as known here: helium lacks its summation factor, enter it", ErrComponent)
	}
	s := *g.HeliumFactor
	if !(s >= -0.1 && s <= 0.1) {
		return 0, &quantity.RangeError{Quantity: "summation factor of helium", Value: s, Min: -0.1, Max: 0.1, Unit: ""}
	}
	return s, nil
}
