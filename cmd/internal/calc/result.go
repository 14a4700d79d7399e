package calc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Result is what came of a calculation: inputs as understood, each intermediate figure, results, and how they were come by, in the
// order in which a person follows them.
type Result struct {
	Name  string // of the calculation: "ticket"
	Title string

	inputs, steps, results section

	methods  []string // each with its edition
	rounding string

	form form // of its own, for a result that is no list of figures; nil for others
}

// section is a part of a result: its figures, and after them its tables.
type section struct {
	lines  []line
	tables []table
}

// line is one figure.
type line struct {
	key   string // in JSON, with the unit at its end; none where the line is for people only
	label string // for people; none, beside a key, where it is for programs only
	cell
	unit string
	note string // formula, or where it comes from
}

// cell is a figure as people and as programs read it: exact decimals are strings in JSON, physics is a number.
type cell struct {
	text string
	json any
}

// exact is a figure that is known to its last digit.
func exact(s fmt.Stringer) cell { return cell{s.String(), s.String()} }

// word is a figure that is none.
func word(s string) cell { return cell{s, s} }

// number is a figure of physics: people see it with a number of decimals, programs all of it.
func number(x float64, places int) cell { return cell{strconv.FormatFloat(x, 'f', places, 64), x} }

// table is a list of results of one kind.
type table struct {
	key    string
	header []column
	rows   [][]cell
}

// column is the heading of a table for programs and people.
type column struct{ key, label string }

func (r *Result) step(key, label string, c cell, unit, note string) {
	r.steps.lines = append(r.steps.lines, line{key, label, c, unit, note})
}

func (r *Result) result(key, label string, c cell, unit, note string) {
	r.results.lines = append(r.results.lines, line{key, label, c, unit, note})
}

// by names the methods, each with its edition, and the rounding.
func (r *Result) by(rounding string, methods ...string) { r.methods, r.rounding = methods, rounding }

// valid refuses a figure that is no number: metrology gives none, and nobody should see it if it did.
func (r *Result) valid() error {
	for _, s := range []section{r.inputs, r.steps, r.results} {
		for _, l := range s.lines {
			if x, ok := l.json.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
				return fmt.Errorf("%s has no value: %v", l.label, x)
			}
		}
	}
	return nil
}

// maxFigure is how wide a figure may be that others are lined up with.
const maxFigure = 32

// Print prints the result for people.
func (r *Result) Print(w io.Writer) error {
	if err := r.valid(); err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintln(&b, r.Title)
	wide, deep := 0, 0
	for _, s := range []section{r.inputs, r.steps, r.results} {
		for _, l := range s.lines {
			wide = max(wide, utf8.RuneCountInString(l.label))
			if n := utf8.RuneCountInString(l.figure()); l.note != "" && n <= maxFigure {
				deep = max(deep, n)
			}
		}
	}
	r.inputs.print(&b, "given", wide, deep)
	r.steps.print(&b, "step by step", wide, deep)
	r.results.print(&b, "result", wide, deep)
	for _, m := range r.methods {
		fmt.Fprintln(&b, "method   ", m)
	}
	fmt.Fprintln(&b, "rounding ", r.rounding)
	_, err := w.Write(b.Bytes())
	return err
}

// print prints a section whose labels and figures are so wide.
func (s section) print(b *bytes.Buffer, name string, wide, deep int) {
	if len(s.lines)+len(s.tables) == 0 {
		return
	}
	fmt.Fprintln(b, name)
	for _, l := range s.lines {
		if l.label == "" && l.key != "" {
			continue
		}
		text := "  " + pad(l.label, wide) + "  " + pad(l.figure(), deep) + "  " + l.note
		fmt.Fprintln(b, strings.TrimRight(text, " "))
	}
	for _, t := range s.tables {
		t.print(b)
	}
}

func (l line) figure() string { return strings.TrimRight(l.text+" "+l.unit, " ") }

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

func (t table) print(b *bytes.Buffer) {
	widths := make([]int, len(t.header))
	for i, c := range t.header {
		widths[i] = utf8.RuneCountInString(c.label)
		for _, row := range t.rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i].text))
		}
	}
	row := func(text func(i int) string) {
		var out string
		for i, width := range widths {
			out += "  " + pad(text(i), width)
		}
		fmt.Fprintln(b, strings.TrimRight(out, " "))
	}
	row(func(i int) string { return t.header[i].label })
	for _, cells := range t.rows {
		row(func(i int) string { return cells[i].text })
	}
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	key   string
	value any
}

// MarshalJSON prints the members in their order.
func (o object) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		value, err := json.Marshal(m.value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.key, err)
		}
		b = strconv.AppendQuote(b, m.key)
		b = append(append(b, ':'), value...)
	}
	return append(b, '}'), nil
}

// members returns a section as JSON has it.
func (s section) members() object {
	o := object{}
	for _, l := range s.lines {
		if l.key != "" {
			o = append(o, member{l.key, l.json})
		}
	}
	for _, t := range s.tables {
		rows := make([]object, 0, len(t.rows))
		for _, cells := range t.rows {
			var row object
			for i, c := range cells {
				row = append(row, member{t.header[i].key, c.json})
			}
			rows = append(rows, row)
		}
		o = append(o, member{t.key, rows})
	}
	return o
}

// JSON prints the result for programs, on one line: the results themselves, and around them how they were come by.
func (r *Result) JSON(w io.Writer) error {
	if err := r.valid(); err != nil {
		return err
	}
	o := object{{"calculation", r.Name}, {"inputs", r.inputs.members()}, {"steps", r.steps.members()}}
	o = append(o, r.results.members()...)
	b, err := json.Marshal(append(o, member{"method", r.methods}, member{"rounding", r.rounding}))
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}
