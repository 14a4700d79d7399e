package tilelog

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger"
)

const (
	hashBytes = 32

	// treeStateFile is where Tessera's POSIX storage, layout version 1, keeps size and root of the tree that it has
	// integrated, as JSON. The published checkpoint follows it.
	treeStateFile = ".state/treeState"

	maxTileBytes   = layout.TileWidth * hashBytes
	maxBundleBytes = layout.EntryBundleWidth * (2 + ledger.MaxEntryBytes)
)

// errDamaged marks what the storage should hold by its own account and does not.
var errDamaged = errors.New("log storage is damaged")

// folder reads the files of a log: the C2SP tlog-tiles resources, and the tree state beside them.
type folder string

// lock creates the folder if its parent exists, and holds it until the file is closed or the process ends: two writers, also
// two in one process, would fork the log. A missing parent is refused because it is most often a disk that is not mounted.
func (f folder) lock() (*os.File, error) {
	err := os.Mkdir(string(f), 0o755)
	if err == nil {
		err = syncDir(filepath.Dir(filepath.Clean(string(f))))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("create log folder: %w", err)
	}
	dir, err := os.OpenFile(string(f), os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, fmt.Errorf("open log folder: %w", err)
	}
	if err := syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock log folder %s: another process writes to it, stop that first: %w", f, err), dir.Close())
	}
	return dir, nil
}

