package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/ticket"
)

// TestVerify: what the cloud gathers and a party seals verifies at both depths, and the verdict says what it could not show.
func TestVerify(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		w := newWorld(t, audittest.Options{Late: late})
		for depth, unchecked := range map[bundle.Depth]int{bundle.Tickets: 2, bundle.Records: 1} {
			for _, by := range []string{audittest.Broker, audittest.Buyer} {
				v, err := audit.Verify(w.Seal(w.Bundle(depth), by), w.Trust(), w.Tables())
				must(t, err)
				same(t, "decision", encode(t, v.Decision), encode(t, w.decision(w.Papers())))
				same(t, "seal", v.Evidence.Seal.Organisation, by)
				same(t, "not shown at depth "+string(depth), len(v.Unchecked), unchecked)
				says(t, errors.New(strings.Join(v.Unchecked, "; ")), "another entry claims the same oil")
			}
		}
		own := w.Tables()
		own.Rates = append(slices.Clone(own.Rates), "# of another year\n"...)
		v, err := audit.Verify(w.Seal(w.Bundle(bundle.Records), audittest.Broker), w.Trust(), own)
		must(t, err)
		says(t, errors.New(strings.Join(v.Unchecked, "; ")), "decided on a table of rates")
	}
}

// TestVerifyEvidence: a bundle without a decision is evidence, with the books that its papers make, if they make any.
func TestVerifyEvidence(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	b := w.Bundle(bundle.Records)
	b.Decision, b.Tables = nil, nil
	v, err := audit.Verify(w.Seal(b, audittest.Shipper), w.Trust(), w.Tables())
	must(t, err)
	if v.Decision != nil || len(v.Evidence.Tickets) != 4 || v.Case == nil || len(v.Case.Books.Batches()) == 0 {
		t.Fatalf("decision %v over %d tickets, books %v", v.Decision, len(v.Evidence.Tickets), v.Case)
	}
	said := len(v.Unchecked)
	without := slices.Clone(b.Documents)
	first := slices.IndexFunc(without, movement)
	b.Documents = slices.Delete(without, first, first+1)
	v, err = audit.Verify(w.Seal(b, audittest.Shipper), w.Trust(), w.Tables())
	must(t, err)
	if v.Case != nil || len(v.Unchecked) != said+1 {
		t.Errorf("of papers with one missing there are books %v, unchecked %q", v.Case, v.Unchecked)
	}
	says(t, errors.New(strings.Join(v.Unchecked, "; ")), "the movements among the documents are not all of them")
	b.Documents = slices.DeleteFunc(b.Documents, movement)
	v, err = audit.Verify(w.Seal(b, audittest.Shipper), w.Trust(), w.Tables())
	must(t, err)
	if v.Case != nil || len(v.Unchecked) != said {
		t.Errorf("without movements there are books %v, unchecked %q", v.Case, v.Unchecked)
	}
}

func movement(signed []byte) bool {
	thing, err := cose.Thing(signed)
	return err == nil && thing == custody.Thing
}

// restated alters the decision of a bundle as somebody does who wants another.
func restated(t testing.TB, b *bundle.Bundle, alter func(d *audit.Decision)) {
	t.Helper()
	var d audit.Decision
	must(t, json.Unmarshal(b.Decision, &d))
	alter(&d)
	b.Decision = []byte(encode(t, d))
}

