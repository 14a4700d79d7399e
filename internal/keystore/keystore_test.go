package keystore_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/gauger/gauger/internal/keyfile"
	"github.com/gauger/gauger/internal/keystore"
)

// signs expects a key to sign messages that its public half verifies.
func signs(t *testing.T, key crypto.Signer) {
	t.Helper()
	for _, message := range [][]byte{nil, []byte("42 bbl"), bytes.Repeat([]byte("x"), 70_000)} {
		digest := sha256.Sum256(message)
		switch public := key.Public().(type) {
		case ed25519.PublicKey:
			signature, err := crypto.SignMessage(key, rand.Reader, message, crypto.Hash(0))
			if err != nil || !ed25519.Verify(public, message, signature) {
				t.Errorf("message of %d bytes: bad signature, %v", len(message), err)
			}
		case *ecdsa.PublicKey:
			signature, err := crypto.SignMessage(key, rand.Reader, message, crypto.SHA256)
			if err != nil || !ecdsa.VerifyASN1(public, digest[:], signature) {
				t.Errorf("message of %d bytes: bad signature, %v", len(message), err)
			}
		default:
			t.Fatalf("public key of type %T", public)
		}
	}
}

// refused expects an error with each of the texts, one of which is the mend.
func refused(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want %q", want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error is %q, want it to contain %q", err, w)
		}
	}
}

func equal(a, b crypto.Signer) bool {
	return a.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(b.Public())
}

func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k.key")
	made, err := keystore.Create(path, keyfile.Ed25519)
	must(t, err)
	key, err := keystore.Load(path)
	must(t, err)
	if !equal(made, key) {
		t.Error("another key was loaded")
	}
	signs(t, key)
}

func TestRelative(t *testing.T) {
	for _, tt := range []struct{ ref, want string }{
		{"device.key", "/etc/gauger/device.key"},
		{"/keys/device.key", "/keys/device.key"},
		{"./tpm:0x81010001", "/etc/gauger/tpm:0x81010001"},
		{"tpm:0x81010001", "tpm:0x81010001"},
		{"agent:SHA256:abc", "agent:SHA256:abc"},
		{"pkcs11:token=hsm", "pkcs11:token=hsm"},
		{"", ""},
	} {
		got := tt.ref
		if keystore.Relative("/etc/gauger/edge.yaml", &got); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.ref, got, tt.want)
		}
	}
}

// What a reference can't mean is refused with what it should be, before anything is asked.
func TestRefusesReferences(t *testing.T) {
	t.Setenv("SSH_AUTH_SOCK", "")
	for _, tt := range []struct{ ref, want string }{
		{"tpm:", "is not a persistent handle"},
		{"tpm:81010001", "is not a persistent handle"},
		{"tpm:0x80000001", "is not a persistent handle"},
		{"tpm:0x82000000", "is not a persistent handle"},
		{"tpm:0x181010001", "is not a persistent handle"},
		{"tpm:0x81010001?", "full path of a TPM"},
		{"tpm:0x81010001?device=tpmrm1", "full path of a TPM"},
		{"tpm:0x81010001?device=/dev/a&device=/dev/b", "full path of a TPM"},
		{"tpm:0x81010001?devize=/dev/tpmrm1", "full path of a TPM"},
		{"tpm:0x81010001?device=/nothere/tpm", "is there one"},
		{"tpm:0x81010001?device=/", "neither a device nor a socket"},
		{"agent:", "as ssh-add -l prints it"},
		{"agent:MD5:abc", "as ssh-add -l prints it"},
		{"agent:agent.sock?SHA256:abc", "full/path"},
		{"agent:/run/agent.sock", "full/path"},
		{"agent:/run/agent.sock?abc", "full/path"},
		{"agent:SHA256:abc", "SSH_AUTH_SOCK is not set"},
		{"agent:/nothere/agent.sock?SHA256:abc", "is it running"},
		{"pkcs11:token=hsm;object=party", "ssh-add -s"},
	} {
		for name, do := range map[string]func() (crypto.Signer, error){
			"Load":   func() (crypto.Signer, error) { return keystore.Load(tt.ref) },
			"Create": func() (crypto.Signer, error) { return keystore.Create(tt.ref, keyfile.P256) },
		} {
			if name == "Create" && strings.HasPrefix(tt.ref, "agent:/nothere") {
				continue // refused for another reason, below
			}
			key, err := do()
			refused(t, err, tt.want, "key "+tt.ref)
			if key != nil {
				t.Errorf("%s %s: a key all the same", name, tt.ref)
			}
		}
	}
	_, err := keystore.Create("agent:/nothere/agent.sock?SHA256:abc", keyfile.P256)
	refused(t, err, "ssh-add -l")
}

func TestTPM(t *testing.T) {
	e := newEmulator(t)
	ref := "tpm:0x81010001?device=" + e.socket
	_, err := keystore.Load(ref)
	refused(t, err, "there is no key at handle 0x81010001", "gauger key new --kind p256 "+ref)
	for _, kind := range []keyfile.Kind{keyfile.Ed25519, keyfile.MLDSA44, "rsa"} {
		_, err = keystore.Create(ref, kind)
		refused(t, err, `only keys of kind "p256"`)
	}
	_, err = keystore.Create("tpm:0x81800001?device="+e.socket, keyfile.P256)
	refused(t, err, "is the platform's", "0x817fffff")
	made, err := keystore.Create(ref, keyfile.P256)
	must(t, err)
	signs(t, made)
	_, err = keystore.Create(ref, keyfile.P256)
	refused(t, err, "is taken", "not overwritten")
	// A key that replaces another is another, though both come from one TPM.
	next, err := keystore.Create("tpm:0x81010002?device="+e.socket, keyfile.P256)
	must(t, err)
	if equal(made, next) {
		t.Error("the TPM made the same key twice")
	}
	key, err := keystore.Load(ref)
	must(t, err)
	if !equal(made, key) {
		t.Error("another key was loaded")
	}
	_, err = key.Sign(rand.Reader, make([]byte, 64), crypto.SHA512)
	refused(t, err, "signs SHA-256 only")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() { signs(t, key) })
	}
	all.Wait()
	for range 8 { // a session or an object that is left behind fills a TPM after three
		signs(t, key)
	}
}

