package heating

import "github.com/gauger/gauger/metrology/gas"

// The elements that molar masses are made of.
const (
	carbon = iota
	hydrogen
	nitrogen
	oxygen
	sulfur
	helium
	argon
	elements
)

// atoms counts the atoms of each element in a molecule.
type atoms [elements]float64

// uAtomic are the standard uncertainties of the atomic masses in kg/kmol (ISO 6976:2016, Table A.2).
var uAtomic = atoms{carbon: 0.0004, hydrogen: 0.000035, nitrogen: 0.0001, oxygen: 0.00015, sulfur: 0.0025, helium: 0.000001, argon: 0.0005}

// constants are what ISO 6976:2016 tabulates of a component: Table 1, molar mass; Table 2, summation factors at the metering
// temperatures 0 C, 15 C, 60 F, 20 C and 101.325 kPa; Table 3, superior molar heating values at the combustion temperatures 0 C,
// 15 C, 60 F, 20 C, 25 C. The u are standard uncertainties.
type constants struct {
	m     float64 // kg/kmol
	atoms atoms
	sum   [4]float64
	uSum  float64
	heat  [5]float64 // kJ/mol
	uHeat float64
}

// table holds the constants in the order of gas.Component, as public transcriptions of the standard carry them. Two were at hand:
// that of neqsim, and that of the R package ISO6976.2016 and its port to Python. They agree on nitrogen, carbon dioxide and the
// hydrocarbons, but for the isobutane factor at 60 F (0.1717 here, which lies between its neighbours; 0.1770 in neqsim) and the mass
// of decane (where neqsim drops a digit). For hydrogen, oxygen, carbon monoxide, water, hydrogen sulfide, helium and argon neqsim
// has other figures; the table follows the R package, whose masses add up from the atomic masses and whose water reproduces the
// standard's own example (Annex D.3). The examples D.2 to D.4 are tests.
var table = [gas.Components]constants{
	gas.Methane: {
		m: 16.04246, atoms: atoms{carbon: 1, hydrogen: 4}, uSum: 0.0005,
		sum:  [4]float64{0.04886, 0.04452, 0.04437, 0.04317},
		heat: [5]float64{892.92, 891.51, 891.46, 891.05, 890.58}, uHeat: 0.19,
	},
	gas.Nitrogen: {
		m: 28.0134, atoms: atoms{nitrogen: 2}, uSum: 0.001,
		sum: [4]float64{0.0214, 0.017, 0.0169, 0.0156},
	},
	gas.CarbonDioxide: {
		m: 44.0095, atoms: atoms{carbon: 1, oxygen: 2}, uSum: 0.002,
		sum: [4]float64{0.0821, 0.0752, 0.0749, 0.073},
	},
	gas.Ethane: {
		m: 30.06904, atoms: atoms{carbon: 2, hydrogen: 6}, uSum: 0.0011,
		sum:  [4]float64{0.0997, 0.0919, 0.0916, 0.0895},
		heat: [5]float64{1564.35, 1562.14, 1562.06, 1561.42, 1560.69}, uHeat: 0.51,
	},
	gas.Propane: {
		m: 44.09562, atoms: atoms{carbon: 3, hydrogen: 8}, uSum: 0.0016,
		sum:  [4]float64{0.1465, 0.1344, 0.134, 0.1308},
		heat: [5]float64{2224.03, 2221.1, 2220.99, 2220.13, 2219.17}, uHeat: 0.51,
	},
	gas.Isobutane: {
		m: 58.1222, atoms: atoms{carbon: 4, hydrogen: 10}, uSum: 0.0031,
		sum:  [4]float64{0.1885, 0.1722, 0.1717, 0.1673},
		heat: [5]float64{2874.21, 2870.58, 2870.45, 2869.39, 2868.2}, uHeat: 0.72,
	},
	gas.NButane: {
		m: 58.1222, atoms: atoms{carbon: 4, hydrogen: 10}, uSum: 0.0039,
		sum:  [4]float64{0.2022, 0.184, 0.1834, 0.1785},
		heat: [5]float64{2883.35, 2879.76, 2879.63, 2878.58, 2877.4}, uHeat: 0.72,
	},
	gas.Isopentane: {
		m: 72.14878, atoms: atoms{carbon: 5, hydrogen: 12}, uSum: 0.0088,
		sum:  [4]float64{0.2458, 0.2251, 0.2244, 0.2189},
		heat: [5]float64{3536.01, 3531.68, 3531.52, 3530.25, 3528.83}, uHeat: 0.23,
	},
	gas.NPentane: {
		m: 72.14878, atoms: atoms{carbon: 5, hydrogen: 12}, uSum: 0.0107,
		sum:  [4]float64{0.2586, 0.2361, 0.2354, 0.2295},
		heat: [5]float64{3542.91, 3538.6, 3538.45, 3537.19, 3535.77}, uHeat: 0.23,
	},
	gas.NHexane: {
		m: 86.17536, atoms: atoms{carbon: 6, hydrogen: 14}, uSum: 0.0271,
		sum:  [4]float64{0.3319, 0.3001, 0.299, 0.2907},
		heat: [5]float64{4203.24, 4198.24, 4198.06, 4196.6, 4194.95}, uHeat: 0.32,
	},
	gas.NHeptane: {
		m: 100.20194, atoms: atoms{carbon: 7, hydrogen: 16}, uSum: 0.1001,
		sum:  [4]float64{0.4076, 0.3668, 0.3654, 0.3547},
		heat: [5]float64{4862.88, 4857.18, 4856.98, 4855.31, 4853.43}, uHeat: 0.67,
	},
	gas.NOctane: {
		m: 114.22852, atoms: atoms{carbon: 8, hydrogen: 18}, uSum: 0.1002,
		sum:  [4]float64{0.4845, 0.4346, 0.4329, 0.4198},
		heat: [5]float64{5522.41, 5516.01, 5515.78, 5513.9, 5511.8}, uHeat: 0.76,
	},
	gas.NNonane: {
		m: 128.2551, atoms: atoms{carbon: 9, hydrogen: 20}, uSum: 0.1006,
		sum:  [4]float64{0.5617, 0.503, 0.501, 0.4856},
		heat: [5]float64{6182.92, 6175.82, 6175.56, 6173.48, 6171.15}, uHeat: 0.81,
	},
	gas.NDecane: {
		m: 142.28168, atoms: atoms{carbon: 10, hydrogen: 22}, uSum: 0.1006,
		sum:  [4]float64{0.6713, 0.5991, 0.5967, 0.5778},
		heat: [5]float64{6842.69, 6834.9, 6834.62, 6832.33, 6829.77}, uHeat: 0.87,
	},
	gas.Hydrogen: {
		m: 2.01588, atoms: atoms{hydrogen: 2}, uSum: 0.025,
		sum:  [4]float64{-0.01, -0.01, -0.01, -0.01},
		heat: [5]float64{286.64, 286.15, 286.13, 285.99, 285.83}, uHeat: 0.02,
	},
	gas.Oxygen: {
		m: 31.9988, atoms: atoms{oxygen: 2}, uSum: 0.001,
		sum: [4]float64{0.0311, 0.0276, 0.0275, 0.0265},
	},
	gas.CarbonMonoxide: {
		m: 28.0101, atoms: atoms{carbon: 1, oxygen: 1}, uSum: 0.001,
		sum:  [4]float64{0.0258, 0.0217, 0.0215, 0.0203},
		heat: [5]float64{282.8, 282.91, 282.91, 282.95, 282.98}, uHeat: 0.06,
	},
	gas.Water: {
		m: 18.01528, atoms: atoms{hydrogen: 2, oxygen: 1}, uSum: 0.015,
		sum:  [4]float64{0.3093, 0.2562, 0.2546, 0.2419},
		heat: [5]float64{45.064, 44.431, 44.408, 44.222, 44.013}, uHeat: 0.004,
	},
	gas.HydrogenSulfide: {
		m: 34.08088, atoms: atoms{hydrogen: 2, sulfur: 1}, uSum: 0.0023,
		sum:  [4]float64{0.1006, 0.0923, 0.092, 0.0898},
		heat: [5]float64{562.93, 562.38, 562.36, 562.19, 562.01}, uHeat: 0.23,
	},
	gas.Helium: {
		m: 4.002602, atoms: atoms{helium: 1}, uSum: 0.025,
		sum: [4]float64{-0.01, -0.01, -0.01, -0.01},
	},
	gas.Argon: {
		m: 39.948, atoms: atoms{argon: 1}, uSum: 0.001,
		sum: [4]float64{0.0307, 0.0273, 0.0272, 0.0262},
	},
}

