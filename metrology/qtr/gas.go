package qtr

import (
	"errors"
	"fmt"
	"time"

	"github.com/gauger/gauger/metrology/qtr/average"
	"github.com/gauger/gauger/metrology/quantity"
)

// Primary is the kind of primary device of a gas meter.
type Primary string

// The kinds of primary devices.
const (
	DifferentialMeter Primary = "differential" // orifice, cone, Venturi: flow goes with the root of differential x static pressure
	LinearMeter       Primary = "linear"       // turbine, rotary, ultrasonic, Coriolis: flow is read
)

// GasUnits names the units of a gas meter's inputs and results. They are recorded, not interpreted: all that is computed here
// is in the units of the samples. The ones that a meter has no use for stay empty.
type GasUnits struct {
	Differential string // "inH2O at 60F"
	Static       string // absolute: "psia"
	Temperature  string
	HeatingValue string // per volume at base conditions: "Btu/ft3 dry at 14.73psia 60F"
	Density      string
	Actual       string // volume at flowing conditions, of a linear meter: "ft3"
	Volume       string // volume at base conditions, which it names: "Mcf at 14.73psia 60F"
	Energy       string
}

// GasMeter are the constants of a gas measuring point.
type GasMeter struct {
	Device    string // unique identifier of the electronic gas measurement device
	Point     string
	Constants string // name of the flow-affecting constants in force (plate, tube, composition, ...), new when one of them changes

	Calendar  Calendar
	Primary   Primary
	Technique average.Technique // formulaic ones average roots of differential and static pressure, the other inputs linearly
	Cutoff    float64           // low-flow cut-off: of the differential pressure, or of the actual flow per hour. Below it nothing flows
	Longest   time.Duration     // the longest time that a sample may stand for, 1 h at most; longer was not watched

	Live         Inputs          // which of RelativeDensity, HeatingValue and Density the samples carry
	EnergyFactor quantity.Factor // energy per volume x heating value, in their units: 0.001 for MMBtu of Mcf and Btu/ft3; zero: none
	Units        GasUnits
}

// Valid refuses a meter that is not fully described.
func (m *GasMeter) Valid() error {
	if err := checkPlace(m.Device, m.Point, m.Constants, m.Calendar, m.Longest); err != nil {
		return err
	}
	if err := m.Technique.Valid(); err != nil {
		return err
	}
	switch {
	case m.Primary != DifferentialMeter && m.Primary != LinearMeter:
		return fmt.Errorf("primary device %q is neither differential nor linear", string(m.Primary))
	case m.Primary == LinearMeter && m.Technique.Formulaic():
		return fmt.Errorf("%s averages of a linear meter: its flow goes with no root, take the linear technique", m.Technique)
	case m.Live&^(RelativeDensity|HeatingValue|Density) != 0:
		return errors.New("live inputs may be relative density, heating value and density; the others always are")
	case m.EnergyFactor != quantity.Factor{} && (!m.EnergyFactor.Valid() || m.Live&HeatingValue == 0):
		return fmt.Errorf("energy factor %s must be positive, and the samples carry the heating value", m.EnergyFactor)
	}
	if err := checkInput("low-flow cut-off", m.Cutoff, 0); err != nil {
		return err
	}
	return m.checkUnits()
}

// checkUnits asks for the units of what the meter records: a unit is never implied.
func (m *GasMeter) checkUnits() error {
	u := m.Units
	for _, unit := range []struct {
		what, name string
		used       bool
	}{
		{"differential pressure", u.Differential, m.Primary == DifferentialMeter}, {"static pressure", u.Static, true},
		{"temperature", u.Temperature, true}, {"heating value", u.HeatingValue, m.Live&HeatingValue != 0},
		{"density", u.Density, m.Live&Density != 0},
		{"actual volume", u.Actual, m.Primary == LinearMeter}, {"volume", u.Volume, true}, {"energy", u.Energy, m.EnergyFactor.Valid()},
	} {
		if !unit.used && unit.name == "" {
			continue
		}
		if err := checkName("unit of "+unit.what, unit.name, maxName); err != nil {
			return err
		}
	}
	return nil
}

