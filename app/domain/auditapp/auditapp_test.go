package auditapp_test

import (
	"fmt"
	"testing"

	"github.com/google/uuid"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/types/role"
)

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Audit", apptest.Suite{
		Rights: []apptest.Row{{Route: "GET /v1/audit", Want: apptest.AdminAlone(200), Call: apptest.Path("/v1/audit")}},
		Lists:  []apptest.List{{Route: "GET /v1/audit", Fill: list}},
		Bad: []apptest.Bad{{Route: "GET /v1/audit", Params: apptest.Params{"actorID": apptest.BadIDs, "action": nil,
			"resource": nil, "resourceID": apptest.BadIDs, "from": apptest.BadTimes, "to": apptest.BadTimes}}},
		Examples: func(r *apptest.Recorder) {
			r.Market(r.T, "name", "Elm Street Garage Sale")
			r.Do("listAudit", 200, "GET", "/v1/audit?resource=market&limit=1", "")
		},
	})
}

func list(t *testing.T, w *apptest.World) apptest.Listed {
	u := w.Account(t, role.User)
	own := "/v1/users/" + u.ID.String()
	for i := range 5 {
		w.Set(t, apptest.At("markets", w.Market(t)), "name", "Oak")
		w.OK(t, 200, nil, "PATCH", own, u.Token, object{"name": fmt.Sprint("M", i)})
	}
	middle := w.All(t, "/v1/audit")[6]
	from := func(o object) bool { return apptest.Instant(o, "at") >= apptest.Instant(middle, "at") }
	at := middle["at"].(string)
	return apptest.Listed{
		Path: "/v1/audit", Default: "-at", Orders: map[string]apptest.Ordering{"at": apptest.ByTime("at")},
		Filters: map[string]func(object) bool{
			"actorID=" + u.ID.String():                    apptest.Is("actorID", u.ID),
			"action=market.update":                        apptest.Is("action", "market.update"),
			"resource=user":                               apptest.Is("resource", "user"),
			"resource=user&action=market.update":          nil,
			"resourceID=" + middle["resourceID"].(string): apptest.Is("resourceID", middle["resourceID"]),
			"resourceID=" + uuid.NewString():              nil,
			"from=" + at:                                  from,
			"to=" + at:                                    func(o object) bool { return !from(o) },
			"from=" + at + "&to=" + at:                    nil,
		},
	}
}
