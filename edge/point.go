package edge

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// idleLimit is the longest interval without flow: one record an hour.
const idleLimit = time.Hour

// Sample is what the instruments of a measuring point say at one instant.
type Sample struct {
	Count       uint64 // raw counter
	Modulus     uint64 // where the counter wraps; 0: at 2^64
	Temperature quantity.Micro
	Pressure    quantity.Micro
	Quality     record.Quality
	Reset       bool // the counter began anew: its difference to the count before means nothing
}

// settings are the constants of a measuring point.
type settings struct {
	device     cose.Kid
	point      string
	parameters record.Parameters
	interval   time.Duration
	sample     time.Duration // between two samples
	clock      record.Clock
	salt       io.Reader
	digest     record.Hash // of the configuration, named by the start event
	proved     string      // the proving behind the meter factor, or nothing
	before     *handover   // where the chain of the device before this one ended, or nil
}

// made is a record this device has made, with its encoding.
type made struct {
	record *record.Record
	leaf   []byte
}

// state is where a measuring point stands. It is a value: a step works on a copy, and the copy replaces the original only when
// what it made is durable, so that a failed write loses nothing: the meter's counter carries the difference to the next step.
type state struct {
	chain    record.Chain
	at       int64 // time of the last sample, ms; the end of the last interval after a restart
	pulses   int64 // since chain.End
	heat     int64 // sum of temperature x pulses
	push     int64 // sum of pressure x pulses
	flowTime int64 // ms
	quality  record.Quality
}

// maxPulses bounds the pulses of one interval: times 10,340 kPa in micro-units they still fit an int64.
const maxPulses = 500_000_000

// step takes a sample at an instant and returns the new state with the records that it completes. Force ends the running
// interval whatever the time.
func (s settings) step(st state, at int64, in Sample, force bool) (state, []made, error) {
	if st.chain.Next == 0 && s.before != nil {
		return s.succeed(st, at, in, force)
	}
	if st.chain.Next == 0 {
		return s.begin(st, at, in)
	}
	if at < st.chain.End || at < st.at {
		return st, nil, fmt.Errorf("%s: time went back from %d ms to %d ms: set the clock and restart", s.point, max(st.chain.End, st.at), at)
	}
	var out []made
	delta, suspect := difference(st.chain.Count, in.Count, in.Modulus)
	if in.Reset {
		delta, suspect = 0, true
	}
	from, unseen := st.at, time.Duration(at-st.at)*time.Millisecond
	gap := unseen > s.silence(delta > 0)
	if idleEnd := s.boundary(st.at); delta > 0 && st.pulses == 0 && idleEnd > st.chain.End {
		m, err := s.close(&st, idleEnd, Sample{Count: st.chain.Count, Temperature: in.Temperature, Pressure: in.Pressure})
		if err != nil {
			return st, nil, err
		}
		out = append(out, m)
	}
	if err := st.accumulate(delta, at, in); err != nil {
		return st, nil, fmt.Errorf("%s: %w", s.point, err)
	}
	if suspect {
		st.quality |= record.SuspectCounter
	}
	if gap {
		st.quality |= record.Gap
	}
	if delta > 0 && unseen > s.sample {
		st.quality |= record.Substituted // what flowed unseen counts at the temperature and pressure of now
	}
	if at > st.chain.End && (force || gap || st.due(s, at)) {
		m, err := s.close(&st, at, in)
		if err != nil {
			return st, nil, err
		}
		out = append(out, m)
		if gap {
			m, err := s.event(&st, at, record.Event{Kind: record.GapEvent, Old: instant(from), New: instant(at)})
			if err != nil {
				return st, nil, err
			}
			out = append(out, m)
		}
	}
	return st, out, nil
}

// begin makes the record at seq 0. It names the counter's first value, so that a restart before the first interval still knows
// where counting began.
func (s settings) begin(st state, at int64, in Sample) (state, []made, error) {
	st.chain.End, st.at = at, at
	who := fmt.Sprintf("configuration %x", s.digest[:8])
	if s.before != nil {
		who += fmt.Sprintf(", goes on after seq %d of device %s", s.before.seq, s.before.device)
	}
	m, err := s.event(&st, at, record.Event{Kind: record.Start, Name: "totaliser", New: strconv.FormatUint(in.Count, 10), Who: who})
	if err != nil {
		return st, nil, err
	}
	st.chain.Count, st.chain.Counts = in.Count, true
	out := []made{m}
	if s.proved != "" {
		if m, err = s.event(&st, at, s.proving("")); err != nil {
			return st, nil, err
		}
		out = append(out, m)
	}
	return st, out, nil
}

