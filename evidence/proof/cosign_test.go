package proof_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/mldsa"
	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/proof"
)

// lattice returns the ML-DSA-44 key of a seed.
func lattice(t testing.TB, seed byte) *mldsa.PrivateKey {
	t.Helper()
	k, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), bytes.Repeat([]byte{seed}, mldsa.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// cosigner returns the cosigner of a name and key.
func cosigner(t testing.TB, name string, key crypto.Signer) *proof.Cosigner {
	t.Helper()
	c, err := proof.NewCosigner(name, key)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// unsigned returns a checkpoint that nobody has signed.
func unsigned(size uint64) proof.SignedCheckpoint {
	return proof.SignedCheckpoint{Checkpoint: proof.Checkpoint{Origin: origin, Size: size, Root: [32]byte{1, 2, 3}}}
}

// cosigned adds the signature of a cosigner at a time.
func cosigned(t testing.TB, s proof.SignedCheckpoint, c *proof.Cosigner, at time.Time) proof.SignedCheckpoint {
	t.Helper()
	signature, err := c.Cosign(s, at)
	if err != nil {
		t.Fatal(err)
	}
	s.Signatures = append(s.Signatures[:len(s.Signatures):len(s.Signatures)], signature)
	return s
}

// TestMLDSACosignatureIsThatOfTheSpecification builds key id and message of c2sp.org/tlog-cosignature by hand.
func TestMLDSACosignatureIsThatOfTheSpecification(t *testing.T) {
	t.Parallel()
	key := lattice(t, 7)
	c := cosigner(t, "witness.example/w1", key)
	at := time.Unix(1_679_315_147, 999)
	s := cosigned(t, unsigned(20_852_163), c, at)
	got := s.Signatures[0]

	public := key.PublicKey().Bytes()
	sum := sha256.Sum256(append([]byte("witness.example/w1\n\x06"), public...))
	if want := binary.BigEndian.Uint32(sum[:]); got.KeyID != want || c.KeyHash() != want {
		t.Errorf("key id %08x, want %08x", got.KeyID, want)
	}
	var m bytes.Buffer
	m.WriteString("subtree/v1\n\x00")
	m.WriteString("\x12witness.example/w1")
	m.Write([]byte{0, 0, 0, 0, 0x64, 0x18, 0x50, 0xcb})
	m.WriteByte(byte(len(origin)))
	m.WriteString(origin)
	m.Write(make([]byte, 8))
	m.Write([]byte{0, 0, 0, 0, 1, 0x3e, 0x2d, 0xc3})
	m.Write(append([]byte{1, 2, 3}, make([]byte, 29)...))
	if len(got.Bytes) != 8+2420 || !bytes.Equal(got.Bytes[:8], []byte{0, 0, 0, 0, 0x64, 0x18, 0x50, 0xcb}) {
		t.Fatalf("signature of %d bytes begins with %x", len(got.Bytes), got.Bytes[:8])
	}
	if err := mldsa.Verify(key.PublicKey(), m.Bytes(), got.Bytes[8:], nil); err != nil {
		t.Errorf("the signature is not of the message that the specification says: %v", err)
	}
}

// TestEd25519CosignatureIsRead: another implementation reads ours.
func TestEd25519CosignatureIsRead(t *testing.T) {
	t.Parallel()
	c := cosigner(t, "witness.example/w1", key(11))
	s := cosigned(t, unsigned(5), c, time.Unix(1_679_315_147, 0))
	v, err := torchwood.NewCosignatureVerifier(c.VKey())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(s.Format(), note.VerifierList(v)); err != nil {
		t.Error(err)
	}
}

// TestHybrid: a checkpoint with both signatures of a log and of its witnesses holds for whoever trusts either kind.
func TestHybrid(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_790_000_000, 0)
	log, w1, w2 := cosigner(t, origin, lattice(t, 1)), cosigner(t, "w1.example", lattice(t, 2)), cosigner(t, "w2.example", key(12))
	text := bytes.TrimSuffix(unsigned(9).Format(), []byte("\n"))
	signed, err := proof.ParseCheckpoint(signText(t, string(text), logSigner(t, origin, 1)))
	if err != nil {
		t.Fatal(err)
	}
	signed = cosigned(t, cosigned(t, cosigned(t, signed, log, time.Time{}), w1, now), w2, now)
	classic, quantum := "log "+vkey(origin, 1)+"\n", "log "+log.VKey()+"\n"
	witnesses := fmt.Sprintf("witness A %s\nwitness B %s\ngroup both all A B\nquorum both\n", w1.VKey(), w2.VKey())
	for _, policy := range []string{classic + "quorum none\n", quantum + "quorum none\n", classic + quantum + "quorum none\n", quantum + witnesses} {
		tr := trust(t, "%s", policy)
		if again := trust(t, "%s", tr.Format()); !bytes.Equal(again.Format(), tr.Format()) {
			t.Errorf("formatted twice it differs:\n%s", again.Format())
		}
		c, err := proof.VerifyCheckpoint(signed.Format(), tr)
		if err != nil || c.Size != 9 {
			t.Errorf("under\n%s\n%v", policy, err)
		}
	}
	for _, test := range []struct {
		name string
		s    proof.SignedCheckpoint
		want string
	}{
		{"another size", func() proof.SignedCheckpoint { s := signed; s.Size++; return s }(), "invalid signature"},
		{"another root", func() proof.SignedCheckpoint { s := signed; s.Root[0]++; return s }(), "invalid signature"},
		{"one witness without a time", cosigned(t, cosigned(t, cosigned(t, unsigned(9), log, time.Time{}), w1, time.Time{}), w2, now), "invalid signature"},
		{"one witness missing", cosigned(t, cosigned(t, unsigned(9), log, time.Time{}), w2, now), "quorum"},
		{"no log", cosigned(t, cosigned(t, unsigned(9), w1, now), w2, now), "the log has not"},
	} {
		if _, err := test.s.Verify(trust(t, "%s", quantum+witnesses)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want one that says %q", test.name, err, test.want)
		}
	}
}

func TestCosignerRefuses(t *testing.T) {
	t.Parallel()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	strong, err := mldsa.GenerateKey(mldsa.MLDSA65())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		key  crypto.Signer
		want string
	}{
		{"w.example", nil, "no key"}, {"w.example", ec, "want Ed25519 or ML-DSA-44"}, {"w.example", strong, "key bytes"}, {"w w", key(1), "space"},
	} {
		if _, err := proof.NewCosigner(test.name, test.key); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want one that says %q", test.name, err, test.want)
		}
	}
	for _, test := range []struct {
		name string
		c    *proof.Cosigner
		s    proof.SignedCheckpoint
		at   time.Time
		want string
	}{
		{"no time", cosigner(t, "w.example", key(1)), unsigned(1), time.Time{}, "no time"},
		{"before 1970", cosigner(t, "w.example", lattice(t, 1)), unsigned(1), time.Unix(-1, 0), "no time"},
		{"1970", cosigner(t, "w.example", lattice(t, 1)), unsigned(1), time.Unix(0, 0), "no time"},
		{"a long name", cosigner(t, strings.Repeat("w", 256), lattice(t, 1)), unsigned(1), time.Unix(1, 0), "255 bytes"},
		{"a module that fails", cosigner(t, "w.example", faulty{lattice(t, 1), true}), unsigned(1), time.Unix(1, 0), "out of order"},
		{"a module that errs", cosigner(t, "w.example", faulty{lattice(t, 1), false}), unsigned(1), time.Unix(1, 0), "wrong signature"},
	} {
		if _, err := test.c.Cosign(test.s, test.at); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want one that says %q", test.name, err, test.want)
		}
	}
	if _, err := cosigner(t, origin, lattice(t, 1)).Sign([]byte("no checkpoint\n")); err == nil {
		t.Error("a text that is no checkpoint was signed")
	}
}

// faulty is a module that fails or signs wrongly.
type faulty struct {
	crypto.Signer
	fails bool
}

func (f faulty) Sign(_ io.Reader, _ []byte, _ crypto.SignerOpts) ([]byte, error) {
	if f.fails {
		return nil, errors.New("out of order")
	}
	return make([]byte, 2420), nil
}
