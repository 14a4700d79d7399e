package document_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/metrology/quantity"
)

// sample is a table with everything in it that a file could get wrong.
func sample() *document.Table {
	return &document.Table{
		Name: "tickets", Source: "a test", Made: bundletest.Epoch,
		Columns: []document.Column{{Name: "ticket"}, {Name: "GSV", Unit: "m3 at 15C", Numeric: true}, {Name: "note"}},
		Rows: [][]string{
			{"T-1", "19899.332520", `quoted "so", and so`}, {"=1+1", "-0.000001", " blanks "}, {"Ф\x00\r\n", "9223372036854.775807", "\xff"},
			{"#no comment", "", ""}, {"-5", "0.30", "don't"},
		},
	}
}

// TestFilesAreTheSame: the same table gives the same bytes, whatever the clock says and however maps are walked.
func TestFilesAreTheSame(t *testing.T) {
	for _, tt := range []struct {
		name  string
		write func(*document.Table) ([]byte, error)
		want  string
	}{
		{"CSV", (*document.Table).CSV, "87d7eda56b86b1017fa525e348ea38f569db31d3d9216eb0a5b7a79ccd63dc53"},
		{"XLSX", (*document.Table).XLSX, "fd191668bf1548a6bb0eaa8543f16087e55cf1b33a5f54b8723acd3b0c8ce354"},
	} {
		one, err := tt.write(sample())
		must(t, err)
		for range 8 {
			two, err := tt.write(sample())
			must(t, err)
			if !bytes.Equal(one, two) {
				t.Fatalf("%s differs from itself", tt.name)
			}
		}
		if got := hash(one); got != tt.want {
			t.Errorf("%s has SHA-256 %s, want %s: look at the file, and if it is as it should be, take the new one", tt.name, got, tt.want)
		}
	}
}

// TestCSV: to the letter.
func TestCSV(t *testing.T) {
	got, err := sample().CSV()
	must(t, err)
	body := "ticket,GSV [m3 at 15C],note\nT-1,19899.332520,\"quoted \"\"so\"\", and so\"\n'=1+1,-0.000001,\" blanks \"\n" +
		"Ф\ufffd\ufffd\ufffd,9223372036854.775807,\ufffd\n'#no comment,,\n'-5,0.30,don't\n"
	if want := "# source: a test\n" + body + "# sha256: " + hash([]byte(body)) + "\n"; string(got) != want {
		t.Errorf("CSV is\n%s\nwant\n%s", got, want)
	}
}

// rowsOf reads a CSV file as a program does that takes # for a comment, after checking the sum of the lines between.
func rowsOf(t testing.TB, file []byte) [][]string {
	t.Helper()
	lines := strings.SplitAfter(strings.TrimSuffix(string(file), "\n"), "\n")
	between := strings.Join(lines[1:len(lines)-1], "")
	if want := "# sha256: " + hash([]byte(between)); !strings.HasPrefix(lines[0], "# source: ") || lines[len(lines)-1] != want {
		t.Fatalf("it begins with %q and ends with %q, want %q", lines[0], lines[len(lines)-1], want)
	}
	r := csv.NewReader(bytes.NewReader(file))
	r.Comment = '#'
	rows, err := r.ReadAll()
	must(t, err)
	return rows
}

// sheetOf reads the cells of a workbook as they are stored.
func sheetOf(t testing.TB, file []byte) (rows [][]string, f *excelize.File) {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(file))
	must(t, err)
	t.Cleanup(func() { must(t, f.Close()) })
	rows, err = f.GetRows(f.GetSheetName(0), excelize.Options{RawCellValue: true})
	must(t, err)
	return rows, f
}

// alike says how the rows of a workbook differ from those of the CSV file, or "".
func alike(sheet, rows [][]string) string {
	if len(sheet) != len(rows)+2 {
		return fmt.Sprintf("%d rows, want %d", len(sheet), len(rows)+2)
	}
	for i, row := range rows {
		for j, want := range row {
			got := ""
			if j < len(sheet[i+1]) {
				got = sheet[i+1][j]
			}
			if got != want {
				return fmt.Sprintf("row %d, column %d is %q, want %q", i+1, j+1, got, want)
			}
		}
	}
	return ""
}

