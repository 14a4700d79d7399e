package audittest

import (
	"crypto"
	"fmt"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

const (
	minute = bundletest.Minute
	day    = 24 * 60 * minute
	units  = quantity.PerUnit
)

// at returns the instant so many minutes after the beginning, 2 February 2026, 02:40 UTC: 1 February, 20:40, at the port.
func at(minutes int64) int64 { return bundletest.Epoch + minutes*minute }

// measure lets the meters run: the field device at both batteries, the line device at injection and border.
func (w *World) measure() {
	w.t.Helper()
	field := w.device(1010*units, bundletest.Ed25519(51), Battery, Other)
	w.flow(Battery, 0, 7_200_000, 7_200_000)
	w.flow(Other, 0, 0, 5_000_000)
	field.Batch()
	line := w.device(932*units, bundletest.ES256(52), Line, Border)
	blend := int64(9_960_000)
	if w.options.Late {
		blend = 13_050_000
	}
	w.flow(Line, 0, 0, 0, 0, 0, blend, blend)
	line.Batch()
	w.flow(Line, 0, 4_900_000)
	w.flow(Border, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	line.Refused()
	w.flow(Border, blend-3_000, blend-2_000)
	line.Batch()
	w.flow(Border, 0)
	if w.options.Two {
		w.flow(Border, 4_890_000)
	}
	line.Batch()
}

// device adds a device of the producer whose points measure oil of one density.
func (w *World) device(density quantity.Micro, key crypto.Signer, points ...string) *bundletest.Device {
	w.t.Helper()
	d := w.World.Device(key, points...)
	p := bundletest.Metric()
	p.BaseDensity = density
	for _, name := range points {
		w.points[name] = d.Point(name, p)
	}
	return d
}

// flow records a minute for each number of pulses.
func (w *World) flow(point string, pulses ...int64) {
	w.t.Helper()
	for _, n := range pulses {
		w.points[point].Interval(n, 24*units, 1_900*units)
	}
}

// tell has the parties state and sign what happens, in its order.
func (w *World) tell() {
	w.t.Helper()
	w.declare()
	received := w.cut("TK-A", Battery, "", w.Producer.DID, Terminal, 1, 3)
	w.state(custody.Event{
		ID: "receipt-A", By: Terminal, At: at(4), Ticket: &received, Receipt: &custody.Receipt{Pool: "T-1", Source: "heavy"},
	})
	diluent := custody.Stated{Volume: 5_600 * units, Basis: quantity.Metric, Density: 716 * units}
	if w.options.Late {
		diluent.Volume = 11_800 * units
	}
	w.state(custody.Event{ID: "receipt-D", By: Terminal, At: at(4), Receipt: &custody.Receipt{Pool: "T-1", Source: "diluent", Stated: &diluent}})
	w.state(custody.Event{ID: "blend-T-1", By: Terminal, At: at(5), Blend: &custody.Blend{Pool: "T-1", Receipts: []string{"receipt-A", "receipt-D"}}})
	other := w.cut("TK-B", Other, "", w.Producer.DID, Terminal, 2, 3)
	w.state(custody.Event{ID: "receipt-B", By: Terminal, At: at(5), Ticket: &other, Receipt: &custody.Receipt{Pool: "T-2", Source: "other"}})
	w.state(custody.Event{ID: "blend-T-2", By: Terminal, At: at(6), Blend: &custody.Blend{Pool: "T-2", Receipts: []string{"receipt-B"}}})
	w.transport()
	w.enter()
	if w.options.Two {
		w.follow()
	}
}

func (w *World) declare() {
	w.t.Helper()
	for _, id := range []string{"T-1", "T-2"} {
		w.state(custody.Event{ID: "declare-" + id, By: Terminal, At: at(0), Pool: &custody.Pool{
			ID: id, Kind: custody.Tank, Basis: quantity.Metric, Keeper: Terminal, Owner: Shipper, Method: custody.Average,
		}})
	}
	w.state(custody.Event{ID: "declare-line", By: w.Carrier.DID, At: at(0), Pool: &custody.Pool{
		ID: "LINE", Kind: custody.Line, Basis: quantity.Metric, Keeper: w.Carrier.DID, Method: custody.FIFO, Segments: []custody.Segment{
			{To: "border", Custodian: w.Carrier.DID, Fill: 50_000 * units, Rate: 200_000 * units},
			{To: "refinery", Custodian: South, Fill: 50_000 * units, Rate: 200_000 * units},
		},
	}})
	for _, i := range []custody.Installation{
		{Point: Border, Uncertainty: quantity.F(20, 2), Approval: "A-1", Importer: Buyer, Sampler: "Inspection Inc."},
		{Point: Line, Uncertainty: quantity.F(14, 2)},
	} {
		w.state(custody.Event{ID: "installation-" + i.Point, By: w.Carrier.DID, At: at(0), Installation: &i})
	}
	w.state(custody.Event{ID: "installation-" + Other, By: Terminal, At: at(0), Installation: &custody.Installation{Point: Other, Uncertainty: quantity.F(14, 2)}})
	diluent := custody.Source{ID: "diluent", Description: "condensate", Country: "PE", Role: custody.Diluent, Originating: custody.NonOriginating}
	if w.options.Late {
		diluent.Country, diluent.Originating = "US", custody.Unproven
	}
	if w.options.Two {
		diluent.Country, diluent.Originating = "US", custody.Originating
	}
	for by, s := range map[string]custody.Source{
		w.Producer.DID: {ID: "heavy", Producer: w.Producer.DID, Description: "bitumen", Country: "CA", Role: custody.Heavy, Originating: custody.Originating},
		Terminal:       diluent,
		Shipper:        {ID: "other", Withheld: true, Description: "bitumen", Country: "CA", Role: custody.Heavy, Originating: custody.Originating},
	} {
		s.Heading, s.WhollyObtained = "2709", true
		w.state(custody.Event{ID: "source-" + s.ID, By: by, At: at(1), Source: &s})
	}
}

func (w *World) transport() {
	w.t.Helper()
	price := quantity.F(6_440, 2)
	injected := w.cut("TK-INJ-1", Line, Batch, Terminal, w.Carrier.DID, 5, 7)
	w.state(custody.Event{
		ID: "injection-B-1", By: Terminal, At: at(8), Ticket: &injected, Transfer: &custody.Transfer{Tank: "T-1", Line: "LINE", Batch: Batch, Empties: true},
	})
	second := w.cut("TK-INJ-2", Line, Unrelated, Terminal, w.Carrier.DID, 8, 9)
	w.state(custody.Event{
		ID: "injection-B-2", By: Terminal, At: at(10), Ticket: &second, Transfer: &custody.Transfer{Tank: "T-2", Line: "LINE", Batch: Unrelated},
	})
	w.state(custody.Event{ID: Sale, By: Shipper, At: at(11), Sale: &custody.Sale{Batch: Batch, Seller: Shipper, Buyer: Buyer, Price: &price, Basis: "FOB"}})
	w.state(custody.Event{ID: "noted-B-1", By: w.Carrier.DID, At: at(12), Acknowledgement: &custody.Acknowledgement{Sale: Sale}})
	w.state(custody.Event{ID: "allowance-B-2", By: w.Carrier.DID, At: at(12), Allowance: &custody.Allowance{Batch: Unrelated, Percent: quantity.F(10, 2)}})
	found := w.cut("TK-BOR-1", Border, Batch, w.Carrier.DID, South, 10, 12)
	w.state(custody.Event{ID: "border-B-1", By: w.Carrier.DID, At: at(14), Ticket: &found, Check: &custody.Check{Batch: Batch}})
	w.state(custody.Event{ID: "handover-B-1", By: w.Carrier.DID, At: at(15), Handover: &custody.Handover{Batch: Batch, From: w.Carrier.DID, To: South}})
	report, err := ticket.SignReport(w.Laboratory.Hand, ticket.Report{
		ID: "R-1", Batch: Batch, Point: Border, SW: quantity.F(29, 2), Density: 932 * units, Reference: "15C", Method: "ASTM D4007",
		Sampled: at(13), Reported: at(60), Laboratory: w.Laboratory.DID,
	})
	w.must(err)
	w.act("/v1/documents", "report", report)
	final := w.finalise("TK-BOR-1", found, report, at(61))
	w.state(custody.Event{ID: Revision, By: w.Carrier.DID, At: at(62), Ticket: &final, Revision: &custody.Revision{Of: "border-B-1"}})
}

// follow has the other batch cross behind the first, and be entered on the certificate of that.
func (w *World) follow() {
	w.t.Helper()
	price := quantity.F(6_400, 2)
	w.state(custody.Event{ID: "sale-B-2", By: Shipper, At: at(12), Order: 1, Sale: &custody.Sale{
		Batch: Unrelated, Seller: Shipper, Buyer: Buyer, Price: &price, Basis: "FOB",
	}})
	w.state(custody.Event{ID: "noted-B-2", By: w.Carrier.DID, At: at(13), Acknowledgement: &custody.Acknowledgement{Sale: "sale-B-2"}})
	found := w.cut("TK-BOR-2", Border, Unrelated, w.Carrier.DID, South, 13, 14)
	w.state(custody.Event{ID: "border-B-2", By: w.Carrier.DID, At: at(16), Ticket: &found, Check: &custody.Check{Batch: Unrelated}})
	report, err := ticket.SignReport(w.Laboratory.Hand, ticket.Report{
		ID: "R-2", Batch: Unrelated, Point: Border, SW: quantity.F(31, 2), Density: 932 * units, Reference: "15C", Method: "ASTM D4007",
		Sampled: at(15), Reported: at(60), Laboratory: w.Laboratory.DID,
	})
	w.must(err)
	w.act("/v1/documents", "report of B-2", report)
	final := w.finalise("TK-BOR-2", found, report, at(61))
	w.state(custody.Event{ID: "laboratory-B-2", By: w.Carrier.DID, At: at(62), Order: 1, Ticket: &final, Revision: &custody.Revision{Of: "border-B-2"}})
	claim, t, certificate := w.Claim(), w.tickets[final], record.Hash(ticket.Hash(w.Act("certificate").Body))
	claim.Entry, claim.Batch, claim.Sale, claim.Ticket, claim.First, claim.Last = w.Second, Unrelated, "sale-B-2", final, t.First, t.Last
	claim.SPI, claim.Certificate, claim.HeldSince = "S", &certificate, at(2)
	w.claim("claim of B-2", claim)
}

// Injected makes the ticket of the first batch's injection final, and returns what that takes with a claim that enters it there on the
// certificate of the story: as the same batch at another meter.
func (w *World) Injected() (papers [][]byte, claim audit.Claim) {
	w.t.Helper()
	report, err := ticket.SignReport(w.Laboratory.Hand, ticket.Report{
		ID: "R-3", Batch: Batch, Point: Line, SW: quantity.F(29, 2), Density: 932 * units, Reference: "15C", Method: "ASTM D4007",
		Sampled: at(8), Reported: at(60), Laboratory: w.Laboratory.DID,
	})
	w.must(err)
	e, err := custody.Open(w.Act("injection-B-1").Body, w.Keys())
	w.must(err)
	final := w.finalise("TK-INJ-1", *e.Ticket, report, at(61))
	revision, err := custody.Sign(w.Hand(Terminal), custody.Event{
		ID: "laboratory-injection", By: Terminal, At: at(62), Order: 2, Ticket: &final, Revision: &custody.Revision{Of: "injection-B-1"},
	})
	w.must(err)
	t := w.tickets[final]
	claim, err = audit.OpenClaim(w.Act("claim").Body, w.Keys())
	w.must(err)
	claim.Entry, claim.Ticket, claim.Point, claim.First, claim.Last = w.Second, final, t.Point, t.First, t.Last
	return [][]byte{report, revision}, claim
}

// state signs an event.
func (w *World) state(e custody.Event) {
	w.t.Helper()
	signed, err := custody.Sign(w.Hand(e.By), e)
	w.must(err)
	w.act("/v1/documents", e.ID, signed)
}

// cut makes the ticket between the records of two sequence numbers, signed by both parties, and returns its hash.
func (w *World) cut(id, point, batch, from, to string, opening, closing int) record.Hash {
	w.t.Helper()
	records := w.points[point].Records
	last := records[closing].Record
	t, err := ticket.Cut(records[opening].Record, last, ticket.Terms{
		ID: id, Version: 1, Batch: batch, From: from, To: to, At: last.End + minute, OfRecord: ticket.SumOfIntervals,
	}, nil)
	w.must(err)
	return w.sign(t)
}

// finalise makes the version of a ticket with the laboratory's sediment and water.
func (w *World) finalise(id string, previous record.Hash, report []byte, made int64) record.Hash {
	w.t.Helper()
	before := w.tickets[previous]
	opened, err := ticket.OpenReport(report, w.Keys())
	w.must(err)
	records := w.points[before.Point].Records
	t, err := ticket.Cut(records[before.First-1].Record, records[before.Last].Record, ticket.Terms{
		ID: id, Version: 2, Batch: before.Batch, From: before.From, To: before.To, At: made, OfRecord: before.OfRecord, Previous: previous,
	}, opened)
	w.must(err)
	return w.sign(t)
}

func (w *World) sign(t *ticket.Ticket) record.Hash {
	w.t.Helper()
	encoded, err := t.Encode()
	w.must(err)
	s := ticket.Signed{Ticket: encoded}
	for _, did := range []string{t.From, t.To} {
		signature, err := ticket.Sign(w.Hand(did), encoded)
		w.must(err)
		s.Signatures = append(s.Signatures, signature)
	}
	w.Tickets = append(w.Tickets, s)
	hash := ticket.Hash(encoded)
	w.tickets[hash] = t
	body, err := cose.Marshal(s)
	w.must(err)
	w.act("/v1/tickets", fmt.Sprintf("%s version %d", t.ID, t.Version), body)
	return hash
}

// enter certifies and claims.
func (w *World) enter() {
	w.t.Helper()
	criterion := "B"
	if w.options.Late || w.options.Two {
		criterion = "A"
	}
	certificate, err := audit.SignCertificate(w.Hand(Shipper), Certificate(criterion))
	w.must(err)
	hash := record.Hash(ticket.Hash(certificate))
	claim := w.Claim()
	if !w.options.Late {
		w.act("/v1/documents", "certificate", certificate)
		claim.SPI, claim.Certificate, claim.HeldSince = "S", &hash, at(2)
		w.claim("claim", claim)
		return
	}
	first := w.claim("claim", claim)
	w.state(custody.Event{
		ID: "certification", By: Terminal, At: at(0) + 50*day,
		Certification: &custody.Certification{Source: "diluent", Originating: custody.Originating, WhollyObtained: true},
	})
	w.act("/v1/documents", "certificate", certificate)
	claim.SPI, claim.Certificate, claim.Amends, claim.At = "S", &hash, &first, at(0)+60*day
	w.claim("later claim", claim)
}

// Claim returns the claim at entry without a preference.
func (w *World) Claim() audit.Claim {
	w.t.Helper()
	last := w.Tickets[len(w.Tickets)-1]
	t := w.tickets[ticket.Hash(last.Ticket)]
	return audit.Claim{
		Version: 1, Entry: w.Number, By: Broker, Importer: Buyer, Exporter: Shipper, Batch: Batch, Ticket: ticket.Hash(last.Ticket), Device: t.Device,
		Point: t.Point, First: t.First, Last: t.Last, Port: "3407", UTCOffset: -6 * 60, OriginCode: "XA", ExportCountry: "CA",
		HTS: "2709.00.10.00", Sale: Sale, EnteredAt: at(600), Traffic: customs.Traffic{PerWeek: 7, PerMonth: 30}, At: at(600),
	}
}

func (w *World) claim(name string, c audit.Claim) record.Hash {
	w.t.Helper()
	signed, err := audit.SignClaim(w.Hand(Broker), c)
	w.must(err)
	w.act("/v1/documents", name, signed)
	return ticket.Hash(signed)
}

// Certificate returns the shipper's blanket certificate for 2026.
func Certificate(criterion string) origin.Certificate {
	named := func(name string) origin.Party {
		return origin.Party{Disclosure: origin.Named, Name: name, Address: "1 Main Street", Country: "CA", Email: "office@example.com"}
	}
	certifier := named("Shipper Marketing Ltd.")
	certifier.Title, certifier.Telephone = "Manager", "+1 403 555 0100"
	return origin.Certificate{
		Version: origin.CertificateVersion, ID: "C-1", Agreement: audit.Agreement, Roles: []origin.CertifierRole{origin.AsExporter},
		Certifier: certifier, Exporter: origin.Party{Disclosure: origin.Same}, Producer: origin.Party{Disclosure: origin.Withheld},
		Importer: named("Buyer Refining Co."), Description: "diluted bitumen", HS6: "270900", Criterion: criterion,
		BlanketFrom: "2026-01-01", BlanketTo: "2026-12-31", SignedAt: at(1), Signatory: "A. Manager", Statement: "I certify that the goods qualify.",
	}
}
