package lineage

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage/graph"
	"github.com/gauger/gauger/metrology/quantity"
)

// Holding is oil that lay in one account, unmixed with anything that came later: a receipt, a tank after a blend, a stream after a
// receipt, a batch after a meter. In an account that holds no oil it is what was lost there.
type Holding struct {
	Account  custody.Account  `json:"account"`
	Source   string           `json:"source,omitempty"` // whose oil it is, when no account held it before
	Event    string           `json:"event"`
	At       int64            `json:"at"` // ms since 1970 UTC
	Batch    string           `json:"batch,omitempty"`
	Place    string           `json:"place,omitempty"`
	Point    string           `json:"point,omitempty"` // measuring point of the ticket behind it
	Evidence custody.Evidence `json:"evidence"`
	Basis    quantity.Basis   `json:"basis"`
	Volume   quantity.Micro   `json:"volume"`
}

// The texts of a holding.
const (
	ofAccount = iota
	ofSource
	ofEvent
	ofBatch
	ofPlace
	ofPoint
	ofEvidence
	ofBasis
	texts // how many
)

// Chart is every holding and how much of which others went into it, in arrays: it answers where oil came from and went without the
// books that it was drawn from. It grows by Add and Note. Any number may read at once, but none while it grows.
type Chart struct {
	graph   *graph.Graph // its lots are the holdings
	names   names
	text    [texts][]uint32 // of each holding: numbers of names
	current map[custody.Account]graph.Lot
	notes   notes
}

// notes are the volumes of batches after each of their movements, in the order of time.
type notes struct {
	batch  []uint32 // numbers of names
	at     []int64  // ms since 1970 UTC
	volume []int64  // micro-units
}

// names are the texts that occur, each once and numbered.
type names struct {
	list   []string
	number map[string]uint32 // nil in a chart that was read
}

// of returns the number of a name, a new one for one that is not known.
func (n *names) of(name string) uint32 {
	i, known := n.number[name]
	if !known {
		i = uint32(len(n.list))
		n.list, n.number[name] = append(n.list, name), i
	}
	return i
}

// find returns the numbers of those names that occur. Where there is no map, which would take longer to make than to do without, it
// looks them all over once.
func (n *names) find(wanted map[string]bool) map[string]uint32 {
	found := map[string]uint32{}
	if n.number != nil {
		for name := range wanted {
			if i, known := n.number[name]; known {
				found[name] = i
			}
		}
		return found
	}
	for i, name := range n.list {
		if wanted[name] {
			found[name] = uint32(i)
		}
	}
	return found
}

// NewChart returns a chart without holdings.
func NewChart() *Chart {
	return &Chart{graph: graph.New(), names: names{number: map[string]uint32{}}, current: map[custody.Account]graph.Lot{}}
}

// Holdings returns how many there are.
func (c *Chart) Holdings() int { return c.graph.Lots() }

// Edges returns how many amounts went from one holding into another.
func (c *Chart) Edges() int { return c.graph.Edges() }

// holding returns a holding.
func (c *Chart) holding(l graph.Lot) (h Holding) {
	name := func(text int) string { return c.names.list[c.text[text][l]] }
	h = Holding{
		Account: custody.Account(name(ofAccount)), Source: name(ofSource), Event: name(ofEvent), At: c.graph.At(l), Batch: name(ofBatch),
		Place: name(ofPlace), Point: name(ofPoint), Evidence: custody.Evidence(name(ofEvidence)), Volume: c.graph.Volume(l),
	}
	_ = h.Basis.UnmarshalText([]byte(name(ofBasis))) // it was one when it was added, or the chart was refused when it was read
	return h
}

// Add appends a holding that came to be at its instant, made of amounts of others: see graph.Graph.Add. One on a basis that there is
// none of is refused too.
func (c *Chart) Add(h Holding, edges ...graph.Edge) (graph.Lot, error) {
	if c.current == nil {
		return 0, errors.New("a chart that was read takes no more: draw it anew")
	}
	if err := h.Basis.Valid(); err != nil {
		return 0, err
	}
	lot, err := c.graph.Add(h.At, h.Volume, edges...)
	if err != nil {
		return 0, err
	}
	for text, s := range [texts]string{
		ofAccount: string(h.Account), ofSource: h.Source, ofEvent: h.Event, ofBatch: h.Batch, ofPlace: h.Place, ofPoint: h.Point,
		ofEvidence: string(h.Evidence), ofBasis: h.Basis.String(),
	} {
		c.text[text] = append(c.text[text], c.names.of(s))
	}
	if h.Account.Holds() {
		c.current[h.Account] = lot
	}
	return lot, nil
}

// Note keeps what a batch holds from an instant (ms) on, which must not be before that of the last note.
func (c *Chart) Note(name string, at int64, volume quantity.Micro) {
	c.notes.batch = append(c.notes.batch, c.names.of(name))
	c.notes.at = append(c.notes.at, at)
	c.notes.volume = append(c.notes.volume, int64(volume))
}

// mark is how far a chart has come.
type mark struct{ holdings, notes int }

func (c *Chart) mark() mark { return mark{c.graph.Lots(), len(c.notes.at)} }

