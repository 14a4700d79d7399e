package custody

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gauger/gauger/metrology/quantity"
)

// maxTime is the end of the year 9999 in ms.
const maxTime = 253402300799999

// content is what is known of a body before looking into it.
type content struct {
	kind   Kind
	set    bool
	check  func() error
	ticket need
	paper  bool // it can repeat the figures of a paper
}

// need says whether a kind of event cites a ticket.
type need uint8

const (
	never need = iota
	either
	always
)

// contents lists all bodies.
func (e *Event) contents() []content {
	return []content{
		{KindPool, e.Pool != nil, e.Pool.check, never, false},
		{KindSource, e.Source != nil, e.Source.check, never, true},
		{KindInstallation, e.Installation != nil, e.Installation.check, never, false},
		{KindOpening, e.Opening != nil, e.Opening.check, never, true},
		{KindReceipt, e.Receipt != nil, e.Receipt.check, either, true},
		{KindBlend, e.Blend != nil, e.Blend.check, never, false},
		{KindGauging, e.Gauging != nil, e.Gauging.check, never, true},
		{KindTransfer, e.Transfer != nil, e.Transfer.check, always, true},
		{KindCheck, e.Check != nil, e.Check.check, always, true},
		{KindHandover, e.Handover != nil, e.Handover.check, never, false},
		{KindDelivery, e.Delivery != nil, e.Delivery.check, always, true},
		{KindAllowance, e.Allowance != nil, e.Allowance.check, never, false},
		{KindRevision, e.Revision != nil, e.Revision.check, always, false},
		{KindSale, e.Sale != nil, e.Sale.check, never, false},
		{KindAcknowledgement, e.Acknowledgement != nil, e.Acknowledgement.check, never, false},
		{KindCertification, e.Certification != nil, e.Certification.check, never, true},
		{KindVoid, e.Void != nil, e.Void.check, never, true},
		{KindWithdrawal, e.Withdrawal != nil, e.Withdrawal.check, either, true},
		{KindTitle, e.Title != nil, e.Title.check, never, true},
		{KindExchange, e.Exchange != nil, e.Exchange.check, never, true},
		{KindDeduction, e.Deduction != nil, e.Deduction.check, never, true},
		{KindProcess, e.Process != nil, e.Process.check, never, true},
		{KindSplit, e.Split != nil, e.Split.check, never, true},
		{KindFill, e.Fill != nil, e.Fill.check, never, true},
		{KindInBond, e.InBond != nil, e.InBond.check, never, true},
		{KindClose, e.Close != nil, e.Close.check, never, false},
		{KindParty, e.Party != nil, e.Party.check, never, false},
		{KindFacility, e.Facility != nil, e.Facility.check, never, false},
		{KindSeal, e.Seal != nil, e.Seal.check, never, false},
		{KindStatement, e.Statement != nil, e.Statement.check, never, true},
		{KindDispute, e.Dispute != nil, e.Dispute.check, never, false},
		{KindInventory, e.Inventory != nil, e.Inventory.check, never, false},
	}
}

// Kind returns which body is set, and "" unless it is exactly one.
func (e *Event) Kind() Kind {
	c, _ := e.content()
	return c.kind
}

func (e *Event) content() (content, error) {
	var set []content
	for _, c := range e.contents() {
		if c.set {
			set = append(set, c)
		}
	}
	if len(set) != 1 {
		return content{}, fmt.Errorf("it states %d things, an event states exactly one", len(set))
	}
	return set[0], nil
}

// Valid reports the first thing that is wrong with the event by itself, whatever the ledger holds.
func (e *Event) Valid() error {
	if err := e.valid(); err != nil {
		return fmt.Errorf("event %q: %w", e.ID, err)
	}
	return nil
}

func (e *Event) valid() error {
	if e.Version != Version {
		return fmt.Errorf("its version is %d, this program knows %d", e.Version, Version)
	}
	if err := names("id", e.ID, "party that states it", e.By); err != nil {
		return err
	}
	if e.At < 0 || e.At > maxTime {
		return fmt.Errorf("it is of %d ms, not between 1970 and 9999", e.At)
	}
	c, err := e.content()
	if err != nil {
		return err
	}
	switch {
	case c.ticket == always && e.Ticket == nil && (!c.paper || e.Paper == nil):
		return fmt.Errorf("a %s must cite the ticket that measured it", c.kind)
	case c.ticket == never && e.Ticket != nil:
		return fmt.Errorf("a %s is not measured: leave the ticket out", c.kind)
	case e.Receipt != nil && e.Receipt.Batch != "" && (e.Ticket != nil || e.Receipt.Stated != nil || e.Paper != nil):
		return errors.New("a receipt of a batch is of what was delivered: leave ticket, stated volume and paper out")
	case e.Receipt != nil && e.Receipt.Batch == "" && !e.oneFigure(e.Receipt.Stated != nil):
		return errors.New("a receipt has a ticket or a stated volume, and only one of them, or a carrier's ticket as its paper")
	case e.Withdrawal != nil && !e.oneFigure(e.Withdrawal.Stated != nil):
		return errors.New("a withdrawal has a ticket or a stated volume, and only one of them, or a carrier's ticket as its paper")
	case e.Paper != nil && (!c.paper || e.Ticket != nil):
		return fmt.Errorf("a %s with these figures rests on no paper: leave it out", c.kind)
	}
	return c.check()
}

