// Package bridgetest is the conformance suite of bridge.Driver: what the contract promises, tried on a driver and a
// simulator of its device. Every driver's tests run it.
package bridgetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	bridge "github.com/gauger/gauger/firmware-bridge"
)

// Rig is a driver on a simulated device, as a test gets it: nothing has been read yet, and the device is well.
type Rig struct {
	Driver bridge.Driver
	// Want is what Read returns; a zero Time in it is not compared.
	Want []bridge.Reading
	// At is the caller's clock.
	At func() time.Time
	// Cut breaks the connection to the device and keeps it broken until Mend. A device with a clock must be seen to be
	// behind it from then on, so that an old reading doesn't pass for a new one.
	Cut, Mend func()
	// Hang leaves the connection up and the device without an answer until Resume.
	Hang, Resume func()
}

// patience bounds what must succeed, impatience what must not.
const (
	patience   = 20 * time.Second
	impatience = 50 * time.Millisecond
)

// Run tries the contract of bridge.Driver on rigs that open returns, a fresh one for each test.
func Run(t *testing.T, open func(t *testing.T) Rig) {
	tests := []struct {
		name string
		run  func(t *testing.T, r Rig)
	}{
		{"reads every configured measure, again and again", readsAll},
		{"survives a cut connection", survivesCut},
		{"waits for a device that is away at first", waitsForDevice},
		{"returns when the context ends", honoursDeadline},
		{"does nothing for a context that has ended", honoursCancel},
		{"closes twice", closesTwice},
		{"closes after a read that was cut short", closesAfterHang},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := open(t)
			t.Cleanup(func() { r.Driver.Close() })
			tt.run(t, r)
		})
	}
}

// read reads within limit.
func (r Rig) read(t *testing.T, limit time.Duration) ([]bridge.Reading, error) {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	return r.Driver.Read(ctx, r.At())
}

// expect reads and compares with Want.
func (r Rig) expect(t *testing.T) {
	t.Helper()
	got, err := r.read(t, patience)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	r.compare(t, got)
}

func (r Rig) compare(t *testing.T, got []bridge.Reading) {
	t.Helper()
	for i := range min(len(got), len(r.Want)) {
		if r.Want[i].Time.IsZero() {
			got[i].Time = time.Time{}
		}
	}
	if diff := cmp.Diff(r.Want, got); diff != "" {
		t.Fatalf("readings (-want +got):\n%s", diff)
	}
	for _, g := range got {
		if err := bridge.CheckUnit(g.Measure, g.Unit); err != nil {
			t.Error(err)
		}
	}
}

// recover reads until it succeeds. An attempt may fail: the first one after a cut finds the old connection dead.
func (r Rig) recover(t *testing.T) {
	t.Helper()
	var err error
	for range 5 {
		var got []bridge.Reading
		if got, err = r.read(t, patience); err == nil {
			r.compare(t, got)
			return
		}
	}
	t.Fatalf("the device is back, and can't be read: %v", err)
}

// refuse reads and demands an error, without any reading that could be taken for a good one.
func (r Rig) refuse(t *testing.T, limit time.Duration) error {
	t.Helper()
	got, err := r.read(t, limit)
	if err == nil {
		t.Fatalf("read %v from a device that can't be read", got)
	}
	for _, g := range got {
		if g.Quality > bridge.Stale {
			t.Errorf("reading of quality %s beside error %v", g.Quality, err)
		}
	}
	return err
}

func readsAll(t *testing.T, r Rig) {
	for range 3 {
		r.expect(t)
	}
}

func survivesCut(t *testing.T, r Rig) {
	r.expect(t)
	r.Cut()
	for range 2 {
		r.refuse(t, impatience)
	}
	r.Mend()
	r.recover(t)
	r.expect(t)
}

func waitsForDevice(t *testing.T, r Rig) {
	r.Cut()
	r.refuse(t, impatience)
	r.Mend()
	r.recover(t)
}

func honoursDeadline(t *testing.T, r Rig) {
	r.expect(t)
	r.Hang()
	for range 2 {
		if err := r.refuse(t, impatience); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v does not wrap context.DeadlineExceeded", err)
		}
	}
	r.Resume()
	r.recover(t)
}

func honoursCancel(t *testing.T, r Rig) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Driver.Read(ctx, r.At()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v does not wrap context.Canceled", err)
	}
	r.expect(t)
}

func closesTwice(t *testing.T, r Rig) {
	r.expect(t)
	for range 2 {
		if err := r.Driver.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if err := r.refuse(t, patience); !errors.Is(err, bridge.ErrClosed) {
		t.Errorf("read after close: error %v is not bridge.ErrClosed", err)
	}
}

func closesAfterHang(t *testing.T, r Rig) {
	r.Hang()
	r.refuse(t, impatience)
	r.Resume()
	if err := r.Driver.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
