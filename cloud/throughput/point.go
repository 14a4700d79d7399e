package throughput

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/metrology/quantity"
)

// Way is how goods cross the border between Canada and the United States at a point.
type Way string

// The ways. A point that is not at the border has none.
const (
	ToUS   Way = "to US"
	FromUS Way = "from US"
	Both   Way = "both ways"
)

// Point is a key point of a pipeline: a place where its throughput is stated.
type Point struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Pipeline string `json:"pipeline"`
	// Latitude and longitude in degrees, north and east positive; nil where the file has none.
	Latitude  *quantity.Micro `json:"latitude,omitempty"`
	Longitude *quantity.Micro `json:"longitude,omitempty"`
	Border    Way             `json:"border,omitempty"`
}

// NoPlace is the id that the CER gives flows of a pipeline as a whole, or without a place. Several pipelines share it.
const NoPlace = "KP0000"

// borders are the points at the border: the CER's key points, as github.com/mbradds/pipeline-profiles carries them (747e87a,
// 2024-05-23). Ways are the trade types that flows of gas have had there from 2006-01 to 2024-03; of oil, whose files by month have
// none, from the descriptions of the points. KP0032 stands for three crossings together. Not in here, because no file of key points
// has it: KP0037 of TCPL, where gas is exported and imported.
var borders = []Point{
	{ID: "KP0001", Name: "Baileyville, Ma. / St. Stephen N.B.", Pipeline: "MNP", Border: Both},
	{ID: "KP0002", Name: "Border", Pipeline: "Alliance", Border: ToUS},
	{ID: "KP0005", Name: "Chippawa", Pipeline: "TCPL", Border: Both},
	{ID: "KP0008", Name: "East Hereford", Pipeline: "TQM", Border: ToUS},
	{ID: "KP0013", Name: "Emerson I", Pipeline: "TCPL", Border: ToUS},
	{ID: "KP0014", Name: "Emerson II", Pipeline: "TCPL", Border: Both},
	{ID: "KP0016", Name: "ex-Gretna", Pipeline: "EnbridgeMainline", Border: ToUS},
	{ID: "KP0020", Name: "International boundary at or near Haskett, Manitoba", Pipeline: "Keystone", Border: ToUS},
	{ID: "KP0021", Name: "Into-Sarnia", Pipeline: "EnbridgeMainline", Border: FromUS}, // Canadian oil comes back here too
	{ID: "KP0022", Name: "Iroquois", Pipeline: "TCPL", Border: Both},
	{ID: "KP0023", Name: "Kingsgate", Pipeline: "Foothills", Border: ToUS},
	{ID: "KP0025", Name: "Monchy", Pipeline: "Foothills", Border: ToUS},
	{ID: "KP0026", Name: "Niagara", Pipeline: "TCPL", Border: Both},
	{ID: "KP0032", Name: "Other US Northeast", Pipeline: "TCPL", Border: ToUS},
	{ID: "KP0038", Name: "Sumas", Pipeline: "TransMountain", Border: ToUS},
	{ID: "KPWESC", Name: "Huntingdon/FortisBC Lower Mainland", Pipeline: "Westcoast", Border: ToUS},
}

// pipelines are the names that files of one pipeline give it, by the id that files of all pipelines use (the same source; those of
// Keystone, TransMountain and TransNorthern were seen in files of one pipeline).
var pipelines = map[string][]string{
	"Alliance": {"Alliance pipeline"}, "Cochin": {"Cochin pipeline"}, "EnbridgeMainline": {"Enbridge Canadian Mainline system"},
	"Foothills": {"Foothills system"}, "Keystone": {"Keystone pipeline"}, "MNP": {"Maritimes & Northeast Pipeline (M&NP) system"},
	"NGTL": {"NOVA Gas Transmission Ltd. (NGTL) system"}, "NormanWells": {"Enbridge Norman Wells pipeline"},
	"Suffield": {"Suffield pipeline"}, "TCPL": {"TC Canadian Mainline", "TransCanada (TC) Canadian Mainline pipeline"},
	"TQM": {"Trans Québec & Maritimes (TQM) pipeline"}, "TransMountain": {"Trans Mountain pipeline"},
	"TransNorthern": {"Trans-Northern pipeline"}, "Westcoast": {"Westcoast or BC Pipeline system"},
}

// Borders returns the points at the border that are known here.
func Borders() []Point { return slices.Clone(borders) }

// addPoint adds a row of key points.
func (d *Data) addPoint(f *File, r row, line int) error {
	p := Point{ID: d.word(r[colPoint]), Name: d.word(r[colName]), Pipeline: d.word(r[colPipeline])}
	if p.ID == "" || p.Name == "" {
		return errors.New("KeyPointID or Key Point is missing")
	}
	if slices.ContainsFunc(d.Points, func(q Point) bool { return q.ID == p.ID }) {
		return fmt.Errorf("key point %s is there already", p.ID)
	}
	if len(d.Points) == maxPoints {
		return unfit{fmt.Errorf("more than %d key points", maxPoints)}
	}
	lat, long := coordinate(r[colLatitude]), coordinate(r[colLongitude])
	if (lat == "") != (long == "") {
		return errors.New("one of latitude and longitude is missing")
	}
	if lat != "" {
		var err error
		if p.Latitude, err = degrees("latitude", lat, 41, 84); err != nil {
			return err
		}
		if long[0] != '-' {
			f.Mended++
			f.Notes = remark(f.Notes, line, fmt.Sprintf("longitude %s of %s has no sign: taken for west, as all of Canada is", long, p.ID))
			long = "-" + long
		}
		if p.Longitude, err = degrees("longitude", long, -142, -52); err != nil {
			return err
		}
	}
	if i := slices.IndexFunc(borders, func(q Point) bool { return q.ID == p.ID }); i >= 0 {
		p.Border = borders[i].Border
	}
	d.Points = append(d.Points, p)
	return nil
}

// coordinate returns a coordinate as it is written, or "" for none.
func coordinate(s string) string {
	if strings.EqualFold(s, "not available") {
		return ""
	}
	return s
}

// degrees reads a coordinate within the bounds of Canada.
func degrees(what, s string, least, most float64) (*quantity.Micro, error) {
	f, err := quantity.ParseFactor(s)
	if err != nil {
		return nil, fmt.Errorf("%s is %q, want degrees such as 48.9989", what, s)
	}
	if x := f.Float(); x < least || x > most {
		return nil, &quantity.RangeError{Quantity: what, Value: x, Min: least, Max: most, Unit: "degrees"}
	}
	m, err := quantity.Micro(quantity.PerUnit).Mul(f)
	return &m, err
}

// place returns the point of a flow: from files of key points, or from the table of border points.
func (d *Data) place(k key) Point {
	for _, known := range [][]Point{d.Points, borders} {
		for _, p := range known {
			if k.point != "" && p.ID == k.point || k.point == "" && strings.EqualFold(p.Name, k.name) && names(p.Pipeline, k.pipeline) {
				return p
			}
		}
	}
	return Point{ID: k.point, Name: k.name}
}

// names reports whether a pipeline's id and a name mean the same.
func names(id, name string) bool {
	return strings.EqualFold(id, name) || slices.ContainsFunc(pipelines[id], func(n string) bool { return strings.EqualFold(n, name) })
}
