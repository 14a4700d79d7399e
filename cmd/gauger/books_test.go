package main

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
)

// refusal is a command line that is refused.
type refusal struct {
	name, want string
	code       int
	args       []string
}

func refused(t *testing.T, all []refusal) {
	t.Helper()
	for _, tt := range all {
		if code, out, problem := gauger(t, tt.args...); code != tt.code || out != "" || !strings.Contains(problem, tt.want) {
			t.Errorf("%s: exit code %d, printed %q: %s", tt.name, code, out, problem)
		}
	}
}

// trimmed returns text without the blanks that fill its lines up.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

const lineSheet = `line PRAIRIE-GATEWAY
                                          m3 at 15C     percent  sigmas  level
opening                                       0
in: transfer                              19906.89736
out: loss                                    18.117794
out: delivery                             19888.779566
closing                                       0
over/short                                  -18.117794  -0.0910  -0.92   within uncertainty
segment in          injection to Haskett  19906.89736
segment out         injection to Haskett  19899.33252
segment deductions  injection to Haskett      0
segment over/short  injection to Haskett     -7.56484            -0.31   within uncertainty
segment in          Haskett to Patoka     19899.33252
segment out         Haskett to Patoka     19888.779566
segment deductions  Haskett to Patoka         0
segment over/short  Haskett to Patoka       -10.552954           -0.43   within uncertainty
`

const systemSheet = `system NORTH=T-14,PRAIRIE-GATEWAY from 2024-03-01 07:00:00Z to 2024-05-01 07:00:00Z
               m3 at 15C     percent  sigmas  level
opening          612.4
receipts       20000.002902
deliveries     19888.779566
deductions        93.100014
over/short       -18.117794  -0.0906
adjustments        0
closing          612.405528

from                  to                    opening     receipts      deliveries    deductions  over/short  percent  sigmas  adjustments  closing
2024-03-01 07:00:00Z  2024-04-01 07:00:00Z  612.4       20000.002902  19888.779566  93.100014   -18.117794  -0.0906          0            612.405528
2024-04-01 07:00:00Z  2024-05-01 07:00:00Z  612.405528      0             0          0            0                          0            612.405528

no findings
`

// TestBalance: a line, a batch and a system of the story close to the micro-unit, for people and for programs.
func TestBalance(t *testing.T) {
	s := builtinStory(t)
	e := s.outcome.Entries[0]
	from := []string{"--bundle", e.Bundle, "--trust", s.outcome.Trust}
	period := []string{"--from", "2024-03-01T00:00:00-07:00", "--to", "2024-05-01T00:00:00-07:00", "--by", "month"}
	balance := func(code int, args ...string) string {
		t.Helper()
		got, out, problem := gauger(t, append([]string{"balance"}, args...)...)
		if got != code || problem != "" {
			t.Fatalf("exit code %d, want %d: %s", got, code, problem)
		}
		return out
	}
	if got := trimmed(balance(exitOK, append([]string{"PRAIRIE-GATEWAY"}, from...)...)); got != lineSheet {
		t.Errorf("the line:\n%s", got)
	}
	system := append([]string{"NORTH=T-14,PRAIRIE-GATEWAY"}, period...)
	if got := trimmed(balance(exitOK, append(system, from...)...)); got != systemSheet {
		t.Errorf("the system:\n%s", got)
	}
	contains(t, "balance of a batch", balance(exitOK, append([]string{"B-1"}, from...)...), "-0.091", "loss allowance", "1.789103")
	rows, err := csv.NewReader(strings.NewReader(balance(exitConsistent, append(system, "--csv", "--bundle", e.Bundle)...))).ReadAll()
	must(t, err)
	if len(rows) != 1+7+2*7 || rows[0][7] != "volume" || rows[5][7] != "-18.117794" || rows[21][4] != "closing" || rows[21][7] != "612.405528" {
		t.Errorf("as CSV: %q", rows)
	}
	var sheet audit.BalanceSheet
	must(t, json.Unmarshal([]byte(balance(exitConsistent, "T-14", "--json", "--bundle", e.Bundle)), &sheet))
	if sheet.Kind != "tank" || sheet.Pool.Closing.Volume.String() != "612.405528" || sheet.Series != nil {
		t.Errorf("as JSON: %+v", sheet)
	}
	refused(t, []refusal{
		{"nothing of that name", "T-9 is neither a pool nor a batch", exitFailed, []string{"balance", "T-9", "--bundle", e.Bundle}},
		{"a pool that there is not", `pool "T-9" of system X`, exitFailed, []string{"balance", "X=T-14,T-9", "--bundle", e.Bundle}},
		{"a batch in a period", "leave the period out", exitUsage, append([]string{"balance", "B-1", "--bundle", e.Bundle}, period...)},
		{"days of no period", "by day needs from and to", exitUsage, []string{"balance", "T-14", "--by", "day"}},
		{"a time that is none", `from is "yesterday"`, exitUsage, []string{"balance", "T-14", "--from", "yesterday"}},
		{"no name", "exactly one argument", exitUsage, []string{"balance"}},
		{"two places to look", "choose one", exitUsage, []string{"balance", "T-14", "--bundle", e.Bundle, "--cloud", "http://127.0.0.1:1"}},
		{"trust in a cloud", "--trust goes with --bundle", exitUsage, []string{"balance", "T-14", "--trust", s.outcome.Trust}},
	})
}

