// Package qtr makes quantity transaction records, the hourly and daily records of custody transfer: of gas by API MPMS 21.1, of
// liquids by 21.2. A recorder is a state machine without a clock of its own. Samples, ticks and changes of constants go in,
// closed records come out; what it needs to go on is a plain state that the caller stores and hands in again.
//
// Time is cut as follows, the same however the samples are batched and whether ticks come between them:
//   - A record ends on the hour of the contract's calendar and covers at most 60 minutes. It ends earlier when a constant that affects
//     flow changes, at a restart, or when a ticket does.
//   - A sample stands for the time since the sample before. Where an hour ends in between, that time is split there. Pulses are not
//     split: they belong to the record that the sample falls into, so that opening and closing totals are readings, never estimates.
//   - Time longer than a sample may stand for, or of failed inputs, was not watched. It is counted as missed, and not filled in:
//     that would be an estimate, which is a correction's to make. What a meter counted meanwhile is counted, and said to be unseen.
//   - Records of a series tile the time without a hole; each has the next sequence number.
//
// A record is never edited. A correction is a new record that names the one it corrects.
package qtr

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gauger/gauger/metrology/qtr/average"
	"github.com/gauger/gauger/metrology/quantity"
)

// The methods and editions that records of this package name. What is marked unverified nobody has yet held against the text of
// the standard.
const (
	MethodGas    = "API MPMS 21.1-2013, 5.2 (periods and contents, via an excerpt); averages: " + average.Method
	MethodLiquid = "API MPMS 21.2-1998 (contents and averages unverified), MPMS 12.2-2021 continuous (equations unverified)"
	MethodDaily  = "sums of the records of a contract day; averages of theirs by the same weights (API MPMS 21.1, 21.2 unverified)"
)

// Rounding is the rounding that all records of this package have, so that volumes and integral values are stored to more than
// the five decimals, averages to more than the three that 43 CFR 3175.104 asks for.
const Rounding = "sums unrounded; each stored value once, to 6 decimals, half away from zero"

// ID names a record: the device that made it, the measuring point, and its place there.
type ID struct {
	Device   string // the unique identifier of the electronic measurement device
	Point    string
	Sequence uint64
	Revision uint32 // 0 is the original; each correction has the next
}

// String prints the ID: "FC-7 LACT-1 #12", of a correction "FC-7 LACT-1 #12 revision 1".
func (i ID) String() string {
	s := fmt.Sprintf("%s %s #%d", i.Device, i.Point, i.Sequence)
	if i.Revision > 0 {
		s += fmt.Sprintf(" revision %d", i.Revision)
	}
	return s
}

// Cause says why a record ended.
type Cause string

// The causes.
const (
	Hour      Cause = "hour"      // the hour, or the contract day, was full
	Constants Cause = "constants" // a constant that affects flow changed
	Restart   Cause = "restart"   // the device started anew
	Ticket    Cause = "ticket"    // a ticket or batch was opened or closed
)

// Flags say what a record is to be read with.
type Flags uint16

// The flags.
const (
	NoFlow    Flags = 1 << iota // nothing flowed: averages are plain averages over time
	Gap                         // part of the time was not watched: see Missed
	NoData                      // none of the time was watched: averages are 0 and mean nothing
	Unseen                      // pulses were counted while nobody watched the inputs: see Unseen of the values
	NoFactors                   // the factors at the averages could not be computed: there is no ticket volume
	Edited                      // a correction: see Correction
)

// Inputs is a set of inputs of a meter.
type Inputs uint16

// The inputs.
const (
	Differential    Inputs = 1 << iota // differential pressure
	Static                             // static pressure: absolute of a gas, gauge of a liquid
	Temperature                        // flowing temperature
	RelativeDensity                    // of a gas at base conditions, to air
	HeatingValue                       // of a volume at base conditions
	Density                            // as the constants say: flowing, observed or base
	Flow                               // flow rate of a linear meter, pulses
)

// Header is what records of gas and of liquids have in common.
type Header struct {
	ID        ID
	Method    string
	Rounding  string
	Constants string // name of the constants in force: say, a digest of their entry in the configuration log

	Start, End time.Time // UTC
	Closed     Cause
	Flags      Flags

	Failed         Inputs        // inputs that failed with nothing to stand in; their time is in Missed
	Substituted    Inputs        // inputs for which a value stood in that was not measured
	SubstitutedFor time.Duration // time of such samples
	Missed         time.Duration // time that was not watched

	Corrects   ID         // of a correction: the record it takes the place of
	Correction Correction // of a correction; zero of an original
}

