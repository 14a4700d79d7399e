package mqttlink

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of what a link carries.
const (
	// MaxPayload is the largest payload of a message, in bytes, both ways.
	MaxPayload = 1 << 20
	// MaxTopic is the longest topic or filter, in bytes.
	MaxTopic = 1024
	// maxSubscriptions bounds the filters of one link.
	maxSubscriptions = 64
	// maxClientID bounds the client identifier, in bytes.
	maxClientID = 256
	// publishWindow is how many publications may await their
	// acknowledgement at once; further callers wait their turn.
	publishWindow = 256
)

// Options say which broker to talk to, and how. Broker and ClientID are
// required; every other field has a default.
type Options struct {
	// Broker is the address: tcp://host:1883, tls://host:8883 or
	// unix:///path/of/socket. The port may be left out of the first two.
	// A user or password in the address is refused, since addresses get logged.
	Broker string
	// ClientID names this client to the broker, 1 to 256 bytes. Two links with
	// one name throw each other out in turn: give each process its own.
	ClientID string
	// Username and Password authenticate to the broker; empty sends none.
	Username, Password string
	// TLS configures a tls:// broker; nil verifies against the system's roots.
	TLS *tls.Config
	// KeepAlive is the longest silence before the link pings the broker, in
	// whole seconds, 1 s to 5 min. Default 30 s.
	KeepAlive time.Duration
	// Timeout bounds each answer of the broker: connecting, one write, a ping,
	// a subscription. It must cover sending the largest message over the slowest
	// line, since a ping queues behind it. Default 30 s.
	Timeout time.Duration
	// RetryMax is the longest pause between two attempts to connect; pauses
	// start at 0.2 s, double, and are spread by chance so that a thousand
	// gateways don't come back in the same instant. Default 30 s.
	RetryMax time.Duration
	// QueueMessages and QueueBytes bound what waits for the handler of one
	// subscription. Default 1024 messages and 64 MiB.
	QueueMessages, QueueBytes int
	// Log receives connection changes; nil is slog.Default.
	Log *slog.Logger
}

// withDefaults fills in what was left out and refuses what can't work.
func (o Options) withDefaults() (Options, *url.URL, error) {
	u, err := parseBroker(o.Broker)
	if err != nil {
		return o, nil, err
	}
	if o.ClientID == "" || len(o.ClientID) > maxClientID || !utf8.ValidString(o.ClientID) {
		return o, nil, fmt.Errorf("client id %.40q of broker %s: must be 1 to %d bytes of UTF-8", o.ClientID, o.Broker, maxClientID)
	}
	if o.Username == "" && o.Password != "" {
		return o, nil, fmt.Errorf("password for broker %s without a user name: set both or none", o.Broker)
	}
	setDefault(&o.KeepAlive, 30*time.Second)
	setDefault(&o.Timeout, 30*time.Second)
	setDefault(&o.RetryMax, 30*time.Second)
	setDefault(&o.QueueMessages, 1024)
	setDefault(&o.QueueBytes, 64<<20)
	if o.KeepAlive < time.Second || o.KeepAlive > 5*time.Minute {
		return o, nil, fmt.Errorf("keep-alive %v of broker %s: must be 1s to 5m", o.KeepAlive, o.Broker)
	}
	if o.Timeout < 0 || o.RetryMax < 0 || o.QueueMessages < 0 || o.QueueBytes < 0 {
		return o, nil, fmt.Errorf("options for broker %s: a time or limit is negative", o.Broker)
	}
	if o.QueueBytes < MaxPayload {
		return o, nil, fmt.Errorf("queue of %d bytes for broker %s: must hold one message of %d bytes", o.QueueBytes, o.Broker, MaxPayload)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Log = o.Log.With("broker", o.Broker)
	return o, u, nil
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// CheckBroker refuses an address that Dial would.
func CheckBroker(address string) error {
	_, err := parseBroker(address)
	return err
}

// parseBroker splits the address and fills in the port.
func parseBroker(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil {
		// The parser's own error repeats the whole address, password included.
		return nil, errors.New("broker address can't be read: write it as tcp://host:1883")
	}
	if u.User != nil {
		return nil, fmt.Errorf("broker address of %s holds a user name: use the options for user name and password", u.Host)
	}
	port := map[string]string{"tcp": "1883", "mqtt": "1883", "tls": "8883", "mqtts": "8883", "ssl": "8883"}[u.Scheme]
	switch {
	case u.Scheme == "unix" && u.Path != "":
		return u, nil
	case port == "" || u.Hostname() == "":
		return nil, fmt.Errorf("broker address %q: must be tcp://host:port, tls://host:port or unix:///path", s)
	case u.Port() == "":
		u.Host = net.JoinHostPort(u.Hostname(), port)
	}
	return u, nil
}

// checkTopic refuses what MQTT 3.1.1 section 4.7 forbids as a topic name or,
// with wild, as a topic filter.
func checkTopic(topic string, wild bool) error {
	switch {
	case topic == "" || len(topic) > MaxTopic:
		return fmt.Errorf("topic of %d bytes: must be 1 to %d", len(topic), MaxTopic)
	case !utf8.ValidString(topic) || strings.ContainsRune(topic, 0):
		return fmt.Errorf("topic %q: must be UTF-8 without NUL", topic)
	case !wild && strings.ContainsAny(topic, "+#"):
		return fmt.Errorf("topic %q: wildcards are for subscriptions only", topic)
	}
	levels := strings.Split(topic, "/")
	for i, level := range levels {
		if strings.ContainsAny(level, "+#") && len(level) > 1 {
			return fmt.Errorf("filter %q: a wildcard must fill its level", topic)
		}
		if level == "#" && i != len(levels)-1 {
			return fmt.Errorf("filter %q: # must come last", topic)
		}
	}
	return nil
}
