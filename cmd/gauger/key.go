package main

import (
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"filippo.io/mldsa"
	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/keyfile"
	"github.com/gauger/gauger/internal/keystore"
)

func keyCommand() *cobra.Command {
	c := &cobra.Command{Use: "key", Short: "Make and show keys"}
	var kind string
	create := &cobra.Command{
		Use: "new KEY", Short: "Draw a new key into a file that only its owner can read, or into a TPM", Args: oneArg("the file to create, or tpm:HANDLE"),
		Long: "Draw a new key.\n\n" + keyReferences,
		Example: "  gauger key new party.key\n" +
			"  gauger key new --kind p256 tpm:0x81010001",
		RunE: func(c *cobra.Command, args []string) error {
			key, err := keystore.Create(args[0], keyfile.Kind(kind))
			if err != nil {
				return usage(err)
			}
			return showKey(c.OutOrStdout(), key, "", false)
		},
	}
	create.Flags().StringVar(&kind, "kind", string(keyfile.Ed25519), "ed25519, p256 or mldsa44; organisations need ed25519, logs and witnesses that or mldsa44, TPMs p256")
	var name string
	var witness bool
	show := &cobra.Command{
		Use: "show KEY", Short: "Print a key's public half: kid, COSE_Key in hex and, with --name, its trust-file form", Args: oneArg("the key"),
		Long: "Print a key's public half.\n\n" + keyReferences,
		Example: "  gauger key show device.key\n" +
			"  gauger key show log.key --name log.example/main",
		RunE: func(c *cobra.Command, args []string) error {
			key, err := keystore.Load(args[0])
			if err != nil {
				return usage(err)
			}
			return showKey(c.OutOrStdout(), key, name, witness)
		},
	}
	show.Flags().StringVar(&name, "name", "", "name of the log or witness, or DID of the organisation, whose key this is")
	show.Flags().BoolVar(&witness, "witness", false, "with --name: print the form of a witness line")
	c.AddCommand(create, show)
	return c
}

// keyReferences says how keys are named wherever one is.
const keyReferences = `A KEY is one of
  device.key                                a file
  tpm:0x81010001                            P-256, in the TPM 2.0 at /dev/tpmrm0
  tpm:0x81010001?device=/dev/tpmrm1         in another
  agent:SHA256:...                          Ed25519 or P-256, in the SSH agent at $SSH_AUTH_SOCK
  agent:/run/gauger/agent.sock?SHA256:...   in the agent at a socket; PKCS#11 modules are reached so`

// signingKey loads the key that --key names.
func signingKey(ref string) (crypto.Signer, error) {
	if ref == "" {
		return nil, errors.New("--key is missing: name the key file to sign with")
	}
	return keystore.Load(ref)
}

// showKey prints a public key: as a COSE_Key, for the kinds that registries take, and as a vkey under a name.
func showKey(w io.Writer, key crypto.Signer, name string, witness bool) error {
	if _, is := key.(*mldsa.PrivateKey); !is {
		public, err := cose.NewKey(key.Public())
		if err != nil {
			return usage(err)
		}
		fmt.Fprintf(w, "kid  %s\ncose %s\n", public.Kid(), hex.EncodeToString(public.Bytes()))
	} else if name == "" {
		_, err := fmt.Fprintln(w, "an ML-DSA-44 key, of a log or witness: gauger key show --name NAME prints its form in a trust file")
		return err
	}
	if name == "" {
		return nil
	}
	vkey, err := verifierKey(name, key, witness)
	if err != nil {
		return usage(err)
	}
	_, err = fmt.Fprintf(w, "vkey %s\n", vkey)
	return err
}

// verifierKey returns the C2SP form of a public key under a name: of an organisation or log, or of a witness. A log's ML-DSA key
// has the form of a witness's.
func verifierKey(name string, key crypto.Signer, witness bool) (string, error) {
	if _, is := key.(*mldsa.PrivateKey); is || witness {
		c, err := proof.NewCosigner(name, key)
		if err != nil {
			return "", err
		}
		return c.VKey(), nil
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return "", errors.New("logs and organisations have Ed25519 keys, logs also ML-DSA-44")
	}
	vkey, err := note.NewEd25519VerifierKey(name, public)
	if err == nil {
		_, err = note.NewVerifier(vkey) // it takes names that no trust file could hold
	}
	if err != nil {
		return "", fmt.Errorf("name %q must have no blanks and no +: %w", name, err)
	}
	return vkey, nil
}

// parsePublicKey reads a COSE_Key in hex.
func parsePublicKey(s string) (cose.Key, error) {
	b, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil {
		return cose.Key{}, fmt.Errorf("want the key in hex, as `gauger key show` prints it: %w", err)
	}
	return cose.ParseKey(b)
}
