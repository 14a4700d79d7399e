package audit

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Decision is what an entry comes to, with everything that it follows from. It holds no floats and no maps, so that its JSON is
// the same wherever it is computed.
type Decision struct {
	Version  int         `json:"version"`
	Entry    string      `json:"entry"`
	Claim    record.Hash `json:"claim"`
	Batch    string      `json:"batch"`
	Port     string      `json:"port"`
	Imported string      `json:"imported"` // customs day at the port
	// MOT is the mode of transportation of goods that came otherwise than by pipeline, Arrived when they were imported, ms since 1970 UTC.
	MOT     string `json:"mot,omitempty"`
	Arrived int64  `json:"arrived,omitempty"`
	// Ticket is what Gross was made of; of what a party stated it is the event, of version 0, with its instant as Open and Close.
	Ticket      custody.Citation     `json:"ticket"`
	Gross       quantity.Micro       `json:"grossBarrels,omitempty"` // at 60 F; with SW, Net and API60 absent where Gas is entered
	Quantity    lineage.Coverage     `json:"quantity"`               // what Gross, or that measure of Gas that is booked, rests on
	SW          *quantity.Factor     `json:"sedimentWater,omitempty"`
	Net         quantity.Micro       `json:"netBarrels,omitempty"` // at 60 F, unrounded
	Conversions []custody.Conversion `json:"conversions"`
	API60       *quantity.Micro      `json:"api60,omitempty"`
	Gas         *Gas                 `json:"gas,omitempty"`
	Price       quantity.Factor      `json:"unitPrice"`
	PriceUnit   quantity.Unit        `json:"priceUnit,omitempty"` // of Price, where it is none of net barrels
	Owner       string               `json:"owner"`               // at importation
	Lot         lineage.Lot          `json:"lot"`
	// Share is the part of the lot that is entered, by Commingled; Gross and Net, or Gas, are of it.
	Share      Share                 `json:"share,omitempty"`
	Commingled *Commingled           `json:"commingled,omitempty"`
	Coverage   lineage.Coverage      `json:"coverage"` // what Lot rests on
	Balance    custody.Balance       `json:"balance"`
	Arrivals   []custody.Arrival     `json:"arrivals"`
	Sources    []custody.SourceState `json:"sources"`
	Origin     origin.Decision       `json:"origin"`
	// Products were made in the books and are materials of the goods: what Origin says of them follows from these.
	Products []Product `json:"products,omitempty"`
	// Country is the country of origin, for duties that go by country: no answer to Origin, and none to from where it was exported.
	Country    *origin.CountryAnswer `json:"country,omitempty"`
	Assessment customs.Assessment    `json:"assessment"`
	// ClaimRefused says why a preference that was claimed, or would be claimed, cannot stand.
	ClaimRefused string   `json:"claimRefused,omitempty"`
	Certificate  string   `json:"certificate,omitempty"`
	Later        *Later   `json:"later,omitempty"`
	Notes        []string `json:"notes,omitempty"`
}

// Later is a claim under 19 USC 1520(d), after the entry.
type Later struct {
	At     string          `json:"at"`
	SPI    string          `json:"spi"`
	Origin origin.Decision `json:"origin"`
	// Products are those of Decision, on what was proven when this was claimed.
	Products []Product     `json:"products,omitempty"`
	Refused  string        `json:"refused,omitempty"`
	Reclaim  customs.Cents `json:"reclaim"`
}

// Decide decides about an entry on the papers of the case. It fails when something that the decision needs is missing or
// contradicts itself; goods that do not qualify are a decision, not a failure.
func (c *Case) Decide(number string) (*Decision, error) {
	hash, claim, later, err := c.Claim(number)
	if err != nil {
		return nil, err
	}
	d, err := c.decide(hash, claim, later)
	if err != nil {
		return nil, fmt.Errorf("entry %s: %w", claim.Entry, err)
	}
	return d, nil
}

