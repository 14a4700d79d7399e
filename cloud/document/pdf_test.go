package document_test

import (
	"bytes"
	"math/big"
	"regexp"
	"strings"
	"testing"
	"time"

	"rsc.io/qr"

	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

const proofs = "https://terminal.example/proof/"

// TestPDFIsTheSame: the same ticket gives the same bytes, in this run, in the next, and on another machine.
func TestPDFIsTheSame(t *testing.T) {
	e := evidence(t, bundle.Records)
	for _, tt := range []struct {
		id      string
		version uint64
		how     document.Print
		want    string
	}{
		{"T-1", 1, document.Print{Paper: document.A4}, "d787e97421ca91bc68b59a36046472ce82b49a36b0c0f298172b394c2e78ffa2"},
		{"T-1", 2, document.Print{Paper: document.Letter, URL: proofs}, "a1ff0d1ff05ec3e42f3bc3861109b5faaeaf7c725043910b5833e1358a175b9b"},
		{"T-2", 1, document.Print{Paper: document.A4, URL: proofs}, "8efb7168eea24e829830bbd20c0c25c0fc92caff28b02215f683f3c81c0a8619"},
		{"T-3", 1, document.Print{Paper: document.Letter}, "3c317499e53814126b24f3ccc02cc7836cc06b7f146efd774d01373511691736"},
	} {
		var files [2][]byte
		for i := range files {
			r, err := document.Proven(e, nil, find(t, e, tt.id, tt.version), document.Verified)
			must(t, err)
			files[i], err = r.PDF(tt.how)
			must(t, err)
		}
		if !bytes.Equal(files[0], files[1]) {
			t.Errorf("ticket %s version %d differs from itself", tt.id, tt.version)
		}
		if got := hash(files[0]); got != tt.want {
			t.Errorf("ticket %s version %d has SHA-256 %s, want %s: look at the page, and if it is as it should be, take the new one", tt.id, tt.version, got, tt.want)
		}
	}
}

// TestPDFSays: the page of a final ticket of a receipt, from a bundle with books, states what is known and nothing else.
func TestPDFSays(t *testing.T) {
	v := verdict(t)
	r, err := document.Proven(v.Evidence, v.Case.Books, find(t, v.Evidence, "TK-A", 0), document.Consistent)
	must(t, err)
	file, err := r.PDF(document.Print{Paper: document.A4, URL: proofs})
	must(t, err)
	s := read(t, file)
	if problem := s.tidy(); problem != "" {
		t.Error(problem)
	}
	tk := v.Evidence.Tickets[find(t, v.Evidence, "TK-A", 0)]
	for label, want := range map[string]string{
		"Lease, unit or CA": "not stated", "Seals removed": "not stated", "Seals installed": "not stated", "Composite factor": "not stated",
		"Observed gravity": "not stated", "Name of the person": "not stated", "Meter": audittest.Battery, "Meter factor MF": tk.Parameters.MeterFactor.String(),
		"Average temperature": tk.Temperature.Decimal(6) + " \u00b0C", "Delivers": v.Evidence.Keys.Name(tk.From), "Receives": v.Evidence.Keys.Name(tk.To),
		"Signature": "consistent, on a key that came along", "Key": "hand", "Source": r.Source.ID,
	} {
		if got := s.after(label); got != want {
			t.Errorf("%s: %q, want %q", label, got, want)
		}
	}
	all, h := s.all(), ticket.Hash(r.Encoded).String()
	for _, want := range []string{
		"No. TK-A\n", r.Signatures[0].Kid, r.Signatures[1].Kid, tk.From + "\n", tk.To + "\n", h[:8] + " " + h[8:16], h[56:] + "\n",
		"The code leads to its proof below " + proofs, "CONSISTENT on the keys that came with it only", tk.GSV.Decimal(3),
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the page does not say %q:\n%s", want, all)
		}
	}
	for _, date := range []string{"Creation", "Mod"} {
		if want := "/" + date + time.UnixMilli(tk.At).UTC().Format("Date (D:20060102150405)"); !bytes.Contains(file, []byte(want)) {
			t.Errorf("the file does not say %q", want)
		}
	}
}

