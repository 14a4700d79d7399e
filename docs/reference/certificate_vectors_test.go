package reference_test

import (
	"crypto"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/metrology/quantity"
)

// keyEnds is when the key of the producer's party ends, in the vectors of certificates and claims.
const keyEnds = 1_780_000_000_000

// certificateCase is a certificate of origin, and the key of the producer's party.
type certificateCase struct{ signedCase }

func (c certificateCase) check(t *testing.T) error {
	_, _, err := audit.OpenCertificate(c.Signed, partyUntil(t))
	return err
}

// partyUntil returns a directory with the producer's party alone, whose key ends.
func partyUntil(t *testing.T) *registry.Directory {
	w, keys := bundletest.New(t), &registry.Directory{}
	r := w.Producer.Registry
	r.Entries[0].To = keyEnds
	if err := keys.Add(&r); err != nil {
		t.Fatal(err)
	}
	return keys
}

// usmca is a certificate of version 1.
func usmca() origin.Certificate {
	named := func(name, country string) origin.Party {
		return origin.Party{Disclosure: origin.Named, Name: name, Address: "1 Main Street", Country: country, Email: "office@example.com"}
	}
	c := origin.Certificate{
		Version: 1, ID: "C-1", Agreement: "USMCA", Roles: []origin.CertifierRole{origin.AsExporter}, Certifier: named("Producer Ltd.", "CA"),
		Exporter: origin.Party{Disclosure: origin.Same}, Producer: origin.Party{Disclosure: origin.Withheld}, Importer: named("Refiner Inc.", "US"),
		Description: "heavy crude oil", HS6: "270900", Criterion: "A", BlanketFrom: "2026-01-01", BlanketTo: "2026-12-31", SignedAt: bundletest.Epoch,
		Signatory: "A. Doe", Statement: "I certify that the goods qualify.",
	}
	c.Certifier.Title, c.Certifier.Telephone = "Director", "+1 403 555 0142"
	return c
}

// form434 makes a certificate one under the NAFTA.
func form434(c *origin.Certificate) {
	c.Version, c.Agreement, c.Criterion = 2, "NAFTA", "F"
	c.ProducerBasis, c.NetCost, c.CountryOfOrigin = origin.BasisStatement, "NO", "CA"
	c.Certifier.Email, c.Importer = "", origin.Party{Disclosure: origin.Unstated}
	c.Certifier.TaxID = "123456789RC0001"
}

// caftaDR makes a certificate one under the CAFTA-DR, of the shipment of an invoice.
func caftaDR(c *origin.Certificate) {
	c.Version, c.Agreement, c.Criterion = 2, "CAFTA-DR", "C"
	c.BlanketFrom, c.BlanketTo, c.Invoice, c.InvoiceDate = "", "", "INV 7", "2026-02-01"
}

// covers makes a certificate one of a quantity.
func covers(volume quantity.Micro, basis quantity.Basis, monthly bool) func(*origin.Certificate) {
	return func(c *origin.Certificate) {
		c.Version, c.Quantity = 3, &origin.CertifiedQuantity{Volume: volume, Basis: basis, PerMonth: monthly}
	}
}

// longest makes a certificate have each text, and as many bytes as said.
func longest(t *testing.T, size int) func(*origin.Certificate) {
	return func(c *origin.Certificate) {
		fill(c)
		c.Statement = strings.Repeat("x\n", 4000)
		c.Statement += strings.Repeat("x", size-len(must[[]byte](t)(cose.Marshal(c))))
	}
}

// fill gives a certificate each text; those that are lines are the longest.
func fill(c *origin.Certificate) {
	line := strings.Repeat("é", 128)
	who := origin.Party{Disclosure: origin.Named, Name: line, Title: line, Address: line, Country: "CA", Telephone: line, Email: line, TaxID: line}
	caftaDR(c)
	covers(1<<63-1, quantity.Customary, false)(c)
	c.Roles = []origin.CertifierRole{origin.AsProducer, origin.AsImporter, origin.AsExporter}
	c.Certifier, c.Exporter, c.Producer, c.Importer = who, who, who, who
	c.ID, c.Shipment, c.Invoice, c.Signatory, c.Description = line, line, line, line, "oil\n"
}

