package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// Limits of a server that strangers can reach. Whoever holds connections open without asking for anything would take the files that
// ledger and witness need, and both end when they can't write.
const (
	maxConnections = 512
	maxHeaderBytes = 16 << 10
	headerLimit    = 5 * time.Second
	bodyLimit      = 30 * time.Second
	idleLimit      = time.Minute
)

// newServer returns a server of the handler. An answer takes no longer than write, from the end of the request's header on.
func newServer(h http.Handler, write time.Duration) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerLimit, ReadTimeout: bodyLimit, WriteTimeout: write, IdleTimeout: idleLimit,
		MaxHeaderBytes: maxHeaderBytes,
	}
}

// listenTCP listens at an address, for so many connections at once; more wait.
func listenTCP(address string, connections int) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, usage(fmt.Errorf("listen: %w", err))
	}
	return netutil.LimitListener(l, connections), nil
}

// serve answers requests at an address until ctx ends, and returns the address that it has. A failure later on goes to failed.
func serve(ctx context.Context, address string, server *http.Server, failed func(error)) (net.Addr, error) {
	l, err := listenTCP(address, maxConnections)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			failed(err)
		}
	}()
	return l.Addr(), nil
}
