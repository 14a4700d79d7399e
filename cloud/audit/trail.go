package audit

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/lineage/columns"
)

// Trails answers where oil came from and went without the case that it was made from. It can be kept as bytes: what takes long is to
// open every paper and to fold them, and none of that is needed to trace.
type Trails struct {
	Chart *lineage.Chart
	// Batches are those that a name stands for which is not a batch's or source's own: the one of an entry, by its number in either
	// spelling, or those that were metered at a measuring point.
	Batches map[string][]string
}

// Trail follows oil as of an instant (ms): back to its sources, or forward to where it lies. The name is that of an entry, a batch,
// a source, or a measuring point, which means what was measured there. The error wraps lineage.ErrUnknown when it is none of them.
func (t *Trails) Trail(name string, forward bool, at int64) (lineage.Trail, error) {
	names := t.Batches[name]
	if names == nil {
		names = []string{name}
	}
	if forward {
		return t.Chart.Forward(at, names...)
	}
	return t.Chart.Back(at, names...)
}

// Trails returns what answers as the case does now. Its chart is the case's own and grows with it, what names stand for does not.
func (c *Case) Trails() (*Trails, error) {
	t := &Trails{Chart: c.Lineage.Chart(), Batches: map[string][]string{}}
	for _, id := range c.Books.Batches() {
		b, err := c.Books.Batch(id)
		if err != nil {
			return nil, err
		}
		for _, leg := range b.Legs {
			if leg.Ticket == nil {
				continue
			}
			if at := t.Batches[leg.Ticket.Point]; !slices.Contains(at[max(0, len(at)-1):], id) { // it may pass a meter twice
				t.Batches[leg.Ticket.Point] = append(at, id)
			}
		}
	}
	for _, h := range c.Order { // an entry goes before a point of the same name
		if claim := c.Claims[h]; claim.Amends == nil {
			t.Batches[claim.Entry.String()], t.Batches[string(claim.Entry)] = []string{claim.Batch}, []string{claim.Batch}
		}
	}
	return t, nil
}

// Trail follows oil as Trails.Trail does.
func (c *Case) Trail(name string, forward bool, at int64) (lineage.Trail, error) {
	t, err := c.Trails()
	if err != nil {
		return lineage.Trail{}, err
	}
	return t.Trail(name, forward, at)
}

// Append appends the trails to b: the same bytes for all cases of the same papers.
func (t *Trails) Append(b []byte) ([]byte, error) {
	b, err := t.Chart.Append(b)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(t.Batches))
	ends, batches := make([]uint32, len(names)), []string(nil)
	for i, name := range names {
		batches = append(batches, t.Batches[name]...)
		ends[i] = uint32(len(batches)) // of as many texts as fit a column
	}
	b = columns.AppendUint32(b, ends)
	for _, column := range [][]string{names, batches} {
		if b, err = columns.AppendTexts(b, column); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// ReadTrails reads what Append made. That they are the trails of the right papers is for whoever kept them.
func ReadTrails(b []byte) (*Trails, error) {
	r := columns.NewReader(b)
	chart, err := lineage.ReadChart(r)
	if err != nil {
		return nil, err
	}
	t := &Trails{Chart: chart, Batches: map[string][]string{}}
	ends, names, batches := r.Uint32(), r.Texts(), r.Texts()
	if err := r.End(); err != nil {
		return nil, err
	}
	if len(ends) != len(names) {
		return nil, fmt.Errorf("%d names, %d of them stand for batches", len(names), len(ends))
	}
	first := uint32(0)
	for i, name := range names {
		if ends[i] <= first || uint64(ends[i]) > uint64(len(batches)) {
			return nil, fmt.Errorf("name %q stands for batches %d to %d of %d", name, first, ends[i], len(batches))
		}
		t.Batches[name], first = batches[first:ends[i]:ends[i]], ends[i]
	}
	return t, nil
}
