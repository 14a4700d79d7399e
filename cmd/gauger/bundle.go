package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/api"
	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
)

func bundleCommand() *cobra.Command {
	c := &cobra.Command{Use: "bundle", Short: "Put everything behind an entry into one file, and take figures out of it"}
	var cloud, entry, depth, key, out string
	var at string
	seal := &cobra.Command{
		Use: "make", Short: "Fetch the evidence from the cloud and seal it with a party's own key", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			path := "/v1/bundle"
			if entry != "" {
				path = "/v1/entries/" + url.PathEscape(entry) + "/bundle"
			}
			payload, err := call(c.Context(), http.MethodGet, cloud+path+"?depth="+url.QueryEscape(depth), nil)
			if err != nil {
				return err
			}
			file, err := sealBundle(payload, key, at)
			if err != nil {
				return err
			}
			return writeOut(out, file)
		},
	}
	seal.Flags().StringVar(&cloud, "cloud", "http://127.0.0.1:8080", "address of the cloud")
	seal.Flags().StringVar(&entry, "entry", "", "entry number; without it, the evidence of all tickets and no decision")
	seal.Flags().StringVar(&depth, "depth", string(bundle.Tickets), "tickets: their records and every statement between; records: every record")
	seal.Flags().StringVar(&key, "key", "", "key of the importer or broker")
	seal.Flags().StringVar(&at, "at", "", "time of sealing, RFC 3339; without it, now")
	seal.Flags().StringVarP(&out, "out", "o", "-", "where to write the bundle")
	c.AddCommand(seal, bundleExportCommand())
	return c
}

func sealBundle(payload []byte, keyPath, at string) ([]byte, error) {
	signer, err := signingKey(keyPath)
	if err != nil {
		return nil, usage(err)
	}
	var b bundle.Bundle
	if err := cose.Unmarshal(payload, &b); err != nil {
		return nil, fmt.Errorf("the cloud's evidence: %w", err)
	}
	b.Sealed = time.Now().UnixMilli()
	if at != "" {
		var t instant
		if err := t.UnmarshalText([]byte(at)); err != nil {
			return nil, usage(err)
		}
		b.Sealed = t.ms()
	}
	return b.Seal(signer)
}

// verification is what verify prints with --json.
type verification struct {
	OK      bool            `json:"ok"`
	Trust   string          `json:"trust"` // "file" or "bundle"
	Records int             `json:"records"`
	Tickets int             `json:"tickets"`
	Remarks []audit.Remark  `json:"remarks,omitempty"`
	Failure *bundle.Failure `json:"failure,omitempty"`
}

func verifyCommand() *cobra.Command {
	var trustPath string
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify BUNDLE",
		Short: "Check a bundle offline: signatures, chains, proofs, volumes, custody, origin, duty",
		Long: "Exit code 0: VERIFIED against a trust file from outside. 3: CONSISTENT, but on keys that came with the bundle.\n" +
			"1: the evidence fails; the first thing that is wrong is named. 2: wrong usage, or not a bundle.",
		Args: oneArg("the bundle file"),
		RunE: func(c *cobra.Command, args []string) error {
			return verify(c.OutOrStdout(), args[0], trustPath, asJSON)
		},
	}
	c.Flags().StringVar(&trustPath, "trust", "", "trust file from outside: whose ledger and whose keys count")
	c.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return c
}

func verify(w io.Writer, path, trustPath string, asJSON bool) error {
	v, trust, err := check(path, trustPath)
	var e *exitError
	if errors.As(err, &e) {
		return err
	}
	result := verification{Trust: trust}
	if err == nil {
		result.OK, result.Records, result.Tickets, result.Remarks = true, v.Evidence.Records, len(v.Evidence.Tickets), v.Remarks
	} else if !errors.As(err, &result.Failure) {
		result.Failure = &bundle.Failure{What: err.Error()}
	}
	if asJSON {
		if err := json.NewEncoder(w).Encode(result); err != nil {
			return err
		}
	} else if result.OK {
		printVerdict(w, v, result)
	}
	switch {
	case !result.OK:
		return fmt.Errorf("evidence fails: %w", result.Failure)
	case result.Trust == "bundle":
		return &exitError{exitConsistent, errors.New("consistent only")}
	}
	return nil
}