func certificateVectors(t *testing.T) group {
	w := bundletest.New(t)
	by := func(o outcome, key crypto.Signer, alter ...func(*origin.Certificate)) vector {
		c := usmca()
		for _, a := range alter {
			a(&c)
		}
		signed := must[[]byte](t)(cose.Sign(key, audit.CertificateThing, must[[]byte](t)(cose.Marshal(c)), nil))
		return certificateCase{signedOf(t, signedCase{outcome: o, Key: keyOf(t, w.Producer.Hand).Bytes(), Signed: signed, thing: audit.CertificateThing})}
	}
	of := func(o outcome, alter ...func(*origin.Certificate)) vector { return by(o, w.Producer.Hand, alter...) }
	single := func(c *origin.Certificate) { c.BlanketFrom, c.BlanketTo, c.Shipment = "", "", "B-7" }
	period := func(from, to string) func(*origin.Certificate) {
		return func(c *origin.Certificate) { c.BlanketFrom, c.BlanketTo = dated.Date(from), dated.Date(to) }
	}
	cases := []vector{
		of(ok("of a year, under the USMCA")),
		of(ok("of one shipment"), single),
		of(ok("under the NAFTA"), form434),
		of(ok("under the CAFTA-DR, by an invoice"), caftaDR),
		of(ok("with a tax id"), func(c *origin.Certificate) { c.Version, c.Importer.TaxID = 2, "12-3456789" }),
		of(ok("of so much a month"), covers(1, quantity.Metric, true)),
		of(ok("of so much energy"), covers(1, quantity.Basis{Unit: quantity.Gigajoule}, true)),
		of(ok("of so much in one shipment"), single, covers(1, quantity.Customary, false)),
		of(ok("all that one can say"), longest(t, 16_384)),
		of(ok("from a leap day on"), period("2024-02-29", "2025-02-27")),
		of(ok("certified before there was a key"), func(c *origin.Certificate) { c.SignedAt = 1 }),
		of(ok("certified as the key ends"), func(c *origin.Certificate) { c.SignedAt = keyEnds - 1 }),
		of(ok("by a producer who does not know the exporter"), func(c *origin.Certificate) {
			c.Roles, c.Exporter.Disclosure = []origin.CertifierRole{origin.AsProducer}, origin.Unstated
		}),
		by(bad("by a stranger", "its signer is in a registry", "in no registry"), bundletest.Ed25519(99)),
		of(bad("certified when the key had ended", "the key ends at 1780000000000", "ended at"), func(c *origin.Certificate) { c.SignedAt = keyEnds }),
		of(bad("a year and a day", "twelve months are the most", "longer than 12 months"), period("2026-01-01", "2027-01-01")),
		of(bad("a year from a leap day", "the year ends on the eve of 28 February", "longer than 12 months"), period("2024-02-29", "2025-02-28")),
		of(bad("backwards", "from is not after to", "before it begins"), period("2026-02-01", "2026-01-31")),
		of(bad("a byte too long", "it has at most 16384 bytes", "has 16385 bytes"), longest(t, 16_385)),
		of(bad("half a period", "from and to come together", "is not a date"), period("2026-01-01", "")),
		of(bad("no such day", "2026 is no leap year", "is not a date"), period("2026-02-29", "2026-03-01")),
		of(bad("a day in other words", "a day has one form", "is not a date"), period("20260101", "20260131")),
		of(bad("a day of 1969", "days are from 1970 on", "1970 to 9998"), period("1969-12-31", "1970-01-01")),
		of(bad("no period and no shipment", "it covers something", "neither a blanket period"), period("", "")),
		of(bad("a period and a shipment", "it is one or the other", "no single shipment"), func(c *origin.Certificate) { c.Shipment = "B-7" }),
		of(bad("a quantity of version 1", "a quantity takes version 3", "encoded in version 3"), covers(1, quantity.Customary, true), func(c *origin.Certificate) { c.Version = 1 }),
		of(bad("version 3 of nothing", "each has the lowest version", "encoded in version 1"), func(c *origin.Certificate) { c.Version = 3 }),
		of(bad("no volume", "a volume is above 0", "a volume is positive"), covers(0, quantity.Customary, true)),
		of(bad("a mass", "it is a volume", "no basis of a volume"), covers(1, quantity.Basis{Unit: quantity.Kilogram}, true)),
		of(bad("energy at a temperature", "energy has no reference conditions", "no basis of a volume"), covers(1, quantity.Basis{Unit: quantity.MMBtu, Reference: quantity.At60F}, true)),
		of(bad("so much a month of one shipment", "a shipment has no months", "has no months"), single, covers(1, quantity.Customary, true)),
	}
	return group{"certificate.json", "Certificates of origin (F13). The key given is registered as did:web:producer.example's party from 1770000000000 until just before 1780000000000.",
		append(append(cases, certificateElements(of)...), certificateForms(of)...)}
}

