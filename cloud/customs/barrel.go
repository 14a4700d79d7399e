package customs

import "github.com/gauger/gauger/metrology/quantity"

// barrel is the unit of lines that count in barrels.
const barrel = "bbl"

// LegalBarrel is the name of the conversion of cubic metres into the barrel of the tariff, 158.98 liters measured at 15.6 C (60 F). It
// changes the unit only, never the reference conditions, and it comes to 0.0046 % more barrels than quantity.ExactBarrel.
const LegalBarrel = "legal-barrel (HTSUS chapter 27, Additional US Note 7)"

// MetresPerLegalBarrel is the factor of LegalBarrel, in m3.
var MetresPerLegalBarrel = quantity.F(15898, 5)

// ToLegalBarrels converts cubic metres at 60 F to barrels of the tariff (the legal-barrel conversion).
func ToLegalBarrels(m3 quantity.Micro) (quantity.Micro, error) { return m3.Ratio(100_000, 15_898) }
