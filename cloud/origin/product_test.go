package origin_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

func rulesOf(t testing.TB, agreement string) *origin.Rules {
	t.Helper()
	data, err := configs.Files.ReadFile(configs.Agreements[agreement])
	if err != nil {
		t.Fatal(err)
	}
	r, err := origin.ParseRules(data)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// made returns a good of inputs written as "volume HTS country O|N|?", O of minerals as extracted being wholly obtained.
func made(t testing.TB, hts origin.Code, volume string, inputs ...string) origin.Good {
	t.Helper()
	g := origin.Good{Agreement: "USMCA", HTS: hts, Name: "good", Volume: micro(t, volume)}
	for i, s := range inputs {
		f := strings.Fields(s)
		in := origin.Input{
			Source: fmt.Sprint(i), Name: "material", Role: origin.Material, Volume: micro(t, f[0]), HTS: origin.Code(f[1]), Country: f[2],
			Originating: map[string]origin.Status{"O": origin.Originating, "N": origin.NonOriginating, "?": origin.Unproven}[f[3]],
		}
		in.WhollyObtained = f[3] == "O" && (f[1] == "2709" || f[1] == "271121")
		g.Inputs = append(g.Inputs, in)
	}
	return g
}

func by(g origin.Good, steps ...string) origin.Good {
	for _, s := range steps {
		name, country, _ := strings.Cut(s, " in ")
		g.Processes = append(g.Processes, origin.Process{Name: name, Country: country})
	}
	return g
}

func worth(t testing.TB, g origin.Good, value string, inputs ...string) origin.Good {
	v := micro(t, value)
	g.Value = &v
	for i, s := range inputs {
		v := micro(t, s)
		g.Inputs[i].Value = &v
	}
	return g
}

func under(agreement string, g origin.Good) origin.Good {
	g.Agreement = agreement
	return g
}

// TestProductRules: all of chapter 27, under the three agreements.
func TestProductRules(t *testing.T) {
	march := time.Date(2024, 3, 31, 17, 0, 0, 0, time.UTC)
	nafta := time.Date(2015, 6, 1, 17, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name      string
		good      origin.Good
		at        time.Time
		criterion string // empty: no
		counsel   bool
		says      string
	}{
		{"T13 direct blending with 25.00 % non-originating", by(made(t, "271012", "100", "75 2710 CA O", "25 2710 PE N"), "direct blending"), march, "B", false, "25 of 100 of the good, 25.0000 %, and the limit is 25 %."},
		{"T13 with 25.01 %", by(made(t, "271012", "100", "74.99 2710 CA O", "25.01 2710 PE N"), "direct blending"), march, "", false, "0.01 too much"},
		{"T13 with 5 % ethanol of heading 2207", by(made(t, "271012", "100", "75 2710 CA O", "20 2710 PE N", "5 2207 BR N"), "direct blending"), march, "", false, "has a component of 2207: 5 of material"},
		{"T13 with nothing foreign but 5 % ethanol", by(made(t, "271012", "100", "95 2710 CA O", "5 2207 BR N"), "direct blending"), march, "", false, "what the rule on blending takes out, 5 of material"},
		{"ethanol that is not blended in is for counsel", made(t, "271012", "100", "95 2710 CA O", "5 2207 BR N"), march, "B", true, "mere dilution"},
		{"blending that nobody states", made(t, "271012", "100", "75 2710 CA O", "25 2710 PE N"), march, "", false, "Direct blending is not stated"},
		{"blending outside the Parties", by(made(t, "271012", "100", "75 2710 CA O", "25 2710 PE N"), "direct blending in BS"), march, "", false, "was done in BS, outside the Parties"},
		{"T14 atmospheric distillation of foreign crude in Canada", by(made(t, "271012", "100", "110 2709 SA N"), "atmospheric distillation in CA"), march, "B", false, "atmospheric distillation in CA"},
		{"coking of foreign residue, which is of heading 2713", by(made(t, "271019", "100", "110 2713 SA N"), "coking in US"), march, "B", false, "results from coking in US"},
		{"distillation outside the Parties", by(made(t, "271012", "100", "110 2710 SA N"), "vacuum distillation in SA"), march, "", false, "in SA, outside the Parties"},
		{"distillation of foreign crude outside the Parties", by(made(t, "271012", "100", "110 2709 SA N"), "atmospheric distillation in SA"), march, "", false, "in SA, outside the Parties"},
		{"Canadian crude refined outside the Parties", by(made(t, "271012", "100", "100 2709 CA O"), "atmospheric distillation in BS"), march, "", false, "in BS, outside the Parties"},
		{"originating products blended outside the Parties", by(made(t, "271012", "100", "100 2710 CA O"), "direct blending in BS"), march, "", false, "in BS, outside the Parties"},
		{"foreign crude extracted where it comes from", by(made(t, "271012", "100", "110 2709 SA N"), "extraction in SA", "atmospheric distillation in CA"), march, "B", false, "atmospheric distillation in CA"},
		{"crude to products by no stated process is for counsel", made(t, "271012", "100", "110 2709 SA N"), march, "B", true, "mere dilution"},
		{"a refinery's volume grows", by(made(t, "271012", "105", "100 271019 CA O"), "catalytic cracking in MX"), march, "C", false, "has 5 more than its inputs"},
		{"but foreign volume is not made by it", by(made(t, "270900", "105", "60 2709 CA O", "40 2709 PE N"), "catalytic cracking in MX"), march, "", false, "5 of volume that no input accounts for"},
		{"T15 2711.11 with 49.00 % feedstock", made(t, "271111", "100", "51 271121 CA O", "49 271111 QA N"), march, "B", false, "49.0000 %, and the limit is 49 %."},
		{"T15 2711.11 with 49.01 %", made(t, "271111", "100", "50.99 271121 CA O", "49.01 271111 QA N"), march, "", false, "0.01 too much"},
		{"propane with foreign butane within the group", made(t, "271112", "100", "60 271112 CA O", "40 271113 QA N"), march, "B", false, "Non-originating feedstock of 2711.12-2711.14 makes 40"},
		{"bitumen of 2713.20", made(t, "271320", "100", "51 2709 CA O", "49 271320 VE N"), march, "B", false, "49 %"},
		{"T16 gas extracted in Canada", by(made(t, "271121", "1000"), "extraction in CA"), march, "A", false, "All 1,000 were extracted in CA."},
		{"gas extracted in Canada, as an input", made(t, "271121", "1000", "1000 271121 CA O"), march, "A", false, "extracted in CA"},
		{"gas extracted elsewhere", by(made(t, "271121", "1000"), "extraction in QA"), march, "", false, "which is none of the Parties"},
		{"gas extracted nobody says where", by(made(t, "271121", "1000"), "extraction"), march, "", false, "not in which country"},
		{"gasoline does not come out of the ground", by(made(t, "271012", "1000"), "extraction in CA"), march, "", false, "are not extracted"},
		{"ethane from 2711.29 is excepted", made(t, "271119", "100", "100 271129 QA N"), march, "", false, "excepts a change from 2711.29"},
		{"an input of a heading only may be of the good's subheading", made(t, "271119", "100", "100 2711 QA N"), march, "", false, "is of the good's own subheading, or its subheading is not stated."},
		{"a reaction makes a new molecule, whatever it is made of", by(made(t, "270900", "100", "100 2709 VE N"), "chemical reaction in US"), march, "B", false, "chemical reaction in US"},
		{"a reaction elsewhere", by(made(t, "270900", "100", "100 2709 VE N"), "chemical reaction in VE"), march, "", false, "Chemical reaction was done in VE, outside the Parties"},
		{"dissolving is no reaction", by(made(t, "270900", "100", "100 2709 VE N"), "dissolving in US"), march, "", false, "Dissolving is none"},
		{"removing a solvent is none", by(made(t, "270900", "100", "100 2709 VE N"), "removing solvent in US"), march, "", false, "Removing solvent is none"},
		{"water of crystallisation is none", by(made(t, "270900", "100", "100 2709 VE N"), "adding or removing water of crystallisation in US"), march, "", false, "is none"},
		{"coal from another chapter", made(t, "270112", "100", "100 2612 AU N"), march, "B", false, "change to chapter 27"},
		{"coal from coal", made(t, "270112", "100", "100 2702 AU N"), march, "", false, "no change from another chapter"},
		{"residues from lubricants are excepted", made(t, "271390", "100", "100 2710 AU N"), march, "", false, "excepts a change from 2710-2712"},
		{"de minimis reaches other subheadings of chapter 27", worth(t, made(t, "271012", "100", "91 2710 CA O", "9 271019 PE N"), "1000", "900", "100"), march, "B", false, "worth 100 of 1,000, 10.0000 %"},
		{"and no more than its share", worth(t, made(t, "271012", "100", "91 2710 CA O", "9 271019 PE N"), "1000", "900", "100.01"), march, "", false, "10.0010 %"},
		{"and needs values", made(t, "271012", "100", "91 2710 CA O", "9 271019 PE N"), march, "", false, "give those of the good"},
		{"and does not reach the same subheading", worth(t, made(t, "271012", "100", "91 2710 CA O", "9 271012 PE N"), "1000", "900", "10"), march, "", false, "tried and barred"},
		{"but in 2710.20, where counsel looks which case it is", worth(t, made(t, "271020", "100", "91 2710 CA O", "9 271020 PE N"), "1000", "900", "100"), march, "B", true, "which of the two"},
		{"NAFTA had no diluent rule", under("NAFTA", blend(t, "100", bitumen(t, "72"), diluent(t, "28", "2709"))), nafta, "", false, "no change from another heading"},
		{"NAFTA, all Canadian", under("NAFTA", blend(t, "100", bitumen(t, "100"))), nafta, "A", false, ""},
		{"NAFTA, a refining process", under("NAFTA", by(made(t, "271012", "100", "110 2710 SA N"), "alkylation in US")), nafta, "B", false, "alkylation in US"},
		{"NAFTA before 2003 knew no processes", under("NAFTA", by(made(t, "271012", "100", "110 2710 SA N"), "alkylation in US")), time.Date(1999, 6, 1, 0, 0, 0, 0, time.UTC), "", false, "no change from another heading"},
		{"NAFTA, de minimis 7 % of value", under("NAFTA", worth(t, made(t, "271012", "100", "91 2710 CA O", "9 271019 PE N"), "1000", "900", "70.01")), nafta, "", false, "allowance is 7 %"},
		{"CAFTA-DR, crude of Guatemala", under("CAFTA-DR", made(t, "270900", "100", "100 2709 GT O")), march, "A", false, ""},
		{"CAFTA-DR, vacuum distillation", under("CAFTA-DR", by(made(t, "271019", "100", "110 2710 VE N"), "vacuum distillation in DO")), march, "B", false, "Distillation"},
		{"CAFTA-DR, cracking gives no origin", under("CAFTA-DR", by(made(t, "271019", "100", "110 2710 VE N"), "catalytic cracking in DO")), march, "", false, "None of these processes is stated"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := origin.Decide(rulesOf(t, c.good.Agreement), c.good, c.at)
			if err != nil {
				t.Fatal(err)
			}
			text := printed(d)
			if d.Qualifies != (c.criterion != "") || d.Criterion != c.criterion || d.ForCounsel != c.counsel {
				t.Errorf("qualifies %v by %q, for counsel %v; want %q, %v\n%s", d.Qualifies, d.Criterion, d.ForCounsel, c.criterion, c.counsel, text)
			}
			if !strings.Contains(text, c.says) {
				t.Errorf("%q is not said in\n%s", c.says, text)
			}
			if d.ForCounsel && len(d.AtRisk) == 0 {
				t.Error("for counsel, and no risk says why")
			}
			if unverified := d.Agreement != "USMCA"; unverified != (len(d.Unverified) > 0) && c.criterion == "A" {
				t.Errorf("unverified rows: %v", d.Unverified)
			}
		})
	}
}

