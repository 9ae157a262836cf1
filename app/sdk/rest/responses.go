package rest

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/garagesale/service/business/sdk/errs"
)

// success refers to the answer of that type.
func (b *builder) success(op *huma.Operation, o operation) {
	none := o.out == reflect.TypeFor[None]() || o.redirects()
	status := o.success(none)
	example := b.examples[o.ID]
	if !none && len(example.Response) == 0 && example.Text == "" {
		b.gap("%s (%s) has no example of a response", o.route(), o.ID)
	}
	res := &huma.Response{Description: http.StatusText(status) + ".", Headers: ref(b.headers(o)...)}
	name := ""
	switch {
	case none:
		name = statusName(status)
	case len(o.Produces) > 0:
		res.Content = map[string]*huma.MediaType{}
		for _, mt := range o.Produces {
			res.Content[mt] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}, Example: page(example.Text)}
		}
		if res.Content[jsonType] != nil {
			res.Content[jsonType] = &huma.MediaType{Schema: b.registry.Schema(o.out, true, o.ID),
				Example: value(example.Response)}
		}
	default:
		s := b.registry.Schema(o.out, true, o.ID)
		name = answerName(o, strings.TrimPrefix(s.Ref, "#/components/schemas/"), status)
		res.Content = map[string]*huma.MediaType{jsonType: {Schema: s, Examples: b.example(s, example.Response)}}
	}
	if name != "" && o.Deprecated.IsZero() && o.Sunset.IsZero() {
		if b.doc.Components.Responses[name] == nil {
			b.doc.Components.Responses[name] = res
		}
		res = responseRef(name)
	}
	op.Responses[strconv.Itoa(status)] = res
	if o.Accepted != "" {
		op.Responses["202"] = &huma.Response{Description: o.Accepted}
	}
	if o.conditional() {
		op.Responses["304"] = responseRef("NotModified")
	}
}

// example refers to the example of the schema, which is the answer of the operation that comes first.
func (b *builder) example(s *huma.Schema, answer json.RawMessage) map[string]*huma.Example {
	name := strings.TrimPrefix(s.Ref, "#/components/schemas/")
	if b.doc.Components.Examples[name] == nil {
		if len(answer) == 0 {
			return nil
		}
		b.doc.Components.Examples[name] = &huma.Example{Value: answer}
	}
	return map[string]*huma.Example{name: {Ref: "#/components/examples/" + name}}
}

func page(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// answerName tells answers of a type apart whose headers differ.
func answerName(o operation, schema string, status int) string {
	name := schema + "Answer"
	if status == http.StatusCreated {
		name = schema + "Created"
	}
	if o.once {
		name += "Once"
	}
	return name
}

// headers of an operation's success, besides those that every answer has.
func (b *builder) headers(o operation) []string {
	var list []string
	for name, has := range map[string]bool{
		"ETag": o.isResource() || o.isList(), "Location": o.Location != "" || o.redirects(), "Link": o.isList(),
		"Idempotency-Replayed": o.once, "Deprecation": !o.Deprecated.IsZero(), "Sunset": !o.Sunset.IsZero(),
	} {
		if has {
			list = append(list, name)
			b.doc.Components.Headers[name] = headers()[name]
		}
	}
	return list
}

// problems refers to the problem of each status in which the operation has errors of its own, with their codes, and for
// all others to that of any operation.
func (b *builder) problems(op *huma.Operation, o operation) {
	all := byStatus(slices.Concat(b.general(o), o.own()))
	for status := range byStatus(o.own()) {
		res := responseRef(statusName(status))
		res.Description = codeList(all[status])
		op.Responses[strconv.Itoa(status)] = res
		var headers map[string]*huma.Header
		switch status {
		case http.StatusUnauthorized:
			headers = ref("WWW-Authenticate")
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			headers = ref("Retry-After")
		}
		b.problem(statusName(status), http.StatusText(status)+".", headers)
	}
	op.Responses["default"] = responseRef("Problem")
}

// general are the errors of an operation that are not its own: the policy's, the guard's, and those of its kind.
func (b *builder) general(o operation) []*errs.Error {
	list := append(o.general(), b.access(o.Action).Errors...)
	if b.refusals != nil {
		list = append(list, b.refusals(o.Action)...)
	}
	return list
}

// anyProblem is what every operation may answer besides, a line for each status.
func (b *builder) anyProblem(operations []operation) {
	var general []*errs.Error
	for _, o := range operations {
		general = append(general, b.general(o)...)
	}
	codes := byStatus(general)
	text := "What any operation may answer besides:\n"
	for _, status := range slices.Sorted(maps.Keys(codes)) {
		text += "\n- " + strconv.Itoa(status) + ": " + codeList(codes[status])
	}
	b.problem("Problem", text, ref("WWW-Authenticate", "Retry-After"))
}

func (b *builder) problem(name, description string, headers map[string]*huma.Header) {
	if b.doc.Components.Responses[name] != nil {
		return
	}
	b.doc.Components.Responses[name] = &huma.Response{
		Description: description, Headers: headers,
		Content: map[string]*huma.MediaType{problemType: {
			Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}, Example: problemExample(errs.ErrInvalid),
		}},
	}
}

func statusName(status int) string { return strings.ReplaceAll(http.StatusText(status), " ", "") }

func byStatus(list []*errs.Error) map[int][]string {
	codes := map[int][]string{}
	for _, e := range list {
		if status := statusOf[e.Kind]; !slices.Contains(codes[status], e.Code) {
			codes[status] = append(codes[status], e.Code)
		}
	}
	for _, list := range codes {
		slices.Sort(list)
	}
	return codes
}

func codeList(codes []string) string { return "`" + strings.Join(codes, "`, `") + "`." }

func problemExample(e *errs.Error) any {
	return Problem{
		Type: TypeURI(e.Code), Title: http.StatusText(statusOf[e.Kind]), Status: statusOf[e.Kind], Detail: e.Msg,
		Instance: "/v1/…", Code: e.Code, TraceID: "4bf92f3577b34da6a3ce929d0e0e4736",
	}
}
