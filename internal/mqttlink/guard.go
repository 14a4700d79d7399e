package mqttlink

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
)

// maxPacket bounds what follows the fixed header of a packet: a payload, its
// topic and identifiers.
const maxPacket = MaxPayload + MaxTopic + 16

// accepted holds, for each packet type a broker may send to us, the smallest
// and the largest remaining length. MQTT 3.1.1 section 3; quality of service 2 and
// unsubscribing are never used here, so their packets are not in it.
var accepted = map[byte][2]int{
	2:  {2, 2},         // CONNACK
	3:  {3, maxPacket}, // PUBLISH
	4:  {2, 2},         // PUBACK
	9:  {3, 3},         // SUBACK, for one filter at a time
	13: {0, 0},         // PINGRESP
	14: {0, 0},         // DISCONNECT: some brokers send it before they hang up
}

// guard watches the packet headers that come from the broker. The client
// library allocates whatever a header announces, up to 256 MiB, and indexes by
// counts the broker sends; behind the guard neither can be used against us.
type guard struct {
	net.Conn
	in *bufio.Reader

	kind   byte // type of the packet under way; 0 between packets
	length int  // remaining length read so far
	shift  uint // where the next byte of the length belongs
	body   int  // bytes of the body still to come
}

func newGuard(c net.Conn) *guard {
	return &guard{Conn: c, in: bufio.NewReaderSize(c, 16<<10)}
}

// Read passes on what the broker sent, or an error at the first header that is
// not acceptable. Only one goroutine may read.
func (g *guard) Read(p []byte) (int, error) {
	n, err := g.in.Read(p)
	for i := 0; i < n; {
		if g.body > 0 {
			step := min(g.body, n-i)
			g.body -= step
			i += step
			continue
		}
		if err := g.header(p[i]); err != nil {
			return 0, err
		}
		i++
	}
	return n, err
}

// header takes one byte of a fixed header.
func (g *guard) header(b byte) error {
	if g.kind == 0 {
		g.kind, g.length, g.shift = b>>4, 0, 0
		if _, ok := accepted[g.kind]; !ok {
			return fmt.Errorf("packet of type %d from the broker: not expected from an MQTT 3.1.1 broker", g.kind)
		}
		return nil
	}
	g.length |= int(b&0x7f) << g.shift
	g.shift += 7
	limits := accepted[g.kind]
	if b&0x80 != 0 {
		if g.shift > 21 {
			return fmt.Errorf("packet of type %d from the broker: length of more than four bytes", g.kind)
		}
		return nil
	}
	if g.length < limits[0] || g.length > limits[1] {
		return fmt.Errorf("packet of type %d and %d bytes from the broker: must be %d to %d bytes", g.kind, g.length, limits[0], limits[1])
	}
	g.kind, g.body = 0, g.length
	return nil
}

// open connects to the broker; ctx ends the attempt.
func open(ctx context.Context, u *url.URL, cfg *tls.Config) (net.Conn, error) {
	var d net.Dialer
	switch u.Scheme {
	case "unix":
		return d.DialContext(ctx, "unix", u.Path)
	case "tcp", "mqtt":
		return d.DialContext(ctx, "tcp", u.Host)
	default:
		return (&tls.Dialer{NetDialer: &d, Config: cfg}).DialContext(ctx, "tcp", u.Host)
	}
}
