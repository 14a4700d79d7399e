package story

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// epoch is when the flows of these tests may begin.
var epoch = time.Date(2024, 3, 5, 13, 0, 0, 0, time.UTC)

// points draws measuring points with flows one after the other.
var points = rapid.Custom(func(t *rapid.T) *Point {
	p := &Point{Register: rapid.Uint64Max(1<<62).Draw(t, "register"), TemperatureUnit: "degC", PressureUnit: "kPag"}
	at := epoch
	for range rapid.IntRange(0, 4).Draw(t, "flows") {
		from := at.Add(time.Duration(rapid.Int64Range(0, int64(48*time.Hour)).Draw(t, "pause")))
		to := from.Add(time.Duration(rapid.Int64Range(1, int64(31*24*time.Hour)).Draw(t, "lasts")))
		pulses := rapid.Uint64Max(1<<60).Draw(t, "pulses")
		p.Flows = append(p.Flows, Flow{From: Time{from}, To: Time{to}, Pulses: pulses, Temperature: 20, Pressure: 300})
		at = to
	}
	return p
})

// instants draws an instant around a point's flows, often one of their ends.
func instants(p *Point) *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		at := epoch.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(200*24*time.Hour)).Draw(t, "at")))
		if n := len(p.Flows); n > 0 && rapid.Bool().Draw(t, "at an end") {
			f := p.Flows[rapid.IntRange(0, n-1).Draw(t, "flow")]
			at = rapid.SampledFrom([]time.Time{f.From.Time, f.To.Time}).Draw(t, "end")
			at = at.Add(time.Duration(rapid.Int64Range(-1, 1).Draw(t, "beside it")))
		}
		return at
	})
}

// TestCounter: the counter of a meter is a function of time that never falls, shows the register before the first flow, and after
// the last one the register and exactly all pulses.
func TestCounter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := points.Draw(t, "point")
		all := p.Register
		for _, f := range p.Flows {
			if got := p.state(f.From.Time).Totaliser; got != all {
				t.Fatalf("at the beginning of a flow it shows %d, want %d", got, all)
			}
			all += f.Pulses
			if got := p.state(f.To.Time).Totaliser; got != all {
				t.Fatalf("at the end of a flow it shows %d, want %d", got, all)
			}
		}
		a, b := instants(p).Draw(t, "a"), instants(p).Draw(t, "b")
		if b.Before(a) {
			a, b = b, a
		}
		before, after := p.state(a), p.state(b)
		if before.Totaliser < p.Register || after.Totaliser < before.Totaliser || all < after.Totaliser {
			t.Fatalf("from %d it shows %d, then %d, and never more than %d", p.Register, before.Totaliser, after.Totaliser, all)
		}
		if again := p.state(a); again != before {
			t.Fatalf("asked twice it is %+v and %+v", before, again)
		}
	})
}

// TestNoSuchSite: meters of a site that the scenario does not have are not played.
func TestNoSuchSite(t *testing.T) {
	s, err := Load("tiny.yaml", []byte(tiny))
	must(t, err)
	if err := RunMeters(t.Context(), MeterOptions{Scenario: s, Site: "two"}); err == nil || err.Error() != `site "two" is not in the scenario` {
		t.Error(err)
	}
}

// TestEvenly: pulses pass evenly, rounded down, also where a product of pulses and time needs more than 64 bits.
func TestEvenly(t *testing.T) {
	from := epoch
	for _, c := range []struct {
		pulses uint64
		lasts  time.Duration
		at     time.Duration
		want   uint64
	}{
		{10, 10 * time.Second, 0, 0},
		{10, 10 * time.Second, 999 * time.Millisecond, 0},
		{10, 10 * time.Second, time.Second, 1},
		{3, 2 * time.Second, time.Second, 1},
		{514_323_961, 96 * time.Hour, 48 * time.Hour, 257_161_980},
		{math.MaxUint64, 96 * time.Hour, 48 * time.Hour, math.MaxUint64 / 2},
		{math.MaxUint64, 96 * time.Hour, 96 * time.Hour, math.MaxUint64},
		{7, time.Second, time.Hour, 7},
	} {
		f := Flow{From: Time{from}, To: Time{from.Add(c.lasts)}, Pulses: c.pulses}
		if got := share(f, from.Add(c.at)); got != c.want {
			t.Errorf("of %d pulses in %s, %d after %s, want %d", c.pulses, c.lasts, got, c.at, c.want)
		}
	}
}

// TestConditions: temperature and pressure are those of the newest flow, in the units that instruments measure in; before the first
// flow the meter run lies at rest.
func TestConditions(t *testing.T) {
	p := &Point{TemperatureUnit: "degF", PressureUnit: "psig", Flows: []Flow{
		{From: Time{epoch}, To: Time{epoch.Add(time.Hour)}, Pulses: 1, Temperature: 212, Pressure: 100},
		{From: Time{epoch.Add(2 * time.Hour)}, To: Time{epoch.Add(3 * time.Hour)}, Pulses: 1, Temperature: 32, Pressure: 0},
	}}
	for _, c := range []struct {
		name                  string
		at                    time.Duration
		temperature, pressure float64
	}{
		{"before", -1, 10, 0},
		{"in the first flow", 0, 100, 689.4757},
		{"after it", 90 * time.Minute, 100, 689.4757},
		{"in the second", 2 * time.Hour, 0, 0},
		{"long after", 100 * time.Hour, 0, 0},
	} {
		s := p.state(epoch.Add(c.at))
		if math.Abs(s.TemperatureC-c.temperature) > 1e-9 || math.Abs(s.PressureKPa-c.pressure) > 1e-9 {
			t.Errorf("%s: %g degC, %g kPag, want %g, %g", c.name, s.TemperatureC, s.PressureKPa, c.temperature, c.pressure)
		}
	}
}
