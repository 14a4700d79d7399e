package broker

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// discreet is a log handler for mochi-mqtt, which is too talkative: it logs whole packets,
// passwords and payloads included, and one line for each message it drops.
// discreet takes the packets out, turns information into debugging, and lets the
// same words through once in ten seconds.
type discreet struct {
	slog.Handler
	seen *lastSeen
}

// lastSeen remembers when a message was last logged. Messages are constants in
// mochi's source and in this package, so the map stays small.
type lastSeen struct {
	mu   sync.Mutex
	when map[string]time.Time
}

const repeatAfter = 10 * time.Second

func newDiscreet(h slog.Handler) discreet {
	return discreet{Handler: h, seen: &lastSeen{when: map[string]time.Time{}}}
}

// again reports whether msg was logged a moment ago.
func (l *lastSeen) again(msg string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if t, ok := l.when[msg]; ok && now.Sub(t) < repeatAfter && now.Sub(t) >= 0 {
		return true
	}
	l.when[msg] = now
	return false
}

func lower(level slog.Level) slog.Level {
	if level == slog.LevelInfo {
		return slog.LevelDebug
	}
	return level
}

// Enabled reports whether records of the level, lowered, are wanted.
func (d discreet) Enabled(ctx context.Context, level slog.Level) bool {
	return d.Handler.Enabled(ctx, lower(level))
}

// Handle passes the record on without the attributes that hold packets.
func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn && d.seen.again(r.Message, r.Time) {
		return nil
	}
	out := slog.NewRecord(r.Time, lower(r.Level), "mqtt: "+r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "pk", "packet", "will":
		default:
			out.AddAttrs(a)
		}
		return true
	})
	return d.Handler.Handle(ctx, out)
}

// WithAttrs returns a handler that is as discreet.
func (d discreet) WithAttrs(attrs []slog.Attr) slog.Handler {
	return discreet{Handler: d.Handler.WithAttrs(attrs), seen: d.seen}
}

// WithGroup returns a handler that is as discreet.
func (d discreet) WithGroup(name string) slog.Handler {
	return discreet{Handler: d.Handler.WithGroup(name), seen: d.seen}
}
