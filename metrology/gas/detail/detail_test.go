package detail

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/gauger/gauger/metrology/gas"
	"github.com/gauger/gauger/metrology/quantity"
)

// tolerance is what the results may differ from NIST's code, relatively.
const tolerance = 1e-9

func mustNew(t testing.TB, x gas.Composition) *Mixture {
	t.Helper()
	x, err := gas.Normalize(x)
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(x)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// near reports a got that is farther from want than tolerance allows.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: %.15g, want %.15g, off by %.1e", what, got, want, got/want-1)
	}
}

func TestFullPrecisionExample(t *testing.T) {
	m := mustNew(t, rich)
	D, err := m.Density(400, 50000)
	if err != nil {
		t.Fatal(err)
	}
	p, err := m.Properties(400, D)
	if err != nil {
		t.Fatal(err)
	}
	want := gas.Properties{
		M: 20.54333051, T: 400, P: 50000, D: 12.80792403648801, Z: 1.173801364147326,
		DPDD: 6971.387690924090, D2PDD2: 1118.803636639520, DPDT: 235.6641493068212,
		U: -2739.134175817231, H: 1164.699096269404, S: -38.54882684677111, Cv: 39.12076154430332, Cp: 58.54617672380667,
		W: 712.6393684057903, G: 16584.22983497785, JT: 7.432969304794577e-5, Kappa: 2.672509225184606,
	}
	g, w := reflect.ValueOf(p), reflect.ValueOf(want)
	for i := range g.NumField() {
		near(t, g.Type().Field(i).Name, g.Field(i).Float(), w.Field(i).Float())
	}
	near(t, "molar mass", m.MolarMass(), want.M)
	near(t, "gas constant", m.GasConstant(), 50000/(D*400*want.Z))
}

// checkPoint holds the properties at a temperature and density against published ones. In an unstable state NIST's code may have a
// speed of sound none the less: that of a fluid that has no time to split.
func checkPoint(t *testing.T, m *Mixture, T, D, P, cv, cp, w float64) {
	t.Helper()
	p, err := m.Properties(T, D)
	near(t, "P", p.P/1000, P)
	near(t, "cv", p.Cv, cv)
	near(t, "cp", p.Cp, cp)
	near(t, "w", p.W, w)
	if unstable := p.DPDD <= 0 || w == 0; unstable != errors.Is(err, gas.ErrUnstable) || (p.Kappa == 0) != (w == 0) {
		t.Errorf("dP/dD is %v, w %v, kappa %v: error %v", p.DPDD, p.W, p.Kappa, err)
	}
	if t.Failed() {
		t.Fatalf("at %v K and %v mol/dm3", T, D)
	}
}

func TestNaturalGasPoints(t *testing.T) {
	for _, v := range naturalGasPoints {
		checkPoint(t, mustNew(t, naturalGases[v.row]), v.T, v.D, v.P, v.cv, v.cp, v.w)
	}
}

func TestBinaryPoints(t *testing.T) {
	stable := 0
	for _, v := range binaryPoints {
		var x gas.Composition
		x[v.a], x[v.b] = .5, .5
		m := mustNew(t, x)
		t.Run(v.a.String()+" "+v.b.String(), func(t *testing.T) { checkPoint(t, m, v.T, v.D, v.P, v.cv, v.cp, v.w) })
		if _, err := m.Properties(v.T, v.D); err == nil {
			stable++
		}
	}
	if unstable := len(binaryPoints) - stable; stable < 70 || unstable < 3 {
		t.Errorf("%d stable and %d unstable states: the table should have both", stable, unstable)
	}
}

func TestReferenceGasTables(t *testing.T) {
	for _, v := range tables {
		m := mustNew(t, referenceGases[v.gas])
		D, err := m.Density(v.T, v.P*1000)
		if err != nil {
			t.Fatal(err)
		}
		p, err := m.Properties(v.T, D)
		if err != nil {
			t.Fatal(err)
		}
		got := p.Z
		if v.quantity != "Z" {
			got = p.W
		}
		near(t, v.quantity+" of "+v.gas, got, v.want)
	}
}

