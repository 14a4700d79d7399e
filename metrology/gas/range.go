package gas

// Range says in which of the ranges that are stated for an equation of state a temperature and pressure lie. A result records it
// beside its method, because the equations answer far outside the range in which their uncertainty is known.
type Range string

// The ranges. What bounds them is said by the equation of state. None of the bounds has been held against the text of a standard.
const (
	NormalRange   Range = "normal range (limits unverified)"              // of the uncertainty that is usually quoted
	ExtendedRange Range = "extended range (limits unverified)"            // of a greater one
	OutsideRange  Range = "outside the stated ranges (limits unverified)" // none is stated
)
