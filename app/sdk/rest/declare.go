package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/request"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/idempotency"
	"github.com/garagesale/service/business/sdk/outbox"
	"github.com/garagesale/service/business/types/role"
)

// Config is what an API needs. D is the type of the domains that handlers get.
type Config[D any] struct {
	Router  chi.Router
	Domains D // over the pool, to read
	InTx    func(context.Context, func(context.Context, D) error) error
	Keys    func(*D) idempotency.Store
	Policy  Policy
	// Member tells what an account is at a market; "": no member.
	Member func(ctx context.Context, d *D, who, marketID uuid.UUID) (role.Member, error)
	// Guard authenticates, asks the policy about the action, and whatever else comes before the body is read.
	Guard func(Op) func(http.Handler) http.Handler
	// Refusals are what Guard refuses besides what the policy does, for the document; nil: nothing.
	Refusals func(action string) []*errs.Error
	Audit    func(context.Context, *D, Event) error // records a change, in its transaction; nil: nobody does
	Outbox   func(*D) outbox.Store                  // takes what handlers tell
	Told     func()                                 // is called once something that was told is committed
}

// API is a set of routes.
type API[D any] struct {
	Config[D]
	Routes   []Route
	Events   map[string]Shown // by the kind of what they are about
	registry huma.Registry

	// What the document is made of.
	tags       []Tag
	examples   map[string]Example
	operations []operation
}

// Route is one operation, for whoever wants to list them.
type Route struct{ Method, Path, Action, Tag string }

// Tag is a group of operations.
type Tag struct{ Name, Description string }

// Op describes an operation: what it is, and what people read about it. What follows from its types and its kind,
// parameters, bodies, conditional headers and their errors, need not be said.
type Op struct {
	Method string
	Path   string // a chi pattern
	Action string // what the policy decides about, such as "product.update"
	Status int    // of success; 0: 201 for POST, 204 without output, else 200
	// Location is where what a POST makes is found, up to its id: "/v1/products/", or with "{marketID}" of a Nested.
	Location string
	// Accepted says when the answer is 202 without a body, for what is done later: when the handler returns a Resource
	// without an id.
	Accepted string
	// Produces are the media types of a Read, among which Accept chooses; the first is the default. None: JSON. What is
	// not JSON is made by the output's Rendered, Streamed or Followed.
	Produces []string
	// Long says that the answer goes on for as long as the client stays (Followed), so that it counts for itself.
	Long bool
	// Unrecorded are members of the body that the audit does not keep, besides passwords: what they say of a person may be
	// anybody's.
	Unrecorded []string
	// Foreign says that another service writes the query, which may have parameters that nobody here knows (RFC 6749,
	// 4.1.2).
	Foreign bool
	// Fresh says that it is sensitive: the password was given within auth.FreshFor. What is so only at times asks
	// Call.Fresh.
	Fresh bool
	// Challenge is what WWW-Authenticate says with a 401, if not "Bearer".
	Challenge string

	ID          string        // the operationId, such as "createProduct"
	Summary     string        // a few words
	Description string        // CommonMark
	Errors      []*errs.Error // besides those that every operation of its kind may answer with
	Orders      []string      // of a list: what orderBy may be
	Deprecated  time.Time     // since when clients should use something else; zero: not at all
	Sunset      time.Time     // when it may stop working
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
	return &API[D]{Config: cfg, Events: map[string]Shown{}, registry: newRegistry(), examples: map[string]Example{}}
}

// Describe shows the operations that are registered after it together under the tag, with the examples of their
// requests and answers: a JSON object by operationId.
func (a *API[D]) Describe(tag Tag, examples []byte) {
	a.tags = append(a.tags, tag)
	if err := json.Unmarshal(examples, &a.examples); err != nil {
		panic(fmt.Sprintf("rest: the examples of %s: %v", tag.Name, err)) // a mistake in the program
	}
}

