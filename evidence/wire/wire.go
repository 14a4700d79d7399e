// Package wire is what edge and cloud say to each other over MQTT: the topics, the batch, and the reply.
package wire

import (
	"crypto"
	"fmt"
	"strings"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
)

// MaxMessage is the largest MQTT payload in bytes.
const MaxMessage = 1 << 20

// ReplyThing is the name of a reply in the typ header of its signature.
const ReplyThing = "reply"

// BatchFilter is the MQTT subscription that sees every device's batches.
const BatchFilter = "gauger/v1/+/+/batch"

// BatchTopic returns where a device publishes its batches. The organisation is its DID, which holds no '/', '+' or '#'.
func BatchTopic(organisation string, device cose.Kid) string {
	return "gauger/v1/" + organisation + "/" + device.String() + "/batch"
}

// ReplyTopic returns where a device listens.
func ReplyTopic(organisation string, device cose.Kid) string {
	return "gauger/v1/" + organisation + "/" + device.String() + "/reply"
}

// ParseBatchTopic returns organisation and device of a batch topic.
func ParseBatchTopic(topic string) (organisation string, device cose.Kid, err error) {
	parts := strings.Split(topic, "/")
	if len(parts) != 5 || parts[0] != "gauger" || parts[1] != "v1" || parts[4] != "batch" || CheckOrganisation(parts[2]) != nil {
		return "", device, fmt.Errorf("topic %q is not gauger/v1/<org>/<device>/batch", topic)
	}
	device, err = cose.ParseKid(parts[3])
	return parts[2], device, err
}

// CheckOrganisation refuses names that cannot be one level of a topic.
func CheckOrganisation(name string) error {
	if name == "" || len(name) > 64 || strings.ContainsAny(name, "/+#\x00") {
		return fmt.Errorf("organisation %q must have 1 to 64 bytes and none of / + #", name)
	}
	return nil
}

// Batch is a statement with the leaves it covers, in its order, and their detached signatures, or nil when the device signs
// statements only.
type Batch struct {
	Statement  []byte
	Leaves     [][]byte
	Signatures [][]byte
}

// batch is the form of a Batch on the wire.
type batch struct {
	_          struct{} `cbor:",toarray"`
	Statement  []byte
	Leaves     [][]byte
	Signatures *[][]byte // null: none
}

// Encode returns the message.
func (b Batch) Encode() ([]byte, error) {
	w := batch{Statement: b.Statement, Leaves: b.Leaves}
	if b.Signatures != nil {
		w.Signatures = &b.Signatures
	}
	m, err := cose.Marshal(w)
	if err == nil && len(m) > MaxMessage {
		err = fmt.Errorf("batch has %d bytes, at most %d are allowed", len(m), MaxMessage)
	}
	return m, err
}

// DecodeBatch reads a message strictly; it does not look into statement or leaves.
func DecodeBatch(message []byte) (Batch, error) {
	var w batch
	if len(message) > MaxMessage {
		return Batch{}, fmt.Errorf("batch has %d bytes, at most %d are allowed", len(message), MaxMessage)
	}
	if err := cose.Unmarshal(message, &w); err != nil {
		return Batch{}, fmt.Errorf("batch: %w", err)
	}
	b := Batch{Statement: w.Statement, Leaves: w.Leaves}
	if w.Signatures != nil {
		b.Signatures = *w.Signatures
	}
	if len(b.Leaves) > statement.MaxRecords || b.Signatures != nil && len(b.Signatures) != len(b.Leaves) {
		return b, fmt.Errorf("batch holds %d leaves and %d signatures", len(b.Leaves), len(b.Signatures))
	}
	return b, nil
}

// Code says why a statement was refused. A refusal is final: the same batch gets the same reply.
type Code string

// The refusals. The first four consume nothing: no new valid statement of a known device was seen.
const (
	BadMessage   Code = "bad-message"   // not a batch, or over a limit
	BadSignature Code = "bad-signature" // the statement's signature does not verify
	Unregistered Code = "unregistered"  // the key is in no registry as a device
	BadChain     Code = "bad-chain"     // the statement's number is taken by another statement, or its prev is wrong
	BadPoint     Code = "bad-point"     // the device does not speak for a measuring point, or not at the time of a record
	BadLeaves    Code = "bad-leaves"    // leaves do not hash to the root or are not what the runs say
	BadRecord    Code = "bad-record"    // a record's signature, link, recomputation or order is wrong
)

// Consumes reports whether a refusal with this code uses up the statement's number.
func (c Code) Consumes() bool { return c == BadPoint || c == BadLeaves || c == BadRecord }

// Reply is what the cloud answers, signed by the key that the edge's configuration names. Statement names the statement it is
// about by hash; exactly one of Receipt, Refusal, Want and Checkpoint says what.
type Reply struct {
	Version    uint64      `cbor:"1,keyasint"`
	Device     cose.Kid    `cbor:"2,keyasint"`
	Statement  record.Hash `cbor:"3,keyasint"` // zeros in want and checkpoint
	Receipt    []byte      `cbor:"4,keyasint,omitempty"`
	Refusal    *Refusal    `cbor:"5,keyasint,omitempty"`
	Want       *Want       `cbor:"6,keyasint,omitempty"`
	Checkpoint []byte      `cbor:"7,keyasint,omitempty"`
}

// Refusal says why, for the program and for people.
type Refusal struct {
	Code Code   `cbor:"1,keyasint"`
	Text string `cbor:"2,keyasint"`
}

// Want asks for the statement with this number: something before it is missing.
type Want struct {
	Number uint64 `cbor:"1,keyasint"`
}

// SignReply returns the reply as a COSE_Sign1 by the cloud's key.
func SignReply(key crypto.Signer, r Reply) ([]byte, error) {
	r.Version = 1
	payload, err := cose.Marshal(r)
	if err != nil {
		return nil, err
	}
	return cose.Sign(key, ReplyThing, payload, nil)
}

// OpenReply verifies a reply to a device.
func OpenReply(message []byte, cloud cose.Key, device cose.Kid) (Reply, error) {
	var r Reply
	if len(message) > MaxMessage {
		return r, fmt.Errorf("reply has %d bytes, at most %d are allowed", len(message), MaxMessage)
	}
	payload, _, err := cose.Open(message, ReplyThing, cloud)
	if err != nil {
		return r, err
	}
	if err := cose.Unmarshal(payload, &r); err != nil {
		return r, fmt.Errorf("reply: %w", err)
	}
	set := 0
	for _, is := range []bool{r.Receipt != nil, r.Refusal != nil, r.Want != nil, r.Checkpoint != nil} {
		if is {
			set++
		}
	}
	if r.Version != 1 || r.Device != device || set != 1 {
		return r, fmt.Errorf("reply of version %d to device %s with %d contents is not for us", r.Version, r.Device, set)
	}
	return r, nil
}
