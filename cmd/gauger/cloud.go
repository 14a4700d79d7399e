package main

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"filippo.io/mldsa"
	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/api"
	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/ingest"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/wire"
	"github.com/gauger/gauger/internal/broker"
	"github.com/gauger/gauger/internal/clock"
	"github.com/gauger/gauger/internal/conf"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/keystore"
	"github.com/gauger/gauger/internal/mqttlink"
	"github.com/gauger/gauger/ledger/tilelog"
)

// cloudConfig is the cloud's configuration file. Paths are relative to the file.
type cloudConfig struct {
	Data    string        `yaml:"data"`          // directory of store and ledger
	Listen  string        `yaml:"listen"`        // address of the API
	Key     string        `yaml:"key"`           // signs replies
	LogKey  string        `yaml:"log_key"`       // signs the ledger's checkpoints, Ed25519
	NextLog string        `yaml:"next_log_key"`  // signs them too, Ed25519: the log_key to be; empty for none
	Quantum string        `yaml:"log_mldsa_key"` // signs them too, ML-DSA-44; empty for none
	LogName string        `yaml:"log_name"`      // origin of the ledger
	Trust   string        `yaml:"trust"`         // trust file
	Broker  brokerSection `yaml:"broker"`
	Tables  tablesSection `yaml:"tables"`

	MaxStorePages int `yaml:"max_store_pages"` // limit of the store in pages of 4096 bytes; 0: none
}

// brokerSection names the broker to use: our own, or another.
type brokerSection struct {
	Listen string `yaml:"listen"` // address of the embedded broker
	URL    string `yaml:"url"`    // or another broker's, "tcp://host:1883"
}

// tablesSection names tables to decide on in place of those that come with the program, each by the name that the tables command gives
// it.
type tablesSection struct {
	Rules   string `yaml:"rules"`    // rules of origin of the USMCA
	NAFTA   string `yaml:"nafta"`    // of the NAFTA
	CAFTADR string `yaml:"cafta-dr"` // of the CAFTA-DR
	Country string `yaml:"country"`  // of which country goods are
	Rates   string `yaml:"rates"`    // tariff lines, duties, fees
	Ports   string `yaml:"ports"`    // ports of entry
}

// paths returns the places of all names of files.
func (c *tablesSection) paths() []*string {
	return []*string{&c.Rules, &c.NAFTA, &c.CAFTADR, &c.Country, &c.Rates, &c.Ports}
}

// load returns the tables to decide on. A table that cannot be read is an error that names its file.
func (c *tablesSection) load() (audit.Tables, error) {
	t, err := api.Tables()
	if err != nil {
		return t, err
	}
	for _, own := range []struct {
		path string
		into *[]byte
	}{{c.Country, &t.Country}, {c.Rates, &t.Rates}, {c.Ports, &t.Ports}} {
		if own.path == "" {
			continue
		}
		if *own.into, err = readIn(own.path, dated.MaxTable); err != nil {
			return t, fmt.Errorf("tables: %w", err)
		}
	}
	for _, own := range []struct{ name, path, agreement string }{
		{"rules", c.Rules, audit.Agreement}, {"nafta", c.NAFTA, "NAFTA"}, {"cafta-dr", c.CAFTADR, "CAFTA-DR"},
	} {
		if err := agreement(&t, own.name, own.path, own.agreement); err != nil {
			return t, err
		}
	}
	if _, err := origin.ParseCountryRules(t.Country); err != nil {
		return t, fmt.Errorf("tables: country %s: %w", cmp.Or(c.Country, "of the program"), err)
	}
	if _, err := customs.ParseTables(t.Rates, t.Ports); err != nil {
		return t, fmt.Errorf("tables: rates %s, ports %s: %w", cmp.Or(c.Rates, "of the program"), cmp.Or(c.Ports, "of the program"), err)
	}
	return t, nil
}

// agreement puts the rules of origin in a file in the place of the program's, unless none is named. They are those of the agreement that
// the name is for.
func agreement(t *audit.Tables, name, path, of string) error {
	if path == "" {
		return nil
	}
	file, err := readIn(path, dated.MaxTable)
	if err != nil {
		return fmt.Errorf("tables: %w", err)
	}
	rules, err := origin.ParseRules(file)
	if err == nil && rules.Agreement != of {
		err = fmt.Errorf("it has the rules of %s: name it as such, and here those of %s", rules.Agreement, of)
	}
	if err != nil {
		return fmt.Errorf("tables: %s %s: %w", name, path, err)
	}
	if of == audit.Agreement {
		t.Rules = file
	} else {
		t.Others[of] = file
	}
	return nil
}

