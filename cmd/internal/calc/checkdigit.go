package calc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gauger/gauger/cloud/customs"
)

var checkDigitKind = kind{
	use:   "check-digit entry|inbond NUMBER",
	short: "The check digit of a customs number (ACE ABI CATAIR)",
	long: "Prints the number with its check digit. NUMBER is an entry number's filer code and seven digits, or the first eight digits of an\n" +
		"in-bond number. A number that has its check digit already is checked: a wrong one is an error that gives the right one.",
	example: "  gauger calc check-digit entry ABC1234567\n" +
		"  gauger calc check-digit inbond 82345678",
	new: func() calculation { return new(checkDigitInput) },
}

type checkDigitInput struct{ of, number string }

func (in *checkDigitInput) bind(f *flags) {
	f.choice(&in.of, "kind", []string{"entry", "inbond"}, "what the number is of", argument)
	f.text(&in.number, "number", "ABC1234567", "the number, with its check digit or without", argument)
}

func (in *checkDigitInput) compute(r *Result) error {
	n, err := in.full()
	if err != nil {
		return err
	}
	r.form = checkedNumber{Calculation: r.Name, Kind: in.of, Number: n, CheckDigit: n[len(n)-1:]}
	return nil
}

// full returns the number with its check digit.
func (in *checkDigitInput) full() (string, error) {
	plain := strings.ToUpper(strings.ReplaceAll(in.number, "-", ""))
	switch {
	case in.of == "inbond" && len(plain) == 9:
		return customs.ParseInBond(plain)
	case in.of == "inbond":
		return customs.NewInBond(plain)
	case len(plain) == 10:
		check, err := customs.CheckDigit(plain)
		return plain + string(check), err
	case len(plain) == 11:
		n, err := customs.ParseEntryNumber(plain)
		return string(n), err
	}
	return "", errors.New("an entry number has a filer code of three characters and seven digits, and its check digit: ABC1234567, ABC12345676")
}

// checkedNumber is a number with its check digit.
type checkedNumber struct {
	Calculation string `json:"calculation"`
	Kind        string `json:"kind"`
	Number      string `json:"number"`
	CheckDigit  string `json:"checkDigit"`
}

// Print prints the number on one line.
func (n checkedNumber) Print(w io.Writer) error {
	_, err := fmt.Fprintln(w, n.Number)
	return err
}

// JSON prints the number for programs.
func (n checkedNumber) JSON(w io.Writer) error { return printJSON(w, n) }

// printJSON prints a value on one line, with < and > as they are.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
