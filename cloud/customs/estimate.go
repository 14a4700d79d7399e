package customs

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/quantity"
)

// Importation is one importation of one tariff line.
type Importation struct {
	Entered      time.Time // time of entry
	Known        time.Time // the state of knowledge to compute on
	HTS          string    // of eight or ten digits, or six where they have one line; empty: the line of crude oil by API60
	API60        *quantity.Micro
	Quantity     quantity.Micro // 0: not stated
	Unit         string         // of the quantity: the line's, or one that converts to it, as documents spell it
	Value        Cents
	Origin       string // origin code: a country, or a province of Canada
	Export       string // country of export, ISO 3166 alpha-2, or province of Canada; may be empty
	Destination  string // country that the goods leave for again; empty: they stay
	SPI          string // claimed on the line, or empty
	MOT          string // mode of transportation
	Route        Route  // of the merchandise processing fee
	Loaded       time.Time
	Transshipped bool
	TarSands     bool // the oil is of tar sands, diluted bitumen and synthetic included
}

// Amount is an amount that the tables may not know.
type Amount struct {
	Cents   Cents
	Unknown bool
}

// String prints dollars and cents, or "unknown".
func (a Amount) String() string {
	if a.Unknown {
		return "unknown"
	}
	return a.Cents.String()
}

// MarshalText prints dollars and cents, or "unknown".
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Extra is what a heading of chapter 99 adds.
type Extra struct {
	Heading string `json:"heading"`
	Amount  Amount `json:"amount"`
}

// Missing says what the tables do not know, and why.
type Missing struct {
	What string `json:"what"` // base, additional, mpf, hmf or memo
	Why  string `json:"why"`
}

// Estimate is what an importation comes to. An amount that the tables do not reach is unknown, and so is a total of which it is part.
type Estimate struct {
	Base       Amount          `json:"base"`
	Additional []Extra         `json:"additional"`
	MPF        Amount          `json:"mpf"`
	HMF        Amount          `json:"hmf"`
	Total      Amount          `json:"total"`
	Unknown    []Missing       `json:"unknown"`
	Refunds    []Refund        `json:"refunds"`
	Trace      []origin.Reason `json:"trace"` // each rule that was tried, and why it applies or not
	Label      string          `json:"label"`
	HTS        string          `json:"hts"`
	Headings   []string        `json:"headings"` // to report on the line, chapter 99 first
	Country    string          `json:"country"`
	Regime     RegimeKind      `json:"regime,omitempty"` // in-bond for goods that pass through
	Memo       []Memo          `json:"memo"`             // not part of the total
	Confirm    []string        `json:"confirm"`          // headings that apply by a description: a person confirms that the goods are meant
	Unverified []dated.Note    `json:"unverified"`
}

// estimating is the work on an importation.
type estimating struct {
	tables *Tables
	in     Importation
	at     dated.AsOf
	goods  Goods
	figure Figure // the trace
	out    Estimate
}

// Estimate computes the duty, fees and taxes of one importation at the rates of the time of entry, as they were known. It refuses, with
// an error, what contradicts itself or the law (a unit of another kind than the line's, a claim of a program that is not open to the goods,
// ErrRoute); what the tables do not reach is unknown in the result.
func (t *Tables) Estimate(in Importation) (Estimate, error) {
	e := &estimating{tables: t, in: in, at: dated.AsOf{At: in.Entered, Known: in.Known}, out: Estimate{
		Label: Label, Additional: []Extra{}, Unknown: []Missing{}, Refunds: []Refund{}, Headings: []string{}, Memo: []Memo{}, Confirm: []string{},
		Unverified: []dated.Note{},
	}}
	if e.beyond() {
		e.out.Trace = e.figure.Reasons
		return e.out, nil
	}
	for _, step := range []func() error{e.line, e.origin, e.unit} {
		if err := step(); err != nil {
			return Estimate{}, err
		}
	}
	e.knowledge()
	work := []func() error{e.claim, e.base, e.additional, e.mpf, e.hmf, e.memo, e.total}
	if in.Destination != "" && in.Destination != "US" {
		work = []func() error{e.through}
	}
	for _, step := range work {
		if err := step(); err != nil {
			return Estimate{}, err
		}
	}
	e.out.Trace = e.figure.Reasons
	e.out.Unverified = append(e.out.Unverified, e.figure.Unverified...)
	return e.out, nil
}

