package runticket

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// factors finds CTL and CPL at the meter's averages, or takes them as stated, and compares what the ticket prints of them.
func (w *work) factors() error {
	w.mf = quantity.One
	if v, is := w.taken(MeterFactor, ""); is {
		w.mf = v
	} else {
		w.note("no meter factor is stated: taken as 1")
	}
	t, warm := w.Figure(Temperature)
	p, pressed := w.Figure(Pressure)
	if !w.known || !warm {
		if w.known {
			w.note("no temperature: CTL and CPL are taken as stated")
		}
		return w.stated()
	}
	if !pressed {
		p = Figure{Pressure, "psig", quantity.F(0, 0)}
		if w.CPL == "" {
			w.note("no pressure: taken as 0 gauge, CPL 1")
		}
	}
	f, err := w.at(thermometer(t), gauge(p))
	if err != nil {
		return err
	}
	if w.CPL == InFactor { // the factor holds the CPL of the proving
		f.CPL, f.CTPL = 1, f.CTL
	}
	w.f = f
	if w.ctl, err = w.factor(CTL, f.CTL, fmt.Sprintf("MPMS 11.1 at %s %s", t.Value, t.Unit)); err != nil {
		return err
	}
	if w.cpl, err = w.factor(CPL, f.CPL, fmt.Sprintf("MPMS 11.1 at %s %s", p.Value, p.Unit)); err != nil {
		return err
	}
	if _, printed := w.Figure(CTPL); printed {
		_, err = w.factor(CTPL, f.CTPL, "CTL x CPL")
	}
	return err
}

// at returns the factors of MPMS 11.1, with inputs rounded as the ticket says.
func (w *work) at(t liquid.Temperature, p liquid.Pressure) (liquid.Factors, error) {
	g, err := liquid.ParseGroup(w.Commodity)
	if err != nil {
		return liquid.Factors{}, err
	}
	rho := w.rho
	if r := w.Inputs; r != "" {
		var err1, err2, err3 error
		t, err1 = r.Temperature(t)
		p, err2 = r.Pressure(p)
		rho, err3 = r.Density(rho)
		if err := errors.Join(err1, err2, err3); err != nil {
			return liquid.Factors{}, err
		}
	}
	return liquid.FromBase(g, rho, w.Basis.Reference, t, p)
}

// factor compares a factor, rounded to the digits printed, or else to five decimals.
func (w *work) factor(n Name, x float64, by string) (quantity.Factor, error) {
	decimals := uint8(5)
	if f, is := w.Figure(n); is {
		decimals = f.Value.Decimals
	}
	rounded, err := quantity.RoundFactor(x, decimals)
	if err != nil {
		return rounded, fmt.Errorf("%s: %w", n, err)
	}
	w.line(n, "", rounded, by)
	return rounded, nil
}

// stated takes the factors that the ticket states, for want of what makes them.
func (w *work) stated() error {
	why := "no density or no temperature"
	ctl, hasCTL := w.taken(CTL, why)
	cpl, hasCPL := w.taken(CPL, why)
	ctpl, hasCTPL := w.taken(CTPL, why)
	switch {
	case hasCTL && hasCPL:
	case hasCTPL:
		ctl, cpl = ctpl, quantity.One
	case hasCTL:
		cpl = quantity.One
	default:
		return nil
	}
	w.ctl, w.cpl = ctl, cpl
	w.f = liquid.Factors{CTL: ctl.Float(), CPL: cpl.Float(), CTPL: ctl.Float() * cpl.Float()}
	return nil
}

// gross finds GV and GSV by the scheme.
func (w *work) gross() (err error) {
	if !w.hasIV {
		if _, is := w.taken(GV, "no indicated volume"); is && w.ctl.Valid() {
			return w.fromGross()
		}
		w.taken(CCF, "no indicated volume")
		w.taken(GSV, "no indicated volume")
		return nil
	}
	if _, printed := w.Figure(GV); printed || w.r.Scheme == ByGross {
		if w.gv, err = w.volume(GV, w.iv, fmt.Sprintf("%s x %s", w.iv, w.mf), w.mf); err != nil {
			return err
		}
	}
	if !w.ctl.Valid() {
		ccf, is := w.taken(CCF, "no CTL")
		if !is {
			w.taken(GSV, "no CTL and no CCF")
			return nil
		}
		return w.standard(w.iv, fmt.Sprintf("%s x %s", w.iv, ccf), ccf)
	}
	ccf, err := w.combined()
	if err != nil {
		return err
	}
	switch w.r.Scheme {
	case ByGross:
		return w.standard(w.gv, fmt.Sprintf("%s x %s x %s", w.gv, w.ctl, w.cpl), w.ctl, w.cpl)
	case OneProduct:
		ctpl := liquid.RoundCTPL(w.f)
		return w.standard(w.iv, fmt.Sprintf("%s x %s x %s", w.iv, w.mf, ctpl), w.mf, ctpl)
	case Unrounded:
		ctpl, err := quantity.RoundFactor(w.f.CTPL, 12)
		if err != nil {
			return err
		}
		return w.standard(w.iv, fmt.Sprintf("%s x %s x %s", w.iv, w.mf, ctpl), w.mf, ctpl)
	}
	return w.standard(w.iv, fmt.Sprintf("%s x %s", w.iv, ccf), ccf)
}

