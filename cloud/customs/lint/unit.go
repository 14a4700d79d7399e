package lint

import (
	"strings"

	"github.com/gauger/gauger/metrology/liquid"
)

// dimension is what a unit measures.
type dimension string

const (
	unknown  dimension = ""
	mass     dimension = "mass"
	volume   dimension = "volume"
	energy   dimension = "energy"
	density  dimension = "density"
	another  dimension = "another" // a ratio, an area, a temperature
	relative dimension = "relative density"
)

// unit is a unit of measure as documents write it: free text, or a code of UN/ECE Recommendation 20.
type unit struct {
	dimension dimension
	name      string  // m3, bbl, kg and kg/m3 where it is one of those, in whatever spelling
	si        float64 // of a density: kg/m3 in one of it
}

// pounds of 0.45359237 kg per cubic foot of 0.3048 m, and per US gallon of 231 cubic inches, in kg/m3.
const (
	poundPerFoot3  = 0.45359237 / (0.3048 * 0.3048 * 0.3048)
	poundPerGallon = 0.45359237 / 0.003785411784
)

// units are those that are understood, in small letters without blanks. Codes of Recommendation 20 are from memory.
var units = spelled(map[unit]string{
	{volume, "m3", 0}:                              "m3 mtq cbm cmb m^3 m³ cubicmetre cubicmetres cubicmeter cubicmeters",
	{volume, "bbl", 0}:                             "bbl bbls bll barrel barrels",
	{volume, "l", 0}:                               "l ltr litre litres liter liters",
	{volume, "gal", 0}:                             "gal gll usgal gallon gallons",
	{volume, "ft3", 0}:                             "ft3 ftq cf scf mcf mscf mmcf mmscf bcf cubicfeet ft^3 ft³",
	{volume, "1000 m3", 0}:                         "e3m3 103m3 10^3m3 1000m3 mbbl mmbbl r9",
	{mass, "kg", 0}:                                "kg kgm kgs kilogram kilograms kilo kilos",
	{mass, "other mass", 0}:                        "g grm gram grams mgm mg t tne tonne tonnes mt mton metricton metrictons ton tons stn ltn shortton shorttons longton longtons lb lbs lbr pound pounds oz onz ounce ounces cwt ktn kt",
	{energy, "energy", 0}:                          "j jou kj kjo mj gj gv tj btu btu(it) mbtu mmbtu dth dekatherm dekatherms therm therms thm kwh mwh gwh bhu",
	{density, "kg/m3", 1}:                          "kg/m3 kmq kg/m^3 kg/m³ kg.m-3 g/l gl",
	{density, "g/cm3", 1000}:                       "g/cm3 23 g/cm^3 g/cm³ g/cc g/ml kg/l kg/dm3 b35 t/m3",
	{density, "lb/ft3", poundPerFoot3}:             "lb/ft3 lbm/ft3 87 lb/ft^3 lb/cuft lbs/ft3",
	{density, "lb/gal", poundPerGallon}:            "lb/gal ge lbm/gal lbs/gal ppg",
	{relative, "1", liquid.FromRelativeDensity(1)}: "rd sg",
	{another, "a share", 0}:                        "% p1 percent",
	{another, "a temperature", 0}:                  "c cel celsius f fah fahrenheit k kel",
	{another, "a length", 0}:                       "m mtr cm cmt mm mmt km ft fot in inh mi",
	{another, "an area", 0}:                        "ha har ac acr m2 mtk km2 ft2 ftk",
	{another, "a gravity or an angle", 0}:          "api degapi degreesapi °api apigravity degrees dd",
	{another, "a pressure", 0}:                     "kpa kpag kpaa bar psi psig psia mpa pa",
})

// spelled turns the table around.
func spelled(table map[unit]string) map[string]unit {
	out := map[string]unit{}
	for u, names := range table {
		for name := range strings.FieldsSeq(names) {
			out[name] = u
		}
	}
	return out
}

// understand returns the unit of a text. What has a stroke in it and is no density is a ratio.
func understand(text string) unit {
	plain := strings.ToLower(strings.ReplaceAll(text, " ", ""))
	if u, known := units[plain]; known {
		return u
	}
	if strings.Contains(plain, "/") {
		return unit{another, "a ratio", 0}
	}
	return unit{}
}

// describe says what a unit of something else than is due measures.
func (u unit) describe() string {
	switch u.dimension {
	case another:
		return u.name
	case energy:
		return "an energy"
	}
	return "a " + string(u.dimension)
}

// measure is a figure with its unit, as a document writes it.
type measure struct {
	at     *node // the figure
	unitAt *node // its unit, or nil
	value  decimal
	unit   unit
}

// measured reads a figure: a number, or an object of value and unit.
func measured(n *node) (measure, bool) {
	m := measure{at: n}
	if n != nil && n.kind == objectKind {
		m.at, m.unitAt = n.get("value"), n.get("unitCode", "unit", "unitText")
		m.unit = understand(m.unitAt.string())
	}
	var ok bool
	m.value, ok = parseDecimal(m.at.string())
	return m, ok
}
