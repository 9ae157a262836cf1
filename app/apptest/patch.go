package apptest

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

// Patch is what a PATCH can change: the members of its body, each of which is tried by itself.
type Patch struct {
	Route    string
	NotFound string // the code of an unknown id; "": the one of what the path's last id names
	Fields   []Field
	// Make makes a resource, whose name can be changed; the owner is zero where it has none.
	Make func(t *testing.T, w *World) (path string, owner User)
}

// Field is one member of a PATCH.
type Field struct {
	Name    string
	Value   any
	Want    any    // what comes back, if it is not the value
	Emptied any    // what null makes of it; nil: null is refused
	ByOwner bool   // the owner may set it too
	Beside  Object // what must stand beside it, for the owner

	Fresh func(*testing.T, *World) (value, want any) // makes the two, where they must be new each time
}

type emptied string

// Gone is what comes back for a member that is left out once it is empty, and Null for one that is null then.
const (
	Gone emptied = "left out"
	Null emptied = "null"
)

// members are those that the fields try.
func (p Patch) members() map[string]bool {
	tried := map[string]bool{}
	for _, f := range p.Fields {
		tried[f.Name] = true
		for name := range f.Beside {
			tried[name] = true
		}
	}
	return tried
}

// test changes a resource by each single field alone, by none, and by null, as ADMIN and as its owner.
func (p Patch) test(t *testing.T, w *World) {
	for _, mediaType := range []string{"application/merge-patch+json", "application/json"} {
		for _, asOwner := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s owner %t", mediaType, asOwner), func(t *testing.T) {
				t.Parallel()
				for _, f := range p.Fields {
					path, owner := p.Make(t, w)
					token := w.Root.Token
					if asOwner {
						if owner.Token == "" {
							continue // it has none
						}
						token = owner.Token
					}
					if f.Fresh != nil {
						f.Value, f.Want = f.Fresh(t, w)
					}
					p := patching{t, w, path, token, mediaType, !asOwner}
					if asOwner && !f.ByOwner {
						p.forbidden(f)
						continue
					}
					p.none()
					if f.Emptied == nil {
						p.nullRefused(f)
					}
					p.changes(f, f.Value, f.Want)
					if f.Emptied != nil {
						p.changes(f, nil, f.Emptied)
					}
				}
			})
		}
	}
}

// patching is one resource, and who changes it.
type patching struct {
	*testing.T
	w         *World
	path      string
	token     string
	mediaType string
	admin     bool
}

func (p patching) send(want int, body any) Answer {
	p.Helper()
	return p.w.OK(p, want, nil, "PATCH", p.path, p.token, body, "Content-Type", p.mediaType)
}

// read is the resource as ADMIN sees it, who stays when the owner's session ends.
func (p patching) read() (Object, string) {
	p.Helper()
	var o Object
	a := p.w.OK(p, 200, &o, "GET", p.path, p.w.Root.Token, nil)
	return o, a.Header.Get("ETag")
}

// body is the field with that value, and what must stand beside it.
func (p patching) body(f Field, value any) Object {
	body := Object{f.Name: value}
	if !p.admin {
		maps.Copy(body, f.Beside)
	}
	return body
}

// none changes nothing.
func (p patching) none() {
	p.Helper()
	p.same(Object{})
}

// same is a change that changes nothing: neither the resource nor its version, and the audit has no news of it.
func (p patching) same(body Object) {
	p.Helper()
	before, tag := p.read()
	news := p.news()
	a := p.send(200, body)
	var after Object
	a.JSON(p, &after)
	if !reflect.DeepEqual(after, before) || a.Header.Get("ETag") != tag {
		p.Errorf("%v changed %v to %s", body, before, a.Body)
	}
	if now := p.news(); now != news {
		p.Errorf("%v changed nothing, and the audit has %d records of it", body, now-news)
	}
}

// news is how many changes of the resource the audit knows.
func (p patching) news() (n int) {
	p.Helper()
	must(p, p.w.DB.Get(p.Context(), &n, `SELECT count(*) FROM audit WHERE resource_id = $1 AND outcome = 'SUCCESS'`,
		path.Base(p.path)))
	return n
}

// nullRefused wants null to be refused at its place.
func (p patching) nullRefused(f Field) {
	p.Helper()
	before, tag := p.read()
	p.refusedAt(p.send(422, p.body(f, nil)), "validation_failed", "body."+f.Name)
	if after, now := p.read(); !reflect.DeepEqual(after, before) || now != tag {
		p.Errorf("a refused null changed %s", p.path)
	}
}

