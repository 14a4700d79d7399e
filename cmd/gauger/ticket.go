package main

import (
	"context"
	"encoding/json"
	"errors"
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

// instant is a time in YAML, RFC 3339 with its zone.
type instant time.Time

// UnmarshalText reads a time such as 2024-03-05T06:00:00-07:00.
func (i *instant) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.RFC3339, string(b))
	if err != nil {
		return fmt.Errorf("%q is not a time such as 2024-03-05T06:00:00-07:00", b)
	}
	*i = instant(t)
	return nil
}

func (i instant) ms() int64 {
	if time.Time(i).IsZero() {
		return 0
	}
	return time.Time(i).UnixMilli()
}

func ticketCommand() *cobra.Command {
	c := &cobra.Command{Use: "ticket", Short: "Cut, sign, submit and dispute tickets, and import a carrier's"}
	c.AddCommand(ticketCutCommand(), ticketSignCommand(), ticketSubmitCommand(), ticketShowCommand(), ticketDisputeCommand(),
		ticketImportCommand())
	return c
}

// ticketCutCommand asks the cloud for a ticket over its records.
func ticketCutCommand() *cobra.Command {
	var cloud, out string
	fields := map[string]*string{}
	c := &cobra.Command{
		Use: "cut", Short: "Cut a ticket between two instants, for both parties to sign", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			q := url.Values{}
			for name, value := range fields {
				if *value != "" {
					q.Set(name, *value)
				}
			}
			b, err := call(c.Context(), http.MethodGet, cloud+"/v1/tickets/draft?"+q.Encode(), nil)
			if err != nil {
				return err
			}
			return writeOut(out, b)
		},
	}
	for name, help := range map[string]string{
		"point": "measuring point", "open": "opening time, RFC 3339 with zone", "close": "closing time", "id": "ticket number",
		"version": "version, from 1", "previous": "SHA-256 of the version before", "batch": "batch", "from": "DID of the party that delivers",
		"to": "DID of the party that receives", "at": "time of the ticket", "report": "SHA-256 of the laboratory report",
	} {
		fields[name] = c.Flags().String(name, "", help)
	}
	fields["of_record"] = c.Flags().String("of-record", string(ticket.SumOfIntervals), "quantity of record: sum of intervals, or ticket averages")
	c.Flags().StringVar(&cloud, "cloud", "http://127.0.0.1:8080", "address of the cloud")
	c.Flags().StringVarP(&out, "out", "o", "-", "where to write the ticket")
	return c
}

func ticketSignCommand() *cobra.Command {
	var key, out string
	c := &cobra.Command{
		Use: "sign TICKET", Short: "Sign a ticket with a party's own key", Args: oneArg("the ticket file, or -"),
		Long: "Prints what the ticket says and signs exactly those bytes. The signature is detached: submit it together with the other party's.",
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
	c.Flags().StringVarP(&out, "out", "o", "-", "where to write the signature")
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
	c.Flags().StringVar(&cloud, "cloud", "http://127.0.0.1:8080", "address of the cloud")
	c.Flags().StringArrayVar(&signatures, "signature", nil, "signature file: first of the party that delivers, then of the one that receives")
	return c
}

func ticketShowCommand() *cobra.Command {
	var s showing
	c := &cobra.Command{
		Use: "show TICKET", Short: "Print a ticket, as text or as a page to sign", Args: oneArg("the ticket file, or -; with --bundle the ticket's number"),
		Long: "Prints a ticket file, or with --bundle the ticket of that number, once the bundle is verified: exit code 3 when only on the keys\n" +
			"that came with it. With --pdf it is one page with the fields of 43 CFR 3174.12. What nothing at hand states is printed as not\n" +
			"stated; a bundle states more than a ticket file: the parties' names and keys, the meter's counter, the laboratory's report.",
		RunE: func(c *cobra.Command, args []string) error { return s.show(c.OutOrStdout(), args[0]) },
	}
	s.flags(c)
	return c
}

// printTicket prints what a person must be able to redo by hand.
func printTicket(w io.Writer, t *ticket.Ticket) {
	p := t.Parameters
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-22s %s\n", name, fmt.Sprintf(format, args...))
	}
	fmt.Fprintf(w, "TICKET %s version %d (%s)\n", t.ID, t.Version, t.Status())
	line("batch", "%s", t.Batch)
	line("point", "%s, records %d to %d of device %s", t.Point, t.First, t.Last, t.Device.String()[:16])
	line("open, close", "%s, %s", stamp(t.Open), stamp(t.Close))
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

func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05Z") }

// documentCommand signs and submits the other papers: movements, certificates, laboratory reports, claims.
func documentCommand() *cobra.Command {
	c := &cobra.Command{Use: "document", Short: "Sign and submit movements, laboratory reports, certificates and claims"}
	var cloud string
	submit := &cobra.Command{
		Use: "submit FILE", Short: "Hand a signed document, or a set of them, to the cloud", Args: oneArg("the signed document, or set"),
		Long: "Of a set, the books take all documents or none.",
		RunE: func(c *cobra.Command, args []string) error {
			b, err := readIn(args[0], maxDocument)
			if err != nil {
				return usage(err)
			}
			path := "/v1/documents"
			if isSet(b) {
				path = "/v1/document-sets"
			} else if thing, err := cose.Thing(b); err != nil {
				return usage(fmt.Errorf("%s: %w", args[0], err))
			} else if thing == "registry" {
				path = "/v1/registries"
			}
			answer, err := call(c.Context(), http.MethodPost, cloud+path, b)
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(answer)
			return err
		},
	}
	submit.Flags().StringVar(&cloud, "cloud", "http://127.0.0.1:8080", "address of the cloud")
	c.AddCommand(documentSignCommand(), documentCountersignCommand(), submit, documentMonthCommand(), documentStatementCommand())
	return c
}

const maxDocument = 1 << 20

// maxAnswer bounds what is read from the cloud; a bundle is the largest.
const maxAnswer = cose.MaxMessage

// call makes one request to the cloud and returns the body of a good answer.
func call(ctx context.Context, method, address string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(string(body)))
	if err != nil {
		return nil, usage(err)
	}
	if req.URL.Host == "" || req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return nil, usage(fmt.Errorf("--cloud: %q is not below an address such as http://127.0.0.1:8080", address))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the cloud does not answer: %w; is it running, and is --cloud its address?", err)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, fmt.Errorf("answer of the cloud: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, refusedWith(res, answer)
	}
	return answer, nil
}

// refusedWith is what the cloud says when it refuses (RFC 9457). What was asked wrongly is wrong usage, as it is when a bundle is asked.
func refusedWith(res *http.Response, answer []byte) error {
	var problem struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(answer, &problem) != nil || problem.Detail == "" {
		problem.Detail = strings.TrimSpace(string(answer)) // of something in between
	}
	err := fmt.Errorf("the cloud refuses: %s: %s", res.Status, problem.Detail)
	if res.StatusCode == http.StatusBadRequest {
		return usage(err)
	}
	return err
}
