package bridge_test

import (
	"context"
	"errors"
	"testing"
	"time"

	bridge "github.com/gauger/gauger/firmware-bridge"
)

func TestGateReturnsResults(t *testing.T) {
	g, failure := bridge.NewGate(), errors.New("no answer")
	if n, err := bridge.Do(t.Context(), g, func() (int, error) { return 7, nil }); n != 7 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if _, err := bridge.Do(t.Context(), g, func() (int, error) { return 0, failure }); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
}

func TestGateLeavesASlowCall(t *testing.T) {
	// The caller goes when its context ends; the call's late result is dropped, and no other call starts before it ended.
	g, started, release := bridge.NewGate(), make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-started
		cancel()
	}()
	running := true
	_, err := bridge.Do(ctx, g, func() (int, error) {
		close(started)
		<-release
		running = false
		return 1, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want the context's", err)
	}
	waiting, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if _, err := bridge.Do(waiting, g, func() (int, error) { return 2, nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("second call: %v", err)
	}
	close(release)
	n, err := bridge.Do(t.Context(), g, func() (int, error) {
		if running {
			t.Error("two calls ran at once")
		}
		return 3, nil
	})
	if n != 3 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestGateRefusesADoneContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := bridge.Do(ctx, bridge.NewGate(), func() (int, error) {
		t.Error("ran without a caller")
		return 0, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestGateCloses(t *testing.T) {
	// The device is let go of once, after the last call, and nothing runs later.
	g, release, ended := bridge.NewGate(), make(chan struct{}), false
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan struct{})
	go func() {
		<-started
		cancel()
		close(release)
	}()
	if _, err := bridge.Do(ctx, g, func() (int, error) {
		close(started)
		<-release
		ended = true
		return 0, nil
	}); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	failure, closings := errors.New("stuck"), 0
	err := g.Close(func() error {
		closings++
		if !ended {
			t.Error("closed under a running call")
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("close: %v", err)
	}
	if err := g.Close(func() error { closings++; return nil }); err != nil || closings != 1 {
		t.Errorf("second close: %v, %d closings", err, closings)
	}
	if _, err := bridge.Do(t.Context(), g, func() (int, error) { return 0, nil }); !errors.Is(err, bridge.ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}
