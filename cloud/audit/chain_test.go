package audit_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestChain: custody and ownership of the story's batch beside each other, with the statements behind them, and as known before.
func TestChain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	bond := w.stated(700, custody.Event{ID: "bond-1", By: audittest.South, InBond: &custody.InBond{Batch: audittest.Batch, Number: "V-1", From: port, To: "5301"}})
	c, err := w.Case(append(w.Papers(), bond))
	must(t, err)
	k, err := c.Chain(audittest.Batch, 0)
	must(t, err)
	var got []string
	for _, l := range k.Links {
		got = append(got, fmt.Sprintf("%d %s: %s, %s; %s %s", (l.At-bundletest.Epoch)/bundletest.Minute, l.Kind, l.Custodian, l.Owner, l.Ticket, l.Note))
		body := bond
		if l.Event != "bond-1" {
			body = w.Act(l.Event).Body
		}
		same(t, "paper of "+l.Event, l.Paper, *hashOf(body))
	}
	carrier := w.Carrier.DID
	same(t, "links", got, []string{
		"8 measured: " + audittest.Terminal + ", " + audittest.Shipper + "; TK-INJ-1 ",
		"8 custody: " + carrier + ", " + audittest.Shipper + ";  ",
		"11 ownership: " + carrier + ", " + audittest.Buyer + ";  ",
		"12 noted: " + carrier + ", " + audittest.Buyer + ";  sale-B-1",
		"14 measured: " + carrier + ", " + audittest.Buyer + "; TK-BOR-1 ",
		"15 custody: " + audittest.South + ", " + audittest.Buyer + ";  ",
		"700 in bond: " + audittest.South + ", " + audittest.Buyer + ";  V-1",
	})
	before, err := c.Chain(audittest.Batch, bundletest.Epoch+11*bundletest.Minute)
	if err != nil || len(before.Links) != 3 || before.Custodian != carrier || before.Owner != audittest.Buyer {
		t.Errorf("before the crossing: %+v, %v", before, err)
	}
	for _, at := range []int64{0, bundletest.Epoch + 7*bundletest.Minute} {
		id := map[bool]string{true: "B-9", false: audittest.Batch}[at == 0]
		if _, err := c.Chain(id, at); !errors.Is(err, audit.ErrUnknown) {
			t.Errorf("%s at %d: %v", id, at, err)
		}
	}
}

// TestChainReplaced: the paper of an event is that of the void that put it right, once it is known.
func TestChainReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	sale, err := custody.Open(w.Act(audittest.Sale).Body, w.Keys())
	must(t, err)
	sale.Sale.Basis = "FOB Hardisty"
	void := w.stated(900, custody.Event{ID: "void-1", By: audittest.Shipper, Void: &custody.Void{Of: audittest.Sale, Replacement: &sale}})
	c, err := w.Case(append(w.Papers(), void))
	must(t, err)
	for at, want := range map[int64][]byte{0: void, bundletest.Epoch + 800*bundletest.Minute: w.Act(audittest.Sale).Body} {
		k, err := c.Chain(audittest.Batch, at)
		must(t, err)
		i := slices.IndexFunc(k.Links, func(l audit.Link) bool { return l.Kind == audit.OwnershipPasses })
		same(t, "paper of the sale", k.Links[i].Paper, *hashOf(want))
	}
}

// TestRegisters: each list, as known now and before it was stated.
func TestRegisters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	ours, others := w.spoken()
	facility := w.stated(1, custody.Event{ID: "facility-1", By: audittest.Terminal, Facility: &custody.Facility{ID: "F-1", Kind: custody.Terminal, Operator: audittest.Terminal}})
	void := w.stated(71, custody.Event{ID: "void-1", By: w.Carrier.DID, Void: &custody.Void{Of: "dispute-2", Reason: "agreed"}})
	all := slices.Concat(w.Papers(), ours, others, [][]byte{facility, void})
	c, err := w.Case(all)
	must(t, err)
	closing, err := c.Books.Closing("SX", "2026-02", 1772348400000)
	must(t, err)
	c, err = w.Case(append(all, w.stated(41*days, custody.Event{ID: "close-1", By: audittest.Terminal, Close: &closing})))
	must(t, err)
	for kind, want := range map[string][2]int{ // now, and after 70 minutes
		"closes": {1, 0}, "voids": {1, 0}, "disputes": {1, 2}, "seals": {2, 2}, "parties": {2, 2}, "facilities": {1, 1},
	} {
		for i, at := range []int64{0, bundletest.Epoch + 70*bundletest.Minute} {
			r, err := c.Register(kind, at)
			must(t, err)
			n := len(r.Closes) + len(r.Voids) + len(r.Disputes) + len(r.Seals) + len(r.Parties) + len(r.Facilities)
			if r.Kind != kind || n != want[i] {
				t.Errorf("%s at %d: %+v", kind, at, r)
			}
		}
	}
	r, err := c.Register("closes", 0)
	if err != nil || r.Closes[0].Volume != 100*quantity.PerUnit {
		t.Errorf("closes: %+v, %v", r, err)
	}
	if _, err := c.Register("secrets", 0); !errors.Is(err, audit.ErrQuestion) {
		t.Errorf("a list that there is not: %v", err)
	}
}