// certificateElements are certificates in which an element is missing or wrong, whatever the agreement.
func certificateElements(of func(o outcome, alter ...func(*origin.Certificate)) vector) []vector {
	return []vector{
		of(bad("no id", "it has an id", "no id"), func(c *origin.Certificate) { c.ID = "" }),
		of(bad("an unknown agreement", "the agreements are three", "no form of certification"), func(c *origin.Certificate) { c.Version, c.Agreement = 2, "CPTPP" }),
		of(bad("no role", "somebody certifies", "one to three roles"), func(c *origin.Certificate) { c.Roles = nil }),
		of(bad("a role twice", "each role stands once", "occurs twice"), func(c *origin.Certificate) { c.Roles = append(c.Roles, c.Roles...) }),
		of(bad("a role that is none", "the roles are three", "is none of"), func(c *origin.Certificate) { c.Roles[0] = "broker" }),
		of(bad("a certifier without telephone", "the certifier can be called", "telephone"), func(c *origin.Certificate) { c.Certifier.Telephone = "" }),
		of(bad("a certifier who is not named", "the certifier is named", "cannot be"), func(c *origin.Certificate) { c.Certifier.Disclosure = origin.Various }),
		of(bad("a withheld exporter", "only a producer can be withheld", "cannot be"), func(c *origin.Certificate) { c.Exporter.Disclosure = origin.Withheld }),
		of(bad("a withheld producer with a name", "who is not named has no details", "yet has details"), func(c *origin.Certificate) { c.Producer.Name = "P" }),
		of(bad("an importer without address", "who is named has an address", "needs a name"), func(c *origin.Certificate) { c.Importer.Address = "" }),
		of(bad("an importer without e-mail", "under the USMCA who is named has one", "needs a name"), func(c *origin.Certificate) { c.Importer.Email = "" }),
		of(bad("a country of three letters", "a country has two", "needs a name"), func(c *origin.Certificate) { c.Importer.Country = "USA" }),
		of(bad("a country in small letters", "they are capitals", "two capital letters"), func(c *origin.Certificate) { c.Importer.Country = "us" }),
		of(bad("no description", "the goods are described", "no description"), func(c *origin.Certificate) { c.Description = "" }),
		of(bad("four digits", "a subheading has six", "six digits"), func(c *origin.Certificate) { c.HS6 = "2709" }),
		of(bad("letters for digits", "a subheading has six digits", "six digits"), func(c *origin.Certificate) { c.HS6 = "2709.0" }),
		of(bad("no such criterion", "under the USMCA it is A to D", "origin criterion"), func(c *origin.Certificate) { c.Criterion = "E" }),
		of(bad("undated", "it is signed after 1970 began", "not dated"), func(c *origin.Certificate) { c.SignedAt = 0 }),
		of(bad("nobody signs", "it has a signatory", "not signed"), func(c *origin.Certificate) { c.Signatory = "" }),
		of(bad("no statement", "something is certified", "statement is missing"), func(c *origin.Certificate) { c.Statement = "" }),
		of(bad("an id of two lines", "an id is a line", "does not print"), func(c *origin.Certificate) { c.ID = "C\n1" }),
		of(bad("a long name", "a line has at most 256 bytes", "does not print"), func(c *origin.Certificate) { c.Importer.Name = strings.Repeat("é", 128) + "x" }),
		of(bad("a carriage return", "lines end with a line feed", "does not print"), func(c *origin.Certificate) { c.Description = "oil\r\n" }),
		of(bad("a soft hyphen", "characters print", "does not print"), func(c *origin.Certificate) { c.Signatory = "A.\u00adDoe" }),
	}
}

