package runticket_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/runticket"
)

// A bad file is refused by file, line, column and what would mend it.
func TestRefused(t *testing.T) {
	mountain := time.FixedZone("MST", -7*3600)
	long := strings.Repeat("x", 1001)
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", " \n", "f is empty"},
		{"headings only", "ticket,GSV bbl\n", "f has headings and no rows"},
		{"no figures", "ticket,lease\n1,x\n", "f: line 1: neither tickets"},
		{"neither", "date,GSV bbl\n1,2\n", "f: line 1: neither tickets"},
		{"two columns of a figure", "ticket,GSV bbl,Gross Standard Volume (bbl)\n1,2,2\n", `f: line 1, column "Gross Standard Volume (bbl)": it says the same as column "GSV bbl"`},
		{"two units at once", "ticket,GSV bbl,GSV m3\n1,2,2\n", `f: line 2, column "GSV m3": GSV stands under another heading too`},
		{"no unit", "ticket,GSV bbl,avg temp\n1,2,80\n", `f: line 2, column "avg temp": it does not say its unit: write it as "avg temp [F]", or add --unit with F or C`},
		{"a unit of another kind", "ticket,GSV bbl,avg temp,temperature unit\n1,2,80,psi\n", `column "avg temp": its unit is "psi", want F or C`},
		{"a comma in a number", "ticket,GSV bbl\n1,9,911.05\n", "f: line 2: 3 cells under 2 headings: quote numbers that hold a comma"},
		{"wrong groups", "ticket,GSV bbl\n1,\"99,11.05\"\n", `column "GSV bbl": "99,11.05" is no number such as 10014.70 or 10,014.70`},
		{"no number", "ticket,GSV bbl\n1,n/a\n", `"n/a" is no number`},
		{"an exponent", "ticket,GSV bbl\n1,1e3\n", `"1e3" is no number`},
		{"too many digits", "ticket,GSV bbl\n1,99999999999999999999\n", `is no number`},
		{"too many decimals", "ticket,CTL,GSV bbl\n1,0.1234567890123,1\n", "has more than 12 decimals"},
		{"a volume to a millionth at most", "ticket,GSV bbl\n1,1.1234567\n", "has more than six decimals"},
		{"a negative volume", "ticket,GSV bbl\n1,-1\n", "GSV -1 is negative"},
		{"no factor", "ticket,MF,GSV bbl\n1,0,1\n", "meter factor 0 must be positive"},
		{"S&W", "ticket,BSW,GSV bbl\n1,101,1\n", "S&W 101 % is outside 0 to 100 %"},
		{"half a pulse", "ticket,pulses,GSV bbl\n1,1.5,1\n", "pulses 1.5 must be whole"},
		{"no number of a ticket", "ticket,GSV bbl\n,1\n", `f: line 2, column "ticket number": it is empty`},
		{"twice", "ticket,meter,GSV bbl\n1,A,1\n2,A,1\n1,A,1\n", "f: line 4: ticket 1 of A stands twice, first on line 2"},
		{"a version that is none", "ticket,rev,GSV bbl\n1,B,1\n", `column "version": version "B" is no number`},
		{"two bases", "ticket,IV [bbl at 60F],GSV [bbl at 15C]\n1,1,1\n", "one basis on a ticket"},
		{"two units of volume", "ticket,IV bbl,GSV m3\n1,1,1\n", "one unit of volume on a ticket"},
		{"a base that is none", "ticket,base,GSV bbl\n1,25C,1\n", `its base is "25C": want 60F, 15C or 20C`},
		{"no volume", "ticket,CTL\n1,0.99\n", "it states no volume"},
		{"no such liquid", "ticket,commodity,GSV bbl\n1,water,1\n", "commodity group"},
		{"composite or not", "ticket,composite,GSV bbl\n1,perhaps,1\n", `column "composite": "perhaps" is neither yes nor no`},
		{"no time", "ticket,open,GSV bbl\n1,yesterday,1\n", `column "open": "yesterday" is no time such as`},
		{"before 1970", "ticket,open,GSV bbl\n1,1969-12-31 00:00,1\n", "is not between 1970 and 9999"},
		{"a cell that is too long", "ticket,lease,GSV bbl\n1," + long + ",1\n", "f: line 2: a cell has more than 1000 bytes or is not UTF-8"},
		{"another coding", "ticket,lease,GSV bbl\n1,\xff,1\n", "is not UTF-8"},
		{"a terminal's escape", "ticket,lease,GSV bbl\n1,\x1b[2J,1\n", "want at most 256 bytes that print"},
		{"a quotation", "ticket,lease,GSV bbl\n1,a\"b,1\n", "f: line 2: a quotation is not closed, or stands within a cell"},
		{"an hour backwards", "point,start,end,IV bbl\nA,2024-03-05 07:00,2024-03-05 07:00,1\n", "f: line 2: it ends at or before it starts"},
		{"a ticket backwards", "ticket,open,close,GSV bbl\nA,2024-03-06 07:00,2024-03-05 07:00,1\n", "f: line 2: it ends at or before it starts"},
		{"a unit that is none", "ticket,GSV (gal)\n1,5\n", `f: line 1: neither tickets (ticket number, and figures such as IV, GSV) nor hourly records (point, start, end, figures): rename the headings that are not understood: ["GSV (gal)"]`},
		{"an hour without end", "point,start,end,IV bbl\nA,2024-03-05 07:00,,1\n", "f: line 2: it ends at or before it starts"},
		{"too many columns", strings.Repeat("x,", 201) + "ticket\n1\n", "202 columns, at most 200 are read"},
		{"no XML", "<a", "no well-formed XML"},
		{"a document type", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "document types and entities are refused"},
		{"an entity", "<CustodyTicket>&b;</CustodyTicket>", "no well-formed XML"},
		{"depth", strings.Repeat("<a>", 33), "within each other"},
		{"another document", "<Invoice/>", `f: line 1, column "Invoice": want a PIDX CustodyTicket`},
		{"a bill", "<FieldTicket><FieldTicketNumber>1</FieldTicketNumber></FieldTicket>", "a FieldTicket bills a service, ask for the CustodyTicket"},
		{"an unknown unit", "<CustodyTicket>\n<NetVolume><Quantity>1</Quantity><UnitOfMeasureCode>XX</UnitOfMeasureCode></NetVolume></CustodyTicket>", `f: line 2, column "NetVolume": its unit is "XX", want bbl or m3`},
		{"no unit in XML", "<CustodyTicket><NetVolume>1</NetVolume></CustodyTicket>", "it does not say its unit: add --unit with bbl or m3"},
		{"no number in XML", "<CustodyTicket><NetVolume unitOfMeasureCode=\"BLL\">1</NetVolume></CustodyTicket>", `column "ticket number": it is empty`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := runticket.Read("f", strings.NewReader(tt.text), runticket.Options{Zone: mountain})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("%v\nwant %s", err, tt.want)
			}
			var row *runticket.RowError
			if strings.HasPrefix(tt.want, "f: line") && !errors.As(err, &row) {
				t.Errorf("%T is no RowError", err)
			}
		})
	}
	big := strings.NewReader("ticket,GSV bbl\n" + strings.Repeat("\n", runticket.MaxFile))
	if _, err := runticket.Read("f", big, runticket.Options{}); err == nil || !strings.Contains(err.Error(), "split it") {
		t.Errorf("%v", err)
	}
	rows := strings.NewReader("point,start,end,IV bbl\n" + strings.Repeat("A,2024-03-05 06:00,2024-03-05 07:00,1\n", runticket.MaxRows+1))
	if _, err := runticket.Read("f", rows, runticket.Options{Zone: mountain}); err == nil || !strings.Contains(err.Error(), "more than 20000 rows") {
		t.Errorf("%v", err)
	}
}

