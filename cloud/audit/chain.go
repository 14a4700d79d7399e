package audit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// Chain is who had a batch or lot in custody and who owned it, from its injection or withdrawal on: two chains beside each other.
type Chain struct {
	Batch     string         `json:"batch"`
	Line      string         `json:"line"` // line, tank or stream that it came out of
	Of        string         `json:"of,omitempty"`
	Into      []string       `json:"into,omitempty"`
	Basis     quantity.Basis `json:"basis"`
	Volume    quantity.Micro `json:"volume"`
	Custodian string         `json:"custodian"` // DID, at the end
	Owner     string         `json:"owner"`
	Delivered bool           `json:"delivered"`
	Links     []Link         `json:"links"` // in the order of their time
}

// LinkKind says what a link of the chains is.
type LinkKind string

// The kinds of links.
const (
	CustodyPasses   LinkKind = "custody"
	OwnershipPasses LinkKind = "ownership"
	SaleNoted       LinkKind = "noted"
	Measured        LinkKind = "measured"
	MovesInBond     LinkKind = "in bond"
)

// Link is something that happened to a batch: it was measured, or passed from one party to another.
type Link struct {
	Kind      LinkKind        `json:"kind"`
	At        int64           `json:"at"` // ms since 1970 UTC
	Place     string          `json:"place,omitempty"`
	From      string          `json:"from,omitempty"` // DID
	To        string          `json:"to,omitempty"`
	Custodian string          `json:"custodian"` // DID, from then on
	Owner     string          `json:"owner"`
	Volume    *quantity.Micro `json:"volume,omitempty"` // measured or stated
	Ticket    string          `json:"ticket,omitempty"`
	Version   uint64          `json:"version,omitempty"`
	Note      string          `json:"note,omitempty"` // number of a bond, or the sale that is noted
	Event     string          `json:"event"`
	Paper     record.Hash     `json:"paper"` // SHA-256 of the signed statement
}

// Chain returns the chains of a batch or lot, as known at an instant (ms), 0 for all that is known. The error wraps ErrUnknown for one
// that is not in the books.
func (c *Case) Chain(id string, at int64) (*Chain, error) {
	then, _, err := c.changed(Change{KnownAt: at})
	if err != nil {
		return nil, err
	}
	if !slices.Contains(then.Books.Batches(), id) {
		return nil, fmt.Errorf("%w: batch or lot %s", ErrUnknown, id)
	}
	b, err := then.Books.Batch(id)
	if err != nil {
		return nil, err
	}
	k := &Chain{
		Batch: b.Batch, Line: b.Line, Of: b.Of, Into: b.Into, Basis: b.Basis, Volume: b.Volume, Custodian: b.Custodian, Owner: b.Owner,
		Delivered: b.Delivered, Links: links(b),
	}
	papers := then.stated()
	custodian, owner := b.Custody[0].From, b.Shipper
	for i := range k.Links {
		l := &k.Links[i]
		switch l.Kind {
		case CustodyPasses:
			custodian = l.To
		case OwnershipPasses:
			owner = l.To
		}
		l.Custodian, l.Owner, l.Paper = custodian, owner, papers[l.Event]
	}
	return k, nil
}

// links returns what happened to a batch. Of one instant what was measured goes before who took it.
func links(b custody.BatchState) (all []Link) {
	for _, g := range b.Legs {
		l := Link{Kind: Measured, At: g.At, Place: g.Place, Volume: &g.Volume, Event: g.Event}
		if g.Ticket != nil {
			l.Ticket, l.Version = g.Ticket.ID, g.Ticket.Version
		}
		all = append(all, l)
	}
	for _, h := range b.Custody {
		all = append(all, Link{Kind: CustodyPasses, At: h.At, Place: h.Place, From: h.From, To: h.To, Event: h.Event})
	}
	for _, t := range b.Titles {
		all = append(all, Link{Kind: OwnershipPasses, At: t.At, From: t.Seller, To: t.Buyer, Event: t.Event})
		if a := t.Acknowledged; a != nil {
			all = append(all, Link{Kind: SaleNoted, At: a.At, From: a.By, Note: t.Event, Event: a.Event})
		}
	}
	for _, bond := range b.InBond {
		all = append(all, Link{Kind: MovesInBond, At: bond.At, Place: bond.From + " to " + bond.To, Note: bond.Number, Event: bond.Event})
	}
	slices.SortStableFunc(all, func(a, b Link) int { return cmp.Compare(a.At, b.At) })
	return all
}

