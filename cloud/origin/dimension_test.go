package origin_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/lineage/inventory"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/metrology/quantity"
)

// in states a good and its inputs in a unit.
func in(unit quantity.Unit, g origin.Good) origin.Good {
	g.Basis = quantity.Basis{Unit: unit}
	return g
}

// food is a made-up table of another chapter, whose limit is by mass: sugar in cocoa powder, as USMCA chapter 18 has one.
const food = `
agreement: MADE-UP
spi: [ZZ]
known_through: 2026-11-21
processes: [harvest]
rules:
  - {id: f, name: Agreement in force, kind: agreement, valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: p, name: Parties, kind: parties, countries: [CA, US], valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: t, name: Transit, kind: transit, valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: w, name: Wholly obtained, kind: wholly_obtained, criterion: A, materials: ["10"], processes: [harvest], valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: m, name: Materials, kind: originating_materials, criterion: C, valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: s, name: Change of heading, kind: tariff_shift, goods: ["1806.10"], alternative: A, criterion: B, from: heading, valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: l, name: Foreign sugar, kind: feedstock, goods: ["1806.10"], alternative: A, criterion: B, materials: ["1701"], limit_percent: "35", by: mass, valid_from: 2020-01-01, citation: made up, verified: memory}
  - {id: n, name: Nearness, kind: near_limit, limit_percent: "0.1", of: [l], valid_from: 2020-01-01, citation: made up, verified: memory}
`

// TestDimensions: what hangs on no quantity is decided by energy and mass as by volume; a limit is tested by what it is of, and where all
// or nothing is foreign by anything.
func TestDimensions(t *testing.T) {
	chocolate, err := origin.ParseRules([]byte(food))
	if err != nil {
		t.Fatal(err)
	}
	usmca := rules(t)
	cocoa := func(sugar, rest string) origin.Good {
		return under("MADE-UP", made(t, "180610", "100", sugar+" 1701 BR N", rest+" 1805 GH N"))
	}
	for _, c := range []struct {
		name      string
		rules     *origin.Rules
		good      origin.Good
		criterion string // empty: no
		says      string
		fails     string
	}{
		{"T16 gas of three wells, by energy", usmca, in(quantity.MMBtu, made(t, "271121", "10000", "5000 271121 CA O", "3000 271121 CA O", "2000 271121 US O")), "A",
			"All 10,000 MMBtu of inputs were extracted in CA and US.", ""},
		{"T16 as extracted, in GJ", usmca, in(quantity.Gigajoule, by(made(t, "271121", "9.5"), "extraction in CA")), "A", "All 9.5 GJ were extracted in CA.", ""},
		{"gas of elsewhere has no change of subheading", usmca, in(quantity.MMBtu, made(t, "271121", "100", "60 271121 CA O", "40 271121 TT N")), "", "40 MMBtu of material (TT", ""},
		{"gas that was liquid and foreign changes subheading", usmca, in(quantity.MMBtu, made(t, "271121", "100", "100 271111 TT N")), "B",
			"On its face there is a change to subheading 2711.21 from another subheading", ""},
		{"energy that no input accounts for", usmca, in(quantity.MMBtu, made(t, "271121", "100", "60 271121 CA O")), "", "40 MMBtu of energy that no input accounts for", ""},
		{"nor does a process make more of it", usmca, in(quantity.MMBtu, by(made(t, "271112", "100", "60 271121 CA O"), "catalytic reforming")), "",
			"energy that no input accounts for", "limits a share by volume"},
		{"T15 LNG by volume", usmca, made(t, "271111", "100", "51 271121 CA O", "49 271111 QA N"), "B", "49.0000 %", ""},
		{"T15 by energy can't be told", usmca, in(quantity.MMBtu, made(t, "271111", "100", "51 271121 CA O", "49 271111 QA N")), "", "",
			`good "good" is stated by energy, in MMBtu, and Non-originating feedstock (HTSUS GN 11(o), chapter 27 rule 8) limits a share by volume: state the good and all inputs by volume`},
		{"LNG of foreign gas, none of it liquid", usmca, in(quantity.MMBtu, made(t, "271111", "100", "100 271121 QA N")), "B", "makes 0 MMBtu of 100 MMBtu of the good", ""},
		{"LNG that is all foreign", usmca, in(quantity.MMBtu, made(t, "271111", "100", "100 271111 QA N")), "", "100.0000 %, and the limit is 49 %", ""},
		{"a product by mass that meets another alternative", usmca, in(quantity.Kilogram, by(made(t, "271012", "100", "60 2710 CA O", "40 2709 SA N"), "atmospheric distillation")),
			"B", "There is a change to heading 2710", ""},
		{"direct blending by mass can't be told", usmca, in(quantity.Kilogram, by(made(t, "271012", "100", "80 2710 CA O", "20 2710 SA N"), "direct blending")), "", "",
			"Direct blending (HTSUS GN 11(o), chapter 27 rule 7(C)) limits a share by volume"},
		{"a diluent by mass", usmca, in(quantity.Kilogram, func() origin.Good {
			g := made(t, "270900", "100", "70 2709 CA O", "30 2709 SA N")
			g.Inputs[1].Role = origin.Diluent
			return g
		}()), "", "", "Diluent rule"},
		{"sugar by mass", chocolate, in(quantity.Kilogram, cocoa("35", "65")), "B", "makes 35 kg of 100 kg of the good, 35.0000 %", ""},
		{"too much sugar by mass", chocolate, in(quantity.Kilogram, cocoa("35.001", "64.999")), "", "0.001 kg too much", ""},
		{"sugar by volume can't be told", chocolate, cocoa("35", "65"), "", "", "limits a share by mass: state the good and all inputs by mass"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := origin.Decide(c.rules, c.good, crossing)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Fatalf("got %v, want %q", err, c.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if text := printed(d); d.Criterion != c.criterion || d.Qualifies != (c.criterion != "") || !strings.Contains(text, c.says) {
				t.Errorf("criterion %q, %v; want %q with %q\n%s", d.Criterion, d.Qualifies, c.criterion, c.says, text)
			}
		})
	}
	for old, says := range map[string]string{"by: mass": `by is "weight", want volume, mass or energy`, "from: heading,": "has no use for by"} {
		bad := strings.Replace(food, old, map[string]string{"by: mass": "by: weight", "from: heading,": "from: heading, by: mass,"}[old], 1)
		if _, err := origin.ParseRules([]byte(bad)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", old, err, says)
		}
	}
}

