// Package customs computes what an import entry comes to: tariff line, duty, fees, additional duties, entry regime and deadlines, with
// and without a claim of preference; and the duty, fees and taxes of any one importation. Both are for every tariff line and mode of
// transportation that the tables hold. Rates, fees, dates and ports are data; what the tables do not reach is unknown. Every amount is a
// computed estimate: a licensed broker or the importer files. It is pure.
package customs

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gauger/gauger/configs/dated"
)

// Tables are the rate and port tables, as ParseTables read them. They do not change.
type Tables struct {
	RatesDigest [sha256.Size]byte // of the bytes of the rate table
	PortsDigest [sha256.Size]byte // of the bytes of the port table
	rates       rates
	ports       ports
}

// rates is the file of rates.
type rates struct {
	Classification section[splitRow]     `yaml:"classification"`
	Lines          section[lineRow]      `yaml:"lines"`
	Rounding       section[roundRow]     `yaml:"rounding"`
	MPF            section[mpfRow]       `yaml:"mpf"`
	MPFDay         section[mpfRow]       `yaml:"mpf_day"`
	MPFExempt      section[exemptRow]    `yaml:"mpf_exempt"`
	HMF            section[hmfRow]       `yaml:"hmf"`
	Taxes          section[taxRow]       `yaml:"taxes"`
	Modes          section[modeRow]      `yaml:"modes"`
	Programs       section[programRow]   `yaml:"programs"`
	Origins        section[originRow]    `yaml:"origins"`
	Additional     section[extraRow]     `yaml:"additional"`
	Regimes        section[regimeRow]    `yaml:"regimes"`
	Deadlines      section[deadlineRow]  `yaml:"deadlines"`
	Holidays       holidays              `yaml:"holidays"`
	Tolerances     section[toleranceRow] `yaml:"tolerances"`
}

// section is a list of rows of one kind and the last day that it knows.
type section[R row] struct {
	KnownThrough dated.Date `yaml:"known_through"`
	Rows         []R        `yaml:"rows"`
}

// row is what the row types have in common: what they embed, and a check of their own fields.
type row interface {
	Key() string
	Check() error
	InForce(dated.AsOf) bool
	lacks() string
}

// ParseTables reads the rate and port tables strictly: an unknown key, or a row without what its kind needs, is refused with its
// line or id. Both files are kept by digest, so that a decision can name what it was made on.
func ParseTables(rateTable, portTable []byte) (*Tables, error) {
	t := &Tables{RatesDigest: sha256.Sum256(rateTable), PortsDigest: sha256.Sum256(portTable)}
	if err := dated.Decode(rateTable, &t.rates); err != nil {
		return nil, fmt.Errorf("read rate table: %w", err)
	}
	if err := dated.Decode(portTable, &t.ports); err != nil {
		return nil, fmt.Errorf("read port table: %w", err)
	}
	r := &t.rates
	if err := errors.Join(
		r.Classification.check("classification"), r.Lines.check("lines"), r.Rounding.check("rounding"), r.MPF.check("mpf"), r.MPFDay.check("mpf_day"),
		r.MPFExempt.check("mpf_exempt"), r.HMF.check("hmf"), r.Taxes.check("taxes"), r.Modes.check("modes"), r.Programs.check("programs"), r.Origins.check("origins"),
		r.Additional.check("additional"), r.Regimes.check("regimes"), r.Deadlines.check("deadlines"),
		r.Tolerances.check("tolerances"), r.Holidays.check(), checkHeadings(r.Additional.Rows),
	); err != nil {
		return nil, fmt.Errorf("rate table: %w", err)
	}
	if err := t.ports.check(); err != nil {
		return nil, fmt.Errorf("port table: %w", err)
	}
	return t, nil
}

func (s section[R]) check(name string) error {
	if s.KnownThrough == "" || len(s.Rows) == 0 {
		return fmt.Errorf("section %s needs known_through and rows", name)
	}
	for _, r := range s.Rows {
		if err := r.Check(); err != nil {
			return fmt.Errorf("section %s: %w", name, err)
		}
		if lack := r.lacks(); lack != "" {
			return fmt.Errorf("section %s: row %s lacks %s", name, r.Key(), lack)
		}
	}
	return nil
}

// one returns the single row in force that fits; none is an Unknown, two are a fault of the table.
func (s section[R]) one(what string, a dated.AsOf, fits func(R) bool) (R, error) {
	var none R
	if err := dated.Reach(what, s.KnownThrough, a); err != nil {
		return none, err
	}
	found := slices.DeleteFunc(dated.Select(s.Rows, a), func(r R) bool { return !fits(r) })
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return none, &dated.Unknown{What: what, At: dated.Eastern(a.At), Reason: "no row of the table was in force and known"}
	}
	return none, fmt.Errorf("%s: %d rows of the table are in force together", what, len(found))
}

// Port returns the name of a port by its code (Schedule D), and the pipelines that are taken to cross there, which is inferred from
// geography and unverified.
func (t *Tables) Port(code string) (name string, pipelines []string, known bool) {
	i := slices.IndexFunc(t.ports.Ports, func(r portRow) bool { return r.Code == code })
	if i < 0 {
		return "", nil, false
	}
	return t.ports.Ports[i].Name, slices.Clone(t.ports.Ports[i].Pipelines), true
}

// PortCodes returns the codes of all ports of the table, sorted.
func (t *Tables) PortCodes() []string {
	codes := make([]string, 0, len(t.ports.Ports))
	for _, r := range t.ports.Ports {
		codes = append(codes, r.Code)
	}
	return codes
}

// Zone returns the time zone of a port by its code, as its IANA name, or "" for a port that is not in the table. A customs day is one
// of its calendar.
func (t *Tables) Zone(code string) string {
	for _, r := range t.ports.Ports {
		if r.Code == code {
			return r.Zone
		}
	}
	return ""
}

func (p ports) check() error {
	if p.KnownThrough == "" || len(p.Ports) == 0 {
		return errors.New("needs known_through and ports")
	}
	for i, r := range p.Ports {
		if len(r.Code) != 4 || strings.Trim(r.Code, "0123456789") != "" || r.Name == "" || r.Zone == "" || r.Citation == "" ||
			r.Verified == "" {
			return fmt.Errorf("port %q needs a code of four digits, a name, a zone, a citation and verified", r.Code)
		}
		if i > 0 && r.Code <= p.Ports[i-1].Code {
			return fmt.Errorf("port %s: ports are listed once each, in order of their codes", r.Code)
		}
	}
	return nil
}
