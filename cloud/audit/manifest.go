package audit

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
)

// Events returns the movements among the papers, as they came: those that were voided too.
func (c *Case) Events() []custody.Event {
	var all []custody.Event
	for _, p := range c.papers {
		if p.event != nil {
			all = append(all, *p.event)
		}
	}
	return all
}

// AsKnown returns the case as it was known at an instant (ms since 1970 UTC): without the movements, voids, tickets and claims that
// came later.
func (c *Case) AsKnown(at int64) (*Case, error) {
	known := *c
	var err error
	if known.Books, err = custody.Fold(c.Events(), c.Tickets, at, c.attested...); err != nil {
		return nil, err
	}
	known.Lineage = lineage.New()
	if err := known.Lineage.Apply(known.Books.Movements(0)...); err != nil {
		return nil, err
	}
	known.Order = slices.DeleteFunc(slices.Clone(c.Order), func(h record.Hash) bool { return c.Claims[h].At > at })
	known.Tickets = maps.Clone(c.Tickets)
	maps.DeleteFunc(known.Tickets, func(_ record.Hash, t *ticket.Ticket) bool { return t.At > at })
	known.papers = slices.DeleteFunc(slices.Clone(c.papers), func(p paper) bool { return p.event != nil && p.event.At > at })
	return &known, known.Books.Check()
}

// Expected is a batch on its way that has not reached a port yet. All of it is an estimate: of the planned rates, and of what the
// last meter found.
type Expected struct {
	Batch     custody.BatchState
	Arrival   custody.Arrival // at the place of the port
	Belongs   Belonging       // why the place is of the port
	Day       dated.Date      // of the expected arrival, by the clock of UTCOffset
	UTCOffset int             // minutes; by the zone of the port, else by the nearest entry there, else 0
	Carrier   string          // DID of who is to bring it there
	Delivery  string          // place at the end of the line
}

// crossingPeriod is a month or a day.
var crossingPeriod = regexp.MustCompile(`^\d{4}-\d{2}(-\d{2})?$`)

// Expected returns the batches in lines that are due at a port, by its code, in a month such as 2024-03 or on a day such as
// 2024-03-11, by the time they are due. The books know a batch once it is injected: what is nominated only is not among them, nor is
// what a party will take from a stream. The errors are those of Crossings.
func (c *Case) Expected(port, period string) ([]Expected, error) {
	if !crossingPeriod.MatchString(period) {
		return nil, fmt.Errorf("%w: %q, want a month such as 2024-03 or a day such as 2024-03-11", ErrQuestion, period)
	}
	if err := CheckCrossings(port, period[:len("2024-03")]); err != nil {
		return nil, err
	}
	r, err := c.reckon(&Crossings{Port: port})
	if err != nil {
		return nil, err
	}
	places, err := r.places()
	if err != nil {
		return nil, err
	}
	var all []Expected
	for _, id := range c.Books.Batches() {
		b, err := c.Books.Batch(id)
		if err != nil {
			return nil, err
		}
		x, due, err := r.expected(b, places)
		if err != nil {
			return nil, err
		}
		if due && strings.HasPrefix(string(x.Day), period) {
			all = append(all, x)
		}
	}
	slices.SortStableFunc(all, func(a, b Expected) int { return cmp.Compare(a.Arrival.Expected, b.Arrival.Expected) })
	return all, nil
}

// ahead is a place of a line.
type ahead struct{ line, place string }

// belongs is the port of a place, and why.
type belongs struct {
	port string
	by   Belonging
}

// places returns the ports of the places where batches were metered, by what is known of the last meter there.
func (r *reckoning) places() (map[ahead]belongs, error) {
	all := map[ahead]belongs{}
	latest := map[ahead]int64{}
	for _, id := range r.Books.Batches() {
		b, err := r.Books.Batch(id)
		if err != nil {
			return nil, err
		}
		for _, g := range b.Legs {
			at := ahead{b.Line, g.Place}
			if before, known := latest[at]; known && before > g.At {
				continue
			}
			if port, by := r.portOf(g, r.goodsOf(b, g)); port != "" {
				all[at], latest[at] = belongs{port, by}, g.At
			}
		}
	}
	return all, nil
}

// expected returns where a batch is due at the port, if it is.
func (r *reckoning) expected(b custody.BatchState, places map[ahead]belongs) (x Expected, due bool, err error) {
	if b.Delivered || b.Into != nil {
		return x, false, nil
	}
	for i, a := range b.Arrivals {
		here, known := places[ahead{b.Line, a.Place}]
		if !known { // nothing was ever metered there
			here.port, here.by = r.portOf(custody.Leg{Place: a.Place, At: math.MaxInt64}, Claim{})
		}
		if here.port != r.out.Port {
			continue
		}
		if a.Actual != 0 {
			return x, false, nil // it has crossed: once
		}
		line, err := r.Books.Pool(b.Line)
		if err != nil {
			return x, false, err
		}
		x = Expected{
			Batch: b, Arrival: a, Belongs: here.by, UTCOffset: r.clock(a.Expected), Carrier: line.Segments[i].Custodian,
			Delivery: line.Segments[len(line.Segments)-1].To,
		}
		x.Day = Claim{UTCOffset: x.UTCOffset}.day(a.Expected)
		return x, true, nil
	}
	return x, false, nil
}
