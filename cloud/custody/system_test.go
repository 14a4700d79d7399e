package custody_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/uncertainty"
)

// aMonth runs two streams for some days: every day 10,000 come into one, it passes into the other, and 9,000 leave there.
// Their gauges find what off says of each day, beyond or below the books, in the second stream.
func aMonth(t *testing.T, off []string) (*desk, []int64) {
	d := newStreams(t)
	for _, point := range []string{"IN", "OUT"} {
		d.state(carrier, func(e *custody.Event) {
			e.Installation = &custody.Installation{Point: point, Uncertainty: custodytest.Factor("0.20")}
		})
	}
	d.ship("LSB", "fill", carrier, "5000")
	d.ship("MSB", "fill", carrier, "50000")
	instants := []int64{custodytest.At(2, 0, 0)}
	for day, found := range off {
		d.day = day + 1
		d.measure(carrier, custodytest.Metering{Point: "IN", From: alpha, To: carrier, GSV: custodytest.Units("10000")}, func(e *custody.Event) {
			e.Receipt = &custody.Receipt{Pool: "LSB", Source: "field", Shipper: alpha}
		})
		d.state(carrier, func(e *custody.Event) {
			e.Withdrawal = &custody.Withdrawal{
				Pool: "LSB", Shipper: alpha, ToPool: "MSB", ToShipper: alpha, Stated: &custody.Bulk{Volume: custodytest.Units("10000"), Basis: quantity.Metric},
			}
		})
		lot := fmt.Sprintf("L-%d", day)
		d.measure(carrier, custodytest.Metering{Point: "OUT", Batch: lot, From: carrier, To: beta, GSV: custodytest.Units("9000")}, func(e *custody.Event) {
			e.Withdrawal = &custody.Withdrawal{Pool: "MSB", Shipper: alpha, To: beta, Lot: lot, Place: "Clearbrook"}
		})
		p, err := d.Pool("MSB")
		fine(t, err)
		d.state(carrier, func(e *custody.Event) {
			e.Gauging = &custody.Gauging{Pool: "MSB", Volume: p.Volume + custodytest.Units(found), Basis: quantity.Metric}
		})
		instants = append(instants, custodytest.At(3+day, 0, 0))
	}
	return d, instants
}

var both = custody.System{Name: "system", Pools: []string{"LSB", "MSB"}}

// days makes the figures of a number of days, the last of which is another.
func days(n int, last string) []string {
	off := make([]string, n)
	for i := range off {
		off[i] = []string{"2", "-3", "1", "-1", "3", "-2"}[i%6]
	}
	off[n-1] = last
	return off
}

// TestSystemBalance: what passes between the pools of a system cancels out, and its over and short is set against its meters.
func TestSystemBalance(t *testing.T) {
	d, instants := aMonth(t, days(3, "-60"))
	b, err := d.SystemBalance(both, instants[0], instants[3])
	fine(t, err)
	same(t, "receipts", b.Receipts.String(), "30000")
	same(t, "deliveries", b.Deliveries.String(), "27000")
	same(t, "over and short", b.OverShort.String(), "-61")
	same(t, "opening", b.Opening.String(), "55000")
	same(t, "closing", b.Closing.String(), "57939")
	same(t, "percent", b.Percent.String(), "-0.2033")
	// One meter in, one out, three times each: they err together, 30 and 27 (k = 1); 61 over the root of 900 and 729.
	same(t, "z", b.Z.String(), "1.51")
	if b.Level != uncertainty.Noise || b.Method != uncertainty.MethodCommonMeters {
		t.Errorf("level is %q by %s", b.Level, b.Method)
	}
	one, err := d.PoolBalance("MSB", instants[0], instants[3])
	fine(t, err)
	if one.Z != nil {
		t.Errorf("z of a stream is %s, and what it was stored from was not metered", one.Z)
	}
	for name, s := range map[string]custody.System{
		"no pools": {}, "an unknown pool": {Pools: []string{"X"}}, "two bases": {Pools: []string{"LSB", "B"}},
	} {
		if name == "two bases" {
			d.state(carrier, func(e *custody.Event) {
				e.Pool = &custody.Pool{ID: "B", Kind: custody.Stream, Basis: quantity.Customary, Keeper: carrier, Method: custody.Average}
			})
		}
		if _, err := d.SystemBalance(s, 0, 1); err == nil {
			t.Errorf("%s have a balance", name)
		}
	}
	if _, err := d.SystemSeries(both, 2, 1); err == nil {
		t.Error("a series runs backwards")
	}
}