// Correction says why and how a record was corrected, and who answers for it.
type Correction struct {
	Cause  string    // what was wrong: "plate size entered as 1.375 in"
	Method string    // how the right values were found
	Person string    // who decided
	At     time.Time // when
}

// correct returns the header of a correction.
func (h Header) correct(c Correction) (Header, error) {
	for _, text := range []struct{ what, value string }{{"cause", c.Cause}, {"method", c.Method}, {"person", c.Person}} {
		if err := checkName(text.what+" of a correction", text.value, maxText); err != nil {
			return Header{}, err
		}
	}
	at, err := instant(c.At)
	if err != nil {
		return Header{}, fmt.Errorf("correction of %s: %w", h.ID, err)
	}
	c.At = at
	if c.At.Before(h.End) {
		return Header{}, fmt.Errorf("correction of %s at %s: the record ends later, at %s",
			h.ID, c.At.Format(time.RFC3339), h.End.Format(time.RFC3339))
	}
	if h.ID.Revision == 1<<32-1 {
		return Header{}, fmt.Errorf("correction of %s: there is no further revision", h.ID)
	}
	h.Corrects, h.Correction = h.ID, c
	h.ID.Revision++
	h.Flags |= Edited
	return h, nil
}

// errUnchanged reports a correction that corrects nothing.
var errUnchanged = errors.New("the corrected values are the ones that are there: leave the record alone")

// ErrConstants reports a state that was kept under constants other than those it is taken up with. Take it up with the old ones
// and Change to the new: the running record must end under those it began with.
var ErrConstants = errors.New("state was kept under other constants: take it up with those, then change")

// OrderError reports a sample or a tick that is older than the one before: the clock went back. Nothing can be recorded twice;
// samples are taken again when the clock has caught up.
type OrderError struct {
	At, Seen time.Time
}

// Error names both instants.
func (e *OrderError) Error() string {
	return fmt.Sprintf("time went back from %s to %s: samples are taken again from the former on",
		e.Seen.Format(time.RFC3339Nano), e.At.Format(time.RFC3339Nano))
}

// MaxOutage is the longest time without sample or tick that is still tiled with records.
const MaxOutage = 400 * 24 * time.Hour

// OutageError reports a longer time than MaxOutage since the last sample or tick: a clock gone wrong, or a device that was away
// for more than a year, whose series End ends.
type OutageError struct {
	Seen, At time.Time
}

// Error names the time and the way out.
func (e *OutageError) Error() string {
	return fmt.Sprintf("nothing was seen from %s to %s, more than %d days: check the clock, or end the series and begin another",
		e.Seen.Format(time.RFC3339), e.At.Format(time.RFC3339), MaxOutage/(24*time.Hour))
}

// Limits of texts, in bytes.
const (
	maxName = 128
	maxText = 1024
)

// checkName refuses a text that is empty, too long or no UTF-8.
func checkName(what, s string, most int) error {
	if strings.TrimSpace(s) == "" || len(s) > most || !utf8.ValidString(s) {
		return fmt.Errorf("%s %.40q must have 1 to %d bytes of UTF-8", what, s, most)
	}
	return nil
}

// maxInput bounds samples, in any unit: every reading of a sound instrument is below it, and sums of an hour of it are amounts.
const maxInput = 1e9

// checkInput refuses, with *quantity.RangeError, an input below least, above 1e9 or no number.
func checkInput(name string, x, least float64) error {
	if !(x >= least && x <= maxInput) {
		return &quantity.RangeError{Quantity: name, Value: x, Min: least, Max: maxInput, Unit: "units"}
	}
	return nil
}

// The years in which records can be made, and instants be told apart by nanoseconds.
var (
	earliest = time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// instant returns an instant as records hold it: in UTC, without a monotonic reading.
func instant(t time.Time) (time.Time, error) {
	t = t.UTC().Round(0)
	if t.Before(earliest) || t.After(latest) {
		return t, fmt.Errorf("time %s is outside 1950 to 2200: check the clock", t.Format(time.RFC3339))
	}
	return t, nil
}

// micros turns numbers into amounts and keeps the first error.
type micros struct{ err error }

func (m *micros) of(x float64) quantity.Micro {
	a, err := quantity.FromFloat(x)
	if m.err == nil {
		m.err = err
	}
	return a
}

func (m *micros) sum(a, b quantity.Micro) quantity.Micro {
	s, err := a.Add(b)
	if m.err == nil {
		m.err = err
	}
	return s
}
