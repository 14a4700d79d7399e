// Package verifier_test runs the independent verifier, which is written in Python from docs/reference alone, on the vectors and
// on bundles true and altered, and holds it to this program's verdicts.
package verifier_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
)

const vectors = "../reference/vectors"

// python is an interpreter that has what the verifier needs, or empty.
var python = sync.OnceValue(func() string {
	for _, path := range []string{"/usr/bin/python3", "python3"} {
		const check = "import sys, cryptography; assert sys.version_info >= (3, 10)"
		if exec.Command(path, "-c", check).Run() == nil {
			return path
		}
	}
	return ""
})

// run executes the verifier and returns its exit code and output.
func run(t *testing.T, args ...string) (int, string) {
	t.Helper()
	if python() == "" {
		t.Fatal("no python3 from 3.10 on with the package cryptography: apt-get install -y python3 python3-cryptography")
	}
	c := exec.Command(python(), append([]string{"gauger_verify.py"}, args...)...)
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if strings.Contains(string(out), "Traceback") {
		t.Errorf("%v: the verifier fell over:\n%s", args, out)
	}
	return c.ProcessState.ExitCode(), string(out)
}

func TestVectors(t *testing.T) {
	code, out := run(t, "--vectors", vectors)
	t.Log(out)
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// The runner must be able to fail: with each verdict turned round, every case that it looks at is wrong.
func TestVectorsTurnedRound(t *testing.T) {
	dir := t.TempDir()
	files, err := filepath.Glob(vectors + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	total := 0
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var f struct {
			Cases []map[string]any `json:"cases"`
		}
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatal(err)
		}
		for _, c := range f.Cases {
			c["valid"] = !c["valid"].(bool)
			if c["needsFactors"] == nil {
				total++
			}
		}
		write(t, filepath.Join(dir, filepath.Base(path)), f)
	}
	code, out := run(t, "--vectors", dir)
	if want := fmt.Sprintf("%d of them wrong", total); code != 1 || !strings.Contains(out, want) {
		t.Errorf("exit code %d, want 1 and %q:\n%s", code, want, out)
	}
	if code, _ := run(t, "--vectors", t.TempDir()); code != 1 {
		t.Errorf("no vectors at all: exit code %d, want 1", code)
	}
}

