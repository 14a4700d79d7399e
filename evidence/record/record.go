// Package record is the unit of measurement evidence: what one measuring point saw in one interval, or one event there. Each
// record holds the hash of the one before it; its encoding is the leaf that batches hash and that nobody may change by a byte.
package record

import (
	"encoding/hex"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/metrology/quantity"
)

// Version is the version of the record format.
const Version = 1

// Thing is the name of a record in the typ header of its signature.
const Thing = "record"

// MaxSize is the largest leaf in bytes.
const MaxSize = 4096

// Hash is a SHA-256.
type Hash [32]byte

// String prints the hash in lower-case hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText prints the hash in hex, for JSON.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads 64 hex digits.
func (h *Hash) UnmarshalText(b []byte) error {
	if len(b) != 2*len(h) {
		return fmt.Errorf("%q is not a SHA-256 in 64 hex digits", b)
	}
	_, err := hex.Decode(h[:], b)
	return err
}

// Clock says how far the record's times can be trusted.
type Clock uint64

// The states of a device's clock.
const (
	Unsynchronised Clock = iota
	NTP
	PTP // or GNSS
	RTCLost
	Simulated
)

// String names the clock state.
func (c Clock) String() string {
	names := [...]string{"unsynchronised", "NTP", "PTP/GNSS", "RTC lost", "simulated"}
	if int(c) < len(names) {
		return names[c]
	}
	return fmt.Sprintf("clock state %d", uint64(c))
}

// Record is one link of a measuring point's chain. Exactly one of Interval and Event is set.
type Record struct {
	Version  uint64    `cbor:"1,keyasint" json:"version"`
	Device   cose.Kid  `cbor:"2,keyasint" json:"device"`
	Point    string    `cbor:"3,keyasint" json:"point"`
	Seq      uint64    `cbor:"4,keyasint" json:"seq"`
	Prev     Hash      `cbor:"5,keyasint" json:"prev"`  // SHA-256(0x00 || previous leaf); zeros at seq 0
	Salt     [16]byte  `cbor:"6,keyasint" json:"salt"`  // random, so that a leaf hash tells nothing about its leaf
	Start    int64     `cbor:"7,keyasint" json:"start"` // ms since 1970 UTC
	End      int64     `cbor:"8,keyasint" json:"end"`   // ms since 1970 UTC; equal to Start for an event
	Clock    Clock     `cbor:"9,keyasint" json:"clock"`
	Interval *Interval `cbor:"10,keyasint,omitempty" json:"interval,omitempty"`
	Event    *Event    `cbor:"11,keyasint,omitempty" json:"event,omitempty"`
}

// Interval is what flowed between Start and End.
type Interval struct {
	Totaliser   uint64          `cbor:"1,keyasint" json:"totaliser"` // the meter's own non-resettable counter at End
	Pulses      int64           `cbor:"2,keyasint" json:"pulses"`
	FlowTime    int64           `cbor:"3,keyasint" json:"flowTime"`    // ms with flow
	Temperature quantity.Micro  `cbor:"4,keyasint" json:"temperature"` // flow-weighted average, in the unit of Parameters
	Pressure    quantity.Micro  `cbor:"5,keyasint" json:"pressure"`    // flow-weighted average, gauge, in the unit of Parameters
	Parameters  Parameters      `cbor:"6,keyasint" json:"parameters"`
	IV          quantity.Micro  `cbor:"7,keyasint" json:"iv"` // indicated volume, Pulses / K-factor
	CTL         quantity.Factor `cbor:"8,keyasint" json:"ctl"`
	CPL         quantity.Factor `cbor:"9,keyasint" json:"cpl"`
	CTPL        quantity.Factor `cbor:"10,keyasint" json:"ctpl"`
	GSV         quantity.Micro  `cbor:"11,keyasint" json:"gsv"`    // IV x MF x CTPL, rounded once
	Mass        quantity.Micro  `cbor:"12,keyasint" json:"mass"`   // kg: GSV x base density (x 0.158987294928 for barrels), rounded once
	Totals      Totals          `cbor:"13,keyasint" json:"totals"` // at End, this interval included
	Quality     Quality         `cbor:"14,keyasint,omitempty" json:"quality,omitempty"`
}

