package role_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/garagesale/service/business/types/role"
)

// TestSet: a set has no doubles and one order.
func TestSet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOf(rapid.SampledFrom(role.All)).Draw(t, "roles")
		s := role.NewSet(list...)
		for _, r := range role.All {
			if s.Has(r) != slices.Contains(list, r) {
				t.Errorf("%v of %v: %v", r, list, s)
			}
		}
		slices.Reverse(list)
		if again := role.NewSet(list...); !slices.Equal(again, s) {
			t.Errorf("%v and %v are one set", s, again)
		}
	})
}

func TestParse(t *testing.T) {
	t.Parallel()
	for s, ok := range map[string]bool{"ADMIN": true, "CASHIER": true, "USER": true, "": false, "admin": false,
		"ROOT": false} {
		if r, err := role.Parse(s); (err == nil) != ok || ok && string(r) != s {
			t.Errorf("%q: %v %v", s, r, err)
		}
	}
	if got := role.NewSet("ROOT"); len(got) != 0 {
		t.Errorf("a role that does not exist: %v", got)
	}
}
