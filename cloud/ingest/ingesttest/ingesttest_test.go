package ingesttest_test

import (
	"testing"

	"github.com/gauger/gauger/cloud/ingest/ingesttest"
	"github.com/gauger/gauger/evidence/bundle/bundletest"
	"github.com/gauger/gauger/evidence/proof"
	"github.com/gauger/gauger/ledger/ledgertest"
)

// TestLedger: what the tests use as a ledger is one.
func TestLedger(t *testing.T) {
	t.Parallel()
	ledgertest.Run(t, func(t *testing.T) (func() (ledgertest.Opened, error), proof.Trust) {
		l := &ingesttest.Ledger{}
		return func() (ledgertest.Opened, error) {
			l.Open()
			return l, nil
		}, bundletest.New(t).Trust()
	})
}
