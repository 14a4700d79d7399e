package lint

import (
	"fmt"
	"strings"
	"time"
)

// instants are the members that hold a day or a time; of those of the envelope a day is not enough.
var (
	instants = strings.Fields("createdDate openDate closeDate scheduledDate injectionStartDate injectionEndDate deliveryStartDate " +
		"deliveryEndDate deliveredDate eventTime date entryDate summaryDate importDate importationDate exportDate " +
		"immediateTransportationDate arrivalDate expectedDeliveryDate productionDate freeTradeZoneFilingDate dateOfExport impactTimeStart " +
		"impactTimeEnd claimedAt signedAt enteredAt heldSince blanketFrom blanketTo")
	envelopeInstants = strings.Fields("validFrom validUntil issuanceDate expirationDate created")
)

// spans are pairs of members of which the first is not after the second. Slack is a day for what happens on both sides of a border.
var spans = []struct {
	from, to string
	slack    int
}{
	{"injectionStartDate", "injectionEndDate", 0}, {"deliveryStartDate", "deliveryEndDate", 0}, {"openDate", "closeDate", 0},
	{"validFrom", "validUntil", 0}, {"issuanceDate", "expirationDate", 0}, {"impactTimeStart", "impactTimeEnd", 0},
	{"blanketFrom", "blanketTo", 0}, {"exportDate", "importDate", 1},
}

// times checks how times are written (L10), and their order (L7).
func (c *checker) times(n *node) {
	for _, s := range spans {
		from, okFrom := momentOf(n.get(s.from))
		to, okTo := momentOf(n.get(s.to))
		to.t = to.t.AddDate(0, 0, s.slack)
		if okFrom && okTo && to.before(from) {
			at := n.get(s.to)
			c.report("L7", at, fmt.Sprintf("%s %s is before %s %s", s.to, quote(at.string()), s.from, quote(n.get(s.from).string())),
				"put the two in order: one of them is wrong, or they are exchanged")
		}
	}
	for _, name := range instants {
		c.instant(n.get(name), true)
	}
	for _, name := range envelopeInstants {
		c.instant(n.get(name), false)
	}
}

func (c *checker) instant(at *node, dayWillDo bool) {
	if at == nil || at.kind != stringKind {
		return
	}
	m, ok := parseMoment(at.string())
	if ok && m.proper && (dayWillDo || !m.dayOnly) {
		return
	}
	what, mend := "is no time by RFC 3339", "write it such as 2006-01-02T15:04:05Z"
	switch {
	case ok && m.dayOnly:
		what, mend = "is a day, where the data model wants a time with its zone", "write "+m.t.Format(time.DateOnly)+"T00:00:00Z, in the zone that is meant"
	case ok && m.zoned:
		mend = "write " + m.t.Format(time.RFC3339)
	case ok:
		what = "is no time by RFC 3339, and has no zone: it may be any of two days"
		mend = "write " + m.t.Format("2006-01-02T15:04:05") + " and its zone, such as Z or -06:00"
	}
	c.report("L10", at, fmt.Sprintf("%s %s %s", at.key, quote(at.string()), what), mend)
}
