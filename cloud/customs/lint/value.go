package lint

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// decimal is a number of a document.
type decimal struct {
	text  string
	float float64
	half  float64 // half of its last digit: what rounding may have taken away
}

// grouped is a number with commas between its thousands.
var grouped = regexp.MustCompile(`^-?\d{1,3}(,\d{3})+(\.\d+)?$`)

// parseDecimal reads a number as JSON writes it, or as people do.
func parseDecimal(s string) (decimal, bool) {
	if grouped.MatchString(s) {
		s = strings.ReplaceAll(s, ",", "")
	}
	if len(s) > 40 || strings.Trim(s, "+-0123456789.eE") != "" { // no NaN, no hexadecimal
		return decimal{}, false
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(x) > 1e12 {
		return decimal{}, false
	}
	d := decimal{text: s, float: x, half: 0.5}
	if _, fraction, ok := strings.Cut(s, "."); ok {
		digits := strings.IndexFunc(fraction+"e", func(r rune) bool { return r < '0' || r > '9' })
		d.half = 0.5 / math.Pow10(digits)
	}
	return d, true
}

// micro returns the number to the millionth.
func (d decimal) micro() (quantity.Micro, bool) {
	if m, err := quantity.Parse(d.text); err == nil {
		return m, true
	}
	m, err := quantity.FromFloat(d.float)
	return m, err == nil
}

// moment is a time of a document.
type moment struct {
	t       time.Time
	zoned   bool
	dayOnly bool
	proper  bool // by RFC 3339
}

// layouts are forms that people write times in. The first is the proper one.
var layouts = []struct {
	layout string
	zoned  bool
}{
	{time.RFC3339Nano, true},
	{"2006-01-02T15:04Z07:00", true}, {"2006-01-02 15:04:05Z07:00", true}, {"2006-01-02T15:04:05Z0700", true},
	{"2006-01-02T15:04:05", false}, {"2006-01-02T15:04", false}, {"2006-01-02 15:04:05", false}, {"2006-01-02 15:04", false},
	{"2006-01-02 3:04:05 PM", false}, {"2006-01-02 3:04 PM", false}, {"2006-01-02 15:04:05 PM", false},
}

// parseMoment reads a day or a time.
func parseMoment(s string) (moment, bool) {
	if s == "" || len(s) > 64 {
		return moment{}, false
	}
	s = strings.Join(strings.Fields(s), " ")
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return moment{t: t, dayOnly: true, proper: true}, true
	}
	for i, l := range layouts {
		if t, err := time.Parse(l.layout, s); err == nil {
			return moment{t: t, zoned: l.zoned, proper: i == 0}, true
		}
	}
	return moment{}, false
}

// momentOf reads a time of a member, in milliseconds since 1970 where it is a number.
func momentOf(n *node) (moment, bool) {
	if n != nil && n.kind == numberKind {
		ms, err := strconv.ParseInt(n.text, 10, 64)
		ok := err == nil && ms > 0 && ms < 1<<43 // to the year 2248
		return moment{t: time.UnixMilli(ms).UTC(), zoned: true, proper: true}, ok
	}
	return parseMoment(n.string())
}

// day returns the day as it is written, in the zone of the time.
func (m moment) day() dated.Date { return dated.Date(m.t.Format(time.DateOnly)) }

// before reports whether m certainly comes before o. Where only one has a zone, or a day, days are compared, and those without a zone
// may be a day off.
func (m moment) before(o moment) bool {
	switch {
	case m.dayOnly || o.dayOnly:
		return m.day() < o.day()
	case m.zoned == o.zoned:
		return m.t.Before(o.t)
	}
	return m.day().AddDays(1) < o.day()
}
