package throughput

import (
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gauger/gauger/metrology/quantity"
)

// column is a column that is read. Others are passed over: company, committed and uncommitted volumes, GJ/d, reasons.
type column int

const (
	colDate column = iota
	colDay
	colMonth
	colYear
	colPipeline
	colPoint
	colName
	colLatitude
	colLongitude
	colDirection
	colTrade
	colProduct
	colRate
	colCapacity
	columns
)

// headings are the names of columns, in lower case. The unit is part of a name: a file in another unit is not read.
var headings = map[string]column{
	"date": colDate, "day": colDay, "month": colMonth, "year": colYear, "pipeline": colPipeline, "pipeline name": colPipeline,
	"keypointid": colPoint, "key point": colName, "latitude": colLatitude, "longitude": colLongitude,
	"direction of flow": colDirection, "trade type": colTrade, "product": colProduct, "throughput (1000 m3/d)": colRate,
	"capacity (1000 m3/d)": colCapacity, "available capacity (1000 m3/d)": colCapacity,
}

// errHeader is the answer to a file that is none of those known here.
var errHeader = errors.New("no such file of the CER is known. Throughput has columns Date, Pipeline or Pipeline Name, " +
	"KeyPointID or Key Point, Direction of Flow, Product (oil) or Trade Type (gas), Throughput (1000 m3/d); key points have " +
	"KeyPointID, Key Point, Pipeline Name, Latitude, Longitude")

// layout is where the columns of a file stand.
type layout struct {
	kind  Kind
	at    [columns]int // or -1
	width int
}

// recognise reads a header.
func recognise(header []string) (layout, error) {
	l := layout{width: len(header)}
	for c := range l.at {
		l.at[c] = -1
	}
	for i, h := range header {
		c, ok := headings[strings.ToLower(strings.Join(strings.Fields(h), " "))]
		if !ok {
			continue
		}
		if l.at[c] >= 0 {
			return l, fmt.Errorf("columns %d and %d are both %q", l.at[c]+1, i+1, h)
		}
		l.at[c] = i
	}
	flows := l.has(colDate, colPipeline, colDirection, colRate) && (l.has(colPoint) || l.has(colName))
	switch {
	case flows && l.has(colProduct):
		l.kind = Oil
	case flows && l.has(colTrade):
		l.kind = Gas
	case l.has(colPoint, colName, colPipeline, colLatitude, colLongitude) && !l.has(colDate) && !l.has(colRate):
		l.kind = KeyPoints
	default:
		return l, errHeader
	}
	return l, nil
}

func (l layout) has(cols ...column) bool {
	for _, c := range cols {
		if l.at[c] < 0 {
			return false
		}
	}
	return true
}

// row is a row by columns; those that the file does not have are empty.
type row [columns]string

// read cuts a row into its columns: blanks and line breaks within a cell become one blank.
func (l layout) read(cells []string) (r row, err error) {
	if len(cells) != l.width {
		return r, fmt.Errorf("%d cells, the header has %d", len(cells), l.width)
	}
	for c := range r {
		if l.at[c] < 0 {
			continue
		}
		s := cells[l.at[c]]
		if !utf8.ValidString(s) {
			return r, fmt.Errorf("%q is not UTF-8: save the file as UTF-8", s)
		}
		s = strings.Join(strings.Fields(s), " ")
		if len(s) > maxText {
			return r, fmt.Errorf("%q... is longer than %d bytes", s[:20], maxText)
		}
		if strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsGraphic(c) }) {
			return r, fmt.Errorf("%q has a character that does not print", s)
		}
		r[c] = s
	}
	return r, nil
}

// date returns the day of a row, and wants the first of the month in files by month.
func (r row) date(byDay bool) (time.Time, error) {
	t, err := time.Parse(time.DateOnly, r[colDate])
	if err != nil || t.Year() < 1900 || t.Year() > 2199 {
		return t, fmt.Errorf("date is %q, want one such as 2024-03-01", r[colDate])
	}
	for c, want := range map[column]int{colDay: t.Day(), colMonth: int(t.Month()), colYear: t.Year()} {
		if n, err := strconv.Atoi(r[c]); r[c] != "" && (err != nil || n != want) {
			return t, fmt.Errorf("date is %s, but day, month and year are %q, %q, %q", r[colDate], r[colDay], r[colMonth], r[colYear])
		}
	}
	if !byDay && t.Day() != 1 {
		return t, unfit{fmt.Errorf("date is %s, want the first of a month: without a column Day each row is a month", r[colDate])}
	}
	return t, nil
}

// maxRate is beyond any pipeline: the most gas that ever passed a key point is 350,000.
const maxRate = 1_000_000 // 1000 m3/d

// parseRate reads a rate in 1000 m3/d, with its decimals as they are written. Files written by a program with binary fractions have
// some with an exponent or with very many decimals: those are rounded to 12 decimals, a millionth of a cm3 a day.
func parseRate(what, s string) (quantity.Factor, error) {
	f, err := quantity.ParseFactor(s)
	if err != nil {
		if f, err = longRate(s); err != nil {
			return f, fmt.Errorf("%s is %q, want a number such as 102.21", what, s)
		}
	}
	if x := f.Float(); x < 0 || x > maxRate {
		return f, &quantity.RangeError{Quantity: what, Value: x, Min: 0, Max: maxRate, Unit: "thousand m3/d"}
	}
	return f, nil
}

func longRate(s string) (quantity.Factor, error) {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimPrefix(whole, "-") + fraction
	power := strings.TrimLeft(exponent, "+-")
	if digits == "" || len(digits) > 40 || len(power) > 2 || strings.Trim(digits+power, "0123456789") != "" {
		return quantity.Factor{}, errors.New("no number") // and none that takes long: Rat would read 1e999999999
	}
	x, ok := new(big.Rat).SetString(s)
	if !ok {
		return quantity.Factor{}, errors.New("no number")
	}
	return quantity.ParseFactor(x.FloatString(12))
}
