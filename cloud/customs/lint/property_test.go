package lint_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/customs/lint"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// rulesOf returns the rules that a document breaks.
func rulesOf(t testing.TB, doc string) string {
	t.Helper()
	r, err := lint.Check(tables(t), lint.File{Name: "f", Data: []byte(doc)})
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	var ids []string
	for _, f := range r.Findings {
		ids = append(ids, f.Rule)
	}
	return strings.Join(ids, " ")
}

// A ticket of any crude oil, converted with any factor in use, at either temperature, is clean; with net over gross, or with barrels a
// quarter of a percent off, it is not.
func TestAnyTicket(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rho := float64(rapid.IntRange(6200, 10500).Draw(rt, "density in tenths")) / 10
		cubic := quantity.Micro(rapid.Int64Range(1_000, 1_000_000).Draw(rt, "m3")) * quantity.PerUnit
		gross, err := quantity.ToBarrels(cubic)
		if err != nil {
			rt.Fatal(err)
		}
		switch rapid.IntRange(0, 4).Draw(rt, "conversion") {
		case 0:
			gross, err = cubic.Mul(quantity.F(629, 2))
		case 1:
			gross, err = cubic.Mul(quantity.F(62898, 4))
		case 2:
			gross, err = cubic.Ratio(100_000, 15_898)
		case 3:
			gross, _, err = liquid.ConvertVolume(liquid.Crude, cubic, quantity.Metric, quantity.Customary, rho)
		}
		if err != nil {
			rt.Fatal(err)
		}
		api := liquid.APIGravity(rho)
		if rapid.Bool().Draw(rt, "density at 15 C") {
			r, err := liquid.Rebase(liquid.Crude, rho, quantity.At15C, quantity.At60F)
			if err != nil {
				rt.Fatal(err)
			}
			api = liquid.APIGravity(r.Density)
		}
		places := rapid.IntRange(0, 2).Draw(rt, "places")
		ticket := func(gross, net quantity.Micro, api float64) string {
			return fmt.Sprintf(`{"gsv_m3":"%s","gsv_bbl":"%s","nsv_bbl":"%s","density":{"value":"%.1f","unitCode":"kg/m3"},"API":"%.1f"}`,
				cubic, gross.Decimal(places), net.Decimal(places), rho, api)
		}
		if got := rulesOf(t, ticket(gross, gross-gross/200, api)); got != "" {
			rt.Errorf("%s breaks %s", ticket(gross, gross-gross/200, api), got)
		}
		if got := rulesOf(t, ticket(gross, gross+gross/200, api)); got != "L4" {
			rt.Errorf("net over gross breaks %q", got)
		}
		if got := rulesOf(t, ticket(gross+gross/400, gross-gross/200, api)); got != "L5" {
			rt.Errorf("barrels off by a quarter of a percent break %q", got)
		}
		if got := rulesOf(t, ticket(gross, gross-gross/200, api+1)); got != "L3" {
			rt.Errorf("a gravity off by a degree breaks %q", got)
		}
	})
}

// Of the ten numbers that differ in the check digit one is right, in each of the three forms.
func TestAnyEntryNumber(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		base := rapid.StringMatching(`[A-Z]{2}[A-Z0-9][0-9]{7}`).Draw(rt, "base")
		check, err := customs.CheckDigit(base)
		if err != nil {
			rt.Fatal(err)
		}
		for digit := byte('0'); digit <= '9'; digit++ {
			for _, form := range []string{"%s-%s-%c", "%s%s%c", "%s-%s%c"} {
				number := fmt.Sprintf(form, base[:3], base[3:], digit)
				want := "L9"
				if digit == check {
					want = ""
				}
				if got := rulesOf(t, `{"entryNumber":"`+number+`"}`); got != want {
					rt.Errorf("%s breaks %q, want %q", number, got, want)
				}
			}
		}
	})
}

// A single wrong digit of an in-bond number is found, unless the two differ by 7.
func TestAnyInBondNumber(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		base := rapid.StringMatching(`[0-9]{8}`).Draw(rt, "base")
		right, err := customs.NewInBond(base)
		if err != nil {
			rt.Fatal(err)
		}
		if got := rulesOf(t, `{"inBondNumber":"`+right+`"}`); got != "" {
			rt.Errorf("%s breaks %s", right, got)
		}
		at, by := rapid.IntRange(0, 7).Draw(rt, "place"), rapid.IntRange(1, 6).Draw(rt, "change")
		wrong := []byte(right)
		wrong[at] = '0' + (wrong[at]-'0'+byte(by))%10
		if int(wrong[at])-int(base[at]) == 7 || int(base[at])-int(wrong[at]) == 7 {
			return
		}
		if got := rulesOf(t, `{"inBondNumber":"`+string(wrong)+`"}`); got != "L24" {
			rt.Errorf("%s breaks %q", wrong, got)
		}
	})
}

