package document

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Print says how a ticket is put on paper.
type Print struct {
	Paper Paper
	URL   string // see Code
}

// sheet is a ticket on its way to the page.
type sheet struct {
	*page
	*RunTicket
	t    *ticket.Ticket
	hash record.Hash
	code string
}

// PDF returns the ticket as one page: the fields of 43 CFR 3174.12 for a LACT or Coriolis system, each as the ticket or the
// evidence states it or as not stated; the volumes with their arithmetic; both parties and their signatures; and the ticket's hash,
// printed and as a QR code. The file is dated as the ticket is. Texts are in Windows-1252; what that does not have is printed as a
// question mark, and the page then says so.
func (r *RunTicket) PDF(how Print) ([]byte, error) {
	t, err := ticket.Decode(r.Encoded)
	if err != nil {
		return nil, err
	}
	steps, err := Arithmetic(t)
	if err != nil {
		return nil, err
	}
	s := &sheet{RunTicket: r, t: t, hash: ticket.Hash(r.Encoded)}
	if s.code, err = Code(s.hash, how.URL); err != nil {
		return nil, err
	}
	if s.page, err = newPage(how.Paper, false, t.At, fmt.Sprintf("Run ticket %s version %d (%s)", t.ID, t.Version, t.Status())); err != nil {
		return nil, err
	}
	s.header()
	s.volumes()
	s.identification()
	s.totals()
	s.conditions()
	s.arithmetic(steps)
	s.parties()
	s.proof()
	s.footer()
	return s.bytes()
}

func (s *sheet) header() {
	width := s.right - s.left
	s.text(s.left, s.y+15, 200, 'L', font{family: "Helvetica", style: "B", size: 19}, "RUN TICKET")
	s.text(s.left, s.y+26.5, 260, 'L', label, "Custody transfer by meter (LACT or CMS), "+s.t.Parameters.Commodity+" oil group of API MPMS 11.1")
	s.text(s.left+width/2+10, s.y+14, width/2-10, 'R', font{family: "Helvetica", style: "B", size: 15}, "No. "+s.t.ID)
	status := font{family: "Helvetica", style: "B", size: 9.5}
	says := fmt.Sprintf("VERSION %d \u2013 %s", s.t.Version, strings.ToUpper(s.t.Status()))
	if len(s.Disputes) > 0 {
		says += " \u2013 DISPUTED"
	}
	s.text(s.left+width/2+10, s.y+26.5, width/2-10, 'R', status, says)
	s.y += 31
	s.rule(s.y, 1.25, 0)
	s.y += 5
}

// volumes prints the four figures that everybody looks for. They are rounded to what a ticket usually has; the exact ones are in the
// arithmetic.
func (s *sheet) volumes() {
	t := s.t
	places := 3
	if t.Basis().Unit == quantity.Barrel {
		places = 2
	}
	at := string(t.Basis().Unit) + " at " + conditions(t.Basis().Reference)
	sw, nsv, of := "", "", "provisional: sediment and water are not settled"
	if t.SW != nil {
		sw, nsv, of = t.SW.Percent.String(), t.NSV.Decimal(places), at
	}
	const gap, height = 7, 40
	width := snap((s.right - s.left - 3*gap) / 4)
	for i, b := range []struct{ name, value, unit string }{
		{"Indicated volume", t.IV.Decimal(places), string(t.Basis().Unit) + " at metering conditions"},
		{"Gross standard volume", t.GSV.Decimal(places), at},
		{"Sediment and water", sw, "% of the volume"},
		{"Net standard volume", nsv, of},
	} {
		x := s.left + float64(i)*(width+gap)
		s.pdf.SetDrawColor(120, 120, 120)
		s.pdf.SetLineWidth(0.5)
		s.pdf.Rect(x, s.y, width, height, "D")
		s.text(x+5, s.y+10, width-10, 'L', label, b.name)
		if b.value == "" {
			s.text(x+5, s.y+25.5, width-10, 'R', absent, NotStated)
		} else {
			s.text(x+5, s.y+25.5, width-10, 'R', font{family: "Helvetica", style: "B", size: 14}, b.value)
		}
		s.text(x+5, s.y+35.5, width-10, 'R', small, b.unit)
	}
	s.y += height
}

// conditions names reference conditions for the page.
func conditions(r quantity.Reference) string {
	n := len(r) - 1
	if n < 1 {
		return "no reference conditions"
	}
	return string(r[:n]) + " \u00b0" + string(r[n:]) + ", 0 gauge"
}

