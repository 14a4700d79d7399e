package audit_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/metrology/quantity"
)

var (
	mmbtu   = quantity.Basis{Unit: quantity.MMBtu}
	gasAt60 = quantity.Basis{Unit: quantity.CubicMetre, Reference: quantity.At60F}
)

// gasStory is a lot of gas: what its stream is kept in, what three wells gave of it, what was stated of the lot, and its price.
type gasStory struct {
	basis  quantity.Basis
	wells  []custody.Source
	gave   int64 // each
	lot    custody.Bulk
	price  quantity.Factor
	per    quantity.Unit
	method *custody.Inventory
	covers *origin.CertifiedQuantity
}

// gas returns the story that the tests tell otherwise: 14,000 MMBtu of three wells, measured as 375,000 m3, at $2.50 per MMBtu.
func gas() gasStory {
	well := func(id string) custody.Source {
		return custody.Source{
			ID: id, Description: "natural gas", Heading: "2711", Country: "CA", Role: custody.Material, Originating: custody.Originating, WhollyObtained: true,
		}
	}
	return gasStory{
		basis: mmbtu, wells: []custody.Source{well("well-1"), well("well-2"), well("well-3")}, gave: 10_000,
		lot:   custody.Bulk{Volume: 14_000 * quantity.PerUnit, Basis: mmbtu, Also: &custody.Amount{Quantity: 375_000 * quantity.PerUnit, Basis: gasAt60}},
		price: quantity.F(25, 1), per: quantity.MMBtu,
	}
}

// enterGas has the broker enter that lot instead of the oil, under USMCA.
func (w world) enterGas(s gasStory) {
	w.t.Helper()
	var papers [][]byte
	add := func(minute int64, e custody.Event) { papers = append(papers, w.stated(minute, e)) }
	add(1, custody.Event{ID: "pool-GAS", By: audittest.Terminal, Pool: &custody.Pool{
		ID: "GAS", Kind: custody.Stream, Basis: s.basis, Keeper: audittest.Terminal, Method: custody.Average,
	}})
	if s.method != nil {
		add(2, custody.Event{ID: "method-GAS", By: audittest.Terminal, Inventory: s.method})
	}
	for _, well := range s.wells {
		stated := custody.Stated{Volume: quantity.Micro(s.gave) * quantity.PerUnit, Basis: s.basis}
		if s.basis != mmbtu {
			stated.Density = 720_000 // 0.72 kg/m3
		}
		add(2, custody.Event{ID: "source-" + well.ID, By: audittest.Terminal, Source: &well})
		add(3, custody.Event{ID: "receipt-" + well.ID, By: audittest.Terminal, Receipt: &custody.Receipt{
			Pool: "GAS", Source: well.ID, Shipper: audittest.Shipper, Stated: &stated,
		}})
	}
	add(lotAt, custody.Event{ID: "lot-1", By: audittest.Terminal, Withdrawal: &custody.Withdrawal{
		Pool: "GAS", Shipper: audittest.Shipper, Stated: &s.lot, To: audittest.Buyer, Lot: "L-1", Place: port,
	}})
	lot := papers[len(papers)-1]
	add(lotAt+1, custody.Event{ID: lotSold, By: audittest.Shipper, Sale: &custody.Sale{
		Batch: "L-1", Seller: audittest.Shipper, Buyer: audittest.Buyer, Price: &s.price, Unit: s.per, Basis: "FOB",
	}})
	certificate := audittest.Certificate("A")
	certificate.Description, certificate.HS6, certificate.Quantity = "natural gas", "271121", s.covers
	signed, err := audit.SignCertificate(w.Hand(audittest.Shipper), certificate)
	must(w.t, err)
	w.drop("certificate")
	w.reclaim(func(c *audit.Claim) {
		w.ofLot(lot)(c)
		c.HTS, c.SPI, c.Certificate, c.HeldSince = "2711.21.00.00", "S", hashOf(signed), bundletest.Epoch+2*bundletest.Minute
	})
	at := slices.IndexFunc(w.Acts, func(a audittest.Act) bool { return a.Name == "claim" })
	for i, p := range append(papers, signed) {
		name := "gas paper"
		if slices.Equal(p, lot) {
			name = "lot-1"
		}
		w.Acts = slices.Insert(w.Acts, at+i, audittest.Act{Path: "/v1/documents", Name: name, Body: p})
	}
}

