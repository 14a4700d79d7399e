package custody

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Party gives the name behind a DID, by that party. A later one replaces it.
type Party struct {
	DID  string `cbor:"1,keyasint" json:"did"`
	Name string `cbor:"2,keyasint" json:"name"`
}

// FacilityKind says what a facility is.
type FacilityKind string

// The kinds of facilities.
const (
	Well     FacilityKind = "well"
	Battery  FacilityKind = "battery"
	Terminal FacilityKind = "terminal"
	Station  FacilityKind = "station"
	Port     FacilityKind = "port"
	Refinery FacilityKind = "refinery"
)

// Facility describes a place where oil is produced, kept or passed on, by its operator. A later one replaces it.
type Facility struct {
	ID       string       `cbor:"1,keyasint" json:"id"`
	Kind     FacilityKind `cbor:"2,keyasint" json:"kind"`
	Operator string       `cbor:"3,keyasint" json:"operator"`                     // DID
	UWI      string       `cbor:"4,keyasint,omitempty" json:"uwi,omitempty"`      // unique well identifier of Canada: "100/12-04-091-05W5/00"
	API      string       `cbor:"5,keyasint,omitempty" json:"api,omitempty"`      // API well number of the United States: 10, 12 or 14 digits
	Port     string       `cbor:"6,keyasint,omitempty" json:"portCode,omitempty"` // Schedule D
	// Latitude and Longitude are in millionths of a degree (WGS 84), north and east positive; both 0 when not stated.
	Latitude  int64 `cbor:"7,keyasint,omitempty" json:"latitude,omitempty"`
	Longitude int64 `cbor:"8,keyasint,omitempty" json:"longitude,omitempty"`
}

// InstallationKind says what an installation does.
type InstallationKind string

// The kinds of installations.
const (
	Metering            InstallationKind = "metering"
	Sampling            InstallationKind = "sampling"
	MeteringAndSampling InstallationKind = "both"
)

// SealAction says what was done with a seal.
type SealAction string

// What is done with seals.
const (
	SealInstalled SealAction = "installed"
	SealRemoved   SealAction = "removed"
)

// Seal states that a seal was put on a part of an installation or taken off, by the installation's operator.
type Seal struct {
	ID      string     `cbor:"1,keyasint" json:"id"`    // what is stamped on it; used once at a point
	Point   string     `cbor:"2,keyasint" json:"point"` // measuring point of the installation
	Part    string     `cbor:"3,keyasint" json:"part"`  // "meter head", "sample receiver"
	Action  SealAction `cbor:"4,keyasint" json:"action"`
	Witness string     `cbor:"5,keyasint,omitempty" json:"witness,omitempty"` // DID
}

// PartyState is a party as it named itself last.
type PartyState struct {
	Party
	At    int64  `json:"at"` // ms since 1970 UTC
	Event string `json:"event"`
}

// FacilityState is a facility as its operator stated it last.
type FacilityState struct {
	Facility
	At    int64  `json:"at"` // ms since 1970 UTC
	Event string `json:"event"`
}

// SealState is a seal, with when it was put on and taken off.
type SealState struct {
	ID        string      `json:"id"`
	Point     string      `json:"point"`
	Part      string      `json:"part"`
	Installed SealChange  `json:"installed"`
	Removed   *SealChange `json:"removed,omitempty"`
}

// SealChange is when something was done with a seal, and before whom.
type SealChange struct {
	By      string `json:"by"`
	Witness string `json:"witness,omitempty"`
	At      int64  `json:"at"` // ms since 1970 UTC
	Event   string `json:"event"`
}

func (y *Party) check() error {
	if y.Name == "" {
		return fmt.Errorf("party %s needs a name", y.DID)
	}
	if err := texts("name", y.Name); err != nil {
		return err
	}
	return names("party", y.DID)
}

func (f *Facility) check() error {
	if err := names("facility", f.ID, "operator", f.Operator); err != nil {
		return err
	}
	if !slices.Contains([]FacilityKind{Well, Battery, Terminal, Station, Port, Refinery}, f.Kind) {
		return fmt.Errorf("facility %s is a %q, not a %s, %s, %s, %s, %s or %s", f.ID, f.Kind, Well, Battery, Terminal, Station, Port, Refinery)
	}
	if f.Kind == Well && (f.UWI == "") == (f.API == "") || f.Kind != Well && (f.UWI != "" || f.API != "") {
		return fmt.Errorf("facility %s: a well, and nothing else, has a UWI or an API number", f.ID)
	}
	if digits := strings.ReplaceAll(f.API, "-", ""); f.API != "" && (strings.Trim(digits, "0123456789") != "" || !slices.Contains([]int{10, 12, 14}, len(digits))) {
		return fmt.Errorf("facility %s: API number %q has not 10, 12 or 14 digits", f.ID, f.API)
	}
	if f.Kind == Port && f.Port == "" {
		return fmt.Errorf("facility %s: a port needs its code", f.ID)
	}
	if f.Latitude < -90e6 || f.Latitude > 90e6 || f.Longitude < -180e6 || f.Longitude > 180e6 {
		return fmt.Errorf("facility %s: latitude %d and longitude %d millionths of a degree are nowhere", f.ID, f.Latitude, f.Longitude)
	}
	for what, name := range map[string]string{"well": f.UWI, "port": f.Port} {
		if name != "" {
			if err := names(what, name); err != nil {
				return fmt.Errorf("facility %s: %w", f.ID, err)
			}
		}
	}
	return nil
}

