package ticket

import (
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/metrology/quantity"
)

// Encode returns the bytes that both parties sign.
func (t *Ticket) Encode() ([]byte, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	return cose.Marshal(t)
}

// Decode reads a ticket strictly.
func Decode(b []byte) (*Ticket, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("ticket has %d bytes, at most %d are allowed", len(b), MaxSize)
	}
	var t Ticket
	if err := cose.Unmarshal(b, &t); err != nil {
		return nil, fmt.Errorf("ticket: %w", err)
	}
	return &t, t.check()
}

func (t *Ticket) check() error {
	switch {
	case t.Format != Format:
		return fmt.Errorf("ticket format is %d, this program knows %d", t.Format, Format)
	case t.ID == "" || len(t.ID) > 64:
		return fmt.Errorf("ticket id %q must have 1 to 64 bytes", t.ID)
	case t.Version == 0 || (t.Version == 1) != (t.Previous == record.Hash{}):
		return fmt.Errorf("ticket %s version %d: versions count from 1, and each but the first names the one before", t.ID, t.Version)
	case t.From == "" || t.To == "":
		return fmt.Errorf("ticket %s needs the parties that deliver and receive", t.ID)
	case (t.SW == nil) != (t.NSV == 0):
		return fmt.Errorf("ticket %s: S&W and NSV come together", t.ID)
	}
	return nil
}

// Hash returns SHA-256 over encoded ticket bytes: the name by which movements and later versions cite it.
func Hash(encoded []byte) record.Hash { return sha256.Sum256(encoded) }

// Signed is a ticket with the two parties' detached signatures over the same bytes. Which is whose follows from the kids.
type Signed struct {
	Ticket     []byte   `cbor:"1,keyasint"`
	Signatures [][]byte `cbor:"2,keyasint"`
}

// Sign returns a party's detached signature over encoded ticket bytes.
func Sign(key crypto.Signer, encoded []byte) ([]byte, error) {
	if _, err := Decode(encoded); err != nil {
		return nil, err
	}
	return cose.SignDetached(key, Thing, encoded)
}

// Open decodes a signed ticket and checks that exactly its two parties signed it.
func (s Signed) Open(keys *registry.Directory) (*Ticket, error) {
	t, err := Decode(s.Ticket)
	if err != nil {
		return nil, err
	}
	if len(s.Signatures) != 2 {
		return nil, fmt.Errorf("ticket %s has %d signatures, want those of %s and %s", t.ID, len(s.Signatures), t.From, t.To)
	}
	for i, want := range []string{t.From, t.To} {
		if err := verifyParty(s.Signatures[i], s.Ticket, want, keys, t.At); err != nil {
			return nil, fmt.Errorf("ticket %s version %d: %w", t.ID, t.Version, err)
		}
	}
	return t, nil
}

func verifyParty(signature, payload []byte, organisation string, keys *registry.Directory, at int64) error {
	m, err := cose.Parse(signature, Thing)
	if err != nil {
		return err
	}
	h, err := keys.Find(m.Header.Kid, registry.Party, at)
	if err != nil {
		return err
	}
	if h.Organisation != organisation {
		return fmt.Errorf("signed by %s where %s must sign", h.Organisation, organisation)
	}
	return m.VerifyDetached(h.Key, payload)
}

// SignedReport is a laboratory report that was opened, with the exact bytes that were signed.
type SignedReport struct {
	Report Report
	bytes  []byte
}

// Bytes returns the signed bytes.
func (r *SignedReport) Bytes() []byte { return r.bytes }

// Hash returns SHA-256 over the signed bytes.
func (r *SignedReport) Hash() record.Hash { return sha256.Sum256(r.bytes) }

// SignReport returns the signed bytes of a laboratory's report.
func SignReport(key crypto.Signer, r Report) ([]byte, error) {
	r.Format = Format
	if err := r.check(); err != nil {
		return nil, err
	}
	payload, err := cose.Marshal(r)
	if err != nil {
		return nil, err
	}
	return cose.Sign(key, ReportThing, payload, nil)
}

// OpenReport verifies a laboratory report: its key must be registered for the laboratory it names.
func OpenReport(signed []byte, keys *registry.Directory) (*SignedReport, error) {
	if len(signed) > MaxSize {
		return nil, fmt.Errorf("report has %d bytes, at most %d are allowed", len(signed), MaxSize)
	}
	m, err := cose.Parse(signed, ReportThing)
	if err != nil {
		return nil, err
	}
	var r Report
	if err := cose.Unmarshal(m.Payload, &r); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	h, err := keys.Find(m.Header.Kid, registry.Lab, r.Reported)
	if err != nil {
		return nil, fmt.Errorf("report %s: %w", r.ID, err)
	}
	if h.Organisation != r.Laboratory {
		return nil, fmt.Errorf("report %s names %s but %s signed it", r.ID, r.Laboratory, h.Organisation)
	}
	if err := m.Verify(h.Key); err != nil {
		return nil, fmt.Errorf("report %s: %w", r.ID, err)
	}
	return &SignedReport{Report: r, bytes: signed}, nil
}

func (r *Report) check() error {
	if r.Format != Format || r.ID == "" || r.Laboratory == "" {
		return errors.New("a laboratory report needs format 1, an id and the laboratory")
	}
	if r.SW.Mantissa < 0 || r.SW.Decimals > 6 || r.SW.Float() > 100 {
		return fmt.Errorf("report %s: S&W %s %% is not 0 to 100 with at most six decimals", r.ID, r.SW)
	}
	if err := (quantity.Basis{Unit: quantity.CubicMetre, Reference: quantity.Reference(r.Reference)}).Valid(); err != nil {
		return fmt.Errorf("report %s: %w", r.ID, err)
	}
	return nil
}
