package gross

import (
	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

// Molar masses that methods 1 and 2 need, g/mol.
const massNitrogen, massCarbonDioxide = 28.0135, 44.01

// components holds the molar mass of each component, as in DETAIL, and its ideal gross heating value at 25 C of AGA 5-2009.
var components = [gas.Components]struct {
	mass    float64 // g/mol
	heating float64 // kJ/mol
}{
	gas.Methane:         {16.043, 890.63},
	gas.Nitrogen:        {28.0135, 0},
	gas.CarbonDioxide:   {44.01, 0},
	gas.Ethane:          {30.07, 1560.69},
	gas.Propane:         {44.097, 2219.17},
	gas.Isobutane:       {58.123, 2868.2},
	gas.NButane:         {58.123, 2877.4},
	gas.Isopentane:      {72.15, 3528.83},
	gas.NPentane:        {72.15, 3535.77},
	gas.NHexane:         {86.177, 4194.95},
	gas.NHeptane:        {100.204, 4853.43},
	gas.NOctane:         {114.231, 5511.8},
	gas.NNonane:         {128.258, 6171.15},
	gas.NDecane:         {142.285, 6829.77},
	gas.Hydrogen:        {2.0159, 285.83},
	gas.Oxygen:          {31.9988, 0},
	gas.CarbonMonoxide:  {28.01, 282.98},
	gas.Water:           {18.0153, 44.016},
	gas.HydrogenSulfide: {34.082, 562.01},
	gas.Helium:          {4.0026, 0},
	gas.Argon:           {39.948, 0},
}

func checkTemperature(T float64) error {
	if !(T >= minTemperature && T <= maxTemperature) {
		return &quantity.RangeError{Quantity: "temperature of GROSS", Value: T, Min: minTemperature, Max: maxTemperature, Unit: "K"}
	}
	return nil
}

func checkFraction(of string, v float64) error {
	if !(v >= 0 && v <= 1) {
		return &quantity.RangeError{Quantity: of, Value: v, Min: 0, Max: 1, Unit: "(mole fraction)"}
	}
	return nil
}

// minHydrocarbon is the least fraction of the equivalent hydrocarbon to which a heating value can still be attributed.
const minHydrocarbon = 1e-3

func checkHydrocarbon(v float64) error {
	if !(v >= minHydrocarbon && v <= 1) {
		return &quantity.RangeError{Quantity: "equivalent hydrocarbon", Value: v, Min: minHydrocarbon, Max: 1, Unit: "(mole fraction)"}
	}
	return nil
}
