package audit

import (
	"fmt"

	"github.com/gauger/gauger/cloud/custody"
)

// Month is what a keeper can state of his pools when a month is over, as the books have it: drafts, for him to compare with his own
// accounts and to sign.
type Month struct {
	Closes     []custody.Close            `json:"closes"`     // of each pool
	Statements []custody.MonthlyStatement `json:"statements"` // of each stream that anybody has a position in
}

// Month drafts the month of all pools of a keeper that are not closed for it, from the beginning of the period to its end. The
// error wraps ErrUnknown or ErrQuestion where the question is at fault.
func (c *Case) Month(month, keeper string, p Period) (*Month, error) {
	if p.From == 0 || p.To == EndOfTime {
		return nil, fmt.Errorf("%w: a month needs from and to, its first instant and the one after its last", ErrQuestion)
	}
	m := &Month{Closes: []custody.Close{}, Statements: []custody.MonthlyStatement{}}
	found := false
	for _, id := range c.Books.Pools() {
		pool, err := c.Books.Pool(id)
		if err != nil {
			return nil, err
		}
		if pool.Keeper != keeper {
			continue
		}
		found = true
		if closes := c.Books.Closes(id); len(closes) > 0 && closes[len(closes)-1].Until >= p.To {
			continue
		}
		if err := c.draft(m, pool, month, p); err != nil {
			return nil, err
		}
	}
	if !found {
		return nil, fmt.Errorf("%w: nobody named %q keeps a pool", ErrUnknown, keeper)
	}
	return m, nil
}

func (c *Case) draft(m *Month, pool custody.PoolState, month string, p Period) error {
	closing, err := c.Books.Closing(pool.ID, month, p.To)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrQuestion, err)
	}
	m.Closes = append(m.Closes, closing)
	if len(pool.Positions) == 0 {
		return nil
	}
	b, err := c.Books.PoolBalance(pool.ID, p.From, p.To)
	if err != nil {
		return err
	}
	m.Statements = append(m.Statements, custody.MonthlyStatement{
		Carrier: pool.Keeper, Pool: pool.ID, Month: month, From: p.From, Until: p.To, Basis: pool.Basis, Lines: b.Positions,
	})
	return nil
}
