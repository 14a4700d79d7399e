package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
)

// utilizationCommand sets what is claimed against what stands behind it.
func utilizationCommand() *cobra.Command {
	var a asking
	c := &cobra.Command{
		Use: "utilization", Short: "What is claimed on certificates, producers and sources, against what they cover",
		Long: "Adds up the net volume of all entries whose claims stand, by the certificate that each rests on: over its blanket period, by month\n" +
			"where it states a quantity a month, or for its single shipment. Then by the producer that certificates name, and month of\n" +
			"importation, against what all of his sources are stated to produce in a month; and what was received of each source that\n" +
			"states a capacity, by month. Exit code 4 when more rests on something than it covers, or a certificate of one shipment\n" +
			"that states no quantity carries two entries. A bundle has one entry: ask a cloud for all.",
		Example: "  gauger utilization\n  gauger utilization --csv > utilization.csv",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return ask(c, a, question[[]audit.Utilization]{path: "/v1/utilization", of: (*audit.Case).Utilization}, answer[[]audit.Utilization]{
				print: printUtilization, rows: utilizationRows, ends: func(all []audit.Utilization) error {
					for _, s := range all {
						if s.Finding != "" {
							return &exitError{exitDue, errors.New("more is claimed than is covered")}
						}
					}
					return nil
				},
			})
		},
	}
	a.flags(c)
	return c
}

func printUtilization(w io.Writer, all []audit.Utilization) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "no claim stands, and no source states a capacity")
		return err
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "rests on\tfrom\tto\tclaimed\tcovers\tused\tbasis\tstated by\tentries")
	for _, s := range all {
		of := fmt.Sprintf("%s %s", s.Kind, s.Of)
		if s.Shipment != "" {
			of += " for " + s.Shipment
		}
		covers, used := "not stated", ""
		if s.Limit != nil {
			covers, used = s.Limit.String(), fmt.Sprintf("%.2f %%", 100*float64(s.Claimed)/float64(*s.Limit))
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", of, s.From, s.To, s.Claimed, covers, used, s.Basis, s.Stated, strings.Join(s.Entries, ", "))
	}
	if err := out.Flush(); err != nil {
		return err
	}
	for _, s := range all {
		if s.Finding != "" {
			fmt.Fprintf(w, "\nfinding: %s\n", s.Finding)
		}
	}
	return nil
}

func utilizationRows(all []audit.Utilization) [][]string {
	rows := [][]string{{"kind", "of", "certificate", "shipment", "stated_by", "from", "to", "basis", "limit", "claimed", "entries", "finding"}}
	for _, s := range all {
		row := []string{string(s.Kind), s.Of, "", s.Shipment, s.Stated, string(s.From), string(s.To), s.Basis.String(), "", s.Claimed.String(),
			strings.Join(s.Entries, ", "), s.Finding}
		if s.Certificate != nil {
			row[2] = s.Certificate.String()
		}
		if s.Limit != nil {
			row[8] = s.Limit.String()
		}
		rows = append(rows, row)
	}
	return rows
}
