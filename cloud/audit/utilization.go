package audit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// UtilizationKind says what stands behind claims.
type UtilizationKind string

// What stands behind claims.
const (
	ByCertificate UtilizationKind = "certificate" // claims on it, net
	ByProducer    UtilizationKind = "producer"    // claims on certificates that name it, net, against what its sources can produce
	BySource      UtilizationKind = "source"      // receipts of it, against what it can produce
)

// Utilization is how much rests on a certificate, a producer or a source in a period, against what that covers.
type Utilization struct {
	Kind        UtilizationKind `json:"kind"`
	Of          string          `json:"of"`                    // id of the certificate or the source, name of the producer
	Certificate *record.Hash    `json:"certificate,omitempty"` // SHA-256 of the signed certificate
	Shipment    string          `json:"shipment,omitempty"`    // the one that a certificate is for
	Stated      string          `json:"stated"`                // who says what it covers
	// From and To are the first and last day: of a month, of the blanket period, of the importations of a single shipment.
	From    dated.Date      `json:"from"`
	To      dated.Date      `json:"to"`
	Basis   quantity.Basis  `json:"basis"`
	Limit   *quantity.Micro `json:"limit,omitempty"` // nil where nobody states one
	Claimed quantity.Micro  `json:"claimed"`         // of a source: received
	Entries []string        `json:"entries"`         // that claim; of a source: whose lots hold oil of it and were imported since
	// Finding says what is wrong, with the figures; empty where nothing is.
	Finding string `json:"finding,omitempty"`
}

// use is an entry whose claim on a certificate stands.
type use struct {
	entry       string
	on          dated.Date
	decision    *Decision
	certificate record.Hash
}

