package mqttlink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

func TestPublishReturnsOnlyAfterTheAcknowledgement(t *testing.T) {
	b := newFakeBroker(t).start()
	l, _ := b.dial(b.options())
	done := make(chan error, 1)
	payload := []byte("seventeen barrels")
	go func() { done <- l.Publish(t.Context(), "a/b", payload, true) }()

	c, pk := next[*packets.PublishPacket](b)
	select {
	case err := <-done:
		t.Fatalf("Publish returned %v before the acknowledgement", err)
	default:
	}
	if pk.Qos != 1 || !pk.Retain || pk.TopicName != "a/b" || !bytes.Equal(pk.Payload, payload) {
		t.Errorf("broker received %v", pk)
	}
	b.ack(c, pk)
	if err := recv(t, done); err != nil {
		t.Errorf("Publish: %v", err)
	}
}

func TestPublishIsBoundedByItsContext(t *testing.T) {
	b := newFakeBroker(t).start()
	l, c := b.dial(b.options())
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	payload := bytes.Repeat([]byte("x"), 100)
	go func() {
		err := l.Publish(ctx, "a/b", payload, false)
		clear(payload) // the caller may reuse it at once; the race detector watches
		done <- err
	}()
	_, pk := next[*packets.PublishPacket](b)
	cancel()
	if err := recv(t, done); !errors.Is(err, context.Canceled) {
		t.Errorf("Publish: %v, want context.Canceled", err)
	}
	b.ack(c, pk) // a late acknowledgement harms nobody
	go func() { done <- l.Publish(t.Context(), "a/b", nil, false) }()
	_, pk = next[*packets.PublishPacket](b)
	b.ack(c, pk)
	if err := recv(t, done); err != nil {
		t.Errorf("Publish after a late acknowledgement: %v", err)
	}
}

func TestNothingIsKeptForAnAbsentBroker(t *testing.T) {
	b := newFakeBroker(t) // not started
	l, err := Dial(t.Context(), b.options())
	if err != nil {
		t.Fatalf("Dial of an absent broker: %v", err)
	}
	defer l.Close()
	if l.Connected() {
		t.Error("connected to nothing")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 10 {
		if err := l.Publish(gone, "stale", []byte("x"), false); !errors.Is(err, context.Canceled) {
			t.Fatalf("Publish: %v, want context.Canceled", err)
		}
	}
	done := make(chan error, 1)
	go func() { done <- l.Publish(t.Context(), "fresh", nil, false) }()

	b.start()
	b.accept()
	c, pk := next[*packets.PublishPacket](b)
	if pk.TopicName != "fresh" {
		t.Errorf("first message after the start is %q, want fresh: messages given up must not be sent", pk.TopicName)
	}
	b.ack(c, pk)
	if err := recv(t, done); err != nil {
		t.Error(err)
	}
}

func TestPublishIsRepeatedOnTheNextConnection(t *testing.T) {
	b := newFakeBroker(t).start()
	l, c := b.dial(b.options())
	done := make(chan error, 1)
	go func() { done <- l.Publish(t.Context(), "a", []byte("1"), false) }()
	next[*packets.PublishPacket](b)
	c.Close() // the broker has the message, but its acknowledgement is lost
	c = b.accept()
	_, pk := next[*packets.PublishPacket](b)
	b.ack(c, pk)
	if err := recv(t, done); err != nil {
		t.Errorf("Publish: %v", err)
	}
	if !l.Connected() {
		t.Error("not connected")
	}
}

func TestSubscriptionsComeBackBeforePublications(t *testing.T) {
	b := newFakeBroker(t).start()
	l, c := b.dial(b.options())
	got := make(chan string, 10)
	subscribed := make(chan error, 2)
	for _, filter := range []string{"r/+", "s/#"} {
		go func() {
			subscribed <- l.Subscribe(filter, func(topic string, p []byte) { got <- topic + " " + string(p) })
		}()
		if f := b.grant(1); f != filter {
			t.Errorf("SUBSCRIBE to %q, want %q", f, filter)
		}
		if err := recv(t, subscribed); err != nil {
			t.Fatal(err)
		}
	}
	published := make(chan error, 1)
	for cut := range 3 {
		go func() { published <- l.Publish(t.Context(), "p", nil, false) }()
		next[*packets.PublishPacket](b)
		c.Close()
		c = b.accept()
		b.grant(1)
		b.grant(1)
		_, pk := next[*packets.PublishPacket](b)
		b.ack(c, pk)
		if err := recv(t, published); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			b.deliver(c, uint16(i+1), "r/x", fmt.Sprint(i))
			next[*packets.PubackPacket](b)
		}
		for i := range 3 {
			if g, want := recv(t, got), fmt.Sprintf("r/x %d", i); g != want {
				t.Errorf("after cut %d: handler got %q, want %q", cut+1, g, want)
			}
		}
	}
}

