package proof

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxDIDBytes bounds an organisation's DID.
const maxDIDBytes = 255

// trustParser gathers the lines of a trust file.
type trustParser struct {
	trust  Trust
	seen   map[string]int  // what may come once only, to the line where it came
	member map[string]bool // names that a group has already
}

func (p *trustParser) line(number int, line string) error {
	if len(line) > MaxTrustLineBytes {
		return fmt.Errorf("%d bytes, at most %d are allowed", len(line), MaxTrustLineBytes)
	}
	for i := range len(line) {
		if c := line[i]; c < 0x20 && c != '\t' || c == 0x7f {
			return fmt.Errorf("control character 0x%02x; save it as plain text with Unix line ends", c)
		}
	}
	items := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
	if len(items) == 0 || items[0][0] == '#' {
		return nil
	}
	switch keyword, rest := items[0], items[1:]; keyword {
	case "log":
		return p.log(number, rest)
	case "witness":
		return p.witness(number, rest)
	case "group":
		return p.group(number, rest)
	case "quorum":
		return p.quorum(number, rest)
	case "org":
		return p.org(number, rest)
	default:
		return fmt.Errorf("unknown word %q: want log, witness, group, quorum or org", keyword)
	}
}

func (p *trustParser) log(number int, items []string) error {
	if len(items) < 1 || len(items) > 2 {
		return errors.New("want `log <vkey> [<url>]`")
	}
	key, err := parseVerifierKey(items[0], typeEd25519, typeMLDSA)
	if err != nil {
		return err
	}
	if err := p.key(number, "log", key); err != nil {
		return err
	}
	p.trust.logs = append(p.trust.logs, trustedKey{key: key, url: optional(items, 1)})
	return nil
}

func (p *trustParser) witness(number int, items []string) error {
	if len(items) < 2 || len(items) > 3 {
		return errors.New("want `witness <name> <vkey> [<url>]`")
	}
	if err := p.name(number, items[0]); err != nil {
		return err
	}
	key, err := parseVerifierKey(items[1], typeCosignature, typeMLDSA)
	if err != nil {
		return err
	}
	key.witness = true
	if err := p.key(number, "witness", key); err != nil {
		return err
	}
	p.trust.witnesses = append(p.trust.witnesses, trustedKey{label: items[0], key: key, url: optional(items, 2)})
	return nil
}

func (p *trustParser) group(number int, items []string) error {
	if len(items) < 3 {
		return errors.New("want `group <name> any|all|<k> <name>...`")
	}
	g := group{name: items[0], threshold: items[1], members: items[2:]}
	switch g.threshold {
	case "any":
		g.need = 1
	case "all":
		g.need = len(g.members)
	default:
		k, err := strconv.Atoi(g.threshold)
		if err != nil || k < 1 || k > len(g.members) || strconv.Itoa(k) != g.threshold {
			return fmt.Errorf("threshold %q of group %q: want any, all or a number from 1 to %d", g.threshold, g.name, len(g.members))
		}
		g.need = k
	}
	for _, member := range g.members {
		if p.seen["name "+member] == 0 {
			return fmt.Errorf("group %q: no witness or group %q is defined above this line", g.name, member)
		}
		if p.member[member] {
			return fmt.Errorf("group %q: %q is in a group already; a witness may count once only", g.name, member)
		}
		p.member[member] = true
	}
	if err := p.name(number, g.name); err != nil {
		return err
	}
	p.trust.groups = append(p.trust.groups, g)
	return nil
}

func (p *trustParser) quorum(number int, items []string) error {
	if len(items) != 1 {
		return errors.New("want `quorum <name>` or `quorum none`")
	}
	if err := p.once(number, "quorum", "a quorum"); err != nil {
		return err
	}
	if name := items[0]; name != noQuorum && p.seen["name "+name] == 0 {
		return fmt.Errorf("no witness or group %q is defined above this line", name)
	}
	p.trust.quorum = items[0]
	return nil
}

func (p *trustParser) org(number int, items []string) error {
	if len(items) != 2 {
		return errors.New("want `org <did> <vkey>`")
	}
	if err := checkDID(items[0]); err != nil {
		return err
	}
	key, err := parseVerifierKey(items[1], typeEd25519)
	if err != nil {
		return err
	}
	if err := p.key(number, "org", key); err != nil {
		return err
	}
	p.trust.orgs = append(p.trust.orgs, organisation{did: items[0], key: key})
	return nil
}

// key refuses a second use of a public key among keys of one kind, and of a name and key id that signature lines could not
// tell apart.
func (p *trustParser) key(number int, kind string, key verifierKey) error {
	if err := p.once(number, kind+" "+string(key.public), "this "+kind+" key"); err != nil {
		return err
	}
	if kind == "org" {
		return nil
	}
	return p.once(number, fmt.Sprintf("id %08x %s", key.id, key.name), fmt.Sprintf("key %s+%08x", key.name, key.id))
}

// name takes a name for a witness or group.
func (p *trustParser) name(number int, name string) error {
	if name == noQuorum {
		return fmt.Errorf("%q is reserved for the quorum line", noQuorum)
	}
	return p.once(number, "name "+name, fmt.Sprintf("the name %q", name))
}

func (p *trustParser) once(number int, id, what string) error {
	if first := p.seen[id]; first != 0 {
		return fmt.Errorf("%s is defined on line %d already", what, first)
	}
	p.seen[id] = number
	return nil
}

func optional(items []string, i int) string {
	if i < len(items) {
		return items[i]
	}
	return ""
}

// checkDID holds an identifier to the syntax of W3C DID Core 1.0, section 3.1: did:<method>:<method-specific id>.
func checkDID(did string) error {
	method, id, ok := strings.Cut(strings.TrimPrefix(did, "did:"), ":")
	if !ok || !strings.HasPrefix(did, "did:") || method == "" || id == "" || strings.HasSuffix(id, ":") {
		return fmt.Errorf("%q is not a DID: want did:<method>:<id>", did)
	}
	if len(did) > maxDIDBytes {
		return fmt.Errorf("a DID of %d bytes, at most %d are allowed", len(did), maxDIDBytes)
	}
	if strings.Trim(method, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		return fmt.Errorf("%q is not a DID: its method has other characters than a-z and 0-9", did)
	}
	for i := range len(id) {
		switch c := id[i]; {
		case isAlphanumeric(c), strings.IndexByte("._-:", c) >= 0:
		case c == '%' && i+2 < len(id) && isHex(id[i+1]) && isHex(id[i+2]):
		default:
			return fmt.Errorf("%q is not a DID: character %q", did, c)
		}
	}
	return nil
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
