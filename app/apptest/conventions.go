package apptest

import (
	"regexp"
	"strings"
	"testing"
)

var strongTag = regexp.MustCompile(`^"[^"]+"$`)

// once is a member that is shown to whoever made the thing, and never again.
var once = regexp.MustCompile(`"(secret|token)":"[^"]+",`)

// located wants what a POST makes to be found at its Location, with the same ETag.
func (row Row) located(t *testing.T, w *World) {
	c := asAdmin(t, w)
	path, body := row.Call(c)
	a := row.ask(c, path, body)
	location, tag := a.Header.Get("Location"), a.Header.Get("ETag")
	if a.Status != 201 || !strongTag.MatchString(tag) || a.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %v", a.Status, a.Header)
	}
	read := w.OK(t, 200, nil, "GET", location, c.Who.Token, nil)
	if string(read.Body) != once.ReplaceAllString(string(a.Body), "") || read.Header.Get("ETag") != tag {
		t.Errorf("made %s %s, found %s %s at %s", a.Body, tag, read.Body, read.Header.Get("ETag"), location)
	}
}

// head wants of HEAD what GET says, without the body.
func (row Row) head(t *testing.T, w *World) {
	c := asAdmin(t, w)
	path, _ := row.Call(c)
	get, head := c.Do(t, "GET", path, c.Who.Token, nil), c.Do(t, "HEAD", path, c.Who.Token, nil)
	if head.Status != 200 || len(head.Body) != 0 {
		t.Errorf("HEAD %s: %d %s", path, head.Status, head.Body)
	}
	for _, name := range []string{"Content-Type", "Content-Length", "ETag", "Link", "Cache-Control", "Vary"} {
		if head.Header.Get(name) != get.Header.Get(name) {
			t.Errorf("HEAD %s: %s %q, GET has %q", path, name, head.Header.Get(name), get.Header.Get(name))
		}
	}
	if a := c.Do(t, "HEAD", path+"?bogus=1", c.Who.Token, nil); a.Status != 422 || len(a.Body) != 0 {
		t.Errorf("HEAD %s?bogus=1: %d %s", path, a.Status, a.Body)
	}
}

// ifNoneMatch reads with tags that the resource has and has not.
func (row Row) ifNoneMatch(t *testing.T, w *World) {
	c := asAdmin(t, w)
	path, _ := row.Call(c)
	tag := c.Do(t, "GET", path, c.Who.Token, nil).Header.Get("ETag")
	if tag == "" {
		if strings.HasSuffix(row.Route, "ID}") {
			t.Error("a resource has no ETag")
		}
		return
	}
	for header, want := range map[string]int{
		tag: 304, "W/" + tag: 304, "*": 304, `"x", ` + tag: 304, tag + `,"x"`: 304, `"a,b" ,W/` + tag + ` , "c"`: 304,
		`"x"`: 200, strings.Trim(tag, `"`): 200, "w/" + tag: 200, `"` + tag + `"`: 200, tag[:len(tag)-1] + `0"`: 200,
		`"`: 200, "garbage": 200, ",,,": 200,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			a := c.Do(t, method, path, c.Who.Token, nil, "If-None-Match", header)
			if a.Status != want || a.Header.Get("ETag") != tag || want == 304 &&
				(len(a.Body) > 0 || a.Header.Get("Content-Type") != "") {
				t.Errorf("%s, If-None-Match %s: %d, ETag %s, %q", method, header, a.Status, a.Header.Get("ETag"), a.Body)
			}
		}
	}
}
