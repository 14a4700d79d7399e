package liquid

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gauger/gauger/metrology/quantity"
)

// Prover is a pipe prover: a length of pipe between two detectors whose volume is known.
type Prover struct {
	Volume     quantity.Factor    // base volume, at the reference temperature and 0 gauge, in the unit of the K-factor
	Base       quantity.Reference // reference conditions of the base volume
	Expansion  float64            // cubical expansion of the pipe, per degree F
	Elasticity float64            // modulus of elasticity of the pipe, psi
	Inner      float64            // inner diameter, in the unit of Wall
	Wall       float64            // wall thickness
	DoubleWall bool               // the measuring pipe has the pressure on both sides, so that CPS is 1
}

// Constants of prover steel: cubical expansion per degree F and modulus of elasticity in psi. From memory, unverified (MPMS
// 12.2).
const (
	MildSteelExpansion    = 1.86e-5
	Stainless304Expansion = 2.88e-5
	Stainless316Expansion = 2.65e-5
	MildSteelElasticity   = 3.0e7
	StainlessElasticity   = 2.8e7
)

// FiveRunRepeatability is the conventional limit, in percent, of the repeatability of five consecutive runs.
const FiveRunRepeatability = 0.05

// MeterFactorDecimals is the number of decimals of a reported meter factor. From memory, unverified (MPMS 12.2).
const MeterFactorDecimals = 4

// Proving is a meter held against a pipe prover, by the average of its runs.
type Proving struct {
	Prover Prover
	K      quantity.Factor // nominal, pulses per unit
	Runs   []int64         // pulses of each consecutive run, 2 to 20 runs
	Limit  float64         // repeatability in percent that is still accepted, such as FiveRunRepeatability

	Group           Group
	RhoBase         float64 // density at the reference conditions of the prover, kg/m3
	ProverT, MeterT Temperature
	ProverP, MeterP Pressure
}

// Proof is the outcome of a proving (MPMS 12.2 and 4.8). Nothing but MeterFactor is rounded.
type Proof struct {
	MeanPulses    float64
	Repeatability float64 // (max - min)/min of the runs, percent
	Uncertainty   float64 // random uncertainty of the mean at 95 %: t x s/sqrt(n), percent

	CTS, CPS      float64 // of the prover's steel: temperature and pressure
	Prover, Meter Factors // of the liquid in the prover and in the meter
	GSV           float64 // standard volume of the prover: base volume x CTS x CPS x CTL x CPL
	IV, ISV       float64 // volume the meter indicated, and the same at reference conditions: x CTL x CPL
	MF            float64 // GSV / ISV

	MeterFactor quantity.Factor // MF with MeterFactorDecimals decimals
}

// RepeatabilityError reports runs that lie too far apart for a meter factor.
type RepeatabilityError struct {
	Runs                 int
	Repeatability, Limit float64 // percent
}

// Error names the repeatability and the limit.
func (e *RepeatabilityError) Error() string {
	return fmt.Sprintf("repeatability of %d runs is %.4f %%, above the limit of %v %%: prove again", e.Runs, e.Repeatability, e.Limit)
}

// Prove returns the meter factor of a proving, or, with *RepeatabilityError, refuses runs that lie too far apart. It refuses
// what FromBase refuses, a prover that is not fully described, and steel that would change its volume by more than 5 %.
func Prove(p Proving) (Proof, error) {
	if !p.K.Valid() || !p.Prover.Volume.Valid() {
		return Proof{}, fmt.Errorf("proving: k-factor %s and prover volume %s must be positive", p.K, p.Prover.Volume)
	}
	proof, err := statistics(p.Runs)
	if err != nil {
		return Proof{}, err
	}
	if !(proof.Repeatability <= p.Limit) {
		return Proof{}, &RepeatabilityError{Runs: len(p.Runs), Repeatability: proof.Repeatability, Limit: p.Limit}
	}
	if proof.Prover, err = FromBase(p.Group, p.RhoBase, p.Prover.Base, p.ProverT, p.ProverP); err != nil {
		return Proof{}, fmt.Errorf("liquid in the prover: %w", err)
	}
	if proof.Meter, err = FromBase(p.Group, p.RhoBase, p.Prover.Base, p.MeterT, p.MeterP); err != nil {
		return Proof{}, fmt.Errorf("liquid in the meter: %w", err)
	}
	if proof.CTS, proof.CPS, err = p.Prover.steel(p.ProverT, p.ProverP); err != nil {
		return Proof{}, err
	}
	proof.GSV = p.Prover.Volume.Float() * proof.CTS * proof.CPS * proof.Prover.CTPL
	proof.IV = proof.MeanPulses / p.K.Float()
	proof.ISV = proof.IV * proof.Meter.CTPL
	proof.MF = proof.GSV / proof.ISV
	if proof.MeterFactor, err = quantity.RoundFactor(proof.MF, MeterFactorDecimals); err != nil || !proof.MeterFactor.Valid() {
		return Proof{}, fmt.Errorf("meter factor %v is none; check that the k-factor %s and the prover volume %s are in one unit", proof.MF, p.K, p.Prover.Volume)
	}
	return proof, nil
}

// steel returns CTS = 1 + (T - Tbase) x expansion and CPS = 1 + P x inner/(elasticity x wall).
func (p Prover) steel(t Temperature, gauge Pressure) (cts, cps float64, err error) {
	baseF, err := baseTemperature(p.Base)
	if err != nil {
		return 0, 0, fmt.Errorf("prover: %w", err)
	}
	cts, cps = 1+(t.Fahrenheit()-baseF)*p.Expansion, 1
	if !p.DoubleWall {
		cps = 1 + max(gauge.Psi(), 0)*p.Inner/(p.Elasticity*p.Wall)
	}
	const most = 0.05
	if !(p.Expansion > 0 && math.Abs(cts-1) <= most && cps >= 1 && cps-1 <= most) {
		return 0, 0, fmt.Errorf("prover steel: CTS %v and CPS %v are not near 1; check expansion %v per F, elasticity %v psi, inner diameter %v and wall %v",
			cts, cps, p.Expansion, p.Elasticity, p.Inner, p.Wall)
	}
	return cts, cps, nil
}

// student holds the two-sided 95 % points of Student's t, by degrees of freedom less one.
var student = [...]float64{
	12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139,
	2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922, 2.093024,
}

// statistics returns mean, repeatability and random uncertainty of the runs.
func statistics(runs []int64) (Proof, error) {
	if len(runs) < 2 || len(runs) > len(student)+1 {
		return Proof{}, fmt.Errorf("proving of %d runs: 2 to %d are accepted", len(runs), len(student)+1)
	}
	least, most := slices.Min(runs), slices.Max(runs)
	if least <= 0 {
		return Proof{}, errors.New("proving: a run without pulses")
	}
	var sum, squares float64
	for _, n := range runs {
		sum += float64(n)
	}
	mean := sum / float64(len(runs))
	for _, n := range runs {
		squares += (float64(n) - mean) * (float64(n) - mean)
	}
	free := float64(len(runs) - 1)
	deviation := math.Sqrt(squares/free) / math.Sqrt(float64(len(runs)))
	return Proof{
		MeanPulses:    mean,
		Repeatability: (float64(most) - float64(least)) / float64(least) * 100,
		Uncertainty:   student[len(runs)-2] * deviation / mean * 100,
	}, nil
}
