package main

import (
	"bytes"
	"testing"

	"github.com/gauger/gauger/evidence/ticket"
)

// TestShowOpening: a ticket opens when its opening record ends; with the first record of its device there is none.
func TestShowOpening(t *testing.T) {
	t.Parallel()
	for want, shown := range map[string]ticket.Ticket{
		"with the first record of the device, 2024-03-05 06:00:00Z": {Close: 1_709_618_400_000},
		"2024-03-05 05:00:00Z, 2024-03-05 06:00:00Z":                {First: 1, Open: 1_709_614_800_000, Close: 1_709_618_400_000},
		"2024-03-05 05:00:00.282Z, 2024-03-05 06:00:00.05Z":         {First: 1, Open: 1_709_614_800_282, Close: 1_709_618_400_050},
	} {
		var b bytes.Buffer
		printTicket(&b, &shown)
		contains(t, "the ticket", b.String(), want)
	}
}
