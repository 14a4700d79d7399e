package main

import (
	"crypto/ed25519"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/keyfile"
	"github.com/gauger/gauger/ledger/tilelog"
	"github.com/gauger/gauger/ledger/witness"
)

const logOfTwoStories = "log.example/main"

// twoStories writes two logs of five entries each with one key, and a trust file. The places are folders.
func twoStories(t *testing.T) (trust, one, other string) {
	t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	signer, vkey, err := tilelog.NewSigner(logOfTwoStories, key)
	must(t, err)
	trust, one, other = filepath.Join(t.TempDir(), "trust.txt"), filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "other")
	must(t, os.WriteFile(trust, []byte("log "+vkey+"\nquorum none\n"), 0o600))
	for _, dir := range []string{one, other} {
		l, err := tilelog.Open(t.Context(), tilelog.Options{Dir: dir, Signer: signer, VKey: vkey})
		must(t, err)
		for i := range 5 {
			_, err := l.Append(t.Context(), fmt.Appendf(nil, "%s %d", filepath.Base(dir), i))
			must(t, err)
		}
		must(t, l.Close())
	}
	return trust, one, other
}

// TestMonitorAsksEveryWitness: one that is away does not keep the monitor from comparing with the next.
func TestMonitorAsksEveryWitness(t *testing.T) {
	trust, one, other := twoStories(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /"+witness.OriginHash(logOfTwoStories)+"/checkpoint", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(other, "checkpoint"))
	})
	shown := httptest.NewServer(mux)
	defer shown.Close()
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	state := filepath.Join(t.TempDir(), "state")
	code, _, problem := gauger(t, "ledger", "monitor", one, "--trust", trust, "--state", state, "--once", "--witness", away.URL, "--witness", shown.URL)
	evidence, err := filepath.Glob(state + "-evidence/*.json")
	must(t, err)
	if code != exitFailed || len(evidence) != 1 || !strings.Contains(problem, "told two stories") || !strings.Contains(problem, away.URL) {
		t.Errorf("exit code %d: %s", code, problem)
	}
}

// TestWitnessThatForgot: a witness does not start with an older copy of its folder, when a receipt, or the log itself, shows its signature.
func TestWitnessThatForgot(t *testing.T) {
	_, one, _ := twoStories(t)
	dir := t.TempDir()
	key, err := keyfile.Create(filepath.Join(dir, "witness.key"), keyfile.Ed25519)
	must(t, err)
	c, err := proof.NewCosigner("witness.example", key)
	must(t, err)
	text, err := os.ReadFile(filepath.Join(one, "checkpoint"))
	must(t, err)
	s, err := proof.ParseCheckpoint(text)
	must(t, err)
	own, err := c.Cosign(s, time.Now())
	must(t, err)
	s.Signatures = append(s.Signatures, own)
	seen := filepath.Join(dir, "checkpoint")
	must(t, os.WriteFile(seen, s.Format(), 0o600))
	served := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer served.Close()

	_, vkey, err := tilelog.NewSigner(logOfTwoStories, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	must(t, err)
	for _, test := range []struct {
		name, url string
		args      []string
	}{
		{"a file", "", []string{"--seen", seen}},
		{"the log", served.URL, nil},
	} {
		must(t, os.WriteFile(filepath.Join(dir, "trust.txt"), fmt.Appendf(nil, "log %s %s\nquorum none\n", vkey, test.url), 0o600))
		config := filepath.Join(dir, "witness.yaml")
		must(t, os.WriteFile(config, fmt.Appendf(nil, "data: %q\nlisten: 127.0.0.1:0\nname: witness.example\nkeys: [witness.key]\ntrust: trust.txt\n",
			filepath.Join(t.TempDir(), "data")), 0o600))
		for range 2 { // it does not forget that
			code, _, problem := gauger(t, append([]string{"witness", "--config", config}, test.args...)...)
			if code != exitFailed || !strings.Contains(problem, "draw new keys") || !strings.Contains(problem, "a checkpoint of 5") {
				t.Errorf("%s: exit code %d: %s", test.name, code, problem)
			}
			test.args = nil
			must(t, os.WriteFile(filepath.Join(dir, "trust.txt"), fmt.Appendf(nil, "log %s\nquorum none\n", vkey), 0o600))
		}
	}
}