// TestPDFOfATicketFile: with the bytes alone, names, counters and laboratory are not stated, and nobody's signature counts.
func TestPDFOfATicketFile(t *testing.T) {
	e := evidence(t, bundle.Tickets)
	signed := e.Bundle.Tickets[len(e.Bundle.Tickets)-1]
	r := document.Unproven(signed.Ticket)
	page := func() sheet {
		file, err := r.PDF(document.Print{Paper: document.Letter})
		must(t, err)
		return read(t, file)
	}
	s := page()
	for label, want := range map[string]string{
		"Delivers": "not stated", "Signature": "none at hand", "Counter of the meter itself": "not stated", "Clock at closing": "not stated",
	} {
		if got := s.after(label); got != want {
			t.Errorf("%s: %q, want %q", label, got, want)
		}
	}
	must(t, r.Sign(0, signed.Signatures[0]))
	must(t, r.Sign(1, signed.Signatures[1]))
	if s = page(); s.after("Signature") != "given, not verified" || !strings.Contains(s.all(), "Printed from a ticket file, not verified") {
		t.Errorf("with signatures: %s", s.all())
	}
	says(t, r.Sign(0, signed.Ticket), "COSE_Sign1")
}

// TestPDFRefuses: paper that nobody has, addresses that are none, bytes that are no ticket.
func TestPDFRefuses(t *testing.T) {
	e := evidence(t, bundle.Tickets)
	r := document.Unproven(e.Bundle.Tickets[0].Ticket)
	_, err := r.PDF(document.Print{Paper: "a3"})
	says(t, err, `paper is "a3"`)
	_, err = r.PDF(document.Print{Paper: document.A4, URL: "terminal.example"})
	says(t, err, "is none such as")
	_, err = document.Unproven([]byte("no ticket")).PDF(document.Print{Paper: document.A4})
	says(t, err, "ticket: ")
	_, err = document.Proven(e, nil, record.Hash{}, document.Verified)
	says(t, err, "holds no ticket 0000")
}

// TestPersonAndCounter: a bundle of all records names who closed the ticket and what the meter itself counted.
func TestPersonAndCounter(t *testing.T) {
	e := evidence(t, bundle.Records)
	r, err := document.Proven(e, nil, find(t, e, "T-1", 2), document.Verified)
	must(t, err)
	file, err := r.PDF(document.Print{Paper: document.A4})
	must(t, err)
	s := read(t, file)
	if got := s.after("Name of the person"); r.Person == "" || got != r.Person {
		t.Errorf("the person is %q, the records say %q", got, r.Person)
	}
	if r.Opening != nil || r.Closing == nil || r.Report == nil || s.after("Counter of the meter itself") != "not stated" {
		t.Errorf("it opens with %v, closes with %v, on report %v", r.Opening, r.Closing, r.Report)
	}
	if got := s.after("Date and time"); got != "with the first record" {
		t.Errorf("it opens %q", got)
	}
	later, err := document.Proven(e, nil, find(t, e, "T-2", 0), document.Verified)
	must(t, err)
	if later.Opening == nil || later.Opening.Interval.Totaliser == 0 {
		t.Errorf("the next ticket opens with %v", later.Opening)
	}
}

// TestFind: the newest version, or the one asked for; the error says what is missing.
func TestFind(t *testing.T) {
	e := evidence(t, bundle.Tickets)
	for version, want := range map[uint64]uint64{0: 2, 1: 1, 2: 2} {
		if got := e.Tickets[find(t, e, "T-1", version)].Version; got != want {
			t.Errorf("version %d of T-1 is %d", version, got)
		}
	}
	_, err := document.Find(e, "T-1", 3)
	says(t, err, "no version 3 of a ticket T-1")
	_, err = document.Find(e, "T-9", 0)
	says(t, err, "no ticket T-9")
	i := 0
	for e.Tickets[ticket.Hash(e.Bundle.Tickets[i].Ticket)].ID != "T-2" {
		i++
	}
	e.Tickets[ticket.Hash(e.Bundle.Tickets[i].Ticket)].ID = "T-1"
	_, err = document.Find(e, "T-1", 0)
	says(t, err, "two tickets T-1")
}

// redo calculates a step from what is printed: a difference, a quotient of one in brackets, or a product, of plain decimals.
func redo(t testing.TB, from string) *big.Rat {
	t.Helper()
	if inner, by, quotient := strings.Cut(from, ") / "); quotient && strings.HasPrefix(from, "(") {
		return new(big.Rat).Quo(redo(t, inner[1:]), redo(t, by))
	}
	if a, b, less := strings.Cut(from, " - "); less {
		return new(big.Rat).Sub(redo(t, a), redo(t, strings.Trim(b, "()")))
	}
	if a, b, over := strings.Cut(from, " / "); over {
		return new(big.Rat).Quo(redo(t, a), redo(t, b))
	}
	product := big.NewRat(1, 1)
	for _, f := range strings.Split(from, " x ") {
		x, ok := new(big.Rat).SetString(f)
		if !ok {
			t.Fatalf("%q is no number, in %q", f, from)
		}
		product.Mul(product, x)
	}
	return product
}

