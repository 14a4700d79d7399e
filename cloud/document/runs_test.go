package document_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/metrology/quantity"
)

// entry is the small entry of package audittest, with more events of the parties: of a minute each.
func entry(t testing.TB, more ...func(m func(minute int64, e custody.Event))) *audit.Case {
	t.Helper()
	w := audittest.New(t, audittest.Options{})
	papers := w.Papers()
	for _, f := range more {
		f(func(minute int64, e custody.Event) {
			e.At = minuteOf(minute)
			signed, err := custody.Sign(w.Hand(e.By), e)
			must(t, err)
			papers = append(papers, signed)
		})
	}
	c, err := w.Case(papers)
	must(t, err)
	return c
}

func minuteOf(minute int64) int64 { return bundletest.Epoch + minute*bundletest.Minute }

func known(minute int64) string { return time.UnixMilli(minuteOf(minute)).UTC().Format(time.RFC3339) }

// runsOf returns the statement of a name for the month of the entry.
func runsOf(t testing.TB, c *audit.Case, name, knownAt string) *document.RunStatement {
	t.Helper()
	s, err := document.Question{Kind: document.RunKind, Of: name, Period: "2026-02", KnownAt: knownAt}.Answer(c)
	must(t, err)
	return s.(*document.RunStatement)
}

// TestRuns: the tickets of a meter, and of a source, with what they state; provisional until the laboratory's version came.
func TestRuns(t *testing.T) {
	c := entry(t)
	s := runsOf(t, c, audittest.Border, "")
	if len(s.Runs) != 1 || s.Kind != "measuring point" || len(s.Totals) != 1 {
		t.Fatalf("%+v", s)
	}
	r, sum := s.Runs[0], s.Totals[0]
	if r.Ticket != "TK-BOR-1" || r.Version != 2 || r.Status != "final" || !r.Booked || r.Batch != audittest.Batch || r.SW.String() != "0.29" {
		t.Errorf("run: %+v", r)
	}
	tk := c.Tickets[r.Hash]
	if r.IV != tk.IV || r.GSV != tk.GSV || *r.NSV != tk.NSV || r.Temperature != tk.Temperature || r.MeterFactor != tk.Parameters.MeterFactor || r.Gravity == "" {
		t.Errorf("run %+v, its ticket %+v", r, tk)
	}
	if want := (document.RunTotal{Basis: r.Basis, Runs: 1, IV: r.IV, GSV: r.GSV, FinalGSV: r.GSV, NSV: *r.NSV, Water: r.GSV - *r.NSV}); sum != want {
		t.Errorf("total %+v, want %+v", sum, want)
	}
	before := runsOf(t, c, audittest.Border, known(20))
	if r := before.Runs[0]; r.Version != 1 || r.Status != "provisional" || r.NSV != nil || before.Totals[0].Provisional != 1 || before.Totals[0].NSV != 0 {
		t.Errorf("before the laboratory: %+v, %+v", r, before.Totals[0])
	}
	var text strings.Builder
	must(t, document.Text(&text, before))
	for _, want := range []string{"1 provisional", "TK-BOR-1 v1", "Provisional: 1 of 1 run in m3 at 15C"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, text.String())
		}
	}
	if of := runsOf(t, c, "heavy", ""); of.Kind != "source" || len(of.Runs) != 1 || of.Runs[0].Ticket != "TK-A" || of.Runs[0].Source != "heavy" {
		t.Errorf("of the source: %+v", of)
	}
	line := runsOf(t, c, audittest.Line, "")
	if len(line.Runs) != 2 || line.Runs[0].Close > line.Runs[1].Close || line.Totals[0].IV != line.Runs[0].IV+line.Runs[1].IV {
		t.Errorf("of the injection: %+v", line)
	}
	if empty, err := document.Runs(c, audittest.Border, "2026-03", ""); err != nil || len(empty.Runs) != 0 {
		t.Errorf("of another month: %+v, %v", empty, err)
	}
}

// TestRunsOfAFacility: the runs of its meters and of its sources.
func TestRunsOfAFacility(t *testing.T) {
	c := entry(t, func(state func(int64, custody.Event)) {
		w := audittest.New(t, audittest.Options{})
		state(0, custody.Event{ID: "f-1", By: w.Carrier.DID, Facility: &custody.Facility{ID: "F-1", Kind: custody.Station, Operator: w.Carrier.DID}})
		state(1, custody.Event{ID: "i-1", By: w.Carrier.DID, Installation: &custody.Installation{Point: audittest.Line, Uncertainty: quantity.F(14, 2), Facility: "F-1"}})
	})
	s := runsOf(t, c, "F-1", "")
	if s.Kind != "facility" || len(s.Runs) != 2 || s.Runs[0].Facility != "F-1" {
		t.Errorf("%+v", s)
	}
}

