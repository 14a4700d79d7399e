package qtr

import (
	"errors"
	"fmt"
	"time"
)

// Run is how far a series of records has come, whatever it measures.
type Run struct {
	Constants string // name of the constants that the running record began under
	Sequence  uint64 // of the running record

	Start   time.Time // of the running record; zero before the first sample
	Until   time.Time // end of its hour
	Seen    time.Time // up to which time is accounted for: the last sample, or a later tick
	Sampled time.Time // the last sample with all its inputs

	Missed, SubstitutedFor time.Duration
	Failed, Substituted    Inputs
}

// begun reports whether a sample was seen.
func (r *Run) begun() bool { return !r.Start.IsZero() }

// begin starts the first record of a series.
func (r *Run) begin(c Calendar, at time.Time) {
	r.Start, r.Seen, r.Sampled, r.Until = at, at, at, c.HourEnd(at)
}

// admit refuses an instant that is older than what was seen, or too far on.
func (r *Run) admit(at time.Time) error {
	if !r.begun() {
		return nil
	}
	if at.Before(r.Seen) {
		return &OrderError{At: at, Seen: r.Seen}
	}
	if at.Sub(r.Seen) > MaxOutage {
		return &OutageError{Seen: r.Seen, At: at}
	}
	return nil
}

// late reports whether the time before an instant can be accounted for as missed: the next sample, at this instant at the
// earliest, comes too late to stand for it.
func (r *Run) late(at time.Time, longest time.Duration) bool {
	return r.begun() && at.After(r.Seen) && at.Sub(r.Sampled) > longest
}

// next goes on to an instant, or to the end of the hour if that comes first. It returns the time between and whether the hour
// is full.
func (r *Run) next(at time.Time) (d time.Duration, full bool) {
	if !at.Before(r.Until) {
		at, full = r.Until, true
	}
	d, r.Seen = at.Sub(r.Seen), at
	return d, full
}

// header returns the header of the running record as it ends now.
func (r *Run) header(device, point, method string, cause Cause) Header {
	h := Header{
		ID: ID{Device: device, Point: point, Sequence: r.Sequence}, Method: method, Rounding: Rounding, Constants: r.Constants,
		Start: r.Start, End: r.Seen, Closed: cause,
		Failed: r.Failed, Substituted: r.Substituted, SubstitutedFor: r.SubstitutedFor, Missed: r.Missed,
	}
	if r.Missed > 0 {
		h.Flags |= Gap
	}
	return h
}

// renew begins the next record where the last one ended.
func (r *Run) renew(c Calendar) {
	*r = Run{
		Constants: r.Constants, Sequence: r.Sequence + 1,
		Start: r.Seen, Until: c.HourEnd(r.Seen), Seen: r.Seen, Sampled: r.Sampled,
	}
}

// rest returns what is left of a run when its series ends.
func (r *Run) rest() Run { return Run{Constants: r.Constants, Sequence: r.Sequence} }

// valid refuses a run that no recorder has made: one that was stored and came back damaged. It brings the times into their form.
func (r *Run) valid() error {
	if !r.begun() {
		if *r != r.rest() {
			return errors.New("stored state has not begun, and yet knows more than its sequence number")
		}
		return nil
	}
	for _, t := range []*time.Time{&r.Start, &r.Until, &r.Seen, &r.Sampled} {
		at, err := instant(*t)
		if err != nil {
			return fmt.Errorf("stored state: %w", err)
		}
		*t = at
	}
	if r.Seen.Before(r.Start) || !r.Seen.Before(r.Until) || r.Sampled.After(r.Seen) || r.Until.Sub(r.Start) > time.Hour {
		return fmt.Errorf("stored state: record from %s to %s, seen up to %s, sampled at %s, is out of order",
			r.Start, r.Until, r.Seen, r.Sampled)
	}
	length := r.Seen.Sub(r.Start)
	if r.Missed < 0 || r.Missed > length || r.SubstitutedFor < 0 || r.SubstitutedFor > length {
		return fmt.Errorf("stored state: %s missed and %s substituted of %s", r.Missed, r.SubstitutedFor, length)
	}
	return nil
}
