package audit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
)

const hour = 60 * bundletest.Minute

// pending returns what waits on papers so many hours after the beginning, 2 February 2026, 02:40 UTC.
func (w world) pending(papers [][]byte, port string, hours int64, days int) (lots []string) {
	w.t.Helper()
	c, err := w.Case(papers)
	must(w.t, err)
	r, err := c.Pending(port, bundletest.Epoch+hours*hour, days)
	must(w.t, err)
	for _, p := range r.Lots {
		lots = append(lots, fmt.Sprintf("%s; %s; %s, %d days; %s", p.Lot.Batch, p.Port, p.Due, p.Left, strings.Join(p.Why, ", ")))
	}
	return lots
}

// TestPending: what crossed and waits, as known at an instant, and due within so many days.
func TestPending(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	all := append(w.Papers(), w.lot())
	const batch, lot = "B-1; 3407; 2026-02-13, 11 days; not entered", "L-1; 3407; 2026-02-13, 11 days; not entered"
	unnoted := w.Replaced("noted-B-1")
	approved := swapped(all, w.Act("installation-"+audittest.Border).Body, w.event("installation-"+audittest.Border, func(e *custody.Event) {
		e.Installation.Approval = "19 CFR 151.42, port 3407"
	}))
	for _, tt := range []struct {
		name   string
		papers [][]byte
		port   string
		hours  int64
		days   int
		want   []string
	}{
		{"before anything crossed", all, "", 0, -1, nil},
		{"before the entry, where the meter names its port", approved, "", 5, -1, []string{batch, lot}},
		{"at another port", approved, "3404", 5, -1, nil},
		{"not near its deadline", approved, port, 5, 10, nil},
		{"near its deadline", approved, port, 5, 11, []string{batch, lot}},
		{"after the entry", approved, port, 11, -1, []string{lot}},
		{"long overdue", all, "", 24 * 365, 0, []string{"L-1; 3407; 2026-02-13, -353 days; not entered"}},
		{"entered on a sale that the carrier has not noted", unnoted, "", 11, -1, []string{
			"B-1; 3407; 2026-02-13, 11 days; sale sale-B-1 is not acknowledged by the carrier",
		}},
		{"in part", w.claiming(func(c *audit.Claim) { c.First++ }), "", 11, -1, []string{"B-1; 3407; 2026-02-13, 11 days; 19820.749972 m3 at 15C not entered"}},
	} {
		same(t, tt.name, w.pending(tt.papers, tt.port, tt.hours, tt.days), tt.want)
	}
	bond := w.stated(30, custody.Event{ID: "bond-1", By: audittest.Buyer, InBond: &custody.InBond{Batch: "L-1", Number: "V-1", From: port, To: "5301"}})
	same(t, "in bond", w.pending(append(all, bond), "", 11, -1), nil)
}

// TestRight: who may make entry, while a sale is pending, when it is noted after the crossing, and when what was entered is sold on.
func TestRight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	right := func(papers [][]byte) audit.Right {
		t.Helper()
		return w.crossings(papers, port).Lots[0].Right
	}
	sold := w.stated(12, custody.Event{ID: "sale-2", By: audittest.Buyer, Sale: &custody.Sale{Batch: audittest.Batch, Seller: audittest.Buyer, Buyer: audittest.Broker}})
	sale := audit.Right{Status: audit.Settled, Party: audittest.Buyer, Sale: audittest.Sale, Since: bundletest.Epoch + 12*bundletest.Minute}
	late := w.stated(2000, custody.Event{ID: "noted-late", By: audittest.South, Acknowledgement: &custody.Acknowledgement{Sale: audittest.Sale}})
	same(t, "sold on after the sale that the entry names", right(append(w.Papers(), sold)), sale)
	same(t, "noted in time", right(w.Papers()), sale)
	pending := audit.Right{Status: audit.PendingSale, Party: audittest.Buyer, Sale: audittest.Sale, Since: bundletest.Epoch + 11*bundletest.Minute}
	same(t, "not noted", right(w.Replaced("noted-B-1")), pending)
	sale.Since = bundletest.Epoch + 2000*bundletest.Minute
	same(t, "noted late", right(append(w.Replaced("noted-B-1"), late)), sale)
}

// TestPendingRefused: questions that cannot be asked.
func TestPendingRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range [][3]string{
		{"Walhalla", "2026-02-02T00:00:00Z", ""}, {port, "", ""}, {port, "now", ""}, {port, "1969-01-01T00:00:00Z", ""},
		{port, "2026-02-02T00:00:00Z", "5"}, {port, "2026-02-02T00:00:00Z", "-1d"}, {port, "2026-02-02T00:00:00Z", "1000d"},
	} {
		if _, _, err := audit.ParsePending(tt[0], tt[1], tt[2]); !errors.Is(err, audit.ErrQuestion) {
			t.Errorf("%q: %v", tt, err)
		}
	}
	at, days, err := audit.ParsePending("", "2026-02-01T20:40:00-06:00", "12d")
	if at != bundletest.Epoch || days != 12 || err != nil {
		t.Errorf("%d, %d days, %v", at, days, err)
	}
	if _, days, err = audit.ParsePending(port, "2026-02-01T20:40:00-06:00", ""); days >= 0 || err != nil {
		t.Errorf("%d days, %v", days, err)
	}
}
