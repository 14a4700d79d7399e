package lint

import (
	"slices"
	"strings"
	"unicode"
)

// what a figure of a liquid is.
type what string

const (
	grossVolume what = "gross"
	netVolume   what = "net"
	rho         what = "density"
	gravity     what = "API"
)

// figure is a measured quantity of an object: one of its observations, or a member with a telling name.
type figure struct {
	what  what
	label string // what the name says beyond that, such as "opening"
	named string // unit in the name: m3 or bbl
	measure
}

// unitName returns the unit of a volume: as stated, else as the name has it.
func (f figure) unitName() string {
	if f.unit.dimension != unknown {
		return f.unit.name
	}
	return f.named
}

// maxFigures is how many figures of one object are looked at: they are held against each other.
const maxFigures = 100

// figuresOf returns the figures of an object.
func figuresOf(n *node) []figure {
	var found []figure
	add := func(name string, value *node) {
		f, ok := parseName(name)
		if !ok || len(found) >= maxFigures {
			return
		}
		if f.measure, ok = measured(value); ok {
			found = append(found, f)
		}
	}
	for _, o := range n.get("observation", "observations").list() {
		property := o.get("property")
		if property != nil && property.kind == objectKind {
			property = property.get("name", "identifier")
		}
		add(property.string(), o.get("measurement"))
	}
	for _, kid := range n.kids {
		if kid.kind == objectKind || kid.kind == numberKind || kid.kind == stringKind {
			add(kid.key, kid)
		}
	}
	return found
}

// words splits a name such as gsv_m3, netBarrels or "API gravity" into its words, in small letters.
func words(name string) []string {
	var b strings.Builder
	small := false
	for _, r := range name {
		if unicode.IsUpper(r) && small {
			b.WriteByte(' ')
		}
		small = unicode.IsLower(r) || unicode.IsDigit(r)
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		} else {
			b.WriteByte(' ')
		}
	}
	return strings.Fields(b.String())
}

// told are the words of a name that tell what a figure is, and passed those that add nothing.
var (
	told = map[string]what{
		"gsv": grossVolume, "gsvm3": grossVolume, "gsvbbl": grossVolume, "gross": grossVolume, "nsv": netVolume, "nsvm3": netVolume,
		"nsvbbl": netVolume, "net": netVolume, "density": rho, "api": gravity, "api60": gravity, "api60f": gravity,
	}
	passed = strings.Fields("standard volume gravity degrees deg at 15c 60f 15 60 c f of the")
)

// parseName tells from a name what a figure is. It passes over names that it is not sure of: a density "observed" may be at any
// temperature, and a rate is no volume.
func parseName(name string) (figure, bool) {
	if len(name) > 64 {
		return figure{}, false
	}
	var f figure
	var rest []string
	volumetric := false
	for _, w := range words(name) {
		u := units[w]
		switch {
		case told[w] != "" && f.what != "":
			return figure{}, false
		case told[w] != "":
			f.what = told[w]
			volumetric = volumetric || strings.Contains(w, "sv")
			if unit := w[min(3, len(w)):]; unit == "m3" || unit == "bbl" {
				f.named = unit
			}
		case u.name == "m3" || u.name == "bbl":
			f.named, volumetric = u.name, true
		case slices.Contains(passed, w):
			volumetric = volumetric || w == "volume"
		default:
			rest = append(rest, w)
		}
	}
	f.label = strings.Join(rest, " ")
	switch f.what {
	case grossVolume, netVolume:
		return f, volumetric && len(rest) < 3 && !slices.Contains(rest, "flow") && !slices.Contains(rest, "rate")
	case rho, gravity:
		return f, len(rest) == 0 && f.named == ""
	}
	return figure{}, false
}
