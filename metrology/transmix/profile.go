package transmix

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// MethodProfile is the method that cuts name. That the profile is the one of diffusion is from memory; the tails of real
// interfaces are longer on the trailing side.
const MethodProfile = "normal profile of the interface, 1-99 % (unverified)"

// edge is the distance from the middle of the interface to where 1 % of the other product is left, in standard deviations of the
// profile: the 99 % point of the normal distribution.
const edge = 2.3263478740408408

// Leading returns the share of the leading product, 0 to 1, in what passes a point, a volume after the middle of the interface
// (before it when negative), both in the unit of the mixed volume:
//
//	C = erfc(x / (sigma sqrt 2)) / 2,  sigma = mixed / (2 x 2.326)
//
// so that 99 % is at the beginning of the mixed zone and 1 % at its end. It refuses a mixed volume that is not positive, and
// volumes that are no numbers.
func Leading(mixed, after float64) (float64, error) {
	if !(mixed > 0) || math.IsInf(mixed, 1) || math.IsNaN(after) {
		return 0, fmt.Errorf("profile: mixed volume %v must be positive, and %v a volume", mixed, after)
	}
	return 0.5 * math.Erfc(after/mixed*2*edge/math.Sqrt2), nil
}

// Cuts divide the mixed zone: its beginning goes to the leading product and its end to the trailing one; what lies between is
// transmix, a lot of its own. The three add up to the mixed zone exactly. The first cut comes ToLeading after the beginning of
// the zone, the second one ToTrailing before its end.
type Cuts struct {
	ToLeading  quantity.Micro
	Transmix   quantity.Micro
	ToTrailing quantity.Micro

	// Of the other product, what goes along with the cuts, and what part of the transmix is the leading product, 0 to 1 (0 where
	// there is no transmix). Unrounded; in whole units.
	TrailingInLeading float64
	LeadingInTrailing float64
	LeadingInTransmix float64

	Method string
}

// Cut divides a mixed volume at the limits of the two products: the leading one takes what holds at most a share trailing of the
// other, the trailing one what holds at most a share leading. Limits are 0.01 to 0.5; with 0.5 for both there is one cut in the
// middle and no transmix. Limits for the whole batch, rather than for each drop of it, allow later cuts. It refuses volumes that
// are not positive and, with *quantity.RangeError, other limits: beyond the 1 % that ends the mixed zone the profile is not
// known.
func Cut(mixed quantity.Micro, trailing, leading float64) (Cuts, error) {
	if mixed <= 0 {
		return Cuts{}, errors.New("cut: there is no mixed volume")
	}
	if err := within("share of the trailing product in the leading one", trailing, 0.01, 0.5, "(1 is all)"); err != nil {
		return Cuts{}, fmt.Errorf("cut: %w", err)
	}
	if err := within("share of the leading product in the trailing one", leading, 0.01, 0.5, "(1 is all)"); err != nil {
		return Cuts{}, fmt.Errorf("cut: %w", err)
	}
	sigma := mixed.Float() / 2 / edge
	first, second := point(trailing), -point(leading) // in sigmas after the middle
	c := Cuts{Method: MethodProfile}
	var err error
	if c.ToLeading, err = portion(mixed, first); err != nil {
		return Cuts{}, fmt.Errorf("cut: %w", err)
	}
	if c.ToTrailing, err = portion(mixed, -second); err != nil {
		return Cuts{}, fmt.Errorf("cut: %w", err)
	}
	c.ToTrailing = min(c.ToTrailing, mixed-c.ToLeading) // two halves rounded away from zero are one micro-unit too much
	c.Transmix = mixed - c.ToLeading - c.ToTrailing
	c.TrailingInLeading = sigma * loss(first)
	c.LeadingInTrailing = sigma * loss(-second)
	if c.Transmix > 0 {
		// Of the leading product, all up to the second cut less all up to the first.
		held := (second - loss(second)) - (first - loss(first))
		c.LeadingInTransmix = min(max(held/(second-first), 0), 1)
	}
	return c, nil
}

// portion returns the part of the mixed zone up to a point, at most its middle, in sigmas after the middle.
func portion(mixed quantity.Micro, at float64) (quantity.Micro, error) {
	part, err := quantity.FromFloat((0.5 + at/(2*edge)) * mixed.Float())
	return min(max(part, 0), mixed), err
}

// point returns the point of the normal distribution below which a share lies.
func point(share float64) float64 { return -math.Sqrt2 * math.Erfinv(1-2*share) }

// loss is the integral of the normal distribution up to z: z Phi(z) + phi(z).
func loss(z float64) float64 {
	return z*0.5*math.Erfc(-z/math.Sqrt2) + math.Exp(-z*z/2)/math.Sqrt(2*math.Pi)
}

// Passed returns how far through a crossing interface is: the share, 0 to 1, that the densities before, after and now say has
// become the trailing product, by volume and with the three at one temperature and pressure. It refuses densities that are not
// positive, equal ones before and after, and one now that lies beyond both by more than a tenth of their difference.
func Passed(before, after, now float64) (float64, error) {
	for _, rho := range [...]float64{before, after, now} {
		if !(rho > 0) || math.IsInf(rho, 1) {
			return 0, fmt.Errorf("interface: density %v must be positive", rho)
		}
	}
	if before == after {
		return 0, fmt.Errorf("interface: densities before and after are both %v; they tell nothing", before)
	}
	const overshoot = 0.1
	share := (now - before) / (after - before)
	if err := within("share of the way from one density to the other", share, -overshoot, 1+overshoot, "(1 is all)"); err != nil {
		return 0, fmt.Errorf("interface: %w", err)
	}
	return min(max(share, 0), 1), nil
}
