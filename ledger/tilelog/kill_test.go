package tilelog_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger/tilelog"
)

// childDir names the variable that makes the test binary the child of TestKilledWhileAppending.
const childDir = "TILELOG_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		appendUntilKilled(dir)
	}
	if dir := os.Getenv(faultyDir); dir != "" {
		os.Exit(appendOverFaults(dir))
	}
	os.Exit(m.Run())
}

// appendUntilKilled appends from several goroutines and prints the index and hash of every acknowledged entry.
func appendUntilKilled(dir string) {
	signer, vkey, err := tilelog.NewSigner(origin, key(1))
	if err != nil {
		panic(err)
	}
	l, err := tilelog.Open(context.Background(), tilelog.Options{Dir: dir, Signer: signer, VKey: vkey})
	if err != nil {
		panic(err)
	}
	var mu sync.Mutex
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				entry := fmt.Appendf(nil, "process %d writer %d entry %d %s", os.Getpid(), w, i, bytes.Repeat([]byte{'x'}, i%2000))
				index, err := l.Append(context.Background(), entry)
				if err != nil {
					panic(err)
				}
				mu.Lock()
				fmt.Printf("%d %x\n", index, sha256.Sum256(entry))
				mu.Unlock()
			}
		}()
	}
	select {}
}

// acknowledgedUntilKilled runs a child, kills it after n acknowledged entries and adds all that it acknowledged to acked.
func acknowledgedUntilKilled(t *testing.T, dir string, n int, acked map[uint64]string) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	var stderr bytes.Buffer
	child.Stderr = &stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	seen := 0
	for lines.Scan() {
		var index uint64
		var hash string
		if _, err := fmt.Sscanf(lines.Text(), "%d %64s", &index, &hash); err != nil || len(hash) != 64 {
			continue // cut off by the kill
		}
		if other, ok := acked[index]; ok {
			t.Fatalf("index %d was acknowledged for %s, now for %s", index, other, hash)
		}
		acked[index] = hash
		if seen++; seen == n {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait() // it was killed
	if seen < n {
		t.Fatalf("the child ended by itself after %d entries: %s", seen, stderr.String())
	}
}

// After SIGKILL in the middle of appends every acknowledged entry is at its index, and the log continues the one before.
func TestKilledWhileAppending(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "log")
	acked := make(map[uint64]string)
	var last proof.Checkpoint
	var leaves [][]byte
	for _, n := range []int{1, 40, 300, 7, 150, 2} {
		acknowledgedUntilKilled(t, dir, n, acked)
		o, trust := options(t, dir)
		if err := tilelog.Verify(t.Context(), dir, o.VKey); err != nil {
			t.Fatal(err)
		}
		l, err := tilelog.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		size := l.Size()
		for index := uint64(len(leaves)); index < size; index++ {
			entry, err := l.Entry(t.Context(), index)
			if err != nil {
				t.Fatal(err)
			}
			leaves = append(leaves, entry)
		}
		for index, hash := range acked {
			if index >= size {
				t.Fatalf("acknowledged entry %d is lost, the log has %d", index, size)
			}
			if got := fmt.Sprintf("%x", sha256.Sum256(leaves[index])); got != hash {
				t.Fatalf("entry %d is %s, acknowledged was %s", index, got, hash)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		text, err := l.Checkpoint(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		c, err := proof.VerifyCheckpoint(text, trust)
		if err != nil {
			t.Fatal(err)
		}
		if c.Size != size || c.Root != proof.Root(leaves) || c.Size < last.Size {
			t.Fatalf("checkpoint of size %d after one of %d does not match the %d entries", c.Size, last.Size, size)
		}
		last = c
	}
}
