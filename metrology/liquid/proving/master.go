package proving

import (
	"fmt"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
)

// Master is a meter with a factor of its own, from a proving at the flow rate of this one.
type Master struct {
	K  quantity.Factor // pulses per unit
	MF quantity.Factor // not composite: the CPL of the master is computed
}

// MasterRun is one run of a meter against a master: what both counted in the same time.
type MasterRun struct {
	Master, Meter float64 // pulses
}

// MasterProving is a meter held against another.
type MasterProving struct {
	Master Master
	K      quantity.Factor // of the meter, in the unit of the master's
	Runs   []MasterRun
	Accept Acceptance // of the meter factors of the runs

	Group           liquid.Group
	RhoBase         float64            // density at the reference conditions, kg/m3
	Base            quantity.Reference // reference conditions
	MasterT, MeterT liquid.Temperature
	MasterP, MeterP liquid.Pressure
}

// MasterProof is the outcome of a proving against a master meter. Nothing but MeterFactor is rounded.
type MasterProof struct {
	Method   string // of the proving and of the liquid
	Rounding string
	Accepted string // the criterion that the runs met
	Spread          // of the meter factors of the runs

	Master, Meter liquid.Factors
	Factors       []float64 // meter factor of each run; MF is their mean
	MF            float64

	MeterFactor quantity.Factor // MF with MeterFactorDecimals decimals
}

// ProveByMaster returns the meter factor of a proving against a master meter: for each run the master's volume at reference conditions,
// N/K x MF x CTL x CPL, over that of the meter, N/K x CTL x CPL, and of those the mean. It refuses what Prove refuses.
func ProveByMaster(p MasterProving) (MasterProof, error) {
	if !p.K.Valid() || !p.Master.K.Valid() {
		return MasterProof{}, fmt.Errorf("proving: k-factors %s of the meter and %s of the master must be positive", p.K, p.Master.K)
	}
	if _, err := report(p.Master.MF.Float()); err != nil {
		return MasterProof{}, fmt.Errorf("master: %w", err)
	}
	proof := MasterProof{Rounding: Rounding, Accepted: p.Accept.String()}
	var err error
	proof.Master, proof.Meter, err = factors(p.Group, p.RhoBase, p.Base, [2]liquid.Temperature{p.MasterT, p.MeterT}, [2]liquid.Pressure{p.MasterP, p.MeterP})
	if err != nil {
		return MasterProof{}, err
	}
	proof.Method = MethodMaster + "; " + proof.Meter.Method
	scale := p.K.Float() / p.Master.K.Float() * p.Master.MF.Float() * proof.Master.CTPL / proof.Meter.CTPL
	for i, run := range p.Runs {
		for _, x := range [...]float64{run.Master, run.Meter} {
			if !(x > 0 && x <= mostPulses) {
				return MasterProof{}, fmt.Errorf("proving: run %d: %w", i+1, pulsesOutOfRange(x))
			}
		}
		proof.Factors = append(proof.Factors, run.Master/run.Meter*scale)
	}
	if proof.Spread, err = SpreadOf(proof.Factors); err != nil {
		return MasterProof{}, err
	}
	if err = p.Accept.Accept(proof.Spread); err != nil {
		return MasterProof{}, err
	}
	proof.MF = proof.Mean
	if proof.MeterFactor, err = report(proof.MF); err != nil {
		return MasterProof{}, fmt.Errorf("%w; check that the k-factors %s and %s are in one unit", err, p.K, p.Master.K)
	}
	return proof, nil
}
