package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the command lines of testdata/script and compares exit codes and messages to the letter. Their own commands:
//
//	exits CODE gauger ARG...  runs a command that must end with the exit code
//	edited NAME OLD NEW       puts NEW in the place of OLD in $FILE, runs gauger $RUN on that, and wants exit code 2 and the message NAME
//	mode FILE MODE            wants the file to have the mode
//	cloud FILE                runs a cloud on the configuration until the script ends, and puts its address into $CLOUD
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:      "testdata/script",
		Deadline: time.Now().Add(time.Minute), // for a command that runs for ever where it should have refused
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits": func(ts *testscript.TestScript, _ bool, args []string) {
				want, err := strconv.Atoi(args[0])
				ts.Check(err)
				exits(ts, want, args[1:]...)
			},
			"edited": edited,
			"cloud":  cloudRuns,
			"mode": func(ts *testscript.TestScript, _ bool, args []string) {
				fi, err := os.Stat(ts.MkAbs(args[0]))
				ts.Check(err)
				if mode := fmt.Sprintf("%#o", fi.Mode().Perm()); mode != args[1] {
					ts.Fatalf("%s has mode %s, want %s", args[0], mode, args[1])
				}
			},
		},
	})
}

// exits runs a command and checks its exit code. Output stays for the script's next lines.
func exits(ts *testscript.TestScript, want int, args ...string) {
	code := 0
	err := ts.Exec(args[0], args[1:]...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("%s: exit code %d, want %d", strings.Join(args, " "), code, want)
	}
}

// cloudRuns starts a cloud and waits until it says where it listens.
func cloudRuns(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "gauger"), "cloud", "--config", ts.MkAbs(args[0]))
	cmd.Dir = ts.Getenv("WORK")
	log, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	lines := bufio.NewScanner(log)
	for ts.Setenv("CLOUD", ""); ts.Getenv("CLOUD") == "" && lines.Scan(); {
		if _, after, runs := strings.Cut(lines.Text(), `msg="cloud runs" api=`); runs {
			at, _, _ := strings.Cut(after, " ")
			ts.Setenv("CLOUD", at)
		}
	}
	read := make(chan struct{})
	go func() {
		defer close(read)
		_, _ = io.Copy(io.Discard, log) // so that the cloud is never held up
	}()
	ts.Defer(func() {
		ts.Check(cmd.Process.Signal(os.Interrupt))
		<-read
		ts.Check(cmd.Wait())
	})
	if ts.Getenv("CLOUD") == "" {
		ts.Fatalf("the cloud ended without saying where it listens")
	}
}

func edited(ts *testscript.TestScript, _ bool, args []string) {
	name, from, to := args[0], strings.ReplaceAll(args[1], `\n`, "\n"), strings.ReplaceAll(args[2], `\n`, "\n")
	file := ts.Getenv("FILE")
	text := ts.ReadFile(file)
	if n := strings.Count(text, from); n != 1 {
		ts.Fatalf("%q stands %d times in %s", from, n, file)
	}
	ts.Check(os.WriteFile(ts.MkAbs("edited"+filepath.Ext(file)), []byte(strings.Replace(text, from, to, 1)), 0o600))
	exits(ts, exitUsage, append([]string{"gauger"}, strings.Fields(ts.Getenv("RUN"))...)...)
	if got, want := ts.ReadFile("stderr"), ts.ReadFile(name); got != want {
		ts.Fatalf("%s:\n%swant:\n%s", name, got, want)
	}
}
