package customs_test

import (
	"slices"
	"testing"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

func TestCodesOfTheTables(t *testing.T) {
	tab := tables(t)
	if country, name, known := tab.Origin("XA"); country != "CA" || name != "Alberta" || !known {
		t.Errorf("XA: %s, %s, %v", country, name, known)
	}
	if country, _, known := tab.Origin("CA"); country != "CA" || !known {
		t.Errorf("CA: %s, %v", country, known)
	}
	if _, _, known := tab.Origin(""); known {
		t.Error("no code is known")
	}
	if codes := tab.Provinces("CA"); !slices.Contains(codes, "XS") || slices.Contains(codes, "MX") {
		t.Errorf("provinces %v", codes)
	}
	if agreement, countries, known := tab.Program("S"); agreement != "USMCA" || !slices.Equal(countries, []string{"CA", "MX"}) || !known {
		t.Errorf("S: %s, %v, %v", agreement, countries, known)
	}
	if _, _, known := tab.Program("Q"); known {
		t.Error("Q is no program")
	}
	for _, tt := range []struct{ spi, code, on, want string }{
		{"S", "XA", "2026-02-01", "USMCA"}, {"", "XA", "2026-02-01", "USMCA"}, {"", "XA", "2019-02-01", "NAFTA"}, {"CA", "XA", "2019-02-01", "NAFTA"},
		{"MX", "MX", "2019-02-01", "NAFTA"}, {"CA", "XA", "2026-02-01", "USMCA"}, {"P", "XA", "2026-02-01", "USMCA"}, {"P", "GT", "2026-02-01", "CAFTA-DR"},
		{"", "PE", "2026-02-01", ""},
	} {
		if got := tab.Agreement(tt.spi, tt.code, dated.AsOf{At: dated.Date(tt.on).Noon()}); got != tt.want {
			t.Errorf("%q of %s on %s is under %q, want %q", tt.spi, tt.code, tt.on, got, tt.want)
		}
	}
	if units := tab.UnitsOf("2709.00.10.00"); !slices.Equal(units, []string{"bbl"}) {
		t.Errorf("2709.00.10.00: %v", units)
	}
	if units := tab.UnitsOf("2204.21.60.00"); units != nil {
		t.Errorf("wine, which is not in the table: %v", units)
	}
}

// T17, as in Classify.
func TestCrudeDivides(t *testing.T) {
	crude := tables(t).Crude()
	for _, c := range []struct {
		api    quantity.Micro
		hts    string
		atRisk bool
	}{
		{21_100_000, "2709.00.10.00", false}, {24_940_000, "2709.00.10.00", true}, {24_960_000, "2709.00.20.90", true},
		{25_010_000, "2709.00.20.90", true}, {38_400_000, "2709.00.20.90", false},
	} {
		if hts, atRisk := crude.Line(c.api); hts != c.hts || atRisk != c.atRisk {
			t.Errorf("%s: %s, at risk %v", c.api, hts, atRisk)
		}
	}
}
