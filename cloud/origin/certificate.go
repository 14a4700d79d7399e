package origin

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/configs/dated"
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

// CertificateVersion is the version of the encoding.
const CertificateVersion = 1

// Certificate is a certification of origin with the nine minimum data elements of USMCA Annex 5-A (19 CFR 182.12). Its signature
// is the one over its encoding; nothing here proves who made it.
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
	Criterion   string          `cbor:"11,keyasint" json:"criterion"`  // A, B, C or D
	// BlanketFrom and BlanketTo are the first and last day of importation that it covers; both empty for a single shipment.
	BlanketFrom dated.Date `cbor:"12,keyasint,omitempty" json:"blanketFrom,omitempty"`
	BlanketTo   dated.Date `cbor:"13,keyasint,omitempty" json:"blanketTo,omitempty"`
	Shipment    string     `cbor:"14,keyasint,omitempty" json:"shipment,omitempty"` // the one it covers
	SignedAt    int64      `cbor:"15,keyasint" json:"signedAt"`                     // ms since 1970 UTC
	Signatory   string     `cbor:"16,keyasint" json:"signatory"`
	Statement   string     `cbor:"17,keyasint" json:"statement"` // the certification statement, as signed
}

// Errors of Supports, so that a caller can tell what a late certificate still allows.
var (
	ErrNotHeld    = errors.New("certificate not held when the claim was made")
	ErrNotCovered = errors.New("certificate does not cover the importation")
)

// Valid reports the first data element that is missing or wrong.
func (c Certificate) Valid() error {
	for _, check := range []func() error{c.elements, c.parties, c.period} {
		if err := check(); err != nil {
			return fmt.Errorf("certificate %q: %w", c.ID, err)
		}
	}
	return nil
}

func (c Certificate) elements() error {
	switch {
	case c.Version != CertificateVersion:
		return fmt.Errorf("version %d is unknown", c.Version)
	case c.ID == "" || c.Agreement == "":
		return errors.New("has no id or names no agreement")
	case len(c.Roles) == 0 || len(c.Roles) > 3:
		return errors.New("element 1: the certifier has one to three roles")
	case c.Description == "":
		return errors.New("element 6: no description of the good")
	case !digits(c.HS6, 6):
		return fmt.Errorf("element 6: HS classification %q is not six digits", c.HS6)
	case len(c.Criterion) != 1 || !strings.Contains("ABCD", c.Criterion):
		return fmt.Errorf("element 7: origin criterion %q is none of A, B, C, D", c.Criterion)
	case c.SignedAt <= 0 || c.Signatory == "":
		return errors.New("element 9: not signed or not dated")
	case c.Statement == "":
		return errors.New("element 9: the certification statement is missing")
	}
	for i, r := range c.Roles {
		if r != AsImporter && r != AsExporter && r != AsProducer {
			return fmt.Errorf("element 1: role %q is none of importer, exporter, producer", r)
		}
		if i > 0 && slices.Contains(c.Roles[:i], r) {
			return fmt.Errorf("element 1: role %q occurs twice", r)
		}
	}
	return nil
}

// parties checks elements 2 to 5.
func (c Certificate) parties() error {
	if c.Certifier.Title == "" || c.Certifier.Telephone == "" {
		return errors.New("element 2: the certifier needs a title and a telephone number")
	}
	for _, p := range []struct {
		element int
		name    string
		party   Party
		allowed []Disclosure
	}{
		{2, "certifier", c.Certifier, []Disclosure{Named}},
		{3, "exporter", c.Exporter, []Disclosure{Named, Same, Unstated}},
		{4, "producer", c.Producer, []Disclosure{Named, Same, Various, Withheld}},
		{5, "importer", c.Importer, []Disclosure{Named, Same, Various, Unstated}},
	} {
		if err := p.party.valid(p.allowed); err != nil {
			return fmt.Errorf("element %d: the %s %w", p.element, p.name, err)
		}
	}
	if c.Exporter.Disclosure == Unstated && !slices.Contains(c.Roles, AsProducer) {
		return errors.New("element 3: only a producer who certifies may not know the exporter")
	}
	return nil
}

func (p Party) valid(allowed []Disclosure) error {
	if !slices.Contains(allowed, p.Disclosure) {
		return fmt.Errorf("cannot be %q", p.Disclosure)
	}
	if p.Disclosure == Named && (p.Name == "" || p.Address == "" || len(p.Country) != 2 || p.Email == "") {
		return errors.New("needs a name, address, country and e-mail")
	}
	if p.Disclosure != Named && p != (Party{Disclosure: p.Disclosure}) {
		return fmt.Errorf("is %q and yet has details", p.Disclosure)
	}
	return nil
}

// period checks element 8. Twelve months run from a day to the eve of the same day of the next year, so that a calendar year is
// one even when it has 366 days.
func (c Certificate) period() error {
	if c.BlanketFrom == "" && c.BlanketTo == "" {
		if c.Shipment == "" {
			return errors.New("element 8: neither a blanket period nor a shipment")
		}
		return nil
	}
	if c.Shipment != "" {
		return errors.New("element 8: a blanket certificate names no single shipment")
	}
	for _, d := range []dated.Date{c.BlanketFrom, c.BlanketTo} {
		if err := d.Valid(); err != nil {
			return fmt.Errorf("element 8: blanket period: %w", err)
		}
	}
	if c.BlanketTo < c.BlanketFrom {
		return fmt.Errorf("element 8: blanket period ends on %s before it begins on %s", c.BlanketTo, c.BlanketFrom)
	}
	if last := c.BlanketFrom.AddYears(1); c.BlanketTo >= last {
		return fmt.Errorf("element 8: blanket period %s to %s is longer than 12 months; it may run to %s", c.BlanketFrom,
			c.BlanketTo, last.AddDays(-1))
	}
	return nil
}

// Use is what a certificate is to support: a claim for goods imported on a day.
type Use struct {
	Importation dated.Date
	Shipment    string    // needed for a single-shipment certificate only
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
	if c.Shipment != "" && c.Shipment != u.Shipment {
		return fmt.Errorf("%w: certificate %s is for shipment %q, not %q", ErrNotCovered, c.ID, c.Shipment, u.Shipment)
	}
	if c.Shipment == "" && (u.Importation < c.BlanketFrom || u.Importation > c.BlanketTo) {
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
