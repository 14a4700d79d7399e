package inventory_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/lineage/inventory"
	"github.com/gauger/gauger/metrology/quantity"
)

func micro(t testing.TB, s string) quantity.Micro {
	t.Helper()
	m, err := quantity.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func day(t testing.TB, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// books makes lines of rows: date, kind, quantity, origin, unit cost. The sequence is the order of the rows.
func books(t testing.TB, rows [][5]string) []inventory.Line {
	t.Helper()
	var lines []inventory.Line
	for i, r := range rows {
		l := inventory.Line{
			Moment: inventory.Moment{Time: day(t, r[0]), Seq: int64(i + 1)}, Row: i + 2,
			Kind: inventory.Kind(r[1]), Quantity: micro(t, r[2]), Origin: inventory.Origin(r[3]),
		}
		if r[4] != "" {
			cost := micro(t, r[4])
			l.UnitCost = &cost
		}
		lines = append(lines, l)
	}
	return lines
}

// official is the table on which all examples of SOR/2020-155, Schedule 8, Appendices A and B are based.
func official(t testing.TB) []inventory.Line {
	return books(t, [][5]string{
		{"2020-12-18", "receipt", "100", "O", "1.00"},
		{"2020-12-27", "receipt", "100", "N", "1.10"},
		{"2021-01-01", "opening", "200", "", ""},
		{"2021-01-01", "receipt", "1000", "O", "1.00"},
		{"2021-01-05", "receipt", "1000", "N", "1.10"},
		{"2021-01-10", "withdrawal", "100", "", ""},
		{"2021-01-10", "receipt", "1000", "O", "1.05"},
		{"2021-01-15", "withdrawal", "700", "", ""},
		{"2021-01-16", "receipt", "2000", "N", "1.10"},
		{"2021-01-20", "withdrawal", "1000", "", ""},
		{"2021-01-23", "withdrawal", "900", "", ""},
	})
}

var (
	fifo        = inventory.Options{Policy: inventory.Policy{Method: inventory.FIFO, Basis: inventory.Materials}}
	lifo        = inventory.Options{Policy: inventory.Policy{Method: inventory.LIFO, Basis: inventory.Materials}}
	perShipment = inventory.Options{
		Policy:   inventory.Policy{Method: inventory.Average, Basis: inventory.Materials, Period: inventory.Shipment},
		Rounding: inventory.Rounding{Ratio: inventory.Places(2), Cost: inventory.Places(2)},
	}
	netCost = inventory.Options{
		Policy: inventory.Policy{Method: inventory.Average, Basis: inventory.Materials, Period: inventory.Month, NetCost: true},
		Rounding: inventory.Rounding{
			Ratio: inventory.Places(3), Quantity: inventory.Places(0), Cost: inventory.Places(2), UnitVNM: inventory.Places(2),
		},
	}
	monthly = inventory.Options{
		Policy:   inventory.Policy{Method: inventory.Average, Basis: inventory.Goods, Period: inventory.Month},
		Rounding: inventory.Rounding{Ratio: inventory.Places(3)},
	}
	exactMonthly = inventory.Options{Policy: monthly.Policy}
	specific     = inventory.Options{Policy: inventory.Policy{Method: inventory.Specific, Basis: inventory.Goods}}
)

func run(t testing.TB, lines []inventory.Line, o inventory.Options) inventory.Result {
	t.Helper()
	r, err := inventory.Run(lines, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// want is a withdrawal as an official example has it.
type want struct{ quantity, originating, nonOriginating, vnm string }

func compare(t *testing.T, got []inventory.Withdrawal, wants []want) {
	t.Helper()
	if len(got) != len(wants) {
		t.Fatalf("%d withdrawals, want %d", len(got), len(wants))
	}
	for i, w := range wants {
		vnm := ""
		if got[i].VNM != nil {
			vnm = got[i].VNM.String()
		}
		if g := (want{got[i].Quantity.String(), got[i].Originating.String(), got[i].NonOriginating.String(), vnm}); g != w {
			t.Errorf("withdrawal of %s: %+v, want %+v", got[i].Moment, g, w)
		}
	}
}

func stock(t *testing.T, got inventory.Stock, originating, nonOriginating, value string) {
	t.Helper()
	v := ""
	if got.Value != nil {
		v = got.Value.String()
	}
	if got.Originating.String() != originating || got.NonOriginating.String() != nonOriginating || v != value {
		t.Errorf("stock is %s O, %s N, value %q, want %s, %s, %q", got.Originating, got.NonOriginating, v, originating, nonOriginating, value)
	}
}

func restated(t *testing.T, r inventory.Result, want ...string) {
	t.Helper()
	var got []string
	for _, s := range r.Restated {
		got = append(got, fmt.Sprintf("%s %s: %s O, %s N", s.Time.Format(time.DateOnly), s.Moved, s.Originating, s.NonOriginating))
	}
	if !slices.Equal(got, want) {
		t.Errorf("restated %q, want %q", got, want)
	}
}

// from returns what a withdrawal took, as "quantity origin receipt date".
func from(w inventory.Withdrawal) []string {
	var parts []string
	for _, p := range w.Parts {
		date := ""
		if p.Receipt != nil {
			date = " " + p.Receipt.Time.Format(time.DateOnly)
		}
		parts = append(parts, p.Quantity.String()+" "+string(p.Origin)+date)
	}
	return parts
}

// TestFIFO is example 1 of Appendix A (materials, with values) and of Appendix B (goods).
func TestFIFO(t *testing.T) {
	r := run(t, official(t), fifo)
	compare(t, r.Withdrawals, []want{
		{"100", "100", "0", "0"}, {"700", "600", "100", "110"}, {"1000", "400", "600", "660"}, {"900", "500", "400", "440"},
	})
	for i, parts := range [][]string{
		{"100 O 2020-12-18"}, {"100 N 2020-12-27", "600 O 2021-01-01"},
		{"400 O 2021-01-01", "600 N 2021-01-05"}, {"400 N 2021-01-05", "500 O 2021-01-10"},
	} {
		if got := from(r.Withdrawals[i]); !slices.Equal(got, parts) {
			t.Errorf("withdrawal %d is of %q, want %q", i, got, parts)
		}
	}
	stock(t, r.Ending, "500", "2000", "2725") // 500 x 1.05 + 2000 x 1.10
}

// TestLIFO is example 2 of Appendices A and B.
func TestLIFO(t *testing.T) {
	r := run(t, official(t), lifo)
	compare(t, r.Withdrawals, []want{
		{"100", "0", "100", "110"}, {"700", "700", "0", "0"}, {"1000", "0", "1000", "1100"}, {"900", "0", "900", "990"},
	})
	for i, parts := range [][]string{{"100 N 2021-01-05"}, {"700 O 2021-01-10"}, {"1000 N 2021-01-16"}, {"900 N 2021-01-16"}} {
		if got := from(r.Withdrawals[i]); !slices.Equal(got, parts) {
			t.Errorf("withdrawal %d is of %q, want %q", i, got, parts)
		}
	}
	stock(t, r.Ending, "1400", "1100", "2625")
}

// TestLIFOWithTheReceiptOfTheDayFirst: what a withdrawal is depends on the order within a day, which a date alone does not give.
func TestLIFOWithTheReceiptOfTheDayFirst(t *testing.T) {
	lines := official(t)
	lines[5].Seq, lines[6].Seq = lines[6].Seq, lines[5].Seq
	r := run(t, lines, lifo)
	compare(t, r.Withdrawals[:1], []want{{"100", "100", "0", "0"}})
}

// TestAveragePerShipment is example 3 of Appendix A: ratio and average cost with two decimals. Ending inventory: 900 and 1,600 by
// the text; the table ends at 1,596 non-originating, since it subtracts where section 8(2) applies the ratio to what remains.
func TestAveragePerShipment(t *testing.T) {
	r := run(t, official(t), perShipment)
	compare(t, r.Withdrawals, []want{
		{"100", "50", "50", "52.5"}, {"700", "462", "238", "249.9"}, {"1000", "360", "640", "684.8"}, {"900", "324", "576", "616.32"},
	})
	for i, ratio := range []inventory.Ratio{
		{Originating: micro(t, "1100"), All: micro(t, "2200"), Applied: "0.50"}, {Originating: micro(t, "2050"), All: micro(t, "3100"), Applied: "0.66"},
		{Originating: micro(t, "1584"), All: micro(t, "4400"), Applied: "0.36"}, {Originating: micro(t, "1224"), All: micro(t, "3400"), Applied: "0.36"},
	} {
		got := r.Withdrawals[i].Ratio
		if got.Originating != ratio.Originating || got.All != ratio.All || got.Applied != ratio.Applied || got.Exact {
			t.Errorf("ratio of withdrawal %d is %+v, want %+v", i, *got, ratio)
		}
	}
	for i, cost := range []string{"1.05", "1.05", "1.07", "1.07"} {
		if got := r.Withdrawals[i].AverageCost; got != cost {
			t.Errorf("average cost of withdrawal %d is %s, want %s", i, got, cost)
		}
	}
	stock(t, r.Ending, "900", "1600", "2687")
	restated(t, r, "2021-01-15 -4: 1584 O, 816 N") // 2,050 - 462 is 1,588, and 0.66 x 2,400 is 1,584
}

// TestAverageNetCost is example 4 of Appendix A: the ratio of the same month with three decimals, whole units, 0.64 a unit.
func TestAverageNetCost(t *testing.T) {
	lines := official(t)
	lines[10].Quantity = micro(t, "2700") // the example takes January's shipments together
	r := run(t, slices.Concat(lines[:5], lines[6:7], lines[8:9], lines[10:]), netCost)
	compare(t, r.Withdrawals, []want{{"2700", "1091", "1609", "1728"}})
	if got := r.Withdrawals[0]; got.Ratio.Applied != "0.404" || got.AverageCost != "1.07" {
		t.Errorf("ratio %s, average cost %s, want 0.404 and 1.07", got.Ratio.Applied, got.AverageCost)
	}
	stock(t, r.Ending, "1010", "1490", "2671") // 5,560 - 2,700 x 1.07

	// One by one they come to the same.
	r = run(t, official(t), netCost)
	compare(t, r.Withdrawals, []want{
		{"100", "40", "60", "64"}, {"700", "283", "417", "448"}, {"1000", "404", "596", "640"}, {"900", "364", "536", "576"},
	})
	stock(t, r.Ending, "1010", "1490", "2671")
	restated(t, r, "2021-02-01 1: 1010 O, 1490 N") // 2,100 originating units came in; 1,091 + 1,010 are one more
}

// TestAverageGoods is example 3 of Appendix B: February's shipments by January's ratio, with three decimals. The example does not
// say what February received; it does not matter. January's own ratio is that of the opening inventory.
func TestAverageGoods(t *testing.T) {
	january := official(t)
	r := run(t, january, monthly)
	compare(t, r.Withdrawals, []want{{"100", "50", "50", ""}, {"700", "350", "350", ""}, {"1000", "500", "500", ""}, {"900", "450", "450", ""}})
	stock(t, r.Ending, "1010", "1490", "")
	restated(t, r, "2021-02-01 260: 1010 O, 1490 N") // by receipts less withdrawals 750 would originate

	for _, origin := range []string{"O", "N"} {
		february := books(t, [][5]string{{"2021-02-10", "receipt", "1500", origin, ""}, {"2021-02-14", "withdrawal", "1000", "", ""}, {"2021-02-28", "withdrawal", "2000", "", ""}})
		r = run(t, slices.Concat(january, february), monthly)
		compare(t, r.Withdrawals[4:], []want{{"1000", "404", "596", ""}, {"2000", "808", "1192", ""}}) // 1,212 and 1,788
		if got := r.Withdrawals[5].Ratio; got.Originating != micro(t, "2100") || got.All != micro(t, "5200") || got.Applied != "0.404" {
			t.Errorf("ratio is %+v, want 2100 of 5200 as 0.404", *got)
		}
	}
}

// TestOpening holds both rules for an opening inventory, and what the books do not bear out.
func TestOpening(t *testing.T) {
	r := run(t, official(t), fifo)
	if len(r.Openings) != 1 || r.Openings[0].Rule != inventory.LatestReceipts {
		t.Fatalf("openings %+v", r.Openings)
	}
	stock(t, r.Openings[0].Stock, "100", "100", "210")

	lines := official(t)
	lines[2].Quantity = micro(t, "150") // all of the 27th, half of the 18th
	stock(t, run(t, lines, fifo).Openings[0].Stock, "50", "100", "160")

	lines = official(t)
	lines[2].Origin = inventory.NonOriginating
	r = run(t, lines, fifo)
	stock(t, r.Openings[0].Stock, "0", "200", "")
	if r.Openings[0].Rule != inventory.AllNonOriginating {
		t.Errorf("rule is %s", r.Openings[0].Rule)
	}
	compare(t, r.Withdrawals, []want{{"100", "0", "100", ""}, {"700", "600", "100", ""}, {"1000", "400", "600", "660"}, {"900", "500", "400", "440"}})

	lines = official(t)
	lines[2].Quantity = micro(t, "200.000001")
	if _, err := inventory.Run(lines, fifo); !errors.Is(err, inventory.ErrOpening) {
		t.Errorf("an opening inventory above all receipts: %v", err)
	}
	lines[2].Origin = inventory.Originating
	if _, err := inventory.Run(lines, fifo); err == nil {
		t.Error("an opening inventory is originating because somebody says so")
	}
}

// TestChange: the method of a fiscal year stays, and the next year may have another, with an opening inventory of its own.
func TestChange(t *testing.T) {
	choice := func(date string, p inventory.Policy) inventory.Line {
		return inventory.Line{Moment: inventory.Moment{Time: day(t, date), Seq: 100}, Row: 99, Kind: inventory.KindChoice, Policy: &p}
	}
	var change *inventory.ChangeError
	_, err := inventory.Run(append(official(t), choice("2021-12-31", lifo.Policy)), fifo)
	if !errors.As(err, &change) || change.Year.String() != "2021-01-01 to 2021-12-31" || change.Have.Method != inventory.FIFO || change.Want.Method != inventory.LIFO {
		t.Fatalf("another method on 31 December: %v", err)
	}
	const says = "line 99 (2021-12-31T00:00:00Z #100): the fiscal year 2021-01-01 to 2021-12-31 runs by fifo: lifo can be chosen from 2022-01-01 on"
	if err.Error() != says {
		t.Errorf("it says %q, want %q", err, says)
	}
	quarterly := monthly.Policy
	quarterly.Period = inventory.Quarter
	if _, err := inventory.Run(append(official(t), choice("2021-03-01", quarterly)), monthly); !errors.As(err, &change) {
		t.Errorf("another averaging period in March: %v", err)
	}
	if _, err := inventory.Run(append(official(t), choice("2021-03-01", fifo.Policy)), fifo); err != nil {
		t.Errorf("the same method again: %v", err)
	}

	april := fifo
	april.Calendar.First = time.April
	next := append(official(t), choice("2021-04-01", lifo.Policy))
	next = append(next, inventory.Line{Moment: inventory.Moment{Time: day(t, "2021-04-02")}, Kind: inventory.KindWithdrawal, Quantity: micro(t, "2400")})
	r := run(t, next, april)
	// 2,500 units are left: by the books the last 2,000 N, and 500 of the 1,000 O before them.
	stock(t, r.Openings[1].Stock, "500", "2000", "2725")
	compare(t, r.Withdrawals[4:], []want{{"2400", "400", "2000", "2200"}})
	if len(r.Years) != 2 || r.Years[0].Policy.Method != inventory.FIFO || r.Years[1].Policy.Method != inventory.LIFO ||
		r.Years[0].Year.String() != "2020-04-01 to 2021-03-31" || r.Years[0].Withdrawals != 4 || r.Years[0].Originating != micro(t, "1600") {
		t.Errorf("years are %+v", r.Years)
	}
	if _, err := inventory.Years(r.Withdrawals, inventory.Calendar{}); !errors.As(err, &change) {
		t.Errorf("with calendar years the two methods are in one: %v", err)
	}
}
