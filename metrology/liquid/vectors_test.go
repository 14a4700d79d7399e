package liquid

import "github.com/gauger/gauger/metrology/quantity"

// The examples of API MPMS 11.1-2004 (Addendum 1-2007) that this package is held against: figures only, carried over from the
// example files of the C distribution of the standard. Of the 89 examples these are the 57 that were at hand, 35 with a result
// and 22 that must be refused. Inputs are used as they are; volumes are the volume times (or, for the alternate conditions,
// over) the rounded CTPL.

// procedure is the way through the standard that an example takes.
type procedure string

const (
	fromBase    procedure = "from base"                              // 11.1.6.1, 11.1.7.1
	toBase      procedure = "to base"                                // 11.1.6.2, 11.1.7.2
	toAlternate procedure = "to base and on to alternate conditions" // 11.1.6.3, 11.1.7.3
)

// input is what an example starts from: rho is at base or observed, as the procedure has it.
type input struct {
	id   string
	way  procedure
	g    Group
	rho  float64
	base quantity.Reference
	t    Temperature
	p    Pressure
	tAlt Temperature // toAlternate only
	pAlt Pressure
}

// printed are the factors of an example as printed; fp is in the unit of the pressure. A zero is not printed.
type printed struct{ ctl, fp, cpl, ctpl, rho float64 }

type example struct {
	input
	rhoBase       float64
	here, there   printed
	in            string // volume
	out, outThere string // volume at base; at the alternate conditions
}

