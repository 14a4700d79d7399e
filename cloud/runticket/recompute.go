package runticket

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Scheme says where a ticket rounds on the way to its volumes. The difference is millionths of the volume, and carriers differ: what
// MPMS 12.2 itself asks for is unverified.
type Scheme string

// The schemes.
const (
	// AsPrinted makes each figure of figures as the ticket prints them, GSV of IV x CCF: a pocket calculator finds the same.
	AsPrinted Scheme = "each figure as printed, GSV = IV x CCF"
	// HiddenFactors is AsPrinted with a CCF of the unrounded CTL and CPL.
	HiddenFactors Scheme = "CCF of unrounded CTL and CPL, the rest as printed"
	// ByGross is AsPrinted with GSV of the gross volume as printed.
	ByGross Scheme = "each figure as printed, GSV = GV x CTL x CPL"
	// OneProduct rounds CTPL to five decimals and each volume once, as this program's own tickets do.
	OneProduct Scheme = "CTPL to 5 decimals, GSV = IV x meter factor x CTPL"
	// Unrounded rounds nothing but what is printed.
	Unrounded Scheme = "nothing rounded but what is printed"
)

// Schemes are all schemes, in the order in which they are tried.
var Schemes = []Scheme{AsPrinted, HiddenFactors, ByGross, OneProduct, Unrounded}

// Verdict says what became of a figure.
type Verdict string

// The verdicts.
const (
	Agrees   Verdict = "agrees"          // to the last digit printed
	Rounds   Verdict = "within rounding" // of a sum: of the digits of what was added
	Differs  Verdict = "differs"
	Taken    Verdict = "taken as stated" // what would make it is not on the ticket
	Unstated Verdict = "not stated"      // recomputed only
)

// Line is a figure stated, recomputed and compared.
type Line struct {
	Name       Name             `json:"name"`
	Unit       string           `json:"unit,omitempty"`
	Stated     *quantity.Factor `json:"stated,omitempty"`
	Recomputed *quantity.Factor `json:"recomputed,omitempty"`
	Difference *quantity.Factor `json:"difference,omitempty"` // stated less recomputed
	Digits     *quantity.Factor `json:"digits,omitempty"`     // the difference in units of the last digit that is printed
	Verdict    Verdict          `json:"verdict"`
	By         string           `json:"by,omitempty"` // how it is made
}

// Recomputation is what the raw figures of a ticket come to.
type Recomputation struct {
	Scheme Scheme   `json:"scheme"`
	Method []string `json:"method"`
	Lines  []Line   `json:"lines"`
	Notes  []string `json:"notes,omitempty"`
	// Agrees says that no figure differs, and that a standard volume was recomputed that is stated.
	Agrees bool `json:"agrees"`
}

// Recompute makes every figure of a ticket from its raw ones, under a scheme, or, when that is empty, under the first of Schemes
// by which the fewest figures differ. It refuses what MPMS 11.1 does not cover.
func (t *Ticket) Recompute(s Scheme) (*Recomputation, error) {
	if s != "" {
		return t.recompute(s)
	}
	var best *Recomputation
	for _, s := range Schemes {
		r, err := t.recompute(s)
		if err != nil {
			return nil, err
		}
		if best == nil || r.differ() < best.differ() {
			best = r
		}
	}
	return best, nil
}

func (r *Recomputation) differ() (n int) {
	for _, l := range r.Lines {
		if l.Verdict == Differs {
			n++
		}
	}
	return n
}

func (t *Ticket) recompute(s Scheme) (*Recomputation, error) {
	if !slices.Contains(Schemes, s) {
		return nil, fmt.Errorf("scheme %q is unknown", s)
	}
	w := &work{Ticket: t, r: &Recomputation{Scheme: s, Method: []string{liquid.Method11_1, liquid.Method12_2}}, places: 2}
	if t.Basis.Unit == quantity.CubicMetre {
		w.places = 3
	}
	steps := []func() error{w.density, w.indicated, w.factors, w.gross}
	if t.Kind == Tank {
		w.r.Method = append(w.r.Method, "API MPMS 12.1.1 without shell and roof (equations unverified)")
		steps = []func() error{w.density, w.gauges}
	}
	for _, step := range append(steps, w.net) {
		if err := step(); err != nil {
			return nil, fmt.Errorf("ticket %s: %w", t.Number, err)
		}
	}
	slices.SortStableFunc(w.r.Lines, func(a, b Line) int { return rank(a.Name) - rank(b.Name) })
	w.r.Agrees = w.r.differ() == 0 && w.made && slices.ContainsFunc(w.r.Lines, func(l Line) bool {
		return slices.Contains([]Name{GSV, OtherGSV, NSV}, l.Name) && l.Verdict == Agrees
	})
	return w.r, nil
}

