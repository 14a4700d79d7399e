package runticket_test

import (
	"os"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/runticket"
)

func pidx(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/custodyticket.xml")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A custody ticket as we understand PIDX 1.61, and the same in the namespace of an older version: the worked ticket again.
func TestCustodyTicket(t *testing.T) {
	text := pidx(t)
	for _, text := range []string{text, strings.ReplaceAll(text, "http://www.pidx.org/schemas/v1.61", "http://www.api.org/pidXML/v1.2"), strings.ReplaceAll(text, "pidx:", "")} {
		f := read(t, text, runticket.Options{})
		tk := f.Tickets[0]
		if f.Form != runticket.TicketsPIDX || len(f.Tickets) != 1 || tk.Number != "CT-9" || tk.Point != "LACT-1" || tk.Text("delivers") != "Gateway Pipeline" ||
			tk.Text("receives") != "Lakehead" || tk.Close-tk.Open != 86_400_000 || tk.Line != 2 || !strings.Contains(strings.Join(f.Notes, " "), "not held against the schema") {
			t.Fatalf("%+v, %+v", f, tk)
		}
		r := recompute(t, &tk, "")
		if l := lineOf(t, r, runticket.GSV); l.Recomputed.String() != "9911.05" || l.Verdict != runticket.Unstated {
			t.Errorf("%+v", l)
		}
		if l := lineOf(t, r, runticket.NSV); !r.Agrees || l.Verdict != runticket.Agrees || l.Stated.String() != "9876.36" {
			t.Errorf("%+v", l)
		}
	}
}

// A tank ticket, a ticket of a product without sediment and water, two tickets in a file, and units as attributes or not at all.
func TestCustodyTickets(t *testing.T) {
	tank := `<CustodyTickets><CustodyTicket><CustodyTicketNumber>1</CustodyTicketNumber><GrossVolume unitOfMeasureCode="BBL">380.00</GrossVolume>
<NetVolume unitOfMeasureCode="BBL">376.40</NetVolume><LineItemMeasures><SampleMeasures><APIGravity>38.4</APIGravity>
<ObservedTemperature><Temperature>71.5</Temperature><UnitOfMeasureCode>FA</UnitOfMeasureCode></ObservedTemperature></SampleMeasures>
<TankMeasures><TankOpenMeasures><GaugeQuantity><Quantity>500.00</Quantity><UnitOfMeasureCode>BLL</UnitOfMeasureCode></GaugeQuantity><TankWaterQuantity>2.00</TankWaterQuantity>
<TankTemperature>80.0</TankTemperature><TankDateTime>2024-03-05T06:00:00Z</TankDateTime></TankOpenMeasures>
<TankCloseMeasures><GaugeQuantity>120.00</GaugeQuantity><TankWaterQuantity>2.00</TankWaterQuantity><TankTemperature>82.0</TankTemperature>
<TankDateTime>2024-03-05T09:00:00Z</TankDateTime></TankCloseMeasures></TankMeasures></LineItemMeasures></CustodyTicket>
<CustodyTicket><CustodyTicketNumber>2</CustodyTicketNumber><RevisionNumber>1</RevisionNumber><NetVolume>10.00</NetVolume></CustodyTicket></CustodyTickets>`
	f := read(t, tank, runticket.Options{Units: []string{"bbl at 60F", "F"}})
	if len(f.Tickets) != 2 || f.Tickets[0].Kind != runticket.Tank || f.Tickets[0].Close-f.Tickets[0].Open != 3*3_600_000 {
		t.Fatalf("%+v", f.Tickets)
	}
	r := recompute(t, &f.Tickets[0], "")
	if l := lineOf(t, r, runticket.GSV); !r.Agrees || l.Verdict != runticket.Agrees {
		t.Errorf("%+v", r)
	}
	if l := lineOf(t, r, runticket.Density); l.Recomputed.String() != "37.4" {
		t.Errorf("%+v", l)
	}
	if v, is := f.Tickets[1].Figure(runticket.GSV); !is || v.Value.String() != "10.00" {
		t.Errorf("%+v", f.Tickets[1])
	}
}
