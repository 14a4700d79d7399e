package conf_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gauger/gauger/internal/conf"
)

type meter struct {
	Name     string
	KFactor  float64 `yaml:"k_factor"`
	Register uint16
	Interval conf.Duration
}

func (m *meter) Validate() error {
	if m.KFactor < 0 {
		return errors.New("k_factor must not be negative")
	}
	return nil
}

type common struct {
	Key   string
	Level string `yaml:"log-level"`
}

type settings struct {
	Common common `yaml:",inline"`
	Port   string
	Size   int8
	Big    int64
	Count  uint32
	Ratio  float64
	On     bool
	When   time.Time
	Wait   conf.Duration
	Meters []meter
	ByName map[string]meter `yaml:"by_name"`
	Tags   []string
	Spare  *meter
	Hidden string `yaml:"-"`
}

func (s *settings) Validate() error {
	if s.Port == "none" {
		return errors.New("choose a port")
	}
	return nil
}

// TestValues reads what is good.
func TestValues(t *testing.T) {
	const text = "\ufeff" + `# an example
port: 0101            # a text keeps its zero
size: -0x7f
big: 40_001
count: +7
ratio: 1e-3
on: true
when: 2026-03-01T06:00:00Z
wait: 1h30m
key: keys/edge.pem
"log-level": info
tags: [2709.00, yes, "a b", 1_000, 12:30, null_island]
meters:
  - name: 'it''s'
    k_factor: 42
    register: 0x9C41
    interval: 35d
  - name: |
      two
      lines
by_name:
  1: {k_factor: 0.5}
  b: {}
spare:
`
	got := settings{Size: 5, Hidden: "kept", Spare: &meter{}}
	if err := conf.Decode("/etc/gauger/edge.yaml", []byte(text), &got); err != nil {
		t.Fatal(err)
	}
	want := settings{
		Port: "0101", Size: -127, Big: 40001, Count: 7, Ratio: 0.001, On: true,
		Common: common{Key: "keys/edge.pem", Level: "info"},
		When:   time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC), Wait: conf.Duration(90 * time.Minute),
		Tags: []string{"2709.00", "yes", "a b", "1_000", "12:30", "null_island"},
		Meters: []meter{
			{Name: "it's", KFactor: 42, Register: 40001, Interval: conf.Duration(35 * 24 * time.Hour)},
			{Name: "two\nlines\n"},
		},
		ByName: map[string]meter{"1": {KFactor: 0.5}, "b": {}},
		Hidden: "kept",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestDefaultsStay reads files that say little or nothing.
func TestDefaultsStay(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "---\nsize: 7\n...\n", "size: 7\r\n"} {
		got := settings{Size: 7, Wait: conf.Duration(time.Minute)}
		if err := conf.Decode("f", []byte(text), &got); err != nil || got.Size != 7 || time.Duration(got.Wait) != time.Minute {
			t.Errorf("%q: %v, %+v", text, err, got)
		}
	}
}