// tag is what Describe said last.
func (a *API[D]) tag() string {
	if len(a.tags) == 0 {
		return ""
	}
	return a.tags[len(a.tags)-1].Name
}

// Handler answers one operation.
type Handler[D, In, Out any] func(c Call[D], in In) (Out, error)

// Read registers an operation that changes nothing. Its handler gets the domains over the pool.
func Read[D, In, Out any](a *API[D], op Op, h Handler[D, In, Out]) {
	register(a, op, kind{out: reflect.TypeFor[Out]()}, func(r *http.Request, c Call[D], in *In, _ body) (answer, error) {
		c.form = form(r, op)
		out, err := h(c, *in)
		if err == nil {
			err = c.finish()
		}
		if err != nil {
			return answer{}, err
		}
		return render(op, c.form, out)
	})
}

// Write registers an operation that changes something: decode, one transaction, encode, COMMIT, and only then answer.
// A deadlock runs the handler again, so it must touch nothing but the domains it is given.
func Write[D, In, Out any](a *API[D], op Op, h Handler[D, In, Out]) {
	WritePrepared(a, op, func(Call[D], *In) error { return nil }, h)
}

// WritePrepared is Write with a step before the transaction, for work that is long and changes nothing, such as hashing
// a password. It gets the domains over the pool, and may keep what it finds in the input.
func WritePrepared[D, In, Out any](a *API[D], op Op, prepare func(Call[D], *In) error, h Handler[D, In, Out]) {
	register(a, op, kind{out: reflect.TypeFor[Out]()},
		func(r *http.Request, c Call[D], in *In, body body) (ans answer, err error) {
			if err := prepare(c, in); err != nil {
				return answer{}, err
			}
			err = a.write(c, func(c Call[D]) (err error) {
				ans, err = change(a, c, r, op, h, *in, body)
				return err
			})
			return ans, err
		})
}

// Once registers a Write that moves money. It needs an Idempotency-Key: the first answer is kept in the transaction of
// what it did, and a repeat gets that answer, byte for byte.
func Once[D, In, Out any](a *API[D], op Op, h Handler[D, In, Out]) {
	register(a, op, kind{out: reflect.TypeFor[Out](), once: true},
		func(r *http.Request, c Call[D], in *In, body body) (ans answer, err error) {
			key := idempotency.Key{AccountID: c.Actor.ID, Method: r.Method, Path: oneSpelling(r.URL.Path),
				Key: r.Header.Get(keyHeader)}
			err = a.write(c, func(c Call[D]) error {
				keys := a.Keys(c.D)
				kept, err := keys.Begin(c, key, body.raw)
				if err != nil {
					return err
				}
				if kept != nil {
					ans = answer{Answer: *kept, replayed: true}
					return c.again(kept.MarketID)
				}
				if ans, err = change(a, c, r, op, h, *in, body); err != nil {
					return err
				}
				ans.MarketID = c.where
				return keys.Keep(c, key, body.raw, ans.Answer)
			})
			return ans, err
		}, requireKey)
}

// oneSpelling is a path in which each id has the one spelling that answers have: a client that writes it in another
// case asks for the same thing.
func oneSpelling(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if id, err := parseID(p); err == nil {
			parts[i] = id.String()
		}
	}
	return strings.Join(parts, "/")
}

// change handles a write within its transaction, up to the answer.
func change[D, In, Out any](a *API[D], c Call[D], r *http.Request, op Op, h Handler[D, In, Out], in In, b body) (answer,
	error) {
	out, err := h(c, in)
	if err != nil {
		return answer{}, err
	}
	if err := c.finish(); err != nil {
		return answer{}, err
	}
	if a.Audit != nil && !c.unchanged(out) {
		if err := a.Audit(c, c.D, event(r, out, b.changes())); err != nil {
			return answer{}, err
		}
	}
	ans, err := encode(op, out)
	if err != nil {
		return answer{}, err
	}
	return ans, a.tell(c.Context, c, out, ans.Body)
}

