package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/api"
	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// told is the built-in story as `gauger demo --once --json` left it.
type told struct {
	dir     string
	printed []byte
	outcome outcome
}

// builtinStory has a process of its own tell the built-in story. It is told once.
var builtinStory = sync.OnceValue(func() func(testing.TB) *told {
	var s *told
	var once sync.Once
	return func(t testing.TB) *told {
		once.Do(func() { s = tell(t) })
		if s == nil {
			t.Fatal("the built-in story failed in another test")
		}
		return s
	}
})()

func tell(t testing.TB) *told {
	t.Helper()
	dir := filepath.Join(scratch, "story")
	program, err := os.Executable()
	must(t, err)
	c := exec.Command(program, "demo", "--once", "--json", "--dir", dir)
	c.Env = append(os.Environ(), asProgram+"=1")
	var out, progress bytes.Buffer
	c.Stdout, c.Stderr = &out, &progress
	if err := c.Run(); err != nil {
		t.Fatalf("gauger demo: %v\n%s\n%s", err, progress.String(), logs(t, dir))
	}
	if left := running(t); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
	s := &told{dir: dir, printed: out.Bytes()}
	d := json.NewDecoder(bytes.NewReader(s.printed))
	d.DisallowUnknownFields()
	must(t, d.Decode(&s.outcome))
	if rest, err := io.ReadAll(d.Buffered()); err != nil || string(rest) != "\n" {
		t.Errorf("after the JSON comes %q, %v", rest, err)
	}
	return s
}

// bundles returns the bundle files of a world.
func bundles(t testing.TB, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "bundles", "*.gauger"))
	must(t, err)
	return names
}

// decisionOf reads the decision that a bundle carries.
func decisionOf(t testing.TB, name string) *audit.Decision {
	t.Helper()
	file, err := os.ReadFile(name)
	must(t, err)
	b, _, err := bundle.Parse(file)
	must(t, err)
	var d audit.Decision
	must(t, json.Unmarshal(b.Decision, &d))
	return &d
}

// ticket reads a ticket as its parties have it.
func (s *told) ticket(t testing.TB, id string, version int) *ticket.Ticket {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, "papers", fmt.Sprintf("%s-v%d.ticket", id, version)))
	must(t, err)
	tk, err := ticket.Decode(b)
	must(t, err)
	return tk
}

// books folds the papers of an entry's bundle, and of nothing else.
func (s *told) books(t testing.TB, entry string) *custody.Ledger {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(s.dir, "bundles", entry+".gauger"))
	must(t, err)
	trust, _, err := loadTrust(filepath.Join(s.dir, "trust.txt"))
	must(t, err)
	e, err := bundle.Verify(file, trust)
	must(t, err)
	tables, err := api.Tables()
	must(t, err)
	c, err := audit.NewCase(e.Keys, e.Tickets, e.Bundle.Documents, tables)
	must(t, err)
	return c.Books
}

// TestStory: the built-in story comes to the figures that its authors computed by hand.
func TestStory(t *testing.T) {
	s := builtinStory(t)
	checkSchema(t, s.printed)
	if n := len(s.outcome.Entries); n != 2 || len(s.outcome.Gaps) != 0 || s.outcome.Gaps == nil {
		t.Fatalf("%d entries, gaps %v", n, s.outcome.Gaps)
	}
	if c := s.outcome.Counts; c.Tickets != 8 || c.Records < 8000 || c.Batches < 300 || c.Statements <= c.Batches {
		t.Errorf("counts %+v", c)
	}
	if s.outcome.Trust != filepath.Join(s.dir, "trust.txt") {
		t.Errorf("trust file %s", s.outcome.Trust)
	}
	for _, f := range slices.Concat(s.received(t), s.injected(t), s.crossed(t), s.delivered(t), s.entered(t), s.second(t), s.reclaimed(t)) {
		if f.got != f.want {
			t.Errorf("%s: %s, the story says %s", f.what, f.got, f.want)
		}
	}
}

// figure is one figure of the story, to the digits that the story gives.
type figure struct{ what, got, want string }

// metered returns what a ticket states, in the order of the wanted texts.
func metered(tk *ticket.Ticket, wants ...string) (out []figure) {
	all := []figure{
		{what: "IV", got: tk.IV.Decimal(2)}, {what: "CTPL", got: tk.CTPL.String()}, {what: "MF", got: tk.Parameters.MeterFactor.String()},
		{what: "GSV", got: tk.GSV.Decimal(2)}, {what: "temperature", got: tk.Temperature.Decimal(1)}, {what: "pressure", got: tk.Pressure.Decimal(0)},
		{what: "density", got: tk.Density.Decimal(1)},
	}
	for i, want := range wants {
		all[i].what, all[i].want = tk.ID+" "+all[i].what, want
		out = append(out, all[i])
	}
	return out
}

