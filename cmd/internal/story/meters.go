package story

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/goccy/go-yaml"

	analogsim "github.com/gauger/gauger/firmware-bridge/analog/sim"
	"github.com/gauger/gauger/firmware-bridge/meter"
	"github.com/gauger/gauger/firmware-bridge/modbus"
	modbussim "github.com/gauger/gauger/firmware-bridge/modbus/sim"
	"github.com/gauger/gauger/firmware-bridge/mqtt"
	mqttsim "github.com/gauger/gauger/firmware-bridge/mqtt/sim"
	"github.com/gauger/gauger/firmware-bridge/pulse"
	pulsesim "github.com/gauger/gauger/firmware-bridge/pulse/sim"
	rtdsim "github.com/gauger/gauger/firmware-bridge/rtd/sim"
	"github.com/gauger/gauger/internal/buslink"
	"github.com/gauger/gauger/internal/clock"
	"github.com/gauger/gauger/internal/mqttlink"
)

// Ratings of the instruments that the chips read.
const (
	rtdNominal      = 100.0    // ohm at 0 degC
	rtdReference    = 400.0    // ohm
	pressureHigh    = 10_000.0 // kPag at 20 mA
	pressureShunt   = 100.0    // ohm
	converterAddr   = 0x48
	selectCounter   = 0
	selectConverter = 1
)

// state returns what a meter is at an instant. The counter is never reset: it is a function of time alone, whoever looks.
func (p *Point) state(at time.Time) meter.State {
	s := meter.State{Time: at, Totaliser: p.Register, TemperatureC: 10, PressureKPa: 0}
	for _, f := range p.Flows {
		if at.Before(f.From.Time) {
			break
		}
		s.Totaliser += share(f, at)
		s.TemperatureC, s.PressureKPa = f.Temperature, f.Pressure
		if p.TemperatureUnit == "degF" {
			s.TemperatureC = (f.Temperature - 32) / 1.8
		}
		if p.PressureUnit == "psig" {
			s.PressureKPa = f.Pressure * kPaPerPsi
		}
	}
	return s
}

// kPaPerPsi is the conversion of API MPMS 11.1.
const kPaPerPsi = 6.894757

// share is the number of a flow's pulses that have passed at an instant.
func share(f Flow, at time.Time) uint64 {
	if !at.Before(f.To.Time) {
		return f.Pulses
	}
	hi, lo := bits.Mul64(f.Pulses, uint64(at.Sub(f.From.Time)))
	n, _ := bits.Div64(hi, lo, uint64(f.To.Sub(f.From.Time)))
	return n
}

// MeterOptions tell a process of meters where it is.
type MeterOptions struct {
	Scenario *Scenario
	Site     string
	Sockets  string // directory of the bus sockets
	Clock    string // socket of the simulated clock
	Broker   string // of meters that publish
	Modbus   string // address of the Modbus server
	Ready    io.Writer
}

// RunMeters plays all meters of a site until ctx ends: chips behind a socket, a Modbus TCP server, a publisher. It writes a line
// when they answer.
func RunMeters(ctx context.Context, o MeterOptions) error {
	site := o.Scenario.site(o.Site)
	if site == nil {
		return fmt.Errorf("site %q is not in the scenario", o.Site)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	defer group.Wait()
	for i := range site.Points {
		p := &site.Points[i]
		observer, err := clock.Dial(o.Clock, "")
		if err != nil {
			return err
		}
		now := func() meter.State { return p.state(observer.Now()) }
		run, err := p.instrument(ctx, o, site.interval(), now)
		if err != nil {
			return fmt.Errorf("meter %s: %w", p.Name, err)
		}
		group.Go(func() {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				cancel(fmt.Errorf("meter %s: %w", p.Name, err))
			}
		})
	}
	if _, err := fmt.Fprintln(o.Ready, "ready"); err != nil {
		return err
	}
	<-ctx.Done()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// instrument starts what a point is read through and returns what serves it.
func (p *Point) instrument(ctx context.Context, o MeterOptions, step time.Duration, now func() meter.State) (func(context.Context) error, error) {
	switch p.Instruments {
	case "modbus":
		device, err := modbussim.Start(o.Modbus, 1, p.registers(), now)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) error { <-ctx.Done(); return device.Close() }, nil
	case "mqtt":
		return p.publisher(ctx, o, step, now)
	}
	mdr0, mdr1, err := pulse.Config{}.Registers()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("unix", socketOf(o.Sockets, p.Name))
	if err != nil {
		return nil, err
	}
	pressure := analogsim.Pressure(0, pressureHigh, pressureShunt, now)
	devices := buslink.Devices{
		SPI: map[uint8]buslink.Device{selectCounter: pulsesim.NewRunning(mdr0, mdr1, now), selectConverter: rtdsim.New(rtdNominal, rtdReference, now)},
		I2C: map[uint16]buslink.Device{converterAddr: analogsim.New([4]func() float64{pressure})},
	}
	return func(ctx context.Context) error { return buslink.Serve(ctx, l, devices) }, nil
}

