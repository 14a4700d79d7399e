package pulse

import (
	"errors"
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/quantity"
)

// Where counters wrap: the values of Counter.Modulus for the usual widths. A counter of 64 bits is 0.
const (
	Bits16 = 1 << 16
	Bits24 = 1 << 24
	Bits32 = 1 << 32
	Bits64 = 0
)

// Decimals returns the Modulus of a counter of n decimal digits, 1 to 19, such as 10^8 for a register of eight digits. It
// returns 1, which no Counter has, for any other n.
func Decimals(n int) uint64 {
	modulus := uint64(1)
	if n > 19 {
		return modulus
	}
	for range max(n, 0) {
		modulus *= 10
	}
	return modulus
}

// Counter is a raw counter of a meter's pulses: it runs from 0 to Modulus-1 and begins again.
type Counter struct {
	Modulus uint64 // 0 is 2^64
	// Most is the largest number of pulses between two readings that is believed: the meter's highest frequency times the time
	// between them. It is what a wrap, a restart and a false reading are told apart by, and at most half the modulus.
	Most int64
	// Reversible says that the counter counts down in reverse flow, as one of quadrature does.
	Reversible bool
}

// Valid refuses a modulus below 2, and a Most that is not 1 to half the modulus.
func (c Counter) Valid() error {
	if c.Modulus == 1 {
		return errors.New("counter with modulus 1 counts nothing: see Bits16 to Bits64 and Decimals")
	}
	if c.Most < 1 || uint64(c.Most) > c.half() {
		return fmt.Errorf("at most %d pulses between two readings: name 1 to %d, half of what the counter holds, and read that often",
			c.Most, c.half())
	}
	return nil
}

// half returns half the modulus, or the largest int64 if that is less.
func (c Counter) half() uint64 {
	if c.Modulus == Bits64 {
		return math.MaxInt64
	}
	return min(c.Modulus/2, math.MaxInt64)
}

// ahead returns how far to is in front of from, around the modulus.
func (c Counter) ahead(from, to uint64) uint64 {
	if to < from {
		return to - from + c.Modulus // for 2^64 both wrap
	}
	return to - from
}

// Totaliser is the non-resettable total of a meter, with what is needed to go on after a restart: it is to be stored as it is.
// The zero Totaliser begins at the first reading; Total may be set before that, to go on from an older totaliser.
type Totaliser struct {
	Started bool
	Total   int64  // pulses; it never goes back
	Raw     uint64 // the counter at the last reading that was believed
	Doubted int64  // readings since then that were not

	Rollovers, Restarts, Reversals, Jumps int64 // findings so far
}

// Finding says what a reading of a counter shows.
type Finding uint8

// The findings.
const (
	First    Finding = iota + 1 // the first reading: counting begins here
	Advance                     // the counter went on, or stood still
	Rollover                    // it went on past its modulus
	Restart                     // it began anew from zero: what it shows was counted, what came before the restart is lost
	Reversal                    // it counted down: the total stands until the counter has made up for it
	Jump                        // it can't have come from the last reading: the total stands, see Rebase
	Rebased                     // a person settled where it goes on
)

var findings = [...]string{
	First: "first reading", Advance: "advance", Rollover: "rollover", Restart: "restart", Reversal: "reversal", Jump: "jump",
	Rebased: "rebased",
}

// String names the finding.
func (f Finding) String() string {
	if f < First || f > Rebased {
		return fmt.Sprintf("finding %d", uint8(f))
	}
	return findings[f]
}

// Believed reports whether the reading counts: after Jump and Reversal the total stands.
func (f Finding) Believed() bool { return f != Jump && f != Reversal }

// Step is what a reading did to the totaliser.
type Step struct {
	Finding  Finding
	Pulses   int64  // added to the total
	From, To uint64 // the counter before and now
	// Lost is the most that a restart can have cost: pulses that were counted after the last reading and before the counter began
	// anew. It is not added.
	Lost int64
}