// Places of townships, as public tables of the survey give them to a hundredth of a degree, are near; a degree and a half north of
// them, or on the far side of the next meridian, they are not.
func TestTownships(t *testing.T) {
	for _, c := range []struct {
		uwi       string
		lat, long float64
	}{
		{"100/01-19-042-09W4/00", 52.61, -111.28}, {"100/09-03-023-29W2/00", 50.93, -105.93}, {"100/01-30-037-28W3/00", 52.20, -109.84},
		{"100/01-04-032-18W3/00", 51.70, -108.43}, {"100/01-05-037-27W3/00", 52.14, -109.71},
	} {
		at := func(lat, long float64) string {
			return fmt.Sprintf(`{"UWI":"%s","facility":{"geo":{"latitude":%.2f,"longitude":%.2f}}}`, c.uwi, lat, long)
		}
		for _, x := range []struct {
			lat, long float64
			want      string
		}{{c.lat, c.long, ""}, {c.lat + 0.8, c.long - 1.8, ""}, {c.lat + 1.2, c.long, "L12"}, {c.lat, c.long + 2.2, "L12"}} {
			if got := rulesOf(t, at(x.lat, x.long)); got != x.want {
				t.Errorf("%s at %.2f, %.2f breaks %q, want %q", c.uwi, x.lat, x.long, got, x.want)
			}
		}
	}
}

// resolve follows a JSON pointer.
func resolve(v any, pointer string) error {
	parts := strings.Split(pointer, "/")
	if parts[0] != "" || len(parts) < 2 {
		return fmt.Errorf("%q is no pointer to a member", pointer)
	}
	for _, part := range parts[1:] {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch x := v.(type) {
		case map[string]any:
			member, ok := x[part]
			if !ok {
				return fmt.Errorf("no member %q", part)
			}
			v = member
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(x) {
				return fmt.Errorf("no element %q", part)
			}
			v = x[i]
		default:
			return fmt.Errorf("%q leads into no object", part)
		}
	}
	return nil
}

// No input makes it panic, and every finding has a place that is there, a text in one line, and a mend.
func FuzzCheck(f *testing.F) {
	for _, dir := range []string{"planted", "clean"} {
		for _, file := range files(f, dir) {
			f.Add(file.Data)
		}
	}
	f.Add([]byte(`{"UWI":"100/99-99-999-99W6/00","facility":{"geo":{"latitude":"1e300","longitude":"-0"}},"importDate":"0000-01-01","exportDate":"9999-12-31"}`))
	f.Add([]byte(`[{"entryType":"06","lines":[{"spi":"S","hts":"S2709.00.10.00","days":[{"date":"x"}],"certificate":{"blanketFrom":0,"blanketTo":[]}}],"total":{"price":"1e12"},"duty":"-1.001"}]`))
	f.Add([]byte(`{"density":{"value":"1e-9","unitCode":"g/cm3"},"API":"-131.5","gsv_m3":"-1","gsv_bbl":"999999999999.9999999","commodity":{"commodityCode":"2709.00.10"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := lint.Check(tables(t), lint.File{Name: "f", Data: data})
		if err != nil {
			return
		}
		for _, x := range r.Findings {
			if x.Rule == "" || x.Message == "" || x.Mend == "" || x.Citation == "" || strings.ContainsAny(x.Message+x.Mend, "\n\r\x1b") {
				t.Errorf("%+v lacks something, or is not one line", x)
			}
			if r.Documents != 1 {
				continue
			}
			var doc any
			if err := json.Unmarshal([]byte(strings.TrimPrefix(string(data), "\ufeff")), &doc); err != nil {
				t.Fatalf("checked, but no JSON: %v", err)
			}
			if err := resolve(doc, x.Path); err != nil && x.Rule != "L32" && !strings.Contains(rules(r), "L32") {
				t.Errorf("%s %s: %v", x.Rule, x.Path, err)
			}
		}
	})
}

func rules(r lint.Report) string {
	var ids []string
	for _, f := range r.Findings {
		ids = append(ids, f.Rule)
	}
	return strings.Join(ids, " ")
}