// TestBalanceFindings: what a series finds, and the positions of a stream, are printed.
func TestBalanceFindings(t *testing.T) {
	sheet := &audit.BalanceSheet{
		Name: "S", Kind: "stream", Pool: &custody.PoolBalance{Positions: []custody.StatementLine{{Shipper: "did:web:a.example", OverShort: -5}}},
		System: &custody.SystemBalance{}, Series: &custody.SystemSeries{Findings: []custody.Finding{
			{From: 1000, To: 2000, What: custody.Drifting, Sigmas: -1.25, Since: 4, Method: "CUSUM"},
		}},
	}
	var b strings.Builder
	must(t, printSheet(&b, sheet))
	contains(t, "sheet", b.String(), "position over/short  did:web:a.example  -0.000005", "drift", "-1.25 sigmas", "for 4", "CUSUM")
	rows := sheetTable(sheet)
	if last := rows[len(rows)-1]; last[4] != "finding" || last[5] != "drift" || last[9] != "-1.25" || len(last) != len(rows[0]) {
		t.Errorf("rows %q", rows)
	}
}

const portSheet = `port 3407 Walhalla ND, 2024-03

day         lot  of               place    by        ticket  rests on  basis      crossed      entered      in bond  difference  entries        entry due  right to make entry
2024-03-11  B-1  PRAIRIE-GATEWAY  Haskett  approval  T-3001  signed    m3 at 15C  19899.33252  19899.33252  0        0           ZZ9-0310241-8  entered    did:web:lakehead.example, settled by SALE-2

day         carrier                             shipper                   lots  basis      crossed      entered      in bond  not entered  difference
2024-03-11  did:web:ulc.prairiegateway.example  did:web:lakehead.example  1     m3 at 15C  19899.33252  19899.33252  0        0            0

in all out of    lots  basis      crossed      entered      in bond  not entered  difference
PRAIRIE-GATEWAY  1     m3 at 15C  19899.33252  19899.33252  0        0            0
`

// TestCrossings: what crossed the port of the story is what was entered.
func TestCrossings(t *testing.T) {
	s := builtinStory(t)
	e := s.outcome.Entries[0]
	code, out, problem := gauger(t, "crossings", "3407", "2024-03", "--bundle", e.Bundle, "--trust", s.outcome.Trust)
	if code != exitOK || problem != "" || out != portSheet {
		t.Errorf("exit code %d: %s\n%s", code, problem, out)
	}
	code, out, _ = gauger(t, "crossings", "3407", "2024-03", "--csv", "--bundle", e.Bundle)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	must(t, err)
	if code != exitConsistent || len(rows) != 2 || rows[1][13] != "19899.33252" || rows[1][17] != e.Number {
		t.Errorf("as CSV: exit code %d, %q", code, rows)
	}
	refused(t, []refusal{
		{"no month", "want two arguments", exitUsage, []string{"crossings", "3407"}},
		{"a month that is none", `month "March"`, exitUsage, []string{"crossings", "3407", "March"}},
		{"a port that is none", `port "Haskett"`, exitUsage, []string{"crossings", "Haskett", "2024-03"}},
		{"a port that nobody knows", "port 9999", exitFailed, []string{"crossings", "9999", "2024-03", "--bundle", e.Bundle}},
	})
}

