// Package conf reads configuration files: YAML, strictly. A key that nobody knows
// is an error with a suggestion, a number is never bent to fit, a text keeps the
// spelling it was typed with, and each error names file, line, key and mend. All errors of
// a file are reported together.
package conf

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Limits of a configuration file. Lines and nesting are bounded because the time the
// parser takes grows with their square.
const (
	MaxBytes   = 1 << 20
	maxLine    = 4096
	maxNesting = 64
	maxErrors  = 20
)

// Error is one thing wrong in a configuration file.
type Error struct {
	File    string
	Line    int    // from 1; 0 when the file as a whole is meant
	Problem string // names the key
	Mend    string // what to do about it; may be empty
	Err     error  // the cause, such as the error of a Validate; may be nil
}

// Error returns "problem in file line n: mend".
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %s", e.Problem, e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, " line %d", e.Line)
	}
	if e.Mend != "" {
		fmt.Fprintf(&b, ": %s", e.Mend)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Load reads the file at path, at most MaxBytes long, into a struct; see Decode.
func Load(path string, into any) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("load configuration: %w", err)
	}
	defer f.Close() // only read
	data, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return fmt.Errorf("load configuration %s: %w", path, err)
	}
	return Decode(path, data, into)
}

// Relative puts the folder of the configuration file before paths that are relative. Empty ones stay empty.
func Relative(file string, paths ...*string) {
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(filepath.Dir(file), *p)
		}
	}
}

// Decode fills the struct that into points to from YAML. name is the file's name, for
// errors. What the YAML doesn't mention keeps its value, so into may hold defaults.
//
// Keys are the names in `yaml:"..."` tags, or else field names in lower case;
// `yaml:",inline"` takes the keys of an inner struct into the outer, and
// `yaml:"-"` leaves a field out. Fields may be structs, slices, maps with text
// keys, pointers, texts, booleans, numbers, and everything with UnmarshalText.
// Whatever has a method Validate() error is validated once it was filled, inner values
// before outer ones.
//
// Refused besides unknown and repeated keys: values left empty, several documents in a
// file, tags, anchors, aliases and merge keys, numbers that don't fit or
// begin with 0, nan and infinity, and yes or no for true or false.
//
// Errors are *Error, joined when there are several.
func Decode(name string, data []byte, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("decode %s: want a pointer to a struct, got %T", name, into)
	}
	d := &decoder{file: name}
	body, err := d.parse(data)
	if err != nil {
		return err
	}
	if body == nil {
		d.validate(v.Elem(), 0, "")
	} else {
		d.decode(body, v.Elem(), "")
	}
	return d.result()
}

// parse returns the one document in data, nil when there is none.
func (d *decoder) parse(data []byte) (ast.Node, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // some editors on Windows begin with it
	if err := d.precheck(data); err != nil {
		return nil, err
	}
	file, err := parseYAML(data)
	if err != nil {
		e := &Error{File: d.file, Problem: "YAML can't be read", Mend: err.Error(), Err: err}
		if ye := yaml.Error(nil); errors.As(err, &ye) {
			e.Mend = ye.GetMessage()
			if t := ye.GetToken(); t != nil && t.Position != nil {
				e.Line = t.Position.Line
			}
		}
		return nil, e
	}
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case body != nil || doc.Body.Type() == ast.DirectiveType:
			return nil, &Error{
				File: d.file, Line: line(doc.Body), Problem: "a second document or a directive",
				Mend: "a configuration is one document: remove lines with --- or %",
			}
		default:
			body = doc.Body
		}
	}
	return body, nil
}

// parseYAML turns a panic of the parser, which has had some, into an error.
func parseYAML(data []byte) (file *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			file, err = nil, fmt.Errorf("the parser failed: %v", p)
		}
	}()
	return parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey()) // we check, faster
}

// precheck refuses what the parser should not see.
func (d *decoder) precheck(data []byte) error {
	if len(data) > MaxBytes {
		return &Error{File: d.file, Problem: "too much text", Mend: fmt.Sprintf("a configuration has at most %d bytes", MaxBytes)}
	}
	nesting, n := 0, 0
	for text := range bytes.Lines(data) {
		n++
		if len(text) > maxLine {
			return &Error{File: d.file, Line: n, Problem: "a line too long", Mend: fmt.Sprintf("break it: at most %d bytes", maxLine)}
		}
		if !utf8.Valid(text) {
			return &Error{File: d.file, Line: n, Problem: "a character that is not UTF-8", Mend: "save the file as UTF-8"}
		}
		for _, c := range text {
			switch c {
			case '[', '{':
				nesting++
			case ']', '}':
				nesting = max(nesting-1, 0)
			}
		}
		if nesting > maxNesting {
			return &Error{File: d.file, Line: n, Problem: "brackets nested too deeply", Mend: fmt.Sprintf("at most %d may be open", maxNesting)}
		}
	}
	return nil
}

// line returns where a node begins.
func line(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 0
}
