package qtr

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/pulse"
	"github.com/gauger/gauger/metrology/qtr/average"
	"github.com/gauger/gauger/metrology/quantity"
)

// crude are the factors of API MPMS 11.1 of crude oil, of its density at 60 F.
func crude(temperature, pressure, density float64) (ctl, cpl float64, err error) {
	f, err := liquid.FromBase(liquid.Crude, density, quantity.At60F, liquid.Fahrenheit(temperature), liquid.Psi(pressure))
	return f.CTL, f.CPL, err
}

// straight is a stand-in for crude that is quick, and no straight line: CTL falls the faster the hotter it is.
func straight(temperature, pressure, _ float64) (ctl, cpl float64, err error) {
	if temperature > 300 {
		return 0, 0, errors.New("it boils")
	}
	d := temperature - 60
	return 1 - 5e-4*d - 1e-6*d*d, 1 + 5e-6*pressure, nil
}

// lact is a LACT unit in Texas.
func lact(t fataler) LiquidMeter {
	t.Helper()
	return LiquidMeter{
		Device: "FC-7", Point: "LACT-1", Constants: "config 1", Product: "crude oil", Batch: "26-0610",
		Calendar: Calendar{Location: place(t, "America/Chicago"), DayHour: 7}, Longest: 5 * time.Second,
		K: quantity.F(8400, 0), MF: quantity.F(10012, 4), Basis: quantity.Customary,
		Units:   LiquidUnits{Temperature: "degF", Pressure: "psig", Density: "kg/m3 at 60F"},
		Factors: crude, FactorsMethod: liquid.Method11_1,
	}
}

