package transmix

import (
	"fmt"

	"github.com/gauger/gauger/metrology/quantity"
)

// Batch is a batch, or the part of one, in the line: a volume at reference conditions.
type Batch struct {
	ID     string
	Volume quantity.Micro // positive
}

// Fill is what a line holds, from its outlet back to its inlet. Volumes are standard ones, on one basis, so that what went in
// comes out the same; when the line is packed or warms up, its fill changes by Receive or Deliver alone. A Fill is never changed:
// each act returns another.
type Fill []Batch

// Head is where a batch begins.
type Head struct {
	ID       string
	ToOutlet quantity.Micro // standard volume that leaves the line before the batch does
	Position float64        // share of the line's fill between the inlet and the head: 1 at the outlet
}

// Volume returns what the line holds. It refuses a fill with a batch that is not positive or has no ID.
func (f Fill) Volume() (quantity.Micro, error) {
	var sum quantity.Micro
	for i, b := range f {
		if b.Volume <= 0 || b.ID == "" {
			return 0, fmt.Errorf("line fill: batch %d, %q of %s, needs an ID and a positive volume", i+1, b.ID, b.Volume)
		}
		var err error
		if sum, err = sum.Add(b.Volume); err != nil {
			return 0, fmt.Errorf("line fill: %w", err)
		}
	}
	return sum, nil
}

// Receive returns the fill after a volume of a batch came in, which joins the last one if it is the same.
func (f Fill) Receive(b Batch) (Fill, error) {
	next := append(f[:len(f):len(f)], b)
	if _, err := next.Volume(); err != nil {
		return nil, err
	}
	if last := len(f) - 1; last >= 0 && f[last].ID == b.ID {
		next = append(Fill(nil), f...)
		next[last].Volume += b.Volume
	}
	return next, nil
}

// Deliver returns the fill after a volume left the line, and what left it, in order. It refuses volumes that are not positive, or
// more than the line holds.
func (f Fill) Deliver(volume quantity.Micro) (rest Fill, delivered []Batch, err error) {
	held, err := f.Volume()
	if err != nil {
		return nil, nil, err
	}
	if volume <= 0 || volume > held {
		return nil, nil, fmt.Errorf("line fill: %s cannot leave a line that holds %s", volume, held)
	}
	for i, b := range f {
		if volume < b.Volume {
			rest = append(Fill{{b.ID, b.Volume - volume}}, f[i+1:]...)
			if volume > 0 {
				delivered = append(delivered, Batch{b.ID, volume})
			}
			return rest, delivered, nil
		}
		delivered = append(delivered, b)
		volume -= b.Volume
	}
	return Fill{}, delivered, nil
}

// Heads returns where each batch in the line begins, from the outlet back.
func (f Fill) Heads() ([]Head, error) {
	held, err := f.Volume()
	if err != nil {
		return nil, err
	}
	heads := make([]Head, len(f))
	var ahead quantity.Micro
	for i, b := range f {
		heads[i] = Head{ID: b.ID, ToOutlet: ahead, Position: 1 - ahead.Float()/held.Float()}
		ahead += b.Volume
	}
	return heads, nil
}

// Drift returns how much later than by the books the head of a batch is, when a densitometer sees it with a standard volume still
// before it up to the outlet: negative when it is early. The books stay as they are: a difference is a gain or loss of its own,
// and as a rule within the uncertainty of the meters. It refuses batches that are not in the line and volumes that do not fit
// into it.
func (f Fill) Drift(id string, toOutlet quantity.Micro) (quantity.Micro, error) {
	held, err := f.Volume()
	if err != nil {
		return 0, err
	}
	if toOutlet < 0 || toOutlet > held {
		return 0, fmt.Errorf("line fill: %w", &quantity.RangeError{
			Quantity: "volume before the head of " + id, Value: toOutlet.Float(), Min: 0, Max: held.Float(), Unit: "units",
		})
	}
	var ahead quantity.Micro
	for _, b := range f {
		if b.ID == id {
			return toOutlet - ahead, nil
		}
		ahead += b.Volume
	}
	return 0, fmt.Errorf("line fill: batch %q is not in the line", id)
}
