package audit_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/metrology/quantity"
)

// known returns the case of all papers.
func (w world) known() *audit.Case {
	w.t.Helper()
	c, err := w.Case(w.Papers())
	must(w.t, err)
	return c
}

// whatIf returns what a change comes to.
func (w world) whatIf(ch audit.Change) *audit.Consequences {
	w.t.Helper()
	r, err := w.known().WhatIf(ch)
	must(w.t, err)
	return r
}

// diluted returns the void that puts another volume of diluent in the place of the one stated.
func (w world) diluted(volume quantity.Micro) custody.Void {
	w.t.Helper()
	e, err := custody.Open(w.Act("receipt-D").Body, w.Keys())
	must(w.t, err)
	e.Receipt.Stated.Volume = volume
	return custody.Void{Of: e.ID, Replacement: &e}
}

// TestWhatIfNotCertified: without its certificate the free goods of a monthly entry are dutiable, each day by itself.
func TestWhatIfNotCertified(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	r := w.whatIf(audit.Change{Certificates: []string{"C-1"}})
	if len(r.Differences) != 1 || r.Entries != 1 || r.Untouched+r.Undecided+len(r.Same)+len(r.Fallen) != 0 || r.Daily != 1 || r.Note != audit.Interest {
		t.Fatalf("%+v", r)
	}
	d := r.Differences[0]
	// 124,356 net barrels at 5.25 cents, 19 CFR 159.3; the fee is the most that 2026 knows.
	same(t, "before", d.Before, audit.Outcome{
		Imported: "2026-02-01", Owner: audittest.Buyer, Qualifies: true, Criterion: "B", Rule: d.Before.Rule, SPI: "S", Regime: customs.Monthly, Due: "2026-03-10",
		HTS: "2709.00.10.00", Barrels: 124_356, Net: d.Before.Net, Value: 800_852_600,
	})
	same(t, "after", d.After, audit.Outcome{
		Imported: "2026-02-01", Owner: audittest.Buyer, Qualifies: true, Criterion: "B", Rule: d.Before.Rule, Refused: d.After.Refused, Regime: customs.Daily, Due: "2026-02-13",
		HTS: "2709.00.10.00", Barrels: 124_356, Net: d.Before.Net, Value: 800_852_600, Duty: 652_869, Additional: 80_085_260, MPF: 65_150,
		Total: 652_869 + 65_150 + 80_085_260,
	})
	same(t, "owed", r.Owed, audit.Amounts{Duty: 652_869, Additional: 80_085_260, MPF: 65_150, Total: d.After.Total})
	if !strings.Contains(d.After.Refused, "certificate C-1 is withdrawn") || len(d.Reasons) == 0 {
		t.Errorf("refused %q, reasons %+v", d.After.Refused, d.Reasons)
	}
}

// TestRefusedMonthlyClaim: an entry made after the month, whose claim can't stand, had to be made on the day of importation. The decision
// says so as what-if does, and says it once.
func TestRefusedMonthlyClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	after := w.whatIf(audit.Change{Certificates: []string{"C-1"}}).Differences[0].After
	d := w.decision(w.claiming(func(c *audit.Claim) { c.HeldSince = c.At + 1 }))
	filed := d.Assessment.Unclaimed
	if d.ClaimRefused == "" || d.Assessment.Filed != customs.WithoutClaim || d.Assessment.Claimed.Regime != customs.Monthly {
		t.Fatalf("refused %q, filed %s, with the claim %s", d.ClaimRefused, d.Assessment.Filed, d.Assessment.Claimed.Regime)
	}
	same(t, "due", filed.Due, after.Due)
	var said []string
	for _, r := range filed.Reasons {
		if r.Rule == "Deadline" {
			said = append(said, r.Text)
		}
	}
	same(t, "deadline", said, []string{"The entry summary is due on 2026-02-13, 10 working days after entry on 2026-02-01."})
}

