package reference_test

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/mldsa"

	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/ticket"
)

// merkleCase is a tree and the inclusion path of one leaf.
type merkleCase struct {
	outcome
	Leaves []raw  `json:"leaves"`
	Root   raw    `json:"root"`
	Size   uint64 `json:"size"`
	Index  uint64 `json:"index"`
	Path   []raw  `json:"path"`
}

func (c merkleCase) check(*testing.T) error {
	path := make([][32]byte, len(c.Path))
	for i, h := range c.Path {
		path[i] = [32]byte(h)
	}
	return proof.VerifyInclusion([32]byte(c.Root), c.Size, c.Index, proof.LeafHash(c.Leaves[c.Index%uint64(len(c.Leaves))]), path)
}

func merkleVectors(t *testing.T) group {
	at := func(o outcome, n, i int, alter func(c *merkleCase)) vector {
		leaves := make([][]byte, n)
		c := merkleCase{outcome: o, Size: uint64(n), Index: uint64(i), Path: []raw{}}
		for j := range leaves {
			leaves[j] = fmt.Appendf(nil, "leaf %d", j)
			c.Leaves = append(c.Leaves, leaves[j])
		}
		root := proof.Root(leaves)
		c.Root = root[:]
		for _, h := range must[[][32]byte](t)(proof.Inclusion(leaves, i)) {
			c.Path = append(c.Path, append(raw{}, h[:]...))
		}
		alter(&c)
		return c
	}
	none := func(*merkleCase) {}
	var cases []vector
	for n := range 9 {
		for i := range n {
			if i == 0 || i == n/2 || i == n-1 {
				cases = append(cases, at(ok(fmt.Sprintf("leaf %d of %d", i, n)), n, i, none))
			}
		}
	}
	cases = append(cases,
		at(bad("another index", "the path is that of leaf 3", "the path leads to root"), 7, 3, func(c *merkleCase) { c.Index = 2 }),
		at(bad("another size", "the path is too long for the tree", "wrong proof size"), 7, 3, func(c *merkleCase) { c.Size = 4 }),
		at(bad("path cut off", "the path is too short", "wrong proof size"), 7, 3, func(c *merkleCase) { c.Path = c.Path[:2] }),
		at(bad("path goes on", "the path is too long", "wrong proof size"), 7, 6, func(c *merkleCase) { c.Path = append(c.Path, c.Root) }),
		at(bad("path out of order", "siblings come from the leaf up", "the path leads to root"), 7, 3, func(c *merkleCase) { c.Path[0], c.Path[1] = c.Path[1], c.Path[0] }),
		at(bad("index outside", "a tree of 7 leaves has no leaf 7", "beyond size"), 7, 3, func(c *merkleCase) { c.Index = 7 }),
		at(bad("another root", "the root is not that of the tree", "the path leads to root"), 7, 3, func(c *merkleCase) { c.Root[0] ^= 1 }),
	)
	return group{"merkle.json", "Inclusion in the Merkle tree of RFC 9162 (F3, F5). Leaves are given before hashing; the one to be proven is leaves[index modulo their number].", cases}
}

// receiptCase is a receipt of an entry under a trust file.
type receiptCase struct {
	outcome
	Trust   string `json:"trust"`
	Entry   raw    `json:"entry"`
	Receipt string `json:"receipt"`
}

func (c receiptCase) check(t *testing.T) error {
	r, err := proof.ParseReceipt([]byte(c.Receipt))
	if err != nil {
		return err
	}
	_, err = r.Verify(c.Entry, must[proof.Trust](t)(proof.ParseTrust([]byte(c.Trust))))
	return err
}

func vkey(name string, kind, seed byte) string {
	return bundletest.VerifierKey(name, kind, bundletest.Ed25519(seed))
}

// flipped returns a signature line with another signature of the same length.
func flipped(line string) string {
	b := []byte(line)
	at := len(b) - 12
	b[at] = map[bool]byte{true: 'B', false: 'A'}[b[at] == 'A']
	return string(b)
}

