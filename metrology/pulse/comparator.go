package pulse

import (
	"fmt"
	"time"

	"github.com/gauger/gauger/metrology/quantity"
)

// Comparator says how the two pulse trains of a meter are compared.
type Comparator struct {
	Level Level
	Limit Limit // when a disagreement is an alarm; level E has none

	// For levels A and B. Rises of the two channels no further apart than Coincidence came together: 0 asks for the very same
	// time.
	Coincidence time.Duration
	// PhaseTolerance is how far, in degrees of 1 to 89, the rise of B may be from 90 degrees after that of A; 0 leaves it
	// unwatched.
	PhaseTolerance int
}

// Valid refuses unknown levels, limits that Limit.Valid refuses, a negative coincidence and a tolerance outside 0 to 89 degrees.
func (c Comparator) Valid() error {
	if err := c.Level.Valid(); err != nil {
		return err
	}
	if c.Level != LevelE {
		if err := c.Limit.Valid(); err != nil {
			return err
		}
	}
	if c.Coincidence < 0 || c.Coincidence > time.Second {
		return fmt.Errorf("coincidence of pulses %s must be 0 s to 1 s", c.Coincidence)
	}
	if c.PhaseTolerance < 0 || c.PhaseTolerance > 89 {
		return &quantity.RangeError{Quantity: "phase tolerance", Value: float64(c.PhaseTolerance), Min: 0, Max: 89, Unit: "degrees"}
	}
	return nil
}

// Channel is one of the two pulse trains. In forward flow A leads by a quarter of a period.
type Channel uint8

// The channels.
const (
	ChannelA Channel = iota
	ChannelB
)

// Edge is a change of level of a channel. At is by any clock that does not go back; edges found together by polling have the
// same.
type Edge struct {
	At      time.Duration
	Channel Channel
	High    bool
}

// Train is how far a comparator has come. The zero Train begins, not knowing the channels' levels: the first edge of each tells.
type Train struct {
	At     time.Duration    // of the last edge
	Known  [2]bool          // an edge of the channel was seen
	High   [2]bool          // level of each channel
	Rose   [2]time.Duration // last rise of each channel
	Alone  [2]bool          // the channel is high and the other has not risen since it rose
	Window Window
	Report Report // since the last Take

	// The rhythm, for levels A and B: when A rose for the last good pair, the period that two neighbouring pairs showed, and the
	// pulses without a partner that came after the last.
	Paired bool
	Last   time.Duration
	Period time.Duration
	Single int64
}

// OrderError reports an edge that is older than the one before.
type OrderError struct {
	At, Last time.Duration
}

// Error names both times.
func (e *OrderError) Error() string {
	return fmt.Sprintf("edge at %s is older than the last one at %s: hand in edges in the order of their times", e.At, e.Last)
}

// Edge takes in an edge, at levels A and B. Two pulses are a pair when one channel rises while the other is high and still
// without a partner; a pulse that falls without one was alone. So the pulses of the two channels must overlap, as those of a
// meter with two pick-offs a quarter of a period apart do; a train taken up in the middle of a pulse may begin with one without
// a partner. An edge is refused, and the train left as it was, when it is older than the one before (with *OrderError), of an
// unknown channel, or when Valid refuses the comparator.
func (c Comparator) Edge(t *Train, e Edge) error {
	if err := c.Valid(); err != nil {
		return err
	}
	if !c.Level.edges() {
		return fmt.Errorf("an edge at level %s: %w", c.Level, errLevel)
	}
	if e.Channel > ChannelB {
		return fmt.Errorf("edge of channel %d: there are two, 0 and 1", e.Channel)
	}
	if e.At < 0 || e.At < t.At {
		return &OrderError{At: e.At, Last: t.At}
	}
	t.At, t.Report.Level = e.At, c.Level
	x := e.Channel
	lost := t.Known[x] && t.High[x] == e.High
	t.Known[x] = true
	if lost { // the edge between was not seen: make up for it first
		t.Report.Sequence++
		t.Window.Errors++
		c.move(t, x, !e.High, e.At, true)
	}
	c.move(t, x, e.High, e.At, false)
	t.Window.settle(c.Limit, &t.Report)
	return nil
}

// move changes the level of a channel. Lost says that the edge was not seen when it came, so that its time and order tell
// nothing.
func (c Comparator) move(t *Train, x Channel, high bool, at time.Duration, lost bool) {
	t.High[x] = high
	if !high {
		if t.Alone[x] {
			t.Alone[x] = false
			c.single(t, x)
		}
		return
	}
	if x == ChannelA {
		t.Report.A++
	} else {
		t.Report.B++
	}
	t.Rose[x] = at
	y := 1 - x
	if !t.Alone[y] {
		t.Alone[x] = true
		return
	}
	t.Alone[y] = false
	t.Window.A++
	t.Window.B++
	switch {
	case !lost && at-t.Rose[y] <= c.Coincidence:
		t.Report.Coincident++
		t.Window.Errors++
	case !lost && x == ChannelA:
		t.Report.Reverse++
		t.Paired = false // flow the other way has no rhythm in common with what came before
	default:
		c.good(t, lost)
	}
}

