package calc

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/configs"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/internal/conf"
	"github.com/gauger/gauger/metrology/quantity"
)

var dutyKind = kind{
	use:   "duty FILE.json|-",
	short: "Duty, fees and taxes of one importation of oil or gas, by dated tables (computed estimate)",
	long: "Reads one importation from a JSON object and computes it at the rates of its time of entry, as they were known then.\n" +
		"  entryInstant  time of entry: RFC 3339, or Eastern time as 2025-03-03 12:00, or a date: 00:00 Eastern time\n" +
		"  knownAt       the state of knowledge, written so too; without it that of the time of entry. What courts undid later shows\n" +
		"                in refunds when it was known\n" +
		"  hts           tariff line, eight or ten digits (six where no two lines share them); crude oil may give apiGravity\n" +
		"                instead, degrees API at 60 F\n" +
		"  quantity      in unit: that of the line, or one of its kind (bbl, m3, L, gal; kg, t), which is converted, a volume as at\n" +
		"                60 F; not needed where the rates are free or of the value\n" +
		"  value         entered value, US dollars\n" +
		"  origin        country of origin, or the province code of goods of Canada (XA); export: country of export\n" +
		"  claim         special program claimed on the line (S, P, ...), or none, as without it\n" +
		"  mot           mode of transportation: 70 pipeline, 10 or 11 vessel, 20 or 21 rail, 30 or 31 truck\n" +
		"  mpfRoute      entry (the default), or pipeline-day: free goods of a monthly entry, for each day's importation\n" +
		"  loadedAt, transshipped, tarSands, destination: see the reference\n" +
		"Amounts that the tables do not know are \"unknown\". It is an estimate: a licensed broker or the importer files.",
	example: "  gauger calc duty importation.json\n" +
		"  gauger calc duty --rates us.yaml --json - < importation.json",
	new: func() calculation { return new(dutyInput) },
}

type dutyInput struct {
	stdin       func() io.Reader
	file, rates string
}

func (in *dutyInput) bind(f *flags) {
	in.stdin = f.c.InOrStdin
	f.text(&in.file, "file", "importation.json", "the JSON file, or - for standard input", argument)
	f.text(&in.rates, "rates", "us.yaml", "rate table to use instead of the program's own")
}

// dutyFile is an importation as its file has it.
type dutyFile struct {
	EntryInstant dated.Instant   `yaml:"entryInstant"`
	KnownAt      dated.Instant   `yaml:"knownAt"`
	HTS          string          `yaml:"hts"`
	APIGravity   *quantity.Micro `yaml:"apiGravity"`
	Quantity     *quantity.Micro `yaml:"quantity"`
	Unit         string          `yaml:"unit"`
	Value        *customs.Cents  `yaml:"value"`
	Origin       string          `yaml:"origin"`
	Export       string          `yaml:"export"`
	Destination  string          `yaml:"destination"`
	Claim        string          `yaml:"claim"`
	MOT          string          `yaml:"mot"`
	MPFRoute     string          `yaml:"mpfRoute"`
	LoadedAt     dated.Instant   `yaml:"loadedAt"`
	Transshipped bool            `yaml:"transshipped"`
	TarSands     bool            `yaml:"tarSands"`
}

// maxImportation bounds the file of one importation.
const maxImportation = 64 << 10

func (in *dutyInput) compute(r *Result) error {
	tables, err := in.tables()
	if err != nil {
		return err
	}
	data, err := readAll(in.file, in.stdin(), maxImportation)
	if err != nil {
		return err
	}
	name := in.file
	if name == "-" {
		name = "standard input"
	}
	i, err := parseImportation(name, data)
	if err != nil {
		return err
	}
	e, err := tables.Estimate(i)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r.form = dutyForm{title: r.Title, in: i, Estimate: e, Rates: fmt.Sprintf("%x", tables.RatesDigest)}
	return nil
}

