package opt_test

import (
	"encoding/json"
	"testing"

	json2 "github.com/go-json-experiment/json"

	"github.com/garagesale/service/business/types/opt"
)

type patch struct {
	V opt.Value[int]       `json:"v,omitzero"`
	N opt.Nullable[string] `json:"n,omitzero"`
}

// TestAbsentNullSet: the three are told apart, by either JSON library.
func TestAbsentNullSet(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		ok   bool
		v    int
		n    string
		null bool
	}{
		`{}`:               {true, 7, "was", false},
		`{"v":0}`:          {true, 0, "was", false},
		`{"n":null}`:       {true, 7, "", true},
		`{"n":""}`:         {true, 7, "", false},
		`{"v":1,"n":"is"}`: {true, 1, "is", false},
		`{"v":null}`:       {ok: false},
		`{"v":"1"}`:        {ok: false},
		`{"n":1}`:          {ok: false},
	} {
		for name, unmarshal := range map[string]func([]byte, any) error{"v1": json.Unmarshal,
			"v2": func(b []byte, v any) error {
				return json2.Unmarshal(b, v)
			}} {
			var p patch
			err := unmarshal([]byte(text), &p)
			if (err == nil) != want.ok {
				t.Errorf("%s %s: %v", name, text, err)
			}
			if err != nil {
				continue
			}
			v, was, zero := 7, "was", "was"
			n := &was
			p.V.Apply(&v)
			p.N.Apply(&n)
			p.N.ApplyOrZero(&zero)
			if v != want.v || (n == nil) != want.null || n != nil && *n != want.n || zero != want.n {
				t.Errorf("%s %s: %d %v %q", name, text, v, n, zero)
			}
		}
	}
	v := 7
	if opt.Some(0).Apply(&v); v != 0 {
		t.Errorf("Some(0) left %d", v)
	}
}

func TestSame(t *testing.T) {
	t.Parallel()
	one := 1
	for _, tt := range []struct {
		a, b *int
		want bool
	}{{nil, nil, true}, {&one, nil, false}, {nil, &one, false}, {&one, &one, true}, {&one, new(1), true},
		{&one, new(2), false}} {
		if got := opt.Same(tt.a, tt.b); got != tt.want {
			t.Errorf("%v and %v: got %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestUnchanged(t *testing.T) {
	t.Parallel()
	type thing struct {
		Name string
		List []string
		At   *int
	}
	one, uno, two := 1, 1, 2
	for _, tt := range []struct {
		a, b thing
		want bool
	}{
		{thing{}, thing{}, true},
		{thing{List: nil}, thing{List: []string{}}, true},
		{thing{"a", []string{"b"}, &one}, thing{"a", []string{"b"}, &uno}, true},
		{thing{Name: "a"}, thing{Name: "b"}, false},
		{thing{List: []string{"a"}}, thing{List: []string{"b"}}, false},
		{thing{List: []string{"a"}}, thing{}, false},
		{thing{At: &one}, thing{At: &two}, false},
		{thing{At: &one}, thing{}, false},
	} {
		if got := opt.Unchanged(tt.a, tt.b); got != tt.want || opt.Unchanged(tt.b, tt.a) != tt.want {
			t.Errorf("%v and %v: %t, want %t", tt.a, tt.b, got, tt.want)
		}
	}
}
