package calc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/lineage/inventory"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

var inventoryKind = kind{
	use:   "inventory FILE.csv|-",
	short: "How much of what left a commingled inventory originates (USMCA Uniform Regulations, Schedule 8)",
	long: "Reads receipts and withdrawals of one inventory from CSV and says what each withdrawal was, by the method chosen for the fiscal\n" +
		"year. Columns: time, seq, kind, quantity; and, where they say something, origin, unit_cost, source, basis, method, period.\n" +
		"  time      RFC 3339, or without offset by the clocks of --zone, or a date alone: its midnight\n" +
		"  seq       whole number: the order of lines of one time. Lines are booked by time, then seq, wherever they stand in the file:\n" +
		"            a shipment before the receipt of the same day draws on other oil than one after it\n" +
		"  kind      receipt, withdrawal, opening (inventory when the method was chosen; receipts before it are the books it is made\n" +
		"            of), choice (method and period of a further fiscal year, before its first line)\n" +
		"  quantity  decimal with up to six decimals, all in one unit at one reference temperature; none in a choice\n" +
		"  origin    O or N: of a receipt, and with specific identification of a withdrawal. Of an opening N, or none: then it is of\n" +
		"            the latest receipts\n" +
		"  unit_cost of a receipt; without it there is no value of non-originating materials (vnm)\n" +
		"  source    who or what a receipt came from: an average counts the receipts of one source as one\n" +
		"Months and quarters begin at midnight in --zone, quarters with the fiscal year; the last period is taken to be complete.",
	example: "  gauger calc inventory --method fifo receipts.csv\n" +
		"  gauger calc inventory --method average --period month --ratio-decimals 3 receipts.csv\n" +
		"  gauger calc inventory --method average --basis materials --period shipment --ratio-decimals 2 receipts.csv",
	new: func() calculation { return new(inventoryInput) },
}

type inventoryInput struct {
	stdin                 func() io.Reader
	file                  string
	method, basis, period string
	netCost               bool
	rounding              inventory.Rounding
	zone, month           string
	given                 func(flag string) bool
	times                 map[int]string // as written, by line
}

func (in *inventoryInput) bind(f *flags) {
	in.stdin, in.given = f.c.InOrStdin, f.c.Flags().Changed
	f.text(&in.file, "file", "receipts.csv", "the CSV file, or - for standard input", argument)
	f.choice(&in.method, "method", []string{"fifo", "lifo", "average", "specific"}, "inventory management method", needed)
	f.add(&basisField{choiceField{&in.basis, []string{"goods", "materials"}}, &in.period}, "basis",
		"what is in stock: goods, exported in the same form, or materials of a good; goods, or with --period shipment materials", nil)
	f.choice(&in.period, "period", []string{"shipment", "month", "quarter"}, "averaging period; of goods the ratio is that of the preceding one")
	f.yes(&in.netCost, "net-cost", "materials averaged over the same period, for a good with a regional value content by net cost; so they are where all receipts have unit costs, unless --net-cost=false")
	for _, d := range []struct {
		into             *inventory.Decimals
		name, help, none string
		with             []option
	}{
		{&in.rounding.Ratio, "ratio-decimals", "decimals of a ratio of origins", "exact", nil},
		{&in.rounding.Quantity, "quantity-decimals", "decimals of quantities by origin; exact is to the millionth", "exact", nil},
		{&in.rounding.Cost, "cost-decimals", "decimals of an average unit cost", "2", nil},
		{&in.rounding.UnitVNM, "unit-vnm-decimals", "decimals of the value of non-originating materials in one unit", "2", []option{with("net-cost")}},
	} {
		f.add(&decimalsField{into: d.into}, d.name, d.help, append(d.with, or(d.none)))
	}
	f.text(&in.month, "fiscal-month", "4", "number of the month with which the fiscal year begins", or("1"))
	f.text(&in.zone, "zone", "America/Edmonton", "time zone of the books, by its IANA name", or("UTC"))
}

// basisField is the flag of the basis. Not given, it is that which the period can be of: shipments are of materials only.
type basisField struct {
	choiceField
	period *string
}

func (v *basisField) String() string {
	switch {
	case v.into == nil:
		return ""
	case *v.into != "":
		return *v.into
	case *v.period == string(inventory.Shipment):
		return string(inventory.Materials)
	}
	return string(inventory.Goods)
}

