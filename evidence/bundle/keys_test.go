package bundle_test

import (
	"testing"

	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/registry"
)

// TestKeysOverTime: a bundle is verified by the newest registries in it. Ending a key leaves what it signed before, revoking it in the past
// takes what it signed after, accepted or not.
func TestKeysOverTime(t *testing.T) {
	const hand, lease, truck = 0, 1, 2 // entries of the producer
	ends := func(entry int, minute int64) func(*registry.Registry) {
		return func(r *registry.Registry) { r.Entries[entry].To = bundletest.Epoch + minute*bundletest.Minute }
	}
	next := func(r *registry.Registry) {
		ends(lease, 5)(r)
		key, err := cose.NewKey(bundletest.ES256(99).Public())
		if err != nil {
			t.Fatal(err)
		}
		r.Entries = append(r.Entries, registry.Entry{
			Key: key.Bytes(), Role: registry.Device, Name: "next", Points: r.Entries[lease].Points, From: bundletest.Epoch + 3*bundletest.Minute,
		})
	}
	for _, tt := range []struct {
		name   string
		later  []func(*registry.Registry) // one registry each
		ticket string
		want   string
	}{
		{"nothing changes", []func(*registry.Registry){func(*registry.Registry) {}}, "", ""},
		{"devices end after their last ticket", []func(*registry.Registry){ends(lease, 5), ends(truck, 3)}, "", ""},
		{"another key at the same points, with overlap", []func(*registry.Registry){next}, "", ""},
		{"stolen after the first ticket", []func(*registry.Registry){ends(lease, 3)}, "T-2",
			"was not valid at 2026-02-02T02:44:00Z, only from 2026-02-02T02:40:00Z until just before 2026-02-02T02:43:00Z"},
		{"stolen before any ticket", []func(*registry.Registry){ends(lease, 1)}, "T-1", "was not valid at 2026-02-02T02:42:00Z"},
		{"revoked by mistake, and given back", []func(*registry.Registry){ends(lease, 1), ends(lease, 5)}, "", ""},
		{"left out", []func(*registry.Registry){func(r *registry.Registry) { r.Entries = append(r.Entries[:lease:lease], r.Entries[truck:]...) }}, "", "is in no registry"},
		{"the party's key ends after the seal", []func(*registry.Registry){ends(hand, 1001)}, "", ""},
		{"the party's key ends with the seal", []func(*registry.Registry){ends(hand, 1000)}, "", "seal of the bundle: key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := bundletest.New(t).Story()
			a := &attacked{Bundle: w.Bundle(bundle.Tickets), t: t, w: w}
			for i, alter := range tt.later {
				a.Registries = append(a.Registries, a.registry(func(r *registry.Registry) {
					r.Number += uint64(i + 1)
					alter(r)
				}))
			}
			_, err := bundle.Verify(w.Seal(a.Bundle), w.Trust())
			refused(t, err, tt.want)
			if f, ok := err.(*bundle.Failure); ok && f.Ticket != tt.ticket {
				t.Errorf("the failure names ticket %q, want %q: %v", f.Ticket, tt.ticket, err)
			}
		})
	}
}
