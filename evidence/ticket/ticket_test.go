package ticket_test

import (
	"bytes"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/cose/cosetest"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

var refused = cosetest.Refused

// meter is a measuring point with a start event and three intervals.
type meter struct {
	world  *bundletest.World
	leaves []*bundletest.Leaf
}

func newMeter(t testing.TB) *meter {
	w := bundletest.New(t)
	p := w.Device(bundletest.Ed25519(51), bundletest.Lease).Point(bundletest.Lease, bundletest.Metric())
	p.Interval(48_213, 31_417_265, 512_300_000)
	p.Interval(50_001, 30_100_000, 498_700_001)
	p.Interval(51_999, 9_950_000, 3_001_000_000)
	return &meter{world: w, leaves: p.Records}
}

func (m *meter) record(i int) *record.Record { return m.leaves[i].Record }

func terms() ticket.Terms {
	return ticket.Terms{
		ID: "T-1", Version: 1, Batch: "B-7", From: "did:web:producer.example", To: "did:web:carrier.example",
		At: bundletest.Epoch + 10*bundletest.Minute, OfRecord: ticket.SumOfIntervals,
	}
}

func (m *meter) report(t testing.TB, alter func(*ticket.Report)) *ticket.SignedReport {
	t.Helper()
	r := ticket.Report{
		ID: "R-1", Batch: "B-7", Point: bundletest.Lease, SW: quantity.F(25, 2), Density: 868_500_000, Reference: "15C", Method: "ASTM D4007",
		Sampled: bundletest.Epoch + 3*bundletest.Minute, Reported: bundletest.Epoch + 9*bundletest.Minute,
	}
	alter(&r)
	opened, err := ticket.OpenReport(m.world.Report(r), m.world.Directory())
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

func asIs(*ticket.Report) {}

func (m *meter) cut(t testing.TB, first, last int, terms ticket.Terms, report *ticket.SignedReport) *ticket.Ticket {
	t.Helper()
	var opening *record.Record
	if first > 0 {
		opening = m.record(first - 1)
	}
	got, err := ticket.Cut(opening, m.record(last), terms, report)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// quotient returns a x b / c rounded half away from zero, by rational arithmetic.
func quotient(a, b, c int64) quantity.Micro {
	r := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(a), big.NewInt(b)), big.NewInt(c))
	half := big.NewRat(1, 2)
	if r.Sign() < 0 {
		half.Neg(half)
	}
	r.Add(r, half)
	return quantity.Micro(new(big.Int).Quo(r.Num(), r.Denom()).Int64())
}

// A ticket from the beginning: all its figures from the closing record alone.
func TestCutFromTheBeginning(t *testing.T) {
	m := newMeter(t)
	got := m.cut(t, 0, 2, terms(), nil)
	end := m.record(2).Interval.Totals
	if got.First != 0 || got.Last != 2 || got.OpeningLeaf != (record.Hash{}) || got.Opening != (record.Totals{}) || got.Open != 0 {
		t.Errorf("it opens at %d ms with %+v before record %d", got.Open, got.Opening, got.First)
	}
	if got.ClosingLeaf != record.LeafHash(m.leaves[2].Bytes) || got.Closing != end || got.Close != bundletest.Epoch+2*bundletest.Minute {
		t.Errorf("it closes at %d ms with %+v", got.Close, got.Closing)
	}
	if got.IV != end.IV || got.GSV != end.GSV || got.Mass != end.Mass || got.IV != m.record(1).Interval.IV+m.record(2).Interval.IV {
		t.Errorf("IV %s, GSV %s, mass %s; want %s, %s, %s", got.IV, got.GSV, got.Mass, end.IV, end.GSV, end.Mass)
	}
	if got.Final() || got.Status() != "provisional" || got.NSV != 0 || got.SW != nil {
		t.Errorf("it is %s with NSV %s", got.Status(), got.NSV)
	}
	if got.Basis() != quantity.Metric {
		t.Errorf("basis is %s", got.Basis())
	}
}

// A ticket between two records: averages are differences of sums over the difference of volumes, GSV goes both ways.
func TestCutBetweenRecords(t *testing.T) {
	m := newMeter(t)
	a, b := m.record(1).Interval.Totals, m.record(3).Interval.Totals
	iv := int64(b.IV - a.IV)
	for _, way := range []ticket.OfRecord{ticket.SumOfIntervals, ticket.FromAverages} {
		t.Run(string(way), func(t *testing.T) {
			terms := terms()
			terms.OfRecord = way
			got := m.cut(t, 2, 3, terms, nil)
			if got.First != 2 || got.OpeningLeaf != record.LeafHash(m.leaves[1].Bytes) || got.Open != m.record(1).End {
				t.Errorf("it opens at %d ms before record %d", got.Open, got.First)
			}
			for name, f := range map[string][2]quantity.Micro{
				"IV": {got.IV, b.IV - a.IV}, "mass": {got.Mass, b.Mass - a.Mass},
				"temperature": {got.Temperature, quotient(int64(b.Temperature-a.Temperature), 1e6, iv)},
				"pressure":    {got.Pressure, quotient(int64(b.Pressure-a.Pressure), 1e6, iv)},
				"density":     {got.Density, quotient(int64(b.Density-a.Density), 1e6, iv)},
			} {
				if f[0] != f[1] {
					t.Errorf("%s is %s, want %s", name, f[0], f[1])
				}
			}
			f, err := liquid.FromBase(liquid.Crude, got.Density.Float(), quantity.At15C, liquid.Celsius(got.Temperature.Float()), liquid.KPa(got.Pressure.Float()))
			if err != nil {
				t.Fatal(err)
			}
			if got.CTPL != quantity.F(int64(math.Round(f.CTPL*1e5)), 5) {
				t.Errorf("CTPL is %s, the averages make %v", got.CTPL, f.CTPL)
			}
			sum, averages := b.GSV-a.GSV, quotient(iv*10_005, got.CTPL.Mantissa, 1e9)
			if way == ticket.FromAverages {
				sum, averages = averages, sum
			}
			if got.GSV != sum || got.OtherGSV != averages {
				t.Errorf("GSV is %s, the other way %s; want %s, %s", got.GSV, got.OtherGSV, sum, averages)
			}
			if got.GSV == got.OtherGSV {
				t.Error("both ways give the same: the test can't tell them apart")
			}
		})
	}
}

func TestCutWithAReport(t *testing.T) {
	m := newMeter(t)
	report := m.report(t, asIs)
	for _, way := range []ticket.OfRecord{ticket.SumOfIntervals, ticket.FromAverages} {
		terms := terms()
		terms.OfRecord = way
		got := m.cut(t, 0, 2, terms, report)
		if want := quotient(int64(got.GSV), 9975, 10_000); got.NSV != want {
			t.Errorf("%s: NSV is %s, want %s", way, got.NSV, want)
		}
		if !got.Final() || got.Status() != "final" || got.SW.Percent != quantity.F(25, 2) || got.SW.Report != report.Hash() {
			t.Errorf("it is %s with %+v", got.Status(), got.SW)
		}
	}
}

func TestCutRefuses(t *testing.T) {
	m := newMeter(t)
	alone := func(r *record.Record) *record.Record { c := *r; return &c }
	deep := func(r *record.Record, alter func(*record.Interval)) *record.Record {
		c, i := *r, *r.Interval
		alter(&i)
		c.Interval = &i
		return &c
	}
	one, two := m.record(1), m.record(2)
	otherPoint, otherDevice := alone(one), alone(one)
	otherPoint.Point = bundletest.Spare
	otherDevice.Device[0] ^= 1
	tests := []struct {
		name             string
		opening, closing *record.Record
		terms            func(*ticket.Terms)
		report           *ticket.SignedReport
		want             string
	}{
		{"nothing to close with", one, nil, nil, nil, "must close with an interval"},
		{"closing with an event", nil, m.record(0), nil, nil, "must close with an interval"},
		{"opening with an event", m.record(0), two, nil, nil, "must open with an earlier interval record of LACT-1"},
		{"opening with the closing record", two, two, nil, nil, "earlier interval"},
		{"opening after closing", two, one, nil, nil, "earlier interval"},
		{"opening at another point", otherPoint, two, nil, nil, "earlier interval"},
		{"opening by another device", otherDevice, two, nil, nil, "earlier interval"},
		{"change of unit", deep(one, func(i *record.Interval) { i.Parameters.Basis = quantity.Customary }), two, nil, nil, "the units changed from [bbl at 60F degC kPag]"},
		{"change of temperature unit", deep(one, func(i *record.Interval) { i.Parameters.TemperatureUnit = "degF" }), two, nil, nil, "the units changed"},
		{"change of pressure unit", deep(one, func(i *record.Interval) { i.Parameters.PressureUnit = "psig" }), two, nil, nil, "the units changed"},
		{"no flow", one, deep(two, func(i *record.Interval) { i.Totals.IV = one.Interval.Totals.IV }), nil, nil, "nothing to state"},
		{"totals that go back", one, deep(two, func(i *record.Interval) { i.Totals.IV = 0 }), nil, nil, "nothing to state"},
		{"totals too far apart", deep(one, func(i *record.Interval) { i.Totals.Mass = -2 }), deep(two, func(i *record.Interval) { i.Totals.Mass = math.MaxInt64 }), nil, nil, "out of range"},
		{"averages out of range", one, deep(two, func(i *record.Interval) { i.Totals.Temperature = math.MaxInt64 }), nil, nil, "temperature"},
		{"unknown quantity of record", one, two, func(x *ticket.Terms) { x.OfRecord = "best guess" }, nil, `"best guess" is neither`},
		{"report about another batch", one, two, func(x *ticket.Terms) { x.Batch = "B-8" }, m.report(t, asIs), `about batch "B-7"`},
		{"report about another point", one, two, nil, m.report(t, func(r *ticket.Report) { r.Point = bundletest.Spare }), "at LACT-2, not"},
		{"report from after the ticket", one, two, func(x *ticket.Terms) { x.At = bundletest.Epoch }, m.report(t, asIs), "from after the ticket"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := terms()
			if tt.terms != nil {
				tt.terms(&x)
			}
			_, err := ticket.Cut(tt.opening, tt.closing, x, tt.report)
			refused(t, err, tt.want)
			if err != nil && !strings.HasPrefix(err.Error(), "ticket T-1: ") {
				t.Errorf("the error does not name the ticket: %v", err)
			}
		})
	}
}

