// Package audit puts together everything behind an entry, and decides about it: the same code decides live in the cloud and
// again, offline, for whoever verifies a bundle.
package audit

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/ticket"
)

// Library is where statements and records are kept. Every method may be called again with the same result.
type Library interface {
	// StatementOf returns the number of the statement that covers a record.
	StatementOf(ctx context.Context, device cose.Kid, point string, seq uint64) (uint64, error)
	// Batches returns a device's statements with these numbers and their receipts, in order.
	Batches(ctx context.Context, device cose.Kid, first, last uint64) ([]bundle.Batch, error)
	// Batch returns the leaves that a statement covers, in its order.
	Batch(ctx context.Context, s *statement.Statement) ([][]byte, error)
}

// span is a range of a device's statements.
type span struct{ first, last uint64 }

// place is a record that a ticket cites.
type place struct {
	point string
	seq   uint64
}

// Speakers puts into a bundle that has everything else the registries that it rests on, and the trust file without other organisations. They
// are the newest of every organisation that a paper, ticket or statement of the bundle names, or that has a key which signed one: it does
// not tell who else is on the cloud, and whoever checks it needs to know nobody else.
func Speakers(b *bundle.Bundle, all []registry.Opened, trust proof.Trust) error {
	kept := map[string]bool{}
	for _, r := range registry.Newest(all) {
		marks := [][]byte{[]byte(r.Organisation)}
		for _, e := range r.Entries {
			key, err := cose.ParseKey(e.Key)
			if err != nil {
				return fmt.Errorf("registry of %s: %w", r.Organisation, err)
			}
			kid := key.Kid()
			marks = append(marks, kid[:])
		}
		if slices.ContainsFunc(marks, func(mark []byte) bool { return holds(b, mark) }) {
			kept[r.Organisation] = true
			b.Registries = append(b.Registries, r.Signed)
		}
	}
	b.Trust = trust.Of(func(did string) bool { return kept[did] }).Format()
	return nil
}

// holds reports whether something in a bundle that somebody signed has these bytes in it.
func holds(b *bundle.Bundle, mark []byte) bool {
	in := func(signed []byte) bool { return bytes.Contains(signed, mark) }
	return slices.ContainsFunc(b.Documents, in) ||
		slices.ContainsFunc(b.Tickets, func(t ticket.Signed) bool { return in(t.Ticket) || slices.ContainsFunc(t.Signatures, in) }) ||
		slices.ContainsFunc(b.Batches, func(x bundle.Batch) bool { return in(x.Statement) })
}

// Batches collects what proves tickets, by device: every statement from the opening record of the earliest to the closing
// record of the latest, with the records that the depth asks for.
func Batches(ctx context.Context, from Library, tickets []*ticket.Ticket, depth bundle.Depth) ([]bundle.Batch, error) {
	spans, cited := map[cose.Kid]span{}, map[cose.Kid]map[place]bool{}
	for _, t := range tickets {
		places := []place{{t.Point, t.Last}}
		if t.First > 0 {
			places = append(places, place{t.Point, t.First - 1})
		} else {
			places = append(places, place{t.Point, 0})
		}
		if cited[t.Device] == nil {
			cited[t.Device] = map[place]bool{}
		}
		for _, p := range places {
			n, err := from.StatementOf(ctx, t.Device, p.point, p.seq)
			if err != nil {
				return nil, fmt.Errorf("ticket %s: statement over %s seq %d: %w", t.ID, p.point, p.seq, err)
			}
			s, known := spans[t.Device]
			if !known {
				s = span{n, n}
			}
			spans[t.Device] = span{min(s.first, n), max(s.last, n)}
			cited[t.Device][p] = true
		}
	}
	var out []bundle.Batch
	for _, device := range sortedKids(spans) {
		batches, err := from.Batches(ctx, device, spans[device].first, spans[device].last)
		if err != nil {
			return nil, err
		}
		for i := range batches {
			if err := fill(ctx, from, &batches[i], cited[device], depth); err != nil {
				return nil, err
			}
		}
		out = append(out, batches...)
	}
	return out, nil
}

func sortedKids(spans map[cose.Kid]span) []cose.Kid {
	kids := make([]cose.Kid, 0, len(spans))
	for k := range spans {
		kids = append(kids, k)
	}
	slices.SortFunc(kids, func(a, b cose.Kid) int { return bytes.Compare(a[:], b[:]) })
	return kids
}

// fill adds the records to one batch.
func fill(ctx context.Context, from Library, b *bundle.Batch, cited map[place]bool, depth bundle.Depth) error {
	if b.Receipt == nil {
		return nil // refused: it holds a number in the chain of statements, nothing else
	}
	s, _, err := statement.Parse(b.Statement)
	if err != nil {
		return err
	}
	wanted := picks(s, cited)
	if depth == bundle.Tickets && len(wanted) == 0 {
		return nil
	}
	leaves, err := from.Batch(ctx, s)
	if err != nil {
		return err
	}
	if _, err := s.CheckLeaves(leaves); err != nil {
		return err
	}
	if depth == bundle.Records {
		b.Leaves = leaves
		return nil
	}
	for _, i := range wanted {
		path, err := proof.Inclusion(leaves, i)
		if err != nil {
			return err
		}
		b.Picks = append(b.Picks, bundle.Pick{Leaf: leaves[i], Path: path})
	}
	return nil
}

func picks(s *statement.Statement, cited map[place]bool) (out []int) {
	for p := range cited {
		if i, ok := s.Index(p.point, p.seq); ok {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, cmp.Compare)
	return out
}
