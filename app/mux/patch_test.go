package mux_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/app/domain/familyapp"
	"github.com/garagesale/service/app/domain/marketapp"
	"github.com/garagesale/service/app/domain/productapp"
	"github.com/garagesale/service/business/types/role"
)

// field is one member of a PATCH.
type field struct {
	name     string
	value    any
	want     any    // what comes back, if it is not the value
	emptied  any    // what null makes of it; nil: null is refused
	byOwner  bool   // the owner may set it too
	writable object // what must stand beside it, for the owner

	fresh func(*testing.T, *world) (value, want any) // makes the two, where they must be new each time
}

// gone is for a member that is left out once it is empty.
var gone = &struct{}{}

var patches = []struct {
	resource string
	changes  reflect.Type // whose members the fields must be; nil where it is not exported
	fields   []field
	make     func(t *testing.T, w *world) (path string, owner apptest.User)
}{
	{"user", nil, []field{
		{name: "name", value: "  Ada  ", want: "Ada", byOwner: true},
		{name: "email", byOwner: true, writable: object{"currentPassword": apptest.Password},
			fresh: func(_ *testing.T, w *world) (value, want any) {
				n := w.count.Add(1)
				return fmt.Sprintf("ADA%d@x.org", n), fmt.Sprintf("ada%d@x.org", n)
			}},
		{name: "password", value: "another horse battery", want: gone, byOwner: true,
			writable: object{"currentPassword": apptest.Password}},
		{name: "enabled", value: false},
	}, func(t *testing.T, w *world) (string, apptest.User) {
		u := w.account(t, role.User)
		return "/v1/users/" + u.ID.String(), u
	}},
	{"market", reflect.TypeFor[marketapp.Changes](), []field{
		{name: "name", value: "Oak Street"},
		{name: "place", value: "Oak Street 2"},
		{name: "startsAt", value: "2026-05-30T09:30:00.1234567+02:00", want: "2026-05-30T07:30:00.123456Z"},
		{name: "endsAt", value: "2026-05-31T00:00:00Z"},
		{name: "currency", value: "EUR"},
		{name: "commission", value: 0},
		{name: "status", value: "CLOSED"},
		{name: "cashSessionRequired", value: true},
		{name: "priceSteps", value: []any{object{"from": "2026-05-30T14:00:00Z", "percentOff": 50.0}}, emptied: []any{}},
	}, func(t *testing.T, w *world) (string, apptest.User) {
		return at("markets", w.market(t)), apptest.User{}
	}},
	{"family", reflect.TypeFor[familyapp.Changes](), []field{
		{name: "name", value: "Jones", byOwner: true},
		{name: "ownerID", emptied: nullValue{}, fresh: func(t *testing.T, w *world) (value, want any) {
			id := w.account(t, role.User).ID.String()
			return id, id
		}},
		{name: "number", value: 99_999},
		{name: "commission", value: 10_000, emptied: gone},
	}, func(t *testing.T, w *world) (string, apptest.User) {
		u := w.account(t, role.User)
		return at("families", w.family(t, w.market(t), "ownerID", u.ID, "commission", 500)), u
	}},
	{"product", reflect.TypeFor[productapp.Changes](), []field{
		{name: "name", value: "Chair", byOwner: true},
		{name: "description", value: "with\ntwo lines", emptied: "", byOwner: true},
		{name: "price", value: 0, byOwner: true},
		{name: "quantity", value: 100_000, byOwner: true},
		{name: "fixedPrice", value: true, byOwner: true},
	}, func(t *testing.T, w *world) (string, apptest.User) {
		u := w.account(t, role.User)
		f := w.family(t, w.market(t), "ownerID", u.ID)
		return at("products", w.product(t, f, "description", "old")), u
	}},
}

// nullValue is null in an answer.
type nullValue struct{}

// TestPatch changes every resource by each single field alone, by none, and by null, as ADMIN and as its owner.
func TestPatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, apptest.Options{})
	for _, res := range patches {
		if res.changes != nil {
			var tested, known []string
			for _, f := range res.fields {
				tested = append(tested, f.name)
			}
			for f := range res.changes.Fields() {
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				known = append(known, name)
			}
			slices.Sort(tested)
			slices.Sort(known)
			if !slices.Equal(tested, known) {
				t.Errorf("%s: the fields tested are %v, those that can change %v", res.resource, tested, known)
			}
		}
		for _, mediaType := range []string{"application/merge-patch+json", "application/json"} {
			for _, asOwner := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/owner %t", res.resource, mediaType, asOwner), func(t *testing.T) {
					t.Parallel()
					for _, f := range res.fields {
						path, owner := res.make(t, w)
						token := w.root.Token
						if asOwner {
							if owner.Token == "" {
								continue // it has none
							}
							token = owner.Token
						}
						if f.fresh != nil {
							f.value, f.want = f.fresh(t, w)
						}
						p := patch{t, w, path, token, mediaType, !asOwner}
						if asOwner && !f.byOwner {
							p.forbidden(f)
							continue
						}
						p.none()
						p.null(f)
						p.alone(f)
					}
				})
			}
		}
	}
}

