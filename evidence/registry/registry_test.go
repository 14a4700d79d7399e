package registry_test

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"strings"
	"testing"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/cose/cosetest"
	"github.com/gauger/gauger/evidence/registry"
)

var (
	edKey   = cosetest.Ed25519
	keyOf   = cosetest.Public
	refused = cosetest.Refused
)

const (
	producer = "did:web:producer.example"
	carrier  = "did:web:carrier.example"
)

// trust knows the producer's key 1 and the carrier's key 2.
func trust(did string) []ed25519.PublicKey {
	seed, ok := map[string]byte{producer: 1, carrier: 2}[did]
	if !ok {
		return nil
	}
	return []ed25519.PublicKey{edKey(seed).Public().(ed25519.PublicKey)}
}

func entry(t testing.TB, seed byte, role registry.Role, points ...string) registry.Entry {
	return registry.Entry{Key: keyOf(t, edKey(seed)).Bytes(), Role: role, Name: "key", Points: points, From: 1_000}
}

func valid(t testing.TB) *registry.Registry {
	return &registry.Registry{
		Version: registry.Version, Organisation: producer, Name: "Producer Ltd.", Number: 4,
		Entries: []registry.Entry{
			entry(t, 11, registry.Device, "LACT-1", "LACT-2"),
			{Key: keyOf(t, cosetest.ES256(t, 9)).Bytes(), Role: registry.Party, Name: "hand", From: 1_000, To: 2_000},
			entry(t, 12, registry.Lab), entry(t, 13, registry.Cloud),
		},
	}
}

func TestCheckOfARegistry(t *testing.T) {
	tests := []struct {
		name  string
		alter func(r *registry.Registry)
		want  string
	}{
		{"as it should be", func(*registry.Registry) {}, ""},
		{"no entries", func(r *registry.Registry) { r.Entries = nil }, ""},
		{"version 2", func(r *registry.Registry) { r.Version = 2 }, "version 2"},
		{"too many entries", func(r *registry.Registry) { r.Entries = make([]registry.Entry, 1025) }, "with 1025 entries"},
		{"not a key", func(r *registry.Registry) { r.Entries[1].Key = []byte("key") }, "entry 1: not a COSE_Key"},
		{"a key twice", func(r *registry.Registry) { r.Entries[2].Key = r.Entries[0].Key }, "entry 2: key"},
		{"unknown role", func(r *registry.Registry) { r.Entries[1].Role = "auditor" }, `role "auditor" is unknown`},
		{"device without points", func(r *registry.Registry) { r.Entries[0].Points = nil }, "names its points"},
		{"party with points", func(r *registry.Registry) { r.Entries[1].Points = []string{"LACT-1"} }, "names its points"},
		{"points unsorted", func(r *registry.Registry) { r.Entries[0].Points = []string{"LACT-2", "LACT-1"} }, "sorted"},
		{"bad point", func(r *registry.Registry) { r.Entries[0].Points = []string{"LACT 1"} }, "blanks"},
		{"ends when it starts", func(r *registry.Registry) { r.Entries[1].To = r.Entries[1].From }, "ends before it starts"},
		{"ends a millisecond later", func(r *registry.Registry) { r.Entries[1].To = r.Entries[1].From + 1 }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := valid(t)
			tt.alter(r)
			_, err := r.Sign(edKey(1))
			refused(t, err, tt.want)
			got, err := registry.Open(seal(t, r, 1, r.Organisation), trust)
			refused(t, err, tt.want)
			if err == nil {
				if a, b := encode(t, r), encode(t, got); !bytes.Equal(a, b) {
					t.Errorf("%x came back as %x", a, b)
				}
			}
		})
	}
	r := valid(t)
	r.Organisation = ""
	_, err := r.Sign(edKey(1))
	refused(t, err, "not acceptable")
}

