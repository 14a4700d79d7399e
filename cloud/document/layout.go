package document

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/gauger/gauger/metrology/quantity"
)

// layout is a statement before it is set on pages, or printed as text.
type layout struct {
	title    string // "RUN STATEMENT"
	subtitle string
	number   string // "LACT-1, 2024-03"
	status   string
	lying    bool // pages lie on their long side
	made     int64
	about    [2][]field // in two columns
	parts    []part
	notes    []string
	signers  []string // who signs by hand
}

// part is a table of a layout.
type part struct {
	name, note string
	columns    []column
	rows       []row
}

// column is the heading of a part: its name in up to two lines, and a unit below. Figures stand to the right and are never
// shortened.
type column struct {
	name, unit string
	figure     bool
}

// row is a line of a part.
type row struct {
	cells []cell
	kind  rowKind
}

type rowKind int

const (
	plainRow  rowKind = iota
	totalRow          // a sum of those above, set apart
	struckRow         // counts nowhere
)

// cell is a text, or an amount that is printed with as many decimals as all amounts of the layout need to be exact.
type cell struct {
	text   string
	amount *quantity.Micro
}

func says(text string) cell { return cell{text: text} }

func measures(m quantity.Micro) cell { return cell{amount: &m} }

// cellsOf returns texts as cells.
func cellsOf(texts ...string) []cell {
	all := make([]cell, len(texts))
	for i, t := range texts {
		all[i].text = t
	}
	return all
}

// decimals returns how many decimals show all amounts exactly, three at least: what is printed adds up as it is printed.
func (l *layout) decimals() int {
	n := 3
	for _, p := range l.parts {
		for _, r := range p.rows {
			for _, c := range r.cells {
				if c.amount == nil {
					continue
				}
				_, part, _ := strings.Cut(c.amount.String(), ".")
				n = max(n, len(part))
			}
		}
	}
	return n
}

// printed returns a cell as it is printed with a number of decimals.
func (c cell) printed(decimals int) string {
	if c.amount == nil {
		return c.text
	}
	if *c.amount == 0 {
		return "0"
	}
	return c.amount.Decimal(decimals)
}

// Text prints a statement for a terminal.
func Text(w io.Writer, s Statement) error {
	l := s.layout()
	fmt.Fprintf(w, "%s  %s  %s\n%s\n\n", l.title, l.number, l.status, l.subtitle)
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range slices.Concat(l.about[0], l.about[1]) {
		fmt.Fprintf(out, "%s\t%s\n", f.name, oneLine(f.value))
	}
	decimals := l.decimals()
	for _, p := range l.parts {
		fmt.Fprintf(out, "\n%s\t%s\n", p.name, p.note)
		if err := out.Flush(); err != nil { // each part with columns of its own
			return err
		}
		if err := p.text(w, decimals); err != nil {
			return err
		}
	}
	for _, n := range l.notes {
		fmt.Fprintf(out, "\n%s\n", n)
	}
	return out.Flush()
}

func (p part) text(w io.Writer, decimals int) error {
	rows := [][]string{make([]string, len(p.columns))}
	for i, c := range p.columns {
		rows[0][i] = strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(c.name, "-\n", ""), "\n", " "))
		if c.unit != "" {
			rows[0][i] += " [" + c.unit + "]"
		}
	}
	for _, r := range p.rows {
		texts := make([]string, len(r.cells))
		for i, c := range r.cells {
			texts[i] = oneLine(c.printed(decimals))
		}
		rows = append(rows, texts)
	}
	widths := make([]int, len(p.columns))
	for _, r := range rows {
		for i, t := range r {
			widths[i] = max(widths[i], len([]rune(t)))
		}
	}
	for _, r := range rows {
		var line strings.Builder
		for i, t := range r {
			if p.columns[i].figure {
				fmt.Fprintf(&line, "%*s  ", widths[i], t)
			} else {
				fmt.Fprintf(&line, "%-*s  ", widths[i], t)
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}
