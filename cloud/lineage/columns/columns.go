// Package columns turns arrays into bytes and back: each one its length and then its values, little-endian. It is the form in which
// a history that was worked out once is kept, so that it need not be worked out again. It checks nothing but that the bytes are
// there; what the values mean, and whether they can be right, is for whoever reads them.
package columns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// AppendUint32 appends a column of 32-bit numbers to b.
func AppendUint32(b []byte, column []uint32) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(column)))
	for _, v := range column {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// AppendInt64 appends a column of 64-bit numbers to b.
func AppendInt64(b []byte, column []int64) []byte {
	b = binary.LittleEndian.AppendUint64(b, uint64(len(column)))
	for _, v := range column {
		b = binary.LittleEndian.AppendUint64(b, uint64(v))
	}
	return b
}

// MaxText bounds the bytes of all texts of one column together.
const MaxText = math.MaxUint32

// AppendTexts appends a column of texts to b: where each ends, and then all of them in one. Together they must not be longer than
// MaxText.
func AppendTexts(b []byte, column []string) ([]byte, error) {
	ends, total := make([]uint32, len(column)), uint64(0)
	for i, s := range column {
		if total += uint64(len(s)); total > MaxText {
			return nil, fmt.Errorf("texts of more than %d bytes do not fit one column", uint64(MaxText))
		}
		ends[i] = uint32(total)
	}
	b = AppendUint32(b, ends)
	for _, s := range column {
		b = append(b, s...)
	}
	return b, nil
}

// Reader takes columns off bytes, in the order in which they were appended. After an error it gives nothing more.
type Reader struct {
	rest []byte
	err  error
}

// NewReader returns a reader of bytes, which must not change while it is used. What it gives does not refer to them.
func NewReader(b []byte) *Reader { return &Reader{rest: b} }

var errEnds = errors.New("the bytes end within a column")

// take returns the bytes of the next column, whose values have a size, and how many there are.
func (r *Reader) take(size int) (b []byte, n int) {
	if r.err != nil {
		return nil, 0
	}
	if len(r.rest) < 8 {
		r.err = errEnds
		return nil, 0
	}
	count := binary.LittleEndian.Uint64(r.rest)
	r.rest = r.rest[8:]
	if count > uint64(len(r.rest)/size) {
		r.err = errEnds
		return nil, 0
	}
	b, r.rest = r.rest[:int(count)*size], r.rest[int(count)*size:]
	return b, int(count)
}

// Uint32 returns the next column, of 32-bit numbers.
func (r *Reader) Uint32() []uint32 {
	b, n := r.take(4)
	column := make([]uint32, n)
	for i := range column {
		column[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return column
}

// Int64 returns the next column, of 64-bit numbers.
func (r *Reader) Int64() []int64 {
	b, n := r.take(8)
	column := make([]int64, n)
	for i := range column {
		column[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return column
}

// Texts returns the next column, of texts.
func (r *Reader) Texts() []string {
	ends := r.Uint32()
	if r.err != nil || len(ends) == 0 {
		return nil
	}
	total := ends[len(ends)-1]
	if uint64(total) > uint64(len(r.rest)) {
		r.err = errEnds
		return nil
	}
	all := string(r.rest[:total])
	r.rest = r.rest[total:]
	column, begin := make([]string, len(ends)), uint32(0)
	for i, end := range ends {
		if end < begin || end > total {
			r.err = fmt.Errorf("text %d ends before it begins", i)
			return nil
		}
		column[i], begin = all[begin:end], end
	}
	return column
}

// Err returns what was wrong with a column, if anything.
func (r *Reader) Err() error { return r.err }

// End returns what was wrong, or an error when bytes are left over.
func (r *Reader) End() error {
	if r.err == nil && len(r.rest) > 0 {
		return fmt.Errorf("%d bytes too many", len(r.rest))
	}
	return r.err
}