// Parameters are the constants in force during an interval: a change of any of them ends it.
type Parameters struct {
	KFactor         quantity.Factor `cbor:"1,keyasint" json:"kFactor"` // pulses per unit of Basis
	MeterFactor     quantity.Factor `cbor:"2,keyasint" json:"meterFactor"`
	Basis           quantity.Basis  `cbor:"3,keyasint" json:"basis"`           // unit and reference conditions of IV, GSV and the totals
	Commodity       string          `cbor:"4,keyasint" json:"commodity"`       // commodity group of MPMS 11.1: "crude", "refined", ...
	BaseDensity     quantity.Micro  `cbor:"5,keyasint" json:"baseDensity"`     // kg/m3 at the reference conditions of Basis
	TemperatureUnit string          `cbor:"6,keyasint" json:"temperatureUnit"` // "degC" or "degF"
	PressureUnit    string          `cbor:"7,keyasint" json:"pressureUnit"`    // "kPag" or "psig"
	Method          string          `cbor:"8,keyasint" json:"method"`          // standard and edition
	Rounding        string          `cbor:"9,keyasint" json:"rounding"`        // rounding policy of the inputs
}

// Totals are the running totals since seq 0. The weighted sums are in micro-(unit x volume unit); each interval's share is
// rounded once.
type Totals struct {
	IV          quantity.Micro `cbor:"1,keyasint" json:"iv"`
	GSV         quantity.Micro `cbor:"2,keyasint" json:"gsv"`
	Mass        quantity.Micro `cbor:"3,keyasint" json:"mass"`
	Temperature quantity.Micro `cbor:"4,keyasint" json:"temperature"` // sum of T x IV
	Pressure    quantity.Micro `cbor:"5,keyasint" json:"pressure"`    // sum of P x IV
	Density     quantity.Micro `cbor:"6,keyasint" json:"density"`     // sum of base density x IV
	FlowTime    int64          `cbor:"7,keyasint" json:"flowTime"`    // ms
}

// Quality flags what an interval's inputs were made of.
type Quality uint64

// The quality flags.
const (
	// Substituted: temperature or pressure was not measured in the whole interval; the last good or first next value stands.
	Substituted Quality = 1 << iota
	// Gap: the device was down for part of the interval; its meter kept counting.
	Gap
	// SuspectCounter: the counter reported a fault of its own.
	SuspectCounter
)

// EventKind says what happened.
type EventKind string

// The kinds of events.
const (
	Start     EventKind = "start"     // the point began to record; New names its configuration
	Restart   EventKind = "restart"   // the device came back; its chain was verified from disk
	GapEvent  EventKind = "gap"       // the device was down from Old to New (RFC 3339)
	Parameter EventKind = "parameter" // a constant changed from Old to New
	Proving   EventKind = "proving"   // a meter factor was proved
	Alarm     EventKind = "alarm"     // an input failed or came back
	Sample    EventKind = "sample"    // a sample was taken
	Approval  EventKind = "approval"  // a configuration was approved
	TicketEnd EventKind = "ticket"    // a ticket was opened or closed here
)

// Event is something that bears on the measurement, with what it changed and by whom.
type Event struct {
	Kind EventKind `cbor:"1,keyasint" json:"kind"`
	Name string    `cbor:"2,keyasint,omitempty" json:"name,omitempty"`
	Old  string    `cbor:"3,keyasint,omitempty" json:"old,omitempty"`
	New  string    `cbor:"4,keyasint,omitempty" json:"new,omitempty"`
	Who  string    `cbor:"5,keyasint,omitempty" json:"who,omitempty"`
}

// maxText bounds each text of an event, in bytes.
const maxText = 512

