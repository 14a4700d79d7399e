package customs

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Label stands with every assessment.
const Label = "computed estimate; a licensed broker or the importer files"

// Assessment is what an entry comes to, with and without the claim of preference.
type Assessment struct {
	Label      string      `cbor:"1,keyasint" json:"label"`
	Entry      EntryNumber `cbor:"2,keyasint" json:"entry"`
	Country    string      `cbor:"3,keyasint" json:"country"` // of origin, behind the origin code
	PortName   string      `cbor:"4,keyasint,omitempty" json:"portName,omitempty"`
	Line       Line        `cbor:"5,keyasint" json:"line"`
	Filed      Way         `cbor:"6,keyasint" json:"filed"`   // the way the entry is filed
	Claimed    Computed    `cbor:"7,keyasint" json:"claimed"` // with the claim
	Unclaimed  Computed    `cbor:"8,keyasint" json:"unclaimed"`
	ClaimUntil dated.Date  `cbor:"9,keyasint" json:"claimUntil"` // last day of a claim under 19 USC 1520(d)
	// Reclaim is the duty and fee that a claim under 19 USC 1520(d) would bring back: nothing when the claim was made at entry.
	Reclaim    Cents           `cbor:"10,keyasint" json:"reclaim"`
	Refunds    []Refund        `cbor:"11,keyasint,omitempty" json:"refunds,omitempty"` // of additional duties, for the way filed
	Findings   []Finding       `cbor:"12,keyasint,omitempty" json:"findings,omitempty"`
	Reasons    []origin.Reason `cbor:"13,keyasint" json:"reasons"`                        // that go for both ways
	Unverified []dated.Note    `cbor:"14,keyasint,omitempty" json:"unverified,omitempty"` // behind all this and the way filed
	Rates      string          `cbor:"15,keyasint" json:"rates"`                          // SHA-256 of the rate table, in hex
	Ports      string          `cbor:"16,keyasint" json:"ports"`                          // SHA-256 of the port table, in hex
}

// Way names one of the two computations.
type Way string

// The two ways to file.
const (
	WithClaim    Way = "claimed"
	WithoutClaim Way = "unclaimed"
)

// Computed is one way to file. When Unknown is set the tables do not reach, and no figure of this way may be used.
type Computed struct {
	SPI        string          `cbor:"1,keyasint,omitempty" json:"spi,omitempty"`
	Unknown    string          `cbor:"2,keyasint,omitempty" json:"unknown,omitempty"`
	Regime     RegimeKind      `cbor:"3,keyasint,omitempty" json:"regime,omitempty"`
	Entries    int             `cbor:"4,keyasint,omitempty" json:"entries,omitempty"` // one a month, or one for each day
	Barrels    int64           `cbor:"5,keyasint,omitempty" json:"barrels,omitempty"` // net, whole, of a line that counts in barrels
	Value      Cents           `cbor:"6,keyasint,omitempty" json:"value,omitempty"`   // to the whole dollar
	Duty       Cents           `cbor:"7,keyasint" json:"duty"`
	Additional Cents           `cbor:"8,keyasint" json:"additional"` // of chapter 99
	MPF        Cents           `cbor:"9,keyasint" json:"mpf"`
	HMF        Cents           `cbor:"10,keyasint" json:"hmf"`
	Total      Cents           `cbor:"11,keyasint" json:"total"`
	Due        dated.Date      `cbor:"12,keyasint,omitempty" json:"due,omitempty"`      // of the first entry, when there are several
	Headings   []string        `cbor:"13,keyasint,omitempty" json:"headings,omitempty"` // to report on the line, chapter 99 first
	Reasons    []origin.Reason `cbor:"14,keyasint,omitempty" json:"reasons,omitempty"`
	Unverified []dated.Note    `cbor:"15,keyasint,omitempty" json:"unverified,omitempty"`
	Quantity   int64           `cbor:"16,keyasint,omitempty" json:"quantity,omitempty"` // whole, in the unit of a line that counts in another
}

// Reported returns the quantity to report, in the unit of the line.
func (c Computed) Reported() int64 { return c.Barrels + c.Quantity }

