package calc

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/gas"
)

// composition is the flag that says what a gas is made of: methane=96.5%,N2=3.5%.
type composition struct {
	percent [gas.Components]unit.Value
	given   []gas.Component // in the order in which they were written
}

var wantShare = unit.Want{Kind: unit.Percentage, Units: []string{"%", "ppm"}, Sign: unit.NotNegative, Example: "96.5%"}

// Type returns an example.
func (c *composition) Type() string { return "C1=96.5%,N2=3.5%" }

// String returns the composition as it would be written.
func (c *composition) String() string {
	var all []string
	for _, k := range c.given {
		all = append(all, k.String()+"="+c.percent[k].Written())
	}
	return strings.Join(all, ",")
}

// Set reads a composition.
func (c *composition) Set(s string) error {
	*c = composition{}
	for part := range strings.SplitSeq(s, ",") {
		name, share, ok := strings.Cut(part, "=")
		if !ok {
			return fmt.Errorf("%q is no component with its mole percent, such as methane=96.5%%", strings.TrimSpace(part))
		}
		k, err := gas.ParseComponent(name)
		if err != nil {
			return err
		}
		if c.percent[k].Given() {
			return fmt.Errorf("%s stands there twice", k)
		}
		if c.percent[k], err = wantShare.Parse(share); err != nil {
			return fmt.Errorf("%s: %w", k, err)
		}
		c.given = append(c.given, k)
	}
	return nil
}

// spelt makes "n-butane" of n_butane and "carbon dioxide" of carbon_dioxide.
func spelt(k gas.Component) string {
	if rest, normal := strings.CutPrefix(k.String(), "n_"); normal {
		return "n-" + rest
	}
	return strings.ReplaceAll(k.String(), "_", " ")
}

// lines returns a line for each component. Programs get the composition as it would be written.
func (c *composition) lines(i *input) (lines []line) {
	for n, k := range c.given {
		l := line{label: spelt(k), cell: cell{text: c.percent[k].String()}}
		if n == 0 {
			l.key, l.json, l.note = i.key(), c.String(), "mole percent"
		}
		lines = append(lines, l)
	}
	return lines
}

// sumTolerance is how far the percentages may be off 100 in all: the rounding of a chromatograph's report, not a forgotten component.
const sumTolerance = 0.5

// fractions returns the mole fractions, normalized, and adds the sum that they were divided by.
func (c *composition) fractions(r *Result) (gas.Composition, error) {
	var amounts gas.Composition
	var sum float64
	for i, v := range c.percent {
		if v.Given() {
			amounts[i] = v.In("%")
			sum += amounts[i]
		}
	}
	if math.Abs(sum-1) < 0.05 {
		return gas.Composition{}, errors.New("--composition adds up to 1 %: write mole percent, such as methane=96.5%")
	}
	if !(math.Abs(sum-100) <= sumTolerance) {
		return gas.Composition{}, fmt.Errorf("--composition adds up to %.6g %%: a whole gas has 100 %%, and up to %v %% are taken for rounding", sum, sumTolerance)
	}
	r.step("composition_sum_percent", "sum of the composition", number(sum, 6), "%", "each fraction is divided by it")
	return gas.Normalize(amounts)
}
