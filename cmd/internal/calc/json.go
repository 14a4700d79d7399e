package calc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gauger/gauger/internal/conf"
	"github.com/gauger/gauger/metrology/quantity"
)

// byteOrderMark is what some editors on Windows begin a file with.
const byteOrderMark = "\ufeff"

// maxDocument is the largest JSON document that is read, in bytes.
const maxDocument = 16 << 20

// document reads a JSON object key by key. The first error stays, with the place where it is; done reports it, or a key that
// nobody asked for. Numbers may be written as JSON numbers or as strings, and are read to their last digit.
type document struct {
	path  string // of this object: "inputs[2]"
	raw   map[string]json.RawMessage
	order []string // of the keys
	asked []string
	err   error
}

// openDocument reads one JSON object and nothing after it.
func openDocument(in io.Reader) (*document, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxDocument+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxDocument {
		return nil, fmt.Errorf("more than %d bytes", maxDocument)
	}
	data = bytes.TrimPrefix(data, []byte(byteOrderMark))
	d := json.NewDecoder(bytes.NewReader(data))
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return nil, notJSON(err, data)
	}
	if d.More() {
		return nil, errors.New("a second value follows the object: one question, one file")
	}
	return newDocument("", raw)
}

// notJSON names the line of what is no JSON.
func notJSON(err error, data []byte) error {
	var bad *json.SyntaxError
	if errors.As(err, &bad) {
		line := 1 + bytes.Count(data[:min(max(bad.Offset-1, 0), int64(len(data)))], []byte("\n"))
		return fmt.Errorf("line %d: no JSON: %w", line, err)
	}
	if errors.Is(err, io.EOF) {
		return errors.New("no JSON: the file is empty")
	}
	return fmt.Errorf("no JSON: %w", err)
}

func newDocument(path string, raw json.RawMessage) (*document, error) {
	o := &document{path: path, raw: map[string]json.RawMessage{}}
	d := json.NewDecoder(bytes.NewReader(raw))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, fmt.Errorf("%swant an object, {...}, not %.40s", o.at(""), raw)
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		key := token.(string) // within an object the decoder has checked that
		if _, twice := o.raw[key]; twice {
			return nil, fmt.Errorf("%sthe key occurs twice", o.at(key))
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		o.raw[key] = value
		o.order = append(o.order, key)
	}
	return o, nil
}

// at prints the place of a key: "inputs[2].volume: ".
func (o *document) at(key string) string {
	place := o.path
	if place != "" && key != "" {
		place += "."
	}
	if place += key; place == "" {
		return ""
	}
	return place + ": "
}

func (o *document) fail(key, format string, args ...any) {
	if o.err == nil {
		o.err = errors.New(o.at(key) + fmt.Sprintf(format, args...))
	}
}

// take returns the value of a key; null counts as absent.
func (o *document) take(key string) (json.RawMessage, bool) {
	if !slices.Contains(o.asked, key) {
		o.asked = append(o.asked, key)
	}
	raw, has := o.raw[key]
	return raw, has && string(raw) != "null"
}

// text returns a string, or "" if there is none.
func (o *document) text(key string) (s string) {
	if raw, has := o.take(key); has && json.Unmarshal(raw, &s) != nil {
		o.fail(key, "want a text, \"...\", not %.40s", raw)
	}
	return s
}

// needed returns a string that must be there.
func (o *document) needed(key, example string) string {
	s := o.text(key)
	if s == "" {
		o.fail(key, "is missing: want one such as %q", example)
	}
	return s
}

// truth returns true, false, or nil if there is none.
func (o *document) truth(key string) (b *bool) {
	if raw, has := o.take(key); has && json.Unmarshal(raw, &b) != nil {
		o.fail(key, "want true or false, not %.40s", raw)
	}
	return b
}

// number returns an exact number, or nil if there is none; an empty text is none.
func (o *document) number(key string) *quantity.Micro {
	raw, has := o.take(key)
	if !has || string(raw) == `""` {
		return nil
	}
	s := string(raw)
	if strings.HasPrefix(s, `"`) {
		if json.Unmarshal(raw, &s) != nil {
			o.fail(key, "want a number, not %.40s", raw)
			return nil
		}
	}
	m, err := quantity.Parse(strings.TrimSpace(s))
	if err != nil {
		o.fail(key, "%v", err)
		return nil
	}
	return &m
}

// list returns the values of an array, or none.
func (o *document) list(key string) (all []json.RawMessage) {
	if raw, has := o.take(key); has && json.Unmarshal(raw, &all) != nil {
		o.fail(key, "want a list, [...], not %.40s", raw)
	}
	return all
}

// texts returns the strings of an array.
func (o *document) texts(key string) (all []string) {
	for i, raw := range o.list(key) {
		var s string
		if json.Unmarshal(raw, &s) != nil {
			o.fail(fmt.Sprintf("%s[%d]", key, i), "want a text, \"...\", not %.40s", raw)
		}
		all = append(all, s)
	}
	return all
}

// object returns the object of a key; one that is missing has no keys.
func (o *document) object(key string) *document {
	raw, has := o.take(key)
	if !has {
		raw = json.RawMessage("{}")
	}
	return o.inner(key, raw)
}

// inner opens an object within this one.
func (o *document) inner(key string, raw json.RawMessage) *document {
	in, err := newDocument(strings.TrimSuffix(o.at(key), ": "), raw)
	if err != nil {
		if o.err == nil {
			o.err = err
		}
		return &document{}
	}
	return in
}

// done reports the first error of the object and its inner ones, which are handed in, or a key that nobody asked for.
func (o *document) done(inner ...*document) error {
	for _, key := range o.order {
		if known := o.asked; !slices.Contains(known, key) {
			o.fail(key, "there is no such key: %s", conf.Suggest(key, known))
		}
	}
	if o.err != nil {
		return o.err
	}
	for _, in := range inner {
		if err := in.done(); err != nil {
			return err
		}
	}
	return nil
}
