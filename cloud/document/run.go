package document

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// RunStatement is all run tickets of a measuring point, a facility or a source in a month, each in its newest version.
type RunStatement struct {
	Head
	Kind   string     `json:"kind"` // "measuring point", "facility", "source"
	Runs   []Run      `json:"runs"` // as they closed
	Totals []RunTotal `json:"totals"`
	// Attested are carriers' own tickets that the books rest on, as they closed: behind them are no signed records, and of their factors
	// the books have none. They are in no total.
	Attested []custody.Citation `json:"attested,omitempty"`
}

// Run is a run ticket on a statement.
type Run struct {
	Ticket          string           `json:"ticket"`
	Version         uint64           `json:"version"`
	Hash            record.Hash      `json:"hash"`   // SHA-256 of the encoded ticket
	Status          string           `json:"status"` // "final", "provisional", "voided"
	Booked          bool             `json:"booked"` // an event in the books rests on it
	Disputed        bool             `json:"disputed"`
	Void            string           `json:"void,omitempty"`   // event that took it back
	Reason          string           `json:"reason,omitempty"` // of the void
	Point           string           `json:"point"`
	Facility        string           `json:"facility,omitempty"` // of the meter
	Source          string           `json:"source,omitempty"`   // whose oil it is: lease, well, battery
	Batch           string           `json:"batch,omitempty"`
	From            Party            `json:"from"`
	To              Party            `json:"to"`
	Open            int64            `json:"open,omitempty"` // ms since 1970 UTC; absent when it opened with the point's first record
	Close           int64            `json:"close"`
	Basis           quantity.Basis   `json:"basis"`
	IV              quantity.Micro   `json:"iv"` // indicated volume, in the unit of Basis
	Temperature     quantity.Micro   `json:"temperature"`
	TemperatureUnit string           `json:"temperatureUnit"`
	Density         quantity.Micro   `json:"density"`           // kg/m3 at the reference conditions of Basis
	Gravity         string           `json:"gravity,omitempty"` // degrees API at 60 F, from Density
	MeterFactor     quantity.Factor  `json:"meterFactor"`
	CTPL            quantity.Factor  `json:"ctpl"`
	GSV             quantity.Micro   `json:"gsv"`
	SW              *quantity.Factor `json:"sw,omitempty"`  // sediment and water, percent; absent while provisional
	NSV             *quantity.Micro  `json:"nsv,omitempty"` // absent while provisional
}

// RunTotal is the sum of the runs on one basis: those that were not voided.
type RunTotal struct {
	Basis       quantity.Basis `json:"basis"`
	Runs        int            `json:"runs"`
	Provisional int            `json:"provisional"` // of these
	NotBooked   int            `json:"notBooked"`   // of these
	Voided      int            `json:"voided"`      // beside these
	IV          quantity.Micro `json:"iv"`
	GSV         quantity.Micro `json:"gsv"`
	FinalGSV    quantity.Micro `json:"finalGSV"` // of the final ones, as the two below
	Water       quantity.Micro `json:"water"`    // sediment and water
	NSV         quantity.Micro `json:"nsv"`
}

// Runs returns the run statement of a name for a month that begins as MonthFrom has it: of a measuring point, a facility with all its
// meters and sources, or a source. A ticket is of the month in which it closed; one that closed as the month began is of the month
// before. The error wraps audit.ErrQuestion or audit.ErrUnknown where the question is at fault.
func Runs(c *audit.Case, name, month, begins string) (*RunStatement, error) {
	period, err := MonthFrom(month, begins)
	if err != nil {
		return nil, err
	}
	r := &runs{Case: c, names: namesOf(c)}
	if err := r.read(); err != nil {
		return nil, err
	}
	s := &RunStatement{Head: headOf(c, name, period), Runs: []Run{}, Totals: []RunTotal{}}
	of := (func(Run) bool)(nil)
	if s.Kind, of = r.kindOf(name); s.Kind == "" {
		return nil, fmt.Errorf("%w: %s is no measuring point with a ticket, no facility and no source", audit.ErrUnknown, name)
	}
	for _, t := range r.newest() {
		if t.Close <= period.From || t.Close > period.Until {
			continue
		}
		run, err := r.run(t)
		if err != nil {
			return nil, err
		}
		if of(run) {
			s.Runs = append(s.Runs, run)
		}
	}
	slices.SortFunc(s.Runs, func(a, b Run) int { return cmp.Or(cmp.Compare(a.Close, b.Close), cmp.Compare(a.Ticket, b.Ticket)) })
	for _, t := range r.attested {
		if t.Close > period.From && t.Close <= period.Until && of(Run{Point: t.Point, Source: r.sources[t.ID]}) {
			s.Attested = append(s.Attested, t)
		}
	}
	if n := len(s.Runs) + len(s.Attested); n > MaxLines {
		return nil, fmt.Errorf("%w: %s has %d tickets in %s, at most %d fit a statement", audit.ErrQuestion, name, n, month, MaxLines)
	}
	slices.SortFunc(s.Attested, func(a, b custody.Citation) int { return cmp.Or(cmp.Compare(a.Close, b.Close), cmp.Compare(a.ID, b.ID)) })
	return s, s.sum()
}

