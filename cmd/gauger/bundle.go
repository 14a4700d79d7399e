package main

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
)

func bundleCommand() *cobra.Command {
	c := &cobra.Command{Use: "bundle", Short: "Put everything behind an entry into one file, and take figures out of it"}
	var cloud, entry, depth, key, out string
	var at instant
	seal := &cobra.Command{
		Use: "make", Short: "Fetch the evidence from the cloud and seal it with a party's own key", Args: noArgs,
		Example: "  gauger bundle make --entry ZZ9-0310241-8 --key party.key -o ZZ9-0310241-8.gauger",
		RunE: func(c *cobra.Command, _ []string) error {
			path := "/v1/bundle"
			if entry != "" {
				path = "/v1/entries/" + url.PathEscape(entry) + "/bundle"
			}
			payload, err := call(c.Context(), http.MethodGet, cloud+path+"?depth="+url.QueryEscape(depth), nil)
			if err != nil {
				return err
			}
			file, err := sealBundle(payload, key, at)
			if err != nil {
				return err
			}
			return writeOut(out, file)
		},
	}
	cloudFlag(seal, &cloud)
	seal.Flags().StringVar(&entry, "entry", "", "entry number; without it, the evidence of all tickets and no decision")
	seal.Flags().StringVar(&depth, "depth", string(bundle.Tickets), "tickets: their records and every statement between; records: every record")
	seal.Flags().StringVar(&key, "key", "", "key of the importer or broker")
	seal.Flags().Var(&at, "at", "time of sealing; without it, now")
	outFlag(seal, &out, "the bundle")
	c.AddCommand(seal, bundleExportCommand())
	return c
}

// sealBundle signs evidence as the bundle that it is.
func sealBundle(payload []byte, keyRef string, at instant) ([]byte, error) {
	signer, err := signingKey(keyRef)
	if err != nil {
		return nil, usage(err)
	}
	var b bundle.Bundle
	if err := cose.Unmarshal(payload, &b); err != nil {
		return nil, fmt.Errorf("the cloud's evidence: %w", err)
	}
	b.Sealed = at.orNow()
	return b.Seal(signer)
}
