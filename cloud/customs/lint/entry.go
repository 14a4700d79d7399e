package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/customs"
)

// line is a line of an entry with what its header says for all.
type line struct {
	header, at *node
	tariff     tariff
}

// get returns a member of the line, or of the header.
func (l line) get(names ...string) *node {
	if n := l.at.get(names...); n != nil {
		return n
	}
	return l.header.get(names...)
}

// lines are the members that hold the lines of an entry or entry summary.
var lines = []string{"lines", "lineItems", "descriptionOfMerchandise"}

// headers are members that only an entry, or a line that stands alone, has.
var headers = []string{"entryNumber", "entryType", "mot", "transportMode", "spi", "originCode", "exportingCountry"}

// entry checks an object that is an entry, or a line by itself.
func (c *checker) entry(n *node) {
	of := n.get(lines...)
	if n.get(headers...) == nil || c.settled[n] || of == nil && tariffOf(n).at == nil && n.get("duty", "total") == nil {
		return
	}
	var all []line
	for _, at := range of.list() {
		c.settle(at) // so that it is not taken for one that stands alone
		all = append(all, line{n, at, tariffOf(at)})
	}
	if of == nil {
		all = []line{{n, n, tariffOf(n)}}
	}
	c.totals(n, all)
	c.lineNumbers(all)
	c.zone(n, all)
	for _, l := range all {
		c.province(l)
		c.program(l)
		c.claims.claim(c, l)
	}
	if pipeline(n) {
		c.pipelineHeader(n)
		for _, l := range all {
			c.pipelineLine(l)
		}
		return
	}
	for _, l := range all {
		if pipeline(l.at) {
			c.pipelineHeader(l.at)
			c.pipelineLine(l)
		}
	}
}

// pipeline reports whether an entry says that its goods come by pipeline, mode of transport 70.
func pipeline(n *node) bool {
	mode := n.get("mot", "transportMode", "modeOfTransportation").string()
	return mode == "70" || strings.EqualFold(mode, "pipeline") || strings.HasPrefix(mode, "70 ")
}

// amount reads dollars: a number, or a price.
func amount(n *node) (customs.Cents, *node, bool) {
	if n != nil && n.kind == objectKind {
		n = n.get("price", "value", "amount")
	}
	if n == nil {
		return 0, nil, false
	}
	d, ok := parseDecimal(strings.TrimPrefix(n.string(), "$"))
	if !ok {
		return 0, n, false
	}
	var cents customs.Cents
	err := cents.UnmarshalText([]byte(d.text))
	return cents, n, err == nil
}

// totals checks the sums of an entry summary: L14, L15.
func (c *checker) totals(n *node, all []line) {
	total, at, ok := amount(n.get("total"))
	if parts, terms, okParts := sum(n); ok && okParts && total != parts {
		message := fmt.Sprintf("the total is %s, not %s: %s", parts, total, terms)
		if value, _, ok := amount(n.get("totalEnteredValue")); ok && total-parts == value && value != 0 {
			message += fmt.Sprintf("; the entered value of %s was added in", value)
		}
		c.report("L14", at, message, "write "+parts.String())
	}
	stated, at, ok := amount(n.get("totalEnteredValue"))
	var value, slack customs.Cents
	for _, l := range all {
		v, _, stated := amount(l.at.get("enteredValue", "value"))
		ok = ok && stated && l.at != n
		if ok {
			value += v // at most 1e14 cents each, and fewer than a million lines
		}
		if v%100 != 0 {
			slack += 50 // the total is in whole dollars
		}
	}
	if ok && (value-stated > slack || stated-value > slack) {
		c.report("L15", at, fmt.Sprintf("the total entered value is %s, the lines add up to %s", stated, value),
			"write "+value.String()+", or correct the lines")
	}
}

// sum adds duty, tax and other. It wants at least one of them, and none that cannot be read.
func sum(n *node) (total customs.Cents, terms string, ok bool) {
	var parts []string
	for _, name := range []string{"duty", "tax", "other"} {
		at := n.get(name)
		if at == nil {
			continue
		}
		part, _, ok := amount(at)
		if !ok {
			return 0, "", false
		}
		total += part
		parts = append(parts, name+" "+part.String())
	}
	return total, strings.Join(parts, " + "), len(parts) > 0
}

// lineNumbers checks that line numbers rise (L26).
func (c *checker) lineNumbers(all []line) {
	before, known := 0.0, false
	for _, l := range all {
		at := l.at.get("line", "lineId", "lineNumber", "lineItemNumber")
		d, ok := parseDecimal(at.string())
		if !ok || l.at == l.header {
			continue
		}
		if known && d.float <= before {
			c.report("L26", at, fmt.Sprintf("line %s comes after line %03.0f", at.string(), before), "number the lines from 001 on, each one more")
		}
		before, known = d.float, true
	}
}

// entryCode finds the two digits of an entry type, which some write with its name: "Free and Dutiable 01".
var entryCode = regexp.MustCompile(`\b\d{2}\b`)

