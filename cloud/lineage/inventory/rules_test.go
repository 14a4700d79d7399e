package inventory_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/lineage/inventory"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestSpecific: what is kept apart is taken as it is named, and an opening inventory goes by its marks.
func TestSpecific(t *testing.T) {
	lines := books(t, [][5]string{
		{"2021-01-01", "opening", "50", "O", "1.00"}, {"2021-01-01", "opening", "40", "N", "1.10"},
		{"2021-01-02", "receipt", "10", "N", "1.20"}, {"2021-01-03", "receipt", "10", "O", "1.30"},
		{"2021-01-04", "withdrawal", "45", "N", ""}, {"2021-01-04", "withdrawal", "60", "O", ""},
	})
	r := run(t, lines, specific)
	compare(t, r.Withdrawals, []want{{"45", "0", "45", "50"}, {"60", "60", "0", "0"}})
	stock(t, r.Ending, "0", "5", "6")
	if len(r.Openings) != 2 || r.Openings[0].Rule != inventory.OriginIdentifier || r.Openings[1].Rule != inventory.OriginIdentifier {
		t.Errorf("openings %+v", r.Openings)
	}
	lines[5].Quantity = micro(t, "60.000001")
	var short *inventory.StockError
	if _, err := inventory.Run(lines, specific); !errors.As(err, &short) || short.Origin != inventory.Originating || short.Stock != micro(t, "60") {
		t.Errorf("more than there is of the origin: %v", err)
	}

	lines[5].Quantity = micro(t, "10")
	lines[3].Source, lines[5].Source = "lease 7", "lease 7"
	r = run(t, lines, specific)
	if w := r.Withdrawals[1]; len(w.Parts) != 1 || w.Parts[0].Source != "lease 7" {
		t.Errorf("taken from %+v, want lease 7", w.Parts)
	}
}

// TestQuarter: three months from the beginning of the fiscal year are one period.
func TestQuarter(t *testing.T) {
	o := exactMonthly
	o.Period = inventory.Quarter
	o.Calendar.First = time.February
	rows := [][5]string{
		{"2021-02-01", "opening", "100", "N", ""}, {"2021-02-01", "receipt", "100", "O", ""}, {"2021-04-30", "withdrawal", "10", "", ""},
		{"2021-04-30", "receipt", "200", "O", ""}, {"2021-05-01", "withdrawal", "40", "", ""}, {"2021-07-31", "withdrawal", "40", "", ""},
	}
	r := run(t, books(t, rows), o)
	compare(t, r.Withdrawals, []want{{"10", "0", "10", ""}, {"40", "30", "10", ""}, {"40", "30", "10", ""}})
}

// TestZone: a period ends at midnight where the books are kept.
func TestZone(t *testing.T) {
	o := exactMonthly
	o.Calendar.Zone = time.FixedZone("MST", -7*3600)
	lines := books(t, [][5]string{{"2021-01-01", "opening", "100", "N", ""}, {"2021-02-01", "receipt", "100", "O", ""}, {"2021-02-01", "withdrawal", "10", "", ""}})
	lines[1].Time = day(t, "2021-02-01").Add(6 * time.Hour) // still January
	lines[0].Time, lines[2].Time = day(t, "2021-01-02"), day(t, "2021-02-01").Add(7*time.Hour).In(o.Calendar.Zone)
	r := run(t, lines, o)
	compare(t, r.Withdrawals, []want{{"10", "5", "5", ""}})
	if zone := r.Withdrawals[0].Time.Location(); zone != time.UTC {
		t.Errorf("times of the result are in %s", zone)
	}
	o.Calendar.Zone = nil
	compare(t, run(t, lines, o).Withdrawals, []want{{"10", "0", "10", ""}})
}

// TestPeriodsWithoutLines: the ratio outlives months in which nothing happened, however many.
func TestPeriodsWithoutLines(t *testing.T) {
	r := run(t, books(t, [][5]string{{"1900-01-01", "opening", "100", "N", ""}, {"1900-01-02", "receipt", "300", "O", ""}, {"2199-12-31", "withdrawal", "100", "", ""}}), exactMonthly)
	compare(t, r.Withdrawals, []want{{"100", "75", "25", ""}})
}

