package custody

import (
	"fmt"
	"slices"
	"time"
)

// The inventory methods beside Average and FIFO.
const (
	LIFO Method = "last-in-first-out"
	// Specific: what originates and what doesn't is kept apart, so that what is there says what leaves.
	Specific Method = "specific identification"
)

// Fungible says what an inventory is of.
type Fungible string

// The two kinds of inventories.
const (
	FungibleGoods     Fungible = "goods"     // commingled and exported in the same form
	FungibleMaterials Fungible = "materials" // used in the production of a good
)

// Averaging is what an average is over.
type Averaging string

// The averaging periods: the preceding month or quarter of the fiscal year or, for materials, what is in stock before each shipment.
const (
	ByMonth    Averaging = "month"
	ByQuarter  Averaging = "quarter"
	ByShipment Averaging = "shipment"
)

// OpeningRule says what the oil counts as that is there when a method is chosen.
type OpeningRule string

// The rules for an opening inventory.
const (
	LatestReceipts    OpeningRule = "latest receipts"
	AllNonOriginating OpeningRule = "non-originating"
)

// maxDecimals is the largest number of decimals of a ratio.
const maxDecimals = 12

// Inventory chooses the method by which it is decided how much of what leaves a tank or stream originates, for one fiscal year, by
// who holds the inventory: the keeper of the pool, or the owner of the tank. It moves nothing. What is chosen stands for the whole year
// (SOR/2020-155 s. 8(19), whose twin is 19 CFR part 182, Appendix A): it is stated once, before the first withdrawal of that year, and
// is not taken back when the year has begun.
type Inventory struct {
	Pool string `cbor:"1,keyasint" json:"pool"`
	// Year is the first month of the fiscal year, "2024-01". Its months begin at midnight of a clock that is UTCOffset minutes ahead
	// of UTC all year. A further year begins some whole years later, by the same clock and with the same Decimals.
	Year      string      `cbor:"2,keyasint" json:"year"`
	UTCOffset int64       `cbor:"3,keyasint" json:"utcOffset"`
	Of        Fungible    `cbor:"4,keyasint" json:"of"`
	Method    Method      `cbor:"5,keyasint" json:"method"`
	Period    Averaging   `cbor:"6,keyasint,omitempty" json:"period,omitempty"`   // with Average only
	Opening   OpeningRule `cbor:"7,keyasint" json:"opening"`                      // of what is in stock when another method begins
	Decimals  *uint64     `cbor:"8,keyasint,omitempty" json:"decimals,omitempty"` // of a ratio; absent: exact
}

// InventoryState is a method as it was chosen.
type InventoryState struct {
	Inventory
	From  int64  `json:"from"`  // ms since 1970 UTC: the fiscal year, From included
	Until int64  `json:"until"` // excluded
	By    string `json:"by"`
	At    int64  `json:"at"` // ms since 1970 UTC
	Event string `json:"event"`
}

// String prints what was chosen: "average over month".
func (i Inventory) String() string {
	if i.Period == "" {
		return string(i.Method)
	}
	return fmt.Sprintf("%s over %s", i.Method, i.Period)
}

// begin returns the first instant (ms) of a fiscal year, some years after this one.
func (i *Inventory) begin(years int) (int64, error) {
	t, err := time.Parse("2006-01", i.Year)
	if err != nil || t.Year() < 1970 || t.Year() > 9998 {
		return 0, fmt.Errorf("inventory method of %s: fiscal year %q is not its first month, like 2024-01", i.Pool, i.Year)
	}
	return t.AddDate(years, 0, 0).UnixMilli() - i.UTCOffset*60_000, nil
}

// begun reports whether the fiscal year has begun at an instant (ms).
func (i *Inventory) begun(at int64) bool {
	from, err := i.begin(0)
	return err == nil && at >= from
}

