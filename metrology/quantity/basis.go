package quantity

import (
	"fmt"
	"strings"
)

// Unit is a unit of account.
type Unit string

// The units of account. An inventory is kept in one of them.
const (
	CubicMetre Unit = "m3"
	Barrel     Unit = "bbl" // 42 US gallons
	Kilogram   Unit = "kg"
	MMBtu      Unit = "MMBtu"
	Gigajoule  Unit = "GJ"
	Each       Unit = "each"
)

// Dimension is what a unit measures.
type Dimension string

// The dimensions of the units of account.
const (
	Volume Dimension = "volume"
	Mass   Dimension = "mass"
	Energy Dimension = "energy"
	Count  Dimension = "count"
)

// Dimension returns what the unit measures, "" of one that is none.
func (u Unit) Dimension() Dimension {
	switch u {
	case CubicMetre, Barrel:
		return Volume
	case Kilogram:
		return Mass
	case MMBtu, Gigajoule:
		return Energy
	case Each:
		return Count
	}
	return ""
}

// Reference names the reference (base) conditions of a volume; the pressure is 0 gauge, 101.325 kPa. Mass, energy and counts have none.
type Reference string

// The reference conditions of API MPMS 11.1.
const (
	None  Reference = ""
	At15C Reference = "15C"
	At20C Reference = "20C"
	At60F Reference = "60F"
)

// Basis is what an amount is counted in: its unit and its reference conditions.
type Basis struct {
	_         struct{} `cbor:",toarray"`
	Unit      Unit
	Reference Reference
}

// The two bases of the crude oil trade between Canada and the United States.
var (
	Metric    = Basis{Unit: CubicMetre, Reference: At15C}
	Customary = Basis{Unit: Barrel, Reference: At60F}
)

// String prints the basis as people write it: "m3 at 15C".
func (b Basis) String() string {
	if b.Reference == None {
		return string(b.Unit)
	}
	return string(b.Unit) + " at " + string(b.Reference)
}

// MarshalText prints the basis as String does.
func (b Basis) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText reads "m3 at 15C", or a unit alone where there are no reference conditions.
func (b *Basis) UnmarshalText(text []byte) error {
	unit, reference, _ := strings.Cut(string(text), " at ")
	read := Basis{Unit: Unit(unit), Reference: Reference(reference)}
	if err := read.Valid(); err != nil {
		return err
	}
	*b = read
	return nil
}

// Valid reports whether the basis is one of the known units with reference conditions that suit it.
func (b Basis) Valid() error {
	switch b.Unit.Dimension() {
	case Volume:
		switch b.Reference {
		case At15C, At20C, At60F:
			return nil
		}
		return fmt.Errorf("volume in %s needs reference conditions 15C, 20C or 60F, not %q", b.Unit, b.Reference)
	case Mass, Energy, Count:
		if b.Reference != None {
			return fmt.Errorf("%s has no reference conditions, got %q", b.Unit, b.Reference)
		}
		return nil
	}
	return fmt.Errorf("unit %q is none of m3, bbl, kg, MMBtu, GJ, each", b.Unit)
}

// The barrel of 42 US gallons of 231 cubic inches is 0.158987294928 m3 exactly.
const (
	barrelNumerator   = 158_987_294_928
	barrelDenominator = 1_000_000_000_000
)

// ExactBarrel is the name of the conversion between cubic metres and barrels. It changes the unit only, never the reference
// conditions.
const ExactBarrel = "exact-barrel"

// ToBarrels converts cubic metres to barrels at the same reference conditions (the exact-barrel conversion).
func ToBarrels(m3 Micro) (Micro, error) { return m3.Ratio(barrelDenominator, barrelNumerator) }

// ToCubicMetres converts barrels to cubic metres at the same reference conditions (the exact-barrel conversion).
func ToCubicMetres(bbl Micro) (Micro, error) { return bbl.Ratio(barrelNumerator, barrelDenominator) }
