package tilelog

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger/monitor"
)

// ForkError refuses to go on with a folder that does not hold what the log signed for: an older copy, or another log's history under
// the same key. To append to it would tell a second story under signatures that others keep.
type ForkError struct {
	Dir  string
	Size uint64 // entries in the folder
	By   string // who remembers more
	Seen uint64 // entries that the log signed or acknowledged
	// Other is set when the folder has that many entries, and others than were signed for.
	Other bool
}

// Error says what is missing, who knows, and what to do.
func (e *ForkError) Error() string {
	what := fmt.Sprintf("it has %d entries, but %s knows of %d: this folder is an older copy", e.Size, e.By, e.Seen)
	if e.Other {
		what = fmt.Sprintf("%s holds a checkpoint of %d entries that this log signed, and the first %d here are others: "+
			"this folder was an older copy and was written to since", e.By, e.Seen, e.Seen)
	}
	return what + "; nothing is appended to it: put the newest copy in its place, or begin a new log with a new name and key, as " +
		"docs/how-to/restore-a-ledger.md says"
}

// keeper names who hands over Options.Seen and Options.AtLeast: the program that opens the log, from its own store.
const keeper = "the store of receipts"

// checkKept holds the folder, of this size, against what was kept of the log outside of it.
func (l *Log) checkKept(ctx context.Context, o Options, size uint64) error {
	if size < o.AtLeast {
		return &ForkError{Dir: o.Dir, Size: size, By: keeper, Seen: o.AtLeast}
	}
	for _, s := range o.Seen {
		if err := l.continues(ctx, s, size, keeper); err != nil {
			return err
		}
	}
	return nil
}

// continues returns a *ForkError if the tree of this size does not continue a checkpoint that the log signed.
func (l *Log) continues(ctx context.Context, s proof.SignedCheckpoint, size uint64, by string) error {
	if s.Size > size {
		// What was signed is durable before: unless something else writes here, this is all there is.
		return &ForkError{Dir: string(l.folder), Size: size, By: by, Seen: s.Size}
	}
	root, err := l.folder.rootFromTiles(ctx, s.Size, size)
	if err != nil {
		return err
	}
	if root != s.Root {
		return &ForkError{Dir: string(l.folder), Size: size, By: by, Seen: s.Size, Other: true}
	}
	return nil
}

// askWitnesses asks each witness for the checkpoint of this log that it cosigned last. One that is away knows nothing now: if it
// knew better, it will not cosign, and is asked again then.
func (l *Log) askWitnesses(ctx context.Context, p proof.Policy, size uint64) error {
	if p.Quorum == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, witnessLimit)
	defer cancel()
	found := make([]error, len(p.Witnesses))
	var all sync.WaitGroup
	for i, w := range p.Witnesses {
		all.Go(func() { found[i] = l.askWitness(ctx, w.URL, size) })
	}
	all.Wait()
	return errors.Join(found...)
}

// askWitness asks one witness, at its URL. Its word alone counts for nothing: the log's own signature does.
func (l *Log) askWitness(ctx context.Context, url string, size uint64) error {
	s, err := monitor.Shown(ctx, url, l.trust.Policy().Origins()[0])
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it has cosigned nothing yet
	}
	if err == nil {
		_, err = s.VerifyLog(l.trust)
	}
	if err != nil {
		slog.Warn("a witness did not say what it cosigned last", "error", err)
		return nil
	}
	return l.continues(ctx, s, size, "the witness at "+url)
}
