package throughput_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gauger/gauger/cloud/throughput"
	"github.com/gauger/gauger/metrology/quantity"
)

// Headers of the files that are read. The first three are those of the CER's database as github.com/mbradds/pipeline-profiles
// extracted it (747e87a), the fourth is that of the CER's own file on Keystone. The fifth, of the CER's files on gas, was seen only
// in programs that read them.
const (
	oilHeader    = "Date,Pipeline Name,KeyPointID,Direction of Flow,Product,Throughput (1000 m3/d),Available Capacity (1000 m3/d)\n"
	gasHeader    = "Date,Pipeline Name,KeyPointID,Direction of Flow,Trade Type,Capacity (1000 m3/d),Throughput (1000 m3/d)\n"
	pointHeader  = "KeyPointID,Key Point,Pipeline Name,Latitude,Longitude,Description,Description FRA\n"
	ownOilHeader = "Date,Month,Year,Company,Pipeline,Key Point,Latitude,Longitude,Direction Of Flow,Trade Type,Product," +
		"Throughput (1000 m3/d),Committed Volumes (1000 m3/d),Uncommitted Volumes (1000 m3/d),Nameplate Capacity (1000 m3/d)," +
		"Available Capacity (1000 m3/d),Reason For Variance\n"
	ownGasHeader = "Date,Day,Month,Year,Company,Pipeline,Key Point,Latitude,Longitude,Direction Of Flow,Trade Type," +
		"Capacity (1000 m3/d),Throughput (1000 m3/d),Throughput (GJ/d)\n"
)

// reading is a published figure: month, and 1000 m3/d.
type reading struct{ point, month, product, rate string }

// published are figures of the Canada Energy Regulator (open data, as above), in the order in which nobody would write them.
var published = []reading{
	{"KP0020", "2024-03", "domestic heavy", "102.21"}, {"KP0020", "2024-03", "domestic light", "0.0"},
	{"KP0038", "2024-03", "domestic light", "35.0"}, {"KP0038", "2024-03", "domestic heavy", "0.0"},
	{"KP0016", "2024-03", "domestic heavy", "353.0642"}, {"KP0016", "2024-03", "domestic light / ngl", "151.2157"},
	{"KP0016", "2024-03", "foreign light", "0.0014"},
	{"KP0016", "2016-06", "domestic heavy", "227.0"}, {"KP0016", "2016-06", "domestic light / ngl", "98.1"},
	{"KP0016", "2016-06", "foreign light", "25.5"},
	{"KP0016", "2016-05", "domestic heavy", "217.3"}, {"KP0016", "2016-05", "domestic light / ngl", "107.8"},
	{"KP0016", "2016-05", "foreign light", "18.0"},
	{"KP0016", "2023-09", "domestic heavy", "323.3977"}, {"KP0016", "2023-09", "domestic light / ngl", "150.2089"},
	{"KP0016", "2023-09", "foreign light", "2.6868"},
	{"KP0016", "2023-10", "domestic heavy", "340.726"}, {"KP0016", "2023-10", "domestic light / ngl", "153.3495"},
	{"KP0016", "2023-10", "foreign light", "6.0601"},
}

// haskett2023 are the rates of heavy and light oil at KP0020 from January to December 2023, from the same source.
var haskett2023 = [12][2]string{
	{"85.83", "1.23"}, {"89.95", "2.73"}, {"90.43", "3.09"}, {"92.52", "2.16"}, {"92.24", "2.27"}, {"95.86", "0.0"},
	{"95.09", "0.0"}, {"94.71", "0.49"}, {"95.6", "0.48"}, {"96.38", "0.0"}, {"97.61", "0.0"}, {"98.91", "0.0"},
}

// oilFile returns all published figures as the file has them.
func oilFile() string {
	pipelines := map[string]string{"KP0020": "Keystone,KP0020,south", "KP0016": "EnbridgeMainline,KP0016,east", "KP0038": "TransMountain,KP0038,south"}
	var b strings.Builder
	b.WriteString(oilHeader)
	row := func(r reading) { fmt.Fprintf(&b, "%s-01,%s,%s,%s,\n", r.month, pipelines[r.point], r.product, r.rate) }
	for _, r := range published {
		row(r)
	}
	for i, rates := range haskett2023 {
		month := fmt.Sprintf("2023-%02d", i+1)
		row(reading{"KP0020", month, "domestic heavy", rates[0]})
		row(reading{"KP0020", month, "domestic light", rates[1]})
	}
	return b.String()
}

