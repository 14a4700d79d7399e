package ingest_test

import (
	"bytes"
	"context"
	"crypto"
	"slices"
	"testing"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
)

// attempt is something that a device, or somebody else on its topic, sends as statement 1 over seq 2 and 3 of LACT-1.
type attempt struct {
	name string
	make func(d *device) batch
	code wire.Code
}

// fresh are the records that every attempt is about.
func (d *device) fresh() []*bundletest.Leaf { return d.news(bundletest.Lease, 2) }

// forged returns a leaf like another one, altered and encoded again.
func (d *device) forged(l *bundletest.Leaf, alter func(*record.Record)) *bundletest.Leaf {
	d.w.t.Helper()
	r := *l.Record
	if r.Interval != nil {
		interval := *r.Interval
		r.Interval = &interval
	}
	alter(&r)
	leaf, err := r.Encode()
	must(d.w.t, err)
	return &bundletest.Leaf{Record: &r, Bytes: leaf}
}

// lastForged states the fresh records with the last of them altered.
func lastForged(alter func(*record.Record)) func(d *device) batch {
	return func(d *device) batch {
		leaves := slices.Clone(d.fresh())
		leaves[1] = d.forged(leaves[1], alter)
		return d.batch(leaves)
	}
}

// signedBy states the fresh records with signatures by another key.
func signedBy(key crypto.Signer) func(d *device) batch {
	return func(d *device) batch {
		b := d.batch(d.fresh())
		for i := range b.Signatures {
			signature, err := cose.SignDetached(key, record.Thing, b.Leaves[i])
			must(d.w.t, err)
			b.Signatures[i] = signature
		}
		return b
	}
}

// payload signs any payload as a statement.
func payload(d *device, thing string, p []byte, claims *cose.Claims) batch {
	signed, err := cose.Sign(d.Signer, thing, p, claims)
	must(d.w.t, err)
	b := d.batch(d.fresh())
	b.statement, b.Statement = signed, signed
	return b
}

