package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/api"
	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
)

// verification is what verify prints with --json.
type verification struct {
	OK       bool            `json:"ok"`
	Trust    string          `json:"trust"` // "file" or "bundle"
	Records  int             `json:"records"`
	Tickets  int             `json:"tickets"`
	Decision *audit.Decision `json:"decision,omitempty"`
	Remarks  []audit.Remark  `json:"remarks,omitempty"`
	NotShown []string        `json:"notShown,omitempty"`
	Failure  *bundle.Failure `json:"failure,omitempty"`
}

func verifyCommand() *cobra.Command {
	var trustPath string
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify BUNDLE",
		Short: "Check a bundle offline: signatures, chains, proofs, volumes, custody, origin, duty",
		Long: "Exit code 0: VERIFIED against a trust file from outside. 3: CONSISTENT, but on keys that came with the bundle.\n" +
			"1: the evidence fails; the first thing that is wrong is named. 2: wrong usage, or not a bundle.",
		Args:    oneArg("the bundle file"),
		Example: "  gauger verify ZZ9-0310241-8.gauger --trust trust.txt",
		RunE: func(c *cobra.Command, args []string) error {
			return verify(c.OutOrStdout(), args[0], trustPath, asJSON)
		},
	}
	c.Flags().StringVar(&trustPath, "trust", "", "trust file from outside: whose ledger and whose keys count")
	c.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return c
}

func verify(w io.Writer, path, trustPath string, asJSON bool) error {
	v, trust, err := check(path, trustPath)
	var e *exitError
	if errors.As(err, &e) {
		return err
	}
	result := verification{Trust: trust}
	if err == nil {
		result = verification{
			OK: true, Trust: trust, Records: v.Evidence.Records, Tickets: len(v.Evidence.Tickets), Decision: v.Decision, Remarks: v.Remarks, NotShown: v.Unchecked,
		}
	} else if !errors.As(err, &result.Failure) {
		result.Failure = &bundle.Failure{What: err.Error()}
	}
	if asJSON {
		if err := json.NewEncoder(w).Encode(result); err != nil {
			return err
		}
	} else if result.OK {
		printVerdict(w, v, result)
	}
	if !result.OK {
		return fmt.Errorf("evidence fails: %w", result.Failure)
	}
	return consistentOnly(trust)
}

// check verifies a bundle, on a trust file ("file") or on the keys that came with it ("bundle"). What cannot be read is an error of
// usage, whatever else fails is the evidence.
func check(path, trustPath string) (v *audit.Verdict, on string, err error) {
	file, err := readIn(path, cose.MaxMessage)
	if err != nil {
		return nil, "", usage(err)
	}
	return checkFile(path, file, trustPath)
}

// checkFile verifies a bundle that was read from path.
func checkFile(path string, file []byte, trustPath string) (v *audit.Verdict, on string, err error) {
	if !looksLikeBundle(file) {
		return nil, "", usage(fmt.Errorf("%s is not a bundle", path))
	}
	own, err := api.Tables()
	if err != nil {
		return nil, "", usage(err)
	}
	var trust proof.Trust
	if trustPath != "" {
		if trust, _, err = loadTrust(trustPath); err != nil {
			return nil, "", err
		}
		v, err = audit.Verify(file, trust, own)
		return v, "file", err
	}
	if trust, err = ownTrust(file); err == nil {
		v, err = audit.Verify(file, trust, own)
	}
	return v, "bundle", err
}

// looksLikeBundle tells a damaged bundle, whose evidence fails, from a file of another kind.
func looksLikeBundle(file []byte) bool {
	head := file[:min(len(file), 256)]
	return bytes.HasPrefix(head, []byte{0xd2, 0x84}) || bytes.Contains(head, []byte(cose.MediaType(bundle.Thing)))
}

// ownTrust returns the trust file that a bundle brings along.
func ownTrust(file []byte) (proof.Trust, error) {
	b, _, err := bundle.Parse(file)
	if err != nil {
		return proof.Trust{}, err
	}
	return proof.ParseTrust(b.Trust)
}

// printVerdict says what was proven and what was not.
func printVerdict(w io.Writer, v *audit.Verdict, r verification) {
	if r.Trust == "file" {
		fmt.Fprintln(w, "VERIFIED: everything below follows from records and papers signed by keys that the trust file stands for.")
	} else {
		fmt.Fprintln(w, "CONSISTENT: the bundle does not contradict itself, on the keys that came with it. That proves nothing about who")
		fmt.Fprintln(w, "made it: verify it with --trust and a trust file from somebody you trust.")
	}
	e := v.Evidence
	fmt.Fprintf(w, "  sealed by    %s (%s)\n", e.Keys.Name(e.Seal.Organisation), e.Seal.Name)
	fmt.Fprintf(w, "  evidence     %d records in %d signed batches, %d tickets, %d documents\n", r.Records, len(e.Bundle.Batches), r.Tickets, len(e.Bundle.Documents))
	if v.Decision != nil {
		printDecision(w, v.Decision)
	}
	for _, m := range v.Remarks {
		fmt.Fprintf(w, "  %-12s %s\n", m.Kind, m.Text)
	}
	for _, u := range v.Unchecked {
		fmt.Fprintf(w, "  not shown    %s\n", u)
	}
}

// standing is what documents say of a bundle that was verified on a trust file, or on its own keys.
func standing(on string) document.Standing {
	if on == "file" {
		return document.Verified
	}
	return document.Consistent
}

// consistentOnly is what a command ends with that read a bundle on its own keys.
func consistentOnly(on string) error {
	if on == "bundle" {
		return &exitError{exitConsistent, errors.New("consistent only")}
	}
	return nil
}
