package detail

import "github.com/gauger/gauger/metrology/gas"

// molecules are the parameters of the components.
var molecules = [gas.Components]struct {
	mass   float64 // g/mol
	energy float64 // K
	size   float64 // (dm3/mol)^(1/3)
	// the rest is dimensionless
	orientation, quadrupole, highTemperature, dipole, association float64
}{
	gas.Methane:         {16.043, 151.3183, 0.4619255, 0, 0, 0, 0, 0},
	gas.Nitrogen:        {28.0135, 99.73778, 0.4479153, 0.027815, 0, 0, 0, 0},
	gas.CarbonDioxide:   {44.01, 241.9606, 0.4557489, 0.189065, 0.69, 0, 0, 0},
	gas.Ethane:          {30.07, 244.1667, 0.5279209, 0.0793, 0, 0, 0, 0},
	gas.Propane:         {44.097, 298.1183, 0.583749, 0.141239, 0, 0, 0, 0},
	gas.Isobutane:       {58.123, 324.0689, 0.6406937, 0.256692, 0, 0, 0, 0},
	gas.NButane:         {58.123, 337.6389, 0.6341423, 0.281835, 0, 0, 0, 0},
	gas.Isopentane:      {72.15, 365.5999, 0.6738577, 0.332267, 0, 0, 0, 0},
	gas.NPentane:        {72.15, 370.6823, 0.6798307, 0.366911, 0, 0, 0, 0},
	gas.NHexane:         {86.177, 402.636293, 0.7175118, 0.289731, 0, 0, 0, 0},
	gas.NHeptane:        {100.204, 427.72263, 0.7525189, 0.337542, 0, 0, 0, 0},
	gas.NOctane:         {114.231, 450.325022, 0.784955, 0.383381, 0, 0, 0, 0},
	gas.NNonane:         {128.258, 470.840891, 0.8152731, 0.427354, 0, 0, 0, 0},
	gas.NDecane:         {142.285, 489.558373, 0.8437826, 0.469659, 0, 0, 0, 0},
	gas.Hydrogen:        {2.0159, 26.95794, 0.3514916, 0.034369, 0, 1, 0, 0},
	gas.Oxygen:          {31.9988, 122.7667, 0.4186954, 0.021, 0, 0, 0, 0},
	gas.CarbonMonoxide:  {28.01, 105.5348, 0.4533894, 0.038953, 0, 0, 0, 0},
	gas.Water:           {18.0153, 514.0156, 0.3825868, 0.3325, 1.06775, 0, 1.5822, 1},
	gas.HydrogenSulfide: {34.082, 296.355, 0.4618263, 0.0885, 0.633276, 0, 0.39, 0},
	gas.Helium:          {4.0026, 2.610111, 0.3589888, 0, 0, 0, 0, 0},
	gas.Argon:           {39.948, 119.6299, 0.4216551, 0, 0, 0, 0, 0},
}

