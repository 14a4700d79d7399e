package witness_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/mldsa"
	"filippo.io/torchwood"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/durable/faultfs"
	"github.com/gauger/gauger/ledger/witness"
)

const origin = "log.example/main"

var began = time.Unix(1_790_000_000, 0)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func lattice(t testing.TB, seed byte) crypto.Signer {
	t.Helper()
	k, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), bytes.Repeat([]byte{seed}, mldsa.PrivateKeySize))
	must(t, err)
	return k
}

// tree is a log that can also lie.
type tree struct {
	leaves [][]byte
	seed   byte
}

func grow(n int) tree {
	l := tree{seed: 1}
	for i := range n {
		l.leaves = append(l.leaves, fmt.Appendf(nil, "entry %d", i))
	}
	return l
}

// vkey returns the verifier key of a log.
func vkey(seed byte) string {
	v, err := note.NewEd25519VerifierKey(origin, key(seed).Public().(ed25519.PublicKey))
	if err != nil {
		panic(err)
	}
	return v
}

// sign returns a signed checkpoint of the first n entries.
func (l tree) sign(t testing.TB, n int) string {
	t.Helper()
	c := proof.SignedCheckpoint{Checkpoint: proof.Checkpoint{Origin: origin, Size: uint64(n), Root: proof.Root(l.leaves[:n])}}
	text := bytes.TrimSuffix(c.Format(), []byte("\n"))
	v, err := note.NewVerifier(vkey(l.seed))
	must(t, err)
	raw := []byte{byte(v.KeyHash() >> 24), byte(v.KeyHash() >> 16), byte(v.KeyHash() >> 8), byte(v.KeyHash())}
	raw = append(raw, ed25519.Sign(key(l.seed), text)...)
	return fmt.Sprintf("%s\n\u2014 %s %s\n", text, origin, base64.StdEncoding.EncodeToString(raw))
}

// path returns the consistency proof from m to n entries, made from the definition (RFC 6962 section 2.1.2).
func (l tree) path(m, n int) (path [][32]byte) {
	if m == 0 || m == n {
		return nil
	}
	return l.subproof(m, 0, n, true)
}

func (l tree) subproof(m, from, to int, whole bool) [][32]byte {
	n := to - from
	if m == n {
		if whole {
			return nil
		}
		return [][32]byte{proof.Root(l.leaves[from:to])}
	}
	k := 1
	for k*2 < n {
		k *= 2
	}
	if m <= k {
		return append(l.subproof(m, from, from+k, whole), proof.Root(l.leaves[from+k:to]))
	}
	return append(l.subproof(m-k, from+k, to, false), proof.Root(l.leaves[from:from+k]))
}

// request is the body that asks to cosign n entries after m.
func (l tree) request(t testing.TB, m, n int) string {
	t.Helper()
	return fmt.Sprintf("old %d\n%s\n%s", m, lines(l.path(m, n)), l.sign(t, n))
}

func lines(path [][32]byte) string {
	var b strings.Builder
	for _, h := range path {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	return b.String()
}

// options are those of a witness with a key of each kind.
func options(t testing.TB, fsys durable.FS, dir string) witness.Options {
	t.Helper()
	trust, err := proof.ParseTrust([]byte("log " + vkey(1) + "\nquorum none\n"))
	must(t, err)
	o := witness.Options{FS: fsys, Dir: dir, Logs: trust, Now: func() time.Time { return began }, PerSecond: 1e6, Burst: 1e6}
	for _, k := range []crypto.Signer{key(11), lattice(t, 12)} {
		c, err := proof.NewCosigner("witness.example", k)
		must(t, err)
		o.Cosigners = append(o.Cosigners, c)
	}
	return o
}

// serve serves a witness.
func serve(t testing.TB, o witness.Options) *httptest.Server {
	t.Helper()
	w, err := witness.Open(o)
	must(t, err)
	s := httptest.NewServer(w.Handler(func(err error) { t.Error(err) }))
	t.Cleanup(func() { s.Close(); must(t, w.Close()) })
	return s
}

func ask(t testing.TB, s *httptest.Server, method, path, body string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, strings.NewReader(body))
	must(t, err)
	answer, err := s.Client().Do(r)
	must(t, err)
	b, err := io.ReadAll(answer.Body)
	must(t, err)
	must(t, answer.Body.Close())
	return answer.StatusCode, string(b), answer.Header
}

