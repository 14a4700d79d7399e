package lint

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/gauger/gauger/cloud/customs"
)

// numbers checks identifiers with a check digit or a form: L9, L24, L30, L31.
func (c *checker) numbers(n *node) {
	c.entryNumber(n.get("entryNumber"))
	if n.get("enteredAt", "mot") != nil && n.get("type", "entryType") != nil { // an entry as this program writes it
		c.entryNumber(n.get("number"))
	}
	c.inBondNumber(n.get("inBondNumber"))
	c.inBondNumber(n.get("immediateTransportationNumber"))
	for _, name := range []string{"importerOfRecord", "importerNumber"} {
		if of := n.get(name); of != nil && of.kind == objectKind {
			c.importerNumber(of.get("number"), of.get("identifierType").string())
		} else if of != nil {
			c.importerNumber(of, "")
		}
	}
	c.globalLocation(n.get("globalLocationNumber"))
}

// entryNumber checks an entry number in its forms, 734-6188261-2, 734-61882612 and 73461882612 (L9).
func (c *checker) entryNumber(at *node) {
	if at == nil {
		return
	}
	text := at.string()
	plain := strings.ReplaceAll(text, "-", "")
	_, err := customs.ParseEntryNumber(plain)
	if err == nil && hyphenated.MatchString(text) {
		return
	}
	check, digitErr := byte(0), fmt.Errorf("%q has not eleven characters", plain)
	if len(plain) == 11 {
		check, digitErr = customs.CheckDigit(plain[:10])
	}
	if digitErr != nil {
		c.report("L9", at, fmt.Sprintf("%s is no entry number: filer code of three characters, seven digits, check digit", quote(text)),
			"write it such as "+example("ZZ9", "0310241"))
		return
	}
	right := plain[:3] + "-" + plain[3:10] + "-" + string(check)
	if err == nil {
		c.report("L9", at, "hyphens of "+quote(text)+" are out of place", "write "+right)
		return
	}
	c.report("L9", at, fmt.Sprintf("the check digit of %s is %c, not %c", plain[:10], check, plain[10]),
		"write "+right+", or the number that the filer has: another of its digits may be wrong")
}

var hyphenated = regexp.MustCompile(`^\w{3}-?\d{7}-?\d$`)

// example returns an entry number with its check digit.
func example(filer, number string) string {
	check, err := customs.CheckDigit(filer + number)
	if err != nil {
		return filer + "-" + number + "-N"
	}
	return filer + "-" + number + "-" + string(check)
}

// inBondNumber checks the ninth digit of a number of nine (L24). An air waybill or a carrier's number can stand in its place.
func (c *checker) inBondNumber(at *node) {
	text := at.string()
	if len(text) != 9 || strings.Trim(text, "0123456789") != "" {
		return
	}
	right, err := customs.NewInBond(text[:8])
	if err == nil && right != text {
		c.report("L24", at, fmt.Sprintf("the check digit of %s is %c, not %c", text[:8], right[8], text[8]),
			"write "+right+", or the number that the carrier has: another of its digits may be wrong")
	}
}

// importerForms are the forms of an importer number, with or without hyphens; the suffix of an IRS number has no O, I or Z, which is
// not checked.
var importerForms = map[string]*regexp.Regexp{
	"IRS": regexp.MustCompile(`^\d{2}-?\d{7}([0-9A-Z]{2})?$`),
	"SSN": regexp.MustCompile(`^\d{3}-?\d{2}-?\d{4}$`),
	"CBP": regexp.MustCompile(`^\d{6}-?\d{5}$`),
}

const importerHelp = "write NN-NNNNNNNXX (IRS), NNN-NN-NNNN (SSN) or YYDDPP-NNNNN (assigned by CBP)"

// importerNumber checks the form of an importer number (L30). A text with a blank is a name.
func (c *checker) importerNumber(at *node, kind string) {
	text := at.string()
	if text == "" || strings.Contains(text, " ") || !strings.ContainsAny(text, "0123456789") {
		return
	}
	form, known := importerForms[kind]
	if known && form.MatchString(text) {
		return
	}
	for _, f := range importerForms {
		if !known && f.MatchString(text) {
			return
		}
	}
	of := "an importer number"
	if known {
		of = "an importer number of type " + kind
	}
	c.report("L30", at, fmt.Sprintf("%s is not in the form of %s", quote(text), of), importerHelp)
}

// globalLocation checks the last of the thirteen digits (L31): from the left they weigh 1 and 3 in turn, and fill up to a ten.
func (c *checker) globalLocation(at *node) {
	text := at.string()
	if text == "" {
		return
	}
	if len(text) != 13 || strings.Trim(text, "0123456789") != "" {
		c.report("L31", at, quote(text)+" has not the thirteen digits of a global location number", "write all thirteen digits, as text")
		return
	}
	sum := 0
	for i, digit := range text[:12] {
		sum += int(digit-'0') * (1 + 2*(i%2))
	}
	if check := byte('0' + (10-sum%10)%10); check != text[12] {
		c.report("L31", at, fmt.Sprintf("the check digit of %s is %c, not %c", text[:12], check, text[12]),
			"write "+text[:12]+string(check)+", or the number as GS1 assigned it")
	}
}