func encode(t testing.TB, r *registry.Registry) []byte {
	t.Helper()
	b, err := cose.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// seal signs a registry as it is.
func seal(t testing.TB, r *registry.Registry, seed byte, issuer string) []byte {
	t.Helper()
	signed, err := cose.Sign(edKey(seed), registry.Thing, encode(t, r), &cose.Claims{Issuer: issuer, Subject: "key"})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestOpen(t *testing.T) {
	signed, err := valid(t).Sign(edKey(1))
	if err != nil {
		t.Fatal(err)
	}
	r, err := registry.Open(signed, trust)
	if err != nil {
		t.Fatal(err)
	}
	if r.Organisation != producer || r.Number != 4 || len(r.Entries) != 4 {
		t.Errorf("registry is %+v", r)
	}
	stranger := valid(t)
	stranger.Organisation = "did:web:stranger.example"
	noClaims, err := cose.Sign(edKey(1), registry.Thing, encode(t, valid(t)), nil)
	if err != nil {
		t.Fatal(err)
	}
	forged := slices.Clone(signed)
	forged[len(forged)-1] ^= 1
	for _, tt := range []struct {
		name   string
		signed []byte
		want   string
	}{
		{"by the carrier in the producer's name", seal(t, valid(t), 2, producer), "is signed with key " + keyOf(t, edKey(2)).Kid().String()},
		{"by another in the producer's key's name", forged, "signature does not verify"},
		{"by an organisation that the trust file does not know", seal(t, stranger, 1, stranger.Organisation), "the trust file has no key"},
		{"with another issuer", seal(t, valid(t), 1, carrier), "issuer claim differs"},
		{"without claims", noClaims, "issuer claim differs"},
		{"not signed", encode(t, valid(t)), "not a tagged COSE_Sign1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := registry.Open(tt.signed, trust)
			refused(t, err, tt.want)
		})
	}
}

// TestOrganisationChangesItsKey: while the trust file has two keys, registries with either count. When it has the new one alone, those of the old
// key are left out, and that is refused as long as nothing takes their place.
func TestOrganisationChangesItsKey(t *testing.T) {
	keys := func(seeds ...byte) registry.Keys {
		return func(did string) (all []ed25519.PublicKey) {
			if did != producer {
				return trust(did)
			}
			for _, seed := range seeds {
				all = append(all, edKey(seed).Public().(ed25519.PublicKey))
			}
			return all
		}
	}
	numbered := func(number uint64, seed byte, did string, entries ...registry.Entry) []byte {
		r := valid(t)
		r.Number, r.Organisation = number, did
		if len(entries) > 0 {
			r.Entries = entries
		}
		return seal(t, r, seed, did)
	}
	first, second := numbered(4, 1, producer), numbered(5, 3, producer)
	other := numbered(1, 2, carrier, entry(t, 21, registry.Party))
	of := func(all []registry.Opened) (numbers []uint64) {
		for _, o := range all {
			numbers = append(numbers, o.Number)
		}
		return numbers
	}
	for _, tt := range []struct {
		name        string
		signed      [][]byte
		keys        registry.Keys
		all, newest []uint64
		says        string
	}{
		{"both", [][]byte{first, other, second}, keys(1, 3), []uint64{4, 1, 5}, []uint64{1, 5}, ""},
		{"the new one", [][]byte{first, other, second}, keys(3), []uint64{1, 5}, []uint64{1, 5}, ""},
		{"the old one", [][]byte{first, other, second}, keys(1), []uint64{4, 1}, []uint64{4, 1}, ""},
		{"the new one, and nothing by it", [][]byte{first, other}, keys(3), nil, nil,
			"registry of " + producer + ": it is signed with key " + keyOf(t, edKey(1)).Kid().String() + ", and the trust file has 1 other for " + producer},
		{"neither", [][]byte{first, other, second}, keys(), nil, nil, "the trust file has no key for it"},
		{"damaged", [][]byte{first, []byte("x"), second}, keys(1, 3), nil, nil, "not a tagged COSE_Sign1"},
	} {
		all, err := registry.OpenAll(tt.signed, tt.keys)
		refused(t, err, tt.says)
		if err == nil && (!slices.Equal(of(all), tt.all) || !slices.Equal(of(registry.Newest(all)), tt.newest)) {
			t.Errorf("%s: %v, newest %v", tt.name, of(all), of(registry.Newest(all)))
		}
	}
}

func TestFind(t *testing.T) {
	var d registry.Directory
	if err := d.Add(valid(t)); err != nil {
		t.Fatal(err)
	}
	hand, device := keyOf(t, cosetest.ES256(t, 9)).Kid(), keyOf(t, edKey(11)).Kid()
	for _, tt := range []struct {
		name string
		kid  cose.Kid
		role registry.Role
		at   int64
		want string
	}{
		{"a moment before it begins", hand, registry.Party, 999, "was not valid at 1970-01-01T00:00:00.999Z, only from 1970-01-01T00:00:01Z until just before 1970-01-01T00:00:02Z"},
		{"as it begins", hand, registry.Party, 1_000, ""},
		{"a moment before it ends", hand, registry.Party, 1_999, ""},
		{"as it ends", hand, registry.Party, 2_000, "was not valid at 1970-01-01T00:00:02Z, only from"},
		{"open end", device, registry.Device, 1 << 62, ""},
		{"another role", hand, registry.Device, 1_500, "registered as party, not as device"},
		{"unknown", cose.Kid{1}, registry.Party, 1_500, "is in no registry"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, err := d.Find(tt.kid, tt.role, tt.at)
			refused(t, err, tt.want)
			if err == nil && (h.Organisation != producer || h.Key.Kid() != tt.kid) {
				t.Errorf("holder is %+v", h)
			}
		})
	}
	if h, err := d.Lookup(hand, registry.Party); err != nil || h.SpeaksFor("LACT-1") {
		t.Errorf("a party speaks for a point: %v", err)
	}
	h, err := d.Lookup(device, registry.Device)
	if err != nil || !h.SpeaksFor("LACT-1") || !h.SpeaksFor("LACT-2") || h.SpeaksFor("LACT-3") || h.SpeaksFor("") {
		t.Errorf("the device speaks for %v: %v", h.Points, err)
	}
	if d.Name(producer) != "Producer Ltd." || d.Name(carrier) != carrier {
		t.Errorf("names are %q and %q", d.Name(producer), d.Name(carrier))
	}
}

