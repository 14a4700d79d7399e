package audit_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// says expects an error that contains a text.
func says(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want one that says %q", err, want)
	}
}

// world is a story with ways to tell it differently.
type world struct {
	*audittest.World
	t testing.TB
}

func newWorld(t testing.TB, o audittest.Options) world {
	t.Helper()
	return world{audittest.New(t, o), t}
}

// decide returns the decision on papers.
func (w world) decide(papers [][]byte) (*audit.Decision, error) {
	c, err := w.Case(papers)
	if err != nil {
		return nil, err
	}
	return c.Decide(w.Number.String())
}

// decision returns what cannot fail.
func (w world) decision(papers [][]byte) *audit.Decision {
	w.t.Helper()
	d, err := w.decide(papers)
	must(w.t, err)
	return d
}

// claim returns a claim of the story, altered and signed again by whom it names.
func (w world) claim(name string, alter func(c *audit.Claim)) []byte {
	w.t.Helper()
	c, err := audit.OpenClaim(w.Act(name).Body, w.Keys())
	must(w.t, err)
	alter(&c)
	signed, err := audit.SignClaim(w.Hand(c.By), c)
	must(w.t, err)
	return signed
}

// claiming returns all papers with the claim at entry altered.
func (w world) claiming(alter func(c *audit.Claim)) [][]byte {
	w.t.Helper()
	return w.Replaced("claim", w.claim("claim", alter))
}

// event returns an event of the story, altered and signed again by whom it names.
func (w world) event(id string, alter func(e *custody.Event)) []byte {
	w.t.Helper()
	e, err := custody.Open(w.Act(id).Body, w.Keys())
	must(w.t, err)
	alter(&e)
	signed, err := custody.Sign(w.Hand(e.By), e)
	must(w.t, err)
	return signed
}

// certified returns all papers with a claim on another certificate: one altered, and signed by a party.
func (w world) certified(by string, alter func(c *origin.Certificate)) [][]byte {
	w.t.Helper()
	c := audittest.Certificate("B")
	alter(&c)
	signed, err := audit.SignCertificate(w.Hand(by), c)
	must(w.t, err)
	papers := w.claiming(func(c *audit.Claim) { c.Certificate = hashOf(signed) })
	i := slices.IndexFunc(papers, func(b []byte) bool { return slices.Equal(b, w.Act("certificate").Body) })
	papers[i] = signed
	return papers
}

func hashOf(signed []byte) *record.Hash {
	h := ticket.Hash(signed)
	return &h
}

func encode(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return string(b)
}
