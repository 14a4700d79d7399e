package custody

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// ErrInvariant reports books that do not close. Nothing more may be written on them: fold the events anew and compare.
var ErrInvariant = errors.New("custody books are broken")

// Ledger is the fold over events. It does no I/O and knows no clock: the same events in the same order give the same books.
// It is not safe for concurrent use.
type Ledger struct {
	last          *Event // its place in the order only
	events        map[string]entry
	pools         map[string]*pool
	sources       map[string]*source
	installations map[string][]InstallationState // by point, in the order stated
	receipts      map[string]*receipt            // by event
	blends        map[string]Blending            // by event
	batches       map[string]*batch
	sales         map[string]string // event of a sale to its batch
	papers        map[record.Hash]*Paper
	tickets       map[string]*Citation // by ticket id, the newest version
	spans         map[string][]span    // records behind the tickets, by device and point
	facts         map[string]facts     // of tickets, by id
	parties       map[string]PartyState
	facilities    map[string]FacilityState
	seals         map[string][]SealState // by point
	disputes      []DisputeState
	statements    []statement
	voids         []VoidState
	movements     []Movement
	stocks        map[account]Stock
}

// account is an account on one basis: what is counted differently is never added.
type account struct {
	name  Account
	basis quantity.Basis
}

// Stock is a volume with its mass.
type Stock struct {
	Volume quantity.Micro `json:"volume"`
	Mass   quantity.Micro `json:"mass"` // kg
}

// entry is what is remembered of an event.
type entry struct {
	kind Kind
	by   string
	cite *Citation // of the ticket that it booked, in the newest version
}

type pool struct {
	Pool
	receipts []string // not blended yet, in the order received
	batches  []string // of a line, in the order injected
	booked   bool     // something was booked in it
	closes   []CloseState
	stream   streamBook // of a stream
	fills    []fill     // of a line, changes in their order
}

type source struct {
	Source
	by      string // who stated it
	history []StatusChange
}

type receipt struct {
	pool     string
	source   string
	volume   quantity.Micro
	mass     quantity.Micro
	evidence Evidence
	cite     *Citation
	steps    []Conversion
	blend    string // event that blended it
	at       int64  // ms since 1970 UTC
	carried  *Carried
	// statement is the event that attests it, see attest.
	statement string
	// Of a receipt into a stream:
	shipper   string
	allowance string // event of its loss allowance in kind
}

type span struct {
	first, last uint64
	ticket      string
}

// NewLedger returns books with nothing in them. Papers are carrier's tickets that events may cite, verified by the caller.
func NewLedger(papers ...Paper) *Ledger {
	l := &Ledger{
		papers: map[record.Hash]*Paper{},
		events: map[string]entry{}, pools: map[string]*pool{}, sources: map[string]*source{},
		installations: map[string][]InstallationState{}, receipts: map[string]*receipt{}, blends: map[string]Blending{},
		batches: map[string]*batch{}, sales: map[string]string{}, tickets: map[string]*Citation{},
		spans: map[string][]span{}, stocks: map[account]Stock{}, facts: map[string]facts{}, parties: map[string]PartyState{},
		facilities: map[string]FacilityState{}, seals: map[string][]SealState{},
	}
	for _, p := range papers {
		l.papers[p.Hash] = &p
	}
	return l
}

// posting is an event on its way into the books: what it will move, and what else it will change once all of it is accepted.
type posting struct {
	event  *Event
	ticket *ticket.Ticket
	paper  *Paper    // that the event cites, if it is here
	cite   *Citation // of ticket or paper, once it is booked
	known  int64     // ms since 1970 UTC: later than it takes effect, when it replaces another
	folded bool      // by Fold
	// correction is the void that settled a dispute later, nil where none did.
	correction *correction
	right      *Ledger // of a void after the close of the month: the books as they would be without the mistake
	movements  []Movement
	commit     []func()
}

func (p *posting) then(change func()) { p.commit = append(p.commit, change) }

// move adds a movement, unless it moves nothing.
func (p *posting) move(m Movement) {
	if m.Volume == 0 && m.Mass == 0 {
		return
	}
	m.Event, m.At = p.event.ID, p.event.At
	p.movements = append(p.movements, m)
}

// Apply books an event. t is the ticket that the event cites, with its signatures and records verified by the caller, and nil
// when it cites none. An event that does not fit is refused whole and leaves the ledger as it was; the error names the event,
// the pool or batch, and what would mend it. An error that wraps ErrInvariant is no refusal: the books themselves are wrong.
func (l *Ledger) Apply(e Event, t *ticket.Ticket) error {
	if err := e.Valid(); err != nil {
		return err
	}
	return l.apply(&posting{event: &e, ticket: t, known: e.At})
}

