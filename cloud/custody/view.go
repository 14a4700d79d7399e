package custody

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// StatusChange is what is proven of a source from an instant on.
type StatusChange struct {
	At             int64        `json:"at"` // ms since 1970 UTC
	Originating    Status       `json:"originating"`
	WhollyObtained bool         `json:"whollyObtained"`
	Event          string       `json:"event"`
	Paper          *record.Hash `json:"paper,omitempty"` // SHA-256 of the document it rests on
}

// SourceState is a source with all that was proven of it.
type SourceState struct {
	Source                 // as it stands at the instant asked for
	By      string         `json:"by"` // who stated it
	History []StatusChange `json:"history"`
}

// Source returns a source as it stood at an instant (ms): a certification that came later is in its history only. A source that
// was stated later stands as it was first stated.
func (l *Ledger) Source(id string, at int64) (SourceState, error) {
	s, known := l.sources[id]
	if !known {
		return SourceState{}, fmt.Errorf("source %s is not stated", id)
	}
	r := SourceState{Source: s.Source, By: s.by, History: slices.Clone(s.history)}
	for _, h := range s.history {
		if h.At <= at {
			r.Originating, r.WhollyObtained = h.Originating, h.WhollyObtained
		}
	}
	return r, nil
}

// Sources returns the ids of all sources, sorted.
func (l *Ledger) Sources() []string { return slices.Sorted(maps.Keys(l.sources)) }

// InstallationState is an installation as its operator stated it.
type InstallationState struct {
	Installation
	Operator string `json:"operator"`
	At       int64  `json:"at"` // ms since 1970 UTC
	Event    string `json:"event"`
}

// Installations returns all statements about the installation at a measuring point, in their order.
func (l *Ledger) Installations(point string) []InstallationState {
	return slices.Clone(l.installations[point])
}

// ReceiptState is a receipt as booked.
type ReceiptState struct {
	Event    string    `json:"event"`
	Source   string    `json:"source"`
	Stock              // on the tank's basis
	Evidence Evidence  `json:"evidence"`
	Ticket   *Citation `json:"ticket,omitempty"` // newest version
	Carried  *Carried  `json:"carried,omitempty"`
	// Statement is the carrier's monthly statement that attests it, an event.
	Statement string `json:"statement,omitempty"`
	// Conversions are the steps from the ticket's basis to the tank's.
	Conversions []Conversion `json:"conversions,omitempty"`
	Blend       string       `json:"blend,omitempty"`   // event that blended it
	Shipper     string       `json:"shipper,omitempty"` // of a receipt into a stream
}

// PoolState is a pool as it stands.
type PoolState struct {
	Pool
	Stock                    // all it holds
	Density   quantity.Micro `json:"density"`             // of all it holds, kg/m3; zero when empty
	Unblended []ReceiptState `json:"unblended,omitempty"` // of a tank
	Batches   []string       `json:"batches,omitempty"`   // in a line now, in the order injected
	Positions []Position     `json:"positions,omitempty"` // in a stream, by shipper
}

// Position is what a shipper has in a stream.
type Position struct {
	Shipper string         `json:"shipper"` // DID
	Volume  quantity.Micro `json:"volume"`
}

// Pool returns a pool as it stands.
func (l *Ledger) Pool(id string) (PoolState, error) {
	p, known := l.pools[id]
	if !known {
		return PoolState{}, fmt.Errorf("pool %s is not declared", id)
	}
	r := PoolState{Pool: p.Pool, Stock: l.stock(PoolAccount(id), p.Basis)}
	r.Segments = slices.Clone(p.Segments)
	for i := range r.Segments {
		r.Segments[i] = p.segmentAt(i, math.MaxInt64)
	}
	for _, receipt := range p.receipts {
		r.Unblended = append(r.Unblended, l.receiptState(receipt))
	}
	for _, b := range p.batches {
		if !l.batches[b].delivered && l.batches[b].split == "" {
			r.Batches = append(r.Batches, b)
		}
	}
	for _, shipper := range p.stream.shippers {
		at := Position{shipper, l.stock(PositionAccount(id, shipper), p.Basis).Volume}
		r.Positions = append(r.Positions, at)
		r.Volume += at.Volume // checked as it came in
	}
	var err error
	for _, u := range r.Unblended {
		if r.Stock, err = r.add(u.Volume, u.Mass); err != nil {
			return PoolState{}, err
		}
	}
	for _, b := range r.Batches {
		s := l.stock(BatchAccount(b), p.Basis)
		if r.Stock, err = r.add(s.Volume, s.Mass); err != nil {
			return PoolState{}, err
		}
	}
	r.Density, err = densityOf(r.Mass, r.Volume, p.Basis)
	return r, err
}

