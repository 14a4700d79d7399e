package bundle_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// attack alters a true bundle before it is sealed: the attacker is the party whose key seals it, and who may hold the keys of
// one ticket's both parties, but neither a device's, the laboratory's nor the log's.
type attack struct {
	name   string
	depth  bundle.Depth
	alter  func(a *attacked)
	ticket string // what the failure must name
	point  string
	seq    uint64
	want   string
}

// attacked is a bundle in the attacker's hands. Batches are found by point and sequence number, because devices sort by kid.
type attacked struct {
	*bundle.Bundle
	t *testing.T
	w *bundletest.World
}

// batch returns the place of the batch with a receipt that covers a record.
func (a *attacked) batch(point string, seq uint64) int {
	a.t.Helper()
	i := slices.IndexFunc(a.Batches, func(b bundle.Batch) bool {
		s, _, err := statement.Parse(b.Statement)
		if err != nil {
			a.t.Fatal(err)
		}
		_, ok := s.Index(point, seq)
		return ok && b.Receipt != nil
	})
	if i < 0 {
		a.t.Fatalf("no batch covers %s seq %d", point, seq)
	}
	return i
}

// refused returns the place of the batch without receipt.
func (a *attacked) refused() int {
	return slices.IndexFunc(a.Batches, func(b bundle.Batch) bool { return b.Receipt == nil })
}

// recut alters a ticket and has both parties sign what came of it.
func (a *attacked) recut(i int, alter func(t *ticket.Ticket)) {
	a.t.Helper()
	t, err := ticket.Decode(a.Tickets[i].Ticket)
	if err != nil {
		a.t.Fatal(err)
	}
	alter(t)
	a.Tickets[i] = a.w.Countersign(t)
}

// leaf returns a record of a point with another content.
func (a *attacked) leaf(leaf []byte, alter func(r *record.Record)) []byte {
	a.t.Helper()
	r, err := record.Decode(leaf)
	if err != nil {
		a.t.Fatal(err)
	}
	alter(r)
	out, err := r.Encode()
	if err != nil {
		a.t.Fatal(err)
	}
	return out
}

// Tickets of the story by their place in the bundle.
const (
	t1Provisional = iota
	t2
	t3
	t1Final
)

