package quantity

import (
	"testing"

	"pgregory.net/rapid"
)

// TestBasis: a volume needs reference conditions, a mass or a count has none.
func TestBasis(t *testing.T) {
	for _, tc := range []struct {
		basis Basis
		print string
		valid bool
	}{
		{Metric, "m3 at 15C", true},
		{Customary, "bbl at 60F", true},
		{Basis{Unit: CubicMetre, Reference: At20C}, "m3 at 20C", true},
		{Basis{Unit: Kilogram}, "kg", true},
		{Basis{Unit: MMBtu}, "MMBtu", true},
		{Basis{Unit: Gigajoule}, "GJ", true},
		{Basis{Unit: Each}, "each", true},
		{Basis{Unit: MMBtu, Reference: At15C}, "MMBtu at 15C", false},
		{Basis{Unit: CubicMetre}, "m3", false},
		{Basis{Unit: Barrel, Reference: "0C"}, "bbl at 0C", false},
		{Basis{Unit: Kilogram, Reference: At15C}, "kg at 15C", false},
		{Basis{Unit: "gal", Reference: At60F}, "gal at 60F", false},
		{Basis{}, "", false},
	} {
		if err := tc.basis.Valid(); (err == nil) != tc.valid {
			t.Errorf("%s: %v, want valid: %v", tc.basis, err, tc.valid)
		}
		if got := tc.basis.String(); got != tc.print {
			t.Errorf("prints as %q, want %q", got, tc.print)
		}
	}
}

// TestBarrel: 42 gallons of 231 cubic inches of 25.4 mm cubed, exactly, and there and back within the rounding.
func TestBarrel(t *testing.T) {
	const thousandthsOfMM3 = 42 * 231 * 254 * 254 * 254
	if barrelNumerator != thousandthsOfMM3 || barrelDenominator != 1_000_000_000_000 {
		t.Errorf("a barrel is %d/%d m3, want %d/10^12", barrelNumerator, barrelDenominator, thousandthsOfMM3)
	}
	if got, err := ToCubicMetres(1_000_000_000_000); err != nil || got != 158_987_294_928 {
		t.Errorf("a million barrels are %s m3, %v", got, err)
	}
	if got, err := ToBarrels(9_500_000_000); err != nil || got.Decimal(2) != "59753.20" {
		t.Errorf("9,500 m3 are %s bbl, %v", got, err)
	}
	rapid.Check(t, func(t *rapid.T) {
		m := Micro(rapid.Int64Range(-1e17, 1e17).Draw(t, "m3"))
		bbl, err := ToBarrels(m)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ToCubicMetres(bbl); err != nil || back != m {
			t.Fatalf("%s m3 are %s bbl, and back %s m3, %v", m, bbl, back, err)
		}
	})
}

// TestDimension: what each unit of account measures.
func TestDimension(t *testing.T) {
	for unit, want := range map[Unit]Dimension{
		CubicMetre: Volume, Barrel: Volume, Kilogram: Mass, MMBtu: Energy, Gigajoule: Energy, Each: Count, "gal": "", "": "",
	} {
		if got := unit.Dimension(); got != want {
			t.Errorf("%q measures %q, want %q", unit, got, want)
		}
	}
}
