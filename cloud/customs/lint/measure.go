package lint

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Ranges of density in kg/m3. Crude oil is that of API MPMS 11.1; other oil and gas goes from gas at base conditions to what sinks in
// water.
const (
	crudeFrom, crudeTo = 600.0, 1200.0
	anyFrom            = 0.3
)

// gravityTolerance is how far a gravity may lie from that of the density, in degrees API: as far as the hydrometer method tells apart.
// Rounding to 0.1, water of another density, and 15 C for 60 F lie within it.
const gravityTolerance = 0.5

// volumeTolerance is how far cubic metres and barrels may lie apart beside their last digits: the factors in use (6.29, 6.2898, the
// legal barrel of 158.98 L) differ by 0.005 %, 15 C and 60 F by 0.04 % for crude oil and 0.09 % for the lightest.
const volumeTolerance = 0.001

// oil is what the figures of an object say of one liquid.
type oil struct {
	rho       float64 // kg/m3, at 15 C or 60 F: documents do not say; 0: not stated
	rhoAt     *node
	low, high float64 // API gravity of the density, at 60 F and 15 C
	api       float64
	apiAt     *node
	fault     fault // of the density
}

// fault is what is wrong at a place.
type fault struct {
	at            *node
	message, mend string
}

// figures checks the measured figures of an object.
func (c *checker) figures(n *node) {
	all := figuresOf(n)
	for _, f := range all {
		switch f.what {
		case grossVolume, netVolume:
			c.volumeUnit(f)
		case rho:
			var o oil
			if o.density(f, n, all); o.fault.at != nil {
				c.report("L2", o.fault.at, o.fault.message, o.fault.mend)
			}
		}
	}
	found := single(all)
	o := c.liquid(n, found)
	c.netAndGross(found)
	for i, f := range found {
		for _, g := range found[i+1:] {
			if f.what == g.what && f.label == g.label && (f.what == grossVolume || f.what == netVolume) {
				c.pair(f.measure, g.measure, f.unitName(), g.unitName(), o)
			}
		}
	}
	c.crudeLine(n, o)
	for _, kid := range n.kids {
		if kid.kind == arrayKind && len(kid.kids) <= 8 {
			c.alternatives(kid, o)
		}
	}
	for _, name := range []string{"scheduledVolume", "injectionVolume", "deliveredVolume", "sumOfScheduledDeliveries"} {
		for _, v := range n.get(name).list() {
			if m, ok := measured(v); ok {
				c.volumeUnit(figure{measure: m})
			}
		}
	}
}

// volumeUnit reports a volume in a unit of something else (L6). Gas is delivered by its energy too.
func (c *checker) volumeUnit(f figure) {
	switch {
	case f.unit.dimension == unknown || f.unit.dimension == volume && (f.named == "" || f.named == f.unit.name):
	case f.named != "":
		c.report("L6", f.unitAt, fmt.Sprintf("the unit is %s, the name says %s", quote(f.unitAt.string()), f.named),
			"state the figure in "+f.named+", or name it after its unit")
	case f.unit.dimension != energy:
		c.report("L6", f.unitAt, fmt.Sprintf("a volume is stated in %s, %s", quote(f.unitAt.string()), f.unit.describe()),
			"state it in m3 (MTQ) or bbl (BLL)")
	}
}

