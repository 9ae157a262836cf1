// Package rest is the one adapter between HTTP and handlers that are plain functions of a typed input and output. It
// decodes and validates, opens the transaction, encodes, and turns errors into problems; it knows no domain.
package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/idempotency"
)

// Config is what an API needs. D is the type of the domains that handlers get.
type Config[D any] struct {
	Router  chi.Router
	Domains D // over the pool, to read
	InTx    func(context.Context, func(context.Context, D) error) error
	Keys    func(D) idempotency.Store
	Guard   func(action string) func(http.Handler) http.Handler // authenticates and authorizes, before the body is read
	Access  func(action string) Access                          // what Guard does, in words
	Audit   func(context.Context, D, Event) error               // records a change, in its transaction; nil: nobody does
}

// API is a set of routes.
type API[D any] struct {
	Config[D]
	Routes   []Route
	registry huma.Registry

	// What the document is made of.
	operations []operation
	tag        string
	tags       []Tag
	examples   map[string]Example
	docs       Docs
	unused     []string
}

// Route is one operation, for whoever wants to list them.
type Route struct{ Method, Path, Action, Tag string }

// Op describes an operation.
type Op struct {
	Method string
	Path   string // a chi pattern
	Action string // what the policy decides about, such as "product.update"
	Status int    // of success; 0: 201 for POST, 204 without output, else 200
	// Location is where what a POST makes is found, up to its id: "/v1/products/".
	Location string
	// Produces are the media types of a Read, among which Accept chooses; the first is the default. None: JSON. What is
	// not JSON is made by the output's Rendered.
	Produces []string
	// Challenge is what WWW-Authenticate says with a 401, if not "Bearer".
	Challenge string
}

// New makes an API, which answers 404 and 405 on its router as problems too.
func New[D any](cfg Config[D]) *API[D] {
	cfg.Router.NotFound(func(w http.ResponseWriter, r *http.Request) { Fail(w, r, ErrNoRoute) })
	cfg.Router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		allowed := []string{}
		for _, m := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
			if cfg.Router.Match(chi.NewRouteContext(), m, cmp.Or(r.URL.RawPath, r.URL.Path)) {
				allowed = append(allowed, m)
			}
		}
		if len(allowed) == 0 { // the router asks no further once it does not know the method
			Fail(w, r, ErrNoRoute)
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		Fail(w, r, errBadMethod)
	})
	return &API[D]{Config: cfg, registry: newRegistry()}
}

// Handler answers one operation.
type Handler[D, In, Out any] func(ctx context.Context, d D, in In) (Out, error)

// Read registers an operation that changes nothing. Its handler gets the domains over the pool.
func Read[D, In, Out any](a *API[D], op Op, h Handler[D, In, Out]) {
	register(a, op, func(r *http.Request, in *In, _ body) (answer, error) {
		out, err := h(r.Context(), a.Domains, *in)
		if err != nil {
			return answer{}, err
		}
		return render(r, op, out)
	}, kind{out: reflect.TypeFor[Out]()})
}

// Write registers an operation that changes something: decode, one transaction, encode, COMMIT, and only then answer.
// A deadlock runs the handler again, so it must touch nothing but the domains it is given.
func Write[D, In, Out any](a *API[D], op Op, h Handler[D, In, Out]) {
	WriteAfter(a, op, nil, h)
}

// WriteAfter is Write with a step before the transaction, for work that is long and changes nothing, such as hashing a
// password. It gets the domains over the pool, and may keep what it finds in the input.
func WriteAfter[D, In, Out any](a *API[D], op Op, before func(context.Context, D, *In) error, h Handler[D, In, Out]) {
	register(a, op, func(r *http.Request, in *In, body body) (ans answer, err error) {
		if before != nil {
			if err := before(r.Context(), a.Domains, in); err != nil {
				return answer{}, err
			}
		}
		err = a.write(r.Context(), func(ctx context.Context, d D) error {
			out, err := h(ctx, d, *in)
			if err != nil {
				return err
			}
			if err := compared(ctx, op); err != nil {
				return err
			}
			if err := a.audit(ctx, d, r, out, body); err != nil {
				return err
			}
			ans, err = encode(op, out)
			return err
		})
		return ans, err
	}, kind{out: reflect.TypeFor[Out]()})
}