// TestXLSX: the cells are those of the CSV file, figures as numbers with their exact decimals and the rest as text; sum and source
// are the same; parts are stored, in order, at a fixed time; the properties name the table's date.
func TestXLSX(t *testing.T) {
	made := sample()
	text, err := made.CSV()
	must(t, err)
	file, err := made.XLSX()
	must(t, err)
	rows, f := sheetOf(t, file)
	sum, err := made.Checksum()
	must(t, err)
	if last := rows[len(rows)-1]; rows[0][0] != "source: a test" || !slices.Equal(last, []string{"sha256: " + sum}) {
		t.Errorf("it begins with %q and ends with %q", rows[0], last)
	}
	if problem := alike(rows, rowsOf(t, text)); problem != "" {
		t.Error(problem)
	}
	for cell, want := range map[string]struct {
		kind  excelize.CellType
		shown string
	}{
		"A3": {excelize.CellTypeSharedString, "T-1"}, "B3": {excelize.CellTypeUnset, "19899.332520"}, "B4": {excelize.CellTypeUnset, "-0.000001"},
		"B7": {excelize.CellTypeUnset, "0.30"}, "A4": {excelize.CellTypeSharedString, "'=1+1"}, "A7": {excelize.CellTypeSharedString, "'-5"},
	} {
		kind, err := f.GetCellType("tickets", cell)
		must(t, err)
		shown, err := f.GetCellValue("tickets", cell)
		must(t, err)
		if kind != want.kind || shown != want.shown {
			t.Errorf("cell %s is of type %d and shows %q, want %d and %q", cell, kind, shown, want.kind, want.shown)
		}
	}
	properties, err := f.GetDocProps()
	must(t, err)
	if want := "2026-02-02T02:40:00Z"; properties.Created != want || properties.Modified != want || properties.Creator != "gauger" {
		t.Errorf("properties are %+v", properties)
	}
	parts, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	must(t, err)
	for _, p := range parts.File {
		if p.Method != zip.Store || p.Modified.Year() != 1980 {
			t.Errorf("part %s is of %s, method %d", p.Name, p.Modified, p.Method)
		}
	}
	if !slices.IsSortedFunc(parts.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the parts are out of order")
	}
}

// TestXLSXKeepsDecimals: what stands in the file are the decimals, also those that no binary floating-point number holds.
func TestXLSXKeepsDecimals(t *testing.T) {
	file, err := sample().XLSX()
	must(t, err)
	parts, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	must(t, err)
	part, err := parts.Open("xl/worksheets/sheet1.xml")
	must(t, err)
	xml, err := io.ReadAll(part)
	must(t, err)
	if want := "<v>9223372036854.775807</v>"; !strings.Contains(string(xml), want) {
		t.Errorf("the sheet holds no %s:\n%s", want, xml)
	}
}

// TestXLSXRefuses: a figure that is none, and more rows than a sheet has.
func TestXLSXRefuses(t *testing.T) {
	for _, cell := range []string{"1e5", "1,5", "NaN", "0x10", ".5", "5.", "-", "+1"} {
		s := sample()
		s.Rows[0][1] = cell
		_, err := s.XLSX()
		says(t, err, "no plain decimal")
	}
	s := sample()
	s.Rows = make([][]string, 1<<20-2)
	_, err := s.XLSX()
	says(t, err, "take CSV")
}

// TestTickets: a row for each version, each figure under its own unit.
func TestTickets(t *testing.T) {
	e := evidence(t, bundle.Tickets)
	made, err := document.Tickets(e)
	must(t, err)
	made.Source, made.Made = document.Source(e, []byte("the file"), document.Verified)
	file, err := made.CSV()
	must(t, err)
	rows := rowsOf(t, file)
	if len(rows) != len(e.Bundle.Tickets)+1 || made.Made != e.Bundle.Sealed {
		t.Fatalf("%d rows of %d tickets, made at %d", len(rows), len(e.Bundle.Tickets), made.Made)
	}
	for _, want := range []string{"bundle with SHA-256 " + hash([]byte("the file")), "VERIFIED against a trust file", "did:web:"} {
		if !strings.Contains(string(file), want) {
			t.Errorf("it does not say %q", want)
		}
	}
	metric, customary := slices.Index(rows[0], "GSV [m3 at 15C]"), slices.Index(rows[0], "GSV [bbl at 60F]")
	for _, row := range rows[1:] {
		tk := e.Tickets[find(t, e, row[0], uint64(row[1][0]-'0'))]
		column, other := metric, customary
		if tk.Basis() == quantity.Customary {
			column, other = customary, metric
		}
		if row[column] != tk.GSV.Decimal(6) || row[other] != "" {
			t.Errorf("ticket %s states %s, the row %q", tk.ID, tk.GSV, row)
		}
	}
	e.Tickets = nil
	_, err = document.Tickets(e)
	says(t, err, "is not verified")
}

