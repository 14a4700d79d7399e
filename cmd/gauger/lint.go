package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/api"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/customs/lint"
)

// maxLintFiles bounds how many documents one run holds in memory.
const maxLintFiles = 1000

// lintCommand checks import documents of others.
func lintCommand() *cobra.Command {
	var asJSON, rules bool
	c := &cobra.Command{
		Use: "lint FILE...", Short: "Check credentials and entry lines of others for what cannot be right",
		Long: "Reads credentials of the vocabulary of the CBP tests, with or without their envelope, presentations, and entry lines as JSON; one\n" +
			"document, an array, or one after the other. Prints a line for each mistake: where it is, the rule, what is wrong with the figure\n" +
			"that would be right, and the mend. Signatures are not looked at. A claim of preference is held against the certificates of origin\n" +
			"in all of the files. Exit code 1 when there is an error, 0 when there is none or there are warnings only.",
		Example: "  gauger lint ticket.json\n  gauger lint entry.json certificate.json --json\n  gauger lint --rules",
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case rules && len(args) > 0:
				return usage(errors.New("--rules lists the rules and takes no files"))
			case rules:
				return printRules(c.OutOrStdout(), asJSON)
			case len(args) == 0:
				return usage(errors.New("name the files to check, or - for standard input"))
			case len(args) > maxLintFiles:
				return usage(fmt.Errorf("%d files are more than %d: check them in several runs", len(args), maxLintFiles))
			}
			return lintFiles(c.OutOrStdout(), c.ErrOrStderr(), args, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print a list of findings, or of rules, as JSON")
	c.Flags().BoolVar(&rules, "rules", false, "list the rules")
	return c
}

func lintFiles(out, problems io.Writer, names []string, asJSON bool) error {
	own, err := api.Tables()
	if err != nil {
		return err
	}
	tables, err := customs.ParseTables(own.Rates, own.Ports)
	if err != nil {
		return err
	}
	var files []lint.File
	for _, name := range names {
		b, err := readIn(name, lint.MaxSize)
		if err != nil {
			return usage(err)
		}
		files = append(files, lint.File{Name: name, Data: b})
	}
	report, err := lint.Check(tables, files...)
	if err != nil {
		return usage(err)
	}
	if asJSON {
		err = json.NewEncoder(out).Encode(append([]lint.Finding{}, report.Findings...))
	} else {
		err = printFindings(out, report)
	}
	if err != nil {
		return err
	}
	if report.More > 0 {
		fmt.Fprintf(problems, "gauger: %d more findings are not listed\n", report.More)
	}
	if n := report.Errors(); n > 0 {
		return fmt.Errorf("%d of the findings are errors", n)
	}
	return nil
}

func printFindings(w io.Writer, r lint.Report) error {
	for _, f := range r.Findings {
		place := f.File
		if f.Line > 0 {
			place += ":" + strconv.Itoa(f.Line)
		}
		if _, err := fmt.Fprintf(w, "%s: %s: %s %s: %s; %s [%s]\n", place, printable(f.Path), f.Rule, f.Severity, f.Message, f.Mend,
			f.Citation); err != nil {
			return err
		}
	}
	return nil
}

// printable quotes a path whose names hold what a terminal would act on.
func printable(path string) string {
	if quoted := strconv.Quote(path); quoted != `"`+path+`"` {
		return quoted
	}
	return path
}

func printRules(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(lint.Rules())
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range lint.Rules() {
		fmt.Fprintln(t, strings.Join([]string{r.ID, string(r.Severity), r.Title, r.Citation, string(r.Verified)}, "\t"))
	}
	return t.Flush()
}
