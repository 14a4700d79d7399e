package story

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gauger/gauger/cloud/custody"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

// Traffic is what goes through a carrier's common streams day by day, by rules that leave nothing to chance. The carrier books
// each day at one instant and signs it as one set of papers.
type Traffic struct {
	Keeper    string          `yaml:"keeper"` // party
	First     Time            `yaml:"first"`  // when the first day is booked; each other day is 24 hours later
	Days      int             `yaml:"days"`
	Allowance quantity.Factor `yaml:"allowance"` // loss allowance in kind, percent of each receipt but the keeper's own
	// Swing is by how many thousandths volumes are off their row's, in turn: the first row begins with the first, the next with the
	// second.
	Swing      []int64        `yaml:"swing"`
	Gauged     []int          `yaml:"gauged"` // days after whose papers all streams are gauged
	Streams    []Stream       `yaml:"streams"`
	Stations   []Station      `yaml:"stations"`
	Receipts   []ReceiptRow   `yaml:"receipts"`
	Deliveries []DeliveryRow  `yaml:"deliveries"`
	Titles     []TitleRow     `yaml:"titles"`
	Exchanges  []ExchangeRow  `yaml:"exchanges"`
	Deductions []DeductionRow `yaml:"deductions"`
}

// Stream is a common stream.
type Stream struct {
	ID      string         `yaml:"id"`
	Place   string         `yaml:"place"`
	Density quantity.Micro `yaml:"density"` // kg/m3 at 15 C
	Fill    quantity.Micro `yaml:"fill"`    // the keeper's own line fill, m3, booked the day before the first
	Source  string         `yaml:"source"`  // of the line fill, and of receipts that name no other
	// Lost is what the gauges find less than the books, m3, by gauging; what they find more is negative.
	Lost []quantity.Micro `yaml:"lost"`
	// Inventory is the method by which withdrawals count as originating or not, where both are in the stream. Pool and clock are the
	// stream's own.
	Inventory *custody.Inventory `yaml:"inventory"`
}

// Station is where streams receive oil.
type Station struct {
	ID   string `yaml:"id"`
	Name string `yaml:"name"`
	// Sheet: carrier and shippers sign a day sheet, outside of this program. Without one the carrier's word stands alone.
	Sheet bool `yaml:"sheet"`
}

// Rhythm says when something happens, and how much of it.
type Rhythm struct {
	Volume quantity.Micro `yaml:"volume"` // m3
	From   int            `yaml:"from"`   // day of the month; 1 if left out
	Every  int            `yaml:"every"`  // days
}

// ReceiptRow is what a shipper ships into a stream at a station.
type ReceiptRow struct {
	Shipper string         `yaml:"shipper"`
	Stream  string         `yaml:"stream"`
	Station string         `yaml:"station"`
	Source  string         `yaml:"source"`  // where it is not the stream's
	Opening quantity.Micro `yaml:"opening"` // what the shipper has in the stream already, m3
	Rhythm  `yaml:",inline"`
}

// DeliveryRow is what a shipper takes out of a stream, as a lot for somebody.
type DeliveryRow struct {
	Shipper string `yaml:"shipper"`
	Stream  string `yaml:"stream"`
	To      string `yaml:"to"` // party
	Place   string `yaml:"place"`
	Rhythm  `yaml:",inline"`
}

// TitleRow is what a shipper sells to another within a stream.
type TitleRow struct {
	Shipper string `yaml:"shipper"`
	Stream  string `yaml:"stream"`
	To      string `yaml:"to"` // party
	Rhythm  `yaml:",inline"`
}

// ExchangeRow is what a shipper gives another in one stream for the same in another.
type ExchangeRow struct {
	Shipper string `yaml:"shipper"`
	Stream  string `yaml:"stream"`
	With    string `yaml:"with"` // party
	For     string `yaml:"for"`  // stream
	Rhythm  `yaml:",inline"`
}

// DeductionRow is what leaves a stream without being delivered.
type DeductionRow struct {
	Shipper string        `yaml:"shipper"` // whose position bears it; without one, all do
	Stream  string        `yaml:"stream"`
	Cause   custody.Cause `yaml:"cause"`
	Rhythm  `yaml:",inline"`
}

