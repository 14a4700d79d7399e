package tilelog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/tessera/api/layout"

	"github.com/gauger/gauger/evidence/proof"
)

// maxNamed is how many wrong files an error names.
const maxNamed = 20

// Verify reads the whole log: it recomputes the tree from the entry bundles and holds it against every tile, the tree state
// and the signed checkpoint. The error names the files that are wrong, as paths within the folder. Partial tiles and bundles
// of earlier sizes, which nothing refers to any more, are not looked at. The log may be in use.
func (l *Log) Verify(ctx context.Context) error { return l.folder.verify(ctx, l.trust) }

// Verify is Log.Verify for the log of this verifier key in a folder, without opening it.
func Verify(ctx context.Context, dir, vkey string) error {
	trust, err := trustIn(vkey)
	if err != nil {
		return fmt.Errorf("verify log %s: %w", dir, err)
	}
	return folder(dir).verify(ctx, trust)
}

func (f folder) verify(ctx context.Context, trust proof.Trust) error {
	if err := f.verifyAll(ctx, trust); err != nil {
		return fmt.Errorf("verify log %s: %w", f, err)
	}
	return nil
}

func (f folder) verifyAll(ctx context.Context, trust proof.Trust) error {
	checkpoint, err := f.verifiedCheckpoint(trust)
	if err != nil {
		return err
	}
	size, root, err := f.treeState()
	if err != nil {
		return err
	}
	if size < checkpoint.Size {
		return fmt.Errorf("%s has %d entries, the signed checkpoint %d: %w", treeStateFile, size, checkpoint.Size, errDamaged)
	}
	if err := f.verifyTree(ctx, layout.CheckpointPath, checkpoint.Size, checkpoint.Root); err != nil {
		return err
	}
	if size == checkpoint.Size && root != checkpoint.Root {
		return fmt.Errorf("%s has root %x, the signed checkpoint %x: %w", treeStateFile, root, checkpoint.Root, errDamaged)
	}
	if size == checkpoint.Size {
		return nil
	}
	return f.verifyTree(ctx, treeStateFile, size, root)
}

func (f folder) verifiedCheckpoint(trust proof.Trust) (proof.Checkpoint, error) {
	text, err := f.checkpoint()
	if err != nil {
		return proof.Checkpoint{}, err
	}
	c, err := proof.VerifyCheckpoint(text, trust)
	if err != nil {
		return proof.Checkpoint{}, fmt.Errorf("%s: %w", layout.CheckpointPath, err)
	}
	return c, nil
}

// verifyTree recomputes the tree of a size that a file of the log claims, and finds out which side is wrong where they differ:
// if the entries lead to the claimed root, the tiles are; if they do not, the bundles that contradict their tiles are; and if
// none does, the claim is.
func (f folder) verifyTree(ctx context.Context, claimedBy string, size uint64, root [32]byte) error {
	r := rebuild{
		folder: f, size: size,
		tree: ranges.NewEmptyRange(0),
	}
	got, err := r.run(ctx)
	if err != nil {
		return fmt.Errorf("%s claims %d entries: %w", claimedBy, size, err)
	}
	switch {
	case got == root && len(r.tiles) == 0:
		return nil
	case got == root:
		return fmt.Errorf("wrong tiles, the entries are right: %s: %w", named(r.tiles), errDamaged)
	case len(r.bundles) > 0:
		return fmt.Errorf("wrong entry bundles, they contradict tiles and root: %s: %w", named(r.bundles), errDamaged)
	default:
		return fmt.Errorf("%s claims root %x for %d entries, entries and tiles have %x: %w", claimedBy, root, size, got, errDamaged)
	}
}

func named(files []string) string {
	if len(files) > maxNamed {
		return fmt.Sprintf("%s and %d more", strings.Join(files[:maxNamed], ", "), len(files)-maxNamed)
	}
	return strings.Join(files, ", ")
}

// rebuild recomputes a tree from its entries, bundle by bundle.
type rebuild struct {
	folder folder
	size   uint64
	tree   *compact.Range
	levels []level
	// What was found: tiles that differ from the recomputed ones, and the bundles below those of level 0.
	tiles, bundles []string
}

// level is the tile that is being filled at one tile level.
type level struct {
	index  uint64
	hashes []byte
	bundle string // the file of the entries below, at level 0
}

