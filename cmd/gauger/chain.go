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

// custodyCommand prints the chains of custody and ownership of a batch or lot.
func custodyCommand() *cobra.Command {
	var a asking
	var asOf string
	c := &cobra.Command{
		Use: "custody LOT", Short: "Who had a batch or lot in custody and who owned it, with tickets and papers",
		Long: "Prints what happened to it in the order of time: where it was measured, by which ticket; who passed it to whom; who sold it to whom,\n" +
			"and when the carrier acknowledged that. Beside each stands who had custody and who owned it from then on. The paper is the\n" +
			"SHA-256 of the signed statement, here its first 12 digits. With --as-of it is what was known at that instant.",
		Args: oneArg("the id of a batch or lot"),
		RunE: func(c *cobra.Command, args []string) error {
			at, query, err := knownAt(asOf)
			if err != nil {
				return err
			}
			return ask(c, a, question[*audit.Chain]{path: "/v1/chains/" + url.PathEscape(args[0]), query: query, of: func(k *audit.Case) (*audit.Chain, error) {
				return k.Chain(args[0], at)
			}}, answer[*audit.Chain]{print: printChain, rows: chainRows})
		},
	}
	a.flags(c)
	c.Flags().StringVar(&asOf, "as-of", "", "as known at this instant, such as 2024-03-05T06:00:00-07:00; without it, now")
	return c
}

// booksCommand prints a list of what the books keep beside their movements.
func booksCommand() *cobra.Command {
	var a asking
	var asOf string
	c := &cobra.Command{
		Use: "books " + strings.Join(audit.Registers(), "|"), Short: "What the books keep beside their movements, as known at an instant",
		Long: "Prints a list: closes of months by pool; voids, with whether they replaced an event, and were booked as adjustments after a close;\n" +
			"disputes of tickets, settled or not; seals by measuring point; parties and facilities as they described themselves last.\n" +
			"With --as-of it is what was known at that instant. A bundle has those that concern its entry.",
		Example: "  gauger books closes\n  gauger books disputes --as-of 2024-04-01T00:00:00-05:00 --csv", ValidArgs: audit.Registers(),
		Args: func(c *cobra.Command, args []string) error {
			if err := oneArg("one of "+strings.Join(audit.Registers(), ", "))(c, args); err != nil {
				return err
			}
			return usage(audit.CheckRegister(args[0]))
		},
		RunE: func(c *cobra.Command, args []string) error {
			at, query, err := knownAt(asOf)
			if err != nil {
				return err
			}
			return ask(c, a, question[*audit.Register]{path: "/v1/books/" + url.PathEscape(args[0]), query: query, of: func(k *audit.Case) (*audit.Register, error) {
				return k.Register(args[0], at)
			}}, answer[*audit.Register]{print: printRegister, rows: registerRows})
		},
	}
	a.flags(c)
	c.Flags().StringVar(&asOf, "as-of", "", "as known at this instant, such as 2024-03-05T06:00:00-07:00; without it, now")
	return c
}

// knownAt reads --as-of, and puts it into a query.
func knownAt(asOf string) (at int64, query url.Values, err error) {
	query = url.Values{}
	if asOf != "" {
		query.Set("asOf", asOf)
	}
	at, err = audit.ParseKnown(asOf)
	return at, query, usage(err)
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
	}
	return rows
}