func (i *Inventory) check() error {
	if _, err := i.begin(0); err != nil {
		return err
	}
	where := "inventory method of " + i.Pool
	if i.UTCOffset < -12*60 || i.UTCOffset > 14*60 {
		return fmt.Errorf("%s: offset of %d minutes from UTC is none of this earth", where, i.UTCOffset)
	}
	if i.Of != FungibleGoods && i.Of != FungibleMaterials {
		return fmt.Errorf("%s: it is of %q, neither %s nor %s", where, i.Of, FungibleGoods, FungibleMaterials)
	}
	if i.Opening != LatestReceipts && i.Opening != AllNonOriginating {
		return fmt.Errorf("%s: the opening inventory is by %q, neither %s nor %s", where, i.Opening, LatestReceipts, AllNonOriginating)
	}
	if i.Decimals != nil && *i.Decimals > maxDecimals {
		return fmt.Errorf("%s: ratios of %d decimals, at most %d are kept", where, *i.Decimals, maxDecimals)
	}
	switch i.Method {
	case Average:
		ok := i.Period == ByMonth || i.Period == ByQuarter || i.Period == ByShipment && i.Of == FungibleMaterials
		if !ok {
			return fmt.Errorf("%s: %s are averaged over %q: state %s or %s; by %s only materials are", where, i.Of, i.Period, ByMonth, ByQuarter, ByShipment)
		}
	case FIFO, LIFO, Specific:
		if i.Period != "" || i.Decimals != nil {
			return fmt.Errorf("%s: %s has no averaging period and no ratio: leave period and decimals out", where, i.Method)
		}
	default:
		return fmt.Errorf("%s: method is %q, want %s, %s, %s or %s", where, i.Method, Average, FIFO, LIFO, Specific)
	}
	return names("pool", i.Pool)
}

// choose notes the inventory method of a fiscal year.
func (l *Ledger) choose(p *posting) error {
	i := *p.event.Inventory
	i.Decimals = copied(i.Decimals)
	of, known := l.pools[i.Pool]
	switch {
	case !known || of.Kind == Line:
		return fmt.Errorf("%s is not declared as a tank or stream: state the pool first", i.Pool)
	case p.event.By != of.Keeper && (of.Owner == "" || p.event.By != of.Owner):
		return fmt.Errorf("%s states it, but only who holds the inventory may: the keeper of %s %s, %s%s", p.event.By, of.Kind, of.ID, of.Keeper, orOwner(of.Owner))
	}
	state := InventoryState{Inventory: i, By: p.event.By, At: p.event.At, Event: p.event.ID}
	var err error
	if state.From, err = i.begin(0); err != nil {
		return err
	}
	if state.Until, err = i.begin(1); err != nil {
		return err
	}
	if p.event.At >= state.Until {
		return fmt.Errorf("it is of %d ms, and the fiscal year from %s is over at %d ms", p.event.At, i.Year, state.Until)
	}
	if err := of.goesOn(state); err != nil {
		return err
	}
	if m := l.firstOut(of, state.From); m != nil {
		return fmt.Errorf("event %s has taken oil out of %s in the fiscal year from %s: its method is chosen before that, and decides all withdrawals of it",
			m.Event, i.Pool, i.Year)
	}
	p.then(func() { of.inventories = append(of.inventories, state) })
	return nil
}

func orOwner(owner string) string {
	if owner == "" {
		return ""
	}
	return ", or the owner, " + owner
}

// goesOn refuses what changes the method within a fiscal year, or the calendar and the rounding ever.
func (p *pool) goesOn(next InventoryState) error {
	n := len(p.inventories)
	if n == 0 {
		return nil
	}
	last := p.inventories[n-1]
	if next.From < last.Until {
		return fmt.Errorf("the fiscal year from %s of %s runs by %s, event %s: a method stands for the whole year, another can be chosen for the next "+
			"(SOR/2020-155 s. 8(19), 19 CFR part 182, Appendix A)", last.Year, p.ID, last.Inventory, last.Event)
	}
	same := (last.Decimals == nil) == (next.Decimals == nil) && (last.Decimals == nil || *last.Decimals == *next.Decimals)
	averages := last.Method == Average && next.Method == Average
	if last.UTCOffset != next.UTCOffset || last.Year[4:] != next.Year[4:] || averages && !same {
		return fmt.Errorf("the fiscal years of %s begin with month%s by a clock of %d minutes and their ratios are rounded alike: state the further year so, or name "+
			"a new pool", p.ID, last.Year[4:], last.UTCOffset)
	}
	return nil
}

// firstOut returns the first movement since an instant (ms) that took oil out of a pool; what a gauge found missing took none.
func (l *Ledger) firstOut(of *pool, since int64) *Movement {
	here := PoolAccount(of.ID)
	i := slices.IndexFunc(l.movements, func(m Movement) bool {
		return m.At >= since && m.Effect != Lost && m.From.Inventory() == here && m.To.Inventory() != here
	})
	if i < 0 {
		return nil
	}
	return &l.movements[i]
}

// Inventories returns the inventory methods of a pool, by fiscal year.
func (l *Ledger) Inventories(pool string) (all []InventoryState) {
	p := l.pools[pool]
	if p == nil {
		return nil
	}
	for _, s := range p.inventories {
		s.Decimals = copied(s.Decimals)
		all = append(all, s)
	}
	return all
}
