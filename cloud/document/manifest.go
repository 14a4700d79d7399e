package document

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/metrology/quantity"
)

// Manifest is what is due at a port in a month or on a day, and what crossed there: an estimate, and what was measured. Days are
// customs days at the port.
type Manifest struct {
	Port string `json:"port"`           // Schedule D
	Name string `json:"name,omitempty"` // by the port table
	Date string `json:"date"`           // "2024-03" or "2024-03-11"
	// Event and At are the last event in the books, which the manifest is of: ms since 1970 UTC.
	Event string `json:"event"`
	At    int64  `json:"at"`
	// ScheduledDeliveries sum up Expected, with the names of a MonthlyAdvanceManifest of the W3C CCG traceability vocabulary.
	ScheduledDeliveries []ScheduledDelivery `json:"scheduledDeliveries"`
	Expected            []Consignment       `json:"expected"` // by the time they are due
	Crossed             []Consignment       `json:"crossed"`  // by the time they crossed
	Totals              []ManifestTotal     `json:"totals"`   // by basis
}

// ScheduledDelivery is what one transporter is expected to bring over the border for one place.
type ScheduledDelivery struct {
	PortCode                 string     `json:"portCode"`
	PortOfArrival            string     `json:"portOfArrival"` // place where the port's meter is
	Transporter              Party      `json:"transporter"`
	DeliveryLocation         string     `json:"deliveryLocation"`
	SumOfScheduledDeliveries []Measured `json:"sumOfScheduledDeliveries"` // by basis
	NumberOfBatches          int        `json:"numberOfBatches"`
	CountOfShippers          int        `json:"countOfShippers"`
	shippers                 []string
}

// Measured is a volume with its basis.
type Measured struct {
	Value quantity.Micro `json:"value"`
	Basis quantity.Basis `json:"basis"`
}

// Consignment is a batch or lot on a manifest.
type Consignment struct {
	Batch     string         `json:"batch"`
	Day       string         `json:"day"` // customs day
	At        int64          `json:"at"`  // ms since 1970 UTC: when it is due, or when its ticket at the port closed
	Place     string         `json:"place"`
	Belongs   string         `json:"belongs"`            // why the place is of the port, as in audit.Crossing
	Delivery  string         `json:"delivery,omitempty"` // place at the end of the line
	Carrier   Party          `json:"carrier"`
	Shipper   Party          `json:"shipper"`             // owner at the injection
	Consignor Party          `json:"consignor"`           // who handed it to the first carrier
	Consignee *Party         `json:"consignee,omitempty"` // importer by its entries; else who received it, or bought it on the way
	Headings  []string       `json:"headings"`            // of the HS, of its sources, the largest first
	Commodity []string       `json:"commodity"`           // as its sources describe it, the largest first
	OutOf     string         `json:"outOf"`               // tank, or stream, whose name is its grade
	Density   quantity.Micro `json:"density"`             // kg/m3 by the books
	Basis     quantity.Basis `json:"basis"`
	Volume    quantity.Micro `json:"volume"`           // of what is due by the last meter, an estimate; of what crossed by the port's
	Ticket    string         `json:"ticket,omitempty"` // of what crossed
	Entries   []string       `json:"entries,omitempty"`
	Bond      string         `json:"bond,omitempty"` // in-bond number
}

// ManifestTotal is the sums of a manifest on one basis.
type ManifestTotal struct {
	Basis    quantity.Basis `json:"basis"`
	Batches  int            `json:"batches"` // expected
	Shippers int            `json:"shippers"`
	Expected quantity.Micro `json:"expected"`
	Lots     int            `json:"lots"` // crossed
	Crossed  quantity.Micro `json:"crossed"`
	shippers []string
}

