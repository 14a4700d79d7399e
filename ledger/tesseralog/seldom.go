package tesseralog

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// seldomInterval is how often a message of one kind is passed on. Tessera says ten times a second that a witness is away.
const seldomInterval = time.Minute

// maxKinds bounds the kinds that are told apart.
const maxKinds = 256

// seldom is a slog.Handler that passes on one message of a kind in an interval. The kind is what stands before the first colon.
type seldom struct {
	slog.Handler
	told *told
}

// told is when a message of each kind was passed on, for a handler and those made from it.
type told struct {
	mu sync.Mutex
	at map[string]time.Time
}

func newSeldom(to slog.Handler) slog.Handler { return seldom{to, &told{at: map[string]time.Time{}}} }

// Handle passes the message on if it is the first of its kind for a while.
func (s seldom) Handle(ctx context.Context, r slog.Record) error {
	kind, _, _ := strings.Cut(r.Message, ":")
	s.told.mu.Lock()
	again := r.Time.Sub(s.told.at[kind]) < seldomInterval
	if !again {
		if len(s.told.at) >= maxKinds {
			clear(s.told.at)
		}
		s.told.at[kind] = r.Time
	}
	s.told.mu.Unlock()
	if again {
		return nil
	}
	return s.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (s seldom) WithAttrs(attrs []slog.Attr) slog.Handler {
	return seldom{s.Handler.WithAttrs(attrs), s.told}
}

// WithGroup implements slog.Handler.
func (s seldom) WithGroup(name string) slog.Handler {
	return seldom{s.Handler.WithGroup(name), s.told}
}
