package custody

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Work is what was done to make a product, as rules of origin ask for it. Whether it was done is for whoever states it to prove.
type Work struct {
	// Steps are the processes in their order, by the names that the tables of rules of origin have at their head: "atmospheric
	// distillation", "direct blending", "chemical reaction".
	Steps   []string `cbor:"1,keyasint" json:"steps"`
	Country string   `cbor:"2,keyasint" json:"country"` // where all of it was done, ISO 3166 alpha-2
}

// MaxSteps bounds the steps of a piece of work.
const MaxSteps = 8

// Product is what a process or a blend made. What it made it of are its materials.
type Product struct {
	Work
	Heading  string   `json:"heading"` // HS subheading, six digits
	By       string   `json:"by"`      // DID of who states it
	Evidence Evidence `json:"evidence"`
}

// Compare puts products in an order; those that do not differ are one.
func (p Product) Compare(o Product) int {
	return cmp.Or(strings.Compare(p.Heading, o.Heading), slices.Compare(p.Steps, o.Steps), strings.Compare(p.Country, o.Country),
		strings.Compare(p.By, o.By), strings.Compare(string(p.Evidence), string(o.Evidence)))
}

// check reports what is wrong with the work that made what, and with the heading of that. Neither stands without the other.
func (w *Work) check(what, heading string) error {
	if w == nil {
		if heading != "" {
			return fmt.Errorf("%s: heading %s is stated, and no work that made it: state both or neither", what, heading)
		}
		return nil
	}
	if len(heading) != 6 || strings.Trim(heading, "0123456789") != "" {
		return fmt.Errorf("%s: heading %q is not the six digits of a subheading, which its work needs", what, heading)
	}
	if n := len(w.Steps); n == 0 || n > MaxSteps {
		return fmt.Errorf("%s: its work has %d steps, want 1 to %d", what, n, MaxSteps)
	}
	for _, s := range w.Steps {
		if s == "" || len(s) > MaxName {
			return fmt.Errorf("%s: a step of its work has a name of 1 to %d bytes, such as atmospheric distillation", what, MaxName)
		}
		if err := texts("step", s); err != nil {
			return err
		}
	}
	if !countryCode(w.Country) {
		return fmt.Errorf("%s: country %q of its work is not an ISO 3166 alpha-2 code", what, w.Country)
	}
	return nil
}

// product returns what work makes, by the event's statement; nil where none is stated.
func (p *posting) product(w *Work, heading string) *Product {
	if w == nil {
		return nil
	}
	return &Product{Work: Work{slices.Clone(w.Steps), w.Country}, Heading: heading, By: p.event.By, Evidence: p.stated()}
}