// work is a recomputation under way. Its amounts are what the chain goes on with.
type work struct {
	*Ticket
	r      *Recomputation
	places int // decimals of volumes that are not printed

	rho           float64 // at reference conditions, kg/m3
	known         bool    // rho
	iv, gv, gsv   quantity.Micro
	hasIV, hasGSV bool
	made          bool // GSV was recomputed
	mf            quantity.Factor
	f             liquid.Factors
	ctl, cpl      quantity.Factor
}

func (w *work) note(format string, args ...any) {
	w.r.Notes = append(w.r.Notes, fmt.Sprintf(format, args...))
}

// summed reports whether GSV is a sum of intervals.
func (w *work) summed() bool { return w.OfRecord == ticket.SumOfIntervals }

// exact reports whether the scheme goes on with more digits than are printed.
func (w *work) exact() bool { return w.r.Scheme == OneProduct || w.r.Scheme == Unrounded }

// line compares a figure with what it was recomputed to.
func (w *work) line(n Name, unit string, recomputed quantity.Factor, by string) {
	stated, is := w.Figure(n)
	w.r.Lines = append(w.r.Lines, compare(n, unit, stated, is, recomputed, by))
}

// compare makes a line of a figure, if it is stated, and what it comes to.
func compare(n Name, unit string, stated Figure, is bool, recomputed quantity.Factor, by string) Line {
	l := Line{Name: n, Unit: unit, Recomputed: &recomputed, Verdict: Unstated, By: by}
	if !is {
		return l
	}
	l.Stated, l.Verdict = &stated.Value, Differs
	last := stated.Value.Decimals
	difference := new(big.Rat).Sub(rat(stated.Value), rat(recomputed))
	if rounded, err := decimal(rat(recomputed), last); err == nil && rounded == stated.Value {
		l.Verdict = Agrees
	}
	if d, err := decimal(difference, max(last, recomputed.Decimals)); err == nil {
		l.Difference = &d
	}
	if d, err := decimal(difference.Mul(difference, rat(quantity.F(pow10(last), 0))), 1); err == nil {
		l.Digits = &d
	}
	return l
}

// taken notes a figure that nothing on the ticket makes.
func (w *work) taken(n Name, why string) (quantity.Factor, bool) {
	f, is := w.Figure(n)
	if is {
		w.r.Lines = append(w.r.Lines, Line{Name: n, Unit: f.Unit, Stated: &f.Value, Verdict: Taken, By: why})
	}
	return f.Value, is
}

// volume compares a volume that is the product of another and factors, and returns what the chain goes on with.
func (w *work) volume(n Name, v quantity.Micro, by string, factors ...quantity.Factor) (quantity.Micro, error) {
	places := w.places
	if f, is := w.Figure(n); is {
		places = int(f.Value.Decimals)
	}
	printed, err := liquid.Product(places, v, factors...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", n, err)
	}
	short, err := decimal(rat(quantity.F(int64(printed), 6)), uint8(places))
	if err != nil {
		return 0, fmt.Errorf("%s: %w", n, err)
	}
	w.line(n, string(w.Basis.Unit), short, by)
	if w.exact() {
		return liquid.Product(6, v, factors...)
	}
	return printed, nil
}

// density finds the density at reference conditions: from the one observed, as it is printed, or as stated.
func (w *work) density() (err error) {
	stated, is := w.Figure(Density)
	observed, seen := w.Figure(Observed)
	at, when := w.Figure(ObservedAt)
	switch {
	case seen && when:
		return w.fromObserved(observed, at, stated, is)
	case !is:
		w.note("no density at reference conditions: CTL and CPL are taken as stated")
		return nil
	case seen:
		w.note("the observed density has no temperature: the one at reference conditions is taken as stated")
	}
	w.known = true
	w.rho, err = w.atBase(stated)
	if err == nil {
		w.taken(Density, "")
	}
	return err
}

// fromObserved finds the density at reference conditions, rounded as it is printed, or else to 0.1 API, 0.0001 RD, 0.1 kg/m3.
func (w *work) fromObserved(observed, at, stated Figure, is bool) error {
	g, err := liquid.ParseGroup(w.Commodity)
	if err != nil {
		return err
	}
	f, err := liquid.ToBase(g, kgPerM3(observed), w.Basis.Reference, thermometer(at), liquid.Psi(0))
	if err != nil {
		return fmt.Errorf("density from the observed one: %w", err)
	}
	unit, decimals := observed.Unit, uint8(1)
	if is {
		unit, decimals = stated.Unit, stated.Value.Decimals
	} else if unit == "RD" {
		decimals = 4
	}
	at60, value := f.Rho60, f.RhoBase
	switch unit {
	case "API":
		value = liquid.APIGravity(at60)
	case "RD":
		value = liquid.RelativeDensity(at60)
	}
	rounded, err := quantity.RoundFactor(value, decimals)
	if err != nil {
		return err
	}
	w.line(Density, unit, rounded, fmt.Sprintf("MPMS 11.1 of %s %s at %s %s", observed.Value, observed.Unit, at.Value, at.Unit))
	w.known, w.rho = true, f.RhoBase
	if !w.exact() || is {
		w.rho, err = w.atBase(Figure{Density, unit, rounded})
	}
	return err
}

