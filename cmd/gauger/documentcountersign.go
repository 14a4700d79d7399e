package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/evidence/ticket"
)

// documentCountersignCommand signs, as the other party, a carrier's ticket that one party signed.
func documentCountersignCommand() *cobra.Command {
	var key, out string
	c := &cobra.Command{
		Use: "countersign FILE", Short: "Sign a carrier's ticket that the other party signed", Args: oneArg("the signed ticket, or -"),
		Long: "Prints what the ticket says beside what its raw figures come to, and signs it together with the other party's signature. Events\n" +
			"cite the result by its SHA-256, as their paper: it is printed. Submit it before them.",
		Example: "  gauger document countersign --key terminal.key 4711.signed -o 4711.paper",
		RunE: func(c *cobra.Command, args []string) error {
			signer, err := signingKey(key)
			if err != nil {
				return usage(err)
			}
			signed, err := readIn(args[0], maxDocument)
			if err != nil {
				return usage(err)
			}
			t, err := runticket.Parse(signed)
			if err != nil {
				return usage(fmt.Errorf("%s: %w", args[0], err))
			}
			paper, err := runticket.Countersign(signer, signed)
			if err != nil {
				return usage(fmt.Errorf("%s: %w", args[0], err))
			}
			if err := printRunTicket(c.ErrOrStderr(), t, ""); err != nil {
				return usage(fmt.Errorf("%s: %w", args[0], err))
			}
			fmt.Fprintf(c.ErrOrStderr(), "paper %s\n", ticket.Hash(paper))
			return writeOut(out, paper)
		},
	}
	c.Flags().StringVar(&key, "key", "", "the party's key")
	outFlag(c, &out, "the paper")
	return c
}
