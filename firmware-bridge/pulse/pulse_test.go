package pulse_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/conntest"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spitest"
	"pgregory.net/rapid"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/bridgetest"
	"github.com/gauger/gauger/firmware-bridge/meter"
	"github.com/gauger/gauger/firmware-bridge/pulse"
	"github.com/gauger/gauger/firmware-bridge/pulse/sim"
	"github.com/gauger/gauger/internal/buslink"
)

var at = time.Date(2024, 3, 1, 7, 0, 0, 0, time.UTC)

// flow is a meter whose totaliser the test sets.
type flow struct{ total uint64 }

func (f *flow) state() meter.State { return meter.State{Totaliser: f.total} }

// running returns a simulated chip that was set up for c long ago.
func running(t testing.TB, c pulse.Config, f *flow) *sim.Chip {
	t.Helper()
	mdr0, mdr1, err := c.Registers()
	if err != nil {
		t.Fatal(err)
	}
	return sim.NewRunning(mdr0, mdr1, f.state)
}

func open(t testing.TB, c pulse.Config) bridge.Driver {
	t.Helper()
	d, err := pulse.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func read(t testing.TB, d bridge.Driver) bridge.Reading {
	t.Helper()
	rs, err := d.Read(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	if len(rs) != 1 {
		t.Fatalf("%d readings", len(rs))
	}
	return rs[0]
}

func TestContract(t *testing.T) {
	bridgetest.Run(t, func(t *testing.T) bridgetest.Rig {
		f := &flow{total: 5_283_441_123}
		bus := bridgetest.NewBus(t, buslink.Devices{SPI: map[uint8]buslink.Device{1: running(t, pulse.Config{}, f)}})
		return bridgetest.Rig{
			Driver: open(t, pulse.Config{Bus: bus.Name() + "#1", Timeout: 10 * time.Second}),
			Want: []bridge.Reading{{
				Measure: bridge.Totaliser, Count: 5_283_441_123 % pulse.Modulus, Modulus: pulse.Modulus, Unit: "pulse", Quality: bridge.Good,
			}},
			At:  func() time.Time { return at },
			Cut: bus.Cut, Mend: bus.Mend, Hang: bus.Hang, Resume: bus.Resume,
		}
	})
}

// onBus returns a driver on a simulated chip.
func onBus(t testing.TB, c pulse.Config, chip *sim.Chip) bridge.Driver {
	t.Helper()
	c.Bus = bridgetest.NewBus(t, buslink.Devices{SPI: map[uint8]buslink.Device{0: chip}}).Name()
	return open(t, c)
}

func TestFirstPower(t *testing.T) {
	// A chip fresh from the box is set up, says restarted until that was heard, and counts from zero.
	for _, mode := range []string{"pulse", "x1", "x2", "x4"} {
		t.Run(mode, func(t *testing.T) {
			f := &flow{total: 100}
			d := onBus(t, pulse.Config{Mode: mode, FilterDivider: 2}, sim.New(f.state))
			if r := read(t, d); r.Quality != bridge.Restarted || r.Count != 0 || r.Note == "" {
				t.Errorf("first reading %+v", r)
			}
			f.total = 150
			if r := read(t, d); r.Quality != bridge.Good || r.Count != 50 || r.Note != "" {
				t.Errorf("second reading %+v", r)
			}
		})
	}
}

func TestPowerLoss(t *testing.T) {
	// Power that goes between two readings is reported once; a driver that starts anew before it asked again hears it too.
	f := &flow{total: 1000}
	chip := running(t, pulse.Config{}, f)
	bus := bridgetest.NewBus(t, buslink.Devices{SPI: map[uint8]buslink.Device{0: chip}})
	d := open(t, pulse.Config{Bus: bus.Name()})
	if r := read(t, d); r.Quality != bridge.Good || r.Count != 1000 {
		t.Fatalf("before: %+v", r)
	}
	chip.PowerCycle()
	f.total = 1010
	for i, driver := range []bridge.Driver{d, open(t, pulse.Config{Bus: bus.Name()})} {
		if r := read(t, driver); r.Quality != bridge.Restarted || r.Count != 10 {
			t.Errorf("driver %d: %+v", i, r)
		}
	}
	if r := read(t, d); r.Quality != bridge.Good {
		t.Errorf("acknowledged: %+v", r)
	}
	chip.PowerCycle()
	chip.PowerCycle()
	if r := read(t, d); r.Quality != bridge.Restarted || r.Count != 0 {
		t.Errorf("second loss: %+v", r)
	}
	chip.PowerCycle() // after it was reported, before it was acknowledged
	if r := read(t, d); r.Quality != bridge.Restarted {
		t.Errorf("loss on top of a loss: %+v", r)
	}
	if r := read(t, d); r.Quality != bridge.Good {
		t.Errorf("all acknowledged: %+v", r)
	}
}

func TestUndeliveredNews(t *testing.T) {
	// A reading that came too late for its caller doesn't count as heard.
	f := &flow{}
	bus := bridgetest.NewBus(t, buslink.Devices{SPI: map[uint8]buslink.Device{0: sim.New(f.state)}})
	d := open(t, pulse.Config{Bus: bus.Name(), Timeout: time.Minute})
	bus.Hang()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := d.Read(ctx, at); err == nil {
		t.Fatal("read from a hanging bus")
	}
	bus.Resume()
	if r := read(t, d); r.Quality != bridge.Restarted {
		t.Errorf("got %+v", r)
	}
}

func TestJudgement(t *testing.T) {
	// What the count and the latches say together, step by step. The totaliser may run backwards here.
	type step struct {
		total   uint64
		quality bridge.Quality
		note    string // part of it
	}
	tests := []struct {
		name  string
		start uint64
		steps []step
	}{
		{"standstill", 7, []step{{7, bridge.Good, ""}, {7, bridge.Good, ""}}},
		{"wrap", 1<<32 - 10, []step{{1<<32 - 5, bridge.Good, ""}, {1<<32 + 5, bridge.Good, ""}, {1<<32 + 6, bridge.Good, ""}, {2<<32 + 1, bridge.Good, ""}, {2<<32 + 2, bridge.Good, ""}}},
		{"wrap while the driver was down", 1<<32 - 10, []step{{1<<32 + 5, bridge.Good, ""}, {1<<32 + 6, bridge.Good, ""}}},
		{"more than a turn", 100, []step{{100, bridge.Good, ""}, {1<<32 + 200, bridge.Suspect, "more than once"}, {1<<32 + 201, bridge.Good, ""}}},
		{"backwards", 100, []step{{100, bridge.Good, ""}, {90, bridge.Suspect, "backwards"}, {95, bridge.Good, ""}}},
		{"backwards through zero", 1 << 32, []step{{1<<32 + 5, bridge.Good, ""}, {1<<32 - 5, bridge.Suspect, "backwards"}, {1<<32 - 4, bridge.Good, ""}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := &flow{total: tt.start}
			d := onBus(t, pulse.Config{}, running(t, pulse.Config{}, f))
			for i, s := range tt.steps {
				f.total = s.total
				r := read(t, d)
				if r.Count != s.total%pulse.Modulus || r.Quality != s.quality || !strings.Contains(r.Note, s.note) || (r.Note == "") != (s.note == "") {
					t.Errorf("step %d: %+v, want %d %s %q", i, r, s.total%pulse.Modulus, s.quality, s.note)
				}
			}
		})
	}
}

// port is an SPI port straight to a simulated chip.
type port struct {
	spi.Conn
	chip *sim.Chip
}

func (p port) Connect(physic.Frequency, spi.Mode, int) (spi.Conn, error) { return p, nil }
func (p port) LimitSpeed(physic.Frequency) error                         { return nil }
func (p port) Close() error                                              { return nil }
func (p port) String() string                                            { return "simulated" }
func (p port) Tx(w, r []byte) error                                      { return p.chip.Tx(w, r) }

func direct(t testing.TB, chip *sim.Chip) bridge.Driver {
	t.Helper()
	d, err := pulse.OpenOn(pulse.Config{}, port{chip: chip})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestNoPulseIsLost(t *testing.T) {
	// However the flow and the driver's restarts fall, the differences of the counts add up to the pulses.
	rapid.Check(t, func(rt *rapid.T) {
		f := &flow{total: rapid.Uint64Range(0, 1<<40).Draw(rt, "start")}
		chip := running(t, pulse.Config{}, f)
		start, sum := f.total, uint64(0)
		d, last := direct(t, chip), uint32(f.total)
		for _, n := range rapid.SliceOfN(rapid.Uint64Range(0, 1<<31-1), 1, 20).Draw(rt, "pulses") {
			f.total += n
			if rapid.IntRange(0, 4).Draw(rt, "restart") == 0 {
				d = direct(t, chip)
			}
			r := read(t, d)
			if r.Quality != bridge.Good {
				rt.Fatalf("reading %+v", r)
			}
			sum += uint64(uint32(r.Count) - last)
			last = uint32(r.Count)
		}
		if sum != f.total-start {
			rt.Fatalf("counted %d of %d pulses", sum, f.total-start)
		}
	})
}

// Instructions and answers on the wire, as the data sheet has them.
var (
	mode0Set, mode1Set  = reg(0x48, 0x01), reg(0x50, 0xc0)
	mode0Zero, mode1Off = reg(0x48, 0x00), reg(0x50, 0x00)
	latch               = conntest.IO{W: []byte{0xe8}}
)

func reg(instruction, value byte) conntest.IO {
	return conntest.IO{W: []byte{instruction, 0}, R: []byte{0, value}}
}

func otr(b ...byte) conntest.IO {
	return conntest.IO{W: []byte{0x68, 0, 0, 0, 0}, R: append([]byte{0}, b...)}
}

func write(b ...byte) conntest.IO { return conntest.IO{W: b} }

func TestBytesOnTheWire(t *testing.T) {
	// The exact transactions: a chip that was set up is only read; one that wasn't gets its mode registers, never a count.
	port := &spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: []conntest.IO{
		// power was lost
		mode0Zero, mode1Off, reg(0x70, 0x0c),
		write(0x88, 0x01), write(0x90, 0xc0), mode0Set, mode1Set, reg(0x70, 0x0e),
		latch, otr(0, 0, 0, 0), mode0Set, mode1Set, reg(0x70, 0x0e),
		// acknowledged
		mode0Set, mode1Set, reg(0x70, 0x0e), write(0x30), reg(0x70, 0x0a),
		latch, otr(0x1f, 0x07, 0xed, 0x72), mode0Set, mode1Set, reg(0x70, 0x0a),
		// nothing but looking
		mode0Set, mode1Set, reg(0x70, 0x0a),
		latch, otr(0x1f, 0x07, 0xed, 0x73), mode0Set, mode1Set, reg(0x70, 0x0a),
	}}}
	d, err := pulse.OpenOn(pulse.Config{}, port)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for range 3 {
		r := read(t, d)
		got = append(got, fmt.Sprint(r.Count, " ", r.Quality))
	}
	if diff := cmp.Diff([]string{"0 restarted", "520613234 good", "520613235 good"}, got); diff != "" {
		t.Errorf("readings (-want +got):\n%s", diff)
	}
	if err := d.Close(); err != nil {
		t.Errorf("transactions left over: %v", err)
	}
}

func TestChipFaults(t *testing.T) {
	tests := []struct {
		name, why string
		ops       []conntest.IO
		want      string
	}{
		{"no chip", "an open data line reads as ones whatever is written", []conntest.IO{
			reg(0x48, 0xff), reg(0x50, 0xff), reg(0x70, 0xff), write(0x88, 0x01), write(0x90, 0xc0), reg(0x48, 0xff), reg(0x50, 0xff), reg(0x70, 0xff),
		}, "is it an LS7366R"},
		{"reset under way", "the count may be of before or of after", []conntest.IO{
			mode0Set, mode1Set, reg(0x70, 0x0a), latch, otr(0, 0, 0, 9), mode0Zero, mode1Off, reg(0x70, 0x0c),
		}, "reset while it was read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, err := pulse.OpenOn(pulse.Config{}, &spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: tt.ops}})
			if err != nil {
				t.Fatal(err)
			}
			if rs, err := d.Read(t.Context(), at); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: got %v, %v", tt.why, rs, err)
			}
			if err := d.Close(); err != nil {
				t.Errorf("transactions left over: %v", err)
			}
		})
	}
	t.Run("switched off", func(t *testing.T) {
		ops := []conntest.IO{mode0Set, mode1Set, reg(0x70, 0x02), latch, otr(0, 0, 0, 9), mode0Set, mode1Set, reg(0x70, 0x02)}
		d, err := pulse.OpenOn(pulse.Config{}, &spitest.Playback{Playback: conntest.Playback{DontPanic: true, Ops: ops}})
		if err != nil {
			t.Fatal(err)
		}
		if r := read(t, d); r.Quality != bridge.Suspect || !strings.Contains(r.Note, "CNT_EN") {
			t.Errorf("got %+v", r)
		}
	})
}

func TestConfig(t *testing.T) {
	tests := []struct {
		name, yaml, want string
	}{
		{"sample", pulse.Sample, ""},
		{"least", "bus: SPI0.0", ""},
		{"no bus", "mode: x1", "no bus named"},
		{"mode", "bus: SPI0.0\nmode: x3", "x1, x2, x4 or pulse"},
		{"filter", "bus: SPI0.0\nfilterDivider: 3", "must be 1 or 2"},
		{"path", "bus: unix:here", "absolute path"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var c pulse.Config
			if err := yaml.UnmarshalWithOptions([]byte(tt.yaml), &c, yaml.Strict()); err != nil {
				t.Fatal(err)
			}
			_, err := pulse.Open(c)
			if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}
