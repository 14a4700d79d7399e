package unit

import (
	"slices"
	"strings"
)

// Kind is what a unit measures, in the words of a message.
type Kind string

// The kinds of values that calculations take.
const (
	Temperature  Kind = "temperature"
	Pressure     Kind = "pressure" // static: gauge or absolute
	Difference   Kind = "pressure difference"
	Density      Kind = "density"
	Volume       Kind = "volume"
	GasVolume    Kind = "gas volume at the meter"
	Length       Kind = "length"
	Viscosity    Kind = "viscosity"
	Kinematic    Kind = "kinematic viscosity"
	Velocity     Kind = "velocity"
	Percentage   Kind = "percentage"
	Expansion    Kind = "thermal expansion"
	Mass         Kind = "mass"
	HeatingValue Kind = "heating value"
	Number       Kind = "number" // without unit
)

// Unit is one way to write a value of a kind.
type Unit struct {
	Name  string  // as it is written and printed
	Kind  Kind    // what it measures
	scale float64 // of the coherent SI unit (kg/m3, K, Pa, m, ...), per unit
	zero  float64 // what 0 of the unit is in the SI unit
	// Gauge says that a pressure counts from that of the air.
	Gauge bool
	also  string // other ways to write it, between blanks
}

const (
	psi       = 6894.757293168 // Pa: 0.45359237 kg x 9.80665 m/s2 over (0.0254 m)2
	foot      = 0.3048         // m
	pound     = 0.45359237     // kg
	barrel    = 0.158987294928 // m3
	btu       = 1055.05585262  // J, International Table
	inchWater = psi / 27.707   // Pa, water at 60 F, as AGA 3 has it
	cubicFoot = foot * foot * foot
)

// units are all units that are read. Those of a kind stand in the order in which a message names them.
var units = []Unit{
	{Name: "F", Kind: Temperature, scale: 1 / 1.8, zero: 459.67 / 1.8, also: "°F degF"},
	{Name: "C", Kind: Temperature, scale: 1, zero: 273.15, also: "°C degC"},
	{Name: "K", Kind: Temperature, scale: 1},

	{Name: "psig", Kind: Pressure, scale: psi, Gauge: true},
	{Name: "psia", Kind: Pressure, scale: psi},
	{Name: "kPag", Kind: Pressure, scale: 1e3, Gauge: true},
	{Name: "kPaa", Kind: Pressure, scale: 1e3},
	{Name: "barg", Kind: Pressure, scale: 1e5, Gauge: true},
	{Name: "bara", Kind: Pressure, scale: 1e5},
	{Name: "MPag", Kind: Pressure, scale: 1e6, Gauge: true},
	{Name: "MPaa", Kind: Pressure, scale: 1e6},

	{Name: "inH2O60", Kind: Difference, scale: inchWater},
	{Name: "psi", Kind: Difference, scale: psi},
	{Name: "Pa", Kind: Difference, scale: 1},
	{Name: "kPa", Kind: Difference, scale: 1e3},
	{Name: "MPa", Kind: Difference, scale: 1e6},
	{Name: "mbar", Kind: Difference, scale: 100},
	{Name: "bar", Kind: Difference, scale: 1e5},

	{Name: "API", Kind: Density, scale: 1, also: "°API degAPI"}, // not linear: see SI
	{Name: "RD", Kind: Density, scale: 1, also: "SG"},           // of water at 60 F: see SI
	{Name: "kg/m3", Kind: Density, scale: 1, also: "kg/m³"},
	{Name: "g/cm3", Kind: Density, scale: 1e3, also: "g/cm³ kg/L"},
	{Name: "lbm/ft3", Kind: Density, scale: pound / cubicFoot, also: "lb/ft3"},

	{Name: "bbl", Kind: Volume, scale: barrel},
	{Name: "m3", Kind: Volume, scale: 1, also: "m³"},
	{Name: "gal", Kind: Volume, scale: barrel / 42},
	{Name: "L", Kind: Volume, scale: 1e-3},

	{Name: "acf", Kind: GasVolume, scale: cubicFoot},
	{Name: "am3", Kind: GasVolume, scale: 1, also: "am³"},

	{Name: "in", Kind: Length, scale: foot / 12},
	{Name: "ft", Kind: Length, scale: foot},
	{Name: "mi", Kind: Length, scale: 5280 * foot},
	{Name: "mm", Kind: Length, scale: 1e-3},
	{Name: "cm", Kind: Length, scale: 1e-2},
	{Name: "m", Kind: Length, scale: 1},
	{Name: "km", Kind: Length, scale: 1e3},

	{Name: "cP", Kind: Viscosity, scale: 1e-3},
	{Name: "mPa.s", Kind: Viscosity, scale: 1e-3},
	{Name: "Pa.s", Kind: Viscosity, scale: 1},
	{Name: "cSt", Kind: Kinematic, scale: 1e-6},
	{Name: "mm2/s", Kind: Kinematic, scale: 1e-6},
	{Name: "m2/s", Kind: Kinematic, scale: 1},

	{Name: "m/s", Kind: Velocity, scale: 1},
	{Name: "ft/s", Kind: Velocity, scale: foot},
	{Name: "km/h", Kind: Velocity, scale: 1 / 3.6},
	{Name: "mi/h", Kind: Velocity, scale: 5280 * foot / 3600, also: "mph"},

	{Name: "%", Kind: Percentage, scale: 1e-2},
	{Name: "ppm", Kind: Percentage, scale: 1e-6},
	{Name: "/F", Kind: Expansion, scale: 1.8, also: "1/F"},
	{Name: "/C", Kind: Expansion, scale: 1, also: "1/C /K 1/K"},

	{Name: "lbm", Kind: Mass, scale: pound, also: "lb"},
	{Name: "kg", Kind: Mass, scale: 1},
	{Name: "Btu/ft3", Kind: HeatingValue, scale: btu / cubicFoot, also: "Btu/scf"},
	{Name: "MJ/m3", Kind: HeatingValue, scale: 1e6, also: "MJ/m³"},
}

// vague are ways to write a unit that leave open which one is meant, and what to write instead.
var vague = map[string]string{
	"inH2O": "inH2O60 (water at 60 F, as AGA 3 has it), or convert it", "ft3": "acf", "cf": "acf", "Mcf": "acf", "scf": "acf, as the meter counts",
}

// find returns the unit of a name, and whether there is one.
func find(name string) (Unit, bool) {
	for _, u := range units {
		if u.Name == name || slices.Contains(strings.Fields(u.also), name) {
			return u, true
		}
	}
	return Unit{}, false
}

// near returns the name of a unit that is written like name but for case, brackets, dots and the like.
func near(name string) (string, bool) {
	folded := fold(name)
	for _, u := range units {
		for _, n := range append(strings.Fields(u.also), u.Name) {
			if fold(n) == folded {
				return u.Name, true
			}
		}
	}
	return "", false
}

var folding = strings.NewReplacer("(", "", ")", "", "[", "", "]", "", "_", "", " ", "", ".", "", "^", "", "·", "", "*", "", "º", "", "°", "",
	"degrees", "", "deg", "", "ü", "u", "²", "2", "³", "3", "-", "/", "per", "/")

func fold(name string) string { return folding.Replace(strings.ToLower(name)) }

// names returns the names of the units of kinds, for a message: "psig, psia or kPag".
func names(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " or " + all[len(all)-1]
}

// of returns the names of the units of a kind.
func of(k Kind) (all []string) {
	for _, u := range units {
		if u.Kind == k {
			all = append(all, u.Name)
		}
	}
	return all
}
