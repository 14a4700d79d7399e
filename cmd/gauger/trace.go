package main

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/metrology/quantity"
)

// traceCommand follows oil through the books of a cloud, or of a bundle.
func traceCommand() *cobra.Command {
	var a asking
	var forward bool
	var asOf instant
	c := &cobra.Command{
		Use: "trace NAME", Short: "Follow the oil of an entry, batch, source or measuring point",
		Long: "Prints the sources that it came from, or with --forward where it went: each holding with its share. The shares add up to the\n" +
			"volume to the last micro-unit. NAME is the number of an entry, the id of a batch, lot or source, or a measuring point.\n" +
			"With --bundle the bundle is verified first and nothing else is asked: exit code 3 when only on the keys that came with it.",
		Args: oneArg("the number of an entry, the id of a batch or source, or a measuring point"),
		Example: "  gauger trace ZZ9-0310241-8\n" +
			"  gauger trace whitemud-bitumen --forward --as-of 2024-03-12T02:00:00Z --bundle ZZ9-0310241-8.gauger --trust trust.txt",
		RunE: func(c *cobra.Command, args []string) error {
			at, query := audit.EndOfTime, url.Values{}
			if asOf.given() {
				at = asOf.ms()
				query.Set("asOf", asOf.String())
			}
			if forward {
				query.Set("direction", "forward")
			}
			return ask(c, a, question[lineage.Trail]{path: "/v1/trails/" + url.PathEscape(args[0]), query: query, of: func(k *audit.Case) (lineage.Trail, error) {
				return k.Trail(args[0], forward, at)
			}}, answer[lineage.Trail]{print: printTrail, rows: trailRows})
		},
	}
	a.flags(c)
	c.Flags().BoolVar(&forward, "forward", false, "where it went instead of where it came from")
	c.Flags().Var(&asOf, "as-of", "where the oil was at this instant, such as 2024-03-05T06:00:00-07:00")
	return c
}

func printTrail(w io.Writer, t lineage.Trail) error {
	for _, h := range t.Of {
		if _, err := fmt.Fprintf(w, "%s of event %s, %s: %s %s\n", h.Account, h.Event, stamp(h.At), h.Volume, h.Basis); err != nil {
			return err
		}
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "\nshare %s\tof\tsource\tevidence\tat\tevent\n", t.Basis)
	shares := lined(append(slices.Clone(t.Parts), lineage.Part{Share: t.Volume}), func(p lineage.Part) quantity.Micro { return p.Share })
	for i, p := range t.Parts {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", shares[i], p.Account, p.Source, p.Evidence, stamp(p.At), p.Event)
	}
	fmt.Fprintf(out, "%s\tin all, over %d holdings\n", shares[len(t.Parts)], t.Passed)
	return out.Flush()
}

func trailRows(t lineage.Trail) [][]string {
	rows := [][]string{{"account", "source", "event", "at", "batch", "place", "point", "evidence", "basis", "volume", "share"}}
	for _, p := range t.Parts {
		rows = append(rows, []string{
			string(p.Account), p.Source, p.Event, stamp(p.At), p.Batch, p.Place, p.Point, string(p.Evidence), p.Basis.String(),
			p.Volume.String(), p.Share.String(),
		})
	}
	return rows
}
