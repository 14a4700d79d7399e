package document_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"codeberg.org/go-pdf/fpdf"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/record"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// says expects an error that contains a text.
func says(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want one that says %q", err, want)
	}
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// evidence returns the verified bundle of all kinds of tickets, at a depth.
func evidence(t testing.TB, depth bundle.Depth) *bundle.Evidence {
	t.Helper()
	w := bundletest.New(t).Story()
	e, err := bundle.Verify(w.Seal(w.Bundle(depth)), w.Trust())
	must(t, err)
	return e
}

// verdict returns the verified bundle of a small entry, with books. It is made once.
func verdict(t testing.TB) *audit.Verdict {
	t.Helper()
	onceVerdict.Do(func() {
		w := audittest.New(t, audittest.Options{})
		var err error
		theVerdict, err = audit.Verify(w.Seal(w.Bundle(bundle.Tickets), audittest.Buyer), w.Trust(), w.Tables())
		must(t, err)
	})
	if theVerdict == nil {
		t.Fatal("the entry failed in another test")
	}
	return theVerdict
}

var (
	onceVerdict sync.Once
	theVerdict  *audit.Verdict
)

// find returns a ticket's hash by its number.
func find(t testing.TB, e *bundle.Evidence, id string, version uint64) record.Hash {
	t.Helper()
	h, err := document.Find(e, id, version)
	must(t, err)
	return h
}

// printed is a text as it stands on a page.
type printed struct {
	x, y, width float64
	text        string
}

// sheet is what a PDF of one page, written without compression, puts there.
type sheet struct {
	width, height float64
	texts         []printed
	squares       [][4]float64 // x, y, width and height, from the upper left, of what is filled black
	pages         int
}

var (
	baseFonts = regexp.MustCompile(`(\d+) 0 obj\n<</Type /Font\n/BaseFont /([A-Za-z-]+)\n`)
	fontNames = regexp.MustCompile(`/F([0-9a-f]+) (\d+) 0 R`)
	fontUsed  = regexp.MustCompile(`^BT /F([0-9a-f]+) ([0-9.]+) Tf ET$`)
	text      = regexp.MustCompile(`BT (-?[0-9.]+) (-?[0-9.]+) Td \((.*)\) Tj ET`)
	filled    = regexp.MustCompile(`^(-?[0-9.]+) (-?[0-9.]+) (-?[0-9.]+) (-?[0-9.]+) re f$`)
	mediaBox  = regexp.MustCompile(`/MediaBox \[0 0 ([0-9.]+) ([0-9.]+)\]`)
)

// read reads the page of a PDF that this package wrote, with the widths of the core fonts.
func read(t testing.TB, file []byte) sheet {
	t.Helper()
	var s sheet
	s.pages = bytes.Count(file, []byte("/Type /Page\n"))
	box := mediaBox.FindSubmatch(file)
	if box == nil {
		t.Fatalf("no page in %.300q", file)
	}
	s.width, s.height = number(t, string(box[1])), number(t, string(box[2]))
	fonts := fontsOf(file)
	_, content, _ := bytes.Cut(file, []byte("\nstream\n"))
	content, _, _ = bytes.Cut(content, []byte("\nendstream"))
	s.put(t, content, fonts)
	return s
}

// readAll reads all pages of a PDF that this package wrote, each as if it were the only one.
func readAll(t testing.TB, file []byte) (all []sheet) {
	t.Helper()
	first, fonts := read(t, file), fontsOf(file)
	for _, content := range bytes.Split(file, []byte("\nstream\n"))[1:] {
		content, _, _ = bytes.Cut(content, []byte("\nendstream"))
		s := sheet{width: first.width, height: first.height, pages: 1}
		s.put(t, content, fonts)
		all = append(all, s)
	}
	if len(all) != first.pages {
		t.Fatalf("%d pages, %d of them written", first.pages, len(all))
	}
	return all
}

