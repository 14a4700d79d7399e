package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
)

// maxTable bounds a table of rules or rates that is read from a file, in bytes.
const maxTable = 512 << 10

// changing is a change as the flags have it.
type changing struct {
	certificates, sources, events, instead []string
	rules, rates                           string
	knownAt                                instant
}

// whatIfCommand says what entries would come to if something that they rest on were otherwise.
func whatIfCommand() *cobra.Command {
	var a asking
	var ch changing
	c := &cobra.Command{
		Use: "what-if", Short: "What entries would come to if something that they rest on were otherwise", Args: noArgs,
		Long: "Decides anew about every entry that rests on what changes: a certificate that is withdrawn, a source that does not originate, an\n" +
			"event that is taken back or corrected, other rates or rules, an earlier state of knowledge. Prints each entry that comes to\n" +
			"something else, before and after, with what is owed more, and the reasons; the others are counted. Changes can be combined.\n" +
			"Nothing is changed in the books. Interest is not in the amounts: this program has no rates of it.",
		Example: "  gauger what-if --without-certificate C-2024\n  gauger what-if --source heel-bitumen=no --json\n" +
			"  gauger what-if --rates changed.yaml --bundle entry.gauger --trust trust.txt",
		RunE: func(c *cobra.Command, _ []string) error {
			change, err := ch.read()
			if err != nil {
				return usage(err)
			}
			asked, err := json.Marshal(change)
			if err != nil {
				return err
			}
			return ask(c, a, question[*audit.Consequences]{path: "/v1/what-if", body: asked, of: func(k *audit.Case) (*audit.Consequences, error) {
				return k.WhatIf(change)
			}}, answer[*audit.Consequences]{print: printConsequences, rows: consequenceRows})
		},
	}
	a.flags(c)
	c.Flags().StringArrayVar(&ch.certificates, "without-certificate", nil, "a certificate that supports no claim: its id or SHA-256")
	c.Flags().StringArrayVar(&ch.sources, "source", nil, "another origin of a source, from the start: ID=no, ID=unproven or ID=yes")
	c.Flags().StringArrayVar(&ch.events, "without-event", nil, "id of an event that is taken back, with what rests on it")
	c.Flags().StringArrayVar(&ch.instead, "instead", nil, "file with an event as JSON, in the place of the one of the same id")
	c.Flags().StringVar(&ch.rates, "rates", "", "file with other rates")
	c.Flags().StringVar(&ch.rules, "rules", "", "file with other rules of origin")
	knownFlag(c, &ch.knownAt)
	return c
}

// read makes the change.
func (ch changing) read() (audit.Change, error) {
	out := audit.Change{Certificates: ch.certificates, KnownAt: ch.knownAt.ms()}
	for _, s := range ch.sources {
		i := strings.LastIndex(s, "=")
		if i < 0 {
			return out, fmt.Errorf("--source is %q, want ID=no, ID=unproven or ID=yes", s)
		}
		out.Sources = append(out.Sources, audit.SourceChange{Source: s[:i], Originating: custody.Status(s[i+1:])})
	}
	for _, id := range ch.events {
		out.Voids = append(out.Voids, custody.Void{Of: id})
	}
	for _, path := range ch.instead {
		draft, err := readIn(path, maxDocument)
		if err != nil {
			return out, err
		}
		e, err := readPaper[custody.Event](draft)
		if err != nil {
			return out, fmt.Errorf("%s: %w", path, err)
		}
		e.Version = custody.Version // as signing sets it
		out.Voids = append(out.Voids, custody.Void{Of: e.ID, Replacement: &e})
	}
	for _, table := range []struct {
		path string
		into *string
	}{{ch.rates, &out.Rates}, {ch.rules, &out.Rules}} {
		if table.path == "" {
			continue
		}
		b, err := readIn(table.path, maxTable)
		if err != nil {
			return out, err
		}
		if len(bytes.TrimSpace(b)) == 0 {
			return out, fmt.Errorf("%s is empty, want a table such as gauger tables prints", table.path)
		}
		*table.into = string(b)
	}
	if out.Empty() {
		return out, errors.New("say what changes: --without-certificate, --source, --without-event, --instead, --rates, --rules or --known-at")
	}
	return out, nil
}

