// Package average takes the averages of the inputs of a flow meter over a period: by time or by quantity, of the input itself
// or of its square root, and only while there is flow (API MPMS 21.1, Annex B). Averages stream: they keep a few sums, never
// the samples.
package average

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// Method is the method and edition that averages of this package name. Nobody has yet held the techniques against the text of
// Annex B.
const Method = "API MPMS 21.1-2013, Annex B (techniques unverified)"

// Technique says how samples are weighted, and whether the input itself or its square root is averaged.
type Technique uint8

// The techniques. Transactions with differential meters state flow-time linear averages (21.1, 5.2).
const (
	FlowTimeLinear        Technique = iota + 1 // by the time while there is flow
	FlowTimeFormulaic                          // the same of the square root, squared
	FlowWeightedLinear                         // by the quantity that flowed
	FlowWeightedFormulaic                      // the same of the square root, squared
)

var techniques = [...]string{
	FlowTimeLinear: "flow-time linear", FlowTimeFormulaic: "flow-time formulaic",
	FlowWeightedLinear: "flow-weighted linear", FlowWeightedFormulaic: "flow-weighted formulaic",
}

// Valid refuses what is none of the techniques.
func (t Technique) Valid() error {
	if t < FlowTimeLinear || t > FlowWeightedFormulaic {
		return fmt.Errorf("averaging technique %d is none of %q", uint8(t), techniques[FlowTimeLinear:])
	}
	return nil
}

// String names the technique: "flow-time linear".
func (t Technique) String() string {
	if t.Valid() != nil {
		return fmt.Sprintf("technique %d", uint8(t))
	}
	return techniques[t]
}

// MarshalText prints the technique as String does; none at all, the zero Technique, is the empty text.
func (t Technique) MarshalText() ([]byte, error) {
	if t == 0 {
		return nil, nil
	}
	return []byte(t.String()), t.Valid()
}

// UnmarshalText reads what MarshalText prints.
func (t *Technique) UnmarshalText(text []byte) error {
	for i, name := range techniques {
		if name == string(text) {
			*t = Technique(i)
			return nil
		}
	}
	return fmt.Errorf("averaging technique %q is none of %q", text, techniques[FlowTimeLinear:])
}

// Formulaic reports whether the technique averages square roots.
func (t Technique) Formulaic() bool { return t == FlowTimeFormulaic || t == FlowWeightedFormulaic }

// Linear returns the technique with the same weights that averages the input itself: for inputs that a formulaic technique leaves
// alone, since flow does not go with their square root.
func (t Technique) Linear() Technique {
	switch t {
	case FlowTimeFormulaic:
		return FlowTimeLinear
	case FlowWeightedFormulaic:
		return FlowWeightedLinear
	}
	return t
}

func (t Technique) weighted() bool { return t == FlowWeightedLinear || t == FlowWeightedFormulaic }

// The range of what is averaged and of its weights.
const (
	maxInput  = 1e12
	maxTime   = 1e18
	maxFlow   = 1e30
	minWeight = 1e-100 // a smaller weight would lose digits; no clock or meter can tell it from none
)

// Mean is the average of one input over a period. A new one names its Technique; the other fields are its sums, exported to be
// stored and taken up again.
type Mean struct {
	Technique Technique

	Flowing, Weight Sum // weight x (square root of) input, and weight, while there was flow
	Plain, Time     Sum // time x input, and time, always
}

// Add takes in a sample: input x stood for a time (in any unit, the same for all samples) in which a quantity flow passed
// (likewise; 0 when there was none). A time or flow below 1e-100 is taken for 0. It refuses, with *quantity.RangeError, what is
// negative but for x, no number, or huge, and for a formulaic technique a negative x that flowed.
func (m *Mean) Add(x, time, flow float64) error {
	if err := m.check(x, time, flow); err != nil {
		return err
	}
	if time < minWeight {
		time = 0
	}
	m.Plain.add(float64(x * time))
	m.Time.add(time)
	if flow < minWeight {
		return nil
	}
	weight := time
	if m.Technique.weighted() {
		weight = flow
	}
	if m.Technique.Formulaic() {
		x = math.Sqrt(x)
	}
	m.Flowing.add(float64(x * weight))
	m.Weight.add(weight)
	return nil
}

func (m *Mean) check(x, time, flow float64) error {
	switch {
	case m.Technique == 0 || m.Technique > FlowWeightedFormulaic:
		return m.Technique.Valid()
	case !(x >= -maxInput && x <= maxInput):
		return &quantity.RangeError{Quantity: "averaged input", Value: x, Min: -maxInput, Max: maxInput, Unit: "units"}
	case !(time >= 0 && time <= maxTime):
		return &quantity.RangeError{Quantity: "time of a sample", Value: time, Min: 0, Max: maxTime, Unit: "units"}
	case !(flow >= 0 && flow <= maxFlow):
		return &quantity.RangeError{Quantity: "flow of a sample", Value: flow, Min: 0, Max: maxFlow, Unit: "units"}
	case x < 0 && flow >= minWeight && m.Technique.Formulaic():
		return &quantity.RangeError{Quantity: "input of a formulaic average", Value: x, Min: 0, Max: maxInput, Unit: "units"}
	}
	return nil
}

// Valid refuses sums that Add cannot have made, and an unknown technique.
func (m *Mean) Valid() error {
	if err := m.Technique.Valid(); err != nil {
		return err
	}
	for _, s := range [...]Sum{m.Flowing, m.Weight, m.Plain, m.Time} {
		if err := s.Valid(); err != nil {
			return err
		}
	}
	if m.Weight.Value() < 0 || m.Time.Value() < 0 {
		return fmt.Errorf("stored average: weight %v and time %v may not be negative", m.Weight.Value(), m.Time.Value())
	}
	return nil
}

// Over says what an average was taken over.
type Over uint8

// What an average can be taken over.
const (
	Nothing Over = iota // there were no samples, and there is no average
	All                 // nothing flowed: the plain average by time of all samples, to be flagged
	Flow                // the samples with flow, by the technique
)

// Value returns the average, and what it was taken over. Over Nothing it is 0.
func (m *Mean) Value() (float64, Over) {
	if w := m.Weight.Value(); w > 0 {
		x := m.Flowing.Value() / w
		if m.Technique.Formulaic() {
			x *= x
		}
		return x, Flow
	}
	if t := m.Time.Value(); t > 0 {
		return m.Plain.Value() / t, All
	}
	return 0, Nothing
}

// Flows reports whether a differential pressure is flow: it is above zero and not below the low-flow cut-off, under which a
// transmitter's zero cannot be told from flow. That the cut-off itself counts as flow is unverified.
func Flows(differential, cutoff float64) bool { return differential > 0 && differential >= cutoff }

// Extension returns the square root of the product of differential and absolute static pressure. Its integral over time, the
// integral value of 21.1, is what a volume can be recomputed from; the root of the averages' product is not the same. It
// refuses, with *quantity.RangeError, pressures outside 0 to 1e12.
func Extension(differential, static float64) (float64, error) {
	for _, p := range [...]struct {
		name  string
		value float64
	}{{"differential pressure", differential}, {"absolute static pressure", static}} {
		if !(p.value >= 0 && p.value <= maxInput) {
			return 0, &quantity.RangeError{Quantity: p.name, Value: p.value, Min: 0, Max: maxInput, Unit: "units"}
		}
	}
	return math.Sqrt(differential * static), nil
}
