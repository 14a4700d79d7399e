package main

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/internal/conf"
	"github.com/gauger/gauger/internal/keyfile"
)

func keyCommand() *cobra.Command {
	c := &cobra.Command{Use: "key", Short: "Make and show keys"}
	var kind string
	create := &cobra.Command{
		Use: "new FILE", Short: "Draw a new key into a file that only its owner can read", Args: oneArg("the file to create"),
		RunE: func(c *cobra.Command, args []string) error {
			key, err := keyfile.Create(args[0], keyfile.Kind(kind))
			if err != nil {
				return usage(err)
			}
			return showKey(c.OutOrStdout(), key, "")
		},
	}
	create.Flags().StringVar(&kind, "kind", string(keyfile.Ed25519), "ed25519 or p256; organisations and logs need ed25519")
	var name string
	show := &cobra.Command{
		Use: "show FILE", Short: "Print a key's public half: kid, COSE_Key in hex and, with --name, its trust-file form", Args: oneArg("the key file"),
		RunE: func(c *cobra.Command, args []string) error {
			key, err := keyfile.Load(args[0])
			if err != nil {
				return usage(err)
			}
			return showKey(c.OutOrStdout(), key, name)
		},
	}
	show.Flags().StringVar(&name, "name", "", "name of the log, or DID of the organisation, whose key this is")
	c.AddCommand(create, show)
	return c
}

// signingKey loads the key that --key names.
func signingKey(path string) (crypto.Signer, error) {
	if path == "" {
		return nil, errors.New("--key is missing: name the key file to sign with")
	}
	return keyfile.Load(path)
}

func showKey(w io.Writer, key crypto.Signer, name string) error {
	public, err := cose.NewKey(key.Public())
	if err != nil {
		return usage(err)
	}
	fmt.Fprintf(w, "kid  %s\ncose %s\n", public.Kid(), hex.EncodeToString(public.Bytes()))
	if name == "" {
		return nil
	}
	vkey, err := verifierKey(name, key)
	if err != nil {
		return usage(err)
	}
	_, err = fmt.Fprintf(w, "vkey %s\n", vkey)
	return err
}

// verifierKey returns the C2SP form of an Ed25519 public key under a name.
func verifierKey(name string, key crypto.Signer) (string, error) {
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		return "", errors.New("logs and organisations have Ed25519 keys")
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

// registryFile is what an organisation writes down about its keys.
type registryFile struct {
	Organisation string          `yaml:"organisation"`
	Name         string          `yaml:"name"`
	Number       uint64          `yaml:"number"`
	Keys         []registryEntry `yaml:"keys"`
}

type registryEntry struct {
	Key    string   `yaml:"key"` // COSE_Key in hex
	Role   string   `yaml:"role"`
	Name   string   `yaml:"name"`
	Points []string `yaml:"points"`
	From   instant  `yaml:"from"`
	To     instant  `yaml:"to"`
}

func registryCommand() *cobra.Command {
	c := &cobra.Command{Use: "registry", Short: "Say whose key is whose"}
	var key, out string
	sign := &cobra.Command{
		Use: "sign FILE.yaml", Short: "Sign an organisation's list of keys", Args: oneArg("the list, as YAML"),
		RunE: func(_ *cobra.Command, args []string) error {
			signer, err := signingKey(key)
			if err != nil {
				return usage(err)
			}
			signed, err := signRegistry(args[0], signer)
			if err != nil {
				return usage(err)
			}
			return writeOut(out, signed)
		},
	}
	sign.Flags().StringVar(&key, "key", "", "the organisation's key file")
	sign.Flags().StringVarP(&out, "out", "o", "-", "where to write the signed registry")
	c.AddCommand(sign)
	return c
}

func signRegistry(path string, signer crypto.Signer) ([]byte, error) {
	var f registryFile
	if err := conf.Load(path, &f); err != nil {
		return nil, err
	}
	r := registry.Registry{Version: registry.Version, Organisation: f.Organisation, Name: f.Name, Number: f.Number}
	for i, e := range f.Keys {
		key, err := parsePublicKey(e.Key)
		if err != nil {
			return nil, fmt.Errorf("%s: key %d: %w", path, i+1, err)
		}
		r.Entries = append(r.Entries, registry.Entry{
			Key: key.Bytes(), Role: registry.Role(e.Role), Name: e.Name, Points: e.Points, From: e.From.ms(), To: e.To.ms(),
		})
	}
	signed, err := r.Sign(signer)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return signed, nil
}

// writeOut writes to a file, or to standard output for "-".
func writeOut(path string, data []byte) error {
	if path == "-" {
		_, err := os.Stdout.Write(data)
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// readIn reads a file, or standard input for "-", up to a limit.
func readIn(path string, limit int64) ([]byte, error) {
	var r io.Reader = os.Stdin
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s has more than %d bytes", path, limit)
	}
	return bytes.Clone(data), err
}