// received: items 1 to 5, what came into tank T-14 and what was made of it.
func (s *told) received(t *testing.T) (out []figure) {
	a, b, c := s.ticket(t, "T-1001", 1), s.ticket(t, "T-1002", 1), s.ticket(t, "T-1003", 1)
	out = append(out, metered(a, "9734.64", "0.95950", "1.0021", "9360.00", "82.0", "450", "1010.0")...)
	out = append(out, metered(b, "5245.96", "0.96199", "0.9987", "5040.00", "78.0", "520", "1010.0")...)
	out = append(out, metered(c, "5523.09", "1.01352", "1.0004", "5600.00", "4.0", "350", "716.0")...)
	pulses := map[string]uint64{}
	for _, tk := range []*ticket.Ticket{a, b, c} {
		_, pulses[tk.ID], _ = counted(t, s.dir, tk.Point)
	}
	books := s.books(t, entryOne)
	mixed, err := books.Blending("BLEND-1")
	must(t, err)
	tank, err := books.Pool("T-14")
	must(t, err)
	_, sum, err := heavyAndLight(mixed)
	must(t, err)
	return append(out,
		figure{"pulses at Whitemud", fmt.Sprint(pulses["T-1001"]), "514323961"},
		figure{"frequency at Whitemud", fmt.Sprintf("%.2f kHz", float64(pulses["T-1001"])/float64(a.Close-a.Open)), "1.49 kHz"},
		figure{"pulses of producer B", fmt.Sprint(pulses["T-1002"]), "52459594"},
		figure{"pulses of the condensate", fmt.Sprint(pulses["T-1003"]), "66277065"},
		figure{"S&W of Whitemud", a.SW.Percent.String(), "0.42"},
		figure{"S&W of producer B", b.SW.Percent.String(), "0.36"},
		figure{"S&W of the condensate", c.SW.Percent.String(), "0.02"},
		figure{"blended", sum.Decimal(2), "20000.00"},
		figure{"shrinkage in percent", mixed.Percent.String(), "0.4655"},
		figure{"shrinkage", mixed.Shrinkage.Decimal(2), "93.10"},
		figure{"net new", mixed.Net.Decimal(2), "19906.90"},
		figure{"density of the blend", mixed.NetDensity.Decimal(1), "932.0"},
		figure{"gravity of the blend", mixed.API, "20.2"},
		figure{"heel before", (mixed.Mixture.Volume - mixed.Net).Decimal(2), "612.40"},
		figure{"heel after, of the printed figures", (printed(t, mixed.Mixture.Volume) - printed(t, s.ticket(t, "T-2001", 1).GSV)).Decimal(2), "612.40"},
		figure{"heel after, exactly", tank.Volume.Decimal(3), "612.406"},
	)
}

// The entries of the built-in story, and of the small scenario.
const (
	entryOne = "ZZ9-0310241-8"
	entryTwo = "ZZ9-0312242-4"
)

// heavyAndLight adds up what went into a blend.
func heavyAndLight(b custody.Blending) (heavy, sum quantity.Micro, err error) {
	sum, err = b.Heavy.Volume.Add(b.Light.Volume)
	return b.Heavy.Volume, sum, err
}

// injected: items 6 and 7, the injection, the proving before it, the way to the border, and the sale in the line.
func (s *told) injected(t *testing.T) []figure {
	batch, err := s.books(t, entryOne).Batch("B-1")
	must(t, err)
	sale := batch.Titles[len(batch.Titles)-1]
	return append(metered(s.ticket(t, "T-2001", 1), "20027.58", "0.99477", "0.9992", "19906.90", "24.0", "1900", "932.0"),
		figure{"way to the border", minutes(batch.Arrivals[0].Transit), "151 h 34 min"},
		figure{"way to Patoka", fmt.Sprintf("%.0f h", time.Duration(batch.Arrivals[1].Transit*int64(time.Millisecond)).Hours()), "222 h"},
		figure{"sold", stamp(sale.At), "2024-03-08 22:00:00Z"},
		figure{"acknowledged", stamp(sale.Acknowledged.At), "2024-03-09 00:20:00Z"},
		figure{"price", sale.Price.String(), "64.40"},
		figure{"proving", strings.Join(s.provings(t, "HARDISTY-7"), "; "), "0.9992: proved 2024-03-04 by Pembina Valley Inspection: 5 runs, repeatability 0.021 %"},
	)
}

