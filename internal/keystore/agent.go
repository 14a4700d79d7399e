package keystore

import (
	"crypto"
	"crypto/ed25519"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/gauger/gauger/internal/keyfile"
)

// inAgent is a place of a key: a fingerprint in the SSH agent at a socket.
type inAgent struct{ ref, socket, fingerprint string }

const fingerprintPrefix = "SHA256:"

var errNoAgent = errors.New("SSH_AUTH_SOCK is not set: start ssh-agent, or name its socket: agent:/run/gauger/agent.sock?FINGERPRINT")

// parseAgent reads agent:FINGERPRINT or agent:SOCKET?FINGERPRINT. Sockets are named in full: keys are named in files of several
// folders.
func parseAgent(ref string) (inAgent, error) {
	rest := strings.TrimPrefix(ref, agentScheme)
	at := inAgent{ref: ref, fingerprint: rest}
	if !strings.HasPrefix(rest, fingerprintPrefix) {
		i := strings.LastIndex(rest, "?")
		if i < 0 || !filepath.IsAbs(rest[:i]) || !strings.HasPrefix(rest[i+1:], fingerprintPrefix) {
			return at, errors.New("want agent:FINGERPRINT, SHA256:... as ssh-add -l prints it, or agent:/full/path/of.sock?FINGERPRINT")
		}
		at.socket, at.fingerprint = rest[:i], rest[i+1:]
		return at, nil
	}
	if at.socket = os.Getenv("SSH_AUTH_SOCK"); at.socket == "" {
		return at, errNoAgent
	}
	return at, nil
}

// ask opens a connection for one question. Agents are asked anew each time, so that one that was started again is found.
func (at inAgent) ask(question func(agent.ExtendedAgent) error) (err error) {
	conn, err := net.DialTimeout("unix", at.socket, patience)
	if err != nil {
		return fmt.Errorf("SSH agent: %w: is it running, and may this user reach it?", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if err := question(agent.NewClient(conn)); err != nil {
		return fmt.Errorf("SSH agent at %s: %w", at.socket, err)
	}
	return nil
}

func (at inAgent) load() (crypto.Signer, error) {
	key := &agentKey{at: at}
	err := at.ask(func(a agent.ExtendedAgent) error {
		held, err := a.List()
		if err != nil {
			return err
		}
		for _, k := range held {
			if ssh.FingerprintSHA256(k) == at.fingerprint {
				key.ssh, err = ssh.ParsePublicKey(k.Blob)
				return err
			}
		}
		return fmt.Errorf("it holds %d keys, none with this fingerprint: see ssh-add -l, load it with ssh-add", len(held))
	})
	if err != nil {
		return nil, err
	}
	// Security keys (sk-...) sign a counter and a flag as well, and so never what a signature here must cover.
	switch key.ssh.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256:
		key.public = key.ssh.(ssh.CryptoPublicKey).CryptoPublicKey()
		return key, nil
	}
	return nil, fmt.Errorf("a key of type %s: only ssh-ed25519 and ecdsa-sha2-nistp256 are used here", key.ssh.Type())
}

func (at inAgent) create(keyfile.Kind) (crypto.Signer, error) { return nil, errAgentNew }

// agentKey signs in an SSH agent (draft-miller-ssh-agent).
type agentKey struct {
	at     inAgent
	ssh    ssh.PublicKey
	public crypto.PublicKey // ed25519.PublicKey, or *ecdsa.PublicKey on P-256
}

var _ crypto.MessageSigner = (*agentKey)(nil)

// Public returns the public half.
func (k *agentKey) Public() crypto.PublicKey { return k.public }

// Sign signs an unhashed message with an Ed25519 key.
func (k *agentKey) Sign(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	if _, ok := k.public.(ed25519.PublicKey); !ok {
		return nil, named(k.at.ref, errors.New("an SSH agent hashes by itself: this key signs messages, not digests"))
	}
	return k.SignMessage(random, message, opts)
}

// SignMessage signs a message: Ed25519 as it is, P-256 over its SHA-256.
func (k *agentKey) SignMessage(_ io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	want := crypto.SHA256
	if _, ok := k.public.(ed25519.PublicKey); ok {
		want = crypto.Hash(0)
	}
	if opts.HashFunc() != want {
		return nil, named(k.at.ref, fmt.Errorf("a %s key does not sign with hash %d", k.ssh.Type(), opts.HashFunc()))
	}
	var made *ssh.Signature
	err := k.at.ask(func(a agent.ExtendedAgent) (err error) {
		made, err = a.Sign(k.ssh, message)
		return err
	})
	if err == nil {
		err = k.ssh.Verify(message, made)
	}
	if err != nil {
		return nil, named(k.at.ref, err)
	}
	if want == crypto.Hash(0) {
		return made.Blob, nil
	}
	var rs struct{ R, S *big.Int } // RFC 5656, 3.1.2
	if err := ssh.Unmarshal(made.Blob, &rs); err != nil {
		return nil, named(k.at.ref, err)
	}
	return asn1.Marshal(rs)
}