// Utilization returns what the entries whose claims stand, at entry or later, rest on: certificates, the producers that these name, and
// sources, with how much was claimed or received against what is stated. Of producers and sources only those of which somebody states a
// capacity. An entry that cannot be decided about counts nowhere.
func (c *Case) Utilization() ([]Utilization, error) {
	uses := c.uses()
	all := []Utilization{}
	for _, of := range []func([]use) ([]Utilization, error){c.byCertificate, c.byProducer, c.bySource} {
		some, err := of(uses)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// exceeded returns that of Utilization with which something is wrong. Where nobody states what anything covers, it asks no further.
func (c *Case) exceeded() ([]Utilization, error) {
	limited := false
	for _, cert := range c.Certificates {
		limited = limited || cert.Quantity != nil || cmp.Or(cert.Shipment, cert.Invoice) != ""
	}
	for _, id := range c.Books.Sources() {
		s, err := c.Books.Source(id, math.MaxInt64)
		if err != nil {
			return nil, err
		}
		limited = limited || s.Capacity != nil
	}
	if !limited {
		return nil, nil
	}
	all, err := c.Utilization()
	return slices.DeleteFunc(all, func(s Utilization) bool { return s.Finding == "" }), err
}

// uses returns the entries whose claims stand.
func (c *Case) uses() (all []use) {
	for _, number := range c.Numbers() {
		_, claim, later, err := c.Claim(number)
		if err != nil || claim.SPI == "" && later == nil {
			continue
		}
		d, err := c.Decide(number)
		if err != nil {
			continue
		}
		u := use{entry: number, on: dated.Date(d.Imported), decision: d}
		switch {
		case claim.SPI != "" && d.ClaimRefused == "":
			u.certificate = *claim.Certificate
		case d.Later != nil && d.Later.Refused == "" && later.Certificate != nil:
			u.certificate = *later.Certificate
		default:
			continue
		}
		all = append(all, u)
	}
	return all
}

// counts reports whether what an entry is of can be stated on a basis: oil on that of any volume, gas on those that were stated of it.
func (u use) counts(basis quantity.Basis) bool {
	if u.decision.Gas != nil {
		return u.decision.Gas.on(basis) > 0
	}
	return basis.Unit.Dimension() == quantity.Volume
}

// net returns the net volume that an entry is of, or of gas the volume or energy, on a basis on which it counts.
func (u use) net(basis quantity.Basis) (quantity.Micro, error) {
	if u.decision.Gas != nil {
		return u.decision.Gas.on(basis), nil // of its share already
	}
	gross, _, err := u.decision.Ticket.Convert(basis)
	if err != nil {
		return 0, fmt.Errorf("entry %s: %w", u.entry, err)
	}
	net, _, err := liquid.NetStandardVolume(gross, *u.decision.SW)
	if err != nil || u.decision.Share == WholeLot {
		return net, err
	}
	return u.decision.Commingled.of(u.decision.Share, net)
}

// draw adds what an entry claims on something to a list.
func (c *Case) draw(drawn []origin.Drawn, on origin.Capacity, u use) ([]origin.Drawn, error) {
	net, err := u.net(on.Basis)
	if err != nil || net == 0 {
		return drawn, err
	}
	return append(drawn, origin.Drawn{Of: on.Of, Entry: u.entry, On: u.on, Volume: net}), nil
}

// byCertificate adds up what is claimed on each certificate.
func (c *Case) byCertificate(uses []use) (all []Utilization, err error) {
	uses = slices.Clone(uses)
	slices.SortStableFunc(uses, func(a, b use) int {
		return cmp.Or(strings.Compare(c.Certificates[a.certificate].ID, c.Certificates[b.certificate].ID), slices.Compare(a.certificate[:], b.certificate[:]))
	})
	for len(uses) > 0 {
		n := slices.IndexFunc(uses, func(u use) bool { return u.certificate != uses[0].certificate })
		if n < 0 {
			n = len(uses)
		}
		some, err := c.onCertificate(uses[:n])
		if err != nil {
			return nil, err
		}
		all, uses = append(all, some...), uses[n:]
	}
	return all, nil
}

// onCertificate adds up what is claimed on one certificate.
func (c *Case) onCertificate(uses []use) (all []Utilization, err error) {
	hash := uses[0].certificate
	cert := c.Certificates[hash]
	limit := origin.Capacity{
		Of: "certificate " + cert.ID, Stated: cert.Certifier.Name, Basis: uses[0].decision.Quantity.Basis, Unstated: true, From: cert.BlanketFrom, To: cert.BlanketTo,
	}
	if q := cert.Quantity; q != nil {
		limit.Volume, limit.Basis, limit.Unstated = q.Volume, q.Basis, false
		if q.PerMonth {
			limit.From, limit.To = "", ""
		}
	}
	single := cmp.Or(cert.Shipment, cert.Invoice)
	if single != "" {
		limit.From, limit.To = uses[0].on, uses[0].on
		for _, u := range uses {
			limit.From, limit.To = min(limit.From, u.on), max(limit.To, u.on)
		}
	}
	var drawn []origin.Drawn
	for _, u := range uses {
		if !u.counts(limit.Basis) {
			finding := fmt.Sprintf("entry %s is not added up with what certificate %s carries in %s: nobody states it in that", u.entry, cert.ID, limit.Basis)
			all = append(all, Utilization{
				Kind: ByCertificate, Of: cert.ID, Certificate: &hash, Shipment: single, Stated: limit.Stated, From: u.on, To: u.on, Basis: u.decision.Quantity.Basis,
				Claimed: u.decision.Quantity.Volume, Entries: []string{u.entry}, Finding: finding,
			})
			continue
		}
		if drawn, err = c.draw(drawn, limit, u); err != nil {
			return nil, err
		}
	}
	totals, err := origin.Totals([]origin.Capacity{limit}, drawn)
	for _, t := range totals {
		s := utilization(ByCertificate, cert.ID, t)
		s.Certificate, s.Shipment = &hash, single
		if single != "" && t.Unstated && len(t.Entries) > 1 {
			s.Finding = fmt.Sprintf("certificate %s is for the single shipment %s and states no quantity: it carries one entry, and %d claim on it, %s",
				cert.ID, single, len(t.Entries), strings.Join(t.Entries, ", "))
		}
		all = append(all, s)
	}
	return all, err
}

// utilization returns a total as it is told.
func utilization(kind UtilizationKind, of string, t origin.Total) Utilization {
	s := Utilization{Kind: kind, Of: of, Stated: t.Stated, From: t.From, To: t.To, Basis: t.Basis, Claimed: t.Claimed, Entries: t.Entries}
	if !t.Unstated {
		s.Limit = &t.Volume
	}
	if t.Over() > 0 {
		s.Finding = t.String()
	}
	return s
}

// byProducer adds up what is claimed on certificates that name a producer, by month of importation, against what all of the producer's
// sources are stated to produce in a month.
func (c *Case) byProducer(uses []use) (all []Utilization, err error) {
	limits, err := c.producers()
	if err != nil {
		return nil, err
	}
	for _, u := range uses {
		if name := c.Certificates[u.certificate].producer(); !u.counts(limits[name].Basis) {
			delete(limits, name) // as where a source states its capacity on another basis
		}
	}
	names := map[string]string{} // by what limits are of
	var capacities []origin.Capacity
	for name, limit := range limits {
		if limit.Volume > 0 {
			names[limit.Of] = name
			capacities = append(capacities, limit)
		}
	}
	slices.SortFunc(capacities, func(a, b origin.Capacity) int { return strings.Compare(a.Of, b.Of) })
	var drawn []origin.Drawn
	for _, u := range uses {
		limit := limits[c.Certificates[u.certificate].producer()]
		if limit.Volume == 0 {
			continue
		}
		if drawn, err = c.draw(drawn, limit, u); err != nil {
			return nil, err
		}
	}
	totals, err := origin.Totals(capacities, drawn)
	for _, t := range totals {
		s := utilization(ByProducer, strings.TrimPrefix(t.Of, "producer "), t)
		if s.Finding != "" {
			s.Finding += ", on certificates that name the producer; what was produced before and stored would account for it"
		}
		all = append(all, s)
	}
	return all, err
}

// producer returns the producer that a certificate names, folded for comparison, and nothing where it names none.
func (c certified) producer() string {
	switch c.Producer.Disclosure {
	case origin.Named:
		return folded(c.Producer.Name)
	case origin.Same:
		return folded(c.Certifier.Name)
	}
	return ""
}

func folded(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// producers returns what each producer can produce in a month, by its folded name: the sum over its sources. A producer of which one
// source states nothing, or on another basis, has no limit: its volume is 0.
func (c *Case) producers() (map[string]origin.Capacity, error) {
	limits := map[string]origin.Capacity{}
	for _, id := range c.Books.Sources() {
		s, err := c.Books.Source(id, math.MaxInt64)
		if err != nil {
			return nil, err
		}
		if s.Producer == "" {
			continue
		}
		name := c.Keys.Name(s.Producer)
		limit, known := limits[folded(name)]
		switch {
		case !known && s.Capacity != nil:
			limit = origin.Capacity{Of: "producer " + name, Stated: c.Keys.Name(s.By), Volume: s.Capacity.Volume, Basis: s.Capacity.Basis}
		case limit.Volume == 0 || s.Capacity == nil || s.Capacity.Basis != limit.Basis:
			limit = origin.Capacity{}
		default:
			if limit.Volume, err = limit.Volume.Add(s.Capacity.Volume); err != nil {
				return nil, fmt.Errorf("capacity of %s: %w", name, err)
			}
		}
		limits[folded(name)] = limit
	}
	return limits, nil
}

// bySource adds up what was received of each source with a capacity, by month, with the entries that hold oil of it.
func (c *Case) bySource(uses []use) (all []Utilization, err error) {
	totals, err := c.received(func(string) bool { return true })
	for _, t := range totals {
		s := utilization(BySource, t.Of, t)
		s.Entries = []string{}
		for _, u := range uses {
			for _, share := range u.decision.Lot.Shares {
				if share.Source == t.Of && u.on >= t.From && !slices.Contains(s.Entries, u.entry) {
					s.Entries = append(s.Entries, u.entry)
				}
			}
		}
		if s.Finding != "" {
			s.Finding = overText(t)
		}
		all = append(all, s)
	}
	return all, err
}

// received adds up what was received of sources that state a capacity, by month (UTC). It sees the receipts of the books at hand: those
// of a bundle are of the pools that its entry rests on. Each total has one entry, the last event of the month. No more can be claimed of
// a source than was received of it, so this bounds the claims too.
func (c *Case) received(wanted func(source string) bool) ([]origin.Total, error) {
	var capacities []origin.Capacity
	bases := map[string]quantity.Basis{}
	for _, id := range c.Books.Sources() {
		s, err := c.Books.Source(id, math.MaxInt64)
		if err != nil {
			return nil, err
		}
		if s.Capacity != nil && wanted(id) {
			bases[id] = s.Capacity.Basis
			capacities = append(capacities, origin.Capacity{Of: id, Stated: c.Keys.Name(s.By), Volume: s.Capacity.Volume, Basis: s.Capacity.Basis})
		}
	}
	if len(capacities) == 0 {
		return nil, nil
	}
	var drawn []origin.Drawn
	months := map[[2]string]int{} // of a source, in drawn
	for _, m := range c.Books.Movements(0) {
		id, is := m.From.Source()
		basis, stated := bases[id]
		if !is || !stated || m.Effect != custody.Received || m.Volume <= 0 || m.Basis != basis {
			continue
		}
		d := origin.Drawn{Of: id, Entry: m.Event, On: dated.Date(time.UnixMilli(m.At).UTC().Format(time.DateOnly)), Volume: m.Volume}
		i, known := months[[2]string{id, string(d.On[:7])}]
		if !known {
			months[[2]string{id, string(d.On[:7])}], drawn = len(drawn), append(drawn, d)
			continue
		}
		var err error
		if d.Volume, err = drawn[i].Volume.Add(m.Volume); err != nil {
			return nil, err
		}
		drawn[i] = d
	}
	return origin.Totals(capacities, drawn)
}

// overText says that a source gave more than it can produce.
func overText(t origin.Total) string {
	return fmt.Sprintf("source %s gave %s %s from %s to %s, and %s states that it produces at most %s a month",
		t.Of, origin.Grouped(t.Claimed.String()), t.Basis, t.From, t.To, t.Stated, origin.Grouped(t.Volume.String()))
}
