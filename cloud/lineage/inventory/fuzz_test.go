package inventory_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/lineage/inventory"
	"github.com/gauger/gauger/metrology/quantity"
)

// FuzzRun books whatever bytes spell. It is refused at a line, or it conserves.
func FuzzRun(f *testing.F) {
	f.Add(uint8(0), uint8(0), uint8(1), []byte{3, 0, 200, 0, 0, 1, 100, 1, 1, 0, 50, 0})
	f.Add(uint8(2), uint8(3), uint8(4), []byte{0, 1, 200, 1, 1, 1, 100, 0, 2, 0, 150, 2, 31, 0, 255, 1, 2, 3, 100, 2})
	f.Add(uint8(4), uint8(1), uint8(12), []byte{3, 0, 9, 1, 90, 1, 100, 0, 2, 3, 7, 1, 255, 2, 7, 0, 1, 1, 50, 1})
	f.Add(uint8(6), uint8(0), uint8(7), []byte{0, 0, 255, 0, 0, 0, 255, 1, 1, 1, 255, 0, 1, 4, 255, 1})
	policies := []inventory.Policy{
		fifo.Policy, lifo.Policy, perShipment.Policy, netCost.Policy, monthly.Policy, specific.Policy,
		{Method: inventory.Average, Basis: inventory.Materials, Period: inventory.Quarter},
	}
	f.Fuzz(func(t *testing.T, policy, decimals, month uint8, data []byte) {
		o := inventory.Options{Policy: policies[int(policy)%len(policies)], Calendar: inventory.Calendar{First: time.Month(month)}}
		if decimals > 0 {
			d := inventory.Places(decimals - 1)
			o.Rounding = inventory.Rounding{Ratio: d, Quantity: d, Cost: d, UnitVNM: d}
		}
		var lines []inventory.Line
		at := inventory.Moment{Time: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)}
		for ; len(data) >= 4 && len(lines) < 200; data = data[4:] {
			at.Time, at.Seq = at.Time.AddDate(0, 0, int(data[0])), at.Seq+1
			l := inventory.Line{Moment: at, Kind: inventory.KindReceipt, Origin: inventory.NonOriginating}
			l.Quantity = quantity.Micro(data[2]) << (data[3] >> 2)
			if data[3]&1 > 0 {
				l.Origin = inventory.Originating
			}
			switch data[1] % 8 {
			case 0:
				l.Kind = inventory.KindWithdrawal
				if o.Method != inventory.Specific {
					l.Origin = ""
				}
			case 1:
				cost := l.Quantity
				l.UnitCost = &cost
			case 2:
				l.Source = string(data[3:4])
			case 3:
				l.Kind = inventory.KindOpening
			case 4:
				l.Kind, l.Origin = inventory.KindOpening, ""
			}
			lines = append(lines, l)
		}
		r, err := inventory.Run(lines, o)
		var line *inventory.LineError
		switch {
		case err == nil:
			conserved(t, lines, r)
		case errors.Is(err, quantity.ErrOverflow): // the value of what is left, which is no line's
		case o.Valid() == nil && !errors.As(err, &line):
			t.Fatalf("error %v names no line", err)
		}
	})
}

// FuzzDecimals reads what it prints, and refuses the rest.
func FuzzDecimals(f *testing.F) {
	for _, s := range []string{"exact", "0", "12", "13", "1e1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var d, again inventory.Decimals
		if d.UnmarshalText([]byte(s)) != nil {
			return
		}
		if err := again.UnmarshalText([]byte(d.String())); err != nil || again != d {
			t.Fatalf("%q is %s, which is %s, %v", s, d, again, err)
		}
	})
}

// BenchmarkRun books a year of hourly receipts and withdrawals from twenty sources.
func BenchmarkRun(b *testing.B) {
	for _, o := range []inventory.Options{fifo, lifo, {Policy: perShipment.Policy}, exactMonthly} {
		b.Run(o.Policy.String(), func(b *testing.B) {
			lines := []inventory.Line{{Moment: inventory.Moment{Time: day(b, "2021-01-01")}, Kind: inventory.KindOpening, Quantity: 5e12, Origin: "N"}}
			for i := range 8760 {
				at := inventory.Moment{Time: day(b, "2021-01-01").Add(time.Duration(i) * time.Hour), Seq: 1}
				in := inventory.Line{Moment: at, Kind: inventory.KindReceipt, Quantity: 2e9, Origin: "O", Source: fmt.Sprintf("lease %d", i%20)}
				if i%7 == 0 {
					in.Origin = "N"
				}
				at.Seq = 2
				lines = append(lines, in, inventory.Line{Moment: at, Kind: inventory.KindWithdrawal, Quantity: 2e9})
			}
			for b.Loop() {
				if _, err := inventory.Run(lines, o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