func TestSubscribeBeforeTheFirstConnection(t *testing.T) {
	b := newFakeBroker(t)
	l, err := Dial(t.Context(), b.options())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make(chan string, 1)
	if err := l.Subscribe("$share/ingest/a/+", func(topic string, _ []byte) { got <- topic }); err != nil {
		t.Fatal(err)
	}
	if err := l.Subscribe("$share/ingest/a/+", func(string, []byte) {}); err == nil {
		t.Error("second subscription to the same filter accepted")
	}
	b.start()
	c := b.accept()
	if f := b.grant(1); f != "$share/ingest/a/+" {
		t.Errorf("SUBSCRIBE to %q", f)
	}
	b.deliver(c, 1, "a/b", "x")
	if topic := recv(t, got); topic != "a/b" {
		t.Errorf("handler got topic %q, want a/b", topic)
	}
}

func TestSubscribeRefused(t *testing.T) {
	b := newFakeBroker(t).start()
	l, _ := b.dial(b.options())
	done := make(chan error, 1)
	go func() { done <- l.Subscribe("secret/#", func(string, []byte) {}) }()
	b.grant(0x80)
	if err := recv(t, done); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "secret/#") {
		t.Errorf("Subscribe: %v, want ErrRefused naming the filter", err)
	}
	go func() { done <- l.Subscribe("secret/#", func(string, []byte) {}) }()
	b.grant(1) // the rules were mended
	if err := recv(t, done); err != nil {
		t.Errorf("second Subscribe: %v", err)
	}
}

func TestSlowHandlerLosesWhatDoesNotFit(t *testing.T) {
	b := newFakeBroker(t).start()
	o := b.options()
	o.QueueMessages = 4
	l, c := b.dial(o)
	entered, release := make(chan string, 20), make(chan struct{})
	done := make(chan error, 1)
	go func() {
		done <- l.Subscribe("m", func(_ string, p []byte) {
			entered <- string(p)
			<-release
		})
	}()
	b.grant(1)
	if err := recv(t, done); err != nil {
		t.Fatal(err)
	}
	b.deliver(c, 1, "m", "0")
	next[*packets.PubackPacket](b)
	recv(t, entered) // the handler holds message 0; four more fit
	for i := 1; i < 10; i++ {
		b.deliver(c, uint16(i+1), "m", fmt.Sprint(i))
		next[*packets.PubackPacket](b)
	}
	if n := l.Dropped(); n != 5 {
		t.Errorf("dropped %d messages, want 5 of 10", n)
	}
	close(release)
	for i := 1; i < 5; i++ {
		if g := recv(t, entered); g != fmt.Sprint(i) {
			t.Errorf("handler got %s, want %d", g, i)
		}
	}
}

func TestQueueIsBoundedInBytes(t *testing.T) {
	q := newQueue(100, 10)
	for i, want := range []bool{true, true, false} {
		if got := q.put(message{topic: "t", payload: []byte("abcd")}); got != want {
			t.Errorf("put %d: %v, want %v", i, got, want)
		}
	}
	q.take()
	if !q.put(message{topic: "t"}) {
		t.Error("no room after take")
	}
	q.close()
	if _, ok := q.take(); ok {
		t.Error("a closed queue still gives messages")
	}
}

