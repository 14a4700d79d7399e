package calc

import (
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/gas"
)

// The examples are points of NIST's test data for AGA 8 (TESTDATA of github.com/usnistgov/AGA8, commit 3bdb9ab8), as its C++ code
// computes them; the last gas is that of the code's own example. The header of the compositions is put before them.
const (
	nistDetail = `
165.933,,1,99.69531,0.2016,0.00937,0.07671,0.00679,0.00197,0.00068,0.00156,0,0,0,0,0,0,0,0,0,0,0,0.00601,0,1179.24823008,26.4849270382,41.4918590778,309.770866361,
282.117,,3.75,95.065106,0.21485,1.25606,2.427795,0.49213,0.108789,0.106762,0.073877,0.068847,0.089252,0.072182,0.017708,0.005126,0.000552,0,0.000963,0,0,0,0,0,7324.54459599,29.6713831849,49.1675381384,399.440183724,
208.155,,15.66,83.26911,0.60063,0.868,9.26637,5.03144,0.53156,0.39038,0.01883,0.01302,0,0,0,0,0,0,0,0,0,0,0.01066,0,5802.55662451,-3.82884677061,57.0096552911,0,unstable
307.31,,9.5,50,0,0,0,0,0,0,50,0,0,0,0,0,0,0,0,0,0,0,0,0,-10442.6663291,15.2643102408,-212.270328951,754.312235618,unstable
165.933,,1,99.69531,0.2016,0.00937,0.07671,0.00679,0.00197,0.00068,0.00156,0,0,0,0,0,0,0,0,0,0,0,0.00601,0,1179.24823008,26.4849270382,41.4918590778,309.770866361,
400,50000,,77.824,2,6,8,3,.15,.3,.05,.165,.215,.088,.024,.015,.009,.4,.5,.2,.01,.25,.7,.1,50000,39.12076154430332,58.54617672380667,712.6393684057903,
`
	nistGERG = `
165.933,,1,99.69531,0.2016,0.00937,0.07671,0.00679,0.00197,0.00068,0.00156,0,0,0,0,0,0,0,0,0,0,0,0.00601,0,1178.97652491,27.0032812023,42.1157486229,308.964406748,
282.117,,3.75,95.065106,0.21485,1.25606,2.427795,0.49213,0.108789,0.106762,0.073877,0.068847,0.089252,0.072182,0.017708,0.005126,0.000552,0,0.000963,0,0,0,0,0,7321.88084943,29.6200270807,49.1680244984,399.378541648,
208.155,,15.66,83.26911,0.60063,0.868,9.26637,5.03144,0.53156,0.39038,0.01883,0.01302,0,0,0,0,0,0,0,0,0,0,0.01066,0,5532.57651653,34.8499485121,105.926537344,490.121124966,
400,50000,,77.824,2,6,8,3,.15,.3,.05,.165,.215,.088,.024,.015,.009,.4,.5,.2,.01,.25,.7,.1,50000,39.02948218156372,58.45522051000366,714.4248840596024,
`
	nistGross = `
300,10000,,.77824,.02,.06,.08,.03,.0015,.003,.0005,.00165,.00215,.00088,.00024,.00015,.00009,.004,.005,.002,.0001,.0025,.007,.001,10000,,,,
300,,5.117641317088482,.77824,.02,.06,.08,.03,.0015,.003,.0005,.00165,.00215,.00088,.00024,.00015,.00009,.004,.005,.002,.0001,.0025,.007,.001,10000,,,,
`
)

func TestGasBatch(t *testing.T) {
	header := strings.Join(gasColumns, ",") + ",exp_P_kPa,exp_cv_J_molK,exp_cp_J_molK,exp_w_m_s,exp_error"
	answersMeet(t, header+nistDetail, 1e-9, "gas")
	answersMeet(t, header+nistGERG, 1e-9, "gas", "--method", "gerg")
	answersMeet(t, header+nistGross, 1e-9, "gas", "--method", "gross")
	const z = ",exp_D_mol_dm3,exp_Z,a,b,c\n300,10000,,.77824,.02,.06,.08,.03,.0015,.003,.0005,.00165,.00215,.00088,.00024,.00015,.00009,.004,.005,.002,.0001,.0025,.007,.001,"
	answersMeet(t, strings.Join(gasColumns, ",")+z+"5.117641317088482,0.7833795701012788,,,\n", 1e-9, "gas", "--method", "gross")
}