// TestAgreementsOfTheirTime: an agreement that is not in force says so, and each Party counts from its own day.
func TestAgreementsOfTheirTime(t *testing.T) {
	crude := func(agreement, country string) origin.Good {
		return under(agreement, made(t, "270900", "100", "100 2709 "+country+" O"))
	}
	for _, c := range []struct {
		name string
		good origin.Good
		day  dated.Date
		says string // empty: decided
	}{
		{"USMCA in 2019", crude("USMCA", "CA"), "2019-05-01", "in force from 2020-07-01; ask"},
		{"USMCA on its first day", crude("USMCA", "CA"), "2020-07-01", ""},
		{"NAFTA in 2021", crude("NAFTA", "CA"), "2021-01-01", "in force from 1994-01-01, and no more on 2020-07-01"},
		{"NAFTA on its last day", crude("NAFTA", "CA"), "2020-06-30", ""},
		{"CAFTA-DR, Costa Rica before it joined", crude("CAFTA-DR", "CR"), "2008-12-31", "CR is none of US, SV, HN, NI, GT, DO"},
		{"CAFTA-DR, Costa Rica since", crude("CAFTA-DR", "CR"), "2009-01-01", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := origin.Decide(rulesOf(t, c.good.Agreement), c.good, c.day.Noon())
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(strings.ReplaceAll(err.Error(), " it is", ""), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			if err == nil && (!d.Qualifies || d.Criterion != "A") {
				t.Errorf("got %+v", d)
			}
		})
	}
}

