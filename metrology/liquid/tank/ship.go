package tank

import (
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// MethodVEF is the method of Experience. Its rules were read in a training handbook for cargo surveyors and in a public calculator that
// quote the standard.
const MethodVEF = "API MPMS 17.9/EI HM 49, primary method (rules via secondary sources)"

// Voyage is what a ship and the shore measured of one cargo, in one unit: of its loading for a VEF of loading, of its discharge for one
// of discharge. The two are not mixed.
type Voyage struct {
	ID      string
	TCV     quantity.Micro // of all compartments with the cargo aboard: GSV + FW, Contents.TCV
	OnBoard quantity.Micro // what is no part of the cargo: OBQ before loading, ROB after discharge
	Shore   quantity.Micro // TCV that the shore delivered or received
}

// Vessel returns the ship's figure of the cargo: TCV less OBQ or ROB.
func (v Voyage) Vessel() (quantity.Micro, error) {
	if v.OnBoard < 0 || v.TCV < v.OnBoard {
		return 0, fmt.Errorf("voyage %s: %s of OBQ or ROB in %s aboard: neither may be negative, nor the cargo", v.ID, v.OnBoard, v.TCV)
	}
	return v.TCV - v.OnBoard, nil
}

// Verdict says what became of a voyage in a VEF.
type Verdict string

// The verdicts.
const (
	Qualified  Verdict = "qualified"
	GrossError Verdict = "gross error: ratio outside 0.98 to 1.02"
	Outlier    Verdict = "more than 0.30 % from the mean ratio"
	TooOld     Verdict = "not among the last 20 voyages"
)

// Judged is a voyage as a VEF saw it.
type Judged struct {
	ID      string
	Ratio   quantity.Factor // ship's figure over the shore's, to 5 decimals
	Verdict Verdict
}

// Experience is a vessel experience factor and the voyages that it rests on.
type Experience struct {
	Method  string
	Mean    quantity.Factor // ratio of the sums of all voyages without gross error, to 5 decimals
	VEF     quantity.Factor // ratio of the sums of the qualified voyages, to 5 decimals
	Voyages []Judged        // in the order given
}

// The rules of a VEF.
const (
	LeastQualified = 5
	MostVoyages    = 20
)

// ratio returns a/b to five decimals, rounded half away from zero.
func ratio(a, b quantity.Micro) (quantity.Factor, error) {
	n, err := a.Ratio(100_000, int64(b))
	return quantity.F(int64(n), 5), err
}

// VesselExperience returns the VEF of a ship: of the last 20 voyages, those with a ratio outside 0.98 to 1.02 are left out as gross errors,
// then those more than 0.30 % from the mean ratio of the rest; of what remains, five voyages at least, the VEF is the ratio of the sums.
// Voyages come newest first, without the present one, those that the shore did not measure, and those before a change of the ship's
// tables.
func VesselExperience(voyages []Voyage) (Experience, error) {
	e := Experience{Method: MethodVEF, Voyages: make([]Judged, len(voyages))}
	for i, v := range voyages {
		vessel, err := v.Vessel()
		if err != nil {
			return Experience{}, err
		}
		if vessel == 0 || v.Shore <= 0 {
			return Experience{}, fmt.Errorf("voyage %s: cargo of %s by the ship and %s by the shore: both must be positive", v.ID, vessel, v.Shore)
		}
		j := Judged{ID: v.ID, Verdict: Qualified}
		if j.Ratio, err = ratio(vessel, v.Shore); err != nil {
			return Experience{}, fmt.Errorf("voyage %s: %w", v.ID, err)
		}
		switch {
		case i >= MostVoyages:
			j.Verdict = TooOld
		case j.Ratio.Mantissa < 98_000 || j.Ratio.Mantissa > 102_000:
			j.Verdict = GrossError
		}
		e.Voyages[i] = j
	}
	var err error
	if e.Mean, err = e.sums(voyages); err != nil {
		return Experience{}, err
	}
	low, high := e.Mean.Mantissa*997, e.Mean.Mantissa*1003 // the mean is at most 1.02: no overflow
	for i := range e.Voyages {
		j := &e.Voyages[i]
		if at := j.Ratio.Mantissa; j.Verdict == Qualified && (at*1000 < low || at*1000 > high) {
			j.Verdict = Outlier
		}
	}
	e.VEF, err = e.sums(voyages)
	return e, err
}

// sums returns the ratio of the sums over the voyages that still qualify, and refuses fewer than LeastQualified.
func (e *Experience) sums(voyages []Voyage) (quantity.Factor, error) {
	var vessel, shore quantity.Micro
	n := 0
	for i, v := range voyages {
		if e.Voyages[i].Verdict != Qualified {
			continue
		}
		n++
		var err1, err2 error
		vessel, err1 = vessel.Add(v.TCV - v.OnBoard)
		shore, err2 = shore.Add(v.Shore)
		if err1 != nil || err2 != nil {
			return quantity.Factor{}, fmt.Errorf("vessel experience: %w", quantity.ErrOverflow)
		}
	}
	if n < LeastQualified {
		return quantity.Factor{}, fmt.Errorf("vessel experience: %d of %d voyages qualify, %d are needed", n, len(voyages), LeastQualified)
	}
	return ratio(vessel, shore)
}

// Shore returns what the shore would have measured of a cargo by the ship's experience: the ship's figure over the VEF.
func (e Experience) Shore(vessel quantity.Micro) (quantity.Micro, error) {
	if !e.VEF.Valid() {
		return 0, fmt.Errorf("vessel experience: factor %s is none", e.VEF)
	}
	return vessel.Ratio(100_000, e.VEF.Mantissa)
}
