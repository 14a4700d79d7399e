package witness

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/durable"
)

// ForgottenError reports a witness that has cosigned what it does not remember: its directory is an older copy, or somebody else has its
// keys. If it went on, it could be led to sign a second history.
type ForgottenError struct {
	Origin           string
	Remembers, Knows uint64 // sizes: what it remembers, and what its own signature stands on
}

// Error says what to do.
func (e *ForgottenError) Error() string {
	return fmt.Sprintf("log %q: the witness remembers %d entries, and its own signature stands on a checkpoint of %d that it does not know: "+
		"its folder is an older copy, or somebody else has its keys. Put the newest copy of the folder in its place, or draw new keys and begin "+
		"with an empty folder, as docs/how-to/witness-each-other.md says", e.Origin, e.Remembers, e.Knows)
}

// Remembers returns a *FatalError if the witness cosigned this checkpoint and does not remember it. Its own signature is all that counts;
// wherever the checkpoint comes from, nobody else can make it forget. After that it signs no more, nor when it is opened again.
func (w *Witness) Remembers(s proof.SignedCheckpoint) error {
	l := w.logs[s.Origin]
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return w.remembers(l, s)
}

// remembers is Remembers for a log. The caller holds its mu.
func (w *Witness) remembers(l *log, s proof.SignedCheckpoint) error {
	last := l.newest(s.Origin)
	if s.Size < last.Size || s.Checkpoint == last {
		return nil
	}
	if _, err := w.cosigned(s); err != nil {
		return nil // not by this witness: any newer checkpoint of the log
	}
	err := durable.WriteFile(w.o.FS, w.path(s.Origin, ".forgotten"), s.Format(), 0o644)
	return w.stop(errors.Join(&ForgottenError{s.Origin, last.Size, s.Size}, err))
}

// hasForgotten returns the *ForgottenError of an earlier run, unless the newest copy was put in its place since.
func (w *Witness) hasForgotten(l *log, origin string) error {
	path := w.path(origin, ".forgotten")
	text, err := durable.ReadFile(w.o.FS, path, proof.MaxNoteBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	s, err := proof.ParseCheckpoint(text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	last := l.newest(origin)
	if s.Size < last.Size || s.Checkpoint == last {
		return nil
	}
	return fmt.Errorf("%s: %w", path, &ForgottenError{origin, last.Size, s.Size})
}
