// Package custody is the double-entry book of oil in tanks and lines: a fold over signed statements of the parties, each of
// which moves volume and mass between accounts so that nothing appears or vanishes without a name. Who holds a batch and who
// owns it are two chains beside the volumes.
package custody

import (
	"cmp"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// Version is the version of the event format.
const Version = 1

// Thing is the name of an event in the typ header of its signature.
const Thing = "movement"

// Limits of an event.
const (
	// MaxSize is the largest encoded event in bytes.
	MaxSize = 16 << 10
	// MaxName and MaxText bound identifiers and free text, in bytes.
	MaxName = 64
	MaxText = 256
	// MaxParts bounds the components of an opening, the receipts of a blend and the segments of a line.
	MaxParts = 128
)

// Kind says what an event states.
type Kind string

// The kinds of events. Each has a body of its own in Event, whose comment says who may state it.
const (
	KindPool            Kind = "pool"
	KindSource          Kind = "source"
	KindInstallation    Kind = "installation"
	KindOpening         Kind = "opening"
	KindReceipt         Kind = "receipt"
	KindBlend           Kind = "blend"
	KindGauging         Kind = "gauging"
	KindTransfer        Kind = "transfer"
	KindCheck           Kind = "check"
	KindHandover        Kind = "handover"
	KindDelivery        Kind = "delivery"
	KindAllowance       Kind = "loss allowance"
	KindRevision        Kind = "revision"
	KindSale            Kind = "sale"
	KindAcknowledgement Kind = "acknowledgement"
	KindCertification   Kind = "certification"
	KindVoid            Kind = "void"
	KindWithdrawal      Kind = "withdrawal"
	KindTitle           Kind = "title"
	KindExchange        Kind = "exchange"
	KindDeduction       Kind = "deduction"
	KindProcess         Kind = "process"
	KindSplit           Kind = "split"
	KindFill            Kind = "line fill"
	KindInBond          Kind = "in-bond move"
	KindClose           Kind = "close"
	KindParty           Kind = "party"
	KindFacility        Kind = "facility"
	KindSeal            Kind = "seal"
	KindStatement       Kind = "statement"
	KindDispute         Kind = "dispute"
	KindInventory       Kind = "inventory method"
)

// Event is one statement of one party. Exactly one body is set. Events take effect in the order of (At, Order, ID); a mistake
// is mended by a later event, never by an edit: see Void.
type Event struct {
	Version uint64 `cbor:"1,keyasint" json:"version"`
	ID      string `cbor:"2,keyasint" json:"id"` // unique in the ledger; a receipt and a sale are named by it later
	By      string `cbor:"3,keyasint" json:"by"` // DID of the party that states this
	At      int64  `cbor:"4,keyasint" json:"at"` // ms since 1970 UTC: when it took effect in the books
	Order   uint64 `cbor:"5,keyasint" json:"order"`
	// Ticket is the SHA-256 of the encoded ticket that measured what is stated.
	Ticket *record.Hash `cbor:"6,keyasint,omitempty" json:"ticket,omitempty"`
	// Paper is the SHA-256 of a document of both parties, made outside this program, whose figures the statement repeats: a
	// carrier's own ticket, a railway bill. It turns typed evidence into attested. A countersigned carrier's ticket that the books
	// have (see Paper) is checked, and can stand in the place of Ticket and of stated figures; of another, whoever doubts asks for it.
	Paper *record.Hash `cbor:"7,keyasint,omitempty" json:"paper,omitempty"`

	Pool            *Pool             `cbor:"10,keyasint,omitempty" json:"pool,omitempty"`
	Source          *Source           `cbor:"11,keyasint,omitempty" json:"source,omitempty"`
	Installation    *Installation     `cbor:"12,keyasint,omitempty" json:"installation,omitempty"`
	Opening         *Opening          `cbor:"13,keyasint,omitempty" json:"opening,omitempty"`
	Receipt         *Receipt          `cbor:"14,keyasint,omitempty" json:"receipt,omitempty"`
	Blend           *Blend            `cbor:"15,keyasint,omitempty" json:"blend,omitempty"`
	Gauging         *Gauging          `cbor:"16,keyasint,omitempty" json:"gauging,omitempty"`
	Transfer        *Transfer         `cbor:"17,keyasint,omitempty" json:"transfer,omitempty"`
	Check           *Check            `cbor:"18,keyasint,omitempty" json:"check,omitempty"`
	Handover        *Handover         `cbor:"19,keyasint,omitempty" json:"handover,omitempty"`
	Delivery        *Delivery         `cbor:"20,keyasint,omitempty" json:"delivery,omitempty"`
	Allowance       *Allowance        `cbor:"21,keyasint,omitempty" json:"allowance,omitempty"`
	Revision        *Revision         `cbor:"22,keyasint,omitempty" json:"revision,omitempty"`
	Sale            *Sale             `cbor:"23,keyasint,omitempty" json:"sale,omitempty"`
	Acknowledgement *Acknowledgement  `cbor:"24,keyasint,omitempty" json:"acknowledgement,omitempty"`
	Certification   *Certification    `cbor:"25,keyasint,omitempty" json:"certification,omitempty"`
	Void            *Void             `cbor:"26,keyasint,omitempty" json:"void,omitempty"`
	Withdrawal      *Withdrawal       `cbor:"27,keyasint,omitempty" json:"withdrawal,omitempty"`
	Title           *Title            `cbor:"28,keyasint,omitempty" json:"title,omitempty"`
	Exchange        *Exchange         `cbor:"29,keyasint,omitempty" json:"exchange,omitempty"`
	Deduction       *Deduction        `cbor:"30,keyasint,omitempty" json:"deduction,omitempty"`
	Process         *Process          `cbor:"31,keyasint,omitempty" json:"process,omitempty"`
	Split           *Split            `cbor:"32,keyasint,omitempty" json:"split,omitempty"`
	Fill            *Fill             `cbor:"33,keyasint,omitempty" json:"fill,omitempty"`
	InBond          *InBond           `cbor:"34,keyasint,omitempty" json:"inBond,omitempty"`
	Close           *Close            `cbor:"35,keyasint,omitempty" json:"close,omitempty"`
	Party           *Party            `cbor:"36,keyasint,omitempty" json:"party,omitempty"`
	Facility        *Facility         `cbor:"37,keyasint,omitempty" json:"facility,omitempty"`
	Seal            *Seal             `cbor:"38,keyasint,omitempty" json:"seal,omitempty"`
	Statement       *MonthlyStatement `cbor:"39,keyasint,omitempty" json:"statement,omitempty"`
	Dispute         *Dispute          `cbor:"40,keyasint,omitempty" json:"dispute,omitempty"`
	Inventory       *Inventory        `cbor:"41,keyasint,omitempty" json:"inventory,omitempty"`
}

// Compare orders events as they take effect: by instant, then Order, then ID. An event that arrives late belongs between those
// already applied: sort all of them and fold anew.
func Compare(a, b Event) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Order, b.Order), cmp.Compare(a.ID, b.ID))
}

