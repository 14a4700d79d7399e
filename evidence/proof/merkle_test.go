package proof_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/merkle/testonly"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/evidence/proof"
)

// The inputs and roots of the Certificate Transparency reference tests: the tree of the first n inputs has root n.
func TestRootIsThatOfTheReferenceTrees(t *testing.T) {
	inputs := testonly.LeafInputs()
	for n, want := range testonly.RootHashes() {
		if got := proof.Root(inputs[:n]); hex.EncodeToString(got[:]) != hex.EncodeToString(want) {
			t.Errorf("root of %d leaves is %x, want %x", n, got, want)
		}
	}
}

func TestLeafHashIsPrefixed(t *testing.T) {
	const want = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" // SHA-256 of the one byte 0x00
	if got := proof.LeafHash(nil); hex.EncodeToString(got[:]) != want {
		t.Errorf("leaf hash of the empty leaf is %x, want %s", got, want)
	}
}

// testLeaves returns n different leaves.
func testLeaves(n int) [][]byte {
	leaves := make([][]byte, n)
	for i := range leaves {
		leaves[i] = fmt.Appendf(nil, "record %d", i)
	}
	return leaves
}

// Every leaf of every tree up to 70 leaves is proved by its path, and the path is the one of an independent implementation.
func TestInclusionOfEveryLeaf(t *testing.T) {
	reference := testonly.New(rfc6962.DefaultHasher)
	for n := 1; n <= 70; n++ {
		leaves := testLeaves(n)
		reference.AppendData(leaves[n-1])
		root := proof.Root(leaves)
		for i := range leaves {
			path, err := proof.Inclusion(leaves, i)
			if err != nil {
				t.Fatal(err)
			}
			if err := proof.VerifyInclusion(root, uint64(n), uint64(i), proof.LeafHash(leaves[i]), path); err != nil {
				t.Error(err)
			}
			want, err := reference.InclusionProof(uint64(i), uint64(n))
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%x", path); got != fmt.Sprintf("%x", want) {
				t.Errorf("path of leaf %d of %d is %s, want %x", i, n, got, want)
			}
		}
	}
}

func TestInclusionRefusesLeavesOutside(t *testing.T) {
	for _, i := range []int{-1, 3, 4} {
		if path, err := proof.Inclusion(testLeaves(3), i); err == nil {
			t.Errorf("leaf %d of 3 has path %x", i, path)
		}
	}
	if path, err := proof.Inclusion(nil, 0); err == nil {
		t.Errorf("leaf 0 of none has path %x", path)
	}
}

// A path proves one leaf at one place under one root and nothing else.
func TestInclusionProvesNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 600).Draw(t, "leaves")
		i := rapid.IntRange(0, n-1).Draw(t, "leaf")
		j := rapid.IntRange(0, n-1).Filter(func(j int) bool { return j != i }).Draw(t, "other leaf")
		leaves := testLeaves(n)
		root, hash := proof.Root(leaves), proof.LeafHash(leaves[i])
		path, err := proof.Inclusion(leaves, i)
		if err != nil {
			t.Fatal(err)
		}
		if proof.VerifyInclusion(root, uint64(n), uint64(j), hash, path) == nil {
			t.Fatalf("leaf %d proved at %d", i, j)
		}
		if proof.VerifyInclusion(root, uint64(n), uint64(i), proof.LeafHash(leaves[j]), path) == nil {
			t.Fatalf("leaf %d proved as leaf %d", j, i)
		}
		if proof.VerifyInclusion(root, uint64(n), uint64(i), hash, path[:len(path)-1]) == nil {
			t.Fatal("a shortened path is accepted")
		}
		if proof.VerifyInclusion(root, uint64(n), uint64(n), hash, path) == nil {
			t.Fatal("an index outside the tree is accepted")
		}
		bit := rapid.IntRange(0, len(path)*256-1).Draw(t, "bit")
		path[bit/256][bit%256/8] ^= 1 << (bit % 8)
		if proof.VerifyInclusion(root, uint64(n), uint64(i), hash, path) == nil {
			t.Fatal("a path with a flipped bit is accepted")
		}
	})
}

func TestVerifyInclusionNamesTheMismatch(t *testing.T) {
	leaves := testLeaves(5)
	root, hash := proof.Root(leaves), proof.LeafHash(leaves[2])
	path, err := proof.Inclusion(leaves, 2)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"index beyond the tree", proof.VerifyInclusion(root, 5, 5, hash, path), "index is beyond size: 5 >= 5"},
		{"short path", proof.VerifyInclusion(root, 5, 2, hash, path[1:]), "wrong proof size 2, want 3"},
		{"other root", proof.VerifyInclusion(hash, 5, 2, hash, path),
			fmt.Sprintf("leads to root %x, not to %x", root, hash)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
				t.Errorf("error is %v, want it to contain %q", tt.err, tt.want)
			}
		})
	}
}
