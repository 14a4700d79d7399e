package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/ledger/monitor"
)

// ledgerCommand reads ledgers from outside.
func ledgerCommand() *cobra.Command {
	c := &cobra.Command{Use: "ledger", Short: "Read ledgers as anyone can who knows their keys"}
	c.AddCommand(ledgerClaimsCommand(), ledgerFsckCommand(), ledgerMonitorCommand(), ledgerMisbehaviourCommand(), ledgerProofCommand())
	return c
}

// claimsRead is what the claims of some ledgers come to.
type claimsRead struct {
	Logs     []logRead       `json:"logs"`
	Claims   int             `json:"claims"`
	Overlaps []audit.Overlap `json:"overlaps"`
	Unread   []audit.Unread  `json:"unread"`
}

// logRead is how far a log was read.
type logRead struct {
	Log    string `json:"log"`
	Origin string `json:"origin"`
	Size   uint64 `json:"size"`
}

func ledgerClaimsCommand() *cobra.Command {
	var trust string
	var asCSV, asJSON bool
	c := &cobra.Command{
		Use: "claims LOG...", Short: "Find what two claims enter both, across companies and ledgers",
		Long: "LOG is the folder of a log (of a cloud: the folder \"ledger\" in its data), or the URL that its files are served below (of a cloud:\n" +
			"its address and /log/). Reads every entry of each log, holds them against the checkpoint that the log signed, and verifies the\n" +
			"claims among them with the keys registered there. A claim names the records of a meter that it enters, so that two claims over\n" +
			"one record show without anybody's volumes. Ends with exit code 1 when claims overlap.",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return usage(errors.New("name at least one log: its folder, or its URL"))
			case asCSV && asJSON:
				return usage(errors.New("choose one of --csv and --json"))
			}
			return nil
		},
		Example: "  gauger ledger claims http://127.0.0.1:8080/log/ north/ledger --trust trust.txt",
		RunE: func(c *cobra.Command, args []string) error {
			read, err := readClaims(c, trust, args)
			if err != nil {
				return err
			}
			out := c.OutOrStdout()
			switch {
			case asJSON:
				err = json.NewEncoder(out).Encode(read)
			case asCSV:
				err = csv.NewWriter(out).WriteAll(overlapRows(read))
			default:
				err = printClaims(out, read)
			}
			if err == nil && len(read.Overlaps) > 0 {
				err = fmt.Errorf("%d overlaps among %d claims", len(read.Overlaps), read.Claims)
			}
			return err
		},
	}
	c.Flags().StringVar(&trust, "trust", "", "trust file: whose ledgers and whose keys count")
	c.Flags().BoolVar(&asCSV, "csv", false, "print CSV")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// readClaims reads the logs at the places and holds their claims against each other.
func readClaims(c *cobra.Command, trustFile string, places []string) (*claimsRead, error) {
	trust, err := logTrust(trustFile)
	if err != nil {
		return nil, err
	}
	r := &claimsRead{Overlaps: []audit.Overlap{}, Unread: []audit.Unread{}}
	var all []audit.Anchored
	for _, place := range places {
		log, err := monitor.At(place)
		if err != nil {
			return nil, usage(err)
		}
		anchors := audit.Anchors{Log: place, Trust: trust}
		checkpoint, err := log.Read(c.Context(), trust, func(index uint64, entry []byte) error {
			anchors.Take(index, entry)
			return nil
		})
		if err != nil {
			return nil, err
		}
		r.Logs = append(r.Logs, logRead{place, checkpoint.Origin, checkpoint.Size})
		r.Unread = append(r.Unread, anchors.Unread...)
		all = append(all, anchors.Claims...)
	}
	r.Claims = len(all)
	overlaps, err := audit.Overlaps(all)
	if err != nil && !errors.Is(err, audit.ErrTooMany) {
		return nil, err
	}
	r.Overlaps = append(r.Overlaps, overlaps...)
	return r, nil
}

func printClaims(w io.Writer, r *claimsRead) error {
	for _, l := range r.Logs {
		fmt.Fprintf(w, "log %s (%s): %d entries, all under its checkpoint\n", l.Origin, l.Log, l.Size)
	}
	for _, u := range r.Unread {
		fmt.Fprintf(w, "not counted: entry %d of %s: %s\n", u.Index, u.Log, u.Why)
	}
	for _, o := range r.Overlaps {
		a, b := o.Claims[0], o.Claims[1]
		switch o.Kind {
		case audit.SameRecords:
			fmt.Fprintf(w, "OVERLAP: records %d to %d of %s (device %s) are entered twice\n", o.First, o.Last, o.Point, o.Device)
		case audit.SameBatch:
			fmt.Fprintf(w, "OVERLAP: batch %s is entered at two meters\n", o.Batch)
		case audit.SameEntry:
			fmt.Fprintln(w, "OVERLAP: one entry number stands on two claims, neither of which amends the other")
		}
		for _, c := range []audit.ClaimRef{a, b} {
			fmt.Fprintf(w, "  entry %s for %s, claimed by %s at %s: entry %d of %s\n", c.Entry, c.Importer, c.By, stamp(c.At), c.Index, c.Log)
		}
	}
	_, err := fmt.Fprintf(w, "%d claims, %d overlaps\n", r.Claims, len(r.Overlaps))
	return err
}

// overlapRows returns a row for each overlap.
func overlapRows(r *claimsRead) [][]string {
	rows := [][]string{{"kind", "device", "point", "first", "last", "batch"}}
	for _, side := range []string{"a", "b"} {
		for _, column := range []string{"entry", "importer", "by", "at", "log", "index"} {
			rows[0] = append(rows[0], side+"_"+column)
		}
	}
	for _, o := range r.Overlaps {
		row := []string{string(o.Kind), "", "", "", "", o.Batch}
		if o.Kind == audit.SameRecords {
			row = []string{string(o.Kind), o.Device.String(), o.Point, strconv.FormatUint(o.First, 10), strconv.FormatUint(o.Last, 10), o.Batch}
		}
		for _, c := range o.Claims {
			row = append(row, c.Entry, c.Importer, c.By, stamp(c.At), c.Log, strconv.FormatUint(c.Index, 10))
		}
		rows = append(rows, row)
	}
	return rows
}
