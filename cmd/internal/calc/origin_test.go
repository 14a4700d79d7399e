package calc

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gauger/gauger/configs"
)

// asked is what programs read of an answer.
type asked struct {
	Qualifies, AtRisk, ForCounsel, Unverified bool
	Criterion, Rule                           string
	Reasons                                   []struct {
		Rule, Fact, Limit, Citation, Outcome string
		Pass                                 *bool
	}
	Risks           []string
	CountryOfOrigin struct{ Country string }
}

// askOrigin runs calc origin --json on a question.
func askOrigin(t *testing.T, question string) (a asked, err error) {
	t.Helper()
	out, err := run(t, question, "origin", "--json", "-")
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return a, nil
}

// bitumenWith is Canadian bitumen with a Peruvian diluent of a heading, 1,000 together.
func bitumenWith(heavy, diluent, heading string) string {
	return fmt.Sprintf(`{"agreement":"usmca","date":"2024-03-31","good":{"hts":"2709.00.10","volume":"1000","apiGravity":"21.1"},"inputs":[
		{"description":"bitumen","hts":"2709","volume":%q,"country":"CA","originating":true,"role":"material"},
		{"description":"diluent","hts":%q,"volume":%q,"country":"PE","originating":false,"role":"diluent"}]}`, heavy, heading, diluent)
}

func goodOf(hts, inputs, processes string) string {
	return fmt.Sprintf(`{"agreement":"USMCA","date":"2024-03-31","good":{"hts":%q,"volume":100},"inputs":[%s],"processes":[%s]}`, hts, inputs, processes)
}

func inputOf(volume, hts, country, originating string) string {
	return fmt.Sprintf(`{"hts":%q,"volume":%s,"country":%q,"originating":%s}`, hts, volume, country, originating)
}

// gasOf is 10,000.5 MMBtu of a good.
func gasOf(hts, inputs string) string {
	return fmt.Sprintf(`{"agreement":"USMCA","date":"2024-03-31","good":{"hts":%q,"energy":"10000.5","unit":"MMBtu"},"inputs":[%s]}`, hts, inputs)
}

