package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	bridge "github.com/gauger/gauger/firmware-bridge"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/internal/clock"
	"github.com/gauger/gauger/metrology/quantity"
)

// source reads the devices of one measuring point and keeps their last good values.
type source struct {
	point   string
	drivers []bridge.Driver
	units   map[bridge.Measure]string
	patient bool          // wait for a device as long as it takes: simulated time stands still meanwhile
	timeout time.Duration // for one read of a device
	last    map[bridge.Measure]bridge.Reading

	parameters record.Parameters
	reference  quantity.Micro // temperature
	real       clock.Clock    // paces the tries of a patient one
}

func newSource(p *PointConfig, drivers []bridge.Driver, patient bool, timeout time.Duration) *source {
	return &source{
		point: p.Name, drivers: drivers, patient: patient, timeout: timeout,
		units: map[bridge.Measure]string{bridge.Temperature: p.TemperatureUnit, bridge.Pressure: p.PressureUnit},
		last:  map[bridge.Measure]bridge.Reading{}, parameters: p.parameters(), reference: p.reference(), real: clock.Real(),
	}
}

// errNoCount means that the totaliser could not be read: there is nothing to record, the next sample counts for this one too.
var errNoCount = errors.New("totaliser not read")

// read takes one sample, and says by device or measure what is wrong. Temperature or pressure that cannot be read are replaced
// by their last good value, and flagged. With an error the sample holds the count alone, if that was read.
func (s *source) read(ctx context.Context, at time.Time) (Sample, map[string]string, error) {
	found, faults := s.poll(ctx, at)
	total, ok := found[bridge.Totaliser]
	if !ok {
		return Sample{}, faults, fmt.Errorf("%s: %w", s.point, errNoCount)
	}
	in := Sample{Count: total.Count, Modulus: total.Modulus, Reset: total.Quality == bridge.Restarted}
	if total.Quality != bridge.Good {
		in.Quality |= record.SuspectCounter
	}
	for _, m := range []bridge.Measure{bridge.Temperature, bridge.Pressure} {
		r, ok := found[m]
		if !ok {
			if r, ok = s.last[m]; !ok {
				return in, faults, fmt.Errorf("%s: %s was never read, nothing can be computed", s.point, m)
			}
			in.Quality |= record.Substituted
		}
		s.last[m] = r
		if m == bridge.Temperature {
			in.Temperature = r.Value
		} else {
			in.Pressure = r.Value
		}
	}
	return in, faults, nil
}

// deviceFault begins the names of faults of whole devices, which are counted from 1.
const deviceFault = "device "

// poll reads every device and returns the usable readings, and what is wrong by device.
func (s *source) poll(ctx context.Context, at time.Time) (map[bridge.Measure]bridge.Reading, map[string]string) {
	found, faults := map[bridge.Measure]bridge.Reading{}, map[string]string{}
	for i, d := range s.drivers {
		readings, err := s.readDriver(ctx, d, at)
		if err != nil {
			faults[deviceFault+strconv.Itoa(i+1)] = err.Error()
			continue
		}
		for _, r := range readings {
			fault, usable := s.judge(r)
			if fault != "" {
				faults[string(r.Measure)] = fault
			}
			if usable {
				found[r.Measure] = r
			}
		}
	}
	return found, faults
}

// judge says what is wrong with a reading, and whether it can be used all the same.
func (s *source) judge(r bridge.Reading) (fault string, usable bool) {
	if want, ok := s.units[r.Measure]; ok && want != r.Unit {
		return fmt.Sprintf("read in %s, configured in %s: set the unit of the device", r.Unit, want), false
	}
	if r.Quality < bridge.Suspect {
		return r.Quality.String() + ": " + r.Note, false
	}
	if err := s.plausible(r); err != nil {
		return err.Error(), false
	}
	if r.Quality != bridge.Good {
		return r.Quality.String() + ": " + r.Note, true
	}
	return "", true
}

// noPressure is below every gauge pressure that there can be, in kPa: the vacuum under the highest barometer.
const noPressure = -110

// plausible refuses a temperature or pressure that 11.1 does not cover: one such value would spoil an average that then cannot
// be computed with, or worse, can.
func (s *source) plausible(r bridge.Reading) error {
	temperature, pressure := s.reference, quantity.Micro(0)
	switch r.Measure {
	case bridge.Temperature:
		temperature = r.Value
	case bridge.Pressure:
		pressure = r.Value
	default:
		return nil
	}
	g, err := record.PressureIn(s.parameters.PressureUnit, pressure)
	if err != nil {
		return err
	}
	if g.KPa() < noPressure {
		return fmt.Errorf("gauge pressure: %s is below vacuum", g)
	}
	_, err = record.Factors(s.parameters, temperature, pressure)
	return err
}

// patience is the pause before a device is tried again.
const patience = 20 * time.Millisecond

func (s *source) readDriver(ctx context.Context, d bridge.Driver, at time.Time) ([]bridge.Reading, error) {
	for {
		bounded, cancel := context.WithTimeout(ctx, s.timeout)
		readings, err := d.Read(bounded, at)
		cancel()
		if err == nil || !s.patient || ctx.Err() != nil {
			return readings, err
		}
		slog.Debug("device not read, simulated time waits for it", "point", s.point, "error", err)
		if err := s.real.WaitUntil(ctx, s.real.Now().Add(patience)); err != nil {
			return nil, err
		}
	}
}

func (s *source) close() (err error) {
	for _, d := range s.drivers {
		err = errors.Join(err, d.Close())
	}
	return err
}
