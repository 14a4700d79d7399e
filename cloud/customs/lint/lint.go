// Package lint checks import documents of others: credentials of the vocabulary used in the CBP tests, such as delivery tickets,
// schedules, manifests, entries and certificates of origin, and entry lines as plain JSON. It looks at what a document says, not at
// who signed it, and reports only what cannot be right: figures that contradict each other, numbers whose check digit is wrong,
// codes of the wrong list. It is pure.
package lint

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gauger/gauger/cloud/customs"
)

// Limits on what is read. A document beyond them is refused.
const (
	MaxSize         = 16 << 20 // bytes of a file
	MaxDepth        = 64       // levels of nesting
	MaxValues       = 500_000  // values in a file, at any level
	MaxFindings     = 1_000    // findings that are listed; the others are counted
	MaxCertificates = 1_000    // certificates of origin in all files
)

// File is a file to check: one JSON document, an array of them, or one after the other, as in NDJSON.
type File struct {
	Name string
	Data []byte
}

// Finding is one mistake.
type Finding struct {
	Rule     string        `json:"rule"` // its id, such as L4
	File     string        `json:"file"`
	Line     int           `json:"line,omitempty"` // where the document begins, in a file that holds several
	Path     string        `json:"path"`           // JSON pointer (RFC 6901) within the document
	Severity customs.Level `json:"severity"`
	Message  string        `json:"message"` // what is wrong, with the figure that would be right
	Mend     string        `json:"mend"`
	Citation string        `json:"citation"`
}

// Report is what was found.
type Report struct {
	Findings  []Finding // by file, line and path
	More      int       // findings beyond MaxFindings
	Documents int       // that were read
}

// Errors returns how many of the listed findings are errors.
func (r Report) Errors() int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == customs.Error {
			n++
		}
	}
	return n
}

// Check checks files together: a claim of preference in one is held against the certificates in all of them. Codes and tariff lines
// are those of the tables. It refuses what is no JSON or beyond the limits, with file and line.
func Check(t *customs.Tables, files ...File) (Report, error) {
	c := &checker{tables: t, crude: t.Crude(), settled: map[*node]bool{}, once: map[mistake]bool{}, matters: map[*node]evidence{}}
	var r Report
	for _, f := range files {
		docs, err := parse(f.Data)
		if err != nil {
			return Report{}, fmt.Errorf("%s: %w", f.Name, err)
		}
		r.Documents += len(docs)
		for _, d := range docs {
			c.file, c.line = f.Name, d.line
			if len(docs) == 1 {
				c.line = 0
			}
			c.document(d)
		}
	}
	if n := len(c.claims.certs); n > MaxCertificates {
		return Report{}, fmt.Errorf("%d certificates of origin are more than %d: check them in several runs", n, MaxCertificates)
	}
	c.claims.check(c)
	slices.SortStableFunc(c.found, func(a, b located) int {
		return cmp.Or(cmp.Compare(a.order, b.order), cmp.Compare(number(a.Rule), number(b.Rule)))
	})
	for _, f := range c.found[:min(len(c.found), MaxFindings)] {
		r.Findings = append(r.Findings, f.Finding)
	}
	r.More = len(c.found) - len(r.Findings) + c.dropped
	return r, nil
}

// located is a finding and the place of its node among all that were read.
type located struct {
	Finding
	order int
}

// mistake is a rule that is broken at a place: lines that share a header share its mistakes.
type mistake struct {
	rule string
	at   *node
}

// checker goes through documents and collects what it finds.
type checker struct {
	tables  *customs.Tables
	crude   customs.Crude
	file    string
	line    int
	found   []located
	dropped int
	settled map[*node]bool // places that a finding speaks for already, so that one mistake is reported once
	once    map[mistake]bool
	matters map[*node]evidence
	claims  claims
	seen    int // nodes of earlier documents
}

// document checks one document: each object, before those within it.
func (c *checker) document(d document) {
	for _, n := range d.twice {
		c.report("L32", n, fmt.Sprintf("the name %s stands twice in one object, and programs differ in which value they take", quote(n.key)),
			"leave one of the two")
	}
	c.object(d.root)
	c.seen += d.values
}

func (c *checker) object(n *node) {
	if n.kind == objectKind {
		for _, check := range checks {
			check(c, n)
		}
	}
	for _, kid := range n.kids {
		c.object(kid)
	}
}

// checks are made on every object in this order: a check that knows more about a place goes first and settles it.
var checks = []func(*checker, *node){
	(*checker).envelope, (*checker).tariff, (*checker).figures, (*checker).weights, (*checker).times, (*checker).well, (*checker).place,
	(*checker).countries, (*checker).numbers, (*checker).entry, (*checker).certificate,
}

// report adds a finding at a node. A place that is settled stays as it is.
func (c *checker) report(rule string, at *node, message, mend string) {
	if at == nil || c.settled[at] {
		return
	}
	c.reportAs(spot{c.file, c.line, c.seen + at.order}, rule, at, message, mend)
}

// spot is where a node was read.
type spot struct {
	file  string
	line  int
	order int
}

func (c *checker) reportAs(from spot, rule string, at *node, message, mend string) {
	if c.once[mistake{rule, at}] {
		return
	}
	c.once[mistake{rule, at}] = true
	if len(c.found) >= 4*MaxFindings { // sorting puts the first ones first; what comes so late is only counted
		c.dropped++
		return
	}
	r := byID(rule)
	c.found = append(c.found, located{Finding{
		Rule: r.ID, File: from.file, Line: from.line, Path: at.path(), Severity: r.Severity, Message: message, Mend: mend,
		Citation: r.cite(),
	}, from.order})
}

// settle keeps later checks from reporting a place that a finding elsewhere speaks for.
func (c *checker) settle(nodes ...*node) {
	for _, n := range nodes {
		if n != nil {
			c.settled[n] = true
		}
	}
}
