package edge

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	bridge "github.com/gauger/gauger/firmware-bridge"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// pointConfig is a point of the constants of parameters().
func pointConfig(name string) *PointConfig {
	p := parameters()
	return &PointConfig{
		Name: name, KFactor: p.KFactor, MeterFactor: p.MeterFactor, Unit: string(p.Basis.Unit), Reference: string(p.Basis.Reference),
		Commodity: p.Commodity, BaseDensity: p.BaseDensity, TemperatureUnit: p.TemperatureUnit, PressureUnit: p.PressureUnit, Rounding: p.Rounding,
	}
}

func ofQuality(r bridge.Reading, q bridge.Quality, note string) bridge.Reading {
	r.Quality, r.Note = q, note
	return r
}

func inUnit(r bridge.Reading, unit string) bridge.Reading {
	r.Unit = unit
	return r
}

var errDevice = errors.New("no answer")

// TestRead: what a source makes of what its devices say.
func TestRead(t *testing.T) {
	good := []bridge.Reading{counted(7), warm(21), pressed(400)}
	failed := ofQuality(warm(0), bridge.Failed, "sensor broken")
	for _, tc := range []struct {
		name, why string
		readings  []bridge.Reading
		err       error
		want      Sample
		faults    map[string]string
		failed    string
	}{
		{"good", "is what it is", good, nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 21_000_000, Pressure: 400_000_000}, nil, ""},
		{"no temperature", "the last good one stands, flagged", []bridge.Reading{counted(7), pressed(400)}, nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 20_000_000, Pressure: 400_000_000, Quality: record.Substituted}, nil, ""},
		{"failed temperature", "and it is an alarm", []bridge.Reading{counted(7), failed, pressed(400)}, nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 20_000_000, Pressure: 400_000_000, Quality: record.Substituted},
			map[string]string{"temperature": "failed: sensor broken"}, ""},
		{"stale pressure", "is not taken for a new one", []bridge.Reading{counted(7), warm(21), ofQuality(pressed(1), bridge.Stale, "old")}, nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 21_000_000, Pressure: 500_000_000, Quality: record.Substituted},
			map[string]string{"pressure": "stale: old"}, ""},
		{"suspect temperature", "is taken, with an alarm", []bridge.Reading{counted(7), ofQuality(warm(21), bridge.Suspect, "drifts"), pressed(400)}, nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 21_000_000, Pressure: 400_000_000},
			map[string]string{"temperature": "suspect: drifts"}, ""},
		{"suspect count", "counts, flagged", []bridge.Reading{ofQuality(counted(7), bridge.Suspect, "ran backwards"), warm(21), pressed(400)}, nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 21_000_000, Pressure: 400_000_000, Quality: record.SuspectCounter},
			map[string]string{"totaliser": "suspect: ran backwards"}, ""},
		{"counter began anew", "its difference means nothing", []bridge.Reading{ofQuality(counted(7), bridge.Restarted, "power lost"), warm(21), pressed(400)}, nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 21_000_000, Pressure: 400_000_000, Quality: record.SuspectCounter, Reset: true},
			map[string]string{"totaliser": "restarted: power lost"}, ""},
		{"no count", "no sample", []bridge.Reading{warm(21), pressed(400)}, nil, Sample{}, nil, "LACT-1: totaliser not read"},
		{"failed count", "no sample, and an alarm", []bridge.Reading{ofQuality(counted(0), bridge.Failed, "beyond its modulus"), warm(21), pressed(400)}, nil, Sample{}, map[string]string{"totaliser": "failed: beyond its modulus"}, "LACT-1: totaliser not read"},
		{"no device", "what it knew last is not used", good, errDevice, Sample{}, map[string]string{"device 1": "no answer"}, "LACT-1: totaliser not read"},
		{"wrong unit", "a temperature in another unit is none", []bridge.Reading{counted(7), inUnit(warm(70), "degF"), pressed(400)}, nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 20_000_000, Pressure: 400_000_000, Quality: record.Substituted},
			map[string]string{"temperature": "read in degF, configured in degC: set the unit of the device"}, ""},
		{"temperature that 11.1 does not cover", "would spoil the average", []bridge.Reading{counted(7), warm(850), pressed(400)}, nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 20_000_000, Pressure: 400_000_000, Quality: record.Substituted},
			map[string]string{"temperature": "temperature: 850 C is outside -50 to 150 C"}, ""},
		{"pressure that 11.1 does not cover", "likewise", []bridge.Reading{counted(7), warm(21), pressed(20_000)}, nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 21_000_000, Pressure: 500_000_000, Quality: record.Substituted},
			map[string]string{"pressure": "gauge pressure: 20000 kPa is outside 0 to 10342.1355 kPa"}, ""},
		{"less than no pressure", "a transmitter's code for a fault is no pressure", []bridge.Reading{counted(7), warm(21), pressed(-9999)}, nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 21_000_000, Pressure: 500_000_000, Quality: record.Substituted},
			map[string]string{"pressure": "gauge pressure: -9999 kPa is below vacuum"}, ""},
		{"a little suction", "is one", []bridge.Reading{counted(7), warm(21), pressed(-30)}, nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 21_000_000, Pressure: -30_000_000}, nil, ""},
		{"density besides", "is not needed", append([]bridge.Reading{{Measure: bridge.Density, Value: 1, Unit: "kg/m3", Quality: bridge.Good}}, good...), nil, Sample{Count: 7, Modulus: 1 << 32, Temperature: 21_000_000, Pressure: 400_000_000}, nil, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := &device{}
			s := newSource(pointConfig("LACT-1"), []bridge.Driver{d}, false, time.Second)
			d.set(nil, counted(0), warm(20), pressed(500))
			if _, faults, err := s.read(t.Context(), epoch); err != nil || len(faults) > 0 {
				t.Fatal(err, faults)
			}
			d.set(tc.err, tc.readings...)
			in, faults, err := s.read(t.Context(), epoch)
			if got := message(err); got != tc.failed {
				t.Errorf("error is %q, want %q", got, tc.failed)
			}
			if diff := cmp.Diff(tc.want, in); diff != "" {
				t.Errorf("%s: %s", tc.why, diff)
			}
			if diff := cmp.Diff(append(pairs(tc.faults), ""), append(pairs(faults), "")); diff != "" {
				t.Errorf("faults: %s", diff)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func pairs(m map[string]string) (out []string) {
	for k, v := range m {
		out = append(out, k+": "+v)
	}
	return out
}

// TestNeverRead: without any temperature nothing can be computed; what the counter said is still told, for it says only once
// that it began anew.
func TestNeverRead(t *testing.T) {
	d := &device{}
	d.set(nil, ofQuality(counted(7), bridge.Restarted, "power lost"), pressed(400))
	s := newSource(pointConfig("LACT-1"), []bridge.Driver{d}, false, time.Second)
	in, _, err := s.read(t.Context(), epoch)
	if got, want := message(err), "LACT-1: temperature was never read, nothing can be computed"; got != want {
		t.Errorf("error is %q, want %q", got, want)
	}
	if !in.Reset || in.Count != 7 {
		t.Errorf("sample is %+v", in)
	}
}

// TestSeveralDevices: one that is broken does not take the others with it.
func TestSeveralDevices(t *testing.T) {
	counter, thermometer, transmitter := &device{}, &device{}, &device{}
	s := newSource(pointConfig("LACT-1"), []bridge.Driver{counter, thermometer, transmitter}, false, time.Second)
	counter.set(nil, counted(1))
	thermometer.set(nil, warm(30))
	transmitter.set(nil, pressed(300))
	_, _, err := s.read(t.Context(), epoch)
	must(t, err)
	counter.set(nil, counted(2))
	thermometer.set(errDevice)
	in, faults, err := s.read(t.Context(), epoch)
	must(t, err)
	if want := (Sample{Count: 2, Modulus: 1 << 32, Temperature: 30 * quantity.PerUnit, Pressure: 300 * quantity.PerUnit, Quality: record.Substituted}); in != want {
		t.Errorf("sample is %+v, want %+v", in, want)
	}
	if diff := cmp.Diff(map[string]string{"device 2": "no answer"}, faults); diff != "" {
		t.Error(diff)
	}
	must(t, s.close())
	if !counter.closed || !thermometer.closed || !transmitter.closed {
		t.Error("a device was left open")
	}
}

// flaky is a device that answers from the n-th time on.
type flaky struct {
	device
	tries, n int
}

func (f *flaky) Read(ctx context.Context, at time.Time) ([]bridge.Reading, error) {
	if f.tries++; f.tries < f.n {
		return nil, errDevice
	}
	return f.device.Read(ctx, at)
}

// TestPatience: a patient source waits for its devices as long as it takes, an impatient one asks once; both end with their
// context.
func TestPatience(t *testing.T) {
	f := &flaky{n: 4}
	f.set(nil, counted(1), warm(20), pressed(500))
	impatient := newSource(pointConfig("LACT-1"), []bridge.Driver{f}, false, time.Second)
	if _, _, err := impatient.read(t.Context(), epoch); !errors.Is(err, errNoCount) || f.tries != 1 {
		t.Errorf("after %d tries: %v", f.tries, err)
	}
	patient := newSource(pointConfig("LACT-1"), []bridge.Driver{f}, true, time.Second)
	if _, faults, err := patient.read(t.Context(), epoch); err != nil || f.tries != 4 || len(faults) > 0 {
		t.Errorf("after %d tries: %v, %v", f.tries, err, faults)
	}
	f.n = 1 << 30
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := patient.read(ctx, epoch); !errors.Is(err, errNoCount) {
		t.Errorf("after the end: %v", err)
	}
}

// TestClip: a text from a device fits an event, whatever is in it.
func TestClip(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"short", "sensor broken", "sensor broken"},
		{"long", strings.Repeat("x", 600), strings.Repeat("x", 500)},
		{"cut within a rune", strings.Repeat("x", 499) + "°C", strings.Repeat("x", 499)},
		{"no UTF-8", "a\xff\xfeb", "a\uFFFDb"},
		{"no UTF-8 at all", strings.Repeat("\x80", 600), "\uFFFD"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := clip(tc.in)
			if got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
			r := record.Record{Version: record.Version, Point: "A", Event: &record.Event{Kind: record.Alarm, New: got}}
			if _, err := r.Encode(); err != nil {
				t.Error(err)
			}
		})
	}
}
