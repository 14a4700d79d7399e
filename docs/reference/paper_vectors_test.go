package reference_test

import (
	"crypto"
	"crypto/ed25519"
	"testing"

	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/metrology/quantity"
)

// signedCase is a signed thing and the key that its signature is verified by.
type signedCase struct {
	outcome
	Key    raw    `json:"coseKey"`
	Signed raw    `json:"signed"`
	Hash   raw    `json:"sha256,omitempty"`
	Diag   string `json:"payloadDiagnostic,omitempty"`
	thing  string
}

// signedOf completes a case of a valid thing with what it says.
func signedOf(t testing.TB, c signedCase) signedCase {
	if c.Valid {
		h := statement.Hash(c.Signed)
		m := must[cose.Message](t)(cose.Parse(c.Signed, c.thing))
		c.Hash, c.Diag = h[:], diagnostic(t, m.Payload)
	}
	return c
}

type statementCase struct{ signedCase }

func (c statementCase) check(*testing.T) error {
	_, m, err := statement.Parse(c.Signed)
	if err != nil {
		return err
	}
	key, err := cose.ParseKey(c.Key)
	if err != nil {
		return err
	}
	return m.Verify(key)
}

func statementVectors(t *testing.T) group {
	key := bundletest.Ed25519(51)
	device := keyOf(t, key)
	base := func() *statement.Statement {
		return &statement.Statement{
			Version: 1, Device: device.Kid(), Number: 3, Prev: record.Hash{1}, Runs: []statement.Run{{Point: "LACT-1", First: 5, Last: 7}, {Point: "LACT-2"}},
			Root: record.Hash{2}, Binary: record.Hash{3}, Configuration: record.Hash{4},
		}
	}
	const issuer = "did:web:producer.example"
	claims := &cose.Claims{Issuer: issuer, Subject: device.Kid().String()}
	make := func(o outcome, by crypto.Signer, claims *cose.Claims, alter func(s *statement.Statement)) vector {
		s := base()
		alter(s)
		payload := must[[]byte](t)(cose.Marshal(s))
		signed := must[[]byte](t)(cose.Sign(by, statement.Thing, payload, claims))
		return statementCase{signedOf(t, signedCase{outcome: o, Key: device.Bytes(), Signed: signed, thing: statement.Thing})}
	}
	runs := func(r ...statement.Run) func(*statement.Statement) {
		return func(s *statement.Statement) { s.Runs = r }
	}
	run := func(point string, first, last uint64) statement.Run {
		return statement.Run{Point: point, First: first, Last: last}
	}
	none := func(*statement.Statement) {}
	return group{"statement.json", "Signed statements (F3) of the device whose key is given. The hash is that of the signed bytes: the next statement's prev.", []vector{
		make(ok("a statement"), key, claims, none),
		make(ok("the first, with a checkpoint"), key, claims, func(s *statement.Statement) {
			s.Number, s.Prev, s.Checkpoint = 0, record.Hash{}, &statement.Seen{Size: 9, Root: record.Hash{5}}
		}),
		make(ok("points by their UTF-8 bytes"), key, claims, runs(run("Z", 0, 0), run("a", 0, 0), run("Ä", 0, 0))),
		make(ok("two runs of a point"), key, claims, runs(run("P", 0, 3), run("P", 5, 5))),
		make(ok("4096 records"), key, claims, runs(run("P", 1, 4096))),
		make(bad("by another key", "the device states its own records", "is signed by"), bundletest.Ed25519(53), claims, none),
		make(bad("no claims", "issuer and device are in the header", "claims must name"), key, nil, none),
		make(bad("no issuer", "the organisation is the issuer", "claims must name"), key, &cose.Claims{Subject: claims.Subject}, none),
		make(bad("another subject", "the subject is the device's kid in hex", "claims must name"), key, &cose.Claims{Issuer: issuer, Subject: issuer}, none),
		make(bad("version 2", "the version is 1", "version is 2"), key, claims, func(s *statement.Statement) { s.Version = 2 }),
		make(bad("the first with prev", "nothing is before number 0", "names one before it"), key, claims, func(s *statement.Statement) { s.Number = 0 }),
		make(bad("no runs", "a statement covers something", "0 runs"), key, claims, runs()),
		make(bad("run backwards", "first is not after last", "not 1 to 4096"), key, claims, runs(run("P", 1, 0))),
		make(bad("4097 records", "a statement covers at most 4096 records", "not 1 to 4096"), key, claims, runs(run("P", 1, 4097))),
		make(bad("4097 records in two runs", "a statement covers at most 4096 records", "covers 4097"), key, claims, runs(run("P", 1, 4096), run("Q", 0, 0))),
		make(bad("points unsorted", "runs are in the order of points", "out of order"), key, claims, runs(run("a", 0, 0), run("Z", 0, 0))),
		make(bad("runs overlap", "no record is covered twice", "overlap"), key, claims, runs(run("P", 0, 5), run("P", 5, 6))),
		make(bad("runs that join", "runs that join are one", "should be one"), key, claims, runs(run("P", 0, 5), run("P", 6, 6))),
		make(bad("bad point", "point names hold no blanks", "blanks"), key, claims, runs(run("P Q", 0, 0))),
	}}
}