// Pools returns the ids of all pools, sorted.
func (l *Ledger) Pools() []string { return slices.Sorted(maps.Keys(l.pools)) }

func (l *Ledger) receiptState(id string) ReceiptState {
	r := l.receipts[id]
	return ReceiptState{
		Event: id, Source: r.source, Stock: Stock{r.volume, r.mass}, Evidence: r.evidence, Ticket: r.cite.booked(),
		Conversions: slices.Clone(r.steps), Blend: r.blend, Shipper: r.shipper,
		Carried: copied(r.carried), Statement: r.statement,
	}
}

// Receipt returns a receipt by the event that stated it.
func (l *Ledger) Receipt(event string) (ReceiptState, error) {
	if _, known := l.receipts[event]; !known {
		return ReceiptState{}, fmt.Errorf("event %s is no receipt", event)
	}
	return l.receiptState(event), nil
}

// Blending returns what a blend made of its receipts, by the event that stated it.
func (l *Ledger) Blending(event string) (Blending, error) {
	b, known := l.blends[event]
	if !known {
		return Blending{}, fmt.Errorf("event %s is no blend", event)
	}
	b.Receipts = slices.Clone(b.Receipts)
	b.Heavy, b.Light = copied(b.Heavy), copied(b.Light)
	return b, nil
}

// Blendings returns the events of all blends, sorted.
func (l *Ledger) Blendings() []string { return slices.Sorted(maps.Keys(l.blends)) }

// CustodyChange passes a batch from one custodian to the next.
type CustodyChange struct {
	From  string `json:"from"`
	To    string `json:"to"`
	At    int64  `json:"at"` // ms since 1970 UTC
	Place string `json:"place"`
	Event string `json:"event"`
}

// TitleChange passes the ownership of a batch.
type TitleChange struct {
	Seller       string           `json:"seller"`
	Buyer        string           `json:"buyer"`
	At           int64            `json:"at"`              // ms since 1970 UTC: when title passed
	Price        *quantity.Factor `json:"price,omitempty"` // US dollars per net barrel at 60 F, or per Unit
	Unit         quantity.Unit    `json:"unit,omitempty"`  // of Price, where it is none of net barrels
	Basis        string           `json:"basis,omitempty"`
	Event        string           `json:"event"`
	Acknowledged *Acknowledged    `json:"acknowledged,omitempty"` // by the carrier
}

// Acknowledged says who noted a sale, and when.
type Acknowledged struct {
	By    string `json:"by"`
	At    int64  `json:"at"` // ms since 1970 UTC
	Event string `json:"event"`
}

// Arrival is when a batch's head is due at the end of a segment, and when it was there.
type Arrival struct {
	Place string `json:"place"`
	// Expected is the actual or expected arrival at the place before, plus fill over planned rate, ms since 1970 UTC.
	Expected int64 `json:"expected"`
	Transit  int64 `json:"transit"`          // fill over planned rate, ms
	Actual   int64 `json:"actual,omitempty"` // when its ticket there opened; zero while it is not there
}

// BatchState is a batch as it stands: where it is, who holds it, who owns it.
type BatchState struct {
	Batch     string          `json:"batch"`
	Tank      string          `json:"tank"` // or stream that it came from
	Line      string          `json:"line"` // or the tank or stream that a lot was withdrawn from
	Basis     quantity.Basis  `json:"basis"`
	Stock                     // in the line, or as delivered
	Density   quantity.Micro  `json:"density"` // kg/m3 by the books
	Toward    string          `json:"toward"`  // end of the segment it is in; where it was delivered
	Custodian string          `json:"custodian"`
	Custody   []CustodyChange `json:"custody"`
	Shipper   string          `json:"shipper"` // owner at the injection
	Owner     string          `json:"owner"`
	Titles    []TitleChange   `json:"titles,omitempty"`
	Legs      []Leg           `json:"legs"`
	Arrivals  []Arrival       `json:"arrivals"`
	Delivered bool            `json:"delivered"`
	InBond    []InBondState   `json:"inBond,omitempty"`
	Of        string          `json:"of,omitempty"`       // batch that it is a part of
	Into      []string        `json:"into,omitempty"`     // its parts, when it was split
	Received  string          `json:"received,omitempty"` // event that took it over after its delivery
}

