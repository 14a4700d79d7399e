package audit

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/ticket"
)

// Case is everything that is known: verified papers and tickets, and the books that follow from them.
type Case struct {
	Keys         *registry.Directory
	Books        *custody.Ledger
	Lineage      *lineage.Book
	Tickets      map[record.Hash]*ticket.Ticket
	Certificates map[record.Hash]certified
	Claims       map[record.Hash]Claim
	Order        []record.Hash // of claims, as they came
	Tables       Tables
	papers       []paper         // as they came
	events       map[string]bool // ids of all movements, those that were taken back included
	last         *custody.Event  // of them in their order
	proved       int             // movements of the books when they were last checked
	attested     []custody.Paper
	law          func() (*law, error) // Tables as read
	// Of a case that something was changed in, see Change:
	withdrawn map[record.Hash]bool // certificates
	knownAt   int64                // ms since 1970 UTC; 0: everything
}

// certified is a certificate with who signed it.
type certified struct {
	origin.Certificate
	signer registry.Holder
}

// NewCase opens every paper and folds the movements into books, as voids among them correct them. Papers are signed movements,
// countersigned carrier's tickets, certificates and claims; laboratory reports among them are passed over, since tickets were checked
// against them before.
func NewCase(keys *registry.Directory, tickets map[record.Hash]*ticket.Ticket, papers [][]byte, tables Tables) (*Case, error) {
	c := &Case{Keys: keys, Tickets: tickets, Tables: tables, law: tables.law()}
	return c.With(papers...)
}

// open takes one paper in. It returns the event when the paper is a movement.
func (c *Case) open(signed []byte) (*custody.Event, error) {
	thing, err := cose.Thing(signed)
	if err != nil {
		return nil, err
	}
	hash := record.Hash(sha256.Sum256(signed))
	switch thing {
	case ticket.ReportThing:
		return nil, nil
	case custody.Thing:
		e, err := custody.Open(signed, c.Keys)
		if err != nil {
			return nil, err
		}
		return &e, nil
	case runticket.CountersignedThing:
		p, err := runticket.Open(signed, c.Keys)
		if err != nil {
			return nil, err
		}
		cited, err := p.Cited()
		c.attested = append(c.attested, cited)
		return nil, err
	case runticket.Thing:
		return nil, errors.New("a carrier's ticket that one party signed: the other countersigns it first")
	case CertificateThing:
		cert, holder, err := OpenCertificate(signed, c.Keys)
		c.Certificates[hash] = certified{cert, holder}
		return nil, err
	case ClaimThing:
		claim, err := OpenClaim(signed, c.Keys)
		if err == nil {
			err = c.admit(claim)
		}
		if err != nil {
			return nil, fmt.Errorf("claim for entry %s: %w", claim.Entry, err)
		}
		c.Claims[hash] = claim
		c.Order = append(c.Order, hash)
		return nil, nil
	}
	return nil, fmt.Errorf("a paper of kind %q is unknown", thing)
}

// admit refuses a claim that enters what was entered before, and a later one that is of another entry than it amends or by another
// party than the importer or whoever made that entry.
func (c *Case) admit(claim Claim) error {
	if claim.Amends != nil {
		first, known := c.Claims[*claim.Amends]
		switch {
		case !known || first.Amends != nil:
			return errors.New("it amends one that is not before it")
		case claim.By != first.By && claim.By != first.Importer:
			return fmt.Errorf("it is by %s, the entry is %s's, made by %s", claim.By, first.Importer, first.By)
		case !claim.sameGoods(first):
			return fmt.Errorf("it is of other goods, or of another entry, than claim %s that it amends", *claim.Amends)
		}
		return nil
	}
	for _, h := range c.Order {
		other := c.Claims[h]
		switch {
		case other.Amends != nil:
		case other.Entry == claim.Entry:
			return fmt.Errorf("claim %s has made this entry", h)
		case (claim.overlaps(other) || claim.meets(other)) && !claim.completes(other):
			return fmt.Errorf("entry %s enters %s already", other.Entry, other.named())
		}
	}
	return nil
}

// Claim returns the claim at entry with a number, its hash, and the later claim that amends it, or nil.
func (c *Case) Claim(number string) (hash record.Hash, first Claim, later *Claim, err error) {
	found := false
	for _, h := range c.Order {
		claim := c.Claims[h]
		switch {
		case claim.Entry.String() != number && string(claim.Entry) != number:
		case claim.Amends == nil: // there is one: see admit
			hash, first, found = h, claim, true
		case found && *claim.Amends == hash:
			later = &claim
		}
	}
	if !found {
		return hash, first, nil, fmt.Errorf("entry %s: %w", number, ErrNoClaim)
	}
	return hash, first, later, nil
}

// ErrNoClaim reports that nobody has claimed an entry.
var ErrNoClaim = errors.New("no such claim")

// Numbers returns the entry numbers claimed, in the order of the claims.
func (c *Case) Numbers() (out []string) {
	for _, h := range c.Order {
		if claim := c.Claims[h]; claim.Amends == nil {
			out = append(out, claim.Entry.String())
		}
	}
	return out
}
