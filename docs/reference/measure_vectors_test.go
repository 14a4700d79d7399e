package reference_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"fmt"
	"math/big"
	"strconv"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/cose/cosetest"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/metrology/quantity"
)

var keyOf = cosetest.Public

type keyCase struct {
	outcome
	Key raw    `json:"coseKey"`
	Kid string `json:"kid,omitempty"`
}

func (c keyCase) check(*testing.T) error {
	k, err := cose.ParseKey(c.Key)
	if err == nil && k.Kid().String() != c.Kid {
		err = fmt.Errorf("kid is %s", k.Kid())
	}
	return err
}

func keyVectors(t *testing.T) group {
	ed, ec := keyOf(t, bundletest.Ed25519(51)), keyOf(t, bundletest.ES256(52))
	const rfc = "a4 01 02 20 01 21 5820 65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d" +
		"22 5820 1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c"
	return group{"key.json", "COSE_Key encodings and their RFC 9679 thumbprints (F4).", []vector{
		keyCase{ok("Ed25519, seed 32 x 33"), ed.Bytes(), ed.Kid().String()},
		keyCase{ok("P-256, private key 32 x 34"), ec.Bytes(), ec.Kid().String()},
		keyCase{ok("example of RFC 9679"), unhex(t, rfc), "496bd8afadf307e5b08c64b0421bf9dc01528a344a43bda88fadd1669da253ec"},
		keyCase{bad("with a kid", "only the required fields may be there", "not a COSE_Key"), append([]byte{0xa4, 1, 1, 2, 0x41, 1}, ed.Bytes()[3:]...), ""},
		keyCase{bad("unsorted", "keys are not in the order of their encodings", "not a COSE_Key"),
			append([]byte{0xa3, 0x20, 6, 1, 1}, ed.Bytes()[5:]...), ""},
		keyCase{bad("off the curve", "y is not that of a point of P-256", "P-256 key"), append(ec.Bytes()[:len(ec.Bytes())-1:len(ec.Bytes())-1], ec.Bytes()[len(ec.Bytes())-1]^1), ""},
	}}
}

// sign1Case is a COSE_Sign1: attached when Payload is nil.
type sign1Case struct {
	outcome
	Thing   string `json:"thing"`
	Key     raw    `json:"coseKey"`
	Payload raw    `json:"detachedPayload"`
	Message raw    `json:"message"`
}

func (c sign1Case) check(*testing.T) error {
	key, err := cose.ParseKey(c.Key)
	if err != nil {
		return err
	}
	m, err := cose.Parse(c.Message, c.Thing)
	if err != nil {
		return err
	}
	if c.Payload != nil {
		return m.VerifyDetached(key, c.Payload)
	}
	return m.Verify(key)
}

