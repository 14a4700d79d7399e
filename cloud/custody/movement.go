package custody

import (
	"fmt"
	"strings"

	"github.com/gauger/gauger/metrology/quantity"
)

// Effect says what a movement is.
type Effect string

// The effects.
const (
	Opened      Effect = "opening"        // opening inventory
	Received    Effect = "receipt"        // into a tank or stream
	Shrunk      Effect = "shrinkage"      // volume lost in blending; no mass
	Mixed       Effect = "blend"          // a receipt becomes part of the tank's mixture
	Transferred Effect = "transfer"       // from tank or stream to line
	Gained      Effect = "gain"           // a meter or gauge found more than the book
	Lost        Effect = "loss"           // a meter or gauge found less than the book
	Delivered   Effect = "delivery"       // out of the line
	Allowed     Effect = "loss allowance" // contractual: no oil, no mass
	Stored      Effect = "store"          // from tank or stream to another
	Withdrawn   Effect = "withdrawal"     // from tank or stream to a party
	Processed   Effect = "process"        // into a process, and out of it
	Parted      Effect = "split"          // of a batch in a line

	// What leaves without being delivered: see Cause.
	Watered    Effect = "water"
	Sampled    Effect = "sample"
	Burnt      Effect = "fuel"
	Interfaced Effect = "interface"
	Flared     Effect = "flare"

	// Adjusted is the correction of a mistake in a month that was closed.
	Adjusted Effect = "adjustment"

	// Within a stream: no oil moves, it changes owner.
	Titled        Effect = "title"
	Exchanged     Effect = "exchange"
	AllowedInKind Effect = "loss allowance in kind"
)

// Account is where volume and mass are booked: "pool:T-14". Pools, receipts, batches, deliveries and processes hold oil and are never
// negative; the others are the outside world, the causes of gains and losses, and contracts.
type Account string

// The accounts that no pool, batch or source stands behind.
const (
	Shrinkage       Account = "account:shrinkage"
	TankGainLoss    Account = "account:tank gain and loss"
	LineGainLoss    Account = "account:line gain and loss"
	StreamGainLoss  Account = "account:stream gain and loss"
	ProcessGainLoss Account = "account:process gain and loss"
	LossAllowance   Account = "account:loss allowance"
)

// PoolAccount is the mixture in a tank, and the mass of that in a stream: see PositionAccount.
func PoolAccount(pool string) Account { return Account("pool:" + pool) }

// ReceiptAccount is a receipt that lies in a tank and is not blended yet.
func ReceiptAccount(receipt string) Account { return Account("receipt:" + receipt) }

// BatchAccount is a batch in a line.
func BatchAccount(batch string) Account { return Account("batch:" + batch) }

// DeliveredAccount is a batch that has left the line, or a lot that was withdrawn.
func DeliveredAccount(batch string) Account { return Account("delivered:" + batch) }

// ProcessAccount is what a process works on: it is empty when the process is booked.
func ProcessAccount(event string) Account { return Account("process:" + event) }

// SourceAccount is a source: what it gave is its negative balance.
func SourceAccount(source string) Account { return Account("source:" + source) }

// ContractAccount is what the shipper of a batch owes the carrier by contract, apart from the oil.
func ContractAccount(batch string) Account { return Account("contract:" + batch) }

// Holds reports whether the account holds oil.
func (a Account) Holds() bool {
	for _, prefix := range []string{"pool:", "receipt:", "batch:", "delivered:", "process:"} {
		if strings.HasPrefix(string(a), prefix) {
			return true
		}
	}
	return false
}

// Source returns the source behind a source's account.
func (a Account) Source() (id string, is bool) { return strings.CutPrefix(string(a), "source:") }

// Evidence says what a figure rests on.
type Evidence string

// The classes of evidence, the best first.
const (
	Signed   Evidence = "signed"   // a ticket over signed records of a meter
	Attested Evidence = "attested" // a statement that repeats a paper of both parties, or that the carrier's monthly statement confirms
	Typed    Evidence = "typed"    // a statement of one party
)

// Movement is one entry of the book: Volume and Mass leave From and arrive in To. Both are never negative, and one of them can
// be zero: shrinkage moves volume alone.
type Movement struct {
	Event  string         `json:"event"`
	At     int64          `json:"at"`     // ms since 1970 UTC
	Effect Effect         `json:"effect"` // what it is
	Pool   string         `json:"pool"`   // the tank or line whose inventory it belongs to; of a transfer, the line
	From   Account        `json:"from"`
	To     Account        `json:"to"`
	Batch  string         `json:"batch,omitempty"`
	Place  string         `json:"place,omitempty"` // where a batch was measured
	Basis  quantity.Basis `json:"basis"`
	Volume quantity.Micro `json:"volume"`
	Mass   quantity.Micro `json:"mass"` // kg
	// Input is the volume that was put in before it shrank: of an opening that of the component, of a receipt its volume; zero
	// otherwise.
	Input    quantity.Micro `json:"input"`
	Evidence Evidence       `json:"evidence"`
	Ticket   *Citation      `json:"ticket,omitempty"` // in the version that was booked; a leg shows the newest
	Method   string         `json:"method,omitempty"` // standard and edition behind a computed volume
	// Statement is the carrier's monthly statement that attested evidence rests on, an event; absent where it is a paper.
	Statement string `json:"statement,omitempty"`
	// Product is what a process, or a blend, made of what it brings into the pool; of a blend, of all that is then in the tank.
	Product *Product `json:"product,omitempty"`
}

// String prints the movement on a line.
func (m Movement) String() string {
	return fmt.Sprintf("%s of event %s: %s %s (%s kg) from %s to %s", m.Effect, m.Event, m.Volume, m.Basis, m.Mass, m.From, m.To)
}

// massOf returns the mass in kg of a volume of the given density in kg/m3, one product rounded once. Energy has none.
func massOf(volume quantity.Micro, basis quantity.Basis, density quantity.Micro) (quantity.Micro, error) {
	if basis.Unit.Dimension() == quantity.Energy {
		return 0, nil
	}
	factors := []quantity.Factor{quantity.F(int64(density), 6)}
	if basis.Unit == quantity.Barrel {
		factors = append(factors, quantity.F(158_987_294_928, 12))
	}
	return volume.Mul(factors...)
}

// densityOf returns mass over volume in kg/m3, and zero for no volume and for energy.
func densityOf(mass, volume quantity.Micro, basis quantity.Basis) (quantity.Micro, error) {
	if volume <= 0 {
		return 0, nil
	}
	if basis.Unit == quantity.Barrel {
		var err error
		if mass, err = mass.Ratio(1_000_000_000_000, 158_987_294_928); err != nil {
			return 0, err
		}
	}
	return mass.Ratio(quantity.PerUnit, int64(volume))
}
