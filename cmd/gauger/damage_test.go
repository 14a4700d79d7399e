package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/keyfile"
	"github.com/gauger/gauger/ledger/tilelog"
)

// copied returns a copy of the undisturbed world, to damage.
func copied(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "world")
	must(t, os.CopyFS(dir, os.DirFS(reference(t).dir)))
	for _, pattern := range []string{"cloud/*.key", "sites/*/*.key", "parties/*/*.key"} {
		keys, err := filepath.Glob(filepath.Join(dir, pattern))
		must(t, err)
		for _, key := range keys {
			must(t, os.Chmod(key, 0o600))
		}
	}
	return dir
}

// TestStoreDamaged: whatever is changed in the cloud's store behind its back, fsck names it.
func TestStoreDamaged(t *testing.T) {
	fsck := func(t *testing.T, dir string) (int, string, string) {
		return gauger(t, "cloud", "fsck", "--log", "error", "--config", filepath.Join(dir, "cloud", "cloud.yaml"))
	}
	t.Run("nothing", func(t *testing.T) {
		if code, out, problem := fsck(t, copied(t)); code != exitOK || out != "store and ledger are as they were verified\n" {
			t.Errorf("exit code %d: %s%s", code, out, problem)
		}
	})
	for _, c := range []struct{ name, change, finding string }{
		{"a byte of a record", `UPDATE records SET leaf = CAST(substr(leaf, 1, 150) || x'ff' || substr(leaf, 152) AS BLOB)
			WHERE point = 'RAIL-3' AND seq = 2`, "RAIL-3 seq 2: "},
		{"a record is another one", `UPDATE records SET leaf = (SELECT leaf FROM records WHERE point = 'RAIL-3' AND seq = 3)
			WHERE point = 'RAIL-3' AND seq = 2`, "RAIL-3 seq 2: "},
		{"a record is gone", `DELETE FROM records WHERE point = 'HASKETT-1' AND seq = 4`, "HASKETT-1 seq 4: not in the store"},
		{"when a record ends", `UPDATE records SET ends = ends + 1 WHERE point = 'WHITEMUD-1' AND seq = 5`, "WHITEMUD-1 seq 5: its row says"},
		{"a signature", `UPDATE records SET signature = (SELECT signature FROM records WHERE point = 'RAIL-3' AND seq = 1)
			WHERE point = 'PRODUCER-B-1' AND seq = 3`, "PRODUCER-B-1 seq 3: "},
		{"a ticket", `UPDATE tickets SET signed = (SELECT signed FROM tickets WHERE id = 'T-1001') WHERE id = 'T-1002'`,
			"ticket T-1002 version 1: it says that it is version 1 of ticket T-1001"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := copied(t)
			db := database(t, dir)
			if c.name == "a ticket" { // its hash stays unique
				_, err := db.Exec("UPDATE tickets SET hash = x'00' WHERE id = 'T-1002'")
				must(t, err)
			}
			result, err := db.Exec(c.change)
			must(t, err)
			if n, err := result.RowsAffected(); n != 1 || err != nil {
				t.Fatalf("changed %d rows: %v", n, err)
			}
			must(t, db.Close())
			code, out, problem := fsck(t, dir)
			if code != exitFailed {
				t.Errorf("exit code %d", code)
			}
			contains(t, "findings", out, c.finding)
			contains(t, "message", problem, "what they name is not what was verified; restore it from a copy")
			if n := strings.Count(out, "\n"); n > 3 {
				t.Errorf("one change gives %d findings:\n%s", n, out)
			}
		})
	}
}

// frame is an entry of a gateway's journal, as far as it is known outside.
type frame struct {
	Kind  uint64 `cbor:"1,keyasint"`
	Body  []byte `cbor:"2,keyasint"`
	Proof []byte `cbor:"3,keyasint,omitempty"`
}

