package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
)

// crossingsCommand sets what crossed a port against what was entered.
func crossingsCommand() *cobra.Command {
	var a asking
	var due bool
	var asOf, within string
	c := &cobra.Command{
		Use: "crossings PORT MONTH | crossings --due [PORT]", Short: "What crossed a port in a month, against what was entered of it; what is due",
		Long: "PORT is a code of Schedule D, 3407; MONTH one of customs days at the port, 2024-03. Prints each lot that was metered, delivered or\n" +
			"withdrawn at a place of the port, with its entries; the sums by day, carrier and shipper (who owned it); the totals by line.\n" +
			"The column \"by\" says what the place belongs to the port by, \"rests on\" by what the volume is known: signed, attested, typed.\n" +
			"With --due it lists the lots whose entry waits, at that port or at any: not entered, or sold without the carrier's\n" +
			"acknowledgement. Exit code 4 when there are any, 0 when there are none, so that a timer can raise the alarm.\n" +
			"A bundle has the papers of one entry, so that little can be missing from it: ask a cloud for completeness.",
		Example: "  gauger crossings 3407 2024-03\n  gauger crossings --due --within 5d\n  gauger crossings --due 3407 --as-of 2024-03-20T07:00:00-05:00 --csv",
		Args: func(c *cobra.Command, args []string) error {
			switch {
			case due && len(args) > 1:
				return usage(errors.New("--due wants one port or none"))
			case due:
				return nil
			case asOf != "" || within != "":
				return usage(errors.New("--as-of and --within go with --due"))
			case len(args) != 2:
				return usage(errors.New("want two arguments: the code of a port and a month, such as 3407 2024-03"))
			}
			return usage(audit.CheckCrossings(args[0], args[1]))
		},
		RunE: func(c *cobra.Command, args []string) error {
			if due {
				return askPending(c, a, strings.Join(args, ""), asOf, within)
			}
			return ask(c, a, question[*audit.Crossings]{
				path: "/v1/crossings/" + url.PathEscape(args[0]) + "/" + url.PathEscape(args[1]),
				of:   func(k *audit.Case) (*audit.Crossings, error) { return k.Crossings(args[0], args[1]) },
			}, answer[*audit.Crossings]{print: printCrossings, rows: crossingRows})
		},
	}
	a.flags(c)
	c.Flags().BoolVar(&due, "due", false, "list what waits for its entry, or for the right to make one")
	c.Flags().StringVar(&asOf, "as-of", "", "with --due: as known at this instant, such as 2024-03-20T07:00:00-05:00; without it, now")
	c.Flags().StringVar(&within, "within", "", "with --due: only what is due within so many days, such as 5d, and what is overdue")
	return c
}

func printCrossings(w io.Writer, r *audit.Crossings) error {
	fmt.Fprintf(w, "port %s %s, %s\n\n", r.Port, r.Name, r.Month)
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "day\tlot\tof\tplace\tby\tticket\trests on\tbasis\tcrossed\tentered\tin bond\tdifference\tentries\tentry due\tright to make entry")
	for _, x := range r.Lots {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", x.Day, x.Batch, x.Line, x.Place, x.Belongs, x.Ticket, x.Evidence, x.Basis,
			x.Crossed, x.Entered, x.InBond, x.Difference, entriesOf(r.Port, x), dueText(x), rightText(x))
	}
	fmt.Fprintln(out, "\nday\tcarrier\tshipper\tlots\tbasis\tcrossed\tentered\tin bond\tnot entered\tdifference")
	for _, s := range r.Sums {
		fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", s.Day, s.Carrier, s.Shipper, s.Lots, s.Basis, s.Crossed, s.Entered, s.InBond,
			s.NotEntered, s.Difference)
	}
	fmt.Fprintln(out, "\nin all out of\tlots\tbasis\tcrossed\tentered\tin bond\tnot entered\tdifference")
	for _, s := range r.Totals {
		fmt.Fprintf(out, "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\n", s.Line, s.Lots, s.Basis, s.Crossed, s.Entered, s.InBond, s.NotEntered, s.Difference)
	}
	for _, u := range r.Unmatched {
		fmt.Fprintf(out, "\nentry %s of batch %s, %s: %s", u.Entry, u.Batch, u.Of, u.Why)
	}
	if len(r.Unmatched) > 0 {
		fmt.Fprintln(out)
	}
	return out.Flush()
}

// entriesOf returns the entries of a lot, with what is doubtful about them.
func entriesOf(port string, x audit.Crossing) string {
	var all []string
	if x.Bond != "" {
		all = append(all, "in bond "+x.Bond)
	}
	for _, e := range x.Entries {
		text := e.Entry
		if e.Port != port {
			text += " at " + e.Port
		}
		if e.Doubt != "" {
			text += " (" + e.Doubt + ")"
		}
		all = append(all, text)
	}
	if all == nil {
		return "none"
	}
	return strings.Join(all, ", ")
}

// crossingRows returns a row for each lot, and for each entry of what did not cross.
func crossingRows(r *audit.Crossings) [][]string {
	rows := [][]string{{
		"port", "month", "day", "carrier", "shipper", "lot", "of", "place", "belongs_by", "point", "ticket", "at", "basis", "crossed", "entered",
		"in_bond", "difference", "entries", "due_dutiable", "due_free", "right", "right_party", "right_sale", "right_since", "rests_on",
	}}
	for _, x := range r.Lots {
		rows = append(rows, []string{
			r.Port, r.Month, string(x.Day), x.Carrier, x.Shipper, x.Batch, x.Line, x.Place, string(x.Belongs), x.Point, x.Ticket, stamp(x.At),
			x.Basis.String(), x.Crossed.String(), x.Entered.String(), x.InBond.String(), x.Difference.String(), entriesOf(r.Port, x),
			string(x.Due.Dutiable), string(x.Due.Free), string(x.Right.Status), x.Right.Party, x.Right.Sale, stamp(x.Right.Since),
			string(x.Evidence),
		})
	}
	for _, u := range r.Unmatched {
		rows = append(rows, []string{
			r.Port, r.Month, string(u.Day), "", "", u.Batch, "", "", "", u.Point, "", "", "", "", "", "", "", u.Entry + " (" + u.Of + ": " + u.Why + ")",
			"", "", "", "", "", "", "",
		})
	}
	return rows
}
