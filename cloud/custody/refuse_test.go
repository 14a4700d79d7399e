package custody_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/custody/custodytest"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// upTo returns the steps of the story before the one with an event id.
func upTo(t testing.TB, id string) (before []custodytest.Step, next custodytest.Step) {
	t.Helper()
	story := custodytest.Story()
	i := slices.IndexFunc(story, func(s custodytest.Step) bool { return s.Event.ID == id })
	if i < 0 {
		t.Fatalf("the story has no event %s", id)
	}
	return story[:i], story[i]
}

// recite gives a step another ticket.
func recite(s *custodytest.Step, change func(t *ticket.Ticket)) {
	t := *s.Ticket
	change(&t)
	*s = custodytest.Cite(s.Event, &t)
}

const (
	injectOne  = "injection-" + custodytest.BatchOne
	injectTwo  = "injection-" + custodytest.BatchTwo
	borderOne  = "border-" + custodytest.BatchOne
	borderTwo  = "border-" + custodytest.BatchTwo
	handOne    = "handover-" + custodytest.BatchOne
	labOne     = "laboratory-" + custodytest.BatchOne
	deliverOne = "delivery-" + custodytest.BatchOne
	sellOne    = "sale-" + custodytest.BatchOne
	noteOne    = "noted-" + custodytest.BatchOne
	certified  = "certification-us-light"
)

type refusal struct {
	name   string
	at     string // event of the story that is spoiled
	spoil  func(s *custodytest.Step)
	reason string
}

func check(t *testing.T, refusals []refusal) {
	for _, tc := range refusals {
		t.Run(tc.name, func(t *testing.T) {
			before, s := upTo(t, tc.at)
			l := fold(t, before)
			accounts, movements := l.Accounts(), l.Movements(0)
			good := s
			tc.spoil(&s)
			err := l.Apply(s.Event, s.Ticket)
			if err == nil || !strings.Contains(err.Error(), tc.reason) || errors.Is(err, custody.ErrInvariant) {
				t.Fatalf("got %v, want a refusal with %q", err, tc.reason)
			}
			if !strings.Contains(err.Error(), s.Event.ID) {
				t.Errorf("refusal %q does not name event %s", err, s.Event.ID)
			}
			if !reflect.DeepEqual(l.Accounts(), accounts) || !reflect.DeepEqual(l.Movements(0), movements) {
				t.Error("the refused event left a trace")
			}
			if err := l.Apply(good.Event, good.Ticket); err != nil {
				t.Errorf("the right event is refused after the wrong one: %v", err)
			}
		})
	}
}

// TestRefusesTheWrongParty: each event can be stated by one party only.
func TestRefusesTheWrongParty(t *testing.T) {
	by := func(party string) func(*custodytest.Step) { return func(s *custodytest.Step) { s.Event.By = party } }
	check(t, []refusal{
		{"a pool by a stranger", "declare-T-14", by(custodytest.Shipper), "as keeper of pool T-14"},
		{"an opening by the owner", "opening-T-14", by(custodytest.Shipper), "as keeper of tank T-14"},
		{"a receipt by the producer", "receipt-A", by(custodytest.Whitemud), "as keeper of tank T-14"},
		{"a blend by the owner", custodytest.FirstBlend, by(custodytest.Shipper), "as keeper of tank T-14"},
		{"an injection by the carrier", injectOne, by(custodytest.CarrierCA), "as keeper of tank T-14"},
		{"a border metering by the wrong carrier", borderOne, by(custodytest.CarrierUS), "the carrier of batch " + custodytest.BatchOne},
		{"a handover by who takes over", handOne, by(custodytest.CarrierUS), "the carrier of batch " + custodytest.BatchOne},
		{"a delivery by the buyer", deliverOne, by(custodytest.Buyer), "the carrier of batch " + custodytest.BatchOne},
		{"a revision by the laboratory", labOne, by("did:web:laboratory.example"), "the party that stated event " + borderOne},
		{"a loss allowance by the shipper", "pla-" + custodytest.BatchOne, by(custodytest.Shipper), "the carrier of batch " + custodytest.BatchOne},
		{"a sale by the buyer", sellOne, by(custodytest.Buyer), "as seller"},
		{"an acknowledgement by the buyer", noteOne, by(custodytest.Buyer), "the carrier of batch"},
		{"a certification by a stranger", certified, by(custodytest.Buyer), "only the producer of source us-light"},
	})
}