func TestPipeline(t *testing.T) {
	for _, v := range pipeline {
		m := mustNew(t, referenceGases[v.gas])
		T, P := (v.fahrenheit-32)/1.8+273.15, v.psia*6.894757293168
		D, err := m.Density(T, P)
		if err != nil {
			t.Fatal(err)
		}
		p, err := m.Properties(T, D)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "D", D, v.density)
		near(t, "Z", p.Z, v.z)
		near(t, "w", p.W, v.w)
		near(t, "kappa", p.Kappa, v.kappa)
	}
}

// TestDensityPoints: the density that NIST's code finds, for gases, liquids and what is neither, and none where it finds none.
func TestDensityPoints(t *testing.T) {
	for _, v := range densityPoints {
		m := mustNew(t, fluids[v.fluid])
		D, err := m.Density(v.T, v.P)
		if v.D == 0 {
			if !errors.Is(err, gas.ErrNoConvergence) {
				t.Errorf("%s at %v K and %v kPa: %v, %v; want %v", v.fluid, v.T, v.P, D, err, gas.ErrNoConvergence)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", v.fluid, err)
		}
		near(t, v.fluid, D, v.D)
		if _, err := m.DensityFrom(v.T, v.P, D); err != nil {
			t.Errorf("%s: %v", v.fluid, err)
		}
	}
}

// TestDensityFrom: a guess leads into the liquid where Density is in the gas, and one that leads nowhere does not count.
func TestDensityFrom(t *testing.T) {
	m := mustNew(t, fluids["methane"])
	vapor, err := m.Density(120, 150)
	if err != nil || vapor > 1 {
		t.Fatal(vapor, err)
	}
	liquid, err := m.DensityFrom(120, 150, 25)
	if err != nil || liquid < 20 {
		t.Errorf("from 25 mol/dm3: %v, %v; want the liquid", liquid, err)
	}
	if P, err := m.Pressure(120, liquid); err != nil || math.Abs(P-150) > 1e-6 {
		t.Errorf("pressure of the liquid: %v, %v; want 150", P, err)
	}
	if D, err := m.DensityFrom(120, 150, 1000); err != nil || math.Abs(D/vapor-1) > tolerance {
		t.Errorf("from 1000 mol/dm3: %v, %v; want %v", D, err, vapor)
	}
	if D, err := m.DensityFrom(120, 0, 25); D != 0 || err != nil {
		t.Errorf("at 0 kPa: %v, %v; want 0", D, err)
	}
}

// anyComposition draws a gas of one to 21 components, in any proportion.
func anyComposition(t *rapid.T) gas.Composition {
	var x gas.Composition
	for range rapid.IntRange(1, 8).Draw(t, "components") {
		x[rapid.IntRange(0, gas.Components-1).Draw(t, "component")] += rapid.Float64Range(1e-6, 1).Draw(t, "amount")
	}
	return x
}

// naturalGas draws a gas of a pipeline.
func naturalGas(t *rapid.T) gas.Composition {
	x := gas.Composition{gas.Methane: 80}
	for i := 1; i < gas.Components; i++ {
		x[i] = rapid.Float64Range(0, 20/float64(i*i)).Draw(t, gas.Component(i).String())
	}
	return x
}

// TestTermByTerm holds the sums over components, the collected terms and the slopes against the equation as it is published: pair by
// pair and term by term.
func TestTermByTerm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, err := gas.Normalize(anyComposition(t))
		if err != nil {
			t.Fatal(err)
		}
		m, err := New(x)
		if err != nil {
			t.Fatal(err)
		}
		T, D := rapid.Float64Range(150, 700).Draw(t, "T"), rapid.Float64Range(1e-3, 20).Draw(t, "D")
		powers := powersOf(1 / T)
		c := m.at(&powers)
		a := c.helmholtz(D * m.size)
		s0, s1, largest := published(&x, T, D)
		if math.Abs(a.s0-s0) > 1e-12*largest || math.Abs(a.s1-s1) > 1e-12*largest {
			t.Errorf("a %v, Z-1 %v; term by term %v, %v", a.s0, a.s1, s0, s1)
		}
	})
}

