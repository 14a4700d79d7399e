package runticket

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/metrology/quantity"
)

// Name is what a figure is of.
type Name string

// The names of figures, in the order in which a ticket has them. Volumes of a tank are those of its table at a gauge, TOV, of
// MPMS 12.1.
const (
	Pulses       Name = "pulses"
	KFactor      Name = "K-factor" // pulses per unit of volume
	Opening      Name = "opening totaliser"
	Closing      Name = "closing totaliser"
	TankOpening  Name = "opening volume"
	WaterOpening Name = "opening free water"
	TempOpening  Name = "opening temperature"
	TankClosing  Name = "closing volume"
	WaterClosing Name = "closing free water"
	TempClosing  Name = "closing temperature"
	IV           Name = "IV"
	MeterFactor  Name = "meter factor"
	GV           Name = "GV" // gross volume; of a tank, gross observed
	Temperature  Name = "temperature"
	Pressure     Name = "pressure"
	Observed     Name = "observed density"
	ObservedAt   Name = "observed temperature"
	Density      Name = "density" // at reference conditions
	CTL          Name = "CTL"
	CPL          Name = "CPL"
	CTPL         Name = "CTPL"
	CCF          Name = "CCF" // CTL x CPL x meter factor
	GSV          Name = "GSV"
	OtherGSV     Name = "GSV from averages" // beside a GSV that is a sum
	SW           Name = "S&W"               // percent
	CSW          Name = "CSW"
	NSV          Name = "NSV"
	WaterVolume  Name = "S&W volume"
	Mass         Name = "mass"
)

// dimension is what a figure measures.
type dimension uint8

const (
	count dimension = iota
	plain
	volume
	temperature
	pressure
	density
	percent
	mass
	energy // of a month of gas; no figure of a ticket
)

// The units that are read, first the name that is printed. A pressure is gauge, as MPMS 11.1 takes it, also where a column says
// psi, kPa or bar alone.
var units = map[dimension][][]string{
	volume: {
		{"bbl", "bbls", "barrel", "barrels", "us bbl"}, {"m3", "m³", "cubic metres", "cubic meters", "cu m"},
	},
	temperature: {{"F", "degf", "deg f", "°f", "fahrenheit"}, {"C", "degc", "deg c", "°c", "celsius"}},
	pressure:    {{"psig", "psi", "psi g", "lb/in2"}, {"kPag", "kpa", "kpa g"}, {"barg", "bar", "bar g"}},
	density:     {{"API", "degapi", "deg api", "°api"}, {"RD", "sg", "rel"}, {"kg/m3", "kg/m³", "kgm3"}},
	percent:     {{"%", "percent", "pct", "vol%", "% vol"}},
	mass:        {{"kg", "kilograms"}},
	energy:      {{"MMBtu"}, {"GJ"}},
}

var kinds = map[dimension]string{
	volume: "volume", temperature: "temperature", pressure: "pressure", density: "density", percent: "percent", mass: "mass",
}

// unitOf returns the unit of a dimension that a text means.
func unitOf(d dimension, s string) (string, bool) {
	for _, names := range units[d] {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, s) }) {
			return names[0], true
		}
	}
	return "", false
}

// unitNames lists the units of a dimension for a message.
func unitNames(d dimension) string {
	var all []string
	for _, names := range units[d] {
		all = append(all, names[0])
	}
	return strings.Join(all, " or ")
}

// definition is a figure: what it measures, and how carriers head its column, in words of letters and digits.
type definition struct {
	name Name
	of   dimension
	also string
}

// definitions are the figures in their order. A heading that is the name itself is read too.
var definitions = []definition{
	{Pulses, count, "pulse count|net pulses|meter pulses"},
	{KFactor, plain, "kf|kfactor|pulses per unit|nominal k factor"},
	{Opening, volume, "open reading|opening reading|opening meter reading|opening meter|open meter|meter open|start reading|previous reading|" +
		"opening iv|opening index"},
	{Closing, volume, "close reading|closing reading|closing meter reading|closing meter|close meter|meter close|end reading|present reading|" +
		"closing iv|closing index"},
	{TankOpening, volume, "opening tov|opening tank volume|open tank volume|opening gauge volume|opening observed volume|opening bbls"},
	{WaterOpening, volume, "opening fw|opening water|opening water volume"},
	{TempOpening, temperature, "open temperature|open temp|opening temp|opening tank temperature|top temp"},
	{TankClosing, volume, "closing tov|closing tank volume|close tank volume|closing gauge volume|closing observed volume|closing bbls"},
	{WaterClosing, volume, "closing fw|closing water|closing water volume"},
	{TempClosing, temperature, "close temperature|close temp|closing temp|closing tank temperature|bottom temp"},
	{IV, volume, "indicated volume|gross indicated volume|meter volume|metered volume|indicated|indicated bbls|meter quantity"},
	{MeterFactor, plain, "mf|meter factors|composite meter factor|cmf"},
	{GV, volume, "gross volume|gross|gross barrels|gross observed volume|gov|gross observed|gross metered volume"},
	{Temperature, temperature, "average temperature|avg temperature|avg temp|temp|line temperature|flow weighted temperature|fwa temperature|" +
		"twa|meter temperature|observed line temperature"},
	{Pressure, pressure, "average pressure|avg pressure|avg press|press|line pressure|flow weighted pressure|fwa pressure|meter pressure"},
	{Observed, density, "observed gravity|observed api|obs gravity|obs api|obs grav|observed api gravity|hydrometer gravity|hydrometer reading|" +
		"observed relative density|obs density"},
	{ObservedAt, temperature, "observed temp|obs temp|obs temperature|gravity temp|gravity temperature|hydrometer temperature|sample temperature"},
	{Density, density, "base density|average density|density at base|api|api 60|api60|api gravity|gravity|corrected gravity|true gravity|" +
		"api at 60|api at 60f|gravity 60|gravity at 60|corrected api|corr gravity|relative density|specific gravity|sg|density 15|density at 15c|" +
		"corrected density|standard density"},
	{CTL, plain, "vcf|temperature correction factor|volume correction factor|corrected temperature liquid factor"},
	{CPL, plain, "pressure correction factor|corrected pressure liquid factor"},
	{CTPL, plain, "combined ctl cpl"},
	{CCF, plain, "combined correction factor|composite factor|combined factor"},
	{GSV, volume, "gross standard volume|gross standard|gross std volume|standard volume|gross net|gross corrected volume|gsv bbls"},
	{OtherGSV, volume, "gsv the other way|gsv of averages"},
	{SW, percent, "s w|sw|bs w|bsw|bs and w|s and w|sediment and water|bs w percent|s w percent"},
	{CSW, plain, "s w factor|sediment and water factor"},
	{NSV, volume, "net standard volume|net standard|net|net volume|net barrels|net std volume|net bbls|net oil"},
	{WaterVolume, volume, "s w volume|bs w volume|sediment and water volume|bsw volume"},
	{Mass, mass, "total mass|net mass"},
}

