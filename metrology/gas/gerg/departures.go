package gerg

import "github.com/gauger/gauger/metrology/gas"

// departureTerm is one term n delta^d tau^t exp(-eta (delta-1/2)^2 - beta (delta-1/2)) of what two substances add to each other's
// residual Helmholtz energy; where eta and beta are 0 it is a plain power.
type departureTerm struct {
	d         int
	t         float64
	eta, beta float64
	n         float64
}

// The departure functions. One is shared by pairs of light alkanes.
var (
	methaneNitrogen = []departureTerm{
		{1, 0, 0, 0, -0.0098038985517335}, {4, 1.85, 0, 0, 0.00042487270143005}, {1, 7.85, 1, 1, -0.034800214576142},
		{2, 5.4, 1, 1, -0.13333813013896}, {2, 0, 0.25, 2.5, -0.011993694974627}, {2, 0.75, 0, 3, 0.069243379775168},
		{2, 2.8, 0, 3, -0.31022508148249}, {2, 4.45, 0, 3, 0.24495491753226}, {3, 4.25, 0, 3, 0.22369816716981},
	}
	methaneCarbonDioxide = []departureTerm{
		{1, 2.6, 0, 0, -0.10859387354942}, {2, 1.95, 0, 0, 0.080228576727389}, {3, 0, 0, 0, -0.0093303985115717},
		{1, 3.95, 1, 1, 0.040989274005848}, {2, 7.95, 0.5, 2, -0.24338019772494}, {3, 8, 0, 3, 0.23855347281124},
	}
	methaneEthane = []departureTerm{
		{3, 0.65, 0, 0, -0.00080926050298746}, {4, 1.55, 0, 0, -0.00075381925080059}, {1, 3.1, 1, 1, -0.041618768891219},
		{2, 5.9, 1, 1, -0.23452173681569}, {2, 7.05, 1, 1, 0.14003840584586}, {2, 3.35, 0.875, 1.25, 0.063281744807738},
		{2, 1.2, 0.75, 1.5, -0.034660425848809}, {2, 5.8, 0.5, 2, -0.23918747334251}, {2, 2.7, 0, 3, 0.0019855255066891},
		{3, 0.45, 0, 3, 6.1777746171555}, {3, 0.55, 0, 3, -6.9575358271105}, {3, 1.95, 0, 3, 1.0630185306388},
	}
	methanePropane = []departureTerm{
		{3, 1.85, 0, 0, 0.013746429958576}, {3, 3.95, 0, 0, -0.0074425012129552}, {4, 0, 0, 0, -0.0045516600213685},
		{4, 1.85, 0, 0, -0.0054546603350237}, {4, 3.85, 0, 0, 0.0023682016824471}, {1, 5.25, 0.25, 0.75, 0.18007763721438},
		{1, 3.85, 0.25, 1, -0.44773942932486}, {1, 0.2, 0, 2, 0.0193273748882}, {2, 6.5, 0, 3, -0.30632197804624},
	}
	nitrogenCarbonDioxide = []departureTerm{
		{2, 1.85, 0, 0, 0.28661625028399}, {3, 1.4, 0, 0, -0.10919833861247}, {1, 3.2, 0.25, 0.75, -1.137403208227},
		{1, 2.5, 0.25, 1, 0.76580544237358}, {1, 8, 0, 2, 0.0042638000926819}, {2, 3.75, 0, 3, 0.17673538204534},
	}
	nitrogenEthane = []departureTerm{
		{2, 0, 0, 0, -0.47376518126608}, {2, 0.05, 0, 0, 0.48961193461001}, {3, 0, 0, 0, -0.0057011062090535},
		{1, 3.65, 1, 1, -0.1996682004132}, {2, 4.9, 1, 1, -0.69411103101723}, {2, 4.45, 0.875, 1.25, 0.69226192739021},
	}
	methaneHydrogen = []departureTerm{
		{1, 2, 0, 0, -0.25157134971934}, {3, -1, 0, 0, -0.0062203841111983}, {3, 1.75, 0, 0, 0.088850315184396},
		{4, 1.4, 0, 0, -0.035592212573239},
	}
	alkanes = []departureTerm{
		{1, 1, 0, 0, 2.5574776844118}, {1, 1.55, 0, 0, -7.9846357136353}, {1, 1.7, 0, 0, 4.7859131465806},
		{2, 0.25, 0, 0, -0.73265392369587}, {2, 1.35, 0, 0, 1.3805471345312}, {3, 0, 0, 0, 0.28349603476365},
		{3, 1.25, 0, 0, -0.49087385940425}, {4, 0, 0, 0, -0.10291888921447}, {4, 0.7, 0, 0, 0.11836314681968},
		{4, 5.4, 0, 0, 5.5527385721943e-05},
	}
)

// departures are the pairs that have a departure function, and its weight.
var departures = [...]struct {
	i, j   gas.Component
	weight float64
	terms  []departureTerm
}{
	{gas.Methane, gas.Nitrogen, 1, methaneNitrogen},
	{gas.Methane, gas.CarbonDioxide, 1, methaneCarbonDioxide},
	{gas.Methane, gas.Ethane, 1, methaneEthane},
	{gas.Methane, gas.Propane, 1, methanePropane},
	{gas.Methane, gas.Isobutane, 0.771035405688, alkanes},
	{gas.Methane, gas.NButane, 1, alkanes},
	{gas.Methane, gas.Hydrogen, 1, methaneHydrogen},
	{gas.Nitrogen, gas.CarbonDioxide, 1, nitrogenCarbonDioxide},
	{gas.Nitrogen, gas.Ethane, 1, nitrogenEthane},
	{gas.Ethane, gas.Propane, 0.13042476515, alkanes},
	{gas.Ethane, gas.Isobutane, 0.260632376098, alkanes},
	{gas.Ethane, gas.NButane, 0.281570073085, alkanes},
	{gas.Propane, gas.Isobutane, -0.0551609771024, alkanes},
	{gas.Propane, gas.NButane, 0.0312572600489, alkanes},
	{gas.Isobutane, gas.NButane, -0.0551240293009, alkanes},
}