// The same figures under the headings that carriers have.
func TestHeadings(t *testing.T) {
	for _, header := range []string{
		"ticket number,meter,IV [bbl],temperature [F],pressure [psig],density [API],GSV [bbl at 60F],S&W [%],NSV [bbl at 60F]",
		"Ticket No.,Meter No.,Indicated Volume (Bbls),Avg Temp (Deg F),Avg Press (PSI),API @ 60,GSV (Barrels),BS&W %,Net Bbls",
		"RUN_TICKET_NUMBER,METER_ID,METERED_VOLUME_BBL,AVG_TEMP_F,AVG_PRESSURE_PSIG,API_GRAVITY,GROSS_STANDARD_VOLUME_BBL,BSW_PCT,NET_STANDARD_VOLUME_BBL",
		`"Run Ticket","LACT","Meter Volume, bbl","Temp, °F","Line Pressure, psig","Corrected API","Gross Standard Volume, bbl","S&W","NSV, bbl"`,
		"Ticket;Meter;IV bbl;Temp F;Press psig;API;GSV bbl;BSW;NSV bbl",
		"Ticket\tMeter\tIV bbl\tTemp F\tPress psig\tAPI\tGSV bbl\tBSW\tNSV bbl",
	} {
		row := "7,L-1,1000.00,80.0,62,37.4,990.58,0.10,989.59"
		for _, separator := range []string{";", "\t"} {
			if strings.Contains(header, separator) {
				row = strings.ReplaceAll(row, ",", separator)
			}
		}
		f := read(t, "\ufeff# of a carrier\n\n"+header+"\n"+row+"\n", runticket.Options{})
		tk := f.Tickets[0]
		got := []string{tk.Number, tk.Point, tk.Basis.String()}
		for _, x := range tk.Figures {
			got = append(got, string(x.Name)+" "+x.Value.String()+x.Unit)
		}
		want := "7 L-1 bbl at 60F IV 1000.00bbl temperature 80.0F pressure 62psig density 37.4API GSV 990.58bbl S&W 0.10% NSV 989.59bbl"
		if strings.Join(got, " ") != want {
			t.Errorf("%s\n%s\nwant %s; %q", header, strings.Join(got, " "), want, f.Notes)
		}
		if r := recompute(t, &tk, ""); !r.Agrees {
			t.Errorf("%s: %+v", header, r.Lines)
		}
	}
}

