package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"

	"github.com/gauger/gauger/cmd/internal/story"
	"github.com/gauger/gauger/evidence/wire"
)

// relay is a broker that acknowledges every message between gateways and cloud, and then forwards it as its rule says: not at all,
// several times, late, or changed. What meters publish passes as it is.
type relay struct {
	mqtt.HookBase
	server *mqtt.Server
	meddle func(topic string, payload []byte) []delivery
	late   sync.WaitGroup
}

// delivery is one message that is forwarded, after a while.
type delivery struct {
	payload []byte
	after   time.Duration
}

func newRelay(t testing.TB, meddle func(topic string, payload []byte) []delivery) *relay {
	t.Helper()
	capabilities := mqtt.NewDefaultServerCapabilities()
	capabilities.MaximumPacketSize = 2 * wire.MaxMessage
	r := &relay{meddle: meddle}
	r.server = mqtt.New(&mqtt.Options{Capabilities: capabilities, InlineClient: true, Logger: slog.New(slog.DiscardHandler)})
	must(t, r.server.AddHook(r, nil))
	must(t, r.server.AddListener(listeners.NewTCP(listeners.Config{ID: "relay", Address: "127.0.0.1:0"})))
	must(t, r.server.Serve())
	t.Cleanup(func() {
		r.late.Wait()
		must(t, r.server.Close())
	})
	return r
}

// use has a world use the relay.
func (r *relay) use(o *story.Options) {
	l, _ := r.server.Listeners.Get("relay")
	o.Broker = "tcp://" + l.Address()
}

func (*relay) ID() string { return "relay" }

func (*relay) Provides(b byte) bool {
	return slices.Contains([]byte{mqtt.OnConnectAuthenticate, mqtt.OnACLCheck, mqtt.OnPublish}, b)
}

func (*relay) OnConnectAuthenticate(*mqtt.Client, packets.Packet) bool { return true }

func (*relay) OnACLCheck(*mqtt.Client, string, bool) bool { return true }

func (r *relay) OnPublish(from *mqtt.Client, pk packets.Packet) (packets.Packet, error) {
	if from.Net.Inline || !strings.HasPrefix(pk.TopicName, "gauger/v1/") {
		return pk, nil
	}
	topic := pk.TopicName
	for _, d := range r.meddle(topic, slices.Clone(pk.Payload)) {
		r.late.Add(1)
		time.AfterFunc(d.after, func() {
			defer r.late.Done()
			// When the server has been closed the message is lost, as messages are.
			_ = r.server.Publish(topic, d.payload, false, 1)
		})
	}
	return pk, packets.CodeSuccessIgnore
}

// rough is a network that loses three messages of ten, doubles every third of the others, and lets messages overtake each other.
type rough struct {
	mu                     sync.Mutex
	rng                    *rand.Rand
	lost, doubled, delayed int
}

func (r *rough) meddle(_ string, payload []byte) []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rng.Float64() < 0.3 {
		r.lost++
		return nil
	}
	copies := 1
	if r.rng.Float64() < 1./3 {
		copies = 2
		r.doubled++
	}
	var out []delivery
	for range copies {
		d := delivery{payload: payload}
		if r.rng.Float64() < 0.5 {
			d.after = time.Duration(r.rng.IntN(500)) * time.Millisecond
			r.delayed++
		}
		out = append(out, d)
	}
	return out
}

// TestRoughNetwork: messages between gateways and cloud that are lost, doubled and reordered change nothing in the end.
func TestRoughNetwork(t *testing.T) {
	net := &rough{rng: rand.New(rand.NewPCG(7, 0))}
	p := play(t, t.TempDir(), small(t), newRelay(t, net.meddle).use)
	p.facts.same(t, reference(t).facts)
	t.Logf("%d lost, %d doubled, %d delayed", net.lost, net.doubled, net.delayed)
	if net.lost < 10 || net.doubled < 10 || net.delayed < 10 {
		t.Error("that is not rough enough to show anything")
	}
}

// flipper changes one bit of a leaf in the first batch that it sees of a point.
type flipper struct {
	mu      sync.Mutex
	point   string
	flipped int
}

func (f *flipper) meddle(_ string, payload []byte) []delivery {
	f.mu.Lock()
	defer f.mu.Unlock()
	b, err := wire.DecodeBatch(payload)
	if err == nil && f.flipped == 0 && len(b.Leaves) > 2 && strings.Contains(string(b.Leaves[0]), f.point) {
		leaf := b.Leaves[2]
		leaf[len(leaf)/2] ^= 1
		if payload, err = b.Encode(); err != nil {
			panic(err) // it was decoded a moment ago
		}
		f.flipped++
	}
	return []delivery{{payload: payload}}
}

// TestBitFlippedOnTheWire: a batch of which one bit was changed is refused and named, nothing of it counts, and the gateway sends
// nothing more. Once somebody has looked into it and started the gateway again, everything arrives, once.
func TestBitFlippedOnTheWire(t *testing.T) {
	f, dir := &flipper{point: "WHITEMUD-1"}, t.TempDir()
	look := func() {
		entry := awaitLog(t, dir, "edge-whitemud", "statement refused")
		contains(t, "log of the gateway", entry, "nothing is sent until the cause is mended", "code=bad-leaves", "leaves hash to root")
		contains(t, "log of the cloud", awaitLog(t, dir, "cloud", "batch refused"), "code=bad-leaves", "leaves hash to root")
		if status := get(t, dir, "/v1/points/WHITEMUD-1/last", nil); status != http.StatusNotFound {
			t.Errorf("records of the refused batch count: status %d", status)
		}
	}
	p := play(t, dir, small(t), newRelay(t, f.meddle).use, when("Hardisty rail unloading: gateway switched on", look),
		strikes(story.Fault{Target: "edge:whitemud", At: at(t, "07:50")}))
	p.facts.same(t, reference(t).facts)
	if refused := blobs(t, dir, "SELECT reply FROM statements WHERE refused"); len(refused) != 1 {
		t.Errorf("%d statements were refused", len(refused))
	}
}

// watcher is where a world writes its progress: at a line that holds a text, it calls a function, and simulated time waits.
type watcher struct {
	line string
	then func()
	next io.Writer
}

func (w *watcher) Write(b []byte) (int, error) {
	if strings.Contains(string(b), w.line) {
		w.then()
	}
	if w.next != nil {
		return w.next.Write(b)
	}
	return len(b), nil
}

// when calls a function at a line of progress, before what the line announces happens.
func when(line string, then func()) func(*story.Options) {
	return func(o *story.Options) { o.Progress = &watcher{line, then, o.Progress} }
}

// awaitLog waits until a process has logged a text, and returns the line.
func awaitLog(t testing.TB, dir, process, text string) string {
	t.Helper()
	for range 3000 {
		b, err := os.ReadFile(filepath.Join(dir, "logs", process+".log"))
		must(t, err)
		for line := range strings.Lines(string(b)) {
			if strings.Contains(line, text) {
				return line
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s never logged %q:\n%s", process, text, logs(t, dir))
	return ""
}

// get asks the cloud of a world that runs, and returns the status.
func get(t testing.TB, dir, path string, into any) int {
	t.Helper()
	c, err := loadCloudConfig(filepath.Join(dir, "cloud", "cloud.yaml"))
	must(t, err)
	res, err := http.Get("http://" + c.Listen + path)
	must(t, err)
	defer res.Body.Close()
	if into != nil {
		must(t, json.NewDecoder(res.Body).Decode(into))
	}
	return res.StatusCode
}