// tables reads the rate table of the program, or the one that is named.
func (in *dutyInput) tables() (*customs.Tables, error) {
	rates, err := configs.Files.ReadFile(configs.Rates)
	if in.rates != "" {
		rates, err = readAll(in.rates, nil, dated.MaxTable)
	}
	if err != nil {
		return nil, err
	}
	ports, err := configs.Files.ReadFile(configs.Ports)
	if err != nil {
		return nil, err
	}
	tables, err := customs.ParseTables(rates, ports)
	if err != nil && in.rates != "" {
		err = fmt.Errorf("%s: %w", in.rates, err)
	}
	return tables, err
}

// readAll reads a file, or standard input for "-", up to a number of bytes.
func readAll(path string, stdin io.Reader, limit int64) ([]byte, error) {
	in := stdin
	if path != "-" || stdin == nil {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer f.Close() // only read
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("%s has more than %d bytes", path, limit)
	}
	return data, err
}

// parseImportation reads an importation; name is the file's, for errors.
func parseImportation(name string, data []byte) (customs.Importation, error) {
	var f dutyFile
	given, err := withoutEmpty(bytes.TrimPrefix(data, []byte(byteOrderMark)))
	if err == nil {
		err = conf.Decode(name, given, &f)
	} else {
		err = fmt.Errorf("%s: want one JSON object, such as {\"entryInstant\": \"2025-03-05 12:00\", \"hts\": ...}: %w", name, err)
	}
	if err != nil {
		return customs.Importation{}, err
	}
	i, err := f.importation()
	if err != nil {
		return i, fmt.Errorf("%s: %w", name, err)
	}
	return i, nil
}

// withoutEmpty returns a JSON object without the members that are null or "", which mean no more than none; one without such as it is.
func withoutEmpty(data []byte) ([]byte, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	if members == nil {
		return nil, errors.New("it is null")
	}
	n := len(members)
	maps.DeleteFunc(members, func(_ string, v json.RawMessage) bool { return string(v) == "null" || string(v) == `""` })
	if len(members) == n && n > 0 {
		return data, nil
	}
	return json.Marshal(members)
}

func (f *dutyFile) importation() (i customs.Importation, err error) {
	for _, needed := range []struct {
		key   string
		given bool
	}{
		{"entryInstant", f.EntryInstant.Set()}, {"value", f.Value != nil}, {"origin", f.Origin != ""}, {"mot", f.MOT != ""},
	} {
		if !needed.given {
			return i, fmt.Errorf("%s is missing", needed.key)
		}
	}
	i = customs.Importation{
		Entered: f.EntryInstant.Time(), Known: f.EntryInstant.Time(), HTS: f.HTS, API60: f.APIGravity, Unit: f.Unit, Value: *f.Value,
		Origin: letters(f.Origin), Export: letters(f.Export), Destination: letters(f.Destination), SPI: letters(f.Claim), MOT: f.MOT,
		Loaded: f.LoadedAt.Time(), Transshipped: f.Transshipped, TarSands: f.TarSands,
	}
	if strings.EqualFold(i.SPI, "none") {
		i.SPI = ""
	}
	if f.KnownAt.Set() {
		i.Known = f.KnownAt.Time()
	}
	if f.Quantity != nil {
		if i.Quantity = *f.Quantity; i.Quantity <= 0 {
			return i, fmt.Errorf("quantity is %s, and must be positive: leave it out where the line needs none", i.Quantity)
		}
	}
	switch strings.ToLower(f.MPFRoute) {
	case "", "entry":
		i.Route = customs.Standard
	case "pipeline-day":
		i.Route = customs.PipelineDay
	default:
		return i, fmt.Errorf("mpfRoute is %q, want entry or pipeline-day", f.MPFRoute)
	}
	return i, nil
}

// letters returns a code of a country or program in capitals, and a longer text as it is.
func letters(code string) string {
	if len(code) > 2 {
		return code
	}
	return strings.ToUpper(code)
}

