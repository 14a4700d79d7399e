package reference_test

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

// The part of CDDL (RFC 8610) that formats.cddl uses: maps with integer keys, arrays, choices, ranges, .size, .cbor, tags.

// schema is a CDDL text.
type schema map[string]pattern

// pattern is a CDDL type.
type pattern interface {
	match(s schema, v any) error
}

type (
	named   string // a rule, or bstr, tstr, uint, null
	literal struct{ value any }
	between struct{ from, to *big.Int }
	choice  []pattern
	sized   struct {
		of   pattern
		size between
	}
	encoded struct {
		of, content pattern
	}
	tagged struct {
		number  uint64
		content pattern
	}
	list []member // an array
	dict []member // a map
)

// member is an entry of an array or a map.
type member struct {
	key      pattern // nil in arrays
	value    pattern
	min, max int
}

const unbounded = 1 << 62

func (n named) match(s schema, v any) error {
	switch n {
	case "bstr":
		return is[[]byte](v)
	case "tstr":
		return is[string](v)
	case "bool":
		return is[bool](v)
	case "null":
		if v != nil {
			return fmt.Errorf("%T is not null", v)
		}
		return nil
	}
	rule, found := s[string(n)]
	if !found {
		return fmt.Errorf("rule %q is missing", string(n))
	}
	if err := rule.match(s, v); err != nil {
		return fmt.Errorf("%s: %w", string(n), err)
	}
	return nil
}

func is[T any](v any) error {
	if _, ok := v.(T); !ok {
		return fmt.Errorf("%T is not a %T", v, *new(T))
	}
	return nil
}

func (l literal) match(_ schema, v any) error {
	want, isText := l.value.(string)
	if n, ok := number(v); !isText && ok && n.Cmp(l.value.(*big.Int)) == 0 || isText && v == want {
		return nil
	}
	return fmt.Errorf("%v is not %v", v, l.value)
}

func number(v any) (*big.Int, bool) {
	switch n := v.(type) {
	case uint64:
		return new(big.Int).SetUint64(n), true
	case int64:
		return big.NewInt(n), true
	}
	return nil, false
}

func (b between) match(_ schema, v any) error {
	if n, ok := number(v); !ok || n.Cmp(b.from) < 0 || n.Cmp(b.to) > 0 {
		return fmt.Errorf("%v is not in %v..%v", v, b.from, b.to)
	}
	return nil
}

func (c choice) match(s schema, v any) (err error) {
	for _, p := range c {
		if err = p.match(s, v); err == nil {
			return nil
		}
	}
	return err
}

func (z sized) match(s schema, v any) error {
	if err := z.of.match(s, v); err != nil {
		return err
	}
	n := 0
	switch b := v.(type) {
	case []byte:
		n = len(b)
	case string:
		n = len(b)
	}
	if err := z.size.match(s, uint64(n)); err != nil {
		return fmt.Errorf("size: %w", err)
	}
	return nil
}

func (e encoded) match(s schema, v any) error {
	if err := e.of.match(s, v); err != nil {
		return err
	}
	return s.matchBytes(e.content, v.([]byte))
}

func (t tagged) match(s schema, v any) error {
	tag, ok := v.(cbor.Tag)
	if !ok || tag.Number != t.number {
		return fmt.Errorf("%T is not tagged %d", v, t.number)
	}
	return t.content.match(s, tag.Content)
}

func (l list) match(s schema, v any) error {
	items, ok := v.([]any)
	if !ok {
		return fmt.Errorf("%T is not an array", v)
	}
	for _, m := range l {
		n := 0
		var err error
		for ; n < m.max && len(items) > 0; n++ {
			if err = m.value.match(s, items[0]); err != nil {
				break
			}
			items = items[1:]
		}
		if n < m.min {
			return fmt.Errorf("%d items, want %d: %w", n, m.min, err)
		}
	}
	if len(items) > 0 {
		return fmt.Errorf("%d items too many", len(items))
	}
	return nil
}