// Assess computes an entry both ways. It refuses what cannot be computed (Entry.Valid), and returns a dated.Unknown when the
// tables do not reach the way that is filed; when they do not reach the other way, that one says so in its Unknown. The rates
// are those at the time of entry; for the way that is not filed, and for each day of a longer entry, those at noon Eastern time
// of the day of importation.
func (t *Tables) Assess(e Entry) (Assessment, error) {
	if err := e.Valid(); err != nil {
		return Assessment{}, err
	}
	at := e.asOf(e.entered())
	mode, err := t.mode(e.MOT, at)
	if err != nil {
		return Assessment{}, err
	}
	line, err := t.declared(e, at)
	if err != nil {
		return Assessment{}, err
	}
	s := Assessment{
		Label: Label, Entry: e.Number, Line: line, Filed: WithoutClaim,
		Rates: hex.EncodeToString(t.RatesDigest[:]), Ports: hex.EncodeToString(t.PortsDigest[:]),
	}
	var both Figure
	both.take(Figure{Unverified: line.Unverified})
	if mode.Conveyance != byPipeline {
		both.step("Mode of transportation", mode.Row, origin.Noted, "Code %s is %s.", mode.MOT, mode.Name)
	}
	if s.Country, err = t.country(e.OriginCode, &both, at); err != nil {
		return s, err
	}
	if e.SPI != "" {
		s.Filed = WithClaim
	}
	if err := t.bothWays(e, mode.Conveyance, &s); err != nil {
		return Assessment{}, err
	}
	until, f, err := t.ClaimUntil(e.first(), at)
	if err != nil {
		return Assessment{}, err
	}
	s.ClaimUntil = until
	both.take(f)
	if s.Filed == WithoutClaim && s.Claimed.Unknown == "" {
		s.Reclaim = s.Unclaimed.Duty + s.Unclaimed.MPF - s.Claimed.Duty - s.Claimed.MPF
	}
	s.PortName = t.port(e, &both)
	s.Findings = t.lint(e, s, at)
	s.Reasons = both.Reasons
	both.take(Figure{Unverified: s.filed().Unverified})
	s.Unverified = both.Unverified
	return s, nil
}

// declared returns the line of an entry: the declared one, or the one that gravity says where it divides the declared line from another. Oil
// of a stated gravity whose declared line is none that counts in its unit is taken for crude oil, and lint reports the line.
func (t *Tables) declared(e Entry, a dated.AsOf) (Line, error) {
	row, err := t.line(e.HTS, a)
	_, divided := t.split(e.HTS, a)
	api60 := e.API60
	switch {
	case api60 == nil && !tenDigits(e.HTS):
		return Line{}, fmt.Errorf("entry %s declares tariff number %q: want ten digits, such as 2711.21.00.00", e.Number, e.HTS)
	case api60 == nil && divided:
		return Line{}, fmt.Errorf("entry %s: gravity tells line %s from another: state the degrees API at 60 F", e.Number, e.HTS)
	case err == nil && tenDigits(e.HTS) && !divided && row.Units[0] == e.Unit:
		api60 = nil
	}
	line, err := t.lineOf(e.HTS, api60, a)
	if err == nil && line.Unit != e.Unit {
		err = fmt.Errorf("entry %s: line %s counts in %s, and the quantities are in %s: convert them", e.Number, line.HTS, line.Unit, e.Unit)
	}
	return line, err
}

// filed returns the way that is filed.
func (s Assessment) filed() Computed {
	if s.Filed == WithClaim {
		return s.Claimed
	}
	return s.Unclaimed
}

