package origin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/metrology/quantity"
)

// crossing is the day of the story's first batch.
var crossing = time.Date(2024, 3, 11, 20, 34, 0, 0, time.UTC)

func table(t testing.TB) []byte {
	t.Helper()
	data, err := configs.Files.ReadFile(configs.USMCA)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func rules(t testing.TB) *origin.Rules {
	t.Helper()
	r, err := origin.ParseRules(table(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func micro(t testing.TB, s string) quantity.Micro {
	t.Helper()
	m, err := quantity.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func blend(t testing.TB, volume string, inputs ...origin.Input) origin.Good {
	t.Helper()
	return origin.Good{
		Agreement: "USMCA", HTS: "270900", Name: "dilbit", Basis: quantity.Metric,
		Volume: micro(t, volume), EaseTransport: true, Inputs: inputs,
	}
}

func bitumen(t testing.TB, volume string) origin.Input {
	t.Helper()
	return origin.Input{
		Source: "A", Name: "bitumen", HTS: "2709", Country: "CA", Volume: micro(t, volume), Role: origin.Heavy,
		Originating: origin.Originating, WhollyObtained: true, Proof: "producer's statement",
	}
}

func diluent(t testing.TB, volume string, heading origin.Code) origin.Input {
	t.Helper()
	return origin.Input{
		Source: "C", Name: "field condensate", HTS: heading, Country: "PE", Volume: micro(t, volume), Role: origin.Diluent,
		Originating: origin.NonOriginating, Proof: "certificate of analysis",
	}
}

func with(in origin.Input, change func(*origin.Input)) origin.Input {
	change(&in)
	return in
}

func TestDecide(t *testing.T) {
	us := func(volume string, status origin.Status) origin.Input {
		return with(diluent(t, volume, "2709"), func(in *origin.Input) {
			in.Name, in.Country, in.Originating, in.WhollyObtained = "light crude", "US", status, status == origin.Originating
		})
	}
	canadian := func(volume string) origin.Input {
		return with(diluent(t, volume, "2709"), func(in *origin.Input) {
			in.Country, in.Originating, in.WhollyObtained = "CA", origin.Originating, true
		})
	}
	for _, c := range []struct {
		name      string
		good      origin.Good
		criterion string // empty: does not qualify
		shares    [2]string
		risks     int
		says      []string // in the reasons or the risks
	}{
		{
			"T11 a non-originating diluent of 28 % is disregarded",
			blend(t, "100", bitumen(t, "72"), diluent(t, "28", "2709")), "B", [2]string{"28.0000", "28.0000"}, 0,
			[]string{"28 m3 of 100 m3 of the good, 28.0000 %, and the limit is 40 %, so its origin is disregarded; the other 72 m3"},
		},
		{
			"T11 exactly 40 % passes, and is marked as near the limit",
			blend(t, "100", bitumen(t, "60"), diluent(t, "40", "2709")), "B", [2]string{"40.0000", "40.0000"}, 1,
			[]string{"too near the limit"},
		},
		{
			"one micro-unit more than 40 % fails, though it prints as 40.0000",
			blend(t, "100", bitumen(t, "60"), diluent(t, "40.000001", "2709")), "", [2]string{"40.0000", "40.0000"}, 1,
			[]string{"0.000001 m3 too much, so its origin counts"},
		},
		{
			"T11 40.01 % fails: 2709 to 2709 is no change of heading and de minimis is barred",
			blend(t, "100", bitumen(t, "59.99"), diluent(t, "40.01", "2709")), "", [2]string{"40.0100", "40.0100"}, 1,
			[]string{"0.01 m3 too much", "no change from another heading", "barred: in a good of chapter 27"},
		},
		{
			"T12 the diluent rule does not reach butane of heading 2711; its change of heading is for counsel",
			blend(t, "100", bitumen(t, "90"), diluent(t, "10", "2711")), "B", [2]string{"10.0000", "10.0000"}, 1,
			[]string{"No diluent of heading 2709 or 2710 was added", "whether blending it in is mere dilution is for a customs lawyer"},
		},
		{
			"T12 butane beside a condensate that is disregarded",
			blend(t, "100", bitumen(t, "70"), diluent(t, "20", "2709"), diluent(t, "10", "2711")), "B", [2]string{"30.0000", "30.0000"}, 1,
			[]string{"what remains is not all shown to originate: 10 m3 of field condensate (PE, heading 2711)", "mere dilution"},
		},
		{
			"a naphtha of heading 2710 above the limit changes heading on its face, never a plain yes",
			blend(t, "100", bitumen(t, "55"), diluent(t, "45", "2710")), "B", [2]string{"45.0000", "45.0000"}, 1,
			[]string{"On its face there is a change to heading 2709", "for a customs lawyer"},
		},
		{
			"HQ H328199: Fort Hills dilbit with at most 28 % diluent",
			blend(t, "1000", bitumen(t, "720"), diluent(t, "280", "2710")), "B", [2]string{"28.0000", "28.0000"}, 0, nil,
		},
		{
			"39.8 % of the inputs is 40.03 % of the good after shrinkage, and the good counts",
			blend(t, "9942.5431", bitumen(t, "6020"), diluent(t, "3980", "2709")), "", [2]string{"40.0300", "40.0300"}, 1,
			[]string{"Of the inputs before shrinkage the diluent makes 39.8000 %"},
		},
		{
			"the literal reading refuses, the reading of the non-originating part alone would not",
			blend(t, "100", bitumen(t, "55"), canadian("25"), diluent(t, "20", "2709")), "", [2]string{"45.0000", "20.0000"}, 1,
			[]string{"the answer would differ", "which would meet it: for a customs lawyer"},
		},
		{
			"all wholly obtained is A, whatever the share of diluent",
			blend(t, "100", bitumen(t, "50"), canadian("50")), "A", [2]string{"50.0000", "0.0000"}, 0,
			[]string{"All 100 m3 of inputs were extracted in CA"},
		},
		{
			"an input that originates by a product rule makes it C",
			blend(t, "100", bitumen(t, "50"), with(canadian("50"), func(in *origin.Input) { in.HTS, in.WhollyObtained = "2710", false })),
			"C", [2]string{"50.0000", "0.0000"}, 0, []string{"by a rule for their own product"},
		},
		{
			"without the purpose the diluent rule does not apply",
			func() origin.Good {
				g := blend(t, "100", bitumen(t, "72"), diluent(t, "28", "2709"))
				g.EaseTransport = false
				return g
			}(), "", [2]string{"28.0000", "28.0000"}, 0, []string{"nothing states that it was added to ease transport"},
		},
		{
			"a foreign heavy oil is not saved by a small diluent",
			blend(t, "100", with(bitumen(t, "72"), func(in *origin.Input) {
				in.Country, in.Originating, in.WhollyObtained = "VE", origin.NonOriginating, false
			}), diluent(t, "28", "2709")), "", [2]string{"28.0000", "100.0000"}, 0,
			[]string{"what remains is not all shown to originate: 72 m3 of bitumen (VE, heading 2709)"},
		},
		{
			"volume that no input accounts for does not originate",
			blend(t, "110", bitumen(t, "100")), "", [2]string{"0.0000", "9.0909"}, 0,
			[]string{"10 m3 of volume that no input accounts for"},
		},
		{
			"transit outside the Parties breaks origin",
			func() origin.Good {
				g := blend(t, "100", bitumen(t, "100"))
				g.OutsideParties = []string{"PA"}
				return g
			}(), "", [2]string{"0.0000", "0.0000"}, 1, []string{"passed through PA"},
		},
		{
			"a diluent whose heading nothing proves",
			blend(t, "100", bitumen(t, "72"), with(diluent(t, "28", "2709"), func(in *origin.Input) { in.Proof = "" })), "B",
			[2]string{"28.0000", "28.0000"}, 1, []string{"Nothing at hand proves the heading of the diluent"},
		},
		{
			"the diluent of other headings might count too",
			blend(t, "100", bitumen(t, "60"), diluent(t, "30", "2709"),
				with(diluent(t, "12", "2711"), func(in *origin.Input) { in.Country, in.Originating = "CA", origin.Originating })),
			"B", [2]string{"42.0000", "30.0000"}, 1, []string{"With the diluent of other headings the share is 42.0000 %"},
		},
		{
			"story, batch one: with the heel the diluent is 28.13 % and the non-originating part 27.29 %",
			blend(t, "20519.30", bitumen(t, "9360"), bitumen(t, "5040"), diluent(t, "5600", "2709"),
				bitumen(t, "440.13188"), canadian("172.26812")), "B", [2]string{"28.1309", "27.2914"}, 0,
			[]string{"5,772.26812 m3 of 20,519.3 m3 of the good, 28.1309 %", "5,600 m3 is not shown to originate, 27.2914 % of the good"},
		},
		{
			"story, batch two: refused while nothing proves the light crude",
			blend(t, "7986.98", bitumen(t, "4400"), us("3600", origin.Unproven)), "", [2]string{"45.0734", "45.0734"}, 0,
			[]string{"Nothing proves the origin of 3,600 m3 of light crude (US, heading 2709), so it is treated as non-originating",
				"405.208 m3 too much", "no change from another heading", "barred"},
		},
		{
			"story, epilogue: with the certification everything originates",
			blend(t, "7986.98", bitumen(t, "4400"), us("3600", origin.Originating)), "A", [2]string{"45.0734", "0.0000"}, 0,
			[]string{"All 8,000 m3 of inputs were extracted in CA and US"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := origin.Decide(rules(t), c.good, crossing)
			if err != nil {
				t.Fatal(err)
			}
			if d.Qualifies != (c.criterion != "") || d.Criterion != c.criterion {
				t.Errorf("qualifies %v, criterion %q, want criterion %q", d.Qualifies, d.Criterion, c.criterion)
			}
			if got := [2]string{d.Shares.DiluentPercent, d.Shares.NonOriginatingPercent}; got != c.shares {
				t.Errorf("shares %v, want %v", got, c.shares)
			}
			if len(d.AtRisk) != c.risks {
				t.Errorf("at risk: %q, want %d", d.AtRisk, c.risks)
			}
			text := printed(d)
			for _, s := range c.says {
				if !strings.Contains(text, s) {
					t.Errorf("%q is not said in\n%s", s, text)
				}
			}
			roundTrips(t, d)
			roundTrips(t, c.good)
		})
	}
}

func printed(d origin.Decision) string {
	var b strings.Builder
	for _, r := range d.Reasons {
		b.WriteString(string(r.Outcome) + "  " + r.Rule + " (" + r.Citation + "): " + r.Text + "\n")
	}
	for _, r := range d.AtRisk {
		b.WriteString("at risk: " + r + "\n")
	}
	return b.String()
}

// roundTrips checks that what a bundle carries comes back equal.
func roundTrips[T any](t *testing.T, v T) {
	t.Helper()
	data, err := cose.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := cose.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(v, back); diff != "" {
		t.Error(diff)
	}
}

func TestDecideRefusesToGuess(t *testing.T) {
	good := blend(t, "100", bitumen(t, "100"))
	gasoline := good
	gasoline.HTS = "382499"
	nafta := good
	nafta.Agreement = "NAFTA"
	for _, c := range []struct {
		name string
		good origin.Good
		at   time.Time
		want any
	}{
		{"no rules are loaded for another chapter", gasoline, crossing, new(*origin.NoRuleError)},
		{"no rules are loaded for another agreement", nafta, crossing, new(*origin.NoRuleError)},
		{"the agreement was not in force", good, time.Date(2020, 6, 30, 12, 0, 0, 0, time.UTC), new(*origin.NotInForceError)},
		{"the table does not reach that far", good, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), new(*dated.Unknown)},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := origin.Decide(rules(t), c.good, c.at)
			if err == nil || !errors.As(err, c.want) {
				t.Errorf("got %v, want %T", err, c.want)
			}
		})
	}
}

func TestDecideRefusesContradictions(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*origin.Good)
	}{
		{"originating, but from no Party", func(g *origin.Good) { g.Inputs[0].Country = "PE" }},
		{"wholly obtained in a Party and non-originating", func(g *origin.Good) { g.Inputs[0].Originating = origin.NonOriginating }},
		{"no volume", func(g *origin.Good) { g.Volume = 0 }},
		{"no inputs", func(g *origin.Good) { g.Inputs = nil }},
		{"a role that is none", func(g *origin.Good) { g.Inputs[0].Role = "solvent" }},
		{"a status that is none", func(g *origin.Good) { g.Inputs[0].Originating = "maybe" }},
		{"a negative input", func(g *origin.Good) { g.Inputs[0].Volume = -1 }},
		{"a country written out", func(g *origin.Good) { g.Inputs[0].Country = "Canada" }},
		{"a good of a heading only", func(g *origin.Good) { g.HTS = "2709" }},
		{"an input of a chapter only", func(g *origin.Good) { g.Inputs[0].HTS = "27" }},
		{"a tariff number with points", func(g *origin.Good) { g.HTS = "2709.00" }},
		{"a process that no table knows", func(g *origin.Good) { g.Processes = []origin.Process{{Name: "stirring"}} }},
		{"an uncertainty of more than all", func(g *origin.Good) { g.Inputs[0].Uncertainty = 101 * quantity.PerUnit }},
		{"a value of nothing", func(g *origin.Good) { g.Value = new(quantity.Micro) }},
		{"a route through a Party", func(g *origin.Good) { g.OutsideParties = []string{"MX"} }},
		{"a basis that is none", func(g *origin.Good) { g.Basis = quantity.Basis{Unit: "gal"} }},
		{"a sum out of range", func(g *origin.Good) {
			g.Inputs = append(g.Inputs, g.Inputs[0])
			g.Inputs[0].Volume, g.Inputs[1].Volume = 1<<62, 1<<62
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := blend(t, "100", bitumen(t, "100"))
			c.change(&g)
			if d, err := origin.Decide(rules(t), g, crossing); err == nil {
				t.Errorf("decided %+v", d)
			}
		})
	}
}

