package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/ticket"
)

// showing is a ticket and how it is shown.
type showing struct {
	bundle, trust   string
	version         uint64
	pdf, paper, url string
	signatures      []string
}

func (s *showing) flags(c *cobra.Command) {
	c.Flags().StringVar(&s.pdf, "pdf", "", "write a page to print to this file instead, or to - for standard output")
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
	t, err := ticket.Decode(r.Encoded)
	if err != nil {
		return usage(fmt.Errorf("%s: %w", name, err))
	}
	printTicket(w, t)
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

// bundleExportCommand takes figures out of a verified bundle.
func bundleExportCommand() *cobra.Command {
	var what, format, trust, out string
	c := &cobra.Command{
		Use: "export BUNDLE", Short: "Write tickets, movements, balances or statements of a bundle as CSV or XLSX, once it is verified",
		Args: oneArg("the bundle file, or -"),
		Long: "tickets: every version of every ticket. movements: every movement of the books. balance: what went in and out of every tank and\n" +
			"line, and each batch from meter to meter. statements: carriers' months beside the books.\n" +
			"Units stand in the headings, the first line names the bundle, the last one has the SHA-256 of the lines between. Exit codes\n" +
			"are those of verify; nothing is written when the evidence fails.",
		RunE: func(_ *cobra.Command, args []string) error {
			file, err := readIn(args[0], cose.MaxMessage)
			if err != nil {
				return usage(err)
			}
			table, write := tables[what], formats[format]
			if table == nil || write == nil {
				return usage(fmt.Errorf("--what is %q and --format %q, want tickets, movements, balance or statements, and csv or xlsx", what, format))
			}
			v, on, err := checkFile(args[0], file, trust)
			if err != nil {
				return err
			}
			if v.Case == nil && what != "tickets" {
				return usage(fmt.Errorf("%s carries evidence only, no books: export its tickets", args[0]))
			}
			t, err := table(v)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			t.Source, t.Made = document.Source(v.Evidence, file, standing(on))
			b, err := write(t)
			if err != nil {
				return err
			}
			return cmp.Or(writeOut(out, b), consistentOnly(on))
		},
	}
	c.Flags().StringVar(&what, "what", "", "tickets, movements, balance or statements")
	c.Flags().StringVar(&format, "format", "csv", "csv or xlsx")
	c.Flags().StringVar(&trust, "trust", "", "trust file from outside: whose ledger and whose keys count")
	c.Flags().StringVarP(&out, "out", "o", "-", "where to write the table")
	return c
}

// tables make what is asked for of a verified bundle with books.
var tables = map[string]func(*audit.Verdict) (*document.Table, error){
	"tickets":    func(v *audit.Verdict) (*document.Table, error) { return document.Tickets(v.Evidence) },
	"movements":  func(v *audit.Verdict) (*document.Table, error) { return document.Movements(v.Case.Books), nil },
	"balance":    func(v *audit.Verdict) (*document.Table, error) { return document.Balance(v.Case.Books) },
	"statements": func(v *audit.Verdict) (*document.Table, error) { return document.Statements(v.Case.Books) },
}

var formats = map[string]func(*document.Table) ([]byte, error){"csv": (*document.Table).CSV, "xlsx": (*document.Table).XLSX}