// apply books an event that is valid by itself.
func (l *Ledger) apply(p *posting) error {
	e := p.event
	if err := l.admit(p); err != nil {
		return fmt.Errorf("event %s: %w", e.ID, err)
	}
	if err := l.dispatch(p); err != nil {
		return fmt.Errorf("event %s, %s: %w", e.ID, e.Kind(), err)
	}
	stocks, err := l.balance(p.movements)
	if err != nil {
		return fmt.Errorf("event %s, %s: %w", e.ID, e.Kind(), err)
	}
	if err := l.follow(p); err != nil {
		return fmt.Errorf("event %s, %s: %w", e.ID, e.Kind(), err)
	}
	for a, s := range stocks {
		l.stocks[a] = s
	}
	l.movements = append(l.movements, p.movements...)
	for _, change := range p.commit {
		change()
	}
	l.events[e.ID], l.last = entry{e.Kind(), e.By, p.cite}, &Event{ID: e.ID, At: e.At, Order: e.Order}
	return nil
}

var errUsed = errors.New("an event with this id is in the ledger: ids are used once")

// admit checks the event's place in the order and that it comes with the ticket it cites.
func (l *Ledger) admit(p *posting) error {
	e := p.event
	if _, known := l.events[e.ID]; known {
		return errUsed
	}
	if l.last != nil && Compare(*l.last, *e) >= 0 {
		return fmt.Errorf("it is of %d ms, order %d, and event %s of %d ms, order %d, is in the ledger already: sort the events and fold them anew",
			e.At, e.Order, l.last.ID, l.last.At, l.last.Order)
	}
	if (e.Ticket == nil) != (p.ticket == nil) {
		return errors.New("it must come with the ticket it cites, and with none if it cites none")
	}
	if p.ticket == nil {
		return l.admitPaper(p)
	}
	encoded, err := p.ticket.Encode()
	if err != nil {
		return err
	}
	if hash := ticket.Hash(encoded); hash != *e.Ticket {
		return fmt.Errorf("it cites ticket %x, but ticket %s version %d hashes to %x", e.Ticket[:6], p.ticket.ID, p.ticket.Version, hash[:6])
	}
	if p.known < p.ticket.At {
		return fmt.Errorf("it takes effect at %d ms, before version %d of ticket %s was made at %d ms", p.known, p.ticket.Version, p.ticket.ID, p.ticket.At)
	}
	return nil
}

func (l *Ledger) dispatch(p *posting) error {
	switch p.event.Kind() {
	case KindPool:
		return l.declare(p)
	case KindSource:
		return l.source(p)
	case KindCertification:
		return l.certify(p)
	case KindInstallation:
		return l.install(p)
	case KindOpening:
		return l.open(p)
	case KindReceipt:
		return l.receive(p)
	case KindBlend:
		return l.blend(p)
	case KindGauging:
		return l.gauge(p)
	case KindTransfer:
		return l.transfer(p)
	case KindCheck:
		return l.check(p)
	case KindHandover:
		return l.handover(p)
	case KindDelivery:
		return l.deliver(p)
	case KindAllowance:
		return l.allow(p)
	case KindRevision:
		return l.revise(p)
	case KindSale:
		return l.sell(p)
	case KindAcknowledgement:
		return l.acknowledge(p)
	case KindVoid:
		return l.take(p)
	case KindWithdrawal:
		return l.withdrawal(p)
	case KindTitle:
		return l.title(p)
	case KindExchange:
		return l.exchange(p)
	case KindDeduction:
		return l.deduct(p)
	case KindProcess:
		return l.process(p)
	case KindSplit:
		return l.split(p)
	case KindFill:
		return l.refill(p)
	case KindInBond:
		return l.bond(p)
	case KindClose:
		return l.close(p)
	case KindParty:
		return l.name(p)
	case KindFacility:
		return l.locate(p)
	case KindSeal:
		return l.seal(p)
	case KindStatement:
		return l.stateMonth(p)
	case KindDispute:
		return l.dispute(p)
	}
	return errors.New("this program does not know its kind")
}

// by refuses an event that somebody else must state.
func (p *posting) by(party, as string) error {
	if p.event.By == party {
		return nil
	}
	return fmt.Errorf("%s states it, but only %s may, as %s", p.event.By, party, as)
}

