package audit

import (
	"crypto"
	"errors"
	"fmt"
	"time"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
)

// Things of this package in the typ headers of their signatures.
const (
	ClaimThing       = "claim"
	CertificateThing = "certificate"
)

// maxPaper bounds an encoded claim or certificate in bytes.
const maxPaper = 16 << 10

// Claim is what an importer, or a broker for him, states about one entry. Everything that can be computed from the evidence is
// left out of it. It goes into the ledger, and names the range of records that it enters: two claims over one range are found
// there, across companies.
type Claim struct {
	Version       uint64              `cbor:"1,keyasint" json:"version"`
	Entry         customs.EntryNumber `cbor:"2,keyasint" json:"entry"`
	By            string              `cbor:"3,keyasint" json:"by"`       // DID of whoever signs: importer or broker
	Importer      string              `cbor:"4,keyasint" json:"importer"` // DID
	Exporter      string              `cbor:"5,keyasint" json:"exporter"` // DID
	Batch         string              `cbor:"6,keyasint" json:"batch"`
	Ticket        record.Hash         `cbor:"7,keyasint" json:"ticket"` // final ticket of the importation
	Device        cose.Kid            `cbor:"8,keyasint" json:"device"` // with Point, First and Last: the records that are entered
	Point         string              `cbor:"9,keyasint" json:"point"`
	First         uint64              `cbor:"10,keyasint" json:"first"`
	Last          uint64              `cbor:"11,keyasint" json:"last"`
	Port          string              `cbor:"12,keyasint" json:"port"`
	UTCOffset     int                 `cbor:"13,keyasint" json:"utcOffset"` // of the port's wall clock that day, minutes; the customs day follows it
	OriginCode    string              `cbor:"14,keyasint" json:"originCode"`
	ExportCountry string              `cbor:"15,keyasint" json:"exportCountry"`
	HTS           string              `cbor:"16,keyasint" json:"hts"`
	Sale          string              `cbor:"17,keyasint" json:"sale"`      // the sale whose price is the value
	EnteredAt     int64               `cbor:"18,keyasint" json:"enteredAt"` // ms since 1970 UTC
	Traffic       customs.Traffic     `cbor:"19,keyasint" json:"traffic"`
	SPI           string              `cbor:"20,keyasint,omitempty" json:"spi,omitempty"`
	Certificate   *record.Hash        `cbor:"21,keyasint,omitempty" json:"certificate,omitempty"` // SHA-256 of the signed certificate
	HeldSince     int64               `cbor:"22,keyasint,omitempty" json:"heldSince,omitempty"`   // ms since 1970 UTC
	// Amends names the claim at entry that this one adds a preference to, under 19 USC 1520(d); At is then when it is made.
	Amends *record.Hash `cbor:"23,keyasint,omitempty" json:"amends,omitempty"`
	At     int64        `cbor:"24,keyasint" json:"at"` // ms since 1970 UTC
}

func (c Claim) valid() error {
	switch {
	case c.Version != 1:
		return fmt.Errorf("claim version is %d, this program knows 1", c.Version)
	case c.By == "" || c.Importer == "" || c.Exporter == "" || c.Batch == "" || c.Point == "" || c.Sale == "":
		return errors.New("a claim needs by, importer, exporter, batch, point and sale")
	case c.First > c.Last:
		return errors.New("the records of a claim run from first to last")
	case c.UTCOffset < -12*60 || c.UTCOffset > 14*60:
		return fmt.Errorf("offset of %d minutes from UTC is none of this earth", c.UTCOffset)
	case c.SPI != "" && c.Certificate == nil:
		return errors.New("a claim of preference needs the certificate that supports it")
	}
	return c.Entry.Valid()
}

// overlaps reports whether two claims enter a record both.
func (c Claim) overlaps(o Claim) bool {
	return c.Device == o.Device && c.Point == o.Point && c.First <= o.Last && o.First <= c.Last
}

// sameGoods reports whether two claims are of one entry of the same goods.
func (c Claim) sameGoods(o Claim) bool {
	return c.Entry == o.Entry && c.Importer == o.Importer && c.Batch == o.Batch && c.Ticket == o.Ticket && c.Device == o.Device &&
		c.Point == o.Point && c.First == o.First && c.Last == o.Last
}

// day returns the customs day of an instant at the port.
func (c Claim) day(ms int64) dated.Date {
	return dated.Date(time.UnixMilli(ms).UTC().Add(time.Duration(c.UTCOffset) * time.Minute).Format(time.DateOnly))
}

// SignClaim returns a claim signed by a party.
func SignClaim(key crypto.Signer, c Claim) ([]byte, error) {
	c.Version = 1
	if err := c.valid(); err != nil {
		return nil, err
	}
	return signPaper(key, ClaimThing, c)
}

// SignCertificate returns a certificate of origin signed by its certifier.
func SignCertificate(key crypto.Signer, c origin.Certificate) ([]byte, error) {
	c.Version = c.NeedsVersion()
	if err := c.Valid(); err != nil {
		return nil, err
	}
	return signPaper(key, CertificateThing, c)
}

func signPaper(key crypto.Signer, thing string, v any) ([]byte, error) {
	payload, err := cose.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(payload) > maxPaper {
		return nil, fmt.Errorf("%s has %d bytes, at most %d are allowed", thing, len(payload), maxPaper)
	}
	return cose.Sign(key, thing, payload, nil)
}

// OpenClaim verifies a claim: a party of the organisation that makes it must have signed it, with a key of that day.
func OpenClaim(signed []byte, keys *registry.Directory) (Claim, error) {
	var c Claim
	holder, err := openPaper(signed, ClaimThing, keys, &c)
	if err != nil {
		return c, err
	}
	if err := c.valid(); err != nil {
		return c, err
	}
	if holder.Organisation != c.By {
		return c, fmt.Errorf("it names %s but %s signed it", c.By, holder.Organisation)
	}
	_, err = keys.Find(holder.Key.Kid(), registry.Party, c.At)
	return c, err
}

// OpenCertificate verifies a certificate of origin. Which organisation signed it is for the reader to weigh.
func OpenCertificate(signed []byte, keys *registry.Directory) (origin.Certificate, registry.Holder, error) {
	var c origin.Certificate
	holder, err := openPaper(signed, CertificateThing, keys, &c)
	if err != nil {
		return c, holder, err
	}
	return c, holder, c.Valid()
}

func openPaper(signed []byte, thing string, keys *registry.Directory, into any) (registry.Holder, error) {
	m, err := cose.Parse(signed, thing)
	if err != nil {
		return registry.Holder{}, err
	}
	if len(m.Payload) > maxPaper {
		return registry.Holder{}, fmt.Errorf("%s has %d bytes, at most %d are allowed", thing, len(m.Payload), maxPaper)
	}
	holder, err := keys.Lookup(m.Header.Kid, registry.Party)
	if err != nil {
		return holder, fmt.Errorf("%s: %w", thing, err)
	}
	if err := m.Verify(holder.Key); err != nil {
		return holder, fmt.Errorf("%s: %w", thing, err)
	}
	if err := cose.Unmarshal(m.Payload, into); err != nil {
		return holder, fmt.Errorf("%s: %w", thing, err)
	}
	return holder, nil
}
