package apptest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/garagesale/service/app/mux"
	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
)

// Contract holds answers against the OpenAPI document: status, headers, media type, and the body by its schema. It is
// stricter than the document, which leaves what the service sends open: a property that is not documented is an error.
type Contract struct {
	Doc    map[string]any // the document, with every object closed
	routes *chi.Mux

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
}

// TheContract is that of the service, which every answer to Do and Try is held against.
var TheContract = sync.OnceValues(func() (*Contract, error) {
	api, _, err := documents()
	if err != nil {
		return nil, err
	}
	return readContract(api.JSON)
})

// TheEvents holds events against the AsyncAPI document, every one that a Stream hears among them.
var TheEvents = sync.OnceValues(func() (*Contract, error) {
	_, events, err := documents()
	if err != nil {
		return nil, err
	}
	return readContract(events.JSON)
})

func documents() (api rest.Document, events rest.EventDocument, err error) {
	policy, err := auth.NewPolicy(context.Background(), auth.Admins)
	if err != nil {
		return api, events, err
	}
	api, events = mux.Documents(mux.Config{Auth: auth.New(nil, policy, nil, nil)})
	return api, events, nil
}

func readContract(render func() ([]byte, error)) (*Contract, error) {
	raw, err := render()
	if err != nil {
		return nil, err
	}
	return NewContract(raw)
}

const where = "https://sales.invalid/document.json"

// NewContract reads an OpenAPI or AsyncAPI document.
func NewContract(raw []byte) (*Contract, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	c := &Contract{Doc: doc.(map[string]any), routes: chi.NewRouter(), compiler: jsonschema.NewCompiler(),
		compiled: map[string]*jsonschema.Schema{}}
	for _, s := range at(c.Doc, "components", "schemas") {
		if s := s.(map[string]any); s["properties"] != nil && s["additionalProperties"] == nil {
			s["additionalProperties"] = false
		}
	}
	for _, m := range at(c.Doc, "components", "messages") {
		at(m.(map[string]any), "payload")["additionalProperties"] = false
	}
	for path, item := range at(c.Doc, "paths") {
		for method := range item.(map[string]any) {
			c.routes.MethodFunc(strings.ToUpper(method), path, http.NotFound)
		}
	}
	c.compiler.AssertFormat()
	return c, c.compiler.AddResource(where, c.Doc)
}

