package audit_test

import (
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/metrology/quantity"
)

// put returns how much the blend of the story brought into tank T-1.
func (w world) put() (volume quantity.Micro) {
	w.t.Helper()
	c, err := w.Case(w.Papers())
	must(w.t, err)
	for _, m := range c.Books.Movements(0) {
		if m.Event == "blend-T-1" && m.To == custody.PoolAccount("T-1") {
			volume += m.Volume
		}
	}
	return volume
}

// process returns the signed process that takes a volume out of T-1 and brings as much back, as naphtha.
func (w world) process(id string, minute int64, volume quantity.Micro, work *custody.Work) []byte {
	w.t.Helper()
	output := custody.Output{Pool: "T-1", Product: "naphtha", Volume: volume, Density: 900e6}
	if work != nil {
		output.Heading = "271012"
	}
	return w.stated(minute, custody.Event{ID: id, By: audittest.Terminal, Process: &custody.Process{
		Kind: custody.Refine, Basis: quantity.Metric, Work: work, Draws: []custody.Draw{{Pool: "T-1", Volume: volume}}, Outputs: []custody.Output{output},
	}})
}

// naphtha returns papers on which the lot is entered as naphtha, without a claim, and its diluent was some naphtha of Peru.
func (w world) naphtha(more ...[]byte) [][]byte {
	w.t.Helper()
	papers := w.claiming(func(c *audit.Claim) { c.HTS, c.SPI, c.Certificate, c.HeldSince = "2710.12.25.00", "", nil, 0 })
	source := w.event("source-diluent", func(e *custody.Event) { e.Source.Heading, e.Source.WhollyObtained = "2710", false })
	return append(swapped(papers, w.Act("source-diluent").Body, source), more...)
}

// reasons returns the reasons of a decision as lines.
func reasons(d *audit.Decision) (text string) {
	for _, r := range d.Origin.Reasons {
		text += string(r.Outcome) + " " + r.Rule + ": " + r.Text + "\n"
	}
	return text
}

var distillation = &custody.Work{Steps: []string{"atmospheric distillation"}, Country: "CA"}

// TestProcessInTheBooks: a product of heading 2710 that was made in the books is decided by the rule for how it was made, of what it was
// made of, and the reasons say who states the process and on what evidence. Of Peru is more than what direct blending may take.
func TestProcessInTheBooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	all := w.put()
	for _, tt := range []struct {
		name, rule, country string
		qualifies           bool
		work                *custody.Work
		says                string
	}{
		{"distilled in Canada", "Refining process", "CA", true, distillation, "pass Refining process: The good results from atmospheric distillation in CA (typed statement of Terminal LP)."},
		{"distilled in Korea", "no rule of origin is met", "KR", false, &custody.Work{Steps: distillation.Steps, Country: "KR"}, "Atmospheric distillation was done in KR"},
		{"by a reaction", "Chemical reaction", "CA", true, &custody.Work{Steps: []string{"chemical reaction"}, Country: "CA"}, "results from a chemical reaction in CA (typed statement of Terminal LP)"},
		{"reformed and blended", "Refining process", "CA", true, &custody.Work{Steps: []string{"catalytic reforming", "direct blending"}, Country: "CA"}, "from catalytic reforming in CA"},
		{"blended directly", "no rule of origin is met", "", false, &custody.Work{Steps: []string{"direct blending"}, Country: "CA"}, "note Direct blending: The good results from direct blending in CA (typed statement of Terminal LP)."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := w.decision(w.naphtha(w.process("made", 7, all, tt.work)))
			same(t, "qualifies", d.Origin.Qualifies, tt.qualifies)
			if !strings.HasPrefix(d.Origin.Rule, tt.rule) || !strings.Contains(reasons(d), tt.says) {
				t.Errorf("by %q, reasons\n%s", d.Origin.Rule, reasons(d))
			}
			same(t, "country", d.Country.Country, tt.country)
			for _, s := range d.Lot.Shares {
				if len(s.Made) != 1 || s.Made[0].Heading != "271012" || s.Made[0].By != audittest.Terminal || s.Made[0].Evidence != custody.Typed {
					t.Errorf("source %s was made into %+v", s.Source, s.Made)
				}
			}
		})
	}
	if d := w.decision(w.naphtha(w.process("made", 7, all, nil))); d.Lot.Shares[0].Made != nil || d.Origin.Qualifies {
		t.Errorf("a process that states no work: %s, reasons\n%s", d.Origin.Rule, reasons(d))
	}
}

// TestBlendedDirectly: a blend into a tank that is direct blending counts as that, and one that is not does not.
func TestBlendedDirectly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	direct := w.event("blend-T-1", func(e *custody.Event) {
		e.Blend.Work, e.Blend.Heading = &custody.Work{Steps: []string{"direct blending"}, Country: "CA"}, "271012"
	})
	d := w.decision(swapped(w.naphtha(), w.Act("blend-T-1").Body, direct))
	if !strings.Contains(reasons(d), "fail Direct blending: Non-originating material makes 5,591.727427 m3 of 19,820.749972 m3") {
		t.Errorf("reasons\n%s", reasons(d))
	}
	if d := w.decision(w.naphtha()); !strings.Contains(reasons(d), "Direct blending is not stated") {
		t.Errorf("reasons\n%s", reasons(d))
	}
}

