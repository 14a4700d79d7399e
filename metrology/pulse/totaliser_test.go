package pulse

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/metrology/quantity"
)

// at is a started totaliser.
func at(total int64, raw uint64) Totaliser { return Totaliser{Started: true, Total: total, Raw: raw} }

func TestReadings(t *testing.T) {
	type reading struct {
		raw       uint64
		restarted bool
		finding   Finding
		pulses    int64
	}
	for _, tt := range []struct {
		name     string
		counter  Counter
		from     Totaliser
		readings []reading
		total    int64
	}{
		{"first", Counter{Bits32, 100, false}, Totaliser{}, []reading{{4_000_000_000, false, First, 0}, {4_000_000_001, false, Advance, 1}}, 1},
		{"on from an older totaliser", Counter{Bits32, 100, false}, Totaliser{Total: 5000}, []reading{{7, false, First, 0}, {9, false, Advance, 2}}, 5002},
		{"standstill", Counter{Bits16, 100, false}, at(7, 9), []reading{{9, false, Advance, 0}}, 7},
		{"wrap of 16 bits", Counter{Bits16, 100, false}, at(0, 65_530), []reading{{4, false, Rollover, 10}}, 10},
		{"wrap of 24 bits", Counter{Bits24, 100, false}, at(0, 1<<24-1), []reading{{0, false, Rollover, 1}}, 1},
		{"wrap of 32 bits", Counter{Bits32, 100, false}, at(0, 1<<32-10), []reading{{90, false, Rollover, 100}}, 100},
		{"wrap of 64 bits", Counter{Bits64, 100, false}, at(0, math.MaxUint64), []reading{{99, false, Rollover, 100}}, 100},
		{"wrap of eight digits", Counter{Decimals(8), 500, false}, at(0, 99_999_678), []reading{{123, false, Rollover, 445}}, 445},
		{"restart that the counter tells", Counter{Bits32, 100, false}, at(500, 1_000_000), []reading{{0, true, Restart, 0}, {60, false, Advance, 60}}, 560},
		{"restart untold", Counter{Bits32, 100, false}, at(500, 1_000_000), []reading{{60, false, Restart, 60}}, 560},
		{"restart told, but too far on", Counter{Bits32, 100, false}, at(500, 1_000_000), []reading{{101, true, Jump, 0}}, 500},
		{"bit flipped", Counter{Bits32, 100, false}, at(0, 1000), []reading{{1040 | 1<<30, false, Jump, 0}, {1080, false, Advance, 80}}, 80},
		{"bit lost", Counter{Bits32, 100, false}, at(0, 1<<20|5), []reading{{500, false, Jump, 0}, {1<<20 | 180, false, Advance, 175}}, 175},
		{"too far", Counter{Bits32, 100, false}, at(0, 1000), []reading{{1101, false, Jump, 0}, {1102, false, Advance, 102}}, 102},
		{"doubt grows no further than half the range", Counter{Bits16, 30_000, false}, at(0, 0), []reading{
			{40_000, false, Jump, 0}, {40_000, false, Jump, 0}, {40_000, false, Jump, 0}, {32_768, false, Advance, 32_768}}, 32_768},
		{"down, of one that can't", Counter{Bits32, 100, false}, at(0, 1000), []reading{{990, false, Jump, 0}}, 0},
		{"down and up again", Counter{Bits32, 100, true}, at(0, 1000), []reading{
			{950, false, Reversal, 0}, {940, false, Reversal, 0}, {999, false, Reversal, 0}, {1003, false, Advance, 3}}, 3},
		{"down through zero", Counter{Bits32, 100, true}, at(0, 5), []reading{{1<<32 - 3, false, Reversal, 0}, {6, false, Advance, 1}}, 1},
		{"restart of a reversible one", Counter{Bits32, 100, true}, at(0, 1_000_000), []reading{{60, false, Restart, 60}}, 60},
		{"near zero, of a reversible one", Counter{Bits32, 100, true}, at(0, 80), []reading{{20, false, Reversal, 0}}, 0},
		{"near zero, and it tells", Counter{Bits32, 100, true}, at(0, 80), []reading{{20, true, Restart, 20}}, 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tot := tt.from
			for i, r := range tt.readings {
				next, step, err := tt.counter.Read(tot, r.raw, r.restarted)
				if err != nil {
					t.Fatal(err)
				}
				if step.Finding != r.finding || step.Pulses != r.pulses || step.To != r.raw {
					t.Errorf("reading %d of %d is %s of %d pulses, want %s of %d", i, r.raw, step.Finding, step.Pulses, r.finding, r.pulses)
				}
				if next.Total-tot.Total != step.Pulses {
					t.Errorf("reading %d: total went from %d to %d, step %+v", i, tot.Total, next.Total, step)
				}
				tot = next
			}
			if tot.Total != tt.total {
				t.Errorf("total is %d, want %d", tot.Total, tt.total)
			}
		})
	}
}

