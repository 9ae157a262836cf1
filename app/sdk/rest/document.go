package rest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/garagesale/service/app/sdk/auth"
	"github.com/garagesale/service/business/sdk/errs"
	"github.com/garagesale/service/business/sdk/idempotency"
	"github.com/garagesale/service/business/sdk/query"
)

// About is what the document says besides its operations.
type About struct{ Title, Version, Description string }

// Example is one request of an operation and its answer.
type Example struct {
	Request  json.RawMessage `json:"request,omitempty"`
	Response json.RawMessage `json:"response,omitempty"`
	Text     string          `json:"text,omitempty"` // a response that is not JSON
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

// operation is what the document says about a route.
type operation struct {
	Op
	tag     string
	in, out reflect.Type
	bind    *binder
	once    bool // it takes an Idempotency-Key
}

func (o operation) route() string { return o.Method + " " + o.Path }

func (o operation) isResource() bool { return o.out.Implements(reflect.TypeFor[Resource]()) }

func (o operation) isList() bool {
	return o.out.Implements(reflect.TypeFor[interface{ next() string }]())
}

// redirects tells whether the operation sends the client elsewhere.
func (o operation) redirects() bool { return o.out == reflect.TypeFor[Redirect]() }

// conditional tells whether the operation takes If-None-Match.
func (o operation) conditional() bool {
	return o.Method == http.MethodGet && (o.isResource() || o.isList())
}

// compares tells whether the operation takes If-Match.
func (o operation) compares() bool {
	return o.Method == http.MethodPatch || o.Method == http.MethodPut || o.Method == http.MethodDelete
}

// fresh says in words what Op.Fresh does.
func (o operation) fresh() string {
	if !o.Fresh {
		return ""
	}
	return fmt.Sprintf(", with a password that was given within %.0f minutes", auth.FreshFor.Minutes())
}

// general are the errors of what any operation does that is like it.
func (o operation) general() []*errs.Error {
	list := []*errs.Error{errInternal, errs.ErrUnavailable, errMalformed}
	if o.bind.body != nil {
		list = append(list, errMediaType, errTooLarge)
	}
	if o.compares() {
		list = append(list, errStale)
	}
	if o.Method != http.MethodGet {
		list = append(list, errs.ErrOutcomeUnknown)
	}
	return list
}

// own are its own errors, and those that follow from its own input.
func (o operation) own() []*errs.Error {
	list := append([]*errs.Error{errs.ErrInvalid}, o.Errors...)
	if o.Fresh {
		list = append(list, auth.ErrNotFresh)
	}
	if o.isList() && o.bind.scope != nil {
		list = append(list, query.ErrCursor)
	}
	if o.once {
		list = append(list, errKeyRequired, idempotency.ErrInProgress, idempotency.ErrReused)
	}
	return list
}

// builder makes the document. What several operations share, parameters, answers and problems, it writes once, into the
// components, and refers to it.
type builder struct {
	doc      *huma.OpenAPI
	registry huma.Registry
	examples map[string]Example
	access   func(string) auth.Access
	refusals func(string) []*errs.Error
	received map[string]bool // the types that clients send
	gaps     []string
}

// Document makes the document; call it once, when every operation is registered and before the first request.
func (a *API[D]) Document(about About) Document {
	b := builder{registry: a.registry, examples: a.examples, access: a.Policy.Access, refusals: a.Refusals,
		received: map[string]bool{}}
	b.doc = &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: about.Title, Version: about.Version, Description: about.Description,
			License: &huma.License{Name: "Apache 2.0", Identifier: "Apache-2.0"},
		},
		Servers:    []*huma.Server{{URL: "/", Description: "The service that gave you this document."}},
		Security:   []map[string][]string{{"bearer": {}}},
		Components: components(a.registry),
	}
	for _, t := range a.tags {
		b.doc.Tags = append(b.doc.Tags, &huma.Tag{Name: t.Name, Description: t.Description})
	}
	b.registry.Schema(reflect.TypeFor[Problem](), true, "")
	for _, o := range a.operations {
		b.operation(o)
	}
	b.anyProblem(a.operations)
	b.schemas()
	slices.Sort(b.gaps)
	return Document{Gaps: b.gaps, doc: b.doc}
}

func (b *builder) gap(format string, args ...any) {
	b.gaps = append(b.gaps, fmt.Sprintf(format, args...))
}