func (c *Case) decide(hash record.Hash, claim Claim, later *Claim) (*Decision, error) {
	law, err := c.law()
	if err != nil {
		return nil, err
	}
	at := dated.AsOf{At: time.UnixMilli(claim.EnteredAt)}
	if c.knownAt > 0 {
		at.Known = time.UnixMilli(c.knownAt)
	}
	rules, err := law.under(claim, at)
	if err != nil {
		return nil, err
	}
	d := &Decision{Version: 1, Entry: claim.Entry.String(), Claim: hash, Batch: claim.Batch, Port: claim.Port}
	batch, leg, err := c.importation(claim, d)
	if err != nil {
		return nil, err
	}
	if err := d.quantities(law.tables, claim.HTS, leg); err != nil {
		return nil, err
	}
	if err := d.title(claim, batch); err != nil {
		return nil, err
	}
	if err := c.composition(claim, leg, d); err != nil {
		return nil, err
	}
	if d.Commingled, err = c.commingled(rules, claim.Batch); err != nil {
		return nil, err
	}
	if err := d.divide(claim.Share); err != nil {
		return nil, err
	}
	d.Quantity = d.restsOn(leg)
	if err := c.origins(law, rules, claim, d, d.importedAt()); err != nil {
		return nil, err
	}
	entry := c.entry(claim, d)
	c.support(law, rules, entry, claim, d)
	if d.ClaimRefused != "" {
		entry.SPI = "" // a claim that cannot stand is not filed
	}
	if d.Assessment, err = law.tables.Assess(entry); err != nil {
		return nil, err
	}
	if err := d.retroactive(law, claim); err != nil {
		return nil, err
	}
	if later != nil {
		err = c.amend(law, entry, *later, d, at)
	}
	return d, err
}

// retroactive sets the deadline of an entry that its claim would have made monthly, and that is dutiable since the claim can't stand: it
// had to be made on the day of importation, so the deadline is not counted from the day, after the month, on which it was made.
func (d *Decision) retroactive(law *law, claim Claim) (err error) {
	a := &d.Assessment
	if claim.SPI == "" || d.ClaimRefused == "" || a.Claimed.Regime != customs.Monthly || a.Unclaimed.Regime != customs.Daily {
		return nil
	}
	a.Unclaimed.Due, a.Unclaimed.Reasons, err = law.daily(dated.Date(d.Imported), a.Unclaimed.Reasons)
	return err
}

// daily returns the deadline of a daily entry, counted from the day of importation, and the steps of an assessment with that in the
// place of the one they had.
func (l *law) daily(imported dated.Date, steps []origin.Reason) (dated.Date, []origin.Reason, error) {
	due, f, err := l.tables.SummaryDue(imported, dated.AsOf{At: imported.Noon()})
	if err != nil {
		return "", nil, err
	}
	steps = slices.DeleteFunc(slices.Clone(steps), func(r origin.Reason) bool { return r.Rule == f.Reasons[0].Rule })
	return due, append(steps, f.Reasons...), nil
}

// origins answers under the agreement, and of which country the goods are, as of an instant.
func (c *Case) origins(law *law, rules *origin.Rules, claim Claim, d *Decision, at int64) error {
	m := &making{Case: c, law: law, rules: rules, known: claim.EnteredAt, at: time.UnixMilli(at)}
	good, err := m.good(claim.HTS, d)
	if err != nil {
		return err
	}
	d.Products = m.products
	if d.Origin, err = origin.Decide(rules, good, m.at); err != nil || law.country == nil {
		return err
	}
	good.Inputs = m.places
	answer, err := law.country.Country(good, m.at)
	d.Country = &answer
	return err
}