// oneFigure reports whether the event has one figure: a ticket's, a stated one, or that of its paper alone.
func (e *Event) oneFigure(stated bool) bool {
	return (e.Ticket != nil) != stated || e.Ticket == nil && !stated && e.Paper != nil
}

func (p *Pool) check() error {
	if err := names("pool", p.ID, "keeper", p.Keeper); err != nil {
		return err
	}
	if err := bookBasis(p.Basis); err != nil {
		return fmt.Errorf("pool %s: %w", p.ID, err)
	}
	if p.Basis.Unit.Dimension() == quantity.Energy && p.Kind != Stream {
		return fmt.Errorf("%s %s is kept in %s: what is kept by energy is commingled, so declare a stream", p.Kind, p.ID, p.Basis)
	}
	if err := texts("place", p.Place); err != nil {
		return fmt.Errorf("pool %s: %w", p.ID, err)
	}
	if strings.Contains(p.ID, "/") {
		return fmt.Errorf("pool %s: a / parts a stream from a shipper: name it without", p.ID)
	}
	switch p.Kind {
	case Stream:
		if p.Method != Average || p.Owner != "" || len(p.Segments) > 0 {
			return fmt.Errorf("stream %s mixes the oil of many owners: its method is %q, it has no owner and no segments", p.ID, Average)
		}
		return nil
	case Tank:
		if p.Method != Average || len(p.Segments) > 0 {
			return fmt.Errorf("tank %s mixes: its method is %q and it has no segments", p.ID, Average)
		}
		return names("owner of the inventory", p.Owner)
	case Line:
		if p.Method != FIFO || p.Owner != "" {
			return fmt.Errorf("line %s carries batches of many owners in order: its method is %q and it has no owner", p.ID, FIFO)
		}
		return p.checkSegments()
	}
	return fmt.Errorf("pool %s is a %q, neither %s nor %s nor %s", p.ID, p.Kind, Tank, Line, Stream)
}

func (p *Pool) checkSegments() error {
	if len(p.Segments) == 0 || len(p.Segments) > MaxParts {
		return fmt.Errorf("line %s has %d segments, want 1 to %d", p.ID, len(p.Segments), MaxParts)
	}
	if p.Segments[0].Custodian != p.Keeper {
		return fmt.Errorf("line %s is kept by %s, but its first segment is %s's", p.ID, p.Keeper, p.Segments[0].Custodian)
	}
	seen := []string{Injection}
	for _, s := range p.Segments {
		if err := names("end of a segment", s.To, "custodian", s.Custodian); err != nil {
			return fmt.Errorf("line %s: %w", p.ID, err)
		}
		if slices.Contains(seen, s.To) {
			return fmt.Errorf("line %s: the name %q stands for two places", p.ID, s.To)
		}
		if _, err := s.transit(); err != nil {
			return fmt.Errorf("line %s: segment to %s: %w", p.ID, s.To, err)
		}
		seen = append(seen, s.To)
	}
	return nil
}

// maxTransit is the longest time a batch may be planned to need for a segment, ms: a year.
const maxTransit = 366 * 24 * 3_600_000

// transit returns how long a batch needs for the segment at the planned rate, in ms.
func (s Segment) transit() (int64, error) {
	if s.Fill <= 0 || s.Rate <= 0 {
		return 0, errors.New("fill and rate must be positive")
	}
	ms, err := quantity.Micro(3_600_000).Ratio(int64(s.Fill), int64(s.Rate))
	if err != nil || ms > maxTransit {
		return 0, fmt.Errorf("a fill of %s at %s an hour takes more than a year", s.Fill, s.Rate)
	}
	return int64(ms), nil
}

