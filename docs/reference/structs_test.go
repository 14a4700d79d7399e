package reference_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/cloud/runticket"
	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/statement"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/evidence/wire"
)

// described are the Go types behind the maps of formats.cddl, by rule.
var described = map[string]reflect.Type{
	"record": reflect.TypeFor[record.Record](), "interval": reflect.TypeFor[record.Interval](), "parameters": reflect.TypeFor[record.Parameters](),
	"totals": reflect.TypeFor[record.Totals](), "event": reflect.TypeFor[record.Event](), "claims": reflect.TypeFor[cose.Claims](),
	"statement": reflect.TypeFor[statement.Statement](), "run": reflect.TypeFor[statement.Run](), "seen": reflect.TypeFor[statement.Seen](),
	"reply": reflect.TypeFor[wire.Reply](), "refusal": reflect.TypeFor[wire.Refusal](), "want": reflect.TypeFor[wire.Want](),
	"ticket": reflect.TypeFor[ticket.Ticket](), "sw": reflect.TypeFor[ticket.SW](), "signed": reflect.TypeFor[ticket.Signed](),
	"report": reflect.TypeFor[ticket.Report](), "registry": reflect.TypeFor[registry.Registry](), "entry": reflect.TypeFor[registry.Entry](),
	"bundle": reflect.TypeFor[bundle.Bundle](), "bundle-batch": reflect.TypeFor[bundle.Batch](), "pick": reflect.TypeFor[bundle.Pick](),
	"table":    reflect.TypeFor[bundle.Table](),
	"movement": reflect.TypeFor[custody.Event](), "pool": reflect.TypeFor[custody.Pool](),
	"segment": reflect.TypeFor[custody.Segment](), "source": reflect.TypeFor[custody.Source](),
	"installation": reflect.TypeFor[custody.Installation](), "opening": reflect.TypeFor[custody.Opening](),
	"component": reflect.TypeFor[custody.Component](), "receipt": reflect.TypeFor[custody.Receipt](),
	"carried": reflect.TypeFor[custody.Carried](),
	"stated":  reflect.TypeFor[custody.Stated](), "blend": reflect.TypeFor[custody.Blend](),
	"gauging": reflect.TypeFor[custody.Gauging](), "transfer": reflect.TypeFor[custody.Transfer](),
	"check": reflect.TypeFor[custody.Check](), "handover": reflect.TypeFor[custody.Handover](),
	"delivery": reflect.TypeFor[custody.Delivery](), "allowance": reflect.TypeFor[custody.Allowance](),
	"revision": reflect.TypeFor[custody.Revision](), "sale": reflect.TypeFor[custody.Sale](),
	"acknowledgement": reflect.TypeFor[custody.Acknowledgement](), "certification": reflect.TypeFor[custody.Certification](),
	"void": reflect.TypeFor[custody.Void](), "withdrawal": reflect.TypeFor[custody.Withdrawal](),
	"bulk": reflect.TypeFor[custody.Bulk](), "also": reflect.TypeFor[custody.Amount](), "title": reflect.TypeFor[custody.Title](),
	"exchange": reflect.TypeFor[custody.Exchange](), "deduction": reflect.TypeFor[custody.Deduction](),
	"process": reflect.TypeFor[custody.Process](), "work": reflect.TypeFor[custody.Work](), "draw": reflect.TypeFor[custody.Draw](),
	"output": reflect.TypeFor[custody.Output](), "split": reflect.TypeFor[custody.Split](),
	"split-part": reflect.TypeFor[custody.SplitPart](), "fill": reflect.TypeFor[custody.Fill](),
	"in-bond": reflect.TypeFor[custody.InBond](), "close": reflect.TypeFor[custody.Close](),
	"party": reflect.TypeFor[custody.Party](), "facility": reflect.TypeFor[custody.Facility](),
	"seal": reflect.TypeFor[custody.Seal](), "monthly-statement": reflect.TypeFor[custody.MonthlyStatement](),
	"statement-line": reflect.TypeFor[custody.StatementLine](), "dispute": reflect.TypeFor[custody.Dispute](),
	"inventory-method": reflect.TypeFor[custody.Inventory](),
	"carrier-ticket":   reflect.TypeFor[runticket.Ticket](), "figure": reflect.TypeFor[runticket.Figure](),
	"ticket-text": reflect.TypeFor[runticket.Text](), "countersigned": reflect.TypeFor[runticket.Countersigned](),
	"certificate": reflect.TypeFor[origin.Certificate](), "certificate-party": reflect.TypeFor[origin.Party](),
	"certified-quantity": reflect.TypeFor[origin.CertifiedQuantity](), "claim": reflect.TypeFor[audit.Claim](),
	"traffic": reflect.TypeFor[customs.Traffic](),
}

