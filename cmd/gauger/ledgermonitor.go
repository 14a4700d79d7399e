package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/scitt"
	"github.com/gauger/gauger/internal/durable"
	"github.com/gauger/gauger/internal/keystore"
	"github.com/gauger/gauger/ledger/monitor"
)

func ledgerFsckCommand() *cobra.Command {
	var trust string
	var asJSON bool
	c := &cobra.Command{
		Use: "fsck LOG", Short: "Read every entry and tile of a log and hold them against its checkpoint", Args: oneArg("the folder or URL of the log"),
		Example: "  gauger ledger fsck data/ledger --trust trust.txt",
		RunE: func(c *cobra.Command, args []string) error {
			t, l, err := openLog(trust, args[0])
			if err != nil {
				return err
			}
			checkpoint, err := l.Fsck(c.Context(), t)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(c.OutOrStdout()).Encode(logRead{args[0], checkpoint.Origin, checkpoint.Size})
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "log %s: %d entries, all under its checkpoint, and every tile is right\n", checkpoint.Origin, checkpoint.Size)
			return err
		},
	}
	c.Flags().StringVar(&trust, "trust", "", "trust file: whose ledgers count")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// proved is the receipt of an entry, and the entry, in one object. Bytes are in base64.
type proved struct {
	Log         string `json:"log"`
	Index       uint64 `json:"index"`
	Entry       []byte `json:"entry"`
	Receipt     string `json:"receipt,omitempty"`
	COSEReceipt []byte `json:"coseReceipt,omitempty"`
}

// proving is which receipt is made, and what becomes of it.
type proving struct {
	trust, out, entryOut, coseKey string
	asJSON                        bool
}

func ledgerProofCommand() *cobra.Command {
	var p proving
	c := &cobra.Command{
		Use: "proof LOG INDEX", Short: "Make the receipt of an entry from the files of a log",
		Long: "Prints the receipt (c2sp.org/tlog-proof) of the entry at INDEX, from 0, under the newest checkpoint; --entry writes the entry itself.\n" +
			"With --cose-key, the key of the log, the receipt is a COSE receipt (RFC 9942) and the entry a transparent statement (SCITT) that\n" +
			"carries it, for tools that read those. Witnesses sign checkpoints only: a COSE receipt is the log's own word.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usage(errors.New("want two arguments: the folder or URL of the log, and the index of an entry"))
			}
			return nil
		},
		Example: "  gauger ledger proof http://127.0.0.1:8080/log/ 17 --trust trust.txt -o 17.receipt --entry 17.entry",
		RunE: func(c *cobra.Command, args []string) error {
			index, err := strconv.ParseUint(args[1], 10, 63)
			if err != nil {
				return usage(fmt.Errorf("index %q is no plain number", args[1]))
			}
			return p.prove(c.Context(), args[0], index)
		},
	}
	c.Flags().StringVar(&p.trust, "trust", "", "trust file: whose ledgers count")
	outFlag(c, &p.out, "the receipt")
	c.Flags().StringVar(&p.entryOut, "entry", "", "where to write the entry")
	c.Flags().StringVar(&p.coseKey, "cose-key", "", "the log's key: write a COSE receipt, and a transparent statement")
	c.Flags().BoolVar(&p.asJSON, "json", false, "write receipt and entry as one JSON object")
	return c
}

// prove makes the receipt of the entry at an index of the log at a place.
func (p *proving) prove(ctx context.Context, place string, index uint64) error {
	t, l, err := openLog(p.trust, place)
	if err != nil {
		return err
	}
	entry, receipt, err := l.Prove(ctx, t, index)
	if err != nil {
		return err
	}
	o := proved{Log: place, Index: index, Entry: entry, Receipt: string(receipt)}
	if p.coseKey != "" {
		if entry, receipt, err = asCOSE(p.coseKey, entry, receipt, t); err != nil {
			return usage(err)
		}
		o.Entry, o.Receipt, o.COSEReceipt = entry, "", receipt
	}
	if p.entryOut != "" {
		if err := writeOut(p.entryOut, entry); err != nil {
			return err
		}
	}
	if p.asJSON {
		if receipt, err = json.Marshal(o); err != nil {
			return err
		}
		receipt = append(receipt, '\n')
	}
	return writeOut(p.out, receipt)
}

