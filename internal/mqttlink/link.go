// Package mqttlink is the door to MQTT: one link to one broker, protocol 3.1.1,
// quality of service 1, that comes back by itself for as long as it takes. It
// promises little, so that the layers above can rely on it: a publication counts once
// the broker acknowledged it, a message may arrive twice, late, or not at all, and
// memory stays bounded whatever the broker or a slow handler does.
package mqttlink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrClosed is returned by a link that was closed.
	ErrClosed = errors.New("link to the broker is closed")
	// ErrRefused is returned when the broker's access rules forbid a subscription.
	ErrRefused = errors.New("refused by the broker's access rules")
)

// Link is a connection to a broker that is renewed whenever it breaks. All its
// methods may be called at once from several goroutines.
type Link struct {
	opts   Options
	broker *url.URL
	log    *slog.Logger
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup
	window chan struct{} // one place for each publication under way
	tried  chan struct{} // closed after the first attempt to connect

	dropped atomic.Uint64

	mu      sync.Mutex // guards what follows
	current *conn      // nil while there is no connection
	changed chan struct{}
	subs    []*subscription
}

// subscription is a filter, its handler, and what waits for the handler.
type subscription struct {
	filter  string
	handler func(topic string, payload []byte)
	queue   *queue
	dropped *atomic.Uint64
	log     *slog.Logger
}

// Dial starts a link. It waits until the first attempt to connect has succeeded
// or failed, or ctx is done, and returns the link in each of these cases: a broker that
// is away is no error, the link goes on trying until Close. Errors are
// those of the options only.
func Dial(ctx context.Context, o Options) (*Link, error) {
	o, u, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	l := &Link{
		opts: o, broker: u, log: o.Log,
		window:  make(chan struct{}, publishWindow),
		tried:   make(chan struct{}),
		changed: make(chan struct{}),
	}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	l.wg.Go(l.run)
	select {
	case <-l.tried:
	case <-ctx.Done():
	}
	return l, nil
}

// Publish sends payload (at most MaxPayload bytes) to topic and returns nil once
// the broker has acknowledged it. While there is no connection it waits, and a
// message that was under way when the connection broke is sent again, so
// subscribers may see it twice. ctx bounds the wait; after an error the broker may or
// may not have the message. payload may be changed as soon as Publish returned.
func (l *Link) Publish(ctx context.Context, topic string, payload []byte, retained bool) error {
	if err := checkTopic(topic, false); err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	if len(payload) > MaxPayload {
		return fmt.Errorf("publish to %s: payload of %d bytes, the limit is %d", topic, len(payload), MaxPayload)
	}
	select {
	case l.window <- struct{}{}:
		defer func() { <-l.window }()
	case <-ctx.Done():
		return fmt.Errorf("publish to %s: waiting for earlier messages: %w", topic, context.Cause(ctx))
	case <-l.ctx.Done():
		return fmt.Errorf("publish to %s: %w", topic, ErrClosed)
	}
	// The library may still hold the payload when ctx ends the wait.
	m := message{topic: topic, payload: bytes.Clone(payload)}
	for {
		c, err := l.connection(ctx)
		if err != nil {
			return fmt.Errorf("publish to %s: %w", topic, err)
		}
		switch err := c.publish(ctx, m, retained); {
		case err == nil:
			return nil
		case !errors.Is(err, errLost):
			return fmt.Errorf("publish to %s: no acknowledgement: %w", topic, err)
		}
	}
}

// connection waits for one that is up.
func (l *Link) connection(ctx context.Context) (*conn, error) {
	for {
		l.mu.Lock()
		c, changed := l.current, l.changed
		l.mu.Unlock()
		if c != nil {
			select {
			case <-c.lost: // the run loop will take it away in a moment
			default:
				return c, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("no connection to %s: %w", l.opts.Broker, context.Cause(ctx))
		case <-l.ctx.Done():
			return nil, ErrClosed
		}
	}
}

// Subscribe has handler called with each message whose topic matches the filter
// topic, one after the other in the order of arrival, from a goroutine of this
// subscription alone, so a handler may block and may publish. Messages that come
// while the queue (Options.QueueMessages, QueueBytes) is full are
// dropped and counted. The subscription is made now when there is a connection, and
// anew with each later one; an error now is final, and ErrRefused when the broker's
// rules forbid it. Payloads belong to the handler.
func (l *Link) Subscribe(topic string, handler func(topic string, payload []byte)) error {
	if err := checkTopic(topic, true); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	s := &subscription{
		filter: topic, handler: handler, log: l.log, dropped: &l.dropped,
		queue: newQueue(l.opts.QueueMessages, l.opts.QueueBytes),
	}
	c, err := l.register(s)
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", topic, err)
	}
	if c == nil {
		return nil
	}
	switch err := c.subscribe(l.ctx, s); {
	case err == nil, errors.Is(err, errLost):
		return nil
	case l.ctx.Err() != nil:
		return fmt.Errorf("subscribe to %s: %w", topic, ErrClosed)
	default:
		l.unregister(s)
		return err
	}
}