// TestSourcesAreAveraged: an average draws on every source, and receipts of one source are one.
func TestSourcesAreAveraged(t *testing.T) {
	o := inventory.Options{Policy: perShipment.Policy}
	lines := books(t, [][5]string{
		{"2021-01-01", "receipt", "10", "O", ""}, {"2021-01-02", "receipt", "10", "N", ""}, {"2021-01-03", "receipt", "20", "O", ""},
		{"2021-01-04", "receipt", "20", "O", ""}, {"2021-01-05", "withdrawal", "0.000002", "", ""}, {"2021-01-06", "withdrawal", "30", "", ""},
	})
	for i, source := range []string{"b", "c", "a", "b"} {
		lines[i].Source = source
	}
	r := run(t, lines, o)
	// Shares of 2 micro-units: a 0.667, b 1, c 0.333. The originating part is 1.667, rounded to 2; b has its one, a the largest remainder.
	for i, want := range [][]string{{"a O 0.000001", "b O 0.000001"}, {"a O 10", "b O 15", "c N 5"}} {
		var got []string
		for _, p := range r.Withdrawals[i].Parts {
			got = append(got, fmt.Sprint(p.Source, " ", p.Origin, " ", p.Quantity))
		}
		if !slices.Equal(got, want) {
			t.Errorf("withdrawal %d is of %q, want %q", i, got, want)
		}
	}

	// A tie goes to the smaller name, whichever came first.
	tie := books(t, [][5]string{{"2021-01-01", "receipt", "10", "O", ""}, {"2021-01-02", "receipt", "10", "O", ""}, {"2021-01-03", "withdrawal", "0.000001", "", ""}})
	tie[0].Source, tie[1].Source = "b", "a"
	if parts := run(t, tie, o).Withdrawals[0].Parts; len(parts) != 1 || parts[0].Source != "a" {
		t.Errorf("one micro-unit of two equal sources is of %+v, want a", parts)
	}

	// 10.5 of 21 micro-units originate, rounded to 11. Of source c are 9.93: 10, not the 10.41 of those 11, rounded up.
	small := books(t, [][5]string{
		{"2021-01-01", "receipt", "0.000001", "O", ""}, {"2021-01-01", "receipt", "0.000001", "O", ""}, {"2021-01-01", "receipt", "0.000035", "O", ""},
		{"2021-01-01", "receipt", "0.000037", "N", ""}, {"2021-01-03", "withdrawal", "0.000021", "", ""},
	})
	for i, source := range []string{"a", "b", "c", "n"} {
		small[i].Source = source
	}
	if parts := run(t, small, o).Withdrawals[0].Parts; len(parts) != 3 || parts[0].Source != "a" || parts[1].Quantity != 10 || parts[2].Quantity != 10 {
		t.Errorf("21 micro-units are of %+v, want 1 of a, 10 of c and 10 of n", parts)
	}

	var many []inventory.Line
	for i := range inventory.MaxSources + 1 {
		l := inventory.Line{Moment: inventory.Moment{Time: day(t, "2021-01-01"), Seq: int64(i)}, Kind: inventory.KindReceipt, Quantity: 1, Origin: "O"}
		many = append(many, l)
	}
	run(t, many[1:], o)
	if _, err := inventory.Run(many, o); !errors.Is(err, inventory.ErrSources) {
		t.Errorf("one source too many: %v", err)
	}
	run(t, many, fifo)
}

// TestMaterialsAndGoods: both leave one inventory only by one method and one averaging period.
func TestMaterialsAndGoods(t *testing.T) {
	lines := official(t)
	lines[7].Basis = inventory.Goods
	r := run(t, lines, fifo)
	if r.Withdrawals[1].Policy.Basis != inventory.Goods || r.Withdrawals[0].Policy.Basis != inventory.Materials || len(r.Years) != 1 {
		t.Errorf("bases are not recorded: %+v", r.Years)
	}
	for _, o := range []inventory.Options{perShipment, netCost} {
		if _, err := inventory.Run(lines, o); !errors.Is(err, inventory.ErrMixed) {
			t.Errorf("goods, with %s: %v", o.Policy, err)
		}
	}
	lines[7].Basis = inventory.Materials
	run(t, lines, monthly)
}