// TestWhatIf: each kind of change, and which entries it reaches.
func TestWhatIf(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	tables := w.Tables()
	minutes := func(m int64) int64 { return bundletest.Epoch + m*bundletest.Minute }
	for _, tt := range []struct {
		name string
		ch   audit.Change
		want string // of the difference: how it qualifies and what it owes more
		rest string // what else is counted
	}{
		{"heavy oil that does not originate", audit.Change{Sources: []audit.SourceChange{{Source: "heavy", Originating: custody.NonOriginating}}}, "does not qualify, owes more", ""},
		{"heavy oil that nothing is proven of", audit.Change{Sources: []audit.SourceChange{{Source: "heavy", Originating: custody.Unproven}}}, "does not qualify, owes more", ""},
		{"what is said already", audit.Change{Sources: []audit.SourceChange{{Source: "diluent", Originating: custody.NonOriginating}}}, "", "same"},
		{"oil of somebody else", audit.Change{Sources: []audit.SourceChange{{Source: "other", Originating: custody.NonOriginating}}}, "", "untouched"},
		{"an event of somebody else's oil", audit.Change{Voids: []custody.Void{{Of: "allowance-B-2"}}}, "", "untouched"},
		{"too much diluent", audit.Change{Voids: []custody.Void{w.diluted(11_800 * quantity.PerUnit)}}, "does not qualify, owes more", ""},
		{"a little less diluent", audit.Change{Voids: []custody.Void{w.diluted(5_500 * quantity.PerUnit)}}, "", "same"},
		{"no sale", audit.Change{Voids: []custody.Void{{Of: audittest.Sale}}}, "undecided", "fell: noted-B-1"},
		{"no crossing", audit.Change{Voids: []custody.Void{{Of: "border-B-1"}}}, "undecided", "fell: handover-B-1 laboratory-B-1"},
		{"a limit of 20 %", audit.Change{Rules: strings.Replace(string(tables.Rules), `"40"`, `"20"`, 1)}, "does not qualify, owes more", ""},
		{"a higher duty, of which free goods bear none", audit.Change{Rates: strings.Replace(string(tables.Rates), `"0.0525"`, `"0.1000"`, 1)}, "", "same"},
		{"all that is known", audit.Change{KnownAt: audit.EndOfTime}, "", "same"},
		{"before the entry", audit.Change{KnownAt: minutes(599)}, "", "not yet"},
		{"when it was entered", audit.Change{KnownAt: minutes(600)}, "", "same"},
	} {
		r := w.whatIf(tt.ch)
		got := ""
		for _, d := range r.Differences {
			switch {
			case d.After.Undecided != "":
				got = "undecided"
			case !d.After.Qualifies && d.Owed.Total > 0 && d.Owed == r.Owed:
				got = "does not qualify, owes more"
			default:
				got = "?"
			}
		}
		rest := ""
		switch {
		case len(r.Fallen) > 0:
			rest = "fell: " + strings.Join(r.Fallen, " ")
		case r.NotYet > 0:
			rest = "not yet"
		case r.Untouched > 0:
			rest = "untouched"
		case len(r.Same) > 0:
			rest = "same"
		}
		if got != tt.want || rest != tt.rest || r.Entries != 1 || r.Untouched+r.NotYet+len(r.Same)+len(r.Differences) != 1 {
			t.Errorf("%s: %q and %q: %+v", tt.name, got, rest, r)
		}
	}
}

// TestWhatIfLater: what a claim after the entry brought back is owed again when its ground is gone; before it was made it is not.
func TestWhatIfLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{Late: true})
	before := w.decision(w.Papers()).Later.Reclaim
	for _, tt := range []struct {
		name string
		ch   audit.Change
	}{
		{"its certificate", audit.Change{Certificates: []string{hashOf(w.Act("certificate").Body).String()}}},
		{"its source", audit.Change{Sources: []audit.SourceChange{{Source: "diluent", Originating: custody.Unproven}}}},
		{"what certified the source", audit.Change{Voids: []custody.Void{{Of: "certification"}}}},
		{"the time before it", audit.Change{KnownAt: bundletest.Epoch + 55*24*60*bundletest.Minute}},
	} {
		r := w.whatIf(tt.ch)
		if len(r.Differences) != 1 || r.Owed != (audit.Amounts{Reclaimed: before, Total: before}) || before <= 0 {
			t.Errorf("without %s: %+v", tt.name, r)
		}
	}
}

