// Package proof decides, without a network or a clock, whether something is in a Merkle tree and whether somebody trusted has
// signed for that tree: RFC 9162 hashing over the leaves of a batch, transparency log checkpoints and receipts in their C2SP
// text forms, and the trust file that says whose signatures count. It is pure and compiles to WebAssembly.
package proof

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// LeafHash returns SHA-256(0x00 || leaf), RFC 9162 section 2.1.1.
func LeafHash(leaf []byte) [32]byte {
	return [32]byte(rfc6962.DefaultHasher.HashLeaf(leaf))
}

// Root returns the Merkle tree hash of the leaves in their order, RFC 9162 section 2.1.1. The root of no leaves is SHA-256 of
// the empty string.
func Root(leaves [][]byte) [32]byte {
	if len(leaves) == 0 {
		return emptyRoot()
	}
	level := leafHashes(leaves)
	for len(level) > 1 {
		level = parents(level)
	}
	return level[0]
}

// Inclusion returns the audit path of leaf i, RFC 9162 section 2.1.3.1: the sibling of the leaf first, the child of the root
// last; none for a tree of one leaf. It refuses an i outside the leaves.
func Inclusion(leaves [][]byte, i int) ([][32]byte, error) {
	if i < 0 || i >= len(leaves) {
		return nil, fmt.Errorf("inclusion path of leaf %d: the tree has %d leaves, counted from 0", i, len(leaves))
	}
	path := [][32]byte{}
	for level := leafHashes(leaves); len(level) > 1; level = parents(level) {
		if sibling := i ^ 1; sibling < len(level) {
			path = append(path, level[sibling])
		}
		i /= 2
	}
	return path, nil
}

// VerifyInclusion checks that the leaf with this hash stands at index in the tree of size leaves that has this root, RFC 9162
// section 2.1.3.2. The error says which of them does not match.
func VerifyInclusion(root [32]byte, size, index uint64, leafHash [32]byte, path [][32]byte) error {
	err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, size, leafHash[:], asSlices(path), root[:])
	if err != nil {
		return fmt.Errorf("leaf %d in a tree of %d leaves: %w", index, size, readable(err))
	}
	return nil
}

// RootFromInclusion returns the root that an audit path leads to, for readers who then look who signed it.
func RootFromInclusion(size, index uint64, leafHash [32]byte, path [][32]byte) ([32]byte, error) {
	root, err := proof.RootFromInclusionProof(rfc6962.DefaultHasher, index, size, leafHash[:], asSlices(path))
	if err != nil {
		return [32]byte{}, fmt.Errorf("leaf %d in a tree of %d leaves: %w", index, size, err)
	}
	return [32]byte(root), nil
}

// leafHashes returns the lowest level of the tree.
func leafHashes(leaves [][]byte) [][32]byte {
	level := make([][32]byte, len(leaves))
	for i, leaf := range leaves {
		level[i] = LeafHash(leaf)
	}
	return level
}

// parents returns the level above a level of at least two nodes. A last node without a sibling moves up as it is: that gives
// the same tree as the RFC's split at the largest power of two, because only the right edge can be incomplete.
func parents(level [][32]byte) [][32]byte {
	up := make([][32]byte, 0, (len(level)+1)/2)
	for i := 0; i+1 < len(level); i += 2 {
		up = append(up, [32]byte(rfc6962.DefaultHasher.HashChildren(level[i][:], level[i+1][:])))
	}
	if len(level)%2 == 1 {
		up = append(up, level[len(level)-1])
	}
	return up
}

func emptyRoot() [32]byte { return sha256.Sum256(nil) }

func asSlices(hashes [][32]byte) [][]byte {
	out := make([][]byte, len(hashes))
	for i := range hashes {
		out[i] = hashes[i][:]
	}
	return out
}

// readable prints the two roots of a mismatch in hexadecimal, where the library prints them as decimal bytes.
func readable(err error) error {
	var mismatch proof.RootMismatchError
	if errors.As(err, &mismatch) {
		return fmt.Errorf("the path leads to root %s, not to %s",
			hex.EncodeToString(mismatch.CalculatedRoot), hex.EncodeToString(mismatch.ExpectedRoot))
	}
	return err
}
