package origin_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
)

// blanket is the story's certificate: the exporter certifies for 2024 and withholds one producer.
func blanket() origin.Certificate {
	named := func(name, country string) origin.Party {
		return origin.Party{
			Disclosure: origin.Named, Name: name, Title: "Manager, customs", Address: "1 Main Street", Country: country,
			Telephone: "+1 403 555 0100", Email: "customs@example.com",
		}
	}
	return origin.Certificate{
		Version: origin.CertificateVersion, ID: "BRM-2024-01", Agreement: "USMCA", Roles: []origin.CertifierRole{origin.AsExporter},
		Certifier: named("Battle River Marketing Ltd", "CA"), Exporter: origin.Party{Disclosure: origin.Same},
		Producer: origin.Party{Disclosure: origin.Withheld}, Importer: named("Lakehead Refining Co", "US"),
		Description: "diluted bitumen, 20.2 API", HS6: "270900", Criterion: "B", BlanketFrom: "2024-01-01", BlanketTo: "2024-12-31",
		SignedAt: time.Date(2023, 12, 18, 17, 0, 0, 0, time.UTC).UnixMilli(), Signatory: "A. Person", Statement: "I certify",
	}
}

func TestCertificateValid(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*origin.Certificate)
		says   string // empty: valid
	}{
		{"a calendar year is twelve months, leap or not", func(*origin.Certificate) {}, ""},
		{"T26 366 days are more than twelve months", func(c *origin.Certificate) {
			c.BlanketFrom, c.BlanketTo = "2023-01-15", "2024-01-15"
		}, "longer than 12 months; it may run to 2024-01-14"},
		{"a period that runs backwards", func(c *origin.Certificate) { c.BlanketTo = "2023-12-31" }, "before it begins"},
		{"half a period", func(c *origin.Certificate) { c.BlanketTo = "" }, "is not a date"},
		{"neither period nor shipment", func(c *origin.Certificate) { c.BlanketFrom, c.BlanketTo = "", "" }, "neither"},
		{"HS to eight digits", func(c *origin.Certificate) { c.HS6 = "27090010" }, "six digits"},
		{"no criterion", func(c *origin.Certificate) { c.Criterion = "" }, "element 7"},
		{"no role", func(c *origin.Certificate) { c.Roles = nil }, "element 1"},
		{"the same role twice", func(c *origin.Certificate) { c.Roles = append(c.Roles, origin.AsExporter) }, "twice"},
		{"a role that is none", func(c *origin.Certificate) { c.Roles[0] = "broker" }, "element 1"},
		{"a withheld exporter", func(c *origin.Certificate) { c.Exporter.Disclosure = origin.Withheld }, "element 3"},
		{"an exporter unknown to an exporter", func(c *origin.Certificate) { c.Exporter.Disclosure = origin.Unstated }, "only a producer"},
		{"a withheld producer with a name", func(c *origin.Certificate) { c.Producer.Name = "Sandhill Heavy" }, "yet has details"},
		{"an importer without an address", func(c *origin.Certificate) { c.Importer.Address = "" }, "element 5"},
		{"a certifier without telephone", func(c *origin.Certificate) { c.Certifier.Telephone = "" }, "element 2"},
		{"no date of signature", func(c *origin.Certificate) { c.SignedAt = 0 }, "element 9"},
		{"no statement", func(c *origin.Certificate) { c.Statement = "" }, "element 9"},
		{"another version", func(c *origin.Certificate) { c.Version = 2 }, "version"},
		{"signed after all years", func(c *origin.Certificate) { c.SignedAt = 253402300800000 }, "element 9"},
		{"a country in small letters", func(c *origin.Certificate) { c.Importer.Country = "us" }, "element 5: the importer is in country"},
		{"a period from before there was time", func(c *origin.Certificate) { c.BlanketFrom, c.BlanketTo = "1969-01-01", "1969-12-31" }, "1970 to 9998"},
		{"a period to the end of time", func(c *origin.Certificate) { c.BlanketFrom, c.BlanketTo = "9999-01-01", "9999-12-31" }, "1970 to 9998"},
		{"a statement of several lines", func(c *origin.Certificate) { c.Statement = "I certify\nthat" }, ""},
		{"a statement with a carriage return", func(c *origin.Certificate) { c.Statement = "I certify\r\nthat" }, "statement"},
		{"a description with a bell", func(c *origin.Certificate) { c.Description = "oil\a" }, "description"},
		{"an id of two lines", func(c *origin.Certificate) { c.ID = "BRM\n1" }, "id \"BRM"},
		{"a name that is no UTF-8", func(c *origin.Certificate) { c.Certifier.Name = "\xff" }, "certifier's name"},
		{"a long address", func(c *origin.Certificate) { c.Importer.Address = strings.Repeat("x", 257) }, "importer's address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cert := blanket()
			c.change(&cert)
			err := cert.Valid()
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
	roundTrips(t, blanket())
	if got := blanket().Producer.String(); got != "Available upon request by the importing authorities" {
		t.Errorf("withheld producer prints as %q", got)
	}
}

func TestCertificateSupports(t *testing.T) {
	signed := time.UnixMilli(blanket().SignedAt)
	fits := origin.Use{
		Importation: "2024-03-11", ClaimedAt: time.Date(2024, 4, 10, 15, 0, 0, 0, time.UTC), HS6: "2709.00.10.00",
		Importer: "Lakehead Refining Co", Exporter: "battle river marketing ltd",
	}
	for _, c := range []struct {
		name   string
		change func(*origin.Certificate, *origin.Use)
		want   error
	}{
		{"held, and covers the day", func(*origin.Certificate, *origin.Use) {}, nil},
		{"T25 signed one minute after the claim", func(_ *origin.Certificate, u *origin.Use) {
			u.ClaimedAt = signed.Add(-time.Minute)
		}, origin.ErrNotHeld},
		{"signed at the moment of the claim", func(_ *origin.Certificate, u *origin.Use) { u.ClaimedAt = signed }, nil},
		{"signed in time, but held too late", func(_ *origin.Certificate, u *origin.Use) {
			u.HeldSince = u.ClaimedAt.Add(time.Second)
		}, origin.ErrNotHeld},
		{"a period that ends on 03-31 supports March oil claimed on 04-10", func(c *origin.Certificate, _ *origin.Use) {
			c.BlanketTo = "2024-03-31"
		}, nil},
		{"imported the day after the period", func(_ *origin.Certificate, u *origin.Use) {
			u.Importation, u.ClaimedAt = dated.Date("2025-01-01"), time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC)
		}, origin.ErrNotCovered},
		{"other goods", func(_ *origin.Certificate, u *origin.Use) { u.HS6 = "271012" }, origin.ErrNotCovered},
		{"another importer", func(_ *origin.Certificate, u *origin.Use) { u.Importer = "Somebody Else" }, origin.ErrNotCovered},
		{"another exporter", func(_ *origin.Certificate, u *origin.Use) { u.Exporter = "Somebody Else" }, origin.ErrNotCovered},
		{"any importer where various are named", func(c *origin.Certificate, u *origin.Use) {
			c.Importer, u.Importer = origin.Party{Disclosure: origin.Various}, "Somebody Else"
		}, nil},
		{"its one shipment", func(c *origin.Certificate, u *origin.Use) {
			c.BlanketFrom, c.BlanketTo, c.Shipment, u.Shipment = "", "", "NOS-7", "NOS-7"
		}, nil},
		{"another shipment", func(c *origin.Certificate, u *origin.Use) {
			c.BlanketFrom, c.BlanketTo, c.Shipment, u.Shipment = "", "", "NOS-7", "NOS-8"
		}, origin.ErrNotCovered},
	} {
		t.Run(c.name, func(t *testing.T) {
			cert, use := blanket(), fits
			c.change(&cert, &use)
			if err := cert.Supports(use); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}