// Validate names the first thing that is missing.
func (c *cloudConfig) Validate() error {
	for _, s := range []struct{ name, value string }{
		{"data", c.Data}, {"listen", c.Listen}, {"key", c.Key}, {"log_key", c.LogKey}, {"log_name", c.LogName}, {"trust", c.Trust},
	} {
		if s.value == "" {
			return fmt.Errorf("%s is missing", s.name)
		}
	}
	if (c.Broker.Listen == "") == (c.Broker.URL == "") {
		return errors.New("broker needs listen (the embedded one) or url (another), and only one")
	}
	return nil
}

func loadCloudConfig(path string) (*cloudConfig, error) {
	c := &cloudConfig{}
	if err := conf.Load(path, c); err != nil {
		return nil, err
	}
	conf.Relative(path, append(c.Tables.paths(), &c.Data, &c.Trust)...)
	keystore.Relative(path, &c.Key, &c.LogKey, &c.NextLog, &c.Quantum)
	return c, nil
}

func cloudCommand() *cobra.Command {
	var config string
	c := &cobra.Command{
		Use: "cloud", Short: "Run the cloud: take records in, keep the ledger, answer the API", Args: noArgs,
		Example: "  gauger cloud --config cloud.yaml",
		RunE:    func(c *cobra.Command, _ []string) error { return runCloud(c.Context(), config) },
	}
	c.PersistentFlags().StringVar(&config, "config", "cloud.yaml", "configuration file")
	c.AddCommand(&cobra.Command{
		Use: "fsck", Short: "Verify everything the cloud has stored, as if it came from strangers", Args: noArgs,
		Example: "  gauger cloud fsck --config cloud.yaml",
		RunE:    func(c *cobra.Command, _ []string) error { return fsck(c.Context(), config, c.OutOrStdout()) },
	})
	return c
}

// cloud is everything that runs in the cloud's process.
type cloud struct {
	config *cloudConfig
	store  *store.Store
	ledger *tilelog.Log
	server *api.Server
}

func openCloud(ctx context.Context, path string, mend bool) (*cloud, error) {
	config, err := loadCloudConfig(path)
	if err != nil {
		return nil, usage(err)
	}
	trust, raw, err := loadTrust(config.Trust)
	if err != nil {
		return nil, err
	}
	tables, err := config.Tables.load()
	if err != nil {
		return nil, usage(err)
	}
	log, err := config.log(trust)
	if err != nil {
		return nil, usage(fmt.Errorf("%s: %w", path, err))
	}
	if err := os.MkdirAll(config.Data, 0o755); err != nil {
		return nil, usage(err)
	}
	c := &cloud{config: config}
	if c.store, err = store.Open(ctx, config.Data, store.Options{MaxPages: config.MaxStorePages}); err != nil {
		return nil, err
	}
	if c.ledger, err = openLedger(ctx, log, c.store, mend); err != nil {
		return nil, errors.Join(err, c.store.Close())
	}
	c.server = &api.Server{Store: c.store, Ledger: c.ledger, Trust: trust, Bytes: raw, Log: c.ledger.Handler(), Tables: tables, Clock: clock.Real()}
	if program, err := ownHash(); err == nil {
		c.server.Cache = store.NewCache(durable.OS, config.Data, program)
	} else {
		slog.Warn("trails are not kept for the next start", "error", err)
	}
	return c, nil
}

// openLedger opens the ledger. If it is an older copy than the receipts in the store, it is made whole again from the store, where mend
// asks for that and it can be; or refused.
func openLedger(ctx context.Context, o tilelog.Options, s *store.Store, mend bool) (*tilelog.Log, error) {
	newest, atLeast, err := s.Ledger(ctx)
	if err != nil {
		return nil, err
	}
	o.AtLeast = atLeast
	if mend {
		o.Missing = s.LedgerEntries
	}
	if newest != nil {
		r, err := proof.ParseReceipt(newest)
		if err != nil {
			return nil, fmt.Errorf("the newest receipt in the store: %w", err)
		}
		o.Seen = append(o.Seen, r.Checkpoint)
	}
	return tilelog.Open(ctx, o)
}