// importation finds the batch and the leg at which it was imported, and checks that the claim names them right.
func (c *Case) importation(claim Claim, d *Decision) (custody.BatchState, custody.Leg, error) {
	batch, err := c.Books.Batch(claim.Batch)
	if err != nil {
		return batch, custody.Leg{}, err
	}
	leg, on, err := c.legOf(claim, batch)
	if err != nil {
		return batch, leg, err
	}
	day, err := claim.imported(on)
	if err != nil {
		return batch, leg, err
	}
	d.Imported, d.MOT, d.Arrived, d.Ticket, d.Arrivals = string(day), claim.MOT, claim.Arrived, on, batch.Arrivals
	d.Balance, err = c.Books.Balance(claim.Batch)
	return batch, leg, err
}

// imported returns the customs day of importation. What came by pipeline was imported on that on which its ticket ran; all else when it
// arrived, wherever and whenever it was measured.
func (c Claim) imported(on custody.Citation) (dated.Date, error) {
	if c.MOT != "" {
		return c.day(c.Arrived), nil
	}
	if on.Open == 0 {
		return "", fmt.Errorf("%s opens with the first record of its device, and nothing says when that began: cut a ticket up to the start of the customs day, "+
			"and the next from there", nameOf(on))
	}
	opened, ended := c.day(on.Open), c.day(last(on))
	if opened != ended {
		return "", fmt.Errorf("%s runs over two customs days, %s and %s: cut it at midnight of the port", nameOf(on), opened, ended)
	}
	return ended, nil
}

// importedAt returns the instant of importation, ms since 1970 UTC.
func (d *Decision) importedAt() int64 { return cmp.Or(d.Arrived, d.Ticket.Close) }

// liquid brings the ticket to barrels at 60 F, step by step, and its density to degrees API.
func (d *Decision) liquid() (err error) {
	on := d.Ticket
	if err := lacks(on); err != nil {
		return err
	}
	if d.Gross, d.Conversions, err = on.Convert(quantity.Customary); err != nil {
		return err
	}
	d.SW = on.SW
	if d.Net, _, err = liquid.NetStandardVolume(d.Gross, *d.SW); err != nil {
		return err
	}
	group, err := liquid.ParseGroup(on.Commodity)
	if err != nil {
		return err
	}
	r, err := liquid.Rebase(group, on.Density.Float(), on.Basis.Reference, quantity.At60F)
	if err != nil {
		return err
	}
	api60, err := quantity.FromFloat(roundTo(liquid.APIGravity(r.Density)))
	d.API60 = &api60
	return err
}

// roundTo keeps four decimals of a gravity: what lies below differs between platforms.
func roundTo(api float64) float64 {
	f, err := quantity.RoundFactor(api, 4)
	if err != nil {
		return api
	}
	return f.Float()
}

// title finds the price and who may make entry: the owner at importation, or whom he sold to since.
func (d *Decision) title(claim Claim, b custody.BatchState) error {
	d.Owner = b.OwnerAt(d.importedAt())
	for _, sale := range b.Titles {
		if sale.Event != claim.Sale {
			continue
		}
		if sale.Price == nil {
			return fmt.Errorf("sale %s states no price", sale.Event)
		}
		if sale.Buyer != claim.Importer {
			return fmt.Errorf("sale %s passed title to %s, the importer is %s", sale.Event, sale.Buyer, claim.Importer)
		}
		if err := d.priced(sale); err != nil {
			return err
		}
		if d.Owner != claim.Importer {
			crossed := nameOf(d.Ticket) + " of the crossing"
			switch {
			case d.Arrived != 0:
				crossed = "the goods arrived"
			case d.Ticket.Version > 0:
				crossed += " closed"
			}
			d.Notes = append(d.Notes, fmt.Sprintf("the right to make entry came with sale %s, by which the importer became owner %s after %s",
				sale.Event, time.Duration(sale.At-d.importedAt())*time.Millisecond, crossed))
		}
		return nil
	}
	return fmt.Errorf("sale %s of batch %s is not in the books", claim.Sale, claim.Batch)
}

