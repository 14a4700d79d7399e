package gas

import (
	"fmt"
	"strings"
)

// Component is one of the 21 components that AGA 8 knows, in the order of its publication.
type Component uint8

// The components of AGA 8.
const (
	Methane Component = iota
	Nitrogen
	CarbonDioxide
	Ethane
	Propane
	Isobutane
	NButane
	Isopentane
	NPentane
	NHexane
	NHeptane
	NOctane
	NNonane
	NDecane
	Hydrogen
	Oxygen
	CarbonMonoxide
	Water
	HydrogenSulfide
	Helium
	Argon

	Components = 21 // their number
)

var componentNames = [Components]string{
	"methane", "nitrogen", "carbon_dioxide", "ethane", "propane", "isobutane", "n_butane", "isopentane", "n_pentane", "n_hexane",
	"n_heptane", "n_octane", "n_nonane", "n_decane", "hydrogen", "oxygen", "carbon_monoxide", "water", "hydrogen_sulfide", "helium",
	"argon",
}

// shortNames are what chromatograph reports write instead, folded as ParseComponent folds.
var shortNames = map[string]Component{
	"c1": Methane, "n2": Nitrogen, "co2": CarbonDioxide, "c2": Ethane, "c3": Propane, "ic4": Isobutane, "i_butane": Isobutane,
	"nc4": NButane, "butane": NButane, "ic5": Isopentane, "i_pentane": Isopentane, "nc5": NPentane, "pentane": NPentane,
	"c6": NHexane, "nc6": NHexane, "hexane": NHexane, "c7": NHeptane, "nc7": NHeptane, "heptane": NHeptane, "c8": NOctane,
	"nc8": NOctane, "octane": NOctane, "c9": NNonane, "nc9": NNonane, "nonane": NNonane, "c10": NDecane, "nc10": NDecane,
	"decane": NDecane, "h2": Hydrogen, "o2": Oxygen, "co": CarbonMonoxide, "h2o": Water, "h2s": HydrogenSulfide,
	"hydrogen_sulphide": HydrogenSulfide, "he": Helium, "ar": Argon,
}

// String returns the name of the component as tables head their columns: "methane", "carbon_dioxide", "n_butane".
func (c Component) String() string {
	if c >= Components {
		return fmt.Sprintf("component %d", uint8(c))
	}
	return componentNames[c]
}

// ParseComponent reads a name such as "n_butane", in any case and with blanks or hyphens for the underscore, or its short form on
// a chromatograph's report: "nC4", "CO2".
func ParseComponent(s string) (Component, error) {
	folded := strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(s)))
	for i, name := range componentNames {
		if name == folded {
			return Component(i), nil
		}
	}
	if c, ok := shortNames[folded]; ok {
		return c, nil
	}
	return 0, fmt.Errorf("%q is none of the 21 components of AGA 8: %s", s, strings.Join(componentNames[:], ", "))
}