// TestValuesNotKnown: without the unit cost of what it is computed from there is no value, and nothing else is missing.
func TestValuesNotKnown(t *testing.T) {
	lines := official(t)
	lines[4].UnitCost = nil // 1,000 N of 5 January
	compare(t, run(t, lines, fifo).Withdrawals, []want{{"100", "100", "0", "0"}, {"700", "600", "100", "110"}, {"1000", "400", "600", ""}, {"900", "500", "400", ""}})
	compare(t, run(t, lines, perShipment).Withdrawals, []want{{"100", "50", "50", ""}, {"700", "462", "238", ""}, {"1000", "360", "640", ""}, {"900", "324", "576", ""}})
	// What is known again is valued again, once the stock was empty.
	lines = append(lines, books(t, [][5]string{
		{"2021-03-01", "withdrawal", "2500", "", ""}, {"2021-03-01", "receipt", "100", "N", "2"}, {"2021-03-01", "withdrawal", "50", "", ""},
	})...)
	for i := range 3 {
		lines[11+i].Seq = int64(100 + i)
	}
	r := run(t, lines, perShipment)
	compare(t, r.Withdrawals[5:], []want{{"50", "0", "50", "100"}})
	stock(t, r.Ending, "0", "50", "100")
}

// TestRoundedCostsLeaveNothingNegative: an average cost that was rounded up does not make the rest worth less than nothing.
func TestRoundedCostsLeaveNothingNegative(t *testing.T) {
	r := run(t, books(t, [][5]string{
		{"2021-01-01", "receipt", "100", "N", "0.006"}, {"2021-01-02", "withdrawal", "99", "", ""}, {"2021-01-03", "withdrawal", "0.5", "", ""},
	}), perShipment)
	compare(t, r.Withdrawals, []want{{"99", "0", "99", "0.99"}, {"0.5", "0", "0.5", "0"}})
	stock(t, r.Ending, "0", "0.5", "0")
}