// Lookup is what a reference within the document refers to.
func (c *Contract) Lookup(ref string) map[string]any {
	return at(c.Doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
}

// Route is the path of the document that a request belongs to, "" for none.
func (c *Contract) Route(method, path string) string {
	ctx := chi.NewRouteContext()
	if !c.routes.Match(ctx, method, path) {
		return ""
	}
	return ctx.RoutePattern()
}

// Check returns what is wrong with an answer.
func (c *Contract) Check(method, target string, a Answer) error {
	path, _, _ := strings.Cut(target, "?")
	if err := c.check(method, path, a); err != nil {
		return fmt.Errorf("%s %s: the answer %d is not as documented: %w\n%s", method, path, a.Status, err, a.Body)
	}
	return nil
}

func (c *Contract) check(method, path string, a Answer) error {
	asked := method
	if method == http.MethodHead {
		asked = http.MethodGet
	}
	route := c.Route(asked, path)
	op := at(c.Doc, "paths", route, strings.ToLower(asked))
	switch {
	case path == "/docs" || strings.HasPrefix(path, "/docs/") || strings.HasPrefix(path, "/openapi.") ||
		path == "/asyncapi.json":
		return nil
	case method == http.MethodOptions && a.Status == http.StatusNoContent: // CORS
		return nil
	case op == nil: // no such operation
		if a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed {
			return fmt.Errorf("there is no such operation")
		}
		if method == http.MethodHead {
			return nil
		}
		return c.body(a, "application/problem+json", "components", "schemas", "Problem")
	}
	status := strconv.Itoa(a.Status)
	place := []string{"paths", route, strings.ToLower(asked), "responses", status}
	res := at(c.Doc, place...)
	if res == nil && a.Status >= 400 {
		res = at(op, "responses", "default")
	}
	if res == nil {
		return fmt.Errorf("the status is not documented")
	}
	codes, _ := res["description"].(string)
	if ref, ok := res["$ref"].(string); ok {
		place = strings.Split(strings.TrimPrefix(ref, "#/"), "/")
		res = c.Lookup(ref)
		codes = cmp.Or(codes, res["description"].(string))
		if _, line, found := strings.Cut(codes, "\n- "+status+": "); found { // of any operation, by status
			codes, _, _ = strings.Cut(line, "\n")
		}
	}
	if err := headers(at(res, "headers"), a); err != nil {
		return err
	}
	content := at(res, "content")
	if content == nil {
		if len(a.Body) > 0 {
			return fmt.Errorf("a body is not documented")
		}
		return nil
	}
	mt, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil || content[mt] == nil {
		return fmt.Errorf("the media type %q is not documented", a.Header.Get("Content-Type"))
	}
	if method == http.MethodHead {
		return nil
	}
	if mt == "application/problem+json" && !strings.Contains(codes, "`"+a.code()+"`") {
		return fmt.Errorf("the code %s is not among those of the status: %s", a.code(), codes)
	}
	return c.body(a, mt, append(slices.Clone(place), "content", mt, "schema")...)
}

// body holds the body against the schema at that place of the document.
func (c *Contract) body(a Answer, mt string, place ...string) error {
	if !strings.HasSuffix(mt, "json") {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(a.Body))
	if err != nil {
		return fmt.Errorf("the body is not JSON: %w", err)
	}
	s, err := c.Schema(place...)
	if err != nil {
		return err
	}
	if err := s.Validate(value); err != nil {
		return err
	}
	if mt == "application/problem+json" && errs.Lookup(a.code()) == nil {
		return fmt.Errorf("the code %s is not in the reference of errors", a.code())
	}
	return nil
}

// CheckEvent returns what is wrong with an event, as it was told.
func (c *Contract) CheckEvent(raw []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return fmt.Errorf("the event is not JSON: %w", err)
	}
	event, _ := value.(map[string]any)
	name, _ := event["type"].(string)
	if at(c.Doc, "components", "messages", name) == nil {
		return fmt.Errorf("the type of the event is not documented: %s", raw)
	}
	s, err := c.Schema("components", "messages", name, "payload")
	if err != nil {
		return err
	}
	if err := s.Validate(value); err != nil {
		return fmt.Errorf("the event is not as documented: %w\n%s", err, raw)
	}
	return nil
}

// code is a problem's.
func (a Answer) code() string {
	var p struct{ Code string }
	_ = json.Unmarshal(a.Body, &p) // "" will be found nowhere
	return p.Code
}

// Schema compiles the schema at that place of the document.
func (c *Contract) Schema(place ...string) (*jsonschema.Schema, error) {
	var b strings.Builder
	for _, token := range place {
		b.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(token))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.compiled[b.String()]; s != nil {
		return s, nil
	}
	s, err := c.compiler.Compile(where + "#" + b.String())
	c.compiled[b.String()] = s
	return s, err
}

// spoken are the headers that mean something to a client, so none of them may come unannounced.
var spoken = []string{"RateLimit", "RateLimit-Policy", "ETag", "Location", "Link", "Idempotency-Replayed",
	"Retry-After", "WWW-Authenticate", "Deprecation", "Sunset"}

// always are the headers that any answer may have, the first two in every one; the document says so in its text.
var always = []string{"Traceparent", "X-Request-ID", "RateLimit", "RateLimit-Policy"}

func headers(documented map[string]any, a Answer) error {
	for _, name := range spoken {
		if documented[name] == nil && !slices.Contains(always, name) && a.Header.Get(name) != "" {
			return fmt.Errorf("the header %s is not documented", name)
		}
	}
	for _, name := range slices.Concat(always[:2], slices.Collect(maps.Keys(documented))) {
		if name == "ETag" && strings.HasPrefix(a.Header.Get("Content-Type"), "text/csv") {
			continue // a stream is sent before anybody knows what its tag would be
		}
		if a.Header.Get(name) == "" &&
			!slices.Contains([]string{"Link", "Idempotency-Replayed", "Retry-After", "WWW-Authenticate"}, name) {
			return fmt.Errorf("the header %s is missing", name)
		}
	}
	return nil
}

// at walks into nested objects; nil when a step leads nowhere.
func at(node map[string]any, path ...string) map[string]any {
	for _, name := range path {
		node, _ = node[name].(map[string]any)
	}
	return node
}
