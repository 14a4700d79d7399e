package api

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/cloud/document"
	"github.com/gauger/gauger/cloud/lineage"
	"github.com/gauger/gauger/cloud/origin"
	"github.com/gauger/gauger/cloud/store"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/ticket"
	"github.com/gauger/gauger/metrology/quantity"
)

// specification is as much of docs/reference/openapi.yaml as can be held against the code.
type specification struct {
	Paths      map[string]map[string]operation
	Components struct {
		Parameters    map[string]any
		RequestBodies map[string]any `yaml:"requestBodies"`
		Responses     map[string]any
		Schemas       map[string]schema
	}
}

type operation struct {
	Summary    string
	Parameters []struct {
		Ref, Name, In string
		Required      bool
	}
	RequestBody map[string]any `yaml:"requestBody"`
	Responses   map[string]any
}

type schema struct {
	Type       string
	Required   []string
	Properties map[string]map[string]any
}

func openAPI(t *testing.T) (specification, []byte) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "reference", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var d specification
	if err := yaml.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d, b
}

// TestOpenAPIRoutes: every route is in the document, and everything in the document is a route.
func TestOpenAPIRoutes(t *testing.T) {
	t.Parallel()
	d, _ := openAPI(t)
	var documented, served []string
	for path, operations := range d.Paths {
		for method, o := range operations {
			documented = append(documented, strings.ToUpper(method)+" "+path)
			if o.Summary == "" || o.Responses["200"] == nil || (method == "post") != (o.RequestBody != nil) {
				t.Errorf("%s %s is described without what it does, takes or answers", method, path)
			}
		}
	}
	s := &Server{Log: http.NotFoundHandler()}
	for pattern := range s.routes() {
		pattern = strings.Replace(pattern, "/{$}", "/", 1)
		served = append(served, strings.Replace(pattern, "/log/", "/log/{file}", 1))
	}
	slices.Sort(documented)
	slices.Sort(served)
	if diff := cmp.Diff(served, documented); diff != "" {
		t.Errorf("routes (-served +documented):\n%s", diff)
	}
}

// TestOpenAPIParameters: the parameters in a path are those of its operations.
func TestOpenAPIParameters(t *testing.T) {
	t.Parallel()
	d, b := openAPI(t)
	wildcard := regexp.MustCompile(`{(\w+)}`)
	for path, operations := range d.Paths {
		for method, o := range operations {
			var want, got []string
			for _, m := range wildcard.FindAllStringSubmatch(path, -1) {
				want = append(want, m[1])
			}
			for _, p := range o.Parameters {
				if p.In == "path" && p.Required {
					got = append(got, p.Name)
				}
			}
			if strings.Contains(path, "{number}") {
				want = nil // by reference: below
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s %s (-path +parameters):\n%s", method, path, diff)
			}
		}
	}
	for _, m := range regexp.MustCompile(`'#/components/(\w+)/(\w+)'`).FindAllStringSubmatch(string(b), -1) {
		found := d.Components.Schemas[m[2]].Type != "" && m[1] == "schemas"
		for kind, all := range map[string]map[string]any{
			"parameters": d.Components.Parameters, "requestBodies": d.Components.RequestBodies, "responses": d.Components.Responses,
		} {
			found = found || kind == m[1] && all[m[2]] != nil
		}
		if !found {
			t.Errorf("%s leads nowhere", m[0])
		}
	}
}