var attacks = []attack{
	{name: "a statement in the middle is dropped", depth: bundle.Tickets,
		alter: func(a *attacked) { a.Batches = slices.Delete(a.Batches, a.refused(), a.refused()+1) },
		point: bundletest.Lease, seq: 3, want: "number 1 is next"},
	{name: "the first statement of a ticket is dropped", depth: bundle.Tickets,
		alter: func(a *attacked) {
			i := a.batch(bundletest.Truck, 0)
			a.Batches = slices.Delete(a.Batches, i, i+1)
		},
		ticket: "T-3", point: bundletest.Truck, seq: 2, want: "its opening record is not in the bundle"},
	{name: "the last statement of a ticket is dropped", depth: bundle.Records,
		alter: func(a *attacked) {
			i := a.batch(bundletest.Truck, 2)
			a.Batches = slices.Delete(a.Batches, i, i+1)
		},
		ticket: "T-3", point: bundletest.Truck, seq: 2, want: "its closing record is not in the bundle"},
	{name: "two statements change places", depth: bundle.Tickets,
		alter: func(a *attacked) {
			i, j := a.batch(bundletest.Truck, 0), a.batch(bundletest.Truck, 2)
			a.Batches[i], a.Batches[j] = a.Batches[j], a.Batches[i]
		},
		point: bundletest.Truck, seq: 0, want: "statement 0 of device"},
	{name: "two devices change places", depth: bundle.Tickets,
		alter: func(a *attacked) { slices.Reverse(a.Batches) },
		point: bundletest.Lease, seq: 3, want: "is next"},
	{name: "a statement comes twice", depth: bundle.Tickets,
		alter: func(a *attacked) {
			i := a.batch(bundletest.Lease, 6)
			a.Batches = slices.Insert(a.Batches, i+1, a.Batches[i])
		},
		point: bundletest.Lease, seq: 3, want: "number 3 is next"},
	{name: "a receipt is withheld", depth: bundle.Tickets,
		alter: func(a *attacked) {
			b := &a.Batches[a.batch(bundletest.Lease, 6)]
			b.Receipt, b.Picks = nil, nil
		},
		ticket: "T-2", point: bundletest.Lease, seq: 6, want: "its closing record is not in the bundle"},
	{name: "a receipt is withheld, the records stay", depth: bundle.Tickets,
		alter: func(a *attacked) { a.Batches[a.batch(bundletest.Lease, 6)].Receipt = nil },
		point: bundletest.Lease, seq: 3, want: "carries records but no receipt"},
	{name: "the first receipt is withheld", depth: bundle.Tickets,
		alter: func(a *attacked) {
			b := &a.Batches[a.batch(bundletest.Lease, 0)]
			b.Receipt, b.Picks = nil, nil
		},
		ticket: "T-1", point: bundletest.Lease, seq: 2, want: "its closing record is not in the bundle"},
	{name: "two receipts change places", depth: bundle.Tickets,
		alter: func(a *attacked) {
			i, j := a.batch(bundletest.Truck, 0), a.batch(bundletest.Truck, 2)
			a.Batches[i].Receipt, a.Batches[j].Receipt = a.Batches[j].Receipt, a.Batches[i].Receipt
		},
		point: bundletest.Truck, seq: 0, want: "entry not in log"},
	{name: "a refused statement gets another's receipt", depth: bundle.Tickets,
		alter: func(a *attacked) { a.Batches[a.refused()].Receipt = a.Batches[a.batch(bundletest.Truck, 0)].Receipt },
		point: bundletest.Lease, seq: 3, want: "entry not in log"},
	{name: "a receipt is not one", depth: bundle.Tickets,
		alter: func(a *attacked) { a.Batches[a.batch(bundletest.Truck, 0)].Receipt = []byte("received, thank you\n") },
		point: bundletest.Truck, seq: 0, want: "parse receipt"},
	{name: "the records of a refused statement", depth: bundle.Records,
		alter: func(a *attacked) { a.Batches[a.refused()].Leaves = a.Batches[a.batch(bundletest.Lease, 6)].Leaves[:2] },
		point: bundletest.Lease, seq: 3, want: "carries records but no receipt"},
	{name: "a record replaced by the one before it", depth: bundle.Records,
		alter: func(a *attacked) {
			leaves := a.Batches[a.batch(bundletest.Lease, 2)].Leaves
			leaves[2] = leaves[1]
		},
		point: bundletest.Lease, seq: 0, want: "leaves hash to root"},
	{name: "a record altered", depth: bundle.Records,
		alter: func(a *attacked) {
			leaves := a.Batches[a.batch(bundletest.Lease, 2)].Leaves
			leaves[2] = a.leaf(leaves[2], func(r *record.Record) { r.Interval.Pulses-- })
		},
		point: bundletest.Lease, seq: 0, want: "leaves hash to root"},
	{name: "a record left out", depth: bundle.Records,
		alter: func(a *attacked) {
			b := &a.Batches[a.batch(bundletest.Lease, 2)]
			b.Leaves = b.Leaves[1:]
		},
		point: bundletest.Lease, seq: 0, want: "covers 5 records, the batch holds 4"},
	{name: "a cited record replaced by another of its statement", depth: bundle.Tickets,
		alter: func(a *attacked) {
			b := a.w.Bundle(bundle.Records)
			i := a.batch(bundletest.Lease, 2)
			a.Batches[i].Picks[0].Leaf = b.Batches[i].Leaves[1]
		},
		point: bundletest.Lease, seq: 1, want: "the path leads to root"},
	{name: "a cited record altered", depth: bundle.Tickets,
		alter: func(a *attacked) {
			p := a.Batches[a.batch(bundletest.Truck, 2)].Picks
			p[0].Leaf = a.leaf(p[0].Leaf, func(r *record.Record) { r.Interval.Totals.GSV += 1_000_000 })
		},
		point: bundletest.Truck, seq: 2, want: "the path leads to root"},
	{name: "a cited record under another statement", depth: bundle.Tickets,
		alter: func(a *attacked) {
			p := a.Batches[a.batch(bundletest.Truck, 2)].Picks
			a.Batches[a.batch(bundletest.Truck, 0)].Picks = p
		},
		point: bundletest.Truck, seq: 2, want: "statement 0 does not cover this record"},
	{name: "all records at depth tickets", depth: bundle.Tickets,
		alter: func(a *attacked) {
			i := a.batch(bundletest.Truck, 2)
			a.Batches[i].Leaves = a.w.Bundle(bundle.Records).Batches[i].Leaves
		},
		point: bundletest.Truck, seq: 2, want: `carries all its records at depth "tickets"`},
	{name: "single records at depth records", depth: bundle.Records,
		alter: func(a *attacked) {
			i := a.batch(bundletest.Truck, 2)
			a.Batches[i].Picks = a.w.Bundle(bundle.Tickets).Batches[i].Picks
		},
		point: bundletest.Truck, seq: 2, want: `carries single records at depth "records"`},
	{name: "a device nobody registered", depth: bundle.Tickets,
		alter: func(a *attacked) {
			a.Registries[0] = a.registry(func(r *registry.Registry) { r.Entries = r.Entries[:2] })
		},
		point: bundletest.Truck, seq: 0, want: "is in no registry"},
	{name: "a device not registered for the point", depth: bundle.Tickets,
		alter: func(a *attacked) {
			a.Registries[0] = a.registry(func(r *registry.Registry) { r.Entries[1].Points = []string{bundletest.Spare} })
		},
		point: bundletest.Lease, seq: 0, want: "not registered for this point"},
	{name: "a device whose registration ended before the ticket closed", depth: bundle.Tickets,
		alter: func(a *attacked) {
			a.Registries[0] = a.registry(func(r *registry.Registry) { r.Entries[2].To = bundletest.Epoch + 2*bundletest.Minute })
		},
		ticket: "T-3", point: bundletest.Truck, seq: 2, want: "was not valid at"},
	{name: "versions of a ticket change places", depth: bundle.Tickets,
		alter: func(a *attacked) {
			a.Tickets[t1Provisional], a.Tickets[t1Final] = a.Tickets[t1Final], a.Tickets[t1Provisional]
		},
		ticket: "T-1", point: bundletest.Lease, seq: 2, want: "names a version before it that the bundle does not hold"},
	{name: "the provisional version is left out", depth: bundle.Tickets,
		alter:  func(a *attacked) { a.Tickets = slices.Delete(a.Tickets, 0, 1) },
		ticket: "T-1", point: bundletest.Lease, seq: 2, want: "names a version before it that the bundle does not hold"},
	{name: "a version follows another ticket", depth: bundle.Tickets,
		alter: func(a *attacked) {
			a.recut(t1Final, func(t *ticket.Ticket) { t.Previous = ticket.Hash(a.Tickets[t2].Ticket) })
		},
		ticket: "T-1", point: bundletest.Lease, seq: 2, want: "names version 1 of ticket T-2 as the one before it"},
	{name: "a version is skipped", depth: bundle.Tickets,
		alter:  func(a *attacked) { a.recut(t1Final, func(t *ticket.Ticket) { t.Version = 3 }) },
		ticket: "T-1", point: bundletest.Lease, seq: 2, want: "version 3 names version 1"},
	{name: "a ticket cites another record", depth: bundle.Tickets,
		alter: func(a *attacked) {
			a.recut(t2, func(t *ticket.Ticket) { t.OpeningLeaf = a.decode(t3).OpeningLeaf })
		},
		ticket: "T-2", point: bundletest.Lease, seq: 6, want: "it must open with an earlier interval record of LACT-1"},
	{name: "a ticket closes with another record", depth: bundle.Tickets,
		alter: func(a *attacked) {
			a.recut(t1Provisional, func(t *ticket.Ticket) { t.ClosingLeaf = a.decode(t2).ClosingLeaf })
		},
		ticket: "T-1", point: bundletest.Lease, seq: 2, want: "last record is 2, its records make it 6"},
	{name: "a ticket begins earlier than its opening record", depth: bundle.Tickets,
		alter:  func(a *attacked) { a.recut(t2, func(t *ticket.Ticket) { t.First = 2 }) },
		ticket: "T-2", point: bundletest.Lease, seq: 6, want: "first record is 2"},
	{name: "a ticket counts all oil since the meter began", depth: bundle.Tickets,
		alter: func(a *attacked) {
			a.recut(t2, func(t *ticket.Ticket) { t.First, t.OpeningLeaf, t.Opening = 0, record.Hash{}, record.Totals{} })
		},
		ticket: "T-2", point: bundletest.Lease, seq: 6, want: "opening time is"},
	{name: "more oil on the ticket", depth: bundle.Tickets,
		alter:  func(a *attacked) { a.recut(t2, func(t *ticket.Ticket) { t.GSV++ }) },
		ticket: "T-2", point: bundletest.Lease, seq: 6, want: "GSV is"},
	{name: "a ticket signed by one party twice", depth: bundle.Tickets,
		alter: func(a *attacked) {
			a.Tickets[t2].Signatures = [][]byte{a.Tickets[t2].Signatures[0], a.Tickets[t2].Signatures[0]}
		},
		ticket: "T-2", point: bundletest.Lease, seq: 6, want: "signed by did:web:producer.example where did:web:carrier.example must sign"},
	{name: "a ticket signed by one party", depth: bundle.Tickets,
		alter:  func(a *attacked) { a.Tickets[t2].Signatures = a.Tickets[t2].Signatures[:1] },
		ticket: "T-2", point: bundletest.Lease, seq: 6, want: "has 1 signatures"},
	{name: "the signatures of another ticket", depth: bundle.Tickets,
		alter:  func(a *attacked) { a.Tickets[t2].Signatures = a.Tickets[t3].Signatures },
		ticket: "T-2", point: bundletest.Lease, seq: 6, want: "signature does not verify"},
	{name: "the laboratory report is left out", depth: bundle.Tickets,
		alter:  func(a *attacked) { a.Documents = a.Documents[1:] },
		ticket: "T-1", point: bundletest.Lease, seq: 2, want: "its laboratory report is not in the bundle"},
	{name: "less water than the report found", depth: bundle.Tickets,
		alter: func(a *attacked) {
			a.recut(t1Final, func(t *ticket.Ticket) { t.SW.Percent = quantity.F(24, 2) })
		},
		ticket: "T-1", point: bundletest.Lease, seq: 2, want: "S&W is 0.24, its records make it 0.25"},
	{name: "a report that the carrier wrote", depth: bundle.Tickets,
		alter: func(a *attacked) {
			signed, err := ticket.SignReport(a.w.Carrier.Hand, ticket.Report{
				ID: "R-1", Batch: "B-7", Point: bundletest.Lease, Reference: "15C", Reported: bundletest.Epoch, Laboratory: a.w.Laboratory.DID,
			})
			if err != nil {
				a.t.Fatal(err)
			}
			a.Documents[0] = signed
		},
		want: "registered as party, not as lab"},
	{name: "a document by a stranger", depth: bundle.Tickets,
		alter: func(a *attacked) {
			signed, err := cose.Sign(bundletest.Ed25519(99), "movement", []byte("moved"), nil)
			if err != nil {
				a.t.Fatal(err)
			}
			a.Documents[1] = signed
		},
		want: "document 1 (movement): key"},
	{name: "a document that is none", depth: bundle.Tickets,
		alter: func(a *attacked) { a.Documents[1] = []byte("moved") },
		want:  "document 1: not a tagged COSE_Sign1"},
}