// TestProtocol goes through the answers of c2sp.org/tlog-witness, in order.
func TestProtocol(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, options(t, durable.OS, dir))
	honest, liar, stranger := grow(40), grow(40), grow(40)
	liar.leaves[3], stranger.seed = []byte("something else"), 2
	other := strings.ReplaceAll(honest.sign(t, 5), origin, "log.example/other")
	torn := honest.sign(t, 5)
	torn = torn[:len(torn)-20] + "AAAA" + torn[len(torn)-16:]
	for _, test := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"nothing", "", 400, "old <size>"},
		{"no size", "old \n\n" + honest.sign(t, 5), 400, "old <size>"},
		{"a leading zero", "old 00\n\n" + honest.sign(t, 5), 400, "old <size>"},
		{"too long a proof", "old 1\n" + strings.Repeat(strings.Repeat("A", 43)+"=\n", 64) + "\n" + honest.sign(t, 5), 400, "at most 63"},
		{"a proof of other things", "old 1\nAAAA\n\n" + honest.sign(t, 5), 400, "line 1 of the proof"},
		{"no checkpoint", "old 0\n\nhello\n", 400, "checkpoint"},
		{"another log", "old 0\n\n" + other, 404, "no log of that name"},
		{"another key", stranger.request(t, 0, 5), 403, "not signed"},
		{"a torn signature", "old 0\n\n" + torn, 403, "not signed"},
		{"an old size above the new", honest.request(t, 0, 5)[:4] + "6" + honest.request(t, 0, 5)[5:], 400, "above"},
		{"an old size that was not", "old 3\n" + lines(honest.path(3, 5)) + "\n" + honest.sign(t, 5), 409, "0\n"},
		{"a proof from nothing", "old 0\n" + lines(honest.path(3, 5)) + "\n" + honest.sign(t, 5), 422, "empty tree"},
		{"the empty tree", honest.request(t, 0, 0), 200, ""},
		{"the first", honest.request(t, 0, 5), 200, ""},
		{"the first again from nothing", honest.request(t, 0, 5), 409, "5\n"},
		{"the same again", honest.request(t, 5, 5), 200, ""},
		{"the same size with another root", "old 5\n\n" + liar.sign(t, 5), 422, "does not continue"},
		{"the next without a proof", "old 5\n\n" + honest.sign(t, 9), 422, "does not continue"},
		{"the next of a forked log", liar.request(t, 5, 9), 422, "does not continue"},
		{"the next", honest.request(t, 5, 9), 200, ""},
		{"an older one", honest.request(t, 0, 5), 409, "9\n"},
		{"a later one", honest.request(t, 9, 40), 200, ""},
	} {
		status, body, header := ask(t, s, http.MethodPost, "/add-checkpoint", test.body)
		if status != test.status || !strings.Contains(body, test.says) {
			t.Errorf("%s: %d %q, want %d and %q", test.name, status, body, test.status, test.says)
		}
		if kind := header.Get("Content-Type"); (kind == "text/x.tlog.size") != (status == http.StatusConflict) {
			t.Errorf("%s: content type %q with %d", test.name, kind, status)
		}
		if status == http.StatusOK {
			checkAnswer(t, test.name, test.body, body)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, witness.OriginHash(origin)+".misbehaviour.json"))
	must(t, err)
	lie, err := proof.ParseMisbehaviour(text)
	must(t, err)
	if err := lie.Verify(options(t, nil, "").Logs); err != nil || lie.Newer.Root != proof.Root(liar.leaves[:5]) {
		t.Errorf("the proof of the lie: %v", err)
	}
	if status, _, _ := ask(t, s, http.MethodGet, "/add-checkpoint", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("a GET is answered with %d", status)
	}
	if status, _, _ := ask(t, s, http.MethodPost, "/add-checkpoint", strings.Repeat("x", 1<<20)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a megabyte is answered with %d", status)
	}
	status, body, _ := ask(t, s, http.MethodGet, "/"+witness.OriginHash(origin)+"/checkpoint", "")
	if c, err := proof.VerifyCheckpoint([]byte(body), quorum(t)); status != http.StatusOK || err != nil || c.Size != 40 {
		t.Errorf("newest checkpoint: %d, %v, %v", status, c, err)
	}
	if status, _, _ := ask(t, s, http.MethodGet, "/"+witness.OriginHash("log.example/other")+"/checkpoint", ""); status != http.StatusNotFound {
		t.Errorf("the checkpoint of an unknown log is answered with %d", status)
	}
}

// quorum trusts the log if both keys of the witness have cosigned.
func quorum(t testing.TB) proof.Trust {
	t.Helper()
	o := options(t, nil, "")
	trust, err := proof.ParseTrust(fmt.Appendf(nil, "log %s\nwitness A %s\nwitness B %s\ngroup both all A B\nquorum both\n", vkey(1),
		o.Cosigners[0].VKey(), o.Cosigners[1].VKey()))
	must(t, err)
	return trust
}

