// Package configs embeds what a user edits: the rule, rate and port tables, and the example configurations beside them, so that
// the program runs from any folder and a fresh installation has something to start from.
package configs

import "embed"

// Files holds every YAML file of this folder, under its path here: "rules/usmca.yaml", "rates/us.yaml", "ports.yaml".
//
//go:embed *.yaml */*.yaml
var Files embed.FS

// The tables that a decision is made on.
const (
	USMCA   = "rules/usmca.yaml" // rules of origin
	NAFTA   = "rules/nafta.yaml"
	CAFTADR = "rules/cafta-dr.yaml"
	Country = "rules/country.yaml" // country of origin, for duties that go by country
	Rates   = "rates/us.yaml"      // tariff lines, duties, fees, entry regimes, deadlines
	Ports   = "ports.yaml"         // ports of entry
)

// Agreements are the tables of rules of origin, by the agreement that they are of.
var Agreements = map[string]string{"USMCA": USMCA, "NAFTA": NAFTA, "CAFTA-DR": CAFTADR}