func (s *sheet) identification() {
	t := s.t
	s.section("Identification", "")
	replaces := "nothing: this is the first version"
	if t.Version > 1 {
		replaces = fmt.Sprintf("version %d, %s...", t.Version-1, t.Previous.String()[:16])
	}
	operator, approval, station, source, origin := NotStated, NotStated, NotStated, NotStated, NotStated
	if m := s.Meter; m != nil {
		operator, approval, station = s.name(m.Operator), or(m.Approval), or(m.Facility)
	}
	if f := s.Facility; f != nil {
		station = listed(f.ID, f.UWI, f.API, f.Port)
	}
	if o := s.Source; o != nil {
		source, origin = o.ID, or(listed(o.Facility, o.Location))
	}
	removed, installed := s.seals()
	s.fields(
		[]field{
			{"Lease, unit or CA", NotStated}, {"Source", source}, {"Facility of the source", origin}, {"Batch", or(t.Batch)},
			{"Ticket made", utc(t.At)}, {"Replaces", replaces}, {"Seals removed", removed},
		},
		[]field{
			{"Meter", t.Point}, {"Facility of the meter", station}, {"Operator of the meter", operator}, {"Approval of the meter", approval},
			{"Records", fmt.Sprintf("%d to %d of device %s...", t.First, t.Last, t.Device.String()[:16])},
			{"Name of the person", or(s.Person)}, {"Seals installed", installed},
		},
	)
}

// listed joins the texts that are there.
func listed(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), ", ")
}

// seals returns what the books have of seals taken off and put on from the ticket's opening to its closing.
func (s *sheet) seals() (removed, installed string) {
	if len(s.Seals) == 0 {
		return NotStated, NotStated
	}
	during := func(c *custody.SealChange) bool { return c != nil && c.At >= s.t.Open && c.At <= s.t.Close }
	var off, on []string
	for _, seal := range s.Seals {
		name := seal.ID + " (" + seal.Part + ")"
		if during(seal.Removed) {
			off = append(off, name)
		}
		if during(&seal.Installed) {
			on = append(on, name)
		}
	}
	const none = "none from opening to closing"
	return cmp.Or(listed(off...), none), cmp.Or(listed(on...), none)
}

// name returns the name of one of the two parties.
func (s *sheet) name(did string) string {
	for i, party := range []string{s.t.From, s.t.To} {
		if did == party && s.Names[i] != "" {
			return s.Names[i]
		}
	}
	return did
}

// unit writes a unit of the records for the page.
func unit(u string) string { return strings.Replace(u, "deg", "\u00b0", 1) }

// totals prints what stood in the registers when the ticket opened and closed.
func (s *sheet) totals() {
	t, p := s.t, s.t.Parameters
	s.section("Opening and closing", "none of these registers can be reset")
	opened, elapsed := "with the first record", NotStated
	if t.First > 0 {
		opened, elapsed = utc(t.Open), span(t.Close-t.Open)
	}
	volume := string(p.Basis.Unit)
	rows := [][5]string{
		{"", "Opening", "Closing", "Difference", "Unit"},
		{"Date and time", opened, utc(t.Close), elapsed, "h:min:s"},
		{"Counter of the meter itself", counter(s.Opening), counter(s.Closing), "", "counts"},
	}
	add := func(name, unit string, o, c quantity.Micro) {
		less, err := c.Sub(o)
		if err != nil { // Arithmetic has refused it for those that count
			rows = append(rows, [5]string{name, full(o), full(c), "out of range", unit})
			return
		}
		rows = append(rows, [5]string{name, full(o), full(c), full(less), unit})
	}
	o, c := t.Opening, t.Closing
	add("Indicated volume IV", volume, o.IV, c.IV)
	add("Gross standard volume GSV", p.Basis.String(), o.GSV, c.GSV)
	add("Mass M", "kg", o.Mass, c.Mass)
	add("Temperature x IV", unit(p.TemperatureUnit)+" "+volume, o.Temperature, c.Temperature)
	add("Gauge pressure x IV", p.PressureUnit+" "+volume, o.Pressure, c.Pressure)
	add("Base density x IV", "kg/m3 "+volume, o.Density, c.Density)
	s.table(rows)
}

