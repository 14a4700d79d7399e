package edge

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/note"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
)

// logName is the origin of the log that these clouds keep.
const logName = "log.example/edge"

// logSigner signs checkpoints as a log does.
type logSigner struct{ note.Verifier }

func (logSigner) Sign(text []byte) ([]byte, error) { return ed25519.Sign(logKey, text), nil }

func logVerifier() string {
	v, err := note.NewEd25519VerifierKey(logName, logKey.Public().(ed25519.PublicKey))
	if err != nil {
		panic(err) // constants
	}
	return v
}

// trusted is a trust file that names the log and no witness.
func trusted() proof.Trust {
	trust, err := proof.ParseTrust([]byte("log " + logVerifier() + "\nquorum none\n"))
	if err != nil {
		panic(err) // constants
	}
	return trust
}

// cloud is a model of the cloud for one device, in memory. It keeps the rules of the wire: it takes statements in order and
// asks for one that is missing, verifies all of a batch, uses a number up with a refusal of its contents, and answers the same
// batch with the same reply. Its methods may be called at once.
type cloud struct {
	mu      sync.Mutex
	refuse  func(*statement.Statement) *wire.Refusal // a rule of the cloud's own; may be nil
	held    kept
	replies map[record.Hash][]byte
	count   int // messages handled
}

// kept is what a cloud keeps, and what a copy of it restores.
type kept struct {
	sequence statement.Sequence
	signed   [][]byte // by number
	chains   map[string]*record.Chain
	records  map[string][]*record.Record // accepted, by point
	entries  [][]byte                    // of the log
}

func newCloud() *cloud {
	return &cloud{held: kept{chains: map[string]*record.Chain{}, records: map[string][]*record.Record{}}, replies: map[record.Hash][]byte{}}
}

// copied returns what the cloud keeps now.
func (c *cloud) copied() kept {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held.clone()
}

// restore puts an older copy back. The log is elsewhere and forgets nothing: what it has is not logged again.
func (c *cloud) restore(k kept) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entries := c.held.entries
	c.held = k.clone()
	c.held.entries = entries
	for hash := range c.replies {
		if !slices.ContainsFunc(k.signed, func(s []byte) bool { return statement.Hash(s) == hash }) {
			delete(c.replies, hash)
		}
	}
}

func (k kept) clone() kept {
	out := kept{sequence: k.sequence, signed: slices.Clone(k.signed), entries: slices.Clone(k.entries)}
	out.chains, out.records = map[string]*record.Chain{}, map[string][]*record.Record{}
	for point, chain := range k.chains {
		c := *chain
		out.chains[point], out.records[point] = &c, slices.Clone(k.records[point])
	}
	return out
}

// accepted returns the records of a point that count in the cloud.
func (c *cloud) accepted(point string) []*record.Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.held.records[point])
}

// handle takes one message of the batch topic and returns the reply.
func (c *cloud) handle(message []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
	batch, err := wire.DecodeBatch(message)
	if err != nil {
		panic(err) // the gateway made it
	}
	hash := statement.Hash(batch.Statement)
	if said := c.replies[hash]; said != nil {
		return said
	}
	s, m, err := statement.Parse(batch.Statement)
	if err == nil {
		err = m.Verify(public(deviceKey))
	}
	if err != nil {
		return reply(wire.Reply{Statement: hash, Refusal: &wire.Refusal{Code: wire.BadSignature, Text: err.Error()}})
	}
	if s.Number > c.held.sequence.Next {
		return reply(wire.Reply{Want: &wire.Want{Number: c.held.sequence.Next}})
	}
	next := c.held.sequence
	if err := next.Append(s, batch.Statement); err != nil {
		return reply(wire.Reply{Statement: hash, Refusal: &wire.Refusal{Code: wire.BadChain, Text: err.Error()}})
	}
	refusal := c.take(s, batch)
	if refusal != nil && !refusal.Code.Consumes() {
		return reply(wire.Reply{Statement: hash, Refusal: refusal})
	}
	c.held.sequence, c.held.signed = next, append(c.held.signed, batch.Statement)
	word := wire.Reply{Statement: hash, Refusal: refusal}
	if refusal == nil {
		word.Receipt = c.log(batch.Statement)
	}
	c.replies[hash] = reply(word)
	return c.replies[hash]
}

