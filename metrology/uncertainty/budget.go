package uncertainty

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// MethodGUM is the method that budgets name. ISO 5168 asks for the same (from memory).
const MethodGUM = "GUM (JCGM 100:2008) equations 10 and 13, degrees of freedom G.2b"

// MaxInputs is the largest number of inputs of a budget: our choice, and far beyond any budget that a person reads.
const MaxInputs = 200

// Input is a quantity that a result depends on.
type Input struct {
	Name     string
	Value    float64 // best estimate
	Standard float64 // standard uncertainty, in the unit of Value: see Expanded, Rectangular, Triangular, Mean
	// Sensitivity is the change of the result per unit of this input, the partial derivative. Propagate finds it.
	Sensitivity float64
	// Freedom is the number of degrees of freedom of Standard, 1 or more, not necessarily whole; 0 stands for infinitely many, as
	// for a figure of a certificate that is taken as it is.
	Freedom float64
}

// Expanded returns the standard uncertainty of an expanded one with its coverage factor (GUM 4.3.3).
func Expanded(u, k float64) float64 { return u / k }

// Rectangular returns the standard uncertainty of a value that may lie anywhere within a half-width, as a reading lies within
// half a step of its display (GUM 4.3.7).
func Rectangular(halfWidth float64) float64 { return halfWidth / math.Sqrt(3) }

// Triangular returns the standard uncertainty of a value that lies within a half-width, and near the middle rather than the ends
// (GUM 4.3.9).
func Triangular(halfWidth float64) float64 { return halfWidth / math.Sqrt(6) }

// Reproducibility returns the standard uncertainty of one laboratory's result from the reproducibility of a test method, which
// two laboratories exceed in one case of twenty: R/(1.96 sqrt 2), ISO 4259 (from memory, unverified).
func Reproducibility(r float64) float64 { return r / (1.959963984540054 * math.Sqrt2) }

// Mean returns the mean of repeated readings as an Input with the standard uncertainty of the mean and its degrees of freedom
// (GUM 4.2, type A). It refuses fewer than two readings, and readings beyond 1e100.
func Mean(name string, readings ...float64) (Input, error) {
	if len(readings) < 2 {
		return Input{}, fmt.Errorf("mean of %s: two readings or more are needed, not %d", name, len(readings))
	}
	n := float64(len(readings))
	var sum, squares float64
	for _, x := range readings {
		if err := finite("reading of "+name, x); err != nil {
			return Input{}, err
		}
		sum += x / n
	}
	for _, x := range readings {
		squares += (x - sum) * (x - sum)
	}
	return Input{Name: name, Value: sum, Standard: math.Sqrt(squares / (n - 1) / n), Freedom: n - 1}, nil
}

// Correlation says that two inputs, by name, err together: R is their correlation coefficient, -1 to 1. Two readings of one
// instrument whose error is that of its calibration have 1.
type Correlation struct {
	A, B string
	R    float64
}

// Line is the line of a budget for an input.
type Line struct {
	Input
	Contribution float64 // sensitivity x standard uncertainty, signed, in the unit of the result
	// Percent is the share of the variance of the result; all shares add up to 100. Of the variance that two correlated inputs
	// make together each gets half, so a share is negative where one error takes off more of another than it adds.
	Percent float64
}

// Budget is a result with its uncertainty, and where that comes from. Nothing in it is rounded.
type Budget struct {
	Value    float64
	Standard float64 // combined standard uncertainty, in the unit of Value
	Freedom  float64 // effective degrees of freedom; 0 stands for infinitely many
	Lines    []Line  // in the order of the inputs
	Method   string
}