// decimalsField is a flag that holds a number of decimals, or "exact".
type decimalsField struct {
	into  *inventory.Decimals
	given bool
}

func (v *decimalsField) Type() string { return "N|exact" }
func (v *decimalsField) String() string {
	if !v.given {
		return ""
	}
	return v.into.String()
}

func (v *decimalsField) Set(s string) error {
	v.given = true
	return v.into.UnmarshalText([]byte(s))
}

func (in *inventoryInput) compute(r *Result) error {
	if in.method == string(inventory.Average) && in.period == "" {
		return errors.New("--period is missing: an average is over a shipment (of materials), a month or a quarter")
	}
	in.basis = (&basisField{choiceField{into: &in.basis}, &in.period}).String()
	o := inventory.Options{Policy: in.policy(in.method, in.period), Rounding: in.rounding}
	zone, err := time.LoadLocation(in.zone)
	if err != nil {
		return fmt.Errorf("--zone: %w", err)
	}
	month, err := strconv.Atoi(in.month)
	if err != nil || month < 1 || month > 12 {
		return fmt.Errorf("--fiscal-month is %q, want 1 to 12", in.month)
	}
	o.Calendar = inventory.Calendar{First: time.Month(month), Zone: zone}
	if err := o.Valid(); err != nil {
		return err
	}
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
	lines, err := in.lines(file, zone)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	in.valued(r, &o.Policy, lines)
	done, err := inventory.Run(lines, o)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	inventorySteps(r, done)
	in.results(r, done)
	r.by(in.rounded(), inventory.Edition)
	return nil
}

// rounded says what was rounded.
func (in *inventoryInput) rounded() string {
	if in.method != string(inventory.Average) {
		return "values once, to the millionth, half away from zero; nothing else"
	}
	cost := "average cost " + to(in.rounding.Cost)
	if in.netCost {
		cost += ", value in one unit " + to(in.rounding.UnitVNM)
	}
	return fmt.Sprintf("ratio %s, quantities by origin %s, %s, each half away from zero; parts to the millionth, by largest remainder",
		to(in.rounding.Ratio), to(in.rounding.Quantity), cost)
}

func to(d inventory.Decimals) string {
	if d == inventory.Exact {
		return "exact"
	}
	return "to " + d.String() + " decimals"
}

// policy returns the policy that a method and a period name, of flags or of a choice.
func (in *inventoryInput) policy(method, period string) inventory.Policy {
	p := inventory.Policy{Method: inventory.Method(method), Basis: inventory.Basis(in.basis), Period: inventory.Period(period)}
	p.NetCost = in.netCost && p.Method == inventory.Average
	return p
}

// valued makes averages of materials over a period those of net cost where every receipt has its cost and the flag is not given: a
// value of non-originating materials is asked for with a regional value content only, and over a period that is by net cost (Schedule
// 8, section 7).
func (in *inventoryInput) valued(r *Result, first *inventory.Policy, lines []inventory.Line) {
	costs := false
	for _, l := range lines {
		if l.Kind == inventory.KindReceipt && l.UnitCost == nil {
			return
		}
		costs = costs || l.UnitCost != nil
	}
	if !costs || in.given("net-cost") || in.basis != string(inventory.Materials) {
		return
	}
	changed := false
	for i := range len(lines) + 1 {
		p := first
		if i > 0 {
			p = lines[i-1].Policy
		}
		if p != nil && p.Method == inventory.Average && p.Period != inventory.Shipment {
			p.NetCost, changed = true, true
		}
	}
	if changed {
		in.netCost = true
		r.inputs.lines = append(r.inputs.lines, line{key: "net_cost", label: "net cost", cell: word("true"), note: "as unit costs are given"})
	}
}

// inventoryColumns are the columns of a file, the first four of which it must have.
var inventoryColumns = []string{"time", "seq", "kind", "quantity", "origin", "unit_cost", "source", "basis", "method", "period"}