// atBase returns a density at reference conditions in kg/m3. API gravity and relative density are those at 60 F.
func (w *work) atBase(d Figure) (float64, error) {
	rho := kgPerM3(d)
	if d.Unit == "kg/m3" || w.Basis.Reference == quantity.At60F {
		return rho, nil
	}
	g, err := liquid.ParseGroup(w.Commodity)
	if err != nil {
		return 0, err
	}
	r, err := liquid.Rebase(g, rho, quantity.At60F, w.Basis.Reference)
	return r.Density, err
}

// indicated finds IV: from the totaliser, else from the pulses, else as stated.
func (w *work) indicated() error {
	opening, o := w.Figure(Opening)
	closing, c := w.Figure(Closing)
	pulses, p := w.Figure(Pulses)
	k, kf := w.Figure(KFactor)
	back := o && c && rat(closing.Value).Cmp(rat(opening.Value)) < 0
	if back {
		w.note("the closing totaliser is behind the opening one: it ran over, or backwards")
	}
	switch {
	case o && c && !back:
		a, err1 := micro(opening.Value)
		b, err2 := micro(closing.Value)
		if err := errors.Join(err1, err2); err != nil {
			return err
		}
		w.hasIV = true
		var err error
		w.iv, err = w.volume(IV, b-a, fmt.Sprintf("%s - %s", closing.Value, opening.Value))
		return err
	case p && kf:
		return w.pulsed(pulses.Value, k.Value)
	}
	v, is := w.taken(IV, "neither totaliser nor pulses")
	if !is {
		return nil
	}
	w.hasIV = true
	var err error
	w.iv, err = micro(v)
	return err
}

// pulsed finds IV from pulses: N / K, rounded once to the digits printed.
func (w *work) pulsed(pulses, k quantity.Factor) error {
	places := uint8(w.places)
	if f, is := w.Figure(IV); is {
		places = f.Value.Decimals
	}
	quotient := new(big.Rat).Quo(rat(pulses), rat(k))
	printed, err := decimal(quotient, places)
	if err != nil {
		return fmt.Errorf("pulses over K-factor: %w", err)
	}
	w.line(IV, string(w.Basis.Unit), printed, fmt.Sprintf("%s / %s", pulses, k))
	if w.exact() {
		if printed, err = decimal(quotient, 6); err != nil {
			return err
		}
	}
	w.hasIV = true
	w.iv, err = micro(printed)
	return err
}

// net finds NSV and what belongs to it.
func (w *work) net() error {
	if stated, is := w.Figure(GSV); is && (w.summed() || !w.hasGSV) {
		v, err := micro(stated.Value)
		if err != nil {
			return err
		}
		w.gsv, w.hasGSV = v, true
	}
	if !w.hasGSV {
		w.taken(NSV, "no gross standard volume")
		return nil
	}
	sw, is := w.Figure(SW)
	if _, net := w.Figure(NSV); !is && !net {
		return w.mass()
	}
	if !is {
		w.note("no sediment and water is stated: NSV is compared with GSV")
		sw.Value = quantity.F(0, 0)
	}
	csw, err := liquid.SedimentAndWaterFactor(sw.Value)
	if err != nil {
		return err
	}
	if _, printed := w.Figure(CSW); printed {
		w.line(CSW, "", csw, fmt.Sprintf("1 - %s / 100", sw.Value))
	}
	nsv, err := w.volume(NSV, w.gsv, fmt.Sprintf("%s x %s", w.gsv, csw), csw)
	if err != nil {
		return err
	}
	if _, stated := w.Figure(WaterVolume); stated {
		if _, err := w.volume(WaterVolume, w.gsv-nsv, fmt.Sprintf("%s - %s", w.gsv, nsv)); err != nil {
			return err
		}
	}
	return w.mass()
}

// mass compares the mass with GSV x density.
func (w *work) mass() error {
	stated, is := w.Figure(Mass)
	switch {
	case !is:
		return nil
	case !w.known || w.OfRecord != "": // the ticket has sums beside averages, and mass is a sum
		w.taken(Mass, "no density, or a sum")
		return nil
	}
	rho, err := quantity.FromFloat(w.rho)
	if err != nil {
		return err
	}
	m, err := liquid.Mass(w.gsv, w.Basis.Unit, quantity.F(int64(rho), 6))
	if err != nil {
		return err
	}
	kg, err := decimal(rat(quantity.F(int64(m), 6)), stated.Value.Decimals)
	w.line(Mass, "kg", kg, "GSV x density")
	return err
}