// certificateForms are certificates that are wrong by the form of their agreement.
func certificateForms(of func(o outcome, alter ...func(*origin.Certificate)) vector) []vector {
	return []vector{
		of(bad("an exporter unknown to an exporter", "only a producer who certifies may not know him", "only a producer"), func(c *origin.Certificate) {
			c.Exporter.Disclosure = origin.Unstated
		}),
		of(bad("a producer unknown under the USMCA", "he is named, or withheld", "cannot be"), func(c *origin.Certificate) { c.Producer.Disclosure = origin.Unstated }),
		of(bad("net cost under the USMCA", "it is of Form 434", "are of Form 434"), func(c *origin.Certificate) { c.Version, c.NetCost = 2, "NO" }),
		of(bad("an invoice under the USMCA", "it is of the CAFTA-DR", "under the CAFTA-DR"), func(c *origin.Certificate) {
			c.Version, c.BlanketFrom, c.BlanketTo, c.Invoice, c.InvoiceDate = 2, "", "", "INV 7", "2026-02-01"
		}),
		of(bad("an importer who certifies under the NAFTA", "exporters and producers do", "is none of"), form434, func(c *origin.Certificate) { c.Roles[0] = origin.AsImporter }),
		of(bad("an importer who is the certifier under the NAFTA", "he is named, various or unknown", "cannot be"), form434, func(c *origin.Certificate) {
			c.Importer.Disclosure = origin.Same
		}),
		of(bad("the producer's YES by an exporter", "it is the producer's", "YES is for the producer"), form434, func(c *origin.Certificate) { c.ProducerBasis = origin.BasisProducer }),
		of(bad("a producer's NO", "a producer says YES", "YES is for the producer"), form434, func(c *origin.Certificate) { c.Roles[0] = origin.AsProducer }),
		of(bad("no producer basis", "Form 434 has one", "is none of YES"), form434, func(c *origin.Certificate) { c.ProducerBasis = "" }),
		of(bad("no net cost", "Form 434 has one", "want NC or NO"), form434, func(c *origin.Certificate) { c.NetCost = "" }),
		of(bad("of another country", "it is CA, MX, US or JNT", "country of origin is"), form434, func(c *origin.Certificate) { c.CountryOfOrigin = "PE" }),
		of(bad("an invoice under the NAFTA", "Form 434 names none", "names no invoice"), form434, func(c *origin.Certificate) {
			c.BlanketFrom, c.BlanketTo, c.Invoice = "", "", "INV 7"
		}),
		of(bad("an invoice without its day", "they come together", "needs a number and a day"), caftaDR, func(c *origin.Certificate) { c.InvoiceDate = "" }),
		of(bad("the day of no invoice", "they come together", "needs a number and a day"), caftaDR, func(c *origin.Certificate) { c.Shipment, c.Invoice = "B-7", "" }),
		of(bad("an invoice of no day", "2026 is no leap year", "is not a date"), caftaDR, func(c *origin.Certificate) { c.InvoiceDate = "2026-02-29" }),
		of(bad("criterion D under the CAFTA-DR", "it is A to C", "origin criterion"), caftaDR, func(c *origin.Certificate) { c.Criterion = "D" }),
	}
}
