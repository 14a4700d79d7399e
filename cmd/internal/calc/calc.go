// Package calc does the calculations of gauger calc: it reads their inputs from flags or, row by row, from CSV, has metrology
// compute, and prints what came of it so that a measurement person can redo it by hand, or as JSON.
package calc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// kind is one kind of calculation, as the command line lists it.
type kind struct {
	use, short, long, example string
	new                       func() calculation
}

// calculation is one run of a kind. Its flags are its inputs; compute adds to a result that holds them already.
type calculation interface {
	bind(f *flags)
	compute(r *Result) error
}

// form is how a result is printed, for people and for programs.
type form interface {
	Print(w io.Writer) error
	JSON(w io.Writer) error
}

// batcher is a calculation that can be done for each row of a CSV file too.
type batcher interface {
	batch() batch
}

// kinds are the calculations, in the order of the help.
var kinds = []kind{
	liquidKind, lpgKind, tankKind, ticketKind, volumeKind, shrinkageKind, gasKind, orificeKind, heatingKind, provingKind, linepackKind, transmixKind, allocateKind, balanceKind, inventoryKind,
	originKind, dutyKind, daysKind, checkDigitKind,
}

// Commands returns a command for each calculation. Usage marks an error as one of usage or input.
func Commands(usage func(error) error) []*cobra.Command {
	var all []*cobra.Command
	for _, k := range kinds {
		all = append(all, k.command(usage))
	}
	return all
}

func (k kind) command(usage func(error) error) *cobra.Command {
	calculation := k.new()
	c := &cobra.Command{Use: k.use, Short: k.short, Long: k.long, Example: k.example}
	c.Flags().SortFlags = false // the order of the field
	f := &flags{c: c}
	calculation.bind(f)
	asJSON := c.Flags().Bool("json", false, "print the result as JSON")
	file := new(string)
	b, batches := calculation.(batcher)
	if batches {
		c.Flags().StringVar(file, "batch", "", "CSV file, or - for standard input: one calculation for each row, answered as CSV")
	}
	c.Args = func(_ *cobra.Command, args []string) error { return usage(f.arguments(args)) }
	c.RunE = func(c *cobra.Command, _ []string) error {
		if batches && c.Flags().Changed("batch") {
			if err := f.fitBatch(); err != nil {
				return usage(err)
			}
			return runBatch(c.Context(), b, *file, c.InOrStdin(), c.OutOrStdout(), usage)
		}
		if err := f.complete(); err != nil {
			return usage(err)
		}
		r := &Result{Name: c.Name(), Title: k.short}
		r.inputs.lines = f.given()
		if err := calculation.compute(r); err != nil {
			return usage(err)
		}
		var out form = r
		if r.form != nil {
			out = r.form
		}
		if *asJSON {
			return out.JSON(c.OutOrStdout())
		}
		return out.Print(c.OutOrStdout())
	}
	return c
}

// errInterrupted says why a batch ended before its rows did.
var errInterrupted = errors.New("interrupted: the rows that follow are not answered")

// runBatch opens the file and answers its rows. What is wrong with the input is an error of usage; a result that cannot be
// written is none. Reading may wait for ever, on a terminal, so it happens beside: an interrupt does not wait for it.
func runBatch(ctx context.Context, b batcher, path string, stdin io.Reader, out io.Writer, usage func(error) error) error {
	in, name := stdin, "standard input"
	if path != "-" {
		name = path
		f, err := os.Open(path)
		if err != nil {
			return usage(err)
		}
		defer f.Close() // only read
		in = f
	}
	w, done := &watched{Writer: out}, make(chan error, 1)
	go func() { done <- b.batch().run(in, w) }()
	select {
	case <-ctx.Done():
		return errInterrupted
	case err := <-done:
		if w.err != nil {
			return fmt.Errorf("answers: %w", w.err)
		} else if err != nil {
			return usage(fmt.Errorf("%s: %w", name, err))
		}
		return nil
	}
}

// watched remembers that writing failed, to tell it from reading that failed.
type watched struct {
	io.Writer
	err error
}

func (w *watched) Write(b []byte) (int, error) {
	n, err := w.Writer.Write(b)
	if w.err == nil {
		w.err = err
	}
	return n, err
}