// published returns the residual Helmholtz energy over RT, Z - 1 and the size of the largest term.
func published(x *gas.Composition, T, D float64) (a, z, largest float64) {
	var size, sizes, energy, energies, orient, quad, high float64
	type factors struct{ energy, conformal, size, orientation float64 }
	of := map[[2]gas.Component]factors{}
	for _, p := range interactions {
		of[[2]gas.Component{p.i, p.j}] = factors{p.energy, p.conformal, p.size, p.orientation}
	}
	var virial [virialTerms + 1]float64
	for i := range x {
		ci := &molecules[i]
		size += x[i] * math.Pow(ci.size, 2.5)
		energy += x[i] * math.Pow(ci.energy, 2.5)
		orient += x[i] * ci.orientation
		quad += x[i] * ci.quadrupole
		high += x[i] * x[i] * ci.highTemperature
		for j := range x {
			cj := &molecules[j]
			f, ok := of[[2]gas.Component{gas.Component(min(i, j)), gas.Component(max(i, j))}]
			if !ok || i == j {
				f = factors{1, 1, 1, 1}
			}
			xij := x[i] * x[j]
			sizes += xij * (math.Pow(f.size, 5) - 1) * math.Pow(ci.size*cj.size, 2.5)
			energies += xij * (math.Pow(f.conformal, 5) - 1) * math.Pow(ci.energy*cj.energy, 2.5)
			mean := (ci.orientation + cj.orientation) / 2
			orient += xij * (f.orientation - 1) * mean
			q := [properties]float64{1, f.orientation * mean, ci.quadrupole * cj.quadrupole, ci.highTemperature * cj.highTemperature,
				ci.dipole * cj.dipole, ci.association * cj.association}
			for n := 1; n <= virialTerms; n++ {
				k := &coefficients[n]
				e := f.energy * math.Sqrt(ci.energy*cj.energy)
				virial[n] += xij * k.a * q[k.q] * math.Pow(e/T, exponentValues[k.u]) * math.Pow(ci.size*cj.size, 1.5)
			}
		}
	}
	reduced := D * math.Pow(size*size+sizes, 0.6)
	u := math.Pow(energy*energy+energies, 0.2)
	q := [properties]float64{1, orient, quad * quad, high}
	for n := 1; n <= terms; n++ {
		k := &coefficients[n]
		if n <= virialTerms {
			a, z, largest = a+D*virial[n], z+D*virial[n], max(largest, math.Abs(D*virial[n]))
		}
		if n < firstDense {
			continue
		}
		b, kn := float64(k.b), float64(k.k)
		c := k.a * q[k.q] * math.Pow(u/T, exponentValues[k.u])
		e, y := 1.0, 0.0
		if k.k > 0 {
			y = math.Pow(reduced, kn)
			e = math.Exp(-y)
		}
		dense := c * math.Pow(reduced, b)
		a, z = a+dense*e, z+dense*e*(b-kn*y)
		largest = max(largest, math.Abs(dense))
		if n <= virialTerms {
			a, z = a-c*reduced, z-c*reduced
			largest = max(largest, math.Abs(c*reduced))
		}
	}
	return a, z, max(largest, 1)
}

