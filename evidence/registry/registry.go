// Package registry says whose key is whose: an organisation's signed statement gives each of its devices and parties a key, a
// role, the measuring points it speaks for, and the time in which it does.
package registry

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
)

// Version is the version of the registry format.
const Version = 1

// Thing is the name of a registry statement in the typ header of its signature.
const Thing = "registry"

// Role is what a key may sign.
type Role string

// The roles.
const (
	Device Role = "device" // records and batch statements of its points
	Party  Role = "party"  // tickets, movements, sales, certificates, claims in the organisation's name
	Lab    Role = "lab"    // laboratory reports
	Cloud  Role = "cloud"  // receipts and refusals
)

// Entry gives one key its role.
type Entry struct {
	Key    []byte   `cbor:"1,keyasint"` // COSE_Key
	Role   Role     `cbor:"2,keyasint"`
	Name   string   `cbor:"3,keyasint"`
	Points []string `cbor:"4,keyasint,omitempty"` // the measuring points of a device, sorted
	From   int64    `cbor:"5,keyasint"`           // ms since 1970 UTC, included
	To     int64    `cbor:"6,keyasint,omitempty"` // excluded; absent: until replaced
}

// Registry is an organisation's list of keys. A later number replaces the list whole.
type Registry struct {
	Version      uint64  `cbor:"1,keyasint"`
	Organisation string  `cbor:"2,keyasint"` // did:web
	Name         string  `cbor:"3,keyasint"`
	Number       uint64  `cbor:"4,keyasint"`
	Entries      []Entry `cbor:"5,keyasint"`
}

const maxEntries = 1_024

// Sign returns the signed bytes of r, by the organisation's own key.
func (r *Registry) Sign(key crypto.Signer) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	payload, err := cose.Marshal(r)
	if err != nil {
		return nil, err
	}
	public, err := cose.NewKey(key.Public())
	if err != nil {
		return nil, err
	}
	return cose.Sign(key, Thing, payload, &cose.Claims{Issuer: r.Organisation, Subject: public.Kid().String()})
}

// Keys returns the keys of an organisation, by its DID, that a trust file has: none, one, or several while it changes them.
type Keys func(did string) []ed25519.PublicKey

// KeyError reports a registry that none of the organisation's keys in a trust file has signed.
type KeyError struct {
	Organisation string
	Signer       cose.Kid
	Known        int // keys of the organisation
}

// Error names the organisation, and the signer if the trust file has another key.
func (e *KeyError) Error() string {
	if e.Known == 0 {
		return fmt.Sprintf("registry of %s: the trust file has no key for it", e.Organisation)
	}
	return fmt.Sprintf("registry of %s: it is signed with key %s, and the trust file has %d other for %[1]s", e.Organisation, e.Signer, e.Known)
}

// Open verifies signed bytes against the organisation keys of a trust file. The error is a *KeyError where it has not the signer's.
func Open(signed []byte, organisation Keys) (*Registry, error) {
	m, err := cose.Parse(signed, Thing)
	if err != nil {
		return nil, err
	}
	var r Registry
	if err := cose.Unmarshal(m.Payload, &r); err != nil {
		return nil, fmt.Errorf("registry: %w", err)
	}
	if err := r.signed(m, organisation(r.Organisation)); err != nil {
		return nil, err
	}
	if c := m.Header.Claims; c == nil || c.Issuer != r.Organisation {
		return nil, fmt.Errorf("registry of %s: issuer claim differs", r.Organisation)
	}
	return &r, r.check()
}

// Opened is a registry that verified, and the bytes that were signed.
type Opened struct {
	*Registry
	Signed []byte
}

// OpenAll opens registries in order of arrival. One whose signer the trust file does not name any more is left out where another of its
// organisation verifies: an organisation that changed its key states everything anew with the new one.
func OpenAll(signed [][]byte, organisation Keys) (all []Opened, err error) {
	verified, unknown := map[string]bool{}, []*KeyError{}
	for _, b := range signed {
		r, err := Open(b, organisation)
		if k := (*KeyError)(nil); errors.As(err, &k) {
			unknown = append(unknown, k)
			continue
		} else if err != nil {
			return nil, err
		}
		verified[r.Organisation] = true
		all = append(all, Opened{r, b})
	}
	for _, k := range unknown {
		if !verified[k.Organisation] {
			return nil, k
		}
	}
	return all, nil
}

// Newest returns the newest registry of each organisation, in order of arrival: those that count.
func Newest(all []Opened) (newest []Opened) {
	for i, o := range all {
		if !slices.ContainsFunc(all[i+1:], func(later Opened) bool { return later.Organisation == o.Organisation }) {
			newest = append(newest, o)
		}
	}
	return newest
}

// signed checks the signature by that of the organisation's keys which it names.
func (r *Registry) signed(m cose.Message, keys []ed25519.PublicKey) error {
	for _, public := range keys {
		key, err := cose.NewKey(public)
		if err != nil {
			return err
		}
		if key.Kid() != m.Header.Kid {
			continue
		}
		if err := m.Verify(key); err != nil {
			return fmt.Errorf("registry of %s: %w", r.Organisation, err)
		}
		return nil
	}
	return &KeyError{r.Organisation, m.Header.Kid, len(keys)}
}