// single notes a pulse without a partner.
func (c Comparator) single(t *Train, x Channel) {
	if x == ChannelA {
		t.Report.OnlyA++
		t.Window.A++
	} else {
		t.Report.OnlyB++
		t.Window.B++
	}
	t.Window.Errors++
	t.Single++
}

// maxSingle is the number of pulses without a partner in a row that the rhythm is still asked about: over a longer stretch it
// may have changed.
const maxSingle = 4

// good notes a good pair, and judges by the time since the pair before what came between.
func (c Comparator) good(t *Train, lost bool) {
	t.Report.Good++
	at := t.Rose[ChannelA]
	gap := at - t.Last
	switch {
	case t.Single > 0 && c.Level == LevelA:
		t.judge(gap)
	case t.Single > 0 || !t.Paired || lost:
	default:
		if c.PhaseTolerance > 0 && t.steady(gap) && outOfPhase(t.Rose[ChannelB]-t.Rose[ChannelA], gap, c.PhaseTolerance) {
			t.Report.Phase++
			t.Window.Errors++
		}
		t.Period = gap
	}
	t.Paired, t.Last, t.Single = true, at, 0
}

// steady reports whether a period is near enough to the one before to measure a phase in: not the first after a standstill.
func (t *Train) steady(gap time.Duration) bool { return gap > t.Period/2 && gap/2 < t.Period }

// judge shares out the pulses without a partner between two good pairs: as many periods as the gap is longer than one were lost
// by a channel, the rest was gained.
func (t *Train) judge(gap time.Duration) {
	n := t.Single
	if !t.Paired || t.Period <= 0 || n > maxSingle || gap/t.Period > maxSingle+1 {
		t.Report.Undecided += n
		return
	}
	lost := max(0, int64((gap+t.Period/2)/t.Period)-1)
	if lost > n { // the flow changed: the period says nothing any more
		t.Report.Undecided += n
		return
	}
	t.Report.Missing += lost
	t.Report.Extra += n - lost
}

// outOfPhase reports whether a delay is further than a tolerance in degrees from a quarter of a period.
func outOfPhase(delay, period time.Duration, tolerance int) bool {
	degrees := float64(delay) / float64(period) * 360
	return degrees < float64(90-tolerance) || degrees > float64(90+tolerance)
}

// Counts takes in what two counters counted since the last call, at levels C and D, or one counter, as a, at level E. Levels A
// and B look at edges, and refuse them. Counts are refused that are negative or above 1e9, and a b at level E.
func (c Comparator) Counts(t *Train, a, b int64) error {
	if err := c.Valid(); err != nil {
		return err
	}
	if c.Level.edges() || c.Level == LevelE && b != 0 {
		return fmt.Errorf("counts %d and %d at level %s: %w", a, b, c.Level, errLevel)
	}
	if a < 0 || b < 0 || a > maxLump || b > maxLump {
		return fmt.Errorf("counts %d and %d: each must be 0 to %d: read the counters more often", a, b, maxLump)
	}
	sum, err := t.Report.Add(Report{Level: c.Level, A: a, B: b})
	if err != nil {
		return err
	}
	t.Report = sum
	if c.Level != LevelE {
		t.Window.A += a
		t.Window.B += b
		t.Window.settle(c.Limit, &t.Report)
	}
	return nil
}

// Take returns the report since the last Take, and begins a new one. Pulses under way, the rhythm and the window of the alarms
// go on.
func (t *Train) Take() Report {
	r := t.Report
	t.Report = Report{Level: r.Level}
	return r
}

// Valid refuses a train that no comparator has made: one that was stored and came back damaged.
func (t *Train) Valid() error {
	if err := t.Report.Valid(); err != nil {
		return err
	}
	w := t.Window
	if min(w.A, w.B, w.Errors, t.Single) < 0 || max(w.A, w.B, w.Errors) >= maxPer {
		return fmt.Errorf("stored pulse train: window of %d and %d pulses, %d errors and %d pulses without a partner are out of range",
			w.A, w.B, w.Errors, t.Single)
	}
	if min(t.Rose[0], t.Rose[1], t.Last, t.Period) < 0 || max(t.Rose[0], t.Rose[1], t.Last, t.Period) > t.At {
		return fmt.Errorf("stored pulse train: times before 0 or after its last edge at %s", t.At)
	}
	return nil
}
