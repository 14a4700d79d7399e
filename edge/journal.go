package edge

import (
	"crypto"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/internal/durable"
)

// entryKind says what an entry of the journal is.
type entryKind uint64

const (
	recordEntry    entryKind = 1 // Body: leaf; Proof: its detached signature, or nothing
	statementEntry entryKind = 2 // Body: signed statement
	replyEntry     entryKind = 3 // Body: reply of the cloud that ends a statement: receipt or refusal
	markEntry      entryKind = 4 // Body: mark
)

// entry is one frame of the journal.
type entry struct {
	Kind  entryKind `cbor:"1,keyasint"`
	Body  []byte    `cbor:"2,keyasint"`
	Proof []byte    `cbor:"3,keyasint,omitempty"`
}

// mark says that nothing had flowed at a point since its last record, as sampled at an instant (ms). Without flow an hour passes
// between records; after a power cut the device still knows until when it watched.
type mark struct {
	Point string `cbor:"1,keyasint"`
	At    int64  `cbor:"2,keyasint"`
}

// journal is the edge's memory: every record, statement and reply in the order in which they became true. What is in it after
// a Sync is what the edge has acknowledged; nothing else is kept anywhere.
type journal struct {
	mu         sync.Mutex
	log        *durable.Log
	device     cose.Key
	cloud      []cose.Key
	chains     map[string]*state
	records    map[string][]uint64 // by point: the log index of each sequence number
	statements []filed             // by statement number
	hashes     map[record.Hash]uint64
	sequence   statement.Sequence
	seen       *statement.Seen
	pending    []pending // records in no statement that counts, in journal order
	unanswered int       // open statements
}

// filed is a statement and how it ended.
type filed struct {
	index   uint64
	outcome outcome
}

type outcome uint8

const (
	open      outcome = iota
	receipted         // the cloud holds it and the ledger has it
	refused           // the cloud refused it for good
)

// pending is a record that waits for a statement.
type pending struct {
	point string
	seq   uint64
	end   int64
	again bool // it was in a statement that was refused
}

// openJournal replays a log and verifies all of it: chains and links, recomputed volumes, this device's signatures, statements
// against their records. It names the first thing that is wrong.
func openJournal(log *durable.Log, device cose.Key, cloud ...cose.Key) (*journal, error) {
	j := &journal{
		log: log, device: device, cloud: cloud, chains: map[string]*state{}, records: map[string][]uint64{},
		hashes: map[record.Hash]uint64{},
	}
	for e, err := range log.All(log.First()) {
		if err != nil {
			return nil, err
		}
		if err := j.replay(e.Index, e.Data); err != nil {
			return nil, fmt.Errorf("entry %d: %w: restore the journal from a copy, or start a new device identity", e.Index, err)
		}
	}
	return j, nil
}

func (j *journal) replay(index uint64, body []byte) error {
	var e entry
	if err := cose.Unmarshal(body, &e); err != nil {
		return err
	}
	switch e.Kind {
	case recordEntry:
		return j.replayRecord(index, e)
	case statementEntry:
		return j.replayStatement(index, e.Body)
	case replyEntry:
		return j.replayReply(e.Body)
	case markEntry:
		return j.replayMark(e.Body)
	}
	return fmt.Errorf("kind %d is unknown: the journal was written by a newer program", e.Kind)
}

func (j *journal) replayRecord(index uint64, e entry) error {
	head, err := record.Decode(e.Body)
	if err != nil {
		return err
	}
	st := j.chains[head.Point]
	if st == nil {
		st = &state{}
		j.chains[head.Point] = st
	}
	r, err := st.chain.Append(e.Body)
	if err != nil {
		return err
	}
	if r.Device != j.device.Kid() {
		return fmt.Errorf("record of %s is of device %s, the key is that of %s", r.Place(), r.Device, j.device.Kid())
	}
	if e.Proof != nil {
		if err := verifyRecord(e.Proof, e.Body, j.device); err != nil {
			return fmt.Errorf("record of %s: %w", r.Place(), err)
		}
	}
	if r.Event != nil && r.Event.Kind == record.Start {
		if st.chain.Count, err = strconv.ParseUint(r.Event.New, 10, 64); err != nil {
			return fmt.Errorf("record of %s: start event without a count: %w", r.Place(), err)
		}
		st.chain.Counts = true
	}
	st.at = max(st.at, st.chain.End)
	j.note(index, r)
	return nil
}

func (j *journal) replayMark(body []byte) error {
	var m mark
	if err := cose.Unmarshal(body, &m); err != nil {
		return err
	}
	st := j.chains[m.Point]
	if st == nil || m.At < st.chain.End {
		return fmt.Errorf("mark of %s at %d ms lies before its records", m.Point, m.At)
	}
	st.at = m.At
	return nil
}

