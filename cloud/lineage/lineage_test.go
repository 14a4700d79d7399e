package lineage_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// story returns the books of the built-in story and the lineage that followed them event by event.
func story(t *testing.T) (*custody.Ledger, *lineage.Book) {
	t.Helper()
	l, b := custody.NewLedger(), lineage.New()
	for _, s := range custodytest.Story() {
		fine(t, l.Apply(s.Event, s.Ticket))
		fine(t, b.Apply(l.Movements(b.Seen())...))
	}
	return l, b
}

func fine(t rapid.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %s, want %s", what, got, want)
	}
}

// percent returns part of whole in percent with two decimals.
func percent(t testing.TB, part, whole quantity.Micro) string {
	t.Helper()
	hundredths, err := part.Ratio(10_000, int64(whole))
	fine(t, err)
	return quantity.F(int64(hundredths), 2).String()
}

// of adds up the shares of some sources.
func of(lot lineage.Lot, sources ...string) (book, input quantity.Micro) {
	for _, s := range lot.Shares {
		if slices.Contains(sources, s.Source) {
			book += s.Book
			input += s.Input
		}
	}
	return book, input
}

// TestStoryShares holds items 4, 5 and 12 of the built-in story: what is diluent and what does not originate, by input volume, as
// the rule has it, and by book volume, as the inventory has it.
func TestStoryShares(t *testing.T) {
	_, b := story(t)
	for _, tc := range []struct {
		name, batch string
		at          int64
		sources     []string
		input, book string
	}{
		{"diluent as injected", custodytest.BatchOne, custodytest.At(5, 10, 40), []string{custodytest.Condensate, custodytest.HeelLight}, "28.13", "28.00"},
		{"not originating as injected", custodytest.BatchOne, custodytest.At(5, 10, 40), []string{custodytest.Condensate}, "27.29", "27.16"},
		{"diluent at the border", custodytest.BatchOne, custodytest.At(11, 20, 14), []string{custodytest.Condensate, custodytest.HeelLight}, "28.13", "28.00"},
		{"not originating as delivered", custodytest.BatchOne, custodytest.Certified, []string{custodytest.Condensate}, "27.29", "27.16"},
		// 3,600/7,986.984; by book it is 45.00, the share of what went in.
		{"diluent of batch two", custodytest.BatchTwo, custodytest.At(12, 21, 26), []string{custodytest.LightCrude}, "45.07", "45.00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			lot, err := b.LotAt(tc.batch, tc.at)
			fine(t, err)
			book, input := of(lot, tc.sources...)
			same(t, "input", percent(t, input, lot.Volume), tc.input)
			same(t, "book", percent(t, book, lot.Volume), tc.book)
		})
	}
}

// TestStoryLots: a batch's lot follows its meters, item 6, 8 and 10; an earlier day's lot stays what it was.
func TestStoryLots(t *testing.T) {
	l, b := story(t)
	for _, tc := range []struct {
		at     int64
		volume string
	}{
		{custodytest.At(5, 10, 40), "19906.9"}, {custodytest.At(11, 20, 13), "19906.9"}, {custodytest.At(11, 20, 14), "19899.33"},
		{custodytest.At(21, 5, 53), "19888.779192"},
	} {
		lot, err := b.LotAt(custodytest.BatchOne, tc.at)
		fine(t, err)
		same(t, "volume", lot.Volume.String(), tc.volume)
		var sum quantity.Micro
		for _, s := range lot.Shares {
			sum += s.Book
		}
		same(t, "sum of shares", sum.String(), tc.volume)
	}
	last, err := b.Lot(custodytest.BatchOne)
	fine(t, err)
	state, err := l.Batch(custodytest.BatchOne)
	fine(t, err)
	same(t, "lot", last.Volume.String(), state.Volume.String())
	if shares := b.Shares(custody.DeliveredAccount(custodytest.BatchOne)); !reflect.DeepEqual(shares, last.Shares) {
		t.Errorf("what was delivered is %+v, the lot is %+v", shares, last.Shares)
	}
	if _, err := b.LotAt(custodytest.BatchOne, custodytest.At(5, 10, 39)); err == nil {
		t.Error("there is a lot before the injection")
	}
	if _, err := b.Lot("nothing"); err == nil {
		t.Error("there is a lot of a batch that does not exist")
	}
}