// lines reads a file. What is wrong with it is said with the line.
func (in *inventoryInput) lines(file io.Reader, zone *time.Location) ([]inventory.Line, error) {
	rows := &rows{in: bufio.NewReaderSize(file, maxLine), most: maxRows}
	header, err := rows.next()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("no header line: name the columns %s", strings.Join(inventoryColumns[:4], ", "))
	} else if errors.Is(err, badCells) {
		return nil, errors.New("the header has a quotation that does not end")
	} else if err != nil {
		return nil, err
	}
	header = slices.Clone(header)
	for i, name := range header {
		header[i] = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(inventoryColumns, header[i]) || slices.Contains(header[:i], header[i]) {
			return nil, fmt.Errorf("line %d: column %q is none of %s, each once", rows.line, header[i], strings.Join(inventoryColumns, ", "))
		}
	}
	for _, name := range inventoryColumns[:4] {
		if !slices.Contains(header, name) {
			return nil, fmt.Errorf("line %d: column %s is missing", rows.line, name)
		}
	}
	var lines []inventory.Line
	in.times = map[int]string{}
	for {
		cells, err := rows.next()
		if errors.Is(err, io.EOF) {
			return lines, nil
		} else if errors.Is(err, badCells) {
			err = errors.New("a quotation does not end")
		} else if err != nil {
			return nil, err // it names the line
		}
		if err == nil && len(cells) != len(header) {
			err = fmt.Errorf("%d cells, the header has %d", len(cells), len(header))
		}
		if len(lines) == inventory.MaxLines {
			err = fmt.Errorf("more than %d lines: split the file by inventory", inventory.MaxLines)
		}
		var l inventory.Line
		if err == nil {
			cell := func(name string) string {
				if i := slices.Index(header, name); i >= 0 {
					return strings.TrimSpace(cells[i])
				}
				return ""
			}
			l, err = in.line(cell, zone)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", rows.line, err)
		}
		l.Row = rows.line
		in.times[l.Row] = strings.TrimSpace(cells[slices.Index(header, "time")])
		lines = append(lines, l)
	}
}

// line reads one row by its cells.
func (in *inventoryInput) line(cell func(string) string, zone *time.Location) (l inventory.Line, err error) {
	l.Kind, l.Origin = inventory.Kind(strings.ToLower(cell("kind"))), inventory.Origin(strings.ToUpper(cell("origin")))
	l.Source, l.Basis = cell("source"), inventory.Basis(strings.ToLower(cell("basis")))
	if l.Time, err = bookTime(cell("time"), zone); err != nil {
		return l, err
	}
	if l.Seq, err = strconv.ParseInt(cell("seq"), 10, 64); err != nil {
		return l, fmt.Errorf("seq is %q, want a whole number", cell("seq"))
	}
	if l.Kind == inventory.KindChoice {
		if cell("quantity") != "" {
			return l, fmt.Errorf("quantity is %q: a choice has none", cell("quantity"))
		}
		p := in.policy(strings.ToLower(cell("method")), strings.ToLower(cell("period")))
		l.Policy = &p
		return l, nil
	}
	if cell("method")+cell("period") != "" {
		return l, fmt.Errorf("method and period are of a choice, not of a %s", l.Kind)
	}
	if l.Quantity, err = quantity.Parse(cell("quantity")); err != nil {
		return l, fmt.Errorf("quantity: %w", err)
	}
	if s := cell("unit_cost"); s != "" {
		cost, err := quantity.Parse(s)
		if err != nil {
			return l, fmt.Errorf("unit_cost: %w", err)
		}
		l.UnitCost = &cost
	}
	return l, nil
}

// bookTime reads the time of a line. One without an offset is by the clocks of the books' zone, a date their midnight.
func bookTime(s string, zone *time.Location) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, s, zone); err == nil {
		return day, nil
	}
	t, offset, err := dated.ParseTime(s)
	if err != nil {
		return t, fmt.Errorf("time is %q, want a date such as 2021-01-10, or 2021-01-10T06:00:00-07:00", s)
	}
	if offset {
		return t, nil
	}
	wall := t
	t = time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), zone)
	shows := func(t time.Time) bool { return t.Format(time.DateTime) == wall.Format(time.DateTime) }
	if !shows(t) || shows(t.Add(-time.Hour)) || shows(t.Add(time.Hour)) {
		return t, fmt.Errorf("time is %q, which clocks in %s show never or twice in that night: write it with its offset, %[1]s-07:00", s, zone)
	}
	return t, nil
}