func (d dict) match(s schema, v any) error {
	pairs, ok := v.(map[any]any)
	if !ok {
		return fmt.Errorf("%T is not a map", v)
	}
	used := 0
	for _, m := range d {
		found := false
		for k, item := range pairs {
			if m.key.match(s, k) != nil {
				continue
			}
			if err := m.value.match(s, item); err != nil {
				return fmt.Errorf("key %v: %w", k, err)
			}
			found = true
			used++
		}
		if !found && m.min > 0 {
			return fmt.Errorf("key %v is missing", m.key)
		}
	}
	if used != len(pairs) {
		return fmt.Errorf("%d of %d keys are unknown", len(pairs)-used, len(pairs))
	}
	return nil
}

// matchBytes matches encoded CBOR.
func (s schema) matchBytes(p pattern, b []byte) error {
	var v any
	if err := cbor.Unmarshal(b, &v); err != nil {
		return err
	}
	return p.match(s, v)
}

// parser reads CDDL. It panics with a string on what it does not know: a schema is part of the program.
type parser struct{ tokens []string }

var token = regexp.MustCompile(`;[^\n]*|\s+|"[^"]*"|#6\.\d+|-?\d+\*\d+|\*\d+|-?\d+|\.\.|\.[a-z]+|[A-Za-z][A-Za-z0-9-]*|[=:?*+/,\[\]{}()]`)

func parseSchema(t testing.TB, text string) schema {
	t.Helper()
	p := parser{}
	for at := 0; at < len(text); {
		loc := token.FindStringIndex(text[at:])
		if loc == nil || loc[0] != 0 {
			t.Fatalf("formats.cddl: unknown character at %.20q", text[at:])
		}
		if tok := text[at : at+loc[1]]; strings.TrimSpace(tok) != "" && tok[0] != ';' {
			p.tokens = append(p.tokens, tok)
		}
		at += loc[1]
	}
	s := schema{}
	for len(p.tokens) > 0 {
		name := p.next()
		p.want("=")
		if s[name] != nil {
			t.Fatalf("formats.cddl: two rules are named %s", name)
		}
		s[name] = p.choice()
	}
	return s
}

func (p *parser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *parser) next() string {
	tok := p.peek()
	p.tokens = p.tokens[min(1, len(p.tokens)):]
	return tok
}

func (p *parser) accept(tok string) bool {
	if p.peek() != tok {
		return false
	}
	p.next()
	return true
}

func (p *parser) want(tok string) {
	if got := p.next(); got != tok {
		panic(fmt.Sprintf("formats.cddl: %q where %q should be", got, tok))
	}
}

func (p *parser) choice() pattern {
	c := choice{p.single()}
	for p.accept("/") {
		c = append(c, p.single())
	}
	if len(c) == 1 {
		return c[0]
	}
	return c
}

func (p *parser) single() pattern {
	of := p.primary()
	switch {
	case p.accept(".."):
		return between{of.(literal).value.(*big.Int), p.primary().(literal).value.(*big.Int)}
	case p.accept(".cbor"):
		return encoded{of, p.primary()}
	case p.accept(".size"):
		switch size := p.primary().(type) {
		case literal:
			return sized{of, between{size.value.(*big.Int), size.value.(*big.Int)}}
		case between:
			return sized{of, size}
		}
		panic("formats.cddl: .size wants a number or a range")
	}
	return of
}

func (p *parser) primary() pattern {
	tok := p.next()
	switch {
	case tok == "{":
		return dict(p.members("}"))
	case tok == "[":
		return list(p.members("]"))
	case tok == "(":
		inner := p.choice()
		p.want(")")
		return inner
	case strings.HasPrefix(tok, "#6."):
		n, err := strconv.ParseUint(tok[3:], 10, 64)
		if err != nil {
			panic(err)
		}
		p.want("(")
		content := p.choice()
		p.want(")")
		return tagged{n, content}
	case tok[0] == '"':
		return literal{strings.Trim(tok, `"`)}
	case tok[0] == '-' || tok[0] >= '0' && tok[0] <= '9':
		n, ok := new(big.Int).SetString(tok, 10)
		if !ok {
			panic("formats.cddl: number " + tok)
		}
		return literal{n}
	}
	return named(tok)
}

