// Package story plays a scenario for real: meters, gateways, broker and cloud run as processes of their own and speak their own
// protocols on loopback, each party signs in a process of its own, and simulated time is handed out in lock step. A scenario
// holds what nature and people decide (pulses, temperatures, prices, dates) and nothing that the program computes.
package story

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/gauger/gauger/internal/conf"
	"github.com/gauger/gauger/metrology/quantity"
)

// Scenario is a story to play.
type Scenario struct {
	Title   string   `yaml:"title"`
	Start   Time     `yaml:"start"`
	Ledger  string   `yaml:"ledger"` // name of the log
	Parties []Party  `yaml:"parties"`
	Sites   []Site   `yaml:"sites"`
	Acts    []Act    `yaml:"acts"`
	Traffic *Traffic `yaml:"traffic"`
}

// Time is an instant with the offset that people at the place would write.
type Time struct{ time.Time }

// UnmarshalText reads RFC 3339 with an offset.
func (t *Time) UnmarshalText(b []byte) (err error) {
	if t.Time, err = time.Parse(time.RFC3339, string(b)); err != nil {
		return fmt.Errorf("%q is not a time such as 2024-03-05T06:00:00-07:00", b)
	}
	return nil
}

// Party is an organisation that signs. In acts "@id" stands for its DID.
type Party struct {
	ID         string `yaml:"id"`
	DID        string `yaml:"did"`
	Name       string `yaml:"name"`
	Laboratory bool   `yaml:"laboratory"`
}

// Site is a place with a gateway and its meters.
type Site struct {
	ID       string        `yaml:"id"`
	Name     string        `yaml:"name"`
	Operator string        `yaml:"operator"` // party
	Opens    Time          `yaml:"opens"`    // when the gateway is switched on
	Closes   Time          `yaml:"closes"`
	Interval conf.Duration `yaml:"interval"` // of a record; one minute if left out
	Batch    conf.Duration `yaml:"batch"`    // how long a record waits for its batch at most
	Points   []Point       `yaml:"points"`
}

// Point is a measuring point with its constants and what flows through it.
type Point struct {
	Name            string          `yaml:"name"`
	Instruments     string          `yaml:"instruments"` // "chips" on SPI and I2C, "modbus", "mqtt"
	KFactor         quantity.Factor `yaml:"k_factor"`
	MeterFactor     quantity.Factor `yaml:"meter_factor"`
	Proving         map[string]any  `yaml:"proving"` // instead of a meter factor
	Unit            string          `yaml:"unit"`
	Reference       string          `yaml:"reference"`
	BaseDensity     quantity.Micro  `yaml:"base_density"`
	TemperatureUnit string          `yaml:"temperature_unit"`
	PressureUnit    string          `yaml:"pressure_unit"`
	Register        uint64          `yaml:"register"` // what the meter's counter shows at the start of the story
	Flows           []Flow          `yaml:"flows"`
}

// Flow is oil through a meter: pulses evenly over a time, at one temperature and pressure.
type Flow struct {
	From        Time    `yaml:"from"`
	To          Time    `yaml:"to"`
	Pulses      uint64  `yaml:"pulses"`
	Temperature float64 `yaml:"temperature"` // in the point's unit
	Pressure    float64 `yaml:"pressure"`    // gauge, in the point's unit
}

// Act is something that a party does. Exactly one of the bodies is set.
type Act struct {
	At   Time   `yaml:"at"`
	By   string `yaml:"by"` // party that signs; a ticket is signed by From and To
	ID   string `yaml:"id"`
	Note string `yaml:"note"` // for the progress line

	Ticket      *TicketAct     `yaml:"ticket"`
	Report      map[string]any `yaml:"report"`
	Movement    map[string]any `yaml:"movement"`
	Certificate map[string]any `yaml:"certificate"`
	Claim       map[string]any `yaml:"claim"`
	Product     *Product       `yaml:"product"`
	Month       *MonthAct      `yaml:"month"`
	Correction  *Correction    `yaml:"correction"`
	Cites       string         `yaml:"cites"` // "ticket id" or "ticket id:version" that a movement or claim rests on
}

// Product is a new product in a meter run: its operator changes the base density in the gateway's configuration and starts the
// gateway again.
type Product struct {
	Site        string         `yaml:"site"`
	Point       string         `yaml:"point"`
	BaseDensity quantity.Micro `yaml:"base_density"`
}

// TicketAct cuts a ticket and has both parties sign it.
type TicketAct struct {
	Version uint64 `yaml:"version"` // 1 if left out
	Point   string `yaml:"point"`
	Open    Time   `yaml:"open"`
	Close   Time   `yaml:"close"`
	Batch   string `yaml:"batch"`
	From    string `yaml:"from"`   // party
	To      string `yaml:"to"`     // party
	Report  string `yaml:"report"` // act of the laboratory
}

// Load reads a scenario. Unknown keys are refused.
func Load(name string, data []byte) (*Scenario, error) {
	s := &Scenario{}
	if err := yaml.UnmarshalWithOptions(data, s, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("scenario %s: %w", name, err)
	}
	if err := s.Validate(); err != nil {
		return nil, fmt.Errorf("scenario %s: %w", name, err)
	}
	return s, nil
}