// stated returns the paper behind each event, in the version in force.
func (c *Case) stated() map[string]record.Hash {
	papers := map[string]record.Hash{}
	ordered := slices.Clone(c.papers)
	ordered = slices.DeleteFunc(ordered, func(p paper) bool { return p.event == nil || c.knownAt != 0 && p.event.At > c.knownAt })
	slices.SortStableFunc(ordered, func(a, b paper) int { return custody.Compare(*a.event, *b.event) })
	for _, p := range ordered {
		papers[p.event.ID] = p.hash
	}
	for _, p := range ordered { // whatever it replaces was stated before it
		if v := p.event.Void; v != nil && v.Replacement != nil {
			papers[v.Of] = p.hash
		}
	}
	return papers
}

// ParseKnown reads the instant, RFC 3339, of a question for what was known then; nothing is 0, all that is known. The error wraps
// ErrQuestion.
func ParseKnown(asOf string) (int64, error) {
	if asOf == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, asOf)
	if err != nil || t.UnixMilli() <= 0 || t.UnixMilli() > EndOfTime {
		return 0, fmt.Errorf("%w: as of %q, want a time such as 2024-03-05T06:00:00-07:00", ErrQuestion, asOf)
	}
	return t.UnixMilli(), nil
}

// Register is a list of what the books keep beside their movements. Of its lists the one that Kind names is set.
type Register struct {
	Kind       string                  `json:"kind"`
	Closes     []custody.CloseState    `json:"closes,omitempty"`
	Voids      []custody.VoidState     `json:"voids,omitempty"`
	Disputes   []custody.DisputeState  `json:"disputes,omitempty"`
	Seals      []custody.SealState     `json:"seals,omitempty"`
	Parties    []custody.PartyState    `json:"parties,omitempty"`
	Facilities []custody.FacilityState `json:"facilities,omitempty"`
}

// Registers are the kinds of registers.
func Registers() []string {
	return []string{"closes", "voids", "disputes", "seals", "parties", "facilities"}
}

// CheckRegister refuses, with ErrQuestion, a kind of register that there is not.
func CheckRegister(kind string) error {
	if !slices.Contains(Registers(), kind) {
		return fmt.Errorf("%w: the books keep no list of %q, but of %s", ErrQuestion, kind, strings.Join(Registers(), ", "))
	}
	return nil
}

// Register returns a register as known at an instant (ms), 0 for all that is known. The error wraps ErrQuestion for another kind.
func (c *Case) Register(kind string, at int64) (*Register, error) {
	if err := CheckRegister(kind); err != nil {
		return nil, err
	}
	then, _, err := c.changed(Change{KnownAt: at})
	if err != nil {
		return nil, err
	}
	r := &Register{Kind: kind}
	switch kind {
	case "closes":
		for _, pool := range then.Books.Pools() {
			r.Closes = append(r.Closes, then.Books.Closes(pool)...)
		}
	case "voids":
		r.Voids = then.Books.Voids()
	case "disputes":
		r.Disputes = then.Books.Disputes()
	case "seals":
		for _, point := range then.points() {
			r.Seals = append(r.Seals, then.Books.Seals(point)...)
		}
	case "parties":
		r.Parties = then.Books.Parties()
	case "facilities":
		r.Facilities = then.Books.Facilities()
	}
	return r, nil
}

// points returns the measuring points that a seal was put on, sorted.
func (c *Case) points() (points []string) {
	for _, p := range c.papers {
		if p.event != nil && p.event.Seal != nil {
			points = append(points, p.event.Seal.Point)
		}
	}
	slices.Sort(points)
	return slices.Compact(points)
}