// steel is a table made up for this test: rules of value and of a shift with exceptions, which chapter 27 does not have.
const steel = `
agreement: MADE-UP
spi: [X]
processes: [extraction]
known_through: 2030-12-31
rules:
  - {id: a, name: In force, kind: agreement, valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: p, name: Parties, kind: parties, countries: [CA, US], valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: t, name: Transit, kind: transit, valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: w, name: Wholly obtained, kind: wholly_obtained, criterion: A, materials: ["2601"], processes: [extraction], valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: m, name: Materials, kind: originating_materials, criterion: C, valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: pipe-shift, name: Change of heading, kind: tariff_shift, goods: ["7304-7306"], alternative: A, from: heading, except: ["7208-7212"], criterion: B, valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: pipe-loose, name: Change of heading, kind: tariff_shift, goods: ["7304-7306"], alternative: B, from: heading, criterion: B, valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: pipe-value, name: Value content, kind: value_content, goods: ["7304-7306"], alternative: B, method: net_cost, limit_percent: "50", criterion: B, valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: line-value, name: Value content, kind: value_content, goods: ["7305.11"], method: transaction_value, limit_percent: "60", criterion: B, valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: d, name: De minimis, kind: de_minimis, criterion: B, limit_percent: "10", valid_from: 2020-01-01, citation: made up, verified: memory}
`

