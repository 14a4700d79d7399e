package witness_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/ledger/witness"
)

// TestRateLimit: a log makes so many steps in a second. What anybody else sends, good checkpoints of before too, uses none of them up.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	o := options(t, durable.OS, t.TempDir())
	o.PerSecond, o.Burst = 1, 2
	s := serve(t, o)
	l, stranger := grow(5), grow(5)
	stranger.seed = 2
	for _, test := range []struct {
		name, body string
		times      int
		status     int
	}{
		{"a stranger's", stranger.request(t, 0, 1), 10, 403},
		{"the first", l.request(t, 0, 1), 1, 200},
		{"the first again", l.request(t, 1, 1), 10, 200},
		{"an older one", l.request(t, 0, 1), 10, 409},
		{"a wrong proof", "old 1\n\n" + l.sign(t, 2), 10, 422},
		{"the second", l.request(t, 1, 2), 1, 200},
		{"the third", l.request(t, 2, 3), 1, 429},
	} {
		for range test.times {
			if status, body, _ := ask(t, s, http.MethodPost, "/add-checkpoint", test.body); status != test.status {
				t.Fatalf("%s: %d %q, want %d", test.name, status, body, test.status)
			}
		}
	}
}

// TestAskedAgain: the same tree is cosigned once a second, however often somebody asks; so replays cost no write.
func TestAskedAgain(t *testing.T) {
	t.Parallel()
	o := options(t, durable.OS, t.TempDir())
	now := began
	o.Now = func() time.Time { return now }
	s := serve(t, o)
	body := grow(5).request(t, 5, 5)
	status, first, _ := ask(t, s, http.MethodPost, "/add-checkpoint", grow(5).request(t, 0, 5))
	for range 3 {
		again, answer, _ := ask(t, s, http.MethodPost, "/add-checkpoint", body)
		if status != http.StatusOK || again != http.StatusOK || answer != first {
			t.Errorf("%d %q, then %d %q", status, first, again, answer)
		}
	}
	now = now.Add(time.Second)
	if _, answer, _ := ask(t, s, http.MethodPost, "/add-checkpoint", body); answer == first {
		t.Error("a second later it says the time of before")
	}
}

// TestStripped: checkpoints are public, and ML-DSA signs no extension lines. Who sends one again without the log's other signature, with
// other lines or without, takes nothing from what the witness shows.
func TestStripped(t *testing.T) {
	t.Parallel()
	o := options(t, durable.OS, t.TempDir())
	quantum, err := proof.NewCosigner(origin, lattice(t, 3))
	must(t, err)
	o.Logs, err = proof.ParseTrust(fmt.Appendf(nil, "log %s\nlog %s\nquorum none\n", vkey(1), quantum.VKey()))
	must(t, err)
	w, err := witness.Open(o)
	must(t, err)
	defer func() { must(t, w.Close()) }()
	whole, err := proof.ParseCheckpoint([]byte(grow(5).sign(t, 5)))
	must(t, err)
	second, err := quantum.Cosign(whole, time.Time{})
	must(t, err)
	stripped, lines := whole, whole
	stripped.Signatures = []proof.Signature{second}
	lines.Signatures, lines.Extensions = stripped.Signatures, []string{"anybody's words"}
	whole.Signatures = append(whole.Signatures, second)

	bothStand := func(when string) {
		t.Helper()
		s, err := proof.ParseCheckpoint(w.Latest(witness.OriginHash(origin)))
		must(t, err)
		if by, err := s.VerifyLog(o.Logs); len(by) != 2 || err != nil || s.Extensions != nil {
			t.Errorf("%s: %d signatures of the log, lines %q, %v", when, len(by), s.Extensions, err)
		}
	}
	_, err = w.Add(0, nil, stripped) // before the log itself
	must(t, err)
	_, err = w.Add(5, nil, whole)
	must(t, err)
	bothStand("the log, after somebody else")
	_, err = w.Add(5, nil, stripped)
	must(t, err)
	bothStand("somebody else again")
	if _, err = w.Add(5, nil, lines); !errors.Is(err, witness.ErrNotSigned) {
		t.Errorf("other lines: %v", err)
	}
	bothStand("other lines")
}

