package lint

import (
	"fmt"
	"strings"
	"time"

	"github.com/gauger/gauger/configs/dated"
)

// certificate is a certification of origin, as far as claims rest on it.
type certificate struct {
	at        *node
	agreement string
	codes     []string // six digits each
	from, to  moment   // blanket period
	blanket   bool
	signed    moment
	isSigned  bool
}

// claim is a claim of preference on a line of an entry.
type claim struct {
	at          spot
	node        *node
	spi, code   string // code has six digits
	agreement   string
	first, last moment // days of importation
	made        moment
	isMade      bool
	own         *certificate // that comes with the line, whatever its code
}

// claims are the claims and certificates of all files.
type claims struct {
	made  []claim
	certs []certificate
}

// certificate checks a certification of origin, and keeps it for the claims: L20, L34.
func (c *checker) certificate(n *node) {
	if at := n.get("originCriterion", "criterion"); at != nil && at.kind == stringKind &&
		(at.key == "originCriterion" || n.get("hs6") != nil) && (len(at.string()) != 1 || !strings.Contains("ABCD", at.string())) {
		c.report("L34", at, "origin criterion "+quote(at.string())+" is none of A, B, C, D",
			"write A for what is wholly obtained, B for what meets a rule, C for what is of originating materials only")
	}
	cert, ok := certificateOf(n)
	if !ok {
		return
	}
	c.claims.certs = append(c.claims.certs, cert)
	if !cert.blanket {
		return
	}
	last := n.get("validUntil", "blanketTo")
	year := cert.from.t.AddDate(1, 0, 0)
	if cert.to.dayOnly && !cert.to.t.Before(year) || cert.to.t.After(year) {
		c.report("L20", last, fmt.Sprintf("the period from %s to %s is longer than twelve months", cert.from.day(), cert.to.day()),
			"end it on "+string(cert.from.day().AddYears(1).AddDays(-1))+" at the latest")
	}
}

// certificateOf reads a certification of origin: a credential, or one as this program writes it.
func certificateOf(n *node) (certificate, bool) {
	cert := certificate{at: n}
	subject := n.get("credentialSubject")
	switch {
	case n.is("USMCACertificationOfOrigin") && subject != nil:
		cert.agreement = "USMCA"
		for _, good := range subject.get("goods").list() {
			cert.codes = append(cert.codes, six(tariffOf(good).digits))
		}
		// An invoice number makes it one for a single shipment.
		cert.period(n.get("validFrom"), n.get("validUntil"), subject.get("invoiceNumber") == nil)
		cert.signed, cert.isSigned = momentOf(n.get("proof").get("created"))
	case n.get("hs6") != nil && n.get("agreement") != nil, n.get("blanketFrom") != nil && n.get("blanketTo") != nil:
		cert.agreement = n.get("agreement").string()
		cert.codes = []string{six(plainDigits(n.get("hs6", "hts").string()))}
		cert.period(n.get("blanketFrom"), n.get("blanketTo"), true)
		cert.signed, cert.isSigned = momentOf(n.get("signedAt"))
	default:
		return certificate{}, false
	}
	return cert, true
}

func (x *certificate) period(from, to *node, blanket bool) {
	var okFrom, okTo bool
	x.from, okFrom = momentOf(from)
	x.to, okTo = momentOf(to)
	x.blanket = blanket && okFrom && okTo
}

// six returns the subheading of a tariff number.
func six(digits string) string {
	if len(digits) < 6 {
		return ""
	}
	return digits[:6]
}

// late reports whether the certificate is certainly signed after the claim.
func (x certificate) late(k claim) bool { return x.isSigned && k.isMade && k.made.before(x.signed) }

// misses reports whether a day of importation certainly lies outside the blanket period.
func (x certificate) misses(k claim) bool {
	return x.blanket && !k.first.t.IsZero() && (k.first.before(x.from) || x.to.before(k.last))
}

// claim keeps the claim of a line.
func (s *claims) claim(c *checker, l line) {
	spi, at := l.spi()
	agreement, _, known := c.tables.Program(spi)
	if !known {
		return
	}
	k := claim{at: spot{c.file, c.line, c.seen + at.order}, node: at, spi: spi, code: six(l.tariff.digits), agreement: agreement}
	k.first, _ = momentOf(l.get("importDate", "importationDate", "arrivalDate"))
	k.last = k.first
	if days := l.get("days").list(); len(days) > 0 {
		k.first, _ = momentOf(days[0].get("date"))
		k.last, _ = momentOf(days[len(days)-1].get("date"))
	}
	k.made, k.isMade = momentOf(l.get("claimedAt", "summaryDate", "enteredAt"))
	if own := l.get("certificate"); own != nil {
		if cert, ok := certificateOf(own); ok {
			k.own = &cert
		}
	}
	s.made = append(s.made, k)
}

// check holds each claim against the certificates that may be for it (L21, L22). One that supports it is enough, and where there is
// none at all nothing is said: it may be elsewhere.
func (s *claims) check(c *checker) {
	byCode := map[string][]*certificate{}
	for i, x := range s.certs {
		for _, code := range x.codes {
			if code != "" {
				byCode[code] = append(byCode[code], &s.certs[i])
			}
		}
	}
	for _, k := range s.made {
		var late, outside *certificate
		supported := false
		certs := byCode[k.code]
		if k.own != nil {
			certs = []*certificate{k.own}
		}
		for _, x := range certs {
			switch {
			case supported || x.agreement != "" && x.agreement != k.agreement:
			case x.misses(k):
				outside = x
			case x.late(k):
				late = x
			default:
				supported = true
			}
		}
		switch {
		case supported:
		case late != nil:
			c.reportAs(k.at, "L21", k.node, fmt.Sprintf("%s is claimed at %s, the certificate is signed at %s", k.spi, stamp(k.made), stamp(late.signed)),
				"leave out the claim and make it later, under 19 USC 1520(d), within a year of importation; or use a certificate held by then")
		case outside != nil:
			c.reportAs(k.at, "L22", k.node, fmt.Sprintf("%s is claimed for goods imported %s, the certificate covers %s to %s", k.spi,
				days(k.first.day(), k.last.day()), outside.from.day(), outside.to.day()),
				"leave out the claim, or use a certificate whose period covers the importation")
		}
	}
}

// days prints one day, or a first and last one.
func days(first, last dated.Date) string {
	if first == last {
		return "on " + string(first)
	}
	return string(first) + " to " + string(last)
}

func stamp(m moment) string {
	if m.dayOnly {
		return m.t.Format(time.DateOnly)
	}
	return m.t.Format("2006-01-02 15:04:05Z07:00")
}