var examples = []example{
	{input{"11.1.6.1-1", fromBase, Crude, FromAPIGravity(17.785), quantity.At60F, Fahrenheit(-27.7), Psi(0), Temperature{}, Pressure{}}, 0,
		printed{1.033011591958, 0.305779891997, 1.0, 1.033011591958, 978.178034364}, printed{},
		"987.99", "1020.6035499", ""},
	{input{"11.1.6.1-3", fromBase, Refined, FromAPIGravity(19.4), quantity.At60F, Fahrenheit(48.04), Psi(-7.3), Temperature{}, Pressure{}}, 0,
		printed{1.00485806899, 0.384339609206, 1.0, 1.00485806899, 941.3353501926}, printed{},
		"12002", "12060.32972", ""},
	{input{"11.1.6.1-4", fromBase, Refined, FromRelativeDensity(0.7943), quantity.At60F, Fahrenheit(85.0), Psi(247.3), Temperature{}, Pressure{}}, 0,
		printed{0.986832406683, 0.664706197066, 1.001646525013, 0.988457250925, 784.3590249208}, printed{},
		"1000", "988.46", ""},
	{input{"11.1.6.1-5", fromBase, Refined, 772.32, quantity.At60F, Fahrenheit(-32.8), Psi(124.63), Temperature{}, Pressure{}}, 0,
		printed{1.057147343671, 0.451102239378, 1.000562524977, 1.057742015457, 816.9153133776}, printed{},
		"327468.0", "346376.00232", ""},
	{input{"11.1.6.1-6", fromBase, Refined, 657.3, quantity.At60F, Fahrenheit(27.3), Psi(1234.5), Temperature{}, Pressure{}}, 0,
		printed{1.026475833518, 0.993527440282, 1.012417396817, 1.039221991267, 683.0806148596}, printed{},
		"14.72", "15.2973184", ""},
	{input{"11.1.6.1-7", fromBase, Special(0.000732185), FromRelativeDensity(1.0537), quantity.At60F, Fahrenheit(97.7), Psi(287.4), Temperature{}, Pressure{}}, 0,
		printed{0.9721737956968, 0.346454796729, 1.000996703515, 0.973142764735, 1024.3915370787}, printed{},
		"203.85", "198.374589", ""},
	{input{"11.1.6.1-8", fromBase, Lubricating, FromAPIGravity(42.9), quantity.At60F, Fahrenheit(129.3), Psi(138.8), Temperature{}, Pressure{}}, 0,
		printed{0.969922293864, 0.732650236105, 1.001017953704, 0.970909629855, 786.9754991473}, printed{},
		"99.98", "97.0715818", ""},
	{input{"11.1.6.1-15", fromBase, Crude, FromAPIGravity(100), quantity.At60F, Fahrenheit(200), Psi(0), Temperature{}, Pressure{}}, 0,
		printed{0.868288296907, 4.092820997603, 1.0, 0.868288296907, 530.202578933}, printed{},
		"1000", "868.29", ""},
	{input{"11.1.6.2-1", toBase, Crude, 823.7, quantity.At60F, Fahrenheit(80.3), Psi(-5), Temperature{}, Pressure{}}, 832.048516184234,
		printed{0.989966310837, 0.567045450015, 1.0, 0.989966310837, 0}, printed{},
		"1000", "989.97", ""},
	{input{"11.1.6.2-3", toBase, Refined, FromRelativeDensity(0.8665), quantity.At60F, Fahrenheit(68.0), Psi(11.0), Temperature{}, Pressure{}}, 868.722680008428,
		printed{0.9964068147, 0.484824263921, 1.000053333513, 0.996459956576, 0}, printed{},
		"28.45", "28.349287", ""},
	{input{"11.1.6.2-5", toBase, Refined, 803.141, quantity.At60F, Fahrenheit(25.3), Psi(267.0), Temperature{}, Pressure{}}, 787.507922593917,
		printed{1.018381017381, 0.539959363768, 1.001443772976, 1.019851328373, 0}, printed{},
		"9998.7", "10197.174195", ""},
	{input{"11.1.6.2-6", toBase, Refined, FromAPIGravity(49.85), quantity.At60F, Fahrenheit(41.85), Psi(248.3), Temperature{}, Pressure{}}, 769.3624510058947,
		printed{1.011613933078, 0.616704425784, 1.001533625495, 1.013165369996, 0}, printed{},
		"485", "491.38745", ""},
	{input{"11.1.6.2-8", toBase, Lubricating, FromAPIGravity(23.6), quantity.At60F, Fahrenheit(78.7), Psi(128), Temperature{}, Pressure{}}, 917.442430351448,
		printed{0.992874116475, 0.438941943315, 1.000562161535, 0.993432272113, 0}, printed{},
		"2500", "2483.575", ""},
	{input{"11.1.6.3-2", toAlternate, Crude, FromRelativeDensity(0.7233), quantity.At60F, Fahrenheit(-57.95), Psi(113.5), Fahrenheit(301.95), Psi(1342.0)}, 663.423272118035,
		printed{1.088435322387, 0.603495901031, 1.00068543735, 1.08918137661, 0}, printed{0.805983918837, 4.24491684625, 1.060408035597, 0.854671824096, 567.009178129011},
		"9988.7", "10879.492266", "12729.4654849"},
	{input{"11.1.6.3-4", toAlternate, Refined, FromAPIGravity(41.4), quantity.At60F, Fahrenheit(72.04), Psi(375), Fahrenheit(-58), Psi(47.75)}, 820.686533964218,
		printed{0.994083677273, 0.572660475665, 1.002152098365, 0.99622304313, 0}, printed{1.056751557035, 0.359117236149, 1.00017150789, 1.056932798265, 867.410514841381},
		"14.95", "14.893489", "14.0912728374"},
	{input{"11.1.6.3-5", toAlternate, Refined, 790.53, quantity.At60F, Fahrenheit(35.34), Psi(38.4), Fahrenheit(127.98), Psi(121.8)}, 779.174880755919,
		printed{1.01434778063, 0.578757914964, 1.000222292442, 1.014573262475, 0}, printed{0.959835974243, 0.835760463789, 1.001018993536, 0.960814040896, 748.642165743914},
		"99998.0", "101454.97086", "105593.1670777"},
	{input{"11.1.6.3-7", toAlternate, Special(0.00057634), 853.7, quantity.At60F, Fahrenheit(84.5), Psi(157), Fahrenheit(97.4), Psi(0)}, 865.279061018129,
		printed{0.985817857839, 0.516634323827, 1.000811774331, 0.986618119472, 0}, printed{0.978305995393, 0.538697628351, 1.0, 0.978305995393, 846.507693082447},
		"10000", "9866.2", "10084.9424007"},
	{input{"11.1.6.3-9", toAlternate, Lubricating, FromAPIGravity(36.43), quantity.At60F, Fahrenheit(302), Psi(1499.97), Fahrenheit(98.65), Psi(568.33)}, 917.505498028854,
		printed{0.905934133257, 0.838261567336, 1.012733782436, 0.917470101411, 0}, printed{0.985240961815, 0.464994043354, 1.002649703018, 0.987851557765, 906.359235485755},
		"999.6", "917.103012", "928.382863795"},
	{input{"11.1.6.3-13", toAlternate, Crude, FromAPIGravity(105.3), quantity.At60F, Fahrenheit(87.9), Psi(172.34), Fahrenheit(237.8), Psi(0)}, 610.603878491534,
		printed{0.974283669212, 2.003584457334, 1.00346494182, 0.977659505442, 0}, printed{0.832034523163, 5.209412010593, 1.0, 0.832034523163, 508.043506882197},
		"1000", "977.66", "1175.02974652"},
	{input{"11.1.7.1-1", fromBase, Crude, 772.3, quantity.At15C, Celsius(-32.8), Bar(24.6), Temperature{}, Pressure{}}, 0,
		printed{1.048420095319, 6.706348860257, 1.001652488031, 1.050152596978, 811.030845}, printed{},
		"9885", "10380.73275", ""},
	{input{"11.1.7.1-2", fromBase, Crude, 772.3, quantity.At20C, Celsius(-32.8), Bar(24.65), Temperature{}, Pressure{}}, 0,
		printed{1.05331266825, 6.622983078151, 1.001635234957, 1.055035081947, 814.807392}, printed{},
		"397498", "419376.28992", ""},
	{input{"11.1.7.1-3", fromBase, Refined, 865.6, quantity.At15C, Celsius(87.32), KPa(75), Temperature{}, Pressure{}}, 0,
		printed{0.940416747194, 0.105233071273, 1.000078931033, 0.94049097526, 814.088144}, printed{},
		"48.75", "45.8488875", ""},
	{input{"11.1.7.1-4", fromBase, Refined, 793.5, quantity.At15C, Celsius(27.37), Bar(17.05), Temperature{}, Pressure{}}, 0,
		printed{0.98827400056, 9.520173044783, 1.001625828532, 0.989880764627, 785.46978}, printed{},
		"200.2", "198.173976", ""},
	{input{"11.1.7.1-6", fromBase, Refined, 657.3, quantity.At15C, Celsius(27.35), KPa(1235), Temperature{}, Pressure{}}, 0,
		printed{0.98175251646, 0.194781276352, 1.002411349381, 0.984119864783, 646.862076}, printed{},
		"1000", "984.12", ""},
	{input{"11.1.7.1-7", fromBase, Special(0.000446759), 641.8, quantity.At15C, Celsius(89.9), Bar(45.35), Temperature{}, Pressure{}}, 0,
		printed{0.938841277179, 41.70265108101, 1.019276716462, 0.956939054283, 614.164092}, printed{},
		"47.85", "45.789579", ""},
	{input{"11.1.7.2-1", toBase, Refined, 657.3, quantity.At15C, Celsius(27.35), KPa(1234), Temperature{}, Pressure{}}, 667.718347529613,
		printed{0.982192367319, 0.18149681424, 1.002244698072, 0.984397092633, 0}, printed{},
		"10000", "9844", ""},
	{input{"11.1.7.2-2", toBase, Crude, 823.7, quantity.At15C, Celsius(26.8), KPa(-5), Temperature{}, Pressure{}}, 832.434018321149,
		printed{0.989507855128, 0.082232607523, 1.0, 0.989507855128, 0}, printed{},
		"1000", "989.51", ""},
	{input{"11.1.7.2-3", toBase, Crude, 722.6, quantity.At15C, Celsius(-50), KPa(115), Temperature{}, Pressure{}}, 664.383677067826,
		printed{1.087515323806, 0.087329935201, 1.000100439513, 1.087624553315, 0}, printed{},
		"145902", "158685.93324", ""},
	{input{"11.1.7.2-5", toBase, Refined, 817.59, quantity.At15C, Celsius(22.25), KPa(2587.3), Temperature{}, Pressure{}}, 821.09497766568,
		printed{0.993591533933, 0.083058649032, 1.002153604472, 0.995731337103, 0}, printed{},
		"400.15", "398.4413595", ""},
	{input{"11.1.7.2-7", toBase, Refined, 779.6, quantity.At15C, Celsius(5.47), KPa(1710), Temperature{}, Pressure{}}, 769.965411139556,
		printed{1.010965045324, 0.089405815297, 1.001531180371, 1.012513015157, 0}, printed{},
		"89987", "91112.73737", ""},
	{input{"11.1.7.2-9", toBase, Lubricating, 1204.6, quantity.At15C, Celsius(-49.97), Bar(31.1), Temperature{}, Pressure{}}, 1163.078239292499,
		printed{1.034672971366, 3.188159804848, 1.000992501782, 1.035699886134, 0}, printed{},
		"100", "103.57", ""},
	{input{"11.1.7.3-2", toAlternate, Crude, 758.7, quantity.At15C, Celsius(-40), Bar(2.15), Celsius(90.0), Bar(24.35)}, 712.223958926801,
		printed{1.065075510252, 7.828785016773, 1.000168347214, 1.065254812747, 0}, printed{0.907158012893, 23.662962293959, 1.005795323575, 0.912415287111, 649.844027971673},
		"1000", "1065.25", "1167.4996164"},
	{input{"11.1.7.3-4", toAlternate, Refined, 817.55, quantity.At15C, Celsius(22.25), KPa(2585), Celsius(102.35), KPa(3505)}, 821.056637883991,
		printed{0.993590934183, 0.08306973448, 1.002151973683, 0.995729115724, 0}, printed{0.921427460327, 0.13936960452, 1.004908884069, 0.925950640907, 760.25792007001},
		"9987.5", "9944.853375", "10740.16240078"},
	{input{"11.1.7.3-5", toAlternate, Refined, 799, quantity.At20C, Celsius(1.85), KPa(1835), Celsius(45.95), KPa(10342)}, 784.134681415189,
		printed{1.01743503259, 0.081430476547, 1.001496485367, 1.018957609228, 0}, printed{0.974768180331, 0.110854271298, 1.011597508944, 0.986073063021, 773.214087124006},
		"15.85", "16.150516", "16.378670885"},
	{input{"11.1.7.3-7", toAlternate, Special(0.00057634), 853.7, quantity.At15C, Celsius(29.2), KPa(395), Celsius(55.05), KPa(6505)}, 866.255119751516,
		printed{0.985215119619, 0.074836882253, 1.000295694093, 0.985506440926, 0}, printed{0.958004304551, 0.087007330735, 1.005692042841, 0.963457306095, 834.599824066622},
		"1000", "985.51", "1022.88626409"},
}