// PoolKind is a tank, a line or a stream.
type PoolKind string

// The kinds of pools. A stream is all oil of one grade in a carrier's system, tanks and line fill together: nobody can say whose
// oil is where, so each shipper has a position, and so has the carrier.
const (
	Tank   PoolKind = "tank"
	Line   PoolKind = "line"
	Stream PoolKind = "stream"
)

// Method is how withdrawals from a pool are attributed to what went in (19 CFR 182 App. A, Schedule VIII).
type Method string

// What a pool does with its oil; the methods that a law lets an inventory be kept by are in Inventory. A tank or stream mixes, so each withdrawal takes every share of the mixture; a line keeps its batches in order.
const (
	Average Method = "average"
	FIFO    Method = "first-in-first-out"
)

// Pool declares a tank, a line or a stream, by its keeper. All its volumes are on one basis; whatever comes in on another is converted at
// the door, step by step. A stream of gas can be kept by energy, in MMBtu or GJ: what is called a volume in these books then is energy,
// it is stated and not measured by tickets, which are of liquids, and no mass is booked.
type Pool struct {
	ID     string         `cbor:"1,keyasint" json:"id"` // without "/", which parts a stream from a shipper
	Kind   PoolKind       `cbor:"2,keyasint" json:"kind"`
	Basis  quantity.Basis `cbor:"3,keyasint" json:"basis"`
	Keeper string         `cbor:"4,keyasint" json:"keeper"`                    // DID: has custody of the oil and keeps the inventory of record
	Owner  string         `cbor:"5,keyasint,omitempty" json:"owner,omitempty"` // DID of whose inventory it is; tanks only
	Method Method         `cbor:"6,keyasint" json:"method"`
	Place  string         `cbor:"7,keyasint,omitempty" json:"place,omitempty"`
	// Segments are the parts of a line from its injection on; the first is the keeper's.
	Segments []Segment `cbor:"8,keyasint,omitempty" json:"segments,omitempty"`
}