// fontsOf returns the core fonts of a file by the names that its pages use.
func fontsOf(file []byte) map[string]string {
	objects, fonts := map[string]string{}, map[string]string{}
	for _, m := range baseFonts.FindAllSubmatch(file, -1) {
		objects[string(m[1])] = string(m[2])
	}
	for _, m := range fontNames.FindAllSubmatch(file, -1) {
		fonts[string(m[1])] = objects[string(m[2])]
	}
	return fonts
}

// put reads the content of a page.
func (s *sheet) put(t testing.TB, content []byte, fonts map[string]string) {
	t.Helper()
	ruler := fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: fpdf.SizeType{Wd: 100, Ht: 100}})
	ruler.AddPage()
	black := false
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSuffix(line, "\n")
		if m := fontUsed.FindStringSubmatch(line); m != nil {
			family, style := styled(t, fonts[m[1]])
			ruler.SetFont(family, style, number(t, m[2]))
		} else if m := text.FindStringSubmatch(line); m != nil {
			coded := unescape.Replace(m[3])
			s.texts = append(s.texts, printed{number(t, m[1]), s.height - number(t, m[2]), ruler.GetStringWidth(coded), decode(coded)})
		} else if m := filled.FindStringSubmatch(line); m != nil && black {
			s.squares = append(s.squares, [4]float64{number(t, m[1]), s.height - number(t, m[2]), number(t, m[3]), -number(t, m[4])})
		} else if strings.HasSuffix(line, " g") || strings.HasSuffix(line, " rg") {
			black = line == "0.000 g"
		}
	}
	must(t, ruler.Error())
}

var unescape = strings.NewReplacer(`\\`, `\`, `\(`, `(`, `\)`, `)`, `\r`, "\r")

func number(t testing.TB, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	must(t, err)
	return x
}

func styled(t testing.TB, base string) (family, style string) {
	family, mark, _ := strings.Cut(base, "-")
	style, known := map[string]string{"": "", "Bold": "B", "Oblique": "I", "BoldOblique": "BI"}[mark]
	if family == "" || !known {
		t.Fatalf("the page is set in %q", base)
	}
	return family, style
}

// decode reads Windows-1252 as far as the tests look at it.
func decode(coded string) string {
	var b strings.Builder
	for _, c := range []byte(coded) {
		switch c {
		case 0x85:
			b.WriteRune('…')
		case 0x96:
			b.WriteRune('–')
		case 0x93:
			b.WriteRune('“')
		case 0x94:
			b.WriteRune('”')
		default:
			b.WriteRune(rune(c))
		}
	}
	return b.String()
}

// all returns the texts of a page, each on a line.
func (s sheet) all() string {
	var b strings.Builder
	for _, p := range s.texts {
		b.WriteString(p.text + "\n")
	}
	return b.String()
}

// after returns the text that follows a label on its line.
func (s sheet) after(label string) string {
	i := slices.IndexFunc(s.texts, func(p printed) bool { return p.text == label })
	if i < 0 || i+1 == len(s.texts) || s.texts[i+1].y != s.texts[i].y {
		return ""
	}
	return s.texts[i+1].text
}

// tidy says what lies off the page or over something else, or "".
func (s sheet) tidy() string {
	if s.pages != 1 {
		return fmt.Sprintf("%d pages", s.pages)
	}
	const margin, slack = 36, 0.3
	texts := slices.Clone(s.texts)
	slices.SortStableFunc(texts, func(a, b printed) int {
		switch {
		case a.y != b.y:
			return int(4 * (a.y - b.y))
		case a.x < b.x:
			return -1
		}
		return 1
	})
	for i, p := range texts {
		if p.text == "" {
			continue
		}
		if p.x < margin-slack || p.x+p.width > s.width-margin+slack || p.y < 20 || p.y > s.height-15 {
			return fmt.Sprintf("%q at %.2f, %.2f is %.2f wide", p.text, p.x, p.y, p.width)
		}
		if i > 0 && texts[i-1].y == p.y && texts[i-1].x+texts[i-1].width > p.x+slack {
			return fmt.Sprintf("%q lies over %q", texts[i-1].text, p.text)
		}
	}
	return ""
}
