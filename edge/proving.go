package edge

import (
	"fmt"

	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/liquid/proving"
	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/steel"
)

// ProvingConfig is a proving report. A point that has one takes its meter factor from it, and not from a typed figure.
type ProvingConfig struct {
	Date              string          `yaml:"date"`        // of the proving
	By                string          `yaml:"by"`          // who proved
	ProverVolume      quantity.Factor `yaml:"base_volume"` // of the prover, in the unit of the point, at its reference conditions
	Expansion         quantity.Factor `yaml:"expansion"`   // cubical, of the prover's steel, per degree F
	Elasticity        quantity.Factor `yaml:"elasticity"`  // modulus of elasticity of the prover's steel, psi
	InnerDiameter     quantity.Factor `yaml:"inner"`       // in the unit of the wall
	Wall              quantity.Factor `yaml:"wall"`        // wall thickness
	Runs              []int64         `yaml:"runs"`        // pulses of each run
	ProverTemperature quantity.Micro  `yaml:"prover_temperature"`
	MeterTemperature  quantity.Micro  `yaml:"meter_temperature"`
	ProverPressure    quantity.Micro  `yaml:"prover_pressure"`
	MeterPressure     quantity.Micro  `yaml:"meter_pressure"`
}

// prove computes the meter factor of a proving (API MPMS 4.8, 12.2) and says in words what it rests on.
func (p *PointConfig) prove() (quantity.Factor, string, error) {
	c, parameters := p.Proving, p.parameters()
	group, err := liquid.ParseGroup(p.Commodity)
	if err != nil {
		return quantity.Factor{}, "", err
	}
	in := proving.Proving{
		Prover: proving.Prover{
			Volume: c.ProverVolume, Base: parameters.Basis.Reference, Inner: c.InnerDiameter.Float(), Wall: c.Wall.Float(),
			Steel: steel.Material{PerF: steel.Expansion{Cubical: c.Expansion.Float()}, Elasticity: c.Elasticity.Float()},
		},
		K: p.KFactor, Runs: proving.Whole(c.Runs), Accept: proving.RepeatabilityWithin(proving.FiveRunRepeatability),
		Group: group, RhoBase: p.BaseDensity.Float(),
	}
	for _, t := range []struct {
		to   *liquid.Temperature
		from quantity.Micro
	}{{&in.ProverT, c.ProverTemperature}, {&in.MeterT, c.MeterTemperature}} {
		if *t.to, err = record.TemperatureIn(p.TemperatureUnit, t.from); err != nil {
			return quantity.Factor{}, "", err
		}
	}
	for _, g := range []struct {
		to   *liquid.Pressure
		from quantity.Micro
	}{{&in.ProverP, c.ProverPressure}, {&in.MeterP, c.MeterPressure}} {
		if *g.to, err = record.PressureIn(p.PressureUnit, g.from); err != nil {
			return quantity.Factor{}, "", err
		}
	}
	proof, err := proving.Prove(in)
	if err != nil {
		return quantity.Factor{}, "", fmt.Errorf("proving of %s: %w", c.Date, err)
	}
	return proof.MeterFactor, fmt.Sprintf("proved %s by %s: %d runs, repeatability %.3f %%, random uncertainty %.4f %%; %s", c.Date, c.By,
		len(c.Runs), proof.Repeatability, proof.Uncertainty, proving.MethodPipe), nil
}