// TestEnergyAsVolume: where a good is decided by energy at all, it is decided as the same figures are by volume.
func TestEnergyAsVolume(t *testing.T) {
	usmca := rules(t)
	rapid.Check(t, func(t *rapid.T) {
		g := anyGood(t, usmca)
		g.Basis, g.Processes = quantity.Metric, nil // processes may make more volume, not more energy
		volume, err := origin.Decide(usmca, g, crossing)
		if err != nil {
			return
		}
		energy, err := origin.Decide(usmca, in(quantity.MMBtu, g), crossing)
		if err != nil {
			if !strings.Contains(err.Error(), "limits a share by volume") {
				t.Fatal(err)
			}
			return
		}
		if energy.Qualifies != volume.Qualifies || energy.Criterion != volume.Criterion {
			t.Fatalf("by energy %v %s, by volume %v %s", energy.Qualifies, energy.Rule, volume.Qualifies, volume.Rule)
		}
	})
}

// TestGasOfACommonStream: gas of wells of two Parties and of elsewhere, commingled, leaves in MMBtu by the average of the month before.
func TestGasOfACommonStream(t *testing.T) {
	var lines []inventory.Line
	for i, l := range []struct {
		day, kind string
		energy    quantity.Micro
		origin    inventory.Origin
	}{
		{"2026-01-01", "receipt", 40_000, "O"}, {"2026-01-02", "receipt", 35_000, "O"}, {"2026-01-03", "receipt", 25_000, "N"}, {"2026-02-10", "withdrawal", 30_000, ""},
	} {
		at, err := time.Parse(time.DateOnly, l.day)
		if err != nil {
			t.Fatal(err)
		}
		line := inventory.Line{
			Moment: inventory.Moment{Time: at, Seq: int64(i)}, Kind: inventory.Kind(l.kind), Quantity: l.energy * quantity.PerUnit, Origin: l.origin,
		}
		if l.origin != "" {
			line.Source = fmt.Sprint("well ", i+1)
		}
		lines = append(lines, line)
	}
	books, err := inventory.Run(lines, inventory.Options{Policy: inventory.Policy{Method: inventory.Average, Basis: inventory.Goods, Period: inventory.Month}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := rules(t).Withdrawal(origin.Commingled{Inventory: "gas at Emerson", Basis: quantity.Basis{Unit: quantity.MMBtu}, Books: books}, books.Withdrawals[0].Moment)
	if err != nil {
		t.Fatal(err)
	}
	if s.Originating != 22_500*quantity.PerUnit || s.NonOriginating != 7_500*quantity.PerUnit {
		t.Errorf("%s O and %s N of 30,000", s.Originating, s.NonOriginating)
	}
	if said := text(s.Reasons); !strings.Contains(said, "22,500 MMBtu originates, 75.0000 % of it; 7,500 MMBtu does not.") {
		t.Errorf("said: %s", said)
	}
}
