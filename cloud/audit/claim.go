package audit

import (
	"crypto"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/gauger/gauger/cloud/custody"
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
// left out of it. It goes into the ledger, and names what it enters, so that two claims over one thing are found there, across
// companies: a range of records of a meter; or a carrier's own ticket, by carrier, point and time; or what a party stated of a lot,
// by party and event. Version 1 knows the first alone.
type Claim struct {
	Version       uint64              `cbor:"1,keyasint" json:"version"`
	Entry         customs.EntryNumber `cbor:"2,keyasint" json:"entry"`
	By            string              `cbor:"3,keyasint" json:"by"`       // DID of whoever signs: importer or broker
	Importer      string              `cbor:"4,keyasint" json:"importer"` // DID
	Exporter      string              `cbor:"5,keyasint" json:"exporter"` // DID
	Batch         string              `cbor:"6,keyasint" json:"batch"`
	Ticket        record.Hash         `cbor:"7,keyasint" json:"ticket"` // final ticket of the importation; SHA-256 of the carrier's, or of the signed event
	Device        cose.Kid            `cbor:"8,keyasint" json:"device"` // with Point, First and Last: the records that are entered; zero where there are none
	Point         string              `cbor:"9,keyasint" json:"point"`  // measuring point; of a stated lot, the place
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
	// Share is the part of a lot from a common stock that is entered, by the inventory method of the stock; absent: all of it.
	Share Share `cbor:"25,keyasint,omitempty" json:"share,omitempty"`
	// Carrier is the DID of whose own ticket is entered; with Event, of who stated the lot. Absent where records are entered.
	Carrier string `cbor:"26,keyasint,omitempty" json:"carrier,omitempty"`
	// Open and Close are those of the ticket, ms since 1970 UTC; of a stated lot Close is the instant, and Open absent. Of records
	// they can be left out: with them a reader of the ledger can hold the claim against one of a carrier's ticket.
	Open  int64 `cbor:"27,keyasint,omitempty" json:"open,omitempty"`
	Close int64 `cbor:"28,keyasint,omitempty" json:"close,omitempty"`
	// Event is the id of the withdrawal that states a lot which no ticket measured.
	Event string `cbor:"29,keyasint,omitempty" json:"event,omitempty"`
	// MOT is the mode of transportation, "10" by vessel, of what came otherwise than by pipeline. With it Arrived is when the goods were
	// imported (19 CFR 101.1), ms since 1970 UTC: by vessel when it was within the limits of the port to unlade there, else when they
	// came into the customs territory. What came by pipeline is imported when its ticket closes.
	MOT     string `cbor:"30,keyasint,omitempty" json:"mot,omitempty"`
	Arrived int64  `cbor:"31,keyasint,omitempty" json:"arrived,omitempty"`
	// LoadedAt is when the goods were loaded for the last stretch of their way, for relief in transit, ms since 1970 UTC.
	LoadedAt int64 `cbor:"32,keyasint,omitempty" json:"loadedAt,omitempty"`
}

// pipeline is the mode of transportation of a claim that names none.
const pipeline = "70"

// version returns the version that a claim needs.
func (c Claim) version() uint64 {
	if c.Carrier == "" && c.Open == 0 && c.Close == 0 && c.Event == "" && c.MOT == "" && c.Arrived == 0 && c.LoadedAt == 0 {
		return 1
	}
	return 2
}

func (c Claim) valid() error {
	switch {
	case c.Version != 1 && c.Version != 2:
		return fmt.Errorf("claim version is %d, this program knows 1 and 2", c.Version)
	case c.Version != c.version():
		return fmt.Errorf("claim version is %d, by what it names it is %d", c.Version, c.version())
	case c.By == "" || c.Importer == "" || c.Exporter == "" || c.Batch == "" || c.Point == "" || c.Sale == "":
		return errors.New("a claim needs by, importer, exporter, batch, point and sale")
	case c.First > c.Last:
		return errors.New("the records of a claim run from first to last")
	case c.UTCOffset < -12*60 || c.UTCOffset > 14*60:
		return fmt.Errorf("offset of %d minutes from UTC is none of this earth", c.UTCOffset)
	case c.Share != WholeLot && c.Share != OriginatingShare && c.Share != RestShare:
		return fmt.Errorf("a claim enters share %q of a lot, neither %s nor %s: leave it out for the whole lot", c.Share, OriginatingShare, RestShare)
	case c.SPI != "" && c.Share == RestShare:
		return errors.New("the rest of a lot is what does not originate: no preference is claimed on it")
	case c.SPI != "" && c.Certificate == nil:
		return errors.New("a claim of preference needs the certificate that supports it")
	}
	for _, check := range []func() error{c.enters, c.conveyed, c.names, c.codes, c.times} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// conveyed refuses a claim that does not say how and when the goods came, unless by pipeline.
func (c Claim) conveyed() error {
	switch {
	case c.MOT == pipeline:
		return errors.New("without mot a claim is of goods that came by pipeline: leave it out in place of 70")
	case (c.MOT == "") != (c.Arrived == 0) || c.MOT == "" && c.LoadedAt != 0 || c.Arrived < 0:
		return errors.New("a claim of goods that came otherwise than by pipeline needs mot and arrived, when they were imported; one of what came by pipeline has " +
			"neither, nor loadedAt")
	case c.LoadedAt < 0 || c.LoadedAt > c.Arrived:
		return errors.New("loadedAt is when the goods were loaded, before they arrived")
	}
	return nil
}

// enters refuses a claim that does not say what it enters in one of the three ways.
func (c Claim) enters() error {
	records := c.Device != cose.Kid{} || c.First != 0 || c.Last != 0
	timed := c.Carrier != "" || c.Open != 0 || c.Close != 0
	switch {
	case c.Carrier != "" && records:
		return errors.New("a claim enters records of a device or the ticket of a carrier, not both: leave device, first and last out, or carrier")
	case c.Carrier == "" && (c.Event != "" || c.Device == cose.Kid{}):
		return errors.New("a claim without records needs the carrier: whose own ticket it enters, or who stated the lot")
	case c.Event != "" && (c.Open != 0 || c.Close <= 0):
		return errors.New("a claim of a stated lot needs close, the instant of the event, and no open")
	case c.Event == "" && timed && (c.Open < 0 || c.Close <= c.Open):
		return errors.New("a claim of a carrier's ticket needs its open and close, in this order")
	}
	return nil
}

// names refuses names that nothing in the books can have: two spellings of one would hide that a thing is entered twice.
func (c Claim) names() error {
	all := [][2]string{
		{"party that claims (by)", c.By}, {"importer", c.Importer}, {"exporter", c.Exporter}, {"batch", c.Batch}, {"sale", c.Sale},
	}
	if c.Carrier != "" {
		all = append(all, [2]string{"carrier", c.Carrier})
	}
	if c.Event != "" {
		all = append(all, [2]string{"event", c.Event})
	} else {
		all = append(all, [2]string{"point", c.Point})
	}
	for _, x := range all {
		if err := custody.CheckName(x[0], x[1]); err != nil {
			return err
		}
	}
	return custody.CheckText("the point of a claim", c.Point) // of a stated lot it is a place
}

// What stands in a claim as customs writes it.
var (
	letters = regexp.MustCompile(`^[A-Z]{2}$`)
	program = regexp.MustCompile(`^[A-Z][A-Z+*]?$`)
	mode    = regexp.MustCompile(`^[0-9]{2}$`)
)

// codes refuses numbers and codes that are not in the one form in which they can be compared.
func (c Claim) codes() error {
	entry, err := customs.ParseEntryNumber(string(c.Entry))
	if err != nil {
		return err
	}
	hts, err := customs.ParseHTS(c.HTS)
	switch {
	case err != nil:
		return err
	case entry != c.Entry || hts != c.HTS:
		return fmt.Errorf("entry %q and tariff number %q stand in a claim as %s and %s", string(c.Entry), c.HTS, string(entry), hts)
	case !portCode.MatchString(c.Port):
		return fmt.Errorf("port %q is not a code of four digits, such as 3407", c.Port)
	case !letters.MatchString(c.OriginCode) || !letters.MatchString(c.ExportCountry):
		return fmt.Errorf("origin code %q and country of export %q: each is two capital letters, such as XA and CA", c.OriginCode, c.ExportCountry)
	case c.SPI != "" && !program.MatchString(c.SPI):
		return fmt.Errorf("special program %q is not a symbol of one or two characters, such as S or CA", c.SPI)
	case c.MOT != "" && !mode.MatchString(c.MOT):
		return fmt.Errorf("mode of transportation %q is not a code of two digits, such as 10", c.MOT)
	case c.Traffic.PerWeek < 0 || c.Traffic.PerMonth < 0:
		return fmt.Errorf("traffic of %d shipments a week and %d a month is negative", c.Traffic.PerWeek, c.Traffic.PerMonth)
	}
	return nil
}

// maxTime is the end of the year 9999 in ms.
const maxTime = 253402300799999

// times refuses instants that are none, and those that cannot be left out and are.
func (c Claim) times() error {
	for _, x := range []struct {
		name     string
		ms, from int64
	}{{"enteredAt", c.EnteredAt, 1}, {"at", c.At, 1}, {"heldSince", c.HeldSince, 0}, {"close", c.Close, 0}, {"arrived", c.Arrived, 0}} {
		if x.ms < x.from || x.ms > maxTime {
			return fmt.Errorf("%s of a claim is %d ms, not between 1970 and 9999", x.name, x.ms)
		}
	}
	return nil
}

// goods returns the claim with nothing but what it enters: the same for two claims of the same.
func (c Claim) goods() Claim {
	g := Claim{
		Batch: c.Batch, Ticket: c.Ticket, Device: c.Device, Point: c.Point, First: c.First, Last: c.Last, Carrier: c.Carrier, Open: c.Open,
		Close: c.Close, Event: c.Event,
	}
	if c.Carrier == "" {
		g.Open, g.Close = 0, 0 // they tell nothing that the records don't
	}
	return g
}

// named says what a claim enters.
func (c Claim) named() string {
	switch {
	case c.Carrier == "":
		return fmt.Sprintf("records %d to %d of %s", c.First, c.Last, c.Point)
	case c.Event != "":
		return fmt.Sprintf("event %s at %s, as %s stated it for %s", c.Event, c.Point, c.Carrier, clockText(c.Close))
	}
	return fmt.Sprintf("the ticket of %s at %s from %s to %s", c.Carrier, c.Point, clockText(c.Open), clockText(c.Close))
}

// overlaps reports whether two claims enter a record both, or one ticket of a carrier, or one statement.
func (c Claim) overlaps(o Claim) bool {
	switch {
	case c.Carrier == "" && o.Carrier == "":
		return c.Device == o.Device && c.Point == o.Point && c.First <= o.Last && o.First <= c.Last
	case c.Carrier != o.Carrier:
		return false
	case c.Ticket == o.Ticket:
		return true
	case c.Event != "" || o.Event != "":
		return c.Event == o.Event
	}
	return c.meets(o)
}

// meets reports whether two claims, not both of records, name one measuring point at one time. Whether the two mean one point by its
// name is for the caller to know.
func (c Claim) meets(o Claim) bool {
	return (c.Carrier != "" || o.Carrier != "") && c.Event == "" && o.Event == "" && c.Point == o.Point && c.opened() < o.Close && o.opened() < c.Close
}

// opened returns when what a claim enters began (ms): a ticket that does not say so counts by its end.
func (c Claim) opened() int64 {
	if c.Open == 0 {
		return c.Close - 1
	}
	return c.Open
}

// sameGoods reports whether two claims are of one entry of the same goods.
func (c Claim) sameGoods(o Claim) bool {
	return c.Entry == o.Entry && c.Importer == o.Importer && c.Share == o.Share && c.goods() == o.goods() && c.MOT == o.MOT && c.Arrived == o.Arrived &&
		c.LoadedAt == o.LoadedAt
}

// completes reports whether two claims enter the two shares of one lot: they are of the same goods and enter nothing both.
func (c Claim) completes(o Claim) bool {
	two := c.Share == OriginatingShare && o.Share == RestShare || c.Share == RestShare && o.Share == OriginatingShare
	return two && c.Importer == o.Importer && c.goods() == o.goods()
}

// day returns the customs day of an instant at the port.
func (c Claim) day(ms int64) dated.Date {
	return dated.Date(time.UnixMilli(ms).UTC().Add(time.Duration(c.UTCOffset) * time.Minute).Format(time.DateOnly))
}

// SignClaim returns a claim signed by a party. Entry and tariff number may be written with their hyphens and points, or without.
func SignClaim(key crypto.Signer, c Claim) ([]byte, error) {
	c.Version = c.version()
	if entry, err := customs.ParseEntryNumber(string(c.Entry)); err == nil {
		c.Entry = entry
	}
	if hts, err := customs.ParseHTS(c.HTS); err == nil {
		c.HTS = hts
	}
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

// OpenCertificate verifies a certificate of origin: a party must have signed it, with a key that had not ended when it was certified.
// It may have been certified before there was a key, on paper. Which organisation signed it is for the reader to weigh.
func OpenCertificate(signed []byte, keys *registry.Directory) (origin.Certificate, registry.Holder, error) {
	var c origin.Certificate
	holder, err := openPaper(signed, CertificateThing, keys, &c)
	if err != nil {
		return c, holder, err
	}
	if err := c.Valid(); err != nil {
		return c, holder, err
	}
	if holder.To != 0 && c.SignedAt >= holder.To {
		return c, holder, fmt.Errorf("certificate %q: it is certified at %s, and key %s of %s ended at %s", c.ID, clockText(c.SignedAt), holder.Key.Kid(),
			holder.Organisation, clockText(holder.To))
	}
	return c, holder, nil
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
