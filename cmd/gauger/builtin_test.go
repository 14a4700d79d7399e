package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// builtinWorld is the built-in story, played once for all tests that look at it.
var builtinWorld = sync.OnceValues(func() (dir, stdout string) {
	dir = filepath.Join(scratch, "built-in")
	program, err := os.Executable()
	if err != nil {
		return dir, err.Error()
	}
	c := exec.Command(program, "demo", "--once", "--json", "--dir", dir)
	c.Env = append(os.Environ(), asProgram+"=1")
	var out, problem bytes.Buffer
	c.Stdout, c.Stderr = &out, &problem
	if err := c.Run(); err != nil {
		return dir, err.Error() + ": " + problem.String()
	}
	return dir, out.String()
})

// builtinStory returns the directory and the JSON of the built-in story.
func builtinStory(t testing.TB) (string, outcome) {
	t.Helper()
	dir, stdout := builtinWorld()
	var o outcome
	if err := json.Unmarshal([]byte(stdout), &o); err != nil {
		t.Fatalf("demo printed %s: %v", stdout, err)
	}
	return dir, o
}

// TestStoryTickets: the volumes of the story, computed from nothing but pulses, temperatures, pressures and densities.
func TestStoryTickets(t *testing.T) {
	dir, _ := builtinStory(t)
	for _, c := range []struct {
		file, iv, mf, ctpl, gsv, nsv string
	}{
		{"T-1001-v1", "9734.64", "1.0021", "0.95950", "9360.00", "9320.69"},
		{"T-1002-v1", "5245.96", "0.9987", "0.96199", "5040.00", "5021.86"},
		{"T-1003-v1", "5523.09", "1.0004", "1.01352", "5600.00", "5598.88"},
		{"T-2001-v1", "20027.58", "0.9992", "0.99477", "19906.90", "0.00"},
		{"T-2002-v1", "8035.89", "0.9992", "0.99471", "7986.98", "0.00"},
		{"T-3001-v1", "19861.58", "1.0006", "1.00130", "19899.33", "0.00"},
		{"T-3001-v2", "19861.58", "1.0006", "1.00130", "19899.33", "19841.62"},
		{"T-3002-v2", "7968.49", "1.0006", "1.00132", "7983.79", "7963.83"},
		{"T-4001-v1", "124997.07", "1.0011", "1.00009", "125145.83", "0.00"},
	} {
		b, err := os.ReadFile(filepath.Join(dir, "papers", c.file+".ticket"))
		must(t, err)
		k, err := ticket.Decode(b)
		must(t, err)
		got := []string{k.IV.Decimal(2), k.Parameters.MeterFactor.String(), k.CTPL.String(), k.GSV.Decimal(2), k.NSV.Decimal(2)}
		if want := []string{c.iv, c.mf, c.ctpl, c.gsv, c.nsv}; !slices.Equal(got, want) {
			t.Errorf("%s: IV, MF, CTPL, GSV, NSV are %v, want %v", c.file, got, want)
		}
	}
}

// TestStoryEntries: what the two batches come to at the border, to the cent.
func TestStoryEntries(t *testing.T) {
	dir, o := builtinStory(t)
	if len(o.Entries) != 2 || len(o.Gaps) != 0 || o.Trust != filepath.Join(dir, "trust.txt") {
		t.Fatalf("%d entries, gaps %v, trust %s", len(o.Entries), o.Gaps, o.Trust)
	}
	for i, want := range []string{
		"ZZ9-0310241-8 3407 2709.00.10.00 124849 true B 0.00 6554.57 0.00 614.35 8040276.00 2024-04-10",
		"ZZ9-0312242-4 3407 2709.00.10.00 50111 false  0.00 2630.83 0.00 614.35 3262226.00 2024-03-27",
	} {
		e := o.Entries[i]
		got := fmt.Sprintln(e.Number, e.Port, e.HTS, e.NetBarrels, e.Origin.Qualifies, e.Origin.Criterion, e.Duty.Claimed, e.Duty.Unclaimed,
			e.MPF.Claimed, e.MPF.Unclaimed, e.Value, e.Due)
		if strings.TrimSpace(got) != want {
			t.Errorf("entry is\n%s, want\n%s", got, want)
		}
		if !filepath.IsAbs(e.Bundle) || len(e.Origin.Reasons) == 0 || len(e.Unverified) == 0 {
			t.Errorf("entry %s: bundle %q, %d reasons, %d unverified figures", e.Number, e.Bundle, len(e.Origin.Reasons), len(e.Unverified))
		}
	}
	if later := o.Entries[1].Later; later == nil || later.Criterion != "A" || later.Reclaim.String() != "3245.18" || later.Refused != "" {
		t.Errorf("the later claim is %+v", o.Entries[1].Later)
	}
}

