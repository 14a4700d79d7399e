package document_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/metrology/quantity"
)

// figuresOf returns the figures of a line in their order.
func figuresOf(l custody.StatementLine) [9]quantity.Micro {
	return [...]quantity.Micro{
		l.Opening, l.Receipts, -l.Deliveries, l.Transfers, -l.Allowance, -l.Deductions, l.OverShort, l.Adjustments, l.Closing,
	}
}

// addUp holds the statements of all shippers against those of the streams: each line adds up, each shipper's is the stream's, its
// movements lead from opening to closing, and together they are the total, which is what the stream holds.
func addUp(t testing.TB, c *audit.Case) (shippers, movements int) {
	t.Helper()
	sums, totals := map[string][9]quantity.Micro{}, map[string][9]quantity.Micro{}
	lines, dids := map[string]custody.StatementLine{}, map[string]bool{}
	for _, id := range c.Books.Pools() {
		s, err := document.Pipeline(c, id, "2024-03", "")
		must(t, err)
		totals[id] = figuresOf(s.Total.StatementLine)
		evidence := s.Receipts.Signed + s.Receipts.Attested + s.Receipts.Typed
		if evidence != s.Total.Receipts || s.Delivered.Signed+s.Delivered.Attested+s.Delivered.Typed != s.Total.Deliveries {
			t.Errorf("%s: the evidence does not add up to receipts and deliveries", id)
		}
		for _, line := range s.Lines {
			lines[line.Shipper+id], dids[line.Shipper] = line.StatementLine, true
		}
	}
	for did := range dids {
		s, err := document.Shipper(c, did, "2024-03", "", "", "")
		must(t, err)
		for _, a := range s.Accounts {
			if a.Line != lines[did+a.Pool] {
				t.Errorf("%s in %s: %+v, the stream's statement has %+v", did, a.Pool, a.Line, lines[did+a.Pool])
			}
			balance, sum := a.Line.Opening, sums[a.Pool]
			for _, m := range a.Movements {
				if balance += m.Volume; balance != m.Balance {
					t.Fatalf("%s in %s: balance %s after event %s, want %s", did, a.Pool, m.Balance, m.Event, balance)
				}
				movements++
			}
			row := quantity.Micro(0)
			for i, f := range figuresOf(a.Line) {
				sum[i] += f
				if i < 8 {
					row += f
				}
			}
			if sums[a.Pool] = sum; balance != a.Line.Closing || row != a.Line.Closing {
				t.Errorf("%s in %s: movements lead to %s, figures to %s, closing is %s", did, a.Pool, balance, row, a.Line.Closing)
			}
			delete(lines, did+a.Pool)
		}
	}
	for id, total := range totals {
		p, err := c.Books.Pool(id)
		must(t, err)
		if sums[id] != total || p.Volume != total[8] {
			t.Errorf("%s: shippers' statements come to %v, the stream's to %v, it holds %s", id, sums[id], total, p.Volume)
		}
	}
	if len(lines) > 0 {
		t.Errorf("%d lines are on no shipper's statement", len(lines))
	}
	return len(dids), movements
}

// TestShippersAddUp: a month of 12 streams and 40 shippers, closed: the sum of all shippers' statements is the carrier's, exactly.
func TestShippersAddUp(t *testing.T) {
	m := newMonth(t).play(12, 40, 31, 1).closed("2024-03", firstApril)
	if shippers, movements := addUp(t, m.audited()); shippers != 41 || movements < 31*40*5 {
		t.Errorf("%d shippers with %d movements", shippers, movements)
	}
}

// TestShippersAlwaysAddUp: so does any month.
func TestShippersAlwaysAddUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		m := newMonth(t).play(rapid.IntRange(1, 4).Draw(r, "streams"), rapid.IntRange(1, 9).Draw(r, "shippers"),
			rapid.IntRange(0, 16).Draw(r, "days"), rapid.Uint64().Draw(r, "seed"))
		addUp(t, m.audited())
	})
}

