package audit

import (
	"github.com/gauger/gauger/cloud/lineage"
)

// Trail follows oil as of an instant (ms): back to its sources, or forward to where it lies. The name is that of an entry, a batch,
// a source, or a measuring point, which means what was measured there. The error wraps lineage.ErrUnknown when it is none of them.
func (c *Case) Trail(name string, forward bool, at int64) (lineage.Trail, error) {
	names, err := c.batchesOf(name)
	if err != nil {
		return lineage.Trail{}, err
	}
	if forward {
		return c.Lineage.Forward(at, names...)
	}
	return c.Lineage.Back(at, names...)
}

// batchesOf returns the batch of an entry, or the batches that were metered at a point; the name itself when it is neither.
func (c *Case) batchesOf(name string) (names []string, err error) {
	if _, claim, _, err := c.Claim(name); err == nil {
		return []string{claim.Batch}, nil
	}
	for _, id := range c.Books.Batches() {
		b, err := c.Books.Batch(id)
		if err != nil {
			return nil, err
		}
		for _, leg := range b.Legs {
			if leg.Ticket != nil && leg.Ticket.Point == name {
				names = append(names, id)
				break
			}
		}
	}
	if names == nil {
		names = []string{name}
	}
	return names, nil
}