func newLiquid(t fataler, m LiquidMeter) *LiquidRecorder {
	t.Helper()
	l, err := NewLiquid(m, LiquidState{})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// oilAt is an ordinary sample.
func oilAt(at time.Time, total int64) LiquidSample {
	return LiquidSample{At: at, Total: total, Temperature: 84.3, Pressure: 62, Density: 836.9494612196565}
}

func sampleLiquid(t fataler, l *LiquidRecorder, s LiquidSample) []LiquidRecord {
	t.Helper()
	closed, err := l.Sample(s)
	if err != nil {
		t.Fatalf("sample %+v: %v", s, err)
	}
	return closed
}

// A ticket of 84 123 450 pulses at 84.3 F and 62 psig, of oil of 37.4 API: both ways are the published-equation figures, since
// nothing varied.
func TestWorkedLiquidRecord(t *testing.T) {
	l := newLiquid(t, lact(t))
	sampleLiquid(t, l, oilAt(morning, 1_000_000))
	sampleLiquid(t, l, oilAt(morning.Add(time.Second), 1_000_000+40_000_000))
	sampleLiquid(t, l, oilAt(morning.Add(2*time.Second), 1_000_000+84_123_450))
	closed, err := l.Close(Ticket)
	r := one(t, closed, err)
	for _, tt := range []struct{ name, got, want string }{
		{"IV", r.IV.String(), "10014.696429"},
		{"CTL", r.CTL.String(), "0.988123268"},
		{"CPL", r.CPL.String(), "1.000350737"},
		{"CTPL", r.CTPL.String(), "0.98847"},
		{"mean CTPL", r.MeanCTPL.String(), "0.988469839309"},
		{"GSV", r.GSV.Decimal(5), "9911.10444"},
		{"GSV of the ticket", r.TicketGSV.Decimal(5), "9911.10605"},
		{"difference", r.Difference.Decimal(4), "-0.0016"},
		{"gross", r.GV.Decimal(3), "10026.714"},
		{"temperature", r.Temperature.String(), "84.3"},
		{"density", r.Density.String(), "836.949461"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s is %s, want %s", tt.name, tt.got, tt.want)
		}
	}
	if r.Opening != 1_000_000 || r.Closing != 85_123_450 || r.Pulses != 84_123_450 || r.FlowTime != 2*time.Second || r.Flags != 0 || r.TotalGSV != r.GSV || r.TotalIV != r.IV {
		t.Errorf("record %+v", r)
	}
}

// The temperature rises while the oil runs: the two ways differ by the bend of CTL, and the means are those of the samples.
func TestBothWaysDiffer(t *testing.T) {
	m := lact(t)
	m.Factors, m.FactorsMethod, m.K, m.MF = straight, "a parabola", quantity.F(1, 0), quantity.F(1, 0)
	l := newLiquid(t, m)
	sampleLiquid(t, l, oilAt(morning, 0))
	total := int64(0)
	exact := new(big.Float).SetPrec(200)
	for i := range 600 {
		s := oilAt(morning.Add(time.Duration(i+1)*time.Second), 0)
		n := int64(1000 + i)
		total += n
		s.Total, s.Temperature, s.Pressure = total, 60+float64(i)/10, 100
		ctl, cpl, _ := straight(s.Temperature, s.Pressure, 0)
		product := new(big.Float).SetPrec(200).Mul(big.NewFloat(ctl), big.NewFloat(cpl))
		exact.Add(exact, product.Mul(product, big.NewFloat(float64(n))))
		sampleLiquid(t, l, s)
	}
	closed, err := l.Close(Ticket)
	r := one(t, closed, err)
	want, _ := exact.Float64()
	if math.Abs(r.GSV.Float()-want) > 1e-6 {
		t.Errorf("GSV is %s, the exact sum over the samples %.9f", r.GSV, want)
	}
	ctl, cpl, _ := straight(r.Temperature.Float(), r.Pressure.Float(), 0)
	if ticket := float64(total) * ctl * cpl; math.Abs(r.TicketGSV.Float()-ticket) > 0.5e-5*float64(total) || r.Difference != r.GSV-r.TicketGSV || r.Difference == 0 {
		t.Errorf("ticket has %s, at the averages it is %.6f; difference %s", r.TicketGSV, ticket, r.Difference)
	}
	if r.MeanCTL.Float() >= r.CTL.Float() {
		t.Errorf("the mean CTL %s of a curve that bends down is not below %s at the mean", r.MeanCTL, r.CTL)
	}
}

// Pulses are not split at the hour: they are those of the record that their sample falls into. Time is.
func TestPulsesBelongToTheirSample(t *testing.T) {
	l := newLiquid(t, lact(t))
	half := 500 * time.Millisecond
	sampleLiquid(t, l, oilAt(morning.Add(-1*time.Second-half), 0))
	sampleLiquid(t, l, oilAt(morning.Add(-half), 8400))
	closed, err := l.Sample(oilAt(morning.Add(half), 16_800))
	r := one(t, closed, err)
	if r.Pulses != 8400 || r.Closing != 8400 || r.FlowTime != time.Second+half || !r.End.Equal(morning) || r.IV.String() != "1" {
		t.Errorf("record %+v", r)
	}
	closed, err = l.Sample(oilAt(morning.Add(time.Hour), 16_800)) // long after: nothing passed, and nobody watched
	next := one(t, closed, err)
	if next.Opening != 8400 || next.Pulses != 8400 || next.FlowTime != half || next.Missed != time.Hour-half || next.Unseen != 0 || next.Flags != Gap {
		t.Errorf("record %+v", next)
	}
	// Just on the hour, all of a sample is of the hour that ends.
	l = newLiquid(t, lact(t))
	sampleLiquid(t, l, oilAt(morning.Add(-time.Second), 0))
	closed, err = l.Sample(oilAt(morning, 8400))
	if r := one(t, closed, err); r.Pulses != 8400 {
		t.Errorf("record %+v", r)
	}
}

// The meter counts on while nobody reads it: what it counted is counted once, at the conditions found, and flagged.
func TestUnseenPulses(t *testing.T) {
	l := newLiquid(t, lact(t))
	sampleLiquid(t, l, oilAt(morning.Add(-time.Second), 0))
	sampleLiquid(t, l, oilAt(morning, 100))
	sampleLiquid(t, l, oilAt(morning.Add(time.Second), 200))
	closed := sampleLiquid(t, l, oilAt(morning.Add(2*time.Hour+10*time.Minute), 84_200))
	if len(closed) != 2 || closed[0].Pulses != 100 || closed[1].Pulses != 0 || closed[1].Flags != Gap|NoFlow|NoData || closed[1].CTPL.Valid() {
		t.Fatalf("closed %+v", closed)
	}
	closed, err := l.Close(Restart)
	r := one(t, closed, err)
	if r.Pulses != 84_000 || r.Unseen != 84_000 || r.Flags != Gap|Unseen || r.FlowTime != 0 || r.Temperature.String() != "84.3" || r.IV.String() != "10" {
		t.Errorf("record %+v", r)
	}
	// A failed input is the same: its sample is not used, the next one counts for it.
	l = newLiquid(t, lact(t))
	failed := LiquidSample{At: morning, Failed: Temperature}
	sampleLiquid(t, l, failed)
	if st := l.State(); st.begun() {
		t.Errorf("a series begins without a reading: %+v", st)
	}
	sampleLiquid(t, l, oilAt(morning.Add(time.Second), 1000))
	for i := range 10 {
		failed.At = morning.Add(time.Duration(i+2) * time.Second)
		sampleLiquid(t, l, failed)
	}
	s := oilAt(morning.Add(12*time.Second), 2000)
	s.Substituted = Static
	sampleLiquid(t, l, s)
	sampleLiquid(t, l, oilAt(morning.Add(13*time.Second), 2100))
	closed, err = l.Close(Ticket)
	if r := one(t, closed, err); r.Pulses != 1100 || r.Unseen != 1000 || r.Missed != 11*time.Second || r.FlowTime != time.Second || r.Failed != Temperature || r.Substituted != Static || r.SubstitutedFor != 0 {
		t.Errorf("record %+v", r)
	}
}

// No flow: plain averages, no factors, no volume.
func TestNoFlowLiquid(t *testing.T) {
	l := newLiquid(t, lact(t))
	for i := range 5 {
		s := oilAt(morning.Add(time.Duration(i)*time.Second), 500)
		s.Temperature = float64(10 * i)
		sampleLiquid(t, l, s)
	}
	closed, err := l.Close(Ticket)
	r := one(t, closed, err)
	if r.Flags != NoFlow || r.Temperature.String() != "25" || r.CTPL.Valid() || r.MeanCTPL.Valid() || r.GSV != 0 || r.Pulses != 0 || r.Opening != 500 || r.Closing != 500 {
		t.Errorf("record %+v", r)
	}
}

// Where the averages have no factors, though every sample has, the integrated volume stands and the ticket has none.
func TestNoFactorsAtTheAverages(t *testing.T) {
	m := lact(t)
	m.Factors = func(temperature, _, _ float64) (float64, float64, error) {
		if temperature > 50 && temperature < 90 {
			return 0, 0, errors.New("between two products")
		}
		return 0.99, 1, nil
	}
	l := newLiquid(t, m)
	for i, temperature := range []float64{40, 40, 100} {
		s := oilAt(morning.Add(time.Duration(i)*time.Second), int64(i)*84_000)
		s.Temperature = temperature
		sampleLiquid(t, l, s)
	}
	closed, err := l.Close(Ticket)
	r := one(t, closed, err)
	if r.Flags != NoFactors || r.TicketGSV != 0 || r.Difference != 0 || r.GSV.String() != "19.82376" || r.CTPL.Valid() {
		t.Errorf("record %+v", r)
	}
}

// A change of constants: the meter factor holds from there on only, and the totaliser goes on.
func TestLiquidChange(t *testing.T) {
	m := lact(t)
	l := newLiquid(t, m)
	sampleLiquid(t, l, oilAt(morning, 0))
	sampleLiquid(t, l, oilAt(morning.Add(time.Second), 8400))
	m2 := m
	m2.Constants, m2.MF, m2.Batch = "config 2", quantity.F(9990, 4), ""
	m2.Calendar.Location = place(t, "Asia/Kathmandu")
	closed, err := l.Change(m2)
	if end := l.State().Until; !end.Equal(morning.Add(15 * time.Minute)) {
		t.Errorf("the next record ends %s", end)
	}
	r := one(t, closed, err)
	sampleLiquid(t, l, oilAt(morning.Add(2*time.Second), 16_800))
	closed, err = l.Close(Ticket)
	r2 := one(t, closed, err)
	if r.GV.String() != "1.0012" || r2.GV.String() != "0.999" || r.Closed != Constants || r2.Opening != r.Closing || r2.Constants != "config 2" || r2.Batch != "" || l.Meter().MF != m2.MF {
		t.Errorf("records %+v and %+v", r, r2)
	}
	for name, alter := range map[string]func(m *LiquidMeter){
		"another point": func(m *LiquidMeter) { m.Point = "LACT-2" },
		"another basis": func(m *LiquidMeter) { m.Basis = quantity.Metric },
		"nothing":       func(m *LiquidMeter) { *m = LiquidMeter{} },
	} {
		other := m2
		alter(&other)
		if _, err := l.Change(other); err == nil {
			t.Errorf("changed to %s", name)
		}
	}
	if _, err := l.Close(Hour); err == nil {
		t.Error("closed by the hour before its time")
	}
	before := l.State().TotalIV
	if closed, err := l.End(); err != nil || closed != nil || !l.State().Start.IsZero() {
		t.Errorf("end: %v, %v", closed, err)
	}
	sampleLiquid(t, l, oilAt(morning.Add(time.Minute), 7)) // of the meter that was put in
	sampleLiquid(t, l, oilAt(morning.Add(time.Minute), 8407))
	closed, err = l.Close(Ticket)
	if r := one(t, closed, err); r.ID.Sequence != 2 || r.Opening != 7 || r.TotalIV != before+r.IV || r.End != r.Start {
		t.Errorf("after the end: %+v", r)
	}
}

func TestFidelity(t *testing.T) {
	l := newLiquid(t, lact(t))
	report := pulse.Report{Level: pulse.LevelA, A: 100, B: 99, Good: 99, OnlyA: 1, Missing: 1, MaxDifference: 1}
	if err := l.Fidelity(report); err == nil {
		t.Error("a report without a record")
	}
	sampleLiquid(t, l, oilAt(morning, 0))
	for range 2 {
		if err := l.Fidelity(report); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []pulse.Report{{Level: pulse.LevelB, A: 1}, {Level: "F"}, {Level: pulse.LevelA, Good: -1}} {
		if err := l.Fidelity(bad); err == nil {
			t.Errorf("report %+v is taken", bad)
		}
	}
	sampleLiquid(t, l, oilAt(morning.Add(time.Second), 200))
	closed, err := l.Close(Ticket)
	if r := one(t, closed, err); r.Fidelity.Good != 198 || r.Fidelity.Pulses() != 200 || r.Fidelity.MaxDifference != 1 {
		t.Errorf("report %+v", r.Fidelity)
	}
	if l.State().Fidelity != (pulse.Report{}) {
		t.Errorf("the next record begins with %+v", l.State().Fidelity)
	}
}

// liquidStep is one thing that happens to a recorder of liquids.
type liquidStep struct {
	sample LiquidSample
	close  Cause
}

func drawLiquid(t *rapid.T, from time.Time) []liquidStep {
	at, total, on := from, rapid.Int64Range(0, 1e15).Draw(t, "total"), true
	var steps []liquidStep
	for range rapid.IntRange(1, 60).Draw(t, "steps") {
		if rapid.IntRange(0, 19).Draw(t, "close") == 0 {
			steps = append(steps, liquidStep{close: rapid.SampledFrom([]Cause{Restart, Ticket}).Draw(t, "cause")})
			continue
		}
		at = at.Add(time.Duration(rapid.OneOf(
			rapid.Int64Range(0, 5e9), rapid.Int64Range(4e9, 6e9), rapid.Int64Range(0, 4*3600e9), rapid.SampledFrom([]int64{1e9, 60e9, 3600e9, 900e9}),
		).Draw(t, "later")))
		if rapid.IntRange(0, 3).Draw(t, "on the hour") == 0 {
			at = at.Truncate(time.Hour).Add(time.Hour)
		}
		if rapid.IntRange(0, 5).Draw(t, "valve") == 0 {
			on = !on
		}
		s := LiquidSample{
			At: at, Temperature: rapid.Float64Range(-40, 150).Draw(t, "temperature"), Pressure: rapid.Float64Range(0, 500).Draw(t, "pressure"),
			Density: rapid.Float64Range(700, 1000).Draw(t, "density"),
		}
		if on {
			total += rapid.Int64Range(0, 1e6).Draw(t, "pulses")
		}
		s.Total = total
		s.Substituted = rapid.SampledFrom([]Inputs{0, 0, 0, Temperature, Static}).Draw(t, "substituted")
		s.Failed = rapid.SampledFrom([]Inputs{0, 0, 0, 0, 0, 0, Static}).Draw(t, "failed")
		steps = append(steps, liquidStep{sample: s})
	}
	return steps
}

func playLiquid(t *rapid.T, m LiquidMeter, steps []liquidStep, disturb bool) ([]LiquidRecord, LiquidState) {
	l := newLiquid(t, m)
	var all []LiquidRecord
	take := func(closed []LiquidRecord, err error) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, closed...)
	}
	for i, s := range steps {
		if disturb && rapid.IntRange(0, 3).Draw(t, "store") == 0 {
			text, err := json.Marshal(l.State())
			if err != nil {
				t.Fatal(err)
			}
			var st LiquidState
			if err := json.Unmarshal(text, &st); err != nil {
				t.Fatal(err)
			}
			if l, err = NewLiquid(m, st); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		if s.close != "" {
			take(l.Close(s.close))
			continue
		}
		if disturb && i > 0 && steps[i-1].close == "" {
			for range rapid.IntRange(0, 3).Draw(t, "ticks") {
				if seen := l.State().Seen; !seen.IsZero() {
					take(l.Tick(drawTick(t, seen, s.sample.At)))
				}
			}
		}
		take(l.Sample(s.sample))
	}
	take(l.Close(Ticket))
	return all, l.State()
}

// However samples are batched and states stored: the same records. Their pulses and volumes add up to the totaliser's
// difference and to the running totals, and with each day's record, exactly.
func TestLiquidAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := lact(t)
		m.Calendar = Calendar{place(t, rapid.SampledFrom(zones).Draw(t, "zone")), rapid.IntRange(0, 23).Draw(t, "hour")}
		m.Factors, m.FactorsMethod = straight, "a parabola"
		m.K = quantity.F(rapid.Int64Range(100, 10_000_000).Draw(t, "K"), 3)
		from := time.Unix(rapid.Int64Range(0, 3e9).Draw(t, "from"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanosecond")).UTC()
		steps := drawLiquid(t, from)
		records, state := playLiquid(t, m, steps, false)
		again, _ := playLiquid(t, m, steps, true)
		if diff := cmp.Diff(records, again); diff != "" {
			t.Fatalf("disturbed, other records (-want +got):\n%s", diff)
		}
		if len(records) == 0 {
			return
		}
		var iv, gsv quantity.Micro
		var pulses int64
		byDay := map[Date][]LiquidRecord{}
		for i, r := range records {
			if err := sound(m.Calendar, r.Header); err != nil {
				t.Fatal(err)
			}
			if i > 0 && (!r.Start.Equal(records[i-1].End) || r.Opening != records[i-1].Closing || r.ID.Sequence != records[i-1].ID.Sequence+1) {
				t.Fatalf("%+v does not follow %+v", r, records[i-1])
			}
			if r.Pulses != r.Closing-r.Opening || r.Pulses < 0 || r.Unseen > r.Pulses || r.FlowTime > r.End.Sub(r.Start)-r.Missed {
				t.Fatalf("record %+v", r)
			}
			again := r.LiquidValues
			if err := again.measure(); err != nil || again != r.LiquidValues {
				t.Fatalf("%+v recomputed is %+v, %v", r.LiquidValues, again, err)
			}
			iv, gsv, pulses = iv+r.IV, gsv+r.GSV, pulses+r.Pulses
			day := m.Calendar.Day(r.Start).Date
			byDay[day] = append(byDay[day], r)
		}
		if state.TotalIV != iv || state.TotalGSV != gsv || pulses != records[len(records)-1].Closing-records[0].Opening {
			t.Fatalf("records add up to %d pulses, %s and %s; the state is %+v", pulses, iv, gsv, state)
		}
		for _, of := range byDay {
			d, err := DailyLiquid(m.Calendar, of)
			if err != nil {
				t.Fatal(err)
			}
			iv, gsv, pulses = iv-d.IV, gsv-d.GSV, pulses-d.Pulses
			if d.Pulses != d.Closing-d.Opening || d.K != m.K || d.Product != m.Product {
				t.Fatalf("day %+v", d)
			}
		}
		if iv != 0 || gsv != 0 || pulses != 0 {
			t.Fatalf("days leave %d pulses, %s and %s over", pulses, iv, gsv)
		}
	})
}

