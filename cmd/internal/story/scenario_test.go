package story

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/gauger/gauger/configs"
)

const builtin = "story/two-batches.yaml"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func builtinFile(t testing.TB) []byte {
	t.Helper()
	b, err := configs.Files.ReadFile(builtin)
	must(t, err)
	return b
}

// tiny is the smallest scenario that there is, with one act of a kind that needs more than a signer.
const tiny = `
start: 2024-03-05T06:00:00-07:00
ledger: ledger.example
parties:
  - {id: a, did: "did:web:a.example", name: A}
  - {id: b, did: "did:web:b.example", name: B}
sites:
  - id: one
    name: One
    operator: a
    opens: 2024-03-05T06:00:00-07:00
    closes: 2024-03-05T08:00:00-07:00
    points:
      - name: LACT-1
        instruments: modbus
        flows:
          - {from: 2024-03-05T06:10:00-07:00, to: 2024-03-05T06:20:00-07:00, pulses: 1}
          - {from: 2024-03-05T06:20:00-07:00, to: 2024-03-05T06:30:00-07:00, pulses: 1}
acts:
  - {at: 2024-03-05T07:00:00-07:00, id: PRODUCT, product: {site: one, point: LACT-1, base_density: "850"}}
  - {at: 2024-03-05T08:00:00-07:00, id: TICKET, ticket: {point: LACT-1, from: a, to: b}}
  - {at: 2024-03-05T08:00:00-07:00, by: a, id: SALE, movement: {}}
`

// TestValidate: what would stop a story half way is found before it begins, and named.
func TestValidate(t *testing.T) {
	if _, err := Load("tiny.yaml", []byte(tiny)); err != nil {
		t.Fatal(err)
	}
	const needs = "it needs an id and one of ticket, report, movement, certificate, claim, product, month, correction"
	for _, c := range []struct{ name, from, to, want string }{
		{"no ledger", "ledger: ledger.example", "", "a scenario needs start, ledger, parties and sites"},
		{"no start", "start: 2024-03-05T06:00:00-07:00", "", "a scenario needs start, ledger, parties and sites"},
		{"an operator who is no party", "operator: a", "operator: c", `site one: operator "c" is no party`},
		{"a site that opens before the story", "opens: 2024-03-05T06", "opens: 2024-03-05T05", "site one: it must open after the start of the story and before it closes"},
		{"a site that closes first", "closes: 2024-03-05T08", "closes: 2024-03-05T05", "site one: it must open after the start of the story and before it closes"},
		{"instruments that nobody makes", "instruments: modbus", "instruments: dipstick", `site one: instruments of LACT-1 are "dipstick", want chips, modbus or mqtt`},
		{"flows that overlap", "from: 2024-03-05T06:20", "from: 2024-03-05T06:19", "site one: flows of LACT-1 overlap or end before they begin"},
		{"a flow that ends first", "to: 2024-03-05T06:30", "to: 2024-03-05T06:20", "site one: flows of LACT-1 overlap or end before they begin"},
		{"an act without an id", "id: SALE, ", "", "act 3 (): " + needs},
		{"an act without a body", ", movement: {}", "", "act 3 (SALE): " + needs},
		{"an act with two bodies", "movement: {}", "movement: {}, claim: {}", "act 3 (SALE): " + needs},
		{"an act out of order", "at: 2024-03-05T07", "at: 2024-03-05T09", "act 2 (TICKET) is before the one above it: acts go in the order of time"},
		{"a signer who is no party", "by: a", "by: c", `act 3 (SALE): "c" is no party`},
		{"a ticket of one who is no party", "to: b}", "to: c}", `act 2 (TICKET): "c" is no party`},
		{"a slip in what is summed up", "movement: {}", "month: {month: 2024-03, slips: [{shipper: a, figure: closing}]}", `act 3 (SALE): slip: figure is "closing", want receipts or deliveries`},
		{"a slip of one who is no party", "movement: {}", "month: {month: 2024-03, slips: [{shipper: c, figure: receipts}]}", `act 3 (SALE): "c" is no party`},
		{"a product at no site", "site: one", "site: two", "act 1 (PRODUCT): point LACT-1 of site two is not in the scenario"},
		{"a product at no point", "point: LACT-1, base", "point: LACT-2, base", "act 1 (PRODUCT): point LACT-2 of site one is not in the scenario"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load("tiny.yaml", exchanged(t, c.from, c.to))
			if want := "scenario tiny.yaml: " + c.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func exchanged(t testing.TB, from, to string) []byte {
	t.Helper()
	if n := strings.Count(tiny, from); n != 1 {
		t.Fatalf("%q stands %d times in the scenario", from, n)
	}
	return []byte(strings.Replace(tiny, from, to, 1))
}

// TestStrict: a key that nobody knows and a time without a zone are refused where they stand.
func TestStrict(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"operator: a", "operater: a", `unknown field "operater"`},
		{"start: 2024-03-05T06:00:00-07:00", "start: 2024-03-05 06:00", `"2024-03-05 06:00" is not a time such as 2024-03-05T06:00:00-07:00`},
		{"pulses: 1}\n          - {from: 2024-03-05T06:20", "pulses: -1}\n          - {from: 2024-03-05T06:20", "-1"},
	} {
		_, err := Load("tiny.yaml", exchanged(t, c.from, c.to))
		if err == nil || !strings.HasPrefix(err.Error(), "scenario tiny.yaml: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.to, err)
		}
	}
}

// computed are what the program computes: no scenario may hold a key that says so.
var computed = regexp.MustCompile(`(?i)ctl|cpl|ctpl|gsv|nsv|gross|net|duty|duties|mpf|fee|barrel|shrink|total|due|value$`)

// TestBuiltinHoldsInputsOnly: the built-in stories hold what nature and people decide, and nothing that follows from it.
func TestBuiltinHoldsInputsOnly(t *testing.T) {
	for _, name := range []string{builtin, commonStream} {
		file, err := configs.Files.ReadFile(name)
		must(t, err)
		if _, err := Load(name, file); err != nil {
			t.Fatal(err)
		}
		var v any
		must(t, yaml.Unmarshal(file, &v))
		all := map[string]bool{}
		keysOf(v, all)
		if len(all) < 100 || !all["pulses"] || !all["temperature"] || !all["sw"] || !all["price"] {
			t.Fatalf("%d keys were found in %s", len(all), name)
		}
		for k := range all {
			if computed.MatchString(k) {
				t.Errorf("%s has a key %q", name, k)
			}
		}
	}
}

func keysOf(v any, into map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			into[k] = true
			keysOf(e, into)
		}
	case []any:
		for _, e := range v {
			keysOf(e, into)
		}
	}
}

