// Package audittest builds one small entry with everything behind it, from the pulses of a meter to the claim: true evidence with
// fixed keys and times, for tests of whatever decides on it or hands it on.
//
//	LACT-1 --> tank T-1 --(blended with diluent by a typed statement)--> INJ-1 --> batch B-1 --> BORDER-1, entered
//	LACT-2 --> tank T-2 ----------------------------------------------> INJ-1 --> batch B-2, in the line; nobody's business here
package audittest

import (
	"context"
	"crypto"
	"fmt"
	"slices"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/evidence/wire"
)

// The measuring points.
const (
	Battery = "LACT-1"   // where the heavy oil of B-1 is received
	Other   = "LACT-2"   // where the oil of B-2 is
	Line    = "INJ-1"    // where batches enter the line
	Border  = "BORDER-1" // where they are imported
)

// The parties beside those of package bundletest: the producer runs all meters, the carrier the line north of the border.
const (
	Terminal = "did:web:terminal.example" // keeps the tanks
	Shipper  = "did:web:shipper.example"  // owns what is in them, exports and certifies
	South    = "did:web:south.example"    // carries south of the border
	Buyer    = "did:web:buyer.example"    // imports
	Broker   = "did:web:broker.example"   // claims for the buyer
)

// Batches and events that tests speak of.
const (
	Batch     = "B-1"
	Unrelated = "B-2"
	Sale      = "sale-B-1"
	Revision  = "laboratory-B-1"
)

// Options say how the story goes.
type Options struct {
	// Late: the origin of the diluent, 45 % of the blend, is not proven at entry and no preference is claimed. The certification
	// comes fifty days later, and a claim under 19 USC 1520(d) ten days after it.
	Late bool
	// Two: the other batch crosses too, both originate, and they are entered on one certificate, the second under the act "claim of B-2".
	Two bool
}

// Act is what somebody hands to the cloud: a registry, a ticket with both signatures, or a document.
type Act struct {
	Path string // of the API: "/v1/tickets"
	Name string
	Body []byte
}

// Message is a batch as a device sends it. The cloud refuses one of them: its leaves are missing.
type Message struct {
	Topic   string
	Payload []byte
	Refused bool
}

// World is the story and what came of it.
type World struct {
	*bundletest.World
	Number  customs.EntryNumber
	Second  customs.EntryNumber // with Options.Two
	Acts    []Act               // registries first, the claims last
	options Options
	t       testing.TB
	parties map[string]*bundletest.Organisation
	points  map[string]*bundletest.Point
	tickets map[record.Hash]*ticket.Ticket
	batches []bundle.Batch // of all devices, with all records
}

// New plays the story.
func New(t testing.TB, o Options) *World {
	t.Helper()
	w := &World{
		World: bundletest.New(t), options: o, t: t, parties: map[string]*bundletest.Organisation{}, points: map[string]*bundletest.Point{},
		tickets: map[record.Hash]*ticket.Ticket{},
	}
	var err error
	w.Number, err = customs.NewEntryNumber("ZZ9", 310_241)
	w.must(err)
	w.Second, err = customs.NewEntryNumber("ZZ9", 310_249)
	w.must(err)
	for _, p := range []*bundletest.Organisation{w.Producer, w.Carrier, w.Laboratory} {
		w.parties[p.DID] = p
	}
	for i, p := range []struct{ did, name string }{
		{Terminal, "Terminal LP"}, {Shipper, "Shipper Marketing Ltd."}, {South, "South Pipe LLC"}, {Buyer, "Buyer Refining Co."}, {Broker, "Broker Inc."},
	} {
		w.party(p.did, p.name, byte(101+10*i))
	}
	w.measure()
	for _, did := range w.DIDs() {
		r := w.parties[did].Registry
		signed, err := r.Sign(w.parties[did].Key)
		w.must(err)
		w.act("/v1/registries", "registry of "+did, signed)
	}
	w.tell()
	w.batches = w.World.Bundle(bundle.Records).Batches
	return w
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *World) act(path, name string, body []byte) { w.Acts = append(w.Acts, Act{path, name, body}) }

func (w *World) party(did, name string, seed byte) {
	w.t.Helper()
	hand := bundletest.Ed25519(seed + 1)
	public, err := cose.NewKey(hand.Public())
	w.must(err)
	w.parties[did] = &bundletest.Organisation{
		DID: did, Name: name, Key: bundletest.Ed25519(seed), Hand: hand, Registry: registry.Registry{
			Version: registry.Version, Organisation: did, Name: name,
			Entries: []registry.Entry{{Key: public.Bytes(), Role: registry.Party, Name: "hand", From: bundletest.Epoch}},
		},
	}
}

// DIDs returns all organisations, sorted.
func (w *World) DIDs() []string {
	var all []string
	for did := range w.parties {
		all = append(all, did)
	}
	slices.Sort(all)
	return all
}

// Party returns an organisation.
func (w *World) Party(did string) *bundletest.Organisation { return w.parties[did] }

// Hand returns the key by which an organisation signs.
func (w *World) Hand(did string) crypto.Signer { return w.parties[did].Hand }

// TrustFile returns the trust file of all parties.
func (w *World) TrustFile() []byte {
	b := w.World.TrustFile()
	for _, did := range w.DIDs() {
		if p := w.parties[did]; p != w.Producer && p != w.Carrier && p != w.Laboratory {
			b = fmt.Appendf(b, "org %s %s\n", did, bundletest.VerifierKey(did[len("did:web:"):], 0x01, p.Key))
		}
	}
	return b
}

// Trust returns the trust file, parsed.
func (w *World) Trust() proof.Trust {
	w.t.Helper()
	t, err := proof.ParseTrust(w.TrustFile())
	w.must(err)
	return t
}