// TestWhatIfNothing: what changes nothing makes no difference, whatever it is called.
func TestWhatIfNothing(t *testing.T) {
	t.Parallel()
	stories := []world{newWorld(t, audittest.Options{}), newWorld(t, audittest.Options{Late: true})}
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.SampledFrom(stories).Draw(t, "story")
		c := w.known()
		var ch audit.Change
		if rapid.Bool().Draw(t, "tables") {
			ch.Rates, ch.Rules = string(w.Tables().Rates), string(w.Tables().Rules)
		}
		if rapid.Bool().Draw(t, "known") {
			ch.KnownAt = rapid.Int64Range(bundletest.Epoch+61*24*60*bundletest.Minute, audit.EndOfTime).Draw(t, "at")
		}
		if rapid.Bool().Draw(t, "replaced") {
			id := rapid.SampledFrom([]string{"receipt-A", "receipt-D", "blend-T-1", "injection-B-1", "border-B-1", audittest.Sale, "source-heavy", "receipt-B"}).Draw(t, "event")
			e, err := custody.Open(w.Act(id).Body, w.Keys())
			if err != nil {
				t.Fatal(err)
			}
			ch.Voids = []custody.Void{{Of: id, Replacement: &e}}
		}
		if rapid.Bool().Draw(t, "stated") {
			ch.Sources = []audit.SourceChange{{Source: "heavy", Originating: custody.Originating}}
		}
		r, err := c.WhatIf(ch)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Differences)+len(r.Fallen)+r.NotYet != 0 || r.Owed != (audit.Amounts{}) || ch.Empty() && r.Untouched != r.Entries {
			t.Fatalf("%+v changes %+v", ch, r)
		}
	})
}

// TestWhatIfRefused: what is not in the case, and what cannot be.
func TestWhatIfRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	other := audittest.Certificate("A")
	signed, err := audit.SignCertificate(w.Hand(audittest.Shipper), other)
	must(t, err)
	twice, err := w.Case(append(w.Papers(), signed))
	must(t, err)
	dilbit := []audit.SourceChange{{Source: "heavy", Originating: custody.Unproven}}
	for _, tt := range []struct {
		name string
		of   *audit.Case
		ch   audit.Change
		kind error
		want string
	}{
		{"a certificate", w.known(), audit.Change{Certificates: []string{"C-9"}}, audit.ErrUnknown, "certificate C-9"},
		{"two certificates", twice, audit.Change{Certificates: []string{"C-1"}}, audit.ErrQuestion, "name one by its SHA-256"},
		{"a source", w.known(), audit.Change{Sources: []audit.SourceChange{{Source: "S-9", Originating: "no"}}}, audit.ErrUnknown, "source S-9"},
		{"an origin", w.known(), audit.Change{Sources: []audit.SourceChange{{Source: "heavy", Originating: "maybe"}}}, audit.ErrQuestion, "want yes, no or unproven"},
		{"a source twice", w.known(), audit.Change{Sources: append(dilbit, dilbit...)}, audit.ErrQuestion, "named twice"},
		{"an event", w.known(), audit.Change{Voids: []custody.Void{{Of: "E-9"}}}, audit.ErrUnknown, "event E-9"},
		{"an event of later", w.known(), audit.Change{Voids: []custody.Void{{Of: "border-B-1"}}, KnownAt: bundletest.Epoch}, audit.ErrUnknown, "event border-B-1"},
		{"an event twice", w.known(), audit.Change{Voids: []custody.Void{{Of: "noted-B-1"}, {Of: "noted-B-1"}}}, audit.ErrQuestion, "was voided"},
		{"rates", w.known(), audit.Change{Rates: "lines: 7"}, audit.ErrQuestion, ""},
		{"rules", w.known(), audit.Change{Rules: "rules: 7"}, audit.ErrQuestion, ""},
		{"a time", w.known(), audit.Change{KnownAt: -1}, audit.ErrQuestion, ""},
		{"too much", w.known(), audit.Change{Certificates: make([]string, 101)}, audit.ErrQuestion, "at most 100"},
	} {
		_, err := tt.of.WhatIf(tt.ch)
		if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}