// TestErrors pins the whole text of errors, since people work with it.
func TestErrors(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "\nsize: 1\nporrt: x", `unknown key "porrt" in edge.yaml line 3: did you mean "port"?`},
		{"unknown key in a list", "meters:\n  - name: a\n  - intervall: 60s", `unknown key "meters[1].intervall" in edge.yaml line 3: did you mean "interval"?`},
		{"other case and dashes", "Log_Level: info", `unknown key "Log_Level" in edge.yaml line 1: did you mean "log-level"?`},
		{"nothing like it", "spare:\n  zzz: 1", `unknown key "spare.zzz" in edge.yaml line 2: known here are interval, k_factor, name, register`},
		{"hidden field", "hidden: x", `unknown key "hidden" in edge.yaml line 1: known here are big, by_name, count, key, log-level, meters, on, port, ratio, size, spare, tags, wait, when`},
		{"key twice", "size: 1\nport: a\nsize: 2", `key "size" a second time in edge.yaml line 3: it is in line 1 already`},
		{"key twice, spelled otherwise", "by_name: {a: {}, 'a': {}}", `key "by_name.a" a second time in edge.yaml line 1: it is in line 1 already`},
		{"no value", "port: a\nsize:\nbig: 1", "size has no value in edge.yaml line 2: give it one, or remove it"},
		{"no value in a list", "tags: [a, ~]", "tags[1] has no value in edge.yaml line 1: give it one, or remove it"},
		{"fraction", "size: 1.5", `size: "1.5" in edge.yaml line 1: write a whole number, such as 12, 40_001 or 0x9C41; a setting that can't be negative takes none below 0`},
		{"too large", "size: 200", `size: "200" in edge.yaml line 1: the number is too small or too large for this setting`},
		{"negative", "count: -1", `count: "-1" in edge.yaml line 1: write a whole number, such as 12, 40_001 or 0x9C41; a setting that can't be negative takes none below 0`},
		{"leading zero", "big: 0123", `big: "0123" in edge.yaml line 1: a leading 0 may mean octal or not: write it without, or with 0o if it is octal`},
		{"quoted number", "size: '1'", `size: "1" in edge.yaml line 1: a number, true or false is wanted here: take the quotes off`},
		{"not a number", "ratio: .nan", `ratio: ".nan" in edge.yaml line 1: write a decimal number, such as 12.5 or 1e-3`},
		{"yes", "on: yes", `on: "yes" in edge.yaml line 1: write true or false`},
		{"duration without unit", "wait: 60", `wait: "60" in edge.yaml line 1: write a length of time with its unit, such as 250ms, 60s, 5m, 1h30m or 35d`},
		{"list for a text", "port: [a]", "port: a list in edge.yaml line 1: one value is wanted here"},
		{"text for a list", "tags: abc", `tags: "abc" in edge.yaml line 1: a list is wanted here: begin each item with "- "`},
		{"text for keys", "by_name: abc", `by_name: "abc" in edge.yaml line 1: keys with values are wanted here, as in "key: value"`},
		{"text for everything", "hello", `the configuration: "hello" in edge.yaml line 1: keys with values are wanted here, as in "key: value"`},
		{"alias", "port: &x a\ntags:\n  - *x", "port: an anchor, alias or tag in edge.yaml line 1: write the value itself\ntags[0]: an anchor, alias or tag in edge.yaml line 3: write the value itself"},
		{"merge key", "<<: {size: 1}", "the configuration: a key that is not a simple text in edge.yaml line 1: merge keys and keys of several values can't be used here"},
		{"two documents", "size: 1\n---\nsize: 2", "a second document or a directive in edge.yaml line 3: a configuration is one document: remove lines with --- or %"},
		{"directive", "%YAML 1.2\n---\nsize: 1", "a second document or a directive in edge.yaml line 1: a configuration is one document: remove lines with --- or %"},
		{"syntax", "size: 1\n\tport: a", "YAML can't be read in edge.yaml line 2: found character '\t' that cannot start any token"},
		{"not UTF-8", "port: a\nport: \xff", "a character that is not UTF-8 in edge.yaml line 2: save the file as UTF-8"},
		{"long line", "port: " + strings.Repeat("x", 5000), "a line too long in edge.yaml line 1: break it: at most 4096 bytes"},
		{"deep", "tags: " + strings.Repeat("[", 100), "brackets nested too deeply in edge.yaml line 1: at most 64 may be open"},
		{"too much", strings.Repeat("# comment\n", 200000), "too much text in edge.yaml: a configuration has at most 1048576 bytes"},
		{"validated", "size: 1\nport: none", "the configuration is not valid in edge.yaml line 1: choose a port"},
		{"inner value validated", "meters:\n  - name: a\n  - name: b\n    k_factor: -1\nspare:\n  k_factor: -1", "meters[1] is not valid in edge.yaml line 3: k_factor must not be negative\nspare is not valid in edge.yaml line 6: k_factor must not be negative"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			err := conf.Decode("edge.yaml", []byte(tc.text), &settings{})
			if err == nil || err.Error() != tc.want {
				t.Errorf("error\n%v\nwant\n%s", err, tc.want)
			}
			var e *conf.Error
			if !errors.As(err, &e) || e.File != "edge.yaml" {
				t.Errorf("%#v is no *conf.Error of the file", err)
			}
		})
	}
}

