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
	"github.com/gauger/gauger/metrology/quantity"
)

// booksCommand prints a list of what the books keep beside their movements.
func booksCommand() *cobra.Command {
	var a asking
	var known instant
	c := &cobra.Command{
		Use: "books " + strings.Join(audit.Registers(), "|"), Short: "What the books keep beside their movements, as known at an instant",
		Long: "Prints a list: closes of months by pool; voids, with whether they replaced an event, and were booked as adjustments after a close;\n" +
			"disputes of tickets, settled or not; seals by measuring point; parties and facilities as they described themselves last;\n" +
			"inventory methods by pool and fiscal year.\n" +
			"With --known-at it is what was known at that instant. A bundle has those that concern its entry.",
		Example: "  gauger books closes\n  gauger books disputes --known-at 2024-04-01T00:00:00-05:00 --csv", ValidArgs: audit.Registers(),
		Args: func(c *cobra.Command, args []string) error {
			if err := oneArg("one of "+strings.Join(audit.Registers(), ", "))(c, args); err != nil {
				return err
			}
			return usage(audit.CheckRegister(args[0]))
		},
		RunE: func(c *cobra.Command, args []string) error {
			return ask(c, a, question[*audit.Register]{path: "/v1/books/" + url.PathEscape(args[0]), query: knownQuery(known), of: func(k *audit.Case) (*audit.Register, error) {
				return k.Register(args[0], known.ms())
			}}, answer[*audit.Register]{print: printRegister, rows: registerRows})
		},
	}
	a.flags(c)
	knownFlag(c, &known)
	return c
}

// printRegister prints the rows of a list in columns.
func printRegister(w io.Writer, r *audit.Register) error {
	rows := registerRows(r)
	if len(rows) == 1 {
		_, err := fmt.Fprintf(w, "no %s\n", r.Kind)
		return err
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	rows[0] = strings.Split(strings.ReplaceAll(strings.Join(rows[0], "\n"), "_", " "), "\n")
	for _, row := range rows {
		fmt.Fprintln(out, strings.Join(row, "\t"))
	}
	return out.Flush()
}

// registerRows returns a row for each item of a list.
func registerRows(r *audit.Register) (rows [][]string) {
	add := func(cells ...string) { rows = append(rows, cells) }
	switch r.Kind {
	case "closes":
		add("pool", "month", "until", "volume", "mass_kg", "movements", "by", "at", "event")
		for _, c := range r.Closes {
			add(c.Pool, c.Month, stamp(c.Until), c.Volume.String(), c.Mass.String(), strconv.FormatUint(c.Movements, 10), c.By, stamp(c.At), c.Event)
		}
	case "voids":
		add("of", "replaced", "adjusted", "by", "at", "event", "reason")
		for _, v := range r.Voids {
			add(v.Of, strconv.FormatBool(v.Replaced), strconv.FormatBool(v.Adjusted), v.By, stamp(v.At), v.Event, v.Reason)
		}
	case "disputes":
		add("ticket", "version", "by", "at", "event", "settled_by", "reason")
		for _, d := range r.Disputes {
			add(d.Ticket, strconv.FormatUint(d.Version, 10), d.By, stamp(d.At), d.Event, d.Settled, d.Reason)
		}
	case "seals":
		add("point", "part", "seal", "on", "by", "witness", "event", "off", "off_by", "off_witness", "off_event")
		for _, s := range r.Seals {
			row := []string{s.Point, s.Part, s.ID, stamp(s.Installed.At), s.Installed.By, s.Installed.Witness, s.Installed.Event, "", "", "", ""}
			if s.Removed != nil {
				row = append(row[:7], stamp(s.Removed.At), s.Removed.By, s.Removed.Witness, s.Removed.Event)
			}
			add(row...)
		}
	case "parties":
		add("did", "name", "at", "event")
		for _, p := range r.Parties {
			add(p.DID, p.Name, stamp(p.At), p.Event)
		}
	case "facilities":
		add("facility", "kind", "operator", "uwi", "api", "port", "latitude", "longitude", "at", "event")
		for _, f := range r.Facilities {
			latitude, longitude := "", ""
			if f.Latitude != 0 || f.Longitude != 0 { // stated
				latitude, longitude = quantity.F(f.Latitude, 6).String(), quantity.F(f.Longitude, 6).String()
			}
			add(f.ID, string(f.Kind), f.Operator, f.UWI, f.API, f.Port, latitude, longitude, stamp(f.At), f.Event)
		}
	case "inventories":
		add("pool", "year", "from", "until", "of", "method", "period", "opening", "decimals", "by", "at", "event")
		for _, i := range r.Inventories {
			decimals := "exact"
			if i.Decimals != nil {
				decimals = strconv.FormatUint(*i.Decimals, 10)
			}
			add(i.Pool, i.Year, stamp(i.From), stamp(i.Until), string(i.Of), string(i.Method), string(i.Period), string(i.Opening), decimals, i.By, stamp(i.At), i.Event)
		}
	}
	return rows
}
