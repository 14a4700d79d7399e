package gerg

import "math"

// steps is how many steps of the table fallen halve a value.
const steps = 64

// fallen is 2^(-i/steps).
var fallen = func() (f [steps]float64) {
	for i := range f {
		f[i] = math.Exp2(-float64(i) / steps)
	}
	return f
}()

// stepHigh and stepLow add up to ln 2 / steps; the first has few digits, so that whole multiples of it are exact.
const (
	stepHigh = 0x1.62e42feep-7
	stepLow  = 0x1.a39ef35793c76p-39
)

// fall returns exp(-x) for x >= 0, in the time of half a math.Exp: the nearest 2^(-k/steps), and five terms of the series of the
// rest, which is at most 0.0054. From 700 on it returns 0.
func fall(x float64) float64 {
	if !(x < 700) {
		return 0
	}
	k := int(x*(steps/math.Ln2) + 0.5)
	r := float64(k)*stepHigh - x + float64(k)*stepLow
	half := math.Float64frombits(uint64(1023-k/steps) << 52) // 2^-(k/steps)
	return half * fallen[k%steps] * (1 + (r + r*r*(1.0/2+r*(1.0/6+r*(1.0/24+r*(1.0/120))))))
}
