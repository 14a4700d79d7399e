package cose_test

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/cose/cosetest"
)

var refused = cosetest.Refused

// thing has one field of each kind that the formats use.
type thing struct {
	Number int64    `cbor:"1,keyasint"`
	Text   string   `cbor:"2,keyasint"`
	Bytes  []byte   `cbor:"3,keyasint"`
	Hash   [2]byte  `cbor:"4,keyasint"`
	List   []uint64 `cbor:"5,keyasint"`
	Maybe  *pair    `cbor:"6,keyasint,omitempty"`
	Few    []string `cbor:"7,keyasint,omitempty"`
	Zero   int64    `cbor:"8,keyasint,omitempty"`
}

type pair struct {
	_    struct{} `cbor:",toarray"`
	A, B int64
}

// unhex reads hex with blanks between the parts.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestUnmarshalIsStrict(t *testing.T) {
	const good = "a5 01 20 02 6161 03 41ff 04 420001 05 820018ff"
	tests := []struct{ name, hex, want string }{
		{"deterministic", good, ""},
		{"optional list", strings.Replace(good, "a5", "a6", 1) + "0782 6161 6162", ""},
		{"optional array", strings.Replace(good, "a5", "a6", 1) + "06 82 01 02", ""},
		{"empty", "", "EOF"},
		{"cut off", good[:len(good)-2], "EOF"},
		{"trailing byte", good + "00", "extraneous"},
		{"unsorted keys", "a5 02 6161 01 20 03 41ff 04 420001 05 820018ff", "not deterministic"},
		{"duplicate key", "a6 01 20 01 20 02 6161 03 41ff 04 420001 05 820018ff", "duplicate"},
		{"unknown key", "a6 01 20 02 6161 03 41ff 04 420001 05 820018ff 09 00", "unknown field"},
		{"missing key", "a4 01 20 02 6161 03 41ff 04 420001", "not deterministic"},
		{"text for a key", "a5 6131 20 02 6161 03 41ff 04 420001 05 820018ff", "unknown field"},
		{"longer integer", "a5 01 3800 02 6161 03 41ff 04 420001 05 820018ff", "not deterministic"},
		{"longer key", "a5 1801 20 02 6161 03 41ff 04 420001 05 820018ff", "not deterministic"},
		{"longer length", "a5 01 20 02 780161 03 41ff 04 420001 05 820018ff", "not deterministic"},
		{"longer count", "b805 01 20 02 6161 03 41ff 04 420001 05 820018ff", "not deterministic"},
		{"indefinite map", "bf 01 20 02 6161 03 41ff 04 420001 05 820018ff ff", "indefinite"},
		{"indefinite text", "a5 01 20 02 7f6161ff 03 41ff 04 420001 05 820018ff", "indefinite"},
		{"indefinite list", "a5 01 20 02 6161 03 41ff 04 420001 05 9f0018ffff", "indefinite"},
		{"null for a number", "a5 01 f6 02 6161 03 41ff 04 420001 05 820018ff", "not deterministic"},
		{"null for bytes", "a5 01 20 02 6161 03 f6 04 420001 05 820018ff", "not deterministic"},
		{"null for a hash", "a5 01 20 02 6161 03 41ff 04 f6 05 820018ff", "not deterministic"},
		{"null for a list", "a5 01 20 02 6161 03 41ff 04 420001 05 f6", "not deterministic"},
		{"null for an option", "a6 01 20 02 6161 03 41ff 04 420001 05 820018ff 06 f6", "not deterministic"},
		{"empty option", "a6 01 20 02 6161 03 41ff 04 420001 05 820018ff 07 80", "not deterministic"},
		{"zero option", "a6 01 20 02 6161 03 41ff 04 420001 05 820018ff 08 00", "not deterministic"},
		{"short hash", "a5 01 20 02 6161 03 41ff 04 4100 05 820018ff", "not deterministic"},
		{"long hash", "a5 01 20 02 6161 03 41ff 04 43000100 05 820018ff", "not deterministic"},
		{"list for a hash", "a5 01 20 02 6161 03 41ff 04 820001 05 820018ff", "not deterministic"},
		{"text for bytes", "a5 01 20 02 6161 03 6161 04 420001 05 820018ff", "cannot unmarshal"},
		{"bytes for text", "a5 01 20 02 4161 03 41ff 04 420001 05 820018ff", "cannot unmarshal"},
		{"not UTF-8", "a5 01 20 02 61ff 03 41ff 04 420001 05 820018ff", "UTF-8"},
		{"float", "a5 01 f93c00 02 6161 03 41ff 04 420001 05 820018ff", "cannot unmarshal"},
		{"tag", "a5 01 c120 02 6161 03 41ff 04 420001 05 820018ff", "not deterministic"},
		{"big number", "a5 01 c34100 02 6161 03 41ff 04 420001 05 820018ff", "not deterministic"},
		{"number beyond 64 bits signed", "a5 01 1b8000000000000000 02 6161 03 41ff 04 420001 05 820018ff", "cannot unmarshal"},
		{"long array", strings.Replace(good, "a5", "a6", 1) + "06 83 01 02 03", "cannot unmarshal"},
		{"short array", strings.Replace(good, "a5", "a6", 1) + "06 81 01", "cannot unmarshal"},
		{"list for a map", "85 20 6161 41ff 420001 820018ff", "cannot unmarshal"},
		{"a list that claims more than there is", "a5 01 20 02 6161 03 41ff 04 420001 05 9affffffff", "exceeded max"},
		{"too deep", strings.Repeat("81", 64), "nested"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var v thing
			data := unhex(t, tt.hex)
			refused(t, cose.Unmarshal(data, &v), tt.want)
			if tt.want == "" {
				again, err := cose.Marshal(v)
				if err != nil || !bytes.Equal(again, data) {
					t.Errorf("encoded again it is %x (%v)", again, err)
				}
			}
		})
	}
}