// questions are one for each kind of statement that a month of streams can answer.
var questions = []document.Question{
	{Kind: document.PipelineKind, Of: "STREAM-00", Period: "2024-03"},
	{Kind: document.ShipperKind, Of: shipperDID(0), Period: "2024-03"},
	{Kind: document.ShipperKind, Of: shipperDID(0), Period: "2024-03", In: "STREAM-00"},
}

// named is a month whose first shipper has a name that no column is wide enough for.
func named(t testing.TB, days int) *audit.Case {
	m := newMonth(t)
	for did, name := range map[string]string{
		shipperDID(0): "Northern Plains Crude Oil Marketing, Storage & Transportation Limited Partnership (Alberta) by its general partner",
	} {
		m.state(firstMarch-3*aDay, func(e *custody.Event) { e.By, e.Party = did, &custody.Party{DID: did, Name: name} })
	}
	m.state(firstMarch-3*aDay, func(e *custody.Event) {
		e.Party = &custody.Party{DID: theCarrier, Name: "Prairie Gateway Pipeline ULC"}
	})
	return m.play(12, 40, days, 1).closed("2024-03", firstApril).audited()
}

// TestStatementsAreTheSame: the same books give the same bytes, in each format, in this run and in the next.
func TestStatementsAreTheSame(t *testing.T) {
	var pages, tables [2][]string
	for i := range pages {
		stream, line := named(t, 31), entry(t, atTheBorder)
		for _, q := range append(questions, document.Question{Kind: document.RunKind, Of: audittest.Line, Period: "2026-02"},
			document.Question{Kind: document.ManifestKind, Of: "3407", Period: "2026-02"}) {
			c := stream
			if q.Period == "2026-02" {
				c = line
			}
			s, err := q.Answer(c)
			must(t, err)
			for _, paper := range []document.Paper{document.A4, document.Letter} {
				file, err := document.PDF(s, paper, "a test")
				must(t, err)
				pages[i] = append(pages[i], hash(file))
			}
			table := s.Table()
			table.Source = "a test"
			for _, write := range []func(*document.Table) ([]byte, error){(*document.Table).CSV, (*document.Table).XLSX} {
				file, err := write(table)
				must(t, err)
				tables[i] = append(tables[i], hash(file))
			}
		}
	}
	if fmt.Sprint(pages[0], tables[0]) != fmt.Sprint(pages[1], tables[1]) {
		t.Errorf("statements differ from themselves:\n%s\n%s", pages, tables)
	}
	for _, tt := range []struct{ what, got, want string }{
		{"pages", strings.Join(pages[0], " "), wantPages}, {"tables", strings.Join(tables[0], " "), wantTables},
	} {
		if got := hash([]byte(tt.got)); got != tt.want {
			t.Errorf("the %s have SHA-256 %s in all, want %s: look at them, and if they are as they should be, take the new one", tt.what, got, tt.want)
		}
	}
}

const (
	wantPages  = "6c55377962ca3e180dd68231c5e03dfbcbb2ec0af93fefebeaf416bc802dd6cc"
	wantTables = "c1bb885ab6c14911fef092f36126f69c918ef47e4b98101e663d2d129a75d156"
)

