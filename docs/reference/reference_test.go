// Package reference_test makes the test vectors of the formats, and holds the code and formats.cddl to them. After a change of
// a format, `go test ./docs/reference -update` writes the vectors again: the difference is the change that others must follow.
package reference_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write vectors/*.json again")

// group is one file of vectors.
type group struct {
	file  string
	about string
	cases []vector
}

// vector is one case: check accepts it or says why not, expected says which of the two it must be.
type vector interface {
	check(t *testing.T) error
	expected() outcome
}

// outcome is what a verifier must make of a case.
type outcome struct {
	Name  string `json:"name"`
	Valid bool   `json:"valid"`
	Why   string `json:"why,omitempty"`
	err   string // what the error of this program contains
}

func (o outcome) expected() outcome { return o }

func ok(name string) outcome { return outcome{Name: name, Valid: true} }

// bad is a case that must be refused. Why is for people; err is a part of the error, so that the case can't be refused for
// another reason.
func bad(name, why, err string) outcome { return outcome{Name: name, Why: why, err: err} }

// raw prints as hex.
type raw []byte

// MarshalJSON prints lower-case hex, and null for nil.
func (b raw) MarshalJSON() ([]byte, error) {
	if b == nil {
		return []byte("null"), nil
	}
	return json.Marshal(hex.EncodeToString(b))
}

func groups(t *testing.T) []group {
	return []group{
		keyVectors(t), sign1Vectors(t), recordVectors(t), intervalVectors(t), chainVectors(t), statementVectors(t), wireVectors(t),
		registryVectors(t), reportVectors(t), ticketVectors(t), countersignedVectors(t),
		certificateVectors(t), claimVectors(t), overlapVectors(t), merkleVectors(t), receiptVectors(t), trustVectors(t), bundleVectors(t),
	}
}

func TestVectors(t *testing.T) {
	files := map[string]bool{}
	for _, g := range groups(t) {
		files[g.file] = true
		t.Run(g.file, func(t *testing.T) {
			names := map[string]bool{}
			for _, c := range g.cases {
				want := c.expected()
				if names[want.Name] {
					t.Errorf("two cases are named %q", want.Name)
				}
				names[want.Name] = true
				err := c.check(t)
				switch {
				case want.Valid && err != nil:
					t.Errorf("%s: refused: %v", want.Name, err)
				case !want.Valid && err == nil:
					t.Errorf("%s: accepted, though %s", want.Name, want.Why)
				case !want.Valid && !strings.Contains(err.Error(), want.err):
					t.Errorf("%s: error is %q, want it to contain %q", want.Name, err, want.err)
				}
			}
			compare(t, g)
		})
	}
	found, err := filepath.Glob("vectors/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range found {
		if !files[filepath.Base(path)] {
			t.Errorf("%s: nothing makes this file", path)
		}
	}
}

// compare holds a file of vectors to what the code makes now.
func compare(t *testing.T, g group) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(map[string]any{"about": g.about, "cases": g.cases}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("vectors", g.file)
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, b.Bytes()) {
		t.Errorf("%s differs from what the code makes: if a format has changed on purpose, run `go test ./docs/reference -update`", path)
	}
}

// unhex reads hex with blanks between the parts.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// replaced returns b with its first old replaced; old must be there.
func replaced(t testing.TB, b []byte, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(b, []byte(old)) {
		t.Fatalf("%q is not in %x", old, b)
	}
	return bytes.Replace(b, []byte(old), []byte(new), 1)
}
