package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/scitt"
	"github.com/gauger/gauger/internal/keyfile"
	"github.com/gauger/gauger/ledger/tilelog"
)

// TestLedgerClaims: the ledger of the story shows its claims, and that none overlap. A second ledger, where the broker enters one
// record of the first entry again under another number, shows that, and no volume.
func TestLedgerClaims(t *testing.T) {
	s := builtinStory(t)
	ledger := filepath.Join(s.dir, "cloud", "data", "ledger")
	code, out, problem := gauger(t, "ledger", "claims", ledger, "--trust", s.outcome.Trust)
	if code != exitOK || !strings.HasSuffix(out, "\n3 claims, 0 overlaps\n") {
		t.Errorf("exit code %d: %s%s", code, out, problem)
	}

	second, trust := secondLedger(t, s)
	code, out, _ = gauger(t, "ledger", "claims", ledger, second, "--trust", trust, "--json")
	var read claimsRead
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	must(t, d.Decode(&read))
	if code != exitFailed || read.Claims != 4 || len(read.Overlaps) != 1 || len(read.Unread) != 0 || len(read.Logs) != 2 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	o := read.Overlaps[0]
	if o.Kind != audit.SameRecords || o.Point != "HASKETT-1" || o.First != o.Last || o.Claims[0].Entry == o.Claims[1].Entry ||
		o.Claims[0].Log != ledger || o.Claims[1].Log != second {
		t.Errorf("the overlap is %+v", o)
	}
	code, out, problem = gauger(t, "ledger", "claims", ledger, second, "--trust", trust, "--csv")
	if code != exitFailed || strings.Count(out, "\n") != 2 || !strings.Contains(problem, "1 overlaps among 4 claims") {
		t.Errorf("exit code %d: %s%s", code, out, problem)
	}
	for _, tt := range []struct {
		name, want string
		code       int
		args       []string
	}{
		{"no trust file", "--trust is missing", exitUsage, []string{ledger}},
		{"two forms", "one of --csv and --json", exitUsage, []string{ledger, "--trust", trust, "--csv", "--json"}},
		{"no log", "at least one log", exitUsage, []string{"--trust", trust}},
		{"a folder that is none", "folder", exitUsage, []string{filepath.Join(s.dir, "nothing"), "--trust", trust}},
		{"a log that is not trusted", "log", exitFailed, []string{second, "--trust", s.outcome.Trust}},
	} {
		if code, _, problem := gauger(t, append([]string{"ledger", "claims"}, tt.args...)...); code != tt.code || !strings.Contains(problem, tt.want) {
			t.Errorf("%s: exit code %d: %s", tt.name, code, problem)
		}
	}
}

// secondLedger returns another company's ledger with the registries of the first and one claim over what is entered there, and a
// trust file that holds both.
func secondLedger(t *testing.T, s *told) (dir, trust string) {
	t.Helper()
	party := func(name string) string { return filepath.Join(s.dir, "parties", "northgate", name) }
	key, err := keyfile.Load(party("organisation.key")) // any key will do for the log
	must(t, err)
	signer, vkey, err := tilelog.NewSigner("ledger.other.example", key)
	must(t, err)
	old, err := os.ReadFile(s.outcome.Trust)
	must(t, err)
	trust = filepath.Join(t.TempDir(), "trust.txt")
	must(t, os.WriteFile(trust, append([]byte("log "+vkey+"\n"), old...), 0o600))

	dir = filepath.Join(t.TempDir(), "ledger")
	l, err := tilelog.Open(t.Context(), tilelog.Options{Dir: dir, Signer: signer, VKey: vkey})
	must(t, err)
	add := func(entry []byte) {
		_, err := l.Append(t.Context(), entry)
		must(t, err)
	}
	for _, name := range registries(t, s.dir) {
		b, err := os.ReadFile(name)
		must(t, err)
		add(b)
	}
	var claim audit.Claim
	b, err := os.ReadFile(party("CLAIM-1.json"))
	must(t, err)
	must(t, json.NewDecoder(bytes.NewReader(b)).Decode(&claim))
	claim.Entry, err = customs.NewEntryNumber("ZZ9", 999_999)
	must(t, err)
	claim.First = claim.Last
	claim.At++
	hand, err := keyfile.Load(party("party.key"))
	must(t, err)
	signed, err := audit.SignClaim(hand, claim)
	must(t, err)
	add(signed)
	must(t, l.Close())
	return dir, trust
}

