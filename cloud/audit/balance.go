package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/custody"
)

// What a question about the books can be refused for.
var (
	// ErrUnknown reports a name that stands for nothing in the books.
	ErrUnknown = errors.New("it is not in the books")
	// ErrQuestion reports a question that has no answer, whatever the books hold.
	ErrQuestion = errors.New("that cannot be asked")
)

// EndOfTime is past every instant in the books, ms since 1970 UTC.
var EndOfTime = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// maxPeriods bounds the days or months of one question: three years of days.
const maxPeriods = 1100

// Period is the time of a balance, and the days or months in it that are asked for.
type Period struct {
	From, To int64   // ms since 1970 UTC; From included, To excluded
	Instants []int64 // that part the days or months, From the first and To the last; nil for none
}

// ParsePeriod reads the bounds of a period, RFC 3339, and "day", "month" or nothing. A bound left out is before or after
// everything; days and months need both. They begin at the wall-clock time of from, in its offset from UTC, and a month on its day
// of the month (1 to 28): an accounting month from 07:00 on the first is one from 2024-03-01T07:00:00-07:00. To ends the last one.
// The error wraps ErrQuestion.
func ParsePeriod(from, to, by string) (p Period, err error) {
	refuse := func(format string, args ...any) (Period, error) {
		return Period{}, fmt.Errorf("%w: "+format, append([]any{ErrQuestion}, args...)...)
	}
	begin, p := time.UnixMilli(0), Period{To: EndOfTime}
	for _, bound := range []struct {
		name, text string
		into       *int64
	}{{"from", from, &p.From}, {"to", to, &p.To}} {
		if bound.text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, bound.text)
		if err != nil || t.UnixMilli() < 0 || t.UnixMilli() > EndOfTime {
			return refuse("%s is %q, want a time such as 2024-03-01T07:00:00-07:00", bound.name, bound.text)
		}
		if *bound.into = t.UnixMilli(); bound.name == "from" {
			begin = t
		}
	}
	switch {
	case p.From >= p.To:
		return refuse("the period ends at %s, not after it begins at %s", to, from)
	case by == "":
		return p, nil
	case by != "day" && by != "month":
		return refuse("by is %q, want day or month", by)
	case from == "" || to == "":
		return refuse("by %s needs from and to", by)
	case by == "month" && begin.Day() > 28:
		return refuse("months begin on a day from 1 to 28, from is on the %d", begin.Day())
	}
	for i, at := 1, begin; at.UnixMilli() < p.To; i++ {
		if i > maxPeriods {
			return refuse("the period has more than %d of a %s", maxPeriods, by)
		}
		p.Instants = append(p.Instants, at.UnixMilli())
		if at = begin.AddDate(0, i, 0); by == "day" {
			at = begin.AddDate(0, 0, i)
		}
	}
	p.Instants = append(p.Instants, p.To)
	return p, nil
}

// BalanceSheet is the balance of a pool, a batch, or a system of pools.
type BalanceSheet struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // "tank", "line", "stream", "batch", "system"
	// Batch is that of a batch, from meter to meter; a batch has nothing else.
	Batch *custody.Balance `json:"batch,omitempty"`
	// Pool is that of a pool, flow by flow, a stream's with its positions. Its Z, of a line, sets each batch's meters against each other.
	Pool *custody.PoolBalance `json:"pool,omitempty"`
	// System is that of a system, or of the pool as a system of one: receipts, deliveries, over and short.
	System *custody.SystemBalance `json:"system,omitempty"`
	// Segments are those of a line.
	Segments []custody.SegmentBalance `json:"segments,omitempty"`
	// Series is System by day or month, where that was asked for, with what control chart and CUSUM find in it.
	Series *custody.SystemSeries `json:"series,omitempty"`
}

// Balance returns the balance of a pool or batch by its id, or of a system: NAME=POOL,POOL. A pool goes before a batch of the same
// name; batch:NAME is the batch. The balance of a batch is of its whole way and takes no period. The error wraps ErrUnknown or
// ErrQuestion where the name or the question is at fault.
func (c *Case) Balance(name string, p Period) (*BalanceSheet, error) {
	s := &BalanceSheet{Name: name}
	if slices.Contains(c.Books.Pools(), name) {
		return s, c.balancePool(s, p)
	}
	batch := strings.TrimPrefix(name, "batch:")
	if slices.Contains(c.Books.Batches(), batch) {
		if p.From != 0 || p.To != EndOfTime {
			return nil, fmt.Errorf("%w: batch %s is balanced over its whole way, leave the period out", ErrQuestion, batch)
		}
		b, err := c.Books.Balance(batch)
		s.Kind, s.Batch = "batch", &b
		return s, err
	}
	title, pools, is := strings.Cut(name, "=")
	if !is {
		return nil, fmt.Errorf("%w: %s is neither a pool nor a batch, and a system is written NAME=POOL,POOL", ErrUnknown, name)
	}
	return s, c.balanceSystem(s, custody.System{Name: title, Pools: strings.Split(pools, ",")}, p)
}

func (c *Case) balancePool(s *BalanceSheet, p Period) error {
	b, err := c.Books.PoolBalance(s.Name, p.From, p.To)
	if err != nil {
		return err
	}
	state, err := c.Books.Pool(s.Name)
	if err != nil {
		return err
	}
	if b.Flows == nil {
		b.Flows = []custody.Flow{}
	}
	s.Kind, s.Pool = string(state.Kind), &b
	if state.Kind == custody.Line {
		if s.Segments, err = c.Books.SegmentBalances(s.Name, p.From, p.To); err != nil {
			return err
		}
	}
	return c.balance(s, custody.System{Name: s.Name, Pools: []string{s.Name}}, p)
}

func (c *Case) balanceSystem(s *BalanceSheet, system custody.System, p Period) error {
	s.Kind = "system"
	if system.Name == "" {
		return fmt.Errorf("%w: the system of %s needs a name, write NAME=POOL,POOL", ErrQuestion, strings.Join(system.Pools, ","))
	}
	var first custody.PoolState
	for i, id := range system.Pools {
		if !slices.Contains(c.Books.Pools(), id) {
			return fmt.Errorf("%w: pool %q of system %s", ErrUnknown, id, system.Name)
		}
		state, err := c.Books.Pool(id)
		if err != nil {
			return err
		}
		if i == 0 {
			first = state
		}
		if state.Basis != first.Basis {
			return fmt.Errorf("%w: %s is kept in %s and %s in %s, a sum needs one basis", ErrQuestion, id, state.Basis, first.ID, first.Basis)
		}
	}
	return c.balance(s, system, p)
}

// balance adds what a pool and a system have in common.
func (c *Case) balance(s *BalanceSheet, system custody.System, p Period) error {
	b, err := c.Books.SystemBalance(system, p.From, p.To)
	if err != nil {
		return err
	}
	s.System = &b
	if p.Instants == nil {
		return nil
	}
	series, err := c.Books.SystemSeries(system, p.Instants...)
	if err != nil {
		return err
	}
	if series.Findings == nil {
		series.Findings = []custody.Finding{}
	}
	s.Series = &series
	return nil
}
