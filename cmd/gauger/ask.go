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
)

// asking is where a question about the books goes, to a cloud or to a bundle, and how the answer is printed.
type asking struct {
	cloud, bundle, trust string
	asCSV, asJSON        bool
}

func (a *asking) flags(c *cobra.Command) {
	c.Flags().StringVar(&a.cloud, "cloud", "http://127.0.0.1:8080", "address of the cloud")
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
	return call(c.Context(), http.MethodGet, cloud+q.path+"?"+q.query.Encode(), nil)
}

// answer is how the answer is printed for people, and as rows for a spreadsheet, headings first.
type answer[T any] struct {
	print func(io.Writer, T) error
	rows  func(T) [][]string
	ends  func(T) error // what the command ends with after printing it; nil for nothing
}

// ask asks and prints. A bundle that was verified on its own keys ends with exit code 3.
func ask[T any](c *cobra.Command, a asking, q question[T], show answer[T]) error {
	switch {
	case a.asCSV && a.asJSON || a.bundle != "" && c.Flags().Changed("cloud"):
		return usage(errors.New("choose one of --csv and --json, and one of --cloud and --bundle"))
	case a.bundle == "" && a.trust != "":
		return usage(errors.New("--trust goes with --bundle"))
	}
	v, ends, err := q.put(c, a)
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
		ends = cmp.Or(show.ends(v), ends)
	}
	return cmp.Or(err, ends)
}

// put returns the answer, and what the command ends with after printing it.
func (q question[T]) put(c *cobra.Command, a asking) (v T, ends, err error) {
	if a.bundle == "" {
		b, err := q.from(c, a.cloud)
		if err != nil {
			return v, nil, err
		}
		if err := json.Unmarshal(b, &v); err != nil {
			return v, nil, fmt.Errorf("answer of the cloud: %w", err)
		}
		return v, nil, nil
	}
	verdict, on, err := check(a.bundle, a.trust)
	if err != nil {
		return v, nil, err
	}
	if verdict.Case == nil {
		return v, nil, usage(fmt.Errorf("%s carries evidence only, no books", a.bundle))
	}
	v, err = q.of(verdict.Case)
	if errors.Is(err, audit.ErrQuestion) {
		err = usage(err)
	}
	return v, consistentOnly(on), err
}