// A day in which meter factor, batch and level of the pulse reports changed.
func TestLiquidDay(t *testing.T) {
	m := lact(t)
	m.Longest = time.Hour
	l := newLiquid(t, m)
	at := m.Calendar.Day(morning).Start
	sampleLiquid(t, l, oilAt(at, 0))
	var records []LiquidRecord
	for i := range 24 {
		if i == 10 {
			sampleLiquid(t, l, oilAt(at.Add(time.Minute), int64(i)*84_000+8400))
			m.Constants, m.Batch, m.MF = "config 2", "26-0611", quantity.F(9990, 4)
			closed, err := l.Change(m)
			if err != nil {
				t.Fatal(err)
			}
			records = append(records, closed...)
		}
		if err := l.Fidelity(pulse.Report{Level: pulse.LevelB, A: 84_000, B: 84_000, Good: 84_000}); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Hour)
		s := oilAt(at, int64(i+1)*84_000)
		s.Temperature = float64(60 + i)
		records = append(records, sampleLiquid(t, l, s)...)
	}
	d, err := DailyLiquid(m.Calendar, records)
	if err != nil {
		t.Fatal(err)
	}
	if !d.Complete || d.Records != 25 || d.IV.String() != "240" || d.Pulses != 2_016_000 || d.Fidelity.Good != 24*84_000 {
		t.Errorf("day %+v", d)
	}
	if d.Product != "crude oil" || d.K != m.K || d.Batch != "" || d.MF.Valid() || d.CTPL.Valid() || !d.MeanCTPL.Valid() || d.FactorsMethod != m.FactorsMethod {
		t.Errorf("what changed is not left empty, or what did not is: %+v", d)
	}
	// 84.3 F for the one barrel before the change, else the hours' temperatures by their barrels.
	if want := (84.3 + 9*70 + 10*(276+60*24-70)) / 240; math.Abs(d.Temperature.Float()-want) > 1e-6 {
		t.Errorf("average temperature %s, want %.6f", d.Temperature, want)
	}
	records[3].Fidelity.Level = pulse.LevelA
	if d, err := DailyLiquid(m.Calendar, records); err != nil || d.Fidelity != (pulse.Report{}) {
		t.Errorf("reports of two levels: %+v, %v", d.Fidelity, err)
	}
	for name, alter := range map[string]func(r *LiquidRecord){
		"pulses":       func(r *LiquidRecord) { r.Pulses++ },
		"a volume":     func(r *LiquidRecord) { r.GSV++ },
		"an opening":   func(r *LiquidRecord) { r.Opening++ },
		"the basis":    func(r *LiquidRecord) { r.Basis = quantity.Metric },
		"a sum":        func(r *LiquidRecord) { r.GV = math.MaxInt64 },
		"an average":   func(r *LiquidRecord) { r.Temperature = math.MaxInt64 },
		"a flow time":  func(r *LiquidRecord) { r.FlowTime = -1 },
		"a sequence":   func(r *LiquidRecord) { r.ID.Sequence++ },
		"pulse counts": func(r *LiquidRecord) { r.Fidelity.Good = -1; r.Fidelity.Level = pulse.LevelB },
	} {
		altered := append([]LiquidRecord(nil), records...)
		altered[3].Fidelity.Level = pulse.LevelB
		alter(&altered[3])
		if d, err := DailyLiquid(m.Calendar, altered); err == nil {
			t.Errorf("%s altered: %+v", name, d)
		}
	}
	if _, err := DailyLiquid(m.Calendar, nil); err == nil {
		t.Error("a day of no records")
	}
}