// Segment is a part of a line that ends at a measuring point.
type Segment struct {
	To        string         `cbor:"1,keyasint" json:"to"`        // name of the place where it ends
	Custodian string         `cbor:"2,keyasint" json:"custodian"` // DID of the carrier
	Fill      quantity.Micro `cbor:"3,keyasint" json:"fill"`      // volume the segment holds, on the line's basis
	Rate      quantity.Micro `cbor:"4,keyasint" json:"rate"`      // planned, per hour: a batch needs Fill/Rate hours
}

// Role is what the oil of a source is in a blend.
type Role string

// The roles.
const (
	Heavy   Role = "heavy"   // the oil that is to be moved
	Diluent Role = "diluent" // what thins it
	// Material is anything else, as gas: where it is mixed it counts as heavy.
	Material Role = "material"
)

// Status says whether a source's oil is claimed and certified to originate under the trade agreement in question.
type Status string

// The statuses. Unproven is treated as not originating until a certification changes it.
const (
	Originating    Status = "yes"
	NonOriginating Status = "no"
	Unproven       Status = "unproven"
)

// Source states the facts of origin of a lot, by its producer, or by the keeper or owner of the pool that receives it.
type Source struct {
	ID string `cbor:"1,keyasint" json:"id"`
	// Producer is a DID. It is empty when Withheld (the authorities get it on request) or unknown.
	Producer       string `cbor:"2,keyasint,omitempty" json:"producer,omitempty"`
	Withheld       bool   `cbor:"3,keyasint,omitempty" json:"withheld,omitempty"`
	Description    string `cbor:"4,keyasint" json:"description"`
	Heading        string `cbor:"5,keyasint" json:"heading"` // HS, four digits
	Country        string `cbor:"6,keyasint" json:"country"` // of production, ISO 3166 alpha-2
	Role           Role   `cbor:"7,keyasint" json:"role"`
	WhollyObtained bool   `cbor:"8,keyasint,omitempty" json:"whollyObtained,omitempty"` // extracted in Country
	Originating    Status `cbor:"9,keyasint" json:"originating"`
	Facility       string `cbor:"10,keyasint,omitempty" json:"facility,omitempty"`
	Location       string `cbor:"11,keyasint,omitempty" json:"location,omitempty"`
	// Capacity is the most that it can produce in a calendar month (UTC), by whoever states the source; nil where nobody says.
	Capacity *Capacity `cbor:"12,keyasint,omitempty" json:"capacity,omitempty"`
}

// Capacity is a volume a month.
type Capacity struct {
	Volume quantity.Micro `cbor:"1,keyasint" json:"volume"`
	Basis  quantity.Basis `cbor:"2,keyasint" json:"basis"`
}

// Certification changes what is proven about a source from the event's instant on; decisions of earlier days stand. It is stated
// by the producer, or by the party that stated the source; both facts are stated anew. Event.Paper can name the certification
// itself.
type Certification struct {
	Source         string `cbor:"1,keyasint" json:"source"`
	Originating    Status `cbor:"2,keyasint" json:"originating"`
	WhollyObtained bool   `cbor:"3,keyasint,omitempty" json:"whollyObtained,omitempty"`
}

