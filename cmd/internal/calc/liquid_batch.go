package calc

import (
	"math/big"
	"strings"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

var (
	liquidColumns = []string{
		"id", "kind", "group", "alpha60_perF", "obs_T", "T_unit", "obs_P", "P_unit", "dens", "dens_unit", "base", "alt_T", "alt_P", "volume_in",
	}
	liquidAnswers = []string{
		"id", "rho_base_kgm3", "ctl", "fp", "cpl", "ctpl", "volume", "ctl_alt", "fp_alt", "cpl_alt", "ctpl_alt", "rho_alt_kgm3", "volume_alt",
	}
)

func (in *liquidInput) batch() batch {
	return batch{columns: liquidColumns, answers: liquidAnswers, echo: true, row: liquidAnswer}
}

// liquidRow is a row as it was understood.
type liquidRow struct {
	group  liquid.Group
	rho    float64 // kg/m3: at base for base_to_alt, otherwise observed
	base   quantity.Reference
	t      liquid.Temperature
	p      liquid.Pressure
	perPsi float64          // units of its pressure in one psi, for Fp
	volume *quantity.Factor // nil: none
}

// liquidAnswer answers a row of liquids: 11.1.6.1 and 11.1.7.1 for base_to_alt, 11.1.6.2 and 11.1.7.2 for obs_to_base, 11.1.6.3 and
// 11.1.7.3 for obs_to_base_to_alt. Inputs are not rounded; CTPL is, before it multiplies a volume.
func liquidAnswer(cells []string, a *answer) error {
	var row liquidRow
	if err := row.read(cells); err != nil {
		return err
	}
	switch cells[1] {
	case "base_to_alt":
		f, err := row.fromBase()
		if err != nil {
			return err
		}
		a.text("")
		row.factors(a, f)
		a.text(row.times(liquid.RoundCTPL(f)))
		a.blank(4)
		if row.base == quantity.At60F {
			a.number(f.RhoObserved)
		} else { // the examples of 11.1.7.1 multiply by the rounded factor, the others do not
			a.number(liquid.RoundCTPL(f).Float() * f.RhoBase)
		}
		a.text("")
	case "obs_to_base":
		f, err := liquid.ToBase(row.group, row.rho, row.base, row.t, row.p)
		if err != nil {
			return err
		}
		a.number(f.RhoBase)
		row.factors(a, f)
		a.text(row.times(liquid.RoundCTPL(f)))
		a.blank(6)
	case "obs_to_base_to_alt":
		tAlt, pAlt, _, err := conditions(cells[11], cells[5], cells[12], cells[7])
		if err != nil {
			return err
		}
		here, there, err := liquid.ToAlternate(row.group, row.rho, row.base, row.t, row.p, tAlt, pAlt)
		if err != nil {
			return err
		}
		a.number(here.RhoBase)
		row.factors(a, here)
		a.text(row.times(liquid.RoundCTPL(here)))
		row.factors(a, there)
		a.number(there.RhoObserved)
		row.carried(a, liquid.RoundCTPL(here), liquid.RoundCTPL(there))
	case "":
		return noCell
	default:
		return badKind
	}
	return nil
}

func (row *liquidRow) read(cells []string) (err error) {
	for _, c := range [...]int{5, 7, 9, 10} { // units and base
		if cells[c] == "" {
			return noCell
		}
	}
	if row.group, err = batchGroup(cells[2], cells[3]); err != nil {
		return err
	}
	if row.t, row.p, row.perPsi, err = conditions(cells[4], cells[5], cells[6], cells[7]); err != nil {
		return err
	}
	if row.rho, err = float(cells[8]); err != nil {
		return err
	}
	switch cells[9] {
	case "API":
		row.rho = liquid.FromAPIGravity(row.rho)
	case "RD":
		row.rho = liquid.FromRelativeDensity(row.rho)
	case "kg/m3":
	default:
		return badUnit
	}
	row.base = quantity.Reference(cells[10])
	if cells[1] == "base_to_alt" && cells[9] != "kg/m3" && row.base != quantity.At60F { // both are at 60 F whatever the base
		to, err := liquid.Rebase(row.group, row.rho, quantity.At60F, row.base)
		if err != nil {
			return err
		}
		row.rho = to.Density
	}
	if cells[13] == "" {
		return nil
	}
	volume, err := quantity.ParseFactor(cells[13])
	if err != nil {
		return noNumber
	}
	row.volume = &volume
	return nil
}

func (row *liquidRow) fromBase() (liquid.Factors, error) {
	return liquid.FromBase(row.group, row.rho, row.base, row.t, row.p)
}

// batchGroup reads a group as files of test vectors name it, and the expansion that goes with it.
func batchGroup(name, alpha string) (liquid.Group, error) {
	switch {
	case name == "":
		return liquid.Group{}, noCell
	case name == "alpha" || name == "special":
		a, err := float(alpha)
		return liquid.Special(a), err
	case alpha != "":
		return liquid.Group{}, both
	case name == "lube":
		return liquid.Lubricating, nil
	}
	return liquid.ParseGroup(name)
}

// conditions reads a temperature and a gauge pressure, and says how many of its units are in one psi.
func conditions(t, tUnit, p, pUnit string) (liquid.Temperature, liquid.Pressure, float64, error) {
	degrees, err := float(t)
	if err != nil {
		return liquid.Temperature{}, liquid.Pressure{}, 0, err
	}
	pressure, err := float(p)
	if err != nil {
		return liquid.Temperature{}, liquid.Pressure{}, 0, err
	}
	var at liquid.Temperature
	switch tUnit {
	case "F":
		at = liquid.Fahrenheit(degrees)
	case "C":
		at = liquid.Celsius(degrees)
	default:
		return liquid.Temperature{}, liquid.Pressure{}, 0, badUnit
	}
	switch strings.TrimSuffix(pUnit, "g") {
	case "psi":
		return at, liquid.Psi(pressure), 1, nil
	case "kPa":
		return at, liquid.KPa(pressure), liquid.Psi(1).KPa(), nil
	case "bar":
		return at, liquid.Bar(pressure), liquid.Psi(1).Bar(), nil
	}
	return liquid.Temperature{}, liquid.Pressure{}, 0, badUnit
}

// factors appends CTL, Fp in the unit of the pressure, CPL and CTPL.
func (row *liquidRow) factors(a *answer, f liquid.Factors) {
	a.number(f.CTL)
	a.number(f.Fp / row.perPsi)
	a.number(f.CPL)
	a.number(f.CTPL)
}

// times returns the volume times a factor, exactly, or "" if there is none.
func (row *liquidRow) times(f quantity.Factor) string {
	if row.volume == nil {
		return ""
	}
	n := new(big.Int).Mul(big.NewInt(row.volume.Mantissa), big.NewInt(f.Mantissa))
	digits := n.Abs(n).String()
	decimals := int(row.volume.Decimals) + int(f.Decimals)
	if len(digits) <= decimals {
		digits = strings.Repeat("0", decimals-len(digits)+1) + digits
	}
	sign := ""
	if row.volume.Mantissa < 0 {
		sign = "-"
	}
	whole, part := digits[:len(digits)-decimals], strings.TrimRight(digits[len(digits)-decimals:], "0")
	return sign + strings.TrimSuffix(whole+"."+part, ".")
}

// carried appends the volume at base over the factor of the alternate conditions.
func (row *liquidRow) carried(a *answer, here, there quantity.Factor) {
	if row.volume == nil {
		a.text("")
		return
	}
	a.number(row.volume.Float() * here.Float() / there.Float())
}