// TestStatementPages: on every page headings stand over the figures and nothing lies over anything else, every figure is there, whole,
// and the pages are counted.
func TestStatementPages(t *testing.T) {
	c := named(t, 31)
	for _, q := range questions {
		s, err := q.Answer(c)
		must(t, err)
		for _, paper := range []document.Paper{document.A4, document.Letter} {
			file, err := document.PDF(s, paper, "the books of a test, "+string(document.Unverified))
			must(t, err)
			all := readAll(t, file)
			text := ""
			for i, p := range all {
				if problem := p.tidy(); problem != "" {
					t.Errorf("%s of %s, page %d on %s: %s", q.Kind, q.Of, i+1, paper, problem)
				}
				says := p.all()
				for _, want := range []string{fmt.Sprintf("Page %d of %d\n", i+1, len(all)), " STATEMENT\n", "CLOSED", "not verified. Times are UTC."} {
					if !strings.Contains(says, want) {
						t.Errorf("%s of %s, page %d does not say %q", q.Kind, q.Of, i+1, want)
					}
				}
				if figures := strings.Contains(says, "03-2"); figures && !strings.Contains(says, "Balance\n") {
					t.Errorf("%s of %s, page %d has movements without headings", q.Kind, q.Of, i+1)
				}
				text += says
			}
			if sum, err := s.Table().Checksum(); err != nil || !strings.Contains(text, sum) {
				t.Errorf("%s of %s does not name the sum %s of its table", q.Kind, q.Of, sum)
			}
			if (len(all) == 1) != (q.Kind == document.PipelineKind) {
				t.Errorf("%s of %s has %d pages", q.Kind, q.Of, len(all))
			}
			printed := strings.ReplaceAll(text, ",", "")
			for _, row := range s.Table().Rows {
				for i, column := range s.Table().Columns {
					figure := strings.HasPrefix(column.Unit, "m3") && row[i] != "" && strings.Trim(row[i], "0.-") != ""
					if figure && !strings.Contains(printed, "\n"+row[i]+"\n") {
						t.Fatalf("%s of %s: %s %s is not on its pages", q.Kind, q.Of, column, row[i])
					}
				}
			}
		}
	}
}

// TestStatementAsJSON: what is written as JSON is read back as the same statement, with the same pages.
func TestStatementAsJSON(t *testing.T) {
	c := named(t, 3)
	for _, tt := range []struct {
		q    document.Question
		into document.Statement
	}{{questions[0], &document.PipelineStatement{}}, {questions[1], &document.ShipperStatement{}}} {
		s, err := tt.q.Answer(c)
		must(t, err)
		b, err := json.Marshal(s)
		must(t, err)
		must(t, json.Unmarshal(b, tt.into))
		one, err := document.PDF(s, document.A4, "")
		must(t, err)
		two, err := document.PDF(tt.into, document.A4, "")
		must(t, err)
		if !bytes.Equal(one, two) {
			t.Errorf("%s: the pages of what was read are others", tt.q.Kind)
		}
	}
}

// TestMonths: a month is as it was closed; else it begins at midnight UTC, or when asked to.
func TestMonths(t *testing.T) {
	m := newMonth(t).play(1, 2, 2, 1)
	period := func(c *audit.Case, month, begins string) (document.Period, bool) {
		t.Helper()
		s, err := document.Pipeline(c, "STREAM-00", month, begins)
		must(t, err)
		return s.Period, s.Closed != nil
	}
	for _, tt := range []struct {
		name, month, begins string
		from, until         int64
		closed              bool
		close               func()
	}{
		{"open", "2024-03", "", firstMarch - 14*3_600_000, firstApril - 13*3_600_000, false, func() {}},
		{"open, as asked for", "2024-03", "07:00-07:00", firstMarch, firstApril + 3_600_000, false, func() {}},
		{"closed, the month before it not", "2024-03", "", firstMarch - 3_600_000, firstApril, true, func() { m.closed("2024-03", firstApril) }},
		{"closed, but another is asked for", "2024-03", "08:00-07:00", firstMarch + 3_600_000, firstApril + 2*3_600_000, false, func() {}},
		{"closed, and asked for as it was", "2024-03", "07:00-06:00", firstMarch - 3_600_000, firstApril, true, func() {}},
		{"closed, the month before it too", "2024-04", "", firstApril, firstApril + 30*aDay - 3_600_000, true, func() { m.closed("2024-04", firstApril+30*aDay-3_600_000) }},
	} {
		tt.close()
		got, closed := period(m.audited(), tt.month, tt.begins)
		if want := (document.Period{Name: tt.month, From: tt.from, Until: tt.until}); got != want || closed != tt.closed {
			t.Errorf("%s: %+v, closed %v, want %+v", tt.name, got, closed, want)
		}
	}
}

