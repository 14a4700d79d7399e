package story

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gauger/gauger/evidence/ticket"
)

// act has a party do what the scenario says.
func (w *World) act(ctx context.Context, a *Act, order int) error {
	switch {
	case a.Ticket != nil:
		return w.ticket(ctx, a)
	case a.Report != nil:
		return w.paper(ctx, a, "report", "laboratory.key", a.Report)
	case a.Certificate != nil:
		return w.paper(ctx, a, "certificate", "party.key", a.Certificate)
	case a.Claim != nil:
		return w.claim(ctx, a)
	case a.Product != nil:
		return w.newProduct(a.Product)
	case a.Month != nil:
		return w.month(ctx, a)
	case a.Correction != nil:
		return w.correct(ctx, a, order)
	}
	return w.movement(ctx, a, order)
}

// ticket has the cloud cut a ticket, both parties sign it in their own directories, and hands it in.
func (w *World) ticket(ctx context.Context, a *Act) error {
	t := a.Ticket
	version := max(t.Version, 1)
	name := fmt.Sprintf("%s-v%d", a.ID, version)
	draft := w.path("papers", name+".ticket")
	args := []string{"ticket", "cut", "--cloud", w.url(), "--id", a.ID, "--version", strconv.FormatUint(version, 10), "--point", t.Point,
		"--open", t.Open.Format(timeLayout), "--close", t.Close.Format(timeLayout), "--from", w.scenario.party(t.From).DID,
		"--to", w.scenario.party(t.To).DID, "--at", a.At.Format(timeLayout), "-o", draft}
	if t.Batch != "" {
		args = append(args, "--batch", t.Batch)
	}
	if t.Report != "" {
		filed, ok := w.papers[t.Report]
		if !ok {
			return fmt.Errorf("names report %q, which no act before it has made", t.Report)
		}
		args = append(args, "--report", filed.hash)
	}
	if version > 1 {
		args = append(args, "--previous", w.papers[fmt.Sprintf("%s:%d", a.ID, version-1)].hash)
	}
	// The gateway's records arrive in their own time: ask until the closing one is there.
	err := w.until(ctx, "the records of "+t.Point+" have arrived", func() error {
		_, err := w.children.command(ctx, w.dir, args...)
		return err
	})
	if err != nil {
		return err
	}
	submit := []string{"ticket", "submit", "--cloud", w.url()}
	for _, party := range []string{t.From, t.To} {
		signature := w.path("papers", name+"."+party)
		if _, err := w.children.command(ctx, w.path("parties", party), "ticket", "sign", "--key", "party.key", "-o", signature, draft); err != nil {
			return err
		}
		submit = append(submit, "--signature", signature)
	}
	if _, err := w.children.command(ctx, w.dir, append(submit, draft)...); err != nil {
		return err
	}
	b, err := os.ReadFile(draft)
	if err != nil {
		return err
	}
	hash := ticket.Hash(b)
	filed := filedPaper{hash: hash.String(), file: draft}
	w.papers[a.ID], w.papers[fmt.Sprintf("%s:%d", a.ID, version)] = filed, filed
	return nil
}

// paper has a party sign a document in a process of its own, and hands it in.
func (w *World) paper(ctx context.Context, a *Act, kind, key string, body map[string]any) error {
	resolved, err := w.scenario.resolve(body)
	if err != nil {
		return err
	}
	return w.sign(ctx, a, kind, key, resolved.(map[string]any))
}

func (w *World) sign(ctx context.Context, a *Act, kind, key string, body map[string]any) error {
	dir := w.path("parties", a.By)
	b, err := json.MarshalIndent(body, "", "  ")
	if err != nil {
		return err
	}
	draft, signed := a.ID+".json", w.path("papers", a.ID+"."+kind)
	if err := os.WriteFile(filepath.Join(dir, draft), b, 0o644); err != nil {
		return err
	}
	if _, err := w.children.command(ctx, dir, "document", "sign", "--key", key, "--kind", kind, "-o", signed, draft); err != nil {
		return err
	}
	if _, err := w.children.command(ctx, dir, "document", "submit", "--cloud", w.url(), signed); err != nil {
		return err
	}
	file, err := os.ReadFile(signed)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(file)
	w.papers[a.ID] = filedPaper{hash: hex.EncodeToString(hash[:]), file: signed}
	return nil
}

// movement fills in what every event has, and the ticket it cites.
func (w *World) movement(ctx context.Context, a *Act, order int) error {
	resolved, err := w.scenario.resolve(a.Movement)
	if err != nil {
		return err
	}
	body := resolved.(map[string]any)
	body["id"], body["by"], body["at"], body["order"] = a.ID, w.scenario.party(a.By).DID, a.At.UnixMilli(), order
	if a.Cites != "" {
		filed, ok := w.papers[a.Cites]
		if !ok {
			return fmt.Errorf("cites %q, which no act before it has made", a.Cites)
		}
		body["ticket"] = filed.hash
	}
	return w.sign(ctx, a, "movement", "party.key", body)
}

// claim fills in what follows from the ticket: whose records are entered.
func (w *World) claim(ctx context.Context, a *Act) error {
	resolved, err := w.scenario.resolve(a.Claim)
	if err != nil {
		return err
	}
	body := resolved.(map[string]any)
	filed, ok := w.papers[a.Cites]
	if !ok {
		return fmt.Errorf("cites %q, which no act before it has made", a.Cites)
	}
	b, err := os.ReadFile(filed.file)
	if err != nil {
		return err
	}
	t, err := ticket.Decode(b)
	if err != nil {
		return err
	}
	body["by"], body["at"], body["ticket"] = w.scenario.party(a.By).DID, a.At.UnixMilli(), filed.hash
	body["device"], body["point"], body["first"], body["last"], body["batch"] = t.Device.String(), t.Point, t.First, t.Last, t.Batch
	if number, ok := body["entry"].(string); ok {
		body["entry"] = strings.ReplaceAll(number, "-", "")
	}
	for _, name := range []string{"certificate", "amends"} {
		if cited, ok := body[name].(string); ok {
			body[name] = w.papers[cited].hash
		}
	}
	return w.sign(ctx, a, "claim", "party.key", body)
}
