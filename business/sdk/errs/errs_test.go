package errs_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/garagesale/service/business/sdk/errs"
)

func TestIs(t *testing.T) {
	t.Parallel()
	one := &errs.Error{Kind: errs.Conflict, Code: "one", Msg: "one"}
	two := &errs.Error{Kind: errs.Conflict, Code: "two", Msg: "one"}
	for about, tt := range map[string]struct {
		err  error
		want bool
	}{
		"itself":        {one, true},
		"with a place":  {one.At("a", "b"), true},
		"wrapped":       {fmt.Errorf("get: %w", one.At("a", "b")), true},
		"joined":        {errors.Join(errors.New("x"), one), true},
		"another code":  {two, false},
		"no such error": {errors.New("one"), false},
	} {
		if got := errors.Is(tt.err, one); got != tt.want {
			t.Errorf("%s: %t, want %t", about, got, tt.want)
		}
	}
}

// TestAt: a copy names more places, and the sentinel none, however many copies are made of one copy.
func TestAt(t *testing.T) {
	t.Parallel()
	sentinel := &errs.Error{Kind: errs.Invalid, Code: "bad", Msg: "it is bad"}
	first := sentinel.At("a", "is wrong")
	left, right := first.At("b", "too"), first.With(errs.Field{Location: "c"}, errs.Field{Location: "d", Value: "v"})
	for about, tt := range map[string]struct {
		err  *errs.Error
		want []errs.Field
		text string
	}{
		"sentinel": {sentinel, nil, "it is bad"},
		"first":    {first, []errs.Field{{Location: "a", Message: "is wrong"}}, "it is bad; a: is wrong"},
		"left": {left, []errs.Field{{Location: "a", Message: "is wrong"}, {Location: "b", Message: "too"}},
			"it is bad; a: is wrong; b: too"},
		"right": {right, []errs.Field{{Location: "a", Message: "is wrong"}, {Location: "c"}, {Location: "d", Value: "v"}},
			"it is bad; a: is wrong; c: ; d: "}, // no value, which may be a secret
	} {
		if !slices.Equal(tt.err.Fields, tt.want) || tt.err.Error() != tt.text || tt.err.Kind != errs.Invalid {
			t.Errorf("%s: %q with %v, want %q with %v", about, tt.err, tt.err.Fields, tt.text, tt.want)
		}
	}
}

// TestRegistry: a code stands for one error.
func TestRegistry(t *testing.T) {
	t.Parallel()
	made := errs.New(errs.NotFound, "of_a_test", "a", "do b")
	if made.Advice != "do b" || made.At("c", "d").Advice != "do b" {
		t.Errorf("advice %q, and %q with a place", made.Advice, made.At("c", "d").Advice)
	}
	for _, tt := range []struct {
		other   *errs.Error
		refused bool
	}{
		{&errs.Error{Kind: errs.NotFound, Code: "of_a_test", Msg: "b"}, true},
		{&errs.Error{Kind: errs.Conflict, Code: "of_a_test", Msg: "a"}, true},
		{made, false},
	} {
		func() {
			defer func() {
				if got := recover(); (got != nil) != tt.refused {
					t.Errorf("%+v beside %+v: panics with %v, want a panic: %t", tt.other, made, got, tt.refused)
				}
			}()
			_ = errs.Register(tt.other)
		}()
	}
	if errs.Lookup("of_a_test") != made || errs.Lookup("of_nobody") != nil {
		t.Errorf("found %v and %v", errs.Lookup("of_a_test"), errs.Lookup("of_nobody"))
	}
	all := errs.All()
	if !slices.Contains(all, made) || !slices.Contains(all, errs.ErrInvalid) ||
		!slices.IsSortedFunc(all, func(a, b *errs.Error) int { return strings.Compare(a.Code, b.Code) }) {
		t.Errorf("registered are %v", all)
	}
}
