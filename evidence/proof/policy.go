package proof

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/note"
)

// Policy is what a trust file says of logs and witnesses, for programs that talk to them. Groups stand below what they name.
type Policy struct {
	Logs      []Named
	Witnesses []Named
	Groups    []Group
	Quorum    string // the name of a witness or group; empty for none
}

// Named is a log or witness. The name of a log is its origin.
type Named struct {
	Name     string
	VKey     string
	URL      string // may be empty
	Verifier note.Verifier
}

// Group is reached when Need of its members are.
type Group struct {
	Name    string
	Need    int
	Members []string
}

// Policy returns what the trust file says of logs and witnesses.
func (t Trust) Policy() Policy {
	var p Policy
	for _, l := range t.logs {
		p.Logs = append(p.Logs, Named{l.key.name, l.key.String(), l.url, l.key})
	}
	for _, w := range t.witnesses {
		p.Witnesses = append(p.Witnesses, Named{w.label, w.key.String(), w.url, w.key})
	}
	for _, g := range t.groups {
		p.Groups = append(p.Groups, Group{g.name, g.need, slices.Clone(g.members)})
	}
	if t.quorum != noQuorum {
		p.Quorum = t.quorum
	}
	return p
}

// Origins returns the names of the logs, each once.
func (p Policy) Origins() (names []string) {
	for _, l := range p.Logs {
		if !slices.Contains(names, l.Name) {
			names = append(names, l.Name)
		}
	}
	return names
}

// VerifyLog returns the signatures of the log itself, by keys of the trust file: all that verify. There is at least one, and a
// wrong signature by a known key is an error. Witnesses are not asked for: that is Verify.
func (s SignedCheckpoint) VerifyLog(trust Trust) ([]Signature, error) {
	logs := trust.logKeys(s.Origin)
	if len(logs) == 0 {
		return nil, fmt.Errorf("no log %q in the trust file (it names %s)", s.Origin, trust.logNames())
	}
	opened, err := note.Open(s.Format(), note.VerifierList(logs...))
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		return nil, fmt.Errorf("log %q has not signed it", s.Origin)
	}
	if err != nil {
		return nil, err
	}
	var by []Signature
	for _, sig := range opened.Sigs {
		i := slices.IndexFunc(s.Signatures, func(o Signature) bool { return o.Name == sig.Name && o.KeyID == sig.Hash })
		by = append(by, s.Signatures[i])
	}
	return by, nil
}

// EmptyCheckpoint is the checkpoint of a log that holds nothing yet.
func EmptyCheckpoint(origin string) Checkpoint { return Checkpoint{Origin: origin, Root: emptyRoot()} }