// runs is what is known around the tickets of a case.
type runs struct {
	*audit.Case
	names
	booked   map[string]bool              // by ticket: an event in force cites it
	voided   map[string]custody.VoidState // by ticket that an event cited before it was voided
	sources  map[string]string            // by ticket that a receipt cites
	located  map[string]string            // facility by source
	disputes []custody.DisputeState
	attested map[string]custody.Citation // carriers' own tickets by their names in the books
}

// read gathers who cites which ticket.
func (r *runs) read() error {
	r.booked, r.voided, r.sources, r.located = map[string]bool{}, map[string]custody.VoidState{}, map[string]string{}, map[string]string{}
	r.disputes = r.Books.Disputes()
	cited := map[string]string{} // ticket by event in force
	cite := func(e custody.Event) {
		delete(cited, e.ID)
		if e.Ticket != nil && r.Tickets[*e.Ticket] != nil {
			cited[e.ID] = r.Tickets[*e.Ticket].ID
		}
	}
	replaced := map[string]custody.Event{}
	for _, e := range r.Events() {
		if e.Void == nil {
			cite(e)
		} else if e.Void.Replacement != nil {
			replaced[e.ID] = *e.Void.Replacement
		}
	}
	for _, v := range r.Books.Voids() {
		if id := cited[v.Of]; id != "" {
			r.voided[id] = v
		}
		delete(cited, v.Of)
		if e, is := replaced[v.Event]; is {
			cite(e)
		}
	}
	for _, id := range cited {
		r.booked[id] = true
	}
	r.attested = map[string]custody.Citation{}
	adjusted := map[string]bool{} // events whose movements stay in a closed month, taken back after it
	for _, v := range r.Books.Voids() {
		adjusted[v.Of] = adjusted[v.Of] || v.Adjusted
	}
	for _, m := range r.Books.Movements(0) {
		if m.Ticket == nil {
			continue
		}
		if id, is := m.From.Source(); is && m.Effect == custody.Received {
			r.sources[m.Ticket.ID] = id
		}
		if m.Ticket.Carrier != "" && !adjusted[m.Event] {
			r.attested[m.Ticket.ID] = *m.Ticket
		}
	}
	for _, id := range r.Books.Sources() {
		s, err := r.Books.Source(id, 0)
		if err != nil {
			return err
		}
		r.located[id] = s.Facility
	}
	return nil
}

// kindOf returns what a name is of, "" for nothing, and whether a run is of it.
func (r *runs) kindOf(name string) (kind string, of func(Run) bool) {
	known := len(r.Books.Installations(name)) > 0
	for _, t := range r.Tickets {
		known = known || t.Point == name
	}
	for _, t := range r.attested {
		known = known || t.Point == name
	}
	if known {
		return "measuring point", func(run Run) bool { return run.Point == name }
	}
	known = slices.ContainsFunc(r.Books.Facilities(), func(f custody.FacilityState) bool { return f.ID == name })
	if known || slices.Contains(slices.Collect(maps.Values(r.located)), name) {
		return "facility", func(run Run) bool { return run.Facility == name || r.located[run.Source] == name }
	}
	if _, known := r.located[name]; known {
		return "source", func(run Run) bool { return run.Source == name }
	}
	return "", nil
}

// newest returns the newest version of each ticket.
func (r *runs) newest() []*ticket.Ticket {
	all := map[string]*ticket.Ticket{}
	for _, t := range r.Tickets {
		if before := all[t.ID]; before == nil || t.Version > before.Version {
			all[t.ID] = t
		}
	}
	return slices.Collect(maps.Values(all))
}

