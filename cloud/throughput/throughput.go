// Package throughput reads what the Canada Energy Regulator (CER) publishes about the flow in pipelines, and turns its rates into
// volumes by key point, month and product: public figures to lay beside one's own books.
//
// A rate is the average of a month (of a day, in files by day) in 1000 m3/d. The files do not say at which reference conditions;
// whatever they are, they stay: a volume is rate x days, and barrels are a change of unit only. The same oil passes several points,
// and several products pass one, so totals are of one point and direction, never over points.
package throughput

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/metrology/quantity"
)

// Source names whose figures these are.
const Source = "Canada Energy Regulator, open data on pipeline throughput and capacity"

// RateUnit is the unit of rates and capacities.
const RateUnit = "1000 m3/d"

// Method says how the figures come about.
const Method = "m3 = rate in " + RateUnit + " x 1000 x days; bbl = m3 / 0.158987294928 (" + quantity.ExactBarrel + ")"

// Basis says what the conversion to barrels does not do.
const Basis = "the files name no reference conditions, and they stay: exact-barrel changes the unit only, so m3 at 15 C become " +
	"barrels at 15 C, not at 60 F"

// Rounding says what is rounded.
const Rounding = "m3 to the millionth, exact for a rate with up to nine decimals; barrels from them, and barrels over days, each " +
	"to the millionth"

// Kind is what a file holds.
type Kind string

// The kinds of files.
const (
	Oil       Kind = "oil" // crude oil, refined products, condensate, NGL
	Gas       Kind = "gas"
	KeyPoints Kind = "key points"
)

// NaturalGas is the product of all flows of gas.
const NaturalGas = "natural gas"

// Month is a month of the calendar.
type Month struct {
	Year  int
	Month time.Month
}

// ParseMonth reads a month such as "2024-03".
func ParseMonth(s string) (Month, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return Month{}, fmt.Errorf("month is %q, want one such as 2024-03", s)
	}
	return Month{t.Year(), t.Month()}, nil
}

// String prints the month as "2024-03".
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", m.Year, int(m.Month)) }

// MarshalText prints the month as String does.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a month such as "2024-03".
func (m *Month) UnmarshalText(b []byte) (err error) {
	*m, err = ParseMonth(string(b))
	return err
}

// Days returns how many days the month has.
func (m Month) Days() int { return time.Date(m.Year, m.Month+1, 0, 0, 0, 0, 0, time.UTC).Day() }

func (m Month) compare(n Month) int {
	return cmp.Or(cmp.Compare(m.Year, n.Year), cmp.Compare(m.Month, n.Month))
}

// since returns how many months lie between n and m.
func (m Month) since(n Month) int { return 12*(m.Year-n.Year) + int(m.Month-n.Month) }

// Stream is what flows past a point of a pipeline in one direction and trade. Volumes of one stream can be added up.
type Stream struct {
	Commodity Kind   `json:"commodity"`
	Pipeline  string `json:"pipeline"`
	Point     string `json:"point,omitempty"` // id: "KP0020"; empty if the file has names only, and none is known by this one
	Name      string `json:"name,omitempty"`  // of the point, where known
	Direction string `json:"direction,omitempty"`
	Trade     string `json:"trade,omitempty"` // export, import, intracanada; files of oil by month do not say
	Border    Way    `json:"border,omitempty"`
}

// Flow is one product of a stream in one month.
type Flow struct {
	Stream
	Month   Month           `json:"month"`
	Product string          `json:"product"`
	Rate    quantity.Factor `json:"rate"`   // 1000 m3/d; of a file by day the average, to nine decimals
	Days    int             `json:"days"`   // with a figure
	OfDays  int             `json:"ofDays"` // of the month
	Volume  quantity.Micro  `json:"m3"`
	// Barrels are nil for gas.
	Barrels       *quantity.Micro `json:"barrels,omitempty"`
	BarrelsPerDay *quantity.Micro `json:"barrelsPerDay,omitempty"` // over Days
	// Capacity in 1000 m3/d, as the file states it beside this product, or nil. It is often that of the whole line, repeated for
	// each product: capacities do not add up.
	Capacity *quantity.Factor `json:"capacity,omitempty"`
	File     string           `json:"file"` // where its first row stands
	Line     int              `json:"line"`
}

// key tells flows apart. A file names a point by its id or by its name.
type key struct {
	kind                                             Kind
	pipeline, point, name, direction, trade, product string
	month                                            Month
}

func (k key) String() string {
	return strings.Join(slices.DeleteFunc([]string{k.pipeline, k.point, k.name, k.direction, k.trade, k.product}, func(s string) bool {
		return s == ""
	}), ", ")
}

// tally adds up the rows of a flow.
type tally struct {
	file    string
	line    int
	days    uint32 // bit d-1 is day d
	volume  quantity.Micro
	written *quantity.Factor // rate of a whole month, with its decimals

	capacity     *quantity.Factor // the same
	capacityDays int
	capacitySum  quantity.Micro // m3
}

// Data is what was read. The zero Data is empty and ready.
type Data struct {
	Files  []File
	Points []Point // of files of key points

	tallies map[key]*tally
	words   map[string]string // each text once
}

// word returns s without the row that it was cut from.
func (d *Data) word(s string) string {
	if w, ok := d.words[s]; ok {
		return w
	}
	if d.words == nil {
		d.words = map[string]string{}
	}
	w := strings.Clone(s)
	d.words[w] = w
	return w
}

// flow returns what became of a tally.
func (d *Data) flow(k key, t *tally) (Flow, error) {
	p := d.place(k)
	f := Flow{
		Stream: Stream{
			Commodity: k.kind, Pipeline: k.pipeline, Point: p.ID, Name: p.Name, Direction: k.direction, Trade: k.trade, Border: p.Border,
		},
		Month: k.month, Product: k.product, Days: bits.OnesCount32(t.days), OfDays: k.month.Days(), Volume: t.volume,
		Capacity: t.capacity, File: t.file, Line: t.line,
	}
	if strings.HasPrefix(k.trade, "intracanada") && !strings.Contains(k.trade, "export") {
		f.Border = "" // it passes a point at the border and stays in the country
	}
	var err error
	if t.written != nil {
		f.Rate = *t.written
	} else if f.Rate, err = average(t.volume, f.Days); err != nil {
		return f, err
	}
	if t.capacityDays > 0 {
		c, err := average(t.capacitySum, t.capacityDays)
		if err != nil {
			return f, err
		}
		f.Capacity = &c
	}
	if k.kind == Oil {
		f.Barrels, f.BarrelsPerDay, err = barrels(f.Volume, f.Days)
	}
	return f, err
}

// average returns the rate in 1000 m3/d of a volume over days: a millionth of a m3 is its ninth decimal.
func average(volume quantity.Micro, days int) (quantity.Factor, error) {
	a, err := volume.Ratio(1, int64(days))
	return quantity.F(int64(a), 9), err
}

// barrels converts a volume of some days.
func barrels(volume quantity.Micro, days int) (all, daily *quantity.Micro, err error) {
	b, err := quantity.ToBarrels(volume)
	if err != nil {
		return nil, nil, err
	}
	perDay, err := b.Ratio(1, int64(days))
	return &b, &perDay, err
}
