package calc

import (
	"errors"
	"math"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/gas/detail"
	"github.com/gauger/gauger/metrology/gas/gerg"
	"github.com/gauger/gauger/metrology/gas/gross"
	"github.com/gauger/gauger/metrology/quantity"
)

// equation is an equation of state of one gas. Those of all but GROSS are caloric too.
type equation interface {
	gas.Equation
	Pressure(t, d float64) (float64, error)
}

// caloric is an equation of state that gives all properties.
type caloric interface {
	Properties(t, d float64) (gas.Properties, error)
}

// equationOf is what there is to know of an equation of state before it has a gas.
type equationOf struct {
	method string
	new    func(gas.Composition) (equation, error)
	within func(e equation, t, p float64) any // the range of the publication that a state lies in
}

// equations are the equations of state, by the word that picks them.
var equations = map[string]equationOf{
	"detail": {
		detail.Method, func(x gas.Composition) (equation, error) { return detail.New(x) },
		func(_ equation, t, p float64) any { return detail.RangeOf(t, p) },
	},
	"gerg": {
		gerg.Method, func(x gas.Composition) (equation, error) { return gerg.New(x) },
		func(_ equation, t, p float64) any { return gerg.RangeOf(t, p) },
	},
	"gross": {
		gross.MethodComposition, func(x gas.Composition) (equation, error) { return gross.New(x) },
		func(e equation, t, p float64) any { return e.(*gross.Mixture).RangeOf(t, p) },
	},
}

// propertiesOf returns the properties at a density. Of an equation that is not caloric those that it does not give are NaN.
func propertiesOf(e equation, t, d float64) (gas.Properties, error) {
	if c, ok := e.(caloric); ok {
		return c.Properties(t, d)
	}
	p, err := e.Pressure(t, d)
	if err != nil {
		return gas.Properties{}, err
	}
	if !(d > 0 && p > 0) {
		return gas.Properties{}, &quantity.RangeError{Quantity: "molar density", Value: d, Min: 0, Max: math.Inf(1), Unit: "mol/dm3"}
	}
	z, err := compressibility(e, t, p)
	if err != nil {
		return gas.Properties{}, err
	}
	again, err := e.Density(t, p)
	none := math.NaN()
	return gas.Properties{M: e.MolarMass(), T: t, P: p, D: d, Z: z * again / d, Cv: none, Cp: none, W: none, Kappa: none}, err
}

// compressibility is that of the equation itself, with the gas constant that it was fitted with, if it gives one.
func compressibility(e equation, t, p float64) (float64, error) {
	if own, ok := e.(interface {
		Z(t, p float64) (float64, error)
	}); ok {
		return own.Z(t, p)
	}
	return gas.Z(e, gas.State{T: t, P: p})
}

var equationWords = []string{"detail", "gerg", "gross"}

var gasColumns, gasAnswers = func() (columns, answers []string) {
	columns = []string{"T_K", "P_kPa", "D_mol_dm3"}
	for i := range gas.Component(gas.Components) {
		columns = append(columns, i.String())
	}
	return columns, []string{"M_g_mol", "P_kPa", "D_mol_dm3", "Z", "cv_J_molK", "cp_J_molK", "w_m_s", "kappa"}
}()

func (in *gasInput) batch() batch {
	g := &gasRows{of: equations[in.method]}
	return batch{columns: gasColumns, answers: gasAnswers, row: g.answer}
}

// gasRows answers rows of gases. It keeps the equation of the row before, whose composition the next one often has.
type gasRows struct {
	of      equationOf
	amounts gas.Composition
	mixture equation
}

func (g *gasRows) answer(cells []string, a *answer) error {
	t, err := float(cells[0])
	if err != nil {
		return err
	}
	if cells[1] != "" && cells[2] != "" {
		return both
	}
	if err := g.mix(cells[3:]); err != nil {
		return err
	}
	var d float64
	if cells[2] != "" {
		d, err = float(cells[2])
	} else {
		var p float64
		if p, err = float(cells[1]); err == nil {
			d, err = g.mixture.Density(t, p)
		}
	}
	if err != nil {
		return err
	}
	p, err := propertiesOf(g.mixture, t, d)
	switch { // the rest is what the equation has for that state
	case errors.Is(err, gas.ErrUnstable):
		a.word = errorWord(err)
	case err != nil:
		return err
	}
	for _, x := range [...]float64{p.M, p.P, d, p.Z} {
		a.number(x)
	}
	if math.IsNaN(p.Cv) {
		a.blank(4)
		return nil
	}
	for _, x := range [...]float64{p.Cv, p.Cp, p.W, p.Kappa} {
		a.number(x)
	}
	return nil
}

// mix sees to the mixture of a row: amounts in any proportion.
func (g *gasRows) mix(cells []string) error {
	var amounts gas.Composition
	for i := range amounts {
		var err error
		if amounts[i], err = float(cells[i]); err != nil {
			return err
		}
	}
	if g.mixture != nil && amounts == g.amounts {
		return nil
	}
	g.mixture = nil
	x, err := gas.Normalize(amounts)
	if err != nil {
		return badGas
	}
	m, err := g.of.new(x)
	if err != nil {
		return badGas
	}
	g.amounts, g.mixture = amounts, m
	return nil
}
