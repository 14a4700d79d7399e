package mqttlink

import (
	"strings"
	"testing"
	"time"
)

func TestOptionsRefused(t *testing.T) {
	good := Options{Broker: "tcp://127.0.0.1:1883", ClientID: "x"}
	tests := []struct {
		name   string
		change func(*Options)
		want   string // part of the error
	}{
		{"no broker", func(o *Options) { o.Broker = "" }, "broker address"},
		{"no scheme", func(o *Options) { o.Broker = "127.0.0.1:1883" }, "tcp://host"},
		{"web socket", func(o *Options) { o.Broker = "ws://h/" }, "tcp://host"},
		{"no host", func(o *Options) { o.Broker = "tcp://:1883" }, "tcp://host"},
		{"no socket path", func(o *Options) { o.Broker = "unix://" }, "unix:///path"},
		{"password in the address", func(o *Options) { o.Broker = "tcp://me:secret@h:1883" }, "holds a user name"},
		{"unreadable address with a password", func(o *Options) { o.Broker = "tcp://me:secret@h:port" }, "can't be read"},
		{"no client id", func(o *Options) { o.ClientID = "" }, "client id"},
		{"long client id", func(o *Options) { o.ClientID = strings.Repeat("x", 257) }, "1 to 256"},
		{"password without user", func(o *Options) { o.Password = "secret" }, "without a user name"},
		{"keep-alive too short", func(o *Options) { o.KeepAlive = time.Millisecond }, "1s to 5m"},
		{"keep-alive too long", func(o *Options) { o.KeepAlive = time.Hour }, "1s to 5m"},
		{"negative time-out", func(o *Options) { o.Timeout = -1 }, "negative"},
		{"queue smaller than a message", func(o *Options) { o.QueueBytes = 100 }, "must hold one message"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			o := good
			tc.change(&o)
			_, err := Dial(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("error shows the password: %v", err)
			}
		})
	}
}

func TestBrokerAddress(t *testing.T) {
	tests := []struct{ in, scheme, host string }{
		{"tcp://h", "tcp", "h:1883"},
		{"mqtt://h:99", "mqtt", "h:99"},
		{"tls://h", "tls", "h:8883"},
		{"mqtts://[::1]", "mqtts", "[::1]:8883"},
		{"unix:///run/mqtt.sock", "unix", ""},
	}
	for _, tc := range tests {
		u, err := parseBroker(tc.in)
		if err != nil || u.Scheme != tc.scheme || u.Host != tc.host {
			t.Errorf("%s: %v, %v; want %s at %s", tc.in, u, err, tc.scheme, tc.host)
		}
	}
}

func TestCheckTopic(t *testing.T) {
	tests := []struct {
		topic        string
		name, filter bool // acceptable as a topic name, as a filter
	}{
		{"a/b", true, true},
		{"/", true, true},
		{"a//b", true, true},
		{"+/b", false, true},
		{"a/#", false, true},
		{"#", false, true},
		{"$share/g/a/+", false, true},
		{"", false, false},
		{"a+/b", false, false},
		{"#/a", false, false},
		{"a/b#", false, false},
		{"a\x00b", false, false},
		{"a\xff", false, false},
		{strings.Repeat("t", MaxTopic), true, true},
		{strings.Repeat("t", MaxTopic+1), false, false},
	}
	for _, tc := range tests {
		if err := checkTopic(tc.topic, false); (err == nil) != tc.name {
			t.Errorf("topic %.20q as a name: %v, want acceptable %v", tc.topic, err, tc.name)
		}
		if err := checkTopic(tc.topic, true); (err == nil) != tc.filter {
			t.Errorf("topic %.20q as a filter: %v, want acceptable %v", tc.topic, err, tc.filter)
		}
	}
}
