package tilelog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger"
	"github.com/gauger/gauger/ledger/tilelog"
)

// older is a witnessed log of 10 entries, and copies of its folder from when it had 4.
type older struct {
	newest, copied string
	options        tilelog.Options
	witness        *watcher
	signed         proof.SignedCheckpoint // of 10 entries
}

func makeOlder(t *testing.T) *older {
	t.Helper()
	o := &older{newest: filepath.Join(t.TempDir(), "newest"), copied: filepath.Join(t.TempDir(), "copy"), witness: watch(t, 31)}
	o.options, _ = options(t, o.newest)
	o.options.Policy = policyOf(t, o.options.VKey, o.witness.VKey()+" "+o.witness.URL)
	l := openWith(t, o.options)
	fill(t, l, 4)
	receiptOf(t, l, 3)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(o.copied, os.DirFS(o.newest)); err != nil {
		t.Fatal(err)
	}
	l = openWith(t, o.options)
	fill(t, l, 6)
	o.signed = receiptOf(t, l, 9).Checkpoint
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	o.options.Dir = o.copied
	return o
}

// policyOf returns the policy that asks for one witness, given as key and URL.
func policyOf(t *testing.T, vkey, witness string) proof.Policy {
	t.Helper()
	trust, err := proof.ParseTrust([]byte("log " + vkey + "\nwitness W " + witness + "\nquorum W\n"))
	if err != nil {
		t.Fatal(err)
	}
	return trust.Policy()
}