// The limit is exact: the answer turns at the last micro-unit for any volumes.
func TestDiluentLimitIsExact(t *testing.T) {
	r := rules(t)
	rapid.Check(t, func(rt *rapid.T) {
		fifth := quantity.Micro(rapid.Int64Range(1, 1<<50).Draw(rt, "fifth of the good"))
		volume, most := 5*fifth, 2*fifth
		for _, c := range []struct {
			diluent quantity.Micro
			want    bool
		}{{most, true}, {most + 1, false}} {
			heavy, thin := bitumen(t, "1"), diluent(t, "1", "2709")
			heavy.Volume, thin.Volume = volume, c.diluent
			g := blend(t, "1", heavy, thin)
			g.Volume = volume
			d, err := origin.Decide(r, g, crossing)
			if err != nil || d.Qualifies != c.want {
				rt.Fatalf("diluent %d of %d: %v, %v", c.diluent, volume, d.Qualifies, err)
			}
		}
	})
}

func TestUnverifiedRowsAreNamed(t *testing.T) {
	d, err := origin.Decide(rules(t), blend(t, "100", bitumen(t, "60"), diluent(t, "40", "2709")), crossing)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Unverified) != 1 || d.Unverified[0].Row != "usmca-2709-diluent-near" || d.Unverified[0].Tag != dated.Memory {
		t.Errorf("unverified %+v", d.Unverified)
	}
}

