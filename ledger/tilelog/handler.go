package tilelog

import (
	"encoding/binary"
	"net/http"

	"github.com/transparency-dev/tessera/api/layout"
)

// Handler serves the log as C2SP tlog-tiles, read only: /checkpoint, /tile/<L>/<N>[.p/<W>] and /tile/entries/<N>[.p/<W>]. It
// serves what the newest checkpoint covers and nothing beyond, and cuts partial tiles and bundles from the newest ones: they may
// be cached for ever, and a crash can leave others on the disk that never became part of the log.
func (l *Log) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /checkpoint", l.serveCheckpoint)
	mux.HandleFunc("GET /tile/entries/{index...}", l.serveBundle)
	mux.HandleFunc("GET /tile/{level}/{index...}", l.serveTile)
	return mux
}

func (l *Log) serveCheckpoint(w http.ResponseWriter, r *http.Request) {
	text, err := l.Checkpoint(r.Context())
	if err != nil {
		l.serveError(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(text) // a reader who has gone away is no error of the log
}

func (l *Log) serveTile(w http.ResponseWriter, r *http.Request) {
	level, index, partial, err := layout.ParseTileLevelIndexPartial(r.PathValue("level"), r.PathValue("index"))
	if err != nil || "/"+layout.TilePath(level, index, partial) != r.URL.Path {
		serveNothing(w, r)
		return
	}
	newest, err := l.published(r.Context(), 0)
	if err != nil {
		l.serveError(w, err)
		return
	}
	size := newest.signed.Size
	want := wanted(partial)
	if want > width(level, index, size) {
		serveNothing(w, r)
		return
	}
	hashes, _, err := l.folder.tile(level, index, size)
	if err != nil {
		l.serveError(w, err)
		return
	}
	serveImmutable(w, hashes[:want*hashBytes])
}

func (l *Log) serveBundle(w http.ResponseWriter, r *http.Request) {
	index, partial, err := layout.ParseTileIndexPartial(r.PathValue("index"))
	if err != nil || "/"+layout.EntriesPath(index, partial) != r.URL.Path {
		serveNothing(w, r)
		return
	}
	newest, err := l.published(r.Context(), 0)
	if err != nil {
		l.serveError(w, err)
		return
	}
	size := newest.signed.Size
	want := wanted(partial)
	if want > width(0, index, size) {
		serveNothing(w, r)
		return
	}
	entries, _, err := l.folder.bundle(index, size)
	if err != nil {
		l.serveError(w, err)
		return
	}
	var body []byte
	for _, entry := range entries[:want] {
		body = binary.BigEndian.AppendUint16(body, uint16(len(entry)))
		body = append(body, entry...)
	}
	serveImmutable(w, body)
}

// wanted returns the width that a path asks for.
func wanted(partial uint8) int {
	if partial == 0 {
		return layout.TileWidth
	}
	return int(partial)
}

func serveImmutable(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(body) // a reader who has gone away is no error of the log
}

// serveNothing answers for what is not there, or not there yet: a cache must not remember that.
func serveNothing(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	http.NotFound(w, r)
}

// serveError answers what the log should have been able to serve. Readers learn no paths of this machine.
func (l *Log) serveError(w http.ResponseWriter, err error) {
	w.Header().Set("Cache-Control", "no-store")
	_ = l.damage(err) // if it is damage, whoever appends next is told
	http.Error(w, "the log can't read this at present", http.StatusInternalServerError)
}
