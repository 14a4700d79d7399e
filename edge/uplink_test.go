package edge

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/internal/conf"
	"github.com/gauger/gauger/internal/durable/faultfs"
)

func receiptReply() wire.Reply { return wire.Reply{Receipt: []byte("receipt")} }

func refusalReply(code wire.Code) wire.Reply {
	return wire.Reply{Refusal: &wire.Refusal{Code: code, Text: "why"}}
}

func wantReply(n uint64) wire.Reply { return wire.Reply{Want: &wire.Want{Number: n}} }

// TestUplink plays what happens and reads what is sent.
func TestUplink(t *testing.T) {
	type happening struct {
		at    int         // seconds
		about uint64      // what the reply is about
		reply *wire.Reply // nothing: the time has come to send
		want  []uint64    // what is sent
	}
	on := func(at int, about uint64, r wire.Reply, want ...uint64) happening {
		return happening{at, about, &r, want}
	}
	send := func(at int, want ...uint64) happening { return happening{at: at, want: want} }
	for _, tc := range []struct {
		name, why string
		made      int // statements from number 10 on
		play      []happening
		halted    string
		left      []uint64 // unanswered at the end
		doomed    uint64
	}{
		{"answered", "is never sent again", 2, []happening{send(0, 10, 11), on(1, 10, receiptReply()), on(1, 11, receiptReply()), send(16)}, "", nil, 0},
		{"unanswered", "is sent again and again", 1, []happening{send(0, 10), send(14), send(15, 10), send(29), send(30, 10), send(10_000, 10)}, "", []uint64{10}, 0},
		{"window", "only so many are under way at once; each answer lets the next one in", 5, []happening{send(0, 10, 11, 12), send(1), on(2, 11, receiptReply()), send(2, 13), on(3, 10, receiptReply()), on(3, 13, receiptReply()), send(3, 14)}, "", []uint64{12, 14}, 0},
		{"answered twice", "the second answer changes nothing", 2, []happening{send(0, 10, 11), on(1, 10, receiptReply()), on(1, 10, receiptReply()), send(15, 11)}, "", []uint64{11}, 0},
		{"refused", "nothing is sent any more; what is answered still counts", 3, []happening{send(0, 10, 11, 12), on(1, 10, refusalReply(wire.BadRecord)), on(1, 11, receiptReply()), send(20), on(21, 0, wantReply(10)), send(40)},
			"statement 10 was refused (bad-record): why", []uint64{12}, 0},
		{"refused without being used up", "it waits for a restart", 1, []happening{send(0, 10), on(1, 10, refusalReply(wire.Unregistered)), send(20)}, "statement 10 was refused (unregistered): why", []uint64{10}, 0},
		{"refused as the one before it was", "statements made before the start that follow a refused one need nobody to mend anything", 2, []happening{send(0, 10, 11), on(1, 10, refusalReply(wire.BadRecord)), send(15, 11), on(16, 11, refusalReply(wire.Unregistered)), send(40)}, "statement 11 was refused (unregistered): why", []uint64{11}, 12},
		{"old refusal", "of a statement that was answered since: the network repeats it", 2, []happening{send(0, 10, 11), on(1, 10, receiptReply()), on(2, 10, refusalReply(wire.Unregistered)), on(2, 3, refusalReply(wire.BadLeaves)), send(15, 11)}, "", []uint64{11}, 0},
		{"wanted", "and all after it are due, but not what was sent a moment ago", 3, []happening{send(0, 10, 11, 12), on(1, 0, wantReply(11)), send(1), on(5, 0, wantReply(11)), send(5, 11, 12), on(6, 0, wantReply(11)), send(6), send(15, 10)}, "", []uint64{10, 11, 12}, 0},
		{"wanted before it was ever sent", "it is due anyway", 4, []happening{send(0, 10, 11, 12), on(5, 0, wantReply(13)), send(5)}, "", []uint64{10, 11, 12, 13}, 0},
		{"wanted again", "a cloud that was restored misses one that was answered: it gets it at once, and what follows too", 3, []happening{send(0, 10, 11, 12), on(1, 10, receiptReply()), on(9, 0, wantReply(10), 10), send(9, 11, 12), on(9, 0, wantReply(4), 4)}, "", []uint64{11, 12}, 0},
		{"wanted again at rest", "when nothing else is under way", 1, []happening{send(0, 10), on(1, 10, receiptReply()), on(9, 0, wantReply(10), 10)}, "", nil, 0},
		{"wanted of the future", "what is not made yet is not sent", 2, []happening{send(0, 10, 11), on(9, 0, wantReply(12)), send(9)}, "", []uint64{10, 11}, 0},
		{"checkpoint", "changes nothing", 1, []happening{send(0, 10), on(1, 0, wire.Reply{Checkpoint: []byte("c")}), send(15, 10)}, "", []uint64{10}, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			u := uplink{window: 3, retry: 15 * time.Second, doomed: tc.doomed}
			for n := range tc.made {
				u.enqueue(uint64(10 + n))
			}
			for i, h := range tc.play {
				now := epoch.Add(time.Duration(h.at) * time.Second)
				var got []uint64
				if h.reply == nil {
					got = u.send(now)
				} else {
					got = u.reply(h.about, *h.reply, now)
				}
				if !slices.Equal(got, h.want) {
					t.Fatalf("%s: step %d at %d s sends %v, want %v", tc.why, i, h.at, got, h.want)
				}
			}
			if u.halted != tc.halted {
				t.Errorf("halted: %q, want %q", u.halted, tc.halted)
			}
			if got := numbers(u); !slices.Equal(got, tc.left) {
				t.Errorf("%v are unanswered, want %v", got, tc.left)
			}
		})
	}
}

