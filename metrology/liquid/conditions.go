package liquid

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gauger/gauger/metrology/quantity"
)

// Temperature is a temperature in the unit it was given in. The zero Temperature means none was given, and is refused.
type Temperature struct {
	value float64
	unit  temperatureUnit
}

type temperatureUnit uint8

const (
	celsius temperatureUnit = iota + 1
	fahrenheit
)

// Celsius returns a temperature of t degrees C.
func Celsius(t float64) Temperature { return Temperature{t, celsius} }

// Fahrenheit returns a temperature of t degrees F.
func Fahrenheit(t float64) Temperature { return Temperature{t, fahrenheit} }

// Celsius returns the temperature in degrees C, exactly as given if it was given so.
func (t Temperature) Celsius() float64 {
	if t.unit == fahrenheit {
		return (t.value - 32) / 1.8
	}
	return t.value
}

// Fahrenheit returns the temperature in degrees F, exactly as given if it was given so.
func (t Temperature) Fahrenheit() float64 {
	if t.unit == celsius {
		return 1.8*t.value + 32
	}
	return t.value
}

// String prints the temperature in the unit it was given in: "26.8 C".
func (t Temperature) String() string {
	return measure(t.value, [...]string{"", "C", "F"}[t.unit])
}

// InRange refuses, with ErrMissing, a temperature that was never given and, with *quantity.RangeError, one that is not from low
// to high, both included. Limits are compared and printed in the unit that t was given in.
func (t Temperature) InRange(low, high Temperature) error {
	limits, unit := interval{low.Fahrenheit(), high.Fahrenheit()}, "F"
	switch t.unit {
	case fahrenheit:
	case celsius:
		limits, unit = interval{low.Celsius(), high.Celsius()}, "C"
	default:
		return fmt.Errorf("temperature %w", ErrMissing)
	}
	if !limits.hold(t.value) {
		return &quantity.RangeError{Quantity: "temperature", Value: t.value, Min: limits.min, Max: limits.max, Unit: unit}
	}
	return nil
}

// Pressure is a gauge pressure in the unit it was given in. The zero Pressure means none was given, and is refused.
type Pressure struct {
	value float64
	unit  pressureUnit
}

type pressureUnit uint8

const (
	psi pressureUnit = iota + 1
	kPa
	bar
)

// The divisors of 11.1, which are not those of the SI to the last digit.
const (
	kPaPerPsi = 6.894757
	barPerPsi = 0.06894757
	kPaPerBar = 100
)

// Psi returns a gauge pressure of p psi.
func Psi(p float64) Pressure { return Pressure{p, psi} }

// KPa returns a gauge pressure of p kPa.
func KPa(p float64) Pressure { return Pressure{p, kPa} }

// Bar returns a gauge pressure of p bar.
func Bar(p float64) Pressure { return Pressure{p, bar} }

// Psi returns the gauge pressure in psi, exactly as given if it was given so.
func (p Pressure) Psi() float64 {
	switch p.unit {
	case kPa:
		return p.value / kPaPerPsi
	case bar:
		return p.value / barPerPsi
	}
	return p.value
}

// KPa returns the gauge pressure in kPa, exactly as given if it was given so.
func (p Pressure) KPa() float64 {
	switch p.unit {
	case psi:
		return p.value * kPaPerPsi
	case bar:
		return p.value * kPaPerBar
	}
	return p.value
}

// Bar returns the gauge pressure in bar, exactly as given if it was given so.
func (p Pressure) Bar() float64 {
	switch p.unit {
	case psi:
		return p.value * barPerPsi
	case kPa:
		return p.value / kPaPerBar
	}
	return p.value
}

// String prints the pressure in the unit it was given in: "1900 kPa".
func (p Pressure) String() string {
	return measure(p.value, [...]string{"", "psi", "kPa", "bar"}[p.unit])
}

// maxPsi is the highest gauge pressure 11.1 covers; in kPa and bar the same pressure is the limit.
const maxPsi = 1500

// inRange returns the pressure in psi gauge if 11.1 covers it. A negative pressure counts as 0, as 11.1 has it.
func (p Pressure) inRange() (float64, error) {
	if p.unit == 0 {
		return 0, fmt.Errorf("pressure %w", ErrMissing)
	}
	x := p.Psi()
	if !(x <= maxPsi) || math.IsInf(x, -1) {
		perPsi := [...]float64{psi: 1, kPa: kPaPerPsi, bar: barPerPsi}[p.unit]
		unit := [...]string{psi: "psi", kPa: "kPa", bar: "bar"}[p.unit]
		return 0, &quantity.RangeError{Quantity: "gauge pressure", Value: p.value, Min: 0, Max: maxPsi * perPsi, Unit: unit}
	}
	return max(x, 0), nil
}

func measure(value float64, unit string) string {
	if unit == "" {
		return "not given"
	}
	return strconv.FormatFloat(value, 'f', -1, 64) + " " + unit
}