// TestEntryOfGas: gas of three wells, kept by energy, is traced, originates as extracted, and is entered by the m3 and the price of
// its energy; the bundle shows it, and the crossings set it against what crossed.
func TestEntryOfGas(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.enterGas(gas())
	v := w.verified()
	d := v.Decision
	for _, tt := range []struct{ what, got, want string }{
		{"volume", d.Gas.Volume.Quantity.String() + " " + d.Gas.Volume.Basis.String(), "375000 m3 at 60F"},
		{"energy", d.Gas.Energy.Quantity.String() + " " + d.Gas.Energy.Basis.String(), "14000 MMBtu"},
		{"price", d.Price.String() + " per " + string(d.PriceUnit), "2.5 per MMBtu"},
		{"line", d.Assessment.Line.HTS + " " + d.Assessment.Line.Unit, "2711.21.00.00 m3"},
		{"value", d.Assessment.Claimed.Value.String(), "35000.00"},
		{"duty", d.Assessment.Claimed.Duty.String(), "0.00"},
		{"additional with the claim", d.Assessment.Claimed.Additional.String(), "0.00"},
		{"MPF with the claim", d.Assessment.Claimed.MPF.String(), "0.00"},
		{"additional without it", d.Assessment.Unclaimed.Additional.String(), "3500.00"}, // 9903.01.13, to 2026-02-24
		{"MPF without it", d.Assessment.Unclaimed.MPF.String(), "121.24"},                // 0.3464 %
		{"criterion", d.Origin.Criterion, "A"},
		{"refused", d.ClaimRefused, ""},
		{"imported", d.Imported, "2026-02-01"},
		{"not shown", v.Unchecked[len(v.Unchecked)-2], "how the quantity was measured: Terminal LP typed it, event lot-1"},
		{"nor", v.Unchecked[len(v.Unchecked)-1], "the heating value by which 375000 m3 at 60F have 14000 MMBtu: Terminal LP stated both in event lot-1, and a month confirms " +
			"only the one that is booked"},
	} {
		same(t, tt.what, tt.got, tt.want)
	}
	same(t, "reported", d.Assessment.Claimed.Reported(), 375_000)
	same(t, "oil", []any{d.Gross, d.SW == nil, d.Net, d.API60 == nil, d.Assessment.Claimed.Barrels}, []any{quantity.Micro(0), true, quantity.Micro(0), true, int64(0)})
	same(t, "quantity", d.Quantity, lineage.Coverage{Basis: mmbtu, Volume: d.Gas.Energy.Quantity, Typed: d.Gas.Energy.Quantity})
	same(t, "composition", d.Coverage, lineage.Coverage{Basis: mmbtu, Volume: d.Gas.Energy.Quantity, Typed: d.Gas.Energy.Quantity})
	same(t, "wells", len(d.Lot.Shares), 3)
	same(t, "findings", len(d.Assessment.Findings), 0)

	r := w.crossings(w.Papers(), port)
	same(t, "lots", len(r.Lots), 1)
	x := r.Lots[0]
	same(t, "crossed", []any{x.Batch, x.Basis, x.Crossed, x.Entered, x.Difference}, []any{"L-1", mmbtu, d.Gas.Energy.Quantity, d.Gas.Energy.Quantity, quantity.Micro(0)})
}

// TestGasByVolume: the same gas kept by volume, and sold by either, is the same entry; its books have a mass.
func TestGasByVolume(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	s := gas()
	s.basis, s.gave = gasAt60, 300_000
	s.lot = custody.Bulk{Volume: 375_000 * quantity.PerUnit, Basis: gasAt60, Also: &custody.Amount{Quantity: 14_000 * quantity.PerUnit, Basis: mmbtu}}
	w.enterGas(s)
	d := w.verified().Decision
	same(t, "value", d.Assessment.Claimed.Value.String(), "35000.00")
	same(t, "composition", d.Coverage.Basis, gasAt60)
	same(t, "quantity", d.Quantity.Basis, gasAt60)
	same(t, "criterion", d.Origin.Criterion, "A")

	bare := newWorld(t, audittest.Options{})
	s.lot.Also, s.per, s.price = nil, quantity.CubicMetre, quantity.F(11, 2)
	bare.enterGas(s)
	d = bare.decision(bare.Papers())
	same(t, "value by m3", d.Assessment.Claimed.Value.String(), "41250.00")
	same(t, "energy", d.Gas.Energy == nil, true)
}

