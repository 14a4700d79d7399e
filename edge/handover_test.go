package edge

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/evidence/cose"
)

// nextKey is what the gateway signs with after deviceKey.
var nextKey = signer(9)

// ran is a gateway that measured under its first key, a pulse a second, for ten minutes, and sent everything.
func ran(t *testing.T) *rig {
	r := newRig(t)
	r.run(epoch, epoch.Add(10*time.Minute), 10*time.Second)
	return r
}

// run measures from one time to another.
func (r *rig) run(start, end time.Time, flush time.Duration) {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	o := r.options(until{lockStep(r.t, start), end, cancel})
	o.Flush = flush
	must(r.t, r.open(o, &moving{}))
	must(r.t, r.agent.Run(ctx))
	must(r.t, r.agent.Close())
}

// next turns the rig into the gateway under its next key, at a time.
func (r *rig) next(lost bool, now time.Time) error {
	r.key, r.now, r.device = nextKey, now, &device{}
	r.config.Journal = "/next"
	r.config.Previous = &PreviousConfig{Journal: journalDir, Key: hex.EncodeToString(public(deviceKey).Bytes()), Lost: lost}
	must(r.t, r.config.Previous.Validate())
	if err := r.open(r.options(&hand{now: now}), r.device); err != nil {
		return err
	}
	return r.agent.resume(now)
}

// TestHandover: under a new key a gateway is another device, with statements and chains of its own. They begin where those of the
// old key ended, and not a pulse is between them or counted twice.
func TestHandover(t *testing.T) {
	r := ran(t)
	must(t, r.next(false, epoch.Add(12*time.Minute)))
	r.flow(720)
	r.flow(780)
	want := []string{
		"10m0s start totaliser >600",
		"10m0s to 12m0s: 120 in 2m0s substituted gap", "12m0s gap  2026-03-01T06:10:00Z>2026-03-01T06:12:00Z",
		"12m0s to 13m0s: 60 in 1m0s",
	}
	if got := r.lines(); !slices.Equal(got, want) {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	first, _, err := r.agent.journal.record("LACT-1", 0)
	must(t, err)
	if who := first.Event.Who; !strings.HasSuffix(who, ", goes on after seq 10 of device "+public(deviceKey).Kid().String()) || first.Device != public(nextKey).Kid() {
		t.Errorf("device %s begins by %q", first.Device, who)
	}
	must(t, whole(r.agent.journal))
	must(t, r.agent.Close())

	// From then on the old journal is not needed: it may be put away.
	r.config.Previous.Journal, r.device = "/gone", &device{}
	must(t, r.open(r.options(&hand{now: r.now}), r.device))
	must(t, r.agent.resume(r.now))
	r.flow(840)
	if got := r.agent.points[0].state.chain.Totals.IV; got != 240_000 {
		t.Errorf("measured %s m3 since the handover, want 0.24", got)
	}
	must(t, r.agent.Close())
}

// TestHandoverOfALostKey: what the lost key had not stated can be stated no more. The new one counts from the last receipted record,
// so that its pulses are measured again, and once.
func TestHandoverOfALostKey(t *testing.T) {
	r := ran(t)
	r.link.down = true
	r.run(epoch.Add(10*time.Minute), epoch.Add(20*time.Minute), 0)
	err := r.next(false, epoch.Add(21*time.Minute))
	if err == nil || !strings.Contains(err.Error(), "are not receipted: run the gateway under its former key until they are; when that key is lost, set lost: true") {
		t.Fatalf("went on: %v", err)
	}
	must(t, r.next(true, epoch.Add(21*time.Minute)))
	r.flow(1260)
	taken := r.link.cloud.held.records["LACT-1"]
	last := taken[len(taken)-1]
	first, _, err := r.agent.journal.record("LACT-1", 0)
	must(t, err)
	if first.Start != last.End {
		t.Errorf("goes on at %s, the cloud has records until %s", seconds(first.Start), seconds(last.End))
	}
	if got, want := last.Interval.Totals.IV+r.agent.points[0].state.chain.Totals.IV, 1260*int64(1000); int64(got) != want {
		t.Errorf("both measured %s m3 in all, want 1.26", got)
	}
	must(t, r.agent.Close())
}

func TestHandoverRefuses(t *testing.T) {
	now := epoch.Add(12 * time.Minute)
	for _, tt := range []struct {
		name  string
		alter func(p *PreviousConfig)
		want  string
	}{
		{"another folder", func(p *PreviousConfig) { p.Journal = "/other" }, "journal /other of the previous device: it holds no record: is this the folder?"},
		{"another key", func(p *PreviousConfig) { p.key = public(signer(8)) }, "the key is that of " + public(signer(8)).Kid().String()},
	} {
		r := ran(t)
		r.config.Previous = &PreviousConfig{Journal: journalDir, key: public(deviceKey)}
		tt.alter(r.config.Previous)
		o := r.options(&hand{now: now})
		r.config.Journal, o.Key = "/next", nextKey
		if _, err := Open(o); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	r := ran(t)
	must(t, r.next(false, epoch.Add(9*time.Minute)))
	r.flow(540)
	if got := r.lines(); len(got) > 0 {
		t.Errorf("recorded before the device before it ended: %q", got)
	}
	must(t, r.agent.Close())
	for name, p := range map[string]PreviousConfig{
		"no journal": {Key: hex.EncodeToString(public(deviceKey).Bytes())}, "no key": {Journal: "j"},
		"no hex": {Journal: "j", Key: "zz"}, "no COSE_Key": {Journal: "j", Key: "00"},
	} {
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "gauger key show") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCloudChangesItsKey: a gateway that knows both keys believes the replies of both; its journal keeps those of the old one, which it
// needs as long.
func TestCloudChangesItsKey(t *testing.T) {
	fresh := signer(7)
	r := ran(t)
	open := func(keys ...ed25519.PrivateKey) error {
		o := r.options(&hand{now: epoch.Add(11 * time.Minute)})
		o.CloudKeys = nil
		for _, k := range keys {
			o.CloudKeys = append(o.CloudKeys, public(k))
		}
		return r.open(o, &device{})
	}
	must(t, open(fresh, cloudKey))
	must(t, r.agent.Close())
	for name, keys := range map[string][]ed25519.PrivateKey{"none": nil, "the new one alone": {fresh}} {
		if err := open(keys...); err == nil || !strings.Contains(err.Error(), "reply of the cloud") {
			t.Errorf("%s: %v", name, err)
		}
	}
	reply, err := openReply([]byte("x"), []cose.Key{public(fresh)}, public(deviceKey).Kid())
	if err == nil {
		t.Errorf("reply %+v", reply)
	}
}