// TestRefusals: each names its line and why.
func TestRefusals(t *testing.T) {
	edit := func(i int, change func(*inventory.Line)) []inventory.Line {
		lines := official(t)
		change(&lines[i])
		return lines
	}
	var outOfRange *quantity.RangeError
	var short *inventory.StockError
	huge, negative := quantity.Micro(1<<62), quantity.Micro(-1)
	for _, tt := range []struct {
		name  string
		lines []inventory.Line
		o     inventory.Options
		is    error // or
		as    any
		says  string
	}{
		{"more than the stock", edit(10, func(l *inventory.Line) { l.Quantity = micro(t, "3400.000001") }), fifo, nil, &short, "line 12 (2021-01-23T00:00:00Z #11): withdrawal of 3400.000001: the inventory holds 3400"},
		{"more than the stock, averaged", edit(10, func(l *inventory.Line) { l.Quantity = micro(t, "3400.000001") }), monthly, nil, &short, "the inventory holds 3400"},
		{"more than the stock, by net cost", edit(10, func(l *inventory.Line) { l.Quantity = micro(t, "3401") }), netCost, nil, &short, "the inventory holds 3400"},
		{"no quantity", edit(3, func(l *inventory.Line) { l.Quantity = 0 }), fifo, nil, &outOfRange, "quantity: 0 units"},
		{"negative quantity", edit(3, func(l *inventory.Line) { l.Quantity = negative }), fifo, nil, &outOfRange, "quantity"},
		{"quantity out of this world", edit(3, func(l *inventory.Line) { l.Quantity = huge }), fifo, nil, &outOfRange, "quantity"},
		{"negative cost", edit(3, func(l *inventory.Line) { l.UnitCost = &negative }), fifo, nil, &outOfRange, "unit cost"},
		{"year 1", edit(0, func(l *inventory.Line) { l.Time = time.Time{} }), fifo, nil, &outOfRange, "year"},
		{"parts of a unit in whole units", edit(10, func(l *inventory.Line) { l.Quantity = micro(t, "0.5") }), netCost, nil, nil, "0.5 has more decimals than the 0"},
		{"one moment twice", edit(10, func(l *inventory.Line) { l.Moment = official(t)[9].Moment }), fifo, inventory.ErrOrder, nil, "comes after 2021-01-20T00:00:00Z #10"},
		{"a kind that is none", edit(3, func(l *inventory.Line) { l.Kind = "loss" }), fifo, nil, nil, `kind is "loss"`},
		{"a receipt without origin", edit(3, func(l *inventory.Line) { l.Origin = "" }), fifo, nil, nil, "origin of a receipt"},
		{"a withdrawal that says what it is", edit(5, func(l *inventory.Line) { l.Origin = "O" }), fifo, nil, nil, "the method says what it was"},
		{"a withdrawal that does not", official(t), specific, nil, nil, "with specific identification it names O or N"},
		{"a withdrawal with a cost", edit(5, func(l *inventory.Line) { l.UnitCost = new(quantity.Micro) }), fifo, nil, nil, "its value follows from the receipts"},
		{"an opening with a cost", edit(2, func(l *inventory.Line) { l.UnitCost = new(quantity.Micro) }), fifo, nil, nil, "latest receipts has their sources and costs"},
		{"an opening that is said to originate", edit(2, func(l *inventory.Line) { l.Origin = "O" }), fifo, nil, nil, "or say N"},
		{"a second opening", edit(3, func(l *inventory.Line) { l.Kind, l.Origin = "opening", "N" }), fifo, inventory.ErrOpening, nil, "it comes once"},
		{"an opening after a withdrawal", append(official(t)[3:], inventory.Line{Moment: inventory.Moment{Time: day(t, "2021-02-01")}, Kind: "opening", Quantity: 1}), fifo, inventory.ErrOpening, nil, "something was withdrawn before"},
		{"a mark after a receipt", books(t, [][5]string{
			{"2021-01-01", "opening", "10", "O", ""}, {"2021-01-02", "receipt", "10", "O", ""}, {"2021-01-03", "opening", "10", "N", ""},
		}), specific, inventory.ErrOpening, nil, "line 4 (2021-01-03T00:00:00Z #3): no such opening inventory: it comes once"},
		{"a basis of a receipt", edit(3, func(l *inventory.Line) { l.Basis = inventory.Goods }), fifo, nil, nil, "basis goods is of withdrawals"},
		{"a policy of a receipt", edit(3, func(l *inventory.Line) { l.Policy = &fifo.Policy }), fifo, nil, nil, "a choice, and nothing else"},
		{"a choice of nothing", edit(3, func(l *inventory.Line) { *l = inventory.Line{Moment: l.Moment, Kind: "choice"} }), fifo, nil, nil, "a choice, and nothing else"},
		{"a choice that is none", edit(3, func(l *inventory.Line) {
			*l = inventory.Line{Moment: l.Moment, Kind: "choice", Policy: &inventory.Policy{Method: "hifo", Basis: "goods"}}
		}), fifo, nil, nil, `method is "hifo"`},
		{"the same choice with an opening", edit(3, func(l *inventory.Line) {
			*l = inventory.Line{Moment: l.Moment, Kind: "choice", Policy: &fifo.Policy, Origin: "N"}
		}), fifo, nil, nil, "the method goes on"},
		{"a source that cannot be printed", edit(3, func(l *inventory.Line) { l.Source = "a\nb" }), fifo, nil, nil, "printable text"},
		{"a long source", edit(3, func(l *inventory.Line) { l.Source = strings.Repeat("x", 65) }), fifo, nil, nil, "64 bytes"},
		{"no predecessor", official(t)[3:], monthly, inventory.ErrNoRatio, nil, "no ratio for the month from 2021-01-01: in the one from 2020-12-01 nothing was in stock or received; state the opening inventory"},
		{"a predecessor that held nothing", books(t, [][5]string{
			{"2021-01-01", "opening", "10", "N", ""}, {"2021-01-02", "withdrawal", "10", "", ""},
			{"2021-03-01", "receipt", "5", "O", ""}, {"2021-03-02", "withdrawal", "5", "", ""},
		}), monthly, inventory.ErrNoRatio, nil, "line 5 (2021-03-02T00:00:00Z #4): no ratio for the month from 2021-03-01"},
		{"a stock above all bounds", func() []inventory.Line {
			lines := official(t)[3:5]
			lines[0].Quantity = 1e18
			return lines
		}(), fifo, nil, &outOfRange, "stock"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := inventory.Run(tt.lines, tt.o)
			var line *inventory.LineError
			if !errors.As(err, &line) || !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("error is %v, want a line and %q", err, tt.says)
			}
			if tt.is != nil && !errors.Is(err, tt.is) || tt.as != nil && !errors.As(err, tt.as) {
				t.Errorf("error %v is of another kind", err)
			}
		})
	}
}

