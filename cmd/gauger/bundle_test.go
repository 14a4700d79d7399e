package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// TestBundles: both verifiers tell a trust file from the bundle's own keys, and say so to people, to programs, and by their exit code.
func TestBundles(t *testing.T) {
	s := builtinStory(t)
	for _, e := range s.outcome.Entries {
		t.Run(e.Number, func(t *testing.T) {
			code, out, problem := gauger(t, "verify", "--trust", s.outcome.Trust, e.Bundle)
			if code != exitOK || problem != "" {
				t.Errorf("with the trust file: exit code %d: %s", code, problem)
			}
			contains(t, "with the trust file", out, "VERIFIED: ", e.Number, e.NetBarrels+" net barrels", "real time: ", "is in the ledger, not in a bundle")
			code, out, problem = gauger(t, "verify", e.Bundle)
			if code != exitConsistent || problem != "" || strings.Contains(out, "VERIFIED") {
				t.Errorf("without: exit code %d: %s%s", code, out, problem)
			}
			contains(t, "without", out, "CONSISTENT: ", "That proves nothing about who", e.Number)
			s.verifiedJSON(t, e.Bundle, exitOK, "file", "--trust", s.outcome.Trust)
			s.verifiedJSON(t, e.Bundle, exitConsistent, "bundle")
			if code, out := second(t, "--trust", s.outcome.Trust, e.Bundle); code != exitOK {
				t.Errorf("the second verifier with the trust file: exit code %d: %s", code, out)
			}
			if code, out := second(t, e.Bundle); code != exitConsistent {
				t.Errorf("the second verifier without: exit code %d: %s", code, out)
			}
		})
	}
}

// verifiedJSON checks what verify prints for programs.
func (s *told) verifiedJSON(t *testing.T, name string, want int, trust string, args ...string) {
	t.Helper()
	code, out, _ := gauger(t, append([]string{"verify", "--json", name}, args...)...)
	var v map[string]any
	must(t, json.Unmarshal([]byte(out), &v))
	decision, _ := v["decision"].(map[string]any)
	if code != want || v["ok"] != true || v["trust"] != trust || v["records"].(float64) < 200 || v["tickets"].(float64) < 3 || len(v) != 6 ||
		decision["imported"] == nil || len(v["notShown"].([]any)) < 2 {
		t.Errorf("verify --json %v: exit code %d, %d keys, ok %v, trust %v, entry %v", args, code, len(v), v["ok"], v["trust"], decision["entry"])
	}
}

// TestBundlesAltered: no bit of a bundle is without meaning. Wherever one is changed, verify fails the evidence, and says what is
// wrong with it.
func TestBundlesAltered(t *testing.T) {
	s := builtinStory(t)
	for i, e := range s.outcome.Entries {
		t.Run(e.Number, func(t *testing.T) {
			file, err := os.ReadFile(e.Bundle)
			must(t, err)
			rng := rand.New(rand.NewPCG(uint64(i), 0))
			for n := range 200 {
				// One place in each two-hundredth of the file, and its very first and last bytes.
				at := min(n*len(file)/200+rng.IntN(len(file)/200), len(file)-1)
				switch n {
				case 0:
					at = 0
				case 199:
					at = len(file) - 1
				}
				bad := bytes.Clone(file)
				bad[at] ^= 1 << rng.IntN(8)
				name := filepath.Join(t.TempDir(), "altered")
				must(t, os.WriteFile(name, bad, 0o600))
				s.refused(t, fmt.Sprintf("bit changed in byte %d of %d", at, len(file)), name, n%50 == 10)
			}
		})
	}
}

// refused checks that a bundle is refused with a trust file and without one.
func (s *told) refused(t *testing.T, what, name string, also bool) {
	t.Helper()
	for _, trust := range [][]string{{"--trust", s.outcome.Trust}, nil} {
		code, out, problem := gauger(t, append([]string{"verify", "--json", name}, trust...)...)
		switch code {
		case exitFailed:
			var v verification
			must(t, json.Unmarshal([]byte(out), &v))
			if v.OK || v.Failure == nil || v.Failure.What == "" || !strings.HasPrefix(problem, "gauger: evidence fails: ") {
				t.Errorf("%s: %s%s", what, out, problem)
			}
		case exitUsage:
			if out != "" || !strings.HasSuffix(problem, " is not a bundle\n") {
				t.Errorf("%s: %s%s", what, out, problem)
			}
		default:
			t.Errorf("%s: exit code %d: %s", what, code, out)
		}
		if !also {
			continue
		}
		if other, out := second(t, append(trust, name)...); other != exitFailed && other != exitUsage {
			t.Errorf("%s, the second verifier: exit code %d: %s", what, other, out)
		}
	}
}

// TestTrustFile: verify names the line of the trust file that is wrong, and whom a trust file does not know it does not trust.
func TestTrustFile(t *testing.T) {
	s := builtinStory(t)
	b, err := os.ReadFile(s.outcome.Trust)
	must(t, err)
	for _, c := range []struct {
		name, from, to string
		code           int
		message        string
	}{
		{"a word that is none", "quorum none", "quorums none", exitUsage, "trust.txt: trust file line 3: unknown word \"quorums\""},
		{"another organisation", "org did:web:lakehead.example did:web:lakehead.example+", "org did:web:fakehead.example did:web:lakehead.example+", exitFailed,
			"registry of did:web:lakehead.example: the trust file has no key for it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(string(b), c.from) {
				t.Fatalf("%q is not in %s", c.from, b)
			}
			name := filepath.Join(t.TempDir(), "trust.txt")
			must(t, os.WriteFile(name, []byte(strings.Replace(string(b), c.from, c.to, 1)), 0o600))
			code, out, problem := gauger(t, "verify", "--trust", name, s.outcome.Entries[0].Bundle)
			if code != c.code || out != "" {
				t.Errorf("exit code %d: %s", code, out)
			}
			contains(t, "message", problem, c.message)
		})
	}
}

// python is an interpreter that has what the second verifier needs, or empty.
var python = sync.OnceValue(func() string {
	for _, name := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(name, "-c", "import sys, cryptography; assert sys.version_info >= (3, 10)").Run() == nil {
			return name
		}
	}
	return ""
})

// second runs the verifier that was written from the documents alone, and returns its exit code and output.
func second(t testing.TB, args ...string) (int, string) {
	t.Helper()
	if python() == "" {
		t.Fatal("no python3 from 3.10 on with the package cryptography: apt-get install -y python3 python3-cryptography")
	}
	c := exec.Command(python(), append([]string{filepath.Join("..", "..", "docs", "verifier", "gauger_verify.py")}, args...)...)
	out, err := c.CombinedOutput()
	if c.ProcessState == nil || strings.Contains(string(out), "Traceback") {
		t.Errorf("the second verifier fell over: %v\n%s", err, out)
	}
	return c.ProcessState.ExitCode(), string(out)
}

// TestReadme: the transcript in the README is what the program prints.
func TestReadme(t *testing.T) {
	s := builtinStory(t)
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	must(t, err)
	_, rest, _ := strings.Cut(string(readme), "<!-- demo -->\n```\n")
	transcript, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the README has no transcript")
	}
	_, out, _ := gauger(t, "verify", "--trust", s.outcome.Trust, s.outcome.Entries[0].Bundle)
	printed := append(strings.Split(out, "\n"), "ENTRY "+s.outcome.Entries[0].Number)
	for line := range strings.Lines(transcript) {
		if !slices.Contains(printed, strings.TrimRight(line, "\n")) {
			t.Errorf("the README shows what is not printed: %s", line)
		}
	}
}
