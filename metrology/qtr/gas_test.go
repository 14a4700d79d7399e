package qtr

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/metrology/qtr/average"
	"github.com/gauger/gauger/metrology/quantity"
)

// fataler is what tests, benchmarks and properties have in common.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

// orifice is an orifice meter in Texas with everything live.
func orifice(t fataler) GasMeter {
	t.Helper()
	return GasMeter{
		Device: "EGM-0017", Point: "FMP-1", Constants: "config 1",
		Calendar: Calendar{Location: place(t, "America/Chicago"), DayHour: 9},
		Primary:  DifferentialMeter, Technique: average.FlowTimeLinear, Cutoff: 0.5, Longest: 5 * time.Second,
		Live: RelativeDensity | HeatingValue | Density, EnergyFactor: quantity.F(1, 3),
		Units: GasUnits{
			Differential: "inH2O at 60F", Static: "psia", Temperature: "degF", HeatingValue: "Btu/ft3 dry at 14.73psia 60F",
			Density: "lbm/ft3", Volume: "Mcf at 14.73psia 60F", Energy: "MMBtu",
		},
	}
}

// turbine is a turbine meter.
func turbine(t fataler) GasMeter {
	t.Helper()
	m := orifice(t)
	m.Primary, m.Cutoff, m.Live, m.EnergyFactor = LinearMeter, 10, 0, quantity.Factor{}
	m.Units = GasUnits{Static: "psia", Temperature: "degF", Actual: "ft3", Volume: "Mcf at 14.73psia 60F"}
	return m
}