func (s *Seal) check() error {
	if s.Action != SealInstalled && s.Action != SealRemoved {
		return fmt.Errorf("seal %s was %q, neither %s nor %s", s.ID, s.Action, SealInstalled, SealRemoved)
	}
	if s.Part == "" {
		return fmt.Errorf("seal %s needs the part that it is on", s.ID)
	}
	if err := texts("part", s.Part); err != nil {
		return err
	}
	if s.Witness != "" {
		if err := names("witness", s.Witness); err != nil {
			return err
		}
	}
	return names("seal", s.ID, "measuring point", s.Point)
}

// extra checks what an installation says beside its approval.
func (i *Installation) extra() error {
	switch i.Kind {
	case "", Metering, Sampling, MeteringAndSampling:
	default:
		return fmt.Errorf("installation at %s is for %q, not %s, %s or %s", i.Point, i.Kind, Metering, Sampling, MeteringAndSampling)
	}
	if i.Facility == "" {
		return nil
	}
	return names("facility", i.Facility)
}

func (l *Ledger) name(p *posting) error {
	y := *p.event.Party
	if err := p.by(y.DID, "the party itself"); err != nil {
		return err
	}
	p.then(func() { l.parties[y.DID] = PartyState{Party: y, At: p.event.At, Event: p.event.ID} })
	return nil
}

func (l *Ledger) locate(p *posting) error {
	f := *p.event.Facility
	if err := p.by(f.Operator, "operator of facility "+f.ID); err != nil {
		return err
	}
	if before, known := l.facilities[f.ID]; known && before.Operator != f.Operator {
		return fmt.Errorf("facility %s is stated by its operator %s, in event %s: take a name of your own", f.ID, before.Operator, before.Event)
	}
	p.then(func() { l.facilities[f.ID] = FacilityState{Facility: f, At: p.event.At, Event: p.event.ID} })
	return nil
}

func (l *Ledger) seal(p *posting) error {
	s := p.event.Seal
	if !slices.ContainsFunc(l.installations[s.Point], func(i InstallationState) bool { return i.Operator == p.event.By }) {
		return fmt.Errorf("%s states it, but has stated no installation at %s", p.event.By, s.Point)
	}
	i := slices.IndexFunc(l.seals[s.Point], func(o SealState) bool { return o.ID == s.ID })
	change := SealChange{By: p.event.By, Witness: s.Witness, At: p.event.At, Event: p.event.ID}
	if s.Action == SealInstalled {
		if i >= 0 {
			return fmt.Errorf("seal %s was put on at %s by event %s: a seal is used once", s.ID, s.Point, l.seals[s.Point][i].Installed.Event)
		}
		state := SealState{ID: s.ID, Point: s.Point, Part: s.Part, Installed: change}
		p.then(func() { l.seals[s.Point] = append(l.seals[s.Point], state) })
		return nil
	}
	switch {
	case i < 0:
		return fmt.Errorf("seal %s was never put on at %s", s.ID, s.Point)
	case l.seals[s.Point][i].Removed != nil:
		return fmt.Errorf("seal %s was taken off at %s by event %s", s.ID, s.Point, l.seals[s.Point][i].Removed.Event)
	case l.seals[s.Point][i].Part != s.Part:
		return fmt.Errorf("seal %s is on the %s, not on the %s", s.ID, l.seals[s.Point][i].Part, s.Part)
	}
	p.then(func() { l.seals[s.Point][i].Removed = &change })
	return nil
}

// Parties returns all parties that named themselves, by DID.
func (l *Ledger) Parties() []PartyState { return values(l.parties) }

// Facilities returns all facilities, by id.
func (l *Ledger) Facilities() []FacilityState { return values(l.facilities) }

// Seals returns the seals at a measuring point, in the order in which they were put on.
func (l *Ledger) Seals(point string) []SealState {
	seals := slices.Clone(l.seals[point])
	for i := range seals {
		seals[i].Removed = copied(seals[i].Removed)
	}
	return seals
}

// values returns what is in a map, in the order of its keys.
func values[T any](of map[string]T) []T {
	all := make([]T, 0, len(of))
	for _, key := range slices.Sorted(maps.Keys(of)) {
		all = append(all, of[key])
	}
	return all
}
