package tilelog_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger"
	"github.com/gauger/gauger/ledger/tilelog"
)

// faultEvery is which of the faults are tried: 1 for all of them.
var faultEvery = flag.Int("faults.every", 7, "try each so many-th fault of TestFaultAtEveryOperation")

// faultyDir names the variable that makes the test binary a child of TestFaultAtEveryOperation.
const faultyDir = "TILELOG_TEST_FAULTY_DIR"

// rounds is how many entries the child appends at once, before it waits for the receipt of the last.
var rounds = []int{1, 3, 20}

// faultyEntry is the i-th of those entries.
func faultyEntry(i int) []byte {
	return fmt.Appendf(nil, "entry of a faulty disk %d %s", i, strings.Repeat("x", 50*i))
}

// appendOverFaults is the child: it appends the entries, tells of each that it was acknowledged and of each checkpoint in a receipt,
// and ends as the cloud does: at once with exit code 1 when the ledger says that it stopped. It tells by sendto, which no fault
// strikes.
func appendOverFaults(dir string) int {
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: dir + ".child", Net: "unixgram"})
	if err != nil {
		panic(err)
	}
	tell := func(message []byte) {
		if _, err := c.WriteToUnix(message, &net.UnixAddr{Name: dir + ".tell", Net: "unixgram"}); err != nil {
			panic(err)
		}
	}
	signer, vkey, err := tilelog.NewSigner(origin, key(1))
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	l, err := tilelog.Open(ctx, tilelog.Options{Dir: dir, Signer: signer, VKey: vkey})
	if err != nil {
		tell([]byte("stopped " + err.Error()))
		return 1
	}
	first := 0
	for _, n := range rounds {
		if err := appendRound(ctx, l, first, n, tell); err != nil {
			tell([]byte("stopped " + err.Error()))
			return 1
		}
		first += n
	}
	if err := l.Close(); err != nil {
		tell([]byte("stopped " + err.Error()))
		return 1
	}
	tell([]byte("finished"))
	return 0
}

// appendRound appends n entries at once and tells of the receipt of one.
func appendRound(ctx context.Context, l *tilelog.Log, first, n int, tell func([]byte)) error {
	failed := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			index, err := l.Append(ctx, faultyEntry(first+i))
			if err == nil {
				tell(fmt.Appendf(nil, "appended %d %d", first+i, index))
			}
			failed[i] = err
		})
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	receipt, err := l.Receipt(ctx, l.Size()-1)
	if err == nil {
		tell(append([]byte("receipt "), receipt...))
	}
	return err
}

// told is what a child told before its end.
type told struct {
	appended map[int]uint64
	receipts []proof.Receipt
	stopped  string
	finished bool
	code     int // its exit code; -1 when it was killed
	stderr   string
	struck   bool // a fault struck
}

// fault is what strikes one system call of each thread of the child.
type fault struct {
	calls, what string
	nth         int
	on          string // "+": that call and all after it
	fresh       bool   // from the first start of a new log, not on one of 250 entries
}

func (f fault) String() string {
	return fmt.Sprintf("%s of %s, call %d%s, new log %v", f.what, f.calls, f.nth, f.on, f.fresh)
}

// run runs the child over a fault.
func (f fault) run(t *testing.T, dir string) told {
	t.Helper()
	listener, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: dir + ".tell", Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	trace := dir + ".trace"
	arguments := []string{"-f", "-qq", "-o", trace, "-e", "trace=" + f.calls, "-e", "signal=none",
		"-e", fmt.Sprintf("inject=%s:%s:when=%d%s", f.calls, f.what, f.nth, f.on)}
	if f.calls == "openat" { // which a process does for other reasons too
		for _, name := range []string{"", ".state", ".state/treeState", ".state/treeState.lock", ".state/publish.lock", "checkpoint", "tile",
			"tile/0", "tile/0/000", "tile/0/000.p", "tile/entries", "tile/entries/000", "tile/entries/000.p"} {
			arguments = append(arguments, "-P", filepath.Join(dir, name))
		}
	}
	child := exec.Command("strace", append(arguments, os.Args[0])...)
	child.Env = append(os.Environ(), faultyDir+"="+dir)
	var stderr bytes.Buffer
	child.Stderr = &stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	heard := make(chan told)
	go func() { heard <- hear(listener) }()
	_ = child.Wait() // it may have been killed
	if _, err := listener.WriteToUnix([]byte("end"), &net.UnixAddr{Name: dir + ".tell", Net: "unixgram"}); err != nil {
		t.Fatal(err)
	}
	got := <-heard
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	got.code, got.stderr = child.ProcessState.ExitCode(), stderr.String()
	calls, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	got.struck = bytes.Contains(calls, []byte("(INJECTED)")) || got.code < 0
	return got
}

// hear takes the messages up to the end.
func hear(c *net.UnixConn) told {
	got := told{appended: map[int]uint64{}}
	message := make([]byte, 1<<17)
	for {
		n, err := c.Read(message)
		text := string(message[:n])
		if err != nil || text == "end" {
			return got
		}
		var i int
		var index uint64
		switch {
		case strings.HasPrefix(text, "receipt "):
			r, err := proof.ParseReceipt([]byte(strings.TrimPrefix(text, "receipt ")))
			if err != nil {
				got.stopped = err.Error()
				return got
			}
			got.receipts = append(got.receipts, r)
		case strings.HasPrefix(text, "stopped "):
			got.stopped = strings.TrimPrefix(text, "stopped ")
		case text == "finished":
			got.finished = true
		default:
			if _, err := fmt.Sscanf(text, "appended %d %d", &i, &index); err == nil {
				got.appended[i] = index
			}
		}
	}
}

