package monitor

import (
	"context"
	"fmt"
	"net/url"

	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"

	"github.com/gauger/gauger/evidence/proof"
	_ "github.com/gauger/gauger/ledger/tesseralog"
	"github.com/gauger/gauger/ledger/witness"
)

// Fsck reads all entries and all tiles, and returns the checkpoint that they lead to. The error names the first file that is wrong.
func (l *Log) Fsck(ctx context.Context, trust proof.Trust) (proof.Checkpoint, error) {
	s, err := l.checkpoint(ctx, trust)
	if err != nil {
		return proof.Checkpoint{}, fmt.Errorf("log %s: %w", l.place, err)
	}
	by, err := s.VerifyLog(trust)
	if err != nil {
		return proof.Checkpoint{}, fmt.Errorf("log %s: %w", l.place, err)
	}
	for _, key := range trust.Policy().Logs {
		if key.Name == s.Origin && key.Verifier.KeyHash() == by[0].KeyID {
			err = fsck.New(s.Origin, key.Verifier, l.files, leafHashes, fsck.Opts{N: workers}).Check(ctx)
		}
	}
	if err != nil {
		return proof.Checkpoint{}, fmt.Errorf("log %s: %w", l.place, err)
	}
	return s.Checkpoint, nil
}

// leafHashes returns the leaf hashes of an entry bundle.
func leafHashes(bundle []byte) ([][]byte, error) {
	var b api.EntryBundle
	if err := b.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	hashes := make([][]byte, len(b.Entries))
	for i, e := range b.Entries {
		h := proof.LeafHash(e)
		hashes[i] = h[:]
	}
	return hashes, nil
}

// Prove returns the entry at an index with its receipt under the newest checkpoint, made from the log's files.
func (l *Log) Prove(ctx context.Context, trust proof.Trust, index uint64) (entry, receipt []byte, err error) {
	s, err := l.checkpoint(ctx, trust)
	if err != nil {
		return nil, nil, fmt.Errorf("log %s: %w", l.place, err)
	}
	if index >= s.Size {
		return nil, nil, fmt.Errorf("log %s has the entries 0 to %d under its newest checkpoint: there is no %d", l.place, int64(s.Size)-1, index)
	}
	if err := l.entries(ctx, index, index+1, s.Size, func(_ uint64, e []byte) error { entry = e; return nil }); err != nil {
		return nil, nil, fmt.Errorf("log %s: %w", l.place, err)
	}
	builder, err := client.NewProofBuilder(ctx, s.Size, l.files.ReadTile)
	if err != nil {
		return nil, nil, fmt.Errorf("log %s: %w", l.place, err)
	}
	path, err := builder.InclusionProof(ctx, index)
	if err != nil {
		return nil, nil, fmt.Errorf("log %s: %w", l.place, err)
	}
	r := proof.Receipt{Index: index, Checkpoint: s}
	for _, h := range path {
		r.Path = append(r.Path, [32]byte(h))
	}
	if _, err := r.Verify(entry, trust); err != nil {
		return nil, nil, fmt.Errorf("log %s: entry %d: %w", l.place, index, err)
	}
	return entry, r.Format(), nil
}

// Shown returns the checkpoint of a log that a witness cosigned last (c2sp.org/tlog-witness). No signature of it is verified.
func Shown(ctx context.Context, witnessURL, origin string) (s proof.SignedCheckpoint, err error) {
	u, err := url.Parse(witnessURL)
	if err != nil || u.Host == "" {
		return s, fmt.Errorf("witness %s: want its http or https URL", witnessURL)
	}
	f, err := client.NewHTTPFetcher(u.JoinPath(witness.OriginHash(origin)), newClient())
	if err != nil {
		return s, err
	}
	text, err := f.ReadCheckpoint(ctx)
	if err == nil {
		s, err = proof.ParseCheckpoint(text)
	}
	if err != nil {
		return s, fmt.Errorf("witness %s: %w", witnessURL, err)
	}
	return s, nil
}