// What a file does not say is said, and not in silence taken for something.
func TestNotes(t *testing.T) {
	f := read(t, "ticket,wind,GSV bbl,net bbl,rounding\n1,3,,10.00,to the barrel\n", runticket.Options{})
	for _, want := range []string{
		"columns passed over: wind", "volumes in bbl at 60F: the file does not say the reference conditions", "commodity group crude",
		"net volumes without sediment and water are taken as GSV", `rounding "to the barrel" is not known`,
	} {
		if !strings.Contains(strings.Join(f.Notes, "\n"), want) {
			t.Errorf("no note %q in %q", want, f.Notes)
		}
	}
	f = read(t, "ticket,rev,GSV [bbl at 60F],table\n1,1,10.00,refined\n1,2,11.00,refined\n1,0,9.00,refined\n", runticket.Options{})
	if v, _ := f.Tickets[0].Figure(runticket.GSV); len(f.Tickets) != 1 || v.Value.String() != "11.00" || len(f.Notes) != 2 {
		t.Errorf("%+v, %q", f.Tickets, f.Notes)
	}
}

// Times with and without a zone, and one that no clock has shown.
func TestTimes(t *testing.T) {
	edmonton, err := time.LoadLocation("America/Edmonton")
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2024, 3, 5, 13, 0, 0, 0, time.UTC).UnixMilli()
	for _, s := range []string{
		"2024-03-05T06:00:00-07:00", "2024-03-05T13:00:00Z", "2024-03-05 06:00", "2024-03-05T06:00:00", "3/5/2024 06:00", "03/05/2024 6:00 AM",
	} {
		f := read(t, "ticket,open,GSV bbl\n1,"+s+",1\n", runticket.Options{Zone: edmonton})
		if got := f.Tickets[0].Open; got != want {
			t.Errorf("%s is %s", s, time.UnixMilli(got).UTC())
		}
	}
	f := read(t, "ticket,open date,open time,GSV bbl\n1,3/5/2024,06:00,1\n", runticket.Options{Zone: edmonton})
	if f.Tickets[0].Open != want {
		t.Errorf("date and time apart: %s", time.UnixMilli(f.Tickets[0].Open).UTC())
	}
	for s, want := range map[string]string{"2024-03-10 02:30": "the clocks of America/Edmonton never showed 2024-03-10 02:30", "2024-13-01": "is no time"} {
		if _, err := runticket.Read("f", strings.NewReader("ticket,open,GSV bbl\n1,"+s+",1\n"), runticket.Options{Zone: edmonton}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to say %q", err, want)
		}
	}
	if _, err := runticket.Read("f", strings.NewReader("ticket,open,GSV bbl\n1,2024-03-05 06:00,1\n"), runticket.Options{}); err == nil || !strings.Contains(err.Error(), "--zone") {
		t.Errorf("%v", err)
	}
}
