package origin

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// CertifierRole is the capacity in which somebody certifies.
type CertifierRole string

// The roles of a certifier (USMCA Annex 5-A, element 1).
const (
	AsImporter CertifierRole = "importer"
	AsExporter CertifierRole = "exporter"
	AsProducer CertifierRole = "producer"
)

// Disclosure says why a party is, or is not, named in a certificate.
type Disclosure string

// The ways a party can appear. An exporter may be unknown only to a producer who certifies; a producer may be withheld.
const (
	Named    Disclosure = "named"
	Same     Disclosure = "same as certifier"
	Various  Disclosure = "various"
	Unstated Disclosure = "unknown"
	Withheld Disclosure = "available upon request by the importing authorities"
)

// AvailableUponRequest is what a certificate prints in place of a producer who is withheld.
const AvailableUponRequest = "Available upon request by the importing authorities"

// Party is a person in a certificate, named or not.
type Party struct {
	Disclosure Disclosure `cbor:"1,keyasint" json:"disclosure"`
	Name       string     `cbor:"2,keyasint,omitempty" json:"name,omitempty"`
	Title      string     `cbor:"3,keyasint,omitempty" json:"title,omitempty"` // of the person who certifies
	Address    string     `cbor:"4,keyasint,omitempty" json:"address,omitempty"`
	Country    string     `cbor:"5,keyasint,omitempty" json:"country,omitempty"` // ISO 3166 alpha-2
	Telephone  string     `cbor:"6,keyasint,omitempty" json:"telephone,omitempty"`
	Email      string     `cbor:"7,keyasint,omitempty" json:"email,omitempty"`
	TaxID      string     `cbor:"8,keyasint,omitempty" json:"taxId,omitempty"` // version 2
}

// String returns the party as a certificate prints it.
func (p Party) String() string {
	switch p.Disclosure {
	case Named:
		return p.Name
	case Withheld:
		return AvailableUponRequest
	}
	return string(p.Disclosure)
}

// CertificateVersion is the first version of the encoding, which holds what the USMCA asks for. Version 2 adds what the forms of
// other agreements have, version 3 a quantity; NeedsVersion says which of them a certificate has.
const CertificateVersion = 1

// Certificate is a certification of origin: the nine minimum data elements of USMCA Annex 5-A (19 CFR 182.12), the fields of the
// NAFTA's CBP Form 434, or what 19 CFR 10.584 asks for under the CAFTA-DR; those two from memory. Its signature is the one over its
// encoding; nothing here proves who made it.
type Certificate struct {
	Version     uint64          `cbor:"1,keyasint" json:"version"`
	ID          string          `cbor:"2,keyasint" json:"id"`
	Agreement   string          `cbor:"3,keyasint" json:"agreement"`
	Roles       []CertifierRole `cbor:"4,keyasint" json:"roles"` // element 1
	Certifier   Party           `cbor:"5,keyasint" json:"certifier"`
	Exporter    Party           `cbor:"6,keyasint" json:"exporter"`
	Producer    Party           `cbor:"7,keyasint" json:"producer"`
	Importer    Party           `cbor:"8,keyasint" json:"importer"`
	Description string          `cbor:"9,keyasint" json:"description"` // element 6
	HS6         string          `cbor:"10,keyasint" json:"hs6"`        // six digits, "270900"
	Criterion   string          `cbor:"11,keyasint" json:"criterion"`  // a letter of the agreement's
	// BlanketFrom and BlanketTo are the first and last day of importation that it covers; both empty for a single shipment.
	BlanketFrom dated.Date `cbor:"12,keyasint,omitempty" json:"blanketFrom,omitempty"`
	BlanketTo   dated.Date `cbor:"13,keyasint,omitempty" json:"blanketTo,omitempty"`
	Shipment    string     `cbor:"14,keyasint,omitempty" json:"shipment,omitempty"` // the one it covers
	SignedAt    int64      `cbor:"15,keyasint" json:"signedAt"`                     // ms since 1970 UTC
	Signatory   string     `cbor:"16,keyasint" json:"signatory"`
	Statement   string     `cbor:"17,keyasint" json:"statement"` // the certification statement, as signed

	// Version 2, Form 434: field 8, why the certifier says that the good qualifies; field 9, whether the net cost method is used;
	// field 10, CA, MX or US, or JNT for one of joint production.
	ProducerBasis   ProducerBasis `cbor:"18,keyasint,omitempty" json:"producerBasis,omitempty"`
	NetCost         string        `cbor:"19,keyasint,omitempty" json:"netCost,omitempty"` // NC or NO
	CountryOfOrigin string        `cbor:"20,keyasint,omitempty" json:"countryOfOrigin,omitempty"`
	// Version 2, CAFTA-DR: number and day of the invoice of a single shipment.
	Invoice     string     `cbor:"21,keyasint,omitempty" json:"invoice,omitempty"`
	InvoiceDate dated.Date `cbor:"22,keyasint,omitempty" json:"invoiceDate,omitempty"`
	// Quantity, version 3, is how much of the good it covers, where the certifier says so; no form asks for it.
	Quantity *CertifiedQuantity `cbor:"23,keyasint,omitempty" json:"quantity,omitempty"`
}

