package audit

import (
	"fmt"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/metrology/quantity"
)

// Gas is how much is entered under a line that counts m3. It has no sediment and water, and no gravity divides its line from another.
type Gas struct {
	Volume custody.Amount  `json:"volume"`
	Energy *custody.Amount `json:"energy,omitempty"` // of the same gas; absent where nobody stated it
}

// quantities says how much is entered, in what the line counts. Oil that is claimed under a line of another unit goes by net barrels all
// the same: then the assessment finds the line wrong.
func (d *Decision) quantities(tables *customs.Tables, line string, g custody.Leg) error {
	unit, on := string(quantity.Barrel), d.Ticket
	if units := tables.UnitsOf(line); len(units) > 0 {
		unit = units[0]
	}
	switch {
	case unit == string(quantity.Barrel) || on.Commodity == "crude":
		return d.liquid()
	case unit == string(quantity.CubicMetre) && g.Ticket == nil && on.SW == nil && on.Commodity == "":
		return d.gas(line, g.Stated.Also)
	}
	return fmt.Errorf("line %s counts in %s: what is entered in m3 is a lot whose volume was stated without sediment and water and a commodity, and in another unit "+
		"than m3 and bbl these books enter nothing; %s states %s %s of commodity %q", line, unit, nameOf(on), on.GSV, on.Basis, on.Commodity)
}

// gas takes the volume, and the energy if there is one, from what was stated of a lot: one is booked, the other stands beside it.
func (d *Decision) gas(line string, also *custody.Amount) error {
	on := d.Ticket
	booked, gas := custody.Amount{Quantity: on.GSV, Basis: on.Basis}, &Gas{}
	for _, a := range []*custody.Amount{&booked, also} {
		switch {
		case a == nil:
		case a.Basis.Unit.Dimension() == quantity.Energy:
			energy := *a // the books keep theirs
			gas.Energy = &energy
		default:
			gas.Volume = *a
		}
	}
	if gas.Volume.Basis.Unit != quantity.CubicMetre {
		return fmt.Errorf("line %s counts in m3, and event %s states none: void it with a replacement that has them in also, beside the energy", line, on.ID)
	}
	d.Gas, d.Ticket.Final, d.Conversions = gas, true, []custody.Conversion{}
	return nil
}

// priced takes the price of a sale, if it is of what is entered.
func (d *Decision) priced(sale custody.TitleChange) error {
	d.Price, d.PriceUnit = *sale.Price, sale.Unit
	switch g := d.Gas; {
	case g == nil && sale.Unit != "":
		return fmt.Errorf("sale %s states a price per %s, and the entry is of net barrels: void it with a replacement that states one per net barrel, without a unit",
			sale.Event, sale.Unit)
	case g == nil || sale.Unit == quantity.CubicMetre:
		return nil
	case sale.Unit == "":
		return fmt.Errorf("sale %s states a price per net barrel, and the entry is of m3: void it with a replacement that names the unit of its price, MMBtu, GJ or m3",
			sale.Event)
	case g.Energy == nil || g.Energy.Basis.Unit != sale.Unit:
		return fmt.Errorf("sale %s states a price per %s, and event %s states no %[2]s: void one of them with a replacement, so that both are in one unit",
			sale.Event, sale.Unit, d.Ticket.ID)
	}
	return nil
}

// on returns the one of the measures that is on a basis, 0 where none is.
func (g *Gas) on(basis quantity.Basis) quantity.Micro {
	switch {
	case g.Volume.Basis == basis:
		return g.Volume.Quantity
	case g.Energy != nil && g.Energy.Basis == basis:
		return g.Energy.Quantity
	}
	return 0
}

// enter puts the quantities into an entry of one day.
func (g *Gas) enter(e *customs.Entry, day *customs.Day, price quantity.Unit) {
	e.Unit, day.Net = string(g.Volume.Basis.Unit), g.Volume.Quantity
	if price != g.Volume.Basis.Unit {
		e.PriceUnit, day.Priced = string(price), g.Energy.Quantity
	}
}

// divide brings the quantities to a share of the lot.
func (g *Gas) divide(m *Commingled, share Share, lot string) (err error) {
	if g.Volume.Quantity, err = m.of(share, g.Volume.Quantity); err != nil {
		return err
	}
	if g.Energy != nil {
		if g.Energy.Quantity, err = m.of(share, g.Energy.Quantity); err != nil {
			return err
		}
	}
	if g.Volume.Quantity == 0 || g.Energy != nil && g.Energy.Quantity == 0 {
		return m.nothing(share, lot)
	}
	return nil
}

// restsOn says what the quantity of the entry rests on: of gas the one of its measures that is booked, since nothing but the event has
// the other.
func (d *Decision) restsOn(g custody.Leg) lineage.Coverage {
	switch gas := d.Gas; {
	case gas == nil:
		return quantityOf(g, quantity.Customary, d.Gross)
	case gas.Energy != nil && gas.Energy.Basis == d.Ticket.Basis:
		return quantityOf(g, gas.Energy.Basis, gas.Energy.Quantity)
	default:
		return quantityOf(g, gas.Volume.Basis, gas.Volume.Quantity)
	}
}