// However a counter wraps, and whatever false readings come between, the total is the number of pulses exactly.
func TestNoPulseIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		modulus := rapid.SampledFrom([]uint64{Bits16, Bits24, Bits32, Bits64, Decimals(6), Decimals(9), 1000}).Draw(t, "modulus")
		most := int64(1000)
		if modulus == 1000 {
			most = 100
		}
		c := Counter{Modulus: modulus, Most: most}
		position := rapid.Uint64Range(0, 1<<63).Draw(t, "start")
		if modulus == Bits64 {
			position = -position
		}
		raw := func(position uint64) uint64 {
			if modulus == Bits64 {
				return position
			}
			return position % modulus
		}
		tot, _, err := c.Read(Totaliser{Total: rapid.Int64Range(0, 1e15).Draw(t, "before")}, raw(position), false)
		if err != nil {
			t.Fatal(err)
		}
		start, pulses, findings := tot.Total, int64(0), int64(0)
		for range rapid.IntRange(0, 100).Draw(t, "readings") {
			n := rapid.Int64Range(0, most).Draw(t, "pulses")
			position += uint64(n)
			pulses += n
			if rapid.IntRange(0, 9).Draw(t, "false") == 0 && tot.Doubted == 0 { // far from here, and from zero
				next, step, err := c.Read(tot, raw(position+c.half()+uint64(most)), false)
				if err != nil || step.Finding != Jump && step.Finding != Restart {
					t.Fatalf("false reading: %+v, %v", step, err)
				}
				if step.Finding == Jump { // a Restart is by chance just where one would be: no totaliser can tell, so it isn't read
					tot, findings = next, findings+1
					continue
				}
			}
			next, step, err := c.Read(tot, raw(position), false)
			if err != nil || !step.Finding.Believed() {
				t.Fatalf("true reading %d of %+v: %+v, %v", raw(position), tot, step, err)
			}
			tot = next
		}
		tot, step, err := c.Read(tot, raw(position), false)
		if err != nil || !step.Finding.Believed() || tot.Total-start != pulses || tot.Jumps != findings {
			t.Fatalf("counted %d of %d pulses with %d jumps of %d: %+v, %v", tot.Total-start, pulses, tot.Jumps, findings, step, err)
		}
	})
}

// A restart costs no more than its finding says.
func TestRestartCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Counter{Modulus: Bits32, Most: rapid.Int64Range(1, 1<<20).Draw(t, "most")}
		last := rapid.Uint64Range(1<<21, 1<<31).Draw(t, "last")
		total := rapid.Int64Range(0, c.Most).Draw(t, "pulses between the readings")
		before := rapid.Int64Range(0, total).Draw(t, "of them before the restart")
		after := uint64(total - before)
		_, step, err := c.Read(at(0, last), after, rapid.Bool().Draw(t, "told"))
		if err != nil || step.Finding != Restart || step.Pulses != int64(after) || before > step.Lost {
			t.Fatalf("%d of %d pulses came before the restart: %+v, %v", before, total, step, err)
		}
	})
}

