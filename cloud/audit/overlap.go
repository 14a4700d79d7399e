package audit

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
)

// Anchored is a claim as a ledger has it.
type Anchored struct {
	Log   string // what tells the ledger from others
	Index uint64 // in it
	Hash  record.Hash
	Claim
}

// Anchors takes the claims out of one ledger. Nothing but the ledger is asked: the keys are those that were registered in it
// before, by organisations whose own keys the trust holds.
type Anchors struct {
	Log    string
	Trust  proof.Trust
	Claims []Anchored
	// Unread are the claims and registries that nothing vouches for: their signer is not known, or not by this trust.
	Unread []Unread
	keys   registry.Directory
	seen   map[record.Hash]bool
}

// Unread is an entry of a ledger that was passed over, and why.
type Unread struct {
	Log   string `json:"log"`
	Index uint64 `json:"index"`
	Why   string `json:"why"`
}

// Take takes the entry at an index, in the order of the ledger. What is neither claim nor registry is passed over.
func (a *Anchors) Take(index uint64, entry []byte) {
	thing, err := cose.Thing(entry)
	if err != nil || thing != ClaimThing && thing != registry.Thing {
		return
	}
	hash := record.Hash(sha256.Sum256(entry))
	if a.seen[hash] {
		return // appended twice is said once
	}
	if a.seen == nil {
		a.seen = map[record.Hash]bool{}
	}
	a.seen[hash] = true
	if thing == registry.Thing {
		r, err := registry.Open(entry, a.Trust.Organisation)
		if err == nil {
			err = a.keys.Add(r)
		}
		a.unread(index, err)
		return
	}
	claim, err := OpenClaim(entry, &a.keys)
	if a.unread(index, err) {
		return
	}
	a.Claims = append(a.Claims, Anchored{a.Log, index, hash, claim})
}

func (a *Anchors) unread(index uint64, err error) bool {
	if err != nil {
		a.Unread = append(a.Unread, Unread{a.Log, index, err.Error()})
	}
	return err != nil
}

// OverlapKind says in what two claims overlap.
type OverlapKind string

// The kinds of overlap.
const (
	SameRecords OverlapKind = "records" // one record of a meter is entered twice, and not for the two shares of one lot
	SamePaper   OverlapKind = "paper"   // one ticket of a carrier, or what it measured at one point and time, or one statement of a lot is
	SamePoint   OverlapKind = "point"   // what passed one point of one ledger at one time is entered by a carrier's ticket, and by another or by records
	SameBatch   OverlapKind = "batch"   // one batch of one ledger is entered at two meters
	SameEntry   OverlapKind = "entry"   // one entry number stands on two claims, neither of which amends the other
)

// Overlap is what two claims claim both. A claim names what it enters, not volumes, so no volume is told.
type Overlap struct {
	Kind    OverlapKind `json:"kind"`
	Device  cose.Kid    `json:"device"` // of SameRecords, with the records that both enter
	Point   string      `json:"point"`  // of SameRecords, SamePaper and SamePoint; the place of a stated lot
	First   uint64      `json:"first"`
	Last    uint64      `json:"last"`
	Carrier string      `json:"carrier,omitempty"` // DID, of SamePaper
	Event   string      `json:"event,omitempty"`   // of SamePaper, that states a lot
	Open    int64       `json:"open,omitempty"`    // ms since 1970 UTC: of SamePaper and SamePoint, with Close the time that both name
	Close   int64       `json:"close,omitempty"`
	Batch   string      `json:"batch"`
	Claims  [2]ClaimRef `json:"claims"` // the earlier one first
}

// ClaimRef says which claim, and whose.
type ClaimRef struct {
	Log      string      `json:"log"`
	Index    uint64      `json:"index"`
	Hash     record.Hash `json:"hash"`
	Entry    string      `json:"entry"`
	By       string      `json:"by"`       // DID
	Importer string      `json:"importer"` // DID
	At       int64       `json:"at"`       // ms since 1970 UTC
}

// maxOverlaps bounds what is listed: whoever wants more has found enough.
const maxOverlaps = 10_000

// ErrTooMany reports more overlaps than are listed.
var ErrTooMany = errors.New("too many overlaps")

// sweep finds overlaps of some kinds: it sorts the claims that it is of, so that what may overlap comes together, and compares those.
type sweep struct {
	of    func(c Anchored) bool
	key   func(a, b Anchored) int
	alike func(a, b Anchored) bool // b being the later one by key
	make  func(a, b Anchored) (Overlap, bool)
}

var sweeps = []sweep{
	{
		func(c Anchored) bool { return c.Carrier == "" },
		func(a, b Anchored) int {
			return cmp.Or(slices.Compare(a.Device[:], b.Device[:]), cmp.Compare(a.Point, b.Point), cmp.Compare(a.First, b.First))
		},
		func(a, b Anchored) bool { return a.Device == b.Device && a.Point == b.Point && b.First <= a.Last },
		sameGoods,
	},
	{
		func(c Anchored) bool { return c.Carrier != "" },
		func(a, b Anchored) int {
			return cmp.Or(cmp.Compare(a.Carrier, b.Carrier), slices.Compare(a.Ticket[:], b.Ticket[:]))
		},
		func(a, b Anchored) bool { return a.Carrier == b.Carrier && a.Ticket == b.Ticket },
		sameGoods,
	},
	{
		func(c Anchored) bool { return c.Event != "" },
		func(a, b Anchored) int {
			return cmp.Or(cmp.Compare(a.Carrier, b.Carrier), cmp.Compare(a.Event, b.Event))
		},
		func(a, b Anchored) bool { return a.Carrier == b.Carrier && a.Event == b.Event },
		sameGoods,
	},
	{
		func(c Anchored) bool { return c.Event == "" && c.Close != 0 },
		func(a, b Anchored) int {
			return cmp.Or(cmp.Compare(a.Point, b.Point), cmp.Compare(a.opened(), b.opened()))
		},
		func(a, b Anchored) bool { return a.Point == b.Point && b.opened() < a.Close },
		sameGoods,
	},
	{
		// The names of batches are those of the books behind one ledger.
		func(Anchored) bool { return true },
		func(a, b Anchored) int { return cmp.Or(cmp.Compare(a.Log, b.Log), cmp.Compare(a.Batch, b.Batch)) },
		func(a, b Anchored) bool { return a.Log == b.Log && a.Batch == b.Batch },
		sameBatch,
	},
	{
		func(Anchored) bool { return true },
		func(a, b Anchored) int { return cmp.Compare(a.Entry, b.Entry) },
		func(a, b Anchored) bool { return a.Entry == b.Entry },
		sameEntry,
	},
}

