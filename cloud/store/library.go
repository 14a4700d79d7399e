package store

import (
	"context"
	"fmt"

	"github.com/gauger/gauger/evidence/bundle"
	"github.com/gauger/gauger/evidence/cose"
)

// Batches returns a device's statements with numbers from first to last, with their receipts, as a bundle carries them. A
// statement that is accepted but not yet receipted is an error: a bundle must wait for it.
func (s *Store) Batches(ctx context.Context, device cose.Kid, first, last uint64) ([]bundle.Batch, error) {
	statements, err := s.Statements(ctx, device, first, last)
	if err != nil {
		return nil, err
	}
	if uint64(len(statements)) != last-first+1 {
		return nil, fmt.Errorf("statements %d to %d of device %s: the store holds %d of them", first, last, device, len(statements))
	}
	out := make([]bundle.Batch, len(statements))
	for i, st := range statements {
		if !st.Refused && st.Receipt == nil {
			return nil, fmt.Errorf("statement %d of device %s has no receipt yet: try again in a moment", st.Number, device)
		}
		out[i] = bundle.Batch{Statement: st.Signed, Receipt: st.Receipt}
	}
	return out, nil
}
