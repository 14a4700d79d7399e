package lineage

import (
	"sort"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage/graph"
	"github.com/gauger/gauger/metrology/quantity"
)

// meaning is what a name stands for until an instant.
type meaning struct {
	lots   []graph.Lot    // holdings in the order they came to be
	batch  bool           // they are a batch's
	volume quantity.Micro // of the batch, as its last movement left it
}

// roles say what the numbers of names stand for, while holdings are looked over: the account of a batch, the account of what was
// delivered of it, or the name itself.
type roles struct {
	any                     []bool // by number: whether it is in one of the others
	batch, delivered, plain map[uint32]*meaning
}

// meant returns what names mean until an instant (ms), each name once and in their order, in one pass over all holdings.
func (c *Chart) meant(at int64, names []string) (list []*meaning) {
	all, wanted := map[string]*meaning{}, map[string]bool{}
	for _, name := range names {
		if all[name] != nil {
			continue
		}
		all[name] = &meaning{}
		list = append(list, all[name])
		for _, s := range []string{name, string(custody.BatchAccount(name)), string(custody.DeliveredAccount(name))} {
			wanted[s] = true
		}
	}
	numbers := c.names.find(wanted)
	r := roles{make([]bool, len(c.names.list)), map[uint32]*meaning{}, map[uint32]*meaning{}, map[uint32]*meaning{}}
	for name, m := range all {
		for s, into := range map[string]map[uint32]*meaning{
			name: r.plain, string(custody.BatchAccount(name)): r.batch, string(custody.DeliveredAccount(name)): r.delivered,
		} {
			if n, known := numbers[s]; known {
				into[n], r.any[n] = m, true
			}
		}
	}
	c.look(r, c.graph.Before(at))
	end := sort.Search(len(c.notes.at), func(i int) bool { return c.notes.at[i] > at })
	for i, n := range c.notes.batch[:end] {
		if r.any[n] && r.plain[n] != nil {
			r.plain[n].volume = quantity.Micro(c.notes.volume[i])
		}
	}
	return list
}

// look finds the holdings that names stand for among the first so many.
func (c *Chart) look(r roles, end int) {
	for l := range end {
		a, s, p := c.text[ofAccount][l], c.text[ofSource][l], c.text[ofPoint][l]
		if !r.any[a] && !r.any[s] && !r.any[p] {
			continue
		}
		lot := graph.Lot(l)
		if m := r.batch[a]; m != nil {
			m.take(lot)
			m.batch = true
		}
		if m := r.delivered[a]; m != nil && !m.batch { // a lot has no other account
			m.take(lot)
			m.batch = true
		}
		if !custody.Account(c.names.list[a]).Holds() {
			continue
		}
		r.plain[s].take(lot)
		if c.names.list[c.text[ofBatch][l]] == "" {
			r.plain[p].take(lot)
		}
	}
}

// take adds a holding, once.
func (m *meaning) take(l graph.Lot) {
	if m != nil && (len(m.lots) == 0 || m.lots[len(m.lots)-1] != l) {
		m.lots = append(m.lots, l)
	}
}
