package lint_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/customs/lint"
	"github.com/gauger/gauger/configs"
)

// readTables reads the tables of the program, once.
var readTables = sync.OnceValues(func() (*customs.Tables, error) {
	rates, err := configs.Files.ReadFile(configs.Rates)
	if err != nil {
		return nil, err
	}
	ports, err := configs.Files.ReadFile(configs.Ports)
	if err != nil {
		return nil, err
	}
	return customs.ParseTables(rates, ports)
})

func tables(t testing.TB) *customs.Tables {
	t.Helper()
	tab, err := readTables()
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// files reads a folder of testdata, by name.
func files(t testing.TB, dir string) []lint.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", dir, "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(names), err)
	}
	var out []lint.File
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, lint.File{Name: filepath.Base(name), Data: b})
	}
	return out
}

// check returns the findings as "L4 /path".
func check(t testing.TB, in ...lint.File) []lint.Finding {
	t.Helper()
	r, err := lint.Check(tables(t), in...)
	if err != nil {
		t.Fatal(err)
	}
	if r.More != 0 || r.Documents == 0 {
		t.Fatalf("%d more findings, %d documents", r.More, r.Documents)
	}
	return r.Findings
}

// T29: documents with the twelve mistakes of the published examples give twelve findings, one for each.
func TestPlantedMistakes(t *testing.T) {
	var got []string
	for _, f := range check(t, files(t, "planted")...) {
		place := f.File
		if f.Line > 0 {
			place += fmt.Sprintf(":%d", f.Line)
		}
		got = append(got, f.Rule+" "+place+" "+f.Path)
		if f.Severity != customs.Error || f.Message == "" || f.Mend == "" || f.Citation == "" {
			t.Errorf("%+v lacks something", f)
		}
	}
	want := []string{
		"L5 array.json /0/credentialSubject/observation/1/measurement/value",
		"L10 array.json /1/credentialSubject/scheduledDate",
		"L7 array.json /1/credentialSubject/injectionEndDate",
		"L11 array.json /1/credentialSubject/countryOfDestination",
		"L9 entry.json /credentialSubject/entryNumber",
		"L6 ticket.json /credentialSubject/product/weight/unitCode",
		"L1 ticket.json /credentialSubject/product/commodity/commodityCode",
		"L4 ticket.json /credentialSubject/observation/3/measurement/value",
		"L2 ticket.json /credentialSubject/observation/4/measurement/unitCode",
		"L3 ticket.json /credentialSubject/observation/5/measurement/value",
		"L8 wells.ndjson:1 /credentialSubject/UWI",
		"L12 wells.ndjson:2 /credentialSubject/facility",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The figures of the published examples, and the ones that would be right (sections L1 to L12 of the rules).
func TestPublishedFigures(t *testing.T) {
	for _, c := range []struct{ name, doc, rule, says, mends string }{
		{"L1 with its density", `{"commodity":{"commodityCode":"2714.10.00.00"},"density":{"value":"921.7","unitCode":"KMQ"},"gsv_m3":1}`,
			"L1", "solid", "2709.00.10.00, the line of crude oil of 21.9 degrees API"},
		{"L1 without", `{"commodity":{"commodityCode":"2714.10.00.00"},"scheduledVolume":[{"value":"900000","unitCode":"m3"}]}`,
			"L1", `measured in "m3"`, "2709.00.10.00 for crude oil under 25 degrees API, 2709.00.20.90 from there on"},
		{"L1 gas by energy", `{"commodity":{"commodityCode":"2714.10.00.00"},"deliveredVolume":{"value":"8806","unitCode":"dth"}}`,
			"L1", "as natural gas is", "2711.21.00.00"},
		{"L2", `{"density":{"value":"921.7","unitCode":"lbm/ft3"},"API":"21.9"}`, "L2", "14764.22 kg/m3", "57.54 lbm/ft3"},
		{"L3", `{"density":{"value":"921.7","unitCode":"kg/m3"},"API":"28"}`, "L3", "gravity 28 is not that of the density: 921.7 kg/m3 are 21.9 degrees API; the line would be 2709.00.10.00 instead of 2709.00.20.90", "886.3 kg/m3"},
		{"L4", `{"gsv_bbl":"45000","nsv_bbl":"54000"}`, "L4", "net 54000 is more than gross 45000", "less sediment and water"},
		{"L5", `{"gsv_m3":"9500","gsv_bbl":"45000"}`, "L5", "9500 m3 are 59753.20 bbl, not 45000", "59753.20"},
		{"L5 with a density", `{"gsv_m3":"9500","gsv_bbl":"45000","density":{"value":"926.5","unitCode":"kg/m3"}}`, "L5", "59753.20", "59776.97 bbl at 60 F"},
		{"L6", `{"weight":{"value":"9813","unitCode":"hg/ha"}}`, "L6", "a ratio", "kg (KGM)"},
		{"L7", `{"injectionStartDate":"2022-05-01T22:13:00Z","injectionEndDate":"2022-05-01T12:13:00Z"}`, "L7", "is before injectionStartDate", "order"},
		{"L8", `{"UWI":"100.12-04-091-05-W5.00"}`, "L8", "standard form", "100/12-04-091-05W5/00"},
		{"L9 of a 7501", `{"entryNumber":"73461882610"}`, "L9", "is 2, not 0", "734-6188261-2"},
		{"L9 of an entry number", `{"entryNumber":"12345123456"}`, "L9", "is 4, not 6", "123-4512345-4"},
		{"L9 in its third form", `{"entryNumber":"SP3-34563756"}`, "L9", "is 9, not 6", "SP3-3456375-9"},
		{"L10", `{"scheduledDate":"2022-05-01  10:13:00 PM"}`, "L10", "no zone", "2022-05-01T22:13:00 and its zone"},
		{"L11", `{"countryOfDestination":"USA"}`, "L11", "two-letter", "write US"},
		{"L12", `{"UWI":"100/12-04-091-05W5/00","facility":{"geo":{"latitude":"82.9129","longitude":"-140.7984"},"address":{"addressRegion":"Virginia","addressCountry":"Serbia"}}}`,
			"L12", `82.9129, -140.7984 is not near it; "Serbia" is not Canada; Virginia has no wells`, "CA"},
		{"T35 L14", `{"entryType":"01","totalEnteredValue":{"price":8230},"duty":{"price":20},"tax":{"price":282},"total":{"price":8532}}`,
			"L14", "the total is 302.00, not 8532.00: duty 20.00 + tax 282.00; the entered value of 8230.00 was added in", "write 302.00"},
		{"in-bond number", `{"inBondNumber":"123456789"}`, "L24", "is 2, not 9", "123456782"},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := check(t, lint.File{Name: "f", Data: []byte(c.doc)})
			if len(found) != 1 {
				t.Fatalf("found %+v", found)
			}
			f := found[0]
			if f.Rule != c.rule || !strings.Contains(f.Message, c.says) || !strings.Contains(f.Mend, c.mends) {
				t.Errorf("%s: %s; %s", f.Rule, f.Message, f.Mend)
			}
		})
	}
}