func (r *runs) run(t *ticket.Ticket) (Run, error) {
	encoded, err := t.Encode()
	if err != nil {
		return Run{}, err
	}
	run := Run{
		Ticket: t.ID, Version: t.Version, Hash: ticket.Hash(encoded), Status: t.Status(), Booked: r.booked[t.ID], Point: t.Point,
		Source: r.sources[t.ID], Batch: t.Batch, From: r.party(r.Case, t.From), To: r.party(r.Case, t.To), Close: t.Close, Basis: t.Basis(),
		IV: t.IV, Temperature: t.Temperature, TemperatureUnit: t.Parameters.TemperatureUnit, Density: t.Density, MeterFactor: t.Parameters.MeterFactor,
		CTPL: t.CTPL, GSV: t.GSV,
	}
	if t.First > 0 {
		run.Open = t.Open
	}
	if t.SW != nil {
		sw, nsv := t.SW.Percent, t.NSV
		run.SW, run.NSV = &sw, &nsv
	}
	run.Gravity = gravityOf(t)
	if v, is := r.voided[t.ID]; is && !run.Booked {
		run.Status, run.Void, run.Reason = "voided", v.Event, v.Reason
	}
	for _, i := range r.Books.Installations(t.Point) {
		if i.At <= t.At && (i.Operator == t.From || i.Operator == t.To) {
			run.Facility = i.Facility
		}
	}
	for _, d := range r.disputes {
		run.Disputed = run.Disputed || d.Ticket == t.ID && d.Settled == ""
	}
	return run, nil
}

// sum makes the totals, by basis.
func (s *RunStatement) sum() error {
	for _, r := range s.Runs {
		i := slices.IndexFunc(s.Totals, func(t RunTotal) bool { return t.Basis == r.Basis })
		if i < 0 {
			i = len(s.Totals)
			s.Totals = append(s.Totals, RunTotal{Basis: r.Basis})
		}
		if err := s.Totals[i].add(r); err != nil {
			return fmt.Errorf("total of %s: %w", s.Of, err)
		}
	}
	slices.SortFunc(s.Totals, func(a, b RunTotal) int { return cmp.Compare(a.Basis.String(), b.Basis.String()) })
	return nil
}

func (t *RunTotal) add(r Run) (err error) {
	if r.Void != "" {
		t.Voided++
		return nil
	}
	t.Runs++
	if !r.Booked {
		t.NotBooked++
	}
	if t.IV, err = t.IV.Add(r.IV); err != nil {
		return err
	}
	if t.GSV, err = t.GSV.Add(r.GSV); err != nil {
		return err
	}
	if r.NSV == nil {
		t.Provisional++
		return nil
	}
	if t.FinalGSV, err = t.FinalGSV.Add(r.GSV); err != nil {
		return err
	}
	if t.NSV, err = t.NSV.Add(*r.NSV); err != nil {
		return err
	}
	t.Water, err = t.FinalGSV.Sub(t.NSV)
	return err
}

// state prints how a run stands.
func (r Run) state() string {
	s := r.Status
	if r.Disputed {
		s += ", disputed"
	}
	if r.Void == "" && !r.Booked {
		s += ", not booked"
	}
	return s
}