// check verifies a bundle, on a trust file ("file") or on the keys that came with it ("bundle"). What cannot be read is an error of
// usage, whatever else fails is the evidence.
func check(path, trustPath string) (v *audit.Verdict, on string, err error) {
	file, err := readIn(path, cose.MaxMessage)
	if err != nil {
		return nil, "", usage(err)
	}
	return checkFile(path, file, trustPath)
}

// checkFile verifies a bundle that was read from path.
func checkFile(path string, file []byte, trustPath string) (v *audit.Verdict, on string, err error) {
	if !looksLikeBundle(file) {
		return nil, "", usage(fmt.Errorf("%s is not a bundle", path))
	}
	own, err := api.Tables()
	if err != nil {
		return nil, "", usage(err)
	}
	var trust proof.Trust
	if trustPath != "" {
		if trust, _, err = loadTrust(trustPath); err != nil {
			return nil, "", usage(err)
		}
		v, err = audit.Verify(file, trust, own)
		return v, "file", err
	}
	if trust, err = ownTrust(file); err == nil {
		v, err = audit.Verify(file, trust, own)
	}
	return v, "bundle", err
}

// looksLikeBundle tells a damaged bundle, whose evidence fails, from a file of another kind.
func looksLikeBundle(file []byte) bool {
	head := file[:min(len(file), 256)]
	return bytes.HasPrefix(head, []byte{0xd2, 0x84}) || bytes.Contains(head, []byte(cose.MediaType(bundle.Thing)))
}

// ownTrust returns the trust file that a bundle brings along.
func ownTrust(file []byte) (proof.Trust, error) {
	b, _, err := bundle.Parse(file)
	if err != nil {
		return proof.Trust{}, err
	}
	return proof.ParseTrust(b.Trust)
}

// printVerdict says what was proven and what was not.
func printVerdict(w io.Writer, v *audit.Verdict, r verification) {
	if r.Trust == "file" {
		fmt.Fprintln(w, "VERIFIED: everything below follows from records signed by keys that the trust file stands for.")
	} else {
		fmt.Fprintln(w, "CONSISTENT: the bundle does not contradict itself, on the keys that came with it. That proves nothing about who")
		fmt.Fprintln(w, "made it: verify it with --trust and a trust file from somebody you trust.")
	}
	e := v.Evidence
	fmt.Fprintf(w, "  sealed by    %s (%s)\n", e.Keys.Name(e.Seal.Organisation), e.Seal.Name)
	fmt.Fprintf(w, "  evidence     %d records in %d signed batches, %d tickets, %d documents\n", r.Records, len(e.Bundle.Batches), r.Tickets, len(e.Bundle.Documents))
	if v.Decision != nil {
		printDecision(w, v.Decision)
	}
	for _, m := range v.Remarks {
		fmt.Fprintf(w, "  %-12s %s\n", m.Kind, m.Text)
	}
	for _, u := range v.Unchecked {
		fmt.Fprintf(w, "  not shown    %s\n", u)
	}
}