// rounded prints a number with the decimals that another has, half away from zero.
func rounded(x *big.Rat, like string) string {
	_, decimals, _ := strings.Cut(like, ".")
	return x.FloatString(len(decimals))
}

// TestArithmetic: every step but that of the standard's tables, redone with what it prints, gives what it prints, on the page too.
func TestArithmetic(t *testing.T) {
	e := evidence(t, bundle.Tickets)
	redone := 0
	for h, tk := range e.Tickets {
		steps, err := document.Arithmetic(tk)
		must(t, err)
		r, err := document.Proven(e, nil, h, document.Verified)
		must(t, err)
		file, err := r.PDF(document.Print{Paper: document.A4})
		must(t, err)
		page := read(t, file).all()
		for _, s := range steps {
			if line := "= " + s.From + " = " + s.Result; !strings.Contains(page, line) {
				t.Errorf("ticket %s: the page does not show %q", tk.ID, line)
			}
			if s.Name == "CTPL" {
				continue
			}
			redone++
			if got := rounded(redo(t, s.From), s.Result); got != s.Result {
				t.Errorf("ticket %s: %s, by hand %s", tk.ID, s, got)
			}
		}
		last := steps[len(steps)-1].Name
		if want := map[bool]string{true: "S&W", false: "GSV"}[tk.Final()]; last != want {
			t.Errorf("ticket %s, %s, ends with %s", tk.ID, tk.Status(), last)
		}
	}
	if redone < 20 {
		t.Errorf("%d steps redone", redone)
	}
}

// TestArithmeticRefuses: a ticket that states a figure which its own figures don't make is not printed.
func TestArithmeticRefuses(t *testing.T) {
	e := evidence(t, bundle.Tickets)
	for _, tt := range []struct {
		name  string
		alter func(*ticket.Ticket)
		want  string
	}{
		{"as it is", func(*ticket.Ticket) {}, ""},
		{"IV", func(t *ticket.Ticket) { t.IV++ }, "IV is"},
		{"no flow", func(t *ticket.Ticket) { t.IV, t.Closing = 0, t.Opening }, "nothing to state"},
		{"temperature", func(t *ticket.Ticket) { t.Temperature++ }, "average temperature is"},
		{"pressure", func(t *ticket.Ticket) { t.Pressure-- }, "average gauge pressure is"},
		{"density", func(t *ticket.Ticket) { t.Density++ }, "average base density is"},
		{"mass", func(t *ticket.Ticket) { t.Mass++ }, "mass is"},
		{"CTPL", func(t *ticket.Ticket) { t.CTPL.Mantissa++ }, "CTPL is"},
		{"GSV", func(t *ticket.Ticket) { t.GSV++ }, "GSV is"},
		{"the other GSV", func(t *ticket.Ticket) { t.OtherGSV++ }, "GSV the other way is"},
		{"NSV", func(t *ticket.Ticket) { t.NSV++ }, "NSV is"},
		{"S&W", func(t *ticket.Ticket) { t.SW = &ticket.SW{Percent: quantity.F(101, 0)} }, "outside 0 to 100"},
		{"quantity of record", func(t *ticket.Ticket) { t.OfRecord = "best guess" }, "neither"},
		{"commodity", func(t *ticket.Ticket) { t.Parameters.Commodity = "beer" }, "beer"},
		{"totals out of range", func(t *ticket.Ticket) { t.Opening.Mass = -1 << 63 }, "out of range"},
	} {
		tk := *e.Tickets[find(t, e, "T-1", 2)]
		tt.alter(&tk)
		_, err := document.Arithmetic(&tk)
		if tt.want == "" {
			must(t, err)
			continue
		}
		says(t, err, tt.want)
	}
}

// TestCode: the text names the ticket, with or without an address before it.
func TestCode(t *testing.T) {
	h := record.Hash{0xab, 31: 0xcd}
	name := "gauger:ticket:ab" + strings.Repeat("00", 30) + "cd"
	for base, want := range map[string]string{
		"": name, "https://terminal.example": "https://terminal.example/" + name, "http://10.0.0.7:8080/proof/": "http://10.0.0.7:8080/proof/" + name,
	} {
		got, err := document.Code(h, base)
		must(t, err)
		if got != want {
			t.Errorf("%q makes %q, want %q", base, got, want)
		}
	}
	for base, want := range map[string]string{
		"terminal.example": "is none such as", "ftp://terminal.example": "is none such as", "https://": "is none such as", "https://a@b.example": "is none such as",
		"https://b.example/?a=b": "is none such as", "https://b.example/#": "is none such as", "https://b.example/\u00e4": "plain ASCII", "://": "missing protocol",
		"https://b.example/a b": "plain ASCII", "https://b.example/" + strings.Repeat("x", 200): "at most 200",
	} {
		_, err := document.Code(h, base)
		says(t, err, want)
	}
}

