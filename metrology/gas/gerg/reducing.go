package gerg

import (
	"math"

	"github.com/gauger/gauger/metrology/gas"
)

// interactions are the parameters of the reducing functions for the pairs whose parameters are not all 1.
var interactions = [...]struct {
	i, j                         gas.Component
	betaV, gammaV, betaT, gammaT float64
}{
	{gas.Methane, gas.Nitrogen, 0.998721377, 1.013950311, 0.99809883, 0.979273013},
	{gas.Methane, gas.CarbonDioxide, 0.999518072, 1.002806594, 1.02262449, 0.975665369},
	{gas.Methane, gas.Ethane, 0.997547866, 1.006617867, 0.996336508, 1.049707697},
	{gas.Methane, gas.Propane, 1.00482707, 1.038470657, 0.989680305, 1.098655531},
	{gas.Methane, gas.Isobutane, 1.011240388, 1.054319053, 0.980315756, 1.161117729},
	{gas.Methane, gas.NButane, 0.979105972, 1.045375122, 0.99417491, 1.171607691},
	{gas.Methane, gas.Isopentane, 1, 1.343685343, 1, 1.188899743},
	{gas.Methane, gas.NPentane, 0.94833012, 1.124508039, 0.992127525, 1.249173968},
	{gas.Methane, gas.NHexane, 0.958015294, 1.052643846, 0.981844797, 1.330570181},
	{gas.Methane, gas.NHeptane, 0.962050831, 1.156655935, 0.977431529, 1.379850328},
	{gas.Methane, gas.NOctane, 0.994740603, 1.116549372, 0.957473785, 1.449245409},
	{gas.Methane, gas.NNonane, 1.002852287, 1.141895355, 0.947716769, 1.528532478},
	{gas.Methane, gas.NDecane, 1.033086292, 1.146089637, 0.937777823, 1.568231489},
	{gas.Methane, gas.Hydrogen, 1, 1.018702573, 1, 1.352643115},
	{gas.Methane, gas.Oxygen, 1, 1, 1, 0.95},
	{gas.Methane, gas.CarbonMonoxide, 0.997340772, 1.006102927, 0.987411732, 0.987473033},
	{gas.Methane, gas.Water, 1.012783169, 1.585018334, 1.063333913, 0.775810513},
	{gas.Methane, gas.HydrogenSulfide, 1.012599087, 1.040161207, 1.011090031, 0.961155729},
	{gas.Methane, gas.Helium, 1, 0.881405683, 1, 3.159776855},
	{gas.Methane, gas.Argon, 1.034630259, 1.014678542, 0.990954281, 0.989843388},
	{gas.Nitrogen, gas.CarbonDioxide, 0.977794634, 1.047578256, 1.005894529, 1.107654104},
	{gas.Nitrogen, gas.Ethane, 0.978880168, 1.042352891, 1.007671428, 1.098650964},
	{gas.Nitrogen, gas.Propane, 0.974424681, 1.081025408, 1.002677329, 1.201264026},
	{gas.Nitrogen, gas.Isobutane, 0.98641583, 1.100576129, 0.99286813, 1.284462634},
	{gas.Nitrogen, gas.NButane, 0.99608261, 1.146949309, 0.994515234, 1.304886838},
	{gas.Nitrogen, gas.Isopentane, 1, 1.154135439, 1, 1.38177077},
	{gas.Nitrogen, gas.NPentane, 1, 1.078877166, 1, 1.419029041},
	{gas.Nitrogen, gas.NHexane, 1, 1.195952177, 1, 1.472607971},
	{gas.Nitrogen, gas.NHeptane, 1, 1.40455409, 1, 1.520975334},
	{gas.Nitrogen, gas.NOctane, 1, 1.186067025, 1, 1.733280051},
	{gas.Nitrogen, gas.NNonane, 1, 1.100405929, 0.95637945, 1.749119996},
	{gas.Nitrogen, gas.NDecane, 1, 1, 0.957934447, 1.822157123},
	{gas.Nitrogen, gas.Hydrogen, 0.972532065, 0.970115357, 0.946134337, 1.175696583},
	{gas.Nitrogen, gas.Oxygen, 0.99952177, 0.997082328, 0.997190589, 0.995157044},
	{gas.Nitrogen, gas.CarbonMonoxide, 1, 1.008690943, 1, 0.993425388},
	{gas.Nitrogen, gas.Water, 1, 1.094749685, 1, 0.968808467},
	{gas.Nitrogen, gas.HydrogenSulfide, 0.910394249, 1.256844157, 1.004692366, 0.9601742},
	{gas.Nitrogen, gas.Helium, 0.969501055, 0.932629867, 0.692868765, 1.47183158},
	{gas.Nitrogen, gas.Argon, 1.004166412, 1.002212182, 0.999069843, 0.990034831},
	{gas.CarbonDioxide, gas.Ethane, 1.002525718, 1.032876701, 1.013871147, 0.90094953},
	{gas.CarbonDioxide, gas.Propane, 0.996898004, 1.047596298, 1.033620538, 0.908772477},
	{gas.CarbonDioxide, gas.Isobutane, 1.076551882, 1.081909003, 1.023339824, 0.929982936},
	{gas.CarbonDioxide, gas.NButane, 1.174760923, 1.222437324, 1.018171004, 0.911498231},
	{gas.CarbonDioxide, gas.Isopentane, 1.060793104, 1.116793198, 1.019180957, 0.961218039},
	{gas.CarbonDioxide, gas.NPentane, 1.024311498, 1.068406078, 1.027000795, 0.979217302},
	{gas.CarbonDioxide, gas.NHexane, 1, 0.851343711, 1, 1.038675574},
	{gas.CarbonDioxide, gas.NHeptane, 1.205469976, 1.164585914, 1.011806317, 1.046169823},
	{gas.CarbonDioxide, gas.NOctane, 1.026169373, 1.104043935, 1.02969078, 1.074455386},
	{gas.CarbonDioxide, gas.NNonane, 1, 0.973386152, 1.00768862, 1.140671202},
	{gas.CarbonDioxide, gas.NDecane, 1.000151132, 1.183394668, 1.02002879, 1.145512213},
	{gas.CarbonDioxide, gas.Hydrogen, 0.904142159, 1.15279255, 0.942320195, 1.782924792},
	{gas.CarbonDioxide, gas.Water, 0.949055959, 1.542328793, 0.997372205, 0.775453996},
	{gas.CarbonDioxide, gas.HydrogenSulfide, 0.906630564, 1.024085837, 1.016034583, 0.92601888},
	{gas.CarbonDioxide, gas.Helium, 0.846647561, 0.864141549, 0.76837763, 3.207456948},
	{gas.CarbonDioxide, gas.Argon, 1.008392428, 1.029205465, 0.996512863, 1.050971635},
	{gas.Ethane, gas.Propane, 0.997607277, 1.00303472, 0.996199694, 1.01473019},
	{gas.Ethane, gas.Isobutane, 1, 1.006616886, 1, 1.033283811},
	{gas.Ethane, gas.NButane, 0.999157205, 1.006179146, 0.999130554, 1.034832749},
	{gas.Ethane, gas.Isopentane, 1, 1.045439935, 1, 1.021150247},
	{gas.Ethane, gas.NPentane, 0.993851009, 1.026085655, 0.998688946, 1.066665676},
	{gas.Ethane, gas.NHexane, 1, 1.169701102, 1, 1.092177796},
	{gas.Ethane, gas.NHeptane, 1, 1.057666085, 1, 1.134532014},
	{gas.Ethane, gas.NOctane, 1.007469726, 1.071917985, 0.984068272, 1.168636194},
	{gas.Ethane, gas.NNonane, 1, 1.14353473, 1, 1.05603303},
	{gas.Ethane, gas.NDecane, 0.995676258, 1.098361281, 0.970918061, 1.237191558},
	{gas.Ethane, gas.Hydrogen, 0.925367171, 1.10607204, 0.932969831, 1.902008495},
	{gas.Ethane, gas.CarbonMonoxide, 1, 1.201417898, 1, 1.069224728},
	{gas.Ethane, gas.HydrogenSulfide, 1.010817909, 1.030988277, 0.990197354, 0.90273666},
	{gas.Propane, gas.Isobutane, 0.999243146, 1.001156119, 0.998012298, 1.005250774},
	{gas.Propane, gas.NButane, 0.999795868, 1.003264179, 1.000310289, 1.007392782},
	{gas.Propane, gas.Isopentane, 1.040459289, 0.999432118, 0.994364425, 1.0032695},
	{gas.Propane, gas.NPentane, 1.044919431, 1.019921513, 0.996484021, 1.008344412},
	{gas.Propane, gas.NHexane, 1, 1.057872566, 1, 1.025657518},
	{gas.Propane, gas.NHeptane, 1, 1.079648053, 1, 1.050044169},
	{gas.Propane, gas.NOctane, 1, 1.102764612, 1, 1.063694129},
	{gas.Propane, gas.NNonane, 1, 1.199769134, 1, 1.109973833},
	{gas.Propane, gas.NDecane, 0.984104227, 1.053040574, 0.985331233, 1.140905252},
	{gas.Propane, gas.Hydrogen, 1, 1.07400611, 1, 2.308215191},
	{gas.Propane, gas.CarbonMonoxide, 1, 1.108143673, 1, 1.197564208},
	{gas.Propane, gas.Water, 1, 1.011759763, 1, 0.600340961},
	{gas.Propane, gas.HydrogenSulfide, 0.936811219, 1.010593999, 0.992573556, 0.905829247},
	{gas.Isobutane, gas.NButane, 0.999120311, 1.00041444, 0.999922459, 1.001432824},
	{gas.Isobutane, gas.Isopentane, 1, 1.002284353, 1, 1.001835788},
	{gas.Isobutane, gas.NPentane, 1, 1.002779804, 1, 1.002495889},
	{gas.Isobutane, gas.NHexane, 1, 1.010493989, 1, 1.006018054},
	{gas.Isobutane, gas.NHeptane, 1, 1.021668316, 1, 1.00988576},
	{gas.Isobutane, gas.NOctane, 1, 1.032807063, 1, 1.013945424},
	{gas.Isobutane, gas.NNonane, 1, 1.047298475, 1, 1.017817492},
	{gas.Isobutane, gas.NDecane, 1, 1.060243344, 1, 1.021624748},
	{gas.Isobutane, gas.Hydrogen, 1, 1.147595688, 1, 1.895305393},
	{gas.Isobutane, gas.CarbonMonoxide, 1, 1.087272232, 1, 1.161390082},
	{gas.Isobutane, gas.HydrogenSulfide, 1.012994431, 0.988591117, 0.974550548, 0.937130844},
	{gas.NButane, gas.Isopentane, 1, 1.002728434, 1, 1.000792201},
	{gas.NButane, gas.NPentane, 1, 1.01815965, 1, 1.00214364},
	{gas.NButane, gas.NHexane, 1, 1.034995284, 1, 1.00915706},
	{gas.NButane, gas.NHeptane, 1, 1.019174227, 1, 1.021283378},
	{gas.NButane, gas.NOctane, 1, 1.046905515, 1, 1.033180106},
	{gas.NButane, gas.NNonane, 1, 1.049219137, 1, 1.014096448},
	{gas.NButane, gas.NDecane, 0.976951968, 1.027845529, 0.993688386, 1.076466918},
	{gas.NButane, gas.Hydrogen, 1, 1.232939523, 1, 2.509259945},
	{gas.NButane, gas.CarbonMonoxide, 1, 1.084740904, 1, 1.173916162},
	{gas.NButane, gas.Water, 1, 1.223638763, 1, 0.615512682},
	{gas.NButane, gas.HydrogenSulfide, 0.908113163, 1.033366041, 0.985962886, 0.926156602},
	{gas.NButane, gas.Argon, 1, 1.214638734, 1, 1.245039498},
	{gas.Isopentane, gas.NPentane, 1, 1.000024335, 1, 1.000050537},
	{gas.Isopentane, gas.NHexane, 1, 1.002995876, 1, 1.001204174},
	{gas.Isopentane, gas.NHeptane, 1, 1.009928206, 1, 1.003194615},
	{gas.Isopentane, gas.NOctane, 1, 1.017880545, 1, 1.00564748},
	{gas.Isopentane, gas.NNonane, 1, 1.028994325, 1, 1.008191499},
	{gas.Isopentane, gas.NDecane, 1, 1.039372957, 1, 1.010825138},
	{gas.Isopentane, gas.Hydrogen, 1, 1.184340443, 1, 1.996386669},
	{gas.Isopentane, gas.CarbonMonoxide, 1, 1.116694577, 1, 1.199326059},
	{gas.Isopentane, gas.HydrogenSulfide, 1, 0.835763343, 1, 0.982651529},
	{gas.NPentane, gas.NHexane, 1, 1.002480637, 1, 1.000761237},
	{gas.NPentane, gas.NHeptane, 1, 1.008972412, 1, 1.002441051},
	{gas.NPentane, gas.NOctane, 1, 1.069223964, 1, 1.016422347},
	{gas.NPentane, gas.NNonane, 1, 1.034910633, 1, 1.103421755},
	{gas.NPentane, gas.NDecane, 1, 1.016370338, 1, 1.049035838},
	{gas.NPentane, gas.Hydrogen, 1, 1.188334783, 1, 2.013859174},
	{gas.NPentane, gas.CarbonMonoxide, 1, 1.119954454, 1, 1.206043295},
	{gas.NPentane, gas.Water, 1, 0.95667731, 1, 0.447666011},
	{gas.NPentane, gas.HydrogenSulfide, 0.984613203, 1.076539234, 0.962006651, 0.959065662},
	{gas.NHexane, gas.NHeptane, 1, 1.001508227, 1, 0.999762786},
	{gas.NHexane, gas.NOctane, 1, 1.006268954, 1, 1.001633952},
	{gas.NHexane, gas.NNonane, 1, 1.02076168, 1, 1.055369591},
	{gas.NHexane, gas.NDecane, 1.001516371, 1.013511439, 0.99764101, 1.028939539},
	{gas.NHexane, gas.Hydrogen, 1, 1.243461678, 1, 3.021197546},
	{gas.NHexane, gas.CarbonMonoxide, 1, 1.155145836, 1, 1.233272781},
	{gas.NHexane, gas.Water, 1, 1.170217596, 1, 0.569681333},
	{gas.NHexane, gas.HydrogenSulfide, 0.754473958, 1.339283552, 0.985891113, 0.956075596},
	{gas.NHeptane, gas.NOctane, 1, 1.006767176, 1, 0.998793111},
	{gas.NHeptane, gas.NNonane, 1, 1.001370076, 1, 1.001150096},
	{gas.NHeptane, gas.NDecane, 1, 1.002972346, 1, 1.002229938},
	{gas.NHeptane, gas.Hydrogen, 1, 1.159131722, 1, 3.169143057},
	{gas.NHeptane, gas.CarbonMonoxide, 1, 1.190354273, 1, 1.256123503},
	{gas.NHeptane, gas.HydrogenSulfide, 0.828967164, 1.087956749, 0.988937417, 1.013453092},
	{gas.NOctane, gas.NNonane, 1, 1.001357085, 1, 1.000235044},
	{gas.NOctane, gas.NDecane, 1, 1.002553544, 1, 1.007186267},
	{gas.NOctane, gas.Hydrogen, 1, 1.305249405, 1, 2.191555216},
	{gas.NOctane, gas.CarbonMonoxide, 1, 1.219206702, 1, 1.276565536},
	{gas.NOctane, gas.Water, 1, 0.599484191, 1, 0.662072469},
	{gas.NNonane, gas.NDecane, 1, 1.00081052, 1, 1.000182392},
	{gas.NNonane, gas.Hydrogen, 1, 1.342647661, 1, 2.23435404},
	{gas.NNonane, gas.CarbonMonoxide, 1, 1.252151449, 1, 1.294070556},
	{gas.NNonane, gas.HydrogenSulfide, 1, 1.082905109, 1, 1.086557826},
	{gas.NDecane, gas.Hydrogen, 1.695358382, 1.120233729, 1.064818089, 3.786003724},
	{gas.NDecane, gas.CarbonMonoxide, 1, 0.87018496, 1.049594632, 1.803567587},
	{gas.NDecane, gas.Water, 1, 0.551405318, 0.897162268, 0.740416402},
	{gas.NDecane, gas.HydrogenSulfide, 0.975187766, 1.171714677, 0.973091413, 1.103693489},
	{gas.Hydrogen, gas.CarbonMonoxide, 1, 1.121416201, 1, 1.377504607},
	{gas.Oxygen, gas.Water, 1, 1.143174289, 1, 0.964767932},
	{gas.Oxygen, gas.Argon, 0.999746847, 0.993907223, 1.000023103, 0.990430423},
	{gas.CarbonMonoxide, gas.HydrogenSulfide, 0.795660392, 1.101731308, 1.025536736, 1.022749748},
	{gas.CarbonMonoxide, gas.Argon, 1, 1.159720623, 1, 0.954215746},
	{gas.Water, gas.HydrogenSulfide, 1, 1.014832832, 1, 0.940587083},
	{gas.Water, gas.Argon, 1, 1.038993495, 1, 1.070941866},
}

