package throughput_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/throughput"
	"github.com/gauger/gauger/metrology/quantity"
)

// rat returns an amount of whole units as a fraction.
func rat(m quantity.Micro) *big.Rat { return big.NewRat(int64(m), quantity.PerUnit) }

// checkFlow recomputes a flow from what it records, in fractions.
func checkFlow(t interface{ Errorf(string, ...any) }, f throughput.Flow, byDay bool) {
	half := big.NewRat(1, 2*quantity.PerUnit)
	near := func(what string, got quantity.Micro, want, within *big.Rat) {
		if diff := new(big.Rat).Sub(rat(got), want); diff.Abs(diff).Cmp(within) > 0 {
			t.Errorf("%s of %+v is %s, want %s", what, f, got, want.FloatString(9))
		}
	}
	rate, _ := new(big.Rat).SetString(f.Rate.String())
	want, within := rate.Mul(rate, big.NewRat(int64(1000*f.Days), 1)), half
	if byDay {
		within = new(big.Rat).Mul(half, big.NewRat(int64(f.Days), 1)) // the rate is what was rounded
	}
	near("m3", f.Volume, want, within)
	if f.Days < 1 || f.Days > f.OfDays || !byDay && f.Days != f.OfDays || f.OfDays != f.Month.Days() {
		t.Errorf("%+v has %d of %d days", f, f.Days, f.OfDays)
	}
	if (f.Barrels == nil) != (f.Commodity == throughput.Gas) || (f.Barrels == nil) != (f.BarrelsPerDay == nil) {
		t.Errorf("barrels of %+v", f)
	}
	if f.Barrels != nil {
		near("barrels", *f.Barrels, new(big.Rat).Quo(rat(f.Volume), big.NewRat(158_987_294_928, 1_000_000_000_000)), half)
		near("barrels per day", *f.BarrelsPerDay, new(big.Rat).Quo(rat(*f.Barrels), big.NewRat(int64(f.Days), 1)), half)
	}
}

func drawFile(t *rapid.T) (header string, rows []string) {
	seen := map[string]bool{}
	for range rapid.IntRange(1, 40).Draw(t, "rows") {
		key := fmt.Sprintf("20%02d-%02d-01,P,%s,%s,%s", rapid.IntRange(0, 2).Draw(t, "year"), rapid.IntRange(1, 12).Draw(t, "month"),
			rapid.SampledFrom([]string{"KP0020", "KP0016", "KP1"}).Draw(t, "point"), rapid.SampledFrom([]string{"east", "west"}).Draw(t, "direction"),
			rapid.SampledFrom([]string{"heavy", "light", `"a, b"`}).Draw(t, "product"))
		if seen[key] {
			continue
		}
		seen[key] = true
		rate := quantity.F(rapid.Int64Range(0, 999_999_999_999).Draw(t, "rate"), uint8(rapid.IntRange(6, 15).Draw(t, "decimals")))
		rows = append(rows, key+","+rate.String()+",\n")
	}
	return oilHeader, rows
}

func TestTotalsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		header, rows := drawFile(t)
		d := new(throughput.Data)
		if err := d.Read("f", strings.NewReader(header+strings.Join(rows, "")), false); err != nil {
			t.Fatal(err)
		}
		all, err := d.Flows(throughput.Filter{})
		if err != nil || len(all) != len(rows) {
			t.Fatalf("%d flows of %d rows: %v", len(all), len(rows), err)
		}
		totals, err := throughput.Totals(all)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			checkFlow(t, f, false)
		}
		for _, s := range totals {
			var sum quantity.Micro
			parts, months := 0, map[throughput.Month]bool{}
			for _, f := range all {
				if f.Stream == s.Stream && (s.Product == "" || s.Product == f.Product) && s.From.String() <= f.Month.String() && f.Month.String() <= s.To.String() {
					sum, parts, months[f.Month] = sum+f.Volume, parts+1, true
				}
			}
			if sum != s.Volume || parts < 2 || s.Months != len(months) || s.Months > s.Of {
				t.Fatalf("total %+v: its %d flows add up to %s", s, parts, sum)
			}
		}
		// The order of rows, and how they are spread over files, change nothing.
		rand.New(rand.NewPCG(1, uint64(len(rows)))).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		again, half := new(throughput.Data), len(rows)/2
		for _, part := range [][]string{rows[:half], rows[half:]} {
			if err := again.Read("f", strings.NewReader(header+strings.Join(part, "")), false); err != nil {
				t.Fatal(err)
			}
		}
		other, err := again.Flows(throughput.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range other {
			other[i].Line = all[i].Line
		}
		if diff := cmp.Diff(all, other); diff != "" {
			t.Fatal(diff)
		}
	})
}

// FuzzRead reads anything, strictly and leniently. What is read strictly is read leniently too, and to the same end.
func FuzzRead(f *testing.F) {
	f.Add([]byte(oilFile()))
	f.Add([]byte("\ufeff" + gasHeader + "2024-03-01,Alliance,KP0002,southeast,export,47261.1339,44500.9581\r\n"))
	f.Add([]byte(pointHeader + "KP0069,North,Suffield,50.701,\"110.481\n\",,\n"))
	f.Add([]byte(ownOilHeader + `2010-07-01,7,2010,C,Keystone pipeline,"International boundary at or near Haskett, Manitoba",,,south,export,a,1.5e-05,,,,,` + "\n"))
	f.Add([]byte(ownGasHeader + "2023-03-31,31,3,2023,C,Alliance pipeline,Border,,,southeast,export,,1.0000005,1\n"))
	f.Add([]byte(oilHeader + "\"x\n\n\"y,,,,\n2024-03-01,a,b,c,d,1e99,\n\"\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		strict, lenient := new(throughput.Data), new(throughput.Data)
		bad := strict.Read("f", strings.NewReader(string(b)), false)
		if err := lenient.Read("f", strings.NewReader(string(b)), true); err != nil {
			if bad == nil {
				t.Fatalf("only lenient reading refuses: %v", err)
			}
			return
		}
		file := lenient.Files[0]
		if file.Rows != file.Used+file.Passed+file.LeftOut || (file.LeftOut > 0) != (bad != nil) {
			t.Fatalf("%+v, strictly %v", file, bad)
		}
		all, err := lenient.Flows(throughput.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		if file.Kind != throughput.KeyPoints && !file.ByDay && len(all) != file.Used {
			t.Fatalf("%d flows of %d rows", len(all), file.Used)
		}
		for _, flow := range all {
			checkFlow(t, flow, file.ByDay)
		}
		if _, err := throughput.Totals(all); err != nil {
			t.Fatal(err)
		}
		if bad == nil {
			same, err := strict.Flows(throughput.Filter{})
			if diff := cmp.Diff(all, same); err != nil || diff != "" {
				t.Fatal(err, diff)
			}
		}
	})
}
