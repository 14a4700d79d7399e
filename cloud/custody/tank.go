package custody

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gauger/gauger/metrology/blend"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

func (l *Ledger) declare(p *posting) error {
	d := *p.event.Pool
	if _, known := l.pools[d.ID]; known {
		return fmt.Errorf("pool %s is declared already: a pool that changes gets a new name", d.ID)
	}
	if err := p.by(d.Keeper, "keeper of pool "+d.ID); err != nil {
		return err
	}
	d.Segments = slices.Clone(d.Segments)
	p.then(func() { l.pools[d.ID] = &pool{Pool: d, stream: streamBook{through: map[string]quantity.Micro{}}} })
	return nil
}

func (l *Ledger) source(p *posting) error {
	s := *p.event.Source
	if _, known := l.sources[s.ID]; known {
		return fmt.Errorf("source %s is stated already: what is proven of it later comes as a certification", s.ID)
	}
	first := StatusChange{At: p.event.At, Originating: s.Originating, WhollyObtained: s.WhollyObtained, Event: p.event.ID, Paper: copied(p.event.Paper)}
	p.then(func() { l.sources[s.ID] = &source{Source: s, by: p.event.By, history: []StatusChange{first}} })
	return nil
}

func (l *Ledger) certify(p *posting) error {
	c := p.event.Certification
	s, known := l.sources[c.Source]
	if !known {
		return fmt.Errorf("source %s is not stated yet", c.Source)
	}
	if p.event.By != s.by && p.event.By != s.Producer {
		return fmt.Errorf("%s states it, but only the producer of source %s or %s, who stated it, may", p.event.By, s.ID, s.by)
	}
	next := StatusChange{At: p.event.At, Originating: c.Originating, WhollyObtained: c.WhollyObtained, Event: p.event.ID, Paper: copied(p.event.Paper)}
	p.then(func() { s.history = append(s.history, next) })
	return nil
}

// tank returns a declared tank, when the event's party keeps it.
func (l *Ledger) tank(p *posting, id string) (*pool, error) {
	t, known := l.pools[id]
	if !known || t.Kind != Tank {
		return nil, fmt.Errorf("%s is not declared as a tank: state the pool first", id)
	}
	return t, p.by(t.Keeper, "keeper of tank "+id)
}

// enter refuses a volume that is not on the pool's basis.
func (t *pool) enter(basis quantity.Basis) error {
	if basis == t.Basis {
		return nil
	}
	return fmt.Errorf("the volume is in %s, %s %s is kept in %s: state it so, or by a ticket, which is converted", basis, t.Kind, t.ID, t.Basis)
}

// supplier returns a source whose facts were stated by somebody who answers for them in this tank, or for an owner in this stream.
func (l *Ledger) supplier(t *pool, owner, id string) (*source, error) {
	s, known := l.sources[id]
	if !known {
		return nil, fmt.Errorf("source %s is not stated yet: its facts come before its oil", id)
	}
	if s.by != s.Producer && s.by != t.Keeper && s.by != owner {
		return nil, fmt.Errorf("source %s was stated by %s, who is neither its producer nor keeper or owner of %s %s", id, s.by, t.Kind, t.ID)
	}
	return s, nil
}

// stated is the evidence of a statement without a ticket.
func (p *posting) stated() Evidence {
	if p.event.Paper != nil {
		return Attested
	}
	return Typed
}

func (l *Ledger) open(p *posting) error {
	o := p.event.Opening
	t, err := l.tank(p, o.Pool)
	if err != nil {
		return err
	}
	if t.booked {
		return fmt.Errorf("tank %s has been booked on: its opening inventory comes first and once", t.ID)
	}
	if err := t.enter(o.Basis); err != nil {
		return err
	}
	for _, c := range o.Components {
		s, err := l.supplier(t, t.Owner, c.Source)
		if err != nil {
			return err
		}
		mass, err := massOf(c.Book, o.Basis, o.Density)
		if err != nil {
			return err
		}
		p.move(Movement{
			Effect: Opened, Pool: t.ID, From: SourceAccount(s.ID), To: PoolAccount(t.ID), Basis: t.Basis,
			Volume: c.Book, Mass: mass, Input: c.Input, Evidence: p.stated(),
		})
	}
	p.then(func() { t.booked = true })
	return nil
}

