package origin

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gauger/gauger/configs/dated"
)

// form is how an agreement has its certification filled in. The numbers are those of its elements.
type form struct {
	word                                          string // what an element is called
	criteria                                      string // the letters that it has
	role, certifier, exporter, producer, importer int
	goods, criterion, period, signature           int
	roles                                         []CertifierRole
	exporters, producers, importers               []Disclosure
	email                                         bool // parties give one
	exporterKnown                                 bool // but to a producer who certifies
}

// forms are the certifications that can be checked. The USMCA has nine elements, in free form; Form 434 has eleven fields; those of
// 19 CFR 10.584 are numbered here in the order of the text. The latter two are from memory.
var forms = map[string]form{
	"USMCA": {
		word: "element", criteria: "ABCD", role: 1, certifier: 2, exporter: 3, producer: 4, importer: 5, goods: 6, criterion: 7, period: 8, signature: 9,
		roles:     []CertifierRole{AsImporter, AsExporter, AsProducer},
		exporters: []Disclosure{Named, Same, Unstated}, producers: []Disclosure{Named, Same, Various, Withheld},
		importers: []Disclosure{Named, Same, Various, Unstated}, email: true, exporterKnown: true,
	},
	"NAFTA": {
		word: "field", criteria: "ABCDEF", role: 11, certifier: 11, exporter: 1, producer: 3, importer: 4, goods: 6, criterion: 7, period: 2, signature: 11,
		roles:     []CertifierRole{AsExporter, AsProducer},
		exporters: []Disclosure{Named, Same}, producers: []Disclosure{Named, Same, Various, Unstated, Withheld},
		importers: []Disclosure{Named, Various, Unstated},
	},
	"CAFTA-DR": {
		word: "item", criteria: "ABC", role: 8, certifier: 8, exporter: 2, producer: 3, importer: 1, goods: 4, criterion: 6, period: 7, signature: 8,
		roles:     []CertifierRole{AsImporter, AsExporter, AsProducer},
		exporters: []Disclosure{Named, Same, Unstated}, producers: []Disclosure{Named, Same, Various, Unstated, Withheld},
		importers: []Disclosure{Named, Same, Various, Unstated},
	},
}

func (f form) element(n int) string { return fmt.Sprintf("%s %d", f.word, n) }

func (c Certificate) elements(f form) error {
	switch {
	case len(c.Roles) == 0 || len(c.Roles) > 3:
		return fmt.Errorf("%s: the certifier has one to three roles", f.element(f.role))
	case c.Description == "":
		return fmt.Errorf("%s: no description of the good", f.element(f.goods))
	case !digits(c.HS6, 6):
		return fmt.Errorf("%s: HS classification %q is not six digits", f.element(f.goods), c.HS6)
	case len(c.Criterion) != 1 || !strings.Contains(f.criteria, c.Criterion):
		return fmt.Errorf("%s: origin criterion %q is not one letter of %s", f.element(f.criterion), c.Criterion, f.criteria)
	case c.SignedAt <= 0 || c.SignedAt > maxTime || c.Signatory == "":
		return fmt.Errorf("%s: not signed or not dated: signedAt is in ms since 1970, up to the year 9999", f.element(f.signature))
	case c.Statement == "":
		return fmt.Errorf("%s: the certification statement is missing", f.element(f.signature))
	}
	for i, r := range c.Roles {
		if !slices.Contains(f.roles, r) {
			return fmt.Errorf("%s: role %q is none of %v", f.element(f.role), r, f.roles)
		}
		if slices.Contains(c.Roles[:i], r) {
			return fmt.Errorf("%s: role %q occurs twice", f.element(f.role), r)
		}
	}
	return nil
}

