package edge

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/durable/faultfs"
	"github.com/gauger/gauger/metrology/quantity"
)

// scripted is a point that is sampled by a script, with its records going into a journal.
type scripted struct {
	t        testing.TB
	settings settings
	state    state
	at       int64
}

// minutes records n intervals of the given pulses and returns them.
func (s *scripted) minutes(n int, pulses uint64) (out []made) {
	s.t.Helper()
	for range n {
		st, all, err := s.settings.step(s.state, epoch.UnixMilli()+s.at, sample(s.state.chain.Count+pulses), false)
		must(s.t, err)
		s.state, s.at, out = st, s.at+minute, append(out, all...)
	}
	return out
}

// day fills a journal with records of two points, two statements, a receipt and a refusal.
func day(t testing.TB, fsys durable.FS) *journal {
	t.Helper()
	j := openedJournal(t, fsys)
	a, b := scripted{t: t, settings: pointSettings("A")}, scripted{t: t, settings: pointSettings("B")}
	for _, s := range []*scripted{&a, &b} {
		all := s.minutes(4, 100)
		must(t, j.addRecords(all, signatures(t, all)))
	}
	first, second := stated(t, j, pending{point: "A", seq: 0}, pending{point: "A", seq: 1}, pending{point: "B", seq: 0}), stated(t, j, pending{point: "A", seq: 2}, pending{point: "B", seq: 1})
	answered(t, j, wire.Reply{Statement: first, Receipt: []byte("a receipt")})
	answered(t, j, wire.Reply{Statement: second, Refusal: &wire.Refusal{Code: wire.BadRecord, Text: "no"}})
	return j
}

func stated(t testing.TB, j *journal, due ...pending) record.Hash {
	t.Helper()
	n, err := j.makeStatement(due, stampOf(), deviceKey, organisation)
	must(t, err)
	signed, err := j.signed(n)
	must(t, err)
	return statement.Hash(signed)
}

func answered(t testing.TB, j *journal, r wire.Reply) {
	t.Helper()
	message := reply(r)
	r, err := wire.OpenReply(message, public(cloudKey), public(deviceKey).Kid())
	must(t, err)
	must(t, j.addReply(r, message))
}

// places lists records that wait, in short.
func places(waiting []pending) (out []string) {
	for _, p := range waiting {
		out = append(out, fmt.Sprintf("%s/%d", p.point, p.seq))
	}
	return out
}

// TestReplay: what is read back is what was, and a statement's records wait again once it was refused.
func TestReplay(t *testing.T) {
	fsys := faultfs.New()
	before := day(t, fsys)
	must(t, before.log.Close())
	after := openedJournal(t, fsys)
	if want := []string{"A/3", "B/2", "B/3", "A/2", "B/1"}; !cmp.Equal(places(after.waiting()), want) {
		t.Errorf("%v wait, want %v", places(after.waiting()), want)
	}
	if diff := cmp.Diff(before.waiting(), after.waiting(), cmp.AllowUnexported(pending{})); diff != "" {
		t.Errorf("waiting records changed: %s", diff)
	}
	if after.made() != 2 || after.statements[0].outcome != receipted || after.statements[1].outcome != refused {
		t.Errorf("statements are %+v", after.statements)
	}
	if before.sequence != after.sequence {
		t.Errorf("sequence is %+v, want %+v", after.sequence, before.sequence)
	}
	for point, st := range after.chains {
		if st.chain.Next != 4 || st.chain.Count != 400 && st.chain.Count != 300 || st.at != st.chain.End || st.pulses != 0 {
			t.Errorf("%s stands at %+v", point, st)
		}
	}
	p, err := after.parameters("B")
	must(t, err)
	if want := parameters(); *p != want {
		t.Errorf("parameters are %+v, want %+v", *p, want)
	}
	if p, err := after.parameters("C"); p != nil || err != nil {
		t.Errorf("a point without records has %v, %v", p, err)
	}
	for number := range after.made() {
		message, err := after.message(number)
		must(t, err)
		if again, err := before.message(number); err == nil && !bytes.Equal(message, again) {
			t.Errorf("statement %d is another message", number)
		}
		if batch, err := wire.DecodeBatch(message); err != nil || batch.Signatures == nil {
			t.Errorf("batch %d: %v, signatures %v", number, err, batch.Signatures)
		}
	}
}