func (b *builder) operation(o operation) {
	if o.ID == "" || o.Summary == "" || o.Description == "" || o.tag == "" {
		b.gap("%s has no words: give its Op an ID, a Summary and a Description, after Describe", o.route())
	}
	if o.ID == "" { // something that is unique, so that the document is whole all the same
		o.ID = strings.NewReplacer(" ", "_", "/", "_", "{", "", "}", "", ":", "_", ".", "_").
			Replace(strings.ToLower(o.route()))
	}
	access := b.access(o.Action)
	op := &huma.Operation{
		Method: o.Method, Path: o.Path, OperationID: o.ID, Summary: cmp.Or(o.Summary, o.route()),
		Description: strings.TrimSpace(o.Description + "\n\n**Who:** " + access.Who + o.fresh() + "."),
		Deprecated:  !o.Deprecated.IsZero(), Responses: map[string]*huma.Response{},
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
	b.lend(o)
	b.parameters(op, o)
	b.body(op, o)
	b.success(op, o)
	b.problems(op, o)
	b.doc.AddOperation(op)
}

// item is the schema of what an operation answers, or of one of a list; nil if it has none of its own.
func (b *builder) item(o operation) *huma.Schema {
	if o.out.Kind() != reflect.Struct || o.out == reflect.TypeFor[None]() || o.bind == nil {
		return nil
	}
	s := b.deref(b.registry.Schema(o.out, true, o.ID))
	if o.isList() {
		s = b.deref(s.Properties["items"].Items)
	}
	return s
}

func (b *builder) deref(s *huma.Schema) *huma.Schema {
	for s != nil && s.Ref != "" {
		s = b.registry.SchemaFromRef(s.Ref)
	}
	return s
}

// lend gives the members of a request the words of those members of the answer that have the same name: what a thing is
// called says the same wherever it stands, and is written once, at the resource.
func (b *builder) lend(o operation) {
	if o.bind.body == nil || len(o.Produces) > 0 {
		return
	}
	if from := b.item(o); from != nil {
		b.lendMembers(b.deref(b.registry.Schema(o.in, true, "")), from)
	}
}

func (b *builder) lendMembers(to, from *huma.Schema) {
	for name, p := range to.Properties {
		known := from.Properties[name]
		if known == nil {
			continue
		}
		p.Description = cmp.Or(p.Description, known.Description)
		switch {
		case p.Items != nil && known.Items != nil:
			b.lendMembers(b.deref(p.Items), b.deref(known.Items))
		case p.Ref != "" && p.Ref != known.Ref:
			b.lendMembers(b.deref(p), b.deref(known))
		}
	}
}

func (b *builder) parameters(op *huma.Operation, o operation) {
	for _, p := range o.bind.params {
		switch {
		case p.in == "header" && p.name == "Authorization": // the security scheme says it
		case p.in == "path":
			op.Parameters = append(op.Parameters, b.pathParameter(o, p))
		case p.in == "query" && shared(b.doc.Components.Parameters[p.name]):
			op.Parameters = append(op.Parameters, parameterRef(p.name))
		default:
			op.Parameters = append(op.Parameters, b.queryParameter(o, p))
		}
	}
	if o.once {
		op.Parameters = append(op.Parameters, parameterRef(keyHeader))
	}
	if o.compares() {
		op.Parameters = append(op.Parameters, parameterRef("If-Match"))
	}
	if o.conditional() {
		op.Parameters = append(op.Parameters, parameterRef("If-None-Match"))
	}
}

// shared tells whether a parameter is one of a query that means the same in every list.
func shared(p *huma.Param) bool { return p != nil && p.In == "query" }

// pathParameter is shared by all operations with one of that name.
func (b *builder) pathParameter(o operation, p param) *huma.Param {
	if b.doc.Components.Parameters[p.name] == nil {
		f := o.in.FieldByIndex(p.index)
		b.doc.Components.Parameters[p.name] = &huma.Param{
			Name: p.name, In: "path", Required: true, Schema: b.parameterSchema(f),
			Description: cmp.Or(f.Tag.Get("doc"), "The id of the "+words(strings.TrimSuffix(p.name, "ID"))+"."),
		}
	}
	return parameterRef(p.name)
}

// words is a name in camelCase as people write it: cash session.
func words(name string) string {
	var b strings.Builder
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return strings.ToLower(b.String())
}

func (b *builder) queryParameter(o operation, p param) *huma.Param {
	f := o.in.FieldByIndex(p.index)
	s := b.parameterSchema(f)
	param := &huma.Param{Name: p.name, In: p.in, Schema: s, Description: f.Tag.Get("doc")}
	if param.Description == "" {
		if item := b.item(o); item != nil && item.Properties[p.name] != nil {
			param.Description = item.Properties[p.name].Description
		}
	}
	if param.Description == "" {
		b.gap("%s: the parameter %s has no doc tag, nor has a member of that name in the answer", o.route(), p.name)
	}
	if p.name == "orderBy" {
		if len(o.Orders) == 0 {
			b.gap("%s: its Op has no Orders", o.route())
		}
		for _, name := range o.Orders {
			s.Enum = append(s.Enum, name)
		}
	}
	return param
}

func (b *builder) parameterSchema(f reflect.StructField) *huma.Schema {
	s := huma.SchemaFromField(b.registry, f, "")
	s.Nullable, s.Description, s.PatternDescription = false, "", "" // the document has no such words there
	return s
}

func (b *builder) body(op *huma.Operation, o operation) {
	if o.bind.body == nil {
		return
	}
	s := b.registry.Schema(o.in, true, "")
	b.reach(s)
	if len(b.examples[o.ID].Request) == 0 {
		b.gap("%s (%s) has no example of a request", o.route(), o.ID)
	}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for _, mt := range mediaTypes(o.Method) {
		op.RequestBody.Content[mt] = &huma.MediaType{Schema: s}
	}
	op.RequestBody.Content[jsonType].Example = value(b.examples[o.ID].Request)
}

func value(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	return raw
}
