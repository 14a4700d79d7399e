package bundle

import (
	"bytes"
	"fmt"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/ticket"
)

// Evidence is what a bundle proves: everything in it has been verified, but for what the decision says.
type Evidence struct {
	Bundle  *Bundle
	Seal    registry.Holder // the party that sealed the bundle
	Keys    *registry.Directory
	Tickets map[record.Hash]*ticket.Ticket // by hash of the encoded ticket
	Reports map[record.Hash]*ticket.SignedReport
	Others  []Document // documents that are not reports, in bundle order, signatures verified
	Records int        // records covered by receipted statements
	Clocks  map[record.Clock]int

	records map[record.Hash]*record.Record // by leaf hash, those carried and proved
	runs    map[string]statement.Run       // by device and point: the unbroken run of receipted records
}

// Document is a signed paper that is neither ticket nor report.
type Document struct {
	Thing   string
	Payload []byte
	Signer  registry.Holder
	Signed  []byte
}

// Verify checks a bundle against a trust file: the seal, registries, signatures, sequence and chain of statements, receipts,
// proofs, the volumes of every record it carries, and each ticket against its records. The first failure is returned as a
// *Failure.
func Verify(file []byte, trust proof.Trust) (*Evidence, error) {
	b, seal, err := Parse(file)
	if err != nil {
		return nil, failure(err)
	}
	e := &Evidence{
		Bundle: b, Keys: &registry.Directory{}, Tickets: map[record.Hash]*ticket.Ticket{},
		Reports: map[record.Hash]*ticket.SignedReport{}, Clocks: map[record.Clock]int{},
		records: map[record.Hash]*record.Record{}, runs: map[string]statement.Run{},
	}
	for _, step := range []func() error{
		func() error { return e.registries(trust) },
		func() error { return e.statements(trust) },
		e.documents,
		e.tickets,
		func() error { return e.seal(seal) }, // last: whatever else is wrong has a place to name
	} {
		if err := step(); err != nil {
			return nil, asFailure(err)
		}
	}
	return e, nil
}

func asFailure(err error) error {
	if f, ok := err.(*Failure); ok {
		return f
	}
	return failure(err)
}

func (e *Evidence) registries(trust proof.Trust) error {
	for i, signed := range e.Bundle.Registries {
		r, err := registry.Open(signed, trust.Organisation)
		if err != nil {
			return fmt.Errorf("registry %d of the bundle: %w", i+1, err)
		}
		if err := e.Keys.Add(r); err != nil {
			return err
		}
	}
	return nil
}

func (e *Evidence) seal(m cose.Message) (err error) {
	if e.Seal, err = e.Keys.Find(m.Header.Kid, registry.Party, e.Bundle.Sealed); err != nil {
		return fmt.Errorf("seal of the bundle: %w", err)
	}
	if err := m.Verify(e.Seal.Key); err != nil {
		return fmt.Errorf("seal of the bundle: %w", err)
	}
	return nil
}

// device follows the statements of one device and, at depth records, the chains of its points.
type device struct {
	holder registry.Holder
	seq    statement.Sequence
	chains map[string]*record.Chain
}

func (e *Evidence) statements(trust proof.Trust) error {
	var d *device
	for i, b := range e.Bundle.Batches {
		s, m, err := statement.Parse(b.Statement)
		if err != nil {
			return fmt.Errorf("batch %d of %d in the bundle%s: %w", i+1, len(e.Bundle.Batches), d.after(), err)
		}
		if d == nil || d.holder.Key.Kid() != s.Device {
			if d != nil && bytes.Compare(d.holderKid(), s.Device[:]) > 0 {
				return at(s.Runs[0].Point, s.Runs[0].First, fmt.Errorf("statements of device %s are out of order", s.Device))
			}
			h, err := e.Keys.Lookup(s.Device, registry.Device)
			if err != nil {
				return at(s.Runs[0].Point, s.Runs[0].First, fmt.Errorf("statement %d: %w", s.Number, err))
			}
			d = &device{holder: h, seq: statement.Sequence{Next: s.Number, Hash: s.Prev}, chains: map[string]*record.Chain{}}
		}
		if err := e.statement(d, s, m, b, trust); err != nil {
			return err
		}
	}
	return nil
}

