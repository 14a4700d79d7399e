package buslink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"periph.io/x/conn/v3/conntest"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spireg"
	"periph.io/x/conn/v3/spi/spitest"
	"pgregory.net/rapid"
)

// deviceFunc is a device made of a function.
type deviceFunc func(w, r []byte) error

func (f deviceFunc) Tx(w, r []byte) error { return f(w, r) }

// invert answers each byte written with its complement, and 0xa5 where nothing was written.
func invert(w, r []byte) error {
	for i := range r {
		r[i] = 0xa5
		if i < len(w) {
			r[i] = ^w[i]
		}
	}
	return nil
}

// serve runs a server on path until the test ends or stop is called; stop returns when no goroutine of it is left.
func serve(t testing.TB, path string, d Devices) (stop func()) {
	t.Helper()
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, l, d) }()
	var ended bool
	stop = func() {
		if ended {
			return
		}
		ended = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

func socket(t testing.TB) string { return filepath.Join(t.TempDir(), "bus") }

func openSPI(t testing.TB, name string) spi.Conn {
	t.Helper()
	port, err := OpenSPI(name, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { port.Close() })
	c, err := port.Connect(physic.MegaHertz, spi.Mode1, 8)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func openI2C(t testing.TB, name string, timeout time.Duration) i2c.BusCloser {
	t.Helper()
	bus, err := OpenI2C(name, timeout)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus
}

func TestTransactionsArriveWhole(t *testing.T) {
	// Whatever is written reaches the device as one transaction, and its answer comes back, in both kinds and all sizes.
	path := socket(t)
	serve(t, path, Devices{SPI: map[uint8]Device{3: deviceFunc(invert)}, I2C: map[uint16]Device{0x48: deviceFunc(invert)}})
	chip, bus := openSPI(t, "unix:"+path+"#3"), openI2C(t, "unix:"+path, 0)
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.SliceOfN(rapid.Byte(), 0, MaxTransfer).Draw(t, "w")
		n := rapid.IntRange(0, MaxTransfer).Draw(t, "n")
		if rapid.Bool().Draw(t, "spi") {
			if n = len(w); n == 0 {
				n = 1
			}
			got, want := make([]byte, n), make([]byte, n)
			invert(append(bytes.Clone(w), make([]byte, n-len(w))...), want)
			if err := chip.Tx(w, got); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("SPI of %d and %d bytes: %v", len(w), n, err)
			}
			return
		}
		if len(w) == 0 && n == 0 {
			n = 1
		}
		got, want := make([]byte, n), make([]byte, n)
		invert(w, want)
		if err := bus.Tx(0x48, w, got); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("I2C of %d and %d bytes: %v", len(w), n, err)
		}
	})
}

func TestRefusals(t *testing.T) {
	path := socket(t)
	calls := 0
	counting := deviceFunc(func(w, r []byte) error { calls++; return nil })
	serve(t, path, Devices{SPI: map[uint8]Device{0: counting}, I2C: map[uint16]Device{1: counting}})
	chip, far, bus := openSPI(t, "unix:"+path), openSPI(t, "unix:"+path+"#9"), openI2C(t, "unix:"+path, 0)
	tests := []struct {
		name, why string
		tx        func() error
		want      string
	}{
		{"nothing", "a transaction must move bytes", func() error { return chip.Tx(nil, nil) }, "moves no bytes"},
		{"unequal", "SPI moves both directions at once", func() error { return chip.Tx(make([]byte, 2), make([]byte, 3)) }, "must be as many"},
		{"long write", "a frame has a limit", func() error { return bus.Tx(1, make([]byte, MaxTransfer+1), nil) }, "limit"},
		{"long read", "a frame has a limit", func() error { return bus.Tx(1, nil, make([]byte, MaxTransfer+1)) }, "limit"},
		{"long address", "I2C addresses have 7 or 10 bits", func() error { return bus.Tx(0x400, []byte{1}, nil) }, "10 bits"},
		{"absent chip", "nobody is selected", func() error { return far.Tx([]byte{1}, nil) }, "no device at chip select 9"},
		{"absent address", "nobody acknowledges", func() error { return bus.Tx(2, []byte{1}, nil) }, "acknowledges I2C address 0x02"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.tx(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: error %v, want one with %q", tt.why, err, tt.want)
			}
		})
	}
	if calls != 0 {
		t.Errorf("%d refused transactions reached a device", calls)
	}
	if err := chip.Tx([]byte{1}, nil); err != nil || calls != 1 {
		t.Errorf("after refusals: %v, %d calls", err, calls)
	}
}

