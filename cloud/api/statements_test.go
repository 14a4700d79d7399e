package api_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gauger/gauger/cloud/audit/audittest"
	"github.com/gauger/gauger/cloud/document"
)

// TestStatements: each kind of statement as JSON, and the same one as pages, a workbook and CSV, with the same bytes each time.
func TestStatements(t *testing.T) {
	t.Parallel()
	w := newWorld(t, audittest.Options{})
	w.play("")
	run := read[document.RunStatement](w, "/v1/statements/run/"+audittest.Border+"/2026-02")
	same(t, "runs", []string{run.Runs[0].Ticket, run.Runs[0].GSV.String()}, []string{"TK-BOR-1", "19820.749972"})
	line := read[document.PipelineStatement](w, "/v1/statements/pipeline/LINE/2026-02?begins=07:00-07:00")
	same(t, "shippers in the line", len(line.Lines), 2)
	same(t, "begin of the month", line.Period.From%86_400_000, int64(14*3_600_000))
	shipper := read[document.ShipperStatement](w, "/v1/statements/shipper/"+url.PathEscape(audittest.Buyer)+"/2026-02?in=LINE")
	same(t, "closing of the buyer", shipper.Accounts[0].Line.Closing.String(), "19820.749972")
	day := read[document.Manifest](w, "/v1/statements/manifest/3407/2026-02-01")
	same(t, "crossed", day.Crossed[0].Volume.String(), "19820.749972")
	before := read[document.RunStatement](w, "/v1/statements/run/"+audittest.Border+"/2026-02?knownAt=2026-02-02T03:00:00Z")
	same(t, "status before the laboratory", before.Runs[0].Status, "provisional")

	for kind, path := range map[string]string{
		"run": "run/" + audittest.Border + "/2026-02", "pipeline": "pipeline/LINE/2026-02", "shipper": "shipper/" + url.PathEscape(audittest.Buyer) + "/2026-02",
		"manifest": "manifest/3407/2026-02",
	} {
		for format, want := range map[string]struct{ mediaType, begins string }{
			"pdf&paper=letter": {"application/pdf", "%PDF-"}, "csv": {"text/csv; charset=utf-8", "# source: the books of a cloud, not verified\n"},
			"xlsx": {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK"},
		} {
			a := w.get("/v1/statements/" + path + "?format=" + format)
			same(t, "type of a "+kind+" statement as "+format, a.header.Get("Content-Type"), want.mediaType)
			if !strings.HasPrefix(string(a.body), want.begins) {
				t.Errorf("%s as %s begins with %.60q", kind, format, a.body)
			}
			if !bytes.Equal(a.body, w.get("/v1/statements/"+path+"?format="+format).body) {
				t.Errorf("%s as %s differs from itself", kind, format)
			}
		}
	}
	for path, want := range map[string]struct {
		status int
		detail string
	}{
		"daily/LINE/2026-02":                        {malformed, `"daily", want run`},
		"run/LINE/February":                         {malformed, `month "February"`},
		"run/" + audittest.Border + "/2026-02?in=X": {malformed, "go with a shipper statement"},
		"run/nowhere/2026-02":                       {missing, "nowhere is no measuring point"},
		"pipeline/T-1/2026-02":                      {malformed, "T-1 is a tank"},
		"pipeline/T-9/2026-02":                      {missing, "T-9 is no stream or line"},
		"shipper/did:web:nobody.example/2026-02":    {missing, "had no oil"},
		"manifest/9999/2026-02":                     {missing, "port 9999"},
		"pipeline/LINE/2026-02?format=ods":          {malformed, `format is "ods", want json, csv, xlsx or pdf`},
		"pipeline/LINE/2026-02?format=pdf&paper=a3": {malformed, `paper is "a3"`},
		"pipeline/LINE/2026-02?knownAt=yesterday":   {malformed, `known at "yesterday"`},
	} {
		w.refused(path, w.do(http.MethodGet, "/v1/statements/"+path, nil), want.status, want.detail)
	}
}
