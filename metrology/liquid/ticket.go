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

// Mass returns the mass in kg of a volume in m3 or bbl of a liquid of density kg/m3 (MPMS 12.2, M = V x rho), rounded once. Volume and
// density belong to the same conditions: GSV with the density at reference conditions, GV with the one in the meter.
func Mass(v quantity.Micro, unit quantity.Unit, density quantity.Factor) (quantity.Micro, error) {
	if !density.Valid() {
		return 0, fmt.Errorf("density %s kg/m3 must be positive", density)
	}
	switch unit {
	case quantity.CubicMetre:
		return v.Mul(density)
	case quantity.Barrel:
		return v.Mul(density, cubicMetresPerBarrel)
	}
	return 0, fmt.Errorf("mass of a volume in %q: take %s or %s", string(unit), quantity.CubicMetre, quantity.Barrel)
}

// Scheme names where a ticket rounds. It is recorded on the ticket: the schemes differ by some millionths of the volume, which
// is real oil.
type Scheme string

// The schemes.
const (
	// OneProduct rounds CTPL to five decimals, as 11.1 asks, and each volume once.
	OneProduct Scheme = "CTPL to 5 decimals, volumes one product"
	// RoundedCCF rounds CTL, CPL and CCF to five decimals and volumes to 0.01 bbl or 0.001 m3. Each figure is made of figures that
	// the ticket prints, so that a person with a pocket calculator finds the same.
	RoundedCCF Scheme = "CTL, CPL, CCF to 5 decimals, volumes to 0.01 bbl or 0.001 m3 (MPMS 12.2 discrimination unverified)"
	// UnroundedIntoCCF is RoundedCCF with a CCF of the unrounded CTL and CPL, as some flow computers have it. Its CCF can differ in
	// the last digit from the one that the printed factors give, and the volume by five in a million.
	UnroundedIntoCCF Scheme = "CCF of unrounded CTL and CPL to 5 decimals, volumes to 0.01 bbl or 0.001 m3 (MPMS 12.2 discrimination unverified)"
	// NothingRounded keeps CTPL to twelve decimals, which is to say unrounded.
	NothingRounded Scheme = "no factor rounded"

	// DefaultScheme is the scheme of a ticket for which nobody asked for another: the one that can be redone by hand.
	DefaultScheme = RoundedCCF
)

// Metered is what a meter says of a movement.
type Metered struct {
	Pulses int64
	K      quantity.Factor // pulses per unit, nominal or composite
	MF     quantity.Factor // meter factor; quantity.One with a K-factor that contains it
	Unit   quantity.Unit   // cubic metres or barrels
	// Composite says that MF or K contains the CPL of the proving (CMF, CKF). The ticket then takes 1 for CPL, whatever the
	// pressure: a composite factor holds only as long as the pressure stays that of the proving.
	Composite bool
}

// Volumes are the volumes of a movement, in the unit of the meter, and all that they were made of.
type Volumes struct {
	Method  string // Method12_2 and the method of the factors
	Scheme  Scheme
	Metered Metered
	Percent quantity.Factor // sediment and water, % of the volume

	IV, GV quantity.Micro // indicated; gross
	ISV    quantity.Micro // indicated standard: IV x CTL x CPL
	GSV    quantity.Micro // gross standard
	NSV    quantity.Micro // net standard
	Water  quantity.Micro // sediment and water: GSV - NSV

	CTL, CPL, CCF quantity.Factor // of RoundedCCF and UnroundedIntoCCF; otherwise zero
	CTPL          quantity.Factor // as applied by the other schemes; those two only state it
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
	if m.Composite {
		f.CPL, f.CTPL = 1, f.CTL
	}
	v, standard, gross, err := s.factors(m.MF, f)
	if err != nil {
		return Volumes{}, err
	}
	v.Method, v.Scheme, v.Metered, v.Percent = Method12_2+"; "+f.Method, s, m, percent
	if v.CSW, err = SedimentAndWaterFactor(percent); err != nil {
		return Volumes{}, err
	}
	if v.IV, err = indicated(places, m); err != nil {
		return Volumes{}, fmt.Errorf("indicated volume: %w", err)
	}
	if v.GV, err = Product(places, v.IV, m.MF); err != nil {
		return Volumes{}, fmt.Errorf("gross volume: %w", err)
	}
	if v.ISV, err = Product(places, v.IV, standard...); err != nil {
		return Volumes{}, fmt.Errorf("indicated standard volume: %w", err)
	}
	if v.GSV, err = Product(places, v.IV, gross...); err != nil {
		return Volumes{}, fmt.Errorf("gross standard volume: %w", err)
	}
	if v.NSV, err = Product(places, v.GSV, v.CSW); err != nil {
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
	switch s {
	case OneProduct, NothingRounded:
		return 6, nil
	case RoundedCCF, UnroundedIntoCCF:
		if unit == quantity.Barrel {
			return 2, nil
		}
		return 3, nil
	}
	return 0, fmt.Errorf("%w: ticket scheme %q", ErrRounding, string(s))
}

// factors returns the factors of a scheme: on the ticket, and as those that IV is multiplied by to give ISV and GSV.
func (s Scheme) factors(mf quantity.Factor, f Factors) (v Volumes, standard, gross []quantity.Factor, err error) {
	v.CTPL = RoundCTPL(f)
	if !v.CTPL.Valid() || !mf.Valid() {
		return Volumes{}, nil, nil, fmt.Errorf("meter factor %s and CTPL %v must be positive", mf, f.CTPL)
	}
	switch s {
	case RoundedCCF, UnroundedIntoCCF:
		v.CTL, v.CPL = round5(f.CTL), round5(f.CPL)
		v.CCF, err = CombinedFactor(v.CTL, v.CPL, mf)
		if s == UnroundedIntoCCF && err == nil {
			v.CCF, err = quantity.RoundFactor(f.CTPL*mf.Float(), 5)
		}
		return v, []quantity.Factor{v.CTL, v.CPL}, []quantity.Factor{v.CCF}, err
	case NothingRounded:
		v.CTPL, err = quantity.RoundFactor(f.CTPL, 12)
	}
	return v, []quantity.Factor{v.CTPL}, []quantity.Factor{v.CTPL, mf}, err
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

// Product returns m times all factors with the given number of decimals (0 to 6), rounded once, half away from zero. By way of the
// sixth decimal it would be rounded twice.
func Product(places int, m quantity.Micro, factors ...quantity.Factor) (quantity.Micro, error) {
	places = max(0, min(places, 6))
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
