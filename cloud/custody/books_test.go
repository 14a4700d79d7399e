package custody_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// tankOf opens a tank of its own in a ledger, with events numbered from 1 on the first of March.
type tankOf struct {
	t *testing.T
	*custody.Ledger
	n int
}

func newTank(t *testing.T, basis quantity.Basis) *tankOf {
	w := &tankOf{t: t, Ledger: custody.NewLedger()}
	w.state(func(e *custody.Event) {
		e.Pool = &custody.Pool{ID: "T", Kind: custody.Tank, Basis: basis, Keeper: custodytest.Terminal, Owner: custodytest.Shipper, Method: custody.Average}
	})
	for _, s := range []struct {
		id   string
		role custody.Role
	}{{"heavy", custody.Heavy}, {"light", custody.Diluent}} {
		w.state(func(e *custody.Event) {
			e.Source = &custody.Source{ID: s.id, Description: "oil", Heading: "2709", Country: "CA", Role: s.role, Originating: custody.Originating}
		})
	}
	return w
}

// state applies one event of the terminal and returns its id.
func (w *tankOf) state(fill func(e *custody.Event)) string {
	w.t.Helper()
	w.n++
	e := custody.Event{Version: custody.Version, ID: "e" + string(rune('a'+w.n)), By: custodytest.Terminal, At: custodytest.At(1, 0, w.n)}
	fill(&e)
	fine(w.t, w.Apply(e, nil))
	fine(w.t, w.Check())
	return e.ID
}

func (w *tankOf) receive(source, volume, density string, paper *record.Hash) string {
	w.t.Helper()
	p, err := w.Pool("T")
	fine(w.t, err)
	return w.state(func(e *custody.Event) {
		e.Paper = paper
		e.Receipt = &custody.Receipt{Pool: "T", Source: source, Stated: &custody.Stated{
			Volume: custodytest.Units(volume), Basis: p.Basis, Density: custodytest.Units(density),
		}}
	})
}

func (w *tankOf) mix(receipts ...string) custody.Blending {
	w.t.Helper()
	id := w.state(func(e *custody.Event) { e.Blend = &custody.Blend{Pool: "T", Receipts: receipts} })
	b, err := w.Blending(id)
	fine(w.t, err)
	return b
}

// TestBlendsThatLoseNothing: where MPMS 12.3 has nothing to say, nothing shrinks and the books say why.
func TestBlendsThatLoseNothing(t *testing.T) {
	for _, tc := range []struct{ name, light, lightDensity, note string }{
		{"one role only", "", "", "one role only"},
		{"a trace of diluent", "1", "716", "light component"},
		{"oils much alike", "1000", "930", "difference of gravities"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newTank(t, quantity.Metric)
			receipts := []string{w.receive("heavy", "1000", "932", nil)}
			want := "1000"
			if tc.light != "" {
				receipts = append(receipts, w.receive("light", tc.light, tc.lightDensity, nil))
				want = (custodytest.Units("1000") + custodytest.Units(tc.light)).String()
			}
			b := w.mix(receipts...)
			same(t, "net", b.Net.String(), want)
			same(t, "percent", b.Percent.String(), "0.0000")
			if !strings.Contains(b.Note, tc.note) {
				t.Errorf("note is %q, want it to say %q", b.Note, tc.note)
			}
		})
	}
}

// TestHeelShrinksOnce: a second blend on top of the first shrinks its own receipts only.
func TestHeelShrinksOnce(t *testing.T) {
	w := newTank(t, quantity.Metric)
	first := w.mix(w.receive("heavy", "14400", "1010", nil), w.receive("light", "5600", "716", nil))
	second := w.mix(w.receive("heavy", "14400", "1010", nil), w.receive("light", "5600", "716", nil))
	same(t, "first shrinkage", first.Shrinkage.String(), "93.1")
	same(t, "second shrinkage", second.Shrinkage.String(), "93.1")
	same(t, "mixture", second.Mixture.Volume.String(), "39813.8")
}