func verifyRecord(signature, leaf []byte, device cose.Key) error {
	m, err := cose.Parse(signature, record.Thing)
	if err != nil {
		return err
	}
	return m.VerifyDetached(device, leaf)
}

func (j *journal) note(index uint64, r *record.Record) {
	j.records[r.Point] = append(j.records[r.Point], index)
	j.pending = append(j.pending, pending{point: r.Point, seq: r.Seq, end: r.End})
}

func (j *journal) replayStatement(index uint64, signed []byte) error {
	s, m, err := statement.Parse(signed)
	if err != nil {
		return err
	}
	if err := m.Verify(j.device); err != nil {
		return fmt.Errorf("statement %d: %w", s.Number, err)
	}
	leaves, _, err := j.leaves(s)
	if err != nil {
		return fmt.Errorf("statement %d: %w", s.Number, err)
	}
	if _, err := s.CheckLeaves(leaves); err != nil {
		return err
	}
	if err := j.sequence.Append(s, signed); err != nil {
		return err
	}
	j.file(index, s, statement.Hash(signed))
	return nil
}

// file notes a statement and takes its records from the pending ones.
func (j *journal) file(index uint64, s *statement.Statement, hash record.Hash) {
	j.hashes[hash] = s.Number
	j.statements = append(j.statements, filed{index: index})
	j.unanswered++
	j.pending = slices.DeleteFunc(j.pending, func(p pending) bool {
		_, covered := s.Index(p.point, p.seq)
		return covered
	})
}

func (j *journal) replayReply(message []byte) error {
	r, err := openReply(message, j.cloud, j.device.Kid())
	if err != nil {
		return fmt.Errorf("reply of the cloud: %w", err)
	}
	return j.settle(r)
}

// settle applies a reply that ends a statement. The records of a refused one wait for another statement.
func (j *journal) settle(r wire.Reply) error {
	n, ok := j.hashes[r.Statement]
	if !ok {
		return fmt.Errorf("reply about statement %x, which this device has not made", r.Statement[:6])
	}
	if j.statements[n].outcome != open || r.Receipt == nil && (r.Refusal == nil || !r.Refusal.Code.Consumes()) {
		return nil
	}
	j.unanswered--
	if r.Receipt != nil {
		j.statements[n].outcome = receipted
		return nil
	}
	j.statements[n].outcome = refused
	s, err := j.statement(n)
	if err != nil {
		return err
	}
	for _, run := range s.Runs {
		for seq := run.First; seq <= run.Last; seq++ {
			r, _, err := j.record(run.Point, seq)
			if err != nil {
				return err
			}
			j.pending = append(j.pending, pending{point: run.Point, seq: seq, end: r.End, again: true})
		}
	}
	return nil
}

// addRecords makes records durable: when it returns nil they count. On durable.ErrNoSpace nothing was kept and it may be
// called again; other errors of the log are for good.
func (j *journal) addRecords(all []made, signatures [][]byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	first := j.log.Next()
	for i, m := range all {
		e := entry{Kind: recordEntry, Body: m.leaf}
		if signatures != nil {
			e.Proof = signatures[i]
		}
		if err := j.append(e); err != nil {
			return err
		}
	}
	if err := j.log.Sync(); err != nil {
		return err
	}
	for i, m := range all {
		j.note(first+uint64(i), m.record)
	}
	return nil
}

// addMark makes a mark durable.
func (j *journal) addMark(point string, at int64) error {
	body, err := cose.Marshal(mark{point, at})
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.append(entry{Kind: markEntry, Body: body}); err != nil {
		return err
	}
	return j.log.Sync()
}

// append collects an entry; it touches no disk and fails on nothing but an entry over the limits.
func (j *journal) append(e entry) error {
	b, err := cose.Marshal(e)
	if err != nil {
		return err
	}
	_, err = j.log.Append(b)
	return err
}

// waiting returns the records that may go into a statement now. After a refusal there are none until all statements that were
// under way are answered: the cloud takes a point's records in order only, so it will refuse those that follow the refused ones,
// and their records must come again in one order with the rest.
func (j *journal) waiting() []pending {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.unanswered > 0 && j.recovers() {
		return nil
	}
	return slices.Clone(j.pending)
}

// recovers reports whether refused records wait to be stated again.
func (j *journal) recovers() bool {
	return slices.ContainsFunc(j.pending, func(p pending) bool { return p.again })
}

