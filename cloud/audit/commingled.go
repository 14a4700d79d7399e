package audit

import (
	"errors"
	"fmt"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage/inventory"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Share is the part of a lot from a common stock that a claim enters.
type Share string

// The shares. What originates and the rest are two entries of the same records.
const (
	WholeLot         Share = ""
	OriginatingShare Share = "originating"
	RestShare        Share = "rest"
)

// Commingled is how a lot counts that was drawn from a common stock, by the inventory method that was chosen for the fiscal year. It
// stands beside the composition of the lot, which is what was physically there.
type Commingled struct {
	Pool   string         `json:"pool"`
	Chosen string         `json:"chosen"` // event that chose the method
	Method string         `json:"method"` // "average over the preceding month"
	Ratio  string         `json:"ratio,omitempty"`
	Basis  quantity.Basis `json:"basis"` // of the next three
	// Quantity is what was drawn; Originating + NonOriginating is Quantity.
	Quantity       quantity.Micro `json:"quantity"`
	Originating    quantity.Micro `json:"originating"`
	NonOriginating quantity.Micro `json:"nonOriginating"`
	*CommingledNet `json:",omitempty"`
	Parts          []CommingledPart `json:"parts"` // by the method: which sources gave how much
	Reasons        []origin.Reason  `json:"reasons"`
	Unverified     []dated.Note     `json:"unverified,omitempty"`
	Rules          string           `json:"rules"` // SHA-256 of the rule table, in hex
	// Refused says why the method does not decide; then nothing is shown to originate.
	Refused string `json:"refused,omitempty"`
}

// CommingledNet is the net barrels of the importation at 60 F, all of it; what originates and what doesn't add up to it. Gas has none.
type CommingledNet struct {
	NetBarrels     quantity.Micro `json:"netBarrels"`
	OriginatingNet quantity.Micro `json:"originatingNet"`
	RestNet        quantity.Micro `json:"restNet"`
}

// CommingledPart is what a source counts for in a lot.
type CommingledPart struct {
	Source      string         `json:"source"`
	Originating bool           `json:"originating"`
	Volume      quantity.Micro `json:"volume"`
}

// commingled returns how a lot counts by the inventory method of the pool that it was drawn from, nil where none was chosen for that
// fiscal year or where what originates is kept apart.
func (c *Case) commingled(rules *origin.Rules, lot string) (*Commingled, error) {
	if !c.chooses() {
		return nil, nil
	}
	moved := c.Books.Movements(0)
	pool, last, err := c.drawn(lot, moved)
	if err != nil || pool == "" {
		return nil, err
	}
	m := moved[last]
	all := c.Books.Inventories(pool)
	var chosen *custody.InventoryState
	for i := range all {
		if all[i].From <= m.At && m.At < all[i].Until {
			chosen = &all[i]
		}
	}
	if chosen == nil || chosen.Method == custody.Specific {
		return nil, nil
	}
	out := &Commingled{Pool: pool, Chosen: chosen.Event, Method: chosen.Inventory.String(), Basis: m.Basis, Quantity: m.Volume, NonOriginating: m.Volume,
		CommingledNet: &CommingledNet{}, Parts: []CommingledPart{}, Reasons: []origin.Reason{}}
	s := &stock{Case: c, pool: custody.PoolAccount(pool), chosen: all, moved: moved}
	books, at, err := s.run(last)
	if err != nil {
		out.Refused = fmt.Sprintf("inventory method of %s, event %s: %v", pool, chosen.Event, err)
		return out, nil
	}
	split, err := rules.Withdrawal(origin.Commingled{Inventory: pool, Basis: m.Basis, Books: books}, at)
	if err != nil {
		return nil, err
	}
	return out, out.take(split)
}

// chooses reports whether an inventory method was chosen for any pool.
func (c *Case) chooses() bool {
	for _, pool := range c.Books.Pools() {
		if len(c.Books.Inventories(pool)) > 0 {
			return true
		}
	}
	return false
}

// take takes in what the method decided, receipts of one source and origin as one part.
func (m *Commingled) take(s origin.Split) error {
	m.Method, m.Originating, m.NonOriginating, m.Reasons, m.Unverified, m.Rules = s.Policy.String(), s.Originating, s.NonOriginating, s.Reasons, s.Unverified, s.Rules
	if s.Ratio != nil {
		m.Ratio = s.Ratio.Applied
	}
	at := map[CommingledPart]int{}
	for _, p := range s.Parts {
		part := CommingledPart{Source: p.Source, Originating: p.Origin == inventory.Originating}
		i, known := at[part]
		if !known {
			i, at[part] = len(m.Parts), len(m.Parts)
			m.Parts = append(m.Parts, part)
		}
		var err error
		if m.Parts[i].Volume, err = m.Parts[i].Volume.Add(p.Quantity); err != nil {
			return err
		}
	}
	return nil
}

// of returns what is of a share, out of an amount of the lot: the two shares add up to it.
func (m *Commingled) of(share Share, amount quantity.Micro) (quantity.Micro, error) {
	if share == WholeLot {
		return amount, nil
	}
	two, err := quantity.Split(amount, []quantity.Part{
		{ID: string(OriginatingShare), Weight: m.Originating}, {ID: string(RestShare), Weight: m.NonOriginating},
	})
	if err != nil {
		return 0, err
	}
	if share == OriginatingShare {
		return two[0], nil
	}
	return two[1], nil
}

// divide brings the quantities of a decision to the share that the claim enters.
func (d *Decision) divide(share Share) (err error) {
	m := d.Commingled
	if m != nil && d.Gas != nil {
		m.CommingledNet = nil
	}
	if m == nil || m.Refused != "" {
		if share == WholeLot {
			return nil
		}
		err := fmt.Errorf("the claim enters the %s share of lot %s, but no inventory method divides it: enter it whole", share, d.Batch)
		if m != nil {
			err = fmt.Errorf("%w: %s", err, m.Refused)
		}
		return err
	}
	d.Share = share
	if d.Gas != nil {
		return d.Gas.divide(m, share, d.Batch)
	}
	m.NetBarrels = d.Net
	if m.OriginatingNet, err = m.of(OriginatingShare, d.Net); err != nil {
		return err
	}
	m.RestNet = m.NetBarrels - m.OriginatingNet
	if d.Gross, err = m.of(share, d.Gross); err != nil {
		return err
	}
	if d.Net, err = m.of(share, d.Net); err != nil {
		return err
	}
	if d.Net == 0 {
		return m.nothing(share, d.Batch)
	}
	return nil
}

// nothing refuses an entry of a share that holds nothing.
func (m *Commingled) nothing(share Share, lot string) error {
	return fmt.Errorf("by %s nothing of lot %s is of the %s share: enter it whole", m.Method, lot, share)
}

// partly says why the claim of a whole lot, of which a part originates, can't stand.
func (d *Decision) partly() error {
	m := d.Commingled
	switch {
	case m == nil:
		return nil
	case m.Refused != "":
		return errors.New("nothing of it is shown to originate: " + m.Refused)
	case d.Share == WholeLot && m.NonOriginating > 0 && m.Originating > 0:
		of := fmt.Sprintf("%s of %s %s", m.Originating, m.Quantity, m.Basis)
		if m.CommingledNet != nil {
			of = fmt.Sprintf("%s of %s net barrels", m.OriginatingNet, m.NetBarrels)
		}
		return fmt.Errorf("by the inventory method of %s, %s, only %s originate: enter the lot twice, its originating share with the "+
			"claim and the rest without", m.Pool, m.Method, of)
	}
	return nil
}

// partsOf returns the good of the share that was entered, by the parts that the inventory method gave it, with what was proven of their
// sources at an instant. A part that counted as originating when it came and is not proven to any more does not originate.
func (c *Case) partsOf(d *Decision, good origin.Good, known int64) (origin.Good, error) {
	m := d.Commingled
	good.Basis, good.Volume, good.Inputs = m.Basis, 0, nil
	for _, p := range m.Parts {
		if d.Share != WholeLot && p.Originating != (d.Share == OriginatingShare) {
			continue
		}
		var err error
		if good.Volume, err = good.Volume.Add(p.Volume); err != nil {
			return good, err
		}
		if p.Source == unaccounted || p.Volume == 0 {
			continue
		}
		s, err := c.Books.Source(p.Source, known)
		if err != nil {
			return good, err
		}
		in := input(s, p.Volume)
		if !p.Originating && in.Originating == origin.Originating {
			in.Originating, in.WhollyObtained = origin.Unproven, false
		}
		in.Proof = fmt.Sprintf("counted by %s, origin stated by %s", m.Method, c.Keys.Name(s.By))
		good.Inputs = append(good.Inputs, in)
	}
	if len(good.Inputs) == 0 { // all of it is of an opening inventory that counts as non-originating
		good.Volume = d.Lot.Volume
		for i, share := range d.Lot.Shares {
			if in := input(d.Sources[i], share.Input); in.Volume > 0 {
				in.Originating, in.WhollyObtained, in.Proof = origin.Unproven, false, "counted as non-originating by "+m.Method
				good.Inputs = append(good.Inputs, in)
			}
		}
	}
	return good, nil
}