// single leaves out figures of which there are several, such as one for each day: which belong together is not known.
func single(found []figure) []figure {
	type key struct {
		what  what
		label string
		unit  string
	}
	times := map[key]int{}
	several := map[string]bool{} // labels of volumes
	for _, f := range found {
		k := key{f.what, f.label, f.unitName()}
		if times[k]++; times[k] > 1 && (f.what == grossVolume || f.what == netVolume) {
			several[f.label] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(found), func(f figure) bool {
		if f.what == grossVolume || f.what == netVolume {
			return several[f.label]
		}
		return times[key{f.what, f.label, f.unitName()}] > 1
	})
}

// liquid returns what the figures say of density and gravity, after holding them against each other (L3).
func (c *checker) liquid(n *node, found []figure) oil {
	o := oilOf(n, found)
	if !o.contradicts() {
		return o
	}
	line := ""
	if was, is := c.lineOf(o.api), c.lineOf(o.low); was != is {
		line = fmt.Sprintf("; the line would be %s instead of %s", is, was)
	}
	c.report("L3", o.apiAt, fmt.Sprintf("gravity %s is not that of the density: %s kg/m3 are %.1f degrees API%s", plain(o.api),
		plain(o.rho), o.low, line), fmt.Sprintf("write %.1f, or the density of %s degrees API: %.1f kg/m3 at 60 F", o.low, plain(o.api),
		liquid.FromAPIGravity(o.api)))
	return o
}

// contradicts reports whether gravity and density are of two liquids.
func (o oil) contradicts() bool {
	return o.rhoAt != nil && o.apiAt != nil && (o.api < o.low-gravityTolerance || o.api > o.high+gravityTolerance)
}

// oilOf reads density and gravity, the first of each.
func oilOf(n *node, found []figure) oil {
	var o oil
	for _, f := range found {
		switch {
		case f.what == rho && o.rhoAt == nil:
			o.density(f, n, found)
		case f.what == gravity && o.apiAt == nil:
			o.api, o.apiAt = f.value.float, f.at
		}
	}
	return o
}

// density takes the density of an object with these figures, in the unit that it must have been measured in. Of oil it keeps the
// fault of one that cannot be.
func (o *oil) density(f figure, n *node, found []figure) {
	from := anyFrom
	if slices.ContainsFunc(found, func(f figure) bool { return f.what == gravity }) || strings.HasPrefix(tariffOf(n).digits, "2709") {
		from = crudeFrom
	}
	fits := func(u unit) bool {
		x := f.value.float * u.si
		return x >= from && x <= crudeTo
	}
	if f.unit.si != 0 && !fits(f.unit) && aboutOil(n, found) {
		o.fault = fault{cmp.Or(f.unitAt, f.at), fmt.Sprintf("%s %s are %s kg/m3, which no oil has", f.value.text, f.unitAt.string(),
			plain(f.value.float*f.unit.si)), "measure it again: it is the density of no oil or gas"}
		for _, name := range []string{"kg/m3", "g/cm3", "lb/ft3"} {
			u := units[name]
			if fits(u) && f.value.float*u.si >= crudeFrom/2 {
				o.fault.mend = fmt.Sprintf("if %s %s were measured, write that unit, or %s %s", f.value.text, name,
					plain(f.value.float*u.si/f.unit.si), f.unitAt.string())
				f.unit = u
				break
			}
		}
	}
	if f.unit.dimension == unknown && f.unitAt == nil {
		f.unit = units["kg/m3"]
	}
	if f.unit.si == 0 || !fits(f.unit) {
		return
	}
	o.rho, o.rhoAt = f.value.float*f.unit.si, f.at
	o.low = liquid.APIGravity(o.rho)
	o.high = o.low
	if r, err := liquid.Rebase(liquid.Crude, o.rho, quantity.At15C, quantity.At60F); err == nil {
		o.high = liquid.APIGravity(r.Density)
	}
}

// aboutOil reports whether an object is about oil or gas, so that steel may have the density of steel.
func aboutOil(n *node, found []figure) bool {
	m := n.matter()
	return strings.HasPrefix(tariffOf(n).digits, "27") || strings.HasPrefix(tariffOf(m).digits, "27") ||
		m.is("OilAndGasProduct", "OilAndGasDeliveryTicket", "DeliverySchedule", "DeliveryStatement") ||
		slices.ContainsFunc(found, func(f figure) bool { return f.what != rho })
}

// netAndGross reports a net volume above the gross one (L4), and settles what it says about its barrels.
func (c *checker) netAndGross(found []figure) {
	for _, net := range found {
		for _, gross := range found {
			if net.what != netVolume || gross.what != grossVolume || net.label != gross.label || net.unitName() != gross.unitName() ||
				net.value.float <= gross.value.float+gross.value.half {
				continue
			}
			message := fmt.Sprintf("net %s is more than gross %s", net.value.text, gross.value.text)
			mend := "correct one of the two: net is gross less sediment and water"
			if other := slices.IndexFunc(found, func(f figure) bool {
				return f.what == netVolume && f.label == net.label && f.unitName() == "m3" && net.unitName() == "bbl"
			}); other >= 0 {
				if right, ok := barrels(found[other].value); ok {
					message += fmt.Sprintf("; net %s m3 are %s bbl", found[other].value.text, right)
					mend = "write net as " + right + " bbl"
				}
			}
			c.report("L4", net.at, message, mend)
			c.settle(net.at)
		}
	}
}

// alternatives checks a list of one quantity in several units.
func (c *checker) alternatives(list *node, o oil) {
	var in map[string]measure
	for _, v := range list.kids {
		m, ok := measured(v)
		if v.kind != objectKind || !ok || m.unit.dimension != volume {
			return
		}
		if in == nil {
			in = map[string]measure{}
		}
		if _, twice := in[m.unit.name]; twice {
			return // several quantities
		}
		in[m.unit.name] = m
	}
	if len(in) == 2 {
		c.pair(in["m3"], in["bbl"], "m3", "bbl", o)
	}
}

// pair reports cubic metres and barrels of one quantity that do not agree (L5).
func (c *checker) pair(a, b measure, unitOfA, unitOfB string, o oil) {
	if unitOfA == "bbl" && unitOfB == "m3" {
		a, b, unitOfA, unitOfB = b, a, unitOfB, unitOfA
	}
	if a.at == nil || b.at == nil || unitOfA != "m3" || unitOfB != "bbl" || a.value.float <= 0 {
		return
	}
	right, ok := barrels(a.value)
	cubic, err := quantity.ToBarrels(quantity.PerUnit)
	if !ok || err != nil {
		return
	}
	factor := cubic.Float()
	slack := volumeTolerance*math.Abs(a.value.float)*factor + a.value.half*factor + b.value.half
	if math.Abs(b.value.float-a.value.float*factor) <= slack {
		return
	}
	mend := "write " + right + " bbl, or the cubic metres that were measured"
	if at60, ok := o.at60(a.value); ok {
		mend = fmt.Sprintf("write %s bbl (%s bbl at 60 F, if the m3 and the density are at 15 C), or the cubic metres that were measured",
			right, at60)
	}
	c.report("L5", b.at, fmt.Sprintf("%s m3 are %s bbl, not %s", a.value.text, right, b.value.text), mend)
}

// barrels returns cubic metres in barrels at the same temperature, to two decimals.
func barrels(m3 decimal) (string, bool) {
	m, ok := m3.micro()
	if !ok {
		return "", false
	}
	bbl, err := quantity.ToBarrels(m)
	return bbl.Decimal(2), err == nil
}

// at60 returns cubic metres at 15 C in barrels at 60 F.
func (o oil) at60(m3 decimal) (string, bool) {
	m, ok := m3.micro()
	if !ok || o.rho == 0 {
		return "", false
	}
	bbl, _, err := liquid.ConvertVolume(liquid.Crude, m, quantity.Metric, quantity.Customary, o.rho)
	return bbl.Decimal(2), err == nil
}

// crudeLine reports a line of crude oil on the wrong side of the limit (L13). Within the band around it a person decides.
func (c *checker) crudeLine(n *node, o oil) {
	low, high := o.low, o.high
	if o.apiAt != nil {
		low, high = o.api, o.api
	}
	if o.contradicts() || o.apiAt == nil && o.rhoAt == nil {
		return
	}
	t := tariffOf(n)
	if len(t.digits) < 8 || !strings.HasPrefix(t.digits, "2709") {
		return
	}
	of := func(api float64) string {
		m, err := quantity.FromFloat(api)
		if err != nil {
			return ""
		}
		line, atRisk := c.crude.Line(m)
		if atRisk {
			return ""
		}
		return line
	}
	want := of(low)
	if want == "" || want != of(high) || plainDigits(want)[:8] == t.digits[:8] {
		return
	}
	c.report("L13", t.at, fmt.Sprintf("the line is %s, but %.1f degrees API is of %s: crude oil divides at %s degrees", quote(t.at.string()),
		low, want, c.crude.Limit), "write "+want+", or correct the gravity")
}

// lineOf returns the tariff line of a gravity.
func (c *checker) lineOf(api float64) string {
	m, err := quantity.FromFloat(api)
	if err != nil {
		return ""
	}
	line, _ := c.crude.Line(m)
	return line
}

// weights checks the units of weights (L6), and net against gross (L4).
func (c *checker) weights(n *node) {
	read := map[string]measure{}
	for _, name := range []string{"weight", "grossWeight", "netWeight", "totalWeight", "itemWeight"} {
		m, ok := measured(n.get(name))
		if !ok {
			continue
		}
		read[name] = m
		if m.unit.dimension != mass && m.unit.dimension != unknown {
			c.report("L6", m.unitAt, fmt.Sprintf("%s is stated in %s, %s and no mass", name, quote(m.unitAt.string()),
				m.unit.describe()), "state it in kg (KGM)")
		}
	}
	net, gross := read["netWeight"], read["grossWeight"]
	if net.at == nil {
		net, _ = measured(n.get("netQuantity"))
	}
	if net.at == nil || gross.at == nil || net.unit.name != "kg" || gross.unit.name != "kg" {
		return
	}
	if net.value.float > gross.value.float+gross.value.half {
		c.report("L4", net.at, fmt.Sprintf("net %s kg is more than gross %s kg", net.value.text, gross.value.text),
			"correct one of the two: gross is the weight with packing, sediment and water")
	}
}

// plain prints a figure with as many digits as say something.
func plain(x float64) string { return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64) }
