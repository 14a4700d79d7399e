package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
)

// Verdict is what the verification of a bundle found to be true.
type Verdict struct {
	Evidence *bundle.Evidence
	Decision *Decision // nil for a bundle that carries evidence only
	// Case are the books that the decision was made on again or, without a decision, those of the movements among the documents; nil
	// where there are none.
	Case *Case
	// Remarks are what the books say about the entry beside the decision.
	Remarks []Remark
	// Unchecked says what the bundle cannot show, and what of this program differs from what it was decided with.
	Unchecked []string
}

// Pack returns the bundle behind an entry: all papers and tickets of the case, the batches that prove the tickets, the tables
// and the decision.
func Pack(b *bundle.Bundle, d *Decision, tables Tables) (err error) {
	b.Tables = tables.packed(d)
	b.Decision, err = json.Marshal(d)
	return err
}

// Verify checks a bundle against a trust file, and then decides again on what it carries. The first failure is returned as a
// *bundle.Failure. Own are this program's tables, to say where they differ.
func Verify(file []byte, trust proof.Trust, own Tables) (*Verdict, error) {
	e, err := bundle.Verify(file, trust)
	if err != nil {
		return nil, err
	}
	v := &Verdict{Evidence: e, Unchecked: unchecked(e)}
	if e.Bundle.Decision == nil {
		v.books(own)
		return v, nil
	}
	if err := v.decideAgain(own); err != nil {
		var f *bundle.Failure
		if errors.As(err, &f) {
			return nil, f
		}
		return nil, &bundle.Failure{Entry: v.entry(), What: strings.TrimPrefix(err.Error(), "entry "+v.entry()+": ")}
	}
	return v, nil
}

// books folds the movements of a bundle without a decision. Papers that are not whole books are no fault of the evidence.
func (v *Verdict) books(own Tables) {
	e := v.Evidence
	if !slices.ContainsFunc(e.Bundle.Documents, func(signed []byte) bool {
		thing, err := cose.Thing(signed)
		return err == nil && thing == custody.Thing
	}) {
		return
	}
	c, err := NewCase(e.Keys, e.Tickets, e.Bundle.Documents, own)
	if err != nil {
		v.Unchecked = append(v.Unchecked, "the books: the movements among the documents are not all of them: "+err.Error())
		return
	}
	v.Case = c
}

func (v *Verdict) entry() string {
	if v.Decision == nil {
		return ""
	}
	return v.Decision.Entry
}

func (v *Verdict) decideAgain(own Tables) error {
	e := v.Evidence
	var stated Decision
	if err := json.Unmarshal(e.Bundle.Decision, &stated); err != nil {
		return fmt.Errorf("decision: %w", err)
	}
	v.Decision = &stated
	tables, err := tablesOf(e.Bundle)
	if err != nil {
		return err
	}
	c, err := NewCase(e.Keys, e.Tickets, e.Bundle.Documents, tables)
	if err != nil {
		return err
	}
	again, err := c.Decide(stated.Entry)
	if err != nil {
		return err
	}
	fresh, err := json.Marshal(again)
	if err != nil {
		return err
	}
	if !bytes.Equal(fresh, e.Bundle.Decision) {
		return fmt.Errorf("the bundle's decision is not what its evidence comes to: %s", difference(e.Bundle.Decision, fresh))
	}
	_, claim, _, err := c.Claim(stated.Entry)
	if err != nil {
		return err
	}
	if seal := e.Seal.Organisation; seal != claim.By && seal != claim.Importer {
		return fmt.Errorf("the bundle is sealed by %s, the entry is %s's, made by %s", seal, claim.Importer, claim.By)
	}
	if v.Remarks, err = c.Remarks(stated.Entry); err != nil {
		return err
	}
	v.Case = c
	v.Unchecked = append(v.Unchecked, unmeasured(c.Keys, again)...)
	v.Unchecked = append(v.Unchecked, differingTables(tables, own)...)
	return nil
}

func digest(b []byte) []byte {
	h := sha256.Sum256(b)
	return h[:6]
}

// unchecked says what a bundle of this depth cannot show.
func unchecked(e *bundle.Evidence) []string {
	out := []string{"whether another entry claims the same oil: that is in the ledger, not in a bundle"}
	if e.Bundle.Depth == bundle.Tickets && len(e.Tickets) > 0 {
		out = append(out, "the records between a ticket's opening and closing record: their statements show that none is missing, not what each says")
	}
	if n := e.Clocks[record.Simulated]; n > 0 {
		out = append(out, fmt.Sprintf("real time: %d records carry a simulated clock", n))
	}
	return out
}

// unmeasured says what no record of a meter stands behind.
func unmeasured(keys *registry.Directory, d *Decision) (all []string) {
	on := d.Ticket
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	switch {
	case on.Version == 0 && d.Quantity.Attested > 0:
		add("how the quantity was measured: %s stated it by event %s, on a paper of both parties or as its monthly statement has it", keys.Name(on.Carrier), on.ID)
	case on.Version == 0:
		add("how the quantity was measured: %s typed it, event %s", keys.Name(on.Carrier), on.ID)
	case on.Carrier != "":
		add("the records behind the quantity: ticket %s is %s's own, and both its parties signed its figures", on.ID, keys.Name(on.Carrier))
	}
	if d.Arrived != 0 {
		add("when and how the goods came: who made the entry states it; what was measured is %s", nameOf(on))
	}
	if g := d.Gas; g != nil && g.Energy != nil {
		add("the heating value by which %s %s have %s %s: %s stated both in event %s, and a month confirms only the one that is booked", g.Volume.Quantity,
			g.Volume.Basis, g.Energy.Quantity, g.Energy.Basis, keys.Name(on.Carrier), on.ID)
	}
	return all
}

// difference shows where two JSON texts part.
func difference(stated, computed []byte) string {
	n := 0
	for n < min(len(stated), len(computed)) && stated[n] == computed[n] {
		n++
	}
	around := func(b []byte) string { return string(b[max(0, n-60):min(len(b), n+60)]) }
	return fmt.Sprintf("it states ...%s..., computed is ...%s...", around(stated), around(computed))
}