// TestRunsVoided: a ticket whose event was taken back is listed, struck out, and in no sum.
func TestRunsVoided(t *testing.T) {
	c := entry(t, func(state func(int64, custody.Event)) {
		w := audittest.New(t, audittest.Options{})
		state(90, custody.Event{ID: "void-1", By: w.Carrier.DID, Void: &custody.Void{Of: "allowance-B-2"}})
		state(91, custody.Event{ID: "void-2", By: audittest.Terminal, Void: &custody.Void{Of: "injection-B-2", Reason: "the meter was bypassed"}})
	})
	s := runsOf(t, c, audittest.Line, "")
	i := slices.IndexFunc(s.Runs, func(r document.Run) bool { return r.Ticket == "TK-INJ-2" })
	if i < 0 || s.Runs[i].Status != "voided" || s.Runs[i].Void != "void-2" || s.Runs[i].Booked || s.Totals[0].Voided != 1 || s.Totals[0].Runs != 1 || s.Totals[0].GSV != s.Runs[1-i].GSV {
		t.Errorf("%+v, %+v", s.Runs, s.Totals)
	}
	file, err := document.PDF(s, document.A4, "a test")
	must(t, err)
	page := readAll(t, file)[0]
	if problem := page.tidy(); problem != "" {
		t.Error(problem)
	}
	for _, want := range []string{"voided\n", "Ticket TK-INJ-2 was taken back by event void-2 and is in no sum. Reason: the meter was bypassed.\n"} {
		if !strings.Contains(page.all(), want) {
			t.Errorf("the page does not say %q:\n%s", want, page.all())
		}
	}
	if before := runsOf(t, c, audittest.Line, known(80)); before.Totals[0].Runs != 2 || before.Totals[0].Voided != 0 {
		t.Errorf("before the void: %+v", before.Totals)
	}
}

// manifestOf returns the manifest of the entry's port.
func manifestOf(t testing.TB, c *audit.Case, date, knownAt string) *document.Manifest {
	t.Helper()
	s, err := document.Question{Kind: document.ManifestKind, Of: "3407", Period: date, KnownAt: knownAt}.Answer(c)
	must(t, err)
	return s.(*document.Manifest)
}

// atTheBorder makes the place at the end of the first segment one of the port.
func atTheBorder(state func(int64, custody.Event)) {
	state(0, custody.Event{ID: "port-1", By: audittest.South, Facility: &custody.Facility{ID: "border", Kind: custody.Port, Operator: audittest.South, Port: "3407"}})
}

// TestManifest: two batches are due before either has crossed; then one has, and the other is still due.
func TestManifest(t *testing.T) {
	c := entry(t, atTheBorder)
	before := manifestOf(t, c, "2026-02", known(11))
	if len(before.Expected) != 2 || len(before.Crossed) != 0 || len(before.ScheduledDeliveries) != 1 {
		t.Fatalf("before: %+v", before)
	}
	one, two := before.Expected[0], before.Expected[1]
	due := before.ScheduledDeliveries[0]
	if due.PortCode != "3407" || due.PortOfArrival != "border" || due.DeliveryLocation != "refinery" || due.NumberOfBatches != 2 || due.CountOfShippers != 1 ||
		due.SumOfScheduledDeliveries[0].Value != one.Volume+two.Volume || before.Totals[0].Expected != one.Volume+two.Volume {
		t.Errorf("scheduled: %+v, %+v", due, before.Totals)
	}
	b, err := c.Books.Batch(audittest.Batch)
	must(t, err)
	if one.Batch != b.Batch || one.At != b.Legs[0].Ticket.Open+b.Arrivals[0].Transit || one.OutOf != "T-1" || one.Consignor.DID != audittest.Terminal ||
		one.Consignee == nil || one.Consignee.DID != audittest.Buyer || two.Consignee != nil || !slices.Equal(one.Commodity, []string{"bitumen", "condensate"}) {
		t.Errorf("expected: %+v, %+v", one, two)
	}
	after := manifestOf(t, c, "2026-02", "")
	if len(after.Expected) != 1 || after.Expected[0].Batch != audittest.Unrelated || len(after.Crossed) != 1 || after.Crossed[0].Batch != audittest.Batch {
		t.Fatalf("after: %+v", after)
	}
	if x := after.Crossed[0]; x.Volume != b.Legs[1].Volume || x.Ticket != "TK-BOR-1" || !slices.Equal(x.Entries, []string{"ZZ9-0310241-8"}) || x.Consignee.DID != audittest.Buyer {
		t.Errorf("crossed: %+v", x)
	}
	day := after.Crossed[0].Day
	if s := manifestOf(t, c, day, ""); len(s.Crossed) != 1 || len(s.Table().Rows) != len(s.Expected)+1 {
		t.Errorf("on %s: %+v", day, s)
	}
	if s := manifestOf(t, c, "2026-02-28", ""); len(s.Crossed)+len(s.Expected) != 0 {
		t.Errorf("on another day: %+v", s)
	}
	for _, paper := range []document.Paper{document.A4, document.Letter} {
		file, err := document.PDF(after, paper, "a test")
		must(t, err)
		page := readAll(t, file)[0]
		if problem := page.tidy(); problem != "" {
			t.Error(problem)
		}
		for _, want := range []string{"ADVANCE MANIFEST\n", "ESTIMATE\n", "SCHEDULED DELIVERIES\n", "DUE\n", "CROSSED\n", "ZZ9-0310241-8\n", "What is due is an estimate."} {
			if !strings.Contains(page.all(), want) {
				t.Errorf("the page does not say %q:\n%s", want, page.all())
			}
		}
	}
}