func (s *Source) check() error {
	if err := names("source", s.ID); err != nil {
		return err
	}
	if s.Producer != "" {
		if err := names("producer", s.Producer); err != nil {
			return err
		}
	}
	if err := texts("description", s.Description, "facility", s.Facility, "location", s.Location); err != nil {
		return fmt.Errorf("source %s: %w", s.ID, err)
	}
	switch {
	case s.Withheld && s.Producer != "":
		return fmt.Errorf("source %s names its producer and withholds it", s.ID)
	case s.Description == "":
		return fmt.Errorf("source %s needs a description", s.ID)
	case len(s.Heading) != 4 || strings.Trim(s.Heading, "0123456789") != "":
		return fmt.Errorf("source %s: heading %q is not four digits", s.ID, s.Heading)
	case !countryCode(s.Country):
		return fmt.Errorf("source %s: country %q is not an ISO 3166 alpha-2 code", s.ID, s.Country)
	case s.Role != Heavy && s.Role != Diluent && s.Role != Material:
		return fmt.Errorf("source %s: role %q is none of %s, %s and %s", s.ID, s.Role, Heavy, Diluent, Material)
	}
	if s.Capacity != nil {
		if err := bookBasis(s.Capacity.Basis); err != nil || s.Capacity.Volume <= 0 {
			return fmt.Errorf("source %s: a capacity of %s %s a month is none", s.ID, s.Capacity.Volume, s.Capacity.Basis)
		}
	}
	return s.Originating.check(s.ID)
}

func (s Status) check(source string) error {
	switch s {
	case Originating, NonOriginating, Unproven:
		return nil
	}
	return fmt.Errorf("source %s: originating is %q, not %s, %s or %s", source, s, Originating, NonOriginating, Unproven)
}

func (c *Certification) check() error {
	if err := names("source", c.Source); err != nil {
		return err
	}
	return c.Originating.check(c.Source)
}

func (i *Installation) check() error {
	if err := names("measuring point", i.Point); err != nil {
		return err
	}
	if i.Importer != "" {
		if err := names("importer", i.Importer); err != nil {
			return err
		}
	}
	if !i.Uncertainty.Valid() || i.Uncertainty.Decimals > 6 || i.Uncertainty.Float() > 100 {
		return fmt.Errorf("installation at %s: uncertainty %s is not a percentage above 0 with at most six decimals", i.Point, i.Uncertainty)
	}
	if i.Approval == "" && (i.Importer != "" || i.Scope != "") {
		return fmt.Errorf("installation at %s has an importer or a scope but no approval they belong to", i.Point)
	}
	if err := i.extra(); err != nil {
		return err
	}
	return texts("approval", i.Approval, "sampler", i.Sampler, "scope", i.Scope)
}

func (o *Opening) check() error {
	if err := names("pool", o.Pool); err != nil {
		return err
	}
	if err := volumeBasis(o.Basis); err != nil {
		return err
	}
	if len(o.Components) == 0 || len(o.Components) > MaxParts || o.Density <= 0 {
		return fmt.Errorf("opening inventory of %s needs 1 to %d components and a density", o.Pool, MaxParts)
	}
	var seen []string
	for _, c := range o.Components {
		if err := names("source", c.Source); err != nil {
			return err
		}
		if slices.Contains(seen, c.Source) {
			return fmt.Errorf("opening inventory of %s names source %s twice: add its volumes up", o.Pool, c.Source)
		}
		if c.Book <= 0 || c.Input <= 0 {
			return fmt.Errorf("opening inventory of %s: book and input volume of %s must be positive", o.Pool, c.Source)
		}
		seen = append(seen, c.Source)
	}
	return nil
}

func (r *Receipt) check() error {
	from := []string{"source", r.Source}
	if r.Batch != "" {
		if r.Source != "" {
			return fmt.Errorf("receipt into %s is of source %s or of batch %s, not of both", r.Pool, r.Source, r.Batch)
		}
		from = []string{"batch", r.Batch}
	}
	if err := names(append(from, "pool", r.Pool)...); err != nil {
		return err
	}
	if r.Shipper != "" {
		if err := names("shipper", r.Shipper); err != nil {
			return err
		}
	}
	if c := r.Carried; c != nil {
		if r.Batch != "" {
			return fmt.Errorf("receipt into %s is of batch %s, which says by itself what carried it", r.Pool, r.Batch)
		}
		if err := names("carrier", c.Carrier, "stream", c.Stream); err != nil {
			return err
		}
	}
	if r.Stated == nil {
		return nil
	}
	if r.Stated.Volume <= 0 {
		return fmt.Errorf("receipt into %s: what is stated must be positive", r.Pool)
	}
	if err := bookBasis(r.Stated.Basis); err != nil {
		return err
	}
	if energy := r.Stated.Basis.Unit.Dimension() == quantity.Energy; energy && r.Stated.Density != 0 || !energy && r.Stated.Density <= 0 {
		return fmt.Errorf("receipt into %s: density %s beside %s: a volume has a positive one, energy has none", r.Pool, r.Stated.Density, r.Stated.Basis)
	}
	return nil
}