// register adds s and starts its goroutine; it returns the connection that does
// not have it yet, nil when there is none.
func (l *Link) register(s *subscription) (*conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.ctx.Err() != nil:
		return nil, ErrClosed
	case len(l.subs) >= maxSubscriptions:
		return nil, fmt.Errorf("already %d subscriptions, the limit", maxSubscriptions)
	case slices.ContainsFunc(l.subs, func(o *subscription) bool { return o.filter == s.filter }):
		return nil, errors.New("already subscribed: use one handler")
	}
	l.subs = append(l.subs, s)
	l.wg.Go(s.serve)
	if l.current != nil {
		l.current.established[s] = true
	}
	return l.current, nil
}

func (l *Link) unregister(s *subscription) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.subs = slices.DeleteFunc(l.subs, func(o *subscription) bool { return o == s })
	s.queue.close()
}

// Connected reports whether the broker is reachable right now.
func (l *Link) Connected() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current != nil
}

// Dropped returns how many messages found the queue of their handler full since
// Dial.
func (l *Link) Dropped() uint64 { return l.dropped.Load() }

// Close ends the link. Publications under way fail with ErrClosed; when it
// returns no handler runs any more, so it must not be called from a handler.
func (l *Link) Close() {
	l.cancel()
	l.mu.Lock()
	for _, s := range l.subs {
		s.queue.close()
	}
	l.mu.Unlock()
	l.wg.Wait()
}

// receive is called by the library, which must not be kept waiting.
func (s *subscription) receive(topic string, payload []byte) {
	if s.queue.put(message{topic: topic, payload: payload}) {
		return
	}
	// A full queue brings thousands of these; one line in a thousand says enough.
	if n := s.dropped.Add(1); n%1000 == 1 {
		s.log.Warn("handler too slow, message dropped", "filter", s.filter, "dropped_total", n)
	}
}

// serve calls the handler until the queue is closed.
func (s *subscription) serve() {
	for {
		m, ok := s.queue.take()
		if !ok {
			return
		}
		s.handler(m.topic, m.payload)
	}
}

// run keeps a connection up until Close.
func (l *Link) run() {
	firstPause := min(200*time.Millisecond, l.opts.RetryMax)
	pause, lastError := firstPause, ""
	for l.ctx.Err() == nil {
		c, err := l.connect()
		l.markTried()
		switch {
		case l.ctx.Err() != nil:
		case err != nil:
			level := slog.LevelDebug // a month without network must not fill the log
			if err.Error() != lastError {
				level, lastError = slog.LevelWarn, err.Error()
			}
			l.log.Log(l.ctx, level, "broker not reachable, will try again", "error", err)
		default:
			lastError = ""
			up := time.Now()
			l.hold(c)
			if time.Since(up) > l.opts.RetryMax {
				pause = firstPause
			}
		}
		if c != nil {
			c.close()
		}
		select {
		case <-time.After(pause/2 + rand.N(pause)):
		case <-l.ctx.Done():
		}
		pause = min(2*pause, l.opts.RetryMax)
	}
}

// hold waits until c is over.
func (l *Link) hold(c *conn) {
	l.log.Info("connected to broker")
	select {
	case <-c.lost:
		l.log.Warn("connection to broker lost", "error", c.reason)
	case <-l.ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.setCurrent(nil)
}

// connect makes one connection and puts all subscriptions on it before it is
// offered to Publish, so that no reply to a publication can be missed.
func (l *Link) connect() (*conn, error) {
	c, err := dialConn(l.ctx, l.opts, l.broker)
	if err != nil {
		return nil, err
	}
	for {
		s := l.offer(c)
		if s == nil {
			return c, nil
		}
		if err := c.subscribe(l.ctx, s); err != nil {
			c.close()
			return nil, err
		}
	}
}

// offer makes c current, or returns a subscription that it still lacks.
func (l *Link) offer(c *conn) *subscription {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.subs {
		if !c.established[s] {
			c.established[s] = true
			return s
		}
	}
	l.setCurrent(c)
	return nil
}

// setCurrent wakes whoever waits for a connection; l.mu is held.
func (l *Link) setCurrent(c *conn) {
	l.current = c
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Link) markTried() {
	select {
	case <-l.tried:
	default:
		close(l.tried)
	}
}