var occurrence = regexp.MustCompile(`^(\d*)\*(\d*)$`)

func (p *parser) members(end string) (out []member) {
	for !p.accept(end) {
		m := member{min: 1, max: 1}
		switch o := occurrence.FindStringSubmatch(p.peek()); {
		case p.accept("?"):
			m.min = 0
		case p.accept("+"):
			m.max = unbounded
		case o != nil:
			p.next()
			m.min, m.max = count(o[1], 0), count(o[2], unbounded)
		}
		m.value = p.choice()
		if p.accept(":") { // in a map the key, in an array a label
			if end == "}" {
				m.key = m.value
			}
			m.value = p.choice()
		}
		if p.peek() != end {
			p.want(",")
		}
		out = append(out, m)
	}
	return out
}

func count(digits string, missing int) int {
	if digits == "" {
		return missing
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		panic(err)
	}
	return n
}

func readSchema(t testing.TB) schema {
	t.Helper()
	text, err := os.ReadFile("formats.cddl")
	if err != nil {
		t.Fatal(err)
	}
	return parseSchema(t, string(text))
}

// shapes returns the CBOR of all vectors, by the rule that describes it; valid says which vectors are.
func shapes(t *testing.T) map[string][]shape {
	out := map[string][]shape{}
	add := func(rule string, o outcome, b raw) { out[rule] = append(out[rule], shape{o, b}) }
	for _, g := range groups(t) {
		for _, v := range g.cases {
			switch c := v.(type) {
			case keyCase:
				add("cose-key", c.outcome, c.Key)
			case recordCase:
				add("record", c.outcome, c.Leaf)
			case intervalCase:
				add("record", c.outcome, c.Leaf)
			case statementCase:
				add("signed-statement", c.outcome, c.Signed)
			case registryCase:
				add("signed-registry", c.outcome, c.Signed)
			case certificateCase:
				add("signed-certificate", c.outcome, c.Signed)
			case claimCase:
				add("signed-claim", c.outcome, c.Signed)
			case reportCase:
				add("signed-report", c.outcome, c.Signed)
			case wireCase:
				add(map[string]string{"batch": "batch", "reply": "signed-reply"}[c.Kind], c.outcome, c.Message)
			case ticketCase:
				add("ticket", c.outcome, c.Ticket)
			case bundleCase:
				add("signed-bundle", c.outcome, c.File)
			case sign1Case:
				if c.Payload == nil {
					add("signed-document", c.outcome, c.Message)
				}
			}
		}
	}
	return out
}

type shape struct {
	outcome
	bytes raw
}

// Every valid vector is of the shape that formats.cddl describes, and every one that is wrong by its shape is not.
func TestVectorsAndSchema(t *testing.T) {
	s := readSchema(t)
	all := shapes(t)
	for rule, list := range all {
		refusals := 0
		for _, c := range list {
			err := s.matchBytes(named(rule), c.bytes)
			if c.Valid && err != nil {
				t.Errorf("%s is valid, but not a %s: %v\n%s", c.Name, rule, err, hex.EncodeToString(c.bytes))
			}
			if err != nil {
				refusals++
			}
		}
		t.Logf("%s: %d vectors, %d of them not of its shape", rule, len(list), refusals)
		if refusals == 0 {
			t.Errorf("no vector is refused as a %s: the schema may say nothing", rule)
		}
	}
	for _, want := range []string{"unknown key", "missing key", "version 2", "clock 5", "long text"} {
		i := slices.IndexFunc(all["record"], func(c shape) bool { return c.Name == want })
		if i < 0 || s.matchBytes(named("record"), all["record"][i].bytes) == nil {
			t.Errorf("the vector %q has the shape of a record, or is gone", want)
		}
	}
}
