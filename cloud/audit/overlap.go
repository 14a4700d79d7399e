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
	SameBatch   OverlapKind = "batch"   // one batch of one ledger is entered at two meters
	SameEntry   OverlapKind = "entry"   // one entry number stands on two claims, neither of which amends the other
)

// Overlap is what two claims claim both. A claim names records, not volumes, so no volume is told.
type Overlap struct {
	Kind   OverlapKind `json:"kind"`
	Device cose.Kid    `json:"device"` // of SameRecords, with the records that both enter
	Point  string      `json:"point"`
	First  uint64      `json:"first"`
	Last   uint64      `json:"last"`
	Batch  string      `json:"batch"`
	Claims [2]ClaimRef `json:"claims"` // the earlier one first
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

// Overlaps finds what two claims enter both, among the claims of any number of ledgers. A claim that amends one of the same goods
// enters nothing, and one that is in several ledgers is one claim.
func Overlaps(claims []Anchored) ([]Overlap, error) {
	entering := entering(claims)
	var found []Overlap
	var err error
	for _, sweep := range []struct {
		key   func(a, b Anchored) int // sorts what may overlap together
		alike func(a, b Anchored) bool
		make  func(a, b Anchored) (Overlap, bool)
	}{
		{
			func(a, b Anchored) int {
				return cmp.Or(slices.Compare(a.Device[:], b.Device[:]), cmp.Compare(a.Point, b.Point), cmp.Compare(a.First, b.First))
			},
			func(a, b Anchored) bool { return a.Device == b.Device && a.Point == b.Point && b.First <= a.Last },
			sameRecords,
		},
		{
			// The names of batches are those of the books behind one ledger.
			func(a, b Anchored) int { return cmp.Or(cmp.Compare(a.Log, b.Log), cmp.Compare(a.Batch, b.Batch)) },
			func(a, b Anchored) bool { return a.Log == b.Log && a.Batch == b.Batch },
			sameBatch,
		},
		{
			func(a, b Anchored) int { return cmp.Compare(a.Entry, b.Entry) },
			func(a, b Anchored) bool { return a.Entry == b.Entry },
			sameEntry,
		},
	} {
		slices.SortFunc(entering, func(a, b Anchored) int { return cmp.Or(sweep.key(a, b), order(a, b)) })
		if found, err = pairs(found, entering, sweep.alike, sweep.make); err != nil {
			return found, err
		}
	}
	return found, nil
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

// pairs adds the overlaps of sorted claims. What may overlap with a claim follows it; the longest range so far is kept, so that
// a short one between two that overlap hides nothing.
func pairs(found []Overlap, sorted []Anchored, alike func(a, b Anchored) bool, overlap func(a, b Anchored) (Overlap, bool)) ([]Overlap, error) {
	var open []Anchored // that later ones may still overlap with
	for _, c := range sorted {
		open = slices.DeleteFunc(open, func(o Anchored) bool { return !alike(o, c) })
		for _, o := range open {
			a, b := o, c
			if order(a, b) > 0 {
				a, b = b, a
			}
			x, is := overlap(a, b)
			if !is {
				continue
			}
			if len(found) == maxOverlaps {
				return found, fmt.Errorf("%w: the first %d are listed", ErrTooMany, maxOverlaps)
			}
			x.Claims = [2]ClaimRef{named(a), named(b)}
			found = append(found, x)
		}
		open = append(open, c)
	}
	return found, nil
}

func named(c Anchored) ClaimRef {
	return ClaimRef{c.Log, c.Index, c.Hash, c.Entry.String(), c.By, c.Importer, c.At}
}

func sameRecords(a, b Anchored) (Overlap, bool) {
	return Overlap{
		Kind: SameRecords, Device: a.Device, Point: a.Point, First: max(a.First, b.First), Last: min(a.Last, b.Last), Batch: a.Batch,
	}, a.overlaps(b.Claim) && !a.completes(b.Claim)
}

// sameBatch reports a batch that passed two meters and is entered at both. At one meter it may be entered in parts, day by day.
func sameBatch(a, b Anchored) (Overlap, bool) {
	return Overlap{Kind: SameBatch, Batch: a.Batch}, a.Device != b.Device || a.Point != b.Point
}

// sameEntry reports an entry number on two claims that are not reported for their records.
func sameEntry(a, b Anchored) (Overlap, bool) {
	return Overlap{Kind: SameEntry, Batch: a.Batch}, !a.overlaps(b.Claim) || a.completes(b.Claim)
}
