package calc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/configs/dated"
)

var originKind = kind{
	use:   "origin FILE.json|-",
	short: "Whether a good originates under USMCA, NAFTA or CAFTA-DR, reasoned step by step",
	long: "Reads one question as JSON and decides it by the rules of origin in force that day:\n" +
		"  agreement  USMCA, NAFTA or CAFTA-DR\n" +
		"  date       of importation, 2024-03-31\n" +
		"  good       hts (6, 8 or 10 digits), volume after shrinkage, or energy or mass with its unit (MMBtu, GJ, kg); apiGravity at 60 F,\n" +
		"             value, netCost, country where it was made, basis\n" +
		"  inputs     a list: hts (4 digits or more), volume (or energy or mass, as the good), country, originating (true or false; left out:\n" +
		"             not proven), description, role (material, or diluent), value, uncertainty (of the volume, percent, k = 2),\n" +
		"             whollyObtained, proof, easeTransport\n" +
		"  processes  a list of what was done to make the good, by name, or as {\"name\", \"country\"}; without a country: where the good was\n" +
		"             made, or in the Parties\n" +
		"  outsideParties, exportCountry, easeTransport  countries passed through; country of export; false: the diluent eased no transport\n" +
		"Volumes are in one unit at one temperature; inputs may add up to more than the good. A limit by volume is not tested on energy or\n" +
		"mass. Numbers are texts, or JSON numbers, read to their last digit. An input that originates and is a mineral as extracted counts as\n" +
		"wholly obtained unless whollyObtained is false.",
	example: "  gauger calc origin dilbit.json\n" +
		"  gauger calc origin --json - < dilbit.json\n" +
		"  gauger calc origin --rules usmca-edited.yaml dilbit.json",
	new: func() calculation { return new(originInput) },
}

type originInput struct {
	stdin       func() io.Reader
	file, table string
}

func (in *originInput) bind(f *flags) {
	in.stdin = f.c.InOrStdin
	f.text(&in.file, "file", "dilbit.json", "the JSON file, or - for standard input", argument)
	f.text(&in.table, "rules", "usmca.yaml", "another table of rules than the program's own")
}

func (in *originInput) compute(r *Result) error {
	file, name := in.stdin(), "standard input"
	if in.file != "-" {
		name = in.file
		f, err := os.Open(in.file)
		if err != nil {
			return err
		}
		defer f.Close() // only read
		file = f
	}
	q, err := ask(file, in.table)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	d, err := q.decide()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	q.given(r)
	d.results(r, q)
	r.by("shares are compared exactly, and printed to four decimals", fmt.Sprintf("rules of origin of %s, known through %s", d.Agreement, q.rules.KnownThrough))
	return nil
}

// classify tells whether the gravity of crude oil fits its tariff line; a line that it does not fit, or that is too near the limit,
// is at risk. Where the rate table does not reach that day, it says so.
func (q question) classify(d *origin.Decision, at time.Time) error {
	if q.gravity == nil || q.good.HTS[:4] != "2709" {
		return nil
	}
	var tables [2][]byte
	for i, name := range []string{configs.Rates, configs.Ports} {
		var err error
		if tables[i], err = configs.Files.ReadFile(name); err != nil {
			return err
		}
	}
	rates, err := customs.ParseTables(tables[0], tables[1])
	if err != nil {
		return err
	}
	line, err := rates.Classify(*q.gravity, dated.AsOf{At: at})
	var unknown *dated.Unknown
	if errors.As(err, &unknown) {
		d.Reasons = append(d.Reasons, origin.Reason{
			Rule: "Tariff line", Citation: "table of rates", Text: "Whether the gravity fits the tariff line is not known: " + err.Error() + ".", Outcome: origin.Noted,
			Verified: dated.Memory,
		})
		return nil
	} else if err != nil {
		return fmt.Errorf("good.apiGravity: %w", err)
	}
	d.Reasons = append(d.Reasons, line.Reasons...)
	d.Unverified = append(d.Unverified, line.Unverified...)
	if line.AtRisk {
		d.AtRisk = append(d.AtRisk, fmt.Sprintf("The tariff line: %s degrees API is too near the limit between the lines of crude oil to tell them apart.", q.gravity))
	}
	hts, err := origin.ParseCode(line.HTS)
	if err != nil {
		return err
	}
	if n := min(len(hts), len(q.good.HTS), 8); hts[:n] != q.good.HTS[:n] {
		d.AtRisk = append(d.AtRisk, fmt.Sprintf("The tariff line: the file says %s, crude oil reported at %s degrees API is %s.", q.good.HTS,
			line.Reported.Decimal(1), hts[:8]))
	}
	return nil
}

