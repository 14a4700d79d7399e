// Package clock is the only door to the time. Real is the machine's clock. A
// Server hands out simulated time in lock step to the processes of a
// simulation, as a discrete-event simulation does: nothing happens between events, so
// time jumps from one to the next, and while a part is down it stands still.
package clock

import (
	"context"
	"errors"
	"math"
	"time"
)

// Sources of time, as Clock.Source tells them.
const (
	System    = "system"    // the machine's clock, which may be wrong and may jump
	Simulated = "simulated" // a Server's clock
)

var (
	// ErrNotJoined is returned to a participant whose name the server doesn't
	// know, or no more.
	ErrNotJoined = errors.New("not a participant of the simulated time")
	// ErrBusy is returned when a participant that waits already waits once more.
	ErrBusy = errors.New("the participant waits already")
	// ErrGone is returned when the server of simulated time can't be reached any more.
	ErrGone = errors.New("the server of simulated time is gone")
)

// Clock tells the time and waits for it. All methods may be called at once.
type Clock interface {
	// Now returns the current time in UTC, without a monotonic part.
	Now() time.Time
	// WaitUntil returns nil once the clock shows t or later, and ctx's error when
	// ctx is done before. A participant of simulated time thereby says that all its
	// work before t is done.
	WaitUntil(ctx context.Context, t time.Time) error
	// Source is System or Simulated.
	Source() string
}

// Real returns the machine's clock. It follows steps of the clock: a wait ends
// within a second after the clock was set past its end, and goes on when it was set back.
func Real() Clock { return realClock{} }

type realClock struct{}

var _ Clock = realClock{}

func (realClock) Now() time.Time { return time.Now().Round(0).UTC() }

func (realClock) Source() string { return System }

func (c realClock) WaitUntil(ctx context.Context, t time.Time) error {
	for {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		left := t.Sub(c.Now())
		if left <= 0 {
			return nil
		}
		if err := sleep(ctx, min(left, time.Second)); err != nil {
			return err
		}
	}
}

// sleep waits for d of real time.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// nanos returns t in nanoseconds since 1970, and the nearest that fits for times
// before 1678 or after 2262.
func nanos(t time.Time) int64 {
	switch {
	case t.Before(time.Unix(0, math.MinInt64)):
		return math.MinInt64
	case t.After(time.Unix(0, math.MaxInt64)):
		return math.MaxInt64
	}
	return t.UnixNano()
}

func fromNanos(n int64) time.Time { return time.Unix(0, n).UTC() }
