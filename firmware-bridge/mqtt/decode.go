package mqtt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/metrology/quantity"
)

// maxPayload is the largest message of a meter, in bytes.
const maxPayload = 4096

// message is a decoded message of the meter.
type message struct {
	time     time.Time
	readings []bridge.Reading
}

// decode reads a message: one JSON object with the time (RFC 3339, as a string) and every configured field (a number, or
// null for a value that the meter doesn't have), each once, and nothing else but fields to ignore.
func (c Config) decode(payload []byte) (*message, error) {
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("message of %d bytes: the limit is %d", len(payload), maxPayload)
	}
	if !utf8.Valid(payload) {
		return nil, errors.New("message is not UTF-8")
	}
	in := json.NewDecoder(bytes.NewReader(payload))
	in.UseNumber()
	if t, err := in.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("message is not a JSON object")
	}
	m := &message{readings: make([]bridge.Reading, len(c.Fields))}
	seen := make(map[string]bool)
	for in.More() {
		t, err := in.Token()
		if err != nil {
			return nil, fmt.Errorf("message: %w", err)
		}
		name, ok := t.(string)
		if !ok || seen[name] {
			return nil, fmt.Errorf("field %.40q comes twice, or is no name", t)
		}
		seen[name] = true
		if err := c.field(in, name, m); err != nil {
			return nil, fmt.Errorf("field %.40q: %w", name, err)
		}
	}
	if _, err := in.Token(); err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("message goes on after its object")
	}
	return m, c.complete(seen, m)
}

// complete refuses a message that lacks a field, and gives its time to all readings.
func (c Config) complete(seen map[string]bool, m *message) error {
	if !seen[c.TimeField] {
		return fmt.Errorf("field %q is missing", c.TimeField)
	}
	for i, f := range c.Fields {
		if !seen[f.Name] {
			return fmt.Errorf("field %q is missing", f.Name)
		}
		m.readings[i].Time = m.time
	}
	return nil
}

// field reads the value of a field.
func (c Config) field(in *json.Decoder, name string, m *message) error {
	if slices.Contains(c.Ignore, name) {
		var any json.RawMessage
		return in.Decode(&any)
	}
	i := slices.IndexFunc(c.Fields, func(f Field) bool { return f.Name == name })
	if name != c.TimeField && i < 0 {
		return errors.New("not configured: add it to fields, or to ignore")
	}
	t, err := in.Token()
	if err != nil {
		return err
	}
	if name == c.TimeField {
		s, ok := t.(string)
		if !ok {
			return errors.New("time must be a string as in 2024-03-01T07:00:00.000Z")
		}
		if err := m.time.UnmarshalText([]byte(s)); err != nil {
			return errors.New("time must be as in 2024-03-01T07:00:00.000Z")
		}
		m.time = m.time.UTC()
		return nil
	}
	m.readings[i], err = c.Fields[i].reading(t)
	return err
}

// reading turns a JSON value into a reading.
func (f Field) reading(t json.Token) (bridge.Reading, error) {
	r := bridge.Reading{Measure: f.Measure, Modulus: f.Modulus, Unit: f.Unit}
	n, ok := t.(json.Number)
	switch {
	case t == nil:
		r.Note = "the meter sent null"
		return r, nil
	case !ok:
		return r, errors.New("value must be a number or null")
	}
	var err error
	if f.Measure == bridge.Totaliser {
		r.Count, err = f.count(n.String())
	} else {
		r.Value, err = value(n.String())
	}
	r.Quality = bridge.Good
	return r, err
}

func (f Field) count(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("count %.40s must be a whole number from 0 to 2^64-1", s)
	}
	if f.Modulus != 0 && n >= f.Modulus {
		return 0, fmt.Errorf("count %d is not below the modulus %d", n, f.Modulus)
	}
	return n, nil
}

// value reads a decimal exactly and rounds it once to millionths. What has an exponent or very many decimals was a binary
// float before it was printed, and is read as one.
func value(s string) (quantity.Micro, error) {
	if f, err := quantity.ParseFactor(s); err == nil {
		return quantity.Micro(quantity.PerUnit).Mul(f)
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("number %.40s: %w", s, quantity.ErrOverflow)
	}
	return quantity.FromFloat(x)
}