// printDecision prints an entry as a customs officer reads it.
func printDecision(w io.Writer, d *audit.Decision) {
	a := d.Assessment
	filed, other := a.Claimed, a.Unclaimed
	if a.Filed != "claimed" {
		filed, other = other, filed
	}
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-12s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("entry", "%s, port %s %s, imported %s, batch %s", d.Entry, d.Port, a.PortName, d.Imported, d.Batch)
	for _, a := range d.Arrivals {
		actual := "not there yet"
		if a.Actual != 0 {
			actual = "there " + stamp(a.Actual)
		}
		line("line", "%s: %s in the line, expected %s, %s", a.Place, time.Duration(a.Transit)*time.Millisecond, stamp(a.Expected), actual)
	}
	for _, s := range d.Lot.Shares {
		line("composition", "%s: %s m3 by the books, %s m3 put in (%s)%s", s.Source, s.Book.Decimal(2), s.Input.Decimal(2), s.Evidence, madeText(s.Made))
	}
	printCommingled(line, d)
	for _, c := range d.Conversions {
		line("conversion", "%s: %s -> %s, factor %s", c.Name, c.From, c.To, c.Factor)
	}
	line("quantity", "%s bbl gross at 60 F, S&W %s %%, %d net barrels (ticket %s version %d)", d.Gross.Decimal(1), d.SW, filed.Barrels, d.Ticket.ID, d.Ticket.Version)
	line("tariff line", "%s (%s degrees API)", a.Line.HTS, d.API60.Decimal(2))
	for _, p := range d.Products {
		line("material", "%s m3%s, by itself %s", p.Volume.Decimal(2), madeText([]custody.Product{p.Made}), originates(p.Origin))
		printReasons(w, p.Origin)
	}
	line("origin", "%s", originates(d.Origin))
	printReasons(w, d.Origin)
	if c := d.Country; c != nil {
		line("country", "%s", countryText(c))
	}
	line("filed", "%s: value $%s, duty $%s, MPF $%s, %s entry due %s", a.Filed, filed.Value, filed.Duty, filed.MPF, filed.Regime, filed.Due)
	line("otherwise", "duty $%s, MPF $%s", other.Duty, other.MPF)
	if d.ClaimRefused != "" {
		line("no claim", "%s", d.ClaimRefused)
	}
	if l := d.Later; l != nil && l.Refused == "" {
		line("later claim", "%s under 19 USC 1520(d) on %s: criterion %s, $%s come back", l.SPI, l.At[:10], l.Origin.Criterion, l.Reclaim)
	} else if l != nil {
		line("later claim", "refused: %s", l.Refused)
	}
	line("coverage", "%s", coverage(d))
	for _, diff := range d.Balance.Differences {
		z := ""
		if diff.Z != nil {
			z = ", z " + diff.Z.String()
		}
		line("balance", "%s to %s: %s m3 (%s %%%s)", diff.From, diff.To, diff.Volume.Decimal(2), diff.Percent, z)
	}
	if al := d.Balance.Allowance; al != nil {
		line("allowance", "PLA %s %% is %s m3", al.Percent, al.Volume.Decimal(2))
	}
	if s := d.Balance.Shipper; s != nil {
		line("shipper", "balance %s m3", s.Decimal(2))
	}
	for _, n := range d.Notes {
		line("right", "%s", n)
	}
	for _, f := range a.Findings {
		line("finding", "%v", f)
	}
	for _, n := range unverified(d) {
		line("unverified", "%s", n)
	}
	line("note", "%s", a.Label)
}

// printReasons prints the steps of a decision about origin, and what somebody has to look at.
func printReasons(w io.Writer, o origin.Decision) {
	for _, r := range o.Reasons {
		fmt.Fprintf(w, "    %-5s %s [%s; %s]\n", r.Outcome, r.Text, r.Citation, r.Verified)
	}
	for _, r := range o.AtRisk {
		fmt.Fprintf(w, "  %-12s %s\n", "at risk", r)
	}
}

// madeText says what oil was made into on its way.
func madeText(products []custody.Product) (text string) {
	for _, p := range products {
		text += fmt.Sprintf(", made into %s by %s in %s (%s)", origin.Code(p.Heading), strings.Join(p.Steps, ", "), p.Country, p.Evidence)
	}
	return text
}

