package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/gauger/gauger/cmd/internal/story"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
)

// played is a world whose processes have all ended.
type played struct {
	dir     string
	outcome *outcome
	facts   facts
}

// small returns the small scenario with some of its text exchanged: pairs of what stands there, once, and what is to stand there.
func small(t testing.TB, exchange ...string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/small.yaml")
	must(t, err)
	text := string(b)
	for i := 0; i < len(exchange); i += 2 {
		if n := strings.Count(text, exchange[i]); n != 1 {
			t.Fatalf("%q stands %d times in the small scenario", exchange[i], n)
		}
		text = strings.Replace(text, exchange[i], exchange[i+1], 1)
	}
	return []byte(text)
}

// play plays a scenario to its end in a directory, seals and verifies its bundles, ends all processes and reads the books.
func play(t testing.TB, dir string, source []byte, options ...func(*story.Options)) *played {
	t.Helper()
	scenario, err := story.Load("the small scenario", source)
	must(t, err)
	program, err := os.Executable()
	must(t, err)
	o := story.Options{Scenario: scenario, Source: source, Dir: dir, Program: program, Env: []string{asProgram + "=1"}}
	for _, set := range options {
		set(&o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w, err := story.New(ctx, o)
	must(t, err)
	ended := false
	defer func() { // a test may end inside of Play
		if !ended {
			must(t, w.Close())
		}
	}()
	p := &played{dir: dir}
	if err = w.Play(ctx); err == nil {
		p.outcome, _, err = conclude(ctx, w)
	}
	ended = true
	must(t, w.Close())
	if left := running(t); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, logs(t, dir))
	}
	p.facts = readFacts(t, dir)
	p.facts.decisions(t, dir)
	return p
}

// logs returns the end of each process's log.
func logs(t testing.TB, dir string) string {
	var out strings.Builder
	names, err := filepath.Glob(filepath.Join(dir, "logs", "*.log"))
	must(t, err)
	for _, name := range names {
		b, err := os.ReadFile(name)
		must(t, err)
		fmt.Fprintf(&out, "== %s\n%s\n", filepath.Base(name), b[max(0, len(b)-2000):])
	}
	return out.String()
}

// running lists this process's children, where the system tells.
func running(t testing.TB) (out []string) {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", os.Getpid()))
	must(t, err)
	for _, name := range lists {
		if b, err := os.ReadFile(name); err == nil { // a thread may have ended
			out = append(out, strings.Fields(string(b))...)
		}
	}
	return out
}

// onLoopback checks that the processes of a world that runs listen on the loopback interface alone, where the system tells.
func onLoopback(t testing.TB) {
	t.Helper()
	open := map[string]bool{} // sockets, as links to them read
	for _, pid := range running(t) {
		links, err := filepath.Glob("/proc/" + pid + "/fd/*")
		must(t, err)
		for _, link := range links {
			if to, err := os.Readlink(link); err == nil { // it may be closed by now
				open[to] = true
			}
		}
	}
	listening := 0
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		b, err := os.ReadFile(table)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			const local, state, inode, listen = 1, 3, 9, "0A"
			f := strings.Fields(line)
			if len(f) <= inode || f[state] != listen || !open["socket:["+f[inode]+"]"] {
				continue
			}
			listening++
			if !strings.HasPrefix(f[local], "0100007F:") {
				t.Errorf("a process of the world listens on %s of %s", f[local], table)
			}
		}
	}
	if len(open) > 0 && listening < 3 {
		t.Errorf("%d sockets listen: broker, cloud and a meter should", listening)
	}
}

// reference is the small scenario, undisturbed. It is played once.
var reference = sync.OnceValue(func() func(testing.TB) *played {
	var p *played
	var once sync.Once
	return func(t testing.TB) *played {
		once.Do(func() {
			look := when("Hardisty rail unloading: gateway switched on", func() { onLoopback(t) })
			p = play(t, filepath.Join(scratch, "reference"), small(t), look)
		})
		if p == nil {
			t.Fatal("the undisturbed world failed in another test")
		}
		return p
	}
})()

// facts is what a world came to: totals, interval bodies, tickets and decisions, each figure under its own name. What differs from
// run to run is left out: keys, salts, hashes, and sequence numbers, which the event of a restart shifts.
type facts map[string]string

// same checks that two worlds came to exactly the same.
func (f facts) same(t testing.TB, want facts) {
	t.Helper()
	moved := f.moved(want)
	for _, name := range moved[:min(len(moved), 20)] {
		t.Errorf("%s is %q, undisturbed it is %q", name, f[name], want[name])
	}
	if len(moved) > 0 || len(f) < 1000 {
		t.Errorf("%d of %d facts differ", len(moved), len(f))
	}
}

