package tank

import (
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// Line is what the line between tank and meter or ship took up meanwhile, entered: positive where the line holds more than at the opening
// gauge. It is added to what the tank received.
type Line struct {
	GSV, NSV quantity.Micro
}

// Transfer is what a tank received between two gauges, or, where it is negative, delivered.
type Transfer struct {
	Method           string // that of the closing gauge
	Rounding         Rounding
	Opening, Closing Contents
	Line             Line

	FreeWater quantity.Micro // closing less opening, as gauged
	GSV, NSV  quantity.Micro // closing less opening, plus the line
	Water     quantity.Micro // sediment and water: GSV - NSV
	GSW, NSW  quantity.Micro // kg in air; the line by the WCF of the closing gauge
}

// Between returns what a tank received between two gauges. Both are of the same tank under the same policy.
func Between(opening, closing Contents, line Line) (Transfer, error) {
	if opening.Tank != closing.Tank || opening.Rounding != closing.Rounding || opening.Rounding == "" {
		return Transfer{}, fmt.Errorf("transfer: the gauges are of two tanks, or rounded by %q and %q", opening.Rounding, closing.Rounding)
	}
	t := Transfer{Method: closing.Method, Rounding: closing.Rounding, Opening: opening, Closing: closing, Line: line}
	gsw, err1 := line.GSV.Mul(closing.WCF)
	nsw, err2 := line.NSV.Mul(closing.WCF)
	if err1 != nil || err2 != nil {
		return Transfer{}, fmt.Errorf("transfer: weight of the line: %w", quantity.ErrOverflow)
	}
	for _, x := range [...]struct {
		to                    *quantity.Micro
		opening, closing, add quantity.Micro
	}{
		{&t.FreeWater, opening.TCV - opening.GSV, closing.TCV - closing.GSV, 0},
		{&t.GSV, opening.GSV, closing.GSV, line.GSV},
		{&t.NSV, opening.NSV, closing.NSV, line.NSV},
		{&t.GSW, opening.GSW, closing.GSW, gsw},
		{&t.NSW, opening.NSW, closing.NSW, nsw},
	} {
		difference, err := x.closing.Sub(x.opening)
		if err == nil {
			*x.to, err = difference.Add(x.add)
		}
		if err != nil {
			return Transfer{}, fmt.Errorf("transfer: %w", err)
		}
	}
	var err error
	t.Water, err = t.GSV.Sub(t.NSV)
	return t, err
}
