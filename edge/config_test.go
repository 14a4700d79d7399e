package edge

import (
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/internal/conf"
	"github.com/gauger/gauger/metrology/quantity"
)

const goodConfig = `organisation: did:web:producer.example
key: edge.key
journal: data/journal
trust: /etc/gauger/trust.txt
broker: tcp://127.0.0.1:1883
cloud_key: a401012003
interval: 60s
sample: 2s
sign: batch
clock: PTP
batch: {records: 100, age: 30m, retry: 5s}
points:
  - name: LACT-1
    k_factor: "52834.41"
    meter_factor: "1.0021"
    unit: m3
    reference: 15C
    commodity: crude
    base_density: "865.0"
    temperature_unit: degC
    pressure_unit: kPag
    rounding: MPMS 11.1 inputs unrounded
    pulse: {bus: SPI0.0}
    rtd: {bus: SPI0.1, wires: 4}
    analog: {bus: I2C1, low: "0", high: "10000"}
  - name: LACT-2
    k_factor: "8400"
    meter_factor: "0.9987"
    unit: bbl
    reference: 60F
    commodity: refined
    base_density: "740.0"
    temperature_unit: degF
    pressure_unit: psig
    rounding: MPMS 11.1 input discrimination
    modbus:
      address: 10.0.0.5:502
      timeout: 2s
      registers:
        - {measure: totaliser, type: u32}
        - {measure: temperature, address: 2, type: i32, scale: "0.01", unit: degF}
        - {measure: pressure, address: 4, type: i32, scale: "0.1", unit: psig}
`

// loaded writes a configuration into the working directory and loads it.
func loaded(t *testing.T, yaml string) (*Config, record.Hash, error) {
	t.Helper()
	must(t, os.WriteFile("edge.yaml", []byte(yaml), 0o644))
	return LoadConfig("edge.yaml")
}

// TestLoadConfig: what is in the file, what is filled in, where paths lead, and the digest of the bytes as they are.
func TestLoadConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	c, digest, err := loaded(t, goodConfig)
	must(t, err)
	if digest != sha256.Sum256([]byte(goodConfig)) {
		t.Errorf("digest is %s", digest)
	}
	if c.Key != "edge.key" || c.Journal != filepath.Join("data", "journal") || c.Trust != "/etc/gauger/trust.txt" {
		t.Errorf("paths are %s, %s, %s", c.Key, c.Journal, c.Trust)
	}
	if time.Duration(c.Interval) != time.Minute || time.Duration(c.Sample) != 2*time.Second || c.Batch != (BatchConfig{100, conf.Duration(30 * time.Minute), conf.Duration(5 * time.Second)}) {
		t.Errorf("times are %s, %s, %+v", c.Interval, c.Sample, c.Batch)
	}
	if kept, err := c.clock(); kept != record.PTP || err != nil {
		t.Errorf("clock is %s, %v", kept, err)
	}
	want := parameters()
	want.KFactor, want.MeterFactor, want.Rounding = quantity.F(5283441, 2), quantity.F(10021, 4), c.Points[0].Rounding
	if diff := cmp.Diff(want, c.Points[0].parameters()); diff != "" {
		t.Error(diff)
	}
	for i, n := range []int{3, 1} {
		drivers, err := c.Points[i].open()
		must(t, err)
		if len(drivers) != n {
			t.Errorf("%s has %d devices, want %d", c.Points[i].Name, len(drivers), n)
		}
		for _, d := range drivers {
			must(t, d.Close())
		}
	}
	short := goodConfig
	for _, line := range []string{"interval: 60s\n", "sample: 2s\n", "sign: batch\n", "clock: PTP\n", "batch: {records: 100, age: 30m, retry: 5s}\n"} {
		short = strings.Replace(short, line, "", 1)
	}
	must(t, os.Mkdir("site", 0o755))
	must(t, os.WriteFile("site/edge.yaml", []byte(short), 0o644))
	if c, _, err = LoadConfig("site/edge.yaml"); err != nil {
		t.Fatal(err)
	}
	if c.Key != filepath.Join("site", "edge.key") || c.Trust != "/etc/gauger/trust.txt" {
		t.Errorf("paths are %s, %s", c.Key, c.Trust)
	}
	if kept, _ := c.clock(); time.Duration(c.Interval) != time.Minute || time.Duration(c.Sample) != time.Second || c.Sign != "each" || kept != record.Unsynchronised ||
		c.Batch != (BatchConfig{240, conf.Duration(time.Hour), conf.Duration(15 * time.Second)}) {
		t.Errorf("defaults are %s, %s, %s, %s, %+v", c.Interval, c.Sample, c.Sign, kept, c.Batch)
	}
}

