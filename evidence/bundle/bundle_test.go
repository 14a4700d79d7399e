package bundle_test

import (
	"bytes"
	"crypto"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/cose/cosetest"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
)

var refused = cosetest.Refused

var depths = []bundle.Depth{bundle.Tickets, bundle.Records}

func TestVerify(t *testing.T) {
	for _, depth := range depths {
		t.Run(string(depth), func(t *testing.T) {
			w := bundletest.New(t).Story()
			e, err := bundle.Verify(w.Seal(w.Bundle(depth)), w.Trust())
			if err != nil {
				t.Fatal(err)
			}
			if e.Seal.Organisation != w.Producer.DID {
				t.Errorf("sealed by %s", e.Seal.Organisation)
			}
			if len(e.Tickets) != 4 || len(e.Reports) != 1 || len(e.Others) != 1 {
				t.Errorf("%d tickets, %d reports, %d other documents; want 4, 1, 1", len(e.Tickets), len(e.Reports), len(e.Others))
			}
			if o := e.Others[0]; o.Thing != "movement" || string(o.Payload) != "moved" || o.Signer.Organisation != w.Carrier.DID {
				t.Errorf("the document is a %s of %s: %q", o.Thing, o.Signer.Organisation, o.Payload)
			}
			if e.Records != 12 {
				t.Errorf("statements with a receipt cover %d records, want 12", e.Records)
			}
			want := map[bundle.Depth]int{bundle.Tickets: 4, bundle.Records: 12}[depth]
			if e.Clocks[record.NTP] != want || len(e.Clocks) != 1 {
				t.Errorf("records carried by clock: %v, want %d by NTP", e.Clocks, want)
			}
		})
	}
}

// A bundle by itself proves nothing: with the keys of somebody else's trust file it fails, whatever it says of itself.
func TestVerifyNeedsTheTrustFile(t *testing.T) {
	w := bundletest.New(t).Story()
	file := w.Seal(w.Bundle(bundle.Tickets))
	own := string(w.TrustFile())
	for _, tt := range []struct{ name, trust, want string }{
		{"empty", "quorum none\n", "the trust file has no key for it"},
		{"another key of the producer", strings.ReplaceAll(own, vkey("producer.example", 0x01, 21), vkey("producer.example", 0x01, 99)), "registry of did:web:producer.example"},
		{"another log", strings.ReplaceAll(own, bundletest.LogKey(), vkey(bundletest.LogName, 0x01, 99)), "receipt of statement 0"},
		{"another witness", strings.ReplaceAll(own, bundletest.WitnessKey(), vkey(bundletest.WitnessName, 0x04, 99)), `quorum "W" not reached`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trust, err := proof.ParseTrust([]byte(tt.trust))
			if err != nil {
				t.Fatal(err)
			}
			_, err = bundle.Verify(file, trust)
			refused(t, err, tt.want)
		})
	}
}

// TestUnreadable: what cannot be read at all names its place in the bundle, and what it comes after.
func TestUnreadable(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		damage     func(b *bundle.Bundle)
	}{
		{"the first registry", "registry 1 of the bundle: ", func(b *bundle.Bundle) { b.Registries[0] = b.Registries[0][:9] }},
		{"the first statement", "batch 1 of 1 in the bundle: ", func(b *bundle.Bundle) { b.Batches[0].Statement = b.Batches[0].Statement[:9] }},
		{"a later one", "batch 2 of 2 in the bundle, after statement 0 of device ", func(b *bundle.Bundle) {
			b.Batches = append(b.Batches, bundle.Batch{Statement: b.Batches[0].Statement[:9]})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := bundletest.New(t).Small()
			b := w.Bundle(bundle.Tickets)
			tt.damage(b)
			file, err := b.Seal(w.Producer.Hand)
			if err != nil {
				t.Fatal(err)
			}
			_, err = bundle.Verify(file, w.Trust())
			refused(t, err, tt.want)
		})
	}
}

func vkey(name string, kind, seed byte) string {
	return bundletest.VerifierKey(name, kind, bundletest.Ed25519(seed))
}

func TestVerifySeal(t *testing.T) {
	for _, tt := range []struct {
		name string
		seal func(w *bundletest.World) crypto.Signer
		at   int64
		want string
	}{
		{"by the carrier, ES256", func(w *bundletest.World) crypto.Signer { return w.Carrier.Hand }, bundletest.Epoch, ""},
		{"by the laboratory", func(w *bundletest.World) crypto.Signer { return w.Laboratory.Hand }, bundletest.Epoch, "registered as lab, not as party"},
		{"by a device", func(*bundletest.World) crypto.Signer { return bundletest.Ed25519(51) }, bundletest.Epoch, "registered as device, not as party"},
		{"by an organisation's own key", func(w *bundletest.World) crypto.Signer { return w.Producer.Key }, bundletest.Epoch, "is in no registry"},
		{"by a stranger", func(*bundletest.World) crypto.Signer { return bundletest.Ed25519(99) }, bundletest.Epoch, "is in no registry"},
		{"before the key was valid", func(w *bundletest.World) crypto.Signer { return w.Producer.Hand }, bundletest.Epoch - 1, "was not valid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := bundletest.New(t).Story()
			b := w.Bundle(bundle.Tickets)
			b.Sealed = tt.at
			file, err := b.Seal(tt.seal(w))
			if err != nil {
				t.Fatal(err)
			}
			_, err = bundle.Verify(file, w.Trust())
			refused(t, err, tt.want)
		})
	}
}