func (l *Ledger) receive(p *posting) error {
	t, err := l.vessel(p, p.event.Receipt.Pool)
	if err != nil {
		return err
	}
	shipper := p.event.Receipt.Shipper
	if err := t.bears(shipper); err != nil {
		return err
	}
	if p.event.Receipt.Batch != "" {
		return l.takeOver(p, t)
	}
	if err := l.carried(p.event.Receipt.Carried); err != nil {
		return err
	}
	s, err := l.supplier(t, t.Owner+shipper, p.event.Receipt.Source) // one of them is empty
	if err != nil {
		return err
	}
	r, err := l.received(p, t)
	if err != nil {
		return fmt.Errorf("receipt into %s %s: %w", t.Kind, t.ID, err)
	}
	id := p.event.ID
	r.pool, r.source, r.shipper, r.at, r.carried = t.ID, s.ID, shipper, p.event.At, copied(p.event.Receipt.Carried)
	if t.Kind == Stream {
		l.takeIn(p, t, s, r)
		return nil
	}
	p.move(Movement{
		Effect: Received, Pool: t.ID, From: SourceAccount(s.ID), To: ReceiptAccount(id), Basis: t.Basis,
		Volume: r.volume, Mass: r.mass, Input: r.volume, Evidence: r.evidence, Ticket: r.cite.booked(),
	})
	p.then(func() {
		l.receipts[id], t.booked = r, true
		t.receipts = append(t.receipts, id)
	})
	return nil
}

// received returns volume and mass of a receipt, by its ticket or as stated.
func (l *Ledger) received(p *posting, t *pool) (*receipt, error) {
	stated := p.event.Receipt.Stated
	if stated != nil {
		if err := t.enter(stated.Basis); err != nil {
			return nil, err
		}
	}
	if stated != nil && p.paper == nil {
		mass, err := massOf(stated.Volume, stated.Basis, stated.Density)
		return &receipt{volume: stated.Volume, mass: mass, evidence: p.stated()}, err
	}
	m, err := l.measure(p, t.Basis)
	if err != nil {
		return nil, err
	}
	if stated != nil {
		if err := m.repeats(stated.Volume, stated.Basis, stated.Density); err != nil {
			return nil, err
		}
	}
	return &receipt{volume: m.volume, mass: m.mass, evidence: m.cite.evidence(), cite: m.cite, steps: m.steps}, m.passes("", t.Keeper)
}

// Blending is what a blend made of its receipts.
type Blending struct {
	Event      string          `json:"event"`
	Pool       string          `json:"pool"`
	Receipts   []string        `json:"receipts"`
	Basis      quantity.Basis  `json:"basis"`
	Heavy      *Fraction       `json:"heavy,omitempty"`
	Light      *Fraction       `json:"light,omitempty"`
	Percent    quantity.Factor `json:"percent"`    // shrinkage in percent of the receipts' volume
	Shrinkage  quantity.Micro  `json:"shrinkage"`  // volume lost
	Net        quantity.Micro  `json:"net"`        // receipts less shrinkage
	NetDensity quantity.Micro  `json:"netDensity"` // kg/m3: mass of the receipts over Net
	API        string          `json:"api"`        // gravity of Net at 60 F, as reported
	Mixture    Stock           `json:"mixture"`    // the tank after it, heel included
	Density    quantity.Micro  `json:"density"`    // of Mixture, kg/m3
	Method     string          `json:"method"`
	Note       string          `json:"note,omitempty"` // why nothing shrinks, when nothing does
}

// Fraction is one side of a blend: all its receipts together, at their volume-weighted density.
type Fraction struct {
	Volume  quantity.Micro `json:"volume"`
	Density quantity.Micro `json:"density"` // kg/m3 at the reference conditions of the blend's basis
	API     string         `json:"api"`     // gravity at 60 F, as reported; the equation takes it unrounded
	gravity float64
	mass    quantity.Micro
}

