package edge

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// step5 is the interval of the profiles, in ms.
const step5 = 5 * minute

// profiled is a point that is sampled every five minutes, so that an hour is not long.
func profiled(t rapid.TB) pointRun {
	p := pointRun{t: t, settings: pointSettings("LACT-1")}
	p.settings.interval, p.settings.sample = 5*time.Minute, 5*time.Minute
	return p
}

// profile is a flow, sampled each interval.
func profile(t *rapid.T) (samples []Sample) {
	count := rapid.SampledFrom([]uint64{0, 1<<32 - 5000}).Draw(t, "first count")
	for len(samples) < 30 {
		flow := rapid.Bool().Draw(t, "flow")
		length := rapid.IntRange(1, 16).Draw(t, "length")
		for range length {
			if flow {
				count = (count + rapid.Uint64Range(1, 5000).Draw(t, "pulses")) % (1 << 32)
			}
			in := sample(count)
			in.Temperature += quantity.Micro(rapid.Int64Range(-1e6, 1e6).Draw(t, "temperature"))
			samples = append(samples, in)
		}
	}
	return samples
}

// TestRestartChangesNothing: time waits while the gateway is down, as it does in lock step. Wherever it is killed, the interval
// bodies are those of the undisturbed run.
func TestRestartChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := profile(t)
		undisturbed, disturbed := profiled(t), profiled(t)
		kills := rapid.SliceOfN(rapid.IntRange(0, len(samples)-1), 1, 4).Draw(t, "kills")
		for k, in := range samples {
			at := int64(k) * step5
			undisturbed.step(at, in, false)
			// Killed on its way into this sample, when the journal holds all there was before it.
			if slices.Contains(kills, k) && !disturbed.forgets(in) && rapid.Bool().Draw(t, "before the sample") {
				disturbed.restart(at)
			}
			disturbed.step(at, in, false)
			// Killed while it waits for the next one: it comes back and takes this one again.
			if slices.Contains(kills, k) {
				disturbed.restart(at)
				disturbed.step(at, in, false)
			}
		}
		if diff := cmp.Diff(undisturbed.bodies(), disturbed.bodies()); diff != "" {
			t.Fatal(diff)
		}
	})
}

// forgets reports whether a kill before this sample loses something: when flow begins after idle minutes, nobody but the
// process knew that they were idle.
func (p *pointRun) forgets(in Sample) bool {
	st := p.state
	return st.chain.Next > 0 && in.Count != st.chain.Count && st.at != st.chain.End
}

// TestLostSamples: the gateway is down for some samples. No pulse is lost or counted twice, and the gap is told when something
// flowed meanwhile, or when it lasted.
func TestLostSamples(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := profile(t)
		undisturbed, disturbed := profiled(t), profiled(t)
		from := rapid.IntRange(1, len(samples)-2).Draw(t, "down from")
		to := rapid.IntRange(from+1, len(samples)-1).Draw(t, "up at")
		for k, in := range samples {
			undisturbed.step(int64(k)*step5, in, false)
			if k >= from && k < to {
				continue
			}
			if k == to {
				disturbed.restart(int64(k) * step5)
			}
			disturbed.step(int64(k)*step5, in, k == len(samples)-1)
		}
		if got, want := disturbed.pulses(), undisturbed.pulses(); got != want {
			t.Fatalf("%d pulses, want %d", got, want)
		}
		disturbed.told(t, samples[to].Count != samples[from-1].Count, int64(to)*step5)
	})
}

// told checks that a gap which ended at an instant is flagged and an event, and no other is.
func (p *pointRun) told(t *rapid.T, flowed bool, end int64) {
	var flags, events int
	for i, m := range p.made {
		if r := m.record; r.Interval != nil && r.Interval.Quality&record.Gap != 0 {
			flags++
			want := fmt.Sprintf("%s gap  %s>%s", seconds(r.End), instant(r.Start), instant(r.End))
			if next := p.made[i+1].record; line(next) != want {
				t.Errorf("after the gap comes %s, want %s", line(next), want)
			}
			if r.End != epoch.UnixMilli()+end {
				t.Errorf("gap ends at %s, want %s", seconds(r.End), seconds(epoch.UnixMilli()+end))
			}
		}
		if e := m.record.Event; e != nil && e.Kind == record.GapEvent {
			events++
		}
	}
	if flags != events || flags > 1 || flowed && flags == 0 {
		t.Errorf("flow in the gap: %t; flagged %d times, %d events", flowed, flags, events)
	}
}
