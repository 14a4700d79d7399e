package store_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
)

// childDir names the variable that makes the test binary the child of TestKilledWhileStoring.
const childDir = "STORE_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := storeUntilKilled(context.Background(), dir); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// batches is the file that the child stores from.
const batches = "batches"

// storeUntilKilled stores one statement after the other, from where the store stands, and prints the number of each.
func storeUntilKilled(ctx context.Context, dir string) error {
	file, err := os.ReadFile(filepath.Join(dir, batches))
	if err != nil {
		return err
	}
	var all []bundle.Batch
	if err := cose.Unmarshal(file, &all); err != nil {
		return err
	}
	s, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		return err
	}
	first, _, err := statement.Parse(all[0].Statement)
	if err != nil {
		return err
	}
	sequence, err := s.Sequence(ctx, first.Device)
	if err != nil {
		return err
	}
	for _, b := range all[sequence.Next:] {
		st, _, err := statement.Parse(b.Statement)
		if err != nil {
			return err
		}
		var leaves []store.Leaf
		for _, leaf := range b.Leaves {
			r, err := record.Decode(leaf)
			if err != nil {
				return err
			}
			leaves = append(leaves, store.Leaf{Record: r, Leaf: leaf})
		}
		if err := s.AddStatement(ctx, store.Statement{Device: st.Device, Number: st.Number, Signed: b.Statement}, leaves); err != nil {
			return err
		}
		fmt.Println(st.Number)
	}
	select {} // until killed
}

// TestKilledWhileStoring: after SIGKILL in the middle of storing, every statement that was acknowledged is there, each with all its
// records or not at all, and the next process goes on from there.
func TestKilledWhileStoring(t *testing.T) {
	t.Parallel()
	const each, total = 30, 60
	w, dir := bundletest.New(t), t.TempDir()
	device := w.Device(bundletest.Ed25519(51), "P")
	point := device.Point("P", bundletest.Metric())
	for range total {
		for range each {
			point.Event(record.Event{Kind: record.Alarm, Name: "level"})
		}
		device.Batch()
	}
	b := w.Bundle(bundle.Records)
	file, err := cose.Marshal(b.Batches)
	must(t, err)
	write(t, filepath.Join(dir, batches), file)
	s := open(t, dir, store.Options{})
	r, err := registry.Open(b.Registries[0], w.Trust().Organisation)
	must(t, err)
	must(t, s.AddRegistry(t.Context(), r.Organisation, r.Number, b.Registries[0], 0))
	must(t, s.Close())
	acknowledged := uint64(0)
	for _, n := range []int{1, 7, 2, 15} {
		acknowledged = max(acknowledged, killed(t, dir, n)+1)
		s, err := store.Open(t.Context(), dir, store.Options{})
		must(t, err)
		sequence, err := s.Sequence(t.Context(), device.Kid)
		must(t, err)
		if sequence.Next < acknowledged {
			t.Fatalf("statement %d was acknowledged, the store holds %d", acknowledged-1, sequence.Next)
		}
		counts, err := s.Counts(t.Context())
		must(t, err)
		same(t, "records", counts.Records, sequence.Next*each+1) // and the start event
		findings, err := s.Fsck(t.Context(), w.Trust(), func(context.Context, uint64) ([]byte, error) { return b.Registries[0], nil })
		must(t, err)
		same(t, "findings", findings, nil)
		must(t, s.Close())
	}
}

// killed runs a child, kills it after n acknowledged statements and returns the last of them.
func killed(t *testing.T, dir string, n int) (last uint64) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	var stderr bytes.Buffer
	child.Stderr = &stderr
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	seen := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, err := fmt.Sscanf(lines.Text(), "%d", &last); err != nil {
			t.Fatalf("the child says %q", lines.Text())
		}
		if seen++; seen == n {
			must(t, child.Process.Kill())
		}
	}
	_ = child.Wait() // it was killed
	if seen < n {
		t.Fatalf("the child ended by itself after %d statements: %s", seen, stderr.String())
	}
	return last
}
