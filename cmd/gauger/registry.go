package main

import (
	"crypto"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/internal/conf"
)

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
		Example: "  gauger registry sign registry.yaml --key org.key -o registry.cose",
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
	sign.Flags().StringVar(&key, "key", "", "the organisation's key")
	outFlag(sign, &out, "the signed registry")
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