// Combine returns the budget of a result by the law of propagation of uncertainty, GUM equations 10 and 13:
//
//	u^2 = sum over i and j of c_i u_i c_j u_j r_ij
//
// The effective degrees of freedom follow Welch and Satterthwaite (GUM G.2b), not truncated to a whole number. That formula holds
// for independent inputs; when correlated ones have finite degrees of freedom, the least of any input's is taken instead, the
// cautious choice, which is ours. Combine refuses inputs without a name or with one twice, figures that are not finite, negative
// uncertainties, degrees of freedom below 1, correlations that no set of quantities can have, and, with ErrNone, a result of
// which nothing is uncertain.
func Combine(value float64, inputs []Input, correlated ...Correlation) (Budget, error) {
	b, err := combine(value, inputs, correlated)
	if err != nil {
		return Budget{}, fmt.Errorf("uncertainty budget: %w", err)
	}
	return b, nil
}

func combine(value float64, inputs []Input, correlated []Correlation) (Budget, error) {
	if err := finite("result", value); err != nil {
		return Budget{}, err
	}
	names, err := checkInputs(inputs)
	if err != nil {
		return Budget{}, err
	}
	r, err := matrix(names, correlated)
	if err != nil {
		return Budget{}, err
	}
	b := Budget{Value: value, Lines: make([]Line, len(inputs)), Method: MethodGUM}
	var scale float64 // the largest contribution, taken out so that squares neither overflow nor vanish
	for i, in := range inputs {
		b.Lines[i] = Line{Input: in, Contribution: in.Sensitivity * in.Standard}
		if math.IsInf(b.Lines[i].Contribution, 0) {
			return Budget{}, fmt.Errorf("contribution of %s: %w", in.Name, quantity.ErrOverflow)
		}
		scale = max(scale, math.Abs(b.Lines[i].Contribution))
	}
	var variance float64
	for i := range b.Lines {
		l := &b.Lines[i]
		for j, other := range b.Lines {
			if r[i][j] != 0 {
				l.Percent += r[i][j] * (l.Contribution / scale) * (other.Contribution / scale)
			}
		}
		variance += l.Percent
	}
	const nothing = 1e-14 // of the largest variance: what rounding leaves when errors cancel
	if scale == 0 || !(variance > nothing) {
		return Budget{}, ErrNone
	}
	for i := range b.Lines {
		b.Lines[i].Percent *= 100 / variance
	}
	b.Standard = scale * math.Sqrt(variance)
	if math.IsInf(b.Standard, 0) {
		return Budget{}, fmt.Errorf("combined uncertainty: %w", quantity.ErrOverflow)
	}
	b.Freedom = b.freedom(r)
	return b, nil
}