// A document without mistakes gives no finding, one of each type: alone, and all together.
func TestCleanDocuments(t *testing.T) {
	all := files(t, "clean")
	for _, f := range all {
		for _, wrong := range check(t, f) {
			t.Errorf("%s: %+v", f.Name, wrong)
		}
	}
	if found := check(t, all...); len(found) > 0 {
		t.Errorf("together: %+v", found)
	}
}

// TestRules plants one mistake, or none, in a small document. Want lists rule and path, in order.
func TestRules(t *testing.T) {
	const header = `"entryNumber":"ZZ903102418","entryType":"01","mot":"70"`
	claim := func(imported, claimed, from, to, signed string) string {
		return `{` + header + `,"importDate":"` + imported + `","claimedAt":"` + claimed + `","lines":[{"hts":"2709.00.10.00","originCode":"XA","spi":"S",` +
			`"certificate":{"agreement":"USMCA","hs6":"270900","blanketFrom":"` + from + `","blanketTo":"` + to + `","signedAt":"` + signed + `"}}]}`
	}
	for _, c := range []struct{ name, doc, want string }{
		{"heading of hot natural bitumen by volume is open", `{"commodity":{"commodityCode":"2714.90.00.00"},"scheduledVolume":[{"value":1,"unitCode":"bbl"}]}`, ""},
		{"tar sands by weight are tar sands", `{"commodity":{"commodityCode":"2714.10.00.00"},"netQuantity":{"value":1,"unitCode":"t"}}`, ""},
		{"dilbit is no bituminous mixture", `{"commodity":{"commodityCode":"2715.00.00.00","description":"Dilbit"}}`, "L1 /commodity/commodityCode"},
		{"steel has its density", `{"density":{"value":"7850","unitCode":"kg/m3"}}`, ""},
		{"gas has its density", `{"commodity":{"commodityCode":"2711.21"},"density":{"value":"0.72","unitCode":"kg/m3"}}`, ""},
		{"crude oil in g/cm3 under kg/m3", `{"density":{"value":"0.9265","unitCode":"kg/m3"},"API":21.1}`, "L2 /density/unitCode"},
		{"gravity of 15 C and of 60 F both do", `[{"density":{"value":"926.5","unitCode":"kg/m3"},"API":21.1},{"density":{"value":"926.5","unitCode":"kg/m3"},"API":21.0}]`, ""},
		{"gravity with water of 1000", `{"density":{"value":"921.7","unitCode":"kg/m3"},"API":22.0}`, ""},
		{"density observed at some temperature says nothing", `{"observedDensity":{"value":"880","unitCode":"kg/m3"},"API":21.1}`, ""},
		{"net of another tank", `{"opening_gsv_bbl":10,"closing_nsv_bbl":20}`, ""},
		{"net rounded over gross", `{"gsv_bbl":"100","nsv_bbl":"100.4"}`, ""},
		{"figures of several days", `{"observation":[{"property":"gsv_bbl","measurement":100},{"property":"nsv_bbl","measurement":99},{"property":"gsv_bbl","measurement":50},{"property":"nsv_bbl","measurement":49},{"property":"API","measurement":21},{"property":"API","measurement":38},{"property":"density","measurement":{"value":"926.5","unitCode":"kg/m3"}}]}`, ""},
		{"a density among several", `{"observation":[{"property":"API","measurement":21},{"property":"density","measurement":{"value":"926.5","unitCode":"kg/m3"}},{"property":"density","measurement":{"value":"926.5","unitCode":"lb/ft3"}}]}`, "L2 /observation/2/measurement/unitCode"},
		{"a flow rate is no volume", `{"net_volume_flow_rate":10,"gross_volume":5}`, ""},
		{"net and gross of a day", `{"days":[{"netBarrels":"60001","grossBarrels":"60000"}]}`, "L4 /days/0/netBarrels"},
		{"net and gross weight", `{"netWeight":{"value":"12","unitCode":"KGM"},"grossWeight":{"value":"11","unitCode":"kg"}}`, "L4 /netWeight/value"},
		{"barrels by 6.29", `{"v":[{"value":"18170.90","unitCode":"m3"},{"value":"114294.96","unitCode":"bbl"}]}`, ""},
		{"barrels by 6.2898", `{"v":[{"value":"900000","unitCode":"m3"},{"value":"5660820","unitCode":"bbl"}]}`, ""},
		{"legal barrels", `{"v":[{"value":"900000","unitCode":"m3"},{"value":"5661089.45","unitCode":"bbl"}]}`, ""},
		{"barrels at 60 F of m3 at 15 C", `{"gsv_m3":"9500","gsv_bbl":"59776.97"}`, ""},
		{"barrels by 6.3", `{"v":[{"value":"9500","unitCode":"BLL"},{"value":"59850","unitCode":"m3"}]}`, "L5 /v/0/value"},
		{"two batches are no pair", `{"v":[{"value":"1","unitCode":"m3"},{"value":"2","unitCode":"m3"},{"value":"60","unitCode":"bbl"}]}`, ""},
		{"a unit against the name", `{"gsv_m3":{"value":"9500","unitCode":"bbl"}}`, "L6 /gsv_m3/unitCode"},
		{"a volume in kg", `{"deliveredVolume":{"value":"9500","unitCode":"kg"}}`, "L6 /deliveredVolume/unitCode"},
		{"a weight in a unit that nobody knows", `{"weight":{"value":"9500","unitCode":"puds"}}`, ""},
		{"export on the day after import, at the border", `{"exportDate":"2026-04-30","importDate":"2026-04-29"}`, ""},
		{"export days after import", `{"exportDate":"2026-04-30","importDate":"2026-04-20"}`, "L7 /importDate"},
		{"order across zones", `{"openDate":"2026-04-30T23:00:00-06:00","closeDate":"2026-05-01T04:30:00Z"}`, "L7 /closeDate"},
		{"Manitoba writes points", `{"UWI":"100.16-09-010-09W1.00"}`, ""},
		{"Alberta's short form", `{"UWI":"00/12-04-091-05W5/0"}`, ""},
		{"without strokes", `{"UWI":"100120409105W500"}`, ""},
		{"British Columbia", `{"UWI":"200/d-096-H/094-A-15/00"}`, ""},
		{"a Texan well", `{"UWI":"42-123-45678-00-00"}`, ""},
		{"a section 37", `{"UWI":"100/12-37-091-05W5/00"}`, "L8 /UWI"},
		{"no well at all", `{"UWI":"well 7"}`, "L8 /UWI"},
		{"entry number in three forms", `[{"entryNumber":"734-6188261-2"},{"entryNumber":"73461882612"},{"entryNumber":"734-61882612"}]`, ""},
		{"hyphen out of place", `{"entryNumber":"7346-188261-2"}`, "L9 /entryNumber"},
		{"entry number too short", `{"entryNumber":"A123456"}`, "L9 /entryNumber"},
		{"a day is no instant of the envelope", `{"validFrom":"2026-04-01"}`, "L10 /validFrom"},
		{"a day is a day", `{"importDate":"2026-04-01","arrivalDate":"2026-04-31"}`, "L10 /arrivalDate"},
		{"ISO 8601 without seconds", `{"importDate":"2026-04-01T12:54Z"}`, "L10 /importDate"},
		{"several origins", `{"countryOfOrigin":"MULTI","exportingCountry":"US","x":{"countryOfOrigin":"OCA"}}`, ""},
		{"a name for a code", `{"addressCountry":"Atlantis"}`, "L11 /addressCountry"},
		{"the sign of the longitude", `{"geo":{"latitude":"52.67","longitude":"111.31"},"address":{"addressRegion":"AB","addressCountry":"CA"}}`, "L12 /geo"},
		{"San Juan in the United States", `{"geo":{"latitude":"18.47","longitude":"-66.1"},"address":{"addressRegion":"PR","addressCountry":"US"}}`, ""},
		{"latitude and longitude exchanged", `{"geo":{"latitude":"-97.56","longitude":"49.0"},"address":{"addressCountry":"US"}}`, "L12 /geo"},
		{"a state in another", `{"geo":{"latitude":"29.76","longitude":"-95.37"},"address":{"addressRegion":"North Dakota","addressCountry":"US"}}`, "L12 /geo"},
		{"coordinates alone", `{"geo":{"latitude":"12.67","longitude":"111.31"}}`, ""},
		{"no place on earth", `{"geo":{"latitude":"152.67","longitude":"11.31"}}`, "L12 /geo"},
		{"a state in Canada", `{"address":{"addressRegion":"North Dakota","addressCountry":"CA"}}`, "L12 /address/addressRegion"},
		{"a region elsewhere of the same name", `{"address":{"addressRegion":"Maryland","addressCountry":"LR"}}`, ""},
		{"a plant some way from its well", `{"UWI":"100/12-04-091-05W5/00","facility":{"geo":{"latitude":"56.2","longitude":"-116.0"}}}`, ""},
		{"light oil in the heavy line", `{"hts":"2709.00.10.00","api60":"38.4"}`, "L13 /hts"},
		{"heavy oil in the light line, by density", `{"commodity":{"commodityCode":"2709.00.20.90"},"density":{"value":"926.5","unitCode":"kg/m3"}}`, "L13 /commodity/commodityCode"},
		{"within the band a person decides", `{"hts":"2709.00.20.90","api60":"24.96"}`, ""},
		{"lines that do not add up", `{` + header + `,"totalEnteredValue":100,"lines":[{"value":60},{"value":41}]}`, "L15 /totalEnteredValue"},
		{"cents that round to whole dollars", `{` + header + `,"totalEnteredValue":101,"lines":[{"value":"60.40"},{"value":"40.30"}]}`, ""},
		{"a total as duty, tax and other", `{` + header + `,"duty":"26.25","tax":{"price":0},"other":"651.50","total":"677.75"}`, ""},
		{"an invoice takes the country", `{"number":"PO-1","exportingCountry":"CA","lines":[{"hts":"2709.00.10.00","countryOfOrigin":"CA"}]}`, ""},
		{"origin CA exported from Canada", `{` + header + `,"exportingCountry":"CA","lines":[{"hts":"2709.00.10.00","countryOfOrigin":"CA"}]}`, "L16 /lines/0/countryOfOrigin"},
		{"said once for all lines", `{` + header + `,"exportingCountry":"CA","countryOfOrigin":"CA","lines":[{"hts":"2709.00.10.00"},{"hts":"2709.00.10.00"}]}`, "L16 /countryOfOrigin"},
		{"origin CA exported from elsewhere", `{` + header + `,"exportingCountry":"GB","countryOfOrigin":"CA","hts":"2709.00.10.00"}`, ""},
		{"CAFTA-DR by pipeline", `{` + header + `,"originCode":"GT","spi":"P","hts":"2709.00.10.00"}`, "L17 /spi"},
		{"CAFTA-DR by vessel", `{"entryType":"01","mot":"11","originCode":"GT","spi":"P","hts":"2709.00.10.00","vessel":"Gizera"}`, ""},
		{"a vessel by pipeline", `{` + header + `,"vessel":"Gizera","hts":"2709.00.10.00"}`, "L18 /vessel"},
		{"Schedule K by pipeline", `{` + header + `,"lines":[{"hts":"2709.00.10.00","scheduleK":"12345"}]}`, "L18 /lines/0/scheduleK"},
		{"harbor maintenance fee by pipeline", `{` + header + `,"lines":[{"hts":"2709.00.10.00","fees":[{"class":"499","amount":"1"},{"class":"501","amount":"4375.00"}]}]}`, "L18 /lines/0/fees/1/class"},
		{"a carrier by pipeline", `{` + header + `,"importingCarrier":"NISC","hts":"2709.00.10.00"}`, "L19 /importingCarrier"},
		{"a carrier at sea", `{"entryType":"01","transportMode":"Ocean","importingCarrier":"NISC","hts":"2709.00.10.00"}`, ""},
		{"blanket of a leap year", `{"blanketFrom":"2024-01-01","blanketTo":"2024-12-31"}`, ""},
		{"T26 blanket of 366 days", `{"blanketFrom":"2026-01-01","blanketTo":"2027-01-01"}`, "L20 /blanketTo"},
		{"twelve months to the instant", `{"type":["USMCACertificationOfOrigin"],"validFrom":"2023-01-01T00:00:00Z","validUntil":"2024-01-01T00:00:00Z","credentialSubject":{"goods":[]}}`, ""},
		{"and one more", `{"type":["USMCACertificationOfOrigin"],"validFrom":"2023-01-01T00:00:00Z","validUntil":"2024-01-01T00:00:01Z","credentialSubject":{"goods":[]}}`, "L20 /validUntil"},
		{"a single shipment has no such limit", `{"type":["USMCACertificationOfOrigin"],"validFrom":"2023-01-01T00:00:00Z","validUntil":"2026-01-01T00:00:00Z","credentialSubject":{"invoiceNumber":"7","goods":[]}}`, ""},
		{"claim with its certificate", claim("2026-03-31", "2026-04-10T12:00:00Z", "2026-01-01", "2026-03-31", "2026-01-05T08:00:00Z"), ""},
		{"T25 signed a minute after the claim", claim("2026-03-31", "2026-04-10T12:00:00Z", "2026-01-01", "2026-12-31", "2026-04-10T12:01:00Z"), "L21 /lines/0/spi"},
		{"importation after the period", claim("2026-04-01", "2026-04-10T12:00:00Z", "2026-01-01", "2026-03-31", "2026-01-05T08:00:00Z"), "L22 /lines/0/spi"},
		{"importation in the last hour, in another zone", claim("2026-03-31T20:00:00-06:00", "2026-04-10T12:00:00Z", "2026-01-01T00:00:00Z", "2026-04-01T06:00:00Z", "2026-01-05T08:00:00Z"), ""},
		{"claim without any certificate at hand", `{` + header + `,"importDate":"2026-04-01","originCode":"XA","spi":"S","hts":"2709.00.10.00"}`, ""},
		{"S for goods of the United States", `{` + header + `,"originCode":"US","spi":"S","hts":"2709.00.10.00"}`, ""},
		{"S before the tariff number for goods of Norway", `{` + header + `,"originCode":"NO","hts":"S2709.00.10.00"}`, "L23 /hts"},
		{"in-bond number with a right digit", `[{"inBondNumber":"823456782"},{"inBondNumber":"257700052"},{"inBondNumber":"257700030"},{"inBondNumber":"B00012345"}]`, ""},
		{"type 06 without a zone", `{"entryType":"06","mot":"70","hts":"2709.00.10.00"}`, "L25 /entryType"},
		{"type 06 with one", `{"entryType":"06","mot":"70","importingCarrier":"FTZ 0084","hts":"2709.00.10.00"}`, ""},
		{"a zone without type 06", `{"entryType":"Free and Dutiable 01","lineItems":[{"freeTradeZoneStatus":"P"}]}`, "L25 /entryType"},
		{"line numbers that fall", `{` + header + `,"lines":[{"line":"001"},{"line":"003"},{"line":"002"}]}`, "L26 /lines/2/line"},
		{"a unit that is not the line's", `{"hts":"2709.00.10.00","quantity":{"value":"9500","unitCode":"m3"}}`, "L27 /quantity/unitCode"},
		{"a delivery may be in m3", `{"commodity":{"commodityCode":"2709.00.10.00"},"quantity":{"value":"9500","unitCode":"m3"}}`, ""},
		{"a heading is too short for a certificate", `{"goods":[{"commodityCode":"2709","originCriterion":"A"}]}`, "L28 /goods/0/commodityCode"},
		{"a heading elsewhere", `{"commodityCode":"2709"}`, ""},
		{"seven digits", `{"commodityCode":"2709.00.1","commodityCodeType":"HTS"}`, "L28 /commodityCode"},
		{"a code of another list", `{"commodityCode":"AB-1234567"}`, ""},
		{"ten digits of the Harmonized System", `{"commodityCode":"2709.00.10.00","commodityCodeType":"HS"}`, "L29 /commodityCode"},
		{"importer numbers", `[{"importerOfRecord":{"number":"12-3456789XX","identifierType":"IRS"}},{"importerNumber":{"number":"123-45-6789"}},{"importerOfRecord":"Lake Refining 7 Inc"},{"importerOfRecord":{"name":"Lake"}}]`, ""},
		{"a short importer number", `{"importerNumber":{"number":"10025672","identifierType":"CBP"}}`, "L30 /importerNumber/number"},
		{"a global location number", `[{"globalLocationNumber":"3177794693200"},{"globalLocationNumber":"3177794693201"}]`, "L31 /1/globalLocationNumber"},
		{"a name twice", `{"a":1,"b":{"c":1,"c":2}}`, "L32 /b/c"},
		{"a credential without the context", `{"type":["VerifiableCredential"],"@context":["https://w3id.org/traceability/v1"]}`, "L33 /@context"},
		{"criterion E", `{"goods":[{"commodityCode":"2709.00","originCriterion":"E"}]}`, "L34 /goods/0/originCriterion"},
		{"null, empty and nothing", `[null,{},[],"",{"entryNumber":null,"UWI":"","API":"","addressCountry":" "},7]`, ""},
		{"names with strokes in a pointer", `{"a/b~c":{"entryNumber":"1"}}`, "L9 /a~1b~0c/entryNumber"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range check(t, lint.File{Name: "f", Data: []byte(c.doc)}) {
				got = append(got, f.Rule+" "+f.Path)
			}
			if s := strings.Join(got, "; "); s != c.want {
				t.Errorf("found %q, want %q", s, c.want)
			}
		})
	}
}