// registries returns the files of the registries of a world.
func registries(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "parties", "*", "registry.cbor"))
	must(t, err)
	return names
}

// TestLedgerFromOutside: a stranger checks the ledger of the story file by file, makes a receipt of an entry, and follows it. When it
// is replaced by another history under the same key, he has the proof.
func TestLedgerFromOutside(t *testing.T) {
	s := builtinStory(t)
	place := filepath.Join(t.TempDir(), "log")
	must(t, os.CopyFS(place, os.DirFS(filepath.Join(s.dir, "cloud", "data", "ledger"))))
	trust := s.outcome.Trust
	code, out, problem := gauger(t, "ledger", "fsck", place, "--trust", trust)
	if code != exitOK || !strings.Contains(out, "every tile is right") {
		t.Errorf("exit code %d: %s%s", code, out, problem)
	}
	entry, receipt := filepath.Join(t.TempDir(), "entry"), filepath.Join(t.TempDir(), "receipt")
	if code, _, problem := gauger(t, "ledger", "proof", place, "7", "--trust", trust, "--entry", entry, "-o", receipt); code != exitOK {
		t.Fatalf("exit code %d: %s", code, problem)
	}
	proven(t, trust, entry, receipt)
	ledgerForPrograms(t, place, trust, entry, receipt)
	transparent, derived := filepath.Join(t.TempDir(), "transparent"), filepath.Join(t.TempDir(), "derived")
	key := filepath.Join(s.dir, "cloud", "log.key")
	code, _, problem = gauger(t, "ledger", "proof", place, "7", "--trust", trust, "--cose-key", key, "--entry", transparent, "-o", derived)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, problem)
	}
	provenInCOSE(t, key, entry, transparent, derived)

	state := filepath.Join(t.TempDir(), "state")
	watch := []string{"ledger", "monitor", place, "--trust", trust, "--state", state, "--once"}
	for _, want := range []string{" new\n", " 0 new\n"} {
		if code, out, problem := gauger(t, append(watch, "--compare", receipt)...); code != exitOK || !strings.HasSuffix(out, want) {
			t.Fatalf("exit code %d: %s%s", code, out, problem)
		}
	}
	must(t, os.RemoveAll(place))
	otherHistory(t, s, place)
	code, _, problem = gauger(t, watch...)
	evidence, err := filepath.Glob(state + "-evidence/*.json")
	must(t, err)
	if code != exitFailed || len(evidence) != 1 || !strings.Contains(problem, "told two stories") || !strings.Contains(problem, evidence[0]) {
		t.Fatalf("exit code %d: %s", code, problem)
	}
	code, out, problem = gauger(t, "ledger", "misbehaviour", evidence[0], "--trust", trust)
	if code != exitOK || !strings.HasPrefix(out, "PROVED: ") {
		t.Errorf("exit code %d: %s%s", code, out, problem)
	}
	for _, tt := range []struct {
		name, want string
		code       int
		args       []string
	}{
		{"no trust file", "--trust", exitUsage, []string{"fsck", place}},
		{"no index", "two arguments", exitUsage, []string{"proof", place, "--trust", trust}},
		{"an index that is none", "no plain number", exitUsage, []string{"proof", place, "x1", "--trust", trust}},
		{"beyond the end", "there is no 100000", exitFailed, []string{"proof", place, "100000", "--trust", trust}},
		{"no state", "--state", exitUsage, []string{"monitor", place, "--trust", trust}},
		{"a file that somebody was not shown", trust + ": neither a receipt nor a checkpoint", exitUsage,
			append(slices.Clone(watch[1:]), "--state", t.TempDir(), "--compare", trust)},
		{"no evidence", "evidence of misbehaviour", exitUsage, []string{"misbehaviour", trust, "--trust", trust}},
	} {
		if code, _, problem := gauger(t, append([]string{"ledger"}, tt.args...)...); code != tt.code || !strings.Contains(problem, tt.want) {
			t.Errorf("%s: exit code %d: %s", tt.name, code, problem)
		}
	}
}

