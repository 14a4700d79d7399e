package runticket_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/runticket"
)

const dayTicket = "ticket,point,open,close,IV bbl,MF,temp F,press psig,api,CTL,CPL,CCF,GSV bbl\n" +
	"9,A,2024-03-05 06:00,2024-03-05 09:00,300.00,1.0000,80.0,62,37.4,0.99023,1.00034,0.99057,297.17\n"

func compare(t testing.TB, hours string) *runticket.Hours {
	t.Helper()
	o := runticket.Options{Zone: time.UTC}
	tickets, records := read(t, dayTicket, o), read(t, "point,start,end,IV bbl,temp F,press psig,GSV bbl\n"+hours, o)
	h, err := tickets.Tickets[0].Compare(records.Hours)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// Sums, weighted averages, gaps and overlaps of hourly records beside their ticket.
func TestHours(t *testing.T) {
	for _, tt := range []struct {
		name, hours    string
		gaps, overlaps int
		figure         runticket.Name
		sum            string
		verdict        runticket.Verdict
		agrees         bool
	}{
		{"a whole ticket", "A,2024-03-05 06:00,2024-03-05 07:00,100.00,79.0,62,99.11\nA,2024-03-05 07:00,2024-03-05 08:00,100.00,80.0,62,99.06\nA,2024-03-05 08:00,2024-03-05 09:00,100.00,81.0,62,99.01\n",
			0, 0, runticket.Temperature, "80.0", runticket.Agrees, true},
		{"in any order, and of another meter", "B,2024-03-05 06:00,2024-03-05 07:00,9.00,9.0,0,9.00\nA,2024-03-05 07:00,2024-03-05 09:00,200.00,80.0,62,198.11\nA,2024-03-05 06:00,2024-03-05 07:00,100.00,80.0,62,99.06\n",
			0, 0, runticket.GSV, "297.17", runticket.Agrees, true},
		{"weighted, not plain", "A,2024-03-05 06:00,2024-03-05 08:00,290.00,80.0,62,287.26\nA,2024-03-05 08:00,2024-03-05 09:00,10.00,100.0,62,9.81\n",
			0, 0, runticket.Temperature, "80.7", runticket.Differs, false},
		{"an hour is missing", "A,2024-03-05 06:00,2024-03-05 07:00,100.00,80.0,62,99.06\nA,2024-03-05 08:00,2024-03-05 09:00,200.00,80.0,62,198.11\n",
			1, 0, runticket.IV, "300.00", runticket.Agrees, false},
		{"the ends are missing", "A,2024-03-05 07:00,2024-03-05 08:00,300.00,80.0,62,297.17\n", 2, 0, runticket.IV, "300.00", runticket.Agrees, false},
		{"an hour twice", "A,2024-03-05 06:00,2024-03-05 08:00,150.00,80.0,62,148.59\nA,2024-03-05 07:00,2024-03-05 09:00,150.00,80.0,62,148.59\n",
			0, 1, runticket.IV, "300.00", runticket.Agrees, false},
		{"beyond the ticket", "A,2024-03-05 05:30,2024-03-05 09:30,300.00,80.0,62,297.17\n", 0, 2, runticket.IV, "300.00", runticket.Agrees, false},
		{"a barrel more", "A,2024-03-05 06:00,2024-03-05 09:00,301.00,80.0,62,298.16\n", 0, 0, runticket.IV, "301.00", runticket.Differs, false},
		{"a cent by rounding", "A,2024-03-05 06:00,2024-03-05 07:00,100.00,80.0,62,99.06\nA,2024-03-05 07:00,2024-03-05 08:00,100.00,80.0,62,99.06\nA,2024-03-05 08:00,2024-03-05 09:00,100.00,80.0,62,99.06\n",
			0, 0, runticket.GSV, "297.18", runticket.Rounds, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := compare(t, tt.hours)
			if len(h.Gaps) != tt.gaps || len(h.Overlaps) != tt.overlaps || h.Agrees != tt.agrees {
				t.Errorf("%d gaps, %d overlaps, agrees %v: %+v", len(h.Gaps), len(h.Overlaps), h.Agrees, h)
			}
			for _, l := range h.Lines {
				if l.Name == tt.figure && (l.Recomputed.String() != tt.sum || l.Verdict != tt.verdict) {
					t.Errorf("%s: %s, %s (%s), want %s, %s", l.Name, l.Recomputed, l.Verdict, l.By, tt.sum, tt.verdict)
				}
			}
		})
	}
	if h := compare(t, "B,2024-03-05 06:00,2024-03-05 07:00,9.00,9.0,0,9.00\n"); h != nil {
		t.Errorf("records of another meter: %+v", h)
	}
}

// A record whose own figures do not come out is shown; one in another unit is refused.
func TestHoursThemselves(t *testing.T) {
	h := compare(t, "A,2024-03-05 06:00,2024-03-05 09:00,300.00,80.0,62,297.17\n")
	if h.Differ != 0 {
		t.Errorf("without a density nothing is recomputed: %+v", h.Rows)
	}
	o := runticket.Options{Zone: time.UTC}
	records := read(t, "point,start,end,IV bbl,CTL,GSV bbl\nA,2024-03-05 06:00,2024-03-05 09:00,300.00,0.99,290.00\n", o).Hours
	h, err := runticket.SumHours(records)
	if err != nil || h.Differ != 1 || len(h.Rows) != 1 || h.Rows[0].Line != 2 || h.Rows[0].Lines[0].Name != runticket.GSV || h.Agrees {
		t.Errorf("%+v, %v", h, err)
	}
	metric := read(t, "point,start,end,IV m3\nA,2024-03-05 06:00,2024-03-05 09:00,300.00\n", o).Hours
	if _, err := read(t, dayTicket, o).Tickets[0].Compare(metric); err == nil || !strings.Contains(err.Error(), "one basis") {
		t.Errorf("%v", err)
	}
	points, of := runticket.Points(append(records, metric...))
	if len(points) != 1 || len(of["A"]) != 2 {
		t.Errorf("%v, %v", points, of)
	}
}

// Records that divide a ticket's time and volume without a hole agree with it, however they divide it.
func TestDividedHoursAgree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		start := time.Date(2024, 3, 5, 6, 0, 0, 0, time.UTC)
		var rows []string
		at, left, n := start, int64(30_000), rapid.IntRange(1, 24).Draw(rt, "records")
		for i := range n {
			end, hundredths := at.Add(time.Duration(rapid.IntRange(1, 7).Draw(rt, "minutes"))*time.Minute), rapid.Int64Range(0, left).Draw(rt, "volume")
			if i == n-1 {
				end, hundredths = start.Add(3*time.Hour), left
			}
			left -= hundredths
			rows = append(rows, fmt.Sprintf("A,%s,%s,%d.%02d,80.0,62,", at.Format(time.RFC3339), end.Format(time.RFC3339), hundredths/100, hundredths%100))
			at = end
		}
		rows = rapid.Permutation(rows).Draw(rt, "order")
		if h := compare(t, strings.Join(rows, "\n")+"\n"); !h.Agrees || h.Records != n {
			rt.Fatalf("%+v\n%s", h, strings.Join(rows, "\n"))
		}
	})
}