// TestOrigin: the vectors of the trade, as a file asks them.
func TestOrigin(t *testing.T) {
	own, alien := inputOf("75", "2710.12", "CA", "true"), inputOf("25", "2710.12", "PE", "false")
	for _, c := range []struct {
		name, question  string
		criterion       string // empty: no
		atRisk, counsel bool
		says            string
	}{
		{"T11 28 %", bitumenWith("720", "280", "2709.00.20"), "B", false, false, "28.0000 %"},
		{"T11 40.00 %", bitumenWith("600", "400", "2709"), "B", true, false, "too near"},
		{"T11 40.01 %", bitumenWith("599.9", "400.1", "2709"), "", true, false, "0.1 too much"},
		{"one millionth over", bitumenWith("600", "400.000001", "2709"), "", true, false, "0.000001 too much"},
		{"T12 butane as a diluent", bitumenWith("900", "100", "2711.13"), "B", true, true, "mere dilution"},
		{"naphtha above the limit", bitumenWith("500", "500", "2710.12"), "B", true, true, "mere dilution"},
		{"T13 25.00 %", goodOf("2710.12", own+","+alien, `"Direct Blending"`), "B", true, false, "25.0000 %"},
		{"T13 25.01 %", goodOf("2710.12", inputOf("74.99", "2710.12", "CA", "true")+","+inputOf(`"25.01"`, "2710.12", "PE", "false"), `"direct-blending"`), "", true, false, "0.01 too much"},
		{"T13 with ethanol", goodOf("2710.12", own+","+inputOf("20", "2710.12", "PE", "false")+","+inputOf("5", "2207.10", "BR", "false"), `"direct blending"`), "", false, false, "component of 2207"},
		{"T14", goodOf("2710.12", inputOf("110", "2709", "SA", "false"), `{"name":"Atmospheric-Distillation","country":"CA"}`), "B", false, false, "atmospheric distillation in CA"},
		{"T13 with nothing foreign but ethanol", goodOf("2710.12", inputOf("95", "2710.12", "CA", "true")+","+inputOf("5", "2207.10", "BR", "false"), `"direct blending"`), "", true, false, "for a customs lawyer"},
		{"T14 of a tariff number that is a number, with a role in capitals", goodOf("2710.12", `{"hts":2709001000,"volume":110,"country":"SA","originating":false,"role":"Material"}`, `"atmospheric_distillation"`), "B", false, false, "atmospheric distillation in the Parties"},
		{"Canadian crude refined outside", goodOf("2710.12", inputOf("110", "2709", "CA", "true"), `{"name":"atmospheric distillation","country":"BS"}`), "", false, false, "in BS, outside the Parties"},
		{"T14 in a refinery outside", goodOf("2710.12", inputOf("110", "2710", "SA", "false"), `{"name":"atmospheric distillation","country":"SA"}`), "", false, false, "outside the Parties"},
		{"T15 49.00 %", goodOf("2711.11", inputOf("51", "2711.21", "CA", "true")+","+inputOf("49", "2711.11", "QA", "false"), ""), "B", true, false, "49.0000 %"},
		{"T15 49.01 %", goodOf("2711.11", inputOf("50.99", "2711.21", "CA", "true")+","+inputOf("49.01", "2711.11", "QA", "false"), ""), "", true, false, "0.01 too much"},
		{"T16", `{"agreement":"USMCA","date":"2024-03-31","good":{"hts":"2711.21","volume":"9.5","country":"CA"},"inputs":[],"processes":["extraction"]}`, "A", false, false, "extracted in CA"},
		{"T16 as an input", goodOf("2711.21", inputOf("100", "2711.21", "CA", "true"), ""), "A", false, false, "extracted in CA"},
		{"T16 by energy, of several wells", gasOf("2711.21", `{"hts":"2711.21","energy":6000,"country":"CA","originating":true},{"hts":"2711.21","energy":"4000.5","unit":"mmbtu","country":"US","originating":true}`),
			"A", false, false, "All 10,000.5 MMBtu of inputs were extracted in CA and US."},
		{"LNG of foreign gas by energy", gasOf("2711.11", `{"hts":"2711.21","energy":10000.5,"country":"QA","originating":false}`), "B", false, false, "makes 0 MMBtu"},
		{"by mass", `{"agreement":"USMCA","date":"2024-03-31","good":{"hts":"2711.19","mass":10,"basis":"kg","unit":"kg"},"inputs":[{"hts":"2711.19","mass":10,"country":"CA","originating":true}]}`,
			"C", false, false, "All 10 kg of inputs originate"},
		{"natural bitumen of 2714.90 is extracted as it is", goodOf("2709.00", inputOf("100", "2714.90", "CA", "true"), ""), "A", false, false, "extracted in CA"},
		{"crude called made, not extracted", goodOf("2709.00", `{"hts":"2709","volume":"100","country":"CA","originating":true,"whollyObtained":false}`, ""), "C", false, false, "by a rule for their own product"},
		{"gasoline that originates is no mineral", goodOf("2710.12", inputOf("100", "2710.12", "CA", "true"), ""), "C", false, false, ""},
		{"nothing says whether it originates", goodOf("2709.00", `{"hts":"2709","volume":"100","country":"CA"}`, ""), "", false, false, "Nothing proves the origin"},
		{"a diluent for another purpose", strings.Replace(bitumenWith("720", "280", "2709"), `"role":"diluent"`, `"role":"diluent","easeTransport":false`, 1), "", false, false, "ease transport"},
		{"a diluent whose heading nothing proves", strings.Replace(bitumenWith("720", "280", "2709"), `"role":"diluent"`, `"role":"diluent","proof":""`, 1), "B", true, false, "proves the heading"},
		{"T17 24.96 degrees", strings.Replace(bitumenWith("720", "280", "2709"), "21.1", "24.96", 1), "B", true, false, "tariff line"},
		{"T17 25.01 degrees, entered as under 25", strings.Replace(bitumenWith("720", "280", "2709"), "21.1", "30", 1), "B", true, false, "is 2709.00.20"},
		{"a route outside", strings.Replace(bitumenWith("720", "280", "2709"), `"date"`, `"outsideParties":["PA"],"date"`, 1), "", true, false, "passed through PA"},
		{"by its uncertainty clear of the limit", strings.ReplaceAll(bitumenWith("600.5", "399.5", "2709"), `"role"`, `"uncertainty":"0.05","role"`), "B", false, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := askOrigin(t, c.question)
			if err != nil {
				t.Fatal(err)
			}
			said := strings.Join(a.Risks, "\n")
			passes := 0
			for _, r := range a.Reasons {
				said += "\n" + r.Fact
				if r.Pass == nil || *r.Pass != (r.Outcome == "pass") || r.Rule == "" || r.Citation == "" {
					t.Errorf("reason %+v", r)
				}
				if r.Outcome == "pass" {
					passes++
				}
			}
			if a.Qualifies != (c.criterion != "") || a.Criterion != c.criterion || a.AtRisk != c.atRisk || a.ForCounsel != c.counsel {
				t.Errorf("qualifies %v by %q, at risk %v, for counsel %v\n%s", a.Qualifies, a.Criterion, a.AtRisk, a.ForCounsel, said)
			}
			if !strings.Contains(said, c.says) || a.Qualifies && passes == 0 {
				t.Errorf("%q is not said, or nothing passes, in\n%s", c.says, said)
			}
		})
	}
}