// TestProductAmongOthers: what a process made of a part of a lot is a material of it, decided about first; all of it stays accounted for,
// and a bundle that has the papers of the entry alone comes to the same.
func TestProductAmongOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	half := w.put() / 2
	papers := append(w.Papers(), w.process("made", 7, half, distillation))
	c, err := w.Case(papers)
	must(t, err)
	d, err := c.Decide(w.Number.String())
	must(t, err)
	if len(d.Products) != 1 || !d.Products[0].Origin.Qualifies {
		t.Fatalf("products %s", encode(t, d.Products))
	}
	if p := d.Products[0]; p.Volume < d.Lot.Volume/2-1e6 || p.Volume > d.Lot.Volume/2+1e6 {
		t.Errorf("%s of %s were made", p.Volume, d.Lot.Volume)
	}
	if s := d.Origin.Shares; s.Diluent == 0 || s.Diluent != s.NonOriginating || len(d.Lot.Shares) != 4 || !d.Origin.Qualifies {
		t.Errorf("shares %+v of\n%s", s, reasons(d))
	}
	relevant, _, err := c.Relevant(w.Number.String())
	must(t, err)
	same(t, "decision on the relevant papers", encode(t, w.decision(relevant)), encode(t, d))
}

// TestMadeOfWhatWasMade: a product that is made of others is decided on what those are by themselves.
func TestMadeOfWhatWasMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	all := w.put()
	blended := &custody.Work{Steps: []string{"direct blending"}, Country: "CA"}
	d := w.decision(w.naphtha(w.process("distilled", 6, all, distillation), w.process("blended", 7, all, blended)))
	if len(d.Products) != 1 || !strings.HasPrefix(d.Products[0].Origin.Rule, "Refining process") || d.Origin.Criterion != "C" {
		t.Errorf("by %s, products %s", d.Origin.Rule, encode(t, d.Products))
	}
	same(t, "country", d.Country.Country, "CA")
	// Half of it distilled: of the rest, the naphtha of Peru is less than direct blending may take.
	d = w.decision(w.naphtha(w.process("distilled", 6, all/2, distillation), w.process("blended", 7, all, blended)))
	if len(d.Products) != 1 || !strings.Contains(reasons(d), "Non-originating material makes 2,795.863714 m3 of 19,820.749972 m3 of the good, 14.1057 %") || !d.Origin.Qualifies {
		t.Errorf("by %s, reasons\n%s", d.Origin.Rule, reasons(d))
	}
	same(t, "country of a blend", d.Country.Country, "")
	// Round and round is once.
	d = w.decision(w.naphtha(w.process("a", 6, all, distillation), w.process("b", 7, all, distillation), w.process("c", 7, all, distillation)))
	if len(d.Lot.Shares) != 2 || len(d.Lot.Shares[0].Made) != 1 || len(d.Products) != 0 || !d.Origin.Qualifies {
		t.Errorf("shares %s", encode(t, d.Lot.Shares))
	}
}

// TestMethodOverProducts: an inventory method is not decided over a stock of products, and says so.
func TestMethodOverProducts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	d := w.decision(w.naphtha(w.chosen(nobodyAlters), w.process("made", 7, w.put(), distillation)))
	if d.Commingled == nil || !strings.Contains(d.Commingled.Refused, "is a product of atmospheric distillation, event made") {
		t.Errorf("%s", encode(t, d.Commingled))
	}
}

// TestProcessNobodyKnows: a step that no table of rules knows is an error that names those it knows.
func TestProcessNobodyKnows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	_, err := w.decide(w.naphtha(w.process("made", 7, w.put(), &custody.Work{Steps: []string{"magic"}, Country: "CA"})))
	says(t, err, `process "magic" is none of extraction, atmospheric distillation`)
}

// TestCheckWork: a step that no table of rules names is refused by its event, in a replacement too. Papers without work pass.
func TestCheckWork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	c, err := w.Case(w.Papers())
	must(t, err)
	misspelt := &custody.Work{Steps: []string{"atmospheric distillation", "distilation"}, Country: "CA"}
	for _, good := range [][]byte{w.process("made", 7, 1, distillation), w.process("made", 7, 1, nil), w.Act("claim").Body, w.Act("blend-T-1").Body} {
		must(t, c.CheckWork(good))
	}
	says(t, c.CheckWork(w.process("made", 7, 1, misspelt)), `event made states the step "distilation", which no table of rules of origin names; there are adding or removing water`)
	blend := w.eventOf("blend-T-1")
	blend.Blend.Work, blend.Blend.Heading = misspelt, "271012"
	says(t, c.CheckWork(w.stated(8, custody.Event{ID: "void", By: blend.By, Void: &custody.Void{Of: blend.ID, Reason: "mistaken", Replacement: &blend}})), `states the step "distilation"`)
}