// succeed begins where the chain of another device ended, with its count, and takes the sample from there, as after a restart.
func (s settings) succeed(st state, at int64, in Sample, force bool) (state, []made, error) {
	if at < s.before.end {
		return st, nil, fmt.Errorf("%s: the device before measured until %d ms, it is %d ms now: set the clock and restart", s.point, s.before.end, at)
	}
	began, all, err := s.begin(st, s.before.end, Sample{Count: s.before.count})
	if err != nil {
		return st, nil, err
	}
	next, more, err := s.step(began, at, in, force)
	if err != nil {
		return st, nil, err
	}
	return next, append(all, more...), nil
}

// proving is the event that says where the meter factor comes from.
func (s settings) proving(before string) record.Event {
	return record.Event{Kind: record.Proving, Name: "meter_factor", Old: before, New: s.parameters.MeterFactor.String(), Who: s.proved}
}

// silence is the longest time between two samples, or after a restart between the last interval and the first sample, that is
// no gap: an interval, when something flowed meanwhile. When nothing did, the counter itself says so, and a running device
// would have been silent for an hour.
func (s settings) silence(flow bool) time.Duration {
	if flow {
		return s.interval
	}
	return idleLimit + s.interval
}

// boundary returns the last end of an interval at or before an instant.
func (s settings) boundary(at int64) int64 { return at - at%s.interval.Milliseconds() }

// idle reports whether a sample at an interval's end found that nothing has flowed since the last record.
func (s settings) idle(st state) bool {
	return st.pulses == 0 && st.at > st.chain.End && s.boundary(st.at) == st.at
}

func (st *state) due(s settings, at int64) bool {
	if st.pulses > 0 {
		return s.boundary(at) == at || at-st.chain.End >= s.interval.Milliseconds()
	}
	return at-st.chain.End >= idleLimit.Milliseconds()
}

func (st *state) accumulate(delta, at int64, in Sample) error {
	if delta > maxPulses || st.pulses+delta > maxPulses {
		return fmt.Errorf("counted %d pulses in one interval, at most %d are believed: check K-factor and counter", st.pulses+delta, maxPulses)
	}
	if delta > 0 {
		st.pulses += delta
		st.heat += int64(in.Temperature) * delta
		st.push += int64(in.Pressure) * delta
		st.flowTime += at - st.at
	}
	st.at = at
	st.chain.Count = in.Count
	st.quality |= in.Quality
	return nil
}

// close ends the running interval at an instant.
func (s settings) close(st *state, at int64, in Sample) (made, error) {
	m := record.Measured{
		Totaliser: in.Count, Pulses: st.pulses, FlowTime: st.flowTime,
		Temperature: in.Temperature, Pressure: in.Pressure, Quality: st.quality,
	}
	if st.pulses > 0 {
		m.Temperature = quantity.Micro(rounded(st.heat, st.pulses))
		m.Pressure = quantity.Micro(rounded(st.push, st.pulses))
	}
	body, err := record.Compute(s.parameters, m, st.chain.Totals)
	if err != nil {
		return made{}, fmt.Errorf("%s: %w", s.point, err)
	}
	out, err := s.make(st, &record.Record{Start: st.chain.End, End: at, Interval: body})
	if err != nil {
		return made{}, err
	}
	st.pulses, st.heat, st.push, st.flowTime, st.quality = 0, 0, 0, 0, 0
	return out, nil
}

func (s settings) event(st *state, at int64, e record.Event) (made, error) {
	return s.make(st, &record.Record{Start: at, End: at, Event: &e})
}

// make completes a record with its place in the chain and moves the chain past it.
func (s settings) make(st *state, r *record.Record) (made, error) {
	r.Version, r.Device, r.Point, r.Clock = record.Version, s.device, s.point, s.clock
	r.Seq, r.Prev = st.chain.Next, st.chain.Hash
	if _, err := io.ReadFull(s.salt, r.Salt[:]); err != nil {
		return made{}, fmt.Errorf("salt of %s: %w", r.Place(), err)
	}
	leaf, err := r.Encode()
	if err != nil {
		return made{}, err
	}
	st.chain.Extend(r, leaf)
	return made{r, leaf}, nil
}

// difference returns what a counter advanced from one raw value to the next. A counter that went back by no more than half
// its range did not wrap: it was reset, and what it shows is what it has counted since.
func difference(from, to, modulus uint64) (delta int64, suspect bool) {
	d, half := to-from, uint64(1<<63)
	if modulus > 0 {
		from, to, half = from%modulus, to%modulus, modulus-modulus/2
		if d = to - from; to < from {
			d += modulus
		}
	}
	if d >= half {
		return int64(min(to, maxPulses+1)), true
	}
	return int64(d), false
}

// rounded returns a/b rounded half away from zero, for positive b.
func rounded(a, b int64) int64 {
	if a < 0 {
		return -((-a + b/2) / b)
	}
	return (a + b/2) / b
}

func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format(time.RFC3339Nano) }