// moved returns the names of the facts that differ between two worlds, sorted.
func (f facts) moved(to facts) (out []string) {
	for name, value := range f {
		if other, ok := to[name]; !ok || other != value {
			out = append(out, name)
		}
	}
	for name := range to {
		if _, ok := f[name]; !ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// readFacts reads points and tickets from the cloud's store.
func readFacts(t testing.TB, dir string) facts {
	t.Helper()
	f := facts{}
	records := map[string][]*record.Record{}
	for _, leaf := range blobs(t, dir, "SELECT leaf FROM records ORDER BY point, seq") {
		r, err := record.Decode(leaf)
		must(t, err)
		records[r.Point] = append(records[r.Point], r)
	}
	for point, all := range records {
		f.point(t, point, all)
	}
	for _, b := range blobs(t, dir, "SELECT signed FROM tickets") {
		var signed ticket.Signed
		must(t, cose.Unmarshal(b, &signed))
		tk, err := ticket.Decode(signed.Ticket)
		must(t, err)
		f.add(t, fmt.Sprintf("ticket %s:%d", tk.ID, tk.Version), tk)
	}
	return f
}

// counted returns where a point's meter stood at its first record, the pulses of all its intervals, and where it stood at the last.
func counted(t testing.TB, dir, point string) (first, sum, last uint64) {
	t.Helper()
	for _, leaf := range blobs(t, dir, "SELECT leaf FROM records WHERE point = '"+point+"' ORDER BY seq") {
		r, err := record.Decode(leaf)
		must(t, err)
		switch {
		case r.Event != nil && r.Event.Kind == record.Start:
			first, err = strconv.ParseUint(r.Event.New, 10, 64)
			must(t, err)
		case r.Interval != nil:
			sum += uint64(r.Interval.Pulses)
			last = r.Interval.Totaliser
		}
	}
	return first, sum, last
}

// point adds what a measuring point has recorded, but for restarts.
func (f facts) point(t testing.TB, point string, all []*record.Record) {
	t.Helper()
	intervals, events := 0, 0
	for _, r := range all {
		switch {
		case r.Interval != nil:
			place := fmt.Sprintf("point %s, interval %d", point, intervals)
			f.add(t, place, r.Interval)
			f.add(t, place, map[string]any{"start": r.Start, "end": r.End, "clock": r.Clock.String()})
			f.add(t, "point "+point+", totals", r.Interval.Totals)
			intervals++
		case r.Event.Kind != record.Restart:
			e := *r.Event
			if e.Kind == record.Start {
				e.Who = "" // names the configuration, which holds addresses
			}
			f.add(t, fmt.Sprintf("point %s, event %d", point, events), map[string]any{"at": r.Start, "event": e})
			events++
		}
	}
}

// decisions adds the decisions that the bundles of a world carry.
func (f facts) decisions(t testing.TB, dir string) {
	t.Helper()
	for _, name := range bundles(t, dir) {
		d := decisionOf(t, name)
		f.add(t, "decision "+d.Entry, d)
	}
}

var hash = regexp.MustCompile("^[0-9a-f]{64}$")

// add takes a value apart into its JSON leaves.
func (f facts) add(t testing.TB, name string, value any) {
	t.Helper()
	b, err := json.Marshal(value)
	must(t, err)
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	must(t, d.Decode(&v))
	f.leaves(name, v)
}

func (f facts) leaves(name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, e := range v {
			if key != "first" && key != "last" {
				f.leaves(name+"."+key, e)
			}
		}
	case []any:
		f[name+".length"] = fmt.Sprint(len(v))
		for i, e := range v {
			f.leaves(fmt.Sprintf("%s.%d", name, i), e)
		}
	case string:
		if !hash.MatchString(v) {
			f[name] = v
		}
	default:
		f[name] = fmt.Sprint(v)
	}
}

// blobs reads one column from the cloud's store.
func blobs(t testing.TB, dir, query string) (out [][]byte) {
	t.Helper()
	db := database(t, dir)
	rows, err := db.Query(query)
	must(t, err)
	for rows.Next() {
		var b []byte
		must(t, rows.Scan(&b))
		out = append(out, b)
	}
	must(t, rows.Err())
	must(t, db.Close())
	return out
}

// database opens the cloud's store by itself.
func database(t testing.TB, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "cloud", "data", "gauger.db")+"?_pragma=busy_timeout(10000)")
	must(t, err)
	return db
}
