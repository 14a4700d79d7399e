package record_test

import (
	"bytes"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/cose/cosetest"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

var refused = cosetest.Refused

const minute = 60_000

// start is when the records of these tests begin.
const start = 1_770_000_000_000

func parameters() record.Parameters {
	return record.Parameters{
		KFactor: quantity.F(1_000_000, 3), MeterFactor: quantity.F(10_005, 4), Basis: quantity.Metric, Commodity: "crude",
		BaseDensity: 868_400_000, TemperatureUnit: "degC", PressureUnit: "kPag", Method: liquid.Method11_1, Rounding: string(liquid.InputsUnrounded),
	}
}

func measured() record.Measured {
	return record.Measured{Totaliser: 48_213, Pulses: 48_213, FlowTime: minute, Temperature: 31_417_265, Pressure: 512_300_000}
}

// event returns the record at seq 0.
func event() *record.Record {
	return &record.Record{
		Version: record.Version, Device: cose.Kid{1}, Point: "LACT-1", Salt: [16]byte{2}, Start: start, End: start, Clock: record.NTP,
		Event: &record.Event{Kind: record.Start, New: "0"},
	}
}

// interval returns a record with the interval that m makes.
func interval(t testing.TB, m record.Measured, before record.Totals) *record.Record {
	t.Helper()
	body, err := record.Compute(parameters(), m, before)
	if err != nil {
		t.Fatal(err)
	}
	return &record.Record{
		Version: record.Version, Device: cose.Kid{1}, Point: "LACT-1", Salt: [16]byte{3}, Start: start, End: start + minute,
		Clock: record.NTP, Interval: body,
	}
}

func encode(t testing.TB, r *record.Record) []byte {
	t.Helper()
	leaf, err := r.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}

func TestCheckOfARecord(t *testing.T) {
	tests := []struct {
		name  string
		alter func(r *record.Record)
		want  string
	}{
		{"as it should be", func(*record.Record) {}, ""},
		{"version 0", func(r *record.Record) { r.Version = 0 }, "version is 0"},
		{"version 2", func(r *record.Record) { r.Version = 2 }, "version is 2"},
		{"unknown clock", func(r *record.Record) { r.Clock = record.Simulated + 1 }, "clock state 5 is unknown"},
		{"neither interval nor event", func(r *record.Record) { r.Interval = nil }, "must hold an interval or an event"},
		{"interval and event", func(r *record.Record) { r.Event = &record.Event{Kind: record.Alarm} }, "and only one"},
		{"ends before it starts", func(r *record.Record) { r.End = r.Start - 1 }, "before it starts"},
		{"before 1970", func(r *record.Record) { r.Start = -1 }, "out of range"},
		{"after 9999", func(r *record.Record) { r.End = 253_402_300_800_000 }, "out of range"},
		{"the last ms of 9999", func(r *record.Record) { r.End = 253_402_300_799_999 }, ""},
		{"no time at all", func(r *record.Record) { r.End = r.Start }, ""},
		{"first with a link", func(r *record.Record) { r.Prev[31] = 1 }, "names a record before it"},
		{"later with a link", func(r *record.Record) { r.Seq, r.Prev[31] = 1, 1 }, ""},
		{"no point", func(r *record.Record) { r.Point = "" }, "1 to 64 bytes"},
		{"point of 64 bytes", func(r *record.Record) { r.Point = strings.Repeat("x", 64) }, ""},
		{"point of 65 bytes", func(r *record.Record) { r.Point = strings.Repeat("x", 65) }, "1 to 64 bytes"},
		{"point with a blank", func(r *record.Record) { r.Point = "LACT 1" }, "blanks"},
		{"point with a slash", func(r *record.Record) { r.Point = "LACT/1" }, "slashes"},
		{"point with an invisible character", func(r *record.Record) { r.Point = "LACT\u200b1" }, "unprintable"},
		{"point that is not UTF-8", func(r *record.Record) { r.Point = "LACT\xff" }, "UTF-8"},
		{"point in another script", func(r *record.Record) { r.Point = "Скважина-7" }, ""},
		{"negative pulses", func(r *record.Record) { r.Interval.Pulses = -1 }, "neither may be negative"},
		{"negative flow time", func(r *record.Record) { r.Interval.FlowTime = -1 }, "neither may be negative"},
		{"no K-factor", func(r *record.Record) { r.Interval.Parameters.KFactor = quantity.Factor{} }, "must be positive"},
		{"K-factor of 19 decimals", func(r *record.Record) { r.Interval.Parameters.KFactor.Decimals = 19 }, "must be positive"},
		{"negative meter factor", func(r *record.Record) { r.Interval.Parameters.MeterFactor.Mantissa = -1 }, "must be positive"},
		{"no density", func(r *record.Record) { r.Interval.Parameters.BaseDensity = 0 }, "must be positive"},
		{"mass", func(r *record.Record) { r.Interval.Parameters.Basis = quantity.Basis{Unit: quantity.Kilogram} }, "m3 or bbl"},
		{"no reference conditions", func(r *record.Record) { r.Interval.Parameters.Basis.Reference = "" }, "reference conditions"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := interval(t, measured(), record.Totals{})
			tt.alter(r)
			roundTrip(t, r, tt.want)
		})
	}
}