// table prints rows of a name, three figures and a unit; the first row is the heading.
func (s *sheet) table(rows [][5]string) {
	const name, units, pad = 122, 62, 4
	figure := snap((s.right - s.left - name - units) / 3)
	for i, row := range rows {
		y := s.y + float64(i+1)*s.step - 2.25
		f := mono
		if i == 0 {
			f = label
		}
		s.text(s.left+pad, y, name-pad, 'L', label, row[0])
		for j, text := range row[1:4] {
			x := s.left + name + float64(j)*figure
			if text == NotStated {
				s.text(x, y, figure-pad, 'R', absent, text)
				continue
			}
			s.text(x, y, figure-pad, 'R', f, text)
		}
		s.text(s.right-units+pad, y, units-pad, 'L', label, row[4])
	}
	s.y += float64(len(rows)) * s.step
}

// span prints a time in ms as h:min:s.
func span(ms int64) string {
	return fmt.Sprintf("%d:%02d:%02d", ms/3_600_000, ms/60_000%60, ms/1000%60)
}

func counter(r *record.Record) string {
	if r == nil || r.Interval == nil {
		return NotStated
	}
	return fmt.Sprint(r.Interval.Totaliser)
}

func (s *sheet) conditions() {
	t, p := s.t, s.t.Parameters
	s.section("Conditions and factors", "averages are weighted by flow")
	sample, laboratory, report, clock, uncertainty := NotStated, NotStated, NotStated, NotStated, NotStated
	if t.SW != nil {
		report = "SHA-256 " + t.SW.Report.String()[:32] + "..."
	}
	if r := s.Report; r != nil {
		sample, laboratory, report = utc(r.Sampled), r.Laboratory, r.ID+", "+or(r.Method)
	}
	if s.Closing != nil {
		clock = s.Closing.Clock.String()
	}
	if s.Meter != nil {
		uncertainty = s.Meter.Uncertainty.String() + " % of the volume (k = 2)"
	}
	s.fields(
		[]field{
			{"Average temperature", full(t.Temperature) + " " + unit(p.TemperatureUnit)},
			{"Average pressure", full(t.Pressure) + " " + p.PressureUnit},
			{"Observed gravity", NotStated},
			{"API gravity at 60 \u00b0F", gravity(t)},
			{"Sample taken", sample},
			{"Laboratory report", report},
			{"Laboratory", laboratory},
		},
		[]field{
			{"Meter factor MF", p.MeterFactor.String()},
			{"Composite factor", NotStated},
			{"K-factor", p.KFactor.String() + " pulses per " + string(p.Basis.Unit)},
			{"Method", p.Method},
			{"Rounding of inputs", p.Rounding},
			{"Clock at closing", clock},
			{"Uncertainty of the meter", uncertainty},
		},
	)
}

// gravity prints the API gravity of a ticket.
func gravity(t *ticket.Ticket) string {
	if api := gravityOf(t); api != "" {
		return api + " \u00b0API (MPMS 11.1, from the base density D)"
	}
	return NotStated
}

// gravityOf returns the API gravity at 60 F that the ticket's average base density comes to, by MPMS 11.1, or "" where that has none.
func gravityOf(t *ticket.Ticket) string {
	group, err := liquid.ParseGroup(t.Parameters.Commodity)
	if err != nil {
		return ""
	}
	at60, err := liquid.Rebase(group, t.Density.Float(), t.Basis().Reference, quantity.At60F)
	if err != nil {
		return ""
	}
	api, err := liquid.ReportAPIGravity(at60.Density)
	if err != nil {
		return ""
	}
	return api.String()
}

func (s *sheet) arithmetic(steps []Step) {
	s.section("Arithmetic", "each figure rounded once, half away from zero, to the decimals printed")
	const name, note, pad = 32, 116, 4
	for i, a := range steps {
		y := s.y + float64(i+1)*s.step - 2.25
		bold := mono
		bold.style = "B"
		s.text(s.left+pad, y, name-pad, 'L', bold, a.Name)
		line := strings.TrimPrefix(Step{Name: a.Name, From: a.From, Result: a.Result, Unit: unit(a.Unit)}.String(), a.Name+" ")
		s.text(s.left+name, y, s.right-s.left-name-note-pad, 'L', mono, line)
		s.text(s.right-note, y, note-pad, 'R', label, a.Note)
	}
	s.y += float64(len(steps)) * s.step
}