// Installation describes a metering and sampling installation, by its operator. A later one for the same point replaces it for
// what is measured from then on.
type Installation struct {
	Point       string          `cbor:"1,keyasint" json:"point"`
	Uncertainty quantity.Factor `cbor:"2,keyasint" json:"uncertainty"` // expanded (k = 2), percent of the volume
	// Approval is the customs approval under 19 CFR 151.42 with what belongs to it: the importer who applied, who samples, and
	// what it covers. All empty where there is none.
	Approval string `cbor:"3,keyasint,omitempty" json:"approval,omitempty"`
	Importer string `cbor:"4,keyasint,omitempty" json:"importer,omitempty"` // DID
	Sampler  string `cbor:"5,keyasint,omitempty" json:"sampler,omitempty"`
	Scope    string `cbor:"6,keyasint,omitempty" json:"scope,omitempty"`

	Kind     InstallationKind `cbor:"7,keyasint,omitempty" json:"kind,omitempty"`
	Facility string           `cbor:"8,keyasint,omitempty" json:"facility,omitempty"` // that it is part of
	// Configuration is the SHA-256 of the configuration that its device runs on: a statement of that device names it.
	Configuration *record.Hash `cbor:"9,keyasint,omitempty" json:"configuration,omitempty"`
}

// Stated is a volume, or energy, that somebody typed.
type Stated struct {
	Volume  quantity.Micro `cbor:"1,keyasint" json:"volume"`
	Basis   quantity.Basis `cbor:"2,keyasint" json:"basis"`   // must be the pool's
	Density quantity.Micro `cbor:"3,keyasint" json:"density"` // kg/m3 at the reference conditions of Basis; 0 of energy, which has none
}

// Opening states the opening inventory of a tank, by its keeper, before anything else is booked there.
type Opening struct {
	Pool       string         `cbor:"1,keyasint" json:"pool"`
	Basis      quantity.Basis `cbor:"2,keyasint" json:"basis"`
	Density    quantity.Micro `cbor:"3,keyasint" json:"density"` // of the mixture, kg/m3
	Components []Component    `cbor:"4,keyasint" json:"components"`
}

// Component is what one source contributes to an opening inventory. The book volumes add up to what the tank holds; the input
// volume is what was once put in, before it shrank.
type Component struct {
	Source string         `cbor:"1,keyasint" json:"source"`
	Book   quantity.Micro `cbor:"2,keyasint" json:"book"`
	Input  quantity.Micro `cbor:"3,keyasint" json:"input"`
}

// Receipt brings oil of a source into a tank or stream, by its keeper: as the ticket of the event measured it, or as Stated; or a
// batch that was delivered.
type Receipt struct {
	Pool   string  `cbor:"1,keyasint" json:"pool"`
	Source string  `cbor:"2,keyasint,omitempty" json:"source,omitempty"`
	Stated *Stated `cbor:"3,keyasint,omitempty" json:"stated,omitempty"`
	// Shipper is the DID of whose position it is, in a stream only. The carrier ships its own line fill.
	Shipper string `cbor:"4,keyasint,omitempty" json:"shipper,omitempty"`
	// Batch is a batch or lot that was delivered to the keeper, in the place of a source: all of it comes in, as it was delivered.
	Batch string `cbor:"5,keyasint,omitempty" json:"batch,omitempty"`
	// Carried names the stream outside these books that brought it to the pool.
	Carried *Carried `cbor:"6,keyasint,omitempty" json:"carried,omitempty"`
}

// Blend mixes receipts of a tank with each other and with what the tank holds already, by its keeper. The receipts shrink by
// MPMS 12.3; the heel has shrunk when it was blended and does not again.
type Blend struct {
	Pool     string   `cbor:"1,keyasint" json:"pool"`
	Receipts []string `cbor:"2,keyasint" json:"receipts"` // event IDs
	// Work is stated where the blend makes a product by what rules of origin call a process, as direct blending does, and Heading
	// then is the HS subheading of all that is in the tank, six digits. Both are left out where oil is mixed to be moved.
	Work    *Work  `cbor:"3,keyasint,omitempty" json:"work,omitempty"`
	Heading string `cbor:"4,keyasint,omitempty" json:"heading,omitempty"`
}