// A key is followed by the next with an overlap; a stolen one is revoked as of the theft, in the past: what it signed before still
// counts, and what it signed since does not, whenever it is looked at. A key counts for its use only.
func TestKeysChange(t *testing.T) {
	first := &registry.Registry{Version: registry.Version, Organisation: producer, Number: 1,
		Entries: []registry.Entry{entry(t, 11, registry.Device, "LACT-1")}}
	overlap := &registry.Registry{Version: registry.Version, Organisation: producer, Number: 2,
		Entries: []registry.Entry{entry(t, 11, registry.Device, "LACT-1"), entry(t, 12, registry.Device, "LACT-1")}}
	overlap.Entries[0].To, overlap.Entries[1].From = 5_000, 4_000
	revoked := &registry.Registry{Version: registry.Version, Organisation: producer, Number: 3,
		Entries: []registry.Entry{entry(t, 11, registry.Device, "LACT-1"), entry(t, 12, registry.Device, "LACT-1")}}
	revoked.Entries[0].To, revoked.Entries[1].From = 2_500, 4_000
	old, next := keyOf(t, edKey(11)).Kid(), keyOf(t, edKey(12)).Kid()
	var d registry.Directory
	for _, step := range []struct {
		what string
		add  *registry.Registry
		old  [4]bool // at 2,000, 3,000, 4,500 and 6,000 ms
		next [4]bool
	}{
		{"one key", first, [4]bool{true, true, true, true}, [4]bool{}},
		{"the next, with an overlap", overlap, [4]bool{true, true, true, false}, [4]bool{false, false, true, true}},
		{"the first was stolen at 2,500 ms", revoked, [4]bool{true, false, false, false}, [4]bool{false, false, true, true}},
	} {
		if err := d.Add(step.add); err != nil {
			t.Fatal(err)
		}
		for i, at := range []int64{2_000, 3_000, 4_500, 6_000} {
			for _, k := range []struct {
				kid  cose.Kid
				want bool
			}{{old, step.old[i]}, {next, step.next[i]}} {
				if _, err := d.Find(k.kid, registry.Device, at); (err == nil) != k.want {
					t.Errorf("%s: key %s at %d ms: %v", step.what, k.kid, at, err)
				}
				if _, err := d.Find(k.kid, registry.Party, at); err == nil {
					t.Errorf("%s: the device key %s signs as a party", step.what, k.kid)
				}
			}
		}
	}
}

