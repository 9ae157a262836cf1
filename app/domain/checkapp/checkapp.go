// Package checkapp is what Kubernetes asks: is the process alive, can it serve.
package checkapp

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/errs"
)

// Info is who answers. The public is not told.
type Info struct {
	Status     string `json:"status"`
	Build      string `json:"build"`
	Host       string `json:"host"`
	GOMAXPROCS int    `json:"gomaxprocs"`
	Pod        string `json:"pod"`
	PodIP      string `json:"podIP"`
	Node       string `json:"node"`
	Namespace  string `json:"namespace"`
}

// Live is the answer of a process that is alive.
type Live struct {
	Status string `json:"status" doc:"Always up."`
}

// Ready is the answer of a service that can serve.
type Ready struct {
	Status string `json:"status" doc:"Always ready."`
}

const (
	up          = "up"
	readyWithin = time.Second
	shareFor    = 250 * time.Millisecond
)

var errNotReady = errs.New(errs.Unavailable, "not_ready", "the service is not ready",
	"Wait: the database cannot be reached, migrations are missing, or the service is "+
		"stopping.")

//go:embed examples.json
var examples []byte

// Routes adds the probes. Check asks the database; while draining is true the service is not ready.
func Routes(api *rest.API[business.Domains], check func(context.Context) error, draining *atomic.Bool) {
	api.Describe(rest.Tag{Name: "Service", Description: "Whether the service is up."}, examples)
	check = shared(check)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/liveness", Action: "service.probe",
		ID: "liveness", Summary: "Is the process alive?",
		Description: "It touches nothing else, so it answers while the database is away. Who answers, the build, the pod " +
			"and so on, is told on the listeners of probes and debugging only.",
	}, func(rest.Call[business.Domains], struct{}) (Live, error) {
		return Live{Status: up}, nil
	})
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/readiness", Action: "service.probe",
		ID: "readiness", Summary: "Can the service serve?",
		Description: "200 only when the database answers within 1 s, its migrations are current and no shutdown has begun.",
		Errors:      []*errs.Error{errNotReady},
	}, func(c rest.Call[business.Domains], _ struct{}) (Ready, error) {
		if draining.Load() {
			return Ready{}, errNotReady
		}
		if err := check(c); err != nil {
			return Ready{}, fmt.Errorf("%w: %w", errNotReady, err)
		}
		return Ready{Status: "ready"}, nil
	})
}

// Liveness says that the process is alive, and who it is: for the listeners that are not public.
func Liveness(info Info) http.Handler {
	info.Status, info.GOMAXPROCS = up, runtime.GOMAXPROCS(0)
	body, err := json.Marshal(info)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err != nil {
			rest.Fail(w, r, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})
}

// shared is check, asked by one at a time, whose answer all who ask within a moment share: the probes are let in
// however many requests there are, so a flood of them must cost next to nothing and keep nobody from the database.
func shared(check func(context.Context) error) func(context.Context) error {
	var mu sync.Mutex
	var at time.Time
	var last error
	return func(ctx context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		if at.IsZero() || time.Since(at) > shareFor {
			// The answer is also for others, so it does not depend on whether this client waits for it.
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readyWithin)
			defer cancel()
			last = check(ctx)
			at = time.Now()
		}
		return last
	}
}