func numbers(u uplink) (out []uint64) {
	for _, f := range u.waiting {
		out = append(out, f.number)
	}
	return out
}

// TestUplinkSendsUntilAnswered: however replies come, each statement is sent until it is answered and then no more, never more
// than the window at once, and within a retry whatever is in the window is sent.
func TestUplinkSendsUntilAnswered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := uplink{window: rapid.IntRange(1, 5).Draw(t, "window"), retry: 15 * time.Second}
		now, made, answered := epoch, uint64(0), map[uint64]bool{}
		last := map[uint64]time.Time{}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "seconds")) * time.Second)
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				u.enqueue(made)
				made++
			case 1:
				if made > 0 {
					n := rapid.Uint64Range(0, made-1).Draw(t, "answered")
					u.reply(n, receiptReply(), now)
					answered[n] = true
				}
			case 2:
				if made > 0 {
					u.reply(made, wantReply(rapid.Uint64Range(0, made-1).Draw(t, "wanted")), now)
				}
			}
			sent := u.send(now)
			if len(sent) > u.window || !slices.IsSorted(sent) {
				t.Fatalf("sends %v with a window of %d", sent, u.window)
			}
			for _, n := range sent {
				if answered[n] {
					t.Fatalf("%d is sent after its answer", n)
				}
				last[n] = now
			}
			var open []uint64
			for n := range made {
				if !answered[n] {
					open = append(open, n)
				}
			}
			if got := numbers(u); !slices.Equal(got, open) {
				t.Fatalf("%v are waiting, want %v", got, open)
			}
			for _, n := range open[:min(u.window, len(open))] {
				if now.Sub(last[n]) >= u.retry {
					t.Fatalf("%d was sent at %s, and not since", n, last[n])
				}
			}
		}
	})
}

// network is a link that loses, doubles and reorders, both ways. What it carries is delivered when the test says so.
type network struct {
	rnd     *rand.Rand
	cloud   *cloud
	up      [][]byte
	down    [][]byte
	perfect bool
}

var _ Link = (*network)(nil)

func (n *network) Publish(_ context.Context, _ string, payload []byte, _ bool) error {
	n.up = n.enter(n.up, payload)
	return nil
}

func (n *network) Subscribe(string, func(string, []byte)) error { return nil }

func (n *network) enter(queue [][]byte, message []byte) [][]byte {
	switch fate := n.rnd.IntN(10); {
	case n.perfect || fate >= 5:
		return append(queue, message)
	case fate >= 3:
		return append(queue, message, message)
	}
	return queue
}

// next takes a message out, any of those under way.
func (n *network) next(queue *[][]byte) []byte {
	if len(*queue) == 0 {
		return nil
	}
	i := 0
	if !n.perfect {
		i = n.rnd.IntN(len(*queue))
	}
	message := (*queue)[i]
	*queue = slices.Delete(*queue, i, i+1)
	return message
}

// gateway is journal, batcher and uplink of an edge, driven step by step.
type gateway struct {
	t      *testing.T
	fs     *faultfs.FS
	mended int // restarts because of a refusal
	net    *network
	clock  *hand
	points []*scripted
	sender *sender
	starts int
}

