// Package lineage follows the movements of the custody books and knows, for every tank, stream, receipt and batch, which sources its
// oil came from and what that rests on: to the millionth of a unit, and so that the shares always add up to the volume. This is
// what is physically there; what a law lets a withdrawal count as, by an inventory method, package inventory works out.
package lineage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
)

// Share is what one source contributes to an amount of oil, as far as it rests on one class of evidence and was made into the same.
type Share struct {
	Source   string           `json:"source"`
	Evidence custody.Evidence `json:"evidence"`
	// Made are the products that it became on its way, the last one last; nothing for oil as it was received.
	Made []custody.Product `json:"made,omitempty"`
	// Book is the share of the volume as it is booked: shrunk with its blend, in proportion. The shares add up to the volume.
	Book quantity.Micro `json:"book"`
	// Input is the volume that was put in for it before it shrank. A rule that limits an ingredient divides this by the good.
	Input quantity.Micro `json:"input"`
}

// Lot is the composition of a batch after a movement: as injected, and as each later meter found it or a deduction left
// it; of a lot as withdrawn; of one that was split as it was before.
type Lot struct {
	Batch  string         `json:"batch"`
	Event  string         `json:"event"`  // whose movement made it so
	At     int64          `json:"at"`     // ms since 1970 UTC
	Basis  quantity.Basis `json:"basis"`  // of all volumes
	Volume quantity.Micro `json:"volume"` // sum of the shares' Book
	Input  quantity.Micro `json:"input"`  // sum of the shares' Input
	Shares []Share        `json:"shares"` // by source, then evidence, then what it was made into
}

// Book holds the composition of everything that holds oil. The positions in a stream are of one composition, its own. It is not
// safe for concurrent use.
type Book struct {
	accounts map[custody.Account][]Share // by inventory
	lots     map[string][]Lot            // by batch, in the order they came to be
	steps    []step
	filling  map[custody.Account]int // how often an account has been empty before its present oil
	brought  map[int][]Share         // what came into a pool from elsewhere than a source, by the step
	chart    *Chart
}

// step is a movement with the fillings of its accounts that it touched.
type step struct {
	custody.Movement
	from, to int
}

// New returns a book that has seen no movement.
func New() *Book {
	return &Book{
		accounts: map[custody.Account][]Share{}, lots: map[string][]Lot{}, filling: map[custody.Account]int{}, brought: map[int][]Share{}, chart: NewChart(),
	}
}

// Seen returns the number of movements that the book has followed: what custody.Ledger.Movements takes to give the rest.
func (b *Book) Seen() int { return len(b.steps) }

// Chart returns what answers where oil came from and went. It grows with the book.
func (b *Book) Chart() *Chart { return b.chart }

// Apply follows the ledger's next movements, in their order. All are followed or, on an error, none: then they are not those of
// books that close, and the error wraps custody.ErrInvariant.
func (b *Book) Apply(movements ...custody.Movement) error {
	next := &Book{accounts: map[custody.Account][]Share{}, lots: map[string][]Lot{}, filling: map[custody.Account]int{}, brought: map[int][]Share{}}
	before := b.chart.mark()
	for _, m := range movements {
		lots := len(next.lots[m.Batch])
		err := b.follow(next, m)
		if err == nil {
			err = b.chart.draw(m)
		}
		if err != nil {
			b.chart.cut(before)
			return fmt.Errorf("lineage of %s: %w: %w", m, custody.ErrInvariant, err)
		}
		for _, lot := range next.lots[m.Batch][lots:] {
			b.chart.Note(lot.Batch, lot.At, lot.Volume)
		}
	}
	for a, shares := range next.accounts {
		b.accounts[a] = shares
	}
	for a, n := range next.filling {
		b.filling[a] = n
	}
	maps.Copy(b.brought, next.brought)
	for batch, lots := range next.lots {
		b.lots[batch] = append(b.lots[batch], lots...)
	}
	b.steps = append(b.steps, next.steps...)
	return nil
}

// follow enters one movement into next, which overlays b.
func (b *Book) follow(next *Book, m custody.Movement) error {
	s := step{Movement: m, from: b.fillingOf(next, m.From.Inventory()), to: b.fillingOf(next, m.To.Inventory())}
	if m.Volume == 0 || within(m) {
		next.steps = append(next.steps, s) // mass alone, or another owner: it is made of what it was
		return nil
	}
	moved, err := b.leave(next, m)
	if err != nil {
		return err
	}
	if m.To.Holds() {
		to := m.To.Inventory()
		if m.Product != nil && m.Effect == custody.Processed {
			if moved, err = made(moved, *m.Product); err != nil {
				return err
			}
		}
		if _, source := m.From.Source(); !source && m.From.Holds() && strings.HasPrefix(string(to), "pool:") {
			next.brought[len(b.steps)+len(next.steps)] = moved
		}
		if next.accounts[to], err = merge(b.sharesOf(next, to), moved); err != nil {
			return err
		}
		if m.Product != nil && m.Effect == custody.Mixed { // with the heel
			if next.accounts[to], err = made(next.accounts[to], *m.Product); err != nil {
				return err
			}
		}
	}
	next.steps = append(next.steps, s)
	return next.note(m)
}