func minutes(ms int64) string {
	m := (time.Duration(ms) * time.Millisecond).Round(time.Minute) / time.Minute
	return fmt.Sprintf("%d h %d min", m/60, m%60)
}

// provings returns what a point has recorded of its provings, up to the repeatability.
func (s *told) provings(t testing.TB, point string) (out []string) {
	t.Helper()
	for _, leaf := range blobs(t, s.dir, "SELECT leaf FROM records WHERE NOT interval AND point = '"+point+"' ORDER BY seq") {
		r, err := record.Decode(leaf)
		must(t, err)
		if r.Event.Kind == record.Proving {
			rests, _, _ := strings.Cut(r.Event.Who, ", random")
			out = append(out, r.Event.New+": "+rests)
		}
	}
	return out
}

// printed rounds a volume as the story prints it. The story also subtracts such figures, and is a hundredth off then.
func printed(t testing.TB, m quantity.Micro) quantity.Micro {
	t.Helper()
	r, err := m.Round(2)
	must(t, err)
	return r
}

// crossed: items 8 and 9, the border.
func (s *told) crossed(t *testing.T) []figure {
	d := decisionOf(t, s.outcome.Entries[0].Bundle)
	provisional, final := s.ticket(t, "T-3001", 1), s.ticket(t, "T-3001", 2)
	injected := s.ticket(t, "T-2001", 1)
	difference := d.Balance.Differences[0]
	return append(metered(final, "19861.58", "1.00130", "1.0006", "19899.33", "17.5", "5200", "932.0"),
		figure{"from", stamp(final.Open), "2024-03-11 20:34:00Z"}, figure{"to", stamp(final.Close), "2024-03-12 01:14:00Z"},
		figure{"frequency", fmt.Sprintf("%.2f kHz", final.IV.Float()*1000/float64(final.Close-final.Open)), "1.18 kHz"},
		figure{"customs day", d.Imported, "2024-03-11"},
		figure{"status", provisional.Status() + ", " + final.Status(), "provisional, final"},
		figure{"between", difference.From + ", " + difference.To, "injection, Haskett"},
		figure{"border less injection, exactly", difference.Volume.Decimal(2), "-7.56"},
		figure{"border less injection, of the printed figures", (printed(t, final.GSV) - printed(t, injected.GSV)).Decimal(2), "-7.57"},
		figure{"in percent", difference.Percent.String(), "-0.038"},
		figure{"z", fmt.Sprintf("%.1f", difference.Z.Float()), "0.3"},
		figure{"barrels at 60 F", d.Gross.Decimal(1), "125212.2"},
		figure{"S&W", d.SW.String(), "0.29"},
		figure{"net barrels", s.outcome.Entries[0].NetBarrels, "124849"},
		figure{"net barrels without the step to 60 F", fmt.Sprintf("%.0f", final.NSV.Float()/0.158987294928), "124800"},
	)
}

// delivered: item 10, Patoka.
func (s *told) delivered(t *testing.T) []figure {
	d := decisionOf(t, s.outcome.Entries[0].Bundle)
	out := metered(s.ticket(t, "T-4001", 1), "124997.07", "1.00009", "1.0011", "125145.83", "60.8", "100")
	tk := s.ticket(t, "T-4001", 1)
	i := slices.IndexFunc(d.Balance.Differences, func(x custody.Difference) bool { return x.From == custody.Injection && x.To == "Patoka" })
	outturn, leg := d.Balance.Differences[i], d.Balance.Legs[2]
	return append(out,
		figure{"from", stamp(tk.Open), "2024-03-21 02:36:00Z"}, figure{"to", stamp(tk.Close), "2024-03-21 10:53:00Z"},
		figure{"at", leg.Place, "Patoka"},
		figure{"delivered in m3 at 15 C", leg.Volume.Decimal(2), "19888.78"},
		figure{"outturn", outturn.Volume.Decimal(2), "-18.12"},
		figure{"outturn in percent", outturn.Percent.String(), "-0.091"},
		figure{"z", fmt.Sprintf("%.1f", outturn.Z.Float()), "0.9"},
		figure{"PLA in percent", d.Balance.Allowance.Percent.String(), "0.10"},
		figure{"PLA", d.Balance.Allowance.Volume.Decimal(2), "19.91"},
		figure{"shipper's balance", d.Balance.Shipper.Decimal(2), "1.79"},
	)
}
