package columns

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestColumns: what was appended is taken off again, to the last byte; any part less is refused.
func TestColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOf(rapid.Uint32()).Draw(t, "numbers")
		amounts := rapid.SliceOf(rapid.Int64()).Draw(t, "amounts")
		texts := rapid.SliceOf(rapid.String()).Draw(t, "texts")
		b := AppendInt64(AppendUint32(nil, numbers), amounts)
		b, err := AppendTexts(b, texts)
		if err != nil {
			t.Fatal(err)
		}
		r := NewReader(b)
		if n, a, s := r.Uint32(), r.Int64(), r.Texts(); !slices.Equal(n, numbers) || !slices.Equal(a, amounts) || !slices.Equal(s, texts) || r.End() != nil {
			t.Fatalf("%v, %v and %q came back as %v, %v and %q: %v", numbers, amounts, texts, n, a, s, r.End())
		}
		r = NewReader(b[:rapid.IntRange(0, len(b)-1).Draw(t, "cut")])
		r.Uint32()
		r.Int64()
		r.Texts()
		if r.Err() == nil || r.End() == nil {
			t.Fatal("a part of the columns was read as the whole")
		}
		r = NewReader(append(b, 0))
		r.Uint32()
		r.Int64()
		r.Texts()
		if r.Err() != nil || r.End() == nil {
			t.Fatalf("a byte too many: %v, %v", r.Err(), r.End())
		}
	})
}

// TestColumnsRefused: a length that nothing stands behind takes no memory, and texts end where they can.
func TestColumnsRefused(t *testing.T) {
	huge := bytes.Repeat([]byte{0xff}, 64)
	if r := NewReader(huge); r.Uint32() == nil && r.Err() == nil {
		t.Error("a length of 2^64-1 was believed")
	}
	if r := NewReader(huge); len(r.Int64()) > 0 || r.Err() == nil || len(r.Int64())+len(r.Texts()) > 0 {
		t.Error("a length of 2^64-1 was believed, or read on after")
	}
	for _, ends := range [][]uint32{{2, 1, 3}, {4, 3}, {math.MaxUint32}} {
		if r := NewReader(append(AppendUint32(nil, ends), "abc"...)); r.Texts() != nil || r.Err() == nil {
			t.Errorf("texts that end at %v were read from three bytes", ends)
		}
	}
	long := strings.Repeat("x", 1<<27)
	if _, err := AppendTexts(nil, slices.Repeat([]string{long}, 33)); err == nil {
		t.Error("more than four gigabytes of texts were appended")
	}
}
