// Package request holds what log, metrics, traces and audit tell about the request being served: one value in the
// context, made by the outermost middleware and filled in on the way. What a handler asks of its request stands in
// rest.Call.
package request

import (
	"context"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/garagesale/service/business/sdk/attempts"
	"github.com/garagesale/service/business/types/role"
)

// Info is about one request. It belongs to the goroutine that serves it.
type Info struct {
	ID      string // X-Request-ID
	TraceID string
	Route   string // the pattern, such as /v1/products/{productID}; "" until a route is found
	Action  string // the route's, such as product.update
	Subject Subject
	Actor   Actor
	// RemoteAddr is the client's, past the proxies that are trusted.
	RemoteAddr netip.Addr
	Unseen     bool             // the audit keeps no address
	Quotas     []attempts.Quota // what the limits say, for the answer
	Err        error            // what the request failed with, for the log
	Stack      []byte           // of a panic
	Quiet      bool             // one line about many of its kind is enough
	Long       bool             // its answer goes on for as long as the client stays
	Still      func() error     // of a long one: nil while its token is good
}

// Actor is who asks. The zero Actor is nobody.
type Actor struct {
	ID      uuid.UUID
	Roles   role.Set
	Session uuid.UUID // none for a token that no login gave
	AuthAt  time.Time // when the password was last given; zero if the token does not say
	Enrol   bool      // it must set up a second factor before it does anything else
	Key     *Key      // nil: a person; else a program asks, with an API key
}

// Key is what an API key is for.
type Key struct {
	ID       uuid.UUID
	MarketID *uuid.UUID // nil: every market
	Actions  []string
}

// Subject is what a request is about, where neither its path nor its answer tells the audit.
type Subject struct {
	Kind string
	ID   uuid.UUID
}

type key struct{}

// With returns a context that carries info.
func With(ctx context.Context, info *Info) context.Context {
	return context.WithValue(ctx, key{}, info)
}

// From returns the Info of ctx; outside of a request it is an empty one.
func From(ctx context.Context) *Info {
	if info, ok := ctx.Value(key{}).(*Info); ok {
		return info
	}
	return &Info{}
}