func printConsequences(w io.Writer, r *audit.Consequences) error {
	for _, d := range r.Differences {
		fmt.Fprintf(w, "entry %s, batch %s, importer %s\n", d.Entry, d.Batch, d.Importer)
		fmt.Fprintf(w, "  before  %s\n  after   %s\n", outcomeText(d.Before), outcomeText(d.After))
		if d.Before.Undecided == "" && d.After.Undecided == "" {
			fmt.Fprintf(w, "  owed    %s\n", amountsText(d.Owed))
		}
		for _, reason := range d.Reasons {
			fmt.Fprintf(w, "    %-5s %s [%s; %s]\n", reason.Outcome, reason.Text, reason.Citation, reason.Verified)
		}
		fmt.Fprintln(w)
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range []struct {
		what  string
		count int
	}{
		{"entries", r.Entries}, {"not resting on it", r.Untouched}, {"not made yet", r.NotYet}, {"coming to the same", len(r.Same)},
		{"coming to something else", len(r.Differences)}, {"of these monthly, now daily", r.Daily}, {"of these without a decision", r.Undecided},
	} {
		fmt.Fprintf(out, "%s\t%d\n", row.what, row.count)
	}
	for _, id := range r.Fallen {
		fmt.Fprintf(out, "event that falls with it\t%s\n", id)
	}
	for _, finding := range r.Exceeded {
		fmt.Fprintf(out, "more than is covered\t%s\n", finding)
	}
	fmt.Fprintf(out, "owed in all\t%s\n\t%s\n", amountsText(r.Owed), r.Note)
	return out.Flush()
}

// outcomeText says in a line what an entry comes to.
func outcomeText(o audit.Outcome) string {
	if o.Undecided != "" {
		return "no decision: " + o.Undecided
	}
	claim, origin := "no claim", "not originating"
	if o.SPI != "" {
		claim = o.SPI + " claimed"
	}
	if o.Qualifies {
		origin = "originating, criterion " + o.Criterion
	}
	text := fmt.Sprintf("%s, %s, %s entry due %s; duty $%s, additional $%s, MPF $%s, HMF $%s, in all $%s",
		origin, claim, o.Regime, o.Due, o.Duty, o.Additional, o.MPF, o.HMF, o.Total)
	if o.Reclaimed != 0 {
		text += fmt.Sprintf("; $%s came back by a later claim", o.Reclaimed)
	}
	for _, why := range []string{o.Refused, o.LaterRefused} {
		if why != "" {
			text += "; " + why
		}
	}
	return text
}

func amountsText(a audit.Amounts) string {
	return fmt.Sprintf("$%s: duty $%s, additional $%s, MPF $%s, HMF $%s, reclaimed $%s", a.Total, a.Duty, a.Additional, a.MPF, a.HMF, a.Reclaimed)
}

// consequenceRows returns two rows for each difference, before and after.
func consequenceRows(r *audit.Consequences) [][]string {
	rows := [][]string{{
		"entry", "importer", "batch", "when", "qualifies", "criterion", "spi", "regime", "due", "hts", "barrels", "value", "duty", "additional", "mpf",
		"hmf", "reclaimed", "total", "why", "quantity",
	}}
	for _, d := range r.Differences {
		for _, x := range []struct {
			when string
			audit.Outcome
		}{{"before", d.Before}, {"after", d.After}} {
			row := []string{d.Entry, d.Importer, d.Batch, x.when}
			if x.Undecided != "" {
				rows = append(rows, append(append(row, make([]string, 14)...), x.Undecided, ""))
				continue
			}
			why := strings.Join(nonempty(x.Refused, x.LaterRefused), "; ")
			rows = append(rows, append(row, fmt.Sprint(x.Qualifies), x.Criterion, x.SPI, string(x.Regime), string(x.Due), x.HTS, fmt.Sprint(x.Barrels),
				x.Value.String(), x.Duty.String(), x.Additional.String(), x.MPF.String(), x.HMF.String(), x.Reclaimed.String(), x.Total.String(), why,
				fmt.Sprint(x.Quantity)))
		}
	}
	return rows
}

// nonempty returns the texts that say something.
func nonempty(texts ...string) (some []string) {
	for _, t := range texts {
		if t != "" {
			some = append(some, t)
		}
	}
	return some
}