// No byte of a bundle is uncovered: each is changed in two ways, and no changed file verifies. Of the larger bundles some bytes
// are taken, of all kinds of evidence.
func TestEveryByteCounts(t *testing.T) {
	for _, depth := range depths {
		t.Run("small, depth "+string(depth), func(t *testing.T) {
			w := bundletest.New(t).Small()
			b := w.Bundle(depth)
			b.Registries = b.Registries[:2] // the laboratory has nothing to say here
			walk(t, w.Seal(b), w.Trust(), stride)
		})
		t.Run("everything, depth "+string(depth), func(t *testing.T) {
			w := bundletest.New(t).Story()
			walk(t, w.Seal(w.Bundle(depth)), w.Trust(), 41*stride)
		})
	}
}

// walk changes every byte that is a multiple of the step.
func walk(t *testing.T, file []byte, trust proof.Trust, step int) {
	if _, err := bundle.Verify(file, trust); err != nil {
		t.Fatalf("unaltered: %v", err)
	}
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for worker := range workers {
		group.Go(func() {
			altered := bytes.Clone(file)
			for i := worker * step; i < len(file); i += workers * step {
				for _, mask := range []byte{0x01, 0x80} {
					altered[i] ^= mask
					if _, err := bundle.Verify(altered, trust); err == nil {
						t.Errorf("byte %d of %d changed from %02x to %02x, and the bundle verifies", i, len(file), file[i], altered[i])
					}
					altered[i] = file[i]
				}
			}
		})
	}
	group.Wait()
}

func TestLengthCounts(t *testing.T) {
	w := bundletest.New(t).Story()
	file, trust := w.Seal(w.Bundle(bundle.Tickets)), w.Trust()
	for _, n := range []int{0, 1, 2, len(file) / 2, len(file) - 1} {
		if _, err := bundle.Verify(file[:n], trust); err == nil {
			t.Errorf("the first %d of %d bytes verify", n, len(file))
		}
	}
	if _, err := bundle.Verify(append(bytes.Clone(file), 0), trust); err == nil {
		t.Error("a byte after the end goes unnoticed")
	}
}

func TestParseRefusesUnknownVersionsAndDepths(t *testing.T) {
	w := bundletest.New(t)
	for _, tt := range []struct {
		name    string
		payload bundle.Bundle
	}{
		{"version 2", bundle.Bundle{Version: 2, Depth: bundle.Tickets}},
		{"depth", bundle.Bundle{Version: 1, Depth: "everything"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			payload, err := cose.Marshal(tt.payload)
			if err != nil {
				t.Fatal(err)
			}
			file, err := cose.Sign(w.Producer.Hand, bundle.Thing, payload, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = bundle.Parse(file)
			refused(t, err, "is unknown")
		})
	}
}

func TestFailureText(t *testing.T) {
	seq := uint64(7)
	for _, tt := range []struct {
		f    bundle.Failure
		want string
	}{
		{bundle.Failure{What: "it is wrong"}, "it is wrong"},
		{bundle.Failure{Entry: "E", Ticket: "T", Point: "P", Seq: &seq, What: "it is wrong"}, "entry E, ticket T, point P, sequence number 7: it is wrong"},
		{bundle.Failure{Point: "P", What: "it is wrong"}, "point P: it is wrong"},
	} {
		if got := tt.f.Error(); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}

// A registry of a higher number replaces the one before it, within the bundle too.
func TestLaterRegistryReplaces(t *testing.T) {
	w := bundletest.New(t).Story()
	b := w.Bundle(bundle.Tickets)
	later := w.Producer.Registry
	later.Number, later.Entries = 1, []registry.Entry{later.Entries[0]} // the party stays, the devices go
	signed, err := later.Sign(w.Producer.Key)
	if err != nil {
		t.Fatal(err)
	}
	b.Registries = append(b.Registries, signed)
	_, err = bundle.Verify(w.Seal(b), w.Trust())
	refused(t, err, "is in no registry")
	b.Registries[len(b.Registries)-1] = b.Registries[0]
	_, err = bundle.Verify(w.Seal(b), w.Trust())
	refused(t, err, "number 0 is not above 0")
}

func FuzzVerify(f *testing.F) {
	w := bundletest.New(f).Story()
	for _, depth := range depths {
		f.Add(w.Seal(w.Bundle(depth)))
	}
	trust := w.Trust()
	f.Fuzz(func(t *testing.T, file []byte) {
		b, m, err := bundle.Parse(file)
		if err != nil {
			return
		}
		if payload, err := cose.Marshal(b); err != nil || !bytes.Equal(payload, m.Payload) {
			t.Errorf("accepted, but encoded again the payload is %x (%v)", payload, err)
		}
		if _, err := bundle.Verify(file, trust); err != nil {
			var failure *bundle.Failure
			if !errors.As(err, &failure) {
				t.Errorf("%T is not a *Failure: %v", err, err)
			}
		}
	})
}