func TestCloseEndsEverything(t *testing.T) {
	b := newFakeBroker(t).start()
	l, c := b.dial(b.options())
	done := make(chan error, 2)
	entered := make(chan struct{})
	go func() {
		done <- l.Subscribe("m", func(string, []byte) {
			close(entered)
			done <- l.Publish(t.Context(), "from/handler", nil, false)
		})
	}()
	b.grant(1)
	if err := recv(t, done); err != nil {
		t.Fatal(err)
	}
	b.deliver(c, 1, "m", "")
	recv(t, entered)
	l.Close()
	if err := recv(t, done); !errors.Is(err, ErrClosed) {
		t.Errorf("Publish during Close: %v, want ErrClosed", err)
	}
	if err := l.Publish(t.Context(), "m", nil, false); !errors.Is(err, ErrClosed) {
		t.Errorf("Publish after Close: %v, want ErrClosed", err)
	}
	if err := l.Subscribe("n", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Subscribe after Close: %v, want ErrClosed", err)
	}
	l.Close()
}

func TestHostileBroker(t *testing.T) {
	tests := []struct {
		name string
		say  []byte
	}{
		{"a publication of 256 MiB is announced", []byte{0x30, 0xff, 0xff, 0xff, 0x7f}},
		{"a length never ends", []byte{0x30, 0xff, 0xff, 0xff, 0xff, 0xff}},
		{"a SUBACK carries more codes than filters", []byte{0x90, 5, 0, 1, 1, 1, 1}},
		{"a SUBACK is empty", []byte{0x90, 0}},
		{"a PUBREL for quality of service 2", []byte{0x62, 2, 0, 1}},
		{"a packet only clients send", []byte{0x82, 0}},
		{"a publication is shorter than its topic", []byte{0x30, 4, 0, 200, 'a', 'b'}},
		{"an acknowledgement for nothing, then type 0", []byte{0x40, 2, 9, 9, 0x00, 0}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			b := newFakeBroker(t).start()
			l, c := b.dial(b.options())
			if _, err := c.Write(tc.say); err != nil {
				t.Fatal(err)
			}
			c = b.accept() // the link gave up that connection and made another
			done := make(chan error, 1)
			go func() { done <- l.Publish(t.Context(), "a", nil, false) }()
			_, pk := next[*packets.PublishPacket](b)
			b.ack(c, pk)
			if err := recv(t, done); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBrokerThatIgnoresASubscriptionLosesTheConnection(t *testing.T) {
	b := newFakeBroker(t).start()
	o := b.options()
	o.Timeout = 500 * time.Millisecond
	l, _ := b.dial(o)
	done := make(chan error, 1)
	go func() { done <- l.Subscribe("a", func(string, []byte) {}) }()
	next[*packets.SubscribePacket](b) // no answer
	if err := recv(t, done); err != nil {
		t.Errorf("Subscribe: %v, want nil: the subscription is kept for the next connection", err)
	}
	b.accept()
	b.grant(1)
}

func TestMessagesTooLarge(t *testing.T) {
	b := newFakeBroker(t).start()
	l, c := b.dial(b.options())
	if err := l.Publish(t.Context(), "a", make([]byte, MaxPayload+1), false); err == nil {
		t.Error("payload over the limit accepted")
	}
	done := make(chan error, 1)
	topic := strings.Repeat("t", MaxTopic)
	go func() { done <- l.Publish(t.Context(), topic, make([]byte, MaxPayload), false) }()
	_, pk := next[*packets.PublishPacket](b)
	b.ack(c, pk)
	if err := recv(t, done); err != nil {
		t.Errorf("largest message: %v", err)
	}
	got := make(chan int, 1)
	go func() { done <- l.Subscribe("#", func(_ string, p []byte) { got <- len(p) }) }()
	b.grant(1)
	if err := recv(t, done); err != nil {
		t.Fatal(err)
	}
	b.deliver(c, 1, topic, string(make([]byte, MaxPayload)))
	if n := recv(t, got); n != MaxPayload {
		t.Errorf("received %d bytes, want %d", n, MaxPayload)
	}
}
