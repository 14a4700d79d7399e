package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/api"
	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/evidence/ticket"
)

func ticketShowCommand() *cobra.Command {
	var s showing
	c := &cobra.Command{
		Use: "show TICKET", Short: "Print a ticket, as text or as a page to sign", Args: oneArg("the ticket file, or -; with --bundle the ticket's number"),
		Long: "Prints a ticket file, or with --bundle the ticket of that number, once the bundle is verified: exit code 3 when only on the keys\n" +
			"that came with it. With --pdf it is one page with the fields of 43 CFR 3174.12. What nothing at hand states is printed as not\n" +
			"stated; a bundle states more than a ticket file: the parties' names and keys, the meter's counter, the laboratory's report.",
		Example: "  gauger ticket show T-1.ticket\n" +
			"  gauger ticket show T-3001 --bundle ZZ9-0310241-8.gauger --trust trust.txt --pdf T-3001.pdf --paper letter",
		RunE: func(c *cobra.Command, args []string) error { return s.show(c.OutOrStdout(), args[0]) },
	}
	s.flags(c)
	return c
}

// showing is a ticket and how it is shown.
type showing struct {
	bundle, trust   string
	version         uint64
	pdf, paper, url string
	asJSON          bool
	signatures      []string
}

func (s *showing) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.pdf, "pdf", "", "write a page to print to this file instead, or to - for standard output")
	c.Flags().BoolVar(&s.asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&s.paper, "paper", string(document.A4), "with --pdf: a4 or letter")
	c.Flags().StringVar(&s.url, "url", "", "with --pdf: address below which gauger:ticket:SHA-256 leads to the proof; the QR code then leads there")
	c.Flags().StringArrayVar(&s.signatures, "signature", nil,
		"with --pdf and without --bundle: signature file, first of the party that delivers, then of the one that receives")
	c.Flags().StringVar(&s.bundle, "bundle", "", "a bundle to take the ticket from")
	c.Flags().StringVar(&s.trust, "trust", "", "with --bundle: trust file from outside, whose ledger and whose keys count")
	c.Flags().Uint64Var(&s.version, "version", 0, "with --bundle: version of the ticket; without it, the newest")
}

func (s *showing) show(w io.Writer, name string) error {
	switch {
	case s.pdf == "" && (s.url != "" || s.signatures != nil):
		return usage(errors.New("--url and --signature go with --pdf"))
	case s.pdf != "" && s.asJSON:
		return usage(errors.New("choose one of --json and --pdf"))
	case s.bundle == "" && (s.trust != "" || s.version != 0):
		return usage(errors.New("--trust and --version go with --bundle"))
	case s.bundle != "" && s.signatures != nil:
		return usage(errors.New("choose one of --signature and --bundle, which brings the signatures along"))
	case s.signatures != nil && len(s.signatures) != 2:
		return usage(errors.New("want two of --signature: first of the party that delivers, then of the one that receives"))
	}
	take := s.fromFile
	if s.bundle != "" {
		take = s.fromBundle
	}
	r, ends, err := take(name)
	if err != nil {
		return err
	}
	if s.pdf != "" {
		page, err := r.PDF(document.Print{Paper: document.Paper(s.paper), URL: s.url})
		if err != nil {
			return usage(fmt.Errorf("%s: %w", name, err))
		}
		return cmp.Or(writeOut(s.pdf, page), ends)
	}
	v, err := api.View(r.Encoded)
	switch {
	case err != nil:
		return usage(fmt.Errorf("%s: %w", name, err))
	case s.asJSON:
		return cmp.Or(json.NewEncoder(w).Encode(v), ends)
	}
	printTicket(w, v.Ticket)
	return ends
}

// fromFile returns what a ticket file, and the signatures given, say.
func (s *showing) fromFile(path string) (r *document.RunTicket, ends, err error) {
	b, _, err := readTicket(path)
	if err != nil {
		return nil, nil, err
	}
	r = document.Unproven(b)
	for i, path := range s.signatures {
		b, err := readIn(path, ticket.MaxSize)
		if err == nil {
			err = r.Sign(i, b)
		}
		if err != nil {
			return nil, nil, usage(fmt.Errorf("signature %s: %w", path, err))
		}
	}
	return r, nil, nil
}

// fromBundle returns what a bundle proves of a ticket, and what the command ends with after showing it.
func (s *showing) fromBundle(number string) (r *document.RunTicket, ends, err error) {
	v, on, err := check(s.bundle, s.trust)
	if err != nil {
		return nil, nil, err
	}
	hash, err := document.Find(v.Evidence, number, s.version)
	if err != nil {
		return nil, nil, err
	}
	r, err = document.Proven(v.Evidence, booksOf(v), hash, standing(on))
	return r, consistentOnly(on), err
}

// booksOf returns the books that a bundle was decided on, or nil.
func booksOf(v *audit.Verdict) *custody.Ledger {
	if v.Case == nil {
		return nil
	}
	return v.Case.Books
}
