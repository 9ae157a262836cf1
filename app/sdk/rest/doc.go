package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/garagesale/service/business/sdk/errs"
)

// Doc is what people read about an operation. What follows from its types and its kind, parameters, bodies, conditional
// headers and their errors, need not be said.
type Doc struct {
	ID          string        // the operationId, such as "createProduct"
	Summary     string        // a few words
	Description string        // CommonMark
	Errors      []*errs.Error // besides those that every operation of its kind may answer with
	Orders      []string      // of a list: what orderBy may be
	Deprecated  time.Time     // since when clients should use something else; zero: not at all
	Sunset      time.Time     // when it may stop working
}

// Docs are the words about some operations, by method and path: "GET /v1/products/{productID}".
type Docs map[string]Doc

// Describe gives the words about the operations that are registered after it, which are shown together under the tag, and
// the examples of their requests and answers: a JSON object by operationId.
func (a *API[D]) Describe(tag Tag, docs Docs, examples []byte) {
	a.tag = tag.Name
	a.tags = append(a.tags, tag)
	if a.docs == nil {
		a.docs, a.examples = Docs{}, map[string]Example{}
	}
	if err := json.Unmarshal(examples, &a.examples); err != nil {
		panic(fmt.Sprintf("rest: the examples of %s: %v", tag.Name, err)) // a mistake in the program
	}
	for route, doc := range docs {
		a.docs[route] = doc
		a.unused = append(a.unused, route)
	}
}

// operation is what the document says about a route.
type operation struct {
	Op
	Doc
	tag     string
	in, out reflect.Type
	bind    *binder
	once    bool // it takes an Idempotency-Key
}

// kind is what Read, Write and Once tell register about themselves.
type kind struct {
	out  reflect.Type
	once bool
}

func (o operation) route() string { return o.Method + " " + o.Path }

func (o operation) isResource() bool { return o.out.Implements(reflect.TypeFor[Resource]()) }

func (o operation) isList() bool {
	return o.out.Implements(reflect.TypeFor[interface{ next() string }]())
}

// conditional tells whether the operation takes If-None-Match.
func (o operation) conditional() bool {
	return o.Method == http.MethodGet && (o.isResource() || o.isList())
}

// compares tells whether the operation takes If-Match.
func (o operation) compares() bool {
	return o.Method == http.MethodPatch || o.Method == http.MethodPut || o.Method == http.MethodDelete
}

func (a *API[D]) note(op Op, bind *binder, in reflect.Type, k kind) Doc {
	o := operation{Op: op, tag: a.tag, in: in, out: k.out, bind: bind, once: k.once}
	o.Doc = a.docs[o.route()]
	a.operations = append(a.operations, o)
	return o.Doc
}

// announce tells in every answer that an operation is on its way out (RFC 9745, RFC 8594).
func (d Doc) announce(h http.Header) {
	if !d.Deprecated.IsZero() {
		h.Set("Deprecation", "@"+strconv.FormatInt(d.Deprecated.Unix(), 10))
	}
	if !d.Sunset.IsZero() {
		h.Set("Sunset", d.Sunset.UTC().Format(http.TimeFormat))
	}
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