// take verifies the records of a batch, all or nothing.
func (c *cloud) take(s *statement.Statement, b wire.Batch) *wire.Refusal {
	if c.refuse != nil {
		if r := c.refuse(s); r != nil {
			return r
		}
	}
	if _, err := s.CheckLeaves(b.Leaves); err != nil {
		return &wire.Refusal{Code: wire.BadLeaves, Text: err.Error()}
	}
	held := c.held.clone()
	for i, leaf := range b.Leaves {
		r, err := record.Decode(leaf)
		if err == nil && b.Signatures != nil {
			err = verifyRecord(b.Signatures[i], leaf, public(deviceKey))
		}
		if err == nil {
			if held.chains[r.Point] == nil {
				held.chains[r.Point] = &record.Chain{}
			}
			r, err = held.chains[r.Point].Append(leaf)
		}
		if err != nil {
			return &wire.Refusal{Code: wire.BadRecord, Text: err.Error()}
		}
		held.records[r.Point] = append(held.records[r.Point], r)
	}
	c.held = held
	return nil
}

// log appends an entry, unless it has it, and returns its receipt.
func (c *cloud) log(entry []byte) []byte {
	i := slices.IndexFunc(c.held.entries, func(e []byte) bool { return bytes.Equal(e, entry) })
	if i < 0 {
		i = len(c.held.entries)
		c.held.entries = append(c.held.entries, entry)
	}
	return receiptOf(c.held.entries, i)
}

func receiptOf(entries [][]byte, i int) []byte {
	path, err := proof.Inclusion(entries, i)
	if err != nil {
		panic(err) // i is one of them
	}
	tree := proof.SignedCheckpoint{Checkpoint: proof.Checkpoint{Origin: logName, Size: uint64(len(entries)), Root: proof.Root(entries)}}
	v, err := note.NewVerifier(logVerifier())
	if err != nil {
		panic(err) // constants
	}
	signed, err := note.Sign(&note.Note{Text: string(bytes.TrimSuffix(tree.Format(), []byte("\n")))}, logSigner{v})
	if err != nil {
		panic(err) // an Ed25519 signature does not fail
	}
	checkpoint, err := proof.ParseCheckpoint(signed)
	if err != nil {
		panic(err) // just made
	}
	return proof.Receipt{Index: uint64(i), Path: path, Checkpoint: checkpoint}.Format()
}

// reply signs a reply to the device as the cloud.
func reply(r wire.Reply) []byte {
	r.Device = public(deviceKey).Kid()
	message, err := wire.SignReply(cloudKey, r)
	if err != nil {
		panic(err) // an Ed25519 signature does not fail
	}
	return message
}

// lost says which records of a chain of n the cloud does not have exactly once and in order.
func (c *cloud) lost(point string, n uint64) error {
	got := c.accepted(point)
	for i, r := range got {
		if r.Seq != uint64(i) {
			return fmt.Errorf("%s: record %d in the cloud has seq %d", point, i, r.Seq)
		}
	}
	if uint64(len(got)) != n {
		return fmt.Errorf("%s: the cloud has %d records, the gateway made %d", point, len(got), n)
	}
	return nil
}

// direct is a link without a network: the cloud answers in the same instant. It keeps the contract of Link.
type direct struct {
	cloud   *cloud
	mu      sync.Mutex
	handler func(string, []byte)
	down    bool // nothing gets through
}

var _ Link = (*direct)(nil)

var errDown = errors.New("no connection")

func (d *direct) Publish(ctx context.Context, topic string, payload []byte, _ bool) error {
	d.mu.Lock()
	down, handler := d.down, d.handler
	d.mu.Unlock()
	if down {
		return errDown
	}
	if want := wire.BatchTopic(organisation, public(deviceKey).Kid()); topic != want {
		return fmt.Errorf("topic is %s, want %s", topic, want)
	}
	answer := d.cloud.handle(payload)
	if handler != nil && ctx.Err() == nil {
		handler(wire.ReplyTopic(organisation, public(deviceKey).Kid()), answer)
	}
	return nil
}

func (d *direct) Subscribe(topic string, handler func(string, []byte)) error {
	if want := wire.ReplyTopic(organisation, public(deviceKey).Kid()); topic != want {
		return fmt.Errorf("topic is %s, want %s", topic, want)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.handler = handler
	return nil
}
