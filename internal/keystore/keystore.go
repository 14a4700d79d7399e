// Package keystore finds private keys wherever they are kept, by one reference: the path of a file, a handle in a TPM 2.0, or a
// fingerprint in an SSH agent, which also speaks for PKCS#11 modules and security keys. Nothing here ever holds a key that was
// not in a file, and nothing stays open: a module that was away is asked again at the next signature.
package keystore

import (
	"crypto"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/internal/keyfile"
)

// The schemes of references. Everything else is a path; ./tpm:x is one too.
const (
	tpmScheme    = "tpm:"
	agentScheme  = "agent:"
	pkcs11Scheme = "pkcs11:"
)

// patience bounds how long a module may take over a signature: time enough to touch a security key. Measuring waits meanwhile.
const patience = 15 * time.Second

var (
	errPKCS11   = errors.New("load the token into an SSH agent with ssh-add -s MODULE, and name the key agent:SHA256:..., as ssh-add -l prints it")
	errAgentNew = errors.New("an SSH agent makes no keys: make one with the tools of the module behind it, then see its fingerprint with ssh-add -l")
)

// module keeps keys outside of files.
type module interface {
	load() (crypto.Signer, error)
	create(keyfile.Kind) (crypto.Signer, error)
}

// Load returns the private key that a reference names:
//
//	device.key                               a file, as keyfile.Load reads it
//	tpm:0x81010001                           P-256, at a persistent handle of the TPM at /dev/tpmrm0
//	tpm:0x81010001?device=/dev/tpmrm1        of another; a unix socket is an emulated one
//	agent:SHA256:...                         Ed25519 or P-256, by its fingerprint, in the SSH agent at $SSH_AUTH_SOCK
//	agent:/run/gauger/agent.sock?SHA256:...  in the agent at a socket
//
// The public half is read now, so what is not there is an error now. A key outside of files may fail to sign at any time, when
// its module is away, and sign again later. Each of its signatures is verified before it is returned. It may be used by any
// number of goroutines.
//
// An agent hashes messages by itself: its P-256 keys sign through crypto.SignMessage only.
func Load(ref string) (crypto.Signer, error) {
	if !outside(ref) {
		return keyfile.Load(ref)
	}
	return within(ref, module.load)
}

// Create makes a new key where a reference says, in a file or a TPM. A key that is there already is left alone.
func Create(ref string, kind keyfile.Kind) (crypto.Signer, error) {
	if !outside(ref) {
		return keyfile.Create(ref, kind)
	}
	return within(ref, func(m module) (crypto.Signer, error) { return m.create(kind) })
}

// Relative puts the folder of a configuration file before the references in it that are relative paths. Empty ones stay empty.
func Relative(file string, refs ...*string) {
	for _, ref := range refs {
		if *ref != "" && !outside(*ref) && !filepath.IsAbs(*ref) {
			*ref = filepath.Join(filepath.Dir(file), *ref)
		}
	}
}

// outside reports whether a reference names a key that is in no file of ours.
func outside(ref string) bool {
	return slices.ContainsFunc([]string{tpmScheme, agentScheme, pkcs11Scheme}, func(s string) bool { return strings.HasPrefix(ref, s) })
}

// within asks the module that a reference names for a key.
func within(ref string, ask func(module) (crypto.Signer, error)) (crypto.Signer, error) {
	m, err := find(ref)
	if err != nil {
		return nil, named(ref, err)
	}
	key, err := ask(m)
	if err != nil {
		return nil, named(ref, err)
	}
	return key, nil
}

func find(ref string) (module, error) {
	switch {
	case strings.HasPrefix(ref, tpmScheme):
		return parseHandle(ref)
	case strings.HasPrefix(ref, agentScheme):
		return parseAgent(ref)
	}
	return nil, errPKCS11
}

// named says which key an error is about.
func named(ref string, err error) error { return fmt.Errorf("key %.200s: %w", ref, err) }
