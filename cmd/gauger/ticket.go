package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/ticket"
)

func ticketCommand() *cobra.Command {
	c := &cobra.Command{Use: "ticket", Short: "Cut, sign, submit and dispute tickets, and import a carrier's"}
	c.AddCommand(ticketCutCommand(), ticketSignCommand(), ticketSubmitCommand(), ticketShowCommand(), ticketDisputeCommand(),
		ticketImportCommand())
	return c
}

// ticketTerms are the flags of ticket cut that say what the ticket is. The cloud's parameters have their names, with _ for -.
var ticketTerms = []string{"point", "open", "close", "id", "version", "previous", "batch", "from", "to", "at", "report", "of-record"}

// ticketCutCommand asks the cloud for a ticket over its records.
func ticketCutCommand() *cobra.Command {
	var cloud, out string
	c := &cobra.Command{
		Use: "cut", Short: "Cut a ticket between two instants, for both parties to sign", Args: noArgs,
		Example: "  gauger ticket cut --point LACT-1 --open 2026-11-21T10:44:50Z --close 2026-11-21T10:45:30Z --id T-1 --batch B-1 \\\n" +
			"      --from did:web:producer.example --to did:web:buyer.example --at 2026-11-21T10:46:00Z -o T-1.ticket",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := needed(c, "point", "open", "close", "id", "from", "to", "at"); err != nil {
				return err
			}
			q := url.Values{}
			for _, name := range ticketTerms {
				if v := c.Flags().Lookup(name).Value.String(); v != "" {
					q.Set(strings.ReplaceAll(name, "-", "_"), v)
				}
			}
			b, err := call(c.Context(), http.MethodGet, cloud+"/v1/tickets/draft?"+q.Encode(), nil)
			if err != nil {
				return err
			}
			return writeOut(out, b)
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.String("point", "", "measuring point")
	f.Var(new(instant), "open", "opening time, such as 2024-03-05T06:00:00-07:00")
	f.Var(new(instant), "close", "closing time")
	f.String("id", "", "ticket number")
	f.Uint32("version", 1, "version of the ticket")
	f.String("previous", "", "from version 2 on: SHA-256 of the version before")
	f.String("batch", "", "batch")
	f.String("from", "", "DID of the party that delivers")
	f.String("to", "", "DID of the party that receives")
	f.Var(new(instant), "at", "time of the ticket")
	f.String("report", "", "SHA-256 of the laboratory report, which makes the ticket final")
	f.String("of-record", string(ticket.SumOfIntervals), "quantity of record: sum of intervals, or ticket averages")
	cloudFlag(c, &cloud)
	outFlag(c, &out, "the ticket")
	return c
}

func ticketSignCommand() *cobra.Command {
	var key, out string
	c := &cobra.Command{
		Use: "sign TICKET", Short: "Sign a ticket with a party's own key", Args: oneArg("the ticket file, or -"),
		Long:    "Prints what the ticket says and signs exactly those bytes. The signature is detached: submit it together with the other party's.",
		Example: "  gauger ticket sign T-1.ticket --key party.key -o T-1.producer",
		RunE: func(c *cobra.Command, args []string) error {
			signer, err := signingKey(key)
			if err != nil {
				return usage(err)
			}
			b, t, err := readTicket(args[0])
			if err != nil {
				return err
			}
			signature, err := ticket.Sign(signer, b)
			if err != nil {
				return err
			}
			printTicket(c.ErrOrStderr(), t)
			return writeOut(out, signature)
		},
	}
	c.Flags().StringVar(&key, "key", "", "the party's key")
	outFlag(c, &out, "the signature")
	return c
}

// readTicket reads a ticket file, or standard input with "-", and returns its bytes and what they say.
func readTicket(path string) ([]byte, *ticket.Ticket, error) {
	b, err := readIn(path, ticket.MaxSize)
	if err != nil {
		return nil, nil, usage(err)
	}
	t, err := ticket.Decode(b)
	if err != nil {
		return nil, nil, usage(fmt.Errorf("%s is no ticket file: %w", path, err))
	}
	return b, t, nil
}

func ticketSubmitCommand() *cobra.Command {
	var cloud string
	var signatures []string
	c := &cobra.Command{
		Use: "submit TICKET", Short: "Hand a ticket with both signatures to the cloud", Args: oneArg("the ticket file"),
		Example: "  gauger ticket submit T-1.ticket --signature T-1.producer --signature T-1.buyer",
		RunE: func(c *cobra.Command, args []string) error {
			b, err := readIn(args[0], ticket.MaxSize)
			if err != nil {
				return usage(err)
			}
			s := ticket.Signed{Ticket: b}
			for _, path := range signatures {
				signature, err := readIn(path, ticket.MaxSize)
				if err != nil {
					return usage(err)
				}
				s.Signatures = append(s.Signatures, signature)
			}
			body, err := cose.Marshal(s)
			if err != nil {
				return err
			}
			answer, err := call(c.Context(), http.MethodPost, cloud+"/v1/tickets", body)
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(answer)
			return err
		},
	}
	cloudFlag(c, &cloud)
	c.Flags().StringArrayVar(&signatures, "signature", nil, "signature file: first of the party that delivers, then of the one that receives")
	return c
}

// exactly prints an instant to the millisecond, with the fraction that it has: where the next ticket opens is no rounded figure.
func exactly(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05.999Z") }

// printTicket prints what a person must be able to redo by hand.
func printTicket(w io.Writer, t *ticket.Ticket) {
	p := t.Parameters
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-22s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(w, "TICKET %s version %d (%s)\n", t.ID, t.Version, t.Status())
	line("batch", "%s", t.Batch)
	line("point", "%s, records %d to %d of device %s", t.Point, t.First, t.Last, t.Device.String()[:16])
	opened := "with the first record of the device"
	if t.First > 0 {
		opened = exactly(t.Open)
	}
	line("open, close", "%s, %s", opened, exactly(t.Close))
	line("from", "%s", t.From)
	line("to", "%s", t.To)
	line("totaliser IV", "%s, %s %s", t.Opening.IV.Decimal(3), t.Closing.IV.Decimal(3), p.Basis.Unit)
	line("indicated volume IV", "%s %s", t.IV.Decimal(3), p.Basis.Unit)
	line("averages", "%s %s, %s %s, %s kg/m3 at %s", t.Temperature.Decimal(2), p.TemperatureUnit, t.Pressure.Decimal(1), p.PressureUnit,
		t.Density.Decimal(1), p.Basis.Reference)
	line("meter factor, CTPL", "%s, %s (%s; %s)", p.MeterFactor, t.CTPL, p.Method, p.Rounding)
	line("GSV of record", "%s %s (%s)", t.GSV.Decimal(3), p.Basis, t.OfRecord)
	line("GSV the other way", "%s", t.OtherGSV.Decimal(3))
	if t.Final() {
		line("sediment and water", "%s %% (laboratory report %x)", t.SW.Percent, t.SW.Report[:8])
		line("NSV", "%s %s", t.NSV.Decimal(3), p.Basis)
	} else {
		line("sediment and water", "not known yet: the ticket is provisional")
	}
}
