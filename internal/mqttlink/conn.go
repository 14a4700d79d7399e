package mqttlink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

// qos is the quality of service of everything here: at least once.
const qos = 1

// errLost says that the connection ended before the broker had answered.
var errLost = errors.New("connection to the broker lost")

// errSilent is the reason for giving up a connection without answers.
var errSilent = errors.New("the broker doesn't answer a subscription")

// conn is one connection from CONNECT to its end. The library's own
// reconnection is not used: it keeps every unacknowledged message in memory
// for as long as the broker is away, and repeats and reorders them afterwards.
// A new connection starts empty, and whoever waits sends again.
type conn struct {
	client  mqtt.Client
	timeout time.Duration

	lost   chan struct{} // closed when the connection is over
	once   sync.Once
	reason error // why; set before lost is closed

	established map[*subscription]bool // used by Link under its mutex
}

// dialConn connects once. ctx ends the attempt, not the connection.
func dialConn(ctx context.Context, o Options, u *url.URL) (*conn, error) {
	c := &conn{timeout: o.Timeout, lost: make(chan struct{}), established: map[*subscription]bool{}}
	stopWatching := func() bool { return true }
	po := mqtt.NewClientOptions()
	po.Servers = []*url.URL{u}
	po.SetClientID(o.ClientID).SetUsername(o.Username).SetPassword(o.Password)
	po.SetProtocolVersion(4) // 3.1.1; the library would fall back to 3.1
	po.SetCleanSession(true).SetAutoReconnect(false).SetConnectRetry(false).SetOrderMatters(true)
	po.SetKeepAlive(o.KeepAlive.Truncate(time.Second))
	po.SetConnectTimeout(o.Timeout).SetPingTimeout(o.Timeout).SetWriteTimeout(o.Timeout)
	po.SetConnectionLostHandler(func(_ mqtt.Client, err error) { c.fail(err) })
	po.SetCustomOpenConnectionFn(func(u *url.URL, _ mqtt.ClientOptions) (net.Conn, error) {
		dialCtx, cancel := context.WithTimeout(ctx, o.Timeout)
		defer cancel()
		nc, err := open(dialCtx, u, o.TLS)
		if err != nil {
			return nil, err
		}
		stopWatching = context.AfterFunc(ctx, func() { nc.Close() })
		return newGuard(nc), nil
	})
	c.client = mqtt.NewClient(po)
	token := c.client.Connect()
	<-token.Done() // bounded: the attempt by Timeout, the handshake by Timeout
	stopped := stopWatching()
	if err := token.Error(); err != nil {
		return nil, fmt.Errorf("connect to broker: %w", err)
	}
	if !stopped {
		c.close()
		return nil, context.Cause(ctx)
	}
	return c, nil
}

// fail declares the connection over; the first reason counts.
func (c *conn) fail(err error) {
	c.once.Do(func() {
		c.reason = err
		close(c.lost)
	})
}

// close ends the connection politely, or by force after a quarter of a second.
func (c *conn) close() {
	c.fail(errLost)
	c.client.Disconnect(250)
}

// await runs start, which hands a packet to the library, and waits for the broker's
// answer. The library may hold on to start and never complete its token
// when the connection breaks in the wrong moment, hence the goroutine and c.lost.
func (c *conn) await(ctx context.Context, start func() mqtt.Token) (mqtt.Token, error) {
	answered := make(chan mqtt.Token, 1)
	go func() {
		token := start()
		select {
		case <-token.Done():
			answered <- token
		case <-c.lost:
		}
	}()
	select {
	case token := <-answered:
		if err := token.Error(); err != nil {
			// Whatever the library calls it, a packet that could not be sent or
			// was never answered means that this connection is of no more use.
			c.fail(err)
			return nil, errLost
		}
		return token, nil
	case <-c.lost:
		return nil, errLost
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// publish returns nil after the broker's acknowledgement, errLost when the
// connection ended before, and ctx's error otherwise.
func (c *conn) publish(ctx context.Context, m message, retained bool) error {
	_, err := c.await(ctx, func() mqtt.Token {
		return c.client.Publish(m.topic, qos, retained, m.payload)
	})
	return err
}

// subscribe asks for s and waits for the broker's consent. A broker that doesn't
// answer within the time-out has lost this connection: errLost.
func (c *conn) subscribe(ctx context.Context, s *subscription) error {
	silence := time.AfterFunc(c.timeout, func() { c.fail(errSilent) })
	defer silence.Stop()
	token, err := c.await(ctx, func() mqtt.Token {
		return c.client.Subscribe(s.filter, qos, func(_ mqtt.Client, m mqtt.Message) {
			s.receive(m.Topic(), m.Payload())
		})
	})
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", s.filter, err)
	}
	for _, code := range token.(*mqtt.SubscribeToken).Result() {
		if code > 2 {
			return fmt.Errorf("subscribe to %s: %w", s.filter, ErrRefused)
		}
	}
	return nil
}
