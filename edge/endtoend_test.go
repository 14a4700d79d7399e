package edge

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/meter"
	"github.com/gauger/gauger/firmware-bridge/modbus"
	"github.com/gauger/gauger/firmware-bridge/modbus/sim"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/internal/broker"
	"github.com/gauger/gauger/internal/clock"
	"github.com/gauger/gauger/internal/durable/faultfs"
	"github.com/gauger/gauger/internal/mqttlink"
	"github.com/gauger/gauger/metrology/quantity"
)

// world is everything around a gateway: a broker, the model of the cloud behind it, a flow computer, and simulated time.
type world struct {
	t      *testing.T
	broker string // address
	device string // address
	time   string // socket
	cloud  *cloud
	fs     *faultfs.FS
	// conductor holds the time while the test acts.
	conductor clock.Clock
}

// registers are those of the flow computer.
var registers = []modbus.Register{
	{Measure: bridge.Totaliser, Table: modbus.Input, Address: 100, Type: modbus.U32, Order: modbus.CDAB, Unit: "pulse"},
	{Measure: bridge.Temperature, Table: modbus.Input, Address: 102, Type: modbus.I32, Order: modbus.CDAB, Scale: quantity.F(1, 2), Unit: "degC"},
	{Measure: bridge.Pressure, Table: modbus.Input, Address: 104, Type: modbus.F32, Order: modbus.ABCD, Unit: "kPag"},
}

