package wire_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/cose/cosetest"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/wire"
)

var (
	edKey   = cosetest.Ed25519
	keyOf   = cosetest.Public
	refused = cosetest.Refused
)

func TestTopics(t *testing.T) {
	device := keyOf(t, edKey(7)).Kid()
	const organisation = "did:web:producer.example"
	topic := wire.BatchTopic(organisation, device)
	if want := "gauger/v1/did:web:producer.example/" + device.String() + "/batch"; topic != want {
		t.Errorf("topic is %q, want %q", topic, want)
	}
	if want := strings.TrimSuffix(topic, "batch") + "reply"; wire.ReplyTopic(organisation, device) != want {
		t.Errorf("reply topic is %q, want %q", wire.ReplyTopic(organisation, device), want)
	}
	if o, d, err := wire.ParseBatchTopic(topic); err != nil || o != organisation || d != device {
		t.Errorf("topic is read as %s, %s: %v", o, d, err)
	}
	for _, bad := range []string{
		"", "gauger/v1", strings.TrimSuffix(topic, "batch") + "reply", strings.Replace(topic, "v1", "v2", 1), topic + "/x", "/" + topic,
		strings.Replace(topic, organisation, "", 1), strings.Replace(topic, organisation, "a+b", 1), strings.Replace(topic, organisation, strings.Repeat("o", 65), 1),
		strings.Replace(topic, device.String(), strings.ToUpper(device.String()), 1), strings.Replace(topic, device.String(), "7", 1),
	} {
		if o, d, err := wire.ParseBatchTopic(bad); err == nil {
			t.Errorf("%q is read as %s, %s", bad, o, d)
		}
	}
}

func TestCheckOrganisation(t *testing.T) {
	for name, want := range map[string]string{
		"did:web:producer.example": "", strings.Repeat("o", 64): "", strings.Repeat("o", 65): "1 to 64 bytes", "": "1 to 64 bytes",
		"a/b": "none of / + #", "+": "none of / + #", "#": "none of / + #", "a\x00": "none of / + #",
	} {
		refused(t, wire.CheckOrganisation(name), want)
	}
}

// The three shapes of a batch, byte for byte.
func TestBatchBytes(t *testing.T) {
	for _, tt := range []struct {
		name  string
		batch wire.Batch
		hex   string
	}{
		{"signed records", wire.Batch{Statement: []byte{1}, Leaves: [][]byte{{2}, {3}}, Signatures: [][]byte{{4}, {5}}}, "83410182410241038241044105"},
		{"signed statement only", wire.Batch{Statement: []byte{1}, Leaves: [][]byte{{2}}}, "834101814102f6"},
		{"nothing", wire.Batch{}, "834080f6"},
		{"no signatures of no records", wire.Batch{Leaves: [][]byte{}, Signatures: [][]byte{}}, "83408080"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := tt.batch.Encode()
			if err != nil || hex.EncodeToString(m) != tt.hex {
				t.Fatalf("message is %x, want %s (%v)", m, tt.hex, err)
			}
			back, err := wire.DecodeBatch(m)
			if err != nil {
				t.Fatal(err)
			}
			if (back.Signatures == nil) != (tt.batch.Signatures == nil) || len(back.Leaves) != len(tt.batch.Leaves) {
				t.Errorf("came back as %+v", back)
			}
		})
	}
}

func TestDecodeBatchIsStrict(t *testing.T) {
	tooMany, err := wire.Batch{Leaves: make([][]byte, statement.MaxRecords+1)}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		message []byte
		want    string
	}{
		{"empty", nil, "EOF"},
		{"one signature missing", []byte{0x83, 0x40, 0x82, 0x40, 0x40, 0x81, 0x40}, "2 leaves and 1 signatures"},
		{"signatures left out", []byte{0x82, 0x40, 0x80}, "cannot unmarshal"},
		{"null for the statement", []byte{0x83, 0xf6, 0x80, 0xf6}, "not deterministic"},
		{"null for the leaves", []byte{0x83, 0x40, 0xf6, 0xf6}, "not deterministic"},
		{"null for a leaf", []byte{0x83, 0x40, 0x81, 0xf6, 0xf6}, "not deterministic"},
		{"indefinite", []byte{0x83, 0x40, 0x9f, 0xff, 0xf6}, "indefinite"},
		{"too many leaves", tooMany, "holds 4097 leaves"},
		{"too long", make([]byte, wire.MaxMessage+1), "at most 1048576"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := wire.DecodeBatch(tt.message)
			refused(t, err, tt.want)
		})
	}
	_, err = wire.Batch{Statement: make([]byte, wire.MaxMessage)}.Encode()
	refused(t, err, "at most 1048576")
}

func TestAnyBatchRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := wire.Batch{Statement: rapid.SliceOf(rapid.Byte()).Draw(t, "statement")}
		signed := rapid.Bool().Draw(t, "signed")
		for range rapid.IntRange(0, 9).Draw(t, "leaves") {
			b.Leaves = append(b.Leaves, rapid.SliceOf(rapid.Byte()).Draw(t, "leaf"))
			if signed {
				b.Signatures = append(b.Signatures, rapid.SliceOf(rapid.Byte()).Draw(t, "signature"))
			}
		}
		m, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := wire.DecodeBatch(m)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := back.Encode(); err != nil || !bytes.Equal(again, m) {
			t.Fatalf("%x came back as %x: %v", m, again, err)
		}
	})
}

func replies(t testing.TB) map[string]wire.Reply {
	device := keyOf(t, edKey(7)).Kid()
	return map[string]wire.Reply{
		"receipt":    {Device: device, Statement: record.Hash{1}, Receipt: []byte("receipt")},
		"refusal":    {Device: device, Statement: record.Hash{1}, Refusal: &wire.Refusal{Code: wire.BadRecord, Text: "no"}},
		"want":       {Device: device, Want: &wire.Want{Number: 0}},
		"checkpoint": {Device: device, Checkpoint: []byte("checkpoint")},
	}
}

func TestReply(t *testing.T) {
	device := keyOf(t, edKey(7)).Kid()
	for name, r := range replies(t) {
		t.Run(name, func(t *testing.T) {
			m, err := wire.SignReply(edKey(5), r)
			if err != nil {
				t.Fatal(err)
			}
			got, err := wire.OpenReply(m, keyOf(t, edKey(5)), device)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := wire.SignReply(edKey(5), got); err != nil || !bytes.Equal(again, m) {
				t.Errorf("%x came back as %x: %v", m, again, err)
			}
			_, err = wire.OpenReply(m, keyOf(t, edKey(6)), device)
			refused(t, err, "does not verify")
			_, err = wire.OpenReply(m, keyOf(t, edKey(5)), cose.Kid{})
			refused(t, err, "is not for us")
		})
	}
}

func TestOpenReplyIsStrict(t *testing.T) {
	device := keyOf(t, edKey(7)).Kid()
	for _, tt := range []struct {
		name  string
		reply wire.Reply
		want  string
	}{
		{"nothing in it", wire.Reply{Version: 1, Device: device}, "0 contents"},
		{"two things in it", wire.Reply{Version: 1, Device: device, Receipt: []byte{1}, Want: &wire.Want{}}, "2 contents"},
		{"version 2", wire.Reply{Version: 2, Device: device, Want: &wire.Want{}}, "version 2"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			payload, err := cose.Marshal(tt.reply)
			if err != nil {
				t.Fatal(err)
			}
			m, err := cose.Sign(edKey(5), wire.ReplyThing, payload, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = wire.OpenReply(m, keyOf(t, edKey(5)), device)
			refused(t, err, tt.want)
		})
	}
	_, err := wire.OpenReply(make([]byte, wire.MaxMessage+1), keyOf(t, edKey(5)), device)
	refused(t, err, "at most 1048576")
}

// A refusal before the statement is known to be a device's next consumes nothing; one about its content does.
func TestConsumes(t *testing.T) {
	for code, want := range map[wire.Code]bool{
		wire.BadMessage: false, wire.BadSignature: false, wire.Unregistered: false, wire.BadChain: false,
		wire.BadPoint: true, wire.BadLeaves: true, wire.BadRecord: true, "other": false,
	} {
		if code.Consumes() != want {
			t.Errorf("%s consumes: %v, want %v", code, code.Consumes(), want)
		}
	}
}

func FuzzDecodeBatch(f *testing.F) {
	for _, b := range []wire.Batch{{}, {Statement: []byte{1}, Leaves: [][]byte{{2}}, Signatures: [][]byte{{3}}}} {
		m, err := b.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(m)
	}
	f.Fuzz(func(t *testing.T, m []byte) {
		b, err := wire.DecodeBatch(m)
		if err != nil {
			return
		}
		if again, err := b.Encode(); err != nil || !bytes.Equal(again, m) {
			t.Errorf("%x was accepted, but is %x encoded again (%v)", m, again, err)
		}
	})
}

// The payload of a reply, signed as it is: what opens, encodes again to the same bytes.
func FuzzOpenReply(f *testing.F) {
	for _, r := range replies(f) {
		r.Version = 1
		payload, err := cose.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(payload)
	}
	key, device := keyOf(f, edKey(5)), keyOf(f, edKey(7)).Kid()
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, err := cose.Sign(edKey(5), wire.ReplyThing, payload, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := wire.OpenReply(m, key, device)
		if err != nil {
			return
		}
		if again, err := cose.Marshal(r); err != nil || !bytes.Equal(again, payload) {
			t.Errorf("%x was accepted, but is %x encoded again (%v)", payload, again, err)
		}
	})
}
