package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/metrology/quantity"
)

// MaxPages is the most that a statement is printed on.
const MaxPages = 1000

// foot is the height that is kept free for the lines at the bottom of a page.
const foot = 50

// sheets are the pages of a statement on their way.
type sheets struct {
	*page
	layout
	decimals int
	refused  error
}

// PDF returns a statement as pages to print: the headings of a table stand on each page that it goes over, and each says which of how
// many it is. Source says what it was made from. The file is dated as the books are. The same statement gives the same bytes. Texts
// are in Windows-1252, as on the page of a ticket. A figure is never shortened: what does not fit is refused, with audit.ErrQuestion.
func PDF(s Statement, paper Paper, source string) ([]byte, error) {
	l := s.layout()
	sum, err := s.Table().Checksum()
	if err != nil {
		return nil, err
	}
	p, err := newPage(paper, l.lying, l.made, l.title+" "+l.number)
	if err != nil {
		return nil, err
	}
	f := &sheets{page: p, layout: l, decimals: l.decimals()}
	f.step = 11
	f.front()
	for _, part := range l.parts {
		if err := f.part(part); err != nil {
			return nil, err
		}
	}
	f.remarks()
	f.signatures()
	f.feet("From "+source, "SHA-256 of the same figures as a table: "+sum)
	if f.refused != nil {
		return nil, f.refused
	}
	return f.bytes()
}

// front begins the first page.
func (f *sheets) front() {
	width := f.right - f.left
	f.text(f.left, f.y+15, width/2-5, 'L', font{family: "Helvetica", style: "B", size: 19}, f.title)
	f.text(f.left, f.y+26.5, width/2-5, 'L', label, f.subtitle)
	f.text(f.left+width/2+5, f.y+14, width/2-5, 'R', font{family: "Helvetica", style: "B", size: 13}, f.number)
	f.text(f.left+width/2+5, f.y+26.5, width/2-5, 'R', font{family: "Helvetica", style: "B", size: 9.5}, strings.ToUpper(f.status))
	f.y += 31
	f.rule(f.y, 1.25, 0)
	f.y += 3
	f.fields(f.about[0], f.about[1])
}

// over begins another page.
func (f *sheets) over() {
	if f.pdf.PageCount() >= MaxPages {
		if f.refused == nil {
			f.refused = fmt.Errorf("%w: it takes more than %d pages: take CSV, or ask for less", audit.ErrQuestion, MaxPages)
		}
		f.y = top
		return
	}
	f.pdf.AddPage()
	f.y = top
	width := f.right - f.left
	f.text(f.left, f.y+8, width/2-5, 'L', strong, f.title)
	f.text(f.left+width/2+5, f.y+8, width/2-5, 'R', strong, f.number+" \u2013 "+strings.ToUpper(f.status))
	f.y += 12
	f.rule(f.y, 0.75, 0)
}

// room begins another page when less than so many points are left on this one.
func (f *sheets) room(points float64) bool {
	if f.y+points <= f.height-foot {
		return false
	}
	f.over()
	return true
}

// grille is a table that has found its type size and the widths of its columns.
type grille struct {
	part
	cells  [][]string
	rows   [][][]string // the lines of each cell
	widths []float64
	size   float64
	step   float64
	lines  int // of the heading
}

// pad is kept free on both sides of a column.
const pad = 3

// part prints a table over as many pages as it takes.
func (f *sheets) part(p part) error {
	g, err := f.fit(p)
	if err != nil {
		return err
	}
	f.room(60)
	f.section(p.name, p.note)
	f.heading(g)
	for i, r := range p.rows {
		if f.room(g.height(i)) {
			f.section(p.name, "continued. "+p.note)
			f.heading(g)
		}
		f.row(g, r.kind, i)
	}
	return nil
}

