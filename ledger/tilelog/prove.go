package tilelog

import (
	"fmt"
	"sync"

	"github.com/transparency-dev/merkle/compact"
	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"

	"github.com/gauger/gauger/evidence/proof"
)

// maxProverTiles bounds what one prover keeps: 16 kB a tile.
const maxProverTiles = 256

// prover makes the audit paths under one checkpoint, whose signatures were verified. The receipts of a group wait for the same
// checkpoint and differ in a few nodes: what one has read and hashed serves the others.
type prover struct {
	folder     folder
	checkpoint proof.SignedCheckpoint

	mu    sync.Mutex
	tiles map[tileID]subtree
}

type tileID struct{ level, index uint64 }

// subtree holds the complete nodes above a tile's hashes, level by level, up to the one below the next tile.
type subtree [layout.TileHeight][][]byte

// path returns the audit path of an entry, after it was held against the root.
func (p *prover) path(index uint64) ([][32]byte, error) {
	size := p.checkpoint.Size
	nodes, err := merkle.Inclusion(index, size)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	leaf, raw, err := p.read(index, nodes.IDs)
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if raw, err = nodes.Rehash(raw, rfc6962.DefaultHasher.HashChildren); err != nil {
		return nil, err
	}
	path := make([][32]byte, len(raw))
	for i := range raw {
		path[i] = [32]byte(raw[i])
	}
	if err := proof.VerifyInclusion(p.checkpoint.Root, size, index, [32]byte(leaf), path); err != nil {
		return nil, fmt.Errorf("%w: %w", err, errDamaged)
	}
	return path, nil
}

// read returns a leaf hash and the nodes with these ids. The caller holds mu.
func (p *prover) read(index uint64, ids []compact.NodeID) (leaf []byte, nodes [][]byte, err error) {
	if leaf, err = p.node(compact.NewNodeID(0, index)); err != nil {
		return nil, nil, err
	}
	nodes = make([][]byte, len(ids))
	for i, id := range ids {
		if nodes[i], err = p.node(id); err != nil {
			return nil, nil, err
		}
	}
	return leaf, nodes, nil
}

// node returns a complete node of the tree. The caller holds mu.
func (p *prover) node(id compact.NodeID) ([]byte, error) {
	above := id.Level % layout.TileHeight // within its tile
	perTile := uint64(layout.TileWidth) >> above
	tile, err := p.tile(tileID{uint64(id.Level / layout.TileHeight), id.Index / perTile})
	if err != nil {
		return nil, err
	}
	nodes, at := tile[above], id.Index%perTile
	if at >= uint64(len(nodes)) {
		return nil, fmt.Errorf("node %d of level %d is not in a tree of %d entries: %w", id.Index, id.Level, p.checkpoint.Size, errDamaged)
	}
	return nodes[at], nil
}

// tile reads and hashes a tile, once. The caller holds mu.
func (p *prover) tile(id tileID) (subtree, error) {
	if t, read := p.tiles[id]; read {
		return t, nil
	}
	hashes, _, err := p.folder.tile(id.level, id.index, p.checkpoint.Size)
	if err != nil {
		return subtree{}, err
	}
	var t subtree
	for ; len(hashes) > 0; hashes = hashes[hashBytes:] {
		t[0] = append(t[0], hashes[:hashBytes])
	}
	for above := 1; above < len(t); above++ {
		below := t[above-1]
		for i := 0; i+1 < len(below); i += 2 {
			t[above] = append(t[above], rfc6962.DefaultHasher.HashChildren(below[i], below[i+1]))
		}
	}
	if p.tiles == nil || len(p.tiles) >= maxProverTiles {
		p.tiles = map[tileID]subtree{}
	}
	p.tiles[id] = t
	return t, nil
}