// rewrite writes a site's journal anew through the same package that the gateway uses, so that all checksums are right. Each record
// passes through change.
func rewrite(t testing.TB, site string, change func(*record.Record, *frame)) {
	t.Helper()
	old, journal := filepath.Join(site, "old"), filepath.Join(site, "journal")
	must(t, os.Rename(journal, old))
	from, err := durable.OpenLog(durable.OS, old, durable.LogOptions{})
	must(t, err)
	to, err := durable.OpenLog(durable.OS, journal, durable.LogOptions{})
	must(t, err)
	for e, err := range from.All(from.First()) {
		must(t, err)
		var f frame
		must(t, cose.Unmarshal(e.Data, &f))
		if r, err := record.Decode(f.Body); err == nil {
			change(r, &f)
		}
		b, err := cose.Marshal(f)
		must(t, err)
		_, err = to.Append(b)
		must(t, err)
	}
	must(t, to.Sync())
	must(t, errors.Join(from.Close(), to.Close()))
}

// TestJournalAltered: a gateway does not go on with a journal in which somebody changed a record, however well; it names the record.
func TestJournalAltered(t *testing.T) {
	const point, seq = "WHITEMUD-1", 5
	for _, c := range []struct {
		name    string
		change  func(t *testing.T, site string, r *record.Record, f *frame)
		message string
	}{
		{"the pulses", func(t *testing.T, _ string, r *record.Record, f *frame) {
			r.Interval.Pulses++
			f.Body = encoded(t, r)
		}, "WHITEMUD-1 seq 5: "},
		{"the pulses, and all that is computed from them", func(t *testing.T, _ string, r *record.Record, f *frame) {
			f.Body = encoded(t, onePulseMore(t, r))
		}, "WHITEMUD-1 seq 5: "},
		{"all that, signed with the gateway's own key", func(t *testing.T, site string, r *record.Record, f *frame) {
			f.Body = encoded(t, onePulseMore(t, r))
			key, err := keyfile.Load(filepath.Join(site, "device.key"))
			must(t, err)
			f.Proof, err = cose.SignDetached(key, record.Thing, f.Body)
			must(t, err)
		}, "WHITEMUD-1 seq 6: its prev is"},
		{"the signature", func(_ *testing.T, _ string, _ *record.Record, f *frame) { f.Proof[len(f.Proof)-1] ^= 1 }, "WHITEMUD-1 seq 5: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := filepath.Join(copied(t), "sites", "whitemud")
			rewrite(t, site, func(r *record.Record, f *frame) {
				if r.Point == point && r.Seq == seq {
					c.change(t, site, r, f)
				}
			})
			code, _, problem := gauger(t, "edge", "--log", "error", "--config", filepath.Join(site, "edge.yaml"))
			if code != exitFailed {
				t.Errorf("exit code %d", code)
			}
			contains(t, "message", problem, "gauger: open journal ", "entry ", c.message, "restore the journal from a copy, or start a new device identity")
		})
	}
	t.Run("nothing", func(t *testing.T) {
		site := filepath.Join(copied(t), "sites", "whitemud")
		rewrite(t, site, func(*record.Record, *frame) {})
		runsUntilTold(t, "edge", "--flush", "1s", "--config", filepath.Join(site, "edge.yaml"))
	})
}

func encoded(t testing.TB, r *record.Record) []byte {
	t.Helper()
	leaf, err := r.Encode()
	must(t, err)
	return leaf
}

// onePulseMore returns an interval record with a pulse more, and everything computed from it as it should be.
func onePulseMore(t testing.TB, r *record.Record) *record.Record {
	t.Helper()
	i := r.Interval
	more, err := record.Compute(i.Parameters, record.Measured{
		Totaliser: i.Totaliser + 1, Pulses: i.Pulses + 1, FlowTime: i.FlowTime, Temperature: i.Temperature, Pressure: i.Pressure, Quality: i.Quality,
	}, i.Before())
	must(t, err)
	r.Interval = more
	return r
}

