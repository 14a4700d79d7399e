package calc

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/allocate"
	"github.com/gauger/gauger/metrology/quantity"
)

var allocateKind = kind{
	use:   "allocate",
	short: "Divide a measured total among the parties that brought it",
	long: "pro-rata divides in proportion to each party's own measurement; difference gives what is left to the party that --rest names;\n" +
		"total-fixed and total-adjusted move each measurement by how uncertain it is (expanded, k = 2, in percent), and the latter moves the\n" +
		"total as well. Shares add up to the total exactly: largest remainder, ties to the smaller name.",
	example: "  gauger calc allocate --total 1017.3bbl --party A=412.0bbl,5% --party B=388.5bbl,2% --party C=205.2bbl,10%",
	new:     func() calculation { return new(allocateInput) },
}

type allocateInput struct {
	total, totalPercent unit.Value
	parties             []measured
	rest                string
	method, decimals    string
}

func (in *allocateInput) bind(f *flags) {
	f.value(&in.total, "total", wantVolume, "the total", needed)
	f.value(&in.totalPercent, "total-uncertainty", wantPercent, "its expanded uncertainty (k = 2), for total-adjusted")
	list := &measuredList{into: &in.parties, key: "parties", example: "A=412.0bbl,5%", optional: true}
	f.add(list, "party", "a party with its measurement and, for the total- methods, its uncertainty; once for each", []option{needed})
	f.text(&in.rest, "rest", "D", "party that gets what is left, for difference")
	f.choice(&in.method, "method", []string{"pro-rata", "difference", "total-fixed", "total-adjusted"}, "how to divide", or("pro-rata"))
	f.choice(&in.decimals, "decimals", []string{"0", "1", "2", "3", "4", "5", "6"}, "decimals of the shares", or("2"))
}

func (in *allocateInput) compute(r *Result) error {
	if err := sameUnit(append(volumes(in.parties), in.total)...); err != nil {
		return err
	}
	total, err := in.total.Micro()
	if err != nil {
		return fmt.Errorf("--total: %w", err)
	}
	a, err := in.divide(total)
	if err != nil {
		return err
	}
	name := in.total.Unit.Name
	r.step("imbalance_"+name, "imbalance", exact(a.Imbalance), name, "total - sum of the measurements")
	if a.Factor != 0 {
		r.step("factor", "allocation factor", number(a.Factor, 10), "", "total / sum of the measurements")
	}
	if a.Z != 0 {
		r.step("z", "z", number(a.Z, 6), "", "imbalance / its standard uncertainty; beyond 3 look for the cause")
	}
	t := table{key: "shares", header: []column{
		{"name", "party"}, {"measured_" + name, "measured"}, {"unrounded_" + name, "unrounded"}, {"allocated_" + name, "allocated " + name},
	}}
	for _, s := range a.Shares {
		t.rows = append(t.rows, []cell{word(s.ID), exact(s.Measured), number(s.Unrounded, 8), exact(decimals(s.Allocated, a.Decimals))})
	}
	r.results.tables = append(r.results.tables, t)
	r.result("total_"+name, "total", exact(decimals(a.Total, a.Decimals)), name, "sum of the shares")
	r.by(fmt.Sprintf("shares to %d decimals", a.Decimals), a.Method)
	return nil
}

func (in *allocateInput) divide(total quantity.Micro) (allocate.Result, error) {
	places, err := strconv.Atoi(in.decimals)
	if err != nil {
		return allocate.Result{}, err
	}
	claims := make([]allocate.Claim, len(in.parties))
	for i, p := range in.parties {
		claims[i] = allocate.Claim{ID: p.name, Measured: p.micro}
		if !p.percent.Given() {
			continue
		}
		if claims[i].Percent, err = p.percent.Factor(); err != nil {
			return allocate.Result{}, fmt.Errorf("--party %s: %w", p.name, err)
		}
	}
	if (in.rest != "") != (in.method == "difference") {
		return allocate.Result{}, errors.New("--rest and --method difference go together: the party that was not measured gets what is left")
	}
	if in.totalPercent.Given() != (in.method == "total-adjusted") {
		return allocate.Result{}, errors.New("--total-uncertainty and --method total-adjusted go together: the total moves by how uncertain it is")
	}
	switch in.method {
	case "difference":
		return allocate.ByDifference(total, claims, in.rest)
	case "total-fixed":
		return allocate.TotalFixed(total, claims, places)
	case "total-adjusted":
		percent, err := in.totalPercent.Factor()
		if err != nil {
			return allocate.Result{}, err
		}
		return allocate.TotalAdjusted(total, percent, claims, places)
	}
	return allocate.ProRata(total, claims, places)
}