// TestDerivatives: the properties are the derivatives of each other that thermodynamics has them be.
func TestDerivatives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, err := gas.Normalize(naturalGas(t))
		if err != nil {
			t.Fatal(err)
		}
		m, err := New(x)
		if err != nil {
			t.Fatal(err)
		}
		// Above its critical temperature the gas is stable at any density.
		T, P := rapid.Float64Range(1.7*m.energy, 600).Draw(t, "T"), rapid.Float64Range(10, 30000).Draw(t, "P")
		D, err := m.Density(T, P)
		if err != nil {
			t.Fatal(err)
		}
		at := func(T, D float64) gas.Properties {
			p, err := m.Properties(T, D)
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		const h = 1e-4
		p, hotter, colder, denser, thinner := at(T, D), at(T*(1+h), D), at(T*(1-h), D), at(T, D*(1+h)), at(T, D*(1-h))
		byT := func(a, b float64) float64 { return (a - b) / (2 * h * T) }
		byD := func(a, b float64) float64 { return (a - b) / (2 * h * D) }
		R := gasConstant
		for _, v := range []struct {
			what             string
			got, want, scale float64
		}{
			{"P", p.P, P, P},
			{"Z", p.Z, P / (D * R * T), 1},
			{"dP/dD", p.DPDD, byD(denser.P, thinner.P), R * T},
			{"d2P/dD2", p.D2PDD2, byD(denser.DPDD, thinner.DPDD), R * T},
			{"dP/dT", p.DPDT, byT(hotter.P, colder.P), D * R},
			{"cv", p.Cv, byT(hotter.U, colder.U), R},
			{"T dS/dT", p.Cv, T * byT(hotter.S, colder.S), R},
			{"dS/dD", byD(denser.S, thinner.S), -p.DPDT / (D * D), R / D},
			{"dU/dD", byD(denser.U, thinner.U), (p.P - T*p.DPDT) / (D * D), R * T / D},
			{"cp", p.Cp, p.Cv + T*p.DPDT*p.DPDT/(D*D*p.DPDD), R},
			{"H", p.H, p.U + p.P/D, R * T},
			{"G", p.G, p.H - T*p.S, R * T},
			{"w", p.W * p.W, 1000 * p.Cp / p.Cv * p.DPDD / p.M, 1},
			{"kappa", p.Kappa, p.Cp / p.Cv * D / p.P * p.DPDD, 1},
			{"JT", p.JT * p.Cp * D, T*p.DPDT/(D*p.DPDD) - 1, 1},
		} {
			if !(math.Abs(v.got-v.want) <= 1e-6*max(math.Abs(v.want), v.scale)) {
				t.Errorf("%s: %v, want %v", v.what, v.got, v.want)
			}
		}
	})
}

// TestThinGas: as the density goes to 0 so do the traces of the molecules on each other, without a loss of digits on the way.
func TestThinGas(t *testing.T) {
	m := mustNew(t, rich)
	thin, err := m.Properties(300, 1e-200)
	if err != nil {
		t.Fatal(err)
	}
	thicker, err := m.Properties(300, 1e-7)
	if err != nil {
		t.Fatal(err)
	}
	if thin.Z != 1 || math.Abs(thin.Cp-thin.Cv-gasConstant) > 1e-12 {
		t.Errorf("Z %v, cp - cv %v; want 1, R", thin.Z, thin.Cp-thin.Cv)
	}
	if math.Abs(thin.JT/thicker.JT-1) > 1e-6 || math.Abs(thin.D2PDD2/thicker.D2PDD2-1) > 1e-6 {
		t.Errorf("JT %v, d2P/dD2 %v; want %v, %v", thin.JT, thin.D2PDD2, thicker.JT, thicker.D2PDD2)
	}
}

// TestShortCut: what gasRoot finds is what search finds, over all components, temperatures and pressures.
func TestShortCut(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	short, long := 0, 0
	for range 1000 {
		var x gas.Composition
		for range 1 + r.IntN(8) {
			x[r.IntN(gas.Components)] += r.Float64()
		}
		m := mustNew(t, x)
		for range 20 {
			T := max(minTemperature, m.energy*math.Exp(r.Float64()*4-0.5))
			P := math.Exp(r.Float64() * 13)
			c, p := m.reduced(T, P)
			found, steps := c.gasRoot(p, T/m.energy)
			if steps == 0 {
				long++
				continue
			}
			short++
			want, _ := c.search(p, p, m.size)
			if !(math.Abs(found/want-1) < 1e-12) {
				t.Fatalf("%v at %v K and %v kPa: %v, want %v", x, T, P, found, want)
			}
		}
	}
	if short < 10000 || long < 2000 {
		t.Errorf("%d states by the short cut, %d not: the states should have both", short, long)
	}
}

// TestPathDoesNotShow: where a density is the only one, it is the same to the last digits wherever it was begun.
func TestPathDoesNotShow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, err := gas.Normalize(naturalGas(t))
		if err != nil {
			t.Fatal(err)
		}
		m, err := New(x)
		if err != nil {
			t.Fatal(err)
		}
		T, P := rapid.Float64Range(m.energy*1.7, 600).Draw(t, "T"), rapid.Float64Range(1, 40000).Draw(t, "P")
		D, err := m.Density(T, P)
		if err != nil {
			t.Fatal(err)
		}
		guess := rapid.Float64Range(0.5, 1.5).Draw(t, "guess")
		if got, err := m.DensityFrom(T, P, D*guess); err != nil || math.Abs(got/D-1) > 1e-13 {
			t.Errorf("from %v of it: %v, %v; want %v", guess, got, err, D)
		}
	})
}