// wireCase is a batch or a reply to the device with the given kid.
type wireCase struct {
	outcome
	Kind    string `json:"kind"`
	Key     raw    `json:"cloudKey"`
	Device  raw    `json:"device"`
	Message raw    `json:"message"`
}

func (c wireCase) check(*testing.T) error {
	if c.Kind == "batch" {
		_, err := wire.DecodeBatch(c.Message)
		return err
	}
	key, err := cose.ParseKey(c.Key)
	if err != nil {
		return err
	}
	_, err = wire.OpenReply(c.Message, key, cose.Kid(c.Device))
	return err
}

func wireVectors(t *testing.T) group {
	m := newMeter(t)
	d := keyOf(t, bundletest.Ed25519(51)).Kid()
	key := bundletest.Ed25519(61)
	cloud := keyOf(t, key)
	var leaves, signatures [][]byte
	for _, l := range m.lease.Records {
		leaves = append(leaves, l.Bytes)
		signatures = append(signatures, must[[]byte](t)(cose.SignDetached(bundletest.Ed25519(51), record.Thing, l.Bytes)))
	}
	s := &statement.Statement{Version: 1, Device: d, Runs: []statement.Run{{Point: bundletest.Lease, Last: 4}}, Root: proof.Root(leaves)}
	signed := must[[]byte](t)(s.Sign(bundletest.Ed25519(51), m.Producer.DID))
	batch := func(o outcome, message []byte) vector { return wireCase{outcome: o, Kind: "batch", Message: message} }
	reply := func(o outcome, r wire.Reply) vector {
		r.Device = d
		if r.Version == 0 {
			r.Version = 1
		}
		payload := must[[]byte](t)(cose.Marshal(r))
		return wireCase{o, "reply", cloud.Bytes(), d[:], must[[]byte](t)(cose.Sign(key, wire.ReplyThing, payload, nil))}
	}
	encode := func(b wire.Batch) []byte { return must[[]byte](t)(b.Encode()) }
	hash := statement.Hash(signed)
	receipt := bundletest.Checkpoint([][]byte{signed}).Format()
	receipt = append([]byte("c2sp.org/tlog-proof@v1\nindex 0\n\n"), receipt...)
	other := cose.Kid{1}
	toOther := reply(bad("to another device", "the reply names the device it is for", "is not for us"), wire.Reply{Want: &wire.Want{}}).(wireCase)
	toOther.Device = other[:]
	byOther := reply(bad("by another key", "only the cloud key of the configuration counts", "does not verify"), wire.Reply{Want: &wire.Want{}}).(wireCase)
	byOther.Key = keyOf(t, bundletest.Ed25519(62)).Bytes()
	return group{"wire.json", "Batches and replies (F6). A batch is read here without a look into statement, leaves and signatures.", []vector{
		batch(ok("records signed each"), encode(wire.Batch{Statement: signed, Leaves: leaves, Signatures: signatures})),
		batch(ok("statement signed only"), encode(wire.Batch{Statement: signed, Leaves: leaves})),
		batch(bad("a signature missing", "there is one for each leaf, or null", "5 leaves and 4 signatures"), encode(wire.Batch{Statement: signed, Leaves: leaves, Signatures: signatures[1:]})),
		batch(bad("two elements", "null stands where there are no signatures", "cannot unmarshal"), unhex(t, "82 40 80")),
		batch(bad("null for the leaves", "null stands for signatures only", "not deterministic"), unhex(t, "83 40 f6 f6")),
		batch(bad("indefinite leaves", "lengths are definite", "indefinite"), unhex(t, "83 40 9fff f6")),
		reply(ok("receipt"), wire.Reply{Statement: hash, Receipt: receipt}),
		reply(ok("refusal"), wire.Reply{Statement: hash, Refusal: &wire.Refusal{Code: wire.BadRecord, Text: "record of LACT-1 seq 2: IV is wrong"}}),
		reply(ok("want number 0"), wire.Reply{Want: &wire.Want{}}),
		reply(ok("checkpoint"), wire.Reply{Checkpoint: bundletest.Checkpoint([][]byte{signed}).Format()}),
		reply(bad("nothing", "a reply has exactly one content", "0 contents"), wire.Reply{}),
		reply(bad("receipt and want", "a reply has exactly one content", "2 contents"), wire.Reply{Receipt: receipt, Want: &wire.Want{}}),
		reply(bad("version 2", "the version is 1", "version 2"), wire.Reply{Version: 2, Want: &wire.Want{}}),
		toOther, byOther,
	}}
}