// pair is what the reducing functions need of two components: the squares of their betas, and the products of their betas and
// gammas with the mean critical volume, dm3/mol, and temperature, K.
type pair struct{ betaV, volume, betaT, temperature float64 }

var pairs = func() (p [gas.Components][gas.Components]pair) {
	for i := range p {
		for j := range p {
			p[i][j] = newPair(&substances[i], &substances[j], 1, 1, 1, 1)
		}
	}
	for _, x := range interactions {
		p[x.i][x.j] = newPair(&substances[x.i], &substances[x.j], x.betaV, x.gammaV, x.betaT, x.gammaT)
	}
	return p
}()

func newPair(a, b *substance, betaV, gammaV, betaT, gammaT float64) pair {
	edge := (math.Cbrt(1/a.dc) + math.Cbrt(1/b.dc)) / 2
	return pair{betaV * betaV, betaV * gammaV * edge * edge * edge, betaT * betaT, betaT * gammaT * math.Sqrt(a.tc*b.tc)}
}

// reducing returns the reducing temperature, K, and density, mol/dm3, of a mixture.
func reducing(x *gas.Composition) (t, d float64) {
	var v float64
	for i, xi := range x {
		if xi == 0 {
			continue
		}
		v += xi * xi / substances[i].dc
		t += xi * xi * substances[i].tc
		for j := i + 1; j < len(x); j++ {
			if xj := x[j]; xj > 0 {
				p, w := &pairs[i][j], 2*xi*xj*(xi+xj)
				v += w * p.volume / (p.betaV*xi + xj)
				t += w * p.temperature / (p.betaT*xi + xj)
			}
		}
	}
	return t, 1 / v
}
