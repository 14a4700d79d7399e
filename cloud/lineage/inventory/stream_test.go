package inventory_test

import (
	"testing"

	"github.com/gauger/gauger/cloud/lineage/inventory"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestCommingledStream applies the average for goods to a real stream: monthly throughput of Enbridge at ex-Gretna in m3 (Canada
// Energy Regulator, open data), where "foreign light" is commingled with domestic grades. It stands for N here, for the
// arithmetic; much of it was produced in the United States. Flows are receipts, and nothing was in stock before.
func TestCommingledStream(t *testing.T) {
	cut := monthly
	for _, tt := range []struct {
		name                        string
		domestic, foreign, next     string
		o                           inventory.Options
		originating, nonOriginating string // with one decimal
		ratio                       string
	}{
		{"light pool, exact", "3341800", "558000", "3708000", exactMonthly, "3177443.6", "530556.4", "0.856915739"},
		{"light pool, ratio with three decimals", "3341800", "558000", "3708000", cut, "3177756.0", "530244.0", "0.857"},
		{"all grades, exact", "10078100", "558000", "10518000", exactMonthly, "9966195.9", "551804.1", "0.947537161"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := run(t, books(t, [][5]string{
				{"2016-05-31", "receipt", tt.domestic, "O", ""}, {"2016-05-31", "receipt", tt.foreign, "N", ""}, {"2016-06-30", "withdrawal", tt.next, "", ""},
			}), tt.o)
			w := r.Withdrawals[0]
			if w.Originating.Decimal(1) != tt.originating || w.NonOriginating.Decimal(1) != tt.nonOriginating || w.Ratio.Applied != tt.ratio {
				t.Errorf("%s O, %s N by %s, want %s, %s by %s", w.Originating, w.NonOriginating, w.Ratio.Applied, tt.originating, tt.nonOriginating, tt.ratio)
			}
		})
	}
}

// TestRatioLags: by September's ratio October's light oil is 1.76 % foreign, while 3.80 % of what came in was.
func TestRatioLags(t *testing.T) {
	r := run(t, books(t, [][5]string{
		{"2023-09-30", "receipt", "4506267", "O", ""}, {"2023-09-30", "receipt", "80604", "N", ""},
		{"2023-10-31", "receipt", "4753834.5", "O", ""}, {"2023-10-31", "receipt", "187863.1", "N", ""},
		{"2023-10-31", "withdrawal", "4941697.6", "", ""}, {"2023-11-01", "withdrawal", "4586871", "", ""},
	}), exactMonthly)
	for i, want := range []string{"1.7573", "2.8175"} { // of September; of September's stock and October's receipts
		w := r.Withdrawals[i]
		got, err := w.NonOriginating.Ratio(100*quantity.PerUnit, int64(w.Quantity))
		if err != nil {
			t.Fatal(err)
		}
		if got.Decimal(4) != want {
			t.Errorf("withdrawal of %s is %s %% non-originating, want %s", w.Moment, got.Decimal(4), want)
		}
	}
}