// maxDays bounds a traffic.
const maxDays = 366

// on reports whether something happens on a day, and how often it happened before.
func (r Rhythm) on(day int) (before int, is bool) {
	first := max(r.From, 1)
	return (day - first) / max(r.Every, 1), day >= first && (day-first)%max(r.Every, 1) == 0
}

func (r Rhythm) rhythm() Rhythm { return r }

// due calls book with each of the rows that come on a day, and with its volume then.
func due[R interface{ rhythm() Rhythm }](t *Traffic, rows []R, day int, book func(R, quantity.Micro)) error {
	for i, r := range rows {
		before, is := r.rhythm().on(day)
		if !is {
			continue
		}
		v, err := t.of(r.rhythm(), i, before)
		if err != nil {
			return err
		}
		book(r, v)
	}
	return nil
}

// of returns the volume of a row, which swings.
func (t *Traffic) of(r Rhythm, row, before int) (quantity.Micro, error) {
	thousandths := int64(1000)
	if n := len(t.Swing); n > 0 {
		thousandths += t.Swing[(row+before)%n]
	}
	v, err := r.Volume.Ratio(thousandths, 1000)
	if err != nil {
		return 0, err
	}
	return v.Round(2)
}

func (t *Traffic) stream(id string) *Stream {
	if i := slices.IndexFunc(t.Streams, func(s Stream) bool { return s.ID == id }); i >= 0 {
		return &t.Streams[i]
	}
	return nil
}

func (t *Traffic) station(id string) *Station {
	if i := slices.IndexFunc(t.Stations, func(s Station) bool { return s.ID == id }); i >= 0 {
		return &t.Stations[i]
	}
	return nil
}

// row is what all rows have.
type row struct {
	what    string
	parties []string
	streams []string
	rhythm  Rhythm
}

func (t *Traffic) rows() (all []row) {
	for _, r := range t.Receipts {
		all = append(all, row{"receipts", []string{r.Shipper}, []string{r.Stream}, r.Rhythm})
	}
	for _, r := range t.Deliveries {
		all = append(all, row{"deliveries", []string{r.Shipper, r.To}, []string{r.Stream}, r.Rhythm})
	}
	for _, r := range t.Titles {
		all = append(all, row{"titles", []string{r.Shipper, r.To}, []string{r.Stream}, r.Rhythm})
	}
	for _, r := range t.Exchanges {
		all = append(all, row{"exchanges", []string{r.Shipper, r.With}, []string{r.Stream, r.For}, r.Rhythm})
	}
	for _, r := range t.Deductions {
		of := row{"deductions", nil, []string{r.Stream}, r.Rhythm}
		if r.Shipper != "" {
			of.parties = []string{r.Shipper}
		}
		all = append(all, of)
	}
	return all
}

// checkTraffic finds what would stop the traffic half way, but for what the books alone can say.
func (s *Scenario) checkTraffic(t *Traffic) error {
	if s.party(t.Keeper) == nil {
		return fmt.Errorf("keeper %q is no party", t.Keeper)
	}
	if t.Days < 1 || t.Days > maxDays || !s.Start.Before(t.First.Add(-24*time.Hour)) {
		return fmt.Errorf("it has %d days, want 1 to %d, and the day before the first must be after the start of the story", t.Days, maxDays)
	}
	for _, stream := range t.Streams {
		if len(stream.Lost) != len(t.Gauged) {
			return fmt.Errorf("stream %s has %d gaugings in lost, and %d days are in gauged", stream.ID, len(stream.Lost), len(t.Gauged))
		}
	}
	for i, r := range t.Receipts {
		if t.station(r.Station) == nil {
			return fmt.Errorf("receipts, row %d: station %q is not among the stations", i+1, r.Station)
		}
	}
	for _, r := range t.rows() {
		name := r.what + " of " + strings.Join(r.parties, ", ") + " in " + strings.Join(r.streams, ", ")
		if r.rhythm.Volume < 0 || r.rhythm.From < 0 || r.rhythm.Every < 1 || r.rhythm.Every > maxDays {
			return fmt.Errorf("%s: it needs a volume and every how many days it comes, 1 to %d", name, maxDays)
		}
		for _, id := range r.parties {
			if s.party(id) == nil {
				return fmt.Errorf("%s: %q is no party", name, id)
			}
		}
		for _, id := range r.streams {
			if t.stream(id) == nil {
				return fmt.Errorf("%s: %q is not among the streams", name, id)
			}
		}
	}
	return nil
}