// CertifiedQuantity is how much net volume, or energy of gas, a certificate covers, of all that is imported on it.
type CertifiedQuantity struct {
	Volume quantity.Micro `cbor:"1,keyasint" json:"volume"`
	Basis  quantity.Basis `cbor:"2,keyasint" json:"basis"`
	// PerMonth: in each calendar month of the blanket period, not over all of it.
	PerMonth bool `cbor:"3,keyasint,omitempty" json:"perMonth,omitempty"`
}

// ProducerBasis is field 8 of Form 434.
type ProducerBasis string

// The entries of field 8. With one but the first, the certifier is not the producer.
const (
	BasisProducer    ProducerBasis = "YES"
	BasisKnowledge   ProducerBasis = "NO (1)" // knowledge that the good qualifies
	BasisStatement   ProducerBasis = "NO (2)" // the producer's written statement, not a certificate
	BasisCertificate ProducerBasis = "NO (3)" // a certificate that the producer gave
)

// Errors of Supports, so that a caller can tell what a late certificate still allows.
var (
	ErrNotHeld    = errors.New("certificate not held when the claim was made")
	ErrNotCovered = errors.New("certificate does not cover the importation")
	ErrExpired    = errors.New("certificate is too old to support a claim")
)

// NeedsVersion returns the version of the encoding: the lowest that holds what the certificate has, so that there is one encoding of
// each, and what version 1 could hold keeps its bytes.
func (c Certificate) NeedsVersion() uint64 {
	extra := c.ProducerBasis != "" || c.NetCost != "" || c.CountryOfOrigin != "" || c.Invoice != "" || c.InvoiceDate != ""
	for _, p := range []Party{c.Certifier, c.Exporter, c.Producer, c.Importer} {
		extra = extra || p.TaxID != ""
	}
	switch {
	case c.Quantity != nil:
		return 3
	case extra || c.Agreement != "USMCA":
		return 2
	}
	return CertificateVersion
}

// Valid reports the first data element that is missing or wrong, by the form of the agreement.
func (c Certificate) Valid() error {
	f, known := forms[c.Agreement]
	err := error(nil)
	switch {
	case c.ID == "" || c.Agreement == "":
		err = errors.New("has no id or names no agreement")
	case !known:
		err = fmt.Errorf("agreement %q has no form of certification here: want one of %s", c.Agreement, strings.Join(slices.Sorted(maps.Keys(forms)), ", "))
	case c.Version != c.NeedsVersion():
		err = fmt.Errorf("version is %d: what it says is encoded in version %d", c.Version, c.NeedsVersion())
	}
	for _, check := range []func(form) error{c.elements, c.parties, c.period, c.further, c.quantity, c.texts} {
		if err == nil {
			err = check(f)
		}
	}
	if err != nil {
		return fmt.Errorf("certificate %q: %w", c.ID, err)
	}
	return nil
}

// period checks the blanket period. Twelve months run from a day to the eve of the same day of the next year, so that a calendar year is
// one even when it has 366 days.
func (c Certificate) period(f form) error {
	at := f.element(f.period)
	if c.BlanketFrom == "" && c.BlanketTo == "" {
		if c.Shipment == "" && c.Invoice == "" {
			return fmt.Errorf("%s: neither a blanket period nor a shipment", at)
		}
		return nil
	}
	if c.Shipment != "" || c.Invoice != "" {
		return fmt.Errorf("%s: a blanket certificate names no single shipment", at)
	}
	for _, d := range []dated.Date{c.BlanketFrom, c.BlanketTo} {
		if err := day(d); err != nil {
			return fmt.Errorf("%s: blanket period: %w", at, err)
		}
	}
	if c.BlanketTo < c.BlanketFrom {
		return fmt.Errorf("%s: blanket period ends on %s before it begins on %s", at, c.BlanketTo, c.BlanketFrom)
	}
	if last := c.BlanketFrom.AddYears(1); c.BlanketTo >= last {
		return fmt.Errorf("%s: blanket period %s to %s is longer than 12 months; it may run to %s", at, c.BlanketFrom,
			c.BlanketTo, last.AddDays(-1))
	}
	return nil
}