// PortManifest returns the manifest of a port, by its code, for a month such as 2024-03 or a day such as 2024-03-11. The error wraps
// audit.ErrQuestion or audit.ErrUnknown where the question is at fault.
func PortManifest(c *audit.Case, port, date string) (*Manifest, error) {
	expected, err := c.Expected(port, date)
	if err != nil {
		return nil, err
	}
	crossed, err := c.Crossings(port, date[:len("2024-03")])
	if err != nil && !(errors.Is(err, audit.ErrUnknown) && len(expected) > 0) {
		return nil, err
	}
	s := &Manifest{
		Port: port, Date: date, ScheduledDeliveries: []ScheduledDelivery{}, Expected: []Consignment{}, Crossed: []Consignment{}, Totals: []ManifestTotal{},
	}
	s.Event, s.At = c.Books.Latest()
	w := consignments{c, namesOf(c)}
	for _, x := range expected {
		g := w.expected(x)
		s.Expected = append(s.Expected, g)
		if err := s.schedule(g); err != nil {
			return nil, err
		}
	}
	if crossed != nil {
		s.Name = crossed.Name
		for _, x := range crossed.Lots {
			if !strings.HasPrefix(string(x.Day), date) {
				continue
			}
			g, err := w.crossed(x)
			if err != nil {
				return nil, err
			}
			s.Crossed = append(s.Crossed, g)
		}
	}
	if n := len(s.Expected) + len(s.Crossed); n > MaxLines {
		return nil, fmt.Errorf("%w: %d batches at port %s in %s, at most %d fit a manifest: ask for a day", audit.ErrQuestion, n, port, date, MaxLines)
	}
	return s, s.sum()
}

// consignments is the work on the batches of a manifest.
type consignments struct {
	*audit.Case
	names
}

func (w consignments) expected(x audit.Expected) Consignment {
	g := w.goods(x.Batch)
	g.Day, g.At, g.Place, g.Belongs, g.Delivery = string(x.Day), x.Arrival.Expected, x.Arrival.Place, string(x.Belongs), x.Delivery
	g.Carrier, g.Volume = w.party(w.Case, x.Carrier), x.Batch.Volume
	if x.Batch.Owner != x.Batch.Shipper {
		buyer := w.party(w.Case, x.Batch.Owner)
		g.Consignee = &buyer
	}
	return g
}

func (w consignments) crossed(x audit.Crossing) (Consignment, error) {
	b, err := w.Books.Batch(x.Batch)
	if err != nil {
		return Consignment{}, err
	}
	g := w.goods(b)
	g.Day, g.At, g.Place, g.Belongs, g.Volume, g.Ticket, g.Bond = string(x.Day), x.At, x.Place, string(x.Belongs), x.Crossed, x.Ticket, x.Bond
	g.Carrier = w.party(w.Case, x.Carrier)
	did := ""
	if last := b.Custody[len(b.Custody)-1]; b.Delivered {
		did, g.Delivery = last.To, last.Place
	}
	if x.Shipper != b.Shipper {
		did = x.Shipper
	}
	for _, e := range x.Entries {
		did = e.Importer
		g.Entries = append(g.Entries, e.Entry)
	}
	if did != "" {
		to := w.party(w.Case, did)
		g.Consignee = &to
	}
	return g, nil
}

// goods says what a batch is, and who sent it.
func (w consignments) goods(b custody.BatchState) Consignment {
	g := Consignment{
		Batch: b.Batch, Shipper: w.party(w.Case, b.Shipper), Consignor: w.party(w.Case, b.Custody[0].From), OutOf: cmp.Or(b.Tank, b.Line), Density: b.Density,
		Basis: b.Basis, Headings: []string{}, Commodity: []string{},
	}
	lot, err := w.Lineage.Lot(b.Batch)
	if err != nil {
		return g // nobody knows what it is made of
	}
	shares := lot.Shares // a copy
	slices.SortStableFunc(shares, func(x, y lineage.Share) int { return cmp.Compare(y.Book, x.Book) })
	for _, x := range shares {
		s, err := w.Books.Source(x.Source, b.Legs[0].At)
		if err != nil {
			continue
		}
		heading := s.Heading
		if n := len(x.Made); n > 0 {
			heading = x.Made[n-1].Heading
		}
		if !slices.Contains(g.Headings, heading) {
			g.Headings = append(g.Headings, heading)
		}
		if !slices.Contains(g.Commodity, s.Description) {
			g.Commodity = append(g.Commodity, s.Description)
		}
	}
	return g
}