// checkAnswer has another implementation read the Ed25519 cosignature, and ours both.
func checkAnswer(t testing.TB, name, request, answer string) {
	t.Helper()
	_, checkpoint, _ := strings.Cut(request, "\n\n")
	if _, err := proof.VerifyCheckpoint([]byte(checkpoint+answer), quorum(t)); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	v, err := torchwood.NewCosignatureVerifier(options(t, nil, "").Cosigners[0].VKey())
	must(t, err)
	if _, err := note.Open([]byte(checkpoint+answer), note.VerifierList(v)); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// TestRace has many clients race from one size to different next ones: each step is made once, and nothing is rolled back.
func TestRace(t *testing.T) {
	t.Parallel()
	o := options(t, durable.OS, t.TempDir())
	w, err := witness.Open(o)
	must(t, err)
	l := grow(65)
	for size := 0; size < 64; size += 8 {
		var wg sync.WaitGroup
		var mu sync.Mutex
		var won []int
		for next := size + 1; next <= size+8; next++ {
			wg.Go(func() {
				s, err := proof.ParseCheckpoint([]byte(l.sign(t, next)))
				if err != nil {
					t.Error(err)
					return
				}
				_, err = w.Add(uint64(size), l.path(size, next), s)
				var conflict *witness.ConflictError
				switch {
				case err == nil:
					mu.Lock()
					won = append(won, next)
					mu.Unlock()
				case !errors.As(err, &conflict):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Fatalf("from size %d the sizes %v were cosigned", size, won)
		}
		s, err := proof.ParseCheckpoint([]byte(l.sign(t, size+8)))
		must(t, err)
		_, err = w.Add(uint64(won[0]), l.path(won[0], size+8), s)
		must(t, err)
	}
	must(t, w.Close())
}

// TestCrashAtEachStep cuts the power at each operation on the disk: what was answered is not forgotten, so that no fork of it is ever
// cosigned.
func TestCrashAtEachStep(t *testing.T) {
	t.Parallel()
	honest, liar := grow(9), grow(9)
	liar.leaves[1] = []byte("something else")
	add := func(w *witness.Witness, l tree, m, n int) error {
		s, err := proof.ParseCheckpoint([]byte(l.sign(t, n)))
		must(t, err)
		_, err = w.Add(uint64(m), l.path(m, n), s)
		return err
	}
	for step := 0; ; step++ {
		fsys := faultfs.New()
		must(t, fsys.Mkdir("/w"))
		must(t, fsys.SyncDir("/"))
		var crashed []*faultfs.FS
		operations, answered := 0, 0
		fsys.Hook(func(faultfs.Op) *faultfs.Fault {
			if operations == step {
				for _, keep := range []int{0, 50, 100} {
					crashed = append(crashed, fsys.CrashClone(uint64(step), keep))
				}
			}
			operations++
			return nil
		})
		w, err := witness.Open(options(t, fsys, "/w"))
		must(t, err)
		sizes := []int{0, 3, 5, 9}
		for i := 1; i < len(sizes); i++ {
			must(t, add(w, honest, sizes[i-1], sizes[i]))
			if crashed == nil {
				answered = sizes[i]
			}
		}
		if crashed == nil {
			break // every operation was cut
		}
		for _, disk := range crashed {
			again, err := witness.Open(options(t, disk, "/w"))
			must(t, err)
			for m := 0; m < answered; m++ {
				if err := add(again, liar, m, max(m, 2)); err == nil {
					t.Fatalf("step %d: after size %d was cosigned, a fork from %d was", step, answered, m)
				}
			}
			var conflict *witness.ConflictError
			err = add(again, honest, answered, 9)
			if errors.As(err, &conflict) && conflict.Size > uint64(answered) {
				err = add(again, honest, int(conflict.Size), 9) // stored, not answered
			}
			must(t, err)
			must(t, again.Close())
		}
		must(t, w.Close())
	}
}

// TestStorageFails: a full disk is a passing matter, a failed fsync ends the witness.
func TestStorageFails(t *testing.T) {
	t.Parallel()
	l := grow(5)
	s, err := proof.ParseCheckpoint([]byte(l.sign(t, 5)))
	must(t, err)
	for _, test := range []struct {
		name  string
		fault func(*faultfs.FS)
		fatal bool
	}{
		{"no space", func(f *faultfs.FS) { f.Limit(10) }, false},
		{"fsync of the file", func(f *faultfs.FS) { f.Hook(faultfs.FailNth(faultfs.Sync, 1, io.ErrUnexpectedEOF, 0)) }, true},
		{"fsync of the name", func(f *faultfs.FS) { f.Hook(faultfs.FailNth(faultfs.SyncDir, 1, io.ErrUnexpectedEOF, 0)) }, true},
	} {
		fsys := faultfs.New()
		must(t, fsys.Mkdir("/w"))
		w, err := witness.Open(options(t, fsys, "/w"))
		must(t, err)
		test.fault(fsys)
		_, err = w.Add(0, nil, s)
		var fatal *witness.FatalError
		if err == nil || errors.As(err, &fatal) != test.fatal {
			t.Errorf("%s: error is %v", test.name, err)
		}
		fsys.Hook(nil)
		fsys.Limit(1 << 20)
		if _, err = w.Add(0, nil, s); (err != nil) != test.fatal {
			t.Errorf("%s: afterwards the error is %v", test.name, err)
		}
	}
}

// TestOpenRefuses: what the witness never cosigned is not continued.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	l := grow(5)
	for _, test := range []struct{ name, text, want string }{
		{"no checkpoint", "hello", "parse"},
		{"another log", strings.ReplaceAll(l.sign(t, 5), origin, "log.example/other"), "no log"},
		{"not cosigned", l.sign(t, 5), "has not cosigned it"},
	} {
		fsys := faultfs.New()
		must(t, fsys.Mkdir("/w"))
		must(t, durable.WriteFile(fsys, "/w/"+witness.OriginHash(origin)+".checkpoint", []byte(test.text), 0o600))
		if _, err := witness.Open(options(t, fsys, "/w")); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, want one that says %q", test.name, err, test.want)
		}
	}
	dir := t.TempDir()
	w, err := witness.Open(options(t, durable.OS, dir))
	must(t, err)
	if _, err := witness.Open(options(t, durable.OS, dir)); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("a second witness on the directory: %v", err)
	}
	must(t, w.Close())
	if _, err := witness.Open(witness.Options{}); err == nil {
		t.Error("a witness without anything was opened")
	}
}

// TestClock: a clock that went back signs nothing.
func TestClock(t *testing.T) {
	t.Parallel()
	o := options(t, durable.OS, t.TempDir())
	now := began
	o.Now = func() time.Time { return now }
	w, err := witness.Open(o)
	must(t, err)
	l := grow(5)
	first, err := proof.ParseCheckpoint([]byte(l.sign(t, 3)))
	must(t, err)
	second, err := proof.ParseCheckpoint([]byte(l.sign(t, 5)))
	must(t, err)
	_, err = w.Add(0, nil, first)
	must(t, err)
	must(t, w.Close())
	now = began.Add(-time.Hour)
	w, err = witness.Open(o)
	must(t, err)
	if _, err := w.Add(3, l.path(3, 5), second); !errors.Is(err, witness.ErrClock) {
		t.Errorf("an hour back: %v", err)
	}
	now = began
	_, err = w.Add(3, l.path(3, 5), second)
	must(t, err)
	must(t, w.Close())
}

// FuzzAdd sends anything: nothing but a good request is cosigned.
func FuzzAdd(f *testing.F) {
	l := grow(9)
	f.Add(l.request(f, 0, 5))
	f.Add(l.request(f, 5, 9))
	f.Add("old 0\n\n")
	f.Fuzz(func(t *testing.T, body string) {
		w, err := witness.Open(options(t, durable.OS, t.TempDir()))
		must(t, err)
		defer func() { must(t, w.Close()) }()
		a := httptest.NewRecorder()
		w.Handler(func(err error) { t.Error(err) }).ServeHTTP(a, httptest.NewRequest(http.MethodPost, "/add-checkpoint", strings.NewReader(body)))
		if a.Code != http.StatusOK {
			return
		}
		_, checkpoint, _ := strings.Cut(body, "\n\n")
		if _, err := proof.VerifyCheckpoint([]byte(checkpoint+a.Body.String()), quorum(t)); err != nil {
			t.Errorf("cosigned %q, and %v", body, err)
		}
	})
}

// TestPath holds the test's own proofs against the library's root.
func TestPath(t *testing.T) {
	t.Parallel()
	l := grow(20)
	r := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
	for n, leaf := range l.leaves {
		h := proof.LeafHash(leaf)
		must(t, r.Append(h[:], nil))
		root, err := r.GetRootHash(nil)
		must(t, err)
		if got := proof.Root(l.leaves[:n+1]); !bytes.Equal(got[:], root) {
			t.Fatalf("root of %d", n+1)
		}
	}
}
