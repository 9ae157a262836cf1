// Package debug serves what an engineer needs to look into a running process. Whoever reaches it sees the command line and
// memory and can make the process work: it belongs on a port of its own that the public cannot reach.
package debug

import (
	"expvar"
	"fmt"
	"net/http"
	"net/http/pprof"

	"github.com/arl/statsviz"
)

// Handler serves /debug/pprof/, /debug/vars (expvar) and /debug/statsviz/. Call it once in a process, since statsviz
// collects in a goroutine that never ends. A server for it needs a write timeout longer than the profiles it shall take.
//
// The imported packages also register themselves on http.DefaultServeMux, so a server must never use that one.
func Handler() (http.Handler, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	mux.Handle("/debug/vars", expvar.Handler())
	if err := statsviz.Register(mux); err != nil {
		return nil, fmt.Errorf("debug: %w", err)
	}
	return mux, nil
}
