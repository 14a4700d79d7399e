package liquid

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gauger/gauger/metrology/quantity"
)

// Group is a commodity group of API MPMS 11.1: it decides how a liquid expands. The zero Group is refused.
type Group struct {
	kind    kind
	alpha60 float64 // special only: per degree F
}

type kind uint8

const (
	crude kind = iota + 1
	refined
	lubricating
	special
)

// The commodity groups of API MPMS 11.1 whose expansion follows from the density.
var (
	Crude       = Group{kind: crude}       // A: crude oil, and bitumen blends
	Refined     = Group{kind: refined}     // B: gasoline, jet fuel, fuel oil; the density picks the subgroup
	Lubricating = Group{kind: lubricating} // D: lubricating oil
)

// Special is group C, special applications: a liquid whose expansion at 60 F is known, in 1/degree F, 230e-6 to 930e-6.
func Special(alpha60 float64) Group { return Group{kind: special, alpha60: alpha60} }

// Valid reports whether the group is one of the four, and its expansion, when given, one that 11.1 covers.
func (g Group) Valid() error {
	switch g.kind {
	case crude, refined, lubricating:
		return nil
	case special:
		if !(g.alpha60 >= 230e-6 && g.alpha60 <= 930e-6) {
			return &quantity.RangeError{Quantity: "expansion at 60 F", Value: g.alpha60, Min: 230e-6, Max: 930e-6, Unit: "1/F"}
		}
		return nil
	}
	return fmt.Errorf("%w: none given; name crude, refined, lubricating or special", ErrGroup)
}

func (g Group) name() string {
	return [...]string{"no group", "crude", "refined", "lubricating", "special"}[g.kind]
}

// String prints the name that ParseGroup reads: "crude", "special 0.00057634".
func (g Group) String() string {
	if g.kind == special {
		return g.name() + " " + strconv.FormatFloat(g.alpha60, 'f', -1, 64)
	}
	return g.name()
}

// ParseGroup reads "crude", "refined", "lubricating", or "special" followed by the expansion at 60 F in 1/degree F.
func ParseGroup(s string) (Group, error) {
	switch s {
	case "crude":
		return Crude, nil
	case "refined":
		return Refined, nil
	case "lubricating":
		return Lubricating, nil
	}
	if alpha, ok := strings.CutPrefix(s, "special "); ok {
		a, err := strconv.ParseFloat(alpha, 64)
		if err != nil {
			return Group{}, fmt.Errorf("%w: expansion %q is not a number such as 0.00057634", ErrGroup, alpha)
		}
		return Special(a), Special(a).Valid()
	}
	return Group{}, fmt.Errorf("%w: %q is none of crude, refined, lubricating, special with an expansion", ErrGroup, s)
}

// interval is a closed range of densities in kg/m3.
type interval struct{ min, max float64 }

// hold reports whether x lies in the interval; NaN does not.
func (i interval) hold(x float64) bool { return x >= i.min && x <= i.max }

// baseLimits returns the densities at 60 F that 11.1 accepts. For special applications no source at hand states limits, so they
// are our choice: below 630 kg/m3, near 302 F and 1500 psi, two base densities can look the same when observed.
func (g Group) baseLimits() interval {
	switch g.kind {
	case lubricating:
		return interval{800.9, 1163.5}
	case special:
		return interval{630, 1163.5}
	}
	return interval{610.6, 1163.5}
}

// observedLimits returns the densities at any temperature and pressure that 11.1 accepts; special is as wide as refined.
func (g Group) observedLimits() interval {
	switch g.kind {
	case crude:
		return interval{470.5, 1201.8}
	case lubricating:
		return interval{714.3, 1208.3}
	}
	return interval{470.4, 1209.5}
}

// clamp keeps an iterate within the interval, outside which coefficients mean nothing.
func (i interval) clamp(x float64) float64 { return min(max(x, i.min), i.max) }

// coefficients of alpha60 = (K0/rho + K1)/rho + K2, and the factor that damps the iteration of 11.1.6.2.
type coefficients struct{ k0, k1, k2, damping float64 }

// The densities at 60 F where the subgroups of refined products meet, kg/m3.
const (
	gasolineToTransition = 770.3520
	transitionToJet      = 787.5195
	jetToFuelOil         = 838.3127
)

// coefficients returns the constants of the group, or of the subgroup that rho60 falls in. A special group has none.
func (g Group) coefficients(rho60 float64) coefficients {
	switch {
	case g.kind == crude:
		return coefficients{341.0957, 0, 0, 2.0}
	case g.kind == lubricating:
		return coefficients{0, 0.34878, 0, 1.0}
	case rho60 >= jetToFuelOil:
		return coefficients{103.8720, 0.2701, 0, 1.3}
	case rho60 >= transitionToJet:
		return coefficients{330.3010, 0, 0, 2.0}
	case rho60 >= gasolineToTransition:
		return coefficients{1489.0670, 0, -0.00186840, 8.5}
	}
	return coefficients{192.4571, 0.2438, 0, 1.5}
}

// damping is the D_alpha of 11.1.6.2; a given expansion does not move with the density.
func (g Group) damping(rho60 float64) float64 {
	if g.kind == special {
		return 0
	}
	return g.coefficients(rho60).damping
}

// swings reports whether two iterates of a refined product lie on either side of a boundary of the transition subgroup and
// within 1 kg/m3 of it. There alpha60 makes a small step that no density may fit; 11.1 accepts the last iterate.
func (g Group) swings(a, b float64) bool {
	if g.kind != refined {
		return false
	}
	for _, edge := range [...]float64{gasolineToTransition, transitionToJet} {
		if math.Abs(a-edge) < 1 && math.Abs(b-edge) < 1 && (a < edge) != (b < edge) {
			return true
		}
	}
	return false
}
