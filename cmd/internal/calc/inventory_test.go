package calc

import (
	"encoding/json"
	"regexp"
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

// official are the receipts and withdrawals of Schedule 8, Appendix A.
const official = `time,seq,kind,quantity,origin,unit_cost
2020-12-18,1,receipt,100,O,1.00
2020-12-27,2,receipt,100,N,1.10
2021-01-01,3,receipt,1000,O,1.00
2021-01-05,4,receipt,1000,N,1.10
2021-01-10,5,withdrawal,100,,
2021-01-10,6,receipt,1000,O,1.05
2021-01-15,7,withdrawal,700,,
2021-01-16,8,receipt,2000,N,1.10
2021-01-20,9,withdrawal,1000,,
2021-01-23,10,withdrawal,900,,
`

// withdrawn prints what each withdrawal was: "50/50 52.5, ...".
func withdrawn(t *testing.T, out string) string {
	t.Helper()
	var r struct {
		Withdrawals []struct {
			Originating, NonOriginating string
			VNM                         *string
		}
	}
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var all []string
	for _, w := range r.Withdrawals {
		text := w.Originating + "/" + w.NonOriginating
		if w.VNM != nil {
			text += " " + *w.VNM
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// What is not given follows from what is: a ratio by shipment is of materials, and materials with costs are averaged over a period for
// a regional value content by net cost, unless the flag says no.
func TestInventoryFollows(t *testing.T) {
	costless := regexp.MustCompile(`,1\.\d\d\n`).ReplaceAllString(official, ",\n")
	const byShipment, byNetCost = "50/50 52.5, 462/238 249.9, 360/640 684.8, 324/576 616.32", "40.4/59.6 64, 282.8/417.2 448, 404/596 640, 363.6/536.4 576"
	const byPreceding = "50/50, 350/350, 500/500, 450/450"
	for _, c := range []struct{ name, args, file, want string }{
		{"shipment", "--period shipment --ratio-decimals 2", official, byShipment},
		{"shipment of materials", "--basis materials --period shipment --ratio-decimals 2", official, byShipment},
		{"materials with costs", "--basis materials --period month --ratio-decimals 3", official, byNetCost},
		{"materials by net cost", "--basis materials --period month --ratio-decimals 3 --net-cost", official, byNetCost},
		{"materials, not by net cost", "--basis materials --period month --ratio-decimals 3 --net-cost=false", official, byPreceding},
		{"materials without costs", "--basis materials --period month --ratio-decimals 3", costless, byPreceding},
		{"materials, one without cost", "--basis materials --period month --ratio-decimals 3", strings.Replace(official, ",O,1.05", ",O,", 1), byPreceding},
		{"goods with costs", "--period month --ratio-decimals 3", official, byPreceding},
		{"capitals", "--basis GOODS --period Month --ratio-decimals 3", strings.ToUpper(official), byPreceding},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := run(t, c.file, append([]string{"inventory", "--method", "average", "--json", "-"}, strings.Fields(c.args)...)...)
			if err != nil {
				t.Fatal(err)
			}
			if got := withdrawn(t, out); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
	for args, want := range map[string]string{
		"--method average": "--period is missing",
		"--method average --basis goods --period shipment":   "averaged by month or quarter",
		"--method fifo --period month":                       "fifo has no averaging period",
		"--method average --period shipment --net-cost=true": "not by shipment",
	} {
		if _, err := run(t, official, append([]string{"inventory", "-"}, strings.Fields(args)...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

// A time without offset is by the clocks of the books' zone. One that they show never or twice is refused.
func TestInventoryTimes(t *testing.T) {
	zone, err := time.LoadLocation("America/Edmonton")
	if err != nil {
		t.Fatal(err)
	}
	for written, want := range map[string]string{
		"2021-01-10":                "2021-01-10T07:00:00Z",
		"2021-01-10T06:30:00":       "2021-01-10T13:30:00Z",
		"2021-07-10 06:30":          "2021-07-10T12:30:00Z",
		"2021-01-10T06:30:00.001":   "2021-01-10T13:30:00.001Z",
		"2021-01-10 06:30:00+00:00": "2021-01-10T06:30:00Z",
		"2021-11-07T01:30:00-07:00": "2021-11-07T08:30:00Z",
		"2021-11-07T00:59:59":       "2021-11-07T06:59:59Z",
		"2021-11-07T02:00:00":       "2021-11-07T09:00:00Z",
		"2021-03-14T01:59:59":       "2021-03-14T08:59:59Z",
		"2021-03-14T03:00:00":       "2021-03-14T09:00:00Z",
		"2021-03-14T02:30:00":       "never or twice",
		"2021-11-07T01:30:00":       "never or twice",
		"10/01/2021":                "want a date such as",
		"2021-01-10T25:00":          "want a date such as",
	} {
		got, err := bookTime(written, zone)
		switch {
		case err != nil && !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v, want %s", written, err, want)
		case err == nil && got.UTC().Format(time.RFC3339Nano) != want:
			t.Errorf("%s is %s, want %s", written, got.UTC().Format(time.RFC3339Nano), want)
		}
	}
}
