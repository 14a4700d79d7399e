package orifice

import "github.com/gauger/gauger/metrology/gas"

// SIMeter is a Meter in metric units.
type SIMeter struct {
	Bore, Pipe  float64 // diameter of plate bore and of meter tube at Reference, mm
	Plate, Tube float64 // linear expansion of their materials, per K
	Reference   float64 // temperature at which the diameters hold, degrees C; 68 F is 20 C
	Tap         Tap
	Expansion   Expansion
}

// SIConditions are Conditions in metric units.
type SIConditions struct {
	T              float64 // flowing temperature, degrees C
	P              float64 // absolute static pressure at the tap, kPa
	DP             float64 // differential pressure, kPa
	Viscosity      float64 // dynamic viscosity, mPa s
	Density        float64 // of the flowing fluid, at T and the pressure upstream of the plate, kg/m3
	BaseDensity    float64 // at base conditions, kg/m3
	K              float64 // isentropic exponent; 0 for an incompressible fluid
	Incompressible bool
}

// SIFlow is the flow in metric units; what else there is to know is in the Flow.
type SIFlow struct {
	Mass float64 // kg/h
	Base float64 // m3/h at the base conditions of BaseDensity
}

const (
	mmPerInch   = 25.4
	mPerFoot    = 0.3048
	m3PerFt3    = mPerFoot * mPerFoot * mPerFoot
	kgPerM3     = gas.KgPerPound / m3PerFt3 // in one lbm/ft3
	kPaPerInH2O = gas.KPaPerPsi / inH2OPerPsi
)

// US returns the meter in the units of the standard.
func (m SIMeter) US() Meter {
	return Meter{
		Bore: m.Bore / mmPerInch, Pipe: m.Pipe / mmPerInch, Plate: m.Plate / 1.8, Tube: m.Tube / 1.8,
		Reference: 1.8*m.Reference + 32, Tap: m.Tap, Expansion: m.Expansion,
	}
}

// US returns the conditions in the units of the standard. Its inch of water at 60 F is 1/27.7070 psi.
func (c SIConditions) US() Conditions {
	return Conditions{
		T: 1.8*c.T + 32, P: c.P / gas.KPaPerPsi, DP: c.DP / kPaPerInH2O, Viscosity: c.Viscosity,
		Density: c.Density / kgPerM3, BaseDensity: c.BaseDensity / kgPerM3, K: c.K, Incompressible: c.Incompressible,
	}
}

// SI returns the flow in metric units.
func (f Flow) SI() SIFlow {
	return SIFlow{Mass: f.Mass * gas.KgPerPound, Base: f.Base * m3PerFt3}
}
