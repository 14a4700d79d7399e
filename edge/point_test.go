package edge

import (
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// pointRun drives one point and verifies each record as a stranger would.
type pointRun struct {
	t        rapid.TB
	settings settings
	state    state
	made     []made
	chain    record.Chain
}

func (p *pointRun) step(at int64, in Sample, force bool) {
	p.t.Helper()
	st, all, err := p.settings.step(p.state, epoch.UnixMilli()+at, in, force)
	must(p.t, err)
	p.keep(st, all)
}

func (p *pointRun) keep(st state, all []made) {
	p.t.Helper()
	for _, m := range all {
		r, err := p.chain.Append(m.leaf)
		must(p.t, err)
		if diff := cmp.Diff(m.record, r); diff != "" {
			p.t.Fatalf("the leaf is not the record: %s", diff)
		}
	}
	p.state, p.made = st, append(p.made, all...)
}

// restart forgets everything but the records, reads these back as the journal does, and notes the restart.
func (p *pointRun) restart(at int64) {
	p.t.Helper()
	j := journal{device: public(deviceKey), chains: map[string]*state{}, records: map[string][]uint64{}}
	for i, m := range p.made {
		must(p.t, j.replayRecord(uint64(i), entry{Kind: recordEntry, Body: m.leaf}))
	}
	p.state = state{}
	if st := j.chains[p.settings.point]; st != nil {
		p.state = *st
	}
	if p.state.chain.Next == 0 {
		return
	}
	m := measuring{settings: p.settings, state: p.state}
	m.wake(epoch.Add(time.Duration(at)*time.Millisecond), nil)
	st := p.state
	all, err := m.announce(&st, epoch.UnixMilli()+at, nil)
	must(p.t, err)
	p.keep(st, all)
}

func (p *pointRun) lines() (out []string) {
	for _, m := range p.made {
		out = append(out, line(m.record))
	}
	return out
}

// bodies returns the intervals with their times, without what a restart may change: sequence, links, salts.
func (p *pointRun) bodies() (out []record.Record) {
	for _, m := range p.made {
		if r := m.record; r.Interval != nil {
			out = append(out, record.Record{Start: r.Start, End: r.End, Interval: r.Interval})
		}
	}
	return out
}

func (p *pointRun) pulses() (n int64) {
	for _, m := range p.made {
		if m.record.Interval != nil {
			n += m.record.Interval.Pulses
		}
	}
	return n + p.state.pulses
}

// taken is one sample of a table, at ms after the epoch.
type taken struct {
	at      int64
	in      Sample
	force   bool
	restart bool // before it
}

// counts are good samples, one every step seconds from the first on.
func counts(first, step int64, values ...uint64) (out []taken) {
	for i, n := range values {
		out = append(out, taken{at: (first + int64(i)*step) * second, in: sample(n)})
	}
	return out
}

// still is a counter that stands still, sampled each minute.
func still(first, last int64, count uint64) []taken {
	return counts(first, 60, slices.Repeat([]uint64{count}, int((last-first)/60)+1)...)
}

func flagged(at int64, count uint64, q record.Quality) taken {
	in := sample(count)
	in.Quality = q
	return taken{at: at * second, in: in}
}

// TestStep plays samples and reads the records that they make.
func TestStep(t *testing.T) {
	anew := sample(7)
	anew.Reset = true
	wide := func(n uint64) Sample { s := sample(n); s.Modulus = 0; return s }
	for _, tc := range []struct {
		name, why string
		samples   []taken
		want      []string
	}{
		{
			"first", "the record at seq 0 says where counting began, and covers no time",
			counts(3, 60, 1000), []string{"3s start totaliser >1000"},
		},
		{
			"intervals tile the time", "each ends on the minute, however often it is sampled, and the next begins there",
			counts(0, 20, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90),
			[]string{"0s start totaliser >0", "0s to 1m0s: 30 in 1m0s", "1m0s to 2m0s: 30 in 1m0s", "2m0s to 3m0s: 30 in 1m0s"},
		},
		{
			"short first interval", "a point that begins within a minute ends its first interval with the minute",
			counts(45, 15, 0, 5, 10), []string{"45s start totaliser >0", "45s to 1m0s: 5 in 15s"},
		},
		{
			"flow time", "counts only samples between which something flowed",
			counts(0, 20, 0, 10, 10, 15), []string{"0s start totaliser >0", "0s to 1m0s: 15 in 40s"},
		},
		{
			"idle", "without flow there is one record an hour",
			still(0, 7300, 5),
			[]string{"0s start totaliser >5", "0s to 1h0m0s: 0 in 0s", "1h0m0s to 2h0m0s: 0 in 0s"},
		},
		{
			"idle ends", "what was idle is closed at the last full minute before flow was seen",
			slices.Concat(still(0, 600, 5), counts(630, 30, 6, 8)),
			[]string{"0s start totaliser >5", "0s to 10m0s: 0 in 0s", "10m0s to 11m0s: 3 in 1m0s"},
		},
		{
			"flow stops", "the idle part begins at the end of the last minute with flow",
			slices.Concat(counts(0, 60, 0, 9), still(120, 3720, 9)),
			[]string{"0s start totaliser >0", "0s to 1m0s: 9 in 1m0s", "1m0s to 1h1m0s: 0 in 0s"},
		},
		{
			"wrap at 2^32", "is no event",
			counts(0, 60, 1<<32-10, 20, 25),
			[]string{"0s start totaliser >4294967286", "0s to 1m0s: 30 in 1m0s", "1m0s to 2m0s: 5 in 1m0s"},
		},
		{
			"wrap at 2^64", "is none either",
			[]taken{{at: 0, in: wide(1<<64 - 10)}, {at: minute, in: wide(20)}},
			[]string{"0s start totaliser >18446744073709551606", "0s to 1m0s: 30 in 1m0s"},
		},
		{
			"counter reset", "a counter that went back has counted what it shows, and is suspect",
			counts(0, 60, 1000, 1010, 4, 9),
			[]string{"0s start totaliser >1000", "0s to 1m0s: 10 in 1m0s", "1m0s to 2m0s: 4 in 1m0s suspect", "2m0s to 3m0s: 5 in 1m0s"},
		},
		{
			"counter reset while idle", "the flag is on the interval with the doubtful pulses, not on the idle one before it",
			slices.Concat(still(0, 300, 1000), counts(360, 60, 4)),
			[]string{"0s start totaliser >1000", "0s to 5m0s: 0 in 0s", "5m0s to 6m0s: 4 in 1m0s suspect"},
		},
		{
			"device says that its counter began anew", "the difference to the count before means nothing",
			[]taken{{at: 0, in: sample(5)}, {at: minute, in: anew}, {at: 2 * minute, in: sample(9)}},
			[]string{"0s start totaliser >5", "0s to 1m0s: 0 in 0s suspect", "1m0s to 2m0s: 2 in 1m0s"},
		},
		{
			"forced", "the interval ends at once, also without flow; at its own beginning there is none to end",
			[]taken{{at: 0, in: sample(0)}, {at: 17 * second, in: sample(4), force: true}, {at: 17 * second, in: sample(4), force: true}, {at: 20 * second, in: sample(4), force: true}},
			[]string{"0s start totaliser >0", "0s to 17s: 4 in 17s", "17s to 20s: 0 in 0s"},
		},
		{
			"quality", "each flag of a sample is on the interval that it fell in",
			[]taken{{in: sample(0)}, flagged(20, 5, record.Substituted), flagged(60, 9, 0), flagged(120, 12, record.SuspectCounter)},
			[]string{"0s start totaliser >0", "0s to 1m0s: 9 in 1m0s substituted", "1m0s to 2m0s: 3 in 1m0s suspect"},
		},
		{
			"missed samples", "what flowed meanwhile counts, at the temperature of now: that is flagged",
			counts(0, 120, 0, 40), []string{"0s start totaliser >0", "0s to 2m0s: 40 in 2m0s substituted gap", "2m0s gap  2026-03-01T06:00:00Z>2026-03-01T06:02:00Z"},
		},
		{
			"missed samples without flow", "the counter itself says that nothing flowed",
			counts(0, 1800, 7, 7, 7), []string{"0s start totaliser >7", "0s to 1h0m0s: 0 in 0s"},
		},
		{
			"down while it flowed", "the gap is an interval of its own and an event; the idle time before it is kept apart",
			slices.Concat(still(0, 600, 5), []taken{{at: 1800 * second, in: sample(905), restart: true}}),
			[]string{
				"0s start totaliser >5", "30m0s restart  2026-03-01T06:00:00Z>2026-03-01T06:30:00Z",
				"0s to 30m0s: 900 in 30m0s substituted gap", "30m0s gap  2026-03-01T06:00:00Z>2026-03-01T06:30:00Z",
			},
		},
		{
			"hung while it flowed", "a gateway that was not restarted knows until when it was idle",
			slices.Concat(still(0, 600, 5), []taken{{at: 1800 * second, in: sample(905)}}),
			[]string{
				"0s start totaliser >5", "0s to 10m0s: 0 in 0s",
				"10m0s to 30m0s: 900 in 20m0s substituted gap", "30m0s gap  2026-03-01T06:10:00Z>2026-03-01T06:30:00Z",
			},
		},
		{
			"down for longer than any idle interval", "a gap, though nothing flowed",
			slices.Concat(still(0, 600, 5), []taken{{at: 7200 * second, in: sample(5), restart: true}}),
			[]string{
				"0s start totaliser >5", "2h0m0s restart  2026-03-01T06:00:00Z>2026-03-01T08:00:00Z",
				"0s to 2h0m0s: 0 in 0s gap", "2h0m0s gap  2026-03-01T06:00:00Z>2026-03-01T08:00:00Z",
			},
		},
		{
			"restart before the first interval", "the start event says where counting began",
			[]taken{{at: 0, in: sample(100)}, {at: minute, in: sample(130), restart: true}},
			[]string{"0s start totaliser >100", "1m0s restart  2026-03-01T06:00:00Z>2026-03-01T06:01:00Z", "0s to 1m0s: 30 in 1m0s"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pointRun{t: t, settings: pointSettings("LACT-1")}
			for _, s := range tc.samples {
				if s.restart {
					p.restart(s.at)
				}
				p.step(s.at, s.in, s.force)
			}
			if diff := cmp.Diff(tc.want, p.lines()); diff != "" {
				t.Errorf("%s: %s", tc.why, diff)
			}
		})
	}
}

// TestLostSamplesAreFlagged: sampled each second, a restart within an interval loses what was averaged, but no pulse.
func TestLostSamplesAreFlagged(t *testing.T) {
	p := pointRun{t: t, settings: pointSettings("LACT-1")}
	p.settings.sample = time.Second
	for i := range int64(31) {
		p.step(i*second, sample(uint64(10*i)), false)
	}
	p.restart(31 * second)
	for i := int64(31); i <= 120; i++ {
		p.step(i*second, sample(uint64(10*i)), false)
	}
	want := []string{
		"0s start totaliser >0", "31s restart  2026-03-01T06:00:00Z>2026-03-01T06:00:31Z",
		"0s to 1m0s: 600 in 1m0s substituted", "1m0s to 2m0s: 600 in 1m0s",
	}
	if diff := cmp.Diff(want, p.lines()); diff != "" {
		t.Error(diff)
	}
}

// TestStepRefuses: a refused sample changes nothing, so that the next one counts for it.
func TestStepRefuses(t *testing.T) {
	for _, tc := range []struct {
		name   string
		before []taken
		at     int64
		in     Sample
		want   string
	}{
		{"before the last interval", counts(0, 60, 0, 10), 59 * second, sample(10), "time went back from 1772344860000 ms to 1772344859000 ms: set the clock and restart"},
		{"before the last sample", counts(0, 20, 0, 10, 20), 39 * second, sample(30), "time went back from 1772344840000 ms to 1772344839000 ms: set the clock and restart"},
		{"too many pulses at once", counts(0, 20, 0), 20 * second, sample(500_000_001), "counted 500000001 pulses in one interval, at most 500000000 are believed: check K-factor and counter"},
		{"too many pulses in sum", counts(0, 20, 0, 400_000_000), 40 * second, sample(500_000_001), "counted 500000001 pulses in one interval"},
		{"too many after a reset", counts(0, 20, 900_000_000), 20 * second, sample(600_000_000), "counted 500000001 pulses in one interval"},
		{"conditions that 11.1 does not cover", counts(0, 60, 0), minute, Sample{Count: 1, Modulus: 1 << 32, Temperature: 400 * quantity.PerUnit}, "temperature: 400 C is outside -50 to 150 C"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := pointRun{t: t, settings: pointSettings("LACT-1")}
			for _, s := range tc.before {
				p.step(s.at, s.in, s.force)
			}
			_, all, err := p.settings.step(p.state, epoch.UnixMilli()+tc.at, tc.in, false)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "LACT-1: ") {
				t.Errorf("error is %v, want LACT-1: %s", err, tc.want)
			}
			if len(all) > 0 {
				t.Errorf("%d records were made", len(all))
			}
			next := (p.state.chain.Count + 5) % (1 << 32)
			p.step(minute, sample(next), true)
			if got, want := p.pulses(), int64(next-tc.before[0].in.Count); got != want {
				t.Errorf("after a good sample %d pulses are recorded, want %d", got, want)
			}
		})
	}
}

