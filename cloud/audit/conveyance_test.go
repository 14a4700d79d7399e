package audit_test

import (
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/customs"
)

// byVessel enters the goods of a vessel that arrived three days before the ticket closed, on 2026-01-30 at the port.
func byVessel(close int64) func(c *audit.Claim) {
	return func(c *audit.Claim) { c.MOT, c.Arrived, c.LoadedAt = "10", close-72*hour, close-30*24*hour }
}

// TestByVessel: goods of a vessel are imported when it arrives, whenever they were measured, on one customs day; they pay the harbor
// maintenance fee, and are entered on the day.
func TestByVessel(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	before := w.decision(w.Papers())
	conveyed := byVessel(before.Ticket.Close)
	d := w.decision(w.claiming(func(c *audit.Claim) { conveyed(c); c.UTCOffset = -171 })) // midnight at the port was while the ticket ran
	a := d.Assessment
	for _, tt := range []struct{ what, got, want string }{
		{"imported", d.Imported, "2026-01-30"},
		{"net barrels", d.Net.String(), before.Net.String()},
		{"regime", string(a.Claimed.Regime), string(customs.Daily)},
		{"harbor maintenance fee", a.Claimed.HMF.String(), "10010.66"}, // 0.125 % of $8,008,526
		{"the same without the claim", a.Unclaimed.HMF.String(), "10010.66"},
		{"claim until", string(a.ClaimUntil), "2027-01-30"},
	} {
		same(t, tt.what, tt.got, tt.want)
	}
	mode := false
	for _, r := range a.Reasons {
		mode = mode || strings.Contains(r.Text, "Code 10 is vessel")
	}
	if !mode {
		t.Errorf("the mode is in none of the reasons: %+v", a.Reasons)
	}
}

// TestOwnerAtArrival: who may make entry is asked at the arrival.
func TestOwnerAtArrival(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	ticket := w.decision(w.Papers()).Ticket
	sold := w.decision(w.claiming(func(c *audit.Claim) { c.MOT, c.Arrived = "30", ticket.Close-3*24*365*hour }))
	if sold.Owner == audittest.Buyer || len(sold.Notes) != 1 || !strings.Contains(sold.Notes[0], "after the goods arrived") {
		t.Errorf("owner %s, notes %q", sold.Owner, sold.Notes)
	}
}

// TestConveyanceIsNotShown: verify says that nothing but the claim says how the goods came.
func TestConveyanceIsNotShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	conveyed := byVessel(w.decision(w.Papers()).Ticket.Close)
	w.reclaim(conveyed)
	v := w.verified()
	same(t, "imported", v.Decision.Imported, "2026-01-29") // by the offset of the claim as it was
	if all := strings.Join(v.Unchecked, "; "); !strings.Contains(all, "when and how the goods came: who made the entry states it; what was measured is ticket TK-BOR-1") {
		t.Errorf("not shown: %s", all)
	}
}

func TestConveyanceRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	for _, tt := range []struct {
		name  string
		alter func(c *audit.Claim)
		says  string
	}{
		{"pipeline", func(c *audit.Claim) { c.MOT, c.Arrived = "70", 1 }, "leave it out in place of 70"},
		{"no arrival", func(c *audit.Claim) { c.MOT = "10" }, "needs mot and arrived"},
		{"no mode", func(c *audit.Claim) { c.Arrived = 1 }, "needs mot and arrived"},
		{"loaded into a pipeline", func(c *audit.Claim) { c.LoadedAt = 1 }, "nor loadedAt"},
		{"before 1970", func(c *audit.Claim) { c.MOT, c.Arrived = "10", -1 }, "needs mot and arrived"},
		{"loaded after it arrived", func(c *audit.Claim) { c.MOT, c.Arrived, c.LoadedAt = "10", 1, 2 }, "before they arrived"},
		{"loaded before 1970", func(c *audit.Claim) { c.MOT, c.Arrived, c.LoadedAt = "10", 1, -1 }, "before they arrived"},
	} {
		c := w.Claim()
		tt.alter(&c)
		_, err := audit.SignClaim(w.Hand(audittest.Broker), c)
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	_, err := w.decide(w.claiming(func(c *audit.Claim) { c.MOT, c.Arrived = "99", w.Claim().At }))
	says(t, err, "mode of transportation 99")
}
