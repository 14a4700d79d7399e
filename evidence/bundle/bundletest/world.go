// Package bundletest builds small but true evidence: organisations, devices, a log with a witness, records, statements, tickets
// and bundles, all with fixed keys, salts and times, so that equal worlds have equal bytes. It is for tests of whatever reads
// evidence; an attack is a true bundle that was altered and sealed again.
package bundletest

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/ticket"
)

// Epoch is when the worlds begin, in ms since 1970 UTC: 2026-02-02T02:40:00Z.
const Epoch = 1_770_000_000_000

// Minute is the length of an interval in ms.
const Minute = 60_000

// World is one log, the organisations that it serves, and everything they have signed.
type World struct {
	t          testing.TB
	Producer   *Organisation // has devices and a party
	Carrier    *Organisation // has a party
	Laboratory *Organisation // has a laboratory
	Entries    [][]byte      // of the log
	Tickets    []ticket.Signed
	Documents  [][]byte
	devices    []*Device
}

// Organisation is one DID with its own key, which signs its registry, and the key that signs papers in its name.
type Organisation struct {
	DID, Name string
	Key       crypto.Signer // Ed25519, named by the trust file
	Hand      crypto.Signer // of its party or laboratory
	Registry  registry.Registry
}

// New returns a world of three organisations without devices. The producer's and the laboratory's hands are Ed25519, the
// carrier's is ES256.
func New(t testing.TB) *World {
	w := &World{t: t}
	w.Producer = w.organisation("did:web:producer.example", "Producer Ltd.", 21, registry.Party, Ed25519(22))
	w.Carrier = w.organisation("did:web:carrier.example", "Carrier Inc.", 31, registry.Party, ES256(32))
	w.Laboratory = w.organisation("did:web:lab.example", "Laboratory", 41, registry.Lab, Ed25519(42))
	return w
}

func (w *World) organisation(did, name string, seed byte, role registry.Role, hand crypto.Signer) *Organisation {
	return &Organisation{
		DID: did, Name: name, Key: Ed25519(seed), Hand: hand,
		Registry: registry.Registry{
			Version: registry.Version, Organisation: did, Name: name,
			Entries: []registry.Entry{{Key: w.key(hand).Bytes(), Role: role, Name: "hand", From: Epoch}},
		},
	}
}

func (w *World) organisations() []*Organisation {
	return []*Organisation{w.Producer, w.Carrier, w.Laboratory}
}

