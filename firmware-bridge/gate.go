package bridge

import (
	"context"
	"fmt"
)

// Gate lets a driver whose library knows no context keep the contract of Read: the blocking calls run one at a time, each in
// a goroutine of its own, and whoever waits for one stops waiting when its context ends. What such a call still returns is
// dropped, and the next call waits for it to end. State that only the calls touch needs no other lock.
type Gate struct {
	turn   chan struct{} // holds a token while a call runs
	closed bool          // guarded by turn
}

// NewGate returns an open gate.
func NewGate() *Gate { return &Gate{turn: make(chan struct{}, 1)} }

// Do runs f when no other call of the gate runs, and returns its results. It returns an error that wraps ctx.Err() when ctx
// ends before that, and ErrClosed after Close. f may outlast ctx, so it must bound its own waiting, and must change nothing
// that other goroutines read but by what it returns.
func Do[T any](ctx context.Context, g *Gate, f func() (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return none, fmt.Errorf("wait for the call before: %w", ctx.Err())
	}
	if g.closed {
		<-g.turn
		return none, ErrClosed
	}
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		<-g.turn
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return none, fmt.Errorf("wait for the device: %w", ctx.Err())
	}
}

// Close waits for a call that still runs, runs f once, and lets no further call in. Later calls of Close do nothing.
func (g *Gate) Close(f func() error) error {
	g.turn <- struct{}{}
	defer func() { <-g.turn }()
	if g.closed {
		return nil
	}
	g.closed = true
	return f()
}