// after says, of a batch whose statement cannot be read, which one it comes after.
func (d *device) after() string {
	if d == nil || d.seq.Next == 0 {
		return ""
	}
	return fmt.Sprintf(", after statement %d of device %s", d.seq.Next-1, d.holder.Key.Kid())
}

func (d *device) holderKid() []byte { k := d.holder.Key.Kid(); return k[:] }

func (e *Evidence) statement(d *device, s *statement.Statement, m cose.Message, b Batch, trust proof.Trust) error {
	first := s.Runs[0]
	if m.Header.Claims.Issuer != d.holder.Organisation {
		return at(first.Point, first.First, fmt.Errorf("statement %d names %s as issuer, the device is %s's", s.Number, m.Header.Claims.Issuer, d.holder.Organisation))
	}
	if err := m.Verify(d.holder.Key); err != nil {
		return at(first.Point, first.First, fmt.Errorf("statement %d: %w", s.Number, err))
	}
	if err := d.seq.Append(s, b.Statement); err != nil {
		return at(first.Point, first.First, err)
	}
	if b.Receipt == nil {
		if len(b.Leaves)+len(b.Picks) > 0 {
			return at(first.Point, first.First, fmt.Errorf("statement %d carries records but no receipt", s.Number))
		}
		return nil
	}
	receipt, err := proof.ParseReceipt(b.Receipt)
	if err != nil {
		return at(first.Point, first.First, fmt.Errorf("receipt of statement %d: %w", s.Number, err))
	}
	if _, err := receipt.Verify(b.Statement, trust); err != nil {
		return at(first.Point, first.First, fmt.Errorf("receipt of statement %d: %w", s.Number, err))
	}
	if err := e.extend(d, s); err != nil {
		return err
	}
	if e.Bundle.Depth == Records {
		return e.leaves(d, s, b)
	}
	return e.picks(s, b)
}

// extend notes the runs of a receipted statement. Within a point they must join without a gap: what lies between would be
// records nobody has shown.
func (e *Evidence) extend(d *device, s *statement.Statement) error {
	for _, run := range s.Runs {
		if !d.holder.SpeaksFor(run.Point) {
			return at(run.Point, run.First, fmt.Errorf("device %s of %s is not registered for this point", s.Device, d.holder.Organisation))
		}
		id := s.Device.String() + "/" + run.Point
		whole, begun := e.runs[id]
		if begun && (run.First == 0 || whole.Last != run.First-1) {
			return at(run.Point, run.First, fmt.Errorf("statement %d goes on here, but the one before ended at %d", s.Number, whole.Last))
		}
		if !begun {
			whole = run
		}
		whole.Last = run.Last
		e.runs[id] = whole
		e.Records += int(run.Last - run.First + 1)
	}
	return nil
}

func (e *Evidence) leaves(d *device, s *statement.Statement, b Batch) error {
	if len(b.Picks) > 0 {
		return at(s.Runs[0].Point, s.Runs[0].First, fmt.Errorf("statement %d carries single records at depth %q", s.Number, Records))
	}
	if _, err := s.CheckLeaves(b.Leaves); err != nil {
		return at(s.Runs[0].Point, s.Runs[0].First, err)
	}
	for _, leaf := range b.Leaves {
		r, err := record.Decode(leaf)
		if err != nil {
			return err
		}
		c := d.chains[r.Point]
		if c == nil {
			c = record.Resume(r)
			d.chains[r.Point] = c
		}
		if _, err := c.Append(leaf); err != nil {
			return at(r.Point, r.Seq, err)
		}
		e.keep(leaf, r)
	}
	return nil
}

func (e *Evidence) picks(s *statement.Statement, b Batch) error {
	if len(b.Leaves) > 0 {
		return at(s.Runs[0].Point, s.Runs[0].First, fmt.Errorf("statement %d carries all its records at depth %q", s.Number, Tickets))
	}
	for _, p := range b.Picks {
		r, err := record.Decode(p.Leaf)
		if err != nil {
			return at(s.Runs[0].Point, s.Runs[0].First, fmt.Errorf("statement %d: %w", s.Number, err))
		}
		i, ok := s.Index(r.Point, r.Seq)
		if !ok || r.Device != s.Device {
			return at(r.Point, r.Seq, fmt.Errorf("statement %d does not cover this record", s.Number))
		}
		if err := proof.VerifyInclusion(s.Root, uint64(s.Records()), uint64(i), record.LeafHash(p.Leaf), p.Path); err != nil {
			return at(r.Point, r.Seq, fmt.Errorf("statement %d: %w", s.Number, err))
		}
		if r.Interval != nil {
			if err := r.Interval.Recompute(nil); err != nil {
				return at(r.Point, r.Seq, err)
			}
		}
		e.keep(p.Leaf, r)
	}
	return nil
}

