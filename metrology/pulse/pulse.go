// Package pulse is about what the pulses of a flow meter prove. A Comparator holds the two pulse trains of a dual-pulse meter
// against each other and counts what is lost, gained or out of order (API MPMS 5.5, ISO 6551). A Counter turns the readings of
// a raw counter, which wraps, restarts and is misread, into a totaliser that never goes back. Both are state machines: the
// state is a plain value that the caller stores and hands in again.
package pulse

import (
	"errors"
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// Method is the method and edition that reports of this package name. Levels A to D were read in public excerpts, level E and the
// rules by which pulses are judged and counted are ours.
const Method = "API MPMS 5.5-2005 / ISO 6551 (levels via excerpts; level E, counting and judging rules unverified)"

// Level is a level of security of pulse transmission, from A, the highest, to E. The zero Level says that none was stated.
type Level string

// The levels of API MPMS 5.5.
const (
	LevelA Level = "A" // errors are continuously found and corrected
	LevelB Level = "B" // errors are continuously found (number, frequency, phase, sequence) and alarmed, not corrected
	LevelC Level = "C" // two counts are compared automatically, from time to time
	LevelD Level = "D" // two counts are compared by a person, from time to time
	LevelE Level = "E" // one count, which nothing is compared with
)

// Valid refuses what is none of the levels.
func (l Level) Valid() error {
	switch l {
	case LevelA, LevelB, LevelC, LevelD, LevelE:
		return nil
	}
	return fmt.Errorf("pulse security level %q is none of A, B, C, D, E", string(l))
}

// edges reports whether a level looks at each edge rather than at counts.
func (l Level) edges() bool { return l == LevelA || l == LevelB }

// Alarm is a set of alarms.
type Alarm uint8

// The alarms.
const (
	Difference Alarm = 1 << iota // the channels' counts are too far apart
	Errors                       // too many pulses without a partner, coincident, out of sequence or out of phase
)

// Report says how faithful the pulses of a period were. A rise of a channel is a pulse of it.
type Report struct {
	Level Level
	A, B  int64 // pulses of each channel

	Good       int64 // pairs in forward order, A before B
	Reverse    int64 // pairs in reverse order
	Coincident int64 // pairs whose rises came together, as interference on both channels does; they are not good
	OnlyA      int64 // pulses of A without a partner: B lost one, or A gained one
	OnlyB      int64 // likewise
	Sequence   int64 // edges to the level that the channel already had: an edge between was lost
	Phase      int64 // good pairs too far from a quarter of a period apart

	// At level A, what the rhythm of the good pairs before and after says of the pulses without a partner.
	Missing   int64 // lost by the other channel
	Extra     int64 // gained by this one
	Undecided int64 // the rhythm does not tell

	MaxDifference int64 // largest |A-B| within a window of the alarm limit
	Alarms        Alarm
}

// Pulses returns the count that the level stands for: at level A the good pairs and the pulses that one channel lost; otherwise
// those of channel A, uncorrected.
func (r Report) Pulses() int64 {
	if r.Level == LevelA {
		return r.Good + r.Missing
	}
	return r.A
}

// Add adds the report of the period that follows: counts add up, MaxDifference is the larger, Alarms are of either. A report of
// no level, the zero Report, takes the other's. It refuses reports of different levels, and counts that overflow.
func (r Report) Add(o Report) (Report, error) {
	switch {
	case o.Level == "":
		o.Level = r.Level
	case r.Level == "":
		r.Level = o.Level
	}
	if r.Level != o.Level {
		return Report{}, fmt.Errorf("pulse reports of levels %s and %s do not add up: close the record when the level changes", r.Level, o.Level)
	}
	others := o.counts()
	for i, n := range r.counts() {
		sum := *n + *others[i]
		if *n < 0 || *others[i] < 0 || sum < 0 {
			return Report{}, fmt.Errorf("pulse reports: %d and %d: %w", *n, *others[i], quantity.ErrOverflow)
		}
		*n = sum
	}
	r.MaxDifference = max(r.MaxDifference, o.MaxDifference)
	r.Alarms |= o.Alarms
	return r, nil
}

func (r *Report) counts() [12]*int64 {
	return [...]*int64{
		&r.A, &r.B, &r.Good, &r.Reverse, &r.Coincident, &r.OnlyA, &r.OnlyB, &r.Sequence, &r.Phase, &r.Missing, &r.Extra, &r.Undecided,
	}
}

// Valid refuses counts that are negative and unknown levels; the zero Report is valid.
func (r Report) Valid() error {
	if r == (Report{}) {
		return nil
	}
	if err := r.Level.Valid(); err != nil {
		return err
	}
	for _, n := range r.counts() {
		if *n < 0 {
			return fmt.Errorf("pulse report of level %s: count %d is negative", r.Level, *n)
		}
	}
	if r.MaxDifference < 0 {
		return fmt.Errorf("pulse report of level %s: largest difference %d is negative", r.Level, r.MaxDifference)
	}
	return nil
}

// Limit is when a disagreement of the channels is an alarm: more than Pulses of Per pulses, such as 10 of 10 000. The usual
// figures are unverified; a contract names its own.
type Limit struct {
	Pulses, Per int64
}

// The range of a Limit, within which its arithmetic stays exact.
const (
	maxPer  = 1_000_000_000
	maxLump = 1_000_000_000 // pulses counted at once
)

// Valid refuses limits that are no share of a positive number of pulses, and windows above 1e9.
func (l Limit) Valid() error {
	if l.Per < 1 || l.Per > maxPer || l.Pulses < 0 || l.Pulses >= l.Per {
		return fmt.Errorf("pulse alarm limit of %d in %d pulses: name a window of 1 to %d pulses, and fewer pulses than that",
			l.Pulses, l.Per, maxPer)
	}
	return nil
}

// exceeded reports whether n is more than the limit allows of that many pulses. A window that is not yet full has the whole
// allowance; one that overflowed, by a lump of pulses, has it in proportion.
func (l Limit) exceeded(n, pulses int64) bool { return n*l.Per > l.Pulses*max(pulses, l.Per) }

// Window is the stretch of pulses over which the channels are being compared for alarms. A new one begins when it is full.
type Window struct {
	A, B   int64 // pulses of each channel
	Errors int64 // pulses without a partner, coincident, out of sequence or out of phase
}

// settle notes what the window shows, and empties it when it is full.
func (w *Window) settle(l Limit, r *Report) {
	difference, longer := max(w.A-w.B, w.B-w.A), max(w.A, w.B)
	r.MaxDifference = max(r.MaxDifference, difference)
	if l.exceeded(difference, longer) {
		r.Alarms |= Difference
	}
	if l.exceeded(w.Errors, longer) {
		r.Alarms |= Errors
	}
	if longer >= l.Per || w.Errors >= l.Per {
		*w = Window{}
	}
}

// errLevel reports edges or counts handed to a comparator whose level has no use for them.
var errLevel = errors.New("levels A and B compare edges, C and D two counts, E takes one count alone")
