package broker_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eclipse/paho.mqtt.golang/packets"

	"github.com/gauger/gauger/internal/broker"
	"github.com/gauger/gauger/internal/mqttlink"
)

// patience ends a test that hangs; no test waits this long when all is well.
const patience = 20 * time.Second

func start(t *testing.T, o broker.Options) *broker.Broker {
	t.Helper()
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	b, err := broker.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func dial(t *testing.T, addr, id string) *mqttlink.Link {
	t.Helper()
	l, err := mqttlink.Dial(t.Context(), mqttlink.Options{
		Broker: "tcp://" + addr, ClientID: id, RetryMax: 50 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func recv[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// raw is a client that sends what the test wants, byte by byte.
type raw struct {
	t *testing.T
	net.Conn
}

func dialRaw(t *testing.T, addr string) raw {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return raw{t, c}
}

func (r raw) send(b []byte) {
	r.t.Helper()
	if _, err := r.Write(b); err != nil {
		r.t.Fatal(err)
	}
}

// connect returns the CONNACK's return code.
func (r raw) connect(change func(*packets.ConnectPacket)) byte {
	r.t.Helper()
	r.send(encode(connectPacket(change)))
	pk, err := packets.ReadPacket(r)
	if err != nil {
		r.t.Fatal(err)
	}
	return pk.(*packets.ConnackPacket).ReturnCode
}

// ended reads until the broker hangs up.
func (r raw) ended() []byte {
	r.t.Helper()
	rest, err := io.ReadAll(r)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		r.t.Fatal("the broker did not hang up")
	}
	return rest
}

func connectPacket(change func(*packets.ConnectPacket)) *packets.ConnectPacket {
	pk := packets.NewControlPacket(packets.Connect).(*packets.ConnectPacket)
	pk.ProtocolName, pk.ProtocolVersion = "MQTT", 4
	pk.CleanSession, pk.ClientIdentifier, pk.Keepalive = true, "raw", 60
	if change != nil {
		change(pk)
	}
	return pk
}

func encode(pk packets.ControlPacket) []byte {
	var b bytes.Buffer
	if err := pk.Write(&b); err != nil {
		panic(err) // a bytes.Buffer does not fail
	}
	return b.Bytes()
}

// mustWork checks that b still carries a message from one client to another.
func mustWork(t *testing.T, b *broker.Broker) {
	t.Helper()
	got := make(chan string, 1)
	l := dial(t, b.Addr(), "probe")
	if err := l.Subscribe("probe/+", func(_ string, p []byte) { got <- string(p) }); err != nil {
		t.Fatal(err)
	}
	if err := l.Publish(t.Context(), "probe/x", []byte("alive"), false); err != nil {
		t.Fatal(err)
	}
	if p := recv(t, got); p != "alive" {
		t.Errorf("received %q, want alive", p)
	}
	l.Close()
}

func TestMQTT5IsRefusedBeforeItCanDoHarm(t *testing.T) {
	b := start(t, broker.Options{})
	c := dialRaw(t, b.Addr())
	c.send([]byte{
		0x10, 14, 0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 60, 0, 0, 1, 'x', // CONNECT, version 5
		0x82, 6, 0, 1, 0, 0, 1, 'a', // SUBSCRIBE cut off before its options
	})
	if got, want := c.ended(), []byte{0x20, 2, 0, 1}; !bytes.HasPrefix(got, want) {
		t.Errorf("broker answered %x, want CONNACK %x (unacceptable protocol version)", got, want)
	}
	mustWork(t, b)
}

func TestTruncatedPacketsHarmNobody(t *testing.T) {
	b := start(t, broker.Options{})
	publish := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	publish.Qos, publish.MessageID, publish.TopicName, publish.Payload = 1, 7, "a/b", []byte("xyz")
	subscribe := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	subscribe.MessageID, subscribe.Topics, subscribe.Qoss = 8, []string{"a/#", "b"}, []byte{1, 0}
	unsubscribe := packets.NewControlPacket(packets.Unsubscribe).(*packets.UnsubscribePacket)
	unsubscribe.MessageID, unsubscribe.Topics = 9, []string{"a/#"}
	pubrel := packets.NewControlPacket(packets.Pubrel).(*packets.PubrelPacket)
	pubrel.MessageID = 3
	for _, pk := range []packets.ControlPacket{publish, subscribe, unsubscribe, pubrel, connectPacket(nil)} {
		whole := encode(pk)
		for n := 2; n < len(whole); n++ {
			cut := bytes.Clone(whole[:n])
			cut[1] = byte(n - 2) // a shorter packet that claims to be complete
			c := dialRaw(t, b.Addr())
			if code := c.connect(nil); code != 0 {
				t.Fatalf("CONNACK %d", code)
			}
			c.send(cut)
			c.Close()
			c = dialRaw(t, b.Addr()) // and as the first packet
			c.send(cut)
			c.Close()
		}
	}
	mustWork(t, b)
}

func TestRestartOnTheSamePort(t *testing.T) {
	b := start(t, broker.Options{})
	addr := b.Addr()
	got := make(chan string, 100)
	sub, pub := dial(t, addr, "sub"), dial(t, addr, "pub")
	if err := sub.Subscribe("m", func(_ string, p []byte) { got <- string(p) }); err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		want := fmt.Sprint(round)
		// The broker forgets; so the sender repeats until the receiver has it.
		for delivered := false; !delivered; {
			if err := pub.Publish(t.Context(), "m", []byte(want), false); err != nil {
				t.Fatal(err)
			}
			select {
			case p := <-got:
				delivered = p == want
			case <-time.After(50 * time.Millisecond):
			}
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b = start(t, broker.Options{Addr: addr})
		if b.Addr() != addr {
			t.Fatalf("restarted on %s, want %s", b.Addr(), addr)
		}
	}
}

func TestAllow(t *testing.T) {
	type question struct{ id, user, password, topic, write string }
	asked := make(chan question, 100)
	b := start(t, broker.Options{Allow: func(id, user, password, topic string, write bool) bool {
		asked <- question{id, user, password, topic, fmt.Sprint(write)}
		return password == "right" && !strings.HasPrefix(topic, "secret")
	}})
	login := func(password string) func(*packets.ConnectPacket) {
		return func(pk *packets.ConnectPacket) {
			pk.UsernameFlag, pk.PasswordFlag, pk.Username, pk.Password = true, true, "ann", []byte(password)
		}
	}
	if code := dialRaw(t, b.Addr()).connect(login("wrong")); code != 5 {
		t.Errorf("wrong password: CONNACK %d, want 5", code)
	}
	if q, want := recv(t, asked), (question{"raw", "ann", "wrong", "", "false"}); q != want {
		t.Errorf("asked %v, want %v", q, want)
	}
	code := dialRaw(t, b.Addr()).connect(func(pk *packets.ConnectPacket) {
		login("right")(pk)
		pk.WillFlag, pk.WillTopic, pk.WillMessage = true, "secret/x", []byte("boo")
	})
	if code != 5 {
		t.Errorf("last will on a forbidden topic: CONNACK %d, want 5", code)
	}
	recv(t, asked)

	c := dialRaw(t, b.Addr())
	if code := c.connect(login("right")); code != 0 {
		t.Fatalf("right password: CONNACK %d, want 0", code)
	}
	recv(t, asked)
	subscribe := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
	subscribe.MessageID, subscribe.Topics, subscribe.Qoss = 1, []string{"$share/g/a/+", "secret/#"}, []byte{1, 1}
	c.send(encode(subscribe))
	pk, err := packets.ReadPacket(c)
	if err != nil {
		t.Fatal(err)
	}
	if codes := pk.(*packets.SubackPacket).ReturnCodes; !bytes.Equal(codes, []byte{1, 0x80}) {
		t.Errorf("SUBACK %x, want 0180", codes)
	}
	if q, want := recv(t, asked), (question{"raw", "ann", "right", "a/+", "false"}); q != want {
		t.Errorf("asked %v, want %v: a share prefix is no part of the filter", q, want)
	}
	recv(t, asked)
	publish := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	publish.Qos, publish.MessageID, publish.TopicName = 1, 2, "secret/y"
	c.send(encode(publish))
	c.ended() // no acknowledgement in version 3.1.1 can say no
	if q, want := recv(t, asked), (question{"raw", "ann", "right", "secret/y", "true"}); q != want {
		t.Errorf("asked %v, want %v", q, want)
	}
}

func TestNothingIsKeptForAnAbsentClient(t *testing.T) {
	b := start(t, broker.Options{})
	persistent := func(pk *packets.ConnectPacket) { pk.CleanSession = false }
	for range 2 {
		c := dialRaw(t, b.Addr())
		c.send(encode(connectPacket(persistent)))
		pk, err := packets.ReadPacket(c)
		if err != nil {
			t.Fatal(err)
		}
		if pk.(*packets.ConnackPacket).SessionPresent {
			t.Error("the broker kept a session over a lost connection")
		}
		c.Close()
	}
}

func TestLimitsOfConnections(t *testing.T) {
	t.Run("packets over the limit end the connection", func(t *testing.T) {
		b := start(t, broker.Options{})
		c := dialRaw(t, b.Addr())
		c.connect(nil)
		c.send([]byte{0x30, 0xff, 0xff, 0xff, 0x7f})
		c.ended()
		mustWork(t, b)
	})
	t.Run("a payload of 1 MiB passes", func(t *testing.T) {
		b := start(t, broker.Options{})
		l := dial(t, b.Addr(), "big")
		got := make(chan int, 1)
		if err := l.Subscribe("#", func(_ string, p []byte) { got <- len(p) }); err != nil {
			t.Fatal(err)
		}
		if err := l.Publish(t.Context(), strings.Repeat("t", 1024), make([]byte, 1<<20), false); err != nil {
			t.Fatal(err)
		}
		if n := recv(t, got); n != 1<<20 {
			t.Errorf("received %d bytes", n)
		}
	})
	t.Run("connections over the limit are closed, silent ones count", func(t *testing.T) {
		b := start(t, broker.Options{MaxClients: 2})
		silent := dialRaw(t, b.Addr())
		c := dialRaw(t, b.Addr())
		if code := c.connect(nil); code != 0 {
			t.Fatalf("CONNACK %d", code)
		}
		dialRaw(t, b.Addr()).ended()
		silent.Close()
		for {
			again := dialRaw(t, b.Addr())
			again.send(encode(connectPacket(func(pk *packets.ConnectPacket) { pk.ClientIdentifier = "other" })))
			if _, err := packets.ReadPacket(again); err == nil {
				return // the place of the silent one is free
			}
		}
	})
}

func TestLimitsOfOneClient(t *testing.T) {
	t.Run("a client identifier over the limit is refused", func(t *testing.T) {
		b := start(t, broker.Options{})
		code := dialRaw(t, b.Addr()).connect(func(pk *packets.ConnectPacket) { pk.ClientIdentifier = strings.Repeat("x", 257) })
		if code != 2 {
			t.Errorf("CONNACK %d, want 2", code)
		}
	})
	t.Run("filters over the limit are refused one by one", func(t *testing.T) {
		b := start(t, broker.Options{})
		c := dialRaw(t, b.Addr())
		c.connect(nil)
		pk := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
		pk.MessageID = 1
		for i := range 130 {
			pk.Topics, pk.Qoss = append(pk.Topics, fmt.Sprint("f/", i)), append(pk.Qoss, 1)
		}
		c.send(encode(pk))
		ack, err := packets.ReadPacket(c)
		if err != nil {
			t.Fatal(err)
		}
		codes := ack.(*packets.SubackPacket).ReturnCodes
		if len(codes) != 130 || codes[127] != 1 || codes[128] != 0x80 || codes[129] != 0x80 {
			t.Errorf("SUBACK %x, want 128 filters granted and 2 refused", codes)
		}
	})
	t.Run("messages a slow client does not take are dropped and counted", func(t *testing.T) {
		b := start(t, broker.Options{MaxInflight: 5})
		slow := dialRaw(t, b.Addr())
		slow.connect(nil)
		pk := packets.NewControlPacket(packets.Subscribe).(*packets.SubscribePacket)
		pk.MessageID, pk.Topics, pk.Qoss = 1, []string{"m"}, []byte{1}
		slow.send(encode(pk))
		if _, err := packets.ReadPacket(slow); err != nil {
			t.Fatal(err)
		}
		l := dial(t, b.Addr(), "fast")
		for range 12 {
			if err := l.Publish(t.Context(), "m", nil, false); err != nil {
				t.Fatal(err)
			}
		}
		// The acknowledgement precedes the forwarding, so one more round trip.
		if err := l.Publish(t.Context(), "other", nil, false); err != nil {
			t.Fatal(err)
		}
		if n := b.Dropped(); n != 7 {
			t.Errorf("dropped %d messages, want 7 of 12: the client acknowledges none", n)
		}
	})
}

func TestRetainedTopicsAreBounded(t *testing.T) {
	const own = 20 // $SYS topics, which count as well
	b := start(t, broker.Options{MaxRetained: own + 3})
	l := dial(t, b.Addr(), "pub")
	for i := range 5 {
		if err := l.Publish(t.Context(), fmt.Sprint("r/", i), []byte("x"), true); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Publish(t.Context(), "r/0", []byte("renewed"), true); err != nil {
		t.Fatal(err)
	}
	first := make(chan string, 10)
	if err := l.Subscribe("r/+", func(_ string, p []byte) { first <- string(p) }); err != nil {
		t.Fatal(err)
	}
	values := map[string]int{}
	for range 3 {
		values[recv(t, first)]++
	}
	if values["renewed"] != 1 || values["x"] != 2 {
		t.Errorf("retained %v, want one renewed and two x", values)
	}
	if err := l.Publish(t.Context(), "r/end", []byte("end"), false); err != nil {
		t.Fatal(err)
	}
	if p := recv(t, first); p != "end" {
		t.Errorf("a fourth retained message came: %q", p)
	}
}

// lockedBuffer is a log that several goroutines may write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func TestNoPasswordInTheLog(t *testing.T) {
	var log lockedBuffer
	b := start(t, broker.Options{Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	c := dialRaw(t, b.Addr())
	login := func(pk *packets.ConnectPacket) {
		pk.UsernameFlag, pk.PasswordFlag, pk.Username, pk.Password = true, true, "ann", []byte("hunter2")
	}
	c.connect(login)
	c.send(encode(connectPacket(login))) // a second CONNECT is an error, which mochi logs with the packet
	c.ended()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	text := log.b.String()
	if !strings.Contains(text, "error processing packet") {
		t.Errorf("the log misses the error:\n%s", text)
	}
	for _, secret := range []string{"hunter2", fmt.Sprint([]byte("hunter2"))} {
		if strings.Contains(text, secret) {
			t.Errorf("the log shows the password:\n%s", text)
		}
	}
}

func TestCloseDoesNotWaitForClients(t *testing.T) {
	b := start(t, broker.Options{})
	dialRaw(t, b.Addr()) // never says CONNECT
	c := dialRaw(t, b.Addr())
	c.connect(nil) // never reads again
	done := make(chan error, 2)
	go func() { done <- b.Close() }()
	go func() { done <- b.Close() }()
	for range 2 {
		if err := recv(t, done); err != nil {
			t.Error(err)
		}
	}
}

func TestStartErrors(t *testing.T) {
	b := start(t, broker.Options{})
	tests := []struct {
		name string
		o    broker.Options
		want string
	}{
		{"no address", broker.Options{}, "address is empty"},
		{"address in use", broker.Options{Addr: b.Addr()}, b.Addr()},
		{"too many in flight", broker.Options{Addr: "127.0.0.1:0", MaxInflight: 70000}, "65535"},
		{"negative limit", broker.Options{Addr: "127.0.0.1:0", MaxClients: -1}, "clients"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := broker.Start(tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
}
