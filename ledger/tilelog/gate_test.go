package tilelog

import (
	"errors"
	"testing"
	"testing/synctest"

	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/ledger"
)

// pen signs everything.
type pen struct{ note.Signer }

func (pen) Sign([]byte) ([]byte, error) { return []byte("signed"), nil }

// A checkpoint is signed when its entries are durable and not before, and never once the log has stopped.
func TestGateWaitsForDurableEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(pen{})
		g.raise(3)
		if _, err := g.Sign([]byte("origin\n3\nroot\n")); err != nil {
			t.Error(err)
		}
		signed := map[string]error{}
		sign := func(text string) {
			_, err := g.Sign([]byte(text))
			signed[text] = err
		}
		go sign("origin\n4\nroot\n")
		synctest.Wait()
		if len(signed) > 0 {
			t.Fatal("four entries were signed for when three were durable")
		}
		g.raise(4)
		synctest.Wait()
		if err, done := signed["origin\n4\nroot\n"]; !done || err != nil {
			t.Errorf("four durable entries: signed %v, error %v", done, err)
		}
		go sign("origin\n5\nroot\n")
		synctest.Wait()
		if last := g.close(); string(last) != "origin\n4\nroot\n" {
			t.Errorf("the last that was signed is %q", last)
		}
		synctest.Wait()
		if err := signed["origin\n5\nroot\n"]; !errors.Is(err, ledger.ErrClosed) {
			t.Errorf("after the log stopped: %v", err)
		}
		if _, err := g.Sign([]byte("no checkpoint")); err == nil {
			t.Error("a text without a size was signed")
		}
	})
}