type patch struct {
	*testing.T
	w         *world
	path      string
	token     string
	mediaType string
	admin     bool
}

func (p patch) send(want int, body any) apptest.Answer {
	p.Helper()
	return p.w.OK(p, want, nil, "PATCH", p.path, p.token, body, "Content-Type", p.mediaType)
}

// read is the resource as ADMIN sees it, who stays when the owner's session ends.
func (p patch) read() (object, string) {
	p.Helper()
	var o object
	a := p.w.OK(p, 200, &o, "GET", p.path, p.w.root.Token, nil)
	return o, a.Header.Get("ETag")
}

// body is the field with that value, and what must stand beside it.
func (p patch) body(f field, value any) object {
	body := object{f.name: value}
	if !p.admin {
		maps.Copy(body, f.writable)
	}
	return body
}

// none changes nothing.
func (p patch) none() {
	p.Helper()
	before, tag := p.read()
	a := p.send(200, object{})
	var after object
	a.JSON(p, &after)
	if !reflect.DeepEqual(after, before) || a.Header.Get("ETag") != tag {
		p.Errorf("{} changed %v to %s", before, a.Body)
	}
}

// alone changes that field, and with it only the version and updatedAt.
func (p patch) alone(f field) {
	p.Helper()
	p.changes(f, f.value, f.want)
}

// null empties the field or is refused at its place.
func (p patch) null(f field) {
	p.Helper()
	if f.emptied != nil {
		p.changes(f, nil, f.emptied)
		return
	}
	before, tag := p.read()
	p.refusedAt(p.send(422, p.body(f, nil)), "validation_failed", "body."+f.name)
	if after, now := p.read(); !reflect.DeepEqual(after, before) || now != tag {
		p.Errorf("a refused null changed %s", p.path)
	}
}

func (p patch) changes(f field, value, want any) {
	p.Helper()
	before, tag := p.read()
	a := p.send(200, p.body(f, value))
	var after object
	a.JSON(p, &after)
	if want == nil {
		want = value
	}
	switch got, there := after[f.name]; {
	case want == gone:
		if there {
			p.Errorf("%s: %v is still there", f.name, got)
		}
	case want == nullValue{}:
		if !there || got != nil {
			p.Errorf("%s: %v, want null", f.name, got)
		}
	case fmt.Sprint(got) != fmt.Sprint(want):
		p.Errorf("%s: %v, want %v", f.name, got, want)
	}
	at := func(o object) time.Time {
		v, err := time.Parse(time.RFC3339, o["updatedAt"].(string))
		if err != nil {
			p.Fatal(err)
		}
		return v
	}
	if !at(after).After(at(before)) {
		p.Errorf("%s: updatedAt did not move from %s", f.name, before["updatedAt"])
	}
	if now := a.Header.Get("ETag"); now == tag || now == "" {
		p.Errorf("%s: the ETag stayed %s", f.name, now)
	}
	if read, now := p.read(); !reflect.DeepEqual(read, after) || now != a.Header.Get("ETag") {
		p.Errorf("%s: read back %v %s, answered %s %s", f.name, read, now, a.Body, a.Header.Get("ETag"))
	}
	for _, o := range []object{before, after} {
		delete(o, f.name)
		delete(o, "updatedAt")
	}
	if !reflect.DeepEqual(before, after) {
		p.Errorf("%s: the rest changed from %v to %v", f.name, before, after)
	}
}

// forbidden wants 403 and no change.
func (p patch) forbidden(f field) {
	p.Helper()
	before, tag := p.read()
	p.refusedAt(p.send(403, p.body(f, f.value)), "field_forbidden", "")
	if f.emptied != nil {
		p.refusedAt(p.send(403, p.body(f, nil)), "field_forbidden", "")
	}
	if after, now := p.read(); !reflect.DeepEqual(after, before) || now != tag {
		p.Errorf("a forbidden %s changed %s", f.name, p.path)
	}
}

func (p patch) refusedAt(a apptest.Answer, code, place string) {
	p.Helper()
	if got := a.Problem(p); got.Code != code || place != "" && (len(got.Errors) != 1 || got.Errors[0].Location != place) {
		p.Errorf("want %s at %q: %s", code, place, a.Body)
	}
}
