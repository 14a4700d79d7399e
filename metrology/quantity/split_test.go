package quantity

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSplit: shares by hand, with the ties that the ID decides.
func TestSplit(t *testing.T) {
	for _, tc := range []struct {
		name  string
		total Micro
		parts []Part
		want  []Micro
	}{
		{"even", 10, []Part{{"a", 1}, {"b", 1}}, []Micro{5, 5}},
		{"a tie goes to the smaller ID", 1, []Part{{"b", 1}, {"a", 1}}, []Micro{0, 1}},
		{"two left over among three", 5, []Part{{"c", 1}, {"a", 1}, {"b", 1}}, []Micro{1, 2, 2}},
		{"the larger remainder first", 10, []Part{{"a", 1}, {"b", 2}, {"c", 4}}, []Micro{1, 3, 6}},
		{"no weight, no share", 10, []Part{{"a", 0}, {"b", 3}}, []Micro{0, 10}},
		{"one takes all", math.MaxInt64, []Part{{"a", math.MaxInt64}}, []Micro{math.MaxInt64}},
		{"the weights overflow, the shares do not", math.MaxInt64, []Part{{"a", math.MaxInt64}, {"b", math.MaxInt64}}, []Micro{math.MaxInt64/2 + 1, math.MaxInt64 / 2}},
		{"nothing to split", 0, []Part{{"a", 0}}, []Micro{0}},
		{"nothing among nobody", 0, nil, []Micro{}},
		{"three wells", 1_017_300_000, []Part{{"A", 412_000_000}, {"B", 388_500_000}, {"C", 205_200_000}}, []Micro{416_752_113, 392_981_058, 207_566_829}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := Split(tc.total, tc.parts); err != nil || !slices.Equal(got, tc.want) {
				t.Errorf("got %d, %v; want %d", got, err, tc.want)
			}
		})
	}
}

// TestSplitRefuses: what is negative, and something among nobody.
func TestSplitRefuses(t *testing.T) {
	for _, tc := range []struct {
		name  string
		total Micro
		parts []Part
	}{
		{"negative total", -1, []Part{{"a", 1}}},
		{"negative weight", 1, []Part{{"a", 1}, {"b", -1}}},
		{"negative weight, nothing to split", 0, []Part{{"b", -1}}},
		{"nobody", 1, nil},
		{"no weights", 1, []Part{{"a", 0}, {"b", 0}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := Split(tc.total, tc.parts); err == nil {
				t.Errorf("got %d, want a refusal", got)
			}
		})
	}
}

// TestSplitAddsUp: shares add up to the total, lie less than one micro-unit from the exact quotient, and belong to their
// owners: the order of the parts changes nothing.
func TestSplitAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := Micro(rapid.Int64Range(0, math.MaxInt64).Draw(t, "total"))
		weights := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 3), rapid.Int64Range(0, math.MaxInt64)), 1, 20).Draw(t, "weights")
		parts := make([]Part, len(weights))
		sum := new(big.Int)
		for i, w := range weights {
			parts[i] = Part{ID: fmt.Sprintf("p%02d", i), Weight: Micro(w)}
			sum.Add(sum, big.NewInt(w))
		}
		if sum.Sign() == 0 {
			parts[0].Weight = 1
			sum.SetInt64(1)
		}
		shares, err := Split(total, parts)
		if err != nil {
			t.Fatal(err)
		}
		byID := map[string]Micro{}
		var all Micro
		for i, share := range shares {
			byID[parts[i].ID] = share
			all += share
			exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(int64(total)), big.NewInt(int64(parts[i].Weight))), sum)
			if off := exact.Sub(exact, new(big.Rat).SetInt64(int64(share))); off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("%+v of %s gets %s, %s off", parts[i], total, share, off.FloatString(3))
			}
		}
		if all != total {
			t.Fatalf("shares of %s add up to %s", total, all)
		}
		shuffled := rapid.Permutation(parts).Draw(t, "shuffled")
		again, err := Split(total, shuffled)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range shuffled {
			if again[i] != byID[p.ID] {
				t.Fatalf("%s gets %s in another order, %s before", p.ID, again[i], byID[p.ID])
			}
		}
	})
}

// TestSplitTies: among equals, those with the smaller IDs get the micro-units left over.
func TestSplitTies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "n")
		parts := make([]Part, n)
		for i := range parts {
			parts[i] = Part{ID: fmt.Sprintf("p%02d", i), Weight: 7}
		}
		parts = rapid.Permutation(parts).Draw(t, "order")
		total := Micro(rapid.Int64Range(0, 1000).Draw(t, "total"))
		shares, err := Split(total, parts)
		if err != nil {
			t.Fatal(err)
		}
		order := make([]int, n)
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(a, b int) int { return cmp.Compare(parts[a].ID, parts[b].ID) })
		for rank, i := range order {
			want := total / Micro(n)
			if Micro(rank) < total%Micro(n) {
				want++
			}
			if shares[i] != want {
				t.Fatalf("%s of %d equals gets %d of %d, want %d", parts[i].ID, n, shares[i], total, want)
			}
		}
	})
}
