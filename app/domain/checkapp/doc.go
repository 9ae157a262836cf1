package checkapp

import (
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
)

var docs = rest.Docs{
	"GET /v1/liveness": {
		ID: "liveness", Summary: "Is the process alive?",
		Description: "Says who answers. It touches nothing else, so it answers while the database is away.",
	},
	"GET /v1/readiness": {
		ID: "readiness", Summary: "Can the service serve?",
		Description: "200 only when the database answers within 1 s, its migrations are current and no shutdown has begun.",
		Errors:      []*errs.Error{errNotReady},
	},
}