// fromGross finds GSV from a gross volume alone.
func (w *work) fromGross() error {
	gv, _ := w.Figure(GV)
	v, err := micro(gv.Value)
	if err != nil {
		return err
	}
	if w.exact() {
		ctpl := liquid.RoundCTPL(w.f)
		return w.standard(v, fmt.Sprintf("%s x %s", gv.Value, ctpl), ctpl)
	}
	return w.standard(v, fmt.Sprintf("%s x %s x %s", gv.Value, w.ctl, w.cpl), w.ctl, w.cpl)
}

// combined finds CCF, to the digits printed or else five decimals.
func (w *work) combined() (quantity.Factor, error) {
	stated, printed := w.Figure(CCF)
	decimals := uint8(5)
	if printed {
		decimals = stated.Value.Decimals
	}
	product := new(big.Rat).Mul(rat(w.ctl), rat(w.cpl))
	by := fmt.Sprintf("%s x %s x %s", w.ctl, w.cpl, w.mf)
	if w.r.Scheme == HiddenFactors || w.exact() {
		ctpl, err := quantity.RoundFactor(w.f.CTPL, 12)
		if err != nil {
			return ctpl, err
		}
		product, by = rat(ctpl), fmt.Sprintf("%s x %s", ctpl, w.mf)
	}
	ccf, err := decimal(product.Mul(product, rat(w.mf)), decimals)
	if err != nil {
		return ccf, fmt.Errorf("CCF: %w", err)
	}
	if printed {
		w.line(CCF, "", ccf, by)
	}
	return ccf, nil
}

// standard compares GSV. Of one that is a sum, what the averages make stands beside it.
func (w *work) standard(v quantity.Micro, by string, factors ...quantity.Factor) (err error) {
	n := GSV
	if w.summed() {
		n = OtherGSV
		w.taken(GSV, "a sum of intervals: their records make it")
	} else {
		w.taken(OtherGSV, "GSV is made of averages: records make the other")
	}
	w.gsv, err = w.volume(n, v, by, factors...)
	w.hasGSV, w.made = true, true
	return err
}

// gauges finds gross observed and standard volume from two gauges of a tank: (TOV - FW) x CTL of each, and their difference.
// Shell and roof are not on a run ticket, and not in it.
func (w *work) gauges() error {
	opening, opened, err1 := w.gauge(TankOpening, WaterOpening, TempOpening)
	closing, closed, err2 := w.gauge(TankClosing, WaterClosing, TempClosing)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if opened == nil || closed == nil {
		w.taken(GV, "one gauge only")
		w.taken(GSV, "one gauge only")
		return nil
	}
	var err error
	if w.gv, err = w.volume(GV, (opening - closing).abs(), fmt.Sprintf("%s and %s", opening.q(), closing.q())); err != nil {
		return err
	}
	if !opened.Valid() || !closed.Valid() {
		w.taken(GSV, "no density or no temperature")
		return nil
	}
	a, err1 := opening.q().Mul(*opened)
	b, err2 := closing.q().Mul(*closed)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	return w.standard(amount(a-b).abs(), fmt.Sprintf("%s x %s and %s x %s", opening.q(), opened, closing.q(), closed))
}

// amount is a volume whose sign is the direction.
type amount quantity.Micro

func (a amount) q() quantity.Micro   { return quantity.Micro(a) }
func (a amount) abs() quantity.Micro { return quantity.Micro(max(a, -a)) }

// gauge returns the observed volume at a gauge and its CTL: nil without a volume, not valid without what makes it.
func (w *work) gauge(tov, water, temp Name) (amount, *quantity.Factor, error) {
	v, is := w.Figure(tov)
	if !is {
		return 0, nil, nil
	}
	total, err := micro(v.Value)
	if err != nil {
		return 0, nil, err
	}
	if fw, is := w.Figure(water); is {
		free, err := micro(fw.Value)
		if err != nil {
			return 0, nil, err
		}
		total -= free
	}
	if total < 0 {
		return 0, nil, fmt.Errorf("%s is less than its free water", tov)
	}
	t, warm := w.Figure(temp)
	if !warm || !w.known {
		return amount(total), &quantity.Factor{}, nil
	}
	f, err := w.at(thermometer(t), liquid.Psi(0))
	if err != nil {
		return 0, nil, err
	}
	decimals := uint8(5)
	if w.r.Scheme == Unrounded {
		decimals = 12
	}
	ctl, err := quantity.RoundFactor(f.CTL, decimals)
	return amount(total), &ctl, err
}

// thermometer returns a temperature figure as metrology takes it.
func thermometer(f Figure) liquid.Temperature {
	if f.Unit == "F" {
		return liquid.Fahrenheit(f.Value.Float())
	}
	return liquid.Celsius(f.Value.Float())
}

// gauge returns a pressure figure as metrology takes it.
func gauge(f Figure) liquid.Pressure {
	switch f.Unit {
	case "kPag":
		return liquid.KPa(f.Value.Float())
	case "barg":
		return liquid.Bar(f.Value.Float())
	}
	return liquid.Psi(f.Value.Float())
}

// kgPerM3 returns a density figure in kg/m3: of API gravity and relative density, at 60 F.
func kgPerM3(f Figure) float64 {
	switch f.Unit {
	case "API":
		return liquid.FromAPIGravity(f.Value.Float())
	case "RD":
		return liquid.FromRelativeDensity(f.Value.Float())
	}
	return f.Value.Float()
}
