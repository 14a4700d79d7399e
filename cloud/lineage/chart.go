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

// chart is every holding and how much of which others went into it.
type chart struct {
	graph    *graph.Graph
	holdings []Holding // by graph.Lot
	current  map[custody.Account]graph.Lot
}

func newChart() chart { return chart{graph: graph.New(), current: map[custody.Account]graph.Lot{}} }

// cut takes everything after the given number of holdings back.
func (c *chart) cut(holdings int) {
	c.graph.Cut(holdings)
	c.holdings = c.holdings[:holdings]
	clear(c.current)
	for l, h := range c.holdings {
		if h.Account.Holds() {
			c.current[h.Account] = graph.Lot(l)
		}
	}
}

// draw enters a movement of volume.
func (c *chart) draw(m custody.Movement) error {
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
	source, supplied := m.From.Source()
	if supplied {
		h.Source = source
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
		lot, err := c.add(h, nil)
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
	_, err = c.add(h, edges)
	return err
}

func (c *chart) add(h Holding, edges []graph.Edge) (graph.Lot, error) {
	lot, err := c.graph.Add(h.At, h.Volume, edges...)
	if err != nil {
		return 0, err
	}
	c.holdings = append(c.holdings, h)
	if h.Account.Holds() {
		c.current[h.Account] = lot
	}
	return lot, nil
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
	Passed int            `json:"passed"` // holdings on the way, counted once for each that is traced
}

// Back returns the sources of what names mean at an instant (ms): of a batch as the last meter until then left it, or of everything
// that came in through a measuring point or from a source until then.
func (b *Book) Back(at int64, names ...string) (t Trail, err error) {
	shares := map[graph.Lot]quantity.Micro{}
	for _, name := range names {
		lots, batch := b.chart.named(name, at)
		if batch {
			lots = lots[len(lots)-1:]
		}
		for _, l := range lots {
			amount := b.chart.holdings[l].Volume
			if batch {
				lot, err := b.LotAt(name, at)
				if err != nil {
					return Trail{}, err
				}
				amount = lot.Volume
			}
			one, err := b.chart.graph.Back(l, amount)
			if err == nil {
				err = t.add(b.chart.holdings[l], one, shares)
			}
			if err != nil {
				return Trail{}, err
			}
		}
	}
	return b.chart.list(t, shares, names)
}

// Forward returns where the oil of batches as injected, of sources or of measuring points is at an instant (ms).
func (b *Book) Forward(at int64, names ...string) (t Trail, err error) {
	shares := map[graph.Lot]quantity.Micro{}
	for _, name := range names {
		lots, batch := b.chart.named(name, at)
		if batch {
			lots = lots[:1]
		}
		for _, l := range lots {
			one, err := b.chart.graph.Forward(l, at)
			if err == nil {
				err = t.add(b.chart.holdings[l], one, shares)
			}
			if err != nil {
				return Trail{}, err
			}
		}
	}
	return b.chart.list(t, shares, names)
}

// named returns the holdings that a name means until an instant, in the order they came to be, and whether it is a batch's.
func (c *chart) named(name string, at int64) (lots []graph.Lot, batch bool) {
	for l, h := range c.holdings {
		if h.At > at {
			break
		}
		is := h.Account == custody.BatchAccount(name) || !batch && h.Account == custody.DeliveredAccount(name) // a lot has no other
		if is || h.Account.Holds() && (h.Source == name || h.Point == name && h.Batch == "") {
			lots, batch = append(lots, graph.Lot(l)), batch || is
		}
	}
	return lots, batch
}

// add takes the trace of one more holding in.
func (t *Trail) add(h Holding, one graph.Trace, shares map[graph.Lot]quantity.Micro) (err error) {
	if t.Of != nil && h.Basis != t.Basis {
		return fmt.Errorf("%s is in %s, %s in %s: trace them one by one", t.Of[0].Account, t.Basis, h.Account, h.Basis)
	}
	t.Of, t.Basis, t.Passed = append(t.Of, h), h.Basis, t.Passed+one.Passed
	for _, s := range one.Shares {
		shares[s.Lot] += s.Volume // at most t.Volume
	}
	t.Volume, err = t.Volume.Add(one.Volume)
	return err
}

// list puts the shares into the trail.
func (c *chart) list(t Trail, shares map[graph.Lot]quantity.Micro, names []string) (Trail, error) {
	if t.Of == nil {
		return Trail{}, fmt.Errorf("%w: %s", ErrUnknown, strings.Join(names, ", "))
	}
	for l, h := range c.holdings {
		if share, is := shares[graph.Lot(l)]; is {
			t.Parts = append(t.Parts, Part{h, share})
		}
	}
	return t, nil
}