func TestManyErrorsAreCutShort(t *testing.T) {
	err := conf.Decode("f", []byte(strings.Repeat("on: 1\n", 100)), &settings{})
	if n := strings.Count(err.Error(), "\n") + 1; n != 21 || !strings.HasSuffix(err.Error(), "80 more errors in f") {
		t.Errorf("%d lines, want 21:\n%v", n, err)
	}
}

func TestValidateSeesAnEmptyFile(t *testing.T) {
	s := settings{Port: "none"}
	if err := conf.Decode("f", nil, &s); err == nil || err.Error() != "the configuration is not valid in f: choose a port" {
		t.Errorf("error %v", err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "edge.yaml")
	if err := conf.Load(path, &settings{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(path, []byte("key: ../k.pem\nport: /abs"), 0o600); err != nil {
		t.Fatal(err)
	}
	var s settings
	if err := conf.Load(path, &s); err != nil {
		t.Fatal(err)
	}
	conf.Relative(path, &s.Common.Key, &s.Port, &s.Common.Level)
	if s.Common.Key != filepath.Join(filepath.Dir(dir), "k.pem") || s.Port != "/abs" || s.Common.Level != "" {
		t.Errorf("from the folder of the file: %q, %q and %q", s.Common.Key, s.Port, s.Common.Level)
	}
	if err := conf.Load(dir, &s); err == nil {
		t.Error("loaded a directory")
	}
	if err := os.WriteFile(path, make([]byte, conf.MaxBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := conf.Load(path, &s); err == nil || !strings.Contains(err.Error(), "too much text") {
		t.Errorf("large file: %v", err)
	}
}

func TestTypesThatCannotBeConfigured(t *testing.T) {
	tests := []struct {
		name string
		into any
		want string
	}{
		{"no pointer", settings{}, "want a pointer to a struct"},
		{"nil", (*settings)(nil), "want a pointer to a struct"},
		{"no struct", new(int), "want a pointer to a struct"},
		{"a channel", &struct{ A chan int }{}, "can't be configured"},
		{"a map with numbers for keys", &struct{ A map[int]string }{}, "keys are not texts"},
		{"one key for two fields", &struct {
			A string
			B string `yaml:"a"`
		}{}, "two fields"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			text := "a: 1"
			if strings.Contains(tc.want, "texts") {
				text = "a: {b: c}"
			}
			if err := conf.Decode("f", []byte(text), tc.into); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"250ms": 250 * time.Millisecond, "0s": 0, "1h30m": 90 * time.Minute, "0d": 0, "1d": 24 * time.Hour,
	} {
		var d, again conf.Duration
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v, %v; want %v", text, d, err, want)
		}
		out, err := d.MarshalText()
		if err != nil || again.UnmarshalText(out) != nil || again != d {
			t.Errorf("%s: written as %s, %v", text, out, err)
		}
	}
	for _, text := range []string{"", "5", "-1s", "d", "1.5d", "99999d", "-1d", "1x", "1d2h"} {
		var d conf.Duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q read as %v", text, d)
		}
	}
}

// FuzzDecode reads arbitrary files: no panic, and the same answer twice.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("port: a\nmeters:\n  - name: b\n    k_factor: 1.5\nby_name: {x: {options: [1]}}\n"))
	f.Add([]byte("tags:\n- >\n  folded\n- !!str x\n? [a]\n: b\n"))
	f.Add([]byte("a: &a [*a]\n<<: *a\n---\n%"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 4096 {
			return // the parser is slow; the limits have their own test
		}
		var first, second settings
		err := conf.Decode("f", data, &first)
		again := conf.Decode("f", data, &second)
		if (err == nil) != (again == nil) || err != nil && err.Error() != again.Error() {
			t.Errorf("first %v, then %v", err, again)
		}
		var e *conf.Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("%v is no *conf.Error", err)
		}
	})
}