func TestCheckOfAnEvent(t *testing.T) {
	tests := []struct {
		name  string
		alter func(r *record.Record)
		want  string
	}{
		{"as it should be", func(*record.Record) {}, ""},
		{"no kind", func(r *record.Record) { r.Event.Kind = "" }, "must name its kind"},
		{"a kind of its own", func(r *record.Record) { r.Event.Kind = "eclipse" }, ""},
		{"a stretch of time", func(r *record.Record) { r.End++ }, "one instant"},
		{"bad point", func(r *record.Record) { r.Point = " " }, "blanks"},
		{"texts of 512 bytes", func(r *record.Record) { r.Event.Old, r.Event.New = strings.Repeat("x", 512), strings.Repeat("x", 512) }, ""},
		{"name of 513 bytes", func(r *record.Record) { r.Event.Name = strings.Repeat("x", 513) }, "at most 512"},
		{"who is not UTF-8", func(r *record.Record) { r.Event.Who = "\xff" }, "UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := event()
			tt.alter(r)
			roundTrip(t, r, tt.want)
		})
	}
}

// roundTrip encodes and decodes a record. A record that must be refused is so on both ways.
func roundTrip(t *testing.T, r *record.Record, want string) {
	t.Helper()
	leaf, err := r.Encode()
	refused(t, err, want)
	if want != "" {
		if leaf, err = cose.Marshal(r); err != nil {
			return // text that is not UTF-8 has no encoding
		}
		_, err = record.Decode(leaf)
		if err == nil {
			t.Error("a leaf that Encode would not make is read")
		}
		return
	}
	back, err := record.Decode(leaf)
	if err != nil {
		t.Fatal(err)
	}
	if again := encode(t, back); !bytes.Equal(again, leaf) {
		t.Errorf("%x came back as %x", leaf, again)
	}
}

func TestSizeIsBounded(t *testing.T) {
	_, err := record.Decode(make([]byte, record.MaxSize+1))
	refused(t, err, "at most 4096")
	r := interval(t, measured(), record.Totals{})
	r.Interval.Parameters.Method = strings.Repeat("x", record.MaxSize)
	_, err = r.Encode()
	refused(t, err, "at most 4096")
}

func TestNames(t *testing.T) {
	r := event()
	r.Seq = 12
	if r.Place() != "LACT-1 seq 12" {
		t.Errorf("place is %q", r.Place())
	}
	for c, want := range map[record.Clock]string{
		record.Unsynchronised: "unsynchronised", record.NTP: "NTP", record.PTP: "PTP/GNSS", record.RTCLost: "RTC lost",
		record.Simulated: "simulated", 9: "clock state 9",
	} {
		if c.String() != want {
			t.Errorf("clock %d is %q, want %q", uint64(c), c, want)
		}
	}
}

func TestAnyRecordRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &record.Record{
			Version: record.Version, Device: cose.Kid(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "device")),
			Point: rapid.StringMatching(`[!-.0-~]{1,64}`).Draw(t, "point"), Seq: rapid.Uint64Min(1).Draw(t, "seq"),
			Prev: record.Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "prev")), Salt: [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "salt")),
			Clock: record.Clock(rapid.Uint64Max(4).Draw(t, "clock")),
		}
		r.Start = rapid.Int64Range(0, 253_402_300_799_999).Draw(t, "start")
		r.End = r.Start
		if rapid.Bool().Draw(t, "event") {
			r.Event = &record.Event{
				Kind: record.EventKind(rapid.StringN(1, 20, 100).Draw(t, "kind")), Name: rapid.StringN(0, 20, 512).Draw(t, "name"),
				Old: rapid.StringN(0, 20, 512).Draw(t, "old"), New: rapid.StringN(0, 20, 512).Draw(t, "new"), Who: rapid.StringN(0, 20, 512).Draw(t, "who"),
			}
		} else {
			amount := func(name string) quantity.Micro { return quantity.Micro(rapid.Int64().Draw(t, name)) }
			r.End = rapid.Int64Range(r.Start, 253_402_300_799_999).Draw(t, "end")
			r.Interval = &record.Interval{
				Totaliser: rapid.Uint64().Draw(t, "totaliser"), Pulses: rapid.Int64Min(0).Draw(t, "pulses"), FlowTime: rapid.Int64Min(0).Draw(t, "flow time"),
				Temperature: amount("temperature"), Pressure: amount("pressure"), Parameters: parameters(), IV: amount("IV"),
				CTL: quantity.F(rapid.Int64().Draw(t, "CTL"), rapid.Uint8().Draw(t, "decimals")), GSV: amount("GSV"), Mass: amount("mass"),
				Totals:  record.Totals{IV: amount("IV in all"), FlowTime: rapid.Int64().Draw(t, "flow time in all")},
				Quality: record.Quality(rapid.Uint64().Draw(t, "quality")),
			}
		}
		leaf, err := r.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := record.Decode(leaf)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := back.Encode(); err != nil || !bytes.Equal(again, leaf) {
			t.Fatalf("%x came back as %x: %v", leaf, again, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(f, event()))
	r := interval(f, measured(), record.Totals{})
	f.Add(encode(f, r))
	r.Interval.Quality = record.Gap | record.Substituted
	f.Add(encode(f, r))
	f.Fuzz(func(t *testing.T, leaf []byte) {
		r, err := record.Decode(leaf)
		if err != nil {
			return
		}
		if again, err := r.Encode(); err != nil || !bytes.Equal(again, leaf) {
			t.Errorf("%x was accepted, but is %x encoded again (%v)", leaf, again, err)
		}
		c := record.Resume(r)
		if _, err := c.Append(leaf); err == nil && (c.Next != r.Seq+1 || c.Hash != record.LeafHash(leaf)) {
			t.Errorf("the chain stands at %d after seq %d", c.Next, r.Seq)
		}
	})
}