func receiptVectors(t *testing.T) group {
	w := bundletest.New(t)
	for i := range 5 {
		w.Entries = append(w.Entries, fmt.Appendf(nil, "entry %d", i))
	}
	good := string(w.Receipt(3))
	lines := strings.SplitAfter(strings.TrimSuffix(good, "\n"), "\n")
	logLine, witnessLine := lines[len(lines)-2], lines[len(lines)-1]+"\n"
	none := "log " + bundletest.LogKey() + "\nquorum none\n"
	one := "log " + bundletest.LogKey() + "\nwitness W " + bundletest.WitnessKey() + "\nquorum W\n"
	two := "log " + bundletest.LogKey() + "\nwitness W " + bundletest.WitnessKey() + "\nwitness V " + vkey("v.example", 4, 12) + "\ngroup both "
	cut := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the receipt", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	at := func(o outcome, trust, receipt string) vector { return receiptCase{o, trust, w.Entries[3], receipt} }
	hybrid, byLog, byWitness := quantum(t, good)
	other := receiptCase{bad("another entry", "the log holds other bytes there", "entry not in log"), none, []byte("entry 4"), good}
	return group{"receipt.json", "Receipts (F5): c2sp.org/tlog-proof@v1 of an entry, under a trust file (trust-file.md).", []vector{
		at(ok("log only"), none, good), at(ok("log and witness"), one, good), at(ok("any of two witnesses"), two+"any W V\nquorum both\n", good),
		at(ok("with an extra line"), none, cut("index", "extra AAEC\nindex")),
		at(ok("a stranger signs, too"), none, good+"— stranger.example AAAAAAE=\n"),
		at(ok("the same signature twice"), one, good+witnessLine),
		at(ok("a log that changes its key"), "log "+vkey(bundletest.LogName, 1, 2)+"\n"+none, good),
		at(ok("log and witness of ML-DSA-44, whoever trusts these alone"), byLog+byWitness+"quorum Q\n", hybrid),
		at(ok("log of ML-DSA-44, whoever trusts Ed25519 alone"), one, hybrid),
		at(bad("a log of ML-DSA-44 that did not sign", "only the Ed25519 key signed", "no signature by a key"), byLog+"quorum none\n", good),
		at(bad("another size under ML-DSA-44", "the size is signed", "invalid signature"), byLog+"quorum none\n", strings.Replace(hybrid, "\n5\n", "\n6\n", 1)),
		other,
		at(bad("another index", "the path is that of entry 3", "entry not in log"), none, cut("index 3", "index 2")),
		at(bad("another size", "the size is signed", "invalid signature"), none, cut("\n5\n", "\n6\n")),
		at(bad("another key of the log", "the trust file has another key", "no signature by a key"), "log "+vkey(bundletest.LogName, 1, 2)+"\nquorum none\n", good),
		at(bad("another log", "the trust file has no log of that origin", "no log of that name"), "log "+vkey("other.example", 1, 1)+"\nquorum none\n", good),
		at(bad("a wrong signature by a known key", "a wrong signature by a known key condemns the checkpoint", "invalid signature"), one, strings.Replace(good, witnessLine, flipped(witnessLine), 1)),
		at(bad("no witness", "the quorum is not reached", "not reached"), one, strings.Replace(good, witnessLine, "", 1)),
		at(bad("one of two", "the quorum is both", "not reached"), two+"all W V\nquorum both\n", good),
		at(bad("witness only", "the log itself must sign", "the log has not"), one, strings.Replace(good, logLine, "", 1)),
		at(bad("another version", "the first line names the format", "this is no receipt"), none, cut("@v1", "@v2")),
		at(bad("leading zero", "numbers are plain", "plain decimal"), none, cut("index 3", "index 03")),
		at(bad("stray bits in base64", "base64 is canonical", "canonical"), none, good+"— stranger.example AAAAAAF=\n"),
		at(bad("no line end", "the last line ends like the others", "cut off"), none, strings.TrimSuffix(good, "\n")),
		at(bad("carriage returns", "lines end with a line feed", "no empty line"), none, strings.ReplaceAll(good, "\n", "\r\n")),
	}}
}

// deterministic signs with ML-DSA without chance, so that vectors stay as they are.
type deterministic struct{ *mldsa.PrivateKey }

func (d deterministic) Sign(_ io.Reader, message []byte, o crypto.SignerOpts) ([]byte, error) {
	return d.SignDeterministic(message, o)
}

// quantum adds the signatures of log and witness by ML-DSA-44 to a receipt, and returns the lines of a trust file with their keys.
func quantum(t *testing.T, receipt string) (hybrid, byLog, byWitness string) {
	t.Helper()
	signer := func(name string, seed byte) *proof.Cosigner {
		key, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), bytes.Repeat([]byte{seed}, mldsa.PrivateKeySize))
		if err != nil {
			t.Fatal(err)
		}
		c, err := proof.NewCosigner(name, deterministic{key})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	log, witness := signer(bundletest.LogName, 61), signer("quantum.example", 62)
	r, err := proof.ParseReceipt([]byte(receipt))
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []struct {
		*proof.Cosigner
		at time.Time
	}{{log, time.Time{}}, {witness, time.UnixMilli(bundletest.Epoch)}} {
		signature, err := by.Cosign(r.Checkpoint, by.at)
		if err != nil {
			t.Fatal(err)
		}
		r.Checkpoint.Signatures = append(r.Checkpoint.Signatures, signature)
	}
	return string(r.Format()), "log " + log.VKey() + "\n", "witness Q " + witness.VKey() + "\n"
}

