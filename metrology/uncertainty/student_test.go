package uncertainty

import (
	"errors"
	"math"
	"testing"

	"github.com/gauger/gauger/metrology/quantity"
	"pgregory.net/rapid"
)

// TestCoverage holds coverage factors against the incomplete beta function and the error function with 40 digits.
func TestCoverage(t *testing.T) {
	for _, tc := range []struct{ p, n, want float64 }{
		{0.95, 1, 12.706204736174705}, {0.95, 4, 2.7764451051977944}, {0.95, 19, 2.0930240544083098},
		{0.9545, 2.5, 3.7319974810595679}, {0.99, 16, 2.9207816224251}, {0.99, 16.7, 2.904680938429359},
		{0.5, 1, 1}, {0.9999, 1, 6366.1976713159358}, {0.9999, 7, 7.884584262416603}, {0.6827, 30, 1.0169692106477999},
		{0.95, 200, 1.9718962236339094}, {0.95, 999, 1.96234146113345}, {0.95, 1001, 1.9623367052808799},
		{0.9999, 999.5, 3.9063516449294831}, {0.9999, 1000, 3.9063437367013812}, {0.9973, 1e6, 2.9999844925595927},
		{0.95, 0, 1.9599639845400542}, {0.9545, math.Inf(1), 2.0000024438996039}, {0.9973, 1e300, 2.9999769927033931},
		{0.5, 0, 0.67448975019608174}, {0.9999, 0, 3.890591886413094},
	} {
		got, err := Coverage(tc.p, tc.n)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(got/tc.want-1) > 1e-10 {
			t.Errorf("Coverage(%v, %v) = %.17g, want %.17g", tc.p, tc.n, got, tc.want)
		}
	}
}

// TestCoverageRefuses: probabilities that say nothing, and degrees of freedom that no estimate has.
func TestCoverageRefuses(t *testing.T) {
	for _, p := range []float64{0, 0.49, 0.99991, 1, math.NaN(), math.Inf(1)} {
		var out *quantity.RangeError
		if k, err := Coverage(p, 4); !errors.As(err, &out) {
			t.Errorf("probability %v: %v, %v; want a quantity.RangeError", p, k, err)
		}
	}
	for _, n := range []float64{-1, 0.99, math.NaN(), math.Inf(-1)} {
		if k, err := Coverage(0.95, n); err == nil {
			t.Errorf("%v degrees of freedom: %v, want a refusal", n, k)
		}
	}
}

// TestCoverageFalls: with more degrees of freedom the factor falls towards the normal one; with the probability it grows.
func TestCoverageFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.Float64Range(0.5, 0.9999).Draw(t, "p")
		n := rapid.Float64Range(1, 3000).Draw(t, "n")
		k, err := Coverage(p, n)
		if err != nil {
			t.Fatal(err)
		}
		more, err := Coverage(p, n*1.01)
		if err != nil {
			t.Fatal(err)
		}
		normal, err := Coverage(p, 0)
		if err != nil {
			t.Fatal(err)
		}
		if !(k >= more*(1-1e-11) && more >= normal*(1-1e-11)) {
			t.Fatalf("p %v: %v at %v degrees of freedom, %v at more, %v at infinitely many", p, k, n, more, normal)
		}
		less, err := Coverage(0.5+(p-0.5)*0.999, n)
		if err != nil || less > k*(1+1e-11) {
			t.Fatalf("k %v at %v, %v, %v at less", k, p, less, err)
		}
	})
}

// FuzzCoverage: any probability and freedom give a finite factor or a refusal.
func FuzzCoverage(f *testing.F) {
	f.Add(0.95, 4.0)
	f.Add(0.9999, 1.0)
	f.Add(math.NaN(), math.Inf(1))
	f.Add(0.5, 1e9)
	f.Fuzz(func(t *testing.T, p, n float64) {
		if k, err := Coverage(p, n); err == nil && !(k > 0.67 && k < 6400) {
			t.Fatalf("Coverage(%v, %v) = %v", p, n, k)
		}
	})
}

func BenchmarkCoverage(b *testing.B) {
	for b.Loop() {
		if _, err := Coverage(0.95, 16.7); err != nil {
			b.Fatal(err)
		}
	}
}
