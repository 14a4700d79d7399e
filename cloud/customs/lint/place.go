package lint

import (
	"fmt"
	"math"
	"strings"
)

// region is a province, territory or state, with a box around it in degrees; longitude is negative in the west.
type region struct {
	code, name, country      string
	south, north, west, east float64
}

// grace is what a place may lie outside of its box, in degrees: the boxes are coarse, rounded outwards from memory. Those at the sea
// reach to where oil is produced offshore.
const grace = 0.5

var regions = []region{
	{"AB", "Alberta", "CA", 49, 60, -120, -110}, {"BC", "British Columbia", "CA", 48.2, 60, -139.1, -114},
	{"SK", "Saskatchewan", "CA", 49, 60, -110, -101.3}, {"MB", "Manitoba", "CA", 49, 60, -102.1, -88.9},
	{"ON", "Ontario", "CA", 41.6, 56.9, -95.2, -74.3}, {"QC", "Quebec", "CA", 44.9, 62.6, -79.8, -57.1},
	{"NB", "New Brunswick", "CA", 44.5, 48.1, -69.1, -63.7}, {"NS", "Nova Scotia", "CA", 42, 47.1, -66.5, -57},
	{"PE", "Prince Edward Island", "CA", 45.9, 47.1, -64.5, -61.9}, {"NL", "Newfoundland and Labrador", "CA", 43, 60.5, -67.9, -46},
	{"YT", "Yukon", "CA", 60, 69.7, -141.1, -123.8}, {"NT", "Northwest Territories", "CA", 60, 78.8, -136.5, -101.9},
	{"NU", "Nunavut", "CA", 51.6, 83.2, -120.7, -61},
	{"AL", "Alabama", "US", 28, 35.1, -88.5, -84.8}, {"AK", "Alaska", "US", 51, 72, -180, -129.9},
	{"AZ", "Arizona", "US", 31.3, 37.1, -114.9, -109}, {"AR", "Arkansas", "US", 33, 36.6, -94.7, -89.6},
	{"CA", "California", "US", 32.5, 42.1, -124.9, -114.1}, {"CO", "Colorado", "US", 36.9, 41.1, -109.1, -102},
	{"CT", "Connecticut", "US", 40.9, 42.1, -73.8, -71.7}, {"DE", "Delaware", "US", 38.4, 39.9, -75.8, -75},
	{"DC", "District of Columbia", "US", 38.7, 39, -77.2, -76.9}, {"FL", "Florida", "US", 24.4, 31.1, -87.7, -79.9},
	{"GA", "Georgia", "US", 30.3, 35.1, -85.7, -80.8}, {"HI", "Hawaii", "US", 18.8, 28.5, -178.5, -154.7},
	{"ID", "Idaho", "US", 41.9, 49.1, -117.3, -111}, {"IL", "Illinois", "US", 36.9, 42.6, -91.6, -87},
	{"IN", "Indiana", "US", 37.7, 41.8, -88.1, -84.7}, {"IA", "Iowa", "US", 40.3, 43.6, -96.7, -90.1},
	{"KS", "Kansas", "US", 36.9, 40.1, -102.1, -94.5}, {"KY", "Kentucky", "US", 36.4, 39.2, -89.6, -81.9},
	{"LA", "Louisiana", "US", 26, 33.1, -94.1, -88}, {"ME", "Maine", "US", 42.9, 47.5, -71.1, -66.9},
	{"MD", "Maryland", "US", 37.8, 39.8, -79.5, -75}, {"MA", "Massachusetts", "US", 41.2, 42.9, -73.6, -69.9},
	{"MI", "Michigan", "US", 41.6, 48.4, -90.5, -82.1}, {"MN", "Minnesota", "US", 43.4, 49.4, -97.3, -89.4},
	{"MS", "Mississippi", "US", 28, 35.1, -91.7, -88}, {"MO", "Missouri", "US", 35.9, 40.7, -95.8, -89},
	{"MT", "Montana", "US", 44.3, 49.1, -116.1, -104}, {"NE", "Nebraska", "US", 39.9, 43.1, -104.1, -95.3},
	{"NV", "Nevada", "US", 35, 42.1, -120.1, -114}, {"NH", "New Hampshire", "US", 42.6, 45.4, -72.6, -70.6},
	{"NJ", "New Jersey", "US", 38.8, 41.4, -75.6, -73.8}, {"NM", "New Mexico", "US", 31.3, 37.1, -109.1, -103},
	{"NY", "New York", "US", 40.4, 45.1, -79.8, -71.8}, {"NC", "North Carolina", "US", 33.7, 36.6, -84.4, -75.4},
	{"ND", "North Dakota", "US", 45.9, 49.1, -104.1, -96.5}, {"OH", "Ohio", "US", 38.3, 42.4, -84.9, -80.5},
	{"OK", "Oklahoma", "US", 33.6, 37.1, -103.1, -94.4}, {"OR", "Oregon", "US", 41.9, 46.4, -124.7, -116.4},
	{"PA", "Pennsylvania", "US", 39.7, 42.6, -80.6, -74.6}, {"RI", "Rhode Island", "US", 41.1, 42.1, -71.9, -71.1},
	{"SC", "South Carolina", "US", 32, 35.3, -83.4, -78.5}, {"SD", "South Dakota", "US", 42.4, 46, -104.1, -96.4},
	{"TN", "Tennessee", "US", 34.9, 36.7, -90.4, -81.6}, {"TX", "Texas", "US", 25.8, 36.6, -106.7, -93.3},
	{"UT", "Utah", "US", 36.9, 42.1, -114.1, -109}, {"VT", "Vermont", "US", 42.7, 45.1, -73.5, -71.4},
	{"VA", "Virginia", "US", 36.5, 39.5, -83.7, -75.2}, {"WA", "Washington", "US", 45.5, 49.1, -124.9, -116.9},
	{"WV", "West Virginia", "US", 37.1, 40.7, -82.7, -77.7}, {"WI", "Wisconsin", "US", 42.4, 47.4, -92.9, -86.2},
	{"WY", "Wyoming", "US", 40.9, 45.1, -111.1, -104},
}

