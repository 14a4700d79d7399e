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

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
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
	f, err := client.NewHTTPFetcher(u, &http.Client{Timeout: fetchLimit, Transport: limited{http.DefaultTransport}})
	return &Log{place, f}, err
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
	text, err := l.files.ReadCheckpoint(ctx)
	if err != nil {
		return c, err
	}
	if c, err = proof.VerifyCheckpoint(text, trust); err != nil {
		return c, err
	}
	root, err := l.root(ctx, c.Size, each)
	if err != nil {
		return c, err
	}
	if root != c.Root {
		return c, fmt.Errorf("its %d entries lead to root %x, but it signed %x: keep the files, they prove that it lies or was altered",
			c.Size, root, c.Root)
	}
	return c, nil
}

// root reads the first size entries and returns the root of the tree over them.
func (l *Log) root(ctx context.Context, size uint64, each func(index uint64, entry []byte) error) (root [32]byte, err error) {
	if size == 0 {
		return proof.Root(nil), nil
	}
	tree := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
	sized := func(context.Context) (uint64, error) { return size, nil }
	for bundle, err := range client.EntryBundles(ctx, workers, sized, l.files.ReadEntryBundle, 0, size) {
		if err != nil {
			return root, err
		}
		var entries api.EntryBundle
		if err := entries.UnmarshalText(bundle.Data); err != nil {
			return root, fmt.Errorf("entry bundle %d: %w", bundle.RangeInfo.Index, err)
		}
		if uint(len(entries.Entries)) < bundle.RangeInfo.N {
			return root, fmt.Errorf("entry bundle %d has %d entries, want %d: %w", bundle.RangeInfo.Index, len(entries.Entries),
				bundle.RangeInfo.N, io.ErrUnexpectedEOF)
		}
		for _, entry := range entries.Entries[:bundle.RangeInfo.N] {
			leaf := proof.LeafHash(entry)
			if err := each(tree.End(), entry); err != nil {
				return root, err
			}
			if err := tree.Append(leaf[:], nil); err != nil {
				return root, err
			}
		}
	}
	if tree.End() != size {
		return root, errors.Join(fmt.Errorf("only %d of %d entries are there", tree.End(), size), ctx.Err())
	}
	hash, err := tree.GetRootHash(nil)
	if err != nil {
		return root, err
	}
	return [32]byte(hash), nil
}