// beyond answers for a day on which the tables do not even tell origins, modes and programs: nothing is known.
func (e *estimating) beyond() bool {
	r := &e.tables.rates
	through := min(r.Origins.KnownThrough, r.Modes.KnownThrough, r.Programs.KnownThrough)
	err := dated.Reach("what is due", through, e.at)
	if err == nil {
		return false
	}
	unknown := Amount{Unknown: true}
	e.out.HTS, e.out.Country = e.in.HTS, e.in.Origin
	e.out.Base, e.out.MPF, e.out.HMF, e.out.Total = unknown, unknown, unknown, unknown
	e.out.Additional = append(e.out.Additional, Extra{Heading: "unknown", Amount: unknown})
	e.out.Unknown = append(e.out.Unknown, Missing{What: "base, additional, mpf, hmf", Why: err.Error()})
	e.figure.note("Unknown", "%v.", err)
	return true
}

// line finds the tariff line, by gravity where that is given.
func (e *estimating) line() error {
	if e.in.HTS != "" {
		hts, err := e.tables.theLine(e.in.HTS, e.at)
		if err != nil {
			return fmt.Errorf("hts: %w", err)
		}
		e.in.HTS = hts
	}
	e.out.HTS = e.in.HTS
	if e.in.API60 != nil {
		line, err := e.tables.lineOf(e.in.HTS, e.in.API60, e.at)
		if err != nil {
			return err
		}
		if e.in.HTS != "" && !strings.HasPrefix(line.HTS, e.in.HTS[:10]) {
			return fmt.Errorf("%s degrees API are of line %s, and hts is %s: correct one of them", e.in.API60, line.HTS, e.in.HTS)
		}
		e.figure.take(Figure{Reasons: line.Reasons, Unverified: line.Unverified})
		if e.in.HTS == "" {
			e.out.HTS = line.HTS
		}
	}
	if e.out.HTS == "" {
		return errors.New("hts is missing: give a line such as 2709.00.10.00, or for crude oil apiGravity, degrees API at 60 F")
	}
	return nil
}