func TestParseRulesIsStrict(t *testing.T) {
	good := string(table(t))
	for _, c := range []struct{ name, old, new, says string }{
		{"an unknown key is named with its line", "kind: transit", "kindness: transit", `unknown field "kindness"`},
		{"a kind that no engine applies", "kind: transit", "kind: teleport", "teleport"},
		{"a row without its limit", "    limit_percent: \"10\"\n", "", "needs limit_percent"},
		{"a limit where none is used", "kind: transit", "kind: transit\n    limit_percent: \"1\"", "no use for limit_percent"},
		{"a tag that is none", "verified: memory", "verified: sure", "verified is"},
		{"a date that is none", "valid_from: 2020-07-01", "valid_from: 2020-07-32", "line 37"},
		{"the same row twice", "id: usmca-transit", "id: usmca-parties", "occurs twice"},
		{"a process that the head does not name", "processes: [extraction]", "processes: [extractoin]", "is not among the processes"},
		{"a limit whose nearness nobody says", "    of: [usmca-2709-diluent]", "    of: [usmca-2710-blend]", "how near is too near"},
		{"nearness to no limit", "of: [usmca-2709-diluent]", "of: [usmca-2709-diluent, usmca-2709-shift]", "is no row with a limit"},
		{"a level that is none", "from: chapter", "from: section", "want chapter, heading"},
		{"a range that runs backwards", "2701-2703", "2703-2701", "is no range"},
		{"more than all", "limit_percent: \"40\"", "limit_percent: \"400\"", "more than 100"},
		{"a row without citation", "    citation: 19 USC 4531(n); HTSUS GN 11(n)(ii)\n", "", "cites no source"},
		{"a second document", "agreement: USMCA", "agreement: USMCA\n---\nx: y", ""},
		{"an alias", "countries: [CA, MX, US]", "countries: &p [CA, MX, US]", "not allowed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := strings.Replace(good, c.old, c.new, 1)
			if bad == good {
				t.Fatal("the table no longer has what this test changes")
			}
			_, err := origin.ParseRules([]byte(bad))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func FuzzParseRules(f *testing.F) {
	f.Add(table(f))
	f.Add([]byte("agreement: [[[[[[[[["))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := origin.ParseRules(data)
		if err != nil {
			return
		}
		// Whatever table parses, the engine answers or says why not.
		g := blend(t, "100", bitumen(t, "59"), diluent(t, "41", "2709"))
		g.Agreement = r.Agreement
		if d, err := origin.Decide(r, g, crossing); err == nil && d.Qualifies && d.Rule == "" {
			t.Errorf("qualifies without a rule: %+v", d)
		}
	})
}