func (a *attacked) decode(i int) *ticket.Ticket {
	a.t.Helper()
	t, err := ticket.Decode(a.Tickets[i].Ticket)
	if err != nil {
		a.t.Fatal(err)
	}
	return t
}

// registry returns the producer's registry, altered and signed by the producer.
func (a *attacked) registry(alter func(r *registry.Registry)) []byte {
	a.t.Helper()
	r := a.w.Producer.Registry
	r.Entries = slices.Clone(r.Entries)
	alter(&r)
	signed, err := r.Sign(a.w.Producer.Key)
	if err != nil {
		a.t.Fatal(err)
	}
	return signed
}

func TestSealedAttacks(t *testing.T) {
	for _, tt := range attacks {
		t.Run(tt.name, func(t *testing.T) {
			w := bundletest.New(t).Story()
			a := &attacked{Bundle: w.Bundle(tt.depth), t: t, w: w}
			tt.alter(a)
			_, err := bundle.Verify(w.Seal(a.Bundle), w.Trust())
			refused(t, err, tt.want)
			var f *bundle.Failure
			if !errors.As(err, &f) {
				t.Fatalf("%T is not a *Failure", err)
			}
			if f.Ticket != tt.ticket || f.Point != tt.point {
				t.Errorf("the failure names ticket %q, point %q; want %q, %q: %v", f.Ticket, f.Point, tt.ticket, tt.point, f)
			}
			if tt.point != "" && (f.Seq == nil || *f.Seq != tt.seq) {
				t.Errorf("the failure does not name sequence number %d: %v", tt.seq, f)
			}
		})
	}
}