// TestGasOfTwoShares: commingled gas of which a part originates is entered as two shares, by volume and by energy alike; nothing is
// entered twice and nothing left over.
func TestGasOfTwoShares(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	s := gas()
	s.wells[0].Country, s.wells[0].Originating, s.wells[0].WhollyObtained = "TT", custody.NonOriginating, false
	s.method = &custody.Inventory{
		Pool: "GAS", Year: "2026-01", UTCOffset: -420, Of: custody.FungibleGoods, Method: custody.FIFO, Opening: custody.LatestReceipts,
	}
	w.enterGas(s)
	whole := w.decision(w.Papers())
	says(t, errorOf(whole.ClaimRefused), "4000 of 14000 MMBtu originate: enter the lot twice")
	rest := w.claim("claim", func(c *audit.Claim) {
		c.Share, c.Entry, c.SPI, c.Certificate, c.HeldSince = audit.RestShare, number(t, 310_242), "", nil, 0
	})
	c, err := w.Case(append(w.claiming(func(c *audit.Claim) { c.Share = audit.OriginatingShare }), rest))
	must(t, err)
	d, err := c.Decide(w.Number.String())
	must(t, err)
	other, err := c.Decide(number(t, 310_242).String())
	must(t, err)
	same(t, "volume", d.Gas.Volume.Quantity+other.Gas.Volume.Quantity, whole.Gas.Volume.Quantity)
	same(t, "energy", d.Gas.Energy.Quantity+other.Gas.Energy.Quantity, whole.Gas.Energy.Quantity)
	same(t, "of the method", d.Gas.Energy.Quantity, d.Commingled.Originating)
	same(t, "barrels", d.Commingled.CommingledNet == nil, true)
	same(t, "criteria", []string{d.Origin.Criterion, other.Origin.Criterion}, []string{"A", ""})
	same(t, "refused", d.ClaimRefused, "")
	// What is kept by the books is not what an entry takes of it.
	again, err := c.Decide(w.Number.String())
	must(t, err)
	same(t, "decided again", encode(t, again), encode(t, d))
}

// errorOf makes an error of a reason.
func errorOf(reason string) error {
	if reason == "" {
		return nil
	}
	return errors.New(reason)
}

// TestGasRefused: what an entry of gas can't be made of says what to state instead.
func TestGasRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		tell  func(s *gasStory)
		claim func(c *audit.Claim)
		says  string
	}{
		{"no m3", func(s *gasStory) { s.lot.Also = nil }, nil, "line 2711.21.00.00 counts in m3, and event lot-1 states none: void it with a replacement that has them in also"},
		{"barrels for m3", func(s *gasStory) { s.lot.Also.Basis = quantity.Customary }, nil, "counts in m3, and event lot-1 states none"},
		{"a price per barrel", func(s *gasStory) { s.per = "" }, nil, "sale sale-L-1 states a price per net barrel, and the entry is of m3"},
		{"a price in another unit", func(s *gasStory) { s.per = quantity.Gigajoule }, nil, "states a price per GJ, and event lot-1 states no GJ"},
		{"energy as oil", func(*gasStory) {}, func(c *audit.Claim) { c.HTS = "2709.00.20.90" }, "event lot-1 states energy, which is of gas, and the line that is claimed counts barrels"},
		{"a line in kg", func(*gasStory) {}, func(c *audit.Claim) { c.HTS = "2711.29.00.10" }, "line 2711.29.00.10 counts in kg"},
	} {
		w := newWorld(t, audittest.Options{})
		s := gas()
		tt.tell(&s)
		w.enterGas(s)
		papers := w.Papers()
		if tt.claim != nil {
			papers = w.claiming(tt.claim)
		}
		_, err := w.decide(papers)
		if err == nil {
			t.Errorf("%s is decided", tt.name)
			continue
		}
		says(t, err, tt.says)
	}
	oil := newWorld(t, audittest.Options{})
	oil.crossAsStated()
	sold := oil.stated(lotAt+1, custody.Event{ID: lotSold, By: audittest.Shipper, Sale: &custody.Sale{
		Batch: "L-1", Seller: audittest.Shipper, Buyer: audittest.Buyer, Price: &quantity.Factor{Mantissa: 25, Decimals: 1}, Unit: quantity.MMBtu,
	}})
	_, err := oil.decide(swapped(oil.Papers(), oil.Act(lotSold).Body, sold))
	says(t, err, "sale sale-L-1 states a price per MMBtu, and the entry is of net barrels")
}

