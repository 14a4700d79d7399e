package lineage

import (
	"fmt"
	"slices"

	"github.com/gauger/gauger/cloud/lineage/columns"
	"github.com/gauger/gauger/cloud/lineage/graph"
	"github.com/gauger/gauger/metrology/quantity"
)

// Append appends the chart to b, as columns. Charts drawn from the same movements give the same bytes.
func (c *Chart) Append(b []byte) ([]byte, error) {
	b = slices.Grow(b, c.size())
	b = c.graph.Append(b)
	b, err := columns.AppendTexts(b, c.names.list)
	if err != nil {
		return nil, fmt.Errorf("names of a chart: %w", err)
	}
	for _, column := range c.text {
		b = columns.AppendUint32(b, column)
	}
	b = columns.AppendUint32(b, c.notes.batch)
	b = columns.AppendInt64(b, c.notes.at)
	return columns.AppendInt64(b, c.notes.volume), nil
}

// size estimates how long the columns are, so that space for them is made once.
func (c *Chart) size() int {
	n := c.Holdings()*(8+8+4+4*texts) + c.Edges()*12 + len(c.notes.at)*20 + len(c.names.list)*4 + 1<<12
	for _, s := range c.names.list {
		n += len(s)
	}
	return n
}

// ReadChart takes a chart off its columns. It answers as the one that was appended, and takes nothing more. Columns that no chart
// has are refused; that they are those of the right movements is for whoever kept them.
func ReadChart(r *columns.Reader) (*Chart, error) {
	g, err := graph.Read(r)
	if err != nil {
		return nil, fmt.Errorf("graph: %w", err)
	}
	c := &Chart{graph: g, names: names{list: r.Texts()}}
	for text := range c.text {
		c.text[text] = r.Uint32()
	}
	c.notes = notes{batch: r.Uint32(), at: r.Int64(), volume: r.Int64()}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return c, c.check()
}

// check refuses columns that do not belong together.
func (c *Chart) check() error {
	known := uint32(len(c.names.list))
	for text, column := range c.text {
		if len(column) != c.graph.Lots() {
			return fmt.Errorf("column %d has %d texts for %d holdings", text, len(column), c.graph.Lots())
		}
		for l, n := range column {
			if n >= known {
				return fmt.Errorf("column %d of holding %d is name %d of %d", text, l, n, known)
			}
		}
	}
	seen := map[uint32]bool{}
	for l, n := range c.text[ofBasis] {
		if l > 0 && n == c.text[ofBasis][l-1] || seen[n] {
			continue
		}
		if err := new(quantity.Basis).UnmarshalText([]byte(c.names.list[n])); err != nil {
			return fmt.Errorf("basis of holding %d: %w", l, err)
		}
		seen[n] = true
	}
	if len(c.notes.batch) != len(c.notes.at) || len(c.notes.volume) != len(c.notes.at) || !slices.IsSorted(c.notes.at) {
		return fmt.Errorf("notes of %d batches, %d instants and %d volumes, or out of order", len(c.notes.batch), len(c.notes.at), len(c.notes.volume))
	}
	for i, n := range c.notes.batch {
		if n >= known {
			return fmt.Errorf("note %d is of name %d of %d", i, n, known)
		}
	}
	return nil
}
