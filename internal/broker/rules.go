package broker

import (
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"
)

// rules is what we add to mochi-mqtt: the access rule, and limits that it doesn't
// have itself.
type rules struct {
	mqtt.HookBase
	allow       func(clientID, username, password, topic string, write bool) bool
	retained    *packets.Packets
	maxRetained int
}

var _ mqtt.Hook = (*rules)(nil)

// ID names the hook in mochi's log.
func (*rules) ID() string { return "gauger-rules" }

// Provides lists the calls this hook wants.
func (*rules) Provides(b byte) bool {
	switch b {
	case mqtt.OnPacketRead, mqtt.OnConnect, mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnSubscribe, mqtt.OnPublish:
		return true
	}
	return false
}

// OnPacketRead makes every session a clean one: a session that outlives its
// connection would collect messages in memory for a client that may never return.
func (*rules) OnPacketRead(_ *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if pk.FixedHeader.Type == packets.Connect && pk.Connect.ClientIdentifier != "" {
		pk.Connect.Clean = true
	}
	return pk, nil
}

// OnConnect refuses MQTT 5 and later: a truncated MQTT 5 SUBSCRIBE makes
// mochi-mqtt v2.7.9 panic (its issue 501), and its flow control for version 5 takes a
// read lock twice, which can hang. The refusal is the one of MQTT 3.1.1 section
// 3.2.2.3, which tells the client to come again with an older version.
func (r *rules) OnConnect(cl *mqtt.Client, pk packets.Packet) error {
	if cl.Properties.ProtocolVersion > 4 {
		refuse(cl, 1)
		return packets.ErrUnsupportedProtocolVersion
	}
	if len(cl.ID) > maxClientID {
		refuse(cl, 2)
		return packets.ErrClientIdentifierNotValid
	}
	if cl.State.Keepalive == 0 || cl.State.Keepalive > maxKeepAlive {
		cl.State.Keepalive = maxKeepAlive
	}
	c, ok := cl.Net.Conn.(*conn)
	if !ok {
		return packets.ErrUnspecifiedError
	}
	c.password = string(pk.Connect.Password)
	if will := &cl.Properties.Will; pk.Connect.WillFlag {
		// mochi publishes a last will without asking any hook about it.
		if !mqtt.IsValidFilter(will.TopicName, true) || !r.OnACLCheck(cl, will.TopicName, true) {
			refuse(cl, 5)
			return packets.ErrNotAuthorized
		}
		will.Retain = will.Retain && r.mayRetain(will.TopicName)
	}
	return nil
}

// refuse sends a CONNACK with an MQTT 3.1.1 return code; the caller ends the
// connection, so a failure to write changes nothing.
func refuse(cl *mqtt.Client, code byte) {
	_, _ = cl.Net.Conn.Write([]byte{packets.Connack << 4, 2, 0, code})
}

// OnConnectAuthenticate asks the access rule whether the client may connect.
func (r *rules) OnConnectAuthenticate(cl *mqtt.Client, pk packets.Packet) bool {
	return r.allow(cl.ID, string(cl.Properties.Username), string(pk.Connect.Password), "", false)
}

// OnACLCheck asks the access rule about a topic or, when a client subscribes, a
// filter.
func (r *rules) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	if len(topic) > maxTopic {
		return false
	}
	if !write && mqtt.IsSharedFilter(topic) {
		parts := strings.SplitN(topic, "/", 3) // $share, group, filter
		if len(parts) < 3 {
			return false
		}
		topic = parts[2]
	}
	c, ok := cl.Net.Conn.(*conn)
	return ok && topic != "" && r.allow(cl.ID, string(cl.Properties.Username), c.password, topic, write)
}

// OnSubscribe spoils the filters beyond the limit, which mochi then refuses one by
// one.
func (*rules) OnSubscribe(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	room := maxSubscriptions - cl.State.Subscriptions.Len()
	for i := range pk.Filters {
		if i >= room {
			pk.Filters[i].Filter = ""
		}
	}
	return pk
}

// OnPublish takes the retain flag off what would be one retained topic too many.
func (r *rules) OnPublish(_ *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if pk.FixedHeader.Retain && len(pk.Payload) > 0 {
		pk.FixedHeader.Retain = r.mayRetain(pk.TopicName)
	}
	return pk, nil
}

// mayRetain reports whether a message to topic may be retained: its topic has one
// already, or there is room for one more.
func (r *rules) mayRetain(topic string) bool {
	_, known := r.retained.Get(topic)
	return known || r.retained.Len() < r.maxRetained
}
