package gerg

import "github.com/gauger/gauger/metrology/gas"

// substance is what is characteristic of a pure substance.
type substance struct {
	molarMass float64 // g/mol
	tc, dc    float64 // at the critical point: K, mol/dm3
}

var substances = [gas.Components]substance{
	gas.Methane:         {16.04246, 190.564, 10.139342719},
	gas.Nitrogen:        {28.0134, 126.192, 11.1839},
	gas.CarbonDioxide:   {44.0095, 304.1282, 10.624978698},
	gas.Ethane:          {30.06904, 305.322, 6.87085454},
	gas.Propane:         {44.09562, 369.825, 5.000043088},
	gas.Isobutane:       {58.1222, 407.817, 3.86014294},
	gas.NButane:         {58.1222, 425.125, 3.920016792},
	gas.Isopentane:      {72.14878, 460.35, 3.271},
	gas.NPentane:        {72.14878, 469.7, 3.215577588},
	gas.NHexane:         {86.17536, 507.82, 2.705877875},
	gas.NHeptane:        {100.20194, 540.13, 2.315324434},
	gas.NOctane:         {114.22852, 569.32, 2.056404127},
	gas.NNonane:         {128.2551, 594.55, 1.81},
	gas.NDecane:         {142.28168, 617.7, 1.64},
	gas.Hydrogen:        {2.01588, 33.19, 14.94},
	gas.Oxygen:          {31.9988, 154.595, 13.63},
	gas.CarbonMonoxide:  {28.0101, 132.86, 10.85},
	gas.Water:           {18.01528, 647.096, 17.87371609},
	gas.HydrogenSulfide: {34.08088, 373.1, 10.19},
	gas.Helium:          {4.002602, 5.1953, 17.399},
	gas.Argon:           {39.948, 150.687, 13.407429659},
}

// vibration is a term n (y/sinh y)^2 or n (y/cosh y)^2 of the ideal heat capacity over R, with y = theta/T.
type vibration struct{ n, theta float64 }

// idealGases are the substances as ideal gases: cp is the part of the isobaric heat capacity, over R, that does not change with the
// temperature, n1 and n2 make entropy and enthalpy zero at 298.15 K and 101.325 kPa. Of the vibrations the first and third are in
// sinh, the second and fourth in cosh.
var idealGases = [gas.Components]struct {
	n1, n2, cp float64
	vibrations []vibration
}{
	gas.Methane: {29.83843397, -15999.69151, 4.00088, []vibration{
		{0.76315, 820.659}, {0.0046, 178.41}, {8.74432, 1062.82}, {-4.46921, 1090.53},
	}},
	gas.Nitrogen: {17.56770785, -2801.729072, 3.50031, []vibration{
		{0.13732, 662.738}, {-0.1466, 680.562}, {0.90066, 1740.06},
	}},
	gas.CarbonDioxide: {20.65844696, -4902.171516, 3.50002, []vibration{
		{2.04452, 919.306}, {-1.06044, 865.07}, {2.03366, 483.553}, {0.01393, 341.109},
	}},
	gas.Ethane: {36.73005938, -23639.65301, 4.00263, []vibration{
		{4.33939, 559.314}, {1.23722, 223.284}, {13.1974, 1031.38}, {-6.01989, 1071.29},
	}},
	gas.Propane: {44.70909619, -31236.63551, 4.02939, []vibration{
		{6.60569, 479.856}, {3.197, 200.893}, {19.1921, 955.312}, {-8.37267, 1027.29},
	}},
	gas.Isobutane: {34.30180349, -38525.50276, 4.06714, []vibration{
		{8.97575, 438.27}, {5.25156, 198.018}, {25.1423, 1905.02}, {16.1388, 893.765},
	}},
	gas.NButane: {36.53237783, -38957.80933, 4.33944, []vibration{
		{9.44893, 468.27}, {6.89406, 183.636}, {24.4618, 1914.1}, {14.7824, 903.185},
	}},
	gas.Isopentane: {43.17218626, -51198.30946, 4, []vibration{
		{11.7618, 292.503}, {20.1101, 910.237}, {33.1688, 1919.37},
	}},
	gas.NPentane: {42.67837089, -45215.83, 4, []vibration{{8.95043, 178.67}, {21.836, 840.538}, {33.4032, 1774.25}}},
	gas.NHexane: {46.99717188, -52746.83318, 4, []vibration{
		{11.6977, 182.326}, {26.8142, 859.207}, {38.6164, 1826.59},
	}},
	gas.NHeptane: {52.07631631, -57104.81056, 4, []vibration{
		{13.7266, 169.789}, {30.4707, 836.195}, {43.5561, 1760.46},
	}},
	gas.NOctane: {57.25830934, -60546.76385, 4, []vibration{
		{15.6865, 158.922}, {33.8029, 815.064}, {48.1731, 1693.07},
	}},
	gas.NNonane: {62.09646901, -66600.12837, 4, []vibration{
		{18.0241, 156.854}, {38.1235, 814.882}, {53.3415, 1693.79},
	}},
	gas.NDecane: {65.93909154, -74131.45483, 4, []vibration{
		{21.0069, 164.947}, {43.4931, 836.264}, {58.3657, 1750.24},
	}},
	gas.Hydrogen: {13.07520288, -5836.943696, 2.47906, []vibration{
		{0.95806, 228.734}, {0.45444, 326.843}, {1.56039, 1651.71}, {-1.3756, 1671.69},
	}},
	gas.Oxygen:         {16.8017173, -2318.32269, 3.50146, []vibration{{1.07558, 2235.71}, {1.01334, 1116.69}}},
	gas.CarbonMonoxide: {17.45786899, -2635.244116, 3.50055, []vibration{{1.02865, 1550.45}, {0.00493, 704.525}}},
	gas.Water: {21.57882705, -7766.733078, 4.00392, []vibration{
		{0.01059, 268.795}, {0.98763, 1141.41}, {3.06904, 2507.37},
	}},
	gas.HydrogenSulfide: {21.5830944, -6069.035869, 4, []vibration{{3.11942, 1833.63}, {1.00243, 847.181}}},
	gas.Helium:          {10.04639507, -745.375, 2.5, []vibration{}},
	gas.Argon:           {10.04639507, -745.375, 2.5, []vibration{}},
}
