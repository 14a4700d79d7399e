package main

import (
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// asProgram makes this test binary act as gauger itself: the worlds of these tests are made of such processes.
const asProgram = "GAUGER_TEST_AS_PROGRAM"

// scratch holds what several tests look at. It is removed at the end.
var scratch string

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	testscript.Main(tests{m}, map[string]func(){"gauger": main})
}

// tests runs all tests, with a scratch directory beside.
type tests struct{ *testing.M }

func (t tests) Run() int {
	dir, err := os.MkdirTemp("", "gauger-test-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir) // a directory left behind below the temporary one harms nobody
	scratch = dir
	return t.M.Run()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// gauger runs one command line inside this process, and returns its exit code and what it printed.
func gauger(t testing.TB, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	out, problem := capture(t, &os.Stdout), capture(t, &os.Stderr)
	logger := slog.Default()
	code = run(args)
	slog.SetDefault(logger)
	return code, out(), problem()
}

// capture points one of the process's files to a temporary one, until the function that it returns gives back what was written.
func capture(t testing.TB, to **os.File) func() string {
	t.Helper()
	t.Setenv("GAUGER_CAPTURED", "1") // which ends a parallel test: there is one standard output
	before := *to
	f, err := os.CreateTemp(t.TempDir(), "output")
	must(t, err)
	*to = f
	return func() string {
		*to = before
		_, err := f.Seek(0, io.SeekStart)
		must(t, err)
		b, err := io.ReadAll(f)
		must(t, err)
		must(t, f.Close())
		return string(b)
	}
}

// contains checks that a text holds all of several parts.
func contains(t testing.TB, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s holds no %q:\n%s", what, p, text)
		}
	}
}
