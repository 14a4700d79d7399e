package main

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestServerLimits: so many connections are served at once, the next when one ends, and a header has its bounds.
func TestServerLimits(t *testing.T) {
	t.Parallel()
	l, err := listenTCP("127.0.0.1:0", 2)
	if err != nil {
		t.Fatal(err)
	}
	server := newServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), time.Minute)
	if server.ReadTimeout == 0 || server.IdleTimeout == 0 || server.ReadHeaderTimeout == 0 {
		t.Error("a connection may be held for ever")
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	ask := func(c net.Conn, header string) string {
		if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n"+header+"\r\n"); err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 12)
		if _, err := io.ReadFull(c, b); err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	first, second, third := dial(), dial(), dial()
	if a, b := ask(first, ""), ask(second, ""); a != "HTTP/1.1 200" || b != a {
		t.Errorf("answers %q, %q", a, b)
	}
	answered := make(chan string, 1)
	go func() { answered <- ask(third, "") }()
	select {
	case a := <-answered:
		t.Errorf("a third connection is answered beside two: %q", a)
	case <-time.After(100 * time.Millisecond):
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if a := <-answered; a != "HTTP/1.1 200" {
		t.Errorf("the third is answered with %q", a)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	fourth := dial()
	if a := ask(fourth, "X: "+strings.Repeat("x", 64<<10)+"\r\n"); a != "HTTP/1.1 431" {
		t.Errorf("a long header is answered with %q", a)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
	<-done
	for _, c := range []net.Conn{third, fourth} {
		_ = c.Close()
	}
}
