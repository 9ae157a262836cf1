package rest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/idempotency"
	"github.com/garagesale/service/business/sdk/query"
)

// About is what the document says besides its operations.
type About struct {
	Title, Version, Description string
	Words                       map[string]string // of properties and parameters: by "Type.property", else by name
}

// Tag is a group of operations.
type Tag struct{ Name, Description string }

// Example is one request of an operation and its answer.
type Example struct {
	Request  json.RawMessage `json:"request,omitempty"`
	Response json.RawMessage `json:"response,omitempty"`
	Text     string          `json:"text,omitempty"` // a response that is not JSON
}

// Access says who may try an operation.
type Access struct {
	Public bool          // without an account too
	Who    string        // in words
	Errors []*errs.Error // the refusals of Guard
}

// Document is the OpenAPI 3.1 document of an API.
type Document struct {
	Gaps []string // what is not described, for a test to name
	doc  *huma.OpenAPI
}

// JSON renders the document. That takes longer than all the rest of a start, so it waits until somebody asks.
func (d Document) JSON() ([]byte, error) { return json.Marshal(d.doc) }

// YAML renders it as YAML.
func (d Document) YAML() ([]byte, error) { return d.doc.YAML() }

type builder struct {
	About
	Examples map[string]Example // by operationId
	doc      *huma.OpenAPI
	registry huma.Registry
	access   func(string) Access
	received map[string]bool // the types that clients send
	gaps     []string
}

// Document makes the document; call it once, when every operation is registered and before the first request.
func (a *API[D]) Document(about About) Document {
	b := builder{About: about, Examples: a.examples, registry: a.registry, access: a.Access, received: map[string]bool{}, doc: &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: about.Title, Version: about.Version, Description: about.Description,
			License: &huma.License{Name: "Apache 2.0", Identifier: "Apache-2.0"},
		},
		Servers: []*huma.Server{{URL: "/", Description: "The service that gave you this document."}},
		Components: &huma.Components{
			Schemas: a.registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT",
					Description: "The accessToken of POST /v1/auth/token."},
				"basic": {Type: "http", Scheme: "basic", Description: "E-mail address and password, to log in."},
			},
			Headers:  headers(),
			Examples: map[string]*huma.Example{},
		},
	}}
	for _, name := range []string{"Deprecation", "Sunset"} { // until an operation needs them
		delete(b.doc.Components.Headers, name)
	}
	for _, t := range a.tags {
		b.doc.Tags = append(b.doc.Tags, &huma.Tag{Name: t.Name, Description: t.Description})
	}
	b.registry.Schema(reflect.TypeFor[Problem](), true, "")
	for _, o := range a.operations {
		a.unused = slices.DeleteFunc(a.unused, func(route string) bool { return route == o.route() })
		b.operation(o)
	}
	for _, route := range a.unused {
		b.gap("%s is described, but there is no such route", route)
	}
	b.schemas()
	slices.Sort(b.gaps)
	return Document{Gaps: b.gaps, doc: b.doc}
}

func (b *builder) gap(format string, args ...any) {
	b.gaps = append(b.gaps, fmt.Sprintf(format, args...))
}

func (b *builder) operation(o operation) {
	if o.ID == "" || o.Summary == "" || o.Description == "" || o.tag == "" {
		b.gap("%s has no words: give it a rest.Doc with ID, Summary and Description", o.route())
	}
	if o.ID == "" { // something that is unique, so that the document is whole all the same
		o.ID = strings.NewReplacer(" ", "_", "/", "_", "{", "", "}", "", ":", "_", ".", "_").Replace(
			strings.ToLower(o.route()))
	}
	access := b.access(o.Action)
	op := &huma.Operation{
		Method: o.Method, Path: o.Path, OperationID: o.ID, Summary: cmp.Or(o.Summary, o.route()),
		Deprecated:  !o.Deprecated.IsZero(),
		Description: strings.TrimSpace(o.Description + "\n\n**Who:** " + access.Who + "."),
		Responses:   map[string]*huma.Response{},
		Security:    []map[string][]string{{"bearer": {}}},
	}
	if o.tag != "" {
		op.Tags = []string{o.tag}
	}
	switch {
	case o.Challenge != "":
		op.Security = []map[string][]string{{"basic": {}}}
	case access.Public:
		op.Security = []map[string][]string{{}, {"bearer": {}}}
	}
	b.parameters(op, o)
	b.body(op, o)
	b.success(op, o)
	b.problems(op, slices.Concat(access.Errors, o.generic(), o.Errors))
	b.doc.AddOperation(op)
}

