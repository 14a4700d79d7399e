package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	_ "time/tzdata" // so that every machine has the zones

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// schemeWords are the schemes of a carrier's rounding by their word.
var schemeWords = map[string]runticket.Scheme{
	"auto": "", "ccf": runticket.AsPrinted, "unrounded-into-ccf": runticket.HiddenFactors, "gross": runticket.ByGross,
	"ctpl": runticket.OneProduct, "none": runticket.Unrounded,
}

// ticketImport is what was asked for.
type ticketImport struct {
	options      runticket.Options
	zone, scheme string
	json         bool

	ticket, out     string // of a draft
	draft           runticket.Ticket
	open, close, at instant
}

// ticketImportCommand reads carriers' tickets and hourly records.
func ticketImportCommand() *cobra.Command {
	var in ticketImport
	c := &cobra.Command{
		Use: "import FILE...", Short: "Read a carrier's own tickets and hourly records, recompute them, and show the differences",
		Long: "Reads tickets (CSV, PIDX custody ticket XML) and hourly records (CSV); headings tell which. Every figure is made anew of the raw\n" +
			"ones - totaliser or pulses, meter factor, temperature, pressure, density, S&W - and laid beside the stated one: the difference\n" +
			"in its unit and in units of the last digit printed. Hourly records are added up and compared with the ticket of their point\n" +
			"and time. With --ticket and -o it writes one ticket as JSON, for both parties to sign: gauger document sign --kind\n" +
			"carrier-ticket, then gauger document countersign. Differences do not change the exit code; --json says agrees.\n" +
			"Schemes: auto takes the rounding by which the fewest figures differ, and names it; ccf, unrounded-into-ccf, ctpl and none are\n" +
			"those of gauger calc ticket, to the digits printed; gross takes the printed gross volume x CTL x CPL.",
		Example: "  gauger ticket import tickets.csv hours.csv --zone America/Edmonton\n" +
			"  gauger ticket import tickets.csv --zone America/Edmonton --ticket 4711 --carrier did:web:carrier.example --from did:web:carrier.example \\\n" +
			"      --to did:web:terminal.example -o 4711.json",
		Args: someFiles,
		RunE: func(c *cobra.Command, args []string) error {
			if err := in.prepare(); err != nil {
				return usage(err)
			}
			files, err := in.read(args)
			if err != nil {
				return usage(err)
			}
			if in.ticket != "" {
				return in.writeDraft(files, c.ErrOrStderr())
			}
			imported, err := in.recompute(files)
			if err != nil {
				return usage(err)
			}
			if in.json {
				return json.NewEncoder(c.OutOrStdout()).Encode(imported)
			}
			_, err = c.OutOrStdout().Write(imported.text())
			return err
		},
	}
	in.flags(c)
	return c
}

func (in *ticketImport) flags(c *cobra.Command) {
	f := c.Flags()
	f.SortFlags = false
	f.StringVar(&in.zone, "zone", "", "time zone of times that name none, such as America/Edmonton or UTC")
	f.StringArrayVar(&in.options.Units, "unit", nil, `unit of columns that name none: F, psig, API, "bbl at 60F"; once for each`)
	f.StringVar(&in.options.Commodity, "commodity", "", "commodity group of MPMS 11.1 of tickets that name none: crude, refined or lubricating; without it, crude")
	f.StringVar(&in.scheme, "scheme", "auto", "where the carrier rounds: auto, ccf, unrounded-into-ccf, gross, ctpl or none")
	f.BoolVar(&in.json, "json", false, "print JSON")
	f.StringVar(&in.ticket, "ticket", "", "number of the ticket to write as JSON, for both parties to sign")
	f.StringVarP(&in.out, "out", "o", "-", "with --ticket: where to write it")
	f.StringVar(&in.draft.Carrier, "carrier", "", "with --ticket: DID of the carrier whose ticket it is")
	f.StringVar(&in.draft.From, "from", "", "with --ticket: DID of the party that delivers")
	f.StringVar(&in.draft.To, "to", "", "with --ticket: DID of the party that receives")
	f.StringVar(&in.draft.Batch, "batch", "", "with --ticket: batch")
	f.StringVar(&in.draft.Point, "point", "", "with --ticket: measuring point, where the ticket names none or another than the books")
	f.Var(&in.open, "open", "with --ticket: opening time, where the ticket has none")
	f.Var(&in.close, "close", "with --ticket: closing time, where the ticket has none")
	f.Var(&in.at, "at", "with --ticket: time of the paper; without it, now")
}