// Read takes a reading of the counter. Restarted says that the counter itself told of a restart (its power or its settings were
// lost); without that, a counter that went back to within Most of zero is taken for one that began anew, unless it is
// Reversible and may have counted down. A wrap and a restart just below the modulus look alike, and are a Rollover. While
// readings are doubted, more pulses are believed with each, since time goes on. What the counter can't have come to from the
// last reading is a Jump, and adds nothing.
//
// It refuses a reading beyond the modulus with *quantity.RangeError, a total that would overflow with quantity.ErrOverflow, and
// what Valid refuses; the totaliser returned is then the one handed in.
func (c Counter) Read(t Totaliser, raw uint64, restarted bool) (Totaliser, Step, error) {
	if err := c.check(t, raw); err != nil {
		return t, Step{}, err
	}
	if t.Started {
		if err := c.holds(t.Raw); err != nil {
			return t, Step{}, fmt.Errorf("stored totaliser: %w: rebase it on the counter that is there now", err)
		}
	}
	if !t.Started {
		t.Started, t.Raw, t.Doubted = true, raw, 0
		return t, Step{Finding: First, From: raw, To: raw}, nil
	}
	s := Step{From: t.Raw, To: raw}
	allowed := c.allowed(t.Doubted)
	ahead, behind := c.ahead(t.Raw, raw), c.ahead(raw, t.Raw)
	switch {
	case restarted && raw <= allowed:
		s.Finding, s.Pulses, s.Lost = Restart, int64(raw), int64(allowed-raw)
	case restarted:
		s.Finding = Jump
	case ahead <= allowed && raw < t.Raw:
		s.Finding, s.Pulses = Rollover, int64(ahead)
	case ahead <= allowed:
		s.Finding, s.Pulses = Advance, int64(ahead)
	case c.Reversible && behind <= allowed:
		s.Finding = Reversal
	case raw < t.Raw && raw <= allowed:
		s.Finding, s.Pulses, s.Lost = Restart, int64(raw), int64(allowed-raw)
	default:
		s.Finding = Jump
	}
	return t.apply(s)
}

// Rebase settles, by a person's decision, that the counter stands at raw and that pulses passed since the last believed
// reading: after a Jump, or when the counter was exchanged. The decision belongs in the event log. It refuses negative pulses,
// and what Read refuses.
func (c Counter) Rebase(t Totaliser, raw uint64, pulses int64) (Totaliser, Step, error) {
	if err := c.check(t, raw); err != nil {
		return t, Step{}, err
	}
	if pulses < 0 {
		return t, Step{}, fmt.Errorf("rebase totaliser by %d pulses: a non-resettable total does not go back", pulses)
	}
	s := Step{Finding: Rebased, Pulses: pulses, From: t.Raw, To: raw}
	t.Started = true
	return t.apply(s)
}

func (c Counter) check(t Totaliser, raw uint64) error {
	if err := c.Valid(); err != nil {
		return err
	}
	if t.Total < 0 || t.Doubted < 0 {
		return fmt.Errorf("stored totaliser: total %d and doubted readings %d may not be negative", t.Total, t.Doubted)
	}
	return c.holds(raw)
}

// holds refuses what the counter cannot show.
func (c Counter) holds(raw uint64) error {
	if c.Modulus != Bits64 && raw >= c.Modulus {
		return &quantity.RangeError{Quantity: "reading of a counter", Value: float64(raw), Min: 0, Max: float64(c.Modulus - 1), Unit: "pulses"}
	}
	return nil
}

// allowed returns the pulses that are believed after a number of doubted readings.
func (c Counter) allowed(doubted int64) uint64 {
	most, half := uint64(c.Most), c.half()
	if uint64(doubted) >= half/most {
		return half
	}
	return most * uint64(doubted+1)
}

// apply adds a step to the totaliser.
func (t Totaliser) apply(s Step) (Totaliser, Step, error) {
	if s.Pulses > math.MaxInt64-t.Total {
		return t, Step{}, fmt.Errorf("totaliser at %d pulses and %d more: %w", t.Total, s.Pulses, quantity.ErrOverflow)
	}
	t.Total += s.Pulses
	if s.Finding.Believed() {
		t.Raw, t.Doubted = s.To, 0
	} else if t.Doubted < math.MaxInt64 {
		t.Doubted++
	}
	switch s.Finding {
	case Rollover:
		t.Rollovers++
	case Restart:
		t.Restarts++
	case Reversal:
		t.Reversals++
	case Jump:
		t.Jumps++
	}
	return t, s, nil
}
