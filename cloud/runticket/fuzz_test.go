package runticket_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
)

// Whatever a file holds, reading and recomputing it neither panics nor takes in what cannot be.
func FuzzRead(f *testing.F) {
	f.Add([]byte(lact))
	f.Add([]byte(dayTicket))
	f.Add([]byte("point,start,end,IV m3,temp C,density kg/m3,GSV m3\nA,2024-03-05 06:00,2024-03-05 07:00,1,15,800,1\n"))
	f.Add([]byte("ticket;opening tov bbl;open temp F;closing tov bbl;close temp F;api;gsv bbl\n1;500.00;80.0;120.00;82.0;37.4;376.40\n"))
	f.Add([]byte("ticket,pulses,kf,mf,S&W,obs gravity,obs temp F,temp F,NSV bbl\n1,84123450,8400,1.0012,0.35,38.4,71.5,84.3,9876.36\n"))
	f.Add([]byte("<a:CustodyTicket xmlns:a='b'><c>1</c></a:CustodyTicket>"))
	f.Add([]byte(pidx(f)))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := runticket.Read("f", bytes.NewReader(text), runticket.Options{Zone: time.UTC, Units: []string{"F", "psig", "API", "bbl"}})
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x00\x1b") {
				t.Errorf("the message holds control characters: %q", err)
			}
			return
		}
		for i := range file.Tickets {
			recomputed(t, &file.Tickets[i])
			if _, err := file.Tickets[i].Compare(file.Hours); err != nil {
				return
			}
		}
		_, of := runticket.Points(file.Hours)
		for _, records := range of {
			if h, err := runticket.SumHours(records); err == nil && h.Records != len(records) {
				t.Errorf("%d records of %d", h.Records, len(records))
			}
		}
	})
}

// recomputed holds what is true of every recomputation.
func recomputed(t *testing.T, tk *runticket.Ticket) {
	for _, s := range runticket.Schemes {
		r, err := tk.Recompute(s)
		if err != nil {
			return
		}
		for _, l := range r.Lines {
			if (l.Verdict == runticket.Agrees || l.Verdict == runticket.Differs) != (l.Stated != nil && l.Recomputed != nil) {
				t.Errorf("%s: %s of %v and %v", l.Name, l.Verdict, l.Stated, l.Recomputed)
			}
			if l.Verdict == runticket.Agrees && l.Stated.Decimals >= l.Recomputed.Decimals && l.Difference.Mantissa != 0 {
				t.Errorf("%s agrees with a difference of %s", l.Name, l.Difference)
			}
		}
	}
}

// A paper that opens says the same when its ticket is signed again.
func FuzzOpen(f *testing.F) {
	w := bundletest.New(f)
	f.Add(both(f, draft(f, w), w.Carrier.Hand, w.Producer.Hand))
	signed, err := runticket.Sign(w.Carrier.Hand, draft(f, w))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	keys := w.Directory()
	f.Fuzz(func(t *testing.T, paper []byte) {
		tk, err := runticket.Parse(paper)
		p, opened := runticket.Open(paper, keys)
		if err != nil {
			if opened == nil {
				t.Errorf("it opens and does not parse: %v", err)
			}
			return
		}
		if err := tk.Valid(); err != nil {
			t.Error(err)
		}
		if opened == nil {
			if _, err := p.Cited(); err != nil {
				t.Error(err)
			}
		}
		recomputed(t, tk)
	})
}
