package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// leaves returns the commands that do something themselves. Those that only hold others have no example; those that only processes of
// this program start are left out.
func leaves(c *cobra.Command) (all []*cobra.Command) {
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			all = append(all, leaves(sub)...)
		}
	}
	if len(all) == 0 || c.Example != "" {
		all = append(all, c)
	}
	return all
}

// word is one of a command line, as a shell takes it.
var word = regexp.MustCompile(`(?:"[^"]*"|'[^']*'|[^\s"'])+`)

// ending is where the words of a command end and those of the shell begin.
var ending = regexp.MustCompile(`\s(?:[|;<>#]|&&|2>).*|;.*`)

// wordsOf returns the words of a command line after the program, without what the shell does with it.
func wordsOf(line string) (words []string) {
	line = ending.ReplaceAllString(strings.TrimSpace(line), "")
	for _, w := range word.FindAllString(line, -1)[1:] {
		if !strings.HasPrefix(w, "$") { // flags that the page names once for several lines
			words = append(words, strings.NewReplacer(`"`, "", `'`, "").Replace(w))
		}
	}
	return words
}

// misunderstood returns why a command line would be refused before its command does anything.
func misunderstood(line string) error {
	c, rest, err := rootCommand(func() {}).Find(wordsOf(line))
	if err == nil {
		err = c.ParseFlags(rest)
	}
	if err == nil {
		err = c.ValidateArgs(c.Flags().Args())
	}
	return err
}

// unheardOf returns which command or flag of a command line there is not. The line may leave out what else it takes.
func unheardOf(line string) error {
	words := wordsOf(line)
	c, rest, err := rootCommand(func() {}).Find(words)
	if err != nil {
		return err
	}
	if len(rest) > 0 && c.HasSubCommands() && c.Runnable() && c.ValidateArgs(rest[:1]) != nil && !strings.HasPrefix(rest[0], "-") {
		if strings.ToUpper(rest[0]) == rest[0] { // "gauger calc KIND"
			return nil
		}
		return fmt.Errorf("%s has no command %q", c.CommandPath(), rest[0])
	}
	for _, w := range rest {
		name, isFlag := strings.CutPrefix(strings.Trim(w, "[]"), "--")
		name, _, _ = strings.Cut(name, "=")
		if isFlag && name != "help" && c.Flag(name) == nil {
			return fmt.Errorf("%s has no flag --%s", c.CommandPath(), name)
		}
	}
	return nil
}

// TestHelp: each command says in one line what it does, and shows an example that it would take.
func TestHelp(t *testing.T) {
	for _, c := range leaves(rootCommand(func() {})) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("%s: %q is not what it does, in a line without a full stop", c.CommandPath(), c.Short)
		}
		if c.Example == "" {
			t.Errorf("%s shows no example", c.CommandPath())
		}
		for line := range strings.Lines(strings.ReplaceAll(c.Example, "\\\n", "")) {
			if !strings.HasPrefix(strings.TrimSpace(line), c.CommandPath()) && !strings.Contains(line, "| "+c.CommandPath()) {
				t.Errorf("%s: the example %q is of another command", c.CommandPath(), line)
			} else if err := misunderstood(line); err != nil {
				t.Errorf("%s: the example %q is refused: %v", c.CommandPath(), line, err)
			}
		}
	}
}

var (
	// shown is a line of code with a command to type.
	shown = regexp.MustCompile(`(?m)^ *(?:\d+\. +)?(?:\./)?(gauger .*)$`)
	// mentioned is a command in a sentence or a table.
	mentioned = regexp.MustCompile("`(?:\\./)?(gauger [^`]+)`")
	fence     = regexp.MustCompile("(?sm)^ *```.*?^ *```$")
)

// TestCommandsInTheDocuments: what the documents say to type is taken, what they mention is there, and the reference leaves no
// command out.
func TestCommandsInTheDocuments(t *testing.T) {
	typed, named := 0, 0
	reference := ""
	root := filepath.Join("..", "..")
	must(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := strings.ReplaceAll(string(b), "\\\n", "")
		if strings.HasSuffix(path, "cli.md") {
			reference = text
		}
		for _, block := range append(fence.FindAllString(text, -1), regexp.MustCompile(`(?m)^    .*$`).FindAllString(text, -1)...) {
			for _, m := range shown.FindAllStringSubmatch(block, -1) {
				if strings.Contains(m[1], "    ") {
					continue // in a figure
				}
				typed++
				if err := misunderstood(m[1]); err != nil {
					t.Errorf("%s: %s: %v", path, m[1], err)
				}
			}
		}
		for _, m := range mentioned.FindAllStringSubmatch(text, -1) {
			named++
			if err := unheardOf(m[1]); err != nil {
				t.Errorf("%s: %s: %v", path, m[1], err)
			}
		}
		return nil
	}))
	if typed < 50 || named < 50 {
		t.Errorf("found %d commands to type and %d mentioned: this test has lost its way", typed, named)
	}
	for _, c := range leaves(rootCommand(func() {})) {
		words := strings.TrimPrefix(c.CommandPath(), "gauger ")
		if !strings.Contains(reference, c.CommandPath()) && !strings.Contains(reference, "`"+words) && !strings.Contains(reference, "`"+c.Name()) {
			t.Errorf("the reference of commands does not have %s", c.CommandPath())
		}
	}
}
