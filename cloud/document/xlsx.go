package document

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// XLSX returns the table as a workbook of one sheet: the source in the first row, headings, rows, and in the last row the Checksum,
// which is that of the CSV file.
//
// A figure is a numeric cell whose stored text is the exact decimal, shown with all the decimals it has. So a spreadsheet adds it up,
// as the binary floating-point number that it makes of it: exact to 15 digits, which is to say to the micro-unit below a thousand
// million units. Whoever needs every digit reads the cell's text, or the CSV file; the checksum is over the decimals, not over what
// became of them.
//
// The parts of the file are stored, not compressed, in a fixed order and with a fixed time, so that no compressor's version and no
// clock is in its bytes.
func (t *Table) XLSX() ([]byte, error) {
	const most = 1 << 20 // rows of a sheet
	if len(t.Rows)+3 > most {
		return nil, fmt.Errorf("%d rows do not fit a sheet of %d: take CSV", len(t.Rows), most)
	}
	sum, err := t.Checksum()
	if err != nil {
		return nil, err
	}
	f := excelize.NewFile()
	w := &book{File: f, t: t, numbers: map[int]int{}}
	if err := errors.Join(w.write(sum), f.Close()); err != nil {
		return nil, err
	}
	return w.packed, nil
}

// book is a workbook on its way.
type book struct {
	*excelize.File
	t       *Table
	numbers map[int]int // style by number of decimals
	packed  []byte
}

func (b *book) write(sum string) error {
	for _, step := range []func() error{b.properties, b.heading, b.rows, func() error { return b.last(sum) }, b.layout, b.pack} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// properties names the sheet and dates the file.
func (b *book) properties() error {
	made := date(b.t.Made).Format(time.RFC3339)
	return errors.Join(
		b.SetSheetName("Sheet1", b.t.Name),
		b.SetDocProps(&excelize.DocProperties{Creator: "gauger", LastModifiedBy: "gauger", Title: b.t.Name, Created: made, Modified: made}),
		b.SetAppProps(&excelize.AppProperties{Application: "gauger"}),
	)
}

func (b *book) heading() error {
	style, err := b.NewStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E4E8EC"}},
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
	})
	if err != nil {
		return err
	}
	if err := b.text(1, 1, "source: "+oneLine(b.t.Source)); err != nil {
		return err
	}
	for i, h := range b.t.headings() {
		if err := b.text(i+1, 2, h); err != nil {
			return err
		}
	}
	return b.SetRowStyle(b.t.Name, 2, 2, style)
}

func (b *book) rows() error {
	for i, row := range b.t.Rows {
		for j, cell := range b.t.cells(row) {
			if cell == "" {
				continue
			}
			put := b.text
			if b.t.Columns[j].Numeric {
				put = b.number
			}
			if err := put(j+1, i+3, cell); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *book) last(sum string) error {
	row := len(b.t.Rows) + 3
	return b.text(1, row, "sha256: "+sum)
}

func (b *book) text(column, row int, text string) error {
	at, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return err
	}
	return b.SetCellStr(b.t.Name, at, text)
}

// number writes a decimal as it is, and shows it with the decimals that it has.
func (b *book) number(column, row int, decimal string) error {
	if !plain(decimal) {
		return fmt.Errorf("column %s holds %q, which is no plain decimal", b.t.Columns[column-1], decimal)
	}
	at, err := excelize.CoordinatesToCellName(column, row)
	if err != nil {
		return err
	}
	_, decimals, _ := strings.Cut(decimal, ".")
	style, known := b.numbers[len(decimals)]
	if !known {
		format := "0"
		if decimals != "" {
			format += "." + strings.Repeat("0", len(decimals))
		}
		if style, err = b.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return err
		}
		b.numbers[len(decimals)] = style
	}
	return errors.Join(b.SetCellDefault(b.t.Name, at, decimal), b.SetCellStyle(b.t.Name, at, at, style))
}

// plain reports whether a text is a decimal such as -12.50.
func plain(s string) bool {
	whole, part, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return whole != "" && point == (part != "") && strings.Trim(whole+part, "0123456789") == ""
}

// layout makes columns as wide as what they hold, and keeps the headings in sight.
func (b *book) layout() error {
	const narrow, wide = 9, 34
	for i, c := range b.t.Columns {
		width := min(utf8.RuneCountInString(c.String()), 16)
		for _, row := range b.t.Rows {
			width = max(width, utf8.RuneCountInString(row[i]))
		}
		name, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := b.SetColWidth(b.t.Name, name, name, float64(min(max(width+2, narrow), wide))); err != nil {
			return err
		}
	}
	corner, err := excelize.CoordinatesToCellName(len(b.t.Columns), len(b.t.Rows)+3)
	if err != nil {
		return err
	}
	if err := b.SetSheetDimension(b.t.Name, "A1:"+corner); err != nil {
		return err
	}
	return b.SetPanes(b.t.Name, &excelize.Panes{Freeze: true, YSplit: 2, TopLeftCell: "A3", ActivePane: "bottomLeft"})
}

// pack writes the workbook's parts anew: stored, in the order of their names, all with the first time that a zip file can state.
func (b *book) pack() error {
	loose, err := b.WriteToBuffer()
	if err != nil {
		return err
	}
	parts, err := zip.NewReader(bytes.NewReader(loose.Bytes()), int64(loose.Len()))
	if err != nil {
		return err
	}
	slices.SortFunc(parts.File, func(x, y *zip.File) int { return strings.Compare(x.Name, y.Name) }) // "[Content_Types].xml" first
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, part := range parts.File {
		to, err := w.CreateHeader(&zip.FileHeader{Name: part.Name, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			return err
		}
		from, err := part.Open()
		if err != nil {
			return err
		}
		if _, err := io.Copy(to, from); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	b.packed = out.Bytes()
	return nil
}
