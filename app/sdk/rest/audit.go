package rest

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/garagesale/service/app/sdk/request"
)

// Event is something that was done or refused, for the audit.
type Event struct {
	Action     string
	Resource   string    // its kind: "product"
	ResourceID uuid.UUID // Nil: none
	Changes    []byte    // the JSON of what was asked for, without secrets; nil: nothing
}

// EventOf is a request as far as its route tells: the action, and the id in the path. A handler may have noted more in
// the request's Info.
func EventOf(r *http.Request) Event {
	info := request.From(r.Context())
	e := Event{Action: info.Action, Resource: info.Subject.Kind, ResourceID: info.Subject.ID}
	if e.Resource == "" {
		e.Resource, _, _ = strings.Cut(info.Action, ".")
	}
	if rc := chi.RouteContext(r.Context()); e.ResourceID == uuid.Nil && rc != nil {
		for _, v := range rc.URLParams.Values { // the last id is the most particular
			if id, err := uuid.Parse(v); err == nil {
				e.ResourceID = id
			}
		}
	}
	return e
}

// event is EventOf a request that made out, whose type is the kind of the resource: User is "user".
func event(r *http.Request, out any, changes []byte) Event {
	e := EventOf(r)
	if res, ok := out.(Resource); ok {
		name := []rune(reflect.TypeOf(out).Name())
		name[0] = unicode.ToLower(name[0])
		e.Resource = string(name)
		e.ResourceID, _ = res.Entity()
	}
	e.Changes = changes
	return e
}

// maxChanges is how many bytes of a body are kept; a longer one is in the resource itself.
const maxChanges = 16 << 10

const hidden = "[hidden]"

// changes is a body for the audit: members whose format is "password" are hidden, at any depth.
func (b *bodyReader) changes(raw []byte) []byte {
	switch {
	case b == nil || len(raw) == 0:
		return nil
	case len(raw) > maxChanges:
		return []byte(`{"bytes":` + strconv.Itoa(len(raw)) + `}`)
	case len(b.secrets) == 0:
		return raw
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil
	}
	b.hide(tree)
	out, err := json.Marshal(tree, json.Deterministic(true))
	if err != nil {
		return nil
	}
	return out
}

func (b *bodyReader) hide(tree any) {
	switch v := tree.(type) {
	case map[string]any:
		for name, member := range v {
			if b.secrets[name] {
				v[name] = hidden
				continue
			}
			b.hide(member)
		}
	case []any:
		for _, item := range v {
			b.hide(item)
		}
	}
}

// secretsOf are the names of all members of a schema that are secrets.
func secretsOf(registry huma.Registry, s *huma.Schema, seen map[*huma.Schema]bool) map[string]bool {
	names := map[string]bool{}
	if s != nil && s.Ref != "" {
		s = registry.SchemaFromRef(s.Ref)
	}
	if s == nil || seen[s] {
		return names
	}
	seen[s] = true
	for name, p := range s.Properties {
		if p.Format == "password" {
			names[name] = true
		}
		for inner := range secretsOf(registry, p, seen) {
			names[inner] = true
		}
	}
	for inner := range secretsOf(registry, s.Items, seen) {
		names[inner] = true
	}
	return names
}
