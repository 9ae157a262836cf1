// Package request holds what is known about the request being served: one value in the context, made by the outermost
// middleware and filled in on the way.
package request

import (
	"context"
	"net/netip"

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
	Quotas     []attempts.Quota // what the limits say, for the answer
	Err        error            // what the request failed with, for the log
	Stack      []byte           // of a panic
	Quiet      bool             // one line about many of its kind is enough

	IfMatch string // the header, for the transaction that writes
	Matched bool   // it was compared

	OnCommit []func() // what follows once the transaction is committed

	Guard any // who guards the route, for what a handler asks of it
}

// Actor is who asks. The zero Actor is nobody.
type Actor struct {
	ID      uuid.UUID
	Roles   role.Set
	Session uuid.UUID // none for a token that no login gave
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

// OnCommit has f run once the request's transaction is committed; what is left by an attempt that was rolled back is
// not.
func OnCommit(ctx context.Context, f func()) {
	info := From(ctx)
	info.OnCommit = append(info.OnCommit, f)
}

// From returns the Info of ctx; outside of a request it is an empty one.
func From(ctx context.Context) *Info {
	if info, ok := ctx.Value(key{}).(*Info); ok {
		return info
	}
	return &Info{}
}
