package custody_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// The parties of these tests: a carrier of streams, its shippers, and a neighbour.
const (
	carrier   = custodytest.CarrierUS
	alpha     = "did:web:alpha.example"
	beta      = "did:web:beta.example"
	gamma     = "did:web:gamma.example"
	neighbour = custodytest.CarrierCA
)

// desk states events one after the other, named e1 and so on, a minute apart, from the first of March or so many days later.
type desk struct {
	t *testing.T
	*custody.Ledger
	n     int
	day   int
	steps []custodytest.Step
}

func (d *desk) next(by string, fill func(e *custody.Event)) custody.Event {
	e := custody.Event{Version: custody.Version, ID: fmt.Sprintf("e%d", d.n+1), By: by, At: custodytest.At(1+d.day, 0, d.n+1)}
	fill(&e)
	return e
}

// state applies one event and returns its id.
func (d *desk) state(by string, fill func(e *custody.Event)) string {
	d.t.Helper()
	return d.step(custodytest.Step{Event: d.next(by, fill)})
}

// measure applies one event with a ticket of its own.
func (d *desk) measure(by string, m custodytest.Metering, fill func(e *custody.Event)) string {
	d.t.Helper()
	return d.step(d.metered(by, m, fill))
}

func (d *desk) metered(by string, m custodytest.Metering, fill func(e *custody.Event)) custodytest.Step {
	e := d.next(by, fill)
	m.ID, m.First, m.Last, m.Open, m.Close, m.At = "TK-"+e.ID, uint64(10*d.n+1), uint64(10*d.n+10), e.At-1, e.At, e.At
	if m.Point == "" {
		m.Point = "M-1"
	}
	if m.Basis == (quantity.Basis{}) {
		m.Basis = quantity.Metric
	}
	if m.Density == 0 {
		m.Density = custodytest.Units("850")
	}
	return custodytest.Cite(e, m.Ticket())
}

func (d *desk) step(s custodytest.Step) string {
	d.t.Helper()
	fine(d.t, d.Apply(s.Event, s.Ticket))
	fine(d.t, d.Check())
	d.n++
	d.steps = append(d.steps, s)
	return s.Event.ID
}

// refuse holds an event to be refused for a reason, without a trace.
func (d *desk) refuse(reason string, s custodytest.Step) {
	d.t.Helper()
	accounts, movements := d.Accounts(), d.Movements(0)
	if err := d.Apply(s.Event, s.Ticket); err == nil || !strings.Contains(err.Error(), reason) || !strings.Contains(err.Error(), s.Event.ID) {
		d.t.Errorf("got %v, want a refusal of %s with %q", err, s.Event.ID, reason)
	}
	if !reflect.DeepEqual(d.Accounts(), accounts) || !reflect.DeepEqual(d.Movements(0), movements) {
		d.t.Errorf("the refused event %s left a trace", s.Event.ID)
	}
}

// reject is refuse of an event without a ticket.
func (d *desk) reject(reason, by string, fill func(e *custody.Event)) {
	d.t.Helper()
	d.refuse(reason, custodytest.Step{Event: d.next(by, fill)})
}

// newStreams opens two streams of the carrier, and a tank and a stream of its neighbour.
func newStreams(t *testing.T) *desk {
	d := &desk{t: t, Ledger: custody.NewLedger()}
	for _, p := range []custody.Pool{
		{ID: "LSB", Kind: custody.Stream, Keeper: carrier}, {ID: "MSB", Kind: custody.Stream, Keeper: carrier},
		{ID: "N-1", Kind: custody.Tank, Keeper: neighbour, Owner: alpha}, {ID: "N-S", Kind: custody.Stream, Keeper: neighbour},
		{ID: "C-1", Kind: custody.Tank, Keeper: carrier, Owner: alpha},
	} {
		p.Basis, p.Method = quantity.Metric, custody.Average
		d.state(p.Keeper, func(e *custody.Event) { e.Pool = &p })
	}
	for _, id := range []string{"field", "fill"} {
		d.state(carrier, func(e *custody.Event) {
			e.Source = &custody.Source{ID: id, Description: "light oil", Heading: "2709", Country: "CA", Role: custody.Heavy, Originating: custody.Originating}
		})
	}
	return d
}

