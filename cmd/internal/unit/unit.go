// Package unit reads numbers together with their units, as people write them on a command line: 84.3F, 62psig, 10014.70bbl. A
// number without its unit, a unit that nobody knows, one of another kind than is due, and a value that cannot be (below absolute
// zero, a negative length) are refused with a message that says what to write instead.
package unit

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Value is a number with its unit. The zero Value is none.
type Value struct {
	Text   string  // the number as it was written: "10014.70"
	Number float64 // the same, for physics
	Unit   Unit
}

// Given reports whether there is a value.
func (v Value) Given() bool { return v.Text != "" }

// String prints the value as a person reads it: "10014.70 bbl".
func (v Value) String() string {
	if v.Unit.Kind == Number || strings.HasPrefix(v.Unit.Name, "/") {
		return v.Text + v.Unit.Name
	}
	return v.Text + " " + v.Unit.Name
}

// Written returns the value as Parse reads it: "10014.70bbl".
func (v Value) Written() string { return v.Text + v.Unit.Name }

// Factor returns the number exactly. It refuses a number with an exponent, or with more digits than a Factor holds.
func (v Value) Factor() (quantity.Factor, error) { return quantity.ParseFactor(v.Text) }

// Micro returns the number exactly, in millionths. It refuses more than six decimals.
func (v Value) Micro() (quantity.Micro, error) { return quantity.Parse(v.Text) }

// SI returns the value in the coherent unit of the SI: K, Pa, kg/m3, m3, m, Pa s, m2/s, m/s. A gauge pressure stays one.
func (v Value) SI() float64 {
	switch v.Unit.Name {
	case "API":
		return liquid.FromAPIGravity(v.Number)
	case "RD":
		return liquid.FromRelativeDensity(v.Number)
	}
	return v.Unit.zero + v.Number*v.Unit.scale
}

// In returns the value in another unit of its kind, exactly as it was written if it is in that unit already. A unit that is
// unknown or of another kind gives NaN.
func (v Value) In(name string) float64 {
	u, ok := find(name)
	switch {
	case !ok || u.Kind != v.Unit.Kind:
		return math.NaN()
	case u.Name == v.Unit.Name:
		return v.Number
	case name == "API":
		return liquid.APIGravity(v.SI())
	case name == "RD":
		return liquid.RelativeDensity(v.SI())
	}
	return (v.SI() - u.zero) / u.scale
}

// Sign says which numbers make sense.
type Sign uint8

// The signs that a value may have. What is below absolute zero, or thinner than a vacuum, is refused whatever the sign.
const (
	Any Sign = iota
	Positive
	NotNegative
)

// Want says what a value must be.
type Want struct {
	Kind    Kind
	Units   []string // those that are accepted; all of the kind when empty
	Sign    Sign
	Exact   bool   // the decimals matter: a plain decimal of at most six, without exponent
	Example string // for messages: "84.3F"
}

// maxText bounds what is read as one value.
const maxText = 64

var (
	number    = regexp.MustCompile(`^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?`)
	thousands = regexp.MustCompile(`^[+-]?[0-9]+(?:[,'_ ][0-9]+)+`)
)

// Parse reads a number with its unit. Blanks between the two are allowed.
func (w Want) Parse(s string) (Value, error) {
	s = strings.TrimSpace(s)
	if len(s) > maxText {
		return Value{}, fmt.Errorf("%d characters are no value such as %s", len(s), w.Example)
	}
	text := number.FindString(s)
	if text == "" || thousands.MatchString(s) {
		return Value{}, fmt.Errorf("want a plain number with its unit, such as %s", w.Example)
	}
	name := strings.TrimSpace(s[len(text):])
	v := Value{Text: strings.TrimPrefix(text, "+")}
	var err error
	if v.Unit, err = w.unit(name, v.Text); err != nil {
		return Value{}, err
	}
	if v.Number, err = strconv.ParseFloat(v.Text, 64); err != nil {
		return Value{}, fmt.Errorf("%s is out of range", v.Text)
	}
	if err := w.sense(v); err != nil {
		return Value{}, err
	}
	if math.IsInf(v.SI(), 0) {
		return Value{}, fmt.Errorf("%s is out of range", v)
	}
	if w.Exact {
		if _, err := v.Micro(); err != nil {
			return Value{}, err
		}
	}
	return v, nil
}

// unit returns the unit of a name, if it is one of those that are due.
func (w Want) unit(name, text string) (Unit, error) {
	if w.Kind == Number {
		if name != "" {
			return Unit{}, fmt.Errorf("%q stands after %s: write a plain number, such as %s", name, text, w.Example)
		}
		return Unit{Kind: Number, scale: 1}, nil
	}
	due := w.Units
	if len(due) == 0 {
		due = of(w.Kind)
	}
	if name == "" {
		return Unit{}, fmt.Errorf("%s has no unit: write it with the number, in %s, such as %s", text, names(due), w.Example)
	}
	u, ok := find(name)
	if ok && u.Kind == w.Kind && slices.Contains(due, u.Name) {
		return u, nil
	}
	if absolute, gauge := slices.Contains(due, name+"a"), slices.Contains(due, name+"g"); absolute || gauge {
		return Unit{}, fmt.Errorf("%s does not say whether gauge or absolute: write %s", name, names(pick(gauge, name+"g", absolute, name+"a")))
	}
	if instead, open := vague[name]; open && !ok {
		return Unit{}, fmt.Errorf("%s does not say enough: write %s", name, instead)
	}
	switch {
	case ok && u.Kind == w.Kind:
		return Unit{}, fmt.Errorf("%s is not taken here: write the %s in %s", u.Name, w.Kind, names(due))
	case ok:
		return Unit{}, fmt.Errorf("%s is a unit of %s, and a %s is due: write it in %s, such as %s", u.Name, u.Kind, w.Kind, names(due), w.Example)
	}
	if meant, ok := near(name); ok {
		return Unit{}, fmt.Errorf("unknown unit %q: did you mean %s?", name, meant)
	}
	return Unit{}, fmt.Errorf("unknown unit %q: a %s is written in %s, such as %s", name, w.Kind, names(due), w.Example)
}

// pick returns those of two names that are wanted.
func pick(first bool, a string, second bool, b string) (all []string) {
	if first {
		all = append(all, a)
	}
	if second {
		all = append(all, b)
	}
	return all
}

var (
	errAbsoluteZero = errors.New("is below absolute zero (-459.67 F, -273.15 C)")
	errVacuum       = errors.New("is below a perfect vacuum")
	errAPI          = errors.New("is no API gravity: those begin above -131.5 API")
)

// deepest is the lowest gauge pressure there is, in Pa: no air on Earth's surface weighs more.
const deepest = -110e3

// sense refuses values that cannot be.
func (w Want) sense(v Value) error {
	var why error
	switch si := v.SI(); {
	case w.Kind == Temperature && si < 0:
		why = errAbsoluteZero
	case w.Kind == Pressure && (v.Unit.Gauge && si < deepest || !v.Unit.Gauge && si < 0):
		why = errVacuum
	case v.Unit.Name == "API" && v.Number <= -131.5:
		why = errAPI
	case (w.Sign == Positive || w.Kind == Density) && si <= 0:
		return fmt.Errorf("a %s must be positive, not %s", w.Kind, v)
	case w.Sign == NotNegative && si < 0:
		return fmt.Errorf("a %s must not be negative, as %s is", w.Kind, v)
	default:
		return nil
	}
	return fmt.Errorf("%s %w", v, why)
}
