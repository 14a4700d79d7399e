package main

import (
	"bytes"
	"crypto"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/ticket"
)

// signers turn a paper written as JSON into the signed document.
var signers = map[string]func(key crypto.Signer, draft []byte) ([]byte, error){
	custody.Thing:          signJSON(custody.Sign),
	audit.ClaimThing:       signJSON(audit.SignClaim),
	audit.CertificateThing: signJSON(audit.SignCertificate),
	ticket.ReportThing:     signJSON(ticket.SignReport),
}

// signJSON reads a paper strictly and signs it.
func signJSON[T any](sign func(crypto.Signer, T) ([]byte, error)) func(crypto.Signer, []byte) ([]byte, error) {
	return func(key crypto.Signer, draft []byte) ([]byte, error) {
		var paper T
		d := json.NewDecoder(bytes.NewReader(draft))
		d.DisallowUnknownFields()
		if err := d.Decode(&paper); err != nil {
			return nil, err
		}
		return sign(key, paper)
	}
}

func documentSignCommand() *cobra.Command {
	var key, kind, out string
	kinds := make([]string, 0, len(signers))
	for k := range signers {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	c := &cobra.Command{
		Use: "sign FILE.json", Short: "Sign a paper with a party's (or laboratory's) own key", Args: oneArg("the paper as JSON, or -"),
		RunE: func(_ *cobra.Command, args []string) error {
			sign, ok := signers[kind]
			if !ok {
				return usage(fmt.Errorf("--kind is %q, want one of %v", kind, kinds))
			}
			signer, err := signingKey(key)
			if err != nil {
				return usage(err)
			}
			draft, err := readIn(args[0], maxDocument)
			if err != nil {
				return usage(err)
			}
			signed, err := sign(signer, draft)
			if err != nil {
				return usage(fmt.Errorf("%s: %w", args[0], err))
			}
			return writeOut(out, signed)
		},
	}
	c.Flags().StringVar(&key, "key", "", "key file")
	c.Flags().StringVar(&kind, "kind", "", fmt.Sprintf("what it is: one of %v", kinds))
	c.Flags().StringVarP(&out, "out", "o", "-", "where to write the signed document")
	return c
}