// TestStoryHeel: what stays in T-14 is the same mixture that left, so that the heel's own oil is 2.98 % of it.
func TestStoryHeel(t *testing.T) {
	_, b := story(t)
	lot, err := b.LotAt(custodytest.BatchOne, custodytest.At(5, 10, 40))
	fine(t, err)
	heel := b.Shares(custody.PoolAccount("T-14"))
	var volume, old quantity.Micro
	for i, s := range heel {
		volume += s.Book
		if s.Source == custodytest.HeelHeavy || s.Source == custodytest.HeelLight {
			old += s.Book
		}
		if s.Source != lot.Shares[i].Source || s.Evidence != lot.Shares[i].Evidence {
			t.Errorf("share %d of the heel is %+v, of the batch %+v", i, s, lot.Shares[i])
		}
	}
	same(t, "heel", volume.String(), "612.4")
	same(t, "old heel in it", percent(t, old, volume), "2.98")
}

// TestStoryCoverage holds item 12: what the oil of a lot rests on. Batch one is metered but for the heel, batch two is typed.
func TestStoryCoverage(t *testing.T) {
	_, b := story(t)
	for _, tc := range []struct{ batch, signed, typed string }{
		{custodytest.BatchOne, "97.02", "2.98"}, {custodytest.BatchTwo, "0.00", "100.00"},
	} {
		lot, err := b.Lot(tc.batch)
		fine(t, err)
		c := lot.Coverage()
		same(t, tc.batch+" signed", percent(t, c.Signed, c.Volume), tc.signed)
		same(t, tc.batch+" typed", percent(t, c.Typed, c.Volume), tc.typed)
		if c.Signed+c.Attested+c.Typed != lot.Volume || c.Volume != lot.Volume || c.Attested != 0 {
			t.Errorf("coverage %+v does not add up to %s", c, lot.Volume)
		}
	}
}

// TestStoryTrace: the trace of a batch leads from the sources to its delivery, and leaves out what is not its own.
func TestStoryTrace(t *testing.T) {
	_, b := story(t)
	for _, tc := range []struct {
		batch string
		want  []string
	}{
		{custodytest.BatchOne, []string{
			"opening source:heel-bitumen", "opening source:heel-condensate", "receipt source:pisco-condensate",
			"receipt source:whitemud-bitumen", "receipt source:sandhill-bitumen",
			"shrinkage receipt:receipt-A", "blend receipt:receipt-A", "shrinkage receipt:receipt-B", "blend receipt:receipt-B",
			"shrinkage receipt:receipt-C", "blend receipt:receipt-C",
			"transfer pool:T-14", "loss batch:PG-2024-031", "loss batch:PG-2024-031", "delivery batch:PG-2024-031",
		}},
		{custodytest.BatchTwo, []string{
			"receipt source:trucked-bitumen", "receipt source:us-light", "shrinkage receipt:trucks-1", "blend receipt:trucks-1",
			"shrinkage receipt:trucks-2", "blend receipt:trucks-2", "loss pool:T-15", "transfer pool:T-15", "loss batch:PG-2024-032",
		}},
	} {
		trace, err := b.Trace(tc.batch)
		fine(t, err)
		var got []string
		for _, m := range trace {
			got = append(got, string(m.Effect)+" "+string(m.From))
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("trace of %s is\n%s\nwant\n%s", tc.batch, strings.Join(got, "\n"), strings.Join(tc.want, "\n"))
		}
	}
	if _, err := b.Trace("nothing"); err == nil {
		t.Error("there is a trace of a batch that does not exist")
	}
}

// movement makes a movement of m3 at 15 C, in micro-units.
func movement(effect custody.Effect, from, to custody.Account, volume, input quantity.Micro) custody.Movement {
	return custody.Movement{Effect: effect, From: from, To: to, Basis: quantity.Metric, Volume: volume, Input: input, Evidence: custody.Typed}
}

// TestTraceStopsAtAnEmptyTank: oil that left a tank before it was last empty is no part of what came later.
func TestTraceStopsAtAnEmptyTank(t *testing.T) {
	b, tank := lineage.New(), custody.PoolAccount("T")
	first := movement(custody.Transferred, tank, custody.BatchAccount("B1"), 10, 0)
	first.Batch = "B1"
	second := movement(custody.Transferred, tank, custody.BatchAccount("B2"), 3, 0)
	second.Batch = "B2"
	fine(t, b.Apply(
		movement(custody.Opened, custody.SourceAccount("old"), tank, 10, 10), first,
		movement(custody.Opened, custody.SourceAccount("new"), tank, 4, 4), second,
		movement(custody.Opened, custody.SourceAccount("later"), tank, 4, 4),
	))
	trace, err := b.Trace("B2")
	fine(t, err)
	if len(trace) != 2 || trace[0].From != custody.SourceAccount("new") {
		t.Errorf("trace is %v", trace)
	}
	if trace, err = b.Trace("B1"); err != nil || len(trace) != 2 || trace[0].From != custody.SourceAccount("old") {
		t.Errorf("trace is %v, %v", trace, err)
	}
}

