// Package checkapp is what Kubernetes asks: is the process alive, can it serve.
package checkapp

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/errs"
)

// Info is who answers.
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

// Ready is the answer of a service that can serve.
type Ready struct {
	Status string `json:"status"`
}

const readyWithin = time.Second

var errNotReady = errs.New(errs.Unavailable, "not_ready", "the service is not ready")

// Routes adds the probes. Check asks the database; while draining is true the service is not ready.
func Routes(api *rest.API[business.Domains], info Info, check func(context.Context) error, draining *atomic.Bool) {
	api.Describe("Service", docs)
	info.Status, info.GOMAXPROCS = "up", runtime.GOMAXPROCS(0)
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/liveness", Action: "service.probe"}, func(context.Context, business.Domains, struct{}) (Info, error) {
		return info, nil
	})
	rest.Read(api, rest.Op{Method: "GET", Path: "/v1/readiness", Action: "service.probe"}, func(ctx context.Context, _ business.Domains, _ struct{}) (Ready, error) {
		if draining.Load() {
			return Ready{}, errNotReady
		}
		ctx, cancel := context.WithTimeout(ctx, readyWithin)
		defer cancel()
		if err := check(ctx); err != nil {
			return Ready{}, fmt.Errorf("%w: %w", errNotReady, err)
		}
		return Ready{Status: "ready"}, nil
	})
}