// schedule adds what is due to the sums by transporter and delivery location.
func (s *Manifest) schedule(g Consignment) (err error) {
	i := slices.IndexFunc(s.ScheduledDeliveries, func(d ScheduledDelivery) bool {
		return d.Transporter == g.Carrier && d.DeliveryLocation == g.Delivery && d.PortOfArrival == g.Place
	})
	if i < 0 {
		i = len(s.ScheduledDeliveries)
		s.ScheduledDeliveries = append(s.ScheduledDeliveries, ScheduledDelivery{
			PortCode: s.Port, PortOfArrival: g.Place, Transporter: g.Carrier, DeliveryLocation: g.Delivery,
		})
	}
	d := &s.ScheduledDeliveries[i]
	d.NumberOfBatches++
	if !slices.Contains(d.shippers, g.Shipper.DID) {
		d.shippers = append(d.shippers, g.Shipper.DID)
	}
	d.CountOfShippers = len(d.shippers)
	j := slices.IndexFunc(d.SumOfScheduledDeliveries, func(m Measured) bool { return m.Basis == g.Basis })
	if j < 0 {
		j = len(d.SumOfScheduledDeliveries)
		d.SumOfScheduledDeliveries = append(d.SumOfScheduledDeliveries, Measured{Basis: g.Basis})
	}
	m := &d.SumOfScheduledDeliveries[j]
	m.Value, err = m.Value.Add(g.Volume)
	return err
}

// sum makes the totals, by basis.
func (s *Manifest) sum() (err error) {
	of := func(b quantity.Basis) *ManifestTotal {
		i := slices.IndexFunc(s.Totals, func(t ManifestTotal) bool { return t.Basis == b })
		if i < 0 {
			i = len(s.Totals)
			s.Totals = append(s.Totals, ManifestTotal{Basis: b})
		}
		return &s.Totals[i]
	}
	for _, g := range s.Expected {
		t := of(g.Basis)
		t.Batches++
		if !slices.Contains(t.shippers, g.Shipper.DID) {
			t.shippers = append(t.shippers, g.Shipper.DID)
		}
		t.Shippers = len(t.shippers)
		if t.Expected, err = t.Expected.Add(g.Volume); err != nil {
			return err
		}
	}
	for _, g := range s.Crossed {
		t := of(g.Basis)
		t.Lots++
		if t.Crossed, err = t.Crossed.Add(g.Volume); err != nil {
			return err
		}
	}
	return nil
}

// Table returns a row for each batch that is due, and for each that crossed.
func (s *Manifest) Table() *Table {
	g := newGrid("port", "date", "row", "batch", "day", "at", "place", "belongs by", "delivery", "carrier", "name of carrier", "shipper", "name of shipper",
		"consignor", "name of consignor", "consignee", "name of consignee", "headings", "commodity", "out of", "ticket", "entries", "in bond", "#density",
		"#expected volume", "#crossed volume")
	put := func(kind, column string, all []Consignment) {
		for _, c := range all {
			g.row()
			to := Party{}
			if c.Consignee != nil {
				to = *c.Consignee
			}
			g.texts("port", s.Port, "date", s.Date, "row", kind, "batch", c.Batch, "day", c.Day, "at", instant(c.At), "place", c.Place, "belongs by", c.Belongs,
				"delivery", c.Delivery, "carrier", c.Carrier.DID, "name of carrier", c.Carrier.Name, "shipper", c.Shipper.DID, "name of shipper", c.Shipper.Name,
				"consignor", c.Consignor.DID, "name of consignor", c.Consignor.Name, "consignee", to.DID, "name of consignee", to.Name,
				"headings", strings.Join(c.Headings, ", "), "commodity", strings.Join(c.Commodity, ", "), "out of", c.OutOf, "ticket", c.Ticket,
				"entries", strings.Join(c.Entries, ", "), "in bond", c.Bond)
			g.amount("density", "kg/m3 at "+string(c.Basis.Reference), c.Density)
			g.amount(column, c.Basis.String(), c.Volume)
		}
	}
	put("expected, an estimate", "expected volume", s.Expected)
	put("crossed", "crossed volume", s.Crossed)
	t := g.table("manifest")
	t.Made = s.At
	return t
}

