package main

import (
	"bytes"
	"crypto"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/internal/conf"
)

// maxDocument bounds a paper that is read from a file, signed or to be signed, in bytes.
const maxDocument = 1 << 20

// documentCommand signs and submits the other papers: movements, certificates, laboratory reports, claims.
func documentCommand() *cobra.Command {
	c := &cobra.Command{Use: "document", Short: "Sign and submit movements, laboratory reports, certificates and claims"}
	var cloud string
	submit := &cobra.Command{
		Use: "submit FILE", Short: "Hand a signed document, or a set of them, to the cloud", Args: oneArg("the signed document, or set"),
		Long:    "Of a set, the books take all documents or none.",
		Example: "  gauger document submit march.set",
		RunE: func(c *cobra.Command, args []string) error {
			b, err := readIn(args[0], maxDocument)
			if err != nil {
				return usage(err)
			}
			path := "/v1/documents"
			if isSet(b) {
				path = "/v1/document-sets"
			} else if thing, err := cose.Thing(b); err != nil {
				return usage(fmt.Errorf("%s: %w", args[0], err))
			} else if thing == "registry" {
				path = "/v1/registries"
			}
			answer, err := call(c.Context(), http.MethodPost, cloud+path, b)
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(answer)
			return err
		},
	}
	cloudFlag(submit, &cloud)
	c.AddCommand(documentSignCommand(), documentCountersignCommand(), submit, documentMonthCommand(), documentStatementCommand())
	return c
}

// signers turn a paper written as JSON into the signed document.
var signers = map[string]func(key crypto.Signer, draft []byte) ([]byte, error){
	custody.Thing:          signJSON(custody.Sign),
	audit.ClaimThing:       signJSON(audit.SignClaim),
	audit.CertificateThing: signJSON(audit.SignCertificate),
	ticket.ReportThing:     signJSON(ticket.SignReport),
	runticket.Thing:        signJSON(runticket.Sign),
}

// signDraft signs a paper written as JSON, or each of a list of them: then a set of signed documents comes out.
func signDraft(sign func(crypto.Signer, []byte) ([]byte, error), key crypto.Signer, draft []byte) ([]byte, error) {
	if !bytes.HasPrefix(bytes.TrimSpace(draft), []byte("[")) {
		return sign(key, draft)
	}
	var drafts []json.RawMessage
	if err := json.Unmarshal(draft, &drafts); err != nil {
		return nil, placed(draft, err)
	}
	if len(drafts) == 0 {
		return nil, errors.New("the list is empty: there is nothing to sign")
	}
	set := make([][]byte, len(drafts))
	for i, d := range drafts {
		var err error
		if set[i], err = sign(key, d); err != nil {
			return nil, fmt.Errorf("paper %d of %d: %w", i+1, len(drafts), err)
		}
	}
	return cose.Marshal(set)
}

// isSet reports whether a file is a set of signed documents.
func isSet(file []byte) bool {
	var set [][]byte
	return cose.Unmarshal(file, &set) == nil
}

// signJSON reads a paper strictly and signs it.
func signJSON[T any](sign func(crypto.Signer, T) ([]byte, error)) func(crypto.Signer, []byte) ([]byte, error) {
	return func(key crypto.Signer, draft []byte) ([]byte, error) {
		paper, err := readPaper[T](draft)
		if err != nil {
			return nil, err
		}
		return sign(key, paper)
	}
}

// readPaper reads a paper that was written as JSON: one, and nothing in it that is not known.
func readPaper[T any](draft []byte) (paper T, err error) {
	d := json.NewDecoder(bytes.NewReader(draft))
	d.DisallowUnknownFields()
	if err = d.Decode(&paper); err != nil {
		if field, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
			return paper, misspelled(draft, field, reflect.TypeFor[T]())
		}
		return paper, placed(draft, err)
	}
	if d.More() {
		return paper, errors.New("something follows the paper: write several as a list, [{...}, {...}]")
	}
	return paper, nil
}

// placed says in which line of a text it is no JSON, or holds a value of another kind.
func placed(text []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	line := func(offset int64) int { return 1 + bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n")) }
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("the JSON ends too early")
	case errors.As(err, &syntax):
		return fmt.Errorf("line %d is no JSON: %w", line(syntax.Offset), err)
	case errors.As(err, &kind):
		return fmt.Errorf("line %d: %s is a %s, want %s", line(kind.Offset), kind.Field, kind.Value, inJSON(kind.Type))
	}
	return err
}

// inJSON is what a value of a type is written as in JSON.
func inJSON(t reflect.Type) string {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return "a text, in quotation marks"
	}
	switch t.Kind() {
	case reflect.Int64, reflect.Uint64, reflect.Int, reflect.Uint32:
		return "a whole number: a time is in milliseconds since 1970 UTC"
	case reflect.String:
		return "a text, in quotation marks"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list: [...]"
	}
	return "an object: {...}"
}

