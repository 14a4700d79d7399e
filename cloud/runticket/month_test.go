package runticket_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// A carrier's month as a table; losses and what is given are negative, as on the statement.
func TestMonth(t *testing.T) {
	text := "# of March\nShipper,Opening Inventory [m3 at 15C],Receipts,Deliveries,Over/Short,PLA,Closing\n" +
		"did:web:alpha.example,0,\"1,500.0\",300,-1.5,3,1195.5\ndid:web:beta.example,10,,,,,10\n"
	s, err := runticket.ReadMonth("march.csv", strings.NewReader(text), runticket.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := custody.StatementLine{
		Shipper: "did:web:alpha.example", Receipts: 1_500_000_000, Deliveries: 300_000_000, OverShort: -1_500_000, Allowance: 3_000_000, Closing: 1_195_500_000,
	}
	if s.Basis != quantity.Metric || len(s.Lines) != 2 || s.Lines[0] != want || s.Lines[1].Opening != s.Lines[1].Closing {
		t.Errorf("%+v", s)
	}
	for text, unit := range map[string]string{"shipper,closing [mmbtu]\n": "", "shipper,closing\n": "MMBtu"} {
		s, err := runticket.ReadMonth("gas.csv", strings.NewReader(text+"did:web:alpha.example,7\n"), runticket.Options{Units: []string{unit}})
		if err != nil || s.Basis != (quantity.Basis{Unit: quantity.MMBtu}) || s.Lines[0].Closing != 7_000_000 {
			t.Errorf("gas is %+v, %v", s, err)
		}
	}
	edmonton, err := time.LoadLocation("America/Edmonton")
	if err != nil {
		t.Fatal(err)
	}
	from, until, err := runticket.Period("2024-03", edmonton)
	if err != nil || from != time.Date(2024, 3, 1, 7, 0, 0, 0, time.UTC).UnixMilli() || until != time.Date(2024, 4, 1, 6, 0, 0, 0, time.UTC).UnixMilli() {
		t.Errorf("%d to %d, %v: the clock is put forward in March", from, until, err)
	}
	if _, _, err := runticket.Period("March", edmonton); err == nil {
		t.Error("March is a month of no year")
	}
}

func TestMonthsRefused(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "", "m is empty"},
		{"no rows", "shipper,closing [m3 at 15C]\n", "no rows"},
		{"no shipper", "closing [m3 at 15C]\n1\n", "at least the columns shipper and closing"},
		{"no unit", "shipper,closing\ndid:web:a.example,1\n", "write closing [m3 at 15C]"},
		{"no reference", "shipper,closing [m3]\ndid:web:a.example,1\n", `its unit is "m3"`},
		{"energy at a temperature", "shipper,closing [MMBtu at 60F]\ndid:web:a.example,1\n", `its unit is "MMBtu at 60F"`},
		{"two units", "shipper,opening [m3 at 15C],closing [bbl at 60F]\n", "the same in all columns"},
		{"another column", "shipper,price,closing [m3 at 15C]\n", `m: line 1, column "price": it is no figure of a statement`},
		{"twice", "shipper,in,receipts,closing [m3 at 15C]\n", "stands twice"},
		{"a name", "shipper,closing [m3 at 15C]\nAlpha,1\n", `m: line 2, column "shipper": "Alpha" is no DID`},
		{"no number", "shipper,closing [m3 at 15C]\ndid:web:a.example,x\n", `column "closing [m3 at 15C]": "x" is no number`},
		{"decimals", "shipper,closing [m3 at 15C]\ndid:web:a.example,1.1234567\n", "more than six decimals"},
		{"cells", "shipper,closing [m3 at 15C]\ndid:web:a.example,1,500\n", "3 cells under 2 headings"},
		{"shippers", "shipper,closing [m3 at 15C]\n" + strings.Repeat("did:web:a.example,1\n", 129), "more than 128 shippers"},
	} {
		_, err := runticket.ReadMonth("m", strings.NewReader(tt.text), runticket.Options{})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want it to say %q", tt.name, err, tt.want)
		}
	}
}

// Whatever is read is no more than a statement holds.
func FuzzReadMonth(f *testing.F) {
	f.Add("shipper,opening [m3 at 15C],receipts,closing\ndid:web:alpha.example,0,\"1,500.0\",1500\n")
	f.Add("did;in;pla;closing [bbl @ 60 F]\ndid:web:a.example;1;;1\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := runticket.ReadMonth("m", strings.NewReader(text), runticket.Options{})
		if err == nil && (len(s.Lines) == 0 || len(s.Lines) > custody.MaxParts || s.Basis.Valid() != nil) {
			t.Errorf("%+v", s)
		}
	})
}