func openWith(t *testing.T, o tilelog.Options) *tilelog.Log {
	t.Helper()
	l, err := tilelog.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func receiptOf(t *testing.T, l *tilelog.Log, index uint64) proof.Receipt {
	t.Helper()
	b, err := l.Receipt(t.Context(), index)
	if err != nil {
		t.Fatal(err)
	}
	r, err := proof.ParseReceipt(b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// refusesFork expects an error that says that so many entries are here, and so many are known of.
func refusesFork(t *testing.T, err error, size, seen uint64, other bool, by string) {
	t.Helper()
	var fork *tilelog.ForkError
	if !errors.As(err, &fork) || fork.Size != size || fork.Seen != seen || fork.Other != other || !strings.Contains(fork.By, by) ||
		!strings.Contains(err.Error(), "put the newest copy in its place") {
		t.Errorf("error is %v", err)
	}
}

// An older copy of a log is not opened if anything outside of it remembers more. The newest copy is, and goes on.
func TestOlderCopyIsRefused(t *testing.T) {
	t.Parallel()
	x := makeOlder(t)
	for _, tt := range []struct {
		name   string
		change func(o *tilelog.Options)
		by     string
	}{
		{"a receipt remembers", func(o *tilelog.Options) { o.Seen, o.Policy = []proof.SignedCheckpoint{x.signed}, proof.Policy{} }, "receipts"},
		{"a store remembers an index", func(o *tilelog.Options) { o.AtLeast, o.Policy = 10, proof.Policy{} }, "receipts"},
		{"a witness remembers", func(*tilelog.Options) {}, "witness at http://127.0.0.1"},
	} {
		o := x.options
		tt.change(&o)
		_, err := tilelog.Open(t.Context(), o)
		t.Log(tt.name)
		refusesFork(t, err, 4, 10, false, tt.by)
	}
	o := x.options
	o.Dir, o.Seen, o.AtLeast = x.newest, []proof.SignedCheckpoint{x.signed}, 10
	l := openWith(t, o)
	fill(t, l, 1)
	if r := receiptOf(t, l, 10); r.Checkpoint.Size != 11 {
		t.Errorf("the newest copy goes on to %d entries", r.Checkpoint.Size)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// An older copy that was opened while its witness was away stops as soon as the witness is back, whatever was appended to it since.
func TestOlderCopyStopsWhenItsWitnessIsBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		since int
		other bool
	}{{1, false}, {20, true}} {
		x := makeOlder(t)
		x.witness.away.Store(true)
		l := openWith(t, x.options)
		for i := range tt.since {
			if _, err := l.Append(t.Context(), fmt.Appendf(nil, "another entry %d", i)); err != nil {
				t.Fatal(err)
			}
		}
		x.witness.away.Store(false)
		_, err := l.Receipt(t.Context(), 4)
		var fatal *ledger.FatalError
		if !errors.As(err, &fatal) {
			t.Errorf("%d entries since: %v", tt.since, err)
		}
		refusesFork(t, err, uint64(4+tt.since), 10, tt.other, "witness at http://127.0.0.1")
		if _, err := l.Append(t.Context(), []byte("one more")); !errors.As(err, &fatal) {
			t.Errorf("append to it: %v", err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A log goes on from a mirror of its static files: what the mirror lacks is what the checkpoint says.
func TestRestoredFromAMirror(t *testing.T) {
	t.Parallel()
	x := makeOlder(t)
	mirror := filepath.Join(t.TempDir(), "mirror")
	if err := os.CopyFS(mirror, os.DirFS(x.newest)); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(mirror, ".state")
	if err := os.RemoveAll(state); err != nil {
		t.Fatal(err)
	}
	o := x.options
	o.Dir, o.Seen, o.AtLeast = mirror, []proof.SignedCheckpoint{x.signed}, 10
	if _, err := tilelog.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "no .state/treeState") {
		t.Errorf("without a state: %v", err)
	}
	for _, kind := range []string{"entries", "0"} { // a mirror has the partial tiles of its own checkpoint only
		for _, width := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"} {
			if err := os.RemoveAll(filepath.Join(mirror, "tile", kind, "000.p", width)); err != nil {
				t.Fatal(err)
			}
		}
	}
	before, err := os.ReadFile(filepath.Join(x.copied, "checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	early, err := proof.ParseCheckpoint(before)
	if err != nil {
		t.Fatal(err)
	}
	o.Seen = append(o.Seen, early)
	lines := strings.SplitN(string(x.signed.Format()), "\n", 4)
	if err := os.MkdirAll(state, 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(state, "treeState"), fmt.Appendf(nil, `{"size":%s,"root":"%s"}`, lines[1], lines[2]))
	l := openWith(t, o)
	fill(t, l, 3)
	if r := receiptOf(t, l, 12); r.Checkpoint.Size != 13 {
		t.Errorf("it goes on to %d entries", r.Checkpoint.Size)
	}
	if err := l.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}

// An older copy whose missing entries were kept is made whole: the same tree, under the same checkpoints. If one of them is missing, or
// another, nothing is written.
func TestOlderCopyIsMadeWhole(t *testing.T) {
	t.Parallel()
	x := makeOlder(t)
	newest := openWith(t, tilelog.Options{Dir: x.newest, Signer: x.options.Signer, VKey: x.options.VKey})
	kept := func(alter func(index uint64, entry []byte) []byte) tilelog.Entries {
		return func(ctx context.Context, from uint64, each func(uint64, []byte) error) error {
			for index := from; index < newest.Size(); index++ {
				entry, err := newest.Entry(ctx, index)
				if err != nil {
					return err
				}
				if entry = alter(index, entry); entry == nil {
					continue
				}
				if err := each(index, entry); err != nil {
					return err
				}
			}
			return nil
		}
	}
	asKept := func(_ uint64, entry []byte) []byte { return entry }
	o := x.options
	o.Seen, o.AtLeast = []proof.SignedCheckpoint{x.signed}, 10
	for _, tt := range []struct {
		name  string
		alter func(index uint64, entry []byte) []byte
		other bool
	}{
		{"one is missing", func(index uint64, entry []byte) []byte {
			if index == 8 {
				return nil
			}
			return entry
		}, false},
		{"one is another", func(index uint64, entry []byte) []byte {
			if index == 8 {
				return []byte("another")
			}
			return entry
		}, true},
	} {
		o.Missing = kept(tt.alter)
		_, err := tilelog.Open(t.Context(), o)
		t.Log(tt.name)
		refusesFork(t, err, 4, 10, tt.other, "receipts")
	}
	for size, dir := range map[int]string{4: x.copied, 0: filepath.Join(t.TempDir(), "empty")} {
		o.Dir, o.Missing = dir, kept(asKept)
		l := openWith(t, o)
		if r := receiptOf(t, l, 9); r.Checkpoint.Size != 10 || r.Checkpoint.Root != x.signed.Root {
			t.Errorf("from %d: the newest checkpoint has %d entries", size, r.Checkpoint.Size)
		}
		for index := range uint64(10) {
			want, err := newest.Entry(t.Context(), index)
			if err != nil {
				t.Fatal(err)
			}
			if entry, err := l.Entry(t.Context(), index); err != nil || !bytes.Equal(entry, want) {
				t.Errorf("entry %d is %q, %v", index, entry, err)
			}
		}
		if err := errors.Join(l.Verify(t.Context()), l.Close()); err != nil {
			t.Error(err)
		}
	}
	l := openWith(t, o)
	if index, err := l.Append(t.Context(), []byte("one more")); err != nil || index != 10 {
		t.Errorf("it goes on at %d, %v", index, err)
	}
	receiptOf(t, l, 10)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := newest.Close(); err != nil {
		t.Error(err)
	}
}

// A witness can't stop a log by its word: only what the log signed counts. Nor does a checkpoint of another log.
func TestWordOfAWitness(t *testing.T) {
	t.Parallel()
	foreign, other, err := tilelog.NewSigner(origin, key(2))
	if err != nil {
		t.Fatal(err)
	}
	l := openWith(t, tilelog.Options{Dir: filepath.Join(t.TempDir(), "log"), Signer: foreign, VKey: other})
	fill(t, l, 9)
	seen := receiptOf(t, l, 8).Checkpoint
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			a.Header().Set("Content-Type", "text/x.tlog.size")
			a.WriteHeader(http.StatusConflict)
			fmt.Fprintln(a, "1000")
			return
		}
		_, _ = a.Write(seen.Format())
	}))
	defer server.Close()
	dir := filled(t, 3)
	o, _ := options(t, dir)
	o.Policy = policyOf(t, o.VKey, watch(t, 32).VKey()+" "+server.URL)
	l = openWith(t, o)
	for i := range 3 {
		if _, err := l.Append(t.Context(), fmt.Appendf(nil, "entry beside a liar %d", i)); err != nil {
			t.Error(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	o.Policy, o.Seen = proof.Policy{}, []proof.SignedCheckpoint{seen}
	if _, err := tilelog.Open(t.Context(), o); err == nil || !strings.Contains(err.Error(), "has not signed it") {
		t.Errorf("a checkpoint of another key: %v", err)
	}
}
