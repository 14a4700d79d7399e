package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/configs"
)

// tableFiles are the tables that come with the program, by the names that the cloud's configuration gives them.
var tableFiles = map[string]string{"rules": configs.USMCA, "rates": configs.Rates, "ports": configs.Ports}

// tablesCommand prints the tables that decisions are made on, to be read, or changed and used in place of the program's.
func tablesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "tables rules|rates|ports", Short: "Print a table that decisions are made on, to read it or to change a copy",
		Example: "  gauger tables rates > us.yaml",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || tableFiles[args[0]] == "" {
				return usage(errors.New("want one of rules, rates, ports"))
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			table, err := configs.Files.ReadFile(tableFiles[args[0]])
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(table)
			return err
		},
	}
}
