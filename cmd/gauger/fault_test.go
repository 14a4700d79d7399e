package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/cmd/internal/story"
)

// at returns an instant of the small scenario's day, in the time of its west.
func at(t testing.TB, clock string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339, "2024-03-11T"+clock+":00-06:00")
	must(t, err)
	return when
}

// strikes sets faults.
func strikes(all ...story.Fault) func(*story.Options) {
	return func(o *story.Options) { o.Faults = append(o.Faults, all...) }
}

// kills are what the seeds strike. A gateway is killed while its site is open; broker and cloud at any step of the day.
var kills = []struct {
	seed   uint64
	target string
}{
	{2, "edge"}, {7, "edge"}, {13, "edge"}, {19, "edge"}, {22, "edge"}, {26, "edge"}, {27, "edge"}, {36, "edge"}, {39, "edge"}, {44, "edge"},
	{4, "cloud"}, {5, "cloud"}, {11, "cloud"}, {14, "cloud"}, {24, "cloud"},
	{15, "broker"}, {20, "broker"}, {30, "broker"}, {34, "broker"}, {45, "broker"},
}

// step is the interval of all sites of the small scenario.
const step = 10 * time.Minute

// gateways are the sites with the steps in which they can be struck, from when to before when. Left out are those from a change of
// product, at which the operator starts the gateway again himself, to the first interval under the new constants.
var gateways = []struct {
	site  string
	spans [][2]string
}{
	{"whitemud", [][2]string{{"06:00", "09:00"}}},
	{"producer-b", [][2]string{{"06:00", "09:00"}}},
	{"rail", [][2]string{{"07:40", "09:00"}}},
	{"hardisty", [][2]string{{"10:00", "11:40"}, {"12:20", "13:00"}}},
	{"border", [][2]string{{"14:00", "15:40"}, {"16:20", "17:00"}}},
}

// drawn returns the fault that a seed stands for.
func drawn(t testing.TB, seed uint64, target string) story.Fault {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0))
	spans := [][2]string{{"05:10", "18:00"}}
	if target == "edge" {
		g := gateways[rng.IntN(len(gateways))]
		target, spans = "edge:"+g.site, g.spans
	}
	var steps []time.Time
	for _, s := range spans {
		for when := at(t, s[0]); when.Before(at(t, s[1])); when = when.Add(step) {
			steps = append(steps, when)
		}
	}
	return story.Fault{Target: target, At: steps[rng.IntN(len(steps))]}
}

// TestKilled: whatever is killed with SIGKILL and whenever, the world comes to exactly what the undisturbed one comes to.
func TestKilled(t *testing.T) {
	want := reference(t).facts
	var all []story.Fault
	for _, k := range kills {
		f := drawn(t, k.seed, k.target)
		t.Logf("seed %d kills %s at %s", k.seed, f.Target, f.At.Format("15:04"))
		all = append(all, f)
	}
	t.Run("all twenty in one day", func(t *testing.T) {
		p := play(t, t.TempDir(), small(t), strikes(all...))
		p.facts.same(t, want)
		p.struck(t, all)
	})
	for _, i := range []int{7, 12, 19} { // one of each kind
		t.Run(fmt.Sprintf("seed %d alone", kills[i].seed), func(t *testing.T) {
			p := play(t, t.TempDir(), small(t), strikes(all[i]))
			p.facts.same(t, want)
			p.struck(t, all[i:i+1])
		})
	}
}

// struck checks that what was killed has come back: it has said a second time that it runs.
func (p *played) struck(t testing.TB, faults []story.Fault) {
	t.Helper()
	for _, f := range faults {
		log, err := os.ReadFile(filepath.Join(p.dir, "logs", strings.ReplaceAll(f.Target, ":", "-")+".log"))
		must(t, err)
		if strings.Count(string(log), ` runs" `) < 2 {
			t.Errorf("%s was not struck at %s:\n%s", f.Target, f.At, log)
		}
	}
}

// TestCloudAway: while the cloud is away for all the time in which batch one is received, the gateways keep what they measure, and
// deliver it once when the cloud is back.
func TestCloudAway(t *testing.T) {
	away := story.Fault{Target: "cloud", At: at(t, "05:30"), Down: 3*time.Hour + 10*time.Minute}
	p := play(t, t.TempDir(), small(t), strikes(away))
	p.facts.same(t, reference(t).facts)
}

// TestFreeRunning: the clock runs by itself and waits for nobody, so a gateway that was killed has missed something. Its meter has
// not: no pulse is lost, and the gap is a signed record that everybody sees.
func TestFreeRunning(t *testing.T) {
	text := string(small(t))
	receipts := text[:strings.Index(text, "  - id: hardisty")] // three kinds of instruments, and no papers
	killed := story.Fault{Target: "edge:whitemud", At: at(t, "07:05"), Down: 50 * time.Minute}
	p := play(t, t.TempDir(), []byte(receipts), strikes(killed), func(o *story.Options) { o.Speed = 2400 })
	for _, c := range []struct {
		point            string
		register, pulses uint64
	}{
		{"WHITEMUD-1", 1917283, 10302713}, {"PRODUCER-B-1", 40771902184, 1050007}, {"RAIL-3", 0, 1320011},
	} {
		first, sum, last := counted(t, p.dir, c.point)
		if last != c.register+c.pulses || first+sum != last {
			t.Errorf("%s: began at %d, counted %d, ends at %d, the meter shows %d", c.point, first, sum, last, c.register+c.pulses)
		}
	}
	if !slices.ContainsFunc(p.outcome.Gaps, func(g store.Gap) bool {
		from, err := time.Parse(time.RFC3339, g.From)
		must(t, err)
		to, err := time.Parse(time.RFC3339, g.To)
		must(t, err)
		return g.Point == "WHITEMUD-1" && !from.After(killed.At) && !to.Before(killed.At.Add(killed.Down))
	}) {
		t.Errorf("no gap of WHITEMUD-1 holds %s and the %s after it: %v", killed.At, killed.Down, p.outcome.Gaps)
	}
}
