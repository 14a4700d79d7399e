package calc

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/quantity"
)

// flags are the flags of one calculation. They are its inputs, and the result repeats them in the order in which they were bound.
type flags struct {
	c      *cobra.Command
	inputs []*input
}

// input is a flag, or the argument, of a calculation.
type input struct {
	field
	name     string
	help     string
	called   string // in a table, where that is not its name
	needed   bool
	argument bool
	with     string // the flag without which this one means nothing; then it is neither taken nor shown
	batch    bool   // it goes with --batch
}

// field is what a flag holds. String returns it as it would be written, or "" when there is nothing; Type is an example.
type field interface {
	String() string
	Set(string) error
	Type() string
}

// label is the name of an input in a table; key is the same in JSON.
func (i *input) label() string { return cmp.Or(i.called, strings.ReplaceAll(i.name, "-", " ")) }
func (i *input) key() string   { return strings.ReplaceAll(i.name, "-", "_") }

// option changes how an input is bound.
type option func(*input)

func needed(i *input)   { i.needed = true }
func inBatch(i *input)  { i.batch = true }
func argument(i *input) { i.argument, i.needed = true, true }
func called(label string) option {
	return func(i *input) { i.called = label }
}
func with(name string) option {
	return func(i *input) { i.with = name }
}

// or gives an input the value that it has when it is not given.
func or(value string) option {
	return func(i *input) {
		if err := i.Set(value); err != nil {
			panic(fmt.Sprintf("calc: default of --%s: %v", i.name, err)) // a constant of this package
		}
	}
}

func (f *flags) add(v field, name, help string, options []option) {
	i := &input{field: v, name: name, help: help}
	for _, o := range options {
		o(i)
	}
	f.inputs = append(f.inputs, i)
	if !i.argument {
		f.c.Flags().Var(v, name, help)
	}
}

// value binds a number with its unit.
func (f *flags) value(into *unit.Value, name string, want unit.Want, help string, options ...option) {
	f.add(&valueField{want, into}, name, help, options)
}

// factor binds a positive decimal without unit, exactly.
func (f *flags) factor(into *quantity.Factor, name, example, help string, options ...option) {
	f.add(&factorField{into, example}, name, help, options)
}

// count binds a whole number of 0 or more.
func (f *flags) count(into *int64, name, help string, options ...option) {
	f.add(&countField{into: into}, name, help, options)
}

// text binds a name.
func (f *flags) text(into *string, name, example, help string, options ...option) {
	f.add(&textField{into, example}, name, help, options)
}

// choice binds one of several words.
func (f *flags) choice(into *string, name string, words []string, help string, options ...option) {
	f.add(&choiceField{into, words}, name, help, options)
}

// yes binds a switch.
func (f *flags) yes(into *bool, name, help string, options ...option) {
	f.add(&switchField{into}, name, help, options)
	f.c.Flags().Lookup(name).NoOptDefVal = "true"
}

// find returns the input of a name.
func (f *flags) find(name string) *input {
	return f.inputs[slices.IndexFunc(f.inputs, func(i *input) bool { return i.name == name })]
}

// arguments takes the positional arguments.
func (f *flags) arguments(args []string) error {
	for _, i := range f.inputs {
		if !i.argument {
			continue
		}
		if len(args) == 0 {
			return fmt.Errorf("the %s is missing: %s", i.label(), i.say())
		}
		if err := i.Set(args[0]); err != nil {
			return fmt.Errorf("%s %q: %w", i.label(), args[0], err)
		}
		args = args[1:]
	}
	if len(args) > 0 {
		return fmt.Errorf("argument %q is one too many", args[0])
	}
	return nil
}

// complete refuses inputs that are missing, or that mean nothing without another.
func (f *flags) complete() error {
	for _, i := range f.inputs {
		switch {
		case i.needed && i.String() == "":
			return fmt.Errorf("--%s is missing: %s", i.name, i.say())
		case i.with != "" && f.c.Flags().Changed(i.name) && f.find(i.with).String() == "":
			return fmt.Errorf("--%s goes with --%s, which is missing", i.name, i.with)
		}
	}
	return nil
}

