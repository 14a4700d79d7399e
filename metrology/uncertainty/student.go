package uncertainty

import (
	"fmt"
	"math"
)

// unlimited is the number of degrees of freedom from which on Student's distribution is taken for the normal one: in its
// coverage factors they differ by less than 2e-9.
const unlimited = 1e10

// Coverage returns the coverage factor k for a probability that the interval of k standard uncertainties to either side shall
// hold, 0.5 to 0.9999: the two-sided point of Student's t with a number of degrees of freedom of 1 or more, not necessarily
// whole; 0 and +Inf stand for infinitely many, the normal distribution (GUM G.3, G.6).
func Coverage(probability, freedom float64) (float64, error) {
	if err := inRange("coverage probability", probability, 0.5, 0.9999, "(1 is certainty)"); err != nil {
		return 0, err
	}
	if freedom != 0 && !(freedom >= 1) {
		return 0, fmt.Errorf("%v degrees of freedom: 1 or more are accepted, and 0 for infinitely many", freedom)
	}
	z := math.Sqrt2 * math.Erfinv(probability)
	switch {
	case freedom == 0 || freedom >= unlimited:
		return z, nil
	case freedom >= 1000:
		return nearNormal(z, freedom), nil
	}
	// The tail falls with t, and t is never less than z: bracket, then halve.
	tail := 1 - probability
	low, high := z, 2*z
	for range 64 {
		if outside(high, freedom) <= tail {
			break
		}
		low, high = high, 2*high
	}
	for range 100 {
		middle := low + (high-low)/2
		if middle == low || middle == high {
			break
		}
		if outside(middle, freedom) > tail {
			low = middle
		} else {
			high = middle
		}
	}
	return high, nil
}

// nearNormal expands Student's t about the normal point z in powers of 1/n (Abramowitz and Stegun 26.7.5).
func nearNormal(z, n float64) float64 {
	z2 := z * z
	g1 := (z2 + 1) * z / 4
	g2 := ((5*z2+16)*z2 + 3) * z / 96
	g3 := (((3*z2+19)*z2+17)*z2 - 15) * z / 384
	g4 := ((((79*z2+776)*z2+1482)*z2-1920)*z2 - 945) * z / 92160
	return z + (g1+(g2+(g3+g4/n)/n)/n)/n
}

// outside returns the probability that Student's t with n degrees of freedom lies beyond t to either side: the regularized
// incomplete beta function of n/(n + t^2) with n/2 and 1/2.
func outside(t, n float64) float64 {
	x := n / (n + t*t)
	y := t * t / (n + t*t) // 1 - x, without cancellation
	a, b := n/2, 0.5
	la, _ := math.Lgamma(a)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la+a*math.Log(x)+b*math.Log(y)) / math.SqrtPi
	if x < (a+1)/(a+b+2) {
		return front * betaFraction(a, b, x) / a
	}
	return 1 - front*betaFraction(b, a, y)/b
}

// betaFraction is the continued fraction of the incomplete beta function, DLMF 8.17.22, evaluated from the front by the method of
// Lentz. It converges fast for x below (a+1)/(a+b+2).
func betaFraction(a, b, x float64) float64 {
	const tiny = 1e-300
	nonzero := func(v float64) float64 {
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/nonzero(1-(a+b)*x/(a+1))
	f := d
	for i := range 1000 {
		m := float64(i + 1)
		for _, e := range [2]float64{
			m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m)),
			-(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1)),
		} {
			d = 1 / nonzero(1+e*d)
			c = nonzero(1 + e/c)
			f *= c * d
		}
		if math.Abs(c*d-1) < 1e-15 {
			break
		}
	}
	return f
}
