package runticket

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// readCSV reads tickets, or hourly records: rows with a number are the former.
func (f *File) readCSV(text []byte, o Options) error {
	r := newRows(f.Name, text)
	header, err := r.next()
	if err != nil {
		return err
	}
	columns, err := f.columns(r, header)
	if err != nil {
		return err
	}
	f.Form = HoursCSV
	if slices.ContainsFunc(columns, func(c column) bool { return c.is == ticketNo }) {
		f.Form = TicketsCSV
	}
	for n := 0; ; n++ {
		cells, err := r.next()
		switch {
		case errors.Is(err, io.EOF):
			if n == 0 {
				return fmt.Errorf("%s has headings and no rows", f.Name)
			}
			return nil
		case err != nil:
			return err
		case n == MaxRows:
			return r.fault("", fmt.Errorf("more than %d rows: split the file", MaxRows))
		case len(cells) != len(columns):
			return r.fault("", fmt.Errorf("%d cells under %d headings: quote numbers that hold a comma", len(cells), len(columns)))
		}
		if err := f.row(r, columns, cells, o); err != nil {
			return err
		}
	}
}

// columns says what the headings mean.
func (f *File) columns(r *rows, header []string) ([]column, error) {
	if len(header) > maxColumns {
		return nil, r.fault("", fmt.Errorf("%d columns, at most %d are read", len(header), maxColumns))
	}
	all := make([]column, len(header))
	var passed []string
	for i, h := range header {
		c, is := understand(h)
		if !is {
			passed = append(passed, strings.TrimSpace(h))
		}
		same := func(o column) bool {
			return o.figure == c.figure && o.text == c.text && o.is == c.is && o.unit == c.unit && o.at == c.at && (c.is != inUnit || o.of == c.of)
		}
		j := slices.IndexFunc(all[:i], same)
		switch {
		case !is || j < 0:
		case c.text != "":
			passed, c = append(passed, strings.TrimSpace(h)), column{}
		default:
			return nil, r.fault(h, fmt.Errorf("it says the same as column %q: leave one out", header[j]))
		}
		all[i] = c
	}
	has := func(a attribute) bool { return slices.ContainsFunc(all, func(c column) bool { return c.is == a }) }
	figures := slices.ContainsFunc(all, func(c column) bool { return c.figure != "" })
	if !figures || !has(ticketNo) && !(has(point) && has(opens) && has(closes)) {
		return nil, r.fault("", fmt.Errorf("neither tickets (ticket number, and figures such as IV, GSV) nor hourly records (point, start, end, figures): "+
			"rename the headings that are not understood: %q", passed[:min(len(passed), 10)]))
	}
	if len(passed) > 0 {
		f.note("columns passed over: %s", strings.Join(passed, ", "))
	}
	return all, nil
}

// row reads a row into a ticket or an hour.
func (f *File) row(r *rows, columns []column, cells []string, o Options) error {
	p := parsed{file: f, rows: r, options: o, said: map[attribute]string{}, units: map[dimension]string{}}
	for i, c := range columns {
		cell := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(cells[i]), "'"))
		if c.is == "" || cell == "" {
			continue
		}
		if c.is == inUnit {
			p.units[c.of] = cell
		} else {
			p.said[c.is] = cell
		}
	}
	for i, c := range columns {
		if err := p.cell(c, strings.TrimSpace(cells[i])); err != nil {
			return r.fault(c.heading, err)
		}
	}
	t, err := p.finish()
	if err != nil {
		return err
	}
	t.Source, t.Line = f.SHA256, uint64(r.line)
	if t.Open >= t.Close && (t.Open != 0 && t.Close != 0 || f.Form == HoursCSV) {
		return r.fault("", errors.New("it ends at or before it starts: is the day written before the month?"))
	}
	if f.Form == HoursCSV {
		f.Hours = append(f.Hours, t)
		return nil
	}
	return f.add(t, &p)
}

// add adds a ticket. A later version of one takes its place.
func (f *File) add(t Ticket, p *parsed) error {
	name := [2]string{t.Number, t.Point}
	before, twice := f.seen[name]
	v, err := strconv.ParseUint(p.said[version], 10, 32)
	switch {
	case p.said[version] == "":
		v, err = 0, nil
	case err != nil:
		err = fmt.Errorf("version %q is no number such as 2", p.said[version])
	}
	switch {
	case err != nil:
		return p.rows.fault(string(version), err)
	case twice && v == before.version:
		return p.rows.fault("", fmt.Errorf("ticket %s of %s stands twice, first on line %d", t.Number, t.Point, f.Tickets[before.at].Line))
	case twice:
		f.note("ticket %s: version %d counts, not version %d", t.Number, max(v, before.version), min(v, before.version))
		if v < before.version {
			return nil
		}
		f.Tickets[before.at], f.seen[name] = t, place{before.at, v}
	default:
		if f.seen == nil {
			f.seen = map[[2]string]place{}
		}
		f.seen[name] = place{len(f.Tickets), v}
		f.Tickets = append(f.Tickets, t)
	}
	return nil
}

