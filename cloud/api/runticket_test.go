package api_test

import (
	"net/http"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/runticket"
)

// TestCarriersTicket: a carrier's ticket that both signed comes in as a document, before what rests on it, and goes out in the
// bundle; the ticket of ours in whose place it stands does not.
func TestCarriersTicket(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.OnPaper("receipt-A", func(*runticket.Ticket) {})
	w.play("paper of receipt-A")
	w.refused("its event first", w.post(w.Act("receipt-A")), http.StatusUnprocessableEntity, "submit the carrier's ticket first")
	w = newWorld(t, audittest.Options{})
	w.OnPaper("receipt-A", func(*runticket.Ticket) {})
	w.play("")
	v, err := audit.Verify(w.Seal(w.bundle("/v1/entries/ZZ9-0310241-8/bundle"), audittest.Buyer), w.Trust(), w.Tables())
	must(t, err)
	if c := v.Decision.Coverage; c.Signed != 0 || c.Attested == 0 {
		t.Errorf("coverage %+v", c)
	}
	same(t, "tickets of the entry", len(v.Evidence.Tickets), 3)
}