func (d *desk) ship(stream, source, shipper, volume string) string {
	d.t.Helper()
	return d.state(carrier, func(e *custody.Event) {
		e.Receipt = &custody.Receipt{Pool: stream, Source: source, Shipper: shipper, Stated: &custody.Stated{
			Volume: custodytest.Units(volume), Basis: quantity.Metric, Density: custodytest.Units("850"),
		}}
	})
}

// positions holds a stream to "shipper volume" pairs.
func (d *desk) positions(stream string, want ...string) {
	d.t.Helper()
	p, err := d.Pool(stream)
	fine(d.t, err)
	var got []string
	for _, at := range p.Positions {
		name := strings.TrimSuffix(strings.TrimPrefix(at.Shipper, "did:web:"), ".example")
		got = append(got, name+" "+at.Volume.String())
	}
	same(d.t, "positions of "+stream, strings.Join(got, ", "), strings.Join(want, ", "))
}

// TestStreamMonth: what shippers put into a stream, pass on, exchange, owe and take out, and what falls to them of a shortage.
func TestStreamMonth(t *testing.T) {
	d := newStreams(t)
	d.ship("LSB", "fill", carrier, "1000")
	first := d.ship("LSB", "field", alpha, "2000")
	d.ship("LSB", "field", beta, "1000")
	d.ship("MSB", "field", gamma, "500")
	d.state(carrier, func(e *custody.Event) {
		e.Allowance = &custody.Allowance{Receipt: first, Percent: custodytest.Factor("0.10")}
	})
	d.positions("LSB", "alpha 1998", "beta 1000", "gateway-llc 1002")
	d.state(alpha, func(e *custody.Event) {
		e.Title = &custody.Title{Pool: "LSB", From: alpha, To: gamma, Volume: custodytest.Units("98")}
	})
	d.state(carrier, func(e *custody.Event) {
		e.Exchange = &custody.Exchange{Party: beta, Other: gamma, Pool: "LSB", ForPool: "MSB", Volume: custodytest.Units("400")}
	})
	d.positions("LSB", "alpha 1900", "beta 600", "gamma 498", "gateway-llc 1002")
	d.positions("MSB", "beta 400", "gamma 100")
	d.measure(carrier, custodytest.Metering{Batch: "L-1", From: carrier, To: custodytest.Buyer, GSV: custodytest.Units("600")}, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{Pool: "LSB", Shipper: beta, To: custodytest.Buyer, Lot: "L-1", Place: "Clearbrook"}
	})
	d.state(carrier, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{
			Pool: "LSB", Shipper: gamma, ToPool: "MSB", ToShipper: gamma, Stated: &custody.Bulk{Volume: custodytest.Units("98"), Basis: quantity.Metric},
		}
	})
	d.positions("LSB", "alpha 1900", "beta 0", "gamma 400", "gateway-llc 1002")
	// Short by 33.02. Throughput: carrier 1000, alpha 2000, beta 1600, gamma 98. Beta has nothing to bear its share with.
	d.state(carrier, func(e *custody.Event) {
		e.Gauging = &custody.Gauging{Pool: "LSB", Volume: custodytest.Units("3268.98"), Basis: quantity.Metric}
	})
	d.positions("LSB", "alpha 1878.683021", "beta 0", "gamma 398.955468", "gateway-llc 991.341511")
	// The next one finds no throughput: over by 10, by position.
	d.state(carrier, func(e *custody.Event) {
		e.Gauging = &custody.Gauging{Pool: "LSB", Volume: custodytest.Units("3278.98"), Basis: quantity.Metric}
	})
	d.positions("LSB", "alpha 1884.430022", "beta 0", "gamma 400.175896", "gateway-llc 994.374082")

	lot, err := d.Batch("L-1")
	fine(t, err)
	if !lot.Delivered || lot.Owner != beta || lot.Custodian != custodytest.Buyer || lot.Toward != "Clearbrook" || lot.Line != "LSB" || lot.Volume != custodytest.Units("600") {
		t.Errorf("lot is %+v", lot)
	}
	same(t, "density of the lot", lot.Density.Decimal(0), "850")
	b, err := d.Balance("L-1")
	fine(t, err)
	if len(b.Legs) != 1 || b.Legs[0].Ticket == nil || b.Shipper != nil {
		t.Errorf("balance of the lot is %+v", b)
	}
	pool, err := d.PoolBalance("LSB", 0, math.MaxInt64)
	fine(t, err)
	same(t, "closing", pool.Closing.Volume.String(), "3278.98")
	same(t, "over and short", pool.GainLoss.String(), "-23.02")
	again := fold(t, d.steps)
	if !reflect.DeepEqual(again.Accounts(), d.Accounts()) {
		t.Error("two folds differ")
	}
}