// composition finds the lot as the importation's meter found it.
func (c *Case) composition(claim Claim, leg custody.Leg, d *Decision) error {
	lot, err := c.Lineage.LotAt(claim.Batch, leg.At)
	if err != nil {
		return err
	}
	d.Lot, d.Coverage = lot, lot.Coverage()
	if d.Coverage.Statements, err = c.Lineage.Statements(claim.Batch); err != nil {
		return err
	}
	if d.Lot.Volume != leg.Volume {
		return fmt.Errorf("lot %s holds %s, its meter found %s: %w", claim.Batch, d.Lot.Volume, leg.Volume, custody.ErrInvariant)
	}
	return nil
}

// good returns the lot as a good. Of a lot from a common stock whose inventory method decides, it is not the mixture but what the method
// says that it counts as.
func (m *making) good(line string, d *Decision) (origin.Good, error) {
	hts, err := origin.ParseCode(line)
	if err != nil || len(hts) < 6 {
		return origin.Good{}, fmt.Errorf("the claim enters tariff line %q: want one of ten digits, such as 2709.00.10.00", line)
	}
	good := origin.Good{
		Agreement: m.rules.Agreement, HTS: hts[:6], Name: "batch " + d.Batch, Basis: d.Lot.Basis, Volume: d.Lot.Volume, EaseTransport: true,
	}
	byMethod := d.Commingled != nil && d.Commingled.Refused == ""
	d.Sources = make([]custody.SourceState, 0, len(d.Lot.Shares))
	for _, share := range d.Lot.Shares {
		s, err := m.Books.Source(share.Source, m.known)
		if err != nil {
			return good, err
		}
		d.Sources = append(d.Sources, s)
	}
	if byMethod {
		good, err = m.partsOf(d, good, m.known)
		m.places = good.Inputs
		return good, err
	}
	return m.lot(good, d.Lot.Shares)
}

// input returns a volume of a source as an input of a good.
func input(s custody.SourceState, volume quantity.Micro) origin.Input {
	return origin.Input{
		Source: s.ID, Name: s.Description, HTS: origin.Code(s.Heading), Country: s.Country, Volume: volume,
		Role: origin.Role(s.Role), Originating: origin.Status(s.Originating), WhollyObtained: s.WhollyObtained,
	}
}

// evidenceTexts say in words what an input rests on.
var evidenceTexts = map[custody.Evidence]string{
	custody.Signed: "measured by signed meters", custody.Attested: "on a paper of both parties or a carrier's statement", custody.Typed: "on a typed statement",
}

// proof says in words what an input rests on.
func (c *Case) proof(s custody.SourceState, share lineage.Share, basis quantity.Basis) string {
	return string(basis.Unit.Dimension()) + " " + evidenceTexts[share.Evidence] + ", origin stated by " + c.Keys.Name(s.By)
}

// entry makes of the claim what the tariff needs.
func (c *Case) entry(claim Claim, d *Decision) customs.Entry {
	country := ""
	if d.Country != nil {
		country = d.Country.Country
	}
	e := customs.Entry{
		Number: claim.Entry, Type: "01", MOT: cmp.Or(claim.MOT, pipeline), Port: claim.Port, Importer: c.Keys.Name(claim.Importer), Exporter: c.Keys.Name(claim.Exporter),
		OriginCode: claim.OriginCode, ExportCountry: claim.ExportCountry, HTS: claim.HTS, EnteredAt: claim.EnteredAt, UnitPrice: d.Price, SPI: claim.SPI,
		Traffic: claim.Traffic, KnownAt: c.knownAt, Country: country, LoadedAt: claim.LoadedAt,
	}
	day := customs.Day{Date: dated.Date(d.Imported)}
	if d.Gas != nil {
		d.Gas.enter(&e, &day, d.PriceUnit)
	} else {
		e.Unit, e.API60, day.Net, day.Gross, day.SedimentWater = string(quantity.Barrel), d.API60, d.Net, d.Gross, *d.SW
	}
	e.Days = []customs.Day{day}
	return e
}

