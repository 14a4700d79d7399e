package main

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/evidence/cose"
)

// asking is where a question about the books goes, to a cloud or to a bundle, and how the answer is printed.
type asking struct {
	cloud, bundle, trust string
	asCSV, asJSON        bool
}

func (a *asking) flags(c *cobra.Command) {
	cloudFlag(c, &a.cloud)
	c.Flags().StringVar(&a.bundle, "bundle", "", "a bundle to read instead of asking a cloud")
	c.Flags().StringVar(&a.trust, "trust", "", "with --bundle: trust file from outside, whose ledger and whose keys count")
	c.Flags().BoolVar(&a.asCSV, "csv", false, "print CSV")
	c.Flags().BoolVar(&a.asJSON, "json", false, "print JSON")
}

// question is one about the books: the path and query that ask a cloud, and what asks the books of a bundle.
type question[T any] struct {
	path  string
	query url.Values
	of    func(*audit.Case) (T, error)
	body  []byte // what a longer question says, as JSON; nil for none
}

// from asks a cloud.
func (q question[T]) from(c *cobra.Command, cloud string) ([]byte, error) {
	if q.body != nil {
		return call(c.Context(), http.MethodPost, cloud+q.path, q.body)
	}
	address := cloud + q.path
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	return call(c.Context(), http.MethodGet, address, nil)
}

// answer is how the answer is printed for people, and as rows for a spreadsheet, headings first.
type answer[T any] struct {
	print func(io.Writer, T) error
	rows  func(T) [][]string
	ends  func(T) error // what the command ends with after printing it; nil for nothing
}

// ask asks and prints. A bundle that was verified on its own keys ends with exit code 3.
func ask[T any](c *cobra.Command, a asking, q question[T], show answer[T]) error {
	if err := a.check(c); err != nil {
		return err
	}
	v, from, err := q.put(c, a)
	if err != nil {
		return err
	}
	out := c.OutOrStdout()
	switch {
	case a.asJSON:
		err = json.NewEncoder(out).Encode(v)
	case a.asCSV:
		err = csv.NewWriter(out).WriteAll(show.rows(v))
	default:
		err = show.print(out, v)
	}
	if show.ends != nil {
		from.ends = cmp.Or(show.ends(v), from.ends)
	}
	return cmp.Or(err, from.ends)
}

// check refuses flags that contradict each other.
func (a *asking) check(c *cobra.Command) error {
	switch {
	case a.asCSV && a.asJSON || a.bundle != "" && c.Flags().Changed("cloud"):
		return usage(errors.New("choose one of --csv and --json, and one of --cloud and --bundle"))
	case a.bundle == "" && a.trust != "":
		return usage(errors.New("--trust goes with --bundle"))
	}
	return nil
}

// provenance is where an answer is from, and what the command ends with after printing it.
type provenance struct {
	source string // for people, with how far it was verified
	ends   error
}

// put returns the answer, and where it is from.
func (q question[T]) put(c *cobra.Command, a asking) (v T, from provenance, err error) {
	if a.bundle == "" {
		b, err := q.from(c, a.cloud)
		if err != nil {
			return v, from, err
		}
		if err := json.Unmarshal(b, &v); err != nil {
			return v, from, fmt.Errorf("answer of the cloud: %w", err)
		}
		return v, provenance{source: "the books of the cloud at " + a.cloud + ", " + string(document.Unverified)}, nil
	}
	file, err := readIn(a.bundle, cose.MaxMessage)
	if err != nil {
		return v, from, usage(err)
	}
	verdict, on, err := checkFile(a.bundle, file, a.trust)
	if err != nil {
		return v, from, err
	}
	if verdict.Case == nil {
		return v, from, usage(fmt.Errorf("%s carries evidence only, no books", a.bundle))
	}
	v, err = q.of(verdict.Case)
	if errors.Is(err, audit.ErrQuestion) {
		err = usage(err)
	}
	from.source, _ = document.Source(verdict.Evidence, file, standing(on))
	from.ends = consistentOnly(on)
	return v, from, err
}
