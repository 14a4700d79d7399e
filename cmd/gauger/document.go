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
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/ticket"
)

// signers turn a paper written as JSON into the signed document.
var signers = map[string]func(key crypto.Signer, draft []byte) ([]byte, error){
	custody.Thing:          signJSON(custody.Sign),
	audit.ClaimThing:       signJSON(audit.SignClaim),
	audit.CertificateThing: signJSON(audit.SignCertificate),
	ticket.ReportThing:     signJSON(ticket.SignReport),
}

// signDraft signs a paper written as JSON, or each of a list of them: then a set of signed documents comes out.
func signDraft(sign func(crypto.Signer, []byte) ([]byte, error), key crypto.Signer, draft []byte) ([]byte, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(draft), []byte("[")) {
		return sign(key, draft)
	}
	var drafts []json.RawMessage
	if err := json.Unmarshal(draft, &drafts); err != nil {
		return nil, err
	}
	set := make([][]byte, len(drafts))
	for i, d := range drafts {
		var err error
		if set[i], err = sign(key, d); err != nil {
			return nil, fmt.Errorf("paper %d of %d: %w", i+1, len(drafts), err)
		}
	}
	return cose.Marshal(set)
}

// isSet reports whether a file is a set of signed documents.
func isSet(file []byte) bool {
	var set [][]byte
	return cose.Unmarshal(file, &set) == nil
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
		Long: "The file holds one paper, or a list of papers of one kind: [{...}, {...}]. A list is signed paper by paper, into one set that\n" +
			"`document submit` hands in whole.",
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
			signed, err := signDraft(sign, signer, draft)
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
