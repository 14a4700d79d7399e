package custody_test

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// april is the first of April at 07:00 in Chicago, when the oil month of March ends there.
var april = time.Date(2024, time.April, 1, 12, 0, 0, 0, time.UTC).UnixMilli()

// closing states the close of a pool for March, an hour after it.
func closing(t rapid.TB, l *custody.Ledger, pool, keeper string) custody.Event {
	e := custody.Event{Version: custody.Version, ID: "close-" + pool, By: keeper, At: april + 3_600_000}
	c, err := l.Closing(pool, "2024-03", april)
	fine(t, err)
	e.Close = &c
	return e
}

// TestClose: a closed month stays as it is: what comes late is refused, and a mistake is adjusted in the open month.
func TestClose(t *testing.T) {
	d := newStreams(t)
	d.ship("LSB", "fill", carrier, "1000")
	wrong := d.ship("LSB", "field", alpha, "500")
	d.state(carrier, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{
			Pool: "LSB", Shipper: alpha, To: gamma, Lot: "L-1", Place: "Clearbrook", Stated: &custody.Bulk{Volume: custodytest.Units("300"), Basis: quantity.Metric},
		}
	})
	march, err := d.PoolBalance("LSB", 0, april)
	fine(t, err)
	e := closing(t, d.Ledger, "LSB", carrier)
	for reason, change := range map[string]func(e *custody.Event){
		"only " + carrier:             func(e *custody.Event) { e.By = alpha },
		"is closed when it is over":   func(e *custody.Event) { e.At = april - 1 },
		"was closed for 2024-03 with": func(e *custody.Event) { e.Close.Volume++ },
		"and 5 movements":             func(e *custody.Event) { e.Close.Movements-- },
		"is not like 2024-03":         func(e *custody.Event) { e.Close.Month = "March" },
		"is not the end of 2024-04":   func(e *custody.Event) { e.Close.Month = "2024-04" },
		"is not negative":             func(e *custody.Event) { e.Close.Mass = -1 },
		"pool X is not declared":      func(e *custody.Event) { e.Close.Pool = "X" },
	} {
		bad := e
		body := *e.Close
		bad.Close = &body
		change(&bad)
		d.refuse(reason, custodytest.Step{Event: bad})
	}
	d.step(custodytest.Step{Event: e})
	if c := d.Closes("LSB"); len(c) != 1 || c[0].Close != *e.Close || c[0].Event != e.ID {
		t.Errorf("closes are %+v", c)
	}
	again := e
	again.ID, again.At = "again", e.At+1
	d.refuse("is closed up to", custodytest.Step{Event: again})

	events, tickets := papers(d.steps)
	late := d.next(carrier, func(e *custody.Event) {
		e.Receipt = &custody.Receipt{Pool: "LSB", Source: "field", Shipper: beta, Stated: &custody.Stated{Volume: 1, Basis: quantity.Metric, Density: 850e6}}
	})
	late.At = april - 1
	if _, err := custody.Fold(append(events, late), tickets, math.MaxInt64); err == nil || !strings.Contains(err.Error(), "nothing takes effect in a closed month") {
		t.Errorf("an event came into a closed month: %v", err)
	}
	// The receipt was 480, it turns out on the second of April.
	v := void(carrier, wrong)
	v.At = april + 24*3_600_000
	right := *eventOf(events, wrong)
	right.Receipt = &custody.Receipt{Pool: "LSB", Source: "field", Shipper: alpha, Stated: &custody.Stated{
		Volume: custodytest.Units("480"), Basis: quantity.Metric, Density: custodytest.Units("850"),
	}}
	v.Void.Replacement = &right
	l, err := custody.Fold(append(events, v), tickets, math.MaxInt64)
	fine(t, err)
	fine(t, l.Check())
	if got, err := l.PoolBalance("LSB", 0, april); err != nil || !reflect.DeepEqual(got, march) {
		t.Errorf("March became %+v, it was %+v (%v)", got, march, err)
	}
	d.Ledger = l
	d.positions("LSB", "alpha 180", "gateway-llc 1000")
	last := l.Movements(len(l.Movements(0)) - 2)
	if last[0].Effect != custody.Adjusted || last[0].At != v.At || last[0].Volume != custodytest.Units("20") || last[1].Mass != custodytest.Units("17000") {
		t.Errorf("adjustments are %v", last)
	}
	if s := l.Voids(); len(s) != 1 || !s[0].Adjusted {
		t.Errorf("voids are %+v", s)
	}
	b := lineage.New()
	fine(t, b.Apply(l.Movements(0)...))
	// It was 490, it turns out on the third.
	v2, third := v, right
	v2.ID, v2.At = "void-2", v.At+24*3_600_000
	third.Receipt = &custody.Receipt{Pool: "LSB", Source: "field", Shipper: alpha, Stated: &custody.Stated{
		Volume: custodytest.Units("490"), Basis: quantity.Metric, Density: custodytest.Units("850"),
	}}
	v2.Void = &custody.Void{Of: wrong, Replacement: &third}
	d.Ledger, err = custody.Fold(append(events, v, v2), tickets, math.MaxInt64)
	fine(t, err)
	d.positions("LSB", "alpha 190", "gateway-llc 1000")

	for reason, change := range map[string]func(v *custody.Event){
		"on event " + wrong + " rests": func(v *custody.Event) { v.Void.Replacement = nil }, // the lot was drawn from it
		"what is closed stays closed":  func(v *custody.Event) { v.Void = &custody.Void{Of: e.ID} },
	} {
		bad := v
		body := *v.Void
		bad.Void = &body
		change(&bad)
		if _, err := custody.Fold(append(events, bad), tickets, math.MaxInt64); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("got %v, want a refusal with %q", err, reason)
		}
	}
	lot := v
	lot.Void = &custody.Void{Of: "e10"} // and the lot was delivered
	if _, err := custody.Fold(append(events, lot), tickets, math.MaxInt64); err == nil || !strings.Contains(err.Error(), "it changes delivered:L-1 by -300") {
		t.Errorf("a delivered lot was adjusted away: %v", err)
	}
}