// book writes the events of one instant in their order.
type book struct {
	*Scenario
	at     time.Time
	tag    string // of the day in ids: "0305"
	events []custody.Event
	seen   map[string]bool
	twice  string
}

// add books an event. Its id says what it is, and of whom; ids are used once.
func (b *book) add(kind string, of []string, fill func(e *custody.Event)) string {
	id := strings.Join(append([]string{kind, b.tag}, of...), "-")
	if b.seen[id] {
		b.twice = id
	}
	b.seen[id] = true
	e := custody.Event{
		Version: custody.Version, ID: id, By: b.did(b.Traffic.Keeper), At: b.at.UnixMilli(), Order: uint64(len(b.events) + 1),
	}
	fill(&e)
	b.events = append(b.events, e)
	return id
}

func (s *Scenario) did(party string) string { return s.party(party).DID }

// day returns where the papers of a day go: day 0 is the one before the first.
func (s *Scenario) day(day int) *book {
	at := s.Traffic.First.Add(time.Duration(day-1) * 24 * time.Hour)
	return &book{Scenario: s, at: at, tag: at.Format("0102"), seen: map[string]bool{}}
}

// opening returns the declarations of the streams, the line fill, and what shippers have in the streams before the first day.
func (s *Scenario) opening() (*book, error) {
	b, t := s.day(0), s.Traffic
	for _, stream := range t.Streams {
		b.add("POOL", []string{stream.ID}, func(e *custody.Event) {
			e.Pool = &custody.Pool{ID: stream.ID, Kind: custody.Stream, Basis: quantity.Metric, Keeper: b.did(t.Keeper), Method: custody.Average, Place: stream.Place}
		})
	}
	for _, stream := range t.Streams {
		if stream.Inventory == nil {
			continue
		}
		chosen := *stream.Inventory
		_, offset := t.First.Zone()
		chosen.Pool, chosen.UTCOffset = stream.ID, int64(offset/60)
		b.add("INVENTORY", []string{stream.ID}, func(e *custody.Event) { e.Inventory = &chosen })
	}
	for _, stream := range t.Streams {
		if stream.Fill > 0 {
			b.receive(&stream, "", t.Keeper, "", stream.Fill, nil)
		}
	}
	for _, r := range t.Receipts {
		if r.Opening > 0 {
			b.receive(t.stream(r.Stream), r.Station, r.Shipper, r.Source, r.Opening, nil)
		}
	}
	return b, b.once()
}

func (b *book) once() error {
	if b.twice != "" {
		return fmt.Errorf("%s is there twice on a day: make one row of both, or let them come on other days", b.twice)
	}
	return nil
}

// receive books a receipt and returns its id.
func (b *book) receive(s *Stream, station, shipper, source string, volume quantity.Micro, sheet *record.Hash) string {
	if source == "" {
		source = s.Source
	}
	of := []string{s.ID, shipper}
	if station != "" {
		of = append(of, station)
	}
	return b.add("R", of, func(e *custody.Event) {
		e.Paper = sheet
		e.Receipt = &custody.Receipt{
			Pool: s.ID, Source: source, Shipper: b.did(shipper), Stated: &custody.Stated{Volume: volume, Basis: quantity.Metric, Density: s.Density},
		}
	})
}

// sheet is a station's day sheet, with the receipts on it.
type sheet struct {
	name string // of its file
	text string
}

// booked returns the papers of a day, gaugings apart, and the day sheets that some of them rest on.
func (s *Scenario) booked(day int) (*book, []sheet, error) {
	b := s.day(day)
	sheets, err := b.receipts(day)
	return b, sheets, errors.Join(err, b.changes(day), b.withdrawals(day), b.once())
}

