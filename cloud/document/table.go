package document

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/gauger/gauger/metrology/quantity"
)

// Table is rows of figures for a spreadsheet or a database. A column holds one unit, which stands in its heading: what can't be
// added never shares a column.
type Table struct {
	Name    string // of the sheet: "tickets"
	Source  string // what the figures are taken from, and how far that was verified
	Made    int64  // ms since 1970 UTC: what the dates in an XLSX file say
	Columns []Column
	Rows    [][]string // exact decimals; empty where nothing is stated
}

// Column is the heading of a column.
type Column struct {
	Name    string
	Unit    string // empty where there is none
	Numeric bool   // every cell is a plain decimal or empty
}

// String prints the heading: "GSV [m3 at 15C]".
func (c Column) String() string {
	if c.Unit == "" {
		return c.Name
	}
	return c.Name + " [" + c.Unit + "]"
}

// CSV returns the table as comma-separated values, lines ended by a line feed: first "# source: " with the source, then the
// headings and the rows, and at the end "# sha256: " with the Checksum of what stands between those two lines.
func (t *Table) CSV() ([]byte, error) {
	body, err := t.body()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("# source: " + oneLine(t.Source) + "\n")
	b.Write(body)
	b.WriteString("# sha256: " + digest(body) + "\n")
	return b.Bytes(), nil
}

// Checksum returns the SHA-256, in hex, of the headings and rows as CSV has them. It covers the exact decimals, whatever a program
// makes of them as numbers.
func (t *Table) Checksum() (string, error) {
	body, err := t.body()
	return digest(body), err
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// body returns headings and rows.
func (t *Table) body() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(t.headings()); err != nil {
		return nil, err
	}
	for _, row := range t.Rows {
		if err := w.Write(t.cells(row)); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

func (t *Table) headings() []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = safe(c.String())
	}
	return out
}

// cells returns a row as it is written, as long as the headings.
func (t *Table) cells(row []string) []string {
	out := make([]string, len(t.Columns))
	for i, cell := range row {
		if out[i] = cell; !t.Columns[i].Numeric {
			out[i] = safe(cell)
		}
	}
	return out
}

// safe returns a text that a line holds and that no spreadsheet takes for a formula, or a reader of CSV for a comment: whoever
// named a batch =HYPERLINK(...) gets an apostrophe before it.
func safe(s string) string {
	s = oneLine(s)
	if s != "" && strings.ContainsRune("=+-@#", rune(s[0])) {
		return "'" + s
	}
	return s
}

// grid gathers rows whose figures are in several units, and makes a column of each unit that occurs.
type grid struct {
	columns []group
	rows    []map[slot]string
}

// group is a column by name, and all the units that it was seen in.
type group struct {
	name    string
	numeric bool
	units   []string
}

// slot is a place in a row.
type slot struct{ name, unit string }

// newGrid returns a grid of columns in their order. A name that begins with # is that of figures.
func newGrid(names ...string) *grid {
	g := &grid{}
	for _, n := range names {
		name, numeric := strings.CutPrefix(n, "#")
		g.columns = append(g.columns, group{name: name, numeric: numeric})
	}
	return g
}

// row begins a row.
func (g *grid) row() { g.rows = append(g.rows, map[slot]string{}) }

// set puts a text or a figure into the row, in a unit or in none.
func (g *grid) set(name, unit, cell string) {
	i := slices.IndexFunc(g.columns, func(c group) bool { return c.name == name })
	if !slices.Contains(g.columns[i].units, unit) {
		g.columns[i].units = append(g.columns[i].units, unit)
	}
	g.rows[len(g.rows)-1][slot{name, unit}] = cell
}

// texts puts texts into columns without unit, given as name and text in turn.
func (g *grid) texts(pairs ...string) {
	for i := 0; i < len(pairs); i += 2 {
		g.set(pairs[i], "", pairs[i+1])
	}
}

// amount puts an amount in, with all its decimals.
func (g *grid) amount(name, unit string, m quantity.Micro) { g.set(name, unit, full(m)) }

// table returns the rows under their headings, units in alphabetical order.
func (g *grid) table(name string) *Table {
	t := &Table{Name: name}
	var slots []slot
	for _, c := range g.columns {
		slices.Sort(c.units)
		if len(c.units) == 0 {
			c.units = []string{""}
		}
		for _, unit := range c.units {
			t.Columns = append(t.Columns, Column{Name: c.name, Unit: unit, Numeric: c.numeric})
			slots = append(slots, slot{c.name, unit})
		}
	}
	for _, row := range g.rows {
		cells := make([]string, len(slots))
		for i, s := range slots {
			cells[i] = row[s]
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}
