package customs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Level says how bad a finding is.
type Level string

// The levels. An entry with an error is not fit to file.
const (
	Error   Level = "error"
	Warning Level = "warning"
)

// Finding is something that is wrong or doubtful in an entry that can still be computed.
type Finding struct {
	Code     string `cbor:"1,keyasint" json:"code"` // stable, for filters: "origin-province"
	Level    Level  `cbor:"2,keyasint" json:"level"`
	Text     string `cbor:"3,keyasint" json:"text"`
	Citation string `cbor:"4,keyasint,omitempty" json:"citation,omitempty"`
}

// country returns the country behind the origin code. The bare country is understood too, so that the entry can be computed;
// lint reports it.
func (t *Tables) country(code string, f *Figure, a dated.AsOf) (string, error) {
	what := "the origin code " + code
	row, err := t.rates.Origins.one(what, a, func(r originRow) bool { return r.Code == code })
	if err == nil {
		f.step("Country of origin", row.Row, origin.Noted, "Origin code %s is %s: goods of %s, by last substantial transformation.",
			row.Code, row.Name, row.Country)
		return row.Country, nil
	}
	if slices.ContainsFunc(t.rates.Origins.Rows, func(r originRow) bool { return r.Country == code }) {
		return code, nil
	}
	return "", err
}

// port returns the name of the port, and notes that its pipelines are inferred.
func (t *Tables) port(e Entry, f *Figure) string {
	i := slices.IndexFunc(t.ports.Ports, func(r portRow) bool { return r.Code == e.Port })
	if i < 0 {
		return ""
	}
	p := t.ports.Ports[i]
	f.step("Port", dated.Row{ID: "port-" + p.Code, Citation: p.Citation, Verified: p.Verified}, origin.Noted, "Port %s is %s.",
		p.Code, p.Name)
	if len(p.Pipelines) > 0 {
		pairing := dated.Row{ID: "pairing-" + p.Code, Citation: "inferred from geography: pairing unverified", Verified: dated.Memory}
		f.step("Pipelines of the port", pairing, origin.Noted, "Taken to cross there: %s.", strings.Join(p.Pipelines, ", "))
	}
	return p.Name
}

// lint reports what is wrong with an entry that could be computed.
func (t *Tables) lint(e Entry, s Assessment, a dated.AsOf) []Finding {
	var found []Finding
	add := func(code string, level Level, citation, format string, args ...any) {
		found = append(found, Finding{Code: code, Level: level, Text: fmt.Sprintf(format, args...), Citation: citation})
	}
	if e.OriginCode == "CA" {
		add("origin-province", Error, "15 CFR 30.54(b); CSMS 97-000267",
			"Goods of Canada exported directly from Canada carry the code of the province, such as XA for Alberta, not CA.")
	}
	if e.ExportCountry != s.Country {
		add("export-country", Warning, "", "Goods of %s are exported from %s: an origin code of a province is for direct export, and "+
			"transit outside the Parties breaks preference.", s.Country, e.ExportCountry)
	}
	if e.HTS != s.Line.HTS {
		add("hts-line", Error, s.Line.Reasons[0].Citation, "The entry declares line %q; %s degrees API is of %s.", e.HTS,
			s.Line.Reported.Decimal(1), s.Line.HTS)
	}
	if s.PortName == "" {
		add("port", Error, "Schedule D", "Port %q is not in the table of ports.", e.Port)
	}
	t.lintClaim(e, s, a, add)
	for _, d := range e.Days {
		lintMeasure(d, add)
	}
	return found
}

type adder func(code string, level Level, citation, format string, args ...any)

// lintClaim checks the special program indicator and what it does to the entry.
func (t *Tables) lintClaim(e Entry, s Assessment, a dated.AsOf, add adder) {
	if s.Filed == WithClaim {
		row, err := t.rates.Programs.one("the program "+e.SPI, a, func(r programRow) bool { return r.SPI == e.SPI })
		switch {
		case err != nil:
			add("spi", Error, "", "Special program %q cannot be claimed: %v.", e.SPI, err)
		case !slices.Contains(row.Origins, s.Country):
			add("spi-origin", Error, row.Citation, "%s is for goods of %s, not of %s.", e.SPI,
				strings.Join(row.Origins, ", "), s.Country)
		}
		if e.MOT == "70" && (e.SPI == "P" || e.SPI == "P+") {
			add("spi-mode", Error, "HTSUS GN 29", "CAFTA-DR goods come by vessel; a pipeline entry cannot claim %s.", e.SPI)
		}
	}
	if filed := s.filed(); filed.Regime == Daily && len(e.Days) > 1 {
		add("one-day", Error, filed.Reasons[0].Citation, "These goods take an entry for each day's importation; this one holds %d days.",
			len(e.Days))
	}
	if s.Claimed.Unknown == "" && s.Filed == WithoutClaim && s.Claimed.Additional != s.Unclaimed.Additional {
		add("additional-reclaim", Warning, "19 USC 1520(d)", "With a claim at entry the additional duty would be %s instead of %s; "+
			"whether a later claim brings it back is not settled here.", s.Claimed.Additional.dollars(), s.Unclaimed.Additional.dollars())
	}
}

// lintMeasure checks net against gross and sediment and water.
func lintMeasure(d Day, add adder) {
	if d.GrossBarrels == 0 {
		return
	}
	if d.NetBarrels > d.GrossBarrels {
		add("net-gross", Error, "19 USC 1507(b)", "%s: net %s barrels exceed gross %s.", d.Date, d.NetBarrels, d.GrossBarrels)
		return
	}
	net, err := Net(d.GrossBarrels, d.SedimentWater)
	if err != nil {
		add("sediment-water", Error, "19 CFR 151.14", "%s: %v.", d.Date, err)
		return
	}
	const half = quantity.PerUnit / 2
	if off := d.NetBarrels - net; off > half || off < -half {
		add("sediment-water", Error, "19 CFR 151.14", "%s: gross %s barrels less %s %% are %s net, not %s.", d.Date, d.GrossBarrels,
			d.SedimentWater, net.Decimal(2), d.NetBarrels)
	}
}
