package audit

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/evidence/bundle"
)

// Agreement is the one whose rules are always there, and decide about an entry whose claim is under no other.
const Agreement = "USMCA"

// Names of the tables that a bundle carries. Rules of another agreement than that are in a table named like "rules-NAFTA".
const (
	RulesTable   = "rules"
	RatesTable   = "rates"
	PortsTable   = "ports"
	CountryTable = "country"
)

// otherRules is what the name of a table of another agreement begins with.
const otherRules = RulesTable + "-"

// Tables are the files that decisions are made on, as they are.
type Tables struct {
	Rules, Rates, Ports []byte
	// Country are the rules of country of origin; without them decisions have no answer to that.
	Country []byte
	// Others are the rules of origin of other agreements, by the agreement.
	Others map[string][]byte
}

// law is what the tables say.
type law struct {
	rules   *origin.Rules
	others  map[string]func() (*origin.Rules, error) // by agreement, read when they are asked for
	tables  *customs.Tables
	country *origin.CountryRules // nil where there are none
}

// law reads the tables, once, whoever asks first: a case decides about many entries, for many readers at once.
func (t Tables) law() func() (*law, error) {
	return sync.OnceValues(func() (l *law, err error) {
		l = &law{others: map[string]func() (*origin.Rules, error){}}
		if l.rules, err = origin.ParseRules(t.Rules); err != nil {
			return nil, err
		}
		for agreement, file := range t.Others {
			l.others[agreement] = sync.OnceValues(func() (*origin.Rules, error) { return origin.ParseRules(file) })
		}
		if l.tables, err = customs.ParseTables(t.Rates, t.Ports); err != nil {
			return nil, err
		}
		if len(t.Country) > 0 {
			l.country, err = origin.ParseCountryRules(t.Country)
		}
		return l, err
	})
}

// others returns the tables of other agreements, in the order of their names.
func (t Tables) others() (all []bundle.Table) {
	for _, agreement := range slices.Sorted(maps.Keys(t.Others)) {
		all = append(all, bundle.Table{Name: otherRules + agreement, Bytes: t.Others[agreement]})
	}
	return all
}

// under returns the rules of the agreement that a claim is under: that of its indicator; of an entry without one that of the program
// which goods of its origin code could claim, where there is one.
func (l *law) under(c Claim, at dated.AsOf) (*origin.Rules, error) {
	agreement := l.tables.Agreement(c.SPI, c.OriginCode, at)
	if agreement == "" || agreement == l.rules.Agreement {
		return l.rules, nil
	}
	if read := l.others[agreement]; read != nil {
		return read()
	}
	return nil, fmt.Errorf("no rules of %s are among the tables: a table %q is wanted", agreement, otherRules+agreement)
}

// with returns the tables with other rules of origin, in the place of those of the same agreement.
func (t Tables) with(rules []byte) (Tables, error) {
	r, err := origin.ParseRules(rules)
	if err != nil {
		return t, err
	}
	if r.Agreement == Agreement {
		t.Rules = rules
		return t, nil
	}
	others := t.Others
	t.Others = map[string][]byte{}
	maps.Copy(t.Others, others)
	t.Others[r.Agreement] = rules
	return t, nil
}

// packed returns the tables that a decision was made on.
func (t Tables) packed(d *Decision) []bundle.Table {
	all := []bundle.Table{{Name: RulesTable, Bytes: t.Rules}, {Name: RatesTable, Bytes: t.Rates}, {Name: PortsTable, Bytes: t.Ports}}
	if len(t.Country) > 0 {
		all = append(all, bundle.Table{Name: CountryTable, Bytes: t.Country})
	}
	for agreement, file := range t.Others {
		if d.Origin.Agreement == agreement || d.Later != nil && d.Later.Origin.Agreement == agreement {
			all = append(all, bundle.Table{Name: otherRules + agreement, Bytes: file})
		}
	}
	slices.SortStableFunc(all[3:], func(a, b bundle.Table) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// tablesOf returns the tables that a bundle carries.
func tablesOf(b *bundle.Bundle) (t Tables, err error) {
	for name, into := range map[string]*[]byte{RulesTable: &t.Rules, RatesTable: &t.Rates, PortsTable: &t.Ports} {
		i := slices.IndexFunc(b.Tables, func(x bundle.Table) bool { return x.Name == name })
		if i < 0 {
			return t, fmt.Errorf("the bundle carries no table %q", name)
		}
		*into = b.Tables[i].Bytes
	}
	t.Others = map[string][]byte{}
	for _, x := range b.Tables {
		if agreement, is := strings.CutPrefix(x.Name, otherRules); is {
			t.Others[agreement] = x.Bytes
		} else if x.Name == CountryTable {
			t.Country = x.Bytes
		}
	}
	return t, nil
}

// differingTables says which of the tables that were used are not this program's.
func differingTables(used, own Tables) (out []string) {
	of := func(t Tables) []bundle.Table {
		return append([]bundle.Table{
			{Name: RulesTable, Bytes: t.Rules}, {Name: RatesTable, Bytes: t.Rates}, {Name: PortsTable, Bytes: t.Ports}, {Name: CountryTable, Bytes: t.Country},
		}, t.others()...)
	}
	mine := of(own)
	for _, t := range of(used) {
		i := slices.IndexFunc(mine, func(o bundle.Table) bool { return o.Name == t.Name })
		var ours []byte
		if i >= 0 {
			ours = mine[i].Bytes
		}
		if len(t.Bytes) > 0 && !bytes.Equal(t.Bytes, ours) {
			out = append(out, fmt.Sprintf("decided on a table of %s (%x) that is not this program's (%x)", t.Name, digest(t.Bytes), digest(ours)))
		}
	}
	return out
}