func newGas(t fataler, m GasMeter) *GasRecorder {
	t.Helper()
	g, err := NewGas(m, GasState{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// morning is 10:00 in Chicago on 10 June 2026, in the contract day of that date.
var morning = time.Date(2026, 6, 10, 15, 0, 0, 0, time.UTC)

// gasAt is an ordinary sample.
func gasAt(at time.Time) GasSample {
	return GasSample{
		At: at, Differential: 50, Static: 600, Temperature: 70, RelativeDensity: 0.6, HeatingValue: 1036, Density: 2,
		Rate: 20, Actual: 500,
	}
}

func sampleGas(t fataler, g *GasRecorder, s GasSample) []GasRecord {
	t.Helper()
	closed, err := g.Sample(s)
	if err != nil {
		t.Fatalf("sample %+v: %v", s, err)
	}
	return closed
}

// one returns the only record there is.
func one[R any](t fataler, closed []R, err error) R {
	t.Helper()
	if err != nil || len(closed) != 1 {
		t.Fatalf("closed %d records, %v; want one", len(closed), err)
	}
	return closed[0]
}

// The ten samples of the worked averages, through a recorder and into a record.
func TestWorkedGasRecord(t *testing.T) {
	hw := [...]float64{50, 52, 49, 0.2, 0, 51, 60, 62, 0, 48}
	pf := [...]float64{600, 601, 599, 602, 603, 600.5, 598, 597.5, 602.5, 600}
	tf := [...]float64{70, 70.2, 70.1, 71, 72, 70.4, 69.8, 69.5, 72.5, 70.3}
	for _, tt := range []struct {
		technique                         average.Technique
		differential, static, temperature string
	}{
		{average.FlowTimeLinear, "53.142857", "599.428571", "70.042857"},
		{average.FlowTimeFormulaic, "53.022898", "599.427963", "70.042857"},
		{average.FlowWeightedLinear, "53.383013", "599.385326", "70.031478"},
		{average.FlowWeightedFormulaic, "53.258936", "", "70.031478"},
	} {
		t.Run(tt.technique.String(), func(t *testing.T) {
			m := orifice(t)
			m.Technique = tt.technique
			g := newGas(t, m)
			sampleGas(t, g, gasAt(morning))
			for i := range hw {
				s := gasAt(morning.Add(time.Duration(i+1) * time.Second))
				s.Differential, s.Static, s.Temperature, s.Rate = hw[i], pf[i], tf[i], 3600
				if closed := sampleGas(t, g, s); closed != nil {
					t.Fatalf("closed %v", closed)
				}
			}
			closed, err := g.Close(Ticket)
			r := one(t, closed, err)
			if r.FlowTime != 7*time.Second || r.Integral.String() != "1247.906769" || r.Extension.String() != "178.272396" {
				t.Errorf("flow time %s, integral value %s, extension %s", r.FlowTime, r.Integral, r.Extension)
			}
			if r.Differential.String() != tt.differential || tt.static != "" && r.Static.String() != tt.static || r.Temperature.String() != tt.temperature {
				t.Errorf("averages %s, %s, %s; want %s, %s, %s", r.Differential, r.Static, r.Temperature, tt.differential, tt.static, tt.temperature)
			}
			if r.Volume.String() != "7" || r.Energy.String() != "7.252" || r.RelativeDensity.String() != "0.6" || r.HeatingValue.String() != "1036" || r.Density.String() != "2" {
				t.Errorf("volume %s, energy %s, properties %s, %s, %s", r.Volume, r.Energy, r.RelativeDensity, r.HeatingValue, r.Density)
			}
			if r.Closed != Ticket || r.Flags != 0 || !r.End.Equal(morning.Add(10*time.Second)) || r.ID.String() != "EGM-0017 FMP-1 #0" {
				t.Errorf("header %+v", r.Header)
			}
		})
	}
}

// An hour ends on the hour: a sample across it is split there, and the sums add up.
func TestHourIsSplit(t *testing.T) {
	g := newGas(t, orifice(t))
	half := 500 * time.Millisecond
	sampleGas(t, g, gasAt(morning.Add(-2*time.Second-half)))
	sampleGas(t, g, gasAt(morning.Add(-half)))
	s := gasAt(morning.Add(half))
	s.Rate, s.Temperature = 40, 90
	closed, err := g.Sample(s)
	r := one(t, closed, err)
	if !r.End.Equal(morning) || r.Closed != Hour || r.FlowTime != 2*time.Second+half || r.Temperature.String() != "74" {
		t.Errorf("record %+v", r)
	}
	closed, err = g.Close(Ticket)
	next := one(t, closed, err)
	if !next.Start.Equal(morning) || next.ID.Sequence != 1 || next.FlowTime != half || next.Temperature.String() != "90" {
		t.Errorf("record %+v", next)
	}
	if want, _ := quantity.FromFloat((20*2 + 40*0.5) / 3600.); r.Volume != want || next.TotalVolume != r.Volume+next.Volume {
		t.Errorf("volumes %s and %s, total %s", r.Volume, next.Volume, next.TotalVolume)
	}
	// A sample just on the hour closes it and leaves nothing over.
	g = newGas(t, orifice(t))
	sampleGas(t, g, gasAt(morning.Add(-time.Second)))
	closed, err = g.Sample(gasAt(morning))
	if r := one(t, closed, err); r.FlowTime != time.Second || g.State().FlowTime != 0 || !g.State().Start.Equal(morning) {
		t.Errorf("record %+v, then %+v", r, g.State())
	}
}

// What was not watched is missed, not filled in; hours without a sample are records all the same.
func TestOutage(t *testing.T) {
	g := newGas(t, orifice(t))
	sampleGas(t, g, gasAt(morning.Add(-2*time.Second)))
	sampleGas(t, g, gasAt(morning.Add(-time.Second)))
	closed := sampleGas(t, g, gasAt(morning.Add(2*time.Hour+time.Second)))
	if len(closed) != 3 {
		t.Fatalf("closed %d records", len(closed))
	}
	for i, want := range []struct {
		missed, flow time.Duration
		flags        Flags
		volume       string
	}{
		{time.Second, time.Second, Gap, "0.005556"}, {time.Hour, 0, Gap | NoFlow | NoData, "0"}, {time.Hour, 0, Gap | NoFlow | NoData, "0"},
	} {
		r := closed[i]
		if r.Missed != want.missed || r.FlowTime != want.flow || r.Flags != want.flags || r.Volume.String() != want.volume || r.ID.Sequence != uint64(i) {
			t.Errorf("record %d: %+v, want %+v", i, r, want)
		}
	}
	sampleGas(t, g, gasAt(morning.Add(2*time.Hour+2*time.Second)))
	after, err := g.Close(Ticket)
	if r := one(t, after, err); r.Missed != time.Second || r.FlowTime != time.Second || r.Differential.String() != "50" {
		t.Errorf("back again: %+v", r)
	}
	var outage *OutageError
	if _, err := g.Sample(gasAt(morning.Add(MaxOutage + 3*time.Hour))); !errors.As(err, &outage) || !strings.Contains(err.Error(), "400 days") {
		t.Errorf("after more than a year: %v", err)
	}
	if closed, err := g.End(); err != nil || closed != nil {
		t.Errorf("end: %v, %v", closed, err)
	}
	later := morning.Add(2 * MaxOutage)
	sampleGas(t, g, gasAt(later))
	sampleGas(t, g, gasAt(later.Add(time.Second)))
	after, err = g.Close(Ticket)
	if r := one(t, after, err); r.ID.Sequence != 4 || !r.Start.Equal(later) || r.TotalVolume != closed[0].Volume*2+r.Volume {
		t.Errorf("a new series: %+v", r)
	}
}

// No flow: the plain averages, flagged. A cut-off, a closed valve and a pressure of nothing are no flow.
func TestNoFlowRecord(t *testing.T) {
	for name, alter := range map[string]func(s *GasSample){
		"below the cut-off": func(s *GasSample) { s.Differential = 0.49 },
		"below zero":        func(s *GasSample) { s.Differential = -0.1 },
		"no pressure":       func(s *GasSample) { s.Static = 0 },
	} {
		g := newGas(t, orifice(t))
		for i := range 10 {
			s := gasAt(morning.Add(time.Duration(i) * time.Second))
			alter(&s)
			s.Temperature = float64(i)
			sampleGas(t, g, s)
		}
		closed, err := g.Close(Restart)
		r := one(t, closed, err)
		if r.Flags != NoFlow || r.FlowTime != 0 || r.Volume != 0 || r.Energy != 0 || r.Integral != 0 || r.Extension != 0 || r.Temperature.String() != "5" || r.Closed != Restart {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// A failed input's time is missed and flagged; a substituted one is used and flagged.
func TestFailedAndSubstituted(t *testing.T) {
	g := newGas(t, orifice(t))
	failed := GasSample{At: morning, Failed: Differential, Differential: math.NaN()}
	if closed := sampleGas(t, g, failed); closed != nil || g.State() != (GasState{Run: Run{Constants: "config 1"}}) {
		t.Errorf("a series begins without a sample: %+v", g.State())
	}
	sampleGas(t, g, gasAt(morning.Add(time.Second)))
	failed.At, failed.Failed = morning.Add(2*time.Second), Static|Temperature
	sampleGas(t, g, failed)
	s := gasAt(morning.Add(3 * time.Second))
	s.Substituted = Temperature
	sampleGas(t, g, s)
	sampleGas(t, g, gasAt(morning.Add(4*time.Second)))
	closed, err := g.Close(Ticket)
	r := one(t, closed, err)
	if r.Failed != Static|Temperature || r.Substituted != Temperature || r.Missed != time.Second || r.SubstitutedFor != time.Second || r.FlowTime != 2*time.Second || r.Flags != Gap {
		t.Errorf("record %+v", r)
	}
	// After a failure longer than a sample may stand for, the next good one stands for nothing yet.
	for i := range 9 {
		failed.At = morning.Add(time.Duration(i+5) * time.Second)
		sampleGas(t, g, failed)
	}
	sampleGas(t, g, gasAt(morning.Add(14*time.Second)))
	sampleGas(t, g, gasAt(morning.Add(15*time.Second)))
	closed, err = g.Close(Ticket)
	if r := one(t, closed, err); r.Missed != 10*time.Second || r.FlowTime != time.Second {
		t.Errorf("after a long failure: %+v", r)
	}
}

// A tick may come twice, and just after an hour has closed.
func TestTicks(t *testing.T) {
	g := newGas(t, orifice(t))
	if closed, err := g.Tick(morning); err != nil || closed != nil || g.State() != (GasState{Run: Run{Constants: "config 1"}}) {
		t.Errorf("a tick before the first sample: %v, %v", closed, err)
	}
	sampleGas(t, g, gasAt(morning.Add(-time.Minute)))
	for _, tt := range []struct {
		later  time.Duration
		closes int
	}{{-56 * time.Second, 0}, {-55 * time.Second, 0}, {-54 * time.Second, 0}, {0, 0}, {0, 0}, {1, 1}, {0, 0}, {1, 0}, {2 * time.Hour, 1}, {2*time.Hour + time.Second, 1}} {
		before := g.State()
		closed, err := g.Tick(morning.Add(tt.later))
		if err != nil || len(closed) != tt.closes || g.State().Seen.Before(before.Seen) {
			t.Errorf("tick at %s closes %d records, %v; want %d", tt.later, len(closed), err, tt.closes)
		}
		if _, err := NewGas(g.Meter(), g.State()); err != nil {
			t.Errorf("after the tick at %s: %v", tt.later, err)
		}
		if tt.later == -55*time.Second && g.State() != before {
			t.Error("a tick counts time as missed that a sample could still stand for")
		}
	}
}

// A change of constants closes the record under the old ones.
func TestChange(t *testing.T) {
	m := orifice(t)
	g := newGas(t, m)
	m2 := m
	m2.Constants, m2.Technique, m2.Calendar.DayHour, m2.Cutoff = "config 2", average.FlowWeightedLinear, 7, 1
	m2.Calendar.Location = place(t, "Asia/Kathmandu")
	if closed, err := g.Change(m2); err != nil || closed != nil {
		t.Errorf("before the first sample: %v, %v", closed, err)
	}
	g = newGas(t, m)
	sampleGas(t, g, gasAt(morning))
	if closed, err := g.Change(m); err != nil || closed != nil {
		t.Errorf("at the first sample: %v, %v", closed, err)
	}
	sampleGas(t, g, gasAt(morning.Add(time.Second)))
	closed, err := g.Change(m2)
	if end := g.State().Until; !end.Equal(morning.Add(15 * time.Minute)) { // quarter past is the hour in Kathmandu
		t.Errorf("the next record ends %s", end)
	}
	r := one(t, closed, err)
	if r.Constants != "config 1" || r.Closed != Constants || r.FlowTime != time.Second || r.Technique != average.FlowTimeLinear {
		t.Errorf("the old record: %+v", r)
	}
	sampleGas(t, g, gasAt(morning.Add(2*time.Second)))
	closed, err = g.Close(Ticket)
	r = one(t, closed, err)
	if r.Constants != "config 2" || r.ID.Sequence != 1 || r.FlowTime != time.Second || r.Technique != average.FlowWeightedLinear || g.Meter() != m2 {
		t.Errorf("the new record: %+v", r)
	}
	other := m2
	other.Point = "FMP-2"
	if _, err := g.Change(other); err == nil {
		t.Error("changed to another point")
	}
	if _, err := g.Change(GasMeter{}); err == nil {
		t.Error("changed to nothing")
	}
	for _, cause := range []Cause{Hour, Constants, "", "whim"} {
		if _, err := g.Close(cause); err == nil {
			t.Errorf("closed by %q", cause)
		}
	}
}

// A turbine meter: the integral value is the volume at flowing conditions, averages are over it or over time.
func TestLinearMeter(t *testing.T) {
	m := turbine(t)
	m.Technique = average.FlowWeightedLinear
	g := newGas(t, m)
	sampleGas(t, g, gasAt(morning))
	for i, actual := range []float64{3600, 9, 7200} { // per hour; 9 is below the cut-off of 10
		s := gasAt(morning.Add(time.Duration(i+1) * time.Second))
		s.Actual, s.Temperature, s.Rate = actual, 60+10*float64(i), actual*40
		sampleGas(t, g, s)
	}
	closed, err := g.Close(Ticket)
	r := one(t, closed, err)
	if r.Integral.String() != "3" || r.Extension.String() != "5400" || r.Volume.String() != "120" || r.Temperature.String() != "73.333333" || r.Differential != 0 || r.HeatingValue != 0 || r.FlowTime != 2*time.Second {
		t.Errorf("record %+v", r)
	}
}

// A month of seconds, summed against exact arithmetic: volumes, integral values and energies of the records add up to the truth
// within half a millionth a record.
func TestMonthOfSeconds(t *testing.T) {
	const seconds = 30 * 86400
	g := newGas(t, orifice(t))
	sampleGas(t, g, gasAt(morning))
	volume, integral := new(big.Float).SetPrec(200), new(big.Float).SetPrec(200)
	term := new(big.Float).SetPrec(200)
	var records []GasRecord
	for i := range seconds {
		s := gasAt(morning.Add(time.Duration(i+1) * time.Second))
		s.Differential += 10 * float64(i%977) / 977
		s.Rate = 20 + s.Differential/7
		records = append(records, sampleGas(t, g, s)...)
		volume.Add(volume, term.SetFloat64(s.Rate))
		integral.Add(integral, term.SetFloat64(math.Sqrt(s.Differential*s.Static)))
	}
	if len(records) != 720 {
		t.Fatalf("a month has %d hours", len(records))
	}
	var sum GasValues
	for _, r := range records {
		sum.Volume += r.Volume
		sum.Integral += r.Integral
		sum.FlowTime += r.FlowTime
	}
	wantVolume, _ := volume.Quo(volume, big.NewFloat(3600)).Float64()
	wantIntegral, _ := integral.Float64()
	if math.Abs(sum.Volume.Float()-wantVolume) > 720*0.5e-6 || math.Abs(sum.Integral.Float()-wantIntegral) > 720*0.5e-6 || sum.FlowTime != seconds*time.Second {
		t.Errorf("a month has %s of %.9f and %s of %.9f", sum.Volume, wantVolume, sum.Integral, wantIntegral)
	}
	if last := records[719]; last.TotalVolume != sum.Volume {
		t.Errorf("the running total is %s, the records add up to %s", last.TotalVolume, sum.Volume)
	}
}

// step is one thing that happens to a recorder.
type step struct {
	sample GasSample
	close  Cause // instead of a sample, if not empty
}

// drawGas draws what happens over some hours of flow, stops, outages and restarts.
func drawGas(t *rapid.T, from time.Time) []step {
	at, on := from, true
	var steps []step
	for range rapid.IntRange(1, 80).Draw(t, "steps") {
		if rapid.IntRange(0, 19).Draw(t, "close") == 0 {
			steps = append(steps, step{close: rapid.SampledFrom([]Cause{Restart, Ticket}).Draw(t, "cause")})
			continue
		}
		at = at.Add(time.Duration(rapid.OneOf(
			rapid.Int64Range(0, 5e9), rapid.Int64Range(4e9, 6e9), rapid.Int64Range(0, 4*3600e9), rapid.SampledFrom([]int64{1e9, 60e9, 3600e9, 900e9}),
		).Draw(t, "later")))
		if rapid.IntRange(0, 3).Draw(t, "on the hour") == 0 {
			at = at.Truncate(time.Hour).Add(time.Hour)
		}
		if rapid.IntRange(0, 5).Draw(t, "valve") == 0 {
			on = !on
		}
		s := GasSample{
			At: at, Static: rapid.Float64Range(0, 1000).Draw(t, "static"), Temperature: rapid.Float64Range(-40, 150).Draw(t, "temperature"),
			HeatingValue: rapid.Float64Range(900, 1200).Draw(t, "heating value"), Rate: rapid.Float64Range(0, 1e5).Draw(t, "rate"),
		}
		if on {
			s.Differential = rapid.Float64Range(0, 250).Draw(t, "differential")
		}
		s.Substituted = rapid.SampledFrom([]Inputs{0, 0, 0, Temperature, Static | HeatingValue}).Draw(t, "substituted")
		s.Failed = rapid.SampledFrom([]Inputs{0, 0, 0, 0, 0, 0, Static}).Draw(t, "failed")
		steps = append(steps, step{sample: s})
	}
	return steps
}

// drawTick draws a tick between two instants, both included.
func drawTick(t *rapid.T, seen, next time.Time) time.Time {
	later := int64(next.Sub(seen))
	return seen.Add(time.Duration(rapid.OneOf(rapid.Int64Range(0, later), rapid.SampledFrom([]int64{0, later, max(0, later-1)})).Draw(t, "tick")))
}

// play runs steps through a recorder. With disturb it stores and takes up the state in between, and lets the clock tick.
func play(t *rapid.T, m GasMeter, steps []step, disturb bool) ([]GasRecord, GasState) {
	g := newGas(t, m)
	var all []GasRecord
	take := func(closed []GasRecord, err error) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, closed...)
	}
	ticked := false
	for i, s := range steps {
		if disturb && rapid.IntRange(0, 3).Draw(t, "store") == 0 {
			text, err := json.Marshal(g.State())
			if err != nil {
				t.Fatal(err)
			}
			var st GasState
			if err := json.Unmarshal(text, &st); err != nil {
				t.Fatal(err)
			}
			if g, err = NewGas(m, st); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		if s.close != "" {
			take(g.Close(s.close))
			ticked = false
			continue
		}
		// Ticks are between samples; before a Close they would tell it that the time was missed.
		if disturb && i > 0 && !ticked && steps[i-1].close == "" {
			for range rapid.IntRange(0, 3).Draw(t, "ticks") {
				seen := g.State().Seen
				if seen.IsZero() {
					break
				}
				take(g.Tick(drawTick(t, seen, s.sample.At)))
			}
		}
		take(g.Sample(s.sample))
	}
	take(g.Close(Ticket))
	return all, g.State()
}

// However samples are batched, whether ticks come between them, and wherever the state is stored and taken up: the same
// records. They tile the time, end on the hour, and add up.
func TestRecordsDoNotDependOnBatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := orifice(t)
		m.Calendar = Calendar{place(t, rapid.SampledFrom(zones).Draw(t, "zone")), rapid.IntRange(0, 23).Draw(t, "hour")}
		m.Technique = average.Technique(rapid.IntRange(1, 4).Draw(t, "technique"))
		m.Live = HeatingValue
		from := time.Unix(rapid.Int64Range(0, 3e9).Draw(t, "from"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanosecond")).UTC()
		steps := drawGas(t, from)
		records, state := play(t, m, steps, false)
		again, stateAgain := play(t, m, steps, true)
		if diff := cmp.Diff(records, again); diff != "" {
			t.Fatalf("disturbed, other records (-want +got):\n%s", diff)
		}
		if state.TotalVolume != stateAgain.TotalVolume || state.Sequence != stateAgain.Sequence {
			t.Fatalf("states %+v and %+v", state, stateAgain)
		}
		var volume, energy quantity.Micro
		for i, r := range records {
			if err := sound(m.Calendar, r.Header); err != nil {
				t.Fatal(err)
			}
			if i > 0 && (!r.Start.Equal(records[i-1].End) || r.ID.Sequence != records[i-1].ID.Sequence+1) {
				t.Fatalf("%+v does not follow %+v", r.Header, records[i-1].Header)
			}
			if r.FlowTime < 0 || r.FlowTime > r.End.Sub(r.Start)-r.Missed || r.Volume < 0 || (r.FlowTime == 0) != (r.Flags&NoFlow != 0) {
				t.Fatalf("record %+v", r)
			}
			volume += r.Volume
			energy += r.Energy
		}
		if volume != state.TotalVolume || energy != state.TotalEnergy {
			t.Fatalf("records add up to %s and %s, totals are %s and %s", volume, energy, state.TotalVolume, state.TotalEnergy)
		}
	})
}

// sound checks what holds of any original record.
func sound(c Calendar, h Header) error {
	length := h.End.Sub(h.Start)
	switch {
	case length < 0 || length > time.Hour:
		return fmt.Errorf("record of %s: %+v", length, h)
	case c.HourEnd(h.Start).Before(h.End):
		return fmt.Errorf("record goes on past the hour: %+v", h)
	case h.Closed == Hour && !c.HourEnd(h.Start).Equal(h.End):
		return fmt.Errorf("record closed by the hour ends within it: %+v", h)
	case h.Missed < 0 || h.Missed > length || (h.Missed > 0) != (h.Flags&Gap != 0):
		return fmt.Errorf("record misses %s of %s: %+v", h.Missed, length, h)
	case h.Start.Location() != time.UTC || h.ID.Revision != 0 || h.Method == "" || h.Rounding != Rounding:
		return fmt.Errorf("header %+v", h)
	}
	return nil
}

// In each zone, each contract day of a year that has a change of the clock near it is made of its hours exactly: 23, 24 or 25.
func TestDailyAddsUp(t *testing.T) {
	for _, zone := range zones {
		m := orifice(t)
		m.Longest = time.Hour
		m.Calendar = Calendar{place(t, zone), 9}
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		for range 3 { // the two changes of the year, if there are any
			_, change := at.In(m.Calendar.Location).ZoneBounds()
			if change.IsZero() || change.Year() > 2027 {
				change = at.Add(30 * 24 * time.Hour)
			}
			day := m.Calendar.Day(change)
			g := newGas(t, m)
			begin := day.Start.Add(-30 * time.Minute)
			var records []GasRecord
			for s := begin; !s.After(day.End); s = s.Add(15 * time.Minute) {
				sample := gasAt(s)
				sample.Rate = 1 + float64(s.Unix()%977)/7
				records = append(records, sampleGas(t, g, sample)...)
			}
			of := records[:0]
			for _, r := range records {
				if !r.Start.Before(day.Start) {
					of = append(of, r)
				}
			}
			d, err := DailyGas(m.Calendar, of)
			if err != nil {
				t.Fatalf("%s, %s: %v", zone, day, err)
			}
			var sum quantity.Micro
			for _, r := range of {
				sum += r.Volume
			}
			opening := of[0].TotalVolume - of[0].Volume
			if !d.Complete || d.Day != day || d.Records != m.Calendar.Hours(day) || d.Volume != sum || d.TotalVolume-opening != sum || d.FlowTime != day.End.Sub(day.Start) {
				t.Errorf("%s, %s: %+v of %d records, opening %s, sum %s", zone, day, d, len(of), opening, sum)
			}
			at = change.Add(time.Hour)
		}
	}
}

// The averages of a day are those of its samples, whichever the technique, within the rounding of the records'.
func TestDailyAverages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := orifice(t)
		m.Longest = time.Hour
		m.Technique = average.Technique(rapid.IntRange(1, 4).Draw(t, "technique"))
		m.Live, m.EnergyFactor = 0, quantity.Factor{}
		g := newGas(t, m)
		day := m.Calendar.Day(morning)
		hw, tf := average.Mean{Technique: m.Technique}, average.Mean{Technique: m.Technique.Linear()}
		var records []GasRecord
		sampleGas(t, g, gasAt(day.Start))
		for at := day.Start.Add(20 * time.Minute); !at.After(day.End); at = at.Add(20 * time.Minute) {
			s := gasAt(at)
			s.Differential = rapid.SampledFrom([]float64{0, 0.1, 30, 40, 55.5, 200}).Draw(t, "differential")
			s.Temperature = rapid.Float64Range(0, 120).Draw(t, "temperature")
			records = append(records, sampleGas(t, g, s)...)
			flow := 0.0
			if s.Differential >= m.Cutoff {
				flow = math.Sqrt(s.Differential * s.Static)
			}
			if err := errors.Join(hw.Add(s.Differential, 1, flow), tf.Add(s.Temperature, 1, flow)); err != nil {
				t.Fatal(err)
			}
		}
		d, err := DailyGas(m.Calendar, records)
		if err != nil {
			t.Fatal(err)
		}
		wantHw, over := hw.Value()
		wantTf, _ := tf.Value()
		if math.Abs(d.Differential.Float()-wantHw) > 3e-6 || math.Abs(d.Temperature.Float()-wantTf) > 3e-6 || (over == average.All) != (d.Flags&NoFlow != 0) {
			t.Fatalf("day has %s and %s, its samples %v and %v (flags %d)", d.Differential, d.Temperature, wantHw, wantTf, d.Flags)
		}
	})
}

func hourly(t *testing.T, n int) []GasRecord {
	t.Helper()
	m := orifice(t)
	m.Longest = time.Hour
	g := newGas(t, m)
	at := m.Calendar.Day(morning).Start
	sampleGas(t, g, gasAt(at))
	var records []GasRecord
	for range n {
		at = at.Add(time.Hour)
		records = append(records, sampleGas(t, g, gasAt(at))...)
	}
	return records
}

func TestDailyRefuses(t *testing.T) {
	c := orifice(t).Calendar
	good := hourly(t, 25)
	if d, err := DailyGas(c, good[:24]); err != nil || !d.Complete || d.Volume.String() != "480" || d.Differential.String() != "50" {
		t.Fatalf("a good day: %+v, %v", d, err)
	}
	if d, err := DailyGas(c, good[3:24]); err != nil || d.Complete {
		t.Fatalf("the end of a day: %+v, %v", d, err)
	}
	if d, err := DailyGas(c, good[3:9]); err != nil || d.Complete || d.First != 3 || d.Last != 8 || d.Records != 6 {
		t.Fatalf("part of a day: %+v, %v", d, err)
	}
	var hole *HoleError
	for _, tt := range []struct {
		name  string
		alter func(r []GasRecord) []GasRecord
		hole  bool
	}{
		{"none", func(r []GasRecord) []GasRecord { return nil }, false},
		{"one left out", func(r []GasRecord) []GasRecord { return append(r[:3], r[4:24]...) }, true},
		{"one twice", func(r []GasRecord) []GasRecord { r[4] = r[3]; return r[:24] }, true},
		{"out of order", func(r []GasRecord) []GasRecord { r[4], r[5] = r[5], r[4]; return r[:24] }, true},
		{"of another point", func(r []GasRecord) []GasRecord { r[4].ID.Point = "FMP-2"; return r[:24] }, true},
		{"of two days", func(r []GasRecord) []GasRecord { return r }, false},
		{"a volume altered", func(r []GasRecord) []GasRecord { r[4].Volume++; return r[:24] }, false},
		{"an energy altered", func(r []GasRecord) []GasRecord { r[4].Energy--; return r[:24] }, false},
		{"other units", func(r []GasRecord) []GasRecord { r[4].Units.Static = "kPa"; return r[:24] }, false},
		{"another technique", func(r []GasRecord) []GasRecord { r[4].Technique++; return r[:24] }, false},
		{"more flow than time", func(r []GasRecord) []GasRecord { r[4].FlowTime = 2 * time.Hour; return r[:24] }, false},
		{"more missed than time", func(r []GasRecord) []GasRecord { r[4].Missed = 2 * time.Hour; return r[:24] }, false},
		{"sums that overflow", func(r []GasRecord) []GasRecord { r[4].Volume = math.MaxInt64; return r[:24] }, false},
		{"an average out of range", func(r []GasRecord) []GasRecord { r[4].Static = math.MaxInt64; return r[:24] }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, err := DailyGas(c, tt.alter(append([]GasRecord(nil), good...)))
			if err == nil || errors.As(err, &hole) != tt.hole || !strings.HasPrefix(err.Error(), "daily record of ") {
				t.Errorf("%+v, %v", d, err)
			}
		})
	}
	if _, err := DailyGas(Calendar{}, good[:24]); err == nil {
		t.Error("a day of nowhere")
	}
}

