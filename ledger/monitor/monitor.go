// Package monitor reads a log from outside, as anyone can who knows its key: all its entries, held against a checkpoint that the
// log signed. The log is its static files (C2SP tlog-tiles), in a folder or below a URL, whoever serves them.
package monitor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger"
)

const (
	// fetchLimit bounds one request.
	fetchLimit = 30 * time.Second
	// maxResource bounds one file of a log: an entry bundle of 256 entries, each with its length.
	maxResource = 256 * (2 + ledger.MaxEntryBytes)
	// maxRedirects bounds how often a server sends a reader on.
	maxRedirects = 3
	// workers is how many entry bundles are fetched at once.
	workers = 4
)

// Log is a log to be read. It may be read by any number of goroutines at once.
type Log struct {
	place string
	files files
}

// files are the static files of a log.
type files interface {
	ReadCheckpoint(ctx context.Context) ([]byte, error)
	ReadTile(ctx context.Context, level, index uint64, partial uint8) ([]byte, error)
	ReadEntryBundle(ctx context.Context, index uint64, partial uint8) ([]byte, error)
}

// At returns the log in a folder, or below an http or https URL. Nothing is read yet.
func At(place string) (*Log, error) {
	if !strings.Contains(place, "://") {
		if info, err := os.Stat(place); err != nil || !info.IsDir() {
			return nil, fmt.Errorf("log %s: want a folder of static files, or their URL", place)
		}
		return &Log{place, client.FileFetcher{Root: place}}, nil
	}
	u, err := url.Parse(place)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" {
		return nil, fmt.Errorf("log %s: want an http or https URL without a query", place)
	}
	f, err := client.NewHTTPFetcher(u, newClient())
	return &Log{place, f}, err
}

// newClient returns a client for logs and witnesses, which may be hostile.
func newClient() *http.Client {
	return &http.Client{Timeout: fetchLimit, Transport: limited{http.DefaultTransport}, CheckRedirect: sameHost}
}

// sameHost follows a redirect within one host: another may be one that only this machine reaches.
func sameHost(r *http.Request, via []*http.Request) error {
	from := via[0].URL
	switch {
	case r.URL.Host != from.Host && (r.URL.Hostname() != from.Hostname() || r.URL.Scheme != "https"):
		return fmt.Errorf("it sends readers to %s://%s: if it moved there, name that address", r.URL.Scheme, r.URL.Host)
	case from.Scheme == "https" && r.URL.Scheme != "https":
		return errors.New("it sends readers from https to " + r.URL.Scheme)
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	}
	return nil
}

// limited refuses answers that no log gives.
type limited struct{ http.RoundTripper }

// RoundTrip bounds the body of the answer.
func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = http.MaxBytesReader(nil, answer.Body, maxResource)
	}
	return answer, err
}

// Read gives every entry below the newest checkpoint to each, in order, and returns that checkpoint. The signatures on it are those
// that the trust asks for, and the entries lead to its root. That is known only when all were read: what each was given counts
// once Read returned no error. An error of each ends the reading.
func (l *Log) Read(ctx context.Context, trust proof.Trust, each func(index uint64, entry []byte) error) (proof.Checkpoint, error) {
	c, err := l.read(ctx, trust, each)
	if err != nil {
		return c, fmt.Errorf("log %s: %w", l.place, err)
	}
	return c, nil
}

func (l *Log) read(ctx context.Context, trust proof.Trust, each func(index uint64, entry []byte) error) (c proof.Checkpoint, err error) {
	s, err := l.checkpoint(ctx, trust)
	if err != nil {
		return c, err
	}
	grown := tree.NewEmptyRange(0)
	if err := l.entries(ctx, 0, s.Size, s.Size, func(index uint64, entry []byte) error {
		h := proof.LeafHash(entry)
		if err := each(index, entry); err != nil {
			return err
		}
		return grown.Append(h[:], nil)
	}); err != nil {
		return c, err
	}
	root, err := rootOf(grown)
	if err == nil && root != s.Root {
		err = fmt.Errorf("its %d entries lead to root %x, but it signed %x: keep the files, they prove that it lies or was altered",
			s.Size, root, s.Root)
	}
	return s.Checkpoint, err
}

// checkpoint returns the newest checkpoint, with the signatures that the trust asks for.
func (l *Log) checkpoint(ctx context.Context, trust proof.Trust) (s proof.SignedCheckpoint, err error) {
	if s, err = l.shown(ctx); err != nil {
		return s, err
	}
	_, err = s.Verify(trust)
	return s, err
}

// Shown returns the newest checkpoint of the log. No signature of it is verified.
func (l *Log) Shown(ctx context.Context) (proof.SignedCheckpoint, error) {
	s, err := l.shown(ctx)
	if err != nil {
		return s, fmt.Errorf("log %s: %w", l.place, err)
	}
	return s, nil
}

func (l *Log) shown(ctx context.Context) (s proof.SignedCheckpoint, err error) {
	text, err := l.files.ReadCheckpoint(ctx)
	if errors.Is(err, os.ErrNotExist) {
		return s, fmt.Errorf("no log is there: of a cloud, name the folder ledger in its data, or its address with /log/: %w", err)
	} else if err != nil {
		return s, err
	}
	return proof.ParseCheckpoint(text)
}

// entries reads the entries from one index, included, to another, excluded, of a log of a size.
func (l *Log) entries(ctx context.Context, from, to, size uint64, each func(index uint64, entry []byte) error) error {
	if from >= to {
		return nil
	}
	at := from
	sized := func(context.Context) (uint64, error) { return size, nil }
	for bundle, err := range client.EntryBundles(ctx, workers, sized, l.files.ReadEntryBundle, from, to-from) {
		if err != nil {
			return err
		}
		var b api.EntryBundle
		info := bundle.RangeInfo
		if err := b.UnmarshalText(bundle.Data); err != nil {
			return fmt.Errorf("entry bundle %d: %w", info.Index, err)
		}
		if uint(len(b.Entries)) < info.First+info.N {
			return fmt.Errorf("entry bundle %d has %d entries, want %d: %w", info.Index, len(b.Entries), info.First+info.N, io.ErrUnexpectedEOF)
		}
		for _, entry := range b.Entries[info.First : info.First+info.N] {
			if at == to {
				return nil // the stream goes further than it is asked for
			}
			if err := each(at, entry); err != nil {
				return err
			}
			at++
		}
	}
	if at != to {
		return errors.Join(fmt.Errorf("only %d of %d entries are there", at, to), ctx.Err())
	}
	return nil
}
