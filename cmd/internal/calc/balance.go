package calc

import (
	"errors"
	"fmt"

	"github.com/gauger/gauger/cmd/internal/unit"
	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/uncertainty"
)

var balanceKind = kind{
	use:   "balance",
	short: "Balance of receipts, deliveries and inventory, set against the uncertainty of its measurements",
	long:  "Each measurement has a name, a volume, and its expanded uncertainty (k = 2) in percent. All volumes are on one basis.",
	example: "  gauger calc balance --receipt LACT-1=100023.4bbl,0.15% --receipt LACT-2=50110.2bbl,0.2% \\\n" +
		"      --delivery Refinery=120004.8bbl,0.2% --delivery Dock=29410.0bbl,0.3% \\\n" +
		"      --inventory-change 310.0bbl --inventory-uncertainty 60.0bbl",
	new: func() calculation { return new(balanceInput) },
}

type balanceInput struct {
	receipts, deliveries []measured
	change, changeU      unit.Value
}

func (in *balanceInput) bind(f *flags) {
	f.add(&measuredList{into: &in.receipts, key: "receipts", example: "LACT-1=100023.4bbl,0.15%"}, "receipt", "a receipt; once for each", []option{needed})
	f.add(&measuredList{into: &in.deliveries, key: "deliveries", example: "Dock=29410.0bbl,0.3%"}, "delivery", "a delivery; once for each", nil)
	f.value(&in.change, "inventory-change", wantSigned, "closing less opening inventory")
	f.value(&in.changeU, "inventory-uncertainty", wantVolume, "expanded uncertainty (k = 2) of that change", with("inventory-change"))
}

func (in *balanceInput) compute(r *Result) error {
	all := volumes(in.receipts, in.deliveries)
	var change uncertainty.Change
	var err error
	if in.change.Given() {
		if !in.changeU.Given() {
			return errors.New("--inventory-uncertainty is missing: no change of an inventory is known exactly; give its expanded uncertainty, such as 60bbl")
		}
		all = append(all, in.change, in.changeU)
		if change.Volume, err = in.change.Micro(); err == nil {
			change.Expanded, err = in.changeU.Micro()
		}
		if err != nil {
			return fmt.Errorf("inventory: %w", err)
		}
	}
	if err := sameUnit(all...); err != nil {
		return err
	}
	b, err := uncertainty.Close(forBalance(in.receipts), forBalance(in.deliveries), change)
	if err != nil {
		return err
	}
	name := all[0].Unit.Name
	if err := totals(r, name, in, change); err != nil {
		return err
	}
	r.result("imbalance_"+name, "imbalance", exact(b.Imbalance), name, "receipts - deliveries - change; positive is a loss")
	r.result("imbalance_percent", "imbalance", number(b.Percent, 6), "%", "of the receipts")
	r.result("sigma_"+name, "standard uncertainty", number(b.Sigma, 6), name, "root of the sum of (U / 2)^2")
	r.result("expanded_"+name, "expanded uncertainty", number(b.Expanded, 6), name, "2 x standard uncertainty")
	r.result("z", "z", number(b.Z, 6), "", "imbalance / standard uncertainty")
	r.result("level", "level", word(string(b.Level())), "", "")
	r.by("volumes exact, uncertainties unrounded", uncertainty.Method)
	return nil
}

func totals(r *Result, name string, in *balanceInput, change uncertainty.Change) error {
	for _, t := range []struct {
		key, label string
		list       []measured
	}{{"receipts", "receipts", in.receipts}, {"deliveries", "deliveries", in.deliveries}} {
		var sum quantity.Micro
		for _, m := range t.list {
			var err error
			if sum, err = sum.Add(m.micro); err != nil {
				return err
			}
		}
		r.step(t.key+"_"+name, t.label, exact(sum), name, "sum")
	}
	t := table{key: "measurements", header: []column{
		{"side", "side"}, {"name", "name"}, {"volume_" + name, name}, {"expanded_percent", "U %"}, {"expanded_" + name, "U " + name},
	}}
	add := func(side, who string, volume quantity.Micro, percent cell, u float64) {
		t.rows = append(t.rows, []cell{word(side), word(who), exact(volume), percent, number(u, 6)})
	}
	for _, m := range in.receipts {
		add("receipt", m.name, m.micro, word(m.percent.Text), m.percent.Number/100*m.micro.Float())
	}
	for _, m := range in.deliveries {
		add("delivery", m.name, m.micro, word(m.percent.Text), m.percent.Number/100*m.micro.Float())
	}
	if in.change.Given() {
		add("inventory", "change", change.Volume, cell{}, change.Expanded.Float())
	}
	r.steps.tables = append(r.steps.tables, t)
	return nil
}

func forBalance(list []measured) []uncertainty.Measured {
	all := make([]uncertainty.Measured, len(list))
	for i, m := range list {
		all[i] = uncertainty.Measured{Volume: m.micro, Percent: m.percent.Number}
	}
	return all
}