func TestCorrect(t *testing.T) {
	records := hourly(t, 24)
	r := records[7]
	good := Correction{Cause: "plate of 1.375 in entered as 1.5 in", Method: "volume x (1.375/1.5)^2, MPMS 14.3", Person: "J. Doe", At: r.End.Add(72 * time.Hour)}
	v := r.GasValues
	v.Volume, v.Extension, v.TotalVolume, v.Units = v.Volume*9/10, 1, 2, GasUnits{}
	fixed, err := r.Correct(good, v)
	if err != nil {
		t.Fatal(err)
	}
	want := r
	want.ID.Revision, want.Corrects, want.Correction, want.Flags, want.Volume = 1, r.ID, good, Edited, v.Volume
	if diff := cmp.Diff(want, fixed); diff != "" {
		t.Errorf("corrected (-want +got):\n%s", diff)
	}
	if records[7] != r {
		t.Error("the original was edited")
	}
	v.FlowTime, v.Integral, v.Volume, v.Energy = 0, 0, 0, 0
	twice, err := fixed.Correct(good, v)
	if err != nil || twice.ID.String() != "EGM-0017 FMP-1 #7 revision 2" || twice.Corrects != fixed.ID || twice.Extension != 0 || twice.Flags != Edited|NoFlow {
		t.Errorf("corrected again: %+v, %v", twice, err)
	}
	records[7] = fixed
	if d, err := DailyGas(orifice(t).Calendar, records); err != nil || d.Volume != 478e6 || d.Corrected != 1 || d.Flags != Edited {
		t.Errorf("the day with a correction: %+v, %v", d, err)
	}
	for name, alter := range map[string]func(c *Correction, v *GasValues){
		"no cause":          func(c *Correction, v *GasValues) { c.Cause = " " },
		"no method":         func(c *Correction, v *GasValues) { c.Method = "" },
		"no person":         func(c *Correction, v *GasValues) { c.Person = "" },
		"endless person":    func(c *Correction, v *GasValues) { c.Person = strings.Repeat("x", 1025) },
		"before the record": func(c *Correction, v *GasValues) { c.At = r.Start },
		"never":             func(c *Correction, v *GasValues) { c.At = time.Time{} },
		"no change":         func(c *Correction, v *GasValues) { *v = r.GasValues },
		"too much flow":     func(c *Correction, v *GasValues) { v.FlowTime = time.Hour + 1 },
		"negative flow":     func(c *Correction, v *GasValues) { v.FlowTime = -1 },
		"integral of none":  func(c *Correction, v *GasValues) { v.FlowTime = 0 },
		"negative volume":   func(c *Correction, v *GasValues) { v.Volume = -1 },
		"huge extension":    func(c *Correction, v *GasValues) { v.FlowTime, v.Integral = 1, math.MaxInt64 },
	} {
		c, values := good, r.GasValues
		values.Volume++
		alter(&c, &values)
		if got, err := r.Correct(c, values); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	linear := r
	linear.Inputs = Static | Temperature
	values := linear.GasValues
	values.Volume++
	if _, err := linear.Correct(good, values); err == nil {
		t.Error("an average that the original had not is corrected")
	}
	last := r
	last.ID.Revision = math.MaxUint32
	if _, err := last.Correct(good, v); err == nil {
		t.Error("revisions begin anew")
	}
}

func TestGasMeterRefuses(t *testing.T) {
	for name, alter := range map[string]func(m *GasMeter){
		"no device":                  func(m *GasMeter) { m.Device = "" },
		"endless device":             func(m *GasMeter) { m.Device = strings.Repeat("x", 129) },
		"no point":                   func(m *GasMeter) { m.Point = "\t" },
		"no text":                    func(m *GasMeter) { m.Constants = "\xff" },
		"no calendar":                func(m *GasMeter) { m.Calendar = Calendar{} },
		"no sampling":                func(m *GasMeter) { m.Longest = 0 },
		"rare sampling":              func(m *GasMeter) { m.Longest = time.Hour + 1 },
		"no technique":               func(m *GasMeter) { m.Technique = 0 },
		"no primary":                 func(m *GasMeter) { m.Primary = "" },
		"roots of a linear meter":    func(m *GasMeter) { m.Primary, m.Technique = LinearMeter, average.FlowTimeFormulaic },
		"another live input":         func(m *GasMeter) { m.Live |= Flow },
		"energy of nothing":          func(m *GasMeter) { m.Live = 0 },
		"negative energy":            func(m *GasMeter) { m.EnergyFactor = quantity.F(-1, 0) },
		"negative cut-off":           func(m *GasMeter) { m.Cutoff = -1 },
		"no cut-off":                 func(m *GasMeter) { m.Cutoff = math.NaN() },
		"no unit of static":          func(m *GasMeter) { m.Units.Static = "" },
		"no unit of differential":    func(m *GasMeter) { m.Units.Differential = "" },
		"no unit of energy":          func(m *GasMeter) { m.Units.Energy = "" },
		"endless unit of no use":     func(m *GasMeter) { m.Units.Actual = strings.Repeat("x", 129) },
		"linear meter without units": func(m *GasMeter) { m.Primary = LinearMeter },
	} {
		m := orifice(t)
		alter(&m)
		if g, err := NewGas(m, GasState{}); err == nil {
			t.Errorf("%s: %+v", name, g)
		}
	}
}

// A sample that can't be changes nothing.
func TestGasSampleRefuses(t *testing.T) {
	var out *quantity.RangeError
	for name, alter := range map[string]func(s *GasSample){
		"differential": func(s *GasSample) { s.Differential = math.NaN() },
		"static":       func(s *GasSample) { s.Static = -0.001 },
		"temperature":  func(s *GasSample) { s.Temperature = math.Inf(1) },
		"density":      func(s *GasSample) { s.Density = -1 },
		"heating":      func(s *GasSample) { s.HeatingValue = 1e10 },
		"gravity":      func(s *GasSample) { s.RelativeDensity = math.NaN() },
		"rate":         func(s *GasSample) { s.Rate = -1 },
		"huge rate":    func(s *GasSample) { s.Rate = 1e9 + 1 },
		"energy":       func(s *GasSample) { s.Rate, s.HeatingValue = 1e9, 1e9 },
	} {
		g := newGas(t, orifice(t))
		sampleGas(t, g, gasAt(morning))
		before := g.State()
		s := gasAt(morning.Add(2 * time.Hour))
		alter(&s)
		if _, err := g.Sample(s); !errors.As(err, &out) || g.State() != before {
			t.Errorf("%s: %v, %+v", name, err, g.State())
		}
	}
	g := newGas(t, turbine(t))
	s := gasAt(morning)
	s.Actual = -1
	if _, err := g.Sample(s); !errors.As(err, &out) {
		t.Errorf("actual flow: %v", err)
	}
	sampleGas(t, g, gasAt(morning))
	var order *OrderError
	for _, at := range []time.Time{morning.Add(-1), {}, morning.AddDate(300, 0, 0), time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0)} {
		_, err := g.Sample(gasAt(at))
		_, tick := g.Tick(at)
		if err == nil || tick == nil || errors.As(err, &order) != at.Equal(morning.Add(-1)) {
			t.Errorf("at %s: %v, %v", at, err, tick)
		}
	}
}

