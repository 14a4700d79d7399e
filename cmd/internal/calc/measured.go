package calc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/quantity"
)

// measured is a volume with a name and the expanded uncertainty of its measurement.
type measured struct {
	name    string
	volume  unit.Value
	micro   quantity.Micro
	percent unit.Value
}

// maxMeasured bounds how many measurements one calculation takes.
const maxMeasured = 1000

// wantUncertainty wants an expanded uncertainty in percent.
var wantUncertainty = unit.Want{Kind: unit.Percentage, Units: []string{"%"}, Sign: unit.NotNegative, Example: "0.15%"}

// measuredList is a flag that is given once for each measurement: LACT-1=100023.4bbl,0.15%.
type measuredList struct {
	into     *[]measured
	key      string // of all of them, in JSON
	example  string
	optional bool // the uncertainty may be left out
}

func (l *measuredList) Type() string { return l.example }

// String returns all measurements as they would be written.
func (l *measuredList) String() string {
	if l.into == nil {
		return ""
	}
	var all []string
	for _, m := range *l.into {
		all = append(all, m.written())
	}
	return strings.Join(all, " ")
}

func (m measured) written() string {
	s := m.name + "=" + m.volume.Written()
	if m.percent.Given() {
		s += "," + m.percent.Written()
	}
	return s
}

// Set takes one more measurement.
func (l *measuredList) Set(s string) error {
	if len(*l.into) == maxMeasured {
		return fmt.Errorf("more than %d of them", maxMeasured)
	}
	name, rest, ok := strings.Cut(s, "=")
	volume, percent, uncertain := strings.Cut(rest, ",")
	m := measured{name: strings.TrimSpace(name)}
	if !ok || m.name == "" || !uncertain && !l.optional {
		return fmt.Errorf("want name, volume and uncertainty, such as %s", l.example)
	}
	if slices.ContainsFunc(*l.into, func(other measured) bool { return other.name == m.name }) {
		return fmt.Errorf("%s is there already: give each its own name", m.name)
	}
	var err error
	if m.volume, err = wantVolume.Parse(volume); err != nil {
		return err
	}
	if m.micro, err = m.volume.Micro(); err != nil {
		return err
	}
	if uncertain {
		if m.percent, err = wantUncertainty.Parse(percent); err != nil {
			return err
		}
	}
	*l.into = append(*l.into, m)
	return nil
}

func (l *measuredList) lines(i *input) (lines []line) {
	var all []string
	for _, m := range *l.into {
		all = append(all, m.written())
		note := ""
		if m.percent.Given() {
			note = "+- " + m.percent.String() + " (k = 2)"
		}
		lines = append(lines, line{label: i.label() + " " + m.name, cell: cell{text: m.volume.String()}, note: note})
	}
	lines[0].key, lines[0].json = l.key, all // one list for programs
	return lines
}

// volumes returns the volumes of measurements.
func volumes(lists ...[]measured) (all []unit.Value) {
	for _, list := range lists {
		for _, m := range list {
			all = append(all, m.volume)
		}
	}
	return all
}