// read reads files, all of which must be good.
func read(t *testing.T, files ...string) *throughput.Data {
	t.Helper()
	d := new(throughput.Data)
	for i, f := range files {
		if err := d.Read(fmt.Sprintf("file %d", i+1), strings.NewReader(f), false); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// flows returns the flows that fit a filter, and their totals.
func flows(t *testing.T, d *throughput.Data, f throughput.Filter) ([]throughput.Flow, []throughput.Total) {
	t.Helper()
	all, err := d.Flows(f)
	if err != nil {
		t.Fatal(err)
	}
	totals, err := throughput.Totals(all)
	if err != nil {
		t.Fatal(err)
	}
	return all, totals
}

func month(t *testing.T, s string) throughput.Month {
	t.Helper()
	m, err := throughput.ParseMonth(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPublishedMonths(t *testing.T) {
	d := read(t, oilFile())
	for _, tt := range []struct{ point, m3, bbl string }{
		{"KP0020", "3168510", "642881.6"},
		{"KP0016", "15632720.3", "3171834.0"},
		{"KP0038", "1085000", "220143.4"},
	} {
		all, totals := flows(t, d, throughput.Filter{Points: []string{tt.point}, Month: month(t, "2024-03")})
		if len(totals) != 1 || totals[0].Volume.String() != tt.m3 || totals[0].BarrelsPerDay.Decimal(1) != tt.bbl || totals[0].Days != 31 {
			t.Errorf("%s: %+v, want %s m3, %s bbl/d over 31 days", tt.point, totals, tt.m3, tt.bbl)
		}
		var sum quantity.Micro
		for _, f := range all {
			sum += f.Volume
		}
		if sum.String() != tt.m3 {
			t.Errorf("%s: flows add up to %s m3, want %s", tt.point, sum, tt.m3)
		}
	}
}

func TestPublishedYear(t *testing.T) {
	_, totals := flows(t, read(t, oilFile()), throughput.Filter{Points: []string{"KP0020"}, Year: 2023})
	if len(totals) != 12+2+1 {
		t.Fatalf("%d totals, want one for each month, one for each product, and one for all", len(totals))
	}
	for i, want := range []struct{ product, m3, bbl string }{
		{"domestic heavy", "34227590", "215285064"}, {"domestic light", "375120", "2359434"}, {"", "34602710", "217644498"},
	} {
		got := totals[12+i]
		if got.Product != want.product || got.Volume.String() != want.m3 || got.Barrels.Decimal(0) != want.bbl || got.Months != 12 || got.Days != 365 {
			t.Errorf("%q: %s m3, %s bbl in %d months, %d days; want %s m3, %s bbl in the year",
				got.Product, got.Volume, got.Barrels, got.Months, got.Days, want.m3, want.bbl)
		}
	}
}

// The volumes that cloud/lineage/inventory starts from, where it applies the average for goods to this stream.
func TestPublishedStream(t *testing.T) {
	d := read(t, oilFile())
	for _, tt := range []struct{ month, heavy, light, foreign, all string }{
		{"2016-05", "6736300", "3341800", "558000", "10636100"},
		{"2016-06", "6810000", "2943000", "765000", "10518000"},
		{"2023-09", "9701931", "4506267", "80604", "14288802"},
		{"2023-10", "10562506", "4753834.5", "187863.1", "15504203.6"},
	} {
		all, totals := flows(t, d, throughput.Filter{Points: []string{"ex-gretna"}, Month: month(t, tt.month)})
		got := []string{all[0].Volume.String(), all[1].Volume.String(), all[2].Volume.String(), totals[0].Volume.String()}
		if want := []string{tt.heavy, tt.light, tt.foreign, tt.all}; !cmp.Equal(got, want) {
			t.Errorf("%s: %v, want %v", tt.month, got, want)
		}
	}
}

func TestGas(t *testing.T) {
	d := read(t, gasHeader+
		"2024-03-01,Alliance,KP0002,southeast,export,47261.1339,44500.9581\n"+
		"2023-12-01,TCPL,KP0014,south,export,83380.0,46105.9319\n"+
		"2023-12-01,TCPL,KP0014,north,import,20180.0,0.582\n"+
		"2023-12-01,Westcoast,KPWESC,west,intracanada,50990.0,13526.2405\n"+
		"2023-12-01,Westcoast,KPWESC,south,export,,37322.3448\n"+
		"2023-12-01,Brunswick,KP0000,west,export,,5.0\n")
	all, totals := flows(t, d, throughput.Filter{})
	var got []string
	for _, f := range all {
		got = append(got, fmt.Sprint(f.Point, " ", f.Trade, " ", f.Rate, " ", f.Volume, " ", f.Border, " ", f.Capacity != nil))
	}
	want := []string{
		"KP0002 export 44500.9581 1379529701.1 to US true",
		"KP0000 export 5.0 155000  false",
		"KP0014 import 0.582 18042 both ways true", // directions and trades never meet in a total
		"KP0014 export 46105.9319 1429283888.9 both ways true",
		"KPWESC export 37322.3448 1156992688.8 to US false",
		"KPWESC intracanada 13526.2405 419313455.5  true", // for the local network: it does not cross
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(totals) != 0 {
		t.Errorf("totals %+v of single flows", totals)
	}
	if f := all[0]; f.Capacity.String() != "47261.1339" || f.Barrels != nil || f.BarrelsPerDay != nil || f.Product != throughput.NaturalGas {
		t.Errorf("%+v: want the capacity as written, and no barrels of gas", f)
	}
}

// The CER's own file names points instead of their ids, has more columns, fractions of a program's binary numbers, and rows that state
// no flow: commitments, capacities of the whole system, sums. The figures of 2010 are those of the file; rows of the last two kinds are
// such as other pipelines' files have.
func TestOwnFile(t *testing.T) {
	const haskett = `,TransCanada Keystone Pipeline GP Ltd.,Keystone pipeline,"International boundary at or near Haskett, Manitoba",48.9989,-97.9577,`
	d := read(t, "\ufeff"+ownOilHeader+
		"2010-07-01,7,2010"+haskett+"south,export,domestic heavy,15.072396612903225,,,,18.113609354838708,NEB/REGULATORY DIRECTIVE\r\n"+
		"2010-07-01,7,2010"+haskett+"south,export,domestic light,3.041212741935484,,,,18.113609354838708,\"RESTRICTIONS , CURTAILMENT\"\r\n"+
		"2010-07-01,7,2010"+haskett+",,,,87.02,0.04,,,\r\n"+
		"2010-07-01,7,2010,Trans Mountain Pipeline ULC,Trans Mountain pipeline,system,,,all,all,all,,,,,35.0,\r\n"+
		"2010-07-01,7,2010,Trans Mountain Pipeline ULC,Trans Mountain pipeline,Sumas,49.0766,-122.203,south,export,total,5.0,,,,,\r\n"+
		"2010-07-01,7,2010,Trans Mountain Pipeline ULC,Trans Mountain pipeline,\"Su\nmas\",,,south,export,domestic light,5e-05,,,,,\r\n"+
		"2010-07-01,7,2010,NOVA Gas Transmission Ltd.,NGTL,Sumas,,,south,export,domestic light,1.00000000000000000007,,,,,\r\n"+
		",,,,,,,,,,,,,,,,\r\n")
	if f := d.Files[0]; f.Rows != 7 || f.Used != 4 || f.Passed != 3 || f.LeftOut != 0 || f.Kind != throughput.Oil || f.ByDay {
		t.Errorf("file %+v: want 7 rows, 4 used, 3 passed over", f)
	}
	all, _ := flows(t, d, throughput.Filter{})
	var got []string
	for _, f := range all {
		got = append(got, fmt.Sprint(f.Point, "|", f.Name, "|", f.Rate, "|", f.Volume, "|", f.Border))
	}
	want := []string{
		"KP0020|International boundary at or near Haskett, Manitoba|15.072396612903225|467244.295|to US",
		"KP0020|International boundary at or near Haskett, Manitoba|3.041212741935484|94277.595|to US",
		"|Sumas|1.000000000000|31000|", // a point of that name, but of another pipeline
		"|Su mas|0.000050000000|1.55|",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Made-up figures: rows that are days become months, and days without a row are not taken for zero.
func TestByDay(t *testing.T) {
	var b strings.Builder
	b.WriteString(ownGasHeader)
	for day := 1; day <= 28; day++ {
		fmt.Fprintf(&b, "2023-02-%02d,%d,2,2023,Alliance Pipeline Ltd.,Alliance pipeline,Border,49.0,-101.588,southeast,export,50000,%d.5,1\n", day, day, 40000+day)
	}
	b.WriteString("2023-03-31,31,3,2023,Alliance Pipeline Ltd.,Alliance pipeline,Border,49.0,-101.588,southeast,export,,1.0000005,1\n")
	b.WriteString("2023-03-02,2,3,2023,Alliance Pipeline Ltd.,Alliance pipeline,Border,49.0,-101.588,southeast,export,,2.0,1\n")
	b.WriteString("2023-03-03,3,3,2023,Alliance Pipeline Ltd.,Alliance pipeline,Border,49.0,-101.588,southeast,export,7,2.0,1\n")
	d := read(t, b.String())
	all, totals := flows(t, d, throughput.Filter{Border: true})
	if len(all) != 2 || len(totals) != 1 || !d.Files[0].ByDay {
		t.Fatalf("%d flows, %d totals: want February, March, and both", len(all), len(totals))
	}
	february, march := all[0], all[1]
	if february.Volume.String() != "1120420000" || february.Rate.String() != "40015.000000000" || february.Capacity.String() != "50000.000000000" ||
		february.Days != 28 || february.OfDays != 28 || february.Point != "KP0002" {
		t.Errorf("February %+v", february)
	}
	if march.Volume.String() != "5000.0005" || march.Rate.String() != "1.666666833" || march.Capacity.String() != "7.000000000" || march.Days != 3 || march.OfDays != 31 {
		t.Errorf("March %+v", march)
	}
	if tot := totals[0]; tot.Volume != february.Volume+march.Volume || tot.Days != 31 || tot.Months != 2 || tot.Of != 2 {
		t.Errorf("total %+v", tot)
	}
}

// Faults of the published file: a longitude without its sign and with a line break, places that are not available.
func TestKeyPoints(t *testing.T) {
	points := "\ufeff" + pointHeader +
		"KP0020,\"International boundary at or near Haskett, Manitoba\",Keystone,48.9989,-97.9577,\"Pipeline border crossing\nand more.\",\n" +
		"KP0069,North,Suffield,50.701,\"110.481\n\",,\n" +
		"KP0047,Clearbrook - Line 2/3,EnbridgeMainline,,,,\n" +
		"KP0000,not available,,not available,not available,,\n" +
		"KP0015,ex-Cromer,EnbridgeMainline,49.756,-101.242,,\n"
	d := read(t, oilHeader+
		"2016-01-01,EnbridgeLine9,KP0000,east,\"aggregate of heavy, medium, light crude petroleum\",35.6476,47.6963\n"+
		"2016-01-01,EnbridgeMainline,KP0015,east,domestic light,1.0,\n", points)
	micro := func(m quantity.Micro) *quantity.Micro { return &m }
	want := []throughput.Point{
		{ID: "KP0020", Name: "International boundary at or near Haskett, Manitoba", Pipeline: "Keystone",
			Latitude: micro(48_998_900), Longitude: micro(-97_957_700), Border: throughput.ToUS},
		{ID: "KP0069", Name: "North", Pipeline: "Suffield", Latitude: micro(50_701_000), Longitude: micro(-110_481_000)},
		{ID: "KP0047", Name: "Clearbrook - Line 2/3", Pipeline: "EnbridgeMainline"},
		{ID: "KP0000", Name: "not available"},
		{ID: "KP0015", Name: "ex-Cromer", Pipeline: "EnbridgeMainline", Latitude: micro(49_756_000), Longitude: micro(-101_242_000)},
	}
	if diff := cmp.Diff(want, d.Points); diff != "" {
		t.Error(diff)
	}
	f := d.Files[1]
	notes := []throughput.Remark{{Line: 4, Text: "longitude 110.481 of KP0069 has no sign: taken for west, as all of Canada is"}}
	if f.Kind != throughput.KeyPoints || f.Rows != 5 || f.Used != 5 || f.Mended != 1 || !cmp.Equal(f.Notes, notes) {
		t.Errorf("file %+v", f)
	}
	all, _ := flows(t, d, throughput.Filter{})
	if all[0].Name != "not available" || all[0].Product != "aggregate of heavy, medium, light crude petroleum" || all[1].Name != "ex-Cromer" {
		t.Errorf("flows %+v: want names from the key points", all)
	}
}

func TestBorders(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range throughput.Borders() {
		if seen[p.ID] || p.Name == "" || p.Pipeline == "" || p.Border != throughput.ToUS && p.Border != throughput.FromUS && p.Border != throughput.Both {
			t.Errorf("%+v", p)
		}
		seen[p.ID] = true
	}
	for _, id := range strings.Fields("KP0020 KP0016 KP0038 KP0002 KP0023 KP0025 KP0013 KP0014 KP0005 KP0026 KP0022 KPWESC KP0001 KP0008 KP0021") {
		if !seen[id] {
			t.Errorf("%s is not known to lie at the border", id)
		}
	}
	if throughput.Borders()[0] = (throughput.Point{}); throughput.Borders()[0].ID == "" {
		t.Error("the table can be changed from outside")
	}
}

func TestMonth(t *testing.T) {
	for s, days := range map[string]int{"2024-02": 29, "2023-02": 28, "1900-02": 28, "2000-02": 29, "2024-12": 31, "2024-04": 30} {
		m := month(t, s)
		if m.Days() != days || m.String() != s {
			t.Errorf("%s has %d days, want %d", m, m.Days(), days)
		}
		var again throughput.Month
		if b, err := m.MarshalText(); err != nil || again.UnmarshalText(b) != nil || again != m {
			t.Errorf("%s is %q as text, and %s from that", m, b, again)
		}
	}
	for _, s := range []string{"", "2024", "2024-13", "2024-3", "03-2024", "2024-03-01"} {
		if m, err := throughput.ParseMonth(s); err == nil {
			t.Errorf("%q is read as %s", s, m)
		}
	}
}
