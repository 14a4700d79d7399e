package document_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// state books events of a party, a minute apart from an instant on.
func state(t *testing.T, books *custody.Ledger, by string, at int64, tk *ticket.Ticket, fill ...func(*custody.Event)) {
	t.Helper()
	for i, f := range fill {
		e := custody.Event{Version: custody.Version, ID: fmt.Sprintf("e-%d-%d", at, i), By: by, At: at + int64(i)*60_000}
		f(&e)
		must(t, books.Apply(e, tk))
	}
}

func seal(id string, action custody.SealAction) func(*custody.Event) {
	return func(e *custody.Event) {
		e.Seal = &custody.Seal{ID: id, Point: "LACT-1", Part: "meter head", Action: action}
	}
}

// TestPageOfTheBooks: facility, source, seals and a dispute are on the page as the books have them.
func TestPageOfTheBooks(t *testing.T) {
	e := evidence(t, bundle.Tickets)
	h := find(t, e, "T-2", 0)
	tk := e.Tickets[h]
	books := custody.NewLedger()
	day := int64(24 * 60 * 60_000)
	state(t, books, tk.From, tk.Open-day, nil,
		func(e *custody.Event) {
			e.Facility = &custody.Facility{ID: "F-1", Kind: custody.Well, Operator: e.By, UWI: "100/12-04-091-05W5/00"}
		},
		func(e *custody.Event) {
			e.Installation = &custody.Installation{Point: "LACT-1", Uncertainty: quantity.F(15, 2), Approval: "151.42", Facility: "F-1"}
		},
		func(e *custody.Event) {
			e.Source = &custody.Source{
				ID: "S-1", Producer: e.By, Description: "oil", Heading: "2709", Country: "CA", Role: custody.Heavy, Originating: custody.Originating, Location: "Alberta",
			}
		},
		seal("4711", custody.SealInstalled),
	)
	state(t, books, tk.To, tk.Open-day/2, nil, func(e *custody.Event) {
		e.Pool = &custody.Pool{ID: "T-9", Kind: custody.Tank, Basis: quantity.Metric, Keeper: e.By, Owner: e.By, Method: custody.Average}
	})
	state(t, books, tk.From, tk.Open, nil, seal("4711", custody.SealRemoved), seal("4712", custody.SealInstalled))
	page := func() sheet {
		r, err := document.Proven(e, books, h, document.Verified)
		must(t, err)
		file, err := r.PDF(document.Print{Paper: document.Letter})
		must(t, err)
		return read(t, file)
	}
	if s := page(); s.after("Source") != "not stated" || strings.Contains(s.all(), "isputed") {
		t.Errorf("before the receipt: %s", s.all())
	}
	state(t, books, tk.To, tk.At+day, tk, func(e *custody.Event) {
		e.Ticket, e.Receipt = &h, &custody.Receipt{Pool: "T-9", Source: "S-1"}
	})
	state(t, books, tk.To, tk.At+2*day, nil, func(e *custody.Event) {
		e.Dispute = &custody.Dispute{Ticket: tk.ID, Version: 1, Reason: "the proving is overdue"}
	})
	s := page()
	for label, want := range map[string]string{
		"Source": "S-1", "Facility of the source": "Alberta", "Facility of the meter": "F-1, 100/12-04-091-05W5/00", "Approval of the meter": "151.42",
		"Operator of the meter": e.Keys.Name(tk.From), "Seals removed": "4711 (meter head)", "Seals installed": "4712 (meter head)",
		"Uncertainty of the meter": "0.15 % of the volume (k = 2)",
	} {
		if got := s.after(label); got != want {
			t.Errorf("%s: %q, want %q", label, got, want)
		}
	}
	for _, want := range []string{"PROVISIONAL – DISPUTED", "Disputed by " + e.Keys.Name(tk.To), "the proving is overdue"} {
		if !strings.Contains(s.all(), want) {
			t.Errorf("the page does not say %q:\n%s", want, s.all())
		}
	}
	if problem := s.tidy(); problem != "" {
		t.Error(problem)
	}
}

// TestStatements: a carrier's month of a stream beside the books, each row adding up to its closing; and the shippers' positions in
// the balance.
func TestStatements(t *testing.T) {
	const carrier, shipper = "did:web:carrier.example", "did:web:shipper.example"
	books := custody.NewLedger()
	march, april := int64(1_709_251_200_000), int64(1_711_929_600_000)
	state(t, books, carrier, march, nil,
		func(e *custody.Event) {
			e.Pool = &custody.Pool{ID: "LSB", Kind: custody.Stream, Basis: quantity.Metric, Keeper: e.By, Method: custody.Average}
		},
		func(e *custody.Event) {
			e.Source = &custody.Source{ID: "field", Description: "oil", Heading: "2709", Country: "CA", Role: custody.Heavy, Originating: custody.Originating}
		},
		func(e *custody.Event) {
			e.Receipt = &custody.Receipt{Pool: "LSB", Source: "field", Shipper: shipper, Stated: &custody.Stated{
				Volume: 500_000_000, Basis: quantity.Metric, Density: 850_000_000,
			}}
		},
	)
	state(t, books, carrier, april, nil, func(e *custody.Event) {
		e.Statement = &custody.MonthlyStatement{
			Carrier: carrier, Pool: "LSB", Month: "2024-03", From: march, Until: april, Basis: quantity.Metric,
			Lines: []custody.StatementLine{{Shipper: shipper, Receipts: 500_000_000, Deliveries: 20_000_000, Closing: 480_000_001}},
		}
	})
	made, err := document.Statements(books)
	must(t, err)
	file, err := made.CSV()
	must(t, err)
	rows := rowsOf(t, file)
	receipts, closing := slices.Index(rows[0], "receipts [m3 at 15C]"), slices.Index(rows[0], "closing [m3 at 15C]")
	var got []string
	for _, row := range rows[1:] {
		got = append(got, strings.Join([]string{row[6], row[7], row[8], row[receipts], row[receipts+1], row[closing], row[closing+1]}, " "))
	}
	want := []string{
		"false " + shipper + " stated 500.000000 -20.000000 480.000001 0.000001",
		"false " + shipper + " books 500.000000 0.000000 500.000000 ",
		"false " + shipper + " difference 0.000000 -20.000000 -19.999999 ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	balance, err := document.Balance(books)
	must(t, err)
	file, err = balance.CSV()
	must(t, err)
	for _, want := range []string{
		"\nposition,LSB," + shipper + ",receipts,,,,500.000000,", "\nposition,LSB," + shipper + ",closing,,,,500.000000,", "\npool,LSB,,closing,,,,500.000000,",
	} {
		if !strings.Contains(string(file), want) {
			t.Errorf("the balance has no row %q:\n%s", want, file)
		}
	}
}
