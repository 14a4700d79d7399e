// Package broker is the MQTT broker inside gauger: mochi-mqtt behind one small
// door, so that it can be replaced. It speaks MQTT 3.1 and 3.1.1, forwards messages
// between those connected at the moment, and keeps nothing for those who are
// not: it acknowledges before it forwards, drops what a slow reader doesn't take,
// and forgets everything when it stops. Whoever needs more must confirm end to end.
package broker

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
)

// Limits that no option changes.
const (
	// MaxPacket is the largest packet a client may send, in bytes: a payload of
	// 1 MiB with its topic.
	MaxPacket = 1<<20 + 4<<10
	// maxTopic bounds topics and filters, in bytes.
	maxTopic = 1024
	// maxClientID bounds the client identifier, in bytes.
	maxClientID = 256
	// maxSubscriptions bounds the filters of one client.
	maxSubscriptions = 128
	// maxKeepAlive is the longest keep-alive a client gets, in seconds, also when
	// it asks for none: a dead peer must not hold its place for ever.
	maxKeepAlive = 300
	// handshakeTime is how long a connection may take to say CONNECT.
	handshakeTime = 10 * time.Second
	// statusInterval is how often $SYS topics are renewed, in seconds. Each
	// renewal stops the process for a moment to count its memory.
	statusInterval = 60
)

// Options say where a broker listens and what it allows.
type Options struct {
	// Addr is the address to listen on, such as 127.0.0.1:1883, and nothing
	// else is bound. Port 0 picks a free one, see Broker.Addr. Required.
	Addr string
	// TLS, when not nil, makes the listener speak TLS.
	TLS *tls.Config
	// MaxClients is how many connections there may be at once; more are closed
	// as they come. Default 1024.
	MaxClients int
	// MaxInflight is how many messages may wait for one slow client,
	// unacknowledged or unsent; more are dropped. At most 65535, default 1024.
	MaxInflight int
	// MaxRetained is how many topics may hold a retained message, the broker's own
	// 20 under $SYS included; beyond that messages are forwarded but not
	// retained. Default 1024.
	MaxRetained int
	// Allow is the access rule; nil allows everything. It is asked with an empty
	// topic whether a client may connect at all, with write whether it may publish
	// to a topic (its last will included), and without write whether it may
	// subscribe to a filter (wildcards in it, a $share prefix taken off) and
	// receive from a topic. It is called at once from many goroutines, for each
	// delivery of each message: it must be quick, and remember rather than compute.
	Allow func(clientID, username, password, topic string, write bool) bool
	// Log receives what the broker has to say; nil is slog.Default. No payload
	// and no password is ever logged.
	Log *slog.Logger
}

// Broker is a running broker.
type Broker struct {
	server   *mqtt.Server
	listener *listener
	log      *slog.Logger
	close    func() error
}

// Start listens on o.Addr and serves until Close. An error names the address or
// the option that is wrong.
func Start(o Options) (*Broker, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	quiet := slog.New(newDiscreet(o.Log.Handler()))
	caps := mqtt.NewDefaultServerCapabilities()
	caps.MaximumClients = int64(o.MaxClients)
	caps.MaximumInflight = uint16(o.MaxInflight)
	caps.ReceiveMaximum = uint16(o.MaxInflight)
	caps.MaximumClientWritesPending = int32(o.MaxInflight)
	caps.MaximumPacketSize = MaxPacket
	caps.MaximumSessionExpiryInterval = 60 // for what a crash of a connection leaves behind
	server := mqtt.New(&mqtt.Options{
		Capabilities:           caps,
		Logger:                 quiet,
		SysTopicResendInterval: statusInterval,
	})
	l := newListener(o.Addr, o.TLS, o.MaxClients, quiet)
	h := &rules{allow: o.Allow, retained: server.Topics.Retained, maxRetained: o.MaxRetained}
	if err := server.AddHook(h, nil); err != nil {
		return nil, fmt.Errorf("start broker: %w", err)
	}
	if err := server.AddListener(l); err != nil {
		return nil, fmt.Errorf("start broker on %s (is the address in use?): %w", o.Addr, err)
	}
	if err := server.Serve(); err != nil {
		return nil, fmt.Errorf("start broker on %s: %w", o.Addr, errors.Join(err, server.Close()))
	}
	o.Log.Info("broker listens", "addr", l.Address())
	return &Broker{server: server, listener: l, log: o.Log, close: sync.OnceValue(server.Close)}, nil
}

func (o Options) withDefaults() (Options, error) {
	if o.Addr == "" {
		return o, errors.New("broker address is empty: give host:port, or 127.0.0.1:0 for any free port")
	}
	for _, v := range []struct {
		name  string
		value *int
		max   int
	}{
		{"clients", &o.MaxClients, math.MaxInt32},
		{"in-flight messages", &o.MaxInflight, math.MaxUint16},
		{"retained messages", &o.MaxRetained, math.MaxInt32},
	} {
		if *v.value == 0 {
			*v.value = 1024
		}
		if *v.value < 0 || *v.value > v.max {
			return o, fmt.Errorf("broker limit of %d %s: must be 1 to %d", *v.value, v.name, v.max)
		}
	}
	if o.Allow == nil {
		o.Allow = func(_, _, _, _ string, _ bool) bool { return true }
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o, nil
}

// Addr returns the address the broker listens on, with its port.
func (b *Broker) Addr() string { return b.listener.Address() }

// Dropped returns how many messages were dropped since Start because a client
// took them too slowly.
func (b *Broker) Dropped() int64 {
	return atomic.LoadInt64(&b.server.Info.MessagesDropped) + atomic.LoadInt64(&b.server.Info.InflightDropped)
}

// Close cuts all connections and frees the address; it returns when all is
// quiet. Further calls do nothing.
func (b *Broker) Close() error {
	err := b.close()
	b.log.Info("broker stopped", "addr", b.Addr())
	return err
}
