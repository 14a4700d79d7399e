package main

import (
	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cmd/internal/calc"
)

// calcCommand holds a command for each calculation.
func calcCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "calc", Short: "Calculate what measurement people calculate, step by step",
		Long: "Each calculation prints its inputs as understood, every intermediate figure, the result, its method with the edition, and the\n" +
			"rounding. Units are written with the numbers: 84.3F, 62psig, 38.4API, 926.5kg/m3, 10014.70bbl, 0.35%.",
	}
	c.AddCommand(calc.Commands(usage)...)
	return c
}
