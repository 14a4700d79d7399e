package custody_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/metrology/quantity"
)

func inventory(change func(i *custody.Inventory)) func(e *custody.Event) {
	return func(e *custody.Event) {
		e.Inventory = &custody.Inventory{
			Pool: "LSB", Year: "2024-01", UTCOffset: -420, Of: custody.FungibleGoods, Method: custody.Average, Period: custody.ByMonth,
			Opening: custody.LatestReceipts,
		}
		change(e.Inventory)
	}
}

func asItIs(*custody.Inventory) {}

// TestInventoryMethod: who holds an inventory chooses one method a fiscal year, before anything leaves.
func TestInventoryMethod(t *testing.T) {
	d := newStreams(t)
	thirteen := uint64(13)
	for _, tc := range []struct {
		reason, by string
		fill       func(e *custody.Event)
	}{
		{"the keeper of stream LSB, " + carrier, alpha, inventory(asItIs)},
		{"or the owner, " + alpha, beta, inventory(func(i *custody.Inventory) { i.Pool = "N-1" })},
		{"not declared as a tank or stream", carrier, inventory(func(i *custody.Inventory) { i.Pool = "X" })},
		{"fiscal year \"2024\" is not its first month", carrier, inventory(func(i *custody.Inventory) { i.Year = "2024" })},
		{"is over at", carrier, inventory(func(i *custody.Inventory) { i.Year = "2023-03" })},
		{"none of this earth", carrier, inventory(func(i *custody.Inventory) { i.UTCOffset = 900 })},
		{"neither goods nor materials", carrier, inventory(func(i *custody.Inventory) { i.Of = "oil" })},
		{"the opening inventory is by", carrier, inventory(func(i *custody.Inventory) { i.Opening = "" })},
		{"by shipment only materials are", carrier, inventory(func(i *custody.Inventory) { i.Period = custody.ByShipment })},
		{"goods are averaged over \"\"", carrier, inventory(func(i *custody.Inventory) { i.Period = "" })},
		{"has no averaging period", carrier, inventory(func(i *custody.Inventory) { i.Method = custody.LIFO })},
		{"method is \"guess\"", carrier, inventory(func(i *custody.Inventory) { i.Method = "guess" })},
		{"ratios of 13 decimals", carrier, inventory(func(i *custody.Inventory) { i.Decimals = &thirteen })},
		{"name of the pool", carrier, inventory(func(i *custody.Inventory) { i.Pool = "" })},
	} {
		d.reject(tc.reason, tc.by, tc.fill)
	}
	chosen := d.state(carrier, inventory(asItIs))
	d.state(alpha, inventory(func(i *custody.Inventory) { i.Pool, i.Method, i.Period = "N-1", custody.FIFO, "" }))
	d.reject("runs by average over month, event "+chosen, carrier, inventory(func(i *custody.Inventory) { i.Method, i.Period = custody.LIFO, "" }))
	d.reject("runs by average over month", carrier, inventory(func(i *custody.Inventory) { i.Year = "2024-07" }))
	d.reject("begin with month-01", carrier, inventory(func(i *custody.Inventory) { i.Year = "2025-04" }))
	d.reject("rounded alike", carrier, inventory(func(i *custody.Inventory) { i.Year, i.Decimals = "2025-01", new(uint64) }))
	d.state(carrier, inventory(func(i *custody.Inventory) { i.Year, i.Method, i.Period = "2025-01", custody.FIFO, "" }))
	all := d.Inventories("LSB")
	if len(all) != 2 || all[0].Event != chosen || all[0].From != 1_704_092_400_000 || all[0].Until != all[1].From || all[1].String() != "first-in-first-out" {
		t.Errorf("inventory methods are %+v", all)
	}
	// 2024-01-01T00:00:00-07:00 is 1,704,092,400 s.
	if d.Inventories("N-S") != nil || d.Inventories("X") != nil {
		t.Error("there is a method where none was chosen")
	}
}

// TestInventoryMethodComesFirst: what left in the year before the method was chosen was decided by none.
func TestInventoryMethodComesFirst(t *testing.T) {
	d := newStreams(t)
	d.ship("LSB", "fill", carrier, "1000")
	d.ship("LSB", "field", alpha, "500")
	d.state(carrier, func(e *custody.Event) {
		e.Gauging = &custody.Gauging{Pool: "LSB", Volume: custodytest.Units("1499"), Basis: quantity.Metric}
	})
	later := d.next(carrier, inventory(asItIs))
	if err := fold(t, d.steps).Apply(later, nil); err != nil {
		t.Errorf("after a loss alone: %v", err)
	}
	out := d.state(carrier, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{
			Pool: "LSB", Shipper: alpha, To: alpha, Lot: "L", Place: "Clearbrook", Stated: &custody.Bulk{Volume: custodytest.Units("50"), Basis: quantity.Metric},
		}
	})
	d.reject("event "+out+" has taken oil out of LSB", carrier, inventory(asItIs))
	d.state(carrier, inventory(func(i *custody.Inventory) { i.Year = "2025-01" }))
}

// TestInventoryMethodStands: a method is taken back before its year begins, and never after.
func TestInventoryMethodStands(t *testing.T) {
	d := newStreams(t)
	for year, refused := range map[string]bool{"2024-01": true, "2024-04": false} {
		events := []custody.Event{d.next(carrier, inventory(func(i *custody.Inventory) { i.Year = year }))}
		for _, s := range d.steps {
			events = append(events, s.Event)
		}
		void := d.next(carrier, func(e *custody.Event) { e.Void = &custody.Void{Of: e.ID} })
		void.ID, void.Order = "void", 1
		l, err := custody.Fold(append(events, void), nil, math.MaxInt64)
		switch {
		case refused && (err == nil || !strings.Contains(err.Error(), "which has begun: it stands until the year is over")):
			t.Errorf("year %s: got %v", year, err)
		case !refused && (err != nil || l.Inventories("LSB") != nil):
			t.Errorf("year %s: got %v", year, err)
		}
	}
}
