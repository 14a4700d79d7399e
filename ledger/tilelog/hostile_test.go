package tilelog_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gauger/gauger/evidence/proof"
)

// TestHostileWitness: one witness of two that are asked for answers as it likes. The log is neither stopped nor spoiled by it, and goes on
// with the other.
func TestHostileWitness(t *testing.T) {
	t.Parallel()
	elsewhere := atomic.Int64{}
	target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	t.Cleanup(target.Close)
	hostile, err := proof.NewCosigner("hostile.example", lattice(t, 41))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		answer func(a http.ResponseWriter, checkpoint []byte)
	}{
		{"a good signature in base64 that nobody writes", func(a http.ResponseWriter, checkpoint []byte) {
			_, _ = a.Write(bentLine(t, hostile, checkpoint))
		}},
		{"a signature and then another text", func(a http.ResponseWriter, checkpoint []byte) {
			_, _ = fmt.Fprintf(a, "%s\nhello\n", line(t, hostile, checkpoint))
		}},
		{"lines without end", func(a http.ResponseWriter, _ []byte) {
			for {
				if _, err := a.Write(bytes.Repeat([]byte("x"), 1<<16)); err != nil {
					return
				}
			}
		}},
		{"a conflict without end", func(a http.ResponseWriter, _ []byte) {
			a.Header().Set("Content-Type", "text/x.tlog.size")
			a.WriteHeader(http.StatusConflict)
			_, _ = a.Write([]byte("0\n"))
		}},
		{"a size beyond all", func(a http.ResponseWriter, _ []byte) {
			a.Header().Set("Content-Type", "text/x.tlog.size")
			a.WriteHeader(http.StatusConflict)
			_, _ = a.Write([]byte("18446744073709551615\n"))
		}},
		{"elsewhere", func(a http.ResponseWriter, _ []byte) {
			a.Header().Set("Location", target.URL)
			a.WriteHeader(http.StatusTemporaryRedirect)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			answersAnything(t, hostile, tt.answer)
		})
	}
	t.Cleanup(func() {
		if n := elsewhere.Load(); n != 0 {
			t.Errorf("%d requests went where the witness sent them", n)
		}
	})
}

// answersAnything runs a log that wants any of two witnesses, of which one answers so.
func answersAnything(t *testing.T, hostile *proof.Cosigner, answer func(http.ResponseWriter, []byte)) {
	good := watch(t, 42)
	asked := make(chan struct{}, 1)
	var hostileNow atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || !hostileNow.Load() {
			http.NotFound(a, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		_, checkpoint, _ := bytes.Cut(body, []byte("\n\n"))
		answer(a, checkpoint)
		select {
		case asked <- struct{}{}:
		default:
		}
	}))
	t.Cleanup(server.Close)
	o, _ := options(t, filepath.Join(t.TempDir(), "log"))
	trust, err := proof.ParseTrust(fmt.Appendf(nil, "log %s\nwitness A %s %s\nwitness B %s %s\ngroup one any A B\nquorum one\n",
		o.VKey, hostile.VKey(), server.URL, good.VKey(), good.URL))
	if err != nil {
		t.Fatal(err)
	}
	o.Policy = trust.Policy()
	l := openWith(t, o)
	hostileNow.Store(true)
	good.away.Store(true)
	fill(t, l, 1)
	for range 3 { // the first answers are done with when it is asked again
		select {
		case <-asked:
		case <-time.After(20 * time.Second):
			t.Fatal("the log does not ask any more")
		}
	}
	good.away.Store(false)
	if _, err := receiptOf(t, l, 0).Checkpoint.Verify(trust); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := openWith(t, o).Close(); err != nil { // what was published can be read again
		t.Error(err)
	}
}

// line returns the signature line of a witness.
func line(t *testing.T, c *proof.Cosigner, checkpoint []byte) []byte {
	t.Helper()
	s, err := proof.ParseCheckpoint(checkpoint)
	if err != nil {
		t.Error(err)
		return nil
	}
	signature, err := c.Cosign(s, time.Now())
	if err != nil {
		t.Error(err)
		return nil
	}
	raw := append(binary.BigEndian.AppendUint32(nil, signature.KeyID), signature.Bytes...)
	return fmt.Appendf(nil, "\u2014 %s %s\n", signature.Name, base64.StdEncoding.EncodeToString(raw))
}

// bentLine returns it with other bits where base64 has some to spare.
func bentLine(t *testing.T, c *proof.Cosigner, checkpoint []byte) []byte {
	t.Helper()
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	text, padding, _ := strings.Cut(string(line(t, c, checkpoint)), "=")
	last := strings.IndexByte(digits, text[len(text)-1])
	return []byte(text[:len(text)-1] + string(digits[last|1]) + "=" + padding)
}
