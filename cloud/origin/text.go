package origin

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/gauger/gauger/metrology/quantity"
)

// Grouped returns a decimal as the sentences of decisions print it, see quantity.Grouped.
func Grouped(decimal string) string { return quantity.Grouped(decimal) }

// ratio returns part/whole as an exact fraction.
func ratio(part, whole quantity.Micro) *big.Rat { return big.NewRat(int64(part), int64(whole)) }

// percentage prints part/whole in percent to four decimals.
func percentage(part, whole quantity.Micro) string {
	return new(big.Rat).Mul(ratio(part, whole), big.NewRat(100, 1)).FloatString(4)
}

// volume prints a volume with its unit, where the good names one.
func (q *inquiry) volume(m quantity.Micro) string {
	return Grouped(m.String()) + q.unit()
}

func (q *inquiry) unit() string {
	if q.good.Basis.Unit == "" {
		return ""
	}
	return " " + string(q.good.Basis.Unit)
}

func (q *inquiry) percent(m quantity.Micro) string { return percentage(m, q.good.Volume) + " %" }

// excess prints by how much a volume is over a share of the good, exactly: one micro-unit too much has to show.
func (q *inquiry) excess(m quantity.Micro, limit *big.Rat) string {
	over := new(big.Rat).SetInt64(int64(m))
	over.Sub(over, new(big.Rat).Mul(limit, new(big.Rat).SetInt64(int64(q.good.Volume))))
	over.Quo(over, big.NewRat(quantity.PerUnit, 1))
	return Grouped(trimmed(over.FloatString(12))) + q.unit()
}

// trimmed takes the zeros off the end of a decimal with a point.
func trimmed(s string) string { return strings.TrimSuffix(strings.TrimRight(s, "0"), ".") }

// list names inputs with their volumes: the first few, then how many more.
func (q *inquiry) list(inputs []*Input) string {
	const named = 3
	var parts []string
	var rest quantity.Micro
	for i, in := range inputs {
		if i < named {
			parts = append(parts, fmt.Sprintf("%s of %s (%s, %s)", q.volume(in.Volume), in.Name, in.Country, in.HTS.words()))
		} else {
			rest += in.Volume // cannot overflow: the sum of all inputs does not
		}
	}
	if more := len(inputs) - named; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more of %s", more, q.volume(rest)))
	}
	return join(parts)
}

// join writes a list as people do: "a, b and c".
func join(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:len(parts)-1], ", ") + " and " + parts[len(parts)-1]
}