func (s *Manifest) layout() layout {
	l := layout{
		title: "MANIFEST", subtitle: "Batches due at a port of entry, an estimate, and what crossed there", lying: true, made: s.At,
		number: "Port " + s.Port + ", " + s.Date, status: "NOTHING DUE", signers: []string{"Carrier"},
	}
	if len(s.Expected) > 0 {
		l.title, l.status = "ADVANCE MANIFEST", "ESTIMATE"
	}
	l.about[0] = []field{{"Port", sentence(s.Port, s.Name)}, {"Customs days", s.Date}}
	l.about[1] = []field{Head{Event: s.Event, At: s.At}.books()}
	if len(s.Expected) > 0 {
		l.parts = append(l.parts, s.scheduled(), s.list("Due", "an estimate: planned rates, volumes as the last meter found them", s.Expected))
		l.notes = append(l.notes, "What is due is an estimate. The books know a batch once it is injected: what is only nominated, and what will be withdrawn "+
			"from a stream, is not listed. A consignee is printed once the oil is sold on the way.")
	}
	if len(s.Crossed) > 0 || len(s.Expected) == 0 {
		l.parts = append(l.parts, s.list("Crossed", "gross standard volumes of the meters at the port", s.Crossed))
	}
	if slices.ContainsFunc(slices.Concat(s.Expected, s.Crossed), func(c Consignment) bool { return c.Belongs == string(audit.ByTable) }) {
		l.notes = append(l.notes, "Where a place is of the port by the table, that is inferred from geography and unverified.")
	}
	return l
}

// scheduled is the notice by transporter and place.
func (s *Manifest) scheduled() part {
	p := part{name: "Scheduled deliveries", note: "an estimate", columns: []column{
		{"Port", "", false}, {"Place", "", false}, {"Transporter", "", false}, {"Delivery location", "", false}, {"Batches", "", true}, {"Shippers", "", true},
		{"Basis", "", false}, {"Sum", "", true},
	}}
	for _, d := range s.ScheduledDeliveries {
		for _, m := range d.SumOfScheduledDeliveries {
			p.rows = append(p.rows, row{cells: append(cellsOf(d.PortCode, d.PortOfArrival, d.Transporter.String(), d.DeliveryLocation,
				strconv.Itoa(d.NumberOfBatches), strconv.Itoa(d.CountOfShippers), m.Basis.String()), measures(m.Value))})
		}
	}
	for _, t := range s.Totals {
		if t.Batches > 0 {
			p.rows = append(p.rows, row{kind: totalRow, cells: append(cellsOf("Total", "", "", "", strconv.Itoa(t.Batches), strconv.Itoa(t.Shippers),
				t.Basis.String()), measures(t.Expected))})
		}
	}
	return p
}

// described names the goods as far as there is room: the table has all.
func (g Consignment) described() string {
	if len(g.Commodity) == 0 {
		return NotStated
	}
	text := strings.Join(g.Headings, ", ") + " " + g.Commodity[0]
	if more := len(g.Commodity) - 1; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// list is a table of batches with its totals.
func (s *Manifest) list(name, note string, all []Consignment) part {
	crossed := name == "Crossed"
	p := part{name: name, note: note, columns: []column{
		{"Day", "", false}, {"At, UTC", "", false}, {"Batch", "", false}, {"Place", "", false}, {"Carrier", "", false}, {"Shipper", "", false},
		{"Consignor", "", false}, {"Consignee", "", false}, {"Commodity", "", false}, {"Out of", "", false}, {"Ticket", "", false}, {"Entries", "", false},
		{"Basis", "", false}, {"Volume", "", true},
	}}
	if !crossed {
		p.columns[10].name, p.columns[11] = "To", column{"Density", "kg/m3", true}
	}
	for _, c := range all {
		to := NotStated
		if c.Consignee != nil {
			to = c.Consignee.String()
		}
		at, last := c.At, []string{c.Ticket, sentence(strings.Join(c.Entries, " "), c.Bond)}
		if !crossed {
			at -= at % 60_000 // no estimate is good to the second
			last = []string{c.Delivery, c.Density.Decimal(1)}
		}
		p.rows = append(p.rows, row{cells: append(cellsOf(c.Day, short(at), c.Batch, c.Place, c.Carrier.String(), c.Shipper.String(), c.Consignor.String(), to,
			c.described(), c.OutOf, last[0], last[1], c.Basis.String()), measures(c.Volume))})
	}
	for _, t := range s.Totals {
		n, sum := t.Batches, t.Expected
		if crossed {
			n, sum = t.Lots, t.Crossed
		}
		if n > 0 {
			p.rows = append(p.rows, row{kind: totalRow, cells: append(cellsOf("Total", "", plural(n, "batch", "batches"), "", "", "", "", "", "", "", "", "",
				t.Basis.String()), measures(sum))})
		}
	}
	return p
}
