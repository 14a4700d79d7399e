package main

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

// instant is a time in YAML and behind flags, RFC 3339 with its zone. Its zero value is a time that was not given.
type instant time.Time

// UnmarshalText reads a time such as 2024-03-05T06:00:00-07:00.
func (i *instant) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.RFC3339, string(b))
	if err != nil {
		return fmt.Errorf("%q is not a time such as 2024-03-05T06:00:00-07:00", b)
	}
	*i = instant(t)
	return nil
}

// Set reads the value of a flag. Who reports the error names flag and value.
func (i *instant) Set(text string) error {
	if i.UnmarshalText([]byte(text)) != nil {
		return errors.New("want a time such as 2024-03-05T06:00:00-07:00")
	}
	return nil
}

// Type is what help calls the value of a flag.
func (i *instant) Type() string { return "time" }

// String is the time as Set reads it, or nothing.
func (i *instant) String() string {
	if !i.given() {
		return ""
	}
	return time.Time(*i).Format(time.RFC3339Nano)
}

func (i instant) given() bool { return !time.Time(i).IsZero() }

// ms returns milliseconds since 1970 UTC, and 0 for a time that was not given.
func (i instant) ms() int64 {
	if !i.given() {
		return 0
	}
	return time.Time(i).UnixMilli()
}

// orNow returns milliseconds since 1970 UTC, those of the system's clock for a time that was not given.
func (i instant) orNow() int64 {
	if !i.given() {
		return time.Now().UnixMilli()
	}
	return i.ms()
}

// knownFlag adds --known-at: what the books knew at an instant, whenever it happened.
func knownFlag(c *cobra.Command, known *instant) {
	c.Flags().Var(known, "known-at", "by what was known at this instant, such as 2024-04-01T07:00:00-06:00; without it, by all that is known")
}

// knownQuery asks a cloud so.
func knownQuery(known instant) url.Values {
	if !known.given() {
		return nil
	}
	return url.Values{"knownAt": {known.String()}}
}

// stamp prints an instant, ms since 1970 UTC, for people.
func stamp(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05Z") }