func write(t *testing.T, path string, v any) {
	t.Helper()
	b, ok := v.([]byte)
	if !ok {
		var err error
		if b, err = json.Marshal(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestExitCodes(t *testing.T) {
	w := bundletest.New(t).Story()
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		write(t, path, b)
		return path
	}
	good := file("good", w.Seal(w.Bundle(bundle.Tickets)))
	b := w.Bundle(bundle.Records)
	b.Tickets = b.Tickets[1:]
	bad := file("bad", w.Seal(b))
	trust := file("trust", w.TrustFile())
	other := file("other", bytes.ReplaceAll(w.TrustFile(), []byte(w.Carrier.DID), []byte("did:web:other.example")))
	b = w.Bundle(bundle.Records)
	b.Trust = []byte("quorum\n")
	untrusting := file("untrusting", w.Seal(b))
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"verified", []string{good, "--trust", trust}, 0, "VERIFIED\n"},
		{"consistent", []string{good}, 3, "CONSISTENT: on the keys that came with the bundle, which proves nothing"},
		{"says what depth tickets leaves open", []string{good, "--trust", trust}, 0, "not checked: the records between those shown"},
		{"says that factors are not computed", []string{good, "--trust", trust}, 0, "not checked: the factors CTL, CPL and CTPL"},
		{"prints a final ticket", []string{good, "--trust", trust}, 0, "ticket T-1 version 2: LACT-1 0 to 2, GSV 97.034784 m3 at 15C, NSV 96.792197 m3 at 15C"},
		{"prints the clocks", []string{good, "--trust", trust}, 0, "clocks of the records shown: NTP 4"},
		{"fails", []string{bad, "--trust", trust}, 1, "FAILED: ticket T-1, point LACT-1, seq 2, what the version before it is not in the bundle"},
		{"fails on its own keys", []string{bad}, 1, "FAILED"},
		{"another trust file", []string{good, "--trust", other}, 1, "the trust file has no key for did:web:carrier.example"},
		{"bad trust file in the bundle", []string{untrusting}, 1, "trust file line 1"},
		{"bad trust file in the bundle, but one from outside", []string{untrusting, "--trust", trust}, 0, "VERIFIED"},
		{"cut off", []string{file("cut", w.Seal(w.Bundle(bundle.Tickets))[:4000]), "--trust", trust}, 1, "FAILED: what string cut off"},
		{"not a bundle", []string{trust}, 2, "not a bundle"},
		{"not a trust file", []string{good, "--trust", good}, 2, "trust file line 1"},
		{"no such file", []string{filepath.Join(dir, "none")}, 2, "No such file"},
		{"no arguments", nil, 2, "usage"},
		{"bundle and vectors", []string{good, "--vectors", vectors}, 2, "usage"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out := run(t, tt.args...)
			if code != tt.code || !strings.Contains(out, tt.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s", code, tt.code, tt.want, out)
			}
		})
	}
	t.Run("JSON", func(t *testing.T) {
		var v struct {
			OK            bool
			Result, Trust string
			Records       int
			Tickets       int
			Unchecked     []string
			Failure       *bundle.Failure
		}
		code, out := run(t, good, "--trust", trust, "--json")
		if err := json.Unmarshal([]byte(out), &v); err != nil || code != 0 {
			t.Fatalf("exit code %d, %v:\n%s", code, err, out)
		}
		if !v.OK || v.Result != "VERIFIED" || v.Trust != "file" || v.Records != 12 || v.Tickets != 4 || len(v.Unchecked) != 5 || v.Failure != nil {
			t.Errorf("%+v", v)
		}
		code, out = run(t, bad, "--json")
		if err := json.Unmarshal([]byte(out), &v); err != nil || code != 1 {
			t.Fatalf("exit code %d, %v:\n%s", code, err, out)
		}
		if v.OK || v.Result != "FAILED" || v.Trust != "bundle" || v.Failure == nil || v.Failure.Ticket != "T-1" || *v.Failure.Seq != 2 || v.Records != 0 || len(v.Unchecked) != 0 {
			t.Errorf("%+v", v)
		}
	})
}

// Behind a decision stand certificates, claims and carrier's tickets as their formats have them, or the bundle fails; without one they are
// documents like others.
func TestPapersBehindADecision(t *testing.T) {
	tests := []struct {
		name, thing string
		payload     []byte
		decided     bool
		code        int
		want        string
	}{
		{"a claim of nothing", "claim", []byte{0xa0}, true, 1, "FAILED: what version is missing"},
		{"a certificate of nothing", "certificate", []byte{0xa0}, true, 1, "FAILED: what version is missing"},
		{"half a carrier's ticket", "countersigned", []byte{0xa1, 1, 1}, true, 1, "FAILED: what paper is missing"},
		{"a claim of nothing, and no decision", "claim", []byte{0xa0}, false, 0, "VERIFIED\n"},
		{"another document", "testament", []byte{0xa0}, true, 0, "VERIFIED\n"},
		{"a claim", "claim", payloads(t, "claim")[0], true, 1, "FAILED: what signed by did:web:carrier.example, not by did:web:producer.example"},
		{"a certificate", "certificate", payloads(t, "certificate")[0], true, 0, "VERIFIED\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := bundletest.New(t).Story()
			w.Document(tt.thing, tt.payload)
			b := w.Bundle(bundle.Tickets)
			if !tt.decided {
				b.Decision = nil
			}
			file, trust := filepath.Join(t.TempDir(), "bundle"), filepath.Join(t.TempDir(), "trust")
			write(t, file, w.Seal(b))
			write(t, trust, w.TrustFile())
			if code, out := run(t, file, "--trust", trust); code != tt.code || !strings.Contains(out, tt.want) {
				t.Errorf("exit code %d, want %d and %q:\n%s", code, tt.code, tt.want, out)
			}
		})
	}
}