// runsUntilTold starts a program that runs for ever, and ends it once it says that it runs.
func runsUntilTold(t testing.TB, args ...string) {
	t.Helper()
	program, err := os.Executable()
	must(t, err)
	c := exec.Command(program, args...)
	c.Env = append(os.Environ(), asProgram+"=1")
	out, err := c.StderrPipe()
	must(t, err)
	must(t, c.Start())
	watchdog := time.AfterFunc(time.Minute, func() { _ = c.Process.Kill() })
	var said bytes.Buffer
	told := false
	for b := make([]byte, 4096); err == nil; {
		var n int
		n, err = out.Read(b)
		said.Write(b[:n])
		if !told && strings.Contains(said.String(), " runs\"") {
			told = true
			must(t, c.Process.Signal(syscall.SIGTERM))
		}
	}
	watchdog.Stop()
	if ended := c.Wait(); !told || ended != nil || err != io.EOF {
		t.Error(fmt.Errorf("gauger %v: %w\n%s", args, errors.Join(ended, err), said.String()))
	}
}

// TestOlderLedger: a cloud whose ledger was restored from an older copy, or lost, makes it whole again from its store, and the same
// receipts hold. If the copy was written to since, or the store lacks an entry too, it does not start. fsck writes nothing.
func TestOlderLedger(t *testing.T) {
	dir := copied(t)
	config := filepath.Join(dir, "cloud", "cloud.yaml")
	c, err := loadCloudConfig(config)
	must(t, err)
	place := filepath.Join(c.Data, "ledger")
	must(t, os.Rename(place, place+".newest"))
	fsck := func() (int, string, string) { return gauger(t, "cloud", "fsck", "--log", "error", "--config", config) }
	for _, tt := range []struct {
		name            string
		same, different int // entries of the ledger, and others
		want            string
		whole           bool
	}{
		{"an older copy", 20, 0, "it has 20 entries, but the store of receipts knows of ", true},
		{"nothing at all", 0, 0, "it has 0 entries, but the store of receipts knows of ", true},
		{"an older copy with others since", 20, 500, "the first ", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			must(t, os.RemoveAll(place))
			rewritten(t, c, place+".newest", place, tt.same, tt.different)
			code, out, problem := fsck()
			if code != exitFailed {
				t.Errorf("fsck: exit code %d: %s", code, out)
			}
			contains(t, "fsck", problem, tt.want, "docs/how-to/restore-a-ledger.md")
			started, err := openCloud(t.Context(), config, true)
			if (err == nil) != tt.whole {
				t.Fatalf("the cloud: %v", err)
			}
			if err != nil {
				contains(t, "the cloud", err.Error(), tt.want)
				return
			}
			must(t, started.close())
			if code, out, problem := fsck(); code != exitOK {
				t.Errorf("made whole again: exit code %d: %s%s", code, out, problem)
			}
		})
	}
	must(t, os.RemoveAll(place))
	must(t, os.Rename(place+".newest", place))
	if code, out, problem := fsck(); code != exitOK {
		t.Errorf("with the newest copy: exit code %d: %s%s", code, out, problem)
	}
}

// rewritten writes a log of the cloud's key: the first entries of another, and others after them.
func rewritten(t testing.TB, c *cloudConfig, from, to string, same, different int) {
	t.Helper()
	key, err := keyfile.Load(c.LogKey)
	must(t, err)
	signer, vkey, err := tilelog.NewSigner(c.LogName, key)
	must(t, err)
	newest, err := tilelog.Open(t.Context(), tilelog.Options{Dir: from, Signer: signer, VKey: vkey})
	must(t, err)
	l, err := tilelog.Open(t.Context(), tilelog.Options{Dir: to, Signer: signer, VKey: vkey})
	must(t, err)
	for i := range same {
		entry, err := newest.Entry(t.Context(), uint64(i))
		must(t, err)
		_, err = l.Append(t.Context(), entry)
		must(t, err)
	}
	var all sync.WaitGroup
	for i := range different {
		all.Go(func() {
			if _, err := l.Append(t.Context(), fmt.Appendf(nil, "another entry %d", i)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	must(t, errors.Join(l.Close(), newest.Close()))
}
