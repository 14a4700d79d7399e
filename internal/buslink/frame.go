package buslink

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A request is a header of 7 bytes (kind, address, bytes written, bytes wanted) and the bytes written; a reply is a header
// of 3 bytes (status, length) and the bytes read or the text of the error. Numbers are big endian. One request is under way
// at a time; a connection on which anything went wrong is closed, so that no reply is ever taken for another's.
const (
	requestHeader = 7
	replyHeader   = 3
	maxErrorText  = 512
)

// kind says which bus a request is for.
type kind byte

const (
	kindSPI kind = 'S' // the address is the chip select
	kindI2C kind = 'I' // the address is the device's
)

const (
	statusOK     = 0
	statusFailed = 1
)

// request is one transaction: w goes to the device, want bytes come back.
type request struct {
	kind    kind
	address uint16
	w       []byte
	want    int
}

// check refuses what the buses can't do. SPI moves both directions at once, so its lengths agree unless one is zero.
func (r request) check() error {
	switch {
	case r.kind != kindSPI && r.kind != kindI2C:
		return fmt.Errorf("transaction of unknown kind %#02x", byte(r.kind))
	case len(r.w) == 0 && r.want == 0:
		return fmt.Errorf("transaction with %#x moves no bytes", r.address)
	case len(r.w) > MaxTransfer || r.want > MaxTransfer:
		return fmt.Errorf("transaction with %#x of %d and %d bytes: the limit is %d", r.address, len(r.w), r.want, MaxTransfer)
	case r.kind == kindSPI && len(r.w) > 0 && r.want > 0 && len(r.w) != r.want:
		return fmt.Errorf("transaction with chip select %d writes %d bytes and reads %d: must be as many", r.address, len(r.w), r.want)
	case r.kind == kindI2C && r.address > 0x3ff:
		return fmt.Errorf("I2C address %#x has more than 10 bits", r.address)
	}
	return nil
}

// append writes the frame of r, which has passed check.
func (r request) append(b []byte) []byte {
	b = append(b, byte(r.kind))
	b = binary.BigEndian.AppendUint16(b, r.address)
	b = binary.BigEndian.AppendUint16(b, uint16(len(r.w)))
	b = binary.BigEndian.AppendUint16(b, uint16(r.want))
	return append(b, r.w...)
}

// parseHeader reads the header of a request; w has its length and is yet to be filled.
func parseHeader(h [requestHeader]byte) (request, error) {
	written := int(binary.BigEndian.Uint16(h[3:]))
	if written > MaxTransfer {
		return request{}, fmt.Errorf("request writes %d bytes: the limit is %d", written, MaxTransfer)
	}
	r := request{
		kind:    kind(h[0]),
		address: binary.BigEndian.Uint16(h[1:]),
		w:       make([]byte, written),
		want:    int(binary.BigEndian.Uint16(h[5:])),
	}
	return r, r.check()
}

// appendReply writes the reply to a transaction: what was read, or why it failed.
func appendReply(b, read []byte, failure error) []byte {
	status := byte(statusOK)
	if failure != nil {
		text := failure.Error()
		status, read = statusFailed, []byte(text[:min(len(text), maxErrorText)])
	}
	b = append(b, status)
	b = binary.BigEndian.AppendUint16(b, uint16(len(read)))
	return append(b, read...)
}

// readReply reads the reply to a transaction that wants len(read) bytes. refused is the device's own error, which leaves
// the connection in order; err is any other and does not.
func readReply(in io.Reader, read []byte) (refused, err error) {
	var h [replyHeader]byte
	if _, err := io.ReadFull(in, h[:]); err != nil {
		return nil, fmt.Errorf("wait for the reply: %w", err)
	}
	n := int(binary.BigEndian.Uint16(h[1:]))
	switch {
	case h[0] == statusOK && n == len(read):
		if _, err := io.ReadFull(in, read); err != nil {
			return nil, fmt.Errorf("read the reply: %w", err)
		}
		return nil, nil
	case h[0] == statusFailed && n <= maxErrorText:
		text := make([]byte, n)
		if _, err := io.ReadFull(in, text); err != nil {
			return nil, fmt.Errorf("read the reply: %w", err)
		}
		return fmt.Errorf("device: %q", text), nil
	}
	return nil, fmt.Errorf("reply of status %d and %d bytes to a request for %d: not a server of this protocol", h[0], n, len(read))
}