// TestStreamLineage: what leaves a stream is made of all that is in it, whoever's position it leaves; a title changes nothing.
func TestStreamLineage(t *testing.T) {
	d := newStreams(t)
	d.ship("LSB", "fill", carrier, "1000")
	d.ship("LSB", "field", alpha, "3000")
	d.state(alpha, func(e *custody.Event) {
		e.Title = &custody.Title{Pool: "LSB", From: alpha, To: beta, Volume: custodytest.Units("1000")}
	})
	d.state(carrier, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{
			Pool: "LSB", Shipper: beta, To: gamma, Lot: "L-1", Place: "Clearbrook", Stated: &custody.Bulk{Volume: custodytest.Units("800"), Basis: quantity.Metric},
		}
	})
	b := lineage.New()
	fine(t, b.Apply(d.Movements(0)...))
	lot, err := b.Lot("L-1")
	fine(t, err)
	if len(lot.Shares) != 2 || lot.Shares[0].Book != custodytest.Units("600") || lot.Shares[1].Book != custodytest.Units("200") {
		t.Errorf("lot is made of %+v", lot.Shares)
	}
	trace, err := b.Trace("L-1")
	fine(t, err)
	for _, m := range trace {
		if m.Effect == custody.Titled {
			t.Errorf("the trace has %s", m)
		}
	}
	if len(trace) != 6 { // two receipts and the withdrawal, volume and mass of each
		t.Errorf("trace is %v", trace)
	}
	trail, err := b.Chart().Back(math.MaxInt64, "L-1")
	fine(t, err)
	if len(trail.Parts) != 2 || trail.Parts[0].Source != "fill" || trail.Parts[0].Share != custodytest.Units("200") {
		t.Errorf("trail is %+v", trail)
	}
	forward, err := b.Chart().Forward(math.MaxInt64, "fill")
	fine(t, err)
	if len(forward.Parts) != 2 || forward.Parts[1].Account != custody.DeliveredAccount("L-1") || forward.Parts[1].Share != custodytest.Units("200") {
		t.Errorf("the fill went to %+v", forward.Parts)
	}
	if got := b.Shares(custody.PositionAccount("LSB", alpha)); len(got) != 2 || got[0].Book != custodytest.Units("2400") {
		t.Errorf("alpha's position is of %+v", got)
	}
}