// OwnerAt returns who owned the batch at an instant (ms).
func (b BatchState) OwnerAt(at int64) string { return ownerAt(b.Shipper, b.Titles, at) }

func ownerAt(owner string, titles []TitleChange, at int64) string {
	for _, t := range titles {
		if t.At <= at {
			owner = t.Buyer
		}
	}
	return owner
}

// Leg returns the leg at a place, and whether the batch has been there.
func (b BatchState) Leg(place string) (Leg, bool) {
	i := slices.IndexFunc(b.Legs, func(g Leg) bool { return g.Place == place })
	if i < 0 {
		return Leg{}, false
	}
	return b.Legs[i], true
}

// Batch returns a batch as it stands.
func (l *Ledger) Batch(id string) (BatchState, error) {
	b, line, err := l.here(id)
	if err != nil {
		return BatchState{}, err
	}
	now := line.segmentOf(b)
	r := BatchState{
		Batch: id, Tank: b.tank, Line: b.line, Basis: b.basis, Stock: l.stock(BatchAccount(id), b.basis), Toward: now.To,
		Custodian: b.custody[len(b.custody)-1].To, Custody: slices.Clone(b.custody), Shipper: b.owner, Owner: b.ownedBy(),
		Titles: slices.Clone(b.titles), Legs: copyLegs(b.legs), Delivered: b.delivered,
		InBond: slices.Clone(b.inBond), Of: b.of, Into: slices.Clone(b.into), Received: b.received,
	}
	if b.delivered {
		r.Stock = l.stock(DeliveredAccount(id), b.basis)
		if b.received != "" {
			r.Stock = b.out
		}
	}
	for i := range r.Titles {
		r.Titles[i].Acknowledged = copied(r.Titles[i].Acknowledged)
	}
	if r.Density, err = densityOf(r.Mass, r.Volume, b.basis); err != nil {
		return BatchState{}, err
	}
	r.Arrivals, err = arrivals(b, line)
	return r, err
}

// Batches returns the ids of all batches, sorted.
func (l *Ledger) Batches() []string { return slices.Sorted(maps.Keys(l.batches)) }

func arrivals(b *batch, line *pool) ([]Arrival, error) {
	if line.Kind != Line {
		return nil, nil
	}
	at := b.legs[0].Ticket.Open
	var all []Arrival
	for i, s := range line.Segments {
		transit, err := line.segmentAt(i, at).transit()
		if err != nil {
			return nil, fmt.Errorf("transit of line %s to %s: %w", line.ID, s.To, err)
		}
		a := Arrival{Place: s.To, Expected: at + transit, Transit: transit}
		at = a.Expected
		if i+1 < len(b.legs) {
			a.Actual = b.legs[i+1].Ticket.Open
			at = a.Actual
		}
		all = append(all, a)
	}
	return all, nil
}

// AccountState is an account as it stands.
type AccountState struct {
	Account Account        `json:"account"`
	Basis   quantity.Basis `json:"basis"`
	Stock
}

// Accounts returns all accounts, sorted by name. On each basis their volumes add up to zero, and so do their masses.
func (l *Ledger) Accounts() []AccountState {
	var all []AccountState
	for _, a := range l.accounts() {
		all = append(all, AccountState{Account: a.name, Basis: a.basis, Stock: l.stocks[a]})
	}
	return all
}

// Movements returns the movements after the first n, in the order booked: what a follower that has seen n does not know yet.
func (l *Ledger) Movements(n int) []Movement {
	n = min(max(n, 0), len(l.movements))
	fresh := slices.Clone(l.movements[n:])
	for i := range fresh {
		fresh[i].Ticket = fresh[i].Ticket.booked()
	}
	return fresh
}

// Latest returns the last event in the books and its instant (ms since 1970 UTC): what they are the books up to. Both are zero when
// nothing was booked.
func (l *Ledger) Latest() (event string, at int64) {
	if l.last == nil {
		return "", 0
	}
	return l.last.ID, l.last.At
}

func cutAccount(a Account, prefix string) (id string, is bool) {
	return strings.CutPrefix(string(a), prefix)
}

func copyLegs(legs []Leg) []Leg {
	legs = slices.Clone(legs)
	for i := range legs {
		legs[i].Ticket = legs[i].Ticket.booked()
		legs[i].Conversions, legs[i].Stated = slices.Clone(legs[i].Conversions), copied(legs[i].Stated)
	}
	return legs
}

func copied[T any](v *T) *T {
	if v == nil {
		return nil
	}
	c := *v
	return &c
}
