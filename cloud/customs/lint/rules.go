package lint

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/configs/dated"
)

// Rule is one thing that is checked. Its id never changes its meaning.
type Rule struct {
	ID       string        `json:"id"`
	Title    string        `json:"title"`
	Severity customs.Level `json:"severity"`
	Citation string        `json:"citation"`
	Verified dated.Tag     `json:"verified"` // whether anybody read it there
}

// cite returns the citation as a finding carries it.
func (r Rule) cite() string {
	switch r.Verified {
	case dated.Secondary:
		return r.Citation + " (read in somebody's account of it)"
	case dated.Memory:
		return r.Citation + " (unverified)"
	}
	return r.Citation
}

// Rules returns all rules, in the order of their numbers.
func Rules() []Rule { return slices.Clone(rules) }

var rules = []Rule{
	{"L1", "crude oil is of heading 2709: not tar sands, 2714, nor bituminous mixtures, 2715", customs.Error, "HTSUS chapter 27; HQ H328199", dated.Verified},
	{"L2", "a density is one that oil or gas can have in the unit that it states", customs.Error, "API MPMS 11.1 (range of densities)", dated.Verified},
	{"L3", "gravity and density are of the same oil", customs.Error, "API MPMS 11.1; 19 CFR 151.41", dated.Verified},
	{"L4", "net does not exceed gross", customs.Error, "19 USC 1507(b)", dated.Verified},
	{"L5", "cubic metres and barrels of one quantity agree", customs.Error, "barrel of 42 gallons; HTSUS chapter 27, Additional US Note 7", dated.Verified},
	{"L6", "a weight is in a unit of mass, a volume in a unit of volume", customs.Error, "UN/ECE Recommendation 20", dated.Memory},
	{"L7", "what begins does not end before", customs.Error, "order in time", dated.Verified},
	{"L8", "a unique well identifier is in a standard form", customs.Error, "CAPP, The Canadian Unique Well Identifier; Manitoba, Unique Well Identifier", dated.Verified},
	{"L9", "an entry number has eleven characters and the right check digit", customs.Error, "ACE ABI CATAIR, appendix E", dated.Verified},
	{"L10", "a time is written by RFC 3339, with its zone", customs.Error, "RFC 3339; W3C VC Data Model 2.0 (dateTimeStamp)", dated.Verified},
	{"L11", "a country is the two letters of ISO 3166-1", customs.Error, "ISO 3166-1 alpha-2; CBP Form 7501, blocks 10 and 14", dated.Verified},
	{"L12", "coordinates, region, country and well identifier are of one place", customs.Error, "Dominion Land Survey; boxes around provinces and states, coarse", dated.Memory},
	{"L13", "the line of crude oil is that of its gravity", customs.Error, "HTSUS 2709.00.10, 2709.00.20; 19 CFR 151.41", dated.Verified},
	{"L14", "the total of an entry summary is duty, tax and other: value is no part of it", customs.Error, "CBP Form 7501, blocks 37 to 40", dated.Verified},
	{"L15", "the total entered value is the sum of the lines", customs.Error, "CBP Form 7501, blocks 32 and 35", dated.Verified},
	{"L16", "goods of Canada exported directly from Canada carry the code of the province", customs.Error, "15 CFR 30.54(b); CSMS 97-000267", dated.Verified},
	{"L17", "no CAFTA-DR claim for goods by pipeline", customs.Error, "HTSUS GN 29", dated.Verified},
	{"L18", "no vessel, Schedule K port or harbor maintenance fee for goods by pipeline", customs.Error, "19 CFR 24.24; CSMS 12-000395", dated.Verified},
	{"L19", "no importing carrier for goods by pipeline", customs.Error, "CBP Form 7501, block 8", dated.Verified},
	{"L20", "a blanket certificate runs for twelve months at most", customs.Error, "USMCA Annex 5-A; 19 CFR 182.12", dated.Secondary},
	{"L21", "the certificate is signed before preference is claimed", customs.Error, "19 CFR 182.11(b)", dated.Secondary},
	{"L22", "the certificate covers the day of importation", customs.Error, "USMCA Annex 5-A; 19 CFR 182.12", dated.Secondary},
	{"L23", "a special program is claimed for goods of its countries", customs.Error, "HTSUS GN 11, GN 29", dated.Verified},
	{"L24", "an in-bond number has the right check digit", customs.Error, "ACE ABI CATAIR, in-bond", dated.Verified},
	{"L25", "entry type 06, and only it, has a zone record", customs.Error, "CBP Form 7501, blocks 2 and 8; 19 CFR 146", dated.Verified},
	{"L26", "line numbers rise", customs.Error, "ACE ABI CATAIR, entry summary, record 40", dated.Verified},
	{"L27", "the net quantity is in the unit of the tariff line", customs.Error, "HTSUS; CBP Form 7501, block 31", dated.Verified},
	{"L28", "a tariff number has the digits that it needs: six in a certificate of origin", customs.Error, "USMCA Annex 5-A, element 6", dated.Secondary},
	{"L29", "a code of the Harmonized System has six digits; longer ones are a country's", customs.Warning, "HS Convention", dated.Memory},
	{"L30", "an importer number is in one of its three forms", customs.Warning, "19 CFR 24.5", dated.Secondary},
	{"L31", "a global location number has the right check digit", customs.Warning, "GS1 General Specifications", dated.Memory},
	{"L32", "a name stands once in an object", customs.Error, "RFC 8259, section 4", dated.Verified},
	{"L33", "the first context of a credential is that of the W3C data model", customs.Error, "W3C VC Data Model 2.0, contexts", dated.Verified},
	{"L34", "an origin criterion is A, B, C or D", customs.Error, "USMCA Annex 5-A, element 7", dated.Secondary},
}

// number returns the number in an id: 4 in L4.
func number(id string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(id, "L")) // ids are those of the table
	return n
}

// byID returns the rule of an id of the table.
func byID(id string) Rule { return rules[number(id)-1] }
