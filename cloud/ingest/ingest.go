// Package ingest is the cloud's door for measurements: it verifies every batch completely, stores it, hands its statement to the
// ledger, and answers with a receipt or a refusal. The same batch gets the same answer, however often it comes.
package ingest

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/ledger"
)

// Link carries replies to the devices. Publish returns nil once the broker has the message.
type Link interface {
	Publish(ctx context.Context, topic string, payload []byte, retained bool) error
}

// maxUnderWay bounds the statements that wait for the ledger at once.
const maxUnderWay = 256

// Ingest takes batches in. Handle must be called from one goroutine; the rest goes on beside it.
type Ingest struct {
	store  *store.Store
	ledger ledger.Ledger
	key    crypto.Signer // signs replies
	link   Link

	mu     sync.Mutex
	keys   *registry.Directory
	flying map[record.Hash]bool // statements on their way to the ledger

	underWay chan struct{}
	group    sync.WaitGroup
	fail     context.CancelCauseFunc
}

// New returns an Ingest over what the store holds. Fail is called with an error that must end the process: after it the
// store or the ledger is not to be trusted before a restart.
func New(s *store.Store, l ledger.Ledger, key crypto.Signer, link Link, keys *registry.Directory, fail context.CancelCauseFunc) *Ingest {
	return &Ingest{store: s, ledger: l, key: key, link: link, keys: keys, flying: map[record.Hash]bool{}, underWay: make(chan struct{}, maxUnderWay), fail: fail}
}

// Wait returns when no statement is under way any more.
func (g *Ingest) Wait() { g.group.Wait() }

// AddRegistry makes a verified registry count from now on.
func (g *Ingest) AddRegistry(r *registry.Registry) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.keys.Add(r)
}

func (g *Ingest) holder(kid cose.Kid) (registry.Holder, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.keys.Lookup(kid, registry.Device)
}

// Handle takes one message of a batch topic. It never blocks on the ledger's publication, but it does when too many
// statements are under way: the broker then holds messages back, and devices send again what it drops.
func (g *Ingest) Handle(ctx context.Context, topic string, message []byte) {
	organisation, device, err := wire.ParseBatchTopic(topic)
	if err != nil {
		slog.Warn("message on a topic that is not a device's", "topic", topic)
		return
	}
	batch, err := wire.DecodeBatch(message)
	if err != nil {
		slog.Warn("message is not a batch", "device", device.String(), "error", err)
		return
	}
	v, err := g.verify(ctx, organisation, device, batch)
	if err == nil {
		err = g.act(ctx, v)
	}
	if err != nil && ctx.Err() == nil {
		g.broken(device, err)
	}
}

// broken reports an error of the store or the ledger. No space passes, and so does what the ledger calls transient, and a
// key that does not sign: the device sends again. Anything else ends the process.
func (g *Ingest) broken(device cose.Kid, err error) {
	slog.Error("batch not answered", "device", device.String(), "error", err)
	var transient transientError
	if !errors.Is(err, store.ErrNoSpace) && !errors.As(err, &transient) {
		g.fail(err)
	}
}

// transientError marks an error of the ledger or of the key that may pass.
type transientError struct{ error }

func (e transientError) Unwrap() error { return e.error }

func ledgerError(err error) error {
	var fatal *ledger.FatalError
	if err == nil || errors.As(err, &fatal) {
		return err
	}
	return transientError{err}
}

// verdict is what verification made of a batch.
type verdict struct {
	organisation string
	device       cose.Kid
	statement    *statement.Statement
	signed       []byte
	leaves       []store.Leaf
	refusal      *wire.Refusal
	want         *uint64
	stored       *store.Statement // the same statement came before
}

func (v *verdict) refuse(code wire.Code, err error) (*verdict, error) {
	v.refusal = &wire.Refusal{Code: code, Text: err.Error()}
	return v, nil
}

// verify decides about a batch. An error is one of the store.
func (g *Ingest) verify(ctx context.Context, organisation string, device cose.Kid, b wire.Batch) (*verdict, error) {
	v := &verdict{organisation: organisation, device: device, signed: b.Statement}
	s, m, err := statement.Parse(b.Statement)
	if err != nil {
		return v.refuse(wire.BadMessage, err)
	}
	holder, err := g.holder(device)
	if err != nil {
		return v.refuse(wire.Unregistered, err)
	}
	if s.Device != device || holder.Organisation != organisation || m.Header.Claims.Issuer != organisation {
		return v.refuse(wire.Unregistered, fmt.Errorf("device %s of %s may not speak on this topic", s.Device, m.Header.Claims.Issuer))
	}
	if err := m.Verify(holder.Key); err != nil {
		return v.refuse(wire.BadSignature, err)
	}
	v.statement = s
	if placed, err := g.place(ctx, v); placed || err != nil {
		return v, err
	}
	return g.contents(ctx, v, holder, b)
}