// TestStatementText: a month as a terminal shows it, and as CSV, to the letter.
func TestStatementText(t *testing.T) {
	m := newMonth(t)
	m.state(firstMarch, func(e *custody.Event) {
		e.Pool = &custody.Pool{ID: "LSB", Kind: custody.Stream, Basis: quantity.Metric, Keeper: e.By, Method: custody.Average}
	})
	m.state(firstMarch, func(e *custody.Event) {
		e.Source = &custody.Source{ID: "field", Description: "oil", Heading: "2709", Country: "CA", Role: custody.Heavy, Originating: custody.Originating}
	})
	for _, volume := range []quantity.Micro{1_234_500_000, 250_000} {
		m.state(firstMarch, func(e *custody.Event) {
			e.Receipt = &custody.Receipt{Pool: "LSB", Source: "field", Shipper: shipperDID(1), Stated: &custody.Stated{Volume: volume, Basis: quantity.Metric, Density: 850e6}}
		})
	}
	m.state(firstMarch+aDay, func(e *custody.Event) {
		e.Gauging = &custody.Gauging{Pool: "LSB", Volume: 1_230_000_000, Basis: quantity.Metric}
	})
	s, err := document.Shipper(m.audited(), shipperDID(1), "2024-03", "", theCarrier, "")
	must(t, err)
	var b strings.Builder
	must(t, document.Text(&b, s))
	if b.String() != wantText {
		t.Errorf("as text:\n%s", b.String())
	}
	table := s.Table()
	table.Source = "a test"
	file, err := table.CSV()
	must(t, err)
	if string(file) != wantCSV {
		t.Errorf("as CSV:\n%s", file)
	}
}

const wantText = `SHIPPER STATEMENT  LSB, 2024-03  PROVISIONAL – NOT CLOSED
Month of a shipper by stream and line, with every movement

Shipper          did:web:shipper-01.example
DID              did:web:shipper-01.example
Books up to      2024-03-02 14:00:00Z, event e-0005
From             2024-03-01 00:00:00Z
Until, excluded  2024-04-01 00:00:00Z

Month  what is taken off is negative: each row adds up to its closing
In   Carrier                  Basis      Opening  Receipts  Deliveries  Titles and exchanges  Loss allowance  Deductions  Over and short  Adjustments   Closing
LSB  did:web:gateway.example  m3 at 15C        0  1234.750           0                     0               0           0          -4.750            0  1230.000

LSB  movements from 2024-03-01 00:00:00Z until 2024-04-01 00:00:00Z, volumes in m3 at 15 °C
At, UTC      What            Ticket  Batch or lot  From or to            Evidence  Event     Volume   Balance
             Opening                                                                                        0
03-01 14:00  receipts                              source field          typed     e-0003  1234.500  1234.500
03-01 14:00  receipts                              source field          typed     e-0004     0.250  1234.750
03-02 14:00  over and short                        stream gain and loss  typed     e-0005    -4.750  1230.000
             Closing                                                                                 1230.000

The carrier has not closed this month: what is booked in it can still change.

The statements of all shippers in a stream or line add up to its pipeline statement.
`

const wantCSV = `# source: a test
shipper,name,month,of,carrier,row,at,item,effect,ticket,ticket version,batch,from or to,evidence,event,volume [m3 at 15C],balance [m3 at 15C],loss allowance by contract [m3 at 15C]
did:web:shipper-01.example,,2024-03,LSB,did:web:gateway.example,opening,2024-03-01T00:00:00.000Z,,,,,,,,,,0.000000,
did:web:shipper-01.example,,2024-03,LSB,did:web:gateway.example,movement,2024-03-01T14:00:00.000Z,receipts,receipt,,,,source field,typed,e-0003,1234.500000,1234.500000,
did:web:shipper-01.example,,2024-03,LSB,did:web:gateway.example,movement,2024-03-01T14:00:00.000Z,receipts,receipt,,,,source field,typed,e-0004,0.250000,1234.750000,
did:web:shipper-01.example,,2024-03,LSB,did:web:gateway.example,movement,2024-03-02T14:00:00.000Z,over and short,loss,,,,stream gain and loss,typed,e-0005,-4.750000,1230.000000,
did:web:shipper-01.example,,2024-03,LSB,did:web:gateway.example,closing,2024-04-01T00:00:00.000Z,,,,,,,,,,1230.000000,0.000000
# sha256: 37fd789bd2a4f130a0ce9adf2914d2833e3b02ce7d994317f9dff00da2923158
`