// TestLineStatement: in a line who owns a batch has it: what is sold on the way passes from one statement to the other.
func TestLineStatement(t *testing.T) {
	c := entry(t)
	s, err := document.Pipeline(c, "LINE", "2026-02", "")
	must(t, err)
	b, err := c.Books.Batch(audittest.Batch)
	must(t, err)
	var sold custody.StatementLine
	for _, line := range s.Lines {
		if line.Shipper == audittest.Buyer {
			sold = line.StatementLine
		}
	}
	if sold.Transfers != b.Legs[0].Volume || sold.OverShort != b.Legs[1].Volume-b.Legs[0].Volume || sold.Closing != b.Volume || s.Total.Transfers != 0 {
		t.Errorf("the buyer has %+v, in all %+v", sold, s.Total)
	}
	other, err := c.Books.Balance(audittest.Unrelated)
	must(t, err)
	if s.Contract != other.Allowance.Volume || s.Total.Allowance != 0 {
		t.Errorf("by contract %s, want %s; in the total %s", s.Contract, other.Allowance.Volume, s.Total.Allowance)
	}
	buyer, err := document.Shipper(c, audittest.Buyer, "2026-02", "", "", "LINE")
	must(t, err)
	if m := buyer.Accounts[0].Movements; len(m) != 2 || m[0].Event != audittest.Sale || m[0].With != c.Keys.Name(audittest.Shipper) || buyer.Accounts[0].Line != sold || buyer.Accounts[0].Contract != 0 {
		t.Errorf("the buyer's movements are %+v", m)
	}
}

// TestRunsOnPaper: a carrier's own ticket that a receipt rests on is on the statements of its source and of its meter, in no total.
func TestRunsOnPaper(t *testing.T) {
	w := audittest.New(t, audittest.Options{})
	w.OnPaper("receipt-A", func(*runticket.Ticket) {})
	c, err := w.Case(w.Papers())
	must(t, err)
	var receipt custody.Movement
	for _, m := range c.Books.Movements(0) {
		if m.Event == "receipt-A" {
			receipt = m
		}
	}
	source, _ := receipt.From.Source()
	for _, name := range []string{source, receipt.Ticket.Point} {
		s := runsOf(t, c, name, "")
		if len(s.Runs) != 0 || len(s.Totals) != 0 || len(s.Attested) != 1 || s.Attested[0].ID != receipt.Ticket.ID || s.Attested[0].GSV != receipt.Ticket.GSV {
			t.Errorf("%s: %+v", name, s)
		}
		var text strings.Builder
		must(t, document.Text(&text, s))
		if text := text.String(); !strings.Contains(text, receipt.Ticket.ID) || !strings.Contains(text, "CARRIERS' OWN TICKETS") {
			t.Errorf("%s, printed:\n%s", name, text)
		}
	}
	if s := runsOf(t, c, audittest.Border, ""); len(s.Attested) != 0 {
		t.Errorf("on the statement of the border meter: %+v", s.Attested)
	}
}