// TestBadConfig: each mistake is named, with the way to mend it.
func TestBadConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tc := range []struct{ name, old, new, want string }{
		{"unknown key", "interval: 60s", "intervall: 60s", `unknown key "intervall" in edge.yaml line 7: did you mean "interval"?`},
		{"unknown key of a point", "meter_factor: \"1.0021\"", "meterfactor: \"1.0021\"", `unknown key "points[0].meterfactor" in edge.yaml line 15: did you mean "meter_factor"?`},
		{"unknown key of a device", "wires: 4", "wire: 4", `unknown key "points[0].rtd.wire" in edge.yaml line 24: did you mean "wires"?`},
		{"key without a unit", "interval: 60s", "interval: 60", `interval: "60" in edge.yaml line 7: write a length of time with its unit, such as 250ms, 60s, 5m, 1h30m or 35d`},
		{"no organisation", "organisation: did:web:producer.example\n", "", `the configuration is not valid in edge.yaml line 1: organisation "" must have 1 to 64 bytes and none of / + #`},
		{"organisation that is no level of a topic", "did:web:producer.example", "a/b", `the configuration is not valid in edge.yaml line 1: organisation "a/b" must have 1 to 64 bytes and none of / + #`},
		{"no key", "key: edge.key\n", "", "the configuration is not valid in edge.yaml line 1: key is missing"},
		{"no cloud key", "cloud_key: a401012003\n", "", "the configuration is not valid in edge.yaml line 1: cloud_key is missing"},
		{"no key and no broker", "key: edge.key\njournal: data/journal\ntrust: /etc/gauger/trust.txt\nbroker: tcp://127.0.0.1:1883\n", "", "the configuration is not valid in edge.yaml line 1: key is missing"},
		{"interval not a multiple", "sample: 2s", "sample: 7s", "the configuration is not valid in edge.yaml line 1: interval 1m0s must be a multiple of sample 7s, sample at least 100ms and interval at most 1h"},
		{"sample longer than the interval", "sample: 2s", "sample: 2m", "the configuration is not valid in edge.yaml line 1: interval 1m0s must be a multiple of sample 2m0s, sample at least 100ms and interval at most 1h"},
		{"sample too short", "sample: 2s", "sample: 50ms", "the configuration is not valid in edge.yaml line 1: interval 1m0s must be a multiple of sample 50ms, sample at least 100ms and interval at most 1h"},
		{"interval too long", "interval: 60s", "interval: 2h", "the configuration is not valid in edge.yaml line 1: interval 2h0m0s must be a multiple of sample 2s, sample at least 100ms and interval at most 1h"},
		{"how to sign", "sign: batch", "sign: never", `the configuration is not valid in edge.yaml line 1: sign is "never", want each or batch`},
		{"clock", "clock: PTP", "clock: sundial", `the configuration is not valid in edge.yaml line 1: clock is "sundial", want NTP, PTP or unsynchronised`},
		{"batch too large", "records: 100", "records: 5000", "the configuration is not valid in edge.yaml line 1: batch.records is 5000, want 1 to 1024"},
		{"batch of nothing", "records: 100", "records: 0", "the configuration is not valid in edge.yaml line 1: batch.records is 0, want 1 to 1024"},
		{"retry too short", "retry: 5s", "retry: 1ms", "the configuration is not valid in edge.yaml line 1: batch.age must not be negative, batch.retry must be at least 100ms"},
		{"no points", goodConfig[strings.Index(goodConfig, "points:\n"):], "points: []\n", "the configuration is not valid in edge.yaml line 1: 0 points, want 1 to 256"},
		{"point twice", "name: LACT-2", "name: LACT-1", "the configuration is not valid in edge.yaml line 1: point LACT-1 comes twice"},
		{"point name", "name: LACT-2", "name: LACT 2", `points[1] is not valid in edge.yaml line 26: point name "LACT 2" must not hold blanks, slashes or unprintable characters`},
		{"no device", "    pulse: {bus: SPI0.0}\n    rtd: {bus: SPI0.1, wires: 4}\n    analog: {bus: I2C1, low: \"0\", high: \"10000\"}\n", "", "points[0] is not valid in edge.yaml line 13: it has no device to read: add pulse, rtd, analog, modbus or mqtt"},
		{"no pressure", "    analog: {bus: I2C1, low: \"0\", high: \"10000\"}\n", "", "points[0] is not valid in edge.yaml line 13: no device reads its pressure: add one that does"},
		{"two thermometers", "analog: {bus: I2C1,", "analog: {bus: I2C1, measure: temperature, unit: degC,", "points[0] is not valid in edge.yaml line 13: its temperature is read 2 times: leave one"},
		{"thermometer in another unit", "temperature_unit: degC", "temperature_unit: degF", `points[0] is not valid in edge.yaml line 13: its temperature is read in degC, but temperature_unit is "degF"`},
		{"transmitter in another unit", "pressure_unit: kPag", "pressure_unit: psig", `points[0] is not valid in edge.yaml line 13: its pressure is read in kPag, but pressure_unit is "psig"`},
		{"register in another unit", "scale: \"0.1\", unit: psig", "scale: \"0.1\", unit: kPag", `points[1] is not valid in edge.yaml line 26: its pressure is read in kPag, but pressure_unit is "psig"`},
		{"temperature unit", "temperature_unit: degC", "temperature_unit: K", `points[0] is not valid in edge.yaml line 13: its temperature is read in degC, but temperature_unit is "K"`},
		{"zero K-factor", "k_factor: \"8400\"", "k_factor: \"0\"", "points[1] is not valid in edge.yaml line 26: k-factor 0 must be positive"},
		{"no K-factor", "    k_factor: \"8400\"\n", "", "points[1] is not valid in edge.yaml line 26: k-factor 0 must be positive"},
		{"negative meter factor", "meter_factor: \"0.9987\"", "meter_factor: \"-0.9987\"", "points[1] is not valid in edge.yaml line 26: meter factor -0.9987 and CTPL 1.00000 must be positive"},
		{"no meter factor", "    meter_factor: \"0.9987\"\n", "", "points[1] is not valid in edge.yaml line 26: meter factor 0 and CTPL 1.00000 must be positive"},
		{"factor that is no decimal", "k_factor: \"8400\"", "k_factor: \"8.4e3\"", `points[1].k_factor: "8.4e3" in edge.yaml line 27: "8.4e3" is not a plain decimal such as 0.95950`},
		{"base density out of range", "base_density: \"865.0\"", "base_density: \"1300.0\"", "points[0] is not valid in edge.yaml line 13: density at 15C to 60F: observed density of crude: 1300 kg/m3 is outside 470.5 to 1201.8 kg/m3"},
		{"no base density", "    base_density: \"865.0\"\n", "", "points[0] is not valid in edge.yaml line 13: density at 15C to 60F: observed density of crude: 0 kg/m3 is outside 470.5 to 1201.8 kg/m3"},
		{"unit", "unit: bbl", "unit: gal", `points[1] is not valid in edge.yaml line 26: a liquid meter counts m3 or bbl, not "gal"`},
		{"unit that is no volume", "unit: bbl", "unit: kg", `points[1] is not valid in edge.yaml line 26: a liquid meter counts m3 or bbl, not "kg"`},
		{"reference", "reference: 60F", "reference: 0C", `points[1] is not valid in edge.yaml line 26: unknown reference conditions: "0C", not 60F, 15C or 20C`},
		{"commodity", "commodity: refined", "commodity: honey", `points[1] is not valid in edge.yaml line 26: unknown commodity group: "honey" is none of crude, refined, lubricating, special with an expansion`},
		{"rounding", "rounding: MPMS 11.1 input discrimination", "rounding: down", `points[1] is not valid in edge.yaml line 26: unknown rounding policy: "down" is neither "MPMS 11.1 inputs unrounded" nor "MPMS 11.1 input discrimination"`},
		{"meter factor and proving", "meter_factor: \"0.9987\"", "meter_factor: \"0.9987\"\n    proving: {date: 2026-02-27}", "points[1] is not valid in edge.yaml line 26: it has both a meter_factor and a proving: remove meter_factor, the proving gives it"},
		{"proving of nothing", "    meter_factor: \"0.9987\"\n", "    proving: {date: 2026-02-27}\n", "points[1] is not valid in edge.yaml line 26: proving of 2026-02-27: proving: k-factor 8400 and prover volume 0 must be positive"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if strings.Count(goodConfig, tc.old) != 1 {
				t.Fatalf("%q is %d times in the good configuration", tc.old, strings.Count(goodConfig, tc.old))
			}
			_, _, err := loaded(t, strings.Replace(goodConfig, tc.old, tc.new, 1))
			if got := message(err); got != tc.want {
				t.Errorf("error is\n%s\nwant\n%s", got, tc.want)
			}
		})
	}
}

