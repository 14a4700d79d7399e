package origin_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/lineage/inventory"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

func countryTable(t testing.TB) []byte {
	t.Helper()
	data, err := configs.Files.ReadFile(configs.Country)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestCountry: the country of a good is where it was last transformed, or that of all its inputs; nothing else is guessed, and a
// yes under an agreement does not answer it.
func TestCountry(t *testing.T) {
	r, err := origin.ParseCountryRules(countryTable(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		good    origin.Good
		country string
		says    string
	}{
		{"extracted", by(made(t, "271121", "100"), "extraction in CA"), "CA", "last transformed by extraction, in CA"},
		{"refined elsewhere than extracted", by(made(t, "271012", "100", "110 2709 SA N"), "extraction in SA", "atmospheric distillation in CA"), "CA", "atmospheric distillation, in CA"},
		{"blended elsewhere than refined", by(made(t, "271012", "100", "100 2710 CA N"), "coking in CA", "direct blending in MX"), "CA", "Direct blending transforms nothing"},
		{"refined nobody says where", by(made(t, "271012", "100", "110 2709 SA N"), "atmospheric distillation"), "", "nobody states in which country"},
		{"all inputs of one country", made(t, "270900", "100", "60 2709 CA O", "40 2709 CA O"), "CA", "all of them are of CA"},
		{"inputs of two", made(t, "270900", "100", "99 2709 CA O", "1 2709 US O"), "", "no majority decides"},
		{"volume of nobody knows where", made(t, "270900", "100", "60 2709 CA O"), "", "do not account for 40"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := r.Country(c.good, crossing)
			if err != nil {
				t.Fatal(err)
			}
			var text string
			for _, x := range a.Reasons {
				text += x.Text + "\n"
			}
			if a.Country != c.country || !strings.Contains(text, c.says) || len(a.Unverified) == 0 {
				t.Errorf("%q, unverified %v, want %q with %q in\n%s", a.Country, a.Unverified, c.country, c.says, text)
			}
			roundTrips(t, a)
		})
	}
	var unknown *dated.Unknown
	if _, err := r.Country(made(t, "270900", "1", "1 2709 CA O"), time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)); !errors.As(err, &unknown) {
		t.Errorf("beyond the table: %v", err)
	}
}

