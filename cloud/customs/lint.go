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

// claimFault is why goods cannot claim a program, with the code of its finding.
type claimFault struct{ code, citation, text string }

// claimed returns a special program and why goods cannot claim it, all that the tables know of that; a program that the table does not
// hold is an error, a dated.Unknown. A free line lists no programs.
func (t *Tables) claimed(spi, country, mot, hts string, a dated.AsOf) (program programRow, faults []claimFault, err error) {
	program, err = t.rates.Programs.one("the program "+spi, a, func(r programRow) bool { return r.SPI == spi })
	if err != nil {
		return program, nil, err
	}
	if !slices.Contains(program.Origins, country) {
		faults = append(faults, claimFault{"spi-origin", program.Citation, fmt.Sprintf("%s is for goods of %s, not of %s", spi,
			strings.Join(program.Origins, ", "), country)})
	}
	if mode, err := t.mode(mot, a); err == nil && program.Agreement == "CAFTA-DR" && mode.Conveyance == byPipeline {
		faults = append(faults, claimFault{"spi-mode", "HTSUS GN 29", "CAFTA-DR goods come by vessel; goods that come by pipeline cannot claim " + spi})
	}
	row, err := t.line(hts, a)
	if err == nil && row.Rate.Type != "free" && !slices.Contains(row.Free, spi) {
		faults = append(faults, claimFault{"spi-line", row.Citation, fmt.Sprintf("the special column of %s does not name %s, but %s", row.HTS, spi,
			strings.Join(row.Free, ", "))})
	}
	return program, faults, nil
}

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
	if e.Country != "" && e.Country != s.Country {
		add("origin-country", Warning, "19 CFR part 102; HTSUS chapter 99", "By what its inputs are the goods are of %s, and origin code %s says %s: duties "+
			"that go by country are computed for %s.", e.Country, e.OriginCode, s.Country, s.Country)
	}
	if e.HTS != s.Line.HTS && s.Line.Reported != nil {
		add("hts-line", Error, s.Line.Reasons[0].Citation, "The entry declares line %q; %s degrees API is of %s.", e.HTS,
			s.Line.Reported.Decimal(1), s.Line.HTS)
	}
	if units := t.UnitsOf(s.Line.HTS); len(units) > 1 {
		add("second-unit", Warning, "", "Line %s reports %s beside %s, which is not computed here: state both when you file.", s.Line.HTS,
			strings.Join(units[1:], ", "), units[0])
	}
	if s.PortName == "" {
		add("port", Error, "Schedule D", "Port %q is not in the table of ports.", e.Port)
	}
	t.lintClaim(e, s, a, add)
	for _, d := range e.Days {
		lintMeasure(e, d, add)
	}
	return found
}

type adder func(code string, level Level, citation, format string, args ...any)

// lintClaim checks the special program indicator and what it does to the entry.
func (t *Tables) lintClaim(e Entry, s Assessment, a dated.AsOf, add adder) {
	if s.Filed == WithClaim {
		_, faults, err := t.claimed(e.SPI, s.Country, e.MOT, s.Line.HTS, a)
		if err != nil {
			add("spi", Error, "", "Special program %q cannot be claimed: %v.", e.SPI, err)
		}
		for _, f := range faults {
			add(f.code, Error, f.citation, "%s.", f.text)
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
func lintMeasure(e Entry, d Day, add adder) {
	if d.Gross == 0 {
		return
	}
	if d.Net > d.Gross {
		add("net-gross", Error, "19 USC 1507(b)", "%s: net %s %s exceed gross %s.", d.Date, d.Net, e.units(), d.Gross)
		return
	}
	net, err := Net(d.Gross, d.SedimentWater)
	if err != nil {
		add("sediment-water", Error, "19 CFR 151.14", "%s: %v.", d.Date, err)
		return
	}
	const half = quantity.PerUnit / 2
	if off := d.Net - net; off > half || off < -half {
		add("sediment-water", Error, "19 CFR 151.14", "%s: gross %s %s less %s %% are %s net, not %s.", d.Date, d.Gross, e.units(),
			d.SedimentWater, net.Decimal(2), d.Net)
	}
}