// generic are the errors that follow from what the operation is.
func (o operation) generic() []*errs.Error {
	list := []*errs.Error{errInternal, errs.ErrUnavailable, errs.ErrInvalid, errMalformed}
	if o.bind.body != nil {
		list = append(list, errMediaType, errTooLarge)
	}
	if o.isList() && o.bind.scope != nil {
		list = append(list, query.ErrCursor)
	}
	if o.compares() {
		list = append(list, errStale)
	}
	if o.once {
		list = append(list, errKeyRequired, idempotency.ErrInProgress, idempotency.ErrReused)
	}
	if o.Method != http.MethodGet {
		list = append(list, errs.ErrOutcomeUnknown)
	}
	return list
}

func (b *builder) parameters(op *huma.Operation, o operation) {
	for _, p := range o.bind.params {
		if p.in == "header" && p.name == "Authorization" {
			continue // the security scheme says it
		}
		f := o.in.FieldByIndex(p.index)
		s := huma.SchemaFromField(b.registry, f, "")
		s.Nullable, s.PatternDescription = false, "" // the document has no such word
		param := &huma.Param{Name: p.name, In: p.in, Required: p.in == "path", Schema: s,
			Description: cmp.Or(s.Description, b.word("query", p.name))}
		s.Description = ""
		if param.Description == "" {
			b.gap("%s: the parameter %s has no description in the words", o.route(), p.name)
		}
		if p.in == "query" && p.name == "orderBy" {
			if len(o.Orders) == 0 {
				b.gap("%s: its Doc has no Orders", o.route())
			}
			for _, name := range o.Orders {
				s.Enum = append(s.Enum, name)
			}
		}
		op.Parameters = append(op.Parameters, param)
	}
	header := func(name, description string, required bool, example string) {
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: name, In: "header", Required: required, Description: description, Schema: &huma.Schema{Type: "string"},
			Example: example,
		})
	}
	if o.once {
		header(keyHeader, "1 to 255 printable characters, new for each thing that is to happen once. A repeat with the "+
			"same key and body gets the first answer again.", true, "6f1c2a9e-till-1-0042")
		op.Parameters[len(op.Parameters)-1].Schema = &huma.Schema{Type: "string", MinLength: new(1), MaxLength: new(255),
			Pattern: "^[ -~]*$"}
	}
	if o.compares() {
		header("If-Match", "The ETag of the version that you know; the request is refused with 412 when there is a newer "+
			"one.", false, `"0197c1b2-7d10-7000-8000-000000000001-3"`)
	}
	if o.conditional() {
		header("If-None-Match", "The ETag of what you have; the answer is 304 without a body when it is still current.",
			false, `"0197c1b2-7d10-7000-8000-000000000001-3"`)
	}
}

func (b *builder) body(op *huma.Operation, o operation) {
	if o.bind.body == nil {
		return
	}
	s := b.registry.Schema(o.in, true, "")
	b.reach(s)
	if len(b.Examples[o.ID].Request) == 0 {
		b.gap("%s (%s) has no example of a request", o.route(), o.ID)
	}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for _, mt := range mediaTypes(o.Method) {
		op.RequestBody.Content[mt] = &huma.MediaType{Schema: s, Example: value(b.Examples[o.ID].Request)}
	}
}

func value(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	return raw
}

// always are the headers that any answer may have.
var always = []string{"Traceparent", "X-Request-ID", "RateLimit", "RateLimit-Policy"}

