package conf

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/goccy/go-yaml/ast"
)

// decoder carries a file's name and the errors found so far.
type decoder struct {
	file string
	errs []error
	more int // errors beyond maxErrors
}

func (d *decoder) fail(n int, problem, mend string, err error) {
	if len(d.errs) == maxErrors {
		d.more++
		return
	}
	d.errs = append(d.errs, &Error{File: d.file, Line: n, Problem: problem, Mend: mend, Err: err})
}

func (d *decoder) failed() int { return len(d.errs) + d.more }

// result joins the errors; one alone stays as it is.
func (d *decoder) result() error {
	if d.more > 0 {
		d.errs = append(d.errs, fmt.Errorf("%d more errors in %s", d.more, d.file))
	}
	if len(d.errs) == 1 {
		return d.errs[0]
	}
	return errors.Join(d.errs...)
}

// label names a value in an error.
func label(path string) string {
	if path == "" {
		return "the configuration"
	}
	return path
}

// decode fills v, which is settable, from n, and validates it.
func (d *decoder) decode(n ast.Node, v reflect.Value, path string) {
	before := d.failed()
	switch n := n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		d.fail(line(n), fmt.Sprintf("%s: an anchor, alias or tag", label(path)), "write the value itself", nil)
		return
	case *ast.NullNode:
		d.decodeNull(n, v, path)
	default:
		d.decodeValue(n, v, path)
	}
	if d.failed() == before {
		d.validate(v, line(n), path)
	}
}

// decodeNull deals with a key without a value: fine for what may be absent.
func (d *decoder) decodeNull(n ast.Node, v reflect.Value, path string) {
	switch {
	case v.Kind() == reflect.Pointer:
		v.SetZero()
	default:
		d.fail(line(n), fmt.Sprintf("%s has no value", label(path)), "give it one, or remove it", nil)
	}
}

func (d *decoder) decodeValue(n ast.Node, v reflect.Value, path string) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.decode(n, v.Elem(), path)
		return
	}
	target := v.Addr().Interface()
	if plain, ok := target.(*time.Duration); ok {
		target = (*Duration)(plain) // written the same way
	}
	if u, ok := target.(encoding.TextUnmarshaler); ok {
		if s, ok := d.scalar(n, path); ok {
			if err := u.UnmarshalText([]byte(s.text)); err != nil {
				d.fail(line(n), fmt.Sprintf("%s: %.80q", label(path), s.text), err.Error(), err)
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.decodeStruct(n, v, path)
	case reflect.Map:
		d.decodeMap(n, v, path)
	case reflect.Slice:
		d.decodeSlice(n, v, path)
	default:
		if s, ok := d.scalar(n, path); ok {
			if err := s.set(v); err != nil {
				d.fail(line(n), fmt.Sprintf("%s: %.80q", label(path), s.text), err.Error(), nil)
			}
		}
	}
}

// validate calls Validate, if there is one.
func (d *decoder) validate(v reflect.Value, n int, path string) {
	c, ok := v.Addr().Interface().(interface{ Validate() error })
	if !ok {
		return
	}
	if err := c.Validate(); err != nil {
		d.fail(n, fmt.Sprintf("%s is not valid", label(path)), err.Error(), err)
	}
}

// pairs returns the keys and values of a mapping, each key once.
func (d *decoder) pairs(n ast.Node, path string) (pairs []pair, ok bool) {
	var nodes []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		nodes = n.Values
	case *ast.MappingValueNode:
		nodes = []*ast.MappingValueNode{n}
	default:
		d.fail(line(n), fmt.Sprintf("%s: %s", label(path), describe(n)), `keys with values are wanted here, as in "key: value"`, nil)
		return nil, false
	}
	seen := map[string]int{}
	for _, m := range nodes {
		s, simple := text(m.Key)
		if !simple || m.Key.IsMergeKey() {
			d.fail(line(m.Key), fmt.Sprintf("%s: a key that is not a simple text", label(path)), "merge keys and keys of several values can't be used here", nil)
			continue
		}
		if first, again := seen[s.text]; again {
			d.fail(line(m.Key), fmt.Sprintf("key %q a second time", join(path, s.text)), fmt.Sprintf("it is in line %d already", first), nil)
			continue
		}
		seen[s.text] = line(m.Key)
		pairs = append(pairs, pair{s.text, line(m.Key), m.Value})
	}
	return pairs, true
}

type pair struct {
	key   string
	line  int
	value ast.Node
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (d *decoder) decodeStruct(n ast.Node, v reflect.Value, path string) {
	fields, err := fieldsOf(v)
	if err != nil {
		d.fail(line(n), label(path), err.Error(), err)
		return
	}
	pairs, ok := d.pairs(n, path)
	if !ok {
		return
	}
	for _, p := range pairs {
		field, known := fields[p.key]
		if !known {
			d.fail(p.line, fmt.Sprintf("unknown key %q", join(path, p.key)), suggest(p.key, fields), nil)
			continue
		}
		d.decode(p.value, field, join(path, p.key))
	}
}

func (d *decoder) decodeMap(n ast.Node, v reflect.Value, path string) {
	if v.Type().Key().Kind() != reflect.String {
		d.fail(line(n), label(path), fmt.Sprintf("a %v can't be configured: its keys are not texts", v.Type()), nil)
		return
	}
	pairs, ok := d.pairs(n, path)
	if !ok {
		return
	}
	v.Set(reflect.MakeMapWithSize(v.Type(), len(pairs)))
	for _, p := range pairs {
		value := reflect.New(v.Type().Elem()).Elem()
		d.decode(p.value, value, join(path, p.key))
		v.SetMapIndex(reflect.ValueOf(p.key).Convert(v.Type().Key()), value)
	}
}

func (d *decoder) decodeSlice(n ast.Node, v reflect.Value, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.fail(line(n), fmt.Sprintf("%s: %s", label(path), describe(n)), `a list is wanted here: begin each item with "- "`, nil)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values)))
	for i, item := range seq.Values {
		d.decode(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

// scalar returns n as a text, or notes an error.
func (d *decoder) scalar(n ast.Node, path string) (scalar, bool) {
	s, ok := text(n)
	if !ok {
		d.fail(line(n), fmt.Sprintf("%s: %s", label(path), describe(n)), "one value is wanted here", nil)
	}
	return s, ok
}

// describe says what n is, for errors.
func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	case *ast.SequenceNode:
		return "a list"
	}
	if s, ok := text(n); ok {
		return fmt.Sprintf("%.80q", s.text)
	}
	return "something that can't be used"
}