// zone checks that entry type 06 and a foreign trade zone go together (L25).
func (c *checker) zone(n *node, all []line) {
	at := n.get("entryType")
	if at == nil && n.get("number", "entryNumber") != nil && n.get("mot") != nil {
		at = n.get("type") // of an entry as this program writes it
	}
	kind := entryCode.FindString(at.string())
	if kind == "" {
		return
	}
	var record *node
	for _, l := range append([]line{{at: n}}, all...) {
		if record == nil {
			record = l.at.get("freeTradeZoneStatus", "freeTradeZoneFilingDate", "ftzStatus", "zoneStatus", "ftzId", "ftzNo", "zone")
		}
	}
	for _, name := range []string{"importingCarrier", "conveyanceNameOrFreeTradeZoneID"} {
		if id := n.get(name); record == nil && strings.HasPrefix(strings.ToUpper(id.string()), "FTZ") {
			record = id
		}
	}
	switch {
	case kind == "06" && record == nil:
		c.report("L25", at, "entry type 06 is for goods from a foreign trade zone, and no zone is stated",
			"state the zone and the status of the goods, or the type that applies")
	case kind != "06" && record != nil && slices.Contains([]string{"01", "02", "03", "07", "11", "12"}, kind):
		c.report("L25", at, fmt.Sprintf("entry type %s with a zone record, %s %s", kind, record.key, quote(record.string())),
			"write type 06 for goods from a foreign trade zone, or leave out the zone")
	}
}

// province checks the origin code of goods of Canada (L16), on an entry summary: other papers take the country.
func (c *checker) province(l line) {
	at := l.get("originCode", "countryOfOrigin")
	exported := l.get("exportCountry", "exportingCountry").string()
	summary := at != nil && at.key == "originCode" || l.get("entryNumber", "entryType", "mot", "transportMode", "spi") != nil
	if at.string() != "CA" || exported != "CA" || !summary { // an invoice takes the country too
		return
	}
	var codes []string
	for _, code := range c.tables.Provinces("CA") {
		_, name, _ := c.tables.Origin(code)
		codes = append(codes, code+" "+name)
	}
	c.report("L16", at, "goods of Canada exported directly from Canada have origin code CA", "write the province: "+strings.Join(codes, ", "))
}

// program checks that the origin may claim the special program (L23).
func (c *checker) program(l line) {
	spi, at := l.spi()
	agreement, countries, known := c.tables.Program(spi)
	if !known {
		return
	}
	from := l.get("originCode", "countryOfOrigin").string()
	country := from
	if of, _, known := c.tables.Origin(from); known {
		country = of
	}
	// Goods that originate under the USMCA may be of the United States itself.
	if from == "" || from == "MULTI" || slices.Contains(countries, country) || agreement == "USMCA" && country == "US" ||
		!slices.Contains(isoCountries, country) {
		return
	}
	c.report("L23", at, fmt.Sprintf("%s is claimed for goods of %s, %s is for those of %s", spi, country, agreement, strings.Join(countries, ", ")),
		"leave out the claim, or correct the origin code")
}

// spi returns the special program indicator of a line and where it stands: by itself, or before the tariff number.
func (l line) spi() (string, *node) {
	if at := l.get("spi", "specialProgramIndicator"); at != nil {
		return at.string(), at
	}
	return l.tariff.spi, l.tariff.at
}

// pipelineHeader checks what a pipeline entry must not name: L18, L19.
func (c *checker) pipelineHeader(n *node) {
	if at := n.get("importingCarrier"); at != nil && !strings.HasPrefix(strings.ToUpper(at.string()), "FTZ") {
		c.report("L19", at, "the importing carrier is "+quote(at.string())+"; it is stated for vessels and aircraft only",
			"leave it out for goods by pipeline")
	}
	for _, name := range []string{"vessel", "vesselName", "vesselCode", "portOfLading", "portOfLoading", "scheduleK", "voyage",
		"voyageFlightTrip", "voyageNumber"} {
		at := n.get(name)
		if at.string() != "" || at != nil && at.kind == objectKind && at.get("unLocode", "scheduleK", "locationName", "portCode") != nil {
			c.report("L18", at, fmt.Sprintf("goods by pipeline have a %s, which goes with a vessel", name),
				"leave it out, or write the mode of transport that applies")
		}
	}
	c.harborFee(n)
}

// pipelineLine checks a line of goods by pipeline: L17, L18.
func (c *checker) pipelineLine(l line) {
	if spi, at := l.spi(); spi == "P" || spi == "P+" {
		c.report("L17", at, "CAFTA-DR, "+spi+", is claimed for goods by pipeline; no pipeline leads here from its countries",
			"leave out the claim, or write mode of transport 10 or 11 for a vessel")
	}
	if l.at != l.header {
		for _, name := range []string{"vessel", "portOfLading", "scheduleK"} {
			if at := l.at.get(name); at.string() != "" {
				c.report("L18", at, fmt.Sprintf("goods by pipeline have a %s, which goes with a vessel", name),
					"leave it out, or write the mode of transport that applies")
			}
		}
		c.harborFee(l.at)
	}
}

// harborFee reports the harbor maintenance fee, class 501, on goods by pipeline (L18).
func (c *checker) harborFee(n *node) {
	for _, fee := range n.get("fees", "otherFees").list() {
		class := fee.get("class", "code", "classCode")
		value, _, ok := amount(fee.get("amount", "price", "value"))
		if class.string() == "501" && (!ok || value != 0) {
			c.report("L18", class, "goods by pipeline bear the harbor maintenance fee, class 501, which falls on vessels only", "leave the fee out")
		}
	}
}