// asCOSE returns the transparent statement and the COSE receipt of an entry.
func asCOSE(keyRef string, entry, receipt []byte, trust proof.Trust) (statement, derived []byte, err error) {
	key, err := keystore.Load(keyRef)
	if err != nil {
		return nil, nil, err
	}
	r, err := proof.ParseReceipt(receipt)
	if err != nil {
		return nil, nil, err
	}
	if derived, err = scitt.Derive(key, r, entry, trust); err != nil {
		return nil, nil, err
	}
	statement, err = scitt.Attach(entry, derived)
	return statement, derived, err
}

// openLog reads the trust file and finds the log.
func openLog(trustFile, place string) (t proof.Trust, l *monitor.Log, err error) {
	if t, err = logTrust(trustFile); err != nil {
		return t, nil, err
	}
	l, err = monitor.At(place)
	return t, l, usage(err)
}

// logTrust reads the trust file that has the keys of logs, without which they cannot be read.
func logTrust(path string) (proof.Trust, error) {
	if path == "" {
		return proof.Trust{}, usage(errors.New("--trust is missing: name the trust file that has the log's key"))
	}
	t, _, err := loadTrust(path)
	return t, err
}

// watching is how a log is followed.
type watching struct {
	trust, state string
	every        time.Duration
	once, asJSON bool
	witnesses    []string
	compared     []string
}

func ledgerMonitorCommand() *cobra.Command {
	var o watching
	c := &cobra.Command{
		Use: "monitor LOG", Short: "Follow a log, and prove it when it tells two stories",
		Long: "Verifies each entry that the log adds, and holds every checkpoint against what it saw before: those of the log, those that witnesses\n" +
			"cosigned (--witness), those that somebody else was shown (--compare). When the log alters its past, shows others another story, or\n" +
			"goes back, it ends with exit code 1. Two stories are proved in a file beside the state, for anyone who knows the log's key:\n" +
			"gauger ledger misbehaviour FILE checks it.",
		Args:    oneArg("the folder or URL of the log"),
		Example: "  gauger ledger monitor http://127.0.0.1:8080/log/ --trust trust.txt --state north-state --witness http://127.0.0.1:8092",
		RunE: func(c *cobra.Command, args []string) error {
			if o.state == "" || o.every < time.Second {
				return usage(errors.New("want --state DIR, and --every of a second or more"))
			}
			return watchLog(c.Context(), c.OutOrStdout(), o, args[0])
		},
	}
	c.Flags().StringVar(&o.trust, "trust", "", "trust file: whose ledgers count, and the quorum of witnesses")
	c.Flags().StringVar(&o.state, "state", "", "folder to keep what was seen: 32 bytes an entry")
	c.Flags().DurationVar(&o.every, "every", time.Minute, "how often to look")
	c.Flags().BoolVar(&o.once, "once", false, "look once and end")
	c.Flags().BoolVar(&o.asJSON, "json", false, "print a JSON object for each look")
	c.Flags().StringArrayVar(&o.witnesses, "witness", nil, "URL of a witness to compare with; may be repeated")
	c.Flags().StringArrayVar(&o.compared, "compare", nil, "file with a checkpoint or receipt that somebody was shown; may be repeated")
	return c
}