// faults are those that are tried: an error, a disk that is full from then on, or the end of the process at each call of each kind, on a
// new log and on a log of 250 entries. The numbers are how many calls one thread makes, about.
func faults() (all []fault) {
	for _, c := range []struct {
		calls string
		most  int
	}{{"write", 12}, {"fsync", 16}, {"/^rename", 9}, {"/^link", 1}, {"/^unlink", 1}, {"/^mkdir", 8}, {"openat", 24}} {
		for _, w := range []struct{ what, on string }{{"error=EIO", ""}, {"error=ENOSPC", ""}, {"error=ENOSPC", "+"}, {"signal=KILL", ""}} {
			for nth := 1; nth <= c.most; nth++ {
				all = append(all, fault{c.calls, w.what, nth, w.on, false}, fault{c.calls, w.what, nth, w.on, true})
			}
		}
	}
	return all
}

// TestFaultAtEveryOperation makes the disk fail, or the process end, at a write, sync, rename or other operation. Whatever happens: what was
// acknowledged is there with its index, under a checkpoint that continues all before; the process ends and says why, or has done all
// its work; and opened again the log goes on.
func TestFaultAtEveryOperation(t *testing.T) {
	t.Parallel()
	canTrace(t)
	template := filled(t, 250)
	turns := make(chan struct{}, 4)
	var struck sync.Map
	t.Run("each", func(t *testing.T) {
		for i, f := range faults() {
			if i%*faultEvery != 0 {
				continue
			}
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				turns <- struct{}{}
				defer func() { <-turns }()
				t.Log(f)
				dir := filepath.Join(t.TempDir(), "log")
				if !f.fresh {
					if err := os.CopyFS(dir, os.DirFS(template)); err != nil {
						t.Fatal(err)
					}
				}
				got := f.run(t, dir)
				if got.struck {
					struck.Store(f.calls+" "+f.what, true)
				}
				f.check(t, dir, got)
			})
		}
	})
	for _, want := range []string{"write error=EIO", "write error=ENOSPC", "write signal=KILL", "fsync error=EIO", "fsync signal=KILL",
		"/^rename error=EIO", "/^rename signal=KILL", "openat error=EIO"} {
		if _, ok := struck.Load(want); !ok {
			t.Errorf("no %s struck: nothing was tried", want)
		}
	}
}

// canTrace fails where processes can't be traced: without that nothing is known of faults.
func canTrace(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("strace", "-qq", "-e", "trace=none", "true").CombinedOutput(); err != nil {
		t.Fatalf("strace, which injects the faults, does not run: %v: %s; install it (make test does, as root on Debian), and in a "+
			"container allow ptrace (docker run --cap-add SYS_PTRACE)", err, out)
	}
}

// check holds the log against what the child told.
func (f fault) check(t *testing.T, dir string, got told) {
	t.Helper()
	all := 0
	for _, n := range rounds {
		all += n
	}
	if !got.struck && !got.finished {
		t.Errorf("no fault struck, but the process did not finish: code %d, %q, %s", got.code, got.stopped, got.stderr)
	}
	if got.finished && len(got.appended) != all {
		t.Errorf("the process finished with %d of %d entries", len(got.appended), all)
	}
	// A panic says why, unless what it says can't be written either.
	panicked := strings.Contains(got.stderr, "panic:") || strings.Contains(got.stderr, "fatal error:") || f.on != "" && f.calls == "write"
	if !got.finished && got.stopped == "" && got.code >= 0 && !panicked && len(got.appended) > 0 {
		t.Errorf("the process ended with code %d and did not say why: %s", got.code, got.stderr)
	}
	if got.stopped != "" && len(got.appended) > 0 && !strings.Contains(got.stopped, "ledger stopped") &&
		!strings.Contains(got.stopped, "while the newest checkpoint covers") {
		t.Errorf("the process stopped with %q", got.stopped)
	}
	o, trust := options(t, dir)
	for _, r := range got.receipts {
		o.Seen = append(o.Seen, r.Checkpoint)
	}
	l, err := tilelog.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open again after %q: %v", got.stopped, err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := l.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	for i, index := range got.appended {
		if entry, err := l.Entry(t.Context(), index); err != nil || !bytes.Equal(entry, faultyEntry(i)) {
			t.Errorf("entry %d was acknowledged at %d, where %.40q is: %v", i, index, entry, err)
		}
	}
	f.goesOn(t, l, got, all, trust)
}

// goesOn appends everything again and holds all checkpoints that were seen against the entries.
func (f fault) goesOn(t *testing.T, l *tilelog.Log, got told, all int, trust proof.Trust) {
	t.Helper()
	for i := range all {
		index, err := l.Append(t.Context(), faultyEntry(i))
		if err != nil {
			t.Fatal(err)
		}
		if before, ok := got.appended[i]; ok && before != index {
			t.Errorf("entry %d was at %d, now it is at %d", i, before, index)
		}
	}
	want := uint64(all)
	if !f.fresh {
		want += 250
	}
	if size := l.Size(); size != want {
		t.Errorf("the log has %d entries, want %d: none twice", size, want)
	}
	newest := receiptOf(t, l, want-1)
	var leaves [][]byte
	for index := range want {
		entry, err := l.Entry(t.Context(), index)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, entry)
	}
	for _, r := range slices.Concat(got.receipts, []proof.Receipt{newest}) {
		if _, err := r.Verify(leaves[r.Index], trust); err != nil {
			t.Error(err)
		}
		if r.Checkpoint.Root != proof.Root(leaves[:r.Checkpoint.Size]) {
			t.Errorf("the checkpoint of %d entries is of another history", r.Checkpoint.Size)
		}
	}
	var fatal *ledger.FatalError
	if _, err := l.Append(t.Context(), []byte("after all")); errors.As(err, &fatal) {
		t.Error(err)
	}
}
