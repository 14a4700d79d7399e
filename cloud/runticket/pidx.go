package runticket

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Limits of an XML file.
const (
	maxDepth    = 32
	maxElements = 100_000
)

// element is an element of an XML file. Names are local: PIDX has changed its namespace with each version.
type element struct {
	name  string
	attr  []xml.Attr
	text  string
	line  int
	below []*element
}

// readPIDX reads PIDX custody tickets. The names of elements are those of PIDX 1.61 as public code that was generated from its schemas
// has them; no schema and no ticket of a carrier was at hand, so it is unverified. Elements that are not understood are passed over.
func (f *File) readPIDX(text []byte, o Options) error {
	f.Form = TicketsPIDX
	root, err := f.parseXML(text)
	if err != nil {
		return err
	}
	tickets := root.all("CustodyTicket")
	if len(tickets) == 0 {
		tickets = root.all("FieldTicket")
	}
	if len(tickets) == 0 {
		return &RowError{f.Name, root.line, root.name, errors.New("want a PIDX CustodyTicket")}
	}
	if len(tickets) > MaxRows {
		return &RowError{f.Name, root.line, root.name, fmt.Errorf("more than %d tickets: split the file", MaxRows)}
	}
	f.note("PIDX XML: read by element names of version 1.61 from generated code, not held against the schema: look at every figure")
	for _, e := range tickets {
		if err := f.custodyTicket(e, o); err != nil {
			return err
		}
	}
	return nil
}

// parseXML reads elements and refuses what a ticket has no use for: document types, entities, directives.
func (f *File) parseXML(text []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(text))
	root := &element{}
	path := []*element{root}
	elements := 0
	for {
		line, _ := d.InputPos()
		fault := func(err error) error { return &RowError{f.Name, line, path[len(path)-1].name, err} }
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault(fmt.Errorf("no well-formed XML in UTF-8: %w", err))
		}
		top := path[len(path)-1]
		switch x := token.(type) {
		case xml.Directive:
			return nil, fault(errors.New("document types and entities are refused: send the ticket without"))
		case xml.StartElement:
			if elements++; elements > maxElements || len(path) > maxDepth {
				return nil, fault(fmt.Errorf("more than %d elements, or %d within each other", maxElements, maxDepth))
			}
			e := &element{name: x.Name.Local, attr: slices.Clone(x.Attr), line: line}
			top.below = append(top.below, e)
			path = append(path, e)
		case xml.EndElement:
			path = path[:len(path)-1]
		case xml.CharData:
			if top.text += strings.TrimSpace(string(x)); len(top.text) > maxCell {
				return nil, fault(fmt.Errorf("a text has more than %d bytes", maxCell))
			}
		}
	}
	if len(root.below) == 0 {
		return nil, &RowError{f.Name, 1, "", errors.New("no element")}
	}
	return root.below[0], nil
}

// all returns the elements of a name, the element itself and what is within it; none within one of the name.
func (e *element) all(name string) (found []*element) {
	if e == nil {
		return nil
	}
	if e.name == name {
		return []*element{e}
	}
	for _, b := range e.below {
		found = append(found, b.all(name)...)
	}
	return found
}

// at returns the first element on a path of names, each anywhere within the one before, or nil.
func (e *element) at(path ...string) *element {
	for _, name := range path {
		var found []*element
		if e != nil {
			for _, b := range e.below {
				found = append(found, b.all(name)...)
			}
		}
		if len(found) == 0 {
			return nil
		}
		e = found[0]
	}
	return e
}

// said returns the text of the first element on a path.
func (e *element) said(path ...string) string {
	if x := e.at(path...); x != nil {
		return x.text
	}
	return ""
}

// pidxFigures says where the figures of a ticket stand: paths of elements, of which the first that is there counts.
var pidxFigures = []struct {
	name Name
	of   dimension
	path []string
	unit string // when the element says none
}{
	{Opening, volume, []string{"Meter", "OpenReading"}, ""},
	{Closing, volume, []string{"Meter", "CloseReading"}, ""},
	{IV, volume, []string{"Meter", "MeterQuantity"}, ""},
	{MeterFactor, plain, []string{"Meter", "MeterFactor"}, ""},
	{TankOpening, volume, []string{"TankOpenMeasures", "GaugeQuantity"}, ""},
	{WaterOpening, volume, []string{"TankOpenMeasures", "TankWaterQuantity"}, ""},
	{TempOpening, temperature, []string{"TankOpenMeasures", "TankTemperature"}, ""},
	{TankClosing, volume, []string{"TankCloseMeasures", "GaugeQuantity"}, ""},
	{WaterClosing, volume, []string{"TankCloseMeasures", "TankWaterQuantity"}, ""},
	{TempClosing, temperature, []string{"TankCloseMeasures", "TankTemperature"}, ""},
	{GV, volume, []string{"GrossVolume"}, ""},
	{GV, volume, []string{"GrossQuantity"}, ""},
	{Temperature, temperature, []string{"SampleMeasures", "AverageTemperature"}, ""},
	{Pressure, pressure, []string{"SampleMeasures", "AveragePressure"}, ""},
	{Observed, density, []string{"SampleMeasures", "APIGravity"}, "API"},
	{Observed, density, []string{"SampleMeasures", "ObservedDensity"}, ""},
	{ObservedAt, temperature, []string{"SampleMeasures", "ObservedTemperature"}, ""},
	{Density, density, []string{"SampleMeasures", "CorrectedGravity"}, "API"},
	{Density, density, []string{"SampleMeasures", "CorrectedDensity"}, ""},
	{CTL, plain, []string{"SampleMeasures", "CorrectedTemperatureLiquidFactor"}, ""},
	{CPL, plain, []string{"SampleMeasures", "CorrectedPressureLiquidFactor"}, ""},
	{CCF, plain, []string{"SampleMeasures", "CompositeFactor"}, ""},
	{NSV, volume, []string{"NetVolume"}, ""},
	{NSV, volume, []string{"NetQuantity"}, ""},
}