// parties checks who certifies, exports, produces and imports.
func (c Certificate) parties(f form) error {
	if c.Certifier.Title == "" || c.Certifier.Telephone == "" {
		return fmt.Errorf("%s: the certifier needs a title and a telephone number", f.element(f.certifier))
	}
	for _, p := range []struct {
		element int
		name    string
		party   Party
		allowed []Disclosure
	}{
		{f.certifier, "certifier", c.Certifier, []Disclosure{Named}},
		{f.exporter, "exporter", c.Exporter, f.exporters},
		{f.producer, "producer", c.Producer, f.producers},
		{f.importer, "importer", c.Importer, f.importers},
	} {
		if err := p.party.valid(p.allowed, f.email); err != nil {
			return fmt.Errorf("%s: the %s %w", f.element(p.element), p.name, err)
		}
	}
	if f.exporterKnown && c.Exporter.Disclosure == Unstated && !slices.Contains(c.Roles, AsProducer) {
		return fmt.Errorf("%s: only a producer who certifies may not know the exporter", f.element(f.exporter))
	}
	return nil
}

func (p Party) valid(allowed []Disclosure, email bool) error {
	if !slices.Contains(allowed, p.Disclosure) {
		return fmt.Errorf("cannot be %q", p.Disclosure)
	}
	if p.Disclosure == Named && (p.Name == "" || p.Address == "" || len(p.Country) != 2 || email && p.Email == "") {
		return errors.New("needs a name, address, country and e-mail")
	}
	if p.Disclosure == Named && strings.Trim(p.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return fmt.Errorf("is in country %q, which is not two capital letters, such as CA", p.Country)
	}
	if p.Disclosure != Named && p != (Party{Disclosure: p.Disclosure}) {
		return fmt.Errorf("is %q and yet has details", p.Disclosure)
	}
	return nil
}

// further checks what one form alone has.
func (c Certificate) further(form) error {
	if c.Agreement == "NAFTA" {
		return c.form434()
	}
	if c.ProducerBasis != "" || c.NetCost != "" || c.CountryOfOrigin != "" {
		return fmt.Errorf("producer basis, net cost and country of origin are of Form 434, not of a certification under %s", c.Agreement)
	}
	if c.Agreement != "CAFTA-DR" {
		if c.Invoice != "" || c.InvoiceDate != "" {
			return fmt.Errorf("an invoice is named under the CAFTA-DR, not under %s: name the shipment", c.Agreement)
		}
		return nil
	}
	if (c.Invoice == "") != (c.InvoiceDate == "") {
		return errors.New("item 7: the invoice of a single shipment needs a number and a day")
	}
	if c.InvoiceDate != "" {
		if err := day(c.InvoiceDate); err != nil {
			return fmt.Errorf("item 7: day of the invoice: %w", err)
		}
	}
	return nil
}

// Bounds of what a certificate says, so that it can be printed, and compared, by whoever gets it.
const (
	maxLine = 256             // bytes of a name, an address, a number
	maxTime = 253402300799999 // ms: the end of the year 9999
)

// texts checks that what it says prints: on one line, but for description and statement.
func (c Certificate) texts(form) error {
	type text struct{ name, value string }
	lines := []text{{"id", c.ID}, {"shipment", c.Shipment}, {"invoice", c.Invoice}, {"signatory", c.Signatory}}
	for _, who := range []struct {
		name string
		Party
	}{{"certifier", c.Certifier}, {"exporter", c.Exporter}, {"producer", c.Producer}, {"importer", c.Importer}} {
		lines = append(lines, text{who.name + "'s name", who.Name}, text{who.name + "'s title", who.Title}, text{who.name + "'s address", who.Address},
			text{who.name + "'s telephone", who.Telephone}, text{who.name + "'s e-mail", who.Email}, text{who.name + "'s tax id", who.TaxID})
	}
	for _, x := range lines {
		if len(x.value) > maxLine || !prints(x.value, "") {
			return fmt.Errorf("%s %.40q does not print on a line of at most %d bytes: leave line breaks and control characters out", x.name, x.value, maxLine)
		}
	}
	for _, x := range []text{{"description", c.Description}, {"statement", c.Statement}} {
		if !prints(x.value, "\n") {
			return fmt.Errorf("%s %.40q does not print: lines end with a line feed, and there are no other control characters", x.name, x.value)
		}
	}
	return nil
}

