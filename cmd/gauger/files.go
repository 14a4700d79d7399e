package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/evidence/proof"
)

// outFlag adds -o, where a command writes what it makes.
func outFlag(c *cobra.Command, out *string, what string) {
	c.Flags().StringVarP(out, "out", "o", "-", "where to write "+what)
}

// writeOut writes to a file, or to standard output for "-".
func writeOut(path string, data []byte) error {
	if path == "-" {
		if info, err := os.Stdout.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 && !utf8.Valid(data) {
			return usage(errors.New("what comes out is no text, and standard output is a terminal: name a file with -o"))
		}
		_, err := os.Stdout.Write(data)
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// openIn opens a file, or standard input for "-", and says by which name people know it.
func openIn(path string) (r io.ReadCloser, name string, err error) {
	if path == "-" {
		return io.NopCloser(os.Stdin), "standard input", nil
	}
	f, err := os.Open(path)
	return f, path, err
}

// readIn reads a file, or standard input for "-", up to a limit in bytes.
func readIn(path string, limit int64) ([]byte, error) {
	r, name, err := openIn(path)
	if err != nil {
		return nil, err
	}
	defer r.Close() // only read
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s has more than %d bytes", name, limit)
	}
	return data, err
}

// someFiles wants the names of files, one at least.
func someFiles(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usage(errors.New("name the files to read, or - for standard input"))
	}
	return nil
}

// loadTrust reads a trust file. What is wrong with it is an error of usage.
func loadTrust(path string) (proof.Trust, []byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return proof.Trust{}, nil, usage(fmt.Errorf("read trust file: %w", err))
	}
	t, err := proof.ParseTrust(b)
	if err != nil {
		return t, nil, usage(fmt.Errorf("%s: %w", path, err))
	}
	return t, b, nil
}
