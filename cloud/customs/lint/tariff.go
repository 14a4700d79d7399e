package lint

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// tariff is a tariff number of a document.
type tariff struct {
	at     *node
	digits string // without points and blanks
	spi    string // written before it, as on CBP Form 7501, block 29
	letter bool   // it holds what is neither digit, point nor blank
}

// prefixed is a tariff number with a special program indicator before it.
var prefixed = regexp.MustCompile(`^([A-Z]{1,2}[+*]?)[ .]?(\d.*)$`)

// tariffOf returns the tariff number of an object: its own, or that of its commodity or product.
func tariffOf(n *node) tariff {
	at := n.get("hts", "htsNumber", "htsusNumber", "commodityCode")
	if at == nil {
		at = n.get("commodity", "product")
	}
	if at != nil && at.kind == objectKind {
		return tariffOf(at)
	}
	if at == nil || at.kind != stringKind && at.kind != numberKind {
		return tariff{}
	}
	t := tariff{at: at, digits: at.string()}
	if m := prefixed.FindStringSubmatch(t.digits); m != nil {
		t.spi, t.digits = m[1], m[2]
	}
	t.letter = strings.Trim(t.digits, "0123456789. ") != ""
	t.digits = plainDigits(t.digits)
	return t
}

// plainDigits returns a tariff number without points and blanks.
func plainDigits(s string) string { return points.Replace(s) }

var points = strings.NewReplacer(".", "", " ", "")

// dotted writes ten digits as the tariff prints them.
func dotted(digits string) string {
	if len(digits) != 10 {
		return digits
	}
	return digits[:4] + "." + digits[4:6] + "." + digits[6:8] + "." + digits[8:]
}

// crudeWords are words that only crude oil and its blends are described with.
var crudeWords = regexp.MustCompile(`(?i)\b(dilbit|synbit|dilsynbit|diluted bitumen|bitumen blend|crude oil|crude petroleum|petroleum crude)\b`)

// tariff checks an object that has a tariff number itself (L1, L27, L28, L29).
func (c *checker) tariff(n *node) {
	t := tariffOf(n)
	if t.at != nil && t.at.above == n {
		c.tariffForm(n, t)
		c.crudeHeading(n, t)
	}
	stated := n.get("netQuantity")
	if n.get("hts") != nil { // a line by itself; elsewhere a quantity may be that of the manifest
		stated = n.get("netQuantity", "quantity")
	}
	if quantity, ok := measured(stated); ok && t.at != nil && quantity.unit.name != "" {
		due := c.tables.UnitsOf(dotted(t.digits))
		if len(due) > 0 && !slices.ContainsFunc(due, func(u string) bool { return understand(u).name == quantity.unit.name }) {
			c.report("L27", quantity.unitAt, fmt.Sprintf("the quantity is in %s, line %s counts in %s", quote(quantity.unitAt.string()),
				dotted(t.digits), strings.Join(due, ", ")), "state the net quantity in "+strings.Join(due, " or ")+", oil at 60 F")
		}
	}
}

// tariffForm checks the digits of a tariff number.
func (c *checker) tariffForm(n *node, t tariff) {
	certified := n.get("originCriterion") != nil || strings.Contains(t.at.path(), "/goods/")
	kind := n.get("commodityCodeType").string()
	ours := kind == "HS" || kind == "HTS" || t.at.key != "commodityCode" // not one of another list
	switch {
	case ours && (t.letter || !slices.Contains([]int{4, 5, 6, 8, 10}, len(t.digits))):
		c.report("L28", t.at, fmt.Sprintf("%s is no tariff number: those have 6, 8 or 10 digits", quote(t.at.string())),
			"write the digits of the tariff, with or without points")
	case certified && len(t.digits) < 6:
		c.report("L28", t.at, fmt.Sprintf("%s has %d digits; a certificate of origin needs six", quote(t.at.string()), len(t.digits)),
			"write the subheading, such as 2709.00")
	case kind == "HS" && len(t.digits) > 6:
		c.report("L29", t.at, fmt.Sprintf("%s has %d digits; the Harmonized System ends at six", quote(t.at.string()), len(t.digits)),
			"write commodityCodeType HTS, or "+t.digits[:4]+"."+t.digits[4:6])
	}
}

