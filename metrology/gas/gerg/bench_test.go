package gerg

import (
	"testing"

	"github.com/gauger/gauger/metrology/gas"
)

// states are 4096 temperatures, K, and pressures, kPa, of pipelines, none twice.
var states = func() (s [4096][2]float64) {
	for i := range s {
		s[i] = [2]float64{280 + 48*float64(i*1613%4096)/4096, 2000 + 7700*float64(i*2729%4096)/4096}
	}
	return s
}()

// benchmark measures f at all states in turn, and reports how many densities m tries on average.
func benchmark(b *testing.B, m *Mixture, f func(T, P float64) error) {
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if err := f(states[i%len(states)][0], states[i%len(states)][1]); err != nil {
			b.Fatal(err)
		}
		i++
	}
	total := 0
	for _, s := range states {
		_, tries, _ := m.solve(s[0], s[1], s[1]/(gasConstant*s[0]))
		total += tries
	}
	b.ReportMetric(float64(total)/float64(len(states)), "iterations")
}

func benchmarkDensity(b *testing.B, amounts gas.Composition) {
	m := mixture(b, amounts)
	benchmark(b, m, func(T, P float64) error { _, err := m.Density(T, P); return err })
}

func BenchmarkDensity10(b *testing.B) { benchmarkDensity(b, referenceGases["Gulf Coast"]) }
func BenchmarkDensity21(b *testing.B) { benchmarkDensity(b, example) }

func benchmarkProperties(b *testing.B, amounts gas.Composition) {
	m := mixture(b, amounts)
	benchmark(b, m, func(T, P float64) error {
		d, err := m.Density(T, P)
		if err == nil {
			_, err = m.Properties(T, d)
		}
		return err
	})
}

func BenchmarkDensityAndProperties10(b *testing.B) {
	benchmarkProperties(b, referenceGases["Gulf Coast"])
}
func BenchmarkDensityAndProperties21(b *testing.B) { benchmarkProperties(b, example) }

// benchmarkNew has another composition for each density.
func benchmarkNew(b *testing.B, amounts gas.Composition) {
	x, err := gas.Normalize(amounts)
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, mixture(b, x), func(T, P float64) error {
		m, err := New(x)
		if err == nil {
			_, err = m.Density(T, P)
		}
		return err
	})
}

func BenchmarkNewAndDensity10(b *testing.B) { benchmarkNew(b, referenceGases["Gulf Coast"]) }
func BenchmarkNewAndDensity21(b *testing.B) { benchmarkNew(b, example) }