// TestStatementRefuses: a question at fault, or about what is not there, says so.
func TestStatementRefuses(t *testing.T) {
	c := verdict(t).Case
	for _, tt := range []struct {
		q     document.Question
		want  string
		fault error
	}{
		{document.Question{Kind: "daily", Of: "T-1", Period: "2024-03"}, `"daily", want run`, audit.ErrQuestion},
		{document.Question{Kind: "run", Of: "T-1", Period: "March"}, `month "March"`, audit.ErrQuestion},
		{document.Question{Kind: "run", Of: "T-1", Period: "2024-03-01"}, "want one such as 2024-03", audit.ErrQuestion},
		{document.Question{Kind: "run", Of: "T-1", Period: "2024-03", Begins: "seven"}, `begins at "seven"`, audit.ErrQuestion},
		{document.Question{Kind: "run", Of: "T-1", Period: "2024-03", In: "LSB"}, "go with a shipper statement", audit.ErrQuestion},
		{document.Question{Kind: "run", Of: "T-1", Period: "2024-03", KnownAt: "then"}, `known at "then"`, audit.ErrQuestion},
		{document.Question{Kind: "manifest", Of: "Haskett", Period: "2024-03"}, `port "Haskett"`, audit.ErrQuestion},
		{document.Question{Kind: "manifest", Of: "3407", Period: "2024-03-32"}, `"2024-03-32"`, audit.ErrQuestion},
		{document.Question{Kind: "manifest", Of: "3407", Period: "2024-03", Begins: "07:00Z"}, "customs days", audit.ErrQuestion},
		{document.Question{Kind: "manifest", Of: "9999", Period: "2024-03"}, "port 9999", audit.ErrUnknown},
		{document.Question{Kind: "run", Of: "nowhere", Period: "2024-03"}, "nowhere is no measuring point", audit.ErrUnknown},
		{document.Question{Kind: "pipeline", Of: "T-1", Period: "2024-03"}, "T-1 is a tank", audit.ErrQuestion},
		{document.Question{Kind: "pipeline", Of: "T-9", Period: "2024-03"}, "T-9 is no stream or line", audit.ErrUnknown},
		{document.Question{Kind: "shipper", Of: "did:web:nobody.example", Period: "2024-03"}, "had no oil in any stream or line", audit.ErrUnknown},
		{document.Question{Kind: "shipper", Of: "did:web:nobody.example", Period: "2024-03", In: "T-9"}, "T-9 is no stream", audit.ErrUnknown},
		{document.Question{Kind: "shipper", Of: "did:web:nobody.example", Period: "2024-03", Carrier: "did:web:x.example"}, "line of did:web:x.example", audit.ErrUnknown},
	} {
		_, err := tt.q.Answer(c)
		says(t, err, tt.want)
		if !errors.Is(err, tt.fault) {
			t.Errorf("%s %s %s: %v is not %v", tt.q.Kind, tt.q.Of, tt.q.Period, err, tt.fault)
		}
		if again, err := document.QuestionOf(tt.q.Kind, tt.q.Of, tt.q.Period, tt.q.Query()); again != tt.q || err == nil && tt.fault == audit.ErrQuestion && !strings.Contains(tt.want, "tank") {
			t.Errorf("asked by its parameters: %+v, %v", again, err)
		}
	}
	if _, err := document.QuestionOf("pipeline", "LSB", "2024-03", url.Values{"begins": {"07:00-07:00"}}); err != nil {
		t.Error(err)
	}
}

