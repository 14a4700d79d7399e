package mqtt

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	bridge "github.com/gauger/gauger/firmware-bridge"
	"github.com/gauger/gauger/metrology/quantity"
)

// config reads a totaliser that wraps at 1000 and a temperature, and ignores a serial number.
var config = Config{TimeField: "time", Ignore: []string{"serial"}, Fields: []Field{
	{Name: "n", Measure: bridge.Totaliser, Unit: "pulse", Modulus: 1000},
	{Name: "t", Measure: bridge.Temperature, Unit: "degC"},
}}

func TestDecode(t *testing.T) {
	tests := []struct {
		name, payload, want string // want is part of the error
	}{
		{"plain", `{"time":"2024-03-02T08:00:00.125Z","n":7,"t":4.25}`, ""},
		{"any order and offset", ` { "t" : 4.25 , "n" : 7 , "time" : "2024-03-02T01:00:00.125-07:00" } `, ""},
		{"ignored field", `{"time":"2024-03-02T08:00:00.125Z","serial":{"a":[1,"x"]},"n":7,"t":4.25}`, ""},
		{"binary float in print", `{"time":"2024-03-02T08:00:00.125Z","n":7,"t":4.2500000000000000001}`, ""},
		{"exponent", `{"time":"2024-03-02T08:00:00.125Z","n":7,"t":42.5e-1}`, ""},
		{"empty", ``, "not a JSON object"},
		{"array", `[1]`, "not a JSON object"},
		{"cut off", `{"time":"2024-03-02T08:00:00.125Z","n":7,"t":4.25`, "EOF"},
		{"something behind", `{"time":"2024-03-02T08:00:00.125Z","n":7,"t":4.25}{}`, "goes on"},
		{"twice", `{"time":"2024-03-02T08:00:00.125Z","n":7,"n":8,"t":4.25}`, "twice"},
		{"unknown field", `{"time":"2024-03-02T08:00:00.125Z","n":7,"t":4.25,"flow":1}`, `"flow": not configured`},
		{"another case", `{"time":"2024-03-02T08:00:00.125Z","N":7,"t":4.25}`, "not configured"},
		{"field missing", `{"time":"2024-03-02T08:00:00.125Z","n":7}`, `"t" is missing`},
		{"time missing", `{"n":7,"t":4.25}`, `"time" is missing`},
		{"time as a number", `{"time":1709366400125,"n":7,"t":4.25}`, "must be a string"},
		{"time without zone", `{"time":"2024-03-02T08:00:00.125","n":7,"t":4.25}`, "must be as in"},
		{"no such day", `{"time":"2024-02-30T08:00:00.125Z","n":7,"t":4.25}`, "must be as in"},
		{"count as a string", `{"time":"2024-03-02T08:00:00.125Z","n":"7","t":4.25}`, "number or null"},
		{"count with decimals", `{"time":"2024-03-02T08:00:00.125Z","n":7.0,"t":4.25}`, "whole number"},
		{"negative count", `{"time":"2024-03-02T08:00:00.125Z","n":-7,"t":4.25}`, "whole number"},
		{"count at the modulus", `{"time":"2024-03-02T08:00:00.125Z","n":1000,"t":4.25}`, "not below the modulus 1000"},
		{"not a number", `{"time":"2024-03-02T08:00:00.125Z","n":7,"t":NaN}`, "invalid character"},
		{"too large", `{"time":"2024-03-02T08:00:00.125Z","n":7,"t":1e13}`, "out of range"},
		{"far too large", `{"time":"2024-03-02T08:00:00.125Z","n":7,"t":1e999999999}`, "out of range"},
		{"value is an object", `{"time":"2024-03-02T08:00:00.125Z","n":7,"t":{}}`, "number or null"},
		{"not UTF-8", "{\"\xff\":1}", "UTF-8"},
		{"too long", `{"serial":"` + strings.Repeat("x", maxPayload) + `"}`, "limit"},
	}
	want := &message{time: time.Date(2024, 3, 2, 8, 0, 0, 125e6, time.UTC)}
	want.readings = []bridge.Reading{
		{Measure: bridge.Totaliser, Count: 7, Modulus: 1000, Unit: "pulse", Quality: bridge.Good, Time: want.time},
		{Measure: bridge.Temperature, Value: 4_250_000, Unit: "degC", Quality: bridge.Good, Time: want.time},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := config.decode([]byte(tt.payload))
			if tt.want != "" {
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("error %v, want one with %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(message{})); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNull(t *testing.T) {
	// A meter that has no value says so, and the other values stand.
	m, err := config.decode([]byte(`{"time":"2024-03-02T08:00:00Z","n":7,"t":null}`))
	if err != nil {
		t.Fatal(err)
	}
	if m.readings[0].Quality != bridge.Good || m.readings[1].Quality != bridge.Failed || m.readings[1].Note == "" {
		t.Errorf("got %+v", m.readings)
	}
}

func TestDecimalsAreExact(t *testing.T) {
	for text, want := range map[string]quantity.Micro{
		"23.95": 23_950_000, "0.0000005": 1, "-0.0000005": -1, "0.0000004999": 0, "1900": 1_900_000_000, "9223372036854.775807": 9_223_372_036_854_775_807,
	} {
		if got, err := value(text); err != nil || got != want {
			t.Errorf("%s read as %d millionths, %v, want %d", text, int64(got), err, int64(want))
		}
	}
}

// listener returns a driver that takes messages from the test, without a broker.
func listener(c Config) *driver {
	c.MaxAhead = 5 * time.Second
	return &driver{config: c, gate: bridge.NewGate(), arrived: make(chan struct{})}
}

func TestNewestByTheMetersTime(t *testing.T) {
	// Repeats and late messages change nothing; a clock that was ahead may be put right.
	d := listener(config)
	at := time.Date(2024, 3, 2, 8, 0, 0, 0, time.UTC)
	send := func(offset time.Duration, n string) {
		d.receive("", []byte(`{"time":"`+at.Add(offset).Format(time.RFC3339Nano)+`","n":`+n+`,"t":4}`))
	}
	expect := func(step string, count uint64, q bridge.Quality) {
		t.Helper()
		rs, _, err := d.look(at)
		if err != nil || rs[0].Count != count || rs[0].Quality != q {
			t.Errorf("%s: %+v, %v, want %d %s", step, rs, err, count, q)
		}
	}
	if _, _, err := d.look(at); err == nil {
		t.Error("a reading came from nowhere")
	}
	send(0, "10")
	expect("first", 10, bridge.Good)
	send(0, "11")
	expect("same time again", 10, bridge.Good)
	send(-time.Second, "9")
	expect("late", 10, bridge.Good)
	send(time.Second, "12")
	expect("newer", 12, bridge.Good)
	send(time.Hour, "13")
	expect("clock ahead", 13, bridge.Suspect)
	send(2*time.Second, "14")
	expect("clock put right", 14, bridge.Good)
	send(time.Second, "8")
	expect("late again", 14, bridge.Good)
}

func TestStale(t *testing.T) {
	// The error of a silent meter tells how old its reading is and why the latest message was refused; the reading comes along.
	c := config
	c.MaxAge = time.Second
	d := listener(c)
	d.receive("", []byte(`{"time":"2024-03-02T08:00:00Z","n":7,"t":null}`))
	d.receive("", []byte(`{"time":"2024-03-02T09:00:00Z"}`))
	rs, _, err := d.look(time.Date(2024, 3, 2, 9, 0, 0, 0, time.UTC))
	if err == nil || !strings.Contains(err.Error(), "of 2024-03-02T08:00:00.000Z, wanted is one of 2024-03-02T08:59:59.000Z") ||
		!strings.Contains(err.Error(), `refused: field "n" is missing`) {
		t.Errorf("error %v", err)
	}
	if len(rs) != 2 || rs[0].Quality != bridge.Stale || rs[1].Quality != bridge.Failed {
		t.Errorf("readings %+v", rs)
	}
	d.receive("", []byte(`{"time":"2024-03-02T09:00:00Z","n":8,"t":4}`))
	if _, _, err := d.look(time.Date(2024, 3, 2, 9, 0, 1, 0, time.UTC)); err != nil {
		t.Errorf("as old as maxAge: %v", err)
	}
}

func TestReadAfterContext(t *testing.T) {
	d := listener(config)
	d.config.Broker, d.config.ClientID, d.config.Topic = "unix:///nowhere", "c", "t"
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := d.Read(ctx, time.Time{})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no reading came") && !strings.Contains(err.Error(), "wait for the device") {
		t.Errorf("error %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"time":"2024-03-02T08:00:00.125Z","n":7,"t":4.25}`))
	f.Add([]byte(`{"time":"2024-03-02T08:00:00.125Z","n":7,"t":null,"serial":[]}`))
	f.Add([]byte(`{"t":1e400}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := config.decode(b)
		if err != nil {
			return
		}
		if len(m.readings) != 2 || m.time.Location() != time.UTC {
			t.Fatalf("%q decoded as %+v", b, m)
		}
		for i, r := range m.readings {
			if r.Measure != config.Fields[i].Measure || r.Count >= 1000 || !r.Time.Equal(m.time) || (r.Note == "") != (r.Quality == bridge.Good) {
				t.Fatalf("%q decoded as %+v", b, r)
			}
		}
	})
}