// TestOtherChapters: other goods follow as data alone.
func TestOtherChapters(t *testing.T) {
	r, err := origin.ParseRules([]byte(steel))
	if err != nil {
		t.Fatal(err)
	}
	pipe := func(hts origin.Code, sheet origin.Code, value, netCost, vnm string) origin.Good {
		g := worth(t, under("MADE-UP", made(t, hts, "10", "10 "+string(sheet)+" KR N")), value, vnm)
		if netCost != "" {
			c := micro(t, netCost)
			g.NetCost = &c
		}
		return g
	}
	for _, c := range []struct {
		name string
		good origin.Good
		rule string // empty: no
		says string
	}{
		{"slabs to pipe is a change of heading", pipe("730419", "7207", "100", "", "90"), "Change of heading", "change to heading 7304"},
		{"plate to pipe needs half of net cost", pipe("730419", "7208", "200", "100", "50"), "Change of heading", "(100 - 50) / 100 = 50.0000 %, by net cost"},
		{"and not a cent less", pipe("730419", "7208", "200", "100", "50.01"), "", "49.9900 %"},
		{"nor without its figure", pipe("730419", "7208", "200", "", "50"), "", "net cost of the good, which is not given"},
		{"line pipe has a rule of its own, by transaction value", pipe("730511", "7208", "100", "", "40"), "Value content", "60.0000 %, by transaction value"},
		{"which its neighbours' shift does not replace", pipe("730511", "7207", "100", "", "41"), "", "59.0000 %"},
		{"pipe from pipe, of little value", pipe("730419", "730419", "100", "", "10"), "De minimis", "worth 10 of 100"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := origin.Decide(r, c.good, crossing)
			if err != nil {
				t.Fatal(err)
			}
			if text := printed(d); d.Qualifies != (c.rule != "") || !strings.Contains(text, c.says) || c.rule != "" && !strings.HasPrefix(d.Rule, c.rule) {
				t.Errorf("%v by %q, want %q with %q\n%s", d.Qualifies, d.Rule, c.rule, c.says, text)
			}
		})
	}
}