func TestUnmarshalBoundsTheSize(t *testing.T) {
	var v []byte
	refused(t, cose.Unmarshal(make([]byte, cose.MaxMessage+1), &v), "more than the limit")
}

// Empty lists and strings have one encoding, and what was never set is the same as what is empty.
func TestMarshalNil(t *testing.T) {
	b, err := cose.Marshal(thing{})
	if err != nil {
		t.Fatal(err)
	}
	if want := unhex(t, "a5 01 00 02 60 03 40 04 420000 05 80"); !bytes.Equal(b, want) {
		t.Errorf("%x, want %x", b, want)
	}
}

// Integers take the shortest form at every step of its length.
func TestMarshalIntegers(t *testing.T) {
	for n, want := range map[int64]string{
		0: "00", 23: "17", 24: "1818", 255: "18ff", 256: "190100", 65535: "19ffff", 65536: "1a00010000", math.MaxUint32: "1affffffff",
		math.MaxUint32 + 1: "1b0000000100000000", math.MaxInt64: "1b7fffffffffffffff", -1: "20", -24: "37", -25: "3818", math.MinInt64: "3b7fffffffffffffff",
	} {
		b, err := cose.Marshal(n)
		if err != nil || hex.EncodeToString(b) != want {
			t.Errorf("%d is %x, want %s (%v)", n, b, want, err)
		}
		var back int64
		if err := cose.Unmarshal(b, &back); err != nil || back != n {
			t.Errorf("%s is read as %d: %v", want, back, err)
		}
	}
}

func TestMarshalRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := thing{
			Number: rapid.Int64().Draw(t, "number"), Text: rapid.String().Draw(t, "text"), Bytes: rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"),
			List: rapid.SliceOf(rapid.Uint64()).Draw(t, "list"), Few: rapid.SliceOf(rapid.String()).Draw(t, "few"), Zero: rapid.Int64().Draw(t, "zero"),
		}
		if rapid.Bool().Draw(t, "with option") {
			v.Maybe = &pair{A: rapid.Int64().Draw(t, "a"), B: rapid.Int64().Draw(t, "b")}
		}
		b, err := cose.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back thing
		if err := cose.Unmarshal(b, &back); err != nil {
			t.Fatalf("%x is refused: %v", b, err)
		}
		again, err := cose.Marshal(back)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%x came back as %x (%v)", b, again, err)
		}
	})
}

func FuzzUnmarshal(f *testing.F) {
	f.Add(unhex(f, "a5 01 20 02 6161 03 41ff 04 420001 05 820018ff"))
	f.Add(unhex(f, "a6 01 20 02 6161 03 41ff 04 420001 05 820018ff 06 820102"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var v thing
		if cose.Unmarshal(data, &v) != nil {
			return
		}
		if again, err := cose.Marshal(v); err != nil || !bytes.Equal(again, data) {
			t.Errorf("%x was accepted, but is %x encoded again (%v)", data, again, err)
		}
	})
}
