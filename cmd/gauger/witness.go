package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/conf"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/keystore"
	"github.com/gauger/gauger/ledger/monitor"
	"github.com/gauger/gauger/ledger/witness"
)

// witnessConfig is the witness's configuration file. Paths are relative to the file.
type witnessConfig struct {
	Data      string   `yaml:"data"`   // directory of its own
	Listen    string   `yaml:"listen"` // address
	Name      string   `yaml:"name"`   // in the trust files of others
	Keys      []string `yaml:"keys"`   // Ed25519, ML-DSA-44, or both
	Trust     string   `yaml:"trust"`  // trust file; its log lines are the logs that are witnessed
	PerSecond float64  `yaml:"per_second"`
	Burst     int      `yaml:"burst"`
}

// Validate names the first thing that is missing.
func (c *witnessConfig) Validate() error {
	for _, s := range []struct{ name, value string }{{"data", c.Data}, {"listen", c.Listen}, {"name", c.Name}, {"trust", c.Trust}} {
		if s.value == "" {
			return fmt.Errorf("%s is missing", s.name)
		}
	}
	if len(c.Keys) == 0 || len(c.Keys) > 2 {
		return errors.New("keys has one or two key files")
	}
	if c.PerSecond < 0 || c.Burst < 0 || (c.PerSecond == 0) != (c.Burst == 0) {
		return errors.New("per_second and burst go together and are positive")
	}
	return nil
}

func witnessCommand() *cobra.Command {
	var config string
	var seen []string
	c := &cobra.Command{
		Use: "witness", Short: "Cosign the checkpoints of others' ledgers, each only if it continues the one before",
		Long: "A witness of c2sp.org/tlog-witness. Whoever is shown a checkpoint that enough witnesses have cosigned can't be shown another history\n" +
			"than everybody else. It needs no account and no data of the ledgers: a few hundred bytes for each.\n" +
			"When it starts, it looks for its own signature on checkpoints that it does not remember: at the URLs of log lines in its trust file,\n" +
			"and in the files of --seen, checkpoints or receipts. If there is one, its folder is an older copy, and it does not start.",
		Args:    noArgs,
		Example: "  gauger witness --config witness.yaml",
		RunE:    func(c *cobra.Command, _ []string) error { return runWitness(c.Context(), config, seen) },
	}
	c.Flags().StringVar(&config, "config", "witness.yaml", "configuration file")
	c.Flags().StringArrayVar(&seen, "seen", nil, "file with a checkpoint or receipt that it may have cosigned; may be repeated")
	return c
}

func runWitness(ctx context.Context, path string, seen []string) (err error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var config witnessConfig
	w, logs, err := openWitness(path, &config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := remind(ctx, w, logs, seen); err != nil {
		return err
	}
	l, err := listenTCP(config.Listen, maxConnections)
	if err != nil {
		return err
	}
	server := newServer(w.Handler(func(err error) { fail(err) }), 10*time.Second)
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			fail(err)
		}
	}()
	slog.Info("witness runs", "address", "http://"+l.Addr().String(), "data", config.Data)
	<-ctx.Done()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err = server.Shutdown(ending)
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// remind shows the witness what it may have cosigned: what the logs that have a URL publish, and checkpoints and receipts in files.
func remind(ctx context.Context, w *witness.Witness, logs []proof.Named, files []string) error {
	for _, name := range files {
		s, err := shownIn(name)
		if err != nil {
			return usage(fmt.Errorf("%s: %w", name, err))
		}
		if err := w.Remembers(s); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	asked := map[string]bool{"": true} // a log with two keys has two lines
	for _, log := range logs {
		if asked[log.URL] {
			continue
		}
		asked[log.URL] = true
		s, err := published(ctx, log.URL)
		if err != nil {
			slog.Warn("a log did not show its newest checkpoint: whether this witness has cosigned more than it remembers is not known", "error", err)
			continue
		}
		if err := w.Remembers(s); err != nil {
			return fmt.Errorf("%s: %w", log.URL, err)
		}
	}
	return nil
}

// published returns the newest checkpoint of the log at a URL.
func published(ctx context.Context, url string) (s proof.SignedCheckpoint, err error) {
	l, err := monitor.At(url)
	if err != nil {
		return s, err
	}
	return l.Shown(ctx)
}

// openWitness reads the configuration and opens the witness of the logs.
func openWitness(path string, config *witnessConfig) (*witness.Witness, []proof.Named, error) {
	if err := conf.Load(path, config); err != nil {
		return nil, nil, usage(err)
	}
	conf.Relative(path, &config.Data, &config.Trust)
	for i := range config.Keys {
		keystore.Relative(path, &config.Keys[i])
	}
	trust, _, err := loadTrust(config.Trust)
	if err != nil {
		return nil, nil, err
	}
	if len(trust.Policy().Logs) == 0 {
		return nil, nil, usage(fmt.Errorf("trust file %s has no log line: there is nothing to witness", config.Trust))
	}
	o := witness.Options{
		FS: durable.OS, Dir: config.Data, Logs: trust, Now: time.Now, PerSecond: config.PerSecond, Burst: config.Burst,
	}
	for _, file := range config.Keys {
		key, err := keystore.Load(file)
		if err != nil {
			return nil, nil, usage(err)
		}
		c, err := proof.NewCosigner(config.Name, key)
		if err != nil {
			return nil, nil, usage(fmt.Errorf("%s: %s: %w", path, file, err))
		}
		o.Cosigners = append(o.Cosigners, c)
	}
	if err := os.MkdirAll(config.Data, 0o755); err != nil {
		return nil, nil, usage(err)
	}
	w, err := witness.Open(o)
	return w, trust.Policy().Logs, err
}