// A running total that is full is an error, and changes nothing.
func TestGasOverflow(t *testing.T) {
	g, err := NewGas(orifice(t), GasState{TotalVolume: math.MaxInt64 - 5})
	if err != nil {
		t.Fatal(err)
	}
	sampleGas(t, g, gasAt(morning))
	sampleGas(t, g, gasAt(morning.Add(time.Second)))
	before := g.State()
	_, err1 := g.Sample(gasAt(morning.Add(time.Hour)))
	_, err2 := g.Tick(morning.Add(time.Hour + 1))
	_, err3 := g.Close(Ticket)
	_, err4 := g.Change(orifice(t))
	_, err5 := g.End()
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if !errors.Is(err, quantity.ErrOverflow) {
			t.Errorf("got %v", err)
		}
	}
	if g.State() != before {
		t.Errorf("state %+v became %+v", before, g.State())
	}
}

// States that no recorder has made, or has made for another meter, are not taken up.
func TestGasStateRefuses(t *testing.T) {
	m := orifice(t)
	g := newGas(t, m)
	for i := range 10 {
		sampleGas(t, g, gasAt(morning.Add(time.Duration(i)*time.Second)))
	}
	good := g.State()
	if _, err := NewGas(m, good); err != nil {
		t.Fatal(err)
	}
	for name, alter := range map[string]func(st *GasState, m *GasMeter){
		"other constants":     func(st *GasState, m *GasMeter) { m.Constants = "config 2" },
		"other technique":     func(st *GasState, m *GasMeter) { m.Technique = average.FlowWeightedLinear },
		"fewer inputs":        func(st *GasState, m *GasMeter) { m.Live &^= Density },
		"ends before it":      func(st *GasState, m *GasMeter) { st.Until = st.Start },
		"longer than an hour": func(st *GasState, m *GasMeter) { st.Until = st.Start.Add(time.Hour + 1) },
		"seen before it":      func(st *GasState, m *GasMeter) { st.Seen = st.Start.Add(-1) },
		"sampled later":       func(st *GasState, m *GasMeter) { st.Sampled = st.Seen.Add(1) },
		"never sampled":       func(st *GasState, m *GasMeter) { st.Sampled = time.Time{} },
		"missed too much":     func(st *GasState, m *GasMeter) { st.Missed = time.Hour },
		"negative":            func(st *GasState, m *GasMeter) { st.SubstitutedFor = -1 },
		"too much flow":       func(st *GasState, m *GasMeter) { st.FlowTime = time.Hour },
		"negative total":      func(st *GasState, m *GasMeter) { st.TotalVolume = -1 },
		"no sum":              func(st *GasState, m *GasMeter) { st.Volume.Hi = math.NaN() },
		"negative sum":        func(st *GasState, m *GasMeter) { st.Energy.Hi = -1 },
		"no average":          func(st *GasState, m *GasMeter) { st.Means[1].Plain.Lo = math.Inf(1) },
		"sums before it":      func(st *GasState, m *GasMeter) { st.Run = Run{} },
		"flags before it":     func(st *GasState, m *GasMeter) { *st = GasState{Run: Run{Failed: 1}} },
	} {
		st, meter := good, m
		alter(&st, &meter)
		if _, err := NewGas(meter, st); err == nil {
			t.Errorf("%s: %+v is taken up", name, st)
		} else if name == "other constants" && !errors.Is(err, ErrConstants) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if g, err := NewGas(m, GasState{Run: Run{Sequence: 77}, TotalVolume: 5}); err != nil || g.State().Sequence != 77 || g.State().TotalVolume != 5 {
		t.Errorf("a series that goes on: %v", err)
	}
}

// FuzzGas: whatever comes, in whatever order, records are sound, and what is refused changes nothing.
func FuzzGas(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 200, 201, 202, 3, 3, 3}, 50.0, 600.0, 70.0, 20.0, int64(1_000_000_000))
	f.Add([]byte{0, 0, 255, 128, 64, 7, 6, 5}, -1.0, 0.0, math.NaN(), 1e9, int64(3_600_000_000_000))
	f.Add([]byte{5, 9, 13, 2, 6, 1}, 1e-300, 1e9, -40.0, 5e-324, int64(4_999_999_999))
	f.Add([]byte{4, 4, 4, 3, 2, 1}, math.Inf(1), 1e300, 1e9, -0.5, int64(-7))
	c := Calendar{Location: time.FixedZone("here", -6*3600), DayHour: 9}
	f.Fuzz(func(t *testing.T, ops []byte, differential, static, temperature, rate float64, pace int64) {
		m := orifice(t)
		m.Calendar, m.Longest, m.Live, m.EnergyFactor = c, time.Minute, 0, quantity.Factor{}
		m.Technique = average.Technique(1 + uint64(pace)%4)
		g := newGas(t, m)
		at := morning
		var last *GasRecord
		for i, op := range ops[:min(len(ops), 200)] {
			at = at.Add(time.Duration(pace % int64(48*time.Hour) * int64(op>>4) / 4))
			before := g.State()
			var closed []GasRecord
			var err error
			switch op & 3 {
			case 0, 1:
				closed, err = g.Sample(GasSample{
					At: at, Differential: differential * float64(1+op>>3), Static: static, Temperature: temperature / float64(1+i), Rate: rate,
					Failed: Inputs(op >> 2 & 1), Substituted: Inputs(op >> 3 & 1),
				})
			case 2:
				closed, err = g.Tick(at)
			case 3:
				closed, err = g.Close([]Cause{Restart, Ticket, Hour}[op%3])
			}
			if err != nil && g.State() != before {
				t.Fatalf("refused and yet %+v became %+v: %v", before, g.State(), err)
			}
			for _, r := range closed {
				if err := sound(c, r.Header); err != nil {
					t.Fatal(err)
				}
				if last != nil && (!last.End.Equal(r.Start) || r.TotalVolume != last.TotalVolume+r.Volume) || min(r.Volume, r.Integral, r.Extension) < 0 {
					t.Fatalf("%+v after %+v", r, last)
				}
				last = &r
			}
			if _, err := NewGas(m, g.State()); err != nil {
				t.Fatalf("state %+v is not taken up: %v", g.State(), err)
			}
		}
	})
}

func TestGasSampleAllocatesNothing(t *testing.T) {
	g := newGas(t, orifice(t))
	s := gasAt(morning)
	if n := testing.AllocsPerRun(1000, func() {
		s.At = s.At.Add(time.Second)
		if closed, err := g.Sample(s); err != nil || closed != nil {
			t.Fatal(closed, err)
		}
	}); n != 0 {
		t.Errorf("a sample allocates %v times", n)
	}
}

// BenchmarkGasSample is the cost of one sample of a differential meter with six inputs, hourly records included.
func BenchmarkGasSample(b *testing.B) {
	b.ReportAllocs()
	g := newGas(b, orifice(b))
	s := gasAt(morning)
	for b.Loop() {
		s.At = s.At.Add(time.Second)
		if _, err := g.Sample(s); err != nil {
			b.Fatal(err)
		}
	}
}
