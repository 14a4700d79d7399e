package monitor_test

import (
	"crypto/ed25519"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/ledger/monitor"
	"github.com/gauger/gauger/ledger/witness"
)

// TestFourAttacks: two checkpoints of one size, a log that goes back, one that stands still for some of its readers, two stories for
// two readers. A witness refuses each that comes to it, and two readers who compare what they were shown have a proof or an alarm at
// the next look.
func TestFourAttacks(t *testing.T) {
	t.Parallel()
	honest, liar, old := filepath.Join(t.TempDir(), "honest"), filepath.Join(t.TempDir(), "liar"), filepath.Join(t.TempDir(), "old")
	trust := grow(t, honest, "entry", 0, 300)
	grow(t, liar, "lie", 0, 300)
	grow(t, old, "entry", 0, 100)

	dir := t.TempDir()
	w, url := cosigning(t, trust, dir)
	_, err := w.Add(0, nil, checkpoint(t, honest))
	must(t, err)
	reader := follow(t, honest, trust, durable.OS, t.TempDir())
	defer func() { must(t, reader.Close()) }()
	_, err = reader.Update(t.Context(), passOver)
	must(t, err)

	t.Run("two checkpoints of one size", func(t *testing.T) {
		_, err := w.Add(300, nil, checkpoint(t, liar))
		if !errors.Is(err, witness.ErrInconsistent) {
			t.Errorf("the witness: %v", err)
		}
		text, err := os.ReadFile(filepath.Join(dir, witness.OriginHash(origin)+".misbehaviour.json"))
		must(t, err)
		m, err := proof.ParseMisbehaviour(text)
		must(t, err)
		must(t, m.Verify(trust))
		var lie *monitor.LieError
		if err := reader.Compare(checkpoint(t, liar)); !errors.As(err, &lie) || lie.Verify(trust) != nil {
			t.Errorf("the monitor: %v", err)
		}
	})
	t.Run("a log that goes back", func(t *testing.T) {
		if _, err := w.Add(300, nil, checkpoint(t, old)); !errors.Is(err, witness.ErrBadRequest) {
			t.Errorf("the witness: %v", err)
		}
		var conflict *witness.ConflictError
		if _, err := w.Add(100, nil, checkpoint(t, old)); !errors.As(err, &conflict) || conflict.Size != 300 {
			t.Errorf("the witness: %v", err)
		}
		var stale *monitor.StaleError
		if err := reader.Compare(checkpoint(t, old)); !errors.As(err, &stale) {
			t.Errorf("the monitor: %v", err)
		}
	})
	t.Run("a log that stands still", func(t *testing.T) {
		frozen := follow(t, old, trust, durable.OS, t.TempDir())
		defer func() { must(t, frozen.Close()) }()
		_, err := frozen.Update(t.Context(), passOver)
		must(t, err)
		shown, err := monitor.Shown(t.Context(), url, origin)
		must(t, err)
		must(t, frozen.Compare(shown)) // it may be on its way
		var stale *monitor.StaleError
		if _, err := frozen.Update(t.Context(), passOver); !errors.As(err, &stale) || stale.Shown != 100 || stale.Seen != 300 {
			t.Errorf("the monitor: %v", err)
		}
		replaced(t, old, honest)
		if n, err := frozen.Update(t.Context(), passOver); n != 200 || err != nil {
			t.Errorf("when the log goes on: %d entries, %v", n, err)
		}
	})
	t.Run("two stories for two readers", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "other")
		grow(t, other, "lie", 0, 1)
		grow(t, other, "entry", 1, 250)
		deceived := follow(t, other, trust, durable.OS, t.TempDir())
		defer func() { must(t, deceived.Close()) }()
		_, err := deceived.Update(t.Context(), passOver)
		must(t, err)
		var lie *monitor.LieError
		if err := reader.Compare(*deceived.Newest()); !errors.As(err, &lie) || lie.Verify(trust) != nil || lie.Older.Size != 250 {
			t.Errorf("the one who was shown more: %v", err)
		}
	})
}

// cosigning serves a witness of the log.
func cosigning(t *testing.T, logs proof.Trust, dir string) (*witness.Witness, string) {
	t.Helper()
	c, err := proof.NewCosigner("witness.example", ed25519.NewKeyFromSeed([]byte("a witness of the log, thirty-two")))
	must(t, err)
	w, err := witness.Open(witness.Options{
		FS: durable.OS, Dir: dir, Logs: logs, Cosigners: []*proof.Cosigner{c}, Now: time.Now, PerSecond: 1e3, Burst: 1e3,
	})
	must(t, err)
	server := httptest.NewServer(w.Handler(func(err error) { t.Error(err) }))
	t.Cleanup(func() { server.Close(); must(t, w.Close()) })
	return w, server.URL
}