// trustCase is a trust file.
type trustCase struct {
	outcome
	Text string `json:"text"`
}

func (c trustCase) check(*testing.T) error {
	_, err := proof.ParseTrust([]byte(c.Text))
	return err
}

func trustVectors(*testing.T) group {
	log, w, v := "log "+bundletest.LogKey()+"\n", "witness W "+bundletest.WitnessKey()+"\n", "witness V "+vkey("v.example", 4, 12)+"\n"
	org := "org did:web:a.example " + vkey("a.example", 1, 21) + "\n"
	q := "quorum none\n"
	at := func(o outcome, text string) vector { return trustCase{o, text} }
	return group{"trust.json", "Trust files (trust-file.md).", []vector{
		at(ok("log, witness, organisation"), log+w+"quorum W\n"+org), at(ok("nobody"), q),
		at(ok("comments, blanks, tabs, addresses"), "# whom we trust\n\n \t"+strings.ReplaceAll(log, " ", "\t ")+"log "+vkey("l.example", 1, 3)+" https://l.example\n"+q),
		at(ok("groups"), log+w+v+"group any1 any V\ngroup g 2 W any1\nquorum g\n"), at(ok("no line end"), "quorum none"),
		at(ok("a log's next key"), log+"log "+vkey(bundletest.LogName, 1, 2)+"\n"+q),
		at(bad("empty", "a quorum line is needed", "no quorum line"), ""),
		at(bad("two quorums", "there is one quorum", "already"), q+q),
		at(bad("quorum of nobody", "the name is not defined above", "is defined above"), "quorum W\n"+w),
		at(bad("unknown word", "lines begin with log, witness, group, quorum or org", "unknown word"), "trust "+bundletest.LogKey()+"\n"+q),
		at(bad("log with a witness's key", "a log has a key of type 1 or 6", "want 0x01"), "log "+bundletest.WitnessKey()+"\n"+q),
		at(bad("witness with a log's key", "a witness has a key of type 4 or 6", "want 0x04"), "witness W "+bundletest.LogKey()+"\n"+q),
		at(bad("mistyped key id", "the key id follows from name and key", "mistyped"), "log "+strings.Replace(bundletest.LogKey(), "+", "+0", 1)+"\n"+q),
		at(bad("key twice", "a key comes once among its kind", "already"), log+log+q),
		at(bad("witness name twice", "a name is defined once", "already"), w+strings.Replace(v, " V ", " W ", 1)+q),
		at(bad("witness named none", "none is reserved", "reserved"), strings.Replace(w, " W ", " none ", 1)+q),
		at(bad("threshold too high", "a group of one can't need two", "threshold"), w+"group g 2 W\nquorum g\n"),
		at(bad("member twice", "a witness counts once", "in a group already"), w+"group g any W\ngroup h any W\nquorum g\n"),
		at(bad("group before its member", "members are defined above", "is defined above"), "group g any W\n"+w+"quorum g\n"),
		at(bad("an organisation's key twice", "a key comes once among its kind", "already"), org+org+q),
		at(ok("an organisation's next key"), org+strings.Replace(org, vkey("a.example", 1, 21), vkey("a.example", 1, 22), 1)+q),
		at(bad("not a DID", "an organisation is a DID", "not a DID"), strings.Replace(org, "did:web:", "web:", 1)+q),
		at(bad("carriage return", "lines end with a line feed", "control character"), "quorum none\r\n"),
		at(bad("item too many", "a log has a key and an address", "want `log"), strings.TrimSpace(log)+" https://l.example more\n"+q),
	}}
}

// bundleCase is a bundle under a trust file. Result is "verified", "fails" or "not a bundle".
type bundleCase struct {
	outcome
	Result  string  `json:"result"`
	Ticket  string  `json:"failureTicket,omitempty"`
	Point   string  `json:"failurePoint,omitempty"`
	Seq     *uint64 `json:"failureSeq,omitempty"`
	Physics bool    `json:"needsFactors,omitempty"`
	Trust   string  `json:"trust"`
	File    raw     `json:"bundle"`
}