// entries reads all entries of a journal.
func entries(t testing.TB, fsys durable.FS) (out []entry) {
	t.Helper()
	log := volume(t, fsys)
	for e, err := range log.All(0) {
		must(t, err)
		var x entry
		must(t, cose.Unmarshal(e.Data, &x))
		out = append(out, x)
	}
	must(t, log.Close())
	return out
}

// TestReplayVerifies writes journals whose frames are whole but whose contents are not. Each is refused, and the error says
// where it is wrong and what to do.
func TestReplayVerifies(t *testing.T) {
	source := faultfs.New()
	must(t, day(t, source).log.Close())
	good := entries(t, source)
	const recordsOfA, firstStatement, secondStatement, receipt, refusal = 0, 8, 9, 10, 11
	altered := func(i int, change func(*record.Record), proof bool) func([]entry) []entry {
		return func(all []entry) []entry {
			r, err := record.Decode(all[i].Body)
			must(t, err)
			change(r)
			all[i].Body, err = r.Encode()
			must(t, err)
			if !proof {
				all[i].Proof = nil
			}
			return all
		}
	}
	resign := func(i int, key byte) func([]entry) []entry {
		return func(all []entry) (out []entry) {
			s, _, err := statement.Parse(all[i].Body)
			must(t, err)
			s.Device = public(signer(key)).Kid()
			all[i].Body, err = s.Sign(signer(key), organisation)
			must(t, err)
			return all
		}
	}
	restate := func(i int, change func(*statement.Statement)) func([]entry) []entry {
		return func(all []entry) []entry {
			s, _, err := statement.Parse(all[i].Body)
			must(t, err)
			change(s)
			all[i].Body, err = s.Sign(deviceKey, organisation)
			must(t, err)
			return all
		}
	}
	for _, tc := range []struct {
		name   string
		change func([]entry) []entry
		want   string
	}{
		{"pulses of an interval", altered(1, func(r *record.Record) { r.Interval.Pulses++ }, false), "entry 1: record of A seq 1: IV is 0.1, 101 pulses at 1000 make 0.101"},
		{"volume of an interval", altered(2, func(r *record.Record) { r.Interval.GSV++ }, false), "entry 2: record of A seq 2: GSV is"},
		{"salt of a record", altered(1, func(r *record.Record) { r.Salt[0]++ }, false), "entry 2: record of A seq 2: its prev is"},
		{"salt of a signed record", altered(3, func(r *record.Record) { r.Salt[0]++ }, true), "entry 3: record of A seq 3: key " + public(deviceKey).Kid().String() + ": signature does not verify"},
		{"salt of a stated record, the last of its point", func(all []entry) []entry {
			all = altered(1, func(r *record.Record) { r.Salt[0]++ }, false)(all)
			return []entry{all[0], all[1], all[4], all[firstStatement]}
		}, "entry 3: statement 0: leaves hash to root"},
		{"time of a record", altered(2, func(r *record.Record) { r.Start-- }, false), "entry 2: record of A seq 2: it starts at 1772344859999 ms, the interval before ended at 1772344860000 ms"},
		{"device of a record", altered(0, func(r *record.Record) { r.Device[0]++ }, false), "entry 0: record of A seq 0 is of device"},
		{"start without a count", altered(0, func(r *record.Record) { r.Event.New = "many" }, false), "entry 0: record of A seq 0: start event without a count"},
		{"record left out", func(all []entry) []entry { return append(all[:2:2], all[3:]...) }, "entry 2: record of A seq 3: sequence number 2 is next"},
		{"record twice", func(all []entry) []entry { return append(all[:2:2], all[1:]...) }, "entry 2: record of A seq 1: sequence number 2 is next"},
		{"statement of another device", resign(firstStatement, 9), "entry 8: statement 0: signed by key"},
		{"statement over other records", restate(firstStatement, func(s *statement.Statement) { s.Runs[0] = statement.Run{Point: "A", First: 1, Last: 2} }), "entry 8: statement 0: leaves hash to root"},
		{"statement over records to come", restate(secondStatement, func(s *statement.Statement) { s.Runs[1].Last = 4 }), "entry 9: statement 1: record of B seq 4 is not in the journal"},
		{"statement left out", func(all []entry) []entry { return append(all[:8:8], all[9:]...) }, "entry 8: statement 1 of device " + public(deviceKey).Kid().String() + ": number 0 is next"},
		{"statement with another prev", restate(secondStatement, func(s *statement.Statement) { s.Prev[0]++ }), "its prev is not the hash of statement 0"},
		{"reply of another cloud", func(all []entry) []entry {
			all[receipt].Body, _ = wire.SignReply(signer(9), wire.Reply{Device: public(deviceKey).Kid(), Receipt: []byte("x")})
			return all
		}, "entry 10: reply of the cloud: signed by key"},
		{"reply about another statement", func(all []entry) []entry {
			all[refusal].Body = reply(wire.Reply{Statement: record.Hash{1, 2, 3}, Receipt: []byte("x")})
			return all
		}, "entry 11: reply about statement 010203000000, which this device has not made"},
		{"entry of a newer program", func(all []entry) []entry { all[3].Kind = 5; return all }, "entry 3: kind 5 is unknown: the journal was written by a newer program"},
		{"no record at all", func(all []entry) []entry { all[recordsOfA].Body = []byte("rubbish"); return all }, "entry 0: record: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fsys := faultfs.New()
			log := volume(t, fsys)
			for _, e := range tc.change(append([]entry(nil), good...)) {
				b, err := cose.Marshal(e)
				must(t, err)
				_, err = log.Append(b)
				must(t, err)
			}
			must(t, log.Sync())
			must(t, log.Close())
			_, err := reopened(fsys)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasPrefix(err.Error(), "entry ") {
				t.Fatalf("error is %v, want %s", err, tc.want)
			}
			if !strings.HasSuffix(err.Error(), ": restore the journal from a copy, or start a new device identity") {
				t.Errorf("error %q does not say what to do", err)
			}
		})
	}
}

