package audit

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/configs/dated"
)

// RightStatus says whether it is known who may make entry of a lot.
type RightStatus string

// The statuses of the right to make entry.
const (
	Settled     RightStatus = "settled" // the owner is whom the carrier knows as such
	PendingSale RightStatus = "pending" // sold, and the carrier has not acknowledged it
)

// Right is the right to make entry of a lot: its owner's, by the books. Who made an entry shows the sale that he claims on.
type Right struct {
	Status RightStatus `json:"status"`
	Party  string      `json:"party,omitempty"` // DID of the owner, or of the buyer while it is pending
	Sale   string      `json:"sale,omitempty"`  // event of the sale that it comes with; absent when it was never sold
	Since  int64       `json:"since"`           // ms since 1970 UTC: acknowledged; sold, while pending; injected or withdrawn, when never sold
}

// EntryDue is when the entry of a lot is due, by how it will be entered. Which way that is the importer's claim decides.
type EntryDue struct {
	// Dutiable: without a claim of preference. An entry for the day of importation, whose summary is due so many working days later.
	Dutiable dated.Date `json:"dutiable,omitempty"`
	// Free: under a claim, with as many shipments as the nearest entry at the port states.
	Free dated.Date `json:"free,omitempty"`
	// Unknown says what the tables do not reach.
	Unknown string `json:"unknown,omitempty"`
}

// First returns the earlier day, nothing when no table knows.
func (d EntryDue) First() dated.Date {
	if d.Dutiable == "" || d.Free != "" && d.Free < d.Dutiable {
		return d.Free
	}
	return d.Dutiable
}

// right returns who may make entry of a batch by all that is known. An entry of it names the sale itself. Each batch has an owner: the
// keeper of the tank or stream states one.
func right(b custody.BatchState, claimed string) Right {
	r := Right{Status: Settled, Party: b.Shipper, Since: b.Custody[0].At}
	for _, t := range b.Titles {
		if r = (Right{Status: PendingSale, Party: t.Buyer, Sale: t.Event, Since: t.At}); t.Acknowledged != nil {
			r.Status, r.Since = Settled, t.Acknowledged.At
		}
		if t.Event == claimed {
			break // what is sold on afterwards is sold by him
		}
	}
	return r
}

// westernmost is the offset from UTC of the port whose day begins last, in minutes: Honolulu's.
const westernmost = -10 * 60

// due returns when an entry of what was imported at an instant is due. Where no entry says what clock the port goes by, or how many
// shipments there are, it is the earliest that it can be.
func (r *reckoning) due(at int64, nearest Claim) (d EntryDue) {
	if nearest.Entry == "" {
		nearest.UTCOffset = westernmost
	}
	day := nearest.day(at)
	a := dated.AsOf{At: day.Noon()}
	for _, way := range []struct {
		dutiable bool
		into     *dated.Date
	}{{true, &d.Dutiable}, {false, &d.Free}} {
		regime, _, err := r.tables.Regime(way.dutiable, nearest.Traffic, a)
		if err == nil && regime == customs.Monthly {
			*way.into, _, err = r.tables.MonthlyDue(day, a)
		} else if err == nil {
			*way.into, _, err = r.tables.SummaryDue(day, a)
		}
		if err != nil && d.Unknown == "" {
			d.Unknown = err.Error()
		}
	}
	return d
}

// PendingEntries are the lots that crossed a port, any port, and whose entry waits: for all or part of it to be entered, or for the
// right to make entry.
type PendingEntries struct {
	AsOf int64 `json:"asOf"` // ms since 1970 UTC: nothing that came later counts
	// Days bounds the list to lots that are due within so many days, overdue ones included; negative for all.
	Days int            `json:"days"`
	Lots []PendingEntry `json:"lots"` // what is due first, first
}

// PendingEntry is a lot whose entry waits.
type PendingEntry struct {
	Port string     `json:"port"`
	Name string     `json:"name,omitempty"`
	Due  dated.Date `json:"due,omitempty"` // the earlier of its deadlines
	Left int        `json:"left"`          // days from the customs day of AsOf to Due; negative when overdue
	Why  []string   `json:"why"`
	Lot  Crossing   `json:"lot"`
}

// withinText is how a number of days is written.
var withinText = regexp.MustCompile(`^(\d{1,3})d$`)

