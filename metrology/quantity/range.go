package quantity

import "fmt"

// RangeError reports an input, or a density computed from it, that a method does not cover.
type RangeError struct {
	Quantity string  // "temperature", "observed density of crude", ...
	Value    float64 // as given, in Unit
	Min, Max float64 // the accepted range, in Unit
	Unit     string
}

// Error names the value and the accepted range.
func (e *RangeError) Error() string {
	return fmt.Sprintf("%s: %.10g %s is outside %.10g to %.10g %s", e.Quantity, e.Value, e.Unit, e.Min, e.Max, e.Unit)
}
