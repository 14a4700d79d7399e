package throughput

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gauger/gauger/metrology/quantity"
)

// Limits of what is read.
const (
	MaxFile   = 64 << 20 // bytes of a file; the largest by day is said to have 200,000 rows, half of that
	MaxFlows  = 100_000  // in all files
	maxPoints = 2000     // in all files
	maxText   = 200      // bytes of a name
	maxOther  = 1000     // bytes of a cell that is passed over
	maxKept   = 100      // faults and notes of a file that are kept; all are counted
)

// RowError says what is wrong with a row, or with the file from that row on.
type RowError struct {
	File string
	Line int // the header is on line 1
	Err  error
}

// Error names file and line.
func (e *RowError) Error() string { return fmt.Sprintf("%s: line %d: %v", e.File, e.Line, e.Err) }

// Unwrap returns what is wrong.
func (e *RowError) Unwrap() error { return e.Err }

// Remark is something to know about a line of a file.
type Remark struct {
	Line int    `json:"line"`
	Text string `json:"text"`
}

// File tells what came of a file: Rows = Used + Passed + LeftOut.
type File struct {
	Name    string   `json:"name"`
	Kind    Kind     `json:"kind"`
	ByDay   bool     `json:"byDay"` // each row is a day, not a month
	Rows    int      `json:"rows"`  // without the header and empty lines
	Used    int      `json:"used"`
	Passed  int      `json:"passed"`           // rows of a capacity, a commitment or a sum of other rows, not the flow of a product
	LeftOut int      `json:"leftOut"`          // bad rows
	Faults  []Remark `json:"faults,omitempty"` // what is wrong with the first hundred of them
	Mended  int      `json:"mended"`           // cells with a fault that can mean one thing only
	Notes   []Remark `json:"notes,omitempty"`  // what was made of the first hundred of them
}

// unfit marks what is wrong with a whole file: going on would miscount.
type unfit struct{ error }

func (u unfit) Unwrap() error { return u.error }

// Read adds a file of the CER, which is known by its header: throughput of oil or gas by month, as
// github.com/mbradds/pipeline-profiles extracted it from the CER's database; the CER's own files for each pipeline, of oil by month,
// of gas by day; and key points. It reads at most MaxFile bytes of UTF-8, with or without a byte order mark.
//
// A bad row is a *RowError. Lenient leaves bad rows out and counts them, but not when it could not count them (a quotation that
// swallows lines), when rows are not what the header says (days where months should be), or at a limit. After an error the Data is
// not to be used.
func (d *Data) Read(name string, in io.Reader, lenient bool) error {
	f := File{Name: name}
	r := newRows(in)
	header, err := r.next()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: the file is empty", name)
	}
	var l layout
	if err == nil {
		l, err = recognise(header)
	}
	if err != nil {
		return &RowError{name, max(r.line, 1), err}
	}
	f.Kind, f.ByDay = l.kind, l.at[colDay] >= 0
	for {
		cells, err := r.next()
		if errors.Is(err, io.EOF) {
			d.Files = append(d.Files, f)
			return nil
		}
		if err == nil && !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue // a spreadsheet leaves such lines behind
		}
		f.Rows++
		passed := false
		if err == nil {
			passed, err = d.row(&f, l, cells, r.line)
		}
		switch {
		case err != nil && (!lenient || fatal(err)):
			return &RowError{name, r.line, err}
		case err != nil:
			f.LeftOut++
			f.Faults = remark(f.Faults, r.line, err.Error())
		case passed:
			f.Passed++
		default:
			f.Used++
		}
	}
}

func remark(list []Remark, line int, text string) []Remark {
	if len(list) < maxKept {
		list = append(list, Remark{line, text})
	}
	return list
}

func fatal(err error) bool {
	var u unfit
	return errors.As(err, &u)
}

// row reads one row, and says whether it was passed over.
func (d *Data) row(f *File, l layout, cells []string, line int) (passed bool, err error) {
	r, err := l.read(cells)
	switch {
	case err == nil && l.kind == KeyPoints:
		return false, d.addPoint(f, r, line) // its descriptions may run over lines
	case err == nil && slices.ContainsFunc(cells, func(c string) bool { return len(c) > maxOther }):
		err = errors.New("a cell is too long")
	case err == nil:
		passed, err = d.addFlow(f, r, line)
	}
	if err != nil && slices.ContainsFunc(cells, func(c string) bool { return strings.Contains(c, "\n") }) {
		err = unfit{fmt.Errorf("a quotation runs over lines, and the row is bad: %w", err)}
	}
	return passed, err
}

