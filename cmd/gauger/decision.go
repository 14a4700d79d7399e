package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/metrology/quantity"
)

// printDecision prints an entry as a customs officer reads it.
func printDecision(w io.Writer, d *audit.Decision) {
	a := d.Assessment
	filed, other := a.Claimed, a.Unclaimed
	if a.Filed != "claimed" {
		filed, other = other, filed
	}
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	unit := d.Lot.Basis.Unit
	line("entry", "%s, port %s %s, imported %s, batch %s", d.Entry, d.Port, a.PortName, d.Imported, d.Batch)
	if d.MOT != "" {
		line("arrived", "%s, mode of transportation %s", stamp(d.Arrived), d.MOT)
	}
	for _, a := range d.Arrivals {
		actual := "not there yet"
		if a.Actual != 0 {
			actual = "there " + stamp(a.Actual)
		}
		line("line", "%s: %s in the line, expected %s, %s", a.Place, time.Duration(a.Transit)*time.Millisecond, stamp(a.Expected), actual)
	}
	for _, s := range d.Lot.Shares {
		line("composition", "%s: %s %s by the books, %s %s put in (%s)%s", s.Source, s.Book.Decimal(2), unit, s.Input.Decimal(2), unit, s.Evidence, madeText(s.Made))
	}
	printCommingled(line, d)
	for _, c := range d.Conversions {
		line("conversion", "%s: %s -> %s, factor %s", c.Name, c.From, c.To, c.Factor)
	}
	printQuantity(line, d, filed)
	for _, p := range d.Products {
		line("material", "%s %s%s, by itself %s", p.Volume.Decimal(2), unit, madeText([]custody.Product{p.Made}), originates(p.Origin))
		printReasons(w, p.Origin)
	}
	line("origin", "%s", originates(d.Origin))
	printReasons(w, d.Origin)
	if c := d.Country; c != nil {
		line("country", "%s", countryText(c))
	}
	line("filed", "%s: value $%s, %s, %s entry due %s", a.Filed, filed.Value, owed(filed), filed.Regime, filed.Due)
	line("otherwise", "%s", owed(other))
	if d.ClaimRefused != "" {
		line("no claim", "%s", d.ClaimRefused)
	}
	if l := d.Later; l != nil && l.Refused == "" {
		line("later claim", "%s under 19 USC 1520(d) on %s: criterion %s, $%s come back", l.SPI, l.At[:10], l.Origin.Criterion, l.Reclaim)
	} else if l != nil {
		line("later claim", "refused: %s", l.Refused)
	}
	line("coverage", "%s", coverage(d))
	for _, diff := range d.Balance.Differences {
		z := ""
		if diff.Z != nil {
			z = ", z " + diff.Z.String()
		}
		line("balance", "%s to %s: %s %s (%s %%%s)", diff.From, diff.To, diff.Volume.Decimal(2), unit, diff.Percent, z)
	}
	if al := d.Balance.Allowance; al != nil {
		line("allowance", "PLA %s %% is %s %s", al.Percent, al.Volume.Decimal(2), unit)
	}
	if s := d.Balance.Shipper; s != nil {
		line("shipper", "balance %s %s", s.Decimal(2), unit)
	}
	for _, n := range d.Notes {
		line("right", "%s", n)
	}
	for _, f := range a.Findings {
		line("finding", "%v", f)
	}
	for _, n := range unverified(d) {
		line("unverified", "%s", n)
	}
	line("note", "%s", a.Label)
}

// owed says what a way to file costs.
func owed(c customs.Computed) string {
	if c.Unknown != "" {
		return "not known: " + c.Unknown
	}
	additional, harbor := "", ""
	if c.Additional > 0 {
		additional = fmt.Sprintf(", additional $%s", c.Additional)
	}
	if c.HMF > 0 {
		harbor = fmt.Sprintf(", HMF $%s", c.HMF)
	}
	return fmt.Sprintf("duty $%s%s, MPF $%s%s", c.Duty, additional, c.MPF, harbor)
}

// printQuantity says how much is entered under which line, and of gas at what price.
func printQuantity(line func(name, format string, args ...any), d *audit.Decision, filed customs.Computed) {
	hts := d.Assessment.Line.HTS
	if d.Gas == nil {
		line("quantity", "%s bbl gross at 60 F, S&W %s %%, %d net barrels (%s)", d.Gross.Decimal(1), d.SW, filed.Barrels, restsOn(d.Ticket))
		line("tariff line", "%s (%s degrees API)", hts, d.API60.Decimal(2))
		return
	}
	energy := ""
	if e := d.Gas.Energy; e != nil {
		energy = fmt.Sprintf(", %s %s", e.Quantity, e.Basis)
	}
	line("quantity", "%s %s%s (%s)", d.Gas.Volume.Quantity, d.Gas.Volume.Basis, energy, restsOn(d.Ticket))
	line("tariff line", "%s, %d %s at $%s per %s", hts, filed.Quantity, d.Assessment.Line.Unit, d.Price, d.PriceUnit)
}