func TestAddReplacesByNumber(t *testing.T) {
	var d registry.Directory
	if err := d.Add(valid(t)); err != nil {
		t.Fatal(err)
	}
	same := valid(t)
	refused(t, d.Add(same), "number 4 is not above 4")
	same.Number = 3
	refused(t, d.Add(same), "number 3 is not above 4")
	later := valid(t)
	later.Number, later.Name, later.Entries = 9, "Producer plc", []registry.Entry{entry(t, 11, registry.Device, "LACT-9")}
	if err := d.Add(later); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Lookup(keyOf(t, cosetest.ES256(t, 9)).Kid(), registry.Party); err == nil {
		t.Error("a key that the later registry leaves out still counts")
	}
	if h, err := d.Lookup(keyOf(t, edKey(11)).Kid(), registry.Device); err != nil || !h.SpeaksFor("LACT-9") || h.SpeaksFor("LACT-1") {
		t.Errorf("the device speaks for %v: %v", h.Points, err)
	}
	if d.Name(producer) != "Producer plc" {
		t.Errorf("name is %q", d.Name(producer))
	}
}

// A key belongs to one organisation: the second that claims it is refused as a whole, and nothing of its list counts.
func TestAddRefusesAnothersKey(t *testing.T) {
	var d registry.Directory
	if err := d.Add(valid(t)); err != nil {
		t.Fatal(err)
	}
	thief := &registry.Registry{
		Version: registry.Version, Organisation: carrier, Name: "Carrier Inc.",
		Entries: []registry.Entry{entry(t, 21, registry.Party), entry(t, 11, registry.Device, "LACT-1")},
	}
	refused(t, d.Add(thief), "is did:web:producer.example's")
	if _, err := d.Lookup(keyOf(t, edKey(21)).Kid(), registry.Party); err == nil {
		t.Error("half of a refused registry counts")
	}
	if h, err := d.Lookup(keyOf(t, edKey(11)).Kid(), registry.Device); err != nil || h.Organisation != producer {
		t.Errorf("the device belongs to %s: %v", h.Organisation, err)
	}
	thief.Entries = thief.Entries[:1]
	if err := d.Add(thief); err != nil {
		t.Errorf("a list of its own keys is refused: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	signed, err := valid(f).Sign(edKey(1))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(signed)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := registry.Open(b, trust)
		if err != nil {
			return
		}
		m, err := cose.Parse(b, registry.Thing)
		if err != nil || !bytes.Equal(encode(t, r), m.Payload) {
			t.Errorf("opened, but encoded again it is %x (%v)", encode(t, r), err)
		}
	})
}

// The payload of a registry is read as strictly without its signature.
func FuzzPayload(f *testing.F) {
	f.Add(encode(f, valid(f)))
	f.Fuzz(func(t *testing.T, payload []byte) {
		var r registry.Registry
		if cose.Unmarshal(payload, &r) != nil {
			return
		}
		if again := encode(t, &r); !bytes.Equal(again, payload) {
			t.Errorf("%x was accepted, but is %x encoded again", payload, again)
		}
		if r.Organisation != producer {
			return
		}
		if got, err := registry.Open(seal(t, &r, 1, producer), trust); err == nil {
			_ = new(registry.Directory).Add(got) // must not panic, whatever it says
		}
	})
}

