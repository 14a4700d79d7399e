package proof_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"filippo.io/torchwood"

	"github.com/gauger/gauger/evidence/proof"
)

func TestTrustRoundTrip(t *testing.T) {
	w1, w2 := witness(t, "w1.example", 11).Verifier(), witness(t, "w2.example", 12).Verifier()
	text := fmt.Sprintf(`# who we trust
  # and why

log	%s   https://log.example/main
log %s
org did:web:producer.example %s
witness W1 %s
witness W2 %s https://w2.example/
group both all W1 W2
group one 1 both
quorum one`, vkey(origin, 1), vkey("log.example/second", 2), vkey("producer.example", 21), w1, w2)
	want := fmt.Sprintf(`log %s https://log.example/main
log %s
witness W1 %s
witness W2 %s https://w2.example/
group both all W1 W2
group one 1 both
quorum one
org did:web:producer.example %s
`, vkey(origin, 1), vkey("log.example/second", 2), w1, w2, vkey("producer.example", 21))
	got := trust(t, "%s", text).Format()
	if string(got) != want {
		t.Errorf("formatted:\n%s\nwant:\n%s", got, want)
	}
	if again := trust(t, "%s", got).Format(); !bytes.Equal(again, got) {
		t.Errorf("formatted twice:\n%s", again)
	}
}

func TestOrganisation(t *testing.T) {
	const b = "did:web:b.example%3A8443:unit:7"
	tr := trust(t, "quorum none\norg "+strings.ReplaceAll(b, "%", "%%")+" %s\norg did:web:a.example %s\norg "+strings.ReplaceAll(b, "%", "%%")+" %s\n",
		vkey("b", 2), vkey("a", 1), vkey("b", 3))
	got := tr.Organisation(b)
	if len(got) != 2 || !got[0].Equal(key(2).Public()) || !got[1].Equal(key(3).Public()) {
		t.Errorf("keys of b are %x", got)
	}
	if k := tr.Organisation("did:web:B.example%3A8443:unit:7"); len(k) != 0 {
		t.Error("a DID in other letters is taken for the same")
	}
	got[0][0] ^= 1
	if again := tr.Organisation(b); !again[0].Equal(key(2).Public()) {
		t.Error("a caller can alter the trusted key")
	}
}

// TestTrustOf: what is left of a trust file is the same for logs, witnesses and quorum, and has no other organisation.
func TestTrustOf(t *testing.T) {
	rest, a := "log "+vkey("log.example", 3)+"\nquorum none\n", "org did:web:a.example "+vkey("a", 1)+"\n"
	tr := trust(t, "%s", rest+a+"org did:web:b.example "+vkey("b", 2)+"\norg did:web:a.example "+vkey("a", 4)+"\n")
	got := tr.Of(func(did string) bool { return did == "did:web:a.example" })
	if want := rest + a + "org did:web:a.example " + vkey("a", 4) + "\n"; string(got.Format()) != want {
		t.Errorf("%s, want %s", got.Format(), want)
	}
	if len(tr.Organisation("did:web:b.example")) != 1 {
		t.Error("the file itself lost an organisation")
	}
}

