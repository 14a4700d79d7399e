package runticket

import (
	"crypto"
	"crypto/sha256"
	"fmt"
	"math/big"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/metrology/quantity"
)

// Things of this package in the typ headers of their signatures.
const (
	Thing              = "carrier-ticket" // signed by one of its parties
	CountersignedThing = "countersigned"  // that, signed by the other
)

// MaxSize is the largest encoded ticket in bytes.
const MaxSize = 8192

// Countersigned is what the second party signs: the first one's signed ticket, whole.
type Countersigned struct {
	Version uint64 `cbor:"1,keyasint"`
	Paper   []byte `cbor:"2,keyasint"`
}

// Sign returns the ticket signed by one of its parties, for the other to countersign.
func Sign(key crypto.Signer, t Ticket) ([]byte, error) {
	t.Format = Format
	if err := t.Valid(); err != nil {
		return nil, err
	}
	payload, err := cose.Marshal(t)
	if err != nil {
		return nil, err
	}
	if len(payload) > MaxSize {
		return nil, fmt.Errorf("carrier's ticket %s has %d bytes, at most %d are allowed: leave remarks out", t.Number, len(payload), MaxSize)
	}
	return cose.Sign(key, Thing, payload, nil)
}

// Countersign returns a signed ticket signed by the other party too. Whose keys they are is looked at by Open.
func Countersign(key crypto.Signer, signed []byte) ([]byte, error) {
	if _, _, err := parse(signed); err != nil {
		return nil, err
	}
	payload, err := cose.Marshal(Countersigned{Version: Format, Paper: signed})
	if err != nil {
		return nil, err
	}
	return cose.Sign(key, CountersignedThing, payload, nil)
}

// Parse returns the ticket in a paper that one party or both signed, without verifying any signature.
func Parse(paper []byte) (*Ticket, error) {
	if thing, err := cose.Thing(paper); err != nil || thing == Thing {
		t, _, err := parse(paper)
		return t, err
	}
	c, _, err := parseCountersigned(paper)
	if err != nil {
		return nil, err
	}
	t, _, err := parse(c.Paper)
	return t, err
}

func parse(signed []byte) (*Ticket, cose.Message, error) {
	m, err := cose.Parse(signed, Thing)
	if err != nil {
		return nil, m, err
	}
	if len(m.Payload) > MaxSize {
		return nil, m, fmt.Errorf("carrier's ticket has %d bytes, at most %d are allowed", len(m.Payload), MaxSize)
	}
	var t Ticket
	if err := cose.Unmarshal(m.Payload, &t); err != nil {
		return nil, m, fmt.Errorf("carrier's ticket: %w", err)
	}
	return &t, m, t.Valid()
}

func parseCountersigned(paper []byte) (c Countersigned, m cose.Message, err error) {
	if m, err = cose.Parse(paper, CountersignedThing); err != nil {
		return c, m, err
	}
	if err = cose.Unmarshal(m.Payload, &c); err != nil {
		return c, m, fmt.Errorf("countersigned paper: %w", err)
	}
	if c.Version != Format {
		err = fmt.Errorf("countersigned paper is of version %d, this program knows %d", c.Version, Format)
	}
	return c, m, err
}

// Paper is a carrier's ticket that both its parties signed.
type Paper struct {
	Ticket
	Hash record.Hash // SHA-256 of the paper: what events cite
}

// Open verifies a countersigned ticket: signed by the one and the other of its parties, with keys that were registered as theirs
// when it was made a paper.
func Open(paper []byte, keys *registry.Directory) (*Paper, error) {
	c, outer, err := parseCountersigned(paper)
	if err != nil {
		return nil, err
	}
	t, inner, err := parse(c.Paper)
	if err != nil {
		return nil, err
	}
	first, err := holder(inner, keys, t)
	if err != nil {
		return nil, err
	}
	second, err := holder(outer, keys, t)
	if err != nil {
		return nil, err
	}
	if first == second {
		return nil, fmt.Errorf("carrier's ticket %s is signed twice by %s: the other party must countersign it", t.Number, first)
	}
	return &Paper{*t, sha256.Sum256(paper)}, nil
}

// holder returns which of the ticket's parties signed a message.
func holder(m cose.Message, keys *registry.Directory, t *Ticket) (string, error) {
	h, err := keys.Find(m.Header.Kid, registry.Party, t.At)
	if err != nil {
		return "", fmt.Errorf("carrier's ticket %s: %w", t.Number, err)
	}
	if h.Organisation != t.From && h.Organisation != t.To {
		return "", fmt.Errorf("carrier's ticket %s is between %s and %s, but %s signed it", t.Number, t.From, t.To, h.Organisation)
	}
	if err := m.Verify(h.Key); err != nil {
		return "", fmt.Errorf("carrier's ticket %s: %w", t.Number, err)
	}
	return h.Organisation, nil
}

// Cited returns what the books need of the paper. GSV is the one that the ticket states, as both signed it.
func (p *Paper) Cited() (custody.Paper, error) {
	gsv, _ := p.Figure(GSV) // there: see Valid
	c := custody.Paper{
		Hash: p.Hash, Number: p.Number, Carrier: p.Carrier, From: p.From, To: p.To, Batch: p.Batch, Point: p.Point, Open: p.Open,
		Close: p.Close, At: p.At, Basis: p.Basis, Commodity: p.Commodity,
	}
	var err error
	if c.GSV, err = micro(gsv.Value); err != nil {
		return c, err
	}
	if sw, is := p.Figure(SW); is {
		c.SW = &sw.Value
	}
	if nsv, is := p.Figure(NSV); is {
		v, err := micro(nsv.Value)
		if err != nil {
			return c, err
		}
		c.NSV = &v
	}
	c.Density, err = p.baseDensity()
	return c, err
}

// baseDensity returns the density at reference conditions in kg/m3: as stated, else as it follows from the one observed.
func (t *Ticket) baseDensity() (quantity.Micro, error) {
	if d, is := t.Figure(Density); is && d.Unit == "kg/m3" {
		return micro(d.Value)
	}
	if d, is := t.Figure(Density); is && d.Unit == "API" && t.Basis.Reference == quantity.At60F {
		sum := new(big.Rat).Add(rat(d.Value), big.NewRat(1315, 10)) // 141.5 / (API + 131.5) x 999.016, exactly
		if sum.Sign() <= 0 {
			return 0, fmt.Errorf("gravity %s API is none of a liquid", d.Value)
		}
		v, err := decimal(sum.Quo(big.NewRat(1415*999016, 10*1000), sum), 6)
		return quantity.Micro(v.Mantissa), err
	}
	w := &work{Ticket: t, r: &Recomputation{Scheme: AsPrinted}}
	if err := w.density(); err != nil {
		return 0, err
	}
	if !w.known {
		return 0, fmt.Errorf("it states no density at reference conditions, and no observed one with its temperature: what it weighs is not known")
	}
	return quantity.FromFloat(w.rho)
}