func (e *Evidence) keep(leaf []byte, r *record.Record) {
	e.records[record.LeafHash(leaf)] = r
	e.Clocks[r.Clock]++
}

func (e *Evidence) documents() error {
	for i, signed := range e.Bundle.Documents {
		thing, err := cose.Thing(signed)
		if err != nil {
			return fmt.Errorf("document %d: %w", i, err)
		}
		if thing == ticket.ReportThing {
			r, err := ticket.OpenReport(signed, e.Keys)
			if err != nil {
				return err
			}
			e.Reports[r.Hash()] = r
			continue
		}
		m, err := cose.Parse(signed, thing)
		if err != nil {
			return fmt.Errorf("document %d: %w", i, err)
		}
		h, err := e.Keys.Lookup(m.Header.Kid, registry.Party)
		if err != nil {
			return fmt.Errorf("document %d (%s): %w", i, thing, err)
		}
		if err := m.Verify(h.Key); err != nil {
			return fmt.Errorf("document %d (%s): %w", i, thing, err)
		}
		e.Others = append(e.Others, Document{Thing: thing, Payload: m.Payload, Signer: h, Signed: signed})
	}
	return nil
}

func (e *Evidence) tickets() error {
	for _, signed := range e.Bundle.Tickets {
		t, err := ticket.Decode(signed.Ticket)
		if err != nil {
			return err
		}
		if _, err = signed.Open(e.Keys); err == nil {
			err = e.ticket(t)
		}
		if err != nil {
			return &Failure{Ticket: t.ID, Point: t.Point, Seq: &t.Last, What: err.Error()}
		}
		e.Tickets[ticket.Hash(signed.Ticket)] = t
	}
	return nil
}

func (e *Evidence) ticket(t *ticket.Ticket) error {
	if err := e.succession(t); err != nil {
		return err
	}
	closing, ok := e.records[t.ClosingLeaf]
	if !ok {
		return fmt.Errorf("its closing record is not in the bundle")
	}
	var opening *record.Record
	if t.First > 0 {
		if opening = e.records[t.OpeningLeaf]; opening == nil {
			return fmt.Errorf("its opening record is not in the bundle")
		}
	}
	var report *ticket.SignedReport
	if t.SW != nil {
		if report = e.Reports[t.SW.Report]; report == nil {
			return fmt.Errorf("its laboratory report is not in the bundle")
		}
	}
	if err := t.Check(opening, closing, report); err != nil {
		return err
	}
	if _, err := e.Keys.Find(t.Device, registry.Device, t.Close); err != nil {
		return err
	}
	return e.covered(t)
}

// succession checks that a later version follows, of the same ticket, the version that it names.
func (e *Evidence) succession(t *ticket.Ticket) error {
	if t.Version == 1 {
		return nil
	}
	before := e.Tickets[t.Previous]
	switch {
	case before == nil:
		return fmt.Errorf("version %d names a version before it that the bundle does not hold", t.Version)
	case before.ID != t.ID || before.Version != t.Version-1:
		return fmt.Errorf("version %d names version %d of ticket %s as the one before it", t.Version, before.Version, before.ID)
	case before.Device != t.Device || before.Point != t.Point || before.From != t.From || before.To != t.To:
		return fmt.Errorf("version %d is of another point or other parties than the one before it", t.Version)
	}
	return nil
}

// covered checks that receipted statements join over the whole ticket, its opening record included.
func (e *Evidence) covered(t *ticket.Ticket) error {
	first := t.First
	if first > 0 {
		first--
	}
	run, begun := e.runs[t.Device.String()+"/"+t.Point]
	if begun && run.First <= first && t.Last <= run.Last {
		return nil
	}
	return fmt.Errorf("no unbroken run of receipted statements covers records %d to %d", first, t.Last)
}