// TestVerifyFails: whatever does not follow from the evidence fails the bundle, and the failure names the entry.
func TestVerifyFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{Late: true})
	const number, another = "ZZ9-0310241-8", "is not what its evidence comes to"
	table := func(name string, b *bundle.Bundle) *bundle.Table {
		return &b.Tables[slices.IndexFunc(b.Tables, func(x bundle.Table) bool { return x.Name == name })]
	}
	for _, tt := range []struct {
		name  string
		alter func(b *bundle.Bundle)
		by    string
		entry string
		want  string
	}{
		{"fewer barrels", func(b *bundle.Bundle) { restated(t, b, func(d *audit.Decision) { d.Net-- }) }, audittest.Broker, number, another},
		{"an origin that was not proven", func(b *bundle.Bundle) {
			restated(t, b, func(d *audit.Decision) { d.Origin.Qualifies = true })
		}, audittest.Broker, number, another},
		{"a refusal left out", func(b *bundle.Bundle) { restated(t, b, func(d *audit.Decision) { d.ClaimRefused = "" }) }, audittest.Broker, number, another},
		{"a blank in the decision", func(b *bundle.Bundle) { b.Decision = append(b.Decision, ' ') }, audittest.Broker, number, another},
		{"another entry number", func(b *bundle.Bundle) { restated(t, b, func(d *audit.Decision) { d.Entry = "ZZ9-0312242-4" }) }, audittest.Broker, "ZZ9-0312242-4", "no such claim"},
		{"the entry number in another form", func(b *bundle.Bundle) {
			restated(t, b, func(d *audit.Decision) { d.Entry = "ZZ903102418" })
		}, audittest.Broker, "ZZ903102418", "is not what its evidence comes to"},
		{"no decision that anybody can read", func(b *bundle.Bundle) { b.Decision = []byte("yes") }, audittest.Broker, "", "decision: "},
		{"another rate", func(b *bundle.Bundle) {
			rates := table(audit.RatesTable, b)
			rates.Bytes = bytes.ReplaceAll(rates.Bytes, []byte(`"0.0525"`), []byte(`"0.0425"`))
		}, audittest.Broker, number, another},
		{"a comment in the rules", func(b *bundle.Bundle) {
			table(audit.RulesTable, b).Bytes = append(table(audit.RulesTable, b).Bytes, "# note\n"...)
		}, audittest.Broker, number, another},
		{"ports that make no sense", func(b *bundle.Bundle) { table(audit.PortsTable, b).Bytes = []byte("ports") }, audittest.Broker, number, "ZZ9-0310241-8: read port table"},
		{"a table too few", func(b *bundle.Bundle) { b.Tables = b.Tables[1:] }, audittest.Broker, number, `no table "rules"`},
		{"the later claim left out", func(b *bundle.Bundle) { b.Documents = b.Documents[:len(b.Documents)-1] }, audittest.Broker, number, another},
		{"a paper that nobody knows", func(b *bundle.Bundle) {
			signed, err := cose.Sign(w.Hand(audittest.Broker), "testament", []byte{0xa0}, nil)
			must(t, err)
			b.Documents = append(b.Documents, signed)
		}, audittest.Broker, number, `"testament" is unknown`},
		{"sealed by the exporter", func(*bundle.Bundle) {}, audittest.Shipper, number,
			"sealed by did:web:shipper.example, the entry is did:web:buyer.example's, made by did:web:broker.example"},
		{"the final ticket left out", func(b *bundle.Bundle) { b.Tickets = b.Tickets[:len(b.Tickets)-1] }, audittest.Broker, number, "cites ticket"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := w.Bundle(bundle.Tickets)
			tt.alter(b)
			_, err := audit.Verify(w.Seal(b, tt.by), w.Trust(), w.Tables())
			says(t, err, tt.want)
			var f *bundle.Failure
			if !errors.As(err, &f) || f.Entry != tt.entry {
				t.Errorf("failure is %+v, want one of entry %q", f, tt.entry)
			}
		})
	}
}

// TestVerifyMissingPapers: any paper that the decision hangs on is missed.
func TestVerifyMissingPapers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	whole := w.Bundle(bundle.Tickets)
	for _, name := range []string{
		"declare-T-1", "declare-line", "installation-BORDER-1", "source-heavy", "source-diluent", "receipt-A", "receipt-D", "blend-T-1", "injection-B-1",
		audittest.Sale, "noted-B-1", "border-B-1", audittest.Revision, "certificate", "claim",
	} {
		b := *whole
		n := len(b.Documents)
		b.Documents = slices.DeleteFunc(slices.Clone(b.Documents), func(d []byte) bool { return bytes.Equal(d, w.Act(name).Body) })
		if len(b.Documents) != n-1 {
			t.Errorf("the bundle has no %s", name)
		}
		_, err := audit.Verify(w.Seal(&b, audittest.Broker), w.Trust(), w.Tables())
		var f *bundle.Failure
		if name == "noted-B-1" { // nothing is decided on it
			must(t, err)
		} else if !errors.As(err, &f) || f.Entry != "ZZ9-0310241-8" {
			t.Errorf("without %s: %v, want a failure of the entry", name, err)
		}
	}
	b := w.Bundle(bundle.Tickets)
	b.Documents = slices.DeleteFunc(b.Documents, func(d []byte) bool { return bytes.Equal(d, w.Act("report").Body) })
	_, err := audit.Verify(w.Seal(b, audittest.Broker), w.Trust(), w.Tables())
	var f *bundle.Failure
	if !errors.As(err, &f) || f.Ticket != "TK-BOR-1" {
		t.Errorf("without the laboratory's report: %v, want a failure of the ticket", err)
	}
}

