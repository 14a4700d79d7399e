package main

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
)

// custodyCommand prints the chains of custody and ownership of a batch or lot.
func custodyCommand() *cobra.Command {
	var a asking
	var known instant
	c := &cobra.Command{
		Use: "custody LOT", Short: "Who had a batch or lot in custody and who owned it, with tickets and papers",
		Long: "Prints what happened to it in the order of time: where it was measured, by which ticket; who passed it to whom; who sold it to whom,\n" +
			"and when the carrier acknowledged that. Beside each stands who had custody and who owned it from then on. The paper is the\n" +
			"SHA-256 of the signed statement, here its first 12 digits. With --known-at it is what was known at that instant.",
		Args: oneArg("the id of a batch or lot"),
		Example: "  gauger custody B-1\n" +
			"  gauger custody B-1 --bundle ZZ9-0310241-8.gauger --trust trust.txt --csv",
		RunE: func(c *cobra.Command, args []string) error {
			return ask(c, a, question[*audit.Chain]{path: "/v1/chains/" + url.PathEscape(args[0]), query: knownQuery(known), of: func(k *audit.Case) (*audit.Chain, error) {
				return k.Chain(args[0], known.ms())
			}}, answer[*audit.Chain]{print: printChain, rows: chainRows})
		},
	}
	a.flags(c)
	knownFlag(c, &known)
	return c
}

func printChain(w io.Writer, k *audit.Chain) error {
	fmt.Fprintf(w, "%s out of %s, %s %s", k.Batch, k.Line, k.Volume, k.Basis)
	if k.Of != "" {
		fmt.Fprintf(w, ", part of %s", k.Of)
	}
	if len(k.Into) > 0 {
		fmt.Fprintf(w, ", split into %s", strings.Join(k.Into, ", "))
	}
	state := "under way"
	if k.Delivered {
		state = "delivered"
	}
	fmt.Fprintf(w, ", %s\n\n", state)
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "at\twhat\twhere\tticket\tcustody\towner\tevent\tpaper")
	for _, l := range k.Links {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%.12s\n", stamp(l.At), linkText(l), l.Place, ticketText(l), l.Custodian, l.Owner, l.Event, l.Paper)
	}
	return out.Flush()
}

// linkText says what a link is.
func linkText(l audit.Link) string {
	switch l.Kind {
	case audit.Measured:
		if l.Ticket == "" {
			return fmt.Sprintf("stated %s", l.Volume)
		}
		return fmt.Sprintf("measured %s", l.Volume)
	case audit.CustodyPasses:
		return "passed on"
	case audit.OwnershipPasses:
		return "sold"
	case audit.SaleNoted:
		return l.Note + " noted by " + l.From
	}
	return "in bond " + l.Note
}

func ticketText(l audit.Link) string {
	if l.Ticket == "" {
		return ""
	}
	return fmt.Sprintf("%s version %d", l.Ticket, l.Version)
}

func chainRows(k *audit.Chain) [][]string {
	rows := [][]string{{
		"lot", "at", "kind", "place", "from", "to", "custodian", "owner", "basis", "volume", "ticket", "version", "note", "event", "paper",
	}}
	for _, l := range k.Links {
		volume, version := "", ""
		if l.Volume != nil {
			volume = l.Volume.String()
		}
		if l.Ticket != "" {
			version = strconv.FormatUint(l.Version, 10)
		}
		rows = append(rows, []string{
			k.Batch, stamp(l.At), string(l.Kind), l.Place, l.From, l.To, l.Custodian, l.Owner, k.Basis.String(), volume, l.Ticket, version, l.Note, l.Event,
			l.Paper.String(),
		})
	}
	return rows
}