// Overlaps finds what two claims enter both, among the claims of any number of ledgers. A claim that amends one of the same goods
// enters nothing, and one that is in several ledgers is one claim.
func Overlaps(claims []Anchored) ([]Overlap, error) {
	all := entering(claims)
	found := overlaps{seen: map[seenOverlap]bool{}}
	for _, s := range sweeps {
		some := slices.DeleteFunc(slices.Clone(all), func(c Anchored) bool { return !s.of(c) })
		slices.SortFunc(some, func(a, b Anchored) int { return cmp.Or(s.key(a, b), order(a, b)) })
		if err := found.pairs(some, s); err != nil {
			return found.list, err
		}
	}
	return found.list, nil
}

// entering returns the claims that enter goods, each once.
func entering(claims []Anchored) []Anchored {
	byHash := map[record.Hash]Anchored{}
	for _, c := range claims {
		if _, known := byHash[c.Hash]; !known {
			byHash[c.Hash] = c
		}
	}
	var out []Anchored
	for _, c := range byHash {
		if c.Amends != nil {
			if first, known := byHash[*c.Amends]; known && first.Amends == nil && c.sameGoods(first.Claim) {
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// order sorts claims by when they were made.
func order(a, b Anchored) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Log, b.Log), cmp.Compare(a.Index, b.Index), slices.Compare(a.Hash[:], b.Hash[:]))
}

// overlaps are those found so far. Two sweeps can find one.
type overlaps struct {
	list []Overlap
	seen map[seenOverlap]bool
}

type seenOverlap struct {
	kind OverlapKind
	a, b record.Hash
}

// pairs adds the overlaps of sorted claims. What may overlap with a claim follows it; the longest range so far is kept, so that
// a short one between two that overlap hides nothing.
func (f *overlaps) pairs(sorted []Anchored, s sweep) error {
	var open []Anchored // that later ones may still overlap with
	for _, c := range sorted {
		open = slices.DeleteFunc(open, func(o Anchored) bool { return !s.alike(o, c) })
		for _, o := range open {
			a, b := o, c
			if order(a, b) > 0 {
				a, b = b, a
			}
			x, is := s.make(a, b)
			if id := (seenOverlap{x.Kind, a.Hash, b.Hash}); !is || f.seen[id] {
				continue
			} else {
				f.seen[id] = true
			}
			if len(f.list) == maxOverlaps {
				return fmt.Errorf("%w: the first %d are listed", ErrTooMany, maxOverlaps)
			}
			x.Claims = [2]ClaimRef{refTo(a), refTo(b)}
			f.list = append(f.list, x)
		}
		open = append(open, c)
	}
	return nil
}

func refTo(c Anchored) ClaimRef {
	return ClaimRef{c.Log, c.Index, c.Hash, c.Entry.String(), c.By, c.Importer, c.At}
}

// twice returns by what two claims enter the same goods, and whether they do.
func twice(a, b Anchored) (OverlapKind, bool) {
	switch {
	case a.completes(b.Claim):
		return "", false
	case a.Carrier == "" && b.Carrier == "":
		return SameRecords, a.overlaps(b.Claim)
	case a.overlaps(b.Claim):
		return SamePaper, true
	}
	return SamePoint, a.Log == b.Log && a.meets(b.Claim) // the names of points are those of the books behind one ledger
}

// sameGoods reports what two claims enter both.
func sameGoods(a, b Anchored) (Overlap, bool) {
	kind, is := twice(a, b)
	x := Overlap{Kind: kind, Point: a.Point, Batch: a.Batch}
	switch kind {
	case SameRecords:
		x.Device, x.First, x.Last = a.Device, max(a.First, b.First), min(a.Last, b.Last)
	case SamePaper:
		x.Carrier, x.Event = a.Carrier, a.Event
	}
	if kind != SameRecords {
		x.Open, x.Close = max(a.Open, b.Open), min(a.Close, b.Close)
	}
	return x, is
}

// sameBatch reports a batch that passed two meters and is entered at both. At one meter it may be entered in parts, day by day.
func sameBatch(a, b Anchored) (Overlap, bool) {
	_, reported := twice(a, b)
	return Overlap{Kind: SameBatch, Batch: a.Batch}, !reported && (a.Device != b.Device || a.Point != b.Point || a.Carrier != b.Carrier)
}

// sameEntry reports an entry number on two claims that are not reported for what they enter.
func sameEntry(a, b Anchored) (Overlap, bool) {
	_, reported := twice(a, b)
	return Overlap{Kind: SameEntry, Batch: a.Batch}, !reported
}