// described are the types behind the schemas.
var described = map[string]any{
	"Accepted": accepted{}, "Problem": problem{}, "Counts": store.Counts{}, "Gap": store.Gap{}, "Refusal": store.Refusal{}, "Last": last{}, "Ticket": ticketView{},
	"Totals": record.Totals{}, "Parameters": record.Parameters{}, "SedimentWater": ticket.SW{}, "Balances": balanceView{}, "Balance": custody.Balance{},
	"Leg": custody.Leg{}, "Bulk": custody.Bulk{}, "AmountOnBasis": custody.Amount{}, "Gas": audit.Gas{}, "Citation": custody.Citation{}, "Conversion": custody.Conversion{}, "Difference": custody.Difference{},
	"Allowance": custody.AllowanceState{}, "PoolBalance": custody.PoolBalance{}, "StatementLine": custody.StatementLine{}, "Stock": custody.Stock{}, "Flow": custody.Flow{},
	"TracedLot": lotView{}, "Lot": lineage.Lot{}, "Share": lineage.Share{}, "Movement": custody.Movement{}, "Decision": audit.Decision{}, "Undecided": undecided{},
	"CountryOfOrigin": origin.CountryAnswer{}, "Made": custody.Product{}, "MadeMaterial": audit.Product{}, "Utilization": audit.Utilization{},
	"Commingled": audit.Commingled{}, "CommingledPart": audit.CommingledPart{},
	"BalanceSheet": audit.BalanceSheet{}, "SystemBalance": custody.SystemBalance{}, "SegmentBalance": custody.SegmentBalance{},
	"SystemSeries": custody.SystemSeries{}, "BalanceFinding": custody.Finding{}, "Crossings": audit.Crossings{}, "Crossing": audit.Crossing{},
	"CrossingEntry": audit.CrossingEntry{}, "CrossingSum": audit.CrossingSum{}, "UnmatchedEntry": audit.UnmatchedEntry{},
	"Chain": audit.Chain{}, "Link": audit.Link{}, "Register": audit.Register{}, "Void": custody.VoidState{},
	"Dispute": custody.DisputeState{}, "Seal": custody.SealState{}, "SealChange": custody.SealChange{}, "PartyState": custody.PartyState{},
	"Facility": custody.FacilityState{}, "InventoryMethod": custody.InventoryState{},
	"EntryDue": audit.EntryDue{}, "Right": audit.Right{}, "PendingEntries": audit.PendingEntries{}, "PendingEntry": audit.PendingEntry{},
	"Change": audit.Change{}, "SourceChange": audit.SourceChange{}, "Consequences": audit.Consequences{}, "EntryDifference": audit.Difference{},
	"Outcome": audit.Outcome{}, "Amounts": audit.Amounts{},
	"Month": audit.Month{}, "Close": custody.Close{}, "MonthlyStatement": custody.MonthlyStatement{},
	"Party": document.Party{}, "Period": document.Period{}, "RunStatement": document.RunStatement{}, "Run": document.Run{}, "RunTotal": document.RunTotal{},
	"PipelineStatement": document.PipelineStatement{}, "ShipperLine": document.ShipperLine{}, "Evidenced": document.Evidenced{},
	"StatedMonth": document.StatedMonth{}, "Closed": custody.CloseState{}, "ShipperStatement": document.ShipperStatement{},
	"ShipperAccount": document.Account{}, "Posting": document.Posting{}, "StatementTotal": document.Total{}, "Manifest": document.Manifest{},
	"ScheduledDelivery": document.ScheduledDelivery{}, "Measured": document.Measured{}, "Consignment": document.Consignment{},
	"ManifestTotal": document.ManifestTotal{},
	"Trail":         lineage.Trail{}, "Holding": lineage.Holding{}, "Part": lineage.Part{},
	"Coverage": lineage.Coverage{}, "Arrival": custody.Arrival{}, "Source": custody.SourceState{}, "StatusChange": custody.StatusChange{},
	"Origin": origin.Decision{}, "OriginShares": origin.Shares{}, "Reason": origin.Reason{}, "Note": dated.Note{}, "Assessment": customs.Assessment{},
	"TariffLine": customs.Line{}, "Computed": customs.Computed{}, "Refund": customs.Refund{}, "Finding": customs.Finding{}, "Later": audit.Later{},
}

// TestOpenAPISchemas: every schema has the fields that its type writes, required unless they can be left out, and refers to the
// schemas of their types.
func TestOpenAPISchemas(t *testing.T) {
	t.Parallel()
	d, _ := openAPI(t)
	names := map[reflect.Type]string{
		reflect.TypeFor[quantity.Micro](): "Amount", reflect.TypeFor[quantity.Factor](): "Factor", reflect.TypeFor[quantity.Basis](): "Basis",
		reflect.TypeFor[customs.Cents](): "Money", reflect.TypeFor[record.Hash](): "Hash", reflect.TypeFor[cose.Kid](): "Hash",
		reflect.TypeFor[dated.Date](): "Date",
	}
	for name, v := range described {
		names[reflect.TypeOf(v)] = name
		if d.Components.Schemas[name].Type != "object" {
			t.Errorf("%s has no schema", name)
		}
	}
	for name, s := range d.Components.Schemas {
		v, known := described[name]
		if !known {
			if s.Type == "object" {
				t.Errorf("schema %s is of no type", name)
			}
			continue
		}
		var properties, required []string
		for _, f := range jsonFields(reflect.TypeOf(v)) {
			properties = append(properties, f.name)
			if !f.optional {
				required = append(required, f.name)
			}
			if got := s.Properties[f.name]; schemaOf(f.of, names) != "" && fmt.Sprint(got["$ref"], got["items"], got["type"]) != schemaOf(f.of, names) {
				t.Errorf("%s.%s is %v, its type is %s: %s", name, f.name, got, f.of, schemaOf(f.of, names))
			}
		}
		slices.Sort(properties)
		if diff := cmp.Diff(properties, slices.Sorted(maps.Keys(s.Properties))); diff != "" {
			t.Errorf("fields of %s (-written +documented):\n%s", name, diff)
		}
		if diff := cmp.Diff(required, s.Required, cmp.Transformer("sort", func(in []string) []string { return slices.Sorted(slices.Values(in)) })); diff != "" {
			t.Errorf("required fields of %s (-written +documented):\n%s", name, diff)
		}
	}
}

type jsonField struct {
	name     string
	optional bool
	of       reflect.Type
}

// jsonFields returns what encoding/json writes of a struct.
func jsonFields(of reflect.Type) (all []jsonField) {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	for f := range of.Fields() {
		tag := f.Tag.Get("json")
		switch {
		case f.Anonymous && strings.TrimSuffix(tag, ",omitempty") == "":
			for _, in := range jsonFields(f.Type) {
				in.optional = in.optional || tag != ""
				all = append(all, in)
			}
		case f.IsExported() && tag != "-":
			name, options, _ := strings.Cut(tag, ",")
			all = append(all, jsonField{name, strings.Contains(options, "omitempty"), f.Type})
		}
	}
	return all
}

// schemaOf returns how the document must refer to a struct or a list of them: its reference, items and type.
func schemaOf(of reflect.Type, names map[reflect.Type]string) string {
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if name := names[of]; name != "" {
		return fmt.Sprint("#/components/schemas/"+name, nil, nil)
	}
	if of.Kind() == reflect.Slice && names[of.Elem()] != "" {
		return fmt.Sprint(nil, map[string]any{"$ref": "#/components/schemas/" + names[of.Elem()]}, "array")
	}
	return ""
}
