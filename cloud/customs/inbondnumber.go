package customs

import (
	"fmt"
	"strconv"
)

// NewInBond returns an in-bond number of nine digits from its first eight: the check digit is their remainder of seven (ACE
// ABI CATAIR, in-bond).
func NewInBond(base string) (string, error) {
	n, err := strconv.Atoi(base)
	if len(base) != 8 || !digits(base) || err != nil {
		return "", fmt.Errorf("%q is not the first eight digits of an in-bond number", base)
	}
	return base + strconv.Itoa(n%7), nil
}

// ParseInBond reads an in-bond number of nine digits. When the check digit is wrong, the error gives the right one.
func ParseInBond(s string) (string, error) {
	if len(s) != 9 {
		return "", fmt.Errorf("in-bond number %q does not have nine digits", s)
	}
	full, err := NewInBond(s[:8])
	if err != nil {
		return "", fmt.Errorf("in-bond number %q: %w", s, err)
	}
	if full != s {
		return "", fmt.Errorf("in-bond number %q: the check digit is %c, not %c", s, full[8], s[8])
	}
	return full, nil
}
