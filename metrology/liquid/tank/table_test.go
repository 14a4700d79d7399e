package tank

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

const unit = quantity.PerUnit

// strapping is the table of a small tank, mm and m3, with a bottom that holds something below the datum plate.
func strapping(t *testing.T) *Table {
	t.Helper()
	table, err := NewTable(Innage, []Point{{0, 1_200_000}, {100 * unit, 3_300_000}, {250 * unit, 6_000_001}, {250_500_000, 6_000_001}, {1000 * unit, 20 * unit}})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// TestVolume: on the points, between them, and not beyond.
func TestVolume(t *testing.T) {
	table := strapping(t)
	for _, tc := range []struct {
		level quantity.Micro
		want  string // empty: refused
	}{
		{0, "1.2"}, {100 * unit, "3.3"}, {1000 * unit, "20"},
		{50 * unit, "2.25"},       // half way
		{1, "1.2"},                // a nanometre: 0.021 millionths, down
		{24, "1.200001"},          // 0.504 millionths, up
		{175 * unit, "4.650001"},  // half of 2.700001 is 1.3500005: half up
		{250_200_000, "6.000001"}, // a piece without volume
		{-1, ""}, {1000*unit + 1, ""},
	} {
		got, err := table.Volume(tc.level)
		var out *quantity.RangeError
		if tc.want == "" {
			if !errors.As(err, &out) || out.Quantity != "innage" {
				t.Errorf("level %s: %s, %v; want it out of range", tc.level, got, err)
			}
		} else if err != nil || got.String() != tc.want {
			t.Errorf("level %s: %s, %v; want %s", tc.level, got, err, tc.want)
		}
	}
	if got, err := (*Table)(nil).Volume(0); err == nil {
		t.Errorf("no table holds %s", got)
	}
	if got, err := (&Table{}).Volume(0); err == nil {
		t.Errorf("an empty table holds %s", got)
	}
}

// TestUllage: a table by ullage falls.
func TestUllage(t *testing.T) {
	table, err := NewTable(Ullage, []Point{{0, 500 * unit}, {10 * unit, 100 * unit}, {12 * unit, 0}})
	if err != nil {
		t.Fatal(err)
	}
	for level, want := range map[quantity.Micro]string{0: "500", 2_500_000: "400", 11 * unit: "50", 12 * unit: "0"} {
		if got, err := table.Volume(level); err != nil || got.String() != want || table.Gauge() != Ullage {
			t.Errorf("ullage %s: %s, %v; want %s", level, got, err, want)
		}
	}
}

// TestNewTableRefuses: what is no table.
func TestNewTableRefuses(t *testing.T) {
	for _, tc := range []struct {
		name    string
		gauge   Gauge
		points  []Point
		message string
	}{
		{"no gauge", "", []Point{{0, 0}, {1, 1}}, "neither"},
		{"no points", Innage, nil, "0 points"},
		{"one point", Innage, []Point{{0, 0}}, "1 points"},
		{"too many", Innage, make([]Point, MostPoints+1), "100001 points"},
		{"not sorted", Innage, []Point{{1, 0}, {0, 1}}, "sort the points"},
		{"twice", Innage, []Point{{1, 0}, {1, 1}}, "sort the points"},
		{"falling innage", Innage, []Point{{0, 1}, {1, 0}}, "by innage: volume goes"},
		{"rising ullage", Ullage, []Point{{0, 0}, {1, 1}}, "by ullage: volume goes"},
		{"negative volume", Innage, []Point{{0, -1}, {1, 1}}, "negative"},
		{"level without end", Innage, []Point{{0, 0}, {math.MaxInt64, 1}}, "beyond all tanks"},
		{"level without bottom", Innage, []Point{{math.MinInt64, 0}, {0, 1}}, "beyond all tanks"},
	} {
		if table, err := NewTable(tc.gauge, tc.points); err == nil || !strings.Contains(err.Error(), tc.message) {
			t.Errorf("%s: %v, %v; want a refusal that says %q", tc.name, table, err, tc.message)
		}
	}
	points := []Point{{0, 0}, {1, 1}}
	table, err := NewTable(Innage, points)
	points[1].Volume = 5
	if got, err2 := table.Volume(1); got != 1 || errors.Join(err, err2) != nil {
		t.Errorf("a table changes with the points it was made of: %d", got)
	}
}

// anyTable draws a table and the points it is made of.
func anyTable(t *rapid.T) (*Table, []Point) {
	n := rapid.IntRange(2, 12).Draw(t, "n")
	points := make([]Point, n)
	level, volume := rapid.Int64Range(-1e9, 1e9).Draw(t, "first"), rapid.Int64Range(0, math.MaxInt64/2).Draw(t, "bottom")
	for i := range points {
		points[i] = Point{quantity.Micro(level), quantity.Micro(volume)}
		level += rapid.Int64Range(1, 1e12).Draw(t, "rise")
		volume += rapid.Int64Range(0, math.MaxInt64/32).Draw(t, "strip")
	}
	gauge := rapid.SampledFrom([]Gauge{Innage, Ullage}).Draw(t, "gauge")
	if gauge == Ullage {
		for i := range n / 2 {
			points[i].Volume, points[n-1-i].Volume = points[n-1-i].Volume, points[i].Volume
		}
	}
	table, err := NewTable(gauge, points)
	if err != nil {
		t.Fatal(err)
	}
	return table, points
}

// TestInterpolation: exact to half a millionth by rational arithmetic, and monotone.
func TestInterpolation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table, points := anyTable(t)
		level := rapid.Int64Range(int64(points[0].Level), int64(points[len(points)-1].Level)).Draw(t, "level")
		got, err := table.Volume(quantity.Micro(level))
		if err != nil {
			t.Fatal(err)
		}
		i := min(len(points)-2, slices.IndexFunc(append(slices.Clone(points[1:]), Point{Level: math.MaxInt64}), func(p Point) bool { return int64(p.Level) >= level }))
		a, b := points[i], points[i+1]
		want := big.NewRat(int64(b.Volume)-int64(a.Volume), int64(b.Level)-int64(a.Level))
		want.Mul(want, new(big.Rat).SetInt64(level-int64(a.Level))).Add(want, new(big.Rat).SetInt64(int64(a.Volume)))
		off, _ := want.Sub(want, new(big.Rat).SetInt64(int64(got))).Float64()
		if math.Abs(off) > 0.5 {
			t.Fatalf("level %d between %+v and %+v: %d is off by %v", level, a, b, got, off)
		}
	})
}