// makeStatement makes, signs and files the next statement, over the given records in batch order, and returns its number. It is
// durable before anyone sees it, so that a number is never used twice.
func (j *journal) makeStatement(due []pending, by stamp, key crypto.Signer, organisation string) (uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	var records []*record.Record
	var leaves [][]byte
	for _, p := range due {
		r, e, err := j.record(p.point, p.seq)
		if err != nil {
			return 0, err
		}
		records, leaves = append(records, r), append(leaves, e.Body)
	}
	s := by.statementOver(j.sequence, j.seen, records, leaves)
	signed, err := s.Sign(key, organisation)
	if err != nil {
		return 0, err
	}
	index := j.log.Next()
	if err := j.append(entry{Kind: statementEntry, Body: signed}); err != nil {
		return 0, err
	}
	if err := j.log.Sync(); err != nil {
		return 0, err
	}
	j.file(index, s, statement.Hash(signed))
	return s.Number, j.sequence.Append(s, signed)
}

// addReply makes the cloud's last word on a statement durable.
func (j *journal) addReply(r wire.Reply, message []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if n, ok := j.hashes[r.Statement]; !ok || j.statements[n].outcome != open {
		return nil // said before
	}
	if err := j.append(entry{Kind: replyEntry, Body: message}); err != nil {
		return err
	}
	if err := j.log.Sync(); err != nil {
		return err
	}
	return j.settle(r)
}

// record reads one record back.
func (j *journal) record(point string, seq uint64) (*record.Record, entry, error) {
	indexes := j.records[point]
	if seq >= uint64(len(indexes)) {
		return nil, entry{}, fmt.Errorf("record of %s seq %d is not in the journal", point, seq)
	}
	e, err := j.read(indexes[seq])
	if err != nil {
		return nil, entry{}, err
	}
	r, err := record.Decode(e.Body)
	return r, e, err
}

func (j *journal) read(index uint64) (entry, error) {
	var e entry
	b, err := j.log.Read(index)
	if err != nil {
		return e, err
	}
	return e, cose.Unmarshal(b, &e)
}

func (j *journal) statement(number uint64) (*statement.Statement, error) {
	e, err := j.read(j.statements[number].index)
	if err != nil {
		return nil, err
	}
	s, _, err := statement.Parse(e.Body)
	return s, err
}

// signed returns the exact bytes of a statement.
func (j *journal) signed(number uint64) ([]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if number >= uint64(len(j.statements)) {
		return nil, fmt.Errorf("statement %d was never made", number)
	}
	e, err := j.read(j.statements[number].index)
	return e.Body, err
}

// numberOf returns which statement a reply is about; it is past the last one when it is about none.
func (j *journal) numberOf(r wire.Reply) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	if n, ok := j.hashes[r.Statement]; ok {
		return n
	}
	return uint64(len(j.statements))
}

// made returns how many statements there are.
func (j *journal) made() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return uint64(len(j.statements))
}

// see notes a checkpoint, if it is newer than the one known.
func (j *journal) see(c statement.Seen) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.seen == nil || c.Size > j.seen.Size {
		j.seen = &c
	}
}

// parameters returns the constants of a point's last interval, or nil when it has none yet.
func (j *journal) parameters(point string) (*record.Parameters, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for seq := len(j.records[point]) - 1; seq >= 0; seq-- {
		r, _, err := j.record(point, uint64(seq))
		if err != nil {
			return nil, err
		}
		if r.Interval != nil {
			return &r.Interval.Parameters, nil
		}
	}
	return nil, nil
}

// leaves reads the records that a statement covers, with their signatures, or nil signatures when none were made.
func (j *journal) leaves(s *statement.Statement) (leaves, signatures [][]byte, err error) {
	signed := true
	for _, run := range s.Runs {
		for seq := run.First; ; seq++ {
			_, e, err := j.record(run.Point, seq)
			if err != nil {
				return nil, nil, err
			}
			leaves, signatures = append(leaves, e.Body), append(signatures, e.Proof)
			signed = signed && e.Proof != nil
			if seq == run.Last {
				break
			}
		}
	}
	if !signed {
		signatures = nil
	}
	return leaves, signatures, nil
}

// message builds the batch of a statement for the wire, from the journal.
func (j *journal) message(number uint64) ([]byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if number >= uint64(len(j.statements)) {
		return nil, fmt.Errorf("statement %d was never made", number)
	}
	e, err := j.read(j.statements[number].index)
	if err != nil {
		return nil, err
	}
	s, _, err := statement.Parse(e.Body)
	if err != nil {
		return nil, err
	}
	leaves, signatures, err := j.leaves(s)
	if err != nil {
		return nil, err
	}
	return wire.Batch{Statement: e.Body, Leaves: leaves, Signatures: signatures}.Encode()
}