// TestCrossingsMissing: a lot without an entry, one in bond, and an entry without a lot are printed as such.
func TestCrossingsMissing(t *testing.T) {
	r := &audit.Crossings{
		Port: "3407", Month: "2024-03", Lots: []audit.Crossing{
			{Batch: "B-1"}, {Batch: "B-2", Bond: "V-1"}, {Batch: "B-3", Entries: []audit.CrossingEntry{{Entry: "E-1", Port: "3404", Doubt: "unclear"}}},
		},
		Unmatched: []audit.UnmatchedEntry{{Entry: "E-2", Batch: "B-4", Point: "P", Of: "records 1 to 9 of P", Why: "no lot"}},
	}
	var b strings.Builder
	must(t, printCrossings(&b, r))
	contains(t, "crossings", b.String(), " none ", "in bond V-1 ", "E-1 at 3404 (unclear) ", "entry E-2 of batch B-4, records 1 to 9 of P: no lot\n")
	rows := crossingRows(r)
	if len(rows) != 5 || rows[4][17] != "E-2 (records 1 to 9 of P: no lot)" || len(rows[4]) != len(rows[0]) || len(rows[1]) != len(rows[0]) {
		t.Errorf("rows %q", rows)
	}
}

// TestAskCloud: a cloud is asked with the path and query of its API, and what it refuses is said.
func TestAskCloud(t *testing.T) {
	var asked []string
	cloud := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.RequestURI())
		var answer any = audit.Crossings{Port: "3407", Month: "2024-03"}
		switch {
		case strings.HasPrefix(r.URL.Path, "/v1/balances/T-9"):
			http.Error(w, "it is not in the books", http.StatusNotFound)
			return
		case strings.HasPrefix(r.URL.Path, "/v1/balances/"):
			answer = audit.BalanceSheet{Name: "N=A,B", Kind: "system", System: &custody.SystemBalance{System: "N", Basis: quantity.Metric}}
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	defer cloud.Close()
	for _, args := range [][]string{
		{"balance", "N=A,B", "--from", "2024-03-01T00:00:00-07:00", "--to", "2024-03-02T00:00:00-07:00", "--by", "day"}, {"crossings", "3407", "2024-03"},
	} {
		if code, out, problem := gauger(t, append(args, "--cloud", cloud.URL)...); code != exitOK || out == "" {
			t.Errorf("%q: exit code %d: %s", args, code, problem)
		}
	}
	if code, _, problem := gauger(t, "balance", "T-9", "--cloud", cloud.URL); code != exitFailed || !strings.Contains(problem, "it is not in the books") {
		t.Errorf("exit code %d: %s", code, problem)
	}
	want := "/v1/balances/N=A%2CB?by=day&from=2024-03-01T00%3A00%3A00-07%3A00&to=2024-03-02T00%3A00%3A00-07%3A00 /v1/crossings/3407/2024-03 /v1/balances/T-9"
	if got := strings.Join(asked, " "); got != want {
		t.Errorf("asked %s", got)
	}
}

// TestCloudRefuses: what the cloud says is printed as it says it, and what was asked wrongly is wrong usage.
func TestCloudRefuses(t *testing.T) {
	cloud := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.RequestURI() {
		case "/v1/chains/B-9":
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"status":404,"title":"Not Found","detail":"it is not in the books: batch or lot B-9"}`))
		case "/v1/chains/B-8":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"status":400,"title":"Bad Request","detail":"that cannot be asked"}`))
		default:
			http.Error(w, "no way through", http.StatusBadGateway)
		}
	}))
	defer cloud.Close()
	in := []string{"custody", "--cloud", cloud.URL}
	refused(t, []refusal{
		{"not there", "gauger: the cloud refuses: 404 Not Found: it is not in the books: batch or lot B-9\n", exitFailed, append(in, "B-9")},
		{"asked wrongly", "gauger: the cloud refuses: 400 Bad Request: that cannot be asked\n", exitUsage, append(in, "B-8")},
		{"something in between", "gauger: the cloud refuses: 502 Bad Gateway: no way through\n", exitFailed, append(in, "B-7")},
		{"no address", `--cloud: "nowhere/v1/chains/B-1" is not below an address such as`, exitUsage, []string{"custody", "B-1", "--cloud", "nowhere"}},
	})
}