// prints reports whether a text has nothing but characters that print, and the others that are allowed.
func prints(s, others string) bool {
	bad := func(r rune) bool { return !unicode.IsPrint(r) && !strings.ContainsRune(others, r) }
	return utf8.ValidString(s) && !strings.ContainsFunc(s, bad)
}

// day refuses what is no day, or so far off that the same day of another year has not four digits.
func day(d dated.Date) error {
	if err := d.Valid(); err != nil {
		return err
	}
	if d < "1970-01-01" || d > "9998-12-31" {
		return fmt.Errorf("%s is not of the years 1970 to 9998", d)
	}
	return nil
}

func (c Certificate) form434() error {
	producer := slices.Contains(c.Roles, AsProducer)
	switch c.ProducerBasis {
	case BasisProducer, BasisKnowledge, BasisStatement, BasisCertificate:
	default:
		return fmt.Errorf("field 8: %q is none of YES, NO (1), NO (2), NO (3)", c.ProducerBasis)
	}
	switch {
	case producer != (c.ProducerBasis == BasisProducer):
		return fmt.Errorf("field 8: YES is for the producer, and only for him: the certifier is %v and says %s", c.Roles, c.ProducerBasis)
	case c.NetCost != "NC" && c.NetCost != "NO":
		return fmt.Errorf("field 9: net cost is %q, want NC or NO", c.NetCost)
	case !slices.Contains([]string{"CA", "MX", "US", "JNT"}, c.CountryOfOrigin):
		return fmt.Errorf("field 10: country of origin is %q, want CA, MX, US or JNT", c.CountryOfOrigin)
	case c.Invoice != "" || c.InvoiceDate != "":
		return errors.New("field 2: Form 434 names no invoice: give the blanket period or the shipment")
	}
	return nil
}

// Certification is what an agreement asks of a certificate beside its form: dated data of the table.
type Certification struct {
	Agreement  string
	ValidYears int // from the day of signature
	Citation   string
	Unverified []dated.Note
}

// Certification returns what the agreement asks of a certificate at a moment. It returns a NotInForceError or dated.Unknown outside
// its time.
func (r *Rules) Certification(at time.Time) (Certification, error) {
	asOf := dated.AsOf{At: at}
	what := "what " + r.Agreement + " asks of a certificate"
	if err := dated.Reach(what, r.KnownThrough, asOf); err != nil {
		return Certification{}, err
	}
	if _, err := r.inForce(asOf); err != nil {
		return Certification{}, err
	}
	row, err := r.pick(kindCertification, "", asOf)
	if errors.Is(err, errAbsent) {
		err = &dated.Unknown{What: what, At: dated.Eastern(at), Reason: "no row of the table is in force"}
	}
	if err != nil {
		return Certification{}, err
	}
	return Certification{
		Agreement: r.Agreement, ValidYears: row.ValidYears, Citation: row.Citation,
		Unverified: dated.AppendNote(nil, row.Row),
	}, nil
}

// Supports reports why a certificate cannot carry a claim under this agreement: what Certificate.Supports finds, another
// agreement, and, with ErrExpired, a claim later than a certificate is good for. A producer who is withheld keeps
// no certificate from proving.
func (t Certification) Supports(c Certificate, u Use) error {
	if err := c.Supports(u); err != nil {
		return err
	}
	if c.Agreement != t.Agreement {
		return fmt.Errorf("%w: certificate %s is under %s, the claim under %s", ErrNotCovered, c.ID, c.Agreement, t.Agreement)
	}
	if last := dated.Eastern(time.UnixMilli(c.SignedAt)).AddYears(t.ValidYears); dated.Eastern(u.ClaimedAt) > last {
		return fmt.Errorf("%w: certificate %s could support claims until %s, %d years from its signature, the claim is of %s", ErrExpired, c.ID,
			last, t.ValidYears, dated.Eastern(u.ClaimedAt))
	}
	return nil
}
