package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/runticket"
)

// statementDraft is what was asked for.
type statementDraft struct {
	options   runticket.Options
	zone, out string
	at        instant
	month     custody.MonthlyStatement
	event     custody.Event
}

// documentStatementCommand writes a carrier's month of a stream as a movement, for the carrier or a shipper in it to sign.
func documentStatementCommand() *cobra.Command {
	var s statementDraft
	c := &cobra.Command{
		Use: "statement FILE.csv", Short: "Write a carrier's monthly statement as a movement, for a party to sign",
		Args: oneArg("the statement as CSV, or -"),
		Long: "Reads a row for each shipper: shipper (a DID), opening, receipts, deliveries, transfers, allowance, deductions, over and short,\n" +
			"adjustments, closing, with the unit in a heading: closing [m3 at 15C], of gas [MMBtu]. Writes a movement as JSON: sign it with gauger document\n" +
			"sign --kind movement, and hand it in with gauger document submit. It moves nothing: where the stream is in the books the two\n" +
			"are compared, where it is not, what is built on it says that it rests on a statement.",
		Example: "  gauger document statement march.csv --carrier did:web:carrier.example --pool LSB --month 2024-03 \\\n" +
			"      --zone America/Edmonton --by did:web:carrier.example --id MARCH-LSB -o march.json",
		RunE: func(_ *cobra.Command, args []string) error { return usage(s.write(args[0])) },
	}
	f := c.Flags()
	f.StringVar(&s.month.Carrier, "carrier", "", "DID of the carrier whose statement it is")
	f.StringVar(&s.month.Pool, "pool", "", "the stream")
	f.StringVar(&s.month.Month, "month", "", "the month, such as 2024-03")
	f.StringVar(&s.zone, "zone", "", "time zone in which the month begins and ends, such as America/Edmonton")
	f.StringArrayVar(&s.options.Units, "unit", nil, `what the volumes are counted in, where no heading says it: "m3 at 15C", MMBtu`)
	f.StringVar(&s.event.By, "by", "", "DID of the party that states it: the carrier, or a shipper in it")
	f.StringVar(&s.event.ID, "id", "", "name of the event, unique in the books")
	f.Var(&s.at, "at", "when it is stated, after the month; without it, now")
	outFlag(c, &s.out, "the movement")
	return c
}

func (s *statementDraft) write(path string) error {
	zone, err := time.LoadLocation(s.zone)
	if err != nil || s.zone == "" {
		return fmt.Errorf("--zone is %q, want a time zone such as America/Edmonton or UTC", s.zone)
	}
	in, name, err := openIn(path)
	if err != nil {
		return err
	}
	defer in.Close() // only read
	read, err := runticket.ReadMonth(name, in, s.options)
	if err != nil {
		return err
	}
	m, e := s.month, s.event
	if m.From, m.Until, err = runticket.Period(m.Month, zone); err != nil {
		return fmt.Errorf("--month: %w", err)
	}
	m.Basis, m.Lines = read.Basis, read.Lines
	e.Version, e.At, e.Statement = custody.Version, s.at.orNow(), &m
	if err := e.Valid(); err != nil {
		return err
	}
	draft, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return writeOut(s.out, append(draft, '\n'))
}
