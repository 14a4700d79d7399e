package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/cose"
)

// TestTicketDispute: a party of a ticket writes down that it disputes it, and signs just that.
func TestTicketDispute(t *testing.T) {
	s := builtinStory(t)
	file := filepath.Join(s.dir, "papers", "T-3001-v1.ticket")
	tk := s.ticket(t, "T-3001", 1)
	dir := t.TempDir()
	draft, key, signed := filepath.Join(dir, "draft.json"), filepath.Join(dir, "party.key"), filepath.Join(dir, "signed")
	for _, args := range [][]string{
		{"ticket", "dispute", file, "--by", tk.To, "--reason", "the sampler stood still", "--id", "D-1", "--at", "2024-03-13T09:00:00-05:00", "-o", draft},
		{"key", "new", key}, {"document", "sign", "--kind", "movement", "--key", key, draft, "-o", signed},
	} {
		if code, _, problem := gauger(t, args...); code != exitOK {
			t.Fatalf("%q: exit code %d: %s", args, code, problem)
		}
	}
	written, err := os.ReadFile(draft)
	must(t, err)
	want := custody.Event{
		Version: custody.Version, ID: "D-1", By: tk.To, At: 1710338400000,
		Dispute: &custody.Dispute{Ticket: "T-3001", Version: 1, Reason: "the sampler stood still"},
	}
	wanted, err := json.Marshal(want)
	must(t, err)
	if string(written) != string(wanted)+"\n" {
		t.Errorf("draft %s", written)
	}
	b, err := os.ReadFile(signed)
	must(t, err)
	m, err := cose.Parse(b, custody.Thing)
	must(t, err)
	e, err := custody.Decode(m.Payload)
	must(t, err)
	if e.Dispute == nil || *e.Dispute != *want.Dispute || e.By != want.By {
		t.Errorf("signed %+v", e)
	}
	refused(t, []refusal{
		{"by a stranger", "between", exitUsage, []string{"ticket", "dispute", file, "--by", "did:web:other.example", "--reason", "no", "--id", "D-1"}},
		{"without a reason", "needs a version and a reason", exitUsage, []string{"ticket", "dispute", file, "--by", tk.To, "--id", "D-1"}},
		{"without a name", "name of the id", exitUsage, []string{"ticket", "dispute", file, "--by", tk.To, "--reason", "no"}},
		{"at no time", "--at", exitUsage, []string{"ticket", "dispute", file, "--by", tk.To, "--reason", "no", "--id", "D-1", "--at", "now"}},
		{"no ticket", "ticket", exitUsage, []string{"ticket", "dispute", draft, "--by", tk.To}},
	})
}
