package tilelog

import (
	"fmt"
	"net/url"
	"time"

	"github.com/transparency-dev/tessera"
	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/proof"
)

// witnessLimit bounds how long one checkpoint waits for its witnesses; the next one asks them again.
const witnessLimit = 5 * time.Second

// quorum returns the witnesses that have to cosign a checkpoint before it is published; none for a policy without.
func quorum(p proof.Policy) (tessera.WitnessGroup, error) {
	none := tessera.NewWitnessGroup(0)
	if p.Quorum == "" {
		return none, nil
	}
	g, err := compose(tessera.NewWitnessGroup, p)
	if err != nil {
		return none, fmt.Errorf("witnesses: %w", err)
	}
	return g, nil
}

// compose builds the group of a policy's quorum. T is what Tessera's groups consist of: witnesses and groups, a type without an
// exported name.
func compose[T any](group func(n int, parts ...T) tessera.WitnessGroup, p proof.Policy) (tessera.WitnessGroup, error) {
	parts := map[string]T{}
	for i, w := range p.Witnesses {
		u, err := url.Parse(w.URL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return tessera.WitnessGroup{}, fmt.Errorf("the witness line of %q in the trust file needs an http or https URL, not %q", w.Name, w.URL)
		}
		// Tessera tells witnesses apart by their URLs, and one may sign with two keys. A fragment is not sent.
		u = u.JoinPath("add-checkpoint")
		u.Fragment = fmt.Sprint(i)
		part, ok := any(tessera.Witness{Key: w.Verifier, URL: u.String()}).(T)
		if !ok {
			return tessera.WitnessGroup{}, fmt.Errorf("a %T is no part of a group", part)
		}
		parts[w.Name] = part
	}
	for _, g := range p.Groups {
		members := make([]T, len(g.Members))
		for i, m := range g.Members {
			members[i] = parts[m]
		}
		parts[g.Name] = any(group(g.Need, members...)).(T)
	}
	return group(1, parts[p.Quorum]), nil
}

// signers are the keys that sign besides the first, such as one of ML-DSA. All have the log's name.
func (o Options) signers() ([]note.Signer, error) {
	for _, s := range o.Also {
		if s.Name() != o.Signer.Name() {
			return nil, fmt.Errorf("a second key is named %q, the log %q", s.Name(), o.Signer.Name())
		}
	}
	return o.Also, nil
}
