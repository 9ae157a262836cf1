package auditapp

import (
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/audit"
)

var docs = rest.Docs{
	"GET /v1/audit": {
		ID: "listAudit", Summary: "Who did what", Orders: audit.OrderBy.Names(),
		Description: "Every change, and every refusal and login, newest first. `from` is inclusive, `to` is not. " +
			"Passwords and tokens are hidden in `changes`.",
	},
}
