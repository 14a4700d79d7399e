// Package document turns what is proven into what people hold in their hands: a run ticket as a page to sign, and the tickets,
// movements and balances of books as tables. It is pure, and the same input gives the same bytes: the dates in a file are those of
// what it says, never of the run that wrote it.
package document

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// NotStated is printed where neither a ticket nor the evidence at hand states a figure. Nothing is put in its place.
const NotStated = "not stated"

// Standing is how far what a document says was verified. It is printed.
type Standing string

// The standings: nothing was verified, a bundle was on the keys that came with it, a bundle was against a trust file from outside.
const (
	Unverified Standing = "not verified"
	Consistent Standing = "CONSISTENT on the keys that came with it only"
	Verified   Standing = "VERIFIED against a trust file"
)

// utc returns an instant in ms since 1970 as a person reads it, to the second where nothing is below.
func utc(ms int64) string {
	t := date(ms)
	if ms%1000 != 0 {
		return t.Format("2006-01-02 15:04:05.000Z")
	}
	return t.Format("2006-01-02 15:04:05Z")
}

// date returns an instant in ms since 1970 for the dates of a file.
func date(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// or returns the text, or NotStated for none.
func or(text string) string {
	if text == "" {
		return NotStated
	}
	return text
}

// high are the characters of Windows-1252 from 0x80 to 0x9f; the five that it leaves open are blanks here.
var high = []rune("\u20ac \u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152 \u017d  \u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153 \u017e\u0178")

// cp1252 returns a text in the encoding of a PDF's core fonts, Windows-1252. Each character that it does not have, each control
// character and each byte that is no UTF-8 becomes one question mark; replaced says that there was one.
func cp1252(s string) (coded string, replaced bool) {
	var b strings.Builder
	for _, r := range s {
		c, ok := codeOf(r)
		if !ok {
			c, replaced = '?', true
		}
		b.WriteByte(c)
	}
	return b.String(), replaced
}

func codeOf(r rune) (byte, bool) {
	switch {
	case ' ' <= r && r <= '~', 0xa0 <= r && r <= 0xff:
		return byte(r), true
	case r <= 0xff:
		return 0, false
	}
	for i, h := range high {
		if h == r {
			return byte(0x80 + i), true
		}
	}
	return 0, false
}

// oneLine returns a text that a line of a table can hold: what is no UTF-8 and each control character becomes U+FFFD.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\ufffe' || r == '\uffff' {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}