// pidxUnits are codes of units, of X12 element 355 and UN/ECE Recommendation 20, for what they are called here; from memory.
var pidxUnits = map[string]string{
	"BLL": "bbl", "BL": "bbl", "BR": "bbl", "MTQ": "m3", "CR": "m3", "FAH": "F", "FA": "F", "CEL": "C", "CE": "C", "PS": "psig", "KPA": "kPag",
	"KMQ": "kg/m3", "KGM": "kg", "P1": "%",
}

// custodyTicket reads a ticket.
func (f *File) custodyTicket(e *element, o Options) error {
	p := parsed{file: f, options: o, rows: &rows{file: f.Name, line: e.line}, said: map[attribute]string{
		ticketNo: first(e.said("CustodyTicketNumber"), e.said("FieldTicketNumber")), batch: e.said("BatchNumber"),
		version: e.said("CustodyTicketInformation", "RevisionNumber"),
		point:   first(e.said("Meter", "MeterNumber"), e.said("CustodyLocationInformation", "CustodyLocationIdentifier")),
		opens:   first(e.said("CustodyTransferStartDateTime"), e.said("TankOpenMeasures", "TankDateTime")),
		closes:  first(e.said("CustodyTransferStopDateTime"), e.said("TankCloseMeasures", "TankDateTime")),
	}}
	f.Form = TicketsCSV // a number is needed, as there
	defer func() { f.Form = TicketsPIDX }()
	for _, x := range pidxFigures {
		at := e.at(x.path...)
		if _, twice := find(p.figures, x.name); at == nil || twice {
			continue
		}
		if err := p.element(at, x.name, x.of, x.unit); err != nil {
			return &RowError{f.Name, at.line, strings.Join(x.path, "/"), err}
		}
	}
	if err := p.waterOf(e); err != nil {
		return err
	}
	if len(p.figures) == 0 {
		return &RowError{f.Name, e.line, e.name, errors.New("it holds no measure of a meter or tank: " +
			"a FieldTicket bills a service, ask for the CustodyTicket")}
	}
	for name, path := range map[string][]string{
		"delivers": {"CustodyTransferInformation", "FromPartner"}, "receives": {"CustodyTransferInformation", "ToPartner"},
	} {
		who := e.at(path...)
		if said := first(who.said("PartnerName"), who.said("PartnerIdentifier")); printable(said, maxText, true) {
			p.texts = append(p.texts, Text{name, said})
		}
	}
	slices.SortFunc(p.texts, func(a, b Text) int { return strings.Compare(a.Name, b.Name) })
	t, err := p.finish()
	if err != nil {
		return err
	}
	t.Source, t.Line = f.SHA256, uint64(e.line)
	return f.add(t, &p)
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// element takes the figure of an element in: a number in it, or in what is within, beside a code of its unit.
func (p *parsed) element(e *element, n Name, of dimension, unit string) error {
	value, code := e.text, ""
	for _, a := range e.attr {
		if name := strings.ToLower(a.Name.Local); strings.Contains(name, "unitofmeasure") || name == "type" {
			code = a.Value
		}
	}
	for _, b := range e.below {
		switch {
		case strings.HasPrefix(b.name, "UnitOfMeasure"):
			code = b.text
		case value == "":
			value = b.text
		}
	}
	v, err := number(value)
	if err != nil {
		return err
	}
	if of > plain {
		said := first(pidxUnits[strings.ToUpper(code)], code)
		if u, is := unitOf(of, said); is {
			unit = u
		} else if code != "" && unit == "" {
			return fmt.Errorf("its unit is %q, want %s", code, unitNames(of))
		}
		if unit == "" {
			if unit, _ = p.options.unit(of); unit == "" {
				return fmt.Errorf("it does not say its unit: add --unit with %s", unitNames(of))
			}
		}
	} else {
		unit = ""
	}
	p.figures = append(p.figures, Figure{n, unit, v})
	return inRange(p.figures[len(p.figures)-1], of)
}

// waterOf takes sediment and water in, which PIDX leaves to the partners to define: a measure whose description says so.
func (p *parsed) waterOf(e *element) error {
	for _, m := range e.all("PartnerDefinedMeasure") {
		c, is := means(normal(m.said("PartnerDefinedMeasureDescription")))
		if _, twice := find(p.figures, SW); !is || c.figure != SW || twice {
			continue
		}
		v, err := number(m.said("Measurement"))
		if err == nil {
			f := Figure{SW, "%", v}
			p.figures = append(p.figures, f)
			err = inRange(f, percent)
		}
		if err != nil {
			return &RowError{p.file.Name, m.line, m.name, err}
		}
	}
	return nil
}
