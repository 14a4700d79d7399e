package proof_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/proof"
)

var update = flag.Bool("update", false, "write the vectors in testdata again")

// Receipts verify here and in an independent implementation of c2sp.org/tlog-proof, for their own entry only.
func TestReceiptVerifies(t *testing.T) {
	log := logSigner(t, origin, 1)
	w := witness(t, "w1.example", 11)
	policy := fmt.Sprintf("log %s\nwitness W %s\nquorum W\n", vkey(origin, 1), w.Verifier())
	tr := trust(t, "%s", policy)
	reference, err := torchwood.ParsePolicy([]byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(rt, "leaves")
		i := rapid.IntRange(0, n-1).Draw(rt, "leaf")
		leaves := testLeaves(n)
		r := receipt(t, leaves, i, signTree(t, origin, leaves, log, w))
		if rapid.Bool().Draw(rt, "with extra") {
			r.Extra = append([]byte{}, rapid.SliceOf(rapid.Byte()).Draw(rt, "extra")...)
		}
		text := r.Format()
		parsed, err := proof.ParseReceipt(text)
		if err != nil {
			rt.Fatal(err)
		}
		c, err := parsed.Verify(leaves[i], tr)
		if err != nil {
			rt.Fatal(err)
		}
		if c.Size != uint64(n) || c.Root != proof.Root(leaves) || c.Origin != origin {
			rt.Fatalf("verified checkpoint is %v", c)
		}
		if err := torchwood.VerifyProof(reference, tlog.RecordHash(leaves[i]), text); err != nil {
			rt.Fatal(err)
		}
		if _, err := parsed.Verify([]byte("another entry"), tr); err == nil {
			rt.Fatal("proves an entry that is not in the log")
		}
		if _, err := parsed.Verify(leaves[i], trust(t, "log %s\nquorum none\n", vkey(origin, 2))); err == nil {
			rt.Fatal("verifies under another key")
		}
	})
}

func TestReceiptErrorsSayWhatIsWrong(t *testing.T) {
	leaves := testLeaves(6)
	tr := trust(t, "log %s\nquorum none\n", vkey(origin, 1))
	good := receipt(t, leaves, 4, signTree(t, origin, leaves, logSigner(t, origin, 1)))
	tests := []struct {
		name  string
		alter func(*proof.Receipt)
		want  string
	}{
		{"other index", func(r *proof.Receipt) { r.Index = 3 }, "entry not in log \"log.example/main\": leaf 3 in a tree of 6 leaves"},
		{"index outside", func(r *proof.Receipt) { r.Index = 6 }, "index is beyond size"},
		{"no path", func(r *proof.Receipt) { r.Path = nil }, "wrong proof size 0, want 2"},
		{"other size", func(r *proof.Receipt) { r.Checkpoint.Size = 7 }, "invalid signature"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := good
			tt.alter(&r)
			_, err := r.Verify(leaves[4], tr)
			refused(t, err, tt.want)
		})
	}
}

func TestParseReceiptIsStrict(t *testing.T) {
	leaves := testLeaves(3)
	good := string(receipt(t, leaves, 0, signTree(t, origin, leaves, logSigner(t, origin, 1))).Format())
	replace := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the receipt has no %q", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	tests := []struct{ name, text, want string }{
		{"empty", "", "no empty line"},
		{"another version", replace("@v1", "@v2"), "this is no receipt"},
		{"no index", replace("index 0\n", ""), "no index line"},
		{"leading zero", replace("index 0", "index 00"), "plain decimal"},
		{"negative index", replace("index 0", "index -1"), "plain decimal"},
		{"blank after the index", replace("index 0", "index 0 "), "plain decimal"},
		{"extra after the index", replace("index 0\n", "index 0\nextra AA==\n"), "path hash 1"},
		{"extra that is no base64", replace("index 0\n", "extra ?\nindex 0\n"), "extra line"},
		{"extra with stray bits", replace("index 0\n", "extra AB==\nindex 0\n"), "canonical"},
		{"path of 64 hashes", replace("index 0\n", "index 0\n"+strings.Repeat(strings.Repeat("A", 43)+"=\n", 64)), "at most 63"},
		{"no checkpoint", good[:strings.Index(good, "\n\n")+2], "checkpoint: no empty line"},
		{"text after the end", good + "more\n", "signature line 2"},
		{"Windows line ends", strings.ReplaceAll(good, "\n", "\r\n"), "no empty line"},
		{"too long", replace("index 0\n", "extra "+strings.Repeat("AAAA", proof.MaxReceiptBytes/4)+"\nindex 0\n"), "at most"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := proof.ParseReceipt([]byte(tt.text))
			refused(t, err, tt.want)
		})
	}
}

// The vectors in testdata are for other implementations: seven entries, a trust file, and the receipt of each entry. All keys
// are Ed25519 with a seed of 32 equal bytes: 1 the log, 11 the witness, 21 the organisation.
func TestVectors(t *testing.T) {
	leaves := testLeaves(7)
	signed := signTree(t, origin, leaves, logSigner(t, origin, 1))
	files := map[string][]byte{
		"trust.txt": fmt.Appendf(nil, "# trust file of the vectors\nlog %s https://log.example/main\n\nquorum none\norg did:web:producer.example %s\n",
			vkey(origin, 1), vkey("producer.example", 21)),
		"checkpoint.txt": signed,
	}
	for i, leaf := range leaves {
		files[fmt.Sprintf("entry-%d.bin", i)] = leaf
		files[fmt.Sprintf("entry-%d.tlog-proof", i)] = receipt(t, leaves, i, signed).Format()
	}
	for name, want := range files {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s differs from what the code makes; a format has changed", path)
		}
	}
}

func FuzzParseReceipt(f *testing.F) {
	leaves := testLeaves(3)
	r := receipt(f, leaves, 1, signTree(f, origin, leaves, logSigner(f, origin, 1)))
	f.Add(r.Format())
	r.Extra = []byte("extra")
	f.Add(r.Format())
	tr := trust(f, "log %s\nquorum none\n", vkey(origin, 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := proof.ParseReceipt(b)
		if err != nil {
			return
		}
		if !bytes.Equal(r.Format(), b) {
			t.Errorf("accepted, but formatted again it is %q", r.Format())
		}
		if _, err := r.Verify([]byte("not in the log"), tr); err == nil {
			t.Error("proves an entry that is in no log")
		}
	})
}
