package proof

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Limits on a trust file.
const (
	MaxTrustBytes     = 256 << 10
	MaxTrustLines     = 4096
	MaxTrustLineBytes = 4096
)

// noQuorum is the name that asks for no witness.
const noQuorum = "none"

// Trust says whose word counts: the logs and witnesses of a c2sp.org/tlog-policy, and the keys of organisations. It comes
// from outside of what is verified and is made by ParseTrust only; the zero Trust trusts nobody.
type Trust struct {
	logs      []trustedKey
	witnesses []trustedKey
	groups    []group
	quorum    string
	orgs      []organisation
}

type trustedKey struct {
	label string // a witness's name within the file; empty for a log
	key   verifierKey
	url   string // opaque, often empty
}

type group struct {
	name      string
	threshold string // as written: any, all or a number
	need      int
	members   []string
}

type organisation struct {
	did string
	key verifierKey
}

// keyRef is what a signature line names: key name and key id.
type keyRef struct {
	name string
	id   uint32
}

func refOf(v note.Verifier) keyRef { return keyRef{v.Name(), v.KeyHash()} }

// ParseTrust reads a trust file. Its lines, items separated by blanks or tabs, are those of c2sp.org/tlog-policy
//
//	log <vkey> [<url>]
//	witness <name> <vkey> [<url>]
//	group <name> any|all|<k> <name>...
//	quorum <name>|none
//
// and ours
//
//	org <did> <vkey>
//
// Empty lines and lines that start with # are ignored. Exactly one quorum line is needed. A name must be defined above the
// line that uses it, and can be a member of one group only. Organisation keys are Ed25519 keys (signature type 0x01). A log's key
// is one too or an ML-DSA-44 key (type 0x06), and its name is the log's checkpoint origin; one signature by any key of a log
// will do. An organisation that changes its key has several, too. Witness keys are Ed25519 or ML-DSA-44 cosignature keys (types 0x04,
// 0x06). No key or name may come twice among its kind. Errors name the line, counted from 1.
func ParseTrust(b []byte) (Trust, error) {
	if len(b) > MaxTrustBytes {
		return Trust{}, fmt.Errorf("trust file of %d bytes, at most %d are allowed", len(b), MaxTrustBytes)
	}
	lines := strings.Split(string(b), "\n")
	if len(lines) > MaxTrustLines {
		return Trust{}, fmt.Errorf("trust file of %d lines, at most %d are allowed", len(lines), MaxTrustLines)
	}
	p := trustParser{seen: make(map[string]int), member: make(map[string]bool)}
	for i, line := range lines {
		if err := p.line(i+1, line); err != nil {
			return Trust{}, fmt.Errorf("trust file line %d: %w", i+1, err)
		}
	}
	if p.trust.quorum == "" {
		return Trust{}, errors.New("trust file: no quorum line; write `quorum none` if no witness is needed")
	}
	return p.trust, nil
}

// Format returns the file in its canonical form: one blank between items, logs, witnesses, groups, quorum and organisations in
// that order, no comments. ParseTrust reads it back to an equal Trust.
func (t Trust) Format() []byte {
	var b strings.Builder
	for _, l := range t.logs {
		writeLine(&b, "log", l.key.String(), l.url)
	}
	for _, w := range t.witnesses {
		writeLine(&b, "witness", w.label, w.key.String(), w.url)
	}
	for _, g := range t.groups {
		writeLine(&b, append([]string{"group", g.name, g.threshold}, g.members...)...)
	}
	if t.quorum != "" {
		writeLine(&b, "quorum", t.quorum)
	}
	for _, o := range t.orgs {
		writeLine(&b, "org", o.did, o.key.String())
	}
	return []byte(b.String())
}

func writeLine(b *strings.Builder, items ...string) {
	b.WriteString(strings.TrimSuffix(strings.Join(items, " "), " ") + "\n")
}

// Organisation returns the Ed25519 keys of an organisation by its DID, compared byte for byte: several, while it changes its key.
func (t Trust) Organisation(did string) (keys []ed25519.PublicKey) {
	for _, o := range t.orgs {
		if o.did == did {
			keys = append(keys, slices.Clone(o.key.public))
		}
	}
	return keys
}

// Of returns the trust file without the organisations that are not wanted.
func (t Trust) Of(wanted func(did string) bool) Trust {
	t.orgs = slices.DeleteFunc(slices.Clone(t.orgs), func(o organisation) bool { return !wanted(o.did) })
	return t
}

// logKeys returns the keys of the logs with this origin: several, while a log changes its key.
func (t Trust) logKeys(origin string) []note.Verifier {
	var keys []note.Verifier
	for _, l := range t.logs {
		if l.key.name == origin {
			keys = append(keys, l.key)
		}
	}
	return keys
}

func (t Trust) witnessKeys() []note.Verifier {
	keys := make([]note.Verifier, len(t.witnesses))
	for i, w := range t.witnesses {
		keys[i] = w.key
	}
	return keys
}

func (t Trust) logNames() string {
	if len(t.logs) == 0 {
		return "none"
	}
	names := make([]string, len(t.logs))
	for i, l := range t.logs {
		names[i] = strconv.Quote(l.key.name)
	}
	return strings.Join(names, ", ")
}

// checkQuorum holds the verified signatures against the quorum. Groups stand below what they name, so one pass suffices.
func (t Trust) checkQuorum(signed map[keyRef]bool) error {
	if t.quorum == noQuorum {
		return nil
	}
	witnessed := make(map[string]bool)
	var by []string
	for _, w := range t.witnesses {
		if signed[refOf(w.key)] {
			witnessed[w.label] = true
			by = append(by, w.label)
		}
	}
	for _, g := range t.groups {
		n := 0
		for _, member := range g.members {
			if witnessed[member] {
				n++
			}
		}
		witnessed[g.name] = n >= g.need
	}
	if !witnessed[t.quorum] {
		return fmt.Errorf("quorum %q not reached: cosigned by %d of %d witnesses (%s)",
			t.quorum, len(by), len(t.witnesses), strings.Join(by, ", "))
	}
	return nil
}
