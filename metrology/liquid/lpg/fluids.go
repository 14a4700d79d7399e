package lpg

import "math"

// fluid is one of the reference fluids that TP-27 interpolates between.
type fluid struct {
	name           string  // mixtures with their mole percent: EE ethane and ethylene, EP ethane and propane
	rd60           float64 // relative density 60/60 F
	tc             float64 // critical temperature, K
	zc             float64 // critical compressibility
	k1, k2, k3, k4 float64 // of the saturated density
}

// fluids are the twelve reference fluids of API MPMS 11.2.4 / GPA TP-27, by relative density, as public implementations carry them.
// TP-27 tabulates critical densities too; they cancel.
var fluids = [...]fluid{
	{"EE(68/32)", 0.325022, 298.11, 0.27998, 2.54616855327, -0.058244177754, 0.803398090807, -0.745720314137},
	{"ethane", 0.355994, 305.33, 0.2822, 1.8911304261, -0.370305782347, -0.54486728872, 0.337876634952},
	{"EP(65/35)", 0.429277, 333.67, 0.2806, 2.20970078464, -0.294253708172, -0.405754420098, 0.319443433421},
	{"EP(35/65)", 0.470381, 352.46, 0.2793, 2.2534198132, -0.266542138024, -0.372756711655, 0.384734185665},
	{"propane", 0.507025, 369.78, 0.27626, 1.96568366933, -0.327662435541, -0.417979702538, 0.303271602831},
	{"i-butane", 0.562827, 407.85, 0.28326, 2.0474803441, -0.289734363425, -0.330345036434, 0.291757103132},
	{"n-butane", 0.584127, 425.16, 0.27536, 2.03734743118, -0.299059145695, -0.418883095671, 0.380367738748},
	{"i-pentane", 0.624285, 460.44, 0.27026, 2.06541640707, -0.23836620884, -0.161440492247, 0.258681568613},
	{"n-pentane", 0.631054, 469.65, 0.27235, 2.11263474494, -0.26126941356, -0.291923445075, 0.308344290017},
	{"i-hexane", 0.657167, 498.05, 0.26706, 2.02382197871, -0.423550090067, -1.15281098257, 0.950139001678},
	{"n-hexane", 0.664064, 507.35, 0.26762, 2.17134547773, -0.232997313405, -0.267019794036, 0.378629524102},
	{"n-heptane", 0.688039, 540.15, 0.26312, 2.19773533433, -0.275056764147, -0.447144095029, 0.493770995799},
}

// saturated returns the density of the saturated liquid at a reduced temperature of at most 1, over the critical density.
func (f *fluid) saturated(tr float64) float64 {
	tau := 1 - tr
	if tau <= 0 {
		return 1
	}
	log := math.Log(tau)
	return 1 + (f.k1*math.Exp(0.35*log)+f.k3*tau*tau+f.k4*tau*tau*tau)/(1+f.k2*math.Exp(0.65*log))
}

// mixture is a liquid between two reference fluids.
type mixture struct {
	light, heavy *fluid
	share        float64 // of the way from light to heavy, by relative density
	tc           float64 // critical temperature, K
	scale        float64 // ratio of the critical compressibilities, which brings the densities of the two together
}

// between returns the liquid of a relative density 60/60 F within those of the reference fluids.
func between(rd60 float64) mixture {
	i := 1
	for i < len(fluids)-1 && fluids[i].rd60 <= rd60 {
		i++
	}
	a, b := &fluids[i-1], &fluids[i]
	share := (rd60 - a.rd60) / (b.rd60 - a.rd60)
	return mixture{
		light: a, heavy: b, share: share,
		tc:    a.tc + share*(b.tc-a.tc),
		scale: a.zc / b.zc,
	}
}

// saturated returns the density of the saturated liquid at a temperature in K, not above tc, to a scale of the mixture's own.
func (m mixture) saturated(kelvin float64) float64 {
	tr := kelvin / m.tc
	a, b := m.light.saturated(tr), m.heavy.saturated(tr)
	return a / (1 + m.share*(a/(m.scale*b)-1))
}

// The temperature of the relative density, 60 F, in K times 1.8.
const at60 = 519.67

// ctl returns the volume at 60 F over the volume at a temperature in K, both at saturation.
func (m mixture) ctl(kelvin float64) float64 { return m.saturated(kelvin) / m.saturated(at60/1.8) }

// lightest returns the relative density 60/60 F of the liquid whose critical temperature is kelvin: no lighter one is a liquid there.
func lightest(kelvin float64) float64 {
	for i := 1; i < len(fluids); i++ {
		if a, b := &fluids[i-1], &fluids[i]; kelvin < b.tc {
			return a.rd60 + (b.rd60-a.rd60)*(kelvin-a.tc)/(b.tc-a.tc)
		}
	}
	return fluids[len(fluids)-1].rd60
}
