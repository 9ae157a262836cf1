package docsapp_test

import (
	"testing"

	"github.com/garagesale/service/app/apptest"
	"github.com/garagesale/service/business/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

func TestDomain(t *testing.T) {
	t.Parallel()
	apptest.Domain(t, "Documentation", apptest.Suite{Rights: []apptest.Row{
		{Route: "GET /openapi.json", Want: apptest.Everybody(200), Call: apptest.Path("/openapi.json")},
		{Route: "GET /openapi.yaml", Want: apptest.Everybody(200), Call: apptest.Path("/openapi.yaml")},
		{Route: "GET /asyncapi.json", Want: apptest.Everybody(200), Call: apptest.Path("/asyncapi.json")},
		{Route: "GET /docs", Want: apptest.Everybody(200), Call: apptest.Path("/docs")},
		{Route: "GET /docs/{file}", Want: apptest.Everybody(200), Call: apptest.Path("/docs/docs.js")},
		{Route: "GET /docs/errors", Want: apptest.Everybody(200), Call: apptest.Path("/docs/errors")},
		{Route: "GET /docs/errors/{code}", Want: apptest.Everybody(200), Call: apptest.Path("/docs/errors/out_of_stock")},
	}})
}