// place is where a ticket stands, and its version.
type place struct {
	at      int
	version uint64
}

// parsed is a row under way.
type parsed struct {
	file    *File
	rows    *rows
	options Options
	said    map[attribute]string
	units   map[dimension]string // of columns that hold units
	figures []Figure
	texts   []Text
	at      quantity.Reference
}

// cell takes a figure or text in.
func (p *parsed) cell(c column, cell string) error {
	switch {
	case cell == "":
		return nil
	case c.text != "":
		cell = strings.TrimPrefix(cell, "'")
		if !printable(cell, maxText, true) {
			return fmt.Errorf("want at most %d bytes that print", maxText)
		}
		p.texts = append(p.texts, Text{c.text, cell})
		return nil
	case c.figure == "":
		return nil
	}
	v, err := number(cell)
	if err != nil {
		return err
	}
	unit, at, err := p.unit(c)
	if err != nil {
		return err
	}
	if _, twice := find(p.figures, c.figure); twice {
		return fmt.Errorf("%s stands under another heading too: leave one out", c.figure)
	}
	if at != quantity.None {
		if p.at != quantity.None && p.at != at {
			return fmt.Errorf("it is at %s, another figure at %s: one basis on a ticket", at, p.at)
		}
		p.at = at
	}
	p.figures = append(p.figures, Figure{c.figure, unit, v})
	return inRange(p.figures[len(p.figures)-1], c.of)
}

// unit returns the unit of a figure: of its heading, of a column of units, or as the options have it.
func (p *parsed) unit(c column) (unit string, at quantity.Reference, err error) {
	switch said := p.units[c.of]; {
	case c.of <= plain:
		return "", quantity.None, nil
	case c.unit != "":
		return c.unit, c.at, nil
	case said != "":
		if unit, at, is := basisUnit(c.of, said); is {
			return unit, at, nil
		}
		return "", "", fmt.Errorf("its unit is %q, want %s", said, unitNames(c.of))
	case c.of == mass:
		return "kg", quantity.None, nil
	}
	if unit, at = p.options.unit(c.of); unit == "" {
		return "", "", fmt.Errorf("it does not say its unit: write it as %q, or add --unit with %s", c.heading+" ["+units[c.of][0][0]+"]", unitNames(c.of))
	}
	return unit, at, nil
}

// finish makes a ticket of the row.
func (p *parsed) finish() (t Ticket, err error) {
	t = Ticket{Format: Format, Kind: Meter, Number: p.said[ticketNo], Point: p.said[point], Batch: p.said[batch], Figures: p.figures, Texts: p.texts}
	if _, is := find(p.figures, TankClosing); is {
		t.Kind = Tank
		if t.Point == "" {
			t.Point = t.Text("tank")
		}
	}
	if _, dry := find(p.figures, SW); !dry {
		p.netIsGross(&t)
	}
	slices.SortFunc(t.Figures, func(a, b Figure) int { return rank(a.Name) - rank(b.Name) })
	for into, from := range map[*string]string{&t.From: "delivers", &t.To: "receives", &t.Carrier: "carrier"} {
		if did := t.Text(from); strings.HasPrefix(did, "did:") {
			*into = did
		}
	}
	for _, b := range []struct {
		into      *int64
		day, hour attribute
	}{{&t.Open, opens, openTime}, {&t.Close, closes, closeTime}} {
		if p.said[b.day] == "" {
			continue
		}
		if *b.into, err = p.options.instant(strings.TrimSpace(p.said[b.day] + " " + p.said[b.hour])); err != nil {
			return t, p.rows.fault(string(b.day), err)
		}
	}
	if t.Number == "" && p.file.Form == TicketsCSV {
		return t, p.rows.fault(string(ticketNo), errors.New("it is empty"))
	}
	if t.Basis, err = p.basis(); err != nil {
		return t, p.rows.fault("", err)
	}
	if err := p.method(&t); err != nil {
		return t, err
	}
	if err := t.stands(); err != nil {
		return t, p.rows.fault("", err)
	}
	return t, nil
}

// netIsGross takes the net volume of a ticket without sediment and water for GSV, if it has no other: so tickets of products have it.
func (p *parsed) netIsGross(t *Ticket) {
	_, gross := find(t.Figures, GSV)
	i := slices.IndexFunc(t.Figures, func(f Figure) bool { return f.Name == NSV })
	if i < 0 || gross {
		return
	}
	t.Figures[i].Name = GSV
	p.file.note("net volumes without sediment and water are taken as GSV")
}

