package mux_test

import (
	"slices"
	"testing"

	"github.com/garagesale/service/app/apptest"
)

// TestForKeys: what an API key can be for is what some route, or a handler besides its route, asks for.
func TestForKeys(t *testing.T) {
	t.Parallel()
	s := apptest.New(t)
	asked := []string{"family.setup", "sale.reprice", "sale.void_late"}
	for _, r := range s.Routes {
		asked = append(asked, r.Action)
	}
	list := s.Auth.ForKeys()
	if len(list) < 30 || !slices.IsSorted(list) {
		t.Errorf("%v", list)
	}
	for _, action := range list {
		if !slices.Contains(asked, action) {
			t.Errorf("nothing asks for %s", action)
		}
	}
}