// Table returns a row for each run, and one for each total.
func (s *RunStatement) Table() *Table {
	g := newGrid("of", "month", "row", "ticket", "#version", "status", "booked", "disputed", "void", "reason", "ticket SHA-256", "point",
		"facility", "source", "batch", "delivers", "receives", "name of who delivers", "name of who receives", "open", "close", "#runs", "#IV",
		"#average temperature", "#average density", "#API gravity", "#meter factor", "#CTPL", "#GSV", "#S&W", "#sediment and water", "#NSV")
	for _, r := range s.Runs {
		g.row()
		opened := ""
		if r.Open != 0 {
			opened = instant(r.Open)
		}
		g.texts("of", s.Of, "month", s.Period.Name, "row", "run", "ticket", r.Ticket, "version", strconv.FormatUint(r.Version, 10), "status", r.Status,
			"booked", strconv.FormatBool(r.Booked), "disputed", strconv.FormatBool(r.Disputed), "void", r.Void, "reason", r.Reason,
			"ticket SHA-256", r.Hash.String(), "point", r.Point, "facility", r.Facility, "source", r.Source, "batch", r.Batch, "delivers", r.From.DID,
			"receives", r.To.DID, "name of who delivers", r.From.Name, "name of who receives", r.To.Name, "open", opened, "close", instant(r.Close),
			"meter factor", r.MeterFactor.String(), "CTPL", r.CTPL.String())
		g.amount("IV", string(r.Basis.Unit), r.IV)
		g.amount("average temperature", r.TemperatureUnit, r.Temperature)
		g.amount("average density", "kg/m3 at "+string(r.Basis.Reference), r.Density)
		g.set("API gravity", "degAPI at 60F", r.Gravity)
		g.amount("GSV", r.Basis.String(), r.GSV)
		if r.NSV != nil && r.SW != nil {
			g.set("S&W", "%", r.SW.String())
			g.amount("sediment and water", r.Basis.String(), r.GSV-*r.NSV) // a part of GSV
			g.amount("NSV", r.Basis.String(), *r.NSV)
		}
	}
	for _, t := range s.Attested {
		g.row()
		g.texts("of", s.Of, "month", s.Period.Name, "row", "carrier's ticket", "ticket", t.ID, "version", strconv.FormatUint(t.Version, 10), "status", "attested",
			"booked", "true", "ticket SHA-256", t.Hash.String(), "point", t.Point, "open", instant(t.Open), "close", instant(t.Close))
		g.amount("average density", "kg/m3 at "+string(t.Basis.Reference), t.Density)
		g.amount("GSV", t.Basis.String(), t.GSV)
		if t.NSV != nil {
			g.amount("sediment and water", t.Basis.String(), t.GSV-*t.NSV) // a part of GSV
			g.amount("NSV", t.Basis.String(), *t.NSV)
		}
		if t.SW != nil {
			g.set("S&W", "%", t.SW.String())
		}
	}
	for _, t := range s.Totals {
		g.row()
		g.texts("of", s.Of, "month", s.Period.Name, "row", "total", "status", t.state(), "runs", strconv.Itoa(t.Runs))
		g.amount("IV", string(t.Basis.Unit), t.IV)
		g.amount("GSV", t.Basis.String(), t.GSV)
		if t.Provisional < t.Runs {
			g.amount("sediment and water", t.Basis.String(), t.Water)
			g.amount("NSV", t.Basis.String(), t.NSV)
		}
	}
	t := g.table("run statement")
	t.Made = s.At
	return t
}

// state says what is not settled in a total.
func (t RunTotal) state() string {
	var all []string
	for _, n := range []struct {
		of   int
		what string
	}{{t.Provisional, "provisional"}, {t.NotBooked, "not booked"}, {t.Voided, "voided"}} {
		if n.of > 0 {
			all = append(all, fmt.Sprint(n.of, " ", n.what))
		}
	}
	return cmp.Or(listed(all...), "all final")
}