func TestParseTrustNamesTheLine(t *testing.T) {
	log, org := vkey(origin, 1), vkey("org", 3)
	w1, w2 := witness(t, "w1.example", 11).Verifier().String(), witness(t, "w2.example", 12).Verifier().String()
	two := "witness A " + w1 + "\nwitness B " + w2 + "\n"
	tests := []struct{ name, text, want string }{
		{"no quorum", "log " + log + "\n", "no quorum line"},
		{"two quorums", "quorum none\n\nquorum none\n", "line 3: a quorum is defined on line 1 already"},
		{"quorum of nothing", "quorum\n", "line 1: want `quorum"},
		{"quorum below its definition", "quorum A\n" + two, "line 1: no witness or group \"A\""},
		{"quorum that is a log", "log " + log + "\nquorum " + origin + "\n", "line 2: no witness or group"},
		{"unknown word", "quorum none\nlogs " + log + "\n", "line 2: unknown word \"logs\""},
		{"log without key", "log\n", "line 1: want `log"},
		{"log with three items", "log " + log + " url more\n", "line 1: want `log"},
		{"key cut off", "log " + log[:len(log)-4] + "\n", "key bytes"},
		{"key mistyped", "log x" + log + "\n", "key id"},
		{"key without parts", "log abc\n", "want <name>+"},
		{"key with upper-case id", "log " + upperID(log) + "\n", "key id"},
		{"key of a witness for a log", "log " + w1 + "\n", "signature type 0x04, want 0x01 (Ed25519)"},
		{"key of a log for a witness", "witness A " + log + "\n", "signature type 0x01, want 0x04 (Ed25519 cosignature"},
		{"key that is no base64", "log a+00000000+?\n", "not base64"},
		{"key without a name", "log +00000000+AAAA\n", "key name is empty"},
		{"log twice", "log " + log + "\nlog " + log + "\n", "line 2: this log key is defined on line 1"},
		{"one key under two log names", "log " + log + "\nlog " + vkey("log.example/alias", 1) + "\n", "line 2: this log key"},
		{"witness twice", two + "witness C " + w1 + "\n", "line 3: this witness key is defined on line 1"},
		{"witness name twice", two + "witness A " + witness(t, "w3.example", 13).Verifier().String() + "\n", `line 3: the name "A"`},
		{"witness named none", "witness none " + w1 + "\n", "reserved"},
		{"group named as a witness", two + "group A any B\n", `line 3: the name "A"`},
		{"group of nobody", two + "group g any\n", "line 3: want `group"},
		{"group of none", two + "group g any none\n", `no witness or group "none"`},
		{"group of itself", two + "group g any g\n", `no witness or group "g"`},
		{"group of unknown", two + "group g any A C\n", `no witness or group "C"`},
		{"member twice", two + "group g 2 A A\n", `"A" is in a group already`},
		{"member of two groups", two + "group g any A\ngroup h all A B\n", "line 4: group \"h\": \"A\" is in a group already"},
		{"threshold 0", two + "group g 0 A B\n", "from 1 to 2"},
		{"threshold 3 of 2", two + "group g 3 A B\n", "from 1 to 2"},
		{"threshold with a zero", two + "group g 01 A B\n", "from 1 to 2"},
		{"org without key", "org did:web:a.example\n", "line 1: want `org"},
		{"org key twice", "org did:web:a.example " + org + "\norg did:web:b.example " + org + "\n", "line 2: this org key"},
		{"org with a witness key", "org did:web:a.example " + w1 + "\n", "signature type"},
		{"no DID", "org web:a.example " + org + "\n", "is not a DID"},
		{"DID without id", "org did:web: " + org + "\n", "is not a DID"},
		{"DID with an upper-case method", "org did:Web:a " + org + "\n", "its method"},
		{"DID with a slash", "org did:web:a/b " + org + "\n", "character '/'"},
		{"DID with a bare percent", "org did:web:a%3 " + org + "\n", "character '%'"},
		{"long DID", "org did:web:" + strings.Repeat("a", 260) + " " + org + "\n", "at most 255"},
		{"Windows line ends", "quorum none\r\n", "control character 0x0d"},
		{"comment behind a line", "quorum none # no witness yet\n", "want `quorum"},
		{"long line", "#" + strings.Repeat("x", proof.MaxTrustLineBytes), "line 1: 4097 bytes"},
		{"many lines", strings.Repeat("\n", proof.MaxTrustLines), "4097 lines"},
		{"large file", strings.Repeat("x", proof.MaxTrustBytes+1), "at most 262144"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := proof.ParseTrust([]byte(tt.text))
			refused(t, err, tt.want)
		})
	}
}

// upperID returns the vkey with its key id in upper-case letters.
func upperID(vkey string) string {
	parts := strings.SplitN(vkey, "+", 3)
	return parts[0] + "+" + strings.ToUpper(parts[1]) + "+" + parts[2]
}

func FuzzParseTrust(f *testing.F) {
	w1, w2 := witness(f, "w1.example", 11).Verifier(), witness(f, "w2.example", 12).Verifier()
	log := vkey(origin, 1)
	f.Add(fmt.Appendf(nil, "log %s\nquorum none\norg did:web:a.example %s\n", log, vkey("a", 3)))
	f.Add(fmt.Appendf(nil, "# c\nlog %s u\nwitness A %s\nwitness B %s u\ngroup g 2 A B\ngroup h any g\nquorum h\n", log, w1, w2))
	leaves := testLeaves(2)
	stranger := signTree(f, origin, leaves, logSigner(f, origin, 5))
	f.Fuzz(func(t *testing.T, b []byte) {
		tr, err := proof.ParseTrust(b)
		if err != nil {
			return
		}
		canonical := tr.Format()
		again, err := proof.ParseTrust(canonical)
		if err != nil {
			t.Fatalf("its canonical form is refused: %v\n%s", err, canonical)
		}
		if !bytes.Equal(again.Format(), canonical) {
			t.Errorf("formatted twice: %q, then %q", canonical, again.Format())
		}
		if _, err := proof.VerifyCheckpoint(stranger, tr); err == nil && !bytes.Contains(b, []byte(vkey(origin, 5))) {
			t.Error("a stranger's checkpoint is accepted")
		}
		// The other implementation knows no organisations, splits names at Unicode spaces and cuts at any #.
		plain := !bytes.ContainsFunc(canonical, func(r rune) bool { return r > 0x7e || r == '#' })
		if plain && !bytes.Contains(canonical, []byte("org ")) {
			if _, err := torchwood.ParsePolicy(canonical); err != nil {
				t.Errorf("another implementation refuses it: %v\n%s", err, canonical)
			}
		}
	})
}