func (r *Registry) check() error {
	if r.Version != Version || r.Organisation == "" || len(r.Entries) > maxEntries {
		return fmt.Errorf("registry of %q: version %d with %d entries is not acceptable", r.Organisation, r.Version, len(r.Entries))
	}
	listed := map[cose.Kid]bool{}
	for i, e := range r.Entries {
		key, err := cose.ParseKey(e.Key)
		if err != nil {
			return fmt.Errorf("registry of %s, entry %d: %w", r.Organisation, i, err)
		}
		if listed[key.Kid()] {
			return fmt.Errorf("registry of %s, entry %d: key %s is listed already", r.Organisation, i, key.Kid())
		}
		listed[key.Kid()] = true
		if !slices.Contains([]Role{Device, Party, Lab, Cloud}, e.Role) {
			return fmt.Errorf("registry of %s, entry %d: role %q is unknown", r.Organisation, i, e.Role)
		}
		if !slices.IsSorted(e.Points) || (e.Role == Device) == (len(e.Points) == 0) {
			return fmt.Errorf("registry of %s, entry %d: a device, and only a device, names its points, sorted", r.Organisation, i)
		}
		for _, p := range e.Points {
			if err := record.CheckPoint(p); err != nil {
				return fmt.Errorf("registry of %s, entry %d: %w", r.Organisation, i, err)
			}
		}
		if e.To != 0 && e.To <= e.From {
			return fmt.Errorf("registry of %s, entry %d: ends before it starts", r.Organisation, i)
		}
	}
	return nil
}

// Holder is what a registry says of a key.
type Holder struct {
	Organisation string
	Key          cose.Key
	Entry
}

// Directory finds keys over the registries of many organisations. The zero Directory is empty and ready.
type Directory struct {
	holders map[cose.Kid]Holder
	numbers map[string]uint64
	names   map[string]string
}

// Add takes a verified registry in; a higher number replaces the organisation's earlier list. A key that another organisation
// holds is refused.
func (d *Directory) Add(r *Registry) error {
	if d.holders == nil {
		d.holders, d.numbers, d.names = map[cose.Kid]Holder{}, map[string]uint64{}, map[string]string{}
	}
	if n, known := d.numbers[r.Organisation]; known && r.Number <= n {
		return fmt.Errorf("registry of %s: number %d is not above %d", r.Organisation, r.Number, n)
	}
	fresh := make([]Holder, 0, len(r.Entries))
	for _, e := range r.Entries {
		key, err := cose.ParseKey(e.Key)
		if err != nil {
			return err
		}
		if h, taken := d.holders[key.Kid()]; taken && h.Organisation != r.Organisation {
			return fmt.Errorf("registry of %s: key %s is %s's", r.Organisation, key.Kid(), h.Organisation)
		}
		fresh = append(fresh, Holder{Organisation: r.Organisation, Key: key, Entry: e})
	}
	for kid, h := range d.holders {
		if h.Organisation == r.Organisation {
			delete(d.holders, kid)
		}
	}
	for _, h := range fresh {
		d.holders[h.Key.Kid()] = h
	}
	d.numbers[r.Organisation], d.names[r.Organisation] = r.Number, r.Name
	return nil
}

// Name returns an organisation's name, or its DID when no registry of it is known.
func (d *Directory) Name(did string) string {
	if n := d.names[did]; n != "" {
		return n
	}
	return did
}

// Find returns the holder of a key in the given role at an instant (ms), or an error that says what is amiss.
func (d *Directory) Find(kid cose.Kid, role Role, at int64) (Holder, error) {
	h, err := d.Lookup(kid, role)
	if err == nil {
		err = h.ValidAt(at)
	}
	return h, err
}

// Lookup returns the holder of a key in the given role, whatever the time.
func (d *Directory) Lookup(kid cose.Kid, role Role) (Holder, error) {
	h, ok := d.holders[kid]
	if !ok {
		return Holder{}, fmt.Errorf("key %s is in no registry", kid)
	}
	if h.Role != role {
		return Holder{}, fmt.Errorf("key %s of %s is registered as %s, not as %s", kid, h.Organisation, h.Role, role)
	}
	return h, nil
}

// ValidAt returns an error that says when the key counts, unless it does at an instant (ms).
func (h Holder) ValidAt(at int64) error {
	if at >= h.From && (h.To == 0 || at < h.To) {
		return nil
	}
	span := "from " + date(h.From) + " on"
	if h.To != 0 {
		span = "from " + date(h.From) + " until just before " + date(h.To)
	}
	return fmt.Errorf("key %s of %s was not valid at %s, only %s", h.Key.Kid(), h.Organisation, date(at), span)
}

func date(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339Nano) }

// SpeaksFor reports whether a device's entry covers a measuring point.
func (h Holder) SpeaksFor(point string) bool {
	_, found := slices.BinarySearch(h.Points, point)
	return found
}
