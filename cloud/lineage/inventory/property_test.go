package inventory_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/lineage/inventory"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// anyOptions draws a policy of its own kind, exact or rounded.
func anyOptions(t *rapid.T) inventory.Options {
	o := rapid.SampledFrom([]inventory.Options{fifo, lifo, perShipment, netCost, monthly, exactMonthly, specific}).Draw(t, "options")
	if o.Method == inventory.Average && o.Period != inventory.Shipment && rapid.Bool().Draw(t, "by quarter") {
		o.Period = inventory.Quarter
	}
	if o.Method == inventory.Average && rapid.Bool().Draw(t, "exact") {
		o.Rounding = inventory.Rounding{}
	}
	o.Calendar.First = time.Month(rapid.IntRange(1, 12).Draw(t, "first month"))
	return o
}

// anyLines draws books that the options allow: some months of receipts and withdrawals, after an opening inventory.
func anyLines(t *rapid.T, o inventory.Options) []inventory.Line {
	// Quantities are small now and then, so that shares of a micro-unit and empty stocks occur.
	most := rapid.SampledFrom([]int64{3, 40, 5_000_000_000}).Draw(t, "largest quantity")
	unit := quantity.Micro(1)
	if o.Rounding.Quantity != inventory.Exact {
		unit = quantity.PerUnit
	}
	amount := func() quantity.Micro { return quantity.Micro(rapid.Int64Range(1, most).Draw(t, "quantity")) * unit }
	origin := rapid.SampledFrom([]inventory.Origin{inventory.Originating, inventory.NonOriginating})
	at := inventory.Moment{Time: time.Date(2021, time.Month(rapid.IntRange(1, 12).Draw(t, "month")), 1, 0, 0, 0, 0, time.UTC)}
	held := map[inventory.Origin]quantity.Micro{}
	opening := inventory.Line{Moment: at, Kind: inventory.KindOpening, Quantity: amount(), Origin: inventory.NonOriginating}
	lines := []inventory.Line{opening}
	held[opening.Origin] += opening.Quantity
	for range rapid.IntRange(1, 40).Draw(t, "lines") {
		at.Seq++
		if rapid.IntRange(0, 2).Draw(t, "later") > 0 {
			at.Time = at.Time.Add(time.Duration(rapid.IntRange(1, 40*24).Draw(t, "hours")) * time.Hour)
		}
		l := inventory.Line{Moment: at, Kind: inventory.KindReceipt, Quantity: amount(), Origin: origin.Draw(t, "origin")}
		l.Source = rapid.SampledFrom([]string{"", "a", "b", "c"}).Draw(t, "source")
		cost := quantity.Micro(rapid.Int64Range(0, 100_000_000).Draw(t, "cost"))
		l.UnitCost = &cost
		stock := held[inventory.Originating] + held[inventory.NonOriginating]
		if o.Method == inventory.Specific {
			stock = held[l.Origin]
		}
		if o.Method == inventory.Average && o.Period != inventory.Shipment {
			stock -= unit // after a period that held nothing there is no ratio
		}
		if stock > 0 && rapid.Bool().Draw(t, "leaves") {
			l = inventory.Line{Moment: at, Kind: inventory.KindWithdrawal, Quantity: min(l.Quantity, stock), Origin: l.Origin}
			held[l.Origin] -= l.Quantity // by origin it is right for specific identification only; the sum always is
			if o.Method != inventory.Specific {
				l.Origin = ""
			}
		} else {
			held[l.Origin] += l.Quantity
		}
		lines = append(lines, l)
	}
	return lines
}

// TestConservation: whatever the method, a withdrawal is all of what it says, of parts that add up; nothing is negative; and what
// is in stock at the end is the opening and all receipts less all withdrawals: in total, and for each origin with what rules
// restated.
func TestConservation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyOptions(t)
		lines := anyLines(t, o)
		r, err := inventory.Run(lines, o)
		fineIn(t, err)
		conserved(t, lines, r)
		if n := len(r.Restated); n > 0 && (o.Method != inventory.Average || o == exactShipments(o)) {
			t.Fatalf("%s restated %d times", o.Policy, n)
		}
	})
}

func exactShipments(o inventory.Options) inventory.Options {
	return inventory.Options{Policy: perShipment.Policy, Calendar: o.Calendar}
}

// conserved fails where the result of a run over lines, of which no choice finds an opening, loses or invents something.
func conserved(t rapid.TB, lines []inventory.Line, r inventory.Result) {
	t.Helper()
	var total, originating quantity.Micro
	opened := slices.IndexFunc(lines, func(l inventory.Line) bool { return l.Kind == inventory.KindOpening })
	for i, l := range lines {
		if i >= opened && l.Kind == inventory.KindReceipt {
			total += l.Quantity
			if l.Origin == inventory.Originating {
				originating += l.Quantity
			}
		}
	}
	for _, o := range r.Openings {
		total += o.Originating + o.NonOriginating
		originating += o.Originating
	}
	for _, w := range r.Withdrawals {
		whole(t, w.Quantity, w.Originating, w.NonOriginating, w.Parts)
		total -= w.Quantity
		originating -= w.Originating
		if w.VNM != nil && *w.VNM < 0 {
			t.Fatalf("value %s", w.VNM)
		}
	}
	for _, s := range r.Restated {
		originating += s.Moved
	}
	whole(t, total, r.Ending.Originating, r.Ending.NonOriginating, r.Ending.Parts)
	if originating != r.Ending.Originating {
		t.Fatalf("%s originate at the end, want %s", r.Ending.Originating, originating)
	}
}

