package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/metrology/quantity"
)

const lakeheadStatement = `SHIPPER STATEMENT  PRAIRIE-GATEWAY, 2024-03  PROVISIONAL – NOT CLOSED
Month of a shipper by stream and line, with every movement

Shipper          Lakehead Refining Co
DID              did:web:lakehead.example
Books up to      2024-03-21 12:00:00Z, event PLA-1
From             2024-03-01 00:00:00Z
Until, excluded  2024-04-01 00:00:00Z

Month  what is taken off is negative: each row adds up to its closing
In               Carrier                       Basis      Opening  Receipts     Deliveries  Titles and exchanges  Loss allowance  Deductions  Over and short  Adjustments  Closing
PRAIRIE-GATEWAY  Prairie Gateway Pipeline ULC  m3 at 15C        0         0  -19888.779566          19906.897360               0           0      -18.117794            0        0

PRAIRIE-GATEWAY  movements from 2024-03-01 00:00:00Z until 2024-04-01 00:00:00Z, volumes in m3 at 15 °C
At, UTC      What            Ticket     Batch or lot  From or to                     Evidence  Event              Volume       Balance
             Opening                                                                                                                 0
03-08 22:00  title                      B-1           Battle River Marketing US Inc  typed     SALE-2       19906.897360  19906.897360
03-12 02:00  over and short  T-3001 v1  B-1           line gain and loss             signed    CHECK-1         -7.564840  19899.332520
03-21 12:00  over and short  T-4001 v1  B-1           line gain and loss             signed    DELIVERY-1     -10.552954  19888.779566
03-21 12:00  deliveries      T-4001 v1  B-1           Lakehead Refining Co, Patoka   signed    DELIVERY-1  -19888.779566             0
             Closing                                                                                                                 0

PRAIRIE-GATEWAY: Loss allowance by contract: 19.906897 m3 at 15 °C. It moves no oil in a line, and is in no figure above.

The carrier has not closed this month: what is booked in it can still change.

The statements of all shippers in a stream or line add up to its pipeline statement.
`

// TestStatement: each kind of statement of the story's books, in each format, the same each time.
func TestStatement(t *testing.T) {
	s := builtinStory(t)
	from := []string{"--bundle", s.outcome.Entries[0].Bundle, "--trust", s.outcome.Trust}
	state := func(code int, args ...string) string {
		t.Helper()
		got, out, problem := gauger(t, append([]string{"statement"}, args...)...)
		if got != code || problem != "" {
			t.Fatalf("%q: exit code %d, want %d: %s", args, got, code, problem)
		}
		return out
	}
	if got := state(exitOK, append(from, "shipper", "did:web:lakehead.example", "2024-03")...); got != lakeheadStatement {
		t.Errorf("the shipper's:\n%s", got)
	}
	for _, tt := range []struct {
		args  []string
		holds []string
	}{
		{[]string{"run", "HASKETT-1", "2024-03"}, []string{"run,T-3001,2,final,true", "19899.332520,0.29,57.708064,19841.624456"}},
		{[]string{"run", "pisco-condensate", "2024-03"}, []string{"T-1003", ",pisco-condensate,"}},
		{[]string{"pipeline", "PRAIRIE-GATEWAY", "2024-03", "--begins", "07:00-07:00"}, []string{"2024-03-01T14:00:00.000Z", "total,,,0.000000,19906.897360,-19888.779566"}},
		{[]string{"shipper", "did:web:lakehead.example", "2024-03", "--in", "PRAIRIE-GATEWAY"}, []string{",deliveries,delivery,T-4001,1,B-1,"}},
		{[]string{"manifest", "3407", "2024-03-11"}, []string{"crossed,B-1,2024-03-11,", "ZZ9-0310241-8"}},
		{[]string{"manifest", "3407", "2024-03", "--known-at", "2024-03-07T12:00:00-07:00"}, []string{`"expected, an estimate",B-1,2024-03-11,2024-03-11T20:33:`, "19906.897360"}},
	} {
		args := append(tt.args, from...)
		contains(t, strings.Join(tt.args, " "), state(exitOK, append(args, "--csv")...), append(tt.holds, "VERIFIED against a trust file", "# sha256: ")...)
		for _, format := range []string{"--pdf", "--xlsx"} {
			out := filepath.Join(t.TempDir(), "statement")
			var files [2][]byte
			for i := range files {
				state(exitOK, append(args, format, out)...)
				b, err := os.ReadFile(out)
				must(t, err)
				files[i] = b
			}
			if !bytes.Equal(files[0], files[1]) || len(files[0]) < 1000 {
				t.Errorf("%q as %s differs from itself", tt.args, format)
			}
		}
	}
	contains(t, "page on the bundle's own keys", state(exitConsistent, "run", "HASKETT-1", "2024-03", "--bundle", s.outcome.Entries[0].Bundle, "--pdf", "-", "--paper", "letter"),
		"CONSISTENT on the keys that came with it only", "(19,841.624456)", "(Page 1 of 1)")
	var line document.PipelineStatement
	must(t, json.Unmarshal([]byte(state(exitOK, append(from, "pipeline", "PRAIRIE-GATEWAY", "2024-03", "--json")...)), &line))
	if line.Percent.String() != "-0.0910" || line.Z.String() != "0.92" || line.Receipts.Signed != line.Total.Receipts || len(line.Lines) != 3 {
		t.Errorf("as JSON: %+v", line)
	}
}

