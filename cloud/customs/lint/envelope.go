package lint

import (
	"strings"
)

// contexts are what the first context of a credential may be.
var contexts = []string{"https://www.w3.org/ns/credentials/v2", "https://www.w3.org/2018/credentials/v1"}

// envelope checks the context of a credential or presentation (L33).
func (c *checker) envelope(n *node) {
	if !n.is("VerifiableCredential", "VerifiablePresentation") {
		return
	}
	at := n.get("@context")
	first := at
	if list := at.list(); len(list) > 0 {
		first = list[0]
	}
	for _, url := range contexts {
		if first.string() == url {
			return
		}
	}
	if at == nil {
		at = n.get("type", "@type")
		c.report("L33", at, "the credential has no @context", "put "+contexts[0]+" first")
		return
	}
	c.report("L33", at, "the first context is "+quote(strings.TrimSpace(first.string())), "put "+contexts[0]+" first")
}