// interactions are the pairs of components that do not mix as the means of their parameters have it, with a factor on the energy in
// the second virial coefficient, and on the conformal energy, the size and the orientation. The factors of all other pairs are 1.
var interactions = [...]struct {
	i, j                                 gas.Component
	energy, conformal, size, orientation float64
}{
	{gas.Methane, gas.Nitrogen, 0.97164, 0.886106, 1.00363, 1},
	{gas.Methane, gas.CarbonDioxide, 0.960644, 0.963827, 0.995933, 0.807653},
	{gas.Methane, gas.Propane, 0.994635, 0.990877, 1.007619, 1},
	{gas.Methane, gas.Isobutane, 1.01953, 1, 1, 1},
	{gas.Methane, gas.NButane, 0.989844, 0.992291, 0.997596, 1},
	{gas.Methane, gas.Isopentane, 1.00235, 1, 1, 1},
	{gas.Methane, gas.NPentane, 0.999268, 1.00367, 1.002529, 1},
	{gas.Methane, gas.NHexane, 1.107274, 1.302576, 0.982962, 1},
	{gas.Methane, gas.NHeptane, 0.88088, 1.191904, 0.983565, 1},
	{gas.Methane, gas.NOctane, 0.880973, 1.205769, 0.982707, 1},
	{gas.Methane, gas.NNonane, 0.881067, 1.219634, 0.981849, 1},
	{gas.Methane, gas.NDecane, 0.881161, 1.233498, 0.980991, 1},
	{gas.Methane, gas.Hydrogen, 1.17052, 1.15639, 1.02326, 1.95731},
	{gas.Methane, gas.CarbonMonoxide, 0.990126, 1, 1, 1},
	{gas.Methane, gas.Water, 0.708218, 1, 1, 1},
	{gas.Methane, gas.HydrogenSulfide, 0.931484, 0.736833, 1.00008, 1},
	{gas.Nitrogen, gas.CarbonDioxide, 1.02274, 0.835058, 0.982361, 0.982746},
	{gas.Nitrogen, gas.Ethane, 0.97012, 0.816431, 1.00796, 1},
	{gas.Nitrogen, gas.Propane, 0.945939, 0.915502, 1, 1},
	{gas.Nitrogen, gas.Isobutane, 0.946914, 1, 1, 1},
	{gas.Nitrogen, gas.NButane, 0.973384, 0.993556, 1, 1},
	{gas.Nitrogen, gas.Isopentane, 0.95934, 1, 1, 1},
	{gas.Nitrogen, gas.NPentane, 0.94552, 1, 1, 1},
	{gas.Nitrogen, gas.Hydrogen, 1.08632, 0.408838, 1.03227, 1},
	{gas.Nitrogen, gas.Oxygen, 1.021, 1, 1, 1},
	{gas.Nitrogen, gas.CarbonMonoxide, 1.00571, 1, 1, 1},
	{gas.Nitrogen, gas.Water, 0.746954, 1, 1, 1},
	{gas.Nitrogen, gas.HydrogenSulfide, 0.902271, 0.993476, 0.942596, 1},
	{gas.CarbonDioxide, gas.Ethane, 0.925053, 0.96987, 1.00851, 0.370296},
	{gas.CarbonDioxide, gas.Propane, 0.960237, 1, 1, 1},
	{gas.CarbonDioxide, gas.Isobutane, 0.906849, 1, 1, 1},
	{gas.CarbonDioxide, gas.NButane, 0.897362, 1, 1, 1},
	{gas.CarbonDioxide, gas.Isopentane, 0.726255, 1, 1, 1},
	{gas.CarbonDioxide, gas.NPentane, 0.859764, 1, 1, 1},
	{gas.CarbonDioxide, gas.NHexane, 0.855134, 1.066638, 0.910183, 1},
	{gas.CarbonDioxide, gas.NHeptane, 0.831229, 1.077634, 0.895362, 1},
	{gas.CarbonDioxide, gas.NOctane, 0.80831, 1.088178, 0.881152, 1},
	{gas.CarbonDioxide, gas.NNonane, 0.786323, 1.098291, 0.86752, 1},
	{gas.CarbonDioxide, gas.NDecane, 0.765171, 1.108021, 0.854406, 1},
	{gas.CarbonDioxide, gas.Hydrogen, 1.28179, 1, 1, 1},
	{gas.CarbonDioxide, gas.CarbonMonoxide, 1.5, 0.9, 1, 1},
	{gas.CarbonDioxide, gas.Water, 0.849408, 1, 1, 1.67309},
	{gas.CarbonDioxide, gas.HydrogenSulfide, 0.955052, 1.04529, 1.00779, 1},
	{gas.Ethane, gas.Propane, 1.02256, 1.065173, 0.986893, 1},
	{gas.Ethane, gas.Isobutane, 1, 1.25, 1, 1},
	{gas.Ethane, gas.NButane, 1.01306, 1.25, 1, 1},
	{gas.Ethane, gas.Isopentane, 1, 1.25, 1, 1},
	{gas.Ethane, gas.NPentane, 1.00532, 1.25, 1, 1},
	{gas.Ethane, gas.Hydrogen, 1.16446, 1.61666, 1.02034, 1},
	{gas.Ethane, gas.Water, 0.693168, 1, 1, 1},
	{gas.Ethane, gas.HydrogenSulfide, 0.946871, 0.971926, 0.999969, 1},
	{gas.Propane, gas.NButane, 1.0049, 1, 1, 1},
	{gas.Propane, gas.Hydrogen, 1.034787, 1, 1, 1},
	{gas.Isobutane, gas.Hydrogen, 1.3, 1, 1, 1},
	{gas.NButane, gas.Hydrogen, 1.3, 1, 1, 1},
	{gas.NHexane, gas.HydrogenSulfide, 1.008692, 1.028973, 0.96813, 1},
	{gas.NHeptane, gas.HydrogenSulfide, 1.010126, 1.033754, 0.96287, 1},
	{gas.NOctane, gas.HydrogenSulfide, 1.011501, 1.038338, 0.957828, 1},
	{gas.NNonane, gas.HydrogenSulfide, 1.012821, 1.042735, 0.952441, 1},
	{gas.NDecane, gas.HydrogenSulfide, 1.014089, 1.046966, 0.948338, 1},
	{gas.Hydrogen, gas.CarbonMonoxide, 1.1, 1, 1, 1},
}