// inferior1995 are inferior molar heating values in kJ/mol at the combustion temperatures of constants.heat. See Inferior1995.
var inferior1995 = [gas.Components][5]float64{
	gas.Methane:         {802.82, 802.69, 802.69, 802.65, 802.6},
	gas.Ethane:          {1429.12, 1428.84, 1428.83, 1428.74, 1428.64},
	gas.Propane:         {2043.71, 2043.37, 2043.35, 2043.23, 2043.11},
	gas.Isobutane:       {2648.83, 2648.42, 2648.4, 2648.26, 2648.12},
	gas.NButane:         {2658.45, 2657.6, 2657.58, 2657.45, 2657.32},
	gas.Isopentane:      {3265.54, 3265.08, 3265.06, 3264.89, 3264.73},
	gas.NPentane:        {3272.45, 3272, 3271.98, 3271.83, 3271.67},
	gas.NHexane:         {3887.71, 3887.21, 3887.19, 3887.01, 3886.84},
	gas.NHeptane:        {4502.28, 4501.72, 4501.69, 4501.49, 4501.3},
	gas.NOctane:         {5116.73, 5116.11, 5116.08, 5115.87, 5115.66},
	gas.NNonane:         {5732.17, 5731.49, 5731.46, 5731.22, 5730.99},
	gas.NDecane:         {6346.88, 6346.14, 6346.11, 6345.85, 6345.59},
	gas.Hydrogen:        {241.56, 241.72, 241.72, 241.76, 241.81},
	gas.CarbonMonoxide:  {282.8, 282.91, 282.91, 282.95, 282.98},
	gas.HydrogenSulfide: {517.87, 517.95, 517.95, 517.97, 517.99},
}

// The constants of ISO 6976:2016, Annex A, with their standard uncertainties.
const (
	gasConstant  = 8.3144621 // J/(mol K)
	uGasConstant = 0.0000075
	airMass      = 28.96546 // kg/kmol
	uAirMass     = 0.00017
	uAirZ        = 0.000015
	uVapor       = 0.004   // of vapor
	atmosphere   = 101.325 // kPa: of the summation factors and of airZ
)

var (
	airZ  = [4]float64{0.999419, 0.999595, 0.999601, 0.999645} // at the metering temperatures
	vapor = [5]float64{45.064, 44.431, 44.408, 44.222, 44.013} // enthalpy of vaporization of water at the combustion temperatures, kJ/mol
)