// TestSaltFails: without a random salt there is no record.
func TestSaltFails(t *testing.T) {
	s := pointSettings("LACT-1")
	s.salt = strings.NewReader("too short")
	if _, _, err := s.step(state{}, epoch.UnixMilli(), sample(0), false); err == nil || !strings.Contains(err.Error(), "salt of LACT-1 seq 0: ") {
		t.Errorf("error is %v", err)
	}
}

// TestProvingIsRecorded: the first record names the totaliser, the second where the meter factor comes from.
func TestProvingIsRecorded(t *testing.T) {
	p := pointRun{t: t, settings: pointSettings("LACT-1")}
	p.settings.proved = "proved 2026-02-27"
	p.step(0, sample(0), false)
	p.step(minute, sample(1), false)
	want := []string{"0s start totaliser >0", "0s proving meter_factor >1.0012", "0s to 1m0s: 1 in 1m0s"}
	if diff := cmp.Diff(want, p.lines()); diff != "" {
		t.Error(diff)
	}
}

// TestAveragesAreExact compares the flow-weighted averages with rational arithmetic, at the ends of what is accepted too.
func TestAveragesAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := pointRun{t: t, settings: pointSettings("LACT-1")}
		p.settings.sample = 10 * time.Second
		n := rapid.IntRange(1, 6).Draw(t, "samples")
		count := rapid.Uint64Range(0, 1<<32-1).Draw(t, "count")
		p.step(0, sample(count), false)
		heat, push, pulses := new(big.Int), new(big.Int), int64(0)
		for i := range n {
			delta := rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(0, maxPulses/6)).Draw(t, "pulses")
			temperature := rapid.Int64Range(-50_000_000, 150_000_000).Draw(t, "temperature")
			pressure := rapid.Int64Range(-110_000_000, 10_342_000_000).Draw(t, "pressure")
			count, pulses = (count+uint64(delta))%(1<<32), pulses+delta
			heat.Add(heat, new(big.Int).Mul(big.NewInt(temperature), big.NewInt(delta)))
			push.Add(push, new(big.Int).Mul(big.NewInt(pressure), big.NewInt(delta)))
			in := Sample{Count: count, Modulus: 1 << 32, Temperature: quantity.Micro(temperature), Pressure: quantity.Micro(pressure)}
			p.step(int64(i+1)*10*second, in, i == n-1)
		}
		i := p.made[len(p.made)-1].record.Interval
		if i.Pulses != pulses {
			t.Fatalf("%d pulses, want %d", i.Pulses, pulses)
		}
		if pulses == 0 {
			return
		}
		if want := nearest(heat, pulses); int64(i.Temperature) != want {
			t.Errorf("temperature is %d, want %d", i.Temperature, want)
		}
		if want := nearest(push, pulses); int64(i.Pressure) != want {
			t.Errorf("pressure is %d, want %d", i.Pressure, want)
		}
	})
}

