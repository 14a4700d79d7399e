package liquid

import (
	"errors"
	"fmt"
)

// The refusals that are not about a number out of range.
var (
	// ErrMissing reports a temperature or pressure that was never given: the zero value of its type.
	ErrMissing = errors.New("not given")
	// ErrGroup reports a commodity group that API MPMS 11.1 does not know.
	ErrGroup = errors.New("unknown commodity group")
	// ErrReference reports reference conditions that API MPMS 11.1 does not know.
	ErrReference = errors.New("unknown reference conditions")
	// ErrRounding reports a rounding policy or ticket scheme that is none of the named ones.
	ErrRounding = errors.New("unknown rounding policy")
	// ErrNoConvergence reports an observed density for which 15 iterations found no base density.
	ErrNoConvergence = errors.New("iteration for the base density did not converge")
)

// RangeError reports an input, or a density computed from it, that a method does not cover.
type RangeError struct {
	Quantity string  // "temperature", "observed density of crude", ...
	Value    float64 // as given, in Unit
	Min, Max float64 // the accepted range, in Unit
	Unit     string
}

// Error names the value and the accepted range.
func (e *RangeError) Error() string {
	return fmt.Sprintf("%s: %v %s is outside %.10g to %.10g %s", e.Quantity, e.Value, e.Unit, e.Min, e.Max, e.Unit)
}
