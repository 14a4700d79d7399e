package audit

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// Interest stands with every answer of WhatIf.
const Interest = "without interest, of which this program has no rates"

// Consequences are what a change makes of the entries.
type Consequences struct {
	Entries   int      `json:"entries"`   // of the case
	Untouched int      `json:"untouched"` // that do not rest on what changes
	NotYet    int      `json:"notYet"`    // made after the instant of KnownAt
	Same      []string `json:"same"`      // that rest on it and come to the same
	// Differences are those that come to something else, in the order of the claims.
	Differences []Difference `json:"differences"`
	Daily       int          `json:"daily"` // of Differences: entered monthly, and each day's importation would have to be
	Undecided   int          `json:"undecided"`
	Owed        Amounts      `json:"owed"`   // sum over Differences that can be decided both ways
	Fallen      []string     `json:"fallen"` // events that rest on those taken back and fall with them
	// Exceeded are findings of Utilization that there would be, and are not as it is.
	Exceeded []string `json:"exceeded"`
	Note     string   `json:"note"`
}

// Difference is an entry as it is decided and as it would be.
type Difference struct {
	Entry    string  `json:"entry"`
	Importer string  `json:"importer"` // DID
	Batch    string  `json:"batch"`
	Before   Outcome `json:"before"`
	After    Outcome `json:"after"`
	Owed     Amounts `json:"owed"` // After less Before; nothing where one of them is undecided
	// Reasons are the steps of the decision that would be others: of origin, then of the way filed.
	Reasons []origin.Reason `json:"reasons"`
}

// Outcome is what an entry comes to, the way it is filed.
type Outcome struct {
	// Undecided says why the papers come to no decision. Nothing else is set then.
	Undecided  string             `json:"undecided,omitempty"`
	Imported   dated.Date         `json:"imported,omitempty"` // customs day at the port
	Owner      string             `json:"owner,omitempty"`    // DID, at importation
	Qualifies  bool               `json:"qualifies"`
	Criterion  string             `json:"criterion,omitempty"`
	Rule       string             `json:"rule,omitempty"`
	SPI        string             `json:"spi,omitempty"`     // claimed and standing
	Refused    string             `json:"refused,omitempty"` // why no preference stands
	Regime     customs.RegimeKind `json:"regime,omitempty"`
	Due        dated.Date         `json:"due,omitempty"`
	HTS        string             `json:"hts,omitempty"`
	Barrels    int64              `json:"barrels"` // net, whole
	Net        quantity.Micro     `json:"netBarrels"`
	Quantity   int64              `json:"quantity,omitempty"` // whole, in the unit of a line that counts in another than barrels
	Value      customs.Cents      `json:"value"`
	Duty       customs.Cents      `json:"duty"`
	Additional customs.Cents      `json:"additional"`
	MPF        customs.Cents      `json:"mpf"`
	HMF        customs.Cents      `json:"hmf"`
	Total      customs.Cents      `json:"total"`
	Reclaimed  customs.Cents      `json:"reclaimed"` // by a later claim under 19 USC 1520(d) that stands
	// LaterRefused says why a later claim does not stand.
	LaterRefused string `json:"laterRefused,omitempty"`
}

// Amounts are differences of what is owed; negative comes back.
type Amounts struct {
	Duty       customs.Cents `json:"duty"`
	Additional customs.Cents `json:"additional"`
	MPF        customs.Cents `json:"mpf"`
	HMF        customs.Cents `json:"hmf"`
	Reclaimed  customs.Cents `json:"reclaimed"` // of later claims, that would have to be paid again
	Total      customs.Cents `json:"total"`
}

// WhatIf decides anew about every entry that rests on what a change alters, and returns those that come to something else. Others are
// counted. The error wraps ErrUnknown where the change is of something that the case does not hold, and ErrQuestion where it cannot
// be made.
func (c *Case) WhatIf(ch Change) (*Consequences, error) {
	after, fallen, err := c.changed(ch)
	if err != nil {
		return nil, err
	}
	out := &Consequences{Same: []string{}, Differences: []Difference{}, Fallen: append([]string{}, fallen...), Exceeded: []string{}, Note: Interest}
	for _, h := range c.Order {
		claim := c.Claims[h]
		if claim.Amends != nil {
			continue
		}
		out.Entries++
		switch {
		case !slices.Contains(after.Order, h):
			out.NotYet++
		case !c.touches(ch, after, h):
			out.Untouched++
		default:
			if err := out.compare(c, after, claim); err != nil {
				return nil, err
			}
		}
	}
	return out, out.exceed(c, after)
}

// exceed finds what would be claimed beyond what covers it, and is not as it is.
func (out *Consequences) exceed(c, after *Case) error {
	is, err := c.exceeded()
	if err != nil {
		return err
	}
	would, err := after.exceeded()
	for _, s := range would {
		if !slices.ContainsFunc(is, func(o Utilization) bool { return o.Finding == s.Finding }) {
			out.Exceeded = append(out.Exceeded, s.Finding)
		}
	}
	return err
}