// TestUncertainty: with the uncertainty of the volumes the band of the table is not asked.
func TestUncertainty(t *testing.T) {
	for _, c := range []struct {
		name    string
		diluent string
		percent string
		risk    string // empty: none
	}{
		{"0.14 % of each volume leaves 39.96 % at risk", "39.96", "0.14", "its uncertainty of 0.0475 points (k = 2)"},
		{"and 39.94 % clear of the limit", "39.94", "0.14", ""},
		{"better meters leave it clear", "39.96", "0.05", ""},
		{"worse ones do not", "39.5", "2", "0.6759 points"},
		{"above the limit likewise", "40.01", "0.14", "its uncertainty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := blend(t, "100", bitumen(t, "1"), diluent(t, c.diluent, "2709"))
			g.Inputs[0].Volume = g.Volume - g.Inputs[1].Volume
			for i := range g.Inputs {
				g.Inputs[i].Uncertainty = micro(t, c.percent)
			}
			d, err := origin.Decide(rules(t), g, crossing)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(d.AtRisk, " "); (got == "") != (c.risk == "") || !strings.Contains(got, c.risk) {
				t.Errorf("at risk: %q, want %q", got, c.risk)
			}
		})
	}
}

// anyGood draws a good with whatever facts, of tables' own numbers and near to their limits.
func anyGood(t *rapid.T, r *origin.Rules) origin.Good {
	g := origin.Good{
		Agreement: r.Agreement, Name: "good", Volume: quantity.Micro(rapid.Int64Range(1, 1<<40).Draw(t, "volume")),
		HTS:           origin.Code(rapid.SampledFrom([]string{"270900", "2709001000", "271012", "271020", "271111", "271112", "271119", "271121", "271129", "271320", "271390", "270112", "271500"}).Draw(t, "hts")),
		EaseTransport: rapid.Bool().Draw(t, "ease"),
	}
	for i := range rapid.IntRange(0, 6).Draw(t, "inputs") {
		in := origin.Input{
			Source: fmt.Sprint(i), Name: "input", Country: rapid.SampledFrom([]string{"CA", "US", "PE", "GT"}).Draw(t, "country"),
			HTS:         origin.Code(rapid.SampledFrom([]string{"2709", "2710", "271012", "271111", "2711", "271320", "2207", "7208"}).Draw(t, "input hts")),
			Volume:      quantity.Micro(rapid.Int64Range(1, 1<<39).Draw(t, "input volume")),
			Role:        rapid.SampledFrom([]origin.Role{origin.Heavy, origin.Diluent, origin.Material}).Draw(t, "role"),
			Originating: rapid.SampledFrom([]origin.Status{origin.Originating, origin.NonOriginating, origin.Unproven}).Draw(t, "originating"),
			Uncertainty: quantity.Micro(rapid.Int64Range(0, 3_000_000).Draw(t, "uncertainty")),
		}
		in.WhollyObtained = in.Originating == origin.Originating && rapid.Bool().Draw(t, "wholly")
		if rapid.Bool().Draw(t, "valued") {
			v := quantity.Micro(rapid.Int64Range(0, 1<<40).Draw(t, "value"))
			in.Value = &v
		}
		g.Inputs = append(g.Inputs, in)
	}
	for range rapid.IntRange(0, 2).Draw(t, "steps") {
		g.Processes = append(g.Processes, origin.Process{
			Name: rapid.SampledFrom(r.Processes).Draw(t, "process"), Country: rapid.SampledFrom([]string{"", "CA", "PE"}).Draw(t, "where"),
		})
	}
	if rapid.Bool().Draw(t, "good valued") {
		v := quantity.Micro(rapid.Int64Range(1, 1<<42).Draw(t, "good value"))
		g.Value = &v
	}
	return g
}

// grounded reports a yes that no step that was met supports, or that is plain where counsel is asked.
func grounded(d origin.Decision) error {
	if !d.Qualifies {
		if d.Criterion != "" || d.ForCounsel {
			return fmt.Errorf("a no with criterion %q, for counsel %v", d.Criterion, d.ForCounsel)
		}
		return nil
	}
	if d.ForCounsel && len(d.AtRisk) == 0 {
		return errors.New("for counsel, and nothing says why")
	}
	for _, r := range d.Reasons {
		if r.Outcome == origin.Pass && strings.HasPrefix(d.Rule, r.Rule+", "+r.Citation) {
			return nil
		}
	}
	return fmt.Errorf("a yes by %q, which no reason passes", d.Rule)
}

