package audit

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Crossings are the lots that crossed a port in a month, against what was entered of them: completeness.
type Crossings struct {
	Port  string `json:"port"`           // Schedule D
	Name  string `json:"name,omitempty"` // by the port table
	Month string `json:"month"`          // "2024-03", of customs days at the port
	// Lots by the time at which they crossed. Each batch or lot crosses once, at the first meter that belongs to the port, or at the
	// one that was entered.
	Lots []Crossing `json:"lots"`
	// Sums are those of Lots by day, carrier and shipper; Totals those by line, tank or stream. Each is on one basis.
	Sums   []CrossingSum `json:"sums"`
	Totals []CrossingSum `json:"totals"`
	// Unmatched are entries at the port, in the month, of what none of Lots crossed on. They are in no sum.
	Unmatched []UnmatchedEntry `json:"unmatched"`
}

// Crossing is a lot that crossed.
type Crossing struct {
	Batch      string           `json:"batch"`
	Line       string           `json:"line"` // line, tank or stream that it came out of
	Place      string           `json:"place"`
	Belongs    Belonging        `json:"belongs"` // why the place is of the port
	Point      string           `json:"point,omitempty"`
	Ticket     string           `json:"ticket,omitempty"` // absent when the volume was stated
	Evidence   custody.Evidence `json:"evidence"`         // what Crossed rests on
	At         int64            `json:"at"`               // ms since 1970 UTC: when its ticket closed, or of the event
	Day        dated.Date       `json:"day"`              // customs day
	UTCOffset  int              `json:"utcOffset"`        // minutes; by the entry, else by the zone of the port, else by the nearest entry there, else 0
	Carrier    string           `json:"carrier"`          // DID of who brought it there
	Shipper    string           `json:"shipper"`          // DID of who owned it then
	Basis      quantity.Basis   `json:"basis"`
	Crossed    quantity.Micro   `json:"crossed"` // gross standard volume
	Entered    quantity.Micro   `json:"entered"` // of Entries
	InBond     quantity.Micro   `json:"inBond"`  // what is left, of a lot that moves on from the port in bond
	Bond       string           `json:"bond,omitempty"`
	Difference quantity.Micro   `json:"difference"` // Crossed - Entered - InBond
	Entries    []CrossingEntry  `json:"entries"`
	Due        EntryDue         `json:"entryDue"`
	Right      Right            `json:"right"`
}

// CrossingEntry is an entry of a lot that crossed.
type CrossingEntry struct {
	Entry    string         `json:"entry"`
	Importer string         `json:"importer"` // DID
	Port     string         `json:"port"`     // as entered
	Of       string         `json:"of"`       // "records 11 to 12 of BORDER-1"; a carrier's ticket; an event that states the lot
	First    uint64         `json:"first"`    // record; zero with Last where there are none
	Last     uint64         `json:"last"`
	Volume   quantity.Micro `json:"volume"` // that the ticket over just these records, the carrier's ticket or the event states, on the lot's basis
	Doubt    string         `json:"doubt,omitempty"`
}

// CrossingSum is a sum of lots on one basis.
type CrossingSum struct {
	Line       string         `json:"line,omitempty"`
	Day        dated.Date     `json:"day,omitempty"`
	Carrier    string         `json:"carrier,omitempty"`
	Shipper    string         `json:"shipper,omitempty"`
	Basis      quantity.Basis `json:"basis"`
	Lots       int            `json:"lots"`
	Crossed    quantity.Micro `json:"crossed"`
	Entered    quantity.Micro `json:"entered"`
	InBond     quantity.Micro `json:"inBond"`
	NotEntered quantity.Micro `json:"notEntered"` // of lots that no entry names and that do not move in bond
	Difference quantity.Micro `json:"difference"` // Crossed - Entered - InBond: NotEntered, and what is missing of the others
}

// UnmatchedEntry is an entry of what did not cross at its port, as far as the books say.
type UnmatchedEntry struct {
	Entry    string     `json:"entry"`
	Importer string     `json:"importer"`
	Batch    string     `json:"batch"`
	Point    string     `json:"point"`
	Of       string     `json:"of"` // as CrossingEntry has it
	First    uint64     `json:"first"`
	Last     uint64     `json:"last"`
	Day      dated.Date `json:"day"`
	Why      string     `json:"why"`
}

// Belonging says by what a place belongs to a port.
type Belonging string

// What a place belongs to a port by, the best first: the first of them that names any port decides.
const (
	ByFacility Belonging = "facility" // the meter's installation is part of one that states the port
	ByPlace    Belonging = "place"    // the place of the leg is the code of the port, or a facility that states it
	ByApproval Belonging = "approval" // the approval of the meter's installation names it: "19 CFR 151.42, port 3407"
	ByEntry    Belonging = "entry"    // entries were made there of what the meter measured
	ByTable    Belonging = "table"    // the port table pairs it with a pipeline there: inferred from geography, unverified
)

// portCode is a code of Schedule D.
var portCode = regexp.MustCompile(`^\d{4}$`)

// approvedPort finds the port in the text of an approval.
var approvedPort = regexp.MustCompile(`(?i)\bport\s+(\d{4})\b`)

// CheckCrossings refuses, with ErrQuestion, a port that is no code of Schedule D and a month that is not like 2024-03.
func CheckCrossings(port, month string) error {
	if !portCode.MatchString(port) {
		return fmt.Errorf("%w: port %q, want a code of Schedule D such as 3407", ErrQuestion, port)
	}
	if t, err := time.Parse("2006-01", month); err != nil || t.Format("2006-01") != month {
		return fmt.Errorf("%w: month %q, want one such as 2024-03", ErrQuestion, month)
	}
	return nil
}

// Crossings returns what crossed a port, by its code, in a month such as 2024-03. The error wraps ErrQuestion where these are
// wrong, and ErrUnknown where neither the port table nor the books know the port.
func (c *Case) Crossings(port, month string) (*Crossings, error) {
	if err := CheckCrossings(port, month); err != nil {
		return nil, err
	}
	r, err := c.reckon(&Crossings{
		Port: port, Month: month, Lots: []Crossing{}, Sums: []CrossingSum{}, Totals: []CrossingSum{}, Unmatched: []UnmatchedEntry{},
	})
	if err != nil {
		return nil, err
	}
	for _, id := range c.Books.Batches() {
		if err := r.batch(id); err != nil {
			return nil, fmt.Errorf("crossing of batch %s: %w", id, err)
		}
	}
	r.unmatched()
	if !r.known {
		return nil, fmt.Errorf("%w: nothing crossed or was entered at port %s, and the port table does not have it", ErrUnknown, port)
	}
	slices.SortStableFunc(r.out.Lots, func(a, b Crossing) int { return cmp.Compare(a.At, b.At) })
	return r.out, r.sum()
}
