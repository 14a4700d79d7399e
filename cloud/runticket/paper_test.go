package runticket_test

import (
	"crypto"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/metrology/quantity"
)

// draft is the worked ticket, ready to sign between the carrier and the producer of a bundletest world.
func draft(t testing.TB, w *bundletest.World) runticket.Ticket {
	t.Helper()
	d := read(t, lact, runticket.Options{}).Tickets[0]
	d.Carrier, d.From, d.To, d.Batch, d.At = w.Carrier.DID, w.Producer.DID, w.Carrier.DID, "B-7", bundletest.Epoch+1
	return d
}

func both(t testing.TB, d runticket.Ticket, first, second crypto.Signer) []byte {
	t.Helper()
	signed, err := runticket.Sign(first, d)
	if err != nil {
		t.Fatal(err)
	}
	paper, err := runticket.Countersign(second, signed)
	if err != nil {
		t.Fatal(err)
	}
	return paper
}

// Both sign, in either order; what the books take is what stands on the ticket.
func TestPaper(t *testing.T) {
	w := bundletest.New(t)
	d := draft(t, w)
	for _, order := range [][2]crypto.Signer{{w.Carrier.Hand, w.Producer.Hand}, {w.Producer.Hand, w.Carrier.Hand}} {
		paper := both(t, d, order[0], order[1])
		p, err := runticket.Open(paper, w.Directory())
		if err != nil {
			t.Fatal(err)
		}
		if p.Hash != sha256.Sum256(paper) {
			t.Errorf("hash %s", p.Hash)
		}
		c, err := p.Cited()
		if err != nil {
			t.Fatal(err)
		}
		if c.Number != "4711" || c.Point != "LACT-1" || c.Batch != "B-7" || c.GSV != 9_911_050_000 || *c.NSV != 9_876_360_000 || c.SW.String() != "0.35" ||
			c.Density != 836_949_461 || c.Basis != quantity.Customary || c.ID() != w.Carrier.DID+"#4711" {
			t.Errorf("%+v", c)
		}
		again, err := runticket.Parse(paper)
		if err != nil || again.Number != "4711" {
			t.Errorf("%+v, %v", again, err)
		}
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back runticket.Ticket
	if err := json.Unmarshal(text, &back); err != nil || string(text) != func() string { b, _ := json.Marshal(back); return string(b) }() {
		t.Errorf("%v: %s", err, text)
	}
}

// The density of record in kg/m3, from what the ticket states.
func TestDensities(t *testing.T) {
	w := bundletest.New(t)
	for _, tt := range []struct{ text, want string }{
		{"density [kg/m3 at 15C],GSV [m3 at 15C]|852.3,1", "852.3"},
		{"api,GSV [bbl at 60F]|37.4,1", "836.949461"},
		{"sg,GSV [bbl at 60F]|0.8400,1", "839.17344"},
		{"api,GSV [m3 at 15C]|37.4,1", "837.35"},
		{"obs api,obs temp F,GSV [bbl at 60F]|38.4,71.5,1", "836.949461"},
	} {
		d := draft(t, w)
		head, row, _ := strings.Cut(tt.text, "|")
		read := read(t, "ticket,"+head+"\n1,"+row+"\n", runticket.Options{}).Tickets[0]
		d.Figures, d.Basis = read.Figures, read.Basis
		p, err := runticket.Open(both(t, d, w.Carrier.Hand, w.Producer.Hand), w.Directory())
		if err != nil {
			t.Fatal(err)
		}
		if c, err := p.Cited(); err != nil || !strings.HasPrefix(c.Density.String(), tt.want) {
			t.Errorf("%s: %s, %v, want %s", tt.text, c.Density, err, tt.want)
		}
	}
}

// What no party signs, and what no signature makes a paper.
func TestPapersRefused(t *testing.T) {
	w := bundletest.New(t)
	for _, tt := range []struct {
		name, want string
		alter      func(d *runticket.Ticket)
	}{
		{"no carrier", "give it with --carrier", func(d *runticket.Ticket) { d.Carrier = "" }},
		{"no point", "give it with --point", func(d *runticket.Ticket) { d.Point = "" }},
		{"a third's ticket", "passes oil between the carrier and another", func(d *runticket.Ticket) { d.Carrier = "did:web:other.example" }},
		{"to itself", "passes oil between the carrier and another", func(d *runticket.Ticket) { d.From = d.To }},
		{"no time", "want them in this order", func(d *runticket.Ticket) { d.Open = d.Close }},
		{"made before it closed", "want them in this order", func(d *runticket.Ticket) { d.At = d.Close - 1 }},
		{"no GSV", "states no gross standard volume", func(d *runticket.Ticket) { d.Figures = d.Figures[:3] }},
		{"no density", "what it weighs is not known", func(d *runticket.Ticket) {
			d.Figures = []runticket.Figure{{Name: runticket.GSV, Unit: "bbl", Value: quantity.F(1, 0)}}
		}},
		{"a gravity that is none", "is none of a liquid", func(d *runticket.Ticket) {
			d.Figures = []runticket.Figure{{Name: runticket.Density, Unit: "API", Value: quantity.F(-132, 0)}, {Name: runticket.GSV, Unit: "bbl", Value: quantity.F(1, 0)}}
		}},
		{"figures out of order", "twice or out of order", func(d *runticket.Ticket) { d.Figures[0], d.Figures[1] = d.Figures[1], d.Figures[0] }},
		{"an unknown figure", `figure "luck" is unknown`, func(d *runticket.Ticket) { d.Figures[0].Name = "luck" }},
		{"an unknown text", `text "luck"`, func(d *runticket.Ticket) { d.Texts = []runticket.Text{{Name: "luck", Value: "x"}} }},
		{"a unit by another name", `GSV is in "Bbls", want bbl or m3`, func(d *runticket.Ticket) { d.Figures[len(d.Figures)-3].Unit = "Bbls" }},
		{"kind", "neither meter nor tank", func(d *runticket.Ticket) { d.Kind = "well" }},
		{"blanks in the batch", "without blanks", func(d *runticket.Ticket) { d.Batch = "B 7" }},
		{"no basis", "no basis of a liquid volume", func(d *runticket.Ticket) { d.Basis = quantity.Basis{Unit: quantity.Kilogram} }},
	} {
		d := draft(t, w)
		tt.alter(&d)
		if _, err := runticket.Sign(w.Carrier.Hand, d); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want it to say %q", tt.name, err, tt.want)
		}
	}
	d := draft(t, w)
	stranger := bundletest.Ed25519(99)
	early := d
	early.At = bundletest.Epoch - 1
	other := d
	other.From, other.Carrier = "did:web:other.example", d.To
	ticket := func() []byte {
		signed, err := runticket.Sign(w.Carrier.Hand, d)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}()
	for _, tt := range []struct {
		name, want string
		paper      []byte
	}{
		{"one signs twice", "the other party must countersign", both(t, d, w.Carrier.Hand, w.Carrier.Hand)},
		{"a stranger first", "carrier's ticket 4711", both(t, d, stranger, w.Carrier.Hand)},
		{"a stranger second", "carrier's ticket 4711", both(t, d, w.Carrier.Hand, stranger)},
		{"before its key was", "carrier's ticket 4711", both(t, early, w.Carrier.Hand, w.Producer.Hand)},
		{"between others", "is between did:web:other.example", both(t, other, w.Carrier.Hand, w.Producer.Hand)},
		{"one signature", "countersigned", ticket},
		{"nothing", "", nil},
	} {
		if _, err := runticket.Open(tt.paper, w.Directory()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want it to say %q", tt.name, err, tt.want)
		}
	}
	if _, err := runticket.Countersign(w.Producer.Hand, both(t, d, w.Carrier.Hand, w.Producer.Hand)); err == nil {
		t.Error("a paper of both is countersigned again")
	}
	payload, err := cose.Marshal(runticket.Countersigned{Version: 2, Paper: ticket})
	if err != nil {
		t.Fatal(err)
	}
	later, err := cose.Sign(w.Producer.Hand, runticket.CountersignedThing, payload, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runticket.Open(later, w.Directory()); err == nil || !strings.Contains(err.Error(), "version 2") {
		t.Errorf("%v", err)
	}
}