var attempts = []attempt{
	{"no statement", func(d *device) batch {
		b := d.batch(d.fresh())
		b.statement, b.Statement = []byte("statement"), []byte("statement")
		return b
	}, wire.BadMessage},
	{"an empty statement", func(d *device) batch {
		b := d.batch(d.fresh())
		b.statement, b.Statement = []byte{}, []byte{}
		return b
	}, wire.BadMessage},
	{"a signed something else", func(d *device) batch {
		return payload(d, "ticket", []byte{0xa0}, &cose.Claims{Issuer: d.org, Subject: d.Kid.String()})
	}, wire.BadMessage},
	{"a statement that says nothing", func(d *device) batch {
		return payload(d, statement.Thing, []byte{0xa0}, &cose.Claims{Issuer: d.org, Subject: d.Kid.String()})
	}, wire.BadMessage},
	{"a statement without claims", func(d *device) batch {
		b := d.batch(d.fresh())
		m, err := cose.Parse(b.Statement, statement.Thing)
		must(d.w.t, err)
		return payload(d, statement.Thing, m.Payload, nil)
	}, wire.BadMessage},
	{"a statement over the limit", func(d *device) batch {
		return payload(d, statement.Thing, make([]byte, statement.MaxSize), nil)
	}, wire.BadMessage},

	{"a changed bit in the signature", func(d *device) batch {
		b := d.batch(d.fresh())
		b.statement = bytes.Clone(b.statement)
		b.statement[len(b.statement)-1] ^= 1
		b.Statement = b.statement
		return b
	}, wire.BadSignature},
	{"another root under the same signature", func(d *device) batch {
		b := d.batch(d.fresh())
		parsed, _, err := statement.Parse(b.statement)
		must(d.w.t, err)
		at := bytes.Index(b.statement, parsed.Root[:])
		b.statement = bytes.Clone(b.statement)
		b.statement[at] ^= 1
		b.Statement = b.statement
		return b
	}, wire.BadSignature},

	{"another organisation in the claims", func(d *device) batch {
		d.org = d.w.Carrier.DID
		defer func() { d.org = d.w.Producer.DID }()
		return d.batch(d.fresh())
	}, wire.Unregistered},
	{"the statement of another device", func(d *device) batch {
		other := d.w.device(bundletest.Ed25519(59), true, bundletest.Truck)
		return other.batch(other.news(bundletest.Truck, 0))
	}, wire.Unregistered},

	{"another statement with a number that is used", func(d *device) batch {
		return d.batch(d.news(bundletest.Lease, 0)[:1], func(s *statement.Statement) { s.Number, s.Prev = 0, record.Hash{} })
	}, wire.BadChain},
	{"a statement that follows nothing", func(d *device) batch {
		return d.batch(d.fresh(), func(s *statement.Statement) { s.Prev = record.Hash{} })
	}, wire.BadChain},
	{"a statement that follows another", func(d *device) batch {
		return d.batch(d.fresh(), func(s *statement.Statement) { s.Prev[31] ^= 1 })
	}, wire.BadChain},

	{"a point of nobody", func(d *device) batch {
		return d.batch(d.Point("LACT-9", bundletest.Metric()).Records)
	}, wire.BadPoint},
	{"a point of another device beside its own", func(d *device) batch {
		return d.batch(append(slices.Clone(d.fresh()), d.Point(bundletest.Truck, bundletest.Metric()).Records...))
	}, wire.BadPoint},

	{"another root", func(d *device) batch {
		return d.batch(d.fresh(), func(s *statement.Statement) { s.Root[0] ^= 1 })
	}, wire.BadLeaves},
	{"a leaf too few", func(d *device) batch { return d.batch(d.fresh()).less(1) }, wire.BadLeaves},
	{"no leaf", func(d *device) batch { return d.batch(d.fresh()).less(2) }, wire.BadLeaves},
	{"leaves in another order", func(d *device) batch {
		b := d.batch(d.fresh())
		slices.Reverse(b.Leaves)
		slices.Reverse(b.Signatures)
		return b
	}, wire.BadLeaves},
	{"a leaf altered after the statement", func(d *device) batch {
		b := d.batch(d.fresh())
		b.Leaves[1] = d.forged(b.leaves[1], func(r *record.Record) { r.Salt[0] ^= 1 }).Bytes
		return b
	}, wire.BadLeaves},
	{"leaves that are not those of the runs", func(d *device) batch {
		return d.batch(d.fresh(), func(s *statement.Statement) { s.Runs[0].First, s.Runs[0].Last = 7, 8 })
	}, wire.BadLeaves},
	{"leaves of another device", func(d *device) batch {
		leaves := slices.Clone(d.fresh())
		leaves[1] = d.forged(leaves[1], func(r *record.Record) { r.Device[0] ^= 1 })
		return d.batch(leaves)
	}, wire.BadLeaves},
	{"leaves that are no records", func(d *device) batch {
		b := d.batch(d.fresh())
		junk := &bundletest.Leaf{Record: b.leaves[1].Record, Bytes: []byte("junk")}
		return d.batch([]*bundletest.Leaf{b.leaves[0], junk})
	}, wire.BadLeaves},

	{"records signed by another device", signedBy(bundletest.Ed25519(58)), wire.BadRecord},
	{"a signature of something else", func(d *device) batch {
		b := d.batch(d.fresh())
		b.Signatures[1] = b.Signatures[0]
		return b
	}, wire.BadRecord},
	{"a statement for a signature", func(d *device) batch {
		b := d.batch(d.fresh())
		b.Signatures[1] = b.statement
		return b
	}, wire.BadRecord},
	{"records that are stored already", func(d *device) batch { return d.batch(d.news(bundletest.Lease, 0)[:2]) }, wire.BadRecord},
	{"records behind a hole", func(d *device) batch { return d.batch(d.news(bundletest.Lease, 3)) }, wire.BadRecord},
	{"a chain that is broken", lastForged(func(r *record.Record) { r.Prev[0] ^= 1 }), wire.BadRecord},
	{"a wrong volume", lastForged(func(r *record.Record) { r.Interval.GSV++ }), wire.BadRecord},
	{"wrong totals", lastForged(func(r *record.Record) { r.Interval.Totals.GSV++ }), wire.BadRecord},
	{"pulses that make another volume", lastForged(func(r *record.Record) { r.Interval.Pulses++ }), wire.BadRecord},
	{"a wrong factor", lastForged(func(r *record.Record) { r.Interval.CTPL.Mantissa++ }), wire.BadRecord},
	{"a minute that is nobody's", lastForged(func(r *record.Record) { r.Start++ }), wire.BadRecord},
}

// less leaves out the last leaves.
func (b batch) less(n int) batch {
	b.Leaves, b.Signatures = b.Leaves[:len(b.Leaves)-n], b.Signatures[:len(b.Signatures)-n]
	return b
}

// TestRefusals: what is wrong is refused with its code, and the number is used up exactly if a new statement of the device's own was
// seen. Nothing of it is stored, and the device goes on by listing its records in the next statement.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range attempts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, store.Options{})
			d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
			d.interval(bundletest.Lease)
			first := d.batch(d.news(bundletest.Lease, 0))
			d.interval(bundletest.Lease)
			d.interval(bundletest.Lease)
			d.consumed(first)
			bad := tt.make(d)
			d.sequence = statement.Sequence{}
			w.start()
			d.give(first)
			want := d.sequence
			for range 2 {
				d.refused(bad, d.send(bad), tt.code)
			}
			if tt.code.Consumes() {
				want = statement.Sequence{Next: 2, Hash: statement.Hash(bad.statement)}
				d.consumed(bad)
			}
			got, err := w.store.Sequence(t.Context(), d.Kid)
			must(t, err)
			same(t, "sequence", got, want)
			w.restart()
			d.give(d.batch(d.fresh()))
			w.checkStored(map[*device][]string{d: {bundletest.Lease}})
		})
	}
}