// TestAdjustmentOfWhatWasClosedElsewhere: a mistake in a tank whose month is open is adjusted too, when what came of it was closed.
func TestAdjustmentOfWhatWasClosedElsewhere(t *testing.T) {
	d := newStreams(t)
	receipt := func(density string) func(e *custody.Event) {
		return func(e *custody.Event) {
			e.Receipt = &custody.Receipt{Pool: "C-1", Source: "field", Stated: &custody.Stated{
				Volume: custodytest.Units("1000"), Basis: quantity.Metric, Density: custodytest.Units(density),
			}}
		}
	}
	wrong := d.state(carrier, receipt("850"))
	d.state(carrier, func(e *custody.Event) { e.Blend = &custody.Blend{Pool: "C-1", Receipts: []string{wrong}} })
	d.state(carrier, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{
			Pool: "C-1", ToPool: "LSB", ToShipper: alpha, Stated: &custody.Bulk{Volume: custodytest.Units("400"), Basis: quantity.Metric},
		}
	})
	d.step(custodytest.Step{Event: closing(t, d.Ledger, "LSB", carrier)})
	events, tickets := papers(d.steps)
	v := void(carrier, wrong)
	right := *eventOf(events, wrong)
	receipt("860")(&right)
	v.Void.Replacement = &right
	l, err := custody.Fold(append(events, v), tickets, math.MaxInt64)
	fine(t, err)
	if !l.Voids()[0].Adjusted {
		t.Error("a closed stream was changed")
	}
	d.Ledger = l
	d.account(custody.PoolAccount("C-1"), "600", "516000")
	d.account(custody.PoolAccount("LSB"), "0", "344000")
	march, err := d.PoolBalance("LSB", 0, april)
	fine(t, err)
	same(t, "March", march.Closing.Mass.String(), "340000")
}