// countryBoxes are the boxes of whole countries: Alaska and Hawaii are the United States too.
var countryBoxes = map[string]region{
	"CA": {"", "Canada", "CA", 41.6, 83.2, -141.1, -46}, "US": {"", "the United States", "US", 18.8, 72, -180, -66.9},
	"MX": {"", "Mexico", "MX", 14.5, 32.8, -118.5, -86.6},
}

// regionOf returns the province or state of a code or name.
func regionOf(text string) (region, bool) {
	for _, r := range regions {
		if strings.EqualFold(text, r.code) || strings.EqualFold(text, r.name) {
			return r, true
		}
	}
	return region{}, false
}

// spotOnEarth is a place by its coordinates.
type spotOnEarth struct {
	at        *node
	lat, long float64
}

func spotOf(place *node) (spotOnEarth, bool) {
	geo := place.get("geo")
	lat, okLat := parseDecimal(geo.get("latitude").string())
	long, okLong := parseDecimal(geo.get("longitude").string())
	return spotOnEarth{geo, lat.float, long.float}, okLat && okLong
}

func (s spotOnEarth) String() string { return fmt.Sprintf("%s, %s", plain4(s.lat), plain4(s.long)) }

func plain4(x float64) string { return fmt.Sprintf("%g", math.Round(x*1e4)/1e4) }

// within reports whether the place lies in the box.
func (s spotOnEarth) within(r region) bool {
	return s.lat >= r.south-grace && s.lat <= r.north+grace && s.long >= r.west-grace && s.long <= r.east+grace
}

// place checks that the coordinates and the address of a place agree (L12). The finding is at the coordinates or, without them, at
// the region.
func (c *checker) place(n *node) {
	address := n.get("address")
	if address == nil || address.kind != objectKind {
		address = nil
	}
	s, located := spotOf(n)
	if c.settled[n] || !located && address == nil {
		return
	}
	country := address.get("addressCountry").string()
	if code := countryOf(country); code != "" {
		country = code
	}
	r, known := regionOf(address.get("addressRegion").string())
	if located && (math.Abs(s.lat) > 90 || math.Abs(s.long) > 180) {
		c.report("L12", s.at, s.String()+" is no place on earth", "write latitude from -90 to 90 and longitude from -180 to 180, west negative")
		return
	}
	if known && r.country != country && (country == "CA" || country == "US") {
		c.report("L12", address.get("addressRegion"), fmt.Sprintf("%s is in %s, not in %s", r.name, r.country, country),
			"correct region or country: one of them is wrong")
		return
	}
	stated := known && r.country == country
	if !stated {
		r, known = countryBoxes[country]
	}
	if !located || !known || s.within(r) || country == "US" && s.long > 172 { // the Aleutians go beyond 180 degrees
		return
	}
	mend := "correct the coordinates or the address: they are of two places"
	if east := (spotOnEarth{s.at, s.lat, -s.long}); east.within(r) {
		mend = "write longitude " + plain4(-s.long) + ": west of Greenwich is negative"
	} else if turned := (spotOnEarth{s.at, s.long, s.lat}); turned.within(r) {
		mend = "exchange latitude and longitude"
	} else if country == "US" && !stated {
		return // it has islands in the Caribbean and the Pacific
	}
	c.report("L12", s.at, fmt.Sprintf("%s does not lie in %s", s, r.name), mend)
}