// Validate finds what would stop the story half way.
func (s *Scenario) Validate() error {
	if s.Start.IsZero() || s.Ledger == "" || len(s.Parties) == 0 || len(s.Sites) == 0 {
		return errors.New("a scenario needs start, ledger, parties and sites")
	}
	for _, site := range s.Sites {
		if err := s.checkSite(site); err != nil {
			return fmt.Errorf("site %s: %w", site.ID, err)
		}
	}
	if s.Traffic != nil {
		if err := s.checkTraffic(s.Traffic); err != nil {
			return fmt.Errorf("traffic: %w", err)
		}
	}
	for i, a := range s.Acts {
		if err := s.checkAct(a); err != nil {
			return fmt.Errorf("act %d (%s): %w", i+1, a.ID, err)
		}
		if i > 0 && a.At.Before(s.Acts[i-1].At.Time) {
			return fmt.Errorf("act %d (%s) is before the one above it: acts go in the order of time", i+1, a.ID)
		}
	}
	return nil
}

func (s *Scenario) checkSite(site Site) error {
	if s.party(site.Operator) == nil {
		return fmt.Errorf("operator %q is no party", site.Operator)
	}
	if !site.Opens.Before(site.Closes.Time) || site.Opens.Before(s.Start.Time) {
		return errors.New("it must open after the start of the story and before it closes")
	}
	for _, p := range site.Points {
		if !slices.Contains([]string{"chips", "modbus", "mqtt"}, p.Instruments) {
			return fmt.Errorf("instruments of %s are %q, want chips, modbus or mqtt", p.Name, p.Instruments)
		}
		for i, f := range p.Flows {
			if !f.From.Before(f.To.Time) || i > 0 && f.From.Before(p.Flows[i-1].To.Time) {
				return fmt.Errorf("flows of %s overlap or end before they begin", p.Name)
			}
		}
	}
	return nil
}

func (s *Scenario) checkAct(a Act) error {
	bodies := 0
	for _, set := range []bool{
		a.Ticket != nil, a.Report != nil, a.Movement != nil, a.Certificate != nil, a.Claim != nil, a.Product != nil, a.Month != nil, a.Correction != nil,
	} {
		if set {
			bodies++
		}
	}
	if a.ID == "" || bodies != 1 {
		return errors.New("it needs an id and one of ticket, report, movement, certificate, claim, product, month, correction")
	}
	signers := []string{a.By}
	if a.Month != nil {
		for _, slip := range a.Month.Slips {
			if signers = append(signers, slip.Shipper); slip.Figure != "receipts" && slip.Figure != "deliveries" {
				return fmt.Errorf("slip: figure is %q, want receipts or deliveries", slip.Figure)
			}
		}
	}
	if a.Ticket != nil {
		signers = []string{a.Ticket.From, a.Ticket.To}
	}
	if p := a.Product; p != nil {
		site := s.site(p.Site)
		if site == nil || site.point(p.Point) == nil {
			return fmt.Errorf("point %s of site %s is not in the scenario", p.Point, p.Site)
		}
		signers = []string{site.Operator}
	}
	for _, id := range signers {
		if s.party(id) == nil {
			return fmt.Errorf("%q is no party", id)
		}
	}
	return nil
}

func (s *Scenario) party(id string) *Party {
	if i := slices.IndexFunc(s.Parties, func(p Party) bool { return p.ID == id }); i >= 0 {
		return &s.Parties[i]
	}
	return nil
}

func (s *Scenario) site(id string) *Site {
	if i := slices.IndexFunc(s.Sites, func(x Site) bool { return x.ID == id }); i >= 0 {
		return &s.Sites[i]
	}
	return nil
}

func (s *Site) point(name string) *Point {
	if i := slices.IndexFunc(s.Points, func(p Point) bool { return p.Name == name }); i >= 0 {
		return &s.Points[i]
	}
	return nil
}

func (s *Site) interval() time.Duration {
	if s.Interval == 0 {
		return time.Minute
	}
	return time.Duration(s.Interval)
}

// resolve replaces "@id" by the party's DID, at any depth.
func (s *Scenario) resolve(v any) (any, error) {
	switch x := v.(type) {
	case string:
		id, isParty := strings.CutPrefix(x, "@")
		if !isParty {
			return x, nil
		}
		p := s.party(id)
		if p == nil {
			return nil, fmt.Errorf("%q is no party", x)
		}
		return p.DID, nil
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, e := range x {
			r, err := s.resolve(e)
			if err != nil {
				return nil, err
			}
			if text, ok := r.(string); ok && isTime[k] {
				var t Time
				if err := t.UnmarshalText([]byte(text)); err != nil {
					return nil, fmt.Errorf("%s: %w", k, err)
				}
				r = t.UnixMilli()
			}
			out[k] = r
		}
		return out, nil
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			r, err := s.resolve(e)
			if err != nil {
				return nil, err
			}
			out[i] = r
		}
		return out, nil
	}
	return v, nil
}

// isTime names the keys of papers that hold an instant in ms.
var isTime = map[string]bool{"signedAt": true, "enteredAt": true, "heldSince": true, "sampled": true, "reported": true}
