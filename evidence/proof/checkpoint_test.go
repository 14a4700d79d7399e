package proof_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/proof"
)

func TestParseCheckpointIsStrict(t *testing.T) {
	hash := base64.StdEncoding.EncodeToString(make([]byte, 32))
	body := origin + "\n7\n" + hash + "\n"
	sig := "— " + origin + " AAAAAAE=\n"
	if _, err := proof.ParseCheckpoint([]byte(body + "\n" + sig)); err != nil {
		t.Fatalf("the well-formed one is refused: %v", err)
	}
	tests := []struct{ name, text, want string }{
		{"empty", "", "no empty line"},
		{"no signature block", body, "no empty line"},
		{"no signature", body + "\n", "missing or cut off"},
		{"cut off in a signature", body + "\n" + strings.TrimSuffix(sig, "\n"), "missing or cut off"},
		{"no origin", "\n7\n" + hash + "\n\n" + sig, "origin, size and root"},
		{"two lines", origin + "\n7\n\n" + sig, "origin, size and root"},
		{"leading zero", origin + "\n07\n" + hash + "\n\n" + sig, "plain decimal"},
		{"sign", origin + "\n+7\n" + hash + "\n\n" + sig, "plain decimal"},
		{"size of 2^63", origin + "\n9223372036854775808\n" + hash + "\n\n" + sig, "plain decimal"},
		{"short hash", origin + "\n7\nAAAA\n\n" + sig, "32 bytes"},
		{"base64 with stray bits", origin + "\n7\n" + hash[:42] + "B=\n\n" + sig, "canonical"},
		{"carriage return", strings.ReplaceAll(body, "\n", "\r\n") + "\n" + sig, "plain UTF-8"},
		{"not UTF-8", "\xff" + body + "\n" + sig, "plain UTF-8"},
		{"hyphen for the dash", body + "\n- " + origin + " AAAAAAE=\n", "signature line 1"},
		{"signature without bytes", body + "\n— " + origin + " AAAAAA==\n", "signature line 1"},
		{"plus in the key name", body + "\n— a+b AAAAAAE=\n", "signature line 1"},
		{"empty line between signatures", body + "\n" + sig + "\n" + sig, "signature line 2"},
		{"too many signatures", body + "\n" + strings.Repeat(sig, proof.MaxNoteSignatures+1), "at most 64"},
		{"too long", body + strings.Repeat("x", proof.MaxNoteBytes) + "\n\n" + sig, "at most"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := proof.ParseCheckpoint([]byte(tt.text))
			refused(t, err, tt.want)
		})
	}
}

// Extension lines are carried and covered by the log's signature.
func TestCheckpointWithExtension(t *testing.T) {
	tr := trust(t, "log %s\nquorum none\n", vkey(origin, 1))
	text := origin + "\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nsome extension\n"
	signed := signText(t, text, logSigner(t, origin, 1))
	c, err := proof.ParseCheckpoint(signed)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Extensions) != 1 || c.Extensions[0] != "some extension" {
		t.Errorf("extensions are %q", c.Extensions)
	}
	if _, err := c.Verify(tr); err != nil {
		t.Error(err)
	}
	c.Extensions[0] = "another extension"
	_, err = c.Verify(tr)
	refused(t, err, "invalid signature")
}

