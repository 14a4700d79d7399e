package detail

import (
	"math"

	"github.com/gauger/gauger/metrology/gas"
)

// idealGases are the components as ideal gases: cp is the part of the isobaric heat capacity, over R, that does not change with the
// temperature; n1 and n2 make entropy and enthalpy zero at 298.15 K and 101.325 kPa.
var idealGases = [gas.Components]struct {
	n1, n2, cp float64
}{
	gas.Methane:         {29.83843397, -15999.69151, 4.00088},
	gas.Nitrogen:        {17.56770785, -2801.729072, 3.50031},
	gas.CarbonDioxide:   {20.65844696, -4902.171516, 3.50002},
	gas.Ethane:          {36.73005938, -23639.65301, 4.00263},
	gas.Propane:         {44.70909619, -31236.63551, 4.02939},
	gas.Isobutane:       {34.30180349, -38525.50276, 4.06714},
	gas.NButane:         {36.53237783, -38957.80933, 4.33944},
	gas.Isopentane:      {43.17218626, -51198.30946, 4},
	gas.NPentane:        {42.67837089, -45215.83, 4},
	gas.NHexane:         {46.99717188, -52746.83318, 4},
	gas.NHeptane:        {52.07631631, -57104.81056, 4},
	gas.NOctane:         {57.25830934, -60546.76385, 4},
	gas.NNonane:         {62.09646901, -66600.12837, 4},
	gas.NDecane:         {65.93909154, -74131.45483, 4},
	gas.Hydrogen:        {13.07520288, -5836.943696, 2.47906},
	gas.Oxygen:          {16.8017173, -2318.32269, 3.50146},
	gas.CarbonMonoxide:  {17.45786899, -2635.244116, 3.50055},
	gas.Water:           {21.57882705, -7766.733078, 4.00392},
	gas.HydrogenSulfide: {21.5830944, -6069.035869, 4},
	gas.Helium:          {10.04639507, -745.375, 2.5},
	gas.Argon:           {10.04639507, -745.375, 2.5},
}

// vibrations are the terms n (y/sinh y)^2, the first and third, and n (y/cosh y)^2, the second and fourth, of the heat capacity over
// R of the components, with y = theta/T. The noble gases have none.
var vibrations = [gas.Components][4]struct {
	n, theta float64
}{
	gas.Methane:         {{0.76315, 820.659}, {0.0046, 178.41}, {8.74432, 1062.82}, {-4.46921, 1090.53}},
	gas.Nitrogen:        {{0.13732, 662.738}, {-0.1466, 680.562}, {0.90066, 1740.06}},
	gas.CarbonDioxide:   {{2.04452, 919.306}, {-1.06044, 865.07}, {2.03366, 483.553}, {0.01393, 341.109}},
	gas.Ethane:          {{4.33939, 559.314}, {1.23722, 223.284}, {13.1974, 1031.38}, {-6.01989, 1071.29}},
	gas.Propane:         {{6.60569, 479.856}, {3.197, 200.893}, {19.1921, 955.312}, {-8.37267, 1027.29}},
	gas.Isobutane:       {{8.97575, 438.27}, {5.25156, 198.018}, {25.1423, 1905.02}, {16.1388, 893.765}},
	gas.NButane:         {{9.44893, 468.27}, {6.89406, 183.636}, {24.4618, 1914.1}, {14.7824, 903.185}},
	gas.Isopentane:      {{11.7618, 292.503}, {20.1101, 910.237}, {33.1688, 1919.37}},
	gas.NPentane:        {{8.95043, 178.67}, {21.836, 840.538}, {33.4032, 1774.25}},
	gas.NHexane:         {{11.6977, 182.326}, {26.8142, 859.207}, {38.6164, 1826.59}},
	gas.NHeptane:        {{13.7266, 169.789}, {30.4707, 836.195}, {43.5561, 1760.46}},
	gas.NOctane:         {{15.6865, 158.922}, {33.8029, 815.064}, {48.1731, 1693.07}},
	gas.NNonane:         {{18.0241, 156.854}, {38.1235, 814.882}, {53.3415, 1693.79}},
	gas.NDecane:         {{21.0069, 164.947}, {43.4931, 836.264}, {58.3657, 1750.24}},
	gas.Hydrogen:        {{0.95806, 228.734}, {0.45444, 326.843}, {1.56039, 1651.71}, {-1.3756, 1671.69}},
	gas.Oxygen:          {{1.07558, 2235.71}, {1.01334, 1116.69}},
	gas.CarbonMonoxide:  {{1.02865, 1550.45}, {0.00493, 704.525}},
	gas.Water:           {{0.01059, 268.795}, {0.98763, 1141.41}, {3.06904, 2507.37}},
	gas.HydrogenSulfide: {{3.11942, 1833.63}, {1.00243, 847.181}},
}

// idealState holds the properties of the mixture as an ideal gas that are not those of any ideal gas.
type idealState struct {
	helmholtz float64 // over RT
	energy    float64 // over RT
	heat      float64 // isochoric heat capacity over R
}

// ideal returns the properties of the ideal gas at T kelvins and D mol/dm3.
func (m *Mixture) ideal(T, D float64) (s idealState) {
	const reference = 101.325 / (gasConstant * 298.15) // mol/dm3
	logT, logD := math.Log(T), math.Log(D/reference)
	for i, xi := range m.x {
		if xi == 0 {
			continue
		}
		g := &idealGases[i]
		helmholtz := logD + math.Log(xi) + g.n1 + g.n2/T - (g.cp-1)*logT
		energy := g.n2/T + g.cp - 1
		heat := g.cp - 1
		for j, v := range vibrations[i] {
			if v.n == 0 {
				continue
			}
			sign := float64(2*(j%2) - 1) // -1 of a term in sinh, 1 of one in cosh
			y := v.theta / T
			e := decay(2 * y)
			d := 1 + sign*e
			helmholtz -= sign * v.n * (y - math.Ln2 + math.Log(d))
			energy -= sign * v.n * y * (1 - sign*e) / d
			heat += v.n * 4 * y * y * e / (d * d)
		}
		s.helmholtz += xi * helmholtz
		s.energy += xi * energy
		s.heat += xi * heat
	}
	return s
}
