package verifier_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gauger/gauger/cloud/audit"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/evidence/record"
	"github.com/gauger/gauger/evidence/registry"
	"github.com/gauger/gauger/evidence/ticket"
)

// mutants returns copies of b, each with one byte changed, taken from the whole length.
func mutants(b []byte, masks ...byte) (out [][]byte) {
	for at := range b {
		for _, mask := range masks {
			altered := bytes.Clone(b)
			altered[at] ^= mask
			out = append(out, altered)
		}
	}
	return out
}

// addPapers adds certificates of origin and claims with one byte of what they say changed, signed again.
func addPapers(t *testing.T, add func(group string, n int, err error, fields map[string]any)) {
	w, keys := bundletest.New(t), &registry.Directory{}
	r, hand := w.Producer.Registry, w.Producer.Hand
	r.Entries[0].To = 1_780_000_000_000
	if err := keys.Add(&r); err != nil {
		t.Fatal(err)
	}
	open := map[string]func([]byte) error{
		audit.CertificateThing: func(signed []byte) error {
			_, _, err := audit.OpenCertificate(signed, keys)
			return err
		},
		audit.ClaimThing: func(signed []byte) error {
			_, err := audit.OpenClaim(signed, keys)
			return err
		},
	}
	for thing, check := range open {
		for i, payload := range payloads(t, thing) {
			for n, b := range mutants(payload, 0x01, 0x20, 0x80) {
				signed, err := cose.Sign(hand, thing, b, nil)
				if err != nil {
					t.Fatal(err)
				}
				add(thing, 100_000*i+n, check(signed), map[string]any{"coseKey": hex.EncodeToString(r.Entries[0].Key), "signed": hex.EncodeToString(signed)})
			}
		}
	}
}

// payloads returns what the first few valid vectors of a thing say: certificates of three agreements, claims of all that can be entered.
func payloads(t *testing.T, thing string) (out [][]byte) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectors, thing+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Cases []struct{ Signed string }
	}
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	for _, c := range f.Cases[:4] {
		signed, err := hex.DecodeString(c.Signed)
		if err != nil {
			t.Fatal(err)
		}
		m, err := cose.Parse(signed, thing)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, m.Payload)
	}
	return out
}

// Two readers, one verdict: of records, tickets, receipts, trust files and papers with any one byte changed, both accept the same.
func TestAgreeByteByByte(t *testing.T) {
	w := bundletest.New(t)
	p := w.Device(bundletest.Ed25519(51), bundletest.Lease).Point(bundletest.Lease, bundletest.Metric())
	first, last := p.Interval(48_213, 31_417_265, 512_300_000), p.Interval(50_001, 30_100_000, 498_700_001)
	cut := w.Ticket(first, last, ticket.Terms{ID: "T-1", Version: 1, Batch: "B-7", OfRecord: ticket.FromAverages}, nil).Ticket
	w.Entries = [][]byte{[]byte("a"), []byte("entry"), []byte("b")}
	none := []byte("log " + bundletest.LogKey() + "\nquorum none\n")
	trust, err := proof.ParseTrust(none)
	if err != nil {
		t.Fatal(err)
	}

	groups := map[string][]map[string]any{}
	add := func(group string, n int, err error, fields map[string]any) {
		fields["name"], fields["valid"], fields["why"] = fmt.Sprintf("mutant %d", n), err == nil, fmt.Sprint(err)
		groups[group] = append(groups[group], fields)
	}
	for _, l := range p.Records[:2] {
		for n, b := range mutants(l.Bytes, 0x01, 0x20, 0x80) {
			_, err := record.Decode(b)
			add("record", n, err, map[string]any{"leaf": hex.EncodeToString(b)})
		}
	}
	for n, b := range mutants(cut, 0x01, 0x20, 0x80) {
		x, err := ticket.Decode(b)
		if err == nil {
			err = x.Check(first.Record, last.Record, nil)
		}
		if err != nil && strings.Contains(err.Error(), "CTPL is") {
			continue // only who computes factors can tell
		}
		add("ticket", n, err, map[string]any{
			"ticket": hex.EncodeToString(b), "openingLeaf": hex.EncodeToString(first.Bytes), "closingLeaf": hex.EncodeToString(last.Bytes), "signedReport": nil,
		})
	}
	for n, b := range mutants(w.Receipt(1), 0x01, 0x02, 0x20) {
		if !utf8.Valid(b) {
			continue // JSON has no way to write it
		}
		r, err := proof.ParseReceipt(b)
		if err == nil {
			_, err = r.Verify([]byte("entry"), trust)
		}
		add("receipt", n, err, map[string]any{"trust": string(none), "entry": hex.EncodeToString([]byte("entry")), "receipt": string(b)})
	}
	for n, b := range mutants(w.TrustFile(), 0x01, 0x02, 0x10) {
		_, err := proof.ParseTrust(b)
		add("trust", n, err, map[string]any{"text": string(b)})
	}

	addPapers(t, add)

	dir := t.TempDir()
	for group, cases := range groups {
		valid := 0
		for _, c := range cases {
			if c["valid"].(bool) {
				valid++
			}
		}
		t.Logf("%s: %d mutants, %d of them valid", group, len(cases), valid)
		write(t, filepath.Join(dir, group+".json"), map[string]any{"cases": cases})
	}
	if code, out := run(t, "--vectors", dir); code != 0 {
		t.Errorf("exit code %d:\n%.4000s", code, out)
	}
}
