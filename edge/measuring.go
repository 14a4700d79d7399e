package edge

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/evidence/record"
)

// measuring is one point with its devices and where it stands. What it has to announce stays here until the journal has it.
type measuring struct {
	settings settings
	source   *source
	state    state
	owed     []record.Event     // of this start
	before   *record.Parameters // constants of the last run, when they differ: the interval that it left running ends under them
	changed  []record.Event     // what differs
	alarms   map[string]string  // by device or measure: what is wrong, as last recorded
	refused  string             // why the last sample could not be counted
	missing  bool               // the last sample was missed
}

// wake notes that the device came back, and the constants of its last interval, if it had one.
func (m *measuring) wake(now time.Time, before *record.Parameters) {
	m.owed = []record.Event{{Kind: record.Restart, Old: instant(m.state.chain.End), New: instant(now.UnixMilli())}}
	if before == nil {
		return
	}
	if m.changed = changes(*before, m.settings.parameters); len(m.changed) == 0 {
		return
	}
	m.before = before
	if old := before.MeterFactor; old != m.settings.parameters.MeterFactor && m.settings.proved != "" {
		m.changed = append(m.changed, m.settings.proving(old.String()))
	}
}

// stand adds to the faults of a sample what still stands: that the sample before was refused and, while a device does not
// answer, everything that was wrong before, for nobody knows whether its inputs came back.
func (m *measuring) stand(faults map[string]string) {
	if m.refused != "" {
		faults["sample"] = m.refused
	}
	for name := range faults {
		if strings.HasPrefix(name, deviceFault) {
			maps.Copy(faults, m.alarms)
			return
		}
	}
}

// announce makes the events that are due before a sample: those of the start, and what failed or came back since the last
// recorded alarms. A chain begins with its start event, so before that there are none.
func (m *measuring) announce(st *state, at int64, faults map[string]string) ([]made, error) {
	if st.chain.Next == 0 {
		return nil, nil
	}
	events := slices.Clone(m.owed)
	for _, name := range slices.Sorted(maps.Keys(faults)) {
		if m.alarms[name] == "" {
			events = append(events, record.Event{Kind: record.Alarm, Name: name, New: clip(faults[name])})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.alarms)) {
		if faults[name] == "" {
			events = append(events, record.Event{Kind: record.Alarm, Name: name, Old: clip(m.alarms[name])})
		}
	}
	return m.events(st, at, events)
}

func (m *measuring) events(st *state, at int64, events []record.Event) (all []made, err error) {
	for _, e := range events {
		one, err := m.settings.event(st, max(at, st.chain.End), e)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// advance takes a sample. The first one after a change of constants ends the running interval under those it began with.
func (m *measuring) advance(st state, at int64, in Sample) (state, []made, error) {
	if m.before == nil {
		return m.settings.step(st, at, in, false)
	}
	old := m.settings
	old.parameters = *m.before
	st, all, err := old.step(st, at, in, true)
	if err != nil {
		return st, nil, err
	}
	more, err := m.events(&st, at, m.changed)
	return st, append(all, more...), err
}

// kept notes that the journal has what was announced, and when sampled what advance made.
func (m *measuring) kept(st state, faults map[string]string, sampled bool) {
	if m.state.chain.Next > 0 {
		m.owed, m.alarms = nil, faults
		if sampled {
			m.before, m.changed = nil, nil
		}
	}
	m.state = st
}

// rebase notes where a counter that began anew stood when it said so, after a sample that was not recorded: it says so once.
func (m *measuring) rebase(count uint64) {
	m.state.chain.Count = count
	m.state.quality |= record.SuspectCounter
}

// changes lists the constants that differ.
func changes(old, now record.Parameters) (out []record.Event) {
	for _, c := range []struct{ name, old, now string }{
		{"k_factor", old.KFactor.String(), now.KFactor.String()},
		{"meter_factor", old.MeterFactor.String(), now.MeterFactor.String()},
		{"basis", old.Basis.String(), now.Basis.String()},
		{"commodity", old.Commodity, now.Commodity},
		{"base_density", old.BaseDensity.String(), now.BaseDensity.String()},
		{"temperature_unit", old.TemperatureUnit, now.TemperatureUnit},
		{"pressure_unit", old.PressureUnit, now.PressureUnit},
		{"method", old.Method, now.Method},
		{"rounding", old.Rounding, now.Rounding},
	} {
		if c.old != c.now {
			out = append(out, record.Event{Kind: record.Parameter, Name: c.name, Old: c.old, New: c.now, Who: "configuration file"})
		}
	}
	return out
}

// clip shortens a text to what an event can hold, at a rune's end. Devices may have written it: what is no UTF-8 is replaced.
func clip(s string) string {
	const limit = 500
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= limit {
		return s
	}
	for i := limit; ; i-- {
		if s[i]&0xc0 != 0x80 {
			return s[:i]
		}
	}
}
