package liquid

import (
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// GrossVolume returns GV = IV x MF: the metered volume, corrected for the meter (MPMS 12.2). The product is rounded once.
func GrossVolume(iv quantity.Micro, mf quantity.Factor) (quantity.Micro, error) {
	if !mf.Valid() {
		return 0, fmt.Errorf("meter factor %s must be positive", mf)
	}
	return iv.Mul(mf)
}

// GrossStandardVolume returns GSV = IV x MF x CTPL, the metered volume at reference conditions (MPMS 12.2), as one product
// rounded once.
func GrossStandardVolume(iv quantity.Micro, mf, ctpl quantity.Factor) (quantity.Micro, error) {
	if !mf.Valid() || !ctpl.Valid() {
		return 0, fmt.Errorf("meter factor %s and CTPL %s must be positive", mf, ctpl)
	}
	return iv.Mul(mf, ctpl)
}

// CombinedFactor returns CCF = CTL x CPL x MF, of factors already rounded, to five decimals (MPMS 12.2; the number of decimals
// is unverified). The product is exact and rounded once, half away from zero.
func CombinedFactor(ctl, cpl, mf quantity.Factor) (quantity.Factor, error) {
	if !ctl.Valid() || !cpl.Valid() || !mf.Valid() {
		return quantity.Factor{}, fmt.Errorf("CTL %s, CPL %s and meter factor %s must be positive", ctl, cpl, mf)
	}
	const hundredThousand = 100_000
	ccf, err := quantity.Micro(hundredThousand).Mul(ctl, cpl, mf)
	if err != nil || ccf == 0 {
		return quantity.Factor{}, fmt.Errorf("CCF of CTL %s, CPL %s and meter factor %s: %w", ctl, cpl, mf, quantity.ErrOverflow)
	}
	return quantity.F(int64(ccf), 5), nil
}

// SedimentAndWaterFactor returns CSW = 1 - S&W/100, exactly, of a percentage from 0 to 100 (MPMS 12.2).
func SedimentAndWaterFactor(percent quantity.Factor) (quantity.Factor, error) {
	const most = 16 // decimals of the percentage; CSW has two more
	if percent.Decimals > most {
		return quantity.Factor{}, fmt.Errorf("sediment and water %s %% has more than %d decimals", percent, most)
	}
	whole := power10(int(percent.Decimals) + 2)
	if percent.Mantissa < 0 || percent.Mantissa > whole {
		return quantity.Factor{}, fmt.Errorf("sediment and water %s %% is outside 0 to 100 %%", percent)
	}
	return quantity.F(whole-percent.Mantissa, percent.Decimals+2), nil
}

// NetStandardVolume returns NSV = GSV x CSW, rounded once, and the sediment and water GSV - NSV, so that the two add up to GSV
// (MPMS 12.2). Percent is the sediment and water in % of the volume.
func NetStandardVolume(gsv quantity.Micro, percent quantity.Factor) (nsv, water quantity.Micro, err error) {
	csw, err := SedimentAndWaterFactor(percent)
	if err != nil {
		return 0, 0, err
	}
	if nsv, err = gsv.Mul(csw); err != nil {
		return 0, 0, err
	}
	water, err = gsv.Sub(nsv)
	return nsv, water, err
}

// Scheme names where a ticket rounds. It is recorded on the ticket: the schemes differ by some millionths of the volume, which
// is real oil.
type Scheme string

// The schemes.
const (
	// OneProduct rounds CTPL to five decimals, as 11.1 asks, and each volume once.
	OneProduct Scheme = "CTPL to 5 decimals, volumes one product"
	// RoundedCCF rounds CTL, CPL and CCF to five decimals and volumes to 0.01 bbl or 0.001 m3.
	RoundedCCF Scheme = "CTL, CPL, CCF to 5 decimals, volumes to 0.01 bbl or 0.001 m3 (MPMS 12.2 discrimination unverified)"
	// NothingRounded keeps CTPL to twelve decimals, which is to say unrounded.
	NothingRounded Scheme = "no factor rounded"
)

// Metered is what a meter says of a movement.
type Metered struct {
	Pulses int64
	K      quantity.Factor // pulses per unit
	MF     quantity.Factor
	Unit   quantity.Unit // cubic metres or barrels
}

// Volumes are the volumes of a movement, in the unit of the meter, and the factors that made them.
type Volumes struct {
	IV, GV quantity.Micro // indicated; gross
	GSV    quantity.Micro // gross standard
	NSV    quantity.Micro // net standard
	Water  quantity.Micro // sediment and water: GSV - NSV

	CTL, CPL, CCF quantity.Factor // as applied by RoundedCCF; otherwise zero
	CTPL          quantity.Factor // as applied by the other schemes; RoundedCCF only states it
	CSW           quantity.Factor
}

// Ticket returns the volumes of a movement under a scheme (MPMS 12.2): IV = N/K, GV = IV x MF, GSV = IV x CCF, NSV = GSV x CSW.
// The factors f come from FromBase or ToBase, percent is the sediment and water. It refuses negative pulses, factors that are
// not positive, units other than m3 and bbl, and, with ErrRounding, unknown schemes.
func Ticket(s Scheme, m Metered, f Factors, percent quantity.Factor) (Volumes, error) {
	places, err := s.places(m.Unit)
	if err != nil {
		return Volumes{}, err
	}
	v, gsvFactors, err := s.factors(m.MF, f)
	if err != nil {
		return Volumes{}, err
	}
	if v.CSW, err = SedimentAndWaterFactor(percent); err != nil {
		return Volumes{}, err
	}
	if v.IV, err = indicated(places, m); err != nil {
		return Volumes{}, fmt.Errorf("indicated volume: %w", err)
	}
	if v.GV, err = product(places, v.IV, m.MF); err != nil {
		return Volumes{}, fmt.Errorf("gross volume: %w", err)
	}
	if v.GSV, err = product(places, v.IV, gsvFactors...); err != nil {
		return Volumes{}, fmt.Errorf("gross standard volume: %w", err)
	}
	if v.NSV, err = product(places, v.GSV, v.CSW); err != nil {
		return Volumes{}, fmt.Errorf("net standard volume: %w", err)
	}
	v.Water, err = v.GSV.Sub(v.NSV)
	return v, err
}

// places returns the decimals that volumes keep.
func (s Scheme) places(unit quantity.Unit) (int, error) {
	if unit != quantity.Barrel && unit != quantity.CubicMetre {
		return 0, fmt.Errorf("a ticket is in %s or %s, not %q", quantity.CubicMetre, quantity.Barrel, string(unit))
	}
	switch {
	case s == OneProduct, s == NothingRounded:
		return 6, nil
	case s == RoundedCCF && unit == quantity.Barrel:
		return 2, nil
	case s == RoundedCCF:
		return 3, nil
	}
	return 0, fmt.Errorf("%w: ticket scheme %q", ErrRounding, string(s))
}

// factors returns the factors of a scheme, on the ticket and as those that IV is multiplied by to give GSV.
func (s Scheme) factors(mf quantity.Factor, f Factors) (v Volumes, gsv []quantity.Factor, err error) {
	v.CTPL = RoundCTPL(f)
	if !v.CTPL.Valid() || !mf.Valid() {
		return Volumes{}, nil, fmt.Errorf("meter factor %s and CTPL %v must be positive", mf, f.CTPL)
	}
	switch s {
	case RoundedCCF:
		v.CTL, v.CPL = round5(f.CTL), round5(f.CPL)
		v.CCF, err = CombinedFactor(v.CTL, v.CPL, mf)
		return v, []quantity.Factor{v.CCF}, err
	case NothingRounded:
		v.CTPL, err = quantity.RoundFactor(f.CTPL, 12)
	}
	return v, []quantity.Factor{v.CTPL, mf}, err
}

// indicated returns N/K with the given number of decimals, rounded once.
func indicated(places int, m Metered) (quantity.Micro, error) {
	const most = 12 // decimals of a K-factor, so that the power of ten below stays an int64
	if m.Pulses < 0 {
		return 0, fmt.Errorf("%d pulses: a ticket counts forward only", m.Pulses)
	}
	if !m.K.Valid() || m.K.Decimals > most {
		return 0, fmt.Errorf("k-factor %s must be positive, with at most %d decimals", m.K, most)
	}
	n, err := quantity.Micro(m.Pulses).Ratio(power10(places+int(m.K.Decimals)), m.K.Mantissa)
	if err != nil {
		return 0, err
	}
	return n.Ratio(power10(6-places), 1)
}

// product returns a product with the given number of decimals, rounded once.
func product(places int, m quantity.Micro, factors ...quantity.Factor) (quantity.Micro, error) {
	n, err := m.Mul(append(factors, quantity.F(1, uint8(6-places)))...)
	if err != nil {
		return 0, err
	}
	return n.Ratio(power10(6-places), 1)
}

// power10 returns ten to the n, for n from 0 to 18.
func power10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}