// place finds a statement's place among the device's others. It reports true when that settles what to answer.
func (g *Ingest) place(ctx context.Context, v *verdict) (bool, error) {
	sequence, err := g.store.Sequence(ctx, v.device)
	if err != nil {
		return false, err
	}
	s := v.statement
	if s.Number > sequence.Next {
		v.want = &sequence.Next
		return true, nil
	}
	if s.Number < sequence.Next {
		earlier, err := g.store.Statement(ctx, v.device, s.Number)
		if err != nil {
			return false, err
		}
		if !bytes.Equal(earlier.Signed, v.signed) {
			_, err = v.refuse(wire.BadChain, fmt.Errorf("statement %d was another one before: the device signed twice", s.Number))
			return true, err
		}
		v.stored = &earlier
		return true, nil
	}
	if s.Prev != sequence.Hash {
		_, err = v.refuse(wire.BadChain, fmt.Errorf("statement %d does not name statement %d as its prev", s.Number, s.Number-1))
		return true, err
	}
	return false, nil
}

// contents verifies the records: that they are the ones stated, signed, linked and computed right.
func (g *Ingest) contents(ctx context.Context, v *verdict, holder registry.Holder, b wire.Batch) (*verdict, error) {
	for _, run := range v.statement.Runs {
		if !holder.SpeaksFor(run.Point) {
			return v.refuse(wire.BadPoint, fmt.Errorf("device %s is not registered for %s", v.device, run.Point))
		}
	}
	records, err := v.statement.CheckLeaves(b.Leaves)
	if err != nil {
		return v.refuse(wire.BadLeaves, err)
	}
	chains := map[string]*record.Chain{}
	for i, r := range records {
		if err := during(holder, r); err != nil {
			return v.refuse(wire.BadPoint, fmt.Errorf("record of %s: %w", r.Place(), err))
		}
		leaf := store.Leaf{Record: r, Leaf: b.Leaves[i]}
		if b.Signatures != nil {
			leaf.Signature = b.Signatures[i]
			if err := verifyRecord(leaf, holder.Key); err != nil {
				return v.refuse(wire.BadRecord, fmt.Errorf("record of %s: %w", r.Place(), err))
			}
		}
		chain := chains[r.Point]
		if chain == nil {
			if chain, err = g.store.Chain(ctx, v.device, r.Point); err != nil {
				return v, err
			}
			chains[r.Point] = chain
		}
		if _, err := chain.Append(leaf.Leaf); err != nil {
			return v.refuse(wire.BadRecord, err)
		}
		v.leaves = append(v.leaves, leaf)
	}
	return v, nil
}

// during refuses a record from outside of the time that its device's key counts in. When it came is no matter: a gateway without
// network may send what it recorded before a key ended long after.
func during(holder registry.Holder, r *record.Record) error {
	for _, at := range []int64{r.Start, r.End} {
		if err := holder.ValidAt(at); err != nil {
			return err
		}
	}
	return nil
}

func verifyRecord(l store.Leaf, key cose.Key) error {
	m, err := cose.Parse(l.Signature, record.Thing)
	if err != nil {
		return err
	}
	return m.VerifyDetached(key, l.Leaf)
}

// act does what the verdict asks for.
func (g *Ingest) act(ctx context.Context, v *verdict) error {
	switch {
	case v.stored != nil && v.stored.Reply != nil:
		return g.publish(ctx, v.organisation, v.device, v.stored.Reply)
	case v.stored != nil:
		return g.finish(ctx, v.organisation, *v.stored, true)
	case v.want != nil:
		return g.answer(ctx, v, wire.Reply{Want: &wire.Want{Number: *v.want}})
	case v.refusal != nil:
		return g.refuse(ctx, v)
	}
	st := store.Statement{Device: v.device, Number: v.statement.Number, Signed: v.signed}
	if err := g.store.AddStatement(ctx, st, v.leaves); err != nil {
		return err
	}
	return g.finish(ctx, v.organisation, st, false)
}