func (c bundleCase) check(t *testing.T) error {
	if head := c.File[:min(len(c.File), 256)]; !bytes.HasPrefix(head, []byte{0xd2, 0x84}) && !bytes.Contains(head, []byte(cose.MediaType(bundle.Thing))) {
		if c.Result != "not a bundle" {
			t.Errorf("%s: not a bundle", c.Name)
		}
		return errors.New("not a bundle")
	}
	_, err := bundle.Verify(c.File, must[proof.Trust](t)(proof.ParseTrust([]byte(c.Trust))))
	var f *bundle.Failure
	if errors.As(err, &f) && (c.Result != "fails" || f.Ticket != c.Ticket || f.Point != c.Point || (f.Seq == nil) != (c.Seq == nil) || f.Seq != nil && *f.Seq != *c.Seq) {
		t.Errorf("%s: the result is %q and it fails with %v", c.Name, c.Result, err)
	}
	return err
}

// small returns the least world that has a ticket: three records of one point, in two statements.
func small(t *testing.T, lie func(r *record.Record)) *bundletest.World {
	w := bundletest.New(t)
	d := w.Device(bundletest.Ed25519(51), bundletest.Lease)
	p := d.Point(bundletest.Lease, bundletest.Metric())
	first := p.Interval(48_213, 31_417_265, 512_300_000)
	d.Batch()
	last := p.Interval(50_001, 30_100_000, 498_700_001)
	if lie != nil {
		lie(last.Record)
		last.Bytes = must[[]byte](t)(last.Encode())
	}
	d.Batch()
	if lie == nil {
		w.Ticket(first, last, ticket.Terms{ID: "T-1", Version: 1, OfRecord: ticket.SumOfIntervals}, nil)
	}
	return w
}