// TestCodeIsDrawn: the black squares on the page are those of the code of the text, with four white ones around them.
func TestCodeIsDrawn(t *testing.T) {
	e := evidence(t, bundle.Tickets)
	h := find(t, e, "T-1", 2)
	r, err := document.Proven(e, nil, h, document.Verified)
	must(t, err)
	for _, base := range []string{"", proofs, "https://terminal.example/" + strings.Repeat("x", 175)} {
		file, err := r.PDF(document.Print{Paper: document.Letter, URL: base})
		must(t, err)
		text, err := document.Code(h, base)
		must(t, err)
		want, err := qr.Encode(text, qr.M)
		must(t, err)
		s := read(t, file)
		left, top, side := 1e9, 1e9, s.squares[0][3]
		for _, q := range s.squares {
			left, top = min(left, q[0]), min(top, q[1])
		}
		got := map[[2]int]bool{}
		for _, q := range s.squares {
			for i := range int(q[2]/side + 0.5) {
				got[[2]int{int((q[0]-left)/side+0.5) + i, int((q[1]-top)/side + 0.5)}] = true
			}
		}
		for x := range want.Size {
			for y := range want.Size {
				if got[[2]int{x, y}] != want.Black(x, y) {
					t.Fatalf("%q: square %d, %d is wrong", text, x, y)
				}
			}
		}
		if side < 1.1 || left-36 < 4*side-0.5 {
			t.Errorf("%q: squares of %.2f points, %.2f from the margin", text, side, left-36)
		}
	}
}

// FuzzPDF: whatever people, batches and parties are called, the page is one page, no text leaves it or lies over another, what is
// not in Windows-1252 is replaced and the page says so, and the same input gives the same bytes.
func FuzzPDF(f *testing.F) {
	f.Add("T-1", "B-7", "did:web:a.example", "Société d'État", "J. Doe (shift 2) \\", false)
	f.Add("Ф", "原油", "did:web:\u0141\u00f3d\u017a", "\xff\xfe\x00\r\n\t)", "\u202e\U0001f6e2", true)
	f.Add(strings.Repeat("W", 64), strings.Repeat("\u00c4", 300), strings.Repeat("did:web:m", 100), strings.Repeat("M", 2000), strings.Repeat("(", 500), true)
	w := bundletest.New(f)
	last := w.Device(bundletest.Ed25519(51), bundletest.Lease).Point(bundletest.Lease, bundletest.Customary()).Interval(1<<40, 71_340_000, 22_400_000)
	beyond := regexp.MustCompile(`[^ -~\x{a0}-\x{ff}\x{20ac}\x{201a}\x{192}\x{201e}\x{2026}\x{2020}\x{2021}\x{2c6}\x{2030}\x{160}\x{2039}\x{152}\x{17d}\x{2018}\x{2019}\x{201c}\x{201d}\x{2022}\x{2013}\x{2014}\x{2dc}\x{2122}\x{161}\x{203a}\x{153}\x{17e}\x{178}]`)
	f.Fuzz(func(t *testing.T, id, batch, did, name, person string, letter bool) {
		utf8 := func(s string) string { return strings.ToValidUTF8(s, "?") }
		tk, err := ticket.Cut(nil, last.Record, ticket.Terms{
			ID: utf8(id), Version: 1, Batch: utf8(batch), From: utf8(did), To: "did:web:b.example", At: bundletest.Epoch, OfRecord: ticket.FromAverages,
		}, nil)
		must(t, err)
		encoded, err := tk.Encode()
		if err != nil || len(encoded) > ticket.MaxSize {
			return // no ticket
		}
		r := document.Unproven(encoded)
		r.Names, r.Person, r.Signatures[0] = [2]string{name, person}, person, document.Signature{Kid: strings.Repeat("ab", 32), Key: name}
		paper := document.A4
		if letter {
			paper = document.Letter
		}
		file, err := r.PDF(document.Print{Paper: paper})
		must(t, err)
		s := read(t, file)
		if problem := s.tidy(); problem != "" {
			t.Error(problem)
		}
		replaced := false
		for _, text := range []string{tk.ID, tk.Batch, tk.From, name, person} {
			replaced = replaced || beyond.MatchString(text) || strings.ToValidUTF8(text, "\ufffd") != text
		}
		if says := strings.Contains(s.all(), "Windows-1252"); says != replaced {
			t.Errorf("the page says that a character was replaced: %v", says)
		}
		again, err := r.PDF(document.Print{Paper: paper})
		must(t, err)
		if !bytes.Equal(file, again) {
			t.Error("the second time gives other bytes")
		}
	})
}