func (r *rebuild) run(ctx context.Context) (root [32]byte, err error) {
	for index := uint64(0); width(0, index, r.size) > 0; index++ {
		if err := ctx.Err(); err != nil {
			return root, err
		}
		if err := r.addBundle(index); err != nil {
			return root, err
		}
		if err := r.compare(func(hashes []byte) bool { return len(hashes) == maxTileBytes }); err != nil {
			return root, err
		}
	}
	if err := r.compare(func(hashes []byte) bool { return len(hashes) > 0 }); err != nil {
		return root, err
	}
	return rootOf(r.tree)
}

func (r *rebuild) addBundle(index uint64) error {
	entries, name, err := r.folder.bundle(index, r.size)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		leaf := proof.LeafHash(entry)
		if err := r.tree.Append(leaf[:], r.node); err != nil {
			return err
		}
	}
	r.levels[0].bundle = name
	return nil
}

// node takes a new node of the tree: every eighth level is kept in tiles.
func (r *rebuild) node(id compact.NodeID, hash []byte) {
	if id.Level%layout.TileHeight != 0 {
		return
	}
	l := int(id.Level / layout.TileHeight)
	if l == len(r.levels) {
		r.levels = append(r.levels, level{})
	}
	r.levels[l].hashes = append(r.levels[l].hashes, hash...)
}

// compare holds the recomputed tiles that are ready against those of the log, and begins the next ones.
func (r *rebuild) compare(ready func(hashes []byte) bool) error {
	for i := range r.levels {
		l := &r.levels[i]
		if !ready(l.hashes) {
			continue
		}
		got, name, err := r.folder.tile(uint64(i), l.index, r.size)
		if err != nil && !errors.Is(err, errDamaged) {
			return err
		}
		if err != nil || !bytes.Equal(got, l.hashes) {
			r.tiles = append(r.tiles, name)
			if i == 0 {
				r.bundles = append(r.bundles, l.bundle)
			}
		}
		l.index, l.hashes = l.index+1, l.hashes[:0]
	}
	return nil
}

// checkStart holds against each other what the next append and the next checkpoint build on: tree state, right edge of the
// tree, last bundle, checkpoint. It returns how many entries are there for good. A new folder passes.
func (f folder) checkStart(ctx context.Context, trust proof.Trust) (uint64, error) {
	size, root, err := f.treeState()
	isNew := errors.Is(err, fs.ErrNotExist)
	if err != nil && !isNew {
		return 0, err
	}
	checkpoint, err := f.verifiedCheckpoint(trust)
	if errors.Is(err, fs.ErrNotExist) && (isNew || size == 0) {
		return 0, nil // new, or killed before it could publish the empty tree
	}
	if err != nil {
		return 0, err
	}
	if isNew {
		return 0, fmt.Errorf("there is a checkpoint of %d entries, but no %s: restore it: %w", checkpoint.Size, treeStateFile, errDamaged)
	}
	if size < checkpoint.Size {
		return 0, fmt.Errorf("%s has %d entries, the signed checkpoint %d: restored from an old copy? %w",
			treeStateFile, size, checkpoint.Size, errDamaged)
	}
	if err := f.checkRoot(ctx, treeStateFile, size, size, root); err != nil {
		return 0, err
	}
	if err := f.checkRoot(ctx, layout.CheckpointPath, checkpoint.Size, size, checkpoint.Root); err != nil {
		return 0, err
	}
	if err := f.checkLastBundle(size); err != nil {
		return 0, err
	}
	// A process killed after it had renamed the tree state, and before it had synced that, leaves a name that a power cut takes away.
	return size, syncDir(filepath.Join(string(f), filepath.Dir(treeStateFile)))
}

// checkRoot holds a claimed root of the first entries against the tiles.
func (f folder) checkRoot(ctx context.Context, claimedBy string, at, size uint64, root [32]byte) error {
	got, err := f.rootFromTiles(ctx, at, size)
	if err != nil {
		return fmt.Errorf("%s claims %d entries: %w", claimedBy, at, err)
	}
	if got != root {
		return fmt.Errorf("%s claims root %x for %d entries, the tiles have %x: %w", claimedBy, root, at, got, errDamaged)
	}
	return nil
}

// checkLastBundle checks the bundle that the next append copies.
func (f folder) checkLastBundle(size uint64) error {
	if size == 0 {
		return nil
	}
	index := (size - 1) / layout.EntryBundleWidth
	entries, name, err := f.bundle(index, size)
	if err != nil {
		return err
	}
	hashes, tile, err := f.tile(0, index, size)
	if err != nil {
		return err
	}
	for i, entry := range entries {
		if proof.LeafHash(entry) != [32]byte(hashes[i*hashBytes:(i+1)*hashBytes]) {
			return fmt.Errorf("%s: entry %d does not hash to its leaf in %s: %w", name, i, tile, errDamaged)
		}
	}
	return nil
}
