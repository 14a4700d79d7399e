package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/edge"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/internal/clock"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/keystore"
	"github.com/gauger/gauger/internal/mqttlink"
)

// edgeRun is how a gateway is run.
type edgeRun struct {
	config string
	flush  time.Duration

	// Of a world in simulated time, which another process hands out and which waits while devices start.
	clock, name string
	patient     bool
}

func (r edgeRun) openClock() (clock.Clock, error) {
	if r.clock == "" {
		return clock.Real(), nil
	}
	return clock.Dial(r.clock, r.name)
}

func edgeCommand() *cobra.Command {
	var r edgeRun
	c := &cobra.Command{
		Use: "edge", Short: "Run the gateway of a site: read meters, sign records, send them", Args: noArgs,
		Example: "  gauger edge --config edge.yaml",
		RunE:    func(c *cobra.Command, _ []string) error { return r.run(c.Context()) },
	}
	c.AddCommand(cutCommand())
	c.Flags().StringVar(&r.config, "config", "edge.yaml", "configuration file")
	c.Flags().DurationVar(&r.flush, "flush", 30*time.Second, "at the end, how long to wait for receipts")
	c.Flags().StringVar(&r.clock, "clock", "", "unix socket of a simulated clock; without it the system's clock counts")
	c.Flags().StringVar(&r.name, "name", "", "name under which this process takes part in simulated time")
	c.Flags().BoolVar(&r.patient, "patient", false, "wait for devices as long as it takes")
	hide(c.Flags(), "clock", "name", "patient")
	return c
}

func (r edgeRun) run(ctx context.Context) (err error) {
	c, digest, err := edge.LoadConfig(r.config)
	if err != nil {
		return usage(err)
	}
	o := edge.Options{Config: c, Digest: digest, FS: durable.OS, Flush: r.flush, Patient: r.patient}
	if o.Key, err = keystore.Load(c.Key); err != nil {
		return usage(err)
	}
	for _, key := range strings.Fields(c.CloudKey) {
		public, err := parsePublicKey(key)
		if err != nil {
			return usage(fmt.Errorf("%s: cloud_key: %w", r.config, err))
		}
		o.CloudKeys = append(o.CloudKeys, public)
	}
	if o.Trust, _, err = loadTrust(c.Trust); err != nil {
		return err
	}
	if o.Binary, err = ownHash(); err != nil {
		return err
	}
	if o.Clock, err = r.openClock(); err != nil {
		return err
	}
	device, err := cose.NewKey(o.Key.Public())
	if err != nil {
		return usage(err)
	}
	link, err := mqttlink.Dial(ctx, mqttlink.Options{Broker: c.Broker, ClientID: "edge-" + device.Kid().String()[:16]})
	if err != nil {
		return usage(err)
	}
	defer link.Close()
	o.Link = link
	agent, err := edge.Open(o)
	var settings *edge.SettingsError
	if errors.As(err, &settings) {
		return usage(fmt.Errorf("%s: %w", r.config, err))
	} else if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, agent.Close()) }()
	if c.Metrics != "" {
		failed := func(err error) { slog.Error("metrics page ended", "error", err) }
		if _, err := serve(ctx, c.Metrics, newServer(agent.Metrics(), time.Minute), failed); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
	}
	if c.Control != "" {
		if err := serveControl(ctx, c.Control, agent); err != nil {
			return usage(err)
		}
	}
	slog.Info("edge runs", "device", device.Kid().String(), "points", len(c.Points), "clock", o.Clock.Source())
	return agent.Run(ctx)
}

// serveControl listens for cuts on a socket that only the gateway's own user can open.
func serveControl(ctx context.Context, path string, agent *edge.Agent) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("control socket left by an earlier run: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(err, l.Close())
	}
	go func() {
		if err := agent.Control(ctx, l); err != nil {
			slog.Error("control socket ended", "error", err)
		}
	}()
	return nil
}

// cutCommand ends a running interval, because a ticket opens or closes.
func cutCommand() *cobra.Command {
	var socket string
	var cut edge.Cut
	c := &cobra.Command{
		Use: "cut", Short: "End the running interval of a point now, because a ticket opens or closes", Args: noArgs,
		Example: "  gauger edge cut --socket edge.sock --point LACT-1 --ticket T-1 --who \"gauger on duty\"",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := needed(c, "point", "ticket", "who"); err != nil {
				return err
			}
			conn, err := net.DialTimeout("unix", socket, 5*time.Second)
			if err != nil {
				return fmt.Errorf("the gateway does not answer: %w; is it running, and is control in its configuration the --socket given here?", err)
			}
			defer conn.Close()
			if err := json.NewEncoder(conn).Encode(cut); err != nil {
				return err
			}
			var reply edge.CutReply
			if err := json.NewDecoder(conn).Decode(&reply); err != nil {
				return fmt.Errorf("answer of the gateway: %w", err)
			}
			if reply.Error != "" {
				return errors.New(reply.Error)
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), reply.At)
			return err
		},
	}
	c.Flags().StringVar(&socket, "socket", "edge.sock", "control socket of the gateway")
	c.Flags().StringVar(&cut.Point, "point", "", "measuring point")
	c.Flags().StringVar(&cut.Ticket, "ticket", "", "number of the ticket")
	c.Flags().StringVar(&cut.Who, "who", "", "who asks")
	return c
}
