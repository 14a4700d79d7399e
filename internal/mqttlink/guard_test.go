package mqttlink

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"testing/iotest"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// readOnly is a connection that gives what r gives.
type readOnly struct {
	net.Conn
	r io.Reader
}

func (c readOnly) Read(p []byte) (int, error) { return c.r.Read(p) }

// FuzzGuard feeds arbitrary bytes to the library's decoder through the guard.
// Whatever comes, the decoder sees only whole packets of the accepted kinds and sizes,
// and the verdict doesn't depend on how the bytes were cut into reads.
func FuzzGuard(f *testing.F) {
	f.Add([]byte{0x20, 2, 0, 0, 0x90, 3, 0, 1, 1, 0xd0, 0})
	f.Add([]byte{0x32, 7, 0, 1, 'a', 0, 9, 'h', 'i', 0x40, 2, 0, 9})
	f.Add([]byte{0x30, 0xff, 0xff, 0xff, 0x7f})
	f.Add([]byte{0x30, 0x83, 0x80, 0x80, 0x00, 0, 1, 'a'})
	f.Add([]byte{0x90, 5, 0, 1, 1, 1, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		whole, _ := io.ReadAll(newGuard(readOnly{r: bytes.NewReader(data)}))
		single, _ := io.ReadAll(iotest.OneByteReader(newGuard(readOnly{r: iotest.OneByteReader(bytes.NewReader(data))})))
		if !bytes.HasPrefix(single, whole) || !bytes.HasPrefix(data, single) {
			t.Errorf("%x: passed %x at once and %x byte by byte", data, whole, single)
		}
		g := newGuard(readOnly{r: bytes.NewReader(data)})
		for {
			pk, err := packets.ReadPacket(g)
			if err != nil {
				return
			}
			switch p := pk.(type) {
			case *packets.SubackPacket:
				if len(p.ReturnCodes) != 1 {
					t.Errorf("%x: SUBACK with %d codes passed", data, len(p.ReturnCodes))
				}
			case *packets.PublishPacket:
				if p.RemainingLength > maxPacket {
					t.Errorf("%x: publication of %d bytes passed", data, p.RemainingLength)
				}
			}
		}
	})
}

func TestGuardPassesErrorsOn(t *testing.T) {
	g := newGuard(readOnly{r: iotest.ErrReader(net.ErrClosed)})
	if _, err := g.Read(make([]byte, 10)); !errors.Is(err, net.ErrClosed) {
		t.Errorf("error %v, want net.ErrClosed", err)
	}
}