// TestSplits: what can't be divided evenly goes to the largest remainders, ties to the smaller source, and inputs keep their
// proportion.
func TestSplits(t *testing.T) {
	b, tank, batch := lineage.New(), custody.PoolAccount("T"), custody.BatchAccount("B")
	out := movement(custody.Transferred, tank, batch, 2, 0)
	out.Batch = "B"
	gain := movement(custody.Gained, custody.LineGainLoss, batch, 2, 0)
	gain.Batch = "B"
	fine(t, b.Apply(
		movement(custody.Opened, custody.SourceAccount("b"), tank, 1, 10),
		movement(custody.Opened, custody.SourceAccount("a"), tank, 1, 20),
		movement(custody.Opened, custody.SourceAccount("c"), tank, 1, 30),
		out,
	))
	for _, tc := range []struct {
		name    string
		account custody.Account
		want    []lineage.Share
	}{
		{"taken", batch, []lineage.Share{share("a", 1, 13), share("b", 1, 7), share("c", 0, 20)}},
		{"left", tank, []lineage.Share{share("a", 0, 7), share("b", 0, 3), share("c", 1, 10)}},
	} {
		if got := b.Shares(tc.account); !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %+v, want %+v", tc.name, got, tc.want)
		}
	}
	fine(t, b.Apply(gain))
	want := []lineage.Share{share("a", 2, 26), share("b", 2, 14), share("c", 0, 40)}
	if got := b.Shares(batch); !reflect.DeepEqual(got, want) {
		t.Errorf("after the gain: %+v, want %+v", got, want)
	}
}

// TestBrokenMovements: movements that no sound books make are refused, and nothing of the call is kept.
func TestBrokenMovements(t *testing.T) {
	tank := custody.PoolAccount("T")
	good := movement(custody.Opened, custody.SourceAccount("a"), tank, 10, 10)
	full := movement(custody.Opened, custody.SourceAccount("a"), tank, 1<<62, 1)
	for _, tc := range []struct {
		name string
		bad  []custody.Movement
	}{
		{"more than there is", []custody.Movement{movement(custody.Transferred, tank, custody.BatchAccount("B"), 21, 0)}},
		{"out of nothing", []custody.Movement{movement(custody.Transferred, custody.PoolAccount("U"), tank, 1, 0)}},
		{"a gain of nothing", []custody.Movement{movement(custody.Gained, custody.TankGainLoss, custody.PoolAccount("U"), 1, 0)}},
		{"negative", []custody.Movement{movement(custody.Transferred, tank, custody.BatchAccount("B"), -1, 0)}},
		{"beyond any amount", []custody.Movement{full, full}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := lineage.New()
			fine(t, b.Apply(good))
			if err := b.Apply(append([]custody.Movement{good}, tc.bad...)...); !errors.Is(err, custody.ErrInvariant) {
				t.Fatalf("got %v, want ErrInvariant", err)
			}
			if s := b.Shares(tank); b.Seen() != 1 || len(s) != 1 || s[0].Book != 10 {
				t.Errorf("after the refusal %d movements are seen, the tank holds %+v", b.Seen(), s)
			}
		})
	}
}

// TestShown: a lot speaks plainly as JSON.
func TestShown(t *testing.T) {
	_, b := story(t)
	lot, err := b.LotAt(custodytest.BatchTwo, custodytest.At(6, 11, 52))
	fine(t, err)
	shown, err := json.Marshal(lot)
	fine(t, err)
	for _, want := range []string{
		`"batch":"PG-2024-032"`, `"basis":"m3 at 15C"`, `"volume":"7986.98"`,
		`{"source":"us-light","evidence":"typed","book":"3594.141","input":"3599.998197"}`,
	} {
		if !strings.Contains(string(shown), want) {
			t.Errorf("lot is shown as %s, without %s", shown, want)
		}
	}
}

