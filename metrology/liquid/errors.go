package liquid

import "errors"

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
