package lint

import (
	"fmt"
	"slices"
	"strings"
)

// countryNames are the members that hold a country. Those of an entry may hold the code of a province too, or MULTI.
var (
	countryNames = strings.Fields("addressCountry countryOfDestination countryOfExportation countryOfIssuance countryOfRegistration " +
		"manufacturingCountry issuingCountry originCountry destinationCountry country")
	entryCountryNames = strings.Fields("countryOfOrigin originCode exportingCountry exportCountry")
)

// isoCountries are the codes of ISO 3166-1 alpha-2, and XK of Kosovo, which is in use without being one.
var isoCountries = strings.Fields(`
	AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI
	CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ
	GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
	LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG
	PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK
	TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK`)

// calledCountries are other ways to write the countries that oil and gas come from and go to.
var calledCountries = map[string]string{
	"usa": "US", "u.s.": "US", "u.s.a.": "US", "united states": "US", "united states of america": "US", "america": "US",
	"can": "CA", "canada": "CA", "mex": "MX", "mexico": "MX", "méxico": "MX", "gbr": "GB", "uk": "GB", "united kingdom": "GB",
	"nor": "NO", "norway": "NO", "sau": "SA", "saudi arabia": "SA", "nga": "NG", "nigeria": "NG", "bra": "BR", "brazil": "BR",
	"col": "CO", "colombia": "CO", "ven": "VE", "venezuela": "VE", "ecu": "EC", "ecuador": "EC", "guy": "GY", "guyana": "GY",
	"irq": "IQ", "iraq": "IQ", "kwt": "KW", "kuwait": "KW", "are": "AE", "united arab emirates": "AE", "dza": "DZ", "algeria": "DZ",
	"lby": "LY", "libya": "LY", "ago": "AO", "angola": "AO", "tto": "TT", "trinidad and tobago": "TT", "arg": "AR", "argentina": "AR",
	"deu": "DE", "germany": "DE", "fra": "FR", "france": "FR", "nld": "NL", "netherlands": "NL", "chn": "CN", "china": "CN",
	"jpn": "JP", "japan": "JP", "kor": "KR", "south korea": "KR", "ind": "IN", "india": "IN", "srb": "RS", "serbia": "RS",
	"dnk": "DK", "denmark": "DK", "cri": "CR", "costa rica": "CR", "gtm": "GT", "guatemala": "GT", "hnd": "HN", "honduras": "HN",
	"slv": "SV", "el salvador": "SV", "nic": "NI", "nicaragua": "NI", "dom": "DO", "dominican republic": "DO",
}

// countries checks country codes (L11).
func (c *checker) countries(n *node) {
	for _, name := range countryNames {
		c.countryCode(n.get(name), false)
	}
	for _, name := range entryCountryNames {
		c.countryCode(n.get(name), true)
	}
}

func (c *checker) countryCode(at *node, entry bool) {
	if at == nil || at.kind != stringKind {
		return
	}
	text := at.string()
	if slices.Contains(isoCountries, text) {
		return
	}
	if entry {
		if _, _, known := c.tables.Origin(text); known || text == "MULTI" {
			return
		}
		// In column 27 of CBP Form 7501 the letters O and E stand before the country of a line.
		if len(text) == 3 && strings.Contains("OE", text[:1]) && slices.Contains(isoCountries, text[1:]) {
			return
		}
	}
	mend := "write the two letters of ISO 3166-1 alpha-2"
	if code := countryOf(text); code != "" {
		mend = "write " + code
	}
	c.report("L11", at, fmt.Sprintf("%s %s is not the two-letter code of a country", at.key, quote(text)), mend)
}

// countryOf returns the code of a country that is written in another way, or nothing.
func countryOf(text string) string {
	if code := calledCountries[strings.ToLower(text)]; code != "" {
		return code
	}
	if code := strings.ToUpper(text); slices.Contains(isoCountries, code) {
		return code
	}
	return ""
}
