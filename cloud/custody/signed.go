package custody

import (
	"crypto"
	"fmt"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/registry"
)

// Sign returns the event as a COSE_Sign1 by a key of the party that states it.
func Sign(key crypto.Signer, e Event) ([]byte, error) {
	e.Version = Version
	if err := e.Valid(); err != nil {
		return nil, err
	}
	payload, err := cose.Marshal(e)
	if err != nil {
		return nil, err
	}
	if len(payload) > MaxSize {
		return nil, fmt.Errorf("event %s has %d bytes, at most %d are allowed", e.ID, len(payload), MaxSize)
	}
	return cose.Sign(key, Thing, payload, nil)
}

// Decode reads the payload of a signed event strictly. It does not look at the signature: see Open.
func Decode(payload []byte) (Event, error) {
	if len(payload) > MaxSize {
		return Event{}, fmt.Errorf("event has %d bytes, at most %d are allowed", len(payload), MaxSize)
	}
	var e Event
	if err := cose.Unmarshal(payload, &e); err != nil {
		return Event{}, fmt.Errorf("event: %w", err)
	}
	if err := e.Valid(); err != nil {
		return Event{}, err
	}
	return e, nil
}

// Open verifies a signed event: its key must have been registered as a party's for the organisation that states it, at the
// instant at which it takes effect.
func Open(signed []byte, keys *registry.Directory) (Event, error) {
	m, err := cose.Parse(signed, Thing)
	if err != nil {
		return Event{}, err
	}
	e, err := Decode(m.Payload)
	if err != nil {
		return Event{}, err
	}
	h, err := keys.Find(m.Header.Kid, registry.Party, e.At)
	if err != nil {
		return Event{}, fmt.Errorf("event %s: %w", e.ID, err)
	}
	if h.Organisation != e.By {
		return Event{}, fmt.Errorf("event %s names %s but %s signed it", e.ID, e.By, h.Organisation)
	}
	if err := m.Verify(h.Key); err != nil {
		return Event{}, fmt.Errorf("event %s: %w", e.ID, err)
	}
	return e, nil
}
