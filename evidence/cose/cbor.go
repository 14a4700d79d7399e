// Package cose holds the two things every piece of evidence shares: the deterministic CBOR of RFC 8949 4.2.1 and the
// COSE_Sign1 of RFC 9052, in the one narrow profile that Gauger accepts (docs/reference/formats.md, F0 and F4).
package cose

import (
	"bytes"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// Limits of every decoder: larger input is refused before it is looked at.
const (
	// MaxMessage bounds any encoded item; a bundle is the largest.
	MaxMessage = 64 << 20
	maxItems   = 1 << 20
	maxNesting = 16
)

var encoder = must(cbor.EncOptions{
	Sort:          cbor.SortBytewiseLexical,
	ShortestFloat: cbor.ShortestFloatNone,
	NaNConvert:    cbor.NaNConvertReject,
	InfConvert:    cbor.InfConvertReject,
	IndefLength:   cbor.IndefLengthForbidden,
	NilContainers: cbor.NilContainerAsEmpty, // an empty list has one form; null stands only where a format names it
	TimeTag:       cbor.EncTagNone,
	TagsMd:        cbor.TagsAllowed,
}.EncMode())

var decoder = must(cbor.DecOptions{
	DupMapKey:         cbor.DupMapKeyEnforcedAPF,
	IndefLength:       cbor.IndefLengthForbidden,
	ExtraReturnErrors: cbor.ExtraDecErrorUnknownField,
	MaxNestedLevels:   maxNesting,
	MaxArrayElements:  maxItems,
	MaxMapPairs:       maxItems,
	TagsMd:            cbor.TagsAllowed,
	UTF8:              cbor.UTF8RejectInvalid,
}.DecMode())

func must[T any](mode T, err error) T {
	if err != nil {
		panic(err) // options are constants: this can only fail in a broken build
	}
	return mode
}

// Marshal encodes v deterministically. The types of this project hold integers, strings and byte strings only, so it fails
// on nothing but a programming error.
func Marshal(v any) ([]byte, error) { return encoder.Marshal(v) }

// Unmarshal decodes data into v and refuses whatever is not exactly the deterministic encoding of the result: unknown keys,
// wrong order, longer integers, fields written though empty, null for an empty list or string, trailing bytes.
func Unmarshal(data []byte, v any) error {
	if len(data) > MaxMessage {
		return fmt.Errorf("%d bytes are more than the limit of %d", len(data), MaxMessage)
	}
	if err := decoder.Unmarshal(data, v); err != nil {
		return err
	}
	again, err := encoder.Marshal(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(again, data) {
		return fmt.Errorf("not deterministic CBOR: byte %d differs from its own re-encoding", firstDifference(again, data))
	}
	return nil
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
