package api

import (
	_ "embed"
	"net/http"
)

// pageHTML is the status page. It asks the API for everything it shows.
//
//go:embed page.html
var pageHTML []byte

func page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'")
	_, _ = w.Write(pageHTML) // the client may be gone
}
