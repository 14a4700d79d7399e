package origin

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/gauger/gauger/configs/dated"
)

// Code is a number of the Harmonized Tariff Schedule without its points, from a chapter of two digits to a statistical suffix of
// ten: "27", "2709", "270900", "2709001000".
type Code string

// ParseCode reads a tariff number with or without points: "2709.00.10" and "27090010" are the same.
func ParseCode(s string) (Code, error) {
	c := strings.ReplaceAll(strings.TrimSpace(s), ".", "")
	if len(c) < 2 || len(c) > 10 || len(c)%2 != 0 || !digits(c, len(c)) {
		return "", fmt.Errorf("%q is no tariff number: want 2, 4, 6, 8 or 10 digits, such as 2709 or 2709.00.10", s)
	}
	return Code(c), nil
}

// String prints the number with its points: "2709.00.10".
func (c Code) String() string {
	s := string(c)
	if len(s) <= 4 {
		return s
	}
	out := s[:4]
	for rest := s[4:]; rest != ""; {
		n := min(2, len(rest))
		out, rest = out+"."+rest[:n], rest[n:]
	}
	return out
}

// to returns the first digits of the number, as many as it has.
func (c Code) to(n int) Code { return c[:min(n, len(c))] }

// words names the number as people do: "chapter 27", "heading 2709", "subheading 2711.12".
func (c Code) words() string {
	switch {
	case len(c) <= 2:
		return "chapter " + string(c)
	case len(c) == 4:
		return "heading " + string(c)
	case len(c) == 6:
		return "subheading " + c.String()
	}
	return "tariff item " + c.String()
}

// span is a number and all that it divides into, or a range of such: "2709", "2711.12-2711.14".
type span struct{ first, last Code }

// has reports whether a number is known to lie in the span.
func (s span) has(c Code) bool {
	n := len(s.first)
	return len(c) >= n && s.first <= c[:n] && c[:n] <= s.last
}

// may reports whether a number lies in the span, or is too short to tell.
func (s span) may(c Code) bool {
	n := min(len(s.first), len(c))
	return s.first[:n] <= c[:n] && c[:n] <= s.last[:n]
}

func (s span) String() string {
	if s.first == s.last {
		return s.first.String()
	}
	return s.first.String() + "-" + s.last.String()
}

// spans are the numbers that a row of a table lists.
type spans []span

// UnmarshalYAML reads a list such as ["2709", "2711.12-2711.14"].
func (s *spans) UnmarshalYAML(node ast.Node) error {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		return fmt.Errorf("line %d: want a list of tariff numbers, such as [\"2709\", \"2711.12-2711.14\"]", node.GetToken().Position.Line)
	}
	for _, v := range list.Values {
		var one span
		if err := dated.Scalar(v, &one); err != nil {
			return err
		}
		*s = append(*s, one)
	}
	return nil
}

// UnmarshalText reads one number, or two of one length with a dash between.
func (s *span) UnmarshalText(b []byte) (err error) {
	first, last, isRange := strings.Cut(string(b), "-")
	if s.first, err = ParseCode(first); err != nil {
		return err
	}
	s.last = s.first
	if !isRange {
		return nil
	}
	if s.last, err = ParseCode(last); err != nil {
		return err
	}
	if len(s.first) != len(s.last) || s.last < s.first {
		return fmt.Errorf("%q is no range: want two numbers of one length, the smaller first", b)
	}
	return nil
}

// has reports whether a number is known to lie in one of the spans.
func (s spans) has(c Code) bool {
	for _, x := range s {
		if x.has(c) {
			return true
		}
	}
	return false
}

// may reports whether a number lies in one of the spans, or is too short to tell.
func (s spans) may(c Code) bool {
	for _, x := range s {
		if x.may(c) {
			return true
		}
	}
	return false
}

// depth is how many digits of a number the most specific span that has it names; 0: none has it. Without spans it is 1: a row
// that names no goods is for all.
func (s spans) depth(c Code) int {
	if len(s) == 0 {
		return 1
	}
	most := 0
	for _, x := range s {
		if x.has(c) {
			most = max(most, len(x.first))
		}
	}
	return most
}

// or lists the spans: "2709 or 2710".
func (s spans) or() string {
	parts := make([]string, len(s))
	for i, x := range s {
		parts[i] = x.String()
	}
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " or " + parts[n-1]
	}
	return strings.Join(parts, "")
}
