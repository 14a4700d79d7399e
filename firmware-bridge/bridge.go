// Package bridge is the contract between a meter and the edge: what a reading is, and what every driver promises. It names
// no driver; whoever puts a gateway together opens the drivers that its configuration asks for.
package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/metrology/quantity"
)

// Measure is what a reading is of.
type Measure string

// The measures of a liquid meter run.
const (
	Totaliser   Measure = "totaliser"   // non-resettable count of the meter's pulses
	Temperature Measure = "temperature" // of the liquid at the meter
	Pressure    Measure = "pressure"    // at the meter, gauge
	Density     Measure = "density"     // observed, at the meter's temperature and pressure
)

// units lists the units of each measure; the first is the one taken when a configuration names none.
var units = map[Measure][]string{
	Totaliser:   {"pulse"},
	Temperature: {"degC", "degF"},
	Pressure:    {"kPag", "psig"},
	Density:     {"kg/m3"},
}

// DefaultUnit returns the unit of m when none is configured (pulse, degC, kPag, kg/m3), or "" for an unknown measure.
func DefaultUnit(m Measure) string {
	if u := units[m]; len(u) > 0 {
		return u[0]
	}
	return ""
}

// CheckUnit returns an error unless m is a known measure and unit one of its units: pulse; degC or degF; kPag or psig
// (pressures are gauge); kg/m3.
func CheckUnit(m Measure, unit string) error {
	known, ok := units[m]
	if !ok {
		return fmt.Errorf("measure %q is none of totaliser, temperature, pressure, density", m)
	}
	if !slices.Contains(known, unit) {
		return fmt.Errorf("unit %q of %s must be %s", unit, m, strings.Join(known, " or "))
	}
	return nil
}

// Quality says how far a reading may be trusted. The zero value is Failed.
type Quality uint8

// The qualities, worst first.
const (
	// Failed: there is no value, Count and Value mean nothing.
	Failed Quality = iota
	// Stale: the value was right once, and is older than the configuration allows.
	Stale
	// Suspect: the value was read, but the device or its behaviour speaks against it.
	Suspect
	// Restarted: the counter lost its power or its settings since it was last read. Count is right now, its difference
	// from any earlier count means nothing.
	Restarted
	// Good: nothing speaks against the value.
	Good
)

var qualities = [...]string{"failed", "stale", "suspect", "restarted", "good"}

// String returns the quality as one lower-case word.
func (q Quality) String() string {
	if int(q) < len(qualities) {
		return qualities[q]
	}
	return fmt.Sprintf("quality(%d)", uint8(q))
}

// Reading is one measured value as the device gave it: nothing is corrected, averaged or converted but for the scale that
// the device's own documentation demands.
type Reading struct {
	Measure Measure
	// Count is the raw counter of a Totaliser; it runs from 0 to Modulus-1 and begins again. Modulus 0 is 2^64.
	Count, Modulus uint64
	// Value is the value of any other measure, in millionths of Unit.
	Value   quantity.Micro
	Unit    string
	Quality Quality
	// Note says in a few words why Quality isn't Good, and is empty when it is.
	Note string
	// Time is the time that the device gave to the value; zero when the device has no clock.
	Time time.Time
}

// Driver reads one device.
//
// Read returns one reading for each configured measure, in the order of the configuration, or an error when none of them
// can be used. With an error it may still return what it knew last, marked Stale, for the log alone. at is the time by the
// caller's clock, which is the only clock a driver may compare with: a driver whose device gives its own time returns the
// newest reading and, when its configured maxAge says so, waits for one that is not older than at minus maxAge. Read
// returns when ctx ends, with an error that wraps ctx.Err(), whatever the device is doing. After any error it may be called
// again and then tries afresh, connecting anew if need be; a driver opens its connection in Read, so a device that is
// away when the gateway starts is an error of Read, not of opening the driver.
//
// Close lets go of the device and waits for a Read that ctx cut short to come to its end, which the device's own time
// limits bound. It may be called again; Read returns ErrClosed from then on.
//
// A driver has one caller at a time, for both methods together.
type Driver interface {
	Read(ctx context.Context, at time.Time) ([]Reading, error)
	Close() error
}

var (
	// ErrClosed is returned by Read after Close.
	ErrClosed = errors.New("driver is closed")
	// ErrFault is wrapped by errors of a device that answered, and says that it or its sensor is broken. Any other error
	// means that no answer was to be had.
	ErrFault = errors.New("fault at the device")
)