// TestTooMuch: what does not fit the integers is refused, not wrapped around.
func TestTooMuch(t *testing.T) {
	dear := books(t, [][5]string{{"2021-01-01", "receipt", "1000000000000", "N", "1000000000"}})
	for _, o := range []inventory.Options{fifo, perShipment} {
		if _, err := inventory.Run(dear, o); !errors.Is(err, quantity.ErrOverflow) {
			t.Errorf("a stock worth 1e21, %s: %v", o.Policy, err)
		}
		dear := append(dear, inventory.Line{Moment: inventory.Moment{Time: day(t, "2021-01-02")}, Kind: "withdrawal", Quantity: dear[0].Quantity})
		if _, err := inventory.Run(dear, o); !errors.Is(err, quantity.ErrOverflow) {
			t.Errorf("a withdrawal worth 1e21, %s: %v", o.Policy, err)
		}
	}
	var rows [][5]string
	for range 10 {
		rows = append(rows, [5]string{"2021-01-01", "receipt", "1000000000000", "N", ""}, [5]string{"2021-01-01", "withdrawal", "1000000000000", "", ""})
	}
	for _, tt := range []struct {
		o    inventory.Options
		says string
	}{
		{fifo, "line 21 (2021-01-01T00:00:00Z #20): withdrawals of the fiscal year 2021-01-01 to 2021-12-31"},
		{inventory.Options{Policy: netCost.Policy}, "line 20 (2021-01-01T00:00:00Z #19): stock and receipts of the period"},
	} {
		if _, err := inventory.Run(books(t, rows), tt.o); !errors.Is(err, quantity.ErrOverflow) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("1e13 units in a month, %s: %v", tt.o.Policy, err)
		}
	}
}

// TestNoSuchPolicy holds what can be chosen.
func TestNoSuchPolicy(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    inventory.Options
		says string
	}{
		{"nothing", inventory.Options{}, "basis"},
		{"no method", inventory.Options{Policy: inventory.Policy{Basis: "goods"}}, "method"},
		{"a period of fifo", inventory.Options{Policy: inventory.Policy{Basis: "goods", Method: "fifo", Period: "month"}}, "no averaging period"},
		{"no period", inventory.Options{Policy: inventory.Policy{Basis: "goods", Method: "average"}}, "averaging period is"},
		{"goods by shipment", inventory.Options{Policy: inventory.Policy{Basis: "goods", Method: "average", Period: "shipment"}}, "section 14"},
		{"net cost by shipment", inventory.Options{Policy: inventory.Policy{Basis: "materials", Method: "average", Period: "shipment", NetCost: true}}, "section 7"},
		{"net cost of goods", inventory.Options{Policy: inventory.Policy{Basis: "goods", Method: "average", Period: "month", NetCost: true}}, "materials"},
		{"decimals", inventory.Options{Policy: fifo.Policy, Rounding: inventory.Rounding{Ratio: inventory.Places(13)}}, "decimals of ratio"},
		{"decimals of micro-units", inventory.Options{Policy: fifo.Policy, Rounding: inventory.Rounding{Quantity: inventory.Places(7)}}, "decimals of quantity"},
		{"a thirteenth month", inventory.Options{Policy: fifo.Policy, Calendar: inventory.Calendar{First: 13}}, "month"},
	} {
		if _, err := inventory.Run(nil, tt.o); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: error is %v, want %q", tt.name, err, tt.says)
		}
	}
	if _, err := inventory.Run(make([]inventory.Line, inventory.MaxLines+1), fifo); err == nil {
		t.Error("there is no bound on the lines")
	}
}

