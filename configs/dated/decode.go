package dated

import (
	"bytes"
	"encoding"
	"errors"
	"fmt"
	"io"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// Limits of a table file. A table may come out of a bundle that a stranger made, and the parser recurses.
const (
	MaxTable = 128 << 10
	maxLine  = 1000
	maxDepth = 8
)

// Decode reads one YAML document into v and refuses unknown and repeated keys, anchors and aliases, tags, a second document,
// and what exceeds the limits. Its errors name the line.
func Decode(data []byte, v any) (err error) {
	if len(data) > MaxTable {
		return fmt.Errorf("a table has at most %d bytes, this one has %d", MaxTable, len(data))
	}
	for i, line := range bytes.Split(data, []byte("\n")) {
		if len(line) > maxLine {
			return fmt.Errorf("line %d has more than %d bytes", i+1, maxLine)
		}
	}
	defer func() {
		if r := recover(); r != nil { // the parser is not ours and the input may be hostile
			err = fmt.Errorf("not a YAML table: %v", r)
		}
	}()
	tokens := lexer.Tokenize(string(data))
	if err := plain(tokens); err != nil {
		return err
	}
	d := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := d.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("the table is empty")
		}
		return located(err)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("a table is one YAML document; this file goes on after it")
	}
	return nil
}

// plain refuses what a table has no use for and an attacker has: aliases that multiply, tags, deep nesting.
func plain(tokens token.Tokens) error {
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.TagType, token.MergeKeyType, token.DirectiveType:
			return fmt.Errorf("line %d: %q: anchors, aliases, tags and directives are not allowed in a table",
				t.Position.Line, t.Value)
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		}
		if depth > maxDepth {
			return fmt.Errorf("line %d: brackets are nested more than %d deep", t.Position.Line, maxDepth)
		}
	}
	return nil
}

// located puts the line before the parser's message.
func located(err error) error {
	var positioned yaml.Error
	if errors.As(err, &positioned) && positioned.GetToken() != nil {
		return fmt.Errorf("line %d: %s", positioned.GetToken().Position.Line, positioned.GetMessage())
	}
	return err
}

// Scalar reads a plain value of a table through its own reader; its error names the line. The row types use it because the
// parser, left alone with a TextUnmarshaler, names no line and reformats the whole file for each value.
func Scalar(node ast.Node, v encoding.TextUnmarshaler) error {
	token := node.GetToken()
	if _, ok := node.(ast.ScalarNode); !ok || token == nil {
		return errors.New("a list or a map stands where a plain value belongs")
	}
	if err := v.UnmarshalText([]byte(token.Value)); err != nil {
		return fmt.Errorf("line %d: %w", token.Position.Line, err)
	}
	return nil
}