// start opens the journal anew, as a restart does.
func (g *gateway) start() {
	g.t.Helper()
	a := &Agent{
		o: Options{
			Config:    &Config{Organisation: organisation, Batch: BatchConfig{Retry: conf.Duration(15 * time.Second)}},
			CloudKeys: []cose.Key{public(cloudKey)}, Trust: trusted(), Link: g.net,
		},
		device: public(deviceKey), journal: openedJournal(g.t, g.fs), metrics: newMetrics(),
	}
	g.sender = newSender(a)
	g.sender.real, g.sender.uplink.window = g.clock, 4
	g.starts++
}

// step lets a little time pass and something happen.
func (g *gateway) step(produce bool) {
	g.t.Helper()
	rnd, j := g.net.rnd, g.sender.agent.journal
	g.clock.set(g.clock.Now().Add(time.Duration(rnd.IntN(5000)) * time.Millisecond))
	if produce {
		must(g.t, j.addRecords(g.points[rnd.IntN(len(g.points))].minutes(1+rnd.IntN(3), 10), nil))
	}
	for {
		due := BatchPolicy{Records: 5, Age: time.Hour}.due(j.waiting(), epoch.UnixMilli(), !produce)
		if due == nil {
			break
		}
		n, err := j.makeStatement(due, stampOf(), deviceKey, organisation)
		must(g.t, err)
		g.sender.enqueue(n)
	}
	for _, n := range g.sender.uplink.send(g.clock.Now()) {
		must(g.t, g.sender.send(g.t.Context(), n))
	}
	for range rnd.IntN(4) {
		if m := g.net.next(&g.net.up); m != nil {
			g.net.down = g.net.enter(g.net.down, g.net.cloud.handle(m))
		}
		if m := g.net.next(&g.net.down); m != nil {
			must(g.t, g.sender.take(g.t.Context(), m))
		}
	}
}

// restart kills the gateway, with whatever the disk then holds, and mends the cause of a refusal.
func (g *gateway) restart() {
	g.t.Helper()
	g.fs = g.fs.CrashClone(g.net.rnd.Uint64(), g.net.rnd.IntN(101))
	g.start()
}

// mend restarts a gateway that was refused, as its operator does.
func (g *gateway) mend() {
	g.t.Helper()
	if g.sender.uplink.halted != "" {
		g.mended++
		g.restart()
	}
}

func newGateway(t *testing.T, seed uint64) *gateway {
	g := &gateway{t: t, fs: faultfs.New(), clock: &hand{now: epoch}, net: &network{rnd: rand.New(rand.NewPCG(seed, 1)), cloud: newCloud()}}
	for _, name := range []string{"A", "B"} {
		g.points = append(g.points, &scripted{t: t, settings: pointSettings(name)})
	}
	g.start()
	return g
}

// finish lets the network become good and waits until nothing is left.
func (g *gateway) finish() error {
	for range 400 {
		g.mend()
		g.step(false)
		if g.done() {
			return nil
		}
		g.net.perfect = g.net.rnd.IntN(20) == 0 || g.net.perfect
	}
	for _, p := range g.points {
		if err := g.net.cloud.lost(p.settings.point, p.state.chain.Next); err != nil {
			return err
		}
	}
	return fmt.Errorf("%d statements are unanswered for ever", len(g.sender.uplink.waiting))
}

func (g *gateway) done() bool {
	for _, p := range g.points {
		if g.net.cloud.lost(p.settings.point, p.state.chain.Next) != nil {
			return false
		}
	}
	return len(g.sender.uplink.waiting) == 0 && g.sender.uplink.halted == ""
}

// TestBadNetwork: journal and uplink in front of a cloud that hears and is heard only now and then, twice, and in any order; the
// gateway is killed on the way, and the cloud refuses a statement and is restored from an older copy. In the end each record
// is in the cloud once, in order, and each statement number was used once.
func TestBadNetwork(t *testing.T) {
	for seed := range uint64(60 / stride) {
		g := newGateway(t, seed)
		unlucky := g.net.rnd.Uint64N(12)
		g.net.cloud.refuse = func(s *statement.Statement) *wire.Refusal {
			if s.Number != unlucky {
				return nil
			}
			return &wire.Refusal{Code: wire.BadPoint, Text: "not registered"}
		}
		copied := g.net.cloud.copied()
		for k := range 60 {
			g.step(g.net.rnd.IntN(3) == 0)
			g.mend()
			if g.net.rnd.IntN(40) == 0 {
				g.restart()
			}
			switch k {
			case 20:
				copied = g.net.cloud.copied()
			case 40:
				g.net.cloud.restore(copied)
			}
		}
		if err := g.finish(); err != nil {
			t.Fatalf("seed %d, %d starts: %v", seed, g.starts, err)
		}
		// Refused once, and once more by the cloud that was restored; what follows the refused one needs nobody.
		if g.mended > 2 {
			t.Fatalf("seed %d: the operator had to mend %d times", seed, g.mended)
		}
		for n, signed := range g.net.cloud.copied().signed {
			if own, err := g.sender.agent.journal.signed(uint64(n)); err != nil || !bytes.Equal(own, signed) {
				t.Fatalf("seed %d: statement %d is another one in the cloud, %v", seed, n, err)
			}
		}
		must(t, whole(g.sender.agent.journal))
	}
}

