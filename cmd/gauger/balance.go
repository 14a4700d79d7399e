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
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
)

// balanceCommand prints what went in and out of something in the books of a cloud, or of a bundle.
func balanceCommand() *cobra.Command {
	var a asking
	var from, to, by string
	c := &cobra.Command{
		Use: "balance NAME", Short: "Balance a tank, line, stream, batch or system: opening, flows, closing, over and short",
		Long: "NAME is the id of a pool (tank, line, stream) or of a batch (batch:ID where a pool has the same), or a system: NAME=POOL,POOL.\n" +
			"Over and short is in volume, in percent of the receipts, and in sigmas of the meters' uncertainty where all of them are known.\n" +
			"With --by each day or month is balanced, and findings are listed: beyond the meters (3 sigmas), beyond the control chart of the\n" +
			"periods before, and drift (CUSUM). Days and months begin at the wall-clock time of --from, in its offset from UTC.\n" +
			"A bundle has the papers of one entry: what else went through a line is not in its books.",
		Example: "  gauger balance T-14\n  gauger balance NORTH=T-14,T-15,PRAIRIE-GATEWAY --from 2024-03-01T07:00:00-07:00 --to 2024-04-01T07:00:00-07:00 --by day",
		Args:    oneArg("a pool, a batch, or a system as NAME=POOL,POOL"),
		RunE: func(c *cobra.Command, args []string) error {
			period, err := audit.ParsePeriod(from, to, by)
			if err != nil {
				return usage(err)
			}
			query := url.Values{}
			for name, value := range map[string]string{"from": from, "to": to, "by": by} {
				if value != "" {
					query.Set(name, value)
				}
			}
			return ask(c, a, question[*audit.BalanceSheet]{path: "/v1/balances/" + url.PathEscape(args[0]), query: query, of: func(k *audit.Case) (*audit.BalanceSheet, error) {
				return k.Balance(args[0], period)
			}}, answer[*audit.BalanceSheet]{print: printSheet, rows: sheetTable})
		},
	}
	a.flags(c)
	c.Flags().StringVar(&from, "from", "", "begin of the period, included, such as 2024-03-01T07:00:00-07:00; without it, of the books")
	c.Flags().StringVar(&to, "to", "", "end of the period, excluded; without it, of the books")
	c.Flags().StringVar(&by, "by", "", "day or month: each one in the period too, with findings")
	return c
}

// sheetRow is a figure of a balance.
type sheetRow struct {
	what, of string // "in: receipt"; a shipper, a segment, a place
	volume   quantity.Micro
	percent  *quantity.Factor
	z        *quantity.Factor // with the sign of the volume when printed
	level    string
}

// sheetRows returns the figures of a balance in the order in which they add up.
func sheetRows(s *audit.BalanceSheet) (rows []sheetRow) {
	if s.Batch != nil {
		return batchRows(s.Batch)
	}
	if s.Pool == nil {
		return systemRows(*s.System)
	}
	p := s.Pool
	rows = append(rows, sheetRow{what: "opening", volume: p.Opening.Volume})
	for _, f := range p.Flows {
		switch {
		case f.In:
			rows = append(rows, sheetRow{what: "in: " + string(f.Effect), volume: f.Volume})
		default:
			rows = append(rows, sheetRow{what: "out: " + string(f.Effect), volume: f.Volume})
		}
	}
	over := sheetRow{what: "over/short", volume: p.GainLoss, percent: s.System.Percent, z: s.System.Z, level: string(s.System.Level)}
	if p.Z != nil {
		over.z, over.level = p.Z, string(p.Level) // batch by batch says more of a line
	}
	rows = append(rows, sheetRow{what: "closing", volume: p.Closing.Volume}, over)
	for _, g := range s.Segments {
		of := g.From + " to " + g.To
		rows = append(rows, sheetRow{what: "segment in", of: of, volume: g.In}, sheetRow{what: "segment out", of: of, volume: g.Out},
			sheetRow{what: "segment deductions", of: of, volume: g.Deductions},
			sheetRow{what: "segment over/short", of: of, volume: g.OverShort, z: g.Z, level: string(g.Level)})
	}
	for _, at := range p.Positions {
		rows = append(rows, positionRows(at)...)
	}
	return rows
}

// positionRows returns the month of a shipper: what is nothing is left out, but for opening and closing.
func positionRows(s custody.StatementLine) (rows []sheetRow) {
	for _, f := range s.Figures() {
		if *f.Volume != 0 || f.Name == "opening" || f.Name == "closing" {
			rows = append(rows, sheetRow{what: "position " + f.Name, of: s.Shipper, volume: *f.Volume})
		}
	}
	return rows
}

func systemRows(b custody.SystemBalance) []sheetRow {
	return []sheetRow{
		{what: "opening", volume: b.Opening}, {what: "receipts", volume: b.Receipts}, {what: "deliveries", volume: b.Deliveries},
		{what: "deductions", volume: b.Deductions}, {what: "over/short", volume: b.OverShort, percent: b.Percent, z: b.Z, level: string(b.Level)},
		{what: "adjustments", volume: b.Adjustments}, {what: "closing", volume: b.Closing},
	}
}