// refusals are the examples that must be refused, and the quantity that is the first reason.
var refusals = []struct {
	input
	because string
}{
	{input{"11.1.6.1-10", fromBase, Crude, FromAPIGravity(100), quantity.At60F, Fahrenheit(302.05), Psi(0), Temperature{}, Pressure{}}, "temperature"},
	{input{"11.1.6.1-11", fromBase, Crude, FromAPIGravity(100), quantity.At60F, Fahrenheit(92.0), Psi(1501), Temperature{}, Pressure{}}, "gauge pressure"},
	{input{"11.1.6.1-13", fromBase, Refined, FromAPIGravity(-10.08), quantity.At60F, Fahrenheit(302.0), Psi(0), Temperature{}, Pressure{}}, "density at 60 F of refined"},
	{input{"11.1.6.2-10", toBase, Crude, FromAPIGravity(169.16), quantity.At60F, Fahrenheit(-58.05), Psi(0), Temperature{}, Pressure{}}, "temperature"},
	{input{"11.1.6.2-11", toBase, Crude, FromAPIGravity(-13.88), quantity.At60F, Fahrenheit(302.8), Psi(1500.12), Temperature{}, Pressure{}}, "temperature"},
	{input{"11.1.6.2-13", toBase, Refined, 1209.52, quantity.At60F, Fahrenheit(302.8), Psi(0), Temperature{}, Pressure{}}, "temperature"},
	{input{"11.1.6.2-15", toBase, Lubricating, FromAPIGravity(66.48), quantity.At60F, Fahrenheit(72.32), Psi(0), Temperature{}, Pressure{}}, "observed density of lubricating"},
	{input{"11.1.6.2-16", toBase, Lubricating, FromAPIGravity(-14.51), quantity.At60F, Fahrenheit(-57.97), Psi(240.7), Temperature{}, Pressure{}}, "observed density of lubricating"},
	{input{"11.1.6.3-10", toAlternate, Crude, FromAPIGravity(169.16), quantity.At60F, Fahrenheit(-58.05), Psi(-5), Fahrenheit(-58.05), Psi(-5)}, "temperature"},
	{input{"11.1.6.3-14", toAlternate, Refined, 470.17, quantity.At60F, Fahrenheit(-58.05), Psi(0), Fahrenheit(-58.05), Psi(0)}, "temperature"},
	{input{"11.1.6.3-16", toAlternate, Lubricating, FromAPIGravity(-10.05), quantity.At60F, Fahrenheit(-58.05), Psi(0), Fahrenheit(-58.05), Psi(0)}, "temperature"},
	{input{"11.1.6.3-17", toAlternate, Lubricating, FromAPIGravity(45.08), quantity.At60F, Fahrenheit(302.05), Psi(1500.5), Fahrenheit(302.05), Psi(0)}, "temperature"},
	{input{"11.1.7.1-9", fromBase, Refined, 1163.55, quantity.At20C, Celsius(150.025), KPa(10343), Temperature{}, Pressure{}}, "temperature"},
	{input{"11.1.7.1-11", fromBase, Lubricating, 1163.55, quantity.At20C, Celsius(150.025), Bar(103.43), Temperature{}, Pressure{}}, "temperature"},
	{input{"11.1.7.2-11", toBase, Crude, 470.27, quantity.At15C, Celsius(-50.05), KPa(0), Temperature{}, Pressure{}}, "temperature"},
	{input{"11.1.7.2-12", toBase, Crude, 1201.85, quantity.At15C, Celsius(150.03), KPa(103.425), Temperature{}, Pressure{}}, "temperature"},
	{input{"11.1.7.2-14", toBase, Refined, 1209.56, quantity.At15C, Celsius(150.02), KPa(10342.5), Temperature{}, Pressure{}}, "temperature"},
	{input{"11.1.7.2-16", toBase, Lubricating, 714.245, quantity.At15C, Celsius(22.42), KPa(0), Temperature{}, Pressure{}}, "observed density of lubricating"},
	{input{"11.1.7.2-17", toBase, Lubricating, 723.45, quantity.At15C, Celsius(0.42), KPa(0), Temperature{}, Pressure{}}, "density at 60 F, computed from the observed one, of lubricating"},
	{input{"11.1.7.3-9", toAlternate, Lubricating, 734.29, quantity.At20C, Celsius(35.8), KPa(140), Celsius(150), KPa(10340)}, "density at 60 F, computed from the observed one, of lubricating"},
	{input{"11.1.7.3-10", toAlternate, Crude, 470.27, quantity.At15C, Celsius(-50.05), KPa(0), Celsius(-50.05), KPa(0)}, "temperature"},
	{input{"11.1.7.3-12", toAlternate, Refined, 1209.56, quantity.At15C, Celsius(150.02), KPa(10342.5), Celsius(150.02), KPa(10342.5)}, "temperature"},
}
