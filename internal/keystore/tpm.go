package keystore

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"github.com/gauger/gauger/internal/keyfile"
)

// inTPM is a place of a key: a persistent handle of a TPM.
type inTPM struct {
	ref    string
	handle tpm2.TPMHandle
	device string
}

// resourceManager is the kernel's, which lets processes share a TPM.
const resourceManager = "/dev/tpmrm0"

// The persistent handles, and the first that is not the owner's but the platform's (TPM 2.0 part 2, 7.5; Registry of Reserved TPM
// 2.0 Handles).
const (
	firstPersistent = 0x81000000
	firstPlatform   = 0x81800000
	lastPersistent  = 0x81ffffff
)

// parseHandle reads tpm:0x81010001 or tpm:0x81010001?device=/dev/tpmrm1.
func parseHandle(ref string) (inTPM, error) {
	at := inTPM{ref: ref, device: resourceManager}
	text, query, more := strings.Cut(strings.TrimPrefix(ref, tpmScheme), "?")
	n, err := strconv.ParseUint(text, 0, 32)
	if err != nil || n < firstPersistent || n > lastPersistent {
		return at, fmt.Errorf("%.40q is not a persistent handle: want tpm:0x81000000 to tpm:0x81ffffff", text)
	}
	at.handle = tpm2.TPMHandle(n)
	if !more {
		return at, nil
	}
	q, err := url.ParseQuery(query)
	if err != nil || len(q) != 1 || len(q["device"]) != 1 || !filepath.IsAbs(q.Get("device")) {
		return at, fmt.Errorf("%.80q: after the handle comes nothing, or ?device= with the full path of a TPM", query)
	}
	at.device = q.Get("device")
	return at, nil
}

