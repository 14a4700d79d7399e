package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
)

// askPending lists what waits for its entry. The command ends with exit code 4 when something does.
func askPending(c *cobra.Command, a asking, port, asOf, within string) error {
	if asOf == "" {
		asOf = time.Now().Format(time.RFC3339)
	}
	at, days, err := audit.ParsePending(port, asOf, within)
	if err != nil {
		return usage(err)
	}
	query := url.Values{"asOf": {asOf}}
	for name, value := range map[string]string{"port": port, "within": within} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return ask(c, a, question[*audit.PendingEntries]{path: "/v1/crossings", query: query, of: func(k *audit.Case) (*audit.PendingEntries, error) {
		return k.Pending(port, at, days)
	}}, answer[*audit.PendingEntries]{print: printPending, rows: pendingRows, ends: func(p *audit.PendingEntries) error {
		if len(p.Lots) == 0 {
			return nil
		}
		return &exitError{exitDue, errors.New("something waits")}
	}})
}

func printPending(w io.Writer, p *audit.PendingEntries) error {
	fmt.Fprintf(w, "as of %s", stamp(p.AsOf))
	if p.Days >= 0 {
		fmt.Fprintf(w, ", due within %d days", p.Days)
	}
	if len(p.Lots) == 0 {
		_, err := fmt.Fprintln(w, ": nothing waits for its entry")
		return err
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "\n\ndue\tdays left\tport\tlot\tcrossed on\tvolume\twaits for\tentry due\tright to make entry\n")
	for _, l := range p.Lots {
		due, left := string(l.Due), strconv.Itoa(l.Left)
		if due == "" {
			due, left = "unknown", ""
		}
		fmt.Fprintf(out, "%s\t%s\t%s %s\t%s\t%s\t%s %s\t%s\t%s\t%s\n", due, left, l.Port, l.Name, l.Lot.Batch, l.Lot.Day, l.Lot.Crossed, l.Lot.Basis,
			strings.Join(l.Why, "; "), dueText(l.Lot), rightText(l.Lot))
	}
	return out.Flush()
}

func pendingRows(p *audit.PendingEntries) [][]string {
	rows := [][]string{{
		"as_of", "due", "days_left", "port", "lot", "day", "place", "ticket", "basis", "crossed", "entered", "difference", "why", "due_dutiable", "due_free",
		"right", "right_party", "right_sale", "right_since",
	}}
	for _, l := range p.Lots {
		x := l.Lot
		rows = append(rows, []string{
			stamp(p.AsOf), string(l.Due), strconv.Itoa(l.Left), l.Port, x.Batch, string(x.Day), x.Place, x.Ticket, x.Basis.String(), x.Crossed.String(),
			x.Entered.String(), x.Difference.String(), strings.Join(l.Why, "; "), string(x.Due.Dutiable), string(x.Due.Free), string(x.Right.Status),
			x.Right.Party, x.Right.Sale, stamp(x.Right.Since),
		})
	}
	return rows
}

// dueText says when an entry is due, where one is.
func dueText(x audit.Crossing) string {
	switch {
	case x.Difference <= 0 && x.Bond != "":
		return "in bond"
	case x.Difference <= 0:
		return "entered"
	case x.Due.First() == "":
		return "unknown: " + x.Due.Unknown
	case x.Due.Free == x.Due.Dutiable || x.Due.Free == "":
		return string(x.Due.Dutiable)
	}
	return fmt.Sprintf("%s, free of duty %s", x.Due.Dutiable, x.Due.Free)
}

// rightText says who may make entry.
func rightText(x audit.Crossing) string {
	switch {
	case x.Right.Status == audit.PendingSale:
		return fmt.Sprintf("%s, pending since %s: %s is not acknowledged", x.Right.Party, stamp(x.Right.Since), x.Right.Sale)
	case x.Right.Sale == "":
		return x.Right.Party + ", never sold"
	case x.Right.Since > x.At:
		return fmt.Sprintf("%s, settled by %s after the crossing", x.Right.Party, x.Right.Sale)
	}
	return fmt.Sprintf("%s, settled by %s", x.Right.Party, x.Right.Sale)
}
