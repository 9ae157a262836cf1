package mux_test

import (
	"strings"
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business"
	"github.com/garagesale/service/business/sdk/quota"
	"github.com/garagesale/service/business/sdk/sqldb"
	"github.com/garagesale/service/business/types/role"
)

// TestQuotas: each quota is refused as 409 quota_reached, and the answer names it.
func TestQuotas(t *testing.T) {
	t.Parallel()
	s := apptest.NewWith(t, apptest.Options{Business: func(db sqldb.DB, cfg business.Config) business.Business {
		cfg.Quotas = quota.Config{Products: 2, Families: 1, Markets: 2, Sessions: 1}
		return business.New(db, cfg)
	}})
	root, smith := s.AddUser(t, "root@x.org", role.Admin), s.AddUser(t, "smith@x.org", role.User)
	type object = map[string]any
	reached := func(names string, a apptest.Answer) {
		t.Helper()
		if p := a.Problem(t); a.Status != 409 || p.Code != "quota_reached" || !strings.Contains(p.Detail, names) {
			t.Errorf("want 409 quota_reached of %s: %d %s", names, a.Status, a.Body)
		}
	}
	var markets [2]object
	market := object{"name": "M", "place": "P", "startsAt": "2026-05-30T09:00:00Z", "endsAt": "2026-05-30T17:00:00Z",
		"currency": "USD", "commission": 0, "status": "OPEN"}
	for i := range markets {
		s.OK(t, 201, &markets[i], "POST", "/v1/markets", root.Token, market)
	}
	reached("2 markets", s.Do(t, "POST", "/v1/markets", root.Token, market))

	var family object
	s.OK(t, 201, &family, "POST", apptest.At("markets", markets[0])+"/families", smith.Token, object{"name": "F"})
	reached("1 families", s.Do(t, "POST", apptest.At("markets", markets[1])+"/families", smith.Token,
		object{"name": "F"}))
	var nobodys object
	s.OK(t, 201, &nobodys, "POST", apptest.At("markets", markets[1])+"/families", root.Token, object{"name": "G"})
	reached("1 families", s.Do(t, "PATCH", apptest.At("families", nobodys), root.Token, object{"ownerID": smith.ID}))

	item := object{"familyID": family["id"], "name": "P", "price": 1, "quantity": 1}
	products := apptest.At("markets", markets[0]) + "/products"
	reached("2 products", s.Do(t, "POST", products+":batch", smith.Token, object{"items": []object{item, item, item}}))
	s.OK(t, 201, nil, "POST", products+":batch", smith.Token, object{"items": []object{item, item}})
	reached("2 products", s.Do(t, "POST", products, smith.Token, item))

	login := func() apptest.Answer {
		return s.Do(t, "POST", "/v1/auth/token", "", nil, "Authorization", apptest.Basic("smith@x.org", apptest.Password))
	}
	if a := login(); a.Status != 200 {
		t.Errorf("the first session: %d %s", a.Status, a.Body)
	}
	reached("1 sessions", login())
}