// ParsePending reads the port, "" for all, the instant, RFC 3339, and the bound, such as 5d or nothing, of a question for Pending. The
// error wraps ErrQuestion.
func ParsePending(port, asOf, within string) (at int64, days int, err error) {
	if port != "" && !portCode.MatchString(port) {
		return 0, 0, fmt.Errorf("%w: port %q, want a code of Schedule D such as 3407", ErrQuestion, port)
	}
	if at, err = ParseKnown(asOf); err != nil {
		return 0, 0, err
	}
	if at == 0 {
		return 0, 0, fmt.Errorf("%w: it needs an instant to be as of", ErrQuestion)
	}
	if within == "" {
		return at, -1, nil
	}
	m := withinText.FindStringSubmatch(within)
	if m == nil {
		return 0, 0, fmt.Errorf("%w: within %q, want a number of days such as 5d", ErrQuestion, within)
	}
	days, err = strconv.Atoi(m[1])
	return at, days, err
}

// Pending returns the lots whose entry waits, as known at an instant (ms): that crossed a port, or any ("") where the books or the port
// table know one, and are due within so many days, or whenever (negative). A lot is listed once: at the first port that it crossed.
func (c *Case) Pending(port string, at int64, days int) (*PendingEntries, error) {
	then, _, err := c.changed(Change{KnownAt: at})
	if err != nil {
		return nil, err
	}
	out := &PendingEntries{AsOf: at, Days: days, Lots: []PendingEntry{}}
	first := map[string]PendingEntry{} // by batch; Due is empty where nothing waits
	ports, err := then.ports()
	if err != nil {
		return nil, err
	}
	for _, code := range ports {
		r, err := then.reckon(&Crossings{Port: code})
		if err != nil {
			return nil, err
		}
		for _, id := range then.Books.Batches() {
			if err := r.batch(id); err != nil {
				return nil, fmt.Errorf("crossing of batch %s: %w", id, err)
			}
		}
		for _, x := range r.out.Lots {
			before, known := first[x.Batch]
			if !known || len(x.Entries) > 0 && len(before.Lot.Entries) == 0 || len(x.Entries) == 0 == (len(before.Lot.Entries) == 0) && x.At < before.Lot.At {
				first[x.Batch] = PendingEntry{Port: code, Name: r.out.Name, Due: x.Due.First(), Why: waits(x), Lot: x}
			}
		}
	}
	for _, p := range first {
		today := Claim{UTCOffset: p.Lot.UTCOffset}.day(at)
		if p.Due != "" {
			p.Left = int(p.Due.Start().Sub(today.Start()).Round(24*time.Hour) / (24 * time.Hour))
		}
		if len(p.Why) > 0 && (port == "" || p.Port == port) && (days < 0 || p.Due == "" || p.Left <= days) {
			out.Lots = append(out.Lots, p)
		}
	}
	slices.SortFunc(out.Lots, func(a, b PendingEntry) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), cmp.Compare(a.Lot.At, b.Lot.At), cmp.Compare(a.Lot.Batch, b.Lot.Batch))
	})
	return out, nil
}

// waits says what the entry of a lot waits for.
func waits(x Crossing) (why []string) {
	switch {
	case x.Difference > 0 && len(x.Entries) == 0:
		why = append(why, "not entered")
	case x.Difference > 0:
		why = append(why, fmt.Sprintf("%s %s not entered", x.Difference, x.Basis))
	}
	if moves := x.Bond != "" && len(why) == 0; !moves && x.Right.Status == PendingSale {
		why = append(why, "sale "+x.Right.Sale+" is not acknowledged by the carrier")
	}
	return why
}

// ports returns the codes of all ports that the port table, the books or the entries name, sorted.
func (c *Case) ports() ([]string, error) {
	law, err := c.law()
	if err != nil {
		return nil, err
	}
	named := law.tables.PortCodes()
	for _, f := range c.Books.Facilities() {
		named = append(named, f.Port)
	}
	for _, h := range c.Order {
		named = append(named, c.Claims[h].Port)
	}
	for _, id := range c.Books.Batches() {
		b, err := c.Books.Batch(id)
		if err != nil {
			return nil, err
		}
		for _, g := range b.Legs {
			named = append(named, g.Place)
			if g.Ticket == nil {
				continue
			}
			for _, i := range c.Books.Installations(g.Ticket.Point) {
				if port := approvedPort.FindStringSubmatch(i.Approval); port != nil {
					named = append(named, port[1])
				}
			}
		}
	}
	named = slices.DeleteFunc(named, func(p string) bool { return !portCode.MatchString(p) })
	slices.Sort(named)
	return slices.Compact(named), nil
}
