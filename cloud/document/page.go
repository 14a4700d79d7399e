package document

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// Paper is a size of paper.
type Paper string

// The sizes.
const (
	A4     Paper = "a4"
	Letter Paper = "letter"
)

// font is a core font, which every reader of PDF has: none is embedded.
type font struct {
	family, style string
	size          float64 // points
	grey          int     // 0 is black
}

var (
	label  = font{family: "Helvetica", size: 7.25, grey: 90}
	value  = font{family: "Helvetica", size: 8}
	strong = font{family: "Helvetica", style: "B", size: 8}
	mono   = font{family: "Courier", size: 7.75}
	small  = font{family: "Helvetica", size: 6.5, grey: 90}
	absent = font{family: "Helvetica", style: "I", size: 8, grey: 130}
	head   = font{family: "Helvetica", style: "B", size: 7.5}
)

// page is one sheet of paper, in points from its upper left corner. Its figures are multiples of a quarter point, which are exact
// in binary: no machine rounds them otherwise.
type page struct {
	pdf           *fpdf.Fpdf
	left, right   float64
	y             float64
	height        float64
	step          float64 // distance of lines
	foreign, less bool    // a character was replaced; a text was shortened
}

// Margins of a page in points.
const (
	side = 36
	top  = 30
)

// newPage returns a sheet, upright or lying, whose file bears the given dates.
func newPage(paper Paper, lying bool, made int64, title string) (*page, error) {
	size, step := fpdf.SizeType{Wd: 595.25, Ht: 842}, 11.5
	switch paper {
	case A4:
	case Letter:
		size, step = fpdf.SizeType{Wd: 612, Ht: 792}, 10.5
	default:
		return nil, fmt.Errorf("paper is %q, want %s or %s", string(paper), A4, Letter)
	}
	if lying {
		size.Wd, size.Ht = size.Ht, size.Wd
	}
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "pt", Size: size})
	pdf.SetCatalogSort(true)
	pdf.SetCompression(false) // or the bytes would follow the compressor of the day
	pdf.SetCreationDate(date(made))
	pdf.SetModificationDate(date(made))
	pdf.SetProducer("gauger", false)
	pdf.SetTitle(oneLine(title), true)
	pdf.SetLang("en")
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddPage()
	return &page{pdf: pdf, left: side, right: size.Wd - side, y: top, height: size.Ht, step: step}, nil
}

// bytes returns the file.
func (p *page) bytes() ([]byte, error) {
	var b bytes.Buffer
	err := p.pdf.Output(&b)
	return b.Bytes(), err
}

func snap(x float64) float64 { return math.Floor(x*4) / 4 }

// text prints a text into a box that begins at x and is w wide, with its baseline at y, to the left (L), to the right (R) or in the
// middle (C). What is too wide is set in smaller type, down to three quarters, and then loses its middle.
func (p *page) text(x, y, w float64, align byte, f font, s string) {
	coded, replaced := cp1252(s)
	p.foreign = p.foreign || replaced
	size := f.size
	p.pdf.SetFont(f.family, f.style, size)
	for size-0.25 >= 0.75*f.size && p.pdf.GetStringWidth(coded) > w {
		size -= 0.25
		p.pdf.SetFont(f.family, f.style, size)
	}
	if p.pdf.GetStringWidth(coded) > w {
		coded, p.less = p.shorten(coded, w), true
	}
	free := max(w-p.pdf.GetStringWidth(coded), 0)
	switch align {
	case 'R':
		x += free
	case 'C':
		x += free / 2
	}
	p.pdf.SetTextColor(f.grey, f.grey, f.grey)
	p.pdf.Text(snap(x), snap(y), coded)
}

// shorten takes out of the middle of a coded text as much as makes it fit.
func (p *page) shorten(coded string, w float64) string {
	const dots = "\x85"
	fits := 0
	for low, high := 0, len(coded); low <= high; {
		n := (low + high) / 2
		if p.pdf.GetStringWidth(coded[:(n+1)/2]+dots+coded[len(coded)-n/2:]) <= w {
			fits, low = n, n+1
		} else {
			high = n - 1
		}
	}
	return coded[:(fits+1)/2] + dots + coded[len(coded)-fits/2:]
}

// rule draws a line over the width of the page.
func (p *page) rule(y, width float64, grey int) {
	p.line(p.left, p.right, y, width, grey)
}

func (p *page) line(from, to, y, width float64, grey int) {
	p.pdf.SetDrawColor(grey, grey, grey)
	p.pdf.SetLineWidth(width)
	p.pdf.Line(from, y, to, y)
}

// section begins a part of the page with its name on a grey bar.
func (p *page) section(name, note string) {
	const bar = 12
	p.y += 5.5
	p.pdf.SetFillColor(228, 232, 236)
	p.pdf.Rect(p.left, p.y, p.right-p.left, bar, "F")
	p.text(p.left+4, p.y+8.75, 190, 'L', head, strings.ToUpper(name))
	p.text(p.left+200, p.y+8.75, p.right-p.left-204, 'R', small, note)
	p.y += bar + 1.5
}

// field is a name with what is stated under it.
type field struct{ name, value string }

// fields prints names and values in two columns, down the first and then the second.
func (p *page) fields(left, right []field) {
	const gutter, named = 12, 96
	width := snap((p.right - p.left - gutter) / 2)
	for i, column := range [][]field{left, right} {
		x := p.left + float64(i)*(width+gutter)
		for row, f := range column {
			y := p.y + float64(row+1)*p.step - 2.25
			p.text(x+4, y, named-6, 'L', label, f.name)
			p.stated(x+named, y, width-named, f.value)
		}
	}
	p.y += float64(max(len(left), len(right))) * p.step
}

// stated prints a value, in grey when it is none.
func (p *page) stated(x, y, w float64, text string) {
	f := value
	if text == NotStated {
		f = absent
	}
	p.text(x, y, w, 'L', f, text)
}