func TestVerifyCheckpoint(t *testing.T) {
	leaves := testLeaves(9)
	log := logSigner(t, origin, 1)
	w1, w2, w3 := witness(t, "w1.example", 11), witness(t, "w2.example", 12), witness(t, "w3.example", 13)
	good := signTree(t, origin, leaves, log)
	none := fmt.Sprintf("log %s\nquorum none\n", vkey(origin, 1))
	witnesses := fmt.Sprintf("log %s\nwitness A %s\nwitness B %s\nwitness C %s\n", vkey(origin, 1), w1.Verifier(), w2.Verifier(), w3.Verifier())
	two := witnesses + "group abc 2 A B C\nquorum abc\n"
	nested := witnesses + "group bc any B C\ngroup all all A bc\nquorum all\n"

	tests := []struct {
		name   string
		trust  string
		signed []byte
		want   string // in the error; empty: accepted
	}{
		{"signed by the log", none, good, ""},
		{"stranger's signature beside it is ignored", none, signTree(t, origin, leaves, log, logSigner(t, "stranger.example", 9)), ""},
		{"no log in the trust file", "quorum none\n", good, "it names none"},
		{"log of another name", fmt.Sprintf("log %s\nquorum none\n", vkey("log.example/other", 1)), good, `it names "log.example/other"`},
		{"another key of that name", fmt.Sprintf("log %s\nquorum none\n", vkey(origin, 2)), good, "no signature by a key"},
		{"both keys of a log that changes its key",
			fmt.Sprintf("log %s\nlog %s\nquorum none\n", vkey(origin, 2), vkey(origin, 1)), good, ""},
		{"altered size", none, []byte(strings.Replace(string(good), "\n9\n", "\n8\n", 1)), "invalid signature"},
		{"another log's key signs under this origin",
			fmt.Sprintf("log %s\nlog %s\nquorum none\n", vkey(origin, 1), vkey("log.example/other", 2)),
			signTree(t, origin, leaves, logSigner(t, "log.example/other", 2)), "no signature by a key"},
		{"root of an empty tree", none, signText(t, origin+"\n0\n"+strings.Repeat("A", 43)+"=\n", log), "SHA-256 of nothing"},
		{"quorum is one witness", witnesses + "quorum B\n", signTree(t, origin, leaves, log, w2), ""},
		{"other witness", witnesses + "quorum B\n", signTree(t, origin, leaves, log, w1), `quorum "B" not reached: cosigned by 1 of 3 witnesses (A)`},
		{"two of three", two, signTree(t, origin, leaves, log, w1, w3), ""},
		{"one of three", two, signTree(t, origin, leaves, log, w3), "not reached"},
		{"one witness twice is one", two, twice(signTree(t, origin, leaves, log, w3)), "not reached"},
		{"nested groups", nested, signTree(t, origin, leaves, log, w1, w3), ""},
		{"nested groups, half", nested, signTree(t, origin, leaves, log, w2, w3), "not reached"},
		{"witnesses without the log", two, signTree(t, origin, leaves, w1, w2), "the log has not"},
		{"witness key that signs like a log", two, signTree(t, origin, leaves, log, plainSigner{w1.Verifier(), key(11)}, w2), "invalid signature"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := proof.VerifyCheckpoint(tt.signed, trust(t, "%s", tt.trust))
			if tt.want != "" {
				refused(t, err, tt.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := (proof.Checkpoint{Origin: origin, Size: 9, Root: proof.Root(leaves)}); c != want {
				t.Errorf("checkpoint is %v, want %v", c, want)
			}
		})
	}
}

// twice repeats the last signature line.
func twice(signed []byte) []byte {
	lines := strings.SplitAfter(strings.TrimSuffix(string(signed), "\n"), "\n")
	return []byte(string(signed) + lines[len(lines)-1] + "\n")
}

func TestZeroTrustTrustsNobody(t *testing.T) {
	_, err := proof.VerifyCheckpoint(signTree(t, origin, testLeaves(1), logSigner(t, origin, 1)), proof.Trust{})
	refused(t, err, "no log of that name")
	if k := (proof.Trust{}).Organisation("did:web:example.com"); len(k) != 0 {
		t.Errorf("an organisation with keys %x", k)
	}
}

// Every pair of tree sizes up to 40 is consistent by the path of an independent implementation, and by no other.
func TestVerifyConsistency(t *testing.T) {
	const n = 40
	leaves := testLeaves(n)
	tree := testonly.New(rfc6962.DefaultHasher)
	tree.AppendData(leaves...)
	at := func(size int) proof.Checkpoint {
		return proof.Checkpoint{Origin: origin, Size: uint64(size), Root: proof.Root(leaves[:size])}
	}
	for m := 0; m <= n; m++ {
		for k := 0; k <= m; k++ {
			raw, err := tree.ConsistencyProof(uint64(k), uint64(m))
			if err != nil {
				t.Fatal(err)
			}
			path := make([][32]byte, len(raw))
			for i := range raw {
				path[i] = [32]byte(raw[i])
			}
			if err := proof.VerifyConsistency(at(k), at(m), path); err != nil {
				t.Error(err)
			}
			forged := at(k)
			forged.Root[0] ^= 1
			if proof.VerifyConsistency(forged, at(m), path) == nil {
				t.Errorf("another tree of size %d is consistent with size %d", k, m)
			}
			if proof.VerifyConsistency(at(k), at(m), append(path, [32]byte{})) == nil {
				t.Errorf("a path of one hash too many is accepted from %d to %d", k, m)
			}
		}
	}
}

func TestVerifyConsistencyRefuses(t *testing.T) {
	a := proof.Checkpoint{Origin: "a.example", Size: 1, Root: proof.Root(testLeaves(1))}
	b := a
	b.Origin = "b.example"
	refused(t, proof.VerifyConsistency(a, b, nil), "two logs")
	b = a
	b.Size = 0
	refused(t, proof.VerifyConsistency(b, a, nil), "empty tree")
	b = proof.Checkpoint{Origin: a.Origin, Size: 3, Root: proof.Root(testLeaves(3))}
	refused(t, proof.VerifyConsistency(b, a, nil), "1 entries after 3: the log was rolled back")
	refused(t, proof.VerifyConsistency(a, b, nil), "empty proof")
}

// What the reference implementation of signed notes refuses, is refused here.
func TestEveryFlippedBitOfACheckpointIsRefused(t *testing.T) {
	signed := signTree(t, origin, testLeaves(3), logSigner(t, origin, 1))
	tr := trust(t, "log %s\nquorum none\n", vkey(origin, 1))
	known, err := note.NewVerifier(vkey(origin, 1))
	if err != nil {
		t.Fatal(err)
	}
	for bit := range len(signed) * 8 {
		forged := []byte(string(signed))
		forged[bit/8] ^= 1 << (bit % 8)
		_, err := proof.VerifyCheckpoint(forged, tr)
		if err == nil {
			t.Errorf("bit %d may be flipped", bit)
		}
		if _, openErr := note.Open(forged, note.VerifierList(known)); openErr != nil && err == nil {
			t.Errorf("bit %d: the reference says %v", bit, openErr)
		}
	}
}
