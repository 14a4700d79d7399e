package customs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Memo is a tax that an importation may bring about and that is not paid on the entry.
type Memo struct {
	Tax      string    `json:"tax"`
	Amount   Amount    `json:"amount"`
	Text     string    `json:"text"`
	Citation string    `json:"citation"`
	Verified dated.Tag `json:"verified"`
}

// Memos returns the excise taxes on petroleum (26 USC 4611) on a line in barrels: each tax in force with its amount, rounded once to
// the cent. Goods that are tar sands oil, diluted bitumen and synthetic included, are probably not taxed. Lines that no row reaches
// have none.
func (t *Tables) Memos(hts string, barrels quantity.Micro, tarSands bool, a dated.AsOf) ([]Memo, error) {
	rows := slices.DeleteFunc(slices.Clone(t.rates.Taxes.Rows), func(r taxRow) bool {
		return !slices.ContainsFunc(r.HTS, func(prefix string) bool { return strings.HasPrefix(hts, prefix) })
	})
	if len(rows) == 0 {
		return nil, nil
	}
	if err := dated.Reach("the excise tax on petroleum", t.rates.Taxes.KnownThrough, a); err != nil {
		return nil, err
	}
	var memos []Memo
	var note string
	for _, r := range dated.Select(rows, a) {
		if r.Kind == "exclusion" && tarSands {
			return []Memo{{
				Tax: "excise taxes on petroleum", Text: "probably not due: the goods are stated to be " + r.Tax, Citation: r.Citation,
				Verified: r.Verified,
			}}, nil
		}
		if r.Kind == "exclusion" {
			note = fmt.Sprintf("; probably not due on %s (%s)", r.Tax, r.Citation)
			continue
		}
		tax, err := barrels.Mul(r.Dollars.Factor)
		if err != nil {
			return nil, fmt.Errorf("tax %s: %w", r.Tax, err)
		}
		amount, err := tax.Round(2)
		if err != nil {
			return nil, fmt.Errorf("tax %s: %w", r.Tax, err)
		}
		memos = append(memos, Memo{
			Tax: r.Tax, Amount: Amount{Cents: Cents(amount / (quantity.PerUnit / 100))}, Citation: r.Citation, Verified: r.Verified,
			Text: fmt.Sprintf("%s bbl at $%s, paid with Form 6627 and not on the entry", origin.Grouped(barrels.String()), r.Dollars),
		})
	}
	for i := range memos {
		memos[i].Text += note
	}
	return memos, nil
}
