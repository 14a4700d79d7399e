package lint

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Forms of a unique well identifier. By the Dominion Land Survey it is 100/12-04-091-05W5/00: survey system 1 with location exception,
// legal subdivision, section, township, range and meridian, event. Manitoba writes points for strokes, databases leave out what
// separates, and Alberta has a short form 00/12-04-091-05W5/0. Those by other systems begin with 2, 3 or 4. United States wells have
// an API well number of 10, 12 or 14 digits.
var (
	surveyForm = regexp.MustCompile(`^(1[0-9A-Z]{2}|[0-9A-Z]{2})?[/.]?(\d{2})-?(\d{2})-?(\d{3})-?(\d{2})W([1-6])([/.]?\d{1,2})?$`)
	otherForm  = regexp.MustCompile(`^[234][0-9A-Z]{2}[/.]?[0-9A-Z][0-9A-Z/.-]{8,20}$`)
	eastForm   = regexp.MustCompile(`^1[0-9A-Z]{2}[/.]?\d{2}-?\d{2}-?\d{3}-?\d{2}E1[/.]?\d{2}$`)
	apiForm    = regexp.MustCompile(`^\d{2}-?\d{3}-?\d{5}(-?\d{2}){0,2}$`)
	looseForm  = regexp.MustCompile(`(?i)^\W*(?:(1[0-9A-Z]{2}|[0-9A-Z]{2})\W+)?(\d{1,2})\W+(\d{1,2})\W+(\d{1,3})\W+(\d{1,2})\W*W\W*([1-6])M?(?:\W+(\d{1,2}))?\W*$`)
)

// survey is a location by the Dominion Land Survey.
type survey struct {
	exception, event                                 string
	subdivision, section, township, range_, meridian int
}

// parseSurvey reads a well identifier, even one that is out of form.
func parseSurvey(text string) (survey, bool) {
	m := surveyForm.FindStringSubmatch(text)
	if m == nil {
		m = looseForm.FindStringSubmatch(text)
	}
	if m == nil {
		return survey{}, false
	}
	s := survey{exception: strings.ToUpper(m[1]), event: strings.TrimLeft(m[7], "/.")}
	for i, into := range []*int{&s.subdivision, &s.section, &s.township, &s.range_, &s.meridian} {
		*into, _ = strconv.Atoi(m[i+2]) // three digits at most
	}
	return s, true
}

// fault returns what cannot be in the location: a township has 36 sections of 16 legal subdivisions.
func (s survey) fault() string {
	for _, part := range []struct {
		name      string
		value, to int
	}{{"legal subdivision", s.subdivision, 16}, {"section", s.section, 36}, {"township", s.township, 126}, {"range", s.range_, 34}} {
		if part.value < 1 || part.value > part.to {
			return fmt.Sprintf("%s %d is not from 1 to %d", part.name, part.value, part.to)
		}
	}
	return ""
}

// String prints the standard form.
func (s survey) String() string {
	exception, event := s.exception, s.event
	if len(exception) == 2 {
		exception = "1" + exception
	}
	if exception == "" {
		exception = "100"
	}
	return fmt.Sprintf("%s/%02d-%02d-%03d-%02dW%d/%s", exception, s.subdivision, s.section, s.township, s.range_, s.meridian,
		("00" + event)[len(event):])
}

// meridians are the longitudes of the meridians of the survey. The first, or principal, one is at 97 degrees 27 minutes 28.4 seconds.
var meridians = [7]float64{0, -97.4579, -102, -106, -110, -114, -118}

// where returns about where the township lies, in degrees. Township 1 begins at 49 degrees north. A township is 6 miles high and wide;
// road allowances of a chain of 66 feet add 3 of them from south to north and 6 from east to west: 483 and 486 chains.
func (s survey) where() (lat, long float64) {
	const chain, degree = 0.0201168, 111.2 // kilometres; of a degree of latitude
	lat = 49 + (float64(s.township)-0.5)*483*chain/degree
	long = meridians[s.meridian] - (float64(s.range_)-0.5)*486*chain/(degree*math.Cos(lat*math.Pi/180))
	return lat, long
}

// What a facility may lie away from its well, in degrees: a battery or plant can be at the end of a gathering line.
const (
	awayLat  = 1.0
	awayLong = 2.0
)

// provinces are those that have wells west of a meridian.
var provinces = [7][]string{nil, {"MB", "SK"}, {"SK"}, {"SK"}, {"AB"}, {"AB", "BC"}, {"AB", "BC"}}

// well checks the form of a well identifier (L8), and that its facility lies where the well does (L12).
func (c *checker) well(n *node) {
	at := n.get("UWI", "uwi")
	if at == nil || at.kind != stringKind {
		return
	}
	text := strings.ToUpper(strings.Join(strings.Fields(at.string()), ""))
	s, ok := parseSurvey(text)
	switch {
	case ok && s.fault() != "":
		c.report("L8", at, fmt.Sprintf("%s cannot be a well: %s", quote(at.string()), s.fault()), "correct it by the well licence")
		return
	case ok && !surveyForm.MatchString(text):
		c.report("L8", at, quote(at.string())+" is not in the standard form of a unique well identifier", "write "+s.String())
	case !ok:
		if !eastForm.MatchString(text) && !otherForm.MatchString(text) && !apiForm.MatchString(text) {
			c.report("L8", at, quote(at.string())+" is not in the standard form of a unique well identifier",
				"write it such as 100/12-04-091-05W5/00, or an API well number of 10, 12 or 14 digits")
		}
		return
	}
	c.facility(n.get("facility"), s)
}

// facility holds a place against the well that it serves. It makes one finding of all that disagrees.
func (c *checker) facility(place *node, s survey) {
	var wrong []string
	lat, long := s.where()
	if spot, ok := spotOf(place); ok && (math.Abs(spot.lat-lat) > awayLat || math.Abs(spot.long-long) > awayLong) {
		wrong = append(wrong, spot.String()+" is not near it")
	}
	address := place.get("address")
	country, region := address.get("addressCountry"), address.get("addressRegion")
	if text := country.string(); text != "" && countryOf(text) != "CA" {
		wrong = append(wrong, quote(text)+" is not Canada")
	}
	if r, known := regionOf(region.string()); known && !slices.Contains(provinces[s.meridian], r.code) {
		wrong = append(wrong, r.name+" has no wells west of meridian "+strconv.Itoa(s.meridian))
	}
	if len(wrong) == 0 {
		return
	}
	c.report("L12", place, fmt.Sprintf("the well lies west of meridian %d, in township %d, range %d, about %.1f, %.1f: %s", s.meridian,
		s.township, s.range_, lat, long, strings.Join(wrong, "; ")),
		fmt.Sprintf("correct the place or the well identifier; the well's is CA, %s", strings.Join(provinces[s.meridian], " or ")))
	c.settle(place, country, region, place.get("geo"))
}
