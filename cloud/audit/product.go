package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/metrology/quantity"
)

// Product is what was made in the books and went into a good beside other oil: a material that may originate by the rules of its own
// subheading.
type Product struct {
	Made   custody.Product `json:"made"`
	Volume quantity.Micro  `json:"volume"` // of it in the good, by the books
	Basis  quantity.Basis  `json:"basis"`
	Origin origin.Decision `json:"origin"`
}

// making turns a lot into the good that rules are asked about: what the whole lot was made by last are processes of the good, what was
// made before, or is a part of it, are materials that are decided about first.
type making struct {
	*Case
	law      *law
	rules    *origin.Rules
	known    int64     // ms since 1970 UTC: what was proven of sources by then
	at       time.Time // of importation
	products []Product
	// places are the inputs as the question of the country takes them: of a product that is of no one country, what it was made of.
	places []origin.Input
}

// lot fills in the processes and inputs of a good that shares make up.
func (m *making) lot(good origin.Good, shares []lineage.Share) (_ origin.Good, err error) {
	good, m.places, err = m.of(good, shares)
	return good, err
}

func (m *making) of(good origin.Good, shares []lineage.Share) (origin.Good, []origin.Input, error) {
	groups := grouped(shares)
	if len(groups) == 1 && lastOf(groups[0]) != nil {
		good.Processes, good.EaseTransport = m.steps(*lastOf(shares)), false // what was thinned to be moved is moved no more
		groups = grouped(before(shares))
	}
	good.Inputs = make([]origin.Input, 0, len(groups))
	places := make([]origin.Input, 0, len(groups))
	for _, g := range groups {
		if last := lastOf(g); last != nil {
			in, parts, err := m.product(*last, good.Basis, g)
			if err != nil {
				return good, nil, err
			}
			if in.Volume > 0 {
				good.Inputs, places = append(good.Inputs, in), append(places, parts...)
			}
		} else if g[0].Input > 0 {
			s, err := m.Books.Source(g[0].Source, m.known)
			if err != nil {
				return good, nil, err
			}
			in := input(s, g[0].Input)
			in.Proof = m.proof(s, g[0], good.Basis)
			good.Inputs, places = append(good.Inputs, in), append(places, in)
		}
	}
	return good, places, nil
}

// grouped puts shares that were made into the same last together, in their order; oil as it was received stands by itself.
func grouped(shares []lineage.Share) (groups [][]lineage.Share) {
	groups = make([][]lineage.Share, 0, len(shares))
	for n, s := range shares {
		of, i := shares[n:n+1:n+1], -1
		if last := lastOf(of); last != nil {
			i = slices.IndexFunc(groups, func(g []lineage.Share) bool { p := lastOf(g); return p != nil && p.Compare(*last) == 0 })
		}
		if i < 0 {
			groups = append(groups, of)
		} else {
			groups[i] = append(groups[i], s)
		}
	}
	return groups
}

// lastOf returns what the shares of a group were made into last, nil for oil as it was received.
func lastOf(group []lineage.Share) *custody.Product {
	n := len(group[0].Made)
	if n == 0 {
		return nil
	}
	return &group[0].Made[n-1]
}

// before returns shares as they were before they were made into what they are.
func before(shares []lineage.Share) []lineage.Share {
	were := slices.Clone(shares)
	for i := range were {
		were[i].Made = were[i].Made[:len(were[i].Made)-1]
	}
	return were
}

// steps returns the work that made a product as processes of a good, with who states it and on what evidence.
func (m *making) steps(p custody.Product) (all []origin.Process) {
	for _, name := range p.Steps {
		all = append(all, origin.Process{Name: name, Country: p.Country, Proof: m.statement(p)})
	}
	return all
}

// statement says in words what the work that made a product rests on.
func (m *making) statement(p custody.Product) string {
	return fmt.Sprintf("%s statement of %s", p.Evidence, m.Keys.Name(p.By))
}

// product decides about a product that shares were made into last, and returns it as a material. Places is what it counts as where the
// country is asked for.
func (m *making) product(p custody.Product, basis quantity.Basis, shares []lineage.Share) (in origin.Input, places []origin.Input, err error) {
	var book, put quantity.Micro // no overflow: they are parts of a lot
	for _, s := range shares {
		book, put = book+s.Book, put+s.Input
	}
	by := fmt.Sprintf("%s in %s", strings.Join(p.Steps, ", "), p.Country)
	in = origin.Input{
		Source: p.Heading + " by " + by, Name: "product of " + by, HTS: origin.Code(p.Heading), Country: p.Country, Volume: put, Role: m.role(shares),
		Originating: origin.Unproven,
	}
	if book <= 0 || put <= 0 {
		return in, []origin.Input{in}, nil
	}
	good, places, err := m.of(origin.Good{
		Agreement: m.rules.Agreement, HTS: in.HTS, Name: in.Name, Basis: basis, Volume: book,
	}, shares)
	if err != nil {
		return in, nil, err
	}
	d, err := origin.Decide(m.rules, good, m.at)
	var none *origin.NoRuleError
	switch {
	case errors.As(err, &none):
		in.Proof = fmt.Sprintf("made by %s, %s; %v", by, m.statement(p), none)
		return in, places, nil
	case err != nil:
		return in, nil, fmt.Errorf("%s: %w", in.Name, err)
	}
	m.products = append(m.products, Product{p, book, basis, d})
	in.Originating, in.WhollyObtained = origin.NonOriginating, false
	if d.Qualifies && d.ForCounsel {
		in.Originating = origin.Unproven
	} else if d.Qualifies {
		in.Originating, in.WhollyObtained = origin.Originating, d.Criterion == "A"
	}
	in.Proof = fmt.Sprintf("made by %s, %s; by itself: %s", by, m.statement(p), d.Rule)
	if m.law.country == nil {
		return in, nil, nil
	}
	good.Inputs = places
	answer, err := m.law.country.Country(good, m.at)
	if err != nil || answer.Country == "" {
		return in, places, err
	}
	place := in
	place.Country = answer.Country
	return in, []origin.Input{place}, nil
}

// role returns that of a product: of diluent alone comes diluent.
func (m *making) role(shares []lineage.Share) origin.Role {
	for _, share := range shares {
		if s, err := m.Books.Source(share.Source, m.known); err != nil || s.Role != custody.Diluent {
			return origin.Material
		}
	}
	return origin.Diluent
}
