package runticket

import (
	"slices"
	"strings"
	"unicode"

	"github.com/gauger/gauger/metrology/quantity"
)

// attribute is what a column says of a ticket or record apart from figures and texts.
type attribute string

const (
	ticketNo  attribute = "ticket number"
	point     attribute = "point"
	batch     attribute = "batch"
	opens     attribute = "open"
	openTime  attribute = "open time"
	closes    attribute = "close"
	closeTime attribute = "close time"
	base      attribute = "base"
	commodity attribute = "commodity"
	composite attribute = "composite"
	rounding  attribute = "rounding"
	ofRecord  attribute = "quantity of record"
	version   attribute = "version"
	inUnit    attribute = "unit" // of volumes, or of the dimension named before it: "temperature unit"
)

var attributes = map[attribute]string{
	ticketNo:  "ticket|ticket no|number|run ticket number|run ticket|run ticket no|lact ticket number|ticket id",
	point:     "meter|meter id|meter no|meter number|measuring point|lact|lact id|lact unit|lact unit id|lact unit no|lact no|lact number|meter name|facility measurement point|fmp",
	batch:     "batch id|batch no|batch number",
	opens:     "open date|start|start date|opening date|open date time|on date|date on|date opened|opened|from date|date from|start time|begin|hour start|period start",
	openTime:  "opening time|on time|time on|time opened",
	closes:    "close date|end|end date|closing date|close date time|off date|date off|date closed|closed|to date|stop|stop date|end time|hour end|period end",
	closeTime: "closing time|off time|time off|time closed",
	base:      "reference|base temperature|reference conditions|basis",
	commodity: "commodity group|table|mpms 11 1 group", composite: "composite factor used|mf is composite", rounding: "input rounding",
	ofRecord: "gsv is", version: "revision|revision number|rev|revision no", inUnit: "volume unit|units|uom",
}

// column is what a heading means.
type column struct {
	heading string
	figure  Name
	text    string
	is      attribute
	of      dimension // of a figure, or of a column that holds a unit
	unit    string    // of a figure, if the heading says it
	at      quantity.Reference
}

// normal returns a heading as words of lower-case letters and digits.
func normal(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }), " ")
}

// means returns what words mean, the unit aside.
func means(words string) (column, bool) {
	is := func(name, also string) bool {
		return normal(name) == words || slices.Contains(strings.Split(also, "|"), words)
	}
	for _, d := range definitions {
		if is(string(d.name), d.also) {
			return column{figure: d.name, of: d.of, unit: implied(d.of, words)}, true
		}
	}
	for name, also := range attributes {
		if is(string(name), also) {
			return column{is: name, of: volume}, true
		}
	}
	for d := temperature; d <= mass; d++ {
		if words == kinds[d]+" unit" || words == kinds[d]+" units" {
			return column{is: inUnit, of: d}, true
		}
	}
	for _, name := range textNames {
		if is(name, textHeadings[name]) {
			return column{text: name}, true
		}
	}
	return column{}, false
}

// implied returns the unit that the words for a density say, or a percentage has.
func implied(of dimension, words string) string {
	has := func(w ...string) bool {
		return slices.ContainsFunc(strings.Fields(words), func(f string) bool { return slices.Contains(w, f) })
	}
	switch {
	case of == percent:
		return "%"
	case of == density && (has("relative", "specific", "sg")):
		return "RD"
	case of == density && has("api", "api60", "gravity", "grav"):
		return "API"
	}
	return ""
}

// understand reads a heading: "GSV [bbl at 60F]", "Avg Temp (F)", "Avg Temp, F", "Gross Bbls".
func understand(heading string) (column, bool) {
	h := strings.TrimSpace(strings.TrimPrefix(heading, "'"))
	for _, cut := range []func(string) (words, unit string){bracketed, afterComma, lastWords(1), lastWords(2)} {
		words, unit := cut(h)
		if c, is := means(normal(words)); is && unit != "" && c.figure != "" && c.of > plain {
			if name, at, known := basisUnit(c.of, unit); known {
				c.heading, c.unit, c.at = heading, name, at
				return c, true
			}
		}
	}
	c, is := means(normal(h))
	c.heading = heading
	return c, is
}

func bracketed(h string) (words, unit string) {
	i := strings.LastIndexAny(h, "[(")
	if i < 0 || !strings.HasSuffix(h, "]") && !strings.HasSuffix(h, ")") {
		return h, ""
	}
	return h[:i], h[i+1 : len(h)-1]
}

func afterComma(h string) (words, unit string) {
	i := strings.LastIndexByte(h, ',')
	if i < 0 {
		return h, ""
	}
	return h[:i], strings.TrimSpace(h[i+1:])
}

func lastWords(n int) func(string) (words, unit string) {
	return func(h string) (words, unit string) {
		f := strings.Fields(strings.ReplaceAll(h, "_", " "))
		if len(f) <= n {
			return h, ""
		}
		return strings.Join(f[:len(f)-n], " "), strings.Join(f[len(f)-n:], " ")
	}
}