// defined returns the definition of a figure.
func defined(n Name) (definition, bool) {
	i := slices.IndexFunc(definitions, func(d definition) bool { return d.name == n })
	if i < 0 {
		return definition{}, false
	}
	return definitions[i], true
}

// textNames are the texts that a ticket keeps, with more headings in textHeadings.
var textNames = []string{
	"lease", "property", "tank", "capacity", "product", "opening gauge", "closing gauge", "seals off", "seals on", "gauger", "operator",
	"driver", "witness", "delivers", "receives", "carrier", "remarks",
}

var textHeadings = map[string]string{
	"lease": "lease name|lease no|lease number|lease unit ca", "property": "property no|property number|property name|unit or ca",
	"tank": "tank no|tank number|tank id", "capacity": "tank capacity|nominal capacity", "product": "commodity name|grade|product code",
	"opening gauge": "open gauge|opening level", "closing gauge": "close gauge|closing level",
	"seals off": "seal off|seals removed|opening seal", "seals on": "seal on|seals installed|closing seal",
	"gauger": "gauger name|gauged by|person gauging", "operator": "operator name", "driver": "driver name|truck driver",
	"witness": "witnessed by", "delivers": "from|shipper|delivered by", "receives": "to|consignee|received by|purchaser",
	"carrier": "carrier name|transporter", "remarks": "comments|comment|notes",
}

// checkFigures refuses figures that are unknown, twice there or out of order, in another unit than those of theirs, or no number.
func checkFigures(figures []Figure, unit quantity.Unit) error {
	last := -1
	for _, f := range figures {
		i := slices.IndexFunc(definitions, func(d definition) bool { return d.name == f.Name })
		switch {
		case i < 0:
			return fmt.Errorf("figure %q is unknown", f.Name)
		case i <= last:
			return fmt.Errorf("figure %q stands twice or out of order", f.Name)
		case f.Value.Decimals > maxDigit:
			return fmt.Errorf("%s %s has more than %d decimals", f.Name, f.Value, maxDigit)
		}
		last = i
		switch of := definitions[i].of; of {
		case count, plain:
			if f.Unit != "" {
				return fmt.Errorf("%s has no unit, not %q", f.Name, f.Unit)
			}
		default:
			if name, is := unitOf(of, f.Unit); !is || name != f.Unit {
				return fmt.Errorf("%s is in %q, want %s", f.Name, f.Unit, unitNames(of))
			}
			if of == volume && f.Unit != string(unit) {
				return fmt.Errorf("%s is in %s, the ticket is in %s: one unit of volume on a ticket", f.Name, f.Unit, unit)
			}
		}
		if err := inRange(f, definitions[i].of); err != nil {
			return err
		}
	}
	return nil
}

// inRange refuses figures that cannot be: negative volumes and factors, a percentage above 100.
func inRange(f Figure, of dimension) error {
	switch {
	case of == percent && (f.Value.Mantissa < 0 || f.Value.Float() > 100):
		return fmt.Errorf("%s %s %% is outside 0 to 100 %%", f.Name, f.Value)
	case (of == volume || of == mass || of == count) && f.Value.Mantissa < 0:
		return fmt.Errorf("%s %s is negative", f.Name, f.Value)
	case of == plain && f.Value.Mantissa <= 0:
		return fmt.Errorf("%s %s must be positive", f.Name, f.Value)
	case of == count && f.Value.Decimals > 0:
		return fmt.Errorf("%s %s must be whole", f.Name, f.Value)
	case (of == volume || of == mass) && f.Value.Decimals > 6:
		return fmt.Errorf("%s %s has more than six decimals", f.Name, f.Value)
	}
	return nil
}
