package document

import (
	"fmt"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/ticket"
)

// RunTicket is what is printed of a ticket: its bytes, and what is at hand of the evidence around it.
type RunTicket struct {
	Encoded  []byte // as both parties sign it
	Standing Standing
	// Signatures are those of the party that delivers and of the one that receives.
	Signatures [2]Signature
	Names      [2]string // of the two parties; empty when no registry is at hand
	Person     string    // whom the records name for opening or closing the ticket
	Opening    *record.Record
	Closing    *record.Record
	Report     *ticket.Report
	Meter      *custody.InstallationState
	Facility   *custody.FacilityState // that the meter is part of
	Source     *custody.SourceState   // whose oil it is, of a receipt
	Seals      []custody.SealState    // at the meter, stated by a party of the ticket
	Disputes   []custody.DisputeState // of this ticket that no later version has settled
}

// Signature is a party's signature as far as it is known.
type Signature struct {
	Kid string // names the key
	Key string // what the party's registry calls the key
}

// Unproven returns a ticket of which nothing is at hand but its bytes. The page says so.
func Unproven(encoded []byte) *RunTicket { return &RunTicket{Encoded: encoded, Standing: Unverified} }

// Sign notes a detached signature that no registry is at hand for: that of the party that delivers (0) or of the one that receives
// (1). It is not verified.
func (r *RunTicket) Sign(party int, signature []byte) error {
	m, err := cose.Parse(signature, ticket.Thing)
	if err != nil {
		return err
	}
	r.Signatures[party] = Signature{Kid: m.Header.Kid.String()}
	return nil
}

// Proven returns what a verified bundle knows of a ticket in it. Books can be nil, when the bundle carries none; standing says on
// what keys it was verified.
func Proven(e *bundle.Evidence, books *custody.Ledger, hash record.Hash, standing Standing) (*RunTicket, error) {
	t, known := e.Tickets[hash]
	if !known {
		return nil, fmt.Errorf("the bundle holds no ticket %s", hash)
	}
	r := &RunTicket{Standing: standing, Names: [2]string{e.Keys.Name(t.From), e.Keys.Name(t.To)}}
	for i, did := range []string{t.From, t.To} {
		if r.Names[i] == did {
			r.Names[i] = ""
		}
	}
	for _, s := range e.Bundle.Tickets {
		if ticket.Hash(s.Ticket) != hash {
			continue
		}
		r.Encoded = s.Ticket
		for i := range r.Signatures {
			m, err := cose.Parse(s.Signatures[i], ticket.Thing) // two, and verified: the ticket is in e.Tickets
			if err != nil {
				return nil, err
			}
			h, err := e.Keys.Find(m.Header.Kid, registry.Party, t.At)
			if err != nil {
				return nil, err
			}
			r.Signatures[i] = Signature{Kid: m.Header.Kid.String(), Key: h.Name}
		}
	}
	if t.SW != nil {
		if report := e.Reports[t.SW.Report]; report != nil {
			r.Report = &report.Report
		}
	}
	r.records(e.Bundle, t)
	if books != nil {
		return r, r.books(books, t)
	}
	return r, nil
}

// records finds the opening and closing record among those of a verified bundle, and who opened or closed the ticket.
func (r *RunTicket) records(b *bundle.Bundle, t *ticket.Ticket) {
	take := func(leaf []byte) {
		found, err := record.Decode(leaf)
		if err != nil {
			return // not of a verified bundle
		}
		if e := found.Event; e != nil && e.Kind == record.TicketEnd && e.Name == t.ID && found.Point == t.Point && found.Device == t.Device {
			r.Person = e.Who
		}
		switch {
		case found.Interval == nil:
		case record.LeafHash(leaf) == t.ClosingLeaf:
			r.Closing = found
		case t.First > 0 && record.LeafHash(leaf) == t.OpeningLeaf:
			r.Opening = found
		}
	}
	for _, batch := range b.Batches {
		for _, leaf := range batch.Leaves {
			take(leaf)
		}
		for _, p := range batch.Picks {
			take(p.Leaf)
		}
	}
}

// books adds what the books know: the installation that a party of the ticket operates, its facility and seals, the source of a
// receipt, and disputes.
func (r *RunTicket) books(books *custody.Ledger, t *ticket.Ticket) error {
	for _, i := range books.Installations(t.Point) {
		if i.At <= t.At && (i.Operator == t.From || i.Operator == t.To) {
			r.Meter = &i
		}
	}
	for _, f := range books.Facilities() {
		if r.Meter != nil && f.ID == r.Meter.Facility {
			r.Facility = &f
		}
	}
	for _, s := range books.Seals(t.Point) {
		if s.Installed.By == t.From || s.Installed.By == t.To {
			r.Seals = append(r.Seals, s)
		}
	}
	for _, d := range books.Disputes() {
		if d.Ticket == t.ID && d.Version <= t.Version && d.Settled == "" {
			r.Disputes = append(r.Disputes, d)
		}
	}
	for _, m := range books.Movements(0) {
		id, is := m.From.Source()
		if !is || m.Effect != custody.Received || m.Ticket == nil || m.Ticket.ID != t.ID || m.Ticket.Point != t.Point {
			continue
		}
		s, err := books.Source(id, t.At)
		if err != nil {
			return err
		}
		r.Source = &s
	}
	return nil
}

// Find returns the hash of the ticket of a number in verified evidence: of a version, or with 0 of the newest.
func Find(e *bundle.Evidence, id string, version uint64) (hash record.Hash, err error) {
	var found *ticket.Ticket
	for _, s := range e.Bundle.Tickets { // each version after the one before it
		h := ticket.Hash(s.Ticket)
		t := e.Tickets[h]
		if t == nil || t.ID != id || version != 0 && t.Version != version || h == hash {
			continue
		}
		if found != nil && (t.Version == found.Version || t.Previous != hash) {
			return hash, fmt.Errorf("the bundle holds two tickets %s that do not follow each other", id)
		}
		hash, found = h, t
	}
	switch {
	case found != nil:
		return hash, nil
	case version != 0:
		return hash, fmt.Errorf("the bundle holds no version %d of a ticket %s", version, id)
	}
	return hash, fmt.Errorf("the bundle holds no ticket %s", id)
}