// quantity checks how much it covers.
func (c Certificate) quantity(form) error {
	q := c.Quantity
	switch {
	case q == nil:
		return nil
	case q.Volume <= 0:
		return fmt.Errorf("quantity: it covers %s, and a volume is positive", q.Volume)
	case q.Basis.Valid() != nil || q.Basis.Reference == quantity.None && q.Basis.Unit.Dimension() != quantity.Energy:
		return fmt.Errorf("quantity: %s is no basis of a volume: take m3 or bbl with reference conditions, such as %s, or of gas MMBtu or GJ", q.Basis,
			quantity.Customary)
	case q.PerMonth && c.BlanketFrom == "":
		return errors.New("quantity: it is for a single shipment, which has no months")
	}
	return nil
}

// Use is what a certificate is to support: a claim for goods imported on a day.
type Use struct {
	Importation dated.Date
	Shipment    string    // of a single-shipment certificate: the shipment, or the number of its invoice
	ClaimedAt   time.Time // when the preference is claimed
	HeldSince   time.Time // when the importer came to hold it; zero: when it was signed
	HS6         string    // "270900", or a longer tariff number with or without points
	Importer    string
	Exporter    string
}

// Supports reports why the certificate cannot carry a claim. There are two tests in time: it is held when the claim is made
// (ErrNotHeld otherwise), and it covers the day of importation (ErrNotCovered), whenever the claim is filed. Then goods,
// importer and exporter must be those of the certificate.
func (c Certificate) Supports(u Use) error {
	if err := c.Valid(); err != nil {
		return err
	}
	held := time.UnixMilli(c.SignedAt)
	if u.HeldSince.After(held) {
		held = u.HeldSince
	}
	if held.After(u.ClaimedAt) {
		return fmt.Errorf("%w: certificate %s is held since %s, the claim is of %s", ErrNotHeld, c.ID, stamp(held), stamp(u.ClaimedAt))
	}
	if err := u.Importation.Valid(); err != nil {
		return fmt.Errorf("certificate %s: importation: %w", c.ID, err)
	}
	if single := cmp.Or(c.Shipment, c.Invoice); single != "" && single != u.Shipment {
		return fmt.Errorf("%w: certificate %s is for shipment %q, not %q", ErrNotCovered, c.ID, single, u.Shipment)
	}
	if c.BlanketFrom != "" && (u.Importation < c.BlanketFrom || u.Importation > c.BlanketTo) {
		return fmt.Errorf("%w: certificate %s covers %s to %s, the goods were imported on %s", ErrNotCovered, c.ID, c.BlanketFrom,
			c.BlanketTo, u.Importation)
	}
	if hs := strings.ReplaceAll(u.HS6, ".", ""); len(hs) < 6 || hs[:6] != c.HS6 {
		return fmt.Errorf("%w: certificate %s is for HS %s, the goods are %q", ErrNotCovered, c.ID, c.HS6, u.HS6)
	}
	if !c.matches(c.Exporter, u.Exporter) {
		return fmt.Errorf("%w: certificate %s names exporter %s, not %q", ErrNotCovered, c.ID, c.Exporter, u.Exporter)
	}
	if !c.matches(c.Importer, u.Importer) {
		return fmt.Errorf("%w: certificate %s names importer %s, not %q", ErrNotCovered, c.ID, c.Importer, u.Importer)
	}
	return nil
}

// matches reports whether a party of the certificate can be the person of that name.
func (c Certificate) matches(p Party, name string) bool {
	switch p.Disclosure {
	case Named:
		return strings.EqualFold(strings.TrimSpace(p.Name), strings.TrimSpace(name))
	case Same:
		return strings.EqualFold(strings.TrimSpace(c.Certifier.Name), strings.TrimSpace(name))
	}
	return true
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