// dutyForm is the answer. In JSON it is the estimate and the digest of the rate table.
type dutyForm struct {
	title string
	in    customs.Importation
	customs.Estimate
	Rates string `json:"rates"`
}

// JSON prints the answer for programs.
func (d dutyForm) JSON(w io.Writer) error { return printJSON(w, d) }

// Print prints the answer for people, line by line with citations.
func (d dutyForm) Print(w io.Writer) error {
	var b bytes.Buffer
	line := func(label, format string, args ...any) {
		fmt.Fprintln(&b, strings.TrimRight("  "+pad(label, 22)+fmt.Sprintf(format, args...), " "))
	}
	fmt.Fprintln(&b, d.title)
	fmt.Fprintln(&b, "given")
	d.given(line)
	fmt.Fprintln(&b, "step by step")
	for _, r := range d.Trace {
		fmt.Fprintln(&b, "  "+told(r))
	}
	fmt.Fprintln(&b, "result")
	line("duty", "%12s", d.Base)
	for _, x := range d.Additional {
		line("additional "+strings.Replace(x.Heading, "unknown", "duty", 1), "%12s", x.Amount)
	}
	line("merchandise processing", "%12s", d.MPF)
	line("harbor maintenance", "%12s", d.HMF)
	line("total", "%12s", d.Total)
	if d.Regime != "" {
		line("entry", "none for consumption: %s", d.Regime)
	} else {
		line("report on the line", "%s", strings.Join(d.Headings, ", "))
	}
	d.remarks(line)
	fmt.Fprintln(&b, "rounding  quantity to whole units and value to the whole dollar, half up (19 CFR 159.3); each amount to the cent, half up")
	fmt.Fprintln(&b, d.Label)
	_, err := w.Write(b.Bytes())
	return err
}

func (d dutyForm) given(line func(label, format string, args ...any)) {
	eastern := time.FixedZone("", int(dated.EasternOffset(d.in.Entered).Seconds()))
	line("entered", "%s, as known on %s", d.in.Entered.In(eastern).Format("2006-01-02 15:04 -07:00"), dated.Eastern(d.in.Known))
	line("line", "%s", d.HTS)
	if d.in.Unit != "" {
		line("quantity", "%s %s", origin.Grouped(d.in.Quantity.String()), d.in.Unit)
	}
	line("value", "$%s", origin.Grouped(d.in.Value.String()))
	line("origin", "%s (%s), claim %s", d.in.Origin, d.Country, cmp.Or(d.in.SPI, "none"))
	line("mode", "%s, merchandise processing fee by %s", d.in.MOT, strings.Replace(string(d.in.Route), "standard", "entry", 1))
}

// remarks says what goes with the figures.
func (d dutyForm) remarks(line func(label, format string, args ...any)) {
	for _, u := range d.Unknown {
		line("unknown: "+u.What, "%s", u.Why)
	}
	for _, r := range d.Refunds {
		line("refund "+r.Heading, "%12s  %s (%s)", r.Amount, r.Text, r.Citation)
	}
	for _, m := range d.Memo {
		line("memo", "%s %s: %s (%s; %s)", m.Tax, m.Amount, m.Text, m.Citation, m.Verified)
	}
	for _, heading := range d.Confirm {
		line("to confirm", "%s applies by a description: a person confirms that the goods are meant", heading)
	}
	for _, n := range d.Unverified {
		line("unverified", "%s: %s (%s)", n.Row, n.Citation, n.Tag)
	}
}

// told is one step: what came of it, and where that stands.
func told(r origin.Reason) string {
	mark := map[origin.Outcome]string{origin.Pass: "+", origin.Fail: "-", origin.Noted: "!", origin.NotApplicable: "."}[r.Outcome]
	if r.Citation == "" {
		return mark + " " + r.Text
	}
	cited := r.Citation
	if r.Verified != dated.Verified {
		cited += "; " + string(r.Verified)
	}
	return fmt.Sprintf("%s %s [%s]", mark, r.Text, cited)
}