// origin finds the country behind the origin code, and the other facts that duties go by.
func (e *estimating) origin() error {
	country, err := e.tables.country(e.in.Origin, &e.figure, e.at)
	if err != nil {
		return fmt.Errorf("origin: %w; it holds CA, %s", err, list(e.tables.rates.Origins.Rows, e.at, func(r originRow) string { return r.Code }))
	}
	if of, _, known := e.tables.Origin(e.in.Export); known {
		e.in.Export = of
	} else if x := e.in.Export; x != "" && (len(x) != 2 || strings.Trim(x, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "") {
		return fmt.Errorf("export: %q is not the two letters of a country, such as CA", x)
	}
	if _, err := e.tables.mode(e.in.MOT, e.at); err != nil {
		return fmt.Errorf("mot: %w; it holds %s", err, list(e.tables.rates.Modes.Rows, e.at, func(r modeRow) string {
			return r.MOT + " (" + r.Name + ")"
		}))
	}
	if e.in.Origin == "CA" {
		e.figure.note("Country of origin", "Goods of Canada exported directly from Canada carry the code of the province on the line, such as XA "+
			"for Alberta (15 CFR 30.54(b); CSMS 97-000267).")
	}
	if export := e.in.Export; export != "" && export != country {
		e.figure.note("Country of export", "Goods of %s are exported from %s: an origin code of a province is for direct export, and transit "+
			"outside the Parties breaks preference.", country, export)
	}
	e.out.Country = country
	e.goods = Goods{
		HTS: e.out.HTS, Country: country, MOT: e.in.MOT, SPI: e.in.SPI, Quantity: e.in.Quantity, Value: wholeDollars(e.in.Value),
		Loaded: e.in.Loaded, Transshipped: e.in.Transshipped,
	}
	return nil
}

// list names the rows in force.
func list[R interface{ InForce(dated.AsOf) bool }](rows []R, a dated.AsOf, name func(R) string) string {
	var names []string
	for _, r := range dated.Select(rows, a) {
		names = append(names, name(r))
	}
	return strings.Join(names, ", ")
}

// knowledge says when more is asked for than the table can know.
func (e *estimating) knowledge() {
	if through := e.tables.rates.Additional.KnownThrough; dated.Eastern(e.in.Known) > through {
		e.figure.note("State of knowledge", "Asked as known on %s; the table knows what was public by %s.", dated.Eastern(e.in.Known), through)
	}
}

// claim refuses a claim of preference that the goods cannot make.
func (e *estimating) claim() error {
	spi := e.in.SPI
	if spi == "" {
		return nil
	}
	program, faults, err := e.tables.claimed(spi, e.out.Country, e.in.MOT, e.out.HTS, e.at)
	if err != nil {
		return fmt.Errorf("claim: %w; it holds %s", err, list(e.tables.rates.Programs.Rows, e.at, func(r programRow) string { return r.SPI }))
	}
	if len(faults) > 0 {
		return errors.New("claim: " + faults[0].text)
	}
	e.figure.step("Claim", program.Row, origin.Pass, "%s is claimed under %s; that the goods qualify, and that the certificate is held, is not "+
		"decided here.", spi, program.Agreement)
	return nil
}

// known puts an amount into its place. An amount that the tables do not reach is unknown there, with the reason.
func (e *estimating) known(what string, into *Amount, f Figure, err error) error {
	var unknown *dated.Unknown
	if errors.As(err, &unknown) {
		*into = Amount{Unknown: true}
		e.out.Unknown = append(e.out.Unknown, Missing{What: what, Why: unknown.Error()})
		e.figure.note("Unknown", "%s: %s.", what, unknown)
		return nil
	}
	if err != nil {
		return err
	}
	into.Cents = f.Amount
	e.figure.take(f)
	return nil
}

func (e *estimating) base() error {
	f, err := e.tables.Duty(e.goods, e.at)
	return e.known("base", &e.out.Base, f, err)
}

func (e *estimating) additional() error {
	s, err := e.tables.Additional(e.goods, e.at)
	var sum Amount
	if err := e.known("additional", &sum, s.Figure, err); err != nil {
		return err
	}
	e.figure.Reasons = append(e.figure.Reasons, s.Others...)
	if sum.Unknown {
		e.out.Additional = append(e.out.Additional, Extra{Heading: "unknown", Amount: sum})
		return nil
	}
	for _, c := range s.Charges {
		e.out.Additional = append(e.out.Additional, Extra{c.Heading, Amount{Cents: c.Amount}})
	}
	e.out.Headings = append(e.out.Headings, s.Headings...)
	e.out.Refunds = append(e.out.Refunds, s.Refunds...)
	e.out.Confirm = append(e.out.Confirm, s.Confirm...)
	return nil
}

func (e *estimating) mpf() error {
	if mode, err := e.tables.mode(e.in.MOT, e.at); err != nil {
		return err
	} else if e.in.Route == PipelineDay && mode.Conveyance != "pipeline" {
		return fmt.Errorf("%w: the goods come by %s", ErrRoute, mode.Name)
	}
	dutiable, open := e.out.Base.Cents > 0, e.out.Base.Unknown
	for _, x := range e.out.Additional {
		dutiable, open = dutiable || x.Amount.Cents > 0, open || x.Amount.Unknown
	}
	if e.in.Route == PipelineDay && open && !dutiable {
		return e.known("mpf", &e.out.MPF, Figure{}, &dated.Unknown{What: "the merchandise processing fee of the pipeline-day route",
			At: dated.Eastern(e.at.At), Reason: "whether the goods are dutiable is unknown, and the route is for goods that are not"})
	}
	f, err := e.tables.MPF(FeeBase{Value: e.goods.Value, SPI: e.in.SPI, Route: e.in.Route, Dutiable: dutiable}, e.at)
	return e.known("mpf", &e.out.MPF, f, err)
}

func (e *estimating) hmf() error {
	f, err := e.tables.HMF(e.in.MOT, e.goods.Value, e.at)
	return e.known("hmf", &e.out.HMF, f, err)
}

// memo adds the taxes that are not part of the total, for lines in barrels.
func (e *estimating) memo() error {
	if e.in.Unit != "bbl" || e.in.Quantity == 0 {
		return nil
	}
	memos, err := e.tables.Memos(e.out.HTS, e.in.Quantity, e.in.TarSands, e.at)
	var none Amount
	if err := e.known("memo", &none, Figure{}, err); err != nil {
		return err
	}
	e.out.Memo = append(e.out.Memo, memos...)
	return nil
}

func (e *estimating) total() error {
	parts := []Amount{e.out.Base, e.out.MPF, e.out.HMF}
	for _, x := range e.out.Additional {
		parts = append(parts, x.Amount)
	}
	for _, p := range parts {
		e.out.Total.Unknown = e.out.Total.Unknown || p.Unknown
		e.out.Total.Cents += p.Cents
	}
	if e.out.Total.Unknown {
		e.out.Total.Cents = 0
	}
	e.out.Headings = append(e.out.Headings, e.out.HTS)
	return nil
}

// through answers for goods that leave the country again: nothing is entered for consumption.
func (e *estimating) through() error {
	regime, f, err := e.tables.Through(e.at)
	if err != nil {
		return err
	}
	e.figure.take(f)
	e.out.Regime = regime
	return nil
}