// fit finds the largest type in which all figures stand whole and texts have room enough.
func (f *sheets) fit(p part) (*grille, error) {
	g := &grille{part: p, lines: 1}
	for _, c := range p.columns {
		lines := strings.Count(c.name, "\n") + 1
		if c.unit != "" {
			lines++
		}
		g.lines = max(g.lines, lines)
	}
	for _, r := range p.rows {
		texts := make([]string, len(r.cells))
		for i, c := range r.cells {
			if texts[i] = c.printed(f.decimals); c.amount != nil {
				texts[i] = quantity.Grouped(texts[i])
			}
		}
		g.cells = append(g.cells, texts)
	}
	for g.size = 8; g.size >= 5.5; g.size -= 0.25 {
		if g.widths = f.widths(g); g.widths != nil {
			g.step = g.size + 3.25
			f.broken(g)
			return g, nil
		}
	}
	return nil, fmt.Errorf("%w: the figures of %q are too long for a page: take CSV", audit.ErrQuestion, p.name)
}

// broken breaks texts into lines that fit their columns, three at most.
func (f *sheets) broken(g *grille) {
	const most = 3
	for i, texts := range g.cells {
		of := value
		if g.part.rows[i].kind == totalRow {
			of = strong
		}
		of.size = g.size
		lines := make([][]string, len(texts))
		for j, text := range texts {
			lines[j] = []string{text}
			if !g.columns[j].figure {
				lines[j] = f.wrap(of, text, g.widths[j]-2*pad)
			}
			if len(lines[j]) > most {
				lines[j] = append(lines[j][:most-1], strings.Join(lines[j][most-1:], " ")) // loses its middle
			}
		}
		g.rows = append(g.rows, lines)
	}
}

// height returns the height of a row.
func (g *grille) height(i int) float64 {
	n := 1
	for _, lines := range g.rows[i] {
		n = max(n, len(lines))
	}
	return g.step + float64(n-1)*(g.size+1.25)
}

// widths returns the widths of a table's columns in its type size, or nil if they don't fit. What is left over goes to texts that
// want it, and then to all.
func (f *sheets) widths(g *grille) []float64 {
	const least = 44 // for a text
	all, wants := make([]float64, len(g.columns)), make([]float64, len(g.columns))
	free, wanted := f.right-f.left, 0.0
	for i, c := range g.columns {
		natural := f.wide(head, g.size-0.75, append(strings.Split(c.name, "\n"), c.unit)...)
		for j, r := range g.part.rows {
			bold := value
			if r.kind == totalRow {
				bold = strong
			}
			natural = max(natural, f.wide(bold, g.size, g.cells[j][i]))
		}
		natural = -snap(-natural) + 2*pad + 0.5 // from here on in quarter points, exactly
		all[i] = natural
		if !c.figure {
			all[i] = min(natural, least)
			wants[i] = natural - all[i]
		}
		free -= all[i]
		wanted += wants[i]
	}
	if free < 0 || free < wanted/3 && g.size > 6.5 { // rather small than in many lines
		return nil
	}
	spare := snap(max(free-wanted, 0) / float64(len(all)))
	for i, more := range fill(free, wants) {
		all[i] += more + spare
	}
	return all
}

// fill shares out what is free, those that want least first: who wants no more than an equal share of the rest gets it whole.
func fill(free float64, wants []float64) []float64 {
	order := make([]int, len(wants))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(wants[a], wants[b]) })
	got := make([]float64, len(wants))
	for n, i := range order {
		got[i] = min(wants[i], snap(free/float64(len(order)-n)))
		free -= got[i]
	}
	return got
}

// wide returns the width of the widest text.
func (f *sheets) wide(of font, size float64, texts ...string) (w float64) {
	f.pdf.SetFont(of.family, of.style, size)
	for _, t := range texts {
		coded, _ := cp1252(t)
		w = max(w, f.pdf.GetStringWidth(coded))
	}
	return w
}

