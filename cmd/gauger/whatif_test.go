package main

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/configs"
)

const withoutCertificate = `entry ZZ9-0310241-8, batch B-1, importer did:web:lakehead.example
  before  originating, criterion B, S claimed, monthly entry due 2024-04-10; duty $0.00, additional $0.00, MPF $0.00, HMF $0.00, in all $0.00
  after   originating, criterion B, no claim, daily entry due 2024-03-25; duty $6554.57, additional $0.00, MPF $614.35, HMF $0.00, in all $7168.92; certificate BRM-2024-1 is withdrawn
  owed    $7168.92: duty $6554.57, additional $0.00, MPF $614.35, HMF $0.00, reclaimed $0.00
`

const withoutCertificateInAll = `
entries                      1
not resting on it            0
not made yet                 0
coming to the same           0
coming to something else     1
of these monthly, now daily  1
of these without a decision  0
owed in all                  $7168.92: duty $6554.57, additional $0.00, MPF $614.35, HMF $0.00, reclaimed $0.00
                             without interest, of which this program has no rates
`

// TestWhatIf: the entries of the story under each kind of change, for people and for programs.
func TestWhatIf(t *testing.T) {
	s := builtinStory(t)
	one, two := s.outcome.Entries[0], s.outcome.Entries[1]
	whatIf := func(bundle string, args ...string) string {
		t.Helper()
		code, out, problem := gauger(t, append([]string{"what-if", "--trust", s.outcome.Trust, "--bundle", bundle}, args...)...)
		if code != exitOK || problem != "" {
			t.Fatalf("%q: exit code %d: %s", args, code, problem)
		}
		return out
	}
	out := whatIf(one.Bundle, "--without-certificate", "BRM-2024-1")
	if !strings.HasPrefix(out, withoutCertificate) || !strings.HasSuffix(out, withoutCertificateInAll) {
		t.Errorf("without the certificate:\n%s", out)
	}
	contains(t, "reasons", out, "124,849 bbl at $0.0525 a bbl come to $6,554.57", "10 working days after entry on 2024-03-11")
	rows, err := csv.NewReader(strings.NewReader(whatIf(one.Bundle, "--without-certificate", "BRM-2024-1", "--csv"))).ReadAll()
	must(t, err)
	if len(rows) != 3 || rows[1][3] != "before" || rows[2][7] != "daily" || rows[2][17] != "7168.92" {
		t.Errorf("as CSV: %q", rows)
	}
	rates, err := configs.Files.ReadFile(configs.Rates)
	must(t, err)
	changed := filepath.Join(t.TempDir(), "rates.yaml")
	must(t, os.WriteFile(changed, []byte(strings.ReplaceAll(string(rates), `"0.0525"`, `"0.0500"`)), 0o600))
	for _, tt := range []struct {
		name, bundle, want string
		args               []string
	}{
		{"a source", one.Bundle, "$7168.92", []string{"--source", "whitemud-bitumen=no"}},
		{"what is said of a source already", one.Bundle, "coming to the same           1", []string{"--source", "pisco-condensate=no"}},
		{"an event, with what rests on it", one.Bundle, "event that falls with it     REVISION-1", []string{"--without-event", "CHECK-1"}},
		{"the later claim's certification", two.Bundle, "owed in all                  $3245.18", []string{"--without-event", "CERTIFICATION-LIGHT"}},
		{"before the later claim", two.Bundle, "reclaimed $3245.18", []string{"--known-at", "2024-05-01T00:00:00Z"}},
		{"before the entry", two.Bundle, "not made yet                 1", []string{"--known-at", "2024-03-01T00:00:00-07:00"}},
		{"a rate of 5 cents", two.Bundle, "duty $-125.28", []string{"--rates", changed}},
	} {
		contains(t, tt.name, whatIf(tt.bundle, tt.args...), tt.want)
	}
	file := filepath.Join(t.TempDir(), "event.json")
	must(t, os.WriteFile(file, []byte(`{"id":"CHECK-1","by":"did:web:a.example","unknown":1}`), 0o600))
	// A paper of the story, as its party wrote it, in its own place: nothing comes to anything else.
	paper := filepath.Join(filepath.Dir(s.outcome.Trust), "parties", "terminals", "RECEIPT-2.json")
	contains(t, "an event instead of itself", whatIf(one.Bundle, "--instead", paper), "coming to the same           1")
	empty := filepath.Join(t.TempDir(), "empty.yaml")
	must(t, os.WriteFile(empty, []byte("\n"), 0o600))
	in := []string{"what-if", "--bundle", one.Bundle}
	refused(t, []refusal{
		{"nothing", "say what changes", exitUsage, in},
		{"a source without an origin", `--source is "whitemud-bitumen"`, exitUsage, append(in, "--source", "whitemud-bitumen")},
		{"a source with another", "want yes, no or unproven", exitUsage, append(in, "--source", "whitemud-bitumen=maybe")},
		{"a certificate that there is not", "certificate C-9", exitFailed, append(in, "--without-certificate", "C-9")},
		{"an event that is none", `unknown key "unknown"`, exitUsage, append(in, "--instead", file)},
		{"a table that there is not", "no such file", exitUsage, append(in, "--rules", filepath.Join(t.TempDir(), "none"))},
		{"an empty table", "empty.yaml is empty", exitUsage, append(in, "--rules", empty)},
		{"a table that is none", "that cannot be asked", exitUsage, append(in, "--rules", file)},
		{"a time that is none", "--known-at", exitUsage, append(in, "--known-at", "May")},
	})
}

// TestWhatIfAsksCloud: a cloud is told the whole change.
func TestWhatIfAsksCloud(t *testing.T) {
	var asked audit.Change
	cloud := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(b, &asked); err != nil || r.Method != http.MethodPost || r.URL.RequestURI() != "/v1/what-if" {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		_ = json.NewEncoder(w).Encode(audit.Consequences{Untouched: 7, Exceeded: []string{"C-1 supports 5"}, Note: audit.Interest})
	}))
	defer cloud.Close()
	dir := t.TempDir()
	event, rules := filepath.Join(dir, "event.json"), filepath.Join(dir, "rules.yaml")
	must(t, os.WriteFile(event, []byte(`{"id":"E-1","by":"did:web:a.example","sale":{"batch":"B-1","seller":"a","buyer":"b"}}`), 0o600))
	must(t, os.WriteFile(rules, []byte("rules: []\n"), 0o600))
	code, out, problem := gauger(t, "what-if", "--cloud", cloud.URL, "--without-certificate", "C-1", "--source", "a=b=no", "--without-event", "E-2",
		"--instead", event, "--rules", rules, "--known-at", "1970-01-01T00:00:01Z")
	if code != exitOK || !strings.Contains(out, "not resting on it            7") || !strings.Contains(out, "more than is covered         C-1 supports 5\n") {
		t.Errorf("exit code %d, %s: %s", code, out, problem)
	}
	if len(asked.Certificates) != 1 || asked.Sources[0] != (audit.SourceChange{Source: "a=b", Originating: custody.NonOriginating}) ||
		asked.Voids[0].Of != "E-2" || asked.Voids[1].Replacement.Sale.Buyer != "b" || asked.Rules != "rules: []\n" || asked.KnownAt != 1000 {
		t.Errorf("asked %+v", asked)
	}
}