// TestGasUtilization: what is claimed of gas is held against what its certificate and its wells are stated to give, on either of its
// measures, and on no other.
func TestGasUtilization(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		covers  int64
		basis   quantity.Basis
		remarks []string
	}{
		{14_000, mmbtu, nil},
		{13_999, mmbtu, []string{"14,000"}},
		{375_000, gasAt60, nil},
		{374_999, gasAt60, []string{"375,000"}},
		{1, quantity.Metric, []string{"entry ZZ9-0310241-8 is not added up with what certificate C-1 carries in m3 at 15C: nobody states it in that"}},
	} {
		w := newWorld(t, audittest.Options{})
		s := gas()
		s.covers = &origin.CertifiedQuantity{Volume: quantity.Micro(tt.covers) * quantity.PerUnit, Basis: tt.basis}
		w.enterGas(s)
		var got []string
		for _, r := range w.verified().Remarks {
			got = append(got, r.Text)
		}
		same(t, "remarks of "+tt.basis.String(), len(got), len(tt.remarks))
		for i := range min(len(got), len(tt.remarks)) {
			says(t, errorOf(got[i]), tt.remarks[i])
		}
	}
	w := newWorld(t, audittest.Options{})
	s := gas()
	s.wells[1].Capacity = &custody.Capacity{Volume: 9_000 * quantity.PerUnit, Basis: mmbtu}
	w.enterGas(s)
	remarks := w.verified().Remarks
	if len(remarks) != 1 || remarks[0].Kind != audit.OverCapacity {
		t.Fatalf("remarks are %+v", remarks)
	}
	says(t, errorOf(remarks[0].Text), "MMBtu")
}

// TestGasWhatIf: without its certificate, and without its lot, an entry of gas comes to something else, in its own quantities.
func TestGasWhatIf(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.enterGas(gas())
	c, err := w.Case(w.Papers())
	must(t, err)
	r, err := c.WhatIf(audit.Change{Certificates: []string{"C-1"}})
	must(t, err)
	same(t, "differences", len(r.Differences), 1)
	before, after := r.Differences[0].Before, r.Differences[0].After
	same(t, "quantities", []int64{before.Quantity, after.Quantity, before.Barrels, after.Barrels}, []int64{375_000, 375_000, 0, 0})
	same(t, "owed", r.Owed.Total.String(), "3621.24")
	more := gas().lot
	more.Also = &custody.Amount{Quantity: 380_000 * quantity.PerUnit, Basis: gasAt60}
	restated, err := custody.Open(w.Act("lot-1").Body, w.Keys())
	must(t, err)
	restated.Withdrawal.Stated = &more
	r, err = c.WhatIf(audit.Change{Voids: []custody.Void{{Of: "lot-1", Replacement: &restated}}})
	must(t, err)
	same(t, "restated", r.Differences[0].After.Quantity+int64(r.Differences[0].After.Value), 380_000+3_500_000)
}

// TestGasNeedsAClaimInTime: without the certificate of gas nothing is claimed, and the additional duty of that day is owed.
func TestGasNeedsAClaimInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.enterGas(gas())
	d := w.decision(w.claiming(func(c *audit.Claim) { c.SPI, c.Certificate, c.HeldSince = "", nil, 0 }))
	same(t, "filed", string(d.Assessment.Filed), "unclaimed")
	same(t, "total", d.Assessment.Unclaimed.Total.String(), "3621.24")
	crude := audittest.Certificate("A")
	signed, err := audit.SignCertificate(w.Hand(audittest.Shipper), crude)
	must(t, err)
	d = w.decision(append([][]byte{signed}, w.claiming(func(c *audit.Claim) { c.Certificate = hashOf(signed) })...))
	says(t, errorOf(d.ClaimRefused), "270900")
}
