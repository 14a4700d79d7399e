package custody_test

import (
	"math"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestRegister: parties, facilities, installations and seals, each stated by whom it concerns.
func TestRegister(t *testing.T) {
	d := &desk{t: t, Ledger: custody.NewLedger()}
	party := func(did, name string) func(e *custody.Event) {
		return func(e *custody.Event) { e.Party = &custody.Party{DID: did, Name: name} }
	}
	well := custody.Facility{
		ID: "W-1", Kind: custody.Well, Operator: alpha, UWI: "100/12-04-091-05W5/00", Latitude: 56_123_456, Longitude: -116_654_321,
	}
	facility := func(change func(f *custody.Facility)) func(e *custody.Event) {
		f := well
		change(&f)
		return func(e *custody.Event) { e.Facility = &f }
	}
	same := func(f *custody.Facility) {}
	installation := func(change func(i *custody.Installation)) func(e *custody.Event) {
		i := custody.Installation{
			Point: "M-1", Uncertainty: custodytest.Factor("0.2"), Kind: custody.MeteringAndSampling, Facility: "W-1", Configuration: &record.Hash{7},
		}
		change(&i)
		return func(e *custody.Event) { e.Installation = &i }
	}
	seal := func(id, part string, action custody.SealAction) func(e *custody.Event) {
		return func(e *custody.Event) {
			e.Seal = &custody.Seal{ID: id, Point: "M-1", Part: part, Action: action, Witness: beta}
		}
	}
	d.reject("facility W-1 is not stated", alpha, installation(func(i *custody.Installation) {}))
	d.state(alpha, party(alpha, "Alpha"))
	d.state(alpha, party(alpha, "Alpha Oil Ltd"))
	d.state(alpha, facility(same))
	d.state(alpha, facility(func(f *custody.Facility) { f.Latitude++ }))
	d.reject("has stated no installation", alpha, seal("S-1", "meter head", custody.SealInstalled))
	d.state(alpha, installation(func(i *custody.Installation) {}))
	d.reject("never put on", alpha, seal("S-1", "meter head", custody.SealRemoved))
	d.state(alpha, seal("S-1", "meter head", custody.SealInstalled))
	d.reject("a seal is used once", alpha, seal("S-1", "meter head", custody.SealInstalled))
	d.reject("is on the meter head", alpha, seal("S-1", "sample receiver", custody.SealRemoved))
	d.state(alpha, seal("S-1", "meter head", custody.SealRemoved))
	d.reject("was taken off", alpha, seal("S-1", "meter head", custody.SealRemoved))
	for _, tc := range []struct {
		reason, by string
		fill       func(e *custody.Event)
	}{
		{"the party itself", beta, party(alpha, "Beta")},
		{"needs a name", alpha, party(alpha, "")},
		{"as operator of facility", beta, facility(same)},
		{"take a name of your own", beta, facility(func(f *custody.Facility) { f.Operator = beta })},
		{"is a \"mine\"", alpha, facility(func(f *custody.Facility) { f.Kind = "mine" })},
		{"a well, and nothing else", alpha, facility(func(f *custody.Facility) { f.UWI = "" })},
		{"a well, and nothing else", alpha, facility(func(f *custody.Facility) { f.Kind = custody.Battery })},
		{"has not 10, 12 or 14 digits", alpha, facility(func(f *custody.Facility) { f.UWI, f.API = "", "33-053-0123" })},
		{"a port needs its code", alpha, facility(func(f *custody.Facility) { f.Kind, f.UWI = custody.Port, "" })},
		{"are nowhere", alpha, facility(func(f *custody.Facility) { f.Latitude = 90_000_001 })},
		{"name of the well", alpha, facility(func(f *custody.Facility) { f.UWI = "a b" })},
		{"is for \"guessing\"", alpha, installation(func(i *custody.Installation) { i.Kind = "guessing" })},
		{"name of the facility", alpha, installation(func(i *custody.Installation) { i.Facility = "a b" })},
		{"neither installed nor removed", alpha, seal("S-2", "meter head", "lost")},
		{"needs the part", alpha, seal("S-2", "", custody.SealInstalled)},
	} {
		d.reject(tc.reason, tc.by, tc.fill)
	}
	d.state(alpha, facility(func(f *custody.Facility) { f.ID, f.UWI, f.API = "W-2", "", "33-053-01234-00-00" }))
	if p := d.Parties(); len(p) != 1 || p[0].Name != "Alpha Oil Ltd" {
		t.Errorf("parties are %+v", p)
	}
	if f := d.Facilities(); len(f) != 2 || f[0].Latitude != well.Latitude+1 || f[1].ID != "W-2" {
		t.Errorf("facilities are %+v", f)
	}
	if s := d.Seals("M-1"); len(s) != 1 || s[0].Removed == nil || s[0].Installed.Witness != beta {
		t.Errorf("seals are %+v", s)
	}
	if i := d.Installations("M-1"); len(i) != 1 || i[0].Facility != "W-1" || *i[0].Configuration != (record.Hash{7}) {
		t.Errorf("installations are %+v", i)
	}
}

// TestDispute: a party of a ticket disputes a version, and a later one settles it.
func TestDispute(t *testing.T) {
	before, lab := upTo(t, labOne)
	d := &desk{t: t, Ledger: fold(t, before)}
	dispute := func(id, by string, version uint64) custodytest.Step {
		e := custody.Event{Version: custody.Version, ID: id, By: by, At: lab.Event.At - 1}
		e.Dispute = &custody.Dispute{Ticket: lab.Ticket.ID, Version: version, Reason: "meter factor of the week before"}
		return custodytest.Step{Event: e}
	}
	d.refuse("is between", dispute("x", custodytest.Buyer, 1))
	d.refuse("at version 1 in the books, not 2", dispute("x", custodytest.CarrierUS, 2))
	d.refuse("needs a version", dispute("x", custodytest.CarrierUS, 0))
	unknown := dispute("x", custodytest.CarrierUS, 1)
	unknown.Event.Dispute.Ticket = "TK-0"
	d.refuse("no ticket TK-0", unknown)
	d.step(dispute("a-dispute", custodytest.CarrierUS, 1))
	d.refuse("disputes ticket", dispute("b-dispute", custodytest.CarrierUS, 1))
	if o := d.Disputes(); len(o) != 1 || o[0].Settled != "" {
		t.Errorf("disputes are %+v", o)
	}
	d.step(lab)
	if o := d.Disputes(); o[0].Settled != labOne {
		t.Errorf("disputes are %+v", o)
	}
}

// TestStatement: what a carrier states for a month is held against the books, shipper by shipper; of a stream that is not in the
// books it stands alone.
func TestStatement(t *testing.T) {
	d := newStreams(t)
	d.ship("LSB", "fill", carrier, "1000")
	r := d.ship("LSB", "field", alpha, "500")
	d.state(carrier, func(e *custody.Event) {
		e.Allowance = &custody.Allowance{Receipt: r, Percent: custodytest.Factor("0.20")}
	})
	d.state(carrier, func(e *custody.Event) {
		e.Title = &custody.Title{Pool: "LSB", From: alpha, To: beta, Volume: custodytest.Units("99")}
	})
	d.state(carrier, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{
			Pool: "LSB", Shipper: beta, To: beta, Lot: "L", Place: "Clearbrook", Stated: &custody.Bulk{Volume: custodytest.Units("50"), Basis: quantity.Metric},
		}
	})
	d.state(carrier, deduct(custody.Deduction{Pool: "LSB", Shipper: beta, Cause: custody.Sample}, "9", "0"))
	d.state(carrier, func(e *custody.Event) {
		e.Gauging = &custody.Gauging{Pool: "LSB", Volume: custodytest.Units("1456.5"), Basis: quantity.Metric} // over by 15.5; throughput 1000, 500, 59
	})
	b, err := d.PoolBalance("LSB", 0, april)
	fine(t, err)
	var sum custody.StatementLine
	for _, line := range b.Positions {
		sum.Opening, sum.Closing, sum.OverShort = sum.Opening+line.Opening, sum.Closing+line.Closing, sum.OverShort+line.OverShort
		if off := line.Opening + line.Receipts - line.Deliveries + line.Transfers - line.Allowance - line.Deductions + line.OverShort + line.Adjustments - line.Closing; off != 0 {
			t.Errorf("line of %s is off by %s: %+v", line.Shipper, off, line)
		}
	}
	if sum.Opening != b.Opening.Volume || sum.Closing != b.Closing.Volume || sum.OverShort != b.GainLoss {
		t.Errorf("positions add up to %+v, the stream to %+v", sum, b)
	}
	same(t, "beta", b.Positions[1].Transfers.String()+" "+b.Positions[1].Deliveries.String()+" "+b.Positions[1].Deductions.String(), "99 50 9")
	same(t, "allowance", b.Positions[0].Allowance.String()+" "+b.Positions[2].Allowance.String(), "1 -1")

	statement := func(id, by string, change func(s *custody.MonthlyStatement)) custodytest.Step {
		e := custody.Event{Version: custody.Version, ID: id, By: by, At: april}
		e.Statement = &custody.MonthlyStatement{
			Carrier: carrier, Pool: "LSB", Month: "2024-03", From: 1, Until: april, Basis: quantity.Metric, Lines: append([]custody.StatementLine(nil), b.Positions...),
		}
		change(e.Statement)
		return custodytest.Step{Event: e}
	}
	for reason, change := range map[string]func(s *custody.MonthlyStatement){
		"is not like 2024-03": func(s *custody.MonthlyStatement) { s.Month = "3" },
		"is no period":        func(s *custody.MonthlyStatement) { s.From = s.Until },
		"has 0 lines":         func(s *custody.MonthlyStatement) { s.Lines = nil },
		"twice":               func(s *custody.MonthlyStatement) { s.Lines[1] = s.Lines[0] },
		"name of the shipper": func(s *custody.MonthlyStatement) { s.Lines[1].Shipper = "" },
		"not a stream of":     func(s *custody.MonthlyStatement) { s.Basis = quantity.Customary },
		"kept by " + carrier:  func(s *custody.MonthlyStatement) { s.Carrier = alpha },
		"state it when it":    func(s *custody.MonthlyStatement) { s.Until++ },
		"out of range": func(s *custody.MonthlyStatement) {
			s.Lines[0].Opening, s.Lines[0].Receipts = math.MaxInt64, math.MaxInt64
		},
		"only " + neighbour + " or": func(s *custody.MonthlyStatement) { s.Carrier, s.Lines = neighbour, s.Lines[1:] },
	} {
		d.refuse(reason, statement("x", alpha, change))
	}
	d.step(statement("s1", carrier, func(s *custody.MonthlyStatement) {}))
	d.step(statement("s2", alpha, func(s *custody.MonthlyStatement) { s.Lines[0].Receipts += 5 }))
	d.step(statement("s3", alpha, func(s *custody.MonthlyStatement) { s.Lines = s.Lines[:2] }))
	d.step(statement("s4", gamma, func(s *custody.MonthlyStatement) {
		s.Pool, s.Carrier, s.Lines = "elsewhere", neighbour, []custody.StatementLine{{Shipper: gamma, Receipts: 7, Closing: 7}}
	}))
	all, err := d.Statements("LSB")
	fine(t, err)
	if len(all) != 3 || !all[0].Agrees || all[1].Agrees || all[2].Agrees || all[0].Evidence != custody.Typed {
		t.Fatalf("statements are %+v", all)
	}
	if c := all[1].Compared[0]; c.Off != -5 || c.Difference.Receipts != 5 || c.Difference.Closing != 0 {
		t.Errorf("comparison is %+v", c)
	}
	if c := all[2].Compared; len(c) != 3 || c[2].Stated != nil || c[2].Shipper != carrier {
		t.Errorf("comparison is %+v", c)
	}
	other, err := d.Statements("elsewhere")
	fine(t, err)
	if len(other) != 1 || !other[0].Agrees || other[0].Compared[0].Books != nil {
		t.Errorf("statement of a stream that is not in the books is %+v", other)
	}
}
