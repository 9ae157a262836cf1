package checkapp_test

import (
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Service", apptest.Suite{
		Rights: []apptest.Row{
			{Route: "GET /v1/liveness", Want: apptest.Everybody(200), Call: apptest.Path("/v1/liveness")},
			{Route: "GET /v1/readiness", Want: apptest.Everybody(200), Call: apptest.Path("/v1/readiness")},
		},
		Examples: func(r *apptest.Recorder) {
			r.As(apptest.User{})
			r.Do("liveness", 200, "GET", "/v1/liveness", "")
			r.Do("readiness", 200, "GET", "/v1/readiness", "")
		},
	})
}