// TestOriginOfItsTime: other agreements and other days, and what rests on rows that nobody verified.
func TestOriginOfItsTime(t *testing.T) {
	nafta := strings.Replace(strings.Replace(bitumenWith("720", "280", "2709"), "usmca", "nafta", 1), "2024-03-31", "2015-03-31", 1)
	a, err := askOrigin(t, nafta)
	if err != nil || a.Qualifies || !a.Unverified {
		t.Errorf("NAFTA, a foreign diluent: %+v, %v", a, err)
	}
	cafta := strings.Replace(goodOf("2709.00", inputOf("100", "2709", "GT", "true"), ""), "USMCA", "cafta-dr", 1)
	if a, err = askOrigin(t, cafta); err != nil || a.Criterion != "A" || !a.Unverified || a.CountryOfOrigin.Country != "GT" {
		t.Errorf("CAFTA-DR: %+v, %v", a, err)
	}
	// The band of the hydrometer is from memory, and 24.96 degrees is within it; 21.1 is not.
	for gravity, unverified := range map[string]bool{"21.1": false, "24.96": true} {
		if a, err = askOrigin(t, strings.Replace(bitumenWith("720", "280", "2709"), "21.1", gravity, 1)); err != nil || a.Unverified != unverified {
			t.Errorf("%s degrees: unverified %v, %v", gravity, a.Unverified, err)
		}
	}
	for name, c := range map[string]struct{ question, says string }{
		"NAFTA in 2021":     {strings.Replace(nafta, "2015-03-31", "2021-01-04", 1), "NAFTA was not in force on 2021-01-04"},
		"USMCA in 2019":     {strings.Replace(bitumenWith("720", "280", "2709"), "2024", "2019", 1), "USMCA was not in force on 2019-03-31"},
		"beyond the table":  {strings.Replace(bitumenWith("720", "280", "2709"), "2024", "2044", 1), "is unknown: the table is known through"},
		"a chapter without": {goodOf("8501.10", inputOf("100", "2709", "CA", "true"), ""), "no rule loaded for subheading 8501.10"},
	} {
		if _, err := askOrigin(t, c.question); !errors.Is(err, errUsage) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		}
	}
}