// TestReplayOfAnotherKey: a journal belongs to one device.
func TestReplayOfAnotherKey(t *testing.T) {
	fsys := faultfs.New()
	must(t, day(t, fsys).log.Close())
	_, err := openJournal(volume(t, fsys), public(signer(9)), public(cloudKey))
	if err == nil || !strings.Contains(err.Error(), "record of A seq 0 is of device "+public(deviceKey).Kid().String()+", the key is that of "+public(signer(9)).Kid().String()) {
		t.Errorf("error is %v", err)
	}
}

// TestAddReply: the last word on a statement is kept once; one that leaves the statement open may come again.
func TestAddReply(t *testing.T) {
	j := day(t, faultfs.New())
	open := stated(t, j, pending{point: "A", seq: 3})
	entriesBefore := j.log.Next()
	answered(t, j, wire.Reply{Statement: record.Hash{1}, Receipt: []byte("about another device's")})
	answered(t, j, wire.Reply{Statement: j.hash(0), Refusal: &wire.Refusal{Code: wire.BadLeaves}})
	answered(t, j, wire.Reply{Statement: j.hash(1), Receipt: []byte("too late")})
	if j.log.Next() != entriesBefore || j.statements[0].outcome != receipted || j.statements[1].outcome != refused {
		t.Errorf("replies about settled statements changed the journal: %+v", j.statements)
	}
	answered(t, j, wire.Reply{Statement: open, Refusal: &wire.Refusal{Code: wire.Unregistered}})
	if j.statements[2].outcome != 0 || len(j.pending) != 4 {
		t.Errorf("a refusal that consumes nothing ended the statement: %+v", j.statements)
	}
	if w := j.waiting(); w != nil {
		t.Errorf("%v could be stated before the statement that follows a refused one is answered", places(w))
	}
	answered(t, j, wire.Reply{Statement: open, Receipt: []byte("at last")})
	if j.statements[2].outcome != receipted || len(j.waiting()) != 4 {
		t.Errorf("statement 2 is %+v, %v wait", j.statements[2], places(j.waiting()))
	}
	if n := j.numberOf(wire.Reply{Statement: record.Hash{1}}); n != 3 {
		t.Errorf("a reply about nothing we made is about number %d", n)
	}
}

