package customs

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
)

// Claim is a claim of preference for an entry: at entry, or later under 19 USC 1520(d).
type Claim struct {
	SPI       string `cbor:"1,keyasint" json:"spi"`
	At        int64  `cbor:"2,keyasint" json:"at"`                            // ms since 1970 UTC
	HeldSince int64  `cbor:"3,keyasint,omitempty" json:"heldSince,omitempty"` // when the importer came to hold the certificate; 0: when signed
	Shipment  string `cbor:"4,keyasint,omitempty" json:"shipment,omitempty"`  // for a single-shipment certificate
}

// ClaimError is the refusal of a claim. Until is the last day on which a claim under 19 USC 1520(d) stays open, or empty when
// none does.
type ClaimError struct {
	Entry  EntryNumber
	Until  dated.Date
	Reason error
}

// Error says why, and what is still open.
func (e *ClaimError) Error() string {
	s := fmt.Sprintf("claim for entry %s refused: %v", e.Entry, e.Reason)
	if e.Until != "" {
		s += fmt.Sprintf("; a claim under 19 USC 1520(d) is open until %s", e.Until)
	}
	return s
}

// Unwrap returns the reason, such as origin.ErrNotHeld.
func (e *ClaimError) Unwrap() error { return e.Reason }

// CheckClaim reports why a claim cannot stand, as a ClaimError: the goods must qualify on the day by the decision, and not by an
// argument that is for counsel (origin.Decision.ForCounsel): a claim on one is filed by a person. The certificate
// must say so under the same agreement and criterion, be held when the claim is made and cover every day of importation. A claim
// made after entry is one under 19 USC 1520(d): it must be in time, and no claim may have been made at entry.
func (t *Tables) CheckClaim(e Entry, c Claim, d origin.Decision, cert origin.Certificate) error {
	if err := e.Valid(); err != nil {
		return err
	}
	until, _, err := t.ClaimUntil(e.first(), e.asOf(e.entered()))
	if err != nil {
		return err
	}
	late := c.At > e.EnteredAt
	refuse := func(reason error) error {
		refusal := &ClaimError{Entry: e.Number, Reason: reason}
		if !late || e.SPI == "" && dated.Eastern(time.UnixMilli(c.At)) <= until {
			refusal.Until = until
		}
		return refusal
	}
	switch {
	case late && e.SPI != "":
		return refuse(fmt.Errorf("%s was claimed at entry, so nothing is left to claim", e.SPI))
	case late && dated.Eastern(time.UnixMilli(c.At)) > until:
		return refuse(fmt.Errorf("the claim is of %s, the last day was %s", dated.Eastern(time.UnixMilli(c.At)), until))
	case !late && c.SPI != e.SPI:
		return refuse(fmt.Errorf("the claim is %q, the entry carries %q", c.SPI, e.SPI))
	}
	program, err := t.rates.Programs.one("the program "+c.SPI, e.asOf(e.entered()), func(r programRow) bool { return r.SPI == c.SPI })
	if err != nil {
		return refuse(err)
	}
	if err := agree(program, d, cert); err != nil {
		return refuse(err)
	}
	for _, day := range e.Days {
		if err := cert.Supports(c.use(e, day.Date)); err != nil {
			return refuse(err)
		}
	}
	return nil
}

// agree reports where program, decision and certificate do not say the same.
func agree(program programRow, d origin.Decision, cert origin.Certificate) error {
	switch {
	case d.Agreement != program.Agreement || cert.Agreement != program.Agreement:
		return fmt.Errorf("%s claims under %s, the decision is under %q and the certificate under %q", program.SPI, program.Agreement,
			d.Agreement, cert.Agreement)
	case !d.Qualifies:
		return errors.New("the goods do not qualify: " + d.Rule)
	case d.ForCounsel:
		return errors.New("the goods qualify by an argument that a customs lawyer has to weigh first, so no claim is filed on it: " +
			strings.Join(d.AtRisk, " "))
	case d.Criterion != cert.Criterion:
		return fmt.Errorf("the goods qualify under criterion %s, the certificate says %s", d.Criterion, cert.Criterion)
	}
	return nil
}

func (c Claim) use(e Entry, imported dated.Date) origin.Use {
	u := origin.Use{
		Importation: imported, Shipment: c.Shipment, ClaimedAt: time.UnixMilli(c.At), HS6: e.HTS, Importer: e.Importer,
		Exporter: e.Exporter,
	}
	if c.HeldSince > 0 {
		u.HeldSince = time.UnixMilli(c.HeldSince)
	}
	return u
}