// TestVerifyTrust: nothing is verified on a trust file that does not name the parties, or names others by their names.
func TestVerifyTrust(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	file := w.Seal(w.Bundle(bundle.Tickets), audittest.Broker)
	var f *bundle.Failure
	if _, err := audit.Verify(file, w.World.World.Trust(), w.Tables()); !errors.As(err, &f) {
		t.Errorf("three of the parties are known: %v", err)
	}
	if _, err := audit.Verify(file, proof.Trust{}, w.Tables()); !errors.As(err, &f) {
		t.Errorf("nobody is known: %v", err)
	}
	if _, err := audit.Verify(file[:len(file)-1], w.Trust(), w.Tables()); !errors.As(err, &f) {
		t.Errorf("a file cut short: %v", err)
	}
}

// FuzzVerify: whoever holds all the keys and signs and seals whatever he likes gets a verdict or a failure, never a crash.
func FuzzVerify(f *testing.F) {
	w := newWorld(f, audittest.Options{Late: true})
	payload, err := cose.Marshal(w.Bundle(bundle.Tickets))
	must(f, err)
	trust, own := w.Trust(), w.Tables()
	hands := map[cose.Kid]string{}
	for _, did := range w.DIDs() {
		public, err := cose.NewKey(w.Hand(did).Public())
		must(f, err)
		hands[public.Kid()] = did
	}
	for part := range byte(5) {
		for at := range uint16(15) {
			f.Add(part, at, at*97, []byte{byte(at)})
		}
	}
	f.Fuzz(func(t *testing.T, part byte, which, at uint16, with []byte) {
		var b bundle.Bundle
		must(t, cose.Unmarshal(payload, &b))
		switch part % 5 {
		case 0:
			b.Decision = spliced(b.Decision, at, with)
		case 1:
			table := &b.Tables[int(which)%len(b.Tables)]
			table.Bytes = spliced(table.Bytes, at, with)
		case 2:
			d := &b.Documents[int(which)%len(b.Documents)]
			*d = w.again(t, *d, hands, at, with)
		case 3:
			s := &b.Tickets[int(which)%len(b.Tickets)]
			s.Ticket = spliced(s.Ticket, at, with)
			for i, by := range w.partiesOf(s.Ticket) {
				s.Signatures[i], err = ticket.Sign(w.Hand(by), s.Ticket)
				must(t, err)
			}
		case 4:
			batch := &b.Batches[int(which)%len(b.Batches)]
			batch.Statement = spliced(batch.Statement, at, with)
		}
		file, err := b.Seal(w.Hand(audittest.Broker))
		must(t, err)
		_, err = audit.Verify(file, trust, own)
		var failure *bundle.Failure
		if err != nil && !errors.As(err, &failure) {
			t.Errorf("error is no failure: %v", err)
		}
	})
}

// spliced writes bytes over others from a place on.
func spliced(b []byte, at uint16, with []byte) []byte {
	b = slices.Clone(b)
	n := int(at) % (len(b) + 1)
	return slices.Replace(b, n, min(n+len(with), len(b)), with...)
}

// again alters what a paper says and has its signer sign it again.
func (w world) again(t *testing.T, signed []byte, hands map[cose.Kid]string, at uint16, with []byte) []byte {
	t.Helper()
	thing, err := cose.Thing(signed)
	must(t, err)
	m, err := cose.Parse(signed, thing)
	must(t, err)
	altered, err := cose.Sign(w.Hand(hands[m.Header.Kid]), thing, spliced(m.Payload, at, with), nil)
	must(t, err)
	return altered
}

// partiesOf returns who must sign a ticket, if it is one between parties of the story.
func (w world) partiesOf(encoded []byte) []string {
	t, err := ticket.Decode(encoded)
	if err != nil || !slices.Contains(w.DIDs(), t.From) || !slices.Contains(w.DIDs(), t.To) {
		return nil
	}
	return []string{t.From, t.To}
}
