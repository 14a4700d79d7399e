package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/custody"
)

// ticketDisputeCommand writes down that a party does not agree to a ticket, for it to sign.
func ticketDisputeCommand() *cobra.Command {
	var by, reason, id, out string
	var at instant
	c := &cobra.Command{
		Use: "dispute TICKET", Short: "Write down that a party does not agree to a ticket, for it to sign", Args: oneArg("the ticket file, or -"),
		Long: "Writes a movement as JSON: sign it with gauger document sign --kind movement, and hand it in with gauger document submit. It moves\n" +
			"nothing: the books stand as the ticket has them until a later version settles it, which both parties sign, or a void.",
		Example: "  gauger ticket dispute T-1.ticket --by did:web:buyer.example --reason \"the sampler stood still\" --id D-1 -o dispute.json",
		RunE: func(_ *cobra.Command, args []string) error {
			_, t, err := readTicket(args[0])
			if err != nil {
				return err
			}
			if by != t.From && by != t.To {
				return usage(fmt.Errorf("--by is %q, but ticket %s is between %s and %s", by, t.ID, t.From, t.To))
			}
			e := custody.Event{Version: custody.Version, ID: id, By: by, At: at.orNow(), Dispute: &custody.Dispute{
				Ticket: t.ID, Version: t.Version, Reason: reason,
			}}
			if err := e.Valid(); err != nil {
				return usage(err)
			}
			draft, err := json.Marshal(e)
			if err != nil {
				return err
			}
			return writeOut(out, append(draft, '\n'))
		},
	}
	c.Flags().StringVar(&by, "by", "", "DID of the party that disputes it: one of the ticket's two")
	c.Flags().StringVar(&reason, "reason", "", "why")
	c.Flags().StringVar(&id, "id", "", "name of the event, unique in the books")
	c.Flags().Var(&at, "at", "when; without it, now")
	outFlag(c, &out, "the movement")
	return c
}
