// Package sim is a meter that publishes its readings to an MQTT broker. It repeats the newest one, so that a message lost
// on the way, or in a broker that starts anew, is no reading lost.
package sim

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/meter"
	"github.com/gauger/gauger/firmware-bridge/mqtt"
)

// Publisher hands a message to a broker and returns nil once the broker has it. *mqttlink.Link is one.
type Publisher interface {
	Publish(ctx context.Context, topic string, payload []byte, retained bool) error
}

// Meter is a simulated meter. Its methods may be called at once from several goroutines.
type Meter struct {
	config mqtt.Config
	to     Publisher
	state  func() meter.State

	mu     sync.Mutex
	newest []byte // nil before the first Publish
}

// New returns a meter that publishes state to the topic of c, in the fields that a driver with c reads.
func New(c mqtt.Config, to Publisher, state func() meter.State) *Meter {
	return &Meter{config: c, to: to, state: state}
}

// Publish publishes the state of this moment, which becomes the newest. After an error it stays the newest, and Run will
// publish it.
func (m *Meter) Publish(ctx context.Context) error {
	payload, err := Encode(m.config, m.state())
	if err != nil {
		return err
	}
	m.mu.Lock()
	m.newest = payload
	m.mu.Unlock()
	return m.to.Publish(ctx, m.config.Topic, payload, false)
}

// Run publishes the newest reading again at every tick until ctx ends. What fails is left to the next tick.
func (m *Meter) Run(ctx context.Context, tick <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
		}
		m.mu.Lock()
		payload := m.newest
		m.mu.Unlock()
		if payload != nil {
			m.to.Publish(ctx, m.config.Topic, payload, false)
		}
	}
}

// Encode returns the message for a state: the time in UTC with milliseconds, numbers as short as they can be, NaN and
// infinities as null.
func Encode(c mqtt.Config, s meter.State) ([]byte, error) {
	fields := map[string]json.RawMessage{
		cmp.Or(c.TimeField, "time"): json.RawMessage(s.Time.UTC().Format(`"2006-01-02T15:04:05.000Z"`)),
	}
	for _, f := range c.Fields {
		switch {
		case f.Measure == bridge.Totaliser && f.Modulus != 0:
			fields[f.Name] = json.RawMessage(strconv.FormatUint(s.Totaliser%f.Modulus, 10))
		case f.Measure == bridge.Totaliser:
			fields[f.Name] = json.RawMessage(strconv.FormatUint(s.Totaliser, 10))
		default:
			fields[f.Name] = number(s.Value(f.Measure, cmp.Or(f.Unit, bridge.DefaultUnit(f.Measure))))
		}
	}
	payload, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("encode the reading of %s: %w", c.Topic, err)
	}
	return payload, nil
}

func number(x float64) json.RawMessage {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return json.RawMessage("null")
	}
	return json.RawMessage(strconv.FormatFloat(x, 'f', -1, 64))
}
