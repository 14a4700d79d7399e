package customs

import (
	"errors"
	"fmt"
	"time"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Entry is what an importer or broker states about an entry of crude oil by pipeline. All its figures are exact, so that a
// bundle can carry it and anyone can assess it again.
type Entry struct {
	Number        EntryNumber     `cbor:"1,keyasint" json:"number"`
	Type          string          `cbor:"2,keyasint" json:"type"` // "01"
	MOT           string          `cbor:"3,keyasint" json:"mot"`  // mode of transportation, "70"
	Port          string          `cbor:"4,keyasint" json:"port"` // Schedule D, "3407"
	Importer      string          `cbor:"5,keyasint" json:"importer"`
	Exporter      string          `cbor:"6,keyasint" json:"exporter"`
	OriginCode    string          `cbor:"7,keyasint" json:"originCode"`    // the province for goods of Canada, "XA"
	ExportCountry string          `cbor:"8,keyasint" json:"exportCountry"` // ISO 3166 alpha-2
	HTS           string          `cbor:"9,keyasint" json:"hts"`           // the line declared, ten digits
	Days          []Day           `cbor:"10,keyasint" json:"days"`         // of one month, in order
	EnteredAt     int64           `cbor:"11,keyasint" json:"enteredAt"`    // time of entry, ms since 1970 UTC
	API60         quantity.Micro  `cbor:"12,keyasint" json:"api60"`        // degrees API at 60 F, unrounded
	UnitPrice     quantity.Factor `cbor:"13,keyasint" json:"unitPrice"`    // US dollars per barrel
	SPI           string          `cbor:"14,keyasint,omitempty" json:"spi,omitempty"`
	Traffic       Traffic         `cbor:"15,keyasint" json:"traffic"` // of this importer and exporter through this port
	// KnownAt is the state of knowledge to decide on, ms since 1970 UTC; 0 takes all that the tables know.
	KnownAt int64 `cbor:"16,keyasint,omitempty" json:"knownAt,omitempty"`
	// Country is where the goods were last substantially transformed, by what is known of their inputs; empty where nobody knows. It is
	// held against OriginCode, which decides.
	Country string `cbor:"17,keyasint,omitempty" json:"country,omitempty"`
}

// Day is the importation of one customs day. A day of the customs is that of the port.
type Day struct {
	Date       dated.Date     `cbor:"1,keyasint" json:"date"`
	NetBarrels quantity.Micro `cbor:"2,keyasint" json:"netBarrels"` // at 60 F, without sediment and water
	// GrossBarrels and SedimentWater (percent by volume) are what NetBarrels was made of; zero when not stated.
	GrossBarrels  quantity.Micro  `cbor:"3,keyasint,omitempty" json:"grossBarrels,omitempty"`
	SedimentWater quantity.Factor `cbor:"4,keyasint,omitzero" json:"sedimentWater,omitzero"`
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
	case e.EnteredAt <= 0 || e.KnownAt < 0:
		return errors.New("has no time of entry, or a negative time")
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
		if d.NetBarrels <= 0 || d.GrossBarrels < 0 {
			return fmt.Errorf("%s: %s barrels must be positive", d.Date, d.NetBarrels)
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

// barrels returns the net volume of all days.
func (e Entry) barrels() (quantity.Micro, error) {
	amounts := make([]quantity.Micro, len(e.Days))
	for i, d := range e.Days {
		amounts[i] = d.NetBarrels
	}
	return quantity.Sum(amounts...)
}