// meterAt is the truth about the meter: it stands still, runs for 100 minutes through the wrap of its counter, and stands still.
func meterAt(t time.Time) meter.State {
	minutes := int64(t.Sub(epoch) / time.Minute)
	flowed := min(max(minutes-70, 0), 100)
	return meter.State{
		Time: t, Totaliser: uint64(1<<32 - 40_000 + 977*flowed), TemperatureC: 20 + float64(minutes%7)/4, PressureKPa: 512.5 - float64(minutes%5),
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, cloud: newCloud(), fs: faultfs.New(), time: filepath.Join(t.TempDir(), "time")}
	server := clock.NewServer(epoch)
	for _, name := range []string{"conductor", "edge"} {
		must(t, server.Join(name))
	}
	w.conductor = server.Local("conductor")
	ln, err := net.Listen("unix", w.time)
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	b, err := broker.Start(broker.Options{Addr: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	w.broker = "tcp://" + b.Addr()
	computer, err := sim.Start("127.0.0.1:0", 1, registers, func() meter.State { return meterAt(server.Now()) })
	must(t, err)
	w.device = computer.Addr()
	link := w.link("cloud")
	must(t, link.Subscribe(wire.BatchFilter, func(topic string, payload []byte) {
		reply := w.cloud.handle(payload)
		if err := link.Publish(ctx, wire.ReplyTopic(organisation, public(deviceKey).Kid()), reply, false); err != nil && ctx.Err() == nil {
			t.Errorf("reply to a message on %s: %v", topic, err)
		}
	}))
	t.Cleanup(func() {
		stop()
		link.Close()
		must(t, b.Close())
		must(t, computer.Close())
		must(t, <-served)
	})
	return w
}

func (w *world) link(name string) *mqttlink.Link {
	w.t.Helper()
	link, err := mqttlink.Dial(w.t.Context(), mqttlink.Options{Broker: w.broker, ClientID: name, Log: slog.New(slog.DiscardHandler)})
	must(w.t, err)
	return link
}

const endToEndConfig = `organisation: did:web:producer.example
key: edge.key
journal: /journal
trust: trust.txt
broker: %s
cloud_key: a4
interval: 60s
sample: 60s
sign: each
batch: {records: 100, age: 10m, retry: 1s}
points:
  - name: LACT-1
    k_factor: "1000"
    meter_factor: "1.0012"
    unit: m3
    reference: 15C
    commodity: crude
    base_density: "865"
    temperature_unit: degC
    pressure_unit: kPag
    rounding: MPMS 11.1 inputs unrounded
    modbus:
      address: %s
      unitId: 1
      registers:
        - {measure: totaliser, table: input, address: 100, type: u32, order: CDAB}
        - {measure: temperature, table: input, address: 102, type: i32, order: CDAB, scale: "0.01"}
        - {measure: pressure, table: input, address: 104, type: f32}
`

// process is a gateway that runs.
type process struct {
	agent  *Agent
	link   *mqttlink.Link
	clock  *clock.Remote
	cancel context.CancelFunc
	done   chan error
}

// start starts a gateway on the world's disk.
func (w *world) start(flush time.Duration) *process {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "edge.yaml")
	must(w.t, os.WriteFile(path, fmt.Appendf(nil, endToEndConfig, w.broker, w.device), 0o644))
	c, digest, err := LoadConfig(path)
	must(w.t, err)
	p := &process{link: w.link("edge"), done: make(chan error, 1)}
	p.clock, err = clock.Dial(w.time, "edge")
	must(w.t, err)
	p.agent, err = Open(Options{
		Config: c, Digest: digest, Key: deviceKey, CloudKeys: []cose.Key{public(cloudKey)}, Trust: trusted(), Clock: p.clock, Patient: true, FS: w.fs,
		Link: p.link, Flush: flush,
	})
	must(w.t, err)
	var ctx context.Context
	ctx, p.cancel = context.WithCancel(w.t.Context())
	go func() { p.done <- p.agent.Run(ctx) }()
	return p
}

// kill ends the process as a power cut would: nothing leaves it any more, and of what it had not synced, some is lost.
func (w *world) kill(p *process, seed uint64) {
	w.t.Helper()
	p.link.Close()
	w.fs = w.fs.CrashClone(seed, 50)
	p.cancel()
	must(w.t, <-p.done) // what it does from here on, it does to a disk that nobody will see
	must(w.t, p.agent.Close())
	must(w.t, p.clock.Close())
}

// TestEndToEnd measures for four simulated hours over Modbus, MQTT and simulated time, loses power twice, once while it flows,
// and ends with every record in the cloud and the interval bodies of a gateway that nothing happened to.
func TestEndToEnd(t *testing.T) {
	w := newWorld(t)
	for i, at := range []time.Duration{30 * time.Minute, 95 * time.Minute} {
		p := w.start(0)
		must(t, w.conductor.WaitUntil(t.Context(), epoch.Add(at)))
		w.kill(p, uint64(i))
	}
	p := w.start(20 * time.Second)
	const end = 240*time.Minute + 30*time.Second
	must(t, w.conductor.WaitUntil(t.Context(), epoch.Add(end)))
	p.cancel()
	must(t, <-p.done)
	defer p.link.Close()

	undisturbed := pointRun{t: t, settings: pointSettings("LACT-1")}
	for at := time.Duration(0); at <= end; at += time.Minute {
		s := meterAt(epoch.Add(at))
		temperature, err := quantity.FromFloat(s.TemperatureC)
		must(t, err)
		pressure, err := quantity.FromFloat(s.PressureKPa)
		must(t, err)
		undisturbed.step(at.Milliseconds(), Sample{Count: s.Totaliser % (1 << 32), Modulus: 1 << 32, Temperature: temperature, Pressure: pressure}, false)
	}
	must(t, w.cloud.lost("LACT-1", p.agent.points[0].state.chain.Next))
	var bodies []record.Record
	restarts := 0
	for _, r := range w.cloud.accepted("LACT-1") {
		if r.Interval != nil {
			bodies = append(bodies, record.Record{Start: r.Start, End: r.End, Interval: r.Interval})
		} else if r.Event.Kind == record.Restart {
			restarts++
		}
	}
	if diff := cmp.Diff(undisturbed.bodies(), bodies); diff != "" {
		t.Error(diff)
	}
	if got := bodies[len(bodies)-1].Interval.Totals.IV; got != 97_700_000 || restarts != 2 {
		t.Errorf("measured %s m3 with %d restarts, want 97.7 with 2", got, restarts)
	}
	if n := len(w.cloud.copied().entries); uint64(n) != p.agent.journal.made() || p.agent.journal.unanswered != 0 {
		t.Errorf("%d statements are in the log, %d were made, %d unanswered", n, p.agent.journal.made(), p.agent.journal.unanswered)
	}
	last, err := p.agent.journal.statement(p.agent.journal.made() - 1)
	must(t, err)
	if last.Checkpoint == nil {
		t.Error("the last statement names no checkpoint")
	}
	must(t, p.agent.Close())
	must(t, p.clock.Close())
}
