package customs_test

import (
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/customs"
)

// A quantity may be in any unit of the kind that the line counts, as documents spell it. 9,500 m3 are 59,755.94 barrels of the tariff.
func TestEstimateUnits(t *testing.T) {
	for _, c := range []struct{ hts, quantity, unit, base, says string }{
		{"2709.00.10", "50000", "Barrels", "2625.00", ""},
		{"2709.00.10", "50000", " BLL ", "2625.00", ""},
		{"2709.00.10", "9500", "m3", "3137.19", "9,500 m3 are 59,755.944144 bbl by legal-barrel"},
		{"2709.00.10", "9500", "MTQ", "3137.19", "taken to be at 60 F"},
		{"2709.00.10", "9500000", "litres", "3137.19", "9,500,000 liters are 59,755.944144 bbl"},
		{"2709.00.10", "2100000", "gal", "2625.00", "2,100,000 gal are 50,000 bbl by 42 US gallons a barrel"},
		{"2709.00.10", "2099979", "gal", "2625.00", "are 49,999.5 bbl"},
		{"2709.00.10", "2099978.9", "gal", "2624.95", "are 49,999.497619 bbl"},
		{"2710.19.40", "10", "t", "187.00", "10 t are 10,000 kg"}, // 1.3 c a kg + 5.7 % of $1,000
		{"2711.21.00", "5000", "MMBtu", "0.00", "reported in m3, and the quantity is in MMBtu"},
		{"2711.21.00", "5000", "M3", "0.00", ""},
		{"2714.10.00", "5000", "KGM", "0.00", "5,000 kg are 5 t"},
	} {
		t.Run(c.quantity+" "+c.unit+" of "+c.hts, func(t *testing.T) {
			i := crude(t, "2025-03-03 12:00", "")
			i.HTS, i.Quantity, i.Unit, i.Value = c.hts, bbl(t, c.quantity), c.unit, 100_000
			e, err := tables(t).Estimate(i)
			if err != nil {
				t.Fatal(err)
			}
			said := ""
			for _, r := range e.Trace {
				if r.Rule == "Quantity" {
					said += r.Text
				}
			}
			if e.Base.String() != c.base || !strings.Contains(said, c.says) || (c.says == "") != (said == "") {
				t.Errorf("duty %s, want %s; %q, want %q", e.Base, c.base, said, c.says)
			}
		})
	}
}

// D8 for goods that are free: the fee of a new fiscal year is not known, that of a day by pipeline stays as it is.
func TestPipelineDayOutlivesTheFiscalYear(t *testing.T) {
	i := crude(t, "2026-11-01", "")
	i.HTS, i.Quantity, i.Unit = "2711.21.00", 0, ""
	for route, want := range map[customs.Route]string{customs.Standard: "unknown", customs.PipelineDay: "400.00"} {
		i.Route = route
		if e, err := tables(t).Estimate(i); err != nil || e.MPF.String() != want || e.Total.String() != want {
			t.Errorf("%s: fee %s, total %s (%v), want %s", route, e.MPF, e.Total, err, want)
		}
	}
	i.Entered = eastern(t, "2026-11-22")
	if e, err := tables(t).Estimate(i); err != nil || !e.MPF.Unknown {
		t.Errorf("past what the table knows: %s, %v", e.MPF, err)
	}
}
