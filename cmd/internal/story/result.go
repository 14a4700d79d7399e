package story

import (
	"context"
	"time"

	"github.com/gauger/gauger/cloud/lineage/inventory"
)

// Title returns the story's title.
func (w *World) Title() string { return w.scenario.Title }

// URL returns the address of the cloud's API.
func (w *World) URL() string { return w.url() }

// Trust returns the path of the trust file.
func (w *World) Trust() string { return w.path("trust.txt") }

// Program returns the path of the binary that plays.
func (w *World) Program() string { return w.options.Program }

// Seal has the broker who made an entry seal its bundle in a process of its own, has it verified in another one, and returns the
// path of the file.
func (w *World) Seal(ctx context.Context, entry string) (string, error) {
	at, by := w.scenario.Start, ""
	for _, a := range w.scenario.Acts {
		if at = a.At; a.Claim != nil && a.Claim["entry"] == entry && by == "" {
			by = a.By
		}
	}
	file := w.path("bundles", entry+".gauger")
	_, err := w.children.command(ctx, w.path("parties", by), "bundle", "make", "--cloud", w.url(), "--entry", entry, "--key", "party.key",
		"--at", at.Add(time.Hour).Format(timeLayout), "-o", file)
	if err != nil {
		return "", err
	}
	_, err = w.children.command(ctx, w.dir, "verify", "--trust", w.Trust(), file)
	return file, err
}

// Keeper returns the party that keeps common streams and its DID, or nothing where the story has none.
func (w *World) Keeper() (party, did string) {
	t := w.scenario.Traffic
	if t == nil {
		return "", ""
	}
	return t.Keeper, w.scenario.did(t.Keeper)
}

// Inventories returns the inventory methods of the streams that have one, and the zone in which their periods begin.
func (w *World) Inventories() (map[string]inventory.Policy, *time.Location) {
	policies := map[string]inventory.Policy{}
	for _, s := range w.scenario.Traffic.Streams {
		if s.Inventory != nil {
			policies[s.ID] = *s.Inventory
		}
	}
	return policies, w.scenario.Traffic.First.Location()
}

// SealAll has a party seal a bundle of all papers and tickets, without a decision, in a process of its own, and returns its path.
func (w *World) SealAll(ctx context.Context, party string) (string, error) {
	at := w.scenario.Acts[len(w.scenario.Acts)-1].At
	file := w.path("bundles", party+".gauger")
	_, err := w.children.command(ctx, w.path("parties", party), "bundle", "make", "--cloud", w.url(), "--key", "party.key",
		"--at", at.Add(time.Hour).Format(timeLayout), "-o", file)
	return file, err
}