// TestResolve: "@id" becomes the party's DID at any depth, an instant under a key that holds one becomes milliseconds, and nothing
// else changes.
func TestResolve(t *testing.T) {
	s, err := Load("tiny.yaml", []byte(tiny))
	must(t, err)
	in := map[string]any{
		"seller": "@a", "buyer": "@b", "plain": "a@b", "number": 7, "list": []any{"@b", true, map[string]any{"keeper": "@a"}},
		"signedAt": "2024-03-05T06:00:00-07:00", "note": "2024-03-05T06:00:00-07:00", "deep": map[string]any{"sampled": "2024-03-05T13:00:00.5Z"},
	}
	want := map[string]any{
		"seller": "did:web:a.example", "buyer": "did:web:b.example", "plain": "a@b", "number": 7,
		"list":     []any{"did:web:b.example", true, map[string]any{"keeper": "did:web:a.example"}},
		"signedAt": int64(1709643600000), "note": "2024-03-05T06:00:00-07:00", "deep": map[string]any{"sampled": int64(1709643600500)},
	}
	got, err := s.resolve(in)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if in["seller"] != "@a" {
		t.Error("the scenario itself was changed")
	}
	for _, c := range []struct {
		in   any
		want string
	}{
		{map[string]any{"list": []any{"@c"}}, `"@c" is no party`},
		{map[string]any{"signedAt": "yesterday"}, `signedAt: "yesterday" is not a time such as 2024-03-05T06:00:00-07:00`},
	} {
		if out, err := s.resolve(c.in); fmt.Sprint(err) != c.want {
			t.Errorf("%v gives %v, %v", c.in, out, err)
		}
	}
}