// bundleCase is a case of bundle.json, see appendix B of formats.md. Without a result only the verdict counts.
type bundleCase struct {
	Name   string  `json:"name"`
	Valid  bool    `json:"valid"`
	Why    string  `json:"why"`
	Result string  `json:"result,omitempty"`
	Ticket string  `json:"failureTicket,omitempty"`
	Point  string  `json:"failurePoint,omitempty"`
	Seq    *uint64 `json:"failureSeq,omitempty"`
	Trust  string  `json:"trust"`
	File   string  `json:"bundle"`
}

// hold runs the verifier on cases, all of which it must decide as they say.
func hold(t *testing.T, cases []bundleCase) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bundle.json"), map[string]any{"cases": cases})
	if code, out := run(t, "--vectors", dir); code != 0 || !strings.Contains(out, fmt.Sprintf("bundle: %d cases", len(cases))) {
		t.Errorf("exit code %d:\n%.4000s", code, out)
	}
}

// No sampled byte of a bundle can change without the verifier noticing.
func TestAlteredBytes(t *testing.T) {
	const samples = 150
	for _, depth := range []bundle.Depth{bundle.Tickets, bundle.Records} {
		t.Run(string(depth), func(t *testing.T) {
			w := bundletest.New(t).Story()
			file, trust := w.Seal(w.Bundle(depth)), string(w.TrustFile())
			cases := []bundleCase{{Name: "unaltered", Valid: true, Result: "verified", Trust: trust, File: hex.EncodeToString(file)}}
			for i := range samples {
				at := i * (len(file) - 1) / (samples - 1)
				altered := bytes.Clone(file)
				altered[at] ^= []byte{0x01, 0x80, 0x20, 0xff}[i%4]
				cases = append(cases, bundleCase{
					Name: fmt.Sprintf("byte %d", at), Why: fmt.Sprintf("it is %02x where %02x was", altered[at], file[at]), Trust: trust, File: hex.EncodeToString(altered),
				})
			}
			hold(t, cases)
		})
	}
}

// Two verifiers, one verdict: of bundles that were altered in one byte of their payload and sealed again, so that what is wrong
// lies inside, both say the same, and name the same place.
func TestResealedBytes(t *testing.T) {
	const samples = 100
	for _, depth := range []bundle.Depth{bundle.Tickets, bundle.Records} {
		t.Run(string(depth), func(t *testing.T) {
			w := bundletest.New(t).Story()
			trust := w.Trust()
			payload, err := cose.Marshal(w.Bundle(depth))
			if err != nil {
				t.Fatal(err)
			}
			var cases []bundleCase
			results := map[string]int{}
			for i := range samples {
				at := i * (len(payload) - 1) / (samples - 1)
				altered := bytes.Clone(payload)
				altered[at] ^= []byte{0x01, 0x02, 0x80, 0x04}[i%4]
				file, err := cose.Sign(w.Producer.Hand, bundle.Thing, altered, nil)
				if err != nil {
					t.Fatal(err)
				}
				c := bundleCase{Name: fmt.Sprintf("byte %d", at), Result: "verified", Trust: string(w.TrustFile()), File: hex.EncodeToString(file)}
				_, err = bundle.Verify(file, trust)
				var f *bundle.Failure
				if errors.As(err, &f) {
					c.Result, c.Ticket, c.Point, c.Seq = "fails", f.Ticket, f.Point, f.Seq
				}
				c.Valid, c.Why = c.Result == "verified", fmt.Sprint(err)
				results[c.Result]++
				cases = append(cases, c)
			}
			t.Logf("this program says: %v", results)
			if len(results) != 2 {
				t.Errorf("the results are %v: one never came, the samples say less than they should", results)
			}
			hold(t, cases)
		})
	}
}
