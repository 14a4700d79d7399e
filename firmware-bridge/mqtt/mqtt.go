// Package mqtt listens to a meter that publishes its own readings, with its own time, as JSON to an MQTT broker. The driver
// keeps the newest reading by that time and gives it out; repeated, late and reordered messages change nothing.
package mqtt

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/internal/mqttlink"
)

// Sample is an example of the driver's configuration, in YAML.
//
//go:embed sample.yaml
var Sample string

// Limits of a configuration.
const (
	maxFields   = 16
	maxIgnored  = 32
	maxPassword = 1024
)

// Config says where the meter publishes, and what its messages look like.
type Config struct {
	// Broker is the broker's address: "tcp://10.0.0.7:1883", "tls://host:8883" or "unix:///path".
	Broker string `yaml:"broker"`
	// ClientID names this driver to the broker; no two may share a name.
	ClientID string `yaml:"clientId"`
	// Username and PasswordFile authenticate to the broker; the file holds the password on its first line. Both are
	// empty for a broker that wants none.
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"passwordFile"`
	// Topic is the topic of the meter's messages, without wildcards.
	Topic string `yaml:"topic"`
	// MaxAge is how old a reading may be, by the caller's clock: Read waits for a younger one. Zero takes any.
	MaxAge time.Duration `yaml:"maxAge"`
	// MaxAhead is how far the meter's clock may be ahead of the caller's before its readings are Suspect. Zero is 5 s.
	MaxAhead time.Duration `yaml:"maxAhead"`
	// TimeField names the field with the time of the reading. Empty is "time".
	TimeField string `yaml:"timeField"`
	// Fields are the fields with values, in the order of the readings; each measure at most once.
	Fields []Field `yaml:"fields"`
	// Ignore names fields that messages may hold besides. A message with any other field is refused: a meter whose
	// messages change has changed, and that is to be noticed.
	Ignore []string `yaml:"ignore"`
}

// Field is a number in the meter's messages.
type Field struct {
	// Name is the field's name.
	Name string `yaml:"name"`
	// Measure is what it is of.
	Measure bridge.Measure `yaml:"measure"`
	// Unit is its unit. Empty is pulse, degC, kPag or kg/m3.
	Unit string `yaml:"unit"`
	// Modulus is where a totaliser begins again from zero. Zero is 2^64.
	Modulus uint64 `yaml:"modulus"`
}

// withDefaults fills in what was left out and refuses what can't work.
func (c Config) withDefaults() (Config, error) {
	c.MaxAhead = cmp.Or(c.MaxAhead, 5*time.Second)
	c.TimeField = cmp.Or(c.TimeField, "time")
	switch {
	case c.Broker == "":
		return c, errors.New("broker of the meter is not named: write tcp://host:1883")
	case c.ClientID == "":
		return c, fmt.Errorf("clientId for %s is empty: give each driver a name of its own", c.Broker)
	case c.Topic == "" || strings.ContainsAny(c.Topic, "+#"):
		return c, fmt.Errorf("topic %q of the meter must be one topic, without wildcards", c.Topic)
	case c.Username == "" && c.PasswordFile != "":
		return c, fmt.Errorf("passwordFile for %s without a username: set both or none", c.Broker)
	case c.MaxAge < 0 || c.MaxAhead < 0:
		return c, fmt.Errorf("maxAge %v and maxAhead %v of %s must not be negative", c.MaxAge, c.MaxAhead, c.Topic)
	case len(c.Fields) == 0 || len(c.Fields) > maxFields || len(c.Ignore) > maxIgnored:
		return c, fmt.Errorf("fields of %s: %d with values and %d to ignore, must be 1 to %d and at most %d", c.Topic, len(c.Fields), len(c.Ignore), maxFields, maxIgnored)
	}
	if err := mqttlink.CheckBroker(c.Broker); err != nil {
		return c, fmt.Errorf("broker of the meter: %w", err)
	}
	names := append([]string{c.TimeField}, c.Ignore...)
	var measures []bridge.Measure
	c.Fields = slices.Clone(c.Fields)
	for i := range c.Fields {
		f := &c.Fields[i]
		f.Unit = cmp.Or(f.Unit, bridge.DefaultUnit(f.Measure))
		if err := bridge.CheckUnit(f.Measure, f.Unit); err != nil {
			return c, fmt.Errorf("field %q of %s: %w", f.Name, c.Topic, err)
		}
		if f.Modulus != 0 && f.Measure != bridge.Totaliser {
			return c, fmt.Errorf("field %q of %s: only a totaliser has a modulus", f.Name, c.Topic)
		}
		if slices.Contains(measures, f.Measure) {
			return c, fmt.Errorf("field %q of %s: %s is configured twice", f.Name, c.Topic, f.Measure)
		}
		names, measures = append(names, f.Name), append(measures, f.Measure)
	}
	slices.Sort(names)
	if names[0] == "" || len(slices.Compact(slices.Clone(names))) != len(names) {
		return c, fmt.Errorf("fields of %s: names %q must differ from each other and not be empty", c.Topic, names)
	}
	return c, nil
}

// Open returns a driver, or an error in the configuration. The broker is first dialled in Read.
func Open(c Config) (bridge.Driver, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	return &driver{config: c, gate: bridge.NewGate(), arrived: make(chan struct{})}, nil
}

type driver struct {
	config Config
	gate   *bridge.Gate
	link   *mqttlink.Link // nil before the first Read; touched by calls through the gate only

	mu      sync.Mutex // guards what follows, between Read and the messages
	newest  *message   // nil before the first
	ahead   bool       // newest was beyond MaxAhead when it was last read
	refused error      // why the latest message was refused, nil when it was not
	arrived chan struct{}
}

var _ bridge.Driver = (*driver)(nil)

// Read returns the newest reading by the meter's clock, and with a MaxAge waits for one that is not older than at - MaxAge.
// When ctx ends first, the error says how old the newest is, and that comes with it, marked Stale.
func (d *driver) Read(ctx context.Context, at time.Time) ([]bridge.Reading, error) {
	if _, err := bridge.Do(ctx, d.gate, func() (struct{}, error) { return struct{}{}, d.connect(ctx) }); err != nil {
		return nil, fmt.Errorf("read %s from %s: %w", d.config.Topic, d.config.Broker, err)
	}
	for {
		readings, arrived, err := d.look(at)
		if err == nil {
			return readings, nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return readings, fmt.Errorf("read %s from %s: %w: %w", d.config.Topic, d.config.Broker, err, ctx.Err())
		}
	}
}

// look returns the newest readings when they are young enough; otherwise an error, and what will be closed when there is
// something new to look at.
func (d *driver) look(at time.Time) (_ []bridge.Reading, arrived <-chan struct{}, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.newest == nil {
		return nil, d.arrived, d.because(errors.New("no reading came"))
	}
	readings := slices.Clone(d.newest.readings)
	if oldest := at.Add(-d.config.MaxAge); d.config.MaxAge > 0 && d.newest.time.Before(oldest) {
		const layout = "2006-01-02T15:04:05.000Z07:00"
		err := fmt.Errorf("newest reading is of %s, wanted is one of %s or later", d.newest.time.Format(layout), oldest.UTC().Format(layout))
		degrade(readings, bridge.Stale, "older than maxAge")
		return readings, d.arrived, d.because(err)
	}
	if d.ahead = d.newest.time.After(at.Add(d.config.MaxAhead)); d.ahead {
		degrade(readings, bridge.Suspect, "the meter's clock is ahead by more than maxAhead")
	}
	return readings, nil, nil
}

// because adds to err why the latest message was refused, if it was.
func (d *driver) because(err error) error {
	if d.refused == nil {
		return err
	}
	return fmt.Errorf("%w (latest message refused: %w)", err, d.refused)
}

// degrade lowers the quality of those readings that have a value.
func degrade(readings []bridge.Reading, q bridge.Quality, note string) {
	for i := range readings {
		if readings[i].Quality > q {
			readings[i].Quality, readings[i].Note = q, note
		}
	}
}

// receive takes a message of the meter. Only a younger one counts, unless the newest was ahead of the caller's clock: then
// the meter's clock may have been put right.
func (d *driver) receive(_ string, payload []byte) {
	m, err := d.config.decode(payload)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refused = err; err != nil {
		return
	}
	if d.newest != nil && !d.ahead && !m.time.After(d.newest.time) {
		return
	}
	d.newest, d.ahead = m, false
	close(d.arrived)
	d.arrived = make(chan struct{})
}

// connect starts the link at the first call; it then keeps itself up.
func (d *driver) connect(ctx context.Context) error {
	if d.link != nil {
		return nil
	}
	password, err := readPassword(d.config.PasswordFile)
	if err != nil {
		return err
	}
	link, err := mqttlink.Dial(ctx, mqttlink.Options{
		Broker: d.config.Broker, ClientID: d.config.ClientID, Username: d.config.Username, Password: password,
		// A meter is near, and each second without it is a gap: be quicker than over a long line.
		Timeout: 5 * time.Second, RetryMax: 5 * time.Second,
	})
	if err != nil {
		return err
	}
	if err := link.Subscribe(d.config.Topic, d.receive); err != nil {
		link.Close()
		return err
	}
	d.link = link
	return nil
}

// readPassword returns the first line of a file, or "" without a file.
func readPassword(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPassword+1))
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	line, _, _ := strings.Cut(string(b), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" || len(b) > maxPassword {
		return "", fmt.Errorf("password in %s: must be its first line, in a file of at most %d bytes", path, maxPassword)
	}
	return line, nil
}

// Close ends the link.
func (d *driver) Close() error {
	return d.gate.Close(func() error {
		if d.link != nil {
			d.link.Close()
		}
		return nil
	})
}