// TestVolumeAllocates nothing: a tank farm is polled every second.
func TestVolumeAllocates(t *testing.T) {
	table := strapping(t)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := table.Volume(333_333_333); err != nil {
			t.Error(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// FuzzTable: no table and level panic, and the volume lies within the table.
func FuzzTable(f *testing.F) {
	f.Add(int64(0), int64(0), int64(1e9), int64(1e12), int64(5e8), false)
	f.Add(int64(math.MinInt64), int64(-1), int64(math.MaxInt64), int64(math.MaxInt64), int64(0), true)
	f.Add(int64(0), int64(math.MaxInt64), int64(1e15), int64(0), int64(1), true)
	f.Fuzz(func(t *testing.T, l0, v0, l1, v1, level int64, ullage bool) {
		gauge := Innage
		if ullage {
			gauge = Ullage
		}
		table, err := NewTable(gauge, []Point{{quantity.Micro(l0), quantity.Micro(v0)}, {quantity.Micro(l1), quantity.Micro(v1)}})
		if err != nil {
			return
		}
		got, err := table.Volume(quantity.Micro(level))
		if err == nil && (int64(got) < min(v0, v1) || int64(got) > max(v0, v1)) {
			t.Errorf("level %d in %d to %d holds %d, outside %d to %d", level, l0, l1, got, v0, v1)
		}
	})
}

// TestWedge: a compartment of 20 m by 10 m, trimmed by 2 m in 100 m, gauged 2 m from the aft bulkhead at 15 m height. The tape meets the
// bottom 0.30 m further aft; a sounding of 0.10 m is 0.134 m at the bulkhead, reaching 6.7 m forward: 0.134 x 6.7/2 x 10 m3.
func TestWedge(t *testing.T) {
	box, err := NewTable(Innage, []Point{{0, 0}, {15 * unit, 3000 * unit}})
	if err != nil {
		t.Fatal(err)
	}
	good := Wedge{Trim: 2, Length: 100, Tank: 20, Reference: 15, Aft: 2, Sounding: 0.10}
	if got, err := good.Volume(box); err != nil || math.Abs(got.Float()-0.134*6.7/2*10) > 1e-4 {
		t.Errorf("wedge of %s m3, %v; want 4.489", got, err)
	}
	for _, tc := range []struct {
		name    string
		change  func(*Wedge)
		message string
	}{
		{"even keel", func(w *Wedge) { w.Trim = 0 }, "trim by the stern"},
		{"by the head", func(w *Wedge) { w.Trim = -1 }, "trim by the stern"},
		{"sinking", func(w *Wedge) { w.Trim = 11 }, "trim by the stern"},
		{"inside out", func(w *Wedge) { w.Trim, w.Length = -2, -100 }, "trim by the stern"},
		{"trim NaN", func(w *Wedge) { w.Trim = math.NaN() }, "trim by the stern"},
		{"no compartment", func(w *Wedge) { w.Tank = 0 }, "is none"},
		{"gauged outside", func(w *Wedge) { w.Aft = 21 }, "is none"},
		{"sounding NaN", func(w *Wedge) { w.Sounding = math.NaN() }, "is none"},
		{"endless", func(w *Wedge) { w.Tank, w.Reference = math.Inf(1), math.Inf(1) }, "reach of the wedge"},
		{"no wedge", func(w *Wedge) { w.Sounding = 1 }, "reach of the wedge"},
		{"dry", func(w *Wedge) { w.Sounding, w.Aft = 0, 0 }, "reach of the wedge"},
	} {
		w := good
		tc.change(&w)
		if got, err := w.Volume(box); err == nil || !strings.Contains(err.Error(), tc.message) {
			t.Errorf("%s: %s, %v; want a refusal that says %q", tc.name, got, err, tc.message)
		}
	}
	if _, err := good.Volume(nil); err == nil {
		t.Error("a wedge without a table")
	}
	high, err := NewTable(Innage, []Point{{1 * unit, 0}, {15 * unit, 3000 * unit}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := good.Volume(high); err == nil || !strings.Contains(err.Error(), "at half its depth") {
		t.Errorf("below the table: %v", err)
	}
}

// TestWedgeIsGeometry: in a box the formula is half depth times reach times breadth.
func TestWedgeIsGeometry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := Wedge{
			Trim: rapid.Float64Range(0.5, 5).Draw(t, "trim"), Length: 200, Tank: rapid.Float64Range(10, 40).Draw(t, "tank"), Reference: 20,
			Aft: rapid.Float64Range(1, 8).Draw(t, "aft"), Sounding: rapid.Float64Range(0, 0.5).Draw(t, "sounding"),
		}
		const breadth = 12
		capacity, err := quantity.FromFloat(w.Tank * breadth * 20)
		if err != nil {
			t.Fatal(err)
		}
		box, err := NewTable(Innage, []Point{{0, 0}, {20 * unit, capacity}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Volume(box)
		if err != nil {
			return // dry, or no wedge
		}
		f := w.Trim / w.Length
		depth := w.Sounding + (w.Aft-20*f)*f
		if want := depth * depth / f / 2 * breadth; math.Abs(got.Float()-want) > 1e-4+1e-5*want {
			t.Fatalf("wedge of %s m3, want %v", got, want)
		}
	})
}
