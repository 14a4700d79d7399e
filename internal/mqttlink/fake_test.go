package mqttlink

import (
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// fakeBroker speaks enough MQTT on a unix socket to be as obliging, or as
// hostile, as a test wants: the test reads what came in and writes the answers.
type fakeBroker struct {
	t    *testing.T
	path string
	in   chan event // every packet of every connection, in order

	mu    sync.Mutex
	conns []net.Conn
	ln    net.Listener
}

// event is one packet that reached the fake broker.
type event struct {
	conn net.Conn
	pk   packets.ControlPacket
}

func newFakeBroker(t *testing.T) *fakeBroker {
	b := &fakeBroker{t: t, path: filepath.Join(t.TempDir(), "s"), in: make(chan event, 100)}
	t.Cleanup(b.stop)
	return b
}

func (b *fakeBroker) start() *fakeBroker {
	ln, err := net.Listen("unix", b.path)
	if err != nil {
		b.t.Fatal(err)
	}
	b.mu.Lock()
	b.ln = ln
	b.mu.Unlock()
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			b.mu.Lock()
			b.conns = append(b.conns, c)
			b.mu.Unlock()
			go b.read(c)
		}
	}()
	return b
}

func (b *fakeBroker) read(c net.Conn) {
	for {
		pk, err := packets.ReadPacket(c)
		if err != nil {
			return
		}
		b.in <- event{c, pk}
	}
}

func (b *fakeBroker) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ln != nil {
		b.ln.Close()
	}
	for _, c := range b.conns {
		c.Close()
	}
}

// next waits for the next packet, which must be of type P; others are an error,
// except that a DISCONNECT is always passed over.
func next[P packets.ControlPacket](b *fakeBroker) (net.Conn, P) {
	b.t.Helper()
	for {
		select {
		case e := <-b.in:
			if p, ok := e.pk.(P); ok {
				return e.conn, p
			}
			if _, ok := e.pk.(*packets.DisconnectPacket); ok {
				continue
			}
			b.t.Fatalf("broker received %v, want %T", e.pk, *new(P))
		case <-time.After(20 * time.Second):
			b.t.Fatalf("broker received nothing, want %T", *new(P))
		}
	}
}

func (b *fakeBroker) write(c net.Conn, pk packets.ControlPacket) {
	b.t.Helper()
	if err := pk.Write(c); err != nil {
		b.t.Fatal(err)
	}
}

// accept answers the next CONNECT.
func (b *fakeBroker) accept() net.Conn {
	b.t.Helper()
	c, pk := next[*packets.ConnectPacket](b)
	if pk.ProtocolVersion != 4 || !pk.CleanSession {
		b.t.Errorf("CONNECT with version %d, clean %v; want 4, true", pk.ProtocolVersion, pk.CleanSession)
	}
	b.write(c, packets.NewControlPacket(packets.Connack))
	return c
}

// grant answers the next SUBSCRIBE with code.
func (b *fakeBroker) grant(code byte) string {
	b.t.Helper()
	c, pk := next[*packets.SubscribePacket](b)
	ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
	ack.MessageID, ack.ReturnCodes = pk.MessageID, []byte{code}
	b.write(c, ack)
	return pk.Topics[0]
}

// ack acknowledges a publication.
func (b *fakeBroker) ack(c net.Conn, pk *packets.PublishPacket) {
	b.t.Helper()
	ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
	ack.MessageID = pk.MessageID
	b.write(c, ack)
}

// deliver sends a message to the client.
func (b *fakeBroker) deliver(c net.Conn, id uint16, topic, payload string) {
	b.t.Helper()
	pk := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	pk.Qos, pk.MessageID, pk.TopicName, pk.Payload = 1, id, topic, []byte(payload)
	b.write(c, pk)
}

// options are those of a link to b that retries fast and logs to the test.
func (b *fakeBroker) options() Options {
	return Options{
		Broker: "unix://" + b.path, ClientID: "test",
		RetryMax: 20 * time.Millisecond,
		Log:      slog.New(slog.NewTextHandler(b.t.Output(), nil)),
	}
}

// dial starts a link and accepts its connection.
func (b *fakeBroker) dial(o Options) (*Link, net.Conn) {
	b.t.Helper()
	linked := make(chan *Link)
	go func() {
		l, err := Dial(b.t.Context(), o)
		if err != nil {
			b.t.Error(err)
		}
		linked <- l
	}()
	c := b.accept()
	l := <-linked
	b.t.Cleanup(l.Close)
	return l, c
}

// recv takes one value, with a guard against a test that hangs.
func recv[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}
