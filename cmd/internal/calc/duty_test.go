package calc

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/customs"
)

// ofProgram returns the tables of the program.
func ofProgram(t testing.TB) *customs.Tables {
	t.Helper()
	tables, err := new(dutyInput).tables()
	if err != nil {
		t.Fatal(err)
	}
	return tables
}

// FuzzDuty reads whatever a file may hold. It is refused in words, or answered with a total that has its trace and adds up.
func FuzzDuty(f *testing.F) {
	tables := ofProgram(f)
	f.Add(`{"entryInstant":"2025-03-05 12:00","hts":"2709.00.10.00","quantity":"50000","unit":"bbl","value":"3500000","origin":"XA","mot":"70"}`)
	f.Add(`{"entryInstant":"2026-08-01T12:00:00Z","knownAt":"2026-11-01","apiGravity":21.1,"quantity":1.5,"unit":"bbl","value":1,"origin":"MX","mot":10}`)
	f.Add(`{"entryInstant":"2025-03-10","hts":"27112100","value":"0.5","origin":"CA","mot":"70","mpfRoute":"pipeline-day","claim":null}`)
	f.Add(`{"entryInstant":"2026-02-25","hts":"4407120000","value":"9999999999999","origin":"GT","mot":"11","claim":"P","loadedAt":"2026-02-01","transshipped":true}`)
	f.Add(`{"entryInstant":"2026-02-25","hts":"27101290","quantity":"9223372036854.775807","unit":"kg","value":"7","origin":"RU","destination":"CA","mot":"70"}`)
	f.Fuzz(func(t *testing.T, text string) {
		in, err := parseImportation("a file", []byte(text))
		if err == nil {
			var e customs.Estimate
			if e, err = tables.Estimate(in); err == nil {
				adds(t, e)
			}
		}
		if err != nil && err.Error() == "" {
			t.Error("refused without a word")
		}
	})
}

// adds fails unless a total has its trace, and is the sum of its parts or unknown.
func adds(t *testing.T, e customs.Estimate) {
	t.Helper()
	sum, open := e.Base.Cents+e.MPF.Cents+e.HMF.Cents, e.Base.Unknown || e.MPF.Unknown || e.HMF.Unknown
	for _, x := range e.Additional {
		sum, open = sum+x.Amount.Cents, open || x.Amount.Unknown
	}
	if len(e.Trace) == 0 || e.Total.Unknown != open || !open && sum != e.Total.Cents || sum < 0 {
		t.Errorf("total %s: %+v", e.Total, e)
	}
}

// What is null or "" is not there; a document that is null is no importation.
func TestDutyEmptyMembers(t *testing.T) {
	const d10 = `{"entryInstant":"2025-03-10","hts":"2711.21","value":100000,"origin":"CA","mot":70`
	want, err := run(t, d10+"}", "duty", "--json", "-")
	if err != nil || !strings.Contains(want, `"total":"10346.40"`) {
		t.Fatalf("%v in %s", err, want)
	}
	for _, more := range []string{
		`,"quantity":"","unit":"","export":"","claim":"","mpfRoute":"","knownAt":"","loadedAt":"","destination":"","apiGravity":""}`,
		`,"quantity":null,"unit":"m3","claim":"None","mpfRoute":null,"knownAt":null}`,
	} {
		if out, err := run(t, d10+more, "duty", "--json", "-"); err != nil || out != want {
			t.Errorf("%s: %v\n%s", more, err, out)
		}
	}
	for text, says := range map[string]string{
		"null":                           "want one JSON object",
		`{"entryInstant":"","mot":"70"}`: "entryInstant is missing",
	} {
		if _, err := run(t, text, "duty", "-"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want %q", text, err, says)
		}
	}
}

// The answer begins with the members that programs rely on, amounts are texts with two decimals, and lists are never null.
func TestDutyJSON(t *testing.T) {
	const d2 = `{"entryInstant":"2025-03-05 12:00","hts":"2709.00.10.00","quantity":"50000","unit":"bbl","value":"3500000","origin":"XA","mot":"70"}`
	out, err := run(t, d2, "duty", "--json", "-")
	if err != nil {
		t.Fatal(err)
	}
	want := `{"base":"2625.00","additional":[{"heading":"9903.01.13","amount":"350000.00"}],"mpf":"634.62","hmf":"0.00","total":"353259.62",` +
		`"unknown":[],"refunds":[],"trace":[{`
	if !strings.HasPrefix(out, want) {
		t.Errorf("got %.300s", out)
	}
	if strings.Contains(out, "null") {
		t.Errorf("something is null: %s", out)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(out), &members); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"base", "mpf", "hmf", "total"} {
		if !regexp.MustCompile(`^"\d+\.\d\d"$`).Match(members[name]) {
			t.Errorf("%s is %s", name, members[name])
		}
	}
}

// One importation has many spellings, and one answer.
func TestDutySpellings(t *testing.T) {
	const d2 = `{"entryInstant":"2025-03-05T12:00:00-05:00","hts":"2709.00.10","quantity":"50000","unit":"bbl","value":"3500000","origin":"CA","claim":"","mot":"70","mpfRoute":"entry"}`
	want, err := run(t, d2, "duty", "--json", "-")
	if err != nil || !strings.Contains(want, `"total":"353259.62"`) {
		t.Fatalf("%v in %s", err, want)
	}
	for _, edit := range [][2]string{
		{`{"`, "\ufeff{\""}, {`","`, "\",\r\n\""}, {`"2025-03-05T12:00:00-05:00"`, `"2025-03-05T12:00:00"`}, {`"2025-03-05T12:00:00-05:00"`, `"2025-03-05 12:00"`},
		{`"2025-03-05T12:00:00-05:00"`, `"2025-03-05T17:00Z"`}, {`"2709.00.10"`, `"27090010"`}, {`"2709.00.10"`, `27090010`}, {`"50000"`, `50000`}, {`"50000"`, `"50000.000"`},
		{`"bbl"`, `"Barrels"`}, {`"3500000"`, `3500000.00`}, {`"CA"`, `"ca"`}, {`"claim":""`, `"claim":null`}, {`"claim":"",`, ``}, {`"70"`, `70`}, {`"entry"`, `"ENTRY"`},
	} {
		if !strings.Contains(d2, edit[0]) {
			t.Fatalf("%s is not there", edit[0])
		}
		text := strings.ReplaceAll(d2, edit[0], edit[1])
		out, err := run(t, text, "duty", "--json", "-")
		if err != nil || out != want {
			t.Errorf("%s: %v\n%s", edit[1], err, out)
		}
	}
}
