package edge

import (
	"crypto"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/internal/conf"
)

// absent is the key of a gateway whose module goes away and comes back.
type absent struct {
	crypto.Signer
	asked int
	away  func(asked int) bool
}

var errModule = errors.New("no such device")

func (k *absent) Sign(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.asked++
	if k.away != nil && k.away(k.asked) {
		return nil, errModule
	}
	return k.Signer.Sign(random, message, opts)
}

// rigWith is a gateway whose key a test can take away.
func rigWith(t *testing.T, sign string, away func(asked int) bool) (*rig, *absent) {
	r := newRig(t)
	r.config.Sign = sign
	key := &absent{Signer: deviceKey, away: away}
	r.key = key
	return r, key
}

// TestAgentWithoutItsKey: whenever the key's module goes away, for one signature or a dozen, the process goes on, what is in the
// journal is signed, and the totals at the end are exact.
func TestAgentWithoutItsKey(t *testing.T) {
	_, total := newRig(t).life()
	for _, sign := range []string{"each", "batch"} {
		for _, width := range []int{1, 12} {
			for n := 2; ; n += stride { // counting begins with the first record, once that is signed
				hit := false
				r, _ := rigWith(t, sign, func(asked int) bool {
					gone := asked >= n && asked < n+width
					hit = hit || gone
					return gone
				})
				_, got := r.life()
				for range width + 1 { // as long as it takes
					must(t, r.agent.batch(r.now, true))
				}
				must(t, whole(r.agent.journal))
				if len(r.agent.journal.pending) > 0 {
					t.Errorf("sign %s, signatures %d to %d failed: %d records are in no statement", sign, n, n+width-1, len(r.agent.journal.pending))
				}
				must(t, r.agent.Close())
				if !hit {
					break
				}
				if got != total {
					t.Fatalf("sign %s, signatures %d to %d failed: %s m3, want %s", sign, n, n+width-1, got, total)
				}
			}
		}
	}
}

// TestKeyIsBack: while the key is away nothing is recorded, and it is asked at each sample. Then one interval covers the time, which
// is flagged, and no pulse is lost.
func TestKeyIsBack(t *testing.T) {
	gone := false
	r, key := rigWith(t, "each", func(int) bool { return gone })
	r.config.Batch.Age = conf.Duration(time.Hour)
	r.start()
	r.flow(0)
	r.flow(10)
	before := r.lines()
	gone = true
	asked := key.asked
	r.flow(20)
	r.flow(30)
	if got := r.lines(); !slices.Equal(got, before) {
		t.Errorf("recorded without a key: %q", got[len(before):])
	}
	if key.asked != asked+2 {
		t.Errorf("asked %d times in two samples", key.asked-asked)
	}
	if reply := r.agent.cut(t.Context(), Cut{Point: "LACT-1", Ticket: "T-1"}); reply.Error == "" || reply.At != "" {
		t.Errorf("cut without a key: %+v", reply)
	}
	page := httptest.NewRecorder()
	r.agent.Metrics().ServeHTTP(page, httptest.NewRequest("GET", "/metrics", nil))
	if want := fmt.Sprintf("\ngauger_edge_unsigned_total %d\n", key.asked-asked); !strings.Contains(page.Body.String(), want) {
		t.Errorf("metrics lack %q", want)
	}
	gone = false
	r.flow(40)
	if got, want := r.lines()[len(before):], []string{"1m0s to 4m0s: 30 in 3m0s substituted gap", "4m0s gap  2026-03-01T06:01:00Z>2026-03-01T06:04:00Z"}; !slices.Equal(got, want) {
		t.Errorf("recorded %q, want %q", got, want)
	}
	must(t, whole(r.agent.journal))
	must(t, r.agent.Close())
}
