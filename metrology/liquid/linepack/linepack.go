// Package linepack computes how much liquid a pipeline holds, as standard volume, and how that changes while nothing leaks: a line that
// warms or is let down in pressure gives off liquid that no meter took from anybody, and a balance that leaves it out never closes.
package linepack

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/steel"
)

// Method is the method that results of this package name. The equation is from memory: geometry, the factors of MPMS 11.1, and steel that
// grows across but, being held by the ground, not along.
const Method = "line pack V = A L x CTL x CPL x (1 + 2 a dT) x (1 + P D/(E t)) (equation unverified); " + liquid.Method11_1 + "; " + steel.Method

// Rounding is what a line pack rounds.
const Rounding = "volumes to the millionth, nothing before"

// Segment is a piece of pipeline with one liquid, near enough one temperature and pressure, and one pipe.
type Segment struct {
	Name   string
	Length float64        // m, 0.001 to 1e7
	Inner  float64        // inner diameter, m, at the reference temperature and 0 gauge; 0.01 to 3
	Wall   float64        // wall thickness, m
	Steel  steel.Material // mild steel for line pipe
}

// State is what the segment holds at one time. A long segment has the means of its ends.
type State struct {
	Group   liquid.Group
	RhoBase float64            // density at the reference conditions, kg/m3
	T       liquid.Temperature // mean of the liquid, which its pipe shares
	P       liquid.Pressure    // mean, gauge
}

// Pack is what a segment holds.
type Pack struct {
	Method   string
	Rounding string
	Segment  Segment
	State    State
	Basis    quantity.Basis

	Geometric float64        // volume of the empty segment at the reference temperature and 0 gauge, m3
	CTS, CPS  float64        // of the pipe: cross section by temperature, volume by pressure
	Liquid    liquid.Factors // unrounded
	Volume    quantity.Micro // standard volume on the basis: Geometric x CTS x CPS x CTL x CPL
}

// Fill returns what a segment holds, on a basis in m3 or bbl. It refuses what liquid.FromBase, steel.CTS and steel.CPS refuse, and
// segments that are no pipe.
func Fill(s Segment, at State, basis quantity.Basis) (Pack, error) {
	p, err := fill(s, at, basis)
	if err != nil {
		return Pack{}, fmt.Errorf("line pack of segment %q: %w", s.Name, err)
	}
	return p, nil
}

func fill(s Segment, at State, basis quantity.Basis) (p Pack, err error) {
	if !(s.Length >= 0.001 && s.Length <= 1e7) {
		return p, &quantity.RangeError{Quantity: "length", Value: s.Length, Min: 0.001, Max: 1e7, Unit: "m"}
	}
	if !(s.Inner >= 0.01 && s.Inner <= 3) {
		return p, &quantity.RangeError{Quantity: "inner diameter", Value: s.Inner, Min: 0.01, Max: 3, Unit: "m"}
	}
	p = Pack{Method: Method, Rounding: Rounding, Segment: s, State: at, Basis: basis, Geometric: math.Pi / 4 * s.Inner * s.Inner * s.Length}
	if p.Liquid, err = liquid.FromBase(at.Group, at.RhoBase, basis.Reference, at.T, at.P); err != nil {
		return p, err
	}
	base, err := liquid.BaseTemperature(basis.Reference)
	if err != nil {
		return p, err
	}
	if p.CTS, err = steel.CTS(at.T.Fahrenheit()-base.Fahrenheit(), s.Steel.PerF.Area); err != nil {
		return p, err
	}
	if p.CPS, err = steel.CPS(at.P.Psi(), s.Inner, s.Wall, s.Steel.Elasticity); err != nil {
		return p, err
	}
	volume := p.Geometric * p.CTS * p.CPS * p.Liquid.CTPL
	switch basis.Unit {
	case quantity.CubicMetre:
	case quantity.Barrel:
		volume /= cubicMetresPerBarrel
	default:
		return p, fmt.Errorf("volumes are in %s or %s, not %q", quantity.CubicMetre, quantity.Barrel, string(basis.Unit))
	}
	p.Volume, err = quantity.FromFloat(volume)
	return p, err
}

const cubicMetresPerBarrel = 0.158987294928

// Change is how the pack of a line changed over an interval.
type Change struct {
	Method   string
	Rounding string
	Basis    quantity.Basis

	Before, After quantity.Micro // sums over the segments
	Volume        quantity.Micro // After - Before: positive is liquid that stayed in the line
}

// Between returns how the pack of a line changed: the segments before, and the same segments after. It refuses segments that are not the
// same, or not on one basis.
func Between(before, after []Pack) (Change, error) {
	if len(before) == 0 || len(before) != len(after) {
		return Change{}, fmt.Errorf("line pack: %d segments before, %d after", len(before), len(after))
	}
	c := Change{Method: Method, Rounding: Rounding, Basis: before[0].Basis}
	for i, b := range before {
		a := after[i]
		if b.Segment != a.Segment || b.Basis != c.Basis || a.Basis != c.Basis {
			return Change{}, fmt.Errorf("line pack: segment %q on %s before is %q on %s after", b.Segment.Name, b.Basis, a.Segment.Name, a.Basis)
		}
		var err1, err2 error
		c.Before, err1 = c.Before.Add(b.Volume)
		c.After, err2 = c.After.Add(a.Volume)
		if err1 != nil || err2 != nil {
			return Change{}, fmt.Errorf("line pack: %w", quantity.ErrOverflow)
		}
	}
	var err error
	if c.Volume, err = c.After.Sub(c.Before); err != nil {
		return Change{}, fmt.Errorf("line pack: %w", err)
	}
	return c, nil
}