// hash returns the hash of a statement.
func (j *journal) hash(number uint64) record.Hash {
	for h, n := range j.hashes {
		if n == number {
			return h
		}
	}
	return record.Hash{}
}

// TestMessageOfNothing: a number that was never made is an error, not a batch.
func TestMessageOfNothing(t *testing.T) {
	j := openedJournal(t, faultfs.New())
	if _, err := j.message(0); err == nil || err.Error() != "statement 0 was never made" {
		t.Errorf("error is %v", err)
	}
	if _, err := j.signed(0); err == nil || err.Error() != "statement 0 was never made" {
		t.Errorf("error is %v", err)
	}
}

// TestSeen: the newest checkpoint is the largest, and goes into the next statement.
func TestSeen(t *testing.T) {
	j := day(t, faultfs.New())
	for _, size := range []uint64{3, 7, 5} {
		j.see(statement.Seen{Size: size, Root: record.Hash{byte(size)}})
	}
	stated(t, j, pending{point: "A", seq: 3})
	s, err := j.statement(2)
	must(t, err)
	if want := (&statement.Seen{Size: 7, Root: record.Hash{7}}); !cmp.Equal(s.Checkpoint, want) {
		t.Errorf("checkpoint is %+v, want %+v", s.Checkpoint, want)
	}
}

// TestUnsignedRecords: with "sign: batch" the message holds no signatures, and with a mixture none either.
func TestUnsignedRecords(t *testing.T) {
	j := openedJournal(t, faultfs.New())
	s := scripted{t: t, settings: pointSettings("A")}
	must(t, j.addRecords(s.minutes(2, 5), nil))
	all := s.minutes(1, 5)
	must(t, j.addRecords(all, signatures(t, all)))
	stated(t, j, j.waiting()...)
	message, err := j.message(0)
	must(t, err)
	if batch, err := wire.DecodeBatch(message); err != nil || batch.Signatures != nil || len(batch.Leaves) != 3 {
		t.Errorf("batch is %d leaves, signatures %v, %v", len(batch.Leaves), batch.Signatures, err)
	}
}

// TestLargestBatchFits: as many records as a configuration allows in one batch, each an alarm with the longest text or an
// interval, make a message that the wire can carry.
func TestLargestBatchFits(t *testing.T) {
	const most = statement.MaxRecords / 4
	j := openedJournal(t, faultfs.New())
	m := measuring{settings: pointSettings(strings.Repeat("P", 64)), state: state{}}
	m.settings.parameters.Basis = quantity.Customary
	st, all, err := m.settings.step(m.state, epoch.UnixMilli(), sample(0), false)
	must(t, err)
	for i := range most - 1 {
		alarms := map[string]string{"temperature": strings.Repeat("x", 2000)}
		if i%2 == 1 {
			m.alarms, alarms = alarms, nil
		}
		more, err := m.announce(&st, epoch.UnixMilli(), alarms)
		must(t, err)
		all, m.alarms = append(all, more...), alarms
	}
	if len(all) != most {
		t.Fatalf("%d records, want %d", len(all), most)
	}
	must(t, j.addRecords(all, signatures(t, all)))
	stated(t, j, j.waiting()...)
	message, err := j.message(0)
	must(t, err)
	t.Logf("%d records make %d bytes", most, len(message))
}
