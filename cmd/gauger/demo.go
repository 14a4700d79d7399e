package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/cmd/internal/story"
	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/metrology/quantity"
)

// builtin is the scenario that is played when none is named.
const builtin = "two-batches"

func demoCommand() *cobra.Command {
	var o demoOptions
	c := &cobra.Command{
		Use:   "demo",
		Short: "Play two batches of crude from spigot to import entry, or a month of common streams",
		Long: "Starts meters, gateways, broker and cloud as processes of their own, plays the scenario in simulated time, and seals a bundle\n" +
			"for each entry. Without --once the API and the status page stay up until interrupted.\n" +
			"Built in are two-batches, and common-stream: a month of a carrier with 12 streams and 40 shippers.",
		Example: "  gauger demo --once --dir /tmp/story\n  gauger demo --once --scenario common-stream",
		Args:    noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return demo(c.Context(), o, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().BoolVar(&o.once, "once", false, "end after the story")
	c.Flags().StringVar(&o.dir, "dir", "", "directory to keep everything in; without it, a new one below the temporary directory")
	c.Flags().StringVar(&o.scenario, "scenario", builtin, "two-batches, common-stream, or a scenario file")
	c.Flags().BoolVar(&o.json, "json", false, "print the result as JSON")
	return c
}

type demoOptions struct {
	once, json    bool
	dir, scenario string
}

// outcome is what the demo prints with --json.
type outcome struct {
	Entries []entryOutcome `json:"entries"`
	Trust   string         `json:"trust"`
	Counts  store.Counts   `json:"counts"`
	Gaps    []store.Gap    `json:"gaps"`
	Month   *monthOutcome  `json:"month,omitempty"` // of a story with common streams
}

// entryOutcome is one entry; amounts are decimal strings.
type entryOutcome struct {
	Number     string        `json:"number"`
	Port       string        `json:"port"`
	HTS        string        `json:"hts"`
	NetBarrels string        `json:"netBarrels"`
	Origin     originOutcome `json:"origin"`
	Duty       amounts       `json:"duty"`
	MPF        amounts       `json:"mpf"`
	Value      string        `json:"value"`
	Due        string        `json:"due"`
	Quantity   coverageShare `json:"quantity"` // what the barrels rest on
	Coverage   coverageShare `json:"coverage"` // what the composition rests on
	Later      *laterOutcome `json:"later,omitempty"`
	Unverified []string      `json:"unverified"` // figures that rest on a row nobody has read in its source
	Bundle     string        `json:"bundle"`
}

type originOutcome struct {
	Qualifies  bool     `json:"qualifies"`
	ForCounsel bool     `json:"forCounsel,omitempty"` // by an argument of law that is open: no plain yes
	Criterion  string   `json:"criterion"`
	Rule       string   `json:"rule"`
	Reasons    []string `json:"reasons"`
}

type amounts struct {
	Claimed   customs.Cents `json:"claimed"`
	Unclaimed customs.Cents `json:"unclaimed"`
}

// coverageShare says what rests on which class of evidence, as shares of 1.
type coverageShare struct {
	Signed   string `json:"signed"`
	Attested string `json:"attested"`
	Typed    string `json:"typed"`
}

type laterOutcome struct {
	At        string        `json:"at"`
	Criterion string        `json:"criterion"`
	Reclaim   customs.Cents `json:"reclaim"`
	Refused   string        `json:"refused,omitempty"`
}

func demo(ctx context.Context, o demoOptions, out, progress io.Writer) (err error) {
	scenario, data, err := loadScenario(o.scenario)
	if err != nil {
		return usage(err)
	}
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "gauger-demo-"); err != nil {
			return err
		}
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	begun := time.Now()
	w, err := story.New(ctx, story.Options{Scenario: scenario, Source: data, Dir: o.dir, Program: program, Progress: progress})
	if err != nil {
		return usage(err)
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.Play(ctx); err != nil {
		return err
	}
	result, decisions, err := conclude(ctx, w)
	if err != nil {
		return err
	}
	if o.json {
		err = json.NewEncoder(out).Encode(result)
	} else {
		summarise(out, w, result, decisions, time.Since(begun))
	}
	if err != nil || o.once {
		return err
	}
	fmt.Fprintf(progress, "\nThe status page is at %s until you press Ctrl-C.\n", w.URL())
	<-ctx.Done()
	return nil
}

// loadScenario reads a scenario that is built in, or one from a file.
func loadScenario(name string) (*story.Scenario, []byte, error) {
	data, err := configs.Files.ReadFile("story/" + name + ".yaml")
	if err != nil {
		if data, err = os.ReadFile(name); err != nil {
			return nil, nil, fmt.Errorf("%w: name a file, or one of those built in: two-batches, common-stream", err)
		}
	}
	scenario, err := story.Load(name, data)
	return scenario, data, err
}

// conclude reads the entries from the API, has the broker seal a bundle of each, and verifies it in a process of its own.
func conclude(ctx context.Context, w *story.World) (*outcome, []*audit.Decision, error) {
	var answers []struct {
		*audit.Decision
		Error string
	}
	r := &outcome{Trust: w.Trust(), Entries: []entryOutcome{}}
	for path, into := range map[string]any{"/v1/entries": &answers, "/v1/counts": &r.Counts, "/v1/gaps": &r.Gaps} {
		b, err := call(ctx, http.MethodGet, w.URL()+path, nil)
		if err == nil {
			err = json.Unmarshal(b, into)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	var decisions []*audit.Decision
	for _, a := range answers {
		if a.Error != "" {
			return nil, nil, errors.New(a.Error)
		}
		decisions = append(decisions, a.Decision)
	}
	slices.SortStableFunc(decisions, func(a, b *audit.Decision) int { return cmp.Compare(a.Ticket.Close, b.Ticket.Close) })
	for _, d := range decisions {
		bundle, err := w.Seal(ctx, d.Entry)
		if err != nil {
			return nil, nil, err
		}
		r.Entries = append(r.Entries, entryResult(d, bundle))
	}
	var err error
	r.Month, err = concludeMonth(ctx, w, decisions)
	return r, decisions, err
}

func entryResult(d *audit.Decision, bundle string) entryOutcome {
	a := d.Assessment
	filed := a.Claimed
	if a.Filed != customs.WithClaim {
		filed = a.Unclaimed
	}
	e := entryOutcome{
		Number: d.Entry, Port: d.Port, HTS: a.Line.HTS, NetBarrels: fmt.Sprint(filed.Barrels), Value: filed.Value.String(),
		Duty: amounts{a.Claimed.Duty, a.Unclaimed.Duty}, MPF: amounts{a.Claimed.MPF, a.Unclaimed.MPF}, Due: string(filed.Due), Bundle: bundle,
		Origin:   originOutcome{Qualifies: d.Origin.Qualifies, ForCounsel: d.Origin.ForCounsel, Criterion: d.Origin.Criterion, Rule: d.Origin.Rule, Reasons: []string{}},
		Quantity: shares(d.Quantity), Coverage: shares(d.Coverage), Unverified: unverified(d),
	}
	for _, reason := range d.Origin.Reasons {
		e.Origin.Reasons = append(e.Origin.Reasons, fmt.Sprintf("%s: %s [%s; %s]", reason.Outcome, reason.Text, reason.Citation, reason.Verified))
	}
	if d.Later != nil {
		e.Later = &laterOutcome{At: d.Later.At, Criterion: d.Later.Origin.Criterion, Reclaim: d.Later.Reclaim, Refused: d.Later.Refused}
	}
	return e
}

func shares(c lineage.Coverage) coverageShare {
	of := func(part quantity.Micro) string { return fmt.Sprintf("%.4f", float64(part)/float64(c.Volume)) }
	return coverageShare{Signed: of(c.Signed), Attested: of(c.Attested), Typed: of(c.Typed)}
}

// summarise prints what a customs officer wants to know, and where everything is.
func summarise(out io.Writer, w *story.World, r *outcome, decisions []*audit.Decision, took time.Duration) {
	fmt.Fprintf(out, "\n%s\n", w.Title())
	fmt.Fprintf(out, "%d records in %d signed batches, %d ledger entries, %d tickets, in %d s.\n", r.Counts.Records, r.Counts.Batches,
		r.Counts.Statements, r.Counts.Tickets, int(took.Seconds()))
	for i, d := range decisions {
		fmt.Fprintf(out, "\nENTRY %s\n", d.Entry)
		printDecision(out, d)
		fmt.Fprintf(out, "  %-12s %s\n", "bundle", r.Entries[i].Bundle)
	}
	if r.Month != nil {
		summariseMonth(out, r.Month)
	}
	fmt.Fprintf(out, "\nEverything is in %s\nVerify an entry, offline:\n", filepath.Dir(r.Trust))
	for _, e := range r.Entries {
		fmt.Fprintf(out, "  %s verify --trust %s %s\n", w.Program(), r.Trust, e.Bundle)
	}
}

// metersCommand is a child of the demo: the meters of one site.
func metersCommand() *cobra.Command {
	var o story.MeterOptions
	var scenario string
	c := &cobra.Command{
		Use: "meters", Short: "Play the meters of a site", Hidden: true, Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			data, err := os.ReadFile(scenario)
			if err != nil {
				return usage(err)
			}
			if o.Scenario, err = story.Load(scenario, data); err != nil {
				return usage(err)
			}
			o.Ready = c.OutOrStdout()
			return story.RunMeters(c.Context(), o)
		},
	}
	c.Flags().StringVar(&scenario, "scenario", "", "scenario file")
	c.Flags().StringVar(&o.Site, "site", "", "site")
	c.Flags().StringVar(&o.Sockets, "sockets", "", "directory for the bus sockets")
	c.Flags().StringVar(&o.Clock, "clock", "", "socket of the simulated clock")
	c.Flags().StringVar(&o.Broker, "broker", "", "broker for meters that publish")
	c.Flags().StringVar(&o.Modbus, "modbus", "", "address of the Modbus server")
	return c
}
