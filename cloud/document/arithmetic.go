package document

import (
	"fmt"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Step is one figure of a ticket and how it follows from figures that the ticket prints.
type Step struct {
	Name   string // "GSV"
	From   string // "9734.644331 x 1.0021 x 0.95950", or words where it is no arithmetic
	Result string // to all decimals that it has
	Unit   string
	Note   string // what it is
}

// String prints the step on a line.
func (s Step) String() string {
	line := s.Name + " = " + s.From + " = " + s.Result
	if s.Unit != "" {
		line += " " + s.Unit
	}
	return line
}

// Arithmetic returns how the figures of a ticket follow from its totals, its meter factor and the laboratory's sediment and water.
// Whoever redoes a step with the figures in it, and rounds to the decimals printed, half away from zero, finds the same. A ticket
// that states something else is refused: nobody should sign it.
func Arithmetic(t *ticket.Ticket) ([]Step, error) {
	steps, err := measured(t)
	if err != nil {
		return nil, fmt.Errorf("ticket %s: %w", t.ID, err)
	}
	more, err := standard(t)
	if err != nil {
		return nil, fmt.Errorf("ticket %s: %w", t.ID, err)
	}
	return append(steps, more...), nil
}

// measured returns the steps up to the averages.
func measured(t *ticket.Ticket) (steps []Step, err error) {
	o, c, p := t.Opening, t.Closing, t.Parameters
	iv, mass, err := differences(o, c)
	if err != nil {
		return nil, err
	}
	unit := string(p.Basis.Unit)
	steps = []Step{{"IV", difference(c.IV, o.IV), full(iv), unit, "indicated volume"}}
	if err := equal("IV", t.IV, iv); err != nil {
		return nil, err
	}
	if iv <= 0 {
		return nil, fmt.Errorf("%s units flowed: there is nothing to state", iv)
	}
	for _, a := range []struct {
		name, unit, note string
		stated, from, to quantity.Micro
	}{
		{"T", p.TemperatureUnit, "average temperature", t.Temperature, o.Temperature, c.Temperature},
		{"P", p.PressureUnit, "average gauge pressure", t.Pressure, o.Pressure, c.Pressure},
		{"D", "kg/m3 at " + string(p.Basis.Reference), "average base density", t.Density, o.Density, c.Density},
	} {
		sum, err := a.to.Sub(a.from)
		if err != nil {
			return nil, err
		}
		average, err := sum.Ratio(quantity.PerUnit, int64(iv))
		if err != nil {
			return nil, err
		}
		if err := equal(a.note, a.stated, average); err != nil {
			return nil, err
		}
		steps = append(steps, Step{a.name, "(" + difference(a.to, a.from) + ") / " + full(iv), full(average), a.unit, a.note})
	}
	steps = append(steps, Step{"M", difference(c.Mass, o.Mass), full(mass), "kg", "mass"})
	return steps, equal("mass", t.Mass, mass)
}

// differences returns the indicated volume and the mass between two totals.
func differences(o, c record.Totals) (iv, mass quantity.Micro, err error) {
	if iv, err = c.IV.Sub(o.IV); err != nil {
		return 0, 0, err
	}
	mass, err = c.Mass.Sub(o.Mass)
	return iv, mass, err
}

// standard returns the steps from the volume correction factor on.
func standard(t *ticket.Ticket) ([]Step, error) {
	p := t.Parameters
	p.BaseDensity = t.Density
	f, err := record.Factors(p, t.Temperature, t.Pressure)
	if err != nil {
		return nil, err
	}
	if err := record.CheckFactor("CTPL", t.CTPL, f.CTPL, 5); err != nil {
		return nil, err
	}
	sum, err := t.Closing.GSV.Sub(t.Opening.GSV)
	if err != nil {
		return nil, err
	}
	averages, err := liquid.GrossStandardVolume(t.IV, p.MeterFactor, t.CTPL)
	if err != nil {
		return nil, err
	}
	unit := p.Basis.String()
	ways := []Step{
		{"GSV", difference(t.Closing.GSV, t.Opening.GSV), full(sum), unit, "sum of intervals"},
		{"GSV", fmt.Sprintf("%s x %s x %s", full(t.IV), p.MeterFactor, t.CTPL), full(averages), unit, "IV x MF x CTPL"},
	}
	ofRecord, other := sum, averages
	switch t.OfRecord {
	case ticket.SumOfIntervals:
		ways[0].Note += ": of record"
	case ticket.FromAverages:
		ways[1].Note += ": of record"
		ofRecord, other = averages, sum
	default:
		return nil, fmt.Errorf("quantity of record %q is neither %q nor %q", t.OfRecord, ticket.SumOfIntervals, ticket.FromAverages)
	}
	if err := equal("GSV", t.GSV, ofRecord); err != nil {
		return nil, err
	}
	if err := equal("GSV the other way", t.OtherGSV, other); err != nil {
		return nil, err
	}
	steps := append([]Step{{"CTPL", "MPMS 11.1 of D, T and P", t.CTPL.String(), "", "volume correction factor"}}, ways...)
	net, err := net(t)
	return append(steps, net...), err
}

// net returns the steps behind the net standard volume, and none for a provisional ticket.
func net(t *ticket.Ticket) ([]Step, error) {
	if t.SW == nil {
		return nil, nil
	}
	csw, err := liquid.SedimentAndWaterFactor(t.SW.Percent)
	if err != nil {
		return nil, err
	}
	nsv, water, err := liquid.NetStandardVolume(t.GSV, t.SW.Percent)
	if err != nil {
		return nil, err
	}
	unit := t.Basis().String()
	return []Step{
		{"CSW", fmt.Sprintf("1 - %s / 100", t.SW.Percent), csw.String(), "", "sediment and water factor"},
		{"NSV", fmt.Sprintf("%s x %s", full(t.GSV), csw), full(nsv), unit, "net standard volume"},
		{"S&W", difference(t.GSV, nsv), full(water), unit, "sediment and water"},
	}, equal("NSV", t.NSV, nsv)
}

// full prints an amount with all its decimals.
func full(m quantity.Micro) string { return m.Decimal(6) }

// difference prints a subtraction; what is below zero stands in brackets.
func difference(a, b quantity.Micro) string {
	if b < 0 {
		return full(a) + " - (" + full(b) + ")"
	}
	return full(a) + " - " + full(b)
}

func equal(what string, stated, computed quantity.Micro) error {
	if stated == computed {
		return nil
	}
	return fmt.Errorf("%s is %s, its own figures make %s", what, full(stated), full(computed))
}
