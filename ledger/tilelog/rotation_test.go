package tilelog_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger/tilelog"
)

// A log changes its key by signing with both for a while: whoever trusts either reads it then. Without that step it is refused. What
// a key signed counts as long as the trust file names it, and no longer.
func TestKeyRotation(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "log")
	before, _ := options(t, dir)
	after := tilelog.Options{Dir: dir}
	var err error
	if after.Signer, after.VKey, err = tilelog.NewSigner(origin, key(7)); err != nil {
		t.Fatal(err)
	}
	trust := func(keys ...string) proof.Trust {
		tr, err := proof.ParseTrust([]byte("log " + strings.Join(keys, "\nlog ") + "\nquorum none\n"))
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	both := before
	both.Also = []note.Signer{after.Signer}
	copied := filepath.Join(t.TempDir(), "copy")
	var receipts []proof.Receipt
	for i, o := range []tilelog.Options{before, both, after} {
		l := openWith(t, o)
		fill(t, l, 1)
		receipts = append(receipts, receiptOf(t, l, uint64(i)))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
		}
	}
	old, next, any := trust(before.VKey), trust(after.VKey), trust(before.VKey, after.VKey)
	for i, want := range []struct{ old, next bool }{{true, false}, {true, true}, {false, true}} {
		for _, tt := range []struct {
			trust proof.Trust
			want  bool
		}{{old, want.old}, {next, want.next}, {any, true}} {
			if _, err := receipts[i].Verify([]byte("entry number "+string(rune('0'+i))), tt.trust); (err == nil) != tt.want {
				t.Errorf("receipt %d under %v: %v", i, tt.trust.Policy().Origins(), err)
			}
		}
	}
	at := after
	at.Dir = copied
	if _, err := tilelog.Open(t.Context(), at); err == nil || !strings.Contains(err.Error(), "no signature by a key") {
		t.Errorf("another key at once: %v", err)
	}
}