// registryCase is a registry and the Ed25519 key that the trust file has for did:web:producer.example.
type registryCase struct{ signedCase }

func (c registryCase) check(*testing.T) error {
	_, err := registry.Open(c.Signed, func(did string) (keys []ed25519.PublicKey) {
		if did == "did:web:producer.example" {
			keys = append(keys, bundletest.Ed25519(21).Public().(ed25519.PublicKey))
		}
		return keys
	})
	return err
}

func registryVectors(t *testing.T) group {
	w := newMeter(t)
	make := func(o outcome, by crypto.Signer, issuer string, alter func(r *registry.Registry)) vector {
		r := w.Producer.Registry
		r.Entries = append([]registry.Entry{}, r.Entries...)
		alter(&r)
		payload := must[[]byte](t)(cose.Marshal(r))
		signed := must[[]byte](t)(cose.Sign(by, registry.Thing, payload, &cose.Claims{Issuer: issuer, Subject: keyOf(t, by).Kid().String()}))
		return registryCase{signedOf(t, signedCase{outcome: o, Key: keyOf(t, w.Producer.Key).Bytes(), Signed: signed, thing: registry.Thing})}
	}
	key, did := w.Producer.Key, w.Producer.DID
	none := func(*registry.Registry) {}
	entry := func(alter func(e *registry.Entry)) func(*registry.Registry) {
		return func(r *registry.Registry) { alter(&r.Entries[1]) }
	}
	return group{"registry.json", "Registries (F8) under the trust file's key of did:web:producer.example. The first entry is a party, the second and third are devices.", []vector{
		make(ok("a registry"), key, did, none),
		make(ok("no keys"), key, did, func(r *registry.Registry) { r.Entries = nil }),
		make(ok("with an end"), key, did, entry(func(e *registry.Entry) { e.To = e.From + 1 })),
		make(bad("by another key", "the organisation's own key signs", "is signed with key"), w.Carrier.Key, did, none),
		make(bad("of another organisation", "the trust file does not know it", "no key for it"), key, w.Carrier.DID, func(r *registry.Registry) { r.Organisation = w.Carrier.DID }),
		make(bad("another issuer", "the issuer is the organisation", "issuer claim"), key, w.Carrier.DID, none),
		make(bad("version 2", "the version is 1", "version 2"), key, did, func(r *registry.Registry) { r.Version = 2 }),
		make(bad("unknown role", "a role is device, party, lab or cloud", "unknown"), key, did, func(r *registry.Registry) { r.Entries[0].Role = "auditor" }),
		make(bad("device without points", "a device names its points", "names its points"), key, did, entry(func(e *registry.Entry) { e.Points = nil })),
		make(bad("party with points", "only a device names points", "names its points"), key, did, func(r *registry.Registry) { r.Entries[0].Points = []string{"P"} }),
		make(bad("points unsorted", "points are sorted by their bytes", "sorted"), key, did, entry(func(e *registry.Entry) { e.Points = []string{"b", "a"} })),
		make(bad("a key twice", "a key has one entry", "listed already"), key, did, entry(func(e *registry.Entry) { e.Key = w.Producer.Registry.Entries[2].Key })),
		make(bad("not a key", "a key is a COSE_Key", "not a COSE_Key"), key, did, entry(func(e *registry.Entry) { e.Key = []byte{0xa0} })),
		make(bad("ends when it begins", "the end is after the beginning", "ends before"), key, did, entry(func(e *registry.Entry) { e.To = e.From })),
	}}
}