// Every key of the Go types is in the map of the same name, optional in both or in none and of the same kind, and the other way
// round. The maps without an exported type (keys and headers) are held to the code by key.json and sign1.json.
func TestSchemaAndTypes(t *testing.T) {
	s := readSchema(t)
	for rule, typ := range described {
		t.Run(rule, func(t *testing.T) {
			d, isMap := s[rule].(dict)
			if !isMap {
				t.Fatalf("formats.cddl has no map %s", rule)
			}
			want, got := map[string]string{}, map[string]string{}
			for _, m := range d {
				want[fmt.Sprint(m.key.(literal).value)] = describe(m.min == 0, kindOf(s, m.value))
			}
			for i := range typ.NumField() {
				f := typ.Field(i)
				key, options, _ := strings.Cut(f.Tag.Get("cbor"), ",")
				got[key] = describe(strings.Contains(options, "omitempty"), goKind(f.Type))
			}
			for key, kind := range want {
				if got[key] != kind {
					t.Errorf("key %s is %s in formats.cddl, %q in %s", key, kind, got[key], typ)
				}
			}
			for key, kind := range got {
				if want[key] == "" {
					t.Errorf("key %s of %s (%s) is not in formats.cddl", key, typ, kind)
				}
			}
		})
	}
	exempt := []string{"okp-key", "ec2-key", "header", "claimed-header"}
	for rule, p := range s {
		if _, isMap := p.(dict); isMap && described[rule] == nil && !slices.Contains(exempt, rule) {
			t.Errorf("no Go type stands behind the map %s of formats.cddl", rule)
		}
	}
}

func describe(optional bool, kind string) string {
	if optional {
		return "optional " + kind
	}
	return kind
}

// kindOf names the kind of thing that a pattern matches.
func kindOf(s schema, p pattern) string {
	switch p := p.(type) {
	case named:
		if rule, found := s[string(p)]; found {
			return kindOf(s, rule)
		}
		return map[named]string{"bstr": "bytes", "tstr": "text", "bool": "bool"}[p]
	case literal:
		if _, isText := p.value.(string); isText {
			return "text"
		}
		return "uint"
	case between:
		if p.from.Sign() < 0 {
			return "int"
		}
		return "uint"
	case choice:
		return kindOf(s, p[0])
	case sized:
		return kindOf(s, p.of)
	case encoded:
		return "bytes"
	case list:
		kinds := make([]string, len(p))
		for i, m := range p {
			kinds[i] = kindOf(s, m.value)
		}
		if p[0].max > 1 {
			return "list of " + kinds[0]
		}
		return "[" + strings.Join(kinds, " ") + "]"
	case dict:
		return "map"
	}
	return fmt.Sprintf("%T", p)
}

// goKind names the kind of thing that a Go type is encoded as.
func goKind(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer:
		return goKind(t.Elem())
	case reflect.Int64:
		return "int"
	case reflect.Uint64, reflect.Uint8:
		return "uint"
	case reflect.String:
		return "text"
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "list of " + goKind(t.Elem())
	case reflect.Struct:
		if t.Field(0).Tag.Get("cbor") != ",toarray" {
			return "map"
		}
		var kinds []string
		for i := 1; i < t.NumField(); i++ {
			kinds = append(kinds, goKind(t.Field(i).Type))
		}
		return "[" + strings.Join(kinds, " ") + "]"
	}
	return t.String()
}
