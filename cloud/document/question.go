package document

import (
	"fmt"
	"net/url"
	"time"

	"github.com/gauger/gauger/cloud/audit"
)

// The kinds of statements.
const (
	RunKind      = "run"
	PipelineKind = "pipeline"
	ShipperKind  = "shipper"
	ManifestKind = "manifest"
)

// Question asks for a statement.
type Question struct {
	Kind    string // RunKind, PipelineKind, ShipperKind, ManifestKind
	Of      string // point, facility or source; stream or line; DID of a shipper; code of a port
	Period  string // "2024-03"; of a manifest a day too, "2024-03-11"
	Begins  string // see MonthFrom; of a manifest empty
	Carrier string // DID; of a shipper's statement, or empty
	In      string // stream or line; of a shipper's statement, or empty
	KnownAt string // RFC 3339: as the books were known then; empty for all that is known
}

// QuestionOf reads a question with its parameters begins, carrier, in and knownAt. The error wraps audit.ErrQuestion.
func QuestionOf(kind, of, period string, query url.Values) (Question, error) {
	q := Question{
		Kind: kind, Of: of, Period: period, Begins: query.Get("begins"), Carrier: query.Get("carrier"), In: query.Get("in"), KnownAt: query.Get("knownAt"),
	}
	return q, q.check()
}

// Query returns the parameters that QuestionOf reads.
func (q Question) Query() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"begins": q.Begins, "carrier": q.Carrier, "in": q.In, "knownAt": q.KnownAt} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (q Question) check() error {
	refuse := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{audit.ErrQuestion}, args...)...)
	}
	switch q.Kind {
	case RunKind, PipelineKind, ShipperKind, ManifestKind:
	default:
		return refuse("a statement is of %q, want %s, %s, %s or %s", q.Kind, RunKind, PipelineKind, ShipperKind, ManifestKind)
	}
	if q.Kind != ShipperKind && (q.Carrier != "" || q.In != "") {
		return refuse("carrier and in go with a %s statement", ShipperKind)
	}
	if _, err := q.knownAt(); err != nil {
		return refuse("known at %q, want a time such as 2024-04-01T07:00:00-06:00", q.KnownAt)
	}
	if q.Kind != ManifestKind {
		_, err := MonthFrom(q.Period, q.Begins)
		return err
	}
	if q.Begins != "" {
		return refuse("a manifest is of customs days, which begin at midnight at the port: leave out when they begin")
	}
	month := q.Period
	if _, err := time.Parse(time.DateOnly, q.Period); err == nil {
		month = q.Period[:len("2024-03")]
	} else if _, err := time.Parse("2006-01", q.Period); err != nil {
		return refuse("%q, want a month such as 2024-03 or a day such as 2024-03-11", q.Period)
	}
	return audit.CheckCrossings(q.Of, month)
}

// knownAt returns the instant whose knowledge is asked for, ms since 1970 UTC, or 0 for none.
func (q Question) knownAt() (int64, error) {
	if q.KnownAt == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339, q.KnownAt)
	return t.UnixMilli(), err
}

// Answer makes the statement from the books. The error wraps audit.ErrQuestion or audit.ErrUnknown where the question is at fault.
func (q Question) Answer(c *audit.Case) (Statement, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	if at, err := q.knownAt(); err == nil && q.KnownAt != "" {
		if c, err = c.AsKnown(at); err != nil {
			return nil, err
		}
	}
	switch q.Kind {
	case RunKind:
		return Runs(c, q.Of, q.Period, q.Begins)
	case PipelineKind:
		return Pipeline(c, q.Of, q.Period, q.Begins)
	case ShipperKind:
		return Shipper(c, q.Of, q.Period, q.Begins, q.Carrier, q.In)
	}
	return PortManifest(c, q.Of, q.Period)
}
