package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	bridge "github.com/gauger/gauger/firmware-bridge"

	"github.com/gauger/gauger/evidence/record"
)

// source reads the devices of one measuring point and keeps their last good values.
type source struct {
	point   string
	drivers []bridge.Driver
	units   map[bridge.Measure]string
	patient bool          // wait for a device as long as it takes: simulated time stands still meanwhile
	timeout time.Duration // for one read of all devices otherwise
	last    map[bridge.Measure]bridge.Reading
	alarms  map[string]string // by device or measure: what is wrong now
}

func newSource(p *PointConfig, drivers []bridge.Driver, patient bool, timeout time.Duration) *source {
	return &source{
		point: p.Name, drivers: drivers, patient: patient, timeout: timeout,
		units: map[bridge.Measure]string{bridge.Temperature: p.TemperatureUnit, bridge.Pressure: p.PressureUnit},
		last:  map[bridge.Measure]bridge.Reading{}, alarms: map[string]string{},
	}
}

// alarm is an input that failed (Now says how) or came back (Now is empty).
type alarm struct{ name, before, now string }

// errNoCount means that the totaliser could not be read: there is nothing to record, the next sample counts for this one too.
var errNoCount = errors.New("totaliser not read")

// read takes one sample. Temperature or pressure that cannot be read are replaced by their last good value, and flagged.
func (s *source) read(ctx context.Context, at time.Time) (Sample, []alarm, error) {
	found, faults := s.poll(ctx, at)
	alarms := s.compare(faults)
	total, ok := found[bridge.Totaliser]
	if !ok {
		return Sample{}, alarms, fmt.Errorf("%s: %w", s.point, errNoCount)
	}
	in := Sample{Count: total.Count, Modulus: total.Modulus, Reset: total.Quality == bridge.Restarted}
	if total.Quality != bridge.Good {
		in.Quality |= record.SuspectCounter
	}
	for _, m := range []bridge.Measure{bridge.Temperature, bridge.Pressure} {
		r, ok := found[m]
		if !ok {
			if r, ok = s.last[m]; !ok {
				return Sample{}, alarms, fmt.Errorf("%s: %s was never read, nothing can be computed", s.point, m)
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
	return in, alarms, nil
}

// poll reads every device and returns the usable readings, and what is wrong by device.
func (s *source) poll(ctx context.Context, at time.Time) (map[bridge.Measure]bridge.Reading, map[string]string) {
	found, faults := map[bridge.Measure]bridge.Reading{}, map[string]string{}
	for i, d := range s.drivers {
		readings, err := s.readDriver(ctx, d, at)
		if err != nil {
			faults[fmt.Sprintf("device %d", i+1)] = err.Error()
			continue
		}
		for _, r := range readings {
			if want, ok := s.units[r.Measure]; ok && want != r.Unit {
				faults[string(r.Measure)] = fmt.Sprintf("read in %s, configured in %s: set the unit of the device", r.Unit, want)
				continue
			}
			if r.Quality != bridge.Good {
				faults[string(r.Measure)] = r.Quality.String() + ": " + r.Note
			}
			if r.Quality >= bridge.Suspect {
				found[r.Measure] = r
			}
		}
	}
	return found, faults
}

func (s *source) readDriver(ctx context.Context, d bridge.Driver, at time.Time) ([]bridge.Reading, error) {
	for {
		bounded, cancel := context.WithTimeout(ctx, s.timeout)
		readings, err := d.Read(bounded, at)
		cancel()
		if err == nil || !s.patient || ctx.Err() != nil {
			return readings, err
		}
		slog.Debug("device not read, simulated time waits for it", "point", s.point, "error", err)
	}
}

// compare returns what changed since the sample before.
func (s *source) compare(faults map[string]string) (out []alarm) {
	for name, now := range faults {
		if s.alarms[name] == "" {
			out = append(out, alarm{name: name, now: now})
		}
	}
	for name, before := range s.alarms {
		if faults[name] == "" {
			out = append(out, alarm{name: name, before: before})
		}
	}
	s.alarms = faults
	return out
}

func (s *source) close() (err error) {
	for _, d := range s.drivers {
		err = errors.Join(err, d.Close())
	}
	return err
}
