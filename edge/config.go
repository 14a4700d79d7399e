package edge

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/firmware-bridge/analog"
	"github.com/gauger/gauger/firmware-bridge/modbus"
	"github.com/gauger/gauger/firmware-bridge/mqtt"
	"github.com/gauger/gauger/firmware-bridge/pulse"
	"github.com/gauger/gauger/firmware-bridge/rtd"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/internal/conf"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/keystore"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Config is the gateway's configuration file. Paths are relative to the file.
type Config struct {
	Organisation string          `yaml:"organisation"` // did:web
	Key          string          `yaml:"key"`          // as keystore.Load takes it: a file, tpm:..., agent:...
	Journal      string          `yaml:"journal"`      // directory
	Trust        string          `yaml:"trust"`        // trust file: whose ledger counts
	Broker       string          `yaml:"broker"`       // "tcp://host:1883"
	CloudKey     string          `yaml:"cloud_key"`    // COSE_Keys of the cloud in hex, as `gauger key show` prints them, between blanks
	Interval     conf.Duration   `yaml:"interval"`
	Sample       conf.Duration   `yaml:"sample"`
	Sign         string          `yaml:"sign"`  // "each" record, or "batch": statements only
	Clock        string          `yaml:"clock"` // how the system clock is kept: "NTP", "PTP", "unsynchronised"
	Batch        BatchConfig     `yaml:"batch"`
	Metrics      string          `yaml:"metrics"`  // address of the metrics page, or nothing
	Control      string          `yaml:"control"`  // unix socket for `gauger edge cut`, or nothing
	Previous     *PreviousConfig `yaml:"previous"` // the device that this one goes on for, or nothing
	Points       []PointConfig   `yaml:"points"`
}

// BatchConfig says when records are batched and how patient the uplink is.
type BatchConfig struct {
	Records int           `yaml:"records"`
	Age     conf.Duration `yaml:"age"`
	Retry   conf.Duration `yaml:"retry"`
}

// PointConfig is one measuring point: its constants, and the devices that read it.
type PointConfig struct {
	Name            string          `yaml:"name"`
	KFactor         quantity.Factor `yaml:"k_factor"` // pulses per unit
	MeterFactor     quantity.Factor `yaml:"meter_factor"`
	Unit            string          `yaml:"unit"`         // "m3" or "bbl"
	Reference       string          `yaml:"reference"`    // "15C", "20C" or "60F"
	Commodity       string          `yaml:"commodity"`    // group of MPMS 11.1: "crude", ...
	BaseDensity     quantity.Micro  `yaml:"base_density"` // kg/m3 at reference
	TemperatureUnit string          `yaml:"temperature_unit"`
	PressureUnit    string          `yaml:"pressure_unit"`
	Rounding        string          `yaml:"rounding"` // rounding policy of the inputs
	Proving         *ProvingConfig  `yaml:"proving"`  // report that gives the meter factor; meter_factor is left out then

	Pulse  *pulse.Config  `yaml:"pulse"`
	RTD    *rtd.Config    `yaml:"rtd"`
	Analog *analog.Config `yaml:"analog"`
	Modbus *modbus.Config `yaml:"modbus"`
	MQTT   *mqtt.Config   `yaml:"mqtt"`

	proved string // what the proving says, for the record
}

// LoadConfig reads a configuration file, fills in the defaults and checks it. It returns the digest that statements name.
func LoadConfig(path string) (*Config, record.Hash, error) {
	c := &Config{
		Interval: conf.Duration(time.Minute), Sample: conf.Duration(time.Second), Sign: "each", Clock: "unsynchronised",
		Batch: BatchConfig{Records: 240, Age: conf.Duration(time.Hour), Retry: conf.Duration(15 * time.Second)},
	}
	data, err := durable.ReadFile(durable.OS, path, conf.MaxBytes)
	if err != nil {
		return nil, record.Hash{}, fmt.Errorf("configuration: %w", err)
	}
	if err := conf.Decode(path, data, c); err != nil {
		return nil, record.Hash{}, err
	}
	conf.Relative(path, &c.Journal, &c.Trust, &c.Control)
	keystore.Relative(path, &c.Key)
	if c.Previous != nil {
		conf.Relative(path, &c.Previous.Journal)
	}
	return c, sha256.Sum256(data), nil
}

// Validate names the first thing that is wrong, and how to mend it.
func (c *Config) Validate() error {
	if err := wire.CheckOrganisation(c.Organisation); err != nil {
		return err
	}
	for _, s := range []struct{ name, value string }{
		{"key", c.Key}, {"journal", c.Journal}, {"trust", c.Trust}, {"broker", c.Broker}, {"cloud_key", c.CloudKey},
	} {
		if s.value == "" {
			return fmt.Errorf("%s is missing", s.name)
		}
	}
	interval, sample := time.Duration(c.Interval), time.Duration(c.Sample)
	if sample < 100*time.Millisecond || interval < sample || interval > time.Hour || interval%sample != 0 {
		return fmt.Errorf("interval %s must be a multiple of sample %s, sample at least 100ms and interval at most 1h", interval, sample)
	}
	if c.Sign != "each" && c.Sign != "batch" {
		return fmt.Errorf("sign is %q, want each or batch", c.Sign)
	}
	if _, err := c.clock(); err != nil {
		return err
	}
	if c.Batch.Records < 1 || c.Batch.Records > statement.MaxRecords/4 {
		return fmt.Errorf("batch.records is %d, want 1 to %d", c.Batch.Records, statement.MaxRecords/4)
	}
	if c.Batch.Age < 0 || time.Duration(c.Batch.Retry) < 100*time.Millisecond {
		return errors.New("batch.age must not be negative, batch.retry must be at least 100ms")
	}
	if len(c.Points) == 0 || len(c.Points) > 256 {
		return fmt.Errorf("%d points, want 1 to 256", len(c.Points))
	}
	seen := map[string]bool{}
	for _, p := range c.Points {
		if seen[p.Name] {
			return fmt.Errorf("point %s comes twice", p.Name)
		}
		seen[p.Name] = true
	}
	return nil
}