func (i *input) say() string {
	help, _, _ := strings.Cut(i.help, ";")
	if c, ok := i.field.(*choiceField); ok {
		return help + ", one of " + strings.Join(c.words, ", ")
	}
	return help + ", such as " + i.Type()
}

// fitBatch refuses flags beside --batch: the rows say it all.
func (f *flags) fitBatch() error {
	if f.c.Flags().Changed("json") {
		return errors.New("--json does not go with --batch: rows are answered as CSV")
	}
	for _, i := range f.inputs {
		if !i.batch && f.c.Flags().Changed(i.name) {
			return fmt.Errorf("--%s does not go with --batch: each row has its own", i.name)
		}
	}
	return nil
}

// given returns the inputs as lines of a result.
func (f *flags) given() []line {
	var lines []line
	for _, i := range f.inputs {
		s := i.String()
		if s == "" || i.with != "" && f.find(i.with).String() == "" {
			continue
		}
		note := ""
		if !i.argument && !f.c.Flags().Changed(i.name) {
			note = "default"
		}
		if list, ok := i.field.(lister); ok {
			lines = append(lines, list.lines(i)...)
			continue
		}
		shown := s
		if v, ok := i.field.(*valueField); ok {
			shown = v.into.String()
		}
		lines = append(lines, line{key: i.key(), label: i.label(), cell: cell{text: shown, json: s}, note: note})
	}
	return lines
}

// lister is a field with a line for each of its entries.
type lister interface {
	lines(i *input) []line
}

type valueField struct {
	want unit.Want
	into *unit.Value
}

func (v *valueField) Type() string { return v.want.Example }
func (v *valueField) String() string {
	if v.into == nil {
		return ""
	}
	return v.into.Written()
}

func (v *valueField) Set(s string) (err error) {
	*v.into, err = v.want.Parse(s)
	return err
}

type factorField struct {
	into    *quantity.Factor
	example string
}

func (v *factorField) Type() string { return v.example }
func (v *factorField) String() string {
	if v.into == nil || *v.into == (quantity.Factor{}) {
		return ""
	}
	return v.into.String()
}

func (v *factorField) Set(s string) error {
	x, err := quantity.ParseFactor(strings.TrimSpace(s))
	if err == nil && !x.Valid() {
		err = fmt.Errorf("%s must be positive", x)
	}
	if err == nil {
		*v.into = x
	}
	return err
}

type countField struct {
	into  *int64
	given bool
}

func (v *countField) Type() string { return "84123450" }
func (v *countField) String() string {
	if !v.given {
		return ""
	}
	return strconv.FormatInt(*v.into, 10)
}

func (v *countField) Set(s string) error {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil || n < 0 {
		return errors.New("want a whole number of 0 or more, without separators")
	}
	*v.into, v.given = n, true
	return nil
}

type textField struct {
	into    *string
	example string
}

func (v *textField) Type() string { return v.example }
func (v *textField) String() string {
	if v.into == nil {
		return ""
	}
	return *v.into
}

func (v *textField) Set(s string) error {
	*v.into = s
	return nil
}

type choiceField struct {
	into  *string
	words []string
}

func (v *choiceField) Type() string { return strings.Join(v.words, "|") }
func (v *choiceField) String() string {
	if v.into == nil {
		return ""
	}
	return *v.into
}

func (v *choiceField) Set(s string) error {
	for _, word := range v.words {
		if strings.EqualFold(word, strings.TrimSpace(s)) {
			*v.into = word
			return nil
		}
	}
	return fmt.Errorf("want one of %s", strings.Join(v.words, ", "))
}

type switchField struct{ into *bool }

func (v *switchField) Type() string { return "bool" }
func (v *switchField) String() string {
	if v.into == nil || !*v.into {
		return ""
	}
	return "true"
}

func (v *switchField) Set(s string) (err error) {
	*v.into, err = strconv.ParseBool(s)
	return err
}