// log returns the keys of the ledger, and the witnesses that the trust file's quorum asks for.
func (c *cloudConfig) log(trust proof.Trust) (o tilelog.Options, err error) {
	key, err := keystore.Load(c.LogKey)
	if err != nil {
		return o, err
	}
	if _, ok := key.Public().(ed25519.PublicKey); !ok {
		return o, fmt.Errorf("log key %s must be Ed25519", c.LogKey)
	}
	if _, err := verifierKey(c.LogName, key, false); err != nil {
		return o, fmt.Errorf("log_name: %w", err)
	}
	o = tilelog.Options{Dir: filepath.Join(c.Data, "ledger"), Policy: trust.Policy()}
	if o.Signer, o.VKey, err = tilelog.NewSigner(c.LogName, key); err != nil {
		return o, err
	}
	if c.NextLog != "" {
		if key, err = keystore.Load(c.NextLog); err != nil {
			return o, err
		}
		next, _, err := tilelog.NewSigner(c.LogName, key)
		if err != nil {
			return o, fmt.Errorf("next_log_key %s: %w", c.NextLog, err)
		}
		o.Also = append(o.Also, next)
	}
	if c.Quantum == "" {
		return o, nil
	}
	if key, err = keystore.Load(c.Quantum); err != nil {
		return o, err
	}
	if _, ok := key.(*mldsa.PrivateKey); !ok {
		return o, fmt.Errorf("log_mldsa_key %s is no ML-DSA-44 key: gauger key new --kind mldsa44 makes one", c.Quantum)
	}
	second, err := proof.NewCosigner(c.LogName, key)
	o.Also = append(o.Also, second)
	return o, err
}

func (c *cloud) close() error { return errors.Join(c.store.Close(), c.ledger.Close()) }

func runCloud(ctx context.Context, path string) (err error) {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	c, err := openCloud(context.WithoutCancel(ctx), path, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	link, closeLink, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer closeLink()
	if err := c.ingest(ctx, link, fail); err != nil {
		return err
	}
	if err := c.listen(ctx, fail); err != nil {
		return err
	}
	var keeping sync.WaitGroup
	keeping.Go(func() { c.server.Keep(ctx, c.server.Clock) })
	<-ctx.Done()
	c.server.Ingest.Wait()
	keeping.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// connect starts the embedded broker if there is one, and links to the broker.
func (c *cloud) connect(ctx context.Context) (*mqttlink.Link, func(), error) {
	url, closeBroker := c.config.Broker.URL, func() {}
	if address := c.config.Broker.Listen; address != "" {
		b, err := broker.Start(broker.Options{Addr: address})
		if err != nil {
			return nil, nil, usage(err)
		}
		url = "tcp://" + b.Addr()
		closeBroker = func() {
			if err := b.Close(); err != nil {
				slog.Warn("broker", "error", err)
			}
		}
	}
	link, err := mqttlink.Dial(ctx, mqttlink.Options{Broker: url, ClientID: "cloud"})
	if err != nil {
		closeBroker()
		return nil, nil, usage(err)
	}
	return link, func() { link.Close(); closeBroker() }, nil
}

// ingest finishes what a crash left and then takes batches in.
func (c *cloud) ingest(ctx context.Context, link *mqttlink.Link, fail context.CancelCauseFunc) error {
	key, err := keystore.Load(c.config.Key)
	if err != nil {
		return usage(err)
	}
	in := ingest.New(c.store, c.ledger, key, link, &registry.Directory{}, fail)
	c.server.Ingest = in
	all, err := c.store.Registries(ctx)
	if err != nil {
		return err
	}
	registries, err := registry.OpenAll(all, c.server.Trust.Organisation)
	for _, r := range registries {
		if err == nil {
			err = in.AddRegistry(r.Registry)
		}
	}
	if err != nil {
		return fmt.Errorf("stored registry: %w", err)
	}
	if err := in.Resume(ctx); err != nil {
		return err
	}
	return link.Subscribe(wire.BatchFilter, func(topic string, payload []byte) { in.Handle(ctx, topic, payload) })
}

func (c *cloud) listen(ctx context.Context, fail context.CancelCauseFunc) error {
	at, err := serve(ctx, c.config.Listen, newServer(c.server.Handler(), time.Minute), fail)
	if err != nil {
		return err
	}
	slog.Info("cloud runs", "api", "http://"+at.String(), "data", c.config.Data)
	return nil
}

// fsck verifies store and ledger and lists what is wrong.
func fsck(ctx context.Context, path string, out io.Writer) (err error) {
	c, err := openCloud(ctx, path, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	findings, err := c.store.Fsck(ctx, c.server.Trust, c.ledger.Entry)
	if err != nil {
		return err
	}
	if err := c.server.CheckCache(ctx); err != nil {
		findings = append(findings, store.Finding{Where: "books", What: err.Error()})
	}
	for _, f := range findings {
		fmt.Fprintln(out, f)
	}
	if err := c.ledger.Verify(ctx); err != nil {
		fmt.Fprintln(out, "ledger:", err)
		return errors.New("the ledger is damaged: docs/how-to/restore-a-ledger.md says how to make it whole")
	}
	if len(findings) > 0 {
		return fmt.Errorf("%d findings: what they name is not what was verified; restore it from a copy", len(findings))
	}
	_, err = fmt.Fprintln(out, "store and ledger are as they were verified")
	return err
}
