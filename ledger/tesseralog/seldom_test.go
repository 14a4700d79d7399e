package tesseralog

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What Tessera repeats is passed on once in a while.
func TestSeldom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := slog.New(newSeldom(slog.NewTextHandler(&out, nil))).With("part", "tessera")
		for range 650 {
			log.Info("publish: a witness is away")
			log.Warn("collect: the disk is slow")
			time.Sleep(100 * time.Millisecond)
		}
		for _, kind := range []string{"publish", "collect"} {
			if n := strings.Count(out.String(), kind); n != 2 {
				t.Errorf("%s was passed on %d times in 65 s", kind, n)
			}
		}
	})
}