// watchLog looks at a log, and again until ctx ends.
func watchLog(ctx context.Context, out io.Writer, o watching, place string) (err error) {
	trust, l, err := openLog(o.trust, place)
	if err != nil {
		return err
	}
	m, err := monitor.Follow(l, trust, durable.OS, o.state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	for {
		err := look(ctx, out, m, o, place)
		var lie *monitor.LieError
		var stale *monitor.StaleError
		switch {
		case errors.As(err, &lie):
			return errors.Join(err, accuse(lie, o.state))
		case errors.As(err, &stale), err != nil && (o.once || errors.Is(err, durable.ErrFatal)):
			return err
		case err != nil:
			o.say(out, looked{Log: place, NotRead: err.Error()})
		}
		if o.once {
			return nil
		}
		select {
		case <-time.After(o.every):
		case <-ctx.Done():
			return nil
		}
	}
}

// looked is what came of one look at a log: how far it was read, or why it was not.
type looked struct {
	At      string `json:"at"` // RFC 3339
	Log     string `json:"log"`
	Origin  string `json:"origin,omitempty"`
	Size    uint64 `json:"size"`
	New     int    `json:"new"`
	NotRead string `json:"notRead,omitempty"`
}

// say prints a look as a line for people, or as one for programs.
func (o watching) say(out io.Writer, l looked) {
	l.At = time.Now().UTC().Format(time.RFC3339)
	switch {
	case o.asJSON:
		_ = json.NewEncoder(out).Encode(l) // a monitor whose reader is gone follows on
	case l.NotRead != "":
		fmt.Fprintf(out, "%s not read: %s\n", l.At, l.NotRead)
	default:
		fmt.Fprintf(out, "%s %s: %d entries, %d new\n", l.At, l.Origin, l.Size, l.New)
	}
}

// look follows the log once and compares with all that can be compared with: one witness that is away, or hostile, hides no other.
func look(ctx context.Context, out io.Writer, m *monitor.Monitor, o watching, place string) error {
	n, err := m.Update(ctx, func(uint64, []byte) error { return nil })
	newest := m.Newest()
	if err == nil {
		o.say(out, looked{Log: place, Origin: newest.Origin, Size: newest.Size, New: n})
	}
	if newest == nil {
		return err
	}
	for _, w := range o.witnesses {
		s, missing := monitor.Shown(ctx, w, newest.Origin)
		if missing == nil {
			missing = seen(m, s)
		}
		if missing != nil {
			err = errors.Join(err, fmt.Errorf("witness %s: %w", w, missing))
		}
	}
	for _, name := range o.compared {
		s, missing := shownIn(name)
		if missing == nil {
			missing = seen(m, s)
		}
		if missing != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", name, missing))
		}
	}
	return err
}

// seen holds a checkpoint that others saw against what was seen here. An older one is nothing strange.
func seen(m *monitor.Monitor, s proof.SignedCheckpoint) error {
	err := m.Compare(s)
	var stale *monitor.StaleError
	if errors.As(err, &stale) {
		return nil
	}
	return err
}

// shownIn reads a checkpoint, or the checkpoint of a receipt.
func shownIn(name string) (s proof.SignedCheckpoint, err error) {
	b, err := readIn(name, 2*proof.MaxNoteBytes)
	if err != nil {
		return s, usage(err)
	}
	if r, err := proof.ParseReceipt(b); err == nil {
		return r.Checkpoint, nil
	}
	if s, err = proof.ParseCheckpoint(b); err != nil {
		err = usage(fmt.Errorf("neither a receipt nor a checkpoint: %w", err))
	}
	return s, err
}

// accuse writes the evidence of a lie beside the state of the monitor.
func accuse(lie *monitor.LieError, state string) error {
	text, err := lie.Format()
	if err != nil {
		return err
	}
	name := filepath.Join(filepath.Clean(state)+"-evidence", fmt.Sprintf("%d-%d-%x.json", lie.Older.Size, lie.Newer.Size, lie.Newer.Root[:8]))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if err := durable.WriteFile(durable.OS, name, text, 0o644); err != nil {
		return err
	}
	return fmt.Errorf("the evidence is in %s: show it to everyone who relies on this log", name)
}

func ledgerMisbehaviourCommand() *cobra.Command {
	var trust string
	c := &cobra.Command{
		Use: "misbehaviour FILE", Short: "Check evidence that a log told two stories", Args: oneArg("the file with the evidence"),
		Example: "  gauger ledger misbehaviour north-state-evidence/300-400-1f0c5bb02a6a7bc1.json --trust trust.txt",
		RunE: func(c *cobra.Command, args []string) error {
			t, err := logTrust(trust)
			if err != nil {
				return err
			}
			b, err := readIn(args[0], proof.MaxMisbehaviourBytes)
			if err != nil {
				return usage(err)
			}
			m, err := proof.ParseMisbehaviour(b)
			if err != nil {
				return usage(fmt.Errorf("%s is no proof that gauger ledger monitor wrote: %w", args[0], err))
			}
			if err := m.Verify(t); err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "PROVED: %v\n", (&monitor.LieError{Misbehaviour: m}).Error())
			return err
		},
	}
	c.Flags().StringVar(&trust, "trust", "", "trust file: whose ledgers count")
	return c
}