func TestParseCountryRulesIsStrict(t *testing.T) {
	good := string(countryTable(t))
	for _, c := range []struct{ name, old, new, says string }{
		{"an unknown key", "kind: undecided", "sort: undecided", "unknown field"},
		{"an unknown kind", "kind: undecided", "kind: guessed", "no engine applies"},
		{"an unknown process", "processes: [extraction]", "processes: [extractoin]", "not among the processes"},
		{"no processes", "    processes: [extraction]\n", "", "processes where it is about some"},
		{"a row twice", "id: country-undecided", "id: country-inputs", "occurs twice"},
		{"no citation", "    citation: 19 CFR 102.17\n", "", "cites no source"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := strings.Replace(good, c.old, c.new, 1)
			if bad == good {
				t.Fatal("the table no longer has what this test changes")
			}
			if _, err := origin.ParseCountryRules([]byte(bad)); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

// books are those of the official example (SOR/2020-155, Schedule 8, Appendices A and B) by a method.
func books(t testing.TB, p inventory.Policy, ratio inventory.Decimals) inventory.Result {
	t.Helper()
	var lines []inventory.Line
	for i, l := range []struct {
		day, kind string
		quantity  quantity.Micro
		origin    inventory.Origin
	}{
		{"2020-12-18", "receipt", 100, "O"}, {"2020-12-27", "receipt", 100, "N"}, {"2021-01-01", "opening", 200, ""}, {"2021-01-01", "receipt", 1000, "O"},
		{"2021-01-05", "receipt", 1000, "N"}, {"2021-01-10", "withdrawal", 100, ""}, {"2021-01-10", "receipt", 1000, "O"},
		{"2021-01-15", "withdrawal", 700, ""}, {"2021-01-16", "receipt", 2000, "N"}, {"2021-01-20", "withdrawal", 1000, ""}, {"2021-01-23", "withdrawal", 900, ""},
	} {
		at, err := time.Parse(time.DateOnly, l.day)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, inventory.Line{
			Moment: inventory.Moment{Time: at, Seq: int64(i)}, Kind: inventory.Kind(l.kind), Quantity: l.quantity * quantity.PerUnit, Origin: l.origin,
		})
	}
	r, err := inventory.Run(lines, inventory.Options{Policy: p, Rounding: inventory.Rounding{Ratio: ratio}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func text(reasons []origin.Reason) string {
	var b strings.Builder
	for _, r := range reasons {
		b.WriteString(r.Text + "\n")
	}
	return b.String()
}

// TestWithdrawal: what left a common stream is as the method of its books decided it, withdrawal by withdrawal, with the method, the
// ratio and the year behind it.
func TestWithdrawal(t *testing.T) {
	r := rules(t)
	for _, c := range []struct {
		name   string
		policy inventory.Policy
		want   [4][2]quantity.Micro // O and N of each withdrawal
		says   string
	}{
		{"FIFO", inventory.Policy{Method: inventory.FIFO, Basis: inventory.Goods}, [4][2]quantity.Micro{{100, 0}, {600, 100}, {400, 600}, {500, 400}}, "which lots left it, its inventory management method says: fifo"},
		{"LIFO", inventory.Policy{Method: inventory.LIFO, Basis: inventory.Materials}, [4][2]quantity.Micro{{0, 100}, {700, 0}, {0, 1000}, {0, 900}}, "of fungible materials"},
		{
			"average by shipment", inventory.Policy{Method: inventory.Average, Basis: inventory.Materials, Period: inventory.Shipment},
			[4][2]quantity.Micro{{50, 50}, {462, 238}, {360, 640}, {324, 576}}, "as rounded for the books, in stock just before the shipment",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := origin.Commingled{Inventory: "T-9", Basis: quantity.Metric, Books: books(t, c.policy, inventory.Places(2))}
			for i, w := range q.Books.Withdrawals {
				s, err := r.Withdrawal(q, w.Moment)
				if err != nil {
					t.Fatal(err)
				}
				if got := [2]quantity.Micro{s.Originating / quantity.PerUnit, s.NonOriginating / quantity.PerUnit}; got != c.want[i] || s.Originating+s.NonOriginating != s.Quantity {
					t.Errorf("withdrawal %d is %v, want %v", i, got, c.want[i])
				}
				said := text(s.Reasons)
				if !strings.Contains(said, c.says) || !strings.Contains(said, "all 4 withdrawals of the fiscal year 2021-01-01 to 2021-12-31") || len(s.Parts) == 0 {
					t.Errorf("%q or the year is not said in\n%s", c.says, said)
				}
				if c := s.Reasons[0].Citation; !strings.Contains(c, "Schedule VIII") {
					t.Errorf("cites %q", c)
				}
			}
			year, err := r.Pool(q, q.Books.Years[0].Year)
			if err != nil || year.Originating != q.Books.Years[0].Originating || year.Quantity != 2700*quantity.PerUnit {
				t.Errorf("the year: %+v, %v", year, err)
			}
		})
	}
}

// TestWithdrawalRefuses: books that another method decided within the year, or that do not add up, carry no origin.
func TestWithdrawalRefuses(t *testing.T) {
	r := rules(t)
	fifo := inventory.Policy{Method: inventory.FIFO, Basis: inventory.Goods}
	for _, c := range []struct {
		name   string
		change func(*origin.Commingled)
		says   string
	}{
		{"another method within the year", func(q *origin.Commingled) { q.Books.Withdrawals[3].Policy.Method = inventory.LIFO }, "the fiscal year 2021-01-01 to 2021-12-31 runs by fifo"},
		{"another period", func(q *origin.Commingled) {
			q.Books.Withdrawals[3].Policy = inventory.Policy{Method: inventory.Average, Basis: inventory.Goods, Period: inventory.Month}
		}, "runs by fifo"},
		{"more originates than the lots say", func(q *origin.Commingled) { q.Books.Withdrawals[1].Originating++ }, "do not make up"},
		{"a lot that is missing", func(q *origin.Commingled) { q.Books.Withdrawals[1].Parts = q.Books.Withdrawals[1].Parts[1:] }, "do not make up"},
		{"no such year", func(q *origin.Commingled) { q.Books.Years = nil }, "no fiscal year"},
		{"no such withdrawal", func(q *origin.Commingled) { q.Books.Withdrawals = slices.Delete(q.Books.Withdrawals, 1, 2) }, "has no withdrawal"},
		{"before the agreement", func(q *origin.Commingled) {
			q.Books.Withdrawals[1].Time = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
		}, "was not in force"},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := origin.Commingled{Inventory: "T-9", Books: books(t, fifo, inventory.Exact)}
			at := q.Books.Withdrawals[1].Moment
			c.change(&q)
			if c.name == "before the agreement" {
				at = q.Books.Withdrawals[1].Moment
			}
			if _, err := r.Withdrawal(q, at); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

// form434 is a certificate under the NAFTA, and cafta one under the CAFTA-DR.
func form434() origin.Certificate {
	c := blanket()
	c.Version, c.Agreement, c.ProducerBasis, c.NetCost, c.CountryOfOrigin = 2, "NAFTA", origin.BasisStatement, "NO", "CA"
	c.BlanketFrom, c.BlanketTo = "2015-01-01", "2015-12-31"
	c.SignedAt = time.Date(2014, 12, 18, 17, 0, 0, 0, time.UTC).UnixMilli()
	c.Certifier.TaxID = "12345 6789"
	return c
}

func cafta() origin.Certificate {
	c := blanket()
	c.Version, c.Agreement, c.Criterion, c.BlanketFrom, c.BlanketTo = 2, "CAFTA-DR", "A", "", ""
	c.Invoice, c.InvoiceDate = "INV-7", "2024-03-01"
	return c
}

func TestOtherForms(t *testing.T) {
	for _, c := range []struct {
		name string
		cert origin.Certificate
		say  func(*origin.Certificate)
		says string
	}{
		{"Form 434", form434(), func(*origin.Certificate) {}, ""},
		{"its criteria run to F", form434(), func(c *origin.Certificate) { c.Criterion = "F" }, ""},
		{"but not to G", form434(), func(c *origin.Certificate) { c.Criterion = "G" }, "field 7"},
		{"an importer does not certify", form434(), func(c *origin.Certificate) { c.Roles = []origin.CertifierRole{origin.AsImporter} }, "field 11"},
		{"YES is for the producer", form434(), func(c *origin.Certificate) { c.ProducerBasis = origin.BasisProducer }, "field 8: YES is for the producer"},
		{"and a producer says it", form434(), func(c *origin.Certificate) { c.Roles = []origin.CertifierRole{origin.AsProducer} }, "field 8"},
		{"no basis", form434(), func(c *origin.Certificate) { c.ProducerBasis = "" }, "field 8"},
		{"no word about net cost", form434(), func(c *origin.Certificate) { c.NetCost = "" }, "field 9"},
		{"a country that is no Party", form434(), func(c *origin.Certificate) { c.CountryOfOrigin = "PE" }, "field 10"},
		{"366 days", form434(), func(c *origin.Certificate) { c.BlanketFrom, c.BlanketTo = "2015-01-15", "2016-01-15" }, "field 2: blanket period 2015-01-15 to 2016-01-15 is longer than 12 months"},
		{"an unknown producer", form434(), func(c *origin.Certificate) { c.Producer.Disclosure = origin.Unstated }, ""},
		{"an invoice", form434(), func(c *origin.Certificate) { c.BlanketFrom, c.BlanketTo, c.Invoice = "", "", "INV-7" }, "names no invoice"},
		{"in version 1", form434(), func(c *origin.Certificate) { c.Version = 1 }, "encoded in version 2"},
		{"CAFTA-DR", cafta(), func(*origin.Certificate) {}, ""},
		{"an invoice without a day", cafta(), func(c *origin.Certificate) { c.InvoiceDate = "" }, "item 7"},
		{"an invoice and a blanket period", cafta(), func(c *origin.Certificate) { c.BlanketFrom, c.BlanketTo = "2024-01-01", "2024-12-31" }, "no single shipment"},
		{"a field of Form 434", cafta(), func(c *origin.Certificate) { c.NetCost = "NC" }, "are of Form 434"},
		{"a field of Form 434 under the USMCA", blanket(), func(c *origin.Certificate) { c.NetCost, c.Version = "NC", 2 }, "are of Form 434"},
		{"an agreement without a form", blanket(), func(c *origin.Certificate) { c.Agreement, c.Version = "CETA", 2 }, "has no form of certification here: want one of CAFTA-DR, NAFTA, USMCA"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.say(&c.cert)
			if err := c.cert.Valid(); (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			roundTrips(t, c.cert)
		})
	}
}

// TestCertification: what the agreement asks beside the form, as dated data.
func TestCertification(t *testing.T) {
	use := origin.Use{
		Importation: "2024-03-11", ClaimedAt: time.Date(2024, 4, 10, 15, 0, 0, 0, time.UTC), HS6: "2709.00.10.00", Importer: "Lakehead Refining Co",
		Exporter: "Battle River Marketing Ltd", Shipment: "INV-7",
	}
	old := use
	old.Importation, old.ClaimedAt = "2015-03-11", time.Date(2015, 4, 10, 15, 0, 0, 0, time.UTC)
	later := func(u origin.Use, years, days int) origin.Use {
		u.ClaimedAt = u.ClaimedAt.AddDate(years, 0, days)
		return u
	}
	withheld := blanket()
	withheld.Producer.Disclosure = origin.Withheld
	for _, c := range []struct {
		name string
		cert origin.Certificate
		use  origin.Use
		want error
	}{
		{"a withheld producer proves", withheld, use, nil},
		{"Form 434", form434(), old, nil},
		{"CAFTA-DR, by invoice", cafta(), use, nil},
		{"another invoice", cafta(), func() origin.Use { u := use; u.Shipment = "INV-8"; return u }(), origin.ErrNotCovered},
		{"the last day of four years", blanket(), later(use, 3, 252), nil}, // 2027-12-18
		{"and the day after", blanket(), later(use, 3, 253), origin.ErrExpired},
		{"not held in time", blanket(), func() origin.Use { u := use; u.HeldSince = u.ClaimedAt.Add(time.Second); return u }(), origin.ErrNotHeld},
	} {
		t.Run(c.name, func(t *testing.T) {
			terms, err := rulesOf(t, c.cert.Agreement).Certification(dated.Date(c.use.Importation).Noon())
			if err != nil {
				t.Fatal(err)
			}
			if err := terms.Supports(c.cert, c.use); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
			if len(terms.Unverified) == 0 {
				t.Error("the years are from memory, and nothing says so")
			}
		})
	}
	terms, err := rulesOf(t, "CAFTA-DR").Certification(crossing)
	if err != nil || terms.Supports(blanket(), use) == nil {
		t.Errorf("a USMCA certificate passes under the CAFTA-DR: %v", err)
	}
	var ended *origin.NotInForceError
	if _, err := rulesOf(t, "NAFTA").Certification(crossing); !errors.As(err, &ended) {
		t.Errorf("NAFTA in 2024: %v", err)
	}
}

// TestOverCapacity: no more is claimed on a certificate than its producer can make, month by month or over its period.
func TestOverCapacity(t *testing.T) {
	month := origin.Capacity{Of: "BRM-2024-01", Stated: "producer's statement", Volume: 1000}
	year := origin.Capacity{Of: "BRM-2024-01", Stated: "certificate", Volume: 1500, From: "2024-01-01", To: "2024-12-31"}
	draw := func(entry string, on dated.Date, v quantity.Micro) origin.Drawn {
		return origin.Drawn{Of: "BRM-2024-01", Entry: entry, On: on, Volume: v}
	}
	for _, c := range []struct {
		name   string
		of     []origin.Capacity
		claims []origin.Drawn
		want   []string
	}{
		{"all of a month", []origin.Capacity{month}, []origin.Drawn{draw("E1", "2024-02-01", 600), draw("E2", "2024-02-29", 400)}, nil},
		{"a millionth too much", []origin.Capacity{month}, []origin.Drawn{draw("E1", "2024-02-01", 600), draw("E2", "2024-02-29", 401)},
			[]string{"BRM-2024-01 supports 0.001 from 2024-02-01 to 2024-02-29 (producer's statement), and 0.001001 is claimed: 0.000001 too much, by E1 and E2"}},
		{"an entry of two days is named once", []origin.Capacity{month}, []origin.Drawn{draw("E1", "2024-02-01", 600), draw("E1", "2024-02-02", 401)},
			[]string{"BRM-2024-01 supports 0.001 from 2024-02-01 to 2024-02-29 (producer's statement), and 0.001001 is claimed: 0.000001 too much, by E1"}},
		{"months stand alone", []origin.Capacity{month}, []origin.Drawn{draw("E1", "2024-02-29", 1000), draw("E2", "2024-03-01", 1000)}, nil},
		{"the period does not", []origin.Capacity{month, year}, []origin.Drawn{draw("E1", "2024-02-29", 1000), draw("E2", "2024-03-01", 1000)},
			[]string{"BRM-2024-01 supports 0.0015 from 2024-01-01 to 2024-12-31 (certificate), and 0.002 is claimed: 0.0005 too much, by E1 and E2"}},
		{"another certificate", []origin.Capacity{month}, []origin.Drawn{{Of: "other", Entry: "1", On: "2024-02-01", Volume: 5000}}, nil},
		{"nothing can be made", []origin.Capacity{{Of: "BRM-2024-01", Stated: "closed well"}}, []origin.Drawn{draw("E1", "2024-02-01", 1)},
			[]string{"BRM-2024-01 supports 0 from 2024-02-01 to 2024-02-29 (closed well), and 0.000001 is claimed: 0.000001 too much, by E1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			found, err := origin.OverCapacity(c.of, c.claims)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range found {
				got = append(got, e.String())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	for name, c := range map[string]struct {
		of    origin.Capacity
		claim origin.Drawn
	}{
		"outside the period":     {year, draw("E1", "2025-01-01", 1)},
		"no volume":              {month, draw("E1", "2024-02-01", 0)},
		"no day":                 {month, draw("E1", "2024-02-30", 1)},
		"half a period":          {origin.Capacity{Of: "BRM-2024-01", Volume: 1, From: "2024-01-01"}, draw("E1", "2024-02-01", 1)},
		"a negative capacity":    {origin.Capacity{Of: "BRM-2024-01", Volume: -1}, draw("E1", "2024-02-01", 1)},
		"a period from the back": {origin.Capacity{Of: "BRM-2024-01", Volume: 1, From: "2024-02-01", To: "2024-01-01"}, draw("E1", "2024-02-01", 1)},
	} {
		if found, err := origin.OverCapacity([]origin.Capacity{c.of}, []origin.Drawn{c.claim}); err == nil {
			t.Errorf("%s: %v", name, found)
		}
	}
}

// FuzzParseCountryRules: whatever table parses, the engine answers by it or says why not.
func FuzzParseCountryRules(f *testing.F) {
	f.Add(countryTable(f))
	f.Add([]byte("rules: [[[[[["))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := origin.ParseCountryRules(data)
		if err != nil {
			return
		}
		a, err := r.Country(by(made(t, "271012", "100", "100 2709 CA O"), "coking in MX"), crossing)
		if err == nil && a.Country != "" && a.Rule == "" {
			t.Errorf("a country without a rule: %+v", a)
		}
	})
}
