package housekeeping

import (
	"go/ast"
	"path"
	"regexp"
	"strings"
	"testing"
)

// link is a link in a Markdown file; its target is the part before the title.
var link = regexp.MustCompile(`\]\(([^()\s]+)[^()]*\)`)

// prose returns a Markdown file without its code, in which brackets mean something else.
func prose(b []byte) string {
	var out []string
	fenced := false
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
			continue
		}
		if !fenced {
			out = append(out, regexp.MustCompile("`[^`]*`").ReplaceAllString(line, "code"))
		}
	}
	return strings.Join(out, "")
}

// anchors returns the names under which a Markdown file's headings can be reached.
func anchors(b []byte) map[string]bool {
	found := map[string]bool{}
	fenced := false
	for line := range strings.Lines(string(b)) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		title := strings.TrimLeft(line, "#")
		if fenced || title == line || !strings.HasPrefix(title, " ") {
			continue
		}
		name := strings.ToLower(strings.TrimSpace(title))
		name = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(name, "")
		found[strings.ReplaceAll(name, " ", "-")] = true
	}
	return found
}

func TestLinksLeadSomewhere(t *testing.T) {
	tr := repository(t)
	checked := 0
	for _, rel := range tr.texts {
		if path.Ext(rel) != ".md" {
			continue
		}
		b, err := tr.read(rel)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(prose(b), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			checked++
			target, anchor, _ := strings.Cut(m[1], "#")
			where := rel
			if target != "" {
				where = path.Join(path.Dir(rel), target)
			}
			if !tr.exists(where) {
				t.Errorf("%s links to %s, which is not there", rel, m[1])
				continue
			}
			if anchor == "" || path.Ext(where) != ".md" {
				continue
			}
			there, err := tr.read(where)
			if err != nil {
				t.Fatal(err)
			}
			if !anchors(there)[anchor] {
				t.Errorf("%s links to %s: %s has no such heading", rel, m[1], where)
			}
		}
	}
	if checked == 0 {
		t.Error("no link found in any Markdown file")
	}
}

// promisesFiles are the tables of what is promised and which test would fail if it were untrue.
var promisesFiles = []string{"docs/reference/promises.md", "docs/reference/reliability.md"}

// named is a test as the table names it: folder, function and, for a test that runs scripts, which one.
var named = regexp.MustCompile("`([a-z0-9/_-]+)\\.((?:Test|Fuzz|Example)[A-Za-z0-9_]*)(?:/([a-z0-9_-]+))?`")

func TestPromisesNameTests(t *testing.T) {
	tr := repository(t)
	tests := map[string]bool{}
	for _, s := range tr.sources {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test && f.Recv == nil {
				tests[s.dir+"."+f.Name.Name] = true
			}
		}
	}
	for _, name := range promisesFiles {
		checkPromises(t, tr, name, tests)
	}
}

// checkPromises holds that each row of a file's tables names tests, and that these exist.
func checkPromises(t *testing.T, tr *tree, name string, tests map[string]bool) {
	t.Helper()
	b, err := tr.read(name)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(b)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 3 || strings.HasPrefix(strings.TrimSpace(cells[0]), "-") || strings.TrimSpace(cells[len(cells)-1]) == "test" {
			continue
		}
		rows++
		last := cells[len(cells)-1]
		found := named.FindAllStringSubmatch(last, -1)
		if len(found) == 0 {
			t.Errorf("%s: the row of %s names no test", name, strings.TrimSpace(cells[0]))
		}
		for _, m := range found {
			if !tests[m[1]+"."+m[2]] || m[3] != "" && !tr.exists(m[1]+"/testdata/script/"+m[3]+".txtar") {
				t.Errorf("%s: %s does not exist", name, m[0])
			}
		}
		if rest := strings.Trim(named.ReplaceAllString(last, ""), ", \n"); rest != "" {
			t.Errorf("%s: the row of %s says %q, which names no test", name, strings.TrimSpace(cells[0]), rest)
		}
	}
	if rows == 0 {
		t.Errorf("%s holds no row", name)
	}
}