// TestSharesAlwaysAddUp: in any small network the shares of whatever holds oil add up to what the books hold there, nothing is
// negative, the inputs of all that holds oil and was not lost are those put in, and it does not matter in which portions the
// movements are followed.
func TestSharesAlwaysAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, step, whole := custody.NewLedger(), lineage.New(), lineage.New()
		for _, s := range custodytest.Network(t) {
			if err := l.Apply(s.Event, s.Ticket); err != nil {
				continue
			}
			if rapid.Bool().Draw(t, "follow now") {
				fine(t, step.Apply(l.Movements(step.Seen())...))
			}
		}
		fine(t, step.Apply(l.Movements(step.Seen())...))
		fine(t, whole.Apply(l.Movements(0)...))
		held := map[custody.Account]quantity.Micro{}
		for _, a := range l.Accounts() {
			if a.Account.Holds() {
				held[a.Account.Inventory()] += a.Volume
			}
		}
		for account, volume := range held {
			shares := step.Shares(account)
			var sum quantity.Micro
			for _, s := range shares {
				if s.Book < 0 || s.Input < 0 {
					t.Fatalf("%s: share %+v is negative", account, s)
				}
				sum += s.Book
			}
			if sum != volume {
				t.Fatalf("shares of %s add up to %s, the books hold %s", account, sum, volume)
			}
			if other := whole.Shares(account); !reflect.DeepEqual(shares, other) {
				t.Fatalf("%s is %+v when followed step by step, %+v at once", account, shares, other)
			}
		}
		for _, id := range l.Batches() {
			compareLots(t, l, step, whole, id)
		}
	})
}

func compareLots(t *rapid.T, l *custody.Ledger, step, whole *lineage.Book, id string) {
	a, err := step.Lot(id)
	fine(t, err)
	b, err := whole.Lot(id)
	fine(t, err)
	state, err := l.Batch(id)
	fine(t, err)
	if !reflect.DeepEqual(a, b) || a.Volume != state.Volume && state.Into == nil { // a batch that was split stays as it was
		t.Fatalf("lot of %s is %+v or %+v, the books hold %s", id, a, b, state.Volume)
	}
	c := a.Coverage()
	if c.Signed+c.Attested+c.Typed != c.Volume {
		t.Fatalf("coverage %+v of %s does not add up", c, id)
	}
	trace, err := step.Trace(id)
	fine(t, err)
	other, err := whole.Trace(id)
	fine(t, err)
	if !reflect.DeepEqual(trace, other) {
		t.Fatalf("traces of %s differ", id)
	}
	sources := map[string]bool{}
	for _, m := range trace {
		if s, is := m.From.Source(); is {
			sources[s] = true
		}
	}
	for _, s := range a.Shares {
		if !sources[s.Source] {
			t.Fatalf("the trace of %s does not reach its source %s", id, s.Source)
		}
	}
}

// TestInputsAreConserved: without gains and losses, what was put in is all there, however it was blended and divided.
func TestInputsAreConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, b := custody.NewLedger(), lineage.New()
		for _, s := range custodytest.Network(t) {
			switch s.Event.Kind() {
			case custody.KindGauging, custody.KindCheck, custody.KindDelivery, custody.KindDeduction, custody.KindProcess:
				continue // they gain, or lose
			}
			if s.Event.Transfer != nil && s.Event.Transfer.Empties {
				continue
			}
			if l.Apply(s.Event, s.Ticket) == nil {
				fine(t, b.Apply(l.Movements(b.Seen())...))
			}
		}
		in, held := map[string]quantity.Micro{}, map[string]quantity.Micro{}
		for _, m := range l.Movements(0) {
			if s, is := m.From.Source(); is {
				in[s] += m.Input
			}
		}
		counted := map[custody.Account]bool{}
		for _, a := range l.Accounts() {
			if inventory := a.Account.Inventory(); !counted[inventory] {
				counted[inventory] = true
				for _, s := range b.Shares(inventory) {
					held[s.Source] += s.Input
				}
			}
		}
		for s, n := range in {
			if held[s] != n {
				t.Fatalf("%s of source %s were put in, %s are there", n, s, held[s])
			}
		}
	})
}

// share is one of typed evidence.
func share(source string, book, input quantity.Micro) lineage.Share {
	return lineage.Share{Source: source, Evidence: custody.Typed, Book: book, Input: input}
}
