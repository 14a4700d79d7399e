package mqttlink

import "sync"

// message is one publication that waits for its handler.
type message struct {
	topic   string
	payload []byte
}

// queue holds messages between the network, which must not be kept waiting, and
// a handler, which may be slow. It is bounded in number and in bytes.
type queue struct {
	maxMessages, maxBytes int

	mu     sync.Mutex
	items  []message
	bytes  int
	closed bool
	ready  chan struct{} // holds a token while there may be something to take
}

func newQueue(maxMessages, maxBytes int) *queue {
	return &queue{maxMessages: maxMessages, maxBytes: maxBytes, ready: make(chan struct{}, 1)}
}

// put appends m, or reports false when it doesn't fit. Once closed, the queue
// swallows everything.
func (q *queue) put(m message) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	size := len(m.topic) + len(m.payload)
	if q.closed {
		return true
	}
	if len(q.items) >= q.maxMessages || q.bytes+size > q.maxBytes {
		return false
	}
	q.items = append(q.items, m)
	q.bytes += size
	q.wake()
	return true
}

// take waits for the oldest message; ok is false once the queue was closed.
func (q *queue) take() (m message, ok bool) {
	for range q.ready {
		q.mu.Lock()
		if q.closed {
			q.mu.Unlock()
			return message{}, false
		}
		if len(q.items) == 0 {
			q.mu.Unlock()
			continue
		}
		m = q.items[0]
		q.items[0] = message{}
		q.items = q.items[1:]
		q.bytes -= len(m.topic) + len(m.payload)
		q.wake()
		q.mu.Unlock()
		return m, true
	}
	return message{}, false
}

// close drops what still waits and lets take return.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed, q.items, q.bytes = true, nil, 0
	q.wake()
}

// wake leaves a token for take when there is a reason to look; q.mu is held.
func (q *queue) wake() {
	if len(q.items) == 0 && !q.closed {
		return
	}
	select {
	case q.ready <- struct{}{}:
	default:
	}
}