// leave returns what a movement carries, and takes it from where it was.
func (b *Book) leave(next *Book, m custody.Movement) ([]Share, error) {
	if source, is := m.From.Source(); is {
		return []Share{{Source: source, Evidence: m.Evidence, Book: m.Volume, Input: m.Input}}, nil
	}
	if !m.From.Holds() {
		if !m.To.Holds() {
			return nil, nil // a contract, not oil
		}
		return portion(b.sharesOf(next, m.To.Inventory()), m.Volume) // a gain is more of the same
	}
	from := m.From.Inventory()
	have := b.sharesOf(next, from)
	taken, err := portion(have, m.Volume)
	if err != nil {
		return nil, err
	}
	if m.Effect == custody.Shrunk {
		for i := range taken {
			taken[i].Input = 0 // what was put in stays what it was
		}
	}
	left := make([]Share, 0, len(have))
	for i, s := range have {
		s.Book -= taken[i].Book
		s.Input -= taken[i].Input
		if s.Book < 0 || s.Input < 0 {
			return nil, fmt.Errorf("%s holds %s of source %s, %s are taken", m.From, have[i].Book, s.Source, taken[i].Book)
		}
		if s.Book > 0 || s.Input > 0 {
			left = append(left, s)
		}
	}
	next.accounts[from] = left
	if len(left) == 0 {
		next.filling[from] = b.fillingOf(next, from) + 1
	}
	return taken, nil
}

// within reports whether a movement stays in one inventory.
func within(m custody.Movement) bool { return m.From.Inventory() == m.To.Inventory() }

func (b *Book) sharesOf(next *Book, a custody.Account) []Share {
	if s, touched := next.accounts[a]; touched {
		return s
	}
	return b.accounts[a]
}

func (b *Book) fillingOf(next *Book, a custody.Account) int {
	if n, touched := next.filling[a]; touched {
		return n
	}
	return b.filling[a]
}

// portion returns the shares of a volume that is like the shares given: book volumes divided by the largest remainder, so that
// they add up; input volumes in proportion, each rounded once.
func portion(of []Share, volume quantity.Micro) ([]Share, error) {
	parts := make([]quantity.Part, len(of))
	total, err := sum(of)
	if err != nil {
		return nil, err
	}
	for i, s := range of {
		parts[i] = quantity.Part{ID: s.Source + "\x00" + string(s.Evidence), Weight: s.Book}
		if len(s.Made) > 0 {
			parts[i].ID += fmt.Sprintf("\x00%04d", i) // shares are in an order of their own
		}
	}
	books, err := quantity.Split(volume, parts)
	if err != nil {
		return nil, err
	}
	like := slices.Clone(of)
	for i := range like {
		like[i].Book = books[i]
		if like[i].Input, err = of[i].Input.Ratio(int64(volume), int64(total.Book)); err != nil {
			return nil, err
		}
	}
	return like, nil
}

// made returns shares after a process or blend. What was made into the same before, as the heel of a tank that is blended again and
// again, or what goes round in a plant, is made into it once, last: so the products of a share are no more than there are to be made.
func made(of []Share, product custody.Product) (shares []Share, err error) {
	for _, s := range of {
		s.Made = slices.DeleteFunc(slices.Clone(s.Made), func(p custody.Product) bool { return p.Compare(product) == 0 })
		s.Made = append(s.Made, product)
		if shares, err = merge(shares, []Share{s}); err != nil {
			return nil, err
		}
	}
	return shares, nil
}

// merge adds shares up by source, evidence and what they were made into.
func merge(a, b []Share) ([]Share, error) {
	merged := slices.Clone(a)
	for _, s := range b {
		i, found := slices.BinarySearchFunc(merged, s, order)
		if !found {
			merged = slices.Insert(merged, i, s)
			continue
		}
		both, err := sum([]Share{merged[i], s})
		if err != nil {
			return nil, err
		}
		merged[i].Book, merged[i].Input = both.Book, both.Input
	}
	return merged, nil
}

func order(a, b Share) int {
	return cmp.Or(strings.Compare(a.Source, b.Source), cmp.Compare(rank(a.Evidence), rank(b.Evidence)),
		slices.CompareFunc(a.Made, b.Made, custody.Product.Compare))
}

// rank puts the better evidence first.
func rank(e custody.Evidence) int {
	return slices.Index([]custody.Evidence{custody.Signed, custody.Attested, custody.Typed}, e)
}

// sum returns the total of shares, without source and evidence.
func sum(shares []Share) (total Share, err error) {
	for _, s := range shares {
		if total.Book, err = total.Book.Add(s.Book); err != nil {
			return Share{}, err
		}
		if total.Input, err = total.Input.Add(s.Input); err != nil {
			return Share{}, err
		}
	}
	return total, nil
}

// note keeps the lot that a movement makes of a batch: every movement of its oil but the delivery, which changes nothing.
func (b *Book) note(m custody.Movement) error {
	account := custody.BatchAccount(m.Batch)
	if m.Effect == custody.Withdrawn {
		account = custody.DeliveredAccount(m.Batch)
	}
	if m.Effect == custody.Delivered || m.From != account && m.To != account {
		return nil
	}
	shares := slices.Clone(b.accounts[account])
	total, err := sum(shares)
	if err != nil {
		return err
	}
	b.lots[m.Batch] = append(b.lots[m.Batch], Lot{
		Batch: m.Batch, Event: m.Event, At: m.At, Basis: m.Basis, Volume: total.Book, Input: total.Input, Shares: shares,
	})
	return nil
}