// checkPlace refuses what neither kind of meter may leave open.
func checkPlace(device, point, constants string, c Calendar, longest time.Duration) error {
	for _, name := range []struct{ what, value string }{
		{"identifier of the device", device}, {"name of the measuring point", point}, {"name of the constants in force", constants},
	} {
		if err := checkName(name.what, name.value, maxName); err != nil {
			return err
		}
	}
	if longest <= 0 || longest > time.Hour {
		return fmt.Errorf("the longest time a sample stands for, %s, must be above 0 and at most 1 h: some sampling periods", longest)
	}
	return c.Valid()
}

// inputs returns the inputs whose averages are recorded.
func (m *GasMeter) inputs() Inputs {
	in := Static | Temperature | m.Live
	if m.Primary == DifferentialMeter {
		in |= Differential
	}
	return in
}

// technique returns the technique of an input.
func (m *GasMeter) technique(in Inputs) average.Technique {
	if in&(Differential|Static) != 0 {
		return m.Technique
	}
	return m.Technique.Linear()
}

// GasSample is what the instruments of a gas meter said at one instant, and the flow rate computed from it.
type GasSample struct {
	At           time.Time
	Differential float64 // of a differential meter; may be below zero when nothing flows
	Actual       float64 // flow rate at flowing conditions per hour, of a linear meter
	Static       float64 // absolute
	Temperature  float64

	RelativeDensity, HeatingValue, Density float64 // those that are live

	Rate float64 // flow rate at base conditions per hour (API MPMS 14.3, AGA 7); taken for 0 below the cut-off

	Failed      Inputs // failed, with nothing to stand in: only At is taken, its time counts as missed
	Substituted Inputs // the value stands in for one that was not measured
}

// gasInputs is the number of averages of a gas meter, in the order of Inputs.
const gasInputs = 6

// reading is a checked sample.
type reading struct {
	inputs     [gasInputs]float64
	extension  float64 // what the integral value is the integral of: 0 when nothing flows
	rate, heat float64 // volume and energy per hour
	missed     bool
	marks      [2]Inputs // failed, substituted
}

// read checks a sample. It refuses, with *quantity.RangeError, what is out of range.
func (m *GasMeter) read(s *GasSample) (reading, error) {
	in := reading{
		inputs: [gasInputs]float64{s.Differential, s.Static, s.Temperature, s.RelativeDensity, s.HeatingValue, s.Density},
		marks:  [2]Inputs{s.Failed, s.Substituted}, missed: s.Failed != 0,
	}
	if in.missed {
		return in, nil
	}
	least := [gasInputs]float64{-maxInput, 0, -maxInput, 0, 0, 0}
	for i, x := range in.inputs {
		if m.inputs()&(1<<i) == 0 {
			continue
		}
		if err := checkInput(gasInputNames[i], x, least[i]); err != nil {
			return reading{}, err
		}
	}
	if err := checkInput("flow rate at base conditions", s.Rate, 0); err != nil {
		return reading{}, err
	}
	flows, err := m.flow(s, &in)
	if err != nil || !flows {
		return in, err
	}
	in.rate = s.Rate
	if m.EnergyFactor.Valid() {
		in.heat = s.Rate * s.HeatingValue * m.EnergyFactor.Float()
		return in, checkInput("flow of energy", in.heat, 0)
	}
	return in, nil
}

var gasInputNames = [gasInputs]string{
	"differential pressure", "absolute static pressure", "temperature", "relative density", "heating value", "density",
}

// flow reports whether anything flows, and finds the extension.
func (m *GasMeter) flow(s *GasSample, in *reading) (bool, error) {
	if m.Primary == LinearMeter {
		if err := checkInput("actual flow rate", s.Actual, 0); err != nil {
			return false, err
		}
		if average.Flows(s.Actual, max(m.Cutoff, minExtension)) {
			in.extension = s.Actual
		}
		return in.extension > 0, nil
	}
	if !average.Flows(s.Differential, m.Cutoff) {
		return false, nil
	}
	e, err := average.Extension(s.Differential, s.Static)
	if e < minExtension {
		return false, err
	}
	in.extension = e
	return true, err
}