// touches reports whether an entry rests on what a change alters. Forward from what is altered: a certificate touches the claims that
// name it, a source the lots that hold its oil, an event whatever it is relevant to.
func (c *Case) touches(ch Change, after *Case, hash record.Hash) bool {
	claim := c.Claims[hash]
	for _, h := range c.Order {
		of := c.Claims[h]
		if (h == hash || of.Amends != nil && *of.Amends == hash) && of.Certificate != nil && after.withdrawn[*of.Certificate] {
			return true
		}
	}
	batch, err := c.Books.Batch(claim.Batch)
	if ch.whole() || err != nil {
		return true // or nothing says what it rests on
	}
	if len(ch.Voids) > 0 {
		r := c.relevance(batch)
		for _, v := range ch.Voids {
			if r.events[v.Of] || v.Replacement != nil && r.wants(v.Replacement) {
				return true
			}
		}
	}
	for _, g := range batch.Legs {
		lot, err := c.Lineage.LotAt(claim.Batch, g.At)
		if err != nil {
			return true
		}
		for _, share := range lot.Shares {
			if slices.ContainsFunc(ch.Sources, func(s SourceChange) bool { return s.Source == share.Source }) {
				return true
			}
		}
	}
	return false
}

// compare decides about an entry before and after.
func (out *Consequences) compare(c, after *Case, claim Claim) error {
	number := claim.Entry.String()
	before, had, err := c.outcome(number)
	if err != nil {
		return err
	}
	then, has, err := after.outcome(number)
	if err != nil {
		return err
	}
	if before.Regime == customs.Monthly && then.Regime == customs.Daily {
		out.Daily++
		if has, err = after.retroactive(&then, has, claim); err != nil {
			return err
		}
	}
	if before == then {
		out.Same = append(out.Same, number)
		return nil
	}
	d := Difference{Entry: number, Importer: claim.Importer, Batch: claim.Batch, Before: before, After: then, Reasons: []origin.Reason{}}
	for _, r := range has {
		if !slices.Contains(had, r) {
			d.Reasons = append(d.Reasons, r)
		}
	}
	switch {
	case then.Undecided != "":
		out.Undecided++
	case before.Undecided == "":
		d.Owed = then.less(before)
		if err := out.Owed.add(d.Owed); err != nil {
			return fmt.Errorf("entry %s: %w", number, err)
		}
	}
	out.Differences = append(out.Differences, d)
	return nil
}

// retroactive sets the deadline of an entry that was made monthly and had to be made on the day of importation.
func (c *Case) retroactive(o *Outcome, steps []origin.Reason, claim Claim) ([]origin.Reason, error) {
	law, err := c.law()
	if err != nil {
		return nil, err
	}
	if o.Due, steps, err = law.daily(o.Imported, steps); err != nil {
		return nil, fmt.Errorf("entry %s: %w", claim.Entry, err)
	}
	return steps, nil
}

// outcome decides about an entry, with the steps that lead there. Books that are broken are an error, not an outcome.
func (c *Case) outcome(number string) (Outcome, []origin.Reason, error) {
	d, err := c.Decide(number)
	if errors.Is(err, custody.ErrInvariant) {
		return Outcome{}, nil, err
	}
	if err != nil {
		return Outcome{Undecided: err.Error()}, nil, nil
	}
	filed := d.Assessment.Unclaimed
	if d.Assessment.Filed == customs.WithClaim {
		filed = d.Assessment.Claimed
	}
	o := Outcome{
		Imported: dated.Date(d.Imported), Owner: d.Owner, Qualifies: d.Origin.Qualifies, Criterion: d.Origin.Criterion, Rule: d.Origin.Rule, SPI: filed.SPI, Refused: d.ClaimRefused,
		Regime: filed.Regime, Due: filed.Due, HTS: d.Assessment.Line.HTS, Barrels: filed.Barrels, Net: d.Net, Quantity: filed.Quantity, Value: filed.Value,
		Duty: filed.Duty, Additional: filed.Additional, MPF: filed.MPF, HMF: filed.HMF, Total: filed.Total,
	}
	reasons := slices.Concat(d.Origin.Reasons, d.Assessment.Reasons, filed.Reasons)
	if d.Later != nil {
		o.LaterRefused, o.Reclaimed = d.Later.Refused, d.Later.Reclaim
		reasons = append(reasons, d.Later.Origin.Reasons...)
	}
	return o, reasons, nil
}

// less returns what is owed more than by another outcome.
func (o Outcome) less(b Outcome) Amounts {
	a := Amounts{
		Duty: o.Duty - b.Duty, Additional: o.Additional - b.Additional, MPF: o.MPF - b.MPF, HMF: o.HMF - b.HMF, Reclaimed: b.Reclaimed - o.Reclaimed,
	}
	a.Total = o.Total - b.Total + a.Reclaimed
	return a
}

// maxOwed bounds a sum of what is owed: no entry comes near it.
const maxOwed = customs.Cents(1) << 60

func (a *Amounts) add(b Amounts) error {
	for _, pair := range []struct {
		into *customs.Cents
		more customs.Cents
	}{
		{&a.Duty, b.Duty}, {&a.Additional, b.Additional}, {&a.MPF, b.MPF}, {&a.HMF, b.HMF}, {&a.Reclaimed, b.Reclaimed}, {&a.Total, b.Total},
	} {
		if *pair.into += pair.more; *pair.into > maxOwed || *pair.into < -maxOwed {
			return fmt.Errorf("what is owed goes beyond %s", maxOwed)
		}
	}
	return nil
}
