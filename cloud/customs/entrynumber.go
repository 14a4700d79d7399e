package customs

import (
	"fmt"
	"strings"
)

// EntryNumber is an entry number in its eleven characters, filer code, number and check digit: "ZZ903102418". Make one with
// ParseEntryNumber or NewEntryNumber.
type EntryNumber string

// String prints the number with hyphens: "ZZ9-0310241-8".
func (n EntryNumber) String() string {
	if len(n) != 11 {
		return string(n)
	}
	return string(n[:3] + "-" + n[3:10] + "-" + n[10:])
}

// Valid reports whether filer code, number and check digit are right.
func (n EntryNumber) Valid() error {
	_, err := ParseEntryNumber(string(n))
	return err
}

// NewEntryNumber returns the entry number of a filer with its check digit. The filer code has three characters, the number at
// most seven digits.
func NewEntryNumber(filer string, number int) (EntryNumber, error) {
	if number < 0 || number > 9_999_999 {
		return "", fmt.Errorf("entry number %d does not have seven digits", number)
	}
	base := fmt.Sprintf("%s%07d", filer, number)
	check, err := CheckDigit(base)
	if err != nil {
		return "", err
	}
	return EntryNumber(base + string(check)), nil
}

// ParseEntryNumber reads an entry number with or without hyphens. When the check digit is wrong, the error gives the right one.
func ParseEntryNumber(s string) (EntryNumber, error) {
	plain := s
	if len(s) == 13 && s[3] == '-' && s[11] == '-' {
		plain = s[:3] + s[4:11] + s[12:]
	}
	if len(plain) != 11 {
		return "", fmt.Errorf("entry number %.40q is not of the form ZZ9-0310241-8", s)
	}
	check, err := CheckDigit(plain[:10])
	if err != nil {
		return "", fmt.Errorf("entry number %q: %w", s, err)
	}
	if plain[10] != check {
		return "", fmt.Errorf("entry number %q: the check digit is %c, not %c", s, check, plain[10])
	}
	return EntryNumber(plain), nil
}

// filerShapes are the forms of a filer code; N is a digit, A a letter (ACE ABI CATAIR, entry summary, appendix E).
const filerShapes = "NNN ANN AAN AAA ANA NAN NNA NAA"

// CheckDigit returns the check digit of a filer code and number, ten characters (ACE ABI CATAIR, entry summary): letters count
// A-I 1 to 9, J-R 1 to 9, S-Z 2 to 9; every second character is doubled and its digits summed; the sum is filled up to a ten.
func CheckDigit(base string) (byte, error) {
	if len(base) != 10 || strings.Trim(base[3:], "0123456789") != "" {
		return 0, fmt.Errorf("%q is not a filer code of three characters and seven digits", base)
	}
	shape, sum := "", 0
	for i := range len(base) {
		v, kind := int(base[i]-'0'), "N"
		switch c := base[i]; {
		case c >= 'A' && c <= 'R':
			v, kind = int(c-'A')%9+1, "A"
		case c >= 'S' && c <= 'Z':
			v, kind = int(c-'S')+2, "A"
		case c < '0' || c > '9':
			return 0, fmt.Errorf("filer code %q has a character that is neither digit nor capital letter", base[:3])
		}
		if i < 3 {
			shape += kind
		}
		if i%2 == 1 {
			v *= 2
			v = v/10 + v%10
		}
		sum += v
	}
	if base[:3] == "000" || !strings.Contains(filerShapes, shape) {
		return 0, fmt.Errorf("%q is no filer code", base[:3])
	}
	return byte('0' + (10-sum%10)%10), nil
}