// TestForgets: a witness that is restored from an older copy stops as soon as it sees its own signature on what it does not remember, and
// stays so until the newest copy is in its place. What others signed stops nobody.
func TestForgets(t *testing.T) {
	t.Parallel()
	newest, older := t.TempDir(), t.TempDir()
	l := grow(9)
	w, err := witness.Open(options(t, durable.OS, newest))
	must(t, err)
	add := func(w *witness.Witness, m, n int) error {
		s, err := proof.ParseCheckpoint([]byte(l.sign(t, n)))
		must(t, err)
		_, err = w.Add(uint64(m), l.path(m, n), s)
		return err
	}
	name := witness.OriginHash(origin) + ".checkpoint"
	must(t, add(w, 0, 3))
	must(t, durable.WriteFile(durable.OS, filepath.Join(older, name), w.Latest(witness.OriginHash(origin)), 0o600))
	must(t, add(w, 3, 5))
	shown, err := proof.ParseCheckpoint(w.Latest(witness.OriginHash(origin)))
	must(t, err)
	must(t, w.Remembers(shown))
	must(t, w.Close())

	forgets := func(err error) {
		t.Helper()
		var forgotten *witness.ForgottenError
		if !errors.As(err, &forgotten) || forgotten.Remembers != 3 || forgotten.Knows != 5 || !strings.Contains(err.Error(), "draw new keys") {
			t.Errorf("error is %v", err)
		}
	}
	w, err = witness.Open(options(t, durable.OS, older))
	must(t, err)
	unsigned, err := proof.ParseCheckpoint([]byte(l.sign(t, 9)))
	must(t, err)
	must(t, w.Remembers(unsigned))
	forgets(w.Remembers(shown))
	forgets(add(w, 3, 9)) // for good
	must(t, w.Close())
	_, err = witness.Open(options(t, durable.OS, older))
	forgets(err)

	must(t, durable.WriteFile(durable.OS, filepath.Join(older, name), shown.Format(), 0o600))
	w, err = witness.Open(options(t, durable.OS, older))
	must(t, err)
	must(t, add(w, 5, 9))
	must(t, w.Close())
}

// TestForgetsWhenAsked: the log's own request shows it, if it carries the signature.
func TestForgetsWhenAsked(t *testing.T) {
	t.Parallel()
	l := grow(9)
	w, err := witness.Open(options(t, durable.OS, t.TempDir()))
	must(t, err)
	s, err := proof.ParseCheckpoint([]byte(l.sign(t, 5)))
	must(t, err)
	own, err := w.Add(0, nil, s)
	must(t, err)
	must(t, w.Close())
	s.Signatures = append(s.Signatures, own...)
	if w, err = witness.Open(options(t, durable.OS, t.TempDir())); err != nil {
		t.Fatal(err)
	}
	var fatal *witness.FatalError
	if _, err := w.Add(0, nil, s); !errors.As(err, &fatal) || !errors.As(err, new(*witness.ForgottenError)) {
		t.Errorf("error is %v", err)
	}
	must(t, w.Close())
}

// TestNewKey: a witness gets a second key and goes on from what it cosigned with the first.
func TestNewKey(t *testing.T) {
	t.Parallel()
	dir, l := t.TempDir(), grow(9)
	o := options(t, durable.OS, dir)
	both := o.Cosigners
	for i, test := range []struct {
		keys []*proof.Cosigner
		m, n int
	}{{both[:1], 0, 3}, {both, 3, 5}, {both[1:], 5, 9}} {
		o.Cosigners = test.keys
		w, err := witness.Open(o)
		must(t, err)
		s, err := proof.ParseCheckpoint([]byte(l.sign(t, test.n)))
		must(t, err)
		if own, err := w.Add(uint64(test.m), l.path(test.m, test.n), s); len(own) != len(test.keys) || err != nil {
			t.Errorf("step %d: %d signatures, %v", i, len(own), err)
		}
		must(t, w.Close())
	}
	o.Cosigners = both[:1]
	if _, err := witness.Open(o); err == nil || !strings.Contains(err.Error(), "has not cosigned it") {
		t.Errorf("with the first key alone: %v", err)
	}
}

// TestStrangersAreNotLogged: what anybody can send does not fill the disk of the witness, and what the log does is said once a second.
func TestStrangersAreNotLogged(t *testing.T) {
	var said bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	defer slog.SetDefault(before)
	s := serve(t, options(t, durable.OS, t.TempDir()))
	l, stranger := grow(5), grow(5)
	stranger.seed = 2
	for range 20 {
		ask(t, s, http.MethodPost, "/add-checkpoint", "old 0\n\n"+strings.Repeat("x", 1<<16))
		ask(t, s, http.MethodPost, "/add-checkpoint", strings.ReplaceAll(l.request(t, 0, 1), origin, "a log.example"))
		ask(t, s, http.MethodPost, "/add-checkpoint", stranger.request(t, 0, 1))
	}
	if said.Len() > 0 {
		t.Errorf("it says %q", said.String())
	}
	for range 20 {
		ask(t, s, http.MethodPost, "/add-checkpoint", "old 0\n"+lines(l.path(3, 5))+"\n"+l.sign(t, 5))
	}
	if n := strings.Count(said.String(), "\n"); n == 0 || n == 20 {
		t.Errorf("%d lines of the log's own doing", n)
	}
}