// TestRefusesTheWrongSale: nobody sells what is not his.
func TestRefusesTheWrongSale(t *testing.T) {
	check(t, []refusal{
		{"by somebody who owns nothing", sellOne, func(s *custodytest.Step) {
			s.Event.By = custodytest.Buyer
			s.Event.Sale = &custody.Sale{Batch: custodytest.BatchOne, Seller: custodytest.Buyer, Buyer: custodytest.Shipper}
		}, "is owned by " + custodytest.Shipper},
		{"to itself", sellOne, func(s *custodytest.Step) {
			s.Event.Sale = &custody.Sale{Batch: custodytest.BatchOne, Seller: custodytest.Shipper, Buyer: custodytest.Shipper}
		}, "sells to itself"},
		{"of what is in no line", sellOne, func(s *custodytest.Step) {
			s.Event.Sale = &custody.Sale{Batch: "B-0", Seller: custodytest.Shipper, Buyer: custodytest.Buyer}
		}, "batch B-0 is not in any line"},
		{"of a delivered batch", "pla-" + custodytest.BatchOne, func(s *custodytest.Step) {
			s.Event.Allowance, s.Event.By = nil, custodytest.Buyer
			s.Event.Sale = &custody.Sale{Batch: custodytest.BatchOne, Seller: custodytest.Buyer, Buyer: custodytest.Shipper}
		}, "has left the line"},
		{"that was never made", noteOne, func(s *custodytest.Step) {
			s.Event.Acknowledgement = &custody.Acknowledgement{Sale: injectOne}
		}, "no sale " + injectOne},
	})
	// Sold twice by the first owner, acknowledged twice: the second is refused.
	l := fold(t, custodytest.Story()[:slices.IndexFunc(custodytest.Story(), func(s custodytest.Step) bool { return s.Event.ID == borderOne })])
	_, sale := upTo(t, sellOne)
	_, noted := upTo(t, noteOne)
	for _, s := range []custodytest.Step{sale, noted} {
		s.Event.ID, s.Event.At = s.Event.ID+"-again", s.Event.At+1e9/4
		if err := l.Apply(s.Event, nil); err == nil {
			t.Errorf("event %s was accepted a second time", s.Event.ID)
		}
	}
}

// TestRefusesTheWrongTicket: a ticket must be the one cited, of the right batch and parties, and counts once.
func TestRefusesTheWrongTicket(t *testing.T) {
	check(t, []refusal{
		{"no ticket", injectOne, func(s *custodytest.Step) { s.Ticket = nil }, "must come with the ticket it cites"},
		{"a ticket where none is cited", custodytest.FirstBlend, func(s *custodytest.Step) {
			_, other := upTo(t, "receipt-A")
			s.Ticket = other.Ticket
		}, "none if it cites none"},
		{"another ticket than the one cited", injectOne, func(s *custodytest.Step) {
			other := *s.Ticket
			other.GSV++
			s.Ticket = &other
		}, "hashes to"},
		{"a ticket from after the event", injectOne, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.At++ })
		}, "before version 1 of ticket"},
		{"a ticket of another batch", injectOne, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.Batch = custodytest.BatchTwo })
		}, "is about batch"},
		{"a ticket to another carrier", injectOne, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.To = custodytest.Buyer })
		}, "the party that receives"},
		{"a ticket from a stranger", injectOne, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.From = custodytest.Whitemud })
		}, "the party that delivers"},
		{"a receipt for somebody else", "receipt-A", func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.To = custodytest.Shipper })
		}, "the party that receives"},
		{"a ticket of nothing", injectOne, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.GSV = 0 })
		}, "nothing to book"},
		{"a ticket that was booked", injectTwo, func(s *custodytest.Step) {
			_, first := upTo(t, injectOne)
			recite(s, func(t *ticket.Ticket) { *t = *first.Ticket })
		}, "is booked already"},
		{"another ticket over the same records", injectTwo, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.First, t.Last = 301, 400 })
		}, "no oil counts twice"},
		{"a ticket of an unknown commodity", injectOne, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.Parameters.Commodity = "" })
		}, "commodity"},
	})
}