// TestBarrelTank: a tank kept in barrels weighs its oil in kg all the same, and blends to the same percentage.
func TestBarrelTank(t *testing.T) {
	w := newTank(t, quantity.Customary)
	// The densities at 60 F of 1,010 and 716 kg/m3 at 15 C, to 0.1.
	b := w.mix(w.receive("heavy", "90573", "1009.6", nil), w.receive("light", "35223", "715.5", nil))
	same(t, "heavy density", b.Heavy.Density.Decimal(1), "1009.6")
	same(t, "heavy gravity", b.Heavy.API, "8.5")
	same(t, "light gravity", b.Light.API, "66.1")
	same(t, "percent", b.Percent.String()[:4], "0.46")
	p, err := w.Pool("T")
	fine(t, err)
	same(t, "mass", p.Mass.Decimal(0), "18545003") // 90,573 x 0.158987294928 x 1009.6 + 35,223 x 0.158987294928 x 715.5
	same(t, "density", p.Density.Decimal(1), "931.6")
}

// TestGauging: what a gauge finds beyond or below the book is a gain or a loss of the tank, with its share of the mass.
func TestGauging(t *testing.T) {
	w := newTank(t, quantity.Metric)
	w.mix(w.receive("heavy", "1000", "900", nil))
	for _, tc := range []struct{ found, account, mass string }{{"1001", "-1", "900900"}, {"999.5", "0.5", "899550"}, {"999.5", "0.5", "899550"}} {
		w.state(func(e *custody.Event) {
			e.Gauging = &custody.Gauging{Pool: "T", Volume: custodytest.Units(tc.found), Basis: quantity.Metric}
		})
		p, err := w.Pool("T")
		fine(t, err)
		same(t, "book", p.Volume.String(), tc.found)
		same(t, "mass", p.Mass.String(), tc.mass)
		for _, a := range w.Accounts() {
			if a.Account == custody.TankGainLoss {
				same(t, "gain and loss", a.Volume.String(), tc.account)
			}
		}
	}
}

// TestEvidence: a typed figure that repeats a paper of both parties is attested.
func TestEvidence(t *testing.T) {
	w := newTank(t, quantity.Metric)
	for _, tc := range []struct {
		paper *record.Hash
		want  custody.Evidence
	}{{nil, custody.Typed}, {&record.Hash{1}, custody.Attested}} {
		r, err := w.Receipt(w.receive("heavy", "1", "900", tc.paper))
		fine(t, err)
		if r.Evidence != tc.want {
			t.Errorf("evidence is %s, want %s", r.Evidence, tc.want)
		}
	}
}

// TestReceiptInBarrels: a ticket in barrels at 60 F is converted at the door of a tank in m3 at 15 C, and the steps are kept.
func TestReceiptInBarrels(t *testing.T) {
	before, s := upTo(t, "receipt-A")
	m := custodytest.Metering{
		ID: "TK-bbl", Point: "LACT-A", From: custodytest.Whitemud, To: custodytest.Terminal, Basis: quantity.Customary,
		GSV: custodytest.Units("58900"), Density: custodytest.Units("1009.6"), First: 1, Last: 2, At: s.Event.At,
	}
	l := fold(t, append(before, custodytest.Cite(s.Event, m.Ticket())))
	r, err := l.Receipt("receipt-A")
	fine(t, err)
	if len(r.Conversions) != 2 || r.Conversions[1].Result != r.Volume || r.Ticket.GSV != m.GSV {
		t.Errorf("receipt is %+v", r)
	}
	same(t, "volume", r.Volume.Decimal(0), "9361") // 58,900 x 0.158987294928 = 9364.35, of which 0.03 % is the step from 60 F to 15 C
	same(t, "mass", r.Mass.Decimal(0), m.Ticket().Mass.Decimal(0))
}

