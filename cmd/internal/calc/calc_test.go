package calc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/liquid"
)

var errUsage = errors.New("usage")

// run runs a command line, of which gauger calc is left out, and returns what it printed.
func run(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	root := &cobra.Command{Use: "calc", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(Commands(func(err error) error {
		if err == nil {
			return nil
		}
		return errors.Join(errUsage, err)
	})...)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return errors.Join(errUsage, err) })
	root.SetArgs(args)
	root.SetIn(strings.NewReader(stdin))
	var out bytes.Buffer
	root.SetOut(&out)
	err := root.Execute()
	return out.String(), err
}

// exampleOf returns the arguments of the example of a kind.
func exampleOf(t *testing.T, k kind) []string {
	t.Helper()
	words := strings.Fields(strings.ReplaceAll(strings.ReplaceAll(k.example, ",\\\n", ","), "\\\n", " "))
	if len(words) < 3 || words[0] != "gauger" || words[1] != "calc" {
		t.Fatalf("%s has no example of gauger calc: %q", k.use, k.example)
	}
	return words[2:]
}

// ofFlags are the kinds whose inputs are flags and whose results are figures; the others have tests of their own.
func ofFlags() []kind {
	return slices.DeleteFunc(slices.Clone(kinds), func(k kind) bool {
		return strings.Contains(k.use, "FILE") || k.use == checkDigitKind.use
	})
}

// TestExamples: each kind has an example that does what it shows, for people and for programs, and both name method and rounding.
func TestExamples(t *testing.T) {
	key := regexp.MustCompile(`^[a-z][A-Za-z0-9_]*$`)
	for _, k := range ofFlags() {
		t.Run(strings.Fields(k.use)[0], func(t *testing.T) {
			args := exampleOf(t, k)
			text, err := run(t, "", args...)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range []string{"\ngiven\n", "\nstep by step\n", "\nresult\n", "\nmethod    ", "\nrounding  "} {
				if !strings.Contains(text, part) {
					t.Errorf("no %q in:\n%s", part, text)
				}
			}
			line, err := run(t, "", append(args, "--json")...)
			if err != nil {
				t.Fatal(err)
			}
			var r struct {
				Calculation   string
				Inputs, Steps json.RawMessage
				Method        []string
				Rounding      string
			}
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			if r.Calculation != strings.Fields(k.use)[0] || len(r.Method) == 0 || r.Rounding == "" {
				t.Errorf("something is left out: %s", line)
			}
			for _, section := range []json.RawMessage{r.Inputs, r.Steps, json.RawMessage(line)} {
				if again := twice(t, section); len(again) > 0 {
					t.Errorf("%v stand there twice: %s", again, section)
				}
				var members map[string]any
				if err := json.Unmarshal(section, &members); err != nil || len(members) == 0 {
					t.Errorf("%v: %s", err, section)
				}
				for name := range members {
					if !key.MatchString(name) {
						t.Errorf("%q is no key", name)
					}
				}
			}
		})
	}
}