// Gauging states what a tank or stream holds by its gauges, by its keeper. The difference to the book is a gain or a loss; in a
// stream it falls to the positions by OverShortMethod.
type Gauging struct {
	Pool   string         `cbor:"1,keyasint" json:"pool"`
	Volume quantity.Micro `cbor:"2,keyasint" json:"volume"`
	Basis  quantity.Basis `cbor:"3,keyasint" json:"basis"` // must be the pool's
}

// Transfer injects a batch from a tank, or from a position in a stream, into a line as its ticket measured it, by its keeper. Custody
// passes to the carrier of the first segment. A batch has one ticket at each place; oil on two tickets is two batches.
type Transfer struct {
	Tank  string `cbor:"1,keyasint" json:"tank"` // or stream
	Line  string `cbor:"2,keyasint" json:"line"`
	Batch string `cbor:"3,keyasint" json:"batch"`
	// Empties says that nothing is left in the tank: what book and meter differ by is the tank's gain or loss.
	Empties bool `cbor:"4,keyasint,omitempty" json:"empties,omitempty"`
	// Shipper is the DID of whose position it comes from, in a stream only: the owner of the batch.
	Shipper string `cbor:"5,keyasint,omitempty" json:"shipper,omitempty"`
}

// Check meters a batch at the end of its segment, the last apart, by the carrier. The difference to the book is a gain or a
// loss of the segment, and the meter's volume is the book from then on.
type Check struct {
	Batch string `cbor:"1,keyasint" json:"batch"`
}

// Handover passes custody of a checked batch to the carrier of the next segment, by the carrier that gives it.
type Handover struct {
	Batch string `cbor:"1,keyasint" json:"batch"`
	From  string `cbor:"2,keyasint" json:"from"` // DID
	To    string `cbor:"3,keyasint" json:"to"`   // DID
}

// Delivery takes a whole batch out of the line at its end, by the carrier. What the ticket differs from the book is a gain or a
// loss of the last segment.
type Delivery struct {
	Batch string `cbor:"1,keyasint" json:"batch"`
	To    string `cbor:"2,keyasint" json:"to"` // DID of the party that receives it
}

// Allowance is the pipeline loss allowance, by the carrier: a contractual deduction in percent of the injected volume, whatever
// the line really lost. On a batch it moves no oil. On a receipt into a stream it is taken in kind: it passes from the position of
// the shipper to that of the carrier.
type Allowance struct {
	Batch   string          `cbor:"1,keyasint,omitempty" json:"batch,omitempty"`
	Percent quantity.Factor `cbor:"2,keyasint" json:"percent"`
	Receipt string          `cbor:"3,keyasint,omitempty" json:"receipt,omitempty"` // event ID; a batch or a receipt, not both
}

// Revision puts a later version of a ticket in the place of the one that an earlier event cited, by the party that stated that
// event. The gross volume must be the same: what a laboratory adds is sediment and water.
type Revision struct {
	Of string `cbor:"1,keyasint" json:"of"` // event ID
}

// Sale passes the ownership of a batch in the line, or of a lot that was withdrawn, by its owner. Title passes at the event's instant.
type Sale struct {
	Batch  string `cbor:"1,keyasint" json:"batch"`
	Seller string `cbor:"2,keyasint" json:"seller"` // DID
	Buyer  string `cbor:"3,keyasint" json:"buyer"`  // DID
	// Price is in US dollars per net barrel at 60 F, or per Unit; absent when the parties keep it to themselves.
	Price *quantity.Factor `cbor:"4,keyasint,omitempty" json:"price,omitempty"`
	Basis string           `cbor:"5,keyasint,omitempty" json:"basis,omitempty"` // "FOB Hardisty, formula, provisional"
	Unit  quantity.Unit    `cbor:"6,keyasint,omitempty" json:"unit,omitempty"`  // of Price, where it is none of net barrels: MMBtu, GJ, m3
}

// Acknowledgement says that the carrier has noted a sale and will act for the new owner, by the carrier.
type Acknowledgement struct {
	Sale string `cbor:"1,keyasint" json:"sale"` // event ID
}
