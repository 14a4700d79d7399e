package inventory

import (
	"errors"
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// Errors that refuse a line. Those with details of their own are types.
var (
	// ErrOrder: a line is not after the one before it, in (time, seq), or is before the instant at which the books were closed.
	ErrOrder = errors.New("lines stand in the order of time, then seq, each once")
	// ErrOpening: an opening inventory that the books do not bear out, or that comes too late.
	ErrOpening = errors.New("no such opening inventory")
	// ErrNoRatio: an average over a period in which nothing was in stock.
	ErrNoRatio = errors.New("no ratio")
	// ErrMixed: materials and goods of one inventory, by different methods or averaging periods (s. 8(21)).
	ErrMixed = errors.New("materials and goods withdrawn from one inventory take the same method and averaging period here")
	// ErrSources: too many sources in an average.
	ErrSources = errors.New("too many sources")
)

// LineError says which line is refused. None of it, and of the lines handed in with it, is booked.
type LineError struct {
	Row    int // as the line says, or 0
	Moment Moment
	Err    error
}

// Error names the line and what is wrong with it.
func (e *LineError) Error() string {
	if e.Row == 0 {
		return fmt.Sprintf("%s: %v", e.Moment, e.Err)
	}
	return fmt.Sprintf("line %d (%s): %v", e.Row, e.Moment, e.Err)
}

// Unwrap returns what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// ChangeError refuses another method, or another averaging period, within a fiscal year (s. 8(19); Schedule 8, sections 3, 12).
type ChangeError struct {
	Year       Year
	Have, Want Policy
}

// Error names the year.
func (e *ChangeError) Error() string {
	return fmt.Sprintf("the fiscal year %s runs by %s: %s can be chosen from %s on", e.Year, e.Have, e.Want, e.Year.Next.Format("2006-01-02"))
}

// StockError refuses a withdrawal of more than there is.
type StockError struct {
	Asked, Stock quantity.Micro
	Origin       Origin // with Specific
	Source       string // with Specific, where the withdrawal names one
}

// Error names what is asked for and what there is.
func (e *StockError) Error() string {
	what := ""
	if e.Origin != "" {
		what = " of origin " + string(e.Origin)
	}
	if e.Source != "" {
		what += " of source " + e.Source
	}
	return fmt.Sprintf("withdrawal of %s%s: the inventory holds %s", e.Asked, what, e.Stock)
}