// A TPM that is away, and back: keys outlive a power cut, and a running process finds its key again.
func TestTPMAway(t *testing.T) {
	e := newEmulator(t)
	ref := "tpm:0x81010001?device=" + e.socket
	key, err := keystore.Create(ref, keyfile.P256)
	must(t, err)
	e.stop()
	digest := sha256.Sum256([]byte("42 bbl"))
	_, err = key.Sign(rand.Reader, digest[:], crypto.SHA256)
	refused(t, err, "key "+ref, "is there one")
	e.start()
	signs(t, key)
	// Another TPM in its place has no such key.
	e.stop()
	other := newEmulator(t)
	must(t, os.Rename(other.socket, e.socket))
	_, err = key.Sign(rand.Reader, digest[:], crypto.SHA256)
	refused(t, err, "key "+ref, "TPM at "+e.socket)
	_, err = keystore.Create(ref, keyfile.P256)
	must(t, err)
	_, err = key.Sign(rand.Reader, digest[:], crypto.SHA256)
	refused(t, err, "key "+ref, "wrong signature: is another key at handle 0x81010001 now?")
}

func TestAgent(t *testing.T) {
	a := newAgent(t)
	_, ed, err := ed25519.GenerateKey(nil)
	must(t, err)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	for _, key := range []crypto.Signer{ed, ec} {
		private := crypto.PrivateKey(key)
		if k, ok := key.(ed25519.PrivateKey); ok {
			private = &k
		}
		ref := a.add(private)
		loaded, err := keystore.Load(ref)
		must(t, err)
		if !equal(key, loaded) {
			t.Errorf("%s: another key was loaded", ref)
		}
		signs(t, loaded)
		t.Setenv("SSH_AUTH_SOCK", a.socket)
		_, fingerprint, _ := strings.Cut(ref, "?")
		byDefault, err := keystore.Load("agent:" + fingerprint)
		must(t, err)
		signs(t, byDefault)
		_, err = crypto.SignMessage(loaded, rand.Reader, []byte("42 bbl"), crypto.SHA512)
		refused(t, err, "does not sign with hash")
	}
}

func TestAgentRefuses(t *testing.T) {
	a := newAgent(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(t, err)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	for _, key := range []crypto.PrivateKey{p384, rsaKey} {
		_, err := keystore.Load(a.add(key))
		refused(t, err, "only ssh-ed25519 and ecdsa-sha2-nistp256")
	}
	_, err = keystore.Load(a.ref("SHA256:AAAA"))
	refused(t, err, "holds 2 keys, none with this fingerprint", "ssh-add")
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	key, err := keystore.Load(a.add(ec))
	must(t, err)
	_, err = key.Sign(rand.Reader, make([]byte, 32), crypto.SHA256)
	refused(t, err, "signs messages, not digests")
}

// An agent that is away, or has forgotten the key, and is back.
func TestAgentAway(t *testing.T) {
	a := newAgent(t)
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	ref := a.add(ec)
	key, err := keystore.Load(ref)
	must(t, err)
	a.stop()
	_, err = crypto.SignMessage(key, rand.Reader, nil, crypto.SHA256)
	refused(t, err, "key "+ref, "is it running")
	a.start()
	_, err = crypto.SignMessage(key, rand.Reader, nil, crypto.SHA256)
	refused(t, err, "key "+ref, "SSH agent at "+a.socket)
	a.add(ec)
	signs(t, key)
}

// softHSM is where Debian puts SoftHSM 2, a PKCS#11 module made of software.
const softHSM = "/usr/lib/softhsm/libsofthsm2.so"

// TestPKCS11: a key that was made in a PKCS#11 token, and can't leave it, signs through the agent that the token is loaded into.
func TestPKCS11(t *testing.T) {
	dir := folder(t)
	conf := filepath.Join(dir, "softhsm2.conf")
	must(t, os.Mkdir(filepath.Join(dir, "tokens"), 0o700))
	must(t, os.WriteFile(conf, fmt.Appendf(nil, "directories.tokendir = %s/tokens\n", dir), 0o600))
	t.Setenv("SOFTHSM2_CONF", conf)
	run(t, nil, "softhsm2-util", "--init-token", "--free", "--label", "gauger", "--so-pin", "12345678", "--pin", "1234")
	run(t, nil, "pkcs11-tool", "--module", softHSM, "--token-label", "gauger", "--login", "--pin", "1234",
		"--keypairgen", "--key-type", "EC:prime256v1", "--id", "01", "--label", "party", "--usage-sign", "--sensitive")
	a := newAgent(t)
	pin := filepath.Join(dir, "pin")
	must(t, os.WriteFile(pin, []byte("#!/bin/sh\necho 1234\n"), 0o700))
	run(t, append(a.env, "SSH_ASKPASS="+pin, "SSH_ASKPASS_REQUIRE=force", "DISPLAY=:0"), "ssh-add", "-s", softHSM)
	fingerprint := regexp.MustCompile(`SHA256:\S+`).FindString(run(t, a.env, "ssh-add", "-l"))
	key, err := keystore.Load(a.ref(fingerprint))
	must(t, err)
	signs(t, key)
}