// A ticket goes from provisional to final by a new version: the measured figures stay, the laboratory's come.
func TestProvisionalThenFinal(t *testing.T) {
	m := newMeter(t)
	first := m.cut(t, 2, 3, terms(), nil)
	encoded, err := first.Encode()
	if err != nil {
		t.Fatal(err)
	}
	x := terms()
	x.Version, x.Previous = 2, ticket.Hash(encoded)
	report := m.report(t, asIs)
	second := m.cut(t, 2, 3, x, report)
	if second.GSV != first.GSV || second.IV != first.IV || second.Closing != first.Closing {
		t.Error("the measured figures moved")
	}
	if err := first.Check(m.record(1), m.record(3), nil); err != nil {
		t.Errorf("provisional: %v", err)
	}
	if err := second.Check(m.record(1), m.record(3), report); err != nil {
		t.Errorf("final: %v", err)
	}
	refused(t, first.Check(m.record(1), m.record(3), report), "status is provisional, its records make it final")
	refused(t, second.Check(m.record(1), m.record(3), nil), "status is final, its records make it provisional")
	other := m.report(t, func(r *ticket.Report) { r.ID = "R-2" })
	refused(t, second.Check(m.record(1), m.record(3), other), "laboratory report is")
}

// Each figure that somebody alters is found, and named.
func TestCheckNamesEachFigure(t *testing.T) {
	m := newMeter(t)
	tests := []struct {
		name  string
		alter func(t *ticket.Ticket)
		want  string
	}{
		{"nothing", func(*ticket.Ticket) {}, ""},
		{"device", func(t *ticket.Ticket) { t.Device[0] ^= 1 }, "device is"},
		{"point", func(t *ticket.Ticket) { t.Point = bundletest.Spare }, "point is LACT-2"},
		{"first", func(t *ticket.Ticket) { t.First++ }, "first record is 3, its records make it 2"},
		{"last", func(t *ticket.Ticket) { t.Last++ }, "last record is 4, its records make it 3"},
		{"opening leaf", func(t *ticket.Ticket) { t.OpeningLeaf[0] ^= 1 }, "opening record is"},
		{"closing leaf", func(t *ticket.Ticket) { t.ClosingLeaf[0] ^= 1 }, "closing record is"},
		{"open", func(t *ticket.Ticket) { t.Open-- }, "opening time is"},
		{"close", func(t *ticket.Ticket) { t.Close++ }, "closing time is"},
		{"opening totals", func(t *ticket.Ticket) { t.Opening.GSV-- }, "opening totals is"},
		{"closing totals", func(t *ticket.Ticket) { t.Closing.FlowTime++ }, "closing totals is"},
		{"parameters", func(t *ticket.Ticket) { t.Parameters.MeterFactor.Mantissa++ }, "parameters is"},
		{"IV", func(t *ticket.Ticket) { t.IV++ }, "IV is"},
		{"temperature", func(t *ticket.Ticket) { t.Temperature++ }, "average temperature is"},
		{"pressure", func(t *ticket.Ticket) { t.Pressure++ }, "average pressure is"},
		{"density", func(t *ticket.Ticket) { t.Density++ }, "average density is"},
		{"CTPL", func(t *ticket.Ticket) { t.CTPL.Mantissa++ }, "CTPL is"},
		{"decimals of CTPL", func(t *ticket.Ticket) { t.CTPL = quantity.F(10*t.CTPL.Mantissa, 6) }, "CTPL"},
		{"GSV", func(t *ticket.Ticket) { t.GSV++ }, "GSV is"},
		{"of record", func(t *ticket.Ticket) { t.OfRecord = ticket.FromAverages }, "GSV is"},
		{"unknown of record", func(t *ticket.Ticket) { t.OfRecord = "" }, "quantity of record"},
		{"other GSV", func(t *ticket.Ticket) { t.OtherGSV++ }, "GSV by the other way is"},
		{"mass", func(t *ticket.Ticket) { t.Mass++ }, "mass is"},
		{"S&W", func(t *ticket.Ticket) { t.SW.Percent.Mantissa-- }, "S&W is 0.24, its records make it 0.25"},
		{"S&W with more decimals", func(t *ticket.Ticket) { t.SW.Percent = quantity.F(250, 3) }, "S&W is 0.250"},
		{"report", func(t *ticket.Ticket) { t.SW.Report[0] ^= 1 }, "laboratory report is"},
		{"NSV", func(t *ticket.Ticket) { t.NSV++ }, "NSV is"},
		{"batch", func(t *ticket.Ticket) { t.Batch = "B-8" }, "about batch"},
		{"made before the report", func(t *ticket.Ticket) { t.At = 0 }, "from after the ticket"},
	}
	report := m.report(t, asIs)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := m.cut(t, 2, 3, terms(), report)
			tt.alter(got)
			refused(t, got.Check(m.record(1), m.record(3), report), tt.want)
		})
	}
}

