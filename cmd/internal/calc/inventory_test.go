package calc

import (
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/lineage/inventory"
	"github.com/gauger/gauger/metrology/quantity"
)

// FuzzInventory reads whatever a file may hold. It is refused in words, or what it says is all there.
func FuzzInventory(f *testing.F) {
	f.Add("fifo", "time,seq,kind,quantity,origin,unit_cost\n2021-01-01,1,receipt,10,O,1.5\n2021-01-01,2,withdrawal,4.5,,\n")
	f.Add("specific", "\ufeffseq,time,kind,quantity,origin,source\n# a comment\n1,2021-01-01T00:00:00-07:00,opening,10,N,\"a \"\"b\"\"\"\n")
	f.Add("lifo", "time,seq,kind,quantity,method,period\n2021-01-01,1,choice,,average,month\n")
	f.Add("average", "time,seq,kind,quantity\n\"")
	f.Fuzz(func(t *testing.T, method, text string) {
		in := inventoryInput{method: method, basis: "goods"}
		lines, err := in.lines(strings.NewReader(text), time.UTC)
		if err != nil {
			if lines != nil || err.Error() == "" {
				t.Fatalf("%d lines with error %q", len(lines), err)
			}
			return
		}
		r, err := inventory.Run(lines, inventory.Options{Policy: in.policy(method, "")})
		if err != nil {
			return
		}
		if len(r.Openings) > 0 {
			return // what was received before is not in stock
		}
		var left quantity.Micro
		for _, l := range lines {
			switch l.Kind {
			case inventory.KindReceipt:
				left += l.Quantity
			case inventory.KindWithdrawal:
				left -= l.Quantity
			}
		}
		if got := r.Ending.Originating + r.Ending.NonOriginating; got != left {
			t.Fatalf("%s are left, want %s", got, left)
		}
	})
}
