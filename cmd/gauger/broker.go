package main

import (
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/internal/broker"
)

func brokerCommand() *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use: "broker", Short: "Run an MQTT 3.1.1 broker of its own", Args: noArgs,
		Example: "  gauger broker --listen 127.0.0.1:1883",
		RunE: func(c *cobra.Command, _ []string) error {
			b, err := broker.Start(broker.Options{Addr: listen})
			if err != nil {
				return usage(err)
			}
			slog.Info("broker runs", "address", b.Addr())
			<-c.Context().Done()
			return b.Close()
		},
	}
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:1883", "address to listen on")
	return c
}