func TestDecay(t *testing.T) {
	for y := 0.0; y < 699; y += 0.00371 {
		if want := math.Exp(-y); math.Abs(decay(y)/want-1) > 1e-15 {
			t.Fatalf("decay(%v) = %v, want %v", y, decay(y), want)
		}
	}
	for _, y := range []float64{701, 1e18, math.Inf(1)} {
		if decay(y) != 0 {
			t.Errorf("decay(%v) = %v, want 0", y, decay(y))
		}
	}
}

func TestPowers(t *testing.T) {
	for _, v := range []float64{1.0 / 2000, 1.0 / 273.15, 0.1, 3, 500} {
		p := powersOf(v)
		w := p.weighted()
		for i, u := range exponentValues {
			if want := math.Pow(v, u); math.Abs(p[i]/want-1) > 1e-14 || math.Abs(w[i]-u*want) > 1e-14*math.Abs(u*want) {
				t.Errorf("%v to the power %v: %v, weighted %v; want %v, %v", v, u, p[i], w[i], want, u*want)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	m := mustNew(t, rich)
	calls := map[string]func(T, v float64) error{
		"Density":      func(T, v float64) error { _, err := m.Density(T, v); return err },
		"DensityFrom":  func(T, v float64) error { _, err := m.DensityFrom(T, v, 1); return err },
		"a guess":      func(T, v float64) error { _, err := m.DensityFrom(T, 1000, v); return err },
		"Pressure":     func(T, v float64) error { _, err := m.Pressure(T, v); return err },
		"Properties":   func(T, v float64) error { _, err := m.Properties(T, v); return err },
		"temperatures": func(T, v float64) error { _, err := m.Pressure(v, 1); return err },
	}
	wrong := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e9, -1e-300}
	for name, call := range calls {
		for _, v := range wrong {
			var outside *quantity.RangeError
			if err := call(300, v); !errors.As(err, &outside) {
				t.Errorf("%s of %v: %v, want a RangeError", name, v, err)
			}
			if err := call(v, 1); name != "temperatures" && !errors.As(err, &outside) {
				t.Errorf("%s at %v K: %v, want a RangeError", name, v, err)
			}
		}
	}
	if _, err := m.Properties(300, 0); err == nil {
		t.Error("Properties at a density of 0: no error, but the entropy has no bound there")
	}
	for _, P := range []float64{0, 5e-324, 9e-16} {
		if D, err := m.Density(300, P); D != 0 || err != nil {
			t.Errorf("Density at %v kPa: %v, %v; want 0", P, D, err)
		}
	}
	if P, err := m.Pressure(300, 0); P != 0 || err != nil {
		t.Errorf("Pressure at 0 mol/dm3: %v, %v; want 0", P, err)
	}
	for _, x := range []gas.Composition{{}, {gas.Methane: 100}, {gas.Methane: 2, gas.Ethane: -1}, {gas.Methane: math.NaN()}} {
		if _, err := New(x); err == nil {
			t.Errorf("New(%v): no error", x)
		}
	}
}

func TestRangeOf(t *testing.T) {
	for _, v := range []struct {
		T, P float64
		want gas.Range
	}{
		{288.15, 101.325, gas.NormalRange}, {264.82, 10342, gas.NormalRange}, {334.8, 0, gas.NormalRange},
		{264.8, 10342, gas.ExtendedRange}, {300, 10343, gas.ExtendedRange}, {334.9, 1000, gas.ExtendedRange},
		{143, 280e3, gas.ExtendedRange}, {673, 0, gas.ExtendedRange},
		{142.9, 100, gas.OutsideRange}, {673.1, 100, gas.OutsideRange}, {300, 280001, gas.OutsideRange}, {300, -1, gas.OutsideRange},
		{math.NaN(), 100, gas.OutsideRange}, {300, math.NaN(), gas.OutsideRange},
	} {
		if got := RangeOf(v.T, v.P); got != v.want {
			t.Errorf("RangeOf(%v, %v) = %v, want %v", v.T, v.P, got, v.want)
		}
	}
}

// holdsOrRefuses asserts what holds of all input: an error, or numbers that fit together.
func holdsOrRefuses(t interface{ Fatalf(string, ...any) }, x gas.Composition, T, P float64) {
	m, err := New(x)
	if err != nil {
		return
	}
	var outside *quantity.RangeError
	D, err := m.Density(T, P)
	if err != nil {
		if !errors.As(err, &outside) && !errors.Is(err, gas.ErrNoConvergence) {
			t.Fatalf("Density(%v, %v): %v", T, P, err)
		}
		return
	}
	if P < vacuum && D == 0 {
		return
	}
	if back, err := m.Pressure(T, D); err != nil || !(math.Abs(back/P-1) < 1e-8) {
		t.Fatalf("Pressure(%v, Density(%v, %v)) = %v, %v", T, T, P, back, err)
	}
	for _, D := range []float64{D, min(P, maxDensity)} {
		p, err := m.Properties(T, D)
		v := reflect.ValueOf(p)
		for i := range v.NumField() {
			if f := v.Field(i).Float(); math.IsNaN(f) || math.IsInf(f, 0) && err == nil {
				t.Fatalf("Properties(%v, %v): %s is %v, error %v", T, D, v.Type().Field(i).Name, f, err)
			}
		}
		if stable := p.W > 0 && p.DPDD > 0; stable != (err == nil) || err != nil && !errors.Is(err, gas.ErrUnstable) {
			t.Fatalf("Properties(%v, %v): w %v, error %v", T, D, p.W, err)
		}
	}
}

// FuzzDensity: no input panics, loops for ever or gives a number that is none.
func FuzzDensity(f *testing.F) {
	f.Add([]byte{96, 0, 1, 2, 1}, 288.15, 101.325)
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21}, 400.0, 50000.0)
	f.Add([]byte{1}, 190.564, 4599.2)
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 10.0, 1e7)
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 2000.0, 1e7)
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 255}, 10.0, 1e-3)
	f.Add([]byte{7}, math.NaN(), math.Inf(1))
	f.Add([]byte{}, 300.0, 1.0)
	f.Add([]byte{1}, 300.0, 5e-324)
	f.Fuzz(func(t *testing.T, amounts []byte, T, P float64) {
		var x gas.Composition
		for i, a := range amounts[:min(len(amounts), gas.Components)] {
			x[i] = float64(a)
		}
		if len(amounts) <= gas.Components { // otherwise they stay as they are, and must be refused
			x, _ = gas.Normalize(x)
		}
		holdsOrRefuses(t, x, T, P)
	})
}

func TestAnyStateHoldsOrIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, err := gas.Normalize(anyComposition(t))
		if err != nil {
			t.Fatal(err)
		}
		T := rapid.OneOf(rapid.Float64Range(minTemperature, maxTemperature), rapid.Float64Range(100, 400), rapid.Float64())
		P := rapid.OneOf(rapid.Float64Range(0, maxPressure), rapid.Float64Range(0, 20000), rapid.Float64())
		holdsOrRefuses(t, x, T.Draw(t, "T"), P.Draw(t, "P"))
	})
}

// TestConcurrentUse: one Mixture serves many at once; the race detector has its eye on it.
func TestConcurrentUse(t *testing.T) {
	m := mustNew(t, rich)
	want, err := m.Density(300, 6000)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 100 {
				if _, err := m.Density(280+float64(i), 5000); err != nil {
					t.Error(err)
				}
				if D, err := m.Density(300, 6000); err != nil || D != want {
					t.Errorf("%v, %v; want %v", D, err, want)
				}
			}
		})
	}
	wg.Wait()
}

// TestNoAllocations: a gateway calls these for every meter every second.
func TestNoAllocations(t *testing.T) {
	m := mustNew(t, rich)
	n := testing.AllocsPerRun(100, func() {
		D, err := m.Density(300, 6000)
		if err == nil {
			D, err = m.DensityFrom(301, 6010, D)
		}
		if err == nil {
			_, err = m.Pressure(301, D)
		}
		if err == nil {
			_, err = m.Properties(301, D)
		}
		if err != nil {
			t.Error(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