// TestNoConfig: a file that is not there.
func TestNoConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, _, err := LoadConfig("edge.yaml"); !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "configuration: ") {
		t.Errorf("error is %v", err)
	}
}

// TestProvedConfig: the meter factor of a proving under base conditions is K x prover volume / pulses, and the record says whose
// it is.
func TestProvedConfig(t *testing.T) {
	t.Chdir(t.TempDir())
	proving := `    proving:
      date: 2026-02-27
      by: did:web:prover.example
      base_volume: "1"
      expansion: "0.0000186"
      elasticity: "30000000"
      inner: "31.25"
      wall: "0.375"
      runs: [52748, 52749, 52750, 52751, 52752]
      prover_temperature: "15"
      meter_temperature: "15"
      prover_pressure: "0"
      meter_pressure: "0"
`
	c, _, err := loaded(t, strings.Replace(goodConfig, "    meter_factor: \"1.0021\"\n", proving, 1))
	must(t, err)
	p := c.Points[0]
	if got := p.parameters().MeterFactor.String(); got != "1.0016" { // 52834.41 / 52750 = 1.00160...
		t.Errorf("meter factor is %s, want 1.0016", got)
	}
	if !strings.HasPrefix(p.proved, "proved 2026-02-27 by did:web:prover.example: 5 runs, repeatability 0.008 %") {
		t.Errorf("the record says %q", p.proved)
	}
}