// whole fails where a quantity is not that of its origins, or they are not those of its parts.
func whole(t rapid.TB, all, originating, nonOriginating quantity.Micro, parts []inventory.Part) {
	t.Helper()
	sum := map[inventory.Origin]quantity.Micro{}
	for _, p := range parts {
		if p.Quantity <= 0 {
			t.Fatalf("part %+v", p)
		}
		sum[p.Origin] += p.Quantity
	}
	if originating < 0 || nonOriginating < 0 || originating+nonOriginating != all ||
		sum[inventory.Originating] != originating || sum[inventory.NonOriginating] != nonOriginating {
		t.Fatalf("%s are %s O and %s N, of parts %+v", all, originating, nonOriginating, parts)
	}
}

// TestReplay: in whatever batches the lines are booked, and in whatever order they are handed to a run, the result is the same.
func TestReplay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyOptions(t)
		lines := anyLines(t, o)
		once, err := inventory.Run(lines, o)
		fineIn(t, err)
		shuffled, err := inventory.Run(rapid.Permutation(lines).Draw(t, "order"), o)
		fineIn(t, err)
		sameJSON(t, "run over shuffled lines", shuffled, once)

		b, err := inventory.New(o)
		fineIn(t, err)
		for rest := lines; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "batch")
			fineIn(t, b.Apply(rest[:n]...))
			rest = rest[n:]
		}
		ending, err := b.Stock()
		fineIn(t, err)
		sameJSON(t, "stock as if the period were over", ending, once.Ending)
		fineIn(t, b.Close(lines[len(lines)-1].Time.AddDate(0, 3, 0)))
		if booked := b.Withdrawals(); len(booked) > 0 || len(once.Withdrawals) > 0 {
			sameJSON(t, "withdrawals of batches", booked, once.Withdrawals)
		}
		sameJSON(t, "openings of batches", b.Openings(), once.Openings)
		if restated := b.Restated(); len(restated) > 0 || len(once.Restated) > 0 {
			sameJSON(t, "what batches restated", restated, once.Restated)
		}
	})
}

func sameJSON(t rapid.TB, what string, got, want any) {
	t.Helper()
	a, err := json.Marshal(got)
	fineIn(t, err)
	b, err := json.Marshal(want)
	fineIn(t, err)
	if !bytes.Equal(a, b) {
		t.Fatalf("%s:\n%s\nwant\n%s", what, a, b)
	}
}

// TestLayers compares FIFO and LIFO with stacks of single micro-units.
func TestLayers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := rapid.SampledFrom([]inventory.Options{fifo, lifo}).Draw(t, "options")
		lines := anyLines(t, o)
		for i := range lines {
			lines[i].Quantity = lines[i].Quantity%40 + 1
		}
		var units []inventory.Moment // of which receipt each unit in stock is
		origins := map[inventory.Moment]inventory.Origin{}
		var kept []inventory.Line
		want := [][]inventory.Moment{}
		for _, l := range lines {
			n := int(l.Quantity)
			if l.Kind != inventory.KindWithdrawal {
				origins[l.Moment] = l.Origin
				units = append(units, slices.Repeat([]inventory.Moment{l.Moment}, n)...)
			} else if n > len(units) {
				continue
			} else if o.Method == inventory.FIFO {
				want, units = append(want, units[:n]), units[n:]
			} else {
				taken := slices.Clone(units[len(units)-n:])
				slices.Reverse(taken)
				want, units = append(want, taken), units[:len(units)-n]
			}
			kept = append(kept, l)
		}
		r, err := inventory.Run(kept, o)
		fineIn(t, err)
		for i, w := range r.Withdrawals {
			var got []inventory.Moment
			for _, p := range w.Parts {
				if p.Origin != origins[*p.Receipt] {
					t.Fatalf("part %+v is of a receipt of %s", p, origins[*p.Receipt])
				}
				got = append(got, slices.Repeat([]inventory.Moment{*p.Receipt}, int(p.Quantity))...)
			}
			if !slices.Equal(got, want[i]) {
				t.Fatalf("withdrawal %s took %v, want %v", w.Moment, got, want[i])
			}
		}
	})
}