func (w *World) key(signer crypto.Signer) cose.Key {
	w.t.Helper()
	k, err := cose.NewKey(signer.Public())
	w.must(err)
	return k
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Device makes records of its measuring points and states them in batches.
type Device struct {
	Signer   crypto.Signer
	Kid      cose.Kid
	world    *World
	owner    *Organisation
	sequence statement.Sequence
	points   []*Point
	waiting  []*Leaf
	batches  []*batch
}

// batch is what a device stated; entry is its place in the log, -1 when it was refused.
type batch struct {
	signed []byte
	leaves []*Leaf
	entry  int
}

// Leaf is a record with its encoding.
type Leaf struct {
	*record.Record
	Bytes []byte
}

// Device adds a device of the producer that speaks for the points given.
func (w *World) Device(signer crypto.Signer, points ...string) *Device {
	k := w.key(signer)
	d := &Device{Signer: signer, Kid: k.Kid(), world: w, owner: w.Producer}
	slices.Sort(points)
	w.Producer.Registry.Entries = append(w.Producer.Registry.Entries, registry.Entry{
		Key: k.Bytes(), Role: registry.Device, Name: "device", Points: points, From: Epoch,
	})
	w.devices = append(w.devices, d)
	return d
}

// Batch states the records that the device has made since the last one, and the log takes the statement in.
func (d *Device) Batch() {
	d.world.t.Helper()
	b := d.state()
	b.entry = len(d.world.Entries)
	d.world.Entries = append(d.world.Entries, b.signed)
	d.waiting = nil
}

// Refused states the records that wait, but the statement is refused: they wait on for the next.
func (d *Device) Refused() {
	d.world.t.Helper()
	d.state().entry = -1
}

// Forget drops the records that wait, as a device does that loses what it has not stated.
func (d *Device) Forget() { d.waiting = nil }

func (d *Device) state() *batch {
	d.world.t.Helper()
	slices.SortFunc(d.waiting, func(a, b *Leaf) int { return cmp.Or(cmp.Compare(a.Point, b.Point), cmp.Compare(a.Seq, b.Seq)) })
	b := &batch{leaves: d.waiting}
	records, leaves := make([]*record.Record, len(b.leaves)), make([][]byte, len(b.leaves))
	for i, l := range b.leaves {
		records[i], leaves[i] = l.Record, l.Bytes
	}
	s := statement.Statement{
		Version: statement.Version, Device: d.Kid, Number: d.sequence.Next, Prev: d.sequence.Hash,
		Runs: statement.Runs(records), Root: proof.Root(leaves),
		Binary: sha256.Sum256([]byte("binary")), Configuration: sha256.Sum256([]byte("configuration")),
	}
	if n := len(d.world.Entries); n > 0 {
		s.Checkpoint = &statement.Seen{Size: uint64(n), Root: proof.Root(d.world.Entries)}
	}
	var err error
	b.signed, err = s.Sign(d.Signer, d.owner.DID)
	d.world.must(err)
	d.world.must(d.sequence.Append(&s, b.signed))
	d.batches = append(d.batches, b)
	return b
}

// Bundle returns the evidence so far as an unsealed bundle. At depth Tickets it picks the records that tickets cite.
func (w *World) Bundle(depth bundle.Depth) *bundle.Bundle {
	w.t.Helper()
	b := &bundle.Bundle{
		Version: bundle.Version, Depth: depth, Sealed: Epoch + 1000*Minute, Trust: w.TrustFile(), Tickets: w.Tickets, Documents: w.Documents,
		Tables:   []bundle.Table{{Name: "rates/us.yaml", Bytes: []byte("rates: none\n")}},
		Decision: []byte("nothing was decided"),
	}
	for _, o := range w.organisations() {
		signed, err := o.Registry.Sign(o.Key)
		w.must(err)
		b.Registries = append(b.Registries, signed)
	}
	devices := slices.Clone(w.devices)
	slices.SortFunc(devices, func(a, b *Device) int { return bytes.Compare(a.Kid[:], b.Kid[:]) })
	cited := w.cited()
	for _, d := range devices {
		for _, in := range d.batches {
			b.Batches = append(b.Batches, w.batch(in, depth, cited))
		}
	}
	return b
}

func (w *World) batch(in *batch, depth bundle.Depth, cited map[record.Hash]bool) bundle.Batch {
	out := bundle.Batch{Statement: in.signed}
	if in.entry < 0 {
		return out
	}
	out.Receipt = w.Receipt(in.entry)
	leaves := make([][]byte, len(in.leaves))
	for i, l := range in.leaves {
		leaves[i] = l.Bytes
	}
	if depth == bundle.Records {
		out.Leaves = leaves
		return out
	}
	for i, leaf := range leaves {
		if cited[record.LeafHash(leaf)] {
			path, err := proof.Inclusion(leaves, i)
			w.must(err)
			out.Picks = append(out.Picks, bundle.Pick{Leaf: leaf, Path: path})
		}
	}
	return out
}

// cited returns the leaf hashes that tickets name.
func (w *World) cited() map[record.Hash]bool {
	out := map[record.Hash]bool{}
	for _, s := range w.Tickets {
		t, err := ticket.Decode(s.Ticket)
		w.must(err)
		out[t.OpeningLeaf], out[t.ClosingLeaf] = true, true
	}
	return out
}

// Seal returns the bundle file, sealed by the producer.
func (w *World) Seal(b *bundle.Bundle) []byte {
	w.t.Helper()
	file, err := b.Seal(w.Producer.Hand)
	w.must(err)
	return file
}

// TrustFile returns the trust file of this world: its log, its witness as quorum, and its organisations.
func (w *World) TrustFile() []byte {
	b := fmt.Appendf(nil, "log %s\nwitness W %s\nquorum W\n", LogKey(), WitnessKey())
	for _, o := range w.organisations() {
		b = fmt.Appendf(b, "org %s %s\n", o.DID, VerifierKey(o.DID[len("did:web:"):], 0x01, o.Key))
	}
	return b
}

// Trust returns the trust file, parsed.
func (w *World) Trust() proof.Trust {
	w.t.Helper()
	t, err := proof.ParseTrust(w.TrustFile())
	w.must(err)
	return t
}