// syncDir makes a new name in the directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// free returns how many bytes of its disk are free.
func (f folder) free() (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(string(f), &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil
}

// read returns a file of the log of at most limit bytes. The path is relative, as in tlog-tiles.
func (f folder) read(path string, limit int) ([]byte, error) {
	file, err := os.Open(filepath.Join(string(f), path))
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if len(b) > limit {
		return nil, fmt.Errorf("%s: more than %d bytes: %w", path, limit, errDamaged)
	}
	return b, nil
}

// checkpoint returns the published checkpoint, or an fs.ErrNotExist.
func (f folder) checkpoint() ([]byte, error) {
	return f.read(layout.CheckpointPath, proof.MaxNoteBytes)
}

// treeState is what Tessera writes to its file.
type treeState struct {
	Size uint64 `json:"size"`
	Root []byte `json:"root"`
}

// treeState returns size and root of the integrated tree, or an fs.ErrNotExist before the first start.
func (f folder) treeState() (size uint64, root [32]byte, err error) {
	const limit = 1 << 10
	b, err := f.read(treeStateFile, limit)
	if err != nil {
		return 0, root, err
	}
	var state treeState
	if err := json.Unmarshal(b, &state); err != nil {
		return 0, root, fmt.Errorf("%s: %w: %w", treeStateFile, err, errDamaged)
	}
	if again, err := json.Marshal(state); err != nil || !bytes.Equal(again, b) || len(state.Root) != hashBytes {
		return 0, root, fmt.Errorf("%s: not size and root as they are written: %w", treeStateFile, errDamaged)
	}
	return state.Size, [32]byte(state.Root), nil
}

// width returns how many nodes a tile, or entries a bundle at level 0, has in a tree of this size: 0 if it is not in the tree.
func width(level, index, size uint64) int {
	nodes := size >> (level * layout.TileHeight)
	switch full := nodes / layout.TileWidth; {
	case index < full:
		return layout.TileWidth
	case index == full:
		return int(nodes % layout.TileWidth)
	default:
		return 0
	}
}

// resource reads a tile or bundle of a tree of this size and names the file it came from. A partial one may have been removed
// since the tree has outgrown it; the full one begins with it.
func (f folder) resource(path func(partial uint8) string, partial uint8, limit int) (b []byte, name string, full bool, err error) {
	name = path(partial)
	b, err = f.read(name, limit)
	if partial > 0 && errors.Is(err, fs.ErrNotExist) {
		if b, err = f.read(path(0), limit); err == nil {
			return b, path(0), true, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%s is missing: %w", name, errDamaged)
	}
	return b, name, partial == 0, err
}

// tile returns the hashes that a tile has in a tree of this size, one after the other, and the file they came from.
func (f folder) tile(level, index, size uint64) (hashes []byte, name string, err error) {
	partial := layout.PartialTileSize(level, index, size)
	b, name, full, err := f.resource(func(p uint8) string { return layout.TilePath(level, index, p) }, partial, maxTileBytes)
	if err != nil {
		return nil, name, err
	}
	want := width(level, index, size) * hashBytes
	if len(b) != want && !(full && len(b) == maxTileBytes) {
		return nil, name, fmt.Errorf("%s: %d bytes, want %d: %w", name, len(b), want, errDamaged)
	}
	return b[:want], name, nil
}

// bundle returns the entries that an entry bundle has in a tree of this size, and the file they came from.
func (f folder) bundle(index, size uint64) (entries [][]byte, name string, err error) {
	partial := layout.PartialTileSize(0, index, size)
	b, name, full, err := f.resource(func(p uint8) string { return layout.EntriesPath(index, p) }, partial, maxBundleBytes)
	if err != nil {
		return nil, name, err
	}
	for len(b) > 0 {
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return nil, name, fmt.Errorf("%s: entry %d is cut off: %w", name, len(entries), errDamaged)
		}
		end := 2 + int(binary.BigEndian.Uint16(b))
		entries = append(entries, b[2:end:end])
		b = b[end:]
	}
	want := width(0, index, size)
	if len(entries) != want && !(full && len(entries) == layout.EntryBundleWidth) {
		return nil, name, fmt.Errorf("%s: %d entries, want %d: %w", name, len(entries), want, errDamaged)
	}
	return entries[:want], name, nil
}

// entry returns one entry of a tree of this size, after it was held against its leaf hash in the tree.
func (f folder) entry(index, size uint64) ([]byte, error) {
	bundle, at := index/layout.EntryBundleWidth, index%layout.EntryBundleWidth
	entries, name, err := f.bundle(bundle, size)
	if err != nil {
		return nil, err
	}
	hashes, tile, err := f.tile(0, bundle, size)
	if err != nil {
		return nil, err
	}
	if proof.LeafHash(entries[at]) != [32]byte(hashes[at*hashBytes:]) {
		return nil, fmt.Errorf("%s: entry %d does not hash to its leaf in %s: %w", name, index, tile, errDamaged)
	}
	return entries[at], nil
}

// edge returns the right edge of the tree as it was at a size, from the tiles of the tree of another size, at least as large: of the
// partial tiles of before a mirror may have none.
func (f folder) edge(ctx context.Context, at, size uint64) (*compact.Range, error) {
	if at == 0 {
		return ranges.NewEmptyRange(0), nil
	}
	nodes, err := client.FetchRangeNodes(ctx, at, func(_ context.Context, level, index uint64, _ uint8) ([]byte, error) {
		hashes, _, err := f.tile(level, index, size)
		return hashes[:min(len(hashes), width(level, index, at)*hashBytes)], err
	})
	if err != nil {
		return nil, err
	}
	return ranges.NewRange(0, at, nodes)
}

// rootFromTiles returns the root that the tree of a size had when it had the size at.
func (f folder) rootFromTiles(ctx context.Context, at, size uint64) ([32]byte, error) {
	edge, err := f.edge(ctx, at, size)
	if err != nil {
		return [32]byte{}, err
	}
	return rootOf(edge)
}

// ranges makes ranges of the tree.
var ranges = &compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}

// rootOf returns the root of the tree with this right edge.
func rootOf(edge *compact.Range) ([32]byte, error) {
	if edge.End() == 0 {
		return proof.Root(nil), nil
	}
	root, err := edge.GetRootHash(nil)
	if err != nil {
		return [32]byte{}, err
	}
	return [32]byte(root), nil
}