// ledgerForPrograms: fsck, proof and monitor tell programs what they tell people.
func ledgerForPrograms(t *testing.T, place, trust, entry, receipt string) {
	t.Helper()
	told := func(into any, args ...string) {
		code, out, problem := gauger(t, append([]string{"ledger"}, append(args, "--trust", trust, "--json")...)...)
		d := json.NewDecoder(strings.NewReader(out))
		d.DisallowUnknownFields()
		if err := d.Decode(into); code != exitOK || err != nil {
			t.Fatalf("%v: exit code %d: %s%s: %v", args, code, out, problem, err)
		}
	}
	var whole logRead
	told(&whole, "fsck", place)
	var one proved
	told(&one, "proof", place, "7")
	var look looked
	told(&look, "monitor", place, "--state", t.TempDir(), "--once")
	e, err := os.ReadFile(entry)
	must(t, err)
	r, err := os.ReadFile(receipt)
	must(t, err)
	if whole.Log != place || one.Log != place || one.Index != 7 || !bytes.Equal(one.Entry, e) || one.Receipt != string(r) {
		t.Errorf("the log is %+v, entry %d of %s has receipt\n%s", whole, one.Index, one.Log, one.Receipt)
	}
	if look.Origin != whole.Origin || look.Size != whole.Size || look.New != int(whole.Size) || look.NotRead != "" {
		t.Errorf("a look tells %+v, fsck %+v", look, whole)
	}
}

// proven verifies a receipt of an entry.
func proven(t *testing.T, trustFile, entryFile, receiptFile string) {
	t.Helper()
	trust, _, err := loadTrust(trustFile)
	must(t, err)
	entry, err := os.ReadFile(entryFile)
	must(t, err)
	b, err := os.ReadFile(receiptFile)
	must(t, err)
	r, err := proof.ParseReceipt(b)
	must(t, err)
	if _, err := r.Verify(entry, trust); err != nil || r.Index != 7 {
		t.Errorf("receipt of entry %d: %v", r.Index, err)
	}
}

// provenInCOSE verifies a COSE receipt of an entry, and that a transparent statement carries both.
func provenInCOSE(t *testing.T, keyFile, entryFile, transparentFile, receiptFile string) {
	t.Helper()
	var files [][]byte
	for _, name := range []string{entryFile, transparentFile, receiptFile} {
		b, err := os.ReadFile(name)
		must(t, err)
		files = append(files, b)
	}
	key, err := keyfile.Load(keyFile)
	must(t, err)
	public, err := cose.NewKey(key.Public())
	must(t, err)
	r, err := scitt.Verify(files[2], files[0], public)
	if err != nil || r.Index != 7 || r.Issuer != "ledger.gauger.example" {
		t.Errorf("COSE receipt of entry %d of %s: %v", r.Index, r.Issuer, err)
	}
	statement, receipts, err := scitt.Detach(files[1])
	if err != nil || !bytes.Equal(statement, files[0]) || len(receipts) != 1 || !bytes.Equal(receipts[0], files[2]) {
		t.Errorf("the transparent statement carries something else: %v", err)
	}
}

// otherHistory writes a log of other entries with the key of the story's ledger, a longer one.
func otherHistory(t *testing.T, s *told, dir string) {
	t.Helper()
	key, err := keyfile.Load(filepath.Join(s.dir, "cloud", "log.key"))
	must(t, err)
	signer, vkey, err := tilelog.NewSigner("ledger.gauger.example", key)
	must(t, err)
	l, err := tilelog.Open(t.Context(), tilelog.Options{Dir: dir, Signer: signer, VKey: vkey})
	must(t, err)
	var wg sync.WaitGroup
	for i := range 500 {
		wg.Go(func() {
			if _, err := l.Append(context.Background(), fmt.Appendf(nil, "another history %d", i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	must(t, l.Close())
}
