// Package debug serves what an engineer needs to look into a running process. Whoever reaches it sees the command line
// and memory and can make the process work: it belongs on a port of its own that the public cannot reach.
package debug

import (
	"bytes"
	"expvar"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"

	"github.com/arl/statsviz"
)

// Handler serves /debug/pprof/, /debug/vars (expvar), /debug/statsviz/, and the level of the log: GET /debug/log/level
// shows it, PUT sets it to the body, such as DEBUG, from this machine only; in a pod that is `kubectl exec` or
// `port-forward`. Call it once in a process, since statsviz collects in a goroutine that never ends. A server for it
// needs a write timeout longer than the profiles it shall take.
//
// The imported packages also register themselves on http.DefaultServeMux, so a server must never use that one.
func Handler(level *slog.LevelVar) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.Handle("/debug/vars", expvar.Handler())
	mux.HandleFunc("GET /debug/log/level", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintln(w, level)
	})
	mux.HandleFunc("PUT /debug/log/level", func(w http.ResponseWriter, r *http.Request) { setLevel(w, r, level) })
	if err := statsviz.Register(mux); err != nil {
		return nil, fmt.Errorf("debug: %w", err)
	}
	return mux, nil
}

func setLevel(w http.ResponseWriter, r *http.Request, level *slog.LevelVar) {
	// The Host too, or a page in a browser on this machine could come here under a name of its own (DNS rebinding).
	if !loopback(r.RemoteAddr) || !loopback(r.Host) {
		http.Error(w, "only from this machine", http.StatusForbidden)
		return
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 16))
	if err == nil {
		err = level.UnmarshalText(bytes.TrimSpace(b))
	}
	if err != nil {
		http.Error(w, "the body must be DEBUG, INFO, WARN or ERROR", http.StatusBadRequest)
		return
	}
	_, _ = fmt.Fprintln(w, level)
}

func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