// TestNotOurReplies: what is not signed by the cloud, proves nothing, or asks for what was never made is not a reply. The
// statement is sent on.
func TestNotOurReplies(t *testing.T) {
	g := newGateway(t, 1)
	g.net.perfect = true
	must(t, g.sender.agent.journal.addRecords(g.points[0].minutes(3, 10), nil))
	hash := stated(t, g.sender.agent.journal, g.sender.agent.journal.waiting()...)
	g.sender.enqueue(0)
	other, err := wire.SignReply(signer(9), wire.Reply{Device: public(deviceKey).Kid(), Statement: hash, Receipt: []byte("x")})
	must(t, err)
	elsewhere, err := wire.SignReply(cloudKey, wire.Reply{Device: public(signer(9)).Kid(), Statement: hash, Refusal: &wire.Refusal{Code: wire.BadRecord}})
	must(t, err)
	for _, tc := range []struct {
		name    string
		message []byte
	}{
		{"noise", []byte("noise")},
		{"of another key", other},
		{"to another device", elsewhere},
		{"a receipt that is none", reply(wire.Reply{Statement: hash, Receipt: []byte("trust me")})},
		{"a receipt for another entry", reply(wire.Reply{Statement: hash, Receipt: receiptOf([][]byte{[]byte("another statement")}, 0)})},
		{"a receipt for nothing of ours", reply(wire.Reply{Statement: [32]byte{1}, Receipt: receiptOf([][]byte{[]byte("another statement")}, 0)})},
		{"wish for what was never made", reply(wantReply(1))},
		{"wish for a number far away", reply(wantReply(1 << 63))},
		{"refusal of another's statement", reply(wire.Reply{Statement: [32]byte{1}, Refusal: &wire.Refusal{Code: wire.BadRecord}})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := g.sender.agent.journal.log.Next()
			must(t, g.sender.take(t.Context(), tc.message))
			if g.sender.uplink.halted != "" || !cmp.Equal(numbers(g.sender.uplink), []uint64{0}) || g.sender.agent.journal.log.Next() != before {
				t.Errorf("it counted: halted %q, waiting %v", g.sender.uplink.halted, numbers(g.sender.uplink))
			}
		})
	}
	must(t, g.finish())
	must(t, g.sender.take(t.Context(), reply(wantReply(1)))) // at rest too
}

// TestRefusedRecordsComeAgain: a refusal that uses the number up stops the uplink until the restart. Then the records are in
// the next number, and the refused statement is not sent again.
func TestRefusedRecordsComeAgain(t *testing.T) {
	g := newGateway(t, 1)
	g.net.perfect = true
	registered := false
	g.net.cloud.refuse = func(*statement.Statement) *wire.Refusal {
		if registered {
			return nil
		}
		return &wire.Refusal{Code: wire.BadPoint, Text: "not registered"}
	}
	must(t, g.sender.agent.journal.addRecords(g.points[0].minutes(3, 10), nil))
	for range 50 {
		g.step(false)
	}
	j := g.sender.agent.journal
	if want := "statement 0 was refused (bad-point): not registered"; g.sender.uplink.halted != want {
		t.Errorf("halted: %q, want %q", g.sender.uplink.halted, want)
	}
	if g.net.cloud.count != 1 || j.made() != 2 {
		t.Errorf("%d messages and %d statements, want 1 and 2", g.net.cloud.count, j.made())
	}
	registered = true
	g.restart()
	must(t, g.finish())
	first, err := g.sender.agent.journal.statement(0)
	must(t, err)
	second, err := g.sender.agent.journal.statement(1)
	must(t, err)
	if !cmp.Equal(first.Runs, second.Runs) || second.Prev != g.sender.agent.journal.hash(0) || g.net.cloud.count != 2 {
		t.Errorf("statement 0 is over %v, 1 over %v; %d messages", first.Runs, second.Runs, g.net.cloud.count)
	}
}
