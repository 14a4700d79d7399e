package tilelog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/mldsa"
	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/ledger/tilelog"
	"github.com/gauger/gauger/ledger/witness"
)

// watcher is a witness that can be away.
type watcher struct {
	*httptest.Server
	*proof.Cosigner
	away atomic.Bool
}

// watch serves a witness of a log with an ML-DSA-44 key.
func watch(t *testing.T, seed byte) *watcher {
	t.Helper()
	_, trust := options(t, "")
	c, err := proof.NewCosigner(fmt.Sprintf("w%d.example", seed), lattice(t, seed))
	if err != nil {
		t.Fatal(err)
	}
	w, err := witness.Open(witness.Options{
		FS: durable.OS, Dir: t.TempDir(), Logs: trust, Cosigners: []*proof.Cosigner{c}, Now: time.Now, PerSecond: 1e3, Burst: 1e3,
	})
	if err != nil {
		t.Fatal(err)
	}
	x := &watcher{Cosigner: c}
	handler := w.Handler(func(err error) { t.Error(err) })
	x.Server = httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		if x.away.Load() {
			http.Error(a, "away", http.StatusServiceUnavailable)
			return
		}
		handler.ServeHTTP(a, r)
	}))
	t.Cleanup(func() {
		x.Close()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func lattice(t *testing.T, seed byte) *mldsa.PrivateKey {
	t.Helper()
	k, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), bytes.Repeat([]byte{seed}, mldsa.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestWitnesses: a receipt is there when the quorum has cosigned, and not before. One witness of three may be away. Entries are
// durable all the while, and what was not published when the log was closed is when it is open again.
func TestWitnesses(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "log")
	w := []*watcher{watch(t, 21), watch(t, 22), watch(t, 23)}
	o, _ := options(t, dir)
	log, err := proof.NewCosigner(origin, lattice(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	text := "log " + o.VKey + "\nlog " + log.VKey() + "\n"
	for i, x := range w {
		text += fmt.Sprintf("witness W%d %s %s\n", i, x.VKey(), x.URL)
	}
	text += "group two 2 W0 W1 W2\nquorum two\n"
	trust, err := proof.ParseTrust([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o.Also, o.Policy = []note.Signer{log}, trust.Policy()

	l, err := tilelog.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	receipt := func(entry string) error {
		index, err := l.Append(t.Context(), []byte(entry))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := l.Entry(t.Context(), index); err != nil || string(got) != entry {
			t.Fatalf("entry %d is %q, %v", index, got, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		b, err := l.Receipt(ctx, index)
		if err != nil {
			return err
		}
		r, err := proof.ParseReceipt(b)
		if err == nil {
			_, err = r.Verify([]byte(entry), trust)
		}
		if err != nil {
			t.Fatal(err)
		}
		return nil
	}
	if err := receipt("all are there"); err != nil {
		t.Error(err)
	}
	w[0].away.Store(true)
	if err := receipt("one is away"); err != nil {
		t.Error(err)
	}
	w[1].away.Store(true)
	if err := receipt("two are away"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("with one witness of three: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	w[0].away.Store(false)
	if l, err = tilelog.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	b, err := l.Receipt(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := proof.ParseReceipt(b); err != nil || r.Index != 2 {
		t.Errorf("receipt of entry %d, %v", r.Index, err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// TestWitnessesRefused: a policy that nobody could ask is refused at once.
func TestWitnessesRefused(t *testing.T) {
	t.Parallel()
	o, _ := options(t, filepath.Join(t.TempDir(), "log"))
	c, err := proof.NewCosigner("w.example", lattice(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{"", " ftp://127.0.0.1/"} {
		trust, err := proof.ParseTrust([]byte("witness W " + c.VKey() + url + "\nquorum W\n"))
		if err != nil {
			t.Fatal(err)
		}
		o.Policy = trust.Policy()
		if _, err := tilelog.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "needs an http or https URL") {
			t.Errorf("URL %q: %v", url, err)
		}
	}
	o.Policy, o.Also = proof.Policy{}, []note.Signer{c}
	if _, err := tilelog.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "second key") {
		t.Errorf("a key of another name: %v", err)
	}
}
