package rest

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// word is the description of a property or parameter.
func (b *builder) word(of, name string) string { return cmp.Or(b.Words[of+"."+name], b.Words[name]) }

// schemas describes every property, and leaves the types that only the service sends open: a client must not mind a
// property that it does not know, but a request with one is refused.
func (b *builder) schemas() {
	for _, name := range slices.Sorted(maps.Keys(b.registry.Map())) {
		s := b.registry.Map()[name]
		if !b.received[name] {
			s.AdditionalProperties = nil
		}
		for prop, ps := range s.Properties {
			ps.PatternDescription = "" // no word of the document; the messages are made already
			ps.Description = cmp.Or(ps.Description, b.word(name, prop))
			if ps.Description == "" {
				b.gap("%s.%s has no description in the words", name, prop)
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

func ref(names ...string) map[string]*huma.Header {
	refs := map[string]*huma.Header{}
	for _, name := range names {
		refs[name] = &huma.Header{Ref: "#/components/headers/" + name}
	}
	return refs
}

// headers are those of answers.
func headers() map[string]*huma.Header {
	h := map[string]*huma.Header{}
	for name, description := range map[string]string{
		"Traceparent":  "The trace that the request belongs to (W3C Trace Context).",
		"X-Request-ID": "The id of the request: the client's own when it sent a well-formed one.",
		"RateLimit": "How much the client may still ask, and when it may ask more " +
			"(draft-ietf-httpapi-ratelimit-headers).",
		"RateLimit-Policy":     "How much the client may ask in which time.",
		"ETag":                 "The version of what is in the body, for If-Match and If-None-Match.",
		"Location":             "The path of what was made.",
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