func TestGasBatchRefuses(t *testing.T) {
	pure := func(t, p, d, rest string) string {
		return t + "," + p + "," + d + "," + rest + strings.Repeat(",0", 20)
	}
	for _, tc := range []struct{ name, method, row, word string }{
		{"nothing wrong", "detail", pure("300", "5000", "", "1"), ""},
		{"percent or fractions are one", "gerg", pure("300", "5000", "", "99.9"), ""},
		{"both", "detail", pure("300", "5000", "2", "1"), "both"},
		{"neither", "detail", pure("300", "", "", "1"), "missing"},
		{"no temperature", "gerg", pure("", "5000", "", "1"), "missing"},
		{"no number", "gerg", pure("300", "high", "", "1"), "number"},
		{"NaN", "detail", pure("NaN", "5000", "", "1"), "number"},
		{"a component left empty", "detail", pure("300", "5000", "", ""), "missing"},
		{"a component that is no number", "detail", pure("300", "5000", "", "all"), "number"},
		{"no gas", "detail", pure("300", "5000", "", "0"), "composition"},
		{"less than none", "gerg", pure("300", "5000", "", "-1"), "composition"},
		{"too hot", "detail", pure("6000", "5000", "", "1"), "temperature-range"},
		{"too cold", "gerg", pure("0.5", "5000", "", "1"), "temperature-range"},
		{"negative pressure", "gerg", pure("300", "-1", "", "1"), "pressure-range"},
		{"vacuum", "detail", pure("300", "0", "", "1"), "density-range"},
		{"vacuum by GROSS", "gross", pure("300", "0", "", "1"), "density-range"},
		{"negative density", "gross", pure("300", "", "-1", "1"), "density-range"},
		{"GROSS far from natural gas", "gross", "300,5000,,0,100" + strings.Repeat(",0", 19), "composition"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			good := pure("300", "5000", "", "1")
			out, err := run(t, strings.Join(gasColumns, ",")+"\n"+tc.row+"\n"+good+"\n", "gas", "--batch", "-", "--method", tc.method)
			if err != nil {
				t.Fatal(err)
			}
			rows := tableOf(t, out)
			if rows[0]["error"] != tc.word || (tc.word == "") != (rows[0]["Z"] != "") {
				t.Errorf("got %v, want the word %q", rows[0], tc.word)
			}
			if rows[1]["error"] != "" || rows[1]["Z"] == "" {
				t.Errorf("the row after it: %v", rows[1])
			}
		})
	}
}

// TestGasBatchReuses: the equation stays as long as the composition does, and no longer.
func TestGasBatchReuses(t *testing.T) {
	g := &gasRows{of: equations["detail"]}
	cells := strings.Split("300,5000,"+",95,5"+strings.Repeat(",0", 19), ",")
	var kept equation
	for i, x := range []struct {
		methane string
		new     bool
	}{{"95", true}, {"95", false}, {"95.0", false}, {"94", true}, {"95", true}} {
		cells[3] = x.methane
		a := &answer{}
		if err := g.answer(cells, a); err != nil {
			t.Fatal(err)
		}
		if (g.mixture != kept) != x.new {
			t.Errorf("row %d: a new equation %v, want %v", i, g.mixture != kept, x.new)
		}
		kept = g.mixture
	}
	cells[3] = "-1"
	if err := g.answer(cells, &answer{}); err == nil || g.mixture != nil {
		t.Error("a refused composition left an equation behind")
	}
}

// BenchmarkGasBatch is one row of 21 components at one composition: reading, density from pressure, properties, writing.
func BenchmarkGasBatch(b *testing.B) {
	g := &gasRows{of: equations["detail"]}
	cells := strings.Split("300,5000,,95.065106,0.21485,1.25606,2.427795,0.49213,0.108789,0.106762,0.073877,0.068847,0.089252,0.072182,0.017708,0.005126,0.000552,0,0.000963,0,0,0,0,0", ",")
	if len(cells) != 3+gas.Components {
		b.Fatal(len(cells))
	}
	a := &answer{}
	b.ReportAllocs()
	for b.Loop() {
		a.line, a.cells = a.line[:0], 0
		if err := g.answer(cells, a); err != nil {
			b.Fatal(err)
		}
	}
}
