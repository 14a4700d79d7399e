package store_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/statement"
)

// TestChain: wherever the records of a point are cut into statements, the chain that the store gives stands where the chain of all
// of them stands: it takes the next record and no other.
func TestChain(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir(), store.Options{})
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		seed := sha256.Sum256(fmt.Append(nil, run))
		signer := ed25519.NewKeyFromSeed(seed[:])
		w := bundletest.New(t)
		device := w.Device(signer, "P")
		point := device.Point("P", bundletest.Metric())
		for range rapid.IntRange(1, 12).Draw(rt, "records") {
			if rapid.IntRange(0, 2).Draw(rt, "event") > 0 {
				point.Event(record.Event{Kind: record.Alarm, Name: "x", New: "y"})
			} else {
				point.Interval(rapid.Int64Range(0, 1_000_000).Draw(rt, "pulses"), 20_000_000, 300_000_000)
			}
		}
		var whole record.Chain
		var sequence statement.Sequence
		for rest := point.Records; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(rt, "statement")
			got, err := s.Chain(t.Context(), device.Kid, "P")
			must(rt, err)
			if diff := cmp.Diff(&whole, got, cmpopts.IgnoreUnexported(record.Chain{})); diff != "" {
				rt.Fatalf("chain before seq %d (-want +got):\n%s", rest[0].Seq, diff)
			}
			if len(rest) > 1 {
				if _, err := got.Append(rest[1].Bytes); err == nil {
					rt.Fatalf("the chain takes seq %d where %d is next", rest[1].Seq, rest[0].Seq)
				}
			}
			var leaves []store.Leaf
			var bytes [][]byte
			for _, l := range rest[:n] {
				if _, err := got.Append(l.Bytes); err != nil {
					rt.Fatalf("the chain refuses its next record: %v", err)
				}
				_, err := whole.Append(l.Bytes)
				must(rt, err)
				leaves, bytes = append(leaves, store.Leaf{Record: l.Record, Leaf: l.Bytes}), append(bytes, l.Bytes)
			}
			st := statement.Statement{
				Version: statement.Version, Device: device.Kid, Number: sequence.Next, Prev: sequence.Hash, Root: proof.Root(bytes),
				Runs: []statement.Run{{Point: "P", First: rest[0].Seq, Last: rest[n-1].Seq}},
			}
			signed, err := st.Sign(signer, w.Producer.DID)
			must(rt, err)
			must(rt, sequence.Append(&st, signed))
			must(rt, s.AddStatement(t.Context(), store.Statement{Device: st.Device, Number: st.Number, Signed: signed}, leaves))
			rest = rest[n:]
		}
	})
}