func eventOf(events []custody.Event, id string) *custody.Event {
	return &events[slices.IndexFunc(events, func(e custody.Event) bool { return e.ID == id })]
}

// TestAdjustmentsMakeItRight: in any network whose pools were all closed, voids leave the closed month as it was and bring every
// account to where it would be without the mistakes, or are refused.
func TestAdjustmentsMakeItRight(t *testing.T) {
	adjusted := 0
	rapid.Check(t, func(t *rapid.T) {
		l, fit := custody.NewLedger(), []custodytest.Step{}
		for _, s := range custodytest.Network(t) {
			if l.Apply(s.Event, s.Ticket) == nil {
				fit = append(fit, s)
			}
		}
		for i, of := range rapid.SliceOfNDistinct(rapid.SampledFrom(fit), 1, 3, func(s custodytest.Step) string { return s.Event.ID }).Draw(t, "voided") {
			v := void(of.Event.By, of.Event.ID)
			v.At += int64(i)
			if rapid.Bool().Draw(t, "replaced") {
				v.Void.Replacement = halved(of.Event)
			}
			fit = append(fit, custodytest.Step{Event: v})
		}
		events, tickets := papers(fit)
		want, wantErr := custody.Fold(events, tickets, math.MaxInt64)
		for _, pool := range l.Pools() {
			p, err := l.Pool(pool)
			fine(t, err)
			events = append(events, closing(t, l, pool, p.Keeper))
		}
		got, err := custody.Fold(events, tickets, math.MaxInt64)
		if wantErr != nil && err == nil {
			t.Fatalf("%v, but not when the month is closed", wantErr)
		}
		if err != nil {
			return
		}
		fine(t, got.Check())
		if !reflect.DeepEqual(nonzero(got), nonzero(want)) {
			t.Fatalf("accounts are %v, without the mistake they are %v", nonzero(got), nonzero(want))
		}
		if !reflect.DeepEqual(got.Movements(0)[:len(l.Movements(0))], l.Movements(0)) {
			t.Fatal("the closed month is another")
		}
		fine(t, lineage.New().Apply(got.Movements(0)...))
		for _, v := range got.Voids() {
			if v.Adjusted {
				adjusted++
			}
		}
	})
	if adjusted == 0 {
		t.Error("nothing was adjusted")
	}
}

// halved returns an event with half the volume, where it states one.
func halved(e custody.Event) *custody.Event {
	switch half := func(v quantity.Micro) quantity.Micro { return v/2 + 1 }; {
	case e.Receipt != nil && e.Receipt.Stated != nil:
		stated := *e.Receipt.Stated
		stated.Volume = half(stated.Volume)
		e.Receipt = &custody.Receipt{Pool: e.Receipt.Pool, Source: e.Receipt.Source, Shipper: e.Receipt.Shipper, Stated: &stated}
	case e.Gauging != nil:
		g := *e.Gauging
		g.Volume = half(g.Volume)
		e.Gauging = &g
	case e.Title != nil:
		title := *e.Title
		title.Volume = half(title.Volume)
		e.Title = &title
	case e.Deduction != nil:
		d := *e.Deduction
		d.Volume = half(d.Volume)
		e.Deduction = &d
	case e.Withdrawal != nil && e.Withdrawal.Stated != nil:
		w := *e.Withdrawal
		w.Stated = &custody.Bulk{Volume: half(w.Stated.Volume), Basis: w.Stated.Basis}
		e.Withdrawal = &w
	}
	return &e
}

// nonzero returns what stands in the books.
func nonzero(l *custody.Ledger) []custody.AccountState {
	return slices.DeleteFunc(l.Accounts(), func(a custody.AccountState) bool { return a.Stock == (custody.Stock{}) })
}