// support checks whether the certificate carries the claim. Without a claim it says why none was made.
func (c *Case) support(law *law, rules *origin.Rules, e customs.Entry, claim Claim, d *Decision) {
	if claim.SPI == "" {
		partly := d.partly()
		switch {
		case partly != nil && d.Share == WholeLot:
			d.ClaimRefused = partly.Error()
		case !d.Origin.Qualifies:
			d.ClaimRefused = "the goods do not qualify: " + d.Origin.Rule
		case d.Origin.ForCounsel:
			d.ClaimRefused = "the goods qualify by an argument that a customs lawyer has to weigh first: " + d.Origin.Rule
		}
		return
	}
	cert, err := c.certificate(claim)
	if err == nil {
		d.Certificate = cert.ID
		err = d.partly()
	}
	if err == nil {
		err = law.checkClaim(rules, e, claim, d.Origin, cert)
	}
	if err != nil {
		d.ClaimRefused = err.Error()
	}
}

// checkClaim reports why a claim cannot stand: by the tariff, or by what the agreement asks of certificates.
func (l *law) checkClaim(rules *origin.Rules, e customs.Entry, claim Claim, d origin.Decision, cert origin.Certificate) error {
	of := customs.Claim{SPI: claim.SPI, At: claim.At, HeldSince: claim.HeldSince, Shipment: claim.Batch}
	if err := l.tables.CheckClaim(e, of, d, cert); err != nil {
		return err
	}
	imported := e.Days[0].Date
	terms, err := rules.Certification(imported.Noon())
	if err != nil {
		return err
	}
	use := origin.Use{
		Importation: imported, Shipment: claim.Batch, ClaimedAt: time.UnixMilli(claim.At), HS6: e.HTS, Importer: e.Importer, Exporter: e.Exporter,
	}
	if claim.HeldSince > 0 {
		use.HeldSince = time.UnixMilli(claim.HeldSince)
	}
	return terms.Supports(cert, use)
}

func (c *Case) certificate(claim Claim) (origin.Certificate, error) {
	if claim.Certificate == nil {
		return origin.Certificate{}, errors.New("the claim names no certificate")
	}
	cert, ok := c.Certificates[*claim.Certificate]
	if !ok {
		return origin.Certificate{}, fmt.Errorf("certificate %s is not here", *claim.Certificate)
	}
	if c.withdrawn[*claim.Certificate] {
		return origin.Certificate{}, fmt.Errorf("certificate %s is withdrawn", cert.ID)
	}
	if signer := c.Keys.Name(cert.signer.Organisation); !strings.EqualFold(strings.TrimSpace(cert.Certifier.Name), signer) {
		return origin.Certificate{}, fmt.Errorf("certificate %s names %s as certifier, but %s signed it", cert.ID, cert.Certifier.Name, signer)
	}
	return cert.Certificate, nil
}

// amend decides a claim under 19 USC 1520(d) on what was proven when it was made.
func (c *Case) amend(law *law, e customs.Entry, later Claim, d *Decision, at dated.AsOf) error {
	rules, err := law.under(later, at)
	if err != nil {
		return err
	}
	sources := d.Sources
	m := &making{Case: c, law: law, rules: rules, known: later.At, at: time.UnixMilli(d.importedAt())}
	good, err := m.good(e.HTS, d)
	d.Sources = sources
	if err != nil {
		return err
	}
	decision, err := origin.Decide(rules, good, m.at)
	if err != nil {
		return err
	}
	d.Later = &Later{At: time.UnixMilli(later.At).UTC().Format(time.RFC3339), SPI: later.SPI, Origin: decision, Products: m.products}
	cert, err := c.certificate(later)
	if err == nil {
		err = d.partly()
	}
	if err == nil {
		err = law.checkClaim(rules, e, later, decision, cert)
	}
	if err != nil {
		d.Later.Refused = err.Error()
		return nil
	}
	d.Later.Reclaim = d.Assessment.Reclaim
	return nil
}
