// Package gas holds what all calculations of natural gas share: the components and their mole fractions, the properties that an
// equation of state gives, the base conditions that every volume carries, and the way from the volume at the meter to the volume
// at base conditions and its energy. The equations of state are in the packages detail, gerg and gross beneath it.
package gas

import "errors"

// Properties are the properties of a gas or liquid at a temperature and density, as an equation of state gives them.
type Properties struct {
	M      float64 // molar mass, g/mol
	T      float64 // temperature, K
	P      float64 // absolute pressure, kPa
	D      float64 // molar density, mol/dm3
	Z      float64 // compressibility factor
	DPDD   float64 // dP/dD at constant T, kPa dm3/mol
	D2PDD2 float64 // d2P/dD2 at constant T, kPa (dm3/mol)^2
	DPDT   float64 // dP/dT at constant D, kPa/K
	U      float64 // internal energy, J/mol
	H      float64 // enthalpy, J/mol
	S      float64 // entropy, J/(mol K)
	Cv, Cp float64 // isochoric and isobaric heat capacity, J/(mol K)
	W      float64 // speed of sound, m/s; 0 where its square is not positive
	G      float64 // Gibbs energy, J/mol
	JT     float64 // Joule-Thomson coefficient, K/kPa
	Kappa  float64 // isentropic exponent; 0 where W is
}

// The refusals of the equations of state, besides *quantity.RangeError.
var (
	// ErrUnstable reports a state inside the two-phase region, where the fluid would split.
	ErrUnstable = errors.New("unstable state: the fluid would split into gas and liquid here")
	// ErrNoConvergence reports a temperature and pressure for which the iteration found no density.
	ErrNoConvergence = errors.New("iteration for the density did not converge")
)
