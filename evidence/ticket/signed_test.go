package ticket_test

import (
	"bytes"
	"crypto"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

func TestCheckOfATicket(t *testing.T) {
	m := newMeter(t)
	tests := []struct {
		name  string
		alter func(t *ticket.Ticket)
		want  string
	}{
		{"as it should be", func(*ticket.Ticket) {}, ""},
		{"format 2", func(t *ticket.Ticket) { t.Format = 2 }, "format is 2"},
		{"no id", func(t *ticket.Ticket) { t.ID = "" }, "1 to 64 bytes"},
		{"id of 65 bytes", func(t *ticket.Ticket) { t.ID = strings.Repeat("x", 65) }, "1 to 64 bytes"},
		{"version 0", func(t *ticket.Ticket) { t.Version = 0 }, "versions count from 1"},
		{"version 1 with one before it", func(t *ticket.Ticket) { t.Previous[0] = 1 }, "names the one before"},
		{"version 2 without one before it", func(t *ticket.Ticket) { t.Version = 2 }, "names the one before"},
		{"version 2", func(t *ticket.Ticket) { t.Version, t.Previous = 2, record.Hash{1} }, ""},
		{"nobody delivers", func(t *ticket.Ticket) { t.From = "" }, "needs the parties"},
		{"nobody receives", func(t *ticket.Ticket) { t.To = "" }, "needs the parties"},
		{"NSV without S&W", func(t *ticket.Ticket) { t.NSV = 1 }, "come together"},
		{"S&W without NSV", func(t *ticket.Ticket) { t.SW = &ticket.SW{} }, "come together"},
		{"no batch", func(t *ticket.Ticket) { t.Batch = "" }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := m.cut(t, 0, 2, terms(), nil)
			tt.alter(got)
			_, err := got.Encode()
			refused(t, err, tt.want)
			encoded, err := cose.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			_, err = ticket.Decode(encoded)
			refused(t, err, tt.want)
			_, err = ticket.Sign(m.world.Producer.Hand, encoded)
			refused(t, err, tt.want)
		})
	}
	_, err := ticket.Decode(make([]byte, ticket.MaxSize+1))
	refused(t, err, "at most 8192")
}

func TestOpenSigned(t *testing.T) {
	m := newMeter(t)
	w := m.world
	good := w.Countersign(m.cut(t, 0, 2, terms(), nil))
	sign := func(key crypto.Signer) []byte {
		s, err := ticket.Sign(key, good.Ticket)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	attached, err := cose.Sign(w.Producer.Hand, ticket.Thing, good.Ticket, nil)
	if err != nil {
		t.Fatal(err)
	}
	other := w.Countersign(m.cut(t, 0, 1, terms(), nil))
	tests := []struct {
		name       string
		signatures [][]byte
		want       string
	}{
		{"both parties", good.Signatures, ""},
		{"none", nil, "has 0 signatures"},
		{"one", good.Signatures[:1], "has 1 signatures"},
		{"three", append(slices.Clone(good.Signatures), good.Signatures[0]), "has 3 signatures"},
		{"one party twice", [][]byte{good.Signatures[0], good.Signatures[0]}, "signed by did:web:producer.example where did:web:carrier.example must sign"},
		{"in each other's place", [][]byte{good.Signatures[1], good.Signatures[0]}, "where did:web:producer.example must sign"},
		{"the laboratory for the carrier", [][]byte{good.Signatures[0], sign(w.Laboratory.Hand)}, "registered as lab, not as party"},
		{"a device for the producer", [][]byte{sign(bundletest.Ed25519(51)), good.Signatures[1]}, "registered as device, not as party"},
		{"a stranger", [][]byte{sign(bundletest.Ed25519(99)), good.Signatures[1]}, "is in no registry"},
		{"over another ticket", other.Signatures, "signature does not verify"},
		{"attached", [][]byte{attached, good.Signatures[1]}, "expected it detached"},
		{"no signature at all", [][]byte{{}, {}}, "not a tagged COSE_Sign1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ticket.Signed{Ticket: good.Ticket, Signatures: tt.signatures}.Open(w.Directory())
			refused(t, err, tt.want)
			if err == nil && got.ID != "T-1" {
				t.Errorf("ticket is %+v", got)
			}
		})
	}
}

