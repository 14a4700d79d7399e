package clock

import (
	"encoding/binary"
	"fmt"
	"io"
)

// The protocol on the socket. A client first says hello with its name, one byte of
// length and the bytes, empty for an observer. After that messages of nine
// bytes go both ways: a kind and a number, big-endian, which is a time in nanoseconds
// since 1970 unless said otherwise.
const (
	askNow   byte = 'N' // to the server: tell the time
	askWait  byte = 'W' // to the server: wake me at this time
	askStop  byte = 'C' // to the server: don't wake me; ignored when not waiting
	sayHello byte = 'H' // to the client: welcome; the number is 1 in free running, else 0
	sayNow   byte = 'n' // to the client: the time, in answer to askNow
	sayWoken byte = 'w' // to the client: the wait is over, at this time
	sayStop  byte = 'c' // to the client: the wait was taken back, at this time
	sayError byte = 'e' // to the client: refused, with an error code; the end
)

// Error codes of sayError.
const (
	codeNotJoined int64 = 1
	codeBusy      int64 = 2
	codeProtocol  int64 = 3
)

func codeError(code int64) error {
	switch code {
	case codeNotJoined:
		return ErrNotJoined
	case codeBusy:
		return ErrBusy
	}
	return fmt.Errorf("refused by the server of simulated time (code %d): are both the same version of the program?", code)
}

type wireMessage struct {
	kind   byte
	number int64
}

func (m wireMessage) write(w io.Writer) error {
	var b [9]byte
	b[0] = m.kind
	binary.BigEndian.PutUint64(b[1:], uint64(m.number))
	_, err := w.Write(b[:])
	return err
}

func readMessage(r io.Reader) (wireMessage, error) {
	var b [9]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return wireMessage{}, err
	}
	return wireMessage{kind: b[0], number: int64(binary.BigEndian.Uint64(b[1:]))}, nil
}

func writeName(w io.Writer, name string) error {
	_, err := w.Write(append([]byte{byte(len(name))}, name...))
	return err
}

func readName(r io.Reader) (string, error) {
	var b [256]byte
	if _, err := io.ReadFull(r, b[:1]); err != nil {
		return "", err
	}
	n := int(b[0])
	if n > maxName {
		return "", fmt.Errorf("name of %d bytes: at most %d", n, maxName)
	}
	_, err := io.ReadFull(r, b[:n])
	return string(b[:n]), err
}