// The total of a counter that goes both ways is how far it ever was ahead.
func TestReversibleHoldsTheHighest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Counter{Modulus: Bits16, Most: 500, Reversible: true}
		position := rapid.Int64Range(1<<16, 1<<20).Draw(t, "start")
		tot, _, err := c.Read(Totaliser{}, uint64(position)%c.Modulus, false)
		if err != nil {
			t.Fatal(err)
		}
		start, highest := position, position
		for range rapid.IntRange(0, 60).Draw(t, "readings") {
			position += rapid.Int64Range(-100, 500).Draw(t, "pulses")
			position = max(position, highest-5000)
			highest = max(highest, position)
			next, step, err := c.Read(tot, uint64(position)%c.Modulus, false)
			// Far below the highest, and near a wrap, the raw value may read as a restart: that is told by the counter alone.
			if err != nil || step.Finding == Jump {
				t.Fatalf("%+v, %v", step, err)
			}
			if step.Finding == Restart {
				return
			}
			tot = next
		}
		if tot.Total != highest-start {
			t.Fatalf("total is %d, the highest was %d", tot.Total, highest-start)
		}
	})
}

func TestRebase(t *testing.T) {
	c := Counter{Modulus: Bits32, Most: 100}
	tot, step, err := c.Read(at(50, 1000), 5_000_000, false)
	if err != nil || step.Finding != Jump {
		t.Fatalf("%+v, %v", step, err)
	}
	tot, step, err = c.Rebase(tot, 5_000_000, 1234)
	if err != nil || tot.Total != 1284 || step.Finding != Rebased || step.From != 1000 {
		t.Errorf("%+v, %+v, %v", tot, step, err)
	}
	tot, step, err = c.Read(tot, 5_000_010, false)
	if err != nil || tot.Total != 1294 || step.Finding != Advance || tot.Jumps != 1 {
		t.Errorf("%+v, %+v, %v", tot, step, err)
	}
	smaller := Counter{Modulus: Bits16, Most: 100}
	if _, _, err = smaller.Read(tot, 3, false); err == nil || !strings.Contains(err.Error(), "rebase") {
		t.Errorf("a counter exchanged for a smaller one: %v", err)
	}
	if tot, _, err = smaller.Rebase(tot, 3, 0); err != nil || tot.Total != 1294 || tot.Raw != 3 {
		t.Errorf("%+v, %v", tot, err)
	}
	if _, _, err = smaller.Rebase(tot, 3, -1); err == nil {
		t.Error("a total goes back")
	}
	if fresh, _, err := c.Rebase(Totaliser{}, 3, 4); err != nil || fresh != at(4, 3) {
		t.Errorf("%+v, %v", fresh, err)
	}
}

func TestCounterRefuses(t *testing.T) {
	for _, c := range []Counter{{Modulus: 1, Most: 1}, {Modulus: Bits16}, {Modulus: Bits16, Most: -1}, {Modulus: Bits16, Most: 1<<15 + 1}, {Modulus: 2, Most: 2}, {Modulus: Decimals(20), Most: 1}} {
		if _, _, err := c.Read(at(0, 0), 0, false); err == nil || c.Valid() == nil {
			t.Errorf("%+v counts", c)
		}
	}
	c := Counter{Modulus: Bits16, Most: 100}
	before := at(math.MaxInt64-5, 10)
	if after, _, err := c.Read(before, 16, false); !errors.Is(err, quantity.ErrOverflow) || after != before {
		t.Errorf("a total over the edge: %+v, %v", after, err)
	}
	var out *quantity.RangeError
	if after, _, err := c.Read(before, 1<<16, false); !errors.As(err, &out) || after != before {
		t.Errorf("beyond the modulus: %+v, %v", after, err)
	}
	for _, damaged := range []Totaliser{{Started: true, Total: -1}, {Started: true, Doubted: -1}, {Started: true, Raw: 1 << 16}} {
		if _, _, err := c.Read(damaged, 3, false); err == nil {
			t.Errorf("stored %+v is accepted", damaged)
		}
	}
	for n, want := range map[int]uint64{-1: 1, 0: 1, 1: 10, 8: 100_000_000, 19: 10_000_000_000_000_000_000, 20: 1} {
		if got := Decimals(n); got != want {
			t.Errorf("%d digits wrap at %d, want %d", n, got, want)
		}
	}
	if got := Finding(0).String() + ", " + Finding(99).String() + ", " + Rollover.String(); got != "finding 0, finding 99, rollover" {
		t.Errorf("findings print as %q", got)
	}
}

