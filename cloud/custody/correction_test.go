package custody_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestDisputeSettledByVoid: a dispute of a gross volume that was wrong does not hold the correction up: the void settles it, in an open
// month and in a closed one. What it does not settle stays open, and a dispute that was never right stays refused.
func TestDisputeSettledByVoid(t *testing.T) {
	d := newStreams(t)
	d.ship("LSB", "fill", carrier, "1000")
	receive := func(point string, volume quantity.Micro) custodytest.Step {
		return d.metered(carrier, custodytest.Metering{Point: point, From: alpha, To: carrier, GSV: volume}, func(e *custody.Event) {
			e.Receipt = &custody.Receipt{Pool: "LSB", Source: "field", Shipper: alpha}
		})
	}
	wrong := receive("M-1", 500e6)
	d.step(wrong)
	disputed := d.state(alpha, func(e *custody.Event) {
		e.Dispute = &custody.Dispute{Ticket: wrong.Ticket.ID, Version: 1, Reason: "too little"}
	})
	right := receive("M-2", 520e6)
	right.Event.ID, right.Event.At, right.Event.Order = wrong.Event.ID, wrong.Event.At, wrong.Event.Order
	right.Ticket.At, right.Ticket.Open, right.Ticket.Close = wrong.Ticket.At, wrong.Ticket.Open, wrong.Ticket.Close
	right = custodytest.Cite(right.Event, right.Ticket)
	events, tickets := papers(append(d.steps, right))
	events = events[:len(events)-1]
	closed := closing(t, d.Ledger, "LSB", carrier)
	stated := wrong.Event
	other := stated
	other.Receipt = &custody.Receipt{Pool: "LSB", Source: "fill", Shipper: alpha}
	for _, tt := range []struct {
		name    string
		void    *custody.Event // the replacement
		closed  bool
		settled string
		volume  string
	}{
		{"replaced", &right.Event, false, "void-" + wrong.Event.ID, "520"},
		{"taken back", nil, false, "void-" + wrong.Event.ID, "0"},
		{"replaced after the close", &right.Event, true, "void-" + wrong.Event.ID, "520"},
		{"another source, the same ticket", &other, false, "", "500"},
		{"another source after the close", &other, true, "", "500"},
	} {
		all := append([]custody.Event(nil), events...)
		if tt.closed {
			all = append(all, closed)
		}
		v := void(carrier, wrong.Event.ID)
		v.Void.Replacement = tt.void
		l, err := custody.Fold(append(all, v), tickets, math.MaxInt64)
		fine(t, err)
		fine(t, l.Check())
		o := l.Disputes()
		if len(o) != 1 || o[0].Event != disputed || o[0].Settled != tt.settled {
			t.Errorf("%s: disputes are %+v", tt.name, o)
		}
		p, err := l.PoolBalance("LSB", 0, math.MaxInt64)
		fine(t, err)
		for _, at := range p.Positions {
			if at.Shipper == alpha && at.Closing.String() != tt.volume {
				t.Errorf("%s: the position is %s, want %s", tt.name, at.Closing, tt.volume)
			}
		}
		before, err := custody.Fold(append(all, v), tickets, v.At-1)
		fine(t, err)
		if o := before.Disputes(); len(o) != 1 || o[0].Settled != "" {
			t.Errorf("%s: before the void the disputes are %+v", tt.name, o)
		}
	}
	stranger := append([]custody.Event(nil), events...)
	for i := range stranger {
		if stranger[i].ID == disputed {
			stranger[i].By = beta
		}
	}
	if _, err := custody.Fold(append(stranger, void(carrier, wrong.Event.ID)), tickets, math.MaxInt64); err == nil || !strings.Contains(err.Error(), "is between") {
		t.Errorf("a dispute of a stranger: %v", err)
	}
}
