// Package conf reads the YAML files that people edit. It is strict, and its errors name the file, the line and the mend: an
// unknown key is refused with the key that was probably meant.
package conf

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// MaxSize is the largest file that is read, in bytes.
const MaxSize = 1 << 20

// Duration is a time.Duration written as "60s", "1h30m".
type Duration time.Duration

// UnmarshalText reads a duration with its unit.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as 60s or 1h30m", b)
	}
	*d = Duration(v)
	return nil
}

// MarshalText prints what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// String prints the duration with its units.
func (d Duration) String() string { return time.Duration(d).String() }

// validator is what a configuration that checks itself has.
type validator interface{ Validate() error }

// Load reads a file into a struct with yaml tags, and returns the SHA-256 of its bytes. Fields that the file leaves out keep
// their values. When the struct has a method Validate() error, it is called last.
func Load(path string, into any) ([32]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return [32]byte{}, fmt.Errorf("read configuration: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxSize+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return [32]byte{}, fmt.Errorf("read configuration %s: %w", path, err)
	}
	return sha256.Sum256(data), Decode(path, data, into)
}

// Decode is Load for bytes that are at hand; name stands for the file in errors.
func Decode(name string, data []byte, into any) error {
	if len(data) > MaxSize {
		return fmt.Errorf("%s has more than %d bytes", name, MaxSize)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := decoder.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		return explain(name, err, into)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s holds more than one document: remove what follows the line ---", name)
	}
	if v, ok := into.(validator); ok {
		if err := v.Validate(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// explain puts name and line in front of an error, and a suggestion behind it.
func explain(name string, err error, into any) error {
	var at yaml.Error
	if !errors.As(err, &at) || at.GetToken() == nil || at.GetToken().Position == nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	token := at.GetToken()
	place := fmt.Sprintf("%s line %d", name, token.Position.Line)
	var unknown *yaml.UnknownFieldError
	if !errors.As(err, &unknown) {
		return fmt.Errorf("%s: %s", place, at.GetMessage())
	}
	if meant := nearest(token.Value, keys(reflect.TypeOf(into), map[reflect.Type]bool{})); meant != "" {
		return fmt.Errorf("%s: unknown key %q: did you mean %q?", place, token.Value, meant)
	}
	return fmt.Errorf("%s: unknown key %q: remove it", place, token.Value)
}

// keys lists every key that a type knows, at any depth.
func keys(t reflect.Type, seen map[reflect.Type]bool) (out []string) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] {
		return nil
	}
	seen[t] = true
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name != "" && name != "-" {
			out = append(out, name)
		}
		out = append(out, keys(f.Type, seen)...)
	}
	return out
}

// nearest returns the candidate with the smallest edit distance, if it is small enough to be a slip.
func nearest(word string, candidates []string) string {
	best, least := "", len(word)/3+2
	for _, c := range candidates {
		if d := distance(word, c); d < least {
			best, least = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