// TestRefusesTheWrongRevision: a version replaces the one before it, and settles sediment and water only.
func TestRefusesTheWrongRevision(t *testing.T) {
	check(t, []refusal{
		{"of nothing", labOne, func(s *custodytest.Step) { s.Event.Revision = &custody.Revision{Of: "border-0"} }, "no event border-0"},
		{"of what has no ticket", labOne, func(s *custodytest.Step) { s.Event.Revision = &custody.Revision{Of: handOne} }, "cites no ticket"},
		{"that skips a version", labOne, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.Version++ })
		}, "does not follow"},
		{"that names another version before it", labOne, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.Previous[0] ^= 1 })
		}, "does not follow"},
		{"of another ticket", labOne, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.ID = "TK-0" })
		}, "does not follow"},
		{"with another volume", labOne, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.GSV++ })
		}, "settles sediment and water only"},
	})
	before, _ := upTo(t, borderTwo)
	l := fold(t, before)
	_, lab := upTo(t, labOne)
	back := *lab.Ticket
	back.Version, back.Previous, back.SW, back.NSV = 3, custodytest.Hash(lab.Ticket), nil, 0
	lab = custodytest.Cite(lab.Event, &back)
	lab.Event.ID, lab.Event.At = "take-back", lab.Event.At+1
	if err := l.Apply(lab.Event, lab.Ticket); err == nil || !strings.Contains(err.Error(), "takes sediment and water back") {
		t.Errorf("a final ticket became provisional: %v", err)
	}
}

// TestRefusesTheWrongVolume: a tank gives what it has, in its own basis, once what came in is blended.
func TestRefusesTheWrongVolume(t *testing.T) {
	transfer := func(tank, line string) func(*custodytest.Step) {
		return func(s *custodytest.Step) {
			s.Event.Transfer = &custody.Transfer{Tank: tank, Line: line, Batch: custodytest.BatchOne}
		}
	}
	check(t, []refusal{
		{"more than the tank holds", injectOne, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.GSV = custodytest.Units("20519.300001") })
		}, "gauge the tank, or say that the transfer empties it"},
		{"an empty tank", injectOne, transfer("T-15", custodytest.LineName), "tank T-15 is empty"},
		{"a tank nobody declared", injectOne, transfer("T-16", custodytest.LineName), "T-16 is not declared as a tank"},
		{"into a tank", injectOne, transfer("T-14", "T-15"), "T-15 is not declared as a line"},
		{"unblended receipts", custodytest.FirstBlend, func(s *custodytest.Step) {
			_, inject := upTo(t, injectOne)
			*s = inject
		}, "[receipt-C receipt-A receipt-B] that nothing has blended"},
		{"barrels typed for a tank in m3", "trucks-1", func(s *custodytest.Step) {
			stated := *s.Event.Receipt.Stated
			stated.Basis = quantity.Customary
			s.Event.Receipt = &custody.Receipt{Pool: "T-15", Source: custodytest.Trucked, Stated: &stated}
		}, "is kept in m3 at 15C"},
		{"an opening after receipts", custodytest.FirstBlend, func(s *custodytest.Step) {
			_, opening := upTo(t, "opening-T-14")
			s.Event.Blend, s.Event.Opening = nil, opening.Event.Opening
		}, "comes first and once"},
		{"oil without a source", "trucks-1", func(s *custodytest.Step) {
			s.Event.Receipt = &custody.Receipt{Pool: "T-15", Source: "nobody", Stated: s.Event.Receipt.Stated}
		}, "source nobody is not stated"},
		{"a receipt of another tank in the blend", custodytest.NextBlend, func(s *custodytest.Step) {
			s.Event.Blend = &custody.Blend{Pool: "T-14", Receipts: []string{"trucks-1"}}
		}, "trucks-1 is no receipt into this tank"},
		{"a receipt blended twice", custodytest.NextBlend, func(s *custodytest.Step) {
			s.Event.Blend = &custody.Blend{Pool: "T-14", Receipts: []string{"receipt-A"}}
		}, "was blended by event " + custodytest.FirstBlend},
		{"a gauge of an empty tank", "trucks-1", func(s *custodytest.Step) {
			s.Event.Receipt = nil
			s.Event.Gauging = &custody.Gauging{Pool: "T-15", Volume: 1, Basis: quantity.Metric}
		}, "needs a receipt with a source"},
		{"a second injection of a batch", injectTwo, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.Batch = custodytest.BatchOne })
			s.Event.Transfer = &custody.Transfer{Tank: "T-15", Line: custodytest.LineName, Batch: custodytest.BatchOne, Empties: true}
		}, "was injected by event " + injectOne},
	})
}