// A device that lies to the sealing party's advantage is found too: its statements are signed and in the log, and still the
// chain of records (depth records) or the figures of a cited record (both depths) give it away.
func TestLyingDevice(t *testing.T) {
	for _, tt := range []struct {
		name  string
		depth bundle.Depth
		alter func(r *record.Record)
		want  string
	}{
		{"more volume than pulses", bundle.Tickets, func(r *record.Record) { r.Interval.IV++ }, "IV is"},
		{"more standard volume", bundle.Tickets, func(r *record.Record) { r.Interval.GSV++ }, "GSV is"},
		{"a better factor", bundle.Tickets, func(r *record.Record) { r.Interval.CTPL.Mantissa += 2 }, "CTPL is"},
		{"more in the totals", bundle.Records, func(r *record.Record) { r.Interval.Totals.GSV++ }, "running totals are"},
		{"another record before", bundle.Records, func(r *record.Record) { r.Prev[0] ^= 1 }, "its prev is"},
		{"a minute left out", bundle.Records, func(r *record.Record) { r.Start, r.End = r.Start+bundletest.Minute, r.End+bundletest.Minute }, "it starts at"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := bundletest.New(t)
			d := w.Device(bundletest.Ed25519(51), bundletest.Lease)
			p := d.Point(bundletest.Lease, bundletest.Metric())
			p.Interval(50_000, 30_000_000, 500_000_000)
			last := p.Interval(50_000, 30_000_000, 500_000_000)
			tt.alter(last.Record)
			leaf, err := last.Encode()
			if err != nil {
				t.Fatal(err)
			}
			last.Bytes = leaf
			d.Batch()
			b := w.Bundle(tt.depth)
			if tt.depth == bundle.Tickets {
				b.Batches[0].Picks = pick(t, p, 2)
			}
			_, err = bundle.Verify(w.Seal(b), w.Trust())
			refused(t, err, tt.want)
			var f *bundle.Failure
			if errors.As(err, &f) && (f.Point != bundletest.Lease || f.Seq == nil || *f.Seq != 2) {
				t.Errorf("the failure does not name LACT-1 seq 2: %v", f)
			}
		})
	}
}

// A hole between two statements of one point is found even when each of them is true.
func TestHoleBetweenStatements(t *testing.T) {
	w := bundletest.New(t)
	d := w.Device(bundletest.Ed25519(51), bundletest.Lease)
	p := d.Point(bundletest.Lease, bundletest.Metric())
	p.Interval(50_000, 30_000_000, 500_000_000)
	d.Batch()
	p.Interval(50_000, 30_000_000, 500_000_000)
	d.Refused()
	d.Forget()
	p.Interval(50_000, 30_000_000, 500_000_000)
	d.Batch()
	_, err := bundle.Verify(w.Seal(w.Bundle(bundle.Tickets)), w.Trust())
	refused(t, err, "statement 2 goes on here, but the one before ended at 1")
}

func pick(t *testing.T, p *bundletest.Point, i int) []bundle.Pick {
	t.Helper()
	leaves := make([][]byte, len(p.Records))
	for j, l := range p.Records {
		leaves[j] = l.Bytes
	}
	path, err := proof.Inclusion(leaves, i)
	if err != nil {
		t.Fatal(err)
	}
	return []bundle.Pick{{Leaf: leaves[i], Path: path}}
}
