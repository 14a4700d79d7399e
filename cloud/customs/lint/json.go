package lint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is what a JSON value is.
type kind byte

const (
	nullKind kind = iota
	boolKind
	numberKind
	stringKind
	arrayKind
	objectKind
)

// node is a JSON value with its place in the document. A nil node is one that is not there: every method can be called on it.
type node struct {
	kind  kind
	text  string // of a string, number or boolean
	key   string // name or index in the value above
	above *node
	kids  []*node
	order int              // among the values of its file
	named map[string]*node // of an object with many members: the first of each name that get returns
}

// document is one JSON value of a file.
type document struct {
	line   int
	root   *node
	values int     // how many there are in it
	twice  []*node // members whose name stands twice in their object
}

// reader builds documents within the limits.
type reader struct {
	dec    *json.Decoder
	data   []byte
	values int // of the file
	line   int // at the offset lined
	lined  int
	twice  []*node
}

// parse reads the JSON values of a file.
func parse(data []byte) ([]document, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("more than %d bytes: give its documents in several files", MaxSize)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, errors.New("not UTF-8, which JSON is written in: save it as UTF-8")
	}
	r := &reader{dec: json.NewDecoder(bytes.NewReader(data)), data: data, line: 1}
	r.dec.UseNumber()
	var docs []document
	for {
		before := r.values
		r.twice = nil
		from := r.at(int(r.dec.InputOffset()))
		root, err := r.value(nil, "", 0)
		if errors.Is(err, io.EOF) && root == nil && r.values == before {
			break
		}
		if err != nil {
			return nil, r.located(err)
		}
		docs = append(docs, document{line: from, root: root, values: r.values - before, twice: r.twice})
	}
	if len(docs) == 0 {
		return nil, errors.New("holds no JSON: give a credential, a presentation, or entry lines")
	}
	return docs, nil
}

// at returns the line of the first value at or after an offset. Offsets come in rising order.
func (r *reader) at(offset int) int {
	for offset < len(r.data) && strings.IndexByte(" \t\r\n", r.data[offset]) >= 0 {
		offset++
	}
	offset = min(offset, len(r.data))
	r.line += bytes.Count(r.data[r.lined:offset], []byte("\n"))
	r.lined = offset
	return r.line
}

// located adds the line to an error of the decoder.
func (r *reader) located(err error) error {
	offset := int(r.dec.InputOffset())
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		offset = int(syntax.Offset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		offset, err = len(r.data), errors.New("ends within a value: the rest is missing")
	}
	line := 1 + bytes.Count(r.data[:min(max(offset, 0), len(r.data))], []byte("\n"))
	return fmt.Errorf("line %d: not JSON that can be checked: %w", line, err)
}

// value reads the next value. Above is nil for a document.
func (r *reader) value(above *node, key string, depth int) (*node, error) {
	token, err := r.dec.Token()
	if err != nil {
		return nil, err
	}
	if depth > MaxDepth {
		return nil, fmt.Errorf("nested more than %d levels deep", MaxDepth)
	}
	if r.values++; r.values > MaxValues {
		return nil, fmt.Errorf("more than %d values: give its documents in several files", MaxValues)
	}
	n := &node{key: key, above: above, order: r.values}
	switch v := token.(type) {
	case string:
		n.kind, n.text = stringKind, v
	case json.Number:
		n.kind, n.text = numberKind, v.String()
	case bool:
		n.kind, n.text = boolKind, strconv.FormatBool(v)
	case json.Delim:
		if v == '{' {
			return n, r.members(n, depth)
		}
		return n, r.items(n, depth)
	}
	return n, nil
}

func (r *reader) members(n *node, depth int) error {
	n.kind = objectKind
	names := map[string]bool{}
	for r.dec.More() {
		name, err := r.dec.Token()
		if err != nil {
			return err
		}
		kid, err := r.value(n, name.(string), depth+1) // the decoder takes nothing but a string for a name
		if err != nil {
			return err
		}
		if names[kid.key] {
			r.twice = append(r.twice, kid)
		}
		names[kid.key] = true
		n.kids = append(n.kids, kid)
	}
	n.index()
	_, err := r.dec.Token()
	return err
}

func (r *reader) items(n *node, depth int) error {
	n.kind = arrayKind
	for r.dec.More() {
		kid, err := r.value(n, strconv.Itoa(len(n.kids)), depth+1)
		if err != nil {
			return err
		}
		n.kids = append(n.kids, kid)
	}
	_, err := r.dec.Token()
	return err
}

var escapes = strings.NewReplacer("~", "~0", "/", "~1")

// path returns the JSON pointer of the value within its document.
func (n *node) path() string {
	var parts []string
	for ; n != nil && n.above != nil; n = n.above {
		parts = append(parts, escapes.Replace(n.key))
	}
	slices.Reverse(parts)
	return "/" + strings.Join(parts, "/")
}

// get returns the first member that there is of several names, other than null and empty text.
func (n *node) get(names ...string) *node {
	if n == nil || n.kind != objectKind {
		return nil
	}
	for _, name := range names {
		if n.named != nil {
			if kid := n.named[name]; kid != nil {
				return kid
			}
			continue
		}
		for _, kid := range n.kids {
			if kid.key == name && kid.says() {
				return kid
			}
		}
	}
	return nil
}

// says reports whether a value is other than null and empty text.
func (n *node) says() bool {
	return n.kind != nullKind && (n.kind != stringKind || strings.TrimSpace(n.text) != "")
}

// index makes get fast for an object with many members.
func (n *node) index() {
	if len(n.kids) <= 64 {
		return
	}
	n.named = map[string]*node{}
	for _, kid := range n.kids {
		if n.named[kid.key] == nil && kid.says() {
			n.named[kid.key] = kid
		}
	}
}

// string returns the text of a string or number, or nothing.
func (n *node) string() string {
	if n == nil || n.kind != stringKind && n.kind != numberKind {
		return ""
	}
	return strings.TrimSpace(n.text)
}

// list returns the elements of an array, or a value that stands alone where there may be an array.
func (n *node) list() []*node {
	switch {
	case n == nil:
		return nil
	case n.kind == arrayKind:
		return n.kids
	}
	return []*node{n}
}

// is reports whether an object is of one of the types.
func (n *node) is(types ...string) bool {
	return slices.ContainsFunc(n.get("type", "@type").list(), func(t *node) bool {
		return t.kind == stringKind && slices.Contains(types, t.text)
	})
}

// matter returns what an object is about: the subject of its credential, the element of a list that it belongs to, or its document.
func (n *node) matter() *node {
	for n.above != nil && n.above.kind != arrayKind && n.key != "credentialSubject" {
		n = n.above
	}
	return n
}

// quote prints text of a document, shortened, so that it can stand in one line.
func quote(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "..."
	}
	return strconv.Quote(s)
}