// TestRefusesTheWrongOrder: a line is first in, first out, and a batch passes its places one after the other.
func TestRefusesTheWrongOrder(t *testing.T) {
	check(t, []refusal{
		{"a batch overtakes another", borderOne, func(s *custodytest.Step) {
			_, two := upTo(t, borderTwo)
			*s = two
		}, "was injected before"},
		{"a batch arrives before it left", borderOne, func(s *custodytest.Step) {
			recite(s, func(t *ticket.Ticket) { t.Open = custodytest.At(5, 5, 59) })
		}, "before the batch was at injection"},
		{"metered twice at one place", handOne, func(s *custodytest.Step) {
			_, one := upTo(t, borderOne)
			again := *one.Ticket
			again.ID, again.First, again.Last = "TK-again", 400, 500
			s.Event.Handover, s.Event.Check = nil, &custody.Check{Batch: custodytest.BatchOne}
			*s = custodytest.Cite(s.Event, &again)
		}, "was checked at Haskett by event " + borderOne},
		{"handed over before it was metered", borderOne, func(s *custodytest.Step) {
			_, hand := upTo(t, handOne)
			*s = hand
		}, "has not been metered at Haskett"},
		{"handed over to somebody else", handOne, func(s *custodytest.Step) {
			s.Event.Handover = &custody.Handover{Batch: custodytest.BatchOne, From: custodytest.CarrierCA, To: custodytest.Buyer}
		}, "passes from " + custodytest.CarrierCA + " to " + custodytest.CarrierUS},
		{"delivered at the border", borderOne, func(s *custodytest.Step) {
			s.Event.Check, s.Event.Delivery = nil, &custody.Delivery{Batch: custodytest.BatchOne, To: custodytest.CarrierUS}
		}, "state its check and handover first"},
		{"checked at the end", deliverOne, func(s *custodytest.Step) {
			s.Event.Delivery, s.Event.Check = nil, &custody.Check{Batch: custodytest.BatchOne}
		}, "at Patoka it is delivered"},
		{"handed over at the end", deliverOne, func(s *custodytest.Step) {
			s.Event.Ticket, s.Ticket, s.Event.Delivery = nil, nil, nil
			s.Event.Handover = &custody.Handover{Batch: custodytest.BatchOne, From: custodytest.CarrierUS, To: custodytest.Buyer}
		}, "custody passes with its delivery"},
		{"an event from before the last one", injectOne, func(s *custodytest.Step) {
			s.Event.At = custodytest.At(5, 4, 59)
			recite(s, func(t *ticket.Ticket) { t.At = s.Event.At })
		}, "sort the events and fold them anew"},
		{"an id that is taken", injectOne, func(s *custodytest.Step) { s.Event.ID = "receipt-A" }, "ids are used once"},
	})
	l := fold(t, custodytest.Story())
	_, delivery := upTo(t, deliverOne)
	delivery.Event.ID, delivery.Event.At = "again", custodytest.Certified+1
	if err := l.Apply(delivery.Event, delivery.Ticket); err == nil || !strings.Contains(err.Error(), "was delivered by event "+deliverOne) {
		t.Errorf("a batch was delivered twice: %v", err)
	}
}