// method takes in what a row says of how it was computed.
func (p *parsed) method(t *Ticket) error {
	t.Commodity = groupOf(p.said[commodity])
	if t.Commodity == "" {
		t.Commodity = p.options.Commodity
	}
	if t.Commodity == "" {
		t.Commodity = "crude"
		p.file.note("commodity group crude: the file does not say it")
	}
	switch c := strings.ToLower(p.said[composite]); c {
	case "", "no", "n", "false", "0":
	case "yes", "y", "true", "1":
		t.CPL = InFactor
	default:
		return p.rows.fault(string(composite), fmt.Errorf("%q is neither yes nor no", c))
	}
	switch r := liquid.Rounding(p.said[rounding]); {
	case r == "" || r == liquid.InputsUnrounded:
	case r.Valid() == nil:
		t.Inputs = r
	default:
		p.file.note("rounding %q is not known: inputs are taken as they are printed", string(r))
	}
	switch r := ticket.OfRecord(p.said[ofRecord]); r {
	case "", ticket.SumOfIntervals, ticket.FromAverages:
		t.OfRecord = r
	default:
		return p.rows.fault(string(ofRecord), fmt.Errorf("%q is neither %q nor %q", r, ticket.SumOfIntervals, ticket.FromAverages))
	}
	return nil
}

// groupOf returns the commodity group of MPMS 11.1 of its name, or of one of the tables that came before it: 6A, 54B, 24D.
func groupOf(s string) string {
	s = strings.ToLower(s)
	if letter := len(s) - 1; letter > 0 && strings.Trim(s[:letter], "0123456789") == "" {
		if g, is := map[byte]string{'a': "crude", 'b': "refined", 'd': "lubricating"}[s[letter]]; is {
			return g
		}
	}
	return s
}

func rank(n Name) int {
	return slices.IndexFunc(definitions, func(d definition) bool { return d.name == n })
}

// basis returns what the volumes of the row are counted in.
func (p *parsed) basis() (quantity.Basis, error) {
	b := quantity.Basis{Reference: p.at}
	for _, f := range p.figures {
		if d, _ := defined(f.Name); d.of == volume {
			b.Unit = quantity.Unit(f.Unit)
			break
		}
	}
	if b.Unit == "" {
		return b, errors.New("it states no volume")
	}
	if said := p.said[base]; said != "" {
		at, is := reference(said)
		if _, with, full := basisUnit(volume, said); full {
			at, is = with, true
		}
		if !is || b.Reference != quantity.None && b.Reference != at {
			return b, fmt.Errorf("its base is %q: want 60F, 15C or 20C, and one on a ticket", said)
		}
		b.Reference = at
	}
	if _, at := p.options.unit(volume); b.Reference == quantity.None && at != quantity.None {
		b.Reference = at
	}
	if b.Reference == quantity.None {
		b.Reference = map[quantity.Unit]quantity.Reference{quantity.Barrel: quantity.At60F, quantity.CubicMetre: quantity.At15C}[b.Unit]
		p.file.note("volumes in %s: the file does not say the reference conditions", b)
	}
	return b, nil
}

// rows reads a CSV text row by row.
type rows struct {
	file string
	csv  *csv.Reader
	line int
}

func newRows(file string, text []byte) *rows {
	r := csv.NewReader(bytes.NewReader(text))
	r.Comment, r.FieldsPerRecord, r.Comma = '#', -1, separator(text)
	return &rows{file: file, csv: r}
}

// separator returns the character between cells: the one that the first line without # has most of.
func separator(text []byte) rune {
	for line := range bytes.Lines(text) {
		if len(bytes.TrimSpace(line)) == 0 || line[0] == '#' {
			continue
		}
		best := ','
		for _, c := range []rune{';', '\t'} {
			if bytes.Count(line, []byte(string(c))) > bytes.Count(line, []byte(string(best))) {
				best = c
			}
		}
		return best
	}
	return ','
}

func (r *rows) fault(column string, err error) error {
	return &RowError{r.file, max(r.line, 1), strings.TrimSpace(column), err}
}

// next returns the cells of the next row that has any.
func (r *rows) next() ([]string, error) {
	for {
		cells, err := r.csv.Read()
		var bad *csv.ParseError
		switch {
		case errors.As(err, &bad):
			r.line = bad.StartLine
			return nil, r.fault("", errors.New("a quotation is not closed, or stands within a cell"))
		case err != nil:
			return nil, err
		}
		r.line, _ = r.csv.FieldPos(0)
		blank := true
		for _, c := range cells {
			if len(c) > maxCell || !utf8.ValidString(c) {
				return nil, r.fault("", fmt.Errorf("a cell has more than %d bytes or is not UTF-8", maxCell))
			}
			blank = blank && strings.TrimSpace(c) == ""
		}
		if !blank { // a spreadsheet leaves empty lines behind
			return cells, nil
		}
	}
}