// republish is how often, in real time, a publishing meter says again what it said last: a broker that died forgets.
const republish = 100 * time.Millisecond

// publisher is a meter with a clock of its own, which takes part in simulated time: it publishes at each step.
func (p *Point) publisher(ctx context.Context, o MeterOptions, step time.Duration, now func() meter.State) (func(context.Context) error, error) {
	link, err := mqttlink.Dial(ctx, mqttlink.Options{Broker: o.Broker, ClientID: "meter-" + p.Name})
	if err != nil {
		return nil, err
	}
	stepping, err := clock.Dial(o.Clock, "meter:"+o.Site)
	if err != nil {
		return nil, err
	}
	m := mqttsim.New(p.mqttConfig(o.Broker), link, now)
	return func(ctx context.Context) error {
		defer link.Close()
		tick := time.NewTicker(republish)
		defer tick.Stop()
		repeating, stop := context.WithCancel(ctx)
		var group sync.WaitGroup
		defer group.Wait()
		defer stop()
		group.Go(func() { m.Run(repeating, tick.C) })
		for {
			bounded, cancel := context.WithTimeout(ctx, time.Second)
			_ = m.Publish(bounded) // Run says it again until the broker has it
			cancel()
			next := stepping.Now().Truncate(step).Add(step)
			if err := stepping.WaitUntil(ctx, next); err != nil {
				return err
			}
		}
	}, nil
}

func socketOf(dir, point string) string { return filepath.Join(dir, point+".sock") }

func (p *Point) mqttConfig(broker string) mqtt.Config {
	var c mqtt.Config
	if err := decodeMap(p.mqttMap(broker), &c); err != nil {
		panic(err) // both sides are in this file
	}
	return c
}

func (p *Point) registers() []modbus.Register {
	var c modbus.Config
	if err := decodeMap(p.modbusMap("127.0.0.1:1"), &c); err != nil {
		panic(err) // both sides are in this file
	}
	return c.Registers
}

// The maps below go into the gateway's configuration, and the simulator is made from the same ones.

func (p *Point) mqttMap(broker string) map[string]any {
	return map[string]any{
		"broker": broker, "clientId": "gateway-" + p.Name, "topic": "meter/" + p.Name, "maxAge": "1s", "timeField": "time",
		"fields": []any{
			map[string]any{"name": "totaliser", "measure": "totaliser", "unit": "pulse"},
			map[string]any{"name": "temperature", "measure": "temperature", "unit": p.TemperatureUnit},
			map[string]any{"name": "pressure", "measure": "pressure", "unit": p.PressureUnit},
		},
	}
}

func (p *Point) modbusMap(address string) map[string]any {
	return map[string]any{
		"address": address, "unitId": 1, "timeout": "2s",
		"registers": []any{
			map[string]any{"measure": "totaliser", "table": "input", "address": 100, "type": "u64", "order": "ABCD", "unit": "pulse"},
			map[string]any{"measure": "temperature", "table": "input", "address": 104, "type": "i32", "order": "CDAB", "scale": "0.01", "unit": p.TemperatureUnit},
			map[string]any{"measure": "pressure", "table": "input", "address": 106, "type": "i32", "order": "CDAB", "scale": "0.1", "unit": p.PressureUnit},
		},
	}
}

func (p *Point) chipMaps(sockets string) map[string]any {
	bus := "unix:" + socketOf(sockets, p.Name)
	return map[string]any{
		"pulse": map[string]any{"bus": fmt.Sprintf("%s#%d", bus, selectCounter)},
		"rtd": map[string]any{
			"bus": fmt.Sprintf("%s#%d", bus, selectConverter), "wires": 4, "referenceOhm": fmt.Sprint(rtdReference),
			"nominalOhm": fmt.Sprint(rtdNominal), "mainsHz": 60, "low": -50, "high": 200,
		},
		"analog": map[string]any{
			"bus": bus, "address": converterAddr, "channel": "0", "shuntOhm": fmt.Sprint(pressureShunt), "samplesPerSecond": 860,
			"measure": "pressure", "unit": "kPag", "low": 0, "high": int(pressureHigh),
		},
	}
}

func decodeMap(m map[string]any, into any) error {
	b, err := yaml.Marshal(m)
	if err != nil {
		return err
	}
	return yaml.UnmarshalWithOptions(b, into, yaml.Strict())
}

// writeYAML writes a configuration file.
func writeYAML(path string, m map[string]any) error {
	b, err := yaml.Marshal(m)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644)
}