func (s *sheet) parties() {
	s.section("Parties", "both sign the bytes that the hash below names")
	const gap, height, pad = 8, 85, 5
	width := snap((s.right - s.left - gap) / 2)
	for i, did := range []string{s.t.From, s.t.To} {
		x, sig := s.left+float64(i)*(width+gap), s.Signatures[i]
		inner := width - 2*pad
		s.pdf.SetDrawColor(120, 120, 120)
		s.pdf.SetLineWidth(0.5)
		s.pdf.Rect(x, s.y+1, width, height, "D")
		name := strong
		if s.Names[i] == "" {
			name = absent
		}
		s.text(x+pad, s.y+10.5, 50, 'L', label, [2]string{"Delivers", "Receives"}[i])
		s.text(x+pad+50, s.y+10.5, inner-50, 'R', name, or(s.Names[i]))
		s.text(x+pad, s.y+20.5, inner, 'R', value, did)
		s.text(x+pad, s.y+30.5, 50, 'L', label, "Signature")
		s.text(x+pad+50, s.y+30.5, inner-50, 'R', value, s.state(sig))
		s.text(x+pad, s.y+40.5, 50, 'L', label, "Key")
		s.text(x+pad+50, s.y+40.5, inner-50, 'R', value, sig.Key)
		s.text(x+pad, s.y+49, inner, 'R', font{family: "Courier", size: 6.25}, sig.Kid)
		s.line(x+pad, x+inner-60, s.y+74.5, 0.5, 60)
		s.line(x+inner-50, x+pad+inner, s.y+74.5, 0.5, 60)
		s.text(x+pad, s.y+81.5, 120, 'L', small, "by hand, name in print")
		s.text(x+inner-50, s.y+81.5, 50, 'L', small, "date")
	}
	s.y += height + 3
}

// state says what is known of a signature.
func (s *sheet) state(g Signature) string {
	switch {
	case g.Kid == "":
		return "none at hand"
	case s.Standing == Verified:
		return "verified"
	case s.Standing == Consistent:
		return "consistent, on a key that came along"
	}
	return "given, not verified"
}

// proof prints the code and what it says.
func (s *sheet) proof() {
	const side = 86
	s.y += 4
	s.page.code(s.left, s.y, side, s.code)
	x := s.left + side + 10
	w := s.right - x
	s.text(x, s.y+11, w, 'L', head, "PROOF")
	s.text(x, s.y+22, w, 'L', value, "SHA-256 of this ticket, as the code has it:")
	big := font{family: "Courier", style: "B", size: 9.5}
	hash := s.hash.String()
	s.text(x, s.y+34, w, 'L', big, "gauger:ticket:")
	s.text(x+86, s.y+34, w-86, 'L', big, grouped(hash[:32]))
	s.text(x+86, s.y+45, w-86, 'L', big, grouped(hash[32:]))
	address := "The code holds no address: the name alone."
	if base, found := strings.CutSuffix(s.code, "gauger:ticket:"+hash); found && base != "" {
		address = "The code leads to its proof below " + base
	}
	s.text(x, s.y+58, w, 'L', value, address)
	s.text(x, s.y+70, w, 'L', label,
		"The figures count as signed in the ticket's bytes; this page repeats them. The hash covers every figure of the ticket.")
	s.text(x, s.y+80, w, 'L', label, "To check: gauger verify BUNDLE --trust FILE, with the bundle that carries it, offline.")
	for _, d := range s.Disputes {
		s.text(s.left, s.y+side+8, s.right-s.left, 'L', strong, "Disputed by "+s.name(d.By)+", "+utc(d.At)+": "+d.Reason)
		break // a page has room for one; the title says that there is a dispute
	}
	s.y += side
}

// grouped sets blanks after every eighth digit, for reading aloud.
func grouped(hex string) string {
	var b strings.Builder
	for i, c := range []byte(hex) {
		if i > 0 && i%8 == 0 {
			b.WriteByte(' ')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// footer says what the page was printed from, and what happened to its texts: it comes last.
func (s *sheet) footer() {
	from := "Printed from a ticket file, " + string(Unverified)
	if s.Standing == Consistent || s.Standing == Verified {
		from = "Printed from a bundle, " + string(s.Standing)
	}
	from += ". Times are UTC. \u201c" + NotStated + "\u201d: neither the ticket nor the evidence at hand holds it."
	var mended []string
	if s.foreign {
		mended = append(mended, "A character outside Windows-1252 is printed as ?.")
	}
	if s.less {
		mended = append(mended, "A text that did not fit lost its middle (\u2026). The signed bytes hold them whole.")
	}
	y := s.height - 27
	s.rule(y-8, 0.5, 150)
	s.text(s.left, y, s.right-s.left, 'L', small, from)
	s.text(s.left, y+9, s.right-s.left, 'L', small, strings.Join(mended, " "))
}
