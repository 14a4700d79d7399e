package calc

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/internal/conf"
	"github.com/gauger/gauger/metrology/quantity"
)

// question is what a file asks about the origin of a good.
type question struct {
	good    origin.Good
	day     dated.Date
	rules   *origin.Rules
	gravity *quantity.Micro // degrees API at 60 F
	export  string          // country of export
}

// asOf is noon Eastern time of the day.
func (q question) asOf() dated.AsOf { return dated.AsOf{At: q.day.Noon()} }

// ask reads a question. What is wrong with it is said with the place.
func ask(in io.Reader, table string) (question, error) {
	var q question
	o, err := openDocument(in)
	if err != nil {
		return q, err
	}
	agreement := o.needed("agreement", "USMCA")
	day := o.needed("date", "2024-03-31")
	good := o.object("good")
	if len(good.raw) == 0 {
		o.fail("good", "is missing: want an object with hts and volume")
	}
	q.good.OutsideParties = o.texts("outsideParties")
	q.export = letters(o.text("exportCountry"))
	q.good.EaseTransport = *either(o.truth("easeTransport"), true)
	inputs, steps := o.list("inputs"), o.list("processes")
	if o.err != nil {
		return q, o.done()
	}
	if q.day, err = dated.ParseDate(day); err != nil {
		return q, fmt.Errorf("date: %w", err)
	}
	if q.rules, err = rulesOf(agreement, table); err != nil {
		return q, err
	}
	q.good.Agreement = q.rules.Agreement
	country := letters(q.read(good))
	if err := good.done(); err != nil {
		return q, err
	}
	if len(inputs) > origin.MaxInputs {
		return q, fmt.Errorf("inputs: %d of them, at most %d are taken: add up those that do not differ", len(inputs), origin.MaxInputs)
	}
	for i, raw := range inputs {
		if err := q.input(o, i, raw); err != nil {
			return q, err
		}
	}
	for i, raw := range steps {
		if err := q.process(o, i, raw, country); err != nil {
			return q, err
		}
	}
	if country != "" && len(steps) == 0 && !q.rules.Party(country, q.asOf()) {
		o.fail("good.country", "%s is no Party to %s that day, so nothing that is made there originates: name the processes and where each was done, if "+
			"not all of it was made there", country, q.rules.Agreement)
	}
	return q, o.done()
}

// either returns a truth, or another where there is none.
func either(b *bool, otherwise bool) *bool {
	if b == nil {
		return &otherwise
	}
	return b
}

// rulesOf reads the rules of an agreement, from a file or else from those that the program has.
func rulesOf(agreement, table string) (*origin.Rules, error) {
	if name, other := otherAgreements[plain(agreement)]; other {
		agreement = name
	}
	if table != "" {
		data, err := os.ReadFile(table)
		if err != nil {
			return nil, fmt.Errorf("--rules: %w", err)
		}
		r, err := origin.ParseRules(data)
		if err == nil && plain(r.Agreement) != plain(agreement) {
			err = fmt.Errorf("the table is of %s, agreement is %q", r.Agreement, agreement)
		}
		if err != nil {
			return nil, fmt.Errorf("--rules %s: %w", table, err)
		}
		return r, nil
	}
	known := slices.Sorted(maps.Keys(configs.Agreements))
	for _, name := range known {
		if plain(name) != plain(agreement) {
			continue
		}
		data, err := configs.Files.ReadFile(configs.Agreements[name])
		if err != nil {
			return nil, err
		}
		return origin.ParseRules(data)
	}
	return nil, fmt.Errorf("agreement: there are no rules of %q: %s", agreement, conf.Suggest(agreement, known))
}

// otherAgreements are the names by which Parties call an agreement too: Canada and Mexico the USMCA.
var otherAgreements = map[string]string{"cusma": "USMCA", "aceum": "USMCA", "tmec": "USMCA", "cafta": "CAFTA-DR", "drcafta": "CAFTA-DR"}

// otherProcesses are other words for the processes of the tables.
var otherProcesses = map[string]string{
	"reforming": "catalytic reforming", "hydroprocessing": "catalytic hydroprocessing", "isomerisation": "isomerization", "mixing": "blending", "dilution": "blending",
}

// plain makes names alike that differ in case, dashes and spaces only.
func plain(name string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
}

// read reads the good, and returns the country in which it was made, if that is said.
func (q *question) read(o *document) (country string) {
	q.good.Name = o.text("description")
	if q.good.Name == "" {
		q.good.Name = "the good"
	}
	q.good.HTS = o.code("hts", "2709.00.10")
	var of quantity.Dimension
	q.good.Volume, of = o.amount("")
	if of == "" {
		o.fail("volume", "is missing: want the volume of the good, after shrinkage, or its energy or mass with the unit")
	}
	q.gravity, q.good.Value, q.good.NetCost = o.number("apiGravity"), o.number("value"), o.number("netCost")
	if q.good.Basis = o.basis(); q.good.Basis.Unit == "" && of != "" && of != quantity.Volume {
		o.fail("unit", "is missing: want the unit of the %s, such as %s", of, map[quantity.Dimension]quantity.Unit{quantity.Energy: quantity.MMBtu, quantity.Mass: quantity.Kilogram}[of])
	} else if q.good.Basis.Unit != "" && q.good.Basis.Unit.Dimension() != of {
		o.fail("unit", "%s is none of %s, by which the good is stated", q.good.Basis, of)
	}
	return o.text("country")
}