// receipts books what came in at each station, and the loss allowance on it.
func (b *book) receipts(day int) (sheets []sheet, err error) {
	t := b.Traffic
	for _, station := range t.Stations {
		var rows []ReceiptRow
		var volumes []quantity.Micro
		page := sheet{station.ID + "-" + b.at.Format(time.DateOnly) + ".csv", "station,date,shipper,stream,m3 at 15 C\n"}
		err := due(t, t.Receipts, day, func(r ReceiptRow, v quantity.Micro) {
			if r.Station != station.ID || r.Volume == 0 {
				return
			}
			rows, volumes = append(rows, r), append(volumes, v)
			page.text += strings.Join([]string{station.Name, b.at.Format(time.DateOnly), b.party(r.Shipper).Name, r.Stream, v.String()}, ",") + "\n"
		})
		if err != nil {
			return nil, err
		}
		var paper *record.Hash
		if station.Sheet && len(rows) > 0 {
			hash := record.Hash(sha256.Sum256([]byte(page.text)))
			paper, sheets = &hash, append(sheets, page)
		}
		for n, r := range rows {
			id := b.receive(t.stream(r.Stream), r.Station, r.Shipper, r.Source, volumes[n], paper)
			if t.Allowance.Mantissa == 0 || r.Shipper == t.Keeper {
				continue
			}
			b.add("A", []string{r.Stream, r.Shipper, r.Station}, func(e *custody.Event) {
				e.Allowance = &custody.Allowance{Receipt: id, Percent: t.Allowance}
			})
		}
	}
	return sheets, nil
}

// changes books what changes owner within streams.
func (b *book) changes(day int) error {
	t := b.Traffic
	titles := due(t, t.Titles, day, func(r TitleRow, v quantity.Micro) {
		b.add("T", []string{r.Stream, r.Shipper, r.To}, func(e *custody.Event) {
			e.Title = &custody.Title{Pool: r.Stream, From: b.did(r.Shipper), To: b.did(r.To), Volume: v}
		})
	})
	exchanges := due(t, t.Exchanges, day, func(r ExchangeRow, v quantity.Micro) {
		b.add("X", []string{r.Stream, r.For, r.Shipper, r.With}, func(e *custody.Event) {
			e.Exchange = &custody.Exchange{Party: b.did(r.Shipper), Other: b.did(r.With), Pool: r.Stream, ForPool: r.For, Volume: v}
		})
	})
	return errors.Join(titles, exchanges)
}

// withdrawals books what leaves the streams.
func (b *book) withdrawals(day int) error {
	t := b.Traffic
	deliveries := due(t, t.Deliveries, day, func(r DeliveryRow, v quantity.Micro) {
		b.add("D", []string{r.Stream, r.Shipper, r.To}, func(e *custody.Event) {
			e.Withdrawal = &custody.Withdrawal{
				Pool: r.Stream, Shipper: b.did(r.Shipper), To: b.did(r.To), Lot: "LOT-" + e.ID, Place: r.Place,
				Stated: &custody.Bulk{Volume: v, Basis: quantity.Metric},
			}
		})
	})
	deductions := due(t, t.Deductions, day, func(r DeductionRow, v quantity.Micro) {
		b.add("W", []string{r.Stream, string(r.Cause)}, func(e *custody.Event) {
			e.Deduction = &custody.Deduction{Pool: r.Stream, Cause: r.Cause, Volume: v, Basis: quantity.Metric}
			if r.Shipper != "" {
				e.Deduction.Shipper = b.did(r.Shipper)
			}
		})
	})
	return errors.Join(deliveries, deductions)
}

// gaugings returns what the gauges say at the end of a day, by what the books have: the difference is nature's. It returns nil on
// other days.
func (s *Scenario) gaugings(day int, held map[string]quantity.Micro) *book {
	t := s.Traffic
	i := slices.Index(t.Gauged, day)
	if i < 0 {
		return nil
	}
	b := s.day(day)
	b.at = b.at.Add(time.Hour)
	for _, stream := range t.Streams {
		b.add("G", []string{stream.ID}, func(e *custody.Event) {
			e.Gauging = &custody.Gauging{Pool: stream.ID, Volume: held[stream.ID] - stream.Lost[i], Basis: quantity.Metric}
		})
	}
	return b
}