// nearest returns a/b rounded half away from zero.
func nearest(a *big.Int, b int64) int64 {
	text := new(big.Rat).SetFrac(a, big.NewInt(b)).FloatString(0) // math/big rounds halves away from zero
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		panic(text)
	}
	return n.Int64()
}

// TestDifference: whatever the modulus, an advance of less than half the range is found again, and one that is not is suspect.
func TestDifference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		modulus := rapid.OneOf(rapid.SampledFrom([]uint64{0, 1 << 16, 1 << 32, 1 << 53, 1<<64 - 1}), rapid.Uint64Range(2, 1<<64-1)).Draw(t, "modulus")
		top, half := modulus-1, (modulus-1)/2
		from := rapid.Uint64Range(0, top).Draw(t, "from")
		by := rapid.Uint64Range(0, half).Draw(t, "by")
		want := new(big.Int).Add(new(big.Int).SetUint64(from), new(big.Int).SetUint64(by))
		range_ := new(big.Int).Add(new(big.Int).SetUint64(top), big.NewInt(1))
		to := want.Mod(want, range_).Uint64()
		if got, suspect := difference(from, to, modulus); suspect || uint64(got) != by {
			t.Fatalf("from %d to %d below %d: %d, suspect %t, want %d", from, to, modulus, got, suspect, by)
		}
		if back := from - min(from, by); back < from && from-back < half {
			if got, suspect := difference(from, back, modulus); !suspect || uint64(got) != min(back, maxPulses+1) {
				t.Fatalf("from %d back to %d below %d: %d, suspect %t", from, back, modulus, got, suspect)
			}
		}
	})
}