// TestSystemFindings: a day that stands out, by what meters can tell or by the system's own history, and a slow drift are found.
func TestSystemFindings(t *testing.T) {
	drift := make([]string, 14)
	for i := range drift {
		drift[i] = []string{"-20", "-14", "-17"}[i%3]
	}
	for _, tc := range []struct {
		name string
		off  []string
		want map[string]int // finding to its day, counted from 1
	}{
		{"an ordinary month", days(12, "2"), nil},
		{"a day beyond its history", days(12, "25"), map[string]int{custody.BeyondHistory: 12}},
		{"a day beyond the meters", days(4, "-60"), map[string]int{custody.BeyondMeters: 4}},
		{"a drift", drift, map[string]int{custody.Drifting: 7}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d, instants := aMonth(t, tc.off)
			s, err := d.SystemSeries(both, instants...)
			fine(t, err)
			if len(s.Balances) != len(tc.off) {
				t.Errorf("%d balances of %d days", len(s.Balances), len(tc.off))
			}
			got := map[string]int{}
			for _, f := range s.Findings {
				for i, from := range instants {
					if f.From == from && got[f.What] == 0 {
						got[f.What] = i + 1
					}
				}
				if f.Method == "" || f.Since < 1 || f.Sigmas == 0 {
					t.Errorf("finding is %+v", f)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(tc.want) && len(got)+len(tc.want) > 0 {
				t.Errorf("findings are %v, want %v", got, tc.want)
			}
		})
	}
}

// TestSegmentBalances: each segment of a line bears what its own two meters differ by.
func TestSegmentBalances(t *testing.T) {
	l := fold(t, custodytest.Story())
	s, err := l.SegmentBalances(custodytest.LineName, 0, custodytest.At(31, 0, 0))
	fine(t, err)
	same(t, "to the border", strings.TrimSpace(fmt.Sprintln(s[0].Batches, s[0].OverShort, s[0].Z, s[0].Level)), "2 -10.76 0.41 within uncertainty")
	same(t, "to Patoka", strings.TrimSpace(fmt.Sprintln(s[1].Batches, s[1].OverShort.Decimal(2), s[1].Z, s[1].From)), "1 -10.55 0.43 Haskett")
	none, err := l.SegmentBalances(custodytest.LineName, 0, 1)
	fine(t, err)
	if none[0].Batches != 0 || none[0].Z != nil {
		t.Errorf("before the first batch: %+v", none[0])
	}
	if _, err := l.SegmentBalances("T-14", 0, 1); err == nil {
		t.Error("a tank has segments")
	}
}

// TestSeriesIsItsBalances: however a time is parted, in any small network, the series of a pool is the balances of its parts, each
// closes, and together they come to what the pool holds.
func TestSeriesIsItsBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := custody.NewLedger()
		for _, s := range custodytest.Network(t) {
			_ = l.Apply(s.Event, s.Ticket) // some are refused
		}
		movements := l.Movements(0)
		instants := []int64{0, math.MaxInt64}
		for range rapid.IntRange(0, 6).Draw(t, "instants") {
			if len(movements) > 0 {
				at := movements[rapid.IntRange(0, len(movements)-1).Draw(t, "movement")].At
				instants = append(instants, at+rapid.Int64Range(0, 1).Draw(t, "after"))
			}
		}
		slices.Sort(instants)
		for _, id := range l.Pools() {
			system := custody.System{Name: id, Pools: []string{id}}
			series, err := l.SystemSeries(system, instants...)
			fine(t, err)
			holds := quantity.Micro(0)
			for i, b := range series.Balances {
				one, err := l.SystemBalance(system, instants[i], instants[i+1])
				fine(t, err)
				if diff := cmp.Diff(one, b); diff != "" {
					t.Fatalf("%s from %d to %d (-alone +in the series):\n%s", id, b.From, b.To, diff)
				}
				if b.Opening != holds || b.Closing != b.Opening+b.Receipts-b.Deliveries-b.Deductions+b.OverShort+b.Adjustments {
					t.Fatalf("%s held %s and does not close: %+v", id, holds, b)
				}
				holds = b.Closing
			}
			if p, err := l.Pool(id); err != nil || p.Volume != holds {
				t.Fatalf("%s holds %s by its balances, %s by itself: %v", id, holds, p.Volume, err)
			}
		}
	})
}
