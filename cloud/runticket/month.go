package runticket

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
)

// monthColumn is a figure of a carrier's monthly statement: how it is headed, and where it goes.
type monthColumn struct {
	also string
	into func(*custody.StatementLine) *quantity.Micro
}

var monthColumns = []monthColumn{
	{"opening|opening inventory|opening balance|beginning inventory", func(s *custody.StatementLine) *quantity.Micro { return &s.Opening }},
	{"receipts|received|in", func(s *custody.StatementLine) *quantity.Micro { return &s.Receipts }},
	{"deliveries|delivered|out", func(s *custody.StatementLine) *quantity.Micro { return &s.Deliveries }},
	{"transfers|book transfers|titles|titles and exchanges", func(s *custody.StatementLine) *quantity.Micro { return &s.Transfers }},
	{"allowance|loss allowance|pla|shrinkage allowance", func(s *custody.StatementLine) *quantity.Micro { return &s.Allowance }},
	{"deductions|water and samples", func(s *custody.StatementLine) *quantity.Micro { return &s.Deductions }},
	{"over and short|over short|gain loss|gain and loss", func(s *custody.StatementLine) *quantity.Micro { return &s.OverShort }},
	{"adjustments|corrections|prior months", func(s *custody.StatementLine) *quantity.Micro { return &s.Adjustments }},
	{"closing|closing inventory|closing balance|ending inventory", func(s *custody.StatementLine) *quantity.Micro { return &s.Closing }},
}

const shipperColumns = "shipper|shipper did|did"

// ReadMonth reads a carrier's month of a stream from CSV: a row for each shipper, whose DID the column shipper has, and volumes, or of
// gas energy, under the names of custody.StatementLine. What is not stated is zero. The headings, or else o.Units, say the basis.
func ReadMonth(name string, in io.Reader, o Options) (s custody.MonthlyStatement, err error) {
	text, err := readAll(name, in)
	if err != nil {
		return s, err
	}
	r := newRows(name, []byte(strings.TrimPrefix(string(text), "\ufeff")))
	header, err := r.next()
	if err != nil {
		return s, err
	}
	m := month{rows: r, options: o, header: header}
	if err := m.columns(); err != nil {
		return s, err
	}
	for {
		cells, err := r.next()
		if errors.Is(err, io.EOF) {
			s.Basis, s.Lines = m.basis, m.lines
			if len(s.Lines) == 0 {
				return s, fmt.Errorf("%s has headings and no rows", name)
			}
			return s, nil
		}
		if err == nil {
			err = m.row(cells)
		}
		if err != nil {
			return s, err
		}
	}
}

// Period returns the first instant of a month in a zone and that of the next, in ms since 1970 UTC.
func Period(text string, zone *time.Location) (from, until int64, err error) {
	first, err := time.ParseInLocation("2006-01", text, zone)
	if err != nil {
		return 0, 0, fmt.Errorf("month %q is not like 2024-03", text)
	}
	return first.UnixMilli(), first.AddDate(0, 1, 0).UnixMilli(), nil
}

// month is a statement under way.
type month struct {
	rows    *rows
	options Options
	header  []string
	shipper int
	at      []int // column of each of monthColumns, or -1
	basis   quantity.Basis
	lines   []custody.StatementLine
}

// columns finds the columns, and what the volumes are counted in.
func (m *month) columns() error {
	m.shipper, m.at = -1, slices.Repeat([]int{-1}, len(monthColumns))
	for i, h := range m.header {
		words, unit := bracketed(strings.TrimSpace(h))
		if named(words, shipperColumns) {
			m.shipper = i
			continue
		}
		j := slices.IndexFunc(monthColumns, func(c monthColumn) bool { return named(words, c.also) })
		if j < 0 || m.at[j] >= 0 {
			return m.rows.fault(h, errors.New("it is no figure of a statement, or stands twice: want shipper, opening, receipts, deliveries, transfers, "+
				"allowance, deductions, over and short, adjustments, closing"))
		}
		m.at[j] = i
		if unit == "" {
			continue
		}
		b, err := m.unit(unit)
		if err != nil || m.basis != (quantity.Basis{}) && m.basis != b {
			return m.rows.fault(h, fmt.Errorf("its unit is %q: want one such as [m3 at 15C] or [MMBtu], the same in all columns", unit))
		}
		m.basis = b
	}
	for _, of := range []dimension{volume, energy} {
		if unit, at := m.options.unit(of); m.basis == (quantity.Basis{}) {
			m.basis = quantity.Basis{Unit: quantity.Unit(unit), Reference: at}
		}
	}
	if m.shipper < 0 || m.at[len(m.at)-1] < 0 {
		return m.rows.fault("", errors.New("a statement has at least the columns shipper and closing"))
	}
	if err := streamBasis(m.basis); err != nil {
		return m.rows.fault("", fmt.Errorf("no column says what it is counted in: write closing [m3 at 15C] or [MMBtu], or give --unit: %w", err))
	}
	return nil
}

func named(words, also string) bool { return slices.Contains(strings.Split(also, "|"), normal(words)) }

func (m *month) unit(s string) (quantity.Basis, error) {
	for _, of := range []dimension{volume, energy} {
		if unit, at, is := basisUnit(of, s); is {
			b := quantity.Basis{Unit: quantity.Unit(unit), Reference: at}
			return b, streamBasis(b)
		}
	}
	return quantity.Basis{}, fmt.Errorf("unit %q", s)
}

// streamBasis refuses what no stream is kept in.
func streamBasis(b quantity.Basis) error {
	if b.Unit.Dimension() == quantity.Energy {
		return b.Valid()
	}
	return volumeBasis(b)
}

// row reads a shipper's line.
func (m *month) row(cells []string) error {
	if len(cells) != len(m.header) {
		return m.rows.fault("", fmt.Errorf("%d cells under %d headings: quote numbers that hold a comma", len(cells), len(m.header)))
	}
	if len(m.lines) == custody.MaxParts {
		return m.rows.fault("", fmt.Errorf("more than %d shippers", custody.MaxParts))
	}
	line := custody.StatementLine{Shipper: strings.TrimSpace(cells[m.shipper])}
	if !strings.HasPrefix(line.Shipper, "did:") {
		return m.rows.fault(m.header[m.shipper], fmt.Errorf("%q is no DID such as did:web:shipper.example", line.Shipper))
	}
	for j, c := range monthColumns {
		if m.at[j] < 0 || strings.TrimSpace(cells[m.at[j]]) == "" {
			continue
		}
		v, err := number(cells[m.at[j]])
		if err == nil && v.Decimals > 6 {
			err = fmt.Errorf("%s has more than six decimals", v)
		}
		if err == nil {
			*c.into(&line), err = micro(v)
		}
		if err != nil {
			return m.rows.fault(m.header[m.at[j]], err)
		}
	}
	m.lines = append(m.lines, line)
	return nil
}