// TestMovementsAndBalance: the rows are what the books say, and those of each pool add up to its closing inventory.
func TestMovementsAndBalance(t *testing.T) {
	books := verdict(t).Case.Books
	file, err := document.Movements(books).CSV()
	must(t, err)
	rows, all := rowsOf(t, file), books.Movements(0)
	if len(rows) != len(all)+1 {
		t.Fatalf("%d rows of %d movements", len(rows), len(all))
	}
	for i, m := range all {
		row := rows[i+1]
		volume := slices.Index(rows[0], "volume ["+m.Basis.String()+"]")
		if row[0] != m.Event || row[2] != string(m.Effect) || row[4] != string(m.From) || row[volume] != m.Volume.Decimal(6) {
			t.Errorf("movement %s is %q", m, row)
		}
	}
	made, err := document.Balance(books)
	must(t, err)
	file, err = made.CSV()
	must(t, err)
	rows = rowsOf(t, file)
	item, volume, mass := slices.Index(rows[0], "item"), slices.Index(rows[0], "volume [m3 at 15C]"), slices.Index(rows[0], "mass [kg]")
	sums := map[string]custody.Stock{}
	pools := 0
	for _, row := range rows[1:] {
		if row[0] != "pool" || row[item] == "gain and loss" {
			continue
		}
		v, err := quantity.Parse(row[volume])
		must(t, err)
		m, err := quantity.Parse(row[mass])
		must(t, err)
		if row[item] == "closing" {
			pools++
			if got := (custody.Stock{Volume: v, Mass: m}); got != sums[row[1]] {
				t.Errorf("pool %s closes at %v, its flows make %v", row[1], got, sums[row[1]])
			}
			state, err := books.Pool(row[1])
			must(t, err)
			if state.Volume != v {
				t.Errorf("pool %s closes at %s, the books say %s", row[1], v, state.Volume)
			}
			continue
		}
		sums[row[1]] = custody.Stock{Volume: sums[row[1]].Volume + v, Mass: sums[row[1]].Mass + m}
	}
	if pools != len(books.Pools()) {
		t.Errorf("%d pools, the books have %d", pools, len(books.Pools()))
	}
	for _, want := range []string{"batch,B-1,,metered", "batch,B-1,,difference"} {
		if !strings.Contains(string(file), want) {
			t.Errorf("the balance has no row %q:\n%s", want, file)
		}
	}
}

// TestTablesOfAVerdict: every table of a bundle can be written both ways, and says the same.
func TestTablesOfAVerdict(t *testing.T) {
	v := verdict(t)
	for name, table := range map[string]func(*audit.Verdict) (*document.Table, error){
		"tickets":    func(v *audit.Verdict) (*document.Table, error) { return document.Tickets(v.Evidence) },
		"movements":  func(v *audit.Verdict) (*document.Table, error) { return document.Movements(v.Case.Books), nil },
		"balance":    func(v *audit.Verdict) (*document.Table, error) { return document.Balance(v.Case.Books) },
		"statements": func(v *audit.Verdict) (*document.Table, error) { return document.Statements(v.Case.Books) },
	} {
		made, err := table(v)
		must(t, err)
		text, err := made.CSV()
		must(t, err)
		file, err := made.XLSX()
		must(t, err)
		rows, _ := sheetOf(t, file)
		if problem := alike(rows, rowsOf(t, text)); problem != "" || made.Name != name {
			t.Errorf("%s, called %s: %s", name, made.Name, problem)
		}
	}
}

// TestAnyTable: whatever the cells hold, both files can be read, hold the same, and no cell of text begins as a formula does.
func TestAnyTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		made := sample()
		made.Rows = nil
		made.Source = rapid.String().Draw(rt, "source")
		for range rapid.IntRange(0, 5).Draw(rt, "rows") {
			bytes := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(rt, "bytes")
			figure := ""
			if rapid.Bool().Draw(rt, "stated") {
				figure = quantity.Micro(rapid.Int64().Draw(rt, "figure")).Decimal(rapid.IntRange(0, 6).Draw(rt, "places"))
			}
			made.Rows = append(made.Rows, []string{rapid.String().Draw(rt, "text"), figure, string(bytes)})
		}
		text, err := made.CSV()
		must(t, err)
		rows := rowsOf(t, text)
		if len(rows) != len(made.Rows)+1 || !utf8.Valid(text) {
			rt.Fatalf("%d rows of %d", len(rows)-1, len(made.Rows))
		}
		for _, row := range rows[1:] {
			for _, cell := range []string{row[0], row[2]} {
				if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
					rt.Fatalf("cell %q", cell)
				}
			}
		}
		file, err := made.XLSX()
		must(t, err)
		sheet, _ := sheetOf(t, file)
		if problem := alike(sheet, rows); problem != "" {
			rt.Fatal(problem)
		}
	})
}