// TestKeysOverTime: what was signed counts by the newest list and the time that it names, whatever counted when it was signed.
func TestKeysOverTime(t *testing.T) {
	const start, switched, theft, now = 1_000, 5_000, 6_000, 9_000
	old, fresh := entry(t, 11, registry.Device, "LACT-1"), entry(t, 12, registry.Device, "LACT-1")
	between := func(e registry.Entry, from, to int64) registry.Entry { e.From, e.To = from, to; return e }
	as := func(e registry.Entry, r registry.Role) registry.Entry { e.Role, e.Points = r, nil; return e }
	type signed struct {
		key  byte
		at   int64
		want string
	}
	for _, tt := range []struct {
		name  string
		lists [][]registry.Entry // numbers 1, 2, ...
		asked []signed
	}{
		{"rotation with overlap", [][]registry.Entry{
			{between(old, start, 0)},
			{between(old, start, switched+100), between(fresh, switched-100, 0)},
		}, []signed{
			{11, switched - 101, ""}, {12, switched - 101, "not valid"},
			{11, switched, ""}, {12, switched, ""},
			{11, switched + 99, ""}, {11, switched + 100, "not valid"}, {12, switched + 100, ""},
		}},
		{"rotation without overlap", [][]registry.Entry{
			{between(old, start, switched), between(fresh, switched, 0)},
		}, []signed{{11, switched - 1, ""}, {11, switched, "not valid"}, {12, switched - 1, "not valid"}, {12, switched, ""}}},
		{"rotation with a hole", [][]registry.Entry{
			{between(old, start, switched-100), between(fresh, switched+100, 0)},
		}, []signed{{11, switched, "not valid"}, {12, switched, "not valid"}}},
		{"planned and called off", [][]registry.Entry{
			{between(old, start, switched), between(fresh, switched, 0)}, {between(old, start, 0)},
		}, []signed{{11, now, ""}, {12, now, "is in no registry"}}},
		{"expired, and extended too late", [][]registry.Entry{
			{between(old, start, switched)}, {between(old, start, now+1)},
		}, []signed{{11, switched, ""}, {11, now, ""}, {11, now + 1, "not valid"}}},
		{"revoked from now on", [][]registry.Entry{{between(old, start, 0)}, {between(old, start, now)}},
			[]signed{{11, now - 1, ""}, {11, now, "not valid"}}},
		{"stolen: revoked in the past", [][]registry.Entry{{between(old, start, 0)}, {between(old, start, theft), between(fresh, theft, 0)}},
			[]signed{{11, theft - 1, ""}, {11, theft, "until just before 1970-01-01T00:00:06Z"}, {11, now, "not valid"}, {12, theft, ""}}},
		{"stolen before it was given: nothing counts but a moment", [][]registry.Entry{{between(old, start, 0)}, {between(old, start, start+1)}},
			[]signed{{11, start, ""}, {11, start + 1, "not valid"}}},
		{"lost with its TPM: what it signed stays", [][]registry.Entry{{between(old, start, 0)}, {between(old, start, now), between(fresh, now-50, 0)}},
			[]signed{{11, start, ""}, {11, now - 1, ""}, {12, now, ""}}},
		{"left out: nothing that it signed counts", [][]registry.Entry{{between(old, start, 0)}, {between(fresh, switched, 0)}},
			[]signed{{11, start, "is in no registry"}, {12, switched, ""}}},
		{"wrong usage", [][]registry.Entry{{as(old, registry.Party), as(fresh, registry.Lab)}},
			[]signed{{11, now, "registered as party, not as device"}, {12, now, "registered as lab, not as device"}}},
		{"given another role", [][]registry.Entry{{between(old, start, 0)}, {as(old, registry.Party)}},
			[]signed{{11, start, "registered as party, not as device"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var d registry.Directory
			for i, entries := range tt.lists {
				signed := &registry.Registry{Version: registry.Version, Organisation: producer, Number: uint64(i + 1), Entries: entries}
				r, err := registry.Open(seal(t, signed, 1, producer), trust)
				refused(t, err, "")
				refused(t, d.Add(r), "")
			}
			for _, s := range tt.asked {
				_, err := d.Find(keyOf(t, edKey(s.key)).Kid(), registry.Device, s.at)
				if (err == nil) != (s.want == "") || err != nil && !strings.Contains(err.Error(), s.want) {
					t.Errorf("key %d at %d: %v, want %q", s.key, s.at, err, s.want)
				}
			}
		})
	}
}

// TestKeyMovesOn: a key belongs to one organisation at a time; the next can list it when the first no longer does.
func TestKeyMovesOn(t *testing.T) {
	var d registry.Directory
	mine := &registry.Registry{Version: registry.Version, Organisation: producer, Number: 1, Entries: []registry.Entry{entry(t, 11, registry.Party)}}
	theirs := &registry.Registry{Version: registry.Version, Organisation: carrier, Number: 1, Entries: []registry.Entry{entry(t, 11, registry.Party)}}
	refused(t, d.Add(mine), "")
	refused(t, d.Add(theirs), "is did:web:producer.example's")
	mine.Number, mine.Entries = 2, nil
	refused(t, d.Add(mine), "")
	refused(t, d.Add(theirs), "")
	h, err := d.Find(keyOf(t, edKey(11)).Kid(), registry.Party, 1_000)
	if err != nil || h.Organisation != carrier {
		t.Errorf("the key is %q's: %v", h.Organisation, err)
	}
}
