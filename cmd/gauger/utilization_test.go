package main

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// TestUtilization: what the story claims is within what nobody limits, and a cloud with too much on a certificate ends the command with
// exit code 4 and the finding.
func TestUtilization(t *testing.T) {
	s := builtinStory(t)
	e := s.outcome.Entries[0]
	code, out, problem := gauger(t, "utilization", "--bundle", e.Bundle, "--trust", s.outcome.Trust)
	if code != exitOK || problem != "" {
		t.Fatalf("exit code %d: %s", code, problem)
	}
	contains(t, "the story", out, "rests on", "certificate BRM-2024-1", "not stated", e.Number)
	limit := quantity.Micro(1_000 * quantity.PerUnit)
	cloud := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/utilization" {
			t.Errorf("asked %s", r.URL.Path)
		}
		_ = json.NewEncoder(w).Encode([]audit.Utilization{{
			Kind: audit.ByCertificate, Of: "C-9", Certificate: &record.Hash{9}, Shipment: "B-9", Stated: "Shipper Ltd.", From: "2024-03-01", To: "2024-03-31",
			Basis: quantity.Customary, Limit: &limit, Claimed: limit + 1, Entries: []string{"E-1", "E-2"}, Finding: "0.000001 too much",
		}})
	}))
	defer cloud.Close()
	code, out, _ = gauger(t, "utilization", "--cloud", cloud.URL)
	if code != exitDue {
		t.Errorf("exit code %d", code)
	}
	contains(t, "too much", out, "certificate C-9 for B-9", "1000.000001", "100.00 %", "finding: 0.000001 too much")
	_, out, _ = gauger(t, "utilization", "--cloud", cloud.URL, "--csv")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	must(t, err)
	if len(rows) != 2 || len(rows[1]) != len(rows[0]) || !strings.HasPrefix(rows[1][2], "09") || rows[1][8] != "1000" {
		t.Errorf("as CSV: %q", rows)
	}
	var empty strings.Builder
	must(t, printUtilization(&empty, nil))
	contains(t, "nothing", empty.String(), "no claim stands")
}