func (g *Ingest) refuse(ctx context.Context, v *verdict) error {
	slog.Warn("batch refused", "device", v.device.String(), "code", v.refusal.Code, "reason", v.refusal.Text)
	reply, err := g.sign(v.device, v.signed, wire.Reply{Refusal: v.refusal})
	if err != nil {
		return err
	}
	if v.refusal.Code.Consumes() {
		st := store.Statement{Device: v.device, Number: v.statement.Number, Signed: v.signed, Refused: true, Reply: reply}
		if err := g.store.AddStatement(ctx, st, nil); err != nil {
			return err
		}
	}
	return g.publish(ctx, v.organisation, v.device, reply)
}

func (g *Ingest) answer(ctx context.Context, v *verdict, r wire.Reply) error {
	r.Device = v.device
	reply, err := g.signReply(r)
	if err != nil {
		return err
	}
	return g.publish(ctx, v.organisation, v.device, reply)
}

func (g *Ingest) sign(device cose.Kid, signed []byte, r wire.Reply) ([]byte, error) {
	r.Device, r.Statement = device, statement.Hash(signed)
	return g.signReply(r)
}

// signReply signs. A key that does not, in a TPM or an agent that is away, may sign when the device asks again.
func (g *Ingest) signReply(r wire.Reply) ([]byte, error) {
	reply, err := wire.SignReply(g.key, r)
	if err != nil {
		return nil, transientError{err}
	}
	return reply, nil
}

// publish sends a reply. A broker that is away is no error: the device asks again.
func (g *Ingest) publish(ctx context.Context, organisation string, device cose.Kid, reply []byte) error {
	if err := g.link.Publish(ctx, wire.ReplyTopic(organisation, device), reply, false); err != nil {
		slog.Warn("reply not sent, the device will ask again", "device", device.String(), "error", err)
	}
	return nil
}

// finish brings a stored statement into the ledger and answers it, beside everything else that is under way. One that is
// under way already is left alone: its reply will come. Again says that an earlier attempt may have got some of the way.
func (g *Ingest) finish(ctx context.Context, organisation string, st store.Statement, again bool) error {
	hash := statement.Hash(st.Signed)
	if !g.takeOff(hash) {
		return nil
	}
	select {
	case g.underWay <- struct{}{}:
	case <-ctx.Done():
		g.land(hash)
		return ctx.Err()
	}
	g.group.Go(func() {
		defer func() { g.land(hash); <-g.underWay }()
		if err := g.deliver(ctx, organisation, st, again); err != nil && ctx.Err() == nil {
			g.broken(st.Device, err)
		}
	})
	return nil
}

func (g *Ingest) takeOff(hash record.Hash) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.flying[hash] {
		return false
	}
	g.flying[hash] = true
	return true
}

func (g *Ingest) land(hash record.Hash) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.flying, hash)
}

func (g *Ingest) deliver(ctx context.Context, organisation string, st store.Statement, again bool) (err error) {
	if again { // it was read before it took off: since then the earlier attempt may have come to its end
		if st, err = g.store.Statement(ctx, st.Device, st.Number); err != nil {
			return err
		}
		if st.Reply != nil {
			return g.publish(ctx, organisation, st.Device, st.Reply)
		}
	}
	index, err := g.enter(ctx, st)
	if err != nil {
		return err
	}
	receipt, err := g.ledger.Receipt(ctx, index)
	if err != nil {
		return ledgerError(err)
	}
	reply, err := g.sign(st.Device, st.Signed, wire.Reply{Receipt: receipt})
	if err != nil {
		return err
	}
	if err := g.store.SetReceipt(ctx, st.Device, st.Number, receipt, reply); err != nil {
		return err
	}
	return g.publish(ctx, organisation, st.Device, reply)
}

// enter puts a statement into the ledger and notes where. If an earlier attempt did, the place is the same; unless the ledger's folder
// was exchanged since, which without a receipt is nobody's loss.
func (g *Ingest) enter(ctx context.Context, st store.Statement) (index uint64, err error) {
	if index, err = g.ledger.Append(ctx, st.Signed); err != nil {
		return 0, ledgerError(err)
	}
	if st.Index != nil && *st.Index == index {
		return index, nil
	}
	return index, g.store.SetIndex(ctx, st.Device, st.Number, index)
}

// Resume finishes what a crash left: statements that are stored but not answered.
func (g *Ingest) Resume(ctx context.Context) error {
	open, err := g.store.Unfinished(ctx)
	if err != nil {
		return err
	}
	for _, st := range open {
		_, m, err := statement.Parse(st.Signed)
		if err != nil {
			return err
		}
		if err := g.finish(ctx, m.Header.Claims.Issuer, st, false); err != nil {
			return err
		}
	}
	return nil
}