func sign1Vectors(t *testing.T) group {
	const thing = "movement"
	payload := []byte("moved")
	ed, ec := bundletest.Ed25519(51), bundletest.ES256(52)
	edKey, ecKey := keyOf(t, ed).Bytes(), keyOf(t, ec).Bytes()
	bytesOf := must[[]byte](t)
	good := bytesOf(cose.Sign(ed, thing, payload, nil))
	es := bytesOf(cose.Sign(ec, thing, payload, nil))
	claims := bytesOf(cose.Sign(ed, thing, payload, &cose.Claims{Issuer: "did:web:producer.example", Subject: "x"}))
	kid := keyOf(t, ed).Kid()
	head := func(prefix, suffix string) []byte {
		return append(append(unhex(t, prefix), kid[:]...), unhex(t, suffix)...)
	}
	typ := fmt.Sprintf("10 7823 %x", cose.MediaType(thing))
	// shaped signs a header as it is, so that its shape alone is at fault.
	shaped := func(tag, unprotected string, head []byte) []byte {
		structure := bytesOf(cose.Marshal([]any{"Signature1", head, []byte{}, payload}))
		out := append(unhex(t, tag+"84"), bytesOf(cose.Marshal(head))...)
		out = append(append(out, unhex(t, unprotected)...), bytesOf(cose.Marshal(payload))...)
		return append(append(out, 0x58, 0x40), bytesOf(ed.Sign(nil, structure, crypto.Hash(0)))...)
	}
	plain := head("a3 01 27 04 5820", typ)
	return group{"sign1.json", "COSE_Sign1 as F4 narrows it: is the message of the thing, and does the key verify it?", []vector{
		sign1Case{ok("Ed25519, attached"), thing, edKey, nil, good},
		sign1Case{ok("ES256, attached"), thing, ecKey, nil, es},
		sign1Case{ok("with claims"), thing, edKey, nil, claims},
		sign1Case{ok("Ed25519, detached"), thing, edKey, payload, bytesOf(cose.SignDetached(ed, thing, payload))},
		sign1Case{ok("ES256, detached"), thing, ecKey, payload, bytesOf(cose.SignDetached(ec, thing, payload))},
		sign1Case{bad("another payload", "the signature is over other bytes", "does not verify"), thing, edKey, []byte("Moved"), bytesOf(cose.SignDetached(ed, thing, payload))},
		sign1Case{bad("payload missing", "attached was expected, the payload is null", "payload is missing"), thing, edKey, nil, bytesOf(cose.SignDetached(ed, thing, payload))},
		sign1Case{bad("payload attached", "detached was expected, the payload is there", "expected it detached"), thing, edKey, payload, good},
		sign1Case{bad("high s", "s of an ES256 signature is above n/2", "lower half"), thing, ecKey, nil, highS(es)},
		sign1Case{bad("large S", "S of an Ed25519 signature is not below the group order", "does not verify"), thing, edKey, nil, largeS(good)},
		sign1Case{bad("another thing", "typ is that of another thing", "typ is"), "ticket", edKey, nil, good},
		sign1Case{bad("another key", "kid is not the thumbprint of the key", "signed by key"), thing, ecKey, nil, good},
		sign1Case{bad("altered", "one bit of the signature is another", "does not verify"), thing, edKey, nil, append(good[:len(good)-1:len(good)-1], good[len(good)-1]^1)},
		sign1Case{bad("untagged", "tag 18 is missing", "not a tagged"), thing, edKey, nil, good[1:]},
		sign1Case{bad("tag in a longer form", "tag 18 takes one byte", "not a tagged"), thing, edKey, nil, shaped("d812", "a0", plain)},
		sign1Case{bad("byte after the end", "nothing may follow", "extraneous"), thing, edKey, nil, append(good[:len(good):len(good)], 0)},
		sign1Case{bad("unprotected kid", "the unprotected header must be empty", "unknown field"), thing, edKey, nil, shaped("d2", "a1 04 4101", plain)},
		sign1Case{bad("unprotected longer empty", "an empty map takes one byte", "not deterministic"), thing, edKey, nil, shaped("d2", "b800", plain)},
		sign1Case{bad("no typ", "a header field is missing", "not deterministic"), thing, edKey, nil, shaped("d2", "a0", head("a2 01 27 04 5820", ""))},
		sign1Case{bad("content type", "a header field is unknown", "unknown field"), thing, edKey, nil, shaped("d2", "a0", head("a4 01 27 03 00 04 5820", typ))},
		sign1Case{bad("unsorted header", "header fields are not in the order of their encodings", "not deterministic"), thing, edKey, nil,
			shaped("d2", "a0", append(append(unhex(t, "a3 04 5820"), kid[:]...), unhex(t, "01 27"+typ)...))},
		sign1Case{bad("algorithm of another key type", "alg does not suit the key", "does not suit"), thing, edKey, nil, shaped("d2", "a0", head("a3 01 26 04 5820", typ))},
		sign1Case{bad("algorithm -19", "alg is the newer number of Ed25519", "does not suit"), thing, edKey, nil, shaped("d2", "a0", head("a3 01 32 04 5820", typ))},
	}}
}