// Where two platforms round a CTPL to different sides of a tie, the ticket's own counts, and what follows from it with it. Such
// a tie is made here by a record whose sums put the average where CTPL is within a billionth of a half.
func TestCheckAdoptsACTPLOnTheEdge(t *testing.T) {
	m := newMeter(t)
	closing := *m.record(2)
	body := *closing.Interval
	closing.Interval = &body
	lo, hi := body.Totals.Temperature*7/10, body.Totals.Temperature
	at := func(sum quantity.Micro) float64 {
		body.Totals.Temperature = sum
		got, err := ticket.Cut(nil, &closing, terms(), nil)
		if err != nil {
			t.Fatal(err)
		}
		f, err := record.Factors(got.Parameters, got.Temperature, got.Pressure)
		if err != nil {
			t.Fatal(err)
		}
		return f.CTPL * 1e5
	}
	edge := math.Floor(at(hi)) + 1.5 // CTPL falls as the temperature rises
	for hi-lo > 1 {
		if mid := lo + (hi-lo)/2; at(mid) > edge {
			lo = mid
		} else {
			hi = mid
		}
	}
	if x := at(lo); math.Abs(x-edge) > 1e-4 {
		t.Fatalf("CTPL is %v at the edge: no tie found", x/1e5)
	}
	report := m.report(t, asIs)
	for _, r := range []*ticket.SignedReport{nil, report} {
		good, err := ticket.Cut(nil, &closing, terms(), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []int64{good.CTPL.Mantissa - 1, good.CTPL.Mantissa + 1} {
			twin := *good
			twin.CTPL.Mantissa = other
			if twin.OtherGSV, err = liquid.GrossStandardVolume(twin.IV, twin.Parameters.MeterFactor, twin.CTPL); err != nil {
				t.Fatal(err)
			}
			want := "CTPL is"
			if math.Abs(float64(other)-edge) < 1 {
				want = "" // the other side of the tie
			}
			refused(t, twin.Check(nil, &closing, r), want)
			if want == "" {
				twin.OtherGSV++
				refused(t, twin.Check(nil, &closing, r), "GSV by the other way is")
			}
		}
	}
}

// Whatever two records say, Check accepts what Cut makes of them.
func TestCheckAcceptsWhatCutMakes(t *testing.T) {
	m := newMeter(t)
	report := m.report(t, asIs)
	rapid.Check(t, func(rt *rapid.T) {
		p := bundletest.Metric()
		var last *record.Record
		var opening *record.Record
		before := record.Totals{}
		for seq := range rapid.Uint64Range(2, 6).Draw(rt, "intervals") {
			body, err := record.Compute(p, record.Measured{
				Pulses:      rapid.Int64Range(1, 900_000).Draw(rt, "pulses"),
				Temperature: quantity.Micro(rapid.Int64Range(-20e6, 90e6).Draw(rt, "temperature")),
				Pressure:    quantity.Micro(rapid.Int64Range(0, 5e9).Draw(rt, "pressure")),
			}, before)
			if err != nil {
				rt.Fatal(err)
			}
			last = &record.Record{Version: record.Version, Point: bundletest.Lease, Seq: seq, Interval: body}
			if seq == 0 && rapid.Bool().Draw(rt, "not from the beginning") {
				opening = last
			}
			before = body.Totals
		}
		x := terms()
		x.OfRecord = rapid.SampledFrom([]ticket.OfRecord{ticket.SumOfIntervals, ticket.FromAverages}).Draw(rt, "of record")
		r := rapid.SampledFrom([]*ticket.SignedReport{nil, report}).Draw(rt, "report")
		got, err := ticket.Cut(opening, last, x, r)
		if err != nil {
			rt.Fatal(err)
		}
		encoded, err := got.Encode()
		if err != nil {
			rt.Fatal(err)
		}
		back, err := ticket.Decode(encoded)
		if err != nil {
			rt.Fatal(err)
		}
		if err := back.Check(opening, last, r); err != nil {
			rt.Fatal(err)
		}
		if again, err := back.Encode(); err != nil || !bytes.Equal(again, encoded) {
			rt.Fatalf("%x came back as %x: %v", encoded, again, err)
		}
	})
}

func FuzzDecode(f *testing.F) {
	m := newMeter(f)
	for _, r := range []*ticket.SignedReport{nil, m.report(f, asIs)} {
		encoded, err := m.cut(f, 2, 3, terms(), r).Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(encoded)
	}
	opening, closing := m.record(1), m.record(3)
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := ticket.Decode(b)
		if err != nil {
			return
		}
		if again, err := got.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x was accepted, but is %x encoded again (%v)", b, again, err)
		}
		_ = got.Check(opening, closing, nil) // must not panic, whatever it says
	})
}

func FuzzReport(f *testing.F) {
	m := newMeter(f)
	payload, err := cose.Marshal(m.report(f, asIs).Report)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload)
	keys := m.world.Directory()
	f.Fuzz(func(t *testing.T, payload []byte) {
		signed, err := cose.Sign(m.world.Laboratory.Hand, ticket.ReportThing, payload, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ticket.OpenReport(signed, keys)
		if err != nil {
			return
		}
		if again, err := cose.Marshal(r.Report); err != nil || !bytes.Equal(again, payload) {
			t.Errorf("%x was accepted, but is %x encoded again (%v)", payload, again, err)
		}
		if got, err := ticket.Cut(nil, m.record(2), terms(), r); err == nil && (got.NSV < 0 || got.NSV > got.GSV) {
			t.Errorf("%s %% of water make NSV %s of GSV %s", r.Report.SW, got.NSV, got.GSV)
		}
	})
}
