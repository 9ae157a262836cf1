// Package checkapp is what Kubernetes asks: is the process alive, can it serve.
package checkapp

import (
	"context"
	_ "embed"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/errs"
)

// Info is who answers.
type Info struct {
	Status     string `json:"status" doc:"Always up."`
	Build      string `json:"build" doc:"The revision of the program."`
	Host       string `json:"host" doc:"The name of the machine."`
	GOMAXPROCS int    `json:"gomaxprocs" doc:"How many threads run Go code at once."`
	Pod        string `json:"pod" doc:"The pod's name."`
	PodIP      string `json:"podIP" doc:"The pod's address."`
	Node       string `json:"node" doc:"The node that runs the pod."`
	Namespace  string `json:"namespace" doc:"The pod's namespace."`
}

// Ready is the answer of a service that can serve.
type Ready struct {
	Status string `json:"status" doc:"Always ready."`
}

const (
	readyWithin = time.Second
	shareFor    = 250 * time.Millisecond
)

var errNotReady = errs.New(errs.Unavailable, "not_ready", "the service is not ready",
	"Wait: the database cannot be reached, migrations are missing, or the service is "+
		"stopping.")

//go:embed examples.json
var examples []byte

// Routes adds the probes. Check asks the database; while draining is true the service is not ready.
func Routes(api *rest.API[business.Domains], info Info, check func(context.Context) error, draining *atomic.Bool) {
	api.Describe(rest.Tag{Name: "Service", Description: "Whether the service is up."}, examples)
	info.Status, info.GOMAXPROCS = "up", runtime.GOMAXPROCS(0)
	check = shared(check)
	rest.Read(api, rest.Op{
		Method: "GET", Path: "/v1/liveness", Action: "service.probe",
		ID: "liveness", Summary: "Is the process alive?",
		Description: "Says who answers. It touches nothing else, so it answers while the database is away.",
	}, func(rest.Call[business.Domains], struct{}) (Info, error) {
		return info, nil
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