// printReasons prints the steps of a decision about origin, and what somebody has to look at.
func printReasons(w io.Writer, o origin.Decision) {
	for _, r := range o.Reasons {
		fmt.Fprintf(w, "    %-5s %s [%s; %s]\n", r.Outcome, r.Text, r.Citation, r.Verified)
	}
	for _, r := range o.AtRisk {
		fmt.Fprintf(w, "  %-12s %s\n", "at risk", r)
	}
}

// madeText says what oil was made into on its way.
func madeText(products []custody.Product) (text string) {
	for _, p := range products {
		text += fmt.Sprintf(", made into %s by %s in %s (%s)", origin.Code(p.Heading), strings.Join(p.Steps, ", "), p.Country, p.Evidence)
	}
	return text
}

// printCommingled says what a lot from a common stock counts as by its inventory method, and which part of it was entered.
func printCommingled(line func(name, format string, args ...any), d *audit.Decision) {
	m := d.Commingled
	switch {
	case m == nil:
		return
	case m.Refused != "":
		line("inventory", "not decided: %s", m.Refused)
		return
	}
	line("inventory", "by %s (event %s) %s of %s drawn from %s originates, %s does not", m.Method, m.Chosen, m.Originating, m.Quantity, m.Pool, m.NonOriginating)
	for _, r := range m.Reasons {
		line("", "  %-5s %s [%s; %s]", r.Outcome, r.Text, r.Citation, r.Verified)
	}
	what := map[audit.Share]string{audit.OriginatingShare: "what originates", audit.RestShare: "the rest"}[d.Share]
	switch {
	case d.Share == audit.WholeLot:
	case d.Gas != nil:
		line("share", "%s of the lot is entered: %s %s", what, d.Gas.Volume.Quantity, d.Gas.Volume.Basis)
	default:
		line("share", "%s of the lot is entered: %s of %s net barrels", what, d.Net.Decimal(1), m.NetBarrels.Decimal(1))
	}
}

// unverified lists the figures that rest on a row nobody has read in its source: for the way filed and for the other way.
func unverified(d *audit.Decision) []string {
	notes := slices.Concat(d.Origin.Unverified, d.Assessment.Unverified, d.Assessment.Claimed.Unverified, d.Assessment.Unclaimed.Unverified)
	if d.Later != nil {
		notes = append(notes, d.Later.Origin.Unverified...)
	}
	if d.Country != nil {
		notes = append(notes, d.Country.Unverified...)
	}
	if d.Commingled != nil {
		notes = append(notes, d.Commingled.Unverified...)
	}
	for _, p := range d.Products {
		notes = append(notes, p.Origin.Unverified...)
	}
	out := []string{}
	for _, n := range notes {
		if text := fmt.Sprintf("%s rests on a row that is %s: %s", n.Row, n.Tag, n.Citation); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// originates says whether the goods originate. A yes by an open argument of law is not printed as one.
func originates(o origin.Decision) string {
	switch {
	case o.ForCounsel:
		return fmt.Sprintf("for counsel under %s, by its words criterion %s: %s", o.Agreement, o.Criterion, o.Rule)
	case o.Qualifies:
		return fmt.Sprintf("originating under %s, criterion %s: %s", o.Agreement, o.Criterion, o.Rule)
	}
	return fmt.Sprintf("not originating under %s: %s", o.Agreement, o.Rule)
}

// countryText says of which country the goods are, for duties that go by country.
func countryText(c *origin.CountryAnswer) string {
	of := c.Country
	if of == "" {
		of = "for a person to say"
	}
	if n := len(c.Reasons); n > 0 {
		return fmt.Sprintf("%s: %s [%s; %s]", of, c.Reasons[n-1].Text, c.Reasons[n-1].Citation, c.Reasons[n-1].Verified)
	}
	return of
}

// restsOn says what the quantity of an entry was made of.
func restsOn(t custody.Citation) string {
	switch {
	case t.Version == 0:
		return fmt.Sprintf("as %s stated it, event %s", t.Carrier, t.ID)
	case t.Carrier != "":
		return fmt.Sprintf("ticket %s, the carrier's own", t.ID)
	}
	return fmt.Sprintf("ticket %s version %d", t.ID, t.Version)
}

// coverage says what the quantity and the composition of an entry rest on.
func coverage(d *audit.Decision) string {
	text := fmt.Sprintf("quantity %s; composition %s", covered(d.Quantity, false), covered(d.Coverage, true))
	statements := slices.Concat(d.Quantity.Statements, d.Coverage.Statements)
	slices.Sort(statements)
	if statements = slices.Compact(statements); len(statements) > 0 {
		text += fmt.Sprintf("; %d monthly statements of carriers attest: %s", len(statements), strings.Join(statements, ", "))
	}
	return text
}

// covered lists the classes of evidence that a volume rests on: all of them, or those that it does.
func covered(c lineage.Coverage, all bool) string {
	var parts []string
	for _, part := range []struct {
		of   string
		size quantity.Micro
	}{{"signed meters", c.Signed}, {"attested", c.Attested}, {"typed statements", c.Typed}} {
		if all || part.size != 0 {
			parts = append(parts, fmt.Sprintf("%.2f %% %s", 100*float64(part.size)/float64(c.Volume), part.of))
		}
	}
	return strings.Join(parts, ", ")
}
