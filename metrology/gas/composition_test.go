package gas_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gauger/gauger/metrology/gas"
	"pgregory.net/rapid"
)

func TestComponentNames(t *testing.T) {
	for c := range gas.Component(gas.Components) {
		for _, s := range []string{c.String(), strings.ToUpper(c.String()), " " + strings.ReplaceAll(c.String(), "_", " "), strings.ReplaceAll(c.String(), "_", "-")} {
			if got, err := gas.ParseComponent(s); err != nil || got != c {
				t.Errorf("%q was read as %v, %v", s, got, err)
			}
		}
	}
	for s, want := range map[string]gas.Component{"nC4": gas.NButane, "iC5": gas.Isopentane, "CO2": gas.CarbonDioxide, "H2S": gas.HydrogenSulfide, "C10": gas.NDecane} {
		if got, err := gas.ParseComponent(s); err != nil || got != want {
			t.Errorf("%q was read as %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "C6+", "air", "methan"} {
		if got, err := gas.ParseComponent(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		}
	}
	if got := gas.Component(21).String(); got != "component 21" {
		t.Errorf("%q", got)
	}
}

func TestCompositionRefusals(t *testing.T) {
	for name, x := range map[string]gas.Composition{
		"nothing": {}, "percent": {gas.Methane: 90, gas.Ethane: 10}, "negative": {gas.Methane: 1.1, gas.Ethane: -0.1},
		"NaN": {gas.Methane: math.NaN()}, "infinite": {gas.Methane: math.Inf(1)}, "a little short": {gas.Methane: 1 - 2e-9},
	} {
		if err := x.Valid(); err == nil {
			t.Errorf("%s: %v was taken", name, x)
		}
	}
	for name, x := range map[string]gas.Composition{
		"nothing": {}, "negative": {gas.Methane: 1, gas.Ethane: -0.1}, "NaN": {gas.Argon: math.NaN()}, "infinite": {gas.Methane: math.Inf(1)},
		"huge": {gas.Methane: 1e308, gas.Ethane: 1e308}, "vanishing": {gas.Methane: 5e-324},
	} {
		if got, err := gas.Normalize(x); err == nil {
			t.Errorf("%s: %v was normalized to %v", name, x, got)
		}
	}
}

func TestNormalize(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var amounts gas.Composition
		for i := range amounts {
			amounts[i] = float64(rapid.IntRange(0, 1e8).Draw(t, gas.Component(i).String())) / 1e6
		}
		amounts[gas.Methane] += 1e-6
		x, err := gas.Normalize(amounts)
		if err != nil {
			t.Fatal(err)
		}
		if err := x.Valid(); err != nil {
			t.Fatal(err)
		}
		for i := range x {
			if !closeTo(x[i]*amounts[gas.Methane], amounts[i]*x[gas.Methane], 1e-14) {
				t.Fatalf("%s: %v of %v became %v", gas.Component(i), amounts[i], amounts, x[i])
			}
		}
	})
}
