package calc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/gas/gross"
	"github.com/gauger/gauger/metrology/gas/orifice"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Limits of a file that is answered row by row.
const (
	maxLine = 64 << 10   // bytes
	maxRows = 10_000_000 // lines, comments and the header among them
)

// batch says how a CSV file is answered: row by row, in order, each row on its own.
type batch struct {
	columns []string // that a file must have, in any order, among others
	answers []string // columns of the answer, before the one named error
	echo    bool     // the first answer repeats the first column, even in a row that is refused
	row     func(cells []string, a *answer) error
}

// answer is the answer to one row under construction.
type answer struct {
	line  []byte
	cells int
	word  string // of an error that leaves the rest of the row as it is
	wild  bool   // a figure was none
}

func (a *answer) next() {
	if a.cells++; a.cells > 1 {
		a.line = append(a.line, ',')
	}
}

// number appends a figure of physics with 15 significant digits.
func (a *answer) number(x float64) {
	a.next()
	a.wild = a.wild || math.IsNaN(x) || math.IsInf(x, 0)
	a.line = strconv.AppendFloat(a.line, x, 'g', 15, 64)
}

// blank appends empty cells.
func (a *answer) blank(n int) {
	for range n {
		a.next()
	}
}

// text appends a cell as it is, quoted where CSV needs it.
func (a *answer) text(s string) {
	a.next()
	if strings.ContainsAny(s, "\",\r\n") || strings.HasPrefix(s, "#") { // a line that begins so would be a comment
		s = `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	a.line = append(a.line, s...)
}

// refusal is an error word of our own, for a row that never gets to metrology.
type refusal string

// Error returns the word.
func (r refusal) Error() string { return string(r) }

// The refusals of a row.
const (
	noNumber refusal = "number"
	noCell   refusal = "missing"
	both     refusal = "both"
	badCells refusal = "cells"
	badKind  refusal = "kind"
	badUnit  refusal = "unit"
	badGas   refusal = "composition"
	noResult refusal = "refused"
)

// rangeWords are the words for what a RangeError is about, by how its Quantity begins or goes on.
var rangeWords = []struct{ part, word string }{
	{"temperature", "temperature-range"}, {"pressure", "pressure-range"}, {"density", "density-range"}, {"expansion", "expansion-range"},
	{"diameter", "diameter-range"}, {"viscosity", "viscosity-range"}, {"isentropic", "k-range"},
}

// errorWord returns the word for a refusal.
func errorWord(err error) string {
	var own refusal
	var limits *quantity.RangeError
	switch {
	case errors.As(err, &own):
		return string(own)
	case errors.As(err, &limits):
		for _, w := range rangeWords {
			if strings.Contains(limits.Quantity, w.part) {
				return w.word
			}
		}
		return "range"
	case errors.Is(err, liquid.ErrNoConvergence), errors.Is(err, gas.ErrNoConvergence), errors.Is(err, orifice.ErrNoConvergence):
		return "no-convergence"
	case errors.Is(err, gas.ErrUnstable):
		return "unstable"
	case errors.Is(err, gross.ErrHydrocarbon):
		return string(badGas)
	case errors.Is(err, liquid.ErrGroup):
		return "group"
	case errors.Is(err, liquid.ErrReference):
		return "base"
	}
	return string(noResult)
}

// run answers a file. Rows go out as soon as there is nothing left to read.
func (b batch) run(in io.Reader, out io.Writer) error {
	r := &rows{in: bufio.NewReaderSize(in, maxLine), most: maxRows}
	w := bufio.NewWriter(out)
	err := b.answer(r, w)
	return errors.Join(err, w.Flush()) // what was answered before an error goes out
}

func (b batch) answer(r *rows, w *bufio.Writer) error {
	header, err := r.next()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("no header line: name the columns %s", strings.Join(b.columns, ", "))
	} else if errors.Is(err, badCells) {
		return errors.New("the header has a quotation that does not end")
	} else if err != nil {
		return err
	}
	names := slices.Clone(header)
	places, err := b.find(names)
	if err != nil {
		return err
	}
	if _, err := w.WriteString(strings.Join(append(slices.Clone(b.answers), "error"), ",") + "\n"); err != nil {
		return err
	}
	a, cells := &answer{}, make([]string, len(places))
	for {
		all, err := r.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if own := refusal(""); err != nil && !errors.As(err, &own) {
			return err
		} else if err == nil && len(all) != len(names) {
			err = badCells
		}
		for i, p := range places {
			cells[i] = ""
			if p < len(all) {
				cells[i] = strings.TrimSpace(all[p])
			}
		}
		b.one(cells, a, err)
		if _, err := w.Write(append(a.line, '\n')); err != nil {
			return err
		}
		if r.in.Buffered() == 0 {
			if err := w.Flush(); err != nil {
				return err
			}
		}
	}
}

// one answers one row, or refuses it, for an error that it has already or gets.
func (b batch) one(cells []string, a *answer, err error) {
	a.line, a.cells, a.word, a.wild = a.line[:0], 0, "", false
	if b.echo {
		a.text(cells[0])
	}
	begun, done := len(a.line), a.cells
	if err == nil {
		if err = b.row(cells, a); a.wild {
			err = noResult
		}
	}
	if err != nil {
		a.line, a.cells, a.word = a.line[:begun], done, errorWord(err)
	}
	a.blank(len(b.answers) - a.cells)
	a.text(a.word)
}

// find returns where the columns stand in the header.
func (b batch) find(header []string) ([]int, error) {
	places := make([]int, len(b.columns))
	var missing []string
	for i, name := range b.columns {
		places[i] = -1
		for p, h := range header {
			if strings.TrimSpace(h) != name {
				continue
			}
			if places[i] >= 0 {
				return nil, fmt.Errorf("column %s stands twice in the header: leave one", name)
			}
			places[i] = p
		}
		if places[i] < 0 {
			missing = append(missing, name)
		}
	}
	if len(missing) == 1 {
		return nil, fmt.Errorf("column %s is missing in the header", missing[0])
	} else if missing != nil {
		return nil, fmt.Errorf("columns %s are missing in the header", strings.Join(missing, ", "))
	}
	return places, nil
}

// wrapped returns column names for a help text, broken into lines.
func wrapped(names []string) string {
	var b strings.Builder
	width := 0
	for i, n := range names {
		if i > 0 {
			b.WriteString(", ")
		}
		if width += len(n) + 2; width > 110 {
			b.WriteString("\n")
			width = len(n)
		}
		b.WriteString(n)
	}
	return b.String()
}

// rows reads the rows of a CSV file: one on each line, with # before a comment.
type rows struct {
	in    *bufio.Reader
	most  int // lines
	line  int
	cells []string
}

// next returns the cells of the next row, which the call after it overwrites. A quotation that does not end is a refusal; a line
// that is too long, or one too many, ends the file.
func (r *rows) next() ([]string, error) {
	for {
		line, err := r.in.ReadSlice('\n')
		if len(line) == 0 && err != nil {
			return nil, err
		}
		if r.line++; r.line > r.most {
			return nil, fmt.Errorf("more than %d lines: split the file", r.most)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			return nil, fmt.Errorf("line %d has more than %d bytes: is this a CSV file?", r.line, maxLine)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if r.line == 1 {
			line = bytes.TrimPrefix(line, []byte(byteOrderMark))
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(bytes.TrimSpace(line)) == 0 || line[0] == '#' {
			continue
		}
		r.cells, err = split(r.cells[:0], string(line))
		return r.cells, err
	}
}

// split appends the cells of a line. A cell in quotation marks may hold commas, and marks that are doubled.
func split(cells []string, line string) ([]string, error) {
	for {
		var cell string
		more := false
		if strings.HasPrefix(line, `"`) {
			end := closing(line)
			if end < 0 {
				return cells, badCells
			}
			cell = strings.ReplaceAll(line[1:end], `""`, `"`)
			line = line[end+1:]
			if line, more = strings.CutPrefix(line, ","); !more && line != "" {
				return cells, badCells
			}
		} else {
			cell, line, more = strings.Cut(line, ",")
		}
		cells = append(cells, cell)
		if !more {
			return cells, nil
		}
	}
}

// closing returns where the mark stands that closes a quoted cell, or -1.
func closing(line string) int {
	for i := 1; i < len(line); i++ {
		if line[i] != '"' {
			continue
		}
		if i+1 == len(line) || line[i+1] != '"' {
			return i
		}
		i++
	}
	return -1
}

// float reads a cell that must hold a number.
func float(cell string) (float64, error) {
	if cell == "" {
		return 0, noCell
	}
	if strings.Trim(cell, "0123456789+-.eE") != "" { // NaN, Inf, hexadecimal
		return 0, noNumber
	}
	x, err := strconv.ParseFloat(cell, 64)
	if err != nil {
		return 0, noNumber
	}
	return x, nil
}