// inventorySteps prints what the books made of opening inventories, which receipts gave how much, and what was restated.
func inventorySteps(r *Result, done inventory.Result) {
	openings := table{key: "openings", header: []column{
		{"time", "opening"}, {"seq", "seq"}, {"rule", "rule"}, {"originating", "O"}, {"nonOriginating", "N"}, {"value", "value"},
	}}
	for _, o := range done.Openings {
		openings.rows = append(openings.rows, []cell{
			moment(o.Time), count(o.Seq), word(o.Rule), exact(o.Originating), exact(o.NonOriginating), money(o.Value),
		})
	}
	parts := table{key: "parts", header: []column{
		{"time", "withdrawal"}, {"seq", "seq"}, {"source", "is of"}, {"origin", "origin"}, {"quantity", "quantity"},
	}}
	for _, w := range done.Withdrawals {
		for _, p := range w.Parts {
			parts.rows = append(parts.rows, []cell{moment(w.Time), count(w.Seq), word(p.Source), word(string(p.Origin)), exact(p.Quantity)})
		}
	}
	restated := table{key: "restated", header: []column{
		{"time", "remains"}, {"moved", "moved from N to O"}, {"originating", "O"}, {"nonOriginating", "N"},
	}}
	for _, s := range done.Restated {
		restated.rows = append(restated.rows, []cell{moment(s.Time), exact(s.Moved), exact(s.Originating), exact(s.NonOriginating)})
	}
	for _, t := range []table{openings, parts, restated} {
		if len(t.rows) > 0 {
			r.steps.tables = append(r.steps.tables, t)
		}
	}
}

func (in *inventoryInput) results(r *Result, done inventory.Result) {
	withdrawals := table{key: "withdrawals", header: []column{
		{"time", "withdrawal"}, {"seq", "seq"}, {"quantity", "quantity"}, {"originating", "O"}, {"nonOriginating", "N"}, {"vnm", "VNM"},
		{"ratio", "ratio of O"}, {"averageCost", "average cost"},
	}}
	for _, w := range done.Withdrawals {
		ratio, cost := cell{}, cell{}
		if w.Ratio != nil {
			ratio = cell{fmt.Sprintf("%s (%s / %s)", w.Ratio.Applied, w.Ratio.Originating, w.Ratio.All), w.Ratio}
		}
		if w.AverageCost != "" {
			cost = word(w.AverageCost)
		}
		withdrawals.rows = append(withdrawals.rows, []cell{
			{moment(w.Time).text, in.times[w.Row]}, count(w.Seq), exact(w.Quantity), exact(w.Originating), exact(w.NonOriginating), money(w.VNM), ratio, cost,
		})
	}
	years := table{key: "years", header: []column{
		{"year", "fiscal year"}, {"policy", "method"}, {"withdrawals", "withdrawals"}, {"quantity", "quantity"}, {"originating", "O"}, {"nonOriginating", "N"},
	}}
	for _, y := range done.Years {
		years.rows = append(years.rows, []cell{
			exact(y.Year), {y.Policy.String(), y.Policy}, count(int64(y.Withdrawals)), exact(y.Quantity), exact(y.Originating), exact(y.NonOriginating),
		})
	}
	e := done.Ending
	text := fmt.Sprintf("%s O, %s N", e.Originating, e.NonOriginating)
	if e.Value != nil {
		text += ", worth " + money(e.Value).text
	}
	r.result("ending", "ending inventory", cell{text, object{
		{"originating", e.Originating}, {"nonOriginating", e.NonOriginating}, {"value", e.Value},
	}}, "", "")
	r.results.tables = append(r.results.tables, withdrawals, years)
}

// moment is a time as UTC; people see a date where it is midnight.
func moment(t time.Time) cell {
	t = t.UTC()
	c := word(t.Format(time.RFC3339Nano))
	c.text = strings.TrimSuffix(c.text, "T00:00:00Z")
	return c
}

func count(n int64) cell { return cell{strconv.FormatInt(n, 10), n} }

// money is an amount of money; people see two decimals at least. It is empty where it is not known.
func money(m *quantity.Micro) cell {
	if m == nil {
		return cell{}
	}
	c := exact(*m)
	if two := m.Decimal(2); len(two) > len(c.text) || strings.TrimRight(strings.TrimRight(two, "0"), ".") == c.text {
		c.text = two
	}
	return c
}
