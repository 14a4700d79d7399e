package broker

import (
	"io"
	"log/slog"
	"net"
	"testing"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

func TestPanicEndsOneConnectionOnly(t *testing.T) {
	l := newListener("127.0.0.1:0", nil, 10, slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err := l.Init(nil); err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		l.Serve(func(_ string, c net.Conn) error {
			var b [1]byte
			if _, err := io.ReadFull(c, b[:]); err != nil {
				return err
			}
			if b[0] == '!' {
				panic("bad packet")
			}
			_, err := c.Write(b[:])
			return err
		})
	}()
	for i, say := range []string{"a", "!", "b"} {
		c, err := net.Dial("tcp", l.Address())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte(say)); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(c)
		if want := map[string]string{"a": "a", "!": "", "b": "b"}[say]; err != nil || string(answer) != want {
			t.Errorf("connection %d: %q, %v; want %q", i, answer, err, want)
		}
		c.Close()
	}
	l.Close(nil)
	<-served
}

func TestKeepAliveIsBounded(t *testing.T) {
	s := mqtt.New(&mqtt.Options{Logger: slog.New(slog.DiscardHandler)})
	r := &rules{allow: func(_, _, _, _ string, _ bool) bool { return true }, retained: s.Topics.Retained, maxRetained: 1}
	// mochi adds half of the keep-alive to it in 16 bits, which overflows from 43691 s.
	for asked, want := range map[uint16]uint16{0: 300, 1: 1, 60: 60, 300: 300, 301: 300, 43691: 300, 65535: 300} {
		client, server := net.Pipe()
		defer client.Close()
		cl := s.NewClient(&conn{Conn: server}, "l", "id", false)
		cl.State.Keepalive = asked
		if err := r.OnConnect(cl, packets.Packet{}); err != nil || cl.State.Keepalive != want {
			t.Errorf("keep-alive of %d s: %d, %v; want %d", asked, cl.State.Keepalive, err, want)
		}
	}
}
