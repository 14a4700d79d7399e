package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
)

// TestTicketPage: a ticket of a bundle as a page, on either paper, the same each time; and one of a file with its signatures.
func TestTicketPage(t *testing.T) {
	s := builtinStory(t)
	e := s.outcome.Entries[0]
	dir := t.TempDir()
	for _, paper := range []string{"a4", "letter"} {
		var files [2][]byte
		for i := range files {
			out := filepath.Join(dir, "page.pdf")
			code, printed, problem := gauger(t, "ticket", "show", "T-3001", "--bundle", e.Bundle, "--trust", s.outcome.Trust, "--pdf", out, "--paper", paper)
			if code != exitOK || printed+problem != "" {
				t.Fatalf("exit code %d: %s%s", code, printed, problem)
			}
			b, err := os.ReadFile(out)
			must(t, err)
			files[i] = b
		}
		if !bytes.HasPrefix(files[0], []byte("%PDF-")) || !bytes.Equal(files[0], files[1]) {
			t.Errorf("%s: the page of a ticket differs from itself, or is none", paper)
		}
		contains(t, "page", string(files[0]), "(19841.624)", "(Prairie Gateway Pipeline ULC)", "(verified)", "VERIFIED against a trust file", "(LAB-3001, API MPMS 10.4)")
	}
	papers := filepath.Join(s.dir, "papers", "T-3001-v2.")
	code, page, problem := gauger(t, "ticket", "show", papers+"ticket", "--pdf", "-", "--url", "https://terminal.example",
		"--signature", papers+"prairie-ulc", "--signature", papers+"prairie-llc")
	if code != exitOK || problem != "" {
		t.Errorf("of a file: exit code %d: %s", code, problem)
	}
	contains(t, "page of a file", page, "(19841.624)", "(given, not verified)", "Printed from a ticket file, not verified", "https://terminal.example/")

	code, text, _ := gauger(t, "ticket", "show", papers+"ticket", "--json")
	var view struct{ ID, Status, GSV, Basis, Closed string }
	must(t, json.Unmarshal([]byte(text), &view))
	if want := (struct{ ID, Status, GSV, Basis, Closed string }{"T-3001", "final", "19899.33252", "m3 at 15C", "2024-03-12T01:14:00Z"}); code != exitOK || view != want {
		t.Errorf("exit code %d, ticket %+v, want %+v", code, view, want)
	}
	code, text, _ = gauger(t, "ticket", "show", "T-3001", "--version", "1", "--bundle", e.Bundle)
	if code != exitConsistent {
		t.Errorf("on the bundle's own keys: exit code %d", code)
	}
	contains(t, "version 1 of a bundle", text, "TICKET T-3001 version 1 (provisional)")
	for _, tt := range []struct {
		name, want string
		code       int
		args       []string
	}{
		{"a ticket that is not there", "no ticket T-9999", exitFailed, []string{"T-9999", "--bundle", e.Bundle}},
		{"a version that is not there", "no version 3", exitFailed, []string{"T-3001", "--bundle", e.Bundle, "--version", "3"}},
		{"paper that nobody has", `paper is "a3"`, exitUsage, []string{"T-3001", "--bundle", e.Bundle, "--pdf", "-", "--paper", "a3"}},
		{"an address that is none", "is none such as", exitUsage, []string{"T-3001", "--bundle", e.Bundle, "--pdf", "-", "--url", "terminal"}},
		{"one signature", "want two", exitUsage, []string{papers + "ticket", "--pdf", "-", "--signature", papers + "prairie-ulc"}},
		{"a signature that is none", "signature", exitUsage, []string{papers + "ticket", "--pdf", "-", "--signature", papers + "ticket", "--signature", papers + "ticket"}},
		{"a bundle that is none", "is not a bundle", exitUsage, []string{"T-3001", "--bundle", s.outcome.Trust}},
	} {
		if code, _, problem := gauger(t, append([]string{"ticket", "show"}, tt.args...)...); code != tt.code || !strings.Contains(problem, tt.want) {
			t.Errorf("%s: exit code %d: %s", tt.name, code, problem)
		}
	}
}