func (l *Ledger) blend(p *posting) error {
	t, err := l.tank(p, p.event.Blend.Pool)
	if err != nil {
		return err
	}
	b, err := l.blending(p, t)
	if err != nil {
		return fmt.Errorf("blend in tank %s: %w", t.ID, err)
	}
	if err := l.shrink(p, t, b); err != nil {
		return fmt.Errorf("blend in tank %s: %w", t.ID, err)
	}
	id := p.event.ID
	p.then(func() {
		l.blends[id] = *b
		for _, r := range b.Receipts {
			l.receipts[r].blend = id
		}
		t.receipts = slices.DeleteFunc(t.receipts, func(r string) bool { return l.receipts[r].blend != "" })
	})
	return nil
}

// blending adds the receipts up by role and computes what they lose.
func (l *Ledger) blending(p *posting, t *pool) (*Blending, error) {
	b := &Blending{
		Event: p.event.ID, Pool: t.ID, Receipts: slices.Clone(p.event.Blend.Receipts), Basis: t.Basis, Method: blend.Method,
		Percent: quantity.F(0, blend.PercentDecimals),
	}
	var heavy, light Fraction
	for _, id := range b.Receipts {
		r, known := l.receipts[id]
		switch {
		case !known || r.pool != t.ID:
			return nil, fmt.Errorf("%s is no receipt into this tank", id)
		case r.blend != "":
			return nil, fmt.Errorf("receipt %s was blended by event %s", id, r.blend)
		}
		side := &heavy
		if l.sources[r.source].Role == Diluent {
			side = &light
		}
		sum, err := Stock{side.Volume, side.mass}.add(r.volume, r.mass)
		if err != nil {
			return nil, err
		}
		side.Volume, side.mass = sum.Volume, sum.Mass
	}
	for _, f := range []*Fraction{&heavy, &light} {
		if err := f.weigh(t.Basis); err != nil {
			return nil, err
		}
	}
	if heavy.Volume > 0 {
		b.Heavy = &heavy
	}
	if light.Volume > 0 {
		b.Light = &light
	}
	return b, b.compute()
}

// weigh fills in density and gravity.
func (f *Fraction) weigh(basis quantity.Basis) (err error) {
	if f.Volume == 0 {
		return nil
	}
	if f.Density, err = densityOf(f.mass, f.Volume, basis); err != nil {
		return err
	}
	f.gravity, f.API, err = gravity(f.Density, basis)
	return err
}

// gravity returns the API gravity at 60 F of a density, unrounded and as reported. Whatever is blended for a line counts as crude
// oil in MPMS 11.1.
func gravity(density quantity.Micro, basis quantity.Basis) (exact float64, reported string, err error) {
	at60, err := liquid.Rebase(liquid.Crude, density.Float(), basis.Reference, quantity.At60F)
	if err != nil {
		return 0, "", err
	}
	api, err := liquid.ReportAPIGravity(at60.Density)
	return liquid.APIGravity(at60.Density), api.String(), err
}

// compute applies MPMS 12.3. Where the equation has nothing to say because there is next to nothing to lose (one role only, a
// trace of the other, liquids too much alike) the blend is booked without shrinkage, and says so.
func (b *Blending) compute() error {
	if b.Heavy == nil || b.Light == nil {
		only := b.Heavy
		if only == nil {
			only = b.Light
		}
		b.Net, b.Note = only.Volume, "one role only: nothing shrinks"
		return nil
	}
	s, err := blend.Shrink(
		blend.Component{Volume: b.Heavy.Volume, API: b.Heavy.gravity},
		blend.Component{Volume: b.Light.Volume, API: b.Light.gravity},
	)
	var outside *quantity.RangeError
	if errors.As(err, &outside) && outside.Unit == "API" && outside.Value > outside.Max {
		return fmt.Errorf("%w: no crude oil is that light", err)
	}
	if outside != nil {
		b.Note = "booked without shrinkage: " + outside.Error()
		b.Net, err = b.Heavy.Volume.Add(b.Light.Volume)
		return err
	}
	if err != nil {
		return err
	}
	b.Percent, b.Shrinkage, b.Net = s.Percent, s.Volume, s.Net
	return nil
}