// bothWays computes the way that is filed and the other one.
func (t *Tables) bothWays(e Entry, conveyance string, s *Assessment) error {
	spi := e.SPI
	if spi == "" {
		spi = t.program(s.Country, e.asOf(e.entered()))
	}
	w := way{tables: t, entry: e, line: s.Line, country: s.Country, conveyance: conveyance}
	for _, x := range []struct {
		name Way
		spi  string
		into *Computed
	}{{WithClaim, spi, &s.Claimed}, {WithoutClaim, "", &s.Unclaimed}} {
		if x.name == WithClaim && spi == "" {
			s.Claimed.Unknown = "no special program in the table takes goods of " + s.Country
			continue
		}
		c, refunds, err := w.compute(x.spi, x.name == s.Filed)
		var unknown *dated.Unknown
		switch {
		case err == nil:
			*x.into = c
		case x.name != s.Filed && errors.As(err, &unknown):
			*x.into = Computed{SPI: x.spi, Unknown: unknown.Error()}
		default:
			return err
		}
		if x.name == s.Filed {
			s.Refunds = refunds
		}
	}
	return nil
}

// program returns the special program that goods of a country can claim, or nothing.
func (t *Tables) program(country string, a dated.AsOf) string {
	for _, r := range dated.Select(t.rates.Programs.Rows, a) {
		if slices.Contains(r.Origins, country) {
			return r.SPI
		}
	}
	return ""
}

// way computes an entry under one claim.
type way struct {
	tables     *Tables
	entry      Entry
	line       Line
	country    string
	conveyance string
}

// lot is what makes one duty computation: a day.
type lot struct {
	date  dated.Date
	asOf  dated.AsOf
	net   quantity.Micro
	units int64 // net, whole
	value Cents
}

func (w way) lots(filed bool) ([]lot, error) {
	var lots []lot
	for _, d := range w.entry.Days {
		at := d.Date.Noon()
		if filed && len(w.entry.Days) == 1 {
			at = w.entry.entered()
		}
		l, err := w.lot(d.Date, d.Net, d.Priced, at)
		if err != nil {
			return nil, err
		}
		lots = append(lots, l)
	}
	return lots, nil
}

// lot counts whole units. The price is of those, or of the priced quantity where the entry has one.
func (w way) lot(date dated.Date, net, priced quantity.Micro, at time.Time) (lot, error) {
	units, err := WholeUnits(net)
	if err != nil {
		return lot{}, err
	}
	if w.entry.PriceUnit == "" {
		priced = quantity.Micro(units) * quantity.PerUnit
	}
	value, err := EnteredValue(priced, w.entry.UnitPrice)
	return lot{date: date, asOf: w.entry.asOf(at), net: net, units: units, value: value}, err
}

func (w way) compute(spi string, filed bool) (Computed, []Refund, error) {
	lots, err := w.lots(filed)
	if err != nil {
		return Computed{}, nil, err
	}
	c := Computed{SPI: spi, Entries: 1}
	var f Figure
	refunds, err := w.duties(&c, &f, lots)
	if err != nil {
		return c, nil, err
	}
	dutiable := c.Duty+c.Additional > 0
	regime, g, err := w.tables.regimeBy(w.conveyance, dutiable, w.entry.Traffic, lots[len(lots)-1].asOf)
	if err != nil {
		return c, nil, err
	}
	c.Regime = regime
	f.take(g)
	if err := w.quantities(&c, &f, lots); err != nil {
		return c, nil, err
	}
	if err := w.fees(&c, &f, lots, dutiable); err != nil {
		return c, nil, err
	}
	if err := w.due(&c, &f, lots[0], filed); err != nil {
		return c, nil, err
	}
	c.Total = c.Duty + c.Additional + c.MPF + c.HMF
	c.Headings = append(c.Headings, w.line.HTS)
	c.Reasons, c.Unverified = f.Reasons, f.Unverified
	return c, refunds, nil
}

// duties sums ordinary and additional duty over the days.
func (w way) duties(c *Computed, f *Figure, lots []lot) ([]Refund, error) {
	var refunds []Refund
	for _, l := range lots {
		goods := Goods{
			HTS: w.line.HTS, Country: w.country, MOT: w.entry.MOT, SPI: c.SPI, Quantity: l.net, Value: l.value,
			Loaded: w.entry.loaded(),
		}
		duty, err := w.tables.Duty(goods, l.asOf)
		if err != nil {
			return nil, err
		}
		extra, err := w.tables.Additional(goods, l.asOf)
		if err != nil {
			return nil, err
		}
		c.Duty += duty.Amount
		c.Additional += extra.Amount
		f.take(duty)
		f.take(extra.Figure)
		f.take(w.tables.season(goods, extra, l.asOf))
		refunds = merge(refunds, extra.Refunds)
		for _, h := range extra.Headings {
			if !slices.Contains(c.Headings, h) {
				c.Headings = append(c.Headings, h)
			}
		}
	}
	return refunds, nil
}

