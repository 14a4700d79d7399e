package tank

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// Gauge says from where a level is measured.
type Gauge string

// The two ways to gauge a tank.
const (
	Innage Gauge = "innage" // from the bottom, or the datum plate, up to the liquid
	Ullage Gauge = "ullage" // from the reference point at the top down to the liquid; outage
)

// Point is a line of a capacity table. The unit of the level is that of the table; all its levels are in one.
type Point struct {
	Level, Volume quantity.Micro
}

// Table is the capacity (strapping) table of a tank or of a ship's compartment. It does not change once made.
type Table struct {
	gauge  Gauge
	points []Point // by rising level
}

// The limits of a Table.
const (
	MostPoints = 100_000
	mostLevel  = 1e9 * quantity.PerUnit
)

// NewTable returns a capacity table of 2 to 100,000 points, in the order of rising level. With the level the volume must rise, or, of a
// table by ullage, fall; it may stay. Volumes are not negative.
func NewTable(g Gauge, points []Point) (*Table, error) {
	if g != Innage && g != Ullage {
		return nil, fmt.Errorf("capacity table: gauge %q is neither %q nor %q", string(g), Innage, Ullage)
	}
	if len(points) < 2 || len(points) > MostPoints {
		return nil, fmt.Errorf("capacity table of %d points: 2 to %d are accepted", len(points), MostPoints)
	}
	for i, p := range points {
		if p.Volume < 0 || p.Level < -mostLevel || p.Level > mostLevel {
			return nil, fmt.Errorf("capacity table: volume %s at level %s is negative or the level beyond all tanks", p.Volume, p.Level)
		}
		if i == 0 {
			continue
		}
		last := points[i-1]
		if p.Level <= last.Level {
			return nil, fmt.Errorf("capacity table: level %s comes after %s; sort the points by level", p.Level, last.Level)
		}
		if p.Volume != last.Volume && (p.Volume < last.Volume) != (g == Ullage) {
			return nil, fmt.Errorf("capacity table by %s: volume goes from %s to %s between levels %s and %s", g, last.Volume, p.Volume, last.Level, p.Level)
		}
	}
	return &Table{gauge: g, points: slices.Clone(points)}, nil
}

// Gauge returns from where the levels of the table are measured.
func (t *Table) Gauge() Gauge { return t.gauge }

// Volume returns the volume up to a level, TOV of the level of the liquid and FW of that of the free water, interpolated between the two
// points around it and rounded once to the micro-unit. It refuses, with *quantity.RangeError, a level outside the table, which says
// nothing about what lies there.
func (t *Table) Volume(level quantity.Micro) (quantity.Micro, error) {
	if t == nil || len(t.points) == 0 {
		return 0, errors.New("capacity table: none; make one with NewTable")
	}
	first, last := t.points[0], t.points[len(t.points)-1]
	if level < first.Level || level > last.Level {
		return 0, &quantity.RangeError{
			Quantity: string(t.gauge), Value: level.Float(), Min: first.Level.Float(), Max: last.Level.Float(), Unit: "units of the capacity table",
		}
	}
	i, found := slices.BinarySearchFunc(t.points, level, func(p Point, l quantity.Micro) int { return cmp.Compare(p.Level, l) })
	if found {
		return t.points[i].Volume, nil
	}
	below, above := t.points[i-1], t.points[i]
	part, whole := uint64(level-below.Level), uint64(above.Level-below.Level)
	if above.Volume >= below.Volume {
		return below.Volume + share(uint64(above.Volume-below.Volume), part, whole), nil
	}
	return above.Volume + share(uint64(below.Volume-above.Volume), whole-part, whole), nil
}

// share returns amount x part/whole for part < whole, rounded half up.
func share(amount, part, whole uint64) quantity.Micro {
	high, low := bits.Mul64(amount, part)
	quotient, rest := bits.Div64(high, low, whole) // part < whole: the quotient is less than amount, which is an int64
	if rest >= whole-rest {
		quotient++
	}
	return quantity.Micro(quotient)
}

// Wedge is what lies in the aft end of a box-shaped compartment of a ship that is down by the stern: a heel too small to reach the
// forward bulkhead, so that the table, made for an even keel, does not hold. Lengths are in the unit of the table's levels.
type Wedge struct {
	Trim      float64 // draught aft less draught forward, in the unit of Length
	Length    float64 // of the ship between perpendiculars
	Tank      float64 // length of the compartment
	Reference float64 // height of the point that is gauged from
	Aft       float64 // distance of that point from the aft bulkhead
	Sounding  float64 // depth of the liquid there, along the tape
}

// MethodWedge names the wedge formula. It is the geometry of a box at a small angle, and what a public calculator for surveyors has.
const MethodWedge = "wedge of a box at small trim (geometry; API MPMS 17.4 unverified)"

// Volume returns the volume of the wedge by the table of the compartment, which must be one by innage:
//
//	F = trim/length between perpendiculars, A = sounding + (aft - reference x F) x F
//	volume = table(A/2) x A/(F x length of the compartment)
//
// A is the depth at the aft bulkhead: the tape hangs plumb and meets the bottom abaft the point it hangs from. It refuses a ship on
// even keel or down by the head, more than 0.1 of trim to length, and a liquid that reaches the forward bulkhead: there the table
// with its trim corrections holds.
func (w Wedge) Volume(t *Table) (quantity.Micro, error) {
	if t == nil || t.gauge != Innage {
		return 0, fmt.Errorf("wedge: the capacity table must be one by %s", Innage)
	}
	f := w.Trim / w.Length
	if !(f > 0 && f <= 0.1 && w.Length > 0) {
		return 0, &quantity.RangeError{Quantity: "trim by the stern", Value: f, Min: 0, Max: 0.1, Unit: "of the length between perpendiculars"}
	}
	if !(w.Tank > 0 && w.Reference > 0 && w.Aft >= 0 && w.Aft <= w.Tank && w.Sounding >= 0 && w.Sounding <= w.Reference) {
		return 0, fmt.Errorf("wedge: compartment of length %v, gauged at %v from the aft bulkhead with %v of %v, is none", w.Tank, w.Aft, w.Sounding, w.Reference)
	}
	depth := w.Sounding + (w.Aft-w.Reference*f)*f
	reach := depth / f
	if !(reach >= 0 && reach <= w.Tank) {
		return 0, &quantity.RangeError{Quantity: "reach of the wedge", Value: reach, Min: 0, Max: w.Tank, Unit: "forward of the aft bulkhead"}
	}
	level, err := quantity.FromFloat(depth / 2)
	if err != nil {
		return 0, fmt.Errorf("wedge: %w", err)
	}
	even, err := t.Volume(level)
	if err != nil {
		return 0, fmt.Errorf("wedge, at half its depth: %w", err)
	}
	return quantity.FromFloat(even.Float() * (reach / w.Tank))
}