// TestClosed: closed books stay as they are, and close again.
func TestClosed(t *testing.T) {
	b, err := inventory.New(netCost)
	fine(t, err)
	lines := official(t)
	fine(t, b.Apply(lines[:10]...))
	fine(t, b.Close(day(t, "2021-01-31")))
	if n := len(b.Withdrawals()); n != 0 {
		t.Errorf("%d withdrawals are decided before the month is over", n)
	}
	if err := b.Apply(lines[10]); !errors.Is(err, inventory.ErrOrder) {
		t.Errorf("a line before the books were closed: %v", err)
	}
	fine(t, b.Close(day(t, "2021-01-01")))
	fine(t, b.Close(day(t, "2021-02-01")))
	fine(t, b.Close(day(t, "2021-02-01")))
	if n := len(b.Withdrawals()); n != 3 {
		t.Errorf("%d withdrawals are decided after the month, want 3", n)
	}
	if err := b.Close(time.Time{}.AddDate(9000, 0, 0)); err == nil {
		t.Error("closed in another world")
	}
}

// TestAllOrNothing: a line that is refused takes those with it, and the books go on without them.
func TestAllOrNothing(t *testing.T) {
	b, err := inventory.New(fifo)
	fine(t, err)
	lines := official(t)
	fine(t, b.Apply(lines[:5]...))
	lines[9].Quantity = micro(t, "99999")
	if err := b.Apply(lines[5:]...); err == nil || len(b.Withdrawals()) > 0 {
		t.Fatalf("error %v, and %d withdrawals stay", err, len(b.Withdrawals()))
	}
	fine(t, b.Apply(official(t)[5:]...))
	compare(t, b.Withdrawals(), []want{{"100", "100", "0", "0"}, {"700", "600", "100", "110"}, {"1000", "400", "600", "660"}, {"900", "500", "400", "440"}})
	s, err := b.Stock()
	fine(t, err)
	stock(t, s, "500", "2000", "2725")
}

// TestJSON holds the form of a result that others read.
func TestJSON(t *testing.T) {
	r := run(t, official(t)[3:6], perShipment)
	b, err := json.Marshal(r)
	fine(t, err)
	const want = `{"edition":"` + inventory.Edition + `","rounding":{"ratio":"2","quantity":"exact","cost":"2","unitVnm":"exact"},` +
		`"withdrawals":[{"time":"2021-01-10T00:00:00Z","seq":6,"quantity":"100","originating":"50","nonOriginating":"50","vnm":"52.5","averageCost":"1.05",` +
		`"policy":{"method":"average","basis":"materials","period":"shipment"},"ratio":{"originating":"1000","all":"2000","applied":"0.50","exact":false},` +
		`"parts":[{"source":"2021-01-01T00:00:00Z #4","origin":"O","quantity":"50"},{"source":"2021-01-05T00:00:00Z #5","origin":"N","quantity":"50"}]}],` +
		`"ending":{"originating":"950","nonOriginating":"950","value":"1995","parts":[{"source":"2021-01-01T00:00:00Z #4","origin":"O","quantity":"950"},` +
		`{"source":"2021-01-05T00:00:00Z #5","origin":"N","quantity":"950"}]},"years":[{"year":"2021-01-01 to 2021-12-31",` +
		`"policy":{"method":"average","basis":"materials","period":"shipment"},"withdrawals":1,"first":{"time":"2021-01-10T00:00:00Z","seq":6},` +
		`"last":{"time":"2021-01-10T00:00:00Z","seq":6},"quantity":"100","originating":"50","nonOriginating":"50"}]}`
	if string(b) != want {
		t.Errorf("result is\n%s\nwant\n%s", b, want)
	}
	var d inventory.Decimals
	for text, ok := range map[string]bool{"exact": true, "0": true, "12": true, "13": false, "-1": false, "": false, "1.5": false} {
		if err := d.UnmarshalText([]byte(text)); (err == nil) != ok || ok && d.String() != text {
			t.Errorf("decimals %q are read as %s, %v", text, d, err)
		}
	}
}

func fine(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