// write runs fn in a transaction, and after COMMIT what fn left to be done then.
func (a *API[D]) write(c Call[D], fn func(Call[D]) error) error {
	var after []func()
	told := false
	var refusal error
	err := a.InTx(c, func(ctx context.Context, d D) error {
		c := c.attempt(ctx, &d)
		err := fn(c)
		after, told, refusal = c.after, c.told != nil, nil
		if keep, ok := errors.AsType[committed](err); ok {
			refusal = keep.error
			return nil
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range after {
		f()
	}
	if told {
		a.Told()
	}
	return refusal
}

type committed struct{ error }

// Committed lets a handler refuse with err and yet keep what its transaction did, which any other error rolls back.
func Committed(err error) error { return committed{err} }

// kind is what Read, Write and Once tell register about themselves.
type kind struct {
	out  reflect.Type
	once bool
}

// register binds an operation to the router. The checks look at the request before its body is read.
func register[D, In any](a *API[D], op Op, k kind,
	serve func(*http.Request, Call[D], *In, body) (answer, error), checks ...func(*http.Request) error) {
	in := reflect.TypeFor[In]()
	bind := newBinder(a.registry, op, in)
	a.operations = append(a.operations, operation{Op: op, tag: a.tag(), in: in, out: k.out, bind: bind, once: k.once})
	a.route(op, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		op.announce(w.Header())
		var in In
		raw, err := bind.read(r, reflect.ValueOf(&in).Elem(), checks)
		if err != nil {
			Fail(w, r, err)
			return
		}
		ans, err := serve(r, a.call(r, &op), &in, body{raw, bind.body})
		if err != nil {
			if op.Challenge != "" {
				w.Header().Set("WWW-Authenticate", op.Challenge)
			}
			Fail(w, r, err)
			return
		}
		ans.send(w, r)
	}))
}

// Static registers a page that knows no domain, such as the document itself, which does not speak of it.
func (a *API[D]) Static(op Op, page http.Handler) {
	bind := newBinder(a.registry, op, reflect.TypeFor[struct{}]())
	a.route(op, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := bind.read(r, reflect.ValueOf(struct{}{}), nil); err != nil {
			Fail(w, r, err)
			return
		}
		page.ServeHTTP(w, r)
	}))
}

// route puts the handler behind its guard on the router.
func (a *API[D]) route(op Op, h http.Handler) {
	guarded := routed(op, a.Guard(op)(h))
	a.Router.Method(op.Method, op.Path, guarded)
	a.Routes = append(a.Routes, Route{op.Method, op.Path, op.Action, a.tag()})
	if op.Method == http.MethodGet {
		a.Router.Method(http.MethodHead, op.Path, guarded)
	}
}

// routed notes the route for log, metrics, traces and audit.
func routed(op Op, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := request.From(r.Context())
		info.Route, info.Action, info.Long = op.Path, op.Action, op.Long
		next.ServeHTTP(w, r)
	})
}

// announce tells in every answer that an operation is on its way out (RFC 9745, RFC 8594).
func (op Op) announce(h http.Header) {
	if !op.Deprecated.IsZero() {
		h.Set("Deprecation", "@"+strconv.FormatInt(op.Deprecated.Unix(), 10))
	}
	if !op.Sunset.IsZero() {
		h.Set("Sunset", op.Sunset.UTC().Format(http.TimeFormat))
	}
}

const keyHeader = "Idempotency-Key"

func requireKey(r *http.Request) error {
	key := r.Header.Get(keyHeader)
	printable := !strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' })
	if len(key) < 1 || len(key) > 255 || !printable || len(r.Header.Values(keyHeader)) > 1 {
		return errKeyRequired.At("header."+keyHeader, "must be 1 to 255 printable ASCII characters, once")
	}
	return nil
}
