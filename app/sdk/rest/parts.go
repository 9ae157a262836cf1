package rest

import (
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// components are the parts of the document that every API has.
func components(registry huma.Registry) *huma.Components {
	c := &huma.Components{
		Schemas: registry,
		SecuritySchemes: map[string]*huma.SecurityScheme{
			"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT",
				Description: "The accessToken of POST /v1/auth/token, or an API key."},
			"basic": {Type: "http", Scheme: "basic", Description: "E-mail address and password, to log in."},
		},
		Headers:    headers(),
		Parameters: parameters(),
		Examples:   map[string]*huma.Example{},
		Responses: map[string]*huma.Response{
			"NotModified": {Description: "What If-None-Match names is still current.", Headers: ref("ETag")},
		},
	}
	for _, name := range []string{"Deprecation", "Sunset"} { // until an operation needs them
		delete(c.Headers, name)
	}
	return c
}

// parameters are those that mean the same wherever they stand. Page's limit, cursor and total are among them.
func parameters() map[string]*huma.Param {
	tag := &huma.Schema{Type: "string"}
	header := func(name, description string, required bool, schema *huma.Schema, example string) *huma.Param {
		return &huma.Param{Name: name, In: "header", Required: required, Description: description, Schema: schema,
			Example: example}
	}
	return map[string]*huma.Param{
		"limit": {Name: "limit", In: "query", Description: "How many items, 1 to 100; more is cut to 100.",
			Schema: &huma.Schema{Type: "integer", Format: "int64", Minimum: new(1.0)}},
		"cursor": {Name: "cursor", In: "query", Description: "The nextCursor of the page before.",
			Schema: &huma.Schema{Type: "string"}},
		"total": {Name: "total", In: "query", Description: "Count all items too.", Schema: &huma.Schema{Type: "boolean"}},
		keyHeader: header(keyHeader, "1 to 255 printable characters, new for each thing that is to happen once. A repeat "+
			"with the same key and body gets the first answer again.", true,
			&huma.Schema{Type: "string", MinLength: new(1), MaxLength: new(255), Pattern: "^[ -~]*$"}, "6f1c2a9e-till-1-0042"),
		"If-Match": header("If-Match", "The ETag of the version that you know; the request is refused with 412 when there "+
			"is "+
			"a newer one.", false, tag, `"0197c1b2-7d10-7000-8000-000000000001-3"`),
		"If-None-Match": header("If-None-Match", "The ETag of what you have; the answer is 304 without a body when it is "+
			"still "+
			"current.", false, tag, `"0197c1b2-7d10-7000-8000-000000000001-3"`),
	}
}

func parameterRef(name string) *huma.Param {
	return &huma.Param{Ref: "#/components/parameters/" + name}
}

func responseRef(name string) *huma.Response {
	return &huma.Response{Ref: "#/components/responses/" + name}
}

func ref(names ...string) map[string]*huma.Header {
	refs := map[string]*huma.Header{}
	for _, name := range names {
		refs[name] = &huma.Header{Ref: "#/components/headers/" + name}
	}
	return refs
}

// headers are those of answers. Traceparent, X-Request-ID and the two of limits come with any; the text says so once.
func headers() map[string]*huma.Header {
	h := map[string]*huma.Header{}
	for name, description := range map[string]string{
		"ETag":                 "The version of what is in the body, for If-Match and If-None-Match.",
		"Location":             "The path of what was made, or where to go on.",
		"Link":                 "The next page, with rel=\"next\" (RFC 8288); not on the last one.",
		"Idempotency-Replayed": "true when this is the first answer again.",
		"Retry-After":          "How many seconds to wait before the next attempt.",
		"WWW-Authenticate":     "How to authenticate.",
		"Deprecation":          "Since when the operation should no longer be used (RFC 9745).",
		"Sunset":               "When the operation may stop working (RFC 8594).",
	} {
		h[name] = &huma.Header{Description: description, Schema: &huma.Schema{Type: "string"}}
	}
	return h
}

// schemas names each member that nobody described, and leaves the types that only the service sends open: a client must
// not mind a member that it does not know, but a request with one is refused.
func (b *builder) schemas() {
	for _, name := range slices.Sorted(maps.Keys(b.registry.Map())) {
		s := b.registry.Map()[name]
		if !b.received[name] {
			s.AdditionalProperties = nil
		}
		for prop, ps := range s.Properties {
			ps.PatternDescription = "" // no word of the document; the messages are made already
			if ps.Description == "" {
				b.gap("%s.%s has no doc tag, nor has a member of that name in the answer", name, prop)
			}
		}
	}
}

// reach notes the types that a request refers to.
func (b *builder) reach(s *huma.Schema) {
	if s == nil {
		return
	}
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok && !b.received[name] {
		b.received[name] = true
		b.reach(b.registry.Map()[name])
	}
	b.reach(s.Items)
	for _, p := range s.Properties {
		b.reach(p)
	}
}