func TestDeviceError(t *testing.T) {
	// A device's error reaches the driver as text of limited length, and the connection stays in order.
	path := socket(t)
	fail := true
	serve(t, path, Devices{I2C: map[uint16]Device{0x20: deviceFunc(func(w, r []byte) error {
		if fail {
			return errors.New("arbitration lost " + strings.Repeat("x", 2*maxErrorText))
		}
		return invert(w, r)
	})}})
	bus := openI2C(t, "unix:"+path, 0)
	err := bus.Tx(0x20, []byte{1}, make([]byte, 1))
	if err == nil || !strings.Contains(err.Error(), "arbitration lost") || len(err.Error()) > maxErrorText+50 {
		t.Fatalf("error %v", err)
	}
	fail = false
	if err := bus.Tx(0x20, []byte{1}, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

func TestRedialAfterCut(t *testing.T) {
	// Whoever is in a transaction when the server goes gets an error; once the server is back, so is the bus.
	path := socket(t)
	devices := Devices{SPI: map[uint8]Device{0: deviceFunc(invert)}}
	stop := serve(t, path, devices)
	chip := openSPI(t, "unix:"+path)
	if err := chip.Tx([]byte{1}, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	stop()
	for range 3 {
		if err := chip.Tx([]byte{2}, make([]byte, 1)); err == nil {
			t.Fatal("transaction without a server succeeded")
		}
	}
	serve(t, path, devices)
	if err := chip.Tx([]byte{3}, make([]byte, 1)); err != nil {
		t.Fatalf("after the server came back: %v", err)
	}
}

func TestTimeout(t *testing.T) {
	// A transaction without an answer ends at its deadline, and its late answer is never taken for the next one's.
	path := socket(t)
	release, stuck := make(chan struct{}), true
	serve(t, path, Devices{I2C: map[uint16]Device{1: deviceFunc(func(w, r []byte) error {
		if stuck {
			stuck = false
			<-release
		}
		return invert(w, r)
	})}})
	bus := openI2C(t, "unix:"+path, 30*time.Millisecond)
	if err := bus.Tx(1, []byte{0x11}, make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("error %v, want a deadline", err)
	}
	close(release)
	patient := openI2C(t, "unix:"+path, time.Minute)
	for _, b := range []i2c.Bus{patient, bus} {
		got := make([]byte, 1)
		if err := b.Tx(1, []byte{0x22}, got); err != nil || got[0] != 0xdd {
			t.Fatalf("got %#x, %v", got, err)
		}
	}
}

func TestTxPackets(t *testing.T) {
	// Packets that keep the chip selected are one transaction, and each gets its own part of the answer.
	path := socket(t)
	var seen []string
	serve(t, path, Devices{SPI: map[uint8]Device{0: deviceFunc(func(w, r []byte) error {
		seen = append(seen, fmt.Sprintf("%x", w))
		return invert(w, r)
	})}})
	chip := openSPI(t, "unix:"+path)
	r1, r2 := make([]byte, 2), make([]byte, 1)
	err := chip.TxPackets([]spi.Packet{
		{W: []byte{1}, KeepCS: true},
		{R: r1, KeepCS: true},
		{W: []byte{2, 3}},
		{W: []byte{4}, R: r2, BitsPerWord: 8},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(seen, " "); got != "0100000203 04" {
		t.Errorf("transactions %s", got)
	}
	if !bytes.Equal(r1, []byte{0xff, 0xff}) || !bytes.Equal(r2, []byte{0xfb}) {
		t.Errorf("read %x and %x", r1, r2)
	}
	if err := chip.TxPackets([]spi.Packet{{W: []byte{1}, KeepCS: true}}); err == nil {
		t.Error("a last packet that keeps the chip selected was accepted")
	}
	if err := chip.TxPackets([]spi.Packet{{W: []byte{1}, BitsPerWord: 9}}); err == nil {
		t.Error("words of nine bits were accepted")
	}
}

func TestCloseIsFinal(t *testing.T) {
	path := socket(t)
	serve(t, path, Devices{I2C: map[uint16]Device{1: deviceFunc(invert)}})
	bus := openI2C(t, "unix:"+path, 0)
	for range 2 {
		if err := bus.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := bus.Tx(1, []byte{1}, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestNames(t *testing.T) {
	tests := []struct {
		name, why string
		spi, i2c  bool // whether the name is good
	}{
		{"unix:/run/meter.sock", "a socket", true, true},
		{"unix:/run/meter.sock#1", "a chip select is for SPI", true, false},
		{"unix:/run/meter.sock#256", "chip selects end at 255", false, false},
		{"unix:/run/meter.sock#x", "chip selects are numbers", false, false},
		{"unix:meter.sock", "a relative path depends on who starts the process", false, false},
		{"unix:", "no path", false, false},
		{"", "the first bus found is a matter of chance", false, false},
		{"SPI0.1", "looked up when it is opened", true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := CheckSPI(tt.name); (err == nil) != tt.spi {
				t.Errorf("SPI, %s: %v", tt.why, err)
			}
			if err := CheckI2C(tt.name); (err == nil) != tt.i2c {
				t.Errorf("I2C, %s: %v", tt.why, err)
			}
		})
	}
}

func TestBusesOfTheMachine(t *testing.T) {
	// A name without unix: comes from periph's registry.
	port := &spitest.Playback{Playback: conntest.Playback{Ops: []conntest.IO{{W: []byte{1}, R: []byte{2}}}}}
	if err := spireg.Register("BUSLINK0.0", nil, -1, func() (spi.PortCloser, error) { return port, nil }); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(spireg.Unregister("BUSLINK0.0"), i2creg.Unregister("BUSLINK0")); err != nil {
			t.Error(err)
		}
	})
	bus := &i2ctest.Playback{Ops: []i2ctest.IO{{Addr: 7, W: []byte{3}, R: []byte{4}}}}
	if err := i2creg.Register("BUSLINK0", nil, -1, func() (i2c.BusCloser, error) { return bus, nil }); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 1)
	if err := openSPI(t, "BUSLINK0.0").Tx([]byte{1}, got); err != nil || got[0] != 2 {
		t.Errorf("SPI: %x, %v", got, err)
	}
	if err := openI2C(t, "BUSLINK0", 0).Tx(7, []byte{3}, got); err != nil || got[0] != 4 {
		t.Errorf("I2C: %x, %v", got, err)
	}
	if _, err := OpenSPI("BUSLINK9.9", 0); err == nil || !strings.Contains(err.Error(), "BUSLINK9.9") {
		t.Errorf("unknown port: %v", err)
	}
	if _, err := OpenI2C("BUSLINK9", 0); err == nil || !strings.Contains(err.Error(), "BUSLINK9") {
		t.Errorf("unknown bus: %v", err)
	}
}

func TestServerHangsUpOnNonsense(t *testing.T) {
	// Bytes that are no request end the connection, and the device hears nothing of them.
	path := socket(t)
	calls := 0
	serve(t, path, Devices{SPI: map[uint8]Device{0: deviceFunc(func(w, r []byte) error { calls++; return nil })}})
	for name, frame := range map[string][]byte{
		"unknown kind": {'X', 0, 0, 0, 1, 0, 1, 0xff},
		"too long":     {'S', 0, 0, 0xff, 0xff, 0, 0},
		"no bytes":     {'S', 0, 0, 0, 0, 0, 0},
	} {
		c, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write(frame); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(c); len(b) != 0 {
			t.Errorf("%s: answered %x, %v", name, b, err)
		}
		c.Close()
	}
	if calls != 0 {
		t.Errorf("%d calls of the device", calls)
	}
}

func TestTooManyClients(t *testing.T) {
	// The client beyond the limit is hung up on; the others keep their places.
	path := socket(t)
	serve(t, path, Devices{I2C: map[uint16]Device{1: deviceFunc(invert)}})
	for range maxConnections {
		if err := openI2C(t, "unix:"+path, 0).Tx(1, []byte{1}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := openI2C(t, "unix:"+path, 0).Tx(1, []byte{1}, nil); err == nil {
		t.Error("one client too many was served")
	}
}

func TestReplyFromAStranger(t *testing.T) {
	// A reply that doesn't fit the request is an error, whoever wrote it.
	for name, reply := range map[string][]byte{
		"short":          {statusOK, 0, 1, 0xff},
		"long":           {statusOK, 0, 3, 1, 2, 3},
		"unknown status": {7, 0, 2, 1, 2},
		"endless error":  {statusFailed, 0xff, 0xff},
		"cut off":        {statusOK, 0, 2, 1},
	} {
		if refused, err := readReply(bytes.NewReader(reply), make([]byte, 2)); err == nil {
			t.Errorf("%s: accepted, device error %v", name, refused)
		}
	}
}

func FuzzServer(f *testing.F) {
	f.Add(request{kind: kindSPI, w: []byte{1, 2}, want: 2}.append(nil))
	f.Add(request{kind: kindI2C, address: 0x48, want: 2}.append(nil))
	f.Add([]byte{'S', 0, 0, 0xff, 0xff, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		s := &server{devices: Devices{SPI: map[uint8]Device{0: deviceFunc(invert)}, I2C: map[uint16]Device{0x48: deviceFunc(invert)}}}
		ours, theirs := net.Pipe()
		go func() {
			ours.Write(b)
			ours.Close()
		}()
		go io.Copy(io.Discard, ours)
		s.serve(t.Context(), theirs)
	})
}

func FuzzReply(f *testing.F) {
	f.Add(appendReply(nil, []byte{1, 2}, nil))
	f.Add(appendReply(nil, nil, errors.New("bus error")))
	f.Fuzz(func(t *testing.T, b []byte) {
		read := make([]byte, 2)
		refused, err := readReply(bytes.NewReader(b), read)
		if err == nil && refused == nil && !bytes.HasPrefix(b, append([]byte{statusOK, 0, 2}, read...)) {
			t.Errorf("%x read as %x", b, read)
		}
	})
}
