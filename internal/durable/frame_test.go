package durable

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// TestFormat pins the bytes on the disk.
func TestFormat(t *testing.T) {
	got := appendHeader(nil, 7)
	got = appendFrame(got, 7, 20, 20, []byte("abc"))
	got = appendFrame(got, 7, 35, 35, nil)
	want := "474155474c4f4701070000000000000039937eed" +
		"030000001400000077b66f27616263" +
		"000000802300000095146a82" // computed independently, with a bitwise CRC-32C
	if hex.EncodeToString(got) != want {
		t.Errorf("log bytes %x, want %s", got, want)
	}
}

// FuzzFrame decodes arbitrary frames: what is accepted encodes to the same bytes,
// and is accepted in its own place only.
func FuzzFrame(f *testing.F) {
	f.Add(appendFrame(nil, 7, 20, 20, []byte("abc")), uint64(7), uint32(20))
	f.Add(appendFrame(nil, 7, 35, 35, nil), uint64(7), uint32(35))
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, uint64(0), uint32(0))
	f.Fuzz(func(t *testing.T, data []byte, base uint64, offset uint32) {
		fr, ok := parseFrame(data, base, int64(offset))
		if !ok {
			return
		}
		if again := appendFrame(nil, base, offset, fr.synced, fr.payload); !bytes.Equal(again, data[:fr.size]) {
			t.Errorf("%x decoded, but encodes to %x", data[:fr.size], again)
		}
		if _, ok := parseFrame(data, base+1, int64(offset)); ok {
			t.Errorf("%x accepted in another segment", data)
		}
		if _, ok := parseFrame(data, base, int64(offset)+1); ok {
			t.Errorf("%x accepted at another offset", data)
		}
	})
}