// checkInputs returns where each input stands, by name.
func checkInputs(inputs []Input) (map[string]int, error) {
	if len(inputs) == 0 || len(inputs) > MaxInputs {
		return nil, fmt.Errorf("%d inputs: 1 to %d are accepted", len(inputs), MaxInputs)
	}
	names := make(map[string]int, len(inputs))
	for i, in := range inputs {
		if _, twice := names[in.Name]; twice || in.Name == "" {
			return nil, fmt.Errorf("input %d needs a name of its own, not %q", i+1, in.Name)
		}
		names[in.Name] = i
		if err := in.check(); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// check refuses figures that no input has.
func (in Input) check() error {
	if err := finite("value of "+in.Name, in.Value); err != nil {
		return err
	}
	if err := finite("sensitivity to "+in.Name, in.Sensitivity); err != nil {
		return err
	}
	if err := finite("standard uncertainty of "+in.Name, in.Standard); err != nil {
		return err
	}
	if in.Standard < 0 {
		return fmt.Errorf("standard uncertainty %v of %s is negative", in.Standard, in.Name)
	}
	if in.Freedom != 0 && !(in.Freedom >= 1) {
		return fmt.Errorf("%v degrees of freedom of %s: 1 or more are accepted, and 0 for infinitely many", in.Freedom, in.Name)
	}
	return nil
}

// largest is the largest magnitude of any figure: our choice, so that products of two stay finite.
const largest = 1e100

// finite refuses what is not a number, or too large a one.
func finite(what string, x float64) error {
	return inRange(what, x, -largest, largest, "units")
}

// inRange refuses what lies outside a range; NaN does.
func inRange(what string, x, min, max float64, unit string) error {
	if !(x >= min && x <= max) {
		return &quantity.RangeError{Quantity: what, Value: x, Min: min, Max: max, Unit: unit}
	}
	return nil
}

// matrix returns the correlation coefficients of all inputs.
func matrix(names map[string]int, correlated []Correlation) ([][]float64, error) {
	n := len(names)
	r := make([][]float64, n)
	for i := range r {
		r[i] = make([]float64, n)
		r[i][i] = 1
	}
	given := map[[2]int]bool{}
	for _, c := range correlated {
		i, known := names[c.A]
		j, too := names[c.B]
		if !known || !too || i == j {
			return nil, fmt.Errorf("correlation of %q and %q: both must be inputs, and different ones", c.A, c.B)
		}
		if err := inRange("correlation of "+c.A+" and "+c.B, c.R, -1, 1, "(a coefficient)"); err != nil {
			return nil, err
		}
		if given[[2]int{i, j}] {
			return nil, fmt.Errorf("correlation of %s and %s is given twice", c.A, c.B)
		}
		given[[2]int{i, j}], given[[2]int{j, i}] = true, true
		r[i][j], r[j][i] = c.R, c.R
	}
	if len(correlated) > 0 && !possible(r) {
		return nil, errors.New("correlations contradict each other: no quantities can have them all")
	}
	return r, nil
}

// possible reports whether a symmetric matrix is positive semidefinite, as a matrix of correlations is, by elimination.
func possible(r [][]float64) bool {
	const tolerance = 1e-9 // coefficients are known to a few digits
	n := len(r)
	a := make([][]float64, n)
	for i := range r {
		a[i] = append([]float64(nil), r[i]...)
	}
	for k := range n {
		pivot := a[k][k]
		if pivot < -tolerance {
			return false
		}
		for i := k + 1; i < n; i++ {
			// What is left of a quantity that others determine may have no covariance with the rest.
			if pivot <= tolerance {
				if math.Abs(a[i][k]) > math.Sqrt(tolerance) {
					return false
				}
				continue
			}
			for j := k + 1; j < n; j++ {
				a[i][j] -= a[i][k] * a[k][j] / pivot
			}
		}
	}
	return true
}

// freedom returns the effective degrees of freedom.
func (b Budget) freedom(r [][]float64) float64 {
	var sum float64
	least, correlated := math.Inf(1), false
	for i, l := range b.Lines {
		if l.Freedom == 0 || l.Contribution == 0 {
			continue
		}
		least = min(least, l.Freedom)
		q := l.Contribution / b.Standard
		sum += q * q * q * q / l.Freedom
		for j, other := range b.Lines {
			correlated = correlated || i != j && r[i][j] != 0 && other.Contribution != 0
		}
	}
	switch {
	case math.IsInf(least, 1): // nothing but inputs that are taken as known
		return 0
	case correlated:
		return least
	case sum < 1/unlimited:
		return 0
	}
	return 1 / sum
}

// Expand returns the coverage factor of the budget for a probability, 0.5 to 0.9999, and the expanded uncertainty k x Standard
// (GUM G.6.4).
func (b Budget) Expand(probability float64) (k, expanded float64, err error) {
	if k, err = Coverage(probability, b.Freedom); err != nil {
		return 0, 0, fmt.Errorf("expanded uncertainty: %w", err)
	}
	return k, k * b.Standard, nil
}

// Measured returns a volume whose relative uncertainty (k = 2) is that of the budget, for Close. The budget may be of the volume
// itself or of its factor, and in percent. It refuses a budget whose uncertainty is larger than its value, or whose value is 0.
func (b Budget) Measured(volume quantity.Micro, meter string) (Measured, error) {
	percent := 200 * b.Standard / math.Abs(b.Value)
	if !(percent >= 0 && percent <= 100) {
		return Measured{}, fmt.Errorf("expanded uncertainty is %v %% of %v, outside 0 to 100 %%", percent, b.Value)
	}
	return Measured{Volume: volume, Percent: percent, Meter: meter}, nil
}
