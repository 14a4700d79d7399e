package calc

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // for machines without time zones

	"github.com/gauger/gauger/cloud/customs"
	"github.com/gauger/gauger/configs/dated"
	"github.com/gauger/gauger/metrology/qtr"
)

var daysKind = kind{
	use:   "days",
	short: "A period cut at the bounds of measurement days and customs days",
	long: "Cuts a period wherever a measurement day or a customs day ends. The measurement day is that of the contract: a gas day begins at\n" +
		"09:00 Central, --day-hour 9 --day-zone America/Chicago. The customs day is one of the calendar of the port. Both have 23 or 25\n" +
		"hours when the clocks change, and no hour is lost or doubled. A stream that flows while an additional duty begins is of two\n" +
		"importations: --hts and --origin cut it there.",
	example: "  gauger calc days --from 2026-03-07T15:00:00Z --to 2026-03-09T05:00:00Z --port 3401 --day-hour 9 --day-zone America/Chicago",
	new:     func() calculation { return new(daysInput) },
}

type daysInput struct{ from, to, port, hour, zone, hts, origin string }

func (in *daysInput) bind(f *flags) {
	f.text(&in.from, "from", "2026-03-07T15:00:00Z", "beginning of the period: RFC 3339, or Eastern time as 2026-03-07 10:00", needed)
	f.text(&in.to, "to", "2026-03-09T05:00:00Z", "its end, written so too", needed)
	f.text(&in.port, "port", "3401", "port of entry (Schedule D), for its time zone", needed)
	f.text(&in.hour, "day-hour", "9", "hour at which a measurement day begins", or("0"))
	f.text(&in.zone, "day-zone", "America/Chicago", "time zone of the measurement day, by its IANA name; without it that of the port")
	f.text(&in.hts, "hts", "2709.00.10", "tariff line of the goods, to cut too where an additional duty on them begins or ends", with("origin"))
	f.text(&in.origin, "origin", "CA", "their country of origin")
}

func (in *daysInput) compute(r *Result) error {
	tables, err := new(dutyInput).tables()
	if err != nil {
		return err
	}
	var bounds [2]dated.Instant
	for i, x := range []struct{ flag, text string }{{"from", in.from}, {"to", in.to}} {
		if err := bounds[i].UnmarshalText([]byte(x.text)); err != nil {
			return fmt.Errorf("--%s: %w", x.flag, err)
		}
	}
	if !bounds[0].Before(bounds[1]) {
		return fmt.Errorf("--to %s is not after --from %s", in.to, in.from)
	}
	at := tables.Zone(in.port)
	if at == "" {
		return fmt.Errorf("--port %s is not in the table of ports: gauger tables ports prints it", in.port)
	}
	port, err := calendarOf(at, "0")
	if err != nil {
		return err
	}
	measurement, err := calendarOf(cmp.Or(in.zone, at), in.hour)
	if err != nil {
		return err
	}
	var changes []time.Time
	if in.hts != "" {
		hts, err := customs.ParseHTS(in.hts)
		if err != nil {
			return fmt.Errorf("--hts: %w", err)
		}
		country, _, known := tables.Origin(in.origin)
		if !known {
			return fmt.Errorf("--origin %s is not in the table of rates: gauger tables rates prints it; Canada is CA, or a province such as XA", in.origin)
		}
		changes = tables.Changes(customs.Goods{HTS: hts, Country: country}, bounds[0].Time(), bounds[1].Time(), time.Time{})
	}
	spans, err := customs.Spans(bounds[0].Time(), bounds[1].Time(), measurement, port, changes...)
	if err != nil {
		return err
	}
	r.step("port_zone", "time zone of the port", word(at), "", "")
	t := table{key: "spans", header: []column{
		{"measurement_day", "measurement day"}, {"customs_day", "customs day"}, {"start", "from"}, {"end", "to"}, {"hours", "hours"},
	}}
	for _, s := range spans {
		hours := strings.TrimSuffix(strings.TrimRight(strconv.FormatFloat(s.End.Sub(s.Start).Hours(), 'f', 6, 64), "0"), ".")
		t.rows = append(t.rows, []cell{
			word(string(s.MeasurementDay)), word(string(s.CustomsDay)), word(s.Start.In(port.Location).Format(time.RFC3339)),
			word(s.End.In(port.Location).Format(time.RFC3339)), word(hours),
		})
	}
	r.results.tables = append(r.results.tables, t)
	r.by("none; hours are shown to 6 decimals", "customs days of the port's calendar, measurement days of the contract's (IANA time zones)")
	return nil
}

// calendarOf returns the calendar of a zone whose days begin at an hour.
func calendarOf(zone, hour string) (qtr.Calendar, error) {
	location, err := time.LoadLocation(zone)
	if err != nil {
		return qtr.Calendar{}, fmt.Errorf("--day-zone: %w", err)
	}
	h, err := strconv.Atoi(hour)
	if err != nil || h < 0 || h > 23 {
		return qtr.Calendar{}, fmt.Errorf("--day-hour is %q, want 0 to 23", hour)
	}
	return qtr.Calendar{Location: location, DayHour: h}, nil
}