// shrink moves the receipts into the mixture. Each bears the shrinkage in proportion to its volume.
func (l *Ledger) shrink(p *posting, t *pool, b *Blending) error {
	parts := make([]quantity.Part, len(b.Receipts))
	for i, id := range b.Receipts {
		r := l.receipts[id]
		parts[i] = quantity.Part{ID: r.source + "\x00" + id, Weight: r.volume}
	}
	lost, err := quantity.Split(b.Shrinkage, parts)
	if err != nil {
		return err
	}
	for i, id := range b.Receipts {
		r := l.receipts[id]
		m := Movement{
			Effect: Shrunk, Pool: t.ID, From: ReceiptAccount(id), To: Shrinkage, Basis: t.Basis,
			Volume: lost[i], Evidence: r.evidence, Method: b.Method,
		}
		p.move(m)
		m.Effect, m.To, m.Volume, m.Mass, m.Method = Mixed, PoolAccount(t.ID), r.volume-lost[i], r.mass, ""
		m.Product = p.product(p.event.Blend.Work, p.event.Blend.Heading)
		p.move(m)
	}
	return b.mix(l.stock(PoolAccount(t.ID), t.Basis))
}

// mix fills in what the tank holds after the blend.
func (b *Blending) mix(heel Stock) (err error) {
	var mass quantity.Micro
	for _, f := range []*Fraction{b.Heavy, b.Light} {
		if f == nil {
			continue
		}
		if mass, err = mass.Add(f.mass); err != nil {
			return err
		}
	}
	if b.NetDensity, err = densityOf(mass, b.Net, b.Basis); err != nil {
		return err
	}
	if _, b.API, err = gravity(b.NetDensity, b.Basis); err != nil {
		return err
	}
	if b.Mixture, err = heel.add(b.Net, mass); err != nil {
		return err
	}
	b.Density, err = densityOf(b.Mixture.Mass, b.Mixture.Volume, b.Basis)
	return err
}

func (l *Ledger) gauge(p *posting) error {
	g := p.event.Gauging
	t, err := l.vessel(p, g.Pool)
	if err != nil {
		return err
	}
	if err := t.enter(g.Basis); err != nil {
		return err
	}
	if t.Kind == Stream {
		return l.gaugeStream(p, t)
	}
	if err := t.settled(); err != nil {
		return err
	}
	account := PoolAccount(t.ID)
	have := l.stock(account, t.Basis)
	if have.Volume == 0 {
		return fmt.Errorf("tank %s is empty in the books: its oil needs a receipt with a source", t.ID)
	}
	return p.adjust(Movement{Pool: t.ID, From: account, To: TankGainLoss, Basis: t.Basis, Evidence: p.stated()}, have, g.Volume)
}

// settled refuses a tank whose receipts are not all part of one mixture.
func (t *pool) settled() error {
	if len(t.receipts) == 0 {
		return nil
	}
	return fmt.Errorf("tank %s holds receipts %v that nothing has blended: state the blend first", t.ID, t.receipts)
}

// adjust books the difference between what an account has and what was found there as a gain or a loss, with its share of the
// mass. The movement given is that of a loss, without its figures.
func (p *posting) adjust(m Movement, have Stock, found quantity.Micro) (err error) {
	m.Effect, m.Volume = Lost, have.Volume-found // neither is negative: no overflow
	if m.Volume < 0 {
		m.Effect, m.Volume, m.From, m.To = Gained, -m.Volume, m.To, m.From
	}
	if m.Mass, err = have.Mass.Ratio(int64(m.Volume), int64(have.Volume)); err != nil {
		return err
	}
	p.move(m)
	return nil
}
