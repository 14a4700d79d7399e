package audit_test

import (
	"bytes"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/evidence/bundle"
)

// TestAgreementOfTheClaim: a claim is decided by the rules of its program, and a bundle carries them. Here the NAFTA has not ended.
func TestAgreementOfTheClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	tables := w.Tables()
	tables.Rates = bytes.ReplaceAll(tables.Rates, []byte("valid_to: 2020-07-01, citation: HTSUS GN 12"), []byte("citation: HTSUS GN 12"))
	tables.Others["NAFTA"] = bytes.ReplaceAll(tables.Others["NAFTA"], []byte("    valid_to: 2020-07-01\n"), nil)
	papers := w.claiming(func(c *audit.Claim) { c.SPI = "CA" })
	c, err := w.CaseOn(tables, papers)
	must(t, err)
	d, err := c.Decide(w.Number.String())
	must(t, err)
	same(t, "agreement", d.Origin.Agreement, "NAFTA")
	b := w.Bundle(bundle.Tickets)
	b.Documents = papers
	must(t, audit.Pack(b, d, tables))
	var names []string
	for _, x := range b.Tables {
		names = append(names, x.Name)
	}
	same(t, "tables", names, []string{"rules", "rates", "ports", "country", "rules-NAFTA"})
	delete(tables.Others, "NAFTA")
	c, err = w.CaseOn(tables, papers)
	must(t, err)
	_, err = c.Decide(w.Number.String())
	says(t, err, `a table "rules-NAFTA" is wanted`)
}

// TestThreeAnswers: whether goods originate, of which country they are and from where they came are answered apart.
func TestThreeAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	d := w.decision(w.Papers())
	if !d.Origin.Qualifies || d.Country == nil || d.Country.Country != "" || len(d.Country.Reasons) == 0 {
		t.Errorf("bitumen of Canada with condensate of Peru: %s", encode(t, d.Country))
	}
	tables := w.Tables()
	tables.Country = nil
	c, err := w.CaseOn(tables, w.Papers())
	must(t, err)
	d, err = c.Decide(w.Number.String())
	must(t, err)
	if d.Country != nil {
		t.Errorf("without rules of country: %s", encode(t, d.Country))
	}
	papers, second := w.twice(w.chosen(nobodyAlters))
	c, err = w.Case(papers)
	must(t, err)
	rest, err := c.Decide(second.String())
	must(t, err)
	same(t, "country of the rest", rest.Country.Country, "PE")
	var found []string
	for _, f := range rest.Assessment.Findings {
		found = append(found, f.Code)
	}
	if !bytes.Contains([]byte(encode(t, found)), []byte("origin-country")) {
		t.Errorf("goods of Peru entered with the code of Alberta: findings %v", found)
	}
}