func bundleVectors(t *testing.T) group {
	var cases []vector
	for _, depth := range []bundle.Depth{bundle.Tickets, bundle.Records} {
		w := bundletest.New(t).Story()
		cases = append(cases, bundleCase{outcome: ok("everything, depth " + string(depth)), Result: "verified", Trust: string(w.TrustFile()), File: w.Seal(w.Bundle(depth))})
		w = small(t, nil)
		cases = append(cases, bundleCase{outcome: ok("small, depth " + string(depth)), Result: "verified", Trust: string(w.TrustFile()), File: w.Seal(w.Bundle(depth))})
	}
	w := small(t, nil)
	trust := string(w.TrustFile())
	file := w.Seal(w.Bundle(bundle.Tickets))
	other := strings.Replace(trust, vkey("producer.example", 1, 21), vkey("producer.example", 1, 99), 1)
	cases = append(cases,
		bundleCase{outcome: bad("another file", "it is a trust file", "not a bundle"), Result: "not a bundle", Trust: trust, File: raw(trust)},
		bundleCase{outcome: bad("untagged", "tag 18 is missing", "not a tagged"), Result: "fails", Trust: trust, File: file[1:]},
		bundleCase{outcome: bad("cut off", "the last byte is missing", "EOF"), Result: "fails", Trust: trust, File: file[:len(file)-1]},
		bundleCase{outcome: bad("seal altered", "the last byte is another", "seal of the bundle"), Result: "fails", Trust: trust,
			File: append(file[:len(file)-1:len(file)-1], file[len(file)-1]^1)},
		bundleCase{outcome: bad("another trust file", "it has another key for the producer", "is signed with key"), Result: "fails", Trust: other, File: file},
	)
	place := func(c bundleCase, seq uint64) bundleCase {
		c.Point, c.Seq = bundletest.Lease, &seq
		return c
	}
	attack := func(o outcome, depth bundle.Depth, alter func(w *bundletest.World, b *bundle.Bundle)) bundleCase {
		w := small(t, nil)
		b := w.Bundle(depth)
		alter(w, b)
		return bundleCase{outcome: o, Result: "fails", Trust: trust, File: w.Seal(b)}
	}
	about := func(id string, c bundleCase) bundleCase { c.Ticket = id; return c }
	recut := func(alter func(x *ticket.Ticket)) func(w *bundletest.World, b *bundle.Bundle) {
		return func(w *bundletest.World, b *bundle.Bundle) {
			x := must[*ticket.Ticket](t)(ticket.Decode(b.Tickets[0].Ticket))
			alter(x)
			b.Tickets[0] = w.Countersign(x)
		}
	}
	cases = append(cases,
		attack(bad("sealed before the key was valid", "the producer's key is valid from 1770000000000 on", "was not valid"), bundle.Tickets,
			func(_ *bundletest.World, b *bundle.Bundle) { b.Sealed = bundletest.Epoch - 1 }),
		place(attack(bad("device not registered", "the registry leaves it out", "is in no registry"), bundle.Tickets, func(w *bundletest.World, b *bundle.Bundle) {
			r := w.Producer.Registry
			r.Entries = r.Entries[:1]
			b.Registries[0] = must[[]byte](t)(r.Sign(w.Producer.Key))
		}), 0),
		place(attack(bad("device not registered for the point", "the registry names another point", "not registered for this point"), bundle.Tickets, func(w *bundletest.World, b *bundle.Bundle) {
			r := w.Producer.Registry
			r.Entries = []registry.Entry{r.Entries[0], r.Entries[1]}
			r.Entries[1].Points = []string{bundletest.Spare}
			b.Registries[0] = must[[]byte](t)(r.Sign(w.Producer.Key))
		}), 0),
		place(attack(bad("statements in each other's place", "numbers count by one", "number 2 is next"), bundle.Tickets, func(_ *bundletest.World, b *bundle.Bundle) { b.Batches[0], b.Batches[1] = b.Batches[1], b.Batches[0] }), 0),
		place(attack(bad("receipts in each other's place", "a receipt is of its statement", "entry not in log"), bundle.Tickets, func(_ *bundletest.World, b *bundle.Bundle) {
			b.Batches[0].Receipt, b.Batches[1].Receipt = b.Batches[1].Receipt, b.Batches[0].Receipt
		}), 0),
		place(attack(bad("records without a receipt", "a refused statement has no records", "no receipt"), bundle.Tickets, func(_ *bundletest.World, b *bundle.Bundle) { b.Batches[0].Receipt = nil }), 0),
		place(attack(bad("a leaf altered", "the leaves have another root", "leaves hash to root"), bundle.Records, func(_ *bundletest.World, b *bundle.Bundle) { b.Batches[1].Leaves[0] = b.Batches[0].Leaves[1] }), 2),
		about("T-1", place(attack(bad("no opening record", "the first statement is left out", "opening record is not in the bundle"), bundle.Tickets, func(_ *bundletest.World, b *bundle.Bundle) { b.Batches = b.Batches[1:] }), 2)),
		about("T-1", place(attack(bad("more on the ticket", "GSV is the difference of the totals", "GSV is"), bundle.Tickets, recut(func(x *ticket.Ticket) { x.GSV++ })), 2)),
		about("T-1", place(attack(bad("one party signs twice", "both parties sign", "must sign"), bundle.Tickets, func(_ *bundletest.World, b *bundle.Bundle) {
			b.Tickets[0].Signatures[1] = b.Tickets[0].Signatures[0]
		}), 2)),
		about("T-1", place(attack(bad("a version without the one before", "version 1 is not in the bundle", "does not hold"), bundle.Tickets, recut(func(x *ticket.Ticket) { x.Version, x.Previous = 2, record.Hash{1} })), 2)),
		attack(bad("a document by nobody", "its key is in no registry", "is in no registry"), bundle.Tickets, func(_ *bundletest.World, b *bundle.Bundle) {
			b.Documents = append(b.Documents, must[[]byte](t)(cose.Sign(bundletest.Ed25519(99), "movement", []byte("moved"), nil)))
		}),
	)
	for _, lie := range []struct {
		name, why, err string
		physics        bool
		alter          func(r *record.Record)
	}{
		{"a device that adds to the totals", "totals are those before plus the interval's", "running totals", false, func(r *record.Record) { r.Interval.Totals.GSV++ }},
		{"a device that adds to a volume", "GSV is IV x MF x CTPL", "GSV is", false, func(r *record.Record) { r.Interval.GSV++ }},
		{"a device that leaves out a minute", "an interval starts where the one before ended", "it starts at", false, func(r *record.Record) { r.Start++ }},
		{"a device that bends a factor", "a factor is right within half its last digit + 1e-9", "CTL is", true, func(r *record.Record) { r.Interval.CTL.Mantissa += 2 }},
	} {
		w := small(t, lie.alter)
		c := place(bundleCase{outcome: bad(lie.name, lie.why, lie.err), Result: "fails", Trust: trust, File: w.Seal(w.Bundle(bundle.Records))}, 2)
		c.Physics = lie.physics
		cases = append(cases, c)
	}
	return group{"bundle.json", "Bundles (F9) under a trust file, with the place that the first failure names.", cases}
}