// balance returns the stocks that movements lead to. The handlers have refused whatever an event may not do: an account that
// would be overdrawn here is our own mistake.
func (l *Ledger) balance(movements []Movement) (map[account]Stock, error) {
	stocks := map[account]Stock{}
	stock := func(a account) Stock {
		if s, touched := stocks[a]; touched {
			return s
		}
		return l.stocks[a]
	}
	for _, m := range movements {
		if m.Volume < 0 || m.Mass < 0 || m.From == m.To {
			return nil, fmt.Errorf("%w: %s is no movement", ErrInvariant, m)
		}
		from, to := account{m.From, m.Basis}, account{m.To, m.Basis}
		less, err := stock(from).add(-m.Volume, -m.Mass)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.From, err)
		}
		if m.From.Holds() && (less.Volume < 0 || less.Mass < 0) {
			return nil, fmt.Errorf("%w: %s overdraws it", ErrInvariant, m)
		}
		stocks[from] = less
		if stocks[to], err = stock(to).add(m.Volume, m.Mass); err != nil {
			return nil, fmt.Errorf("%s: %w", m.To, err)
		}
	}
	return stocks, nil
}

func (s Stock) add(volume, mass quantity.Micro) (sum Stock, err error) {
	if sum.Volume, err = s.Volume.Add(volume); err != nil {
		return Stock{}, err
	}
	sum.Mass, err = s.Mass.Add(mass)
	return sum, err
}

// Check proves the books: the balances are what the movements make them, volume and mass of all accounts on a basis add up to
// zero, no account that holds oil is negative, every batch stands at what its last meter said, and the positions of a stream add
// up to it. Errors wrap ErrInvariant.
func (l *Ledger) Check() error {
	again := NewLedger()
	stocks, err := again.balance(l.movements)
	if err != nil {
		return fmt.Errorf("%w: movements do not add up: %w", ErrInvariant, err)
	}
	sums := map[quantity.Basis]Stock{}
	for _, a := range l.accounts() {
		s := l.stocks[a]
		if stocks[a] != s {
			return fmt.Errorf("%w: %s stands at %s (%s kg), its movements make %s (%s kg)",
				ErrInvariant, a.name, s.Volume, s.Mass, stocks[a].Volume, stocks[a].Mass)
		}
		if _, is := cutAccount(a.name, "process:"); is && s != (Stock{}) {
			return fmt.Errorf("%w: %s has %s, %s kg left: a process gives all that it takes", ErrInvariant, a.name, s.Volume, s.Mass)
		}
		if a.name.Holds() && (s.Volume < 0 || s.Mass < 0) {
			return fmt.Errorf("%w: %s is negative: %s, %s kg", ErrInvariant, a.name, s.Volume, s.Mass)
		}
		if sums[a.basis], err = sums[a.basis].add(s.Volume, s.Mass); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrInvariant, a.name, err)
		}
	}
	for basis, s := range sums {
		if s != (Stock{}) {
			return fmt.Errorf("%w: all accounts in %s add up to %s (%s kg), not to zero", ErrInvariant, basis, s.Volume, s.Mass)
		}
	}
	if len(stocks) != len(l.stocks) {
		return fmt.Errorf("%w: %d accounts stand, %d were moved", ErrInvariant, len(l.stocks), len(stocks))
	}
	if err := l.checkBatches(); err != nil {
		return err
	}
	return l.checkStreams()
}

func (l *Ledger) checkBatches() error {
	for _, id := range slices.Sorted(maps.Keys(l.batches)) {
		b := l.batches[id]
		in, out := l.stock(BatchAccount(id), b.basis), l.stock(DeliveredAccount(id), b.basis)
		if b.delivered {
			in, out = out, in
		}
		last := b.legs[len(b.legs)-1].Volume - b.taken
		if b.split != "" || b.received != "" {
			last = 0
		}
		if in.Volume != last || out != (Stock{}) {
			return fmt.Errorf("%w: batch %s stands at %s, its last meter less what was deducted since said %s", ErrInvariant, id, in.Volume, last)
		}
	}
	return nil
}

func (l *Ledger) stock(a Account, basis quantity.Basis) Stock { return l.stocks[account{a, basis}] }

// accounts returns all accounts by name and basis.
func (l *Ledger) accounts() []account {
	all := make([]account, 0, len(l.stocks))
	for a := range l.stocks {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b account) int {
		return strings.Compare(string(a.name)+a.basis.String(), string(b.name)+b.basis.String())
	})
	return all
}