// TestStatementOfACloud: a cloud is asked with the path and query of its API, and its answer is set here.
func TestStatementOfACloud(t *testing.T) {
	var asked string
	cloud := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.RequestURI()
		if strings.Contains(asked, "nobody") {
			http.Error(w, "had no oil", http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(document.ShipperStatement{
			Head: document.Head{Of: "did:web:a.example"}, Accounts: []document.Account{{Pool: "LSB", Basis: quantity.Metric}},
		})
	}))
	defer cloud.Close()
	args := []string{"statement", "shipper", "did:web:a.example", "2024-03", "--begins", "07:00-07:00", "--carrier", "did:web:c.example", "--in", "LSB", "--cloud", cloud.URL}
	code, out, problem := gauger(t, append(args, "--pdf", "-")...)
	if code != exitOK || problem != "" || asked != "/v1/statements/shipper/did:web:a.example/2024-03?begins=07%3A00-07%3A00&carrier=did%3Aweb%3Ac.example&in=LSB" {
		t.Errorf("exit code %d, asked %s: %s", code, asked, problem)
	}
	contains(t, "page", out, "(SHIPPER STATEMENT)", "From the books of the cloud at "+cloud.URL+", not verified.")
	if code, _, problem := gauger(t, "statement", "shipper", "did:web:nobody.example", "2024-03", "--cloud", cloud.URL); code != exitFailed || !strings.Contains(problem, "had no oil") {
		t.Errorf("exit code %d: %s", code, problem)
	}
}

// TestStatementsAsDocumented runs each command line of the page on printing a statement.
func TestStatementsAsDocumented(t *testing.T) {
	s := builtinStory(t)
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "how-to", "print-a-statement.md"))
	must(t, err)
	dir := t.TempDir()
	lines := 0
	for line := range strings.Lines(string(page)) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), " |")
		if !strings.HasPrefix(line, "gauger statement ") {
			continue
		}
		lines++
		words := strings.Fields(strings.Replace(line, "$B", "--bundle "+s.outcome.Entries[0].Bundle+" --trust "+s.outcome.Trust, 1))
		for i, w := range words {
			if strings.HasSuffix(w, ".pdf") || strings.HasSuffix(w, ".xlsx") {
				words[i] = filepath.Join(dir, w)
			}
		}
		if code, _, problem := gauger(t, words[1:]...); code != exitOK || problem != "" {
			t.Errorf("%s: exit code %d: %s", line, code, problem)
		}
	}
	if lines < 7 {
		t.Errorf("%d command lines found", lines)
	}
}