type reportCase struct{ signedCase }

func (c reportCase) check(t *testing.T) error {
	_, err := ticket.OpenReport(c.Signed, bundletest.New(t).Directory())
	return err
}

func reportVectors(t *testing.T) group {
	w := bundletest.New(t)
	make := func(o outcome, by crypto.Signer, alter func(r *ticket.Report)) vector {
		r := ticket.Report{
			Format: 1, ID: "R-1", Batch: "B-7", Point: bundletest.Lease, SW: quantity.F(25, 2), Density: 868_500_000, Reference: "15C", Method: "ASTM D4007",
			Sampled: bundletest.Epoch, Reported: bundletest.Epoch + bundletest.Minute, Laboratory: w.Laboratory.DID,
		}
		alter(&r)
		signed := must[[]byte](t)(cose.Sign(by, ticket.ReportThing, must[[]byte](t)(cose.Marshal(r)), nil))
		return reportCase{signedOf(t, signedCase{outcome: o, Key: keyOf(t, w.Laboratory.Hand).Bytes(), Signed: signed, thing: ticket.ReportThing})}
	}
	lab := w.Laboratory.Hand
	return group{"report.json", "Laboratory reports (F7). The key given is registered as did:web:lab.example's laboratory from 1770000000000 on.", []vector{
		make(ok("a report"), lab, func(*ticket.Report) {}),
		make(ok("all water"), lab, func(r *ticket.Report) { r.SW = quantity.F(100, 0) }),
		make(bad("more than all", "S&W is at most 100 %", "0 to 100"), lab, func(r *ticket.Report) { r.SW = quantity.F(100_000_001, 6) }),
		make(bad("negative", "S&W is not negative", "0 to 100"), lab, func(r *ticket.Report) { r.SW = quantity.F(-1, 2) }),
		make(bad("seven decimals", "S&W has at most six decimals", "six decimals"), lab, func(r *ticket.Report) { r.SW = quantity.F(1, 7) }),
		make(bad("no id", "a report has an id", "an id"), lab, func(r *ticket.Report) { r.ID = "" }),
		make(bad("format 2", "the format is 1", "format 1"), lab, func(r *ticket.Report) { r.Format = 2 }),
		make(bad("at 25C", "reference conditions are 15C, 20C or 60F", "25C"), lab, func(r *ticket.Report) { r.Reference = "25C" }),
		make(bad("in another's name", "the key is not that organisation's", "signed it"), lab, func(r *ticket.Report) { r.Laboratory = w.Carrier.DID }),
		make(bad("by a party", "only a laboratory's key signs reports", "not as lab"), w.Carrier.Hand, func(*ticket.Report) {}),
		make(bad("before the key was valid", "the key is valid from 1770000000000 on", "was not valid"), lab, func(r *ticket.Report) { r.Reported = bundletest.Epoch - 1 }),
	}}
}