func (c *Config) clock() (record.Clock, error) {
	switch c.Clock {
	case "unsynchronised":
		return record.Unsynchronised, nil
	case "NTP":
		return record.NTP, nil
	case "PTP":
		return record.PTP, nil
	}
	return 0, fmt.Errorf("clock is %q, want NTP, PTP or unsynchronised", c.Clock)
}

// Validate names the first thing that is wrong with a point. It is called before that of the whole configuration, and takes the
// meter factor from the proving.
func (p *PointConfig) Validate() error {
	if err := record.CheckPoint(p.Name); err != nil {
		return err
	}
	if err := p.checkDevices(); err != nil {
		return err
	}
	if p.Proving != nil {
		if p.MeterFactor != (quantity.Factor{}) {
			return errors.New("it has both a meter_factor and a proving: remove meter_factor, the proving gives it")
		}
		var err error
		if p.MeterFactor, p.proved, err = p.prove(); err != nil {
			return err
		}
	}
	// One trial interval under these parameters finds every constant that the standard refuses, before anything is measured.
	if _, err := record.Compute(p.parameters(), record.Measured{Temperature: p.reference()}, record.Totals{}); err != nil {
		return err
	}
	return p.parameters().Valid()
}

// reference is the reference temperature in the point's own unit.
func (p *PointConfig) reference() quantity.Micro {
	if p.TemperatureUnit == "degF" {
		return 60 * quantity.PerUnit
	}
	return 15 * quantity.PerUnit
}

func (p *PointConfig) parameters() record.Parameters {
	return record.Parameters{
		KFactor: p.KFactor, MeterFactor: p.MeterFactor, BaseDensity: p.BaseDensity, Commodity: p.Commodity,
		Basis:           quantity.Basis{Unit: quantity.Unit(p.Unit), Reference: quantity.Reference(p.Reference)},
		TemperatureUnit: p.TemperatureUnit, PressureUnit: p.PressureUnit, Method: liquid.Method11_1, Rounding: p.Rounding,
	}
}

// inputs are what the configured devices read, in which unit.
func (p *PointConfig) inputs() (out []bridge.Reading) {
	add := func(m bridge.Measure, unit string) {
		out = append(out, bridge.Reading{Measure: m, Unit: cmp.Or(unit, bridge.DefaultUnit(m))})
	}
	if p.Pulse != nil {
		add(bridge.Totaliser, "")
	}
	if p.RTD != nil {
		add(bridge.Temperature, "degC")
	}
	if p.Analog != nil {
		add(cmp.Or(p.Analog.Measure, bridge.Pressure), p.Analog.Unit)
	}
	if p.Modbus != nil {
		for _, r := range p.Modbus.Registers {
			add(r.Measure, r.Unit)
		}
	}
	if p.MQTT != nil {
		for _, f := range p.MQTT.Fields {
			add(f.Measure, f.Unit)
		}
	}
	return out
}

// checkDevices refuses devices that cannot measure the point: each input must be read once, in the point's own unit.
func (p *PointConfig) checkDevices() error {
	inputs := p.inputs()
	if len(inputs) == 0 {
		return errors.New("it has no device to read: add pulse, rtd, analog, modbus or mqtt")
	}
	for _, want := range []struct {
		measure   bridge.Measure
		key, unit string
	}{{bridge.Totaliser, "", "pulse"}, {bridge.Temperature, "temperature_unit", p.TemperatureUnit}, {bridge.Pressure, "pressure_unit", p.PressureUnit}} {
		n := 0
		for _, r := range inputs {
			if r.Measure != want.measure {
				continue
			}
			if n++; r.Unit != want.unit {
				return fmt.Errorf("its %s is read in %s, but %s is %q", r.Measure, r.Unit, want.key, want.unit)
			}
		}
		switch {
		case n == 0:
			return fmt.Errorf("no device reads its %s: add one that does", want.measure)
		case n > 1:
			return fmt.Errorf("its %s is read %d times: leave one", want.measure, n)
		}
	}
	return nil
}

// SettingsError is what a driver refuses in the settings of its device.
type SettingsError struct {
	Point string
	Err   error
}

// Error names the point.
func (e *SettingsError) Error() string { return fmt.Sprintf("point %s: %v", e.Point, e.Err) }

// Unwrap returns what the driver says.
func (e *SettingsError) Unwrap() error { return e.Err }

// open opens the point's devices. A device that is away is no error here: reading it is, each time, until it comes back.
func (p *PointConfig) open() (drivers []bridge.Driver, err error) {
	add := func(d bridge.Driver, failed error) {
		if failed != nil {
			err = errors.Join(err, &SettingsError{p.Name, failed})
			return
		}
		drivers = append(drivers, d)
	}
	if p.Pulse != nil {
		add(pulse.Open(*p.Pulse))
	}
	if p.RTD != nil {
		add(rtd.Open(*p.RTD))
	}
	if p.Analog != nil {
		add(analog.Open(*p.Analog))
	}
	if p.Modbus != nil {
		add(modbus.Open(*p.Modbus))
	}
	if p.MQTT != nil {
		add(mqtt.Open(*p.MQTT))
	}
	if err != nil {
		for _, d := range drivers {
			err = errors.Join(err, d.Close())
		}
	}
	return drivers, err
}
