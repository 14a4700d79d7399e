package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/configs"
)

// tableFiles are the tables that come with the program, by the names that the cloud's configuration gives them too.
var tableFiles = map[string]string{
	"rules": configs.USMCA, "rates": configs.Rates, "ports": configs.Ports,
	"nafta": configs.NAFTA, "cafta-dr": configs.CAFTADR, "country": configs.Country,
}

// tablesCommand prints the tables that decisions are made on, to be read, or changed and used in place of the program's.
func tablesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "tables rules|nafta|cafta-dr|country|rates|ports", Short: "Print a table that decisions are made on, to read it or to change a copy",
		Long: "Prints a table that comes with the program:\n" +
			"  rules     rules of origin of the USMCA\n" +
			"  nafta     those of the NAFTA, for imports up to 2020-06-30\n" +
			"  cafta-dr  those of the CAFTA-DR\n" +
			"  country   of which country goods are, for duties that go by country\n" +
			"  rates     tariff lines, duties, fees, taxes, entry regimes, deadlines\n" +
			"  ports     ports of entry and their time zones",
		Example: "  gauger tables rules > usmca.yaml\n  gauger tables rates > us.yaml",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || tableFiles[args[0]] == "" {
				return usage(errors.New("want one of rules (those of the USMCA), nafta, cafta-dr, country, rates, ports"))
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
