package story

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/edge"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/keyfile"
)

// laidOut lays a world of the built-in story out, without playing it.
func laidOut(t testing.TB, change func(*Options)) (*World, error) {
	t.Helper()
	s, err := Load(builtin, builtinFile(t))
	must(t, err)
	o := Options{Scenario: s, Source: builtinFile(t), Dir: filepath.Join(t.TempDir(), "world")}
	if change != nil {
		change(&o)
	}
	w, err := New(t.Context(), o)
	if err == nil {
		t.Cleanup(func() { must(t, w.Close()) })
	}
	return w, err
}

// TestNewRefuses: a world that could not be played is refused before anything is made.
func TestNewRefuses(t *testing.T) {
	full := t.TempDir()
	must(t, os.WriteFile(filepath.Join(full, "letter"), nil, 0o600))
	down := []Fault{{At: epoch, Target: "edge:rail", Down: time.Minute}}
	for _, c := range []struct {
		name   string
		change func(*Options)
		want   string
	}{
		{"a directory that is in use", func(o *Options) { o.Dir = full }, "directory " + full + " is not empty: name another with --dir, or remove it"},
		{"a gateway that is down while time waits for it", func(o *Options) { o.Faults = down }, "fault: edge:rail can't be down for 1m0s, time waits for it: give the clock a speed"},
	} {
		if _, err := laidOut(t, c.change); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	if _, err := laidOut(t, func(o *Options) { o.Faults, o.Speed = down, 60 }); err != nil {
		t.Errorf("a gateway that is down while time runs on: %v", err)
	}
}

// TestLaidOut: every key belongs to one party or site alone, the trust file knows all organisations, and every gateway accepts the
// configuration that it is given.
func TestLaidOut(t *testing.T) {
	w, err := laidOut(t, nil)
	must(t, err)
	b, err := os.ReadFile(w.Trust())
	must(t, err)
	trust, err := proof.ParseTrust(b)
	must(t, err)
	for _, p := range w.scenario.Parties {
		if len(trust.Organisation(p.DID)) != 1 {
			t.Errorf("the trust file does not know %s", p.DID)
		}
		if _, err := keyfile.Load(w.path("parties", p.ID, "party.key")); err != nil {
			t.Error(err)
		}
	}
	for i := range w.scenario.Sites {
		s := &w.scenario.Sites[i]
		must(t, w.edgeConfig(s))
		c, _, err := edge.LoadConfig(w.path("sites", s.ID, "edge.yaml"))
		if err != nil {
			t.Errorf("gateway %s: %v", s.ID, err)
			continue
		}
		if c.Organisation != w.scenario.party(s.Operator).DID || len(c.Points) != len(s.Points) || !strings.HasPrefix(c.Broker, "tcp://127.0.0.1:") {
			t.Errorf("gateway %s of %s has %d points and broker %s", s.ID, c.Organisation, len(c.Points), c.Broker)
		}
	}
}

// TestPlayFails: what stops a story is named, with the log to look into, and nothing is left running.
func TestPlayFails(t *testing.T) {
	no, err := exec.LookPath("false")
	must(t, err)
	for _, c := range []struct{ name, program, want string }{
		{"no program", filepath.Join(t.TempDir(), "nothere"), "start broker: fork/exec "},
		{"a program that ends by itself", no, " ended by itself (exit status 1): see "},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := laidOut(t, func(o *Options) { o.Program = c.program })
			must(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := w.Play(ctx); err == nil || !strings.Contains(fmt.Sprint(err), c.want) {
				t.Errorf("it ends with %v, want %q", err, c.want)
			}
		})
	}
}

// TestSameInstant: of what happens at one instant, sites open first, then faults strike and what they struck comes back, then sites
// close, and then people act, in the order of the scenario.
func TestSameInstant(t *testing.T) {
	s, err := Load("tiny.yaml", []byte(tiny))
	must(t, err)
	w := &World{scenario: s, options: Options{Faults: []Fault{{At: s.Sites[0].Closes.Time, Target: "cloud"}}}}
	var orders []int
	for _, h := range w.happenings() {
		if h.at.Equal(s.Sites[0].Closes.Time) {
			orders = append(orders, h.order)
		}
	}
	if got := fmt.Sprint(orders); got != "[1 1 2 3 3]" {
		t.Errorf("orders at the closing: %s", got)
	}
}
