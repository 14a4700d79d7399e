package tilelog

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gauger/gauger/evidence/proof"
)

// maxAnswer bounds what a witness answers: as much as the signatures of a checkpoint may have.
const maxAnswer = proof.MaxNoteBytes

// witnessClient asks the witnesses to cosign. It follows no redirect: a witness is where the trust file says, and none may send this
// machine's requests elsewhere.
func (l *Log) witnessClient() *http.Client {
	return &http.Client{
		Timeout:       witnessLimit,
		Transport:     &doubter{log: l, asked: map[string]time.Time{}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// doubter passes requests to witnesses on, and answers that a checkpoint can be published with. A witness that says that a checkpoint
// does not continue the one before it may know a later state of this log than the folder has, or another; then the log stops.
type doubter struct {
	log   *Log
	mu    sync.Mutex
	asked map[string]time.Time // when, by URL
}

// RoundTrip sends the request.
func (d *doubter) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = http.MaxBytesReader(nil, answer.Body, maxAnswer)
	switch answer.StatusCode {
	case http.StatusOK:
		return legible(r, answer)
	case http.StatusConflict, http.StatusUnprocessableEntity:
		d.ask(r)
	}
	return answer, nil
}

// ask asks the witness what it cosigned last, and stops the log if that is a later state of it, or another.
func (d *doubter) ask(r *http.Request) {
	at := *r.URL
	at.Path, at.Fragment = strings.TrimSuffix(at.Path, "/add-checkpoint"), ""
	if witness := at.String(); d.due(witness) {
		if fork := d.log.askWitness(r.Context(), witness, d.log.Size()); fork != nil {
			_ = d.log.fail(fork) // whoever appends next, or waits, is told
		}
	}
}

// legible returns the answer if its signature lines, below the checkpoint in the request, are a checkpoint that readers accept, ourselves
// first of all. Tessera publishes the line of a good signature as it came, also in base64 that nobody else would write: one witness
// could stop the log so, and keep it from being opened again.
func legible(r *http.Request, answer *http.Response) (*http.Response, error) {
	lines, err := io.ReadAll(answer.Body)
	if err != nil {
		_ = answer.Body.Close()
		return nil, fmt.Errorf("answer of the witness: %w", err)
	}
	if err := answer.Body.Close(); err != nil {
		return nil, err
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	request, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	_, checkpoint, _ := bytes.Cut(request, []byte("\n\n"))
	if _, err := proof.ParseCheckpoint(append(checkpoint, lines...)); err != nil {
		return nil, fmt.Errorf("the answer of the witness at %s is no list of signature lines: %w", r.URL.Host, err)
	}
	answer.Body = io.NopCloser(bytes.NewReader(lines))
	return answer, nil
}

// due reports whether a witness was not asked just now: one that always objects is not asked ten times a second.
func (d *doubter) due(witness string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Since(d.asked[witness]) < witnessLimit {
		return false
	}
	d.asked[witness] = time.Now()
	return true
}