// TestStreamRefusals: what streams, withdrawals, titles and exchanges refuse.
func TestStreamRefusals(t *testing.T) {
	d := newStreams(t)
	d.ship("LSB", "field", alpha, "100")
	r := d.ship("LSB", "fill", carrier, "10")
	d.ship("MSB", "field", beta, "50")
	trifle := d.ship("LSB", "field", beta, "1")
	stated := func(volume string) *custody.Bulk {
		return &custody.Bulk{Volume: custodytest.Units(volume), Basis: quantity.Metric}
	}
	withdraw := func(w custody.Withdrawal) func(e *custody.Event) {
		return func(e *custody.Event) {
			if w.Stated == nil {
				w.Stated = stated("1")
			}
			if w.ToPool == "" {
				w.To, w.Lot, w.Place = gamma, "L-9", "Clearbrook"
			}
			e.Withdrawal = &w
		}
	}
	title := func(from, to, volume string) func(e *custody.Event) {
		return func(e *custody.Event) {
			e.Title = &custody.Title{Pool: "LSB", From: from, To: to, Volume: custodytest.Units(volume)}
		}
	}
	exchange := func(x custody.Exchange) func(e *custody.Event) {
		x.Party, x.Other = alpha, beta
		return func(e *custody.Event) { e.Exchange = &x }
	}
	allow := func(receipt, percent string) func(e *custody.Event) {
		return func(e *custody.Event) {
			e.Allowance = &custody.Allowance{Receipt: receipt, Percent: custodytest.Factor(percent)}
		}
	}
	pool := func(p custody.Pool) func(e *custody.Event) {
		p.Basis, p.Keeper, p.Method = quantity.Metric, carrier, custody.Average
		return func(e *custody.Event) { e.Pool = &p }
	}
	receipt := func(pool, shipper string) func(e *custody.Event) {
		return func(e *custody.Event) {
			e.Receipt = &custody.Receipt{Pool: pool, Source: "field", Shipper: shipper, Stated: &custody.Stated{Volume: 1, Basis: quantity.Metric, Density: 850e6}}
		}
	}
	for _, tc := range []struct {
		reason, by string
		fill       func(e *custody.Event)
	}{
		{"name it without", carrier, pool(custody.Pool{ID: "LSB/x", Kind: custody.Stream})},
		{"has no owner", carrier, pool(custody.Pool{ID: "X", Kind: custody.Stream, Owner: alpha})},
		{"name the shipper", carrier, receipt("LSB", "")},
		{"has no positions", carrier, receipt("C-1", alpha)},
		{"as keeper of stream LSB", alpha, receipt("LSB", alpha)},
		{"neither its producer nor keeper or owner of stream N-S", neighbour, receipt("N-S", alpha)},
		{"has 100 m3 at 15C in stream LSB", carrier, withdraw(custody.Withdrawal{Pool: "LSB", Shipper: alpha, Stated: stated("100.000001")})},
		{"has 0 m3", carrier, withdraw(custody.Withdrawal{Pool: "LSB", Shipper: gamma})},
		{"name the shipper", carrier, withdraw(custody.Withdrawal{Pool: "LSB"})},
		{"as keeper of stream LSB", alpha, withdraw(custody.Withdrawal{Pool: "LSB", Shipper: alpha})},
		{"tank C-1 holds 0", carrier, withdraw(custody.Withdrawal{Pool: "C-1"})},
		{"name the shipper", carrier, withdraw(custody.Withdrawal{Pool: "LSB", Shipper: alpha, ToPool: "MSB"})},
		{"is kept by " + carrier, carrier, withdraw(custody.Withdrawal{Pool: "LSB", Shipper: alpha, ToPool: "N-1"})},
		{"not declared as a tank or stream", carrier, withdraw(custody.Withdrawal{Pool: "LSB", Shipper: alpha, ToPool: "X"})},
		{"into itself", carrier, withdraw(custody.Withdrawal{Pool: "LSB", Shipper: alpha, ToPool: "LSB", ToShipper: beta})},
		{"must be positive", carrier, withdraw(custody.Withdrawal{Pool: "LSB", Shipper: alpha, Stated: stated("0")})},
		{"not both", carrier, withdraw(custody.Withdrawal{Pool: "LSB", Shipper: alpha, ToPool: "C-1", Lot: "L"})},
		{"and no stream", carrier, withdraw(custody.Withdrawal{Pool: "LSB", Shipper: alpha, ToShipper: beta})},
		{"state it so", carrier, withdraw(custody.Withdrawal{Pool: "LSB", Shipper: alpha, Stated: &custody.Bulk{Volume: 1, Basis: quantity.Customary}})},
		{"only one of them", carrier, func(e *custody.Event) {
			e.Withdrawal = &custody.Withdrawal{Pool: "LSB", Shipper: alpha, ToPool: "C-1"}
		}},
		{"who gives it up", beta, title(alpha, beta, "1")},
		{"has 100 m3", alpha, title(alpha, beta, "101")},
		{"from one party to another", alpha, title(alpha, alpha, "1")},
		{"only " + alpha, beta, exchange(custody.Exchange{Pool: "LSB", ForPool: "MSB", Volume: 1})},
		{"cite a paper of both", alpha, exchange(custody.Exchange{Pool: "LSB", ForPool: "MSB", Volume: 1})},
		{beta + " has 50 m3", carrier, exchange(custody.Exchange{Pool: "LSB", ForPool: "MSB", Volume: custodytest.Units("51")})},
		{"not declared as a stream", carrier, exchange(custody.Exchange{Pool: "LSB", ForPool: "C-1", Volume: 1})},
		{"two streams", carrier, exchange(custody.Exchange{Pool: "LSB", ForPool: "LSB", Volume: 1})},
		{"no receipt into a stream", carrier, allow("e1", "0.1")},
		{"owes itself", carrier, allow(r, "0.1")},
		{"comes to nothing", carrier, allow(trifle, "0.000001")},
		{"not of both", carrier, func(e *custody.Event) {
			e.Allowance = &custody.Allowance{Receipt: r, Batch: "B", Percent: custodytest.Factor("0.1")}
		}},
		{"stream N-S is empty", neighbour, func(e *custody.Event) { e.Gauging = &custody.Gauging{Pool: "N-S", Volume: 1, Basis: quantity.Metric} }},
	} {
		d.reject(tc.reason, tc.by, tc.fill)
	}
	d.state(carrier, allow("e8", "0.1"))
	d.reject("bears a loss allowance", carrier, allow("e8", "0.1"))
	d.state(alpha, func(e *custody.Event) {
		exchange(custody.Exchange{Pool: "LSB", ForPool: "MSB", Volume: custodytest.Units("50")})(e)
		e.Paper = &record.Hash{1}
	})
	d.positions("MSB", "alpha 50", "beta 0")
	d.state(carrier, withdraw(custody.Withdrawal{Pool: "MSB", Shipper: alpha}))
	d.reject("a lot has a name of its own", carrier, withdraw(custody.Withdrawal{Pool: "MSB", Shipper: alpha}))
	d.reject("is owned by "+alpha, beta, func(e *custody.Event) { e.Sale = &custody.Sale{Batch: "L-9", Seller: beta, Buyer: gamma} })
	d.reject("was delivered", carrier, func(e *custody.Event) { e.Handover = &custody.Handover{Batch: "L-9", From: carrier, To: gamma} })
	// A neighbour's pool takes oil by a ticket of both.
	store := func(to string) custodytest.Step {
		return d.metered(carrier, custodytest.Metering{From: carrier, To: to, GSV: custodytest.Units("5")}, func(e *custody.Event) {
			e.Withdrawal = &custody.Withdrawal{Pool: "LSB", Shipper: alpha, ToPool: "N-1"}
		})
	}
	d.refuse("as the party that receives", store(gamma))
	d.step(store(neighbour))
	p, err := d.Pool("N-1")
	fine(t, err)
	same(t, "the neighbour's tank", p.Volume.String()+" "+p.Mass.String(), "5 4250")
}