// amount reads how much there is: a volume, an energy or a mass, one of them. The inputs of a good are stated as it is.
func (o *document) amount(good quantity.Dimension) (m quantity.Micro, of quantity.Dimension) {
	for _, d := range []quantity.Dimension{quantity.Volume, quantity.Energy, quantity.Mass} {
		v := o.number(string(d))
		switch {
		case v == nil:
		case of != "":
			o.fail(string(d), "it is stated by %s already: state one of them", of)
		case good != "" && d != good:
			o.fail(string(d), "the good is stated by %s: state all its inputs so", good)
		default:
			m, of = *v, d
		}
	}
	return m, of
}

// basis reads the unit of amounts, with its reference conditions where it is one of volume, under either name; none is the zero one.
func (o *document) basis() (b quantity.Basis) {
	for _, key := range []string{"basis", "unit"} {
		s := o.text(key)
		if s == "" {
			continue
		}
		for _, u := range []quantity.Unit{quantity.MMBtu, quantity.Gigajoule, quantity.Kilogram} {
			if strings.EqualFold(s, string(u)) {
				s = string(u)
			}
		}
		var read quantity.Basis
		if err := read.UnmarshalText([]byte(s)); err != nil {
			o.fail(key, "%v", err)
		} else if b.Unit != "" && b != read {
			o.fail(key, "it is %s, and basis says %s: state one of them", read, b)
		}
		b = read
	}
	return b
}

// input reads one input. A mineral in the form in which it is extracted counts as wholly obtained where it originates, unless the
// file says otherwise.
func (q *question) input(outer *document, i int, raw json.RawMessage) error {
	o := outer.inner(fmt.Sprintf("inputs[%d]", i), raw)
	if outer.err != nil {
		return outer.err
	}
	in := origin.Input{
		Source: o.text("id"), Name: o.text("description"), Country: letters(o.needed("country", "CA")), Role: origin.Role(strings.ToLower(o.text("role"))),
		Originating: origin.Unproven, Value: o.number("value"), Proof: "as the file states",
	}
	if in.Name == "" {
		in.Name = "input " + fmt.Sprint(i+1)
	}
	if in.Source == "" {
		in.Source = fmt.Sprint(i + 1)
	}
	if in.Role == "" {
		in.Role = origin.Material
	}
	in.HTS = o.code("hts", "2709")
	of := quantity.Volume
	if u := q.good.Basis.Unit; u != "" {
		of = u.Dimension()
	}
	var stated quantity.Dimension
	if in.Volume, stated = o.amount(of); stated == "" {
		o.fail(string(of), "is missing")
	}
	if b := o.basis(); b != (quantity.Basis{}) && b != q.good.Basis {
		o.fail("unit", "it is %s, and that of the good %s: state all in one", b, cmp.Or(q.good.Basis.String(), "is not named"))
	}
	if u := o.number("uncertainty"); u != nil {
		in.Uncertainty = *u
	}
	if originates := o.truth("originating"); originates != nil {
		in.Originating = origin.NonOriginating
		if *originates {
			in.Originating = origin.Originating
		}
	}
	mineral := in.Originating == origin.Originating && q.rules.Extracted(in.HTS, q.asOf())
	in.WhollyObtained = *either(o.truth("whollyObtained"), mineral)
	if _, given := o.take("proof"); given {
		in.Proof = o.text("proof")
	}
	if ease := o.truth("easeTransport"); ease != nil && in.Role == origin.Diluent {
		q.good.EaseTransport = q.good.EaseTransport && *ease
	}
	q.good.Inputs = append(q.good.Inputs, in)
	return o.done()
}

// code reads a tariff number that must be there, as a text or as a number.
func (o *document) code(key, example string) origin.Code {
	raw, _ := o.take(key)
	s := string(raw)
	if len(s) == 0 || s[0] < '0' || s[0] > '9' {
		s = o.needed(key, example)
	}
	c, err := origin.ParseCode(s)
	if err != nil {
		o.fail(key, "%v", err)
	}
	return c
}

// process reads one process: its name, done where the good was made, or an object with name and country.
func (q *question) process(outer *document, i int, raw json.RawMessage, country string) error {
	place := fmt.Sprintf("processes[%d]", i)
	step := origin.Process{Country: country}
	if json.Unmarshal(raw, &step.Name) != nil {
		o := outer.inner(place, raw)
		if outer.err != nil {
			return outer.err
		}
		step.Name = o.needed("name", "atmospheric distillation")
		if c := o.text("country"); c != "" {
			step.Country = letters(c)
		}
		if err := o.done(); err != nil {
			return err
		}
	}
	word := step.Name
	if name, other := otherProcesses[plain(word)]; other {
		word = name
	}
	for _, known := range q.rules.Processes {
		if plain(known) == plain(word) {
			step.Name = known
			q.good.Processes = append(q.good.Processes, step)
			return nil
		}
	}
	return fmt.Errorf("%s: there is no process %q; there are %s", place, step.Name, strings.Join(q.rules.Processes, ", "))
}

// decided is what the rules say of a question.
type decided struct {
	origin.Decision
	country origin.CountryAnswer
}

func (q question) decide() (d decided, err error) {
	at := q.asOf().At
	if d.Decision, err = origin.Decide(q.rules, q.good, at); err != nil {
		return d, err
	}
	data, err := configs.Files.ReadFile(configs.Country)
	if err != nil {
		return d, err
	}
	countries, err := origin.ParseCountryRules(data)
	if err != nil {
		return d, err
	}
	d.country, err = countries.Country(q.good, at)
	var unknown *dated.Unknown
	if errors.As(err, &unknown) { // it is another question, and leaves the answer to this one as it is
		d.country = origin.CountryAnswer{Rule: err.Error(), Reasons: []origin.Reason{}}
	} else if err != nil {
		return d, err
	}
	return d, q.classify(&d.Decision, at)
}