// misspelled names the line of a key, in quotation marks, that no paper of a type has, and the one that was meant.
func misspelled(text []byte, key string, paper reflect.Type) error {
	known := map[string]bool{}
	keysOf(paper, known, map[reflect.Type]bool{})
	before, _, _ := bytes.Cut(text, []byte(key))
	return fmt.Errorf("line %d: unknown key %s: %s", 1+bytes.Count(before, []byte("\n")), key,
		conf.Suggest(strings.Trim(key, `"`), slices.Sorted(maps.Keys(known))))
}

// keysOf collects the keys of a type of papers and of all that is in it: a void may hold an event again.
func keysOf(t reflect.Type, known map[string]bool, done map[reflect.Type]bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || done[t] {
		return
	}
	done[t] = true
	for i := range t.NumField() {
		if key, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); key != "" && key != "-" {
			known[key] = true
			keysOf(t.Field(i).Type, known, done)
		}
	}
}

func documentSignCommand() *cobra.Command {
	var key, kind, out string
	kinds := "one of " + strings.Join(slices.Sorted(maps.Keys(signers)), ", ")
	c := &cobra.Command{
		Use: "sign FILE.json", Short: "Sign a paper with a party's (or laboratory's) own key", Args: oneArg("the paper as JSON, or -"),
		Long: "The file holds one paper, or a list of papers of one kind: [{...}, {...}]. A list is signed paper by paper, into one set that\n" +
			"`document submit` hands in whole.",
		Example: "  gauger document sign --kind movement --key party.key march.json -o march.set\n" +
			"  gauger document sign --kind report --key lab.key LAB-1.json -o LAB-1.report",
		RunE: func(_ *cobra.Command, args []string) error {
			sign, ok := signers[kind]
			if !ok {
				return usage(fmt.Errorf("--kind is %q, want %s", kind, kinds))
			}
			signer, err := signingKey(key)
			if err != nil {
				return usage(err)
			}
			draft, err := readIn(args[0], maxDocument)
			if err != nil {
				return usage(err)
			}
			signed, err := signDraft(sign, signer, draft)
			if err != nil {
				return usage(fmt.Errorf("%s: %w", args[0], err))
			}
			return writeOut(out, signed)
		},
	}
	c.Flags().StringVar(&key, "key", "", "key to sign with")
	c.Flags().StringVar(&kind, "kind", "", "what it is: "+kinds)
	outFlag(c, &out, "the signed document")
	return c
}

// monthDraft says of which month what is drafted.
type monthDraft struct {
	cloud, keeper, id, out string
	from, to, at           instant
}

func documentMonthCommand() *cobra.Command {
	var d monthDraft
	c := &cobra.Command{
		Use: "month MONTH", Short: "Draft what a keeper states when a month is over, from the books of a cloud",
		Long: "Writes a list of movements for `document sign`: a close of each pool of the keeper that is not closed for the month, and the\n" +
			"statement of each stream, shipper by shipper. Compare them with your own accounts before you sign.",
		Example: "  gauger document month 2024-03 --keeper did:web:carrier.example --id MARCH --from 2024-03-01T00:00:00-07:00 \\\n" +
			"    --to 2024-04-01T00:00:00-06:00 --at 2024-04-03T10:00:00-06:00 -o march.json",
		Args: oneArg("the month, such as 2024-03"),
		RunE: func(c *cobra.Command, args []string) error {
			b, err := d.draft(c, args[0])
			if err != nil {
				return err
			}
			return writeOut(d.out, b)
		},
	}
	f := c.Flags()
	cloudFlag(c, &d.cloud)
	f.StringVar(&d.keeper, "keeper", "", "DID of who keeps the pools, and signs")
	f.Var(&d.from, "from", "beginning of the month where the pools are, such as 2024-03-01T00:00:00-07:00")
	f.Var(&d.to, "to", "end of it, excluded")
	f.Var(&d.at, "at", "when it takes effect in the books: after the month")
	f.StringVar(&d.id, "id", "", "what the movements' ids begin with")
	outFlag(c, &d.out, "the list")
	return c
}

func (d monthDraft) draft(c *cobra.Command, month string) ([]byte, error) {
	if err := needed(c, "keeper", "id", "from", "to", "at"); err != nil {
		return nil, err
	}
	query := url.Values{"keeper": {d.keeper}, "from": {d.from.String()}, "to": {d.to.String()}}
	b, err := call(c.Context(), http.MethodGet, d.cloud+"/v1/months/"+url.PathEscape(month)+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	var m audit.Month
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("answer of the cloud: %w", err)
	}
	events := []custody.Event{}
	add := func(kind, pool string, fill func(e *custody.Event)) {
		e := custody.Event{Version: custody.Version, ID: d.id + "-" + kind + "-" + pool, By: d.keeper, At: d.at.ms(), Order: uint64(len(events) + 1)}
		fill(&e)
		events = append(events, e)
	}
	for _, x := range m.Closes {
		add("CLOSE", x.Pool, func(e *custody.Event) { e.Close = &x })
	}
	for _, x := range m.Statements {
		add("STATEMENT", x.Pool, func(e *custody.Event) { e.Statement = &x })
	}
	b, err = json.MarshalIndent(events, "", "  ")
	return append(b, '\n'), err
}