// prepare makes of the flags what reading takes.
func (in *ticketImport) prepare() (err error) {
	if _, known := schemeWords[in.scheme]; !known {
		return fmt.Errorf("--scheme is %q, want auto, ccf, unrounded-into-ccf, gross, ctpl or none", in.scheme)
	}
	if in.zone != "" {
		if in.options.Zone, err = time.LoadLocation(in.zone); err != nil || strings.EqualFold(in.zone, "local") {
			return fmt.Errorf("--zone is %q, want a time zone such as America/Edmonton or UTC", in.zone)
		}
	}
	if err := in.options.CheckUnits(); err != nil {
		return fmt.Errorf("--unit: %w", err)
	}
	return nil
}

func (in *ticketImport) read(paths []string) (files []*runticket.File, err error) {
	for _, path := range paths {
		f, err := in.readFile(path)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func (in *ticketImport) readFile(path string) (*runticket.File, error) {
	r, name, err := openIn(path)
	if err != nil {
		return nil, err
	}
	defer r.Close() // only read
	return runticket.Read(name, r, in.options)
}

// writeDraft writes one ticket for its parties to sign, and shows what it says.
func (in *ticketImport) writeDraft(files []*runticket.File, problems io.Writer) error {
	var found []runticket.Ticket
	for _, f := range files {
		for _, t := range f.Tickets {
			if t.Number == in.ticket {
				found = append(found, t)
			}
		}
	}
	if len(found) != 1 {
		return usage(fmt.Errorf("%d tickets have the number %q: want one; leave other files out", len(found), in.ticket))
	}
	t := found[0]
	t.Carrier, t.From, t.To = cmp.Or(in.draft.Carrier, t.Carrier), cmp.Or(in.draft.From, t.From), cmp.Or(in.draft.To, t.To)
	t.Batch, t.Point = cmp.Or(in.draft.Batch, t.Batch), cmp.Or(in.draft.Point, t.Point)
	t.Open, t.Close, t.At = cmp.Or(in.open.ms(), t.Open), cmp.Or(in.close.ms(), t.Close), cmp.Or(in.at.ms(), t.At, time.Now().UnixMilli())
	if err := t.Valid(); err != nil {
		return usage(err)
	}
	if err := printRunTicket(problems, &t, schemeWords[in.scheme]); err != nil {
		return usage(err)
	}
	draft, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	return writeOut(in.out, append(draft, '\n'))
}

// imported is what files came to.
type imported struct {
	Files   []*runticket.File  `json:"files"`
	Tickets []importedTicket   `json:"tickets"`
	Hours   []*runticket.Hours `json:"hours,omitempty"` // of records that no ticket covers
	Agrees  bool               `json:"agrees"`
}

type importedTicket struct {
	File string `json:"file"`
	*runticket.Ticket
	Recomputed *runticket.Recomputation `json:"recomputed"`
	Hours      *runticket.Hours         `json:"hours,omitempty"`
}

// recompute recomputes all tickets, each beside the hourly records of its point and time.
func (in *ticketImport) recompute(files []*runticket.File) (*imported, error) {
	all := &imported{Files: files, Tickets: []importedTicket{}, Agrees: true}
	var records []runticket.Ticket
	for _, f := range files {
		records = append(records, f.Hours...)
	}
	for _, f := range files {
		for i := range f.Tickets {
			t := &f.Tickets[i]
			r, err := t.Recompute(schemeWords[in.scheme])
			if err != nil {
				return nil, fmt.Errorf("%s: line %d: %w", f.Name, t.Line, err)
			}
			hours, err := t.Compare(records)
			if err != nil {
				return nil, fmt.Errorf("%s: line %d: ticket %s: %w", f.Name, t.Line, t.Number, err)
			}
			all.Tickets = append(all.Tickets, importedTicket{f.Name, t, r, hours})
			all.Agrees = all.Agrees && r.Agrees && (hours == nil || hours.Agrees)
		}
	}
	points, of := runticket.Points(records)
	for _, p := range points {
		if all.covers(p) {
			continue
		}
		h, err := runticket.SumHours(of[p])
		if err != nil {
			return nil, err
		}
		all.Hours = append(all.Hours, h)
		all.Agrees = all.Agrees && h.Agrees
	}
	return all, nil
}

// covers reports whether a ticket was compared with records of a point.
func (all *imported) covers(point string) bool {
	for _, t := range all.Tickets {
		if t.Hours != nil && t.Hours.Point == point {
			return true
		}
	}
	return false
}

func (all *imported) text() []byte {
	var b bytes.Buffer
	for _, f := range all.Files {
		fmt.Fprintf(&b, "%s: %s; %d tickets, %d records; SHA-256 %s\n", f.Name, f.Form, len(f.Tickets), len(f.Hours), f.SHA256)
		for _, n := range f.Notes {
			fmt.Fprintf(&b, "  note: %s\n", n)
		}
	}
	for _, t := range all.Tickets {
		b.WriteByte('\n')
		printRecomputed(&b, t.Ticket, t.Recomputed)
		if t.Hours != nil {
			printHours(&b, t.Hours)
		}
	}
	for _, h := range all.Hours {
		b.WriteByte('\n')
		printHours(&b, h)
	}
	return b.Bytes()
}

// printRunTicket prints a carrier's ticket, recomputed, for whoever signs it.
func printRunTicket(w io.Writer, t *runticket.Ticket, s runticket.Scheme) error {
	r, err := t.Recompute(s)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	printRecomputed(&b, t, r)
	_, err = b.WriteTo(w)
	return err
}

func printRecomputed(b *bytes.Buffer, t *runticket.Ticket, r *runticket.Recomputation) {
	fmt.Fprintf(b, "TICKET %s, %s %s, %s", t.Number, t.Kind, cmp.Or(t.Point, "not named"), t.Basis)
	if t.Open != 0 && t.Close != 0 {
		fmt.Fprintf(b, ", %s to %s", stamp(t.Open), stamp(t.Close))
	}
	fmt.Fprintf(b, ": %s\n", verdictOf(r))
	if t.Carrier != "" {
		fmt.Fprintf(b, "  ticket of %s, from %s to %s, batch %q\n", t.Carrier, t.From, t.To, t.Batch)
	}
	for _, x := range t.Texts {
		fmt.Fprintf(b, "  %s: %s\n", x.Name, x.Value)
	}
	linesOf(r.Lines, "stated", "recomputed").print(b, "  recomputed under: "+string(r.Scheme))
	for _, n := range r.Notes {
		fmt.Fprintf(b, "  note: %s\n", n)
	}
	for _, m := range r.Method {
		fmt.Fprintf(b, "  method: %s\n", m)
	}
}

func verdictOf(r *runticket.Recomputation) string {
	differ := 0
	for _, l := range r.Lines {
		if l.Verdict == runticket.Differs {
			differ++
		}
	}
	switch {
	case r.Agrees:
		return "AGREES to the last digit printed"
	case differ > 0:
		return fmt.Sprintf("DIFFERS in %d of %d figures", differ, len(r.Lines))
	}
	return "NOT RECOMPUTED: what makes the standard volume is not on the ticket"
}

// linesOf is a table of figures stated and recomputed, or of a ticket and its records.
func linesOf(lines []runticket.Line, stated, recomputed string) grid {
	g := grid{{"  figure", "unit", stated, recomputed, "difference", "last digits", "verdict", "made of"}}
	for _, l := range lines {
		g = append(g, []string{
			"  " + string(l.Name), l.Unit, decimalOf(l.Stated), decimalOf(l.Recomputed), decimalOf(l.Difference), decimalOf(l.Digits),
			string(l.Verdict), l.By,
		})
	}
	return g
}

func decimalOf(f *quantity.Factor) string {
	if f == nil {
		return ""
	}
	return f.String()
}

func printHours(b *bytes.Buffer, h *runticket.Hours) {
	fmt.Fprintf(b, "RECORDS of %s: %d, %s to %s: ", h.Point, h.Records, stamp(h.From), stamp(h.Until))
	if h.Agrees {
		fmt.Fprintln(b, "no gap, no overlap, no difference")
	} else {
		fmt.Fprintf(b, "gaps %d, overlaps %d, records that differ in themselves %d\n", len(h.Gaps), len(h.Overlaps), h.Differ)
	}
	for _, x := range []struct {
		what string
		gaps []runticket.Gap
	}{{"gap", h.Gaps}, {"overlap", h.Overlaps}} {
		for _, g := range x.gaps[:min(len(x.gaps), remarksShown)] {
			fmt.Fprintf(b, "  %s: %s to %s\n", x.what, stamp(g.From), stamp(g.Until))
		}
	}
	linesOf(h.Lines, "ticket", "records").print(b, "  added up")
	for _, r := range h.Rows {
		linesOf(r.Lines, "stated", "recomputed").print(b, fmt.Sprintf("  line %d, recomputed", r.Line))
	}
}