// Keys returns the directory over all registries.
func (w *World) Keys() *registry.Directory {
	w.t.Helper()
	keys := &registry.Directory{}
	for _, did := range w.DIDs() {
		w.must(keys.Add(&w.parties[did].Registry))
	}
	return keys
}

// Registries returns all registries, signed.
func (w *World) Registries() [][]byte { return w.bodies("/v1/registries") }

// Papers returns all documents in the order in which they were made.
func (w *World) Papers() [][]byte { return w.bodies("/v1/documents") }

func (w *World) bodies(path string) (all [][]byte) {
	for _, a := range w.Acts {
		if a.Path == path {
			all = append(all, a.Body)
		}
	}
	return all
}

// Act returns an act by its name.
func (w *World) Act(name string) Act {
	w.t.Helper()
	i := slices.IndexFunc(w.Acts, func(a Act) bool { return a.Name == name })
	if i < 0 {
		w.t.Fatalf("the story has no act %q", name)
	}
	return w.Acts[i]
}

// Replaced returns all documents with others in the place of one: with none, all but that one.
func (w *World) Replaced(name string, others ...[]byte) [][]byte {
	w.t.Helper()
	papers := w.Papers()
	i := slices.IndexFunc(papers, func(b []byte) bool { return slices.Equal(b, w.Act(name).Body) })
	if i < 0 {
		w.t.Fatalf("%q is no document", name)
	}
	return slices.Replace(papers, i, i+1, others...)
}

// Case returns the case on papers, with all tickets.
func (w *World) Case(papers [][]byte) (*audit.Case, error) { return w.CaseOn(w.Tables(), papers) }

// CaseOn returns the case on papers and other tables.
func (w *World) CaseOn(tables audit.Tables, papers [][]byte) (*audit.Case, error) {
	return audit.NewCase(w.Keys(), w.tickets, papers, tables)
}

// Tables returns the tables of this program.
func (w *World) Tables() (t audit.Tables) {
	w.t.Helper()
	for name, into := range map[string]*[]byte{
		configs.USMCA: &t.Rules, configs.Rates: &t.Rates, configs.Ports: &t.Ports, configs.Country: &t.Country,
	} {
		b, err := configs.Files.ReadFile(name)
		w.must(err)
		*into = b
	}
	t.Others = map[string][]byte{}
	for _, agreement := range []string{"NAFTA", "CAFTA-DR"} {
		b, err := configs.Files.ReadFile(configs.Agreements[agreement])
		w.must(err)
		t.Others[agreement] = b
	}
	return t
}

// Bundle returns the unsealed bundle behind the entry: its own papers and tickets, as the cloud gathers them.
func (w *World) Bundle(depth bundle.Depth) *bundle.Bundle {
	w.t.Helper()
	c, err := w.Case(w.Papers())
	w.must(err)
	d, err := c.Decide(w.Number.String())
	w.must(err)
	papers, hashes, err := c.Relevant(w.Number.String())
	w.must(err)
	b := &bundle.Bundle{
		Version: bundle.Version, Depth: depth, Sealed: bundletest.Epoch + 100*day, Trust: w.TrustFile(), Registries: w.Registries(), Documents: papers,
	}
	var tickets []*ticket.Ticket
	for _, s := range w.Tickets {
		if h := ticket.Hash(s.Ticket); slices.Contains(hashes, h) {
			b.Tickets, tickets = append(b.Tickets, s), append(tickets, w.tickets[h])
		}
	}
	b.Batches, err = audit.Batches(context.Background(), w, tickets, depth)
	w.must(err)
	w.must(audit.Pack(b, d, w.Tables()))
	return b
}

// Seal returns the bundle file, sealed by a party.
func (w *World) Seal(b *bundle.Bundle, by string) []byte {
	w.t.Helper()
	file, err := b.Seal(w.Hand(by))
	w.must(err)
	return file
}

// Messages returns what the devices send, each device's in order.
func (w *World) Messages() (all []Message) {
	w.t.Helper()
	for _, b := range w.batches {
		s, _, err := statement.Parse(b.Statement)
		w.must(err)
		m := Message{Topic: wire.BatchTopic(w.Producer.DID, s.Device), Refused: b.Receipt == nil}
		m.Payload, err = wire.Batch{Statement: b.Statement, Leaves: b.Leaves}.Encode()
		w.must(err)
		all = append(all, m)
	}
	return all
}

var _ audit.Library = (*World)(nil)

// StatementOf implements audit.Library.
func (w *World) StatementOf(_ context.Context, device cose.Kid, point string, seq uint64) (uint64, error) {
	for _, b := range w.batches {
		s, _, err := statement.Parse(b.Statement)
		w.must(err)
		if _, covers := s.Index(point, seq); covers && s.Device == device && b.Receipt != nil {
			return s.Number, nil
		}
	}
	return 0, fmt.Errorf("no statement covers %s seq %d", point, seq)
}

// Batches implements audit.Library.
func (w *World) Batches(_ context.Context, device cose.Kid, first, last uint64) (all []bundle.Batch, err error) {
	for _, b := range w.batches {
		s, _, err := statement.Parse(b.Statement)
		w.must(err)
		if s.Device == device && first <= s.Number && s.Number <= last {
			all = append(all, bundle.Batch{Statement: b.Statement, Receipt: b.Receipt})
		}
	}
	return all, nil
}

// Batch implements audit.Library.
func (w *World) Batch(_ context.Context, s *statement.Statement) ([][]byte, error) {
	for _, b := range w.batches {
		if p, _, err := statement.Parse(b.Statement); err == nil && p.Device == s.Device && p.Number == s.Number {
			return b.Leaves, nil
		}
	}
	return nil, fmt.Errorf("no statement %d of device %s", s.Number, s.Device)
}