func (s *RunStatement) layout() layout {
	l := layout{
		title: "RUN STATEMENT", subtitle: "Run tickets of a " + s.Kind + ", each in its newest version, by the time it closed", lying: true, made: s.At,
		number: s.Of + ", " + s.Period.Name, status: "NO RUNS",
		about:   [2][]field{append([]field{{"Of " + s.Kind, s.Of}}, s.period()...), {s.books()}},
		signers: []string{"Delivers", "Receives"},
	}
	if between := s.between(); between != nil {
		l.signers = []string{"Delivers: " + between[0].String(), "Receives: " + between[1].String()}
		l.about[1] = append([]field{{"Delivers", between[0].String()}, {"Receives", between[1].String()}}, l.about[1]...)
	}
	p := part{name: "Runs", note: "volumes in the unit of the basis; averages are weighted by flow", columns: []column{
		{"Ticket", "", false}, {"Status", "", false}, {"Meter", "", false}, {"Source, batch", "", false}, {"Opened, UTC", "", false}, {"Closed, UTC", "", false},
		{"Basis", "", false}, {"Indicated\nvolume", "", true}, {"Meter\nfactor", "", true}, {"Temp.", s.temperatures(), true}, {"Gravity", "\u00b0API 60 \u00b0F", true},
		{"CTPL", "", true}, {"Gross\nstandard", "", true}, {"S&W", "%", true}, {"Net\nstandard", "", true},
	}}
	for _, r := range s.Runs {
		sw, nsv := says(""), says("")
		if r.NSV != nil && r.SW != nil {
			sw, nsv = says(r.SW.String()), measures(*r.NSV)
		}
		line := row{cells: []cell{
			says(r.Ticket + " v" + strconv.FormatUint(r.Version, 10)), says(r.state()), says(r.Point), says(or(listed(r.Source, r.Batch))), says(short(r.Open)), says(short(r.Close)),
			says(r.Basis.String()), measures(r.IV), says(r.MeterFactor.String()), says(r.Temperature.Decimal(2)), says(r.Gravity), says(r.CTPL.String()),
			measures(r.GSV), sw, nsv,
		}}
		if r.Void != "" {
			line.kind = struckRow
			l.notes = append(l.notes, fmt.Sprintf("Ticket %s was taken back by event %s and is in no sum. Reason: %s.", r.Ticket, r.Void, or(r.Reason)))
		}
		p.rows = append(p.rows, line)
	}
	for _, t := range s.Totals {
		l.status = t.state()
		net := says("")
		if t.Provisional < t.Runs {
			net = measures(t.NSV)
		}
		p.rows = append(p.rows, row{kind: totalRow, cells: []cell{
			says("Total"), says(plural(t.Runs, "run", "runs")), {}, {}, {}, {}, says(t.Basis.String()), measures(t.IV), {}, {}, {}, {},
			measures(t.GSV), {}, net,
		}})
		if t.Provisional > 0 {
			l.notes = append(l.notes, fmt.Sprintf("Provisional: %d of %s in %s, whose sediment and water are not settled. The net standard volume is of the others, "+
				"which are %s gross.", t.Provisional, plural(t.Runs, "run", "runs"), t.Basis, quantity.Grouped(t.FinalGSV.Decimal(3))))
		}
	}
	if len(s.Totals) > 1 {
		l.status = fmt.Sprint(len(s.Totals), " bases")
	}
	if len(s.Runs) == 0 && len(s.Attested) > 0 {
		l.status = "CARRIERS' OWN TICKETS"
	}
	l.parts = []part{p}
	if len(s.Attested) > 0 {
		l.parts = append(l.parts, s.attestedPart())
	}
	return l
}

// attestedPart lists carriers' own tickets.
func (s *RunStatement) attestedPart() part {
	p := part{name: "Carriers' own tickets", note: "signed by both parties, without signed records of a meter; in no total above", columns: []column{
		{"Ticket", "", false}, {"Meter", "", false}, {"Opened, UTC", "", false}, {"Closed, UTC", "", false}, {"Basis", "", false},
		{"Density", "kg/m3", true}, {"Gross\nstandard", "", true}, {"S&W", "%", true}, {"Net\nstandard", "", true},
	}}
	for _, t := range s.Attested {
		sw, nsv := says(""), says("")
		if t.SW != nil {
			sw = says(t.SW.String())
		}
		if t.NSV != nil {
			nsv = measures(*t.NSV)
		}
		p.rows = append(p.rows, row{cells: []cell{
			says(t.ID), says(t.Point), says(short(t.Open)), says(short(t.Close)), says(t.Basis.String()), says(t.Density.Decimal(1)), measures(t.GSV), sw, nsv,
		}})
	}
	return p
}

// between returns the two parties of all runs, or nil where they are not the same.
func (s *RunStatement) between() []Party {
	for _, r := range s.Runs {
		if r.From != s.Runs[0].From || r.To != s.Runs[0].To {
			return nil
		}
	}
	if len(s.Runs) == 0 {
		return nil
	}
	return []Party{s.Runs[0].From, s.Runs[0].To}
}

// temperatures returns the unit of all runs' temperatures, or "" where there are two.
func (s *RunStatement) temperatures() string {
	u := ""
	for i, r := range s.Runs {
		if i > 0 && r.TemperatureUnit != u {
			return ""
		}
		u = r.TemperatureUnit
	}
	return unit(u)
}

// short prints an instant of a period, to the minute where it is one; "" for none.
func short(ms int64) string {
	switch {
	case ms == 0:
		return ""
	case ms%60_000 == 0:
		return date(ms).Format("01-02 15:04")
	}
	return date(ms).Format("01-02 15:04:05")
}