// minExtension is the least extension that flows: below it, it would vanish as the weight of an average.
const minExtension = 1e-60

// GasState is what a recorder of gas needs to go on. The zero state begins a series; Sequence and the totals may be set before
// that.
type GasState struct {
	Run
	Means                    [gasInputs]average.Mean // in the order of Inputs
	FlowTime                 time.Duration
	Integral, Volume, Energy average.Sum    // times nanoseconds
	TotalVolume, TotalEnergy quantity.Micro // running totals before the running record; they are never reset
}

// renew begins the next record.
func (st *GasState) renew(m *GasMeter) {
	*st = GasState{Run: st.Run, TotalVolume: st.TotalVolume, TotalEnergy: st.TotalEnergy}
	st.Run.renew(m.Calendar)
	st.prepare(m)
}

// prepare names the techniques of the averages.
func (st *GasState) prepare(m *GasMeter) {
	for i := range st.Means {
		if in := Inputs(1 << i); m.inputs()&in != 0 {
			st.Means[i].Technique = m.technique(in)
		}
	}
}

// cover takes in the time that a reading stands for, or part of it. That an input failed is known at its end, of the last part.
func (st *GasState) cover(in *reading, d time.Duration, last bool) error {
	if last {
		st.Failed |= in.marks[0]
	}
	if in.missed {
		st.Missed += d
		return nil
	}
	ns := float64(d)
	st.Substituted |= in.marks[1]
	if in.marks[1] != 0 {
		st.SubstitutedFor += d
	}
	amount := in.extension * ns
	for i := range st.Means {
		if m := &st.Means[i]; m.Technique != 0 {
			if err := m.Add(in.inputs[i], ns, amount); err != nil {
				return fmt.Errorf("average %s: %w", gasInputNames[i], err)
			}
		}
	}
	if in.extension > 0 {
		st.FlowTime += d
	}
	return errors.Join(st.Integral.Add(amount), st.Volume.Add(in.rate*ns), st.Energy.Add(in.heat*ns))
}

// valid refuses a state that no recorder has made.
func (st *GasState) valid(m *GasMeter) error {
	if err := st.Run.valid(); err != nil {
		return err
	}
	fresh := GasState{Run: st.Run, TotalVolume: st.TotalVolume, TotalEnergy: st.TotalEnergy}
	if st.TotalVolume < 0 || st.TotalEnergy < 0 || !st.begun() && *st != fresh {
		return errors.New("stored state: totals are negative, or it has not begun and yet holds sums")
	}
	if st.begun() && (st.FlowTime < 0 || st.FlowTime > st.Seen.Sub(st.Start)) {
		return fmt.Errorf("stored state: %s of flow from %s to %s", st.FlowTime, st.Start, st.Seen)
	}
	for _, s := range [...]average.Sum{st.Integral, st.Volume, st.Energy} {
		if err := s.Valid(); err != nil {
			return fmt.Errorf("stored state: %w", err)
		}
		if s.Value() < 0 {
			return fmt.Errorf("stored state: a sum of %v may not be negative", s.Value())
		}
	}
	for i := range st.Means {
		mean, want := &st.Means[i], average.Technique(0)
		if in := Inputs(1 << i); m.inputs()&in != 0 {
			want = m.technique(in)
		}
		if st.begun() && mean.Technique != want {
			return fmt.Errorf("%s is averaged %s in the stored state, %s by the meter: %w",
				gasInputNames[i], mean.Technique, want, ErrConstants)
		}
		if mean.Technique != 0 {
			if err := mean.Valid(); err != nil {
				return fmt.Errorf("%s: %w", gasInputNames[i], err)
			}
		}
	}
	return nil
}
