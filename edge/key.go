package edge

import (
	"crypto"
	"errors"
	"io"
	"log/slog"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/evidence/wire"
)

// openReply verifies a reply by any of the cloud's keys: the present one, the next while the cloud changes it, and those before, for
// what they signed stays in the journal.
func openReply(message []byte, cloud []cose.Key, device cose.Kid) (r wire.Reply, err error) {
	err = errors.New("no key of the cloud is known")
	for _, key := range cloud {
		if r, err = wire.OpenReply(message, key, device); err == nil {
			return r, nil
		}
	}
	return r, err
}

// unsignedError says that the key did not sign. A TPM or an agent that is away may come back, so that it is tried again.
type unsignedError struct{ error }

func (e unsignedError) Unwrap() error { return e.error }

// keeper tells the failures of a key from those of what it is to sign.
type keeper struct{ crypto.Signer }

var _ crypto.MessageSigner = keeper{}

// SignMessage signs; its errors are of type unsignedError.
func (k keeper) SignMessage(random io.Reader, message []byte, opts crypto.SignerOpts) ([]byte, error) {
	signature, err := crypto.SignMessage(k.Signer, random, message, opts)
	if err != nil {
		return nil, unsignedError{err}
	}
	return signature, nil
}

// silent counts and logs that the key did not sign. Of several times in a row the first is loud.
func (a *Agent) silent(err error) {
	a.metrics.unsigned.Inc()
	if !a.mute {
		slog.Error("the key does not sign: bring its module back; the meter counts on and nothing is lost", "error", err)
	}
	a.mute = true
}

// signed logs that the key signs again.
func (a *Agent) signed() {
	if a.mute {
		slog.Info("the key signs again")
	}
	a.mute = false
}
