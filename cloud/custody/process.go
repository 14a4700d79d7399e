package custody

import (
	"fmt"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// Cause says what became of oil that left without being delivered.
type Cause string

// The causes.
const (
	Water     Cause = "water"     // sediment and water, settled out and drained
	Sample    Cause = "sample"    // drawn for a laboratory
	Fuel      Cause = "fuel"      // burnt by pumps and heaters
	Interface Cause = "interface" // where two products mixed in a line: goes to a pool of transmix
	Flare     Cause = "flare"
)

// Deduction takes out of a tank, a stream or a batch what leaves it without being delivered, by the keeper of the pool or the
// carrier of the batch.
type Deduction struct {
	Pool  string `cbor:"1,keyasint,omitempty" json:"pool,omitempty"`
	Batch string `cbor:"2,keyasint,omitempty" json:"batch,omitempty"` // a pool or a batch, not both
	// Shipper is the DID of whose position bears it, in a stream. Without one all positions do, in proportion to their volume.
	Shipper string         `cbor:"3,keyasint,omitempty" json:"shipper,omitempty"`
	Cause   Cause          `cbor:"4,keyasint" json:"cause"`
	Volume  quantity.Micro `cbor:"5,keyasint" json:"volume"`
	Basis   quantity.Basis `cbor:"6,keyasint" json:"basis"` // must be the pool's, or the batch's
	// Density is that of what leaves, kg/m3, where it is not that of the oil: of water.
	Density quantity.Micro `cbor:"7,keyasint,omitempty" json:"density,omitempty"`
	ToPool  string         `cbor:"8,keyasint,omitempty" json:"toPool,omitempty"` // of an interface, which needs one; in a stream the keeper's position gets it
}

// ProcessKind says what a process does.
type ProcessKind string

// The kinds of processes.
const (
	Upgrade ProcessKind = "upgrade"
	Refine  ProcessKind = "refine"
	Combine ProcessKind = "blend" // streams of several tanks to a product; a Blend is of receipts into one tank
)

// Process makes products of what it draws from tanks and streams of one keeper, who states it. What volume and mass of the
// products differ from those of the draws is gain and loss of the process, each booked by itself; the products have the
// composition of the draws.
type Process struct {
	Kind    ProcessKind    `cbor:"1,keyasint" json:"kind"`
	Basis   quantity.Basis `cbor:"2,keyasint" json:"basis"` // must be that of all its pools
	Draws   []Draw         `cbor:"3,keyasint" json:"draws"`
	Outputs []Output       `cbor:"4,keyasint" json:"outputs"`
	// Work is what rules of origin ask for. Without it the outputs count as what was drawn.
	Work *Work `cbor:"5,keyasint,omitempty" json:"work,omitempty"`
}

// Draw is what a process takes from a pool.
type Draw struct {
	Pool    string         `cbor:"1,keyasint" json:"pool"`
	Shipper string         `cbor:"2,keyasint,omitempty" json:"shipper,omitempty"` // DID, in a stream
	Volume  quantity.Micro `cbor:"3,keyasint" json:"volume"`
}

// Output is what a process brings into a pool.
type Output struct {
	Pool    string         `cbor:"1,keyasint" json:"pool"`
	Shipper string         `cbor:"2,keyasint,omitempty" json:"shipper,omitempty"` // DID, in a stream
	Product string         `cbor:"3,keyasint" json:"product"`
	Volume  quantity.Micro `cbor:"4,keyasint" json:"volume"`
	Density quantity.Micro `cbor:"5,keyasint" json:"density"` // kg/m3 at the reference conditions of the basis
	// Heading is the HS subheading of the product, six digits: where the process states its work, and only there.
	Heading string `cbor:"6,keyasint,omitempty" json:"heading,omitempty"`
}

func (d *Deduction) check() error {
	if d.Batch != "" && (d.Pool != "" || d.Shipper != "") {
		return fmt.Errorf("a deduction is from batch %s or from a pool, not from both", d.Batch)
	}
	of := []string{"pool", d.Pool}
	if d.Batch != "" {
		of = []string{"batch", d.Batch}
	}
	if d.Shipper != "" {
		of = append(of, "shipper", d.Shipper)
	}
	if err := names(of...); err != nil {
		return err
	}
	if !slices.Contains([]Cause{Water, Sample, Fuel, Interface, Flare}, d.Cause) {
		return fmt.Errorf("deduction from %s: cause is %q, not %s, %s, %s, %s or %s", of[1], d.Cause, Water, Sample, Fuel, Interface, Flare)
	}
	if d.Volume <= 0 || d.Density < 0 || d.Density > 0 && d.Basis.Unit.Dimension() == quantity.Energy {
		return fmt.Errorf("deduction from %s: volume must be positive, density too or left out, as energy has none", of[1])
	}
	if d.Cause == Interface {
		of = append(of, "pool that the interface goes to", d.ToPool)
	} else if d.ToPool != "" {
		return fmt.Errorf("deduction from %s: a %s goes to no pool", of[1], d.Cause)
	}
	if d.ToPool == d.Pool && d.Pool != "" {
		return fmt.Errorf("deduction from %s goes to itself", d.Pool)
	}
	if err := names(of...); err != nil {
		return err
	}
	return bookBasis(d.Basis)
}

func (c *Process) check() error {
	if c.Kind != Upgrade && c.Kind != Refine && c.Kind != Combine {
		return fmt.Errorf("process is %q, not %s, %s or %s", c.Kind, Upgrade, Refine, Combine)
	}
	if n := len(c.Draws); n == 0 || n > MaxParts {
		return fmt.Errorf("process draws from %d pools, want 1 to %d", n, MaxParts)
	}
	if n := len(c.Outputs); n == 0 || n > MaxParts {
		return fmt.Errorf("process has %d outputs, want 1 to %d", n, MaxParts)
	}
	for _, d := range c.Draws {
		if err := inPool(d.Pool, d.Shipper); err != nil {
			return err
		}
		if d.Volume <= 0 {
			return fmt.Errorf("process draws %s from %s: a volume is positive", d.Volume, d.Pool)
		}
	}
	for _, o := range c.Outputs {
		if err := inPool(o.Pool, o.Shipper); err != nil {
			return err
		}
		if o.Product == "" || o.Volume <= 0 || o.Density <= 0 {
			return fmt.Errorf("output of a process to %s needs a product, a volume and a density", o.Pool)
		}
		if err := texts("product", o.Product); err != nil {
			return err
		}
		if err := c.Work.check("output of a process to "+o.Pool, o.Heading); err != nil {
			return err
		}
	}
	return volumeBasis(c.Basis)
}

func inPool(pool, shipper string) error {
	if shipper == "" {
		return names("pool", pool)
	}
	return names("pool", pool, "shipper", shipper)
}

// Account returns where what was deducted is booked, unless it goes to a pool.
func (c Cause) Account() Account { return Account("account:" + c) }

// portion is a volume that leaves an end.
type portion struct {
	from   Account
	volume quantity.Micro
}

func (l *Ledger) deduct(p *posting) error {
	d := p.event.Deduction
	if d.Batch != "" {
		return l.deductFromBatch(p)
	}
	t, err := l.vessel(p, d.Pool)
	if err != nil {
		return err
	}
	if err := t.enter(d.Basis); err != nil {
		return err
	}
	if err := t.settled(); err != nil {
		return err
	}
	have, err := l.mixture(p, t)
	if err != nil {
		return err
	}
	portions, err := l.borne(p, t, have)
	if err != nil {
		return err
	}
	return l.leave(p, t.ID, t.Keeper, have, PoolAccount(t.ID), portions)
}

// borne says what of a deduction comes out of which account of a pool.
func (l *Ledger) borne(p *posting, t *pool, have Stock) ([]portion, error) {
	d := p.event.Deduction
	if t.Kind != Stream || d.Shipper != "" {
		_, err := l.draw(p, t, d.Shipper, d.Volume)
		return []portion{{t.end(d.Shipper).volume, d.Volume}}, err
	}
	if d.Volume > have.Volume {
		return nil, fmt.Errorf("stream %s holds %s %s, %s are deducted: gauge it first", t.ID, have.Volume, t.Basis, d.Volume)
	}
	parts := make([]quantity.Part, len(t.stream.shippers))
	for i, shipper := range t.stream.shippers {
		parts[i] = quantity.Part{ID: shipper, Weight: l.stock(PositionAccount(t.ID, shipper), t.Basis).Volume}
	}
	shares, err := quantity.Split(d.Volume, parts)
	if err != nil {
		return nil, err
	}
	portions := make([]portion, len(shares))
	for i, shipper := range t.stream.shippers {
		portions[i] = portion{PositionAccount(t.ID, shipper), shares[i]}
	}
	return portions, nil
}

func (l *Ledger) deductFromBatch(p *posting) error {
	d := p.event.Deduction
	b, line, err := l.moving(d.Batch)
	if err != nil {
		return err
	}
	if b.delivered {
		return fmt.Errorf("batch %s was delivered by event %s: nothing is deducted from it any more", b.id, b.legs[len(b.legs)-1].Event)
	}
	carrier := line.segmentOf(b).Custodian
	if err := p.by(carrier, "the carrier of batch "+b.id); err != nil {
		return err
	}
	if err := line.enter(d.Basis); err != nil {
		return err
	}
	account := BatchAccount(b.id)
	if err := l.leave(p, line.ID, carrier, l.stock(account, b.basis), account, []portion{{account, d.Volume}}); err != nil {
		return err
	}
	p.then(func() { b.taken += d.Volume }) // less than the batch
	return nil
}

// leave books a deduction of portions out of oil that is one mixture, whose mass is in an account.
func (l *Ledger) leave(p *posting, pool, keeper string, have Stock, mass Account, portions []portion) error {
	d := p.event.Deduction
	if d.Volume >= have.Volume {
		return fmt.Errorf("%s holds %s %s, %s are deducted: what is emptied is withdrawn or delivered", mass, have.Volume, d.Basis, d.Volume)
	}
	kg, err := have.Mass.Ratio(int64(d.Volume), int64(have.Volume))
	if d.Density > 0 {
		kg, err = massOf(d.Volume, d.Basis, d.Density)
	}
	if err != nil {
		return err
	}
	if kg >= have.Mass && kg > 0 {
		return fmt.Errorf("%s weighs %s kg, %s kg are deducted: check the density", mass, have.Mass, kg)
	}
	to := plain(d.Cause.Account())
	if d.Cause == Interface {
		transmix, known := l.pools[d.ToPool]
		switch {
		case !known || transmix.Kind == Line:
			return fmt.Errorf("%s is not declared as a tank or stream: state the pool first", d.ToPool)
		case transmix.Basis != d.Basis:
			return fmt.Errorf("%s is kept in %s: it must be in %s, as what goes there", transmix.ID, transmix.Basis, d.Basis)
		case transmix.Keeper != keeper:
			return fmt.Errorf("%s is kept by %s: an interface stays with %s", transmix.ID, transmix.Keeper, keeper)
		}
		to = transmix.end(keeper)
		p.then(func() { transmix.booked = true })
	}
	m := Movement{Effect: Effect(d.Cause), Pool: pool, Batch: d.Batch, Basis: d.Basis, Evidence: p.stated()}
	if len(portions) == 1 {
		m.Volume, m.Mass = portions[0].volume, kg
		p.carry(m, end{portions[0].from, mass}, to)
		return nil
	}
	for _, part := range portions {
		m.Volume, m.From, m.To = part.volume, part.from, to.volume
		p.move(m)
	}
	m.Volume, m.Mass, m.From, m.To = 0, kg, mass, to.mass
	p.move(m)
	return nil
}

func (l *Ledger) process(p *posting) error {
	c := p.event.Process
	var in, out Stock
	works := plain(ProcessAccount(p.event.ID))
	for _, d := range c.Draws {
		t, err := l.vessel(p, d.Pool)
		if err == nil {
			err = t.enter(c.Basis)
		}
		if err != nil {
			return err
		}
		mass, err := l.draw(p, t, d.Shipper, d.Volume)
		if err != nil {
			return err
		}
		if in, err = in.add(d.Volume, mass); err != nil {
			return err
		}
		p.carry(Movement{Effect: Processed, Pool: t.ID, Basis: c.Basis, Volume: d.Volume, Mass: mass, Evidence: p.stated()}, t.end(d.Shipper), works)
	}
	masses := make([]quantity.Micro, len(c.Outputs))
	for i, o := range c.Outputs {
		var err error
		if masses[i], err = massOf(o.Volume, c.Basis, o.Density); err != nil {
			return err
		}
		if out, err = out.add(o.Volume, masses[i]); err != nil {
			return err
		}
	}
	for _, off := range []Stock{{Volume: out.Volume - in.Volume}, {Mass: out.Mass - in.Mass}} { // none is negative: no overflow
		m := Movement{
			Effect: Gained, Pool: c.Outputs[0].Pool, From: ProcessGainLoss, To: works.volume, Basis: c.Basis, Volume: off.Volume, Mass: off.Mass, Evidence: p.stated(),
		}
		if m.Volume < 0 || m.Mass < 0 {
			m.Effect, m.From, m.To, m.Volume, m.Mass = Lost, m.To, m.From, -m.Volume, -m.Mass
		}
		p.move(m)
	}
	for i, o := range c.Outputs {
		t, err := l.vessel(p, o.Pool)
		if err == nil {
			err = t.enter(c.Basis)
		}
		if err == nil {
			err = t.bears(o.Shipper)
		}
		if err != nil {
			return err
		}
		p.carry(Movement{
			Effect: Processed, Pool: t.ID, Basis: c.Basis, Volume: o.Volume, Mass: masses[i], Evidence: p.stated(), Product: p.product(c.Work, o.Heading),
		}, works, t.end(o.Shipper))
		p.then(func() { t.booked = true })
	}
	return nil
}
