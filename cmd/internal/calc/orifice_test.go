package calc

import (
	"strings"
	"testing"
)

// Cases of API MPMS 14.3.4-1992, as an independent implementation computes them without rounding; the fourth is not at hand.
const orificeExamples = `
case,Tf_F,Pf_psia,dP_inH2O60,d_ref_in,D_ref_in,mu_cP,rho_f_lbm_ft3,rho_b_lbm_ft3,k,exp_Cd,exp_qm_lbm_h,exp_qb_ft3_h,exp_Re
1,210.0,14.696,110.1736,1.45311,1.93945,0.2825,58.792,62.366,-1,0.610059175,45118.6467,723.449422,519655.938
2,0.0,14.696,8.9938,1.59374,7.98146,1865.0,58.199,56.861,-1,1.14751972,23933.4631,420.911752,10.1593649
3,0.0,200.0,56.211,2.66406,4.02638,0.01352,2.0466,0.116198,1.3198,0.605436425,18313.9862,157610.167,2125757.02
5,0.0,200.0,440.6943,0.19531,1.93945,0.01352,2.0466,0.116198,1.3198,0.59899862,240.023059,2065.63847,57838.8806
6,0.0,14.696,2.2484,0.79689,7.98146,1865.0,58.199,56.861,-1,1.15408618,3006.67832,52.8776898,4.61634474
`

func TestOrificeBatch(t *testing.T) {
	answersMeet(t, orificeExamples, 1e-8, "orifice") // nine digits are printed
	answersMeet(t, `
case,Tf_F,Pf_psia,dP_inH2O60,d_ref_in,D_ref_in,mu_cP,rho_f_lbm_ft3,rho_b_lbm_ft3,k,exp_Cd,exp_qm_lbm_h,exp_qb_ft3_h
3,0.0,200.0,56.211,2.66406,4.02638,0.01352,2.0466,0.116198,1.3198,0.60543592,18321.4336,157674.259
5,0.0,200.0,440.6943,0.19531,1.93945,0.01352,2.0466,0.116198,1.3198,0.598997178,240.673677,2071.23769
`, 5e-9, "orifice", "--expansion", "2013")
}

func TestOrificeBatchRefuses(t *testing.T) {
	const good = "1,210.0,14.696,110.1736,1.45311,1.93945,0.2825,58.792,62.366,-1"
	for _, tc := range []struct{ name, column, cell, word string }{
		{"no number", "Tf_F", "hot", "number"},
		{"no viscosity", "mu_cP", "", "missing"},
		{"NaN", "k", "NaN", "number"},
		{"too hot", "Tf_F", "5000", "temperature-range"},
		{"no pressure", "Pf_psia", "0", "pressure-range"},
		{"flow backwards", "dP_inH2O60", "-1", "pressure-range"},
		{"no pipe", "D_ref_in", "0", "diameter-range"},
		{"a bore wider than the pipe", "d_ref_in", "3", "refused"},
		{"as thick as pitch", "mu_cP", "1e9", "viscosity-range"},
		{"no density", "rho_f_lbm_ft3", "0", "density-range"},
		{"no exponent", "k", "0", "k-range"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cells := strings.Split(good, ",")
			for i, c := range orificeColumns {
				if c == tc.column {
					cells[i] = tc.cell
				}
			}
			out, err := run(t, strings.Join(orificeColumns, ",")+"\n"+strings.Join(cells, ",")+"\n"+good+"\n", "orifice", "--batch", "-")
			if err != nil {
				t.Fatal(err)
			}
			rows := tableOf(t, out)
			if rows[0]["error"] != tc.word || rows[0]["Cd"] != "" || rows[0]["case"] != "1" {
				t.Errorf("got %v, want the word %q", rows[0], tc.word)
			}
			if rows[1]["error"] != "" || rows[1]["Cd"] == "" {
				t.Errorf("the row after it: %v", rows[1])
			}
		})
	}
}