// Once registers a Write that moves money. It needs an Idempotency-Key: the first answer is kept in the transaction of
// what it did, and a repeat gets that answer, byte for byte.
func Once[D, In, Out any](a *API[D], op Op, h Handler[D, In, Out]) {
	register(a, op, func(r *http.Request, in *In, body body) (ans answer, err error) {
		key := idempotency.Key{
			AccountID: request.From(r.Context()).Actor.ID, Method: r.Method, Path: r.URL.Path, Key: r.Header.Get(keyHeader),
		}
		err = a.write(r.Context(), func(ctx context.Context, d D) error {
			keys := a.Keys(d)
			kept, err := keys.Begin(ctx, key, body.raw)
			if err != nil {
				return err
			}
			if kept != nil {
				ans = answer{Answer: *kept, replayed: true}
				return nil
			}
			out, err := h(ctx, d, *in)
			if err != nil {
				return err
			}
			if err := a.audit(ctx, d, r, out, body); err != nil {
				return err
			}
			if ans, err = encode(op, out); err != nil {
				return err
			}
			return keys.Keep(ctx, key, body.raw, ans.Answer)
		})
		return ans, err
	}, kind{out: reflect.TypeFor[Out](), once: true}, requireKey)
}

// write runs fn in a transaction, and after COMMIT what fn left to be done then.
func (a *API[D]) write(ctx context.Context, fn func(context.Context, D) error) error {
	info := request.From(ctx)
	var refusal error
	err := a.InTx(ctx, func(ctx context.Context, d D) error {
		info.OnCommit, refusal = nil, nil
		err := fn(ctx, d)
		if c, ok := errors.AsType[committed](err); ok {
			refusal = c.error
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range info.OnCommit {
		f()
	}
	return refusal
}

type committed struct{ error }

// Committed lets a handler refuse with err and yet keep what its transaction did, which any other error rolls back.
func Committed(err error) error { return committed{err} }

func (a *API[D]) audit(ctx context.Context, d D, r *http.Request, out any, b body) error {
	if a.Audit == nil {
		return nil
	}
	return a.Audit(ctx, d, event(r, out, b.changes()))
}

// register binds an operation to the router. The checks look at the request before its body is read.
func register[D, In any](a *API[D], op Op, serve func(*http.Request, *In, body) (answer, error), k kind,
	checks ...func(*http.Request) error) {
	bind := newBinder(a.registry, op, reflect.TypeFor[In]())
	doc := a.note(op, bind, reflect.TypeFor[In](), k)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		doc.announce(w.Header())
		info := request.From(r.Context())
		info.IfMatch, info.Matched = listOf(r, "If-Match"), false
		var in In
		raw, err := bind.read(r, reflect.ValueOf(&in).Elem(), checks)
		if err != nil {
			Fail(w, r, err)
			return
		}
		ans, err := serve(r, &in, body{raw, bind.body})
		if err != nil {
			if op.Challenge != "" {
				w.Header().Set("WWW-Authenticate", op.Challenge)
			}
			Fail(w, r, err)
			return
		}
		ans.send(w, r)
	})
	a.route(op, h)
}

// route puts the handler behind its guard on the router.
func (a *API[D]) route(op Op, h http.Handler) {
	guarded := routed(op, a.Guard(op.Action)(h))
	a.Router.Method(op.Method, op.Path, guarded)
	a.Routes = append(a.Routes, Route{op.Method, op.Path, op.Action, a.tag})
	if op.Method == http.MethodGet {
		a.Router.Method(http.MethodHead, op.Path, guarded)
	}
}

// routed notes the route for log, metrics, traces and audit.
func routed(op Op, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := request.From(r.Context())
		info.Route, info.Action = op.Path, op.Action
		next.ServeHTTP(w, r)
	})
}

// Match compares the request's If-Match with a resource that the transaction holds. Every PATCH and DELETE calls it
// after it has loaded and authorized the resource; a stale version is an error.
func Match(ctx context.Context, id uuid.UUID, version int64) error {
	info := request.From(ctx)
	info.Matched = true
	if info.IfMatch == "" {
		return nil
	}
	tags, star := parseTags(info.IfMatch)
	if star || slices.Contains(tags, entityTag(id, version)) { // strong comparison: a weak tag matches nothing
		return nil
	}
	return errStale
}

// compared refuses to commit a change whose handler forgot the client's If-Match.
func compared(ctx context.Context, op Op) error {
	if info := request.From(ctx); info.IfMatch != "" && !info.Matched &&
		(op.Method == http.MethodPatch || op.Method == http.MethodDelete) {
		return fmt.Errorf("%s %s does not call rest.Match", op.Method, op.Path)
	}
	return nil
}

const keyHeader = "Idempotency-Key"

func requireKey(r *http.Request) error {
	key := r.Header.Get(keyHeader)
	if len(key) < 1 || len(key) > 255 || strings.ContainsFunc(key, func(c rune) bool {
		return c < ' ' || c > '~'
	}) || len(r.Header.Values(keyHeader)) > 1 {
		return errKeyRequired.At("header."+keyHeader, "must be 1 to 255 printable ASCII characters, once")
	}
	return nil
}