// TestBundleExport: every table of a bundle, the same each time, with the sum of its lines, in both formats.
func TestBundleExport(t *testing.T) {
	s := builtinStory(t)
	e := s.outcome.Entries[0]
	for what, holds := range map[string][]string{
		"tickets":    {"T-3001,2,final", "GSV [bbl at 60F]", "19899.332520"},
		"movements":  {"RECEIPT-1,", "MPMS 12.3", "volume [m3 at 15C]"},
		"statements": {"stream,month,carrier"},
		"balance":    {"pool,T-14,,closing", "batch,B-1,,difference", "-18.117794"},
	} {
		args := []string{"bundle", "export", e.Bundle, "--what", what, "--trust", s.outcome.Trust}
		code, text, problem := gauger(t, args...)
		if code != exitOK || problem != "" {
			t.Fatalf("%s: exit code %d: %s", what, code, problem)
		}
		contains(t, what, text, append(holds, "VERIFIED against a trust file")...)
		lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
		sum := sha256.Sum256([]byte(strings.Join(lines[1:len(lines)-1], "")))
		if want := "# sha256: " + hex.EncodeToString(sum[:]); lines[len(lines)-1] != want {
			t.Errorf("%s ends with %q, want %q", what, lines[len(lines)-1], want)
		}
		r := csv.NewReader(strings.NewReader(text))
		r.Comment = '#'
		rows, err := r.ReadAll()
		must(t, err)

		out := filepath.Join(t.TempDir(), "table.xlsx")
		var files [2][]byte
		for i := range files {
			if code, _, problem := gauger(t, append(args, "--format", "xlsx", "-o", out)...); code != exitOK {
				t.Fatalf("%s as XLSX: exit code %d: %s", what, code, problem)
			}
			files[i], err = os.ReadFile(out)
			must(t, err)
		}
		if !bytes.Equal(files[0], files[1]) {
			t.Errorf("%s as XLSX differs from itself", what)
		}
		f, err := excelize.OpenReader(bytes.NewReader(files[0]))
		must(t, err)
		sheet, err := f.GetRows(what, excelize.Options{RawCellValue: true})
		must(t, err)
		must(t, f.Close())
		if len(sheet) != len(rows)+2 || !slices.Equal(sheet[1], rows[0]) || "# "+sheet[len(sheet)-1][0] != lines[len(lines)-1] {
			t.Errorf("%s as XLSX has %d rows, headings %q, and ends with %q", what, len(sheet), sheet[1], sheet[len(sheet)-1])
		}
	}
}

// TestBundleExportRefuses: a bundle whose evidence fails gives no table, one on its own keys gives exit code 3, and one without a
// decision has no books.
func TestBundleExportRefuses(t *testing.T) {
	s := builtinStory(t)
	e := s.outcome.Entries[0]
	if code, text, _ := gauger(t, "bundle", "export", e.Bundle, "--what", "tickets"); code != exitConsistent || !strings.Contains(text, "CONSISTENT on the keys") {
		t.Errorf("on the bundle's own keys: exit code %d: %.200s", code, text)
	}
	file, err := os.ReadFile(e.Bundle)
	must(t, err)
	dir := t.TempDir()
	altered, evidence := filepath.Join(dir, "altered"), filepath.Join(dir, "evidence")
	out := filepath.Join(dir, "out.csv")
	broken := bytes.Clone(file)
	broken[len(broken)/2] ^= 1
	must(t, os.WriteFile(altered, broken, 0o600))
	b, _, err := bundle.Parse(file)
	must(t, err)
	b.Decision, b.Tables = nil, nil
	b.Documents = slices.DeleteFunc(b.Documents, func(signed []byte) bool {
		thing, err := cose.Thing(signed)
		return err == nil && thing == custody.Thing
	})
	payload, err := cose.Marshal(b)
	must(t, err)
	sealed, err := sealBundle(payload, filepath.Join(s.dir, "parties", "northgate", "party.key"), instant(time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)))
	must(t, err)
	must(t, os.WriteFile(evidence, sealed, 0o600))
	if code, text, _ := gauger(t, "bundle", "export", evidence, "--what", "tickets"); code != exitConsistent || !strings.Contains(text, "T-3001,2,final") {
		t.Errorf("tickets of evidence only: exit code %d: %.200s", code, text)
	}
	for _, tt := range []struct {
		name, want string
		code       int
		args       []string
	}{
		{"books of evidence only", "carries evidence only", exitUsage, []string{evidence, "--what", "movements"}},
		{"an altered bundle", "", exitFailed, []string{altered, "--what", "tickets", "-o", out}},
		{"nothing asked for", "--what is", exitUsage, []string{e.Bundle}},
		{"a format that is none", `--format "pdf"`, exitUsage, []string{e.Bundle, "--what", "tickets", "--format", "pdf"}},
		{"no bundle", "is not a bundle", exitUsage, []string{s.outcome.Trust, "--what", "tickets"}},
	} {
		if code, text, problem := gauger(t, append([]string{"bundle", "export"}, tt.args...)...); code != tt.code || text != "" || !strings.Contains(problem, tt.want) {
			t.Errorf("%s: exit code %d: %s%s", tt.name, code, text, problem)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("a table was written of evidence that fails")
	}
}
