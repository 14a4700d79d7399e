package customs

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Entry is what an importer or broker states about an entry of one tariff line. All its figures are exact, so that anyone can assess it
// again.
type Entry struct {
	Number        EntryNumber `cbor:"1,keyasint" json:"number"`
	Type          string      `cbor:"2,keyasint" json:"type"` // "01"
	MOT           string      `cbor:"3,keyasint" json:"mot"`  // mode of transportation: "70" by pipeline, "10" by vessel
	Port          string      `cbor:"4,keyasint" json:"port"` // Schedule D, "3407"
	Importer      string      `cbor:"5,keyasint" json:"importer"`
	Exporter      string      `cbor:"6,keyasint" json:"exporter"`
	OriginCode    string      `cbor:"7,keyasint" json:"originCode"`    // the province for goods of Canada, "XA"
	ExportCountry string      `cbor:"8,keyasint" json:"exportCountry"` // ISO 3166 alpha-2
	HTS           string      `cbor:"9,keyasint" json:"hts"`           // the line declared, ten digits
	Days          []Day       `cbor:"10,keyasint" json:"days"`         // of one month, in order
	EnteredAt     int64       `cbor:"11,keyasint" json:"enteredAt"`    // time of entry, ms since 1970 UTC
	// API60 is the gravity in degrees API at 60 F, unrounded; a line that gravity divides from another needs it.
	API60     *quantity.Micro `cbor:"12,keyasint,omitempty" json:"api60,omitempty"`
	UnitPrice quantity.Factor `cbor:"13,keyasint" json:"unitPrice"` // US dollars per Unit, or per PriceUnit where that is given
	SPI       string          `cbor:"14,keyasint,omitempty" json:"spi,omitempty"`
	Traffic   Traffic         `cbor:"15,keyasint" json:"traffic"` // of this importer and exporter through this port
	// KnownAt is the state of knowledge to decide on, ms since 1970 UTC; 0 takes all that the tables know.
	KnownAt int64 `cbor:"16,keyasint,omitempty" json:"knownAt,omitempty"`
	// Country is where the goods were last substantially transformed, by what is known of their inputs; empty where nobody knows. It is
	// held against OriginCode, which decides.
	Country string `cbor:"17,keyasint,omitempty" json:"country,omitempty"`
	// Unit is what the quantities of Days are in, as the table spells it: the unit of the line, "bbl", "m3", "kg".
	Unit string `cbor:"18,keyasint" json:"unit"`
	// PriceUnit is what UnitPrice is of where that is not Unit, "MMBtu" of gas that the line counts in m3; each day states how much.
	PriceUnit string `cbor:"19,keyasint,omitempty" json:"priceUnit,omitempty"`
	// LoadedAt is when the goods were loaded for the last stretch of their way, for relief in transit, ms since 1970 UTC; 0: not stated.
	LoadedAt int64 `cbor:"20,keyasint,omitempty" json:"loadedAt,omitempty"`
}

// Day is the importation of one customs day. A day of the customs is that of the port.
type Day struct {
	Date dated.Date     `cbor:"1,keyasint" json:"date"`
	Net  quantity.Micro `cbor:"2,keyasint" json:"net"` // in the entry's Unit; of oil at 60 F, without sediment and water
	// Gross and SedimentWater (percent by volume) are what Net was made of; zero when not stated.
	Gross         quantity.Micro  `cbor:"3,keyasint,omitempty" json:"gross,omitempty"`
	SedimentWater quantity.Factor `cbor:"4,keyasint,omitzero" json:"sedimentWater,omitzero"`
	Priced        quantity.Micro  `cbor:"5,keyasint,omitempty" json:"priced,omitempty"` // of the same goods, in PriceUnit; zero without one
}

// Valid reports the first thing that keeps the entry from being assessed. What can be assessed and is still wrong is a Finding.
func (e Entry) Valid() error {
	if err := e.Number.Valid(); err != nil {
		return err
	}
	if err := e.valid(); err != nil {
		return fmt.Errorf("entry %s: %w", e.Number, err)
	}
	return nil
}

func (e Entry) valid() error {
	switch {
	case e.Type != "01":
		return fmt.Errorf("type %q is not assessed; 01, free and dutiable, is", e.Type)
	case e.Importer == "" || e.Exporter == "":
		return errors.New("names no importer or no exporter")
	case e.EnteredAt <= 0 || e.KnownAt < 0 || e.LoadedAt < 0:
		return errors.New("has no time of entry, or a negative time")
	case e.Unit == "" || e.PriceUnit == e.Unit:
		return errors.New("names no unit of its quantities, or the same one again for its price: leave priceUnit out")
	case !e.UnitPrice.Valid():
		return fmt.Errorf("unit price %s must be positive", e.UnitPrice)
	case len(e.Days) == 0 || len(e.Days) > 31:
		return fmt.Errorf("%d days of importation, want 1 to 31", len(e.Days))
	case len(e.ExportCountry) != 2 || len(e.OriginCode) != 2:
		return errors.New("origin and country of export are codes of two letters")
	case e.Traffic.PerWeek < 0 || e.Traffic.PerMonth < 0:
		return errors.New("the number of shipments is negative")
	}
	for i, d := range e.Days {
		if err := d.Date.Valid(); err != nil {
			return err
		}
		if d.Net <= 0 || d.Gross < 0 {
			return fmt.Errorf("%s: %s %s must be positive", d.Date, d.Net, e.units())
		}
		if (d.Priced > 0) != (e.PriceUnit != "") || d.Priced < 0 {
			return fmt.Errorf("%s: the price is per %s, and the day states %s of that: name the unit of the price and state how much of it was imported, "+
				"or neither", d.Date, cmp.Or(e.PriceUnit, e.Unit), d.Priced)
		}
		if i > 0 && (d.Date <= e.Days[i-1].Date || d.Date.MonthEnd() != e.Days[0].Date.MonthEnd()) {
			return fmt.Errorf("%s: days of importation go in order within one month", d.Date)
		}
	}
	return nil
}

func (e Entry) first() dated.Date { return e.Days[0].Date }
func (e Entry) last() dated.Date  { return e.Days[len(e.Days)-1].Date }

// asOf puts a moment into the entry's state of knowledge.
func (e Entry) asOf(at time.Time) dated.AsOf {
	a := dated.AsOf{At: at}
	if e.KnownAt > 0 {
		a.Known = time.UnixMilli(e.KnownAt)
	}
	return a
}

func (e Entry) entered() time.Time { return time.UnixMilli(e.EnteredAt) }

// loaded returns when the goods were loaded, zero where nobody says.
func (e Entry) loaded() time.Time {
	if e.LoadedAt == 0 {
		return time.Time{}
	}
	return time.UnixMilli(e.LoadedAt)
}

// units names the unit of the quantities in a sentence.
func (e Entry) units() string {
	if e.Unit == barrel {
		return "barrels"
	}
	return e.Unit
}

// sum returns the net and the priced quantity of all days.
func (e Entry) sum() (net, priced quantity.Micro, err error) {
	for _, d := range e.Days {
		if net, err = net.Add(d.Net); err != nil {
			return 0, 0, err
		}
		if priced, err = priced.Add(d.Priced); err != nil {
			return 0, 0, err
		}
	}
	return net, priced, nil
}