// Encode returns the leaf: the record's deterministic CBOR.
func (r *Record) Encode() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	leaf, err := cose.Marshal(r)
	if err == nil && len(leaf) > MaxSize {
		err = fmt.Errorf("record of %s has %d bytes, at most %d are allowed", r.Place(), len(leaf), MaxSize)
	}
	return leaf, err
}

// Decode reads a leaf strictly.
func Decode(leaf []byte) (*Record, error) {
	if len(leaf) > MaxSize {
		return nil, fmt.Errorf("record has %d bytes, at most %d are allowed", len(leaf), MaxSize)
	}
	var r Record
	if err := cose.Unmarshal(leaf, &r); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	return &r, r.check()
}

// LeafHash returns SHA-256(0x00 || leaf), which the next record holds as its Prev and the batch as its leaf hash.
func LeafHash(leaf []byte) Hash { return proof.LeafHash(leaf) }

// Place names the record for messages: "LACT-1 seq 12".
func (r *Record) Place() string { return fmt.Sprintf("%s seq %d", r.Point, r.Seq) }

// maxTime is the end of the year 9999 in ms, far from any overflow.
const maxTime = 253402300799999

func (r *Record) check() error {
	switch {
	case r.Version != Version:
		return fmt.Errorf("record version is %d, this program knows %d", r.Version, Version)
	case r.Clock > Simulated:
		return fmt.Errorf("record of %s: %s is unknown", r.Place(), r.Clock)
	case (r.Interval == nil) == (r.Event == nil):
		return fmt.Errorf("record of %s must hold an interval or an event, and only one", r.Place())
	case r.Start < 0 || r.End > maxTime || r.End < r.Start:
		return fmt.Errorf("record of %s ends at %d ms before it starts at %d ms, or is out of range", r.Place(), r.End, r.Start)
	case r.Seq == 0 && r.Prev != Hash{}:
		return fmt.Errorf("record of %s is the first but names a record before it", r.Place())
	case r.Event != nil:
		return r.Event.check(r)
	}
	if err := CheckPoint(r.Point); err != nil {
		return err
	}
	if r.Interval.Pulses < 0 || r.Interval.FlowTime < 0 {
		return fmt.Errorf("record of %s: %d pulses in %d ms of flow: neither may be negative", r.Place(), r.Interval.Pulses, r.Interval.FlowTime)
	}
	return r.Interval.Parameters.Valid()
}

func (e *Event) check(r *Record) error {
	if err := CheckPoint(r.Point); err != nil {
		return err
	}
	if r.End != r.Start || e.Kind == "" {
		return fmt.Errorf("event of %s must name its kind and one instant", r.Place())
	}
	for _, s := range []string{string(e.Kind), e.Name, e.Old, e.New, e.Who} {
		if len(s) > maxText || !utf8.ValidString(s) {
			return fmt.Errorf("event of %s holds a text of %d bytes, at most %d of UTF-8 are allowed", r.Place(), len(s), maxText)
		}
	}
	return nil
}

// CheckPoint refuses names of measuring points that are empty, longer than 64 bytes, or hold blanks or unprintable runes.
func CheckPoint(point string) error {
	if point == "" || len(point) > 64 || !utf8.ValidString(point) {
		return fmt.Errorf("point name %q must have 1 to 64 bytes of UTF-8", point)
	}
	for _, c := range point {
		if unicode.IsSpace(c) || !unicode.IsPrint(c) || c == '/' {
			return fmt.Errorf("point name %q must not hold blanks, slashes or unprintable characters", point)
		}
	}
	return nil
}

// Valid refuses constants that no meter can have.
func (p Parameters) Valid() error {
	if !p.KFactor.Valid() || !p.MeterFactor.Valid() || p.BaseDensity <= 0 {
		return errors.New("the K-factor, meter factor and base density must be positive")
	}
	if p.Basis.Unit != quantity.CubicMetre && p.Basis.Unit != quantity.Barrel {
		return fmt.Errorf("a liquid meter counts m3 or bbl, not %q", p.Basis.Unit)
	}
	return p.Basis.Valid()
}
