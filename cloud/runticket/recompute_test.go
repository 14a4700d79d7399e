package runticket_test

import (
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/runticket"
)

// lact is the worked ticket of metrology/liquid: 84,123,450 pulses of crude of 38.4 API at 71.5 F, metered at 84.3 F and 62 psig.
const lact = `Ticket No,Meter ID,Open,Close,Net pulses,K-Factor,Indicated Volume (bbl),MF,Avg Temp F,"Avg Press, psig",Obs API,Obs Temp F,API @ 60,CTL,CPL,CCF,Gross Volume bbl,GSV (bbl),BS&W %,NSV [bbl at 60F]
4711,LACT-1,2024-03-05T06:00:00-07:00,2024-03-06T06:00:00-07:00,"84,123,450",8400,"10,014.70",1.0012,84.3,62,38.4,71.5,37.4,0.98812,1.00035,0.98965,10026.72,9911.05,0.35,9876.36
`

func read(t testing.TB, text string, o runticket.Options) *runticket.File {
	t.Helper()
	f, err := runticket.Read("tickets.csv", strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func recompute(t testing.TB, ticket *runticket.Ticket, s runticket.Scheme) *runticket.Recomputation {
	t.Helper()
	r, err := ticket.Recompute(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func lineOf(t testing.TB, r *runticket.Recomputation, n runticket.Name) runticket.Line {
	t.Helper()
	for _, l := range r.Lines {
		if l.Name == n {
			return l
		}
	}
	t.Fatalf("no line %s in %+v", n, r.Lines)
	return runticket.Line{}
}

// Every figure of the worked ticket is found again from pulses, hydrometer, thermometer and gauge.
func TestWorkedTicket(t *testing.T) {
	f := read(t, lact, runticket.Options{})
	if f.Form != runticket.TicketsCSV || len(f.Tickets) != 1 {
		t.Fatalf("%+v", f)
	}
	tk := f.Tickets[0]
	if tk.Number != "4711" || tk.Point != "LACT-1" || tk.Kind != runticket.Meter || tk.Basis.String() != "bbl at 60F" || tk.Commodity != "crude" || tk.Line != 2 {
		t.Errorf("%+v", tk)
	}
	if open := time.UnixMilli(tk.Open).UTC(); open != time.Date(2024, 3, 5, 13, 0, 0, 0, time.UTC) || tk.Close-tk.Open != 86_400_000 {
		t.Errorf("opens %s, %d ms", open, tk.Close-tk.Open)
	}
	r := recompute(t, &tk, "")
	if !r.Agrees || r.Scheme != runticket.AsPrinted {
		t.Fatalf("%+v", r)
	}
	for name, want := range map[runticket.Name]string{
		runticket.IV: "10014.70", runticket.Density: "37.4", runticket.CTL: "0.98812", runticket.CPL: "1.00035", runticket.CCF: "0.98965",
		runticket.GV: "10026.72", runticket.GSV: "9911.05", runticket.NSV: "9876.36",
	} {
		if l := lineOf(t, r, name); l.Verdict != runticket.Agrees || l.Recomputed.String() != want || l.Digits.String() != "0.0" {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

// What a wrong figure makes, in its unit and in its last digits; and the roundings that carriers have.
func TestDifferences(t *testing.T) {
	for _, tt := range []struct {
		name, old, new string
		scheme         runticket.Scheme
		figure         runticket.Name
		recomputed     string
		difference     string
		digits         string
		verdict        runticket.Verdict
	}{
		{"a digit of GSV", "9911.05", "9911.06", "", runticket.GSV, "9911.05", "0.01", "1.0", runticket.Differs},
		{"whole barrels", "9911.05,0.35,9876.36", "9911,0.35,9876", "", runticket.GSV, "9911", "0", "0.0", runticket.Agrees},
		{"whole barrels, one off", "9911.05", "9912", "", runticket.GSV, "9911", "1", "1.0", runticket.Differs},
		{"CTL to four decimals", "0.98812", "0.9881", runticket.AsPrinted, runticket.CTL, "0.9881", "0.0000", "0.0", runticket.Agrees},
		{"a transposed CTL", "0.98812", "0.98821", "", runticket.CTL, "0.98812", "0.00009", "9.0", runticket.Differs},
		{"hidden factors", "0.98965,10026.72,9911.05,0.35,9876.36", "0.98966,10026.72,9911.15,0.35,9876.46", "", runticket.GSV, "9911.15", "0.00", "0.0", runticket.Agrees},
		{"one product", "9911.05,0.35,9876.36", "9911.106052,0.35,9876.417181", runticket.OneProduct, runticket.NSV, "9876.417181", "0.000000", "0.0", runticket.Agrees},
		{"nothing rounded", "9911.05,0.35,9876.36", "9911.1044,0.35,9876.4156", runticket.Unrounded, runticket.NSV, "9876.4156", "0.0000", "0.0", runticket.Agrees},
		{"S&W of another sample", ",0.35,", ",0.40,", "", runticket.NSV, "9871.41", "4.95", "495.0", runticket.Differs},
		{"the hydrometer read wrong", ",38.4,", ",38.9,", "", runticket.Density, "37.9", "-0.5", "-5.0", runticket.Differs},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := read(t, strings.Replace(lact, tt.old, tt.new, 1), runticket.Options{})
			r := recompute(t, &f.Tickets[0], tt.scheme)
			l := lineOf(t, r, tt.figure)
			if l.Verdict != tt.verdict || l.Recomputed.String() != tt.recomputed || l.Difference.String() != tt.difference || l.Digits.String() != tt.digits {
				t.Errorf("%s: stated %s, recomputed %s, difference %s, digits %s, %s (%s)", r.Scheme, l.Stated, l.Recomputed, l.Difference, l.Digits, l.Verdict, l.By)
			}
			if r.Agrees != (tt.verdict == runticket.Agrees) && tt.scheme == "" {
				t.Errorf("agrees: %v", r.Agrees)
			}
		})
	}
}

// A ticket says less than all: what nothing makes is taken as it stands, and said.
func TestLessThanAll(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		figure     runticket.Name
		verdict    runticket.Verdict
		recomputed string
		agrees     bool
	}{
		{"volumes and factors", "ticket,gross bbl,CTL,CPL,GSV\n1,1000.00,0.99000,1.00010,990.10\n", runticket.GSV, runticket.Agrees, "990.10", true},
		{"GSV alone", "ticket,GSV bbl,BSW,NSV bbl\n1,990.10,0.10,989.11\n", runticket.NSV, runticket.Agrees, "989.11", false},
		{"no S&W", "ticket,GSV bbl,NSV bbl\n1,990.10,990.10\n", runticket.NSV, runticket.Agrees, "990.10", false},
		{"the totaliser ran over", "ticket,open reading bbl,close reading bbl,IV bbl,CTL,GSV bbl\n1,999990.0,10.0,20.0,0.99,19.80\n", runticket.IV, runticket.Taken, "", true},
		{"totaliser", "ticket,open reading bbl,close reading bbl,IV bbl,CTL,GSV bbl\n1,100.0,120.0,20.1,0.99,19.80\n", runticket.IV, runticket.Differs, "20.0", false},
		{"a tank", "ticket,opening tov bbl,opening fw bbl,open temp F,closing tov bbl,closing fw bbl,close temp F,api,gross bbl,gsv\n1,500.00,2.00,80.0,120.00,2.00,82.0,37.4,380.00,376.40\n", runticket.GSV, runticket.Agrees, "376.40", true},
		{"one gauge", "ticket,closing tov bbl,gsv bbl\n1,500.00,500.00\n", runticket.GSV, runticket.Taken, "", false},
		{"a composite factor", "ticket,IV bbl,MF,composite,temp F,press psig,api,CPL,GSV bbl\n1,1000.00,1.0010,yes,84.3,500,37.4,1.00000,989.11\n", runticket.CPL, runticket.Agrees, "1.00000", true},
		{"metric", "ticket,IV m3,MF,temp C,press kPa,density kg/m3 ,GSV [m3 at 15C]\n1,1000.000,1.0000,29.0,400,852.3,988.430\n", runticket.GSV, runticket.Agrees, "988.430", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := runticket.Options{Units: []string{"bbl at 60F"}}
			f := read(t, tt.text, o)
			r := recompute(t, &f.Tickets[0], "")
			l := lineOf(t, r, tt.figure)
			got := ""
			if l.Recomputed != nil {
				got = l.Recomputed.String()
			}
			if l.Verdict != tt.verdict || got != tt.recomputed || r.Agrees != tt.agrees {
				t.Errorf("%s: %s, recomputed %q (%s); all agree: %v, by %s, notes %q", l.Name, l.Verdict, got, l.By, r.Agrees, r.Scheme, r.Notes)
			}
		})
	}
}