func batchRows(b *custody.Balance) (rows []sheetRow) {
	for _, g := range b.Legs {
		rows = append(rows, sheetRow{what: "measured", of: g.Place, volume: g.Volume})
	}
	for _, d := range b.Differences {
		rows = append(rows, sheetRow{"over/short", d.From + " to " + d.To, d.Volume, &d.Percent, d.Z, string(d.Level)})
	}
	if b.Allowance != nil {
		rows = append(rows, sheetRow{what: "loss allowance", volume: b.Allowance.Volume, percent: &b.Allowance.Percent})
	}
	if b.Shipper != nil {
		rows = append(rows, sheetRow{what: "shipper over/short", volume: *b.Shipper})
	}
	return rows
}

// cells returns percent, sigmas and level as text, empty where they are not known.
func (r sheetRow) cells() (percent, sigmas, level string) {
	if r.percent != nil {
		percent = r.percent.String()
	}
	if r.z != nil {
		if sigmas = r.z.String(); r.volume < 0 {
			sigmas = "-" + sigmas
		}
	}
	return percent, sigmas, r.level
}

// basis returns the basis of all volumes of a balance, and the period where there is one.
func basis(s *audit.BalanceSheet) (b quantity.Basis, from, to string) {
	if s.Batch != nil {
		return s.Batch.Basis, "", ""
	}
	if s.System.From > 0 {
		from = stamp(s.System.From)
	}
	if s.System.To < audit.EndOfTime {
		to = stamp(s.System.To)
	}
	return s.System.Basis, from, to
}

// lined prints a figure of each row, the decimal points below each other.
func lined[T any](rows []T, figure func(T) quantity.Micro) []string {
	texts, most := make([]string, len(rows)), 0
	whole := func(text string) int { return strings.IndexByte(text+".", '.') }
	for i, r := range rows {
		texts[i] = figure(r).String()
		most = max(most, whole(texts[i]))
	}
	for i, text := range texts {
		texts[i] = strings.Repeat(" ", most-whole(text)) + text
	}
	return texts
}

func printSheet(w io.Writer, s *audit.BalanceSheet) error {
	in, from, to := basis(s)
	fmt.Fprintf(w, "%s %s", s.Kind, s.Name)
	if from != "" {
		fmt.Fprintf(w, " from %s", from)
	}
	if to != "" {
		fmt.Fprintf(w, " to %s", to)
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "\n\t\t%s\tpercent\tsigmas\tlevel\n", in)
	rows := sheetRows(s)
	volumes := lined(rows, func(r sheetRow) quantity.Micro { return r.volume })
	for i, r := range rows {
		percent, sigmas, level := r.cells()
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", r.what, r.of, volumes[i], percent, sigmas, level)
	}
	if s.Series == nil {
		return out.Flush()
	}
	fmt.Fprintf(out, "\nfrom\tto\topening\treceipts\tdeliveries\tdeductions\tover/short\tpercent\tsigmas\tadjustments\tclosing\n")
	all := s.Series.Balances
	var columns [6][]string
	for i, figure := range []func(custody.SystemBalance) quantity.Micro{
		func(b custody.SystemBalance) quantity.Micro { return b.Opening },
		func(b custody.SystemBalance) quantity.Micro { return b.Receipts },
		func(b custody.SystemBalance) quantity.Micro { return b.Deliveries },
		func(b custody.SystemBalance) quantity.Micro { return b.Deductions },
		func(b custody.SystemBalance) quantity.Micro { return b.OverShort },
		func(b custody.SystemBalance) quantity.Micro { return b.Closing },
	} {
		columns[i] = lined(all, figure)
	}
	for i, b := range all {
		percent, sigmas, _ := systemRows(b)[4].cells()
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", stamp(b.From), stamp(b.To), columns[0][i], columns[1][i], columns[2][i],
			columns[3][i], columns[4][i], percent, sigmas, b.Adjustments, columns[5][i])
	}
	fmt.Fprintln(out)
	for _, f := range s.Series.Findings {
		fmt.Fprintf(out, "finding\t%s\t%s\t%s\t%.2f sigmas\tfor %d\t%s\n", stamp(f.From), stamp(f.To), f.What, f.Sigmas, f.Since, f.Method)
	}
	if len(s.Series.Findings) == 0 {
		fmt.Fprintln(out, "no findings")
	}
	return out.Flush()
}

// sheetTable returns one figure a row, those of the whole period first.
func sheetTable(s *audit.BalanceSheet) [][]string {
	in, from, to := basis(s)
	rows := [][]string{{"kind", "name", "from", "to", "figure", "of", "basis", "volume", "percent", "sigmas", "level"}}
	add := func(from, to string, figures []sheetRow) {
		for _, r := range figures {
			percent, sigmas, level := r.cells()
			rows = append(rows, []string{s.Kind, s.Name, from, to, r.what, r.of, in.String(), r.volume.String(), percent, sigmas, level})
		}
	}
	add(from, to, sheetRows(s))
	if s.Series == nil {
		return rows
	}
	for _, b := range s.Series.Balances {
		add(stamp(b.From), stamp(b.To), systemRows(b))
	}
	for _, f := range s.Series.Findings {
		rows = append(rows, []string{
			s.Kind, s.Name, stamp(f.From), stamp(f.To), "finding", f.What, "", "", "", strconv.FormatFloat(f.Sigmas, 'f', 2, 64), "",
		})
	}
	return rows
}