// TestTakeOver: a lot that one carrier delivers to another goes on from there, whole, with its composition, once.
func TestTakeOver(t *testing.T) {
	d := newStreams(t)
	d.state(neighbour, func(e *custody.Event) {
		e.Source = &custody.Source{ID: "well", Description: "light oil", Heading: "2709", Country: "CA", Role: custody.Heavy, Originating: custody.Originating}
	})
	d.state(neighbour, func(e *custody.Event) {
		e.Receipt = &custody.Receipt{Pool: "N-S", Source: "well", Shipper: alpha, Stated: &custody.Stated{
			Volume: custodytest.Units("500"), Basis: quantity.Metric, Density: custodytest.Units("850"),
		}}
	})
	d.ship("LSB", "fill", carrier, "100")
	d.measure(neighbour, custodytest.Metering{Batch: "L-1", From: neighbour, To: carrier, GSV: custodytest.Units("300")}, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{Pool: "N-S", Shipper: alpha, To: carrier, Lot: "L-1", Place: "Gretna"}
	})
	d.state(neighbour, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{
			Pool: "N-S", Shipper: alpha, To: gamma, Lot: "L-2", Place: "Gretna", Stated: &custody.Bulk{Volume: 1, Basis: quantity.Metric},
		}
	})
	receive := func(r custody.Receipt) func(e *custody.Event) { return func(e *custody.Event) { e.Receipt = &r } }
	for _, tc := range []struct {
		reason, by string
		r          custody.Receipt
	}{
		{"not of both", carrier, custody.Receipt{Pool: "LSB", Shipper: alpha, Batch: "L-1", Source: "field"}},
		{"leave ticket, stated", carrier, custody.Receipt{Pool: "LSB", Shipper: alpha, Batch: "L-1", Stated: &custody.Stated{Volume: 1, Basis: quantity.Metric, Density: 1}}},
		{"not in any line", carrier, custody.Receipt{Pool: "LSB", Shipper: alpha, Batch: "L-9"}},
		{"was delivered to " + gamma, carrier, custody.Receipt{Pool: "LSB", Shipper: alpha, Batch: "L-2"}},
		{"as keeper of stream LSB", neighbour, custody.Receipt{Pool: "LSB", Shipper: alpha, Batch: "L-1"}},
		{"name the shipper", carrier, custody.Receipt{Pool: "LSB", Batch: "L-1"}},
	} {
		d.reject(tc.reason, tc.by, receive(tc.r))
	}
	id := d.state(carrier, receive(custody.Receipt{Pool: "LSB", Shipper: alpha, Batch: "L-1"}))
	d.reject("was received by event "+id, carrier, receive(custody.Receipt{Pool: "LSB", Shipper: alpha, Batch: "L-1"}))
	d.positions("LSB", "alpha 300", "gateway-llc 100")
	// A lot is sold by whoever owns it, until it is mixed with other oil.
	sell := func(lot string) func(e *custody.Event) {
		return func(e *custody.Event) { e.Sale = &custody.Sale{Batch: lot, Seller: alpha, Buyer: gamma} }
	}
	d.state(alpha, sell("L-2"))
	sold, err := d.Batch("L-2")
	fine(t, err)
	if sold.Shipper != alpha || sold.Owner != gamma {
		t.Errorf("lot L-2 of %s is owned by %s", sold.Shipper, sold.Owner)
	}
	d.reject("is owned by "+gamma, alpha, sell("L-2"))
	d.reject("lot L-1 was received by event "+id, alpha, sell("L-1"))
	d.state(carrier, func(e *custody.Event) {
		e.Allowance = &custody.Allowance{Receipt: id, Percent: custodytest.Factor("0.10")}
	})
	d.positions("LSB", "alpha 299.7", "gateway-llc 100.3")
	lot, err := d.Batch("L-1")
	fine(t, err)
	if lot.Volume != custodytest.Units("300") || lot.Received != id || lot.Density.Decimal(0) != "850" {
		t.Errorf("lot is %+v", lot)
	}
	b := lineage.New()
	fine(t, b.Apply(d.Movements(0)...))
	if got := b.Shares(custody.PoolAccount("LSB")); len(got) != 2 || got[1].Source != "well" || got[1].Book != custodytest.Units("300") {
		t.Errorf("the stream is made of %+v", got)
	}
	if evidence := d.Movements(len(d.Movements(0)) - 3)[0].Evidence; evidence != custody.Signed {
		t.Errorf("the lot was metered, its receipt is %s", evidence)
	}
}

// TestStoreTicketIsRevised: the ticket behind oil that was stored elsewhere becomes final as any other does.
func TestStoreTicketIsRevised(t *testing.T) {
	d := newStreams(t)
	d.ship("LSB", "field", alpha, "1000")
	id := d.measure(carrier, custodytest.Metering{From: carrier, To: carrier, GSV: custodytest.Units("100")}, func(e *custody.Event) {
		e.Withdrawal = &custody.Withdrawal{Pool: "LSB", Shipper: alpha, ToPool: "MSB", ToShipper: alpha}
	})
	stored := d.steps[len(d.steps)-1].Ticket
	final := func(e *custody.Event) { e.Revision = &custody.Revision{Of: id} }
	e := d.next(carrier, final)
	d.step(custodytest.Cite(e, custodytest.Final(stored, "0.25", e.At)))
	again := custodytest.Cite(d.next(carrier, final), custodytest.Final(stored, "0.30", e.At))
	if err := d.Apply(again.Event, again.Ticket); err == nil || !strings.Contains(err.Error(), "does not follow version 2") {
		t.Errorf("a second version 2: %v", err)
	}
	d.positions("LSB", "alpha 900")
	d.positions("MSB", "alpha 100")
}