// TestNoYesWithoutAReason: whatever the facts, under each agreement.
func TestNoYesWithoutAReason(t *testing.T) {
	for _, agreement := range []string{"USMCA", "NAFTA", "CAFTA-DR"} {
		r, at := rulesOf(t, agreement), crossing
		if agreement == "NAFTA" {
			at = at.AddDate(-10, 0, 0)
		}
		rapid.Check(t, func(rt *rapid.T) {
			d, err := origin.Decide(r, anyGood(rt, r), at)
			if err != nil {
				return // facts that contradict each other
			}
			if err := grounded(d); err != nil {
				rt.Fatalf("%v\n%s", err, printed(d))
			}
		})
	}
}

// TestMoreForeignOilNeverHelps: crude of heading 2709 that does not originate, added to good and inputs alike, turns no no into a yes.
func TestMoreForeignOilNeverHelps(t *testing.T) {
	r := rules(t)
	rapid.Check(t, func(rt *rapid.T) {
		g := anyGood(rt, r)
		g.HTS = "270900"
		before, err := origin.Decide(r, g, crossing)
		if err != nil || before.Qualifies || len(g.Inputs) == 0 {
			return // without inputs it was not said what the good is made of
		}
		more := origin.Input{
			Source: "more", Name: "more", HTS: "2709", Country: "PE", Originating: origin.NonOriginating,
			Volume: quantity.Micro(rapid.Int64Range(1, 1<<39).Draw(rt, "more")), Role: rapid.SampledFrom([]origin.Role{origin.Heavy, origin.Diluent}).Draw(rt, "role of more"),
		}
		g.Inputs, g.Volume = append(g.Inputs, more), g.Volume+more.Volume
		after, err := origin.Decide(r, g, crossing)
		if err != nil {
			rt.Fatal(err)
		}
		if after.Qualifies {
			rt.Fatalf("was no, is yes with %s more\n%s", more.Volume, printed(after))
		}
	})
}

// FuzzDecide: no good makes the engine panic, or say yes without a reason.
func FuzzDecide(f *testing.F) {
	r := rules(f)
	f.Add(uint64(100), uint64(72), uint64(28), "270900", "2709", "CA", "heavy", "yes", "extraction", "CA")
	f.Add(uint64(100), uint64(75), uint64(25), "271012", "2710", "PE", "material", "no", "direct blending", "")
	f.Fuzz(func(t *testing.T, volume, one, two uint64, hts, input, country, role, status, process, where string) {
		g := origin.Good{
			Agreement: "USMCA", HTS: origin.Code(hts), Volume: quantity.Micro(volume), EaseTransport: true,
			Processes: []origin.Process{{Name: process, Country: where}},
			Inputs: []origin.Input{
				{
					Source: "1", Name: "one", HTS: origin.Code(input), Country: country, Volume: quantity.Micro(one), Role: origin.Role(role),
					Originating: origin.Status(status), WhollyObtained: status == "yes",
				},
				{Source: "2", Name: "two", HTS: "2709", Country: "PE", Volume: quantity.Micro(two), Role: origin.Diluent, Originating: origin.NonOriginating},
			},
		}
		d, err := origin.Decide(r, g, crossing)
		if err != nil {
			return
		}
		if err := grounded(d); err != nil {
			t.Errorf("%v\n%s", err, printed(d))
		}
	})
}

// BenchmarkDecide decides about goods of 10,000 lots against the 50 ms that one may take.
func BenchmarkDecide(b *testing.B) {
	const most = 50 * time.Millisecond
	r := rules(b)
	lots := func(hts origin.Code, heading origin.Code) origin.Good {
		g := origin.Good{Agreement: "USMCA", HTS: hts, Name: "stream", EaseTransport: true}
		for i := range origin.MaxInputs {
			in := bitumen(b, "60")
			if i%3 == 0 {
				in = diluent(b, "40", heading)
			}
			in.Source, in.Uncertainty = fmt.Sprint(i), 140_000
			g.Inputs, g.Volume = append(g.Inputs, in), g.Volume+in.Volume
		}
		return g
	}
	for _, c := range []struct {
		name string
		good origin.Good
	}{{"diluent", lots("270900", "2709")}, {"counsel", lots("270900", "2711")}, {"blend", by(lots("271012", "2710"), "direct blending")}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if d, err := origin.Decide(r, c.good, crossing); err != nil || len(d.Reasons) < 4 {
					b.Fatal(err, d)
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N)/float64(most), "of-50ms")
		})
	}
}
