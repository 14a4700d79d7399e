package document

import (
	"fmt"
	"net/url"
	"strings"

	"rsc.io/qr"

	"github.com/gauger/gauger/evidence/record"
)

// MaxURL is the longest base address of a code in bytes: with more, the squares of the code get too small for a telephone.
const MaxURL = 200

// Code returns the text of a ticket's QR code. Without a base it names the ticket, which anybody can check who holds the ticket's
// bytes: gauger:ticket: and their SHA-256. With a base, an address of http or https without query and fragment, it is the address
// below it at which that name leads to the proof; it always ends with the name.
func Code(ticket record.Hash, base string) (string, error) {
	name := "gauger:ticket:" + ticket.String()
	if base == "" {
		return name, nil
	}
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return "", fmt.Errorf("address %q: %w", base, err)
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.ContainsAny(base, "?#"):
		return "", fmt.Errorf("address %q is none such as https://terminal.example/proof, without query and fragment", base)
	case len(base) > MaxURL:
		return "", fmt.Errorf("address has %d bytes, at most %d fit a code", len(base), MaxURL)
	}
	for _, c := range []byte(base) {
		if c <= ' ' || c > '~' {
			return "", fmt.Errorf("address %q must be plain ASCII without blanks: percent-encode the rest", base)
		}
	}
	return strings.TrimRight(base, "/") + "/" + name, nil
}

// quiet is the white margin of a QR code, in squares.
const quiet = 4

// code draws a QR code into a square of the given side, its quiet margin included. The squares have a side that is exact in
// binary, so that every machine writes the same figures; what is left over widens the margin.
func (p *page) code(x, y, side float64, text string) {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		p.pdf.SetError(err)
		return
	}
	square := float64(int(side/float64(c.Size+2*quiet)*16)) / 16
	margin := (side - square*float64(c.Size)) / 2
	p.pdf.SetFillColor(0, 0, 0)
	for row := range c.Size {
		for from := 0; from < c.Size; {
			to := from
			for to < c.Size && c.Black(to, row) {
				to++
			}
			if to > from {
				p.pdf.Rect(x+margin+square*float64(from), y+margin+square*float64(row), square*float64(to-from), square, "F")
			}
			from = max(to, from+1)
		}
	}
}
