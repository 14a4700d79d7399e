package modbus

import (
	"bytes"
	"math"
	"testing"

	"pgregory.net/rapid"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/metrology/quantity"
)

func TestArrange(t *testing.T) {
	// The letters say where each byte of the value comes; values of four registers follow the same pattern.
	for order, want := range map[Order]string{ABCD: "ABCD", CDAB: "CDAB", BADC: "BADC", DCBA: "DCBA"} {
		b := []byte("ABCD")
		if order.Arrange(b); string(b) != want {
			t.Errorf("%s: %s", order, b)
		}
	}
	for order, want := range map[Order]string{ABCD: "ABCDEFGH", CDAB: "GHEFCDAB", BADC: "BADCFEHG", DCBA: "HGFEDCBA"} {
		b := []byte("ABCDEFGH")
		if order.Arrange(b); string(b) != want {
			t.Errorf("%s: %s", order, b)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.SampledFrom([]Order{ABCD, CDAB, BADC, DCBA}).Draw(t, "order")
		b := rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "bytes")
		b = b[:len(b)/2*2]
		twice := bytes.Clone(b)
		order.Arrange(twice)
		order.Arrange(twice)
		if !bytes.Equal(b, twice) {
			t.Fatalf("%s twice makes %x of %x", order, twice, b)
		}
	})
}

func TestDecode(t *testing.T) {
	// Bytes and what they mean. Two are the worked byte orders of a flow computer's manual (Rockwell 1758-FLO):
	// 2 923 517 522 = ae 41 56 52, and 326 787 = 48 9f 90 60 as a float.
	tests := []struct {
		name string
		r    Register
		raw  []byte
		want bridge.Reading
	}{
		{"manual's integer", Register{Measure: bridge.Totaliser, Type: U32}, []byte{0xae, 0x41, 0x56, 0x52}, bridge.Reading{Count: 2_923_517_522, Quality: bridge.Good}},
		{"manual's float", Register{Measure: bridge.Pressure, Type: F32}, []byte{0x48, 0x9f, 0x90, 0x60}, bridge.Reading{Value: 326_787 * quantity.PerUnit, Quality: bridge.Good}},
		{"shortest float", Register{Measure: bridge.Temperature, Type: F32}, []byte{0x42, 0xa4, 0xb3, 0x33}, bridge.Reading{Value: 82_350_000, Quality: bridge.Good}},
		{"negative", Register{Measure: bridge.Temperature, Type: I32, Scale: quantity.F(1, 2)}, []byte{0xff, 0xff, 0xff, 0x85}, bridge.Reading{Value: -1_230_000, Quality: bridge.Good}},
		{"u64", Register{Measure: bridge.Totaliser, Type: U64}, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, bridge.Reading{Count: math.MaxUint64, Quality: bridge.Good}},
		{"last count", Register{Measure: bridge.Totaliser, Type: U16, Modulus: 10_000}, []byte{0x27, 0x0f}, bridge.Reading{Count: 9999, Quality: bridge.Good}},
		{"modulus reached", Register{Measure: bridge.Totaliser, Type: U16, Modulus: 10_000}, []byte{0x27, 0x10}, bridge.Reading{}},
		{"negative count", Register{Measure: bridge.Totaliser, Type: I32, Modulus: 1 << 31}, []byte{0x80, 0, 0, 0}, bridge.Reading{}},
		{"fraction of a count", Register{Measure: bridge.Totaliser, Type: F32, Modulus: 1000}, []byte{0x3f, 0, 0, 0}, bridge.Reading{}},
		{"NaN count", Register{Measure: bridge.Totaliser, Type: F32, Modulus: 1000}, []byte{0x7f, 0xc0, 0, 0}, bridge.Reading{}},
		{"NaN", Register{Measure: bridge.Pressure, Type: F32}, []byte{0x7f, 0xc0, 0, 0}, bridge.Reading{}},
		{"infinity", Register{Measure: bridge.Pressure, Type: F64}, []byte{0x7f, 0xf0, 0, 0, 0, 0, 0, 0}, bridge.Reading{}},
		{"too large", Register{Measure: bridge.Pressure, Type: U64}, []byte{0x80, 0, 0, 0, 0, 0, 0, 0}, bridge.Reading{}},
		{"too large when scaled", Register{Measure: bridge.Pressure, Type: U64}, []byte{0x40, 0, 0, 0, 0, 0, 0, 0}, bridge.Reading{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.r.Modulus == 0 && tt.r.Scale == (quantity.Factor{}) {
				tt.r.Scale = quantity.One
			}
			got := tt.r.decode(tt.raw)
			if got.Count != tt.want.Count || got.Value != tt.want.Value || got.Quality != tt.want.Quality || (got.Note == "") != (got.Quality == bridge.Good) {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestScaleIsExact(t *testing.T) {
	// An integer and a decimal scale make the decimal product, rounded once to millionths: half away from zero.
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int32().Draw(t, "n")
		raw := []byte{byte(uint32(n) >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
		got := Register{Measure: bridge.Pressure, Type: I32, Scale: quantity.F(3, 4)}.decode(raw)
		if want := quantity.Micro(n) * 300; got.Value != want || got.Quality != bridge.Good {
			t.Fatalf("%d x 0.0003 read as %+v, want %s", n, got, want)
		}
	})
	got := Register{Measure: bridge.Pressure, Type: U16, Scale: quantity.F(5, 7)}.decode([]byte{0, 3})
	if got.Value != 2 { // 1.5 millionths
		t.Errorf("rounded to %d millionths", int64(got.Value))
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0x7f, 0xc0, 0, 0, 0, 0, 0, 1}, uint64(1000))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, uint64(0))
	f.Fuzz(func(t *testing.T, b []byte, modulus uint64) {
		if len(b) < 8 {
			return
		}
		for typ, info := range types {
			for _, m := range []bridge.Measure{bridge.Totaliser, bridge.Density} {
				r := Register{Measure: m, Type: typ, Order: DCBA}
				if m == bridge.Totaliser {
					r.Modulus = modulus
				}
				r, err := r.withDefaults()
				if err != nil {
					continue
				}
				got := r.decode(bytes.Clone(b[:2*info.words]))
				if got.Quality != bridge.Good && got.Quality != bridge.Failed || r.Modulus != 0 && got.Count >= r.Modulus {
					t.Errorf("%s %s: %x gives %+v", m, typ, b, got)
				}
			}
		}
	})
}