// addFlow adds a row of throughput.
func (d *Data) addFlow(f *File, r row, line int) (passed bool, err error) {
	day, err := r.date(f.ByDay)
	if err != nil {
		return false, err
	}
	k := key{
		kind: f.Kind, pipeline: r[colPipeline], point: r[colPoint], name: r[colName], direction: r[colDirection], trade: r[colTrade],
		product: r[colProduct], month: Month{day.Year(), day.Month()},
	}
	if k.point != "" {
		k.name = "" // the id says it all
	}
	if f.Kind == Gas {
		k.product = NaturalGas
	}
	if r[colRate] == "" || strings.EqualFold(k.product, "all") || strings.EqualFold(k.product, "total") {
		return true, nil
	}
	if k.pipeline == "" || k.point+k.name == "" || k.product == "" {
		return false, errors.New("pipeline, key point or product is missing beside a throughput")
	}
	rate, err := parseRate("throughput", r[colRate])
	if err != nil {
		return false, err
	}
	var capacity *quantity.Factor
	if r[colCapacity] != "" {
		c, err := parseRate("capacity", r[colCapacity])
		if err != nil {
			return false, err
		}
		capacity = &c
	}
	for _, s := range []*string{&k.pipeline, &k.point, &k.name, &k.direction, &k.trade, &k.product} {
		*s = d.word(*s)
	}
	if f.ByDay {
		return false, d.addDay(f, k, day.Day(), rate, capacity, line)
	}
	return false, d.addMonth(f, k, rate, capacity, line)
}

// addMonth adds the row of a whole month.
func (d *Data) addMonth(f *File, k key, rate quantity.Factor, capacity *quantity.Factor, line int) error {
	days := k.month.Days()
	v, err := volume(rate, days)
	if err != nil {
		return err
	}
	t, err := d.tally(f, k, 1<<days-1, line)
	if err != nil {
		return err
	}
	t.written, t.capacity, t.volume = &rate, capacity, v
	return nil
}

// addDay adds the row of one day.
func (d *Data) addDay(f *File, k key, day int, rate quantity.Factor, capacity *quantity.Factor, line int) error {
	var c quantity.Micro
	v, err := volume(rate, 1)
	if err == nil && capacity != nil {
		c, err = volume(*capacity, 1)
	}
	if err != nil {
		return err
	}
	t, err := d.tally(f, k, 1<<(day-1), line)
	if err != nil {
		return err
	}
	if capacity != nil {
		t.capacityDays++
	}
	t.volume += v // at most 31 times maxRate: far from an overflow
	t.capacitySum += c
	return nil
}

// tally returns the tally of a key, in which days are now counted, and none of them was before.
func (d *Data) tally(f *File, k key, days uint32, line int) (*tally, error) {
	t, ok := d.tallies[k]
	if !ok {
		if len(d.tallies) == MaxFlows {
			return nil, unfit{fmt.Errorf("more than %d products of points and months", MaxFlows)}
		}
		if d.tallies == nil {
			d.tallies = map[key]*tally{}
		}
		t = &tally{file: f.Name, line: line}
		d.tallies[k] = t
	}
	if t.days&days != 0 {
		return nil, fmt.Errorf("states %s of %s again, after %s line %d", k.month, k, t.file, t.line)
	}
	t.days |= days
	return t, nil
}

// volume returns rate x days in m3, rounded once.
func volume(rate quantity.Factor, days int) (quantity.Micro, error) {
	return (1000 * quantity.PerUnit * quantity.Micro(days)).Mul(rate)
}

// rows reads a CSV file row by row.
type rows struct {
	csv  *csv.Reader
	line int // of the row read last
}

func newRows(in io.Reader) *rows {
	b := bufio.NewReader(&limited{in: in, left: MaxFile + 1})
	if mark, err := b.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = b.Discard(3) // they are there
	}
	r := csv.NewReader(b)
	r.FieldsPerRecord, r.ReuseRecord = -1, true
	return &rows{csv: r}
}

// next returns the cells of the next row, which are good until the one after, or io.EOF.
func (r *rows) next() ([]string, error) {
	cells, err := r.csv.Read()
	var bad *csv.ParseError
	switch {
	case errors.As(err, &bad):
		r.line = bad.StartLine
		if bad.Line != bad.StartLine {
			return nil, unfit{fmt.Errorf("a quotation that begins here runs to line %d", bad.Line)}
		}
		return nil, errors.New("a quotation is not closed, or stands within a cell")
	case err != nil && !errors.Is(err, io.EOF):
		r.line++
		return nil, unfit{err}
	case err == nil:
		r.line, _ = r.csv.FieldPos(0)
	}
	return cells, err
}

// limited fails where io.LimitReader would make a file look shorter.
type limited struct {
	in   io.Reader
	left int
}

// Read reads until the limit.
func (l *limited) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("the file has more than %d bytes", MaxFile)
	}
	n, err := l.in.Read(b[:min(len(b), l.left)])
	l.left -= n
	return n, err
}