// TestStoryBatches: custody, lineage and balance of the story. Its text says -7.57 for the line to Haskett since it subtracts
// figures that were rounded before: 19,899.33 - 19,906.90; the exact difference is -7.565.
func TestStoryBatches(t *testing.T) {
	dir, _ := builtinStory(t)
	one := decisionOf(t, filepath.Join(dir, "bundles", "ZZ9-0310241-8.gauger"))
	two := decisionOf(t, filepath.Join(dir, "bundles", "ZZ9-0312242-4.gauger"))
	for _, c := range []struct {
		name, got, want string
	}{
		{"gross barrels of batch one", one.Gross.Decimal(1), "125212.2"},
		{"gross barrels of batch two", two.Gross.Decimal(1), "50236.5"},
		{"diluent of batch one", one.Origin.Shares.DiluentPercent, "28.1309"},
		{"non-originating in batch one", one.Origin.Shares.NonOriginatingPercent, "27.2914"},
		{"diluent of batch two", two.Origin.Shares.DiluentPercent, "45.0733"},
		{"injection to border", one.Balance.Differences[0].Volume.Decimal(2), "-7.56"},
		{"in percent", one.Balance.Differences[0].Percent.String(), "-0.038"},
		{"z", z(one, 0), "0.31"},
		{"injection to Patoka", one.Balance.Differences[1].Volume.Decimal(2), "-18.12"},
		{"in percent", one.Balance.Differences[1].Percent.String(), "-0.091"},
		{"z", z(one, 1), "0.92"},
		{"loss allowance", one.Balance.Allowance.Volume.Decimal(2), "19.91"},
		{"shipper's balance", one.Balance.Shipper.Decimal(2), "1.79"},
		{"transit to the border", (time.Duration(one.Arrivals[0].Transit) * time.Millisecond).Round(time.Minute).String(), "151h34m0s"},
		{"transit to Patoka", (time.Duration(one.Arrivals[1].Transit) * time.Millisecond).Round(time.Hour).String(), "222h0m0s"},
		{"last day of a claim for batch two", string(two.Assessment.ClaimUntil), "2025-03-12"},
	} {
		if c.got != c.want {
			t.Errorf("%s is %s, want %s", c.name, c.got, c.want)
		}
	}
	rounded := parse(t, one.Balance.Legs[1].Volume.Decimal(2)) - parse(t, one.Balance.Legs[0].Volume.Decimal(2))
	if rounded.Decimal(2) != "-7.57" {
		t.Errorf("rounded figures subtract to %s, the story says -7.57", rounded.Decimal(2))
	}
	if two.Coverage.Typed != two.Coverage.Volume || one.Coverage.Signed+one.Coverage.Typed != one.Coverage.Volume {
		t.Errorf("coverage is %+v and %+v", one.Coverage, two.Coverage)
	}
}

func z(d *audit.Decision, difference int) string { return d.Balance.Differences[difference].Z.String() }

func parse(t testing.TB, s string) quantity.Micro {
	t.Helper()
	m, err := quantity.Parse(s)
	must(t, err)
	return m
}

// TestStoryVerifies: both verifiers accept both bundles, tell a trust file from the bundle's own keys, and reject what was altered.
func TestStoryVerifies(t *testing.T) {
	dir, o := builtinStory(t)
	for _, e := range o.Entries {
		if code, out, _ := gauger(t, "verify", "--trust", o.Trust, e.Bundle); code != exitOK || !strings.HasPrefix(out, "VERIFIED") {
			t.Errorf("verify %s with a trust file: exit %d, %.60q", e.Number, code, out)
		}
		code, out, _ := gauger(t, "verify", "--json", e.Bundle)
		if code != exitConsistent || !strings.HasPrefix(out, `{"ok":true,"trust":"bundle","records":`) {
			t.Errorf("verify %s without one: exit %d, %.60q", e.Number, code, out)
		}
		if code := second(t, "--trust", o.Trust, e.Bundle); code != exitOK {
			t.Errorf("the second verifier on %s: exit %d", e.Number, code)
		}
		file, err := os.ReadFile(e.Bundle)
		must(t, err)
		for i := range 40 {
			bad := bytes.Clone(file)
			bad[(i*len(file)+len(file)/2)/40] ^= byte(1 + i*6)
			name := filepath.Join(dir, "altered")
			must(t, os.WriteFile(name, bad, 0o600))
			if code, out, _ := gauger(t, "verify", "--json", "--trust", o.Trust, name); code != exitFailed || !strings.Contains(out, `"what":`) {
				t.Errorf("verify %s with byte %d altered: exit %d, %s", e.Number, (i*len(file)+len(file)/2)/40, code, out)
			}
			if i%20 == 0 {
				if code := second(t, "--trust", o.Trust, name); code != exitFailed {
					t.Errorf("the second verifier on %s with a byte altered: exit %d", e.Number, code)
				}
			}
		}
	}
}

// second runs the verifier in Python and returns its exit code.
func second(t testing.TB, args ...string) int {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import cryptography").Run() != nil {
			continue
		}
		c := exec.Command(python, append([]string{filepath.Join("..", "..", "docs", "verifier", "gauger_verify.py")}, args...)...)
		out, err := c.CombinedOutput()
		if c.ProcessState == nil {
			t.Fatalf("%s: %v: %s", python, err, out)
		}
		return c.ProcessState.ExitCode()
	}
	t.Fatal("no python3 with the package cryptography: apt-get install -y python3-cryptography")
	return -1
}

// TestReadme: the transcript in the README is what the program prints.
func TestReadme(t *testing.T) {
	_, o := builtinStory(t)
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	must(t, err)
	_, rest, _ := strings.Cut(string(readme), "<!-- demo -->\n```\n")
	transcript, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the README has no transcript")
	}
	_, out, _ := gauger(t, "verify", "--trust", o.Trust, o.Entries[0].Bundle)
	printed := append(strings.Split(out, "\n"), "ENTRY "+o.Entries[0].Number)
	for line := range strings.Lines(transcript) {
		if !slices.Contains(printed, strings.TrimRight(line, "\n")) {
			t.Errorf("the README shows what is not printed: %s", line)
		}
	}
}