// TestOriginRefuses: what is wrong in a question is said with its place.
func TestOriginRefuses(t *testing.T) {
	good := bitumenWith("720", "280", "2709")
	for _, c := range []struct{ name, old, new, says string }{
		{"no JSON", good, "agreement: USMCA", "line 1: no JSON"},
		{"nothing", good, "", "the file is empty"},
		{"a list", good, "[]", "want an object"},
		{"two questions", good, good + good, "a second value"},
		{"an unknown key", `"inputs"`, `"imputs"`, `imputs: there is no such key: did you mean "inputs"?`},
		{"an unknown key within", `"country":"PE"`, `"contry":"PE"`, "inputs[1].country: is missing"},
		{"an unknown key of the good", `"apiGravity"`, `"api_gravity"`, `good.api_gravity: there is no such key: did you mean "apiGravity"?`},
		{"a key twice", `"country":"PE"`, `"country":"PE","country":"CA"`, "inputs[1].country: the key occurs twice"},
		{"no agreement", `"agreement":"usmca",`, "", "agreement: is missing"},
		{"an agreement that is none", "usmca", "usmc", `agreement: there are no rules of "usmc": did you mean "USMCA"?`},
		{"no date", `"date":"2024-03-31",`, "", "date: is missing"},
		{"a date that is none", "2024-03-31", "31.3.2024", "date:"},
		{"no good", `"good"`, `"goods"`, "good: is missing"},
		{"a tariff number that is none", "2709.00.10", "27O9", `good.hts: "27O9" is no tariff number`},
		{"too many decimals", `"720"`, `"720.0000001"`, "inputs[0].volume"},
		{"a volume in words", `"720"`, `"much"`, "inputs[0].volume"},
		{"a volume as a power", `"720"`, `7.2e2`, "inputs[0].volume"},
		{"truth in words", "true", `"yes"`, "inputs[0].originating: want true or false"},
		{"a role that is none", `"role":"diluent"`, `"role":"solvent"`, "none of heavy, diluent, material"},
		{"a country in words", `"PE"`, `"Peru"`, "ISO 3166"},
		{"originating of no Party", "false", "true", "PE is none of CA, MX, US"},
		{"a process that is none", `"inputs"`, `"processes":["stirring"],"inputs"`, `processes[0]: there is no process "stirring"; there are extraction, atmospheric distillation`},
		{"a process without name", `"inputs"`, `"processes":[{"country":"CA"}],"inputs"`, "processes[0].name: is missing"},
		{"made outside, nobody says how", `"apiGravity":"21.1"`, `"country":"SA"`, "good.country: SA is no Party to USMCA"},
		{"a tariff number with a fraction", `"hts":"2709"`, `"hts":2709.5`, `inputs[0].hts: "2709.5" is no tariff number`},
		{"an input that is a text", `"inputs":[`, `"inputs":["oil",`, "inputs[0]: want an object"},
		{"a gravity of no oil", "21.1", "211", "good.apiGravity"},
		{"energy without its unit", `"volume":"1000"`, `"energy":"1000"`, "good.unit: is missing: want the unit of the energy, such as MMBtu"},
		{"energy in a unit of volume", `"volume":"1000"`, `"energy":"1000","unit":"m3 at 15C"`, "good.unit: m3 at 15C is none of energy, by which the good is stated"},
		{"a volume in a unit of energy", `"volume":"1000"`, `"volume":"1000","unit":"GJ"`, "good.unit: GJ is none of volume"},
		{"volume and energy", `"volume":"1000"`, `"volume":"1000","energy":"1000"`, "good.energy: it is stated by volume already"},
		{"an input by energy of a good by volume", `"volume":"720"`, `"energy":"720"`, "inputs[0].energy: the good is stated by volume: state all its inputs so"},
		{"an input by volume of a good by energy", `"volume":"1000"`, `"energy":"1000","unit":"MMBtu"`, "inputs[0].volume: the good is stated by energy"},
		{"an input in another unit", `"volume":"720"`, `"volume":"720","unit":"bbl at 60F"`, "inputs[0].unit: it is bbl at 60F, and that of the good is not named"},
		{"a unit that is none", `"volume":"1000"`, `"volume":"1000","unit":"Mcf"`, `good.unit: unit "Mcf" is none of m3, bbl, kg, MMBtu, GJ, each`},
		{"two units", `"volume":"1000"`, `"volume":"1000","basis":"m3 at 15C","unit":"bbl at 60F"`, "good.unit: it is bbl at 60F, and basis says m3 at 15C"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := strings.Replace(good, c.old, c.new, 1)
			if bad == good {
				t.Fatal("the question no longer has what this test changes")
			}
			if _, err := askOrigin(t, bad); !errors.Is(err, errUsage) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

// TestOriginByAnEditedTable: a lawyer changes a row in a copy, and asks by it.
func TestOriginByAnEditedTable(t *testing.T) {
	table, err := configs.Files.ReadFile(configs.USMCA)
	if err != nil {
		t.Fatal(err)
	}
	edited := filepath.Join(t.TempDir(), "edited.yaml")
	if err := os.WriteFile(edited, []byte(strings.Replace(string(table), `limit_percent: "40"`, `limit_percent: "27"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, bitumenWith("720", "280", "2709"), "origin", "--rules", edited, "-")
	if err != nil || !strings.Contains(out, "the limit is 27 %: 10 too much") || !strings.Contains(out, "qualifies          no") {
		t.Errorf("%v\n%s", err, out)
	}
	nafta := strings.Replace(bitumenWith("720", "280", "2709"), "usmca", "NAFTA", 1)
	if _, err := run(t, nafta, "origin", "--rules", edited, "-"); err == nil || !strings.Contains(err.Error(), "the table is of USMCA") {
		t.Errorf("a table of another agreement: %v", err)
	}
}

// block returns the first block of a kind in a page, without its indent.
func block(t *testing.T, page, kind string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "how-to", page))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(data), "```"+kind+"\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("%s has no block of %s", page, kind)
	}
	return strings.ReplaceAll("\n"+text, "\n   ", "\n")
}

// TestOriginAsDocumented: what the pages ask is answered as they say, and a rule changes as the page on that has it.
func TestOriginAsDocumented(t *testing.T) {
	if a, err := askOrigin(t, block(t, "calculate.md", "json")); err != nil || a.Criterion != "B" || !strings.HasPrefix(a.Rule, "Diluent rule") {
		t.Errorf("calculate.md: %+v, %v", a, err)
	}
	data, err := configs.Files.ReadFile(configs.USMCA)
	if err != nil {
		t.Fatal(err)
	}
	table := string(data)
	for _, change := range [][2]string{
		{"    limit_percent: \"40\"\n    valid_from: 2020-07-01\n", "    limit_percent: \"40\"\n    valid_from: 2020-07-01\n    valid_to: 2027-01-01\n"},
		{"  - id: usmca-2709-diluent-heading\n", block(t, "change-a-rule.md", "yaml") + "\n  - id: usmca-2709-diluent-heading\n"},
		{"of: [usmca-2709-diluent]", "of: [usmca-2709-diluent, usmca-2709-diluent-2027]"},
		{"known_through: ", "known_through: 2027-12-31 # "},
	} {
		if strings.Count(table, change[0]) != 1 {
			t.Fatalf("the table has %q not once", change[0])
		}
		table = strings.Replace(table, change[0], change[1], 1)
	}
	file := filepath.Join(t.TempDir(), "usmca.yaml")
	if err := os.WriteFile(file, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	question := block(t, "change-a-rule.md", "json")
	out, err := run(t, question, "origin", "--rules", file, "-")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(block(t, "change-a-rule.md", "text")) {
		if !strings.Contains(out, strings.TrimSpace(line)) {
			t.Errorf("%q is not in\n%s", line, out)
		}
	}
	out, err = run(t, strings.Replace(question, "2027-02-01", "2026-12-31", 1), "origin", "--rules", file, "-")
	if err != nil || !strings.Contains(out, "criterion          B") {
		t.Errorf("the day before: %v\n%s", err, out)
	}
}

// FuzzOrigin reads whatever a file may hold: it is refused in words, or answered with a reason behind each yes.
func FuzzOrigin(f *testing.F) {
	f.Add(bitumenWith("720", "280", "2709"))
	f.Add(goodOf("2710.12", inputOf("110", "2709", "SA", "false"), `"coking"`))
	f.Add(`{"agreement":"USMCA","date":"2024-03-31","good":{"hts":"2711.21","volume":1,"country":"CA"},"processes":[{"name":"extraction"}]}`)
	f.Add(`{"good":{"hts":{}},"inputs":[[]],"processes":[null],"agreement":null}`)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ask(strings.NewReader(text), "")
		if err != nil {
			if err.Error() == "" {
				t.Error("refused without a word")
			}
			return
		}
		d, err := q.decide()
		if err != nil || !d.Qualifies {
			return
		}
		for _, r := range d.Reasons {
			if r.Outcome == "pass" {
				return
			}
		}
		t.Errorf("a yes without a reason: %+v", d)
	})
}

// One question has many spellings, and one answer.
func TestOriginSpellings(t *testing.T) {
	const dilbit = `{"agreement":"USMCA","date":"2024-03-31","good":{"hts":"2709.00.10","volume":"1000","apiGravity":"","value":""},` +
		`"inputs":[{"description":"bitumen","hts":"2709.00.10","volume":"720","country":"CA","originating":true,"role":"material","value":""},` +
		`{"description":"condensate","hts":"2709.00.20","volume":"282","country":"US","originating":false,"role":"diluent"}],"processes":[]}`
	want, err := run(t, dilbit, "origin", "--json", "-")
	if err != nil || !strings.Contains(want, `"qualifies":true,"criterion":"B"`) {
		t.Fatalf("%v in %s", err, want)
	}
	for _, edit := range [][2]string{
		{`{"agreement"`, "\ufeff{\"agreement\""}, {`,"`, ",\r\n\""}, {`"USMCA"`, `"usmca"`}, {`"USMCA"`, `"CUSMA"`}, {`"USMCA"`, `"T-MEC"`}, {`"CA"`, `"ca"`}, {`"diluent"`, `"Diluent"`},
		{`"720"`, `720`}, {`"282"`, `"282.000"`}, {`"apiGravity":"",`, ``}, {`,"processes":[]`, ``}, {`"2709.00.10"`, `"27090010"`},
	} {
		text := strings.ReplaceAll(dilbit, edit[0], edit[1])
		out, err := run(t, text, "origin", "--json", "-")
		if err != nil || out != want || text == dilbit {
			t.Errorf("%s: %v\n%s", edit[1], err, out)
		}
	}
	for process, says := range map[string]string{
		"blending": "Blending is none: it makes no new molecule", "Dilution": "Blending is none", "mixing": "Blending is none",
	} {
		out, err := run(t, strings.Replace(dilbit, `"processes":[]`, `"processes":["`+process+`"]`, 1), "origin", "--json", "-")
		if err != nil || !strings.Contains(out, `"qualifies":true,"criterion":"B"`) || !strings.Contains(out, says) {
			t.Errorf("%s: %v in %s", process, err, out)
		}
	}
}