// countryCode reports a code of the form of ISO 3166 alpha-2.
func countryCode(s string) bool {
	return len(s) == 2 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func (b *Blend) check() error {
	if err := names("pool", b.Pool); err != nil {
		return err
	}
	if len(b.Receipts) == 0 || len(b.Receipts) > MaxParts {
		return fmt.Errorf("blend in %s names %d receipts, want 1 to %d", b.Pool, len(b.Receipts), MaxParts)
	}
	for i, r := range b.Receipts {
		if err := names("receipt", r); err != nil {
			return err
		}
		if slices.Contains(b.Receipts[:i], r) {
			return fmt.Errorf("blend in %s names receipt %s twice", b.Pool, r)
		}
	}
	return b.Work.check("blend in "+b.Pool, b.Heading)
}

func (g *Gauging) check() error {
	if g.Volume <= 0 {
		return fmt.Errorf("gauging of %s: volume %s must be positive; a tank that was emptied is told by its last transfer", g.Pool, g.Volume)
	}
	if err := bookBasis(g.Basis); err != nil {
		return err
	}
	return names("pool", g.Pool)
}

func (t *Transfer) check() error {
	if t.Shipper != "" {
		if err := names("shipper", t.Shipper); err != nil {
			return err
		}
		if t.Empties {
			return fmt.Errorf("batch %s: a transfer empties a tank; a stream is gauged", t.Batch)
		}
	}
	return names("tank", t.Tank, "line", t.Line, "batch", t.Batch)
}

func (c *Check) check() error { return names("batch", c.Batch) }

func (h *Handover) check() error {
	return names("batch", h.Batch, "party that hands over", h.From, "party that takes over", h.To)
}

func (d *Delivery) check() error { return names("batch", d.Batch, "party that receives", d.To) }

func (a *Allowance) check() error {
	if !a.Percent.Valid() || a.Percent.Decimals > 6 || a.Percent.Float() >= 100 {
		return fmt.Errorf("loss allowance of batch %s: %s %% is not between 0 and 100 with at most six decimals", a.Batch, a.Percent)
	}
	if a.Receipt != "" {
		if a.Batch != "" {
			return fmt.Errorf("loss allowance is of batch %s or of receipt %s, not of both", a.Batch, a.Receipt)
		}
		return names("receipt", a.Receipt)
	}
	return names("batch", a.Batch)
}

func (r *Revision) check() error { return names("event to revise", r.Of) }

func (s *Sale) check() error {
	if err := names("batch", s.Batch, "seller", s.Seller, "buyer", s.Buyer); err != nil {
		return err
	}
	if s.Seller == s.Buyer {
		return fmt.Errorf("sale of batch %s: %s sells to itself", s.Batch, s.Seller)
	}
	if s.Price != nil && (!s.Price.Valid() || s.Price.Decimals > 6) {
		return fmt.Errorf("sale of batch %s: price %s is not positive with at most six decimals; leave an unknown one out", s.Batch, s.Price)
	}
	if s.Unit != "" && (s.Price == nil || !slices.Contains([]quantity.Unit{quantity.CubicMetre, quantity.MMBtu, quantity.Gigajoule}, s.Unit)) {
		return fmt.Errorf("sale of batch %s: unit %q is none of m3, MMBtu and GJ beside a price: leave it out of a price per net barrel, and where there is none",
			s.Batch, s.Unit)
	}
	return texts("price basis", s.Basis)
}

func (a *Acknowledgement) check() error { return names("sale", a.Sale) }

// bookBasis refuses what no inventory is kept in: a volume at reference conditions, or energy, of which no mass is booked.
func bookBasis(b quantity.Basis) error {
	if b.Unit.Dimension() == quantity.Energy {
		return b.Valid()
	}
	return volumeBasis(b)
}

// volumeBasis refuses what is no basis of a volume.
func volumeBasis(b quantity.Basis) error {
	if err := b.Valid(); err != nil {
		return err
	}
	if b.Reference == quantity.None {
		return fmt.Errorf("%s is no basis of a volume: take m3 or bbl with reference conditions", b)
	}
	return nil
}

// CheckName refuses what cannot be a name in the books, such as a batch's or, with its DID, a party's.
func CheckName(what, name string) error { return names(what, name) }

// CheckText refuses what cannot be a text in the books, such as the place of a lot. It may be empty.
func CheckText(what, text string) error { return texts(what, text) }

// names checks pairs of what a name is of and the name.
func names(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		what, name := pairs[i], pairs[i+1]
		bad := func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }
		if name == "" || len(name) > MaxName || !utf8.ValidString(name) || strings.ContainsFunc(name, bad) {
			return fmt.Errorf("name of the %s %q must have 1 to %d bytes of printable UTF-8 without blanks", what, name, MaxName)
		}
	}
	return nil
}

// texts checks pairs of what a text is and the text, which may be empty.
func texts(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		what, text := pairs[i], pairs[i+1]
		if len(text) > MaxText || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
			return fmt.Errorf("%s must have at most %d bytes of UTF-8 without control characters", what, MaxText)
		}
	}
	return nil
}