// TestLargestFigures: the largest amount there is stands whole in every column, in smaller type.
func TestLargestFigures(t *testing.T) {
	most := quantity.Micro(math.MaxInt64)
	line := custody.StatementLine{
		Shipper: "did:web:shipper.example", Opening: most, Receipts: -most, Deliveries: most, Transfers: -most, Allowance: most, Deductions: most,
		OverShort: -most, Adjustments: -most, Closing: -most,
	}
	s := &document.PipelineStatement{Lines: []document.ShipperLine{{StatementLine: line}}, Total: document.ShipperLine{StatementLine: line}}
	for _, paper := range []document.Paper{document.A4, document.Letter} {
		file, err := document.PDF(s, paper, "a test")
		must(t, err)
		page := readAll(t, file)[0]
		if problem := page.tidy(); problem != "" {
			t.Error(problem)
		}
		if n := strings.Count(page.all(), "9,223,372,036,854.775807\n"); n != 2*9 {
			t.Errorf("%d figures stand whole:\n%s", n, page.all())
		}
	}
}

// TestTooManyPages: what nobody would print is refused, and can be had as a table.
func TestTooManyPages(t *testing.T) {
	s := &document.ShipperStatement{Accounts: []document.Account{{Movements: make([]document.Posting, 45*document.MaxPages)}}}
	_, err := document.PDF(s, document.A4, "a test")
	says(t, err, "more than 1000 pages: take CSV")
	if n := len(s.Table().Rows); n != 45*document.MaxPages+2 {
		t.Errorf("%d rows", n)
	}
	_, err = document.PDF(s, "a3", "a test")
	says(t, err, `paper is "a3"`)
}

// TestTooManyLines: more than fits a statement is refused, with the mend.
func TestTooManyLines(t *testing.T) {
	m := newMonth(t).play(1, 1, 0, 1)
	receipt := func(e *custody.Event) {
		e.Receipt = &custody.Receipt{Pool: "STREAM-00", Source: "field", Shipper: shipperDID(0), Stated: &custody.Stated{Volume: 1, Basis: quantity.Metric, Density: 850e6}}
	}
	for range document.MaxLines {
		m.state(firstMarch, receipt)
	}
	c := m.audited()
	s, err := document.Shipper(c, shipperDID(0), "2024-03", "", "", "")
	must(t, err)
	if n := len(s.Accounts[0].Movements); n != document.MaxLines {
		t.Errorf("%d movements", n)
	}
	m.state(firstMarch, receipt)
	_, err = document.Shipper(c, shipperDID(0), "2024-03", "", "", "")
	says(t, err, "more than 20000 movements in 2024-03: ask for one stream")
}

// FuzzStatement: whatever a cloud answers, it is set on pages, printed and tabled, or refused.
func FuzzStatement(f *testing.F) {
	c := named(f, 2)
	for i, q := range questions {
		s, err := q.Answer(c)
		must(f, err)
		b, err := json.Marshal(s)
		must(f, err)
		f.Add(i, b)
	}
	for i := range 4 {
		f.Add(i, []byte(`{"runs":[{"nsv":"1","sw":null,"basis":"m3 at 15C","hash":""}],"lines":[{}],"accounts":[{"movements":[{"at":-9223372036854775808}]}],"expected":[{"headings":["x"]}],"crossed":[{}],"scheduledDeliveries":[{}]}`))
	}
	f.Fuzz(func(t *testing.T, kind int, b []byte) {
		s := []document.Statement{&document.PipelineStatement{}, &document.ShipperStatement{}, &document.RunStatement{}, &document.Manifest{}}[uint(kind)%4]
		if json.Unmarshal(b, s) != nil {
			return
		}
		must(t, document.Text(io.Discard, s))
		if file, err := document.PDF(s, document.Letter, "a test"); err == nil && !bytes.HasPrefix(file, []byte("%PDF-")) {
			t.Errorf("the pages begin with %.20q", file)
		}
		_, _ = s.Table().XLSX()
	})
}
