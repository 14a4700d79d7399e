package calc

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

// liquidExamples are worked examples of API MPMS 11.1-2004 (Addendum 1-2007), figures only, from the example files of the C
// distribution of the standard, with the answers in columns of their own: a batch takes no notice of those.
const liquidExamples = `
# figures of API MPMS 11.1, examples
id,kind,group,alpha60_perF,obs_T,T_unit,obs_P,P_unit,dens,dens_unit,base,alt_T,alt_P,volume_in,exp_rho_base_kgm3,exp_ctl,exp_fp,exp_cpl,exp_ctpl,exp_volume,exp_ctl_alt,exp_fp_alt,exp_cpl_alt,exp_ctpl_alt,exp_rho_alt_kgm3,exp_volume_alt,exp_error
11.1.6.1-1,base_to_alt,crude,,-27.7,F,0,psig,17.785,API,60F,,,987.99,,1.033011591958,0.305779891997,1.0,1.033011591958,1020.6035499,,,,,978.178034364,,
11.1.6.1-4,base_to_alt,refined,,85.0,F,247.3,psig,0.7943,RD,60F,,,1000,,0.986832406683,0.664706197066,1.001646525013,0.988457250925,988.46,,,,,784.3590249208,,
11.1.6.1-5,base_to_alt,refined,,-32.8,F,124.63,psig,772.32,kg/m3,60F,,,327468.0,,1.057147343671,0.451102239378,1.000562524977,1.057742015457,346376.00232,,,,,816.9153133776,,
11.1.6.1-7,base_to_alt,alpha,0.000732185,97.7,F,287.4,psig,1.0537,RD,60F,,,203.85,,0.9721737956968,0.346454796729,1.000996703515,0.973142764735,198.374589,,,,,1024.3915370787,,
11.1.6.1-8,base_to_alt,lube,,129.3,F,138.8,psig,42.9,API,60F,,,99.98,,0.969922293864,0.732650236105,1.001017953704,0.970909629855,97.0715818,,,,,786.9754991473,,
11.1.6.1-11,base_to_alt,crude,,92.0,F,1501,psig,100,API,60F,,,1000,,,,,,,,,,,,,pressure-range
11.1.6.1-13,base_to_alt,refined,,302.0,F,0,psig,-10.08,API,60F,,,1000,,,,,,,,,,,,,density-range
11.1.6.2-1,obs_to_base,crude,,80.3,F,-5,psig,823.7,kg/m3,60F,,,1000,832.048516184234,0.989966310837,0.567045450015,1.0,0.989966310837,989.97,,,,,,,
11.1.6.2-3,obs_to_base,refined,,68.0,F,11.0,psig,0.8665,RD,60F,,,28.45,868.722680008428,0.9964068147,0.484824263921,1.000053333513,0.996459956576,28.349287,,,,,,,
11.1.6.2-5,obs_to_base,refined,,25.3,F,267.0,psig,803.141,kg/m3,60F,,,9998.7,787.507922593917,1.018381017381,0.539959363768,1.001443772976,1.019851328373,10197.174195,,,,,,,
11.1.6.2-8,obs_to_base,lube,,78.7,F,128,psig,23.6,API,60F,,,2500,917.442430351448,0.992874116475,0.438941943315,1.000562161535,0.993432272113,2483.575,,,,,,,
11.1.6.2-10,obs_to_base,crude,,-58.05,F,0,psig,169.16,API,60F,,,1000,,,,,,,,,,,,,temperature-range
11.1.6.2-15,obs_to_base,lube,,72.32,F,0,psig,66.48,API,60F,,,1000,,,,,,,,,,,,,density-range
11.1.6.3-2,obs_to_base_to_alt,crude,,-57.95,F,113.5,psig,0.7233,RD,60F,301.95,1342.0,9988.7,663.423272118035,1.088435322387,0.603495901031,1.00068543735,1.08918137661,10879.492266,0.805983918837,4.24491684625,1.060408035597,0.854671824096,567.009178129011,12729.4654849,
11.1.6.3-4,obs_to_base_to_alt,refined,,72.04,F,375,psig,41.4,API,60F,-58,47.75,14.95,820.686533964218,0.994083677273,0.572660475665,1.002152098365,0.99622304313,14.893489,1.056751557035,0.359117236149,1.00017150789,1.056932798265,867.410514841381,14.0912728374,
11.1.6.3-7,obs_to_base_to_alt,alpha,0.00057634,84.5,F,157,psig,853.7,kg/m3,60F,97.4,0,10000,865.279061018129,0.985817857839,0.516634323827,1.000811774331,0.986618119472,9866.2,0.978305995393,0.538697628351,1.0,0.978305995393,846.507693082447,10084.9424007,
11.1.6.3-9,obs_to_base_to_alt,lube,,302,F,1499.97,psig,36.43,API,60F,98.65,568.33,999.6,917.505498028854,0.905934133257,0.838261567336,1.012733782436,0.917470101411,917.103012,0.985240961815,0.464994043354,1.002649703018,0.987851557765,906.359235485755,928.382863795,
11.1.7.1-1,base_to_alt,crude,,-32.8,C,24.6,bar,772.3,kg/m3,15C,,,9885,,1.048420095319,6.706348860257,1.001652488031,1.050152596978,10380.73275,,,,,811.030845,,
11.1.7.1-2,base_to_alt,crude,,-32.8,C,24.65,bar,772.3,kg/m3,20C,,,397498,,1.05331266825,6.622983078151,1.001635234957,1.055035081947,419376.28992,,,,,814.807392,,
11.1.7.1-3,base_to_alt,refined,,87.32,C,75,kPa,865.6,kg/m3,15C,,,48.75,,0.940416747194,0.105233071273,1.000078931033,0.94049097526,45.8488875,,,,,814.088144,,
11.1.7.1-7,base_to_alt,alpha,0.000446759,89.9,C,45.35,bar,641.8,kg/m3,15C,,,47.85,,0.938841277179,41.70265108101,1.019276716462,0.956939054283,45.789579,,,,,614.164092,,
11.1.7.2-1,obs_to_base,refined,,27.35,C,1234,kPa,657.3,kg/m3,15C,,,10000,667.718347529613,0.982192367319,0.18149681424,1.002244698072,0.984397092633,9844,,,,,,,
11.1.7.2-2,obs_to_base,crude,,26.8,C,-5,kPa,823.7,kg/m3,15C,,,1000,832.434018321149,0.989507855128,0.082232607523,1.0,0.989507855128,989.51,,,,,,,
11.1.7.2-9,obs_to_base,lube,,-49.97,C,31.1,bar,1204.6,kg/m3,15C,,,100,1163.078239292499,1.034672971366,3.188159804848,1.000992501782,1.035699886134,103.57,,,,,,,
11.1.7.2-17,obs_to_base,lube,,0.42,C,0,kPa,723.45,kg/m3,15C,,,1000,,,,,,,,,,,,,density-range
11.1.7.3-2,obs_to_base_to_alt,crude,,-40,C,2.15,bar,758.7,kg/m3,15C,90.0,24.35,1000,712.223958926801,1.065075510252,7.828785016773,1.000168347214,1.065254812747,1065.25,0.907158012893,23.662962293959,1.005795323575,0.912415287111,649.844027971673,1167.4996164,
11.1.7.3-4,obs_to_base_to_alt,refined,,22.25,C,2585,kPa,817.55,kg/m3,15C,102.35,3505,9987.5,821.056637883991,0.993590934183,0.08306973448,1.002151973683,0.995729115724,9944.853375,0.921427460327,0.13936960452,1.004908884069,0.925950640907,760.25792007001,10740.16240078,
11.1.7.3-5,obs_to_base_to_alt,refined,,1.85,C,1835,kPa,799,kg/m3,20C,45.95,10342,15.85,784.134681415189,1.01743503259,0.081430476547,1.001496485367,1.018957609228,16.150516,0.974768180331,0.110854271298,1.011597508944,0.986073063021,773.214087124006,16.378670885,
11.1.7.3-7,obs_to_base_to_alt,alpha,0.00057634,29.2,C,395,kPa,853.7,kg/m3,15C,55.05,6505,1000,866.255119751516,0.985215119619,0.074836882253,1.000295694093,0.985506440926,985.51,0.958004304551,0.087007330735,1.005692042841,0.963457306095,834.599824066622,1022.88626409,
11.1.7.3-9,obs_to_base_to_alt,lube,,35.8,C,140,kPa,734.29,kg/m3,20C,150,10340,1000,,,,,,,,,,,,,density-range`

