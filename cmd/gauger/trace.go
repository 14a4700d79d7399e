package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/lineage"
)

// traceCommand follows oil through the books of a cloud, or of a bundle.
func traceCommand() *cobra.Command {
	var t tracing
	var asCSV, asJSON bool
	c := &cobra.Command{
		Use: "trace NAME", Short: "Follow the oil of an entry, batch, source or measuring point",
		Long: "Prints the sources that it came from, or with --forward where it went: each holding with its share. The shares add up to the\n" +
			"volume to the last micro-unit. NAME is the number of an entry, the id of a batch or a source, or a measuring point.\n" +
			"With --bundle the bundle is verified first and nothing else is asked: exit code 3 when only on the keys that came with it.",
		Args: oneArg("the number of an entry, the id of a batch or source, or a measuring point"),
		RunE: func(c *cobra.Command, args []string) error {
			if asCSV && asJSON || t.bundle != "" && c.Flags().Changed("cloud") {
				return usage(errors.New("choose one of --csv and --json, and one of --cloud and --bundle"))
			}
			trail, ends, err := t.follow(c, args[0])
			if err != nil {
				return err
			}
			switch {
			case asJSON:
				err = json.NewEncoder(c.OutOrStdout()).Encode(trail)
			case asCSV:
				err = trailCSV(c.OutOrStdout(), trail)
			default:
				err = printTrail(c.OutOrStdout(), trail)
			}
			return cmp.Or(err, ends)
		},
	}
	c.Flags().StringVar(&t.cloud, "cloud", "http://127.0.0.1:8080", "address of the cloud")
	c.Flags().StringVar(&t.bundle, "bundle", "", "a bundle to read instead of asking a cloud")
	c.Flags().StringVar(&t.trust, "trust", "", "with --bundle: trust file from outside, whose ledger and whose keys count")
	c.Flags().BoolVar(&t.forward, "forward", false, "where it went instead of where it came from")
	c.Flags().StringVar(&t.asOf, "as-of", "", "where the oil was at this instant, by what is known now, such as 2024-03-05T06:00:00-07:00")
	c.Flags().BoolVar(&asCSV, "csv", false, "print the shares as CSV")
	c.Flags().BoolVar(&asJSON, "json", false, "print the trail as JSON")
	return c
}

// tracing is where and how oil is followed.
type tracing struct {
	cloud, bundle, trust string
	forward              bool
	asOf                 string
}

// follow returns a trail, and what the command ends with after printing it.
func (t tracing) follow(c *cobra.Command, name string) (trail lineage.Trail, ends, err error) {
	at := time.Unix(1<<40, 0) // past every record
	if t.asOf != "" {
		if at, err = time.Parse(time.RFC3339, t.asOf); err != nil {
			return trail, nil, usage(fmt.Errorf("--as-of is %q, want a time such as 2024-03-05T06:00:00-07:00", t.asOf))
		}
	}
	if t.bundle == "" {
		trail, err = t.ask(c.Context(), name)
		return trail, nil, err
	}
	v, on, err := check(t.bundle, t.trust)
	if err != nil {
		return trail, nil, err
	}
	if v.Case == nil {
		return trail, nil, usage(fmt.Errorf("%s carries evidence only, no books to follow oil through", t.bundle))
	}
	if on == "bundle" {
		ends = &exitError{exitConsistent, errors.New("consistent only")}
	}
	trail, err = v.Case.Trail(name, t.forward, at.UnixMilli())
	return trail, ends, err
}

func (t tracing) ask(ctx context.Context, name string) (trail lineage.Trail, err error) {
	q := url.Values{}
	if t.forward {
		q.Set("direction", "forward")
	}
	if t.asOf != "" {
		q.Set("asOf", t.asOf)
	}
	answer, err := call(ctx, http.MethodGet, t.cloud+"/v1/trails/"+url.PathEscape(name)+"?"+q.Encode(), nil)
	if err != nil {
		return trail, err
	}
	if err := json.Unmarshal(answer, &trail); err != nil {
		return trail, fmt.Errorf("answer of the cloud: %w", err)
	}
	return trail, nil
}

func printTrail(w io.Writer, t lineage.Trail) error {
	for _, h := range t.Of {
		if _, err := fmt.Fprintf(w, "%s of event %s, %s: %s %s\n", h.Account, h.Event, stamp(h.At), h.Volume, h.Basis); err != nil {
			return err
		}
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "\nshare %s\tof\tsource\tevidence\tat\tevent\n", t.Basis)
	for _, p := range t.Parts {
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Share, p.Account, p.Source, p.Evidence, stamp(p.At), p.Event)
	}
	fmt.Fprintf(out, "%s\tin all, over %d holdings\n", t.Volume, t.Passed)
	return out.Flush()
}

func trailCSV(w io.Writer, t lineage.Trail) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"account", "source", "event", "at", "batch", "place", "point", "evidence", "basis", "volume", "share"}}
	for _, p := range t.Parts {
		rows = append(rows, []string{
			string(p.Account), p.Source, p.Event, stamp(p.At), p.Batch, p.Place, p.Point, string(p.Evidence), p.Basis.String(),
			p.Volume.String(), p.Share.String(),
		})
	}
	return out.WriteAll(rows)
}