// FuzzCounter: whatever is read, the total never goes back, nothing is believed beyond what Most allows, and a stored totaliser
// comes back as it was.
func FuzzCounter(f *testing.F) {
	f.Add(uint64(Bits32), int64(100), false, int64(0), uint64(1<<32-5), uint64(3), uint64(2), false)
	f.Add(uint64(Bits64), int64(math.MaxInt64), true, int64(math.MaxInt64), uint64(math.MaxUint64), uint64(0), uint64(1), true)
	f.Add(uint64(2), int64(1), false, int64(-1), uint64(0), uint64(1), uint64(1), false)
	f.Add(Decimals(19), int64(1)<<62, true, int64(7), uint64(1), Decimals(19)-1, uint64(5), true)
	f.Fuzz(func(t *testing.T, modulus uint64, most int64, reversible bool, total int64, r1, r2, r3 uint64, restarted bool) {
		c := Counter{Modulus: modulus, Most: most, Reversible: reversible}
		tot := Totaliser{Total: total}
		for _, raw := range []uint64{r1, r2, r3, r2} {
			next, step, err := c.Read(tot, raw, restarted)
			if err != nil {
				if next != tot {
					t.Fatalf("refused and yet %+v became %+v", tot, next)
				}
				continue
			}
			if next.Total < tot.Total || next.Total-tot.Total != step.Pulses || step.Pulses < 0 || step.Lost < 0 {
				t.Fatalf("%+v became %+v by %+v", tot, next, step)
			}
			if uint64(step.Pulses) > c.allowed(tot.Doubted) || step.Finding < First || step.Finding > Jump {
				t.Fatalf("%+v of %+v believes %+v", c, tot, step)
			}
			if !step.Finding.Believed() && (next.Raw != tot.Raw || step.Pulses != 0) {
				t.Fatalf("doubted and yet %+v became %+v", tot, next)
			}
			text, err := json.Marshal(next)
			if err != nil {
				t.Fatal(err)
			}
			var back Totaliser
			if err := json.Unmarshal(text, &back); err != nil || back != next {
				t.Fatalf("%+v came back as %+v, %v", next, back, err)
			}
			tot = next
		}
	})
}

func TestReadAllocatesNothing(t *testing.T) {
	c := Counter{Modulus: Bits32, Most: 10_000}
	tot, raw := at(0, 0), uint64(0)
	if n := testing.AllocsPerRun(100, func() {
		raw = (raw + 7000) % Bits32
		var err error
		if tot, _, err = c.Read(tot, raw, false); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a reading allocates %v times", n)
	}
}

// BenchmarkRead is the cost of one reading of a counter.
func BenchmarkRead(b *testing.B) {
	b.ReportAllocs()
	c := Counter{Modulus: Bits32, Most: 10_000}
	tot, raw := at(0, 0), uint64(0)
	for b.Loop() {
		raw = (raw + 7000) % Bits32
		var err error
		if tot, _, err = c.Read(tot, raw, false); err != nil {
			b.Fatal(err)
		}
	}
}