// tableOf reads CSV as rows by column.
func tableOf(t *testing.T, text string) (rows []map[string]string) {
	t.Helper()
	var header []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(line, ",")
		if header == nil {
			header = cells
			continue
		}
		if len(cells) != len(header) {
			t.Fatalf("%d cells under %d names: %s", len(cells), len(header), line)
		}
		row := map[string]string{}
		for i, c := range cells {
			row[header[i]] = c
		}
		rows = append(rows, row)
	}
	return rows
}

// answersMeet has a batch answer its own examples, and compares each column with the one whose name has exp_ before it.
func answersMeet(t *testing.T, in string, tolerance float64, args ...string) {
	t.Helper()
	out, err := run(t, in, append(args, "--batch", "-")...)
	if err != nil {
		t.Fatal(err)
	}
	asked, answered := tableOf(t, in), tableOf(t, out)
	if len(asked) == 0 || len(asked) != len(answered) {
		t.Fatalf("%d rows, %d answers", len(asked), len(answered))
	}
	compared := 0
	for i, got := range answered {
		for name, text := range got {
			want, ok := asked[i]["exp_"+name]
			if !ok {
				continue
			}
			compared++
			if text == want {
				continue
			}
			x, err1 := strconv.ParseFloat(text, 64)
			y, err2 := strconv.ParseFloat(want, 64)
			if err1 != nil || err2 != nil || !(math.Abs(x-y) <= tolerance*math.Abs(y)) {
				t.Errorf("row %d: %s is %q, want %q: %v", i+1, name, text, want, got)
			}
		}
	}
	if compared < len(asked) {
		t.Errorf("%d figures compared of %d rows", compared, len(asked))
	}
}