func (f *sheets) heading(g *grille) {
	name := head
	name.size = g.size - 0.75
	unit := small
	unit.size = g.size - 1
	x := f.left
	for i, c := range g.columns {
		lines := strings.Split(c.name, "\n")
		first := g.lines - len(lines) // the last lines stand on one level
		if c.unit != "" {
			first--
		}
		align := byte('L')
		if c.figure {
			align = 'R'
		}
		for j, text := range lines {
			f.text(x+pad, f.y+float64(first+j+1)*g.step-3.5, g.widths[i]-2*pad, align, name, text)
		}
		if c.unit != "" {
			f.text(x+pad, f.y+float64(g.lines)*g.step-3.5, g.widths[i]-2*pad, align, unit, c.unit)
		}
		x += g.widths[i]
	}
	f.y += float64(g.lines)*g.step + 0.5
	f.rule(f.y, 0.75, 90)
}

func (f *sheets) row(g *grille, kind rowKind, row int) {
	style := value
	switch kind {
	case totalRow:
		style = strong
		f.rule(f.y, 0.75, 0)
	case struckRow:
		style = absent
	default:
	}
	style.size = g.size
	x := f.left
	for i, c := range g.columns {
		align := byte('L')
		if c.figure {
			align = 'R'
		}
		for j, line := range g.rows[row][i] {
			f.text(x+pad, f.y+g.step-3+float64(j)*(g.size+1.25), g.widths[i]-2*pad, align, style, line)
		}
		x += g.widths[i]
	}
	f.y += g.height(row)
	if kind != totalRow {
		f.rule(f.y, 0.25, 200)
	}
}

// remarks prints the notes.
func (f *sheets) remarks() {
	if len(f.notes) > 0 {
		f.y += 6
	}
	for _, n := range f.notes {
		for _, line := range f.wrap(value, n, f.right-f.left) {
			f.room(f.step)
			f.y += f.step - 0.5
			f.text(f.left, f.y, f.right-f.left, 'L', value, line)
		}
		f.y += 3
	}
}

// wrap parts a text into lines of a width, one at least.
func (f *sheets) wrap(of font, text string, width float64) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		longer := strings.TrimSpace(line + " " + word)
		if line != "" && f.wide(of, of.size, longer) > width {
			lines, longer = append(lines, line), word
		}
		line = longer
	}
	return append(lines, line)
}

// signatures leaves room to sign by hand.
func (f *sheets) signatures() {
	if len(f.signers) == 0 {
		return
	}
	const high, gap = 40, 18
	f.room(high + 8)
	f.y += 8
	width := snap((f.right - f.left - gap) / 2)
	x := f.left
	for _, who := range f.signers {
		f.text(x, f.y+7, width, 'L', label, who)
		f.line(x, x+width-62, f.y+31, 0.5, 60)
		f.line(x+width-52, x+width, f.y+31, 0.5, 60)
		f.text(x, f.y+38, width-62, 'L', small, "by hand, name in print")
		f.text(x+width-52, f.y+38, 52, 'L', small, "date")
		x += width + gap
	}
	f.y += high
}

// feet prints the bottom of each page.
func (f *sheets) feet(from, sum string) {
	mended := ""
	if f.foreign {
		mended = "A character outside Windows-1252 is printed as ?."
	}
	if f.less {
		mended = strings.TrimSpace(mended + " A text that did not fit lost its middle (\u2026): the table has it whole.")
	}
	n := f.pdf.PageCount()
	for i := 1; i <= n; i++ {
		f.pdf.SetPage(i)
		f.pdf.SetFont("Courier", "", 1) // the library leaves out a font that it takes for the one in use, on whatever page that was
		y := f.height - 34
		f.rule(y-8, 0.5, 150)
		width := f.right - f.left
		f.text(f.left, y, width-90, 'L', small, from+". Times are UTC.")
		f.text(f.right-80, y, 80, 'R', value, fmt.Sprintf("Page %d of %d", i, n))
		f.text(f.left, y+8, width-90, 'L', small, sum)
		f.text(f.left, y+16, width, 'L', small, mended)
	}
}
