package housekeeping

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
)

// rooms says who may import whom of ours: a room those that it names, and itself. The longest name that fits a folder counts.
// cloud's pure rooms from custody to audit stand in an order, and each may import those before it; cloud itself stands for its rooms
// with I/O.
var rooms = map[string][]string{
	"metrology":        {},
	"configs":          {},
	"internal":         {},
	"evidence":         {"metrology"},
	"firmware-bridge":  {"metrology", "evidence", "internal"},
	"ledger":           {"evidence", "internal"},
	"edge":             {"firmware-bridge", "evidence", "metrology", "internal"},
	"cloud/custody":    {"evidence", "metrology", "configs"},
	"cloud/runticket":  {"cloud/custody", "evidence", "metrology"},
	"cloud/lineage":    {"cloud/custody", "evidence", "metrology", "configs"},
	"cloud/origin":     {"cloud/custody", "cloud/lineage", "evidence", "metrology", "configs"},
	"cloud/customs":    {"cloud/custody", "cloud/lineage", "cloud/origin", "evidence", "metrology", "configs"},
	"cloud/audit":      {"cloud/custody", "cloud/runticket", "cloud/lineage", "cloud/origin", "cloud/customs", "evidence", "metrology", "configs"},
	"cloud/throughput": {"metrology"},
	"cloud/document":   {"cloud/custody", "cloud/lineage", "cloud/audit", "evidence", "metrology"},
	"cloud":            {"cloud", "ledger", "internal", "evidence", "metrology", "configs"},
	"cmd":              {"cloud", "edge", "firmware-bridge", "ledger", "evidence", "metrology", "internal", "configs"},
}

// pure are the rooms without I/O, clock and configuration: what they compute depends on their arguments alone.
var pure = []string{
	"metrology", "evidence", "cloud/custody", "cloud/lineage", "cloud/origin", "cloud/customs", "cloud/audit", "cloud/runticket", "cloud/throughput", "cloud/document",
}

// rim are the packages by which I/O comes in.
var rim = []string{"os", "os/exec", "os/signal", "syscall", "net", "net/http", "database/sql", "path/filepath"}

// room returns the room of a folder, or "".
func room(dir string) string {
	best := ""
	for r := range rooms {
		if within(dir, r) && len(r) > len(best) {
			best = r
		}
	}
	return best
}

// forbidden says what is wrong with an import by a file of a folder, or "".
func forbidden(dir, imported string) string {
	here := room(dir)
	if slices.ContainsFunc(pure, func(p string) bool { return within(dir, p) }) && slices.Contains(rim, imported) {
		return fmt.Sprintf("%s is pure, %s is I/O: let the caller do it and hand in the result", here, imported)
	}
	target, ours := strings.CutPrefix(imported, module+"/")
	if !ours || within(target, here) && room(target) == here {
		return ""
	}
	for _, may := range rooms[here] {
		if within(target, may) {
			return ""
		}
	}
	return fmt.Sprintf("%s may import %s, not %s", here, strings.Join(rooms[here], ", "), target)
}

func TestForbidden(t *testing.T) {
	for _, tt := range []struct {
		name, dir, imported string
		allowed             bool
	}{
		{"evidence stands on metrology", "evidence/record", module + "/metrology/liquid", true},
		{"metrology knows nothing of evidence", "metrology/liquid", module + "/evidence/record", false},
		{"what carries does not know what it carries", "internal/durable", module + "/evidence/record", false},
		{"a neighbour in the same room", "internal/durable/faultfs", module + "/internal/durable", true},
		{"edge and cloud never meet", "edge", module + "/cloud/custody", false},
		{"neither from the other side", "cloud/ingest", module + "/edge", false},
		{"a driver does not know the edge", "firmware-bridge/pulse", module + "/edge", false},
		{"pure rooms look to the left", "cloud/customs", module + "/cloud/origin", true},
		{"and never to the right", "cloud/custody", module + "/cloud/lineage", false},
		{"pure rooms know no store", "cloud/audit", module + "/cloud/store", false},
		{"nor the ledger", "cloud/audit", module + "/ledger", false},
		{"nor what is internal", "cloud/origin", module + "/internal/conf", false},
		{"public figures stand on measurement", "cloud/throughput", module + "/metrology/quantity", true},
		{"and know nothing of books", "cloud/throughput", module + "/cloud/custody", false},
		{"rooms with I/O see the pure ones", "cloud/api", module + "/cloud/audit", true},
		{"and each other", "cloud/api", module + "/cloud/store", true},
		{"and the ledger", "cloud/ingest", module + "/ledger", true},
		{"the ledger does not know its users", "ledger/tilelog", module + "/cloud/store", false},
		{"commands see everything", "cmd/gauger", module + "/cloud/audit", true},
		{"pure means no files", "cloud/origin", "os", false},
		{"pure means no network", "evidence/proof", "net/http", false},
		{"the rim may", "cloud/store", "database/sql", true},
		{"the standard library is free otherwise", "cloud/origin", "math/big", true},
	} {
		if got := forbidden(tt.dir, tt.imported); (got == "") != tt.allowed {
			t.Errorf("%s: %s importing %s: %q", tt.name, tt.dir, tt.imported, got)
		}
	}
}

func TestImports(t *testing.T) {
	for _, s := range repository(t).product() {
		if room(s.dir) == "" {
			t.Errorf("%s: no rule says what %s may import: add one to rooms", s.path, s.dir)
		}
		for _, i := range s.imports() {
			if why := forbidden(s.dir, i); why != "" {
				t.Errorf("%s: %s", s.path, why)
			}
		}
	}
}

// heavy are drivers that the default binary does without: whoever wants them builds or starts another program.
var heavy = []string{
	"github.com/hyperledger/", "github.com/influxdata/", "github.com/aws/", "cloud.google.com/",
	"github.com/transparency-dev/tessera/storage/aws", "github.com/transparency-dev/tessera/storage/gcp",
}

func TestBinaryIsLight(t *testing.T) {
	byDir := map[string][]source{}
	for _, s := range repository(t).product() {
		byDir[s.dir] = append(byDir[s.dir], s)
	}
	reached, queue := map[string]bool{}, []string{"cmd/gauger"}
	for len(queue) > 0 {
		dir := queue[0]
		queue = queue[1:]
		if reached[dir] {
			continue
		}
		reached[dir] = true
		for _, s := range byDir[dir] {
			for _, i := range s.imports() {
				if next, ours := strings.CutPrefix(i, module+"/"); ours {
					queue = append(queue, path.Clean(next))
				}
				if slices.ContainsFunc(heavy, func(h string) bool { return strings.HasPrefix(i, h) }) {
					t.Errorf("%s, which gauger reaches, imports %s", s.path, i)
				}
			}
		}
	}
	for _, want := range []string{"edge", "cloud/store", "ledger/tilelog", "metrology/liquid"} {
		if !reached[want] {
			t.Errorf("gauger does not reach %s: this test has lost its way", want)
		}
	}
}