// highS returns the twin of an ES256 message, with n - s for s.
func highS(message []byte) []byte {
	twin := bytes.Clone(message)
	s := new(big.Int).SetBytes(twin[len(twin)-32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(twin[len(twin)-32:])
	return twin
}

// largeS returns an Ed25519 message with S + L for S.
func largeS(message []byte) []byte {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	twin := bytes.Clone(message)
	little := twin[len(twin)-ed25519.SignatureSize/2:]
	reverse(little)
	s := new(big.Int).SetBytes(little)
	s.Add(s, order).FillBytes(little)
	reverse(little)
	return twin
}

func reverse(b []byte) {
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
}

// recordCase is a leaf.
type recordCase struct {
	outcome
	Leaf     raw    `json:"leaf"`
	LeafHash raw    `json:"leafHash,omitempty"`
	Diag     string `json:"diagnostic,omitempty"`
}

func (c recordCase) check(*testing.T) error {
	_, err := record.Decode(c.Leaf)
	return err
}

func diagnostic(t testing.TB, b []byte) string {
	t.Helper()
	return must[string](t)(cbor.Diagnose(b))
}

// meter is a world with one measuring point in m3 and one in barrels.
type meter struct {
	*bundletest.World
	lease, truck *bundletest.Point
}

func newMeter(t testing.TB) *meter {
	w := bundletest.New(t)
	m := &meter{World: w}
	m.lease = w.Device(bundletest.Ed25519(51), bundletest.Lease).Point(bundletest.Lease, bundletest.Metric())
	m.lease.Interval(48_213, 31_417_265, 512_300_000)
	m.lease.Interval(50_001, -30_100_000, 498_700_001)
	m.lease.Event(record.Event{Kind: record.Alarm, Name: "pressure", New: "not read", Who: "did:web:producer.example"})
	m.lease.Interval(51_999, 29_950_000, 501_000_000)
	m.truck = w.Device(bundletest.ES256(52), bundletest.Truck).Point(bundletest.Truck, bundletest.Customary())
	m.truck.Interval(150_000, 71_340_000, 22_400_000)
	m.truck.Interval(0, 71_340_000, 22_400_000)
	return m
}

func recordVectors(t *testing.T) group {
	m := newMeter(t)
	good := func(o outcome, leaf []byte) recordCase {
		h := record.LeafHash(leaf)
		return recordCase{o, leaf, h[:], diagnostic(t, leaf)}
	}
	altered := func(l *bundletest.Leaf, alter func(r *record.Record)) []byte {
		r := must[*record.Record](t)(record.Decode(l.Bytes))
		alter(r)
		return must[[]byte](t)(cose.Marshal(r))
	}
	start, first := m.lease.Records[0], m.lease.Records[1]
	event := start.Bytes
	cases := []vector{
		good(ok("event"), event),
		good(ok("event with every text"), altered(start, func(r *record.Record) {
			r.Event = &record.Event{Kind: record.Parameter, Name: "meter factor", Old: "1.0005", New: "1.0007", Who: "did:web:producer.example"}
		})),
		good(ok("interval in m3"), first.Bytes), good(ok("interval in barrels"), m.truck.Records[1].Bytes),
		good(ok("interval with quality flags"), altered(first, func(r *record.Record) { r.Interval.Quality = record.Substituted | record.Gap })),
		good(ok("point in another script"), altered(first, func(r *record.Record) { r.Point = "Скважина-7" })),
	}
	for _, b := range []struct {
		o    outcome
		leaf []byte
	}{
		{bad("empty", "no bytes are no record", "EOF"), []byte{}},
		{bad("byte after the end", "nothing may follow", "extraneous"), append(bytes.Clone(event), 0)},
		{bad("cut off", "the last byte is missing", "EOF"), event[:len(event)-1]},
		{bad("unsorted keys", "key 2 stands before key 1", "not deterministic"), append(append([]byte{0xaa}, event[3:38]...), append([]byte{1, 1}, event[38:]...)...)},
		{bad("duplicate key", "key 1 comes twice", "duplicate"), append([]byte{0xab, 1, 1}, event[1:]...)},
		{bad("longer integer", "1 takes one byte", "not deterministic"), append([]byte{0xaa, 1, 0x18, 1}, event[3:]...)},
		{bad("longer count", "a map of 10 pairs has a head of one byte", "not deterministic"), append([]byte{0xb8, 10}, event[1:]...)},
		{bad("indefinite length", "lengths are definite", "indefinite"), append(append([]byte{0xbf}, event[1:]...), 0xff)},
		{bad("float", "there are no floats", "cannot unmarshal"), append([]byte{0xaa, 1, 0xf9, 0x3c, 0}, event[3:]...)},
		{bad("tagged number", "there are no tags inside", "not deterministic"), append([]byte{0xaa, 1, 0xc1, 1}, event[3:]...)},
		{bad("null", "what is absent is left out", "not deterministic"), append([]byte{0xaa, 1, 0xf6}, event[3:]...)},
		{bad("unknown key", "key 12 means nothing", "unknown field"), append(append([]byte{0xab}, event[1:]...), 0x0c, 0)},
		{bad("missing key", "version is missing", "not deterministic"), append([]byte{0xa9}, event[3:]...)},
		{bad("empty option written", "an empty text is left out", "not deterministic"), replaced(t, replaced(t, event, "\x0b\xa3\x01", "\x0b\xa4\x01"), "\x61\x30", "\x61\x30\x05\x60")},
		{bad("zero option written", "quality 0 is left out", "not deterministic"), append(replaced(t, first.Bytes, "\x0a\xad\x01", "\x0a\xae\x01"), 0x0e, 0)},
		{bad("short hash", "prev has 32 bytes", "not deterministic"), replaced(t, event, "\x05\x58\x20\x00", "\x05\x58\x1f")},
		{bad("not UTF-8", "text is UTF-8", "UTF-8"), replaced(t, event, "LACT-1", "LACT-\xff")},
		{bad("version 2", "the version is 1", "version is 2"), altered(start, func(r *record.Record) { r.Version = 2 })},
		{bad("clock 5", "the clock state is unknown", "clock state 5"), altered(start, func(r *record.Record) { r.Clock = 5 })},
		{bad("interval and event", "a record holds one of the two", "only one"), altered(first, func(r *record.Record) { r.Event = &record.Event{Kind: record.Alarm} })},
		{bad("neither interval nor event", "a record holds one of the two", "only one"), altered(start, func(r *record.Record) { r.Event = nil })},
		{bad("event with a length", "an event is an instant", "one instant"), altered(start, func(r *record.Record) { r.End++ })},
		{bad("event without a kind", "the kind is not empty", "kind"), altered(start, func(r *record.Record) { r.Event.Kind = "" })},
		{bad("long text", "a text has at most 512 bytes", "at most 512"), altered(start, func(r *record.Record) { r.Event.New = string(bytes.Repeat([]byte("x"), 513)) })},
		{bad("ends before it starts", "time goes forward", "before it starts"), altered(first, func(r *record.Record) { r.End = r.Start - 1 })},
		{bad("after the year 9999", "times are in range", "out of range"), altered(first, func(r *record.Record) { r.End = 253_402_300_800_000 })},
		{bad("seq 0 with prev", "nothing is before the first record", "names a record before it"), altered(start, func(r *record.Record) { r.Prev[0] = 1 })},
		{bad("point with a blank", "point names hold no blanks", "blanks"), altered(start, func(r *record.Record) { r.Point = "LACT 1" })},
		{bad("point with a slash", "point names hold no slashes", "slashes"), altered(start, func(r *record.Record) { r.Point = "LACT/1" })},
		{bad("point with an invisible character", "point names hold letters, marks, numbers, punctuation and symbols", "unprintable"), altered(start, func(r *record.Record) { r.Point = "LACT\u200b1" })},
		{bad("negative pulses", "pulses count forward", "negative"), altered(first, func(r *record.Record) { r.Interval.Pulses = -1 })},
		{bad("K-factor 0", "factors are positive", "positive"), altered(first, func(r *record.Record) { r.Interval.Parameters.KFactor = quantity.F(0, 3) })},
		{bad("K-factor with 19 decimals", "factors have at most 18 decimals", "positive"), altered(first, func(r *record.Record) { r.Interval.Parameters.KFactor.Decimals = 19 })},
		{bad("in kilograms", "a liquid meter counts m3 or bbl", "m3 or bbl"), altered(first, func(r *record.Record) { r.Interval.Parameters.Basis = quantity.Basis{Unit: quantity.Kilogram} })},
		{bad("at 25C", "reference conditions are 15C, 20C or 60F", "25C"), altered(first, func(r *record.Record) { r.Interval.Parameters.Basis.Reference = "25C" })},
	} {
		cases = append(cases, recordCase{outcome: b.o, Leaf: b.leaf})
	}
	return group{"record.json", "Leaves: is this a record (F0, F1)? Only its own shape counts here, see interval.json for its figures.", cases}
}

// intervalCase recomputes the interval of a leaf. Figures are in micro-units, factors with twelve decimals.
type intervalCase struct {
	outcome
	Leaf    raw               `json:"leaf"`
	Before  map[string]string `json:"totalsBefore"` // null: the interval stands alone
	Factors map[string]string `json:"computedFactors,omitempty"`
	Physics bool              `json:"needsFactors,omitempty"`
}

func (c intervalCase) check(t *testing.T) error {
	r, err := record.Decode(c.Leaf)
	if err != nil {
		return err
	}
	if c.Before == nil {
		return r.Interval.Recompute(nil)
	}
	figure := func(name string) int64 { return must[int64](t)(strconv.ParseInt(c.Before[name], 10, 64)) }
	amount := func(name string) quantity.Micro { return quantity.Micro(figure(name)) }
	return r.Interval.Recompute(&record.Totals{
		IV: amount("iv"), GSV: amount("gsv"), Mass: amount("mass"), Temperature: amount("temperature"), Pressure: amount("pressure"),
		Density: amount("density"), FlowTime: figure("flowTime"),
	})
}

func totals(t record.Totals) map[string]string {
	s := func(m quantity.Micro) string { return strconv.FormatInt(int64(m), 10) }
	return map[string]string{
		"iv": s(t.IV), "gsv": s(t.GSV), "mass": s(t.Mass), "temperature": s(t.Temperature), "pressure": s(t.Pressure),
		"density": s(t.Density), "flowTime": strconv.FormatInt(t.FlowTime, 10),
	}
}

func intervalVectors(t *testing.T) group {
	m := newMeter(t)
	good := func(name string, l *bundletest.Leaf) intervalCase {
		f, err := record.Factors(l.Interval.Parameters, l.Interval.Temperature, l.Interval.Pressure)
		if err != nil {
			t.Fatal(err)
		}
		return intervalCase{ok(name), l.Bytes, totals(l.Interval.Before()), map[string]string{
			"CTL": fmt.Sprintf("%.12f", f.CTL), "CPL": fmt.Sprintf("%.12f", f.CPL), "CTPL": fmt.Sprintf("%.12f", f.CTPL),
		}, false}
	}
	first, second := m.lease.Records[1], m.lease.Records[2]
	alone := intervalCase{ok("alone"), second.Bytes, nil, nil, false}
	cases := []vector{
		good("m3 at 15C, from zero", first), good("m3 at 15C, below zero degrees", second), good("bbl at 60F, input discrimination", m.truck.Records[1]),
		good("without flow", m.truck.Records[2]), alone,
	}
	add := func(name, why, err string, physics, alone bool, alter func(i *record.Interval)) {
		r := must[*record.Record](t)(record.Decode(second.Bytes))
		before := totals(r.Interval.Before())
		if alone {
			before = nil
		}
		alter(r.Interval)
		cases = append(cases, intervalCase{bad(name, why, err), must[[]byte](t)(r.Encode()), before, nil, physics})
	}
	add("IV too large", "IV is pulses over K-factor", "IV is", false, true, func(i *record.Interval) { i.IV++ })
	add("GSV too small", "GSV is IV x MF x CTPL", "GSV is", false, true, func(i *record.Interval) { i.GSV-- })
	add("mass too large", "mass is GSV x base density", "mass is", false, true, func(i *record.Interval) { i.Mass++ })
	add("IV in all", "totals are those before plus the interval's", "running totals", false, false, func(i *record.Interval) { i.Totals.IV++ })
	add("sum of temperatures", "the share is temperature x IV, rounded once", "running totals", false, false, func(i *record.Interval) { i.Totals.Temperature++ })
	add("flow time in all", "totals are those before plus the interval's", "running totals", false, false, func(i *record.Interval) { i.Totals.FlowTime-- })
	add("CTPL with six decimals", "CTPL has five", "6 decimals", false, true, func(i *record.Interval) { i.CTPL = quantity.F(10*i.CTPL.Mantissa, 6) })
	add("CTL with eight decimals", "CTL has nine", "8 decimals", false, true, func(i *record.Interval) { i.CTL = quantity.F(i.CTL.Mantissa/10, 8) })
	add("unknown method", "the method is not one that can be recomputed", "method", false, true, func(i *record.Interval) { i.Parameters.Method = "by eye" })
	add("unknown rounding", "the rounding policy is unknown", "up", false, true, func(i *record.Interval) { i.Parameters.Rounding = "up" })
	add("kelvin", "the temperature unit is degC or degF", "neither degC nor degF", false, true, func(i *record.Interval) { i.Parameters.TemperatureUnit = "K" })
	add("absolute pressure", "the pressure unit is kPag or psig", "neither kPag nor psig", false, true, func(i *record.Interval) { i.Parameters.PressureUnit = "kPa" })
	add("unknown commodity", "the commodity group is unknown", "milk", false, true, func(i *record.Interval) { i.Parameters.Commodity = "milk" })
	add("overflow", "the mass does not fit 64 bits", "out of range", false, true, func(i *record.Interval) {
		i.Parameters.KFactor = quantity.F(1, 6)
		i.IV = must[quantity.Micro](t)(quantity.Indicated(i.Pulses, i.Parameters.KFactor))
		i.GSV = must[quantity.Micro](t)(i.IV.Mul(i.Parameters.MeterFactor, i.CTPL))
	})
	add("CTL two digits off", "a factor is right within half its last digit + 1e-9", "CTL is", true, true, func(i *record.Interval) { i.CTL.Mantissa += 2 })
	add("CPL two digits off", "a factor is right within half its last digit + 1e-9", "CPL is", true, true, func(i *record.Interval) { i.CPL.Mantissa += 2 })
	add("CTPL one digit off", "a factor is right within half its last digit + 1e-9", "CTPL is", true, true, func(i *record.Interval) { i.CTPL.Mantissa++ })
	add("temperature out of range", "11.1 covers -50 to 150 C", "temperature", true, true, func(i *record.Interval) { i.Temperature = 151_000_000 })
	add("temperature", "the factors are those of another temperature", "CTL is", true, true, func(i *record.Interval) { i.Temperature += 1_000 })
	return group{"interval.json", "Intervals recomputed (F2, F10) on the running totals before them, or alone. Whoever does not compute MPMS 11.1 skips the cases marked needsFactors.", cases}
}

// chainCase is a list of leaves of one measuring point; at is the first wrong one.
type chainCase struct {
	outcome
	Leaves []raw `json:"leaves"`
	At     *int  `json:"firstWrong,omitempty"`
}

func (c chainCase) check(t *testing.T) error {
	first, err := record.Decode(c.Leaves[0])
	if err != nil {
		return err
	}
	chain := record.Resume(first)
	for i, leaf := range c.Leaves {
		if _, err := chain.Append(leaf); err != nil {
			if c.At == nil || *c.At != i {
				t.Errorf("%s: the first wrong leaf is %d: %v", c.Name, i, err)
			}
			return err
		}
	}
	return nil
}

func chainVectors(t *testing.T) group {
	// relink returns the records of the lease from..., one of them altered, each linked to the one before it.
	relink := func(from, at int, alter func(r *record.Record)) []raw {
		var out []raw
		var prev record.Hash
		for i, l := range newMeter(t).lease.Records[from:] {
			r := must[*record.Record](t)(record.Decode(l.Bytes))
			if i > 0 {
				r.Prev = prev
			}
			if i == at {
				alter(r)
			}
			leaf := must[[]byte](t)(r.Encode())
			prev = record.LeafHash(leaf)
			out = append(out, leaf)
		}
		return out
	}
	add := func(o outcome, from, at int, alter func(r *record.Record)) vector {
		c := chainCase{outcome: o, Leaves: relink(from, at, alter)}
		if !o.Valid {
			c.At = &at
		}
		return c
	}
	none := func(*record.Record) {}
	return group{"chain.json", "Records of one measuring point in order (F1): do they follow each other? The first may be any; from seq 0 on its totals are checked too.", []vector{
		add(ok("from seq 0"), 0, 0, none), add(ok("from the middle"), 2, 0, none), add(ok("from an event in the middle"), 3, 0, none),
		add(ok("event within the next interval"), 0, 3, func(r *record.Record) { r.Start, r.End = r.Start+17, r.End+17 }),
		add(bad("seq left out", "seq counts by one", "is next"), 0, 2, func(r *record.Record) { r.Seq++ }),
		add(bad("wrong prev", "prev is the leaf hash of the record before", "its prev is"), 0, 2, func(r *record.Record) { r.Prev[31] ^= 1 }),
		add(bad("hole", "an interval starts where the one before ended", "it starts at"), 0, 2, func(r *record.Record) { r.Start++ }),
		add(bad("overlap", "an interval starts where the one before ended", "it starts at"), 0, 4, func(r *record.Record) { r.Start-- }),
		add(bad("first interval later than the start", "the first interval starts where the record at seq 0 stands", "it starts at"), 0, 1, func(r *record.Record) { r.Start++ }),
		add(bad("event in the past", "an event is not dated before the end of the last interval", "before the end"), 0, 3, func(r *record.Record) { r.Start, r.End = r.Start-1, r.End-1 }),
		add(bad("totals begin anew", "totals are those before plus the interval's", "running totals"), 0, 4, func(r *record.Record) {
			body := must[*record.Interval](t)(record.Compute(r.Interval.Parameters, record.Measured{
				Totaliser: r.Interval.Totaliser, Pulses: r.Interval.Pulses, FlowTime: r.Interval.FlowTime, Temperature: r.Interval.Temperature, Pressure: r.Interval.Pressure,
			}, record.Totals{}))
			r.Interval = body
		}),
		add(bad("totals at seq 0 and 1", "at seq 0 the totals are zero", "running totals"), 0, 1, func(r *record.Record) { r.Interval.Totals.Mass++ }),
		add(bad("less flow time in all than in the interval", "what lies before can't be negative", "out of range"), 2, 0, func(r *record.Record) { r.Interval.Totals.FlowTime = r.Interval.FlowTime - 1 }),
	}}
}
