package custody_test

import (
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// fold applies steps and proves the books after each.
func fold(t testing.TB, steps []custodytest.Step) *custody.Ledger {
	t.Helper()
	l := custody.NewLedger()
	for _, s := range steps {
		if err := l.Apply(s.Event, s.Ticket); err != nil {
			t.Fatal(err)
		}
		if err := l.Check(); err != nil {
			t.Fatalf("after event %s: %v", s.Event.ID, err)
		}
	}
	return l
}

// same compares what a figure prints as.
func same(t rapid.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %s, want %s", what, got, want)
	}
}

// fine stops a test at an error.
func fine(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestStoryTanks holds items 1 to 5 and 12 of the built-in story: what went into the tanks and what blending made of it.
func TestStoryTanks(t *testing.T) {
	l := fold(t, custodytest.Story())
	for _, tc := range []struct{ receipt, volume, evidence string }{
		{"receipt-A", "9360.00", "signed"},
		{"receipt-B", "5040.00", "signed"},
		{"receipt-C", "5600.00", "signed"},
		{"trucks-1", "4400.00", "typed"},
		{"trucks-2", "3600.00", "typed"},
	} {
		r, err := l.Receipt(tc.receipt)
		fine(t, err)
		same(t, tc.receipt, r.Volume.Decimal(2), tc.volume)
		same(t, "evidence of "+tc.receipt, string(r.Evidence), tc.evidence)
	}
	for _, tc := range []struct{ blend, percent, shrinkage, net, density, api, mixture string }{
		{custodytest.FirstBlend, "0.4655", "93.10", "19906.90", "932.0", "20.2", "20519.30"},
		{custodytest.NextBlend, "0.1627", "13.02", "7986.98", "926.0", "21.2", "7986.98"},
	} {
		b, err := l.Blending(tc.blend)
		fine(t, err)
		same(t, tc.blend+" shrinkage in percent", b.Percent.String(), tc.percent)
		same(t, tc.blend+" shrinkage", b.Shrinkage.Decimal(2), tc.shrinkage)
		same(t, tc.blend+" net", b.Net.Decimal(2), tc.net)
		same(t, tc.blend+" density", b.NetDensity.Decimal(1), tc.density)
		same(t, tc.blend+" gravity", b.API, tc.api)
		same(t, tc.blend+" in the tank", b.Mixture.Volume.Decimal(2), tc.mixture)
	}
	// What stays in T-14 is as large as the heel was: another mixture of the same volume.
	heel, err := l.Pool("T-14")
	fine(t, err)
	same(t, "heel", heel.Volume.Decimal(2), "612.40")
	same(t, "density of the heel", heel.Density.Decimal(1), "932.0")
}

// TestStoryMass: blending moves mass and loses volume; mass is what the meters of the inputs said.
func TestStoryMass(t *testing.T) {
	l := fold(t, custodytest.Story())
	var in, out, lost custody.Stock
	for _, m := range l.Movements(0) {
		switch {
		case m.Event == custodytest.FirstBlend && m.Effect == custody.Mixed:
			out.Volume += m.Volume
			out.Mass += m.Mass
		case m.Event == custodytest.FirstBlend:
			lost.Volume += m.Volume
			lost.Mass += m.Mass
		case m.Effect == custody.Received && m.Pool == "T-14":
			in.Volume += m.Volume
			in.Mass += m.Mass
		}
	}
	same(t, "mass received", in.Mass.String(), "18553600") // 14,400 m3 of 1,010 and 5,600 m3 of 716 kg/m3
	same(t, "mass blended", out.Mass.String(), in.Mass.String())
	same(t, "mass lost", lost.Mass.String(), "0")
	same(t, "volume lost", lost.Volume.String(), "93.1")
	same(t, "volume", (out.Volume + lost.Volume).String(), in.Volume.String())
}

// TestStoryTransit holds items 7, 8, 10 and 13: when a batch is due, from fill and planned rate, and when it was there.
func TestStoryTransit(t *testing.T) {
	l := fold(t, custodytest.Story())
	for _, tc := range []struct {
		batch    string
		place    int
		transit  time.Duration
		expected int64 // due, to the minute
		actual   int64
	}{
		{custodytest.BatchOne, 0, 151*time.Hour + 34*time.Minute, custodytest.At(11, 15, 34), custodytest.At(11, 15, 34)},
		// 754,900/3,400 is 222 h 1 min 46 s; the story prints 222 h, and the instant with the odd minutes.
		{custodytest.BatchOne, 1, 222*time.Hour + 2*time.Minute, custodytest.At(20, 21, 36), custodytest.At(20, 21, 36)},
		{custodytest.BatchTwo, 0, 151*time.Hour + 34*time.Minute, custodytest.At(12, 19, 34), custodytest.At(12, 19, 34)},
		{custodytest.BatchTwo, 1, 222*time.Hour + 2*time.Minute, custodytest.At(22, 1, 36), 0},
	} {
		b, err := l.Batch(tc.batch)
		fine(t, err)
		a := b.Arrivals[tc.place]
		transit := (time.Duration(a.Transit) * time.Millisecond).Round(time.Minute)
		due := time.UnixMilli(a.Expected).Round(time.Minute).UnixMilli()
		if transit != tc.transit || due != tc.expected || a.Actual != tc.actual {
			t.Errorf("%s at %s: %s, due %d, there %d; want %s, %d, %d", tc.batch, a.Place, transit, due, a.Actual, tc.transit, tc.expected, tc.actual)
		}
	}
}

// TestStoryBalance holds items 6, 8, 10 and 13: what the meters differ by, what that means, and what the contract makes of it.
func TestStoryBalance(t *testing.T) {
	l := fold(t, custodytest.Story())
	one, err := l.Balance(custodytest.BatchOne)
	fine(t, err)
	for i, want := range []string{"19906.90", "19899.33", "19888.78"} {
		same(t, "leg at "+one.Legs[i].Place, one.Legs[i].Volume.Decimal(2), want)
	}
	for i, want := range []struct{ from, to, volume, percent, z string }{
		{custody.Injection, custodytest.Border, "-7.57", "-0.038", "0.3"},
		{custody.Injection, custodytest.Patoka, "-18.12", "-0.091", "0.9"},
		{custodytest.Border, custodytest.Patoka, "-10.55", "-0.053", "0.4"},
	} {
		d := one.Differences[i]
		what := d.From + " to " + d.To
		same(t, "difference", what, want.from+" to "+want.to)
		same(t, what, d.Volume.Decimal(2), want.volume)
		same(t, what+" in percent", d.Percent.String(), want.percent)
		z, err := quantity.RoundFactor(d.Z.Float(), 1)
		fine(t, err)
		same(t, what+", z", z.String(), want.z)
		same(t, what+", level", string(d.Level), "within uncertainty")
	}
	same(t, "loss allowance", one.Allowance.Volume.Decimal(2), "19.91")
	same(t, "shipper's balance", one.Shipper.Decimal(2), "1.79")

	two, err := l.Balance(custodytest.BatchTwo)
	fine(t, err)
	same(t, "batch two injected", two.Legs[0].Volume.Decimal(2), "7986.98")
	same(t, "batch two at the border", two.Legs[1].Volume.Decimal(2), "7983.79")
	if two.Shipper != nil || two.Allowance != nil {
		t.Errorf("batch two is not delivered, its balance can't be struck: %+v", two)
	}
}

// TestStoryBarrels holds items 9, 10 and 13: cubic metres at 15 C are barrels at 60 F by two named steps, never by one.
func TestStoryBarrels(t *testing.T) {
	steps := custodytest.Story()
	l := fold(t, steps)
	for _, tc := range []struct{ batch, gross, net, factor string }{
		{custodytest.BatchOne, "125212.2", "124849", "0.9971"},
		{custodytest.BatchTwo, "50236.5", "50111", "0.9975"},
	} {
		for _, s := range steps {
			if s.Event.Check == nil || s.Event.Check.Batch != tc.batch {
				continue
			}
			cited, err := custody.Cite(s.Ticket)
			fine(t, err)
			gross, made, err := cited.Convert(quantity.Customary)
			fine(t, err)
			same(t, tc.batch+" gross", gross.Decimal(1), tc.gross)
			if len(made) != 2 || made[0].Name != "MPMS 11.1 15C->60F" || made[1].Name != quantity.ExactBarrel {
				t.Errorf("%s was converted by %+v", tc.batch, made)
			}
			net, err := gross.Mul(custodytest.Factor(tc.factor))
			fine(t, err)
			same(t, tc.batch+" net", net.Decimal(0), tc.net)
		}
		// The laboratory's figure came by a revision: the leg shows the final version, the movement the one that was booked.
		b, err := l.Batch(tc.batch)
		fine(t, err)
		leg, _ := b.Leg(custodytest.Border)
		if !leg.Ticket.Final || leg.Ticket.Version != 2 {
			t.Errorf("%s at the border rests on version %d of its ticket, final: %v", tc.batch, leg.Ticket.Version, leg.Ticket.Final)
		}
	}
	// Without the step from 15 C to 60 F it would be some 50 barrels less.
	unitOnly, err := quantity.ToBarrels(custodytest.Units("19899.33"))
	fine(t, err)
	net, err := unitOnly.Mul(custodytest.Factor("0.9971"))
	fine(t, err)
	same(t, "net by the change of unit alone", net.Decimal(0), "124800")

	b, err := l.Batch(custodytest.BatchOne)
	fine(t, err)
	leg, _ := b.Leg(custodytest.Patoka)
	same(t, "delivered in barrels", leg.Ticket.GSV.Decimal(2), "125145.83")
	if len(leg.Conversions) != 2 || leg.Conversions[1].Result != leg.Volume {
		t.Errorf("delivery was converted by %+v", leg.Conversions)
	}
}

// TestStoryChains holds items 6 to 10: custody and ownership are two chains that pass at different times.
func TestStoryChains(t *testing.T) {
	l := fold(t, custodytest.Story())
	b, err := l.Batch(custodytest.BatchOne)
	fine(t, err)
	var custodians []string
	for _, c := range b.Custody {
		custodians = append(custodians, c.Place+": "+c.From+" to "+c.To)
	}
	want := []string{
		"injection: " + custodytest.Terminal + " to " + custodytest.CarrierCA,
		"Haskett: " + custodytest.CarrierCA + " to " + custodytest.CarrierUS,
		"Patoka: " + custodytest.CarrierUS + " to " + custodytest.Buyer,
	}
	for i := range max(len(want), len(custodians)) {
		if i >= len(want) || i >= len(custodians) || want[i] != custodians[i] {
			t.Fatalf("custody passed %q, want %q", custodians, want)
		}
	}
	same(t, "owner before the sale", b.OwnerAt(custodytest.At(8, 14, 59)), custodytest.Shipper)
	same(t, "owner when the batch crosses", b.OwnerAt(custodytest.At(11, 15, 34)), custodytest.Buyer)
	if len(b.Titles) != 1 || b.Titles[0].Acknowledged == nil {
		t.Fatalf("titles are %+v", b.Titles)
	}
	same(t, "price", b.Titles[0].Price.String(), "64.40")
	if at := b.Titles[0].Acknowledged.At; at != custodytest.At(8, 17, 20) {
		t.Errorf("acknowledged at %d", at)
	}
}

// TestStoryEpilogue holds item 15: a certification counts from the day it arrives, and not for decisions before it.
func TestStoryEpilogue(t *testing.T) {
	l := fold(t, custodytest.Story())
	for _, tc := range []struct {
		at   int64
		want custody.Status
	}{{custodytest.At(12, 20, 0), custody.Unproven}, {custodytest.Certified - 1, custody.Unproven}, {custodytest.Certified, custody.Originating}} {
		s, err := l.Source(custodytest.LightCrude, tc.at)
		fine(t, err)
		if s.Originating != tc.want || len(s.History) != 2 {
			t.Errorf("at %d the light crude is %q with history %+v, want %q", tc.at, s.Originating, s.History, tc.want)
		}
	}
}

// TestStoryPools: the inventory of each pool closes over any period, and the line's loss in March is within its meters.
func TestStoryPools(t *testing.T) {
	l := fold(t, custodytest.Story())
	bounds := []int64{0, custodytest.At(5, 5, 0), custodytest.At(6, 11, 52), custodytest.At(11, 20, 14), custodytest.At(21, 6, 0)}
	for _, id := range l.Pools() {
		for i, from := range bounds {
			for _, to := range bounds[i:] {
				b, err := l.PoolBalance(id, from, to)
				fine(t, err)
				sum := b.Opening
				for _, f := range b.Flows {
					if !f.In {
						f.Volume, f.Mass = -f.Volume, -f.Mass
					}
					sum.Volume += f.Volume
					sum.Mass += f.Mass
				}
				if sum != b.Closing {
					t.Errorf("%s from %d to %d: opening and flows make %+v, closing is %+v", id, from, to, sum, b.Closing)
				}
			}
		}
	}
	march, err := l.PoolBalance(custodytest.LineName, 0, custodytest.At(31, 0, 0))
	fine(t, err)
	same(t, "line at the end", march.Closing.Volume.Decimal(2), "7983.79")
	same(t, "gain and loss", march.GainLoss.Decimal(2), "-21.31") // 18.12 of batch one, 3.19 of batch two
	same(t, "z", march.Z.String(), "0.97")                        // sigma is 22.0: 13.93 and 13.92, 5.59 and 7.98
	south, err := l.PoolBalance(custodytest.LineName, custodytest.At(13, 0, 0), custodytest.At(31, 0, 0))
	fine(t, err)
	same(t, "gain and loss south of the border", south.GainLoss.Decimal(2), "-10.55")
	same(t, "z south of the border", south.Z.String(), "0.43")
	tank, err := l.PoolBalance("T-14", 0, custodytest.At(31, 0, 0))
	fine(t, err)
	for i, want := range []string{"opening 612.4", "receipt 20000", "shrinkage 93.1", "transfer 19906.9"} {
		same(t, "flow of T-14", string(tank.Flows[i].Effect)+" "+tank.Flows[i].Volume.String(), want)
	}
}

// TestStoryGravity: the density that the books give a blend and the one that the laboratory found are one API gravity.
func TestStoryGravity(t *testing.T) {
	l := fold(t, custodytest.Story())
	for _, tc := range []struct{ batch, api string }{{custodytest.BatchOne, "20.2"}, {custodytest.BatchTwo, "21.2"}} {
		b, err := l.Batch(tc.batch)
		fine(t, err)
		for name, density := range map[string]quantity.Micro{"books": b.Legs[0].Density, "ticket": b.Legs[0].Ticket.Density} {
			r, err := liquid.Rebase(liquid.Crude, density.Float(), quantity.At15C, quantity.At60F)
			fine(t, err)
			api, err := liquid.ReportAPIGravity(r.Density)
			fine(t, err)
			same(t, tc.batch+" by the "+name, api.String(), tc.api)
		}
	}
}
