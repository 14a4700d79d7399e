package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
)

// TestChangeARateAsDocumented does what the page on changing a rate says, and compares what it shows.
func TestChangeARateAsDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "how-to", "change-a-rate.md"))
	must(t, err)
	blocks := map[string][]string{}
	for _, b := range regexp.MustCompile("(?s)```(\\w+)\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		blocks[b[1]] = append(blocks[b[1]], b[2])
	}
	shown, row := blocks["text"], blocks["yaml"][0]
	if len(shown) != 4 || len(blocks["json"]) != 1 {
		t.Fatalf("the page has other blocks than this test knows: %v", blocks)
	}
	t.Chdir(t.TempDir())
	must(t, os.WriteFile("entry.json", []byte(blocks["json"][0]), 0o600))
	code, table, problem := gauger(t, "tables", "rates")
	if code != exitOK {
		t.Fatal(problem)
	}
	number := regexp.MustCompile(`line \d+`) // it moves with the table
	compute := func(table string, want int, expected ...string) {
		t.Helper()
		must(t, os.WriteFile("us.yaml", []byte(table), 0o600))
		code, out, problem := gauger(t, "calc", "duty", "--rates", "us.yaml", "entry.json")
		if code != want {
			t.Fatalf("exit code %d: %s", code, problem)
		}
		for _, text := range expected {
			for line := range strings.Lines(text) {
				if !strings.Contains("\n"+number.ReplaceAllString(out+problem, "line 0"), "\n"+number.ReplaceAllString(line, "line 0")) {
					t.Errorf("the page shows %q, the program prints\n%s%s", line, out, problem)
				}
			}
		}
	}
	compute(table, exitOK, shown[0])
	changed := replaceOnce(t, table, "mpf:\n  known_through: 2026-09-30", "mpf:\n  known_through: 2027-09-30")
	last := regexp.MustCompile(`(?m)^ +- \{id: mpf-fy2026.*\n`).FindString(changed)
	changed = replaceOnce(t, changed, last, last+row)
	compute(changed, exitOK, shown[1], shown[2])
	compute(replaceOnce(t, changed, `max: "667.30"`, `maxx: "667.30"`), exitUsage, shown[3])
}

// TestAnotherChapterAsDocumented does what the page on changing a rule says about steel and food: rows alone, no line of code, and the
// program's own customs tables take the goods.
func TestAnotherChapterAsDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "how-to", "change-a-rule.md"))
	must(t, err)
	_, section, found := strings.Cut(string(page), "## Another chapter")
	section, _, ends := strings.Cut(section, "\n## ")
	if !found || !ends {
		t.Fatal("the page has no section on another chapter")
	}
	blocks := map[string][]string{}
	for _, b := range regexp.MustCompile("(?s)```(\\w+)\n(.*?)```").FindAllStringSubmatch(section, -1) {
		blocks[b[1]] = append(blocks[b[1]], strings.ReplaceAll("\n"+b[2], "\n   ", "\n")[1:])
	}
	rows, questions, shown := blocks["yaml"], blocks["json"], blocks["text"]
	if len(rows) != 3 || len(questions) != 3 || len(shown) != 3 {
		t.Fatalf("the section has other blocks than this test knows: %v", blocks)
	}
	table := func(name string) string {
		code, out, problem := gauger(t, "tables", name)
		if code != exitOK {
			t.Fatal(problem)
		}
		return out
	}
	first := func(table, section, row string) string {
		head := regexp.MustCompile(`\n` + section + `:\n.*\n  rows:\n`).FindString(table)
		return replaceOnce(t, table, head, head+row)
	}
	t.Chdir(t.TempDir())
	must(t, os.WriteFile("usmca.yaml", []byte(table("rules")+"\n"+rows[0]), 0o600))
	must(t, os.WriteFile("us.yaml", []byte(first(first(table("rates"), "lines", rows[1]), "additional", rows[2])), 0o600))
	for i, command := range [][]string{{"origin", "--rules", "usmca.yaml"}, {"origin", "--rules", "usmca.yaml"}, {"duty", "--rates", "us.yaml"}} {
		must(t, os.WriteFile("question.json", []byte(questions[i]), 0o600))
		code, out, problem := gauger(t, append(append([]string{"calc"}, command...), "question.json")...)
		if code != exitOK {
			t.Fatal(problem)
		}
		for line := range strings.Lines(shown[i]) {
			if !strings.Contains(out, strings.TrimSpace(line)) {
				t.Errorf("the page shows %q, the program prints\n%s", line, out)
			}
		}
	}
}

func replaceOnce(t *testing.T, s, old, new string) string {
	t.Helper()
	if old == "" || strings.Count(s, old) != 1 {
		t.Fatalf("%q stands %d times in the table", old, strings.Count(s, old))
	}
	return strings.Replace(s, old, new, 1)
}

// TestOwnTables: a cloud decides on the tables that its configuration names, and on the program's where it names none.
func TestOwnTables(t *testing.T) {
	dir := t.TempDir()
	of, err := (&tablesSection{}).load()
	must(t, err)
	ours := func(name string, table []byte) string {
		own := append([]byte("# ours\n"), table...)
		must(t, os.WriteFile(filepath.Join(dir, name), own, 0o600))
		return string(own)
	}
	rates, country, nafta := ours("rates.yaml", of.Rates), ours("country.yaml", of.Country), ours("nafta.yaml", of.Others["NAFTA"])
	load := func(tables string) (audit.Tables, error) {
		config := filepath.Join(dir, "cloud.yaml")
		must(t, os.WriteFile(config, []byte("data: data\nlisten: 127.0.0.1:0\nkey: k\nlog_key: l\nlog_name: n\ntrust: t\nbroker: {listen: 127.0.0.1:1}\n"+
			"tables: "+tables+"\n"), 0o600))
		c, err := loadCloudConfig(config)
		must(t, err)
		return c.Tables.load()
	}
	got, err := load("{rates: rates.yaml, country: country.yaml, nafta: nafta.yaml}")
	must(t, err)
	for _, tt := range []struct {
		name string
		got  []byte
		want string
	}{
		{"rates", got.Rates, rates}, {"country", got.Country, country}, {"nafta", got.Others["NAFTA"], nafta}, {"rules", got.Rules, string(of.Rules)},
		{"ports", got.Ports, string(of.Ports)}, {"cafta-dr", got.Others["CAFTA-DR"], string(of.Others["CAFTA-DR"])},
	} {
		if string(tt.got) != tt.want {
			t.Errorf("%s: another table is taken than the configuration names", tt.name)
		}
	}
	for tables, want := range map[string]string{
		"{cafta-dr: nafta.yaml}": "it has the rules of NAFTA", "{country: rates.yaml}": "read rules of country of origin", "{nafta: gone.yaml}": "no such file",
	} {
		if _, err := load(tables); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("tables: %s: error is %v, want one that says %q", tables, err, want)
		}
	}
}
