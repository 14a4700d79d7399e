package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/internal/keyfile"
)

// TestLedgerKeyRotation: a ledger changes its key as the instructions say, over a time in which it signs with both. Who skips that time
// is refused.
func TestLedgerKeyRotation(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	var lines []string
	for _, name := range []string{"cloud.key", "log.key", "log-2.key"} {
		key, err := keyfile.Create(in(name), keyfile.Ed25519)
		must(t, err)
		vkey, err := verifierKey("log.example/main", key, false)
		must(t, err)
		lines = append(lines, "log "+vkey+"\n")
	}
	must(t, os.WriteFile(in("trust.txt"), []byte(lines[1]+lines[2]+"quorum none\n"), 0o600))
	const config = "data: data\nlisten: 127.0.0.1:0\nkey: cloud.key\nlog_name: log.example/main\ntrust: trust.txt\nbroker: {listen: 127.0.0.1:0}\n"
	checkpoint := func(keys string) (signed [2]bool, err error) {
		t.Helper()
		must(t, os.WriteFile(in("cloud.yaml"), []byte(config+keys), 0o600))
		c, err := openCloud(t.Context(), in("cloud.yaml"), true)
		if err != nil {
			return signed, err
		}
		index, err := c.ledger.Append(t.Context(), []byte(keys))
		must(t, err)
		text, err := c.ledger.Receipt(t.Context(), index)
		must(t, err)
		must(t, c.close())
		for i, line := range lines[1:] {
			trust, err := proof.ParseTrust([]byte(line + "quorum none\n"))
			must(t, err)
			r, err := proof.ParseReceipt(text)
			must(t, err)
			_, err = r.Verify([]byte(keys), trust)
			signed[i] = err == nil
		}
		return signed, nil
	}
	for _, step := range []struct {
		keys string
		want [2]bool
	}{
		{"log_key: log.key\n", [2]bool{true, false}},
		{"log_key: log.key\nnext_log_key: log-2.key\n", [2]bool{true, true}},
		{"log_key: log-2.key\n", [2]bool{false, true}},
	} {
		if got, err := checkpoint(step.keys); err != nil || got != step.want {
			t.Errorf("%q: signed by %v, want %v; %v", step.keys, got, step.want, err)
		}
	}
	if _, err := checkpoint("log_key: log.key\n"); err == nil || !strings.Contains(err.Error(), "no signature by a key") {
		t.Errorf("back to the old key at once: %v", err)
	}
}
