package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/document"
)

// statementCommand prints what the books say of a month.
func statementCommand() *cobra.Command {
	c := &cobra.Command{Use: "statement", Short: "Print a month of the books: run tickets, a pipeline, a shipper, a port"}
	c.AddCommand(
		statementOf[*document.RunStatement](document.RunKind, "run NAME MONTH", "Run tickets of a measuring point, facility or source in a month",
			"run LACT-1 2024-03",
			"NAME is a measuring point, a facility with all its meters and sources, or a source (lease, well, battery). A ticket is listed in its\n"+
				"newest version, in the month in which it closed. What was voided is listed and in no sum."),
		statementOf[*document.PipelineStatement](document.PipelineKind, "pipeline NAME MONTH", "A carrier's month of a stream or line, by shipper",
			"pipeline LSB 2024-03 --pdf pipeline.pdf --paper letter",
			"NAME is a stream or line. Opening, receipts, deliveries, titles and exchanges, loss allowance, deductions, over and short,\n"+
				"adjustments and closing of each shipper, and their total, which is what the books have in the stream or line. A month that the\n"+
				"carrier closed is taken as it was closed; another one is provisional."),
		statementOf[*document.ShipperStatement](document.ShipperKind, "shipper DID MONTH", "A shipper's month, with every movement behind it",
			"shipper did:web:alpha.example 2024-03 --xlsx alpha.xlsx",
			"DID is the shipper's. Its line of each pipeline statement, with the movements that make it up: in all streams and lines, or in those\n"+
				"of a carrier, or in one. The statements of all shippers add up to the pipeline statement."),
		statementOf[*document.Manifest](document.ManifestKind, "manifest PORT MONTH|DAY", "What is due at a port, an estimate, and what crossed there",
			"manifest 3407 2024-03-11 --csv",
			"PORT is a code of Schedule D, 3407; MONTH or DAY one of customs days at the port, 2024-03 or 2024-03-11. Batches under way that are due\n"+
				"there are an estimate by the planned rates of the line; those that crossed are as metered. To which port a place belongs is as\n"+
				"gauger crossings has it."),
	)
	return c
}

// paging is how a statement is handed out, beside how asking prints it.
type paging struct{ pdf, xlsx, paper string }

// statementOf is the command of one kind of statement.
func statementOf[T document.Statement](kind, use, short, example, long string) *cobra.Command {
	var a asking
	var p paging
	var known instant
	q := document.Question{Kind: kind}
	c := &cobra.Command{
		Use: use, Short: short, Example: "  gauger statement " + example, Long: long + "\nA bundle has the papers of one entry: what else went through is not in its books. Ask a cloud.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage(fmt.Errorf("want two arguments, %s", use[len(kind)+1:]))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			q.Of, q.Period, q.KnownAt = args[0], args[1], known.String()
			if _, err := document.QuestionOf(q.Kind, q.Of, q.Period, q.Query()); err != nil {
				return usage(err)
			}
			return hand[T](c, a, p, q)
		},
	}
	a.flags(c)
	c.Flags().StringVar(&p.pdf, "pdf", "", "write pages to print to this file, or to - for standard output")
	c.Flags().StringVar(&p.xlsx, "xlsx", "", "write a workbook to this file, or to - for standard output")
	c.Flags().StringVar(&p.paper, "paper", string(document.A4), "with --pdf: a4 or letter")
	knownFlag(c, &known)
	if kind != document.ManifestKind {
		c.Flags().StringVar(&q.Begins, "begins", "", "time of day at which the month begins, such as 07:00-07:00; without it as it was closed, else midnight UTC")
	}
	if kind == document.ShipperKind {
		c.Flags().StringVar(&q.In, "in", "", "a stream or line; without it, all")
		c.Flags().StringVar(&q.Carrier, "carrier", "", "DID: only what this carrier keeps")
	}
	return c
}

// hand asks for a statement and hands it out.
func hand[T document.Statement](c *cobra.Command, a asking, p paging, q document.Question) error {
	ways := 0
	for _, chosen := range []bool{a.asCSV, a.asJSON, p.pdf != "", p.xlsx != ""} {
		if chosen {
			ways++
		}
	}
	if ways > 1 {
		return usage(errors.New("choose one of --csv, --json, --pdf and --xlsx"))
	}
	if paper := document.Paper(p.paper); paper != document.A4 && paper != document.Letter {
		return usage(fmt.Errorf("--paper is %q, want %s or %s", p.paper, document.A4, document.Letter))
	}
	if p.pdf == "" && p.xlsx == "" && !a.asCSV {
		return ask(c, a, asked[T](q), answer[T]{print: func(w io.Writer, s T) error { return document.Text(w, s) }})
	}
	if err := a.check(c); err != nil {
		return err
	}
	s, from, err := asked[T](q).put(c, a)
	if err != nil {
		return err
	}
	to, made := cmp.Or(p.pdf, p.xlsx, "-"), []byte(nil)
	if p.pdf != "" {
		made, err = document.PDF(s, document.Paper(p.paper), from.source)
	} else {
		t := s.Table()
		t.Source = from.source
		if p.xlsx != "" {
			made, err = t.XLSX()
		} else {
			made, err = t.CSV()
		}
	}
	if errors.Is(err, audit.ErrQuestion) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	return cmp.Or(writeOut(to, made), from.ends)
}

// asked is the question for a statement, to a cloud and to the books of a bundle.
func asked[T document.Statement](q document.Question) question[T] {
	path := "/v1/statements/" + q.Kind + "/" + url.PathEscape(q.Of) + "/" + url.PathEscape(q.Period)
	return question[T]{path: path, query: q.Query(), of: func(c *audit.Case) (v T, err error) {
		s, err := q.Answer(c)
		if err != nil {
			return v, err
		}
		return s.(T), nil
	}}
}