// with opens the TPM for one task. Behind the kernel's resource manager each opening is a session of its own, so that nothing
// of ours is left in the TPM, and one that was away is found when it is back.
func (at inTPM) with(task func(transport.TPM) error) (err error) {
	conn, err := at.open()
	if err != nil {
		return fmt.Errorf("TPM: %w: is there one, and may this user reach it (group tss as a rule)?", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := task(transport.FromReadWriter(conn)); err != nil {
		return fmt.Errorf("TPM at %s: %w", at.device, err)
	}
	return nil
}

func (at inTPM) open() (io.ReadWriteCloser, error) {
	fi, err := os.Stat(at.device)
	if err != nil {
		return nil, err
	}
	switch {
	case fi.Mode()&os.ModeSocket != 0: // an emulator
		conn, err := net.DialTimeout("unix", at.device, patience)
		if err != nil {
			return nil, err
		}
		return conn, conn.SetDeadline(time.Now().Add(patience))
	case fi.Mode()&os.ModeDevice != 0: // the driver bounds the time of each command
		return os.OpenFile(at.device, os.O_RDWR, 0)
	}
	return nil, fmt.Errorf("%s is neither a device nor a socket", at.device)
}

// public reads what is at the handle.
func (at inTPM) public(t transport.TPM) (*tpmKey, error) {
	held, err := tpm2.ReadPublic{ObjectHandle: at.handle}.Execute(t)
	if err != nil {
		return nil, err
	}
	public, err := held.OutPublic.Contents()
	if err != nil {
		return nil, err
	}
	attributes := public.ObjectAttributes
	if public.Type != tpm2.TPMAlgECC || !attributes.SignEncrypt || attributes.Restricted {
		return nil, fmt.Errorf("what is at handle %#x signs no messages: gauger key new --kind p256 makes a key that does", at.handle)
	}
	p, err := tpm2.Pub(*public)
	if err != nil {
		return nil, err
	}
	key, ok := p.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, fmt.Errorf("the key at handle %#x is not on P-256: only such keys of TPMs are used here", at.handle)
	}
	return &tpmKey{at: at, public: key, name: held.Name}, nil
}

func (at inTPM) load() (crypto.Signer, error) {
	var key *tpmKey
	err := at.with(func(t transport.TPM) (err error) {
		if key, err = at.public(t); errors.Is(err, tpm2.TPMRCHandle) {
			return fmt.Errorf("there is no key at handle %#x: gauger key new --kind p256 %s makes one", at.handle, at.ref)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

// template is that of a P-256 signing key that the TPM draws by itself and never gives away.
var template = tpm2.TPMTPublic{
	Type: tpm2.TPMAlgECC, NameAlg: tpm2.TPMAlgSHA256,
	ObjectAttributes: tpm2.TPMAObject{
		FixedTPM: true, FixedParent: true, SensitiveDataOrigin: true, UserWithAuth: true, NoDA: true, SignEncrypt: true,
	},
	Parameters: tpm2.NewTPMUPublicParms(tpm2.TPMAlgECC, &tpm2.TPMSECCParms{
		CurveID: tpm2.TPMECCNistP256,
		Scheme: tpm2.TPMTECCScheme{
			Scheme:  tpm2.TPMAlgECDSA,
			Details: tpm2.NewTPMUAsymScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSigSchemeECDSA{HashAlg: tpm2.TPMAlgSHA256}),
		},
	}),
}

// create draws a key below the storage root and makes it persistent. Not a primary key: the TPM would make the same one again and
// again, and a key that replaces another must be another.
func (at inTPM) create(kind keyfile.Kind) (crypto.Signer, error) {
	if kind != keyfile.P256 {
		return nil, fmt.Errorf("kind %.40q: of a TPM only keys of kind %q are used here", kind, keyfile.P256)
	}
	if at.handle >= firstPlatform {
		return nil, fmt.Errorf("handle %#x is the platform's: take one of tpm:0x81000000 to tpm:0x817fffff", at.handle)
	}
	var key *tpmKey
	err := at.with(func(t transport.TPM) (err error) {
		if _, err := (tpm2.ReadPublic{ObjectHandle: at.handle}).Execute(t); !errors.Is(err, tpm2.TPMRCHandle) {
			if err == nil {
				err = fmt.Errorf("handle %#x is taken: keys are not overwritten, choose another", at.handle)
			}
			return err
		}
		if err := at.draw(t); err != nil {
			return fmt.Errorf("%w: gauger wants an owner hierarchy without a password", err)
		}
		key, err = at.public(t)
		return err
	})
	if err != nil {
		return nil, err
	}
	return key, nil
}

func (at inTPM) draw(t transport.TPM) (err error) {
	root, err := tpm2.CreatePrimary{PrimaryHandle: tpm2.TPMRHOwner, InPublic: tpm2.New2B(tpm2.ECCSRKTemplate)}.Execute(t)
	if err != nil {
		return fmt.Errorf("storage root: %w", err)
	}
	defer func() { err = errors.Join(err, flush(t, root.ObjectHandle)) }()
	parent := tpm2.NamedHandle{Handle: root.ObjectHandle, Name: root.Name}
	drawn, err := tpm2.Create{ParentHandle: parent, InPublic: tpm2.New2B(template)}.Execute(t)
	if err != nil {
		return fmt.Errorf("draw a key: %w", err)
	}
	loaded, err := tpm2.Load{ParentHandle: parent, InPrivate: drawn.OutPrivate, InPublic: drawn.OutPublic}.Execute(t)
	if err != nil {
		return fmt.Errorf("load the key: %w", err)
	}
	defer func() { err = errors.Join(err, flush(t, loaded.ObjectHandle)) }()
	_, err = tpm2.EvictControl{
		Auth: tpm2.TPMRHOwner, PersistentHandle: at.handle,
		ObjectHandle: tpm2.NamedHandle{Handle: loaded.ObjectHandle, Name: loaded.Name},
	}.Execute(t)
	if err != nil {
		return fmt.Errorf("make the key persistent: %w", err)
	}
	return nil
}

func flush(t transport.TPM, handle tpm2.TPMHandle) error {
	_, err := tpm2.FlushContext{FlushHandle: handle}.Execute(t)
	return err
}

// tpmKey signs in a TPM.
type tpmKey struct {
	at     inTPM
	public *ecdsa.PublicKey
	name   tpm2.TPM2BName
	mu     sync.Mutex // an emulator, and a TPM without resource manager, serve one after the other
}

var _ crypto.Signer = (*tpmKey)(nil)

// Public returns the public half, an *ecdsa.PublicKey.
func (k *tpmKey) Public() crypto.PublicKey { return k.public }

// Sign signs a SHA-256 digest. The signature is in ASN.1.
func (k *tpmKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if opts.HashFunc() != crypto.SHA256 || len(digest) != crypto.SHA256.Size() {
		return nil, named(k.at.ref, fmt.Errorf("signs SHA-256 only, not %d bytes of hash %d", len(digest), opts.HashFunc()))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var signature []byte
	err := k.at.with(func(t transport.TPM) (err error) {
		signature, err = k.sign(t, digest)
		return err
	})
	if err == nil && !ecdsa.VerifyASN1(k.public, digest, signature) {
		err = fmt.Errorf("TPM at %s: wrong signature: is another key at handle %#x now?", k.at.device, k.at.handle)
	}
	if err != nil {
		return nil, named(k.at.ref, err)
	}
	return signature, nil
}

func (k *tpmKey) sign(t transport.TPM, digest []byte) ([]byte, error) {
	made, err := tpm2.Sign{
		KeyHandle: tpm2.NamedHandle{Handle: k.at.handle, Name: k.name},
		Digest:    tpm2.TPM2BDigest{Buffer: digest},
		InScheme: tpm2.TPMTSigScheme{
			Scheme:  tpm2.TPMAlgECDSA,
			Details: tpm2.NewTPMUSigScheme(tpm2.TPMAlgECDSA, &tpm2.TPMSSchemeHash{HashAlg: tpm2.TPMAlgSHA256}),
		},
		Validation: tpm2.TPMTTKHashCheck{Tag: tpm2.TPMSTHashCheck}, // the digest came from outside
	}.Execute(t)
	if err != nil {
		return nil, err
	}
	rs, err := made.Signature.Signature.ECDSA()
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(struct{ R, S *big.Int }{
		new(big.Int).SetBytes(rs.SignatureR.Buffer), new(big.Int).SetBytes(rs.SignatureS.Buffer),
	})
}