// twice returns the keys that stand in a JSON object twice.
func twice(t *testing.T, object json.RawMessage) (keys []string) {
	t.Helper()
	d, seen := json.NewDecoder(bytes.NewReader(object)), map[any]bool{}
	if _, err := d.Token(); err != nil { // {
		t.Fatal(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		if seen[key] {
			keys = append(keys, fmt.Sprint(key))
		}
		seen[key] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// TestInputsAreRepeated: the inputs of a result, written as flags again, give the same result.
func TestInputsAreRepeated(t *testing.T) {
	for _, k := range ofFlags() {
		if strings.Contains(k.use, " ") || k.use == balanceKind.use || k.use == allocateKind.use {
			continue // an argument, or a list: not written as name and value
		}
		t.Run(k.use, func(t *testing.T) {
			line, err := run(t, "", append(exampleOf(t, k), "--json")...)
			if err != nil {
				t.Fatal(err)
			}
			var r struct{ Inputs map[string]string }
			if err := json.Unmarshal([]byte(line), &r); err != nil {
				t.Fatal(err)
			}
			args := []string{k.use, "--json"}
			for name, value := range r.Inputs {
				args = append(args, "--"+strings.ReplaceAll(name, "_", "-")+"="+value)
			}
			if again, err := run(t, "", args...); err != nil || again != line {
				t.Errorf("%v:\n%s\nwant\n%s", err, again, line)
			}
		})
	}
}

// TestMissing: without any of the flags of an example that have no default, a calculation names what is missing, or does less; it
// never computes with nothing.
func TestMissing(t *testing.T) {
	for _, k := range ofFlags() {
		args := exampleOf(t, k)
		if _, err := run(t, "", args[0]); !errors.Is(err, errUsage) || !strings.Contains(err.Error(), " is missing: ") {
			t.Errorf("%s of nothing: %v", args[0], err)
		}
		for i := 1; i < len(args); i++ {
			if !strings.HasPrefix(args[i], "--") {
				continue
			}
			less := append(append([]string{}, args[:i]...), args[i+2:]...)
			if out, err := run(t, "", less...); err != nil && !errors.Is(err, errUsage) || err == nil && !strings.Contains(out, "\nresult\n") {
				t.Errorf("%s without %s: %v\n%s", args[0], args[i], err, out)
			}
		}
	}
}

func TestResultRefusesWhatIsNoNumber(t *testing.T) {
	zero := 0.0
	r := &Result{}
	r.step("x", "the answer", number(1/zero, 2), "", "")
	if err := r.Print(io.Discard); err == nil {
		t.Error("infinity was printed")
	}
	if err := r.JSON(io.Discard); err == nil {
		t.Error("infinity was printed as JSON")
	}
}

// TestKeysAreDocumented: the reference names what examples, and inputs that lead to other steps, print as JSON, and every error word.
func TestKeysAreDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "reference", "cli.md"))
	if err != nil {
		t.Fatal(err)
	}
	var lines [][]string
	for _, k := range ofFlags() {
		lines = append(lines, exampleOf(t, k))
	}
	const iso = "--combustion 15C --base-pressure 101.325kPaa --base-temperature 15C"
	for _, more := range []string{
		"liquid --density 849kg/m3 --observed-at 20C --base 15C --rounding inputs",
		"liquid --group refined --density 683.1251923kg/m3 --observed-at 302F",
		"lpg --density 505.2kg/m3 --observed-at 24.3C --to 19.75C --base 15C",
		"tank --tov 15310.25bbl --temperature 29.05C --density 0.8372RD --shell insulated",
		"ticket --pulses 5000000 --k-factor 1000.25 --meter-factor 0.9987 --density 0.8372RD --base 20C --temperature 29.05C --pressure 400kPag --scheme none",
		"gas --composition methane=99%,water=1% --temperature 40C --pressure 1bara --mass 10kg --heating gpa2172 --moisture as-delivered " +
			"--base-pressure 14.73psia --base-temperature 60F",
		"gas --composition methane=100% --temperature 40C --pressure 10bara --volume 10am3 --heating iso6976 " + iso,
		"heating --method iso6976 --composition methane=100% " + iso,
		"orifice --bore 0.79689in --pipe 7.98146in --temperature 0F --pressure 14.696psia --dp 2.2484inH2O60 --viscosity 1865cP " +
			"--density 58.199lbm/ft3 --base-density 56.861lbm/ft3 --incompressible",
		"allocate --total 1017.3bbl --party A=412.0bbl,5% --party B=600bbl,2% --method total-fixed",
	} {
		lines = append(lines, strings.Fields(more))
	}
	for _, args := range lines {
		line, err := run(t, "", append(args, "--json")...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		var r struct{ Steps map[string]any }
		var results map[string]any
		for _, into := range []any{&r, &results} {
			if err := json.Unmarshal([]byte(line), into); err != nil {
				t.Fatal(err)
			}
		}
		for _, section := range []map[string]any{r.Steps, results} {
			for name := range section {
				name = strings.Replace(regexp.MustCompile(`_C$`).ReplaceAllString(name, "_F"), "closing_", "opening_", 1)
				if !bytes.Contains(b, []byte("`"+name+"`")) && !bytes.Contains(b, []byte("`"+strings.TrimSuffix(name, "_m3")+"_bbl`")) &&
					!bytes.Contains(b, []byte("`opening_"+name+"`")) {
					t.Errorf("%s prints %s, of which the reference has nothing", args[0], name)
				}
			}
		}
	}
	words := []string{"range"}
	for _, r := range []refusal{noNumber, noCell, both, badCells, badKind, badUnit, badGas, noResult} {
		words = append(words, string(r))
	}
	for _, r := range rangeWords {
		words = append(words, r.word)
	}
	for _, err := range []error{liquid.ErrNoConvergence, liquid.ErrGroup, liquid.ErrReference, gas.ErrUnstable} {
		words = append(words, errorWord(err))
	}
	for _, w := range words {
		if !bytes.Contains(b, []byte("`"+w+"`")) {
			t.Errorf("the reference does not explain the word %s", w)
		}
	}
}
