package ingest_test

import (
	"context"
	"crypto"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
)

// minute is an instant of these worlds.
func minute(n int64) int64 { return bundletest.Epoch + n*bundletest.Minute }

// registered makes the key of a device count from an instant to another (0: open) by the organisation's next registry.
func (d *device) registered(from, to int64) {
	d.w.t.Helper()
	r := &d.w.Producer.Registry
	r.Number++
	r.Entries = slices.Clone(r.Entries)
	for i, e := range r.Entries {
		if key, err := cose.ParseKey(e.Key); err == nil && key.Kid() == d.Kid {
			r.Entries[i].From, r.Entries[i].To = from, to
		}
	}
	next := *r
	must(d.w.t, d.w.ingest.AddRegistry(&next))
}

// TestKeysOverTime: a record counts if its device's key did in all of its time, by the newest registry, whenever it comes. One that
// does not uses the statement's number up, and counts after all when a later registry says so. Each gateway has recorded the start
// and four minutes; the first two minutes came before.
func TestKeysOverTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		from, to int64
		refused  bool
	}{
		{"open end", minute(0), 0, false},
		{"ends after the last record: what comes late counts", minute(0), minute(4) + 1, false},
		{"ends with the last record", minute(0), minute(4), true},
		{"ends within the last record", minute(0), minute(4) - 1, true},
		{"expired before the first new record", minute(0), minute(2) + 1, true},
		{"revoked in the past, before what was accepted already", minute(0), minute(1), true},
		{"begins with the first new record", minute(2), 0, false},
		{"begins within the first new record", minute(2) + 1, 0, true},
		{"does not count yet", minute(9), 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, store.Options{})
			d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
			w.start()
			for range 2 {
				d.interval(bundletest.Lease)
			}
			d.give(d.batch(d.news(bundletest.Lease, 0)))
			d.registered(tt.from, tt.to)
			for range 2 {
				d.interval(bundletest.Lease)
			}
			b := d.batch(d.news(bundletest.Lease, 3))
			if !tt.refused {
				d.give(b)
				w.checkStored(map[*device][]string{d: {bundletest.Lease}})
				return
			}
			for range 2 {
				d.refused(b, d.send(b), wire.BadPoint)
			}
			d.consumed(b)
			if text := d.send(b)[0].Refusal.Text; !strings.HasPrefix(text, "record of LACT-1 ") || !strings.Contains(text, " was not valid at 2026-02-02T02:4") {
				t.Errorf("refused with %q", text)
			}
			// What was accepted is there, and verifies: it was accepted by the list of its time.
			_, err := w.store.Record(t.Context(), d.Kid, bundletest.Lease, 2)
			must(t, err)
			d.registered(minute(0), 0)
			d.give(d.batch(d.news(bundletest.Lease, 3)))
			w.checkStored(map[*device][]string{d: {bundletest.Lease}})
		})
	}
}

// TestNewKeyOfAGateway: a gateway that goes on under another key is another device. It begins its own statements and chains at the
// same points, from when its own entry begins; the old one's may still come after them.
func TestNewKeyOfAGateway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	old := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
	fresh := w.device(bundletest.ES256(52), true, bundletest.Lease)
	w.start()
	old.registered(minute(0), minute(2)+1)
	old.interval(bundletest.Lease)
	old.give(old.batch(old.news(bundletest.Lease, 0)))
	old.interval(bundletest.Lease)
	late := old.batch(old.news(bundletest.Lease, 2))
	fresh.interval(bundletest.Lease)
	fresh.give(fresh.batch(fresh.news(bundletest.Lease, 0)))
	old.give(late)
	w.checkStored(map[*device][]string{old: {bundletest.Lease}, fresh: {bundletest.Lease}})
	// Whoever has the old key can't go on where it ended.
	old.interval(bundletest.Lease)
	stolen := old.batch(old.news(bundletest.Lease, 3))
	old.refused(stolen, old.send(stolen), wire.BadPoint)
}

// TestWrongUsage: a key of another role is no device's, whatever the time. That uses nothing up.
func TestWrongUsage(t *testing.T) {
	t.Parallel()
	for _, role := range []registry.Role{registry.Party, registry.Lab, registry.Cloud} {
		w := newWorld(t, store.Options{})
		d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
		last := &w.Producer.Registry.Entries[len(w.Producer.Registry.Entries)-1]
		points := last.Points
		last.Role, last.Points = role, nil
		w.start()
		b := d.batch(d.news(bundletest.Lease, 0))
		d.refused(b, d.send(b), wire.Unregistered)
		last.Role, last.Points = registry.Device, points
		d.registered(minute(0), 0)
		d.give(b)
	}
}

// away is a key that does not sign while it is away.
type away struct {
	crypto.Signer
	gone bool
}

func (k *away) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if k.gone {
		return nil, errors.New("no such device")
	}
	return k.Signer.Sign(random, digest, opts)
}

// TestKeyAway: while the cloud's key does not sign, nothing is answered, the process goes on, and the device's asking again brings
// the one answer: receipt, want or refusal.
func TestKeyAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, store.Options{})
	key := &away{Signer: cloudKey}
	w.key = key
	d := w.device(bundletest.Ed25519(51), true, bundletest.Lease)
	w.start()
	key.gone = true
	first := d.batch(d.news(bundletest.Lease, 0))
	silent := func(b batch) {
		t.Helper()
		if replies := d.send(b); len(replies) > 0 {
			t.Fatalf("replies without a key: %+v", replies)
		}
	}
	silent(first)
	d.consumed(first)
	d.interval(bundletest.Lease)
	ahead := d.batch(d.news(bundletest.Lease, 1), func(s *statement.Statement) { s.Number++ })
	silent(ahead)
	bad := d.batch(d.news(bundletest.Lease, 1), func(s *statement.Statement) { s.Root[0] ^= 1 })
	silent(bad)
	if cause := context.Cause(w.failed); cause != nil {
		t.Errorf("the process is to end: %v", cause)
	}
	key.gone = false
	d.accepted(first, d.send(first))
	if replies := d.send(ahead); len(replies) != 1 || replies[0].Want == nil || replies[0].Want.Number != 1 {
		t.Errorf("replies are %+v, want statement 1 wanted", replies)
	}
	d.refused(bad, d.send(bad), wire.BadLeaves)
	d.consumed(bad)
	d.give(d.batch(d.news(bundletest.Lease, 1)))
	w.checkStored(map[*device][]string{d: {bundletest.Lease}})
}
