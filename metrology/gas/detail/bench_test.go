package detail

import (
	"testing"

	"github.com/gauger/gauger/metrology/gas"
)

// benchState returns the i-th state of a pipeline: each has another temperature and another pressure.
func benchState(i int) (T, P float64) {
	const n = 100000
	return 280 + 48*float64(i*7919%n)/n, 2000 + 7700*float64(i*104729%n)/n
}

func BenchmarkDensity10(b *testing.B) { benchmarkDensity(b, referenceGases["Gulf Coast"]) }
func BenchmarkDensity21(b *testing.B) { benchmarkDensity(b, rich) }

func benchmarkDensity(b *testing.B, x gas.Composition) {
	m := mustNew(b, x)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if _, err := m.Density(benchState(i)); err != nil {
			b.Fatal(err)
		}
		i++
	}
	steps := 0
	for i := range 1000 {
		T, P := benchState(i)
		c, p := m.reduced(T, P)
		_, n := c.root(p, T/m.energy, m.size)
		steps += n
	}
	b.ReportMetric(float64(steps)/1000, "iterations")
}

func BenchmarkProperties10(b *testing.B) { benchmarkProperties(b, referenceGases["Gulf Coast"]) }
func BenchmarkProperties21(b *testing.B) { benchmarkProperties(b, rich) }

func benchmarkProperties(b *testing.B, x gas.Composition) {
	m := mustNew(b, x)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		T, P := benchState(i)
		if _, err := m.Properties(T, P/2000); err != nil {
			b.Fatal(err)
		}
		i++
	}
}

func BenchmarkNewAndDensity10(b *testing.B) { benchmarkNew(b, referenceGases["Gulf Coast"]) }
func BenchmarkNewAndDensity21(b *testing.B) { benchmarkNew(b, rich) }

// benchmarkNew has a new composition each time, as behind a chromatograph.
func benchmarkNew(b *testing.B, x gas.Composition) {
	x, err := gas.Normalize(x)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		shift := 1e-6 * float64(i%7)
		y := x
		y[gas.Methane] -= shift
		y[gas.Nitrogen] += shift
		m, err := New(y)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := m.Density(benchState(i)); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
