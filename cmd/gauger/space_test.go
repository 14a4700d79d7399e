package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gauger/gauger/cmd/internal/story"
)

// limitStore writes a limit of the store, in pages, into the configuration of a world's cloud. Zero takes it out again.
func limitStore(t testing.TB, dir string, pages int) {
	t.Helper()
	name := filepath.Join(dir, "cloud", "cloud.yaml")
	b, err := os.ReadFile(name)
	must(t, err)
	var kept []string
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, "max_store_pages:") {
			kept = append(kept, line)
		}
	}
	if pages > 0 {
		kept = append(kept, fmt.Sprintf("max_store_pages: %d\n", pages))
	}
	must(t, os.WriteFile(name, []byte(strings.Join(kept, "")), 0o600))
}

// storePages returns how many pages the store has.
func storePages(t testing.TB, dir string) (pages int) {
	t.Helper()
	db := database(t, dir)
	must(t, db.QueryRow("PRAGMA page_count").Scan(&pages))
	must(t, db.Close())
	return pages
}

// TestStoreFull: a cloud without room refuses batches and papers with a clear error and answers everything else. With more room
// and a restart everything is there, once, and nothing of what was refused.
func TestStoreFull(t *testing.T) {
	dir := t.TempDir()
	limit := func() { limitStore(t, dir, storePages(t, dir)) }
	look := func() {
		awaitLog(t, dir, "cloud", "no space left for the store: free space on its disk, nothing was lost")
		c, err := loadCloudConfig(filepath.Join(dir, "cloud", "cloud.yaml"))
		must(t, err)
		code, _, problem := gauger(t, "document", "submit", "--cloud", "http://"+c.Listen, longCertificate(t, dir))
		if code != exitFailed {
			t.Errorf("a paper for a store that is full: exit code %d", code)
		}
		contains(t, "answer to the paper", problem, "gauger: the cloud refuses: 507 Insufficient Storage", "no space left for the store")
		var counts map[string]uint64
		if status := get(t, dir, "/v1/counts", &counts); status != 200 || counts["records"] > 20 {
			t.Errorf("counts of a store that is full: status %d, %v", status, counts)
		}
		limitStore(t, dir, 0)
	}
	p := play(t, dir, small(t),
		when("Whitemud lateral: gateway switched on", limit), strikes(story.Fault{Target: "cloud", At: at(t, "06:00")}),
		when("Hardisty rail unloading: gateway switched on", look), strikes(story.Fault{Target: "cloud", At: at(t, "07:50")}))
	p.facts.same(t, reference(t).facts)
}

// longCertificate signs a certificate that needs several pages.
func longCertificate(t testing.TB, dir string) string {
	t.Helper()
	party := map[string]string{
		"disclosure": "named", "name": "Battle River Marketing Ltd", "title": "Director", "address": "Calgary AB", "country": "CA",
		"telephone": "+1 403 555 0142", "email": "trade@marketing.battleriver.example",
	}
	draft, err := json.Marshal(map[string]any{
		"id": "BRM-LONG", "agreement": "USMCA", "roles": []string{"exporter"}, "certifier": party, "exporter": party, "importer": party,
		"producer": map[string]string{"disclosure": "available upon request by the importing authorities"}, "description": "diluted bitumen",
		"hs6": "270900", "criterion": "B", "blanketFrom": "2024-01-01", "blanketTo": "2024-12-31", "signedAt": at(t, "05:00").UnixMilli(),
		"signatory": "Director", "statement": strings.Repeat("I certify that the goods qualify as originating. ", 300),
	})
	must(t, err)
	name := filepath.Join(t.TempDir(), "certificate.json")
	must(t, os.WriteFile(name, draft, 0o600))
	signed := name + ".cbor"
	code, _, problem := gauger(t, "document", "sign", "--kind", "certificate", "--key", filepath.Join(dir, "parties/marketing/party.key"), "-o", signed, name)
	if code != exitOK {
		t.Fatalf("sign a certificate: exit code %d: %s", code, problem)
	}
	return signed
}