// TestUncertainty: a z score needs the uncertainty of both meters, stated by somebody who runs them.
func TestUncertainty(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(e *custody.Event)
	}{
		{"not stated", func(e *custody.Event) { e.Installation.Point = "ELSEWHERE" }},
		{"stated by a stranger", func(e *custody.Event) { e.By = custodytest.Shipper }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			steps := custodytest.Story()
			for i := range steps {
				if steps[i].Event.ID == "installation-border" {
					tc.spoil(&steps[i].Event)
				}
			}
			l := fold(t, steps)
			b, err := l.Balance(custodytest.BatchOne)
			fine(t, err)
			if b.Differences[0].Z != nil || b.Differences[0].Level != "" {
				t.Errorf("z at the border is %s without an uncertainty of its meter", b.Differences[0].Z)
			}
			same(t, "difference", b.Differences[0].Volume.String(), "-7.57")
			same(t, "z at Patoka", b.Differences[1].Z.String(), "0.92")
			p, err := l.PoolBalance(custodytest.LineName, 0, custodytest.At(31, 0, 0))
			fine(t, err)
			if p.Z != nil {
				t.Errorf("z of the line is %s without the uncertainty of batch two at the border", p.Z)
			}
		})
	}
}

// TestViewsAreCopies: nobody changes the books by what they handed out, and what is shown speaks plainly.
func TestViewsAreCopies(t *testing.T) {
	l := fold(t, custodytest.Story())
	b, err := l.Batch(custodytest.BatchOne)
	fine(t, err)
	b.Legs[0].Ticket.GSV, b.Legs[2].Conversions[0].Name, b.Titles[0].Acknowledged.By, b.Custody[0].To = 0, "", "", ""
	p, err := l.Pool(custodytest.LineName)
	fine(t, err)
	p.Segments[0].To = ""
	l.Movements(0)[2].Ticket.ID = ""
	l.Installations("HASKETT-M1")[0].Approval = ""
	fine(t, l.Check())
	again, err := l.Batch(custodytest.BatchOne)
	fine(t, err)
	shown, err := json.Marshal(again)
	fine(t, err)
	for _, want := range []string{`"gsv":"19906.9"`, `"MPMS 11.1 60F-\u003e15C"`, `"place":"Haskett"`, `"basis":"m3 at 15C"`, `"price":"64.40"`} {
		if !strings.Contains(string(shown), want) {
			t.Errorf("batch is shown as %s, without %s", shown, want)
		}
	}
	if i := l.Installations("HASKETT-M1"); len(i) != 1 || i[0].Approval == "" || i[0].Importer != custodytest.Buyer {
		t.Errorf("installation at the border is %+v", i)
	}
	if m := l.Movements(2)[0]; m.Ticket == nil || m.Ticket.ID == "" || m.Ticket.Hash == (record.Hash{}) {
		t.Errorf("movement %s cites %+v", m, m.Ticket)
	}
	same(t, "blends", strings.Join(l.Blendings(), " "), custodytest.FirstBlend+" "+custodytest.NextBlend)
	same(t, "sources", strings.Join(l.Sources()[:2], " "), custodytest.HeelHeavy+" "+custodytest.HeelLight)
	if n := len(l.Movements(1 << 20)); n != 0 {
		t.Errorf("%d movements after the last", n)
	}
}

// TestUnknown: what the books do not hold is an error, not an empty answer.
func TestUnknown(t *testing.T) {
	l := fold(t, custodytest.Story())
	_, batch := l.Batch("x")
	_, balance := l.Balance("x")
	_, pool := l.Pool("x")
	_, period := l.PoolBalance("x", 0, 1)
	_, backwards := l.PoolBalance("T-14", 1, 0)
	_, blending := l.Blending("x")
	_, receipt := l.Receipt("x")
	_, source := l.Source("x", 0)
	for i, err := range []error{batch, balance, pool, period, backwards, blending, receipt, source} {
		if err == nil {
			t.Errorf("question %d has an answer", i)
		}
	}
}