// TestRefusesTwice: what is stated once can't be stated again.
func TestRefusesTwice(t *testing.T) {
	for _, id := range []string{"declare-T-14", "source-us-light", "opening-T-14", "pla-" + custodytest.BatchOne} {
		l := fold(t, custodytest.Story())
		_, s := upTo(t, id)
		s.Event.ID, s.Event.At = "again", custodytest.Certified+1
		if err := l.Apply(s.Event, s.Ticket); err == nil || errors.Is(err, custody.ErrInvariant) {
			t.Errorf("%s was accepted twice: %v", id, err)
		}
	}
}

// TestRefusesASourceOfAStranger: the facts of a source count in a tank only when its keeper, its owner or the producer states them.
func TestRefusesASourceOfAStranger(t *testing.T) {
	check(t, []refusal{{"a source of the buyer", "receipt-C", func(s *custodytest.Step) {
		_, source := upTo(t, "source-"+custodytest.Condensate)
		source.Event.ID, source.Event.By = "strange", custodytest.Buyer
		strange := *source.Event.Source
		strange.ID = "strange"
		source.Event.Source = &strange
		before, _ := upTo(t, "opening-T-14")
		l := fold(t, append(before, source))
		e := s.Event
		e.Receipt = &custody.Receipt{Pool: "T-14", Source: "strange"}
		if err := l.Apply(e, s.Ticket); err == nil || !strings.Contains(err.Error(), "neither its producer nor keeper or owner") {
			t.Errorf("the buyer's word was taken: %v", err)
		}
		s.Event.Receipt = &custody.Receipt{Pool: "T-14", Source: "strange"}
	}, "source strange is not stated"}})
}

// TestBooksAlwaysClose: whatever happens in a small network, the books close after every event, a refused one leaves no trace,
// and folding the accepted ones again gives the same books.
func TestBooksAlwaysClose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, again := custody.NewLedger(), custody.NewLedger()
		for _, s := range custodytest.Network(t) {
			accounts, movements := l.Accounts(), len(l.Movements(0))
			err := l.Apply(s.Event, s.Ticket)
			if errors.Is(err, custody.ErrInvariant) {
				t.Fatal(err)
			}
			if err != nil && (!reflect.DeepEqual(l.Accounts(), accounts) || len(l.Movements(0)) != movements) {
				t.Fatalf("a refused event left a trace: %v", err)
			}
			if err := l.Check(); err != nil {
				t.Fatal(err)
			}
			if err != nil {
				continue
			}
			if err := again.Apply(s.Event, s.Ticket); err != nil {
				t.Fatalf("the second fold refuses what the first accepted: %v", err)
			}
		}
		if !reflect.DeepEqual(l.Accounts(), again.Accounts()) || !reflect.DeepEqual(l.Movements(0), again.Movements(0)) {
			t.Fatal("two folds over the same events differ")
		}
		for _, id := range l.Pools() {
			b, err := l.PoolBalance(id, 0, custodytest.At(31, 0, 0))
			if err != nil {
				t.Fatal(err)
			}
			if p, err := l.Pool(id); err != nil || p.Stock != b.Closing {
				t.Fatalf("pool %s holds %+v, its movements make %+v (%v)", id, p.Stock, b.Closing, err)
			}
		}
	})
}