func TestLiquidBatch(t *testing.T) {
	answersMeet(t, liquidExamples, 2e-9, "liquid")
	out, err := run(t, liquidExamples, "liquid", "--batch", "-")
	if err != nil {
		t.Fatal(err)
	}
	asked, answered := tableOf(t, liquidExamples), tableOf(t, out)
	for i, got := range answered {
		if want := asked[i]["exp_volume"]; got["volume"] != want { // to the digit
			t.Errorf("%s: volume %s, want %s", got["id"], got["volume"], want)
		}
	}
}

// TestLiquidBatchRefuses: each way in which a row can be wrong, in one column of a good one.
func TestLiquidBatchRefuses(t *testing.T) {
	const good = "a,obs_to_base_to_alt,crude,,72.04,F,375,psig,41.4,API,60F,85,47.75,14.95"
	for _, tc := range []struct {
		name, column, cell, word string
	}{
		{"nothing wrong", "id", "b", ""},
		{"no volume is needed", "volume_in", "", ""},
		{"a negative volume is one", "volume_in", "-14.95", ""},
		{"pressure in psi", "P_unit", "psi", ""},
		{"no kind", "kind", "", "missing"},
		{"unknown kind", "kind", "alt_to_base", "kind"},
		{"no group", "group", "", "missing"},
		{"unknown group", "group", "whisky", "group"},
		{"special without expansion", "group", "alpha", "missing"},
		{"expansion of a crude", "alpha60_perF", "0.0005", "both"},
		{"no temperature", "obs_T", "", "missing"},
		{"temperature that is none", "obs_T", "warm", "number"},
		{"temperature out of range", "obs_T", "302.05", "temperature-range"},
		{"in kelvin", "T_unit", "K", "unit"},
		{"no unit", "T_unit", "", "missing"},
		{"no pressure", "obs_P", "", "missing"},
		{"NaN", "obs_P", "NaN", "number"},
		{"pressure out of range", "obs_P", "1500.12", "pressure-range"},
		{"absolute pressure", "P_unit", "psia", "unit"},
		{"no unit of pressure", "P_unit", "", "missing"},
		{"no density", "dens", "", "missing"},
		{"density out of range", "dens", "200", "density-range"},
		{"unknown unit of density", "dens_unit", "Baume", "unit"},
		{"no unit of density", "dens_unit", "", "missing"},
		{"unknown base", "base", "16C", "base"},
		{"no base", "base", "", "missing"},
		{"no alternate temperature", "alt_T", "", "missing"},
		{"alternate temperature out of range", "alt_T", "303", "temperature-range"},
		{"no alternate pressure", "alt_P", "", "missing"},
		{"volume that is none", "volume_in", "1e3", "number"},
		{"volume without end", "volume_in", "99999999999999999999", "number"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cells := strings.Split(good, ",")
			for i, c := range liquidColumns {
				if c == tc.column {
					cells[i] = tc.cell
				}
			}
			in := strings.Join(liquidColumns, ",") + "\n" + strings.Join(cells, ",") + "\n" + good + "\n"
			out, err := run(t, in, "liquid", "--batch", "-")
			if err != nil {
				t.Fatal(err)
			}
			rows := tableOf(t, out)
			if rows[0]["error"] != tc.word || (tc.word == "") != (rows[0]["ctl"] != "") || rows[0]["id"] != cells[0] {
				t.Errorf("got %v, want the word %q", rows[0], tc.word)
			}
			if rows[1]["error"] != "" || rows[1]["volume"] != "14.8906485" {
				t.Errorf("the row after it: %v", rows[1])
			}
		})
	}
}

// TestGravityIsAt60F: an API gravity and a relative density at base mean 60 F, whatever the base: the same oil has the same volume.
func TestGravityIsAt60F(t *testing.T) {
	in := strings.Join(liquidColumns, ",") + `
api,base_to_alt,crude,,20,C,0,kPa,35,API,15C,,,1000
kg,base_to_alt,crude,,20,C,0,kPa,849.4153971207252,kg/m3,15C,,,1000
`
	out, err := run(t, in, "liquid", "--batch", "-")
	if err != nil {
		t.Fatal(err)
	}
	rows := tableOf(t, out)
	if rows[0]["error"] != "" || rows[0]["volume"] != rows[1]["volume"] || rows[0]["rho_alt_kgm3"] != rows[1]["rho_alt_kgm3"] {
		t.Errorf("%v\n%v", rows[0], rows[1])
	}
}