// TestConsumes: the codes that use a number up are those of a new statement that was the device's own.
func TestConsumes(t *testing.T) {
	t.Parallel()
	for _, code := range []wire.Code{wire.BadMessage, wire.BadSignature, wire.Unregistered, wire.BadChain, wire.BadPoint, wire.BadLeaves, wire.BadRecord} {
		if !slices.ContainsFunc(attempts, func(a attempt) bool { return a.code == code }) {
			t.Errorf("no attempt is refused as %s", code)
		}
		want := code == wire.BadPoint || code == wire.BadLeaves || code == wire.BadRecord
		same(t, string(code)+" consumes", code.Consumes(), want)
	}
}

// TestUnanswered: what is no batch, or on no device's topic, cannot be answered by statement. It is passed over.
func TestUnanswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
	w.start()
	good := d.batch(d.news(bundletest.Lease, 0))
	message, err := good.Encode()
	must(t, err)
	uneven := good.Batch
	uneven.Signatures = uneven.Signatures[:0]
	short, err := uneven.Encode()
	must(t, err)
	for _, tt := range []struct {
		name, topic string
		message     []byte
	}{
		{"nothing", d.topic(), nil},
		{"text", d.topic(), []byte("hello")},
		{"a byte too many", d.topic(), append(bytes.Clone(message), 0)},
		{"cut short", d.topic(), message[:len(message)-1]},
		{"over a MiB", d.topic(), make([]byte, wire.MaxMessage+1)},
		{"signatures for some records", d.topic(), short},
		{"the reply topic", wire.ReplyTopic(d.org, d.Kid), message},
		{"another version", "gauger/v2/" + d.org + "/" + d.Kid.String() + "/batch", message},
		{"no device", "gauger/v1/" + d.org + "/x/batch", message},
		{"no organisation", "gauger/v1//" + d.Kid.String() + "/batch", message},
		{"capital letters", "gauger/v1/" + d.org + "/" + "ABCDEF" + d.Kid.String()[6:] + "/batch", message},
	} {
		if sent := w.handle(tt.topic, tt.message); len(sent) > 0 {
			t.Errorf("%s: %d replies", tt.name, len(sent))
		}
	}
	if w.failed.Err() != nil {
		t.Errorf("the process is to end: %v", context.Cause(w.failed))
	}
	w.checkStored(map[*device][]string{d: nil})
	d.give(good)
}

// TestOtherTopics: a true batch that somebody plays back under another organisation or device is refused there, tells nothing, and
// takes nothing away from the device.
func TestOtherTopics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
	other := w.device(bundletest.ES256(52), true, bundletest.Truck)
	w.start()
	good := d.batch(d.news(bundletest.Lease, 0))
	message, err := good.Encode()
	must(t, err)
	cross := *d
	cross.org = w.Carrier.DID
	for range 2 {
		for _, at := range []*device{other, &cross} {
			replies := at.open(w.handle(at.topic(), message))
			at.refused(good, replies, wire.Unregistered)
		}
		d.accepted(good, d.send(good)) // before and after it was stored
	}
	d.consumed(good)
	w.checkStored(map[*device][]string{d: {bundletest.Lease}})
	other.give(other.batch(other.news(bundletest.Truck, 0)))
}

// TestRegistries: a device counts from the registry that lists it to the one that does not, and a party's key is no device's.
func TestRegistries(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	w.keys = &registry.Directory{}
	d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
	w.start()
	b := d.batch(d.news(bundletest.Lease, 0))
	d.refused(b, d.send(b), wire.Unregistered)
	r := w.Producer.Registry
	must(t, w.ingest.AddRegistry(&r))
	if err := w.ingest.AddRegistry(&r); err == nil {
		t.Error("the same registry counts twice")
	}
	d.give(b)
	d.interval(bundletest.Lease)
	next := d.batch(d.news(bundletest.Lease, 1))
	r.Number, r.Entries = 1, slices.Clone(r.Entries)
	at := slices.IndexFunc(r.Entries, func(e registry.Entry) bool { return e.Role == registry.Device })
	r.Entries[at].Role, r.Entries[at].Points = registry.Party, nil
	must(t, w.ingest.AddRegistry(&r))
	d.refused(next, d.send(next), wire.Unregistered)
	r.Number, r.Entries = 2, slices.Clone(w.Producer.Registry.Entries)
	must(t, w.ingest.AddRegistry(&r))
	d.give(next)
}
