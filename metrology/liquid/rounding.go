package liquid

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// Rounding names what is done to temperature, pressure and density before API MPMS 11.1 is applied. It is recorded with every
// result, since the two policies differ in the fifth decimal of CTPL.
type Rounding string

// The rounding policies.
const (
	// InputsUnrounded uses inputs as they are: the procedure of the 2004 edition.
	InputsUnrounded Rounding = "MPMS 11.1 inputs unrounded"
	// InputDiscrimination first rounds each input to its increment, in the unit it was given in: 0.1 F or 0.05 C; 1 psi, 5 kPa
	// or 0.05 bar; 0.1 kg/m3. Contracts that still follow printed tables ask for it.
	InputDiscrimination Rounding = "MPMS 11.1 input discrimination"
)

// Valid refuses, with ErrRounding, any name but those of the two policies.
func (r Rounding) Valid() error {
	switch r {
	case InputsUnrounded, InputDiscrimination:
		return nil
	}
	return fmt.Errorf("%w: %q is neither %q nor %q", ErrRounding, string(r), InputsUnrounded, InputDiscrimination)
}

// Temperature returns t as the policy has it, in the unit it was given in.
func (r Rounding) Temperature(t Temperature) (Temperature, error) {
	if r == InputDiscrimination {
		switch t.unit {
		case celsius:
			t.value = roundTo(t.value, 1, 20)
		case fahrenheit:
			t.value = roundTo(t.value, 1, 10)
		}
	}
	return t, r.Valid()
}

// Pressure returns p as the policy has it, in the unit it was given in.
func (r Rounding) Pressure(p Pressure) (Pressure, error) {
	if r == InputDiscrimination {
		switch p.unit {
		case psi:
			p.value = roundTo(p.value, 1, 1)
		case kPa:
			p.value = roundTo(p.value, 5, 1)
		case bar:
			p.value = roundTo(p.value, 1, 20)
		}
	}
	return p, r.Valid()
}

// Density returns a density in kg/m3 as the policy has it. A density that was read as an API gravity is rounded as such, to 0.1
// (ReportAPIGravity), before it is converted.
func (r Rounding) Density(rho float64) (float64, error) {
	if r == InputDiscrimination {
		rho = roundTo(rho, 1, 10)
	}
	return rho, r.Valid()
}

// roundTo returns x rounded to a multiple of num/den, halves to the even multiple, the sign apart (11.1.5.4). The increment
// is a fraction so that the result is the float64 nearest to the decimal.
func roundTo(x, num, den float64) float64 { return math.RoundToEven(x*den/num) * num / den }

// RoundCTPL returns CTPL with the five decimals of 11.1, a half going to the even digit: the factor that volumes are multiplied
// by. Factors that are not those of a liquid give a Factor that is not Valid.
func RoundCTPL(f Factors) quantity.Factor { return round5(f.CTPL) }

func round5(x float64) quantity.Factor {
	if !(x > 0 && x < 10) {
		return quantity.Factor{}
	}
	return quantity.F(int64(math.RoundToEven(x*1e5)), 5)
}