// ticketCase is a ticket with the records and the report that it must follow from; signatures are another matter.
type ticketCase struct {
	outcome
	Ticket  raw    `json:"ticket"`
	Opening raw    `json:"openingLeaf"`
	Closing raw    `json:"closingLeaf"`
	Report  raw    `json:"signedReport"`
	Physics bool   `json:"needsFactors,omitempty"`
	Hash    raw    `json:"sha256,omitempty"`
	Diag    string `json:"diagnostic,omitempty"`
}

func (c ticketCase) check(t *testing.T) error {
	got, err := ticket.Decode(c.Ticket)
	if err != nil {
		return err
	}
	var opening *record.Record
	if c.Opening != nil {
		opening = must[*record.Record](t)(record.Decode(c.Opening))
	}
	var report *ticket.SignedReport
	if c.Report != nil {
		report = must[*ticket.SignedReport](t)(ticket.OpenReport(c.Report, bundletest.New(t).Directory()))
	}
	return got.Check(opening, must[*record.Record](t)(record.Decode(c.Closing)), report)
}

func ticketVectors(t *testing.T) group {
	m := newMeter(t)
	first, second, last := m.lease.Records[1], m.lease.Records[2], m.lease.Records[4]
	report := m.Report(ticket.Report{
		ID: "R-1", Batch: "B-7", Point: bundletest.Lease, SW: quantity.F(25, 2), Density: 868_500_000, Reference: "15C", Method: "ASTM D4007",
		Sampled: last.End, Reported: last.End + bundletest.Minute,
	})
	terms := ticket.Terms{ID: "T-1", Version: 1, Batch: "B-7", OfRecord: ticket.SumOfIntervals}
	averages := terms
	averages.OfRecord = ticket.FromAverages
	cut := func(o outcome, opening, closing *bundletest.Leaf, terms ticket.Terms, report []byte, physics bool, alter func(x *ticket.Ticket)) ticketCase {
		x := must[*ticket.Ticket](t)(ticket.Decode(m.Ticket(opening, closing, terms, report).Ticket))
		alter(x)
		encoded := must[[]byte](t)(cose.Marshal(x))
		c := ticketCase{outcome: o, Ticket: encoded, Closing: closing.Bytes, Report: report, Physics: physics}
		if opening != nil {
			c.Opening = opening.Bytes
		}
		if h := ticket.Hash(encoded); o.Valid {
			c.Hash, c.Diag = h[:], diagnostic(t, encoded)
		}
		return c
	}
	none := func(*ticket.Ticket) {}
	provisional := cut(ok("provisional, sum of intervals"), first, last, terms, nil, false, none)
	final := terms
	final.Version, final.Previous = 2, record.Hash(provisional.Hash)
	cases := []vector{
		provisional, cut(ok("final"), first, last, final, report, false, none), cut(ok("ticket averages"), first, last, averages, report, false, none),
		cut(ok("from seq 0"), nil, second, terms, nil, false, none),
		cut(ok("in barrels, from seq 0"), nil, m.truck.Records[1], ticket.Terms{ID: "T-2", Version: 1, OfRecord: ticket.FromAverages}, nil, false, none),
	}
	add := func(name, why, err string, physics bool, alter func(x *ticket.Ticket)) {
		cases = append(cases, cut(bad(name, why, err), first, last, final, report, physics, alter))
	}
	add("first", "first is the record after the opening one", "first record is", false, func(x *ticket.Ticket) { x.First-- })
	add("last", "last is the closing record", "last record is", false, func(x *ticket.Ticket) { x.Last++ })
	add("opening leaf", "the hash is that of the opening record", "opening record is", false, func(x *ticket.Ticket) { x.OpeningLeaf[0] ^= 1 })
	add("closing time", "it closes when its last record ends", "closing time is", false, func(x *ticket.Ticket) { x.Close++ })
	add("opening totals", "they are the opening record's", "opening totals is", false, func(x *ticket.Ticket) { x.Opening.GSV-- })
	add("parameters", "they are the closing record's", "parameters is", false, func(x *ticket.Ticket) { x.Parameters.MeterFactor.Mantissa++ })
	add("average temperature", "it is the difference of the sums over IV", "average temperature is", false, func(x *ticket.Ticket) { x.Temperature++ })
	add("GSV", "it is the difference of the totals", "GSV is", false, func(x *ticket.Ticket) { x.GSV++ })
	add("GSV by the other way", "it is IV x MF x CTPL", "GSV by the other way", false, func(x *ticket.Ticket) { x.OtherGSV++ })
	add("the other quantity of record", "GSV and the other GSV are in each other's place", "GSV is", false, func(x *ticket.Ticket) { x.OfRecord = ticket.FromAverages })
	add("mass", "it is the difference of the totals", "mass is", false, func(x *ticket.Ticket) { x.Mass++ })
	add("S&W", "it is the report's", "S&W is", false, func(x *ticket.Ticket) { x.SW.Percent = quantity.F(24, 2) })
	add("S&W with another number of decimals", "it is written as the report writes it", "S&W is", false, func(x *ticket.Ticket) { x.SW.Percent = quantity.F(250, 3) })
	add("NSV", "it is GSV x (100 - S&W) / 100", "NSV is", false, func(x *ticket.Ticket) { x.NSV++ })
	add("another report", "the hash is that of the signed report", "laboratory report is", false, func(x *ticket.Ticket) { x.SW.Report[0] ^= 1 })
	add("another batch", "the report is about another batch", "about batch", false, func(x *ticket.Ticket) { x.Batch = "B-8" })
	add("made before the report", "a final ticket is later than its report", "from after the ticket", false, func(x *ticket.Ticket) { x.At = last.End })
	add("NSV without S&W", "the two come together", "come together", false, func(x *ticket.Ticket) { x.SW = nil })
	add("version 0", "versions count from 1", "count from 1", false, func(x *ticket.Ticket) { x.Version = 0 })
	add("version 2 without the one before", "each version but the first names the one before", "names the one before", false, func(x *ticket.Ticket) { x.Previous = record.Hash{} })
	add("nobody receives", "a ticket has two parties", "needs the parties", false, func(x *ticket.Ticket) { x.To = "" })
	add("CTPL one digit off", "a factor is right within half its last digit + 1e-9", "CTPL is", true, func(x *ticket.Ticket) { x.CTPL.Mantissa++ })
	wrong := cut(bad("another opening record", "the ticket was cut from another record", "first record is"), first, last, terms, nil, false, none)
	wrong.Opening = second.Bytes
	units := cut(bad("units that changed", "the opening record is in barrels, the closing one in m3", "units changed"), first, last, terms, nil, false, none)
	units.Opening = relabel(t, first.Bytes, func(r *record.Record) { r.Interval.Parameters.Basis = quantity.Customary })
	event := cut(bad("closing with an event", "only intervals have totals", "must close with an interval"), first, last, terms, nil, false, none)
	event.Closing = m.lease.Records[3].Bytes
	return group{"ticket.json", "Tickets (F7): do they follow from their records and report? Whoever does not compute MPMS 11.1 takes the CTPL as it is and skips the cases marked needsFactors.",
		append(cases, wrong, units, event)}
}

func relabel(t testing.TB, leaf []byte, alter func(r *record.Record)) []byte {
	r := must[*record.Record](t)(record.Decode(leaf))
	alter(r)
	return must[[]byte](t)(r.Encode())
}