// printCommingled says what a lot from a common stock counts as by its inventory method, and which part of it was entered.
func printCommingled(line func(name, format string, args ...any), d *audit.Decision) {
	m := d.Commingled
	switch {
	case m == nil:
		return
	case m.Refused != "":
		line("inventory", "not decided: %s", m.Refused)
		return
	}
	line("inventory", "by %s (event %s) %s of %s drawn from %s originates, %s does not", m.Method, m.Chosen, m.Originating, m.Quantity, m.Pool, m.NonOriginating)
	for _, r := range m.Reasons {
		line("", "  %-5s %s [%s; %s]", r.Outcome, r.Text, r.Citation, r.Verified)
	}
	if d.Share != audit.WholeLot {
		what := map[audit.Share]string{audit.OriginatingShare: "what originates", audit.RestShare: "the rest"}[d.Share]
		line("share", "%s of the lot is entered: %s of %s net barrels", what, d.Net.Decimal(1), m.NetBarrels.Decimal(1))
	}
}

// unverified lists the figures that rest on a row nobody has read in its source: for the way filed and for the other way.
func unverified(d *audit.Decision) []string {
	notes := slices.Concat(d.Origin.Unverified, d.Assessment.Unverified, d.Assessment.Claimed.Unverified, d.Assessment.Unclaimed.Unverified)
	if d.Later != nil {
		notes = append(notes, d.Later.Origin.Unverified...)
	}
	if d.Country != nil {
		notes = append(notes, d.Country.Unverified...)
	}
	if d.Commingled != nil {
		notes = append(notes, d.Commingled.Unverified...)
	}
	for _, p := range d.Products {
		notes = append(notes, p.Origin.Unverified...)
	}
	out := []string{}
	for _, n := range notes {
		if text := fmt.Sprintf("%s rests on a row that is %s: %s", n.Row, n.Tag, n.Citation); !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// originates says whether the goods originate. A yes by an open argument of law is not printed as one.
func originates(o origin.Decision) string {
	switch {
	case o.ForCounsel:
		return fmt.Sprintf("for counsel under %s, by its words criterion %s: %s", o.Agreement, o.Criterion, o.Rule)
	case o.Qualifies:
		return fmt.Sprintf("originating under %s, criterion %s: %s", o.Agreement, o.Criterion, o.Rule)
	}
	return fmt.Sprintf("not originating under %s: %s", o.Agreement, o.Rule)
}

// countryText says of which country the goods are, for duties that go by country.
func countryText(c *origin.CountryAnswer) string {
	of := c.Country
	if of == "" {
		of = "for a person to say"
	}
	if n := len(c.Reasons); n > 0 {
		return fmt.Sprintf("%s: %s [%s; %s]", of, c.Reasons[n-1].Text, c.Reasons[n-1].Citation, c.Reasons[n-1].Verified)
	}
	return of
}

// coverage says what the composition of an entry rests on.
func coverage(d *audit.Decision) string {
	percent := func(part int64) string {
		return fmt.Sprintf("%.2f %%", 100*float64(part)/float64(d.Coverage.Volume))
	}
	text := fmt.Sprintf("quantity 100.00 %% signed meters; composition %s signed meters, %s attested, %s typed statements",
		percent(int64(d.Coverage.Signed)), percent(int64(d.Coverage.Attested)), percent(int64(d.Coverage.Typed)))
	if n := len(d.Coverage.Statements); n > 0 {
		text += fmt.Sprintf("; %d monthly statements of carriers attest: %s", n, strings.Join(d.Coverage.Statements, ", "))
	}
	return text
}

// version is set when a release is built.
var version = "development"

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version and the SHA-256 of this program", Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			hash, err := ownHash()
			if err != nil {
				return err
			}
			goVersion := "unknown"
			if info, ok := debug.ReadBuildInfo(); ok {
				goVersion = info.GoVersion
			}
			fmt.Fprintf(c.OutOrStdout(), "gauger %s\nsha256 %s\n%s\n", version, hash, goVersion)
			return nil
		},
	}
}
