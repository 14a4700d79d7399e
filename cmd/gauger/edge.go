package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/edge"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/internal/clock"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/keystore"
	"github.com/gauger/gauger/internal/mqttlink"
)

// clockFlags choose the clock: the system's, or a simulated one that another process hands out.
type clockFlags struct{ socket, name string }

func (f *clockFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.socket, "clock", "", "unix socket of a simulated clock; without it the system's clock counts")
	c.Flags().StringVar(&f.name, "name", "", "name under which this process takes part in simulated time")
}

func (f *clockFlags) open() (clock.Clock, error) {
	if f.socket == "" {
		return clock.Real(), nil
	}
	return clock.Dial(f.socket, f.name)
}

func edgeCommand() *cobra.Command {
	var config string
	var flush time.Duration
	var patient bool
	var ticking clockFlags
	c := &cobra.Command{
		Use:   "edge",
		Short: "Run the gateway of a site: read meters, sign records, send them",
		Args:  noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return runEdge(c.Context(), config, flush, patient, ticking)
		},
	}
	c.AddCommand(cutCommand())
	c.Flags().StringVar(&config, "config", "edge.yaml", "configuration file")
	c.Flags().DurationVar(&flush, "flush", 30*time.Second, "at the end, how long to wait for receipts")
	c.Flags().BoolVar(&patient, "patient", false, "wait for devices as long as it takes (for simulated time, which waits too)")
	ticking.add(c)
	return c
}

func runEdge(ctx context.Context, path string, flush time.Duration, patient bool, ticking clockFlags) (err error) {
	c, digest, err := edge.LoadConfig(path)
	if err != nil {
		return usage(err)
	}
	o := edge.Options{Config: c, Digest: digest, FS: durable.OS, Flush: flush, Patient: patient}
	if o.Key, err = keystore.Load(c.Key); err != nil {
		return usage(err)
	}
	for _, key := range strings.Fields(c.CloudKey) {
		public, err := parsePublicKey(key)
		if err != nil {
			return usage(fmt.Errorf("%s: cloud_key: %w", path, err))
		}
		o.CloudKeys = append(o.CloudKeys, public)
	}
	if o.Trust, _, err = loadTrust(c.Trust); err != nil {
		return usage(err)
	}
	if o.Binary, err = ownHash(); err != nil {
		return err
	}
	if o.Clock, err = ticking.open(); err != nil {
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
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, agent.Close()) }()
	if c.Metrics != "" {
		if err := serveMetrics(ctx, c.Metrics, agent.Metrics()); err != nil {
			return usage(err)
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
		RunE: func(c *cobra.Command, _ []string) error {
			conn, err := net.DialTimeout("unix", socket, 5*time.Second)
			if err != nil {
				return usage(fmt.Errorf("the gateway does not answer, is it running, and is control set in its configuration? %w", err))
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

func serveMetrics(ctx context.Context, address string, page http.Handler) error {
	l, err := listenTCP(address, maxConnections)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	server := newServer(page, time.Minute)
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			slog.Error("metrics page ended", "error", err)
		}
	}()
	return nil
}

// ownHash returns the SHA-256 of the running program, which statements name.
func ownHash() (record.Hash, error) {
	path, err := os.Executable()
	if err != nil {
		return record.Hash{}, fmt.Errorf("find the running program: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return record.Hash{}, fmt.Errorf("read the running program: %w", err)
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	return record.Hash(h.Sum(nil)), errors.Join(err, f.Close())
}

// parsePublicKey reads a COSE_Key in hex.
func parsePublicKey(s string) (cose.Key, error) {
	b, err := hex.DecodeString(strings.TrimSpace(s))
	if err != nil {
		return cose.Key{}, fmt.Errorf("want the key in hex, as `gauger key show` prints it: %w", err)
	}
	return cose.ParseKey(b)
}

// loadTrust reads a trust file.
func loadTrust(path string) (proof.Trust, []byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return proof.Trust{}, nil, fmt.Errorf("read trust file: %w", err)
	}
	t, err := proof.ParseTrust(b)
	if err != nil {
		return t, nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, b, nil
}
