package clock

import (
	"bytes"
	"errors"
	"io"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// FuzzServer sends arbitrary bytes to a server. Whatever they are, it goes on
// serving others, and nobody but a participant moves the time.
func FuzzServer(f *testing.F) {
	message := func(kind byte, n int64) []byte {
		var b bytes.Buffer
		_ = wireMessage{kind, n}.write(&b)
		return b.Bytes()
	}
	wait := message(askWait, epoch.Add(time.Hour).UnixNano())
	f.Add(slices.Concat([]byte("\x01p"), message(askNow, 0), wait, message(askStop, 0), wait))
	f.Add(slices.Concat([]byte("\x00"), wait, message(askNow, 1)))
	f.Add(slices.Concat([]byte("\x01p"), wait, wait))
	f.Add([]byte("\x02zz"))
	f.Add([]byte("\xff"))
	s := NewServer(epoch)
	path, _ := serve(f, s)
	join(f, s, "p", "q")
	probe := dial(f, path, "")
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		go func() { _, _ = io.Copy(io.Discard, c) }()
		_, _ = c.Write(data)
		showing(t, probe, epoch) // q never waits
	})
}

// TestHostileServer answers a client with nonsense: it must end in an error.
func TestHostileServer(t *testing.T) {
	hello := func(kind byte) []byte { return []byte{kind, 0, 0, 0, 0, 0, 0, 0, 0} }
	tests := []struct {
		name string
		say  []byte
	}{
		{"nothing", nil},
		{"half a message", []byte{sayHello, 0}},
		{"no welcome", hello(sayNow)},
		{"an unknown refusal", hello(sayError)},
		{"answers nobody asked for", slices.Concat(hello(sayHello), hello(sayNow), hello(sayWoken), hello(sayWoken), hello(sayNow), hello(sayNow))},
		{"a wait ended that nobody took back", slices.Concat(hello(sayHello), hello(sayNow), hello(sayStop))},
		{"an unknown message", slices.Concat(hello(sayHello), hello(sayNow), hello('?'))},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "time")
			ln, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			go func() {
				c, err := ln.Accept()
				if err == nil {
					_, _ = c.Write(tc.say)
					c.Close()
				}
			}()
			r, err := Dial(path, "p")
			if err != nil {
				return
			}
			<-r.gone
			if err := r.WaitUntil(t.Context(), at(1)); !errors.Is(err, ErrGone) {
				t.Errorf("WaitUntil: %v, want ErrGone", err)
			}
		})
	}
}

func BenchmarkStep(b *testing.B) {
	s := NewServer(epoch)
	path, _ := serve(b, s)
	join(b, s, "p")
	p := dial(b, path, "p")
	for i := 0; b.Loop(); i++ {
		if err := p.WaitUntil(b.Context(), at(i)); err != nil {
			b.Fatal(err)
		}
		p.Now()
	}
}
