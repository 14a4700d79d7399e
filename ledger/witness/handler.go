package witness

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/gauger/gauger/evidence/proof"
)

// maxPath is how many lines a consistency proof has at most (c2sp.org/tlog-witness).
const maxPath = 63

// maxRequest bounds a request: size, proof and checkpoint.
const maxRequest = 32 + maxPath*45 + 1 + proof.MaxNoteBytes

// Handler serves add-checkpoint, and the newest checkpoint of each log below the SHA-256 of its origin. After a fatal error it
// calls stop once.
func (w *Witness) Handler(stop func(error)) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", func(a http.ResponseWriter, r *http.Request) { w.serveAdd(a, r, stop) })
	mux.HandleFunc("GET /{origin}/checkpoint", w.serveLatest)
	return mux
}

func (w *Witness) serveAdd(a http.ResponseWriter, r *http.Request, stop func(error)) {
	body, err := io.ReadAll(http.MaxBytesReader(a, r.Body, maxRequest))
	if err != nil {
		http.Error(a, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	signatures, err := w.add(string(body))
	var conflict *ConflictError
	var fatal *FatalError
	switch {
	case err == nil:
		a.Header().Set("Content-Type", "text/plain; charset=utf-8")
		for _, s := range signatures {
			raw := append(binary.BigEndian.AppendUint32(nil, s.KeyID), s.Bytes...)
			fmt.Fprintf(a, "\u2014 %s %s\n", s.Name, base64.StdEncoding.EncodeToString(raw))
		}
	case errors.As(err, &conflict):
		a.Header().Set("Content-Type", "text/x.tlog.size")
		a.WriteHeader(http.StatusConflict)
		fmt.Fprintf(a, "%d\n", conflict.Size)
	default:
		if errors.As(err, &fatal) {
			stop(err)
		}
		w.say(err)
		http.Error(a, err.Error(), status(err))
	}
}

// say logs, once a second at most, what is the log's doing or the witness's own. What a stranger sent is for him to see: he could fill the
// disk with it.
func (w *Witness) say(err error) {
	if errors.Is(err, ErrBadRequest) || errors.Is(err, ErrUnknownLog) || errors.Is(err, ErrNotSigned) {
		slog.Debug("checkpoint not cosigned", "error", err)
		return
	}
	w.said.Do(func() { slog.Warn("checkpoint not cosigned", "error", err) })
}

// status returns the HTTP status of an error of Add.
func status(err error) int {
	for _, s := range []struct {
		err    error
		status int
	}{
		{ErrBadRequest, http.StatusBadRequest}, {ErrNotSigned, http.StatusForbidden}, {ErrUnknownLog, http.StatusNotFound},
		{ErrInconsistent, http.StatusUnprocessableEntity}, {ErrTooMany, http.StatusTooManyRequests},
	} {
		if errors.Is(err, s.err) {
			return s.status
		}
	}
	return http.StatusServiceUnavailable
}

// add reads a request: `old <size>`, the proof, an empty line, the checkpoint.
func (w *Witness) add(body string) ([]proof.Signature, error) {
	head, note, ok := strings.Cut(body, "\n\n")
	lines := strings.Split(head, "\n")
	size, isOld := strings.CutPrefix(lines[0], "old ")
	old, err := strconv.ParseUint(size, 10, 63)
	if !ok || !isOld || err != nil || strconv.FormatUint(old, 10) != size || len(lines)-1 > maxPath {
		return nil, fmt.Errorf("%w: want the line `old <size>`, at most %d lines of proof, an empty line and a checkpoint", ErrBadRequest, maxPath)
	}
	path := make([][32]byte, len(lines)-1)
	for i, line := range lines[1:] {
		hash, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(hash) != len(path[i]) || len(line) != base64.StdEncoding.EncodedLen(len(hash)) {
			return nil, fmt.Errorf("%w: line %d of the proof is not the base64 of 32 bytes", ErrBadRequest, i+1)
		}
		path[i] = [32]byte(hash)
	}
	s, err := proof.ParseCheckpoint([]byte(note))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBadRequest, err)
	}
	return w.Add(old, path, s)
}

func (w *Witness) serveLatest(a http.ResponseWriter, r *http.Request) {
	text := w.Latest(r.PathValue("origin"))
	if text == nil {
		http.NotFound(a, r)
		return
	}
	a.Header().Set("Content-Type", "text/plain; charset=utf-8")
	a.Header().Set("Cache-Control", "no-store")
	_, _ = a.Write(text) // the client may be gone
}
