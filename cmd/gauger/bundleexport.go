package main

import (
	"cmp"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/evidence/cose"
)

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
		Example: "  gauger bundle export ZZ9-0310241-8.gauger --trust trust.txt --what tickets -o tickets.csv\n" +
			"  gauger bundle export ZZ9-0310241-8.gauger --trust trust.txt --what balance --format xlsx -o balance.xlsx",
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
	outFlag(c, &out, "the table")
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