// A claim in one file is held against the certificates in others: one that supports it is enough.
func TestClaimsAcrossFiles(t *testing.T) {
	clean := map[string][]byte{}
	for _, f := range files(t, "clean") {
		clean[f.Name] = f.Data
	}
	entry, cert := lint.File{Name: "entry", Data: clean["entry7501.json"]}, lint.File{Name: "cert", Data: clean["usmca.json"]}
	edited := func(f lint.File, from, to string) lint.File {
		if n := strings.Count(string(f.Data), from); n != 1 {
			t.Fatalf("%q stands %d times in %s", from, n, f.Name)
		}
		return lint.File{Name: f.Name, Data: []byte(strings.Replace(string(f.Data), from, to, 1))}
	}
	old := edited(cert, `"validUntil": "2026-12-31T23:59:59Z"`, `"validUntil": "2026-03-31T23:59:59Z"`)
	late := edited(cert, "2026-01-05T08:00:00Z", "2026-05-11T08:00:00Z")
	other := edited(old, `"2709.00"`, `"2711.21"`)
	for _, c := range []struct {
		name  string
		files []lint.File
		want  string
	}{
		{"covered", []lint.File{entry, cert}, ""},
		{"not covered", []lint.File{entry, old}, "L22 entry"},
		{"not covered, in the other order", []lint.File{old, entry}, "L22 entry"},
		{"signed late", []lint.File{entry, late}, "L21 entry"},
		{"one of two covers", []lint.File{old, cert, entry}, ""},
		{"a certificate for other goods", []lint.File{entry, other}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			for _, f := range check(t, c.files...) {
				got += f.Rule + " " + f.File
			}
			if got != c.want {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, in, says string }{
		{"empty", "", "holds no JSON"},
		{"blank", " \n", "holds no JSON"},
		{"no JSON", "hello", "line 1"},
		{"broken", "{\n\"a\": 1,\n}", "line 3"},
		{"cut off", "{\"a\": [1,\n2", "line 2: not JSON that can be checked: ends within a value"},
		{"second document broken", "{}\n{\"a\"}", "line 2"},
		{"not UTF-8", "{\"a\": \"\xff\"}", "not UTF-8"},
		{"too deep", strings.Repeat("[", lint.MaxDepth+2) + strings.Repeat("]", lint.MaxDepth+2), "levels deep"},
		{"too many values", "[" + strings.Repeat("0,", lint.MaxValues) + "0]", "values"},
		{"too long", strings.Repeat(" ", lint.MaxSize+1), "bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := lint.Check(tables(t), lint.File{Name: "f.json", Data: []byte(c.in)}); err == nil ||
				!strings.HasPrefix(err.Error(), "f.json: ") || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
}

func TestTooManyCertificates(t *testing.T) {
	doc := strings.Repeat(`{"blanketFrom":"2026-01-01","blanketTo":"2026-12-31"}`, lint.MaxCertificates+1)
	if _, err := lint.Check(tables(t), lint.File{Name: "f", Data: []byte(doc)}); err == nil || !strings.Contains(err.Error(), "several runs") {
		t.Errorf("%v", err)
	}
}

// An object with many members is searched by an index, and gives the same findings.
func TestLargeObject(t *testing.T) {
	var b strings.Builder
	for i := range 500 {
		fmt.Fprintf(&b, `"x%d":%d,`, i, i)
	}
	found := check(t, lint.File{Name: "f", Data: []byte(`{` + b.String() + `"entryNumber":null,"entryNumber":"1","entryNumber":"ZZ903102418"}`)})
	if len(found) != 3 || found[0].Rule != "L9" || found[1].Rule != "L32" || found[2].Rule != "L32" {
		t.Errorf("found %+v", found)
	}
}

// Findings beyond the limit are counted.
func TestManyFindings(t *testing.T) {
	const n = 5 * lint.MaxFindings
	doc := "[" + strings.TrimSuffix(strings.Repeat(`{"addressCountry":"USA"},`, n), ",") + "]"
	r, err := lint.Check(tables(t), lint.File{Name: "f", Data: []byte(doc)})
	if err != nil || len(r.Findings) != lint.MaxFindings || r.More != n-lint.MaxFindings {
		t.Fatalf("%d findings, %d more, %v", len(r.Findings), r.More, err)
	}
	if last := r.Findings[lint.MaxFindings-1].Path; last != fmt.Sprintf("/%d/addressCountry", lint.MaxFindings-1) {
		t.Errorf("the last one listed is %s", last)
	}
}

func TestTableOfRules(t *testing.T) {
	for i, r := range lint.Rules() {
		if r.ID != fmt.Sprintf("L%d", i+1) || r.Title == "" || r.Citation == "" || r.Verified == "" ||
			r.Severity != customs.Error && r.Severity != customs.Warning {
			t.Errorf("rule %d: %+v", i+1, r)
		}
	}
}
