package story

import (
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

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
)

// MonthAct has a keeper close a month of all his pools, as the cloud drafts it from the books, and state the month of each stream,
// shipper by shipper.
type MonthAct struct {
	Month string `yaml:"month"` // "2024-03"
	From  Time   `yaml:"from"`
	To    Time   `yaml:"to"`
	// Slips are what the keeper's clerk typed wrong in the statements.
	Slips []Slip `yaml:"slips"`
}

// Slip is one figure that is not what the books have.
type Slip struct {
	Stream  string         `yaml:"stream"`
	Shipper string         `yaml:"shipper"` // party
	Figure  string         `yaml:"figure"`  // "receipts" or "deliveries"
	Typed   quantity.Micro `yaml:"typed"`   // m3
}

// Correction is a stated volume that turns out to be another: the keeper voids the event, with a replacement.
type Correction struct {
	Of     string         `yaml:"of"`     // event of the traffic
	Volume quantity.Micro `yaml:"volume"` // m3
	Reason string         `yaml:"reason"`
}

// traffic lists what the traffic does when.
func (w *World) traffic() (all []happening) {
	t := w.scenario.Traffic
	if t == nil {
		return nil
	}
	for day := range t.Days + 1 {
		all = append(all, happening{w.scenario.day(day).at, 4, func(ctx context.Context) error { return w.trafficDay(ctx, day) }})
		if slices.Contains(t.Gauged, day) {
			all = append(all, happening{w.scenario.day(day).at.Add(time.Hour), 4, func(ctx context.Context) error { return w.gauge(ctx, day) }})
		}
	}
	return all
}

// trafficDay has the keeper sign a day's papers as one set, and hand it in.
func (w *World) trafficDay(ctx context.Context, day int) error {
	b, sheets, err := w.scenario.opened(day)
	if err != nil {
		return fmt.Errorf("traffic of %s: %w", w.scenario.day(day).at.Format(time.DateOnly), err)
	}
	for _, s := range sheets {
		if err := os.MkdirAll(w.path("papers", "sheets"), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(w.path("papers", "sheets", s.name), []byte(s.text), 0o644); err != nil {
			return err
		}
	}
	return w.set(ctx, Time{b.at}, w.scenario.Traffic.Keeper, "TRAFFIC-"+b.tag, b.events)
}

// opened returns the papers of a day; those of day 0 open the streams.
func (s *Scenario) opened(day int) (*book, []sheet, error) {
	if day > 0 {
		return s.booked(day)
	}
	b, err := s.opening()
	return b, nil, err
}

// set has a party sign several events in a process of its own, and hands them in together.
func (w *World) set(ctx context.Context, at Time, by, name string, events []custody.Event) error {
	w.say(at, "%s %d papers", name, len(events))
	for _, e := range events {
		w.stated[e.ID] = e
	}
	b, err := json.Marshal(events)
	if err != nil {
		return err
	}
	draft, signed := w.path("parties", by, name+".json"), w.path("papers", name+".set")
	if err := os.WriteFile(draft, b, 0o644); err != nil {
		return err
	}
	dir := w.path("parties", by)
	if _, err := w.children.command(ctx, dir, "document", "sign", "--key", "party.key", "--kind", custody.Thing, "-o", signed, draft); err != nil {
		return err
	}
	_, err = w.children.command(ctx, dir, "document", "submit", "--cloud", w.url(), signed)
	return err
}

// get reads an answer of the cloud.
func (w *World) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url()+path, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	b, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s", path, res.Status, b)
	}
	return json.Unmarshal(b, into)
}

// gauge has the keeper state what the gauges of all streams say.
func (w *World) gauge(ctx context.Context, day int) error {
	var held struct {
		Pools []custody.PoolBalance `json:"pools"`
	}
	if err := w.get(ctx, "/v1/balance", &held); err != nil {
		return err
	}
	books := map[string]quantity.Micro{}
	for _, p := range held.Pools {
		books[p.Pool] = p.Closing.Volume
	}
	b := w.scenario.gaugings(day, books)
	return w.set(ctx, Time{b.at}, w.scenario.Traffic.Keeper, "GAUGES-"+b.tag, b.events)
}

// month closes a month and states it, as the cloud drafts it, but for what the clerk types wrong.
func (w *World) month(ctx context.Context, a *Act) error {
	m, draft := a.Month, a.ID+"-draft.json"
	dir := w.path("parties", a.By)
	_, err := w.children.command(ctx, dir, "document", "month", m.Month, "--cloud", w.url(), "--keeper", w.scenario.did(a.By), "--id", a.ID,
		"--from", m.From.Format(timeLayout), "--to", m.To.Format(timeLayout), "--at", a.At.Format(timeLayout), "-o", draft)
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(dir, draft))
	if err != nil {
		return err
	}
	var events []custody.Event
	if err := json.Unmarshal(b, &events); err != nil {
		return err
	}
	for _, s := range m.Slips {
		if err := w.scenario.slip(events, s); err != nil {
			return err
		}
	}
	return w.set(ctx, a.At, a.By, a.ID, events)
}

// slip types a figure wrong; the clerk's own sum follows it.
func (s *Scenario) slip(events []custody.Event, slip Slip) error {
	i := slices.IndexFunc(events, func(e custody.Event) bool { return e.Statement != nil && e.Statement.Pool == slip.Stream })
	if i < 0 {
		return fmt.Errorf("slip: nothing is stated of stream %q", slip.Stream)
	}
	lines := events[i].Statement.Lines
	k := slices.IndexFunc(lines, func(l custody.StatementLine) bool { return l.Shipper == s.did(slip.Shipper) })
	if k < 0 {
		return fmt.Errorf("slip: %s has no position in stream %s", slip.Shipper, slip.Stream)
	}
	if slip.Figure == "receipts" {
		lines[k].Closing += slip.Typed - lines[k].Receipts
		lines[k].Receipts = slip.Typed
		return nil
	}
	lines[k].Closing -= slip.Typed - lines[k].Deliveries
	lines[k].Deliveries = slip.Typed
	return nil
}

// correct voids an event of the traffic, with the same one in another volume in its place.
func (w *World) correct(ctx context.Context, a *Act, order int) error {
	c := a.Correction
	right, known := w.stated[c.Of]
	if !known {
		return fmt.Errorf("event %q is none of the traffic so far", c.Of)
	}
	switch {
	case right.Receipt != nil:
		receipt, stated := *right.Receipt, *right.Receipt.Stated
		stated.Volume = c.Volume
		receipt.Stated, right.Receipt = &stated, &receipt
	case right.Withdrawal != nil:
		withdrawal, bulk := *right.Withdrawal, *right.Withdrawal.Stated
		bulk.Volume = c.Volume
		withdrawal.Stated, right.Withdrawal = &bulk, &withdrawal
	default:
		return fmt.Errorf("event %s is a %s: only receipts and withdrawals are corrected", c.Of, right.Kind())
	}
	return w.set(ctx, a.At, a.By, a.ID, []custody.Event{{
		Version: custody.Version, ID: a.ID, By: w.scenario.did(a.By), At: a.At.UnixMilli(), Order: uint64(order),
		Void: &custody.Void{Of: c.Of, Reason: c.Reason, Replacement: &right},
	}})
}