// A party's key must have been valid when the ticket was made.
func TestOpenSignedAsksForTheTime(t *testing.T) {
	m := newMeter(t)
	x := terms()
	x.At = bundletest.Epoch - 1
	signed := m.world.Countersign(m.cut(t, 0, 2, x, nil))
	_, err := signed.Open(m.world.Directory())
	refused(t, err, "ticket T-1 version 1: key")
	refused(t, err, "was not valid at")
}

func TestReports(t *testing.T) {
	m := newMeter(t)
	w := m.world
	report := func() ticket.Report {
		return ticket.Report{
			Format: ticket.Format, ID: "R-1", Batch: "B-7", Point: bundletest.Lease, SW: quantity.F(25, 2), Density: 868_500_000, Reference: "15C",
			Method: "ASTM D4007", Sampled: bundletest.Epoch, Reported: bundletest.Epoch + 1, Laboratory: w.Laboratory.DID,
		}
	}
	tests := []struct {
		name   string
		alter  func(r *ticket.Report)
		signer crypto.Signer
		want   string
		shape  bool // refused on signing too
	}{
		{"as it should be", func(*ticket.Report) {}, w.Laboratory.Hand, "", false},
		{"no id", func(r *ticket.Report) { r.ID = "" }, w.Laboratory.Hand, "needs format 1, an id", true},
		{"no laboratory", func(r *ticket.Report) { r.Laboratory = "" }, w.Laboratory.Hand, "and the laboratory", true},
		{"negative S&W", func(r *ticket.Report) { r.SW.Mantissa = -1 }, w.Laboratory.Hand, "is not 0 to 100", true},
		{"all water", func(r *ticket.Report) { r.SW = quantity.F(100, 0) }, w.Laboratory.Hand, "", false},
		{"more than all", func(r *ticket.Report) { r.SW = quantity.F(100_000_001, 6) }, w.Laboratory.Hand, "is not 0 to 100", true},
		{"seven decimals", func(r *ticket.Report) { r.SW = quantity.F(1, 7) }, w.Laboratory.Hand, "at most six decimals", true},
		{"unknown reference", func(r *ticket.Report) { r.Reference = "25C" }, w.Laboratory.Hand, "25C", true},
		{"by the carrier", func(*ticket.Report) {}, w.Carrier.Hand, "registered as party, not as lab", false},
		{"in another's name", func(r *ticket.Report) { r.Laboratory = w.Carrier.DID }, w.Laboratory.Hand, "names did:web:carrier.example but did:web:lab.example signed it", false},
		{"before the key was valid", func(r *ticket.Report) { r.Reported = bundletest.Epoch - 1 }, w.Laboratory.Hand, "was not valid", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := report()
			tt.alter(&r)
			_, err := ticket.SignReport(tt.signer, r)
			if tt.shape {
				refused(t, err, tt.want)
			} else {
				refused(t, err, "")
			}
			payload, err := cose.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			signed, err := cose.Sign(tt.signer, ticket.ReportThing, payload, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ticket.OpenReport(signed, w.Directory())
			refused(t, err, tt.want)
			if err == nil && (got.Report != r || !bytes.Equal(got.Bytes(), signed) || got.Hash() != ticket.Hash(signed)) {
				t.Errorf("report is %+v", got.Report)
			}
		})
	}
	_, err := ticket.OpenReport(make([]byte, ticket.MaxSize+1), w.Directory())
	refused(t, err, "at most 8192")
}

// A key that the registry gives to the laboratory's organisation signs for it; the same key gone from the registry does not.
func TestReportByAKeyOfThePast(t *testing.T) {
	m := newMeter(t)
	signed := m.report(t, asIs).Bytes()
	keys := m.world.Directory()
	later := m.world.Laboratory.Registry
	later.Number, later.Entries = 1, nil
	if err := keys.Add(&later); err != nil {
		t.Fatal(err)
	}
	_, err := ticket.OpenReport(signed, keys)
	refused(t, err, "is in no registry")
	var empty registry.Directory
	_, err = ticket.OpenReport(signed, &empty)
	refused(t, err, "is in no registry")
}
