package conf

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// fieldsOf returns the settable fields of a struct by their keys, those of
// inlined structs included.
func fieldsOf(v reflect.Value) (map[string]reflect.Value, error) {
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		key, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if !f.IsExported() || key == "-" {
			continue
		}
		inner := map[string]reflect.Value{}
		if slices.Contains(strings.Split(options, ","), "inline") && f.Type.Kind() == reflect.Struct {
			var err error
			if inner, err = fieldsOf(v.Field(i)); err != nil {
				return nil, err
			}
		} else {
			inner[cmp.Or(key, strings.ToLower(f.Name))] = v.Field(i)
		}
		for key, field := range inner {
			if _, taken := fields[key]; taken {
				return nil, fmt.Errorf("%v has two fields for the key %q", v.Type(), key)
			}
			fields[key] = field
		}
	}
	return fields, nil
}

// suggest returns advice on a key that is not in fields.
func suggest(key string, fields map[string]reflect.Value) string {
	return Suggest(key, slices.Sorted(maps.Keys(fields)))
}

// Suggest returns advice on a word that is none of the known ones: the most similar,
// or all when none is similar and they are few.
func Suggest(key string, known []string) string {
	best, distance := "", max(1, len(key)/3)+1
	for _, k := range known {
		if d := edits(normal(key), normal(k)); d < distance {
			best, distance = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf("did you mean %q?", best)
	case len(known) == 0:
		return "there are no settings here"
	case len(known) <= 20:
		return "known here are " + strings.Join(known, ", ")
	}
	return "see the reference for the keys known here"
}

// normal makes keys alike that differ in case, dashes and underscores only.
func normal(key string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(key))
}

// edits returns how many characters must be put in, taken out or replaced to make b
// of a (Levenshtein's distance), with a and b cut to 64 bytes.
func edits(a, b string) int {
	a, b = a[:min(len(a), 64)], b[:min(len(b), 64)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
