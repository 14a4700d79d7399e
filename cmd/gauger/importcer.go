package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/throughput"
	"github.com/gauger/gauger/metrology/quantity"
)

// importCommand holds a command for each publisher of figures.
func importCommand() *cobra.Command {
	c := &cobra.Command{Use: "import", Short: "Read public figures, to lay beside one's own"}
	c.AddCommand(importCERCommand())
	return c
}

func importCERCommand() *cobra.Command {
	var in cerImport
	var month, format string
	var asJSON, asCSV bool
	c := &cobra.Command{
		Use: "cer FILE...", Short: "Volumes of months from the Canada Energy Regulator's pipeline throughput",
		Long: "Reads throughput of oil and gas, and key points; which of them a file holds, its header says. For each point, month and\n" +
			"product it prints the rate as published (1000 m3/d), days, m3 and, of oil, barrels; and totals of a point, never over\n" +
			"points: the same oil passes several. A file of key points gives the others names. Barrels are a change of unit only, not of\n" +
			"reference temperature. Capacity is what the file states beside a product; it does not add up.",
		Example: "  gauger import cer throughput_oil_monthly.csv key_points.csv --point KP0020 --month 2024-03\n" +
			"  gauger import cer throughput_gas_monthly.csv --border --year 2023 --csv",
		Args: someFiles,
		RunE: func(c *cobra.Command, args []string) (err error) {
			if month != "" {
				if in.filter.Month, err = throughput.ParseMonth(month); err != nil {
					return usage(fmt.Errorf("--month: %w", err))
				}
			}
			switch {
			case asJSON && asCSV:
				return usage(errors.New("choose one of --csv and --json"))
			case month != "" && c.Flags().Changed("year"):
				return usage(errors.New("choose one of --month and --year"))
			case c.Flags().Changed("year") && in.filter.Year < 1:
				return usage(fmt.Errorf("--year is %d, want one such as 2023", in.filter.Year))
			case asJSON:
				format = "json"
			case asCSV:
				format = "csv"
			}
			if err := in.read(args); err != nil {
				return usage(err)
			}
			return in.print(format, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.StringArrayVar(&in.filter.Points, "point", nil, "id or name of a key point, such as KP0020; once for each")
	f.StringVar(&month, "month", "", "one month, such as 2024-03")
	f.IntVar(&in.filter.Year, "year", 0, "one year, such as 2023")
	f.StringArrayVar(&in.filter.Products, "product", nil, `a product, such as "domestic heavy" or "natural gas"; once for each`)
	f.BoolVar(&in.filter.Border, "border", false, "points at the border only, and what crosses it there")
	f.BoolVar(&in.lenient, "lenient", false, "leave bad rows out, and say how many")
	f.BoolVar(&asJSON, "json", false, "print everything as JSON")
	f.BoolVar(&asCSV, "csv", false, "print a row for each point, month and product as CSV, without totals")
	return c
}

// cerImport is what was asked for, and what came of it.
type cerImport struct {
	filter  throughput.Filter
	lenient bool

	data   throughput.Data
	flows  []throughput.Flow
	totals []throughput.Total
}

func (in *cerImport) read(paths []string) error {
	for _, path := range paths {
		if err := in.readFile(path); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(in.data.Files, func(f throughput.File) bool { return f.Kind != throughput.KeyPoints }) {
		return nil // key points alone
	}
	var err error
	if in.flows, err = in.data.Flows(in.filter); err != nil {
		return err
	}
	in.totals, err = throughput.Totals(in.flows)
	return err
}

func (in *cerImport) readFile(path string) error {
	r, name, err := openIn(path)
	if err != nil {
		return err
	}
	defer r.Close() // only read
	return in.data.Read(name, r, in.lenient)
}

func (in *cerImport) print(format string, out, problems io.Writer) error {
	var b bytes.Buffer
	switch format {
	case "json":
		return json.NewEncoder(out).Encode(struct {
			Source   string             `json:"source"`
			RateUnit string             `json:"rateUnit"`
			Files    []throughput.File  `json:"files"`
			Points   []throughput.Point `json:"points,omitempty"`
			Flows    []throughput.Flow  `json:"flows,omitempty"`
			Totals   []throughput.Total `json:"totals,omitempty"`
			Method   string             `json:"method"`
			Rounding string             `json:"rounding"`
			Basis    string             `json:"basis"`
		}{
			throughput.Source, throughput.RateUnit, in.data.Files, in.data.Points, in.flows, in.totals,
			throughput.Method, throughput.Rounding, throughput.Basis,
		})
	case "csv":
		in.remarks(&b, "")
		if _, err := b.WriteTo(problems); err != nil {
			return err
		}
		return flowsCSV(out, in.flows)
	}
	fmt.Fprintln(&b, throughput.Source)
	in.printFiles(&b)
	in.printPoints(&b)
	for _, kind := range []throughput.Kind{throughput.Oil, throughput.Gas} {
		printFlows(&b, kind, in.flows)
		printTotals(&b, kind, in.totals)
	}
	if len(in.flows) > 0 {
		fmt.Fprintf(&b, "method    %s\nrounding  %s\nbasis     %s\n", throughput.Method, throughput.Rounding, throughput.Basis)
	}
	_, err := b.WriteTo(out)
	return err
}

func (in *cerImport) printFiles(b *bytes.Buffer) {
	t := grid{{"file", "holds", "rows", "used", "passed over", "left out"}}
	for _, f := range in.data.Files {
		holds := string(f.Kind)
		if f.ByDay {
			holds += " by day"
		}
		row := []string{f.Name, holds}
		for _, n := range []int{f.Rows, f.Used, f.Passed, f.LeftOut} {
			row = append(row, strconv.Itoa(n))
		}
		t = append(t, row)
	}
	t.print(b, "files")
	in.remarks(b, "  ")
}

// remarksShown is how many remarks on a file people see. All of the first hundred are in the JSON.
const remarksShown = 10

// remarks prints which rows were left out, and what was taken for what.
func (in *cerImport) remarks(b *bytes.Buffer, indent string) {
	for _, f := range in.data.Files {
		for _, r := range []struct {
			what string
			all  int
			list []throughput.Remark
		}{{"left out", f.LeftOut, f.Faults}, {"mended", f.Mended, f.Notes}} {
			for _, l := range r.list[:min(len(r.list), remarksShown)] {
				fmt.Fprintf(b, "%s%s: line %d %s: %s\n", indent, f.Name, l.Line, r.what, l.Text)
			}
			if more := r.all - remarksShown; more > 0 {
				fmt.Fprintf(b, "%s%s: %d more %s\n", indent, f.Name, more, r.what)
			}
		}
	}
}

// printPoints prints the points of the flows, or all if there is no file of flows.
func (in *cerImport) printPoints(b *bytes.Buffer) {
	t := grid{{"point", "pipeline", "name", "border"}}
	add := func(point, pipeline, name string, border throughput.Way) {
		row := []string{point, pipeline, name, string(border)}
		i := slices.IndexFunc(t, func(r []string) bool { return slices.Equal(r[:3], row[:3]) })
		if i < 0 {
			t = append(t, row)
		} else if border != "" {
			t[i] = row // the flow before stays in the country
		}
	}
	for _, f := range in.flows {
		add(f.Point, f.Pipeline, f.Name, f.Border)
	}
	if in.flows == nil {
		for _, p := range in.data.Points {
			add(p.ID, p.Pipeline, p.Name, p.Border)
		}
	}
	t.print(b, "points")
}

func printFlows(b *bytes.Buffer, kind throughput.Kind, flows []throughput.Flow) {
	t := grid{{
		"point", "pipeline", "direction", "trade", "month", "product", throughput.RateUnit, "days", "m3", "bbl", "bbl/d", "capacity",
	}}
	for _, f := range flows {
		if f.Commodity != kind {
			continue
		}
		days := strconv.Itoa(f.Days)
		if f.Days < f.OfDays {
			days += " of " + strconv.Itoa(f.OfDays)
		}
		t = append(t, []string{
			spot(f.Stream), f.Pipeline, f.Direction, f.Trade, f.Month.String(), f.Product, f.Rate.String(), days, f.Volume.String(),
			tenths(f.Barrels), tenths(f.BarrelsPerDay), optional(f.Capacity),
		})
	}
	t.print(b, string(kind))
}

func printTotals(b *bytes.Buffer, kind throughput.Kind, totals []throughput.Total) {
	t := grid{{"point", "pipeline", "direction", "trade", "from", "to", "product", "months", "days", "m3", "bbl", "bbl/d"}}
	for _, s := range totals {
		if s.Commodity != kind {
			continue
		}
		product, months := s.Product, strconv.Itoa(s.Months)
		if product == "" {
			product = "all"
		}
		if s.Months < s.Of {
			months += " of " + strconv.Itoa(s.Of)
		}
		t = append(t, []string{
			spot(s.Stream), s.Pipeline, s.Direction, s.Trade, s.From.String(), s.To.String(), product, months, strconv.Itoa(s.Days),
			s.Volume.String(), tenths(s.Barrels), tenths(s.BarrelsPerDay),
		})
	}
	t.print(b, "totals of "+string(kind))
}

// spot names a point as shortly as it can be.
func spot(s throughput.Stream) string {
	if s.Point != "" {
		return s.Point
	}
	return s.Name
}

// tenths prints an amount with one decimal, or nothing.
func tenths(m *quantity.Micro) string {
	if m == nil {
		return ""
	}
	return m.Decimal(1)
}

// optional prints what there may be.
func optional[T fmt.Stringer](v *T) string {
	if v == nil {
		return ""
	}
	return (*v).String()
}

// flowsCSV prints flows for programs. Texts that may hold a comma come last.
func flowsCSV(w io.Writer, flows []throughput.Flow) error {
	out := csv.NewWriter(w)
	rows := [][]string{{
		"month", "commodity", "point", "direction", "trade", "rate_1000_m3_per_day", "days", "of_days", "m3", "bbl", "bbl_per_day",
		"capacity_1000_m3_per_day", "border", "product", "pipeline", "name",
	}}
	for _, f := range flows {
		rows = append(rows, []string{
			f.Month.String(), string(f.Commodity), f.Point, f.Direction, f.Trade, f.Rate.String(), strconv.Itoa(f.Days),
			strconv.Itoa(f.OfDays), f.Volume.String(), optional(f.Barrels), optional(f.BarrelsPerDay), optional(f.Capacity),
			string(f.Border), f.Product, f.Pipeline, f.Name,
		})
	}
	return out.WriteAll(rows)
}