// given prints the question as it was understood, of many inputs the first.
func (q question) given(r *Result) {
	const shown = 10
	say := func(label, format string, args ...any) {
		text := fmt.Sprintf(format, args...)
		r.inputs.lines = append(r.inputs.lines, line{label: label, cell: word(text)})
	}
	say("agreement", "%s, on %s", q.rules.Agreement, q.day)
	say("good", "%s of %s, %s", strings.TrimSpace(origin.Grouped(q.good.Volume.String())+" "+string(q.good.Basis.Unit)), q.good.Name, q.good.HTS)
	for i, in := range q.good.Inputs {
		if i == shown {
			say("inputs", "and %d more", len(q.good.Inputs)-shown)
			break
		}
		standing := map[origin.Status]string{
			origin.Originating: "originating", origin.NonOriginating: "non-originating", origin.Unproven: "origin not proven",
		}[in.Originating]
		if in.WhollyObtained {
			standing += ", wholly obtained"
		}
		say(fmt.Sprintf("input %d", i+1), "%s of %s, %s, %s, %s, %s", origin.Grouped(in.Volume.String()), in.Name, in.HTS, in.Country, in.Role, standing)
	}
	for _, p := range q.good.Processes {
		where := p.Country
		if where == "" {
			where = "the Parties"
		}
		say("process", "%s in %s", p.Name, where)
	}
}

// results prints the reasoning line by line; programs get the same as a list of objects.
func (d decided) results(r *Result, q question) {
	reasons := []object{}
	for _, x := range d.Reasons {
		text := fmt.Sprintf("%s: %s [%s", x.Rule, x.Text, x.Citation)
		if x.Verified != dated.Verified {
			text += "; " + string(x.Verified)
		}
		r.steps.lines = append(r.steps.lines, line{label: string(x.Outcome), cell: word(text + "]")})
		reasons = append(reasons, object{
			{"rule", x.Rule}, {"fact", x.Text}, {"limit", x.Limit}, {"pass", x.Outcome == origin.Pass}, {"citation", x.Citation},
			{"outcome", x.Outcome}, {"verified", x.Verified},
		})
	}
	yes := func(b bool) cell {
		if b {
			return cell{"yes", true}
		}
		return cell{"no", false}
	}
	r.result("qualifies", "qualifies", yes(d.Qualifies), "", "")
	criterion := word(d.Criterion)
	if d.Criterion == "" {
		criterion.text = "none"
	}
	r.result("criterion", "criterion", criterion, "", "")
	r.result("rule", "rule", word(d.Rule), "", "")
	r.result("atRisk", "at risk", yes(len(d.AtRisk) > 0), "", "")
	for _, text := range d.AtRisk {
		r.result("", "", word(text), "", "")
	}
	r.result("forCounsel", "for counsel", yes(d.ForCounsel), "", "")
	r.result("unverified", "unverified", yes(len(d.Unverified) > 0), "", "")
	for _, n := range d.Unverified {
		r.result("", "", word(fmt.Sprintf("row %s (%s): %s", n.Row, n.Tag, n.Citation)), "", "")
	}
	d.places(r, q)
	for _, m := range (object{
		{"reasons", reasons}, {"risks", append([]string{}, d.AtRisk...)}, {"unverifiedRows", append([]dated.Note{}, d.Unverified...)}, {"shares", d.Shares}, {"rules", d.Rules},
	}) {
		r.result(m.key, "", cell{json: m.value}, "", "")
	}
}

// places prints the two other origins of the good, which are other questions.
func (d decided) places(r *Result, q question) {
	c := cell{text: d.country.Country, json: d.country}
	switch {
	case len(d.country.Reasons) == 0:
		c.text = d.country.Rule
	case c.text == "":
		c.text = "for a person to decide"
	}
	c.text += " (another question: for duties that go by country; unverified)"
	r.result("countryOfOrigin", "country of origin", c, "", "")
	for _, x := range d.country.Reasons {
		r.result("", "", word(x.Text), "", "")
	}
	if q.export != "" {
		r.result("countryOfExport", "country of export", cell{text: q.export + " (as the file says)", json: q.export}, "", "")
	}
}
