package conf

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// scalar is a single value as it was typed. The parser's own values are not used:
// it reads 0123 as 83 and 2709.00 as 2709, which are other ports and tariff lines.
type scalar struct {
	text   string
	quoted bool
}

// text returns the text of a node that is a single value.
func text(n ast.Node) (scalar, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		t := n.Token
		quoted := t != nil && (t.Type == token.SingleQuoteType || t.Type == token.DoubleQuoteType)
		return scalar{n.Value, quoted}, true
	case *ast.LiteralNode:
		return scalar{n.Value.Value, true}, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return scalar{n.GetToken().Value, false}, true
	}
	return scalar{}, false
}

// set gives v the value. Its errors say how to mend it.
func (s scalar) set(v reflect.Value) error {
	if v.Kind() == reflect.String {
		v.SetString(s.text)
		return nil
	}
	if s.quoted {
		return errors.New("a number, true or false is wanted here: take the quotes off")
	}
	switch k := v.Kind(); k {
	case reflect.Bool:
		if s.text != "true" && s.text != "false" {
			return errors.New("write true or false")
		}
		v.SetBool(s.text == "true")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(s.text, 0, v.Type().Bits())
		if err := s.integer(err); err != nil {
			return err
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := strconv.ParseUint(strings.TrimPrefix(s.text, "+"), 0, v.Type().Bits())
		if err := s.integer(err); err != nil {
			return err
		}
		v.SetUint(n)
	case reflect.Float32, reflect.Float64:
		n, err := strconv.ParseFloat(s.text, v.Type().Bits())
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || strings.ContainsAny(s.text, "xX_") {
			return errors.New("write a decimal number, such as 12.5 or 1e-3")
		}
		v.SetFloat(n)
	default:
		return fmt.Errorf("a %v can't be configured", v.Type())
	}
	return nil
}

// integer turns the parser's complaint into advice.
func (s scalar) integer(err error) error {
	digits := strings.TrimLeft(s.text, "+-")
	switch {
	case len(digits) > 1 && digits[0] == '0' && (digits[1] == '_' || digits[1] >= '0' && digits[1] <= '9'):
		return errors.New("a leading 0 may mean octal or not: write it without, or with 0o if it is octal")
	case errors.Is(err, strconv.ErrRange):
		return errors.New("the number is too small or too large for this setting")
	case err != nil:
		return errors.New("write a whole number, such as 12, 40_001 or 0x9C41; a setting that can't be negative takes none below 0")
	}
	return nil
}

// Duration is a length of time in a configuration: a number with its unit, such as
// 250ms, 60s, 5m, 1h30m or 35d, never negative.
type Duration time.Duration

// String returns d in hours, minutes and seconds.
func (d Duration) String() string { return time.Duration(d).String() }

// UnmarshalText reads a duration; a whole number of days is written with d.
func (d *Duration) UnmarshalText(text []byte) error {
	advice := errors.New("write a length of time with its unit, such as 250ms, 60s, 5m, 1h30m or 35d")
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return advice
		}
		*d = Duration(n) * Duration(24*time.Hour)
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil || v < 0 {
		return advice
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes d so that UnmarshalText reads it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