func TestLiquidCorrect(t *testing.T) {
	l := newLiquid(t, lact(t))
	sampleLiquid(t, l, oilAt(morning, 0))
	closed, err := l.Close(Ticket)
	if err != nil || closed != nil {
		t.Fatal(closed, err)
	}
	sampleLiquid(t, l, oilAt(morning.Add(time.Second), 84_000))
	closed, err = l.Close(Ticket)
	r := one(t, closed, err)
	c := Correction{Cause: "meter factor of another meter entered", Method: "the factor of the proving of 1 June", Person: "J. Doe", At: r.End}
	v := r.LiquidValues
	v.MF, v.GSV, v.Closing, v.TotalGSV = quantity.F(9990, 4), 1, 2, 3
	fixed, err := r.Correct(c, v)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := r.IV.Mul(v.MF, r.MeanCTPL)
	if fixed.GSV != want || fixed.Closing != r.Closing || fixed.TotalGSV != r.TotalGSV || fixed.Corrects != r.ID || fixed.ID.Revision != 1 || fixed.Flags != Edited {
		t.Errorf("corrected: %+v", fixed)
	}
	v.Pulses, v.CTPL = 42_000, quantity.Factor{}
	if fixed, err = fixed.Correct(c, v); err != nil || fixed.IV.String() != "5" || fixed.Flags != Edited|NoFactors || fixed.Difference != 0 {
		t.Errorf("corrected again: %+v, %v", fixed, err)
	}
	v.Pulses = 0
	if fixed, err = fixed.Correct(c, v); err != nil || fixed.GSV != 0 || fixed.Flags != Edited|NoFlow || fixed.ID.Revision != 3 {
		t.Errorf("and again: %+v, %v", fixed, err)
	}
	for name, alter := range map[string]func(c *Correction, v *LiquidValues){
		"nobody's":        func(c *Correction, v *LiquidValues) { c.Person = "" },
		"no change":       func(c *Correction, v *LiquidValues) { *v = r.LiquidValues },
		"negative pulses": func(c *Correction, v *LiquidValues) { v.Pulses = -1 },
		"all unseen":      func(c *Correction, v *LiquidValues) { v.Unseen = v.Pulses + 1 },
		"flow time":       func(c *Correction, v *LiquidValues) { v.FlowTime = time.Hour },
		"no factor":       func(c *Correction, v *LiquidValues) { v.MF = quantity.Factor{} },
		"no mean":         func(c *Correction, v *LiquidValues) { v.MeanCTPL = quantity.Factor{} },
		"overflow":        func(c *Correction, v *LiquidValues) { v.Pulses, v.K = math.MaxInt64, quantity.F(1, 9) },
		"a report":        func(c *Correction, v *LiquidValues) { v.Fidelity.Good = -1 },
	} {
		correction, values := c, r.LiquidValues
		values.MF = quantity.One
		alter(&correction, &values)
		if got, err := r.Correct(correction, values); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestLiquidMeterRefuses(t *testing.T) {
	for name, alter := range map[string]func(m *LiquidMeter){
		"no device":         func(m *LiquidMeter) { m.Device = "" },
		"no product":        func(m *LiquidMeter) { m.Product = "" },
		"no unit":           func(m *LiquidMeter) { m.Units.Pressure = "" },
		"no method":         func(m *LiquidMeter) { m.FactorsMethod = "" },
		"no factors":        func(m *LiquidMeter) { m.Factors = nil },
		"endless batch":     func(m *LiquidMeter) { m.Batch = strings.Repeat("x", 129) },
		"no K":              func(m *LiquidMeter) { m.K = quantity.Factor{} },
		"no meter factor":   func(m *LiquidMeter) { m.MF = quantity.Factor{} },
		"a point misplaced": func(m *LiquidMeter) { m.MF = quantity.F(10012, 2) },
		"mass":              func(m *LiquidMeter) { m.Basis = quantity.Basis{Unit: quantity.Kilogram} },
		"no reference":      func(m *LiquidMeter) { m.Basis.Reference = quantity.None },
		"no calendar":       func(m *LiquidMeter) { m.Calendar.Location = nil },
	} {
		m := lact(t)
		alter(&m)
		if l, err := NewLiquid(m, LiquidState{}); err == nil {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

func TestLiquidSampleRefuses(t *testing.T) {
	l := newLiquid(t, lact(t))
	sampleLiquid(t, l, oilAt(morning, 1000))
	before := l.State()
	var out *quantity.RangeError
	var back *TotalError
	for name, tt := range map[string]struct {
		alter func(s *LiquidSample)
		as    any
	}{
		"temperature":        {func(s *LiquidSample) { s.Temperature = math.NaN() }, &out},
		"pressure":           {func(s *LiquidSample) { s.Pressure = math.Inf(-1) }, &out},
		"density":            {func(s *LiquidSample) { s.Density = -1 }, &out},
		"beyond 11.1":        {func(s *LiquidSample) { s.Temperature = 500 }, &out},
		"a total that fell":  {func(s *LiquidSample) { s.Total = 999 }, &back},
		"a negative total":   {func(s *LiquidSample) { s.Total = -1 }, &back},
		"more than believed": {func(s *LiquidSample) { s.Total = 1e15 }, &out},
	} {
		s := oilAt(morning.Add(2*time.Hour), 2000)
		tt.alter(&s)
		if _, err := l.Sample(s); !errors.As(err, tt.as) || l.State() != before {
			t.Errorf("%s: %v, %+v", name, err, l.State())
		}
	}
	if _, err := l.Sample(oilAt(morning.Add(-1), 2000)); err == nil {
		t.Error("a sample of before")
	}
	if _, err := l.Tick(morning.Add(-1)); err == nil {
		t.Error("a tick of before")
	}
	if _, err := l.Tick(time.Time{}); err == nil {
		t.Error("a tick of never")
	}
	if _, err := l.Sample(LiquidSample{}); err == nil {
		t.Error("a sample of never")
	}
	for _, ctl := range []float64{0, math.NaN(), math.Inf(1), 11} {
		m := lact(t)
		m.Factors = func(_, _, _ float64) (float64, float64, error) { return ctl, 1, nil }
		l := newLiquid(t, m)
		sampleLiquid(t, l, oilAt(morning, 0))
		if _, err := l.Sample(oilAt(morning.Add(time.Second), 1)); !errors.As(err, &out) {
			t.Errorf("CTL %v: %v", ctl, err)
		}
	}
}

func TestLiquidOverflow(t *testing.T) {
	l, err := NewLiquid(lact(t), LiquidState{TotalIV: math.MaxInt64 - 5})
	if err != nil {
		t.Fatal(err)
	}
	sampleLiquid(t, l, oilAt(morning, 0))
	sampleLiquid(t, l, oilAt(morning.Add(time.Second), 8400))
	before := l.State()
	_, err1 := l.Sample(oilAt(morning.Add(time.Hour), 8400))
	_, err2 := l.Tick(morning.Add(time.Hour + 1))
	_, err3 := l.Close(Ticket)
	_, err4 := l.Change(lact(t))
	_, err5 := l.End()
	for _, err := range []error{err1, err2, err3, err4, err5} {
		if !errors.Is(err, quantity.ErrOverflow) {
			t.Errorf("got %v", err)
		}
	}
	if l.State() != before {
		t.Errorf("state %+v became %+v", before, l.State())
	}
}

func TestLiquidStateRefuses(t *testing.T) {
	m := lact(t)
	l := newLiquid(t, m)
	for i := range 10 {
		sampleLiquid(t, l, oilAt(morning.Add(time.Duration(i)*time.Second), int64(i)*100))
	}
	good := l.State()
	if _, err := NewLiquid(m, good); err != nil {
		t.Fatal(err)
	}
	for name, alter := range map[string]func(st *LiquidState){
		"other constants":   func(st *LiquidState) { st.Constants = "config 0" },
		"order of times":    func(st *LiquidState) { st.Until = st.Start },
		"pulses":            func(st *LiquidState) { st.Pulses++ },
		"a total that fell": func(st *LiquidState) { st.Last = -1 },
		"unseen":            func(st *LiquidState) { st.Unseen = st.Pulses + 1 },
		"flow time":         func(st *LiquidState) { st.FlowTime = -1 },
		"running total":     func(st *LiquidState) { st.TotalGSV = -1 },
		"a sum":             func(st *LiquidState) { st.CTL.Hi = math.NaN() },
		"an average":        func(st *LiquidState) { st.Means[2].Weight.Hi = -1 },
		"a technique":       func(st *LiquidState) { st.Means[0].Technique = average.FlowTimeLinear },
		"a report":          func(st *LiquidState) { st.Fidelity.A = -1 },
		"before it began":   func(st *LiquidState) { st.Run = Run{} },
	} {
		st := good
		alter(&st)
		if _, err := NewLiquid(m, st); err == nil {
			t.Errorf("%s: %+v is taken up", name, st)
		}
	}
}

// FuzzLiquid: whatever comes, in whatever order, records are sound, no pulse is lost or counted twice, and what is refused
// changes nothing.
func FuzzLiquid(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 200, 201, 202, 3, 3, 3}, 84.3, 62.0, 830.0, int64(8400), int64(1_000_000_000))
	f.Add([]byte{0, 0, 255, 128, 64, 7, 6, 5}, -1.0, math.NaN(), 0.0, int64(-1), int64(3_600_000_000_000))
	f.Add([]byte{5, 9, 13, 2, 6, 1}, 301.0, 1e9, 1e300, int64(math.MaxInt64), int64(4_999_999_999))
	c := Calendar{Location: time.FixedZone("here", -6*3600), DayHour: 9}
	f.Fuzz(func(t *testing.T, ops []byte, temperature, pressure, density float64, pulses, pace int64) {
		m := lact(t)
		m.Calendar, m.Longest, m.Factors = c, time.Minute, straight
		l := newLiquid(t, m)
		at, total := morning, int64(0)
		var last *LiquidRecord
		for i, op := range ops[:min(len(ops), 200)] {
			at = at.Add(time.Duration(pace % int64(48*time.Hour) * int64(op>>4) / 4))
			total += pulses / int64(1+op>>2)
			before := l.State()
			var closed []LiquidRecord
			var err error
			switch op & 3 {
			case 0, 1:
				closed, err = l.Sample(LiquidSample{
					At: at, Total: total, Temperature: temperature / float64(1+i), Pressure: pressure, Density: density,
					Failed: Inputs(op >> 2 & 1), Substituted: Inputs(op >> 3 & 1),
				})
			case 2:
				closed, err = l.Tick(at)
			case 3:
				closed, err = l.Close([]Cause{Restart, Ticket, Hour}[op%3])
			}
			if err != nil && l.State() != before {
				t.Fatalf("refused and yet %+v became %+v: %v", before, l.State(), err)
			}
			for _, r := range closed {
				if err := sound(c, r.Header); err != nil {
					t.Fatal(err)
				}
				if r.Pulses != r.Closing-r.Opening || r.Pulses < 0 || r.GSV < 0 ||
					last != nil && (!last.End.Equal(r.Start) || last.Closing != r.Opening || r.TotalGSV != last.TotalGSV+r.GSV) {
					t.Fatalf("%+v after %+v", r, last)
				}
				last = &r
			}
			if _, err := NewLiquid(m, l.State()); err != nil {
				t.Fatalf("state %+v is not taken up: %v", l.State(), err)
			}
		}
	})
}

func TestLiquidSampleAllocatesNothing(t *testing.T) {
	l := newLiquid(t, lact(t))
	s := oilAt(morning, 0)
	if n := testing.AllocsPerRun(1000, func() {
		s.At, s.Total = s.At.Add(time.Second), s.Total+1000
		if closed, err := l.Sample(s); err != nil || closed != nil {
			t.Fatal(closed, err)
		}
	}); n != 0 {
		t.Errorf("a sample allocates %v times", n)
	}
}

// BenchmarkLiquidSample is the cost of one sample with flow, CTL and CPL of API MPMS 11.1 and hourly records included.
func BenchmarkLiquidSample(b *testing.B) {
	b.ReportAllocs()
	l := newLiquid(b, lact(b))
	s := oilAt(morning, 0)
	for b.Loop() {
		s.At, s.Total = s.At.Add(time.Second), s.Total+1000
		if _, err := l.Sample(s); err != nil {
			b.Fatal(err)
		}
	}
}