func (b *builder) success(op *huma.Operation, o operation) {
	status := o.success(o.out == reflect.TypeFor[None]())
	res := &huma.Response{Description: http.StatusText(status) + ".", Headers: ref(always...)}
	if o.isResource() || o.isList() {
		maps.Copy(res.Headers, ref("ETag"))
	}
	if o.Location != "" {
		maps.Copy(res.Headers, ref("Location"))
	}
	if o.isList() {
		maps.Copy(res.Headers, ref("Link"))
	}
	if o.once {
		maps.Copy(res.Headers, ref("Idempotency-Replayed"))
	}
	for name, at := range map[string]time.Time{"Deprecation": o.Deprecated, "Sunset": o.Sunset} {
		if !at.IsZero() {
			b.doc.Components.Headers[name] = headers()[name]
			maps.Copy(res.Headers, ref(name))
		}
	}
	if status != http.StatusNoContent {
		example := b.Examples[o.ID]
		if len(example.Response) == 0 && example.Text == "" {
			b.gap("%s (%s) has no example of a response", o.route(), o.ID)
		}
		res.Content = map[string]*huma.MediaType{}
		switch {
		case len(o.Produces) > 0:
			for _, mt := range o.Produces {
				res.Content[mt] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
				if mt != jsonType && example.Text != "" {
					res.Content[mt].Example = example.Text
				}
			}
			if slices.Contains(o.Produces, jsonType) {
				res.Content[jsonType] = &huma.MediaType{Schema: b.registry.Schema(o.out, true, o.ID),
					Example: value(example.Response)}
			}
		default:
			res.Content[jsonType] = &huma.MediaType{Schema: b.registry.Schema(o.out, true, o.ID),
				Example: value(example.Response)}
		}
	}
	op.Responses[strconv.Itoa(status)] = res
	if o.conditional() {
		op.Responses["304"] = &huma.Response{Description: "What If-None-Match names is still current.",
			Headers: ref(append([]string{"ETag"}, always...)...)}
	}
}

// problems documents the errors by their status; the code of each is one of a closed list.
func (b *builder) problems(op *huma.Operation, list []*errs.Error) {
	byStatus := map[int][]string{}
	for _, e := range list {
		status := statusOf[e.Kind]
		if !slices.Contains(byStatus[status], e.Code) {
			byStatus[status] = append(byStatus[status], e.Code)
		}
		if b.doc.Components.Examples[e.Code] == nil {
			b.doc.Components.Examples[e.Code] = problemExample(e)
		}
	}
	for status, codes := range byStatus {
		slices.Sort(codes)
		enum, examples := make([]any, len(codes)), map[string]*huma.Example{}
		for i, code := range codes {
			enum[i] = code
			examples[code] = &huma.Example{Ref: "#/components/examples/" + code}
		}
		res := &huma.Response{
			Description: http.StatusText(status) + ": `" + strings.Join(codes, "`, `") + "`.", Headers: ref(always...),
			Content: map[string]*huma.MediaType{problemType: {
				Schema: &huma.Schema{AllOf: []*huma.Schema{
					{Ref: "#/components/schemas/Problem"},
					{Type: "object", Properties: map[string]*huma.Schema{"code": {Type: "string", Enum: enum}}},
				}},
				Examples: examples,
			}},
		}
		switch status {
		case http.StatusUnauthorized:
			maps.Copy(res.Headers, ref("WWW-Authenticate"))
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			maps.Copy(res.Headers, ref("Retry-After"))
		}
		op.Responses[strconv.Itoa(status)] = res
	}
}

func problemExample(e *errs.Error) *huma.Example {
	return &huma.Example{Summary: e.Msg, Description: e.Advice(), Value: Problem{
		Type: TypeURI(e.Code), Title: http.StatusText(statusOf[e.Kind]), Status: statusOf[e.Kind], Detail: e.Msg,
		Instance: "/v1/…",
		Code:     e.Code, TraceID: "4bf92f3577b34da6a3ce929d0e0e4736",
	}}
}