// changes wants that field to change, and with it only the version and updatedAt.
func (p patching) changes(f Field, value, want any) {
	p.Helper()
	before, tag := p.read()
	news := p.news()
	a := p.send(200, p.body(f, value))
	var after Object
	a.JSON(p, &after)
	if want == nil {
		want = value
	}
	switch got, there := after[f.Name]; {
	case want == Gone:
		if there {
			p.Errorf("%s: %v is still there", f.Name, got)
		}
	case want == Null:
		if !there || got != nil {
			p.Errorf("%s: %v, want null", f.Name, got)
		}
	case fmt.Sprint(got) != fmt.Sprint(want):
		p.Errorf("%s: %v, want %v", f.Name, got, want)
	}
	if !p.updated(after).After(p.updated(before)) {
		p.Errorf("%s: updatedAt did not move from %s", f.Name, before["updatedAt"])
	}
	if now := a.Header.Get("ETag"); now == tag || now == "" {
		p.Errorf("%s: the ETag stayed %s", f.Name, now)
	}
	if read, now := p.read(); !reflect.DeepEqual(read, after) || now != a.Header.Get("ETag") {
		p.Errorf("%s: read back %v %s, answered %s %s", f.Name, read, now, a.Body, a.Header.Get("ETag"))
	}
	if now := p.news(); now != news+1 {
		p.Errorf("%s: the audit has %d records of the change, want 1", f.Name, now-news)
	}
	if want != Gone {
		p.same(p.body(f, value))
	}
	for _, o := range []Object{before, after} {
		delete(o, f.Name)
		delete(o, "updatedAt")
	}
	if !reflect.DeepEqual(before, after) {
		p.Errorf("%s: the rest changed from %v to %v", f.Name, before, after)
	}
}

func (p patching) updated(o Object) time.Time {
	p.Helper()
	v, err := time.Parse(time.RFC3339, o["updatedAt"].(string))
	must(p, err)
	return v
}

// forbidden wants 403 and no change.
func (p patching) forbidden(f Field) {
	p.Helper()
	before, tag := p.read()
	p.refusedAt(p.send(403, p.body(f, f.Value)), "field_forbidden", "")
	if f.Emptied != nil {
		p.refusedAt(p.send(403, p.body(f, nil)), "field_forbidden", "")
	}
	if after, now := p.read(); !reflect.DeepEqual(after, before) || now != tag {
		p.Errorf("a forbidden %s changed %s", f.Name, p.path)
	}
}

func (p patching) refusedAt(a Answer, code, place string) {
	p.Helper()
	if got := a.Problem(p); got.Code != code || place != "" && (len(got.Errors) != 1 || got.Errors[0].Location != place) {
		p.Errorf("want %s at %q: %s", code, place, a.Body)
	}
}

var lastID = regexp.MustCompile(`\{(\w+)ID\}$`)

// ifMatch changes or deletes the resource with tags that it has and has not.
func (p Patch) ifMatch(t *testing.T, w *World, method string) {
	change, body := Object{"name": "Changed"}, any(Object{"name": "New"})
	if f := p.Fields[0]; !slices.ContainsFunc(p.Fields, func(f Field) bool { return f.Name == "name" }) {
		change = Object{f.Name: f.Value}
		body = change
	}
	if method == "DELETE" {
		body = nil
	}
	path, _ := p.Make(t, w)
	tag := func() string { return w.OK(t, 200, nil, "GET", path, w.Root.Token, nil).Header.Get("ETag") }
	first := tag()
	w.OK(t, 200, nil, "PATCH", path, w.Root.Token, change)
	now := tag()
	for _, stale := range []string{first, "W/" + now, `"x"`, `"x", ` + first, strings.Trim(now, `"`), "garbage", `"`,
		`W/"x", W/` + now} {
		w.Refused(t, 412, "version_mismatch", "", method, path, w.Root.Token, body, "If-Match", stale)
	}
	if tag() != now {
		t.Error("a refused change changed something")
	}
	for i, good := range []string{"%s", "*", `"x", %s`, `W/"y",%s , "x"`, " * "} {
		if i > 0 && method == "DELETE" {
			path, _ = p.Make(t, w)
		}
		if strings.Contains(good, "%s") {
			good = fmt.Sprintf(good, tag())
		}
		if a := w.Do(t, method, path, w.Root.Token, body, "If-Match", good); a.Status >= 300 {
			t.Errorf("If-Match %s: %d %s", good, a.Status, a.Body)
		}
	}
	// 404 comes before 412.
	unknown := anyID.ReplaceAllString(path, uuid.NewString())
	code := cmp.Or(p.NotFound, lastID.FindStringSubmatch(p.Route)[1]+"_not_found")
	w.Refused(t, 404, code, "", method, unknown, w.Root.Token, body, "If-Match", `"x"`)
}
