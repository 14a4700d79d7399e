// Command gauger measures oil where it changes hands, and follows it from spigot to import entry.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/internal/conf"
)

// Exit codes, the same for every command.
const (
	exitOK         = 0
	exitFailed     = 1 // the command could not do its work, or the evidence fails
	exitUsage      = 2 // wrong usage, configuration or input
	exitConsistent = 3 // verify: consistent, but on the bundle's own keys
	exitDue        = 4 // crossings --due: something waits; utilization: more is claimed than is covered
)

// exitError is an error with the exit code it asks for.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

// usage marks an error as one of usage, configuration or input.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &exitError{exitUsage, err}
}

func main() { os.Exit(run(os.Args[1:])) }

// run executes one command line and returns its exit code.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := ready(rootCommand(stop))
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	var e *exitError
	if !errors.As(err, &e) {
		e = &exitError{exitFailed, err}
	}
	if e.err != nil && e.code != exitConsistent && e.code != exitDue {
		fmt.Fprintln(os.Stderr, "gauger:", err) // all of it: what wraps the error names its place
	}
	return e.code
}

// rootCommand returns the whole command line. Stop ends a command that runs on, as Ctrl-C does.
func rootCommand(stop func()) *cobra.Command {
	var level string
	var child bool
	root := &cobra.Command{
		Use:           "gauger",
		Short:         "Oil from spigot to import entry, measured, signed and provable",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			var l slog.Level
			if err := l.UnmarshalText([]byte(level)); err != nil {
				return usage(fmt.Errorf("--log is %q, want debug, info, warn or error", level))
			}
			slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: l})))
			if child {
				go func() {
					_, _ = io.Copy(io.Discard, os.Stdin) // ends with whoever holds the other end
					stop()
				}()
			}
			return nil
		},
	}
	root.PersistentFlags().StringVar(&level, "log", "info", "least level of log lines on standard error: debug, info, warn, error")
	root.PersistentFlags().BoolVar(&child, "child", false, "end when standard input ends, so that no process outlives the one that started it")
	hide(root.PersistentFlags(), "child")
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		edgeCommand(),
		cloudCommand(),
		brokerCommand(),
		witnessCommand(),
		group(keyCommand()),
		group(registryCommand()),
		group(ticketCommand()),
		group(documentCommand()),
		group(bundleCommand()),
		verifyCommand(),
		traceCommand(),
		balanceCommand(),
		crossingsCommand(),
		custodyCommand(),
		booksCommand(),
		whatIfCommand(),
		group(statementCommand()),
		group(ledgerCommand()),
		group(calcCommand()),
		lintCommand(),
		group(importCommand()),
		tablesCommand(),
		utilizationCommand(),
		demoCommand(),
		metersCommand(),
		versionCommand(),
	)
	return group(root)
}

// ready adds the commands that every program has of its command line's library, and makes them as strict as ours.
func ready(root *cobra.Command) *cobra.Command {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Args = helpTopic
		case "completion":
			group(c)
		}
	}
	return root
}

// helpTopic refuses, with exit code 2, a command that there is not.
func helpTopic(c *cobra.Command, args []string) error {
	found, rest, err := c.Root().Find(args)
	if err == nil && len(rest) > 0 && found.HasSubCommands() {
		err = found.ValidateArgs(rest)
	}
	return usage(err)
}

// flagName is a flag in the usage of a command.
var flagName = regexp.MustCompile(`(?m)^ +(?:-\w, )?(--[\w-]+)`)

// flagError names the flag that was meant, or those that there are.
func flagError(c *cobra.Command, err error) error {
	name, unknown := strings.CutPrefix(err.Error(), "unknown flag: ")
	if !unknown {
		return usage(err)
	}
	var known []string
	for _, m := range flagName.FindAllStringSubmatch(c.LocalFlags().FlagUsages(), -1) {
		if m[1] != "--help" {
			known = append(known, m[1])
		}
	}
	mend := conf.Suggest(name, known)
	if !strings.HasPrefix(mend, "did you mean") && len(known) > 12 {
		mend = c.CommandPath() + " --help lists those that it has"
	}
	return usage(fmt.Errorf("%w: %s", err, mend))
}

// group makes a command that does nothing but hold others show its help, and refuse, with exit code 2, what is none of them.
func group(c *cobra.Command) *cobra.Command {
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage(fmt.Errorf("there is no command %q: %s --help lists them", c.CommandPath()+" "+args[0], c.CommandPath()))
		}
		return nil
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	return c
}

// hide leaves flags out of help: those by which one process of this program starts another.
func hide(flags interface{ MarkHidden(name string) error }, names ...string) {
	for _, name := range names {
		if err := flags.MarkHidden(name); err != nil {
			panic(err) // whoever hides a flag has just defined it
		}
	}
}

// needed refuses a command without one of the flags that it cannot do without.
func needed(c *cobra.Command, names ...string) error {
	for _, name := range names {
		if f := c.Flags().Lookup(name); f.Value.String() == "" {
			return usage(fmt.Errorf("--%s is missing: %s; this needs --%s", name, f.Usage, strings.Join(names, ", --")))
		}
	}
	return nil
}

// noArgs refuses arguments with exit code 2.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("argument %q is one too many", args[0]))
	}
	return nil
}

// oneArg wants exactly one argument, which the name describes.
func oneArg(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(fmt.Errorf("want exactly one argument: %s", name))
		}
		return nil
	}
}