// merge adds refunds of the same heading and standing together.
func merge(sum, more []Refund) []Refund {
	for _, m := range more {
		i := slices.IndexFunc(sum, func(r Refund) bool { return r.Heading == m.Heading && r.Text == m.Text })
		if i < 0 {
			sum = append(sum, m)
		} else {
			sum[i].Amount += m.Amount
		}
	}
	return sum
}

// quantities sets quantity and value: rounded once for a monthly entry, and for each entry otherwise.
func (w way) quantities(c *Computed, f *Figure, lots []lot) error {
	net, priced, err := w.entry.sum()
	if err != nil {
		return err
	}
	var units int64
	entries := "one entry"
	if c.Regime == Monthly {
		whole, err := w.lot(w.entry.last(), net, priced, w.entry.entered())
		if err != nil {
			return err
		}
		units, c.Value = whole.units, whole.value
	} else {
		c.Entries = len(lots)
		for _, l := range lots {
			units += l.units
			c.Value += l.value
		}
		if len(lots) > 1 {
			entries = fmt.Sprintf("%d entries, one a day, with the figures of all", len(lots))
		}
	}
	round, err := w.tables.rounding(lots[0].asOf)
	if err != nil {
		return err
	}
	if w.entry.Unit == barrel {
		c.Barrels = units
	} else {
		c.Quantity = units
	}
	f.step("Quantity and value", round.Row, origin.Pass, "%s; %s.", w.worth(net, priced, units, c.Value), entries)
	return nil
}

// worth says how a quantity counts and what it is worth.
func (w way) worth(net, priced quantity.Micro, units int64, value Cents) string {
	unit, per := w.entry.Unit, "per "+w.entry.Unit
	if unit == barrel {
		unit, per = "bbl net", "a barrel"
	}
	counts := fmt.Sprintf("%s %s count as %s", origin.Grouped(net.String()), unit, origin.Grouped(fmt.Sprint(units)))
	if w.entry.PriceUnit == "" {
		return fmt.Sprintf("%s and are worth %s at $%s %s", counts, value.dollars(), w.entry.UnitPrice, per)
	}
	return fmt.Sprintf("%s; they are %s %s, worth %s at $%s per %[3]s", counts, origin.Grouped(priced.String()), w.entry.PriceUnit, value.dollars(), w.entry.UnitPrice)
}

// fees adds the merchandise processing fee, of each day's entry or each day's importation, and the harbor maintenance fee.
func (w way) fees(c *Computed, f *Figure, lots []lot, dutiable bool) error {
	route := Standard
	if c.Regime == Monthly {
		route = PipelineDay
	}
	for _, l := range lots {
		fee, err := w.tables.MPF(FeeBase{Value: l.value, SPI: c.SPI, Route: route, Dutiable: dutiable}, l.asOf)
		if err != nil {
			return err
		}
		c.MPF += fee.Amount
		f.take(fee)
	}
	harbor, err := w.tables.HMF(w.entry.MOT, c.Value, lots[0].asOf)
	c.HMF = harbor.Amount
	f.take(harbor)
	return err
}

// due sets the deadline of the entry, or of the first of several.
func (w way) due(c *Computed, f *Figure, first lot, filed bool) (err error) {
	var g Figure
	if c.Regime == Monthly {
		c.Due, g, err = w.tables.MonthlyDue(w.entry.last(), first.asOf)
	} else {
		entered := first.date
		if filed && len(w.entry.Days) == 1 {
			entered = dated.Eastern(w.entry.entered())
		}
		c.Due, g, err = w.tables.SummaryDue(entered, first.asOf)
	}
	f.take(g)
	return err
}