// cut takes everything after a mark back.
func (c *Chart) cut(to mark) {
	c.graph.Cut(to.holdings)
	for text := range c.text {
		c.text[text] = c.text[text][:to.holdings]
	}
	c.notes = notes{c.notes.batch[:to.notes], c.notes.at[:to.notes], c.notes.volume[:to.notes]}
	clear(c.current)
	for l, n := range c.text[ofAccount] {
		if a := custody.Account(c.names.list[n]); a.Holds() {
			c.current[a] = graph.Lot(l)
		}
	}
}

// draw enters a movement of volume.
func (c *Chart) draw(m custody.Movement) error {
	if m.Volume == 0 || within(m) || !m.From.Holds() && !m.To.Holds() {
		return nil // mass alone, another owner, or a contract
	}
	from, to := m.From.Inventory(), m.To.Inventory()
	h := Holding{
		Account: to, Event: m.Event, At: m.At, Batch: m.Batch, Place: m.Place, Evidence: m.Evidence, Basis: m.Basis, Volume: m.Volume,
	}
	if m.Ticket != nil && m.Effect != custody.Gained && m.Effect != custody.Lost {
		h.Point = m.Ticket.Point
	}
	supplier, supplied := m.From.Source()
	if supplied {
		h.Source = supplier
	}
	var edges []graph.Edge
	if m.From.Holds() {
		giver, known := c.current[from]
		if !known {
			return fmt.Errorf("%s gives %s and nothing has come in", from, m.Volume)
		}
		edges = append(edges, graph.Edge{From: giver, Volume: m.Volume})
	}
	before, known := c.current[to]
	left := quantity.Micro(0)
	if known && m.To.Holds() {
		left = c.graph.Left(before)
	}
	if left > 0 && supplied { // it joins what is there: a holding of its own first
		lot, err := c.Add(h)
		if err != nil {
			return err
		}
		edges = append(edges, graph.Edge{From: lot, Volume: m.Volume})
		h.Source = ""
	}
	if left > 0 {
		edges = append(edges, graph.Edge{From: before, Volume: left})
	}
	var err error
	if h.Volume, err = m.Volume.Add(left); err != nil {
		return err
	}
	_, err = c.Add(h, edges...)
	return err
}

// Part is what one holding gave to, or has of, the oil that is traced.
type Part struct {
	Holding
	Share quantity.Micro `json:"share"`
}

// ErrUnknown reports a name that means nothing in the books at the instant asked for.
var ErrUnknown = errors.New("no batch, source or measuring point of that name has been followed until then")

// Trail is where oil came from, or where it went.
type Trail struct {
	Of     []Holding      `json:"of"` // what is traced
	Basis  quantity.Basis `json:"basis"`
	Volume quantity.Micro `json:"volume"` // of all it is about; the shares add up to it
	Parts  []Part         `json:"parts"`  // in the order they came to be
	Passed int            `json:"passed"` // holdings on the way, each once
}

// Back returns the sources of what names mean at an instant (ms): of a batch as the last meter until then left it, or of everything
// that came in through a measuring point or from a source until then.
func (c *Chart) Back(at int64, names ...string) (Trail, error) {
	var of []graph.Share
	for _, m := range c.meant(at, names) {
		if m.batch {
			of = append(of, graph.Share{Lot: m.lots[len(m.lots)-1], Volume: m.volume})
			continue
		}
		for _, l := range m.lots {
			of = append(of, graph.Share{Lot: l, Volume: c.graph.Volume(l)})
		}
	}
	t := Trail{}
	for _, s := range of {
		t.Of = append(t.Of, c.holding(s.Lot))
	}
	if err := t.check(names); err != nil {
		return Trail{}, err
	}
	trace, err := c.graph.Back(of...)
	return c.list(t, trace, err)
}

// Forward returns where the oil of batches as injected, of sources or of measuring points is at an instant (ms).
func (c *Chart) Forward(at int64, names ...string) (Trail, error) {
	var of []graph.Lot
	for _, m := range c.meant(at, names) {
		if m.batch {
			m.lots = m.lots[:1]
		}
		of = append(of, m.lots...)
	}
	t := Trail{}
	for _, l := range of {
		t.Of = append(t.Of, c.holding(l))
	}
	if err := t.check(names); err != nil {
		return Trail{}, err
	}
	trace, err := c.graph.Forward(at, of...)
	return c.list(t, trace, err)
}

// check refuses what is traced when it is nothing, or on several bases.
func (t *Trail) check(names []string) error {
	for i, h := range t.Of {
		if i == 0 {
			t.Basis = h.Basis
		}
		if h.Basis != t.Basis {
			return fmt.Errorf("%s is in %s, %s in %s: trace them one by one", t.Of[0].Account, t.Basis, h.Account, h.Basis)
		}
	}
	if t.Of == nil {
		return fmt.Errorf("%w: %s", ErrUnknown, strings.Join(names, ", "))
	}
	return nil
}

// list puts a trace into the trail.
func (c *Chart) list(t Trail, trace graph.Trace, err error) (Trail, error) {
	if err != nil {
		return Trail{}, err
	}
	t.Volume, t.Passed = trace.Volume, trace.Passed
	for _, s := range trace.Shares {
		t.Parts = append(t.Parts, Part{c.holding(s.Lot), s.Volume})
	}
	return t, nil
}