// crudeHeading reports crude oil under tar sands or bituminous mixtures (L1).
func (c *checker) crudeHeading(n *node, t tariff) {
	if !strings.HasPrefix(t.digits, "2714") && !strings.HasPrefix(t.digits, "2715") {
		return
	}
	seen := c.evidence(n.matter())
	why, words := "", described(n)+"; "+described(n.above)
	switch {
	case crudeWords.MatchString(words):
		why = "the goods are called " + quote(crudeWords.FindString(words))
	case !strings.HasPrefix(t.digits, "271410"): // natural bitumen may be carried hot, by volume
	case seen.liquid != nil:
		why = "the goods are measured in " + quote(seen.liquid.string())
	case seen.measured:
		why = "the goods are measured as a liquid"
	case seen.gas != nil:
		c.report("L1", t.at, fmt.Sprintf("%s is tar sands and shale, yet the goods are measured in %s, by energy, as natural gas is",
			quote(t.at.string()), quote(seen.gas.string())), "write 2711.21.00.00 for natural gas, or 2709.00 and barrels for crude oil")
		c.settle(seen.gas)
		return
	}
	if why == "" {
		return
	}
	mend := fmt.Sprintf("write %s for crude oil under %s degrees API, %s from there on", c.crude.Below, c.crude.Limit, c.crude.From)
	if api, known := seen.oil.gravity(); known {
		mend = fmt.Sprintf("write %s, the line of crude oil of %.1f degrees API", c.lineOf(api), api)
	}
	c.report("L1", t.at, fmt.Sprintf("%s is %s, solid; %s", quote(t.at.string()), map[string]string{
		"2714": "bitumen, tar sands and shale", "2715": "bituminous mixtures",
	}[t.digits[:4]], why), mend)
}

// described returns how an object describes its goods.
func described(n *node) string {
	var parts []string
	for _, name := range []string{"name", "description", "productDescription"} {
		parts = append(parts, n.get(name).string())
	}
	return strings.Join(parts, "; ")
}

// liquidWithin returns the first unit of volume, and the first of energy, within an object.
func liquidWithin(n *node) (volumeUnit, energyUnit *node) {
	if at := n.get("unitCode", "unit"); at != nil {
		switch understand(at.string()).dimension {
		case volume:
			return at, nil
		case energy:
			energyUnit = at
		}
	}
	for _, kid := range n.kids {
		if kid.kind != objectKind && kid.kind != arrayKind {
			continue
		}
		v, e := liquidWithin(kid)
		if v != nil {
			return v, e
		}
		if energyUnit == nil {
			energyUnit = e
		}
	}
	return nil, energyUnit
}

// evidence is what the surroundings of a tariff number say of the goods.
type evidence struct {
	liquid, gas *node // first units of volume and of energy
	measured    bool  // there are volumes or a gravity
	oil         oil
}

// evidence looks at what an object is about, once.
func (c *checker) evidence(matter *node) evidence {
	if seen, ok := c.matters[matter]; ok {
		return seen
	}
	figures := figuresOf(matter)
	seen := evidence{
		measured: slices.ContainsFunc(figures, func(f figure) bool { return f.what != rho }), oil: oilOf(matter, single(figures)),
	}
	seen.liquid, seen.gas = liquidWithin(matter)
	c.matters[matter] = seen
	return seen
}

// gravity returns the gravity in degrees API: that of the density, or else the one stated.
func (o oil) gravity() (api float64, known bool) {
	if o.rhoAt != nil {
		return o.low, true
	}
	return o.api, o.apiAt != nil
}
