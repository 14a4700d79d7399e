// Package tesseralog sends what Tessera logs, by klog, to the program's own log, and each kind of message once in a while only. Whoever
// uses Tessera imports it. It does so before anything runs, since klog can't be told while others log by it.
package tesseralog

import (
	"context"
	"log/slog"
	"slices"

	"k8s.io/klog/v2"
)

func init() { klog.SetSlogLogger(slog.New(newSeldom(own{})).With("part", "tessera")) }

// own is the handler of the program's log, whichever that is when a message comes.
type own struct {
	with []func(slog.Handler) slog.Handler
}

func (o own) handler() slog.Handler {
	h := slog.Default().Handler()
	for _, with := range o.with {
		h = with(h)
	}
	return h
}

func (o own) and(with func(slog.Handler) slog.Handler) slog.Handler {
	return own{append(slices.Clip(o.with), with)}
}

// Enabled implements slog.Handler.
func (o own) Enabled(ctx context.Context, level slog.Level) bool {
	return slog.Default().Handler().Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (o own) Handle(ctx context.Context, r slog.Record) error { return o.handler().Handle(ctx, r) }

// WithAttrs implements slog.Handler.
func (o own) WithAttrs(attrs []slog.Attr) slog.Handler {
	return o.and(func(h slog.Handler) slog.Handler { return h.WithAttrs(attrs) })
}

// WithGroup implements slog.Handler.
func (o own) WithGroup(name string) slog.Handler {
	return o.and(func(h slog.Handler) slog.Handler { return h.WithGroup(name) })
}