// TestExactAverage: where nothing is rounded, what originates is within half a micro-unit of the fraction, and each source within
// one of its share.
func TestExactAverage(t *testing.T) {
	half, one := big.NewRat(1, 2), big.NewRat(1, 1)
	rapid.Check(t, func(t *rapid.T) {
		o := exactShipments(inventory.Options{})
		var lines []inventory.Line
		pool := map[[2]string]quantity.Micro{}
		var all quantity.Micro
		most := rapid.SampledFrom([]int64{3, 40, 1e15}).Draw(t, "largest quantity")
		for i := range rapid.IntRange(1, 12).Draw(t, "receipts") {
			l := inventory.Line{
				Moment: inventory.Moment{Time: time.Unix(0, 0), Seq: int64(i)}, Kind: inventory.KindReceipt, Quantity: quantity.Micro(rapid.Int64Range(1, most).Draw(t, "quantity")),
				Origin: rapid.SampledFrom([]inventory.Origin{"O", "N"}).Draw(t, "origin"), Source: string(rune('a' + i%9)),
			}
			lines = append(lines, l)
			pool[[2]string{l.Source, string(l.Origin)}] += l.Quantity
			all += l.Quantity
		}
		q := quantity.Micro(rapid.Int64Range(1, int64(all)).Draw(t, "withdrawn"))
		lines = append(lines, inventory.Line{Moment: inventory.Moment{Time: time.Unix(1, 0)}, Kind: inventory.KindWithdrawal, Quantity: q})
		r, err := inventory.Run(lines, o)
		fineIn(t, err)
		w := r.Withdrawals[0]
		off := func(got, of quantity.Micro) *big.Rat {
			exact := new(big.Rat).Mul(big.NewRat(int64(of), int64(all)), big.NewRat(int64(q), 1))
			return exact.Abs(exact.Sub(exact, big.NewRat(int64(got), 1)))
		}
		if d := off(w.Originating, w.Ratio.Originating); d.Cmp(half) > 0 {
			t.Fatalf("%s originate, off by %s micro-units", w.Originating, d.FloatString(3))
		}
		got := map[[2]string]quantity.Micro{}
		for _, p := range w.Parts {
			got[[2]string{p.Source, string(p.Origin)}] = p.Quantity
		}
		for key, have := range pool {
			if d := off(got[key], have); d.Cmp(one) >= 0 || got[key] > have {
				t.Fatalf("%s of %s %s are taken, off by %s micro-units", got[key], have, strings.Join(key[:], " "), d.FloatString(3))
			}
		}
	})
}

// TestPeriods compares averages over months with the formulas of the regulations, in fractions that are never rounded.
func TestPeriods(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := rapid.SampledFrom([]inventory.Options{exactMonthly, {Policy: netCost.Policy}}).Draw(t, "options")
		lines := anyLines(t, exactMonthly)
		month := func(l inventory.Line) int { return l.Time.Year()*12 + int(l.Time.Month()) }
		for i := range lines {
			lines[i].Quantity *= 1_000_000 // next to which the rounding of micro-units is nothing
		}
		r, err := inventory.Run(lines, o)
		fineIn(t, err)

		number := func(m quantity.Micro) *big.Rat { return big.NewRat(int64(m), 1) }
		open, all, stock := new(big.Rat), number(lines[0].Quantity), number(lines[0].Quantity) // the opening is N
		before, i := new(big.Rat), 0
		for m := month(lines[0]); m <= month(lines[len(lines)-1]); m++ {
			var out []inventory.Line
			for _, l := range lines[1:] {
				switch {
				case month(l) != m:
				case l.Kind == inventory.KindWithdrawal:
					out = append(out, l)
					stock.Sub(stock, number(l.Quantity))
				default:
					all.Add(all, number(l.Quantity))
					stock.Add(stock, number(l.Quantity))
					if l.Origin == inventory.Originating {
						open.Add(open, number(l.Quantity))
					}
				}
			}
			ratio := new(big.Rat)
			if all.Sign() > 0 {
				ratio.Quo(open, all)
			}
			applied := before
			if o.NetCost {
				applied = ratio
			}
			for _, l := range out {
				want, _ := new(big.Rat).Mul(applied, number(l.Quantity)).Float64()
				if got := float64(r.Withdrawals[i].Originating); got < want-1e-4*float64(l.Quantity)-1 || got > want+1e-4*float64(l.Quantity)+1 {
					t.Fatalf("withdrawal %s: %.0f originate, want %.0f", l.Moment, got, want)
				}
				i++
			}
			before, open, all = ratio, new(big.Rat).Mul(ratio, stock), new(big.Rat).Set(stock)
		}
		if i != len(r.Withdrawals) {
			t.Fatalf("%d withdrawals, want %d", len(r.Withdrawals), i)
		}
	})
}

// TestSourcesDoNotChangeOrigin: how finely the sources are named does not change what originates.
func TestSourcesDoNotChangeOrigin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyOptions(t)
		if o.Method == inventory.Specific {
			o = exactMonthly
		}
		lines := anyLines(t, exactMonthly)
		if o.Rounding.Quantity != inventory.Exact {
			o.Rounding.Quantity = inventory.Exact
		}
		a, err := inventory.Run(lines, o)
		fineIn(t, err)
		for i := range lines {
			lines[i].Source = ""
		}
		b, err := inventory.Run(lines, o)
		fineIn(t, err)
		for i, w := range a.Withdrawals {
			if w.Originating != b.Withdrawals[i].Originating {
				t.Fatalf("withdrawal %s: %s originate, %s without sources", w.Moment, w.Originating, b.Withdrawals[i].Originating)
			}
		}
	})
}

func fineIn(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
